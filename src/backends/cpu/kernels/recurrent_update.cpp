// SPDX-License-Identifier: Apache-2.0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/recurrent_update.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/recurrent_update.h"

#include <cmath>

#include "backends/cpu/kernels/vmath-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));

V otherActivation(const CellActivation& a, V x) {
    const D d;
    const V alpha = hn::Set(d, a.alpha), beta = hn::Set(d, a.beta), zero = hn::Zero(d), one = hn::Set(d, 1.0f);
    const auto negative = hn::Lt(x, zero);
    switch (a.function) {
        case CellFunction::Relu:
            return hn::IfThenElse(negative, zero, x);
        case CellFunction::Affine:
            return hn::MulAdd(alpha, x, beta);
        case CellFunction::LeakyRelu:
            return hn::IfThenElse(negative, hn::Mul(alpha, x), x);
        case CellFunction::ThresholdedRelu:
            return hn::IfThenElse(hn::Lt(x, alpha), zero, x);
        case CellFunction::ScaledTanh:
            return hn::Mul(alpha, vtanh(d, hn::Mul(beta, x)));
        case CellFunction::HardSigmoid:
            return hn::Min(one, hn::Max(zero, hn::MulAdd(alpha, x, beta)));
        case CellFunction::Elu:
            return hn::IfThenElse(negative, hn::Mul(alpha, perLane(d, x, [](float v) { return std::expm1(v); })), x);
        case CellFunction::Softsign:
            return hn::Div(x, hn::Add(one, hn::Abs(x)));
        default:  // softplus
            return hn::Add(hn::Max(x, zero), vlog(d, hn::Add(one, vexp(d, hn::Neg(hn::Abs(x))))));
    }
}

HWY_INLINE V activate(const CellActivation& a, float clip, V x) {
    const D d;
    if (clip > 0) x = clampKeepNan(d, -clip, x, clip);
    if (a.function == CellFunction::Sigmoid) return vsigmoid(d, x);
    if (a.function == CellFunction::Tanh) return vtanh(d, x);
    return otherActivation(a, x);
}

void rnn(const UnitUpdate& u) {
    const D d;
    for (int i = 0; i < 16; i += kLanes)
        hn::StoreU(activate(u.activations[0], u.cell->clip, hn::LoadU(d, u.gates + i)), d, u.next + i);
}

void lstm(const UnitUpdate& u) {
    const D d;
    const CellActivation* f = u.activations;
    const float clip = u.cell->clip;
    for (int i = 0; i < 16; i += kLanes) {
        const V cell = hn::LoadU(d, u.cellState + i);
        const auto peeped = [&](int gate, int which, V state) HWY_ATTR {
            const V g = hn::LoadU(d, u.gates + gate * 16 + i);
            return u.peepholes[which] ? hn::MulAdd(hn::LoadU(d, u.peepholes[which] + i), state, g) : g;
        };
        const V in = activate(f[0], clip, peeped(0, 0, cell));
        const V forget = u.cell->inputForget ? hn::Sub(hn::Set(d, 1.0f), in) : activate(f[0], clip, peeped(2, 2, cell));
        const V candidate = activate(f[1], clip, hn::LoadU(d, u.gates + 48 + i));
        const V next = hn::MulAdd(forget, cell, hn::Mul(in, candidate));
        const V out = activate(f[0], clip, peeped(1, 1, next));
        const CellActivation last = f[2];
        const V shown = last.function == CellFunction::Tanh ? vtanh(d, next) : activate(last, 0, next);
        hn::StoreU(next, d, u.cellState + i);
        hn::StoreU(hn::Mul(out, shown), d, u.next + i);
    }
}

void gruGates(const UnitUpdate& u) {
    const D d;
    for (int i = 0; i < 16; i += kLanes) {
        hn::StoreU(activate(u.activations[0], u.cell->clip, hn::LoadU(d, u.gates + i)), d, u.update + i);
        const V reset = activate(u.activations[0], u.cell->clip, hn::LoadU(d, u.gates + 16 + i));
        const V what = hn::LoadU(d, (u.recurrentCandidate ? u.recurrentCandidate : u.state) + i);
        hn::StoreU(hn::Mul(reset, what), d, u.scaled + i);
    }
}

void gruState(const UnitUpdate& u) {
    const D d;
    for (int i = 0; i < 16; i += kLanes) {
        V sum = hn::LoadU(d, u.gates + 32 + i);
        if (u.recurrentCandidate) sum = hn::Add(sum, hn::LoadU(d, u.scaled + i));
        const V candidate = activate(u.activations[1], u.cell->clip, sum);
        const V z = hn::LoadU(d, u.update + i), state = hn::LoadU(d, u.state + i);
        hn::StoreU(hn::MulAdd(z, hn::Sub(state, candidate), candidate), d, u.next + i);
    }
}

const UpdateFunctions& recurrentUpdatesHere() {
    static const UpdateFunctions functions{rnn, lstm, gruGates, gruState};
    return functions;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(recurrentUpdatesHere);
const UpdateFunctions& recurrentUpdates() {
    return HWY_DYNAMIC_DISPATCH(recurrentUpdatesHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
