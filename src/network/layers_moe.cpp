// SPDX-License-Identifier: Apache-2.0
// Mixture of experts. The network sees plain products: every expert works on every token, and the result is summed with
// the scores of the experts that the token chose, which are 0 for the others. That costs the work of all experts, but
// needs no sizes that depend on the data.
#include <cmath>
#include <limits>

#include "network/composer.h"
#include "network/rules.h"
#include "ops/activation.h"
#include "ops/dequantize.h"
#include "ops/dynamic_quantize.h"
#include "ops/matrix_multiply.h"
#include "ops/quantize.h"
#include "ops/reduce.h"
#include "ops/reshape.h"

namespace opentrt::network {

namespace {

using Operation = ops::ElementWiseOperation;

enum MoEInput {
    // clang-format off
    kTokens, kExperts, kScores, kGate, kUp, kDown, kGateBias, kUpBias, kDownBias, kScale, kInputs
    // clang-format on
};

class MoELayer final : public LayerShell<IMoELayer, apiv::VMoELayer> {
public:
    using LayerShell::LayerShell;

    std::vector<ValueId> addTo(Graph& graph, const std::vector<ValueId>& given) override;
    int32_t inputLimit() const override { return kScores + 1; }

    void setInput(int32_t index, ITensor& tensor) noexcept override { LayerBase::setInput(index, tensor); }
    void setGatedWeights(ITensor& gate, ITensor& up, ITensor& down, MoEActType activation) noexcept override {
        checked(*this, [&] {
            const MoEActType given = known(name, "activation type", activation);
            set({{kGate, &gate}, {kUp, &up}, {kDown, &down}});
            activation_ = given;
        });
    }
    void setGatedBiases(ITensor& gate, ITensor& up, ITensor& down) noexcept override {
        checked(*this, [&] { set({{kGateBias, &gate}, {kUpBias, &up}, {kDownBias, &down}}); });
    }
    void setActivationType(MoEActType activation) noexcept override {
        checked(*this, [&] { change(activation_, known(name, "activation type", activation)); });
    }
    MoEActType getActivationType() const noexcept override { return activation_; }
    void setQuantizationStatic(ITensor& scale, DataType type) noexcept override {
        checked(*this, [&] {
            const DataType given = quantized(type);
            set({{kScale, &scale}});
            quantizeTo_ = given;
            dynamic_ = false;
        });
    }
    void setQuantizationDynamicDblQ(ITensor& scale, DataType type, Dims64 const& blockShape,
                                    DataType scaleType) noexcept override {
        checked(*this, [&] {
            const DataType given = quantized(type);
            std::vector<int64_t> blocks = blocksOf(name, blockShape);
            scaleOf(scaleType);
            set({{kScale, &scale}});
            quantizeTo_ = given;
            blockShape_ = std::move(blocks);
            scaleType_ = scaleType;
            dynamic_ = true;
        });
    }
    void setQuantizationToType(DataType type) noexcept override {
        checked(*this, [&] { change(quantizeTo_, quantized(type)); });
    }
    DataType getQuantizationToType() const noexcept override { return quantizeTo_; }
    void setQuantizationBlockShape(Dims64 const& shape) noexcept override {
        checked(*this, [&] { change(blockShape_, blocksOf(name, shape)); });
    }
    Dims64 getQuantizationBlockShape() const noexcept override { return api::toDims(blockShape_); }
    void setDynQOutputScaleType(DataType type) noexcept override {
        checked(*this, [&] { change(scaleType_, scaleOf(type)); });
    }
    DataType getDynQOutputScaleType() const noexcept override { return scaleType_; }
    void setSwigluParams(float limit, float alpha, float beta) noexcept override {
        limit_ = limit;
        alpha_ = alpha;
        change(beta_, beta);
    }
    void setSwigluParamLimit(float limit) noexcept override { change(limit_, limit); }
    float getSwigluParamLimit() const noexcept override { return limit_; }
    void setSwigluParamAlpha(float alpha) noexcept override { change(alpha_, alpha); }
    float getSwigluParamAlpha() const noexcept override { return alpha_; }
    void setSwigluParamBeta(float beta) noexcept override { change(beta_, beta); }
    float getSwigluParamBeta() const noexcept override { return beta_; }

private:
    template <class T>
    void change(T& field, T value) {
        field = std::move(value);
        touch();
    }
    void set(const std::vector<std::pair<MoEInput, ITensor*>>& tensors) {
        for (const auto& entry : tensors) own(network, entry.second);
        for (const auto& [index, tensor] : tensors) setInputAt(index, own(network, tensor));
    }
    DataType quantized(DataType type) const {
        return api::toDataType(oneOf(name, "quantized type", type, {DType::F8, DType::F4, DType::F32}));
    }
    DataType scaleOf(DataType type) const {
        return api::toDataType(oneOf(name, "scale type", type, {DType::F8, DType::E8M0, DType::F32}));
    }
    void requireComplete(const std::vector<ValueId>& values) const;
    ValueId activate(Composer& c, ValueId gate, ValueId up) const;
    ValueId quantize(Composer& c, ValueId value, ValueId scale) const;

