// SPDX-License-Identifier: Apache-2.0
// Kernels are refused, each in the way that tells most.
#include <dlfcn.h>

#include "test_support.h"

using namespace hosttest;

namespace {

void kernelStub() {}
int variable;

template <class Function>
Function* find(const char* name) {
    auto* function = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
    EXPECT_NE(nullptr, function) << name;
    return function;
}

}  // namespace

TEST(Kernels, UnknownFunctionsAndVariablesAreInvalid) {
    if (!onHostRuntime()) GTEST_SKIP();
    cudaFuncAttributes attributes;
    int blocks = 0;
    void* address = nullptr;
    const auto* function = reinterpret_cast<const void*>(kernelStub);
    EXPECT_CUDA(cudaErrorInvalidDeviceFunction, cudaLaunchKernel(function, dim3(1), dim3(1), nullptr, 0, nullptr));
    EXPECT_CUDA(cudaErrorInvalidDeviceFunction, cudaFuncGetAttributes(&attributes, function));
    EXPECT_CUDA(cudaErrorInvalidDeviceFunction,
                cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, 32, 0));
    EXPECT_CUDA(cudaErrorInvalidSymbol, cudaGetSymbolAddress(&address, &variable));
    EXPECT_CUDA(cudaErrorInvalidSymbol, cudaMemcpyToSymbol(&variable, &blocks, 4));
    cudaGetLastError();
}

// What a library compiled by nvcc does when it is loaded, and when it launches.
TEST(Kernels, RegisteredOnesHaveNoCodeForThisDevice) {
    if (!onHostRuntime()) GTEST_SKIP();
    auto* registerBinary = find<void**(void*)>("__cudaRegisterFatBinary");
    auto* registerFunction =
        find<void(void**, const char*, char*, const char*, int, uint3*, uint3*, dim3*, dim3*, int*)>(
            "__cudaRegisterFunction");
    auto* registerVariable = find<void(void**, char*, char*, const char*, int, size_t, int, int)>("__cudaRegisterVar");
    auto* push = find<unsigned(dim3, dim3, size_t, void*)>("__cudaPushCallConfiguration");
    auto* unregister = find<void(void**)>("__cudaUnregisterFatBinary");
    ASSERT_TRUE(registerBinary && registerFunction && registerVariable && push && unregister);
    const auto* function = reinterpret_cast<const char*>(kernelStub) + 1;
    char name[] = "kernel";
    void** module = registerBinary(nullptr);
    ASSERT_NE(nullptr, module);
    registerFunction(module, function, name, name, -1, nullptr, nullptr, nullptr, nullptr, nullptr);
    registerVariable(module, reinterpret_cast<char*>(&variable) + 1, name, name, 0, 4, 0, 0);
    EXPECT_CUDA(cudaErrorNoKernelImageForDevice,
                cudaLaunchKernel(static_cast<const void*>(function), dim3(1), dim3(1), nullptr, 0, nullptr));
    void* address = nullptr;
    EXPECT_CUDA(cudaErrorNoKernelImageForDevice,
                cudaGetSymbolAddress(&address, reinterpret_cast<char*>(&variable) + 1));
    cudaGetLastError();
    EXPECT_NE(0u, push(dim3(1), dim3(1), 0, nullptr));  // so the stub is not called
    EXPECT_CUDA(cudaErrorNoKernelImageForDevice, cudaGetLastError());
    unregister(module);
}

TEST(Kernels, CannotBeNodesOfGraphs) {
    if (!onHostRuntime()) GTEST_SKIP();
    cudaGraph_t graph;
    cudaGraphNode_t node;
    cudaKernelNodeParams params{};
    ASSERT_OK(cudaGraphCreate(&graph, 0));
    EXPECT_CUDA(cudaErrorNotSupported, cudaGraphAddKernelNode(&node, graph, nullptr, 0, &params));
    EXPECT_OK(cudaGraphDestroy(graph));
}

TEST(Kernels, OtherThingsOfGpusAreNotSupported) {
    if (!onHostRuntime()) GTEST_SKIP();
    for (const char* name : {"cudaMallocArray", "cudaCreateTextureObject", "cudaImportExternalMemory",
                             "cudaIpcGetMemHandle", "cudaGraphicsMapResources", "cudaLibraryLoadData"}) {
        auto* function = find<cudaError_t()>(name);
        ASSERT_NE(nullptr, function);
        EXPECT_CUDA(cudaErrorNotSupported, function());
    }
}
