// SPDX-License-Identifier: Apache-2.0
// What must hold in a plan from a file before anything relies on it. What a kernel's own parameters must look like is
// the matter of the backend that loads them; whether memory suffices for the sizes of a run is the executor's
// (runtime/placement.cpp). Tested by serialize_test.cpp and tests/fuzz.
#include "plan/check.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/error.h"
#include "graph/limits.h"
#include "plan/arena.h"
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
    need(plan.refit->maxAuxStreams >= -1, "the number of streams");
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
    const auto root = [&](int32_t v) -> const PlanValue& { return p.values[static_cast<size_t>(rootOf(p, v))]; };
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

//! Steps of other backends, and those that the executor runs itself, are in lane 0, and so are bodies as a whole.
void checkLanes(const Plan& plan, const PlanProgram& p) {
    std::vector<int32_t> last(static_cast<size_t>(kMostLanes), kStart);
    for (size_t s = 0; s < p.steps.size(); ++s) {
        const PlanStep& step = p.steps[s];
        need(step.lane >= 0 && step.lane < kMostLanes, "the lane of a step");
        const bool mayLeave = &p == &plan.programs[0] && step.backend == plan.backend;
        need(step.lane == 0 || mayLeave, "the lane of a step");
        for (const int32_t wait : step.waits) {
            need(wait >= kStart && wait < static_cast<int32_t>(s), "what a step waits for");
            need(wait != kStart || step.lane > 0, "what a step waits for");
        }
        int32_t& before = last[static_cast<size_t>(step.lane)];
        need(step.lane == 0 || before != kStart || !step.waits.empty(), "a lane that begins by itself");
        before = static_cast<int32_t>(s);
    }
}

//! No two steps that may run at the same time touch the same tensor, unless both read.
void checkHazards(const PlanProgram& p, const StepOrder& order) {
    struct Touched {
        Uses reads, writes;
    };
    std::vector<Touched> touched(p.values.size());
    const auto at = [&](int32_t v) -> Touched& { return touched[static_cast<size_t>(rootOf(p, v))]; };
    for (size_t s = 0; s < p.steps.size(); ++s) {
        const PlanStep& step = p.steps[s];
        const auto me = static_cast<int32_t>(s);
        const auto follows = [&](const Uses& uses) {
            for (const Uses::Span& span : uses.lanes)
                need(span.last < 0 || span.last == me || order.isBefore(span.last, me), "a step that waits too little");
        };
        for (const int32_t v : step.inputs) {
            if (v < 0) continue;
            follows(at(v).writes);
            at(v).reads.add(me, step.lane);
        }
        for (const int32_t v : step.outputs) {
            follows(at(v).writes);
            follows(at(v).reads);
            at(v).writes.add(me, step.lane);
        }
    }
}

SymbolRanges rangesOf(const Plan& plan, size_t profile) {
    SymbolRanges ranges;
    const auto add = [&](const Dim& dim, int64_t least, int64_t most) {
        if (!dim.isSymbol()) return;
        const auto [at, isNew] = ranges.try_emplace(dim.symbolName(), Interval{least, most});
        if (!isNew) at->second = {std::min(at->second.min, least), std::max(at->second.max, most)};
    };
    for (size_t i = 0; i < plan.profiles[profile].inputs.size(); ++i) {
        const ProfileRange& range = plan.profiles[profile].inputs[i];
        const PlanTensor& tensor = plan.tensors[i];
        for (size_t d = 0; d < tensor.shape.size(); ++d) add(tensor.shape[d], range.dims[0][d], range.dims[2][d]);
        if (range.values[0].empty() || range.values[2].empty()) continue;
        for (size_t e = 0; e < tensor.elements.size(); ++e)
            add(tensor.elements[e], range.values[0][e], range.values[2][e]);
    }
    return ranges;
}

//! The most bytes of a value; what nobody bounds may reach the end of the arena.
int64_t mostBytes(const PlanProgram& p, size_t v, const SymbolRanges& ranges, int64_t rest) {
    const Shape shape = shapeOf(p, static_cast<int32_t>(v));
    if (!isBounded(shape, ranges)) return rest;
    return std::clamp<int64_t>(bytesIn(p.values[v].format, p.values[v].type, shape).bounds(ranges).max, 0, rest);
}

//! Who used the bytes of an arena last.
class Occupied {
public:
    Occupied(const std::vector<Uses>& uses, const StepOrder& order) : uses_(uses), order_(order) {}

    //! Everyone who has the bytes before is done when this one begins; so are those who had them earlier.
    void take(int64_t from, int64_t to, size_t value) {
        if (from >= to) return;
        auto at = owners_.lower_bound(from);
        if (at != owners_.begin() && std::prev(at)->second.to > from) --at;
        while (at != owners_.end() && at->first < to) {
            const int64_t begin = at->first;
            const Owner owner = at->second;
            need(order_.isBefore(uses_[owner.value], uses_[value]), "tensors that share memory at the same time");
            at = owners_.erase(at);
            if (begin < from) owners_[begin] = {from, owner.value};
            if (owner.to > to) owners_[to] = owner;
        }
        owners_[from] = {to, value};
    }

private:
    struct Owner {
        int64_t to;
        size_t value;
    };
    const std::vector<Uses>& uses_;
    const StepOrder& order_;
    std::map<int64_t, Owner> owners_;  // by their first byte
};

//! Tensors that may be used at the same time lie beside each other.
void checkSharing(const Plan& plan, const PlanProgram& p, const StepOrder& order) {
    const std::vector<Uses> uses = usesOf(p);
    std::vector<size_t> begun;  // in the order of their first steps
    for (size_t v = 0; v < uses.size(); ++v) {
        if (!uses[v].lanes.empty() && p.values[v].storage == Storage::Arena) begun.push_back(v);
    }
    const auto first = [&](size_t v) {
        int32_t step = std::numeric_limits<int32_t>::max();
        for (const Uses::Span& span : uses[v].lanes) step = std::min(step, span.first);
        return step;
    };
    std::stable_sort(begun.begin(), begun.end(), [&](size_t a, size_t b) { return first(a) < first(b); });
    for (size_t k = 0; k < plan.profiles.size(); ++k) {
        const SymbolRanges ranges = rangesOf(plan, k);
        Occupied occupied(uses, order);
        for (const size_t v : begun) {
            const int64_t from = p.values[v].offsets[k];
            occupied.take(from, from + mostBytes(p, v, ranges, p.arenaBytes[k] - from), v);
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
    for (const PlanProgram& program : plan.programs) {
        checkLanes(plan, program);
        const StepOrder order(program.steps);
        checkHazards(program, order);
        checkSharing(plan, program, order);
    }
    checkRefit(plan);
}

}  // namespace opentrt
