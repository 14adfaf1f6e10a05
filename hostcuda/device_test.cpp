// SPDX-License-Identifier: Apache-2.0
#include <cuda_profiler_api.h>
#include <string>

#include "test_support.h"

using namespace hosttest;

namespace {

int attribute(cudaDeviceAttr which) {
    int value = -1;
    EXPECT_OK(cudaDeviceGetAttribute(&value, which, 0));
    return value;
}

int deviceCount() {
    int count = 0;
    EXPECT_OK(cudaGetDeviceCount(&count));
    return count;
}

}  // namespace

TEST(Device, ThereIsOneAndItSaysThatItIsAProcessor) {
    if (!onHostRuntime()) GTEST_SKIP();
    EXPECT_EQ(1, deviceCount());
    int device = -1;
    EXPECT_OK(cudaGetDevice(&device));
    EXPECT_EQ(0, device);
    cudaDeviceProp properties;
    ASSERT_OK(cudaGetDeviceProperties(&properties, 0));
    EXPECT_NE(std::string::npos, std::string(properties.name).find("(host CPU)"));
    EXPECT_EQ(1, properties.integrated);
    EXPECT_EQ(1, properties.pageableMemoryAccess);
    EXPECT_GT(properties.totalGlobalMem, size_t{1} << 28);
    EXPECT_GE(properties.multiProcessorCount, 1);
}

TEST(Device, AttributesAgreeWithProperties) {
    cudaDeviceProp p;
    ASSERT_OK(cudaGetDeviceProperties(&p, 0));
    EXPECT_EQ(p.multiProcessorCount, attribute(cudaDevAttrMultiProcessorCount));
    EXPECT_EQ(p.major, attribute(cudaDevAttrComputeCapabilityMajor));
    EXPECT_EQ(p.minor, attribute(cudaDevAttrComputeCapabilityMinor));
    EXPECT_EQ(p.warpSize, attribute(cudaDevAttrWarpSize));
    EXPECT_EQ(p.maxThreadsPerBlock, attribute(cudaDevAttrMaxThreadsPerBlock));
    EXPECT_EQ(p.maxGridSize[2], attribute(cudaDevAttrMaxGridDimZ));
    EXPECT_EQ(p.l2CacheSize, attribute(cudaDevAttrL2CacheSize));
    EXPECT_EQ(p.unifiedAddressing, attribute(cudaDevAttrUnifiedAddressing));
    EXPECT_EQ(p.managedMemory, attribute(cudaDevAttrManagedMemory));
    EXPECT_EQ(p.memoryPoolsSupported, attribute(cudaDevAttrMemoryPoolsSupported));
    EXPECT_EQ(p.streamPrioritiesSupported, attribute(cudaDevAttrStreamPrioritiesSupported));
    EXPECT_EQ(static_cast<int>(p.sharedMemPerMultiprocessor), attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor));
}

TEST(Device, EveryAttributeUpToTheLastAnswers) {
    int value;
    for (int a = 1; a < 148; ++a) EXPECT_OK(cudaDeviceGetAttribute(&value, static_cast<cudaDeviceAttr>(a), 0)) << a;
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceGetAttribute(&value, static_cast<cudaDeviceAttr>(0), 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceGetAttribute(&value, static_cast<cudaDeviceAttr>(148), 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceGetAttribute(nullptr, cudaDevAttrWarpSize, 0));
}

TEST(Device, OtherNumbersAreRefused) {
    const int none = deviceCount();
    int value = 0;
    char id[16];
    cudaDeviceProp properties;
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaSetDevice(none));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaSetDevice(-1));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaGetDeviceProperties(&properties, none));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, none));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaDeviceGetPCIBusId(id, sizeof id, none));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaDeviceCanAccessPeer(&value, 0, none));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaInitDevice(none, 0, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGetDeviceProperties(nullptr, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGetDeviceCount(nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaGetDevice(nullptr));
}

TEST(Device, IsItsOwnButNotItsPeer) {
    int value = 7;
    EXPECT_OK(cudaDeviceCanAccessPeer(&value, 0, 0));
    EXPECT_EQ(0, value);
    EXPECT_CUDA(cudaErrorPeerAccessUnsupported, cudaDeviceEnablePeerAccess(0, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceEnablePeerAccess(0, 1));
    EXPECT_CUDA(cudaErrorPeerAccessNotEnabled, cudaDeviceDisablePeerAccess(0));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaDeviceGetP2PAttribute(&value, cudaDevP2PAttrAccessSupported, 0, 0));
}

TEST(Device, BusIdLeadsBackToTheDevice) {
    char id[16];
    int device = -1;
    ASSERT_OK(cudaDeviceGetPCIBusId(id, sizeof id, 0));
    EXPECT_EQ(12u, std::strlen(id));
    EXPECT_OK(cudaDeviceGetByPCIBusId(&device, id));
    EXPECT_EQ(0, device);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceGetPCIBusId(id, 12, 0));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaDeviceGetByPCIBusId(&device, "0000:99:99.0"));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceGetByPCIBusId(&device, "junk"));
}

