# SPDX-License-Identifier: Apache-2.0
"""Extents of tensors as expressions, and shapes that are known.

An expression is a number, an expression of the library, or fake: without a value, when only types are asked. Those of
the library come from a builder that lasts for one call, see `building`.
"""
import builtins
import contextlib
import operator
import threading

import tensorrt as trt

_OP = trt.DimensionOperation
_ON_NUMBERS = {
    _OP.SUM: operator.add, _OP.SUB: operator.sub, _OP.PROD: operator.mul, _OP.FLOOR_DIV: operator.floordiv,
    _OP.CEIL_DIV: lambda a, b: -(-a // b), _OP.MAX: builtins.max, _OP.MIN: builtins.min,
    _OP.EQUAL: lambda a, b: int(a == b), _OP.LESS: lambda a, b: int(a < b),
}
_state = threading.local()


@contextlib.contextmanager
def building(builder):
    """The builder of the library that expressions are made with, inside the block."""
    _state.builder = builder
    try:
        yield
    finally:
        _state.builder = None


class SymIntExpr:
    """An integer that may depend on the shapes of a plugin's inputs."""

    def __init__(self, value=None):
        self._value = value._value if isinstance(value, SymIntExpr) else value

    def _with(self, op, other, swapped=False):
        if not isinstance(other, (int, SymIntExpr)):
            return NotImplemented
        other = other if isinstance(other, SymIntExpr) else type(self)(other)
        first, second = (other, self) if swapped else (self, other)
        if first.is_fake or second.is_fake:
            return type(self)()
        if isinstance(first._value, int) and isinstance(second._value, int):
            return type(self)(_ON_NUMBERS[op](first._value, second._value))
        return type(self)(_state.builder.operation(op, first.native(), second.native()))

    def __add__(self, other):
        return self._with(_OP.SUM, other)

    def __radd__(self, other):
        return self._with(_OP.SUM, other, swapped=True)

    def __sub__(self, other):
        return self._with(_OP.SUB, other)

    def __rsub__(self, other):
        return self._with(_OP.SUB, other, swapped=True)

    def __mul__(self, other):
        return self._with(_OP.PROD, other)

    __rmul__ = __mul__

    def __floordiv__(self, other):
        return self._with(_OP.FLOOR_DIV, other)

    def __rfloordiv__(self, other):
        return self._with(_OP.FLOOR_DIV, other, swapped=True)

    def __eq__(self, other):
        return self._with(_OP.EQUAL, other)

    def __lt__(self, other):
        return self._with(_OP.LESS, other)

    __hash__ = object.__hash__

    def __bool__(self):
        if not self.is_constant:
            raise ValueError("the value of this expression is known only when the engine runs")
        return self.constant_value() != 0

    def __repr__(self):
        return f"{type(self).__name__}({self.constant_value() if self.is_constant else '?'})"

    @property
    def is_fake(self):
        """Whether only types are asked, so that there is no value."""
        return self._value is None

    @property
    def is_constant(self):
        """Whether the value is known while building."""
        return isinstance(self._value, int) or (not self.is_fake and self._value.is_constant())

    def constant_value(self):
        """The value, if it is known."""
        if not self.is_constant:
            raise ValueError("not a constant")
        return self._value if isinstance(self._value, int) else self._value.get_constant_value()

    def native(self):
        """The expression as the library has it."""
        return _state.builder.constant(self._value) if isinstance(self._value, int) else self._value


class SymInt8(SymIntExpr):
    """An argument of a kernel, of 8 bits."""


class SymInt16(SymIntExpr):
    """An argument of a kernel, of 16 bits."""


class SymInt32(SymIntExpr):
    """An argument of a kernel, of 32 bits."""


class ShapeExpr(SymInt32):
    """An extent."""

    @property
    def is_size_tensor(self):
        """Whether an output of the plugin holds the extent."""
        return False


class SizeTensorShapeExpr(ShapeExpr):
    """An extent that an output of the plugin holds once it ran; a whole dimension, not part of a computation."""

    def __init__(self, size_tensor_desc):
        super().__init__()
        self._desc = size_tensor_desc

    def _with(self, op, other, swapped=False):
        raise ValueError("the extent of a size tensor cannot be computed with")

    @property
    def is_size_tensor(self):
        """True."""
        return True

    def native(self):
        """The declaration of the size tensor, whose output index is known by now."""
        desc = self._desc
        return _state.builder.declare_size_tensor(desc.index, desc.opt.native(), desc.upper_bound.native())


class SymExprs:
    """A list of expressions of fixed length."""

    _item = SymIntExpr

    def __init__(self, length):
        self._items = [self._item() for _ in range(length)]

    @classmethod
    def from_tuple(cls, exprs):
        """A list of these expressions, or numbers."""
        made = cls(len(exprs))
        for i, value in enumerate(exprs):
            made[i] = value
        return made

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)

    def __getitem__(self, index):
        return self._items[index]

    def __setitem__(self, index, value):
        self._items[index] = value if isinstance(value, SymIntExpr) else self._item(value)

    def __repr__(self):
        return f"{type(self).__name__}({self._items})"


class SymIntExprs(SymExprs):
    """Arguments of a kernel."""


class ShapeExprs(SymExprs):
    """A shape of expressions."""

    _item = ShapeExpr

    def numel(self):
        """The number of elements."""
        product = ShapeExpr(1)
        for extent in self:
            product = product * extent
        return product


class Shape:
    """A shape as it is while running, or with the range that it has while building."""

    def __init__(self, tensor_desc=None):
        self._range = tensor_desc if isinstance(tensor_desc, trt.DynamicPluginTensorDesc) else None
        if self._range is not None:
            self._extents = tuple(tensor_desc.desc.dims)
        else:
            dims = tensor_desc.dims if isinstance(tensor_desc, trt.PluginTensorDesc) else tensor_desc
            self._extents = tuple(() if dims is None else dims)

    def numel(self):
        """The number of elements; ValueError while it varies."""
        if self.is_dynamic:
            raise ValueError("the number of elements varies")
        return trt.volume(self._extents)

    def __iter__(self):
        return iter(self._extents)

    def __getitem__(self, index):
        return self._extents[index]

    def __len__(self):
        return len(self._extents)

    def __repr__(self):
        return f"Shape{self._extents}"

    @property
    def is_dynamic(self):
        """Whether an extent varies, which then is -1."""
        return any(extent < 0 for extent in self._extents)

    def _of_range(self, name):
        return tuple(getattr(self._range, name)) if self._range is not None else self._extents

    @property
    def opt(self):
        """The extents to be fast at."""
        return self._of_range("opt")

    @property
    def min(self):
        """The least extents."""
        return self._of_range("min")

    @property
    def max(self):
        """The greatest extents."""
        return self._of_range("max")


def _combine(op, first, second):
    if isinstance(first, int) and isinstance(second, int):
        raise ValueError("one of the arguments has to be an expression")
    first = first if isinstance(first, SymIntExpr) else ShapeExpr(first)
    return first._with(op, second)


def cdiv(first, second):
    """first / second, rounded up."""
    return _combine(_OP.CEIL_DIV, first, second)


def max(first, second):
    """The greater of two extents."""
    return _combine(_OP.MAX, first, second)


def min(first, second):
    """The lesser of two extents."""
    return _combine(_OP.MIN, first, second)
