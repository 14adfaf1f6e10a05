# SPDX-License-Identifier: Apache-2.0
"""Operators that work element by element: functions of one operand, arithmetic, comparisons, logic, conversions."""
import math

from graph_maker import operator
from values import FLOATS, INTS, LIMIT, ONNX, Skip, broadcast, make, product_range


def _logistic(x):
    return 1 / (1 + math.exp(-x))


def _gelu(x):
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _monotone(f):
    return lambda lo, hi: (f(lo), f(hi))


# name: (interval of the argument, interval of the result from it, Lipschitz constant from it, oldest opset, attributes)
ANY = (-LIMIT["f32"], LIMIT["f32"])
SMOOTH = {
    "Sigmoid": (ANY, lambda lo, hi: (0, 1), lambda lo, hi: 0.25, 7, {}),
    "Tanh": (ANY, lambda lo, hi: (-1, 1), lambda lo, hi: 1, 7, {}),
    "Softsign": (ANY, lambda lo, hi: (-1, 1), lambda lo, hi: 1, 7, {}),
    "Softplus": ((-50, 50), lambda lo, hi: (0, max(hi, 0) + 0.7), lambda lo, hi: 1, 7, {}),
    "Erf": (ANY, lambda lo, hi: (-1, 1), lambda lo, hi: 1.2, 9, {}),
    "Exp": ((-30, 4), _monotone(math.exp), lambda lo, hi: math.exp(hi), 7, {}),
    "Log": ((0.05, ANY[1]), _monotone(math.log), lambda lo, hi: 1 / lo, 7, {}),
    "Sqrt": ((0.02, ANY[1]), _monotone(math.sqrt), lambda lo, hi: 0.5 / math.sqrt(lo), 7, {}),
    "Reciprocal": ((0.1, ANY[1]), lambda lo, hi: (1 / hi, 1 / lo), lambda lo, hi: 1 / lo**2, 7, {}),
    "Sin": ((-100, 100), lambda lo, hi: (-1, 1), lambda lo, hi: 1, 7, {}),
    "Cos": ((-100, 100), lambda lo, hi: (-1, 1), lambda lo, hi: 1, 7, {}),
    "Tan": ((-1.2, 1.2), _monotone(math.tan), lambda lo, hi: 8, 7, {}),
    "Sinh": ((-4, 4), _monotone(math.sinh), lambda lo, hi: math.cosh(max(-lo, hi)), 9, {}),
    "Cosh": ((-4, 4), lambda lo, hi: (0, math.cosh(max(-lo, hi))), lambda lo, hi: math.cosh(max(-lo, hi)), 9, {}),
    "Asin": ((-0.9, 0.9), _monotone(math.asin), lambda lo, hi: 2.5, 7, {}),
    "Acos": ((-0.9, 0.9), lambda lo, hi: (0, 3), lambda lo, hi: 2.5, 7, {}),
    "Atan": (ANY, lambda lo, hi: (-1.6, 1.6), lambda lo, hi: 1, 7, {}),
    "Asinh": (ANY, _monotone(math.asinh), lambda lo, hi: 1, 9, {}),
    "Acosh": ((1.1, ANY[1]), _monotone(math.acosh), lambda lo, hi: 3, 9, {}),
    "Atanh": ((-0.9, 0.9), _monotone(math.atanh), lambda lo, hi: 6, 9, {}),
    "Elu": ((-50, ANY[1]), lambda lo, hi: (-1.5, max(hi, 0)), lambda lo, hi: 1.5, 7, {"alpha": (0.5, 1.5)}),
    "Celu": ((-50, ANY[1]), lambda lo, hi: (-1.5, max(hi, 0)), lambda lo, hi: 1.5, 12, {"alpha": (0.5, 1.5)}),
    "Selu": ((-50, ANY[1]), lambda lo, hi: (-1.8, 1.06 * max(hi, 0)), lambda lo, hi: 1.8, 7, {}),
    "HardSigmoid": (ANY, lambda lo, hi: (0, 1), lambda lo, hi: 0.5, 7, {"alpha": (0.1, 0.4), "beta": (0.3, 0.6)}),
    "HardSwish": (ANY, lambda lo, hi: (-0.4, max(hi, 0)), lambda lo, hi: 1.5, 14, {}),
    "Mish": ((-30, 30), lambda lo, hi: (-0.4, max(hi, 0)), lambda lo, hi: 1.2, 18, {}),
    "Gelu": ((-30, 30), lambda lo, hi: (-0.2, max(hi, 0)), lambda lo, hi: 1.2, 20, {"approximate": ("none", "tanh")}),
}


