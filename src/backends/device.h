// SPDX-License-Identifier: Apache-2.0
// Where the tensors of a backend lie, and how work on them is ordered. Whoever moves tensors in or out, or reads a
// number that decides what runs next, does it through this interface. On the host everything happens at once.
#pragma once
#include <cstdint>
#include <functional>

namespace opentrt {

class Device {
public:
    virtual ~Device() = default;
    //! Whether pointers may be followed by this process, and work is done when the call that started it returns.
    virtual bool isHost() const = 0;

    //! Aligned to 256 bytes. Throws Error(FailedAllocation) that says how much was asked for.
    virtual void* allocate(int64_t bytes) const = 0;
    virtual void release(void* memory) const = 0;

    // In the order of the stream. All throw Error(FailedExecution).
    //! `from` is host memory and may be changed when the call returns.
    virtual void upload(void* to, const void* from, int64_t bytes, void* stream) const = 0;
    //! `to` is host memory and holds the bytes when the call returns.
    virtual void download(void* to, const void* from, int64_t bytes, void* stream) const = 0;
    virtual void copy(void* to, const void* from, int64_t bytes, void* stream) const = 0;
    virtual void clear(void* to, int64_t bytes, void* stream) const = 0;
    //! Waits for everything that was put into the stream.
    virtual void synchronize(void* stream) const = 0;

    //! Milliseconds that one of `repeats` equal pieces of work takes; `work` puts one of them into the stream.
    virtual double time(const std::function<void(void* stream)>& work, int repeats) const = 0;
};

const Device& hostDevice();

}  // namespace opentrt
