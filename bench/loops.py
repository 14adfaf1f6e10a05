#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an iteration of a loop costs: an LSTM cell written out in an ONNX Loop against the LSTM operator.

    OMP_NUM_THREADS=1 PYTHONPATH=build/python .venv/bin/python bench/loops.py [--hidden 16,64,256]

The loop is built three times: as it is, which the build takes for a recurrent layer; with a state that shrinks, which it
does not, so that every iteration runs the steps of its body; and with one sum as its body, which leaves the loop itself.
Microseconds for one of the iterations, medians of engines that run in turns.
"""
import argparse
import statistics
import time

import numpy as np
import onnx
import opentrt
from onnx import TensorProto, helper, numpy_helper

STEPS = 128
RANDOM = np.random.default_rng(1)


def floats(name, *shape):
    return numpy_helper.from_array(RANDOM.uniform(-0.3, 0.3, shape).astype(np.float32), name)


def looped(hidden, kind_of_body):
    """The states after STEPS iterations."""
    node, kind = helper.make_node, TensorProto.FLOAT
    if kind_of_body == "sum":
        body = [node("Gather", ["x", "i"], ["e"]), node("Add", ["h0", "e"], ["h1"]), node("Identity", ["c0"], ["c1"])]
    else:
        body = [node("Gather", ["x", "i"], ["e"]), node("Gemm", ["e", "w"], ["a"]), node("Gemm", ["h0", "r", "b"], ["d"]),
                node("Add", ["a", "d"], ["g"]), node("Split", ["g"], ["gi", "go", "gf", "gc"], axis=1, num_outputs=4),
                node("Sigmoid", ["gi"], ["si"]), node("Sigmoid", ["go"], ["so"]), node("Sigmoid", ["gf"], ["sf"]),
                node("Tanh", ["gc"], ["tc"]), node("Mul", ["sf", "c0"], ["fc"]), node("Mul", ["si", "tc"], ["ic"]),
                node("Add", ["fc", "ic"], ["c1"]), node("Tanh", ["c1"], ["t1"]), node("Mul", ["so", "t1"], ["h1"])]
    if kind_of_body == "shrinking":
        body[-1:] = [node("Mul", ["so", "t1"], ["t2"]), node("Mul", ["t2", "shrunk"], ["h1"])]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [*body, node("Identity", ["k0"], ["k1"])], "body",
        [value("i", TensorProto.INT64, []), value("k0", TensorProto.BOOL, [])] + [value(n, kind, [1, hidden]) for n in ("h0", "c0")],
        [value("k1", TensorProto.BOOL, [])] + [value(n, kind, [1, hidden]) for n in ("h1", "c1")])
    weights = [floats("w", hidden, 4 * hidden), floats("r", hidden, 4 * hidden), floats("b", 4 * hidden), numpy_helper.from_array(np.float32([0.999]), "shrunk"), numpy_helper.from_array(np.array(STEPS), "n"), floats("start", 1, hidden)]
    main = helper.make_graph([node("Loop", ["n", "", "start", "start"], ["y", "cell"], body=graph)], "loop",
                             [value("x", kind, [STEPS, 1, hidden])], [value("y", kind, None), value("cell", kind, None)], weights)
    return helper.make_model(main, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def fused(hidden):
    kind, value = TensorProto.FLOAT, helper.make_tensor_value_info
    weights = [floats("w", 1, 4 * hidden, hidden), floats("r", 1, 4 * hidden, hidden), floats("b", 1, 8 * hidden)]
    node = helper.make_node("LSTM", ["x", "w", "r", "b"], ["", "y", "cell"], hidden_size=hidden)
    graph = helper.make_graph([node], "lstm", [value("x", kind, [STEPS, 1, hidden])],
                              [value("y", kind, None), value("cell", kind, None)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def microseconds(function, x, seconds):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        function(x)
        times.append(time.perf_counter() - start)
    return statistics.median(times) / STEPS * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hidden", default="16,64,256")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print("hidden   LSTM   loop as LSTM   steps of the loop   loop of one sum")
    for hidden in map(int, options.hidden.split(",")):
        models = [fused(hidden), *(looped(hidden, kind) for kind in ("cell", "shrinking", "sum"))]
        functions = [opentrt.compile(model) for model in models]
        x = RANDOM.uniform(-1, 1, (STEPS, 1, hidden)).astype(np.float32)
        rounds = [[microseconds(f, x, 0.3) for f in functions] for _ in range(options.rounds)]
        print(f"{hidden:6}", *(f"{statistics.median(column):10.2f}" for column in zip(*rounds)))


if __name__ == "__main__":
    main()
