// SPDX-License-Identifier: Apache-2.0
//! \file NvInferNetwork.h
//! The network under construction.
#ifndef NV_INFER_NETWORK_H
#define NV_INFER_NETWORK_H

#include "NvInferLayersAttention.h"
#include "NvInferLayersControl.h"
#include "NvInferLayersConvolution.h"
#include "NvInferLayersData.h"
#include "NvInferLayersElementwise.h"
#include "NvInferLayersPlugin.h"
#include "NvInferLayersPooling.h"
#include "NvInferLayersQuantize.h"
#include "NvInferLayersRecurrent.h"
#include "NvInferLayersReduction.h"
#include "NvInferLayersVision.h"
#include "NvInferTensor.h"

namespace nvinfer1 {

//! Implemented by the user (5.x to 7.x): computes the spatial output size of convolutions or poolings of a network.
class IOutputDimensionsFormula {
public:
    //! \return the height and width of the output.
    //! \param inputDims height and width of the input; the other extents are those of the layer `layerName`.
    virtual DimsHW compute(DimsHW inputDims, DimsHW kernelSize, DimsHW stride, DimsHW padding, DimsHW dilation,
                           char const* layerName) const = 0;

    virtual ~IOutputDimensionsFormula() = default;
};

enum class NetworkDefinitionCreationFlag : int32_t {
    kEXPLICIT_BATCH TRT_DEPRECATED_ENUM = 0,
    kSTRONGLY_TYPED = 1,
    kPREFER_JIT_PYTHON_PLUGINS = 2,
    kPREFER_AOT_PYTHON_PLUGINS = 3,
};

class INetworkDefinition : public INoCopy {
public:
    virtual ~INetworkDefinition() noexcept = default;

    ITensor* addInput(char const* name, DataType type, impl::DimsArg dimensions) noexcept {
        return mImpl->addInput(name, type, impl::toDims64(dimensions));
    }

    void markOutput(ITensor& tensor) noexcept { mImpl->markOutput(tensor); }

    bool markDebug(ITensor& tensor) noexcept { return mImpl->markDebug(tensor); }

    bool unmarkDebug(ITensor& tensor) noexcept { return mImpl->unmarkDebug(tensor); }

    bool isDebugTensor(ITensor const& tensor) const noexcept { return mImpl->isDebugTensor(tensor); }

    bool markUnfusedTensorsAsDebugTensors() noexcept { return mImpl->markUnfusedTensorsAsDebugTensors(); }

    bool unmarkUnfusedTensorsAsDebugTensors() noexcept { return mImpl->unmarkUnfusedTensorsAsDebugTensors(); }

    IActivationLayer* addActivation(ITensor& input, ActivationType type) noexcept {
        return mImpl->addActivation(input, type);
    }

    ILRNLayer* addLRN(ITensor& input, int64_t window, float alpha, float beta, float k) noexcept {
        return mImpl->addLRN(input, window, alpha, beta, k);
    }

    IScaleLayer* addScale(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power) noexcept {
        return mImpl->addScale(input, mode, shift, scale, power);
    }

    ISoftMaxLayer* addSoftMax(ITensor& input) noexcept { return mImpl->addSoftMax(input); }

    IConcatenationLayer* addConcatenation(ITensor* const* inputs, int32_t nbInputs) noexcept {
        return mImpl->addConcatenation(inputs, nbInputs);
    }

    IElementWiseLayer* addElementWise(ITensor& input1, ITensor& input2, ElementWiseOperation op) noexcept {
        return mImpl->addElementWise(input1, input2, op);
    }

    IUnaryLayer* addUnary(ITensor& input, UnaryOperation operation) noexcept {
        return mImpl->addUnary(input, operation);
    }

    IShuffleLayer* addShuffle(ITensor& input) noexcept { return mImpl->addShuffle(input); }

    IOneHotLayer* addOneHot(ITensor& indices, ITensor& values, ITensor& depth, int32_t axis) noexcept {
        return mImpl->addOneHot(indices, values, depth, axis);
    }

    int32_t getNbLayers() const noexcept { return mImpl->getNbLayers(); }

    ILayer* getLayer(int32_t index) const noexcept { return mImpl->getLayer(index); }

    int32_t getNbInputs() const noexcept { return mImpl->getNbInputs(); }

    ITensor* getInput(int32_t index) const noexcept { return mImpl->getInput(index); }

