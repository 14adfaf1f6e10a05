// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/attention_parts.h"

#include <cmath>
#include <limits>

#include "model/onnx/build.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

constexpr double kNever = -std::numeric_limits<double>::infinity();

ITensor& both(Context& c, ITensor* a, ITensor& b) {
    return a ? binary(c, *a, b, ElementWiseOperation::kAND) : b;
}

ITensor& biasOf(Context& c, ITensor& mask, DataType type, const Size& keys) {
    const int rank = dimsOf(mask).nbDims;
    ITensor* bias = &mask;
    if (mask.getType() == DataType::kBOOL) {
        bias = &select(c, mask, c.number(type, 0, rank), c.number(type, kNever, rank));
    }
    bias = &raised(c, cast(c, *bias, type), 4);
    const int64_t last = dimsOf(*bias).d[3];
    if (last == 1 || (keys.known && last == *keys.known)) return *bias;
    // Keys behind the end of the mask do not count.
    SliceWindow window{{3}, {0}, {keys}, {}};
    window.mode = nvinfer1::SampleMode::kFILL;
    window.fill = &c.number(type, kNever);
    return sliced(c, *bias, window);
}

//! Which keys may be looked at by position; null when all.
ITensor* allowed(Context& c, const AttentionSpec& s) {
    ITensor* all = nullptr;
    ITensor* valid = s.valid;
    if (valid) {
        valid = &reshapedTo(c, cast(c, *valid, DataType::kINT64), {sizeOf(c, s.q, 0), 1, 1, 1});
        all = &binary(c, transposed(c, positions(c, s.k, 2, DataType::kINT64), {0, 1, 3, 2}), *valid,
                      ElementWiseOperation::kLESS);
    }
    if (!s.causal && s.left < 0 && s.right < 0) return all;
    const Size offset = valid ? minus(c, 0, sizeOf(c, s.q, 2)) : s.offset;
    ITensor* query =
        &binary(c, positions(c, s.q, 2, DataType::kINT64), asTensor(c, offset), ElementWiseOperation::kSUM);
    if (valid) query = &binary(c, *query, *valid, ElementWiseOperation::kSUM);
    ITensor& key = transposed(c, positions(c, s.k, 2, DataType::kINT64), {0, 1, 3, 2});
    ITensor& back = binary(c, *query, key, ElementWiseOperation::kSUB);
    const auto compare = [&](ElementWiseOperation operation, int64_t bound) {
        all = &both(c, all, withNumber(c, back, operation, static_cast<double>(bound)));
    };
    if (s.causal) compare(ElementWiseOperation::kGREATER, -1);
    if (s.left >= 0) compare(ElementWiseOperation::kLESS, s.left + 1);
    if (s.right >= 0) compare(ElementWiseOperation::kGREATER, -s.right - 1);
    return all;
}

ITensor& softmaxOver(Context& c, ITensor& x, ITensor* sink) {
    ITensor* scores = &x;
    const Sizes dims = sizesOf(c, x);
    if (sink) {
        ITensor& column = expanded(c, cast(c, *sink, x.getType()), {dims[0], dims[1], dims[2], 1});
        scores = &concatenated(c, {&x, &column}, 3);
    }
    auto& layer = c.add(c.network.addSoftMax(*scores));
    layer.setAxes(8);
    ITensor& weights = *layer.getOutput(0);
    return sink ? sliced(c, weights, {{3}, {0}, {dims[3]}, {}}) : weights;
}

//! A query that may look at nothing gets zeros.
ITensor& weightsOf(Context& c, const AttentionSpec& s, ITensor& scores, ITensor* bias) {
    const DataType type = scores.getType();
    const DataType computed = s.softmaxType.value_or(type);
    if (!bias) return cast(c, softmaxOver(c, cast(c, scores, computed), s.sink), type);
    ITensor& most = reduce(c, *bias, nvinfer1::ReduceOperation::kMAX, {3}, true);
    ITensor& blind = withNumber(c, most, ElementWiseOperation::kEQUAL, kNever);
    ITensor& safe = select(c, blind, c.number(type, 0, 4), scores);
    ITensor& weights = cast(c, softmaxOver(c, cast(c, safe, computed), s.sink), type);
    return select(c, blind, c.number(type, 0, 4), weights);
}

}  // namespace

