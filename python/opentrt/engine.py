# SPDX-License-Identifier: Apache-2.0
"""Models as functions on arrays.

A model whose shapes are all known is built at once. Otherwise it is built when the first arguments come, for a range of
shapes around theirs, and again, for a wider range, when later ones do not fit; a range that the caller gives is final.
Tested by python/tests/test_opentrt.py.
"""
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import tensorrt as trt

from .progress import Progress


class Error(RuntimeError):
    """A model that could not be parsed, built or run; the text holds what the library said."""


class _Log(trt.ILogger):
    """Keeps errors for exceptions; prints the rest when asked to."""

    def __init__(self, verbose):
        super().__init__()
        self.verbose = verbose
        self.errors = []

    def log(self, severity, msg):
        if int(severity) <= int(trt.Logger.ERROR):
            self.errors.append(msg)
        elif self.verbose:
            print(msg)

    def take(self, what):
        errors, self.errors = self.errors, []
        return Error("\n".join([what, *errors]))


class _Output(trt.IOutputAllocator):
    """Memory of an output whose size becomes known while the engine runs."""

    def __init__(self):
        super().__init__()
        self.memory = numpy.empty(0, numpy.uint8)
        self.offset = 0
        self.shape = ()

    def reallocate_output(self, tensor_name, memory, size, alignment):
        alignment = max(alignment, 1)
        self.memory = numpy.empty(size + alignment, numpy.uint8)
        self.offset = -self.memory.ctypes.data % alignment
        return self.memory.ctypes.data + self.offset

    def notify_shape(self, tensor_name, shape):
        self.shape = tuple(shape)

    def array(self, dtype):
        size = trt.volume(self.shape) * dtype.itemsize
        values = self.memory[self.offset : self.offset + size]
        return values.view(dtype).reshape(self.shape).copy()


def _numpy_type(dtype):
    names = {"BF16": "bfloat16", "FP8": "float8_e4m3fn", "E8M0": "float8_e8m0fnu"}
    if dtype.name in names:
        import ml_dtypes

        return numpy.dtype(getattr(ml_dtypes, names[dtype.name]))
    return numpy.dtype(trt.nptype(dtype))


def _as_array(value, name, dtype):
    """The argument as an array of the input's type; only Python's own numbers are converted."""
    own = isinstance(value, (bool, int, float, list, tuple))
    if not own and not isinstance(value, numpy.ndarray) and hasattr(value, "__dlpack__"):
        value = numpy.from_dlpack(value)
    array = numpy.asarray(value, dtype if own else None)
    if array.dtype != dtype:
        raise TypeError(f"input {name}: elements of type {array.dtype}, the model takes {dtype}; use .astype({dtype})")
    return numpy.ascontiguousarray(array).reshape(array.shape)


class _Range:
    """Least, best and greatest shape, or values, of an input; grows with what is seen."""

    def __init__(self, declared, first):
        self.declared = declared
        self.min = [1 if d < 0 and v > 0 else v for d, v in zip(declared, first)]
        self.opt = list(first)
        self.max = list(first)

    def holds(self, extents):
        return all(low <= v <= high for low, v, high in zip(self.min, extents, self.max))

    def grow(self, extents):
        """Takes `extents` in, with room for growth where it exceeds the range, so that rebuilds are few."""
        for i, v in enumerate(extents):
            self.min[i] = min(self.min[i], v)
            if v > self.max[i]:
                self.max[i] = max(v, 2 * self.max[i])
            self.opt[i] = v


class _Model:
    """An ONNX model, and how it becomes an engine."""

    def __init__(self, model, options):
        self.log = _Log(options["verbose"])
        self.options = options
        self.path = os.fspath(model) if isinstance(model, (str, os.PathLike)) else None
        self.data = model.SerializeToString() if hasattr(model, "SerializeToString") else model
        self.builder = trt.Builder(self.log)
        self.parse()

    def parse(self):
        flags = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED) if self.options["strongly_typed"] else 0
        self.network = self.builder.create_network(flags)
        parser = trt.OnnxParser(self.network, self.log)
        fine = parser.parse_from_file(self.path) if self.path is not None else parser.parse(self.data)
        if not fine:
            texts = [str(parser.get_error(i)) for i in range(parser.num_errors)]
            self.log.errors = texts or self.log.errors
            raise self.log.take(f"cannot parse {self.path or 'the model'}")

    @property
    def inputs(self):
        return [self.network.get_input(i) for i in range(self.network.num_inputs)]

    def build(self, ranges):
        config = self.builder.create_builder_config()
        profile = self.builder.create_optimization_profile()
        for tensor in self.inputs:
            if tensor.name not in ranges:
                continue
            low, best, high = ranges[tensor.name]
            setter = profile.set_shape_input if tensor.is_shape_tensor else profile.set_shape
            setter(tensor.name, low, best, high)
        if ranges:
            config.add_optimization_profile(profile)
        monitor = Progress(self.options["progress"])
        config.progress_monitor = monitor
        try:
            plan = self.builder.build_serialized_network(self.network, config)
        finally:
            monitor.close()
        if plan is None:
            raise self.log.take("the build failed")
        return plan


