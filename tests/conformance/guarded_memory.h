// SPDX-License-Identifier: Apache-2.0
// Memory that shows what kernels do with it: it starts poisoned, and tensors lie between guards.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "graph/tensor.h"
#include "runtime/executor.h"

namespace opentrt::conformance {

inline constexpr int kPoison = 0xff;  // NaN in every floating type, -1 in every integer
inline constexpr int64_t kGuard = 256;

class PoisonedMemory final : public MemorySource {
public:
    explicit PoisonedMemory(const Device& place) : place_(place) {}
    void* allocate(int64_t bytes) override {
        void* memory = place_.allocate(bytes);
        const std::vector<uint8_t> poison(static_cast<size_t>(bytes), kPoison);
        place_.upload(memory, poison.data(), bytes, nullptr);
        return memory;
    }
    void release(void* memory) override { place_.release(memory); }

private:
    const Device& place_;
};

//! A tensor in the place of a backend, between two guards.
class GuardedTensor {
public:
    explicit GuardedTensor(MemorySource& memory, const Device& place) : memory_(memory), place_(place) {}
    GuardedTensor(GuardedTensor&& other) noexcept
        : memory_(other.memory_),
          place_(other.place_),
          dims_(std::move(other.dims_)),
          bytes_(other.bytes_),
          block_(std::exchange(other.block_, nullptr)) {}
    ~GuardedTensor() {
        if (block_) memory_.release(block_);
    }
    void* allocate(const std::vector<int64_t>& dims, int64_t bytes) {
        if (block_) memory_.release(block_);
        dims_ = dims;
        bytes_ = bytes;
        block_ = static_cast<uint8_t*>(memory_.allocate(bytes + 2 * kGuard));
        return block_ + kGuard;
    }
    void* holding(const Tensor& tensor) {
        void* data = allocate(tensor.dims(), tensor.bytes());
        place_.upload(data, tensor.data(), tensor.bytes(), nullptr);
        return data;
    }
    bool asked() const { return block_ != nullptr; }
    bool guardsHold() const {
        std::vector<uint8_t> guards(2 * kGuard);
        place_.download(guards.data(), block_, kGuard, nullptr);
        place_.download(guards.data() + kGuard, block_ + kGuard + bytes_, kGuard, nullptr);
        return std::all_of(guards.begin(), guards.end(), [](auto b) { return b == kPoison; });
    }
    Tensor tensor(DType type) const {
        Tensor result(type, dims_);
        if (bytes_ > 0) place_.download(result.mutableData(), block_ + kGuard, bytes_, nullptr);
        return result;
    }

private:
    MemorySource& memory_;
    const Device& place_;
    std::vector<int64_t> dims_;
    int64_t bytes_ = 0;
    uint8_t* block_ = nullptr;
};

}  // namespace opentrt::conformance
