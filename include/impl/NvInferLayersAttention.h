// SPDX-License-Identifier: Apache-2.0
//! \file NvInferLayersAttention.h
//! Layers of transformer models: attention, rotary embedding, KV cache, mixture of experts, collectives.
#ifndef NV_INFER_LAYERS_ATTENTION_H
#define NV_INFER_LAYERS_ATTENTION_H

#include "NvInferTensor.h"

namespace nvinfer1 {

//! How attention scores become weights. Since 10.14.
enum class AttentionNormalizationOp : int32_t {
    kNONE = 0,     //!< Not at all.
    kSOFTMAX = 1,  //!< Softmax over the keys.
};

//! Which keys a query must not see. Since 11.0.
enum class CausalMaskKind : int32_t {
    kNONE = 0,         //!< Sees all keys.
    kUPPER_LEFT = 1,   //!< Query i sees keys 0 .. i.
    kLOWER_RIGHT = 2,  //!< The last query sees all keys, the one before it all but the last, and so on.
};

//! Layout of sequences of different length. B: batch, N: heads or tokens, S: positions, H: head size. Since 11.0.
enum class AttentionIOForm : int32_t {
    kPADDED_BHND = 0,  //!< (B, heads, S, H), shorter sequences padded.
    kPACKED_NHD = 1,   //!< (tokens of all sequences, heads, H), one after the other.
};

//! Base of the two layers that an attention consists of in the list of layers. Since 10.14.
class IAttentionBoundaryLayer : public ILayer {
public:
    //! \return the attention the layer belongs to.
    IAttention* getAttention() const noexcept { return mBoundary->getAttention(); }

protected:
    virtual ~IAttentionBoundaryLayer() noexcept = default;
    apiv::VAttentionBoundaryLayer* mBoundary;
};

//! Collects the inputs of an attention. Since 10.14.
class IAttentionInputLayer : public IAttentionBoundaryLayer {
protected:
    virtual ~IAttentionInputLayer() noexcept = default;
    apiv::VAttentionInputLayer* mImpl;
};

//! Yields the output of an attention. Since 10.14.
class IAttentionOutputLayer : public IAttentionBoundaryLayer {
protected:
    virtual ~IAttentionOutputLayer() noexcept = default;
    apiv::VAttentionOutputLayer* mImpl;
};

//! normalization(Q * K^T + mask) * V as one unit, so that it can run as one fused kernel. Scaling of the scores is the
//! caller's, usually of Q. Owned by the network; its layers are an IAttentionInputLayer and an IAttentionOutputLayer.
//! Since 10.14.
//! Input 0: query, (B, heads, Sq, H). Inputs 1 and 2: key and value, (B, kvHeads, Skv, H); kvHeads divides heads.
//! Input 3, optional: mask, broadcastable to (B, heads, Sq, Skv). Input 4, optional: the scale that quantizes the
//! normalized scores. Output 0: (B, heads, Sq, H).
class IAttention : public INoCopy {
public:
    //! Sets how scores become weights; kSOFTMAX by default.
    //! \return false for an unknown operation.
    bool setNormalizationOperation(AttentionNormalizationOp op) noexcept {
        return mImpl->setNormalizationOperation(op);
    }
    //! \return how scores become weights.
    AttentionNormalizationOp getNormalizationOperation() const noexcept { return mImpl->getNormalizationOperation(); }

    //! Sets the mask: kBOOL, true where a query sees a key, or of the query's type, added to the scores. Not together
    //! with causal.
    //! \return false if it does not fit.
    bool setMask(ITensor& mask) noexcept { return mImpl->setMask(mask); }
    //! \return the mask, or null.
    ITensor* getMask() noexcept { return mImpl->getMask(); }

    //! Sets whether query i sees only keys 0 .. i; false by default.
    //! \return false after an error.
    bool setCausal(bool isCausal) noexcept { return mImpl->setCausal(isCausal); }
    //! \return whether query i sees only keys 0 .. i.
    bool getCausal() const noexcept { return mImpl->getCausal(); }

