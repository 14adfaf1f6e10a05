# SPDX-License-Identifier: Apache-2.0
"""Reductions, orders, sums along an axis, and normalisations."""
import math

from graph_maker import operator
from ops_pointwise import fit
from values import FLOATS, Skip, is_empty, make, numel


def reduced(x, axes, keep, one):
    return [one if i in axes else d for i, d in enumerate(x.shape) if keep or i not in axes]


def reduce_node(g, name, x, axes, out, keep):
    written = [a - x.rank if g.chance(0.3) else a for a in axes]
    if g.opset >= 18 or name == "ReduceSum":
        g.emit(name, [x, g.ints(written) if axes else None], [out], keepdims=keep)
    else:
        g.emit(name, [x], [out], keepdims=keep, axes=written or None)


REDUCTIONS = ["ReduceSum", "ReduceSum", "ReduceMean", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
              "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"]


@operator(7)
def reduction(g):
    name = g.rng.choice(REDUCTIONS)
    x = g.pick_or_make(FLOATS + (("i32", "i64") if name in REDUCTIONS[:7] and name != "ReduceMean" else ()), least=1)
    axes = [] if g.chance(0.15) else g.rng.sample(range(x.rank), g.rng.randint(1, min(x.rank, 3)))
    over = axes or list(range(x.rank))
    if is_empty(x.shape):
        raise Skip  # of no elements some have no value, and of an empty tensor ONNX Runtime gives wrong shapes
    if name == "ReduceLogSum":
        x = fit(g, x, 0.1, 50)
    n = max(1, numel([x.shape[a] for a in over]))
    keep = int(g.chance(0.5))
    shape = reduced(x, over, keep, g.dim(1))
    m = x.bound
    if name in ("ReduceMax", "ReduceMin"):
        out = make(x.type, shape, x.lo, x.hi, x.err, x.step, 0)
    elif name == "ReduceSum":
        out = make(x.type, shape, n * min(x.lo, 0), n * max(x.hi, 0), n * x.err, x.step, n, n * m)
    elif name == "ReduceMean":
        step = x.step / n if x.step and n & (n - 1) == 0 and len(set(sum((x.shape[a] for a in over), ()))) == 1 else None
        out = make(x.type, shape, x.lo, x.hi, x.err, step if len(over) == 1 else None, n + 1, n * m if step else m)
    elif name == "ReduceProd":
        if n > 6 or m > 2.5:
            raise Skip
        big = max(m, 1) ** n
        step = x.step**n if x.step and not any(len(set(x.shape[a])) > 1 for a in over) else None
        out = make(x.type, shape, -big, big, n * x.err * big, min(step, 1) if step else None, n)
    elif name == "ReduceL1":
        out = make(x.type, shape, 0, n * m, n * x.err, x.step, n)
    elif name == "ReduceL2":
        out = make(x.type, shape, 0, math.sqrt(n) * m, math.sqrt(n) * x.err, None, n, n * m * m if m > 1 else m)
    elif name == "ReduceSumSquare":
        out = make(x.type, shape, 0, n * m * m, 2 * n * m * x.err, x.step and x.step**2, n)
    elif name == "ReduceLogSum":
        out = make(x.type, shape, math.log(x.lo), math.log(n * x.hi), x.err / x.lo, None, n, n * m)
    else:
        x = fit(g, x, -20, 5)
        out = make(x.type, shape, x.lo, x.hi + math.log(n), x.err, None, n + 4, n * math.exp(min(x.hi, 5)))
    reduce_node(g, name, x, axes, out, keep)


@operator(2)
def arg_extreme(g):
    x = g.pick_or_make(FLOATS + ("i32", "i8"), least=1, exact=True, full=True)
    axis, written = g.axis(x)
    keep = int(g.chance(0.5))
    out = make("i64", reduced(x, [axis], keep, g.dim(1)), 0, max(x.shape[axis]) - 1, 0, 1)
    g.emit(g.rng.choice(["ArgMax", "ArgMin"]), [x], [out], axis=written, keepdims=keep,
           select_last_index=g.rng.choice([0, 0, 1]))


@operator(2)
def top_k(g):
    x = g.pick_or_make(FLOATS + ("i32", "i64"), least=1, full=True)
    axis, written = g.axis(x)
    if len(set(x.shape[axis])) > 1 and g.chance(0.5):
        k = x.shape[axis]
    else:
        k = g.dim(g.rng.randint(1, min(x.shape[axis])))
    shape = list(x.shape)
    shape[axis] = k
    values = make(x.type, shape, x.lo, x.hi, x.err, x.step, 0)
    indices = make("i64", shape, 0, max(x.shape[axis]) - 1, 0, 1)
    largest = g.rng.choice([0, 1])
    count = g.sizes([k])
    if x.exact:  # equal elements: the lower index comes first
        g.emit("TopK", [x, count], [values, indices], axis=written, largest=largest)
        return
    g.emit("TopK", [x, count], [values, None], axis=written, largest=largest)


@operator(2)
def cumulative(g):
    x = g.pick_or_make(FLOATS + ("i32", "i64"), least=1)
    axis, written = g.axis(x)
    n = max(x.shape[axis])
    out = make(x.type, x.shape, n * min(x.lo, 0), n * max(x.hi, 0), n * x.err, x.step, n, n * x.bound)
    g.emit("CumSum", [x, g.ints(written)], [out], exclusive=g.rng.choice([0, 1]), reverse=g.rng.choice([0, 1]))


