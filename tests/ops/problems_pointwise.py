# SPDX-License-Identifier: Apache-2.0
"""Activation, Unary, ElementWise, Cast, Select, ParametricRelu, Scale, Quantize, Dequantize, DynamicQuantize, BitCast, RoundFloat."""
import math

import ml_dtypes
import numpy as np

from goldens import TYPES, case, ort, rand, vals

SPECIAL = [-2.5, -1, -0.25, -0.0, 0, 0.3, 1, 3.5, np.inf, -np.inf, np.nan]


def activations():
    x = vals("f32", [-3, -1, -0.5, 0, 0.25, 1, 2, 6])
    erf = np.vectorize(math.erf)
    table = {
        "relu": (0, 0, lambda v: np.maximum(v, 0)),
        "sigmoid": (0, 0, lambda v: 1 / (1 + np.exp(-v))),
        "tanh": (0, 0, np.tanh),
        "leaky_relu": (0.1, 0, lambda v: np.where(v >= 0, v, 0.1 * v)),
        "elu": (1.5, 0, lambda v: np.where(v >= 0, v, 1.5 * np.expm1(v))),
        "selu": (1.6733, 1.0507, lambda v: 1.0507 * np.where(v > 0, v, 1.6733 * np.expm1(v))),
        "softsign": (0, 0, lambda v: v / (1 + abs(v))),
        "softplus": (0.5, 2, lambda v: 0.5 * np.log1p(np.exp(2 * v))),
        "clip": (-0.75, 1.5, lambda v: np.clip(v, -0.75, 1.5)),
        "hard_sigmoid": (0.2, 0.5, lambda v: np.clip(0.2 * v + 0.5, 0, 1)),
        "scaled_tanh": (1.7, 0.6, lambda v: 1.7 * np.tanh(0.6 * v)),
        "thresholded_relu": (0.5, 0, lambda v: np.where(v > 0.5, v, 0)),
        "gelu_erf": (0, 0, lambda v: 0.5 * v * (1 + erf(v / math.sqrt(2)))),
        "gelu_tanh": (0, 0, lambda v: 0.5 * v * (1 + np.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))),
    }
    for name, (alpha, beta, function) in table.items():
        case("activation", name, f"Activation{{function={name},alpha={alpha},beta={beta}}}", [x],
             lambda v, f=function: f(v.astype(np.float64)))
    case("activation", "relu keeps NaN", "Activation", [vals("f32", [np.nan, -np.inf, np.inf])],
         lambda v: np.array([np.nan, 0, np.inf]))
    case("activation", "softplus does not overflow", "Activation{function=softplus,alpha=1,beta=1}",
         [vals("f32", [1000, -1000])], lambda v: np.array([1000.0, 0]))
    case("activation", "relu of integers", "Activation", [vals("i64", [-5, 0, 2**40])], lambda v: np.maximum(v, 0))
    case("activation", "half precision rounds once", "Activation{function=gelu_erf}", [rand("f16", [9], 1)],
         lambda v: 0.5 * v.astype(np.float64) * (1 + erf(v.astype(np.float64) / math.sqrt(2))), kinds=["f16"])


def unaries():
    small = [-0.9, -0.5, 0, 0.3, 0.99]
    positive = [0.1, 0.5, 1, 2, 10]
    above = [1, 1.5, 2, 10]
    any_real = [-2, -0.7, 0, 0.4, 1.3]
    erf = np.vectorize(math.erf)
    table = {
        "exp": (np.exp, any_real), "log": (np.log, positive), "sqrt": (np.sqrt, positive),
        "recip": (lambda v: 1 / v, positive), "abs": (np.abs, SPECIAL), "neg": (np.negative, SPECIAL),
        "sin": (np.sin, any_real), "cos": (np.cos, any_real), "tan": (np.tan, any_real), "sinh": (np.sinh, any_real),
        "cosh": (np.cosh, any_real), "asin": (np.arcsin, small), "acos": (np.arccos, small),
        "atan": (np.arctan, any_real), "asinh": (np.arcsinh, any_real), "acosh": (np.arccosh, above),
        "atanh": (np.arctanh, small), "ceil": (np.ceil, SPECIAL), "floor": (np.floor, SPECIAL),
        "erf": (erf, any_real), "sign": (np.sign, SPECIAL), "isinf": (np.isinf, SPECIAL), "isnan": (np.isnan, SPECIAL),
        "round": (np.rint, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.51]),
    }
    for name, (function, values) in table.items():
        case("unary", name, f"Unary{{operation={name}}}", [vals("f32", values)],
             lambda v, f=function: f(v.astype(np.float64)))
    case("unary", "not", "Unary{operation=not}", [vals("bool", [0, 1])], np.logical_not)
    case("unary", "integers", "Unary{operation=neg}", [vals("i32", [5, -(2**31), 0])], lambda v: -v)
    case("unary", "absolute integers", "Unary{operation=abs}", [vals("i64", [-(2**40), 7])], np.abs)
    case("unary", "domain errors are NaN", "Unary{operation=log}", [vals("f32", [-1, 0])],
         lambda v: np.array([np.nan, -np.inf]))


