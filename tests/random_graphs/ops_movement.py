# SPDX-License-Identifier: Apache-2.0
"""Operators that move elements, with sizes known or computed at run time."""
import numpy as np
from onnx import numpy_helper

from graph_maker import operator
from values import FLOATS, INTS, NUMPY, Skip, Value, at, broadcast, is_one, make, numel

ALL = FLOATS + INTS + ("bool",)


def moved(x, shape):
    return make(x.type, shape, x.lo, x.hi, x.err, x.step, 0)


@operator(4)
def transpose(g):
    x = g.pick_or_make(ALL)
    order = list(range(x.rank))
    g.rng.shuffle(order)
    if g.chance(0.2) or not order:
        g.emit("Transpose", [x], [moved(x, x.shape[::-1])])
        return
    g.emit("Transpose", [x], [moved(x, [x.shape[i] for i in order])], perm=order)


def regrouped(g, shape):
    """Another shape with as many elements in every run."""
    dims = list(shape)
    for _ in range(g.rng.randint(1, 3)):
        if len(dims) >= 2 and g.chance(0.5):
            i = g.rng.randrange(len(dims) - 1)
            dims[i : i + 2] = [tuple(a * b for a, b in zip(dims[i], dims[i + 1]))]
            continue
        i = g.rng.randrange(len(dims) + 1)
        factor = g.rng.choice([1, 1, 2, 3, 4])
        if factor == 1:
            dims.insert(i, g.dim(1))
        elif i < len(dims) and all(d and d % factor == 0 for d in dims[i]):
            dims[i : i + 1] = [g.dim(factor), tuple(d // factor for d in dims[i])]
    return tuple(dims)


@operator(5)
def reshape(g):
    x = g.pick_or_make(ALL)
    shape = regrouped(g, x.shape)
    out = moved(x, shape)
    empty = any(0 in d for d in shape)
    changing = [i for i, d in enumerate(shape) if len(set(d)) > 1]
    way = g.rng.randint(0, 2)
    if way == 0 and not empty and shape:  # one size left open, others perhaps copied
        left = changing[0] if changing else g.rng.randrange(len(shape))
        target = [0 if i < x.rank and x.shape[i] == d and g.chance(0.5) else d for i, d in enumerate(shape)]
        target[left] = -1
        if all(isinstance(t, int) or len(set(t)) == 1 for t in target):
            g.emit("Reshape", [x, g.ints([t if isinstance(t, int) else t[0] for t in target])], [out])
            return
        parts = [g.ints([t]) if isinstance(t, int) else g.sizes([t]) for t in target]
        g.emit("Reshape", [x, g.raw("Concat", parts, axis=0)], [out])
        return
    if empty and g.opset < 14:
        raise Skip
    g.emit("Reshape", [x, g.sizes(shape)], [out], allowzero=1 if empty else None)


@operator(1)
def flatten(g):
    x = g.pick_or_make(ALL)
    axis = g.rng.randint(0, x.rank)
    halves = []
    for part in (x.shape[:axis], x.shape[axis:]):
        halves.append(tuple(int(np.prod(at(part, run), initial=1)) for run in range(g.runs)))
    g.emit("Flatten", [x], [moved(x, halves)], axis=axis)


@operator(2)
def squeeze(g):
    x = g.pick_or_make(ALL)
    ones = [i for i, d in enumerate(x.shape) if is_one(d)]
    if ones and g.chance(0.6):
        axes = g.rng.sample(ones, g.rng.randint(1, len(ones)))
        out = moved(x, [d for i, d in enumerate(x.shape) if i not in axes])
        g.emit("Squeeze", [x, g.ints([a - x.rank if g.chance(0.3) else a for a in axes])], [out])
        return
    n = g.rng.randint(1, 2)
    axes = sorted(g.rng.sample(range(x.rank + n), n))
    shape = list(x.shape)
    for a in axes:
        shape.insert(a, g.dim(1))
    g.emit("Unsqueeze", [x, g.ints(axes)], [moved(x, shape)])


@operator(4)
def concat(g):
    a = g.pick_or_make(ALL, least=1)
    axis, written = g.axis(a)
    operands = [a]
    for _ in range(g.rng.randint(1, 2)):
        try:
            b = g.pick(lambda v: all(p == q for i, (p, q) in enumerate(zip(v.shape, a.shape)) if i != axis), (a.type,),
                       a.rank)
        except Skip:
            shape = list(a.shape)
            shape[axis] = g.random_dim()
            b = g.fresh(a.type, shape)
        operands.insert(g.rng.randint(0, len(operands)), b)
    shape = list(a.shape)
    shape[axis] = tuple(sum(sizes) for sizes in zip(*(v.shape[axis] for v in operands)))
    step = min(v.step for v in operands) if all(v.step for v in operands) else None
    lo, hi, err = min(v.lo for v in operands), max(v.hi for v in operands), max(v.err for v in operands)
    g.emit("Concat", operands, [make(a.type, shape, lo, hi, err, step, 0)], axis=written)


@operator(3)
def split(g):
    x = g.pick_or_make(ALL, least=1)
    axis, written = g.axis(x, lambda d: len(set(d)) == 1 and d[0] >= 2)
    size = x.shape[axis][0]
    n = g.rng.randint(2, min(size, 3))
    outs = []
    if size % n == 0 and g.chance(0.5):
        parts, given = [size // n] * n, False
    else:
        cuts = sorted(g.rng.sample(range(1, size), n - 1))
        parts, given = [b - a for a, b in zip([0] + cuts, cuts + [size])], True
    for part in parts:
        shape = list(x.shape)
        shape[axis] = g.dim(part)
        outs.append(moved(x, shape))
    g.emit("Split", [x, g.ints(parts) if given else None], outs, axis=written,
           num_outputs=n if g.opset >= 18 and not given else None)


@operator(5)
def slices(g):
    x = g.pick_or_make(ALL, least=1)
    axes = g.rng.sample(range(x.rank), g.rng.randint(1, min(x.rank, 2)))
    shape, starts, ends, steps = list(x.shape), [], [], []
    for axis in axes:
        least = min(x.shape[axis])
        step = g.rng.choice([1, 1, 1, 2, -1, -2])
        start = g.rng.randint(0, max(least - 1, 0))
        if step > 0:
            end = g.rng.choice([2**31 - 1, g.rng.randint(start, max(least, start)), -1])
        else:
            start, end = g.rng.choice([-1, start]), -(2**31)
        sizes = tuple(len(range(*slice(start, None if end == -(2**31) else end, step).indices(d))) for d in x.shape[axis])
        if 0 in sizes and not g.empties:
            raise Skip
        shape[axis] = sizes
        starts.append(start), ends.append(end), steps.append(step)
    out = moved(x, shape)
    all_axes = [a - x.rank if g.chance(0.2) else a for a in axes]
    g.emit("Slice", [x, g.ints(starts), g.ints(ends), g.ints(all_axes), g.ints(steps)], [out])


@operator(2)
def slice_by_size(g):
    """The end is a size computed at run time."""
    x = g.pick_or_make(ALL, least=1)
    axis, _ = g.axis(x)
    others = [d for v in g.pool for d in v.shape if all(p <= q for p, q in zip(d, x.shape[axis]))]
    if not others:
        raise Skip
    dim = g.rng.choice(others)
    shape = list(x.shape)
    shape[axis] = dim
    out = moved(x, shape)
    g.emit("Slice", [x, g.ints([0]), g.sizes([dim]), g.ints([axis])], [out])


@operator(3)
def pad(g):
    mode = g.rng.choice(["constant", "constant", "edge", "reflect"] + (["wrap"] if g.opset >= 19 else []))
    x = g.pick_or_make(FLOATS if g.chance(0.7) else ("i32", "i64", "i8", "u8", "bool"), least=1, full=mode != "constant")
    axes = g.rng.sample(range(x.rank), g.rng.randint(1, min(x.rank, 2)))
    pads = [0] * (2 * x.rank)
    shape = list(x.shape)
    for axis in axes:
        most = 3 if mode in ("constant", "edge") else min(min(x.shape[axis]) - 1, 2)
        least = -1 if mode == "constant" and min(x.shape[axis]) > 3 else 0
        before, after = (g.rng.randint(least, max(most, least)) for _ in range(2))
        if most < 0:
            raise Skip
        pads[axis], pads[axis + x.rank] = before, after
        shape[axis] = tuple(d + before + after for d in x.shape[axis])
    inputs = [x, g.ints(pads)]
    lo, hi, step = x.lo, x.hi, x.step
    if mode == "constant":
        number = g.rng.choice([0, 1])
        lo, hi = min(lo, number), max(hi, number)
        if x.is_float:
            step = x.step and min(1, x.step)
        if number or g.chance(0.3):
            inputs.append(g.constant(np.array(number, NUMPY[x.type])))
    if g.opset >= 18 and g.chance(0.3):
        inputs[1] = g.ints([pads[a] for a in axes] + [pads[a + x.rank] for a in axes])
        inputs = inputs + [None] * (3 - len(inputs)) + [g.ints(axes)]
    g.emit("Pad", inputs, [make(x.type, shape, lo, hi, x.err, step, 0)], mode=mode)


@operator(3)
def expand(g):
    x = g.pick_or_make(ALL, most=4)
    shape = [g.random_dim(4) if is_one(d) and g.chance(0.7) else d for d in x.shape]
    for _ in range(g.rng.choice([0, 0, 1])):
        shape.insert(0, g.random_dim(3))
    out = moved(x, shape)
    asked = [g.dim(1) if d == e and g.chance(0.3) else d for d, e in zip(shape[len(shape) - x.rank :], x.shape)]
    g.emit("Expand", [x, g.sizes(shape[: len(shape) - x.rank] + asked)], [out])


@operator(2)
def tile(g):
    x = g.pick_or_make(ALL, least=1, most=4)
    repeats = [g.random_dim(2) if g.chance(0.15) else g.dim(g.rng.choice([1, 1, 2, 3])) for _ in x.shape]
    shape = [tuple(a * b for a, b in zip(d, r)) for d, r in zip(x.shape, repeats)]
    out = moved(x, shape)
    g.emit("Tile", [x, g.sizes(repeats)], [out])


def indices_for(g, shape, size, negative=True):
    """Indices below the least of `size`, which are inputs or constants."""
    least = min(size)
    if least == 0:
        raise Skip
    return g.fresh(g.rng.choice(["i64", "i64", "i32"]), shape, -least if negative and g.chance(0.5) else 0, least - 1,
                   keep=False)


@operator(4)
def gather(g):
    x = g.pick_or_make(ALL, least=1)
    axis, written = g.axis(x)
    indices = indices_for(g, g.random_shape(g.rng.choice([0, 1, 1, 2]), 30), x.shape[axis])
    g.emit("Gather", [x, indices], [moved(x, x.shape[:axis] + indices.shape + x.shape[axis + 1 :])], axis=written)


@operator(2)
def gather_elements(g):
    x = g.pick_or_make(ALL, least=1)
    axis, written = g.axis(x)
    shape = list(x.shape)
    shape[axis] = g.random_dim(4)
    for i in range(x.rank):
        if i != axis and g.chance(0.2):
            shape[i] = g.dim(min(min(x.shape[i]), 2))
    indices = indices_for(g, shape, x.shape[axis])
    g.emit("GatherElements", [x, indices], [moved(x, shape)], axis=written)


@operator(2)
def gather_nd(g):
    x = g.pick_or_make(ALL, least=1)
    batch = g.rng.randint(0, min(x.rank - 1, 1))
    n = g.rng.randint(1, min(x.rank - batch, 2))
    least = min(min(x.shape[batch + i]) for i in range(n))
    middle = g.random_shape(g.rng.randint(0, 2), 12)
    indices = indices_for(g, x.shape[:batch] + middle + (g.dim(n),), (least,))
    if indices.type != "i64":
        raise Skip
    g.emit("GatherND", [x, indices], [moved(x, x.shape[:batch] + middle + x.shape[batch + n :])], batch_dims=batch)


def distinct(g, count, size):
    """`count` different places of `size`."""
    return g.rng.sample(range(size), count)


@operator(2)
def scatter_elements(g):
    x = g.pick_or_make(FLOATS + ("i32", "i64", "bool"), least=1)
    axis, written = g.axis(x, lambda d: min(d) > 0)
    reductions = ["none", "none"] + (["add"] if g.opset >= 16 and x.type != "bool" else [])
    reduction = g.rng.choice(reductions + (["max", "min"] if g.opset >= 18 and x.type != "bool" else []))
    count = g.rng.randint(1, min(x.shape[axis]))
    places = distinct(g, count, min(x.shape[axis]))
    dims = [g.dim(count) if i == axis else g.dim(g.rng.randint(1, min(d))) if min(d) else None
            for i, d in enumerate(x.shape)]
    if None in dims:
        raise Skip
    broad = np.broadcast_to(np.array(places).reshape([-1 if i == axis else 1 for i in range(x.rank)]), at(dims, 0))
    updates = g.fresh(x.type, dims, keep=False)
    step = x.step and updates.step and min(x.step, updates.step)
    grow = reduction == "add"
    lo = x.lo + min(updates.lo, 0) if grow else min(x.lo, updates.lo)
    hi = x.hi + max(updates.hi, 0) if grow else max(x.hi, updates.hi)
    g.emit("ScatterElements", [x, g.constant(broad.astype(g.rng.choice([np.int64, np.int32]))), updates],
           [make(x.type, x.shape, lo, hi, x.err, step, 1 if grow else 0)], axis=written,
           reduction=None if reduction == "none" else reduction)


@operator(2)
def scatter_nd(g):
    x = g.pick_or_make(FLOATS + ("i32", "i64", "bool"), least=1, full=True)
    n = g.rng.randint(1, min(x.rank, 2))
    least = [min(d) for d in x.shape[:n]]
    total = int(np.prod(least))
    count = g.rng.randint(1, min(total, 4))
    places = np.stack(np.unravel_index(distinct(g, count, total), least), -1).astype(np.int64)
    updates = g.fresh(x.type, (g.dim(count),) + x.shape[n:], keep=False)
    step = x.step and updates.step and min(x.step, updates.step)
    add = g.opset >= 16 and x.type != "bool" and g.chance(0.3)
    lo = x.lo + min(updates.lo, 0) if add else min(x.lo, updates.lo)
    hi = x.hi + max(updates.hi, 0) if add else max(x.hi, updates.hi)
    g.emit("ScatterND", [x, g.constant(places), updates], [make(x.type, x.shape, lo, hi, x.err, step, int(add))],
           reduction="add" if add else None)


@operator(1)
def depth_to_space(g):
    x = g.pick_or_make(FLOATS, 4)
    b = 2
    if g.chance(0.5):
        if any(n % 4 for n in x.shape[1]):
            x = g.fresh(g.float, (g.random_dim(2), g.dim(g.rng.choice([4, 8, 12])), g.random_dim(), g.random_dim()))
        n, c, h, w = x.shape
        shape = (n, tuple(d // 4 for d in c), tuple(d * b for d in h), tuple(d * b for d in w))
        g.emit("DepthToSpace", [x], [moved(x, shape)], blocksize=b, mode=g.rng.choice(["DCR", "CRD"]))
        return
    n, c, h, w = x.shape
    if any(d % b for d in h + w):
        raise Skip
    shape = (n, tuple(d * 4 for d in c), tuple(d // b for d in h), tuple(d // b for d in w))
    g.emit("SpaceToDepth", [x], [moved(x, shape)], blocksize=b)


@operator(1)
def trilu(g):
    if g.opset < 14:
        raise Skip
    x = g.pick_or_make(FLOATS + ("i32", "i64", "bool"), least=2)
    k = g.ints(g.rng.randint(-2, 2)) if g.chance(0.6) else None
    g.emit("Trilu", [x, k], [make(x.type, x.shape, min(x.lo, 0), max(x.hi, 0), x.err, x.step, 0)],
           upper=g.rng.choice([0, 1]))


@operator(1)
def reverse_sequence(g):
    x = g.pick_or_make(ALL, least=2, full=True)
    batch = g.rng.choice([0, 1])
    time = 1 - batch
    lengths = g.fresh("i64", (x.shape[batch],), 1, min(x.shape[time]), keep=False)
    g.emit("ReverseSequence", [x, lengths], [moved(x, x.shape)], batch_axis=batch, time_axis=time)


@operator(2)
def sizes_as_values(g):
    """Shape and Size of values, as numbers to compute with."""
    x = g.pick_or_make(ALL, least=1)
    if g.chance(0.3):
        g.emit("Size", [x], [make("i64", (), 0, numel(x.shape), 0, 1)])
        return
    g.emit("Shape", [x], [make("i64", (g.dim(x.rank),), 0, max(max(d) for d in x.shape), 0, 1)])


@operator(2)
def filled(g):
    """Tensors made from sizes: constants, ramps, unit matrices."""
    way = g.rng.choice(["ConstantOfShape", "Range", "EyeLike"])
    if way == "ConstantOfShape":
        kind = g.rng.choice((g.float, "i64", "i32", "bool"))
        shape = g.random_shape(g.rng.randint(0, 3))
        number = g.rng.choice([0, 1])
        tensor = np.array([number], NUMPY[kind])
        g.emit(way, [g.sizes(shape)], [make(kind, shape, number, number, 0, 1)], value=numpy_helper.from_array(tensor))
    elif way == "Range":
        dim = g.random_dim()
        limit = g.size_of(dim) if len(set(dim)) > 1 else None
        stop = g.raw("Squeeze", [limit, g.ints([0])]) if limit else g.ints(dim[0])
        if not limit and len(set(dim)) > 1:
            raise Skip
        g.emit(way, [g.ints(0), stop, g.ints(1)], [make("i64", (dim,), 0, max(max(dim) - 1, 0), 0, 1)])
    else:
        x = g.pick_or_make(FLOATS + ("i32", "i64"), 2)
        g.emit(way, [x], [make(x.type, x.shape, 0, 1, 0, 1)], k=g.rng.randint(-1, 1))


@operator(1)
def one_hot(g):
    indices = g.pick_or_make(("i64", "i32"), most=3)
    depth = g.rng.randint(1, 6)
    axis = g.rng.randint(-1, indices.rank)
    shape = list(indices.shape)
    shape.insert(axis if axis >= 0 else len(shape), g.dim(depth))
    kind = g.rng.choice(["f32", "i64"])
    off_on = g.constant(np.array([g.rng.choice([0, -1]), g.rng.choice([1, 2])], NUMPY[kind]))
    g.emit("OneHot", [indices, g.ints(depth) if g.chance(0.5) else g.ints([depth]), off_on],
           [make(kind, shape, -1, 2, 0, 1)], axis=axis)


@operator(1)
def data_sized(g):
    """Sizes that only the data tell; nothing is computed from these outputs but sums over all."""
    x = g.pick_or_make(FLOATS + ("i32", "i64", "bool"), least=1, exact=True, full=True)
    way = g.rng.choice(["NonZero", "Compress"])
    if len(g.scopes) > 1:
        raise Skip
    if way == "NonZero":
        out = Value("i64", (), 0, max(max(d) for d in x.shape), 0, 1)
        g.emit(way, [x], [out], keep=False)
        g.loose[out.name] = out
        total = make("i64", (), 0, out.hi * numel(x.shape) * x.rank, 0, 1)
        g.emit("ReduceSum", [out], [total], keepdims=0)
        return
    axis, written = g.axis(x)
    condition = g.fresh("bool", (x.shape[axis],), keep=False)
    out = Value(x.type, (), x.lo, x.hi, 0, x.step)
    g.emit(way, [x, condition], [out], keep=False, axis=written)
    g.loose[out.name] = out
