// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/sizes.h"

#include <limits>

#include "model/onnx/build.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;

//! Exporters write "to the end" as one of the largest integers; no dimension reaches it.
constexpr int64_t kEndless = std::numeric_limits<int32_t>::max();

Size compute(Context& c, const Size& a, const Size& b, ElementWiseOperation operation) {
    return Size(c.out(c.network.addElementWise(asTensor(c, a), asTensor(c, b), operation)));
}

//! By reference: the builtin that reports the overflow writes the value in the same call.
int64_t checked(bool overflow, const int64_t& value) {
    if (overflow) fail(Code::kINVALID_NODE, "arithmetic on sizes overflows");
    return value;
}

Size element(Context& c, ITensor& list, int64_t index) {
    return Size(gathered(c, list, c.integerList({index}), 0));
}

}  // namespace

Sizes sizesOf(Context& c, ITensor& x) {
    const nvinfer1::Dims dims = dimsOf(x);
    Sizes sizes;
    ITensor* shape = nullptr;
    for (int i = 0; i < dims.nbDims; ++i) {
        if (dims.d[i] >= 0) {
            sizes.emplace_back(dims.d[i]);
            continue;
        }
        if (!shape) shape = &c.out(c.network.addShape(x));
        sizes.push_back(element(c, *shape, i));
    }
    return sizes;
}

Size sizeOf(Context& c, ITensor& x, int axis) {
    const int64_t dim = dimsOf(x).d[axis];
    return dim >= 0 ? Size(dim) : element(c, c.out(c.network.addShape(x)), axis);
}

Sizes contentsOf(Context& c, int input) {
    const nvinfer1::Dims dims = c.dims(input);
    if (dims.nbDims > 1 || (dims.nbDims == 1 && dims.d[0] < 0)) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE,
             cat("input ", input, " \"", c.node.input(input), "\" should be a list of known length"));
    }
    const auto count = dims.nbDims == 0 ? 1 : static_cast<size_t>(dims.d[0]);
    if (count > static_cast<size_t>(kMostElements)) {
        fail(Code::kUNSUPPORTED_NODE_SHAPE,
             cat("input ", input, " \"", c.node.input(input), "\" lists ", count, " sizes"));
    }
    const ElementsPtr known = c.elements(input);
    Sizes sizes;
    ITensor* list = nullptr;
    for (size_t i = 0; i < count; ++i) {
        if (known && i < known->size() && known->values[i].known) {
            sizes.emplace_back(known->values[i].integer);
            continue;
        }
        if (!list) list = &raised(c, cast(c, c.tensor(input), DataType::kINT64), 1);
        sizes.push_back(count == 1 ? Size(*list) : element(c, *list, static_cast<int64_t>(i)));
    }
    return sizes;
}

Size numberOf(Context& c, int input) {
    const nvinfer1::Dims dims = c.dims(input);
    if (dims.nbDims == 1 && dims.d[0] < 0)  // the run finds out whether there is one
        return Size(reshaped(c, cast(c, c.tensor(input), DataType::kINT64), {1}));
    const Sizes list = contentsOf(c, input);
    if (list.size() != 1) {
        fail(Code::kINVALID_NODE, cat("input ", input, " \"", c.node.input(input), "\" has ", list.size(),
                                      " elements when it should have one"));
    }
    return list[0];
}

Size plus(Context& c, const Size& a, const Size& b) {
    int64_t exact = 0;
    if (a.known && b.known) return checked(__builtin_add_overflow(*a.known, *b.known, &exact), exact);
    if (a.known == 0) return b;
    if (b.known == 0) return a;
    return compute(c, a, b, ElementWiseOperation::kSUM);
}

Size minus(Context& c, const Size& a, const Size& b) {
    int64_t exact = 0;
    if (a.known && b.known) return checked(__builtin_sub_overflow(*a.known, *b.known, &exact), exact);
    if (b.known == 0) return a;
    return compute(c, a, b, ElementWiseOperation::kSUB);
}

Size times(Context& c, const Size& a, const Size& b) {
    int64_t exact = 0;
    if (a.known && b.known) return checked(__builtin_mul_overflow(*a.known, *b.known, &exact), exact);
    if (a.known == 0 || b.known == 0) return 0;
    if (a.known == 1) return b;
    if (b.known == 1) return a;
    return compute(c, a, b, ElementWiseOperation::kPROD);
}

Size divided(Context& c, const Size& a, const Size& b) {
    if (b.known == 0) fail(Code::kINVALID_NODE, "a size is divided by zero");
    if (a.known && b.known) return *a.known / *b.known;
    if (b.known == 1) return a;
    return compute(c, a, b, ElementWiseOperation::kDIV);
}

Size smaller(Context& c, const Size& a, const Size& b) {
    if (a.known && b.known) return std::min(*a.known, *b.known);
    if (a.known && *a.known >= kEndless) return b;
    if (b.known && *b.known >= kEndless) return a;
    return compute(c, a, b, ElementWiseOperation::kMIN);
}

