# SPDX-License-Identifier: Apache-2.0
"""Objects may be dropped in any order: what is left works on. A mistake here ends the interpreter."""
import gc
import random

import numpy
import onnx.helper
import onnx.numpy_helper
import pytest
import tensorrt as trt
from conftest import KeepingLogger, run
from test_callbacks import Arena, Listener, Monitor, Profiler, Recorder, Selector


def model():
    """y = x * w + b of 2 x 3, with weights that the network only refers to."""
    weights = [onnx.numpy_helper.from_array(numpy.float32([[1, 2, 3]] * 2), name) for name in ("w", "b")]
    nodes = [onnx.helper.make_node("Mul", ["x", "w"], ["t"]), onnx.helper.make_node("Add", ["t", "b"], ["y"])]
    info = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, 3]) for name in "xy"]
    graph = onnx.helper.make_graph(nodes, "g", info[:1], info[1:], weights)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]).SerializeToString()


class Calibrator(trt.IInt8MinMaxCalibrator):
    def __init__(self):
        super().__init__()
        self.batch, self.left = numpy.ones((2, 3), numpy.float32), 1

    def get_batch_size(self):
        return 2

    def get_batch(self, names):
        self.left -= 1
        return [self.batch.ctypes.data] if self.left == 0 else None


class OutputAllocator(trt.IOutputAllocator):
    def __init__(self):
        super().__init__()

    def reallocate_output(self, tensor_name, memory, size, alignment):
        self.memory = numpy.zeros(size, numpy.uint8)
        return self.memory.ctypes.data

    def notify_shape(self, tensor_name, shape):
        pass


def built(network):
    config = network.builder.create_builder_config()
    config.builder_optimization_level = 0
    plan = network.builder.build_serialized_network(network, config)
    assert plan is not None
    return plan


def building():
    """Objects of a build, and for each something that it can do while it is there."""
    things = {"logger": KeepingLogger(), "recorder": Recorder(), "builder allocator": Arena()}
    things["builder"] = builder = trt.Builder(things["logger"])
    builder.error_recorder, builder.gpu_allocator = things["recorder"], things["builder allocator"]
    things["network"] = network = builder.create_network()
    things["parser logger"] = KeepingLogger()
    things["parser"] = parser = trt.OnnxParser(network, things["parser logger"])
    assert parser.parse(model())
    things["config"] = config = builder.create_builder_config()
    config.builder_optimization_level = 0
    config.set_flag(trt.BuilderFlag.INT8)
    config.int8_calibrator = things["calibrator"] = Calibrator()
    config.progress_monitor = things["monitor"] = Monitor()
    config.algorithm_selector = things["selector"] = Selector()
    things["cache"] = config.create_timing_cache(b"")
    assert config.set_timing_cache(things["cache"], False)
    things["profile"] = profile = builder.create_optimization_profile()
    profile.set_shape("x", (2, 3), (2, 3), (2, 3))
    config.add_optimization_profile(profile)
    config.set_calibration_profile(profile)
    things["layer"] = network[network.num_layers - 1]
    things["tensor"] = things["layer"].get_output(0)
    things["input"] = network.get_input(0)
    things["other parser"] = other = trt.OnnxParser(builder.create_network(), things["logger"])
    assert not other.parse(b"no model")
    things["error"] = other.get_error(0)
    uses = {
        "builder": lambda b: b.create_builder_config(),
        "network": built,
        "parser": lambda p: p.get_layer_output_tensor("", 0) or not p.parse(b"no model") or p.num_errors,
        "other parser": lambda p: p.clear_errors(),
        "config": lambda c: c.get_timing_cache().serialize(),
        "cache": lambda c: c.serialize(),
        "profile": lambda p: p.get_shape("x"),
        "layer": lambda l: l.get_input(0).name,
        "tensor": lambda t: (t.name, t.shape),
        "input": lambda t: t.shape,
        "error": lambda e: (e.desc(), e.file(), e.func(), e.node_name(), e.local_function_stack()),
    }
    return things, uses


