# SPDX-License-Identifier: Apache-2.0
"""Conditionals, loops, recurrent layers, and operators of quantized networks."""
import numpy as np
from onnx import helper

import graph_maker
from graph_maker import Scope, operator
from ops_contract import summed
from values import FLOATS, NUMPY, ONNX, UNIT, Skip, Value, make


def some_operators(g, count):
    for _ in range(count):
        weights = [w for w, _ in graph_maker.OPERATORS]
        for _ in range(20):
            function = g.rng.choices(graph_maker.OPERATORS, weights)[0][1]
            try:
                function(g)
                break
            except Skip:
                pass


class Body:
    """A scope that is left again whatever happens."""

    def __init__(self, g):
        self.g = g

    def __enter__(self):
        if len(self.g.scopes) > 2:
            raise Skip
        self.g.scopes.append(Scope(self.g.pool))
        self.before = {v.name for v in self.g.pool}
        return self

    def __exit__(self, *_):
        self.scope = self.g.scopes.pop()

    def own(self, wanted):
        """A value made inside, or an identity of one from outside."""
        made = [v for v in self.g.pool if v.name not in self.before and wanted(v) and v.name[0] == "v"]
        if made:
            return self.g.rng.choice(made[-3:])
        raise Skip

    def graph(self, inputs, outputs):
        def info(v):
            return helper.make_tensor_value_info(v.name, ONNX[v.type], None)

        return helper.make_graph(self.scope.nodes, self.g.name("body"), inputs, [info(v) for v in outputs],
                                 self.scope.initializers)


def same_as(x):
    return lambda v: v.type == x.type and v.shape == x.shape


@operator(1.5)
def conditional(g):
    x = g.pick_or_make(FLOATS + ("i32", "i64", "bool"))
    condition = g.fresh("bool", (), constant=g.chance(0.1), keep=False)
    branches, results = [], []
    for _ in range(2):
        with Body(g) as body:
            some_operators(g, g.rng.randint(1, 4))
            try:
                out = body.own(same_as(x))
            except Skip:
                out = g.emit("Identity", [x], [Value(x.type, x.shape, x.lo, x.hi, x.err, x.step)])
        branches.append(body.graph([], [out]))
        results.append(out)
    a, b = results
    step = min(a.step, b.step) if a.step and b.step else None
    out = make(x.type, x.shape, min(a.lo, b.lo), max(a.hi, b.hi), max(a.err, b.err), step, 0)
    g.emit("If", [condition], [out], then_branch=branches[0], else_branch=branches[1])


def loop_count(g, stacks):
    """The name of the count, and the count in each run. Without a trip, ONNX Runtime gives stacks the shape [0]."""
    least = 1 if stacks else 0
    if g.chance(0.5):
        n = g.rng.randint(least, 4)
        return g.ints(n), g.dim(n)
    if stacks:
        turns = tuple(g.rng.randint(1, 4) for _ in range(g.runs))
        return g.shape_input(turns, told=g.chance(0.7)), turns
    value = g.fresh("i64", (), least, 4, constant=False, keep=False)
    return value, tuple(int(c) for c in g.inputs[-1][1])


def loop_state(g, x):
    """The first value of a state, in [-1, 1], or a small integer."""
    if x.is_float:
        return g.emit("Tanh", [x], [make(x.type, x.shape, -1, 1, x.err, None, 6)])
    return clipped(g, x, x.shape)


def clipped(g, x, shape):
    ends = [g.fresh(x.type, (), e, e, step=1, constant=True, keep=False) for e in (-8, 8)]
    return g.emit("Clip", [x] + ends, [Value(x.type, shape, -8, 8, 0.0, 1)])


def state_inside(g, first):
    """What a body sees of a state that begins with `first`. Floats get an error that is checked for growth afterwards."""
    assumed = 256 * UNIT[first.type] if first.is_float else 0
    return Value(first.type, first.shape, first.lo, first.hi, assumed, None if assumed else 1, g.name("p"))


def next_state(g, body, state):
    """Depends on the state and, where the body made something like it, on that."""
    used = {name for node in g.scope.nodes for name in node.input}
    try:
        last = body.own(same_as(state))
    except Skip:
        last = state
    if state.name not in used or last is state:
        err = 2 * max(last.err, state.err)
        last = g.emit("Add", [state, last], [make(state.type, state.shape, -9, 9, err, 1, 1)])
    return loop_state(g, last)


