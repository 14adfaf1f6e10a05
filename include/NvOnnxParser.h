// SPDX-License-Identifier: Apache-2.0
//! \file NvOnnxParser.h
//! Reads ONNX models into a network, and ONNX weights into a built engine.
#ifndef NV_ONNX_PARSER_H
#define NV_ONNX_PARSER_H

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "NvInfer.h"

#define NV_ONNX_PARSER_MAJOR 0
#define NV_ONNX_PARSER_MINOR 1
#define NV_ONNX_PARSER_PATCH 0

//! Version of the parser's interface, the same in every era; the factories pass it to the library.
static constexpr int32_t NV_ONNX_PARSER_VERSION =
    NV_ONNX_PARSER_MAJOR * 10000 + NV_ONNX_PARSER_MINOR * 100 + NV_ONNX_PARSER_PATCH;

//! A part of a model: indices of its nodes in the order of the file, and whether all of them can be imported.
//! Used from 7.0 to 10.16; it crosses the library border as a C++11 standard library type.
typedef std::pair<std::vector<size_t>, bool> SubGraph_t;
typedef std::vector<SubGraph_t> SubGraphCollection_t;  //!< The parts of a model, in order.

//! Descriptor of external weights in the ONNXIFI style of 5.x to 7.x; opaque here.
class onnxTensorDescriptorV1;

//! The ONNX importer.
namespace nvonnxparser {

//! \return the number of enumerators of T.
template <typename T>
constexpr int32_t EnumMax() noexcept = delete;

//! Kind of an import error.
enum class ErrorCode : int {
    kSUCCESS = 0,                     //!< No error.
    kINTERNAL_ERROR = 1,              //!< A bug of the parser.
    kMEM_ALLOC_FAILED = 2,            //!< Memory ran out.
    kMODEL_DESERIALIZE_FAILED = 3,    //!< The bytes are no ONNX model, or a file of external weights is missing.
    kINVALID_VALUE = 4,               //!< An attribute or initializer has a value that ONNX forbids.
    kINVALID_GRAPH = 5,               //!< The graph is not well formed: a cycle, an unknown tensor name.
    kINVALID_NODE = 6,                //!< A node breaks the rules of its operator.
    kUNSUPPORTED_GRAPH = 7,           //!< Valid ONNX that cannot be imported as a whole.
    kUNSUPPORTED_NODE = 8,            //!< The operator is not known.
    kUNSUPPORTED_NODE_ATTR = 9,       //!< The operator is known, this attribute value is not served. Since 9.3.
    kUNSUPPORTED_NODE_INPUT = 10,     //!< An input must be constant, or has a rank that is not served. Since 9.3.
    kUNSUPPORTED_NODE_DATATYPE = 11,  //!< The operator is not served for this data type. Since 9.3.
    kUNSUPPORTED_NODE_DYNAMIC = 12,   //!< An extent must be known at build time. Since 9.3.
    kUNSUPPORTED_NODE_SHAPE = 13,     //!< The operator is not served for these shapes. Since 9.3.
    kREFIT_FAILED = 14,               //!< A weight of the model does not fit the engine. Since 10.0.
};

template <>
constexpr int32_t EnumMax<ErrorCode>() noexcept {
    return 15;
}

//! Bit mask: `1U << uint32_t(OnnxParserFlag)` of the flags that are on.
using OnnxParserFlags = uint32_t;

//! Switches of the importer. Since 8.6.
enum class OnnxParserFlag : int32_t {
    kNATIVE_INSTANCENORM = 0,  //!< Import InstanceNormalization as a layer, not as a plugin. Always so since 10.0.
    kENABLE_UINT8_AND_ASYMMETRIC_QUANTIZATION_DLA = 1,  //!< Accept UINT8 and zero points for DLA. Since 10.14.
    kREPORT_CAPABILITY_DLA = 2,                         //!< supportsModelV2() answers for DLA. Since 10.15.
    kENABLE_PLUGIN_OVERRIDE = 3,  //!< A plugin of an operator's name wins over the built-in import. Since 10.15.
    kADJUST_FOR_DLA = 4,          //!< Import in the way that suits DLA best. Since 10.16.
};

template <>
constexpr int32_t EnumMax<OnnxParserFlag>() noexcept {
    return 5;
}

//! One import error. Owned by the parser; valid until the next parse or clearErrors().
class IParserError {
public:
    //! \return the kind of error.
    virtual ErrorCode code() const = 0;
    //! \return what is wrong, with the values involved.
    virtual char const* desc() const = 0;
    //! \return the source file of the parser that raised the error.
    virtual char const* file() const = 0;
    //! \return the line in file().
    virtual int line() const = 0;
    //! \return the function that raised the error.
    virtual char const* func() const = 0;
    //! \return the index of the ONNX node in its graph, or -1 if the error belongs to no node.
    virtual int node() const = 0;
    //! \return the name of the node; empty if it has none. Since 9.3.
    virtual char const* nodeName() const = 0;
    //! \return the operator of the node, for example "Conv". Since 9.3.
    virtual char const* nodeOperator() const = 0;
    //! \return the names of the ONNX local functions around the node, outermost first. Since 10.0.
    virtual char const* const* localFunctionStack() const = 0;
    //! \return the number of names in localFunctionStack(). Since 10.0.
    virtual int32_t localFunctionStackSize() const = 0;

protected:
    virtual ~IParserError() {}
};

//! Imports one model into one network. Made by createParser(); the caller deletes it. Not thread safe.
//! The network refers to the parser's weights: keep the parser until the engine is built.
//! Every failing call leaves one or more errors to be read with getError().
class IParser {
public:
    //! Imports a serialized ModelProto.
    //! \param model_path where the model came from, for weights kept in files beside it; null: the current folder.
    //! \return true if the whole model is in the network now. All nodes that fail are reported, not only the first.
    virtual bool parse(void const* serialized_onnx_model, size_t serialized_onnx_model_size,
                       const char* model_path = nullptr) noexcept = 0;

