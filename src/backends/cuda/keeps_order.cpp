// SPDX-License-Identifier: Apache-2.0
// Tested by tests/cuda/keeps_order_test.cpp.
#include "backends/cuda/keeps_order.h"

#include <algorithm>

namespace opentrt::cuda {

namespace {

//! How a number depends on the first input.
enum class Way { None, Rising, Unknown };

struct Known {
    Way way = Way::Unknown;
    bool notNegative = false;
};

Known sum(const Known& a, const Known& b) {
    if (a.way == Way::Unknown || b.way == Way::Unknown) return {};
    const bool rising = a.way == Way::Rising || b.way == Way::Rising;
    return {rising ? Way::Rising : Way::None, a.notNegative && b.notNegative};
}

//! A number times, or over, one that does not depend on the input.
Known scaled(const Known& x, const Known& factor) {
    if (factor.way != Way::None || x.way == Way::Unknown) return {};
    if (x.way == Way::None) return {Way::None, x.notNegative && factor.notNegative};
    return factor.notNegative ? x : Known{};
}

Known rising(const Known& x, bool notNegative) {
    return x.way == Way::Unknown ? Known{} : Known{x.way, notNegative};
}

Known after(const ScalarInstr& instr, const Known& a, const Known& b) {
    switch (instr.op) {
        case ScalarOp::Cast:
        case ScalarOp::RoundEven:
        case ScalarOp::Tanh:
        case ScalarOp::Erf:
            return rising(a, a.notNegative);
        case ScalarOp::Sigmoid:
        case ScalarOp::Exp:
            return rising(a, true);
        case ScalarOp::Add:
        case ScalarOp::Min:
            return sum(a, b);
        case ScalarOp::Sub:
            return b.way == Way::None ? sum(a, {Way::None, false}) : Known{};
        case ScalarOp::Max: {
            Known most = sum(a, b);
            most.notNegative = most.way != Way::Unknown && (a.notNegative || b.notNegative);
            return most;
        }
        case ScalarOp::Mul:
            return a.way == Way::Rising ? scaled(a, b) : scaled(b, a);
        case ScalarOp::Div:
            return scaled(a, b);
        default:
            return {};
    }
}

}  // namespace

bool keepsOrder(const ScalarProgram& program, const std::vector<bool>& notNegative) {
    std::vector<Known> known;
    for (const ScalarInstr& instr : program.code) {
        const auto at = [&](int32_t i) { return i < 0 ? Known{} : known[static_cast<size_t>(i)]; };
        if (instr.op == ScalarOp::Input) {
            const auto input = static_cast<size_t>(instr.a);
            known.push_back(input == 0 ? Known{Way::Rising, false} : Known{Way::None, notNegative[input]});
        } else if (instr.op == ScalarOp::Constant) {
            known.push_back({Way::None, instr.constant >= 0});
        } else {
            known.push_back(after(instr, at(instr.a), arity(instr.op) > 1 ? at(instr.b) : Known{}));
        }
    }
    return std::all_of(program.outputs.begin(), program.outputs.end(),
                       [&](int32_t o) { return known[static_cast<size_t>(o)].way != Way::Unknown; });
}

bool keepsOrder(const RegionView& region) {
    const PointwisePart part = pointwisePart(region);
    std::vector<bool> notNegative{false};
    for (const int i : part.operands) {
        const bool constant = i >= 0 && region.isConstant(i);
        const std::vector<double> values = constant ? region.input(i).constant->toDoubles() : std::vector<double>();
        notNegative.push_back(constant && std::all_of(values.begin(), values.end(), [](double v) { return v >= 0; }));
    }
    return keepsOrder(part.program, notNegative);
}

}  // namespace opentrt::cuda
