// SPDX-License-Identifier: Apache-2.0
#include "test_support.h"

using namespace hosttest;

namespace {

cudaMemPoolProps pinnedOnDevice() {
    cudaMemPoolProps props{};
    props.allocType = cudaMemAllocationTypePinned;
    props.location = {cudaMemLocationTypeDevice, 0};
    return props;
}

unsigned long long amount(cudaMemPool_t pool, cudaMemPoolAttr which) {
    unsigned long long value = 77;
    EXPECT_OK(cudaMemPoolGetAttribute(pool, which, &value));
    return value;
}

}  // namespace

TEST(Pool, MemoryComesAndGoesInStreamOrder) {
    Stream stream;
    int* p = nullptr;
    ASSERT_OK(cudaMallocAsync(&p, 400, stream));
    EXPECT_OK(cudaMemsetAsync(p, 1, 400, stream));
    std::vector<unsigned char> bytes(400);
    EXPECT_OK(cudaMemcpyAsync(bytes.data(), p, 400, cudaMemcpyDeviceToHost, stream));
    EXPECT_OK(cudaFreeAsync(p, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(std::vector<unsigned char>(400, 1), bytes);
}

TEST(Pool, TellsWrongFrees) {
    Stream stream;
    int local = 0;
    void *p = nullptr, *host = nullptr;
    ASSERT_OK(cudaMallocAsync(&p, 100, stream));
    EXPECT_OK(cudaFreeAsync(p, stream));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeAsync(p, stream));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeAsync(&local, stream));
    ASSERT_OK(cudaMallocHost(&host, 10));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFreeAsync(host, stream));
    EXPECT_OK(cudaFreeHost(host));
    EXPECT_OK(cudaFreeAsync(nullptr, stream));
    ASSERT_OK(cudaMallocAsync(&p, 100, stream));
    EXPECT_OK(cudaFree(p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaFree(p));
}

TEST(Pool, RefusesMoreThanThereIs) {
    Stream stream;
    void* p = &p;
    EXPECT_OK(cudaMallocAsync(&p, 0, stream));
    EXPECT_EQ(nullptr, p);
    EXPECT_CUDA(cudaErrorMemoryAllocation, cudaMallocAsync(&p, size_t{1} << 50, stream));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMallocAsync(static_cast<void**>(nullptr), 4, stream));
}

TEST(Pool, CountsWhatIsUsed) {
    Stream stream;
    cudaMemPool_t pool;
    const cudaMemPoolProps props = pinnedOnDevice();
    ASSERT_OK(cudaMemPoolCreate(&pool, &props));
    EXPECT_EQ(0u, amount(pool, cudaMemPoolAttrUsedMemCurrent));
    void* p = nullptr;
    ASSERT_OK(cudaMallocFromPoolAsync(&p, 1000, pool, stream));
    EXPECT_GE(amount(pool, cudaMemPoolAttrUsedMemCurrent), 1000u);
    EXPECT_GE(amount(pool, cudaMemPoolAttrReservedMemCurrent), 1000u);
    EXPECT_OK(cudaFreeAsync(p, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(0u, amount(pool, cudaMemPoolAttrUsedMemCurrent));
    EXPECT_GE(amount(pool, cudaMemPoolAttrUsedMemHigh), 1000u);
    unsigned long long value = 0;
    EXPECT_OK(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &value));
    EXPECT_EQ(0u, amount(pool, cudaMemPoolAttrUsedMemHigh));
    EXPECT_OK(cudaMemPoolTrimTo(pool, 0));
    EXPECT_OK(cudaMemPoolDestroy(pool));
}

TEST(Pool, AttributesReadBack) {
    cudaMemPool_t pool;
    const cudaMemPoolProps props = pinnedOnDevice();
    ASSERT_OK(cudaMemPoolCreate(&pool, &props));
    unsigned long long value = 12;
    EXPECT_EQ(0u, amount(pool, cudaMemPoolAttrReleaseThreshold));
    EXPECT_OK(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &value));
    EXPECT_EQ(12u, amount(pool, cudaMemPoolAttrReleaseThreshold));
    int flag = 0;
    EXPECT_OK(cudaMemPoolSetAttribute(pool, cudaMemPoolReuseAllowOpportunistic, &flag));
    flag = 7;
    EXPECT_OK(cudaMemPoolGetAttribute(pool, cudaMemPoolReuseAllowOpportunistic, &flag));
    EXPECT_EQ(0, flag);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &value));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &value));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolGetAttribute(pool, static_cast<cudaMemPoolAttr>(50), &value));
    cudaMemLocation here{cudaMemLocationTypeDevice, 0};
    cudaMemAccessFlags access = cudaMemAccessFlagsProtNone;
    EXPECT_OK(cudaMemPoolGetAccess(&access, pool, &here));
    EXPECT_EQ(cudaMemAccessFlagsProtReadWrite, access);
    const cudaMemAccessDesc all{here, cudaMemAccessFlagsProtReadWrite};
    EXPECT_OK(cudaMemPoolSetAccess(pool, &all, 1));
    EXPECT_OK(cudaMemPoolDestroy(pool));
}

TEST(Pool, TheCurrentPoolFallsBackToTheDefaultOne) {
    cudaMemPool_t standard, current, pool;
    const cudaMemPoolProps props = pinnedOnDevice();
    ASSERT_OK(cudaDeviceGetDefaultMemPool(&standard, 0));
    ASSERT_OK(cudaMemPoolCreate(&pool, &props));
    EXPECT_OK(cudaDeviceSetMemPool(0, pool));
    EXPECT_OK(cudaDeviceGetMemPool(&current, 0));
    EXPECT_EQ(pool, current);
    EXPECT_OK(cudaMemPoolDestroy(pool));
    EXPECT_OK(cudaDeviceGetMemPool(&current, 0));
    EXPECT_EQ(standard, current);
    cudaMemLocation here{cudaMemLocationTypeDevice, 0};
    EXPECT_OK(cudaMemGetDefaultMemPool(&current, &here, cudaMemAllocationTypePinned));
    EXPECT_EQ(standard, current);
}

TEST(Pool, RefusesPoolsThatCannotBe) {
    cudaMemPool_t pool;
    cudaMemPoolProps props{};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolCreate(&pool, &props));
    props = pinnedOnDevice();
    props.location.id = 77;
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolCreate(&pool, &props));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolCreate(&pool, nullptr));
    ASSERT_OK(cudaDeviceGetDefaultMemPool(&pool, 0));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolDestroy(pool));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemPoolDestroy(nullptr));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaDeviceGetDefaultMemPool(&pool, 99));
}
