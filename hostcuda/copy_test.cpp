// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "test_support.h"

using namespace hosttest;

namespace {

std::vector<int> counting(size_t count) {
    std::vector<int> values(count);
    std::iota(values.begin(), values.end(), 1);
    return values;
}

}  // namespace

TEST(Copy, GoesThereAndBack) {
    Ints a(1000), b(1000);
    const auto values = counting(1000);
    a.write(values);
    EXPECT_OK(cudaMemcpy(b.data(), a.data(), a.bytes(), cudaMemcpyDeviceToDevice));
    EXPECT_EQ(values, b.read());
    EXPECT_OK(cudaMemset(b.data(), 0xff, b.bytes()));
    EXPECT_EQ(std::vector<int>(1000, -1), b.read());
    EXPECT_OK(cudaMemcpyPeer(b.data(), 0, a.data(), 0, a.bytes()));
    EXPECT_EQ(values, b.read());
    std::vector<int> host(1000);
    EXPECT_OK(cudaMemcpy(host.data(), values.data(), a.bytes(), cudaMemcpyHostToHost));
    EXPECT_EQ(values, host);
    EXPECT_OK(cudaMemcpy(host.data(), b.data(), b.bytes(), cudaMemcpyDefault));
    EXPECT_EQ(values, host);
}

TEST(Copy, HostPointersAreDevicePointersHere) {
    if (!onHostRuntime()) GTEST_SKIP();
    int from = 7, to = 0;
    EXPECT_OK(cudaMemcpy(&to, &from, sizeof to, cudaMemcpyDeviceToDevice));
    EXPECT_EQ(7, to);
    Ints device(1);
    device.data()[0] = 8;
    EXPECT_EQ(std::vector<int>{8}, device.read());
}

TEST(Copy, RefusesWhatCannotBeCopied) {
    Ints device(250);
    char host[1004] = {};
    EXPECT_CUDA(cudaErrorInvalidMemcpyDirection, cudaMemcpy(device.data(), host, 10, static_cast<cudaMemcpyKind>(5)));
    EXPECT_CUDA(cudaErrorInvalidMemcpyDirection,
                cudaMemcpyAsync(device.data(), host, 10, static_cast<cudaMemcpyKind>(-1), nullptr));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy(nullptr, host, 10, cudaMemcpyHostToDevice));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy(device.data(), nullptr, 10, cudaMemcpyHostToDevice));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemset(nullptr, 0, 10));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaMemcpyPeer(device.data(), 99, device.data(), 0, 4));
    EXPECT_OK(cudaMemcpy(nullptr, nullptr, 0, cudaMemcpyHostToDevice));
    EXPECT_OK(cudaMemset(nullptr, 0, 0));
}

TEST(Copy, RefusesToLeaveTheAllocation) {
    Ints device(250);
    char host[1004] = {};
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy(device.data(), host, 1004, cudaMemcpyHostToDevice));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy(host, device.data() + 1, 1000, cudaMemcpyDeviceToHost));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemset(device.data(), 0, 1 << 23));
    EXPECT_OK(cudaMemcpy(device.data(), host, 1000, cudaMemcpyHostToDevice));
}

TEST(Copy, RowsMoveByTheirPitches) {
    Ints device(6 * 4);
    ASSERT_OK(cudaMemset(device.data(), 0, device.bytes()));
    const auto values = counting(3 * 4);
    // Four rows of three ints into rows of six.
    EXPECT_OK(cudaMemcpy2D(device.data() + 1, 24, values.data(), 12, 12, 4, cudaMemcpyHostToDevice));
    const auto read = device.read();
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 6; ++x)
            EXPECT_EQ(x >= 1 && x <= 3 ? values[static_cast<size_t>(3 * y + x - 1)] : 0,
                      read[static_cast<size_t>(6 * y + x)]);
    std::vector<int> back(3 * 4);
    EXPECT_OK(cudaMemcpy2DAsync(back.data(), 12, device.data() + 1, 24, 12, 4, cudaMemcpyDeviceToHost, nullptr));
    EXPECT_OK(cudaStreamSynchronize(nullptr));
    EXPECT_EQ(values, back);
    EXPECT_CUDA(cudaErrorInvalidPitchValue,
                cudaMemcpy2D(device.data(), 8, back.data(), 12, 12, 2, cudaMemcpyHostToDevice));
    EXPECT_CUDA(cudaErrorInvalidPitchValue,
                cudaMemcpy2D(device.data(), 12, back.data(), 8, 12, 2, cudaMemcpyHostToDevice));
    EXPECT_OK(cudaMemcpy2D(device.data(), 12, back.data(), 12, 12, 0, cudaMemcpyHostToDevice));
}

TEST(Copy, FillsStayInsideTheirRows) {
    Ints device(4 * 3);
    ASSERT_OK(cudaMemset(device.data(), 0, device.bytes()));
    EXPECT_OK(cudaMemset2D(device.data(), 16, 0xff, 8, 3));
    EXPECT_EQ((std::vector<int>{-1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0}), device.read());
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemset2D(device.data(), 4, 0, 8, 2));
    EXPECT_OK(cudaMemset2DAsync(device.data(), 16, 0, 16, 3, nullptr));
    EXPECT_EQ(std::vector<int>(12, 0), device.read());
}

