// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "backends/device.h"
#include "base/error.h"

namespace opentrt {

namespace {

class HostMarks final : public Marks {
public:
    size_t add(void*) override {
        marks_.push_back(std::chrono::steady_clock::now());
        return marks_.size() - 1;
    }
    float between(size_t from, size_t to) override {
        return std::chrono::duration<float, std::milli>(marks_.at(to) - marks_.at(from)).count();
    }

private:
    std::vector<std::chrono::steady_clock::time_point> marks_;
};

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

    std::shared_ptr<void> hostMemory(int64_t bytes) const override {
        return {allocate(bytes), [](void* memory) { std::free(memory); }};
    }
    std::unique_ptr<Courier> courier(size_t) const override { return nullptr; }
    std::unique_ptr<Lanes> lanes(size_t, size_t) const override { return nullptr; }

    std::unique_ptr<Marks> marks(bool) const override { return std::make_unique<HostMarks>(); }
    std::unique_ptr<Recording> record(const std::function<void(void*)>&) const override { return nullptr; }
    bool isRecorded(void*) const override { return false; }
    void signal(void*, void*, bool) const override {}  // the event belongs to a stream of the program

    double time(const std::function<void(void*)>& work, const Trials& trials) const override {
        return trials.median([&] {
            if (trials.before) trials.before(nullptr);
            const auto start = std::chrono::steady_clock::now();
            for (int i = 0; i < trials.repeats; ++i) work(nullptr);
            const std::chrono::duration<double, std::milli> all = std::chrono::steady_clock::now() - start;
            return all.count() / trials.repeats;
        });
    }
};

}  // namespace

double medianOf(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<long>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double Trials::median(const std::function<double()>& trial) const {
    std::vector<double> times{trial()};
    if (times[0] > hopeless) return times[0];
    while (static_cast<int>(times.size()) < count) times.push_back(trial());
    return medianOf(std::move(times));
}

const Device& hostDevice() {
    static const HostDevice device;
    return device;
}

}  // namespace opentrt
