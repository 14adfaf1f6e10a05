// SPDX-License-Identifier: Apache-2.0
#include "plugin/registry.h"

#include <algorithm>
#include <atomic>
#include <dlfcn.h>

#include "NvInfer.h"
#include "impl/NvInferPythonPlugin.h"

namespace opentrt::plugin {

using api::guarded;

namespace {

const char* orEmpty(const char* text) {
    return text ? text : "";
}

bool isGeneration1(const IPluginCreatorInterface& creator) {
    return std::string_view(creator.getInterfaceInfo().kind) == "PLUGIN CREATOR_V1";
}

//! Calls `f` with the creator in its own type.
template <class F>
auto visit(IPluginCreatorInterface& creator, const F& f) {
    const std::string_view kind = creator.getInterfaceInfo().kind;
    if (kind == "PLUGIN CREATOR_V1") return f(static_cast<IPluginCreator&>(creator));
    if (kind == "PLUGIN CREATOR_V3ONE") return f(static_cast<IPluginCreatorV3One&>(creator));
    if (kind == "PLUGIN CREATOR_V3QUICK") return f(static_cast<IPluginCreatorV3Quick&>(creator));
    throw Error(ErrorCode::Unsupported, "", cat("plugin creators of the kind \"", kind, "\" are not known"));
}

//! Gives the loggers of the process to plugin libraries.
class LoggerFinder final : public ILoggerFinder {
public:
    ILogger* findLogger() override { return processLogger(); }
};

std::atomic<ILogger*> firstLogger{nullptr};

//! The process's registry exists before any logger does.
class ForwardingLogger final : public ILogger {
public:
    void log(Severity severity, AsciiChar const* message) override {
        if (ILogger* logger = firstLogger) logger->log(severity, message);
    }
};

}  // namespace

Registry::~Registry() noexcept {
    while (!libraries_.empty()) {
        close(libraries_.back());
        libraries_.pop_back();
    }
}

void Registry::add(IPluginCreatorInterface& creator, const char* pluginNamespace) {
    Key key = visit(creator, [&](auto& c) {
        return Key{orEmpty(pluginNamespace), orEmpty(c.getPluginName()), orEmpty(c.getPluginVersion())};
    });
    const std::lock_guard lock(mutex_);
    const std::string name = std::get<1>(key);
    const auto [at, isNew] = creators_.try_emplace(std::move(key), &creator);
    if (!isNew) {
        throw Error(ErrorCode::InvalidArgument, name,
                    cat("a plugin creator of this name, version \"", std::get<2>(at->first), "\" and namespace \"",
                        std::get<0>(at->first), "\" is registered already"));
    }
    listAll();
}

bool Registry::remove(const IPluginCreatorInterface& creator) {
    const std::lock_guard lock(mutex_);
    const auto at =
        std::find_if(creators_.begin(), creators_.end(), [&](const auto& c) { return c.second == &creator; });
    if (at == creators_.end()) return false;
    creators_.erase(at);
    listAll();
    return true;
}

void Registry::listAll() {
    all_.clear();
    generation1_.clear();
    for (const auto& [key, creator] : creators_) {
        all_.push_back(creator);
        if (isGeneration1(*creator)) generation1_.push_back(static_cast<IPluginCreator*>(creator));
    }
}

bool Registry::registerCreator(IPluginCreator& creator, AsciiChar const* pluginNamespace) noexcept {
    return guarded(reporter_, [&] { add(creator, pluginNamespace); });
}
bool Registry::registerCreator(IPluginCreatorInterface& creator, AsciiChar const* pluginNamespace) noexcept {
    return guarded(reporter_, [&] { add(creator, pluginNamespace); });
}
bool Registry::deregisterCreator(IPluginCreator const& creator) noexcept {
    return guarded(reporter_, false, [&] { return remove(creator); });
}
bool Registry::deregisterCreator(IPluginCreatorInterface const& creator) noexcept {
    return guarded(reporter_, false, [&] { return remove(creator); });
}

IPluginCreator* const* Registry::getPluginCreatorList(int32_t* numCreators) const noexcept {
    const std::lock_guard lock(mutex_);
    if (numCreators) *numCreators = static_cast<int32_t>(generation1_.size());
    return generation1_.empty() ? nullptr : generation1_.data();
}

IPluginCreatorInterface* const* Registry::getAllCreators(int32_t* numCreators) const noexcept {
    const std::lock_guard lock(mutex_);
    if (numCreators) *numCreators = static_cast<int32_t>(all_.size());
    return all_.empty() ? nullptr : all_.data();
}

IPluginCreatorInterface* const* Registry::getAllCreatorsRecursive(int32_t* numCreators) noexcept {
    const std::lock_guard lock(mutex_);
    recursive_ = all_;
    if (parent_ && searchParent_) {
        int32_t count = 0;
        IPluginCreatorInterface* const* ofParent = parent_->getAllCreatorsRecursive(&count);
        recursive_.insert(recursive_.end(), ofParent, ofParent + count);
    }
    if (numCreators) *numCreators = static_cast<int32_t>(recursive_.size());
    return recursive_.empty() ? nullptr : recursive_.data();
}

IPluginCreatorInterface* Registry::getCreator(AsciiChar const* pluginName, AsciiChar const* pluginVersion,
                                              AsciiChar const* pluginNamespace) noexcept {
    return guarded(reporter_, static_cast<IPluginCreatorInterface*>(nullptr), [&]() -> IPluginCreatorInterface* {
        {
            const std::lock_guard lock(mutex_);
            const auto at = creators_.find(Key{orEmpty(pluginNamespace), orEmpty(pluginName), orEmpty(pluginVersion)});
            if (at != creators_.end()) return at->second;
        }
        if (!parent_ || !searchParent_) return nullptr;
        return parent_->getCreator(pluginName, pluginVersion, pluginNamespace);
    });
}

IPluginCreator* Registry::getPluginCreator(AsciiChar const* pluginName, AsciiChar const* pluginVersion,
                                           AsciiChar const* pluginNamespace) noexcept {
    IPluginCreatorInterface* creator = getCreator(pluginName, pluginVersion, pluginNamespace);
    return creator && isGeneration1(*creator) ? static_cast<IPluginCreator*>(creator) : nullptr;
}

IPluginRegistry::PluginLibraryHandle Registry::loadLibrary(AsciiChar const* pluginPath) noexcept {
    return guarded(reporter_, static_cast<PluginLibraryHandle>(nullptr), [&]() -> PluginLibraryHandle {
        const char* path = orEmpty(pluginPath);
        void* handle = *path ? dlopen(path, RTLD_LAZY | RTLD_LOCAL) : nullptr;
        if (!handle) {
            throw Error(ErrorCode::InvalidArgument, path,
                        cat("the plugin library cannot be loaded: ", *path ? dlerror() : "the path is empty"));
        }
        const std::lock_guard lock(mutex_);
        Library& library = libraries_.emplace_back(Library{handle, {}});
        try {
            using SetFinder = void (*)(ILoggerFinder*);
            static LoggerFinder finder;
            if (const auto set = reinterpret_cast<SetFinder>(dlsym(handle, "setLoggerFinder"))) set(&finder);
            using GetCreators = IPluginCreatorInterface* const* (*)(int32_t&);
            using GetGeneration1 = IPluginCreator* const* (*)(int32_t&);
            int32_t count = 0;
            const auto addAll = [&](auto* const* list) {
                for (int32_t i = 0; i < count; ++i) {
                    add(*list[i], visit(*list[i], [](auto& c) { return c.getPluginNamespace(); }));
                    library.creators.push_back(list[i]);
                }
            };
            if (const auto get = reinterpret_cast<GetCreators>(dlsym(handle, "getCreators"))) {
                addAll(get(count));
            } else if (const auto old = reinterpret_cast<GetGeneration1>(dlsym(handle, "getPluginCreators"))) {
                addAll(old(count));
            } else {
                throw Error(ErrorCode::InvalidArgument, path,
                            "the library exports neither getCreators nor getPluginCreators");
            }
        } catch (...) {
            close(library);
            libraries_.pop_back();
            throw;
        }
        reporter_.verbose("Loaded plugin library ", path, " with ", library.creators.size(), " creators");
        return &library;
    });
}

void Registry::close(Library& library) {
    for (IPluginCreatorInterface* creator : library.creators) remove(*creator);
    dlclose(library.handle);
}

void Registry::deregisterLibrary(PluginLibraryHandle handle) noexcept {
    guarded(reporter_, [&] {
        const std::lock_guard lock(mutex_);
        const auto at =
            std::find_if(libraries_.begin(), libraries_.end(), [&](const Library& l) { return &l == handle; });
        if (at == libraries_.end()) {
            throw Error(ErrorCode::InvalidArgument, "",
                        "the handle is not of a plugin library that this registry loaded");
        }
        close(*at);
        libraries_.erase(at);
    });
}

IPluginResource* Registry::acquirePluginResource(AsciiChar const* key, IPluginResource* resource) noexcept {
    return guarded(reporter_, static_cast<IPluginResource*>(nullptr), [&] {
        if (!key) throw Error(ErrorCode::InvalidArgument, "", "a plugin resource needs a key");
        const std::lock_guard lock(mutex_);
        const auto at = resources_.find(key);
        if (at != resources_.end()) {
            ++at->second.users;
            return at->second.clone;
        }
        IPluginResource* clone = resource ? resource->clone() : nullptr;
        if (!clone)
            throw Error(ErrorCode::InvalidArgument, key,
                        "there is no plugin resource under this key, nor a clone to store");
        resources_.emplace(key, Resource{clone, 1});
        return clone;
    });
}

int32_t Registry::releasePluginResource(AsciiChar const* key) noexcept {
    return guarded(reporter_, -1, [&] {
        const std::lock_guard lock(mutex_);
        const auto at = resources_.find(orEmpty(key));
        if (at == resources_.end())
            throw Error(ErrorCode::InvalidArgument, orEmpty(key), "there is no plugin resource under this key");
        if (--at->second.users > 0) return 0;
        IPluginResource* clone = at->second.clone;
        resources_.erase(at);
        const int32_t status = clone->release();
        delete clone;
        return status;
    });
}

Registry& processRegistry() {
    static Registry& registry = *new Registry(api::Reporter(new ForwardingLogger), nullptr);
    return registry;
}

ILogger* processLogger() {
    return firstLogger;
}
void rememberLogger(ILogger* logger) {
    ILogger* none = nullptr;
    firstLogger.compare_exchange_strong(none, logger);
}

}  // namespace opentrt::plugin
