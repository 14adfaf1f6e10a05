// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

#include "test_support.h"

using namespace hosttest;

TEST(Streams, WorkRunsInTheOrderOfItsSubmission) {
    Stream stream;
    Notes notes;
    std::vector<int> expected(200);
    std::iota(expected.begin(), expected.end(), 0);
    for (int i : expected) notes.ask(stream, i);
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(expected, notes.taken());
}

TEST(Streams, SubmissionDoesNotWait) {
    Stream stream;
    Notes notes;
    Gate gate;
    gate.close(stream);
    notes.ask(stream, 1);
    EXPECT_TRUE(notes.taken().empty());
    EXPECT_CUDA(cudaErrorNotReady, cudaStreamQuery(stream));
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
    EXPECT_OK(cudaStreamQuery(stream));
}

TEST(Streams, SeveralRunAtTheSameTime) {
    if (!onHostRuntime()) GTEST_SKIP() << "a GPU's runtime runs one host function at a time";
    Stream a, b;
    Notes notes;
    Gate gate;
    gate.close(a);
    notes.ask(a, 1);
    notes.ask(b, 2);
    EXPECT_OK(cudaStreamSynchronize(b));
    EXPECT_EQ(std::vector<int>{2}, notes.taken());
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(a));
}

TEST(Streams, OneWaitsForTheOthersEvent) {
    Stream a, b;
    Event event;
    Notes notes;
    Gate gate;
    gate.close(a);
    notes.ask(a, 1);
    ASSERT_OK(cudaEventRecord(event, a));
    ASSERT_OK(cudaStreamWaitEvent(b, event));
    notes.ask(b, 2);
    EXPECT_CUDA(cudaErrorNotReady, cudaStreamQuery(b));
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(b));
    EXPECT_EQ((std::vector<int>{1, 2}), notes.taken());
}

TEST(Streams, AWaitConcernsTheRecordAtTheTimeOfTheCall) {
    Stream a, b;
    Event event;
    Gate first, second;
    first.close(a);
    ASSERT_OK(cudaEventRecord(event, a));
    ASSERT_OK(cudaStreamWaitEvent(b, event));
    second.close(a);
    ASSERT_OK(cudaEventRecord(event, a));
    first.open();
    EXPECT_OK(cudaStreamSynchronize(b));  // would hang if it waited for the second record
    EXPECT_CUDA(cudaErrorNotReady, cudaEventQuery(event));
    second.open();
    EXPECT_OK(cudaStreamSynchronize(a));
}

TEST(Streams, WaitingForAnEventThatWasNeverRecordedIsNothing) {
    Stream stream;
    Event event;
    EXPECT_OK(cudaStreamWaitEvent(stream, event));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamWaitEvent(stream, event, cudaEventWaitExternal));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamWaitEvent(stream, event, 2));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamWaitEvent(stream, nullptr));
}

TEST(Streams, DeviceSynchronizationWaitsForAll) {
    Stream blocking, other(cudaStreamNonBlocking);
    Notes notes;
    Gate gate;
    gate.close(blocking);
    gate.close(other);
    notes.ask(blocking, 1);
    notes.ask(other, 1);
    gate.open();
    EXPECT_OK(cudaDeviceSynchronize());
    EXPECT_EQ((std::vector<int>{1, 1}), notes.taken());
}

TEST(Streams, DestroyingDoesNotWaitAndLosesNothing) {
    Notes notes;
    Gate gate;
    cudaStream_t stream;
    ASSERT_OK(cudaStreamCreate(&stream));
    gate.close(stream);
    notes.ask(stream, 1);
    EXPECT_OK(cudaStreamDestroy(stream));
    EXPECT_TRUE(notes.taken().empty());
    gate.open();
    EXPECT_OK(cudaDeviceSynchronize());
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
}

