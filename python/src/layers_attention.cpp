// SPDX-License-Identifier: Apache-2.0
// Layers of transformers: attention, rotary embedding, caches, mixtures of experts, collectives.
#include "bind.h"

namespace opentrt::python {
namespace {

void bindAttention(nb::module_& m) {
    using A = IAttention;
    Bound<A>(m, "IAttention", "Attention with its options.")
        .def_prop_rw("mask", &A::getMask, Checked<&A::setMask>{}, kOwned)
        .def_prop_rw("norm_op", &A::getNormalizationOperation, Checked<&A::setNormalizationOperation>{})
        .def_prop_rw("decomposable", &A::getDecomposable, Checked<&A::setDecomposable>{})
        .def_prop_rw("causal", &A::getCausal, Checked<&A::setCausal>{})
        .def_prop_rw("name", &A::getName, Checked<&A::setName>{})
        .def_prop_rw("metadata", &A::getMetadata, Checked<&A::setMetadata>{})
        .def_prop_rw("normalization_quantize_scale", &A::getNormalizationQuantizeScale,
                     Checked<&A::setNormalizationQuantizeScale>{}, kOwned)
        .def_prop_rw("normalization_quantize_to_type", &A::getNormalizationQuantizeToType,
                     Checked<&A::setNormalizationQuantizeToType>{})
        .def_prop_ro("num_inputs", &A::getNbInputs)
        .def_prop_ro("num_outputs", &A::getNbOutputs)
        .def("set_input", &A::setInput, "index"_a, "tensor"_a)
        .def("get_input", &A::getInput, "index"_a, kOwned)
        .def("get_output", &A::getOutput, "index"_a, kOwned)
        .def_prop_rw("num_ranks", &A::getNbRanks, Checked<&A::setNbRanks>{})
        .def_prop_rw("causal_kind", &A::getCausalKind, Checked<&A::setCausalKind>{})
        .def_prop_rw("query_form", &A::getQueryForm, Checked<&A::setQueryForm>{})
        .def_prop_rw("key_value_form", &A::getKeyValueForm, Checked<&A::setKeyValueForm>{})
        .def_prop_rw("query_lengths", &A::getQueryLengths, Checked<&A::setQueryLengths>{}, kOwned)
        .def_prop_rw("key_value_lengths", &A::getKeyValueLengths, Checked<&A::setKeyValueLengths>{}, kOwned);
    using B = IAttentionBoundaryLayer;
    Bound<B, ILayer>(m, "IAttentionBoundaryLayer").def_prop_ro("attention", &B::getAttention, kOwned);
    Bound<IAttentionInputLayer, B>(m, "IAttentionInputLayer");
    Bound<IAttentionOutputLayer, B>(m, "IAttentionOutputLayer");
}

}  // namespace

void bindAttentionLayers(nb::module_& m) {
    bindAttention(m);
    using R = IRotaryEmbeddingLayer;
    Bound<R, ILayer>(m, "IRotaryEmbeddingLayer")
        .def_prop_rw("interleaved", &R::getInterleaved, &R::setInterleaved)
        .def_prop_rw("rotary_embedding_dim", &R::getRotaryEmbeddingDim, Checked<&R::setRotaryEmbeddingDim>{});
    using K = IKVCacheUpdateLayer;
    Bound<K, ILayer>(m, "IKVCacheUpdateLayer")
        .def_prop_rw("cache_mode", &K::getCacheMode, Checked<&K::setCacheMode>{})
        .def_prop_rw("update_form", &K::getUpdateForm, Checked<&K::setUpdateForm>{})
        .def_prop_rw("update_lengths", &K::getUpdateLengths, Checked<&K::setUpdateLengths>{}, kOwned);
    using M = IMoELayer;
    Bound<M, ILayer>(m, "IMoELayer")
        .def("set_gated_weights", &M::setGatedWeights, "fc_gate_weights"_a, "fc_up_weights"_a, "fc_down_weights"_a,
             "activation_type"_a)
        .def("set_gated_biases", &M::setGatedBiases, "fc_gate_biases"_a, "fc_up_biases"_a, "fc_down_biases"_a)
        .def_prop_rw("activation_type", &M::getActivationType, &M::setActivationType)
        .def("set_quantization_static", &M::setQuantizationStatic, "fc_down_activation_scale"_a, "data_type"_a)
        .def("set_quantization_dynamic_dbl_q", &M::setQuantizationDynamicDblQ, "fc_down_activation_dbl_q_scale"_a,
             "data_type"_a, "block_shape"_a, "dyn_q_output_scale_type"_a)
        .def_prop_rw("quantization_to_type", &M::getQuantizationToType, &M::setQuantizationToType)
        .def_prop_rw("quantization_block_shape", &M::getQuantizationBlockShape, &M::setQuantizationBlockShape)
        .def_prop_rw("dyn_q_output_scale_type", &M::getDynQOutputScaleType, &M::setDynQOutputScaleType)
        .def("set_swiglu_params", &M::setSwigluParams, "limit"_a, "alpha"_a, "beta"_a)
        .def_prop_rw("swiglu_param_limit", &M::getSwigluParamLimit, &M::setSwigluParamLimit)
        .def_prop_rw("swiglu_param_alpha", &M::getSwigluParamAlpha, &M::setSwigluParamAlpha)
        .def_prop_rw("swiglu_param_beta", &M::getSwigluParamBeta, &M::setSwigluParamBeta)
        .def("set_input", &M::setInput, "index"_a, "tensor"_a);
    Bound<IDistCollectiveLayer, ILayer>(m, "IDistCollectiveLayer");
}

}  // namespace opentrt::python
