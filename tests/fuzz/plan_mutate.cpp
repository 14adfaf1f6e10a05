// SPDX-License-Identifier: Apache-2.0
#include "plan_mutate.h"

#include <cctype>
#include <utility>

namespace opentrt::fuzz {
namespace {

//! An index that may be just inside or just outside of the list.
int32_t someIndex(size_t size, Random& random) {
    return random.below(6) == 0 ? static_cast<int32_t>(strangeInteger(random))
                                : static_cast<int32_t>(random.below(size + 2)) - 1;
}

int64_t someSize(Random& random) {
    return random.below(2) ? strangeInteger(random) : static_cast<int64_t>(random.below(4096));
}

template <class T, class Make>
void mutateList(std::vector<T>& list, Random& random, const Make& make) {
    const size_t at = random.below(list.size() + 1);
    switch (random.below(4)) {
        case 0:
            list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), static_cast<T>(make()));
            break;
        case 1:
            if (!list.empty()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size())));
            break;
        default:
            if (T* element = random.pick(list)) *element = static_cast<T>(make());
    }
}

Dim someDim(const PlanProgram& program, Random& random) {
    if (program.dims.empty() || random.below(3) == 0) return Dim(someSize(random));
    const Dim& d = program.dims[random.below(program.dims.size())];
    switch (random.below(4)) {
        case 0:
            return d * Dim(int64_t{1} << random.below(40));
        case 1:
            return d - Dim(static_cast<int64_t>(random.below(20)));
        case 2:
            return Dim::symbol("unknown");
        default:
            return d + 1;
    }
}

void mutateValue(PlanProgram& program, const Plan& plan, Random& random) {
    PlanValue* value = random.pick(program.values);
    if (!value) return;
    switch (random.below(7)) {
        case 0:
            value->type = static_cast<DType>(random.below(kDTypeCount));
            break;
        case 1:
            value->format = static_cast<Format>(random.below(kFormatCount));
            break;
        case 2:
            mutateList(value->dims, random, [&] { return someIndex(program.dims.size(), random); });
            break;
        case 3:
            value->storage = static_cast<Storage>(random.below(6));
            value->index = someIndex(std::max(plan.blobs.size(), program.values.size()), random);
            break;
        case 4:
            value->index = someIndex(program.values.size(), random);
            break;
        case 5:
            mutateList(value->offsets, random, [&] { return someSize(random); });
            break;
        default:
            value->aliasOffset = someSize(random);
    }
}

//! One of the numbers or words of a step's parameters becomes another one of them, or a number at which programs break.
void mutateParams(std::string& params, Random& random) {
    const auto isWord = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; };
    std::vector<std::pair<size_t, size_t>> words;
    for (size_t at = 0; at < params.size();) {
        size_t end = at;
        while (end < params.size() && isWord(params[end])) ++end;
        if (end > at) words.emplace_back(at, end - at);
        at = end + 1;
    }
    const auto* word = random.pick(words);
    if (!word) return;
    const auto* other = random.pick(words);
    const bool isNumber = std::isdigit(static_cast<unsigned char>(params[word->first + word->second - 1]));
    const std::string by =
        isNumber && random.below(2)
            ? std::to_string(random.below(3) ? static_cast<int64_t>(random.below(20)) : strangeInteger(random))
            : params.substr(other->first, other->second);
    params.replace(word->first, word->second, by);
}

