# SPDX-License-Identifier: Apache-2.0
"""The backend that onnx.backend.test asks for, over the Python module `tensorrt`.

A network has fewer element types than ONNX (docs/onnx_support.md): arrays are converted to the engine's types when they
go in, and to those the model declares when they come out. Types of 4 bits are packed two to a byte in an engine.
"""
import os

import ml_dtypes
import numpy
import onnx
import tensorrt as trt
from onnx import helper
from onnx.backend.base import Backend, BackendRep

LEVEL = int(os.environ.get("OPENTRT_BACKEND_LEVEL", "0"))
OTHER_TYPES = {"BF16": ml_dtypes.bfloat16, "FP8": ml_dtypes.float8_e4m3fn, "E8M0": ml_dtypes.float8_e8m0fnu,
               "INT4": ml_dtypes.int4, "FP4": ml_dtypes.float4_e2m1fn}
NIBBLES = ("INT4", "FP4")


class Refused(RuntimeError):
    """The parser, the builder or the runtime says no; the text says why."""


class _Log(trt.ILogger):
    def __init__(self):
        super().__init__()
        self.errors = []

    def log(self, severity, msg):
        if int(severity) <= int(trt.Logger.ERROR):
            self.errors.append(msg)

    def refusal(self, what):
        return Refused("; ".join([what, *self.errors]))


class _Output(trt.IOutputAllocator):
    """Memory that grows with the output."""

    def __init__(self):
        super().__init__()
        self.bytes = numpy.zeros(0, numpy.uint8)
        self.start = 0
        self.shape = ()

    def reallocate_output(self, tensor_name, memory, size, alignment):
        self.bytes = numpy.zeros(size + alignment, numpy.uint8)
        self.start = -self.bytes.ctypes.data % max(alignment, 1)
        return self.bytes.ctypes.data + self.start

    def notify_shape(self, tensor_name, shape):
        self.shape = tuple(shape)

    def array(self, kind):
        count = int(numpy.prod(self.shape, dtype=numpy.int64))
        if kind.name in NIBBLES:
            return _unpacked(self.bytes[self.start :][: (count + 1) // 2], count, kind).reshape(self.shape)
        dtype = _numpy_type(kind)
        return self.bytes[self.start :][: count * dtype.itemsize].view(dtype).reshape(self.shape).copy()


def _numpy_type(kind):
    return numpy.dtype(OTHER_TYPES[kind.name]) if kind.name in OTHER_TYPES else numpy.dtype(trt.nptype(kind))


def _packed(array, kind):
    codes = array.astype(_numpy_type(kind)).ravel().view(numpy.uint8) & 15
    codes = numpy.append(codes, numpy.zeros(codes.size % 2, numpy.uint8))
    return codes[0::2] | (codes[1::2] << 4)


def _unpacked(octets, count, kind):
    codes = numpy.stack([octets & 15, octets >> 4], -1).ravel()[:count]
    signed = numpy.where(codes < 8, codes, codes | 0xF0).astype(numpy.uint8) if kind.name == "INT4" else codes
    return signed.view(_numpy_type(kind))


def _declared_type(value):
    kind = value.type
    while kind.HasField("optional_type"):
        kind = kind.optional_type.elem_type
    return helper.tensor_dtype_to_np_dtype(kind.tensor_type.elem_type)


def with_open_sizes(model):
    """The model with dynamic dimensions instead of the inputs' sizes, but for lists of integers: their length decides ranks."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    for i, value in enumerate(opened.graph.input):
        kind = value.type.tensor_type
        integers = kind.elem_type in (onnx.TensorProto.INT64, onnx.TensorProto.INT32)
        if integers and len(kind.shape.dim) == 1:
            continue
        for j, dim in enumerate(kind.shape.dim):
            dim.Clear()
            dim.dim_param = f"d{i}_{j}"
    for value in opened.graph.output:
        for dim in value.type.tensor_type.shape.dim:
            dim.Clear()
    return opened


class Engine(BackendRep):
    """A model, built for the shapes of the first inputs and again when others come."""

    def __init__(self, model):
        self.log = _Log()
        self.model = model
        self.builder = trt.Builder(self.log)
        self.network = self.builder.create_network(0)
        self.parser = trt.OnnxParser(self.network, self.log)
        if not self.parser.parse(model.SerializeToString()):
            raise self.log.refusal("the parser refuses the model")
        self.types = {value.name: _declared_type(value) for value in model.graph.output}

    def build(self, arrays):
        config = self.builder.create_builder_config()
        config.builder_optimization_level = LEVEL
        profile = self.builder.create_optimization_profile()
        open_ended = False
        for tensor, array in arrays:
            if tensor.is_shape_tensor:
                profile.set_shape_input(tensor.name, *[array.ravel().tolist()] * 3)
                open_ended = True
            elif any(d < 0 for d in tensor.shape):
                profile.set_shape(tensor.name, *[array.shape] * 3)
                open_ended = True
        if open_ended:
            config.add_optimization_profile(profile)
        plan = self.builder.build_serialized_network(self.network, config)
        if plan is None:
            raise self.log.refusal("the build fails")
        runtime = trt.Runtime(self.log)
        return runtime.deserialize_cuda_engine(plan)

    def run(self, inputs, **kwargs):
        tensors = [self.network.get_input(i) for i in range(self.network.num_inputs)]
        if len(inputs) != len(tensors):
            raise Refused(f"{len(inputs)} inputs for a network that has {len(tensors)}")
        arrays = [(tensor, numpy.asarray(array)) for tensor, array in zip(tensors, inputs)]
        engine = self.build(arrays)
        context = engine.create_execution_context() if engine else None
        if context is None:
            raise self.log.refusal("the engine cannot be loaded")
        held = []
        for tensor, array in arrays:
            if array.ndim and not context.set_input_shape(tensor.name, array.shape):
                raise self.log.refusal(f"shape {array.shape} of {tensor.name} is refused")
            kind = tensor.dtype
            memory = _packed(array, kind) if kind.name in NIBBLES else array.astype(_numpy_type(kind), order="C")
            held.append(memory if memory.size else numpy.zeros(64, numpy.uint8))
            context.set_tensor_address(tensor.name, held[-1].ctypes.data)
        outputs = [(self.network.get_output(i), _Output()) for i in range(self.network.num_outputs)]
        for tensor, memory in outputs:
            context.set_output_allocator(tensor.name, memory)
        if not context.execute_async_v3(0):
            raise self.log.refusal("the inference fails")
        return tuple(memory.array(engine.get_tensor_dtype(tensor.name)).astype(self.declared(tensor.name))
                     for tensor, memory in outputs)

    def declared(self, name):
        return self.types[name if name in self.types else name.removeprefix("__")]


class OpenTrtBackend(Backend):
    open_sizes = False  # instead of those the models give

    @classmethod
    def prepare(cls, model, device="CPU", **kwargs):
        return Engine(with_open_sizes(model) if cls.open_sizes else model)

    @classmethod
    def run_node(cls, node, inputs, device="CPU", outputs_info=None, **kwargs):
        values = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                  for name, array in zip(node.input, inputs)]
        results = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), shape)
                   for name, (dtype, shape) in zip(node.output, outputs_info)]
        graph = helper.make_graph([node], "node", values, results)
        return cls.prepare(helper.make_model(graph)).run(inputs)

    @classmethod
    def supports_device(cls, device):
        return device == "CPU"