def element_wises():
    def binary(title, name, a, b, function, **more):
        case("element_wise", title, f"ElementWise{{operation={name}}}", [a, b], function, **more)

    a, b = rand("f32", [2, 1, 3], 1), rand("f32", [2, 4, 1], 2)
    for name, function in {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
                           "sub": np.subtract, "div": np.divide, "floordiv": np.floor_divide, "equal": np.equal,
                           "greater": np.greater, "less": np.less, "mod": np.mod, "fmod": np.fmod}.items():
        binary(f"{name} with broadcast", name, a, b,
               lambda x, y, f=function: f(x.astype(np.float64), y.astype(np.float64)))
    binary("pow", "pow", vals("f32", [2, 9, -2, 0]), vals("f32", [3, 0.5, 3, 0]), np.power)
    truth = vals("bool", [[0], [1]]), vals("bool", [[0, 1]])
    for name, function in {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor,
                           "equal": np.equal}.items():
        binary(f"{name} of bools", name, *truth, function)
    x, y = vals("i32", [7, -7, 7, -7, 5]), vals("i32", [2, 2, -2, -2, 0])
    binary("integer division truncates, by zero is 0", "div", x, y, lambda p, q: np.array([3, -3, -3, 3, 0], np.int32))
    binary("integer floor division", "floordiv", x, y, lambda p, q: np.array([3, -4, -4, 3, 0], np.int32))
    binary("integer mod has the divisor's sign", "mod", x, y, lambda p, q: np.array([1, 1, -1, -1, 0], np.int32))
    binary("integer fmod has the dividend's sign", "fmod", x, y, lambda p, q: np.array([1, -1, 1, -1, 0], np.int32))
    binary("integer division of the lowest by -1 wraps", "div", vals("i64", [-(2**63)]), vals("i64", [-1]),
           lambda p, q: p)
    binary("integer pow", "pow", vals("i32", [2, -3, 0, 1, 2]), vals("i32", [10, 3, 0, -5, -1]),
           lambda p, q: np.array([1024, -27, 1, 1, 0], np.int32))
    binary("integer sum wraps", "sum", vals("i32", [2**31 - 1]), vals("i32", [1]),
           lambda p, q: np.array([-(2**31)], np.int32))
    binary("NaN wins in max", "max", vals("f32", [np.nan, 1]), vals("f32", [1, np.nan]), np.maximum)
    binary("empty tensors", "sum", rand("f32", [0, 3], 1), rand("f32", [1, 3], 2), np.add,
           fixed="of two unknown sizes the larger one is expected")
    binary("bytes", "max", vals("u8", [3, 250]), vals("u8", [200, 4]), np.maximum)


def casts():
    def cast(title, to, x, function):
        case("cast", title, f"Cast{{to={to}}}", [x], function, kinds=[to])

    cast("real to integer truncates and saturates", "i32", vals("f32", [2.9, -2.9, 1e20, -1e20, np.nan]),
         lambda x: np.array([2, -2, 2**31 - 1, -(2**31), 0], np.int32))
    cast("real to byte", "u8", vals("f32", [-3, 3.7, 300]), lambda x: np.array([0, 3, 255]))
    cast("integer to integer wraps", "i32", vals("i64", [2**32 + 5, -1]), lambda x: x.astype(np.int32))
    cast("anything to bool", "bool", vals("f32", [0, 0.25, -0.0, np.nan]), lambda x: x != 0)
    cast("bool to real", "f16", vals("bool", [0, 1]), lambda x: x)
    cast("real to half", "f16", vals("f32", [1.0004883, 65520, 1e-8]), lambda x: x)
    cast("real to brain float", "bf16", vals("f32", [1.00390625, 1.01171875]), lambda x: x)
    cast("real to f8", "f8e4m3", vals("f32", [0.3, 17, 447]), lambda x: x)
    cast("large integer to real", "f32", vals("i64", [2**40 + 1]), lambda x: x)
    case("identity", "keeps NaN and the sign of zero", "Identity", [vals("f32", [np.nan, -0.0, 1])], lambda x: x)
    case("identity", "four bits", "Identity", [vals("i4", [-8, 7, 3])], lambda x: x)
    case("select", "broadcasts all three", "Select",
         [vals("bool", [[1], [0]]), rand("f32", [1, 3], 1), rand("f32", [2, 1], 2)], np.where)
    case("select", "integers", "Select", [vals("bool", [1, 0]), vals("i64", [2**60, 1]), vals("i64", [3, -4])], np.where)
    case("select", "of bools", "Select", [vals("bool", [1, 0]), vals("bool", [0, 1]), vals("bool", [1, 0])], np.where)
    case("parametric_relu", "slope per channel", "ParametricRelu",
         [rand("f32", [2, 3, 2], 1), vals("f32", [[[0.5], [-1], [2]]])], lambda x, s: np.where(x < 0, s * x, x))
    case("parametric_relu", "slope per element in half precision", "ParametricRelu",
         [rand("f16", [4], 1), rand("f16", [4], 2)], lambda x, s: np.where(x < 0, s * x, x))


