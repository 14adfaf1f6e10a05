// SPDX-License-Identifier: Apache-2.0
// Einsum in f32 as a chain of products of two operands. For each, both are copied into [common labels, own labels,
// summed labels], which makes them a batch of matrices; labels that only one operand has and nobody needs later are
// summed first. The last product is copied into the order of the output.
#include "ops/einsum.h"

#include <algorithm>
#include <map>

#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/reduce.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/support/einsum_plan.h"

namespace opentrt::cpu {

namespace {

using Labels = ops::EinsumLabels;

//! A tensor in the workspace or an input, seen through labels.
struct Operand {
    Labels labels;
    std::vector<int64_t> strides;  //!< by label
    int64_t input = -1;            //!< step input, or -1: at `offset` in the workspace
    int64_t offset = 0;            //!< floats
};

class Chain {
public:
    explicit Chain(const OpCall<ops::Einsum>& call) {
        std::vector<int64_t> ranks;
        for (const Port& port : call.in) ranks.push_back(static_cast<int64_t>(port.dims.size()));
        plan_ = ops::parseEinsum(call.op.equation, ranks);
        check(plan_.problem.empty(), "an equation that was refused before");
        for (size_t i = 0; i < call.in.size(); ++i) measure(plan_.inputs[i], call.in[i].dims);
        Operand result = summed(operandOf(call, 0), neededBehind(0));
        for (size_t i = 1; i < call.in.size(); ++i) result = product(result, operandOf(call, i), neededBehind(i));
        copy(result, plan_.output, -1);
    }

    int64_t floats() const { return floats_; }

    void run(const LaunchArgs& args) const {
        for (const Step& step : steps_) step(args, static_cast<float*>(args.workspace));
    }

private:
    using Step = std::function<void(const LaunchArgs&, float* work)>;

    void measure(const Labels& labels, const std::vector<int64_t>& dims) {
        for (size_t i = 0; i < labels.size(); ++i) {
            int64_t& size = sizes_.emplace(labels[i], dims[i]).first->second;
            if (dims[i] != size && dims[i] != 1 && size != 1) {
                throw Error(ErrorCode::InvalidArgument, "", cat("a label stands for ", size, " and ", dims[i]));
            }
            size = size == 1 ? dims[i] : size;
        }
    }

    //! A repeated label walks the diagonal; a dimension of 1 under a larger label is as if it were not there.
    Operand operandOf(const OpCall<ops::Einsum>& call, size_t i) const {
        Operand result;
        result.input = static_cast<int64_t>(i);
        const auto& dims = call.in[i].dims;
        const auto strides = stridesOf(dims);
        for (size_t axis = 0; axis < dims.size(); ++axis) {
            const int label = plan_.inputs[i][axis];
            if (dims[axis] == 1 && sizes_.at(label) != 1) continue;
            const auto at = std::find(result.labels.begin(), result.labels.end(), label);
            if (at == result.labels.end()) {
                result.labels.push_back(label);
                result.strides.push_back(strides[axis]);
            } else {
                result.strides[static_cast<size_t>(at - result.labels.begin())] += strides[axis];
            }
        }
        return result;
    }

    //! Labels of the output and of the inputs behind number `i`.
    Labels neededBehind(size_t i) const {
        Labels needed = plan_.output;
        for (size_t k = i + 1; k < plan_.inputs.size(); ++k) {
            needed.insert(needed.end(), plan_.inputs[k].begin(), plan_.inputs[k].end());
        }
        return needed;
    }

    static bool has(const Labels& labels, int label) {
        return std::find(labels.begin(), labels.end(), label) != labels.end();
    }
    template <class Keep>
    static Labels filtered(const Labels& labels, const Keep& keep) {
        Labels result;
        std::copy_if(labels.begin(), labels.end(), std::back_inserter(result), keep);
        return result;
    }
    std::vector<int64_t> dimsOf(const Labels& labels) const {
        std::vector<int64_t> dims;
        for (const int label : labels) dims.push_back(sizes_.at(label));
        return dims;
    }
    int64_t volume(const Labels& labels) const { return volumeOf(dimsOf(labels)); }

    int64_t reserve(int64_t floats) {
        const int64_t at = floats_;
        floats_ += (floats + 15) / 16 * 16;
        return at;
    }
    static const float* address(const Operand& o, const LaunchArgs& args, const float* work) {
        return o.input < 0 ? work + o.offset : static_cast<const float*>(args.inputs[o.input]);
    }

