// SPDX-License-Identifier: Apache-2.0
//! \file NvInferPluginUtils.h
//! Parameters of the plugins that come with the library.
#ifndef NV_INFER_PLUGIN_UTILS_H
#define NV_INFER_PLUGIN_UTILS_H

#include "NvInferRuntimeCommon.h"

namespace nvinfer1 {

//! Kinds of the plugins of 5.1, see plugin::INvPlugin. Until 7.2.
enum class PluginType : int32_t {
    kFASTERRCNN = 0,          //!< Proposals and ROI pooling of Faster R-CNN.
    kNORMALIZE = 1,           //!< L2 normalization.
    kPERMUTE = 2,             //!< Transposition.
    kPRIORBOX = 3,            //!< Prior boxes of SSD.
    kSSDDETECTIONOUTPUT = 4,  //!< Detections of SSD.
    kCONCAT = 5,              //!< Concatenation.
    kPRELU = 6,               //!< Leaky ReLU.
    kYOLOREORG = 7,           //!< Space to depth.
    kYOLOREGION = 8,          //!< Region layer of YOLO v2.
    kANCHORGENERATOR = 9,     //!< Anchors of SSD.
};

namespace impl {
template <>
struct EnumMaxImpl<PluginType> : EnumCount<10> {};
}  // namespace impl

//! The plugins that come with the library.
namespace plugin {

//! Four integers. Until 9.x.
struct Quadruple {
    int32_t data[4];  //!< The integers.
};

//! Parameters of PriorBox_TRT. Sizes are in pixels of the network's input image.
struct PriorBoxParameters {
    float* minSize;           //!< Edges of the smaller square boxes.
    float* maxSize;           //!< Upper sizes: box k gets an extra square of edge sqrt(minSize[k] * maxSize[k]).
    float* aspectRatios;      //!< Width to height of further boxes.
    int32_t numMinSize;       //!< Length of minSize.
    int32_t numMaxSize;       //!< Length of maxSize: 0 or that of minSize.
    int32_t numAspectRatios;  //!< Length of aspectRatios.
    bool flip;                //!< Also use the inverse of each ratio.
    bool clip;                //!< Clip boxes to the image.
    float variance[4];        //!< Scales of the encoded box offsets.
    int32_t imgH;             //!< Height of the image; 0 takes it from the input.
    int32_t imgW;             //!< Width of the image; 0 takes it from the input.
    float stepH;              //!< Distance of box centres vertically; 0 takes it from the shapes.
    float stepW;              //!< Distance of box centres horizontally; 0 takes it from the shapes.
    float offset;             //!< Place of the first centre, in steps.
};

//! Parameters of RPROI_TRT: region proposals and ROI pooling of Faster R-CNN.
struct RPROIParams {
    int32_t poolingH;           //!< Height of a pooled region.
    int32_t poolingW;           //!< Width of a pooled region.
    int32_t featureStride;      //!< Image pixels per cell of the feature map.
    int32_t preNmsTop;          //!< Boxes kept before suppression.
    int32_t nmsMaxOut;          //!< Boxes kept after suppression.
    int32_t anchorsRatioCount;  //!< Number of anchor ratios.
    int32_t anchorsScaleCount;  //!< Number of anchor scales.
    float iouThreshold;         //!< Overlap above which a box is suppressed.
    float minBoxSize;           //!< Smallest box edge, before scaling.
    float spatialScale;         //!< Cells of the feature map per image pixel.
};

//! Parameters of GridAnchor_TRT for one feature map.
struct GridAnchorParameters {
    float minSize;            //!< Scale of the smallest anchors, relative to the image.
    float maxSize;            //!< Scale of the largest anchors, relative to the image.
    float* aspectRatios;      //!< Width to height of the anchors.
    int32_t numAspectRatios;  //!< Length of aspectRatios.
    int32_t H;                //!< Height of the feature map.
    int32_t W;                //!< Width of the feature map.
    float variance[4];        //!< Scales of the encoded box offsets.
};

//! How a detection layer decodes boxes.
enum class CodeTypeSSD : int32_t {
    CORNER = 0,       //!< Offsets of the corners.
    CENTER_SIZE = 1,  //!< Offset of the centre and logarithm of the size.
    CORNER_SIZE = 2,  //!< Offsets of the corners in units of the size.
    TF_CENTER = 3,    //!< CENTER_SIZE in TensorFlow's order of coordinates.
};

//! Parameters of NMS_TRT: detections of SSD. Until 10.x.
struct DetectionOutputParameters {
    bool shareLocation;            //!< One box for all classes.
    bool varianceEncodedInTarget;  //!< Offsets are scaled already.
    int32_t backgroundLabelId;     //!< Class to leave out; -1 for none.
    int32_t numClasses;            //!< Number of classes, background included.
    int32_t topK;                  //!< Boxes per class kept before suppression.
    int32_t keepTopK;              //!< Detections kept per image.
    float confidenceThreshold;     //!< Smallest score.
    float nmsThreshold;            //!< Overlap above which a box is suppressed.
    CodeTypeSSD codeType;          //!< Encoding of the boxes.
    int32_t inputOrder[3];         //!< Indices of the location, confidence and prior box inputs.
    bool confSigmoid;              //!< Apply a sigmoid to the scores.
    bool isNormalized;             //!< Boxes are relative to the image.
#if NV_TENSORRT_COMPAT_MAJOR >= 8
    bool isBatchAgnostic{true};  //!< Prior boxes are the same for all items. Since 8.0.
#endif
};

//! Tree of classes for a hierarchical softmax, arrays of length n. Class i's parent is parent[i], -1 at the root.
struct softmaxTree {
    int32_t* leaf;         //!< Whether a class is a leaf.
    int32_t n;             //!< Number of classes.
    int32_t* parent;       //!< Parent of a class.
    int32_t* child;        //!< Group of a class's children, -1 for none.
    int32_t* group;        //!< Group of a class.
    char** name;           //!< Name of a class.
    int32_t groups;        //!< Number of groups.
    int32_t* groupSize;    //!< Classes in a group.
    int32_t* groupOffset;  //!< First class of a group.
};

//! Parameters of Region_TRT: the last layer of YOLO v2.
struct RegionParameters {
    int32_t num;          //!< Boxes per cell.
    int32_t coords;       //!< Coordinates per box.
    int32_t classes;      //!< Number of classes.
    softmaxTree* smTree;  //!< Tree of classes; null for a plain softmax.
};

//! Parameters of BatchedNMS_TRT. Until 10.x.
struct NMSParameters {
    bool shareLocation;         //!< One box for all classes.
    int32_t backgroundLabelId;  //!< Class to leave out; -1 for none.
    int32_t numClasses;         //!< Number of classes.
    int32_t topK;               //!< Boxes per class kept before suppression.
    int32_t keepTopK;           //!< Detections kept per image.
    float scoreThreshold;       //!< Smallest score.
    float iouThreshold;         //!< Overlap above which a box is suppressed.
    bool isNormalized;          //!< Boxes are relative to the image.
};

}  // namespace plugin

namespace impl {
template <>
struct EnumMaxImpl<plugin::CodeTypeSSD> : EnumCount<4> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_PLUGIN_UTILS_H
