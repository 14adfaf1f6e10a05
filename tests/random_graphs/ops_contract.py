# SPDX-License-Identifier: Apache-2.0
"""Matrix products, convolutions, windows, resampling."""
import math

import numpy as np

from graph_maker import operator
from ops_reduce import image
from values import FLOATS, Skip, broadcast, make


def contracted(kind, shape, a, b, n, winograd=False):
    """A sum of n products. Winograd's transforms leave the grid and lose a digit."""
    big = n * a.bound * b.bound
    step = a.step * b.step if a.step and b.step and not winograd else None
    err = n * (a.err * b.bound + b.err * a.bound)
    lost = 4e-5 * big if winograd and kind in FLOATS else 0
    accumulated = n * big * 2.0**-24 if kind in ("f16", "bf16") and not step else 0
    return make(kind, shape, -big, big, err + lost + accumulated, step, min(n, 64) if kind == "f32" else 2)


def summed(a):
    """The dimension that a product sums over. Of no products ONNX Runtime leaves the sum unset."""
    if 0 in a.shape[-1]:
        raise Skip
    return a.shape[-1]


@operator(7)
def matmul(g):
    kinds = FLOATS + (("i32",) if g.chance(0.1) else ())
    a = g.pick_or_make(kinds, least=1)
    depth = summed(a)
    columns = () if g.chance(0.08) else (g.random_dim(),)

    def fits(v):
        if v.rank == 1:
            return v.shape[0] == depth
        return v.shape[-2] == depth and broadcast(a.shape[:-2], v.shape[:-2]) is not None

    try:
        if g.chance(0.4):
            raise Skip
        b = g.pick(lambda v: v.rank >= 1 and fits(v), (a.type,))
        columns = b.shape[-1:] if b.rank > 1 else ()
    except Skip:
        batch = [d if g.chance(0.8) else g.dim(1) for d in a.shape[:-2]]
        batch = batch if g.chance(0.4) and columns else []
        b = g.fresh(a.type, tuple(batch) + (depth,) + columns)
    batch = broadcast(a.shape[:-2], b.shape[:-2])
    shape = tuple(batch) + (a.shape[-2:-1] if a.rank > 1 else ()) + columns
    g.emit("MatMul", [a, b], [contracted(a.type, shape, a, b, max(1, max(depth)))])


@operator(4)
def gemm(g):
    a = g.pick_or_make(FLOATS, 2)
    ta, tb = g.rng.choice([0, 1]), g.rng.choice([0, 1])
    rows, depth = (a.shape[1], a.shape[0]) if ta else a.shape
    columns = g.random_dim()
    b = g.fresh(a.type, (columns, depth) if tb else (depth, columns))
    alpha, beta = g.rng.choice([1.0, 1.0, 0.5, 0.3]), g.rng.choice([1.0, 1.0, 0.5, 2.0])
    c = None
    # ONNX Runtime leaves beta out when there is nothing to add up.
    if g.chance(0.7) and (beta == 1 or min(depth) > 0):
        c = g.fresh(a.type, g.rng.choice([(rows, columns), (columns,), (g.dim(1), columns), (rows, g.dim(1)), ()]))
    product = contracted(a.type, (rows, columns), a, b, max(1, max(depth)))
    big = product.bound * alpha + (c.bound * beta if c else 0)
    step = None
    if product.step and alpha != 0.3 and (c is None or c.step):
        step = min([product.step * alpha] + ([c.step * beta] if c else []))
    g.emit("Gemm", [a, b, c], [make(a.type, (rows, columns), -big, big, product.err, step, 4)], transA=ta, transB=tb,
           alpha=alpha, beta=beta)


EQUATIONS = ["ij,jk->ik", "bij,bjk->bik", "ij->ji", "ij,ij->i", "i,j->ij", "bhid,bhjd->bhij", "ij->", "ij,kj->ik",
             "abc,abd->cd", "bij,jk->bik", "...ij,...jk->...ik", "ii->i", "ij,ij->ij", "abc->b"]


@operator(2)
def einsum(g):
    equation = g.rng.choice(EQUATIONS)
    terms, result = equation.replace("...", "Z").split("->")
    kind = g.rng.choice([g.float, "f32"])
    sizes = {letter: g.dim(g.rng.randint(1, 4)) if letter == "Z" else g.random_dim(3) for letter in terms if letter != ","}
    operands = [g.fresh(kind, [sizes[c] for c in t], keep=g.chance(0.5)) for t in terms.split(",")]
    n = math.prod(max(sizes[c]) for c in set(terms) - set(result + ","))
    a = operands[0]
    shape = [sizes[c] for c in result]
    if len(operands) == 1:
        out = make(kind, shape, -max(n, 1) * a.bound, max(n, 1) * a.bound, 0, a.step, n)
    else:
        out = contracted(kind, shape, a, operands[1], max(n, 1))
    g.emit("Einsum", operands, [out], equation=equation)


