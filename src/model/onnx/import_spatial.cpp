// SPDX-License-Identifier: Apache-2.0
// Operators that compute places in images: grids, columns put back into images, windows that bend, and the way back
// from pooling. All are gathers and scatters at places made from ramps.
#include <limits>

#include "model/onnx/build.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"
#include "model/onnx/window.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;

ITensor& sum(Context& c, ITensor& a, ITensor& b) {
    return binary(c, a, b, ElementWiseOperation::kSUM);
}
ITensor& times(Context& c, ITensor& a, ITensor& b) {
    return binary(c, a, b, ElementWiseOperation::kPROD);
}

//! 0, 1, ... along axis `axis` of `rank` dimensions.
ITensor& rampAlong(Context& c, const Size& count, int axis, int rank, DataType type) {
    std::vector<int> ones = allAxes(rank);
    ones.erase(ones.begin() + axis);
    return unsqueezed(c, ramp(c, count, type), ones);
}

//! Centres of `size` elements in [-1, 1], which spans the centres (aligned) or the outer edges.
ITensor& centres(Context& c, const Size& size, int axis, int rank, bool aligned) {
    ITensor& at = rampAlong(c, size, axis, rank, DataType::kFLOAT);
    const Size steps = aligned ? larger(c, minus(c, size, 1), 1) : size;
    ITensor& count = raised(c, cast(c, asTensor(c, steps), DataType::kFLOAT), rank);
    ITensor& first =
        withNumber(c, withNumber(c, at, ElementWiseOperation::kPROD, 2), ElementWiseOperation::kSUM, aligned ? 0 : 1);
    ITensor& unit = binary(c, first, count, ElementWiseOperation::kDIV);
    return withNumber(c, unit, ElementWiseOperation::kSUM, -1);
}

//! x with `before` and `after` elements of value `fill` around its spatial axes.
ITensor& padded(Context& c, ITensor& x, const std::vector<int64_t>& before, const Sizes& sizes, double fill) {
    SliceWindow window;
    for (size_t i = 0; i < sizes.size(); ++i) {
        window.axes.push_back(static_cast<int>(i) + 2);
        window.start.emplace_back(-before[i]);
        window.size.push_back(sizes[i]);
    }
    window.mode = nvinfer1::SampleMode::kFILL;
    window.fill = &c.number(x.getType(), fill);
    return sliced(c, x, window);
}

std::vector<int64_t> listOr(Context& c, const char* attribute, size_t count, int64_t fallback) {
    std::vector<int64_t> list = c.node.integers(attribute);
    if (list.empty()) list.assign(count, fallback);
    if (list.size() == count) return list;
    fail(Code::kINVALID_NODE,
         cat("attribute ", attribute, " has ", list.size(), " entries when there should be ", count));
}

}  // namespace

//! The affine map of each batch applied to a regular grid.
void importAffineGrid(Context& c) {
    ITensor& theta = c.tensor(0);
    const Sizes size = contentsOf(c, 1);
    const int axes = static_cast<int>(size.size()) - 2;
    if (axes != 2 && axes != 3) fail(Code::kINVALID_NODE, cat("the size has ", size.size(), " entries, not 4 or 5"));
    const int rank = axes + 1;
    const bool aligned = c.node.flag("align_corners");
    const auto entry = [&](int64_t row, int64_t column) -> ITensor& {
        ITensor& one = sliced(c, cast(c, theta, DataType::kFLOAT), {{1, 2}, {row, column}, {1, 1}, {}});
        return rank == 4 ? unsqueezed(c, one, {3}) : one;
    };
    std::vector<ITensor*> coordinates;
    for (int64_t row = 0; row < axes; ++row) {
        ITensor* place = &entry(row, axes);
        for (int k = 0; k < axes; ++k) {
            // x runs along the last axis of the grid, y along the one before it.
            ITensor& along = centres(c, size[static_cast<size_t>(axes + 1 - k)], rank - 1 - k, rank, aligned);
            place = &sum(c, *place, times(c, entry(row, k), along));
        }
        coordinates.push_back(&unsqueezed(c, *place, {rank}));
    }
    c.output(0, cast(c, concatenated(c, coordinates, rank), theta.getType()));
}

