// SPDX-License-Identifier: Apache-2.0
// Transposes, slices, expansions and concatenations of numbers that are packed two to a byte. Tested by the conformance
// cases.
#include "backends/cuda/elements.h"
#include "backends/cuda/movement.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.packed_copy";

//! Layout of code/packed_copy.cu.
struct PackedCopyArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0, elements = 0;
    Places places;
    PerDim stride;
    int64_t offset = 0, from = 0, to = 0;
    int32_t axis = -1;
    uint32_t keeps = 0;
};

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isCopy(region) || bitsOf(region.output(0).type) != 4) return;
    std::string reason = whyNotSliced(region);
    if (reason.empty()) reason = whyNotPlaces(region.output(0).shape);
    if (!reason.empty()) return list.refuse(kName, std::move(reason));
    addOpTactics(kName, region, {Format::Linear}, list);
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
    CompiledStep step = copyStep(kName, region);
    step.weights = {compileCode(site.target, cat(codeText("elements"), codeText("packed_copy")))};
    return step;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    CopyParams p;
    parseFields(p, params);
    fit(!weights.empty(), "a kernel without machine code");
    return makeKernel([p, code = loadModule(*site.machine, weights[0])](auto in, auto out) {
        const std::vector<Move> moves = movesOf(p, in, out);
        fit(bitsOf(out[0].type) == 4, "numbers of another type");
        fit(out[0].dims.size() <= Places::kMost, "too many dimensions");
        auto copies = std::make_unique<Copies>();
        for (size_t i = 0; i < moves.size(); ++i) {
            const Move& move = moves[i];
            PackedCopyArgs args;
            args.places = Places(out[0].dims);
            args.elements = requireCount(volumeOf(out[0].dims));
            args.stride = PerDim(move.strides);
            args.offset = move.offset;
            if (moves.size() > 1) {
                args.axis = static_cast<int32_t>(move.axis);
                args.from = move.from;
                args.to = move.from + move.dims[move.axis];
                args.offset -= move.from * move.strides[move.axis];
                args.keeps = i > 0;
            }
            copies->add(elementLaunch(code, "packed_copy", args, bytesFor(out[0].type, args.elements),
                                      [i](PackedCopyArgs& a, const LaunchArgs& launch) {
                                          a.x = launch.inputs[i];
                                          a.y = launch.outputs[0];
                                      }));
        }
        return std::unique_ptr<Launch>(std::move(copies));
    });
}

}  // namespace

const Family kPackedCopyFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