def scales():
    def scale(title, op, x, shift, factor, power, reference):
        case("scale", title, f"Scale{{{op}}}", [x, shift, factor, power], reference)

    x = rand("f32", [2, 3, 2], 1)
    scale("one for all", "", x, vals("f32", [1.5]), vals("f32", [2]), vals("f32", [2]), lambda x, b, a, p: (x * a + b)**p)
    scale("per channel", "mode=channel", x, vals("f32", [1, 2, 3]), vals("f32", [2, -1, 0.5]), None,
          lambda x, b, a, p: x * a[:, None] + b[:, None])
    scale("per element from axis 1 on", "mode=elementwise", x, rand("f32", [6], 2), None, None,
          lambda x, b, a, p: x + b.reshape(3, 2))
    scale("channels last", "mode=channel,channelAxis=2", x, None, vals("f32", [3, 4]), None, lambda x, b, a, p: x * a)


def quantizations():
    def q(title, op, inputs, axis=None, kind="i8", block=None):
        attributes = {"output_dtype": {"i8": 3, "u8": 2}[kind]}
        if axis is not None:
            attributes["axis"] = axis
        if block:
            attributes["block_size"] = block
        case("quantize", title, f"Quantize{{{op}}}", inputs, ort("QuantizeLinear", attributes), kinds=[kind])

    x = rand("f32", [2, 3, 4], 1)
    q("per tensor", "", [x, vals("f32", 0.0078)])
    q("ties go to even and the ends saturate", "", [vals("f32", [0.5, 1.5, 2.5, -0.5, 1000, -1000]), vals("f32", 1)])
    q("per axis with zero point", "axis=1,to=u8", [x, vals("f32", [0.01, 0.02, 0.03]), vals("u8", [0, 10, 128])], 1, "u8")
    q("blocks", "", [x, rand("f32", [2, 3, 2], 3)], 2, block=2)
    case("quantize", "f8 rounds the quotient", "Quantize{to=f8e4m3}", [x, vals("f32", 0.013)],
         lambda v, s: (v / s), kinds=["f8e4m3"])
    case("quantize", "i4", "Quantize{to=i4}", [rand("f32", [5], 1), vals("f32", 0.1)],
         lambda v, s: np.clip(np.rint(v / s), -8, 7), kinds=["i4"])
    case("quantize", "blocks that do not divide", "Quantize{blockShape=[1,3]}", [rand("f32", [2, 4], 1), vals(
        "f32", [[0.1, 0.2], [0.3, 0.4]])], lambda v, s: np.rint(v / s[:, [0, 0, 0, 1]]), kinds=["i8"])

    def dq(title, op, inputs, reference, kind="f32"):
        case("dequantize", title, f"Dequantize{{{op}}}", inputs, reference, kinds=[kind])

    dq("per tensor", "", [vals("i8", [-128, 0, 5]), vals("f32", 0.5)], ort("DequantizeLinear"))
    dq("per axis with zero point", "axis=0", [rand("u8", [2, 3], 1), vals("f32", [0.5, 2]), vals("u8", [3, 7])],
       ort("DequantizeLinear", {"axis": 0}))
    dq("bias of 32 bits", "axis=0", [vals("i32", [100000, -3]), vals("f32", [0.001, 2])],
       ort("DequantizeLinear", {"axis": 0}))
    dq("four bits in blocks", "to=f16", [rand("i4", [2, 4], 1), rand("f16", [2, 2], 2)],
       lambda x, s: x.astype(np.float32) * s.astype(np.float32).repeat(2, 1), "f16")
    dq("f8 with a power of two", "", [rand("f8e4m3", [4], 1), vals("f8e8m0", 4)], lambda x, s: x.astype(np.float32) * 4)

    def dynamic(title, op, inputs, kinds, blocks, largest, second=1.0, up=False):
        def reference(x, *_):
            out, scales = np.zeros(x.shape), np.zeros([-(-d // b) for d, b in zip(x.shape, blocks)])
            for at in np.ndindex(scales.shape):
                part = tuple(slice(i * b, (i + 1) * b) for i, b in zip(at, blocks))
                s = abs(x[part].astype(np.float64)).max() / largest / second
                s = 2.0**math.ceil(math.log2(s)) if up else float(np.float64(s).astype(TYPES[kinds[1]]))
                scales[at] = s
                out[part] = x[part].astype(np.float64) / (s * second)
            if kinds[0] == "i8":
                out = np.clip(np.rint(out), -128, 127)
            else:
                out = np.clip(out, -largest, largest)
            return out, scales

        case("dynamic_quantize", title, f"DynamicQuantize{{{op}}}", inputs, reference, kinds=kinds)

    dynamic("four bits in blocks of 16", "", [rand("f32", [2, 32], 1)], ["f4", "f8e4m3"], [1, 16], 6)
    dynamic("a second scale", "", [rand("f32", [2, 16], 1), vals("f32", 0.01)], ["f4", "f8e4m3"], [1, 16], 6, 0.01)
    dynamic("powers of two along axis 0", "axis=0,blockSize=2,to=f8e4m3,scaleType=f8e8m0", [rand("f32", [4, 3], 1)],
            ["f8e4m3", "f8e8m0"], [2, 1], 448, up=True)
    dynamic("bytes in square blocks", "blockShape=[2,2],to=i8,scaleType=f32", [rand("f32", [4, 4], 1)], ["i8", "f32"],
            [2, 2], 127)


def bits():
    x = vals("f32", [1, -2.5, 0, -0.0, 3.4e38, np.inf])
    case("bit_cast", "f32 to i32", "BitCast{from=f32,to=i32,type=i32}", [x], lambda x: x.view(np.int32))
    case("bit_cast", "f32 to u32", "BitCast{from=f32,to=u32,type=i64}", [x], lambda x: x.view(np.uint32).astype(np.int64))
    case("bit_cast", "u32 to f32", "BitCast{from=u32,to=f32,type=f32}", [vals("i64", [0x3f800000, 0xc0200000, 1 << 31])],
         lambda x: x.astype(np.uint32).view(np.float32))
    case("bit_cast", "f64 to i64", "BitCast{from=f64,to=i64,type=i64}", [vals("f32", [1, -2.5])],
         lambda x: x.astype(np.float64).view(np.int64))
    case("bit_cast", "f16 to i16", "BitCast{from=f16,to=i16,type=i32}", [vals("f16", [1, -2.5, 65504])],
         lambda x: x.view(np.int16).astype(np.int32))
    case("bit_cast", "u16 to bf16", "BitCast{from=u16,to=bf16,type=bf16}", [vals("i32", [0x3f80, 0xc020])],
         lambda x: x.astype(np.uint16).view(ml_dtypes.bfloat16))
    case("bit_cast", "i8 to u8", "BitCast{from=i8,to=u8,type=u8}", [vals("i8", [-128, -1, 5])], lambda x: x.view(np.uint8))
    case("bit_cast", "bool to u8", "BitCast{from=bool,to=u8,type=u8}", [vals("bool", [1, 0])], lambda x: x.view(np.uint8))
    case("bit_cast", "u8 to bool", "BitCast{from=u8,to=bool,type=bool}", [vals("u8", [0, 1, 2])], lambda x: x != 0)
    formats = {"e5m2": ml_dtypes.float8_e5m2, "e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
               "e5m2fnuz": ml_dtypes.float8_e5m2fnuz}
    numbers = vals("f32", [*SPECIAL, 0.07, 1.0625, 1.1875, -239, 250, 6e4, 62000, -1e6, 1e-5, 2e-6, 7e-8])
    for name, dtype in formats.items():
        most = float(ml_dtypes.finfo(dtype).max)
        case("round_float", f"to {name}", f"RoundFloat{{format={name}}}", [numbers],
             lambda x: np.clip(x, -most, most).astype(dtype).astype(np.float32))
        case("round_float", f"to {name} without saturation", f"RoundFloat{{format={name},saturate=false}}", [numbers],
             lambda x: x.astype(dtype).astype(np.float32))
    case("round_float", "halves", "RoundFloat", [rand("f16", [9], 1)],
         lambda x: x.astype(ml_dtypes.float8_e5m2).astype(np.float16))


def make():
    np.seterr(all="ignore")
    activations()
    unaries()
    element_wises()
    casts()
    scales()
    quantizations()
    bits()
