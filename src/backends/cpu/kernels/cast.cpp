// SPDX-License-Identifier: Apache-2.0
// Conversion of whole arrays: the pointwise engine running a program of one Cast.
#include <cstring>
#include <memory>
#include <mutex>

#include "backends/cpu/kernels/copy.h"
#include "backends/cpu/kernels/pointwise.h"
#include "base/parallel.h"
#include "graph/tensor.h"

namespace opentrt::cpu::kernels {

namespace {

//! Compiled once for each pair of types; never destroyed, because kernels may run in static destructors.
const std::shared_ptr<const PointwiseProgram>& castProgram(DType from, DType to) {
    static auto* programs = new std::shared_ptr<const PointwiseProgram>[kDTypeCount][kDTypeCount];
    static auto* mutex = new std::mutex;
    const std::lock_guard lock(*mutex);
    auto& program = programs[static_cast<size_t>(from)][static_cast<size_t>(to)];
    if (!program) {
        ScalarProgram code;
        code.inputs = {from};
        code.code.push_back({ScalarOp::Input, from, 0});
        code.code.push_back({ScalarOp::Cast, to, 0});
        code.outputs = {1};
        program = std::make_shared<PointwiseProgram>(code);
    }
    return program;
}

}  // namespace

void castArray(DType from, const void* src, DType to, void* dst, int64_t count) {
    if (count == 0) return;
    if (from == to) {
        std::memcpy(dst, src, static_cast<size_t>(bytesFor(from, count)));
        return;
    }
    if (bitsOf(from) < 8 || bitsOf(to) < 8) {
        const Tensor result = Tensor::borrow(from, {count}, src).cast(to);
        std::memcpy(dst, result.data(), static_cast<size_t>(result.bytes()));
        return;
    }
    const int64_t dims[] = {count};
    const std::vector<int64_t> dense[] = {{1}};
    const PointwisePlan plan(castProgram(from, to), dims, dense, dense);
    const void* inputs[] = {src};
    void* outputs[] = {dst};
    plan.run(inputs, outputs);
}

}  // namespace opentrt::cpu::kernels
