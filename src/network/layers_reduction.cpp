// SPDX-License-Identifier: Apache-2.0
// Layers that sum along axes: einsum, running sums, ragged softmax.
#include "network/rules.h"
#include "ops/cumulative.h"
#include "ops/einsum.h"
#include "ops/ragged_softmax.h"
#include "ops/support/einsum_plan.h"

namespace opentrt::network {

namespace {

//! Refuses an equation that no inputs fit: the rank of an input is taken from its own term.
void requireEquation(const std::string& layer, const std::string& equation, size_t inputs) {
    const std::string left = equation.substr(0, equation.find("->"));
    std::vector<int64_t> ranks{0};
    for (const char c : left) {
        if (c == ',') ranks.push_back(0);
        if (std::isalpha(static_cast<unsigned char>(c))) ++ranks.back();
    }
    if (ranks.size() != inputs) {
        throw Error(
            ErrorCode::InvalidArgument, layer,
            cat("the equation '", equation, "' has ", ranks.size(), " terms when the layer has ", inputs, " inputs"));
    }
    const ops::EinsumPlan plan = ops::parseEinsum(equation, ranks);
    if (!plan.problem.empty()) throw Error(ErrorCode::InvalidArgument, layer, plan.problem);
}

class EinsumLayer final : public LayerShell<IEinsumLayer, apiv::VEinsumLayer> {
public:
    using LayerShell::LayerShell;
    bool setEquation(char const* equation) noexcept override {
        return checked(*this, [&] {
            requireEquation(name, equation ? equation : "", inputs.size());
            edit<ops::Einsum>().equation = equation ? equation : "";
        });
    }
    char const* getEquation() const noexcept override { return peek<ops::Einsum>().equation.c_str(); }
};

class CumulativeLayer final : public LayerShell<ICumulativeLayer, apiv::VCumulativeLayer> {
public:
    using LayerShell::LayerShell;
    bool setOperation(CumulativeOperation operation) noexcept override {
        return checked(*this, [&] {
            const auto given = known(name, "cumulative operation", operation);
            edit<ops::Cumulative>().operation = static_cast<ops::CumulativeOperation>(given);
        });
    }
    CumulativeOperation getOperation() const noexcept override {
        return static_cast<CumulativeOperation>(peek<ops::Cumulative>().operation);
    }
    void setExclusive(bool exclusive) noexcept override { edit<ops::Cumulative>().exclusive = exclusive; }
    bool getExclusive() const noexcept override { return peek<ops::Cumulative>().exclusive; }
    void setReverse(bool reverse) noexcept override { edit<ops::Cumulative>().reverse = reverse; }
    bool getReverse() const noexcept override { return peek<ops::Cumulative>().reverse; }
};

using RaggedSoftMaxLayer = LayerShell<IRaggedSoftMaxLayer, apiv::VRaggedSoftMaxLayer>;

}  // namespace

IEinsumLayer* Network::addEinsum(ITensor* const* tensors, int32_t count, char const* equation) noexcept {
    return making<IEinsumLayer>(*this, [&] {
        requireExplicitBatch(*this, "addEinsum");
        const auto inputs = listOf("addEinsum", tensors, count);
        auto op = std::make_unique<ops::Einsum>();
        op->equation = equation ? equation : "";
        requireEquation("addEinsum", op->equation, static_cast<size_t>(count));
        return add(std::make_unique<EinsumLayer>(*this, LayerType::kEINSUM, std::move(op)), inputs);
    });
}

ICumulativeLayer* Network::addCumulative(ITensor& input, ITensor& axis, CumulativeOperation operation, bool exclusive,
                                         bool reverse) noexcept {
    return making<ICumulativeLayer>(*this, [&] {
        requireExplicitBatch(*this, "addCumulative");
        auto op = std::make_unique<ops::Cumulative>();
        op->operation =
            static_cast<ops::CumulativeOperation>(known("addCumulative", "cumulative operation", operation));
        op->exclusive = exclusive;
        op->reverse = reverse;
        return add(std::make_unique<CumulativeLayer>(*this, LayerType::kCUMULATIVE, std::move(op)), {&input, &axis});
    });
}

IRaggedSoftMaxLayer* Network::addRaggedSoftMax(ITensor& input, ITensor& bounds) noexcept {
    return making<IRaggedSoftMaxLayer>(*this, [&] {
        auto op = std::make_unique<ops::RaggedSoftmax>();
        return add(std::make_unique<RaggedSoftMaxLayer>(*this, LayerType::kRAGGED_SOFTMAX, std::move(op)),
                   {&input, &bounds});
    });
}

}  // namespace opentrt::network
