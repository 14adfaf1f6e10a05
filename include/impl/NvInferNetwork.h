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

//! How a network is made. Older and newer releases numbered them otherwise, but for kEXPLICIT_BATCH.
enum class NetworkDefinitionCreationFlag : int32_t {
    //! The batch is a dimension like any other. Always so for programs of 10.x and later. Deprecated since 10.0.
    kEXPLICIT_BATCH TRT_DEPRECATED_ENUM = 0,
    //! Tensor types follow from the inputs and the layers alone; precision flags have no effect. Since 9.1.
    kSTRONGLY_TYPED = 1,
    //! Python plugins with two implementations use the one compiled at run time. Since 10.14.
    kPREFER_JIT_PYTHON_PLUGINS = 2,
    //! Python plugins with two implementations use the one compiled at build time. Since 10.14.
    kPREFER_AOT_PYTHON_PLUGINS = 3,
    //! Types are set by quantize layers only; accepted without effect. 6.0 to 9.x.
    kEXPLICIT_PRECISION TRT_DEPRECATED_ENUM = 4,
};

//! The graph to be built. Made by IBuilder::createNetworkV2(); the caller deletes it, after the build. It owns its
//! tensors and layers; weights stay the caller's and must live until the build is done. Not thread safe.
//! The add functions append a layer and return it, null after an error that goes to the error recorder or logger. What
//! a layer computes, and what its further inputs are, is told at its class.
class INetworkDefinition : public INoCopy {
public:
    virtual ~INetworkDefinition() noexcept = default;

    //! Adds an input. `name` must be unique and not empty, it is copied; -1 in `dimensions` marks an extent that
    //! profiles give.
    //! \return null after an error.
    ITensor* addInput(char const* name, DataType type, impl::DimsArg dimensions) noexcept {
        return mImpl->addInput(name, type, impl::toDims64(dimensions));
    }
    //! Makes a tensor an output of the engine.
    void markOutput(ITensor& tensor) noexcept { mImpl->markOutput(tensor); }

    //! Lets an IDebugListener see the tensor, which keeps it from being fused away.
    //! \return false if the tensor is not of this network. Since 10.0.
    bool markDebug(ITensor& tensor) noexcept { return mImpl->markDebug(tensor); }

    //! Undoes markDebug().
    //! \return false if the tensor is not of this network. Since 10.0.
    bool unmarkDebug(ITensor& tensor) noexcept { return mImpl->unmarkDebug(tensor); }
    //! \return true if markDebug() was called for the tensor. Since 10.0.
    bool isDebugTensor(ITensor const& tensor) const noexcept { return mImpl->isDebugTensor(tensor); }