    //! Imports a model file.
    //! \param verbosity an nvinfer1::ILogger::Severity: messages of the parser up to it reach the logger.
    virtual bool parseFromFile(const char* onnxModelFile, int verbosity) noexcept = 0;

    //! Splits the model into parts that can be imported and parts that cannot. Deprecated since 10.1 by
    //! supportsModelV2(); gone in 11.
    //! \return true if the whole model can be imported.
    TRT_DEPRECATED virtual bool supportsModel(void const* serialized_onnx_model, size_t serialized_onnx_model_size,
                                              SubGraphCollection_t& sub_graph_collection,
                                              const char* model_path = nullptr) noexcept = 0;

    //! The same as parse(); a left-over of ONNXIFI. Deprecated since 10.x, gone in 11.
    TRT_DEPRECATED virtual bool parseWithWeightDescriptors(void const* serialized_onnx_model,
                                                           size_t serialized_onnx_model_size) noexcept = 0;

    //! \return true if the operator, for example "Conv", has an importer. A node of it may still be refused.
    virtual bool supportsOperator(const char* op_name) const noexcept = 0;

    //! \return the number of errors since the last parse or clearErrors().
    virtual int getNbErrors() const noexcept = 0;
    //! \return error `index`, 0 .. getNbErrors()-1; null beyond.
    virtual IParserError const* getError(int index) const noexcept = 0;
    //! Forgets all errors.
    virtual void clearErrors() noexcept = 0;

    virtual ~IParser() noexcept = default;

    //! \return paths of the plugin libraries that the imported network needs and a version compatible engine must
    //! carry (see IBuilderConfig::setPluginsToSerialize()). Owned by the parser. Since 8.6.
    virtual char const* const* getUsedVCPluginLibraries(int64_t& nbPluginLibs) const noexcept = 0;

