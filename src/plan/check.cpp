// SPDX-License-Identifier: Apache-2.0
// What must hold in a plan from a file before anything relies on it. What a kernel's own parameters must look like is
// the matter of the backend that loads them; whether memory suffices for the sizes of a run is the executor's
// (runtime/placement.cpp). Tested by serialize_test.cpp and tests/fuzz.
#include "plan/check.h"

#include <functional>

#include "base/error.h"
#include "graph/limits.h"
#include "plan/memory.h"

namespace opentrt {

namespace {

void need(bool ok, const char* what) {
    if (!ok) {
        throw Error(ErrorCode::InvalidArgument, "", cat("this plan cannot be loaded: it is damaged (", what, ")"));
    }
}

void checkIndices(const std::vector<int32_t>& list, size_t size, int32_t least, const char* what) {
    for (int32_t i : list) need(i >= least && i < static_cast<int64_t>(size), what);
}

//! Every point has a kernel of the step. Steps that the executor runs itself have none to choose from.
void checkVariants(const Plan& plan, const PlanStep& s) {
    need(s.variants.empty() || s.backend != "control", "the kernels of a step");
    need(s.variantAt.empty() || s.variantAt.size() == plan.points.size(), "the kernels of a step");
    checkIndices(s.variantAt, s.variants.size() + 1, 0, "the kernels of a step");
    for (const PlanVariant& v : s.variants) checkIndices(v.weights, plan.blobs.size(), 0, "a step's weights");
}

void checkRefit(const Plan& plan) {
    need(plan.refittable == (plan.refit != nullptr), "what refitting needs");
    need(plan.strippedBytes >= 0 && (plan.refittable || plan.strippedBytes == 0), "what refitting needs");
    if (!plan.refit) return;
    checkIndices(plan.refit->stored, plan.blobs.size(), 0, "a stored constant");
    for (const RefitWeights& w : plan.refit->weights) {
        need(w.stored >= 0 && static_cast<size_t>(w.stored) < plan.refit->stored.size(), "weights to be refitted");
        int64_t count = 1;
        for (const int64_t d : w.dims) need(d >= 0 && !__builtin_mul_overflow(count, d, &count), "a weight's size");
        need(count <= kMostElements, "a weight's size");
    }
    need(plan.refit->narrow >= -1 && plan.refit->narrow < kDTypeCount, "an element type");
}

void checkProgram(const Plan& plan, const PlanProgram& p, size_t self) {
    const size_t values = p.values.size(), profiles = plan.profiles.size();
    for (const Dim& d : p.dims) need(!d.isConstant() || d.constant() >= 0, "a dimension");
    checkIndices(p.inputs, values, 0, "an input");
    checkIndices(p.outputs, values, 0, "an output");
    need(p.arenaBytes.size() == profiles, "arena sizes");
    for (int64_t bytes : p.arenaBytes) need(bytes >= 0, "an arena size");
    for (size_t v = 0; v < values; ++v) {
        const PlanValue& value = p.values[v];
        checkIndices(value.dims, p.dims.size(), 0, "a dimension");
        const bool image = value.dims.size() >= 3 && value.dims.size() <= 5 && bitsOf(value.type) >= 8;
        need(value.format == Format::Linear || image, "a format");
        if (value.storage == Storage::Arena) {
            need(value.offsets.size() == profiles, "arena offsets");
            for (size_t k = 0; k < profiles; ++k) {
                const int64_t offset = value.offsets[k];
                need(offset >= 0 && offset <= p.arenaBytes[k] && offset % kArenaAlignment == 0, "an arena offset");
            }
        } else if (value.storage != Storage::Dynamic) {
            const size_t limit = value.storage == Storage::Input      ? p.inputs.size()
                                 : value.storage == Storage::Output   ? p.outputs.size()
                                 : value.storage == Storage::Constant ? plan.blobs.size()
                                                                      : values;
            need(value.index >= 0 && static_cast<size_t>(value.index) < limit, "a storage index");
            need(value.aliasOffset >= 0 && value.aliasOffset <= kMostElements, "the offset of a view");
        }
    }
    for (const PlanStep& s : p.steps) {
        checkIndices(s.inputs, values, -1, "a step's input");
        checkIndices(s.outputs, values, 0, "a step's output");
        checkIndices(s.weights, plan.blobs.size(), 0, "a step's weights");
        checkVariants(plan, s);
        checkIndices(s.bodies, plan.programs.size(), 0, "a body");
        for (int32_t b : s.bodies) need(static_cast<size_t>(b) != 0 && static_cast<size_t>(b) != self, "a body");
    }
}

//! No chain of aliases and no nesting of bodies may come back to itself, and each body belongs to one step.
void checkAcyclic(const Plan& plan) {
    for (const PlanProgram& p : plan.programs) {
        for (size_t v = 0; v < p.values.size(); ++v) {
            size_t at = v, hops = 0;
            while (p.values[at].storage == Storage::Alias) {
                at = static_cast<size_t>(p.values[at].index);
                need(++hops <= p.values.size(), "a cycle of aliases");
            }
        }
    }
    std::vector<int> state(plan.programs.size(), 0), uses(plan.programs.size(), 0);
    const std::function<void(size_t)> visit = [&](size_t p) {
        need(state[p] != 1, "a cycle of bodies");
        if (state[p] == 2) return;
        state[p] = 1;
        for (const PlanStep& s : plan.programs[p].steps) {
            for (int32_t b : s.bodies) {
                need(++uses[static_cast<size_t>(b)] == 1, "a body that two steps have");
                visit(static_cast<size_t>(b));
            }
        }
        state[p] = 2;
    };
    for (size_t p = 0; p < plan.programs.size(); ++p) visit(p);
}

//! Inputs and outputs of a program lie in the memory that its caller gives; no step writes inputs or weights.
void checkOperands(const PlanProgram& p) {
    const auto root = [&](int32_t v) -> const PlanValue& {
        while (p.values[static_cast<size_t>(v)].storage == Storage::Alias) v = p.values[static_cast<size_t>(v)].index;
        return p.values[static_cast<size_t>(v)];
    };
    const auto lives = [&](int32_t v, Storage storage, size_t index) {
        const PlanValue& value = root(v);
        need(value.storage == storage && value.index == static_cast<int32_t>(index), "the place of an input or output");
    };
    for (size_t i = 0; i < p.inputs.size(); ++i) lives(p.inputs[i], Storage::Input, i);
    for (size_t o = 0; o < p.outputs.size(); ++o) lives(p.outputs[o], Storage::Output, o);
    for (const PlanStep& step : p.steps) {
        for (int32_t v : step.outputs) {
            const Storage storage = root(v).storage;
            need(storage != Storage::Input && storage != Storage::Constant, "a step that writes what it may only read");
        }
    }
}

//! One range per input, with a number for each dimension, and for each element that sizes something if the profile says
//! anything of them.
void checkProfile(const PlanProfile& profile, const std::vector<const PlanTensor*>& inputs) {
    need(profile.inputs.size() == inputs.size(), "the inputs of a profile");
    for (size_t i = 0; i < inputs.size(); ++i) {
        const ProfileRange& range = profile.inputs[i];
        for (int point = 0; point < 3; ++point) {
            need(range.dims[point].size() == inputs[i]->shape.size(), "the rank of a profile");
            for (int64_t d : range.dims[point]) need(d >= 0, "a dimension of a profile");
            const size_t values = range.values[point].size();
            const bool said = inputs[i]->isShapeTensor() && values > 0;
            need(!said || values == inputs[i]->elements.size(), "the values of a profile");
        }
    }
}

//! A network tensor and the value of the first program that stands for it.
void checkTensor(const PlanTensor& tensor, const PlanProgram& program, int32_t v) {
    const PlanValue& value = program.values[static_cast<size_t>(v)];
    need(tensor.type == value.type && tensor.shape.size() == value.dims.size(), "the type of an input or output");
    need(value.format == tensor.format, "the format of an input or output");
    if (!tensor.isShapeTensor()) return;
    need(tensor.isInput && (tensor.type == DType::I32 || tensor.type == DType::I64), "a shape tensor");
    int64_t count = 1;
    for (const Dim& d : tensor.shape) {
        need(d.isConstant() && d.constant() >= 0 && d.constant() <= static_cast<int64_t>(tensor.elements.size()),
             "the shape of a shape tensor");
        count *= d.constant();
        need(count <= static_cast<int64_t>(tensor.elements.size()), "the shape of a shape tensor");
    }
    need(count == static_cast<int64_t>(tensor.elements.size()), "the elements of a shape tensor");
}

void checkTensors(const Plan& plan) {
    const PlanProgram& program = plan.programs[0];
    std::vector<const PlanTensor*> inputs;
    for (const PlanTensor& tensor : plan.tensors) {
        if (!tensor.isInput) break;
        inputs.push_back(&tensor);
    }
    need(inputs.size() == program.inputs.size(), "the number of inputs");
    need(plan.tensors.size() - inputs.size() == program.outputs.size(), "the number of outputs");
    for (size_t t = 0; t < plan.tensors.size(); ++t) {
        const bool isInput = t < inputs.size();
        need(plan.tensors[t].isInput == isInput, "an input behind an output");
        checkTensor(plan.tensors[t], program, isInput ? program.inputs[t] : program.outputs[t - inputs.size()]);
    }
    for (const PlanProfile& profile : plan.profiles) checkProfile(profile, inputs);
    for (const PlanPoint& point : plan.points) {
        need(point.profile >= 0 && static_cast<size_t>(point.profile) < plan.profiles.size(), "the profile of a point");
    }
}

}  // namespace

void checkPlan(const Plan& plan) {
    need(!plan.programs.empty(), "no program");
    for (size_t p = 0; p < plan.programs.size(); ++p) checkProgram(plan, plan.programs[p], p);
    checkAcyclic(plan);
    for (const PlanProgram& program : plan.programs) checkOperands(program);
    checkTensors(plan);
    checkRefit(plan);
}

}  // namespace opentrt
