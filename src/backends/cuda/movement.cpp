// SPDX-License-Identifier: Apache-2.0
// Operators that only move elements between boxes: transpose, slice, concatenation, expansion, and the change of
// format. Each is one or more copies with strides.
#include "backends/cuda/movement.h"

#include <algorithm>

#include "backends/cuda/family.h"
#include "backends/cuda/pointwise.h"
#include "base/error.h"
#include "ops/concatenation.h"
#include "ops/slice.h"
#include "ops/support/index.h"
#include "ops/transpose.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.copy";
constexpr const char* kReformat = "cuda.reformat";

//! A number for each dimension, from the attribute or the constant input; nothing where only the run knows.
std::optional<Dims> sliceNumbers(const RegionView& region, const std::vector<int64_t>& attribute, size_t input) {
    const Fact* fact = region.anchorInput(input);
    if (!fact) return attribute;
    if (!fact->constant) return std::nullopt;
    return fact->constant->toInts();
}

//! Start and stride of every dimension of a slice, as fields of an operator without further inputs.
std::optional<ops::Slice> knownSlice(const RegionView& region, const ops::Slice& op) {
    const auto start = sliceNumbers(region, op.start, 1), stride = sliceNumbers(region, op.stride, 3),
               axes = sliceNumbers(region, op.axes, 5);
    if (!start || !stride || !axes) return std::nullopt;
    const size_t rank = region.input(0).shape.size();
    ops::Slice all(Dims(rank, 0), {}, Dims(rank, 1));
    for (size_t i = 0; i < start->size(); ++i) {
        const size_t d = axes->empty() ? i : axisOf((*axes)[i], rank);
        all.start[d] = (*start)[i];
        if (i < stride->size()) all.stride[d] = (*stride)[i];
    }
    return all;
}

std::string whyNot(const RegionView& region) {
    if (bitsOf(region.output(0).type) < 8) return cat("type ", name(region.output(0).type), " is packed two to a byte");
    if (region.output(0).shape.size() > kMostDims) return cat("more than ", kMostDims, " dimensions");
    return whyNotSliced(region);
}

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!isCopy(region)) return;
    if (const std::string reason = whyNot(region); !reason.empty()) return list.refuse(kName, reason);
    std::vector<Format> formats{Format::Linear};
    const size_t rank = region.output(0).shape.size();
    const std::string_view kind = region.op().kind();
    if (rank >= 3 && rank <= 5 && (kind == "Slice" || kind == "Concatenation")) formats.push_back(Format::Nhwc);
    for (const Format format : formats) {
        Tactic tactic;
        tactic.name = cat(kName, ".", name(format));
        for (size_t i = 0; i < region.node->inputs.size(); ++i) {
            const bool image = kind == "Concatenation" || i == 0;
            tactic.inputs.push_back(image ? format : Format::Linear);
        }
        tactic.outputs = {format};
        list.tactics.push_back(std::move(tactic));
    }
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
    CompiledStep step = copyStep(kName, region);
    step.weights = {compileCode(site.target, copySource(bytesOf(region.output(0).type)))};
    return step;
}

using Ports = std::span<const Port>;
using Code = std::shared_ptr<const Module>;

constexpr Operand kInput{0, false, 0}, kOutput{0, true, 0};

std::unique_ptr<Launch> prepareTranspose(const ops::Transpose& op, Ports in, Ports out, const Code& code) {
    const Dims from = stridesIn(in[0].format, in[0].dims);
    Dims strides;
    for (const int64_t axis : op.permutation) strides.push_back(from[static_cast<size_t>(axis)]);
    const Dims to = stridesIn(out[0].format, out[0].dims);
    return preparePointwise(code, copyCall(out[0].dims, bytesOf(out[0].type), kInput, strides, kOutput, to));
}

//! A box of one tensor to a box of another, walked in the memory order of what is written.
std::unique_ptr<Launch> prepareBox(const Port& box, Operand from, const Dims& fromStrides, Operand to,
                                   const Dims& toStrides, const Code& code) {
    Dims dims, a, b;
    for (const size_t d : memoryOrder(box.format, box.dims.size())) {
        dims.push_back(box.dims[d]);
        a.push_back(fromStrides[d]);
        b.push_back(toStrides[d]);
    }
    return preparePointwise(code, copyCall(dims, bytesOf(box.type), from, a, to, b));
}

