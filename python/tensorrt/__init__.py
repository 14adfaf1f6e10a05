# SPDX-License-Identifier: Apache-2.0
"""Builds and runs engines: the TensorRT interface of OpenTRT, on the CPU.

Names, signatures and behaviour are those of the module that scripts know: a network comes from the layer API or from an
ONNX file, `Builder` makes a plan of it, `Runtime` an engine of the plan.
"""
import enum as _enum
from collections.abc import Iterable as _Iterable

from . import tensorrt as _core
from ._plugin_bases import *  # noqa: F403
from ._quick_bases import *  # noqa: F403
from .tensorrt import *  # noqa: F403

__version__ = _core.__version__


def _ordered(name):
    """A comparison of numbers, with a member or an int."""
    def compare(self, other):
        known = isinstance(other, (type(self), int))
        return getattr(int(self), name)(int(other)) if known else NotImplemented
    return compare


def _finish_enums(scope):
    """Gives enumerations what scripts expect of them: int(member), 1 << member, order, and a table of their entries."""
    for value in list(vars(scope).values()):
        if isinstance(value, type) and issubclass(value, _enum.Enum) and not hasattr(value, "__entries__"):
            value.__int__ = lambda self: self.value
            value.__index__ = lambda self: self.value
            for name in ("__lt__", "__le__", "__gt__", "__ge__"):
                setattr(value, name, _ordered(name))
            entries = {name: (member, None) for name, member in value.__members__.items()}
            value.__entries__ = entries
            setattr(value, "__entries", entries)  # the name by which pybind11's enumerations are told


_finish_enums(_core)
_finish_enums(_core.ILogger)

# Names with a leading underscore or of builtins are not taken along by the star.
bool = _core.bool  # noqa: A001

_BITS = {
    "FLOAT": 32, "HALF": 16, "INT8": 8, "INT32": 32, "BOOL": 8, "UINT8": 8, "FP8": 8, "BF16": 16, "INT64": 64,
    "INT4": 4, "FP4": 4, "E8M0": 8,
}


def _itemsize(self):
    bits = _BITS[self.name]
    return bits // 8 if bits >= 8 else bits / 8


setattr(DataType, "itemsize", property(_itemsize, doc="Bytes of one element; a fraction for types smaller than a byte."))  # noqa: B010, F405


def volume(iterable: _Iterable[int]) -> int:
    """The product of the extents; 1 of none."""
    product = 1
    for extent in iterable:
        product *= extent
    return product


def nptype(trt_type: DataType) -> type:  # noqa: F405
    """The NumPy type of a DataType; TypeError for those that NumPy lacks."""
    import numpy

    names = {
        "FLOAT": numpy.float32, "HALF": numpy.float16, "INT8": numpy.int8, "INT32": numpy.int32,
        "INT64": numpy.int64, "BOOL": numpy.bool_, "UINT8": numpy.uint8,
    }
    if trt_type.name not in names:
        raise TypeError(f"NumPy has no element type for {trt_type}")
    return names[trt_type.name]


# What older bindings called their own lists.
NodeIndices = list
SubGraphCollection = list
FallbackString = str
PluginFieldCollection_ = PluginFieldCollection  # noqa: F405
