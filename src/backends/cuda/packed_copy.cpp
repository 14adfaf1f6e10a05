// SPDX-License-Identifier: Apache-2.0
// Transposes, slices, expansions and concatenations of numbers that are packed two to a byte. Tested by the conformance
// cases.
#include "backends/cuda/elements.h"
#include "backends/cuda/movement.h"
#include "ops/concatenation.h"
#include "ops/slice.h"
#include "ops/support/index.h"
#include "ops/transpose.h"

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

using Ports = std::span<const Port>;

//! One for each operand, in turn.
std::vector<PackedCopyArgs> copiesOf(const CopyParams& p, Ports in, Ports out) {
    PackedCopyArgs copy;
    const Dims &x = in[0].dims, &y = out[0].dims, from = stridesOf(x);
    if (p.kind == "Transpose") {
        const auto op = p.parsed<ops::Transpose>();
        fit(op.permutation.size() == y.size() && x.size() == y.size(), "a permutation of other dimensions");
        for (size_t d = 0; d < y.size(); ++d) {
            const auto axis = static_cast<size_t>(op.permutation[d]);
            fit(axis < x.size() && x[axis] == y[d], "a permutation of other dimensions");
            copy.stride.v[d] = from[axis];
        }
        return {copy};
    }
    if (p.kind == "Slice") {
        const auto op = p.parsed<ops::Slice>();
        fit(op.start.size() == x.size() && op.stride.size() == x.size() && y.size() == x.size(), "a slice");
        for (size_t d = 0; d < x.size(); ++d) {
            const int64_t first = op.start[d], last = first + (y[d] - 1) * op.stride[d];
            fit(y[d] == 0 || (std::min(first, last) >= 0 && std::max(first, last) < x[d]), "a slice of other data");
            copy.offset += first * from[d];
            copy.stride.v[d] = from[d] * op.stride[d];
        }
        return {copy};
    }
    if (p.kind == "Expand") {
        fit(x.size() <= y.size(), "an expansion to fewer dimensions");
        const size_t added = y.size() - x.size();
        for (size_t d = 0; d < x.size(); ++d) {
            fit(x[d] == 1 || x[d] == y[added + d], "an expansion of other data");
            copy.stride.v[added + d] = x[d] == 1 ? 0 : from[d];
        }
        return {copy};
    }
    fit(p.kind == "Concatenation", "a copy of no known kind");
    const auto op = p.parsed<ops::Concatenation>();
    const size_t axis = axisOf(op.axis, y.size());
    fit(axis < y.size(), "an axis");
    copy.axis = static_cast<int32_t>(axis);
    std::vector<PackedCopyArgs> copies;
    for (const Port& port : in) {
        fit(port.dims.size() == y.size() && port.type == out[0].type, "an operand of another kind");
        for (size_t d = 0; d < y.size(); ++d) fit(d == axis || port.dims[d] == y[d], "an operand of another size");
        copy.from = copy.to;
        copy.to += port.dims[axis];
        const Dims strides = stridesOf(port.dims);
        copy.stride = PerDim(strides);
        copy.offset = -copy.from * strides[axis];
        copy.keeps = !copies.empty();
        copies.push_back(copy);
    }
    fit(copy.to == y[axis], "operands that do not fill the result");
    return copies;
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    CopyParams p;
    parseFields(p, params);
    fit(!weights.empty(), "a kernel without machine code");
    return makeKernel([p, code = loadModule(*site.machine, weights[0])](auto in, auto out) {
        fit(!in.empty() && in[0].type == out[0].type && bitsOf(out[0].type) == 4, "numbers of other types");
        fit(out[0].dims.size() <= Places::kMost, "too many dimensions");
        auto copies = std::make_unique<Copies>();
        size_t operand = 0;
        for (PackedCopyArgs args : copiesOf(p, in, out)) {
            args.places = Places(out[0].dims);
            args.elements = requireCount(volumeOf(out[0].dims));
            copies->add(elementLaunch(code, "packed_copy", args, bytesFor(out[0].type, args.elements),
                                      [i = operand++](PackedCopyArgs& a, const LaunchArgs& launch) {
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
