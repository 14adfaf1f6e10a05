// SPDX-License-Identifier: Apache-2.0
// Where the tensors of a backend lie, and how work on them is ordered. Whoever moves tensors in or out, or reads a
// number that decides what runs next, does it through this interface. On the host everything happens at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace opentrt {

//! Marks in a stream, and the time between any two of them.
class Marks {
public:
    virtual ~Marks() = default;
    //! Number of the mark.
    virtual size_t add(void* stream) = 0;
    //! Milliseconds; waits until the device has come to both. Throws Error when a recording was never started.
    virtual float between(size_t from, size_t to) = 0;
};

//! Work that was recorded, to be started as one; the addresses in it stay as they were.
class Recording {
public:
    virtual ~Recording() = default;
    virtual void start(void* stream) = 0;
    //! Other work of the same kind takes its place.
    virtual void renew(const std::function<void(void* stream)>& work) = 0;
    //! The same kernels on other addresses take its place, which is quicker. False: it stays as it was, because it is
    //! other work, or such that only renew() changes it.
    virtual bool readdress(const std::function<void(void* stream)>& work) = 0;
};

//! Of at least one; of an even number the upper one.
double medianOf(std::vector<double> values);

//! How work is measured.
struct Trials {
    int repeats = 1;                                            //!< pieces of work in one trial
    int count = 1;                                              //!< trials, of which the median counts
    double hopeless = std::numeric_limits<double>::infinity();  //!< a first trial above it is the only one
    std::function<void(void* stream)> before = {};              //!< put into the stream before each trial; may be empty
    //! The median of what `trial` returns.
    double median(const std::function<double()>& trial) const;
};

//! Copies from the host to the device beside the work of a stream.
class Courier {
public:
    virtual ~Courier() = default;
    //! Copies from now on begin when the stream has done what it was given so far.
    virtual void follow(void* stream) = 0;
    //! `from` is memory of Device::hostMemory(), which stays as it is. Copies are done in turn.
    virtual void bring(size_t place, void* to, const void* from, int64_t bytes) = 0;
    //! The stream goes on when the copies to this place are done.
    virtual void await(size_t place, void* stream) = 0;
};

//! Streams beside a program's own, and marks by which one waits for another. All of it may be recorded.
class Lanes {
public:
    virtual ~Lanes() = default;
    virtual void* stream(size_t index) const = 0;
    //! The mark is reached when the stream has done what it was given so far.
    virtual void set(size_t mark, void* stream) = 0;
    //! The stream goes on when the mark, as it was last set, is reached.
    virtual void await(size_t mark, void* stream) = 0;
};

//! Memory on a device that somebody gives. Throws Error(FailedAllocation) when there is none.
class MemorySource {
public:
    virtual ~MemorySource() = default;
    virtual void* allocate(int64_t bytes) = 0;  //!< 64-byte aligned
    virtual void release(void* memory) = 0;
};

class Device {
public:
    virtual ~Device() = default;
    //! Whether pointers may be followed by this process, and work is done when the call that started it returns.
    virtual bool isHost() const = 0;

    //! Makes it the calling thread's current device; what was current before is for leave(). Use OnDevice.
    virtual void* enter() const { return nullptr; }
    virtual void leave(void* /*entered*/) const {}

    //! Aligned to 256 bytes. Throws Error(FailedAllocation) that says how much was asked for.
    virtual void* allocate(int64_t bytes) const = 0;
    virtual void release(void* memory) const = 0;
    //! While the result lives, kernels that this thread loads or binds keep their weights and tables in memory of this
    //! source instead.
    virtual std::shared_ptr<void> useMemory(const std::shared_ptr<MemorySource>& /*source*/) const { return nullptr; }

    // In the order of the stream. All throw Error(FailedExecution).
    //! `from` is host memory and may be changed when the call returns.
    virtual void upload(void* to, const void* from, int64_t bytes, void* stream) const = 0;
    //! `to` is host memory and holds the bytes when the call returns.
    virtual void download(void* to, const void* from, int64_t bytes, void* stream) const = 0;
    virtual void copy(void* to, const void* from, int64_t bytes, void* stream) const = 0;
    virtual void clear(void* to, int64_t bytes, void* stream) const = 0;
    //! Waits for everything that was put into the stream.
    virtual void synchronize(void* stream) const = 0;

    //! Of this process, from which the device copies by itself.
    virtual std::shared_ptr<void> hostMemory(int64_t bytes) const = 0;
    //! For copies to so many places. All of it may be recorded. Null where nothing is copied.
    virtual std::unique_ptr<Courier> courier(size_t places) const = 0;
    //! Null where work is done at once.
    virtual std::unique_ptr<Lanes> lanes(size_t streams, size_t marks) const = 0;
    //! Bytes that nobody has taken; INT64_MAX when nobody knows.
    virtual int64_t freeBytes() const { return std::numeric_limits<int64_t>::max(); }

    //! `recorded`: of streams that the caller records; what it records sets the marks each time that it is started.
    virtual std::unique_ptr<Marks> marks(bool recorded) const = 0;
    //! Records what `work` puts into a stream, without doing it. Null where work is done at once.
    virtual std::unique_ptr<Recording> record(const std::function<void(void* stream)>& work) const = 0;
    //! Whether what is put into the stream is being recorded by the caller.
    virtual bool isRecorded(void* stream) const = 0;

    //! Records an event of the program that runs the inference. `asWork`: the stream is one of record(), and what it
    //! records shall do this each time that it is started.
    virtual void signal(void* event, void* stream, bool asWork) const = 0;

    //! Milliseconds that one of many equal pieces of work takes; `work` puts one of them into the stream.
    virtual double time(const std::function<void(void* stream)>& work, const Trials& trials) const = 0;
    //! Bytes that stay near the processor between kernels; 0 when nobody knows.
    virtual int64_t cacheBytes() const { return 0; }
};

//! What an application calls may use a device that is not the thread's current one, which is current again afterwards.
class OnDevice {
public:
    explicit OnDevice(const Device& device) : device_(device), entered_(device.enter()) {}
    OnDevice(const OnDevice&) = delete;
    OnDevice& operator=(const OnDevice&) = delete;
    ~OnDevice() { device_.leave(entered_); }

private:
    const Device& device_;
    void* entered_;
};

//! Memory on a device for as long as this lives: of the source, or the device's own where there is none.
class HeldMemory {
public:
    HeldMemory(const Device& device, std::shared_ptr<MemorySource> source, int64_t bytes)
        : device_(device),
          source_(std::move(source)),
          data_(source_ ? source_->allocate(bytes) : device.allocate(bytes)) {}
    HeldMemory(const HeldMemory&) = delete;
    HeldMemory& operator=(const HeldMemory&) = delete;
    ~HeldMemory() { source_ ? source_->release(data_) : device_.release(data_); }
    void* data() const { return data_; }

private:
    const Device& device_;
    std::shared_ptr<MemorySource> source_;
    void* data_;
};

const Device& hostDevice();

}  // namespace opentrt
