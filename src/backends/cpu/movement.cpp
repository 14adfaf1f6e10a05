// SPDX-License-Identifier: Apache-2.0
// Operators that move elements: each becomes one or more strided copies. Fixed attributes are kept as numbers; sizes
// come from the ports when the kernel is bound, so one step serves all shapes.
#include <algorithm>

#include "backends/cpu/family.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/layouts.h"
#include "backends/fit.h"
#include "base/error.h"
#include "ops/concatenation.h"
#include "ops/expand.h"
#include "ops/padding.h"
#include "ops/slice.h"
#include "ops/transpose.h"

namespace opentrt::cpu {

namespace {

using kernels::CopyPlan;

enum class Move { Transpose, Slice, Concatenation, Expand, Padding };
constexpr const char* kMoveNames[] = {"transpose", "slice", "concatenation", "expand", "padding"};

struct MoveParams : HasFields {
    Move move = Move::Transpose;
    std::vector<int64_t> permutation;  //!< transpose
    std::vector<int64_t> start;        //!< slice, per dimension
    std::vector<int64_t> stride;       //!< slice, per dimension
    int64_t axis = 0;                  //!< concatenation, in logical dimensions
    std::vector<int64_t> pre;          //!< padding, of the last dimensions
    double value = 0;                  //!< padding
    void fields(FieldVisitor& v) override {
        v.field("move", move, kMoveNames);
        v.field("permutation", permutation);
        v.field("start", start);
        v.field("stride", stride);
        v.field("axis", axis);
        v.field("pre", pre);
        v.field("value", value);
    }
};

//! A slice whose start and stride are numbers and which stays inside the data.
std::optional<MoveParams> sliceParams(const RegionView& region, const ops::Slice& op) {
    const size_t rank = region.output(0).shape.size();
    const auto list = [&](size_t input, const std::vector<int64_t>& attribute) -> std::optional<std::vector<int64_t>> {
        const Fact* fact = region.anchorInput(input);
        if (!fact) return attribute;
        if (!fact->constant) return std::nullopt;
        return fact->constant->toInts();
    };
    const auto start = list(1, op.start), stride = list(3, op.stride), axes = list(5, op.axes);
    if (op.mode != ops::SampleMode::StrictBounds || !start || !stride || !axes) return std::nullopt;
    MoveParams p;
    p.move = Move::Slice;
    p.start.assign(rank, 0);
    p.stride.assign(rank, 1);
    for (size_t i = 0; i < start->size(); ++i) {
        const int64_t axis = axes->empty() ? static_cast<int64_t>(i) : (*axes)[i];
        const auto a = static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
        p.start[a] = (*start)[i];
        p.stride[a] = stride->empty() ? 1 : (*stride)[i];
    }
    return p;
}

std::optional<MoveParams> paramsOf(const RegionView& region) {
    MoveParams p;
    const Op& op = region.op();
    if (const auto* transpose = as<ops::Transpose>(op)) {
        p.permutation = transpose->permutation;
        return p;
    }
    if (const auto* slice = as<ops::Slice>(op)) return sliceParams(region, *slice);
    if (const auto* concatenation = as<ops::Concatenation>(op)) {
        p.move = Move::Concatenation;
        const auto rank = static_cast<int64_t>(region.output(0).shape.size());
        p.axis = concatenation->axis < 0 ? concatenation->axis + rank : concatenation->axis;
        return p;
    }
    if (as<ops::Expand>(op)) {
        p.move = Move::Expand;
        return p;
    }
    const auto* padding = as<ops::Padding>(op);
    if (!padding || padding->mode != ops::PadMode::Constant) return std::nullopt;
    for (size_t i = 0; i < padding->pre.size(); ++i) {
        if (padding->pre[i] < 0 || padding->post[i] < 0) return std::nullopt;  // crops are rare
    }
    p.move = Move::Padding;
    p.pre = padding->pre;
    p.value = padding->value;
    return p;
}

//! Formats in which a concatenation along `axis` still is a sequence of plain copies: all inputs fill whole blocks.
bool concatenatesIn(const RegionView& region, Format format) {
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const auto formats = formatsFor(region.input(static_cast<int>(i)).shape);
        if (std::find(formats.begin(), formats.end(), format) == formats.end()) return false;
    }
    return true;
}

void tactics(const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!region.anchor || !region.pointwise.empty() || region.op().opClass() != OpClass::Movement) return;
    if (makesSizes(region)) return list.refuse("cpu.move", "the run decides the size of the output");
    const auto p = paramsOf(region);
    if (!p) return list.refuse("cpu.move", "an attribute that a plain copy does not cover");
    const int bits = bitsOf(region.output(0).type);
    if (bits < 8) return list.refuse("cpu.move", "elements are packed two to a byte");
    for (const Format format : formatsFor(region.output(0).shape)) {
        if (format != Format::Linear && (p->move != Move::Concatenation || !concatenatesIn(region, format))) continue;
        Tactic tactic;
        tactic.name = cat("cpu.move.", name(format));
        tactic.inputs.assign(region.node->inputs.size(), format);
        tactic.outputs = {format};
        list.tactics.push_back(std::move(tactic));
    }
}

