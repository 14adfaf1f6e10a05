// SPDX-License-Identifier: Apache-2.0
// The exported functions that allocate, free and describe memory. Host memory and device memory are the same memory
// here, so every pointer is valid on both sides; the kinds only differ in what may free them. Tested by
// memory_test.cpp.
#include "memory.h"

#include <algorithm>
#include <limits>

#include "block.h"
#include "capture.h"
#include "graph_memory.h"
#include "machine.h"
#include "pool.h"

using namespace opentrt::hostcuda;

namespace {

constexpr size_t pitchAlignment = 512;

cudaError_t allocate(void** ptr, size_t size, BlockKind kind, unsigned flags) {
    if (!ptr) return cudaErrorInvalidValue;
    const cudaError_t status = refuseUnsafe();
    if (status != cudaSuccess) return status;
    *ptr = nullptr;
    if (size) *ptr = allocateBlock(size, kind, flags)->base;
    return cudaSuccess;
}

// Frees at once, after everything that might still use the memory.
cudaError_t release(void* ptr, bool (*accept)(const Block&)) {
    const cudaError_t status = refuseUnsafe();
    if (status != cudaSuccess || !ptr) return status;
    const auto memory = findGraphMemory(ptr);
    const auto block = memory ? nullptr : takeBlock(ptr, accept);
    if (memory ? !memory->change(GraphUse::allocated, GraphUse::reserved) : !block) return cudaErrorInvalidValue;
    // Work that is running on a stream cannot wait for its own end.
    if (!running()) synchronizeAll();
    return cudaSuccess;
}

cudaError_t allocateAsync(void** ptr, size_t size, const std::shared_ptr<Pool>& pool, cudaStream_t handle) {
    const auto stream = findStream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    if (!ptr || !pool) return cudaErrorInvalidValue;
    *ptr = nullptr;
    if (!size) return cudaSuccess;
    if (stream->capturing.load(std::memory_order_acquire) && !runsInside(*stream)) {
        const auto memory = makeGraphMemory(size);
        const cudaError_t status = captureWork(*stream, AllocateMemory{memory});
        if (status == cudaSuccess) *ptr = memory->block->base;
        return status;
    }
    const cudaError_t status = refuseOn(*stream);
    if (status != cudaSuccess) return status;
    *ptr = allocateBlock(size, BlockKind::device, 0, pool)->base;
    return cudaSuccess;
}

cudaError_t releaseAsync(void* ptr, cudaStream_t handle) {
    const auto stream = findStream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    if (!ptr) return cudaSuccess;
    const auto memory = findGraphMemory(ptr);
    if (stream->capturing.load(std::memory_order_acquire) && !runsInside(*stream))
        return memory ? captureWork(*stream, FreeMemory{memory}) : cudaErrorInvalidValue;
    if (memory) return memory->change(GraphUse::allocated, GraphUse::reserved) ? cudaSuccess : cudaErrorInvalidValue;
    if (stream->legacy) {
        const cudaError_t status = refuseLegacyUse(true);
        if (status != cudaSuccess) return status;
    }
    auto block = takeBlock(ptr, [](const Block& b) { return b.kind == BlockKind::device; });
    return block ? submit(*stream, Release{std::move(block)}) : cudaErrorInvalidValue;
}

cudaMemoryType memoryTypeOf(BlockKind kind) {
    switch (kind) {
        case BlockKind::device:
            return cudaMemoryTypeDevice;
        case BlockKind::managed:
            return cudaMemoryTypeManaged;
        default:
            return cudaMemoryTypeHost;
    }
}

bool isHost(const Block& block) {
    return block.kind == BlockKind::pinned || block.kind == BlockKind::registered;
}

}  // namespace

namespace opentrt::hostcuda {

PointerDescription describePointer(const void* ptr) {
    void* const address = const_cast<void*>(ptr);
    const auto block = findBlock(ptr);
    if (!block) return {cudaMemoryTypeUnregistered, cudaInvalidDeviceId, nullptr, address};
    return {memoryTypeOf(block->kind), 0, address, block->kind == BlockKind::device ? nullptr : address};
}

}  // namespace opentrt::hostcuda

HOSTCUDA_API(cudaMalloc)(void** ptr, size_t size) {
    return enter([&] { return allocate(ptr, size, BlockKind::device, 0); });
}

HOSTCUDA_API(cudaFree)(void* ptr) {
    return enter([&] {
        return release(ptr, [](const Block& b) { return b.kind == BlockKind::device || b.kind == BlockKind::managed; });
    });
}

HOSTCUDA_API(cudaMallocManaged)(void** ptr, size_t size, unsigned int flags) {
    return enter([&] {
        if (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost) return cudaErrorInvalidValue;
        return allocate(ptr, size, BlockKind::managed, flags);
    });
}

