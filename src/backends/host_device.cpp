// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "backends/device.h"
#include "base/error.h"

namespace opentrt {

namespace {

class HostDevice final : public Device {
public:
    bool isHost() const override { return true; }

    void* allocate(int64_t bytes) const override {
        constexpr uint64_t kAlignment = 256;
        const auto asked = static_cast<uint64_t>(bytes > 0 ? bytes : 1);
        void* memory = std::aligned_alloc(kAlignment, (asked + kAlignment - 1) / kAlignment * kAlignment);
        if (!memory) {
            throw Error(ErrorCode::FailedAllocation, "", cat("this machine has no ", bytes, " bytes of memory left"));
        }
        return memory;
    }
    void release(void* memory) const override { std::free(memory); }

    void upload(void* to, const void* from, int64_t bytes, void* stream) const override {
        copy(to, from, bytes, stream);
    }
    void download(void* to, const void* from, int64_t bytes, void* stream) const override {
        copy(to, from, bytes, stream);
    }
    void copy(void* to, const void* from, int64_t bytes, void*) const override {
        if (bytes > 0) std::memcpy(to, from, static_cast<size_t>(bytes));
    }
    void clear(void* to, int64_t bytes, void*) const override {
        if (bytes > 0) std::memset(to, 0, static_cast<size_t>(bytes));
    }
    void synchronize(void*) const override {}

    double time(const std::function<void(void*)>& work, int repeats) const override {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < repeats; ++i) work(nullptr);
        const std::chrono::duration<double, std::milli> all = std::chrono::steady_clock::now() - start;
        return all.count() / repeats;
    }
};

}  // namespace

const Device& hostDevice() {
    static const HostDevice device;
    return device;
}

}  // namespace opentrt
