// SPDX-License-Identifier: Apache-2.0
// Layers of older releases, and the table by which an ILayer gets its own class.
#include "bind.h"

namespace opentrt::python {
namespace {

template <typename T>
nb::object as(ILayer* layer, nb::handle owner) {
    return nb::cast(static_cast<T*>(layer), kOwned, owner);
}

struct Row {
    LayerType type;
    nb::object (*cast)(ILayer* layer, nb::handle owner);
};

using E = LayerType;
constexpr Row kRows[] = {
    {E::kCONVOLUTION, &as<IConvolutionLayer>},
    {E::kCAST, &as<ICastLayer>},
    {E::kACTIVATION, &as<IActivationLayer>},
    {E::kPOOLING, &as<IPoolingLayer>},
    {E::kLRN, &as<ILRNLayer>},
    {E::kSCALE, &as<IScaleLayer>},
    {E::kSOFTMAX, &as<ISoftMaxLayer>},
    {E::kDECONVOLUTION, &as<IDeconvolutionLayer>},
    {E::kCONCATENATION, &as<IConcatenationLayer>},
    {E::kELEMENTWISE, &as<IElementWiseLayer>},
    {E::kUNARY, &as<IUnaryLayer>},
    {E::kPADDING, &as<IPaddingLayer>},
    {E::kSHUFFLE, &as<IShuffleLayer>},
    {E::kREDUCE, &as<IReduceLayer>},
    {E::kTOPK, &as<ITopKLayer>},
    {E::kGATHER, &as<IGatherLayer>},
    {E::kMATRIX_MULTIPLY, &as<IMatrixMultiplyLayer>},
    {E::kRAGGED_SOFTMAX, &as<IRaggedSoftMaxLayer>},
    {E::kCONSTANT, &as<IConstantLayer>},
    {E::kIDENTITY, &as<IIdentityLayer>},
    {E::kPLUGIN_V2, &as<IPluginV2Layer>},
    {E::kSLICE, &as<ISliceLayer>},
    {E::kSHAPE, &as<IShapeLayer>},
    {E::kPARAMETRIC_RELU, &as<IParametricReLULayer>},
    {E::kRESIZE, &as<IResizeLayer>},
    {E::kTRIP_LIMIT, &as<ITripLimitLayer>},
    {E::kRECURRENCE, &as<IRecurrenceLayer>},
    {E::kITERATOR, &as<IIteratorLayer>},
    {E::kLOOP_OUTPUT, &as<ILoopOutputLayer>},
    {E::kSELECT, &as<ISelectLayer>},
    {E::kFILL, &as<IFillLayer>},
    {E::kQUANTIZE, &as<IQuantizeLayer>},
    {E::kDEQUANTIZE, &as<IDequantizeLayer>},
    {E::kCONDITION, &as<IConditionLayer>},
    {E::kCONDITIONAL_INPUT, &as<IIfConditionalInputLayer>},
    {E::kCONDITIONAL_OUTPUT, &as<IIfConditionalOutputLayer>},
    {E::kSCATTER, &as<IScatterLayer>},
    {E::kEINSUM, &as<IEinsumLayer>},
    {E::kASSERTION, &as<IAssertionLayer>},
    {E::kONE_HOT, &as<IOneHotLayer>},
    {E::kNON_ZERO, &as<INonZeroLayer>},
    {E::kGRID_SAMPLE, &as<IGridSampleLayer>},
    {E::kNMS, &as<INMSLayer>},
    {E::kREVERSE_SEQUENCE, &as<IReverseSequenceLayer>},
    {E::kNORMALIZATION, &as<INormalizationLayer>},
    {E::kPLUGIN_V3, &as<IPluginV3Layer>},
    {E::kSQUEEZE, &as<ISqueezeLayer>},
    {E::kUNSQUEEZE, &as<IUnsqueezeLayer>},
    {E::kCUMULATIVE, &as<ICumulativeLayer>},
    {E::kDYNAMIC_QUANTIZE, &as<IDynamicQuantizeLayer>},
    {E::kATTENTION_INPUT, &as<IAttentionInputLayer>},
    {E::kATTENTION_OUTPUT, &as<IAttentionOutputLayer>},
    {E::kROTARY_EMBEDDING, &as<IRotaryEmbeddingLayer>},
    {E::kKVCACHE_UPDATE, &as<IKVCacheUpdateLayer>},
    {E::kMOE, &as<IMoELayer>},
    {E::kDIST_COLLECTIVE, &as<IDistCollectiveLayer>},
    {E::kFULLY_CONNECTED, &as<IFullyConnectedLayer>},
    {E::kRNN, &as<IRNNLayer>},
    {E::kRNN_V2, &as<IRNNv2Layer>},
    {E::kPLUGIN, &as<IPluginLayer>},
};

}  // namespace

nb::object castLayer(ILayer* layer, nb::handle owner) {
    if (layer == nullptr) return nb::none();
    for (Row const& row : kRows) {
        if (row.type == layer->getType()) return row.cast(layer, owner);
    }
    return as<ILayer>(layer, owner);
}

void bindLegacyLayers(nb::module_& m) {
    using F = IFullyConnectedLayer;
    Bound<F, ILayer> dense(m, "IFullyConnectedLayer");
    dense.def_prop_rw("num_output_channels", &F::getNbOutputChannels, &F::setNbOutputChannels);
    defWeights<&F::getKernelWeights, &F::setKernelWeights>(dense, "kernel");
    defWeights<&F::getBiasWeights, &F::setBiasWeights>(dense, "bias");
    using O = IRNNLayer;
    Bound<O, ILayer> first(m, "IRNNLayer");
    first.def_prop_ro("num_layers", &O::getLayerCount)
        .def_prop_ro("hidden_size", &O::getHiddenSize)
        .def_prop_rw("op", &O::getOperation, &O::setOperation)
        .def_prop_rw("input_mode", &O::getInputMode, &O::setInputMode)
        .def_prop_rw("direction", &O::getDirection, &O::setDirection)
        .def_prop_rw("hidden_state", &O::getHiddenState, &O::setHiddenState, kOwned)
        .def_prop_rw("cell_state", &O::getCellState, &O::setCellState, kOwned);
    defWeights<&O::getWeights, &O::setWeights>(first, "weights");
    defWeights<&O::getBias, &O::setBias>(first, "bias");
    Bound<IPluginLayer, ILayer>(m, "IPluginLayer");
    using R = IRNNv2Layer;
    Bound<R, ILayer>(m, "IRNNv2Layer")
        .def_prop_ro("num_layers", &R::getLayerCount)
        .def_prop_ro("hidden_size", &R::getHiddenSize)
        .def_prop_ro("max_seq_length", &R::getMaxSeqLength)
        .def_prop_ro("data_length", &R::getDataLength)
        .def_prop_rw("op", &R::getOperation, &R::setOperation)
        .def_prop_rw("input_mode", &R::getInputMode, &R::setInputMode)
        .def_prop_rw("direction", &R::getDirection, &R::setDirection)
        .def_prop_rw("hidden_state", &R::getHiddenState, &R::setHiddenState, kOwned)
        .def_prop_rw("cell_state", &R::getCellState, &R::setCellState, kOwned)
        .def_prop_rw("seq_lengths", &R::getSequenceLengths, &R::setSequenceLengths, kOwned)
        .def("set_weights_for_gate", &R::setWeightsForGate, "layer_index"_a, "gate"_a, "is_w"_a, "weights"_a,
             nb::keep_alive<1, 5>())
        .def("set_bias_for_gate", &R::setBiasForGate, "layer_index"_a, "gate"_a, "is_w"_a, "bias"_a,
             nb::keep_alive<1, 5>())
        .def(
            "get_weights_for_gate",
            [](nb::pointer_and_handle<R> self, int32_t layer, RNNGateType gate, bool isW) {
                return weightsToNumpy(self.p->getWeightsForGate(layer, gate, isW), self.h);
            },
            "layer_index"_a, "gate"_a, "is_w"_a)
        .def(
            "get_bias_for_gate",
            [](nb::pointer_and_handle<R> self, int32_t layer, RNNGateType gate, bool isW) {
                return weightsToNumpy(self.p->getBiasForGate(layer, gate, isW), self.h);
            },
            "layer_index"_a, "gate"_a, "is_w"_a);
}

}  // namespace opentrt::python
