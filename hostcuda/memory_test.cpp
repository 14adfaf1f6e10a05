// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <thread>

#include "test_support.h"

using namespace hosttest;

namespace {

struct FreeDeleter {
    void operator()(void* p) const { std::free(p); }
};
using Pages = std::unique_ptr<char, FreeDeleter>;

Pages pages(size_t count) {
    return Pages(static_cast<char*>(std::aligned_alloc(4096, 4096 * count)));
}

cudaPointerAttributes attributesOf(const void* p) {
    cudaPointerAttributes attributes;
    EXPECT_OK(cudaPointerGetAttributes(&attributes, p));
    return attributes;
}

constexpr size_t tooMuch = size_t{1} << 50;

}  // namespace

TEST(Memory, DeviceMemoryIsAligned) {
    for (size_t size : {1u, 100u, 5000u, 300000u, 20000000u}) {
        void* p = nullptr;
        ASSERT_OK(cudaMalloc(&p, size));
        EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(p) % 256) << size;
        EXPECT_OK(cudaFree(p));
    }
}

TEST(Memory, NothingIsAllocatedForNothing) {
    void* p = &p;
    EXPECT_OK(cudaMalloc(&p, 0));
    EXPECT_EQ(nullptr, p);
    EXPECT_OK(cudaFree(nullptr));
    EXPECT_OK(cudaFreeHost(nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMalloc(static_cast<void**>(nullptr), 4));
}

TEST(Memory, TellsWrongFrees) {
    int local = 0;
    char* p = nullptr;
    void* host = nullptr;
    ASSERT_OK(cudaMalloc(&p, 1000));
    ASSERT_OK(cudaMallocHost(&host, 1000));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(&local));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(p + 4));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(host));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeHost(p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeHost(&local));
    EXPECT_OK(cudaFree(p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(p));
    EXPECT_OK(cudaFreeHost(host));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeHost(host));
}

TEST(Memory, RefusesMoreThanThereIs) {
    void* p = &p;
    EXPECT_CUDA(cudaErrorMemoryAllocation, cudaMalloc(&p, tooMuch));
    EXPECT_EQ(nullptr, p);
    EXPECT_CUDA(cudaErrorMemoryAllocation, cudaMalloc(&p, SIZE_MAX));
    EXPECT_CUDA(cudaErrorMemoryAllocation, cudaMallocHost(&p, tooMuch));
    EXPECT_CUDA(cudaErrorMemoryAllocation, cudaGetLastError());
}

// The kernel would promise more than it has; a device does not, and programs rely on that to find their limits.
TEST(Memory, DoesNotOvercommit) {
    if (!onHostRuntime()) GTEST_SKIP();
    size_t free = 0, total = 0;
    ASSERT_OK(cudaMemGetInfo(&free, &total));
    std::vector<void*> taken;
    void* p = nullptr;
    cudaError_t status = cudaSuccess;
    while (taken.size() < 64 && (status = cudaMalloc(&p, total / 8)) == cudaSuccess) taken.push_back(p);
    EXPECT_CUDA(cudaErrorMemoryAllocation, status);
    EXPECT_LE(taken.size(), 8u);
    for (void* q : taken) EXPECT_OK(cudaFree(q));
}

TEST(Memory, InfoFollowsAllocations) {
    size_t before = 0, after = 0, total = 0;
    void* p = nullptr;
    ASSERT_OK(cudaMemGetInfo(&before, &total));
    EXPECT_GT(before, 0u);
    EXPECT_LE(before, total);
    ASSERT_OK(cudaMalloc(&p, before / 4));
    ASSERT_OK(cudaMemGetInfo(&after, &total));
    EXPECT_LE(after, total - (before / 4));
    EXPECT_OK(cudaFree(p));
    EXPECT_OK(cudaMemGetInfo(nullptr, nullptr));
}

TEST(Memory, AttributesTellTheKindOfMemory) {
    int local = 0;
    char *device = nullptr, *host = nullptr, *managed = nullptr;
    ASSERT_OK(cudaMalloc(&device, 1000));
    ASSERT_OK(cudaMallocHost(&host, 1000));
    ASSERT_OK(cudaMallocManaged(&managed, 1000));

    cudaPointerAttributes a = attributesOf(device + 8);
    EXPECT_EQ(cudaMemoryTypeDevice, a.type);
    EXPECT_EQ(0, a.device);
    EXPECT_EQ(device + 8, a.devicePointer);
    EXPECT_EQ(nullptr, a.hostPointer);

    a = attributesOf(host + 8);
    EXPECT_EQ(cudaMemoryTypeHost, a.type);
    EXPECT_EQ(host + 8, a.devicePointer);
    EXPECT_EQ(host + 8, a.hostPointer);

    a = attributesOf(managed);
    EXPECT_EQ(cudaMemoryTypeManaged, a.type);
    EXPECT_EQ(managed, a.devicePointer);
    EXPECT_EQ(managed, a.hostPointer);

    for (const void* plain : {static_cast<const void*>(&local), static_cast<const void*>(nullptr)}) {
        a = attributesOf(plain);
        EXPECT_EQ(cudaMemoryTypeUnregistered, a.type);
        EXPECT_EQ(cudaInvalidDeviceId, a.device);
        EXPECT_EQ(nullptr, a.devicePointer);
        EXPECT_EQ(plain, a.hostPointer);
    }
    EXPECT_OK(cudaFree(device));
    EXPECT_EQ(cudaMemoryTypeUnregistered, attributesOf(device).type);
    EXPECT_OK(cudaFreeHost(host));
    EXPECT_OK(cudaFree(managed));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaPointerGetAttributes(nullptr, &local));
}

