// SPDX-License-Identifier: Apache-2.0
// INetworkDefinition's members of older releases; each says what to use instead.
#include "bind.h"

namespace opentrt::python {

using N = INetworkDefinition;
using Optional = Weights const*;

void bindNetworkLegacy(Bound<N>& c) {
    c.def(
         "add_convolution",
         [](N& n, ITensor& input, int32_t maps, DimsHW const& shape, Optional kernel, Optional bias) {
             warnDeprecated("add_convolution_nd");
             return n.addConvolution(input, maps, shape, weightsOr(kernel), weightsOr(bias));
         },
         "input"_a, "num_output_maps"_a, "kernel_shape"_a, "kernel"_a, "bias"_a.none() = nb::none(), kOwned,
         nb::keep_alive<1, 5>(), nb::keep_alive<1, 6>())
        .def(
            "add_deconvolution",
            [](N& n, ITensor& input, int32_t maps, DimsHW const& shape, Optional kernel, Optional bias) {
                warnDeprecated("add_deconvolution_nd");
                return n.addDeconvolution(input, maps, shape, weightsOr(kernel), weightsOr(bias));
            },
            "input"_a, "num_output_maps"_a, "kernel_shape"_a, "kernel"_a, "bias"_a.none() = nb::none(), kOwned,
            nb::keep_alive<1, 5>(), nb::keep_alive<1, 6>())
        .def(
            "add_pooling",
            [](N& n, ITensor& input, PoolingType type, DimsHW const& window) {
                warnDeprecated("add_pooling_nd");
                return n.addPooling(input, type, window);
            },
            "input"_a, "type"_a, "window_size"_a, kOwned)
        .def(
            "add_padding",
            [](N& n, ITensor& input, DimsHW const& before, DimsHW const& after) {
                warnDeprecated("add_padding_nd");
                return n.addPadding(input, before, after);
            },
            "input"_a, "pre_padding"_a, "post_padding"_a, kOwned)
        .def(
            "add_fully_connected",
            [](N& n, ITensor& input, int32_t outputs, Optional kernel, Optional bias) {
                warnDeprecated("add_matrix_multiply");
                return n.addFullyConnected(input, outputs, weightsOr(kernel), weightsOr(bias));
            },
            "input"_a, "num_outputs"_a, "kernel"_a, "bias"_a.none() = nb::none(), kOwned, nb::keep_alive<1, 4>(),
            nb::keep_alive<1, 5>())
        .def(
            "add_rnn_v2",
            [](N& n, ITensor& input, int32_t layers, int32_t hidden, int32_t length, RNNOperation op) {
                warnDeprecated("add_loop");
                return n.addRNNv2(input, layers, hidden, length, op);
            },
            "input"_a, "layer_count"_a, "hidden_size"_a, "max_seq_length"_a, "op"_a, kOwned)
        .def_prop_ro("has_explicit_precision", &N::hasExplicitPrecision);
}

}  // namespace opentrt::python