@operator(5)
def softmax(g):
    x = g.pick_or_make(FLOATS, least=1)
    axis, written = g.axis(x)
    name = g.rng.choice(["Softmax", "Softmax", "LogSoftmax", "Hardmax"])
    n = max(x.shape[axis])
    if name == "Hardmax":
        if not x.exact or is_empty(x.shape):
            raise Skip
        g.emit(name, [x], [make(x.type, x.shape, 0, 1, 0, 1)], axis=written)
    elif name == "Softmax":
        g.emit(name, [x], [make(x.type, x.shape, 0, 1, x.err, None, n + 8 + x.bound)], axis=written)
    else:
        big = 2 * x.bound + math.log(max(n, 1))
        g.emit(name, [x], [make(x.type, x.shape, -big, 0.01, 2 * x.err, None, n + 8, big)], axis=written)


def normalized(g, x, n, epsilon, scale, bias, rounding=8.0):
    """What a normalisation by the deviation over n elements gives."""
    slope = 2 / math.sqrt(epsilon)
    most = min(math.sqrt(n), x.bound * 2 / math.sqrt(epsilon))
    s = scale.bound if scale else 1.0
    b = bias.bound if bias else 0.0
    err = s * (x.err * slope + (n + 4) * 2.0**-24 * x.bound * slope)
    return make(x.type, x.shape, -most * s - b, most * s + b, err, None, rounding, most * s + b + x.bound)


@operator(5)
def layer_norm(g):
    if g.opset < 17:
        raise Skip
    x = g.pick_or_make(FLOATS, least=1, full=True)
    axis = g.rng.randint(max(0, x.rank - 2), x.rank - 1)
    name = "RMSNormalization" if g.opset >= 23 and g.chance(0.3) else "LayerNormalization"
    epsilon = g.rng.choice([0.1, 0.01, 1e-3] if x.type != "f32" else [0.1, 1e-3, 1e-5])
    shape = x.shape[axis:]
    if any(len(set(d)) > 1 for d in shape):
        scale = g.fresh(x.type, shape, -1.0, 1.0, keep=False)
    else:
        scale = g.float_constant(x.type, shape)
    bias = g.float_constant(x.type, shape) if name == "LayerNormalization" and g.chance(0.6) else None
    out = normalized(g, x, max(1, numel(shape)), epsilon, scale, bias)
    g.emit(name, [x, scale, bias], [out], axis=axis - x.rank if g.chance(0.5) else axis, epsilon=epsilon)


def image(g, rank=None, kinds=FLOATS, channels=None):
    """A value of rank 3 to 5 with a known number of channels."""
    rank = rank or g.rng.choice([3, 4, 4, 4, 5])

    def wanted(v):
        return v.static(1) and (channels is None or v.shape[1][0] % channels == 0)

    try:
        if g.chance(0.1):
            raise Skip
        return g.pick(wanted, kinds, rank, full=True)
    except Skip:
        c = (channels or 1) * g.rng.choice([1, 2, 3, 4, 8] if channels is None else [1, 2, 3])
        space = [g.random_dim() if rank < 5 else g.dim(g.rng.randint(1, 4)) for _ in range(rank - 2)]
        kind = g.float if g.float in kinds else kinds[0]
        value = g.fresh(kind, [g.random_dim(2), g.dim(c)] + space, constant=False)
        if is_empty(value.shape):
            raise Skip from None
        return value


@operator(4)
def channel_norm(g):
    name = g.rng.choice(["BatchNormalization", "InstanceNormalization", "GroupNormalization"])
    groups = g.rng.choice([1, 2])
    x = image(g, channels=groups if name[0] == "G" else None)
    c = x.shape[1][0]
    epsilon = g.rng.choice([0.1, 1e-2, 1e-3])
    weights = [g.float_constant(x.type, (g.dim(c),)) for _ in range(2)]
    if name == "BatchNormalization":
        mean = g.float_constant(x.type, (g.dim(c),))
        variance = g.fresh(x.type, (g.dim(c),), 0.5, 2.0, constant=True, keep=False)
        slope = weights[0].bound / math.sqrt(0.5)
        big = (x.bound + 1) * slope + 1
        out = make(x.type, x.shape, -big, big, x.err * slope, None, 6)
        g.emit(name, [x] + weights + [mean, variance], [out], epsilon=epsilon)
        return
    n = numel(x.shape[2:])
    if name == "GroupNormalization":
        if g.opset < 21:
            raise Skip
        n *= c // groups
        g.emit(name, [x] + weights, [normalized(g, x, n, epsilon, *weights)], epsilon=epsilon, num_groups=groups)
    else:
        g.emit(name, [x] + weights, [normalized(g, x, n, epsilon, *weights)], epsilon=epsilon)


@operator(1)
def vector_norm(g):
    """Norms without an epsilon: the elements are kept away from zero."""
    x = fit(g, g.pick_or_make(FLOATS, least=1, full=True), 0.25, 50)
    axis, written = g.axis(x)
    p = g.rng.choice([1, 2])
    out = make(x.type, x.shape, 0, 1, 8 * x.err, None, max(x.shape[axis]) + 6, x.bound**2 if x.type == "f16" else 1)
    g.emit("LpNormalization", [x], [out], axis=written, p=p)


@operator(1)
def lrn(g):
    x = image(g, kinds=("f32",))
    if x.bound > 10:
        raise Skip
    out = make(x.type, x.shape, x.lo, x.hi, 4 * x.err, None, 16)
    g.emit("LRN", [x], [out], size=g.rng.choice([1, 3, 5]), alpha=g.rng.uniform(1e-3, 0.5), beta=0.75,
           bias=g.rng.uniform(1, 2))
