// SPDX-License-Identifier: Apache-2.0
// Several threads use everything at once. The checks are of results; races and leaks are the sanitizers' to find.
#include <atomic>
#include <numeric>
#include <thread>

#include "test_support.h"

using namespace hosttest;

namespace {

constexpr int threadCount = 4;

void inThreads(const std::function<void(int)>& body) {
    std::vector<std::thread> threads;
    for (int t = 0; t < threadCount; ++t) threads.emplace_back(body, t);
    for (auto& thread : threads) thread.join();
}

std::vector<int> numbers(int first) {
    std::vector<int> values(256);
    std::iota(values.begin(), values.end(), first);
    return values;
}

// A chain over two streams with an event between; the result comes back in stream order.
void pingPong(int seed, cudaStream_t a, cudaStream_t b, cudaEvent_t ready) {
    Ints x(256), y(256);
    const auto values = numbers(seed);
    std::vector<int> result(256);
    EXPECT_OK(cudaMemcpyAsync(x.data(), values.data(), x.bytes(), cudaMemcpyHostToDevice, a));
    EXPECT_OK(cudaEventRecord(ready, a));
    EXPECT_OK(cudaStreamWaitEvent(b, ready));
    EXPECT_OK(cudaMemcpyAsync(y.data(), x.data(), x.bytes(), cudaMemcpyDeviceToDevice, b));
    EXPECT_OK(cudaMemcpyAsync(result.data(), y.data(), y.bytes(), cudaMemcpyDeviceToHost, b));
    EXPECT_OK(cudaStreamSynchronize(b));
    EXPECT_EQ(values, result);
}

// Captures a fork and a join and replays it.
void captureAndReplay(int seed, cudaStream_t a, cudaStream_t b) {
    Event fork, join;
    Ints x(256), y(256);
    const auto values = numbers(seed);
    std::vector<int> result(256);
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    EXPECT_OK(cudaStreamBeginCapture(a, cudaStreamCaptureModeThreadLocal));
    EXPECT_OK(cudaMemcpyAsync(x.data(), values.data(), x.bytes(), cudaMemcpyHostToDevice, a));
    EXPECT_OK(cudaEventRecord(fork, a));
    EXPECT_OK(cudaStreamWaitEvent(b, fork));
    EXPECT_OK(cudaMemcpyAsync(y.data(), x.data(), 512, cudaMemcpyDeviceToDevice, b));
    EXPECT_OK(cudaMemcpyAsync(y.data() + 128, x.data() + 128, 512, cudaMemcpyDeviceToDevice, a));
    EXPECT_OK(cudaEventRecord(join, b));
    EXPECT_OK(cudaStreamWaitEvent(a, join));
    EXPECT_OK(cudaMemcpyAsync(result.data(), y.data(), y.bytes(), cudaMemcpyDeviceToHost, a));
    EXPECT_OK(cudaStreamEndCapture(a, &graph));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    EXPECT_OK(cudaGraphDestroy(graph));
    for (int i = 0; i < 3; ++i) {
        std::fill(result.begin(), result.end(), 0);
        EXPECT_OK(cudaGraphLaunch(exec, i % 2 ? a : b));
        EXPECT_OK(cudaStreamSynchronize(i % 2 ? a : b));
        EXPECT_EQ(values, result);
    }
    EXPECT_OK(cudaGraphExecDestroy(exec));
}

}  // namespace

TEST(Stress, ThreadsWithStreamsOfTheirOwn) {
    inThreads([](int t) {
        Stream a(cudaStreamNonBlocking), b(cudaStreamNonBlocking);
        Event ready;
        for (int i = 0; i < 50; ++i) pingPong(1000 * t + i, a, b, ready);
    });
}

TEST(Stress, ThreadsThatCapture) {
    inThreads([](int t) {
        Stream a(cudaStreamNonBlocking), b(cudaStreamNonBlocking);
        for (int i = 0; i < 20; ++i) captureAndReplay(1000 * t + i, a, b);
    });
}

TEST(Stress, ThreadsThatShareOneStream) {
    Stream stream;
    std::atomic<int> count{0};
    inThreads([&](int) {
        for (int i = 0; i < 500; ++i)
            EXPECT_OK(cudaLaunchHostFunc(
                stream, [](void* n) { static_cast<std::atomic<int>*>(n)->fetch_add(1); }, &count));
        EXPECT_OK(cudaStreamSynchronize(stream));
    });
    EXPECT_EQ(threadCount * 500, count);
}

// The legacy stream and blocking streams wait for each other in both directions: no order of calls may lock up.
TEST(Stress, LegacyAndBlockingStreamsTogether) {
    Ints shared(1);
    ASSERT_OK(cudaMemset(shared.data(), 0, 4));
    inThreads([&](int t) {
        Stream stream;
        for (int i = 0; i < 200; ++i) {
            EXPECT_OK(cudaLaunchHostFunc(stream, doNothing, nullptr));
            EXPECT_OK(cudaLaunchHostFunc(t % 2 ? nullptr : cudaStreamPerThread, doNothing, nullptr));
            if (i % 50 == 0) {
                EXPECT_OK(cudaStreamSynchronize(nullptr));
            }
        }
        EXPECT_OK(cudaStreamSynchronize(stream));
    });
    EXPECT_OK(cudaDeviceSynchronize());
}

TEST(Stress, StreamsAndMemoryComeAndGo) {
    inThreads([](int t) {
        for (int i = 0; i < 40; ++i) {
            cudaStream_t stream;
            void *p = nullptr, *q = nullptr;
            ASSERT_OK(cudaStreamCreateWithFlags(&stream, i % 2 ? cudaStreamNonBlocking : cudaStreamDefault));
            EXPECT_OK(cudaMalloc(&p, 1000 + static_cast<size_t>(t)));
            EXPECT_OK(cudaMallocAsync(&q, 500, stream));
            EXPECT_OK(cudaMemsetAsync(p, t, 1000, stream));
            EXPECT_OK(cudaMemsetAsync(q, t, 500, stream));
            EXPECT_OK(cudaFreeAsync(q, stream));
            EXPECT_OK(cudaStreamDestroy(stream));
            EXPECT_OK(cudaFree(p));
        }
    });
}

TEST(Stress, OneEventRecordedAndAwaitedByMany) {
    Event event;
    inThreads([&](int t) {
        Stream stream(cudaStreamNonBlocking);
        for (int i = 0; i < 200; ++i) {
            EXPECT_OK(t == 0 ? cudaEventRecord(event, stream) : cudaStreamWaitEvent(stream, event));
            if (i % 20 == 0) {
                EXPECT_OK(cudaEventSynchronize(event));
            }
        }
        EXPECT_OK(cudaStreamSynchronize(stream));
    });
}

// Late users: objects whose destructors use the runtime when the process ends.
namespace {
struct AtExit {
    ~AtExit() {
        void* p = nullptr;
        cudaStream_t stream = nullptr;
        cudaStreamCreate(&stream);
        cudaMalloc(&p, 64);
        cudaMemsetAsync(p, 0, 64, stream);
        cudaStreamSynchronize(stream);
        cudaStreamSynchronize(cudaStreamPerThread);
        cudaFree(p);
        cudaStreamDestroy(stream);
    }
};
AtExit atExit;
}  // namespace
