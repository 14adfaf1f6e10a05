// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/norm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "backends/cpu/kernels/copy.h"
#include "base/parallel.h"

namespace opentrt::cpu::kernels {

namespace {

void castArray(DType from, const void* src, DType to, void* dst, int64_t count) {
    if (from == to) {
        std::memcpy(dst, src, static_cast<size_t>(bytesFor(from, count)));
    } else {
        CastKernel(from, to).run(src, dst, count);
    }
}

constexpr int kLanes = 16;

//! Sum of f(v) in a fixed order: by lane, then across.
template <class F>
float laneSum(const float* v, int64_t count, const F& f) {
    float lanes[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (int l = 0; l < kLanes; ++l) lanes[l] += f(v[i + l]);
    }
    for (int l = 0; i < count; ++i, ++l) lanes[l] += f(v[i]);
    float total = 0;
    for (const float lane : lanes) total += lane;
    return total;
}

void normRow(const float* x, float* y, int64_t count, const LayerNormArgs& args) {
    const auto n = static_cast<float>(count);
    const float mean = args.rms ? 0.0f : laneSum(x, count, [](float v) { return v; }) / n;
    const float variance = laneSum(x, count, [&](float v) { return (v - mean) * (v - mean); }) / n;
    const float factor = 1.0f / std::sqrt(variance + args.epsilon);
    for (int64_t c = 0; c < count; ++c) {
        float v = (x[c] - mean) * factor;
        if (args.scale) v *= args.scale[c];
        if (args.bias) v += args.bias[c];
        y[c] = v;
    }
}

}  // namespace

void layerNorm(const LayerNormArgs& args) {
    const int64_t bytes = bytesFor(args.type, args.cols);
    parallelFor(args.rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(args.cols, 1)),
                [&](int64_t begin, int64_t end) {
                    std::vector<float> v(static_cast<size_t>(args.cols)), r(args.residual ? v.size() : 0);
                    for (int64_t row = begin; row < end; ++row) {
                        const auto at = [&](const void* base) { return static_cast<const char*>(base) + row * bytes; };
                        castArray(args.type, at(args.x), DType::F32, v.data(), args.cols);
                        if (args.residual) {
                            castArray(args.type, at(args.residual), DType::F32, r.data(), args.cols);
                            for (size_t c = 0; c < v.size(); ++c) v[c] += r[c];
                        }
                        if (args.sum)
                            castArray(DType::F32, v.data(), args.type, const_cast<char*>(at(args.sum)), args.cols);
                        normRow(v.data(), v.data(), args.cols, args);
                        castArray(DType::F32, v.data(), args.type, const_cast<char*>(at(args.y)), args.cols);
                    }
                });
}

}  // namespace opentrt::cpu::kernels
