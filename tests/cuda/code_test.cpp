// SPDX-License-Identifier: Apache-2.0
// The first tactic of nodes that the operator cases make is compiled for devices that are not here. The numbers
// that the kernels give are compared on a device by conformance_test with OPENTRT_BACKEND=cuda.
#include <cstring>
#include <gtest/gtest.h>

#include "backends/cuda/cuda_backend.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/epilogue.h"
#include "base/error.h"
#include "builder/compile.h"
#include "builder/sizes.h"
#include "graph/text.h"
#include "ops/case_file.h"
#include "passes/pipeline.h"
#include "targets.h"

namespace opentrt::cuda {
namespace {

//! Families whose tactics were chosen.
std::set<std::string> compileCase(const Case& c, const Backend& backend) {
    std::set<std::string> families;
    CompileRequest request;
    request.backend = &backend;
    request.optimizationLevel = 0;
    request.inspect = [&](const Graph&, const Tuned& tuned) {
        for (const auto& [node, choice] : tuned.nodes) {
            if (choice.backend) families.insert(choice.tactic.name.substr(0, choice.tactic.name.find('.', 5)));
        }
    };
    compile(caseGraph(c, 0), std::move(request));
    return families;
}

//! The case with constants for all inputs but the first, as weights are.
Case withConstants(Case c) {
    for (size_t i = 1; i < c.inputs.size(); ++i) {
        if (c.inputs[i].kind != CaseInput::None) c.inputs[i].kind = CaseInput::Constant;
    }
    return c;
}

bool isCompiled(const Case& c) {
    if (!c.runs() || !c.error.empty()) return false;
    const Graph graph = caseGraph(c, 0);
    const auto isOpen = [&](ValueId in) { return !isStatic(graph.fact(in).shape); };
    return !graph.outputs().empty() && std::none_of(graph.inputs().begin(), graph.inputs().end(), isOpen);
}

TEST(Code, OfOperatorCasesCompiles) {
    const auto backend = makeBackend(target(90), cpuBackend());
    std::set<std::string> families;
    for (const CaseFile& file : loadCaseFiles(OPENTRT_CASES)) {
        int turn = 0;
        for (const Case& c : file.cases) {
            // All of them take too long for every test run.
            const bool asWeights = turn % 3 == 0, asOperands = turn % 8 == 2 && c.op.rfind("FullyConnected", 0) != 0;
            if (!isCompiled(c)) continue;
            ++turn;
            try {
                if (asWeights) families.merge(compileCase(withConstants(c), *backend));
                if (asOperands) families.merge(compileCase(c, *backend));
            } catch (const std::exception& error) {
                ADD_FAILURE() << file.name << ": " << c.title << ": " << error.what();
            }
        }
    }
    for (const char* name : {"cuda.attention", "cuda.contraction", "cuda.copy", "cuda.depthwise", "cuda.gather",
                             "cuda.norm", "cuda.pointwise", "cuda.pool", "cuda.reduce", "cuda.softmax"}) {
        EXPECT_TRUE(families.count(name)) << name << " takes no case";
    }
}

//! Layers of the network that the host runs.
std::set<std::string> layersOnTheHost(Graph graph, const Backend& backend) {
    PipelineRequest passes;
    passes.backend = &backend;
    runPipeline(graph, passes);
    TacticRequest request;
    guessSizes(graph, request);
    std::set<std::string> layers;
    for (const NodeId node : graph.order()) {
        const bool isStep = !graph[node].op->isView() && graph[node].bodies.empty();
        if (!isStep) continue;
        const TacticList list = backend.tactics(graph, node, request);
        if (list.tactics.empty() || list.tactics[0].name != "cuda.host") continue;
        std::string why = graph[node].op->kind().data();
        for (const Refusal& refusal : list.refusals) why += cat("; ", refusal.tactic, ": ", refusal.reason);
        layers.insert(std::move(why));
    }
    return layers;
}

//! All but convolutions of narrow numbers with weights that are not constant, which no pass makes, and slices along
//! axes that only the run knows.
TEST(Code, OfOperatorCasesIsForTheDevice) {
    const auto backend = makeBackend(target(90), cpuBackend());
    for (const CaseFile& file : loadCaseFiles(OPENTRT_CASES)) {
        for (const Case& c : file.cases) {
            for (const Case& given : {c, withConstants(c)}) {
                if (!isCompiled(given) || given.op.rfind("FullyConnected", 0) == 0) continue;
                for (const std::string& layer : layersOnTheHost(caseGraph(given, 0), *backend)) {
                    const bool isNarrow = layer.rfind("Convolution", 0) == 0 && c.title == "quantized operands";
                    if (isNarrow || layer.find("along some axes that only the run knows") != layer.npos) continue;
                    ADD_FAILURE() << file.name << ": " << c.title << ": " << layer;
                }
            }
        }
    }
}

constexpr const char* kNetwork = R"(graph net {
  input %x: f16[1,16,8,8]
  const %w: f16[32,16,3,3] = random(1)
  const %b: f16[32] = random(2)
  %c = Convolution(%x, %w, %b) {pre=[1,1], post=[1,1]} "conv"
  %r = Activation(%c) {function=relu} "relu"
  %p = Pooling(%r) {window=[2,2], stride=[2,2]} "pool"
  output %p
})";

