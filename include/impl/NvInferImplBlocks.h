// SPDX-License-Identifier: Apache-2.0
//! \file NvInferImplBlocks.h
//! Virtual classes behind loops, conditionals, attention and the other blocks of models, and behind the layers that
//! only older releases had. Same rules as in NvInferImplLayers.h.
#ifndef NV_INFER_IMPL_BLOCKS_H
#define NV_INFER_IMPL_BLOCKS_H

#include "NvInferImplForward.h"
#include "NvInferImplRuntime.h"

namespace nvinfer1 {
namespace apiv {

//! Behind ILoopBoundaryLayer.
class VLoopBoundaryLayer : public VRoot {
public:
    virtual ILoop* getLoop() const noexcept = 0;
};

//! Behind IRecurrenceLayer.
class VRecurrenceLayer : public VRoot {
public:
};

//! Behind ILoopOutputLayer.
class VLoopOutputLayer : public VRoot {
public:
    virtual LoopOutput getLoopOutput() const noexcept = 0;
    virtual void setAxis(int32_t axis) noexcept = 0;
    virtual int32_t getAxis() const noexcept = 0;
};

//! Behind ITripLimitLayer.
class VTripLimitLayer : public VRoot {
public:
    virtual TripLimit getTripLimit() const noexcept = 0;
};

//! Behind IIteratorLayer.
class VIteratorLayer : public VRoot {
public:
    virtual void setAxis(int32_t axis) noexcept = 0;
    virtual int32_t getAxis() const noexcept = 0;
    virtual void setReverse(bool reverse) noexcept = 0;
    virtual bool getReverse() const noexcept = 0;
};

//! Behind ILoop.
class VLoop : public VRoot {
public:
    virtual IRecurrenceLayer* addRecurrence(ITensor& initialValue) noexcept = 0;
    virtual ITripLimitLayer* addTripLimit(ITensor& tensor, TripLimit limit) noexcept = 0;
    virtual IIteratorLayer* addIterator(ITensor& tensor, int32_t axis = 0, bool reverse = false) noexcept = 0;
    virtual ILoopOutputLayer* addLoopOutput(ITensor& tensor, LoopOutput outputKind, int32_t axis = 0) noexcept = 0;
    virtual void setName(char const* name) noexcept = 0;
    virtual char const* getName() const noexcept = 0;
};

//! Behind IIfConditionalBoundaryLayer.
class VConditionalBoundaryLayer : public VRoot {
public:
    virtual IIfConditional* getConditional() const noexcept = 0;
};

//! Behind IConditionLayer: none of its own.
class VConditionLayer : public VRoot {
public:
};

//! Behind IIfConditionalInputLayer: none of its own.
class VConditionalInputLayer : public VRoot {
public:
};

//! Behind IIfConditionalOutputLayer: none of its own.
class VConditionalOutputLayer : public VRoot {
public:
};

//! Behind IIfConditional.
class VIfConditional : public VRoot {
public:
    virtual IConditionLayer* setCondition(ITensor& tensor) noexcept = 0;
    virtual IIfConditionalInputLayer* addInput(ITensor& tensor) noexcept = 0;
    virtual IIfConditionalOutputLayer* addOutput(ITensor& trueTensor, ITensor& falseTensor) noexcept = 0;
    virtual void setName(char const* name) noexcept = 0;
    virtual char const* getName() const noexcept = 0;
};

//! Behind IAttentionBoundaryLayer.
class VAttentionBoundaryLayer : public VRoot {
public:
    virtual IAttention* getAttention() const noexcept = 0;
};

//! Behind IAttentionInputLayer.
class VAttentionInputLayer : public VRoot {
public:
};

//! Behind IAttentionOutputLayer.
class VAttentionOutputLayer : public VRoot {
public:
};

//! Behind IAttention.
class VAttention : public VRoot {
public:
    TRT_NODISCARD virtual bool setInput(int32_t index, ITensor& input) noexcept = 0;
    TRT_NODISCARD virtual int32_t getNbInputs() const noexcept = 0;
    TRT_NODISCARD virtual ITensor* getInput(int32_t index) const noexcept = 0;
    TRT_NODISCARD virtual int32_t getNbOutputs() const noexcept = 0;
    TRT_NODISCARD virtual ITensor* getOutput(int32_t index) const noexcept = 0;
    TRT_NODISCARD virtual bool setName(char const* name) noexcept = 0;
    TRT_NODISCARD virtual char const* getName() const noexcept = 0;
    TRT_NODISCARD virtual bool setNormalizationOperation(AttentionNormalizationOp op) noexcept = 0;
    TRT_NODISCARD virtual AttentionNormalizationOp getNormalizationOperation() const noexcept = 0;
    TRT_NODISCARD virtual bool setCausal(bool isCausal) noexcept = 0;
    TRT_NODISCARD virtual bool getCausal() const noexcept = 0;
    TRT_NODISCARD virtual bool setMask(ITensor& mask) noexcept = 0;
    TRT_NODISCARD virtual ITensor* getMask() const noexcept = 0;
    TRT_NODISCARD virtual bool setDecomposable(bool decomposable) noexcept = 0;
    TRT_NODISCARD virtual bool getDecomposable() const noexcept = 0;
    TRT_NODISCARD virtual bool setNormalizationQuantizeScale(ITensor& tensor) noexcept = 0;
    TRT_NODISCARD virtual ITensor* getNormalizationQuantizeScale() const noexcept = 0;
    TRT_NODISCARD virtual bool setNormalizationQuantizeToType(DataType type) noexcept = 0;
    TRT_NODISCARD virtual DataType getNormalizationQuantizeToType() const noexcept = 0;
    TRT_NODISCARD virtual bool setMetadata(char const* docString) noexcept = 0;
    TRT_NODISCARD virtual char const* getMetadata() const noexcept = 0;
    TRT_NODISCARD virtual bool setNbRanks(int32_t nbRanks) noexcept = 0;
    TRT_NODISCARD virtual int32_t getNbRanks() const noexcept = 0;
};

//! What other eras need behind IAttention.
class VAttentionExt : public VGap<VAttention> {
public:
    virtual bool setCausalKind(CausalMaskKind kind) noexcept = 0;
    virtual CausalMaskKind getCausalKind() const noexcept = 0;
    virtual bool setQueryForm(AttentionIOForm form) noexcept = 0;
    virtual AttentionIOForm getQueryForm() const noexcept = 0;
    virtual bool setKeyValueForm(AttentionIOForm form) noexcept = 0;
    virtual AttentionIOForm getKeyValueForm() const noexcept = 0;
    virtual bool setQueryLengths(ITensor* lengths) noexcept = 0;
    virtual ITensor* getQueryLengths() const noexcept = 0;
    virtual bool setKeyValueLengths(ITensor* lengths) noexcept = 0;
    virtual ITensor* getKeyValueLengths() const noexcept = 0;
};

//! Behind IAssertionLayer.
class VAssertionLayer : public VRoot {
public:
    virtual void setMessage(char const* message) noexcept = 0;
    virtual char const* getMessage() const noexcept = 0;
};

//! Behind IRotaryEmbeddingLayer.
class VRotaryEmbeddingLayer : public VRoot {
public:
    virtual void setInterleaved(bool interleaved) noexcept = 0;
    virtual bool getInterleaved() const noexcept = 0;
    virtual bool setRotaryEmbeddingDim(int32_t rotaryEmbeddingDim) noexcept = 0;
    virtual int32_t getRotaryEmbeddingDim() const noexcept = 0;
    virtual void setInput(int32_t index, ITensor& input) noexcept = 0;
};

//! Behind IKVCacheUpdateLayer.
class VKVCacheUpdateLayer : public VRoot {
public:
    TRT_NODISCARD virtual bool setCacheMode(KVCacheMode cacheMode) noexcept = 0;
    TRT_NODISCARD virtual KVCacheMode getCacheMode() const noexcept = 0;
};

//! What other eras need behind IKVCacheUpdateLayer.
class VKVCacheUpdateLayerExt : public VGap<VKVCacheUpdateLayer> {
public:
    virtual bool setUpdateForm(AttentionIOForm form) noexcept = 0;
    virtual AttentionIOForm getUpdateForm() const noexcept = 0;
    virtual bool setUpdateLengths(ITensor* lengths) noexcept = 0;
    virtual ITensor* getUpdateLengths() const noexcept = 0;
};

//! Behind IMoELayer.
class VMoELayer : public VRoot {
public:
    virtual void setGatedWeights(ITensor& fcGateWeights, ITensor& fcUpWeights, ITensor& fcDownWeights,
                                 MoEActType activationType) noexcept = 0;
    virtual void setGatedBiases(ITensor& fcGateBiases, ITensor& fcUpBiases, ITensor& fcDownBiases) noexcept = 0;
    virtual void setActivationType(MoEActType activationType) noexcept = 0;
    virtual MoEActType getActivationType() const noexcept = 0;
    virtual void setQuantizationStatic(ITensor& fcDownActivationScale, DataType dataType) noexcept = 0;
    virtual void setQuantizationDynamicDblQ(ITensor& fcDownActivationDblQScale, DataType dataType,
                                            Dims64 const& blockShape, DataType dynQOutputScaleType) noexcept = 0;
    virtual void setQuantizationToType(DataType type) noexcept = 0;
    virtual DataType getQuantizationToType() const noexcept = 0;
    virtual void setQuantizationBlockShape(Dims64 const& blockShape) noexcept = 0;
    virtual Dims64 getQuantizationBlockShape() const noexcept = 0;
    virtual void setDynQOutputScaleType(DataType type) noexcept = 0;
    virtual DataType getDynQOutputScaleType() const noexcept = 0;
    virtual void setSwigluParams(float limit, float alpha, float beta) noexcept = 0;
    virtual void setSwigluParamLimit(float limit) noexcept = 0;
    virtual float getSwigluParamLimit() const noexcept = 0;
    virtual void setSwigluParamAlpha(float alpha) noexcept = 0;
    virtual float getSwigluParamAlpha() const noexcept = 0;
    virtual void setSwigluParamBeta(float beta) noexcept = 0;
    virtual float getSwigluParamBeta() const noexcept = 0;
    virtual void setInput(int32_t index, ITensor& tensor) noexcept = 0;
};

//! Behind IDistCollectiveLayer.
class VDistCollectiveLayer : public VRoot {
public:
};

//! Behind IFullyConnectedLayer of 5.x to 9.x.
class VFullyConnectedLayer : public VRoot {
public:
    virtual void setNbOutputChannels(int32_t nbOutputs) noexcept = 0;
    virtual int32_t getNbOutputChannels() const noexcept = 0;
    virtual void setKernelWeights(Weights weights) noexcept = 0;
    virtual Weights getKernelWeights() const noexcept = 0;
    virtual void setBiasWeights(Weights weights) noexcept = 0;
    virtual Weights getBiasWeights() const noexcept = 0;
};

//! Behind IRNNLayer of 5.x to 7.x.
class VRNNLayer : public VRoot {
public:
    virtual uint32_t getLayerCount() const noexcept = 0;
    virtual std::size_t getHiddenSize() const noexcept = 0;
    virtual int32_t getSeqLength() const noexcept = 0;
    virtual void setOperation(RNNOperation op) noexcept = 0;
    virtual RNNOperation getOperation() const noexcept = 0;
    virtual void setInputMode(RNNInputMode op) noexcept = 0;
    virtual RNNInputMode getInputMode() const noexcept = 0;
    virtual void setDirection(RNNDirection op) noexcept = 0;
    virtual RNNDirection getDirection() const noexcept = 0;
    virtual void setWeights(Weights weights) noexcept = 0;
    virtual Weights getWeights() const noexcept = 0;
    virtual void setBias(Weights bias) noexcept = 0;
    virtual Weights getBias() const noexcept = 0;
    virtual int32_t getDataLength() const noexcept = 0;
    virtual void setHiddenState(ITensor& hidden) noexcept = 0;
    virtual ITensor* getHiddenState() const noexcept = 0;
    virtual void setCellState(ITensor& cell) noexcept = 0;
    virtual ITensor* getCellState() const noexcept = 0;
};

//! Behind IRNNv2Layer of 5.x to 9.x.
class VRNNv2Layer : public VRoot {
public:
    virtual int32_t getLayerCount() const noexcept = 0;
    virtual int32_t getHiddenSize() const noexcept = 0;
    virtual int32_t getMaxSeqLength() const noexcept = 0;
    virtual int32_t getDataLength() const noexcept = 0;
    virtual void setSequenceLengths(ITensor& seqLengths) noexcept = 0;
    virtual ITensor* getSequenceLengths() const noexcept = 0;
    virtual void setOperation(RNNOperation op) noexcept = 0;
    virtual RNNOperation getOperation() const noexcept = 0;
    virtual void setInputMode(RNNInputMode op) noexcept = 0;
    virtual RNNInputMode getInputMode() const noexcept = 0;
    virtual void setDirection(RNNDirection op) noexcept = 0;
    virtual RNNDirection getDirection() const noexcept = 0;
    virtual void setWeightsForGate(int32_t layerIndex, RNNGateType gate, bool isW, Weights weights) noexcept = 0;
    virtual Weights getWeightsForGate(int32_t layerIndex, RNNGateType gate, bool isW) const noexcept = 0;
    virtual void setBiasForGate(int32_t layerIndex, RNNGateType gate, bool isW, Weights bias) noexcept = 0;
    virtual Weights getBiasForGate(int32_t layerIndex, RNNGateType gate, bool isW) const noexcept = 0;
    virtual void setHiddenState(ITensor& hidden) noexcept = 0;
    virtual ITensor* getHiddenState() const noexcept = 0;
    virtual void setCellState(ITensor& cell) noexcept = 0;
    virtual ITensor* getCellState() const noexcept = 0;
};

}  // namespace apiv
}  // namespace nvinfer1

#endif  // NV_INFER_IMPL_BLOCKS_H