ITensor& headsApart(Context& c, ITensor& x, int64_t heads, const char* attribute) {
    const Sizes dims = sizesOf(c, x);
    if (heads < 1 || (dims[2].known && *dims[2].known % heads != 0)) {
        fail(Code::kINVALID_NODE,
             cat("attribute ", attribute, " is ", heads, ", which does not divide ", toList(dimsOf(x))));
    }
    ITensor& split = reshapedTo(c, x, {dims[0], dims[1], heads, divided(c, dims[2], heads)});
    return transposed(c, split, {0, 2, 1, 3});
}

ITensor& headsTogether(Context& c, ITensor& x) {
    ITensor& turned = transposed(c, x, {0, 2, 1, 3});
    const Sizes dims = sizesOf(c, turned);
    return reshapedTo(c, turned, {dims[0], dims[1], times(c, dims[2], dims[3])});
}

ITensor& repeatedHeads(Context& c, ITensor& x, const Size& count) {
    if (count.known == 1) return x;
    const Sizes d = sizesOf(c, x);
    ITensor& copies = expanded(c, unsqueezed(c, x, {2}), {d[0], d[1], count, d[2], d[3]});
    return reshapedTo(c, copies, {d[0], times(c, d[1], count), d[2], d[3]});
}

ScaledQueries scaledQueries(Context& c, ITensor& q, double given) {
    if (given != 0) return {q, given};
    const Size size = sizeOf(c, q, 3);
    if (size.known && *size.known > 0) return {q, 1 / std::sqrt(static_cast<double>(*size.known))};
    ITensor& root = unary(c, cast(c, asTensor(c, size), DataType::kFLOAT), nvinfer1::UnaryOperation::kSQRT);
    return {binary(c, q, cast(c, root, q.getType()), ElementWiseOperation::kDIV), 1};
}

AttentionResult attentionFromParts(Context& c, const AttentionSpec& s) {
    const Size queryHeads = sizeOf(c, s.q, 1), keyHeads = sizeOf(c, s.k, 1);
    const bool known = queryHeads.known && keyHeads.known;
    if (known && (*queryHeads.known < 1 || *keyHeads.known < 1 || *queryHeads.known % *keyHeads.known != 0)) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE,
             cat("there are ", *queryHeads.known, " heads of queries, which is no multiple of the ", *keyHeads.known,
                 " heads of keys"));
    }
    const Size count = divided(c, queryHeads, keyHeads);
    ITensor& k = repeatedHeads(c, s.k, count);
    ITensor& v = repeatedHeads(c, s.v, count);
    const DataType type = s.q.getType();
    ITensor& raw = c.out(c.network.addMatrixMultiply(s.q, MatrixOperation::kNONE, k, MatrixOperation::kTRANSPOSE));
    ITensor& products = withNumber(c, raw, ElementWiseOperation::kPROD, s.scale);
    ITensor* capped = &products;
    if (s.softcap > 0) {
        ITensor& small = withNumber(c, products, ElementWiseOperation::kDIV, s.softcap);
        capped = &withNumber(c, activation(c, small, nvinfer1::ActivationType::kTANH), ElementWiseOperation::kPROD,
                             s.softcap);
    }
    ITensor* bias = s.mask ? &biasOf(c, *s.mask, type, sizeOf(c, k, 2)) : nullptr;
    if (ITensor* open = allowed(c, s)) {
        bias = &select(c, *open, bias ? *bias : c.number(type, 0, 4), c.number(type, kNever, 4));
    }
    ITensor& biased = bias ? binary(c, *capped, *bias, ElementWiseOperation::kSUM) : *capped;
    ITensor& weights = weightsOf(c, s, biased, bias);
    ITensor& y = c.out(c.network.addMatrixMultiply(weights, MatrixOperation::kNONE, v, MatrixOperation::kNONE));
    return {y, products, *capped, biased, weights};
}

}  // namespace opentrt::model