std::unique_ptr<Launch> prepareSlice(const ops::Slice& op, Ports in, Ports out, const Code& code) {
    const Dims from = stridesIn(in[0].format, in[0].dims);
    Dims strides = from;
    Operand source = kInput;
    for (size_t d = 0; d < from.size(); ++d) {
        const int64_t first = op.start[d], last = first + (out[0].dims[d] - 1) * op.stride[d];
        if (out[0].dims[d] > 0 && (std::min(first, last) < 0 || std::max(first, last) >= in[0].dims[d])) {
            throw Error(ErrorCode::InvalidArgument, "",
                        cat("a slice reads from ", first, " to ", last, " of a dimension of ", in[0].dims[d]));
        }
        source.offset += first * from[d];
        strides[d] = from[d] * op.stride[d];
    }
    return prepareBox(out[0], source, strides, kOutput, stridesIn(out[0].format, out[0].dims), code);
}

std::unique_ptr<Launch> prepareConcatenation(const ops::Concatenation& op, Ports in, Ports out, const Code& code) {
    auto copies = std::make_unique<Copies>();
    const Dims to = stridesIn(out[0].format, out[0].dims);
    const size_t axis = axisOf(op.axis, out[0].dims.size());
    Operand target = kOutput;
    for (size_t i = 0; i < in.size(); ++i) {
        const Operand source{static_cast<int>(i), false, 0};
        copies->add(prepareBox(in[i], source, stridesIn(in[i].format, in[i].dims), target, to, code));
        target.offset += in[i].dims[axis] * to[axis];
    }
    return copies;
}

std::unique_ptr<Launch> prepareExpand(Ports in, Ports out, const Code& code) {
    Dims from = broadcast(in[0].dims, stridesIn(in[0].format, in[0].dims));
    from.insert(from.begin(), out[0].dims.size() - from.size(), 0);
    return prepareBox(out[0], kInput, from, kOutput, stridesIn(out[0].format, out[0].dims), code);
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    CopyParams p;
    parseFields(p, params);
    return makeKernel([p, code = loadModule(*site.machine, weights.at(0))](auto in, auto out) {
        if (p.kind == "Transpose") return prepareTranspose(p.parsed<ops::Transpose>(), in, out, code);
        if (p.kind == "Slice") return prepareSlice(p.parsed<ops::Slice>(), in, out, code);
        if (p.kind == "Concatenation") return prepareConcatenation(p.parsed<ops::Concatenation>(), in, out, code);
        return prepareExpand(in, out, code);
    });
}

}  // namespace

bool isCopy(const RegionView& region) {
    if (!region.anchor || !region.pointwise.empty()) return false;
    const std::string_view kind = region.op().kind();
    return kind == "Transpose" || kind == "Slice" || kind == "Concatenation" || kind == "Expand";
}

std::string whyNotSliced(const RegionView& region) {
    const auto* slice = as<ops::Slice>(region.op());
    if (!slice) return {};
    if (slice->mode != ops::SampleMode::StrictBounds) return "places outside of the data";
    return knownSlice(region, *slice) ? "" : "a start or stride that only the run knows";
}

CompiledStep copyStep(const char* kernel, const RegionView& region) {
    const Op& op = region.op();
    const auto* slice = as<ops::Slice>(op);
    CopyParams p;
    p.kind = op.kind();
    p.op = slice ? printFields(*knownSlice(region, *slice)) : printFields(op);
    CompiledStep step;
    step.kernel = kernel;
    step.params = printFields(p);
    const size_t inputs = p.kind == "Concatenation" ? region.node->inputs.size() : 1;
    for (size_t i = 0; i < inputs; ++i) step.inputs.push_back(static_cast<int>(i));
    return step;
}

CompiledStep compileReformat(const Site& site, DType type, Format, Format) {
    CompiledStep step;
    step.kernel = kReformat;
    step.inputs = {0};
    step.weights = {compileCode(site.target, copySource(std::max<int64_t>(bytesOf(type), 1)))};
    return step;
}

const Family kCopyFamily{kName, tactics, compile, load};
const Family kReformatFamily{
    kReformat, [](const Site&, const RegionView&, const TacticRequest&, TacticList&) {}, nullptr,
    [](const Site& site, const std::string&, const std::vector<Tensor>& weights) -> std::shared_ptr<const Kernel> {
        return makeKernel([code = loadModule(*site.machine, weights.at(0))](auto in, auto out) {
            if (in[0].format == out[0].format) {  // bytes, whatever the type
                const Dims bytes{bytesIn(in[0].format, in[0].type, in[0].dims) /
                                 std::max<int64_t>(bytesOf(in[0].type), 1)};
                return preparePointwise(
                    code, copyCall(bytes, std::max<int64_t>(bytesOf(in[0].type), 1), kInput, {1}, kOutput, {1}));
            }
            return prepareBox(out[0], kInput, stridesIn(in[0].format, in[0].dims), kOutput,
                              stridesIn(out[0].format, out[0].dims), code);
        });
    }};

}  // namespace opentrt::cuda
