# SPDX-License-Identifier: Apache-2.0
"""Writes case files (see src/ops/case_test.cpp) whose expected values come from ONNX Runtime or numpy."""
import os

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import helper
from onnx.reference import ReferenceEvaluator

TYPES = {
    "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16, "i8": np.int8, "u8": np.uint8, "i32": np.int32,
    "i64": np.int64, "bool": np.bool_, "i4": ml_dtypes.int4, "f8e4m3": ml_dtypes.float8_e4m3fn,
    "f4": ml_dtypes.float4_e2m1fn, "f8e8m0": ml_dtypes.float8_e8m0fnu,
}
NAMES = {np.dtype(v): k for k, v in TYPES.items()}
MASK = (1 << 64) - 1
SECRET = (0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1)


def fold(a, b):
    product = a * b
    return (product & MASK) ^ (product >> 64)


def hash_combine(a, b):
    return fold(a ^ SECRET[0], fold(b ^ SECRET[1], SECRET[2]) ^ SECRET[3])


class Given:
    """An input: its array and the text that makes it."""

    def __init__(self, array, text, constant=False, declared=None):
        self.array, self.text, self.constant, self.declared = array, text, constant, declared


def rand(kind, dims, seed, constant=False, declared=None):
    """What `random(seed)` of the text form holds. `declared`: the shape inference is told, e.g. "[N,4]"."""
    bits = [hash_combine(seed, i) for i in range(int(np.prod(dims)))]
    if kind in ("f32", "f16", "bf16", "f8e4m3", "f4"):
        values = np.array([(b >> 11) * 2.0**-52 - 1 for b in bits], np.float64).astype(TYPES[kind])
    else:
        numbers = [b >> 60 for b in bits]
        shift = 0 if kind in ("bool", "u8") else 8
        values = np.array([n % 2 if kind == "bool" else n - shift for n in numbers]).astype(TYPES[kind])
    return Given(values.reshape(dims), f"random({seed})", constant, declared)


def number(value):
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if np.issubdtype(np.asarray(value).dtype, np.integer) or np.asarray(value).dtype == TYPES["i4"]:
        return str(int(value))
    value = float(value)
    if np.isnan(value):
        return "nan"
    return f"{value:.9g}"


def listed(array):
    return "[" + ",".join(number(v) for v in np.asarray(array).reshape(-1)) + "]"


def vals(kind, values, constant=False, declared=None):
    array = np.array(values).astype(TYPES[kind])
    return Given(array, listed(array), constant, declared)


def const(given):
    given.constant = True
    return given


def typed(array):
    return NAMES[np.asarray(array).dtype] + "[" + ",".join(str(d) for d in np.asarray(array).shape) + "]"


def ort(op_type, attributes=None, outputs=1, opset=22, domain="", left_out=(), constants=()):
    """A reference that runs one ONNX node; None among the arrays is an input left out."""

    def run(*arrays):
        names = ["" if a is None else f"i{k}" for k, a in enumerate(arrays)]
        out_names = ["" if k in left_out else f"o{k}" for k in range(outputs)]
        node = helper.make_node(op_type, names, out_names, domain=domain, **(attributes or {}))
        element = helper.np_dtype_to_tensor_dtype
        inputs = [helper.make_tensor_value_info(n, element(a.dtype), a.shape)
                  for n, a, k in zip(names, arrays, range(99)) if n and k not in constants]
        initializers = [onnx.numpy_helper.from_array(arrays[k], names[k]) for k in constants]
        outs = [onnx.ValueInfoProto(name=n) for n in out_names if n]
        graph = helper.make_graph([node], "g", inputs, outs, initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset),
                                                        helper.make_opsetid("com.microsoft", 1)])
        model.ir_version = 10
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(None, {n: a for n, a, k in zip(names, arrays, range(99)) if n and k not in constants})

    return run


def standard(op_type, attributes, opset):
    """The same with the onnx package's own evaluator, where ONNX Runtime goes its own way."""

    def run(*arrays):
        names = ["" if a is None else f"i{k}" for k, a in enumerate(arrays)]
        node = helper.make_node(op_type, names, ["y"], **attributes)
        element = helper.np_dtype_to_tensor_dtype
        inputs = [helper.make_tensor_value_info(n, element(a.dtype), a.shape) for n, a in zip(names, arrays) if n]
        graph = helper.make_graph([node], "g", inputs, [onnx.ValueInfoProto(name="y")])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        return ReferenceEvaluator(model).run(None, {n: a for n, a in zip(names, arrays) if n})

    return run


FILES = {}


def case(file, title, op, inputs, reference, kinds=None, tolerance=None, fixed=None):
    """`reference(*arrays)` gives the outputs; `kinds` converts them (default: as they come)."""
    results = reference(*[None if g is None else g.array for g in inputs])
    if not isinstance(results, (list, tuple)):
        results = [results]
    lines = [f'case "{title}" {{', f"  op {op}"]
    for given in inputs:
        if given is None:
            lines.append("  none")
            continue
        word = "const" if given.constant else "in"
        kind, dims = typed(given.array).split("[")
        declared = f"{given.declared} as [{dims}" if given.declared else f"[{dims}"
        lines.append(f"  {word} {kind}{declared} = {given.text}")
    for k, result in enumerate(results):
        array = np.asarray(result)
        if kinds:
            array = array.astype(TYPES[kinds[k]])
        elif array.dtype == np.float64:
            array = array.astype(np.float32)
        lines.append(f"  out {typed(array)} = {listed(array)}")
    if tolerance is not None:
        lines.append(f"  tolerance {tolerance}")
    if fixed:
        lines.append(f'  static "{fixed}"')
    FILES.setdefault(file, []).append("\n".join(lines) + "\n}\n")


def write(folder):
    for name, cases in FILES.items():
        with open(os.path.join(folder, name + ".case"), "w") as out:
            out.write("# SPDX-License-Identifier: Apache-2.0\n# Made by tests/ops/generate.py; do not edit.\n")
            out.write("\n".join(cases))
