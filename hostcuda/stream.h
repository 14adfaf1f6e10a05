// SPDX-License-Identifier: Apache-2.0
// Streams: the handle's state, the two default streams, and the one way by which work gets into a stream.
//
// Ordering with the legacy stream: its work waits for everything that blocking streams hold at the time of the call,
// and work of a blocking stream waits for everything that the legacy stream holds. Both are fences taken when the work
// is submitted, so no lock is held while anything runs. No cycle can arise: a fence only names work pushed before it.
// Tested by stream_test.cpp and default_stream_test.cpp.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "queue.h"

namespace opentrt::hostcuda {

struct Capture;
using GraphNode = ::CUgraphNode_st;

struct Stream {
    Stream(bool legacy, unsigned flags);
    // The queue ends when its work is done.
    ~Stream() { queue->close(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    bool blocking() const { return !(flags & cudaStreamNonBlocking); }

    const bool legacy;
    const unsigned flags;
    const unsigned long long id;
    const std::shared_ptr<Queue> queue;
    std::atomic<int> syncPolicy{cudaSyncPolicyAuto};

    // The capture in which the stream takes part. Only `capturing` may be read without the graph lock.
    std::atomic<bool> capturing{false};
    std::shared_ptr<Capture> capture;
    std::vector<GraphNode*> captureTail;  // the nodes that the next one depends on
};

const std::shared_ptr<Stream>& legacyStream();

// The stream of a handle, or null. Handles 0 and 1 are the legacy stream, 2 is the calling thread's own.
std::shared_ptr<Stream> findStream(cudaStream_t handle);

// Queues or captures the work. Work that runs in the stream already (see cudaHostRuntimeLaunch) performs it at once.
cudaError_t submit(Stream& stream, Work work);

// Waits for the stream's work; for the legacy stream, for that of all blocking streams as well.
void synchronize(Stream& stream);
bool idle(Stream& stream);
// Waits for everything in the process.
void synchronizeAll();

// Performs short work now, on the calling thread, in the order of the legacy stream.
cudaError_t performInLegacyOrder(const Work& work);

// Whether the calling thread is executing work of this stream with leave to use the runtime.
bool runsInside(const Stream& stream);

}  // namespace opentrt::hostcuda
