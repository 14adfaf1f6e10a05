// SPDX-License-Identifier: Apache-2.0
// GEMM against sums in double: all small shapes, shapes around the blocking, every layout of A and C, every epilogue,
// on every instruction set, and the same bits for any number of threads.
#include "backends/cpu/kernels/gemm.h"

#include <cmath>

#include "backends/cpu/kernels/test_targets.h"
#include "backends/cpu/kernels/test_values.h"
#include "base/half.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

struct Problem {
    int64_t m, n, k;
    bool blockedA = false, blockedC = false, bias = false, residual = false, clamp = false, program = false;
    DType bType = DType::F32;
};

//! Row stride and block stride of a matrix of `cols` columns, and its elements.
struct Addressing {
    int64_t row, block, count;
    Addressing(bool blocked, int64_t rows, int64_t cols)
        : row(blocked ? 16 : cols + 3),
          block(blocked ? rows * 16 : 16),
          count(rows * (blocked ? roundUpTo16(cols) : cols + 3)) {}
    int64_t at(int64_t r, int64_t c) const { return r * row + c / 16 * block + c % 16; }
};

//! y = max(acc + v[col], w) where w is full size.
PointwiseProgram addThenMax() {
    ScalarProgram p;
    p.inputs = {DType::F32, DType::F32, DType::F32};
    for (int32_t i = 0; i < 3; ++i) p.code.push_back({ScalarOp::Input, DType::F32, i});
    p.code.push_back({ScalarOp::Add, DType::F32, 0, 1});
    p.code.push_back({ScalarOp::Max, DType::F32, 3, 2});
    p.outputs = {4};
    return PointwiseProgram(p);
}

std::vector<float> run(const Problem& p) {
    const Addressing atA(p.blockedA, p.m, p.k), atC(p.blockedC, p.m, p.n);
    const auto a = values(atA.count, 1), b = values(p.k * p.n, 2), bias = values(roundUpTo16(p.n), 3);
    const auto residual = values(atC.count, 4), full = values(atC.count, 5);
    std::vector<float> c(static_cast<size_t>(atC.count), 77.0f), packed(static_cast<size_t>(packedSize(p.k, p.n)));
    std::vector<uint16_t> half(packed.size());
    GemmArgs g;
    g.m = p.m, g.n = p.n, g.k = p.k;
    g.a = a.data(), g.aRow = atA.row, g.aBlock = atA.block;
    g.c = c.data(), g.cRow = atC.row, g.cBlock = atC.block;
    g.bType = p.bType;
    if (p.bType == DType::F32) {
        packB(p.k, p.n, b.data(), p.n, 1, packed.data());
        g.b = packed.data();
    } else {
        packBHalf(p.bType, p.k, p.n, b.data(), p.n, 1, half.data());
        g.b = half.data();
    }
    g.padColumns = p.blockedC;
    if (p.bias) g.epilogue.bias = bias.data();
    if (p.residual) {
        c = residual;
        g.c = c.data();
        g.epilogue.residual = c.data();  // in place
        g.epilogue.residualRow = atC.row, g.epilogue.residualBlock = atC.block;
    }
    if (p.clamp) g.epilogue.clampLow = -0.5f, g.epilogue.clampHigh = 1.5f;
    const PointwiseProgram program = addThenMax();
    const GemmOperand operands[] = {{bias.data(), 0, 16, 1}, {full.data(), atC.row, atC.block, 1}};
    if (p.program) g.epilogue.program = &program, g.epilogue.operands = operands;
    gemm(g);

    for (int64_t r = 0; r < p.m; ++r) {
        for (int64_t n = 0; n < p.n; ++n) {
            double want = 0;
            for (int64_t k = 0; k < p.k; ++k) {
                float w = b[static_cast<size_t>(k * p.n + n)];
                if (p.bType == DType::F16) w = f16ToFloat(floatToF16(w));
                if (p.bType == DType::BF16) w = bf16ToFloat(floatToBf16(w));
                want += static_cast<double>(a[static_cast<size_t>(atA.at(r, k))]) * static_cast<double>(w);
            }
            if (p.bias) want += static_cast<double>(bias[static_cast<size_t>(n)]);
            if (p.residual) want += static_cast<double>(residual[static_cast<size_t>(atC.at(r, n))]);
            if (p.clamp) want = std::min(1.5, std::max(-0.5, want));
            if (p.program) {
                want += static_cast<double>(bias[static_cast<size_t>(n)]);
                want = std::max(want, static_cast<double>(full[static_cast<size_t>(atC.at(r, n))]));
            }
            EXPECT_NEAR(c[static_cast<size_t>(atC.at(r, n))], want, 1e-6 * static_cast<double>(p.k + 4))
                << p.m << "x" << p.n << "x" << p.k << " at " << r << ", " << n;
            if (::testing::Test::HasFailure()) return c;
        }
        // What lies between the rows of a row-major C belongs to someone else.
        for (int64_t n = p.n; !p.blockedC && !p.residual && n < atC.row; ++n)
            EXPECT_EQ(c[static_cast<size_t>(r * atC.row + n)], 77.0f);
    }
    return c;
}

