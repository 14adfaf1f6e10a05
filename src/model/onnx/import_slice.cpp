// SPDX-License-Identifier: Apache-2.0
// Operators that cut, join, pad or rearrange without computing. Bounds that depend on dynamic dimensions are computed
// by small layers (sizes.h).
#include <cmath>
#include <limits>

#include "model/onnx/build.h"
#include "model/onnx/computed_axes.h"
#include "model/onnx/lookup.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::SampleMode;

//! Bounds at or beyond this mean "to the end", as exporters write them.
constexpr int64_t kEndless = std::numeric_limits<int32_t>::max();

bool farBelow(const Size& bound) {
    return bound.known && *bound.known <= -kEndless;
}
bool farAbove(const Size& bound) {
    return bound.known && *bound.known >= kEndless;
}

//! A bound, counted from the end when negative, clamped to [low, high].
Size clamped(Context& c, const Size& bound, const Size& dim, int64_t low, const Size& high) {
    if (bound.known) return *bound.known >= 0 ? smaller(c, bound, high) : larger(c, plus(c, dim, bound), low);
    ITensor& negative = withNumber(c, *bound.tensor, ElementWiseOperation::kLESS, 0);
    const Size fromEnd(select(c, negative, asTensor(c, plus(c, bound, dim)), *bound.tensor));
    return larger(c, smaller(c, fromEnd, high), low);
}

//! Start and number of elements along one axis, clamped as ONNX says.
struct Cut {
    Size start;
    Size size;
};

Cut forwardCut(Context& c, const Size& start, const Size& end, int64_t step, const Size& dim) {
    Cut cut;
    const bool fromZero = start.known == 0 || farBelow(start);
    cut.start = fromZero ? Size(0) : clamped(c, start, dim, 0, dim);
    Size last = dim;
    if (!farAbove(end)) last = farBelow(end) ? Size(0) : clamped(c, end, dim, 0, dim);
    Size distance = minus(c, last, cut.start);
    // Both lie within the data, so only a start behind the end can make the distance negative.
    if (!fromZero && !farAbove(end)) distance = larger(c, distance, 0);
    cut.size = divided(c, plus(c, distance, step - 1), step);
    return cut;
}

Cut backwardCut(Context& c, const Size& start, const Size& end, int64_t step, const Size& dim) {
    Cut cut;
    const Size highest = minus(c, dim, 1);
    const bool fromLast = farAbove(start) || start.known == -1;
    cut.start = fromLast ? highest : clamped(c, start, dim, 0, highest);
    const Size last = farBelow(end) ? Size(-1) : clamped(c, end, dim, -1, highest);
    const Size distance = larger(c, minus(c, cut.start, last), 0);
    cut.size = divided(c, plus(c, distance, -step - 1), -step);
    return cut;
}

Sizes listOf(Context& c, const char* attribute, int input) {
    if (c.node.opset() >= 10) return contentsOf(c, input);
    const std::vector<int64_t> list = c.node.integers(attribute);
    return {list.begin(), list.end()};
}

std::vector<int> slicedAxes(Context& c, size_t count, int rank) {
    std::vector<int> axes;
    const auto given = c.attributeOrInput("axes", 3);
    for (size_t i = 0; i < count; ++i) {
        if (given && given->size() != count) {
            fail(Code::kINVALID_NODE, cat("there are ", given->size(), " axes when there are ", count, " starts"));
        }
        axes.push_back(checkedAxis(given ? (*given)[i] : static_cast<int64_t>(i), rank));
    }
    return axes;
}

constexpr NamedRow<SampleMode> kPadModes[] = {
    {"constant", SampleMode::kFILL},
    {"reflect", SampleMode::kREFLECT},
    {"edge", SampleMode::kCLAMP},
    {"wrap", SampleMode::kWRAP},
};

//! Padding of each dimension.
struct Pads {
    Sizes before;
    Sizes after;
};

//! Before opset 11, and not in the operator of com.microsoft, pads and value are attributes.
bool padsAreInputs(Context& c) {
    return c.node.opset() >= 11 || c.has(1);
}