    int32_t getNbOutputs() const noexcept { return mImpl->getNbOutputs(); }

    ITensor* getOutput(int32_t index) const noexcept { return mImpl->getOutput(index); }

    IReduceLayer* addReduce(ITensor& input, ReduceOperation operation, uint32_t reduceAxes,
                            bool keepDimensions) noexcept {
        return mImpl->addReduce(input, operation, reduceAxes, keepDimensions);
    }

    TRT_DEPRECATED ITopKLayer* addTopK(ITensor& input, TopKOperation op, int32_t k, uint32_t reduceAxes) noexcept {
        return mImpl->addTopK(input, op, k, reduceAxes);
    }

    ITopKLayer* addTopK(ITensor& input, TopKOperation op, int32_t k, uint32_t reduceAxes,
                        DataType indicesType) noexcept {
        return mImpl->addTopKV2(input, op, k, reduceAxes, indicesType);
    }

    IGatherLayer* addGather(ITensor& data, ITensor& indices, int32_t axis) noexcept {
        return mImpl->addGather(data, indices, axis);
    }

    IGatherLayer* addGatherV2(ITensor& data, ITensor& indices, GatherMode mode) noexcept {
        return mImpl->addGatherV2(data, indices, mode);
    }

    IRaggedSoftMaxLayer* addRaggedSoftMax(ITensor& input, ITensor& bounds) noexcept {
        return mImpl->addRaggedSoftMax(input, bounds);
    }

    IMatrixMultiplyLayer* addMatrixMultiply(ITensor& input0, MatrixOperation op0, ITensor& input1,
                                            MatrixOperation op1) noexcept {
        return mImpl->addMatrixMultiply(input0, op0, input1, op1);
    }

    TRT_DEPRECATED INonZeroLayer* addNonZero(ITensor& input) noexcept { return mImpl->addNonZero(input); }

    INonZeroLayer* addNonZero(ITensor& input, DataType indicesType) noexcept {
        return mImpl->addNonZeroV2(input, indicesType);
    }

    IConstantLayer* addConstant(impl::DimsArg dimensions, Weights weights) noexcept {
        return mImpl->addConstant(impl::toDims64(dimensions), weights);
    }

    IIdentityLayer* addIdentity(ITensor& input) noexcept { return mImpl->addIdentity(input); }

    ICastLayer* addCast(ITensor& input, DataType toType) noexcept { return mImpl->addCast(input, toType); }

    void removeTensor(ITensor& tensor) noexcept { mImpl->removeTensor(tensor); }

    void unmarkOutput(ITensor& tensor) noexcept { mImpl->unmarkOutput(tensor); }

    TRT_DEPRECATED IPluginV2Layer* addPluginV2(ITensor* const* inputs, int32_t nbInputs, IPluginV2& plugin) noexcept {
        return mImpl->addPluginV2(inputs, nbInputs, plugin);
    }

    IPluginV3Layer* addPluginV3(ITensor* const* inputs, int32_t nbInputs, ITensor* const* shapeInputs,
                                int32_t nbShapeInputs, IPluginV3& plugin) noexcept {
        return mImpl->addPluginV3(inputs, nbInputs, shapeInputs, nbShapeInputs, plugin);
    }

    ISliceLayer* addSlice(ITensor& input, impl::DimsArg start, impl::DimsArg size, impl::DimsArg stride) noexcept {
        return mImpl->addSlice(input, impl::toDims64(start), impl::toDims64(size), impl::toDims64(stride));
    }

    void setName(char const* name) noexcept { mImpl->setName(name); }
    char const* getName() const noexcept { return mImpl->getName(); }

    IShapeLayer* addShape(ITensor& input) noexcept { return mImpl->addShape(input); }

    TRT_DEPRECATED bool hasImplicitBatchDimension() const noexcept { return mImpl->hasImplicitBatchDimension(); }

    NetworkDefinitionCreationFlags getFlags() const noexcept { return mImpl->getFlags(); }

    bool getFlag(NetworkDefinitionCreationFlag networkDefinitionCreationFlag) const noexcept {
        return mImpl->getFlag(networkDefinitionCreationFlag);
    }

    bool markOutputForShapes(ITensor& tensor) noexcept { return mImpl->markOutputForShapes(tensor); }

    bool unmarkOutputForShapes(ITensor& tensor) noexcept { return mImpl->unmarkOutputForShapes(tensor); }

