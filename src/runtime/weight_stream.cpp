// SPDX-License-Identifier: Apache-2.0
#include "runtime/weight_stream.h"

#include <algorithm>

#include "runtime/executor.h"

namespace opentrt {

namespace {

constexpr int64_t kLeast = 1024;  // bytes: what is smaller is not worth a copy of its own
constexpr int64_t kAlignment = 256;
constexpr size_t kPlaces = 2;

int64_t aligned(int64_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

//! How often each blob is read: by kernels, and as a value by steps, views and results.
std::vector<int> countReaders(const Plan& plan) {
    std::vector<int> readers(plan.blobs.size(), 0);
    const auto count = [&](int32_t blob) { ++readers[static_cast<size_t>(blob)]; };
    for (const PlanProgram& program : plan.programs) {
        const auto readValue = [&](int32_t v) {
            if (v < 0) return;
            const PlanValue& value = program.values[static_cast<size_t>(v)];
            if (value.storage == Storage::Constant) count(value.index);
        };
        for (const PlanStep& step : program.steps) {
            for (const int32_t blob : step.weights) count(blob);
            for (const PlanVariant& variant : step.variants) {
                for (const int32_t blob : variant.weights) count(blob);
            }
            for (const int32_t v : step.inputs) readValue(v);
        }
        for (const PlanValue& value : program.values) {
            if (value.storage == Storage::Alias) readValue(value.index);
        }
        for (const int32_t v : program.outputs) readValue(v);
    }
    return readers;
}

//! Bytes of the larger of the steps that take the first or the second place.
int64_t placeBytes(const std::vector<StreamedStep>& steps, size_t place) {
    int64_t most = 0;
    for (size_t i = place; i < steps.size(); i += kPlaces) most = std::max(most, steps[i].bytes);
    return most;
}

}  // namespace

std::vector<StreamedStep> streamableSteps(const Plan& plan, const Backend& backend) {
    const std::vector<int> readers = countReaders(plan);
    const PlanProgram& program = plan.programs[0];
    std::vector<StreamedStep> steps;
    for (size_t s = 0; s < program.steps.size(); ++s) {
        const PlanStep& planned = program.steps[s];
        if (planned.backend != plan.backend || !planned.variants.empty()) continue;
        StreamedStep step{s, {}, 0, nullptr};
        const auto add = [&](int32_t blob, int32_t input) {
            const int64_t bytes = plan.blobs[static_cast<size_t>(blob)].bytes();
            if (bytes < kLeast || readers[static_cast<size_t>(blob)] != 1) return;
            step.parts.push_back({blob, input, step.bytes});
            step.bytes += aligned(bytes);
        };
        std::vector<Tensor> weights;
        for (const int32_t blob : planned.weights) weights.push_back(plan.blobs[static_cast<size_t>(blob)]);
        const int placed = backend.placedWeight(planned.kernel, weights);
        if (placed >= 0) add(planned.weights[static_cast<size_t>(placed)], -1);
        for (size_t i = 0; i < planned.inputs.size(); ++i) {
            if (planned.inputs[i] < 0) continue;
            const PlanValue& value = program.values[static_cast<size_t>(planned.inputs[i])];
            if (value.storage == Storage::Constant) add(value.index, static_cast<int32_t>(i));
        }
        if (!step.parts.empty()) steps.push_back(std::move(step));
    }
    return steps;
}

std::vector<StreamedStep> beyondBudget(const std::vector<StreamedStep>& steps, int64_t budget) {
    std::vector<StreamedStep> beyond;
    for (const StreamedStep& step : steps) {
        if (step.bytes <= budget) {
            budget -= step.bytes;
        } else {
            beyond.push_back(step);
        }
    }
    return beyond;
}

int64_t bytesOf(const std::vector<StreamedStep>& steps) {
    int64_t bytes = 0;
    for (const StreamedStep& step : steps) bytes += step.bytes;
    return bytes;
}

int64_t scratchBytes(const std::vector<StreamedStep>& steps) {
    return placeBytes(steps, 0) + placeBytes(steps, 1);
}

WeightStream::WeightStream(const Engine& engine, MemorySource& memory)
    : engine_(engine),
      steps_(engine.streamed()),
      firstBytes_(placeBytes(steps_, 0)),
      scratch_(std::make_unique<Block>(memory)) {
    for (const StreamedStep& step : steps_) byStep_[step.step] = &step;
}

WeightStream::~WeightStream() = default;

void WeightStream::reserve() {
    scratch_->reserve(scratchBytes(steps_) + kAlignment);
    if (!courier_) courier_ = engine_.place().courier(kPlaces);
}

const StreamedStep* WeightStream::find(size_t step) const {
    const auto at = byStep_.find(step);
    return at == byStep_.end() ? nullptr : at->second;
}

size_t WeightStream::indexOf(const StreamedStep& step) const {
    return static_cast<size_t>(&step - steps_.data());
}

//! The application's allocator may align to less than kernels want of weights.
char* WeightStream::placeOf(const StreamedStep& step) const {
    const auto start = static_cast<int64_t>(reinterpret_cast<intptr_t>(scratch_->data()));
    char* first = static_cast<char*>(scratch_->data()) + (aligned(start) - start);
    return indexOf(step) % kPlaces == 0 ? first : first + firstBytes_;
}

std::shared_ptr<const Kernel> WeightStream::kernel(const StreamedStep& step) const {
    const StreamedStep::Part& part = step.parts.front();
    return part.input >= 0 ? nullptr : engine_.kernelOver(step.step, placeOf(step) + part.offset);
}

const void* WeightStream::input(const StreamedStep& step, size_t input) const {
    for (const StreamedStep::Part& part : step.parts) {
        if (part.input == static_cast<int32_t>(input)) return placeOf(step) + part.offset;
    }
    return nullptr;
}

void WeightStream::bring(size_t index) {
    if (index >= steps_.size()) return;
    const StreamedStep& step = steps_[index];
    courier_->bring(index % kPlaces, placeOf(step), step.host, step.bytes);
}

//! Behind what the stream did before, for that may have read the same places.
void WeightStream::begin(void* stream) {
    courier_->follow(stream);
    for (size_t index = 0; index < kPlaces; ++index) bring(index);
}

void WeightStream::before(const StreamedStep& step, void* stream) {
    courier_->await(indexOf(step) % kPlaces, stream);
}

void WeightStream::after(const StreamedStep& step, void* stream) {
    if (indexOf(step) + kPlaces >= steps_.size()) return;
    courier_->follow(stream);
    bring(indexOf(step) + kPlaces);
}

}  // namespace opentrt