    //! Lets an IDebugListener see all tensors that fusion leaves in place, without changing what is fused. Since
    //! 10.12.
    bool markUnfusedTensorsAsDebugTensors() noexcept { return mImpl->markUnfusedTensorsAsDebugTensors(); }
    //! Undoes markUnfusedTensorsAsDebugTensors(). Since 10.12.
    bool unmarkUnfusedTensorsAsDebugTensors() noexcept { return mImpl->unmarkUnfusedTensorsAsDebugTensors(); }
    //! Adds an activation.
    IActivationLayer* addActivation(ITensor& input, ActivationType type) noexcept {
        return mImpl->addActivation(input, type);
    }
    //! Adds a local response normalization.
    ILRNLayer* addLRN(ITensor& input, int64_t window, float alpha, float beta, float k) noexcept {
        return mImpl->addLRN(input, window, alpha, beta, k);
    }
    //! Adds a scale whose channel axis is 1.
    IScaleLayer* addScale(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power) noexcept {
        return mImpl->addScale(input, mode, shift, scale, power);
    }
    //! Adds a softmax; set its axis.
    ISoftMaxLayer* addSoftMax(ITensor& input) noexcept { return mImpl->addSoftMax(input); }
    //! Adds a concatenation of `nbInputs` tensors; set its axis.
    IConcatenationLayer* addConcatenation(ITensor* const* inputs, int32_t nbInputs) noexcept {
        return mImpl->addConcatenation(inputs, nbInputs);
    }
    //! Adds a binary operation.
    IElementWiseLayer* addElementWise(ITensor& input1, ITensor& input2, ElementWiseOperation op) noexcept {
        return mImpl->addElementWise(input1, input2, op);
    }
    //! Adds a unary operation.
    IUnaryLayer* addUnary(ITensor& input, UnaryOperation operation) noexcept {
        return mImpl->addUnary(input, operation);
    }
    //! Adds a transpose-reshape-transpose.
    IShuffleLayer* addShuffle(ITensor& input) noexcept { return mImpl->addShuffle(input); }
    //! Adds a one-hot encoding. Since 8.5.
    IOneHotLayer* addOneHot(ITensor& indices, ITensor& values, ITensor& depth, int32_t axis) noexcept {
        return mImpl->addOneHot(indices, values, depth, axis);
    }
    //! \return the number of layers.
    int32_t getNbLayers() const noexcept { return mImpl->getNbLayers(); }
    //! \return layer `index`, in the order of adding; null beyond.
    ILayer* getLayer(int32_t index) const noexcept { return mImpl->getLayer(index); }
    //! \return the number of inputs.
    int32_t getNbInputs() const noexcept { return mImpl->getNbInputs(); }
    //! \return input `index`; null beyond.
    ITensor* getInput(int32_t index) const noexcept { return mImpl->getInput(index); }
    //! \return the number of outputs.
    int32_t getNbOutputs() const noexcept { return mImpl->getNbOutputs(); }
    //! \return output `index`, in the order of marking; null beyond.
    ITensor* getOutput(int32_t index) const noexcept { return mImpl->getOutput(index); }
    //! Adds a reduction over the axes in `reduceAxes`, bit `1 << axis` each.
    IReduceLayer* addReduce(ITensor& input, ReduceOperation operation, uint32_t reduceAxes,
                            bool keepDimensions) noexcept {
        return mImpl->addReduce(input, operation, reduceAxes, keepDimensions);
    }
    //! Adds a top-k with kINT32 indices. Deprecated since 10.14.
    TRT_DEPRECATED ITopKLayer* addTopK(ITensor& input, TopKOperation op, int32_t k, uint32_t reduceAxes) noexcept {
        return mImpl->addTopK(input, op, k, reduceAxes);
    }
#if NV_TENSORRT_COMPAT_MAJOR >= 10
    //! Adds a top-k with indices of a type, kINT32 or kINT64. Since 10.14.
    ITopKLayer* addTopK(ITensor& input, TopKOperation op, int32_t k, uint32_t reduceAxes,
                        DataType indicesType) noexcept {
        return mImpl->addTopKV2(input, op, k, reduceAxes, indicesType);
    }
#endif
    //! Adds a gather along an axis, mode kDEFAULT.
    IGatherLayer* addGather(ITensor& data, ITensor& indices, int32_t axis) noexcept {
        return mImpl->addGather(data, indices, axis);
    }
    //! Adds a gather of a mode. Since 8.2.
    IGatherLayer* addGatherV2(ITensor& data, ITensor& indices, GatherMode mode) noexcept {
        return mImpl->addGatherV2(data, indices, mode);
    }
    //! Adds a softmax over the first entries of rows.
    IRaggedSoftMaxLayer* addRaggedSoftMax(ITensor& input, ITensor& bounds) noexcept {
        return mImpl->addRaggedSoftMax(input, bounds);
    }
    //! Adds a matrix product.
    IMatrixMultiplyLayer* addMatrixMultiply(ITensor& input0, MatrixOperation op0, ITensor& input1,
                                            MatrixOperation op1) noexcept {
        return mImpl->addMatrixMultiply(input0, op0, input1, op1);
    }
    //! Adds a search for non-zeros with kINT32 indices. Since 8.5. Deprecated since 10.14.
    TRT_DEPRECATED INonZeroLayer* addNonZero(ITensor& input) noexcept {
        return mImpl->addNonZero(input);
    }
#if NV_TENSORRT_COMPAT_MAJOR >= 10
    //! Adds a search for non-zeros with indices of a type, kINT32 or kINT64. Since 10.14.
    INonZeroLayer* addNonZero(ITensor& input, DataType indicesType) noexcept {
        return mImpl->addNonZeroV2(input, indicesType);
    }
#endif
    //! Adds a constant; the values are not copied.
    IConstantLayer* addConstant(impl::DimsArg dimensions, Weights weights) noexcept {
        return mImpl->addConstant(impl::toDims64(dimensions), weights);
    }
    //! Adds a copy.
    IIdentityLayer* addIdentity(ITensor& input) noexcept {
        return mImpl->addIdentity(input);
    }
    //! Adds a type conversion. Since 8.6.
    ICastLayer* addCast(ITensor& input, DataType toType) noexcept {
        return mImpl->addCast(input, toType);
    }
    //! Removes a network input, or a tensor that no layer makes; it must not be used any more.
    void removeTensor(ITensor& tensor) noexcept {
        mImpl->removeTensor(tensor);
    }
    //! Undoes markOutput().
    void unmarkOutput(ITensor& tensor) noexcept {
        mImpl->unmarkOutput(tensor);
    }
    //! Adds a plugin, which is cloned. Deprecated since 10.8.
    TRT_DEPRECATED IPluginV2Layer* addPluginV2(ITensor* const* inputs, int32_t nbInputs, IPluginV2& plugin) noexcept {
        return mImpl->addPluginV2(inputs, nbInputs, plugin);
    }
    //! Adds a plugin, which is cloned, with `nbShapeInputs` shape tensors behind its inputs. Since 10.0.
    IPluginV3Layer* addPluginV3(ITensor* const* inputs, int32_t nbInputs, ITensor* const* shapeInputs,
                                int32_t nbShapeInputs, IPluginV3& plugin) noexcept {
        return mImpl->addPluginV3(inputs, nbInputs, shapeInputs, nbShapeInputs, plugin);
    }
    //! Adds a slice; start, size and stride have one entry per dimension.
    ISliceLayer* addSlice(ITensor& input, impl::DimsArg start, impl::DimsArg size, impl::DimsArg stride) noexcept {
        return mImpl->addSlice(input, impl::toDims64(start), impl::toDims64(size), impl::toDims64(stride));
    }
    //! Sets the name of the network, which the engine inherits. The string is copied. Since 6.0.
    void setName(char const* name) noexcept {
        mImpl->setName(name);
    }
    //! \return the name of the network, which the engine inherits. Since 6.0.
    char const* getName() const noexcept {
        return mImpl->getName();
    }
    //! Adds the shape of a tensor. Since 6.0.
    IShapeLayer* addShape(ITensor& input) noexcept {
        return mImpl->addShape(input);
    }