HOSTCUDA_API(cudaHostAlloc)(void** host, size_t size, unsigned int flags) {
    constexpr unsigned known = cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined;
    return enter([&] {
        if (flags & ~known) return cudaErrorInvalidValue;
        return allocate(host, size, BlockKind::pinned, flags);
    });
}

HOSTCUDA_API(cudaMallocHost)(void** ptr, size_t size) {
    return hostcuda_cudaHostAlloc(ptr, size, cudaHostAllocDefault);
}

HOSTCUDA_API(cudaFreeHost)(void* ptr) {
    return enter([&] { return release(ptr, [](const Block& b) { return b.kind == BlockKind::pinned; }); });
}

HOSTCUDA_API(cudaHostRegister)(void* ptr, size_t size, unsigned int flags) {
    constexpr unsigned known =
        cudaHostRegisterPortable | cudaHostRegisterMapped | cudaHostRegisterIoMemory | cudaHostRegisterReadOnly;
    return enter([&] {
        if (!ptr || !size || (flags & ~known)) return cudaErrorInvalidValue;
        const cudaError_t status = refuseUnsafe();
        return status != cudaSuccess ? status : registerRange(ptr, size, flags);
    });
}

HOSTCUDA_API(cudaHostUnregister)(void* ptr) {
    return enter([&] {
        const cudaError_t status = refuseUnsafe();
        if (status != cudaSuccess) return status;
        if (takeBlock(ptr, [](const Block& b) { return b.kind == BlockKind::registered; })) return cudaSuccess;
        return !ptr || findBlock(ptr) ? cudaErrorInvalidValue : cudaErrorHostMemoryNotRegistered;
    });
}

HOSTCUDA_API(cudaHostGetDevicePointer)(void** device, void* host, unsigned int flags) {
    return enter([&] {
        const auto block = findBlock(host);
        if (!device || flags || !block || !isHost(*block)) return cudaErrorInvalidValue;
        *device = host;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaHostGetFlags)(unsigned int* flags, void* host) {
    return enter([&] {
        const auto block = findBlock(host);
        if (!flags || !block || !isHost(*block)) return cudaErrorInvalidValue;
        // All pinned memory is mapped, and portable needs no saying with one device.
        *flags = (block->flags & ~static_cast<unsigned>(cudaHostAllocPortable)) | cudaHostAllocMapped;
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaMallocPitch)(void** ptr, size_t* pitch, size_t width, size_t height) {
    return enter([&] {
        if (!ptr || !pitch) return cudaErrorInvalidValue;
        if (width > std::numeric_limits<size_t>::max() - pitchAlignment) return cudaErrorMemoryAllocation;
        *pitch = (width + pitchAlignment - 1) / pitchAlignment * pitchAlignment;
        size_t size;
        if (__builtin_mul_overflow(*pitch, height, &size)) return cudaErrorMemoryAllocation;
        return allocate(ptr, size, BlockKind::device, 0);
    });
}

HOSTCUDA_API(cudaMalloc3D)(cudaPitchedPtr* pitched, cudaExtent extent) {
    size_t rows;
    if (!pitched || __builtin_mul_overflow(extent.height, extent.depth, &rows))
        return enter([&] { return pitched ? cudaErrorMemoryAllocation : cudaErrorInvalidValue; });
    *pitched = {nullptr, 0, extent.width, extent.height};
    return hostcuda_cudaMallocPitch(&pitched->ptr, &pitched->pitch, extent.width, rows);
}

// Free is what this runtime may still allocate: memory taken and not yet touched counts as used, although the kernel
// does not see it yet.
HOSTCUDA_API(cudaMemGetInfo)(size_t* free, size_t* total) {
    return enter([&] {
        const size_t all = totalMemory();
        const size_t taken = std::min(allocatedMemory(), all);
        if (free) *free = std::min(all - taken, availableMemory());
        if (total) *total = all;
        return cudaSuccess;
    });
}

HOSTCUDA_API_13(cudaPointerGetAttributes)(cudaPointerAttributes* attributes, const void* ptr) {
    return enter([&] {
        if (!attributes) return cudaErrorInvalidValue;
        const PointerDescription d = describePointer(ptr);
        *attributes = {d.type, d.device, d.devicePointer, d.hostPointer, {}};
        return cudaSuccess;
    });
}

HOSTCUDA_API(cudaMallocAsync)(void** ptr, size_t size, cudaStream_t stream) {
    return enter([&] { return allocateAsync(ptr, size, currentPool(), stream); });
}

HOSTCUDA_API(cudaMallocFromPoolAsync)(void** ptr, size_t size, cudaMemPool_t pool, cudaStream_t stream) {
    return enter([&] { return allocateAsync(ptr, size, findPool(pool), stream); });
}

HOSTCUDA_API(cudaFreeAsync)(void* ptr, cudaStream_t stream) {
    return enter([&] { return releaseAsync(ptr, stream); });
}
