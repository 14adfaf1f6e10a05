// SPDX-License-Identifier: Apache-2.0
// The build's table of contents.
#include "passes/passes.h"

namespace opentrt {

std::span<const Pass> pipeline() {
    using namespace passes;
    static constexpr Pass kPasses[] = {
        {"fold", "compute what depends on constants alone", Stage::Imported, Stage::Imported, foldConstants},
        {"decompose", "layers of the API become canonical operators", Stage::Imported, Stage::Canonical,
         decomposeLayers},
        {"widen", "16-bit types become f32 where the backend has no arithmetic for them", Stage::Canonical,
         Stage::Canonical, widenHalves},
        {"identities", "drop operators that change nothing", Stage::Canonical, Stage::Canonical, removeIdentities},
        {"cse", "compute equal things once", Stage::Canonical, Stage::Canonical, mergeCommon},
        {"fold_canonical", "fold what decomposition left", Stage::Canonical, Stage::Canonical, foldConstants},
        {"gelu", "GELU from its parts", Stage::Canonical, Stage::Canonical, recognizeGelu},
        {"layer_norm", "layer normalisation from its parts", Stage::Canonical, Stage::Canonical,
         recognizeNormalization},
        {"scale_weights", "factors and summands per channel move into convolution weights", Stage::Canonical,
         Stage::Canonical, scaleIntoWeights},
        {"fuse_epilogues", "pointwise operators join the contraction before them", Stage::Canonical, Stage::Planned,
         fuseEpilogues},
        {"fuse_pointwise", "chains and trees of pointwise operators become one kernel", Stage::Planned, Stage::Planned,
         fusePointwise},
    };
    return kPasses;
}

}  // namespace opentrt
