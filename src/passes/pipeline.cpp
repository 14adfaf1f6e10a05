// SPDX-License-Identifier: Apache-2.0
// The build's table of contents.
#include "passes/passes.h"

namespace opentrt {

std::span<const Pass> pipeline() {
    using namespace passes;
    static constexpr Pass kPasses[] = {
        {"fold", "compute what depends on constants alone", Stage::Imported, Stage::Imported, nullptr, foldConstants},
        {"assertions", "drop assertions that always hold, refuse one that never does", Stage::Imported, Stage::Imported,
         nullptr, decideAssertions},
        {"decompose", "layers of the API become canonical operators", Stage::Imported, Stage::Canonical,
         decomposeRules},
        {"branches", "conditionals whose condition is known become their branch", Stage::Canonical, Stage::Canonical,
         nullptr, takeKnownBranches, true},
        {"loops", "counters, slices and unchanging values of loops are taken as what they are", Stage::Canonical,
         Stage::Canonical, nullptr, simplifyLoops, true},
        {"recurrences", "LSTM, GRU and RNN cells in loops become one operator over the sequence", Stage::Canonical,
         Stage::Canonical, nullptr, recognizeRecurrences, true},
        {"hoist", "what a loop need not compute step by step is computed before it", Stage::Canonical, Stage::Canonical,
         nullptr, hoistFromLoops, true},
        {"unroll", "loops of few trips become straight graphs", Stage::Canonical, Stage::Canonical, nullptr,
         unrollLoops, true},
        {"widen", "16-bit types become f32 where the backend has no arithmetic for them", Stage::Canonical,
         Stage::Canonical, nullptr, widenHalves},
        {"identities", "drop operators that change nothing", Stage::Canonical, Stage::Canonical, identityRules},
        {"cse", "compute equal things once", Stage::Canonical, Stage::Canonical, nullptr, mergeCommon},
        {"fold_canonical", "fold what decomposition left", Stage::Canonical, Stage::Canonical, nullptr, foldConstants},
        {"gelu", "GELU from its parts", Stage::Canonical, Stage::Canonical, geluRules},
        {"layer_norm", "layer normalisation from its parts", Stage::Canonical, Stage::Canonical, layerNormRules},
        {"attention", "attention from its parts, read and written in place", Stage::Canonical, Stage::Canonical,
         attentionRules},
        {"picks", "what is picked out of a result is picked before it is computed", Stage::Canonical, Stage::Canonical,
         nullptr, pickEarlier},
        {"scale_weights", "factors and summands per channel move into convolution weights", Stage::Canonical,
         Stage::Canonical, scaleWeightsRules},
        {"patches", "convolutions that cut a picture into rows of patches become products", Stage::Canonical,
         Stage::Canonical, patchRules},
        {"reshapes", "reshapes move behind what can join the product before them", Stage::Canonical, Stage::Canonical,
         reshapeRules},
        {"narrow", "f32 becomes a 16-bit type where the program allows it and the backend has arithmetic for it",
         Stage::Canonical, Stage::Canonical, nullptr, narrowFloats},
        {"quantized", "products of numbers with scales are those of narrow numbers where the backend multiplies such",
         Stage::Canonical, Stage::Canonical, quantizedRules},
        {"fold_quantized", "weights with scales that no product takes as they are become real numbers",
         Stage::Canonical, Stage::Canonical, nullptr, foldNarrow},
        {"fuse_gates", "a tensor times the gates that its averages make becomes one kernel", Stage::Canonical,
         Stage::Planned, nullptr, fuseGates},
        {"fuse_epilogues", "pointwise operators and poolings join their contraction", Stage::Planned, Stage::Planned,
         nullptr, fuseEpilogues},
        {"fuse_pointwise", "chains and trees of pointwise operators become one kernel", Stage::Planned, Stage::Planned,
         nullptr, fusePointwise},
        {"norms",
         "normalisations between products become statistics that one leaves and factors in the next, or part of the "
         "first",
         Stage::Planned, Stage::Planned, nullptr, foldNorms},
        {"sums", "rows that are sums, or picked out of tables, are made where they are normalised", Stage::Planned,
         Stage::Planned, nullptr, joinSums},
        {"chains", "convolutions of single pixels join the one whose result they multiply", Stage::Planned,
         Stage::Planned, nullptr, joinChains},
        {"mlps", "two products of rows, of which one multiplies what the other makes, become one kernel",
         Stage::Planned, Stage::Planned, nullptr, joinMlps},
    };
    return kPasses;
}

}  // namespace opentrt
