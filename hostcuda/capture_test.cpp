// SPDX-License-Identifier: Apache-2.0
// Capturing streams and replaying what they did.

#include "test_support.h"

using namespace hosttest;

namespace {

class Replay {
public:
    explicit Replay(cudaGraph_t graph) : graph_(graph) { EXPECT_OK(cudaGraphInstantiate(&exec_, graph, 0)); }
    ~Replay() {
        EXPECT_OK(cudaGraphExecDestroy(exec_));
        EXPECT_OK(cudaGraphDestroy(graph_));
    }
    void launch(cudaStream_t stream) { EXPECT_OK(cudaGraphLaunch(exec_, stream)); }
    cudaGraph_t graph() const { return graph_; }

private:
    cudaGraph_t graph_;
    cudaGraphExec_t exec_ = nullptr;
};

void begin(cudaStream_t stream, cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal) {
    ASSERT_OK(cudaStreamBeginCapture(stream, mode));
}

cudaGraph_t end(cudaStream_t stream) {
    cudaGraph_t graph = nullptr;
    EXPECT_OK(cudaStreamEndCapture(stream, &graph));
    return graph;
}

size_t countNodes(cudaGraph_t graph) {
    size_t count = 0;
    EXPECT_OK(cudaGraphGetNodes(graph, nullptr, &count));
    return count;
}

size_t countEdges(cudaGraph_t graph) {
    size_t count = 0;
    EXPECT_OK(cudaGraphGetEdges(graph, nullptr, nullptr, &count));
    return count;
}

}  // namespace

TEST(Capture, RecordsInsteadOfRunning) {
    Stream stream;
    Ints memory(4);
    memory.write({1, 2, 3, 4});
    begin(stream);
    EXPECT_OK(cudaMemsetAsync(memory.data(), 0, memory.bytes(), stream));
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    EXPECT_OK(cudaStreamIsCapturing(stream, &status));
    EXPECT_EQ(cudaStreamCaptureStatusActive, status);
    Replay replay(end(stream));
    EXPECT_OK(cudaStreamIsCapturing(stream, &status));
    EXPECT_EQ(cudaStreamCaptureStatusNone, status);
    EXPECT_EQ((std::vector<int>{1, 2, 3, 4}), memory.read());
    replay.launch(stream);
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ((std::vector<int>{0, 0, 0, 0}), memory.read());
}

TEST(Capture, ReplaysGiveWhatTheStreamGave) {
    Stream stream;
    Ints a(64), b(64);
    std::vector<int> input(64), direct(64), replayed(64);
    for (int i = 0; i < 64; ++i) input[static_cast<size_t>(i)] = i * i;
    int launches = 0;
    const auto work = [&](std::vector<int>& output) {
        EXPECT_OK(cudaMemsetAsync(b.data(), 0, b.bytes(), stream));
        EXPECT_OK(cudaMemcpyAsync(a.data(), input.data(), a.bytes(), cudaMemcpyHostToDevice, stream));
        EXPECT_OK(cudaMemcpyAsync(b.data(), a.data() + 32, 128, cudaMemcpyDeviceToDevice, stream));
        EXPECT_OK(cudaMemcpy2DAsync(b.data() + 32, 8, a.data(), 16, 8, 16, cudaMemcpyDeviceToDevice, stream));
        EXPECT_OK(cudaLaunchHostFunc(
            stream, [](void* n) { ++*static_cast<int*>(n); }, &launches));
        EXPECT_OK(cudaMemcpyAsync(output.data(), b.data(), b.bytes(), cudaMemcpyDeviceToHost, stream));
    };
    work(direct);
    ASSERT_OK(cudaStreamSynchronize(stream));
    begin(stream);
    work(replayed);
    Replay replay(end(stream));
    EXPECT_EQ(6u, countNodes(replay.graph()));
    EXPECT_EQ(5u, countEdges(replay.graph()));
    for (int i = 0; i < 3; ++i) {
        std::fill(replayed.begin(), replayed.end(), -1);
        replay.launch(stream);
        ASSERT_OK(cudaStreamSynchronize(stream));
        EXPECT_EQ(direct, replayed);
    }
    EXPECT_EQ(4, launches);
}