TEST_F(OnEachTarget, GemmOfAllSmallShapes) {
    forEachTarget([] {
        for (int64_t m : {1, 2, 5, 13, 14, 15, 29})
            for (int64_t n : {1, 7, 16, 17, 32, 47, 48})
                for (int64_t k : {1, 3, 16, 17, 40})
                    for (int variant = 0; variant < 4; ++variant) {
                        run({.m = m, .n = n, .k = k, .blockedA = variant % 2 == 1, .blockedC = variant >= 2});
                        if (HasFailure()) return;
                    }
    });
}

TEST_F(OnEachTarget, GemmAppliesEveryEpilogue) {
    forEachTarget([] {
        for (int bits = 0; bits < 32; ++bits)
            for (int64_t k : {20, 900}) {
                run({.m = 31,
                     .n = 53,
                     .k = k,
                     .blockedA = false,
                     .blockedC = bits % 2 == 1,
                     .bias = (bits & 2) != 0,
                     .residual = (bits & 4) != 0,
                     .clamp = (bits & 8) != 0,
                     .program = (bits & 16) != 0});
                if (HasFailure()) return;
            }
    });
}

TEST_F(OnEachTarget, GemmReadsHalfPrecisionWeights) {
    forEachTarget([] {
        for (DType type : {DType::F16, DType::BF16})
            for (int64_t m : {1, 4, 9})
                for (int64_t n : {16, 40, 300}) run({.m = m, .n = n, .k = 70, .bias = true, .bType = type});
    });
}

TEST(Gemm, IsTheSameForAnyNumberOfThreads) {
    const Problem p{.m = 150, .n = 530, .k = 801, .bias = true, .residual = true};
    setThreadCount(1);
    const auto one = run(p);
    for (int threads : kThreadCounts) {
        setThreadCount(threads);
        EXPECT_EQ(run(p), one) << threads << " threads";
    }
    setThreadCount(0);
}

TEST_F(OnEachTarget, BatchedGemmTakesAnyStrides) {
    forEachTarget([] {
        for (int variant = 0; variant < 16; ++variant) {
            const bool transposeA = variant & 1, transposeB = variant & 2, sharedA = variant & 4, sharedB = variant & 8;
            BatchedGemmArgs g;
            g.batch = 3, g.m = 21, g.n = 35, g.k = 50;
            const auto a = values(g.batch * g.m * g.k, 1), b = values(g.batch * g.k * g.n, 2), bias = values(g.n, 3);
            std::vector<float> c(static_cast<size_t>(g.batch * g.m * g.n));
            g.a = a.data(), g.b = b.data(), g.c = c.data();
            g.aBatch = sharedA ? 0 : g.m * g.k, g.bBatch = sharedB ? 0 : g.k * g.n, g.cBatch = g.m * g.n;
            g.aRow = transposeA ? 1 : g.k, g.aCol = transposeA ? g.m : 1;
            g.bRow = transposeB ? 1 : g.n, g.bCol = transposeB ? g.k : 1;
            g.cRow = g.n;
            g.epilogue.bias = bias.data();
            std::vector<float> workspace(static_cast<size_t>(batchedWorkspace(g)));
            gemmBatched(g, workspace.data());
            for (int64_t i = 0; i < g.batch; ++i)
                for (int64_t r = 0; r < g.m; ++r)
                    for (int64_t n = 0; n < g.n; ++n) {
                        double want = static_cast<double>(bias[static_cast<size_t>(n)]);
                        for (int64_t k = 0; k < g.k; ++k)
                            want += static_cast<double>(g.a[i * g.aBatch + r * g.aRow + k * g.aCol]) *
                                    static_cast<double>(g.b[i * g.bBatch + k * g.bRow + n * g.bCol]);
                        ASSERT_NEAR(c[static_cast<size_t>(i * g.cBatch + r * g.cRow + n)], want, 1e-4);
                    }
        }
    });
}

}  // namespace
}  // namespace opentrt::cpu::kernels