void mutateStep(PlanProgram& program, const Plan& plan, Random& random) {
    PlanStep* step = random.pick(program.steps);
    if (!step) return;
    static constexpr const char* kBackends[] = {"cpu", "ref", "control", "gpu", ""};
    const PlanStep other = *random.pick(program.steps);
    switch (random.below(16)) {
        case 14:
            step->lane = static_cast<int32_t>(random.below(4));
            break;
        case 15:
            mutateList(step->waits, random, [&] { return someIndex(program.steps.size(), random); });
            break;
        case 12:
            step->variants.push_back({other.tactic, other.kernel, other.params, other.weights});
            step->variantAt.assign(plan.points.size(), static_cast<int32_t>(step->variants.size()));
            break;
        case 13:
            mutateList(step->variantAt, random, [&] { return someIndex(step->variants.size() + 1, random); });
            break;
        case 0:
            step->kernel = other.kernel;
            step->params = other.params;
            break;
        case 1:
            step->params = mutateBytes(step->params, random);
            break;
        case 2:
            step->backend = *random.pick(kBackends);
            break;
        case 3:
            mutateList(step->weights, random, [&] { return someIndex(plan.blobs.size(), random); });
            break;
        case 4:
            mutateList(step->inputs, random, [&] { return someIndex(program.values.size(), random); });
            break;
        case 5:
            mutateList(step->outputs, random, [&] { return someIndex(program.values.size(), random); });
            break;
        case 6:
            mutateList(step->bodies, random, [&] { return someIndex(plan.programs.size(), random); });
            break;
        case 7:
            program.steps.push_back(other);
            break;
        default:
            mutateParams(step->params, random);
    }
}

void mutateIo(Plan& plan, Random& random) {
    PlanTensor* tensor = random.pick(plan.tensors);
    if (!tensor) return;
    PlanProfile* profile = random.pick(plan.profiles);
    ProfileRange* range = profile ? random.pick(profile->inputs) : nullptr;
    switch (random.below(9)) {
        case 8: {
            auto refit = std::make_shared<PlanRefit>(plan.refit ? *plan.refit : PlanRefit());
            refit->stored.push_back(someIndex(plan.blobs.size(), random));
            refit->weights.push_back({"", "layer", "kernel", DType::F32, {someSize(random)}, someIndex(2, random)});
            plan.refit = refit;
            plan.refittable = random.below(4) > 0;
            plan.strippedBytes = random.below(2) ? someSize(random) : 0;
            break;
        }
        case 7:
            plan.points.push_back({someIndex(plan.profiles.size(), random), {{"N", someSize(random)}}});
            break;
        case 0:
            tensor->type = static_cast<DType>(random.below(kDTypeCount));
            break;
        case 1:
            tensor->isInput = !tensor->isInput;
            break;
        case 2:
            mutateList(tensor->shape, random, [&] { return someDim(plan.programs[0], random); });
            tensor->dimNames.resize(tensor->shape.size());
            break;
        case 3:
            mutateList(tensor->elements, random, [&] { return someDim(plan.programs[0], random); });
            break;
        case 4:
            if (range) mutateList(range->dims[random.below(3)], random, [&] { return someSize(random); });
            break;
        case 5:
            if (range) mutateList(range->values[random.below(3)], random, [&] { return someSize(random); });
            break;
        default:
            if (range && random.below(2)) {
                profile->inputs.pop_back();
            } else {
                plan.tensors.pop_back();
            }
    }
}

void mutateProgram(Plan& plan, Random& random) {
    PlanProgram& program = plan.programs[random.below(plan.programs.size())];
    switch (random.below(8)) {
        case 0:
            mutateList(program.dims, random, [&] { return someDim(program, random); });
            break;
        case 1:
            mutateList(program.inputs, random, [&] { return someIndex(program.values.size(), random); });
            break;
        case 2:
            mutateList(program.outputs, random, [&] { return someIndex(program.values.size(), random); });
            break;
        case 3:
            mutateList(program.arenaBytes, random, [&] { return someSize(random); });
            break;
        case 4:
            mutateStep(program, plan, random);
            break;
        default:
            mutateValue(program, plan, random);
    }
}

}  // namespace

void mutatePlan(Plan& plan, Random& random) {
    const size_t changes = 1 + random.below(2);
    for (size_t i = 0; i < changes; ++i) {
        switch (random.below(8)) {
            case 0:
                mutateIo(plan, random);
                break;
            case 1:
                if (Tensor* blob = random.pick(plan.blobs))
                    *blob = Tensor(blob->type(), {static_cast<int64_t>(random.below(9))});
                break;
            default:
                mutateProgram(plan, random);
        }
    }
}

}  // namespace opentrt::fuzz
