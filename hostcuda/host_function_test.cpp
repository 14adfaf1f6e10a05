// SPDX-License-Identifier: Apache-2.0
// What host functions may and may not do, and the launch that may do more.
#include <hostcuda/extension.h>

#include "test_support.h"

using namespace hosttest;

namespace {

struct Answers {
    cudaStream_t stream = nullptr;
    void* memory = nullptr;
    std::vector<cudaError_t> refused, allowed;
};

void askFromHostFunction(void* data) {
    auto& a = *static_cast<Answers*>(data);
    void* p = nullptr;
    int device = 0, count = 0;
    size_t free = 0, total = 0;
    cudaStream_t stream = nullptr;
    cudaEvent_t event = nullptr;
    cudaGraph_t graph = nullptr;
    cudaPointerAttributes attributes;
    cudaDeviceProp properties;
    a.refused = {cudaGetDevice(&device),
                 cudaMalloc(&p, 64),
                 cudaMallocHost(&p, 64),
                 cudaFree(nullptr),
                 cudaStreamCreate(&stream),
                 cudaEventCreate(&event),
                 cudaMemGetInfo(&free, &total),
                 cudaPointerGetAttributes(&attributes, &p),
                 cudaStreamQuery(a.stream),
                 cudaStreamSynchronize(a.stream),
                 cudaMemsetAsync(a.memory, 0, 4, a.stream),
                 cudaLaunchHostFunc(a.stream, doNothing, nullptr),
                 cudaGraphCreate(&graph, 0),
                 cudaDeviceSynchronize()};
    cudaGetLastError();
    a.allowed = {cudaGetDeviceCount(&count), cudaGetDeviceProperties(&properties, 0), cudaRuntimeGetVersion(&count),
                 cudaPeekAtLastError()};
}

// Work that a library does on behalf of a stream, calling back into code that uses the stream as if it enqueued.
struct Nested {
    cudaStream_t stream = nullptr;
    cudaEvent_t event = nullptr;
    int* memory = nullptr;
    std::vector<int> seen;
    std::vector<cudaError_t> statuses;

    static void run(void* self) {
        auto& n = *static_cast<Nested*>(self);
        int value = 0;
        n.statuses = {cudaMemsetAsync(n.memory, 0xff, 4, n.stream),
                      cudaMemcpyAsync(&value, n.memory, 4, cudaMemcpyDeviceToHost, n.stream),
                      cudaEventRecord(n.event, n.stream),
                      cudaStreamSynchronize(n.stream),
                      cudaStreamQuery(n.stream),
                      cudaEventQuery(n.event),
                      cudaLaunchHostFunc(
                          n.stream, [](void* v) { *static_cast<int*>(v) -= 1; }, &value)};
        n.seen.push_back(value);
    }
};

}  // namespace

TEST(HostFunctions, MayNotUseTheRuntime) {
    Stream stream(cudaStreamNonBlocking);
    Ints memory(1);
    Answers answers;
    answers.stream = stream;
    answers.memory = memory.data();
    cudaGetLastError();
    ASSERT_OK(cudaLaunchHostFunc(stream, askFromHostFunction, &answers));
    ASSERT_OK(cudaStreamSynchronize(stream));
    for (cudaError_t status : answers.refused) EXPECT_CUDA(cudaErrorNotPermitted, status);
    for (size_t i = 0; i + 1 < answers.allowed.size(); ++i) EXPECT_CUDA(cudaSuccess, answers.allowed[i]);
    EXPECT_OK(cudaGetLastError());  // the errors belong to the stream's thread
}

TEST(HostFunctions, NestedWorkRunsInPlace) {
    if (!onHostRuntime()) GTEST_SKIP();
    Stream stream;
    Event event;
    Ints memory(1);
    Nested nested{stream, event, memory.data(), {}, {}};
    Gate gate;
    gate.close(stream);
    ASSERT_OK(cudaHostRuntimeLaunch(stream, &Nested::run, &nested));
    ASSERT_OK(cudaMemsetAsync(memory.data(), 0, 4, stream));
    gate.open();
    ASSERT_OK(cudaStreamSynchronize(stream));
    for (cudaError_t status : nested.statuses) EXPECT_CUDA(cudaSuccess, status);
    EXPECT_EQ(std::vector<int>{-2}, nested.seen);  // -1 from the memory, less one from the function nested in it
    EXPECT_EQ(std::vector<int>{0}, memory.read());
}

// A plugin keeps the stream it was captured with, while the graph is replayed on another one.
TEST(HostFunctions, NestedWorkRunsInPlaceWhenReplayedElsewhere) {
    if (!onHostRuntime()) GTEST_SKIP();
    Stream captured, replaying;
    Event event;
    Ints memory(1);
    Nested nested{captured, event, memory.data(), {}, {}};
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    ASSERT_OK(cudaStreamBeginCapture(captured, cudaStreamCaptureModeThreadLocal));
    ASSERT_OK(cudaHostRuntimeLaunch(captured, &Nested::run, &nested));
    ASSERT_OK(cudaStreamEndCapture(captured, &graph));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    Gate gate;
    gate.close(captured);  // nothing may go through the stream itself
    for (int i = 0; i < 3; ++i) ASSERT_OK(cudaGraphLaunch(exec, replaying));
    EXPECT_OK(cudaStreamSynchronize(replaying));
    EXPECT_EQ((std::vector<int>{-2, -2, -2}), nested.seen);
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(captured));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(HostFunctions, NestedWorkMayUseMemoryAndOtherStreams) {
    if (!onHostRuntime()) GTEST_SKIP();
    struct Case {
        cudaStream_t own, other;
        std::vector<cudaError_t> statuses;
    };
    Stream own, other;
    Case c{own, other, {}};
    const auto run = [](void* data) {
        auto& k = *static_cast<Case*>(data);
        void *p = nullptr, *q = nullptr;
        int value = 3, copy = 0;
        k.statuses = {cudaMalloc(&p, 64),
                      cudaMallocAsync(&q, 64, k.own),
                      cudaMemcpy(p, &value, 4, cudaMemcpyHostToDevice),
                      cudaMemcpyAsync(&copy, p, 4, cudaMemcpyDeviceToHost, k.other),
                      cudaStreamSynchronize(k.other),
                      cudaFreeAsync(q, k.own),
                      cudaFree(p),
                      copy == 3 ? cudaSuccess : cudaErrorUnknown};
        k.statuses.push_back(cudaDeviceSynchronize() == cudaErrorNotPermitted ? cudaSuccess : cudaErrorUnknown);
    };
    ASSERT_OK(cudaHostRuntimeLaunch(own, run, &c));
    ASSERT_OK(cudaStreamSynchronize(own));
    ASSERT_EQ(9u, c.statuses.size());
    for (cudaError_t status : c.statuses) EXPECT_CUDA(cudaSuccess, status);
}