    IParametricReLULayer* addParametricReLU(ITensor& input, ITensor& slope) noexcept {
        return mImpl->addParametricReLU(input, slope);
    }

    IConvolutionLayer* addConvolutionNd(ITensor& input, int64_t nbOutputMaps, impl::DimsArg kernelSize,
                                        Weights kernelWeights, Weights biasWeights) noexcept {
        return mImpl->addConvolutionNd(input, nbOutputMaps, impl::toDims64(kernelSize), kernelWeights, biasWeights);
    }

    IPoolingLayer* addPoolingNd(ITensor& input, PoolingType type, impl::DimsArg windowSize) noexcept {
        return mImpl->addPoolingNd(input, type, impl::toDims64(windowSize));
    }

    IDeconvolutionLayer* addDeconvolutionNd(ITensor& input, int64_t nbOutputMaps, impl::DimsArg kernelSize,
                                            Weights kernelWeights, Weights biasWeights) noexcept {
        return mImpl->addDeconvolutionNd(input, nbOutputMaps, impl::toDims64(kernelSize), kernelWeights, biasWeights);
    }

    IScaleLayer* addScaleNd(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power,
                            int32_t channelAxis) noexcept {
        return mImpl->addScaleNd(input, mode, shift, scale, power, channelAxis);
    }

    IResizeLayer* addResize(ITensor& input) noexcept { return mImpl->addResize(input); }

    ILoop* addLoop() noexcept { return mImpl->addLoop(); }

    IIfConditional* addIfConditional() noexcept { return mImpl->addIfConditional(); }

    ISelectLayer* addSelect(ITensor& condition, ITensor& thenInput, ITensor& elseInput) noexcept {
        return mImpl->addSelect(condition, thenInput, elseInput);
    }

    IAssertionLayer* addAssertion(ITensor& condition, char const* message) noexcept {
        return mImpl->addAssertion(condition, message);
    }

    TRT_DEPRECATED IFillLayer* addFill(impl::DimsArg dimensions, FillOperation op) noexcept {
        return mImpl->addFill(impl::toDims64(dimensions), op);
    }

    IFillLayer* addFill(impl::DimsArg dimensions, FillOperation op, DataType outputType) noexcept {
        return mImpl->addFillV2(impl::toDims64(dimensions), op, outputType);
    }

    IPaddingLayer* addPaddingNd(ITensor& input, impl::DimsArg prePadding, impl::DimsArg postPadding) noexcept {
        return mImpl->addPaddingNd(input, impl::toDims64(prePadding), impl::toDims64(postPadding));
    }

    bool setWeightsName(Weights weights, char const* name) noexcept { return mImpl->setWeightsName(weights, name); }

    void setErrorRecorder(IErrorRecorder* recorder) noexcept { mImpl->setErrorRecorder(recorder); }
    IErrorRecorder* getErrorRecorder() const noexcept { return mImpl->getErrorRecorder(); }

    TRT_DEPRECATED IDequantizeLayer* addDequantize(ITensor& input, ITensor& scale) noexcept {
        return mImpl->addDequantize(input, scale);
    }

    IDequantizeLayer* addDequantize(ITensor& input, ITensor& scale, DataType outputType) noexcept {
        return mImpl->addDequantizeV2(input, scale, outputType);
    }

    IScatterLayer* addScatter(ITensor& data, ITensor& indices, ITensor& updates, ScatterMode mode) noexcept {
        return mImpl->addScatter(data, indices, updates, mode);
    }

    TRT_DEPRECATED IQuantizeLayer* addQuantize(ITensor& input, ITensor& scale) noexcept {
        return mImpl->addQuantize(input, scale);
    }

    IQuantizeLayer* addQuantize(ITensor& input, ITensor& scale, DataType outputType) noexcept {
        return mImpl->addQuantizeV2(input, scale, outputType);
    }

    TRT_DEPRECATED IDynamicQuantizeLayer* addDynamicQuantize(ITensor& input, int32_t axis, int32_t blockSize,
                                                             DataType outputType, DataType scaleType) noexcept {
        return mImpl->addDynamicQuantize(input, axis, blockSize, outputType, scaleType);
    }

    IDynamicQuantizeLayer* addDynamicQuantizeV2(ITensor& input, impl::DimsArg blockShape, DataType outputType,
                                                DataType scaleType) noexcept {
        return mImpl->addDynamicQuantizeV2(input, impl::toDims64(blockShape), outputType, scaleType);
    }

