# SPDX-License-Identifier: Apache-2.0
"""Refitting from Python: weights by name and from ONNX files, stripped plans."""
import numpy
import onnx
import pytest
import tensorrt as trt
from conftest import run
from onnx import TensorProto, helper, numpy_helper


def model(seed):
    """A convolution with batch normalisation, a product, and a constant that a node holds."""
    random = numpy.random.default_rng(seed)

    def weights(name, *shape):
        return numpy_helper.from_array(random.standard_normal(shape, numpy.float32), name)

    held = weights("", 1, 5)
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], "conv", pads=[1] * 4),
        helper.make_node("BatchNormalization", ["c", "gamma", "beta", "mean", "variance"], ["n"], "norm"),
        helper.make_node("Relu", ["n"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "m", "g"], ["d"], "gemm", transB=1, alpha=0.5),
        helper.make_node("Constant", [], ["held"], value=held),
        helper.make_node("Add", ["d", "held"], ["y"]),
    ]
    variance = numpy_helper.from_array(1 + random.random(6, numpy.float32), "variance")
    constants = [weights("w", 6, 3, 3, 3), weights("b", 6), weights("gamma", 6), weights("beta", 6),
                 weights("mean", 6), variance, weights("m", 5, 6), weights("g", 5)]
    graph = helper.make_graph(nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 8, 8])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 5])], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


class Builds:
    """Builds that share times, so that equal networks get equal kernels."""

    def __init__(self, logger):
        self.logger = logger
        self.builder = trt.Builder(logger)
        self.cache = b""

    def engine(self, data, *flags):
        network = self.builder.create_network()
        parser = trt.OnnxParser(network, self.logger)
        assert parser.parse(data)
        config = self.builder.create_builder_config()
        config.set_timing_cache(config.create_timing_cache(self.cache), True)
        for flag in flags:
            config.set_flag(flag)
        plan = self.builder.build_serialized_network(network, config)
        self.cache = bytes(config.get_timing_cache().serialize())
        return trt.Runtime(self.logger).deserialize_cuda_engine(plan)


@pytest.fixture
def builds(logger):
    return Builds(logger)


def answer(engine):
    x = numpy.random.default_rng(9).standard_normal((2, 3, 8, 8), numpy.float32)
    y = numpy.empty((2, 5), numpy.float32)
    run(engine.create_execution_context(), {"x": x}, {"y": y})
    return y


def test_weights_of_another_file_give_what_its_build_gives(builds, logger):
    first, second = model(1), model(2)
    engine = builds.engine(first, trt.BuilderFlag.REFIT)
    assert engine.refittable
    before, expected = answer(engine), answer(builds.engine(second))
    refitter = trt.Refitter(engine, logger)
    parser = trt.OnnxParserRefitter(refitter, logger)
    assert parser.refit_from_bytes(second), [parser.get_error(i).desc() for i in range(parser.num_errors)]
    assert refitter.refit_cuda_engine()
    numpy.testing.assert_array_equal(answer(engine), expected)
    assert not numpy.array_equal(before, expected)


def test_a_stripped_plan_gets_its_weights_from_the_file(builds, logger, tmp_path):
    data = model(1)
    expected = answer(builds.engine(data))
    engine = builds.engine(data, trt.BuilderFlag.STRIP_PLAN)
    refitter = trt.Refitter(engine, logger)
    assert "w" in refitter.get_missing_weights() and refitter.get_missing_weights() == refitter.get_all_weights()
    assert not refitter.refit_cuda_engine()
    (tmp_path / "net.onnx").write_bytes(data)
    assert trt.OnnxParserRefitter(refitter, logger).refit_from_file(str(tmp_path / "net.onnx"))
    assert refitter.refit_cuda_engine() and not refitter.get_missing_weights()
    numpy.testing.assert_array_equal(answer(engine), expected)


def test_weights_are_set_by_name(builds, logger):
    engine = builds.engine(model(1), trt.BuilderFlag.REFIT)
    refitter = trt.Refitter(engine, logger)
    prototype = refitter.get_weights_prototype("b")
    assert prototype.dtype == trt.float32 and prototype.size == 6
    assert not refitter.set_named_weights("b", numpy.zeros(5, numpy.float32))
    before = answer(engine)
    bias = numpy.full(6, 7, numpy.float32)
    assert refitter.set_named_weights("b", bias)
    numpy.testing.assert_array_equal(refitter.get_named_weights("b").numpy(), bias)
    assert refitter.refit_cuda_engine()
    assert not numpy.array_equal(answer(engine), before)
    assert refitter.unset_named_weights("b")
