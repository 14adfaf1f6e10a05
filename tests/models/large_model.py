#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes FOLDER/model.onnx, a chain of LAYERS square products with 4 * WIDTH^2 bytes of random weights each in an
external file, without holding more than one row of them in memory. The defaults make 2.25 GiB.

    large_model.py FOLDER [--layers 9] [--width 8192]
"""
import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper


def weight(name, width, offset):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[width, width],
                         data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "weights.bin"), ("offset", offset), ("length", 4 * width * width)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--layers", type=int, default=9)
    parser.add_argument("--width", type=int, default=8192)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    random, width = np.random.default_rng(1), options.width
    with open(options.folder / "weights.bin", "wb") as file:
        for _ in range(options.layers * width):
            file.write((random.standard_normal(width, np.float32) / np.float32(width**0.5)).tobytes())
    values = ["x", *(f"h{i}" for i in range(1, options.layers)), "y"]
    nodes = [helper.make_node("MatMul", [a, f"w{i}"], [b], name=f"product{i}")
             for i, (a, b) in enumerate(zip(values, values[1:]))]
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width]) for name in ("x", "y")]
    weights = [weight(f"w{i}", width, 4 * i * width * width) for i in range(options.layers)]
    graph = helper.make_graph(nodes, "large", info[:1], info[1:], weights)
    onnx.save(helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)]),
              options.folder / "model.onnx")


if __name__ == "__main__":
    main()
