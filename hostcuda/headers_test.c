/* SPDX-License-Identifier: Apache-2.0 */
/* The headers compile as C, and the conveniences of C++ stay out of the way. */
#include <builtin_types.h>
#include <cuda.h>
#include <cuda_profiler_api.h>
#include <cuda_runtime.h>
#include <driver_functions.h>
#include <library_types.h>
#include <nvtx3/nvToolsExt.h>

int hostcudaCompiledAsC(void);

int hostcudaCompiledAsC(void) {
    struct cudaDeviceProp properties;
    struct cudaExtent extent = make_cudaExtent(1, 2, 3);
    dim3 grid = {1, 2, 3};
    float4 four = make_float4(1, 2, 3, 4);
    cudaStream_t stream = 0;
    nvtxRangePushA("range");
    nvtxRangePop();
    return cudaGetDeviceProperties(&properties, 0) == cudaSuccess && cudaStreamSynchronize(stream) == cudaSuccess &&
           extent.depth == 3 && grid.z == 3 && four.w == 4 && CUDA_SUCCESS == 0;
}
