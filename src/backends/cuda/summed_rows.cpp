// SPDX-License-Identifier: Apache-2.0
// Layer normalisation of rows that the same kernel makes number by number (code/summed_rows.cu): sums of embeddings,
// which are picked out of tables by an index, of positions that are the same for all batch elements, of a residual. The
// region is one of pass fuse/norm_joins. Tested by the conformance cases on a device (summed_rows.graph), by tests/cuda
// without one.
#include <algorithm>

#include "backends/cuda/elements.h"
#include "backends/cuda/epilogue.h"
#include "backends/cuda/norm_rows.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "ops/gather.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.summed_rows";
constexpr size_t kMostOperands = 6, kMostRowDims = 4;

//! Layout of code/summed_rows.cu.
struct SummedRowsArgs {
    const void *in[kMostOperands] = {}, *index[kMostOperands] = {};
    void* made = nullptr;
    const void *scale = nullptr, *bias = nullptr;
    void* y = nullptr;
    int32_t rows = 0, count = 0;
    float epsilon = 0;
    Places places;
    PerDim stride[kMostOperands];
    int32_t size[kMostOperands] = {};
};

//! The kernel's inputs are operands, then indices of those that are picked, then scale and bias where there are.
struct SummedRowsParams : HasFields {
    int64_t count = 0, operands = 0;
    int64_t picked = 0, same = 0;  //!< bits of operands: rows of a table; one number for all columns
    bool keeps = false;            //!< the rows are the first of two results
    bool scale = false, bias = false;
    double epsilon = 0;
    void fields(FieldVisitor& v) override {
        v.field("count", count);
        v.field("operands", operands);
        v.field("picked", picked);
        v.field("same", same);
        v.field("keeps", keeps);
        v.field("scale", scale);
        v.field("bias", bias);
        v.field("epsilon", epsilon);
    }
    bool isPicked(size_t k) const { return picked >> k & 1; }
    bool isSame(size_t k) const { return same >> k & 1; }
};

//! Inputs of the region.
struct RowOperand {
    int data = -1, index = -1;  //!< -1: not picked
};

//! The operators of such a region.
struct SummedRows {
    const Node* norm = nullptr;
    const ops::Normalization* op = nullptr;
    Fact rows;  //!< what is normalised
    ScalarProgram program;
    std::vector<RowOperand> operands;
    int scale = -1, bias = -1;  //!< inputs of the region
    bool keeps = false;
};

//! Whether the node picks whole rows of a table by one index each.
bool picksRows(const Graph& graph, const Node& node) {
    const auto* op = as<ops::Gather>(*node.op);
    return op && op->mode == ops::GatherMode::Default && op->axis == 0 && op->elementwiseDims == 0 &&
           graph.fact(node.inputs[0]).shape.size() == 2;
}

//! The region as a normalisation behind pointwise operators, behind rows of tables; nothing when it is another one.
std::optional<SummedRows> readRegion(const RegionView& region) {
    if (!region.anchor || region.node->op->kind() != "Region") return std::nullopt;
    std::vector<const Node*> anchors = region.further;
    anchors.insert(anchors.begin(), region.anchor);
    SummedRows sums;
    sums.norm = anchors.back();
    sums.op = as<ops::Normalization>(*sums.norm->op);
    if (!sums.op) return std::nullopt;
    anchors.pop_back();
    const Graph& body = region.holder();
    for (const Node* node : anchors) {
        if (!picksRows(body, *node)) return std::nullopt;
    }
    const ValueId rows = sums.norm->inputs[0];
    sums.rows = body.fact(rows);
    MakingPart part = partThatMakes(region, rows);
    sums.program = std::move(part.program);
    for (const ValueId value : part.reads) {
        const auto of =
            std::find_if(anchors.begin(), anchors.end(), [&](const Node* node) { return node->outputs[0] == value; });
        const bool picked = of != anchors.end();
        sums.operands.push_back(picked ? RowOperand{region.indexOf((*of)->inputs[0]), region.indexOf((*of)->inputs[1])}
                                       : RowOperand{region.indexOf(value)});
        if (sums.operands.back().data < 0 || (picked && sums.operands.back().index < 0)) return std::nullopt;
    }
    for (size_t i = kScale; i <= kBias && i < sums.norm->inputs.size(); ++i) {
        if (!sums.norm->inputs[i].valid()) continue;
        int& input = i == kScale ? sums.scale : sums.bias;
        input = region.indexOf(sums.norm->inputs[i]);
        if (input < 0) return std::nullopt;
    }
    const std::vector<ValueId> normed{sums.norm->outputs[0]}, both{rows, normed[0]};
    sums.keeps = body.outputs() == both;
    return sums.keeps || body.outputs() == normed ? std::optional(std::move(sums)) : std::nullopt;
}

