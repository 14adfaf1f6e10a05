// SPDX-License-Identifier: Apache-2.0
// Which calls a capture forbids, with which code, and whether they invalidate it. The expectations were taken from
// runtime 13.0 on a GPU.
#include <functional>
#include <string>
#include <thread>

#include "test_support.h"

using namespace hosttest;

namespace {

cudaStreamCaptureStatus statusOf(cudaStream_t stream) {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    EXPECT_OK(cudaStreamIsCapturing(stream, &status));
    return status;
}

std::string nameOfMode(const testing::TestParamInfo<cudaStreamCaptureMode>& info) {
    constexpr const char* names[] = {"Global", "ThreadLocal", "Relaxed"};
    return names[info.param];
}

class CaptureRules : public testing::TestWithParam<cudaStreamCaptureMode> {
protected:
    // Calls f(stream) in a fresh capture and tells how both ended.
    void expect(cudaError_t result, bool invalidates, const std::function<cudaError_t(cudaStream_t)>& f,
                unsigned flags = cudaStreamDefault) {
        Stream stream(flags);
        ASSERT_OK(cudaStreamBeginCapture(stream, GetParam()));
        EXPECT_CUDA(result, f(stream));
        EXPECT_EQ(invalidates ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive, statusOf(stream));
        cudaGraph_t graph = nullptr;
        EXPECT_CUDA(invalidates ? cudaErrorStreamCaptureInvalidated : cudaSuccess,
                    cudaStreamEndCapture(stream, &graph));
        EXPECT_EQ(invalidates, graph == nullptr);
        if (graph) cudaGraphDestroy(graph);
        cudaGetLastError();
    }
    void allowed(const std::function<cudaError_t(cudaStream_t)>& f) { expect(cudaSuccess, false, f); }
    // For calls that only the relaxed mode lets through.
    void unsafe(const std::function<cudaError_t(cudaStream_t)>& f) {
        const bool relaxed = GetParam() == cudaStreamCaptureModeRelaxed;
        expect(relaxed ? cudaSuccess : cudaErrorStreamCaptureUnsupported, !relaxed, f);
    }

    Stream other_;
    Stream nonBlocking_{cudaStreamNonBlocking};
    Event recorded_, fresh_;
    Ints memory_{4};
};

}  // namespace

TEST_P(CaptureRules, AllocationsAreUnsafe) {
    void* p = nullptr;
    unsafe([&](cudaStream_t) { return cudaMalloc(&p, 64); });
    unsafe([&](cudaStream_t) { return cudaMallocHost(&p, 64); });
    unsafe([&](cudaStream_t) { return cudaMallocManaged(&p, 64); });
    unsafe([&](cudaStream_t) { return cudaFree(nullptr); });
    unsafe([&](cudaStream_t) { return cudaFreeHost(nullptr); });
    unsafe([&](cudaStream_t) { return cudaMallocAsync(&p, 64, other_); });
    allowed([&](cudaStream_t s) { return cudaMallocAsync(&p, 64, s); });
}

TEST_P(CaptureRules, WaitingElsewhereIsUnsafe) {
    ASSERT_OK(cudaEventRecord(recorded_, other_));
    ASSERT_OK(cudaDeviceSynchronize());
    unsafe([&](cudaStream_t) { return cudaStreamSynchronize(other_); });
    unsafe([&](cudaStream_t) { return cudaStreamSynchronize(nonBlocking_); });
    unsafe([&](cudaStream_t) { return cudaStreamQuery(other_); });
    unsafe([&](cudaStream_t) { return cudaEventQuery(recorded_); });
    unsafe([&](cudaStream_t) { return cudaEventSynchronize(recorded_); });
}

TEST_P(CaptureRules, WaitingForTheCaptureIsNeverAllowed) {
    expect(cudaErrorStreamCaptureUnsupported, true, [](cudaStream_t s) { return cudaStreamSynchronize(s); });
    expect(cudaErrorStreamCaptureUnsupported, true, [](cudaStream_t s) { return cudaStreamQuery(s); });
    expect(cudaErrorStreamCaptureUnsupported, true, [](cudaStream_t) { return cudaDeviceSynchronize(); });
    expect(cudaErrorCapturedEvent, true, [&](cudaStream_t s) {
        EXPECT_OK(cudaEventRecord(fresh_, s));
        return cudaEventQuery(fresh_);
    });
    expect(cudaErrorCapturedEvent, true, [&](cudaStream_t s) {
        EXPECT_OK(cudaEventRecord(fresh_, s));
        return cudaEventSynchronize(fresh_);
    });
    expect(cudaErrorCapturedEvent, false, [&](cudaStream_t s) {
        float ms;
        EXPECT_OK(cudaEventRecord(fresh_, s));
        return cudaEventElapsedTime(&ms, fresh_, fresh_);
    });
}

