// SPDX-License-Identifier: Apache-2.0
// The exported functions that copy and fill memory. The direction of a copy is checked for being one, and otherwise
// does not matter, since all memory is one. Ranges that leave the allocation they begin in are refused. Tested by
// copy_test.cpp.
#include "copy.h"

#include <algorithm>

#include "block.h"
#include "capture.h"

using namespace opentrt::hostcuda;

namespace {

bool isKind(cudaMemcpyKind kind) {
    return kind >= cudaMemcpyHostToHost && kind <= cudaMemcpyDefault;
}

// The bytes from the first to the last of a box, or false if they do not fit into the address space.
bool spanOf(size_t width, size_t height, size_t depth, size_t pitch, size_t slice, size_t& bytes) {
    size_t rows, slices;
    return !__builtin_mul_overflow(height - 1, pitch, &rows) && !__builtin_mul_overflow(depth - 1, slice, &slices) &&
           !__builtin_add_overflow(rows, width, &bytes) && !__builtin_add_overflow(bytes, slices, &bytes);
}

bool inside(const void* base, size_t width, size_t height, size_t depth, size_t pitch, size_t slice) {
    size_t bytes;
    return base && spanOf(width, height, depth, pitch, slice, bytes) && staysInside(base, bytes);
}

using Send = cudaError_t (*)(Stream&, Work);

cudaError_t now(Stream&, Work work) {
    return performInLegacyOrder(work);
}

// Fills return before they are done, unless there is nothing to wait for.
cudaError_t soon(Stream& legacy, Work work) {
    if (running() || idle(legacy)) return performInLegacyOrder(work);
    return submit(legacy, std::move(work));
}

// A stream that cannot take work says so before the arguments are looked at.
template <class Box>
cudaError_t sendBox(const Box& box, cudaError_t (*check)(const Box&), cudaStream_t handle, Send send) {
    const auto stream = findStream(handle);
    if (!stream) return cudaErrorInvalidResourceHandle;
    cudaError_t status = refuseInvalidated(*stream);
    if (status == cudaSuccess && !box.empty()) status = check(box);
    if (status != cudaSuccess) return status;
    if (!box.empty()) return send(*stream, box);
    // Nothing to do takes its turn in the stream, but is no node of a graph.
    return stream->capturing.load(std::memory_order_acquire) ? cudaSuccess : send(*stream, Nothing{});
}

cudaError_t copy(const Copy& c, cudaStream_t stream, Send send) {
    return sendBox(c, checkCopy, stream, send);
}

cudaError_t fill(const Fill& f, cudaStream_t stream, Send send) {
    return sendBox(f, checkFill, stream, send);
}

cudaError_t copy2D(void* dst, size_t dstPitch, const void* src, size_t srcPitch, size_t width, size_t height,
                   cudaMemcpyKind kind, cudaStream_t stream, Send send) {
    if (height && width > std::min(dstPitch, srcPitch)) return cudaErrorInvalidPitchValue;
    const Copy c{
        static_cast<char*>(dst), dstPitch, 0, static_cast<const char*>(src), srcPitch, 0, width, height, 1, kind};
    return copy(c, stream, send);
}

cudaError_t copy3D(const cudaMemcpy3DParms* p, cudaStream_t stream, Send send) {
    Copy c;
    if (!p) return cudaErrorInvalidValue;
    const cudaError_t status = readCopy(*p, c);
    return status == cudaSuccess ? copy(c, stream, send) : status;
}

cudaError_t copy3DPeer(const cudaMemcpy3DPeerParms* p, cudaStream_t stream, Send send) {
    if (!p) return cudaErrorInvalidValue;
    if (p->srcDevice != 0 || p->dstDevice != 0) return cudaErrorInvalidDevice;
    const cudaMemcpy3DParms same{p->srcArray, p->srcPos, p->srcPtr, p->dstArray,
                                 p->dstPos,   p->dstPtr, p->extent, cudaMemcpyDeviceToDevice};
    return copy3D(&same, stream, send);
}

cudaError_t copyPeer(void* dst, int dstDevice, const void* src, int srcDevice, size_t count, cudaStream_t stream,
                     Send send) {
    if (dstDevice != 0 || srcDevice != 0) return cudaErrorInvalidDevice;
    return copy(Copy::line(dst, src, count, cudaMemcpyDeviceToDevice), stream, send);
}

cudaError_t fill2D(void* ptr, size_t pitch, int value, size_t width, size_t height, cudaStream_t stream, Send send) {
    const Fill f{static_cast<char*>(ptr), pitch, 0, static_cast<unsigned>(value) & 0xff, 1, width, height, 1};
    return fill(f, stream, send);
}

cudaError_t fill3D(cudaPitchedPtr p, int value, cudaExtent e, cudaStream_t stream, Send send) {
    size_t slice;
    if (__builtin_mul_overflow(p.pitch, p.ysize, &slice)) return cudaErrorInvalidValue;
    const Fill f{
        static_cast<char*>(p.ptr), p.pitch, slice, static_cast<unsigned>(value) & 0xff, 1, e.width, e.height, e.depth};
    return fill(f, stream, send);
}

// Whether the extent fits behind the position. One row needs no pitch and one slice no height: those may be zero then.
cudaError_t checkPlace(const cudaPitchedPtr& at, const cudaPos& pos, const cudaExtent& extent) {
    const bool slices = extent.depth > 1, rows = extent.height > 1 || slices;
    if ((rows || at.pitch) && extent.width > at.pitch) return cudaErrorInvalidPitchValue;
    if ((slices || at.ysize) && pos.y + extent.height > at.ysize)
        return slices ? cudaErrorInvalidPitchValue : cudaErrorInvalidValue;
    return at.pitch && pos.x + extent.width > at.pitch ? cudaErrorInvalidValue : cudaSuccess;
}

}  // namespace

