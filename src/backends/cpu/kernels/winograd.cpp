// SPDX-License-Identifier: Apache-2.0
// Order of work: input tiles are transformed to V[point][block of channels][tile][16], each point's matrix is
// multiplied by its weights to M[point][block][tile][16], and M is transformed to output pixels. V and M of one task
// stay in L2: M is made for a few blocks of output channels at a time.
#include "backends/cpu/kernels/winograd.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/gemm_tile.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/winograd_tile.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int64_t kMaxTilesPerTask = 112;

int64_t pointsOf(const WinogradConv& c) {
    return static_cast<int64_t>(c.tile + 2) * (c.tile + 2);
}

//! How the work is cut; a function of the problem and the number of threads.
struct Cut {
    int64_t inBlocks, outBlocks;  // of 16 channels
    int64_t tileRows, tileCols, tiles;
    bool byChannels;
    int64_t taskTiles;  // tiles transformed together
    int64_t chunk;      // blocks of output channels multiplied together
    int64_t pointStrideV, pointStrideM;

    Cut(const WinogradConv& c, int threads) {
        inBlocks = ceilDiv(c.inChannels, 16);
        outBlocks = ceilDiv(c.outChannels, 16);
        tileRows = ceilDiv(c.outHeight, c.tile);
        tileCols = ceilDiv(c.outWidth, c.tile);
        tiles = c.batch * tileRows * tileCols;
        byChannels = c.split == WinogradConv::Split::Channels ||
                     (c.split == WinogradConv::Split::Auto && threads > 1 && tiles < 28 * threads);
        if (byChannels) {
            const int64_t groups = ceilDiv(tiles, kMaxTilesPerTask);
            taskTiles = ceilDiv(tiles, groups);
            chunk = std::clamp<int64_t>(outBlocks / (4 * threads) / 2 * 2, 2, 8);
        } else {
            const int64_t fits = (640 << 10) / (pointsOf(c) * inBlocks * 64);
            const int64_t tasks = ceilDiv(tiles, std::clamp<int64_t>(fits, 28, kMaxTilesPerTask));
            taskTiles = ceilDiv(tiles, ceilDiv(tasks, threads) * threads);
            chunk = 4;
        }
        chunk = std::min(chunk, outBlocks);
        // One more line than needed: points a power of two apart would compete for the same lines of L1.
        pointStrideV = inBlocks * taskTiles * 16 + 16;
        pointStrideM = chunk * taskTiles * 16 + 16;
    }
    int64_t sizeV(const WinogradConv& c) const { return pointsOf(c) * pointStrideV; }
    int64_t sizeM(const WinogradConv& c) const { return pointsOf(c) * pointStrideM; }
};

class Runner {
public:
    Runner(const WinogradConv& conv, const Cut& cut, const float* x, const float* weights, const ConvEpilogue& epilogue,
           float* y)
        : c_(conv),
          cut_(cut),
          x_(x),
          weights_(weights),
          epilogue_(epilogue),
          y_(y),
          in_(imageStrides(conv.inLayout, conv.inChannels, conv.height * conv.width)),
          out_(imageStrides(conv.outLayout, conv.outChannels, conv.outHeight * conv.outWidth)),
          transforms_(winogradTransforms(conv.tile)),
          gemm_(gemmTarget()) {}

    //! Transforms tiles [first, first + count) of one block of channels.
    void input(int64_t first, int64_t count, int64_t block, float* v) const {
        for (int64_t t = 0; t < count; ++t) inputTile(at(first + t), block, v + (block * cut_.taskTiles + t) * 16);
    }

    //! M = V * weights for `count` tiles and blocks [block, block + blocks) of output channels.
    void multiply(int64_t count, int64_t block, int64_t blocks, const float* v, float* m) const {
        const int64_t depth = cut_.inBlocks * 16, strips = ceilDiv(count, gemm_.rows);
        GemmTile tile;
        tile.aBlock = tile.cBlock = cut_.taskTiles * 16;
        tile.bPanel = depth * 16;
        tile.k = depth;
        tile.low = -kInfinity, tile.high = kInfinity;
        for (int64_t point = 0; point < pointsOf(c_); ++point) {
            const float* weights = weights_ + (point * cut_.outBlocks + block) * depth * 16;
            for (int64_t panel = 0; panel < blocks; panel += gemm_.panels) {
                const auto panels = static_cast<int>(std::min<int64_t>(gemm_.panels, blocks - panel));
                for (int64_t s = 0; s < strips; ++s) {
                    const int64_t row = count * s / strips, end = count * (s + 1) / strips;
                    tile.a = v + point * cut_.pointStrideV + row * 16;
                    tile.b = weights + panel * depth * 16;
                    tile.c = m + point * cut_.pointStrideM + (panel * cut_.taskTiles + row) * 16;
                    gemm_.tile(static_cast<int>(end - row), panels)(tile);
                }
            }
        }
    }

