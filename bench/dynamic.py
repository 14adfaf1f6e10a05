#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much an engine of dynamic shapes loses against engines of fixed ones, and what changing the shape costs.

    PYTHONPATH=build/python .venv/bin/python bench/dynamic.py [--models resnet50,unet] [--seconds 2]

For each model one engine is built for a range of sizes and, for its least, its best and its greatest sizes and for some
between them, one of those alone. Both run in turns in one process; the table gives medians in ms and their quotient.
The next columns are what a run costs more when the sizes were others in the run before: the first time and when the
sizes come back. The last line of a model says how long the dynamic engine took to build and the fixed one of the best
sizes.
"""
import argparse
import statistics
import time

import numpy as np
import onnx
import tensorrt as trt
from graphs import MODELS

# What varies, and its values: the least, one between, the best, one between, the greatest. A name is a parameter of
# the model's function; "pixels" are height and width.
CASES = {
    "mobilenet_v3_large": {"batch": (1, 2, 4, 6, 8)},
    "resnet50": {"batch": (1, 2, 2, 3, 4)},
    "unet": {"pixels": (128, 192, 256, 288, 320)},
    "bert_base": {"batch": (1, 1, 1, 2, 4), "tokens": (16, 64, 128, 128, 128)},
    "gpt2_small": {"tokens": (16, 64, 128, 192, 256)},
    "lstm": {"batch": (1, 2, 4, 6, 8)},
}


def dynamic_model(name, varying):
    """The model with symbols for the sizes that vary."""
    if "pixels" not in varying and name in ("bert_base", "gpt2_small", "lstm"):
        return MODELS[name](**{"batch": 1, **{size: size for size in varying}})
    model = MODELS[name](1)
    for axis in (2, 3) if "pixels" in varying else (0,):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = "pixels" if axis else "batch"
    del model.graph.value_info[:]
    for output in model.graph.output:
        for i, dim in enumerate(output.type.tensor_type.shape.dim):
            dim.dim_param = f"{output.name}_{i}"
    return model


class Engine:
    """An engine, and arrays for all sizes that it ran at."""

    def __init__(self, model, points):
        """`points`: the least, best and greatest sizes."""
        logger = trt.Logger(trt.Logger.ERROR)
        builder = trt.Builder(logger)
        network = builder.create_network()
        parser = trt.OnnxParser(network, logger)
        if not parser.parse(model.SerializeToString()):
            raise SystemExit(str(parser.get_error(0)))
        config, profile = builder.create_builder_config(), builder.create_optimization_profile()
        self.inputs = {value.name: value for value in model.graph.input}
        self.outputs = [network.get_output(i).name for i in range(network.num_outputs)]
        for name in self.inputs:
            profile.set_shape(name, *(self.shape(name, sizes) for sizes in points))
        config.add_optimization_profile(profile)
        start = time.perf_counter()
        plan = builder.build_serialized_network(network, config)
        self.build_seconds = time.perf_counter() - start
        if plan is None:
            raise SystemExit("the build failed")
        self.context = trt.Runtime(logger).deserialize_cuda_engine(plan).create_execution_context()
        self.arrays = {}

    def shape(self, name, sizes):
        """`sizes`: pairs of name and number."""
        dims = self.inputs[name].type.tensor_type.shape.dim
        return tuple(dict(sizes)[d.dim_param] if d.HasField("dim_param") else d.dim_value for d in dims)

    def allocate(self, sizes):
        random = np.random.default_rng(1)
        made = {}
        for name, value in self.inputs.items():
            shape = self.shape(name, sizes)
            self.context.set_input_shape(name, shape)
            if value.type.tensor_type.elem_type == onnx.TensorProto.INT64:
                made[name] = np.ones(shape, np.int64)
            else:
                made[name] = random.standard_normal(shape, np.float32)
        for name in self.outputs:
            made[name] = np.zeros(tuple(self.context.get_tensor_shape(name)), np.float32)
        return made

    def run(self, sizes):
        """The time of an inference in ms, the change of the shapes included."""
        if sizes not in self.arrays:
            self.arrays[sizes] = self.allocate(sizes)
        start = time.perf_counter()
        for name in self.inputs:
            self.context.set_input_shape(name, self.arrays[sizes][name].shape)
        for name, array in self.arrays[sizes].items():
            self.context.set_tensor_address(name, array.ctypes.data)
        self.context.execute_async_v3(0)
        return 1e3 * (time.perf_counter() - start)


def compare(dynamic, fixed, sizes, seconds):
    """Medians of both, and of the quotients of neighbours, measured in turns."""
    times = [], []
    for engine in (dynamic, fixed):
        engine.run(sizes)
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(times[0]) < 10:
        for engine, list_ in zip((dynamic, fixed), times):
            engine.run(sizes)  # a run after the other engine's finds the caches as the other one left them
            list_.append(engine.run(sizes))
    return *(statistics.median(t) for t in times), statistics.median(a / b for a, b in zip(*times))


def measure(name, seconds):
    varying = CASES[name]
    model = dynamic_model(name, varying)
    points = [tuple(zip(varying, values)) for values in zip(*varying.values())]
    dynamic = Engine(model, (points[0], points[2], points[-1]))
    distinct = list(dict.fromkeys(points))
    first = [dynamic.run(sizes) for sizes in distinct]
    for i, sizes in enumerate(distinct):
        fixed = Engine(model, (sizes, sizes, sizes))
        if sizes == points[2]:
            builds = dynamic.build_seconds, fixed.build_seconds
        ours, theirs, ratio = compare(dynamic, fixed, sizes, seconds)
        del fixed
        back = []
        for _ in range(10):
            dynamic.run(distinct[i - 1])
            back.append(dynamic.run(sizes))
        text = ", ".join(f"{size} {number}" for size, number in sizes) + (" (best)" if sizes == points[2] else "")
        print(f"| {name} | {text} | {ours:.3g} | {theirs:.3g} | {ratio:.3f} | {first[i] - ours:.3g} "
              f"| {1e3 * (statistics.median(back) - ours):.0f} |", flush=True)
    print(f"| {name} | build, s | {builds[0]:.3g} | {builds[1]:.3g} | {builds[0] / builds[1]:.2f} | | |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=",".join(CASES), help="names joined by commas")
    parser.add_argument("--seconds", type=float, default=2, help="time for each point")
    args = parser.parse_args()
    print("| model | sizes | dynamic | fixed | ratio | first, ms | back, us |\n|---|---|---|---|---|---|---|")
    for name in args.models.split(","):
        measure(name, args.seconds)


if __name__ == "__main__":
    main()
