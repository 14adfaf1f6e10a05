// SPDX-License-Identifier: Apache-2.0
//! \file NvCaffeParser.h
//! The Caffe importer of 5.x to 8.x.
//! Functions that take or return Dims, or plain structs of the era, are virtual here as they were then, so that an
//! importer written for an old version can derive from these classes: client and importer must be compiled for the
//! same NV_TENSORRT_COMPAT_MAJOR.
#ifndef NV_CAFFE_PARSER_H
#define NV_CAFFE_PARSER_H

#include "NvInfer.h"

// Importers of 8.x define these functions noexcept, older ones do not.
#if NV_TENSORRT_COMPAT_MAJOR <= 7
#define NV_CAFFE_PARSER_NOEXCEPT
#else
#define NV_CAFFE_PARSER_NOEXCEPT noexcept
#endif

//! The Caffe importer.
namespace nvcaffeparser1 {

//! Finds tensors of the imported network by blob name. Owned by the parser.
class IBlobNameToTensor {
public:
    //! \return the tensor of blob `name`, null if there is none.
    virtual nvinfer1::ITensor* find(char const* name) const = 0;

protected:
    virtual ~IBlobNameToTensor() {}
};

//! A tensor read from a .binaryproto file, for example a mean image. The caller deletes it.
class IBinaryProtoBlob {
public:
#if NV_TENSORRT_COMPAT_MAJOR <= 7
    using Shape = nvinfer1::DimsNCHW;  //!< Type of getDimensions(), by era.
#else
    using Shape = nvinfer1::Dims4;  //!< Type of getDimensions(), by era.
#endif

    //! \return the elements, owned by the blob.
    virtual void const* getData() = 0;
    //! \return the extents N, C, H, W.
    virtual Shape getDimensions() = 0;
    //! \return the type of the elements.
    virtual nvinfer1::DataType getDataType() = 0;
    //! Deletes the blob.
    TRT_DEPRECATED virtual void destroy() = 0;

    virtual ~IBinaryProtoBlob() {}
};

//! Implemented by the user: makes the IPlugin of a Caffe layer. Until 7.2.
class IPluginFactory {
public:
    //! \return true if the layer is to become a plugin.
    virtual bool isPlugin(char const* layerName) = 0;
    //! \return the plugin, owned by the user.
    //! \param weights the layer's blobs; valid during the call only
    virtual nvinfer1::IPlugin* createPlugin(char const* layerName, nvinfer1::Weights const* weights,
                                            int32_t nbWeights) = 0;

    virtual ~IPluginFactory() {}
};

//! Implemented by the user: like IPluginFactory, for IPluginExt. Until 7.2.
class IPluginFactoryExt : public IPluginFactory {
public:
    //! \return the version of the headers the factory is compiled with.
    virtual int32_t getVersion() const { return static_cast<int32_t>(NV_TENSORRT_VERSION); }
    //! \return true if the layer is to become an IPluginExt.
    virtual bool isPluginExt(char const* layerName) = 0;
};

//! Implemented by the user: makes the IPluginV2 of a Caffe layer.
class IPluginFactoryV2 {
public:
    //! \return true if the layer is to become a plugin.
    virtual bool isPluginV2(char const* layerName) = 0;
    //! \return the plugin, owned by the user.
    //! \param weights the layer's blobs; valid during the call only
    virtual nvinfer1::IPluginV2* createPlugin(char const* layerName, nvinfer1::Weights const* weights,
                                              int32_t nbWeights, char const* libNamespace = "") = 0;

    virtual ~IPluginFactoryV2() {}
};

//! Imports a Caffe model into a network. The caller deletes it after the engine is built. Not thread safe.
class ICaffeParser {
public:
    //! Imports the model described by the text file `deploy` with the weights of the binary file `model`.
    //! \param weightType type to which weights are converted: kFLOAT or kHALF
    //! \return the table of blobs, owned by the parser; null after an error
    virtual IBlobNameToTensor const* parse(char const* deploy, char const* model, nvinfer1::INetworkDefinition& network,
                                           nvinfer1::DataType weightType) = 0;

    //! The same from memory. An importer overrides this one or the next, each answers through the other. Since 8.2.
    virtual IBlobNameToTensor const* parseBuffers(uint8_t const* deployBuffer, std::size_t deployLength,
                                                  uint8_t const* modelBuffer, std::size_t modelLength,
                                                  nvinfer1::INetworkDefinition& network,
                                                  nvinfer1::DataType weightType) {
        return parseBuffers(reinterpret_cast<char const*>(deployBuffer), deployLength,
                            reinterpret_cast<char const*>(modelBuffer), modelLength, network, weightType);
    }

    //! \return the tensor in a .binaryproto file, null after an error. The caller deletes it.
    virtual IBinaryProtoBlob* parseBinaryProto(char const* fileName) = 0;
    //! Limits the size in bytes of the files that are read.
    virtual void setProtobufBufferSize(size_t size) = 0;
    //! Deletes the parser.
    TRT_DEPRECATED virtual void destroy() = 0;
    //! Sets the maker of plugins; not owned. Call it before parsing.
    virtual void setPluginFactoryV2(IPluginFactoryV2* factory) = 0;
    //! Sets the namespace in which plugins are looked up.
    virtual void setPluginNamespace(char const* libNamespace) = 0;

    virtual ~ICaffeParser() {}

    //! Sets the recorder of errors; not owned, null removes it. Since 6.0.
    virtual void setErrorRecorder(nvinfer1::IErrorRecorder*) {}
    //! \return the recorder of errors, or null. Since 6.0.
    virtual nvinfer1::IErrorRecorder* getErrorRecorder() const { return nullptr; }

    //! Imports from memory, with the types of 5.x to 8.0.
    virtual IBlobNameToTensor const* parseBuffers(char const* deployBuffer, std::size_t deployLength,
                                                  char const* modelBuffer, std::size_t modelLength,
                                                  nvinfer1::INetworkDefinition& network,
                                                  nvinfer1::DataType weightType) {
        return parseBuffers(reinterpret_cast<uint8_t const*>(deployBuffer), deployLength,
                            reinterpret_cast<uint8_t const*>(modelBuffer), modelLength, network, weightType);
    }

    //! Sets the maker of IPlugin layers; not owned. Until 7.2.
    virtual void setPluginFactory(IPluginFactory*) {}
    //! Sets the maker of IPluginExt layers; not owned. Until 7.2.
    virtual void setPluginFactoryExt(IPluginFactoryExt*) {}
};

//! \return a new parser; the caller deletes it.
TENSORRTAPI ICaffeParser* createCaffeParser() NV_CAFFE_PARSER_NOEXCEPT;

//! Frees what the parsing library keeps for the life of the process. No parser may be used afterwards.
TENSORRTAPI void shutdownProtobufLibrary() NV_CAFFE_PARSER_NOEXCEPT;

}  // namespace nvcaffeparser1

//! The same as nvcaffeparser1::createCaffeParser().
extern "C" TENSORRTAPI void* createNvCaffeParser_INTERNAL() NV_CAFFE_PARSER_NOEXCEPT;

#endif  // NV_CAFFE_PARSER_H