    void output(int64_t first, int64_t count, int64_t block, int64_t blocks, const float* m) const {
        for (int64_t b = 0; b < blocks; ++b) {
            alignas(64) float bias[16] = {};
            const int64_t channels = std::min<int64_t>(16, c_.outChannels - (block + b) * 16);
            if (epilogue_.bias) std::copy_n(epilogue_.bias + (block + b) * 16, channels, bias);
            for (int64_t t = 0; t < count; ++t)
                outputTile(at(first + t), block + b, m + (b * cut_.taskTiles + t) * 16, bias);
            if (epilogue_.program) runProgram(first, count, block + b);
        }
    }

private:
    struct Place {
        int64_t image, row, col;  // of the tile
    };
    Place at(int64_t tile) const {
        return {tile / (cut_.tileRows * cut_.tileCols), tile / cut_.tileCols % cut_.tileRows, tile % cut_.tileCols};
    }
    //! Channels of a block that memory has: all 16 where the layout pads.
    static int64_t channelsIn(ImageLayout layout, int64_t channels, int64_t block) {
        return layout == ImageLayout::Nchw16c ? 16 : std::min<int64_t>(16, channels - block * 16);
    }

    void inputTile(const Place& place, int64_t block, float* points) const {
        const int64_t n = c_.tile + 2, h = place.row * c_.tile - c_.padTop, w = place.col * c_.tile - c_.padLeft;
        const float* image = x_ + place.image * in_.image + block * in_.block;
        const int64_t channels = channelsIn(c_.inLayout, c_.inChannels, block);
        if (h >= 0 && w >= 0 && h + n <= c_.height && w + n <= c_.width && channels == 16) {
            transforms_.input({image + (h * c_.width + w) * in_.pixel, c_.width * in_.pixel, in_.pixel}, points,
                              cut_.pointStrideV);
            return;
        }
        alignas(64) float padded[6 * 6 * 16] = {};
        for (int64_t i = std::max<int64_t>(0, -h); i < std::min(n, c_.height - h); ++i)
            for (int64_t j = std::max<int64_t>(0, -w); j < std::min(n, c_.width - w); ++j)
                std::copy_n(image + ((h + i) * c_.width + w + j) * in_.pixel, channels, padded + (i * n + j) * 16);
        transforms_.input({padded, n * 16, 16}, points, cut_.pointStrideV);
    }

    void outputTile(const Place& place, int64_t block, const float* points, const float* bias) const {
        const int64_t m = c_.tile, h = place.row * m, w = place.col * m;
        const int64_t rows = std::min(m, c_.outHeight - h), cols = std::min(m, c_.outWidth - w);
        const int64_t offset = place.image * out_.image + block * out_.block + (h * c_.outWidth + w) * out_.pixel;
        const int64_t channels = channelsIn(c_.outLayout, c_.outChannels, block);
        WinogradResult r{points,
                         cut_.pointStrideM,
                         bias,
                         epilogue_.residual ? epilogue_.residual + offset : nullptr,
                         c_.outWidth * out_.pixel,
                         out_.pixel,
                         epilogue_.clampLow,
                         epilogue_.clampHigh,
                         y_ + offset,
                         c_.outWidth * out_.pixel,
                         out_.pixel};
        if (rows == m && cols == m && channels == 16) return transforms_.output(r);
        // Part of the tile lies outside: its pixels go through a whole tile on the stack.
        alignas(64) float whole[4 * 4 * 16], residual[4 * 4 * 16] = {};
        const auto each = [&](auto f) {
            for (int64_t i = 0; i < rows; ++i)
                for (int64_t j = 0; j < cols; ++j) f((i * m + j) * 16, offset + (i * c_.outWidth + j) * out_.pixel);
        };
        if (r.residual) {
            each([&](int64_t in, int64_t out) { std::copy_n(epilogue_.residual + out, channels, residual + in); });
            r.residual = residual;
        }
        r.residualRow = r.row = m * 16;
        r.residualPixel = r.pixel = 16;
        r.y = whole;
        transforms_.output(r);
        each([&](int64_t in, int64_t out) { std::copy_n(whole + in, channels, y_ + out); });
    }

    //! Runs of tiles beside each other are one strip of pixels per output row.
    void runProgram(int64_t first, int64_t count, int64_t block) const {
        const int64_t channels = channelsIn(c_.outLayout, c_.outChannels, block);
        for (int64_t t = first; t < first + count;) {
            const Place place = at(t);
            const int64_t run = std::min(first + count - t, cut_.tileCols - place.col);
            const int64_t w = place.col * c_.tile, width = std::min(run * c_.tile, c_.outWidth - w);
            for (int64_t h = place.row * c_.tile; h < std::min((place.row + 1) * c_.tile, c_.outHeight); ++h)
                runConvProgram(epilogue_, out_, y_, place.image, h * c_.outWidth + w, width, block, channels);
            t += run;
        }
    }

