// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/fold.h"

#include <algorithm>
#include <string_view>

#include "model/onnx/errors.h"
#include "model/onnx/fold_rules.h"

namespace opentrt::model {
namespace {

struct Row {
    std::string_view op;
    Folded (*rule)(const Node&, FoldInputs);
};

constexpr Row kRows[] = {
    {"Abs", foldUnary},
    {"Ceil", foldUnary},
    {"Floor", foldUnary},
    {"Neg", foldUnary},
    {"Not", foldUnary},
    {"Round", foldUnary},
    {"Sqrt", foldUnary},
    {"Add", foldBinary},
    {"And", foldBinary},
    {"Div", foldBinary},
    {"Equal", foldBinary},
    {"Greater", foldBinary},
    {"GreaterOrEqual", foldBinary},
    {"Less", foldBinary},
    {"LessOrEqual", foldBinary},
    {"Max", foldBinary},
    {"Min", foldBinary},
    {"Mod", foldBinary},
    {"Mul", foldBinary},
    {"Or", foldBinary},
    {"Pow", foldBinary},
    {"Sub", foldBinary},
    {"Where", foldSelect},
    {"Cast", foldCast},
    {"ReduceMax", foldReduce},
    {"ReduceMin", foldReduce},
    {"ReduceProd", foldReduce},
    {"ReduceSum", foldReduce},
    {"Range", foldRange},
    {"Shape", foldShape},
    {"Size", foldSize},
    {"Flatten", foldReshape},
    {"Identity", foldReshape},
    {"Reshape", foldReshape},
    {"Squeeze", foldReshape},
    {"Unsqueeze", foldReshape},
    {"Concat", foldConcat},
    {"Gather", foldGather},
    {"Slice", foldSlice},
    {"Expand", foldExpand},
    {"ConstantOfShape", foldConstantOfShape},
    {"Transpose", foldTranspose},
};

const Row* rowOf(const Node& node) {
    if (!node.domain().empty()) return nullptr;
    const auto* found =
        std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.op == node.op(); });
    return found == std::end(kRows) ? nullptr : found;
}

}  // namespace

bool isFoldable(const Node& node) {
    return rowOf(node) != nullptr && node.outputCount() == 1;
}

std::vector<ElementsPtr> fold(const Node& node, std::span<const FoldInput> inputs) {
    try {
        const Row* row = rowOf(node);
        Folded result = row ? row->rule(node, inputs) : Folded{};
        const auto worthwhile = [](const Element& e) { return e.known; };
        if (!result) return {};
        if (!result->values.empty() && std::none_of(result->values.begin(), result->values.end(), worthwhile))
            return {};
        return {std::make_shared<Elements>(std::move(*result))};
    } catch (const ImportError&) {
        return {};
    }
}

std::optional<std::vector<int64_t>> integersAt(const Node& node, const char* attribute, FoldInputs inputs, size_t i,
                                               std::vector<int64_t> fallback) {
    if (attribute && node.has(attribute)) return node.integers(attribute);
    if (!node.hasInput(static_cast<int>(i))) return fallback;
    const Elements* contents = contentsAt(inputs, i);
    return contents ? knownIntegers(*contents) : std::nullopt;
}

std::optional<size_t> axisOf(int64_t axis, int64_t rank) {
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return {};
    return static_cast<size_t>(axis);
}

std::optional<std::vector<int64_t>> broadcastDims(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
    std::vector<int64_t> out(std::max(a.size(), b.size()), 1);
    for (size_t i = 0; i < out.size(); ++i) {
        const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
        const int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (x != y && x != 1 && y != 1) return {};
        out[out.size() - 1 - i] = x == 1 ? y : x;
    }
    return smallVolume(out) ? std::optional(out) : std::nullopt;
}

size_t broadcastOffset(const std::vector<int64_t>& dims, const std::vector<int64_t>& out, size_t flat) {
    size_t offset = 0;
    size_t stride = 1;
    for (size_t i = 0; i < out.size(); ++i) {
        const auto size = static_cast<size_t>(out[out.size() - 1 - i]);
        const size_t position = flat % size;
        flat /= size;
        if (i >= dims.size()) continue;
        const auto own = static_cast<size_t>(dims[dims.size() - 1 - i]);
        if (own != 1) offset += position * stride;
        stride *= own;
    }
    return offset;
}

}  // namespace opentrt::model
