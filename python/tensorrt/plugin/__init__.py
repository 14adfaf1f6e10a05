# SPDX-License-Identifier: Apache-2.0
"""Plugins made of functions.

    import numpy, tensorrt.plugin as trtp

    @trtp.register("mine::scale")
    def scale_desc(x: trtp.TensorDesc, factor: float) -> trtp.TensorDesc:
        return x.like()

    @trtp.impl("mine::scale")
    def scale(x: trtp.Tensor, factor: float, outputs, stream):
        numpy.asarray(outputs[0])[...] = numpy.asarray(x) * factor

    layer = network.add_plugin(trtp.op.mine.scale(x, factor=2.0))

Tensors are those of the CPU: NumPy, and all that speaks DLPack, sees their memory without a copy. Kernels compiled
ahead (`aot_impl`) are for GPUs; they are registered, and refused when a layer asks for them.
"""
from ._autotune import AutoTuneCombination
from ._expressions import (
    Shape, ShapeExpr, ShapeExprs, SizeTensorShapeExpr, SymExprs, SymInt8, SymInt16, SymInt32, SymIntExprs, cdiv, max,
    min,
)
from ._register import KernelLaunchParams, aot_impl, autotune, impl, op, register
from ._tensors import SizeTensorDesc, Tensor, TensorDesc, from_shape_expr, size_tensor

__all__ = [
    "AutoTuneCombination", "KernelLaunchParams", "Shape", "ShapeExpr", "ShapeExprs", "SizeTensorDesc",
    "SizeTensorShapeExpr", "SymExprs", "SymInt8", "SymInt16", "SymInt32", "SymIntExprs", "Tensor", "TensorDesc",
    "aot_impl", "autotune", "cdiv", "from_shape_expr", "impl", "max", "min", "op", "register", "size_tensor",
]