TEST(Memory, HostAllocationsHaveFlagsAndDeviceAddresses) {
    char* host = nullptr;
    void* address = nullptr;
    unsigned flags = 0;
    int local = 0;
    ASSERT_OK(cudaHostAlloc(&host, 64, cudaHostAllocPortable | cudaHostAllocMapped));
    EXPECT_OK(cudaHostGetFlags(&flags, host));
    EXPECT_TRUE(flags & cudaHostAllocMapped);
    EXPECT_OK(cudaHostGetDevicePointer(&address, host + 8, 0));
    EXPECT_EQ(host + 8, address);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostGetDevicePointer(&address, host, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostGetDevicePointer(&address, &local, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostGetFlags(&flags, &local));
    EXPECT_OK(cudaFreeHost(host));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostAlloc(&host, 64, 8));
    EXPECT_OK(cudaHostAlloc(&host, 0, 0));
}

TEST(Memory, RegisteredRangesMustNotOverlap) {
    const Pages memory = pages(2);
    char* p = memory.get();
    EXPECT_OK(cudaHostRegister(p, 8192, cudaHostRegisterDefault));
    EXPECT_EQ(cudaMemoryTypeHost, attributesOf(p + 4096).type);
    EXPECT_CUDA(cudaErrorHostMemoryAlreadyRegistered, cudaHostRegister(p, 8192, 0));
    EXPECT_CUDA(cudaErrorHostMemoryAlreadyRegistered, cudaHostRegister(p + 4096, 4096, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostUnregister(p + 4096));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeHost(p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(p));
    EXPECT_OK(cudaHostUnregister(p));
    EXPECT_EQ(cudaMemoryTypeUnregistered, attributesOf(p).type);
    EXPECT_CUDA(cudaErrorHostMemoryNotRegistered, cudaHostUnregister(p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostUnregister(nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostRegister(nullptr, 16, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostRegister(p, 0, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaHostRegister(p, 64, 0x10));
}

TEST(Memory, ManagedMemoryTakesHints) {
    int* p = nullptr;
    int value = 9;
    ASSERT_OK(cudaMallocManaged(&p, 4096));
    p[0] = 5;  // reachable from the host
    EXPECT_OK(cudaMemPrefetchAsync(p, 4096, 0, nullptr));
    EXPECT_OK(cudaMemPrefetchAsync(p, 4096, cudaCpuDeviceId, nullptr));
    EXPECT_OK(cudaMemAdvise(p, 4096, cudaMemAdviseSetReadMostly, 0));
    EXPECT_OK(cudaMemRangeGetAttribute(&value, sizeof value, cudaMemRangeAttributeReadMostly, p, 4096));
    EXPECT_EQ(1, value);
    EXPECT_OK(cudaMemRangeGetAttribute(&value, sizeof value, cudaMemRangeAttributeLastPrefetchLocation, p, 4096));
    EXPECT_EQ(cudaCpuDeviceId, value);
    EXPECT_OK(cudaMemRangeGetAttribute(&value, sizeof value, cudaMemRangeAttributePreferredLocation, p, 4096));
    EXPECT_EQ(cudaInvalidDeviceId, value);
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaMemPrefetchAsync(p, 4096, 77, nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPrefetchAsync(p, 0, 0, nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemAdvise(p, 4096, static_cast<cudaMemoryAdvise>(7), 0));
    EXPECT_OK(cudaDeviceSynchronize());
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeHost(p));
    EXPECT_OK(cudaFree(p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMallocManaged(&p, 64, 3));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMallocManaged(&p, 64, cudaMemAttachSingle));
}

TEST(Memory, HintsAreForManagedMemoryOnly) {
    Ints device(16);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPrefetchAsync(device.data(), 64, 0, nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemAdvise(device.data(), 64, cudaMemAdviseSetReadMostly, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamAttachMemAsync(nullptr, device.data()));
}

TEST(Memory, PitchedMemoryHoldsItsRows) {
    void* p = nullptr;
    size_t pitch = 0;
    ASSERT_OK(cudaMallocPitch(&p, &pitch, 600, 4));
    EXPECT_GE(pitch, 600u);
    EXPECT_EQ(0u, pitch % 256);
    EXPECT_OK(cudaMemset(p, 1, pitch * 4));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemset(p, 1, pitch * 4000000));
    EXPECT_OK(cudaFree(p));
    cudaPitchedPtr box;
    ASSERT_OK(cudaMalloc3D(&box, make_cudaExtent(100, 4, 3)));
    EXPECT_EQ(100u, box.xsize);
    EXPECT_EQ(4u, box.ysize);
    EXPECT_OK(cudaMemset3D(box, 0, make_cudaExtent(100, 4, 3)));
    EXPECT_OK(cudaFree(box.ptr));
}

// Freeing waits for whatever may still use the memory, on every stream.
TEST(Memory, FreeingWaitsForRunningWork) {
    for (unsigned flags : {cudaStreamDefault, cudaStreamNonBlocking}) {
        Stream stream(flags);
        std::atomic<bool> done{false};
        void *device = nullptr, *host = nullptr;
        ASSERT_OK(cudaMalloc(&device, 64));
        ASSERT_OK(cudaMallocHost(&host, 64));
        const auto finish = [](void* flag) {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            *static_cast<std::atomic<bool>*>(flag) = true;
        };
        ASSERT_OK(cudaLaunchHostFunc(stream, finish, &done));
        EXPECT_OK(cudaFree(device));
        EXPECT_TRUE(done);
        done = false;
        ASSERT_OK(cudaLaunchHostFunc(stream, finish, &done));
        EXPECT_OK(cudaFreeHost(host));
        EXPECT_TRUE(done);
    }
}