Size larger(Context& c, const Size& a, const Size& b) {
    if (a.known && b.known) return std::max(*a.known, *b.known);
    return compute(c, a, b, ElementWiseOperation::kMAX);
}

Size floorDivided(Context& c, const Size& a, const Size& b) {
    if (b.known == 0) fail(Code::kINVALID_NODE, "a size is divided by zero");
    if (!a.known || !b.known) return b.known == 1 ? a : compute(c, a, b, ElementWiseOperation::kFLOOR_DIV);
    const int64_t quotient = *a.known / *b.known;
    return quotient - (*a.known % *b.known != 0 && (*a.known < 0) != (*b.known < 0) ? 1 : 0);
}

Size isEqual(Context& c, const Size& a, const Size& b) {
    if (a.known && b.known) return *a.known == *b.known ? 1 : 0;
    return Size(cast(c, *compute(c, a, b, ElementWiseOperation::kEQUAL).tensor, DataType::kINT64));
}

Size isLess(Context& c, const Size& a, const Size& b) {
    if (a.known && b.known) return *a.known < *b.known ? 1 : 0;
    return Size(cast(c, *compute(c, a, b, ElementWiseOperation::kLESS).tensor, DataType::kINT64));
}

Size product(Context& c, const Sizes& sizes) {
    Size result = 1;
    for (const Size& size : sizes) {
        if (result.known && size.known && *size.known > 0 && *result.known > (int64_t{1} << 60) / *size.known) {
            fail(Code::kUNSUPPORTED_NODE_SHAPE, "a product of dimensions exceeds 2^60");
        }
        result = times(c, result, size);
    }
    return result;
}

bool allKnown(const Sizes& sizes) {
    return std::all_of(sizes.begin(), sizes.end(), [](const Size& s) { return s.known.has_value(); });
}

std::vector<int64_t> numbers(const Sizes& sizes) {
    std::vector<int64_t> list;
    for (const Size& size : sizes) list.push_back(size.known.value_or(0));
    return list;
}

ITensor& asTensor(Context& c, const Size& size) {
    return size.known ? c.integerList({*size.known}) : *size.tensor;
}

ITensor& asTensor(Context& c, const Sizes& sizes) {
    if (allKnown(sizes)) return c.integerList(numbers(sizes));
    // Neighbouring numbers share one constant.
    std::vector<ITensor*> parts;
    std::vector<int64_t> run;
    const auto flush = [&] {
        if (!run.empty()) parts.push_back(&c.integerList(run));
        run.clear();
    };
    for (const Size& size : sizes) {
        if (size.known) {
            run.push_back(*size.known);
        } else {
            flush();
            parts.push_back(size.tensor);
        }
    }
    flush();
    return concatenated(c, parts, 0);
}

ITensor& reshapedTo(Context& c, ITensor& x, const Sizes& dims) {
    const auto unknown = std::count_if(dims.begin(), dims.end(), [](const Size& s) { return !s.known; });
    const bool zero = std::any_of(dims.begin(), dims.end(), [](const Size& s) { return s.known == 0; });
    if (unknown == 0) return reshaped(c, x, numbers(dims));
    if (unknown == 1 && !zero) {
        std::vector<int64_t> list;
        for (const Size& size : dims) list.push_back(size.known.value_or(-1));
        return reshaped(c, x, list);
    }
    return reshapedLike(c, x, asTensor(c, dims));
}

ITensor& expanded(Context& c, ITensor& x, const Sizes& dims) {
    if (allKnown(dims)) {
        const std::vector<int64_t> list = numbers(dims);
        return c.made(cat("Expand{dims=", list, "}"), {&x});
    }
    return c.made("Expand{}", {&x, &asTensor(c, dims)});
}

ITensor& ramp(Context& c, const Size& count, DataType type) {
    auto& layer = c.add(c.network.addFill(toDims({count.known.value_or(1)}), nvinfer1::FillOperation::kLINSPACE, type));
    if (!count.known) layer.setInput(0, asTensor(c, count));
    layer.setAlpha(0);
    layer.setBeta(1);
    return *layer.getOutput(0);
}

ITensor& sliced(Context& c, ITensor& x, const SliceWindow& window) {
    std::vector<int64_t> stride = window.stride;
    if (stride.empty()) stride.assign(window.axes.size(), 1);
    auto& layer =
        c.add(c.network.addSlice(x, toDims(numbers(window.start)), toDims(numbers(window.size)), toDims(stride)));
    if (window.axes != allAxes(dimsOf(x).nbDims)) layer.setAxes(toDims({window.axes.begin(), window.axes.end()}));
    layer.setMode(window.mode);
    if (!allKnown(window.start)) layer.setInput(1, asTensor(c, window.start));
    if (!allKnown(window.size)) layer.setInput(2, asTensor(c, window.size));
    if (window.fill) layer.setInput(4, *window.fill);
    return *layer.getOutput(0);
}

}  // namespace opentrt::model