Pads readPads(Context& c, int rank) {
    Sizes list;
    if (!padsAreInputs(c)) {
        const std::vector<int64_t> given = c.node.has("pads") ? c.node.integers("pads") : c.node.integers("paddings");
        list.assign(given.begin(), given.end());
    } else {
        list = contentsOf(c, 1);
    }
    if (c.has(3) && !c.integers(3)) {
        const AxisHits hits = axisHits(c, 3, rank);
        const auto half = static_cast<std::ptrdiff_t>(list.size() / 2);
        if (list.size() != 2 * hits.size()) {
            fail(Code::kINVALID_NODE, cat("there are ", list.size(), " pads when there should be ", 2 * hits.size()));
        }
        return {spreadOver(c, hits, rank, {list.begin(), list.begin() + half}),
                spreadOver(c, hits, rank, {list.begin() + half, list.end()})};
    }
    std::vector<int64_t> axes;
    for (int i = 0; i < rank; ++i) axes.push_back(i);
    if (c.has(3)) axes = c.requireIntegers(3, "axes");
    if (list.size() != 2 * axes.size()) {
        fail(Code::kINVALID_NODE, cat("there are ", list.size(), " pads when there should be ", 2 * axes.size()));
    }
    Pads pads{Sizes(static_cast<size_t>(rank), 0), Sizes(static_cast<size_t>(rank), 0)};
    for (size_t i = 0; i < axes.size(); ++i) {
        const auto axis = static_cast<size_t>(checkedAxis(axes[i], rank));
        pads.before[axis] = list[i];
        pads.after[axis] = list[i + axes.size()];
    }
    return pads;
}

//! Pads that are numbers: a padding layer for zeros around the last two dimensions, else the padding operator.
ITensor& padKnown(Context& c, ITensor& x, const Pads& pads, const std::string& mode, double value) {
    std::vector<int64_t> before = numbers(pads.before);
    std::vector<int64_t> after = numbers(pads.after);
    size_t first = 0;
    while (first < before.size() && before[first] == 0 && after[first] == 0) ++first;
    if (mode == "constant" && value == 0 && before.size() >= 2 && first + 2 >= before.size()) first = before.size() - 2;
    before.erase(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(first));
    after.erase(after.begin(), after.begin() + static_cast<std::ptrdiff_t>(first));
    if (mode == "constant" && value == 0 && before.size() == 2) {
        return c.out(c.network.addPaddingNd(x, toDims(before), toDims(after)));
    }
    return c.made(cat("Padding{pre=", before, ", post=", after, ", mode=", mode, ", value=", realText(value), "}"),
                  {&x});
}

ITensor& padBySlice(Context& c, ITensor& x, const Pads& pads, SampleMode mode, ITensor* fill) {
    SliceWindow window;
    for (size_t i = 0; i < pads.before.size(); ++i) {
        if (pads.before[i].known == 0 && pads.after[i].known == 0) continue;
        const int axis = static_cast<int>(i);
        window.axes.push_back(axis);
        window.start.push_back(minus(c, 0, pads.before[i]));
        window.size.push_back(plus(c, plus(c, sizeOf(c, x, axis), pads.before[i]), pads.after[i]));
    }
    window.mode = mode;
    window.fill = fill;
    return sliced(c, x, window);
}

Sizes splitSizes(Context& c, const Size& dim) {
    const int count = c.node.outputCount();
    if (c.node.has("split")) {
        const std::vector<int64_t> list = c.node.integers("split");
        return {list.begin(), list.end()};
    }
    if (c.node.opset() >= 13 && c.has(1)) return contentsOf(c, 1);
    if (count == 0) return {};
    const int64_t parts = c.node.opset() >= 18 ? c.node.integer("num_outputs", count) : count;
    if (parts != count)
        fail(Code::kINVALID_NODE, cat("attribute num_outputs is ", parts, " but there are ", count, " outputs"));
    if (c.node.opset() < 18 && dim.known && *dim.known % count != 0) {
        fail(Code::kINVALID_NODE, cat("dimension ", *dim.known, " does not divide into ", count, " equal parts"));
    }
    const Size part = divided(c, plus(c, dim, c.node.opset() < 18 ? 0 : count - 1), count);
    Sizes sizes(static_cast<size_t>(count), part);
    sizes.back() = minus(c, dim, times(c, part, count - 1));
    return sizes;
}

struct Blocks {
    Sizes dims;
    int64_t size;
};

Blocks blocksOf(Context& c, ITensor& x) {
    Blocks blocks{sizesOf(c, x), c.node.integer("blocksize")};
    if (blocks.dims.size() != 4)
        fail(Code::kINVALID_NODE, cat("the input has rank ", blocks.dims.size(), " when it should be 4"));
    if (blocks.size < 1 || blocks.size > (1 << 15))
        fail(Code::kINVALID_NODE, cat("attribute blocksize is ", blocks.size));
    return blocks;
}

