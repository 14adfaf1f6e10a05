// SPDX-License-Identifier: Apache-2.0
// Changing graphs after they were instantiated, and the memory that graphs allocate.
#include <memory>

#include "test_support.h"

using namespace hosttest;

namespace {

// A graph of one fill and one copy behind it: memory[0] = value, memory[1] = memory[0].
class Sample {
public:
    Sample() {
        EXPECT_OK(cudaGraphCreate(&graph, 0));
        const cudaMemsetParams params = fill(1);
        EXPECT_OK(cudaGraphAddMemsetNode(&set, graph, nullptr, 0, &params));
        EXPECT_OK(cudaGraphAddMemcpyNode1D(&copy, graph, &set, 1, memory.data() + 1, memory.data(), 4,
                                           cudaMemcpyDeviceToDevice));
        EXPECT_OK(cudaGraphInstantiate(&exec, graph, 0));
        memory.write({0, 0});
    }
    ~Sample() {
        cudaGraphExecDestroy(exec);
        cudaGraphDestroy(graph);
    }
    cudaMemsetParams fill(unsigned value) { return {memory.data(), 0, value, 4, 1, 1}; }
    std::vector<int> run() {
        EXPECT_OK(cudaGraphLaunch(exec, stream));
        EXPECT_OK(cudaStreamSynchronize(stream));
        return memory.read();
    }

    Ints memory{2};
    Stream stream;
    cudaGraph_t graph = nullptr;
    cudaGraphNode_t set = nullptr, copy = nullptr;
    cudaGraphExec_t exec = nullptr;
};

}  // namespace

TEST(GraphUpdate, ChangesOneNode) {
    Sample s;
    EXPECT_EQ((std::vector<int>{1, 1}), s.run());
    const cudaMemsetParams params = s.fill(7);
    EXPECT_OK(cudaGraphExecMemsetNodeSetParams(s.exec, s.set, &params));
    EXPECT_EQ((std::vector<int>{7, 7}), s.run());
    cudaMemsetParams unchanged;
    EXPECT_OK(cudaGraphMemsetNodeGetParams(s.set, &unchanged));
    EXPECT_EQ(1u, unchanged.value);
    const cudaHostNodeParams host{doNothing, nullptr};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphExecHostNodeSetParams(s.exec, s.set, &host));
}

TEST(GraphUpdate, DoesNotTouchLaunchesThatWait) {
    Sample s;
    Gate gate;
    gate.close(s.stream);
    EXPECT_OK(cudaGraphLaunch(s.exec, s.stream));
    const cudaMemsetParams params = s.fill(7);
    EXPECT_OK(cudaGraphExecMemsetNodeSetParams(s.exec, s.set, &params));
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(s.stream));
    EXPECT_EQ((std::vector<int>{1, 1}), s.memory.read());
    EXPECT_EQ((std::vector<int>{7, 7}), s.run());
}

TEST(GraphUpdate, SwitchesNodesOff) {
    Sample s;
    unsigned enabled = 9;
    EXPECT_OK(cudaGraphNodeGetEnabled(s.exec, s.copy, &enabled));
    EXPECT_EQ(1u, enabled);
    EXPECT_OK(cudaGraphNodeSetEnabled(s.exec, s.copy, 0));
    EXPECT_OK(cudaGraphNodeGetEnabled(s.exec, s.copy, &enabled));
    EXPECT_EQ(0u, enabled);
    EXPECT_EQ((std::vector<int>{1, 0}), s.run());
    EXPECT_OK(cudaGraphNodeSetEnabled(s.exec, s.copy, 1));
    EXPECT_EQ((std::vector<int>{1, 1}), s.run());
}

TEST(GraphUpdate, TakesAGraphOfTheSameShape) {
    Sample s;
    cudaGraph_t clone;
    cudaGraphNode_t twin;
    cudaGraphExecUpdateResultInfo info{};
    ASSERT_OK(cudaGraphClone(&clone, s.graph));
    ASSERT_OK(cudaGraphNodeFindInClone(&twin, s.set, clone));
    const cudaMemsetParams params = s.fill(5);
    ASSERT_OK(cudaGraphMemsetNodeSetParams(twin, &params));
    EXPECT_OK(cudaGraphExecUpdate(s.exec, clone, &info));
    EXPECT_EQ(cudaGraphExecUpdateSuccess, info.result);
    EXPECT_EQ((std::vector<int>{5, 5}), s.run());
    EXPECT_OK(cudaGraphDestroy(clone));
}

TEST(GraphUpdate, RefusesAnotherShape) {
    Sample s;
    cudaGraph_t other;
    cudaGraphNode_t a, b;
    cudaGraphExecUpdateResultInfo info{};
    cudaGraphExecUpdateResult result = cudaGraphExecUpdateSuccess;
    ASSERT_OK(cudaGraphCreate(&other, 0));
    EXPECT_CUDA(cudaErrorGraphExecUpdateFailure, cudaGraphExecUpdate(s.exec, other, &info));
    EXPECT_EQ(cudaGraphExecUpdateErrorTopologyChanged, info.result);
    ASSERT_OK(cudaGraphAddEmptyNode(&a, other, nullptr, 0));
    ASSERT_OK(cudaGraphAddEmptyNode(&b, other, &a, 1));
    EXPECT_CUDA(cudaErrorGraphExecUpdateFailure, cudaGraphExecUpdate(s.exec, other, nullptr, &result));
    EXPECT_EQ(cudaGraphExecUpdateErrorNodeTypeChanged, result);
    EXPECT_EQ((std::vector<int>{1, 1}), s.run());
    EXPECT_OK(cudaGraphDestroy(other));
}