def error_behind(first, state, after, turns):
    """How far two right results may lie apart after so many turns."""
    if not state.err:
        return 0
    growth = max(1.0, after.err / state.err)
    return max(first.err / state.err, 1) * after.err * growth ** max(0, max(turns) - 1)


def ended_by_counter(g, turn, turns):
    """A condition that ends the loop sooner, perhaps, and the turns that are left."""
    limit = g.rng.randint(1, 4)
    most = g.fresh("i64", (), limit, limit, step=1, constant=None, keep=False)
    following = g.raw("Add", [turn, g.ints(1)])
    more = g.emit("Less", [following, most], [Value("bool", (), 0, 1)], keep=False)
    if g.chance(0.3):
        more = g.emit("And", [more, g.constant(np.array(True))], [Value("bool", (), 0, 1)], keep=False)
    return more, tuple(min(max(1, limit), t) for t in turns)


@operator(2)
def loop(g):
    first = loop_state(g, g.pick_or_make((g.float, "i64", "i32")))
    stacks = g.chance(0.6)
    count, turns = loop_count(g, stacks)
    conditional = g.chance(0.3)
    with Body(g) as body:
        turn, go = Value("i64", (), 0, 4, 0.0, 1, g.name("i")), Value("bool", (), 1, 1, 0.0, None, g.name("b"))
        state = state_inside(g, first)
        for v in (turn, go, state):
            g.keep(v)
        some_operators(g, g.rng.randint(1, 4))
        after = next_state(g, body, state)
        if conditional:
            more, turns = ended_by_counter(g, turn, turns)
        else:
            more = g.emit("Identity", [go], [Value("bool", (), 0, 1)])
        scans = []
        if stacks:
            scans.append(g.emit("Identity", [after], [Value(after.type, after.shape, after.lo, after.hi, after.err)]))
    inputs = [helper.make_tensor_value_info(v.name, ONNX[v.type], None if v is state else []) for v in (turn, go, state)]
    graph = body.graph(inputs, [more, after] + scans)
    err = error_behind(first, state, after, turns)
    outs = [make(first.type, first.shape, first.lo, first.hi, err, None if err else 1, 0)]
    outs += [make(v.type, (turns,) + v.shape, v.lo, v.hi, err, None if err else 1, 0) for v in scans]
    start = g.constant(np.array(True)) if g.chance(0.7) else None
    if conditional and stacks:  # how long the stack is, only the data tell
        g.emit("Loop", [count, start, first], outs, body=graph, keep=False)
        if len(g.scopes) == 1:
            g.keep(outs[0])
            g.loose[outs[1].name] = outs[1]
        return
    g.emit("Loop", [count, start, first], outs, body=graph)


def inserted(shape, axis, dim):
    return shape[:axis] + (dim,) + shape[axis:]


@operator(2)
def scan(g):
    x = g.pick_or_make((g.float, "i64", "i32"), least=1, most=4, full=True)
    axis, given = g.axis(x, lambda d: max(d) <= 6)
    turns = x.shape[axis]
    sequences = [(x, axis, given)]
    if g.chance(0.4):
        shape = g.random_shape(g.rng.randint(0, 2), 60)
        place = g.rng.randint(0, len(shape))
        other = g.fresh(x.type, inserted(shape, place, turns), keep=False)
        sequences.append((other, place, place))
    firsts = [loop_state(g, g.pick_or_make((x.type,), most=3)) for _ in range(g.rng.randint(0, 2))]
    with Body(g) as body:
        states = [state_inside(g, first) for first in firsts]
        slices = [Value(v.type, v.shape[:i] + v.shape[i + 1:], v.lo, v.hi, v.err, v.step, g.name("e"))
                  for v, i, _ in sequences]
        for v in states + slices:
            g.keep(v)
        some_operators(g, g.rng.randint(1, 4))
        afters = [next_state(g, body, state) for state in states]
        stacked = [g.emit("Identity", [v], [Value(v.type, v.shape, v.lo, v.hi, v.err, v.step)])
                   for v in afters + slices[: g.rng.randint(0, 1) if afters else 1]]
    inputs = [helper.make_tensor_value_info(v.name, ONNX[v.type], None) for v in states + slices]
    graph = body.graph(inputs, afters + stacked)
    errors = [error_behind(f, s, a, turns) for f, s, a in zip(firsts, states, afters)]
    errors += [v.err for v in slices]
    outs = [make(f.type, f.shape, f.lo, f.hi, err, None if err else 1, 0) for f, err in zip(firsts, errors)]
    axes = [g.rng.randint(0, v.rank) for v in stacked]
    for v, err, place in zip(stacked, errors, axes):
        outs.append(make(v.type, inserted(v.shape, place, turns), v.lo, v.hi, err, None if err else v.step, 0))
    signs = [g.rng.choice([0, 0, 1]) for _ in range(len(sequences) + len(stacked))]
    g.emit("Scan", firsts + [v for v, _, _ in sequences], outs, body=graph, num_scan_inputs=len(sequences),
           scan_input_axes=[i for _, _, i in sequences], scan_output_axes=axes,
           scan_input_directions=signs[: len(sequences)], scan_output_directions=signs[len(sequences):])