namespace opentrt::hostcuda {

cudaError_t checkCopy(const Copy& c) {
    if (!isKind(c.kind)) return cudaErrorInvalidMemcpyDirection;
    if (c.height * c.depth > 1 && (c.dstPitch < c.width || c.srcPitch < c.width)) return cudaErrorInvalidPitchValue;
    const bool fits = inside(c.dst, c.width, c.height, c.depth, c.dstPitch, c.dstSlice) &&
                      inside(c.src, c.width, c.height, c.depth, c.srcPitch, c.srcSlice);
    return fits ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t checkFill(const Fill& f) {
    size_t width;
    if (f.elementSize != 1 && f.elementSize != 2 && f.elementSize != 4) return cudaErrorInvalidValue;
    if (__builtin_mul_overflow(f.width, f.elementSize, &width)) return cudaErrorInvalidValue;
    if (f.height * f.depth > 1 && f.pitch < width) return cudaErrorInvalidValue;
    return inside(f.dst, width, f.height, f.depth, f.pitch, f.slice) ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t readCopy(const cudaMemcpy3DParms& p, Copy& c) {
    if (p.srcArray || p.dstArray) return cudaErrorNotSupported;
    const bool empty = !p.extent.width || !p.extent.height || !p.extent.depth;
    if (!empty && !isKind(p.kind)) return cudaErrorInvalidMemcpyDirection;
    for (const auto& [ptr, pos] : {std::pair{&p.srcPtr, &p.srcPos}, std::pair{&p.dstPtr, &p.dstPos}}) {
        const cudaError_t status = empty ? cudaSuccess : checkPlace(*ptr, *pos, p.extent);
        if (status != cudaSuccess) return status;
    }
    const auto place = [](const cudaPitchedPtr& at, const cudaPos& pos, size_t& slice) {
        slice = at.pitch * at.ysize;
        return at.ptr ? static_cast<char*>(at.ptr) + pos.x + pos.y * at.pitch + pos.z * slice : nullptr;
    };
    c = {};
    c.dst = place(p.dstPtr, p.dstPos, c.dstSlice);
    c.src = place(p.srcPtr, p.srcPos, c.srcSlice);
    c.dstPitch = p.dstPtr.pitch;
    c.srcPitch = p.srcPtr.pitch;
    c.width = p.extent.width;
    c.height = p.extent.height;
    c.depth = p.extent.depth;
    c.kind = p.kind;
    return cudaSuccess;
}

}  // namespace opentrt::hostcuda

HOSTCUDA_API(cudaMemcpy)(void* dst, const void* src, size_t count, cudaMemcpyKind kind) {
    return enter([&] { return copy(Copy::line(dst, src, count, kind), nullptr, now); });
}

HOSTCUDA_API(cudaMemcpyAsync)(void* dst, const void* src, size_t count, cudaMemcpyKind kind, cudaStream_t stream) {
    return enter([&] { return copy(Copy::line(dst, src, count, kind), stream, submit); });
}

HOSTCUDA_API(cudaMemcpyPeer)(void* dst, int dstDevice, const void* src, int srcDevice, size_t count) {
    return enter([&] { return copyPeer(dst, dstDevice, src, srcDevice, count, nullptr, now); });
}

HOSTCUDA_API(cudaMemcpyPeerAsync)
(void* dst, int dstDevice, const void* src, int srcDevice, size_t count, cudaStream_t stream) {
    return enter([&] { return copyPeer(dst, dstDevice, src, srcDevice, count, stream, submit); });
}

HOSTCUDA_API(cudaMemcpy2D)
(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width, size_t height, cudaMemcpyKind kind) {
    return enter([&] { return copy2D(dst, dpitch, src, spitch, width, height, kind, nullptr, now); });
}

HOSTCUDA_API(cudaMemcpy2DAsync)
(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width, size_t height, cudaMemcpyKind kind,
 cudaStream_t stream) {
    return enter([&] { return copy2D(dst, dpitch, src, spitch, width, height, kind, stream, submit); });
}

HOSTCUDA_API(cudaMemcpy3D)(const cudaMemcpy3DParms* p) {
    return enter([&] { return copy3D(p, nullptr, now); });
}

HOSTCUDA_API(cudaMemcpy3DAsync)(const cudaMemcpy3DParms* p, cudaStream_t stream) {
    return enter([&] { return copy3D(p, stream, submit); });
}

HOSTCUDA_API(cudaMemcpy3DPeer)(const cudaMemcpy3DPeerParms* p) {
    return enter([&] { return copy3DPeer(p, nullptr, now); });
}

HOSTCUDA_API(cudaMemcpy3DPeerAsync)(const cudaMemcpy3DPeerParms* p, cudaStream_t stream) {
    return enter([&] { return copy3DPeer(p, stream, submit); });
}

// The attributes are hints about where the memory is.
HOSTCUDA_API_13(cudaMemcpyBatchAsync)
(void* const* dsts, const void* const* srcs, const size_t* sizes, size_t count, cudaMemcpyAttributes*, size_t*, size_t,
 cudaStream_t stream) {
    return enter([&] {
        if (!count || !dsts || !srcs || !sizes) return cudaErrorInvalidValue;
        for (size_t i = 0; i < count; ++i)
            if (checkCopy(Copy::line(dsts[i], srcs[i], sizes[i], cudaMemcpyDefault)) != cudaSuccess || !sizes[i])
                return cudaErrorInvalidValue;
        cudaError_t status = cudaSuccess;
        for (size_t i = 0; i < count && status == cudaSuccess; ++i)
            status = copy(Copy::line(dsts[i], srcs[i], sizes[i], cudaMemcpyDefault), stream, submit);
        return status;
    });
}

HOSTCUDA_API(cudaMemset)(void* ptr, int value, size_t count) {
    return enter([&] { return fill(Fill::line(ptr, value, count), nullptr, soon); });
}

HOSTCUDA_API(cudaMemsetAsync)(void* ptr, int value, size_t count, cudaStream_t stream) {
    return enter([&] { return fill(Fill::line(ptr, value, count), stream, submit); });
}

HOSTCUDA_API(cudaMemset2D)(void* ptr, size_t pitch, int value, size_t width, size_t height) {
    return enter([&] { return fill2D(ptr, pitch, value, width, height, nullptr, soon); });
}

HOSTCUDA_API(cudaMemset2DAsync)(void* ptr, size_t pitch, int value, size_t width, size_t height, cudaStream_t stream) {
    return enter([&] { return fill2D(ptr, pitch, value, width, height, stream, submit); });
}

HOSTCUDA_API(cudaMemset3D)(cudaPitchedPtr pitched, int value, cudaExtent extent) {
    return enter([&] { return fill3D(pitched, value, extent, nullptr, soon); });
}

HOSTCUDA_API(cudaMemset3DAsync)(cudaPitchedPtr pitched, int value, cudaExtent extent, cudaStream_t stream) {
    return enter([&] { return fill3D(pitched, value, extent, stream, submit); });
}