def inferring():
    builder = trt.Builder(KeepingLogger())
    network = builder.create_network()
    assert trt.OnnxParser(network, KeepingLogger()).parse(model())
    plan = built(network)
    things = {"logger": KeepingLogger(), "allocator": Arena(), "recorder": Recorder(), "plan": plan}
    things["runtime"] = runtime = trt.Runtime(things["logger"])
    runtime.gpu_allocator, runtime.error_recorder = things["allocator"], things["recorder"]
    things["engine"] = engine = runtime.deserialize_cuda_engine(plan)
    things["runtime config"] = settings = engine.create_runtime_config()
    things["context"] = context = engine.create_execution_context(settings)
    things["second context"] = engine.create_execution_context()
    context.profiler = things["profiler"] = Profiler()
    context.temporary_allocator = things["temporary allocator"] = Arena()
    things["listener"] = Listener()
    context.set_debug_listener(things["listener"])
    things["output allocator"] = OutputAllocator()
    context.set_output_allocator("y", things["output allocator"])
    context.error_recorder = things["context recorder"] = Recorder()
    things["inspector"] = inspector = engine.create_engine_inspector()
    inspector.execution_context = context
    things["refitter logger"] = KeepingLogger()
    things["refitter"] = trt.Refitter(engine, things["refitter logger"]) if engine.refittable else None
    things["serialization config"] = engine.create_serialization_config()

    def infer(context):
        x, y = numpy.ones((2, 3), numpy.float32), numpy.zeros((2, 3), numpy.float32)
        run(context, {"x": x}, {"y": y})
        assert y.tolist() == [[2, 4, 6]] * 2

    uses = {
        "plan": bytes,
        "runtime": lambda r: r.deserialize_cuda_engine(plan),
        "engine": lambda e: (e.get_tensor_shape("x"), e.create_execution_context()),
        "context": lambda c: c.set_output_allocator("y", None) and infer(c),
        "second context": infer,
        "inspector": lambda i: i.get_engine_information(trt.LayerInformationFormat.JSON),
        "runtime config": lambda c: c.get_execution_context_allocation_strategy(),
        "serialization config": lambda c: c.flags,
        "refitter": lambda r: r and r.get_all_weights(),
    }
    return things, uses


@pytest.mark.parametrize("make", [building, inferring])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_objects_are_dropped_in_any_order(make, backwards, seed):
    things, uses = make()
    order = sorted(things)
    random.Random(seed).shuffle(order)
    for name in order[::-1] if backwards else order:
        del things[name]
        gc.collect()
        for left, use in uses.items():
            if left in things:
                use(things[left])


def test_a_network_that_was_parsed_outlives_the_parser_and_the_model():
    network = trt.Builder(KeepingLogger()).create_network()
    parser = trt.OnnxParser(network, KeepingLogger())
    assert parser.parse(model())
    del parser
    gc.collect()
    junk = [bytes(1000) for _ in range(1000)]
    plan = built(network)
    context = trt.Runtime(KeepingLogger()).deserialize_cuda_engine(plan).create_execution_context()
    x, y = numpy.ones((2, 3), numpy.float32), numpy.zeros((2, 3), numpy.float32)
    run(context, {"x": x}, {"y": y})
    assert y.tolist() == [[2, 4, 6]] * 2 and len(junk) == 1000


def test_a_parser_keeps_its_network():
    builder = trt.Builder(KeepingLogger())
    parser = trt.OnnxParser(builder.create_network(), KeepingLogger())
    del builder
    gc.collect()
    assert parser.parse(model()) and parser.num_errors == 0
    # Neither is kept for ever.
    network = trt.Builder(KeepingLogger()).create_network()
    held = [trt.OnnxParser(network, KeepingLogger()) for _ in range(3)]
    assert all(p.parse(b"") is False for p in held)
