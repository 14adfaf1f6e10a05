// SPDX-License-Identifier: Apache-2.0
#include "ops/recurrent.h"

#include <algorithm>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"
#include "ops/support/recurrent_activation.h"

namespace opentrt::ops {
namespace {

enum Input { kX, kW, kR, kBias, kLengths, kState, kCell, kPeepholes };

using Doubles = std::vector<double>;

//! Weights of one direction and the recurrence over one sequence.
struct Cell {
    const Recurrent& op;
    DType type;
    int64_t inputSize;
    const double *w, *r;     //!< [gates * hidden, inputSize], [gates * hidden, hidden]
    const double* bias;      //!< [2 * gates * hidden] or null
    const double* peephole;  //!< [3 * hidden] or null
    const CellActivation* f;

    double clipped(double x) const { return op.clip > 0 ? std::clamp(x, -op.clip, op.clip) : x; }
    double inputPart(int64_t row, const double* x) const {
        double sum = bias ? bias[row] : 0;
        for (int64_t i = 0; i < inputSize; ++i) sum += w[row * inputSize + i] * x[i];
        return sum;
    }
    double statePart(int64_t row, const Doubles& h) const {
        double sum = bias ? bias[op.gates() * op.hidden + row] : 0;
        for (int64_t i = 0; i < op.hidden; ++i) sum += r[row * op.hidden + i] * h[static_cast<size_t>(i)];
        return sum;
    }
    //! Argument of gate `gate` of unit `unit`.
    double gate(int64_t gate, int64_t unit, const double* x, const Doubles& h) const {
        const int64_t row = gate * op.hidden + unit;
        return inputPart(row, x) + statePart(row, h);
    }
    double peep(int64_t which, int64_t unit, double cell) const {
        return peephole ? peephole[which * op.hidden + unit] * cell : 0;
    }

    void step(const double* x, Doubles& h, Doubles& c) const {
        Doubles next(h.size());
        if (op.cell == RecurrentCell::Rnn)
            rnn(x, h, next);
        else if (op.cell == RecurrentCell::Gru)
            gru(x, h, next);
        else
            lstm(x, h, c, next);
        for (double& value : next) value = roundTo(type, value);
        h = std::move(next);
    }
    void rnn(const double* x, const Doubles& h, Doubles& next) const {
        for (int64_t u = 0; u < op.hidden; ++u) next[static_cast<size_t>(u)] = f[0](clipped(gate(0, u, x, h)));
    }
    void gru(const double* x, const Doubles& h, Doubles& next) const {
        Doubles reset(h.size()), scaled(h.size());
        for (int64_t u = 0; u < op.hidden; ++u) {
            const auto k = static_cast<size_t>(u);
            reset[k] = f[0](clipped(gate(1, u, x, h)));
            scaled[k] = reset[k] * h[k];
        }
        for (int64_t u = 0; u < op.hidden; ++u) {
            const auto k = static_cast<size_t>(u);
            const int64_t row = 2 * op.hidden + u;
            const double state = op.linearBeforeReset ? reset[k] * statePart(row, h) : statePart(row, scaled);
            const double candidate = f[1](clipped(inputPart(row, x) + state));
            const double update = f[0](clipped(gate(0, u, x, h)));
            next[k] = (1 - update) * candidate + update * h[k];
        }
    }
    void lstm(const double* x, const Doubles& h, Doubles& c, Doubles& next) const {
        for (int64_t u = 0; u < op.hidden; ++u) {
            const auto k = static_cast<size_t>(u);
            const double in = f[0](clipped(gate(0, u, x, h) + peep(0, u, c[k])));
            const double forget = op.inputForget ? 1 - in : f[0](clipped(gate(2, u, x, h) + peep(2, u, c[k])));
            const double cell = roundTo(type, forget * c[k] + in * f[1](clipped(gate(3, u, x, h))));
            const double out = f[0](clipped(gate(1, u, x, h) + peep(1, u, cell)));
            c[k] = cell;
            next[k] = out * f[2](cell);
        }
    }
};

//! Where the element (step, direction, batch, unit) of Y and (direction, batch, unit) of a state lie.
struct Layout {
    const Recurrent& op;
    int64_t steps, batch;

