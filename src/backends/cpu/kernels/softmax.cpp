// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
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

//! One row with stride `step`, in place in `row` when dense.
void softmaxRow(const float* x, float* y, int64_t count, int64_t step, float scale, const float* mask, int64_t maskStep,
                bool log) {
    float top = -std::numeric_limits<float>::infinity();
    for (int64_t i = 0; i < count; ++i) {
        const float v = x[i * step] * scale + (mask ? mask[i * maskStep] : 0.0f);
        y[i * step] = v;
        top = std::max(top, v);
    }
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        const float shifted = y[i * step] - top, e = std::exp(shifted);
        sum += e;
        y[i * step] = log ? shifted : e;
    }
    const float last = log ? std::log(sum) : 1.0f / sum;
    for (int64_t i = 0; i < count; ++i) y[i * step] = log ? y[i * step] - last : y[i * step] * last;
}

}  // namespace

void softmax(const SoftmaxArgs& args) {
    const int64_t rows = args.outer[0] * args.outer[1] * args.outer[2];
    const int64_t count = rows * args.axis * args.inner;
    const auto* x = static_cast<const float*>(args.x);
    auto* y = static_cast<float*>(args.y);
    std::vector<float> wideX, wideY;
    if (args.type != DType::F32) {
        wideX.resize(static_cast<size_t>(count));
        wideY.resize(static_cast<size_t>(count));
        castArray(args.type, args.x, DType::F32, wideX.data(), count);
        x = wideX.data();
        y = wideY.data();
    }
    parallelFor(rows * args.inner, std::max<int64_t>(1, 4096 / std::max<int64_t>(args.axis, 1)),
                [&](int64_t begin, int64_t end) {
                    for (int64_t task = begin; task < end; ++task) {
                        const int64_t row = task / args.inner, lane = task % args.inner;
                        const int64_t o2 = row % args.outer[2], o1 = row / args.outer[2] % args.outer[1],
                                      o0 = row / args.outer[2] / args.outer[1];
                        const float* mask = args.mask ? args.mask + o0 * args.maskOuter[0] + o1 * args.maskOuter[1] +
                                                            o2 * args.maskOuter[2]
                                                      : nullptr;
                        const int64_t at = row * args.axis * args.inner + lane;
                        softmaxRow(x + at, y + at, args.axis, args.inner, args.scale, mask, args.maskAxis, args.log);
                    }
                });
    if (args.type != DType::F32) castArray(DType::F32, wideY.data(), args.type, args.y, count);
}

}  // namespace opentrt::cpu::kernels
