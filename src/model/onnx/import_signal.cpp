// SPDX-License-Identifier: Apache-2.0
// Windows, Fourier transforms and mel filters. A transform is a product with a matrix of cosines and one of sines,
// which the builder folds into constants when the length is known.
#include "model/onnx/build.h"
#include "model/onnx/computed_axes.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"
#include "model/onnx/tensor_reader.h"

namespace opentrt::model {
namespace {

using nvinfer1::ElementWiseOperation;
using nvinfer1::MatrixOperation;
using nvinfer1::UnaryOperation;

constexpr double kTwoPi = 6.283185307179586476925286766559;

ITensor& real(Context& c, const Size& size, int rank) {
    return raised(c, cast(c, asTensor(c, size), DataType::kFLOAT), rank);
}

ITensor& cosine(Context& c, ITensor& angle) {
    return unary(c, angle, UnaryOperation::kCOS);
}

//! a0 - a1 cos(2 pi n / d) + a2 cos(4 pi n / d), where d is the length or, for symmetric windows, one less.
void window(Context& c, double a0, double a1, double a2) {
    const Size size = numberOf(c, 0);
    const Size period = c.node.flag("periodic", true) ? size : larger(c, minus(c, size, 1), 1);
    const auto type = networkType(static_cast<int32_t>(c.node.integer("output_datatype", 1)));
    ITensor& turn = withNumber(c, ramp(c, size, DataType::kFLOAT), ElementWiseOperation::kPROD, kTwoPi);
    ITensor& angle = binary(c, turn, real(c, period, 1), ElementWiseOperation::kDIV);
    ITensor* y = &withNumber(c, cosine(c, angle), ElementWiseOperation::kPROD, -a1);
    if (a2 != 0) {
        ITensor& twice = withNumber(c, angle, ElementWiseOperation::kPROD, 2);
        y = &binary(c, *y, withNumber(c, cosine(c, twice), ElementWiseOperation::kPROD, a2),
                    ElementWiseOperation::kSUM);
    }
    c.output(0, cast(c, withNumber(c, *y, ElementWiseOperation::kSUM, a0), type));
}

//! Cosines and sines of 2 pi r s / period as matrices [1, rows, columns].
struct Rotations {
    ITensor& cosines;
    ITensor& sines;
};

//! The products are reduced while they are exact, so far that only sines within a quarter turn are computed.
Rotations rotations(Context& c, const Size& rows, const Size& columns, const Size& period) {
    ITensor& down = unsqueezed(c, ramp(c, rows, DataType::kINT64), {0, 2});
    ITensor& across = unsqueezed(c, ramp(c, columns, DataType::kINT64), {0, 1});
    ITensor& full = raised(c, asTensor(c, period), 3);
    ITensor& product = binary(c, down, across, ElementWiseOperation::kPROD);
    ITensor& turn = c.made("ElementWise{operation=mod}", {&product, &full});
    ITensor& mirrored = binary(c, full, turn, ElementWiseOperation::kSUB);
    ITensor& twice =
        withNumber(c, binary(c, turn, mirrored, ElementWiseOperation::kMIN), ElementWiseOperation::kPROD, 2);
    ITensor& rest = binary(c, full, twice, ElementWiseOperation::kSUB);
    const auto sine = [&](ITensor& halves) -> ITensor& {
        ITensor& angle = withNumber(c, cast(c, halves, DataType::kFLOAT), ElementWiseOperation::kPROD, kTwoPi / 4);
        return unary(c, binary(c, angle, real(c, period, 3), ElementWiseOperation::kDIV), UnaryOperation::kSIN);
    };
    ITensor& height =
        sine(withNumber(c, binary(c, twice, rest, ElementWiseOperation::kMIN), ElementWiseOperation::kPROD, 2));
    ITensor& below = binary(c, turn, mirrored, ElementWiseOperation::kGREATER);
    ITensor& sines = select(c, below, unary(c, height, UnaryOperation::kNEG), height);
    return {sine(binary(c, rest, twice, ElementWiseOperation::kSUB)), sines};
}

//! Real (0) or imaginary (1) part of [..., 2].
ITensor& part(Context& c, ITensor& x, int64_t which) {
    return sliced(c, x, {{3}, {which}, {1}, {}});
}

//! The matrix [1, rows, length] applied to axis 1 of x [outer, length, inner, parts].
ITensor& applied(Context& c, ITensor& matrix, ITensor& x) {
    const Sizes d = sizesOf(c, x);
    ITensor& flat = reshapedTo(c, x, {d[0], d[1], times(c, d[2], d[3])});
    ITensor& y = c.out(c.network.addMatrixMultiply(matrix, MatrixOperation::kNONE, flat, MatrixOperation::kNONE));
    return reshapedTo(c, y, {d[0], sizeOf(c, matrix, 1), d[2], d[3]});
}

//! Spectrum of axis 1, [outer, rows, inner, 2], with `rows` of the `length` frequencies.
ITensor& spectrum(Context& c, ITensor& x, const Size& rows, const Size& length, bool inverse) {
    const Rotations matrices = rotations(c, rows, length, length);
    ITensor& even = applied(c, matrices.cosines, x);
    ITensor* odd = &applied(c, matrices.sines, x);
    if (inverse) odd = &unary(c, *odd, UnaryOperation::kNEG);
    ITensor* y = nullptr;
    if (dimsOf(x).d[3] == 1) {
        y = &concatenated(c, {&even, &unary(c, *odd, UnaryOperation::kNEG)}, 3);
    } else {
        y = &concatenated(c,
                          {&binary(c, part(c, even, 0), part(c, *odd, 1), ElementWiseOperation::kSUM),
                           &binary(c, part(c, even, 1), part(c, *odd, 0), ElementWiseOperation::kSUB)},
                          3);
    }
    return inverse ? binary(c, *y, real(c, length, 4), ElementWiseOperation::kDIV) : *y;
}

//! The real signal [outer, length, inner, 1] from the first half of its spectrum: all but the first and the middle
//! frequency count twice, for their mirror images.
ITensor& signalOfHalf(Context& c, ITensor& x, const Size& length) {
    const Size rows = sizeOf(c, x, 1);
    ITensor& k = unsqueezed(c, ramp(c, rows, DataType::kINT64), {0, 2, 3});
    ITensor& doubled = withNumber(c, k, ElementWiseOperation::kPROD, 2);
    ITensor& single =
        binary(c, withNumber(c, k, ElementWiseOperation::kEQUAL, 0),
               binary(c, doubled, asTensor(c, length), ElementWiseOperation::kEQUAL), ElementWiseOperation::kOR);
    ITensor& weight = select(c, single, c.number(DataType::kFLOAT, 1, 4), c.number(DataType::kFLOAT, 2, 4));
    ITensor& half = binary(c, x, weight, ElementWiseOperation::kPROD);
    const Rotations matrices = rotations(c, length, rows, length);
    ITensor& even = applied(c, matrices.cosines, part(c, half, 0));
    ITensor& odd = applied(c, matrices.sines, part(c, half, 1));
    return binary(c, binary(c, even, odd, ElementWiseOperation::kSUB), real(c, length, 4), ElementWiseOperation::kDIV);
}

//! x seen from the transformed axis: what lies before it, the axis, what lies behind it, real and imaginary part.
struct AxisView {
    Sizes dims;   //!< without the last one
    Sizes marks;  //!< 1 at the axis
    Size outer = 1;
    Size length = 0;
    Size inner = 1;
};

AxisView viewOf(Context& c, ITensor& x) {
    AxisView view;
    view.dims = sizesOf(c, x);
    const int rank = static_cast<int>(view.dims.size());
    if (rank < 2) fail(Code::kINVALID_NODE, cat("the input has rank ", rank, " when at least 2 is needed"));
    Size axis = c.node.opset() < 20 ? c.node.integer("axis", 1) : -2;
    if (c.node.opset() >= 20 && c.has(2)) axis = numberOf(c, 2);
    if (axis.known) axis = checkedAxis(*axis.known, rank);
    view.dims.pop_back();
    Size behind = 0;
    for (int i = 0; i + 1 < rank; ++i) {
        const Size& size = view.dims[static_cast<size_t>(i)];
        const Size here = plus(c, isEqual(c, axis, i), isEqual(c, axis, i - rank));
        view.marks.push_back(here);
        view.length = plus(c, view.length, times(c, here, size));
        const Size before = minus(c, minus(c, 1, here), behind);
        view.outer = times(c, view.outer, plus(c, 1, times(c, before, minus(c, size, 1))));
        view.inner = times(c, view.inner, plus(c, 1, times(c, behind, minus(c, size, 1))));
        behind = plus(c, behind, here);
    }
    return view;
}

ITensor& resizedAxis(Context& c, ITensor& x, const Size& length) {
    const Size is = sizeOf(c, x, 1);
    if (is.known && length.known == is.known) return x;
    SliceWindow cut{{1}, {0}, {length}, {}};
    cut.mode = nvinfer1::SampleMode::kFILL;
    cut.fill = &c.number(x.getType(), 0);
    return sliced(c, x, cut);
}

}  // namespace

void importHannWindow(Context& c) {
    window(c, 0.5, 0.5, 0);
}

void importHammingWindow(Context& c) {
    window(c, 25.0 / 46, 21.0 / 46, 0);
}

void importBlackmanWindow(Context& c) {
    window(c, 0.42, 0.5, 0.08);
}

void importDft(Context& c) {
    ITensor& given = c.tensor(0);
    const bool inverse = c.node.flag("inverse");
    const bool onesided = c.node.flag("onesided");
    const AxisView view = viewOf(c, given);
    const int64_t parts = dimsOf(given).d[dimsOf(given).nbDims - 1];
    if (parts != 1 && parts != 2)
        fail(Code::kINVALID_NODE, cat("the last dimension is ", parts, " when it should be 1 or 2"));
    ITensor* x = &reshapedTo(c, cast(c, given, DataType::kFLOAT), {view.outer, view.length, view.inner, parts});
    Size length = view.length;
    if (onesided && inverse) length = times(c, minus(c, length, 1), 2);
    if (c.has(1)) length = numberOf(c, 1);
    const bool whole = !c.has(1);
    const Size half = onesided && inverse && whole ? view.length : plus(c, divided(c, length, 2), 1);
    if (!whole) x = &resizedAxis(c, *x, onesided && inverse ? half : length);
    ITensor* y = nullptr;
    if (onesided && inverse) {
        if (parts != 2) fail(Code::kINVALID_NODE, "the last dimension is 1 when a spectrum has 2");
        y = &signalOfHalf(c, *x, length);
    } else {
        y = &spectrum(c, *x, onesided ? half : length, length, inverse);
    }
    Sizes dims;
    const Size size = sizeOf(c, *y, 1);
    for (size_t i = 0; i < view.dims.size(); ++i) {
        const bool same = whole && !onesided;
        const Size change = same ? Size(0) : times(c, view.marks[i], minus(c, size, view.dims[i]));
        dims.push_back(plus(c, view.dims[i], change));
    }
    dims.emplace_back(dimsOf(*y).d[3]);
    c.output(0, cast(c, reshapedTo(c, *y, dims), given.getType()));
}

//! Spectra of frames that begin every frame_step elements.
void importStft(Context& c) {
    ITensor& given = c.tensor(0);
    const int rank = dimsOf(given).nbDims;
    if (rank != 2 && rank != 3) fail(Code::kINVALID_NODE, cat("the signal has rank ", rank, " when it should be 3"));
    ITensor& signal = cast(c, rank == 2 ? unsqueezed(c, given, {2}) : given, DataType::kFLOAT);
    const Size step = numberOf(c, 1);
    const Size length = c.has(3) ? numberOf(c, 3) : sizeOf(c, c.tensor(2), 0);
    const Size frames = plus(c, floorDivided(c, minus(c, sizeOf(c, signal, 1), length), step), 1);
    ITensor& first = binary(c, unsqueezed(c, ramp(c, frames, DataType::kINT64), {1}), asTensor(c, step),
                            ElementWiseOperation::kPROD);
    ITensor& where = binary(c, first, raised(c, ramp(c, length, DataType::kINT64), 2), ElementWiseOperation::kSUM);
    ITensor* pieces = &gathered(c, signal, where, 1);
    if (c.has(2)) {
        ITensor& weights = cast(c, c.tensor(2), DataType::kFLOAT);
        pieces = &binary(c, *pieces, unsqueezed(c, weights, {0, 1, 3}), ElementWiseOperation::kPROD);
    }
    const Sizes d = sizesOf(c, *pieces);
    ITensor& x = reshapedTo(c, *pieces, {times(c, d[0], d[1]), length, 1, d[3]});
    const Size rows = c.node.flag("onesided", true) ? plus(c, divided(c, length, 2), 1) : length;
    ITensor& y = spectrum(c, x, rows, length, false);
    c.output(0, cast(c, reshapedTo(c, y, {d[0], d[1], rows, 2}), given.getType()));
}

//! Triangles between neighbouring edges, which are even steps on the mel scale rounded down to frequencies.
void importMelWeightMatrix(Context& c) {
    const Size filters = numberOf(c, 0);
    const Size length = numberOf(c, 1);
    const auto type = networkType(static_cast<int32_t>(c.node.integer("output_datatype", 1)));
    const auto calculate = [&](ITensor& x, ElementWiseOperation operation, double number) -> ITensor& {
        return withNumber(c, x, operation, number);
    };
    const auto mel = [&](int input) -> ITensor& {
        ITensor& hertz = raised(c, asScalar(c, cast(c, c.tensor(input), DataType::kFLOAT)), 1);
        ITensor& ratio = calculate(calculate(hertz, ElementWiseOperation::kDIV, 700), ElementWiseOperation::kSUM, 1);
        return calculate(unary(c, ratio, UnaryOperation::kLOG), ElementWiseOperation::kPROD, 2595 / 2.302585092994046);
    };
    const Size edges = plus(c, filters, 2);
    ITensor& low = mel(3);
    ITensor& step =
        binary(c, binary(c, mel(4), low, ElementWiseOperation::kSUB), real(c, edges, 1), ElementWiseOperation::kDIV);
    ITensor& mels = binary(c, binary(c, ramp(c, edges, DataType::kFLOAT), step, ElementWiseOperation::kPROD), low,
                           ElementWiseOperation::kSUM);
    ITensor& power =
        unary(c, calculate(mels, ElementWiseOperation::kPROD, 2.302585092994046 / 2595), UnaryOperation::kEXP);
    ITensor& hertz = calculate(calculate(power, ElementWiseOperation::kSUB, 1), ElementWiseOperation::kPROD, 700);
    ITensor& scaled = binary(c, hertz, real(c, plus(c, length, 1), 1), ElementWiseOperation::kPROD);
    ITensor& rate = raised(c, asScalar(c, cast(c, c.tensor(2), DataType::kFLOAT)), 1);
    ITensor& bins = unary(c, binary(c, scaled, rate, ElementWiseOperation::kDIV), UnaryOperation::kFLOOR);
    const auto edge = [&](int64_t first) -> ITensor& {
        return raised(c, sliced(c, bins, {{0}, {first}, {filters}, {}}), 2);
    };
    ITensor& left = edge(0);
    ITensor& centre = edge(1);
    ITensor& right = edge(2);
    const Size frequencies = plus(c, divided(c, length, 2), 1);
    ITensor& j = unsqueezed(c, ramp(c, frequencies, DataType::kFLOAT), {1});
    const auto slope = [&](ITensor& from, ITensor& to) -> ITensor& {
        ITensor& width = calculate(binary(c, to, from, ElementWiseOperation::kSUB), ElementWiseOperation::kMAX, 1);
        return binary(c, binary(c, j, from, ElementWiseOperation::kSUB), width, ElementWiseOperation::kDIV);
    };
    ITensor& zero = c.number(DataType::kFLOAT, 0, 2);
    ITensor& one = c.number(DataType::kFLOAT, 1, 2);
    ITensor& rising = calculate(slope(left, centre), ElementWiseOperation::kMAX, 0);
    ITensor& fall = binary(c, one, slope(centre, right), ElementWiseOperation::kSUB);
    ITensor& falling = calculate(fall, ElementWiseOperation::kMAX, 0);
    ITensor& before = binary(c, j, centre, ElementWiseOperation::kLESS);
    ITensor& at = binary(c, j, centre, ElementWiseOperation::kEQUAL);
    ITensor& narrow = binary(c, binary(c, right, centre, ElementWiseOperation::kGREATER),
                             binary(c, j, right, ElementWiseOperation::kLESS), ElementWiseOperation::kAND);
    ITensor& behind = select(c, narrow, falling, zero);
    c.output(0, cast(c, select(c, at, one, select(c, before, rising, behind)), type));
}

namespace {

//! x seen as [outer, last axis, 1, parts].
ITensor& rowsOf(Context& c, ITensor& x, int64_t parts) {
    Sizes dims = sizesOf(c, x);
    if (parts > 1) dims.pop_back();
    const Size length = dims.back();
    dims.pop_back();
    return reshapedTo(c, cast(c, x, DataType::kFLOAT), {product(c, dims), length, 1, parts});
}

void requirePlainTransform(Context& c) {
    if (c.node.integer("signal_ndim", 1) != 1 || c.node.flag("normalized") || !c.node.flag("onesided", true))
        fail(Code::kUNSUPPORTED_NODE_ATTR,
             "only transforms along one axis, one-sided and not normalized, are supported");
}

}  // namespace

//! The first half of the spectrum of the last axis, as pairs.
void importRfft(Context& c) {
    requirePlainTransform(c);
    ITensor& x = rowsOf(c, c.tensor(0), 1);
    Sizes dims = sizesOf(c, c.tensor(0));
    const Size length = dims.back(), half = plus(c, divided(c, length, 2), 1);
    dims.back() = half;
    dims.push_back(2);
    c.output(0, cast(c, reshapedTo(c, spectrum(c, x, half, length, false), dims), c.type(0)));
}

void importIrfft(Context& c) {
    requirePlainTransform(c);
    ITensor& x = rowsOf(c, c.tensor(0), 2);
    Sizes dims = sizesOf(c, c.tensor(0));
    dims.pop_back();
    const Size length = times(c, minus(c, dims.back(), 1), 2);
    dims.back() = length;
    c.output(0, cast(c, reshapedTo(c, signalOfHalf(c, x, length), dims), c.type(0)));
}

}  // namespace opentrt::model
