// SPDX-License-Identifier: Apache-2.0
// Memory, streams and graphs of the device for programs that use the public API as applications do: the few functions
// of the driver that is there, real or emulated.
#pragma once
#include <cstddef>
#include <cstdint>
#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace devicetest {

class Driver {
public:
    //! The function of this name; throws when there is no driver.
    template <class... Args>
    static void call(const char* name, Args... args) {
        static void* const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
        const auto function =
            library ? reinterpret_cast<int (*)(Args...)>(dlsym(library, name)) : static_cast<int (*)(Args...)>(nullptr);
        const int status = function ? function(args...) : -1;
        if (status != 0) throw std::runtime_error(std::string(name) + " failed: " + std::to_string(status));
    }
    static int devices() {
        int count = 0;
        call("cuInit", 0u);
        call("cuDeviceGetCount", &count);
        return count;
    }
    //! As cudaGetDevice.
    static int current() {
        int device = -1;
        call("cuCtxGetDevice", &device);
        return device;
    }
    //! As cudaSetDevice.
    static void use(int device) {
        int number = 0;
        void* context = nullptr;
        call("cuInit", 0u);
        call("cuDeviceGet", &number, device);
        call("cuDevicePrimaryCtxRetain", &context, number);
        call("cuCtxSetCurrent", context);
    }
};

class Stream {
public:
    Stream() { Driver::call("cuStreamCreate", &stream_, 1u); }
    Stream(const Stream&) = delete;
    ~Stream() { Driver::call("cuStreamDestroy_v2", stream_); }
    template <class T>
    T as() const {
        return static_cast<T>(stream_);
    }

private:
    void* stream_ = nullptr;
};

//! Floats on the current device.
class Floats {
public:
    explicit Floats(size_t count) : count_(count) { Driver::call("cuMemAlloc_v2", &address_, count * sizeof(float)); }
    explicit Floats(const std::vector<float>& values) : Floats(values.size()) { set(values); }
    Floats(const Floats&) = delete;
    ~Floats() { Driver::call("cuMemFree_v2", address_); }
    //! Small copies end later than the call, and streams that do not wait for others would overtake them.
    void set(const std::vector<float>& values) {
        Driver::call("cuMemcpyHtoD_v2", address_, static_cast<const void*>(values.data()), count_ * sizeof(float));
        Driver::call("cuCtxSynchronize");
    }
    std::vector<float> get() const {
        std::vector<float> values(count_);
        Driver::call("cuCtxSynchronize");
        Driver::call("cuMemcpyDtoH_v2", static_cast<void*>(values.data()), address_, count_ * sizeof(float));
        return values;
    }
    //! As they are when the stream has done what it was given; others may still be at work.
    std::vector<float> get(const Stream& stream) const {
        std::vector<float> values(count_);
        Driver::call("cuMemcpyDtoHAsync_v2", static_cast<void*>(values.data()), address_, count_ * sizeof(float),
                     stream.as<void*>());
        Driver::call("cuStreamSynchronize", stream.as<void*>());
        return values;
    }
    void* data() const { return reinterpret_cast<void*>(address_); }

private:
    unsigned long long address_ = 0;
    size_t count_;
};

//! What a caller records of a stream.
class Recorded {
public:
    template <class Work>
    Recorded(const Stream& stream, const Work& work) {
        Driver::call("cuStreamBeginCapture_v2", stream.as<void*>(), 1);
        const bool done = work();
        Driver::call("cuStreamEndCapture", stream.as<void*>(), &graph_);
        if (!done) throw std::runtime_error("the work cannot be recorded");
        Driver::call("cuGraphInstantiateWithFlags", &exec_, graph_, 0ull);
    }
    Recorded(const Recorded&) = delete;
    ~Recorded() {
        Driver::call("cuGraphExecDestroy", exec_);
        Driver::call("cuGraphDestroy", graph_);
    }
    void start(const Stream& stream) const { Driver::call("cuGraphLaunch", exec_, stream.as<void*>()); }

private:
    void *graph_ = nullptr, *exec_ = nullptr;
};

}  // namespace devicetest
