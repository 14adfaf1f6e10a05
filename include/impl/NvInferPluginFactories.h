// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPluginFactories.h
//! Functions of 5.1 that make the library's plugins from parameters. Part of NvInferPlugin.h.
//!
//! They ask the plugin registry for a creator, so initLibNvInferPlugins() must have been called. What they make is
//! owned by the caller. When a plugin cannot be made they answer null, with an error to the logger of getLogger().
#ifndef NV_INFER_PLUGIN_FACTORIES_H
#define NV_INFER_PLUGIN_FACTORIES_H

#include <cstring>

#include "../NvInfer.h"
#include "../NvInferPluginUtils.h"

namespace nvinfer1 {
namespace plugin {

//! A plugin of the 5.1 library in the interface of that time. Until 5.1.
class INvPlugin : public IPlugin {
public:
    //! Its kind.
    virtual PluginType getPluginType() const = 0;
    //! Its name.
    virtual char const* getName() const = 0;
    //! Deletes it.
    virtual void destroy() = 0;

protected:
    ~INvPlugin() {}
};

// Unnamed, so that each object file keeps its own copy: dimensions among the parameters are those of its era.
namespace {

//! Reports a plugin that cannot be made.
inline std::nullptr_t noPlugin(char const* message) noexcept {
    if (ILogger* logger = getLogger()) {
        logger->log(ILogger::Severity::kERROR, message);
    }
    return nullptr;
}

//! Version 1 of plugin `type` from fields; `message` is the error when it is not registered.
inline IPluginV2* pluginFromFields(char const* type, PluginField const* fields, int32_t nbFields, char const* message) {
    IPluginCreatorInterface* const creator = getPluginRegistry()->getCreator(type, "1", "");
    if (creator == nullptr || std::strcmp(creator->getInterfaceInfo().kind, "PLUGIN CREATOR_V1") != 0) {
        return noPlugin(message);
    }
    PluginFieldCollection collection;
    collection.nbFields = nbFields;
    collection.fields = fields;
    return static_cast<IPluginCreator*>(creator)->createPlugin(type, &collection);
}

constexpr char const* kNO_INVPLUGIN =
    "plugins of the 5.1 interface INvPlugin are not supported: use the function for IPluginV2 or a network layer";

//! \name INvPlugin factories
//! Not supported: they answer null and report an error. From parameters, and from serialized bytes.
//!@{
inline INvPlugin* createFasterRCNNPlugin(int, int, int, float, float, float, DimsHW, Weights, Weights) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createFasterRCNNPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDNormalizePlugin(Weights const*, bool, bool, float) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDNormalizePlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDPermutePlugin(Quadruple) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDPermutePlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDPriorBoxPlugin(PriorBoxParameters) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDPriorBoxPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDAnchorGeneratorPlugin(GridAnchorParameters*, int) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDAnchorGeneratorPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDDetectionOutputPlugin(DetectionOutputParameters) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createSSDDetectionOutputPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createConcatPlugin(int, bool) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createConcatPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createPReLUPlugin(float) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createPReLUPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createYOLOReorgPlugin(int) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createYOLOReorgPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createYOLORegionPlugin(RegionParameters) {
    return noPlugin(kNO_INVPLUGIN);
}
inline INvPlugin* createYOLORegionPlugin(void const*, size_t) {
    return noPlugin(kNO_INVPLUGIN);
}
//!@}

}  // namespace
}  // namespace plugin
}  // namespace nvinfer1

