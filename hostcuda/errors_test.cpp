// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "test_support.h"

using namespace hosttest;

TEST(Errors, LastErrorStaysUntilItIsRead) {
    cudaGetLastError();
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaSetDevice(99));
    EXPECT_OK(cudaSetDevice(0));
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaPeekAtLastError());
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaGetLastError());
    EXPECT_OK(cudaGetLastError());
}

TEST(Errors, LastErrorBelongsToTheThread) {
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaSetDevice(99));
    std::thread([] { EXPECT_OK(cudaGetLastError()); }).join();
    EXPECT_CUDA(cudaErrorInvalidDevice, cudaGetLastError());
}

TEST(Errors, NotReadyIsAnAnswerAndNotRemembered) {
    Gate gate;
    Stream stream;
    gate.close(stream);
    cudaGetLastError();
    EXPECT_CUDA(cudaErrorNotReady, cudaStreamQuery(stream));
    EXPECT_OK(cudaGetLastError());
    gate.open();
    EXPECT_OK(cudaStreamSynchronize(stream));
}

TEST(Errors, EveryCodeHasANameAndAText) {
    EXPECT_STREQ("cudaSuccess", cudaGetErrorName(cudaSuccess));
    EXPECT_STREQ("cudaErrorMemoryAllocation", cudaGetErrorName(cudaErrorMemoryAllocation));
    EXPECT_STREQ("cudaErrorStreamCaptureImplicit", cudaGetErrorName(static_cast<cudaError_t>(906)));
    EXPECT_STREQ("no error", cudaGetErrorString(cudaSuccess));
    EXPECT_STREQ("out of memory", cudaGetErrorString(cudaErrorMemoryAllocation));
    EXPECT_STREQ("unrecognized error code", cudaGetErrorName(static_cast<cudaError_t>(12345)));
    EXPECT_STREQ("unrecognized error code", cudaGetErrorString(static_cast<cudaError_t>(12345)));
}

// A child of fork has none of the parent's threads, so it must be told so instead of waiting for them forever.
TEST(Errors, ForkedChildIsRefused) {
    ASSERT_OK(cudaFree(nullptr));
    const pid_t child = fork();
    if (child == 0) {
        int count = 0;
        void* memory = nullptr;
        const bool refused = cudaMalloc(&memory, 16) == cudaErrorInitializationError &&
                             cudaStreamSynchronize(nullptr) == cudaErrorInitializationError &&
                             cudaGetLastError() == cudaErrorInitializationError &&
                             cudaGetDeviceCount(&count) == cudaSuccess;
        _exit(refused ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(child, waitpid(child, &status, 0));
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(0, WEXITSTATUS(status));
}