    //! Replaces all flags. Since 8.6.
    virtual void setFlags(OnnxParserFlags onnxParserFlags) noexcept = 0;
    //! \return the flags that are on. Since 8.6.
    virtual OnnxParserFlags getFlags() const noexcept = 0;
    //! Switches a flag off. Since 8.6.
    virtual void clearFlag(OnnxParserFlag onnxParserFlag) noexcept = 0;
    //! Switches a flag on. Since 8.6.
    virtual void setFlag(OnnxParserFlag onnxParserFlag) noexcept = 0;
    //! \return true if the flag is on. Since 8.6.
    virtual bool getFlag(OnnxParserFlag onnxParserFlag) const noexcept = 0;

    //! \return output `i` of the ONNX node `name` in the imported network, null if there is none. Since 10.0.
    virtual nvinfer1::ITensor const* getLayerOutputTensor(char const* name, int64_t i) noexcept = 0;

    //! Splits the model into parts that can be imported and parts that cannot; the next three functions tell the
    //! result. Since 10.1.
    //! \return true if the whole model can be imported.
    virtual bool supportsModelV2(void const* serializedOnnxModel, size_t serializedOnnxModelSize,
                                 char const* modelPath = nullptr) noexcept = 0;
    //! \return the number of parts found by supportsModelV2(). Since 10.1.
    virtual int64_t getNbSubgraphs() noexcept = 0;
    //! \return true if part `index` can be imported. Since 10.1.
    virtual bool isSubgraphSupported(int64_t const index) noexcept = 0;
    //! \return the node indices of part `index`; their number goes to `subgraphLength`. Owned by the parser.
    //! Since 10.1.
    virtual int64_t* getSubgraphNodes(int64_t const index, int64_t& subgraphLength) noexcept = 0;

    //! First of three steps that import a model whose large weights are already in memory: takes the graph. The
    //! other two are loadInitializer() and parseModelProto(). Since 10.14.
    virtual bool loadModelProto(void const* serializedOnnxModel, size_t serializedOnnxModelSize,
                                char const* modelPath = nullptr) noexcept = 0;
    //! Gives the bytes of an initializer of the loaded model. They are not copied: keep them until the engine is
    //! built. `size` in bytes. Since 10.14.
    virtual bool loadInitializer(char const* name, void const* data, size_t size) noexcept = 0;
    //! Imports the loaded model. Since 10.14.
    virtual bool parseModelProto() noexcept = 0;

    //! Tells the parser the options of the build to come, for decisions that depend on the device. Since 10.15.
    virtual bool setBuilderConfig(const nvinfer1::IBuilderConfig* const builderConfig) noexcept = 0;

    //! \return true if the whole model can be imported. Until 6.0.
    TRT_DEPRECATED bool supportsModel(void const* serialized_onnx_model, size_t serialized_onnx_model_size) noexcept {
        return supportsModelV2(serialized_onnx_model, serialized_onnx_model_size);
    }

    //! Imports a model with `weight_count` ONNXIFI weight descriptors in place of initializers. Until 7.2.
    TRT_DEPRECATED bool parseWithWeightDescriptors(void const* serialized_onnx_model, size_t serialized_onnx_model_size,
                                                   uint32_t weight_count,
                                                   onnxTensorDescriptorV1 const* weight_descriptors) noexcept;

    //! Tells which ONNX weights became which weights of which layers. Only in 7.2: since 8.0 weights have names.
    //! Each array has room for as many entries as a call with null arrays returns.
    //! \return the number of entries.
    TRT_DEPRECATED int getRefitMap(const char** weightNames, const char** layerNames,
                                   nvinfer1::WeightsRole* roles) noexcept;

