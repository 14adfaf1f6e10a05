// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/recurrent.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/recurrent_update.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr int64_t kSharedWeights = 96 << 10;  // recurrent weights above which threads share a step

//! Sizes in floats of one direction's packed weights and workspace.
struct Sizes {
    int64_t units, columns;    // hidden units and gate columns, in whole blocks of 16 units
    int64_t input, recurrent;  // packed matrices
    int64_t weights;
    explicit Sizes(const RecurrentCell& c) {
        units = roundUpTo16(c.hidden);
        columns = units * c.gates();
        input = c.inputs * columns;
        recurrent = c.hidden * columns;
        // Behind the matrices: bias of the input part, recurrent bias of the gru's candidate, peepholes.
        weights = input + recurrent + columns + units + 3 * units;
    }
    int64_t work(int64_t steps, int64_t batch) const { return steps * batch * columns + 5 * batch * units; }
};

//! Column of a gate of a unit in the packed order.
int64_t columnOf(const RecurrentCell& c, int64_t gate, int64_t unit) {
    return (unit / 16 * c.gates() + gate) * 16 + unit % 16;
}

//! One direction of a run.
class Direction {
public:
    Direction(const RecurrentCell& cell, const float* packed, const RecurrentArgs& args, float* workspace,
              int direction)
        : c_(cell), a_(args), sizes_(cell), direction_(direction), gemm_(gemmTarget()), updates_(recurrentUpdates()) {
        const float* weights = packed + direction * sizes_.weights;
        input_ = weights;
        recurrent_ = input_ + sizes_.input;
        bias_ = recurrent_ + sizes_.recurrent;
        candidateBias_ = bias_ + sizes_.columns;
        peepholes_ = candidateBias_ + sizes_.units;
        float* memory = workspace + direction * sizes_.work(args.steps, args.batch);
        projected_ = memory;
        memory += args.steps * args.batch * sizes_.columns;
        for (float** part : {&state_, &next_, &cellState_, &update_, &scaled_}) {
            *part = memory;
            memory += args.batch * sizes_.units;
        }
    }

    void run() {
        GemmArgs g;
        g.m = a_.steps * a_.batch, g.n = sizes_.columns, g.k = c_.inputs;
        g.a = a_.x, g.aRow = c_.inputs;
        g.b = input_;
        g.c = projected_, g.cRow = sizes_.columns;
        g.epilogue.bias = bias_;
        gemm(g);
        const bool reverse = direction_ == 1 || c_.reverse;
        begin(a_.initial, state_);
        if (c_.kind == CellKind::Lstm) begin(a_.initialCell, cellState_);
        for (int64_t i = 0; i < a_.steps; ++i) {
            const int64_t t = reverse ? a_.steps - 1 - i : i;
            step(t);
            std::swap(state_, next_);
        }
        end(state_, a_.last);
        if (c_.kind == CellKind::Lstm) end(cellState_, a_.lastCell);
    }

private:
    int64_t stateAt(int64_t b) const {
        return (a_.batchFirst ? b * c_.directions + direction_ : direction_ * a_.batch + b) * c_.hidden;
    }
    void begin(const float* from, float* to) const {
        std::fill_n(to, a_.batch * sizes_.units, 0.0f);
        for (int64_t b = 0; from && b < a_.batch; ++b) std::copy_n(from + stateAt(b), c_.hidden, to + b * sizes_.units);
    }
    void end(const float* from, float* to) const {
        for (int64_t b = 0; to && b < a_.batch; ++b) std::copy_n(from + b * sizes_.units, c_.hidden, to + stateAt(b));
    }
    bool active(int64_t b, int64_t t) const { return !a_.lengths || t < a_.lengths[b]; }