def fit(g, v, lo, hi):
    """The value, or one made from it, that lies in an interval."""
    if lo <= v.lo and v.hi <= hi:
        return v
    lo, hi = max(lo, -3.0), min(hi, 3.0)
    if lo > 0 and g.chance(0.6):
        top = v.bound
        if top + 0.5 + lo > LIMIT[v.type]:
            raise Skip
        a = g.emit("Abs", [v], [make(v.type, v.shape, 0, top, v.err, v.step)])
        offset = g.fresh(v.type, (), lo + 0.25, lo + 0.5, constant=True, keep=False)
        return g.emit("Add", [a, offset], [make(v.type, v.shape, lo, top + lo + 0.5, v.err)])
    low, high = math.floor(lo * 4 + 1) / 4, math.ceil(hi * 4 - 1) / 4
    ends = [g.fresh(v.type, (), e, e, step=0.25, constant=True, keep=False) for e in (low, high)]
    return g.emit("Clip", [v] + ends, [make(v.type, v.shape, low, high, v.err, v.step and min(v.step, 0.25))])


@operator(9)
def smooth(g):
    name = g.rng.choice(list(SMOOTH))
    (lo, hi), image, lipschitz, opset, attributes = SMOOTH[name]
    if opset > g.opset:
        raise Skip
    x = fit(g, g.pick_or_make(FLOATS), lo, hi)
    values = {k: g.rng.choice(r) if isinstance(r[0], str) else g.rng.uniform(*r) for k, r in attributes.items()}
    slope = max(lipschitz(x.lo, x.hi), 1e-3)
    low, high = image(x.lo, x.hi)
    out = make(x.type, x.shape, low, high, x.err * slope, None, 6, max(abs(low), abs(high), min(x.bound * slope, 100)))
    g.emit(name, [x], [out], **values)


@operator(4)
def exact_unary(g):
    """Functions without rounding of their own."""
    x = g.pick_or_make(FLOATS + ("i32", "i64", "i8"))
    name = g.rng.choice(["Relu", "Abs", "Neg", "Identity", "LeakyRelu", "Clip", "Dropout"])
    if not x.is_float and name in ("LeakyRelu", "Dropout") or (x.type == "i8" and x.lo < -127):
        raise Skip
    if name == "Relu" and (x.is_float or g.opset >= 14):
        g.emit(name, [x], [make(x.type, x.shape, max(x.lo, 0), max(x.hi, 0), x.err, x.step, 0)])
    elif name == "Abs":
        g.emit(name, [x], [make(x.type, x.shape, 0, x.bound, x.err, x.step, 0)])
    elif name == "Neg":
        g.emit(name, [x], [make(x.type, x.shape, -x.hi, -x.lo, x.err, x.step, 0)])
    elif name == "LeakyRelu":
        alpha = g.rng.choice([0.25, 0.5, 0.01, 0.125])
        step = x.step and alpha != 0.01 and x.step * alpha
        g.emit(name, [x], [make(x.type, x.shape, min(x.lo, 0) * alpha, max(x.hi, 0), x.err, step or None)], alpha=alpha)
    elif name == "Clip":
        clip(g, x)
    else:
        g.emit(name, [x], [make(x.type, x.shape, x.lo, x.hi, x.err, x.step, 0)])


def clip(g, x):
    middle = round((x.lo + x.hi) / 2)
    ends = [(middle - g.rng.randint(0, 3)), (middle + g.rng.randint(1, 3))]
    given = [not g.chance(0.25) for _ in range(2)]
    names = [g.fresh(x.type, (), e, e, step=1, constant=True, keep=False) if here else None
             for e, here in zip(ends, given)]
    lo, hi = (e if here else own for e, here, own in zip(ends, given, (x.lo, x.hi)))
    lo, hi = min(max(x.lo, lo), hi), max(min(x.hi, hi), lo)
    g.emit("Clip", [x] + names, [make(x.type, x.shape, lo, hi, x.err, x.step and min(x.step, 1), 0)])