std::string blockMode(Context& c) {
    const std::string mode = c.node.text("mode", "DCR");
    if (mode == "DCR" || mode == "CRD") return mode;
    fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute mode = \"", mode, "\" is not supported"));
}

void requireMultiple(const Size& dim, int64_t of, const char* what) {
    if (dim.known && *dim.known % of != 0) {
        fail(Code::kINVALID_NODE, cat(what, " is ", *dim.known, ", which ", of, " does not divide"));
    }
}

}  // namespace

void importSlice(Context& c) {
    const int rank = c.rank(0);
    const Sizes starts = listOf(c, "starts", 1);
    const Sizes ends = listOf(c, "ends", 2);
    if (starts.size() != ends.size()) {
        fail(Code::kINVALID_NODE, cat("there are ", starts.size(), " starts and ", ends.size(), " ends"));
    }
    const auto computed = [&](int input) { return c.node.opset() >= 10 && c.has(input) && !c.integers(input); };
    if (computed(3) || computed(4)) {
        return c.output(0, slicedAsComputed(c, starts, ends, c.has(3) ? 3 : -1, c.has(4) ? 4 : -1));
    }
    std::vector<int64_t> steps(starts.size(), 1);
    if (c.node.opset() >= 10 && c.has(4)) steps = c.requireIntegers(4, "steps");
    if (steps.size() != starts.size())
        fail(Code::kINVALID_NODE, cat("there are ", steps.size(), " steps when there are ", starts.size(), " starts"));
    ITensor& x = c.tensor(0);
    SliceWindow window;
    window.axes = slicedAxes(c, starts.size(), rank);
    for (size_t i = 0; i < starts.size(); ++i) {
        const int64_t step = steps[i];
        if (step == 0 || step == std::numeric_limits<int64_t>::min())
            fail(Code::kINVALID_NODE, cat("a step is ", step));
        const Size dim = sizeOf(c, x, window.axes[i]);
        const Cut cut =
            step > 0 ? forwardCut(c, starts[i], ends[i], step, dim) : backwardCut(c, starts[i], ends[i], step, dim);
        window.start.push_back(cut.start);
        window.size.push_back(cut.size);
    }
    if (window.axes.empty()) return importIdentity(c);
    window.stride = steps;
    c.output(0, sliced(c, x, window));
}

void importSplit(Context& c) {
    ITensor& x = c.tensor(0);
    const int axis = checkedAxis(c.node.integer("axis", 0), dimsOf(x).nbDims);
    const Size dim = sizeOf(c, x, axis);
    const Sizes sizes = splitSizes(c, dim);
    if (sizes.size() != static_cast<size_t>(c.node.outputCount())) {
        fail(Code::kINVALID_NODE, cat("there are ", sizes.size(), " parts but ", c.node.outputCount(), " outputs"));
    }
    Size start = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i].known && *sizes[i].known < 0)
            fail(Code::kINVALID_NODE, cat("part ", i, " has size ", *sizes[i].known));
        if (c.wants(static_cast<int>(i)))
            c.output(static_cast<int>(i), sliced(c, x, {{axis}, {start}, {sizes[i]}, {}}));
        start = plus(c, start, sizes[i]);
    }
    if (start.known && dim.known && *start.known != *dim.known) {
        fail(Code::kINVALID_NODE,
             cat("the parts add up to ", *start.known, " when dimension ", axis, " is ", *dim.known));
    }
}

void importConcat(Context& c) {
    if (c.inputCount() == 0) fail(Code::kINVALID_NODE, "there are no inputs");
    const int rank = c.rank(0);
    const int axis = checkedAxis(c.node.opset() < 4 ? c.node.integer("axis", 1) : c.node.integer("axis"), rank);
    if (c.inputCount() == 1) return importIdentity(c);
    std::vector<ITensor*> parts;
    for (int i = 0; i < c.inputCount(); ++i) {
        if (c.rank(i) != rank)
            fail(Code::kINVALID_NODE, cat("input ", i, " has rank ", c.rank(i), " when input 0 has rank ", rank));
        parts.push_back(&c.tensor(i));
    }
    c.output(0, concatenated(c, parts, axis));
}

