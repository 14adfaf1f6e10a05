// SPDX-License-Identifier: Apache-2.0
// Attention and rotary embeddings of opset 23, and the attention of ai.onnx.preview. Three-dimensional inputs hold the
// heads side by side and are taken apart first.
#include "model/onnx/attention_parts.h"
#include "model/onnx/build.h"
#include "model/onnx/importer.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/schema.h"
#include "model/onnx/sizes.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

ITensor& splitHeads(Context& c, ITensor& x, const char* attribute) {
    return headsApart(c, x, c.node.integer(attribute), attribute);
}

void requireRank(Context& c, int input, int rank) {
    if (c.rank(input) != rank)
        fail(Code::kINVALID_NODE, cat("input ", input, " has rank ", c.rank(input), " when it should be ", rank));
}

ITensor& withPast(Context& c, ITensor& present, int past) {
    return c.has(past) ? concatenated(c, {&c.tensor(past), &present}, 2) : present;
}

//! With a cache the queries are the last positions of the keys.
ITensor& fusedAttention(Context& c, const AttentionSpec& spec) {
    const char* causal = !spec.causal ? "none" : c.has(4) ? "lower_right" : "upper_left";
    std::vector<ITensor*> inputs{&spec.q, &spec.k, &spec.v};
    if (spec.mask) inputs.push_back(spec.mask);
    return c.made(cat("Attention{causal=", causal, ", scale=", realText(spec.scale), "}"), inputs);
}

//! Piece by piece, so that the last output can be any of the stages.
ITensor& attentionSeen(Context& c, AttentionSpec spec) {
    if (c.has(4)) spec.offset = sizeOf(c, c.tensor(4), 2);
    const AttentionResult result = attentionFromParts(c, spec);
    if (!c.wants(3)) return result.y;
    ITensor* const stages[] = {&result.products, &result.capped, &result.biased, &result.weights};
    const int64_t mode = c.node.integer("qk_matmul_output_mode", 0);
    if (mode < 0 || mode > 3) fail(Code::kINVALID_NODE, cat("attribute qk_matmul_output_mode is ", mode));
    c.output(3, identity(c, *stages[mode]));
    return result.y;
}

//! x through the graph that an attribute holds, when it is there.
ITensor& modified(Context& c, const char* attribute, ITensor& x) {
    if (!c.node.has(attribute)) return x;
    const onnx::GraphProto& body = c.node.graph(attribute);
    if (body.input.size() != 1 || body.output.size() != 1)
        fail(Code::kINVALID_NODE, cat("the graph of attribute ", attribute, " should have one input and one output"));
    Scope inside(cat(c.node.title(), "/", attribute), c.scope);
    Value given;
    given.tensor = &x;
    inside.define(body.input[0].name, std::move(given));
    c.importer.importBody(body, inside);
    const Value& made = c.importer.bodyOutput(body, 0, inside);
    if (!made.tensor && !made.constant)
        fail(Code::kINVALID_NODE, cat("the graph of attribute ", attribute, " makes no tensor"));
    return made.tensor ? *made.tensor : c.constantTensor(made.constant);
}

}  // namespace

//! Attention whose scores and probabilities go through graphs of the model's own. Of the preview domain.
void importFlexAttention(Context& c) {
    for (int i = 0; i < 3; ++i) requireRank(c, i, 4);
    const auto precision = static_cast<int32_t>(c.node.integer("softmax_precision", 1));
    const DataType type = c.type(0), inside = networkType(precision);
    ITensor& k = cast(c, c.tensor(1), inside);
    const Size queryHeads = sizeOf(c, c.tensor(0), 1), keyHeads = sizeOf(c, k, 1);
    const Size count = divided(c, queryHeads, keyHeads);
    const ScaledQueries queries = scaledQueries(c, cast(c, c.tensor(0), inside), c.node.real("scale", 0));
    ITensor& products =
        c.out(c.network.addMatrixMultiply(queries.q, nvinfer1::MatrixOperation::kNONE, repeatedHeads(c, k, count),
                                          nvinfer1::MatrixOperation::kTRANSPOSE));
    ITensor& scores = withNumber(c, products, nvinfer1::ElementWiseOperation::kPROD, queries.scale);
    auto& softmax = c.add(c.network.addSoftMax(modified(c, "score_mod", scores)));
    softmax.setAxes(8);
    ITensor& weights = cast(c, modified(c, "prob_mod", *softmax.getOutput(0)), type);
    c.output(
        0, c.out(c.network.addMatrixMultiply(weights, nvinfer1::MatrixOperation::kNONE,
                                             repeatedHeads(c, c.tensor(2), count), nvinfer1::MatrixOperation::kNONE)));
}

void importAttention(Context& c) {
    const bool merged = c.rank(0) == 3;
    for (int i = 0; i < 3; ++i) requireRank(c, i, merged ? 3 : 4);
    ITensor& q = merged ? splitHeads(c, c.tensor(0), "q_num_heads") : c.tensor(0);
    ITensor& k = withPast(c, merged ? splitHeads(c, c.tensor(1), "kv_num_heads") : c.tensor(1), 4);
    ITensor& v = withPast(c, merged ? splitHeads(c, c.tensor(2), "kv_num_heads") : c.tensor(2), 5);
    const bool scaled = c.node.has("scale");
    const ScaledQueries queries = scaledQueries(c, q, scaled ? c.node.real("scale", 1) : 0);
    AttentionSpec spec{queries.q, k, v};
    spec.scale = scaled ? c.node.real("scale", 1) : queries.scale;
    spec.softcap = c.node.real("softcap", 0);
    spec.causal = c.node.flag("is_causal");
    spec.left = c.node.integer("left_window_size", -1);
    spec.right = c.node.integer("right_window_size", -1);
    if (c.has(3)) spec.mask = &c.tensorOfRank(3, 4);
    if (c.has(6)) spec.valid = &c.tensor(6);
    if (const int64_t type = c.node.integer("softmax_precision", 0))
        spec.softmaxType = networkType(static_cast<int32_t>(type));
    const bool parts = spec.softcap > 0 || spec.left >= 0 || spec.right >= 0 || spec.valid || c.wants(3) ||
                       spec.softmaxType.value_or(q.getType()) != q.getType();
    ITensor& y = parts ? attentionSeen(c, spec) : fusedAttention(c, spec);
    c.output(0, merged ? headsTogether(c, y) : y);
    if (c.wants(1)) c.output(1, identity(c, k));
    if (c.wants(2)) c.output(2, identity(c, v));
}

void importRotaryEmbedding(Context& c) {
    const bool merged = c.rank(0) == 3;
    requireRank(c, 0, merged ? 3 : 4);
    ITensor& x = merged ? splitHeads(c, c.tensor(0), "num_heads") : c.tensor(0);
    const int64_t dim = c.node.integer("rotary_embedding_dim", 0);
    if (dim < 0 || dim % 2 != 0 || dim > (1 << 20))
        fail(Code::kINVALID_NODE, cat("attribute rotary_embedding_dim is ", dim));
    std::vector<ITensor*> inputs{&x, &c.tensor(1), &c.tensor(2)};
    if (c.has(3)) inputs.push_back(&c.tensor(3));
    ITensor& y =
        c.made(cat("RotaryEmbedding{interleaved=", flagText(c.node.flag("interleaved")), ", dim=", dim, "}"), inputs);
    c.output(0, merged ? headsTogether(c, y) : y);
}

}  // namespace opentrt::model
