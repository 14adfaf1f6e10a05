// SPDX-License-Identifier: Apache-2.0
// Numbered bindings and implicit batches: the context as programs of 5.x to 9.x use it.
#include "graph/tensor.h"
#include "runtime/api_context.h"

namespace opentrt::runtime {

using api::guarded;

int32_t ContextShell::tensorOf(int32_t binding) const {
    const int32_t n = engine_.getNbIOTensors();
    const int32_t profile = front_.profile();
    if (binding < 0 || binding >= n * engine_.getNbOptimizationProfiles()) {
        throw Error(
            ErrorCode::InvalidArgument, name_,
            cat("binding ", binding, " is given when the engine has ", n * engine_.getNbOptimizationProfiles()));
    }
    if (binding / n != profile) {
        throw Error(
            ErrorCode::InvalidArgument, engine_.getBindingName(binding),
            cat("binding ", binding, " belongs to profile ", binding / n, " when the context uses profile ", profile));
    }
    return binding % n;
}

void ContextShell::setBatch(int32_t batch) {
    if (!engine_.plan().implicitBatch) return;
    for (int32_t i = 0; i < engine_.engine().inputCount(); ++i) {
        std::vector<int64_t> dims{batch};
        const Shape& shape = engine_.tensor(i).shape;
        for (size_t d = 1; d < shape.size(); ++d) dims.push_back(shape[d].constant());
        front_.setInputDims(i, dims);
    }
}

bool ContextShell::execute(int32_t batchSize, void* const* bindings) noexcept {
    return guarded(reporter_, [&] {
        const OnDevice here(engine_.engine().place());
        setBatch(batchSize);
        runNow(makeInference(addressesOf(bindings)));
        if (profiler_) report();
    });
}

bool ContextShell::enqueue(int32_t batchSize, void* const* bindings, cudaStream_t stream,
                           cudaEvent_t* inputConsumed) noexcept {
    return guarded(reporter_, [&] {
        const OnDevice here(engine_.engine().place());
        setBatch(batchSize);
        start(makeInference(addressesOf(bindings)), stream, inputConsumed ? *inputConsumed : nullptr);
    });
}

bool ContextShell::enqueueV2(void* const* bindings, cudaStream_t stream, cudaEvent_t* inputConsumed) noexcept {
    return guarded(reporter_, [&] {
        const OnDevice here(engine_.engine().place());
        refuseImplicitBatch("enqueueV2");
        if (!bindings) throw Error(ErrorCode::InvalidArgument, name_, "the array of bindings is null");
        void* const* ofProfile = bindings + front_.profile() * engine_.getNbIOTensors();
        start(makeInference(addressesOf(ofProfile)), stream, inputConsumed ? *inputConsumed : nullptr);
    });
}

bool ContextShell::setBindingDimensions(int32_t bindingIndex, Dims64 const& dimensions) noexcept {
    return guarded(reporter_, [&] {
        refuseImplicitBatch("setBindingDimensions");
        const int32_t tensor = tensorOf(bindingIndex);
        setShape(inputOf(engine_.tensor(tensor).name.c_str()), dimensions);
    });
}

Dims64 ContextShell::getBindingDimensions(int32_t bindingIndex) const noexcept {
    return guarded(reporter_, api::invalidDims(), [&] { return engine_.visible(shapeOf(tensorOf(bindingIndex))); });
}

Dims64 ContextShell::getStrides(int32_t bindingIndex) const noexcept {
    return guarded(reporter_, api::invalidDims(),
                   [&] { return getTensorStrides(engine_.tensor(tensorOf(bindingIndex)).name.c_str()); });
}

bool ContextShell::setInputShapeBinding(int32_t bindingIndex, int32_t const* data) noexcept {
    return guarded(reporter_, [&] {
        const int32_t index = tensorOf(bindingIndex);
        const PlanTensor& tensor = engine_.tensor(index);
        if (!tensor.isInput || !tensor.isShapeTensor()) {
            throw Error(ErrorCode::InvalidArgument, tensor.name, "the binding is no shape tensor input");
        }
        if (!data) throw Error(ErrorCode::InvalidArgument, tensor.name, "the values of the shape tensor are null");
        const auto count = static_cast<int64_t>(tensor.elements.size());
        Tensor values(tensor.type, {count});
        for (int64_t e = 0; e < count; ++e) values.setInt(e, data[e]);
        auto& stored = shapeValues_[static_cast<size_t>(index)];
        stored.assign(values.as<uint8_t>(), values.as<uint8_t>() + values.bytes());
        front_.setAddress(index, stored.data());
        shapesRan_ = false;
    });
}

bool ContextShell::getShapeBinding(int32_t bindingIndex, int32_t* data) const noexcept {
    return guarded(reporter_, [&] {
        const int32_t index = tensorOf(bindingIndex);
        const PlanTensor& tensor = engine_.tensor(index);
        const void* address = front_.address(index);
        if (!tensor.isInput || !tensor.isShapeTensor()) {
            throw Error(
                ErrorCode::Unsupported, tensor.name,
                "shape tensor values can be read of inputs only; outputs are read from their memory after a run");
        }
        if (!address || !data) throw Error(ErrorCode::InvalidState, tensor.name, "the shape tensor has no values yet");
        const auto count = static_cast<int64_t>(tensor.elements.size());
        const Tensor values = Tensor::borrow(tensor.type, {count}, address);
        for (int64_t e = 0; e < count; ++e) data[e] = static_cast<int32_t>(values.getInt(e));
    });
}

}  // namespace opentrt::runtime
