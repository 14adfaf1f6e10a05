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

using Code = std::shared_ptr<const Module>;

constexpr Operand kInput{0, false, 0}, kOutput{0, true, 0};

Move transposeMove(const ops::Transpose& op, const Dims& x, const Dims& from, const Dims& y) {
    Move move;
    move.dims = y;
    fit(op.permutation.size() == y.size() && x.size() == y.size(), "a permutation of other dimensions");
    for (size_t d = 0; d < y.size(); ++d) {
        const auto axis = static_cast<size_t>(op.permutation[d]);
        fit(axis < x.size() && x[axis] == y[d], "a permutation of other dimensions");
        move.strides.push_back(from[axis]);
    }
    return move;
}

Move sliceMove(const ops::Slice& op, const Dims& x, const Dims& from, const Dims& y) {
    Move move;
    move.dims = y;
    move.strides.assign(y.size(), 0);
    fit(op.start.size() == x.size() && op.stride.size() == x.size() && y.size() == x.size(), "the rank of a slice");
    for (size_t d = 0; d < y.size(); ++d) {
        if (y[d] == 0) continue;
        const int64_t first = op.start[d], step = y[d] == 1 ? 0 : op.stride[d];
        int64_t last = 0;
        const bool overflows =
            __builtin_mul_overflow(y[d] - 1, step, &last) || __builtin_add_overflow(last, first, &last);
        if (overflows || std::min(first, last) < 0 || std::max(first, last) >= x[d]) {
            throw Error(
                ErrorCode::InvalidArgument, "",
                cat("the slice reads elements ", first, " to ", last, " of dimension ", d, ", which has ", x[d]));
        }
        move.offset += first * from[d];
        move.strides[d] = from[d] * step;
    }
    return move;
}

Move expandMove(const Dims& x, const Dims& from, const Dims& y) {
    fit(x.size() <= y.size(), "an expansion to fewer dimensions");
    const size_t added = y.size() - x.size();
    Move move;
    move.dims = y;
    move.strides.assign(y.size(), 0);
    for (size_t d = 0; d < x.size(); ++d) {
        fit(x[d] == 1 || x[d] == y[added + d], "an expansion of other data");
        move.strides[added + d] = x[d] == 1 ? 0 : from[d];
    }
    return move;
}

std::vector<Move> joinMoves(size_t axis, std::span<const Port> in, const Dims& y) {
    fit(axis < y.size(), "the axis of a concatenation");
    std::vector<Move> moves;
    int64_t from = 0;
    for (const Port& port : in) {
        fit(port.dims.size() == y.size(), "an operand of another rank");
        for (size_t d = 0; d < y.size(); ++d) fit(d == axis || port.dims[d] == y[d], "an operand of another size");
        moves.push_back({port.dims, 0, stridesIn(port.format, port.dims), axis, from});
        from += port.dims[axis];
    }
    fit(from == y[axis], "operands that do not fill the result");
    return moves;
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

std::unique_ptr<Launch> prepareMove(const Move& move, int operand, const Port& out, const Code& code) {
    const Dims to = stridesIn(out.format, out.dims);
    Operand target = kOutput;
    if (move.from > 0) target.offset = move.from * to[move.axis];
    return prepareBox({out.type, out.format, move.dims}, {operand, false, move.offset}, move.strides, target, to, code);
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    CopyParams p;
    parseFields(p, params);
    fit(!weights.empty(), "a kernel without machine code");
    return makeKernel([p, code = loadModule(*site.machine, weights[0])](auto in, auto out) -> std::unique_ptr<Launch> {
        const std::vector<Move> moves = movesOf(p, in, out);
        if (moves.size() == 1) return prepareMove(moves[0], 0, out[0], code);
        auto copies = std::make_unique<Copies>();
        for (size_t i = 0; i < moves.size(); ++i) copies->add(prepareMove(moves[i], static_cast<int>(i), out[0], code));
        return copies;
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

std::vector<Move> movesOf(const CopyParams& copy, std::span<const Port> in, std::span<const Port> out) {
    const bool isJoin = copy.kind == "Concatenation";
    fitPorts(in, isJoin ? std::max<size_t>(in.size(), 1) : 1);
    fitPorts(out, 1);
    const Dims& y = out[0].dims;
    for (const Port& port : in) fit(port.type == out[0].type, "an operand of another type");
    if (isJoin) return joinMoves(axisOf(copy.parsed<ops::Concatenation>().axis, y.size()), in, y);
    const Dims &x = in[0].dims, from = stridesIn(in[0].format, x);
    if (copy.kind == "Transpose") return {transposeMove(copy.parsed<ops::Transpose>(), x, from, y)};
    if (copy.kind == "Slice") return {sliceMove(copy.parsed<ops::Slice>(), x, from, y)};
    fit(copy.kind == "Expand", "a copy of no known kind");
    return {expandMove(x, from, y)};
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