    void step(int64_t t) {
        const int64_t blocks = sizes_.units / 16;
        const bool twoPasses = c_.kind == CellKind::Gru && !c_.linearBeforeReset;
        if (sizes_.recurrent < kSharedWeights || opentrt::threadCount() == 1) {
            for (int64_t block = 0; block < blocks; ++block) units(t, block, false);
            for (int64_t block = 0; twoPasses && block < blocks; ++block) units(t, block, true);
        } else {
            const int64_t some = std::max<int64_t>(1, blocks / (2 * opentrt::threadCount())),
                          tasks = ceilDiv(blocks, some);
            const int64_t work = some * c_.gates() * c_.hidden * std::max<int64_t>(a_.batch, 4) / 8;
            const auto pass = [&](bool second) {
                parallelTasks(tasks, work, [&](int64_t task) {
                    for (int64_t block = task * some; block < std::min((task + 1) * some, blocks); ++block)
                        units(t, block, second);
                });
            };
            pass(false);
            if (twoPasses) pass(true);
        }
        for (int64_t b = 0; a_.y && b < a_.batch; ++b) {
            const int64_t row = a_.batchFirst ? (b * a_.steps + t) * c_.directions + direction_
                                              : (t * c_.directions + direction_) * a_.batch + b;
            float* to = a_.y + row * c_.hidden;
            if (active(b, t)) {
                std::copy_n(next_ + b * sizes_.units, c_.hidden, to);
            } else {
                std::fill_n(to, c_.hidden, 0.0f);
            }
        }
    }

    //! sums [rows][panels * 16] = state * panels of the recurrent weights, plus the projected input where `start`.
    void multiply(int64_t t, int64_t first, int64_t rows, const float* state, int64_t panel, int64_t panels, bool start,
                  const float* bias, float* sums) const {
        const int64_t projectedRow = (a_.batchFirst ? a_.steps : 1) * sizes_.columns;
        GemmTile tile;
        tile.a = state + first * sizes_.units;
        tile.aRow = sizes_.units;
        tile.bPanel = c_.hidden * 16;
        tile.k = c_.hidden;
        tile.cRow = panels * 16;
        tile.low = -HUGE_VALF, tile.high = HUGE_VALF;
        for (int64_t p = 0; p < panels; p += gemm_.panels) {
            const int64_t some = std::min<int64_t>(gemm_.panels, panels - p);
            tile.b = recurrent_ + (panel + p) * tile.bPanel;
            tile.c = sums + p * 16;
            if (start) {
                const int64_t row = a_.batchFirst ? first * a_.steps + t : t * a_.batch + first;
                tile.start = projected_ + row * sizes_.columns + (panel + p) * 16;
                tile.startRow = projectedRow;
            }
            tile.bias = bias;
            gemm_.tile(static_cast<int>(rows), static_cast<int>(some))(tile);
        }
    }

    //! Step t of 16 units of all items.
    void units(int64_t t, int64_t block, bool second) const {
        const int64_t gates = c_.gates(), at = block * 16;
        alignas(64) float sums[16 * 64], candidate[16 * 16];
        for (int64_t first = 0; first < a_.batch; first += gemm_.rows) {
            const int64_t rows = std::min<int64_t>(gemm_.rows, a_.batch - first);
            if (c_.kind != CellKind::Gru) {
                multiply(t, first, rows, state_, block * gates, gates, true, nullptr, sums);
            } else if (!second) {
                multiply(t, first, rows, state_, block * 3, 2, true, nullptr, sums);
                if (c_.linearBeforeReset)
                    multiply(t, first, rows, state_, block * 3 + 2, 1, false, candidateBias_ + at, candidate);
            } else {
                multiply(t, first, rows, scaled_, block * 3 + 2, 1, true, nullptr, candidate);
            }
            for (int64_t r = 0; r < rows; ++r) {
                const int64_t b = first + r, place = b * sizes_.units + at;
                if (!active(b, t)) {
                    if (c_.kind != CellKind::Gru || second || c_.linearBeforeReset)
                        std::copy_n(state_ + place, 16, next_ + place);
                    continue;
                }
                update(t, b, place, sums + r * (c_.kind == CellKind::Gru ? 32 : gates * 16), candidate + r * 16,
                       second);
            }
        }
    }