class CellWriter:
    """Writes one step of a recurrent cell as exporters do: weights joined or apart, gates in any order."""

    def __init__(self, g, kind, width, hidden):
        self.g, self.kind, self.width, self.hidden = g, kind, width, hidden

    def op(self, name, *inputs, **attributes):
        return self.g.emit(name, list(inputs), [Value(self.g.float, (), 0, 0)], keep=False, **attributes)

    def weights(self, *dims):
        return self.g.fresh(self.kind, [self.g.dim(d) for d in dims], -0.5, 0.5, constant=True, keep=False)

    def number(self, value):
        return self.g.constant(np.array(value, NUMPY[self.kind]))

    def product(self, x, rows, columns):
        if self.g.chance(0.5):
            return self.op("MatMul", x, self.weights(rows, columns))
        return self.op("Gemm", x, self.weights(columns, rows), transB=1)

    def gates(self, x, h, names):
        """The arguments of the gates."""
        columns = self.hidden * len(names)
        if self.g.chance(0.5):
            both = self.op("Concat", x, h, axis=1)
            total = self.product(both, self.width + self.hidden, columns)
        else:
            total = self.op("Add", self.product(x, self.width, columns), self.product(h, self.hidden, columns))
        if self.g.chance(0.7):
            total = self.op("Add", total, self.weights(columns))
        return self.parts(total, names)

    def parts(self, total, names):
        order = list(names)
        self.g.rng.shuffle(order)
        if len(order) == 1:
            return {order[0]: total}
        outs = [Value(self.kind, (), 0, 0) for _ in order]
        self.g.emit("Split", [total, self.g.ints([self.hidden] * len(order))], outs, keep=False, axis=1)
        return dict(zip(order, outs))

    def either(self, name, a, b):
        return self.op(name, a, b) if self.g.chance(0.5) else self.op(name, b, a)

    def lstm(self, x, h, c):
        parts = self.gates(x, h, ["i", "o", "f", "c"])
        coupled = self.g.chance(0.15)
        if self.g.chance(0.3):
            parts["f"] = self.op("Add", parts["f"], self.number(1.0))
        i, o = self.op("Sigmoid", parts["i"]), self.op("Sigmoid", parts["o"])
        f = self.op("Sub", self.number(1.0), i) if coupled else self.op("Sigmoid", parts["f"])
        kept, new = self.either("Mul", f, c), self.either("Mul", i, self.op("Tanh", parts["c"]))
        cell = self.either("Add", kept, new)
        return [self.either("Mul", o, self.op("Tanh", cell)), cell]

    def gru(self, x, h, _):
        parts = self.gates(x, h, ["z", "r"])
        z, r = self.op("Sigmoid", parts["z"]), self.op("Sigmoid", parts["r"])
        if self.g.chance(0.5):
            state = self.op("Add", self.product(h, self.hidden, self.hidden), self.weights(self.hidden))
            inner = self.op("Add", self.product(x, self.width, self.hidden), self.either("Mul", r, state))
        else:
            inner = self.gates(x, self.either("Mul", r, h), ["n"])["n"]
        n = self.op("Tanh", inner)
        way = self.g.rng.randint(0, 3)
        if way == 0:
            return [self.either("Add", n, self.either("Mul", z, self.op("Sub", h, n)))]
        if way == 1:
            return [self.either("Add", h, self.either("Mul", z, self.op("Sub", n, h)))]
        rest = self.op("Sub", self.number(1.0), z)
        a, b = (rest, z) if way == 2 else (z, rest)
        return [self.either("Add", self.either("Mul", a, n), self.either("Mul", b, h))]

    def rnn(self, x, h, _):
        return [self.op(self.g.rng.choice(["Tanh", "Sigmoid", "Softsign"]), self.gates(x, h, ["h"])["h"])]