    IEinsumLayer* addEinsum(ITensor* const* inputs, int32_t nbInputs, char const* equation) noexcept {
        return mImpl->addEinsum(inputs, nbInputs, equation);
    }

    IGridSampleLayer* addGridSample(ITensor& input, ITensor& grid) noexcept {
        return mImpl->addGridSample(input, grid);
    }

    TRT_DEPRECATED INMSLayer* addNMS(ITensor& boxes, ITensor& scores, ITensor& maxOutputBoxesPerClass) noexcept {
        return mImpl->addNMS(boxes, scores, maxOutputBoxesPerClass);
    }

    INMSLayer* addNMS(ITensor& boxes, ITensor& scores, ITensor& maxOutputBoxesPerClass, DataType indicesType) noexcept {
        return mImpl->addNMSV2(boxes, scores, maxOutputBoxesPerClass, indicesType);
    }

    IReverseSequenceLayer* addReverseSequence(ITensor& input, ITensor& sequenceLens) noexcept {
        return mImpl->addReverseSequence(input, sequenceLens);
    }

    TRT_DEPRECATED INormalizationLayer* addNormalization(ITensor& input, ITensor& scale, ITensor& bias,
                                                         uint32_t axesMask) noexcept {
        return mImpl->addNormalization(input, scale, bias, axesMask);
    }

    ICumulativeLayer* addCumulative(ITensor& input, ITensor& axis, CumulativeOperation operation, bool exclusive,
                                    bool reverse) noexcept {
        return mImpl->addCumulative(input, axis, operation, exclusive, reverse);
    }

    IAttention* addAttention(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp normOp,
                             bool causal) noexcept {
        return mImpl->addAttention(query, key, value, normOp, causal);
    }

    IRotaryEmbeddingLayer* addRotaryEmbedding(ITensor& input, ITensor& cosCache, ITensor& sinCache, bool interleaved,
                                              int32_t rotaryEmbeddingDim) noexcept {
        return mImpl->addRotaryEmbedding(input, cosCache, sinCache, interleaved, rotaryEmbeddingDim);
    }

    IKVCacheUpdateLayer* addKVCacheUpdate(ITensor& cache, ITensor& update, ITensor& writeIndices,
                                          KVCacheMode cacheMode) noexcept {
        return mImpl->addKVCacheUpdate(cache, update, writeIndices, cacheMode);
    }

    IMoELayer* addMoE(ITensor& hiddenStates, ITensor& selectedExpertsForTokens,
                      ITensor& scoresForSelectedExperts) noexcept {
        return mImpl->addMoE(hiddenStates, selectedExpertsForTokens, scoresForSelectedExperts);
    }

    TRT_NODISCARD IDistCollectiveLayer* addDistCollective(ITensor& input, CollectiveOperation distCollectiveOp,
                                                          ReduceOperation reduceOp, int64_t root, int64_t* groups,
                                                          int64_t groupSize) noexcept {
        return mImpl->addDistCollective(input, distCollectiveOp, reduceOp, root, groups, groupSize);
    }

    virtual IBuilder& getBuilder() const noexcept { return mImpl->getBuilder(); }

    bool markWeightsRefittable(char const* name) noexcept { return mImpl->markWeightsRefittable(name); }

    bool unmarkWeightsRefittable(char const* name) noexcept { return mImpl->unmarkWeightsRefittable(name); }

    bool areWeightsMarkedRefittable(char const* name) const noexcept { return mImpl->areWeightsMarkedRefittable(name); }

    ISqueezeLayer* addSqueeze(ITensor& input, ITensor& axes) noexcept { return mImpl->addSqueeze(input, axes); }

    IUnsqueezeLayer* addUnsqueeze(ITensor& input, ITensor& axes) noexcept { return mImpl->addUnsqueeze(input, axes); }

    TRT_NODISCARD INormalizationLayer* addNormalizationV2(ITensor& input, ITensor& scale, ITensor& bias,
                                                          uint32_t axesMask) noexcept {
        return mImpl->addNormalizationV2(input, scale, bias, axesMask);
    }

protected:
    //! The part of the implementation that serves other eras.
    apiv::VNetworkDefinitionExt* ext() const noexcept { return static_cast<apiv::VNetworkDefinitionExt*>(mImpl); }

    apiv::VNetworkDefinition* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<NetworkDefinitionCreationFlag> : EnumCount<4> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_NETWORK_H