    //! \return true if the batch is not among the dimensions of tensors. Only networks of programs of 9.x and before.
    //! Since 6.0. Deprecated since 10.0.
    TRT_DEPRECATED bool hasImplicitBatchDimension() const noexcept {
        return mImpl->hasImplicitBatchDimension();
    }
    //! \return the flags the network was made with, bit `1 << flag` each. Since 9.1.
    NetworkDefinitionCreationFlags getFlags() const noexcept {
        return mImpl->getFlags();
    }
    //! \return true if the network was made with the flag. Since 9.1.
    bool getFlag(NetworkDefinitionCreationFlag networkDefinitionCreationFlag) const noexcept {
        return mImpl->getFlag(networkDefinitionCreationFlag);
    }

    //! Makes the values of a shape tensor an output, readable on the host before execution.
    //! \return false if it is none. Since 6.0.
    bool markOutputForShapes(ITensor& tensor) noexcept {
        return mImpl->markOutputForShapes(tensor);
    }

    //! Undoes markOutputForShapes().
    //! \return false if the tensor was not marked. Since 6.0.
    bool unmarkOutputForShapes(ITensor& tensor) noexcept {
        return mImpl->unmarkOutputForShapes(tensor);
    }
    //! Adds a PReLU. Since 6.0.
    IParametricReLULayer* addParametricReLU(ITensor& input, ITensor& slope) noexcept {
        return mImpl->addParametricReLU(input, slope);
    }