TEST(Copy, BoxesMoveByPitchAndHeight) {
    Ints device(4 * 3 * 2);
    ASSERT_OK(cudaMemset(device.data(), 0, device.bytes()));
    auto values = counting(2 * 2 * 2);
    cudaMemcpy3DParms p{};
    p.srcPtr = make_cudaPitchedPtr(values.data(), 8, 8, 2);
    p.dstPtr = make_cudaPitchedPtr(device.data(), 16, 16, 3);
    p.dstPos = make_cudaPos(4, 1, 0);
    p.extent = make_cudaExtent(8, 2, 2);
    p.kind = cudaMemcpyHostToDevice;
    EXPECT_OK(cudaMemcpy3D(&p));
    EXPECT_EQ((std::vector<int>{0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8, 0}),
              device.read());
    // One slice needs no height, and one row no pitch.
    p.srcPtr = make_cudaPitchedPtr(values.data(), 8, 8, 0);
    p.dstPtr = make_cudaPitchedPtr(device.data(), 16, 16, 0);
    p.extent = make_cudaExtent(8, 2, 1);
    EXPECT_OK(cudaMemcpy3D(&p));
    p.srcPtr.pitch = 0;
    p.extent = make_cudaExtent(8, 1, 1);
    EXPECT_OK(cudaMemcpy3D(&p));
    p.srcPtr = make_cudaPitchedPtr(values.data(), 8, 8, 2);
    p.dstPtr = make_cudaPitchedPtr(device.data(), 16, 16, 3);
    p.srcPos = make_cudaPos(4, 0, 0);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy3D(&p));
    p.srcPos = make_cudaPos(0, 2, 0);
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy3D(&p));
    p.srcPos = make_cudaPos(0, 0, 0);
    p.extent = make_cudaExtent(8, 2, 2);
    p.extent.width = 20;
    EXPECT_CUDA(cudaErrorInvalidPitchValue, cudaMemcpy3D(&p));
    p.extent = make_cudaExtent(8, 3, 2);
    EXPECT_CUDA(cudaErrorInvalidPitchValue, cudaMemcpy3D(&p));
    p.extent = make_cudaExtent(0, 2, 2);
    EXPECT_OK(cudaMemcpy3D(&p));
    EXPECT_CUDA(cudaErrorInvalidValue, cudaMemcpy3D(nullptr));
}

TEST(Copy, AsynchronousCopiesFollowTheStream) {
    Stream stream;
    Ints a(100), b(100);
    auto values = counting(100);
    std::vector<int> result(100);
    Gate gate;
    gate.close(stream);
    // On a host runtime nothing has moved while the gate is closed; pageable memory may be read at once on a GPU.
    EXPECT_OK(cudaMemsetAsync(a.data(), 0, a.bytes(), stream));
    EXPECT_OK(cudaMemcpyAsync(b.data(), a.data(), a.bytes(), cudaMemcpyDeviceToDevice, stream));
    gate.open();
    EXPECT_OK(cudaMemcpyAsync(a.data(), values.data(), a.bytes(), cudaMemcpyHostToDevice, stream));
    EXPECT_OK(cudaMemcpyAsync(result.data(), a.data(), a.bytes(), cudaMemcpyDeviceToHost, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(values, result);
    EXPECT_EQ(std::vector<int>(100, 0), b.read());
}

TEST(Copy, ReturnsBeforeTheStreamGetsThere) {
    if (!onHostRuntime()) GTEST_SKIP();
    Stream stream;
    int source = 1, target = 0;
    Gate gate;
    gate.close(stream);
    EXPECT_OK(cudaMemcpyAsync(&target, &source, sizeof source, cudaMemcpyDefault, stream));
    EXPECT_EQ(0, target);
    source = 2;  // what counts is the value when the stream gets there
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(2, target);
}

TEST(Copy, BatchesCopyEachPair) {
    Stream stream;
    Ints a(10), b(10);
    auto values = counting(10);
    void* to[] = {a.data(), b.data()};
    const void* from[] = {values.data(), values.data()};
    size_t sizes[] = {40, 20};
    cudaMemcpyAttributes attributes{};
    attributes.srcAccessOrder = cudaMemcpySrcAccessOrderStream;
    size_t first = 0;
    ASSERT_OK(cudaMemset(b.data(), 0, b.bytes()));
    EXPECT_OK(cudaMemcpyBatchAsync(to, from, sizes, 2, &attributes, &first, 1, stream));
    EXPECT_OK(cudaStreamSynchronize(stream));
    EXPECT_EQ(values, a.read());
    EXPECT_EQ((std::vector<int>{1, 2, 3, 4, 5, 0, 0, 0, 0, 0}), b.read());
}
