// SPDX-License-Identifier: Apache-2.0
// A plugin library with one creator, opened by registry_test.cpp.
#include "NvInferRuntime.h"

namespace {

nvinfer1::ILoggerFinder* finder = nullptr;

class Creator final : public nvinfer1::IPluginCreator {
public:
    nvinfer1::AsciiChar const* getPluginName() const override { return "Loaded"; }
    nvinfer1::AsciiChar const* getPluginVersion() const override { return "7"; }
    nvinfer1::PluginFieldCollection const* getFieldNames() override { return nullptr; }
    nvinfer1::IPluginV2* createPlugin(nvinfer1::AsciiChar const*, nvinfer1::PluginFieldCollection const*) override {
        if (finder == nullptr) __builtin_trap();  // the registry sets it before it asks for creators
        return nullptr;
    }
    nvinfer1::IPluginV2* deserializePlugin(nvinfer1::AsciiChar const*, void const*, size_t) override { return nullptr; }
    void setPluginNamespace(nvinfer1::AsciiChar const*) override {}
    nvinfer1::AsciiChar const* getPluginNamespace() const override { return "test"; }
} creator;

nvinfer1::IPluginCreatorInterface* const creators[] = {&creator};

}  // namespace

extern "C" __attribute__((visibility("default"))) void setLoggerFinder(nvinfer1::ILoggerFinder* given) {
    finder = given;
}
extern "C" __attribute__((visibility("default"))) nvinfer1::IPluginCreatorInterface* const* getCreators(
    int32_t& count) {
    count = 1;
    return creators;
}
