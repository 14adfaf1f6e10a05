// SPDX-License-Identifier: Apache-2.0
// Memory that runs out at every place. This program has an operator new of its own, which the library uses too; it
// fails at the n-th call, or from the n-th call on, and counts what is alive. What oneDNN asks for itself always
// succeeds: version 3.2 frees twice after a failure inside of making or copying a primitive.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <link.h>
#include <new>

#include "support.h"

namespace {

constexpr int64_t kNever = INT64_MAX;
std::atomic<int64_t> countdown{kNever};
std::atomic<bool> goOn{false};  // whether every later call fails too
std::atomic<int64_t> live{0};

struct Range {
    uintptr_t begin = 0, end = 0;
};
Range oneDnn;

int findOneDnn(dl_phdr_info* library, std::size_t, void*) {
    if (!std::strstr(library->dlpi_name, "libdnnl")) return 0;
    for (int i = 0; i < library->dlpi_phnum; ++i) {
        const auto& part = library->dlpi_phdr[i];
        if (part.p_type != PT_LOAD || !(part.p_flags & PF_X)) continue;
        oneDnn = {library->dlpi_addr + part.p_vaddr, library->dlpi_addr + part.p_vaddr + part.p_memsz};
    }
    return 1;
}

void* give(std::size_t size, std::size_t alignment, const void* caller) {
    const auto from = reinterpret_cast<uintptr_t>(caller);
    const bool counts = from < oneDnn.begin || from >= oneDnn.end;
    if (counts && countdown.load(std::memory_order_relaxed) != kNever) {
        const int64_t left = countdown.fetch_sub(1) - 1;
        if (left == 0 || (left < 0 && goOn)) return nullptr;
    }
    void* memory = alignment == 0 ? std::malloc(size > 0 ? size : 1)
                                  : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory) ++live;
    return memory;
}

void* giveOrThrow(std::size_t size, std::size_t alignment, const void* caller) {
    if (void* memory = give(size, alignment, caller)) return memory;
    throw std::bad_alloc();
}

void take(void* memory) noexcept {
    if (memory) --live;
    std::free(memory);
}

}  // namespace

#define CALLER __builtin_return_address(0)
void* operator new(std::size_t n) {
    return giveOrThrow(n, 0, CALLER);
}
void* operator new[](std::size_t n) {
    return giveOrThrow(n, 0, CALLER);
}
void* operator new(std::size_t n, std::align_val_t a) {
    return giveOrThrow(n, static_cast<std::size_t>(a), CALLER);
}
void* operator new[](std::size_t n, std::align_val_t a) {
    return giveOrThrow(n, static_cast<std::size_t>(a), CALLER);
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
    return give(n, 0, CALLER);
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
    return give(n, 0, CALLER);
}
#undef CALLER
void operator delete(void* p) noexcept {
    take(p);
}
void operator delete[](void* p) noexcept {
    take(p);
}
void operator delete(void* p, std::size_t) noexcept {
    take(p);
}
void operator delete[](void* p, std::size_t) noexcept {
    take(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    take(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
    take(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    take(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
    take(p);
}

namespace apitest {
namespace {

//! Keeps no text, because keeping takes memory.
class Counter final : public ILogger {
public:
    void log(Severity severity, AsciiChar const* message) noexcept override {
        if (severity > Severity::kERROR) return;
        ++errors;
        std::snprintf(last, sizeof last, "%s", message);
    }
    std::atomic<int> errors{0};
    char last[256] = "";
};

float weights[8 * 3 * 3 * 3], dense[8 * 4];

//! A convolution with an activation, and a matrix product.
bool define(INetworkDefinition& network) {
    const Weights none{DataType::kFLOAT, nullptr, 0};
    ITensor* x = network.addInput("x", DataType::kFLOAT, Dims4(1, 3, 6, 6));
    if (!x) return false;
    IConvolutionLayer* conv =
        network.addConvolutionNd(*x, 8, Dims2(3, 3), {DataType::kFLOAT, weights, std::size(weights)}, none);
    if (!conv) return false;
    conv->setName("conv");
    IActivationLayer* relu = network.addActivation(*conv->getOutput(0), ActivationType::kRELU);
    if (!relu) return false;
    IReduceLayer* pool = network.addReduce(*relu->getOutput(0), ReduceOperation::kAVG, 12, false);
    IConstantLayer* w = network.addConstant(Dims2(8, 4), {DataType::kFLOAT, dense, std::size(dense)});
    if (!pool || !w) return false;
    IMatrixMultiplyLayer* y = network.addMatrixMultiply(*pool->getOutput(0), MatrixOperation::kNONE, *w->getOutput(0),
                                                        MatrixOperation::kNONE);
    if (!y) return false;
    y->getOutput(0)->setName("y");
    network.markOutput(*y->getOutput(0));
    return network.getNbOutputs() == 1;
}

bool build(Counter& logger, std::unique_ptr<IHostMemory>* keep = nullptr) {
    const std::unique_ptr<IBuilder> builder(createInferBuilder(logger));
    if (!builder) return false;
    const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
    const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
    if (!network || !config || !define(*network)) return false;
    config->setBuilderOptimizationLevel(0);
    std::unique_ptr<IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
    if (!plan) return false;
    if (keep) *keep = std::move(plan);
    return true;
}

bool infer(Counter& logger, const IHostMemory& plan) {
    const std::unique_ptr<IRuntime> runtime(createInferRuntime(logger));
    if (!runtime) return false;
    const std::unique_ptr<ICudaEngine> engine(runtime->deserializeCudaEngine(plan.data(), plan.size()));
    if (!engine) return false;
    const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
    if (!context) return false;
    float x[3 * 6 * 6] = {}, y[4];
    void* bindings[] = {x, y};
    return context->executeV2(bindings);
}

//! Runs `job` with every allocation failing in turn. What fails must say so; what was allocated must be given back.
template <class Job>
void failEverywhere(Counter& logger, const Job& job, bool onwards) {
    dl_iterate_phdr(findOneDnn, nullptr);
    ASSERT_NE(oneDnn.end, 0U) << "oneDNN is not found among the libraries";
    for (int warmUp = 0; warmUp < 2; ++warmUp) ASSERT_TRUE(job()) << logger.last;  // what is made once and kept
    countdown = kNever - 1;
    const int64_t before = live;
    ASSERT_TRUE(job());
    const int64_t calls = kNever - 1 - countdown;
    EXPECT_EQ(live, before) << "leaks without a failure";
    ASSERT_GT(calls, 100) << "the library does not use this program's operator new";
    for (int64_t n = 1; n <= calls; ++n) {
        logger.errors = 0;
        goOn = onwards;
        const int64_t alive = live;
        countdown = n;
        const bool ok = job();
        countdown = kNever;
        if (live != alive) ADD_FAILURE() << "failure " << n << " leaks " << live - alive;
        if (!ok && logger.errors == 0) ADD_FAILURE() << "failure " << n << " is not reported";
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_TRUE(job()) << "the library does not recover";
}

struct OutOfMemory : testing::TestWithParam<bool> {
    Counter logger;
};

TEST_P(OutOfMemory, IsAnErrorOfTheBuild) {
    failEverywhere(
        logger, [&] { return build(logger); }, GetParam());
}

TEST_P(OutOfMemory, IsAnErrorOfTheInference) {
    std::unique_ptr<IHostMemory> plan;
    ASSERT_TRUE(build(logger, &plan));
    failEverywhere(
        logger, [&] { return infer(logger, *plan); }, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Allocations, OutOfMemory, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "FromTheNthOn" : "TheNth"; });

}  // namespace
}  // namespace apitest