TEST(Streams, CallbacksGetTheStreamAndItsStatus) {
    struct Seen {
        cudaStream_t stream;
        std::atomic<bool> right{false};
    } seen;
    Stream stream;
    seen.stream = stream;
    const auto look = [](cudaStream_t s, cudaError_t status, void* data) {
        auto* wanted = static_cast<Seen*>(data);
        wanted->right = s == wanted->stream && status == cudaSuccess;
    };
    EXPECT_OK(cudaStreamAddCallback(stream, look, &seen, 0));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_TRUE(seen.right);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamAddCallback(stream, look, &seen, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamAddCallback(stream, nullptr, nullptr, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaLaunchHostFunc(stream, nullptr, nullptr));
}

TEST(Streams, QueriesDescribeTheStream) {
    Stream stream(cudaStreamNonBlocking), other;
    unsigned flags = 0;
    unsigned long long id = 0, otherId = 0;
    int device = -1;
    EXPECT_OK(cudaStreamGetFlags(stream, &flags));
    EXPECT_EQ(static_cast<unsigned>(cudaStreamNonBlocking), flags);
    EXPECT_OK(cudaStreamGetFlags(cudaStreamPerThread, &flags));
    EXPECT_EQ(0u, flags);
    EXPECT_OK(cudaStreamGetId(stream, &id));
    EXPECT_OK(cudaStreamGetId(other, &otherId));
    EXPECT_NE(id, otherId);
    EXPECT_OK(cudaStreamGetDevice(stream, &device));
    EXPECT_EQ(0, device);
    cudaStreamAttrValue value{};
    value.syncPolicy = cudaSyncPolicySpin;
    EXPECT_OK(cudaStreamSetAttribute(stream, cudaStreamAttributeSynchronizationPolicy, &value));
    EXPECT_OK(cudaStreamCopyAttributes(other, stream));
    value = {};
    EXPECT_OK(cudaStreamGetAttribute(other, cudaStreamAttributeSynchronizationPolicy, &value));
    EXPECT_EQ(cudaSyncPolicySpin, value.syncPolicy);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamGetAttribute(stream, cudaLaunchAttributeCooperative, &value));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamGetPriority(stream, nullptr));
}

TEST(Streams, RefusesFlagsThatDoNotExist) {
    cudaStream_t stream;
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamCreateWithFlags(&stream, 2));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamCreateWithPriority(&stream, 4, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamCreate(nullptr));
}

TEST(Streams, DefaultStreamsCannotBeDestroyed) {
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamDestroy(nullptr));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamDestroy(cudaStreamLegacy));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamDestroy(cudaStreamPerThread));
}

// A GPU's runtime crashes here.
TEST(Streams, StaleAndForeignHandlesAreRefused) {
    if (!onHostRuntime()) GTEST_SKIP();
    cudaStream_t stale;
    int local = 0;
    ASSERT_OK(cudaStreamCreate(&stale));
    ASSERT_OK(cudaStreamDestroy(stale));
    for (cudaStream_t bad : {stale, reinterpret_cast<cudaStream_t>(&local), reinterpret_cast<cudaStream_t>(0x1234)}) {
        EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamSynchronize(bad));
        EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamQuery(bad));
        EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamDestroy(bad));
        EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaLaunchHostFunc(bad, doNothing, nullptr));
        EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaMemsetAsync(&local, 0, 4, bad));
    }
}

TEST(Streams, ManagedMemoryCanBeAttached) {
    Stream stream;
    void* p = nullptr;
    ASSERT_OK(cudaMallocManaged(&p, 64));
    EXPECT_OK(cudaStreamAttachMemAsync(stream, p));
    EXPECT_OK(cudaStreamAttachMemAsync(stream, p, 0, cudaMemAttachHost));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamAttachMemAsync(stream, p, 0, 9));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamAttachMemAsync(stream, p, 32));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_OK(cudaFree(p));
}

// Work of streams may be parallel inside: host functions are where a CPU library runs its loops.
TEST(Streams, HostFunctionsMayStartThreads) {
    Stream stream;
    std::atomic<int> sum{0};
    const auto add = [](void* data) {
        auto* total = static_cast<std::atomic<int>*>(data);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) threads.emplace_back([=] { total->fetch_add(i); });
        for (auto& thread : threads) thread.join();
    };
    EXPECT_OK(cudaLaunchHostFunc(stream, add, &sum));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(6, sum);
}
