// SPDX-License-Identifier: Apache-2.0
// The generic evaluation of pointwise operators: their scalar program, interpreted at every place of the broadcast
// shape.
#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "graph/op.h"
#include "graph/scalar.h"

namespace opentrt {
namespace {

struct Source {
    const Tensor* tensor;
    std::vector<int64_t> strides;  //!< 0 along broadcast dimensions
    bool real;

    Scalar read(int64_t offset) const {
        return real ? Scalar{tensor->get(offset), 0} : Scalar{0, tensor->getInt(offset)};
    }
};

struct Pointwise {
    ScalarProgram program;
    std::vector<Source> sources;  //!< in the order of the program's inputs
    std::vector<int64_t> dims;
    std::vector<Tensor*> outputs;

    void run(int64_t begin, int64_t end) const;
};

std::vector<int64_t> broadcast(const EvalContext& context) {
    std::vector<int64_t> dims;
    bool first = true;
    for (int i = 0; i < context.inputCount(); ++i) {
        if (!context.has(i)) continue;
        const auto& other = context.input(i).dims();
        if (first) dims = other;
        first = false;
        if (other.size() != dims.size())
            context.fail(cat("inputs have ranks ", dims.size(), " and ", other.size(), "; they must be equal"));
        for (size_t axis = 0; axis < dims.size(); ++axis) {
            if (dims[axis] == 1) dims[axis] = other[axis];
            if (other[axis] != 1 && other[axis] != dims[axis])
                context.fail(cat("input ", i, " has dimensions ", other, ", which do not broadcast with ", dims));
        }
    }
    return dims;
}

std::vector<int64_t> broadcastStrides(const std::vector<int64_t>& from) {
    auto strides = stridesOf(from);
    for (size_t axis = 0; axis < from.size(); ++axis)
        if (from[axis] == 1) strides[axis] = 0;
    return strides;
}

void Pointwise::run(int64_t begin, int64_t end) const {
    std::vector<int64_t> place(dims.size());
    std::vector<int64_t> offsets(sources.size());
    int64_t rest = begin;
    for (size_t axis = dims.size(); axis-- > 0; rest /= dims[axis]) {
        place[axis] = rest % dims[axis];
        for (size_t s = 0; s < sources.size(); ++s) offsets[s] += place[axis] * sources[s].strides[axis];
    }
    std::vector<Scalar> inputs(sources.size()), results(outputs.size()), registers;
    for (int64_t i = begin; i < end; ++i) {
        for (size_t s = 0; s < sources.size(); ++s) inputs[s] = sources[s].read(offsets[s]);
        interpret(program, inputs.data(), results.data(), registers);
        for (size_t o = 0; o < outputs.size(); ++o)
            isFloat(outputs[o]->type()) ? outputs[o]->set(i, results[o].f) : outputs[o]->setInt(i, results[o].i);
        for (size_t axis = dims.size(); axis-- > 0;) {
            const bool carry = ++place[axis] == dims[axis];
            const int64_t steps = carry ? 1 - dims[axis] : 1;
            for (size_t s = 0; s < sources.size(); ++s) offsets[s] += steps * sources[s].strides[axis];
            if (!carry) break;
            place[axis] = 0;
        }
    }
}

}  // namespace

void evalPointwise(const Op& op, EvalContext& context) {
    Pointwise work;
    std::vector<int32_t> inputs;
    for (int i = 0; i < context.inputCount(); ++i) {
        inputs.push_back(context.has(i) ? static_cast<int32_t>(work.program.code.size()) : -1);
        if (!context.has(i)) continue;
        const Tensor& tensor = context.input(i);
        const auto number = static_cast<int32_t>(work.program.inputs.size());
        work.program.inputs.push_back(tensor.type());
        work.program.code.push_back({ScalarOp::Input, tensor.type(), number});
        work.sources.push_back({&tensor, broadcastStrides(tensor.dims()), isFloat(tensor.type())});
    }
    std::vector<DType> types;
    for (int i = 0; i < context.outputCount(); ++i) types.push_back(context.outputType(i));
    ScalarBuilder builder(work.program, std::move(inputs), types);
    op.emitScalar(builder);
    work.program.outputs = builder.outputs();
    work.dims = broadcast(context);

    int64_t grain = 1024;
    for (size_t i = 0; i < types.size(); ++i) {
        const int32_t from = work.program.outputs[i];
        if (from < 0 || isFloat(builder.type(from)) != isFloat(types[i]))
            internalError(cat(op.kind(), " emits no scalar of type ", name(types[i]), " for output ", i));
        work.outputs.push_back(&context.output(static_cast<int>(i), work.dims));
        if (bitsOf(types[i]) < 8) grain = INT64_MAX / 2;  // nibbles that share a byte are written by one thread
    }
    parallelFor(volumeOf(work.dims), grain, [&](int64_t begin, int64_t end) { work.run(begin, end); });
}

}  // namespace opentrt