//! The sum of all columns at the places that they were taken from.
void importCol2Im(Context& c) {
    ITensor& x = c.tensor(0);
    const Sizes image = contentsOf(c, 1);
    const Sizes block = contentsOf(c, 2);
    const size_t axes = image.size();
    const Sizes d = sizesOf(c, x);
    if (d.size() != 3 || block.size() != axes) {
        fail(Code::kINVALID_NODE, cat("the input has ", d.size(), " dimensions when it must have 3, and blocks have ",
                                      block.size(), " sizes when images have ", axes));
    }
    const std::vector<int64_t> dilations = listOr(c, "dilations", axes, 1);
    const std::vector<int64_t> strides = listOr(c, "strides", axes, 1);
    const std::vector<int64_t> pads = listOr(c, "pads", 2 * axes, 0);
    const int rank = static_cast<int>(2 * axes) + 1;
    Sizes full;
    ITensor* where = nullptr;
    Size stride = 1;
    for (size_t i = axes; i-- > 0;) {
        const Size size = plus(c, image[i], pads[i] + pads[i + axes]);
        const Size reach = plus(c, times(c, minus(c, block[i], 1), dilations[i]), 1);
        const Size windows = plus(c, floorDivided(c, minus(c, size, reach), strides[i]), 1);
        ITensor& inside = withNumber(c, rampAlong(c, block[i], static_cast<int>(i) + 1, rank, DataType::kINT64),
                                     ElementWiseOperation::kPROD, static_cast<double>(dilations[i]));
        ITensor& first = withNumber(c, rampAlong(c, windows, static_cast<int>(i + axes) + 1, rank, DataType::kINT64),
                                    ElementWiseOperation::kPROD, static_cast<double>(strides[i]));
        ITensor& part = times(c, sum(c, inside, first), raised(c, asTensor(c, stride), rank));
        where = where ? &sum(c, *where, part) : &part;
        stride = times(c, stride, size);
        full.insert(full.begin(), size);
    }
    const Size channels = divided(c, d[1], product(c, block));
    const Size planes = times(c, d[0], channels);
    const Sizes flat{planes, times(c, product(c, block), d[2])};
    ITensor& updates = reshapedTo(c, x, flat);
    ITensor& places = expanded(c, reshapedTo(c, *where, {1, flat[1]}), flat);
    ITensor& empty = expanded(c, c.number(x.getType(), 0, 2), {planes, stride});
    ITensor& filled = c.made("Scatter{mode=element, axis=1, reduction=add}", {&empty, &places, &updates});
    Sizes dims{d[0], channels};
    dims.insert(dims.end(), full.begin(), full.end());
    SliceWindow middle{{0, 1}, {0, 0}, {d[0], channels}, {}};
    for (size_t i = 0; i < axes; ++i) {
        middle.axes.push_back(static_cast<int>(i) + 2);
        middle.start.emplace_back(pads[i]);
        middle.size.push_back(image[i]);
    }
    c.output(0, sliced(c, reshapedTo(c, filled, dims), middle));
}