const Fact* factOf(const RegionView& region, int input) {
    return input >= 0 ? &region.input(input) : nullptr;
}

std::string whyNot(const RegionView& region, const SummedRows& sums) {
    const Fact &x = sums.rows, *scale = factOf(region, sums.scale), *bias = factOf(region, sums.bias);
    if (const std::string reason = whyNotNormRows(*sums.op, x, scale, bias); !reason.empty()) return reason;
    const size_t rank = x.shape.size();
    if (sums.op->axes.size() != 1) return "rows of several dimensions";
    if (rank > kMostRowDims + 1) return cat("more than ", kMostRowDims + 1, " dimensions");
    if (sums.operands.size() > kMostOperands) return cat("more than ", kMostOperands, " operands");
    for (const RowOperand& operand : sums.operands) {
        const Fact& data = region.input(operand.data);
        const bool picked = operand.index >= 0;
        if (elementType(data.type).empty()) return cat("type ", name(data.type));
        if (data.shape.size() != (picked ? 2 : rank) ||
            (picked && region.input(operand.index).shape.size() + 1 != rank))
            return "an operand of another rank";
        if (data.shape.back() != x.shape.back() && (picked || data.shape.back() != Dim(1)))
            return "an operand of other columns";
    }
    return whyNotEmitted(sums.program);
}

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    const auto sums = readRegion(region);
    if (!sums) return;
    if (const std::string reason = whyNot(region, *sums); !reason.empty()) return list.refuse(kName, reason);
    addOpTactics(kName, region, {Format::Linear}, list);
}

//! pickRows() and makePiece() of code/summed_rows.cu.
std::string operandsCode(const RegionView& region, const SummedRows& sums, const SummedRowsParams& p) {
    std::string pick, load, call;
    for (size_t k = 0; k < sums.operands.size(); ++k) {
        const RowOperand& operand = sums.operands[k];
        if (p.isPicked(k))
            pick += cat("    at[", k, "] = pickedRow<", elementType(region.input(operand.index).type), ">(a, ", k,
                        ", at[", k, "]);\n");
        load += cat("    const auto p", k, " = pieceOf<", elementType(region.input(operand.data).type), ", ",
                    p.isSame(k) ? "true" : "false", ">(a, ", k, ", at[", k, "], column);\n");
        call += cat("num(p", k, ".v[v]), ");
    }
    return cat(
        "DEV void pickRows(const Args& a, i64 (&at)[OPERANDS]) {\n", pick,
        "}\nDEV Pack<T, V> makePiece(const Args& a, const i64 (&at)[OPERANDS], int column) {\n", load,
        "    Pack<T, V> q;\n#pragma unroll\n    for (int v = 0; v < V; v++) {\n        float y;\n        program(",
        call, "y);\n        put(q.v[v], y);\n    }\n    return q;\n}\n");
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest&) {
    const SummedRows sums = *readRegion(region);
    SummedRowsParams p;
    p.count = sums.rows.shape.back().constant();
    p.operands = static_cast<int64_t>(sums.operands.size());
    p.keeps = sums.keeps;
    p.scale = sums.scale >= 0;
    p.bias = sums.bias >= 0;
    p.epsilon = sums.op->epsilon;
    CompiledStep step;
    step.kernel = kName;
    std::vector<int> last;
    for (size_t k = 0; k < sums.operands.size(); ++k) {
        const RowOperand& operand = sums.operands[k];
        step.inputs.push_back(operand.data);
        if (operand.index >= 0) last.push_back(operand.index);
        p.picked |= int64_t{operand.index >= 0} << k;
        p.same |= int64_t{region.input(operand.data).shape.back() != Dim(p.count)} << k;
    }
    if (p.scale) last.push_back(sums.scale);
    if (p.bias) last.push_back(sums.bias);
    step.inputs.insert(step.inputs.end(), last.begin(), last.end());
    const std::string front =
        normRowsCode(*sums.op, sums.rows, factOf(region, sums.scale), factOf(region, sums.bias), false);
    const std::string source = cat("#define OPERANDS ", p.operands, "\n#define KEEPS ", p.keeps ? 1 : 0, "\n",
                                   codeText("elements"), scalarCode(), emitProgram(sums.program, "program"), front,
                                   codeText("summed_rows"), operandsCode(region, sums, p), codeText("norm_rows_body"));
    step.weights = {compileCode(site.target, source)};
    step.params = printFields(p);
    return step;
}

