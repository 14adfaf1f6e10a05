# SPDX-License-Identifier: Apache-2.0
"""Objects of Python that the library calls, and how long they live."""
import gc

import numpy
import tensorrt as trt
from conftest import KeepingLogger, expected, run


class Monitor(trt.IProgressMonitor):
    def __init__(self, cancel=False):
        super().__init__()
        self.cancel, self.started, self.finished = cancel, [], []

    def phase_start(self, phase_name, parent_phase, num_steps):
        self.started.append(phase_name)

    def step_complete(self, phase_name, step):
        return not self.cancel

    def phase_finish(self, phase_name):
        self.finished.append(phase_name)


def test_a_progress_monitor_follows_and_cancels(small):
    builder, network, _ = small
    config = builder.create_builder_config()
    config.progress_monitor = monitor = Monitor()
    assert config.progress_monitor is monitor
    assert builder.build_serialized_network(network, config) is not None
    assert monitor.started and sorted(monitor.started) == sorted(monitor.finished)
    config.progress_monitor = Monitor(cancel=True)
    assert builder.build_serialized_network(network, config) is None
    config.progress_monitor = None
    assert config.progress_monitor is None


class Selector(trt.IAlgorithmSelector):
    def __init__(self):
        super().__init__()
        self.asked, self.reported = [], []

    def select_algorithms(self, context, choices):
        self.asked.append((context.name, len(choices), choices[0].algorithm_variant.tactic))
        return [0]

    def report_algorithms(self, contexts, choices):
        self.reported = [context.name for context in contexts]


def test_an_algorithm_selector_chooses_and_hears(small):
    builder, network, _ = small
    config = builder.create_builder_config()
    config.algorithm_selector = selector = Selector()
    assert builder.build_serialized_network(network, config) is not None
    assert selector.asked and len(selector.reported) >= 1


class Profiler(trt.IProfiler):
    def __init__(self):
        super().__init__()
        self.times = {}

    def report_layer_time(self, layer_name, ms):
        self.times[layer_name] = ms


class Allocator(trt.IOutputAllocator):
    def __init__(self):
        super().__init__()
        self.memory, self.shape = None, None

    def reallocate_output_async(self, tensor_name, memory, size, alignment, stream):
        self.memory = numpy.zeros(max(size, 1), numpy.uint8)
        return self.memory.ctypes.data

    def notify_shape(self, tensor_name, shape):
        self.shape = tuple(shape)


def test_profilers_and_output_allocators_are_called(small, logger):
    builder, network, kernel = small
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    context = trt.Runtime(logger).deserialize_cuda_engine(plan).create_execution_context()
    context.profiler = profiler = Profiler()
    allocator = Allocator()
    assert context.set_output_allocator("y", allocator) and context.get_output_allocator("y") is allocator
    x = numpy.random.default_rng(4).standard_normal((1, 3, 8, 8), numpy.float32)
    run(context, {"x": x}, {})
    assert allocator.shape == (1, 4, 6, 6) and profiler.times
    y = allocator.memory[: 4 * trt.volume(allocator.shape)].view(numpy.float32).reshape(allocator.shape)
    numpy.testing.assert_allclose(y, expected(kernel, x), atol=1e-5)


class Recorder(trt.IErrorRecorder):
    def __init__(self):
        super().__init__()
        self.list = []

    def num_errors(self):
        return len(self.list)

    def get_error_code(self, arg0):
        return self.list[arg0][0]

    def get_error_desc(self, arg0):
        return self.list[arg0][1]

    def has_overflowed(self):
        return False

    def clear(self):
        self.list.clear()

    def report_error(self, code, desc):
        self.list.append((code, desc))


def test_an_error_recorder_takes_errors(logger):
    builder = trt.Builder(logger)
    builder.error_recorder = recorder = Recorder()
    assert builder.build_serialized_network(builder.create_network(), builder.create_builder_config()) is None
    assert recorder.num_errors() > 0 and builder.error_recorder is recorder


class Reader(trt.IStreamReader):
    def __init__(self, data):
        super().__init__()
        self.data = bytes(data)

    def read(self, size):
        part, self.data = self.data[:size], self.data[size:]
        return part


class Writer(trt.IStreamWriter):
    def __init__(self):
        super().__init__()
        self.data = b""

    def write(self, data):
        self.data += data
        return len(data)


def test_plans_stream_in_and_out(small, logger):
    builder, network, _ = small
    writer = Writer()
    assert builder.build_serialized_network_to_stream(network, builder.create_builder_config(), writer)
    assert trt.Runtime(logger).deserialize_cuda_engine(Reader(writer.data)).num_io_tensors == 2


def test_exceptions_of_callbacks_are_printed_not_raised(small, capsys):
    class Failing(Monitor):
        def step_complete(self, phase_name, step):
            raise RuntimeError("on purpose")

    builder, network, _ = small
    config = builder.create_builder_config()
    config.progress_monitor = Failing()
    import sys

    seen, hook = [], sys.unraisablehook
    sys.unraisablehook = lambda event: seen.append(str(event.exc_value))
    try:
        assert builder.build_serialized_network(network, config) is None
    finally:
        sys.unraisablehook = hook
    assert "on purpose" in seen[0]


def test_children_keep_their_parents():
    def make():
        builder = trt.Builder(KeepingLogger())
        network = builder.create_network()
        x = network.add_input("x", trt.float32, (2,))
        layer = network.add_elementwise(
            x, network.add_constant((2,), numpy.float32([3, 4])).get_output(0), trt.ElementWiseOperation.SUM
        )
        layer.get_output(0).name = "y"
        network.mark_output(layer.get_output(0))
        return layer, builder, network, builder.create_builder_config()

    layer, builder, network, config = make()
    gc.collect()
    plan = builder.build_serialized_network(network, config)
    del builder, network, config
    gc.collect()
    assert layer.get_output(0).name == "y"
    context = trt.Runtime(KeepingLogger()).deserialize_cuda_engine(plan).create_execution_context()
    del plan, layer
    gc.collect()
    x, y = numpy.float32([1, 2]), numpy.empty(2, numpy.float32)
    run(context, {"x": x}, {"y": y})
    assert y.tolist() == [4, 6] and context.engine.num_io_tensors == 2
