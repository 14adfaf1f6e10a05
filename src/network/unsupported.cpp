// SPDX-License-Identifier: Apache-2.0
// Layers that this version refuses by name.
#include "network/network.h"

namespace opentrt::network {

ILRNLayer* Network::addLRN(ITensor&, int64_t, float, float, float) noexcept {
    reporter_.unsupported("the LRN layer");
    return nullptr;
}

IRaggedSoftMaxLayer* Network::addRaggedSoftMax(ITensor&, ITensor&) noexcept {
    reporter_.unsupported("the ragged softmax layer");
    return nullptr;
}

IPluginV2Layer* Network::addPluginV2(ITensor* const*, int32_t, IPluginV2&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

IPluginV3Layer* Network::addPluginV3(ITensor* const*, int32_t, ITensor* const*, int32_t, IPluginV3&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

IScatterLayer* Network::addScatter(ITensor&, ITensor&, ITensor&, ScatterMode) noexcept {
    reporter_.unsupported("the scatter layer");
    return nullptr;
}

IEinsumLayer* Network::addEinsum(ITensor* const*, int32_t, char const*) noexcept {
    reporter_.unsupported("the einsum layer");
    return nullptr;
}

IAssertionLayer* Network::addAssertion(ITensor&, char const*) noexcept {
    reporter_.unsupported("the assertion layer");
    return nullptr;
}

IOneHotLayer* Network::addOneHot(ITensor&, ITensor&, ITensor&, int32_t) noexcept {
    reporter_.unsupported("the one-hot layer");
    return nullptr;
}

INonZeroLayer* Network::addNonZero(ITensor&) noexcept {
    reporter_.unsupported("the non-zero layer");
    return nullptr;
}

IGridSampleLayer* Network::addGridSample(ITensor&, ITensor&) noexcept {
    reporter_.unsupported("the grid sample layer");
    return nullptr;
}

INMSLayer* Network::addNMS(ITensor&, ITensor&, ITensor&) noexcept {
    reporter_.unsupported("the NMS layer");
    return nullptr;
}

IReverseSequenceLayer* Network::addReverseSequence(ITensor&, ITensor&) noexcept {
    reporter_.unsupported("the reverse sequence layer");
    return nullptr;
}

bool Network::markDebug(ITensor&) noexcept {
    reporter_.unsupported("a debug tensor");
    return false;
}

IDynamicQuantizeLayer* Network::addDynamicQuantize(ITensor&, int32_t, int32_t, DataType, DataType) noexcept {
    reporter_.unsupported("the dynamic quantize layer");
    return nullptr;
}

ICumulativeLayer* Network::addCumulative(ITensor&, ITensor&, CumulativeOperation, bool, bool) noexcept {
    reporter_.unsupported("the cumulative layer");
    return nullptr;
}

bool Network::markUnfusedTensorsAsDebugTensors() noexcept {
    reporter_.unsupported("marking debug tensors");
    return false;
}

INonZeroLayer* Network::addNonZeroV2(ITensor&, DataType) noexcept {
    reporter_.unsupported("the non-zero layer");
    return nullptr;
}

INMSLayer* Network::addNMSV2(ITensor&, ITensor&, ITensor&, DataType) noexcept {
    reporter_.unsupported("the NMS layer");
    return nullptr;
}

IAttention* Network::addAttention(ITensor&, ITensor&, ITensor&, AttentionNormalizationOp, bool) noexcept {
    reporter_.unsupported("the attention layer");
    return nullptr;
}

IRotaryEmbeddingLayer* Network::addRotaryEmbedding(ITensor&, ITensor&, ITensor&, bool, int32_t) noexcept {
    reporter_.unsupported("the rotary embedding layer");
    return nullptr;
}

IDynamicQuantizeLayer* Network::addDynamicQuantizeV2(ITensor&, Dims64 const&, DataType, DataType) noexcept {
    reporter_.unsupported("the dynamic quantize layer");
    return nullptr;
}

IKVCacheUpdateLayer* Network::addKVCacheUpdate(ITensor&, ITensor&, ITensor&, KVCacheMode) noexcept {
    reporter_.unsupported("the KV cache update layer");
    return nullptr;
}

IMoELayer* Network::addMoE(ITensor&, ITensor&, ITensor&) noexcept {
    reporter_.unsupported("the mixture-of-experts layer");
    return nullptr;
}

IDistCollectiveLayer* Network::addDistCollective(ITensor&, CollectiveOperation, ReduceOperation, int64_t, int64_t*,
                                                 int64_t) noexcept {
    reporter_.unsupported("a collective across ranks");
    return nullptr;
}

IFullyConnectedLayer* Network::addFullyConnected(ITensor&, int32_t, Weights, Weights) noexcept {
    reporter_.unsupported("the fully connected layer");
    return nullptr;
}

IRNNLayer* Network::addRNN(ITensor&, int32_t, std::size_t, int32_t, RNNOperation, RNNInputMode, RNNDirection, Weights,
                           Weights) noexcept {
    reporter_.unsupported("the RNN layer");
    return nullptr;
}

IRNNv2Layer* Network::addRNNv2(ITensor&, int32_t, int32_t, int32_t, RNNOperation) noexcept {
    reporter_.unsupported("the RNNv2 layer");
    return nullptr;
}

IPluginLayer* Network::addPlugin(ITensor* const*, int32_t, IPlugin&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

IPluginLayer* Network::addPluginExt(ITensor* const*, int32_t, IPluginExt&) noexcept {
    reporter_.unsupported("a plugin layer");
    return nullptr;
}

IAttention* Network::addAttentionV2(ITensor&, ITensor&, ITensor&, AttentionNormalizationOp, CausalMaskKind) noexcept {
    reporter_.unsupported("the attention layer");
    return nullptr;
}

}  // namespace opentrt::network