    //! Adds a convolution over as many dimensions as `kernelSize` has, 2 or 3. Empty kernel weights mean that input 1
    //! will be connected. Since 6.0.
    IConvolutionLayer* addConvolutionNd(ITensor& input, int64_t nbOutputMaps, impl::DimsArg kernelSize,
                                        Weights kernelWeights, Weights biasWeights) noexcept {
        return mImpl->addConvolutionNd(input, nbOutputMaps, impl::toDims64(kernelSize), kernelWeights, biasWeights);
    }
    //! Adds a pooling over as many dimensions as `windowSize` has, 2 or 3. Since 6.0.
    IPoolingLayer* addPoolingNd(ITensor& input, PoolingType type, impl::DimsArg windowSize) noexcept {
        return mImpl->addPoolingNd(input, type, impl::toDims64(windowSize));
    }
    //! Adds a transposed convolution over as many dimensions as `kernelSize` has, 2 or 3. Since 6.0.
    IDeconvolutionLayer* addDeconvolutionNd(ITensor& input, int64_t nbOutputMaps, impl::DimsArg kernelSize,
                                            Weights kernelWeights, Weights biasWeights) noexcept {
        return mImpl->addDeconvolutionNd(input, nbOutputMaps, impl::toDims64(kernelSize), kernelWeights, biasWeights);
    }
    //! Adds a scale with a channel axis. Since 6.0.
    IScaleLayer* addScaleNd(ITensor& input, ScaleMode mode, Weights shift, Weights scale, Weights power,
                            int32_t channelAxis) noexcept {
        return mImpl->addScaleNd(input, mode, shift, scale, power, channelAxis);
    }
    //! Adds a resize; set its shape or scales. Since 6.0.
    IResizeLayer* addResize(ITensor& input) noexcept {
        return mImpl->addResize(input);
    }
    //! Adds a loop. Since 7.0.
    ILoop* addLoop() noexcept {
        return mImpl->addLoop();
    }
    //! Adds an if-then-else. Since 8.2.
    IIfConditional* addIfConditional() noexcept {
        return mImpl->addIfConditional();
    }
    //! Adds a choice between two tensors, element by element. Since 7.0.
    ISelectLayer* addSelect(ITensor& condition, ITensor& thenInput, ITensor& elseInput) noexcept {
        return mImpl->addSelect(condition, thenInput, elseInput);
    }
    //! Adds a check; `message` is copied. Since 8.2.
    IAssertionLayer* addAssertion(ITensor& condition, char const* message) noexcept {
        return mImpl->addAssertion(condition, message);
    }
#if NV_TENSORRT_COMPAT_MAJOR <= 10
    //! Adds a generator of kFLOAT values. Since 7.0, gone in 11. Deprecated since 9.1.
    TRT_DEPRECATED IFillLayer* addFill(impl::DimsArg dimensions, FillOperation op) noexcept {
        return mImpl->addFill(impl::toDims64(dimensions), op);
    }
#endif
#if NV_TENSORRT_COMPAT_MAJOR >= 9
    //! Adds a generator of values of a type. Since 9.1.
    IFillLayer* addFill(impl::DimsArg dimensions, FillOperation op, DataType outputType) noexcept {
        return mImpl->addFillV2(impl::toDims64(dimensions), op, outputType);
    }
#endif
    //! Adds a padding of the last two dimensions. Since 7.0.
    IPaddingLayer* addPaddingNd(ITensor& input, impl::DimsArg prePadding, impl::DimsArg postPadding) noexcept {
        return mImpl->addPaddingNd(input, impl::toDims64(prePadding), impl::toDims64(postPadding));
    }