TEST(GraphUpdate, RefusesOtherEdges) {
    Sample s;
    cudaGraphExecUpdateResultInfo info{};
    ASSERT_OK(cudaGraphRemoveDependencies(s.graph, &s.set, &s.copy, 1));
    EXPECT_CUDA(cudaErrorGraphExecUpdateFailure, cudaGraphExecUpdate(s.exec, s.graph, &info));
    EXPECT_EQ(cudaGraphExecUpdateErrorTopologyChanged, info.result);
}

TEST(GraphUpdate, InstantiatesWithFlagsAndParameters) {
    Sample s;
    cudaGraphExec_t exec;
    cudaGraphInstantiateParams params{};
    unsigned long long flags = 0;
    params.flags = cudaGraphInstantiateFlagUpload;
    params.uploadStream = s.stream;
    params.result_out = cudaGraphInstantiateError;
    EXPECT_OK(cudaGraphInstantiateWithParams(&exec, s.graph, &params));
    EXPECT_EQ(cudaGraphInstantiateSuccess, params.result_out);
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphInstantiateWithFlags(&exec, s.graph, cudaGraphInstantiateFlagAutoFreeOnLaunch));
    EXPECT_OK(cudaGraphExecGetFlags(exec, &flags));
    EXPECT_EQ(static_cast<unsigned long long>(cudaGraphInstantiateFlagAutoFreeOnLaunch), flags);
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphInstantiate(&exec, s.graph, 0x100));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphInstantiate(&exec, s.graph, cudaGraphInstantiateFlagUpload));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphInstantiate(&exec, nullptr, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphInstantiate(nullptr, s.graph, 0));
}

// The address is fixed when the graph is captured; each launch allocates and frees it.
TEST(GraphMemory, BelongsToTheGraphThatFreesIt) {
    Stream stream;
    int* p = nullptr;
    std::vector<int> result(4);
    cudaGraph_t graph, clone;
    cudaGraphExec_t exec, second;
    ASSERT_OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    EXPECT_OK(cudaMallocAsync(&p, 16, stream));
    EXPECT_OK(cudaMemsetAsync(p, 1, 16, stream));
    EXPECT_OK(cudaMemcpyAsync(result.data(), p, 16, cudaMemcpyDeviceToHost, stream));
    EXPECT_OK(cudaFreeAsync(p, stream));
    ASSERT_OK(cudaStreamEndCapture(stream, &graph));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    for (int i = 0; i < 2; ++i) EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(std::vector<int>(4, 0x01010101), result);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(p));
    EXPECT_CUDA(cudaErrorNotSupported, cudaGraphClone(&clone, graph));
    EXPECT_CUDA(cudaErrorNotSupported, cudaGraphInstantiate(&second, graph, 0));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphInstantiate(&exec, graph, 0));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(GraphMemory, IsTheClientsBetweenLaunchesIfTheGraphDoesNotFreeIt) {
    Stream stream;
    char* p = nullptr;
    char value = 5;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    ASSERT_OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    EXPECT_OK(cudaMallocAsync(&p, 1000, stream));
    ASSERT_OK(cudaStreamEndCapture(stream, &graph));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaMemcpyAsync(p, &value, 1, cudaMemcpyHostToDevice, stream));
    EXPECT_OK(cudaFreeAsync(p, stream));
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaFree(p));
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaGraphDestroy(graph));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaFree(p));  // outlives the graph
}

TEST(GraphMemory, MayBeFreedByTheNextLaunch) {
    Stream stream;
    void* p = nullptr;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    ASSERT_OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    EXPECT_OK(cudaMallocAsync(&p, 1000, stream));
    ASSERT_OK(cudaStreamEndCapture(stream, &graph));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, cudaGraphInstantiateFlagAutoFreeOnLaunch));
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_OK(cudaFree(p));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(GraphMemory, NodesAllocateAndFree) {
    cudaGraph_t graph;
    cudaGraphNode_t allocate, free;
    int local = 0;
    cudaMemAllocNodeParams params{};
    params.poolProps.allocType = cudaMemAllocationTypePinned;
    params.poolProps.location = {cudaMemLocationTypeDevice, 0};
    params.bytesize = 100;
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    ASSERT_OK(cudaGraphAddMemAllocNode(&allocate, graph, nullptr, 0, &params));
    EXPECT_NE(nullptr, params.dptr);
    EXPECT_OK(cudaGraphAddMemFreeNode(&free, graph, &allocate, 1, params.dptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddMemFreeNode(&free, graph, &allocate, 1, params.dptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddMemFreeNode(&free, graph, &allocate, 1, &local));
    EXPECT_CUDA(cudaErrorNotSupported, cudaGraphDestroyNode(allocate));
    unsigned long long reserved = 0;
    EXPECT_OK(cudaDeviceGetGraphMemAttribute(0, cudaGraphMemAttrReservedMemCurrent, &reserved));
    EXPECT_OK(cudaDeviceGraphMemTrim(0));
    EXPECT_OK(cudaGraphDestroy(graph));
}
