// SPDX-License-Identifier: Apache-2.0
// An ONNX file on its way to a plan: parsed network, config, profile and timing cache.
#pragma once
#include "NvInfer.h"
#include "logger.h"
#include "tensor.h"

namespace nvonnxparser {
class IParser;
}

namespace opentrt::tools {

//! min, opt and max of an input: of its dimensions, or of its contents when these size other tensors.
struct Range {
    Sizes points[3];
};
using Profile = std::map<std::string, Range>;

class OnnxModel {
public:
    //! Throws std::runtime_error with every error of the parser.
    OnnxModel(Logger& logger, const std::string& file);
    OnnxModel(OnnxModel&&) noexcept;
    ~OnnxModel();

    nvinfer1::INetworkDefinition& network() { return *network_; }
    nvinfer1::IBuilderConfig& config() { return *config_; }

    //! Inputs that are not dynamic may be left out. Throws std::runtime_error.
    void addProfile(const Profile& profile);
    //! Starts from these entries; what does not fit this machine is dropped with a warning.
    void setTimingCache(const std::vector<char>& bytes);

    std::unique_ptr<nvinfer1::IHostMemory> build();

private:
    Logger& logger_;
    std::string file_;
    std::unique_ptr<nvinfer1::IBuilder> builder_;
    std::unique_ptr<nvinfer1::INetworkDefinition> network_;
    std::unique_ptr<nvonnxparser::IParser> parser_;  // owns the weights that the build reads
    std::unique_ptr<nvinfer1::IBuilderConfig> config_;
    std::unique_ptr<nvinfer1::ITimingCache> cache_;
};

//! Whether the input needs an entry in a profile: a dimension is -1 or its contents size other tensors.
bool isDynamic(const nvinfer1::ITensor& input);

//! The smallest profile that holds all of these sets of inputs, which are in the order of the network's; opt is the
//! first set. Throws std::runtime_error when a set does not fit the network.
Profile profileFor(const nvinfer1::INetworkDefinition& network, const std::vector<std::vector<HostTensor>>& sets);

//! From the command line. What is missing is copied from another point; a dynamic input without any shape gets 1 for
//! every unknown size, which is logged as a warning. Throws std::runtime_error for a name that no input has.
Profile profileFor(const nvinfer1::INetworkDefinition& network, Logger& logger, const ShapeMap& min,
                   const ShapeMap& opt, const ShapeMap& max);

}  // namespace opentrt::tools