    //! Names weights that a layer of the network uses, so that they can be refitted by name. They are found by the
    //! address of their values.
    //! \return false if no layer uses them. Since 8.0.
    bool setWeightsName(Weights weights, char const* name) noexcept {
        return mImpl->setWeightsName(weights, name);
    }

    //! Sets the recorder of errors of this network. Not owned; null removes it, errors go to the builder's logger
    //! then. Since 8.0.
    void setErrorRecorder(IErrorRecorder* recorder) noexcept {
        mImpl->setErrorRecorder(recorder);
    }
    //! \return the recorder of errors of this network. Since 8.0.
    IErrorRecorder* getErrorRecorder() const noexcept {
        return mImpl->getErrorRecorder();
    }
#if NV_TENSORRT_COMPAT_MAJOR <= 10
    //! Adds a dequantization to kFLOAT. Since 8.0, gone in 11. Deprecated since 9.1.
    TRT_DEPRECATED IDequantizeLayer* addDequantize(ITensor& input, ITensor& scale) noexcept {
        return mImpl->addDequantize(input, scale);
    }
#endif
#if NV_TENSORRT_COMPAT_MAJOR >= 9
    //! Adds a dequantization to a type. Since 9.1.
    IDequantizeLayer* addDequantize(ITensor& input, ITensor& scale, DataType outputType) noexcept {
        return mImpl->addDequantizeV2(input, scale, outputType);
    }
#endif
    //! Adds a scatter. Since 8.2.
    IScatterLayer* addScatter(ITensor& data, ITensor& indices, ITensor& updates, ScatterMode mode) noexcept {
        return mImpl->addScatter(data, indices, updates, mode);
    }
#if NV_TENSORRT_COMPAT_MAJOR <= 10
    //! Adds a quantization to kINT8. Since 8.0, gone in 11. Deprecated since 9.1.
    TRT_DEPRECATED IQuantizeLayer* addQuantize(ITensor& input, ITensor& scale) noexcept {
        return mImpl->addQuantize(input, scale);
    }
#endif
#if NV_TENSORRT_COMPAT_MAJOR >= 9
    //! Adds a quantization to a type. Since 9.1.
    IQuantizeLayer* addQuantize(ITensor& input, ITensor& scale, DataType outputType) noexcept {
        return mImpl->addQuantizeV2(input, scale, outputType);
    }
#endif
    //! Adds a quantization with run-time scales for blocks along one axis. Since 10.8. Deprecated since 10.15.
    TRT_DEPRECATED IDynamicQuantizeLayer* addDynamicQuantize(ITensor& input, int32_t axis, int32_t blockSize,
                                                             DataType outputType, DataType scaleType) noexcept {
        return mImpl->addDynamicQuantize(input, axis, blockSize, outputType, scaleType);
    }
    //! Adds a quantization with run-time scales for blocks of any shape. Since 10.15.
    IDynamicQuantizeLayer* addDynamicQuantizeV2(ITensor& input, impl::DimsArg blockShape, DataType outputType,
                                                DataType scaleType) noexcept {
        return mImpl->addDynamicQuantizeV2(input, impl::toDims64(blockShape), outputType, scaleType);
    }
    //! Adds an Einstein summation of `nbInputs` tensors; `equation` is copied. Since 8.2.
    IEinsumLayer* addEinsum(ITensor* const* inputs, int32_t nbInputs, char const* equation) noexcept {
        return mImpl->addEinsum(inputs, nbInputs, equation);
    }
    //! Adds a sampling at grid positions. Since 8.5.
    IGridSampleLayer* addGridSample(ITensor& input, ITensor& grid) noexcept {
        return mImpl->addGridSample(input, grid);
    }
    //! Adds a non-maximum suppression with kINT32 indices. Since 8.5. Deprecated since 10.14.
    TRT_DEPRECATED INMSLayer* addNMS(ITensor& boxes, ITensor& scores, ITensor& maxOutputBoxesPerClass) noexcept {
        return mImpl->addNMS(boxes, scores, maxOutputBoxesPerClass);
    }
#if NV_TENSORRT_COMPAT_MAJOR >= 10
    //! Adds a non-maximum suppression with indices of a type, kINT32 or kINT64. Since 10.14.
    INMSLayer* addNMS(ITensor& boxes, ITensor& scores, ITensor& maxOutputBoxesPerClass, DataType indicesType) noexcept {
        return mImpl->addNMSV2(boxes, scores, maxOutputBoxesPerClass, indicesType);
    }
#endif
    //! Adds a reversal of the beginnings of sequences. Since 8.6.
    IReverseSequenceLayer* addReverseSequence(ITensor& input, ITensor& sequenceLens) noexcept {
        return mImpl->addReverseSequence(input, sequenceLens);
    }
    //! Adds a normalization whose scale and bias have the input's rank. Since 8.6. Deprecated since 10.15.
    TRT_DEPRECATED INormalizationLayer* addNormalization(ITensor& input, ITensor& scale, ITensor& bias,
                                                         uint32_t axesMask) noexcept {
        return mImpl->addNormalization(input, scale, bias, axesMask);
    }
    //! Adds a running sum. Since 10.8.
    ICumulativeLayer* addCumulative(ITensor& input, ITensor& axis, CumulativeOperation operation, bool exclusive,
                                    bool reverse) noexcept {
        return mImpl->addCumulative(input, axis, operation, exclusive, reverse);
    }
    //! Adds a fused attention. Since 10.14.
    IAttention* addAttention(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp normOp,
                             bool causal) noexcept {
        return mImpl->addAttention(query, key, value, normOp, causal);
    }
    //! Adds a rotary embedding of the first `rotaryEmbeddingDim` features, 0 for all. Since 10.15.
    IRotaryEmbeddingLayer* addRotaryEmbedding(ITensor& input, ITensor& cosCache, ITensor& sinCache, bool interleaved,
                                              int32_t rotaryEmbeddingDim) noexcept {
        return mImpl->addRotaryEmbedding(input, cosCache, sinCache, interleaved, rotaryEmbeddingDim);
    }
    //! Adds a write into a KV cache. Since 10.15.
    IKVCacheUpdateLayer* addKVCacheUpdate(ITensor& cache, ITensor& update, ITensor& writeIndices,
                                          KVCacheMode cacheMode) noexcept {
        return mImpl->addKVCacheUpdate(cache, update, writeIndices, cacheMode);
    }
    //! Adds a mixture of experts; set its weights. Since 10.16.
    IMoELayer* addMoE(ITensor& hiddenStates, ITensor& selectedExpertsForTokens,
                      ITensor& scoresForSelectedExperts) noexcept {
        return mImpl->addMoE(hiddenStates, selectedExpertsForTokens, scoresForSelectedExperts);
    }