class Function:
    """A model to call. `inputs` and `outputs` are its names; `plan` the engine, to be kept in a file."""

    inputs: list[str]
    outputs: list[str]
    plan: Any

    def __init__(self, model=None, ranges=None, plan=None, verbose=False):
        self._model = model
        self._log = model.log if model else _Log(verbose)
        self._runtime = trt.Runtime(self._log)
        self._lock = threading.Lock()
        self._ranges = {}
        self._fixed = ranges
        self._context = None
        self.plan = None
        if plan is not None:
            self._load(plan)
        elif ranges is not None or not self._dynamic():
            self._load(model.build(ranges or {}))
        if self._context is None:
            self._describe(model.inputs, [model.network.get_output(i) for i in range(model.network.num_outputs)])

    def _dynamic(self):
        return any(t.is_shape_tensor or any(d < 0 for d in t.shape) for t in self._model.inputs)

    def _describe(self, inputs, outputs):
        self.inputs = [t.name for t in inputs]
        self.outputs = [t.name for t in outputs]
        self._types = {t.name: _numpy_type(t.dtype) for t in [*inputs, *outputs]}

    def _load(self, plan):
        engine = self._runtime.deserialize_cuda_engine(plan)
        if engine is None:
            raise self._log.take("the plan cannot be loaded")
        self.plan = plan
        self._engine = engine
        self._context = engine.create_execution_context()
        if self._context is None:
            raise self._log.take("the engine cannot be prepared")
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        mode = engine.get_tensor_mode
        self.inputs = [n for n in names if mode(n) == trt.TensorIOMode.INPUT]
        self.outputs = [n for n in names if mode(n) == trt.TensorIOMode.OUTPUT]
        self._types = {n: _numpy_type(engine.get_tensor_dtype(n)) for n in names}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the plan, for load()."""
        if self.plan is None:
            raise Error("nothing is built yet: call the function, or give shapes to compile()")
        with open(path, "wb") as file:
            file.write(self.plan)

    def _fit(self, arrays):
        """Builds, or builds again, when there is no engine for these arguments."""
        if self._fixed is not None or self._model is None or not self._dynamic():
            return
        fits = self._context is not None
        for tensor in self._model.inputs:
            array = arrays[tensor.name]
            if len(tensor.shape) != array.ndim:
                raise ValueError(f"input {tensor.name}: rank {array.ndim}, the model takes {len(tensor.shape)}")
            key = array.ravel().tolist() if tensor.is_shape_tensor else list(array.shape)
            declared = key if tensor.is_shape_tensor else list(tensor.shape)
            if tensor.name not in self._ranges:
                self._ranges[tensor.name] = _Range(declared, key)
            if not self._ranges[tensor.name].holds(key):
                self._ranges[tensor.name].grow(key)
                fits = False
        if not fits:
            self._load(self._model.build({n: (r.min, r.opt, r.max) for n, r in self._ranges.items()}))

    def _bind(self, arrays):
        context = self._context
        for name, array in arrays.items():
            if not self._engine.is_shape_inference_io(name) or array.ndim:
                if not context.set_input_shape(name, array.shape):
                    raise self._log.take(f"input {name}: shape {array.shape} was refused")
            context.set_tensor_address(name, array.ctypes.data if array.size else self._nothing.ctypes.data)
        results = {}
        for name in self.outputs:
            shape = context.get_tensor_shape(name)
            if any(d < 0 for d in shape):
                results[name] = _Output()
                context.set_output_allocator(name, results[name])
                continue
            context.set_output_allocator(name, None)
            results[name] = numpy.empty(tuple(shape), self._types[name])
            memory = results[name] if results[name].size else self._nothing
            context.set_tensor_address(name, memory.ctypes.data)
        return results

    _nothing = numpy.zeros(64, numpy.uint8)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the model: arguments in the order of `inputs`, or by name."""
        if len(args) > len(self.inputs):
            raise TypeError(f"{len(args)} arguments, the model takes {len(self.inputs)}: {', '.join(self.inputs)}")
        given = {**dict(zip(self.inputs, args)), **kwargs}
        wrong = set(given).symmetric_difference(self.inputs)
        if wrong:
            raise TypeError(f"missing or unknown: {', '.join(sorted(wrong))}; inputs are {', '.join(self.inputs)}")
        arrays = {name: _as_array(given[name], name, self._types[name]) for name in self.inputs}
        with self._lock:
            self._fit(arrays)
            results = self._bind(arrays)
            if not self._context.execute_async_v3(0):
                raise self._log.take("the inference failed")
            values = [r.array(self._types[n]) if isinstance(r, _Output) else r for n, r in results.items()]
        return values[0] if len(values) == 1 else tuple(values)


def compile(
    model: Any, *, shapes: Mapping[str, Sequence[Any]] | None = None, strongly_typed: bool = False,
    progress: bool | None = None, verbose: bool = False,
) -> Function:
    """A function from a model: the name of an ONNX file, its bytes, or an onnx.ModelProto.

    `shapes` maps names of inputs to a shape, or to the (least, best, greatest) shapes of a range. `progress` says
    whether builds show how far they are: None means on a terminal, when they take long.
    """
    options = {"strongly_typed": strongly_typed, "progress": progress, "verbose": verbose}
    ranges = None
    if shapes is not None:
        ranges = {n: tuple(s) if hasattr(s[0], "__len__") else (s, s, s) for n, s in shapes.items()}
    return Function(_Model(model, options), ranges)


def load(plan: str | os.PathLike[str] | bytes, *, verbose: bool = False) -> Function:
    """A function from a plan: the name of a file, or its bytes."""
    if isinstance(plan, (str, os.PathLike)):
        with open(plan, "rb") as file:
            plan = file.read()
    return Function(plan=plan, verbose=verbose)
