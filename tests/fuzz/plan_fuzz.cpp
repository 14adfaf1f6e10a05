// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "builder/compile.h"
#include "graph/text.h"
#include "operator_plans.h"
#include "plan/serialize.h"
#include "plan_mutate.h"
#include "runtime/context.h"
#include "small_graphs.h"
#include "target.h"

namespace opentrt::fuzz {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 20;

class HeapMemory final : public MemorySource {
public:
    void* allocate(int64_t bytes) override {
        if (bytes > kMostBytes) throw Error(ErrorCode::FailedAllocation, "", cat("no ", bytes, " bytes"));
        return std::aligned_alloc(64, static_cast<size_t>((bytes + 63) / 64 * 64));
    }
    void release(void* memory) override { std::free(memory); }
};

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
using Buffer = std::unique_ptr<void, Free>;

Buffer zeros(int64_t bytes) {
    if (bytes > kMostBytes) throw Error(ErrorCode::FailedAllocation, "", cat("no ", bytes, " bytes"));
    return Buffer(std::calloc(1, static_cast<size_t>(std::max<int64_t>(bytes, 1))));
}

//! Numbers that are good as indices of small tensors, for the wider types.
void fillSmall(void* memory, int64_t bytes) {
    for (int64_t i = 0; i < bytes; i += 8) static_cast<char*>(memory)[i] = static_cast<char>(i / 8 % 5);
}

//! Sets the opt shapes of the first profile and runs, with memory that is exactly as large as is said.
void runOnce(const Plan& plan, Context& context) {
    std::vector<Buffer> buffers;
    const ProfileRange none;
    for (size_t t = 0; t < plan.tensors.size(); ++t) {
        const PlanTensor& tensor = plan.tensors[t];
        const auto index = static_cast<int32_t>(t);
        if (tensor.isInput) {
            const ProfileRange& range = plan.profiles.at(0).inputs.at(t);
            context.setInputDims(index, range.dims[1]);
            buffers.push_back(zeros(bytesFor(tensor.type, volumeOf(range.dims[1]))));
            if (tensor.isShapeTensor()) {
                Tensor contents(tensor.type, range.dims[1]);
                for (size_t e = 0; e < range.values[1].size() && e < static_cast<size_t>(contents.count()); ++e) {
                    contents.setInt(static_cast<int64_t>(e), range.values[1][e]);
                }
                std::memcpy(buffers.back().get(), contents.data(), static_cast<size_t>(contents.bytes()));
            } else if (tensor.shape.empty() && tensor.type != DType::I4) {
                *static_cast<char*>(buffers.back().get()) = 1;  // one iteration, or the first branch
            } else {
                fillSmall(buffers.back().get(), bytesFor(tensor.type, volumeOf(range.dims[1])));
            }
            context.setAddress(index, buffers.back().get());
        } else {
            context.setAllocator(index, [&](const std::vector<int64_t>&, int64_t bytes) {
                buffers.push_back(zeros(bytes));
                return buffers.back().get();
            });
        }
    }
    context.run();
}

bool run(std::string_view bytes) {
    try {
        const Engine engine(deserialize({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
        str(engine.plan());
        HeapMemory memory;
        Context context(engine, memory);
        for (size_t t = 0; t < engine.plan().tensors.size(); ++t) context.dims(static_cast<int32_t>(t));
        runOnce(engine.plan(), context);
        return true;
    } catch (const Error&) {
        return false;
    } catch (const std::bad_alloc&) {  // the public entry points turn it into an error
        return false;
    }
}

std::string mutate(const std::string& bytes, Random& random) {
    try {
        Plan plan = deserialize({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
        mutatePlan(plan, random);
        const std::vector<uint8_t> changed = serialize(plan);
        return {changed.begin(), changed.end()};
    } catch (const Error&) {
        return mutateBytes(bytes, random);
    }
}

std::string planOf(const SmallGraph& small) {
    Graph graph = parseGraph(small.text);
    CompileRequest request;
    request.optimizationLevel = 0;
    PlanProfile& profile = request.profiles.emplace_back();
    for (size_t i = 0; i < small.least.size(); ++i) {
        ProfileRange& range = profile.inputs.emplace_back();
        range.dims[0] = small.least[i];
        range.dims[1] = range.dims[2] = small.most[i];
        for (auto& values : range.values) values = small.contents[i];
    }
    const std::vector<uint8_t> bytes = serialize(compile(std::move(graph), std::move(request)));
    return {bytes.begin(), bytes.end()};
}

std::vector<std::string> seeds() {
    std::vector<std::string> plans;
    for (const SmallGraph& graph : smallGraphs()) plans.push_back(planOf(graph));
    return plans;
}

}  // namespace

const Target& planFuzz() {
    static const Target target{run, mutate, seeds, operatorPlans};
    return target;
}

}  // namespace opentrt::fuzz