    //! Sets whether the attention may run as several kernels when no fused one serves it; false by default, which
    //! makes the build fail then.
    //! \return false after an error.
    bool setDecomposable(bool decomposable) noexcept { return mImpl->setDecomposable(decomposable); }
    //! \return whether the attention may run as several kernels when no fused one serves it.
    bool getDecomposable() const noexcept { return mImpl->getDecomposable(); }

    //! Replaces input `index`, 0 .. 4 as listed above.
    //! \return false if it does not fit.
    bool setInput(int32_t index, ITensor& input) noexcept { return mImpl->setInput(index, input); }

    //! \return the number of inputs.
    int32_t getNbInputs() const noexcept { return mImpl->getNbInputs(); }

    //! \return input `index`, or null.
    ITensor* getInput(int32_t index) const noexcept { return mImpl->getInput(index); }

    //! \return 1.
    int32_t getNbOutputs() const noexcept { return mImpl->getNbOutputs(); }

    //! \return the output; null for other indices than 0.
    ITensor* getOutput(int32_t index) const noexcept { return mImpl->getOutput(index); }

    //! Sets the name, unique among the layers. The string is copied.
    //! \return false after an error.
    bool setName(char const* name) noexcept { return mImpl->setName(name); }
    //! \return the name, unique among the layers.
    char const* getName() const noexcept { return mImpl->getName(); }

    //! Sets the scale that quantizes the normalized scores before the product with V. Scalar or 1-D, constant, float.
    //! \return false if it does not fit.
    bool setNormalizationQuantizeScale(ITensor& tensor) noexcept {
        return mImpl->setNormalizationQuantizeScale(tensor);
    }
    //! \return the scale, or null.
    ITensor* getNormalizationQuantizeScale() const noexcept { return mImpl->getNormalizationQuantizeScale(); }

    //! Sets the type of the quantized scores, kFP8 or kINT8. Needed with a scale.
    //! \return false for other types.
    bool setNormalizationQuantizeToType(DataType type) noexcept { return mImpl->setNormalizationQuantizeToType(type); }
    //! \return the type of the quantized scores, kFP8 or kINT8; kFLOAT when none was set.
    DataType getNormalizationQuantizeToType() const noexcept { return mImpl->getNormalizationQuantizeToType(); }

    //! Sets a text of the user's that the inspector shows. The string is copied.
    //! \return false after an error. Since 10.15.
    bool setMetadata(char const* metadata) noexcept { return mImpl->setMetadata(metadata); }
    //! \return a text of the user's that the inspector shows. Since 10.15.
    char const* getMetadata() const noexcept { return mImpl->getMetadata(); }

    //! Sets how many processes share the heads. Since 10.16.
    //! \return false if nbRanks < 1.
    bool setNbRanks(int32_t nbRanks) noexcept { return mImpl->setNbRanks(nbRanks); }
    //! \return the number of processes; 1 by default. Since 10.16.
    int32_t getNbRanks() const noexcept { return mImpl->getNbRanks(); }

    //! Sets which keys a query must not see; setCausal(true) is kUPPER_LEFT. Since 11.0.
    //! \return false for an unknown kind.
    bool setCausalKind(CausalMaskKind kind) noexcept { return ext()->setCausalKind(kind); }
    //! \return which keys a query must not see; kNONE by default. Since 11.0.
    CausalMaskKind getCausalKind() const noexcept { return ext()->getCausalKind(); }

    //! Sets the layout of query and output. Since 11.0.
    //! \return false for an unknown form.
    bool setQueryForm(AttentionIOForm form) noexcept { return ext()->setQueryForm(form); }
    //! \return the layout of query and output; kPADDED_BHND by default. Since 11.0.
    AttentionIOForm getQueryForm() const noexcept { return ext()->getQueryForm(); }

