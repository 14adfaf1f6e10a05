// SPDX-License-Identifier: Apache-2.0
// Stream capture: between begin and end a stream's calls become nodes of a graph. Streams join a capture by waiting for
// an event recorded in it. Calls that would break the graph's isolation are refused and invalidate the capture, by the
// rules of the three modes. Tested by capture_test.cpp and capture_rules_test.cpp.
#pragma once

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "event.h"
#include "graph.h"
#include "stream.h"

namespace opentrt::hostcuda {

struct Capture {
    unsigned long long id;
    cudaStreamCaptureMode mode;
    std::thread::id thread;
    std::shared_ptr<Graph> graph;
    Stream* origin;
    std::vector<Stream*> members;  // all streams in it, the origin first
    // What streams that were destroyed while capturing left unjoined.
    std::vector<GraphNode*> abandonedTail;
    bool invalidated = false;
    bool ended = false;
};

struct CaptureView {
    cudaStreamCaptureStatus status;
    unsigned long long id;
    cudaGraph_t graph;
    const cudaGraphNode_t* dependencies;
    size_t numDependencies;
};

// These need the graph lock.
cudaError_t beginCapture(Stream& stream, cudaStreamCaptureMode mode, std::shared_ptr<Graph> into,
                         std::vector<GraphNode*> after);
cudaError_t endCapture(Stream& stream, cudaGraph_t* graph);
cudaError_t updateDependencies(Stream& stream, const cudaGraphNode_t* nodes, size_t count, unsigned flags);

// These take it.
cudaError_t viewCapture(Stream& stream, CaptureView& view);
// The capturing stream's part of submit.
cudaError_t captureWork(Stream& stream, Work work);
// Takes the stream out of its capture: it is destroyed, or its thread ends.
void abandonCapture(Stream& stream);

// Recording and waiting, which behave differently as soon as a capture is involved on either side.
cudaError_t recordEvent(const std::shared_ptr<Event>& event, Stream& stream, unsigned flags);
cudaError_t awaitEvent(const std::shared_ptr<Event>& event, Stream& stream, unsigned flags);

// The refusals. Each returns cudaSuccess when the call may go on, which costs one load when nothing captures.
// A call on the legacy stream while a blocking stream captures.
cudaError_t refuseLegacyUse(bool invalidate);
// A call that is unsafe during capture, such as an allocation, by the mode of the captures and of the thread.
cudaError_t refuseUnsafe();
// Synchronising or querying this stream.
cudaError_t refuseOn(Stream& stream);
// Work that the stream cannot take now, whatever it is.
cudaError_t refuseInvalidated(Stream& stream);
// Work that cannot be captured.
cudaError_t refuseCapturing(Stream& stream);
// Synchronising with everything.
cudaError_t refuseDuringAny();

cudaStreamCaptureMode exchangeThreadMode(cudaStreamCaptureMode mode);

}  // namespace opentrt::hostcuda
