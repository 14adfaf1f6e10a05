# SPDX-License-Identifier: Apache-2.0
"""A graph under construction: values to choose from, nodes, inputs with their contents at every size, and shapes computed
at run time."""
import random

import numpy as np
from onnx import helper, numpy_helper

from values import FLOATS, NUMPY, ONNX, Skip, Value, at, broadcast, is_empty, numel

OPSETS = (13, 17, 18, 21, 23)
OPERATORS = []  # (weight, function)


def operator(weight=1.0):
    """Registers a function that adds one operator (with what it needs) to a graph, or raises Skip."""

    def register(function):
        OPERATORS.append((weight, function))
        return function

    return register


class Scope:
    """The main graph, or a body of If or Loop: it sees the values around it."""

    def __init__(self, pool):
        self.nodes = []
        self.initializers = []
        self.pool = list(pool)


class GraphMaker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.np = np.random.default_rng(seed)
        rng = self.rng
        self.dynamic = rng.random() < 0.5
        self.runs = 3 if self.dynamic else 1
        self.opset = rng.choice(OPSETS)
        self.float = rng.choices(FLOATS, (70, 20, 10))[0]
        self.strong = rng.random() < 0.3
        self.empties = rng.random() < 0.04
        self.scopes = [Scope([])]
        self.inputs = []  # (Value, contents of each run)
        self.shape_inputs = []
        self.made = {}  # every value by name
        self.loose = {}  # those whose sizes only the data tell
        self.count = 0
        self.symbols = []
        if self.dynamic:
            for _ in range(rng.randint(1, 3)):
                least = 0 if self.empties else 1
                self.symbols.append(tuple(rng.randint(least, 7) for _ in range(3)))

    # ---- dimensions ----

    def dim(self, size):
        return (size,) * self.runs

    def random_dim(self, most=7):
        if self.symbols and self.rng.random() < 0.4:
            return self.rng.choice(self.symbols)
        if self.empties and self.rng.random() < 0.2:
            return self.dim(0)
        return self.dim(self.rng.choice([1, 2, 3, 4, 5, 8, self.rng.randint(1, 2 * most + 3)]))

    def random_shape(self, rank=None, most=600):
        if rank is None:
            rank = self.rng.choices(range(7), (4, 12, 24, 24, 24, 8, 4))[0]
        for _ in range(20):
            shape = tuple(self.random_dim() for _ in range(rank))
            if numel(shape) <= most:
                return shape
        return tuple(self.dim(2) for _ in range(rank))

    # ---- values ----

    @property
    def scope(self):
        return self.scopes[-1]

    @property
    def pool(self):
        return self.scope.pool

    def name(self, stem="v"):
        self.count += 1
        return f"{stem}{self.count}"

    def keep(self, value):
        self.made[value.name] = value
        self.pool.append(value)
        return value

    def emit(self, op, inputs, outputs, domain="", keep=True, **attributes):
        """Adds a node. `outputs` are values without names; None is an output left out."""
        names = []
        for value in outputs:
            if value is None:
                names.append("")
                continue
            value.name = self.name()
            names.append(value.name)
            if keep:
                self.keep(value)
        inputs = [i.name if isinstance(i, Value) else (i or "") for i in inputs]
        while inputs and not inputs[-1]:
            inputs.pop()
        attributes = {k: v for k, v in attributes.items() if v is not None}
        self.scope.nodes.append(helper.make_node(op, inputs, names, name=self.name("n"), domain=domain, **attributes))
        return outputs[0]

    def raw(self, op, inputs, **attributes):
        """A node on integers that hold sizes; gives the name of its output."""
        return self.emit(op, inputs, [Value("i64", (), 0, 0)], keep=False, **attributes).name

    def contents(self, kind, shape, run, lo, hi, step):
        """Numbers for one run."""
        dims = at(shape, run)
        if kind not in FLOATS:
            numbers = self.np.integers(int(lo), int(hi) + 1, dims)
        elif step:
            numbers = self.np.integers(round(lo / step), round(hi / step) + 1, dims) * step
        else:
            numbers = self.np.uniform(lo, hi, dims)
        return np.asarray(np.clip(np.asarray(numbers, NUMPY[kind]), lo, hi), NUMPY[kind])

    def fresh(self, kind, shape, lo=None, hi=None, step="any", constant=None, keep=True):
        """A new network input or, when its shape is the same in all runs and the dice say so, a constant."""
        if lo is None:
            lo, hi = {"u8": (0, 12), "bool": (0, 1)}.get(kind, (-4, 4) if kind not in FLOATS else (-2.0, 2.0))
        if kind in FLOATS and step == "any":
            step = self.rng.choice([None, None, 0.125, 0.25])
        if kind not in FLOATS:
            step = 1
        shape = tuple(shape)
        if any(len(set(dim)) > 1 for dim in shape):
            constant = False
        if constant is None:
            constant = self.rng.random() < 0.5
        value = Value(kind, shape, lo, hi, 0.0, step, self.name("c" if constant else "x"))
        runs = [self.contents(kind, shape, run, lo, hi, step) for run in range(1 if constant else self.runs)]
        if constant:
            value.name = self.constant(runs[0], value.name)
        else:
            self.inputs.append((value, runs))
        self.made[value.name] = value
        if keep:
            if not constant:
                for scope in self.scopes[:-1]:
                    scope.pool.append(value)
            self.pool.append(value)
        return value

    def constant(self, array, name=None):
        """The name of a constant: an initializer or a node."""
        name = name or self.name("c")
        tensor = numpy_helper.from_array(np.asarray(array), name)
        if self.rng.random() < 0.7:
            self.scope.initializers.append(tensor)
        else:
            self.scope.nodes.append(helper.make_node("Constant", [], [name], name=self.name("n"), value=tensor))
        return name

    def ints(self, values, kind="i64"):
        return self.constant(np.array(values, NUMPY[kind]))

    # ---- choice ----

    def chance(self, p):
        return self.rng.random() < p

    def pick(self, wanted=lambda v: True, kinds=None, rank=None, least=None, most=None, exact=None, full=False):
        """A value that fits, the newer the likelier. `full`: no size is 0."""
        fits = [v for v in self.pool
                if (kinds is None or v.type in kinds) and (rank is None or v.rank == rank)
                and (least is None or v.rank >= least) and (most is None or v.rank <= most)
                and (not exact or v.exact) and not (full and is_empty(v.shape)) and wanted(v)]
        if not fits:
            raise Skip
        return self.rng.choices(fits, [1 + 2 * i for i in range(len(fits))])[0]

    def pick_or_make(self, kinds, rank=None, least=0, most=6, wanted=lambda v: True, exact=None, full=False):
        try:
            if self.chance(0.05):
                raise Skip
            return self.pick(wanted, kinds, rank, least, most, exact, full)
        except Skip:
            rank = self.rng.randint(least, min(most, 4)) if rank is None else rank
            kind = self.float if self.float in kinds else self.rng.choice(list(kinds))
            value = self.fresh(kind, self.random_shape(rank), constant=False)
            if not wanted(value) or (full and is_empty(value.shape)):
                raise Skip from None
            return value

    def partner(self, a, wanted=lambda v: True, exact=None, lo=None, hi=None):
        """Another operand that broadcasts with `a`."""
        loose = self.chance(0.05)
        try:
            if self.chance(0.3):
                raise Skip
            return self.pick(lambda v: broadcast(a.shape, v.shape, loose) is not None and wanted(v), (a.type,),
                             exact=exact)
        except Skip:
            shape = [self.dim(1) if self.chance(0.25) else d for d in a.shape]
            shape = shape[self.rng.choice([0, 0, 0, self.rng.randint(0, len(shape))]):]
            if self.chance(0.1) and len(shape) == a.rank < 5:
                shape = [self.dim(self.rng.randint(1, 3))] + shape
            value = self.fresh(a.type, shape, lo, hi)
            if not wanted(value):
                raise Skip from None
            return value

    def axis(self, value, wanted=lambda d: True):
        """(axis, the same perhaps counted from the end)"""
        axes = [i for i, d in enumerate(value.shape) if wanted(d)]
        if not axes:
            raise Skip
        i = self.rng.choice(axes)
        return i, i - value.rank if self.chance(0.3) else i

    def float_constant(self, kind, shape, lo=-1.0, hi=1.0, step="any"):
        return self.fresh(kind, shape, lo, hi, step, constant=None if self.chance(0.3) else True, keep=False)

    # ---- sizes at run time ----

    def size_of(self, dim):
        """The name of a 1-D tensor of one element that holds the size, computed; None when nothing gives it."""
        owners = [(v, i) for v in self.pool for i, d in enumerate(v.shape) if d == dim]
        if owners:
            value, i = self.rng.choice(owners)
            way = self.rng.randint(0, 3)
            if way == 0 and self.opset >= 15:
                return self.raw("Shape", [value], start=i, end=i + 1)
            shape = self.raw("Shape", [value])
            if way == 1:
                return self.raw("Slice", [shape, self.ints([i]), self.ints([i + 1])])
            if way == 2:
                scalar = self.raw("Gather", [shape, self.ints(i)])
                return self.raw("Unsqueeze", [scalar, self.ints([0])])
            return self.raw("Gather", [shape, self.ints([i])])
        dims = {d for v in self.pool for d in v.shape}
        for d in dims:
            for factor in (2, 3, 4):
                if all(x * factor == y for x, y in zip(d, dim)):
                    return self.raw("Mul", [self.size_of(d), self.ints([factor])])
                if all(y * factor == x for x, y in zip(d, dim)):
                    return self.raw("Div", [self.size_of(d), self.ints([factor])])
            difference = {y - x for x, y in zip(d, dim)}
            if len(difference) == 1:
                return self.raw("Add", [self.size_of(d), self.ints([difference.pop()])])
        return None

    def sizes(self, dims, kind="i64"):
        """The name of a 1-D tensor that holds the sizes: a constant where possible, computed, or an input."""
        static = all(len(set(d)) == 1 for d in dims)
        if static and (not dims or self.chance(0.7)):
            return self.ints([d[0] for d in dims], kind)
        parts = []
        for d in dims:
            size = self.size_of(d) if len(set(d)) > 1 or self.chance(0.5) else self.ints([d[0]])
            parts.append(size or (self.ints([d[0]]) if len(set(d)) == 1 else None))
        if None in parts or (len(dims) < 5 and self.chance(0.05)):
            return self.shape_input([at(dims, run) for run in range(self.runs)])
        joined = parts[0] if len(parts) == 1 else self.raw("Concat", parts, axis=0)
        if kind != "i64":
            return self.raw("Cast", [joined], to=ONNX[kind])
        return joined

    def shape_input(self, contents, told=True):
        """The name of an input whose contents in each run are sizes. `told`: the profile has values for it."""
        arrays = [np.array(c, np.int64) for c in contents]
        shape = tuple(self.dim(n) for n in arrays[0].shape)
        value = Value("i64", shape, int(min(a.min() for a in arrays)),
                      int(max(a.max() for a in arrays)), 0.0, 1, self.name("s"))
        self.inputs.append((value, arrays))
        if told:
            self.shape_inputs.append(value.name)
        self.made[value.name] = value
        return value.name