@operator(1.5)
def written_cell(g):
    """A recurrent cell in a Scan."""
    x = g.pick_or_make((g.float,), 3, wanted=lambda v: v.static(2) and v.bound <= 10, full=True)
    steps, batch = x.shape[:2]
    hidden, width = g.rng.randint(1, 5), x.shape[2][0]
    if max(steps) > (16 if x.type == "f32" else 4):
        raise Skip
    kind = g.rng.choice(["lstm", "gru", "rnn"])
    shape = (batch, g.dim(hidden))
    firsts = [g.fresh(x.type, shape, -0.5, 0.5, keep=False) for _ in range(2 if kind == "lstm" else 1)]
    with Body(g) as body:
        states = [Value(x.type, shape, -1, 1, 0, None, g.name("p")) for _ in firsts]
        piece = Value(x.type, x.shape[1:], x.lo, x.hi, x.err, None, g.name("e"))
        writer = CellWriter(g, x.type, width, hidden)
        afters = getattr(writer, kind)(piece, states[0], states[-1])
        stacked = writer.op("Identity", afters[0])
    inputs = [helper.make_tensor_value_info(v.name, ONNX[x.type], None) for v in states + [piece]]
    stacked.type = x.type
    for v in afters:
        v.type = x.type
    graph = body.graph(inputs, afters + [stacked])
    n = max(steps)
    err = (x.err * width + 8 * UNIT[x.type] * (width * x.bound + hidden + 4)) * n * 3
    outs = [make(x.type, shape, -1, 1, err)]
    if kind == "lstm":
        outs.append(make(x.type, shape, -n - 1, n + 1, err * 2))
    outs.append(make(x.type, x.shape[:1] + shape, -1, 1, err))
    back = g.rng.choice([0, 1])
    g.emit("Scan", firsts + [x], outs, body=graph, num_scan_inputs=1, scan_input_directions=[back],
           scan_output_directions=[back if g.chance(0.8) else 1 - back])


@operator(2)
def recurrent(g):
    name = g.rng.choice(["RNN", "GRU", "LSTM"])
    x = g.pick_or_make((g.float,), 3, wanted=lambda v: v.static(2) and v.bound <= 10, full=True)
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[name]
    direction = g.rng.choice(["forward", "reverse", "bidirectional"])
    ways = 2 if direction == "bidirectional" else 1
    hidden, width = g.rng.randint(1, 5), x.shape[2][0]
    steps, batch = x.shape[:2]
    d, h = g.dim(ways), g.dim(hidden)

    def weights(*dims):
        return g.fresh(x.type, dims, -0.5, 0.5, constant=None if g.chance(0.2) else True, keep=False)

    rows = g.dim(gates * hidden)
    w, r = weights(d, rows, g.dim(width)), weights(d, rows, h)
    b = weights(d, g.dim(2 * gates * hidden)) if g.chance(0.7) else None
    lengths = g.fresh("i32", (batch,), 1, min(steps), keep=False) if g.chance(0.2) else None
    start = weights(d, batch, h) if g.chance(0.4) and len(set(batch)) == 1 else None
    inputs = [x, w, r, b, lengths, start]
    if name == "LSTM":
        inputs += [start and weights(d, batch, h), weights(d, g.dim(3 * hidden)) if g.chance(0.2) else None]
    n = max(steps)
    unit = UNIT[x.type]
    err = (x.err * width + 8 * unit * (width * x.bound + hidden + 4)) * n * 2
    if x.type != "f32" and n > 4:
        raise Skip
    outs = [make(x.type, (steps, d, batch, h), -1, 1, err), make(x.type, (d, batch, h), -1, 1, err)]
    if name == "LSTM":
        outs.append(make(x.type, (d, batch, h), -n - 1, n + 1, err * 2))
    for i in range(len(outs) - 1):
        if g.chance(0.25):
            outs[i] = None
    attributes = {"linear_before_reset": g.rng.choice([0, 1])} if name == "GRU" else {}
    if name == "LSTM" and g.chance(0.15):
        attributes["input_forget"] = 1
    if g.chance(0.15):
        attributes["clip"] = g.rng.choice([0.5, 2.0])
    if g.chance(0.3):
        attributes.update(cell_functions(g, {"RNN": 1, "GRU": 2, "LSTM": 3}[name] * ways))
    emit_some(g, name, inputs, outs, hidden_size=hidden, direction=direction, **attributes)


