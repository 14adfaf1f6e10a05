// SPDX-License-Identifier: Apache-2.0
// RNN, GRU and LSTM by the sequence kernel. Constant weights are packed into the plan, others at each run.
#include "backends/cpu/kernels/recurrent.h"

#include "backends/cpu/dispatch.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/support/recurrent_activation.h"

namespace opentrt::cpu {

namespace {

using kernels::CellFunction;

enum RecurrentInput { kX, kW, kR, kBias, kLengths, kState, kCell, kPeepholes, kInputs };
constexpr size_t kWeightInputs[] = {kW, kR, kBias, kPeepholes};

CellFunction functionOf(std::string_view name) {
    static constexpr const char* kNames[] = {"sigmoid",         "tanh",       "relu",        "affine", "leakyrelu",
                                             "thresholdedrelu", "scaledtanh", "hardsigmoid", "elu",    "softsign",
                                             "softplus"};
    for (size_t i = 0; i < std::size(kNames); ++i) {
        if (name == kNames[i]) return static_cast<CellFunction>(i);
    }
    internalError(cat("the cell's activation ", name, " has no kernel"));
}

kernels::RecurrentCell cellOf(const ops::Recurrent& op, int64_t inputs) {
    kernels::RecurrentCell cell;
    cell.kind = static_cast<kernels::CellKind>(op.cell);
    cell.inputs = inputs;
    cell.hidden = op.hidden;
    cell.directions = static_cast<int>(op.directions());
    cell.reverse = op.direction == ops::RecurrentDirection::Reverse;
    cell.clip = static_cast<float>(op.clip);
    cell.inputForget = op.inputForget;
    cell.linearBeforeReset = op.linearBeforeReset;
    std::string problem;
    const auto activations = ops::cellActivations(op, problem);
    check(activations.has_value(), "a recurrent layer has activations that were refused before");
    const size_t each = activations->size() / static_cast<size_t>(cell.directions);
    for (size_t i = 0; i < activations->size(); ++i) {
        const ops::CellActivation& a = (*activations)[i];
        cell.activations[i / each][i % each] = {functionOf(a.name), static_cast<float>(a.alpha),
                                                static_cast<float>(a.beta)};
    }
    return cell;
}

struct RecurrentParams : HasFields {
    std::string op;
    int64_t present = 0;
    bool packed = false;
    void fields(FieldVisitor& v) override {
        v.field("op", op);
        v.field("present", present);
        v.field("packed", packed);
    }
    bool has(size_t input) const { return present >> input & 1; }
};

bool isRecurrent(const RegionView& region) {
    return region.anchor && as<ops::Recurrent>(region.op());
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isRecurrent(region)) return;
    for (size_t i = 0; i < region.anchorInputs.size(); ++i) {
        const Fact* fact = region.anchorInput(i);
        if (!fact || i == kLengths) continue;
        if (const std::string reason = whyNotType(*fact, {DType::F32}); !reason.empty()) {
            return list.refuse("cpu.recurrent", reason);
        }
    }
    if (!region.input(kX).shape[2].isConstant())
        return list.refuse("cpu.recurrent", "the size of an input is not a constant");
    addOpTactics("cpu.recurrent", region, {Format::Linear}, list);
}

void pack(const kernels::RecurrentCell& cell, const float* const* weights, float* packed) {
    kernels::recurrentWeights(cell, weights[0], weights[1], weights[2], weights[3], packed);
}

CompiledStep compile(const RegionView& region, const Tactic&, const TacticRequest&) {
    const auto& op = *as<ops::Recurrent>(region.op());
    RecurrentParams p;
    p.op = printFields(op);
    CompiledStep step;
    step.kernel = "cpu.recurrent";
    p.packed = true;
    const float* weights[4] = {};
    for (size_t k = 0; k < 4; ++k) {
        const Fact* fact = region.anchorInput(kWeightInputs[k]);
        if (!fact) continue;
        p.packed = p.packed && fact->constant;
        if (fact->constant) weights[k] = fact->constant->as<float>();
    }
    // Inputs keep their places; packed weights are no inputs any more.
    for (size_t i = 0; i < kInputs; ++i) {
        const bool weight = std::find(std::begin(kWeightInputs), std::end(kWeightInputs), i) != std::end(kWeightInputs);
        if (!region.anchorInput(i)) continue;
        if (weight && p.packed) continue;
        p.present |= int64_t{1} << i;
        step.inputs.push_back(static_cast<int>(i));
    }
    if (p.packed) {
        const kernels::RecurrentCell cell = cellOf(op, region.input(kX).shape[2].constant());
        Tensor packed(DType::F32, {kernels::recurrentWeightsSize(cell)});
        pack(cell, weights, packed.mutableAs<float>());
        step.weights.push_back(std::move(packed));
    }
    step.params = printFields(p);
    return step;
}

class RecurrentLaunch final : public Launch {
public:
    RecurrentLaunch(const ops::Recurrent& op, const RecurrentParams& p, const Tensor& packed, std::span<const Port> in,
                    std::span<const Port> out)
        : cell_(cellOf(op, in[0].dims[2])), packed_(packed), outputs_(out.size()) {
        int next = 0;
        for (size_t i = 0; i < kInputs; ++i) place_[i] = p.has(i) ? next++ : -1;
        args_.steps = in[0].dims[op.layout ? 1 : 0];
        args_.batch = in[0].dims[op.layout ? 0 : 1];
        args_.batchFirst = op.layout != 0;
        const auto rounded = [](int64_t floats) { return (floats + 15) / 16 * 16; };
        floats_ = rounded(kernels::recurrentWorkspace(cell_, args_.steps, args_.batch));
        packedAt_ = floats_;
        if (packed_.empty()) floats_ += rounded(kernels::recurrentWeightsSize(cell_));
        lengthsAt_ = floats_;
        const int lengths = place_[kLengths];
        wideLengths_ = lengths >= 0 && in[static_cast<size_t>(lengths)].type == DType::I64;
        if (wideLengths_) floats_ += rounded(args_.batch);
    }