@operator(2)
def jumping_unary(g):
    x = g.pick_or_make(FLOATS, exact=True)
    name = g.rng.choice(["Ceil", "Floor", "Round", "Sign", "ThresholdedRelu", "Shrink", "IsNaN", "IsInf"])
    if name == "Sign":
        g.emit(name, [x], [make(x.type, x.shape, -1, 1, 0, 1)])
    elif name in ("ThresholdedRelu", "Shrink"):
        edge = g.rng.choice([0.25, 0.5, 1.0])
        attributes = {"alpha": edge} if name == "ThresholdedRelu" else {"lambd": edge, "bias": 0.0}
        if name == "Shrink" and x.type == "bf16":
            raise Skip
        g.emit(name, [x], [make(x.type, x.shape, min(x.lo, 0), max(x.hi, 0), 0, x.step, 0)], **attributes)
    elif name in ("IsNaN", "IsInf"):
        if x.type == "bf16" and g.opset < 20:
            raise Skip
        g.emit(name, [x], [make("bool", x.shape, 0, 1)])
    else:
        g.emit(name, [x], [make(x.type, x.shape, math.floor(x.lo), math.ceil(x.hi), 0, 1)])


@operator(10)
def arithmetic(g):
    a = g.pick_or_make(FLOATS + ("i32", "i64") + (("i8", "u8") if g.opset >= 14 else ()))
    b = g.partner(a)
    if g.chance(0.3):
        a, b = b, a
    shape = broadcast(a.shape, b.shape, True)
    name = g.rng.choice(["Add", "Add", "Sub", "Mul", "Mul"])
    steps = (a.step and b.step) and (a.step * b.step if name == "Mul" else min(a.step, b.step))
    if name == "Mul":
        lo, hi = product_range(a, b)
        err = a.err * b.bound + b.err * a.bound + a.err * b.err
    else:
        lo, hi = (a.lo + b.lo, a.hi + b.hi) if name == "Add" else (a.lo - b.hi, a.hi - b.lo)
        err = a.err + b.err
    g.emit(name, [a, b], [make(a.type, shape, lo, hi, err, steps)])


@operator(3)
def division(g):
    a = g.pick_or_make(FLOATS + ("i32", "i64"))
    if a.is_float:
        b = fit(g, g.partner(a), 0.25, 1e4)
        big = a.bound / b.lo
        out = make(a.type, broadcast(a.shape, b.shape, True), -big, big, a.err / b.lo + b.err * big / b.lo, None, 2)
        g.emit("Div", [a, b], [out])
        return
    b = g.partner(a, lambda v: v.lo > 0 or v.hi < 0, lo=1, hi=5)
    shape = broadcast(a.shape, b.shape, True)
    if g.chance(0.5):
        g.emit("Div", [a, b], [make(a.type, shape, -a.bound, a.bound)])
    else:
        g.emit("Mod", [a, b], [make(a.type, shape, -b.bound, b.bound)], fmod=g.rng.choice([0, 1]))


@operator(2)
def power(g):
    x = g.pick_or_make(FLOATS)
    exponent = g.rng.choice([2.0, 3.0, 0.5, 1.0, 2.0, -1.0])
    if exponent in (0.5, -1.0):
        x = fit(g, x, 0.25, 1e4)
    m = x.bound
    slope = {0.5: 1.0, -1.0: 16.0}.get(exponent) or exponent * m ** (exponent - 1)
    big = max(m**exponent, 4.0 if exponent < 0 else 0)
    constant = g.fresh(x.type, (), exponent, exponent, step=0.5, constant=True, keep=False)
    step = x.step ** int(exponent) if x.step and exponent in (1.0, 2.0, 3.0) else None
    g.emit("Pow", [x, constant], [make(x.type, x.shape, -big if exponent in (1, 3) else 0, big, x.err * slope, step, 4)])


