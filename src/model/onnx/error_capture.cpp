// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/error_capture.h"

#include <algorithm>

namespace opentrt::model {

ErrorCapture::ErrorCapture(nvinfer1::INetworkDefinition& network)
    : network_(network), previous_(network.getErrorRecorder()) {
    network_.setErrorRecorder(this);
}

ErrorCapture::~ErrorCapture() noexcept {
    network_.setErrorRecorder(previous_);
}

std::string ErrorCapture::take() {
    std::vector<std::string> distinct;
    for (const Entry& entry : entries_) {
        if (std::find(distinct.begin(), distinct.end(), entry.text) == distinct.end()) distinct.push_back(entry.text);
    }
    entries_.clear();
    std::string joined;
    for (const std::string& text : distinct) {
        joined += (joined.empty() ? "" : "; ") + text;
        if (text.size() >= kMAX_DESC_LENGTH) joined += "... (in full in the log)";
    }
    return joined;
}

nvinfer1::ErrorCode ErrorCapture::getErrorCode(int32_t index) const noexcept {
    const bool valid = index >= 0 && index < getNbErrors();
    return valid ? entries_[static_cast<size_t>(index)].code : nvinfer1::ErrorCode::kINVALID_ARGUMENT;
}

nvinfer1::IErrorRecorder::ErrorDesc ErrorCapture::getErrorDesc(int32_t index) const noexcept {
    return index >= 0 && index < getNbErrors() ? entries_[static_cast<size_t>(index)].text.c_str() : "";
}

bool ErrorCapture::reportError(nvinfer1::ErrorCode code, ErrorDesc text) noexcept {
    try {
        entries_.push_back({code, text ? text : ""});
    } catch (const std::bad_alloc&) {
        return true;
    }
    return previous_ ? previous_->reportError(code, text) : false;
}

}  // namespace opentrt::model
