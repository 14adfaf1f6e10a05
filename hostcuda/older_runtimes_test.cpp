// SPDX-License-Identifier: Apache-2.0
// Programs linked against runtimes 11 and 12 find their versions of functions, with the layouts and signatures of then.
#include <cstdint>
#include <dlfcn.h>
#include <string>

#include "test_support.h"

using namespace hosttest;

namespace {

template <class Function>
Function* find(const char* name, const char* version) {
    auto* function = reinterpret_cast<Function*>(dlvsym(RTLD_DEFAULT, name, version));
    EXPECT_NE(nullptr, function) << name << "@" << version;
    return function;
}

constexpr const char* runtime11 = "libcudart.so.11.0";
constexpr const char* runtime12 = "libcudart.so.12";

// Offsets of the layouts, in bytes.
constexpr size_t sizeIn11 = 728, sizeIn12 = 1032;
constexpr size_t multiProcessorCountIn11 = 388;

template <class T>
T at(const std::vector<unsigned char>& bytes, size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

class OlderRuntimes : public testing::Test {
protected:
    void SetUp() override {
        if (!onHostRuntime()) GTEST_SKIP();
    }
};

}  // namespace

TEST_F(OlderRuntimes, NameTheirVersion) {
    int version = 0;
    EXPECT_OK(find<cudaError_t(int*)>("cudaRuntimeGetVersion", runtime11)(&version));
    EXPECT_EQ(11080, version);
    EXPECT_OK(find<cudaError_t(int*)>("cudaRuntimeGetVersion", runtime12)(&version));
    EXPECT_EQ(12090, version);
}

TEST_F(OlderRuntimes, WriteTheirOwnPropertiesAndNoMore) {
    cudaDeviceProp current;
    ASSERT_OK(cudaGetDeviceProperties(&current, 0));
    const auto check = [&](const char* name, const char* runtime, size_t size) {
        std::vector<unsigned char> bytes(size + 64, 0xcd);
        ASSERT_OK(find<cudaError_t(void*, int)>(name, runtime)(bytes.data(), 0));
        EXPECT_STREQ(current.name, reinterpret_cast<const char*>(bytes.data()));
        EXPECT_EQ(current.totalGlobalMem, at<size_t>(bytes, 288));
        EXPECT_EQ(current.multiProcessorCount, at<int>(bytes, multiProcessorCountIn11));
        for (size_t i = size; i < bytes.size(); ++i) ASSERT_EQ(0xcd, bytes[i]) << i;
    };
    check("cudaGetDeviceProperties", runtime11, sizeIn11);
    check("cudaGetDeviceProperties", runtime12, sizeIn11);
    check("cudaGetDeviceProperties_v2", runtime12, sizeIn12);
}

TEST_F(OlderRuntimes, WritePointerAttributesWithoutATail) {
    std::vector<unsigned char> bytes(24 + 64, 0xcd);
    Ints memory(1);
    ASSERT_OK(
        find<cudaError_t(void*, const void*)>("cudaPointerGetAttributes", runtime12)(bytes.data(), memory.data()));
    EXPECT_EQ(cudaMemoryTypeDevice, at<int>(bytes, 0));
    EXPECT_EQ(memory.data(), at<void*>(bytes, 8));
    for (size_t i = 24; i < bytes.size(); ++i) ASSERT_EQ(0xcd, bytes[i]) << i;
}

TEST_F(OlderRuntimes, InstantiateAndUpdateGraphsTheirWay) {
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaGraphNode_t errorNode = reinterpret_cast<cudaGraphNode_t>(&graph);
    cudaGraphExecUpdateResult result = cudaGraphExecUpdateError;
    char log[8] = "xxxxxxx";
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    using Instantiate11 = cudaError_t(cudaGraphExec_t*, cudaGraph_t, cudaGraphNode_t*, char*, size_t);
    EXPECT_OK(find<Instantiate11>("cudaGraphInstantiate", runtime11)(&exec, graph, &errorNode, log, sizeof log));
    EXPECT_EQ(nullptr, errorNode);
    EXPECT_STREQ("", log);
    using Update11 = cudaError_t(cudaGraphExec_t, cudaGraph_t, cudaGraphNode_t*, cudaGraphExecUpdateResult*);
    EXPECT_OK(find<Update11>("cudaGraphExecUpdate", runtime11)(exec, graph, &errorNode, &result));
    EXPECT_EQ(cudaGraphExecUpdateSuccess, result);
    EXPECT_OK(cudaGraphExecDestroy(exec));
    using Instantiate12 = cudaError_t(cudaGraphExec_t*, cudaGraph_t, unsigned long long);
    EXPECT_OK(find<Instantiate12>("cudaGraphInstantiate", runtime12)(&exec, graph, 0));
    EXPECT_OK(cudaGraphExecDestroy(exec));

    cudaGraphNode_t nodes[2];
    ASSERT_OK(cudaGraphAddEmptyNode(&nodes[0], graph, nullptr, 0));
    ASSERT_OK(cudaGraphAddEmptyNode(&nodes[1], graph, nullptr, 0));
    using Edges = cudaError_t(cudaGraph_t, const cudaGraphNode_t*, const cudaGraphNode_t*, size_t);
    EXPECT_OK(find<Edges>("cudaGraphAddDependencies", runtime12)(graph, &nodes[0], &nodes[1], 1));
    size_t count = 0;
    using GetEdges = cudaError_t(cudaGraph_t, cudaGraphNode_t*, cudaGraphNode_t*, size_t*);
    EXPECT_OK(find<GetEdges>("cudaGraphGetEdges", runtime11)(graph, nullptr, nullptr, &count));
    EXPECT_EQ(1u, count);
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST_F(OlderRuntimes, GiveHintsByDeviceNumber) {
    void* managed = nullptr;
    ASSERT_OK(cudaMallocManaged(&managed, 64));
    using Prefetch = cudaError_t(const void*, size_t, int, cudaStream_t);
    EXPECT_OK(find<Prefetch>("cudaMemPrefetchAsync", runtime11)(managed, 64, cudaCpuDeviceId, nullptr));
    EXPECT_CUDA(cudaErrorInvalidDevice, find<Prefetch>("cudaMemPrefetchAsync", runtime12)(managed, 64, 5, nullptr));
    using Advise = cudaError_t(const void*, size_t, cudaMemoryAdvise, int);
    EXPECT_OK(find<Advise>("cudaMemAdvise", runtime12)(managed, 64, cudaMemAdviseSetReadMostly, 0));
    EXPECT_OK(cudaDeviceSynchronize());
    EXPECT_OK(cudaFree(managed));
}

TEST_F(OlderRuntimes, ShareTheObjectsOfTheNewOnes) {
    cudaStream_t stream;
    Notes notes;
    ASSERT_OK(find<cudaError_t(cudaStream_t*)>("cudaStreamCreate", runtime11)(&stream));
    notes.ask(stream, 1);
    EXPECT_OK(find<cudaError_t(cudaStream_t)>("cudaStreamSynchronize", runtime12)(stream));
    EXPECT_EQ(std::vector<int>{1}, notes.taken());
    EXPECT_OK(cudaStreamDestroy(stream));
    EXPECT_OK(find<cudaError_t()>("cudaThreadSynchronize", runtime12)());
}