    //! Sets the layout of key and value. Since 11.0.
    //! \return false for an unknown form.
    bool setKeyValueForm(AttentionIOForm form) noexcept { return ext()->setKeyValueForm(form); }
    //! \return the layout of key and value; kPADDED_BHND by default. Since 11.0.
    AttentionIOForm getKeyValueForm() const noexcept { return ext()->getKeyValueForm(); }

    //! Sets the lengths of the query sequences, 1-D of B elements, or B + 1 offsets when packed; null: all full.
    //! Since 11.0. \return false if the tensor does not fit.
    bool setQueryLengths(ITensor* lengths) noexcept { return ext()->setQueryLengths(lengths); }
    //! \return the lengths of the query sequences, or null. Since 11.0.
    ITensor* getQueryLengths() const noexcept { return ext()->getQueryLengths(); }

    //! Sets the lengths of the key sequences, like setQueryLengths(). Since 11.0.
    //! \return false if the tensor does not fit.
    bool setKeyValueLengths(ITensor* lengths) noexcept { return ext()->setKeyValueLengths(lengths); }
    //! \return the lengths of the key sequences, or null. Since 11.0.
    ITensor* getKeyValueLengths() const noexcept { return ext()->getKeyValueLengths(); }

protected:
    virtual ~IAttention() noexcept = default;
    //! The part of the implementation that serves other eras.
    apiv::VAttentionExt* ext() const noexcept { return static_cast<apiv::VAttentionExt*>(mImpl); }

    apiv::VAttention* mImpl;
};

//! Rotates pairs of features by an angle that depends on the position (RoPE). Since 10.15.
//! Input 0: x, (B, heads, S, H). Inputs 1 and 2: cosines and sines, (positions, R / 2) with position ids, else (B, S,
//! R / 2). Input 3, optional: position ids, (B, S), kINT32 or kINT64. R is the rotary dimension. Output: x's shape;
//! features beyond R are copied.
class IRotaryEmbeddingLayer : public ILayer {
public:
    //! Sets whether features 2i and 2i + 1 form a pair (true), or i and i + R / 2.
    void setInterleaved(bool interleaved) noexcept { mImpl->setInterleaved(interleaved); }
    //! \return whether features 2i and 2i + 1 form a pair (true), or i and i + R / 2.
    TRT_NODISCARD bool getInterleaved() const noexcept { return mImpl->getInterleaved(); }

    //! Sets R; 0 means all of H.
    //! \return false if R is odd or negative.
    TRT_NODISCARD bool setRotaryEmbeddingDim(int32_t rotaryEmbeddingDim) noexcept {
        return mImpl->setRotaryEmbeddingDim(rotaryEmbeddingDim);
    }
    //! \return R.
    TRT_NODISCARD int32_t getRotaryEmbeddingDim() const noexcept { return mImpl->getRotaryEmbeddingDim(); }

protected:
    virtual ~IRotaryEmbeddingLayer() noexcept = default;
    apiv::VRotaryEmbeddingLayer* mImpl;
};

//! Where new entries of a cache go. Since 10.15.
enum class KVCacheMode : int32_t {
    kLINEAR = 0,  //!< To consecutive positions; going beyond the cache is an error.
};

//! Writes new keys or values into a cache that lives in one buffer. Since 10.15.
//! Input 0: cache, (B, heads, Smax, H), a network input. Input 1: update, (B, heads, S, H). Input 2: the first
//! position to write per item, (B), kINT32 or kINT64. Output: the cache after writing, in the same memory as input 0:
//! bind both to one address.
class IKVCacheUpdateLayer : public ILayer {
public:
    //! Sets where new entries go.
    //! \return false for an unknown mode.
    bool setCacheMode(KVCacheMode cacheMode) noexcept { return mImpl->setCacheMode(cacheMode); }
    //! \return where new entries go.
    KVCacheMode getCacheMode() const noexcept { return mImpl->getCacheMode(); }