    //! Dense copy in the order of `labels`, repeating what the operand lacks; `to` -1 is the output.
    Operand copy(const Operand& from, const Labels& labels, int64_t to) {
        std::vector<int64_t> strides;
        for (const int label : labels) {
            const auto at = std::find(from.labels.begin(), from.labels.end(), label);
            strides.push_back(at == from.labels.end() ? 0
                                                      : from.strides[static_cast<size_t>(at - from.labels.begin())]);
        }
        const auto dims = dimsOf(labels);
        Operand result{labels, stridesOf(dims), -1, to};
        if (volumeOf(dims) == 0) return result;
        steps_.push_back([plan = kernels::CopyPlan(4, dims, strides, stridesOf(dims)), from, to](const LaunchArgs& args,
                                                                                                 float* work) {
            plan.run(address(from, args, work), to < 0 ? args.outputs[0] : work + to);
        });
        return result;
    }

    //! Sums away the labels that nobody needs.
    Operand summed(const Operand& from, const Labels& needed) {
        const Labels kept = filtered(from.labels, [&](int l) { return has(needed, l); });
        const Labels gone = filtered(from.labels, [&](int l) { return !has(needed, l); });
        if (gone.empty()) return from;
        Labels order = kept;
        order.insert(order.end(), gone.begin(), gone.end());
        const Operand dense = copy(from, order, reserve(volume(order)));
        const int64_t rows = volume(kept), columns = volume(gone);
        const Operand result{kept, stridesOf(dimsOf(kept)), -1, reserve(rows)};
        const int64_t dims[] = {rows, columns};
        const bool reduced[] = {false, true};
        const kernels::ReducePlan plan(kernels::ReduceKind::Sum, DType::F32, dims, reduced);
        const int64_t scratch = reserve(plan.workspace());
        steps_.push_back([plan, dense, to = result.offset, scratch](const LaunchArgs&, float* work) {
            plan.run(work + dense.offset, work + to, work + scratch);
        });
        return result;
    }

    Operand product(const Operand& first, const Operand& second, const Labels& needed) {
        const auto neededBy = [&](const Operand& other) {
            Labels all = needed;
            all.insert(all.end(), other.labels.begin(), other.labels.end());
            return all;
        };
        const Operand a = summed(first, neededBy(second)), b = summed(second, neededBy(a));
        const Labels batch = filtered(a.labels, [&](int l) { return has(b.labels, l) && has(needed, l); });
        const Labels inner = filtered(a.labels, [&](int l) { return has(b.labels, l) && !has(needed, l); });
        const Labels rows = filtered(a.labels, [&](int l) { return !has(b.labels, l); });
        const Labels columns = filtered(b.labels, [&](int l) { return !has(a.labels, l); });
        const auto joined = [](const Labels& x, const Labels& y, const Labels& z) {
            Labels all = x;
            all.insert(all.end(), y.begin(), y.end());
            all.insert(all.end(), z.begin(), z.end());
            return all;
        };
        const Labels orderA = joined(batch, rows, inner), orderB = joined(batch, inner, columns);
        const Operand left = copy(a, orderA, reserve(volume(orderA))), right = copy(b, orderB, reserve(volume(orderB)));
        const Labels order = joined(batch, rows, columns);
        const Operand result{order, stridesOf(dimsOf(order)), -1, reserve(volume(order))};
        multiply(left, right, result.offset, volume(batch), volume(rows), volume(columns), volume(inner));
        return result;
    }

    void multiply(const Operand& left, const Operand& right, int64_t to, int64_t batch, int64_t m, int64_t n,
                  int64_t k) {
        if (batch * m * n == 0) return;
        kernels::BatchedGemmArgs gemm;
        gemm.batch = batch;
        gemm.m = m;
        gemm.n = n;
        gemm.k = k;
        gemm.aBatch = m * k;
        gemm.aRow = k;
        gemm.bBatch = k * n;
        gemm.bRow = n;
        gemm.cBatch = m * n;
        gemm.cRow = n;
        const int64_t scratch = k > 0 ? reserve(kernels::batchedWorkspace(gemm)) : 0;
        steps_.push_back([=](const LaunchArgs&, float* work) {
            if (k == 0) return std::fill_n(work + to, batch * m * n, 0.0f), void();
            kernels::BatchedGemmArgs args = gemm;
            args.a = work + left.offset;
            args.b = work + right.offset;
            args.c = work + to;
            kernels::gemmBatched(args, work + scratch);
        });
    }

    ops::EinsumPlan plan_;
    std::map<int, int64_t> sizes_;
    std::vector<Step> steps_;
    int64_t floats_ = 0;
};

struct EinsumDef {
    using Op = ops::Einsum;
    static constexpr const char* kName = "cpu.einsum";
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotType(region.input(0), {DType::F32}); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        auto chain = std::make_shared<Chain>(call);
        return makeLaunch([chain](const LaunchArgs& args) { chain->run(args); },
                          chain->floats() * static_cast<int64_t>(sizeof(float)));
    }
};

}  // namespace

const KernelFamily kEinsumFamily = opFamily<EinsumDef>();

}  // namespace opentrt::cpu