    int64_t workspaceBytes() const override { return floats_ * static_cast<int64_t>(sizeof(float)); }

    void run(const LaunchArgs& args) override {
        if (args_.batch == 0) return;
        auto* work = static_cast<float*>(args.workspace);
        const auto input = [&](size_t i) {
            return place_[i] < 0 ? nullptr : static_cast<const float*>(args.inputs[place_[i]]);
        };
        const float* packed = packed_.empty() ? work + packedAt_ : packed_.as<float>();
        if (packed_.empty()) {
            const float* const weights[] = {input(kW), input(kR), input(kBias), input(kPeepholes)};
            pack(cell_, weights, work + packedAt_);
        }
        args_.x = input(kX);
        args_.initial = input(kState);
        args_.initialCell = input(kCell);
        args_.lengths = reinterpret_cast<const int32_t*>(input(kLengths));
        if (wideLengths_) args_.lengths = narrow(args.inputs[place_[kLengths]], work + lengthsAt_);
        args_.y = static_cast<float*>(args.outputs[0]);
        args_.last = static_cast<float*>(args.outputs[1]);
        args_.lastCell = outputs_ > 2 ? static_cast<float*>(args.outputs[2]) : nullptr;
        kernels::recurrent(cell_, packed, args_, work);
    }

private:
    const int32_t* narrow(const void* lengths, float* to) const {
        auto* out = reinterpret_cast<int32_t*>(to);
        for (int64_t i = 0; i < args_.batch; ++i) {
            out[i] = static_cast<int32_t>(std::clamp<int64_t>(indexAt(lengths, DType::I64, i), 0, args_.steps));
        }
        return out;
    }

    kernels::RecurrentCell cell_;
    Tensor packed_;  // empty: packed at each run
    size_t outputs_;
    int place_[kInputs];
    kernels::RecurrentArgs args_;
    int64_t floats_ = 0, packedAt_ = 0, lengthsAt_ = 0;
    bool wideLengths_ = false;
};

class RecurrentKernel final : public Kernel {
public:
    RecurrentKernel(const std::string& params, const std::vector<Tensor>& weights) {
        parseFields(p_, params);
        parseFields(op_, p_.op);
        fit(weights.size() == (p_.packed ? 1 : 0), "the number of weights");
        if (p_.packed) packed_ = weights[0];
    }
    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fitOperands(in, out);
        return std::make_unique<RecurrentLaunch>(op_, p_, packed_, in, out);
    }

private:
    void fitOperands(std::span<const Port> in, std::span<const Port> out) const {
        std::vector<std::optional<Fact>> facts(kInputs);
        size_t next = 0;
        for (size_t i = 0; i < kInputs; ++i) {
            if (!p_.has(i)) continue;
            fit(next < in.size() && (i == kLengths || in[next].type == DType::F32), "an input");
            facts[i] = factOf(in[next++]);
        }
        fitPorts(in, next);
        for (const auto ports : {in, out}) {
            for (const Port& port : ports) fit(port.format == Format::Linear, "a format");
        }
        fit(facts[kX] && facts[kX]->shape.size() == 3, "the input");
        const Dim directions = op_.directions(), rows = Dim(op_.gates()) * op_.hidden, inputs = facts[kX]->shape[2];
        if (p_.packed) {
            fit(!facts[kW] && !facts[kR], "weights that are packed");
            facts[kW] = Fact{DType::F32, {directions, rows, inputs}, {}, {}};
            facts[kR] = Fact{DType::F32, {directions, rows, op_.hidden}, {}, {}};
        }
        FittedNode(op_, std::move(facts), out);
        if (p_.packed) {
            const kernels::RecurrentCell cell = cellOf(op_, inputs.constant());
            fitBytes(packed_, bytesFor(DType::F32, kernels::recurrentWeightsSize(cell)));
        }
    }

    RecurrentParams p_;
    ops::Recurrent op_;
    Tensor packed_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    return std::make_shared<RecurrentKernel>(params, weights);
}

}  // namespace

const KernelFamily kRecurrentFamily{"cpu.recurrent", tactics, compile, load};

}  // namespace opentrt::cpu