//! Strides of an operand that has one element or all along each of these dimensions.
PerDim placeOperand(const Dims& operand, const Dims& dims) {
    fit(operand.size() == dims.size(), "operands of another rank");
    for (size_t d = 0; d < dims.size(); ++d) fit(operand[d] == 1 || operand[d] == dims[d], "operands of other sizes");
    return PerDim(broadcast(operand, stridesOf(operand)));
}

std::unique_ptr<Launch> prepare(const SummedRowsParams& p, std::span<const Port> in, std::span<const Port> out,
                                std::shared_ptr<const Module> module) {
    const auto operands = static_cast<size_t>(p.operands);
    const Dims& y = out.back().dims;
    fit(!y.empty() && y.size() <= kMostRowDims + 1 && y.back() == p.count, "rows of another length");
    fit(out[0].dims == y, "two results of different sizes");
    SummedRowsArgs args;
    args.count = static_cast<int32_t>(p.count);
    args.rows = static_cast<int32_t>(requireCount(volumeOf(y)) / p.count);
    args.epsilon = static_cast<float>(p.epsilon);
    if (args.rows == 0) return makeLaunch([](const LaunchArgs&) {});
    const Dims rows(y.begin(), y.end() - 1);
    args.places = Places(rows);
    size_t next = operands;
    for (size_t k = 0; k < operands; ++k) {
        const Dims& dims = in[k].dims;
        fit(!dims.empty() && dims.back() == (p.isSame(k) ? 1 : p.count), "operands of other columns");
        if (p.isPicked(k)) {
            fit(dims.size() == 2, "a table of several dimensions");
            args.size[k] = static_cast<int32_t>(requireCount(dims[0]));
            args.stride[k] = placeOperand(in[next++].dims, rows);
        } else {
            args.stride[k] = placeOperand(dims, y);
        }
    }
    for (size_t i = next; i < in.size(); ++i) fit(volumeOf(in[i].dims) == p.count, "factors of another length");
    Grid grid;
    grid.x = blocksOfRows(args.rows);
    grid.threads = kNormRowsThreads;
    return makeKernelLaunch(std::move(module), "norm_rows", grid, args,
                            [p, operands](SummedRowsArgs& a, const LaunchArgs& launch) {
                                size_t next = operands;
                                for (size_t k = 0; k < operands; ++k) {
                                    a.in[k] = launch.inputs[k];
                                    if (p.isPicked(k)) a.index[k] = launch.inputs[next++];
                                    if (!p.isSame(k)) requireAligned({a.in[k]}, "a normalisation");
                                }
                                a.scale = p.scale ? launch.inputs[next++] : nullptr;
                                a.bias = p.bias ? launch.inputs[next] : nullptr;
                                a.made = p.keeps ? launch.outputs[0] : nullptr;
                                a.y = launch.outputs[p.keeps ? 1 : 0];
                                requireAligned({a.scale, a.bias, a.made, a.y}, "a normalisation");
                            });
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    SummedRowsParams p;
    parseFields(p, params);
    constexpr int64_t kMost = kMostOperands;
    fit(p.count > 0 && p.operands > 0 && p.operands <= kMost && p.picked >= 0 && p.picked >> p.operands == 0 &&
            (p.picked & p.same) == 0,
        "the parameters of sums of rows");
    size_t inputs = static_cast<size_t>(p.operands) + p.scale + p.bias;
    for (size_t k = 0; k < kMostOperands; ++k) inputs += p.isPicked(k);
    return makeKernel([p, inputs, module = loadModule(*site.machine, weights.at(0))](auto in, auto out) {
        fitPorts(in, inputs);
        fitPorts(out, p.keeps ? 2 : 1);
        return prepare(p, in, out, module);
    });
}

}  // namespace

const Family kSummedRowsFamily{kName,
                               tactics,
                               compile,
                               load,
                               [](const Site&, const RegionView& region) {
                                   const auto sums = readRegion(region);
                                   return sums && whyNot(region, *sums).empty();
                               },
                               -1,
                               true};

}  // namespace opentrt::cuda
