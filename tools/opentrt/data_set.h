// SPDX-License-Identifier: Apache-2.0
// Folders of the ONNX test layout: inputs in, outputs out.
#pragma once
#include "common/session.h"

namespace opentrt::tools {

//! `input_I.pb` of a folder. Throws std::runtime_error when there is no such folder.
std::vector<HostTensor> readInputs(const std::string& folder);
//! Gives them to the session by their order, which counts, not their names.
void setInputs(Session& session, std::vector<HostTensor> inputs);
std::vector<HostTensor> outputsOf(const Session& session);
//! As `output_I.pb`; the folder is made.
void writeOutputs(const std::string& folder, const std::vector<HostTensor>& outputs);

}  // namespace opentrt::tools