    //! Adds an exchange with other processes. `root` is -1 where none is needed; `groups` lists the `groupSize` ranks
    //! that take part, null for all. Since 10.16.
    TRT_NODISCARD IDistCollectiveLayer* addDistCollective(ITensor& input, CollectiveOperation distCollectiveOp,
                                                          ReduceOperation reduceOp, int64_t root, int64_t* groups,
                                                          int64_t groupSize) noexcept {
        return mImpl->addDistCollective(input, distCollectiveOp, reduceOp, root, groups, groupSize);
    }
    //! \return the builder that made the network. Since 8.6.
    virtual IBuilder& getBuilder() const noexcept {
        return mImpl->getBuilder();
    }

    //! Lets the weights of this name be refitted in an engine built with kREFIT_INDIVIDUAL.
    //! \return false if no weights have the name. Since 10.2.
    bool markWeightsRefittable(char const* name) noexcept {
        return mImpl->markWeightsRefittable(name);
    }
    //! Undoes markWeightsRefittable(). Since 10.2.
    bool unmarkWeightsRefittable(char const* name) noexcept {
        return mImpl->unmarkWeightsRefittable(name);
    }
    //! \return true if the weights of this name are marked. Since 10.2.
    bool areWeightsMarkedRefittable(char const* name) const noexcept {
        return mImpl->areWeightsMarkedRefittable(name);
    }
    //! Adds a removal of axes. Since 10.7.
    ISqueezeLayer* addSqueeze(ITensor& input, ITensor& axes) noexcept {
        return mImpl->addSqueeze(input, axes);
    }
    //! Adds an insertion of axes. Since 10.7.
    IUnsqueezeLayer* addUnsqueeze(ITensor& input, ITensor& axes) noexcept {
        return mImpl->addUnsqueeze(input, axes);
    }
    //! Adds a normalization whose scale and bias have the shapes of ONNX. Since 10.15.
    TRT_NODISCARD INormalizationLayer* addNormalizationV2(ITensor& input, ITensor& scale, ITensor& bias,
                                                          uint32_t axesMask) noexcept {
        return mImpl->addNormalizationV2(input, scale, bias, axesMask);
    }

