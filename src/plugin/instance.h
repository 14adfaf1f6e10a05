// SPDX-License-Identifier: Apache-2.0
// One plugin object of the application, of whatever generation, as the stages see it. What a generation does not have
// is answered in a way that changes nothing. Calls that fail throw Error; exceptions of the plugin pass through.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/dim.h"
#include "plugin/tensor_descs.h"

namespace opentrt::plugin {

//! What a plan needs to find the creator again.
struct Identity {
    std::string generation;  //!< "V2", "V3", "V3Quick", or "IPlugin", which a plugin factory makes
    std::string name, version, space;
};

//! Output shapes; symbols sizeSymbol(k) stand for the contents of output k, at most sizes.at(k).
struct OutputShapes {
    std::vector<Shape> shapes;
    std::map<int, Dim> sizes;
};

//! What contexts lend to plugins. All may be null.
struct Resources {
    nvinfer1::IGpuAllocator* allocator = nullptr;
    nvinfer1::IErrorRecorder* recorder = nullptr;
    void (*finish)(cudaStream_t) = nullptr;  //!< waits for what a plugin put into the stream
};

class Instance {
public:
    virtual ~Instance() = default;
    Instance() = default;
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    const Identity& identity() const { return identity_; }
    virtual int outputs() const = 0;
    //! Whether shapes may vary; others see constants only, and no implicit batch.
    virtual bool takesDynamicShapes() const { return false; }
    virtual OutputShapes shapes(const std::vector<Shape>& inputs, const std::vector<Shape>& shapeInputs) = 0;
    virtual std::vector<DType> types(const std::vector<DType>& inputs) const = 0;
    //! Whether tensor `position` may have its type, given the ones before it.
    virtual bool supports(int position, const Signature& signature) = 0;
    //! For a build, before initialize() and serialize().
    virtual void configure(const Signature& signature) = 0;
    virtual int64_t workspaceAtBuild(const Signature&) { return 0; }
    virtual int64_t tacticAtBuild() { return 0; }
    virtual int aliasedInput(int) { return -1; }
    virtual std::vector<char> serialize() = 0;

    virtual std::shared_ptr<Instance> clone() = 0;
    virtual void initialize() {}
    virtual std::shared_ptr<Instance> forContext(const std::shared_ptr<const Resources>& resources) = 0;
    virtual void setTactic(int64_t) {}
    //! Before running with other shapes than the last time.
    virtual void setShapes(const Signature&) {}
    virtual int64_t workspace(const Signature&) { return 0; }
    //! The plugin's own status; 0 is success.
    virtual int32_t enqueue(const Signature& signature, const void* const* inputs, void* const* outputs,
                            void* workspace, cudaStream_t stream) = 0;

protected:
    Identity identity_;
    //! Throws Error unless `status` is 0.
    void require(int32_t status, const char* call) const;
    void requireObject(const void* object, const char* call) const;
};

//! Takes the object over; it is destroyed with the instance.
std::shared_ptr<Instance> instanceOf(nvinfer1::IPluginV2* plugin);
std::shared_ptr<Instance> instanceOf(nvinfer1::IPluginV3* plugin);
//! An IPluginV3 whose capabilities are those of plugins that Python functions declare.
std::shared_ptr<Instance> quickInstanceOf(nvinfer1::IPluginV3* plugin);
//! Objects of the first generation belong to the application. `ext` says whether it is an IPluginExt.
std::shared_ptr<Instance> instanceOf(nvinfer1::IPlugin& plugin, bool ext, DimsLayout layout);

//! The object that serialize() of another process wrote, from its creator or from the factory. Throws Error that names
//! what is missing.
std::shared_ptr<Instance> restore(const Identity& identity, const std::string& layer, const std::vector<char>& bytes,
                                  nvinfer1::IPluginRegistry* registry, nvinfer1::IPluginFactory* factory,
                                  DimsLayout factoryLayout);

}  // namespace opentrt::plugin
