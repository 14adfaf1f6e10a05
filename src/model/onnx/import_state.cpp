// SPDX-License-Identifier: Apache-2.0
// Operators that carry a state from one run of the network to the next: caches, causal convolutions, linear attention.
#include "model/onnx/attention_parts.h"
#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::LoopOutput;
using nvinfer1::MatrixOperation;

ITensor& multiplied(Context& c, ITensor& a, ITensor& b) {
    return binary(c, a, b, ElementWiseOperation::kPROD);
}

//! Inputs of one step of linear attention, [batch, heads, positions, size], taken apart along the positions.
class Steps {
public:
    Steps(Context& c, nvinfer1::ILoop& loop) : c_(c), loop_(loop) {}
    ITensor& operator()(ITensor& x) { return *c_.add(loop_.addIterator(x, 2)).getOutput(0); }

private:
    Context& c_;
    nvinfer1::ILoop& loop_;
};

struct LinearRule {
    bool gated;
    bool delta;
};

LinearRule ruleOf(Context& c) {
    const std::string rule = c.node.text("update_rule", "gated_delta");
    if (rule != "linear" && rule != "gated" && rule != "delta" && rule != "gated_delta")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute update_rule = \"", rule, "\" is not supported"));
    return {rule.rfind("gated", 0) == 0, rule == "delta" || rule == "gated_delta"};
}

//! [batch, positions, heads or heads * size] as [batch, heads, positions, 1 or size].
ITensor& perHead(Context& c, int input, int64_t heads) {
    const int64_t width = c.dims(input).d[2];
    return headsApart(c, cast(c, c.tensor(input), DataType::kFLOAT), width == 1 ? 1 : heads, "kv_num_heads");
}

}  // namespace

//! Rows of a cache replaced from a place on that each batch names.
void importTensorScatter(Context& c) {
    ITensor& cache = c.tensor(0);
    ITensor& update = c.tensor(1);
    const int rank = dimsOf(cache).nbDims;
    const int axis = checkedAxis(c.node.integer("axis", -2), rank);
    if (axis == 0) fail(Code::kINVALID_NODE, "attribute axis is 0, which is the batch");
    const std::string mode = c.node.text("mode", "linear");
    if (mode != "linear" && mode != "circular")
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute mode = \"", mode, "\" is not supported"));
    const Sizes dims = sizesOf(c, cache);
    ITensor* row = &positions(c, cache, axis, DataType::kINT64);
    if (c.has(2)) {
        Sizes column(static_cast<size_t>(rank), 1);
        column[0] = dims[0];
        ITensor& first = reshapedTo(c, cast(c, c.tensor(2), DataType::kINT64), column);
        row = &binary(c, *row, first, ElementWiseOperation::kSUB);
    }
    const auto at = static_cast<size_t>(axis);
    if (mode == "circular") {
        row = &c.made("ElementWise{operation=mod}", {row, &raised(c, asTensor(c, dims[at]), rank)});
    }
    const Size length = sizeOf(c, update, axis);
    ITensor& inside =
        binary(c, withNumber(c, *row, ElementWiseOperation::kGREATER, -1),
               binary(c, *row, asTensor(c, length), ElementWiseOperation::kLESS), ElementWiseOperation::kAND);
    ITensor& safe = select(c, inside, *row, c.number(DataType::kINT64, 0, rank));
    auto& layer = c.add(c.network.addGatherV2(update, expanded(c, safe, dims), nvinfer1::GatherMode::kELEMENT));
    layer.setGatherAxis(axis);
    c.output(0, select(c, inside, *layer.getOutput(0), cache));
}

//! Each channel by its own filter over what came before; the last elements go into the next run. That of com.microsoft
//! may have gaps between the taps, and the channels last.
void importCausalConvWithState(Context& c) {
    const bool last = c.node.flag("channels_last");
    const auto turned = [&](ITensor& t) -> ITensor& { return last ? transposed(c, t, {0, 2, 1}) : t; };
    ITensor& weight = c.tensor(1);
    const int64_t taps = dimsOf(weight).d[2], gap = c.node.integer("dilation", 1);
    if (c.rank(0) != 3 || dimsOf(weight).nbDims != 3 || taps < 1)
        fail(Code::kUNSUPPORTED_NODE_SHAPE, "the input should have rank 3, and the filters a known length");
    if (gap < 1 || c.node.integer("ndim", 1) != 1 || c.node.integer("state_window", 0) != 0)
        fail(Code::kUNSUPPORTED_NODE_ATTR, "ndim other than 1, state_window and dilation below 1 are not supported");
    ITensor& x = turned(c.tensor(0));
    const Sizes dims = sizesOf(c, x);
    const int64_t kept = (taps - 1) * gap;
    ITensor* padded = &x;
    if (c.has(3)) {
        padded = &concatenated(c, {&turned(c.tensor(3)), &x}, 2);
    } else if (taps > 1) {
        SliceWindow window{{2}, {-kept}, {plus(c, dims[2], kept)}, {}};
        window.mode = nvinfer1::SampleMode::kFILL;
        window.fill = &c.number(x.getType(), 0);
        padded = &sliced(c, x, window);
    }
    ITensor* sum = nullptr;
    ITensor& filters = transposed(c, weight, {1, 0, 2});
    for (int64_t tap = 0; tap < taps; ++tap) {
        ITensor& shifted = cast(c, sliced(c, *padded, {{2}, {tap * gap}, {dims[2]}, {}}), DataType::kFLOAT);
        ITensor& factor = cast(c, sliced(c, filters, {{2}, {tap}, {1}, {}}), DataType::kFLOAT);
        ITensor& part = multiplied(c, shifted, factor);
        sum = sum ? &binary(c, *sum, part, ElementWiseOperation::kSUM) : &part;
    }
    if (c.has(2)) {
        ITensor& bias = unsqueezed(c, cast(c, c.tensor(2), DataType::kFLOAT), {0, 2});
        sum = &binary(c, *sum, bias, ElementWiseOperation::kSUM);
    }
    const std::string function = c.node.text("activation", "none");
    if (function == "silu" || function == "swish") {
        sum = &multiplied(c, *sum, activation(c, *sum, nvinfer1::ActivationType::kSIGMOID));
    } else if (function != "none") {
        fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute activation = \"", function, "\" is not supported"));
    }
    c.output(0, turned(cast(c, *sum, x.getType())));
    if (c.wants(1)) c.output(1, turned(sliced(c, *padded, {{2}, {dims[2]}, {kept}, {}})));
}

