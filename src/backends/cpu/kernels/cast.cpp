// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "backends/cpu/kernels/convert.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/parallel.h"

namespace opentrt::cpu::kernels {
namespace {

constexpr int64_t kTaskElements = 8192;  // even, so that packed types are cut between bytes

}  // namespace

CastKernel::CastKernel(DType from, DType to) : from_(from), to_(to) {
    if (bitsOf(from) < 8 || bitsOf(to) < 8) return;
    ScalarProgram program;
    program.inputs = {from};
    program.code.push_back({ScalarOp::Input, from, 0});
    if (to != from) program.code.push_back({ScalarOp::Cast, to, 0});
    program.outputs = {static_cast<int32_t>(program.code.size()) - 1};
    program_ = std::make_unique<PointwiseProgram>(program);
}

void CastKernel::run(const void* src, void* dst, int64_t count) const {
    parallelTasks(ceilDiv(count, kTaskElements), kTaskElements / (program_ ? 8 : 1), [&](int64_t task) {
        const int64_t first = task * kTaskElements, n = std::min(kTaskElements, count - first);
        const char* from = static_cast<const char*>(src) + first * bitsOf(from_) / 8;
        char* to = static_cast<char*>(dst) + first * bitsOf(to_) / 8;
        if (program_) {
            const PointwiseTile in[] = {{const_cast<char*>(from), 0, 1}}, out[] = {{to, 0, 1}};
            return program_->runTile(1, n, in, out);
        }
        const ScalarInstr instr{from_ == to_ ? ScalarOp::Input : ScalarOp::Cast, to_, 0};
        for (int64_t i = 0; i < n; i += 2) {
            Scalar pair[2];
            const int64_t some = std::min<int64_t>(2, n - i);
            loadScalars(from_, from + i * bitsOf(from_) / 8, some, pair);
            for (Scalar& s : pair) s = apply(instr, from_, s, {}, {});
            storeScalars(to_, pair, some, to + i * bitsOf(to_) / 8);
        }
    });
}

void castArray(DType from, const void* src, DType to, void* dst, int64_t count) {
    CastKernel(from, to).run(src, dst, count);
}

}  // namespace opentrt::cpu::kernels