@operator(3)
def extremes(g):
    name = g.rng.choice(["Min", "Max", "Sum", "Mean"])
    a = g.pick_or_make(FLOATS + (("i32", "i64", "i8", "u8") if name in ("Min", "Max") else ()))
    operands = [a] + [g.partner(a) for _ in range(g.rng.choice([0, 1, 1, 2]))]
    shape = a.shape
    for v in operands[1:]:
        shape = shape and broadcast(shape, v.shape, True) if shape != () else v.shape
        if shape is None:
            raise Skip
    err = max(v.err for v in operands)
    steps = [v.step for v in operands]
    step = min(steps) if all(steps) else None
    los, his = [v.lo for v in operands], [v.hi for v in operands]
    if name in ("Min", "Max"):
        pick = min if name == "Min" else max
        g.emit(name, operands, [make(a.type, shape, pick(los), pick(his), err, step, 0)])
        return
    n = len(operands)
    err, lo, hi, through = sum(v.err for v in operands), sum(los), sum(his), sum(v.bound for v in operands)
    if name == "Sum":
        g.emit(name, operands, [make(a.type, shape, lo, hi, err, step, n, through)])
    else:
        g.emit(name, operands, [make(a.type, shape, lo / n, hi / n, err / n, step and n in (1, 2, 4) and step / n or None,
                                     n + 1, through)])


@operator(4)
def comparison(g):
    name = g.rng.choice(["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"])
    a = g.pick_or_make(FLOATS + INTS + (("bool",) if name == "Equal" else ()), exact=True)
    if a.type == "bf16" and name != "Equal" and g.opset < 16:
        raise Skip
    b = g.partner(a, exact=True)
    g.emit(name, [a, b], [make("bool", broadcast(a.shape, b.shape, True), 0, 1)])


@operator(3)
def logic(g):
    a = g.pick_or_make(("bool",))
    if g.chance(0.3):
        g.emit("Not", [a], [make("bool", a.shape, 0, 1)])
        return
    b = g.partner(a)
    g.emit(g.rng.choice(["And", "Or", "Xor"]), [a, b], [make("bool", broadcast(a.shape, b.shape, True), 0, 1)])


@operator(1)
def bits(g):
    if g.opset < 18:
        raise Skip
    a = g.pick_or_make(INTS)
    if g.chance(0.2):
        lo, hi = (255 - a.hi, 255 - a.lo) if a.type == "u8" else (-a.hi - 1, -a.lo - 1)
        g.emit("BitwiseNot", [a], [make(a.type, a.shape, lo, hi)])
        return
    b = g.partner(a)
    top = 2.0 ** math.ceil(math.log2(max(a.bound, b.bound, 1) + 1)) - 1
    name = g.rng.choice(["BitwiseAnd", "BitwiseOr", "BitwiseXor"])
    low = 0 if a.lo >= 0 and b.lo >= 0 else -top - 1
    g.emit(name, [a, b], [make(a.type, broadcast(a.shape, b.shape, True), low, top)])


@operator(4)
def select(g):
    a = g.pick_or_make(FLOATS + INTS + ("bool",))
    b = g.partner(a)
    shape = broadcast(a.shape, b.shape, True)
    try:
        condition = g.pick(lambda v: broadcast(shape, v.shape) is not None, ("bool",))
    except Skip:
        condition = g.fresh("bool", shape[g.rng.randint(0, len(shape)):])
    shape = broadcast(shape, condition.shape)
    step = min(a.step, b.step) if a.step and b.step else None
    out = make(a.type, shape, min(a.lo, b.lo), max(a.hi, b.hi), max(a.err, b.err), step, 0)
    g.emit("Where", [condition, a, b], [out])


@operator(4)
def cast(g):
    x = g.pick_or_make(FLOATS + INTS + ("bool",))
    to = g.rng.choice([t for t in (g.float, g.float, "f32", "i32", "i64", "i8", "u8", "bool") if t != x.type])
    if to not in FLOATS and not x.exact:
        raise Skip
    if to == "bool":
        g.emit("Cast", [x], [make("bool", x.shape, 0, 1)], to=ONNX[to])
        return
    lo, hi, step = x.lo, x.hi, x.step
    if to not in FLOATS:
        lo, hi, step = math.trunc(lo), math.trunc(hi), 1
    elif not x.is_float:
        step = 1
    g.emit("Cast", [x], [make(to, x.shape, lo, hi, x.err, step)], to=ONNX[to])


@operator(1)
def prelu(g):
    x = g.pick_or_make(FLOATS)
    slope = g.partner(x)
    if slope.rank > x.rank or broadcast(x.shape, slope.shape) != x.shape:
        raise Skip
    lo, hi = product_range(x, slope)
    step = x.step and slope.step and min(x.step, x.step * slope.step)
    err = x.err * max(1, slope.bound) + slope.err * x.bound
    g.emit("PRelu", [x, slope], [make(x.type, x.shape, min(lo, x.lo), max(hi, x.hi), err, step)])
