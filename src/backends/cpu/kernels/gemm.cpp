// SPDX-License-Identifier: Apache-2.0
// Blocking of GEMM around the register tile. A block of C is `cols` columns, whose part of B stays in L2, by any number
// of rows; k is cut so that the strip of A that one row of tiles shares stays in L1, where it is copied when its rows
// lie too far apart. The first cut starts from bias and residual, later ones from C, the last clamps. Epilogue programs
// run on C while it is in L2.
#include "backends/cpu/kernels/gemm.h"

#include <algorithm>

#include "backends/cpu/kernels/gemm_pack.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "backends/cpu/kernels/parallel.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr int64_t kDepth = 384;         // longest cut of k
constexpr int64_t kBlockColumns = 256;  // of C in one block
constexpr int64_t kMaxStripRows = 16;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr size_t kMaxOperands = 32;

//! Part of C that one task computes.
struct Block {
    int64_t row, rows, col, cols;
};

class BlockRunner {
public:
    BlockRunner(const GemmArgs& args, const GemmTarget& target) : args_(args), target_(target) {
        depthParts_ = std::max<int64_t>(1, ceilDiv(args.k, kDepth));
        depth_ = roundUpTo16(ceilDiv(args.k, depthParts_));
    }

    void run(const Block& block) const {
        // Tiles of equal height, since a short last one would use few registers.
        const int64_t strips = ceilDiv(block.rows, target_.rows);
        for (int64_t part = 0; part < depthParts_; ++part) {
            int64_t done = 0;
            for (int64_t s = 0; s < strips; ++s) {
                const int64_t row = block.row + block.rows * s / strips;
                const int64_t end = block.row + block.rows * (s + 1) / strips;
                strip(part, {row, end - row, block.col, block.cols});
                const bool flush = part + 1 == depthParts_ && args_.epilogue.program;
                if (flush && ((s + 1) % 8 == 0 || s + 1 == strips)) {
                    finish({block.row + done, end - block.row - done, block.col, block.cols});
                    done = end - block.row;
                }
            }
        }
    }

private:
    void strip(int64_t part, const Block& at) const {
        const int64_t k0 = part * depth_, depth = std::min(depth_, args_.k - k0);
        alignas(64) float packed[kMaxStripRows * kDepth];
        GemmStrip a{args_.a + at.row * args_.aRow + k0 / kPanel * args_.aBlock, args_.aRow, args_.aBlock};
        const int64_t tiles = ceilDiv(at.cols, kPanel * target_.panels);
        if (a.row > 4 * kPanel && tiles > 1) a = target_.pack(a, at.rows, depth, packed);
        for (int64_t col = at.col; col < at.col + at.cols; col += kPanel * target_.panels) {
            const int64_t cols = std::min(kPanel * target_.panels, at.col + at.cols - col);
            tile(part, k0, depth, a, {at.row, at.rows, col, cols});
        }
    }

    void tile(int64_t part, int64_t k0, int64_t depth, const GemmStrip& a, const Block& at) const {
        const GemmEpilogue& e = args_.epilogue;
        GemmTile t;
        t.a = a.a;
        t.aRow = a.row;
        t.aBlock = a.block;
        const int64_t element = args_.bType == DType::F32 ? 4 : 2;
        t.b = static_cast<const char*>(args_.b) + (at.col * args_.k + k0 * kPanel) * element;
        t.bPanel = args_.k * kPanel;
        t.k = depth;
        t.c = args_.c + at.row * args_.cRow + at.col / kPanel * args_.cBlock;
        t.cRow = args_.cRow;
        t.cBlock = args_.cBlock;
        if (part > 0) {
            t.start = t.c;
            t.startRow = t.cRow;
            t.startBlock = t.cBlock;
        } else {
            if (e.residual) t.start = e.residual + at.row * e.residualRow + at.col / kPanel * e.residualBlock;
            t.startRow = e.residualRow;
            t.startBlock = e.residualBlock;
            if (e.bias) t.bias = e.bias + at.col;
            if (e.rowBias) t.rowBias = e.rowBias + at.row;
        }
        const bool last = part + 1 == depthParts_;
        t.low = last ? e.clampLow : -kInfinity;
        t.high = last ? e.clampHigh : kInfinity;
        const int64_t panels = ceilDiv(at.cols, kPanel);
        t.lastColumns = static_cast<int>(at.cols - (panels - 1) * kPanel);
        target_.tile(static_cast<int>(at.rows), static_cast<int>(panels))(t);
    }

    //! Runs the epilogue program over finished values, in one go where columns are contiguous.
    void finish(const Block& at) const {
        const GemmEpilogue& e = args_.epilogue;
        bool contiguous = args_.cBlock == kPanel;
        for (const GemmOperand& o : e.operands) contiguous = contiguous && o.block == o.col * kPanel;
        const int64_t step = contiguous ? at.cols : kPanel;
        for (int64_t col = at.col; col < at.col + at.cols; col += step) {
            PointwiseTile inputs[kMaxOperands];
            inputs[0] = {args_.c + at.row * args_.cRow + col / kPanel * args_.cBlock, args_.cRow, 1};
            for (size_t i = 0; i < e.operands.size(); ++i) {
                const GemmOperand& o = e.operands[i];
                const int64_t size = bitsOf(e.program->inputTypes()[i + 1]) / 8;
                const int64_t offset = at.row * o.row + col / kPanel * o.block;
                inputs[i + 1] = {const_cast<char*>(static_cast<const char*>(o.data)) + offset * size, o.row, o.col};
            }
            e.program->runTile(at.rows, std::min(step, at.col + at.cols - col),
                               std::span(inputs, e.operands.size() + 1), std::span(inputs, 1));
        }
    }

