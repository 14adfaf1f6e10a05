// SPDX-License-Identifier: Apache-2.0
//! \file inspect.h
//! Seeing inside: how an engine was built, which layer gives a wrong answer, what a plan holds. The programs `opentrt
//! explain`, `dump`, `blame` and `doctor` show what these functions tell.
#pragma once
#include "NvInfer.h"

namespace opentrt {

//! A tensor in host memory, lent for the time of a call: dense, row-major, of the input's own type.
struct LentTensor {
    char const* name;         //!< Name of the input.
    nvinfer1::DataType type;  //!< Type of the elements.
    nvinfer1::Dims64 dims;    //!< Shape.
    void const* data;         //!< The elements.
};

}  // namespace opentrt

//! Implementations of the functions below. They give an nvinfer1::IHostMemory; `network`, `config` and `logger` are an
//! nvinfer1::INetworkDefinition, IBuilderConfig and ILogger.
extern "C" TENSORRTAPI void* opentrtInspectBuild(void* network, void* config, char const* request) noexcept;
//! See opentrtInspectBuild.
extern "C" TENSORRTAPI void* opentrtBlame(void* network, void* config, char const* request,
                                          opentrt::LentTensor const* inputs, int32_t nbInputs) noexcept;
//! See opentrtInspectBuild.
extern "C" TENSORRTAPI void* opentrtPlanText(void* logger, void const* plan, int64_t size) noexcept;
//! See opentrtInspectBuild.
extern "C" TENSORRTAPI void* opentrtDescribeMachine() noexcept;

namespace opentrt {

//! Builds an engine and tells how, as JSON: device, passes (name, purpose, nodes, rewrites, graph), layers (name,
//! operator, metadata, inputs, outputs, tactic, reference, ms, flops, bytes, candidates with their ms, refusals with
//! their reason), reformats, totalMs, weightBytes, activationBytes, plan (as text).
//! \param request JSON or null. `graphs`: true for the text of the graph after each pass; `weights`: true for all
//! weights in it, so that it can be parsed; `disable`: names of passes to leave out; `maxRewrites`: how many rewrites
//! may happen
//! \return owned by the caller; null after an error that the network's logger or error recorder got
inline nvinfer1::IHostMemory* inspectBuild(nvinfer1::INetworkDefinition& network, nvinfer1::IBuilderConfig& config,
                                           char const* request = nullptr) noexcept {
    return static_cast<nvinfer1::IHostMemory*>(opentrtInspectBuild(&network, &config, request));
}

//! Builds an engine, runs it layer by layer, and compares each layer with the reference implementation. JSON: layers
//! (name, operator, metadata, tactic, outputs, kernelDeparts, valueDeparts), where an output has `kernel`, the
//! difference from the reference on the layer's own inputs, and `network`, the difference from the reference of the
//! network as it was given; first, the index of the first layer that departs, or null; outputs of the network; bisect.
//! \param request as of inspectBuild, and `tolerance`: the largest difference that is right, as a part of the largest
//! value (1e-3); `bisect`: true to find the first pass, and its first rewrite, that changes the network's outputs
//! \param inputs one tensor for each input of the network
//! \param nbInputs their number
//! \return owned by the caller; null after an error that the network's logger or error recorder got
inline nvinfer1::IHostMemory* blame(nvinfer1::INetworkDefinition& network, nvinfer1::IBuilderConfig& config,
                                    char const* request, LentTensor const* inputs, int32_t nbInputs) noexcept {
    return static_cast<nvinfer1::IHostMemory*>(opentrtBlame(&network, &config, request, inputs, nbInputs));
}

//! Tells what a plan holds, one line for each value and step.
//! \return owned by the caller; null after an error that the logger got
inline nvinfer1::IHostMemory* planText(nvinfer1::ILogger& logger, void const* plan, int64_t size) noexcept {
    return static_cast<nvinfer1::IHostMemory*>(opentrtPlanText(&logger, plan, size));
}

//! Tells what this machine is, as JSON: cpu, isa, threads, onednn, and device, the text that keys timing caches.
//! \return owned by the caller
inline nvinfer1::IHostMemory* describeMachine() noexcept {
    return static_cast<nvinfer1::IHostMemory*>(opentrtDescribeMachine());
}

}  // namespace opentrt
