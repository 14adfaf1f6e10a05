// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPluginBase.h
//! What all plugin generations share: fields, phases, capabilities, resources, IPluginV3.
#ifndef NV_INFER_PLUGIN_BASE_H
#define NV_INFER_PLUGIN_BASE_H

#include "NvInferRuntimeBase.h"

namespace nvinfer1 {

//! Type of the elements that a plugin field points at.
enum class PluginFieldType : int32_t {
    kFLOAT16 = 0,  //!< 16-bit float.
    kFLOAT32 = 1,  //!< 32-bit float.
    kFLOAT64 = 2,  //!< 64-bit float.
    kINT8 = 3,     //!< 8-bit integer.
    kINT16 = 4,    //!< 16-bit integer.
    kINT32 = 5,    //!< 32-bit integer.
    kCHAR = 6,     //!< Characters.
    kDIMS = 7,     //!< Objects of type Dims, in the layout of the era that the creator was compiled for.
    kUNKNOWN = 8,  //!< Bytes that only the plugin understands.
    kBF16 = 9,     //!< bfloat16. Since 9.1.
    kINT64 = 10,   //!< 64-bit integer. Since 9.1.
    kFP8 = 11,     //!< 8-bit float. Since 9.1.
    kINT4 = 12,    //!< 4-bit integers, two per byte. Since 10.1.
    kFP4 = 13,     //!< 4-bit floats, two per byte. Since 10.8.
};

//! One named attribute of a plugin. It owns nothing: name and data must live while it is used.
class PluginField {
public:
    AsciiChar const* name;  //!< Name, unique in its collection.
    void const* data;       //!< Elements; null in a creator's list of expected fields.
    PluginFieldType type;   //!< Type of the elements.
    int32_t length;         //!< Number of elements.

    //! Fills the four members.
    PluginField(AsciiChar const* const name_ = nullptr, void const* const data_ = nullptr,
                PluginFieldType const type_ = PluginFieldType::kUNKNOWN, int32_t const length_ = 0) noexcept
        : name(name_), data(data_), type(type_), length(length_) {}
};

//! An array of plugin fields, not owned.
struct PluginFieldCollection {
#if __cplusplus >= 201402L
    int32_t nbFields{};           //!< Number of fields.
    PluginField const* fields{};  //!< The first one.
#else
    int32_t nbFields;           //!< Number of fields.
    PluginField const* fields;  //!< The first one.
#endif
};

//! When a plugin is made: IPluginCreatorV3One::createPlugin() may answer with different objects. Since 10.0.
enum class TensorRTPhase : int32_t {
    kBUILD = 0,    //!< For a network under construction.
    kRUNTIME = 1,  //!< From a deserialized engine.
};

//! The parts of an IPluginV3. Since 10.0.
enum class PluginCapabilityType : int32_t {
    kCORE = 0,     //!< Identity: IPluginV3OneCore.
    kBUILD = 1,    //!< Shapes, types, formats: IPluginV3OneBuild.
    kRUNTIME = 2,  //!< Execution: IPluginV3OneRuntime.
};

//! Base of the parts of an IPluginV3. Since 10.0.
class IPluginCapability : public IVersionedInterface {};

//! State that plugins of one process share under a key, see IPluginRegistry::acquirePluginResource(). Since 10.0.
class IPluginResource : public IVersionedInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"IPluginResource", 1, 0}; }

    //! Frees what the object holds; called on a clone when its last user is gone. \return 0 on success.
    virtual int32_t release() = 0;
    //! A copy that the registry keeps; null on failure. A clone must not fail in release().
    virtual IPluginResource* clone() = 0;

    ~IPluginResource() noexcept override = default;

    IPluginResource() = default;
    IPluginResource(IPluginResource const&) = default;
    IPluginResource(IPluginResource&&) = default;
    IPluginResource& operator=(IPluginResource const&) & = default;
    IPluginResource& operator=(IPluginResource&&) & = default;
};

//! Base of all plugin creators. Since 10.0.
class IPluginCreatorInterface : public IVersionedInterface {
public:
    ~IPluginCreatorInterface() noexcept override = default;

protected:
    IPluginCreatorInterface() = default;
    IPluginCreatorInterface(IPluginCreatorInterface const&) = default;
    IPluginCreatorInterface(IPluginCreatorInterface&&) = default;
    IPluginCreatorInterface& operator=(IPluginCreatorInterface const&) & = default;
    IPluginCreatorInterface& operator=(IPluginCreatorInterface&&) & = default;
};

//! A custom layer, made of capabilities (IPluginV3OneCore, -Build, -Runtime). Since 10.0.
class IPluginV3 : public IVersionedInterface {
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return InterfaceInfo{"PLUGIN", 1, 0}; }

    //! The part of kind `type`, owned by the plugin and valid as long as it; null if there is none.
    virtual IPluginCapability* getCapabilityInterface(PluginCapabilityType type) = 0;
    //! A copy with the same attributes that the library owns and deletes; null on failure.
    virtual IPluginV3* clone() = 0;
};

namespace v_1_0 {
using nvinfer1::IPluginCapability;
using nvinfer1::IPluginCreatorInterface;
using nvinfer1::IPluginResource;
using nvinfer1::IPluginV3;
}  // namespace v_1_0

}  // namespace nvinfer1

#endif  // NV_INFER_PLUGIN_BASE_H
