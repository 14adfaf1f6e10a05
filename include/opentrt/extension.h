// SPDX-License-Identifier: Apache-2.0
//! \file extension.h
//! What OpenTRT offers beyond the TensorRT API. Programs that must also build against TensorRT do not include it.
#pragma once
#include "NvInfer.h"

//! Implementation of opentrt::addOperator, exported by libnvinfer. `inputs` are nvinfer1::ITensor*, null for an
//! optional input left out.
extern "C" TENSORRTAPI void* opentrtAddOperator(void* network, char const* op, void* const* inputs, int32_t nbInputs,
                                                int32_t nbOutputs) noexcept;

//! Implementation of opentrt::useModelBatch.
extern "C" TENSORRTAPI void opentrtUseModelBatch(void* network) noexcept;

//! Implementation of opentrt::deserializeFromFile. `runtime` is an nvinfer1::IRuntime; gives an nvinfer1::ICudaEngine.
extern "C" TENSORRTAPI void* opentrtDeserializeFromFile(void* runtime, char const* path) noexcept;

//! Implementation of opentrt::noteMappedFile.
extern "C" TENSORRTAPI void opentrtNoteMappedFile(void const* begin, uint64_t bytes, bool mapped) noexcept;

//! Implementation of opentrt::DeviceMemory; `engine` is an nvinfer1::ICudaEngine.
extern "C" TENSORRTAPI bool opentrtRunsOnHost(void const* engine) noexcept;
extern "C" TENSORRTAPI void* opentrtAllocate(void const* engine, int64_t bytes) noexcept;
extern "C" TENSORRTAPI void opentrtRelease(void const* engine, void* memory) noexcept;
extern "C" TENSORRTAPI bool opentrtCopy(void const* engine, void* to, void const* from, int64_t bytes,
                                        bool toDevice) noexcept;

namespace opentrt {

//! For whoever maps files of weights: these bytes are mapped for reading only, and hold what is in the file (`mapped`),
//! or will do so no longer. In between the builder gives pages back to the system when it has read a weight, so that a
//! build does not hold the file beside the engine. Say so no longer before the mapping goes.
inline void noteMappedFile(void const* begin, uint64_t bytes, bool mapped) noexcept {
    opentrtNoteMappedFile(begin, bytes, mapped);
}

//! Memory where an engine's tensors lie, for programs that do not link a CUDA runtime. Work is ordered with that of
//! IExecutionContext::enqueueV3 on the default stream.
class DeviceMemory {
public:
    //! The engine must outlive it.
    explicit DeviceMemory(nvinfer1::ICudaEngine const& engine) noexcept : mEngine(&engine) {}

    //! Whether tensors are in this process's own memory; then no copies are needed.
    bool isHost() const noexcept { return opentrtRunsOnHost(mEngine); }
    //! \return memory aligned to 256 bytes, or null
    void* allocate(int64_t bytes) const noexcept { return opentrtAllocate(mEngine, bytes); }
    void release(void* memory) const noexcept { opentrtRelease(mEngine, memory); }
    //! Copies host memory to the device; the host memory may be changed afterwards.
    bool upload(void* device, void const* host, int64_t bytes) const noexcept {
        return opentrtCopy(mEngine, device, host, bytes, true);
    }
    //! Waits for the work before, and copies device memory to the host.
    bool download(void* host, void const* device, int64_t bytes) const noexcept {
        return opentrtCopy(mEngine, host, device, bytes, false);
    }

private:
    nvinfer1::ICudaEngine const* mEngine;
};

//! For parsers, before they add the first input to a network with an implicit batch dimension: models write the batch
//! as their first dimension, so from now on inputs are added, and tensors and axes counted, with it. The engine keeps
//! the implicit batch. No effect on other networks and once there are inputs.
inline void useModelBatch(nvinfer1::INetworkDefinition& network) noexcept {
    opentrtUseModelBatch(&network);
}

//! Loads a plan from a file, which is mapped: its weights are read when they are first used, and processes that load
//! the same file share them. The file must not change while the engine lives. \return the engine, owned by the caller;
//! null after an error that the runtime's logger or error recorder got
inline nvinfer1::ICudaEngine* deserializeFromFile(nvinfer1::IRuntime& runtime, char const* path) noexcept {
    return static_cast<nvinfer1::ICudaEngine*>(opentrtDeserializeFromFile(&runtime, path));
}

//! Adds an operator that no TensorRT layer expresses, written as in the graph's text form, e.g.
//! `Recurrent{kind=lstm, direction=bidirectional}`; docs/operators.md lists them.
//! \param inputs one tensor per operator input, null for an optional one that is left out
//! \param nbOutputs number of outputs, or -1 when the operator fixes it
//! \return the layer, owned by the network; null after an error that the network's logger or error recorder got
inline nvinfer1::ILayer* addOperator(nvinfer1::INetworkDefinition& network, char const* op,
                                     nvinfer1::ITensor* const* inputs, int32_t nbInputs,
                                     int32_t nbOutputs = -1) noexcept {
    return static_cast<nvinfer1::ILayer*>(opentrtAddOperator(
        &network, op, reinterpret_cast<void* const*>(const_cast<nvinfer1::ITensor**>(inputs)), nbInputs, nbOutputs));
}

}  // namespace opentrt
