// SPDX-License-Identifier: Apache-2.0
// The backend of plugin layers, in builds and in engines. A build asks the plugin which types it takes, configures a
// copy of its object and stores what that serializes; an engine makes the object again through the registry. Formats
// are row-major. Where a plugin computes in other floats than the network, the kernel converts.
#pragma once
#include <map>
#include <mutex>

#include "backends/backend.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

class PluginBackend final : public Backend {
public:
    static constexpr const char* kName = "plugin";

    PluginBackend(nvinfer1::IPluginRegistry* registry, Resources resources);

    //! Who makes plugins of the first generation.
    void setFactory(nvinfer1::IPluginFactory* factory, DimsLayout layout);

    std::string_view name() const override { return kName; }
    std::string device() const override { return "plugins of the application"; }
    //! One tactic for a plugin layer, none for others. Throws Error when the plugin takes no offered types.
    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override;
    bool canRun(const Graph&, NodeId) const override { return false; }
    CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                         const TacticRequest& request) const override;
    std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                       const std::vector<Tensor>& weights) const override;
    CompiledStep compileReformat(DType type, Format from, Format to) const override;

private:
    CompiledStep compileLayer(const Graph& graph, NodeId node, const TacticRequest& request) const;

    nvinfer1::IPluginRegistry* registry_;
    nvinfer1::IPluginFactory* factory_ = nullptr;
    DimsLayout factoryLayout_ = DimsLayout::Wide;
    std::shared_ptr<const Resources> resources_;
    //! Objects of this process by PluginOp::number: an engine that is built and used here needs no creator.
    mutable std::mutex mutex_;
    mutable std::map<int64_t, std::shared_ptr<Instance>> live_;
};

}  // namespace opentrt::plugin