    const WinogradConv& c_;
    const Cut& cut_;
    const float* x_;
    const float* weights_;
    const ConvEpilogue& epilogue_;
    float* y_;
    ImageStrides in_, out_;
    const WinogradTransforms& transforms_;
    const GemmTarget& gemm_;
};

//! Rows of G: evaluation of the kernel's polynomial at the points, divided by the points' products of differences.
const double* kernelMatrix(int tile) {
    static const double a = std::sqrt(0.5), b = std::sqrt(2.0);
    static const double two[] = {1, 0, 0, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, 0, 0, 1};
    static const double four[] = {1,        0,         0,        -2 / 3.0, -2 * a / 3, -1 / 3.0,
                                  -2 / 3.0, 2 * a / 3, -1 / 3.0, 1 / 6.0,  b / 6,      1 / 3.0,
                                  1 / 6.0,  -b / 6,    1 / 3.0,  0,        0,          1};
    return tile == 2 ? two : four;
}

}  // namespace

int64_t winogradWeightsSize(const WinogradConv& c) {
    return pointsOf(c) * roundUpTo16(c.inChannels) * roundUpTo16(c.outChannels);
}

void winogradWeights(const WinogradConv& c, const float* weights, float* transformed) {
    const int64_t n = c.tile + 2, depth = roundUpTo16(c.inChannels), outBlocks = ceilDiv(c.outChannels, 16);
    const double* g = kernelMatrix(c.tile);
    std::memset(transformed, 0, static_cast<size_t>(winogradWeightsSize(c)) * sizeof(float));
    parallelTasks(c.outChannels, c.inChannels * 200, [&](int64_t oc) {
        for (int64_t ic = 0; ic < c.inChannels; ++ic) {
            const float* w = weights + (oc * c.inChannels + ic) * 9;
            for (int64_t i = 0; i < n; ++i) {
                double row[3];  // row i of G * w
                for (int64_t k = 0; k < 3; ++k)
                    row[k] = g[i * 3] * w[k] + g[i * 3 + 1] * w[3 + k] + g[i * 3 + 2] * w[6 + k];
                for (int64_t j = 0; j < n; ++j) {
                    const double u = row[0] * g[j * 3] + row[1] * g[j * 3 + 1] + row[2] * g[j * 3 + 2];
                    transformed[(((i * n + j) * outBlocks + oc / 16) * depth + ic) * 16 + oc % 16] =
                        static_cast<float>(u);
                }
            }
        }
    });
}

int64_t winogradWorkspace(const WinogradConv& c, int threads) {
    const Cut cut(c, threads);
    return cut.byChannels ? cut.sizeV(c) + threads * cut.sizeM(c) : threads * (cut.sizeV(c) + cut.sizeM(c));
}

void winograd(const WinogradConv& c, const float* x, const float* transformed, const ConvEpilogue& epilogue, float* y,
              float* workspace, int threads) {
    check(c.tile == 2 || c.tile == 4, "winograd tiles are 2 or 4");
    const Cut cut(c, threads);
    const Runner runner(c, cut, x, transformed, epilogue, y);
    const int64_t chunks = ceilDiv(cut.outBlocks, cut.chunk);
    const auto makeChunk = [&](int64_t first, int64_t count, int64_t chunk, const float* v, float* m) {
        const int64_t block = chunk * cut.chunk, blocks = std::min(cut.chunk, cut.outBlocks - block);
        runner.multiply(count, block, blocks, v, m);
        runner.output(first, count, block, blocks, m);
    };
    const int64_t tasks = ceilDiv(cut.tiles, cut.taskTiles);
    const int64_t workPerBlock = cut.taskTiles * pointsOf(c) * cut.inBlocks * 5;
    if (!cut.byChannels) {
        parallelTasks(
            tasks, workPerBlock * cut.outBlocks,
            [&](int64_t task, int thread) {
                const int64_t first = task * cut.taskTiles, count = std::min(cut.taskTiles, cut.tiles - first);
                float* v = workspace + thread * (cut.sizeV(c) + cut.sizeM(c));
                for (int64_t b = 0; b < cut.inBlocks; ++b) runner.input(first, count, b, v);
                for (int64_t k = 0; k < chunks; ++k) makeChunk(first, count, k, v, v + cut.sizeV(c));
            },
            threads);
        return;
    }
    for (int64_t first = 0; first < cut.tiles; first += cut.taskTiles) {
        const int64_t count = std::min(cut.taskTiles, cut.tiles - first);
        parallelTasks(
            cut.inBlocks, count * 200, [&](int64_t b) { runner.input(first, count, b, workspace); }, threads);
        parallelTasks(
            chunks, workPerBlock * cut.chunk,
            [&](int64_t k, int thread) {
                makeChunk(first, count, k, workspace, workspace + cut.sizeV(c) + thread * cut.sizeM(c));
            },
            threads);
    }
}

}  // namespace opentrt::cpu::kernels
