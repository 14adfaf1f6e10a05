// SPDX-License-Identifier: Apache-2.0
#include "backends/op_step.h"

#include <algorithm>
#include <bit>

#include "backends/fit.h"
#include "base/error.h"

namespace opentrt {

namespace {

//! Constants up to this many elements are attributes in disguise: axes, sizes, thresholds.
constexpr int64_t kSmallConstant = 64;
//! Bits of OpStep::present.
constexpr int64_t kMostInputs = 63;

struct OpStepParams : HasFields {
    std::string op;
    int64_t present = 0;
    std::vector<int64_t> inputs;     //!< which input each weight is
    std::vector<std::string> types;  //!< of the weights
    std::vector<int64_t> dims;       //!< per weight: rank, then dimensions
    void fields(FieldVisitor& v) override {
        v.field("op", op);
        v.field("present", present);
        v.field("inputs", inputs);
        v.field("types", types);
        v.field("dims", dims);
    }
};

}  // namespace

CompiledStep compileOpStep(const char* kernel, const RegionView& region) {
    OpStepParams p;
    CompiledStep step;
    step.kernel = kernel;
    p.op = printFields(region.op());
    for (size_t i = 0; i < region.anchorInputs.size(); ++i) {
        step.inputs.push_back(static_cast<int>(i));
        const Fact* fact = region.anchorInput(i);
        if (!fact) continue;
        p.present |= int64_t{1} << i;
        if (!fact->constant || fact->constant->count() > kSmallConstant || fact->constant->count() == 0) continue;
        p.inputs.push_back(static_cast<int64_t>(i));
        p.types.emplace_back(name(fact->type));
        p.dims.push_back(fact->constant->rank());
        p.dims.insert(p.dims.end(), fact->constant->dims().begin(), fact->constant->dims().end());
        step.weights.push_back(*fact->constant);
    }
    step.params = printFields(p);
    return step;
}

OpStep loadOpStep(const std::string& params, const std::vector<Tensor>& weights) {
    OpStepParams p;
    parseFields(p, params);
    OpStep step{p.op, p.present, {}};
    ShapeList dims(p.dims);
    for (size_t k = 0; k < p.inputs.size(); ++k) {
        fit(k < p.types.size() && k < weights.size(), "constants that are not there");
        const auto type = dtypeFromName(p.types[k]);
        const int64_t input = p.inputs[k];
        fit(type.has_value() && input >= 0 && input < kMostInputs, "a constant");
        if (step.constants.size() <= static_cast<size_t>(input)) step.constants.resize(static_cast<size_t>(input) + 1);
        std::vector<int64_t> shape = dims.next();
        fitBytes(weights[k], bytesFor(*type, volumeOf(shape)));
        step.constants[static_cast<size_t>(input)] =
            Tensor::borrow(*type, std::move(shape), weights[k].data(), std::make_shared<Tensor>(weights[k]));
    }
    return step;
}

std::vector<std::optional<Fact>> factsOf(const OpStep& step, std::span<const Port> in) {
    std::vector<std::optional<Fact>> facts(in.size());
    for (size_t i = 0; i < in.size(); ++i) {
        const bool present = static_cast<int64_t>(i) < kMostInputs && (step.present >> i & 1);
        if (!present) continue;
        facts[i] = factOf(in[i]);
        if (i >= step.constants.size() || step.constants[i].empty()) continue;
        fit(step.constants[i].type() == in[i].type && step.constants[i].dims() == in[i].dims, "a constant");
        facts[i]->constant = step.constants[i];
    }
    fit(in.size() >= static_cast<size_t>(std::bit_width(static_cast<uint64_t>(step.present))), "too few inputs");
    return facts;
}

void fitFormats(const std::vector<Format>& formats, std::span<const Port> in, std::span<const Port> out) {
    const Format format = in.empty() ? Format::Linear : in[0].format;
    bool fits = std::find(formats.begin(), formats.end(), format) != formats.end();
    for (size_t i = 1; i < in.size(); ++i) fits = fits && in[i].format == Format::Linear;
    for (const Port& port : out) {
        const bool alike = !in.empty() && port.dims.size() == in[0].dims.size();
        fits = fits && port.format == (alike ? format : Format::Linear);
    }
    fit(fits, "a format");
}

void addOpTactics(const char* name, const RegionView& region, const std::vector<Format>& formats, TacticList& list) {
    const bool several = formats.size() > 1 || formats[0] != Format::Linear;
    for (const Format format : formats) {
        Tactic tactic;
        tactic.name = several ? cat(name, ".", opentrt::name(format)) : name;
        tactic.inputs.assign(region.node->inputs.size(), Format::Linear);
        if (!tactic.inputs.empty()) tactic.inputs[0] = format;
        for (size_t o = 0; o < region.node->outputs.size(); ++o) {
            const size_t rank = region.output(static_cast<int>(o)).shape.size();
            const bool reads = !tactic.inputs.empty() && region.node->inputs[0].valid();
            const bool alike = reads && rank == region.input(0).shape.size();
            tactic.outputs.push_back(alike ? format : Format::Linear);
        }
        list.tactics.push_back(std::move(tactic));
    }
}

std::string whyNotBytes(const Fact& fact) {
    return bitsOf(fact.type) < 8 ? cat("type ", name(fact.type), " is packed two to a byte") : std::string();
}

std::string whyNotType(const Fact& fact, std::initializer_list<DType> allowed) {
    if (std::find(allowed.begin(), allowed.end(), fact.type) != allowed.end()) return {};
    return cat("type ", name(fact.type));
}

}  // namespace opentrt
