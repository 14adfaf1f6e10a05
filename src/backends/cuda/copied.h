// SPDX-License-Identifier: Apache-2.0
// What the kernels share that are fed by the copy engine of compute capability 9.0: packed weights as boxes, and
// launches that describe the activations again when their address changes.
#pragma once
#include "backends/cuda/contraction.h"
#include "backends/cuda/tensor_map.h"

namespace opentrt::cuda {

//! Why the copy engine cannot bring packed weights and rows of k; `whyNotWindow` judges a convolution. The region is
//! one of contractions.
std::string whyNotCopied(const RegionView& region,
                         std::string (*whyNotWindow)(const RegionView& region, const ops::Convolution& conv));

//! Why rows of k, or channels, are not in steps of so many bytes.
std::string whyNotWholeSteps(const RegionView& region, int64_t bytes);

//! Whether the kernels of warp groups take the region. `rounds`: products of floats may be rounded.
bool multipliesInGroups(const Site& site, const RegionView& region, bool rounds);

//! Parameters that were read back; refuses those that no kernel has.
std::shared_ptr<const ContractionParams> readContraction(const std::string& params, size_t tiles);

//! Rows of packed weights: `k` without padding, in boxes of `bytes` of it and `tile` of the columns.
BoxMap mapOfWeights(DType type, int64_t k, int64_t columns, int64_t tile, int64_t bytes = kStepBytes);

//! A launch of a kernel whose arguments begin with the maps `a` and `b` and hold `y` and `extra`.
template <class Args>
std::unique_ptr<Launch> makeCopiedLaunch(std::shared_ptr<const Module> module, const char* kernel, const Grid& grid,
                                         Args args, const BoxMap& rows, const BoxMap& weights,
                                         std::shared_ptr<const DeviceWeights> packed, const ContractionParams& p) {
    const Machine& machine = module->machine();
    args.b = makeTensorMap(machine, weights, packed->data());
    return makeKernelLaunch(std::move(module), kernel, grid, args,
                            [packed, &machine, rows, extras = p.extras.size(), leaves = p.leaves,
                             last = static_cast<const void*>(nullptr)](Args& a, const LaunchArgs& launch) mutable {
                                if (launch.inputs[0] != last) {
                                    a.a = makeTensorMap(machine, rows, launch.inputs[0]);
                                    last = launch.inputs[0];
                                }
                                a.y = launch.outputs[0];
                                a.extra.place(launch, 1, extras, leaves);
                                for (const void* address : a.extra.address) requireAligned({address}, "a product");
                                requireAligned({a.y}, "a product");
                            });
}

}  // namespace opentrt::cuda
