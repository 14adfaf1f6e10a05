// SPDX-License-Identifier: Apache-2.0
// A stand-in for a client library of one era (NV_TENSORRT_COMPAT_MAJOR). Its symbols are visible on purpose: loaded
// beside those of other eras, it must keep its own inline functions.
#include "eras_probe.h"

#include <NvInfer.h>

namespace {

using namespace nvinfer1;

class Plugin : public IPluginV2IOExt {
public:
    int32_t version() const { return static_cast<IPluginV2 const*>(this)->getTensorRTVersion(); }

    char const* getPluginType() const noexcept override { return "Probe"; }
    char const* getPluginVersion() const noexcept override { return "1"; }
    int32_t getNbOutputs() const noexcept override { return 1; }
    Dims getOutputDimensions(int32_t, Dims const* inputs, int32_t) noexcept override { return inputs[0]; }
    int32_t initialize() noexcept override { return 0; }
    void terminate() noexcept override {}
    size_t getWorkspaceSize(int32_t) const noexcept override { return 0; }
#if NV_TENSORRT_MAJOR >= 8
    int32_t enqueue(int32_t, void const* const*, void* const*, void*, cudaStream_t) noexcept override {
        return 0;
    }
#else
    int32_t enqueue(int32_t, void const* const*, void**, void*, cudaStream_t) override {
        return 0;
    }
#endif
    size_t getSerializationSize() const noexcept override {
        return 0;
    }
    void serialize(void*) const noexcept override {}
    void destroy() noexcept override {}
    IPluginV2Ext* clone() const noexcept override {
        return nullptr;
    }
    void setPluginNamespace(char const*) noexcept override {}
    char const* getPluginNamespace() const noexcept override {
        return "";
    }
    DataType getOutputDataType(int32_t, DataType const* types, int32_t) const noexcept override {
        return types[0];
    }
    void configurePlugin(PluginTensorDesc const*, int32_t, PluginTensorDesc const*, int32_t) noexcept override {}
    bool supportsFormatCombination(int32_t, PluginTensorDesc const*, int32_t, int32_t) const noexcept override {
        return true;
    }
};

class Allocator : public IOutputAllocator {
    void notifyShape(char const*, Dims const&) noexcept override {}
};

}  // namespace

extern "C" __attribute__((visibility("default"))) void probeEra(EraReport* report) {
    report->version = NV_TENSORRT_VERSION;
    report->dimsSize = sizeof(Dims);

    Dims64 huge{};
    huge.nbDims = 1;
    huge.d[0] = int64_t{1} << 40;
    report->extentOfHugeDims = impl::fromDims64(huge).d[0];

    report->wideExtent = impl::toDims64(Dims3(5, 6, 7)).d[2];
    Dims3 const* zeros = new Dims3;
    report->lastExtentOfDims3 = zeros->d[Dims::MAX_DIMS - 1];
    delete zeros;

    Plugin const plugin;
    report->pluginVersion = plugin.version();
    Allocator const allocator;
    report->allocatorMajor = allocator.getInterfaceInfo().major;
    report->allocatorMinor = allocator.getInterfaceInfo().minor;
}
