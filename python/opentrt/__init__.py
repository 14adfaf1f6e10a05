# SPDX-License-Identifier: Apache-2.0
"""Runs ONNX models as engines of OpenTRT on arrays.

    import opentrt
    f = opentrt.compile("model.onnx")
    y = f(x)

Arguments are NumPy arrays, anything with `__dlpack__` on the CPU, or nested lists. A model with one output answers an
array, one with several a tuple in the order of `f.outputs`.
"""
from .engine import Error, Function, compile, load

__all__ = ["Error", "Function", "compile", "load"]
