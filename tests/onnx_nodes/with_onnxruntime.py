#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of own_*.py with operators of com.microsoft in ONNX Runtime, which has the last word on what they mean,
and says where the expected outputs differ from its own. Status 1 when one does. Needs onnxruntime."""
import sys

import numpy as np
import onnxruntime

from generate import OWN

# It quantizes the states of the cell as well, which the network leaves in floats.
COARSE = {"microsoft_dynamic_quantize_lstm": 2e-3}


def differs(expected, got, tolerance):
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return True
    allowed = tolerance if expected.dtype.kind == "f" else 1  # a step of a quantization
    return not np.allclose(expected.astype(float), got.astype(float), 1e-4, allowed)


def main():
    onnxruntime.set_default_logger_severity(4)
    agree, refused, wrong = 0, [], []
    for name, model, inputs, outputs in (case for module in OWN for case in module.cases()):
        if not any(node.domain == "com.microsoft" for node in model.graph.node):
            continue
        try:
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            results = session.run(None, {i.name: x for i, x in zip(session.get_inputs(), inputs)})
        except Exception:  # it has many classes of errors, and no kernel for some operators
            refused.append(name.removeprefix("microsoft_"))
            continue
        if any(differs(y, z, COARSE.get(name, 1e-4)) for y, z in zip(outputs, results)):
            wrong.append(name)
        else:
            agree += 1
    print(f"{agree} agree; {len(wrong)} differ {wrong}; not run by its CPU provider: {', '.join(refused)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