    //! Sets the layout of the update. Since 11.0.
    //! \return false for an unknown form.
    bool setUpdateForm(AttentionIOForm form) noexcept { return ext()->setUpdateForm(form); }
    //! \return the layout of the update; kPADDED_BHND by default. Since 11.0.
    AttentionIOForm getUpdateForm() const noexcept { return ext()->getUpdateForm(); }

    //! Sets how many positions of the update count, item by item; null: all. Since 11.0.
    //! \return false if the tensor does not fit.
    bool setUpdateLengths(ITensor* lengths) noexcept { return ext()->setUpdateLengths(lengths); }
    //! \return the lengths of the update, or null. Since 11.0.
    ITensor* getUpdateLengths() const noexcept { return ext()->getUpdateLengths(); }

protected:
    virtual ~IKVCacheUpdateLayer() noexcept = default;
    //! The part of the implementation that serves other eras.
    apiv::VKVCacheUpdateLayerExt* ext() const noexcept { return static_cast<apiv::VKVCacheUpdateLayerExt*>(mImpl); }

    apiv::VKVCacheUpdateLayer* mImpl;
};

//! Activation inside an expert. Since 10.16.
enum class MoEActType : int32_t {
    kNONE = 0,  //!< None.
    kSILU = 1,  //!< x * sigmoid(x).
};

//! Mixture of experts: each token passes through its chosen experts, and the results are summed with their scores.
//! Since 10.16.
//! Input 0: hidden states, (B, S, hidden). Input 1: the experts of each token, (B, S, k), kINT32. Input 2: their
//! scores, (B, S, k). Output: (B, S, hidden). An expert computes down(activation(gate(x)) * up(x)), each a matrix
//! product with optional bias. Weights are set below, all of them for all E experts.
class IMoELayer : public ILayer {
public:
    //! Sets the matrices: gate and up (E, hidden, inter), down (E, inter, hidden), and the activation.
    void setGatedWeights(ITensor& fcGateWeights, ITensor& fcUpWeights, ITensor& fcDownWeights,
                         MoEActType activationType) noexcept {
        mImpl->setGatedWeights(fcGateWeights, fcUpWeights, fcDownWeights, activationType);
    }

    //! Sets the biases: gate and up (E, inter), down (E, hidden).
    void setGatedBiases(ITensor& fcGateBiases, ITensor& fcUpBiases, ITensor& fcDownBiases) noexcept {
        mImpl->setGatedBiases(fcGateBiases, fcUpBiases, fcDownBiases);
    }

    //! Sets the activation.
    void setActivationType(MoEActType activationType) noexcept { mImpl->setActivationType(activationType); }
    //! \return the activation.
    MoEActType getActivationType() const noexcept { return mImpl->getActivationType(); }

    //! Quantizes the input of the down product with a fixed scale, to `dataType`.
    void setQuantizationStatic(ITensor& fcDownActivationScale, DataType dataType) noexcept {
        mImpl->setQuantizationStatic(fcDownActivationScale, dataType);
    }

    //! Quantizes the input of the down product block by block to `dataType`, the block scales to `dynQOutputScaleType`
    //! with the given scale of scales.
    void setQuantizationDynamicDblQ(ITensor& fcDownActivationDblQScale, DataType dataType, impl::DimsArg blockShape,
                                    DataType dynQOutputScaleType) noexcept {
        mImpl->setQuantizationDynamicDblQ(fcDownActivationDblQScale, dataType, impl::toDims64(blockShape),
                                          dynQOutputScaleType);
    }

    //! Sets the type to which the input of the down product is quantized.
    void setQuantizationToType(DataType type) noexcept { mImpl->setQuantizationToType(type); }
    //! \return the type to which the input of the down product is quantized.
    DataType getQuantizationToType() const noexcept { return mImpl->getQuantizationToType(); }

