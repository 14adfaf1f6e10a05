// SPDX-License-Identifier: Apache-2.0
// Between the parameter structs of the API and the work that a node holds. The readers check what they read.
#pragma once

#include "graph.h"

namespace opentrt::hostcuda {

cudaError_t readHost(const cudaHostNodeParams* params, Work& work);
cudaError_t readMemcpy(const cudaMemcpy3DParms* params, Work& work);
cudaError_t readMemcpy1D(void* dst, const void* src, size_t count, cudaMemcpyKind kind, Work& work);
cudaError_t readMemset(const cudaMemsetParams* params, Work& work);
cudaError_t readChild(cudaGraph_t child, Work& work);
template <class EventWork>
cudaError_t readEvent(cudaEvent_t event, Work& work);
// Any kind of node. An allocation writes its address into the params.
cudaError_t readAny(cudaGraphNodeParams* params, Work& work);

// Makes the memory of an allocation node and writes its address into the params.
cudaError_t readAlloc(cudaMemAllocNodeParams* params, Work& work);
cudaError_t readFree(void* ptr, Work& work);

cudaMemcpy3DParms describe(const Copy& copy);
cudaMemsetParams describe(const Fill& fill);

}  // namespace opentrt::hostcuda
