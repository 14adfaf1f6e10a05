// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include "capture.h"
#include "handles.h"

namespace opentrt::hostcuda {
namespace {

using Streams = Handles<Stream>;

unsigned long long nextStreamId() {
    static std::atomic<unsigned long long> next{1};
    return next.fetch_add(1);
}

// The pointer outlives the guard, so a thread that uses its stream from a late destructor still gets one.
thread_local std::shared_ptr<Stream>* ownStream = nullptr;

struct OwnStreamGuard {
    ~OwnStreamGuard() {
        if (!ownStream) return;
        abandonCapture(**ownStream);
        delete ownStream;
        ownStream = nullptr;
    }
};

const std::shared_ptr<Stream>& threadStream() {
    thread_local OwnStreamGuard guard;
    if (!ownStream) ownStream = new std::shared_ptr<Stream>(std::make_shared<Stream>(false, cudaStreamDefault));
    return *ownStream;
}

// The work of other queues that comes before what is submitted to this stream now.
std::vector<Fence> predecessors(const Stream& stream) {
    std::vector<Fence> fences;
    if (stream.legacy) {
        for (const auto& queue : liveQueues())
            if (queue->blocking() && queue != stream.queue && !queue->idle()) fences.push_back(queue->tail());
    } else if (stream.blocking() && !legacyStream()->queue->idle()) {
        fences.push_back(legacyStream()->queue->tail());
    }
    return fences;
}

void waitForLegacyOrder() {
    for (const Fence& fence : predecessors(*legacyStream())) fence.wait();
    legacyStream()->queue->tail().wait();
}

}  // namespace

Stream::Stream(bool legacy, unsigned flags)
    : legacy(legacy), flags(flags), id(nextStreamId()), queue(Queue::make(blocking())) {}

const std::shared_ptr<Stream>& legacyStream() {
    static const auto* stream = new std::shared_ptr<Stream>(std::make_shared<Stream>(true, cudaStreamDefault));
    return *stream;
}

std::shared_ptr<Stream> findStream(cudaStream_t handle) {
    if (handle == nullptr || handle == cudaStreamLegacy) return legacyStream();
    if (handle == cudaStreamPerThread) return threadStream();
    return Streams::all().find(handle);
}

bool runsInside(const Stream& stream) {
    const Running* r = running();
    return r && r->mayUseRuntime && (r->queue == stream.queue.get() || r->declaredStream == stream.id);
}

cudaError_t submit(Stream& stream, Work work) {
    if (runsInside(stream)) {
        perform(work, running()->queue);
        return cudaSuccess;
    }
    if (stream.legacy) {
        const cudaError_t status = refuseLegacyUse(true);
        if (status != cudaSuccess) return status;
    } else if (stream.capturing.load(std::memory_order_acquire)) {
        return captureWork(stream, std::move(work));
    }
    stream.queue->push(std::move(work), predecessors(stream));
    return cudaSuccess;
}

void synchronize(Stream& stream) {
    if (runsInside(stream)) return;
    if (stream.legacy)
        waitForLegacyOrder();
    else
        stream.queue->tail().wait();
}

bool idle(Stream& stream) {
    if (runsInside(stream)) return true;
    return stream.queue->idle() && (!stream.legacy || predecessors(stream).empty());
}

void synchronizeAll() {
    for (const auto& queue : liveQueues()) queue->tail().wait();
}

cudaError_t performInLegacyOrder(const Work& work) {
    const cudaError_t status = refuseLegacyUse(true);
    if (status != cudaSuccess) return status;
    // Inside the work of a stream, what came before is done by definition, and waiting for others could wait for
    // itself.
    if (!running()) waitForLegacyOrder();
    perform(work, running() ? running()->queue : nullptr);
    return cudaSuccess;
}

}  // namespace opentrt::hostcuda