TEST_P(CaptureRules, TheLegacyStreamWouldDependOnTheCapture) {
    int value = 0;
    const auto implicit = [&](const std::function<cudaError_t(cudaStream_t)>& f) {
        expect(cudaErrorStreamCaptureImplicit, true, f);
    };
    ASSERT_OK(cudaEventRecord(recorded_, other_));
    ASSERT_OK(cudaDeviceSynchronize());
    implicit([&](cudaStream_t) { return cudaMemcpy(memory_.data(), &value, 4, cudaMemcpyHostToDevice); });
    implicit([&](cudaStream_t) { return cudaMemset(memory_.data(), 0, 4); });
    implicit([&](cudaStream_t) { return cudaMemsetAsync(memory_.data(), 0, 4, nullptr); });
    implicit([&](cudaStream_t) { return cudaLaunchHostFunc(nullptr, doNothing, nullptr); });
    implicit([&](cudaStream_t) { return cudaEventRecord(fresh_, nullptr); });
    implicit([&](cudaStream_t) { return cudaStreamWaitEvent(nullptr, recorded_); });
    implicit([&](cudaStream_t) { return cudaStreamSynchronize(nullptr); });
    implicit([&](cudaStream_t) { return cudaStreamQuery(nullptr); });
    implicit([&](cudaStream_t s) {
        EXPECT_OK(cudaEventRecord(fresh_, s));
        return cudaStreamWaitEvent(nullptr, fresh_);
    });
    cudaStreamCaptureStatus status;
    expect(cudaErrorStreamCaptureImplicit, false,
           [&](cudaStream_t) { return cudaStreamIsCapturing(nullptr, &status); });
}

TEST_P(CaptureRules, NonBlockingStreamsLeaveTheLegacyStreamFree) {
    expect(
        cudaSuccess, false, [&](cudaStream_t) { return cudaMemset(memory_.data(), 0, 4); }, cudaStreamNonBlocking);
    expect(
        cudaSuccess, false, [&](cudaStream_t) { return cudaEventRecord(fresh_, nullptr); }, cudaStreamNonBlocking);
}

TEST_P(CaptureRules, OtherStreamsGoOn) {
    ASSERT_OK(cudaEventRecord(recorded_, other_));
    ASSERT_OK(cudaDeviceSynchronize());
    allowed([&](cudaStream_t) { return cudaMemsetAsync(memory_.data(), 0, 4, other_); });
    allowed([&](cudaStream_t) { return cudaMemsetAsync(memory_.data() + 1, 0, 4, nonBlocking_); });
    allowed([&](cudaStream_t) { return cudaLaunchHostFunc(other_, doNothing, nullptr); });
    allowed([&](cudaStream_t) { return cudaEventRecord(fresh_, other_); });
    allowed([&](cudaStream_t) { return cudaStreamWaitEvent(other_, recorded_); });
}

TEST_P(CaptureRules, QuestionsAndHandlesAreAllowed) {
    size_t free, total;
    int device;
    cudaStream_t stream = nullptr;
    cudaEvent_t event = nullptr;
    cudaPointerAttributes attributes;
    allowed([&](cudaStream_t) { return cudaMemGetInfo(&free, &total); });
    allowed([&](cudaStream_t) { return cudaGetDevice(&device); });
    allowed([&](cudaStream_t) { return cudaPointerGetAttributes(&attributes, &free); });
    allowed([&](cudaStream_t) { return cudaStreamCreate(&stream); });
    allowed([&](cudaStream_t) { return cudaStreamDestroy(stream); });
    allowed([&](cudaStream_t) { return cudaEventCreate(&event); });
    allowed([&](cudaStream_t) { return cudaEventDestroy(event); });
}

TEST_P(CaptureRules, WrongArgumentsDoNotInvalidate) {
    int value = 0;
    expect(cudaErrorInvalidValue, false,
           [&](cudaStream_t s) { return cudaMemcpyAsync(nullptr, &value, 4, cudaMemcpyDefault, s); });
    expect(cudaErrorIllegalState, false,
           [&](cudaStream_t s) { return cudaStreamBeginCapture(s, cudaStreamCaptureModeGlobal); });
    expect(cudaErrorIllegalState, false,
           [&](cudaStream_t) { return cudaEventRecordWithFlags(fresh_, other_, cudaEventRecordExternal); });
}