    //! Adds a fused attention with a choice of causal mask. Since 11.0.
    IAttention* addAttentionV2(ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp normOp,
                               CausalMaskKind causalKind) noexcept {
        return ext()->addAttentionV2(query, key, value, normOp, causalKind);
    }

    //! Adds a 2-D convolution. Until 9.x; use addConvolutionNd().
    TRT_DEPRECATED TRT_ERA IConvolutionLayer* addConvolution(ITensor& input, int32_t nbOutputMaps, DimsHW kernelSize,
                                                             Weights kernelWeights, Weights biasWeights) noexcept {
        return addConvolutionNd(input, nbOutputMaps, kernelSize, kernelWeights, biasWeights);
    }
    //! Adds a 2-D transposed convolution. Until 9.x; use addDeconvolutionNd().
    TRT_DEPRECATED TRT_ERA IDeconvolutionLayer* addDeconvolution(ITensor& input, int32_t nbOutputMaps,
                                                                 DimsHW kernelSize, Weights kernelWeights,
                                                                 Weights biasWeights) noexcept {
        return addDeconvolutionNd(input, nbOutputMaps, kernelSize, kernelWeights, biasWeights);
    }
    //! Adds a 2-D pooling. Until 9.x; use addPoolingNd().
    TRT_DEPRECATED TRT_ERA IPoolingLayer* addPooling(ITensor& input, PoolingType type, DimsHW windowSize) noexcept {
        return addPoolingNd(input, type, windowSize);
    }
    //! Adds a padding. Until 9.x; use addPaddingNd().
    TRT_DEPRECATED TRT_ERA IPaddingLayer* addPadding(ITensor& input, DimsHW prePadding, DimsHW postPadding) noexcept {
        return addPaddingNd(input, prePadding, postPadding);
    }
    //! Adds a dense layer. Until 9.x; use addMatrixMultiply().
    TRT_DEPRECATED IFullyConnectedLayer* addFullyConnected(ITensor& input, int32_t nbOutputs, Weights kernelWeights,
                                                           Weights biasWeights) noexcept {
        return ext()->addFullyConnected(input, nbOutputs, kernelWeights, biasWeights);
    }
#if NV_TENSORRT_COMPAT_MAJOR <= 10
    //! Adds a product of matrices that may be transposed. Until 7.2.
    TRT_DEPRECATED IMatrixMultiplyLayer* addMatrixMultiply(ITensor& input0, bool transpose0, ITensor& input1,
                                                           bool transpose1) noexcept {
        return addMatrixMultiply(input0, transpose0 ? MatrixOperation::kTRANSPOSE : MatrixOperation::kNONE, input1,
                                 transpose1 ? MatrixOperation::kTRANSPOSE : MatrixOperation::kNONE);
    }
#endif
    //! Adds recurrent layers with one array of weights. Until 7.2.
    TRT_DEPRECATED IRNNLayer* addRNN(ITensor& inputs, int32_t layerCount, std::size_t hiddenSize, int32_t maxSeqLen,
                                     RNNOperation op, RNNInputMode mode, RNNDirection dir, Weights weights,
                                     Weights bias) noexcept {
        return ext()->addRNN(inputs, layerCount, hiddenSize, maxSeqLen, op, mode, dir, weights, bias);
    }
    //! Adds recurrent layers with weights per gate. Until 9.x; use addLoop().
    TRT_DEPRECATED IRNNv2Layer* addRNNv2(ITensor& input, int32_t layerCount, int32_t hiddenSize, int32_t maxSeqLen,
                                         RNNOperation op) noexcept {
        return ext()->addRNNv2(input, layerCount, hiddenSize, maxSeqLen, op);
    }
    //! Adds a plugin, which stays the caller's and must outlive the engine. Until 7.2.
    TRT_DEPRECATED IPluginLayer* addPlugin(ITensor* const* inputs, int32_t nbInputs, IPlugin& plugin) noexcept {
        return ext()->addPlugin(inputs, nbInputs, plugin);
    }
    //! Adds a plugin that knows about formats; the caller's like that of addPlugin(). Until 7.2.
    TRT_DEPRECATED IPluginLayer* addPluginExt(ITensor* const* inputs, int32_t nbInputs, IPluginExt& plugin) noexcept {
        return ext()->addPluginExt(inputs, nbInputs, plugin);
    }