void importPad(Context& c) {
    const std::string mode = c.node.text("mode", "constant");
    const SampleMode sampling = rowFor(kPadModes, mode, "mode");
    const Pads pads = readPads(c, c.rank(0));
    const bool known = allKnown(pads.before) && allKnown(pads.after);
    const auto isZero = [](const Size& s) { return s.known == 0; };
    if (std::all_of(pads.before.begin(), pads.before.end(), isZero) &&
        std::all_of(pads.after.begin(), pads.after.end(), isZero)) {
        return importIdentity(c);
    }
    std::optional<double> value = 0.0;
    const bool given = padsAreInputs(c) && c.has(2);
    if (!padsAreInputs(c)) value = c.node.real("value", 0);
    if (given) value = c.scalar(2);
    ITensor& x = c.tensor(0);
    if (known && value && std::isfinite(*value)) return c.output(0, padKnown(c, x, pads, mode, *value));
    ITensor* fill = nullptr;
    if (sampling == SampleMode::kFILL)
        fill = given ? &asScalar(c, c.tensor(2)) : &c.number(x.getType(), value.value_or(0));
    c.output(0, padBySlice(c, x, pads, sampling, fill));
}

//! The middle of each axis: cut, or surrounded by zeros, to the given size.
void importCenterCropPad(Context& c) {
    ITensor& x = c.tensor(0);
    const int rank = dimsOf(x).nbDims;
    const Sizes target = contentsOf(c, 1);
    SliceWindow window;
    window.axes = allAxes(rank);
    if (c.node.has("axes")) window.axes = checkedAxes(c.node.integers("axes"), rank);
    if (target.size() != window.axes.size()) {
        fail(Code::kINVALID_NODE, cat("there are ", target.size(), " sizes when there should be ", window.axes.size()));
    }
    for (size_t i = 0; i < target.size(); ++i) {
        // Division truncates, so that the larger half of an odd difference lies behind in both cases.
        window.start.push_back(divided(c, minus(c, sizeOf(c, x, window.axes[i]), target[i]), 2));
        window.size.push_back(target[i]);
    }
    window.mode = SampleMode::kFILL;
    window.fill = &c.number(x.getType(), 0);
    c.output(0, sliced(c, x, window));
}

//! DCR takes the block positions from the outer part of the channels, CRD from the inner part.
void importDepthToSpace(Context& c) {
    ITensor& x = c.tensor(0);
    const auto [d, b] = blocksOf(c, x);
    requireMultiple(d[1], b * b, "the number of channels");
    const Size depth = divided(c, d[1], b * b);
    const bool dcr = blockMode(c) == "DCR";
    ITensor& split =
        reshapedTo(c, x, dcr ? Sizes{d[0], b, b, depth, d[2], d[3]} : Sizes{d[0], depth, b, b, d[2], d[3]});
    ITensor& turned =
        transposed(c, split, dcr ? std::vector<int>{0, 3, 4, 1, 5, 2} : std::vector<int>{0, 1, 4, 2, 5, 3});
    c.output(0, reshapedTo(c, turned, {d[0], depth, times(c, d[2], b), times(c, d[3], b)}));
}

void importSpaceToDepth(Context& c) {
    ITensor& x = c.tensor(0);
    const auto [d, b] = blocksOf(c, x);
    requireMultiple(d[2], b, "the height");
    requireMultiple(d[3], b, "the width");
    const Size rows = divided(c, d[2], b);
    const Size columns = divided(c, d[3], b);
    ITensor& split = reshapedTo(c, x, {d[0], d[1], rows, b, columns, b});
    const bool dcr = blockMode(c) == "DCR";
    ITensor& turned =
        transposed(c, split, dcr ? std::vector<int>{0, 3, 5, 1, 2, 4} : std::vector<int>{0, 1, 3, 5, 2, 4});
    c.output(0, reshapedTo(c, turned, {d[0], times(c, d[1], b * b), rows, columns}));
}

//! Elements on one side of diagonal k; zero elsewhere.
void importTrilu(Context& c) {
    ITensor& x = c.tensor(0);
    const int rank = dimsOf(x).nbDims;
    if (rank < 2) fail(Code::kINVALID_NODE, cat("the input has rank ", rank, " when at least 2 is needed"));
    const bool upper = c.node.flag("upper", true);
    const Size k = c.has(1) ? numberOf(c, 1) : Size(0);
    ITensor& offset = binary(c, positions(c, x, rank - 1, DataType::kINT64),
                             positions(c, x, rank - 2, DataType::kINT64), ElementWiseOperation::kSUB);
    const Size bound = plus(c, k, upper ? -1 : 1);
    ITensor& keep =
        binary(c, offset, asTensor(c, bound), upper ? ElementWiseOperation::kGREATER : ElementWiseOperation::kLESS);
    c.output(0, select(c, keep, x, c.number(x.getType(), 0, rank)));
}

}  // namespace opentrt::model
