// SPDX-License-Identifier: Apache-2.0
// Resize, Upsample and GridSample. Resize collects what the opsets spread over attributes and inputs; the layer of the
// API takes it when it can, the operator behind it knows two coordinate transformations more.
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
    std::vector<float> scales;  //!< one per dimension, or empty
    Sizes sizes;                //!< one per dimension, or empty
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

//! floor(dimension * scale) for scales that are computed. Only the sizes are known to the layer then.
Sizes sizesFromScales(Context& c, ITensor& x, int input, size_t count) {
    ITensor& scales = cast(c, c.tensor(input), DataType::kFLOAT);
    const nvinfer1::Dims dims = dimsOf(scales);
    if (dims.nbDims != 1 || (dims.d[0] >= 0 && dims.d[0] != static_cast<int64_t>(count))) {
        fail(Code::kINVALID_NODE, cat("the scales have dimensions ", toList(dims), " when there should be ", count));
    }
    ITensor& shape = cast(c, asTensor(c, sizesOf(c, x)), DataType::kFLOAT);
    ITensor& exact = binary(c, shape, scales, nvinfer1::ElementWiseOperation::kPROD);
    ITensor& whole = cast(c, unary(c, exact, nvinfer1::UnaryOperation::kFLOOR), DataType::kINT64);
    Sizes sizes;
    for (size_t i = 0; i < count; ++i)
        sizes.emplace_back(gathered(c, whole, c.integerList({static_cast<int64_t>(i)}), 0));
    return sizes;
}

//! Sizes that keep the aspect ratio: one scale for all axes, the smallest or the largest that is asked for.
Sizes withAspectRatio(Context& c, const Sizes& sizes, const std::vector<int>& axes, const std::string& policy) {
    const nvinfer1::Dims dims = c.dims(0);
    if (!allKnown(sizes) || !isStatic(dims)) {
        fail(Code::kUNSUPPORTED_NODE_DYNAMIC, cat("keep_aspect_ratio_policy = ", policy, " needs static dimensions"));
    }
    const bool least = policy == "not_larger";
    float scale = least ? INFINITY : 0;
    for (const int axis : axes) {
        const float wanted =
            static_cast<float>(*sizes[static_cast<size_t>(axis)].known) / static_cast<float>(dims.d[axis]);
        scale = least ? std::min(scale, wanted) : std::max(scale, wanted);
    }
    Sizes result = sizes;
    for (const int axis : axes) {
        result[static_cast<size_t>(axis)] =
            static_cast<int64_t>(std::floor(scale * static_cast<float>(dims.d[axis]) + 0.5F));
    }
    return result;
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
        if (policy != "stretch") spec.sizes = withAspectRatio(c, spec.sizes, axes, policy);
    } else if (!present(scales)) {
        fail(Code::kINVALID_NODE, "there are neither scales nor sizes");
    } else if (const auto known = knownScales(c, scales)) {
        spec.scales = spread(*known, axes, std::vector<float>(static_cast<size_t>(rank), 1));
        checkScales(spec.scales);
    } else if (static_cast<int>(axes.size()) == rank) {
        spec.sizes = sizesFromScales(c, x, scales, static_cast<size_t>(rank));
    } else {
        fail(Code::kUNSUPPORTED_NODE_DYNAMIC, "computed scales together with attribute axes are not supported");
    }
}

//! Antialiasing makes no difference when nothing shrinks.
bool shrinks(const ResizeSpec& spec, const nvinfer1::Dims& dims) {
    for (const float scale : spec.scales) {
        if (scale < 1) return true;
    }
    for (size_t i = 0; i < spec.sizes.size(); ++i) {
        const Size& size = spec.sizes[i];
        if (!size.known || dims.d[i] < 0 || *size.known < dims.d[i]) return true;
    }
    return false;
}

ITensor& resizedByOperator(Context& c, ITensor& x, const ResizeSpec& spec) {
    static constexpr const char* kRoundingNames[] = {"half_up", "half_down", "floor", "ceil"};
    std::string text =
        cat("Resize{mode=", kModeNames[static_cast<int>(spec.mode)], ", coordinates=", spec.coordinates.operatorMode,
            ", rounding=", kRoundingNames[static_cast<int>(spec.rounding)], ", cubic=", realText(spec.cubic),
            ", excludeOutside=", flagText(spec.excludeOutside));
    std::vector<ITensor*> inputs{&x};
    if (!spec.scales.empty()) text += ", scales=" + realsText({spec.scales.begin(), spec.scales.end()});
    if (!spec.sizes.empty()) inputs.push_back(&asTensor(c, spec.sizes));
    return c.made(text + "}", inputs);
}

ITensor& resized(Context& c, ITensor& x, const ResizeSpec& spec) {
    if (spec.coordinates.operatorMode) return resizedByOperator(c, x, spec);
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
    }
    readSize(c, x, spec);
    if (c.node.flag("antialias") && spec.mode != InterpolationMode::kNEAREST && shrinks(spec, dimsOf(x))) {
        fail(Code::kUNSUPPORTED_NODE_ATTR, "antialias = 1 is not supported when the image shrinks");
    }
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
