# SPDX-License-Identifier: Apache-2.0
"""What the generator knows of a value: its type, its shape at every size of the graph, and how far two right answers may
lie apart.

Shapes. A graph is run at a few sizes; a dimension is a tuple with its size in each of them. So every rule of shapes is
checked for all sizes without symbols, and a dimension that changes is one whose tuple is not constant.

Tolerance. Every value has an interval that holds it, and a bound `err` on what rounding may change, propagated through
the graph by a Lipschitz constant for each operator plus its own rounding (units of the type times the largest value on
the way). Errors are worst cases, and results may differ by a small multiple of them. Values that lie on a grid (multiples of
`step`, which is a power of two) stay exact as long as the type has the bits for them; exact values have err = 0 and must
agree in every bit, whatever the order of sums. Operators that jump (rounding, comparisons, arg max, integer conversion) are
given exact values only. Values whose error is no longer small beside their size are given to no further operator.
"""
import dataclasses
import math

import ml_dtypes
import numpy as np
from onnx import TensorProto

FLOATS = ("f32", "f16", "bf16")
INTS = ("i32", "i64", "i8", "u8")
ONNX = {"f32": TensorProto.FLOAT, "f16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16, "i32": TensorProto.INT32,
        "i64": TensorProto.INT64, "i8": TensorProto.INT8, "u8": TensorProto.UINT8, "bool": TensorProto.BOOL}
NUMPY = {"f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16, "i32": np.int32, "i64": np.int64,
         "i8": np.int8, "u8": np.uint8, "bool": np.bool_}
UNIT = {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}
BITS = {"f32": 24, "f16": 11, "bf16": 8}
LIMIT = {"f32": 1e4, "f16": 500.0, "bf16": 1e4, "i32": 2.0**28, "i64": 2.0**40, "i8": 127, "u8": 255, "bool": 1}
MOST_ELEMENTS = 3000


class Skip(Exception):
    """The operator does not fit the values at hand; another is tried."""


@dataclasses.dataclass
class Value:
    type: str
    shape: tuple
    lo: float
    hi: float
    err: float = 0.0
    step: float = None
    name: str = None

    @property
    def rank(self):
        return len(self.shape)

    @property
    def bound(self):
        return max(abs(self.lo), abs(self.hi))

    @property
    def exact(self):
        return self.err == 0

    @property
    def is_float(self):
        return self.type in FLOATS

    def static(self, axis):
        return len(set(self.shape[axis])) == 1

    def tolerance(self):
        return 0.0 if self.exact else 4 * self.err + 1e-30


def numel(shape):
    sizes = [1] * (len(shape[0]) if shape else 1)
    for dim in shape:
        sizes = [n * d for n, d in zip(sizes, dim)]
    return max(sizes)


def at(shape, run):
    return [dim[run] for dim in shape]


def is_one(dim):
    return all(d == 1 for d in dim)


def is_empty(shape):
    return any(0 in dim for dim in shape)


def broadcast(a, b, loose=False):
    """The shape of both together; None when they do not fit. `loose` lets a size be 1 in some runs only."""
    out = []
    for i in range(1, max(len(a), len(b)) + 1):
        p = a[-i] if i <= len(a) else None
        q = b[-i] if i <= len(b) else None
        if p is None or q is None:
            out.append(p or q)
        elif p == q or is_one(q):
            out.append(p)
        elif is_one(p):
            out.append(q)
        elif loose and all(x == y or 1 in (x, y) for x, y in zip(p, q)):
            out.append(tuple(y if x == 1 else x for x, y in zip(p, q)))
        else:
            return None
    return tuple(reversed(out))


def make(kind, shape, lo, hi, err=0.0, step=None, rounding=1.0, through=0.0):
    """A value of an operator. `rounding`: units in the last place that the operator itself may lose, of the larger of its
    result and `through`, the largest number on the way to it."""
    value = Value(kind, tuple(shape), lo, hi, err, step)
    if numel(value.shape) > MOST_ELEMENTS or value.rank > 6:
        raise Skip
    if not math.isfinite(value.bound) or max(value.bound, through) > LIMIT[kind]:
        raise Skip
    if kind in FLOATS:
        if err or not step or max(value.bound, through) / step > 2 ** BITS[kind]:
            value.step = None
            value.err = err + rounding * UNIT[kind] * max(value.bound, through)
        if value.err > 0.05 * max(value.bound, 1e-3):
            raise Skip
    elif kind == "u8" and lo < 0:
        raise Skip
    return value


def product_range(a, b):
    ends = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi]
    return min(ends), max(ends)
