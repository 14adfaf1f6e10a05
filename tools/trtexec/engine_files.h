// SPDX-License-Identifier: Apache-2.0
// Plans in files, through the stream interfaces of the library.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cuda_runtime_api.h>
#include <memory>
#include <string>

#include "NvInferRuntime.h"

namespace trtexec {

//! Throws Failure when the file cannot be opened.
class PlanWriter : public nvinfer1::IStreamWriter {
public:
    explicit PlanWriter(const std::string& file);
    int64_t write(const void* data, int64_t bytes) noexcept override;
    //! Flushes; throws Failure when anything was not written.
    void finish();
    int64_t size() const { return size_; }

private:
    std::string name_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    int64_t size_ = 0;
};

class PlanReader : public nvinfer1::IStreamReaderV2 {
public:
    explicit PlanReader(const std::string& file);
    int64_t read(void* destination, int64_t bytes, cudaStream_t stream) noexcept override;
    bool seek(int64_t offset, nvinfer1::SeekPosition where) noexcept override;

private:
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

//! "major.minor.patch.build" of the library that made a plan, from its first 28 bytes. Throws Failure when the file is
//! no plan.
std::string planVersion(const std::string& file);

}  // namespace trtexec