TEST_P(CaptureRules, SomeOtherCallsAreUnsafeToo) {
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaMemPool_t pool;
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    ASSERT_OK(cudaDeviceGetDefaultMemPool(&pool, 0));
    unsafe([&](cudaStream_t) { return cudaGraphInstantiate(&exec, graph, 0); });
    unsafe([&](cudaStream_t) { return cudaMemPoolTrimTo(pool, 0); });
    unsafe([&](cudaStream_t) { return cudaDeviceSetLimit(cudaLimitStackSize, 1024); });
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST_P(CaptureRules, CallbacksAndLaunchesCannotBeCaptured) {
    expect(cudaErrorStreamCaptureUnsupported, true, [](cudaStream_t s) {
        return cudaStreamAddCallback(
            s, [](cudaStream_t, cudaError_t, void*) {}, nullptr, 0);
    });
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    expect(cudaErrorStreamCaptureUnsupported, true, [&](cudaStream_t s) { return cudaGraphLaunch(exec, s); });
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST_P(CaptureRules, TheGraphMustNotDependOnWorkOutside) {
    ASSERT_OK(cudaEventRecord(recorded_, other_));
    ASSERT_OK(cudaDeviceSynchronize());
    expect(cudaErrorStreamCaptureIsolation, true, [&](cudaStream_t s) { return cudaStreamWaitEvent(s, recorded_); });
    allowed([&](cudaStream_t s) { return cudaStreamWaitEvent(s, fresh_); });
    allowed([&](cudaStream_t s) { return cudaStreamWaitEvent(s, recorded_, cudaEventWaitExternal); });
    expect(cudaErrorStreamCaptureIsolation, true, [&](cudaStream_t s) {
        EXPECT_OK(cudaEventRecord(fresh_, s));
        EXPECT_OK(cudaEventRecord(fresh_, other_));  // no longer part of the capture
        return cudaStreamWaitEvent(s, fresh_);
    });
}

TEST_P(CaptureRules, AnInvalidatedCaptureRefusesEverything) {
    Stream stream;
    ASSERT_OK(cudaStreamBeginCapture(stream, GetParam()));
    EXPECT_CUDA(cudaErrorStreamCaptureUnsupported, cudaStreamQuery(stream));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaLaunchHostFunc(stream, doNothing, nullptr));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaMemsetAsync(memory_.data(), 0, 4, stream));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaEventRecord(fresh_, stream));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaStreamWaitEvent(stream, recorded_));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamBeginCapture(stream, GetParam()));
    cudaGraph_t graph = reinterpret_cast<cudaGraph_t>(&stream);
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(stream, &graph));
    EXPECT_EQ(nullptr, graph);
    EXPECT_OK(cudaLaunchHostFunc(stream, doNothing, nullptr));
    EXPECT_OK(cudaStreamSynchronize(stream));
}

TEST_P(CaptureRules, EndsOnlyOnItsOwnStream) {
    Stream main, side;
    cudaGraph_t graph = nullptr;
    ASSERT_OK(cudaStreamBeginCapture(main, GetParam()));
    ASSERT_OK(cudaEventRecord(fresh_, main));
    ASSERT_OK(cudaStreamWaitEvent(side, fresh_));
    EXPECT_CUDA(cudaErrorStreamCaptureUnmatched, cudaStreamEndCapture(side, &graph));
    EXPECT_EQ(cudaStreamCaptureStatusInvalidated, statusOf(main));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(main, &graph));
    EXPECT_EQ(cudaStreamCaptureStatusNone, statusOf(side));
}

TEST_P(CaptureRules, ForkedWorkMustBeJoined) {
    Stream main, side;
    cudaGraph_t graph = nullptr;
    const auto fork = [&](cudaStream_t to) {
        ASSERT_OK(cudaStreamBeginCapture(main, GetParam()));
        ASSERT_OK(cudaEventRecord(fresh_, main));
        ASSERT_OK(cudaStreamWaitEvent(to, fresh_));
        ASSERT_OK(cudaLaunchHostFunc(to, doNothing, nullptr));
    };
    fork(side);
    EXPECT_CUDA(cudaErrorStreamCaptureUnjoined, cudaStreamEndCapture(main, &graph));
    EXPECT_EQ(nullptr, graph);
    EXPECT_EQ(cudaStreamCaptureStatusNone, statusOf(side));
    // A stream that is gone cannot be joined any more.
    cudaStream_t lost;
    ASSERT_OK(cudaStreamCreate(&lost));
    fork(lost);
    EXPECT_OK(cudaStreamDestroy(lost));
    EXPECT_CUDA(cudaErrorStreamCaptureUnjoined, cudaStreamEndCapture(main, &graph));
}

TEST_P(CaptureRules, TwoCapturesCannotMerge) {
    Stream a, b;
    cudaGraph_t graph = nullptr;
    ASSERT_OK(cudaStreamBeginCapture(a, GetParam()));
    ASSERT_OK(cudaStreamBeginCapture(b, GetParam()));
    ASSERT_OK(cudaEventRecord(fresh_, a));
    EXPECT_CUDA(cudaErrorStreamCaptureMerge, cudaStreamWaitEvent(b, fresh_));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(a, &graph));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(b, &graph));
}

