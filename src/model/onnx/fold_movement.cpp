// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include "model/onnx/errors.h"
#include "model/onnx/fold_rules.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::DataType;

Element sizeElement(int64_t dim) {
    return dim < 0 ? Element{} : integerElement(DataType::kINT64, dim);
}

//! Dimensions after Squeeze or Unsqueeze.
std::optional<std::vector<int64_t>> squeezed(const Node& node, FoldInputs inputs, const Elements& x) {
    const bool insert = node.op() == "Unsqueeze";
    const auto axes = integersAt(node, "axes", inputs, 1, {});
    if (!axes) return {};
    const int64_t rank = x.rank() + (insert ? static_cast<int64_t>(axes->size()) : 0);
    std::vector<bool> marked(static_cast<size_t>(rank));
    for (const int64_t axis : *axes) {
        const auto at = axisOf(axis, rank);
        if (!at || marked[*at]) return {};
        marked[*at] = true;
    }
    std::vector<int64_t> dims;
    if (insert) {
        size_t next = 0;
        for (const bool one : marked) dims.push_back(one ? 1 : x.dims[next++]);
        return dims;
    }
    for (size_t i = 0; i < marked.size(); ++i) {
        const bool drop = axes->empty() ? x.dims[i] == 1 : marked[i];
        if (drop && x.dims[i] != 1) return {};
        if (!drop) dims.push_back(x.dims[i]);
    }
    return dims;
}

std::optional<std::vector<int64_t>> reshaped(const Node& node, FoldInputs inputs, const Elements& x) {
    auto dims = integersAt(node, "shape", inputs, 1, {});
    if (!dims) return {};
    int64_t known = 1;
    int unknown = -1;
    for (size_t i = 0; i < dims->size(); ++i) {
        int64_t& dim = (*dims)[i];
        if (dim == 0 && !node.flag("allowzero")) {
            if (i >= x.dims.size()) return {};
            dim = x.dims[i];
        }
        if (dim == -1 && unknown < 0) {
            unknown = static_cast<int>(i);
        } else if (dim < 0 || dim > kMostElements) {
            return {};
        } else {
            known *= dim;
            if (known > kMostElements) return {};
        }
    }
    if (unknown >= 0) {
        if (known == 0) return {};
        (*dims)[static_cast<size_t>(unknown)] = static_cast<int64_t>(x.size()) / known;
    }
    return dims;
}

struct Range {
    int64_t start = 0, size = 0, step = 1;
};

//! ONNX's clamping of one axis of Slice.
Range clampedRange(int64_t dim, int64_t start, int64_t end, int64_t step) {
    const auto clamp = [&](int64_t v, int64_t low, int64_t high) {
        if (v < 0) v += dim;
        return std::min(high, std::max(low, v));
    };
    if (step > 0) {
        start = clamp(start, 0, dim);
        end = clamp(end, 0, dim);
        return {start, end > start ? (end - start - 1) / step + 1 : 0, step};
    }
    start = clamp(start, 0, dim - 1);
    end = clamp(end, -1, dim - 1);
    return {start, start > end ? (start - end - 1) / -step + 1 : 0, step};
}

Elements sliced(const Elements& x, const std::vector<Range>& ranges) {
    Elements out;
    out.type = x.type;
    size_t count = 1;
    for (const Range& r : ranges) {
        out.dims.push_back(r.size);
        count *= static_cast<size_t>(r.size);
    }
    for (size_t flat = 0; flat < count; ++flat) {
        size_t rest = flat;
        size_t offset = 0;
        size_t stride = 1;
        for (size_t i = ranges.size(); i-- > 0;) {
            const auto position = static_cast<int64_t>(rest % static_cast<size_t>(ranges[i].size));
            rest /= static_cast<size_t>(ranges[i].size);
            offset += static_cast<size_t>(ranges[i].start + position * ranges[i].step) * stride;
            stride *= static_cast<size_t>(x.dims[i]);
        }
        out.values.push_back(x.values[offset]);
    }
    return out;
}

}  // namespace

Folded foldShape(const Node& node, FoldInputs inputs) {
    if (inputs.empty() || !inputs[0].dims || inputs[0].dims->nbDims < 0) return {};
    const nvinfer1::Dims& dims = *inputs[0].dims;
    const auto clamp = [&](int64_t v) {
        if (v < 0) v += dims.nbDims;
        return std::min<int64_t>(dims.nbDims, std::max<int64_t>(0, v));
    };
    Elements out;
    const int64_t end = clamp(node.integer("end", dims.nbDims));
    for (int64_t i = clamp(node.integer("start", 0)); i < end; ++i) out.values.push_back(sizeElement(dims.d[i]));
    out.dims = {static_cast<int64_t>(out.size())};
    return out;
}

Folded foldSize(const Node&, FoldInputs inputs) {
    if (inputs.empty() || !inputs[0].dims || inputs[0].dims->nbDims < 0) return {};
    int64_t count = 1;
    for (int i = 0; i < inputs[0].dims->nbDims; ++i) {
        const int64_t dim = inputs[0].dims->d[i];
        if (dim < 0 || __builtin_mul_overflow(count, dim, &count)) return {};
    }
    return Elements{DataType::kINT64, {}, {integerElement(DataType::kINT64, count)}};
}