    //! Deletes the parser. Until 9.x; use `delete` now.
    TRT_DEPRECATED void destroy() noexcept { delete this; }
};

//! What eras before 8.0 need from a parser, behind a gap. Only the library derives from it.
class IParserExt : public nvinfer1::apiv::VGap<IParser> {
public:
    //! See IParser::parseWithWeightDescriptors().
    virtual bool parseWithDescriptors(void const* model, size_t size, uint32_t count,
                                      onnxTensorDescriptorV1 const* descriptors) noexcept = 0;
    //! See IParser::getRefitMap().
    virtual int listRefitMap(const char** weightNames, const char** layerNames,
                             nvinfer1::WeightsRole* roles) noexcept = 0;
};

inline bool IParser::parseWithWeightDescriptors(void const* serialized_onnx_model, size_t serialized_onnx_model_size,
                                                uint32_t weight_count,
                                                onnxTensorDescriptorV1 const* weight_descriptors) noexcept {
    return static_cast<IParserExt*>(this)->parseWithDescriptors(serialized_onnx_model, serialized_onnx_model_size,
                                                                weight_count, weight_descriptors);
}

inline int IParser::getRefitMap(const char** weightNames, const char** layerNames,
                                nvinfer1::WeightsRole* roles) noexcept {
    return static_cast<IParserExt*>(this)->listRefitMap(weightNames, layerNames, roles);
}

//! Puts the weights of an ONNX model into an engine built from the same graph. Since 10.0.
//! It only feeds the refitter; IRefitter::refitCudaEngine() applies the weights. Not thread safe.
class IParserRefitter {
public:
    //! Takes the weights of a serialized ModelProto, see IParser::parse().
    virtual bool refitFromBytes(void const* serializedOnnxModel, size_t serializedOnnxModelSize,
                                char const* modelPath = nullptr) noexcept = 0;
    //! Takes the weights of a model file.
    virtual bool refitFromFile(char const* onnxModelFile) noexcept = 0;

    //! \return the number of errors since the last call or clearErrors().
    virtual int32_t getNbErrors() const noexcept = 0;
    //! \return error `index`, 0 .. getNbErrors()-1; null beyond.
    virtual IParserError const* getError(int32_t index) const noexcept = 0;
    //! Forgets all errors.
    virtual void clearErrors() = 0;

    virtual ~IParserRefitter() noexcept = default;

    //! First of three steps for weights that are already in memory: takes the graph. Since 10.14.
    virtual bool loadModelProto(void const* serializedOnnxModel, size_t serializedOnnxModelSize,
                                char const* modelPath = nullptr) noexcept = 0;
    //! Gives the bytes of an initializer; not copied, keep them until the engine is refitted. Since 10.14.
    virtual bool loadInitializer(char const* name, void const* data, size_t size) noexcept = 0;
    //! Takes the weights of the loaded model. Since 10.14.
    virtual bool refitModelProto() noexcept = 0;
};

}  // namespace nvonnxparser

//! Makes an nvonnxparser::IParser for an nvinfer1::INetworkDefinition; called through nvonnxparser::createParser.
extern "C" TENSORRTAPI void* createNvOnnxParser_INTERNAL(void* network, void* logger, int version) noexcept;
//! Makes an nvonnxparser::IParserRefitter; called through nvonnxparser::createParserRefitter. Since 10.0.
extern "C" TENSORRTAPI void* createNvOnnxParserRefitter_INTERNAL(void* refitter, void* logger,
                                                                 int32_t version) noexcept;
//! \return the NV_ONNX_PARSER_VERSION that the library was built with.
extern "C" TENSORRTAPI int getNvOnnxParserVersion() noexcept;

namespace nvonnxparser {
namespace {

//! Makes a parser that fills `network`. The caller deletes it after the engine is built.
//! \return null after a message to the logger.
inline IParser* createParser(nvinfer1::INetworkDefinition& network, nvinfer1::ILogger& logger) noexcept {
    return static_cast<IParser*>(createNvOnnxParser_INTERNAL(&network, &logger, NV_ONNX_PARSER_VERSION));
}

//! Makes a parser that feeds `refitter` from ONNX models. The caller deletes it. Since 10.0.
//! \return null after a message to the logger.
inline IParserRefitter* createParserRefitter(nvinfer1::IRefitter& refitter, nvinfer1::ILogger& logger) noexcept {
    return static_cast<IParserRefitter*>(
        createNvOnnxParserRefitter_INTERNAL(&refitter, &logger, NV_ONNX_PARSER_VERSION));
}

}  // namespace
}  // namespace nvonnxparser

#endif  // NV_ONNX_PARSER_H