//! Every element of a window is read at its place plus an offset, between the pixels; the rest is a matrix product.
void importDeformConv(Context& c) {
    ITensor& x = c.tensor(0);
    ITensor& weight = c.tensor(1);
    const nvinfer1::Dims w = dimsOf(weight);
    if (dimsOf(x).nbDims != 4 || w.nbDims != 4 || !isStatic(w))
        fail(Code::kUNSUPPORTED_NODE_SHAPE, "images and weights should have rank 4, and the weights be static");
    const Window window = readWindow(c, 2, {w.d[2], w.d[3]});
    const int64_t groups = c.node.integer("group", 1);
    const int64_t offsetGroups = c.node.integer("offset_group", 1);
    const int64_t taps = w.d[2] * w.d[3];
    if (groups < 1 || offsetGroups < 1 || w.d[0] % groups != 0)
        fail(Code::kINVALID_NODE, cat("attribute group is ", groups, ", offset_group ", offsetGroups));
    const DataType type = x.getType();
    const Sizes d = sizesOf(c, x);
    const Size rows = sizeOf(c, c.tensor(2), 2);
    const Size columns = sizeOf(c, c.tensor(2), 3);
    const Size batch = times(c, d[0], offsetGroups);
    // [batch * offset groups, kernel rows, kernel columns, 2, rows, columns]
    ITensor& offsets = reshapedTo(c, c.tensor(2), {batch, w.d[2], w.d[3], 2, rows, columns});
    const auto coordinate = [&](size_t i) -> ITensor& {
        const int kernelAxis = 1 + static_cast<int>(i);
        const int imageAxis = 3 + static_cast<int>(i);
        ITensor& tap = withNumber(c, rampAlong(c, w.d[2 + i], kernelAxis, 5, type), ElementWiseOperation::kPROD,
                                  static_cast<double>(window.dilations[i]));
        ITensor& first = withNumber(c, rampAlong(c, i == 0 ? rows : columns, imageAxis, 5, type),
                                    ElementWiseOperation::kPROD, static_cast<double>(window.strides[i]));
        const auto which = static_cast<int64_t>(i);
        ITensor& offset = squeezed(c, sliced(c, offsets, {{3}, {which}, {1}, {}}), {3});
        ITensor& place = withNumber(c, sum(c, sum(c, tap, first), offset), ElementWiseOperation::kSUB,
                                    static_cast<double>(window.before[i]));
        // As grid sampling counts: -1 and 1 are the outer edges of the image.
        ITensor& scaled =
            withNumber(c, withNumber(c, place, ElementWiseOperation::kPROD, 2), ElementWiseOperation::kSUM, 1);
        ITensor& extent = raised(c, cast(c, asTensor(c, d[2 + i]), type), 5);
        ITensor& unit =
            withNumber(c, binary(c, scaled, extent, ElementWiseOperation::kDIV), ElementWiseOperation::kSUM, -1);
        return reshapedTo(c, unit, {batch, times(c, rows, taps), columns, 1});
    };
    ITensor& down = coordinate(0);
    ITensor& grid = concatenated(c, {&coordinate(1), &down}, 3);
    const Size perGroup = divided(c, d[1], offsetGroups);
    ITensor& images = reshapedTo(c, x, {batch, perGroup, d[2], d[3]});
    ITensor* read = &c.made("GridSample{mode=linear, alignCorners=false, sampleMode=fill}", {&images, &grid});
    if (c.has(4)) {
        ITensor& mask = reshapedTo(c, c.tensor(4), {batch, 1, times(c, rows, taps), columns});
        read = &times(c, *read, mask);
    }
    const Size places = times(c, rows, columns);
    ITensor& inputs = reshapedTo(c, *read, {d[0], groups, w.d[1] * taps, places});
    ITensor& filters = reshaped(c, weight, {1, groups, w.d[0] / groups, w.d[1] * taps});
    ITensor& y = c.out(c.network.addMatrixMultiply(filters, MatrixOperation::kNONE, inputs, MatrixOperation::kNONE));
    ITensor* result = &reshapedTo(c, y, {d[0], w.d[0], rows, columns});
    if (c.has(3)) result = &sum(c, *result, unsqueezed(c, c.tensor(3), {0, 2, 3}));
    c.output(0, *result);
}

//! Elements put back where a pooling took them from; zero elsewhere.
void importMaxUnpool(Context& c) {
    ITensor& x = c.tensor(0);
    const Window window = readWindow(c, dimsOf(x).nbDims - 2, {});
    const Sizes d = sizesOf(c, x);
    Sizes dims{d[0], d[1]};
    for (size_t i = 0; i < window.kernel.size(); ++i) {
        const Size spread = times(c, minus(c, d[i + 2], 1), window.strides[i]);
        dims.push_back(plus(c, spread, window.kernel[i] - window.before[i] - window.after[i]));
    }
    ITensor& empty = expanded(c, c.number(x.getType(), 0, 1), {product(c, dims)});
    const Size count = product(c, d);
    ITensor& places = reshapedTo(c, cast(c, c.tensor(1), DataType::kINT64), {count});
    ITensor& flat =
        c.made("Scatter{mode=element, axis=0, reduction=none}", {&empty, &places, &reshapedTo(c, x, {count})});
    ITensor& y = reshapedTo(c, flat, dims);
    if (!c.has(2)) return c.output(0, y);
    const Sizes target = contentsOf(c, 2);
    if (target.size() != dims.size())
        fail(Code::kINVALID_NODE,
             cat("output_shape has ", target.size(), " entries when there should be ", dims.size()));
    c.output(0, padded(c, y, std::vector<int64_t>(window.kernel.size(), 0), {target.begin() + 2, target.end()}, 0));
}