TEST(Capture, WorkOnNothingIsNoNode) {
    Stream stream;
    Ints memory(1);
    begin(stream);
    EXPECT_OK(cudaMemcpyAsync(memory.data(), memory.data(), 0, cudaMemcpyDefault, stream));
    EXPECT_OK(cudaMemsetAsync(memory.data(), 0, 0, stream));
    cudaGraph_t graph = end(stream);
    EXPECT_EQ(0u, countNodes(graph));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(Capture, ForksAndJoinsByEvents) {
    Stream main, side;
    Event fork, join;
    Ints memory(4);
    ASSERT_OK(cudaMemset(memory.data(), 0, memory.bytes()));
    begin(main, cudaStreamCaptureModeGlobal);
    EXPECT_OK(cudaMemsetAsync(memory.data(), 1, 4, main));
    EXPECT_OK(cudaEventRecord(fork, main));
    EXPECT_OK(cudaStreamWaitEvent(side, fork));
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    EXPECT_OK(cudaStreamIsCapturing(side, &status));
    EXPECT_EQ(cudaStreamCaptureStatusActive, status);
    EXPECT_OK(cudaMemsetAsync(memory.data() + 1, 2, 4, side));
    EXPECT_OK(cudaMemsetAsync(memory.data() + 2, 3, 4, main));
    EXPECT_OK(cudaEventRecord(join, side));
    EXPECT_OK(cudaStreamWaitEvent(main, join));
    EXPECT_OK(cudaMemcpyAsync(memory.data() + 3, memory.data() + 1, 4, cudaMemcpyDeviceToDevice, main));
    Replay replay(end(main));
    EXPECT_OK(cudaStreamIsCapturing(side, &status));
    EXPECT_EQ(cudaStreamCaptureStatusNone, status);
    EXPECT_EQ(4u, countNodes(replay.graph()));
    EXPECT_EQ(4u, countEdges(replay.graph()));
    replay.launch(side);
    EXPECT_OK(cudaStreamSynchronize(side));
    EXPECT_EQ((std::vector<int>{0x01010101, 0x02020202, 0x03030303, 0x02020202}), memory.read());
}

TEST(Capture, AForkWithoutWorkNeedsNoJoin) {
    Stream main, side;
    Event fork;
    begin(main);
    EXPECT_OK(cudaEventRecord(fork, main));
    EXPECT_OK(cudaStreamWaitEvent(side, fork));
    cudaGraph_t graph = end(main);
    EXPECT_EQ(0u, countNodes(graph));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(Capture, AnEmptyGraphCanBeLaunched) {
    Stream stream;
    begin(stream);
    Replay replay(end(stream));
    replay.launch(stream);
    EXPECT_OK(cudaStreamSynchronize(stream));
}

TEST(Capture, LaunchesOfOneGraphKeepTheStreamsOrder) {
    Stream stream;
    Notes notes;
    begin(stream);
    notes.ask(stream, 1);
    notes.ask(stream, 2);
    Replay replay(end(stream));
    notes.ask(stream, 0);
    replay.launch(stream);
    notes.ask(stream, 3);
    replay.launch(stream);
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ((std::vector<int>{0, 1, 2, 3, 1, 2}), notes.taken());
}

TEST(Capture, AnInstantiatedGraphOutlivesTheGraph) {
    Stream stream;
    Notes notes;
    cudaGraphExec_t exec;
    begin(stream);
    notes.ask(stream, 1);
    cudaGraph_t graph = end(stream);
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
    ASSERT_OK(cudaGraphDestroy(graph));
    Gate gate;
    gate.close(stream);
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaGraphExecDestroy(exec));  // while the launch waits
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
}

TEST(Capture, InfoTellsTheGraphAndItsEnd) {
    Stream stream;
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusActive;
    unsigned long long id = 0;
    cudaGraph_t graph = nullptr;
    const cudaGraphNode_t* dependencies = nullptr;
    size_t count = 0;
    EXPECT_OK(cudaStreamGetCaptureInfo(stream, &status));
    EXPECT_EQ(cudaStreamCaptureStatusNone, status);
    begin(stream);
    EXPECT_OK(cudaLaunchHostFunc(stream, doNothing, nullptr));
    EXPECT_OK(cudaStreamGetCaptureInfo(stream, &status, &id, &graph, &dependencies, &count));
    EXPECT_EQ(cudaStreamCaptureStatusActive, status);
    EXPECT_NE(0u, id);
    EXPECT_EQ(1u, countNodes(graph));
    ASSERT_EQ(1u, count);
    cudaGraphNodeType type;
    EXPECT_OK(cudaGraphNodeGetType(dependencies[0], &type));
    EXPECT_EQ(cudaGraphNodeTypeHost, type);
    EXPECT_CUDA(cudaErrorIllegalState, cudaGraphDestroy(graph));

    // A node of our own, after which the capture goes on.
    cudaGraphNode_t own;
    EXPECT_OK(cudaGraphAddEmptyNode(&own, graph, dependencies, 1));
    EXPECT_OK(cudaStreamUpdateCaptureDependencies(stream, &own, nullptr, 1, cudaStreamSetCaptureDependencies));
    EXPECT_OK(cudaLaunchHostFunc(stream, doNothing, nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamUpdateCaptureDependencies(stream, &own, nullptr, 1, 5));
    cudaGraph_t captured = end(stream);
    EXPECT_EQ(graph, captured);
    EXPECT_EQ(3u, countNodes(captured));
    EXPECT_EQ(2u, countEdges(captured));
    EXPECT_OK(cudaGraphDestroy(captured));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamUpdateCaptureDependencies(stream, nullptr, nullptr, 0, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamGetCaptureInfo(stream, nullptr));
}

TEST(Capture, ContinuesAGraphThatExists) {
    Stream stream;
    Notes notes;
    cudaGraph_t graph, captured = nullptr;
    cudaGraphNode_t first;
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    ASSERT_OK(cudaGraphAddEmptyNode(&first, graph, nullptr, 0));
    EXPECT_OK(cudaStreamBeginCaptureToGraph(stream, graph, &first, nullptr, 1, cudaStreamCaptureModeGlobal));
    EXPECT_CUDA(cudaErrorIllegalState, cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    EXPECT_OK(cudaLaunchHostFunc(stream, doNothing, nullptr));
    EXPECT_OK(cudaStreamEndCapture(stream, &captured));
    EXPECT_EQ(graph, captured);
    EXPECT_EQ(2u, countNodes(graph));
    EXPECT_EQ(1u, countEdges(graph));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(Capture, ExternalEventsBecomeNodes) {
    Stream stream, other;
    Event before, after;
    Notes notes;
    Gate gate;
    gate.close(other);
    ASSERT_OK(cudaEventRecord(before, other));
    begin(stream, cudaStreamCaptureModeRelaxed);
    EXPECT_OK(cudaStreamWaitEvent(stream, before, cudaEventWaitExternal));
    notes.ask(stream, 1);
    EXPECT_OK(cudaEventRecordWithFlags(after, stream, cudaEventRecordExternal));
    Replay replay(end(stream));
    EXPECT_EQ(3u, countNodes(replay.graph()));
    replay.launch(stream);
    EXPECT_CUDA(cudaErrorNotReady, cudaEventQuery(after));
    EXPECT_TRUE(notes.taken().empty());
    gate.open();
    EXPECT_OK(cudaEventSynchronize(after));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
    EXPECT_OK(cudaStreamSynchronize(stream));
}

TEST(Capture, RecordedEventsAreUsableAgainAfterwards) {
    Stream stream, other;
    Event event;
    begin(stream);
    EXPECT_OK(cudaEventRecord(event, stream));
    EXPECT_OK(cudaGraphDestroy(end(stream)));
    float ms = 0;
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventQuery(event));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventSynchronize(event));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaStreamWaitEvent(other, event));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaEventElapsedTime(&ms, event, event));
    EXPECT_OK(cudaEventRecord(event, stream));
    EXPECT_OK(cudaEventSynchronize(event));
    EXPECT_OK(cudaStreamWaitEvent(other, event));
}

TEST(Capture, ThePerThreadStreamCanBeCaptured) {
    cudaGraph_t graph = nullptr;
    begin(cudaStreamPerThread);
    EXPECT_OK(cudaLaunchHostFunc(cudaStreamPerThread, doNothing, nullptr));
    EXPECT_OK(cudaStreamEndCapture(cudaStreamPerThread, &graph));
    EXPECT_EQ(1u, countNodes(graph));
    EXPECT_OK(cudaGraphDestroy(graph));
}
