// SPDX-License-Identifier: Apache-2.0
#include "engine_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "network_setup.h"

namespace trtexec {
namespace {

constexpr uint32_t kPlanTag = 0x74727466;
constexpr size_t kHeadBytes = 28, kVersionOffset = 24;

std::unique_ptr<std::FILE, int (*)(std::FILE*)> open(const std::string& name, const char* mode) {
    std::FILE* file = std::fopen(name.c_str(), mode);
    if (!file) throw Failure("cannot open " + name + ": " + std::strerror(errno));
    return {file, &std::fclose};
}

}  // namespace

PlanWriter::PlanWriter(const std::string& file) : name_(file), file_(open(file, "wb")) {}

int64_t PlanWriter::write(const void* data, int64_t bytes) noexcept {
    const size_t written = std::fwrite(data, 1, static_cast<size_t>(bytes), file_.get());
    size_ += static_cast<int64_t>(written);
    return static_cast<int64_t>(written);
}

void PlanWriter::finish() {
    if (std::fclose(file_.release()) != 0) throw Failure("cannot write " + name_ + ": " + std::strerror(errno));
}

PlanReader::PlanReader(const std::string& file) : file_(open(file, "rb")) {}

int64_t PlanReader::read(void* destination, int64_t bytes, cudaStream_t stream) noexcept {
    cudaPointerAttributes attributes{};
    const bool onDevice =
        cudaPointerGetAttributes(&attributes, destination) == cudaSuccess && attributes.type == cudaMemoryTypeDevice;
    if (!onDevice) return static_cast<int64_t>(std::fread(destination, 1, static_cast<size_t>(bytes), file_.get()));
    std::vector<char> block(static_cast<size_t>(bytes));
    const size_t count = std::fread(block.data(), 1, block.size(), file_.get());
    const bool copied =
        cudaMemcpyAsync(destination, block.data(), count, cudaMemcpyHostToDevice, stream) == cudaSuccess &&
        cudaStreamSynchronize(stream) == cudaSuccess;
    return copied ? static_cast<int64_t>(count) : -1;
}

bool PlanReader::seek(int64_t offset, nvinfer1::SeekPosition where) noexcept {
    const int origin = where == nvinfer1::SeekPosition::kSET   ? SEEK_SET
                       : where == nvinfer1::SeekPosition::kCUR ? SEEK_CUR
                                                               : SEEK_END;
    return fseeko(file_.get(), offset, origin) == 0;
}

std::string planVersion(const std::string& name) {
    const auto file = open(name, "rb");
    uint8_t head[kHeadBytes] = {};
    uint32_t tag = 0;
    const bool whole = std::fread(head, 1, kHeadBytes, file.get()) == kHeadBytes;
    std::memcpy(&tag, head, sizeof tag);
    if (!whole || tag != kPlanTag) throw Failure(name + " is not an engine: it does not begin with the tag of one");
    std::string version;
    for (size_t i = kVersionOffset; i < kHeadBytes; ++i)
        version += (version.empty() ? "" : ".") + std::to_string(head[i]);
    return version;
}

}  // namespace trtexec
