// SPDX-License-Identifier: Apache-2.0
// What the options say about the network between parsing and building: types and formats of its inputs and outputs, its
// optimization profiles, precisions and devices of its layers.
#pragma once
#include "options.h"

namespace trtexec {

//! The program ends as FAILED with this message.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// All throw Failure.
void setFormats(nvinfer1::INetworkDefinition& network, const BuildOptions& build);
//! Adds the profiles and returns the shapes that a run takes when --shapes leaves them open.
ShapeMap addProfiles(nvinfer1::IBuilder& builder, nvinfer1::INetworkDefinition& network,
                     nvinfer1::IBuilderConfig& config, const BuildOptions& build, int runProfile);
void setLayers(nvinfer1::INetworkDefinition& network, nvinfer1::IBuilderConfig& config, const BuildOptions& build);

}  // namespace trtexec
