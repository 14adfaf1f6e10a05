// SPDX-License-Identifier: Apache-2.0
// Graphs built node by node.
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "test_support.h"

using namespace hosttest;

namespace {

class Graph {
public:
    Graph() { EXPECT_OK(cudaGraphCreate(&graph_, 0)); }
    ~Graph() { cudaGraphDestroy(graph_); }
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;
    operator cudaGraph_t() const { return graph_; }

    cudaGraphNode_t host(cudaHostFn_t fn, void* data, std::vector<cudaGraphNode_t> after = {}) {
        const cudaHostNodeParams params{fn, data};
        cudaGraphNode_t node = nullptr;
        EXPECT_OK(cudaGraphAddHostNode(&node, graph_, after.data(), after.size(), &params));
        return node;
    }
    cudaGraphNode_t empty(std::vector<cudaGraphNode_t> after = {}) {
        cudaGraphNode_t node = nullptr;
        EXPECT_OK(cudaGraphAddEmptyNode(&node, graph_, after.data(), after.size()));
        return node;
    }
    void run(cudaStream_t stream) {
        cudaGraphExec_t exec;
        ASSERT_OK(cudaGraphInstantiate(&exec, graph_, 0));
        EXPECT_OK(cudaGraphUpload(exec, stream));
        EXPECT_OK(cudaGraphLaunch(exec, stream));
        EXPECT_OK(cudaStreamSynchronize(stream));
        EXPECT_OK(cudaGraphExecDestroy(exec));
    }

private:
    cudaGraph_t graph_ = nullptr;
};

// A text that grows by a letter for each host node.
struct Text {
    struct Letter {
        Text* text;
        char letter;
    };
    std::string letters;
    std::vector<std::unique_ptr<Letter>> nodes;

    void* letter(char c) {
        nodes.push_back(std::make_unique<Letter>(Letter{this, c}));
        return nodes.back().get();
    }
    static void write(void* p) {
        auto* l = static_cast<Letter*>(p);
        l->text->letters += l->letter;
    }
};

std::vector<cudaGraphNode_t> nodesOf(cudaGraph_t graph) {
    size_t count = 0;
    EXPECT_OK(cudaGraphGetNodes(graph, nullptr, &count));
    std::vector<cudaGraphNode_t> nodes(count);
    EXPECT_OK(cudaGraphGetNodes(graph, nodes.data(), &count));
    return nodes;
}

}  // namespace

TEST(Graphs, NodesRunAfterTheirDependencies) {
    Stream stream;
    Graph graph;
    Text text;
    const auto c = graph.host(Text::write, text.letter('c'));
    const auto b = graph.host(Text::write, text.letter('b'));
    const auto a = graph.host(Text::write, text.letter('a'));
    ASSERT_OK(cudaGraphAddDependencies(graph, &a, &b, 1));
    ASSERT_OK(cudaGraphAddDependencies(graph, &b, &c, 1));
    graph.run(stream);
    EXPECT_EQ("abc", text.letters);
}

TEST(Graphs, MemoryNodesCopyAndFill) {
    Stream stream;
    Graph graph;
    Ints memory(8);
    memory.write({1, 2, 3, 4, 5, 6, 7, 8});
    cudaMemsetParams fill{};
    fill.dst = memory.data();
    fill.elementSize = 4;
    fill.value = 0x12345678;
    fill.width = 2;
    fill.height = 2;
    fill.pitch = 12;
    cudaGraphNode_t set, copy;
    ASSERT_OK(cudaGraphAddMemsetNode(&set, graph, nullptr, 0, &fill));
    ASSERT_OK(
        cudaGraphAddMemcpyNode1D(&copy, graph, &set, 1, memory.data() + 6, memory.data(), 8, cudaMemcpyDeviceToDevice));
    graph.run(stream);
    const int v = 0x12345678;
    EXPECT_EQ((std::vector<int>{v, v, 3, v, v, 6, v, v}), memory.read());
    cudaMemsetParams read;
    EXPECT_OK(cudaGraphMemsetNodeGetParams(set, &read));
    EXPECT_EQ(fill.width, read.width);
    EXPECT_EQ(fill.value, read.value);
    cudaMemcpy3DParms box;
    EXPECT_OK(cudaGraphMemcpyNodeGetParams(copy, &box));
    EXPECT_EQ(8u, box.extent.width);
    EXPECT_EQ(1u, box.extent.height);
    EXPECT_EQ(memory.data() + 6, box.dstPtr.ptr);
    EXPECT_EQ(cudaMemcpyDeviceToDevice, box.kind);
}

