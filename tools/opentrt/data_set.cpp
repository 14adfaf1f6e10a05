// SPDX-License-Identifier: Apache-2.0
#include "data_set.h"

#include <filesystem>
#include <stdexcept>

#include "common/tensor_proto.h"

namespace opentrt::tools {

std::vector<HostTensor> readInputs(const std::string& folder) {
    if (!std::filesystem::is_directory(folder)) throw std::runtime_error("there is no folder " + folder);
    return readTensorFolder(folder, "input");
}

void setInputs(Session& session, std::vector<HostTensor> inputs) {
    if (inputs.size() != session.inputs().size())
        throw std::runtime_error("there are " + std::to_string(inputs.size()) +
                                 " files input_I.pb when the model has " + std::to_string(session.inputs().size()) +
                                 " inputs");
    for (size_t i = 0; i < inputs.size(); ++i) {
        inputs[i].name = session.inputs()[i];
        session.setInput(inputs[i]);
    }
}

std::vector<HostTensor> outputsOf(const Session& session) {
    std::vector<HostTensor> outputs;
    for (const std::string& name : session.outputs()) outputs.push_back(session.output(name));
    return outputs;
}

void writeOutputs(const std::string& folder, const std::vector<HostTensor>& outputs) {
    std::filesystem::create_directories(folder);
    for (size_t i = 0; i < outputs.size(); ++i)
        writeTensorFile(folder + "/output_" + std::to_string(i) + ".pb", outputs[i]);
}

}  // namespace opentrt::tools
