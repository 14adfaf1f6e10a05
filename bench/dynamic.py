#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much an engine of dynamic shapes loses against engines of fixed ones, and what changing the shape costs.

    PYTHONPATH=build/python .venv/bin/python bench/dynamic.py [--models resnet50,unet] [--seconds 2]

For each model one engine is built for a range of shapes and, for the least, best and greatest shape of it, one of that
shape alone. Both run in turns in one process; the table gives medians in ms and their quotient. The last columns are
what a run costs more when the shape was another one in the run before: the first time and when the shape comes back.
"""
import argparse
import statistics
import tempfile
import time

import numpy as np
import onnx
import tensorrt as trt

import models

# What varies: 0 the batch, 2 height and width; and its least, best and greatest value.
CASES = {
    "mobilenet_v3_large": ((0,), (1, 4, 8)),
    "resnet50": ((0,), (1, 2, 4)),
    "unet": ((2, 3), (128, 256, 320)),
}


def dynamic_model(path, axes):
    """The model with symbols for the sizes that vary."""
    model = onnx.load(str(path))
    graph = model.graph
    for axis in axes:
        graph.input[0].type.tensor_type.shape.dim[axis].dim_param = f"d{axis}"
    del graph.value_info[:]
    for output in graph.output:
        for i, dim in enumerate(output.type.tensor_type.shape.dim):
            dim.dim_param = f"{output.name}_{i}"
    return model.SerializeToString()


class Engine:
    """An engine, and an array for each shape that it ran."""

    def __init__(self, data, ranges):
        logger = trt.Logger(trt.Logger.ERROR)
        builder = trt.Builder(logger)
        network = builder.create_network()
        parser = trt.OnnxParser(network, logger)
        if not parser.parse(data):
            raise SystemExit(str(parser.get_error(0)))
        config, profile = builder.create_builder_config(), builder.create_optimization_profile()
        self.name = network.get_input(0).name
        self.outputs = [network.get_output(i).name for i in range(network.num_outputs)]
        profile.set_shape(self.name, *ranges)
        config.add_optimization_profile(profile)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise SystemExit("the build failed")
        self.context = trt.Runtime(logger).deserialize_cuda_engine(plan).create_execution_context()
        self.arrays = {}

    def run(self, shape):
        """The time of an inference in ms, the change of the shape included."""
        if shape not in self.arrays:
            self.context.set_input_shape(self.name, shape)
            made = {self.name: np.random.default_rng(1).standard_normal(shape, np.float32)}
            for name in self.outputs:
                made[name] = np.zeros(tuple(self.context.get_tensor_shape(name)), np.float32)
            self.arrays[shape] = made
        start = time.perf_counter()
        self.context.set_input_shape(self.name, shape)
        for name, array in self.arrays[shape].items():
            self.context.set_tensor_address(name, array.ctypes.data)
        self.context.execute_async_v3(0)
        return 1e3 * (time.perf_counter() - start)


def compare(dynamic, fixed, shape, seconds):
    """Medians of both, measured in turns."""
    times = [], []
    for engine in (dynamic, fixed):
        engine.run(shape)
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(times[0]) < 10:
        for engine, list_ in zip((dynamic, fixed), times):
            engine.run(shape)  # a run after the other engine's finds the caches as the other one left them
            list_.append(engine.run(shape))
    return [statistics.median(t) for t in times]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=",".join(CASES), help="names joined by commas")
    parser.add_argument("--seconds", type=float, default=2, help="time for each shape")
    args = parser.parse_args()
    print("| model | shape | dynamic | fixed | ratio | first, ms | back, us |\n|---|---|---|---|---|---|---|")
    for name in args.models.split(","):
        axes, sizes = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            path = models.write(folder, name, 1)
            base = [d.dim_value for d in onnx.load(str(path)).graph.input[0].type.tensor_type.shape.dim]
            data = dynamic_model(path, axes)
        shapes = [tuple(size if i in axes else d for i, d in enumerate(base)) for size in sizes]
        dynamic = Engine(data, shapes)
        first = [dynamic.run(shape) for shape in shapes]
        for i, shape in enumerate(shapes):
            fixed = Engine(data, (shape, shape, shape))
            ours, theirs = compare(dynamic, fixed, shape, args.seconds)
            other = shapes[i - 1]
            back = []
            for _ in range(10):
                dynamic.run(other)
                back.append(dynamic.run(shape))
            text = "x".join(map(str, shape))
            print(f"| {name} | {text} | {ours:.3g} | {theirs:.3g} | {ours / theirs:.3f} | {first[i] - ours:.3g} "
                  f"| {1e3 * (statistics.median(back) - ours):.0f} |", flush=True)


if __name__ == "__main__":
    main()
