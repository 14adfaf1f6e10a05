// SPDX-License-Identifier: Apache-2.0
// Matrix products that oneDNN does not take: vector operands, empty sums, integers, any rank. f32 runs on the packed
// GEMM, integers on plain wrapping loops.
#include <cstring>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"
#include "base/error.h"
#include "ops/matrix_multiply.h"

namespace opentrt::cpu {

namespace {

using ops::MatrixOperation;

//! One dimension of the batch, with the step that it means in each operand.
struct BatchAxis {
    int64_t size, a, b, c;
};

struct Products {
    int64_t m = 1, n = 1, k = 0;
    int64_t aRow = 0, aCol = 1, bRow = 1, bCol = 0;
    std::vector<BatchAxis> batch;  //!< merged, outermost first

    int64_t count() const {
        int64_t result = 1;
        for (const BatchAxis& axis : batch) result *= axis.size;
        return result;
    }
};

void merge(std::vector<BatchAxis>& axes) {
    std::vector<BatchAxis> merged;
    for (const BatchAxis& axis : axes) {
        if (axis.size == 1) continue;
        if (!merged.empty()) {
            BatchAxis& last = merged.back();
            const bool joins = last.a == axis.a * axis.size && last.b == axis.b * axis.size;
            if (joins) {
                last = {last.size * axis.size, axis.a, axis.b, axis.c};
                continue;
            }
        }
        merged.push_back(axis);
    }
    axes = std::move(merged);
}

Products productsOf(const ops::MatrixMultiply& op, const Port& a, const Port& b, const Port& c) {
    Products p;
    const std::vector<int64_t> sa = stridesOf(a.dims), sb = stridesOf(b.dims);
    const size_t ra = a.dims.size(), rb = b.dims.size();
    const size_t batchRank = ra - (op.a == MatrixOperation::Vector ? 1 : 2);
    const size_t kA = op.a == MatrixOperation::Transpose ? ra - 2 : ra - 1;
    const size_t kB = op.b == MatrixOperation::None ? rb - 2 : rb - 1;
    p.k = a.dims[kA];
    p.aCol = sa[kA];
    p.bRow = sb[kB];
    if (p.k != b.dims[kB]) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("first matrix has ", p.k, " columns when the second has ", b.dims[kB], " rows"));
    }
    if (op.a != MatrixOperation::Vector) {
        const size_t row = op.a == MatrixOperation::Transpose ? ra - 1 : ra - 2;
        p.m = a.dims[row];
        p.aRow = sa[row];
    }
    if (op.b != MatrixOperation::Vector) {
        const size_t column = op.b == MatrixOperation::Transpose ? rb - 2 : rb - 1;
        p.n = b.dims[column];
        p.bCol = sb[column];
    }
    int64_t step = p.m * p.n;
    for (size_t i = batchRank; i-- > 0;) {
        const int64_t size = c.dims[i];
        p.batch.insert(p.batch.begin(), {size, a.dims[i] == 1 ? 0 : sa[i], b.dims[i] == 1 ? 0 : sb[i], step});
        step *= size;
    }
    merge(p.batch);
    return p;
}

std::unique_ptr<Launch> floatProducts(Products p) {
    kernels::BatchedGemmArgs args;
    args.m = p.m;
    args.n = p.n;
    args.k = p.k;
    args.aRow = p.aRow;
    args.aCol = p.aCol;
    args.bRow = p.bRow;
    args.bCol = p.bCol;
    args.cRow = p.n;
    if (!p.batch.empty()) {
        args.batch = p.batch.back().size;
        args.aBatch = p.batch.back().a;
        args.bBatch = p.batch.back().b;
        args.cBatch = p.batch.back().c;
        p.batch.pop_back();
    }
    const int64_t workspace = kernels::batchedWorkspace(args) * static_cast<int64_t>(sizeof(float));
    return makeLaunch(
        [args, outer = p.batch, count = p.count()](const LaunchArgs& launch) mutable {
            for (int64_t i = 0; i < count; ++i) {
                args.a = static_cast<const float*>(launch.inputs[0]);
                args.b = static_cast<const float*>(launch.inputs[1]);
                args.c = static_cast<float*>(launch.outputs[0]);
                int64_t rest = i;
                for (auto axis = outer.rbegin(); axis != outer.rend(); ++axis) {
                    const int64_t place = rest % axis->size;
                    rest /= axis->size;
                    args.a += place * axis->a;
                    args.b += place * axis->b;
                    args.c += place * axis->c;
                }
                kernels::gemmBatched(args, static_cast<float*>(launch.workspace));
            }
        },
        workspace);
}

//! Row by row, walking over b contiguously where it is; unsigned, so that overflow wraps.
template <class T>
std::unique_ptr<Launch> integerProducts(const Products& p) {
    using U = std::make_unsigned_t<T>;
    return makeLaunch([p](const LaunchArgs& args) {
        kernels::parallelTasks(p.count() * p.m, p.n * p.k, [&](int64_t task) {
            const auto* a = static_cast<const U*>(args.inputs[0]) + task % p.m * p.aRow;
            const auto* b = static_cast<const U*>(args.inputs[1]);
            int64_t rest = task / p.m;
            for (auto axis = p.batch.rbegin(); axis != p.batch.rend(); ++axis) {
                a += rest % axis->size * axis->a;
                b += rest % axis->size * axis->b;
                rest /= axis->size;
            }
            U* c = static_cast<U*>(args.outputs[0]) + task * p.n;
            std::fill(c, c + p.n, U{0});
            for (int64_t k = 0; k < p.k; ++k) {
                const U factor = a[k * p.aCol];
                const U* row = b + k * p.bRow;
                for (int64_t n = 0; n < p.n; ++n) c[n] += factor * row[n * p.bCol];
            }
        });
    });
}

struct MatmulDef {
    using Op = ops::MatrixMultiply;
    static constexpr const char* kName = "cpu.matmul";
    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::I32, DType::I64});
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) {
        const Products p = productsOf(call.op, call.in[0], call.in[1], call.out[0]);
        const int64_t bytes = volumeOf(call.out[0].dims) * bitsOf(call.in[0].type) / 8;
        if (bytes == 0) return makeLaunch([](const LaunchArgs&) {});
        if (p.k == 0) {
            return makeLaunch(
                [bytes](const LaunchArgs& a) { std::memset(a.outputs[0], 0, static_cast<size_t>(bytes)); });
        }
        if (call.in[0].type == DType::F32) return floatProducts(p);
        return call.in[0].type == DType::I64 ? integerProducts<int64_t>(p) : integerProducts<int32_t>(p);
    }
};

}  // namespace

const KernelFamily kMatmulFamily = opFamily<MatmulDef>();

}  // namespace opentrt::cpu