    int64_t x(int64_t t, int64_t b, int64_t inputSize) const {
        return (op.layout ? b * steps + t : t * batch + b) * inputSize;
    }
    int64_t y(int64_t t, int64_t d, int64_t b) const {
        const int64_t n = op.directions();
        return (op.layout ? (b * steps + t) * n + d : (t * n + d) * batch + b) * op.hidden;
    }
    int64_t state(int64_t d, int64_t b) const {
        return (op.layout ? b * op.directions() + d : d * batch + b) * op.hidden;
    }
};

void requireShape(const InferContext& c, int input, const char* what, const Shape& expected) {
    if (!c.has(input)) return;
    requireSameType(c, kX, input);
    bool fits = c.shape(input).size() == expected.size();
    for (size_t i = 0; fits && i < expected.size(); ++i) fits = !differ(c.shape(input)[i], expected[i]);
    if (!fits) c.fail(cat(what, " has dimensions ", str(c.shape(input)), " when they should be ", str(expected)));
}

//! One sequence in one direction: from the initial state to the last, writing Y on the way.
void runSequence(const Cell& cell, const Layout& at, const Doubles& x, int64_t length, bool backwards, int64_t d,
                 int64_t b, Doubles& h, Doubles& c, Tensor& y) {
    for (int64_t step = 0; step < length; ++step) {
        const int64_t t = backwards ? length - 1 - step : step;
        cell.step(x.data() + at.x(t, b, cell.inputSize), h, c);
        for (int64_t u = 0; u < cell.op.hidden; ++u) y.set(at.y(t, d, b) + u, h[static_cast<size_t>(u)]);
    }
}

}  // namespace

void Recurrent::infer(InferContext& c) const {
    requireType(c, kX, kReals);
    requireRank(c, kX, 3);
    if (hidden < 1 || hidden > kAnySize)
        c.fail(cat("hidden size is ", hidden, " when it should be at least 1 and fit 32 bits"));
    if (layout != 0 && layout != 1) c.fail(cat("layout is ", layout, " when it should be 0 or 1"));
    if (c.outputCount() != outputCount())
        c.fail(cat("number of outputs is ", c.outputCount(), " when ", kRecurrentCellNames[static_cast<int>(cell)],
                   " has ", outputCount()));
    const Shape& x = c.shape(kX);
    const Dim steps = x[layout ? 1 : 0], batch = x[layout ? 0 : 1], d = directions(), h = hidden,
              rows = gates() * hidden;
    const Shape state = layout ? Shape{batch, d, h} : Shape{d, batch, h};
    requireShape(c, kW, "input weights", {d, rows, x[2]});
    requireShape(c, kR, "recurrent weights", {d, rows, h});
    requireShape(c, kBias, "bias", {d, 2 * gates() * hidden});
    requireShape(c, kState, "initial state", state);
    requireShape(c, kCell, "initial cell", state);
    requireShape(c, kPeepholes, "peephole weights", {d, 3 * hidden});
    if (cell != RecurrentCell::Lstm && (c.has(kCell) || c.has(kPeepholes)))
        c.fail(cat("initial cell or peepholes are given to ", kRecurrentCellNames[static_cast<int>(cell)]));
    if (c.has(kLengths)) {
        requireIndices(c, kLengths, 1);
        requireSame(c, "number of sequence lengths", c.shape(kLengths)[0], batch);
    }
    std::string problem;
    if (!cellActivations(*this, problem)) c.fail(problem);
    c.output(0, c.type(kX), layout ? Shape{batch, steps, d, h} : Shape{steps, d, batch, h});
    for (int i = 1; i < outputCount(); ++i) c.output(i, c.type(kX), state);
}

void Recurrent::eval(EvalContext& c) const {
    const auto& dims = c.input(kX).dims();
    const int64_t steps = dims[layout ? 1 : 0], batch = dims[layout ? 0 : 1], d = directions(), rows = gates() * hidden;
    const Layout at{*this, steps, batch};
    const auto read = [&](int input) { return c.has(input) ? c.input(input).toDoubles() : Doubles(); };
    const auto x = read(kX), w = read(kW), r = read(kR), bias = read(kBias), state = read(kState), cells = read(kCell),
               peepholes = read(kPeepholes);
    std::string problem;
    const auto activations = cellActivations(*this, problem);
    const auto perDirection = static_cast<int64_t>(activations->size()) / d;

    Tensor& y = c.output(0, layout ? std::vector{batch, steps, d, hidden} : std::vector{steps, d, batch, hidden});
    const auto stateDims = layout ? std::vector{batch, d, hidden} : std::vector{d, batch, hidden};
    Tensor lastState(y.type(), stateDims), lastCell(y.type(), stateDims);
    for (int64_t dir = 0; dir < d; ++dir) {
        const Cell unit{*this,
                        y.type(),
                        dims[2],
                        w.data() + dir * rows * dims[2],
                        r.data() + dir * rows * hidden,
                        bias.empty() ? nullptr : bias.data() + dir * 2 * rows,
                        peepholes.empty() ? nullptr : peepholes.data() + dir * 3 * hidden,
                        activations->data() + dir * perDirection};
        const bool backwards = direction == RecurrentDirection::Reverse || dir == 1;
        for (int64_t b = 0; b < batch; ++b) {
            Doubles h(static_cast<size_t>(hidden), 0.0), cell = h;
            const int64_t place = at.state(dir, b);
            if (!state.empty()) std::copy_n(state.data() + place, hidden, h.begin());
            if (!cells.empty()) std::copy_n(cells.data() + place, hidden, cell.begin());
            const int64_t length = c.has(kLengths) ? std::clamp<int64_t>(c.input(kLengths).getInt(b), 0, steps) : steps;
            runSequence(unit, at, x, length, backwards, dir, b, h, cell, y);
            for (int64_t u = 0; u < hidden; ++u) {
                lastState.set(place + u, h[static_cast<size_t>(u)]);
                lastCell.set(place + u, cell[static_cast<size_t>(u)]);
            }
        }
    }
    c.setOutput(1, lastState);
    if (cell == RecurrentCell::Lstm) c.setOutput(2, lastCell);
}

double Recurrent::flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>&) const {
    const Shape& x = inputs[kX]->shape;
    const double rows = static_cast<double>(directions() * gates() * hidden);
    return 2 * roughSize(x[0]) * roughSize(x[1]) * rows * (roughSize(x[2]) + static_cast<double>(hidden));
}

}  // namespace opentrt::ops
