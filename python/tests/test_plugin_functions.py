# SPDX-License-Identifier: Apache-2.0
"""tensorrt.plugin: plugins made of functions."""
from typing import Tuple

import numpy
import numpy.typing
import onnx
import pytest
import tensorrt as trt
import tensorrt.plugin as trtp
from conftest import run


@trtp.register("tests::affine")
def affine_desc(x: trtp.TensorDesc, scale: float, shift: numpy.typing.NDArray[numpy.float32], note: str) -> trtp.TensorDesc:
    return x.like()


@trtp.impl("tests::affine")
def affine(x: trtp.Tensor, scale: float, shift, outputs: Tuple[trtp.Tensor], stream: int):
    numpy.asarray(outputs[0])[...] = numpy.asarray(x) * scale + shift


@trtp.register("tests::positive")
def positive_desc(x: trtp.TensorDesc) -> Tuple[trtp.TensorDesc, trtp.TensorDesc]:
    limit = x.shape_expr.numel()
    size = trtp.size_tensor(trtp.cdiv(limit, 2), limit)
    return trtp.from_shape_expr((size.expr(),), x.dtype), size


@trtp.impl("tests::positive")
def positive(x, outputs, stream):
    found = numpy.from_dlpack(x)
    found = found[found > 0]
    assert outputs[0].is_data_dependent
    numpy.asarray(outputs[0].aliased((found.size,)))[...] = found
    numpy.asarray(outputs[1])[...] = found.size


@trtp.register("tests::tuned")
def tuned_desc(x: trtp.TensorDesc) -> trtp.TensorDesc:
    y = x.like()
    y.shape_expr[0] = x.shape_expr[0] * 2 + trtp.max(x.shape_expr[0], 1) - x.shape_expr[0]
    return y


@trtp.autotune("tests::tuned")
def tuned_autotune(x, outputs):
    assert x.has_shape and tuple(x.shape.max) == (2, 3) and outputs[0].format == trt.TensorFormat.LINEAR
    one = trtp.AutoTuneCombination()
    one.pos([0, 1], "FP16|FP32")
    one.tactics([5, 6])
    return [one]


@trtp.impl("tests::tuned")
def tuned(x, outputs, stream, tactic):
    numpy.asarray(outputs[0])[...] = tactic
    with pytest.raises(ValueError):
        numpy.asarray(x)[...] = 0


def execute(builder, network, logger, x, outputs, profile=None):
    config = builder.create_builder_config()
    if profile is not None:
        shapes = builder.create_optimization_profile()
        shapes.set_shape("x", *profile)
        config.add_optimization_profile(shapes)
    plan = builder.build_serialized_network(network, config)
    assert plan is not None, logger.errors()
    context = trt.Runtime(logger).deserialize_cuda_engine(plan).create_execution_context()
    assert context.set_input_shape("x", x.shape)
    run(context, {"x": x}, outputs)


def network_of(builder, make, shape, dtype=trt.float32):
    network = builder.create_network()
    layer = network.add_plugin(make(network.add_input("x", dtype, shape)))
    for i in range(layer.num_outputs):
        layer.get_output(i).name = f"y{i}"
        network.mark_output(layer.get_output(i))
    return network


@pytest.mark.parametrize("shape", [(2, 3), (-1, 3)])
def test_functions_become_layers(logger, shape):
    builder = trt.Builder(logger)
    shift = numpy.float32([1, 2, 3])
    network = network_of(builder, lambda x: trtp.op.tests.affine(x, scale=2.0, shift=shift, note="hello"), shape)
    plugin = network[0].plugin
    assert plugin.attributes["note"] == "hello" and plugin.plugin_namespace == "tests"
    x, y = numpy.arange(6, dtype=numpy.float32).reshape(2, 3), numpy.zeros((2, 3), numpy.float32)
    execute(builder, network, logger, x, {"y0": y}, ((1, 3), (2, 3), (4, 3)) if shape[0] < 0 else None)
    numpy.testing.assert_array_equal(y, x * 2 + shift)