TEST(Graphs, ParametersOfNodesAreChecked) {
    Graph graph;
    Ints memory(4);
    cudaGraphNode_t node;
    cudaHostNodeParams host{nullptr, nullptr};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddHostNode(&node, graph, nullptr, 0, &host));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddHostNode(&node, graph, nullptr, 0, nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEmptyNode(nullptr, graph, nullptr, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEmptyNode(&node, nullptr, nullptr, 0));
    cudaMemsetParams fill{memory.data(), 0, 0, 3, 4, 1};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddMemsetNode(&node, graph, nullptr, 0, &fill));
    fill = {memory.data(), 0, 0, 4, 0, 1};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddMemsetNode(&node, graph, nullptr, 0, &fill));
    fill = {nullptr, 0, 0, 4, 4, 1};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddMemsetNode(&node, graph, nullptr, 0, &fill));
    int host4[4];
    EXPECT_CUDA(cudaErrorInvalidValue,
                cudaGraphAddMemcpyNode1D(&node, graph, nullptr, 0, memory.data(), host4, 0, cudaMemcpyHostToDevice));
    EXPECT_CUDA(cudaErrorInvalidMemcpyDirection, cudaGraphAddMemcpyNode1D(&node, graph, nullptr, 0, memory.data(),
                                                                          host4, 4, static_cast<cudaMemcpyKind>(9)));
    EXPECT_TRUE(nodesOf(graph).empty());
}

