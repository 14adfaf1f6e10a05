// SPDX-License-Identifier: Apache-2.0
// Biases of attention by position, as ONNX Runtime's optimizer writes them for T5 and WavLM.
// Tested by tests/onnx_nodes/own_experts.py.
#include <cmath>

#include "model/onnx/attention_parts.h"
#include "model/onnx/build.h"
#include "model/onnx/operators.h"

namespace opentrt::model {
namespace {

using nvinfer1::ActivationType;
using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;
using nvinfer1::UnaryOperation;

//! The bucket of a distance from 0 on: near ones have one each, farther ones share them by logarithm.
ITensor& bucketOf(Context& c, ITensor& distance, int64_t buckets, int64_t farthest) {
    const int64_t exact = buckets / 2;
    if (exact < 1 || farthest <= exact)
        fail(Code::kINVALID_NODE, cat(buckets, " buckets for distances up to ", farthest));
    const double step =
        static_cast<double>(buckets - exact) / std::log(static_cast<double>(farthest) / static_cast<double>(exact));
    ITensor& real = cast(c, withNumber(c, distance, ElementWiseOperation::kMAX, 1), DataType::kFLOAT);
    ITensor& times = withNumber(c, real, ElementWiseOperation::kDIV, static_cast<double>(exact));
    ITensor& logarithm = withNumber(c, unary(c, times, UnaryOperation::kLOG), ElementWiseOperation::kPROD, step);
    ITensor& shared =
        withNumber(c, cast(c, logarithm, DataType::kINT64), ElementWiseOperation::kSUM, static_cast<double>(exact));
    ITensor& last = withNumber(c, shared, ElementWiseOperation::kMIN, static_cast<double>(buckets - 1));
    return select(c, withNumber(c, distance, ElementWiseOperation::kLESS, static_cast<double>(exact)), distance, last);
}

}  // namespace

//! [1, heads, queries, keys] of a table whose dimensions are [buckets, heads] and whose elements lie as [heads,
//! buckets].
void importRelativePositionBias(Context& c) {
    const nvinfer1::Dims dims = c.dims(0);
    if (dims.nbDims != 2 || dims.d[0] < 2 || dims.d[1] < 1)
        fail(Code::kUNSUPPORTED_NODE_SHAPE, "the table should have two static dimensions");
    const bool both = c.node.flag("is_bidirectional");
    const int64_t buckets = both ? dims.d[0] / 2 : dims.d[0];
    ITensor& queries = unsqueezed(c, ramp(c, numberOf(c, 1), DataType::kINT64), {1});
    ITensor& keys = unsqueezed(c, ramp(c, numberOf(c, 2), DataType::kINT64), {0});
    ITensor& back = binary(c, queries, keys, ElementWiseOperation::kSUB);
    ITensor& distance =
        both ? unary(c, back, UnaryOperation::kABS) : withNumber(c, back, ElementWiseOperation::kMAX, 0);
    ITensor* bucket = &bucketOf(c, distance, buckets, c.node.integer("max_distance"));
    if (both) {
        ITensor& ahead = cast(c, withNumber(c, back, ElementWiseOperation::kLESS, 0), DataType::kINT64);
        ITensor& start = withNumber(c, ahead, ElementWiseOperation::kPROD, static_cast<double>(buckets));
        bucket = &binary(c, *bucket, start, ElementWiseOperation::kSUM);
    }
    ITensor& table = reshaped(c, c.tensor(0), {dims.d[1], dims.d[0]});
    c.output(0, unsqueezed(c, gathered(c, table, *bucket, 1), {0}));
}

//! A bias by position, times u * (r * constant - 1) + 2, where the gates u and r come from the queries.
void importGatedRelativePositionBias(Context& c) {
    if (c.has(6)) fail(Code::kUNSUPPORTED_NODE_INPUT, "tokens without padding (input token_offset) are not supported");
    ITensor& all = binary(c, c.tensor(0), c.tensorOfRank(1, 3), ElementWiseOperation::kSUM);
    ITensor& q = headsApart(c, all, c.node.integer("num_heads"), "num_heads");
    ITensor& product =
        c.out(c.network.addMatrixMultiply(q, MatrixOperation::kNONE, c.tensorOfRank(3, 4), MatrixOperation::kNONE));
    ITensor& gates = binary(c, product, c.tensorOfRank(4, 4), ElementWiseOperation::kSUM);
    Sizes dims = sizesOf(c, gates);
    const Size half = divided(c, dims[3], 2);
    dims[3] = 2;
    dims.push_back(half);
    ITensor& sums = reduce(c, reshapedTo(c, gates, dims), nvinfer1::ReduceOperation::kSUM, {4}, false);
    ITensor& open = activation(c, sums, ActivationType::kSIGMOID);
    ITensor& u = sliced(c, open, {{3}, {0}, {1}, {}});
    ITensor& r = sliced(c, open, {{3}, {1}, {1}, {}});
    ITensor& shifted =
        withNumber(c, binary(c, r, c.tensorOfRank(5, 4), ElementWiseOperation::kPROD), ElementWiseOperation::kSUM, -1);
    ITensor& gate = withNumber(c, binary(c, u, shifted, ElementWiseOperation::kPROD), ElementWiseOperation::kSUM, 2);
    c.output(0, binary(c, gate, c.tensorOfRank(2, 4), ElementWiseOperation::kPROD));
}

}  // namespace opentrt::model
