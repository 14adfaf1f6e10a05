// SPDX-License-Identifier: Apache-2.0
// Kernels cannot run here, and nothing pretends that they do. Programs and plugin libraries that contain kernels still
// load: their registration is accepted, so that a launch can say precisely what is wrong.
// - a kernel or variable of registered device code: cudaErrorNoKernelImageForDevice
// - any other function: cudaErrorInvalidDeviceFunction; any other variable: cudaErrorInvalidSymbol
// - kernel nodes of graphs: cudaErrorNotSupported
// Tested by kernels_test.cpp.
#include <mutex>
#include <unordered_set>

#include "entry.h"

using namespace opentrt::hostcuda;

namespace {

// Never destroyed: libraries unregister at exit.
struct Registered {
    std::mutex mutex;
    std::unordered_set<const void*> functions, variables;
};

Registered& registered() {
    static auto* r = new Registered;
    return *r;
}

void note(std::unordered_set<const void*>& set, const void* address) {
    std::lock_guard lock(registered().mutex);
    set.insert(address);
}

bool known(const std::unordered_set<const void*>& set, const void* address) {
    std::lock_guard lock(registered().mutex);
    return set.count(address) != 0;
}

cudaError_t refuseFunction(const void* function) {
    return enter([&] {
        return known(registered().functions, function) ? cudaErrorNoKernelImageForDevice
                                                       : cudaErrorInvalidDeviceFunction;
    });
}

cudaError_t refuseSymbol(const void* symbol) {
    return enter([&] {
        return known(registered().variables, symbol) ? cudaErrorNoKernelImageForDevice : cudaErrorInvalidSymbol;
    });
}

cudaError_t refuseNode() {
    return enter([] { return cudaErrorNotSupported; });
}

}  // namespace

HOSTCUDA_API(cudaLaunchKernel)(const void* func, dim3, dim3, void**, size_t, cudaStream_t) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaLaunchKernelExC)(const cudaLaunchConfig_t*, const void* func, void**) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaLaunchCooperativeKernel)(const void* func, dim3, dim3, void**, size_t, cudaStream_t) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaFuncGetAttributes)(cudaFuncAttributes*, const void* func) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaFuncSetAttribute)(const void* func, cudaFuncAttribute, int) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaFuncSetCacheConfig)(const void* func, cudaFuncCache) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaFuncSetSharedMemConfig)(const void* func, cudaSharedMemConfig) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaFuncGetName)(const char**, const void* func) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaGetFuncBySymbol)(cudaFunction_t*, const void* symbolPtr) {
    return refuseFunction(symbolPtr);
}

HOSTCUDA_API(cudaGetKernel)(cudaKernel_t*, const void* entryFuncAddr) {
    return refuseFunction(entryFuncAddr);
}

HOSTCUDA_API(cudaOccupancyMaxActiveBlocksPerMultiprocessor)(int*, const void* func, int, size_t) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags)
(int*, const void* func, int, size_t, unsigned int) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaOccupancyAvailableDynamicSMemPerBlock)(size_t*, const void* func, int, int) {
    return refuseFunction(func);
}

HOSTCUDA_API(cudaGetSymbolAddress)(void**, const void* symbol) {
    return refuseSymbol(symbol);
}

HOSTCUDA_API(cudaGetSymbolSize)(size_t*, const void* symbol) {
    return refuseSymbol(symbol);
}

HOSTCUDA_API(cudaMemcpyToSymbol)(const void* symbol, const void*, size_t, size_t, cudaMemcpyKind) {
    return refuseSymbol(symbol);
}

HOSTCUDA_API(cudaMemcpyFromSymbol)(void*, const void* symbol, size_t, size_t, cudaMemcpyKind) {
    return refuseSymbol(symbol);
}

HOSTCUDA_API(cudaMemcpyToSymbolAsync)(const void* symbol, const void*, size_t, size_t, cudaMemcpyKind, cudaStream_t) {
    return refuseSymbol(symbol);
}

