// SPDX-License-Identifier: Apache-2.0
// TfIdfVectorizer over integers: how often each known sequence of items ("gram") occurs, with gaps or without.
#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;

struct Grams {
    std::vector<std::vector<int64_t>> list;  //!< all of one length
    std::vector<size_t> numbers;             //!< place of each one in the pool
};

//! The pool sorted by length; index 0 holds grams of one item.
std::vector<Grams> gramsOf(Context& c) {
    const std::vector<int64_t> pool = c.node.integers("pool_int64s");
    const std::vector<int64_t> counts = c.node.integers("ngram_counts");
    std::vector<Grams> grams(counts.size());
    size_t number = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
        const int64_t end = i + 1 < counts.size() ? counts[i + 1] : static_cast<int64_t>(pool.size());
        const auto length = static_cast<int64_t>(i) + 1;
        if (counts[i] < 0 || counts[i] > end || end > static_cast<int64_t>(pool.size()) ||
            (end - counts[i]) % length != 0)
            fail(Code::kINVALID_NODE, cat("attribute ngram_counts = ", counts, " does not divide the pool"));
        for (int64_t at = counts[i]; at < end; at += length) {
            grams[i].list.emplace_back(pool.begin() + at, pool.begin() + at + length);
            grams[i].numbers.push_back(number++);
        }
    }
    return grams;
}

//! How often each gram occurs in each row of x [rows, items], items of a gram lying `distance` apart; null when none
//! fits.
ITensor* occurrences(Context& c, ITensor& x, const Grams& grams, int64_t distance) {
    const auto length = static_cast<int64_t>(grams.list[0].size());
    const auto count = static_cast<int64_t>(grams.list.size());
    const Size items = sizeOf(c, x, 1);
    const Size starts = larger(c, minus(c, items, (length - 1) * distance), 0);
    if (starts.known == 0) return nullptr;
    ITensor* all = nullptr;
    for (int64_t j = 0; j < length; ++j) {
        std::vector<int64_t> wanted;
        for (const auto& gram : grams.list) wanted.push_back(gram[static_cast<size_t>(j)]);
        ITensor& shifted = unsqueezed(c, sliced(c, x, {{1}, {smaller(c, j * distance, items)}, {starts}, {}}), {2});
        ITensor& one = c.constantTensor(makeConstant(DataType::kINT64, {1, 1, count}, wanted));
        ITensor& hit = binary(c, shifted, one, ElementWiseOperation::kEQUAL);
        all = all ? &binary(c, *all, hit, ElementWiseOperation::kAND) : &hit;
    }
    return &reduce(c, cast(c, *all, DataType::kFLOAT), nvinfer1::ReduceOperation::kSUM, {1}, false);
}

}  // namespace

void importTfIdfVectorizer(Context& c) {
    if (c.node.has("pool_strings"))
        fail(Code::kUNSUPPORTED_NODE_ATTR, "attribute pool_strings is not supported; a network has no strings");
    const std::vector<Grams> grams = gramsOf(c);
    const std::vector<int64_t> indexes = c.node.integers("ngram_indexes");
    size_t total = 0;
    for (const Grams& g : grams) total += g.list.size();
    if (indexes.size() != total || total == 0)
        fail(Code::kINVALID_NODE, cat("there are ", indexes.size(), " ngram_indexes for ", total, " grams"));
    const int64_t width = *std::max_element(indexes.begin(), indexes.end()) + 1;
    const int64_t shortest = c.node.integer("min_gram_length");
    const int64_t longest = std::min(c.node.integer("max_gram_length"), static_cast<int64_t>(grams.size()));
    ITensor& given = cast(c, c.tensor(0), DataType::kINT64);
    const int rank = dimsOf(given).nbDims;
    ITensor& x = raised(c, given, 2);
    ITensor* y = nullptr;
    for (int64_t length = std::max<int64_t>(1, shortest); length <= longest; ++length) {
        const Grams& these = grams[static_cast<size_t>(length) - 1];
        if (these.list.empty()) continue;
        // Which column of the result each gram counts in.
        std::vector<double> columns(these.list.size() * static_cast<size_t>(width), 0);
        for (size_t i = 0; i < these.list.size(); ++i) {
            const int64_t column = indexes[these.numbers[i]];
            if (column < 0) fail(Code::kINVALID_NODE, cat("an entry of ngram_indexes is ", column));
            columns[i * static_cast<size_t>(width) + static_cast<size_t>(column)] = 1;
        }
        const auto count = static_cast<int64_t>(these.list.size());
        ITensor& spread = c.constantTensor(makeConstant(DataType::kFLOAT, {count, width}, columns));
        const int64_t gaps = length == 1 ? 0 : c.node.integer("max_skip_count");
        for (int64_t gap = 0; gap <= gaps; ++gap) {
            ITensor* found = occurrences(c, x, these, gap + 1);
            if (!found) break;
            ITensor& part = c.out(c.network.addMatrixMultiply(*found, nvinfer1::MatrixOperation::kNONE, spread,
                                                              nvinfer1::MatrixOperation::kNONE));
            y = y ? &binary(c, *y, part, ElementWiseOperation::kSUM) : &part;
        }
    }
    if (!y) y = &expanded(c, c.number(DataType::kFLOAT, 0, 2), {sizeOf(c, x, 0), width});
    const std::string mode = c.node.text("mode", "TF");
    if (mode == "IDF") y = &cast(c, withNumber(c, *y, ElementWiseOperation::kGREATER, 0), DataType::kFLOAT);
    const std::vector<float> weights = c.node.reals("weights");
    if (mode != "TF" && !weights.empty()) {
        std::vector<double> factors(static_cast<size_t>(width), 1);
        for (size_t i = 0; i < weights.size() && i < indexes.size(); ++i)
            factors[static_cast<size_t>(indexes[i])] = static_cast<double>(weights[i]);
        ITensor& row = c.constantTensor(makeConstant(DataType::kFLOAT, {1, width}, factors));
        y = &binary(c, *y, row, ElementWiseOperation::kPROD);
    }
    c.output(0, rank == 2 ? *y : squeezed(c, *y, {0}));
}

}  // namespace opentrt::model
