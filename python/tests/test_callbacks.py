# SPDX-License-Identifier: Apache-2.0
"""Objects of Python that the library calls, and how long they live."""
import gc
import sys
import threading
import time

import numpy
import pytest
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


class Arena(trt.IGpuAllocator):
    """Memory of NumPy arrays, by address."""

    def __init__(self):
        super().__init__()
        self.blocks, self.freed = {}, 0

    def allocate(self, size, alignment, flags):
        block = numpy.zeros(size + alignment, numpy.uint8)
        address = block.ctypes.data + -block.ctypes.data % max(alignment, 1)
        self.blocks[address] = block
        return address

    def deallocate(self, memory):
        self.freed += 1
        return self.blocks.pop(memory, None) is not None


class AsyncArena(trt.IGpuAsyncAllocator):
    def __init__(self):
        super().__init__()
        self.inner, self.streams = Arena(), []

    def allocate_async(self, size, alignment, flags, stream):
        self.streams.append(stream)
        return self.inner.allocate(size, alignment, flags)

    def deallocate_async(self, memory, stream):
        return self.inner.deallocate(memory)


def test_allocators_provide_the_memory_of_engines(small, logger):
    builder, network, kernel = small
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    for arena in (Arena(), AsyncArena()):
        runtime = trt.Runtime(logger)
        runtime.gpu_allocator = arena
        context = runtime.deserialize_cuda_engine(plan).create_execution_context()
        blocks = getattr(arena, "inner", arena)
        x, y = numpy.ones((1, 3, 8, 8), numpy.float32), numpy.zeros((1, 4, 6, 6), numpy.float32)
        run(context, {"x": x}, {"y": y})
        numpy.testing.assert_allclose(y, expected(kernel, x), atol=1e-5)
        used = len(blocks.blocks) + blocks.freed
        del context, runtime
        gc.collect()
        assert used > 0 and blocks.blocks == {} and blocks.freed == used


class Listener(trt.IDebugListener):
    def __init__(self):
        super().__init__()
        self.seen = {}

    def process_debug_tensor(self, addr, location, type, shape, name, stream):
        import ctypes

        count = trt.volume(shape)
        self.seen[name] = numpy.frombuffer((ctypes.c_float * count).from_address(addr), numpy.float32).copy()
        return None  # as good as True


def test_debug_listeners_see_marked_tensors(small, logger):
    builder, network, kernel = small
    marked = network[0].get_output(0)
    marked.name = "between"
    assert network.mark_debug(marked)
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    context = trt.Runtime(logger).deserialize_cuda_engine(plan).create_execution_context()
    listener = Listener()
    assert context.set_debug_listener(listener) and context.get_debug_listener() is listener
    assert context.set_all_tensors_debug_state(True) and context.get_debug_state("between")
    x, y = numpy.random.default_rng(5).standard_normal((1, 3, 8, 8), numpy.float32), numpy.zeros((1, 4, 6, 6), numpy.float32)
    run(context, {"x": x}, {"y": y})
    numpy.testing.assert_allclose(numpy.maximum(listener.seen["between"], 0), y.ravel(), atol=1e-5)


class Seeker(trt.IStreamReaderV2):
    def __init__(self, data):
        super().__init__()
        import io

        self.file = io.BytesIO(bytes(data))

    def read(self, num_bytes, stream):
        return self.file.read(num_bytes)

    def seek(self, offset, where):
        self.file.seek(offset, where.value)
        return True


def test_plans_are_read_in_any_order(small, logger):
    builder, network, _ = small
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    assert trt.Runtime(logger).deserialize_cuda_engine(Seeker(plan)).num_io_tensors == 2


@pytest.mark.parametrize(
    "kind", ["IInt8Calibrator", "IInt8EntropyCalibrator", "IInt8EntropyCalibrator2", "IInt8MinMaxCalibrator",
             "IInt8LegacyCalibrator"]
)
def test_calibrators_are_kept_and_know_their_algorithm(small, kind):
    base = getattr(trt, kind)

    class Calibrator(base):
        def __init__(self):
            super().__init__()

        def get_batch_size(self):
            return 1

        def get_batch(self, names):
            return None

        if kind == "IInt8Calibrator":
            def get_algorithm(self):
                return trt.CalibrationAlgoType.MINMAX_CALIBRATION

    config = small[0].create_builder_config()
    config.int8_calibrator = calibrator = Calibrator()
    assert config.int8_calibrator is calibrator and calibrator.read_calibration_cache() is None
    algorithms = {"IInt8EntropyCalibrator": "ENTROPY_CALIBRATION", "IInt8EntropyCalibrator2": "ENTROPY_CALIBRATION_2",
                  "IInt8LegacyCalibrator": "LEGACY_CALIBRATION"}
    assert calibrator.get_algorithm().name == algorithms.get(kind, "MINMAX_CALIBRATION")
    config.int8_calibrator = None
    assert config.int8_calibrator is None


def test_builds_and_inferences_let_other_threads_run(small, logger):
    builder, network, _ = small
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    runtime = trt.Runtime(logger)
    context = runtime.deserialize_cuda_engine(plan).create_execution_context()
    x, y = numpy.zeros((1, 3, 8, 8), numpy.float32), numpy.zeros((1, 4, 6, 6), numpy.float32)
    run(context, {"x": x}, {"y": y})
    count, done = [0], []

    def work():
        while not done:
            count[0] += 1
            time.sleep(1e-4)

    def moves_during(call):
        """Whether the other thread gets on while `call` runs, within a bounded number of calls."""
        before = count[0]
        return any(call() is not None and count[0] > before for _ in range(10000))

    # The interpreter never switches threads by itself, so the other one runs only when a call lets go of the lock.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert not moves_during(lambda: trt.volume((1, 2)))
        assert moves_during(lambda: builder.build_serialized_network(network, builder.create_builder_config()))
        assert moves_during(lambda: runtime.deserialize_cuda_engine(plan))
        assert moves_during(lambda: context.execute_async_v3(0))
        assert moves_during(lambda: context.execute_v2([x.ctypes.data, y.ctypes.data]))
    finally:
        done.append(True)
        sys.setswitchinterval(interval)
        thread.join()
