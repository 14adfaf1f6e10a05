// SPDX-License-Identifier: Apache-2.0
// The cost model, against what builds of sixteen networks measured on an H200: what was fastest there must not be taken
// for slow.
#include "backends/cuda/cost.h"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

#include "backends/cuda/cuda_backend.h"
#include "graph/text.h"
#include "passes/pipeline.h"
#include "targets.h"
#include "tune/effort.h"

namespace opentrt::cuda {
namespace {

//! A product or, where there are images, a convolution, and which tactics took at most 1.5% longer than the fastest.
struct Measured {
    const char* type;
    int64_t rows, columns, k;
    int64_t window, stride, images;
    bool residual;
    const char* fastest;
};
constexpr Measured kMeasured[] = {
    // clang-format off
    {"f16", 4, 1000, 2048, 1, 1, 0, false, "wgmma.16x64/8 wgmma.8x64/4 wgmma.8x64/8"},
    {"f16", 8, 768, 768, 1, 1, 0, false, "wgmma.8x64/4"},
    {"f16", 32, 768, 768, 1, 1, 0, false, "resident.32x16x8 wgmma.16x64/4 wgmma.32x64/4"},
    {"f16", 32, 768, 768, 1, 1, 0, true, "wgmma.16x64/4 wgmma.32x64/4"},
    {"f16", 32, 768, 3072, 1, 1, 0, true, "wgmma.32x64/4 wgmma.32x64/8"},
    {"f16", 32, 1000, 768, 1, 1, 0, false, "wgmma.16x64/2 wgmma.32x64/4"},
    {"f16", 32, 1000, 1280, 1, 1, 0, false, "wgmma.32x64/4 wgmma.48x64/4"},
    {"f16", 32, 1000, 2048, 1, 1, 0, false, "wgmma.32x64/4"},
    {"f16", 32, 1280, 960, 1, 1, 0, false, "resident.32x16x8 wgmma.16x64/4"},
    {"f16", 32, 3072, 768, 1, 1, 0, false, "wgmma.16x64/2 wgmma.32x64"},
    {"f16", 49, 160, 672, 1, 1, 0, false, "wgmma.16x64/4 wgmma.8x64/4"},
    {"f16", 49, 160, 960, 1, 1, 0, true, "wgmma.16x64/4"},
    {"f16", 49, 512, 2048, 1, 1, 0, false, "wgmma.64x32/4"},
    {"f16", 49, 960, 160, 1, 1, 0, false, "wgmma.16x64"},
    {"f16", 49, 2048, 512, 1, 1, 0, true, "wgmma.32x64 wgmma.64x32"},
    {"f16", 49, 2048, 1024, 1, 2, 1, false, "wgmma.64x32/2"},
    {"f16", 128, 768, 768, 1, 1, 0, true, "wgmma.32x64"},
    {"f16", 128, 768, 3072, 1, 1, 0, true, "wgmma.64x64/4"},
    {"f16", 128, 1000, 2048, 1, 1, 0, false, "wgmma.64x32/2"},
    {"f16", 128, 2304, 768, 1, 1, 0, false, "wgmma.48x64 wgmma.64x64loop"},
    {"f16", 128, 3072, 768, 1, 1, 0, false, "wgmma.64x32"},
    {"f16", 196, 80, 200, 1, 1, 0, true, "wgmma.64x32 wgmma.8x64"},
    {"f16", 196, 80, 240, 1, 1, 0, false, "wgmma.8x64"},
    {"f16", 196, 112, 480, 1, 1, 0, false, "wgmma.16x64/4 wgmma.32x64/4"},
    {"f16", 196, 112, 672, 1, 1, 0, true, "wgmma.16x64/4 wgmma.24x64/4 wgmma.32x64/4 wgmma.64x32/4"},
    {"f16", 196, 184, 80, 1, 1, 0, false, "wgmma.8x64"},
    {"f16", 196, 256, 1024, 1, 1, 0, false, "wgmma.64x32/2"},
    {"f16", 196, 480, 80, 1, 1, 0, false, "wgmma.16x64"},
    {"f16", 196, 512, 1024, 1, 1, 0, false, "wgmma.32x64/2"},
    {"f16", 196, 512, 2048, 1, 1, 0, false, "wgmma.48x64/2 wgmma.64x32/2"},
    {"f16", 196, 512, 4608, 3, 2, 4, false, "wgmma.128x64/4"},
    {"f16", 196, 672, 112, 1, 1, 0, false, "wgmma.24x64"},
    {"f16", 196, 1024, 256, 1, 1, 0, true, "wgmma.32x64 wgmma.48x64 wgmma.64x64"},
    {"f16", 196, 1024, 512, 1, 2, 1, false, "wgmma.64x32"},
    {"f16", 196, 2048, 512, 1, 1, 0, true, "wgmma.64x64loop"},
    {"f16", 196, 2048, 1024, 1, 2, 4, false, "wgmma.64x64loop wgmma.64x96loop"},
    {"f16", 197, 768, 768, 1, 1, 0, true, "wgmma.48x64 wgmma.48x64/2"},
    {"f16", 197, 768, 3072, 1, 1, 0, true, "wgmma.48x64/2 wgmma.64x128/4"},
    {"f16", 197, 2304, 768, 1, 1, 0, false, "wgmma.64x128turns wgmma.64x96loop"},
    {"f16", 197, 3072, 768, 1, 1, 0, false, "wgmma.128x64loop wgmma.64x128turns"},
    {"f16", 512, 768, 768, 1, 1, 0, true, "wgmma.48x64"},
    {"f16", 512, 768, 3072, 1, 1, 0, true, "wgmma.48x64"},
    {"f16", 512, 2304, 768, 1, 1, 0, false, "wgmma.128x96loop wgmma.64x96loop"},
    {"f16", 512, 3072, 768, 1, 1, 0, false, "wgmma.64x128turns"},
    {"f16", 784, 128, 512, 1, 1, 0, false, "wgmma.24x64 wgmma.64x32"},
    {"f16", 784, 256, 512, 1, 1, 0, false, "wgmma.24x64"},
    {"f16", 784, 256, 1024, 1, 1, 0, false, "wgmma.48x64"},
    {"f16", 784, 256, 2304, 3, 2, 4, false, "wgmma.64x128/4 wgmma.64x64/2"},
    {"f16", 784, 512, 128, 1, 1, 0, true, "wgmma.24x64"},
    {"f16", 784, 512, 256, 1, 2, 1, false, "wgmma.64x64loop"},
    {"f16", 784, 512, 1024, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f16", 784, 1024, 256, 1, 1, 0, true, "wgmma.64x64loop"},
    {"f16", 784, 1024, 512, 1, 2, 4, false, "wgmma.64x128turns wgmma.64x64loop wgmma.64x96loop"},
    {"f16", 1024, 768, 768, 1, 1, 0, true, "wgmma.128x64loop wgmma.128x64turns wgmma.64x96loop"},
    {"f16", 1024, 768, 3072, 1, 1, 0, true, "wgmma.128x64turns wgmma.64x96loop"},
    {"f16", 1024, 2304, 768, 1, 1, 0, false, "wgmma.64x192turns"},
    {"f16", 1024, 3072, 768, 1, 1, 0, false, "wgmma.128x96 wgmma.128x96loop wgmma.64x192turns"},
    {"f16", 1568, 160, 672, 1, 1, 0, false, "wgmma.48x64"},
    {"f16", 1568, 160, 960, 1, 1, 0, true, "wgmma.64x32"},
    {"f16", 1568, 512, 2048, 1, 1, 0, false, "wgmma.64x128turns"},
    {"f16", 1568, 512, 4608, 3, 1, 32, false, "wgmma.64x128turns"},
    {"f16", 1568, 512, 4608, 3, 2, 32, false, "wgmma.64x128turns"},
    {"f16", 1568, 960, 160, 1, 1, 0, false, "wgmma.128x96loop wgmma.64x128loop"},
    {"f16", 1568, 2048, 512, 1, 1, 0, true, "wgmma.64x128loop wgmma.64x128turns wgmma.64x192turns"},
    {"f16", 1568, 2048, 1024, 1, 2, 32, false, "wgmma.128x256loop wgmma.64x128turns"},
    {"f16", 3136, 24, 72, 1, 1, 0, true, "wgmma.48x64 wgmma.64x32"},
    {"f16", 3136, 64, 256, 1, 1, 0, false, "wgmma.24x64 wgmma.48x64 wgmma.64x64"},
    {"f16", 3136, 64, 576, 3, 1, 1, false, "wgmma.64x64"},
    {"f16", 3136, 128, 256, 1, 1, 0, false, "wgmma.48x64"},
    {"f16", 3136, 128, 512, 1, 1, 0, false, "wgmma.48x64 wgmma.64x64loop"},
    {"f16", 3136, 128, 1152, 3, 2, 4, false, "wgmma.64x64loop"},
    {"f16", 3136, 256, 64, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f16", 3136, 256, 64, 1, 1, 0, true, "wgmma.64x64loop"},
    {"f16", 3136, 256, 512, 1, 1, 0, false, "wgmma.128x64loop wgmma.64x64loop"},
    {"f16", 3136, 512, 128, 1, 1, 0, true, "wgmma.64x128loop"},
    {"f16", 3136, 512, 256, 1, 2, 4, false, "wgmma.128x64turns wgmma.64x128turns wgmma.64x64loop"},
    {"f16", 4096, 768, 768, 1, 1, 0, true, "wgmma.128x192loop wgmma.64x192turns"},
    {"f16", 4096, 768, 3072, 1, 1, 0, true, "wgmma.128x192loop"},
    {"f16", 4096, 2304, 768, 1, 1, 0, false, "wgmma.128x192turns wgmma.192x128turns"},
    {"f16", 4096, 3072, 768, 1, 1, 0, false, "wgmma.128x128turns wgmma.128x192turns"},
    {"f16", 6272, 80, 184, 1, 1, 0, true, "wgmma.64x96loop"},
    {"f16", 6272, 80, 200, 1, 1, 0, true, "wgmma.64x96loop"},
    {"f16", 6272, 80, 240, 1, 1, 0, false, "wgmma.64x96loop"},
    {"f16", 6272, 112, 480, 1, 1, 0, false, "wgmma.128x64turns"},
    {"f16", 6272, 112, 672, 1, 1, 0, true, "wgmma.128x64turns"},
    {"f16", 6272, 184, 80, 1, 1, 0, false, "wgmma.64x64loop wgmma.64x96loop"},
    {"f16", 6272, 200, 80, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f16", 6272, 256, 1024, 1, 1, 0, false, "wgmma.64x128loop wgmma.64x128turns"},
    {"f16", 6272, 256, 2304, 3, 1, 32, false, "wgmma.128x128loop wgmma.128x128turns"},
    {"f16", 6272, 256, 2304, 3, 2, 32, false, "wgmma.128x128loop wgmma.128x128turns"},
    {"f16", 6272, 480, 80, 1, 1, 0, false, "wgmma.128x128turns wgmma.64x128turns"},
    {"f16", 6272, 512, 1024, 1, 1, 0, false, "wgmma.192x128turns"},
    {"f16", 6272, 512, 2048, 1, 1, 0, false, "wgmma.192x128turns"},
    {"f16", 6272, 512, 4608, 3, 1, 128, false, "wgmma.192x128turns"},
    {"f16", 6272, 512, 4608, 3, 2, 128, false, "wgmma.192x128turns"},
    {"f16", 6272, 672, 112, 1, 1, 0, false, "wgmma.64x64loops"},
    {"f16", 6272, 1024, 256, 1, 1, 0, true, "wgmma.64x128loop"},
    {"f16", 6272, 1024, 512, 1, 2, 32, false, "wgmma.128x128turns wgmma.192x128turns"},
    {"f16", 6272, 2048, 512, 1, 1, 0, true, "wgmma.128x128turns"},
    {"f16", 6272, 2048, 1024, 1, 2, 128, false, "wgmma.192x128turns"},
    {"f16", 6304, 768, 768, 1, 1, 0, true, "wgmma.192x192loop"},
    {"f16", 6304, 768, 3072, 1, 1, 0, true, "wgmma.192x192loop"},
    {"f16", 6304, 2304, 768, 1, 1, 0, false, "wgmma.128x128turns wgmma.128x192turns wgmma.192x128turns wgmma.192x192loop"},
    {"f16", 6304, 3072, 768, 1, 1, 0, false, "wgmma.192x128turns"},
    {"f16", 12544, 64, 64, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f16", 12544, 64, 256, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f16", 12544, 64, 576, 3, 1, 4, false, "wgmma.64x64loop"},
    {"f16", 12544, 128, 256, 1, 1, 0, false, "wgmma.64x128turns"},
    {"f16", 12544, 256, 64, 1, 1, 0, false, "wgmma.64x128turns wgmma.64x64loop"},
    {"f16", 12544, 256, 64, 1, 1, 0, true, "wgmma.64x128loop wgmma.64x64loop"},
    {"f16", 25088, 40, 72, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f16", 25088, 40, 120, 1, 1, 0, true, "wgmma.64x64loop"},
    {"f16", 25088, 120, 40, 1, 1, 0, false, "wgmma.64x128turns"},
    {"f16", 25088, 128, 512, 1, 1, 0, false, "wgmma.128x128turns wgmma.192x128turns wgmma.64x128turns"},
    {"f16", 25088, 128, 1152, 3, 1, 32, false, "wgmma.192x128turns"},
    {"f16", 25088, 128, 1152, 3, 2, 32, false, "wgmma.192x128turns"},
    {"f16", 25088, 240, 40, 1, 1, 0, false, "wgmma.64x128loops"},
    {"f16", 25088, 256, 512, 1, 1, 0, false, "wgmma.128x128turns wgmma.192x128turns"},
    {"f16", 25088, 256, 1024, 1, 1, 0, false, "wgmma.128x128loop wgmma.128x128turns wgmma.192x128turns"},
    {"f16", 25088, 256, 2304, 3, 1, 128, false, "wgmma.192x128turns"},
    {"f16", 25088, 256, 2304, 3, 2, 128, false, "wgmma.192x128turns"},
    {"f16", 25088, 512, 128, 1, 1, 0, true, "wgmma.128x256loop wgmma.64x128loop wgmma.64x128turns"},
    {"f16", 25088, 512, 256, 1, 2, 32, false, "wgmma.192x128turns"},
    {"f16", 25088, 512, 1024, 1, 1, 0, false, "wgmma.192x128turns"},
    {"f16", 25088, 1024, 512, 1, 2, 128, false, "wgmma.192x128turns"},
    {"f16", 100352, 24, 64, 1, 1, 0, false, "wgmma.128x64turns"},
    {"f16", 100352, 24, 72, 1, 1, 0, true, "wgmma.128x64turns"},
    {"f16", 100352, 64, 64, 1, 1, 0, false, "wgmma.128x64turns"},
    {"f16", 100352, 64, 256, 1, 1, 0, false, "wgmma.64x64loop wgmma.64x64loops"},
    {"f16", 100352, 128, 256, 1, 1, 0, false, "wgmma.64x128loop wgmma.64x128loops wgmma.64x128turns"},
    {"f16", 100352, 128, 512, 1, 1, 0, false, "wgmma.64x128loop wgmma.64x128turns"},
    {"f16", 100352, 128, 1152, 3, 1, 128, false, "wgmma.192x128turns"},
    {"f16", 100352, 128, 1152, 3, 2, 128, false, "wgmma.128x128loop wgmma.128x128turns"},
    {"f16", 100352, 256, 64, 1, 1, 0, false, "wgmma.128x256loop"},
    {"f16", 100352, 256, 64, 1, 1, 0, true, "wgmma.128x256loop wgmma.64x128loop wgmma.64x128turns"},
    {"f16", 100352, 256, 512, 1, 1, 0, false, "wgmma.128x256loop"},
    {"f16", 100352, 512, 128, 1, 1, 0, true, "wgmma.128x256loop wgmma.64x128loop wgmma.64x128turns"},
    {"f16", 100352, 512, 256, 1, 2, 128, false, "wgmma.128x256loop wgmma.192x128turns"},
    {"f16", 401408, 64, 16, 1, 1, 0, false, "wgmma.128x64loop wgmma.128x64turns"},
    {"f16", 401408, 64, 64, 1, 1, 0, false, "wgmma.128x64turns wgmma.64x64loop wgmma.64x64loops"},
    {"f16", 401408, 64, 256, 1, 1, 0, false, "wgmma.64x64loop wgmma.64x64loops"},
    {"f16", 401408, 128, 256, 1, 1, 0, false, "wgmma.64x128loop wgmma.64x128loops wgmma.64x128turns"},
    {"f16", 401408, 256, 64, 1, 1, 0, false, "wgmma.128x256loop"},
    {"f16", 401408, 256, 64, 1, 1, 0, true, "wgmma.128x256loop wgmma.64x128loop wgmma.64x128turns"},
    {"f32", 4, 1000, 2048, 1, 1, 0, false, "wgmma.16x64/8 wgmma.24x64/8 wgmma.8x64/8"},
    {"f32", 196, 512, 2048, 1, 1, 0, false, "wgmma.32x64/2 wgmma.48x64/2 wgmma.64x128/4 wgmma.64x64/2"},
    {"f32", 196, 512, 4608, 3, 1, 4, false, "wgmma.128x96/8"},
    {"f32", 196, 512, 4608, 3, 2, 4, false, "wgmma.128x96/8"},
    {"f32", 196, 2048, 512, 1, 1, 0, true, "wgmma.64x96loop"},
    {"f32", 196, 2048, 1024, 1, 2, 4, false, "wgmma.64x128/2 wgmma.64x64loop wgmma.64x96loop"},
    {"f32", 784, 256, 1024, 1, 1, 0, false, "wgmma.64x64/2"},
    {"f32", 784, 256, 2304, 3, 1, 4, false, "wgmma.64x128/4"},
    {"f32", 784, 256, 2304, 3, 2, 4, false, "wgmma.64x128/4"},
    {"f32", 784, 512, 1024, 1, 1, 0, false, "wgmma.64x128/2"},
    {"f32", 784, 1024, 256, 1, 1, 0, true, "wgmma.64x64"},
    {"f32", 784, 1024, 512, 1, 2, 4, false, "wgmma.64x128turns"},
    {"f32", 3136, 128, 512, 1, 1, 0, false, "wgmma.48x64"},
    {"f32", 3136, 128, 1152, 3, 1, 4, false, "wgmma.64x128/2"},
    {"f32", 3136, 128, 1152, 3, 2, 4, false, "wgmma.64x128/2"},
    {"f32", 3136, 256, 512, 1, 1, 0, false, "wgmma.128x64loop wgmma.64x128turns wgmma.64x64loop"},
    {"f32", 3136, 512, 128, 1, 1, 0, true, "wgmma.64x128turns"},
    {"f32", 3136, 512, 256, 1, 2, 4, false, "wgmma.128x64turns wgmma.64x128turns wgmma.64x64loop"},
    {"f32", 12544, 64, 64, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f32", 12544, 64, 256, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f32", 12544, 128, 256, 1, 1, 0, false, "wgmma.64x128turns wgmma.64x64loop"},
    {"f32", 12544, 256, 64, 1, 1, 0, false, "wgmma.64x64loop"},
    {"f32", 12544, 256, 64, 1, 1, 0, true, "wgmma.64x128turns wgmma.64x64loop"},
    {"i8", 4, 1000, 2048, 1, 1, 0, false, "wgmma.8x64/4"},
    {"i8", 196, 2048, 1024, 1, 2, 4, false, "wgmma.64x64loop"},
    {"i8", 256, 1000, 2048, 1, 1, 0, false, "wgmma.64x32"},
    {"i8", 784, 1024, 512, 1, 2, 4, false, "wgmma.64x64loop wgmma.64x96loop"},
    {"i8", 3136, 512, 256, 1, 2, 4, false, "wgmma.64x128loop wgmma.64x64loop"},
    {"i8", 12544, 2048, 1024, 1, 2, 256, false, "wgmma.192x128turns"},
    // clang-format on
};

std::string textOf(const Measured& m) {
    const std::string type(m.type), sums = type == "i8" ? "f32" : type;
    std::string input, weights, op, result;
    if (m.images > 0) {
        const auto side = std::llround(std::sqrt(m.rows / m.images));
        const int64_t channels = m.k / (m.window * m.window), pad = m.window / 2;
        input = cat("[", m.images, ",", channels, ",", side * m.stride, ",", side * m.stride, "]");
        weights = cat("[", m.columns, ",", channels, ",", m.window, ",", m.window, "]");
        result = cat("[", m.images, ",", m.columns, ",", side, ",", side, "]");
        op = cat("Convolution(%x, %w) {pre=[", pad, ",", pad, "], post=[", pad, ",", pad, "], stride=[", m.stride, ",",
                 m.stride, "]");
    } else {
        input = cat("[", m.rows, ",", m.k, "]");
        weights = cat("[", m.k, ",", m.columns, "]");
        result = cat("[", m.rows, ",", m.columns, "]");
        op = "MatrixMultiply(%x, %w) {a=none";
    }
    return cat("graph net {\n  input %x: ", type, input, "\n  input %r: ", sums, result, "\n  const %w: ", type,
               weights, " = fill(1)\n  %c = ", op, type == "i8" ? ", quantized=true" : "", "} \"product\"\n",
               m.residual ? "  %y = ElementWise(%c, %r) {operation=sum} \"add\"\n  output %y\n}" : "  output %c\n}");
}

//! Names of tactics, and the estimate of each in parts of the least one.
std::map<std::string, double> ratios(const std::string& text, int sm = 90) {
    const auto backend = makeBackend(target(sm), cpuBackend());
    Graph graph = parseGraph(text);
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    const NodeId node = graph[graph.outputs()[0]].producer;
    TacticRequest request;
    request.tf32 = true;
    const auto tactics = backend->tactics(graph, node, request).tactics;
    const auto times = backend->estimates(graph, node, tactics, request);
    double least = 0;
    for (const double time : times) least = time > 0 && (least == 0 || time < least) ? time : least;
    std::map<std::string, double> result;
    for (size_t t = 0; t < times.size(); ++t) result[tactics[t].name] = least > 0 ? times[t] / least : 0;
    return result;
}

TEST(Cost, TrustsWhatWasFastestAndSparesMostOfTheRest) {
    const double trust = effortAt(3).trust, most = 0.97 * trust;
    size_t tried = 0, offered = 0;
    for (const Measured& m : kMeasured) {
        const auto all = ratios(textOf(m));
        double best = 1e9;
        std::istringstream names(m.fastest);
        for (std::string name; names >> name;) {
            if (std::string(m.type) == "f32") name.insert(name.find('.') + 1, "tf32.");
            const auto at = all.find("cuda." + name);
            ASSERT_NE(at, all.end()) << name << " is not offered:\n" << textOf(m);
            best = std::min(best, at->second);
        }
        EXPECT_LE(best, most) << m.fastest << ":\n" << textOf(m);
        for (const auto& [name, ratio] : all) {
            offered += ratio > 0;
            tried += ratio > 0 && ratio <= trust;
        }
    }
    EXPECT_LT(tried * 3, offered * 2) << tried << " of " << offered;
}

TEST(Cost, SaysNothingOfDevicesThatItDoesNotKnow) {
    for (const auto& [name, ratio] : ratios(textOf({"f16", 4096, 768, 768, 1, 1, 0, false, ""}), 80))
        EXPECT_EQ(ratio, 0) << name;
}

TEST(Cost, GrowsWithTheWorkAndNotWithTheDevice) {
    const TiledWork work{Pace::Loop, 128, 128, 1, 1};
    const double small = estimatedMs(target(90), work, {4096, 768, 768}),
                 large = estimatedMs(target(90), work, {8192, 768, 768});
    EXPECT_GT(large, small);
    Target twice = target(90);
    twice.multiprocessors *= 2;
    EXPECT_LT(estimatedMs(twice, work, {8192, 768, 768}), large);
}

}  // namespace
}  // namespace opentrt::cuda
