// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/computed_axes.h"

#include <limits>

#include "model/onnx/build.h"
#include "model/onnx/op_text.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::ReduceOperation;

//! How many axes before each one have no mark.
Sizes unmarkedBefore(Context& c, const Sizes& marks) {
    Sizes before;
    Size count = 0;
    for (const Size& mark : marks) {
        before.push_back(count);
        count = plus(c, count, minus(c, 1, mark));
    }
    return before;
}

double lowest(DataType type) {
    if (isFloating(type)) return -std::numeric_limits<double>::infinity();
    if (type == DataType::kINT64) return static_cast<double>(std::numeric_limits<int64_t>::min());
    if (type == DataType::kUINT8) return 0;
    return type == DataType::kINT8 ? -128 : static_cast<double>(std::numeric_limits<int32_t>::min());
}

ITensor& highestNumber(Context& c, DataType type) {
    if (isFloating(type)) return c.number(type, std::numeric_limits<double>::infinity(), 1);
    if (type == DataType::kINT64) return c.integerList({std::numeric_limits<int64_t>::max()});
    if (type == DataType::kUINT8) return c.number(type, 255, 1);
    return c.number(type, type == DataType::kINT8 ? 127 : std::numeric_limits<int32_t>::max(), 1);
}

//! What the reduction of nothing yields.
ITensor& neutral(Context& c, ReduceOperation operation, DataType type) {
    if (operation == ReduceOperation::kMAX) return c.number(type, lowest(type), 1);
    if (operation == ReduceOperation::kMIN) return highestNumber(c, type);
    return c.number(type, operation == ReduceOperation::kPROD ? 1 : 0, 1);
}

const char* scatterName(ReduceOperation operation) {
    if (operation == ReduceOperation::kMAX) return "max";
    if (operation == ReduceOperation::kMIN) return "min";
    return operation == ReduceOperation::kPROD ? "mul" : "add";
}

//! For each element of x, the place in the flat result that it falls into.
ITensor& places(Context& c, ITensor& x, const Sizes& kept, const Sizes& marks) {
    const int rank = dimsOf(x).nbDims;
    ITensor* sum = nullptr;
    Size stride = 1;
    for (int i = rank - 1; i >= 0; --i) {
        const auto at = static_cast<size_t>(i);
        const Size step = times(c, stride, minus(c, 1, marks[at]));
        ITensor& part = binary(c, positions(c, x, i, DataType::kINT64), asTensor(c, step), ElementWiseOperation::kPROD);
        sum = sum ? &binary(c, *sum, part, ElementWiseOperation::kSUM) : &part;
        stride = times(c, stride, kept[at]);
    }
    return *sum;
}

//! A bound as ONNX counts it: negative ones from the end, then kept within [low, high].
Size bounded(Context& c, const Size& bound, const Size& dim, const Size& low, const Size& high) {
    const Size fromEnd = plus(c, bound, times(c, isLess(c, bound, 0), dim));
    return larger(c, smaller(c, fromEnd, high), low);
}

}  // namespace

AxisHits axisHits(Context& c, int input, int rank) {
    AxisHits hits;
    for (const Size& given : contentsOf(c, input)) {
        if (given.known) checkedAxis(*given.known, rank);
        const Size axis = plus(c, given, times(c, isLess(c, given, 0), rank));
        hits.emplace_back();
        for (int i = 0; i < rank; ++i) hits.back().push_back(isEqual(c, axis, i));
    }
    return hits;
}

Sizes spreadOver(Context& c, const AxisHits& hits, int rank, const Sizes& values) {
    Sizes result(static_cast<size_t>(rank), 0);
    for (size_t j = 0; j < hits.size(); ++j) {
        for (size_t i = 0; i < result.size(); ++i) {
            result[i] = plus(c, result[i], values.empty() ? hits[j][i] : times(c, hits[j][i], values[j]));
        }
    }
    return result;
}

Sizes withoutMarked(Context& c, const Sizes& dims, const Sizes& marks, int count) {
    const Sizes before = unmarkedBefore(c, marks);
    Sizes result;
    for (size_t j = 0; j + static_cast<size_t>(count) < dims.size(); ++j) {
        Size size = 0;
        for (size_t i = j; i <= j + static_cast<size_t>(count); ++i) {
            const Size here = times(c, minus(c, 1, marks[i]), isEqual(c, before[i], static_cast<int64_t>(j)));
            size = plus(c, size, times(c, here, dims[i]));
        }
        result.push_back(size);
    }
    return result;
}

