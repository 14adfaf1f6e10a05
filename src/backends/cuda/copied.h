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

//! Bytes of k that such kernels bring at once: a step, or half of one where that is less to bring.
int64_t rowBytesInGroups(const RegionView& region);

//! Weights as tf32, larger by what the activations lose in such kernels.
void roundToTf32(Tensor& weights);

//! Refuses parameters that no such kernel has.
void checkContraction(const ContractionParams& p, size_t tiles);

//! What a plan has of such a kernel, on the device.
template <class Params>
struct CopiedKernel {
    std::shared_ptr<const Params> params;
    std::shared_ptr<const Module> module;
    std::shared_ptr<const DeviceWeights> packed;
};
template <class Params = ContractionParams>
CopiedKernel<Params> readCopied(const Site& site, const std::string& params, const std::vector<Tensor>& weights,
                                size_t tiles) {
    auto p = std::make_shared<Params>();
    parseFields(*p, params);
    checkContraction(*p, tiles);
    return {std::move(p), loadModule(*site.machine, weights.at(0)),
            std::make_shared<const DeviceWeights>(*site.machine, weights.at(1))};
}

//! Rows of packed weights, filled up to steps of `span`, in the order in which four neighbouring threads together hold
//! sums of `span` columns: a thread has a pair of each 8, which become neighbours.
Tensor inOrderOfSums(const Tensor& packed, int64_t span);
//! Such columns where a thread gets 16 bytes of the result.
inline int64_t spanOfPieces(DType result) {
    constexpr int64_t kThreads = 4;
    return kThreads * kPieceBytes / bytesOf(result);
}

inline int64_t roundUp(int64_t x, int64_t step) {
    return (x + step - 1) / step * step;
}

//! A dense matrix in boxes of `bytes` of each of `tile` rows.
BoxMap mapOfMatrix(DType type, int64_t rows, int64_t columns, int64_t tile, int64_t bytes);
//! Rows of packed weights: `k` without padding, in boxes of `bytes` of it and `tile` of the columns.
BoxMap mapOfWeights(DType type, int64_t k, int64_t columns, int64_t tile, int64_t bytes = kStepBytes);

//! Arguments that say where the rows of a product lie, and how the copy engine sees `rows` of them.
template <class Args>
BoxMap placeRows(const ContractionParams& p, int rows, const Dims& x, const Dims& y, Args& args) {
    BoxMap map;
    const auto step = static_cast<uint32_t>(p.rowBytes / bytesOf(p.type));
    const auto bytes = static_cast<uint64_t>(bytesOf(p.type));
    map.type = p.type;
    const size_t channelAxis = p.image ? 1 : x.size() - 1;
    const int64_t columns = y[p.image ? 1 : y.size() - 1];
    const auto c = static_cast<uint64_t>(x[channelAxis]);
    args.M = static_cast<int32_t>(requireCount(volumeOf(y) / columns));
    args.N = static_cast<int32_t>(columns);
    args.chunks = static_cast<int32_t>((c + step - 1) / step);
    bool plain = true;
    for (size_t s = 0; p.image && s < 2; ++s) {
        plain = plain && p.kernel[s + 2] == 1 && p.strideAt(s) == 1 && x[s + 2] == y[s + 2];
    }
    if (plain) return mapOfMatrix(p.type, args.M, x[channelAxis], rows, p.rowBytes);
    args.windows = 1;
    args.taps = static_cast<int32_t>(p.kernel[2] * p.kernel[3]);
    args.windowW = static_cast<int32_t>(p.kernel[3]);
    args.pixels = Divisor(y[2] * y[3]);
    args.width = Divisor(y[3]);
    const auto h = static_cast<uint64_t>(x[2]), w = static_cast<uint64_t>(x[3]);
    map.rank = 4;
    map.dims = {c, w, h, static_cast<uint64_t>(x[0])};
    map.strides = {c * bytes, c * bytes * w, c * bytes * w * h};
    map.box = {step};
    map.places = rows;
    for (size_t s = 0; s < 2; ++s) {
        const auto extent = p.extent(s, x[s + 2], p.kernel[s + 2]);
        args.stride[s] = static_cast<int32_t>(p.strideAt(s));
        args.pad[s] = static_cast<int32_t>(extent.pre);
        map.lower[1 - s] = static_cast<int>(-extent.pre);
        map.upper[1 - s] = static_cast<int>(extent.post - (p.kernel[s + 2] - 1));
        map.steps[2 - s] = static_cast<uint32_t>(p.strideAt(s));
    }
    return map;
}

struct PlacesNoMore {
    void operator()(const void* /*args*/, const LaunchArgs&) const {}
};
//! A launch of a kernel whose arguments begin with the maps `a` and `b` and hold `y` and `extra`; some have a map
//! `like` of the operand that lies like the result. `place` puts what else they hold into them.
template <class Params, class Args, class Place = PlacesNoMore>
std::unique_ptr<Launch> makeCopiedLaunch(const CopiedKernel<Params>& kernel, const char* name, const Grid& grid,
                                         const Args& fixed, const BoxMap& rows, const BoxMap& weights,
                                         const BoxMap& like = {}, Place place = {}) {
    const Machine& machine = kernel.module->machine();
    const ContractionParams& p = *kernel.params;
    Args args = fixed;
    args.b = makeTensorMap(machine, weights, kernel.packed->data());
    return makeKernelLaunch(kernel.module, name, grid, args,
                            [&machine, packed = kernel.packed, mappedRows = MappedOperand(rows),
                             mappedLike = MappedOperand(like), likeAt = p.likeResult() + 1, extras = p.extras.size(),
                             leaves = p.leaves, place = std::move(place)](Args& a, const LaunchArgs& launch) mutable {
                                mappedRows.place(machine, launch.inputs[0], a.a);
                                if constexpr (requires { a.like; }) {
                                    const void* address = launch.inputs[static_cast<size_t>(likeAt)];
                                    if (likeAt > 0) mappedLike.place(machine, address, a.like);
                                } else {
                                    static_cast<void>(mappedLike);
                                }
                                a.y = launch.outputs[0];
                                a.extra.place(launch, 1, extras, leaves);
                                for (const void* address : a.extra.address) requireAligned({address}, "a product");
                                requireAligned({a.y}, "a product");
                                place(&a, launch);
                            });
}

}  // namespace opentrt::cuda
