// SPDX-License-Identifier: Apache-2.0
// Memory of engines and contexts behind the public API: the application's IGpuAllocator, or the device's own.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>

#include "NvInferRuntime.h"
#include "runtime/executor.h"

namespace opentrt::runtime {

//! What TensorRT promises to allocators: device memory is aligned to so many bytes.
inline constexpr uint64_t kDeviceAlignment = 256;

//! Null without an allocator. The allocator must outlive everything it was given to; a failing one ends in an Error
//! that names what was asked.
std::shared_ptr<MemorySource> makeMemorySource(nvinfer1::IGpuAllocator* allocator);

//! Memory of one context: from the engine's source, or from a temporary storage allocator while one is set. Each block
//! goes back to where it came from.
class ContextMemory final : public MemorySource {
public:
    explicit ContextMemory(std::shared_ptr<MemorySource> engine) : engine_(std::move(engine)) {}
    void setTemporary(nvinfer1::IGpuAllocator* allocator);
    void* allocate(int64_t bytes) override;
    void release(void* memory) override;

private:
    std::shared_ptr<MemorySource> engine_;
    std::mutex mutex_;
    std::shared_ptr<MemorySource> temporary_;
    std::unordered_map<void*, std::shared_ptr<MemorySource>> lent_;
};

}  // namespace opentrt::runtime