Folded foldReshape(const Node& node, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    if (!x) return {};
    Elements out = *x;
    const std::string_view op = node.op();
    if (op == "Squeeze" || op == "Unsqueeze") {
        const auto dims = squeezed(node, inputs, *x);
        if (!dims) return {};
        out.dims = *dims;
    } else if (op == "Reshape") {
        const auto dims = reshaped(node, inputs, *x);
        if (!dims) return {};
        out.dims = *dims;
    } else if (op == "Flatten") {
        const int64_t axis = node.integer("axis", 1);
        const auto split = axis == x->rank() ? std::optional<size_t>(axis) : axisOf(axis, x->rank());
        if (!split) return {};
        int64_t rows = 1;
        for (size_t i = 0; i < *split; ++i) rows *= x->dims[i];
        if (rows == 0) return {};
        out.dims = {rows, static_cast<int64_t>(x->size()) / rows};
    }
    const auto volume = smallVolume(out.dims);
    return volume && *volume == out.size() ? Folded(out) : Folded{};
}

Folded foldConcat(const Node& node, FoldInputs inputs) {
    const Elements* first = contentsAt(inputs, 0);
    // An input that is not tracked still has a length: its elements are then unknown one by one.
    std::vector<Elements> parts;
    for (const FoldInput& input : inputs) {
        if (input.elements) {
            if (!first) first = input.elements.get();
            parts.push_back(*input.elements);
        } else if (input.dims && input.dims->nbDims == 1 && input.dims->d[0] >= 0 &&
                   input.dims->d[0] <= kMostElements) {
            parts.push_back(
                {input.type, {input.dims->d[0]}, std::vector<Element>(static_cast<size_t>(input.dims->d[0]))});
        } else {
            return {};
        }
    }
    if (!first || first->rank() != 1 || !axisOf(node.integer("axis", 0), 1)) return {};
    Elements out{first->type, {0}, {}};
    for (const Elements& part : parts) {
        if (part.rank() != 1 || part.type != out.type) return {};
        out.values.insert(out.values.end(), part.values.begin(), part.values.end());
        if (out.size() > static_cast<size_t>(kMostElements)) return {};
    }
    out.dims[0] = static_cast<int64_t>(out.size());
    return out;
}

Folded foldGather(const Node& node, FoldInputs inputs) {
    const Elements* data = contentsAt(inputs, 0);
    const Elements* indices = contentsAt(inputs, 1);
    if (!data || !indices || data->rank() != 1 || !axisOf(node.integer("axis", 0), 1)) return {};
    Elements out{data->type, indices->dims, {}};
    for (const Element& index : indices->values) {
        if (!index.known) {
            out.values.emplace_back();
            continue;
        }
        const auto at = axisOf(index.integer, data->dims[0]);
        if (!at) return {};
        out.values.push_back(data->values[*at]);
    }
    return out;
}

Folded foldSlice(const Node& node, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    if (!x) return {};
    const auto starts = integersAt(node, "starts", inputs, 1, {});
    const auto ends = integersAt(node, "ends", inputs, 2, {});
    const auto axes = integersAt(node, "axes", inputs, 3, {});
    const auto steps = integersAt(node, nullptr, inputs, 4, {});
    if (!starts || !ends || !axes || !steps || starts->size() != ends->size()) return {};
    std::vector<Range> ranges;
    for (const int64_t dim : x->dims) ranges.push_back({0, dim, 1});
    for (size_t i = 0; i < starts->size(); ++i) {
        if (!axes->empty() && i >= axes->size()) return {};
        const auto axis = axisOf(axes->empty() ? static_cast<int64_t>(i) : (*axes)[i], x->rank());
        const int64_t step = i < steps->size() ? (*steps)[i] : 1;
        if (!axis || step == 0 || step < -kMostElements) return {};
        ranges[*axis] = clampedRange(x->dims[*axis], (*starts)[i], (*ends)[i], step);
    }
    return sliced(*x, ranges);
}

Folded foldExpand(const Node& node, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    const auto shape = integersAt(node, nullptr, inputs, 1, {});
    if (!x || !shape) return {};
    const auto dims = broadcastDims(x->dims, *shape);
    if (!dims) return {};
    Elements out{x->type, *dims, std::vector<Element>(*smallVolume(*dims))};
    for (size_t i = 0; i < out.size(); ++i) out.values[i] = x->values[broadcastOffset(x->dims, *dims, i)];
    return out;
}

Folded foldConstantOfShape(const Node& node, FoldInputs inputs) {
    const auto shape = integersAt(node, nullptr, inputs, 0, {});
    const auto volume = shape ? smallVolume(*shape) : std::nullopt;
    if (!volume) return {};
    Elements out{DataType::kFLOAT, *shape, {}};
    Element value = realElement(DataType::kFLOAT, 0);
    if (const auto* tensor = node.tensor("value")) {
        ExternalFiles none("");
        const auto constant = readTensor(*tensor, none, {});
        const ElementsPtr one = elementsOf(*constant);
        if (!one || one->size() != 1) return {};
        out.type = one->type;
        value = one->values[0];
    }
    out.values.assign(*volume, value);
    return out;
}

Folded foldTranspose(const Node&, FoldInputs inputs) {
    const Elements* x = contentsAt(inputs, 0);
    return x && x->rank() <= 1 ? Folded(*x) : Folded{};
}

}  // namespace opentrt::model