namespace {

//! Region proposals with ROI pooling (RPROI_TRT). The plugin's creator takes no anchors, so it cannot be made this way.
inline nvinfer1::IPluginV2* createRPNROIPlugin(int, int, int, float, float, float, nvinfer1::DimsHW, nvinfer1::Weights,
                                               nvinfer1::Weights) {
    return nvinfer1::plugin::noPlugin("createRPNROIPlugin is not supported: make RPROI_TRT from its creator");
}

//! Anchors of SSD (GridAnchor_TRT). The plugin's creator derives the layers' scales itself, so it cannot be made from
//! them.
inline nvinfer1::IPluginV2* createAnchorGeneratorPlugin(nvinfer1::plugin::GridAnchorParameters*, int) {
    return nvinfer1::plugin::noPlugin(
        "createAnchorGeneratorPlugin is not supported: make GridAnchor_TRT from its creator");
}

//! L2 normalization over the channels, or over all but the batch, with a scale per channel or one (Normalize_TRT).
inline nvinfer1::IPluginV2* createNormalizePlugin(nvinfer1::Weights const* scales, bool acrossSpatial,
                                                  bool channelShared, float eps) {
    using nvinfer1::PluginFieldType;
    int32_t const flags[] = {acrossSpatial, channelShared, 1};
    nvinfer1::PluginField const fields[] = {
        {"weights", scales->values, PluginFieldType::kFLOAT32, static_cast<int32_t>(scales->count)},
        {"acrossSpatial", &flags[0], PluginFieldType::kINT32, 1},
        {"channelShared", &flags[1], PluginFieldType::kINT32, 1},
        {"nbWeights", &flags[2], PluginFieldType::kINT32, 1},
        {"eps", &eps, PluginFieldType::kFLOAT32, 1}};
    return nvinfer1::plugin::pluginFromFields("Normalize_TRT", fields, 5, "plugin Normalize_TRT is not registered");
}

//! Prior boxes of SSD (PriorBox_TRT).
inline nvinfer1::IPluginV2* createPriorBoxPlugin(nvinfer1::plugin::PriorBoxParameters param) {
    using nvinfer1::PluginFieldType;
    int32_t const flags[] = {param.flip, param.clip};
    nvinfer1::PluginField const fields[] = {
        {"minSize", param.minSize, PluginFieldType::kFLOAT32, param.numMinSize},
        {"maxSize", param.maxSize, PluginFieldType::kFLOAT32, param.numMaxSize},
        {"aspectRatios", param.aspectRatios, PluginFieldType::kFLOAT32, param.numAspectRatios},
        {"flip", &flags[0], PluginFieldType::kINT32, 1},
        {"clip", &flags[1], PluginFieldType::kINT32, 1},
        {"variance", param.variance, PluginFieldType::kFLOAT32, 4},
        {"imgH", &param.imgH, PluginFieldType::kINT32, 1},
        {"imgW", &param.imgW, PluginFieldType::kINT32, 1},
        {"stepH", &param.stepH, PluginFieldType::kFLOAT32, 1},
        {"stepW", &param.stepW, PluginFieldType::kFLOAT32, 1},
        {"offset", &param.offset, PluginFieldType::kFLOAT32, 1}};
    return nvinfer1::plugin::pluginFromFields("PriorBox_TRT", fields, 11, "plugin PriorBox_TRT is not registered");
}

//! Detections of SSD (NMS_TRT).
inline nvinfer1::IPluginV2* createNMSPlugin(nvinfer1::plugin::DetectionOutputParameters param) {
    using nvinfer1::PluginFieldType;
    int32_t const flags[] = {param.shareLocation, param.varianceEncodedInTarget, param.confSigmoid, param.isNormalized,
                             static_cast<int32_t>(param.codeType)};
    nvinfer1::PluginField const fields[] = {
        {"shareLocation", &flags[0], PluginFieldType::kINT32, 1},
        {"varianceEncodedInTarget", &flags[1], PluginFieldType::kINT32, 1},
        {"backgroundLabelId", &param.backgroundLabelId, PluginFieldType::kINT32, 1},
        {"numClasses", &param.numClasses, PluginFieldType::kINT32, 1},
        {"topK", &param.topK, PluginFieldType::kINT32, 1},
        {"keepTopK", &param.keepTopK, PluginFieldType::kINT32, 1},
        {"confidenceThreshold", &param.confidenceThreshold, PluginFieldType::kFLOAT32, 1},
        {"nmsThreshold", &param.nmsThreshold, PluginFieldType::kFLOAT32, 1},
        {"inputOrder", param.inputOrder, PluginFieldType::kINT32, 3},
        {"confSigmoid", &flags[2], PluginFieldType::kINT32, 1},
        {"isNormalized", &flags[3], PluginFieldType::kINT32, 1},
        {"codeType", &flags[4], PluginFieldType::kINT32, 1}};
    return nvinfer1::plugin::pluginFromFields("NMS_TRT", fields, 12, "plugin NMS_TRT is not registered");
}

//! Leaky ReLU (LReLU_TRT).
inline nvinfer1::IPluginV2* createLReLUPlugin(float negSlope) {
    nvinfer1::PluginField const fields[] = {{"negSlope", &negSlope, nvinfer1::PluginFieldType::kFLOAT32, 1}};
    return nvinfer1::plugin::pluginFromFields("LReLU_TRT", fields, 1, "plugin LReLU_TRT is not registered");
}

//! Space to depth of YOLO v2 (Reorg_TRT).
inline nvinfer1::IPluginV2* createReorgPlugin(int stride) {
    nvinfer1::PluginField const fields[] = {{"stride", &stride, nvinfer1::PluginFieldType::kINT32, 1}};
    return nvinfer1::plugin::pluginFromFields("Reorg_TRT", fields, 1, "plugin Reorg_TRT is not registered");
}

//! Last layer of YOLO v2 (Region_TRT).
inline nvinfer1::IPluginV2* createRegionPlugin(nvinfer1::plugin::RegionParameters params) {
    using nvinfer1::PluginFieldType;
    nvinfer1::PluginField const fields[] = {{"num", &params.num, PluginFieldType::kINT32, 1},
                                            {"coords", &params.coords, PluginFieldType::kINT32, 1},
                                            {"classes", &params.classes, PluginFieldType::kINT32, 1},
                                            {"smTree", params.smTree, PluginFieldType::kINT32, 1}};
    int32_t const nbFields = params.smTree == nullptr ? 3 : 4;
    return nvinfer1::plugin::pluginFromFields("Region_TRT", fields, nbFields, "plugin Region_TRT is not registered");
}

//! Clip to a range (Clip_TRT).
inline nvinfer1::IPluginV2* createClipPlugin(char const* /*layerName*/, float clipMin, float clipMax) {
    using nvinfer1::PluginFieldType;
    nvinfer1::PluginField const fields[] = {{"clipMin", &clipMin, PluginFieldType::kFLOAT32, 1},
                                            {"clipMax", &clipMax, PluginFieldType::kFLOAT32, 1}};
    return nvinfer1::plugin::pluginFromFields("Clip_TRT", fields, 2, "plugin Clip_TRT is not registered");
}

//! Non-maximum suppression over batched boxes and scores (BatchedNMS_TRT).
inline nvinfer1::IPluginV2* createBatchedNMSPlugin(nvinfer1::plugin::NMSParameters param) {
    using nvinfer1::PluginFieldType;
    int32_t const flags[] = {param.shareLocation, param.isNormalized};
    nvinfer1::PluginField const fields[] = {{"shareLocation", &flags[0], PluginFieldType::kINT32, 1},
                                            {"backgroundLabelId", &param.backgroundLabelId, PluginFieldType::kINT32, 1},
                                            {"numClasses", &param.numClasses, PluginFieldType::kINT32, 1},
                                            {"topK", &param.topK, PluginFieldType::kINT32, 1},
                                            {"keepTopK", &param.keepTopK, PluginFieldType::kINT32, 1},
                                            {"scoreThreshold", &param.scoreThreshold, PluginFieldType::kFLOAT32, 1},
                                            {"iouThreshold", &param.iouThreshold, PluginFieldType::kFLOAT32, 1},
                                            {"isNormalized", &flags[1], PluginFieldType::kINT32, 1}};
    return nvinfer1::plugin::pluginFromFields("BatchedNMS_TRT", fields, 8, "plugin BatchedNMS_TRT is not registered");
}

}  // namespace

#endif  // NV_INFER_PLUGIN_FACTORIES_H
