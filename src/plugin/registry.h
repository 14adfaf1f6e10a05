// SPDX-License-Identifier: Apache-2.0
// IPluginRegistry: creators by name, version and namespace. There is one for the process and one in each builder and
// runtime, which searches the process's too. It keeps pointers only; creators belong to the application or to plugin
// libraries that it opened.
#pragma once
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "NvInferRuntime.h"
#include "api/reporter.h"

namespace opentrt::plugin {

using namespace nvinfer1;  // NOLINT: this room speaks the API's language

class Registry final : public IPluginRegistry {
public:
    Registry(const api::Reporter& reporter, IPluginRegistry* parent) : reporter_(reporter), parent_(parent) {}
    ~Registry() noexcept override;

    void setParent(IPluginRegistry* parent) { parent_ = parent; }

    bool registerCreator(IPluginCreator& creator, AsciiChar const* pluginNamespace) noexcept override;
    IPluginCreator* const* getPluginCreatorList(int32_t* numCreators) const noexcept override;
    IPluginCreator* getPluginCreator(AsciiChar const* pluginName, AsciiChar const* pluginVersion,
                                     AsciiChar const* pluginNamespace) noexcept override;
    void setErrorRecorder(IErrorRecorder* recorder) noexcept override { reporter_.setRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
    bool deregisterCreator(IPluginCreator const& creator) noexcept override;
    bool isParentSearchEnabled() const override { return searchParent_; }
    void setParentSearchEnabled(bool enabled) override { searchParent_ = enabled; }
    PluginLibraryHandle loadLibrary(AsciiChar const* pluginPath) noexcept override;
    void deregisterLibrary(PluginLibraryHandle handle) noexcept override;
    bool registerCreator(IPluginCreatorInterface& creator, AsciiChar const* pluginNamespace) noexcept override;
    IPluginCreatorInterface* const* getAllCreators(int32_t* numCreators) const noexcept override;
    IPluginCreatorInterface* getCreator(AsciiChar const* pluginName, AsciiChar const* pluginVersion,
                                        AsciiChar const* pluginNamespace) noexcept override;
    bool deregisterCreator(IPluginCreatorInterface const& creator) noexcept override;
    IPluginResource* acquirePluginResource(AsciiChar const* key, IPluginResource* resource) noexcept override;
    int32_t releasePluginResource(AsciiChar const* key) noexcept override;
    IPluginCreatorInterface* const* getAllCreatorsRecursive(int32_t* numCreators) noexcept override;

private:
    using Key = std::tuple<std::string, std::string, std::string>;  // namespace, name, version

    struct Library {
        void* handle;
        std::vector<IPluginCreatorInterface*> creators;
    };
    struct Resource {
        IPluginResource* clone;
        int32_t users;
    };

    void add(IPluginCreatorInterface& creator, const char* pluginNamespace);
    bool remove(const IPluginCreatorInterface& creator);
    void listAll();
    void close(Library& library);

    mutable api::Reporter reporter_;
    IPluginRegistry* parent_;
    bool searchParent_ = true;
    mutable std::recursive_mutex mutex_;  // a library's static objects register while it is being opened
    std::map<Key, IPluginCreatorInterface*> creators_;
    std::list<Library> libraries_;
    std::map<std::string, Resource> resources_;
    // What the list functions gave out, valid until the next registration:
    std::vector<IPluginCreatorInterface*> all_, recursive_;
    std::vector<IPluginCreator*> generation1_;
};

//! The registry of the process; exists before any static object and is never destroyed.
Registry& processRegistry();

//! The first logger given to a factory of this process; null before.
ILogger* processLogger();
void rememberLogger(ILogger* logger);

}  // namespace opentrt::plugin
