// SPDX-License-Identifier: Apache-2.0
// Resize, Upsample and GridSample. Resize collects what the opsets spread over attributes and inputs; the layer of the
// API takes it when it can; the operator behind it knows further coordinate transformations, antialiasing, and scales
// beside sizes, which computed scales and kept aspect ratios need: rounded sizes do not tell the scale.
#include <cmath>

#include "model/onnx/build.h"
#include "model/onnx/lookup.h"
#include "model/onnx/op_text.h"
#include "model/onnx/operators.h"
#include "model/onnx/sizes.h"

namespace opentrt::model {
namespace {

using nvinfer1::InterpolationMode;
using nvinfer1::ResizeCoordinateTransformation;
using nvinfer1::ResizeRoundMode;
using nvinfer1::ResizeSelector;

constexpr NamedRow<InterpolationMode> kModes[] = {
    {"nearest", InterpolationMode::kNEAREST}, {"linear", InterpolationMode::kLINEAR},
    {"bilinear", InterpolationMode::kLINEAR}, {"cubic", InterpolationMode::kCUBIC},
    {"bicubic", InterpolationMode::kCUBIC},
};

//! The operators' names of InterpolationMode.
constexpr const char* kModeNames[] = {"nearest", "linear", "cubic"};

struct Coordinates {
    ResizeCoordinateTransformation transformation;
    ResizeSelector selector;
    const char* operatorMode;  //!< not null: only the operator has it
};

constexpr NamedRow<Coordinates> kCoordinates[] = {
    {"half_pixel", {ResizeCoordinateTransformation::kHALF_PIXEL, ResizeSelector::kFORMULA, nullptr}},
    {"pytorch_half_pixel", {ResizeCoordinateTransformation::kHALF_PIXEL, ResizeSelector::kUPPER, nullptr}},
    {"asymmetric", {ResizeCoordinateTransformation::kASYMMETRIC, ResizeSelector::kFORMULA, nullptr}},
    {"align_corners", {ResizeCoordinateTransformation::kALIGN_CORNERS, ResizeSelector::kFORMULA, nullptr}},
    {"half_pixel_symmetric",
     {ResizeCoordinateTransformation::kHALF_PIXEL, ResizeSelector::kFORMULA, "half_pixel_symmetric"}},
    {"tf_crop_and_resize", {ResizeCoordinateTransformation::kHALF_PIXEL, ResizeSelector::kFORMULA, "crop"}},
};

constexpr NamedRow<ResizeRoundMode> kRounding[] = {
    {"round_prefer_floor", ResizeRoundMode::kHALF_DOWN},
    {"round_prefer_ceil", ResizeRoundMode::kHALF_UP},
    {"floor", ResizeRoundMode::kFLOOR},
    {"ceil", ResizeRoundMode::kCEIL},
};

//! Everything a resize needs, whatever the opset.
struct ResizeSpec {
    InterpolationMode mode = InterpolationMode::kNEAREST;
    Coordinates coordinates{ResizeCoordinateTransformation::kASYMMETRIC, ResizeSelector::kFORMULA, nullptr};
    ResizeRoundMode rounding = ResizeRoundMode::kFLOOR;
    float cubic = -0.75F;
    bool excludeOutside = false;
    std::vector<float> scales;   //!< one per dimension, or empty
    Sizes sizes;                 //!< one per dimension, or empty
    ITensor* placing = nullptr;  //!< scales beside the sizes, for the coordinates only
    ITensor* region = nullptr;   //!< starts and ends of what is cut out
    float extrapolation = 0;
    bool antialias = false;
};

void checkScales(const std::vector<float>& scales) {
    for (const float scale : scales) {
        if (!(scale > 0) || !std::isfinite(scale)) fail(Code::kINVALID_NODE, cat("a scale is ", scale));
    }
}

template <class T>
std::vector<T> spread(const std::vector<T>& values, const std::vector<int>& axes, std::vector<T> all) {
    if (values.size() != axes.size()) {
        fail(Code::kINVALID_NODE,
             cat("there are ", values.size(), " scales or sizes when there should be ", axes.size()));
    }
    for (size_t i = 0; i < axes.size(); ++i) all[static_cast<size_t>(axes[i])] = values[i];
    return all;
}

//! The axes attribute in its own order.
std::vector<int> resizedAxes(Context& c, int rank) {
    if (!c.node.has("axes")) return allAxes(rank);
    std::vector<int> axes;
    for (const int64_t axis : c.node.integers("axes")) axes.push_back(checkedAxis(axis, rank));
    return axes;
}

std::optional<std::vector<float>> knownScales(Context& c, int input) {
    const ElementsPtr known = c.elements(input);
    if (!known || !known->complete() || !known->floating()) return {};
    std::vector<float> scales;
    for (const Element& e : known->values) scales.push_back(static_cast<float>(e.real));
    return scales;
}

ITensor& realList(Context& c, const std::vector<double>& values) {
    return c.constantTensor(makeConstant(DataType::kFLOAT, {static_cast<int64_t>(values.size())}, values));
}

//! The list of floats in `input`, `lists` numbers for each of `axes`, with `rest` for the axes that are not there.
ITensor& spreadInput(Context& c, int input, const std::vector<int>& axes, int rank, const std::vector<double>& rest) {
    ITensor& given = cast(c, c.tensor(input), DataType::kFLOAT);
    const auto count = static_cast<int64_t>(axes.size()), lists = static_cast<int64_t>(rest.size());
    const nvinfer1::Dims dims = dimsOf(given);
    if (dims.nbDims != 1 || (dims.d[0] >= 0 && dims.d[0] != count * lists)) {
        fail(Code::kINVALID_NODE, cat("input ", input, " has dimensions ", toList(dims), " when there should be ",
                                      count * lists, " numbers"));
    }
    if (axes == allAxes(rank)) return given;
    std::vector<int64_t> from;
    for (int64_t list = 0; list < lists; ++list) {
        for (int axis = 0; axis < rank; ++axis) {
            const auto at = std::find(axes.begin(), axes.end(), axis);
            from.push_back(at == axes.end() ? count * lists + list : list * count + (at - axes.begin()));
        }
    }
    return gathered(c, concatenated(c, {&given, &realList(c, rest)}, 0), c.integerList(from), 0);
}

Sizes elementsOf(Context& c, ITensor& list, int rank) {
    Sizes sizes;
    for (int64_t i = 0; i < rank; ++i) sizes.emplace_back(gathered(c, list, c.integerList({i}), 0));
    return sizes;
}

ITensor& realSizes(Context& c, const Sizes& sizes) {
    return cast(c, asTensor(c, sizes), DataType::kFLOAT);
}

//! floor(dimension * scale) for scales that are computed.
void placeByScales(Context& c, ITensor& x, int input, const std::vector<int>& axes, ResizeSpec& spec) {
    const int rank = dimsOf(x).nbDims;
    spec.placing = &spreadInput(c, input, axes, rank, {1});
    ITensor& exact = binary(c, realSizes(c, sizesOf(c, x)), *spec.placing, nvinfer1::ElementWiseOperation::kPROD);
    spec.sizes = elementsOf(c, cast(c, unary(c, exact, nvinfer1::UnaryOperation::kFLOOR), DataType::kINT64), rank);
}

//! Sizes that keep the aspect ratio: one scale for all axes, the smallest or the largest that is asked for.
void keepAspectRatio(Context& c, ITensor& x, const std::vector<int>& axes, bool least, ResizeSpec& spec) {
    using nvinfer1::ElementWiseOperation;
    const int rank = dimsOf(x).nbDims;
    ITensor& before = asTensor(c, sizesOf(c, x));
    ITensor& size = cast(c, before, DataType::kFLOAT);
    ITensor& ratios = binary(c, realSizes(c, spec.sizes), size, ElementWiseOperation::kDIV);
    ITensor& wanted = gathered(c, ratios, c.integerList({axes.begin(), axes.end()}), 0);
    ITensor& scale =
        reduce(c, wanted, least ? nvinfer1::ReduceOperation::kMIN : nvinfer1::ReduceOperation::kMAX, {0}, true);
    std::vector<int64_t> marks(static_cast<size_t>(rank), 0);
    for (const int axis : axes) marks[static_cast<size_t>(axis)] = 1;
    ITensor& resized = c.constantTensor(makeConstant(DataType::kBOOL, {rank}, marks));
    ITensor& exact =
        withNumber(c, binary(c, scale, size, ElementWiseOperation::kPROD), ElementWiseOperation::kSUM, 0.5);
    ITensor& rounded = cast(c, unary(c, exact, nvinfer1::UnaryOperation::kFLOOR), DataType::kINT64);
    spec.placing = &select(c, resized, scale, c.number(DataType::kFLOAT, 1, 1));
    spec.sizes = elementsOf(c, select(c, resized, rounded, before), rank);
}

void readSize(Context& c, ITensor& x, ResizeSpec& spec) {
    const int rank = dimsOf(x).nbDims;
    const std::vector<int> axes = resizedAxes(c, rank);
    const auto present = [&](int input) {
        if (!c.has(input)) return false;
        const nvinfer1::Dims dims = c.dims(input);
        return !(dims.nbDims == 1 && dims.d[0] == 0);
    };
    const int scales = c.node.opset() < 11 ? 1 : 2;
    if (c.node.opset() >= 11 && present(3)) {
        spec.sizes = spread(contentsOf(c, 3), axes, sizesOf(c, x));
        const std::string policy = c.node.text("keep_aspect_ratio_policy", "stretch");
        if (policy != "stretch") keepAspectRatio(c, x, axes, policy == "not_larger", spec);
    } else if (!present(scales)) {
        fail(Code::kINVALID_NODE, "there are neither scales nor sizes");
    } else if (const auto known = knownScales(c, scales)) {
        spec.scales = spread(*known, axes, std::vector<float>(static_cast<size_t>(rank), 1));
        checkScales(spec.scales);
    } else {
        placeByScales(c, x, scales, axes, spec);
    }
}

ITensor& resizedByOperator(Context& c, ITensor& x, const ResizeSpec& spec) {
    static constexpr const char* kRoundingNames[] = {"half_up", "half_down", "floor", "ceil"};
    static constexpr const char* kCoordinateNames[] = {"align_corners", "asymmetric", "half_pixel"};
    const char* coordinates = spec.coordinates.operatorMode
                                  ? spec.coordinates.operatorMode
                                  : kCoordinateNames[static_cast<int>(spec.coordinates.transformation)];
    std::string text = cat("Resize{mode=", kModeNames[static_cast<int>(spec.mode)], ", coordinates=", coordinates,
                           ", selector=", spec.coordinates.selector == ResizeSelector::kUPPER ? "upper" : "formula",
                           ", rounding=", kRoundingNames[static_cast<int>(spec.rounding)],
                           ", cubic=", realText(spec.cubic), ", excludeOutside=", flagText(spec.excludeOutside),
                           ", antialias=", flagText(spec.antialias), ", extrapolation=", realText(spec.extrapolation));
    std::vector<ITensor*> inputs{&x, nullptr, spec.placing, spec.region};
    if (!spec.scales.empty()) text += ", scales=" + realsText({spec.scales.begin(), spec.scales.end()});
    if (!spec.sizes.empty()) inputs[1] = &asTensor(c, spec.sizes);
    while (!inputs.back()) inputs.pop_back();
    return c.made(text + "}", inputs);
}

ITensor& resized(Context& c, ITensor& x, const ResizeSpec& spec) {
    if (spec.coordinates.operatorMode || spec.antialias || spec.placing) return resizedByOperator(c, x, spec);
    auto& layer = c.add(c.network.addResize(x));
    layer.setResizeMode(spec.mode);
    layer.setCoordinateTransformation(spec.coordinates.transformation);
    layer.setSelectorForSinglePixel(spec.coordinates.selector);
    layer.setNearestRounding(spec.rounding);
    layer.setCubicCoeff(spec.cubic);
    layer.setExcludeOutside(spec.excludeOutside);
    if (!spec.scales.empty()) {
        layer.setScales(spec.scales.data(), static_cast<int32_t>(spec.scales.size()));
    } else if (allKnown(spec.sizes)) {
        layer.setOutputDimensions(toDims(numbers(spec.sizes)));
    } else {
        layer.setInput(1, asTensor(c, spec.sizes));
    }
    return *layer.getOutput(0);
}

constexpr NamedRow<const char*> kPaddings[] = {
    {"zeros", "fill"},
    {"border", "clamp"},
    {"reflection", "reflect"},
};

}  // namespace

void importResize(Context& c) {
    ITensor& x = c.tensor(0);
    ResizeSpec spec;
    spec.mode = rowFor(kModes, c.node.text("mode", "nearest"), "mode");
    // Opset 10 knew one transformation and rounded down.
    if (c.node.opset() >= 11) {
        const std::string transformation = c.node.text("coordinate_transformation_mode", "half_pixel");
        spec.coordinates = rowFor(kCoordinates, transformation, "coordinate_transformation_mode");
        spec.rounding = rowFor(kRounding, c.node.text("nearest_mode", "round_prefer_floor"), "nearest_mode");
        spec.cubic = c.node.real("cubic_coeff_a", -0.75F);
        spec.excludeOutside = c.node.flag("exclude_outside");
        spec.antialias = c.node.flag("antialias") && spec.mode != InterpolationMode::kNEAREST;
        spec.extrapolation = c.node.real("extrapolation_value", 0);
        if (transformation == "tf_crop_and_resize") {
            const int rank = dimsOf(x).nbDims;
            spec.region = &spreadInput(c, 1, resizedAxes(c, rank), rank, {0, 1});
        }
    }
    readSize(c, x, spec);
    c.output(0, resized(c, x, spec));
}

void importUpsample(Context& c) {
    ITensor& x = c.tensor(0);
    ResizeSpec spec;
    spec.mode = rowFor(kModes, c.node.text("mode", "nearest"), "mode");
    if (c.node.opset() >= 9) {
        readSize(c, x, spec);
    } else {
        spec.scales = spread(c.node.reals("scales"), allAxes(dimsOf(x).nbDims),
                             std::vector<float>(static_cast<size_t>(dimsOf(x).nbDims), 1));
        checkScales(spec.scales);
    }
    c.output(0, resized(c, x, spec));
}

void importGridSample(Context& c) {
    const InterpolationMode mode =
        rowFor(kModes, c.node.text("mode", c.node.opset() < 20 ? "bilinear" : "linear"), "mode");
    const char* padding = rowFor(kPaddings, c.node.text("padding_mode", "zeros"), "padding_mode");
    c.output(0, c.made(cat("GridSample{mode=", kModeNames[static_cast<int>(mode)],
                           ", alignCorners=", flagText(c.node.flag("align_corners")), ", sampleMode=", padding, "}"),
                       {&c.tensor(0), &c.tensor(1)}));
}

}  // namespace opentrt::model