TEST(Code, OfTensorCoresCompilesForEveryGeneration) {
    for (const int sm : {80, 86, 89, 90, 100, 120}) {
        const auto backend = makeBackend(target(sm), cpuBackend());
        CompileRequest request;
        request.backend = backend.get();
        request.optimizationLevel = 0;
        try {
            const Plan plan = compile(parseGraph(kNetwork), std::move(request));
            EXPECT_EQ(plan.backend, "cuda");
        } catch (const Error& error) {
            ADD_FAILURE() << "sm_" << sm << ": " << error.what();
        }
    }
}

TEST(Code, OfEveryKernelHasRoomForAsManyOperandsAsTheHostGives) {
    const std::string room = cat("constexpr int EXTRAS = ", kMostExtras + 1, ";");
    EXPECT_NE(codeText("prelude").find(room), std::string_view::npos);
    for (const char* kernel : {"chain", "contraction", "depthwise", "few_rows", "packed_product", "resident", "shifted",
                               "sliding", "staying", "stem", "wgmma"})
        EXPECT_NE(codeText(kernel).find("const void* extra[EXTRAS];"), std::string_view::npos) << kernel;
}

TEST(Code, IsOfANarrowTypeWhereTheProgramAllowsIt) {
    const auto backend = makeBackend(target(90), cpuBackend());
    CompileRequest request;
    request.backend = backend.get();
    request.optimizationLevel = 0;
    request.pipeline.narrow = DType::F16;
    const Plan plan = compile(parseGraph(R"(graph net {
  input %x: f32[4,64]
  const %w: f32[64,32] = random(1)
  %c = MatrixMultiply(%x, %w) "product"
  output %c
})"),
                              std::move(request));
    const PlanProgram& program = plan.programs[0];
    const auto type = [&](int32_t v) { return program.values[static_cast<size_t>(v)].type; };
    EXPECT_EQ(type(program.inputs[0]), DType::F32);
    EXPECT_EQ(type(program.outputs[0]), DType::F32);
    const auto isProduct = [](const PlanStep& step) { return step.name.find("product") != std::string::npos; };
    const auto step = std::find_if(program.steps.begin(), program.steps.end(), isProduct);
    ASSERT_NE(step, program.steps.end());
    EXPECT_EQ(type(step->inputs[0]), DType::F16);
}

TEST(Code, ThatIsWrongSaysWhere) {
    try {
        compileCode(target(90), "this is no kernel");
        FAIL() << "it compiled";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("kernel.cu"), std::string::npos) << error.what();
    }
}

std::vector<CodeText> threeTexts(const char* name) {
    std::vector<CodeText> texts;
    for (const char* end : {"1", "2", "_wrong("}) {
        texts.push_back({"sm_90a", cat(codeText("prelude"), "KERNEL ", name, end, "() {}\n")});
    }
    texts.push_back(texts[0]);
    return texts;
}

TEST(Code, OfManyKernelsIsCompiledTogetherAndOnce) {
    std::vector<std::pair<int, int>> told;
    const auto goOn = [&](int done, int total) { return told.emplace_back(done, total), true; };
    EXPECT_TRUE(compileTexts(threeTexts("together"), goOn));
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.back(), std::pair(3, 3));
    EXPECT_GT(compileCode(target(90), "KERNEL together1() {}\n").bytes(), 0);
    EXPECT_THROW(compileCode(target(90), "KERNEL together_wrong(() {}\n"), Error);
    told.clear();
    EXPECT_TRUE(compileTexts(threeTexts("together"), goOn));
    EXPECT_EQ(told.back(), std::pair(1, 1)) << "only the wrong one is tried again";
}

TEST(Code, IsNotCompiledFurtherWhenNobodyWantsIt) {
    EXPECT_FALSE(compileTexts(threeTexts("unwanted"), [](int, int) { return false; }));
}

struct FakeStore : CodeStore {
    std::optional<Tensor> findCode(std::string_view key) const override {
        const auto at = code.find(key);
        if (at != code.end()) return at->second;
        return fallback.empty() ? std::nullopt : std::optional(fallback);
    }
    void putCode(std::string_view key, const Tensor& made) override { code.emplace(key, made); }
    std::map<std::string, Tensor, std::less<>> code;
    Tensor fallback;
};

