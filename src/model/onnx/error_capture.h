// SPDX-License-Identifier: Apache-2.0
// While a model is imported the network reports here, so that the reason why it refused a layer reaches the error of
// the ONNX node. The recorder that was installed before gets every report as well and is put back at the end.
#pragma once
#include <string>
#include <vector>

#include "NvInfer.h"

namespace opentrt::model {

class ErrorCapture final : public nvinfer1::IErrorRecorder {
public:
    explicit ErrorCapture(nvinfer1::INetworkDefinition& network);
    ~ErrorCapture() noexcept override;
    ErrorCapture(const ErrorCapture&) = delete;
    ErrorCapture& operator=(const ErrorCapture&) = delete;

    //! Joined text of the reports since the last call; "" when there were none.
    std::string take();

    int32_t getNbErrors() const noexcept override { return static_cast<int32_t>(entries_.size()); }
    nvinfer1::ErrorCode getErrorCode(int32_t index) const noexcept override;
    ErrorDesc getErrorDesc(int32_t index) const noexcept override;
    bool hasOverflowed() const noexcept override { return false; }
    void clear() noexcept override { entries_.clear(); }
    bool reportError(nvinfer1::ErrorCode code, ErrorDesc text) noexcept override;
    RefCount incRefCount() noexcept override { return ++references_; }
    RefCount decRefCount() noexcept override { return --references_; }

private:
    struct Entry {
        nvinfer1::ErrorCode code;
        std::string text;
    };
    nvinfer1::INetworkDefinition& network_;
    nvinfer1::IErrorRecorder* previous_;
    std::vector<Entry> entries_;
    RefCount references_ = 0;
};

}  // namespace opentrt::model
