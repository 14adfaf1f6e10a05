// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "test_support.h"

using namespace hosttest;

TEST(Events, AreDoneBeforeTheyAreRecorded) {
    Event event;
    EXPECT_OK(cudaEventQuery(event));
    EXPECT_OK(cudaEventSynchronize(event));
}

TEST(Events, FollowTheStream) {
    Stream stream;
    Event event;
    Gate gate;
    gate.close(stream);
    ASSERT_OK(cudaEventRecord(event, stream));
    EXPECT_CUDA(cudaErrorNotReady, cudaEventQuery(event));
    gate.open();
    EXPECT_OK(cudaEventSynchronize(event));
    EXPECT_OK(cudaEventQuery(event));
}

TEST(Events, SynchronizeWaitsForThatPlaceOnly) {
    Stream stream;
    Event event(cudaEventBlockingSync);
    Gate gate;
    ASSERT_OK(cudaEventRecord(event, stream));
    gate.close(stream);
    EXPECT_OK(cudaEventSynchronize(event));
    EXPECT_CUDA(cudaErrorNotReady, cudaStreamQuery(stream));
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
}

TEST(Events, TimesAreMonotonous) {
    Stream stream;
    Event events[4];
    for (Event& event : events) {
        ASSERT_OK(cudaEventRecord(event, stream));
        ASSERT_OK(cudaLaunchHostFunc(
            stream, [](void*) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }, nullptr));
    }
    ASSERT_OK(cudaStreamSynchronize(stream));
    for (int i = 0; i < 3; ++i) {
        float step = -1, back = 1;
        EXPECT_OK(cudaEventElapsedTime(&step, events[i], events[i + 1]));
        EXPECT_OK(cudaEventElapsedTime(&back, events[i + 1], events[i]));
        EXPECT_GT(step, 0);
        EXPECT_LT(back, 0);
    }
    float none = 1;
    EXPECT_OK(cudaEventElapsedTime(&none, events[0], events[0]));
    EXPECT_EQ(0, none);
}

TEST(Events, TimesAddUp) {
    Stream stream;
    Event a, b, c;
    for (const Event* event : {&a, &b, &c}) ASSERT_OK(cudaEventRecord(*event, stream));
    ASSERT_OK(cudaStreamSynchronize(stream));
    float ab = 0, bc = 0, ac = 0;
    EXPECT_OK(cudaEventElapsedTime(&ab, a, b));
    EXPECT_OK(cudaEventElapsedTime(&bc, b, c));
    EXPECT_OK(cudaEventElapsedTime(&ac, a, c));
    EXPECT_NEAR(ac, ab + bc, 1e-2);
}

TEST(Events, HaveNoTimeWithoutRecordsOrWithTimingOff) {
    Stream stream;
    Event a, b, untimed(cudaEventDisableTiming);
    float ms = 0;
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, a, b));
    ASSERT_OK(cudaEventRecord(a, stream));
    ASSERT_OK(cudaEventRecord(untimed, stream));
    ASSERT_OK(cudaStreamSynchronize(stream));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, a, b));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, b, a));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, a, untimed));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventElapsedTime(nullptr, a, a));
    Gate gate;
    gate.close(stream);
    ASSERT_OK(cudaEventRecord(b, stream));
    EXPECT_CUDA(cudaErrorNotReady, cudaEventElapsedTime(&ms, a, b));
    gate.open();
    EXPECT_OK(cudaEventSynchronize(b));
    EXPECT_OK(cudaEventElapsedTime(&ms, a, b));
}

TEST(Events, CanBeDestroyedWhileTheyAreAwaited) {
    Stream a, b;
    Notes notes;
    Gate gate;
    gate.close(a);
    {
        Event event;
        ASSERT_OK(cudaEventRecord(event, a));
        ASSERT_OK(cudaStreamWaitEvent(b, event));
    }
    notes.ask(a, 1);
    notes.ask(b, 2);
    gate.open();
    EXPECT_OK(cudaDeviceSynchronize());
    EXPECT_EQ(2u, notes.taken().size());
}

TEST(Events, RefuseFlagsThatDoNotExist) {
    Stream stream;
    Event event;
    cudaEvent_t made;
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventCreateWithFlags(&made, 8));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventCreateWithFlags(&made, cudaEventInterprocess));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventCreate(nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventRecordWithFlags(event, stream, 2));
    EXPECT_CUDA(cudaErrorIllegalState, cudaEventRecordWithFlags(event, stream, cudaEventRecordExternal));
    EXPECT_OK(cudaEventRecordWithFlags(event, stream, cudaEventRecordDefault));
}

TEST(Events, AreNotSharedBetweenProcesses) {
    Event event;
    cudaIpcEventHandle_t handle;
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaIpcGetEventHandle(&handle, event));
    if (!onHostRuntime()) return;
    cudaEvent_t made;
    EXPECT_CUDA(cudaErrorNotSupported, cudaEventCreateWithFlags(&made, cudaEventInterprocess | cudaEventDisableTiming));
    EXPECT_CUDA(cudaErrorNotSupported, cudaIpcOpenEventHandle(&made, handle));
}

TEST(Events, NoEventIsNoHandle) {
    Stream stream;
    Event event;
    float ms = 0;
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventRecord(nullptr, stream));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventQuery(nullptr));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventSynchronize(nullptr));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventDestroy(nullptr));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, nullptr, event));
}

// A GPU's runtime crashes here.
TEST(Events, StaleHandlesAreRefused) {
    if (!onHostRuntime()) GTEST_SKIP();
    cudaEvent_t event;
    ASSERT_OK(cudaEventCreate(&event));
    ASSERT_OK(cudaEventDestroy(event));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventQuery(event));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventRecord(event, nullptr));
    EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaEventDestroy(event));
}