TEST(Code, ThatIsInAStoreIsNotCompiled) {
    FakeStore store;
    store.fallback = Tensor::of<uint8_t>(DType::U8, {2}, {1, 2});
    {
        const UsingStore scope(store, false);
        EXPECT_EQ(compileCode(target(90), "only the store knows what it is").bytes(), 2);
    }
    EXPECT_TRUE(store.code.empty());
    EXPECT_THROW(compileCode(target(90), "and this comes after it"), Error);
}

TEST(Code, GoesIntoAStoreThatKeepsIt) {
    FakeStore store;
    const UsingStore scope(store, true);
    const Tensor code = compileCode(target(90), "KERNEL kept1() {}\n");
    compileCode(target(90), "KERNEL kept1() {}\n");
    ASSERT_EQ(store.code.size(), 1u) << "known to the process already, all the same";
    EXPECT_EQ(contentHash(store.code.begin()->second), contentHash(code));
    compileCode(target(80), "KERNEL kept1() {}\n");
    EXPECT_EQ(store.code.size(), 2u) << "other devices have other code";
}

TEST(Code, OfABuildIsKeptInItsTimingCache) {
    const auto backend = makeBackend(target(90), cpuBackend());
    TimingCache cache(backend->device());
    CompileRequest request;
    request.backend = backend.get();
    request.optimizationLevel = 0;
    request.cache = &cache;
    const Plan plan = compile(parseGraph(kNetwork), std::move(request));
    const std::vector<uint8_t> bytes = cache.serialize();
    size_t kept = 0;
    for (const Tensor& blob : plan.blobs) {
        const auto* code = static_cast<const uint8_t*>(blob.data());
        if (blob.bytes() < 4 || std::memcmp(code, "\177ELF", 4) != 0) continue;
        ++kept;
        EXPECT_NE(std::search(bytes.begin(), bytes.end(), code, code + blob.bytes()), bytes.end());
    }
    EXPECT_GE(kept, 2u);
}

TEST(Code, OfABuildThatIsCancelledIsNotMade) {
    const auto backend = makeBackend(target(90), cpuBackend());
    CompileRequest request;
    request.backend = backend.get();
    request.optimizationLevel = 0;
    int told = 0;
    request.compiled = [&](int, int) { return ++told, false; };
    try {
        compile(parseGraph(R"(graph net {
  input %x: f32[4]
  %c = Activation(%x) {function=leaky_relu, alpha=0.0234375} "no other test has this one"
  output %c
})"),
                std::move(request));
        FAIL() << "it was built";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("cancelled"), std::string::npos) << error.what();
    }
    EXPECT_EQ(told, 1);
}

TEST(Code, ThatATacticNeedsIsCompiledAhead) {
    const auto backend = makeBackend(target(90), cpuBackend());
    const Graph graph = parseGraph(R"(graph net {
  input %x: f32[4]
  %c = Activation(%x) {function=leaky_relu, alpha=0.1234375} "no other test has it"
  output %c
})");
    const NodeId node = graph.order()[0];
    std::vector<CompileJob> jobs;
    for (const Tactic& tactic : backend->tactics(graph, node, {}).tactics) jobs.push_back({graph, node, tactic});
    int last = 0;
    EXPECT_TRUE(backend->compileAhead(jobs, {}, [&](int done, int) { return last = done, true; }));
    EXPECT_EQ(last, 1);
    last = 0;
    EXPECT_TRUE(backend->compileAhead(jobs, {}, [&](int done, int) { return last = done, true; }));
    EXPECT_EQ(last, 0) << "everything is there";
}

TEST(Code, OfAScalarProgramIsOneLineForEachInstruction) {
    ScalarProgram program;
    program.inputs = {DType::F16, DType::I32};
    program.code = {{ScalarOp::Input, DType::F16, 0},
                    {ScalarOp::Input, DType::I32, 1},
                    {ScalarOp::Cast, DType::F32, 1},
                    {ScalarOp::Mul, DType::F32, 0, 2},
                    {ScalarOp::Constant, DType::F32, -1, -1, -1, 0.5},
                    {ScalarOp::Greater, DType::Bool, 3, 4}};
    program.outputs = {3, 5};
    EXPECT_EQ(emitProgram(program, "f"), R"(DEV void f(float x0, i64 x1, float& y0, i64& y1) {
    const float v0 = x0;
    const i64 v1 = x1;
    const float v2 = round_f32((float)v1);
    const float v3 = op_mul(v0, v2);
    const float v4 = 0x1p-1f;
    const i64 v5 = op_gt(v3, v4);
    y0 = v3;
    y1 = v5;
}
)");
}

}  // namespace
}  // namespace opentrt::cuda