    //! Sets how output sizes of poolings are computed; not owned, null restores the built-in rule. Until 7.2.
    TRT_DEPRECATED void setPoolingOutputDimensionsFormula(IOutputDimensionsFormula* formula) noexcept {
        ext()->setOutputDimensionsFormula(LayerType::kPOOLING, formula);
    }
    //! \return how output sizes of poolings are computed. Until 7.2.
    TRT_DEPRECATED IOutputDimensionsFormula& getPoolingOutputDimensionsFormula() const noexcept {
        return ext()->getOutputDimensionsFormula(LayerType::kPOOLING);
    }
    //! Sets how output sizes of convolutions are computed; not owned, null restores the built-in rule. Until 7.2.
    TRT_DEPRECATED void setConvolutionOutputDimensionsFormula(IOutputDimensionsFormula* formula) noexcept {
        ext()->setOutputDimensionsFormula(LayerType::kCONVOLUTION, formula);
    }
    //! \return how output sizes of convolutions are computed. Until 7.2.
    TRT_DEPRECATED IOutputDimensionsFormula& getConvolutionOutputDimensionsFormula() const noexcept {
        return ext()->getOutputDimensionsFormula(LayerType::kCONVOLUTION);
    }
    //! Sets how output sizes of deconvolutions are computed; not owned, null restores the built-in rule. Until 7.2.
    TRT_DEPRECATED void setDeconvolutionOutputDimensionsFormula(IOutputDimensionsFormula* formula) noexcept {
        ext()->setOutputDimensionsFormula(LayerType::kDECONVOLUTION, formula);
    }
    //! \return how output sizes of deconvolutions are computed. Until 7.2.
    TRT_DEPRECATED IOutputDimensionsFormula& getDeconvolutionOutputDimensionsFormula() const noexcept {
        return ext()->getOutputDimensionsFormula(LayerType::kDECONVOLUTION);
    }

    //! \return true if the network was made with NetworkDefinitionCreationFlag::kEXPLICIT_PRECISION. 6.0 to 9.x.
    TRT_DEPRECATED bool hasExplicitPrecision() const noexcept {
        return (getFlags() & (1U << 4U)) != 0;
    }
    //! Deletes the network. Until 9.x; use `delete` now.
    TRT_DEPRECATED void destroy() noexcept {
        delete this;
    }

protected:
    //! The part of the implementation that serves other eras.
    apiv::VNetworkDefinitionExt* ext() const noexcept {
        return static_cast<apiv::VNetworkDefinitionExt*>(mImpl);
    }

    apiv::VNetworkDefinition* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<NetworkDefinitionCreationFlag> : EnumCount<4> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_NETWORK_H
