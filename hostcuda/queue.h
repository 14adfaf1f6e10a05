// SPDX-License-Identifier: Apache-2.0
// An ordered queue of work with one worker thread: what a stream is made of. The worker starts with the first work and
// lives until the queue is closed and empty, so it outlives the stream's handle when the stream is destroyed early.
//
// Positions count the work pushed to a queue; a fence is a position that another thread or queue waits for. Positions
// are 32-bit and compared modulo 2^32, since a queue never holds billions of items. Tested by stream_test.cpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "work.h"

namespace opentrt::hostcuda {

struct Fence {
    std::shared_ptr<Queue> queue;
    uint32_t position = 0;

    void wait() const;
};

struct Item {
    Work work;
    std::vector<Fence> after;  // the work of other queues that comes first
};

class Queue : public std::enable_shared_from_this<Queue> {
public:
    // A blocking queue takes part in the ordering of the legacy stream.
    static std::shared_ptr<Queue> make(bool blocking);

    void push(Work work, std::vector<Fence> after);
    Fence tail();
    bool idle() const;
    bool passed(uint32_t position) const;
    void waitFor(uint32_t position) const;
    // The worker ends once everything pushed so far is done.
    void close();
    bool blocking() const { return blocking_; }

private:
    explicit Queue(bool blocking) : blocking_(blocking) {}
    void startWorker();
    void work();

    const bool blocking_;
    std::mutex mutex_;
    std::vector<Item> pending_;
    bool started_ = false;
    bool closed_ = false;
    std::atomic<uint32_t> bell_{0};  // changes when the worker has a reason to look
    std::atomic<uint32_t> pushed_{0};
    std::atomic<uint32_t> finished_{0};
};

// All queues whose stream lives or whose work is not done.
std::vector<std::shared_ptr<Queue>> liveQueues();

}  // namespace opentrt::hostcuda