TEST(Graphs, DependenciesAreChecked) {
    Graph graph, other;
    const auto a = graph.empty(), b = graph.empty({a});
    const auto stranger = other.empty();
    cudaGraphNode_t node;
    const cudaGraphNode_t twice[] = {a, a};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEmptyNode(&node, graph, twice, 2));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEmptyNode(&node, graph, &stranger, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEmptyNode(&node, graph, nullptr, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddDependencies(graph, &a, &b, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddDependencies(graph, &a, &a, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddDependencies(graph, &a, &stranger, 1));
    EXPECT_OK(cudaGraphRemoveDependencies(graph, &a, &b, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphRemoveDependencies(graph, &a, &b, 1));
}

TEST(Graphs, CyclesCannotBeInstantiated) {
    Graph graph;
    const auto a = graph.empty(), b = graph.empty({a});
    cudaGraphExec_t exec;
    ASSERT_OK(cudaGraphAddDependencies(graph, &b, &a, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphInstantiate(&exec, graph, 0));
    ASSERT_OK(cudaGraphRemoveDependencies(graph, &b, &a, 1));
    EXPECT_OK(cudaGraphInstantiate(&exec, graph, 0));
    EXPECT_OK(cudaGraphExecDestroy(exec));
}

TEST(Graphs, CanBeWalked) {
    Graph graph;
    const auto a = graph.empty(), b = graph.empty({a}), c = graph.host(doNothing, nullptr, {a, b});
    EXPECT_EQ((std::vector<cudaGraphNode_t>{a, b, c}), nodesOf(graph));
    cudaGraphNode_t list[4] = {a, a, a, a};
    size_t count = 4;
    EXPECT_OK(cudaGraphGetRootNodes(graph, list, &count));
    EXPECT_EQ(1u, count);
    EXPECT_EQ(a, list[0]);
    EXPECT_EQ(nullptr, list[3]);
    count = 4;
    EXPECT_OK(cudaGraphNodeGetDependencies(c, list, &count));
    EXPECT_EQ(2u, count);
    count = 1;
    EXPECT_OK(cudaGraphNodeGetDependentNodes(a, list, &count));
    EXPECT_EQ(1u, count);
    EXPECT_EQ(b, list[0]);
    cudaGraphNode_t from[4], to[4];
    count = 4;
    EXPECT_OK(cudaGraphGetEdges(graph, from, to, &count));
    EXPECT_EQ(3u, count);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphGetEdges(graph, from, nullptr, &count));
    cudaGraphNodeType type;
    EXPECT_OK(cudaGraphNodeGetType(c, &type));
    EXPECT_EQ(cudaGraphNodeTypeHost, type);
    EXPECT_OK(cudaGraphDestroyNode(b));
    EXPECT_EQ((std::vector<cudaGraphNode_t>{a, c}), nodesOf(graph));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphNodeGetType(nullptr, &type));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphGetNodes(graph, nullptr, nullptr));
}

TEST(Graphs, ClonesAreIndependentAndTheirNodesCanBeFound) {
    Stream stream;
    Text text;
    Graph graph;
    const auto a = graph.host(Text::write, text.letter('a'));
    const auto b = graph.host(Text::write, text.letter('b'), {a});
    cudaGraph_t clone;
    ASSERT_OK(cudaGraphClone(&clone, graph));
    cudaGraphNode_t twin = nullptr;
    EXPECT_OK(cudaGraphNodeFindInClone(&twin, b, clone));
    EXPECT_NE(b, twin);
    const cudaHostNodeParams changed{Text::write, text.letter('c')};
    EXPECT_OK(cudaGraphHostNodeSetParams(twin, &changed));
    graph.run(stream);
    EXPECT_EQ("ab", text.letters);
    cudaGraphExec_t exec;
    ASSERT_OK(cudaGraphInstantiate(&exec, clone, 0));
    EXPECT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ("abac", text.letters);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphNodeFindInClone(&twin, b, graph));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphDestroy(clone));
}

TEST(Graphs, ChildGraphsRunInTheirPlace) {
    Stream stream;
    Text text;
    Graph inner, outer;
    inner.host(Text::write, text.letter('b'), {inner.host(Text::write, text.letter('a'))});
    const auto first = outer.host(Text::write, text.letter('('));
    cudaGraphNode_t child;
    ASSERT_OK(cudaGraphAddChildGraphNode(&child, outer, &first, 1, inner));
    outer.host(Text::write, text.letter(')'), {child});
    cudaGraph_t embedded;
    ASSERT_OK(cudaGraphChildGraphNodeGetGraph(child, &embedded));
    EXPECT_NE(static_cast<cudaGraph_t>(inner), embedded);
    EXPECT_EQ(2u, nodesOf(embedded).size());
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphDestroy(embedded));
    outer.run(stream);
    EXPECT_EQ("(ab)", text.letters);
}

TEST(Graphs, EventNodesRecordAndWait) {
    Stream stream, other;
    Event event;
    Graph graph;
    Text text;
    cudaGraphNode_t record;
    const auto a = graph.host(Text::write, text.letter('a'));
    ASSERT_OK(cudaGraphAddEventRecordNode(&record, graph, &a, 1, event));
    cudaEvent_t read = nullptr;
    EXPECT_OK(cudaGraphEventRecordNodeGetEvent(record, &read));
    EXPECT_EQ(static_cast<cudaEvent_t>(event), read);
    cudaGraphExec_t exec;
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    Gate gate;
    gate.close(stream);
    ASSERT_OK(cudaGraphLaunch(exec, stream));
    EXPECT_CUDA(cudaErrorNotReady, cudaEventQuery(event));
    ASSERT_OK(cudaStreamWaitEvent(other, event));
    ASSERT_OK(cudaLaunchHostFunc(other, Text::write, text.letter('b')));
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(other));
    EXPECT_EQ("ab", text.letters);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEventWaitNode(&record, graph, nullptr, 0, nullptr));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_OK(cudaGraphExecDestroy(exec));
}

