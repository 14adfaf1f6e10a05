// SPDX-License-Identifier: Apache-2.0
// INetworkDefinition.add_...: layers that move data, control flow, transformers, plugins.
#include "plugin_python.h"

namespace opentrt::python {
namespace {

using N = INetworkDefinition;
using Class = Bound<N>;
using Tensors = std::vector<ITensor*>;

int32_t count(Tensors const& tensors) {
    return static_cast<int32_t>(tensors.size());
}

void defMovement(Class& c) {
    c.def(
         "add_concatenation",
         [](N& n, Tensors const& inputs) { return n.addConcatenation(inputs.data(), count(inputs)); }, "inputs"_a,
         kOwned)
        .def("add_padding_nd", &N::addPaddingNd, "input"_a, "pre_padding"_a, "post_padding"_a, kOwned)
        .def("add_shuffle", &N::addShuffle, "input"_a, kOwned)
        .def("add_slice", &N::addSlice, "input"_a, "start"_a, "shape"_a, "stride"_a, kOwned)
        .def("add_gather", &N::addGather, "input"_a, "indices"_a, "axis"_a, kOwned)
        .def("add_gather_v2", &N::addGatherV2, "input"_a, "indices"_a, "mode"_a, kOwned)
        .def("add_scatter", &N::addScatter, "data"_a, "indices"_a, "updates"_a, "mode"_a, kOwned)
        .def("add_one_hot", &N::addOneHot, "indices"_a, "values"_a, "depth"_a, "axis"_a, kOwned)
        .def("add_resize", &N::addResize, "input"_a, kOwned)
        .def("add_grid_sample", &N::addGridSample, "input"_a, "grid"_a, kOwned)
        .def("add_shape", &N::addShape, "input"_a, kOwned)
        .def("add_squeeze", &N::addSqueeze, "input"_a, "axes"_a, kOwned)
        .def("add_unsqueeze", &N::addUnsqueeze, "input"_a, "axes"_a, kOwned)
        .def("add_reverse_sequence", &N::addReverseSequence, "input"_a, "sequence_lens"_a, kOwned)
        .def(
            "add_fill", [](N& n, Dims const& shape, FillOperation op) { return n.addFill(shape, op); }, "shape"_a,
            "op"_a, kOwned)
        .def(
            "add_fill",
            [](N& n, Dims const& shape, FillOperation op, DataType type) { return n.addFill(shape, op, type); },
            "shape"_a, "op"_a, "output_type"_a, kOwned);
}

void defControl(Class& c) {
    c.def("add_loop", &N::addLoop, kOwned)
        .def("add_if_conditional", &N::addIfConditional, kOwned)
        .def("add_assertion", &N::addAssertion, "condition"_a, "message"_a, kOwned)
        .def("add_attention", &N::addAttention, "query"_a, "key"_a, "value"_a, "norm_op"_a, "causal"_a, kOwned)
        .def(
            "add_attention_v2",
            [](N& n, ITensor& query, ITensor& key, ITensor& value, AttentionNormalizationOp op, CausalMaskKind kind) {
                return n.addAttentionV2(query, key, value, op, kind);
            },
            "query"_a, "key"_a, "value"_a, "norm_op"_a, "causal_kind"_a, kOwned)
        .def("add_rotary_embedding", &N::addRotaryEmbedding, "input"_a, "cos_cache"_a, "sin_cache"_a, "interleaved"_a,
             "rotary_embedding_dim"_a, kOwned)
        .def("add_kv_cache_update", &N::addKVCacheUpdate, "cache"_a, "update"_a, "write_indices"_a, "cache_mode"_a,
             kOwned)
        .def("add_moe", &N::addMoE, "hidden_states"_a, "selected_experts_for_tokens"_a, "scores_for_selected_experts"_a,
             kOwned)
        .def(
            "add_dist_collective",
            [](N& n, ITensor& input, CollectiveOperation op, ReduceOperation reduce, int64_t root,
               std::vector<int64_t> groups) {
                return n.addDistCollective(input, op, reduce, root, groups.data(), static_cast<int64_t>(groups.size()));
            },
            "input"_a, "dist_collective_op"_a, "reduce_op"_a, "root"_a, "groups"_a, kOwned);
}

// The network works on a copy of the plugin.
void defPlugins(Class& c) {
    c.def(
         "add_plugin_v2",
         [](N& n, Tensors const& inputs, nb::handle plugin) {
             return n.addPluginV2(inputs.data(), count(inputs), *borrowV2(plugin));
         },
         "inputs"_a, "plugin"_a, kOwned)
        .def(
            "add_plugin_v3",
            [](N& n, Tensors const& inputs, Tensors const& shapes, nb::handle plugin) {
                return n.addPluginV3(inputs.data(), count(inputs), shapes.data(), count(shapes), *borrowV3(plugin));
            },
            "inputs"_a, "shape_inputs"_a, "plugin"_a, kOwned)
        .def(
            "add_plugin",
            [](nb::object self, nb::object func, bool aot) {
                if (!PyCallable_Check(func.ptr())) return self.attr("add_plugin_v3")(*nb::tuple(func));
                return self.attr("add_plugin_v3")(*nb::tuple(func(aot)));
            },
            "func"_a, "aot"_a = false);
}

}  // namespace

void bindNetworkTail(Class& c) {
    defMovement(c);
    defControl(c);
    defPlugins(c);
}

}  // namespace opentrt::python
