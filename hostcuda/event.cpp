// SPDX-License-Identifier: Apache-2.0
#include "event.h"

#include "capture.h"
#include "handles.h"
#include "lifetime.h"

namespace opentrt::hostcuda {
namespace {

using Events = Handles<Event>;

// Asking for the completion of an event that was recorded in a capture is an error, and breaks a capture under way.
cudaError_t refuseCaptured(const Event& event, bool invalidate) {
    const auto capture = event.capture();
    if (!capture) return cudaSuccess;
    std::lock_guard lock(graphLock());
    if (capture->ended || capture->invalidated) return cudaErrorInvalidValue;
    capture->invalidated = invalidate;
    return cudaErrorCapturedEvent;
}

cudaError_t refuseAsking(const Event& event) {
    const cudaError_t status = refuseCaptured(event, true);
    return status != cudaSuccess ? status : refuseUnsafe();
}

cudaError_t create(cudaEvent_t* event, unsigned flags) {
    constexpr unsigned known = cudaEventBlockingSync | cudaEventDisableTiming | cudaEventInterprocess;
    if (!event || (flags & ~known)) return cudaErrorInvalidValue;
    if (flags & cudaEventInterprocess)
        return flags & cudaEventDisableTiming ? cudaErrorNotSupported : cudaErrorInvalidValue;
    *event = Events::all().add<cudaEvent_t>(std::make_shared<Event>(flags));
    return cudaSuccess;
}

cudaError_t elapsed(float* milliseconds, const Event& start, const Event& end) {
    if (!milliseconds) return cudaErrorInvalidValue;
    for (const Event* event : {&start, &end}) {
        const cudaError_t status = refuseCaptured(*event, false);
        if (status != cudaSuccess) return status;
    }
    const auto from = start.mark(), to = end.mark();
    if (!from || !to || !start.timed() || !end.timed()) return cudaErrorInvalidResourceHandle;
    if (!from->isSet() || !to->isSet()) return cudaErrorNotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(to->time() - from->time()).count();
    return cudaSuccess;
}

}  // namespace

std::shared_ptr<Mark> Event::mark() const {
    std::lock_guard lock(mutex_);
    return mark_;
}

void Event::setMark(std::shared_ptr<Mark> mark) {
    std::lock_guard lock(mutex_);
    mark_ = std::move(mark);
    capture_.reset();
    nodes_.clear();
}

std::shared_ptr<Capture> Event::capture() const {
    std::lock_guard lock(mutex_);
    return capture_;
}

std::vector<GraphNode*> Event::capturedNodes() const {
    std::lock_guard lock(mutex_);
    return nodes_;
}

void Event::setCaptured(std::shared_ptr<Capture> capture, std::vector<GraphNode*> nodes) {
    std::lock_guard lock(mutex_);
    mark_.reset();
    capture_ = std::move(capture);
    nodes_ = std::move(nodes);
}

std::shared_ptr<Event> findEvent(cudaEvent_t handle) {
    return Events::all().find(handle);
}

void destroyAllEvents() {
    Events::all().takeAll();
}

}  // namespace opentrt::hostcuda

using namespace opentrt::hostcuda;

HOSTCUDA_API(cudaEventCreate)(cudaEvent_t* event) {
    return enter([&] { return create(event, cudaEventDefault); });
}

HOSTCUDA_API(cudaEventCreateWithFlags)(cudaEvent_t* event, unsigned int flags) {
    return enter([&] { return create(event, flags); });
}

HOSTCUDA_API(cudaEventDestroy)(cudaEvent_t event) {
    return enter([&] { return Events::all().take(event) ? cudaSuccess : cudaErrorInvalidResourceHandle; });
}

HOSTCUDA_API(cudaEventRecordWithFlags)(cudaEvent_t event, cudaStream_t stream, unsigned int flags) {
    return enter([&] {
        const auto e = findEvent(event);
        const auto s = findStream(stream);
        return e && s ? recordEvent(e, *s, flags) : cudaErrorInvalidResourceHandle;
    });
}

HOSTCUDA_API(cudaEventRecord)(cudaEvent_t event, cudaStream_t stream) {
    return hostcuda_cudaEventRecordWithFlags(event, stream, cudaEventRecordDefault);
}

HOSTCUDA_API(cudaStreamWaitEvent)(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
    return enter([&] {
        const auto e = findEvent(event);
        const auto s = findStream(stream);
        return e && s ? awaitEvent(e, *s, flags) : cudaErrorInvalidResourceHandle;
    });
}

HOSTCUDA_API(cudaEventQuery)(cudaEvent_t event) {
    return enter([&] {
        const auto e = findEvent(event);
        if (!e) return cudaErrorInvalidResourceHandle;
        const cudaError_t status = refuseAsking(*e);
        if (status != cudaSuccess) return status;
        const auto mark = e->mark();
        return !mark || mark->isSet() ? cudaSuccess : cudaErrorNotReady;
    });
}

HOSTCUDA_API(cudaEventSynchronize)(cudaEvent_t event) {
    return enter([&] {
        const auto e = findEvent(event);
        if (!e) return cudaErrorInvalidResourceHandle;
        const cudaError_t status = refuseAsking(*e);
        if (status == cudaSuccess)
            if (const auto mark = e->mark()) mark->wait();
        return status;
    });
}

HOSTCUDA_API(cudaEventElapsedTime)(float* ms, cudaEvent_t start, cudaEvent_t end) {
    return enter([&] {
        const auto from = findEvent(start), to = findEvent(end);
        return from && to ? elapsed(ms, *from, *to) : cudaErrorInvalidResourceHandle;
    });
}
HOSTCUDA_ALSO_12(cudaEventElapsedTime, "cudaEventElapsedTime_v2");

HOSTCUDA_API(cudaIpcGetEventHandle)(cudaIpcEventHandle_t*, cudaEvent_t) {
    // No event can be made for use between processes.
    return enter([] { return cudaErrorInvalidResourceHandle; });
}

HOSTCUDA_API(cudaIpcOpenEventHandle)(cudaEvent_t*, cudaIpcEventHandle_t) {
    return enter([] { return cudaErrorNotSupported; });
}
