// SPDX-License-Identifier: Apache-2.0
// RNN, GRU and LSTM against the equations in double: both directions, lengths, initial states, peepholes, clipping,
// every activation, every layout.
#include "backends/cpu/kernels/recurrent.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/kernels/test_targets.h"
#include "backends/cpu/kernels/test_values.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

double activate(const CellActivation& a, float clip, double x) {
    const auto alpha = static_cast<double>(a.alpha), beta = static_cast<double>(a.beta);
    if (clip > 0) x = std::clamp(x, -static_cast<double>(clip), static_cast<double>(clip));
    switch (a.function) {
        case CellFunction::Sigmoid:
            return 1 / (1 + std::exp(-x));
        case CellFunction::Tanh:
            return std::tanh(x);
        case CellFunction::Relu:
            return std::max(x, 0.0);
        case CellFunction::Affine:
            return alpha * x + beta;
        case CellFunction::LeakyRelu:
            return x < 0 ? alpha * x : x;
        case CellFunction::ThresholdedRelu:
            return x < alpha ? 0 : x;
        case CellFunction::ScaledTanh:
            return alpha * std::tanh(beta * x);
        case CellFunction::HardSigmoid:
            return std::clamp(alpha * x + beta, 0.0, 1.0);
        case CellFunction::Elu:
            return x < 0 ? alpha * std::expm1(x) : x;
        case CellFunction::Softsign:
            return x / (1 + std::fabs(x));
        default:
            return std::log1p(std::exp(x));
    }
}

struct Options {
    int64_t steps = 4, batch = 3;
    bool batchFirst = false, bias = true, peepholes = false, lengths = false, initial = false;
};

std::vector<float> run(const RecurrentCell& c, const Options& o) {
    const int64_t g = c.gates(), h = c.hidden, d = c.directions, steps = o.steps, batch = o.batch;
    auto scaled = [](std::vector<float> v, float factor) {
        for (float& e : v) e *= factor;
        return v;
    };
    const auto x = values(steps * batch * c.inputs, 1);
    const auto w = scaled(values(d * g * h * c.inputs, 2), 0.5f), r = scaled(values(d * g * h * h, 3), 0.4f),
               b = scaled(values(d * 2 * g * h, 4), 0.5f);
    const auto p = values(d * 3 * h, 5), h0 = values(d * batch * h, 6), c0 = values(d * batch * h, 7);
    std::vector<int32_t> lengths;
    for (int64_t i = 0; i < batch; ++i) lengths.push_back(static_cast<int32_t>(std::max<int64_t>(0, steps - i)));
    std::vector<float> packed(static_cast<size_t>(recurrentWeightsSize(c)));
    recurrentWeights(c, w.data(), r.data(), o.bias ? b.data() : nullptr, o.peepholes ? p.data() : nullptr,
                     packed.data());
    std::vector<float> y(static_cast<size_t>(steps * d * batch * h), 9), last(static_cast<size_t>(d * batch * h), 9),
        lastCell = last;
    std::vector<float> workspace(static_cast<size_t>(recurrentWorkspace(c, steps, batch)), NAN);
    RecurrentArgs a{steps,
                    batch,
                    o.batchFirst,
                    x.data(),
                    o.lengths ? lengths.data() : nullptr,
                    o.initial ? h0.data() : nullptr,
                    o.initial ? c0.data() : nullptr,
                    y.data(),
                    last.data(),
                    lastCell.data()};
    recurrent(c, packed.data(), a, workspace.data());

    for (int64_t dir = 0; dir < d; ++dir)
        for (int64_t n = 0; n < batch; ++n) {
            const auto stateAt = static_cast<size_t>((o.batchFirst ? n * d + dir : dir * batch + n) * h);
            std::vector<double> s(static_cast<size_t>(h), 0), cell = s;
            for (size_t u = 0; o.initial && u < s.size(); ++u)
                s[u] = static_cast<double>(h0[stateAt + u]), cell[u] = static_cast<double>(c0[stateAt + u]);
            const CellActivation* f = c.activations[dir];
            for (int64_t i = 0; i < steps; ++i) {
                const int64_t t = dir == 1 || c.reverse ? steps - 1 - i : i;
                const bool active = !o.lengths || t < lengths[static_cast<size_t>(n)];
                const float* in = x.data() + (o.batchFirst ? n * steps + t : t * batch + n) * c.inputs;
                const auto xPart = [&](int64_t gate, int64_t u) {
                    const int64_t row = (dir * g + gate) * h + u;
                    double sum =
                        o.bias ? static_cast<double>(b[static_cast<size_t>(dir * 2 * g * h + gate * h + u)]) : 0.0;
                    for (int64_t k = 0; k < c.inputs; ++k)
                        sum += static_cast<double>(w[static_cast<size_t>(row * c.inputs + k)]) *
                               static_cast<double>(in[k]);
                    return sum;
                };
                const auto hPart = [&](int64_t gate, int64_t u, const std::vector<double>& state) {
                    const int64_t row = (dir * g + gate) * h + u;
                    double sum =
                        o.bias ? static_cast<double>(b[static_cast<size_t>(dir * 2 * g * h + g * h + gate * h + u)])
                               : 0.0;
                    for (int64_t k = 0; k < h; ++k)
                        sum += static_cast<double>(r[static_cast<size_t>(row * h + k)]) * state[static_cast<size_t>(k)];
                    return sum;
                };
                const auto peep = [&](int64_t which, int64_t u, double v) {
                    return o.peepholes ? static_cast<double>(p[static_cast<size_t>((dir * 3 + which) * h + u)]) * v
                                       : 0.0;
                };
                std::vector<double> next = s, nextCell = cell, reset(s.size()), product(s.size());
                for (int64_t u = 0; c.kind == CellKind::Gru && u < h; ++u) {
                    const auto k = static_cast<size_t>(u);
                    reset[k] = activate(f[0], c.clip, xPart(1, u) + hPart(1, u, s));
                    product[k] = reset[k] * s[k];
                }
                for (int64_t u = 0; active && u < h; ++u) {
                    const auto k = static_cast<size_t>(u);
                    if (c.kind == CellKind::Rnn) next[k] = activate(f[0], c.clip, xPart(0, u) + hPart(0, u, s));
                    if (c.kind == CellKind::Gru) {
                        const double z = activate(f[0], c.clip, xPart(0, u) + hPart(0, u, s));
                        const double state = c.linearBeforeReset ? reset[k] * hPart(2, u, s) : hPart(2, u, product);
                        next[k] = (1 - z) * activate(f[1], c.clip, xPart(2, u) + state) + z * s[k];
                    }
                    if (c.kind == CellKind::Lstm) {
                        const auto gate = [&](int64_t which) { return xPart(which, u) + hPart(which, u, s); };
                        const double in2 = activate(f[0], c.clip, gate(0) + peep(0, u, cell[k]));
                        const double forget =
                            c.inputForget ? 1 - in2 : activate(f[0], c.clip, gate(2) + peep(2, u, cell[k]));
                        nextCell[k] = forget * cell[k] + in2 * activate(f[1], c.clip, gate(3));
                        next[k] =
                            activate(f[0], c.clip, gate(1) + peep(1, u, nextCell[k])) * activate(f[2], 0, nextCell[k]);
                    }
                }
                s = next, cell = nextCell;
                const int64_t row = o.batchFirst ? (n * steps + t) * d + dir : (t * d + dir) * batch + n;
                for (int64_t u = 0; u < h; ++u)
                    EXPECT_NEAR(y[static_cast<size_t>(row * h + u)], active ? s[static_cast<size_t>(u)] : 0.0, 1e-5)
                        << "step " << t << " item " << n << " unit " << u;
            }
            for (int64_t u = 0; u < h; ++u) {
                EXPECT_NEAR(last[stateAt + static_cast<size_t>(u)], s[static_cast<size_t>(u)], 1e-5);
                if (c.kind == CellKind::Lstm) {
                    EXPECT_NEAR(lastCell[stateAt + static_cast<size_t>(u)], cell[static_cast<size_t>(u)], 1e-5);
                }
            }
            if (::testing::Test::HasFailure()) return y;
        }
    return y;
}

