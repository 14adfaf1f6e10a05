// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/window.h"

#include "model/onnx/lookup.h"

namespace opentrt::model {
namespace {

//! Windows and sizes above this overflow arithmetic elsewhere and occur in no model.
constexpr int64_t kLargest = int64_t{1} << 31;

std::vector<int64_t> perAxis(Context& c, const char* attribute, int spatialRank, int64_t least) {
    std::vector<int64_t> list = c.node.integers(attribute);
    if (list.empty()) list.assign(static_cast<size_t>(spatialRank), 1);
    if (list.size() != static_cast<size_t>(spatialRank)) {
        fail(Code::kINVALID_NODE, cat("attribute ", attribute, " has ", list.size(), " numbers when the input has ",
                                      spatialRank, " spatial dimensions"));
    }
    for (const int64_t value : list) {
        if (value < least || value > kLargest) {
            fail(Code::kINVALID_NODE, cat("attribute ", attribute, " = ", list, " is out of range"));
        }
    }
    return list;
}

void readPads(Context& c, size_t spatialRank, Window& window) {
    std::vector<int64_t> pads = c.node.integers("pads");
    if (pads.empty()) pads.assign(2 * spatialRank, 0);
    if (pads.size() != 2 * spatialRank) {
        fail(Code::kINVALID_NODE,
             cat("attribute pads has ", pads.size(), " numbers when it should have ", 2 * spatialRank));
    }
    for (const int64_t pad : pads) {
        if (pad < 0 || pad > kLargest) fail(Code::kINVALID_NODE, cat("attribute pads = ", pads, " is out of range"));
    }
    const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(spatialRank);
    window.before.assign(pads.begin(), middle);
    window.after.assign(middle, pads.end());
}

}  // namespace

bool Window::dilated() const {
    return std::any_of(dilations.begin(), dilations.end(), [](int64_t d) { return d != 1; });
}

Window readWindow(Context& c, int spatialRank, const std::vector<int64_t>& kernel) {
    if (spatialRank < 1) fail(Code::kUNSUPPORTED_NODE_SHAPE, "the input has no spatial dimensions");
    Window window;
    if (kernel.empty() && !c.node.has("kernel_shape")) fail(Code::kINVALID_NODE, "attribute kernel_shape is missing");
    window.kernel = c.node.has("kernel_shape") ? perAxis(c, "kernel_shape", spatialRank, 1) : kernel;
    if (!kernel.empty() && window.kernel != kernel) {
        fail(Code::kINVALID_NODE, cat("attribute kernel_shape = ", window.kernel, " but the weights have ", kernel));
    }
    window.strides = perAxis(c, "strides", spatialRank, 1);
    window.dilations = perAxis(c, "dilations", spatialRank, 1);
    const bool up = c.node.flag("ceil_mode");
    const nvinfer1::PaddingMode explicitMode =
        up ? nvinfer1::PaddingMode::kEXPLICIT_ROUND_UP : nvinfer1::PaddingMode::kEXPLICIT_ROUND_DOWN;
    const NamedRow<nvinfer1::PaddingMode> modes[] = {
        {"NOTSET", explicitMode},
        {"", explicitMode},
        {"VALID", explicitMode},
        {"SAME_UPPER", nvinfer1::PaddingMode::kSAME_UPPER},
        {"SAME_LOWER", nvinfer1::PaddingMode::kSAME_LOWER},
    };
    const std::string automatic = c.node.text("auto_pad", "NOTSET");
    window.mode = rowFor(modes, automatic, "auto_pad");
    readPads(c, static_cast<size_t>(spatialRank), window);
    if (automatic == "VALID") {
        window.before.assign(static_cast<size_t>(spatialRank), 0);
        window.after = window.before;
    }
    return window;
}

}  // namespace opentrt::model