//! A matrix per head, [keys' size, values' size], to which every position adds key times value, after it has decayed
//! and (delta) without what it holds for the key already; the query reads it.
void importLinearAttention(Context& c) {
    const LinearRule rule = ruleOf(c);
    const int64_t queryHeads = c.node.integer("q_num_heads");
    const int64_t heads = c.node.integer("kv_num_heads");
    if (c.node.integer("state_window", 0) != 0)
        fail(Code::kUNSUPPORTED_NODE_ATTR, "attribute state_window is not supported");
    if (heads < 1 || queryHeads < 1 || (queryHeads % heads != 0 && heads % queryHeads != 0))
        fail(Code::kINVALID_NODE, cat("attribute kv_num_heads is ", heads, " when q_num_heads is ", queryHeads));
    if (rule.gated != c.has(4) || rule.delta != c.has(5))
        fail(Code::kINVALID_NODE, "inputs decay and beta do not match attribute update_rule");
    const DataType type = c.type(0);
    const auto split = [&](int input, int64_t count, const char* name) -> ITensor& {
        return headsApart(c, cast(c, c.tensor(input), DataType::kFLOAT), count, name);
    };
    const ScaledQueries queries = scaledQueries(c, split(0, queryHeads, "q_num_heads"), c.node.real("scale", 0));
    // The fewer ones serve several of the others.
    ITensor& q = repeatedHeads(c, queries.q, std::max<int64_t>(1, heads / queryHeads));
    ITensor& k = split(1, heads, "kv_num_heads");
    ITensor& v = split(2, heads, "kv_num_heads");
    const Size size = sizeOf(c, k, 3);
    const double scale = queries.scale;
    ITensor& decay = rule.gated ? perHead(c, 4, heads) : k;
    ITensor& beta = rule.delta ? perHead(c, 5, heads) : k;
    ITensor& zero = expanded(c, c.number(DataType::kFLOAT, 0, 4), {sizeOf(c, k, 0), heads, size, sizeOf(c, v, 3)});
    ITensor& past = c.has(3) ? cast(c, c.tensor(3), DataType::kFLOAT) : zero;
    ITensor& trips = asScalar(c, asTensor(c, sizeOf(c, k, 2)));

    nvinfer1::ILoop* loop = c.network.addLoop();
    if (!loop) c.session.refused(Place::current());
    loop->setName(c.node.title().c_str());
    Steps step(c, *loop);
    c.add(loop->addTripLimit(trips, nvinfer1::TripLimit::kCOUNT));
    auto& recurrence = c.add(loop->addRecurrence(past));
    ITensor* state = recurrence.getOutput(0);
    ITensor& key = unsqueezed(c, step(k), {3});
    ITensor* value = &unsqueezed(c, step(v), {2});
    if (rule.gated) {
        ITensor& factor = unary(c, step(decay), nvinfer1::UnaryOperation::kEXP);
        state = &multiplied(c, *state, unsqueezed(c, factor, {3}));
    }
    if (rule.delta) {
        ITensor& held =
            c.out(c.network.addMatrixMultiply(key, MatrixOperation::kTRANSPOSE, *state, MatrixOperation::kNONE));
        ITensor& change = binary(c, *value, held, ElementWiseOperation::kSUB);
        value = &multiplied(c, change, unsqueezed(c, step(beta), {3}));
    }
    state = &binary(c, *state, multiplied(c, key, *value), ElementWiseOperation::kSUM);
    recurrence.setInput(1, *state);
    ITensor& query = unsqueezed(c, step(q), {2});
    ITensor& seen = repeatedHeads(c, *state, std::max<int64_t>(1, queryHeads / heads));
    ITensor& read = c.out(c.network.addMatrixMultiply(query, MatrixOperation::kNONE, seen, MatrixOperation::kNONE));
    ITensor& scaled = withNumber(c, squeezed(c, read, {2}), ElementWiseOperation::kPROD, scale);
    auto& stack = c.add(loop->addLoopOutput(scaled, LoopOutput::kCONCATENATE, 2));
    stack.setInput(1, trips);
    ITensor& last = c.out(loop->addLoopOutput(*recurrence.getOutput(0), LoopOutput::kLAST_VALUE));
    c.output(0, cast(c, headsTogether(c, *stack.getOutput(0)), type));
    if (c.wants(1)) c.output(1, cast(c, last, c.has(3) ? c.type(3) : type));
}

}  // namespace opentrt::model
