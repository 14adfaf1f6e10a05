// SPDX-License-Identifier: Apache-2.0
// Helpers of the tests. The tests use the public API only and hold for a GPU's runtime as well, except where they ask
// onHostRuntime().
#pragma once

#include <condition_variable>
#include <cstring>
#include <cuda_runtime.h>
#include <functional>
#include <gtest/gtest.h>
#include <mutex>
#include <vector>

namespace hosttest {

// Compares by name, so that a failure reads well.
#define EXPECT_CUDA(expected, expression) \
    EXPECT_STREQ(cudaGetErrorName(expected), cudaGetErrorName(expression)) << #expression
#define ASSERT_CUDA(expected, expression) \
    ASSERT_STREQ(cudaGetErrorName(expected), cudaGetErrorName(expression)) << #expression
#define EXPECT_OK(expression) EXPECT_CUDA(cudaSuccess, expression)
#define ASSERT_OK(expression) ASSERT_CUDA(cudaSuccess, expression)

inline bool onHostRuntime() {
    cudaDeviceProp properties;
    return cudaGetDeviceProperties(&properties, 0) == cudaSuccess && std::strstr(properties.name, "(host CPU)");
}

class Stream {
public:
    explicit Stream(unsigned flags = cudaStreamDefault) { EXPECT_OK(cudaStreamCreateWithFlags(&stream_, flags)); }
    ~Stream() { cudaStreamDestroy(stream_); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    operator cudaStream_t() const { return stream_; }

private:
    cudaStream_t stream_ = nullptr;
};

class Event {
public:
    explicit Event(unsigned flags = cudaEventDefault) { EXPECT_OK(cudaEventCreateWithFlags(&event_, flags)); }
    ~Event() { cudaEventDestroy(event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    operator cudaEvent_t() const { return event_; }

private:
    cudaEvent_t event_ = nullptr;
};

// Keeps a stream from going on until it is opened.
class Gate {
public:
    ~Gate() { open(); }

    void close(cudaStream_t stream) { EXPECT_OK(cudaLaunchHostFunc(stream, &Gate::wait, this)); }
    void open() {
        std::lock_guard lock(mutex_);
        open_ = true;
        opened_.notify_all();
    }

private:
    static void wait(void* self) {
        auto* gate = static_cast<Gate*>(self);
        std::unique_lock lock(gate->mutex_);
        gate->opened_.wait(lock, [&] { return gate->open_; });
    }

    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

// Notes in which order streams get to the places where notes were asked for.
class Notes {
public:
    void ask(cudaStream_t stream, int number) {
        std::lock_guard lock(mutex_);
        asked_.push_back(new Asked{this, number});
        EXPECT_OK(cudaLaunchHostFunc(stream, &Notes::take, asked_.back()));
    }
    std::vector<int> taken() {
        std::lock_guard lock(mutex_);
        return taken_;
    }
    ~Notes() {
        for (Asked* a : asked_) delete a;
    }

private:
    struct Asked {
        Notes* notes;
        int number;
    };
    static void take(void* asked) {
        auto* a = static_cast<Asked*>(asked);
        std::lock_guard lock(a->notes->mutex_);
        a->notes->taken_.push_back(a->number);
    }

    std::mutex mutex_;
    std::vector<int> taken_;
    std::vector<Asked*> asked_;
};

// Device memory of ints with checked copies.
class Ints {
public:
    explicit Ints(size_t count) : count_(count) { EXPECT_OK(cudaMalloc(&data_, count * sizeof(int))); }
    ~Ints() { cudaFree(data_); }
    Ints(const Ints&) = delete;
    Ints& operator=(const Ints&) = delete;

    int* data() const { return data_; }
    size_t bytes() const { return count_ * sizeof(int); }
    std::vector<int> read() const {
        std::vector<int> values(count_);
        EXPECT_OK(cudaMemcpy(values.data(), data_, bytes(), cudaMemcpyDeviceToHost));
        return values;
    }
    void write(const std::vector<int>& values) {
        EXPECT_OK(cudaMemcpy(data_, values.data(), bytes(), cudaMemcpyHostToDevice));
    }

private:
    int* data_ = nullptr;
    size_t count_;
};

inline void doNothing(void*) {}

}  // namespace hosttest