HOSTCUDA_API(cudaMemcpyFromSymbolAsync)(void*, const void* symbol, size_t, size_t, cudaMemcpyKind, cudaStream_t) {
    return refuseSymbol(symbol);
}

HOSTCUDA_API(cudaGraphAddKernelNode)
(cudaGraphNode_t*, cudaGraph_t, const cudaGraphNode_t*, size_t, const cudaKernelNodeParams*) {
    return refuseNode();
}

HOSTCUDA_API(cudaGraphKernelNodeGetParams)(cudaGraphNode_t, cudaKernelNodeParams*) {
    return refuseNode();
}

HOSTCUDA_API(cudaGraphKernelNodeSetParams)(cudaGraphNode_t, const cudaKernelNodeParams*) {
    return refuseNode();
}

HOSTCUDA_API(cudaGraphExecKernelNodeSetParams)(cudaGraphExec_t, cudaGraphNode_t, const cudaKernelNodeParams*) {
    return refuseNode();
}

HOSTCUDA_API(cudaGraphKernelNodeCopyAttributes)(cudaGraphNode_t, cudaGraphNode_t) {
    return refuseNode();
}

// What nvcc's generated code calls. The signatures are those of its stubs.
HOSTCUDA_EXPORT(__cudaRegisterFatBinary, void**)(void*) {
    static void* module = nullptr;
    return &module;
}

HOSTCUDA_EXPORT(__cudaRegisterFatBinaryEnd, void)(void**) {}

HOSTCUDA_EXPORT(__cudaUnregisterFatBinary, void)(void**) {}

HOSTCUDA_EXPORT(__cudaRegisterFunction, void)
(void**, const char* hostFunction, char*, const char*, int, uint3*, uint3*, dim3*, dim3*, int*) {
    note(registered().functions, hostFunction);
}

HOSTCUDA_EXPORT(__cudaRegisterVar, void)(void**, char* hostVariable, char*, const char*, int, size_t, int, int) {
    note(registered().variables, hostVariable);
}

HOSTCUDA_EXPORT(__cudaRegisterHostVar, void)(void**, const char*, char* hostVariable, size_t) {
    note(registered().variables, hostVariable);
}

HOSTCUDA_EXPORT(__cudaRegisterManagedVar, void)(void**, void**, char*, const char*, int, size_t, int, int) {}

HOSTCUDA_EXPORT(__cudaRegisterTexture, void)(void**, const void*, const void**, const char*, int, int, int) {}

HOSTCUDA_EXPORT(__cudaRegisterSurface, void)(void**, const void*, const void**, const char*, int, int) {}

HOSTCUDA_EXPORT(__cudaRegisterUnifiedTable, void)(void**, void*) {}

HOSTCUDA_EXPORT(__cudaInitModule, char)(void**) {
    return 0;
}

// A launch written with <<< >>> begins here; any answer but zero skips it, and the error stays for cudaGetLastError.
HOSTCUDA_EXPORT(__cudaPushCallConfiguration, unsigned)(dim3, dim3, size_t, void*) {
    settle(cudaErrorNoKernelImageForDevice);
    return 1;
}

HOSTCUDA_EXPORT(__cudaPopCallConfiguration, cudaError_t)(dim3*, dim3*, size_t*, void*) {
    return settle(cudaErrorMissingConfiguration);
}

HOSTCUDA_EXPORT(__cudaGetKernel, cudaError_t)(cudaKernel_t*, const void* function) {
    return refuseFunction(function);
}

HOSTCUDA_EXPORT(__cudaLaunchKernel, cudaError_t)(cudaKernel_t, dim3, dim3, void**, size_t, cudaStream_t) {
    return settle(cudaErrorNoKernelImageForDevice);
}

HOSTCUDA_EXPORT(__cudaLaunchKernel_ptsz, cudaError_t)(cudaKernel_t, dim3, dim3, void**, size_t, cudaStream_t) {
    return settle(cudaErrorNoKernelImageForDevice);
}
