// SPDX-License-Identifier: Apache-2.0
// Attention by cuDNN, in f16 and bf16: two products with the scores between them in pieces that the library recognises
// as attention. Tested by tests/cuda/cudnn_test.cpp.
#include <limits>

#include "backends/cuda/attention.h"
#include "backends/cuda/dnn_step.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.cudnn_attention";

struct DnnAttention : HasFields, DnnChoice {
    std::string step;  //!< of backends/op_step.h
    void fields(FieldVisitor& v) override {
        choiceFields(v);
        v.field("step", step);
    }
};

//! Whether row i sees columns j <= i and nothing else; what the other kind of mask is for queries as long as the keys.
bool isCausal(const RegionView& region, const ops::Attention& op, std::string* whyNot) {
    if (op.causal != ops::CausalMask::LowerRight) return op.causal == ops::CausalMask::UpperLeft;
    const Dim &queries = region.input(0).shape[op.axesOf(Operand::kQuery)[2]],
              &keys = region.input(1).shape[op.axesOf(Operand::kKey)[2]];
    if (queries != keys && queries != Dim(1)) *whyNot = "a causal mask for fewer queries than keys";
    return queries != Dim(1);
}

std::string whyNot(const RegionView& region, const ops::Attention& op) {
    if (std::string reason = whyNotAttention(region, op); !reason.empty()) return reason;
    if (std::string reason = whyNotExact(region); !reason.empty()) return reason;
    if (std::string reason = whyNotType(region.input(0), {DType::F16, DType::BF16}); !reason.empty()) return reason;
    for (const auto operand : {Operand::kKey, Operand::kValue}) {
        const int64_t columns = columnsOf(region, op, operand);
        if (columns < 8 || columns % 8 != 0 || columns > 256) return cat(columns, " columns are not 8 to 256 by 8");
    }
    if (const Fact* mask = region.anchorInput(kMask)) {
        if (mask->type == DType::Bool) return "a mask that is not added";
        if (mask->shape.size() != 4) return cat("a mask of rank ", mask->shape.size());
    }
    std::string reason;
    isCausal(region, op, &reason);
    return reason;
}

//! Addresses are those of query, key, value, mask when there is one, and result.
DnnGraph graphOf(const ops::Attention& op, bool causal, std::span<const Port> in, const Port& out, bool masked) {
    const auto placed = [&](Operand operand, const Port& port) { return AttentionOperand(op, operand, port); };
    const auto stridesOf4 = [](const AttentionOperand& at) {
        return Dims{at.stride[0], at.stride[1], at.stride[2], 1};
    };
    const AttentionOperand q = placed(Operand::kQuery, in[0]), k = placed(Operand::kKey, in[1]),
                           v = placed(Operand::kValue, in[2]), y = placed(Operand::kOutput, out);
    const DType type = in[0].type;
    DnnGraph graph;
    const int query = graph.memory(type, q.dims, stridesOf4(q));
    // As columns, so that the product needs no transposition.
    const int keys =
        graph.memory(type, {k.dims[0], k.dims[1], k.dims[3], k.dims[2]}, {k.stride[0], k.stride[1], 1, k.stride[2]});
    const int values = graph.memory(type, v.dims, stridesOf4(v));
    const int mask = masked ? graph.memory(in[kMask].type, in[kMask].dims, stridesOf(in[kMask].dims)) : -1;
    const int result = graph.memory(type, y.dims, stridesOf4(y));
    int scores = graph.product(query, keys, {q.dims[0], q.dims[1], q.dims[2], k.dims[2]});
    scores = graph.pointwise(dnn::kMul, {scores, graph.number(static_cast<float>(op.scale), 4)});
    if (masked) scores = graph.pointwise(dnn::kAdd, {scores, mask});
    if (causal) {
        const int never = graph.number(-std::numeric_limits<float>::infinity(), 4);
        const int row = graph.index(scores, 2), column = graph.index(scores, 3);
        const int sees = graph.pointwise(dnn::kGreaterEqual, {row, column}, dnn::kBool, dnn::kBool);
        scores = graph.pointwise(dnn::kSelect, {scores, never, sees});
    }
    const int best = graph.reduce(dnn::kMaximum, scores);
    const int powers = graph.pointwise(dnn::kExp, {graph.pointwise(dnn::kSub, {scores, best})});
    const int sum = graph.reduce(dnn::kSum, powers);
    // Nobody reads it; without it the library does not recognise a softmax (9.19).
    graph.pointwise(dnn::kAdd, {best, graph.pointwise(dnn::kLog, {sum})});
    const int shares = graph.pointwise(dnn::kDiv, {powers, sum}, dnnType(type));
    graph.product(shares, values, y.dims);
    graph.writeTo(result);
    return graph;
}