def window(g, x, most=3):
    """kernel, strides, dilations, pads of all spatial axes, and the sizes that come out"""
    space = x.shape[2:]
    kernel, strides, dilations, before, after, sizes = [], [], [], [], [], []
    for dim in space:
        k = g.rng.choice([1, 2, 3, 3, 3, 5][: most + 2])
        s, d = g.rng.choice([1, 1, 1, 2, 3]), g.rng.choice([1, 1, 1, 2])
        p, q = g.rng.randint(0, k - 1), g.rng.randint(0, k - 1)
        if g.chance(0.6):
            p = q = k // 2
        reach = (k - 1) * d + 1
        out = tuple((n + p + q - reach) // s + 1 for n in dim)
        if min(n + p + q for n in dim) < reach or min(out) < 1:
            raise Skip
        kernel.append(k), strides.append(s), dilations.append(d), before.append(p), after.append(q), sizes.append(out)
    return kernel, strides, dilations, before + after, sizes


@operator(8)
def conv(g):
    groups = g.rng.choice([1, 1, 1, 2])
    x = image(g, channels=groups)
    channels = x.shape[1][0]
    if g.chance(0.2):
        groups = channels
    maps = groups * g.rng.choice([1, 2, 3] if groups > 2 else [1, 2, 4, 8, 9])
    kernel, strides, dilations, pads, sizes = window(g, x)
    if g.chance(0.2):
        strides, dilations = [1] * len(kernel), [1] * len(kernel)
        pads, sizes = [k // 2 for k in kernel] * 2, [tuple(n + 2 * (k // 2) - k + 1 for n in d)
                                                     for d, k in zip(x.shape[2:], kernel)]
    weights = g.float_constant(x.type, [g.dim(maps), g.dim(channels // groups)] + [g.dim(k) for k in kernel])
    n = channels // groups * math.prod(kernel)
    bias = g.float_constant(x.type, (g.dim(maps),)) if g.chance(0.6) else None
    shape = [x.shape[0], g.dim(maps)] + sizes
    out = contracted(x.type, shape, x, weights, n + 1, winograd=kernel == [3] * len(kernel) and groups == 1)
    if bias and not bias.step:
        out.step, out.err = None, out.err + 2 * n * 2.0**-24 * out.bound
        out = make(x.type, shape, out.lo - 1, out.hi + 1, out.err, None, 2)
    elif bias:
        out = make(x.type, shape, out.lo - 1, out.hi + 1, out.err, out.step and min(out.step, bias.step), 2)
    g.emit("Conv", [x, weights, bias], [out], kernel_shape=kernel if g.chance(0.7) else None, strides=strides,
           dilations=dilations, pads=pads, group=groups)


@operator(3)
def conv_transpose(g):
    groups = g.rng.choice([1, 1, 2])
    x = image(g, channels=groups)
    channels = x.shape[1][0]
    maps = g.rng.randint(1, 4)
    kernel, strides, dilations, before, after, extra, sizes = [], [], [], [], [], [], []
    for dim in x.shape[2:]:
        k, s, d = g.rng.randint(1, 3), g.rng.randint(1, 3), g.rng.choice([1, 1, 2])
        reach = (k - 1) * d + 1
        p, q, o = g.rng.randint(0, reach // 2), g.rng.randint(0, reach // 2), g.rng.randint(0, max(s, d) - 1)
        if min(dim) < 1 or s * (min(dim) - 1) + reach + o - p - q < 1:
            raise Skip
        sizes.append(tuple(s * (n - 1) + reach + o - p - q for n in dim))
        kernel.append(k), strides.append(s), dilations.append(d), before.append(p), after.append(q), extra.append(o)
    weights = g.float_constant(x.type, [g.dim(channels), g.dim(maps)] + [g.dim(k) for k in kernel])
    bias = g.float_constant(x.type, (g.dim(maps * groups),)) if g.chance(0.5) else None
    n = channels // groups * math.prod(kernel)
    shape = [x.shape[0], g.dim(maps * groups)] + sizes
    out = contracted(x.type, shape, x, weights, n)
    step = out.step and (min(out.step, bias.step) if bias and bias.step else None if bias else out.step)
    out = make(x.type, shape, out.lo - 1, out.hi + 1, out.err, step, 2 * n if x.type == "f32" else 2)
    g.emit("ConvTranspose", [x, weights, bias], [out], kernel_shape=kernel, strides=strides, dilations=dilations,
           pads=before + after, output_padding=extra if any(extra) else None, group=groups)


def sees_data(size, place, kernel, stride, dilation, before):
    return any(0 <= place * stride - before + k * dilation < size for k in range(kernel))


@operator(5)
def pool(g):
    name = g.rng.choice(["MaxPool", "MaxPool", "AveragePool", "LpPool"])
    x = image(g, kinds=FLOATS if name != "LpPool" else ("f32",))
    kernel, strides, dilations, pads, sizes = window(g, x)
    half = len(kernel)
    if any(p >= k for p, k in zip(pads, kernel + kernel)):
        raise Skip
    if name == "LpPool" and g.opset < 18 or name == "AveragePool" and g.opset < 19:
        dilations = None
        sizes = [tuple((n + pads[i] + pads[i + half] - k) // s + 1 for n in d)
                 for i, (d, k, s) in enumerate(zip(x.shape[2:], kernel, strides))]
    # A window that lies in the padding alone has no maximum and no mean; ONNX does not say what it gives.
    for dim, out, *rest in zip(x.shape[2:], sizes, kernel, strides, dilations or [1] * half, pads):
        if any(not sees_data(n, place, *rest) for n, places in zip(dim, out) for place in range(places)):
            raise Skip
    shape = list(x.shape[:2]) + sizes
    n = math.prod(kernel)
    if name == "MaxPool":
        out = make(x.type, shape, x.lo, x.hi, x.err, x.step, 0)
        extra = {"dilations": dilations}
    elif name == "AveragePool":
        out = make(x.type, shape, min(x.lo, 0), max(x.hi, 0), x.err, None, n + 1)
        extra = {"dilations": dilations, "count_include_pad": g.rng.choice([0, 1])}
    else:
        out = make(x.type, shape, 0, math.sqrt(n) * x.bound, math.sqrt(n) * x.err, None, n + 4)
        extra = {"dilations": dilations, "p": 2}
    g.emit(name, [x], [out], kernel_shape=kernel, strides=strides, pads=pads, **extra)


@operator(2)
def global_pool(g):
    x = image(g)
    name = g.rng.choice(["GlobalAveragePool", "GlobalMaxPool"])
    shape = list(x.shape[:2]) + [g.dim(1)] * (x.rank - 2)
    n = math.prod(max(d) for d in x.shape[2:])
    out = make(x.type, shape, x.lo, x.hi, x.err, x.step if name == "GlobalMaxPool" else None,
               0 if name == "GlobalMaxPool" else n + 1)
    g.emit(name, [x], [out])


@operator(3)
def resize(g):
    x = image(g, g.rng.choice([3, 4, 4, 5]))
    mode = g.rng.choice(["nearest", "linear", "cubic"] if x.rank == 4 else ["nearest", "linear"])
    way = g.rng.choice(["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])
    factors, sizes = [1.0, 1.0], list(x.shape[:2])
    for dim in x.shape[2:]:
        factor = g.rng.choice([1.0, 2.0, 2.0, 3.0, 0.5, 4.0])
        # Scales that do not divide the size make coordinates which every implementation rounds in its own way.
        if factor < 1 and any(d % 2 or d < 2 for d in dim):
            factor = 1.0
        factors.append(factor)
        sizes.append(tuple(int(d * factor) for d in dim))
    if mode == "nearest" and (way != "asymmetric" or any(f == 3.0 for f in factors)):
        way = "asymmetric"
    grow = {"nearest": 1, "linear": 1, "cubic": 2.2}[mode]
    out = make(x.type, sizes, x.lo * grow if x.lo < 0 else -x.hi * (grow - 1), x.hi * grow if x.hi > 0 else 1e-3 + x.bound,
               x.err * grow, x.step if mode == "nearest" else None, 0 if mode == "nearest" else 24, x.bound)
    attributes = {"mode": mode, "coordinate_transformation_mode": way}
    if mode == "nearest":
        attributes["nearest_mode"] = g.rng.choice(["floor", "round_prefer_floor", "ceil", "round_prefer_ceil"])
    if g.chance(0.5):
        g.emit("Resize", [x, None, g.constant(np.array(factors, np.float32))], [out], **attributes)
    else:
        g.emit("Resize", [x, None, None, g.sizes(sizes)], [out], **attributes)


@operator(1)
def grid_sample(g):
    if g.opset < 16:
        raise Skip
    x = image(g, 4, kinds=("f32",))
    height, width = g.random_dim(3), g.random_dim(3)
    grid = g.fresh("f32", (x.shape[0], height, width, g.dim(2)), -1.25, 1.25, None)
    linear = "bilinear" if g.opset < 20 else "linear"
    out = make("f32", x.shape[:2] + (height, width), min(x.lo, 0), max(x.hi, 0), x.err, None, 40 * max(map(max, x.shape[2:])))
    g.emit("GridSample", [x, grid], [out], mode=linear, align_corners=g.rng.choice([0, 1]),
           padding_mode=g.rng.choice(["zeros", "border"]))


@operator(1)
def attention(g):
    if g.opset < 23 or g.float == "bf16":
        raise Skip
    batch, heads = g.random_dim(2), g.rng.choice([1, 2, 4])
    rows, columns, width = g.random_dim(), g.random_dim(), g.rng.choice([2, 4, 8, 16])
    kv = g.rng.choice([h for h in (1, 2, 4) if heads % h == 0])
    q = g.fresh(g.float, (batch, g.dim(heads), rows, g.dim(width)))
    k, v = (g.fresh(g.float, (batch, g.dim(kv), columns, g.dim(width))) for _ in range(2))
    causal = int(g.chance(0.3) and rows == columns)
    err = v.bound * 8 * 2.0**-24 * (width * q.bound * k.bound) + 1e-6
    if g.float == "f16":
        err += 2.0**-10 * v.bound * (width * q.bound * k.bound) / math.sqrt(width)
    out = make(g.float, (batch, g.dim(heads), rows, g.dim(width)), v.lo, v.hi, err, None, 8)
    g.emit("Attention", [q, k, v], [out], is_causal=causal)