//! Read from a table, because the expressions for each place would multiply.
ITensor& withOnesAt(Context& c, const Sizes& dims, const Sizes& marks) {
    const Sizes before = unmarkedBefore(c, marks);
    const auto last = static_cast<int64_t>(dims.size());
    Sizes entries;
    for (size_t j = 0; j < marks.size(); ++j) {
        entries.push_back(plus(c, before[j], times(c, marks[j], minus(c, last, before[j]))));
    }
    Sizes table = dims;
    table.emplace_back(1);
    return gathered(c, asTensor(c, table), asTensor(c, entries), 0);
}

Sizes onesAtMarked(Context& c, const Sizes& dims, const Sizes& marks) {
    Sizes result;
    for (size_t i = 0; i < dims.size(); ++i) {
        result.push_back(plus(c, dims[i], times(c, marks[i], minus(c, 1, dims[i]))));
    }
    return result;
}

//! The elements are scattered into a tensor of the result's size, where those that meet are combined.
ITensor& reducedOverMarked(Context& c, ITensor& x, ReduceOperation operation, const Sizes& marks) {
    const bool narrow = x.getType() == DataType::kHALF || x.getType() == DataType::kBF16;
    ITensor& data = narrow ? cast(c, x, DataType::kFLOAT) : x;
    const DataType type = data.getType();
    const Sizes dims = sizesOf(c, data);
    if (dims.empty()) return x;
    const Sizes kept = onesAtMarked(c, dims, marks);
    const Size count = product(c, dims);
    const Size size = product(c, kept);
    ITensor& start = expanded(c, neutral(c, operation, type), {size});
    ITensor& where = reshapedTo(c, places(c, data, kept, marks), {count});
    ITensor& flat = c.made(cat("Scatter{mode=element, axis=0, reduction=", scatterName(operation), "}"),
                           {&start, &where, &reshapedTo(c, data, {count})});
    ITensor* result = &reshapedTo(c, flat, kept);
    if (operation == ReduceOperation::kAVG) {
        ITensor& parts = cast(c, asTensor(c, divided(c, count, larger(c, size, 1))), type);
        result = &binary(c, *result, parts, ElementWiseOperation::kDIV);
    }
    return cast(c, *result, x.getType());
}

ITensor& slicedAsComputed(Context& c, const Sizes& starts, const Sizes& ends, int axes, int steps) {
    ITensor& x = c.tensor(0);
    const Sizes dims = sizesOf(c, x);
    const int rank = static_cast<int>(dims.size());
    AxisHits hits;
    if (axes >= 0) {
        hits = axisHits(c, axes, rank);
    } else {
        for (size_t j = 0; j < starts.size(); ++j) {
            hits.emplace_back(Sizes(dims.size(), 0));
            hits.back()[static_cast<size_t>(checkedAxis(static_cast<int64_t>(j), rank))] = 1;
        }
    }
    const Sizes given = steps >= 0 ? contentsOf(c, steps) : Sizes(starts.size(), 1);
    if (hits.size() != starts.size() || given.size() != starts.size())
        fail(Code::kINVALID_NODE, cat("there are ", starts.size(), " starts, ", hits.size(), " axes and ", given.size(),
                                      " steps when there should be as many of each"));
    const Sizes marks = spreadOver(c, hits, rank);
    const Sizes first = spreadOver(c, hits, rank, starts);
    const Sizes last = spreadOver(c, hits, rank, ends);
    const Sizes step = spreadOver(c, hits, rank, given);
    Sizes start, size, stride;
    for (size_t i = 0; i < dims.size(); ++i) {
        const Size free = minus(c, 1, marks[i]);
        stride.push_back(plus(c, step[i], free));
        const Size back = isLess(c, stride[i], 0);
        const Size high = minus(c, dims[i], back);
        start.push_back(bounded(c, first[i], dims[i], 0, high));
        const Size bound = plus(c, last[i], times(c, free, dims[i]));
        const Size end = bounded(c, bound, dims[i], minus(c, 0, back), high);
        // The quotient rounded up, whatever the sign of the step.
        const Size whole = floorDivided(c, minus(c, start[i], end), stride[i]);
        size.push_back(larger(c, minus(c, 0, whole), 0));
    }
    const nvinfer1::Dims zeros = filled(rank, 0);
    auto& layer = c.add(c.network.addSlice(x, zeros, zeros, filled(rank, 1)));
    layer.setInput(1, asTensor(c, start));
    layer.setInput(2, asTensor(c, size));
    layer.setInput(3, asTensor(c, stride));
    return *layer.getOutput(0);
}

}  // namespace opentrt::model
