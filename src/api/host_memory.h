// SPDX-License-Identifier: Apache-2.0
// An IHostMemory that owns its bytes, 64-byte aligned so that a plan in it can be used in place. Programs built with
// our headers call it through IHostMemory's virtual functions, others through mImpl.
#pragma once
#include <memory>
#include <vector>

#include "NvInferRuntime.h"

namespace opentrt::api {

class HostMemory final : public nvinfer1::IHostMemory, public nvinfer1::apiv::VHostMemory {
public:
    explicit HostMemory(size_t size);
    void* data() const noexcept override { return bytes_.get(); }
    std::size_t size() const noexcept override { return size_; }
    nvinfer1::DataType type() const noexcept override { return nvinfer1::DataType::kINT8; }
    std::shared_ptr<uint8_t> share() const { return bytes_; }

private:
    std::shared_ptr<uint8_t> bytes_;
    size_t size_;
};

}  // namespace opentrt::api
