// SPDX-License-Identifier: Apache-2.0
// INetworkDefinition.add_...: layers that compute. The network keeps the arrays that it is given as weights.
#include "bind.h"

namespace opentrt::python {
namespace {

using N = INetworkDefinition;
using Class = Bound<N>;
using Optional = Weights const*;

void defWeighted(Class& c) {
    c.def(
         "add_convolution_nd",
         [](N& n, ITensor& input, int64_t maps, Dims const& shape, Optional kernel, Optional bias) {
             return n.addConvolutionNd(input, maps, shape, weightsOr(kernel), weightsOr(bias));
         },
         "input"_a, "num_output_maps"_a, "kernel_shape"_a, "kernel"_a.none(), "bias"_a.none() = nb::none(), kOwned,
         nb::keep_alive<1, 5>(), nb::keep_alive<1, 6>())
        .def(
            "add_deconvolution_nd",
            [](N& n, ITensor& input, int64_t maps, Dims const& shape, Optional kernel, Optional bias) {
                return n.addDeconvolutionNd(input, maps, shape, weightsOr(kernel), weightsOr(bias));
            },
            "input"_a, "num_output_maps"_a, "kernel_shape"_a, "kernel"_a.none(), "bias"_a.none() = nb::none(), kOwned,
            nb::keep_alive<1, 5>(), nb::keep_alive<1, 6>())
        .def(
            "add_scale",
            [](N& n, ITensor& input, ScaleMode mode, Optional shift, Optional scale, Optional power) {
                return n.addScale(input, mode, weightsOr(shift), weightsOr(scale), weightsOr(power));
            },
            "input"_a, "mode"_a, "shift"_a.none() = nb::none(), "scale"_a.none() = nb::none(),
            "power"_a.none() = nb::none(), kOwned, nb::keep_alive<1, 4>(), nb::keep_alive<1, 5>(),
            nb::keep_alive<1, 6>())
        .def(
            "add_scale_nd",
            [](N& n, ITensor& input, ScaleMode mode, Optional shift, Optional scale, Optional power, int32_t axis) {
                return n.addScaleNd(input, mode, weightsOr(shift), weightsOr(scale), weightsOr(power), axis);
            },
            "input"_a, "mode"_a, "shift"_a.none() = nb::none(), "scale"_a.none() = nb::none(),
            "power"_a.none() = nb::none(), "channel_axis"_a, kOwned, nb::keep_alive<1, 4>(), nb::keep_alive<1, 5>(),
            nb::keep_alive<1, 6>())
        .def("add_constant", &N::addConstant, "shape"_a, "weights"_a, kOwned, nb::keep_alive<1, 3>());
}

void defPointwise(Class& c) {
    c.def("add_activation", &N::addActivation, "input"_a, "type"_a, kOwned)
        .def("add_pooling_nd", &N::addPoolingNd, "input"_a, "type"_a, "window_size"_a, kOwned)
        .def("add_lrn", &N::addLRN, "input"_a, "window"_a, "alpha"_a, "beta"_a, "k"_a, kOwned)
        .def("add_softmax", &N::addSoftMax, "input"_a, kOwned)
        .def("add_elementwise", &N::addElementWise, "input1"_a, "input2"_a, "op"_a, kOwned)
        .def("add_unary", &N::addUnary, "input"_a, "op"_a, kOwned)
        .def("add_parametric_relu", &N::addParametricReLU, "input"_a, "slopes"_a, kOwned)
        .def("add_select", &N::addSelect, "condition"_a, "then_input"_a, "else_input"_a, kOwned)
        .def("add_identity", &N::addIdentity, "input"_a, kOwned)
        .def("add_cast", &N::addCast, "input"_a, "to_type"_a, kOwned)
        .def("add_reduce", &N::addReduce, "input"_a, "op"_a, "axes"_a, "keep_dims"_a, kOwned)
        .def("add_ragged_softmax", &N::addRaggedSoftMax, "input"_a, "bounds"_a, kOwned)
        .def("add_matrix_multiply",
             nb::overload_cast<ITensor&, MatrixOperation, ITensor&, MatrixOperation>(&N::addMatrixMultiply), "input0"_a,
             "op0"_a, "input1"_a, "op1"_a, kOwned)
        .def("add_cumulative", &N::addCumulative, "input"_a, "axis"_a, "op"_a, "exclusive"_a, "reverse"_a, kOwned)
        .def("add_normalization", &N::addNormalization, "input"_a, "scale"_a, "bias"_a, "axesMask"_a, kOwned)
        .def("add_normalization_v2", &N::addNormalizationV2, "input"_a, "scale"_a, "bias"_a, "axesMask"_a, kOwned)
        .def(
            "add_einsum",
            [](N& n, std::vector<ITensor*> const& inputs, char const* equation) {
                return n.addEinsum(inputs.data(), static_cast<int32_t>(inputs.size()), equation);
            },
            "inputs"_a, "equation"_a, kOwned);
}

void defTopK(Class& c) {
    c.def(
         "add_topk",
         [](N& n, ITensor& input, TopKOperation op, int32_t k, uint32_t axes) { return n.addTopK(input, op, k, axes); },
         "input"_a, "op"_a, "k"_a, "axes"_a, kOwned)
        .def(
            "add_topk",
            [](N& n, ITensor& input, TopKOperation op, int32_t k, uint32_t axes, DataType type) {
                return n.addTopK(input, op, k, axes, type);
            },
            "input"_a, "op"_a, "k"_a, "axes"_a, "indices_type"_a, kOwned)
        .def(
            "add_non_zero", [](N& n, ITensor& input) { return n.addNonZero(input); }, "input"_a, kOwned)
        .def(
            "add_non_zero", [](N& n, ITensor& input, DataType type) { return n.addNonZero(input, type); }, "input"_a,
            "indices_type"_a, kOwned)
        .def(
            "add_nms",
            [](N& n, ITensor& boxes, ITensor& scores, ITensor& limit) { return n.addNMS(boxes, scores, limit); },
            "boxes"_a, "scores"_a, "max_output_boxes_per_class"_a, kOwned)
        .def(
            "add_nms",
            [](N& n, ITensor& boxes, ITensor& scores, ITensor& limit, DataType type) {
                return n.addNMS(boxes, scores, limit, type);
            },
            "boxes"_a, "scores"_a, "max_output_boxes_per_class"_a, "indices_type"_a, kOwned);
}

void defQuantization(Class& c) {
    c.def(
         "add_quantize", [](N& n, ITensor& input, ITensor& scale) { return n.addQuantize(input, scale); }, "input"_a,
         "scale"_a, kOwned)
        .def(
            "add_quantize",
            [](N& n, ITensor& input, ITensor& scale, DataType type) { return n.addQuantize(input, scale, type); },
            "input"_a, "scale"_a, "output_type"_a, kOwned)
        .def(
            "add_dequantize", [](N& n, ITensor& input, ITensor& scale) { return n.addDequantize(input, scale); },
            "input"_a, "scale"_a, kOwned)
        .def(
            "add_dequantize",
            [](N& n, ITensor& input, ITensor& scale, DataType type) { return n.addDequantize(input, scale, type); },
            "input"_a, "scale"_a, "output_type"_a, kOwned)
        .def("add_dynamic_quantize", &N::addDynamicQuantize, "input"_a, "axis"_a, "block_size"_a, "output_type"_a,
             "scale_type"_a, kOwned)
        .def("add_dynamic_quantize_v2", &N::addDynamicQuantizeV2, "input"_a, "block_shape"_a, "output_type"_a,
             "scale_type"_a, kOwned);
}

}  // namespace

void bindNetworkLayers(Class& c) {
    defWeighted(c);
    defPointwise(c);
    defTopK(c);
    defQuantization(c);
}

}  // namespace opentrt::python