CompiledStep compile(const RegionView& region, const Tactic&, const TacticRequest&) {
    MoveParams p = *paramsOf(region);
    CompiledStep step;
    step.kernel = "cpu.move";
    step.params = printFields(p);
    const size_t data = p.move == Move::Concatenation ? region.node->inputs.size() : 1;
    for (size_t i = 0; i < data; ++i) step.inputs.push_back(region.anchorInputs[i]);
    return step;
}

//! One copy from input `input`, `offset` elements into the output.
struct Copy {
    CopyPlan plan;
    size_t input;
    int64_t srcOffset, dstOffset;
};

class MoveKernel final : public Kernel {
public:
    explicit MoveKernel(MoveParams p) : p_(std::move(p)) {}

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        fit(!in.empty() && out.size() == 1 && bitsOf(out[0].type) >= 8, "the output");
        fitPorts(in, p_.move == Move::Concatenation ? in.size() : 1);
        fitPorts(out, 1);
        for (const Port& port : in) {
            fit(port.type == out[0].type && port.format == out[0].format, "the type or format of an input");
        }
        fit(out[0].format == Format::Linear || p_.move == Move::Concatenation, "a format");
        const int64_t size = bitsOf(out[0].type) / 8;
        auto copies = std::make_shared<std::vector<Copy>>();
        switch (p_.move) {
            case Move::Transpose:
                transpose(in[0], out[0], size, *copies);
                break;
            case Move::Slice:
                slice(in[0], out[0], size, *copies);
                break;
            case Move::Concatenation:
                concatenation(in, out[0], size, *copies);
                break;
            case Move::Expand:
                expand(in[0], out[0], size, *copies);
                break;
            case Move::Padding:
                padding(in[0], out[0], size, *copies);
                break;
        }
        const int64_t fill = p_.move == Move::Padding ? volumeOf(out[0].dims) : 0;
        Tensor value(out[0].type, {1});
        if (fill > 0) value.set(0, p_.value);
        return makeLaunch([copies, size, fill, value](const LaunchArgs& args) {
            auto* to = static_cast<char*>(args.outputs[0]);
            if (fill > 0) kernels::fill(to, fill, size, value.data());
            for (const Copy& copy : *copies) {
                const auto* from = static_cast<const char*>(args.inputs[copy.input]);
                copy.plan.run(from + copy.srcOffset * size, to + copy.dstOffset * size);
            }
        });
    }

