# SPDX-License-Identifier: Apache-2.0
"""Writes ONNX graphs node by node, with the naming that PyTorch's exporter uses.

Weights are drawn from one seeded generator in the order of the calls, so a model has the same weights at every batch
size. Their scale keeps the activations near unit variance: speed must not depend on infinities or denormal numbers.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
INT64 = TensorProto.INT64


class Writer:
    def __init__(self, name, opset=17, seed=0):
        self.name, self.opset = name, opset
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.outputs = [], [], [], []
        self.scope_, self.counts, self.constants, self.sizes = [], {}, {}, {}

    # --- structure -------------------------------------------------------------------------------------------------
    def scope(self, part):
        """with w.scope("layer1.0"): prefixes the names of nodes and weights."""
        return _Scope(self.scope_, part)

    def input(self, name, shape, dtype=FLOAT):
        """A size that is a name is dynamic; reshape() takes such names."""
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        for axis, size in enumerate(shape):
            if isinstance(size, str) and size not in self.sizes:
                self.sizes[size] = self.op("Gather", self.op("Shape", name), self.const([axis]))
        return name

    def output(self, value, name, shape, dtype=FLOAT):
        self.nodes.append(helper.make_node("Identity", [value], [name], f"/Identity_{name}"))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def op(self, kind, *inputs, outputs=1, **attributes):
        path = "/" + "/".join([*self.scope_, kind])
        count = self.counts.get(path, 0)
        self.counts[path] = count + 1
        name = path if count == 0 else f"{path}_{count}"
        results = [f"{name}_output_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), results, name, **attributes))
        return results[0] if outputs == 1 else results

    def model(self):
        # The exporter writes no Identity in front of an output: the producer takes the output's name.
        rename = {n.input[0]: n.output[0] for n in self.nodes if n.op_type == "Identity"}
        nodes = [n for n in self.nodes if n.op_type != "Identity"]
        for node in nodes:
            node.input[:] = [rename.get(v, v) for v in node.input]
            node.output[:] = [rename.get(v, v) for v in node.output]
        graph = helper.make_graph(nodes, self.name, self.inputs, self.outputs, self.weights)
        opset = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8, producer_name="bench/models.py")

    # --- weights and constants -------------------------------------------------------------------------------------
    def weight(self, name, array):
        full = ".".join([*self.scope_, name])
        self.weights.append(numpy_helper.from_array(array, full))
        return full

    def normal(self, name, shape, deviation):
        array = self.rng.standard_normal(shape, dtype=np.float32)
        array *= np.float32(deviation)
        return self.weight(name, array)

    def quantized(self, x, scale):
        """Rounded to 8 bits and back."""
        parameters = [self.scalar(scale), self.const(0, np.int8)]
        return self.op("DequantizeLinear", self.op("QuantizeLinear", x, *parameters), *parameters)

    def _narrow(self, name, array):
        """A weight in 8 bits with a scale for each output channel, made real again."""
        scale = np.abs(array).max(axis=tuple(range(1, array.ndim))) / np.float32(127)
        whole = np.rint(array / scale.reshape(-1, *[1] * (array.ndim - 1))).astype(np.int8)
        zeros = self.weight(name + "_zero_point", np.zeros(len(scale), np.int8))
        parts = [self.weight(name, whole), self.weight(name + "_scale", scale), zeros]
        return self.op("DequantizeLinear", *parts, axis=0)

    def _drawn(self, name, shape, deviation, quantized):
        if not quantized:
            return self.normal(name, shape, deviation)
        return self._narrow(name, self.rng.standard_normal(shape, dtype=np.float32) * np.float32(deviation))

    def const(self, value, dtype=np.int64):
        """A constant, shared by all its users as after the exporter's deduplication."""
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            name = f"/Constant_{len(self.constants)}"
            self.constants[key] = name
            self.weights.append(numpy_helper.from_array(array, name))
        return self.constants[key]

    def scalar(self, value):
        return self.const(value, np.float32)

    # --- layers that several models share --------------------------------------------------------------------------
    def conv(self, name, x, c_in, c_out, kernel=1, stride=1, groups=1, gain=2.0, quantized=False):
        """Convolution with bias, same-size padding; batch normalisation is folded, as exporters do for inference."""
        fan_in = kernel * kernel * c_in // groups
        with self.scope(name):
            w = self._drawn("weight", (c_out, c_in // groups, kernel, kernel), np.sqrt(gain / fan_in), quantized)
            b = self.normal("bias", (c_out,), 0.05)
            pad = kernel // 2
            return self.op(
                "Conv", x, w, b, dilations=[1, 1], group=groups, kernel_shape=[kernel] * 2, pads=[pad] * 4,
                strides=[stride] * 2,
            )

    def gemm(self, name, x, n_in, n_out, gain=1.0, quantized=False):
        with self.scope(name):
            w = self._drawn("weight", (n_out, n_in), np.sqrt(gain / n_in), quantized)
            b = self.normal("bias", (n_out,), 0.05)
            return self.op("Gemm", x, w, b, alpha=1.0, beta=1.0, transB=1)

    def linear(self, name, x, n_in, n_out, gain=1.0):
        """A linear layer on more than two dimensions: MatMul, then Add, the bias being the Add's first input."""
        with self.scope(name):
            w = self.normal("weight", (n_in, n_out), np.sqrt(gain / n_in))
            b = self.normal("bias", (n_out,), 0.02)
            return self.op("Add", b, self.op("MatMul", x, w))

    def silu(self, x):
        return self.op("Mul", x, self.op("Sigmoid", x))

    def shape(self, *sizes):
        """A tensor of sizes, of which some may be names of dynamic ones."""
        if not any(isinstance(size, str) for size in sizes):
            return self.const(sizes)
        parts = [self.sizes[size] if isinstance(size, str) else self.const([size]) for size in sizes]
        return self.op("Concat", *parts, axis=0)

    def reshape(self, x, *shape):
        return self.op("Reshape", x, self.shape(*shape))

    def erf_gelu(self, x):
        inner = self.op("Erf", self.op("Div", x, self.scalar(np.sqrt(2))))
        return self.op("Mul", self.op("Mul", x, self.op("Add", inner, self.scalar(1))), self.scalar(0.5))

    def layer_norm(self, name, x, size, epsilon=1e-5, decomposed=False):
        with self.scope(name):
            g = self.weight("weight", 1 + 0.05 * self.rng.standard_normal(size, dtype=np.float32))
            b = self.normal("bias", (size,), 0.05)
            if not decomposed:
                return self.op("LayerNormalization", x, g, b, axis=-1, epsilon=epsilon)
            centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1]))
            variance = self.op("ReduceMean", self.op("Pow", centred, self.scalar(2)), axes=[-1])
            deviation = self.op("Sqrt", self.op("Add", variance, self.scalar(epsilon)))
            return self.op("Add", self.op("Mul", self.op("Div", centred, deviation), g), b)


class _Scope:
    def __init__(self, stack, part):
        self.stack, self.part = stack, part

    def __enter__(self):
        self.stack.append(self.part)

    def __exit__(self, *_):
        self.stack.pop()