//! The place of the largest element of each window, counted through the whole tensor. The windows are laid out along an
//! axis of their own, where the first of the largest is searched.
ITensor& indicesOfMaxPool(Context& c, ITensor& x, const Window& window, ITensor& pooled) {
    const Sizes d = sizesOf(c, x);
    const Sizes out = sizesOf(c, pooled);
    const size_t axes = window.kernel.size();
    Sizes sizes;
    for (size_t i = 0; i < axes; ++i) {
        const int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
        sizes.push_back(plus(c, times(c, minus(c, out[i + 2], 1), window.strides[i]), reach));
    }
    const bool real = isFloating(x.getType());
    const double lowest = real ? -std::numeric_limits<double>::infinity() : x.getType() == DataType::kINT8 ? -128 : 0;
    ITensor* windows = &padded(c, x, window.before, sizes, lowest);
    // [.., out0, kernel0, out1, kernel1, ..] by one gather per axis, then all kernel axes last.
    std::vector<int> order{0, 1};
    int64_t taps = 1;
    for (size_t i = 0; i < axes; ++i) {
        ITensor& first = withNumber(c, rampAlong(c, out[i + 2], 0, 2, DataType::kINT64), ElementWiseOperation::kPROD,
                                    static_cast<double>(window.strides[i]));
        ITensor& tap = withNumber(c, rampAlong(c, window.kernel[i], 1, 2, DataType::kINT64),
                                  ElementWiseOperation::kPROD, static_cast<double>(window.dilations[i]));
        windows = &gathered(c, *windows, sum(c, first, tap), 2 + 2 * static_cast<int>(i));
        order.push_back(2 + 2 * static_cast<int>(i));
        taps *= window.kernel[i];
    }
    for (size_t i = 0; i < axes; ++i) order.push_back(3 + 2 * static_cast<int>(i));
    Sizes rows(out);
    rows.emplace_back(taps);
    const int rank = static_cast<int>(out.size());
    ITensor& laid = reshapedTo(c, transposed(c, *windows, order), rows);
    auto& best = c.add(
        c.network.addTopK(laid, nvinfer1::TopKOperation::kMAX, 1, 1U << static_cast<uint32_t>(rank), DataType::kINT64));
    ITensor* tap = &squeezed(c, *best.getOutput(1), {rank});
    const bool byColumns = c.node.flag("storage_order");
    ITensor* place = nullptr;
    Size stride = 1;
    std::vector<ITensor*> coordinates(axes);
    for (size_t i = axes; i-- > 0;) {
        ITensor& kernel = c.number(DataType::kINT64, static_cast<double>(window.kernel[i]), rank);
        ITensor& inside = c.made("ElementWise{operation=mod}", {tap, &kernel});
        tap = &binary(c, *tap, kernel, ElementWiseOperation::kFLOOR_DIV);
        ITensor& first = withNumber(c, rampAlong(c, out[i + 2], static_cast<int>(i) + 2, rank, DataType::kINT64),
                                    ElementWiseOperation::kPROD, static_cast<double>(window.strides[i]));
        ITensor& step = withNumber(c, inside, ElementWiseOperation::kPROD, static_cast<double>(window.dilations[i]));
        coordinates[i] =
            &withNumber(c, sum(c, first, step), ElementWiseOperation::kSUB, static_cast<double>(window.before[i]));
    }
    for (size_t k = 0; k < axes; ++k) {
        const size_t i = byColumns ? k : axes - 1 - k;
        ITensor& part = times(c, *coordinates[i], raised(c, asTensor(c, stride), rank));
        place = place ? &sum(c, *place, part) : &part;
        stride = times(c, stride, d[i + 2]);
    }
    for (int axis = 1; axis >= 0; --axis) {
        ITensor& plane = rampAlong(c, d[static_cast<size_t>(axis)], axis, rank, DataType::kINT64);
        place = &sum(c, *place, times(c, plane, raised(c, asTensor(c, stride), rank)));
        stride = times(c, stride, d[static_cast<size_t>(axis)]);
    }
    return *place;
}

}  // namespace opentrt::model
