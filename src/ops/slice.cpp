// SPDX-License-Identifier: Apache-2.0
#include "ops/slice.h"

#include "base/error.h"
#include "ops/support/axis_positions.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

enum Input { kStart = 1, kSize, kStride, kFill, kAxes };

//! One of start, size, stride during inference: known expressions, or nothing when an input's contents are unknown.
std::optional<Shape> entries(const InferContext& c, const char* what, int input, const std::vector<int64_t>& attribute,
                             size_t count) {
    std::optional<Shape> out = shapeOf(attribute);
    size_t given = attribute.size();
    if (c.has(input)) {
        given = static_cast<size_t>(knownLength(c, input));
        out = c.elements(input);
    }
    if (given != count)
        c.fail(cat(what, " has ", given, " entries when it should have ", count, ", one for each ",
                   c.has(kAxes) ? "axis" : "axis or dimension"));
    return out;
}

std::vector<int64_t> allAxes(int64_t rank) {
    std::vector<int64_t> out;
    for (int64_t axis = 0; axis < rank; ++axis) out.push_back(axis);
    return out;
}

//! Refusal of a slice that leaves its axis, where the mode forbids that; "" when all is well.
std::string boundsProblem(SampleMode mode, int64_t axis, int64_t dim, int64_t start, int64_t size, int64_t stride) {
    if (size < 0) return cat("size is ", size, " along axis ", axis);
    if (size == 0 || mode == SampleMode::Fill || (mode != SampleMode::StrictBounds && dim > 0)) return "";
    const __int128 last = start + static_cast<__int128>(size - 1) * stride;
    if (start >= 0 && start < dim && last >= 0 && last < dim) return "";
    return cat("slice of ", size, " from ", start, " by ", stride, " leaves axis ", axis, " of size ", dim);
}

//! Everything that eval needs, from attributes and inputs.
struct SlicePlan {
    std::vector<int64_t> axes, start, size, stride;

    Tensor move(const Tensor& x, SampleMode mode, const Tensor* fill) const {
        auto dims = x.dims();
        for (size_t i = 0; i < axes.size(); ++i) dims[static_cast<size_t>(axes[i])] = size[i];
        Tensor out(x.type(), dims);
        std::vector<std::vector<int64_t>> positions;
        for (int64_t dim : x.dims()) positions.push_back(axisPositions(dim, 0, dim, 1, mode));
        for (size_t i = 0; i < axes.size(); ++i) {
            const auto axis = static_cast<size_t>(axes[i]);
            positions[axis] = axisPositions(x.dims()[axis], start[i], size[i], stride[i], mode);
        }
        moveByPositions(out, x, positions, fill);
        return out;
    }
};

}  // namespace

void Slice::infer(InferContext& c) const {
    auto given = axes;
    if (c.has(kAxes)) {
        requireIndices(c, kAxes, 1);
        const auto known = c.integers(kAxes);
        if (!known) c.fail("axes to slice should be known at build time");
        given = *known;
    } else if (axes.empty()) {
        given = allAxes(c.rank(0));
    }
    normalizedAxes(c, given, c.rank(0));  // refuses repetition
    if (c.has(kFill)) {
        if (mode != SampleMode::Fill)
            c.fail(cat("a fill value is given in mode ", kSampleModeNames[static_cast<int>(mode)]));
        requireSameType(c, 0, kFill);
        requireSingle(c, kFill);
    }
    const auto starts = entries(c, "start", kStart, start, given.size());
    const auto sizes = entries(c, "size", kSize, size, given.size());
    const auto strides = entries(c, "stride", kStride, stride, given.size());

    Shape out = c.shape(0);
    for (size_t i = 0; i < given.size(); ++i) {
        const int64_t axis = c.axis(given[i], c.rank(0));
        const Dim dim = c.shape(0)[static_cast<size_t>(axis)];
        const Dim most = mode == SampleMode::StrictBounds ? dim : Dim(kAnySize);
        out[static_cast<size_t>(axis)] = sizes ? (*sizes)[i] : c.dataDependentSize(0, static_cast<int>(axis), most);
        if (!sizes) continue;
        const Dim &count = (*sizes)[i], zero = 0;
        // Places that are not known yet stand for ones that cannot fail.
        const bool placed = starts && strides && isStatic({dim, count, (*starts)[i], (*strides)[i]});
        const bool fromNothing = dim.isConstant() && dim.constant() == 0;
        if (!placed && !(count.isConstant() && (count.constant() < 0 || fromNothing))) continue;
        const Dim &first = placed ? (*starts)[i] : zero, &step = placed ? (*strides)[i] : zero;
        const int64_t size = dim.isConstant() ? dim.constant() : 1;
        const auto problem = boundsProblem(mode, axis, size, first.constant(), count.constant(), step.constant());
        if (!problem.empty()) c.fail(problem);
    }
    c.output(0, c.type(0), out);
    if (!starts || !sizes || !strides || !isStatic(*starts) || !isStatic(*sizes) || !isStatic(*strides)) return;
    SlicePlan plan{{}, staticDims(*starts), staticDims(*sizes), staticDims(*strides)};
    for (int64_t axis : given) plan.axes.push_back(c.axis(axis, c.rank(0)));
    const auto fill = c.has(kFill) ? c.integers(kFill) : std::vector<int64_t>{0};
    if (!fill) return;
    const Tensor outside = Tensor::of(DType::I64, {}, std::vector<int64_t>{-1});
    trackMovement(
        c, out, [&](const Tensor& places) { return plan.move(places, mode, &outside); }, (*fill)[0]);
}

void Slice::eval(EvalContext& c) const {
    const Tensor& x = c.input(0);
    const auto read = [&](int input, const std::vector<int64_t>& attribute) {
        return c.has(input) ? c.input(input).toInts() : attribute;
    };
    SlicePlan plan{read(kAxes, axes), read(kStart, start), read(kSize, size), read(kStride, stride)};
    if (plan.axes.empty() && !c.has(kAxes)) plan.axes = allAxes(x.rank());
    for (size_t i = 0; i < plan.axes.size(); ++i) {
        plan.axes[i] = normalizedAxis(plan.axes[i], x.rank());
        const int64_t dim = x.dims()[static_cast<size_t>(plan.axes[i])];
        const auto problem = boundsProblem(mode, plan.axes[i], dim, plan.start[i], plan.size[i], plan.stride[i]);
        if (!problem.empty()) c.fail(problem);
    }
    c.setOutput(0, plan.move(x, mode, c.has(kFill) ? &c.input(kFill) : nullptr));
}

}  // namespace opentrt::ops
