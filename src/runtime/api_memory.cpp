// SPDX-License-Identifier: Apache-2.0
#include "runtime/api_memory.h"

#include "base/error.h"

namespace opentrt::runtime {

namespace {

uint64_t roundUp(int64_t bytes) {
    const auto asked = static_cast<uint64_t>(bytes > 0 ? bytes : 1);
    return (asked + kDeviceAlignment - 1) / kDeviceAlignment * kDeviceAlignment;
}

class Allocator final : public MemorySource {
public:
    explicit Allocator(nvinfer1::IGpuAllocator& allocator) : allocator_(allocator) {}

    void* allocate(int64_t bytes) override {
        void* memory = nullptr;
        try {
            memory = allocator_.allocateAsync(roundUp(bytes), kDeviceAlignment, 0, nullptr);
        } catch (...) {
            throw Error(ErrorCode::FailedAllocation, "",
                        cat("the application's allocator threw when asked for ", bytes, " bytes"));
        }
        if (!memory) {
            throw Error(ErrorCode::FailedAllocation, "",
                        cat("the application's allocator gave no memory when asked for ", bytes, " bytes"));
        }
        constexpr uintptr_t kNeeded = 64;
        if (reinterpret_cast<uintptr_t>(memory) % kNeeded != 0) {
            release(memory);
            throw Error(ErrorCode::FailedAllocation, "",
                        cat("the application's allocator gave memory that is not aligned to the ", kDeviceAlignment,
                            " bytes it was asked for"));
        }
        return memory;
    }
    void release(void* memory) override {
        try {
            allocator_.deallocateAsync(memory, nullptr);
        } catch (...) {  // memory that the application does not take back is its own matter
        }
    }

private:
    nvinfer1::IGpuAllocator& allocator_;
};

}  // namespace

std::shared_ptr<MemorySource> makeMemorySource(nvinfer1::IGpuAllocator* allocator) {
    return allocator ? std::make_shared<Allocator>(*allocator) : nullptr;
}

void ContextMemory::setTemporary(nvinfer1::IGpuAllocator* allocator) {
    const std::lock_guard lock(mutex_);
    temporary_ = makeMemorySource(allocator);
}

void* ContextMemory::allocate(int64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto& source = temporary_ ? temporary_ : engine_;
    void* memory = source->allocate(bytes);
    try {
        lent_.emplace(memory, source);
    } catch (...) {
        source->release(memory);
        throw;
    }
    return memory;
}

void ContextMemory::release(void* memory) {
    const std::lock_guard lock(mutex_);
    const auto at = lent_.find(memory);
    if (at == lent_.end()) return;
    at->second->release(memory);
    lent_.erase(at);
}

}  // namespace opentrt::runtime