    //! Sets the extents of the blocks that share a scale.
    void setQuantizationBlockShape(impl::DimsArg blockShape) noexcept {
        mImpl->setQuantizationBlockShape(impl::toDims64(blockShape));
    }
    //! \return the extents of the blocks that share a scale.
    TRT_ERA Dims getQuantizationBlockShape() const noexcept {
        return impl::fromDims64(mImpl->getQuantizationBlockShape());
    }

    //! Sets the type of the block scales.
    void setDynQOutputScaleType(DataType type) noexcept { mImpl->setDynQOutputScaleType(type); }
    //! \return the type of the block scales.
    DataType getDynQOutputScaleType() const noexcept { return mImpl->getDynQOutputScaleType(); }

    //! Sets the three parameters of the gated activation at once.
    void setSwigluParams(float limit, float alpha, float beta) noexcept { mImpl->setSwigluParams(limit, alpha, beta); }

    //! Sets the bound: gate results are at most it, up results between it and its negative; infinite by default.
    void setSwigluParamLimit(float limit) noexcept { mImpl->setSwigluParamLimit(limit); }
    //! \return the bound of gate and up results.
    float getSwigluParamLimit() const noexcept { return mImpl->getSwigluParamLimit(); }

    //! Sets the factor inside the sigmoid; 1 by default.
    void setSwigluParamAlpha(float alpha) noexcept { mImpl->setSwigluParamAlpha(alpha); }
    //! \return the factor inside the sigmoid.
    float getSwigluParamAlpha() const noexcept { return mImpl->getSwigluParamAlpha(); }

    //! Sets the summand of the up result; 0 by default.
    void setSwigluParamBeta(float beta) noexcept { mImpl->setSwigluParamBeta(beta); }
    //! \return the summand of the up result.
    float getSwigluParamBeta() const noexcept { return mImpl->getSwigluParamBeta(); }

    //! Replaces input `index`, 0 .. 2 as listed above.
    void setInput(int32_t index, ITensor& tensor) noexcept { mImpl->setInput(index, tensor); }

protected:
    virtual ~IMoELayer() noexcept = default;
    apiv::VMoELayer* mImpl;
};

//! How processes exchange data. Since 10.16.
enum class CollectiveOperation : int32_t {
    kALL_REDUCE = 0,      //!< All get the joined values.
    kALL_GATHER = 1,      //!< All get the values of all, concatenated.
    kBROADCAST = 2,       //!< All get the values of the root.
    kREDUCE = 3,          //!< The root gets the joined values.
    kREDUCE_SCATTER = 4,  //!< Each gets its part of the joined values.
    kALL_TO_ALL = 5,      //!< Each sends a different part to each. Since 11.0.
    kGATHER = 6,          //!< The root gets the values of all, concatenated. Since 11.0.
    kSCATTER = 7,         //!< Each gets its part of the root's values. Since 11.0.
};

//! Exchanges data with the same layer of the same network in other processes. Input: any tensor. Output: see
//! CollectiveOperation; gathering multiplies the first extent by the number of processes, scattering divides it. Since
//! 10.16.
class IDistCollectiveLayer : public ILayer {
protected:
    virtual ~IDistCollectiveLayer() noexcept = default;
    apiv::VDistCollectiveLayer* mImpl;
};

namespace impl {
template <>
struct EnumMaxImpl<AttentionNormalizationOp> : EnumCount<2> {};
template <>
struct EnumMaxImpl<CausalMaskKind> : EnumCount<3> {};
template <>
struct EnumMaxImpl<AttentionIOForm> : EnumCount<2> {};
template <>
struct EnumMaxImpl<KVCacheMode> : EnumCount<1> {};
template <>
struct EnumMaxImpl<MoEActType> : EnumCount<2> {};
template <>
struct EnumMaxImpl<CollectiveOperation> : EnumCount<5> {};
}  // namespace impl

}  // namespace nvinfer1

#endif  // NV_INFER_LAYERS_ATTENTION_H
