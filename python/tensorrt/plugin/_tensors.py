# SPDX-License-Identifier: Apache-2.0
"""Tensors of a plugin: described while building, with their memory while running."""
import numpy
import tensorrt as trt

from ._expressions import Shape, ShapeExpr, ShapeExprs, SizeTensorShapeExpr


class TensorDesc:
    """Type, shape and layout of a tensor. Shapes are expressions; numbers where `has_shape` says so."""

    is_size_tensor = False

    def __init__(self, shape_expr=None, dtype=None, format=None, scale=None):
        self._shape_expr, self._dtype, self._scale = shape_expr, dtype, scale
        self._format = trt.TensorFormat.LINEAR if format is None else format
        self._shape = self._aliased_to = None
        self._frozen = False

    def _copy(self, aliased_to=None):
        copy = TensorDesc(ShapeExprs.from_tuple(tuple(self._shape_expr)), self._dtype, self._format, self._scale)
        copy._aliased_to = aliased_to
        copy._frozen = aliased_to is not None
        return copy

    def like(self):
        """A tensor with the same properties."""
        return self._copy()

    def aliased(self):
        """A tensor with the same properties in the same memory."""
        return self._copy(self)

    def get_aliased(self):
        """The tensor whose memory this one shares; None for memory of its own."""
        return self._aliased_to

    def _set(self, name, value):
        if self._frozen:
            raise ValueError("this TensorDesc cannot be changed; like() answers one that can")
        setattr(self, name, value)

    def _known(self, name):
        if not self.has_shape:
            raise ValueError("shape and layout are not known yet; has_shape tells when they are")
        return getattr(self, name)

    shape_expr = property(lambda self: self._shape_expr, lambda self, v: self._set("_shape_expr", v),
                          doc="The shape as expressions.")
    dtype = property(lambda self: self._dtype, lambda self, v: self._set("_dtype", v), doc="Element type.")
    shape = property(lambda self: self._known("_shape"), lambda self, v: self._set("_shape", v),
                     doc="The shape, with the range of extents that vary.")
    format = property(lambda self: self._known("_format"), lambda self, v: self._set("_format", v),
                      doc="Layout in memory.")
    scale = property(lambda self: self._known("_scale"), lambda self, v: self._set("_scale", v),
                     doc="Scale of quantized elements.")

    @property
    def ndim(self):
        """The rank."""
        return len(self._shape_expr)

    def numel(self):
        """The number of elements, if the shape is known."""
        return self.shape.numel()

    @property
    def is_aliased(self):
        """Whether it shares the memory of another tensor."""
        return self._aliased_to is not None

    @property
    def has_shape(self):
        """Whether shape and layout are known."""
        return self._shape is not None

    @property
    def has_shape_expr(self):
        """Whether there is a shape of expressions."""
        return self._shape_expr is not None

    @property
    def is_dynamic(self):
        """Whether an extent varies."""
        return self.shape.is_dynamic

    def describe(self, desc):
        """Takes shape and layout from a DynamicPluginTensorDesc."""
        self._shape, self._format, self._scale = Shape(desc), desc.desc.format, desc.desc.scale
        return self


class SizeTensorDesc(TensorDesc):
    """A scalar output that holds an extent of another one."""

    is_size_tensor = True

    def __init__(self, opt, upper_bound):
        super().__init__(ShapeExprs(0), trt.int32)
        as_expr = lambda v: v if isinstance(v, ShapeExpr) else ShapeExpr(v)  # noqa: E731
        self._opt, self._upper_bound = as_expr(opt), as_expr(upper_bound)
        self._expr = SizeTensorShapeExpr(self)
        self._index = None

    opt = property(lambda self: self._opt, doc="The extent to be fast at.")
    upper_bound = property(lambda self: self._upper_bound, doc="The greatest extent.")
    index = property(lambda self: self._index, doc="The output that it is.")

    def expr(self):
        """The extent that it holds."""
        return self._expr


class Tensor:
    """A tensor while the plugin runs. `numpy.asarray(tensor)` is its memory."""

    def __init__(self, address, desc, stream, read_only=False):
        self._data_ptr, self._stream, self._read_only = address, stream, read_only
        self._shape, self._dtype, self._format, self._scale = Shape(desc), desc.type, desc.format, desc.scale
        self._aliased_to = None

    data_ptr = property(lambda self: self._data_ptr, doc="Address of the first element.")
    shape = property(lambda self: self._shape, doc="Extents; -1 where the plugin is to say.")
    dtype = property(lambda self: self._dtype, doc="Element type.")
    format = property(lambda self: self._format, doc="Layout in memory.")
    scale = property(lambda self: self._scale, doc="Scale of quantized elements.")

    @property
    def ndim(self):
        """The rank."""
        return len(self._shape)

    @property
    def strides(self):
        """Elements from one index to the next, for each dimension."""
        strides, step = [], 1
        for extent in reversed(self._shape):
            strides.insert(0, step)
            step *= extent
        return tuple(strides)

    def numel(self):
        """The number of elements."""
        return self._shape.numel()

    @property
    def is_data_dependent(self):
        """Whether the plugin says an extent."""
        return self._shape.is_dynamic

    @property
    def is_aliased(self):
        """Whether it shares the memory of another tensor."""
        return self._aliased_to is not None

    def get_aliased(self):
        """The tensor whose memory this one shares; None for memory of its own."""
        return self._aliased_to

    def aliased(self, shape=None):
        """The same memory in another shape of as many elements."""
        other = Tensor.__new__(Tensor)
        other.__dict__.update(self.__dict__)
        if shape is not None:
            other._shape = shape if isinstance(shape, Shape) else Shape(shape)
            if not self.is_data_dependent and other.numel() != self.numel():
                raise ValueError(f"{other.shape} has {other.numel()} elements, the tensor {self.numel()}")
        other._aliased_to = self
        return other

    @property
    def __array_interface__(self):
        return {
            "version": 3, "shape": tuple(self._shape), "typestr": numpy.dtype(trt.nptype(self._dtype)).str,
            "data": (self._data_ptr, self._read_only),
        }

    def __dlpack__(self, **options):
        array = numpy.asarray(self)
        if self._read_only:  # DLPack of older versions has no such mark, and consumers then refuse
            array = numpy.asarray(self.writable())
        return array.__dlpack__(**options)

    def __dlpack_device__(self):
        return 1, 0  # the CPU

    def writable(self):
        """The tensor without the mark that keeps NumPy from writing inputs."""
        other = self.aliased()
        other._read_only = False
        return other


def size_tensor(opt, upper_bound):
    """A scalar output that holds an extent of another output, at most `upper_bound`."""
    return SizeTensorDesc(opt, upper_bound)


def from_shape_expr(shape_expr, dtype):
    """A tensor of this shape, a tuple of expressions and numbers, and type."""
    exprs = shape_expr if isinstance(shape_expr, ShapeExprs) else ShapeExprs.from_tuple(shape_expr)
    return TensorDesc(exprs, dtype)