    const GemmArgs& args_;
    const GemmTarget& target_;
    int64_t depthParts_, depth_;
};

void checkArgs(const GemmArgs& args) {
    check(args.epilogue.operands.size() < kMaxOperands, "an epilogue has too many operands");
}

}  // namespace

void gemmSerial(const GemmArgs& args) {
    checkArgs(args);
    const BlockRunner runner(args, gemmHalfTarget(args.bType));
    const int64_t n = args.padColumns ? roundUpTo16(args.n) : args.n;
    for (int64_t col = 0; col < n; col += kBlockColumns) runner.run({0, args.m, col, std::min(kBlockColumns, n - col)});
}

int64_t batchedWorkspace(const BatchedGemmArgs& args) {
    const int64_t packedA = args.aCol == 1 ? 0 : (args.aBatch ? args.batch : 1) * args.m * roundUpTo16(args.k);
    return (args.bBatch ? args.batch : 1) * packedSize(args.k, args.n) + packedA;
}

void gemmBatched(const BatchedGemmArgs& args, float* workspace) {
    const int64_t sizeB = packedSize(args.k, args.n), countB = args.bBatch ? args.batch : 1;
    const int64_t panels = ceilDiv(args.n, kPanel);
    parallelTasks(countB * panels, args.k * kPanel / 4, [&](int64_t task) {
        const int64_t matrix = task / panels, panel = task % panels;
        packPanel(args.k, std::min(kPanel, args.n - panel * kPanel),
                  args.b + matrix * args.bBatch + panel * kPanel * args.bCol, args.bRow, args.bCol,
                  workspace + matrix * sizeB + panel * kPanel * args.k);
    });
    // A transposed A is packed as a B with its rows as columns would be, but in blocks along k: [k / 16][m][16].
    float* packedA = workspace + countB * sizeB;
    const int64_t sizeA = args.m * roundUpTo16(args.k), blocks = ceilDiv(args.k, kPanel);
    if (args.aCol != 1) {
        parallelTasks((args.aBatch ? args.batch : 1) * blocks, args.m * kPanel / 4, [&](int64_t task) {
            const int64_t matrix = task / blocks, block = task % blocks;
            packPanel(args.m, std::min(kPanel, args.k - block * kPanel),
                      args.a + matrix * args.aBatch + block * kPanel * args.aCol, args.aRow, args.aCol,
                      packedA + matrix * sizeA + block * kPanel * args.m);
        });
    }
    const int64_t splits = std::clamp<int64_t>(ceilDiv(4 * opentrt::threadCount(), args.batch), 1, ceilDiv(args.m, 16));
    const int64_t rows = ceilDiv(args.m, splits);
    parallelTasks(args.batch * splits, rows * args.n * args.k / 40, [&](int64_t task) {
        const int64_t matrix = task / splits, row = task % splits * rows;
        GemmArgs g;
        g.m = std::min(rows, args.m - row);
        g.n = args.n;
        g.k = args.k;
        g.a = args.aCol == 1 ? args.a + matrix * args.aBatch + row * args.aRow
                             : packedA + (args.aBatch ? matrix * sizeA : 0) + row * kPanel;
        g.aRow = args.aCol == 1 ? args.aRow : kPanel;
        g.aBlock = args.aCol == 1 ? kPanel : args.m * kPanel;
        g.b = workspace + (args.bBatch ? matrix * sizeB : 0);
        g.c = args.c + matrix * args.cBatch + row * args.cRow;
        g.cRow = args.cRow;
        g.epilogue = args.epilogue;
        if (g.epilogue.rowBias) g.epilogue.rowBias += row;
        if (g.m > 0) gemmSerial(g);
    });
}

void gemm(const GemmArgs& args) {
    checkArgs(args);
    const GemmTarget& target = gemmHalfTarget(args.bType);
    const BlockRunner runner(args, target);
    const int64_t n = args.padColumns ? roundUpTo16(args.n) : args.n;
    // Some blocks per thread, so that the last ones to finish leave little idle time: columns are cut first, because
    // that does not read B again, then rows.
    const int64_t wanted = 4 * opentrt::threadCount();
    const int64_t tile = kPanel * target.panels;
    int64_t cols = std::min(kBlockColumns, ceilDiv(n, tile) * tile);
    int64_t rows = args.m;
    while (ceilDiv(n, cols) * ceilDiv(args.m, rows) < wanted) {
        if (rows > 4 * target.rows) {
            rows = ceilDiv(rows, 2 * target.rows) * target.rows;
        } else if (cols > 2 * tile) {
            cols = ceilDiv(cols, 2 * tile) * tile;
        } else {
            break;
        }
    }
    const int64_t colBlocks = ceilDiv(n, cols), rowBlocks = ceilDiv(args.m, rows);
    const int64_t work = rows * cols * args.k / 40;
    // A thread's tasks follow each other: they share columns where B is the larger matrix, so that each core reads its
    // part of B alone, else rows.
    const bool byColumns = n >= args.m;
    parallelTasks(colBlocks * rowBlocks, work, [&](int64_t task) {
        const int64_t row = (byColumns ? task % rowBlocks : task / colBlocks) * rows;
        const int64_t col = (byColumns ? task / rowBlocks : task % colBlocks) * cols;
        runner.run({row, std::min(rows, args.m - row), col, std::min(cols, n - col)});
    });
}

}  // namespace opentrt::cpu::kernels