TEST(Graphs, OneFunctionAddsAnyKindOfNode) {
    Stream stream;
    Graph graph;
    Text text;
    Ints memory(4);
    cudaGraphNode_t host, fill;
    cudaGraphNodeParams params{};
    params.type = cudaGraphNodeTypeHost;
    params.host.fn = Text::write;
    params.host.userData = text.letter('x');
    ASSERT_OK(cudaGraphAddNode(&host, graph, nullptr, 0, &params));
    params = {};
    params.type = cudaGraphNodeTypeMemset;
    params.memset.dst = memory.data();
    params.memset.elementSize = 4;
    params.memset.value = 9;
    params.memset.width = 4;
    params.memset.height = 1;
    ASSERT_OK(cudaGraphAddNode(&fill, graph, &host, 1, &params));
    params.memset.value = 8;
    EXPECT_OK(cudaGraphNodeSetParams(fill, &params));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphNodeSetParams(host, &params));
    graph.run(stream);
    EXPECT_EQ("x", text.letters);
    EXPECT_EQ(std::vector<int>(4, 8), memory.read());
}

TEST(Graphs, StaleHandlesAreRefused) {
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaGraphNode_t node;
    size_t count = 0;
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    EXPECT_OK(cudaGraphExecDestroy(exec));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphLaunch(exec, nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphExecDestroy(exec));
    EXPECT_OK(cudaGraphDestroy(graph));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphGetNodes(graph, nullptr, &count));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphDestroy(graph));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphAddEmptyNode(&node, graph, nullptr, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphCreate(&graph, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphLaunch(nullptr, nullptr));
}

TEST(Graphs, ArePrintedForGraphviz) {
    Graph graph;
    Ints memory(4);
    const auto a = graph.empty();
    cudaGraphNode_t copy;
    ASSERT_OK(
        cudaGraphAddMemcpyNode1D(&copy, graph, &a, 1, memory.data(), memory.data() + 2, 8, cudaMemcpyDeviceToDevice));
    const std::string path = testing::TempDir() + "hostcuda_graph.dot";
    ASSERT_OK(cudaGraphDebugDotPrint(graph, path.c_str(), cudaGraphDebugDotFlagsVerbose));
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    std::remove(path.c_str());
    EXPECT_EQ(0u, text.str().find("digraph"));
    EXPECT_NE(std::string::npos, text.str().find("->"));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGraphDebugDotPrint(graph, nullptr, 0));
    if (onHostRuntime()) {
        EXPECT_CUDA(cudaErrorOperatingSystem, cudaGraphDebugDotPrint(graph, "/nonexistent/x.dot", 0));
        EXPECT_NE(std::string::npos, text.str().find("memcpy 8"));
    }
}

TEST(Graphs, UserObjectsLiveAsLongAsTheirGraphs) {
    int destroyed = 0;
    cudaUserObject_t object;
    cudaGraphExec_t exec;
    const auto destroy = [](void* count) { ++*static_cast<int*>(count); };
    ASSERT_OK(cudaUserObjectCreate(&object, &destroyed, destroy, 1, cudaUserObjectNoDestructorSync));
    {
        Graph graph;
        ASSERT_OK(cudaGraphRetainUserObject(graph, object, 1, cudaGraphUserObjectMove));
        ASSERT_OK(cudaGraphInstantiate(&exec, graph, 0));
    }
    EXPECT_EQ(0, destroyed);
    EXPECT_OK(cudaGraphExecDestroy(exec));
    if (onHostRuntime()) {
        EXPECT_EQ(1, destroyed);  // a GPU's runtime destroys it at some later time
    }
    EXPECT_CUDA(cudaErrorInvalidValue, cudaUserObjectCreate(&object, &destroyed, destroy, 1, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaUserObjectCreate(&object, &destroyed, nullptr, 1, 1));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaUserObjectCreate(&object, &destroyed, destroy, 0, 1));
}