    void update(int64_t t, int64_t b, int64_t place, const float* sums, const float* candidate, bool second) const {
        UnitUpdate u{&c_,
                     c_.activations[direction_],
                     sums,
                     state_ + place,
                     next_ + place,
                     cellState_ + place,
                     {},
                     update_ + place,
                     scaled_ + place,
                     nullptr};
        if (c_.kind == CellKind::Rnn) return updates_.rnn(u);
        if (c_.kind == CellKind::Lstm) {
            for (int which = 0; which < 3; ++which)
                u.peepholes[which] = peepholes_ + which * sizes_.units + place % sizes_.units;
            return updates_.lstm(u);
        }
        // The state's function reads its sum behind the two gates' places.
        alignas(64) float third[48];
        if (c_.linearBeforeReset) {
            u.recurrentCandidate = candidate;
            updates_.gruGates(u);
            const int64_t row = a_.batchFirst ? b * a_.steps + t : t * a_.batch + b;
            const int64_t block = place % sizes_.units / 16;
            std::copy_n(projected_ + row * sizes_.columns + (block * 3 + 2) * 16, 16, third + 32);
        } else if (!second) {
            return updates_.gruGates(u);
        } else {
            std::copy_n(candidate, 16, third + 32);
        }
        u.gates = third;
        updates_.gruState(u);
    }

    const RecurrentCell& c_;
    const RecurrentArgs& a_;
    Sizes sizes_;
    int direction_;
    const GemmTarget& gemm_;
    const UpdateFunctions& updates_;
    const float *input_, *recurrent_, *bias_, *candidateBias_, *peepholes_;
    float* projected_;
    float *state_, *next_, *cellState_, *update_, *scaled_;  // [batch][units]
};

}  // namespace

int64_t recurrentWeightsSize(const RecurrentCell& c) {
    return c.directions * Sizes(c).weights;
}

void recurrentWeights(const RecurrentCell& c, const float* w, const float* r, const float* b, const float* peepholes,
                      float* packed) {
    const Sizes sizes(c);
    const int64_t rows = c.gates() * c.hidden;
    std::memset(packed, 0, static_cast<size_t>(recurrentWeightsSize(c)) * sizeof(float));
    for (int d = 0; d < c.directions; ++d, packed += sizes.weights) {
        float* recurrentPart = packed + sizes.input;
        float* bias = recurrentPart + sizes.recurrent;
        float* candidateBias = bias + sizes.columns;
        float* peep = candidateBias + sizes.units;
        for (int64_t gate = 0; gate < c.gates(); ++gate) {
            for (int64_t u = 0; u < c.hidden; ++u) {
                const int64_t row = gate * c.hidden + u, column = columnOf(c, gate, u);
                const float* wRow = w + (d * rows + row) * c.inputs;
                const float* rRow = r + (d * rows + row) * c.hidden;
                for (int64_t k = 0; k < c.inputs; ++k)
                    packed[(column / 16 * c.inputs + k) * 16 + column % 16] = wRow[k];
                for (int64_t k = 0; k < c.hidden; ++k)
                    recurrentPart[(column / 16 * c.hidden + k) * 16 + column % 16] = rRow[k];
                if (!b) continue;
                const float fromInput = b[d * 2 * rows + row], fromState = b[d * 2 * rows + rows + row];
                // With linearBeforeReset the reset gate scales the candidate's recurrent bias, too.
                const bool apart = c.kind == CellKind::Gru && gate == 2 && c.linearBeforeReset;
                bias[column] = apart ? fromInput : fromInput + fromState;
                if (apart) candidateBias[u] = fromState;
            }
        }
        for (int64_t which = 0; peepholes && which < 3; ++which)
            std::copy_n(peepholes + (d * 3 + which) * c.hidden, c.hidden, peep + which * sizes.units);
    }
}

int64_t recurrentWorkspace(const RecurrentCell& c, int64_t steps, int64_t batch) {
    return c.directions * Sizes(c).work(steps, batch);
}

void recurrent(const RecurrentCell& c, const float* packed, const RecurrentArgs& args, float* workspace) {
    const int64_t work = args.steps * args.batch * Sizes(c).columns * (c.inputs + c.hidden) / 40;
    parallelTasks(c.directions, work,
                  [&](int64_t d) { Direction(c, packed, args, workspace, static_cast<int>(d)).run(); });
}

}  // namespace opentrt::cpu::kernels