DnnGraph graphAtOpt(const RegionView& region, const ops::Attention& op, const TacticRequest& request) {
    std::vector<Port> ports;
    const auto portOf = [&](const Fact& fact) {
        return Port{fact.type, Format::Linear, evalShape(fact.shape, request.opt)};
    };
    const bool masked = region.anchorInput(kMask) != nullptr;
    for (size_t i = 0; i < (masked ? 4u : 3u); ++i) ports.push_back(portOf(*region.anchorInput(i)));
    std::string none;
    return graphOf(op, isCausal(region, op, &none), ports, portOf(region.output(0)), masked);
}

bool isEmpty(const std::vector<DnnTensor>& tensors) {
    for (const DnnTensor& tensor : tensors) {
        if (volumeOf(tensor.dims) == 0) return true;
    }
    return false;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!region.anchor || !region.pointwise.empty()) return;
    const auto* op = as<ops::Attention>(region.op());
    if (!op) return;
    std::string reason = whyNot(region, *op);
    if (reason.empty()) reason = whyNotDnn(site, request);
    if (!reason.empty()) return list.refuse(kName, std::move(reason));
    const DnnGraph graph = graphAtOpt(region, *op, request);
    if (isEmpty(graph.tensors())) return list.refuse(kName, "an empty operand");
    TacticList own;
    addOpTactics(kName, region, {Format::Linear}, own);
    addDnnTactics(kName, site, graph, false, request, own.tactics[0], list);
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const auto& op = *as<ops::Attention>(region.op());
    CompiledStep step = compileOpStep(kName, region);
    DnnAttention kept;
    kept.step = step.params;
    compileDnn(kName, site, graphAtOpt(region, op, request), false, tactic.name, request, kept, step);
    step.params = printFields(kept);
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto kept = std::make_shared<DnnAttention>();
    parseFields(*kept, params);
    const DnnDevice& device = requireDnn(site, *kept);
    auto step = std::make_shared<OpStep>(loadOpStep(kept->step, weights));
    auto op = std::make_shared<ops::Attention>();
    parseFields(*op, step->op);
    fit(!weights.empty(), "attention without a plan of the library");
    return makeKernel([kept, step, op, &device, text = weights.back()](auto in, auto out) -> std::unique_ptr<Launch> {
        const FittedNode node(*op, factsOf(*step, in), out);
        fit(whyNot(node.region(), *op).empty(), "another kernel's operator");
        fitFormats({Format::Linear}, in, out);
        const bool masked = step->present >> kMask & 1;
        std::string none;
        const DnnGraph graph = graphOf(*op, isCausal(node.region(), *op, &none), in, out[0], masked);
        if (volumeOf(out[0].dims) == 0) return makeLaunch([](const LaunchArgs&) {});
        if (isEmpty(graph.tensors())) throw Error(ErrorCode::Unsupported, "", "cuDNN attends to no empty operand");
        int64_t offsets[3];
        for (const auto operand : {Operand::kQuery, Operand::kKey, Operand::kValue})
            offsets[operand] = AttentionOperand(*op, operand, in[static_cast<size_t>(operand)]).offset;
        return bindDnn(device, graph, *kept, text,
                       [masked, q = offsets[0], k = offsets[1], v = offsets[2]](const LaunchArgs& launch, auto& at) {
                           const auto input = [&](size_t i, int64_t offset) {
                               return static_cast<const char*>(launch.inputs[i]) + offset;
                           };
                           at = {input(0, q), input(1, k), input(2, v)};
                           if (masked) at.push_back(launch.inputs[kMask]);
                           at.push_back(launch.outputs[0]);
                       });
    });
}

}  // namespace

const Family kCudnnAttentionFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