def cell_functions(g, count):
    """Activations whose values stay in [-1, 1], with their parameters. ONNX has no defaults for those of ScaledTanh."""
    names = [g.rng.choice(["Sigmoid", "Tanh", "HardSigmoid", "Softsign", "ScaledTanh"]) for _ in range(count)]
    taking = [n for n in names if n in ("HardSigmoid", "ScaledTanh")]
    attributes = {"activations": names}
    if "ScaledTanh" in names or (taking and g.chance(0.7)):
        attributes["activation_alpha"] = [0.25 if n == "HardSigmoid" else 0.75 for n in taking]
        attributes["activation_beta"] = [0.5] * len(taking)
    return attributes


def emit_some(g, name, inputs, outs, **attributes):
    while outs and outs[-1] is None:
        outs.pop()
    g.emit(name, inputs, outs, **attributes)


@operator(3)
def quantize(g):
    x = g.pick_or_make(("f32",), exact=True)
    kind = g.rng.choice(["i8", "u8"])
    scale = 2.0 ** g.rng.randint(-4, 0)
    low, high = (0, 255) if kind == "u8" else (-128, 127)
    axis = None
    if x.rank and g.chance(0.3):
        axes = [i for i in range(x.rank) if x.static(i) and x.shape[i][0] > 0]
        axis = g.rng.choice(axes) if axes else None
    dims = () if axis is None else (x.shape[axis][0],)
    zero = g.rng.choice([0, 0, 3, 128 if kind == "u8" else -5])
    scales = g.constant(np.full(dims, scale, np.float32))
    zeros = g.constant(np.full(dims, zero, NUMPY[kind])) if zero or kind == "i8" or g.chance(0.5) else None
    ends = [min(max(round(e / scale) + zero, low), high) for e in (x.lo, x.hi)]
    q = g.emit("QuantizeLinear", [x, scales, zeros], [make(kind, x.shape, *ends, 0, 1)], axis=axis)
    if g.chance(0.8):
        lo, hi = ((e - zero) * scale for e in ends)
        g.emit("DequantizeLinear", [q, scales, zeros], [make("f32", x.shape, lo, hi, 0, scale)], axis=axis)


@operator(1)
def integer_products(g):
    a = g.pick_or_make(("u8", "i8"), least=2)
    depth, columns = summed(a), g.random_dim()
    b = g.fresh(g.rng.choice(["u8", "i8"]), (depth, columns))
    if a.type == "i8" and b.type == "u8":
        raise Skip
    zeros = [g.constant(np.array(g.rng.randint(0, 5), NUMPY[v.type])) if g.chance(0.5) else None for v in (a, b)]
    big = max(depth) * (a.bound + 5) * (b.bound + 5)
    g.emit("MatMulInteger", [a, b] + zeros, [make("i32", a.shape[:-1] + (columns,), -big, big, 0, 1)])


@operator(1)
def qlinear_matmul(g):
    kind = g.rng.choice(["u8", "i8"])
    a = g.pick_or_make((kind,), least=2)
    b = g.fresh(kind, (summed(a), g.random_dim()))
    low, high = (0, 255) if kind == "u8" else (-128, 127)
    scalars = [g.constant(np.array(2.0**e, np.float32)) for e in (g.rng.randint(-3, 0), g.rng.randint(-3, 0),
                                                                  g.rng.randint(-2, 2))]
    zeros = [g.constant(np.array(g.rng.randint(0, 9), NUMPY[kind])) for _ in range(3)]
    out = make(kind, a.shape[:-1] + b.shape[1:], low, high, 0, 1)
    g.emit("QLinearMatMul", [a, scalars[0], zeros[0], b, scalars[1], zeros[1], scalars[2], zeros[2]], [out])
