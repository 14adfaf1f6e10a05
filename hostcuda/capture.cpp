// SPDX-License-Identifier: Apache-2.0
#include "capture.h"

#include <algorithm>
#include <atomic>

#include "handles.h"

namespace opentrt::hostcuda {
namespace {

// The captures that have begun and not ended, guarded by the graph lock; their number may be read without it.
std::vector<std::shared_ptr<Capture>>& captures() {
    static auto* list = new std::vector<std::shared_ptr<Capture>>;
    return *list;
}
std::atomic<int> captureCount{0};

thread_local cudaStreamCaptureMode threadMode = cudaStreamCaptureModeGlobal;

bool nothingCaptures() {
    return captureCount.load(std::memory_order_acquire) == 0;
}

void join(Stream& stream, const std::shared_ptr<Capture>& capture, std::vector<GraphNode*> tail) {
    stream.capture = capture;
    stream.captureTail = std::move(tail);
    stream.capturing.store(true, std::memory_order_release);
    capture->members.push_back(&stream);
}

void leave(Stream& stream) {
    stream.capturing.store(false, std::memory_order_release);
    stream.capture.reset();
    stream.captureTail.clear();
}

// Ends the capture. Events keep it, so it gives its graph away.
std::shared_ptr<Graph> finish(const std::shared_ptr<Capture>& capture) {
    auto graph = std::move(capture->graph);
    graph->capturing = false;
    capture->ended = true;
    for (Stream* member : capture->members) leave(*member);
    capture->members.clear();
    auto& all = captures();
    all.erase(std::find(all.begin(), all.end(), capture));
    captureCount.fetch_sub(1, std::memory_order_release);
    return graph;
}

void merge(std::vector<GraphNode*>& tail, const std::vector<GraphNode*>& more) {
    for (GraphNode* node : more)
        if (std::find(tail.begin(), tail.end(), node) == tail.end()) tail.push_back(node);
}

// Whether everything that other streams did reaches the origin.
bool joined(const Capture& capture) {
    const auto reached = ancestors(capture.origin->captureTail);
    const auto covers = [&](const std::vector<GraphNode*>& tail) {
        return std::all_of(tail.begin(), tail.end(), [&](const GraphNode* node) {
            return std::find(reached.begin(), reached.end(), node) != reached.end();
        });
    };
    return covers(capture.abandonedTail) && std::all_of(capture.members.begin(), capture.members.end(),
                                                        [&](const Stream* s) { return covers(s->captureTail); });
}

// The capture forbids unsafe calls to the calling thread.
bool forbids(const Capture& capture) {
    if (capture.mode == cudaStreamCaptureModeRelaxed) return false;
    if (capture.thread == std::this_thread::get_id()) return true;
    return threadMode == cudaStreamCaptureModeGlobal && capture.mode == cudaStreamCaptureModeGlobal;
}

template <class Affects>
cudaError_t refuseIf(cudaError_t error, bool invalidate, const Affects& affects) {
    if (nothingCaptures()) return cudaSuccess;
    std::lock_guard lock(graphLock());
    cudaError_t status = cudaSuccess;
    for (const auto& capture : captures()) {
        if (!affects(*capture)) continue;
        status = error;
        capture->invalidated |= invalidate;
    }
    return status;
}

// Adds a node behind the stream's tail. The caller holds the lock and knows that the stream captures.
cudaError_t append(Stream& stream, Work work) {
    if (stream.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
    if (std::holds_alternative<Callback>(work)) {
        stream.capture->invalidated = true;
        return cudaErrorStreamCaptureUnsupported;
    }
    stream.captureTail = {addNode(*stream.capture->graph, std::move(work), stream.captureTail)};
    return cudaSuccess;
}

// Waiting for an event that was recorded in a capture.
cudaError_t awaitCaptured(const std::shared_ptr<Capture>& capture, const std::vector<GraphNode*>& nodes,
                          Stream& stream) {
    if (stream.legacy) {
        capture->invalidated = true;
        return cudaErrorStreamCaptureImplicit;
    }
    if (capture->invalidated) return cudaErrorStreamCaptureInvalidated;
    if (!stream.capture) {
        join(stream, capture, nodes);
        return cudaSuccess;
    }
    if (stream.capture != capture) {
        stream.capture->invalidated = capture->invalidated = true;
        return cudaErrorStreamCaptureMerge;
    }
    merge(stream.captureTail, nodes);
    return cudaSuccess;
}

// Waiting, in a stream that captures, for an event that was not recorded in a capture.
cudaError_t awaitOutside(const std::shared_ptr<Event>& event, Stream& stream, bool external) {
    if (external) return append(stream, AwaitEvent{event});
    if (!event->mark()) return cudaSuccess;
    stream.capture->invalidated = true;
    return cudaErrorStreamCaptureIsolation;
}

}  // namespace

cudaError_t beginCapture(Stream& stream, cudaStreamCaptureMode mode, std::shared_ptr<Graph> into,
                         std::vector<GraphNode*> after) {
    static unsigned long long nextId = 1;
    if (stream.legacy) return cudaErrorStreamCaptureUnsupported;
    if (mode < cudaStreamCaptureModeGlobal || mode > cudaStreamCaptureModeRelaxed) return cudaErrorInvalidValue;
    if (stream.capture || (into && into->capturing)) return cudaErrorIllegalState;
    auto capture = std::make_shared<Capture>();
    capture->id = nextId++;
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->graph = into ? std::move(into) : makeGraph();
    capture->graph->capturing = true;
    capture->origin = &stream;
    captures().push_back(capture);
    captureCount.fetch_add(1, std::memory_order_release);
    join(stream, capture, std::move(after));
    return cudaSuccess;
}

cudaError_t endCapture(Stream& stream, cudaGraph_t* graph) {
    if (graph) *graph = nullptr;
    const auto capture = stream.capture;
    if (!capture) return cudaErrorIllegalState;
    if (capture->origin != &stream) {
        capture->invalidated = true;
        return cudaErrorStreamCaptureUnmatched;
    }
    cudaError_t status = cudaSuccess;
    if (capture->mode != cudaStreamCaptureModeRelaxed && capture->thread != std::this_thread::get_id())
        status = cudaErrorStreamCaptureWrongThread;
    else if (capture->invalidated)
        status = cudaErrorStreamCaptureInvalidated;
    else if (!joined(*capture))
        status = cudaErrorStreamCaptureUnjoined;
    auto captured = finish(capture);
    if (status == cudaSuccess && graph) *graph = Handles<Graph>::all().add<cudaGraph_t>(std::move(captured));
    return status;
}

cudaError_t viewCapture(Stream& stream, CaptureView& view) {
    view = {};
    if (stream.legacy) return refuseLegacyUse(false);
    std::lock_guard lock(graphLock());
    if (!stream.capture) return cudaSuccess;
    const Capture& capture = *stream.capture;
    view.status = capture.invalidated ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
    view.id = capture.id;
    view.graph = handleOf(*capture.graph);
    view.dependencies = stream.captureTail.data();
    view.numDependencies = stream.captureTail.size();
    return cudaSuccess;
}

cudaError_t updateDependencies(Stream& stream, const cudaGraphNode_t* nodes, size_t count, unsigned flags) {
    if (flags > cudaStreamSetCaptureDependencies) return cudaErrorInvalidValue;
    if (!stream.capture) return cudaErrorIllegalState;
    if (stream.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
    std::vector<GraphNode*> list;
    const cudaError_t status = readDependencies(*stream.capture->graph, nodes, count, list);
    if (status != cudaSuccess) return status;
    if (flags == cudaStreamSetCaptureDependencies) stream.captureTail.clear();
    merge(stream.captureTail, list);
    return cudaSuccess;
}

cudaError_t captureWork(Stream& stream, Work work) {
    std::unique_lock lock(graphLock());
    if (stream.capture) return append(stream, std::move(work));
    // Another thread ended the capture meanwhile.
    lock.unlock();
    return submit(stream, std::move(work));
}

void abandonCapture(Stream& stream) {
    std::lock_guard lock(graphLock());
    const auto capture = stream.capture;
    if (!capture) return;
    if (capture->origin == &stream) {
        finish(capture);
        return;
    }
    merge(capture->abandonedTail, stream.captureTail);
    auto& members = capture->members;
    members.erase(std::find(members.begin(), members.end(), &stream));
    leave(stream);
}

cudaError_t recordEvent(const std::shared_ptr<Event>& event, Stream& stream, unsigned flags) {
    const bool external = flags == cudaEventRecordExternal;
    if (flags > cudaEventRecordExternal) return cudaErrorInvalidValue;
    if (stream.capturing.load(std::memory_order_acquire) && !runsInside(stream)) {
        std::lock_guard lock(graphLock());
        if (stream.capture) {
            if (external) return append(stream, RecordEvent{event});
            if (stream.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
            event->setCaptured(stream.capture, stream.captureTail);
            return cudaSuccess;
        }
    }
    if (external) return cudaErrorIllegalState;
    auto mark = std::make_shared<Mark>();
    const cudaError_t status = submit(stream, SetMark{mark});
    if (status == cudaSuccess) event->setMark(std::move(mark));
    return status;
}

cudaError_t awaitEvent(const std::shared_ptr<Event>& event, Stream& stream, unsigned flags) {
    const bool external = flags == cudaEventWaitExternal;
    if (flags > cudaEventWaitExternal) return cudaErrorInvalidValue;
    {
        const auto capture = event->capture();
        const bool capturing = stream.capturing.load(std::memory_order_acquire) && !runsInside(stream);
        if (capture || capturing) {
            std::lock_guard lock(graphLock());
            if (stream.capture && stream.capture->invalidated) return cudaErrorStreamCaptureInvalidated;
            if (capture && capture->ended) return cudaErrorInvalidValue;
            if (capture) return awaitCaptured(capture, event->capturedNodes(), stream);
            if (stream.capture) return awaitOutside(event, stream, external);
        }
    }
    if (external) return cudaErrorIllegalState;
    auto mark = event->mark();
    if (stream.legacy) return submit(stream, mark ? Work(AwaitMark{std::move(mark)}) : Work(Nothing{}));
    if (!mark || mark->isSet()) return cudaSuccess;
    return submit(stream, AwaitMark{std::move(mark)});
}

cudaError_t refuseLegacyUse(bool invalidate) {
    return refuseIf(cudaErrorStreamCaptureImplicit, invalidate, [](const Capture& capture) {
        return std::any_of(capture.members.begin(), capture.members.end(), [](Stream* s) { return s->blocking(); });
    });
}

cudaError_t refuseUnsafe() {
    if (threadMode == cudaStreamCaptureModeRelaxed) return cudaSuccess;
    return refuseIf(cudaErrorStreamCaptureUnsupported, true, forbids);
}

cudaError_t refuseInvalidated(Stream& stream) {
    if (nothingCaptures() || runsInside(stream)) return cudaSuccess;
    if (stream.legacy) return refuseLegacyUse(true);
    std::lock_guard lock(graphLock());
    return stream.capture && stream.capture->invalidated ? cudaErrorStreamCaptureInvalidated : cudaSuccess;
}

cudaError_t refuseCapturing(Stream& stream) {
    if (runsInside(stream)) return cudaSuccess;
    if (stream.legacy) return refuseLegacyUse(true);
    if (!stream.capturing.load(std::memory_order_acquire)) return cudaSuccess;
    std::lock_guard lock(graphLock());
    if (!stream.capture) return cudaSuccess;
    stream.capture->invalidated = true;
    return cudaErrorStreamCaptureUnsupported;
}

cudaError_t refuseOn(Stream& stream) {
    const cudaError_t status = refuseCapturing(stream);
    return status == cudaSuccess ? refuseUnsafe() : status;
}

cudaError_t refuseDuringAny() {
    return refuseIf(cudaErrorStreamCaptureUnsupported, true, [](const Capture&) { return true; });
}

cudaStreamCaptureMode exchangeThreadMode(cudaStreamCaptureMode mode) {
    return std::exchange(threadMode, mode);
}

}  // namespace opentrt::hostcuda
