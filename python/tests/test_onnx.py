# SPDX-License-Identifier: Apache-2.0
"""What the ONNX parser tells about models, and models that come in parts."""
import numpy
import onnx.helper
import onnx.numpy_helper
import pytest
import tensorrt as trt
from conftest import run


def model(*operators, weights=()):
    """A chain of operators from x to the last one's output, all of 2 x 3."""
    names = ["x"] + [f"t{i}" for i in range(len(operators))]
    nodes = [onnx.helper.make_node(op, [names[i], *w], [names[i + 1]], name=f"n{i}")
             for i, (op, *w) in enumerate(operators)]
    info = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [2, 3]) for n in (names[0], names[-1])]
    graph = onnx.helper.make_graph(nodes, "g", info[:1], info[1:], list(weights))
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])


@pytest.fixture
def parser(logger):
    return trt.OnnxParser(trt.Builder(logger).create_network(), logger)


def results(network, x):
    builder = network.builder
    config = builder.create_builder_config()
    config.builder_optimization_level = 0
    plan = builder.build_serialized_network(network, config)
    context = trt.Runtime(builder.logger).deserialize_cuda_engine(plan).create_execution_context()
    y = numpy.empty((2, 3), numpy.float32)
    run(context, {"x": x}, {network.get_output(0).name: y})
    return y


MIXED = model(("Relu",), ("Exp",), ("Wrong",), ("Neg",)).SerializeToString()
GOOD = model(("Relu",), ("Exp",)).SerializeToString()


def test_supported_parts_are_told(parser):
    all_of_it, parts = parser.supports_model(MIXED)
    assert not all_of_it and isinstance(parts, trt.SubGraphCollection)
    assert [(list(nodes), ok) for nodes, ok in parts] == [([0, 1], True), ([3], False)]


def test_parts_are_asked_one_by_one(parser):
    assert not parser.supports_model_v2(MIXED)
    assert [parser.get_subgraph_nodes(i) for i in range(parser.num_subgraphs)] == [[0, 1], [3]]
    assert [parser.is_subgraph_supported(i) for i in range(parser.num_subgraphs)] == [True, False]
    assert parser.get_subgraph_nodes(9) == [] and not parser.is_subgraph_supported(9)
    assert parser.get_used_vc_plugin_libraries() == []
    error = parser.get_error(0)
    assert (error.node(), error.node_name(), error.node_operator()) == (2, "n2", "Wrong")
    assert error.code() == trt.ErrorCode.UNSUPPORTED_NODE and error.local_function_stack() == []
    parser.clear_errors()
    assert parser.num_errors == 0 and "Wrong" in str(error)


def test_a_supported_model_is_one_part(parser, logger):
    assert parser.supports_model_v2(GOOD) and parser.num_subgraphs == 1
    assert parser.get_subgraph_nodes(0) == [0, 1] and parser.is_subgraph_supported(0)
    assert trt.OnnxParser(trt.Builder(logger).create_network(), logger).supports_model(GOOD) == (True, [([0, 1], True)])


def test_operators_and_layers_are_found_by_name(parser):
    assert parser.supports_operator("Relu") and not parser.supports_operator("Wrong")
    assert parser.parse(GOOD)
    assert parser.get_layer_output_tensor("n1", 0).name == "t1" and parser.get_layer_output_tensor("n7", 0) is None


def test_flags_are_kept(parser):
    before = parser.flags
    parser.set_flag(trt.OnnxParserFlag.ENABLE_PLUGIN_OVERRIDE)
    assert parser.get_flag(trt.OnnxParserFlag.ENABLE_PLUGIN_OVERRIDE) and parser.flags != before
    parser.clear_flag(trt.OnnxParserFlag.ENABLE_PLUGIN_OVERRIDE)
    assert parser.flags == before


def test_a_model_comes_in_three_steps(logger):
    network = trt.Builder(logger).create_network()
    parser = trt.OnnxParser(network, logger)
    zeros = onnx.numpy_helper.from_array(numpy.zeros((2, 3), numpy.float32), "w")
    mine = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    assert parser.load_model_proto(model(("Add", "w"), weights=[zeros]).SerializeToString())
    assert not parser.load_initializer("w", mine.ctypes.data, 4)
    parser.clear_errors()
    assert parser.load_initializer("w", mine.ctypes.data, mine.nbytes) and parser.parse_model_proto()
    x = numpy.ones((2, 3), numpy.float32)
    numpy.testing.assert_array_equal(results(network, x), x + mine)


def test_files_and_descriptors_are_read(logger, tmp_path):
    (tmp_path / "model.onnx").write_bytes(GOOD)
    x = numpy.linspace(-1, 1, 6, dtype=numpy.float32).reshape(2, 3)
    for parse in (lambda p: p.parse_from_file(tmp_path / "model.onnx"), lambda p: p.parse_with_weight_descriptors(GOOD),
                  lambda p: p.parse(GOOD, str(tmp_path / "model.onnx"))):
        network = trt.Builder(logger).create_network()
        assert parse(trt.OnnxParser(network, logger))
        numpy.testing.assert_allclose(results(network, x), numpy.exp(numpy.maximum(x, 0)), rtol=1e-6)
