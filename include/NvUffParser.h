// SPDX-License-Identifier: Apache-2.0
//! \file NvUffParser.h
//! The importer of UFF, the exchange format for TensorFlow models of 5.x to 8.x.
//! Like NvCaffeParser.h: client and importer must be compiled for the same NV_TENSORRT_COMPAT_MAJOR.
#ifndef NV_UFF_PARSER_H
#define NV_UFF_PARSER_H

#include "NvInfer.h"

// Importers of 8.x define these functions noexcept, older ones do not.
#if NV_TENSORRT_COMPAT_MAJOR <= 7
#define NV_UFF_PARSER_NOEXCEPT
#else
#define NV_UFF_PARSER_NOEXCEPT noexcept
#endif

// The newest version of the format that is understood.
#define UFF_REQUIRED_VERSION_MAJOR 0
#define UFF_REQUIRED_VERSION_MINOR 6
#define UFF_REQUIRED_VERSION_PATCH 9

//! The UFF importer.
namespace nvuffparser {

//! Order of the dimensions of an input.
enum class UffInputOrder : int32_t {
    kNCHW = 0,  //!< Batch, channel, height, width.
    kNHWC = 1,  //!< Batch, height, width, channel.
    kNC = 2,    //!< Batch, channel.
};

//! Type of a value attached to a UFF node.
enum class FieldType : int32_t {
    kFLOAT = 0,     //!< float.
    kINT32 = 1,     //!< int32_t.
    kCHAR = 2,      //!< char; length says how many.
    kDIMS = 4,      //!< nvinfer1::Dims of the era.
    kDATATYPE = 5,  //!< nvinfer1::DataType.
    kUNKNOWN = 6,   //!< Anything else.
};

//! A named value of a UFF node. Points to memory of the parser.
class TENSORRTAPI FieldMap {
public:
    char const* name{};                   //!< Name of the value.
    void const* data{};                   //!< Its elements.
    FieldType type{FieldType::kUNKNOWN};  //!< Their type.
    int32_t length{1};                    //!< Their number.

    //! Makes a value out of its parts.
    FieldMap(char const* aName, void const* aData, FieldType const aType, int32_t aLength = 1)
        : name(aName), data(aData), type(aType), length(aLength) {}
    FieldMap() = default;
};

//! The values of a UFF node.
struct FieldCollection {
    int32_t nbFields;        //!< Their number.
    FieldMap const* fields;  //!< The values.
};

//! Implemented by the user: makes the IPlugin of a UFF node. Until 7.2.
class IPluginFactory {
public:
    //! \return true if the node is to become a plugin.
    virtual bool isPlugin(char const* layerName) = 0;
    //! \return the plugin, owned by the user.
    //! \param weights and `fc` are valid during the call only
    virtual nvinfer1::IPlugin* createPlugin(char const* layerName, nvinfer1::Weights const* weights, int32_t nbWeights,
                                            FieldCollection const fc) = 0;

    virtual ~IPluginFactory() {}
};

//! Implemented by the user: like IPluginFactory, for IPluginExt. Until 7.2.
class IPluginFactoryExt : public IPluginFactory {
public:
    //! \return the version of the headers the factory is compiled with.
    virtual int32_t getVersion() const { return static_cast<int32_t>(NV_TENSORRT_VERSION); }
    //! \return true if the node is to become an IPluginExt.
    virtual bool isPluginExt(char const* layerName) = 0;
};

//! Imports a UFF model into a network. The caller deletes it after the engine is built. Not thread safe.
class IUffParser {
public:
    //! Declares an input of the model, before parsing.
    //! \param inputDims extents without the batch dimension, in the order C, H, W whatever `inputOrder` says
    virtual bool registerInput(char const* inputName, nvinfer1::Dims inputDims, UffInputOrder inputOrder) = 0;
    //! Declares an output of the model, before parsing.
    virtual bool registerOutput(char const* outputName) = 0;
    //! Imports a model file. \param weightsType type to which weights are converted: kFLOAT or kHALF
    virtual bool parse(char const* file, nvinfer1::INetworkDefinition& network,
                       nvinfer1::DataType weightsType = nvinfer1::DataType::kFLOAT) = 0;
    //! Imports a model from memory.
    virtual bool parseBuffer(char const* buffer, std::size_t size, nvinfer1::INetworkDefinition& network,
                             nvinfer1::DataType weightsType = nvinfer1::DataType::kFLOAT) = 0;
    //! Deletes the parser.
    TRT_DEPRECATED virtual void destroy() = 0;
    //! \return UFF_REQUIRED_VERSION_MAJOR of the library.
    virtual int32_t getUffRequiredVersionMajor() = 0;
    //! \return UFF_REQUIRED_VERSION_MINOR of the library.
    virtual int32_t getUffRequiredVersionMinor() = 0;
    //! \return UFF_REQUIRED_VERSION_PATCH of the library.
    virtual int32_t getUffRequiredVersionPatch() = 0;
    //! Sets the namespace in which plugins are looked up.
    virtual void setPluginNamespace(char const* libNamespace) = 0;

    virtual ~IUffParser() {}

    //! Sets the recorder of errors; not owned, null removes it. Since 6.0.
    virtual void setErrorRecorder(nvinfer1::IErrorRecorder*) {}
    //! \return the recorder of errors, or null. Since 6.0.
    virtual nvinfer1::IErrorRecorder* getErrorRecorder() const { return nullptr; }

    //! Sets the maker of IPlugin layers; not owned. Until 7.2.
    virtual void setPluginFactory(IPluginFactory*) {}
    //! Sets the maker of IPluginExt layers; not owned. Until 7.2.
    virtual void setPluginFactoryExt(IPluginFactoryExt*) {}
};

//! \return a new parser; the caller deletes it.
TENSORRTAPI IUffParser* createUffParser() NV_UFF_PARSER_NOEXCEPT;

//! Frees what the parsing library keeps for the life of the process. No parser may be used afterwards.
TENSORRTAPI void shutdownProtobufLibrary(void) NV_UFF_PARSER_NOEXCEPT;

}  // namespace nvuffparser

//! The same as nvuffparser::createUffParser().
extern "C" TENSORRTAPI void* createNvUffParser_INTERNAL() NV_UFF_PARSER_NOEXCEPT;

#endif  // NV_UFF_PARSER_H
