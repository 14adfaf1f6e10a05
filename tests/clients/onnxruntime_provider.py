#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs models through the TensorRT provider of the wheel onnxruntime-gpu, on our libraries, and says how far from its CPU.

    LD_LIBRARY_PATH=build/lib:$CUDA tests/clients/onnxruntime_provider.py [--fp16] [--most 1e-3] MODEL...

MODEL is a file, or a folder of tests/models. No node may be left to another provider, the same inputs have to give the same
bits twice, and outputs may differ by --most of the largest value. See docs/compatibility.md.
"""
import argparse
import ctypes
import pathlib
import statistics
import sys
import time

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
from inputs import random_inputs  # noqa: E402

RUNS = 20


def inputs_of(model, file):
    """Those of the first data set, else random ones."""
    data = [onnx.load_tensor(str(f)) for f in sorted((model / "test_data_set_0").glob("input_*.pb"))]
    if not data:
        return random_inputs(file)
    graph = onnx.load(str(file), load_external_data=False).graph
    weights = {w.name for w in graph.initializer}
    names = [value.name for value in graph.input if value.name not in weights]
    return {name: onnx.numpy_helper.to_array(tensor) for name, tensor in zip(names, data)}


def through_the_provider(file, inputs, fp16):
    """Outputs, and the milliseconds of a run with its copies."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    provider = ("TensorrtExecutionProvider", {"trt_fp16_enable": fp16})
    session = onnxruntime.InferenceSession(str(file), options, providers=[provider])
    if "TensorrtExecutionProvider" not in session.get_providers():
        raise RuntimeError("the provider is not there")
    first = session.run(None, inputs)
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        again = session.run(None, inputs)
        times.append(1e3 * (time.perf_counter() - start))
    if any(a.tobytes() != b.tobytes() for a, b in zip(first, again)):
        raise RuntimeError("not the same twice, bit for bit")
    return first, statistics.median(times)


def distance(got, expected):
    """Of all outputs: the largest difference, as a part of the largest value."""
    worst = 0.0
    for a, b in zip(got, expected):
        a, b = a.astype(np.float64), b.astype(np.float64)
        worst = max(worst, float(np.abs(a - b).max(initial=0) / max(np.abs(b).max(initial=0), 1e-9)))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL")
    parser.add_argument("--fp16", action="store_true", help="allow FP16")
    parser.add_argument("--most", type=float, default=1e-3, help="largest difference, as a part of the largest value")
    asked = parser.parse_args()
    if not hasattr(ctypes.CDLL("libnvinfer.so.10"), "opentrtDescribeMachine"):
        parser.error("libnvinfer.so.10 of LD_LIBRARY_PATH is not this project's")
    failures = 0
    for model in asked.models:
        file = model / "model.onnx" if model.is_dir() else model
        name = model.name if model.is_dir() else model.stem
        try:
            inputs = inputs_of(model, file)
            got, milliseconds = through_the_provider(file, inputs, asked.fp16)
            plain = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            away = distance(got, plain.run(None, inputs))
            failures += not away <= asked.most
            print(f"{name:32} {away:9.1e} {milliseconds:9.2f} ms", "" if away <= asked.most else "too far", flush=True)
        except Exception as error:  # noqa: BLE001: the other models are of interest as well
            failures += 1
            print(f"{name:32} {str(error).splitlines()[0][:200]}", flush=True)
    return failures


if __name__ == "__main__":
    sys.exit(min(main(), 255))