TEST_P(CaptureRules, OtherThreadsFollowTheMode) {
    Stream stream;
    cudaGraph_t graph = nullptr;
    const bool global = GetParam() == cudaStreamCaptureModeGlobal;
    const bool relaxed = GetParam() == cudaStreamCaptureModeRelaxed;
    ASSERT_OK(cudaStreamBeginCapture(stream, GetParam()));
    std::thread([&] {
        void* p = nullptr;
        EXPECT_CUDA(global ? cudaErrorStreamCaptureUnsupported : cudaSuccess, cudaMalloc(&p, 64));
    }).join();
    EXPECT_EQ(global ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive, statusOf(stream));
    cudaStreamEndCapture(stream, &graph);
    if (graph) cudaGraphDestroy(graph);

    ASSERT_OK(cudaStreamBeginCapture(stream, GetParam()));
    std::thread([&] {
        EXPECT_OK(cudaLaunchHostFunc(stream, doNothing, nullptr));
        EXPECT_CUDA(relaxed ? cudaSuccess : cudaErrorStreamCaptureWrongThread, cudaStreamEndCapture(stream, &graph));
        if (relaxed) cudaGraphDestroy(graph);
    }).join();
    EXPECT_EQ(cudaStreamCaptureStatusNone, statusOf(stream));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamEndCapture(stream, &graph));
}

TEST_P(CaptureRules, AThreadMayChooseAMilderMode) {
    Stream stream;
    cudaGraph_t graph = nullptr;
    ASSERT_OK(cudaStreamBeginCapture(stream, GetParam()));
    std::thread([] {
        void* p = nullptr;
        cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal;
        EXPECT_OK(cudaThreadExchangeStreamCaptureMode(&mode));
        EXPECT_EQ(cudaStreamCaptureModeGlobal, mode);
        EXPECT_OK(cudaMalloc(&p, 64));
    }).join();
    cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    void* p = nullptr;
    EXPECT_OK(cudaThreadExchangeStreamCaptureMode(&mode));
    EXPECT_OK(cudaMalloc(&p, 64));
    EXPECT_OK(cudaFree(p));
    EXPECT_OK(cudaThreadExchangeStreamCaptureMode(&mode));
    EXPECT_EQ(cudaStreamCaptureModeRelaxed, mode);
    EXPECT_OK(cudaStreamEndCapture(stream, &graph));
    EXPECT_OK(cudaGraphDestroy(graph));
}

INSTANTIATE_TEST_SUITE_P(Modes, CaptureRules,
                         testing::Values(cudaStreamCaptureModeGlobal, cudaStreamCaptureModeThreadLocal,
                                         cudaStreamCaptureModeRelaxed),
                         nameOfMode);

TEST(CaptureBeginning, NeedsAStreamThatCanCapture) {
    Stream stream;
    cudaGraph_t graph = nullptr;
    EXPECT_CUDA(cudaErrorStreamCaptureUnsupported, cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal));
    EXPECT_CUDA(cudaErrorStreamCaptureUnsupported,
                cudaStreamBeginCapture(cudaStreamLegacy, cudaStreamCaptureModeGlobal));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamBeginCapture(stream, static_cast<cudaStreamCaptureMode>(5)));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamEndCapture(stream, &graph));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamEndCapture(nullptr, &graph));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamIsCapturing(stream, nullptr));
}

TEST(CaptureEnding, MayDropTheGraph) {
    Stream stream;
    ASSERT_OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    EXPECT_OK(cudaStreamEndCapture(stream, nullptr));
    EXPECT_EQ(cudaStreamCaptureStatusNone, statusOf(stream));
}

TEST(CaptureEnding, DestroyingTheStreamEndsItsCapture) {
    cudaStream_t stream;
    void* p = nullptr;
    ASSERT_OK(cudaStreamCreate(&stream));
    ASSERT_OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    EXPECT_OK(cudaStreamDestroy(stream));
    EXPECT_OK(cudaMalloc(&p, 4));
    EXPECT_OK(cudaFree(p));
}

TEST(CaptureEnding, OnlyTheCapturesThatForbidACallAreInvalidated) {
    Stream strict, relaxed;
    cudaGraph_t graph = nullptr;
    void* p = nullptr;
    ASSERT_OK(cudaStreamBeginCapture(strict, cudaStreamCaptureModeGlobal));
    ASSERT_OK(cudaStreamBeginCapture(relaxed, cudaStreamCaptureModeRelaxed));
    EXPECT_CUDA(cudaErrorStreamCaptureUnsupported, cudaMalloc(&p, 4));
    EXPECT_CUDA(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(strict, &graph));
    EXPECT_OK(cudaStreamEndCapture(relaxed, &graph));
    EXPECT_OK(cudaGraphDestroy(graph));
}
