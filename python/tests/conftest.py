# SPDX-License-Identifier: Apache-2.0
"""What the tests share: a logger that keeps messages, a small network, and running an engine on arrays."""
import numpy
import pytest
import tensorrt as trt


class KeepingLogger(trt.ILogger):
    def __init__(self):
        super().__init__()
        self.messages = []

    def log(self, severity, msg):
        self.messages.append((severity, msg))

    def errors(self):
        return [text for severity, text in self.messages if severity == trt.Logger.ERROR]


@pytest.fixture
def logger():
    return KeepingLogger()


@pytest.fixture
def small(logger):
    """y = relu(conv(x, kernel)): builder, network and kernel."""
    builder = trt.Builder(logger)
    network = builder.create_network()
    kernel = numpy.random.default_rng(1).standard_normal((4, 3, 3, 3), numpy.float32)
    x = network.add_input("x", trt.float32, (1, 3, 8, 8))
    convolution = network.add_convolution_nd(x, 4, (3, 3), kernel)
    convolution.name = "conv"
    relu = network.add_activation(convolution.get_output(0), trt.ActivationType.RELU)
    relu.get_output(0).name = "y"
    network.mark_output(relu.get_output(0))
    return builder, network, kernel


def expected(kernel, x):
    windows = numpy.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    return numpy.maximum(numpy.einsum("nchwij,ocij->nohw", windows, kernel), 0)


def run(context, inputs, outputs):
    """Runs the engine on arrays; `outputs` maps names to arrays to be filled."""
    for name, array in {**inputs, **outputs}.items():
        context.set_tensor_address(name, array.ctypes.data)
    assert context.execute_async_v3(0)
