# SPDX-License-Identifier: Apache-2.0
"""Types and layouts that a plugin supports, written as text: "FP32|FP16, FP32|FP16" or "FP32*FP16, FP32".

The alternatives of a tensor stand between bars or stars. Those between bars go together, the first of one tensor with
the first of the others; those between stars go with any of the others.
"""
import itertools

import tensorrt as trt

_TYPES = {"FP32": trt.float32, "FP16": trt.float16}


def _type_of(text):
    found = _TYPES.get(text) or trt.DataType.__members__.get(text)
    if found is None:
        raise ValueError(f"unknown type {text!r}")
    return found


def _format_of(text):
    if text not in trt.TensorFormat.__members__:
        raise ValueError(f"unknown layout {text!r}")
    return trt.TensorFormat.__members__[text]


def _expand(texts, convert):
    """All combinations that a list of alternatives stands for."""
    if any("|" in t and "*" in t for t in texts):
        raise ValueError(f"{texts}: a tensor has either '|' or '*'")
    lengths = {len(t.split("|")) for t in texts if "|" in t}
    if len(lengths) > 1:
        raise ValueError(f"{texts}: tensors whose alternatives go together need equally many")
    combinations = []
    for i in range(max(lengths, default=1)):
        choices = []
        for text in texts:
            parts = text.split("|")
            choices.append(text.split("*") if len(parts) == 1 else [parts[i]])
        combinations += [tuple(convert(part.strip()) for part in c) for c in itertools.product(*choices)]
    return combinations


class AutoTuneCombination:
    """A set of types and layouts of all tensors, inputs first, and the tactics for them."""

    def __init__(self, io_types=None, layouts=None, tactics=None):
        self._types = [t.strip() for t in io_types.split(",")] if io_types else []
        self._layouts = [t.strip() for t in (layouts or "LINEAR").split(",")] if io_types else []
        if len(self._layouts) == 1:
            self._layouts *= len(self._types)
        if len(self._layouts) != len(self._types):
            raise ValueError(f"{len(self._layouts)} layouts for {len(self._types)} tensors")
        self.tactics(tactics or ())

    def pos(self, pos, io_types, layouts="LINEAR"):
        """Sets types and layouts of one tensor or several."""
        for p in [pos] if isinstance(pos, int) else pos:
            missing = p + 1 - len(self._types)
            self._types += [None] * missing
            self._layouts += [None] * missing
            if self._types[p] is not None:
                raise ValueError(f"tensor {p} has its types already")
            self._types[p], self._layouts[p] = io_types, layouts

    def tactics(self, tactics):
        """Sets the ways to compute, positive numbers."""
        self._tactics = list(tactics)
        if any(t <= 0 for t in self._tactics):
            raise ValueError("tactics are positive numbers")

    def expand(self):
        """All (types, layouts, tactics)."""
        if None in self._types:
            raise ValueError(f"tensor {self._types.index(None)} has no types")
        kinds = _expand(self._types, _type_of), _expand(self._layouts, _format_of)
        return [(types, layouts, self._tactics) for types, layouts in itertools.product(*kinds)]
