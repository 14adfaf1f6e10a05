#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the node tests of the onnx package, and the cases of own_*.py, to files: FOLDER/<case>/{model.onnx, input_I.pb, output_I.pb, tolerance.txt}.
Cases whose values are not all tensors, and those of training and of classic machine learning, are left out. Does nothing
when the folder was made by the same version before.

    generate.py FOLDER
"""
import pathlib
import sys
import warnings
import zlib

import numpy as np
import onnx
from onnx import numpy_helper

import own_attention
import own_cases
import own_experts
import own_simple

warnings.filterwarnings("ignore")
OWN = (own_cases, own_experts, own_attention, own_simple)
OTHER_DOMAINS = ("ai.onnx.ml", "ai.onnx.preview.training", "ai.onnx.training")


def as_tensor(value):
    if isinstance(value, onnx.TensorProto):
        return value
    if value is None or isinstance(value, (list, tuple, dict)):
        return None
    return numpy_helper.from_array(np.asarray(value))


def wanted(case):
    if case.model is None:
        return False
    return not any(node.domain in OTHER_DOMAINS for node in case.model.graph.node)


def write(case, folder):
    inputs, outputs = case.data_sets[0]
    files = {}
    for kind, values in (("input", inputs), ("output", outputs)):
        for i, value in enumerate(values):
            tensor = as_tensor(value)
            if tensor is None or tensor.data_type == onnx.TensorProto.STRING:
                return False
            files[f"{kind}_{i}.pb"] = tensor.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    (folder / "tolerance.txt").write_text(f"{case.rtol} {case.atol}\n")
    return True


def write_own(root):
    for name, model, inputs, outputs in (case for module in OWN for case in module.cases()):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for kind, values in (("input", inputs), ("output", outputs)):
            for i, value in enumerate(values):
                (folder / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(value).SerializeToString())
        (folder / "model.onnx").write_bytes(model.SerializeToString())
        (folder / "tolerance.txt").write_text("0.0001 0.0001\n")


def main():
    root = pathlib.Path(sys.argv[1])
    own = zlib.crc32(b"".join(pathlib.Path(f).read_bytes() for f in (__file__, *(m.__file__ for m in OWN))))
    stamp = root / f"made-by-onnx-{onnx.__version__}-{own:08x}"
    if stamp.exists():
        return
    from onnx.backend.test.case.node import collect_testcases

    count = sum(write(case, root / case.name) for case in collect_testcases(None) if wanted(case))
    write_own(root)
    stamp.touch()
    print(f"{count} cases")


if __name__ == "__main__":
    main()
