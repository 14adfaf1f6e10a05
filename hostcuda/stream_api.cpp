// SPDX-License-Identifier: Apache-2.0
// The exported functions on streams, without capture (capture_api.cpp). Tested by stream_test.cpp.
#include <algorithm>

#include "api.h"
#include "block.h"
#include "capture.h"
#include "handles.h"
#include "include/hostcuda/extension.h"
#include "lifetime.h"
#include "stream.h"

using namespace opentrt::hostcuda;

namespace {

using Streams = Handles<Stream>;

template <class T, class Get>
cudaError_t answer(cudaStream_t handle, T* result, const Get& get) {
    return onStream(handle, [&](Stream& stream) {
        if (!result) return cudaErrorInvalidValue;
        *result = get(stream);
        return cudaSuccess;
    });
}

cudaError_t create(cudaStream_t* stream, unsigned flags) {
    return enter([&] {
        if (!stream || (flags & ~static_cast<unsigned>(cudaStreamNonBlocking))) return cudaErrorInvalidValue;
        *stream = Streams::all().add<cudaStream_t>(std::make_shared<Stream>(false, flags));
        return cudaSuccess;
    });
}

cudaError_t launch(cudaStream_t handle, cudaHostFn_t fn, void* argument, bool mayUseRuntime) {
    return onStream(handle, [&](Stream& stream) {
        if (!fn) return cudaErrorInvalidValue;
        return submit(stream, HostCall{fn, argument, mayUseRuntime, stream.id});
    });
}

}  // namespace

namespace opentrt::hostcuda {

void destroyAllStreams() {
    for (const auto& stream : Streams::all().takeAll()) abandonCapture(*stream);
}

}  // namespace opentrt::hostcuda

HOSTCUDA_API(cudaStreamCreate)(cudaStream_t* stream) {
    return create(stream, cudaStreamDefault);
}

HOSTCUDA_API(cudaStreamCreateWithFlags)(cudaStream_t* stream, unsigned int flags) {
    return create(stream, flags);
}

// There is one priority, so every request is clamped to it.
HOSTCUDA_API(cudaStreamCreateWithPriority)(cudaStream_t* stream, unsigned int flags, int) {
    return create(stream, flags);
}

HOSTCUDA_API(cudaStreamDestroy)(cudaStream_t stream) {
    return enter([&] {
        const auto taken = Streams::all().take(stream);
        if (!taken) return cudaErrorInvalidResourceHandle;
        abandonCapture(*taken);
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaStreamSynchronize)(cudaStream_t stream) {
    return onStream(stream, [](Stream& s) {
        const cudaError_t status = refuseOn(s);
        if (status == cudaSuccess) synchronize(s);
        return status;
    });
}

HOSTCUDA_API(cudaStreamQuery)(cudaStream_t stream) {
    return onStream(stream, [](Stream& s) {
        const cudaError_t status = refuseOn(s);
        if (status != cudaSuccess) return status;
        return idle(s) ? cudaSuccess : cudaErrorNotReady;
    });
}

HOSTCUDA_API(cudaLaunchHostFunc)(cudaStream_t stream, cudaHostFn_t fn, void* userData) {
    return launch(stream, fn, userData, false);
}

HOSTCUDA_API(cudaHostRuntimeLaunch)(cudaStream_t stream, cudaHostFn_t fn, void* userData) {
    return launch(stream, fn, userData, true);
}

HOSTCUDA_API(cudaStreamAddCallback)
(cudaStream_t stream, cudaStreamCallback_t callback, void* userData, unsigned int flags) {
    return onStream(stream, [&](Stream& s) {
        if (!callback || flags) return cudaErrorInvalidValue;
        return submit(s, Callback{callback, stream, userData});
    });
}

HOSTCUDA_API(cudaStreamGetPriority)(cudaStream_t stream, int* priority) {
    return answer(stream, priority, [](const Stream&) { return 0; });
}

HOSTCUDA_API(cudaStreamGetFlags)(cudaStream_t stream, unsigned int* flags) {
    return answer(stream, flags, [](const Stream& s) { return s.flags; });
}

HOSTCUDA_API(cudaStreamGetId)(cudaStream_t stream, unsigned long long* streamId) {
    return answer(stream, streamId, [](const Stream& s) { return s.id; });
}

HOSTCUDA_API(cudaStreamGetDevice)(cudaStream_t stream, int* device) {
    return answer(stream, device, [](const Stream&) { return 0; });
}

HOSTCUDA_API(cudaStreamGetAttribute)(cudaStream_t stream, cudaLaunchAttributeID attr, cudaLaunchAttributeValue* value) {
    return onStream(stream, [&](const Stream& s) {
        if (!value) return cudaErrorInvalidValue;
        switch (attr) {
            case cudaLaunchAttributePriority:
                value->priority = 0;
                break;
            case cudaLaunchAttributeAccessPolicyWindow:
                value->accessPolicyWindow = {};
                break;
            case cudaLaunchAttributeMemSyncDomain:
                value->memSyncDomain = cudaLaunchMemSyncDomainDefault;
                break;
            case cudaLaunchAttributeMemSyncDomainMap:
                value->memSyncDomainMap = {};
                break;
            case cudaLaunchAttributeSynchronizationPolicy:
                value->syncPolicy = static_cast<cudaSynchronizationPolicy>(s.syncPolicy.load());
                break;
            default:
                return cudaErrorInvalidValue;
        }
        return cudaSuccess;
    });
}

// Cache windows and memory domains are hints without meaning here; the policy is kept but waiting does not change.
HOSTCUDA_API(cudaStreamSetAttribute)
(cudaStream_t stream, cudaLaunchAttributeID attr, const cudaLaunchAttributeValue* value) {
    return onStream(stream, [&](Stream& s) {
        if (!value) return cudaErrorInvalidValue;
        switch (attr) {
            case cudaLaunchAttributePriority:
            case cudaLaunchAttributeAccessPolicyWindow:
            case cudaLaunchAttributeMemSyncDomain:
            case cudaLaunchAttributeMemSyncDomainMap:
                return cudaSuccess;
            case cudaLaunchAttributeSynchronizationPolicy:
                s.syncPolicy = value->syncPolicy;
                return cudaSuccess;
            default:
                return cudaErrorInvalidValue;
        }
    });
}

HOSTCUDA_API(cudaStreamCopyAttributes)(cudaStream_t dst, cudaStream_t src) {
    return onStream(src, [&](const Stream& from) {
        const auto to = findStream(dst);
        if (!to) return cudaErrorInvalidResourceHandle;
        to->syncPolicy = from.syncPolicy.load();
        return cudaSuccess;
    });
}

// All managed memory is visible to every stream, so attaching changes nothing beyond the checks.
HOSTCUDA_API(cudaStreamAttachMemAsync)(cudaStream_t stream, void* ptr, size_t length, unsigned int flags) {
    return onStream(stream, [&](Stream& s) {
        const cudaError_t refusal = refuseCapturing(s);
        if (refusal != cudaSuccess) return refusal;
        const auto block = findBlock(ptr);
        const bool known = flags == cudaMemAttachGlobal || flags == cudaMemAttachHost || flags == cudaMemAttachSingle;
        if (!block || block->kind != BlockKind::managed || !known) return cudaErrorInvalidValue;
        return length == 0 || length == block->size ? cudaSuccess : cudaErrorInvalidValue;
    });
}
