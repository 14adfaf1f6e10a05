// SPDX-License-Identifier: Apache-2.0
// The CUDA device of a run, and owners of what the CUDA runtime hands out.
#pragma once
#include <cstddef>
#include <cuda_runtime_api.h>
#include <stdexcept>
#include <string>

namespace trtexec {

//! A failed CUDA call. It ends the program without an end line.
struct CudaError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
void check(cudaError_t code, const char* what);
#define TRTEXEC_CUDA(call) ::trtexec::check(call, #call)

//! Makes the device current and prints the section. Throws CudaError.
void selectDevice(int device);

class Stream {
public:
    Stream();
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    cudaStream_t get() const { return stream_; }
    void synchronize() const { TRTEXEC_CUDA(cudaStreamSynchronize(stream_)); }
    void wait(cudaEvent_t event) const { TRTEXEC_CUDA(cudaStreamWaitEvent(stream_, event, 0)); }

private:
    cudaStream_t stream_ = nullptr;
};

class Event {
public:
    //! Waiting for it sleeps, or spins.
    explicit Event(bool spin);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    cudaEvent_t get() const { return event_; }
    void record(const Stream& stream) const { TRTEXEC_CUDA(cudaEventRecord(event_, stream.get())); }
    void synchronize() const { TRTEXEC_CUDA(cudaEventSynchronize(event_)); }
    //! Milliseconds since another event.
    float since(const Event& start) const;

private:
    cudaEvent_t event_ = nullptr;
};

//! Memory that grows, never empty: a tensor without elements has an address as well.
class Memory {
public:
    enum class Kind { Device, Host, Managed };
    explicit Memory(Kind kind) : kind_(kind) {}
    ~Memory() { release(); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    void* reserve(size_t bytes);
    void* get() const { return data_; }

private:
    void release() noexcept;
    Kind kind_;
    void* data_ = nullptr;
    size_t size_ = 0;
};

}  // namespace trtexec
