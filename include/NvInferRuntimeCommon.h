// SPDX-License-Identifier: Apache-2.0
//! \file NvInferRuntimeCommon.h
//! The plugin registry, and what programs of 6.0 to 8.5 expect from this header: logger, allocator, plugins.
#ifndef NV_INFER_RUNTIME_COMMON_H
#define NV_INFER_RUNTIME_COMMON_H

#include "NvInferPluginBase.h"
#include "NvInferRuntimePlugin.h"
#include "impl/NvInferRuntimeCallbacks.h"

// The two kinds of creators are overloads only for the programs that know both: old ones take the address of the
// member, which must not be ambiguous. The order of the virtual functions is the same in all eras.
#if NV_TENSORRT_COMPAT_MAJOR >= 11
#define TRT_CREATOR_V1(name) name##V1
#define TRT_CREATOR(name) name
#elif NV_TENSORRT_COMPAT_MAJOR == 10
#define TRT_CREATOR_V1(name) name
#define TRT_CREATOR(name) name
#else
#define TRT_CREATOR_V1(name) name
#define TRT_CREATOR(name) name##Interface
#endif

namespace nvinfer1 {

//! All plugin creators of a process, builder or runtime, found by name, version and namespace.
//!
//! Made by the library, see getPluginRegistry(), IBuilder::getPluginRegistry(), IRuntime::getPluginRegistry(). The
//! registries of builders and runtimes ask their parent, the process-wide one, unless told not to. Creators are not
//! owned and must outlive the registry or be deregistered. All functions may be called from several threads.
class IPluginRegistry {
public:
    using PluginLibraryHandle = void*;  //!< Identifies an opened plugin library.

    //! Adds a generation 1 creator under its name, its version and `pluginNamespace`. \return False if taken.
    //! Deprecated since 10.0: use the form for IPluginCreatorInterface.
    virtual bool TRT_CREATOR_V1(registerCreator)(IPluginCreator& creator,
                                                 AsciiChar const* const pluginNamespace) noexcept = 0;
    //! All generation 1 creators of this registry, without its parent's; valid until the next registration. Null if
    //! there are none. Deprecated since 10.0: use getAllCreators().
    TRT_DEPRECATED virtual IPluginCreator* const* getPluginCreatorList(int32_t* const numCreators) const noexcept = 0;
    //! The generation 1 creator with these names; null if there is none. Deprecated since 10.0: use getCreator().
    TRT_DEPRECATED virtual IPluginCreator* getPluginCreator(AsciiChar const* const pluginName,
                                                            AsciiChar const* const pluginVersion,
                                                            AsciiChar const* const pluginNamespace = "") noexcept = 0;

    IPluginRegistry() = default;
    IPluginRegistry(IPluginRegistry const&) = delete;
    IPluginRegistry(IPluginRegistry&&) = delete;
    IPluginRegistry& operator=(IPluginRegistry const&) & = delete;
    IPluginRegistry& operator=(IPluginRegistry&&) & = delete;

protected:
    virtual ~IPluginRegistry() noexcept = default;

public:
    //! Sets the recorder of this registry's errors; null takes it away. Since 6.0.
    virtual void setErrorRecorder(IErrorRecorder* const recorder) noexcept = 0;
    //! The recorder; null if there is none. Since 6.0.
    virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;

    //! Takes a generation 1 creator out. \return Whether it was there. Since 8.0; deprecated since 10.0.
    virtual bool TRT_CREATOR_V1(deregisterCreator)(IPluginCreator const& creator) noexcept = 0;

    //! Whether the parent is searched too: true at first. Since 8.6.
    virtual bool isParentSearchEnabled() const = 0;
    //! Sets whether the parent is searched too. Since 8.6.
    virtual void setParentSearchEnabled(bool const enabled) = 0;

    //! Opens a shared library and registers the creators that its `getCreators` or `getPluginCreators` lists.
    //! \return A handle for deregisterLibrary(), null on failure. Since 8.6.
    virtual PluginLibraryHandle loadLibrary(AsciiChar const* pluginPath) noexcept = 0;
    //! Takes out the creators of a library and closes it. Since 8.6.
    virtual void deregisterLibrary(PluginLibraryHandle handle) noexcept = 0;

    //! Adds a creator of any generation under its name, its version and `pluginNamespace`. \return False if taken.
    //! Since 10.0; named registerCreatorInterface for programs of older eras.
    virtual bool TRT_CREATOR(registerCreator)(IPluginCreatorInterface& creator,
                                              AsciiChar const* const pluginNamespace) noexcept = 0;
    //! All creators of this registry, without its parent's; valid until the next registration. Since 10.0.
    virtual IPluginCreatorInterface* const* getAllCreators(int32_t* const numCreators) const noexcept = 0;
    //! The creator with these names; null if there is none. Its getInterfaceInfo() tells its generation. Since 10.0.
    virtual IPluginCreatorInterface* getCreator(AsciiChar const* const pluginName, AsciiChar const* const pluginVersion,
                                                AsciiChar const* const pluginNamespace = "") noexcept = 0;
    //! Takes a creator out. \return Whether it was there. Since 10.0.
    virtual bool TRT_CREATOR(deregisterCreator)(IPluginCreatorInterface const& creator) noexcept = 0;

    //! The shared resource under `key`, its count raised; the first call stores a clone of `resource` and returns it.
    //! Null on failure. Since 10.0.
    virtual IPluginResource* acquirePluginResource(AsciiChar const* key, IPluginResource* resource) noexcept = 0;
    //! Lowers the count under `key` and releases the resource at zero. \return 0 on success. Since 10.0.
    virtual int32_t releasePluginResource(AsciiChar const* key) noexcept = 0;

    //! All creators of this registry and its parents; valid until the next registration. Since 10.10.
    virtual IPluginCreatorInterface* const* getAllCreatorsRecursive(int32_t* const numCreators) noexcept = 0;
};

}  // namespace nvinfer1

//! The process-wide registry. It exists before any static object and is never destroyed.
extern "C" TENSORRTAPI nvinfer1::IPluginRegistry* getPluginRegistry() noexcept;
//! The logger given to the first factory function of this process; null before that.
extern "C" TENSORRTAPI nvinfer1::ILogger* getLogger() noexcept;

namespace nvinfer1 {

//! A static object of this type registers a creator of type T when the program or library is loaded.
template <typename T>
class PluginRegistrar {
public:
    PluginRegistrar() { getPluginRegistry()->registerCreator(instance, ""); }

private:
    T instance{};
};

}  // namespace nvinfer1

//! Registers the plugin creator class `name`, which must be default constructible, in the process-wide registry.
#define REGISTER_TENSORRT_PLUGIN(name) \
    static nvinfer1::PluginRegistrar<name> pluginRegistrar##name {}

#endif  // NV_INFER_RUNTIME_COMMON_H
