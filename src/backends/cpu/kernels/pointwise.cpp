// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/pointwise.h"

#include <algorithm>

#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/pointwise_code.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

// Typed programs keep 16 bytes per element and instruction.
constexpr int64_t kTypedTile = 64;
constexpr int64_t kTypedRegisterBytes = 16 * kTypedTile;
constexpr size_t kMaxRank = 16;

int64_t elementBytes(DType type) {
    if (bitsOf(type) < 8)
        throw Error(ErrorCode::Unsupported, "", cat("pointwise programs do not read or write ", name(type)));
    return bitsOf(type) / 8;
}

int64_t strideSum(const std::vector<int64_t>& strides, const int64_t* index, size_t rank) {
    int64_t sum = 0;
    for (size_t i = 0; i < rank; ++i) sum += strides[i] * index[i];
    return sum;
}

}  // namespace

PointwiseProgram::PointwiseProgram(const ScalarProgram& program) : code_(std::make_unique<Code>()) {
    code_->inputTypes = program.inputs;
    for (int32_t output : program.outputs) code_->outputTypes.push_back(program.code[static_cast<size_t>(output)].type);
    for (DType type : code_->inputTypes) elementBytes(type);
    for (DType type : code_->outputTypes) elementBytes(type);
    if (program.inputs.size() + program.outputs.size() > kMaxOperands)
        throw Error(ErrorCode::Unsupported, "",
                    cat("a pointwise program has ", program.inputs.size() + program.outputs.size(),
                        " operands, the most is ", kMaxOperands));
    if (compileChain(program, *code_)) return;
    code_->typed = true;
    code_->program = program;
    code_->links.clear();
    code_->constants.clear();
    code_->firstConstant = code_->firstRegister = static_cast<int>(program.inputs.size() + program.outputs.size());
    code_->slotCount = code_->firstRegister + static_cast<int>(program.code.size());
    code_->tile = kTypedTile;
    code_->registerBytes = kTypedRegisterBytes;
    code_->work = 3000 * static_cast<int64_t>(program.code.size());
}

PointwiseProgram::~PointwiseProgram() = default;
PointwiseProgram::PointwiseProgram(PointwiseProgram&&) noexcept = default;
PointwiseProgram& PointwiseProgram::operator=(PointwiseProgram&&) noexcept = default;

const std::vector<DType>& PointwiseProgram::inputTypes() const {
    return code_->inputTypes;
}
const std::vector<DType>& PointwiseProgram::outputTypes() const {
    return code_->outputTypes;
}

void PointwiseProgram::runTile(int64_t rows, int64_t cols, std::span<const PointwiseTile> inputs,
                               std::span<const PointwiseTile> outputs) const {
    RegionOperand operands[kMaxOperands];
    size_t n = 0;
    const auto add = [&](const PointwiseTile& tile, DType type) {
        const int64_t size = bitsOf(type) / 8;
        operands[n++] = {static_cast<char*>(tile.data), tile.rowStride * size, tile.colStride * size};
    };
    for (size_t i = 0; i < code_->inputTypes.size(); ++i) add(inputs[i], code_->inputTypes[i]);
    for (size_t o = 0; o < code_->outputTypes.size(); ++o) add(outputs[o], code_->outputTypes[o]);
    TileRunner(*code_).region(rows, cols, operands);
}