TEST(Device, SettingsReadBack) {
    unsigned flags = 0;
    EXPECT_OK(cudaSetDeviceFlags(cudaDeviceScheduleSpin));
    EXPECT_OK(cudaGetDeviceFlags(&flags));
    EXPECT_EQ(static_cast<unsigned>(cudaDeviceScheduleSpin | cudaDeviceMapHost), flags);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaSetDeviceFlags(cudaDeviceScheduleSpin | cudaDeviceScheduleYield));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaSetDeviceFlags(0x1000));
    EXPECT_OK(cudaSetDeviceFlags(cudaDeviceScheduleAuto));

    cudaFuncCache cache = cudaFuncCachePreferNone;
    EXPECT_OK(cudaDeviceSetCacheConfig(cudaFuncCachePreferL1));
    EXPECT_OK(cudaDeviceGetCacheConfig(&cache));
    EXPECT_EQ(cudaFuncCachePreferL1, cache);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceSetCacheConfig(static_cast<cudaFuncCache>(9)));

    size_t limit = 0;
    EXPECT_OK(cudaDeviceSetLimit(cudaLimitStackSize, 2048));
    EXPECT_OK(cudaDeviceGetLimit(&limit, cudaLimitStackSize));
    EXPECT_EQ(2048u, limit);
    EXPECT_OK(cudaDeviceSetLimit(cudaLimitPersistingL2CacheSize, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceSetLimit(cudaLimitPersistingL2CacheSize, size_t{1} << 40));
    EXPECT_CUDA(cudaErrorUnsupportedLimit, cudaDeviceGetLimit(&limit, cudaLimitDevRuntimeSyncDepth));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaDeviceGetLimit(nullptr, cudaLimitStackSize));
}

TEST(Device, PriorityRangeIsOrderedAndRequestsAreClamped) {
    int least = -1, greatest = 1, priority = 99;
    EXPECT_OK(cudaDeviceGetStreamPriorityRange(&least, &greatest));
    EXPECT_GE(least, greatest);
    cudaStream_t stream;
    ASSERT_OK(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, greatest - 50));
    EXPECT_OK(cudaStreamGetPriority(stream, &priority));
    EXPECT_EQ(greatest, priority);
    EXPECT_OK(cudaStreamDestroy(stream));
}

TEST(Device, VersionsAreThoseOfTheHeaders) {
    int runtime = 0, driver = 0;
    EXPECT_OK(cudaRuntimeGetVersion(&runtime));
    EXPECT_OK(cudaDriverGetVersion(&driver));
    EXPECT_EQ(CUDART_VERSION, runtime);
    EXPECT_GE(driver, runtime);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaRuntimeGetVersion(nullptr));
}

TEST(Device, DriverEntryPointsAreNotFound) {
    void* function = &function;
    cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSuccess;
    EXPECT_OK(cudaGetDriverEntryPoint("cuNoSuchFunction", &function, cudaEnableDefault, &result));
    EXPECT_EQ(nullptr, function);
    EXPECT_EQ(cudaDriverEntryPointSymbolNotFound, result);
}

TEST(Device, ProfilerMarksSucceed) {
    EXPECT_OK(cudaProfilerStart());
    EXPECT_OK(cudaProfilerStop());
}

TEST(Device, ResetFreesEverythingAndLeavesTheRuntimeUsable) {
    void* memory = nullptr;
    cudaStream_t stream;
    ASSERT_OK(cudaMalloc(&memory, 64));
    ASSERT_OK(cudaStreamCreate(&stream));
    ASSERT_OK(cudaDeviceReset());
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(memory));
    if (onHostRuntime()) {
        EXPECT_CUDA(cudaErrorInvalidResourceHandle, cudaStreamSynchronize(stream));
    }
    EXPECT_OK(cudaMalloc(&memory, 64));
    EXPECT_OK(cudaFree(memory));
    EXPECT_OK(cudaStreamSynchronize(nullptr));
}

extern "C" int hostcudaCompiledAsC(void);

TEST(Headers, ServeProgramsInC) {
    EXPECT_EQ(1, hostcudaCompiledAsC());
}