    MoEActType activation_ = MoEActType::kSILU;
    DataType quantizeTo_ = DataType::kFLOAT, scaleType_ = DataType::kFP8;
    std::vector<int64_t> blockShape_;
    bool dynamic_ = false;
    float limit_ = std::numeric_limits<float>::infinity(), alpha_ = 1, beta_ = 0;
};

void MoELayer::requireComplete(const std::vector<ValueId>& values) const {
    const auto has = [&](MoEInput index) { return values[index].valid(); };
    if (!has(kGate)) throw Error(ErrorCode::InvalidArgument, name, "the experts have no weights; call setGatedWeights");
    if (quantizeTo_ == DataType::kFLOAT) return;
    if (!has(kScale)) {
        throw Error(ErrorCode::InvalidArgument, name,
                    "the experts are quantized without a scale; call setQuantizationStatic or "
                    "setQuantizationDynamicDblQ");
    }
    if (!dynamic_) return;
    // Batch, sequence, the choice of experts since 11.0, and the row.
    bool rows = blockShape_.size() == 3 || blockShape_.size() == 4;
    for (size_t i = 0; rows && i + 1 < blockShape_.size(); ++i) rows = blockShape_[i] == 1;
    if (rows) return;
    throw Error(ErrorCode::Unsupported, name,
                cat("blocks of shape ", blockShape_, " are not supported; only [1, 1, n] and [1, 1, 1, n] are"));
}

//! 1-D scalar of a type, of a rank.
Tensor scalar(DType type, double value, size_t rank) {
    return Tensor::of<double>(type, std::vector<int64_t>(rank, 1), {value});
}

//! gate * sigmoid(alpha * gate) * (up + beta), both clamped: gate from above, up from both sides.
ValueId MoELayer::activate(Composer& c, ValueId gate, ValueId up) const {
    const auto number = [&](double value) { return c.constant("number", scalar(c.type(gate), value, 3)); };
    const auto with = [&](const char* part, Operation operation, ValueId a, double b) {
        return c.binary(part, operation, a, number(b));
    };
    if (std::isfinite(limit_)) {
        gate = with("gate_limit", Operation::Min, gate, limit_);
        up = with("up_limit", Operation::Max, with("up_limit", Operation::Min, up, limit_), -limit_);
    }
    if (activation_ == MoEActType::kSILU) {
        const ValueId scaled = alpha_ == 1 ? gate : with("scaled", Operation::Prod, gate, alpha_);
        const ValueId open = c.make<ops::Activation>("sigmoid", {scaled}, ops::ActivationFunction::Sigmoid);
        gate = c.binary("silu", Operation::Prod, gate, open);
    }
    if (beta_ != 0) up = with("shifted", Operation::Sum, up, beta_);
    return c.binary("gated", Operation::Prod, gate, up);
}

//! To the narrow type and back.
ValueId MoELayer::quantize(Composer& c, ValueId value, ValueId scale) const {
    if (quantizeTo_ == DataType::kFLOAT) return value;
    auto back = std::make_unique<ops::Dequantize>();
    back->to = c.type(value);
    if (!dynamic_) {
        auto narrow = std::make_unique<ops::Quantize>();
        narrow->to = api::toDType(quantizeTo_);
        const ValueId quantized = c.add("quantized", std::move(narrow), {value, scale});
        return c.add("dequantized", std::move(back), {quantized, scale});
    }
    auto narrow = std::make_unique<ops::DynamicQuantize>();
    narrow->blockShape = wholeBlocks({1, 1, blockShape_.back()}, c.shape(value));
    narrow->to = api::toDType(quantizeTo_);
    narrow->scaleType = api::toDType(scaleType_);
    back->blockShape = narrow->blockShape;
    const std::vector<ValueId> made = c.addAll("quantized", std::move(narrow), {value, scale});
    const ValueId wide = c.cast(made[1], c.type(value));
    const ValueId factor = c.reshape(c.cast(scale, c.type(value)), {1, 1, 1});
    return c.add("dequantized", std::move(back), {made[0], c.binary("scales", Operation::Prod, wide, factor)});
}

std::vector<ValueId> MoELayer::addTo(Graph& graph, const std::vector<ValueId>& given) {
    std::vector<ValueId> in = given;
    in.resize(kInputs);
    requireComplete(in);
    Composer c(graph, name);
    const Shape tokensShape = c.shape(in[kTokens]), gateShape = c.shape(in[kGate]),
                expertsShape = c.shape(in[kExperts]);
    if (tokensShape.size() != 3 || gateShape.size() != 3 || !gateShape[0].isConstant() || !gateShape[1].isConstant() ||
        expertsShape.size() != 3 || !expertsShape[2].isConstant()) {
        throw Error(ErrorCode::InvalidArgument, name,
                    cat("tokens ", str(tokensShape), ", experts ", str(expertsShape), " and gate weights ",
                        str(gateShape), " should have rank 3, with known numbers of experts"));
    }
    const DType type = c.type(in[kTokens]);
    const int64_t experts = gateShape[0].constant(), hidden = gateShape[1].constant();
    const auto product = [&](const char* part, ValueId a, MoEInput weights, MoEInput bias) {
        const ValueId made = c.make<ops::MatrixMultiply>(part, {a, in[weights]}, ops::MatrixOperation::None);
        return in[bias].valid() ? c.binary("biased", Operation::Sum, made, c.unsqueeze(in[bias], {1})) : made;
    };
    // [1, tokens, hidden] to [experts, tokens, ...].
    const ValueId tokens = c.reshape(in[kTokens], {1, -1, hidden});
    const ValueId gated = activate(c, product("gate", tokens, kGate, kGateBias), product("up", tokens, kUp, kUpBias));
    const ValueId down = product("down", quantize(c, gated, in[kScale]), kDown, kDownBias);
    // What each expert counts for each token: the sum over the choices that name it.
    std::vector<int64_t> numbers;
    for (int64_t e = 0; e < experts; ++e) numbers.push_back(e);
    const ValueId index = c.constant("index", Tensor::of(DType::I64, {experts, 1, 1}, numbers));
    const int64_t choices = expertsShape[2].constant();
    const ValueId chosen = c.reshape(c.cast(in[kExperts], DType::I64), {1, -1, choices});
    const ValueId scores = c.reshape(c.cast(in[kScores], type), {1, -1, choices});
    const ValueId hits = c.cast(c.binary("hits", Operation::Equal, index, chosen), type);
    const ValueId counts = c.make<ops::Reduce>("counts", {c.binary("shares", Operation::Prod, hits, scores)},
                                               ops::ReduceOperation::Sum, std::vector<int64_t>{2}, true);
    const ValueId sum = c.make<ops::Reduce>("sum", {c.binary("weighed", Operation::Prod, down, counts)},
                                            ops::ReduceOperation::Sum, std::vector<int64_t>{0}, false);
    return {c.make<ops::Reshape>("out", {sum, c.dims(in[kTokens])})};
}

}  // namespace

IMoELayer* Network::addMoE(ITensor& tokens, ITensor& experts, ITensor& scores) noexcept {
    return making<IMoELayer>(*this, [&] {
        requireExplicitBatch(*this, "addMoE");
        return add(std::make_unique<MoELayer>(*this, LayerType::kMOE, nullptr), {&tokens, &experts, &scores});
    });
}

}  // namespace opentrt::network
