# SPDX-License-Identifier: Apache-2.0
"""Building networks by the layer API, and what the engines compute."""
import os
import subprocess
import sys
import warnings

import numpy
import pytest
import tensorrt as trt
from conftest import expected, run


def build(builder, network, **options):
    config = builder.create_builder_config()
    for name, value in options.items():
        setattr(config, name, value)
    return builder.build_serialized_network(network, config)


def test_a_small_network_computes(small, logger):
    builder, network, kernel = small
    plan = build(builder, network)
    assert len(bytes(plan)) == plan.nbytes == len(memoryview(plan))
    engine = trt.Runtime(logger).deserialize_cuda_engine(bytes(plan))
    assert [engine[i] for i in range(2)] == ["x", "y"] and engine["y"] == 1
    assert engine.get_tensor_mode("x") == trt.TensorIOMode.INPUT and engine.get_tensor_dtype("y") == trt.float32
    x = numpy.random.default_rng(2).standard_normal((1, 3, 8, 8), numpy.float32)
    y = numpy.empty(engine.get_tensor_shape("y"), numpy.float32)
    run(engine.create_execution_context(), {"x": x}, {"y": y})
    numpy.testing.assert_allclose(y, expected(kernel, x), atol=1e-5)
    y[:] = 0
    assert engine.create_execution_context().execute_v2([x.ctypes.data, y.ctypes.data])
    numpy.testing.assert_allclose(y, expected(kernel, x), atol=1e-5)


def test_layers_come_back_as_their_own_class(small):
    _, network, kernel = small
    layers = list(network)
    assert [type(layer) for layer in layers] == [trt.IConvolutionLayer, trt.IActivationLayer]
    assert network.get_layer(0) is layers[0] and network[-1] is layers[1]
    assert layers[0].kernel.shape == (108,) and layers[0].kernel[5] == kernel.ravel()[5]
    assert layers[0].kernel_size_nd == (3, 3) and layers[0].type == trt.LayerType.CONVOLUTION
    layers[0].__class__ = trt.IConvolutionLayer
    with pytest.raises(IndexError):
        network[2]


def test_errors_are_logged_and_answered_by_none(logger):
    builder = trt.Builder(logger)
    network = builder.create_network()
    network.add_input("x", trt.float32, (1,))
    assert build(builder, network) is None
    assert "output" in logger.errors()[0]
    with pytest.raises(TypeError):
        network.add_input("x", trt.float32, "abc")


def test_profiles_and_dynamic_shapes(logger):
    builder = trt.Builder(logger)
    network = builder.create_network()
    x = network.add_input("x", trt.float32, (-1, 4))
    total = network.add_reduce(x, trt.ReduceOperation.SUM, 1 << 1, False).get_output(0)
    total.name = "y"
    network.mark_output(total)
    profile = builder.create_optimization_profile()
    profile.set_shape("x", (1, 4), (2, 4), (8, 4))
    assert profile and profile.get_shape("x") == [(1, 4), (2, 4), (8, 4)]
    config = builder.create_builder_config()
    assert config.add_optimization_profile(profile) == 0
    engine = trt.Runtime(logger).deserialize_cuda_engine(builder.build_serialized_network(network, config))
    assert engine.get_tensor_profile_shape("x", 0) == [(1, 4), (2, 4), (8, 4)]
    context = engine.create_execution_context()
    for n in (1, 5):
        assert context.set_input_shape("x", (n, 4))
        data, y = numpy.ones((n, 4), numpy.float32), numpy.empty(n, numpy.float32)
        run(context, {"x": data}, {"y": y})
        assert y.tolist() == [4] * n
    assert not context.set_input_shape("x", (9, 4))


def test_legacy_names_work_and_warn(small, logger):
    builder, network, kernel = small
    with pytest.warns(DeprecationWarning, match="add_pooling_nd"):
        pooling = network.add_pooling(network.get_output(0), trt.PoolingType.MAX, (2, 2))
    assert pooling.window_size == (2, 2)
    pooling.stride = (2, 2)
    config = builder.create_builder_config()
    config.max_workspace_size = 1 << 20
    assert config.get_memory_pool_limit(trt.MemoryPoolType.WORKSPACE) == 1 << 20
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = builder.build_engine(network, config)
    assert engine.num_bindings == 2 and engine.get_binding_index("y") == 1
    assert engine.binding_is_input("x") and engine.get_binding_shape(1) == (1, 4, 6, 6)
    x = numpy.random.default_rng(3).standard_normal((1, 3, 8, 8), numpy.float32)
    y = numpy.empty((1, 4, 6, 6), numpy.float32)
    context = engine.create_execution_context()
    assert context.execute_async_v2([x.ctypes.data, y.ctypes.data], 0)
    numpy.testing.assert_allclose(y, expected(kernel, x), atol=1e-5)


def test_the_inspector_speaks_json(small, logger):
    import json

    builder, network, _ = small
    plan = build(builder, network, profiling_verbosity=trt.ProfilingVerbosity.DETAILED)
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
    text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
    assert any("conv" in layer["Name"] for layer in json.loads(text)["Layers"])


def test_a_dla_core_that_is_not_there_is_not_taken(logger):
    config = trt.Builder(logger).create_builder_config()
    config.DLA_core = 0
    assert config.DLA_core == -1 and any("DLA core 0" in text for _, text in logger.messages)


DECONVOLUTION = """
import numpy, tensorrt as trt
builder = trt.Builder(trt.Logger())
network = builder.create_network()
x = network.add_input("x", trt.float32, (1, 512, -1, -1))
kernel = numpy.random.default_rng(1).standard_normal((512, 256, 2, 2), numpy.float32)
layer = network.add_deconvolution_nd(x, 256, (2, 2), kernel)
layer.stride_nd = (2, 2)
layer.get_output(0).name = "y"
network.mark_output(layer.get_output(0))
config, profile = builder.create_builder_config(), builder.create_optimization_profile()
profile.set_shape("x", (1, 512, 3, 3), (1, 512, 16, 16), (1, 512, 20, 20))
config.add_optimization_profile(profile)
plan = builder.build_serialized_network(network, config)
context = trt.Runtime(trt.Logger()).deserialize_cuda_engine(plan).create_execution_context()
print("built", flush=True)
for n in (16, 3, 5, 8, 9, 11, 13, 20):
    x = numpy.random.default_rng(n).standard_normal((1, 512, n, n), numpy.float32)
    y = numpy.zeros((1, 256, 2 * n, 2 * n), numpy.float32)
    assert context.set_input_shape("x", x.shape)
    context.set_tensor_address("x", x.ctypes.data), context.set_tensor_address("y", y.ctypes.data)
    assert context.execute_async_v3(0)
    wanted = numpy.einsum("nchw,ckij->nkhiwj", x, kernel).reshape(y.shape)
    numpy.testing.assert_allclose(y, wanted, atol=1e-3)
"""


def test_no_shape_of_a_range_falls_back_to_plain_loops():
    """oneDNN tells on its standard output which implementation runs."""
    environment = {**os.environ, "ONEDNN_VERBOSE": "1"}
    done = subprocess.run([sys.executable, "-c", DECONVOLUTION], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ran = [line for line in done.stdout.partition("built")[2].split("\n") if "exec" in line]
    assert [line for line in ran if "ref:any" in line] == []