private:
    void transpose(const Port& in, const Port& out, int64_t size, std::vector<Copy>& copies) const {
        ops::Transpose op;
        op.permutation = p_.permutation;
        FittedNode(op, {factOf(in)}, std::span(&out, 1));
        const std::vector<int32_t> permutation(p_.permutation.begin(), p_.permutation.end());
        copies.push_back({kernels::transposePlan(size, in.dims, permutation), 0, 0, 0});
    }

    void slice(const Port& in, const Port& out, int64_t size, std::vector<Copy>& copies) const {
        std::vector<int64_t> strides = stridesOf(in.dims);
        const size_t rank = strides.size();
        fit(out.dims.size() == rank && p_.start.size() == rank && p_.stride.size() == rank, "the rank of a slice");
        int64_t offset = 0;
        for (size_t a = 0; a < rank; ++a) {
            if (out.dims[a] == 0) continue;
            const int64_t start = p_.start[a], step = out.dims[a] == 1 ? 0 : p_.stride[a];
            int64_t last = 0;
            const bool overflows =
                __builtin_mul_overflow(out.dims[a] - 1, step, &last) || __builtin_add_overflow(last, start, &last);
            if (overflows || std::min(start, last) < 0 || std::max(start, last) >= in.dims[a]) {
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("the slice reads elements ", start, " to ", last, " of dimension ", a, ", which has ",
                                in.dims[a]));
            }
            offset += start * strides[a];
            strides[a] *= step;
        }
        copies.push_back({CopyPlan(size, out.dims, strides, stridesOf(out.dims)), 0, offset, 0});
    }

    void concatenation(std::span<const Port> in, const Port& out, int64_t size, std::vector<Copy>& copies) const {
        const std::vector<int64_t> outDims = memoryDims(out.format, out.dims), outStrides = stridesOf(outDims);
        fitConcatenation(in, out);
        size_t axis = static_cast<size_t>(p_.axis);
        if (out.format == Format::Nhwc && axis > 0) axis = axis == 1 ? outDims.size() - 1 : axis - 1;
        int64_t at = 0;
        for (size_t i = 0; i < in.size(); ++i) {
            const std::vector<int64_t> dims = memoryDims(out.format, in[i].dims);
            if (volumeOf(dims) > 0) {
                copies.push_back({CopyPlan(size, dims, stridesOf(dims), outStrides), i, 0, at * outStrides[axis]});
            }
            at += dims[axis];
        }
    }

    //! All inputs are the output but for one axis, on which they fill it together, in whole blocks.
    void fitConcatenation(std::span<const Port> in, const Port& out) const {
        const auto axis = static_cast<size_t>(p_.axis);
        fit(p_.axis >= 0 && axis < out.dims.size(), "the axis of a concatenation");
        int64_t sum = 0;
        for (const Port& port : in) {
            fit(port.dims.size() == out.dims.size(), "the rank of a concatenation");
            for (size_t a = 0; a < out.dims.size(); ++a) {
                fit(a == axis || port.dims[a] == out.dims[a], "the size of a concatenation");
            }
            const auto formats = formatsFor(shapeOf(port.dims));
            fit(std::find(formats.begin(), formats.end(), out.format) != formats.end(), "a format");
            sum += port.dims[axis];
        }
        fit(sum == out.dims[axis], "the size of a concatenation");
    }

    void expand(const Port& in, const Port& out, int64_t size, std::vector<Copy>& copies) const {
        std::vector<int64_t> dims = in.dims;
        fit(dims.size() <= out.dims.size(), "the rank of an expansion");
        dims.insert(dims.begin(), out.dims.size() - dims.size(), 1);
        std::vector<int64_t> strides = stridesOf(dims);
        for (size_t a = 0; a < dims.size(); ++a) {
            fit(dims[a] == 1 || dims[a] == out.dims[a], "the size of an expansion");
            if (dims[a] == 1) strides[a] = 0;
        }
        copies.push_back({CopyPlan(size, out.dims, strides, stridesOf(out.dims)), 0, 0, 0});
    }

    void padding(const Port& in, const Port& out, int64_t size, std::vector<Copy>& copies) const {
        const std::vector<int64_t> strides = stridesOf(out.dims);
        fit(in.dims.size() == out.dims.size() && p_.pre.size() <= out.dims.size(), "the rank of a padding");
        const size_t first = out.dims.size() - p_.pre.size();
        int64_t offset = 0;
        for (size_t a = 0; a < out.dims.size(); ++a) {
            const int64_t pre = a < first ? 0 : p_.pre[a - first], room = out.dims[a] - in.dims[a];
            fit(pre >= 0 && pre <= room && (a >= first || room == 0), "the size of a padding");
            offset += pre * strides[a];
        }
        if (volumeOf(in.dims) == 0) return;
        copies.push_back({CopyPlan(size, in.dims, stridesOf(in.dims), strides), 0, 0, offset});
    }

    MoveParams p_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>&) {
    MoveParams p;
    parseFields(p, params);
    return std::make_shared<MoveKernel>(std::move(p));
}

}  // namespace

const KernelFamily kMoveFamily{"cpu.move", tactics, compile, load};

}  // namespace opentrt::cpu