RecurrentCell cellOf(CellKind kind, int64_t inputs, int64_t hidden) {
    RecurrentCell c;
    c.kind = kind, c.inputs = inputs, c.hidden = hidden;
    if (kind == CellKind::Rnn)
        for (auto& f : c.activations) f[0].function = CellFunction::Tanh;
    return c;
}

constexpr CellKind kKinds[] = {CellKind::Rnn, CellKind::Gru, CellKind::Lstm};

TEST_F(OnEachTarget, RecurrentCellsEqualTheirEquations) {
    forEachTarget([] {
        for (CellKind kind : kKinds)
            for (int64_t hidden : {1, 16, 37})
                for (int64_t batch : {1, 3, 17})
                    for (int variant = 0; variant < 16; ++variant) {
                        RecurrentCell c = cellOf(kind, 5, hidden);
                        c.directions = variant & 1 ? 2 : 1;
                        c.reverse = (variant & 2) && c.directions == 1;
                        c.linearBeforeReset = variant & 4;
                        c.inputForget = variant & 4;
                        c.clip = variant & 8 ? 0.6f : 0;
                        Options o{.steps = 3,
                                  .batch = batch,
                                  .batchFirst = (variant & 4) != 0,
                                  .bias = variant != 3,
                                  .peepholes = (variant & 2) != 0,
                                  .lengths = (variant & 8) != 0,
                                  .initial = (variant & 1) != 0};
                        run(c, o);
                        if (HasFailure()) return;
                    }
    });
}

TEST_F(OnEachTarget, RecurrentCellsTakeEveryActivation) {
    forEachTarget([] {
        for (int f = 0; f <= static_cast<int>(CellFunction::Softplus); ++f)
            for (CellKind kind : kKinds) {
                RecurrentCell c = cellOf(kind, 4, 10);
                for (auto& direction : c.activations)
                    for (auto& a : direction) a = {static_cast<CellFunction>(f), 0.3f, 0.5f};
                run(c, {.steps = 2});
                if (HasFailure()) return;
            }
    });
}

TEST(Recurrent, IsTheSameForAnyNumberOfThreads) {
    for (CellKind kind : kKinds) {
        RecurrentCell c = cellOf(kind, 20, 200);
        setThreadCount(1);
        const auto one = run(c, {.steps = 3});
        setThreadCount(3);
        EXPECT_EQ(run(c, {.steps = 3}), one);
    }
    setThreadCount(0);
}

}  // namespace
}  // namespace opentrt::cpu::kernels
