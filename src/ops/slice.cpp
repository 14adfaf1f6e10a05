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

void checkStrictBounds(const InferContext& c, int64_t axis, const Dim& dim, const Dim& start, const Dim& size,
                       const Dim& stride) {
    if (!dim.isConstant() || !start.isConstant() || !size.isConstant() || !stride.isConstant()) return;
    if (size.constant() == 0) return;
    const int64_t first = start.constant(), last = first + (size.constant() - 1) * stride.constant();
    if (first < 0 || last < 0 || first >= dim.constant() || last >= dim.constant())
        c.fail(cat("slice from ", first, " to ", last, " leaves axis ", axis, " of size ", dim));
}

//! Everything that eval needs, from attributes and inputs.
struct SlicePlan {
    std::vector<int64_t> axes, start, size, stride;

    std::vector<std::vector<int64_t>> positions(const std::vector<int64_t>& dims, SampleMode mode) const {
        std::vector<std::vector<int64_t>> out;
        for (int64_t dim : dims) out.push_back(axisPositions(dim, 0, dim, 1, mode));
        for (size_t i = 0; i < axes.size(); ++i) {
            const auto axis = static_cast<size_t>(axes[i]);
            out[axis] = axisPositions(dims[axis], start[i], size[i], stride[i], mode);
        }
        return out;
    }
};

Tensor moved(const Tensor& x, const std::vector<std::vector<int64_t>>& positions, const Tensor* fill) {
    std::vector<int64_t> dims;
    for (const auto& list : positions) dims.push_back(static_cast<int64_t>(list.size()));
    Tensor out(x.type(), dims);
    moveByPositions(out, x, positions, fill);
    return out;
}

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
        const Dim& count = (*sizes)[i];
        if (count.isConstant() && count.constant() < 0) c.fail(cat("size is ", count, " along axis ", axis));
        if (mode == SampleMode::StrictBounds && starts && strides)
            checkStrictBounds(c, axis, dim, (*starts)[i], count, (*strides)[i]);
        const bool fromNothing = dim.isConstant() && dim.constant() == 0 && mode != SampleMode::Fill;
        if (fromNothing && differ(count, 0)) c.fail(cat("size is ", count, " along axis ", axis, " of size 0"));
    }
    c.output(0, c.type(0), out);
    if (!starts || !sizes || !strides || !isStatic(*starts) || !isStatic(*sizes) || !isStatic(*strides)) return;
    SlicePlan plan{{}, staticDims(*starts), staticDims(*sizes), staticDims(*strides)};
    for (int64_t axis : given) plan.axes.push_back(c.axis(axis, c.rank(0)));
    const auto fill = c.has(kFill) ? c.integers(kFill) : std::vector<int64_t>{0};
    if (!fill) return;
    const Tensor outside = Tensor::of(DType::I64, {}, std::vector<int64_t>{-1});
    trackMovement(
        c, out, [&](const Tensor& places) { return moved(places, plan.positions(places.dims(), mode), &outside); },
        (*fill)[0]);
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
        const int64_t first = plan.start[i], last = first + (plan.size[i] - 1) * plan.stride[i];
        if (plan.size[i] < 0) c.fail(cat("size is ", plan.size[i], " along axis ", plan.axes[i]));
        const bool outside = first < 0 || last < 0 || first >= dim || last >= dim;
        if (plan.size[i] > 0 && outside && (mode == SampleMode::StrictBounds || (dim == 0 && mode != SampleMode::Fill)))
            c.fail(cat("slice from ", first, " to ", last, " leaves axis ", plan.axes[i], " of size ", dim));
    }
    c.setOutput(0, moved(x, plan.positions(x.dims(), mode), c.has(kFill) ? &c.input(kFill) : nullptr));
}

}  // namespace opentrt::ops