def test_sizes_may_depend_on_the_data(logger):
    class Output(trt.IOutputAllocator):
        def reallocate_output(self, tensor_name, memory, size, alignment):
            self.memory = numpy.zeros(max(size, 1), numpy.uint8)
            return self.memory.ctypes.data

        def notify_shape(self, tensor_name, shape):
            self.shape = tuple(shape)

    builder = trt.Builder(logger)
    network = network_of(builder, trtp.op.tests.positive, (2, 3))
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    assert plan is not None, logger.errors()
    context = trt.Runtime(logger).deserialize_cuda_engine(plan).create_execution_context()
    x, count, output = numpy.float32([[1, -1, 2], [0, 0, 3]]), numpy.zeros((), numpy.int32), Output()
    assert context.set_output_allocator("y0", output)
    run(context, {"x": x}, {"y1": count})
    assert output.shape == (3,) and count == 3
    assert output.memory[:12].view(numpy.float32).tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float16])
def test_types_and_tactics_are_declared(logger, dtype):
    builder = trt.Builder(logger)
    network = network_of(builder, trtp.op.tests.tuned, (2, 3), trt.float16 if dtype == numpy.float16 else trt.float32)
    y = numpy.zeros((4, 3), dtype)
    execute(builder, network, logger, numpy.zeros((2, 3), dtype), {"y0": y})
    assert (y == 5).all()


def test_onnx_operators_become_functions(logger):
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("affine", ["x"], ["y0"], scale=3.0, note="n", shift=[1.0], plugin_namespace="tests")
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2, 3])], [value("y0", 1, [2, 3])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=10)
    builder = trt.Builder(logger)
    network = builder.create_network()
    assert trt.OnnxParser(network, logger).parse(model.SerializeToString()), logger.errors()
    x, y = numpy.ones((2, 3), numpy.float32), numpy.zeros((2, 3), numpy.float32)
    execute(builder, network, logger, x, {"y0": y})
    assert (y == 4).all()


def test_combinations_are_expanded():
    two = trtp.AutoTuneCombination("FP32|FP16, FP32|FP16, FP32*INT8", "LINEAR", [1])
    types = [tuple(t.name for t in c[0]) for c in two.expand()]
    assert types == [("FLOAT", "FLOAT", "FLOAT"), ("FLOAT", "FLOAT", "INT8"), ("HALF", "HALF", "FLOAT"),
                     ("HALF", "HALF", "INT8")]
    for text in ("FP32|FP16*INT8, FP32", "FP32|FP16, FP32|FP16|INT8", "FP33"):
        with pytest.raises(ValueError):
            trtp.AutoTuneCombination(text).expand()


def test_mistakes_are_told(logger):
    def declare(name, function):
        return trtp.register(name)(function)

    def no_annotation(x) -> trtp.TensorDesc:
        return x

    def late_tensor(n: int, x: trtp.TensorDesc) -> trtp.TensorDesc:
        return x

    def no_answer(x: trtp.TensorDesc):
        return x

    for function, text in [(no_annotation, "annotation"), (late_tensor, "before attributes"), (no_answer, "TensorDesc")]:
        with pytest.raises(ValueError, match=text):
            declare("tests::wrong", function)
    for name in ("tests", "trt::x", "a.b::c"):
        with pytest.raises(ValueError, match="namespace::name"):
            declare(name, affine_desc)
    with pytest.raises(ValueError, match="already"):
        declare("tests::affine", affine_desc)
    with pytest.raises(ValueError, match="should be"):
        trtp.impl("tests::affine")(lambda x, outputs: None)
    with pytest.raises(ValueError, match="not registered"):
        trtp.impl("tests::nothing")
        trtp.impl("tests::nothing")(affine)
    network = trt.Builder(logger).create_network()
    x = network.add_input("x", trt.float32, (2, 3))
    with pytest.raises(ValueError, match="attribute scale is of type"):
        trtp.op.tests.affine(x, scale=2, shift=numpy.float32([1]), note="")
    trtp.register("tests::ahead")(tuned_desc)
    trtp.aot_impl("tests::ahead")(lambda x, outputs: None)
    with pytest.raises(ValueError, match="GPU"):
        network.add_plugin(trtp.op.tests.ahead(x))
    with pytest.raises(ValueError, match="GPU"):
        network.add_plugin(trtp.op.tests.tuned(x), aot=True)