PointwisePlan::PointwisePlan(std::shared_ptr<const PointwiseProgram> program, std::span<const int64_t> dims,
                             std::span<const std::vector<int64_t>> inputStrides,
                             std::span<const std::vector<int64_t>> outputStrides)
    : program_(std::move(program)) {
    const auto& code = program_->code();
    check(inputStrides.size() == code.inputTypes.size() && outputStrides.size() == code.outputTypes.size(),
          "a pointwise plan needs strides for each operand of its program");
    std::vector<std::vector<int64_t>> operands(inputStrides.begin(), inputStrides.end());
    operands.insert(operands.end(), outputStrides.begin(), outputStrides.end());
    for (const auto& strides : operands)
        check(strides.size() == dims.size(), "a pointwise plan needs one stride per dim");

    // Dims of size 1 go; the others are ordered as the first output lies in memory, so that stores are contiguous.
    std::vector<size_t> order;
    for (size_t i = 0; i < dims.size(); ++i)
        if (dims[i] != 1) order.push_back(i);
    const auto& first = outputStrides[0];
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return first[a] > first[b]; });

    dims_.assign(1, 1);
    operands_.assign(operands.size(), {0});
    for (size_t i : order) {
        bool mergeable = true;
        for (size_t o = 0; o < operands.size(); ++o)
            mergeable = mergeable && operands_[o].back() == operands[o][i] * dims[i];
        if (mergeable || dims_.back() == 1) {
            dims_.back() *= dims[i];
            for (size_t o = 0; o < operands.size(); ++o) operands_[o].back() = operands[o][i];
            continue;
        }
        dims_.push_back(dims[i]);
        for (size_t o = 0; o < operands.size(); ++o) operands_[o].push_back(operands[o][i]);
    }
    if (dims_.size() == 1) {
        dims_.insert(dims_.begin(), 1);
        for (auto& strides : operands_) strides.insert(strides.begin(), 0);
    }
    check(dims_.size() <= kMaxRank, "a pointwise plan has too many dims that cannot be merged");
    cutIntoTasks();
}

//! A task is some 8192 elements: columns of one row, else rows, else outer indices.
void PointwisePlan::cutIntoTasks() {
    constexpr int64_t kTaskElements = 8192;
    const size_t rank = dims_.size();
    const int64_t rows = dims_[rank - 2], cols = dims_[rank - 1];
    outer_ = 1;
    for (size_t i = 0; i + 2 < rank; ++i) outer_ *= dims_[i];
    taskCols_ = std::clamp<int64_t>(cols, 1, kTaskElements);
    taskRows_ = cols > taskCols_ ? 1 : std::clamp<int64_t>(kTaskElements / std::max<int64_t>(cols, 1), 1, rows);
    taskOuter_ = taskRows_ < rows || cols > taskCols_
                     ? 1
                     : std::clamp<int64_t>(kTaskElements / std::max<int64_t>(rows * cols, 1), 1, outer_);
}

void PointwisePlan::run(std::span<const void* const> inputs, std::span<void* const> outputs) const {
    const auto& code = program_->code();
    const size_t rank = dims_.size();
    const int64_t rows = dims_[rank - 2], cols = dims_[rank - 1];
    if (outer_ * rows * cols == 0) return;
    const int64_t colTasks = ceilDiv(cols, taskCols_), rowTasks = ceilDiv(rows, taskRows_);
    const int64_t tasks = ceilDiv(outer_, taskOuter_) * rowTasks * colTasks;
    const int64_t work = taskOuter_ * taskRows_ * taskCols_ * code.work / 1000;
    parallelTasks(tasks, work, [&](int64_t task) {
        const int64_t col = task % colTasks * taskCols_, row = task / colTasks % rowTasks * taskRows_;
        const int64_t firstOuter = task / colTasks / rowTasks * taskOuter_;
        TileRunner runner(code);
        for (int64_t outer = firstOuter; outer < std::min(firstOuter + taskOuter_, outer_); ++outer) {
            int64_t index[kMaxRank];
            index[rank - 1] = col;
            index[rank - 2] = row;
            int64_t rest = outer;
            for (size_t i = rank - 2; i-- > 0; rest /= dims_[i]) index[i] = rest % dims_[i];
            RegionOperand operands[kMaxOperands];
            for (size_t o = 0; o < operands_.size(); ++o) {
                const bool isInput = o < inputs.size();
                const DType type = isInput ? code.inputTypes[o] : code.outputTypes[o - inputs.size()];
                void* base = isInput ? const_cast<void*>(inputs[o]) : outputs[o - inputs.size()];
                const int64_t size = bitsOf(type) / 8;
                operands[o] = {static_cast<char*>(base) + strideSum(operands_[o], index, rank) * size,
                               operands_[o][rank - 2] * size, operands_[o][rank - 1] * size};
            }
            runner.region(std::min(taskRows_, rows - row), std::min(taskCols_, cols - col), operands);
        }
    });
}

}  // namespace opentrt::cpu::kernels
