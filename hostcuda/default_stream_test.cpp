// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <thread>

#include "test_support.h"

using namespace hosttest;

namespace {

// Holds `first` at a gate, puts the barrier between, and tells whether `second` got past before the gate opened.
template <class Barrier>
std::vector<int> orderAround(cudaStream_t first, cudaStream_t second, const Barrier& barrier) {
    Notes notes;
    Gate gate;
    gate.close(first);
    notes.ask(first, 1);
    barrier();
    notes.ask(second, 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // time for a wrong order to happen
    gate.open();
    EXPECT_OK(cudaDeviceSynchronize());
    return notes.taken();
}

const std::vector<int> inOrder{1, 2};

}  // namespace

TEST(DefaultStream, LegacyWorkWaitsForBlockingStreams) {
    Stream stream;
    EXPECT_EQ(inOrder, orderAround(stream, cudaStreamLegacy, [] {}));
    EXPECT_EQ(inOrder, orderAround(stream, nullptr, [] {}));
}

TEST(DefaultStream, BlockingStreamsWaitForLegacyWork) {
    Stream stream;
    EXPECT_EQ(inOrder, orderAround(nullptr, stream, [] {}));
    EXPECT_EQ(inOrder, orderAround(nullptr, cudaStreamPerThread, [] {}));
}

TEST(DefaultStream, NonBlockingStreamsDoNotTakePart) {
    if (!onHostRuntime()) GTEST_SKIP() << "a GPU's runtime runs one host function at a time";
    Stream stream(cudaStreamNonBlocking);
    Notes notes;
    Gate gate;
    gate.close(nullptr);
    notes.ask(stream, 1);
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(nullptr));

    Gate other;
    other.close(stream);
    EXPECT_OK(cudaStreamSynchronize(nullptr));
    EXPECT_OK(cudaStreamQuery(nullptr));
    EXPECT_CUDA(cudaErrorNotReady, cudaStreamQuery(stream));
    other.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
}

TEST(DefaultStream, EveryLegacyCallIsABarrierBetweenBlockingStreams) {
    Stream a, b;
    Event event;
    Ints memory(1);
    ASSERT_OK(cudaEventRecord(event, nullptr));
    EXPECT_EQ(inOrder, orderAround(a, b, [&] { EXPECT_OK(cudaMemsetAsync(memory.data(), 0, 4, nullptr)); }));
    EXPECT_EQ(inOrder, orderAround(a, b, [&] { EXPECT_OK(cudaMemset(memory.data(), 0, 4)); }));
    EXPECT_EQ(inOrder, orderAround(a, b, [&] { EXPECT_OK(cudaEventRecord(event, nullptr)); }));
    EXPECT_EQ(inOrder, orderAround(a, b, [&] { EXPECT_OK(cudaStreamWaitEvent(nullptr, event)); }));
    EXPECT_EQ(inOrder, orderAround(a, b, [&] { EXPECT_OK(cudaLaunchHostFunc(nullptr, doNothing, nullptr)); }));
}

TEST(DefaultStream, WithoutABarrierBlockingStreamsAreIndependent) {
    if (!onHostRuntime()) GTEST_SKIP() << "a GPU's runtime runs one host function at a time";
    Stream a, b;
    Notes notes;
    Gate gate;
    gate.close(a);
    notes.ask(b, 1);
    EXPECT_OK(cudaStreamSynchronize(b));
    EXPECT_OK(cudaStreamSynchronize(cudaStreamPerThread));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(a));
}

TEST(DefaultStream, SynchronizingItWaitsForBlockingStreams) {
    Stream stream;
    Notes notes;
    Gate gate;
    gate.close(stream);
    notes.ask(stream, 1);
    EXPECT_CUDA(cudaErrorNotReady, cudaStreamQuery(nullptr));
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(nullptr));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
}

TEST(DefaultStream, SynchronousCopiesWaitForBlockingStreams) {
    Stream stream;
    Ints memory(1);
    int value = 0;
    memory.write({1});
    Gate gate;
    gate.close(stream);
    ASSERT_OK(cudaMemsetAsync(memory.data(), 0xff, 4, stream));
    std::thread opener([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        gate.open();
    });
    EXPECT_OK(cudaMemcpy(&value, memory.data(), 4, cudaMemcpyDeviceToHost));
    EXPECT_EQ(-1, value);
    opener.join();
}

TEST(DefaultStream, DestroyedStreamsStillCount) {
    Notes notes;
    Gate gate;
    cudaStream_t stream;
    ASSERT_OK(cudaStreamCreate(&stream));
    gate.close(stream);
    notes.ask(stream, 1);
    ASSERT_OK(cudaStreamDestroy(stream));
    notes.ask(nullptr, 2);
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(nullptr));
    EXPECT_EQ(inOrder, notes.taken());
}

TEST(DefaultStream, EachThreadHasItsOwnPerThreadStream) {
    unsigned long long mine = 0, theirs = 0;
    EXPECT_OK(cudaStreamGetId(cudaStreamPerThread, &mine));
    std::thread([&] { EXPECT_OK(cudaStreamGetId(cudaStreamPerThread, &theirs)); }).join();
    EXPECT_NE(mine, theirs);
    Gate gate;
    gate.close(cudaStreamPerThread);
    std::thread([] { EXPECT_OK(cudaStreamSynchronize(cudaStreamPerThread)); }).join();
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(cudaStreamPerThread));
}

TEST(DefaultStream, AThreadsStreamFinishesItsWorkAfterTheThread) {
    Notes notes;
    Gate gate;
    std::thread([&] {
        gate.close(cudaStreamPerThread);
        notes.ask(cudaStreamPerThread, 1);
    }).join();
    gate.open();
    EXPECT_OK(cudaDeviceSynchronize());
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
}

// What CUDA_API_PER_THREAD_DEFAULT_STREAM turns calls into: stream 0 is the thread's own.
TEST(DefaultStream, PerThreadVariantsUseTheThreadsStream) {
    if (!onHostRuntime()) GTEST_SKIP() << "a GPU's runtime runs one host function at a time";
    using Launch = cudaError_t (*)(cudaStream_t, cudaHostFn_t, void*);
    using Synchronize = cudaError_t (*)(cudaStream_t);
    using CopyNow = cudaError_t (*)(void*, const void*, size_t, cudaMemcpyKind);
    const auto launch = reinterpret_cast<Launch>(dlsym(RTLD_DEFAULT, "cudaLaunchHostFunc_ptsz"));
    const auto synchronize = reinterpret_cast<Synchronize>(dlsym(RTLD_DEFAULT, "cudaStreamSynchronize_ptsz"));
    const auto copy = reinterpret_cast<CopyNow>(dlsym(RTLD_DEFAULT, "cudaMemcpy_ptds"));
    ASSERT_TRUE(launch && synchronize && copy);
    Ints memory(1);
    memory.write({5});
    Stream stream;
    Gate gate;
    gate.close(stream);
    int value = 0;
    EXPECT_OK(launch(nullptr, doNothing, nullptr));
    EXPECT_OK(synchronize(nullptr));  // the legacy stream would wait for the gate
    EXPECT_OK(copy(&value, memory.data(), 4, cudaMemcpyDeviceToHost));
    EXPECT_EQ(5, value);
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
}
