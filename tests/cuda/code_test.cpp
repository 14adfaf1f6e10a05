// SPDX-License-Identifier: Apache-2.0
// The first tactic of nodes that the operator cases make is compiled for devices that are not here. The numbers
// that the kernels give are compared on a device by conformance_test with OPENTRT_BACKEND=cuda.
#include <cstring>
#include <gtest/gtest.h>
#include <regex>

#include "backends/cuda/cuda_backend.h"
#include "backends/cuda/emit.h"
#include "backends/cuda/epilogue.h"
#include "base/error.h"
#include "builder/compile.h"
#include "graph/text.h"
#include "ops/case_file.h"
#include "passes/pipeline.h"

namespace opentrt::cuda {
namespace {

Target target(int sm) {
    return Target{sm, 132, sm == 90 ? 232448 : 101376, 233472, 62914560, "a device"};
}

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

using Names = std::set<std::string>;

//! Names of the tactics of one node; those in `compiled` compile, all of them if it is empty.
Names tacticsOf(const std::string& text, const Names& compiled = {}, bool tf32 = false) {
    const auto backend = makeBackend(target(90), cpuBackend());
    Graph graph = parseGraph(text);
    PipelineRequest passes;
    passes.backend = backend.get();
    runPipeline(graph, passes);
    const NodeId node = graph[graph.outputs()[0]].producer;
    Names names;
    TacticRequest request;
    request.tf32 = tf32;
    for (const Tactic& tactic : backend->tactics(graph, node, request).tactics) {
        names.insert(tactic.name);
        if (!compiled.empty() && !compiled.count(tactic.name)) continue;
        try {
            backend->compile(graph, node, tactic, request);
        } catch (const Error& error) {
            ADD_FAILURE() << tactic.name << ": " << error.what();
        }
    }
    return names;
}

//! The node has these tactics, and they compile. Whole lists take too long for every test run.
void expectTactics(const std::string& text, const Names& expected, bool tf32 = false) {
    const Names names = tacticsOf(text, expected, tf32);
    for (const std::string& name : expected) EXPECT_TRUE(names.count(name)) << name << " is not offered";
}

TEST(Code, OfTheKindsOfTacticsOfAConvolutionCompiles) {
    expectTactics(R"(graph net {
  input %x: f16[1,128,14,14]
  const %w: f16[64,128,3,3] = random(1)
  const %b: f16[64] = random(2)
  %c = Convolution(%x, %w, %b) {pre=[1,1], post=[1,1]} "conv"
  output %c
})",
                  {"cuda.contraction.32x64", "cuda.resident.32x32x8", "cuda.resident.64x32x8/2", "cuda.shifted.64x32x2",
                   "cuda.shifted.64x64x2/2", "cuda.wgmma.64x64", "cuda.wgmma.64x64/4"});
}

TEST(Code, OfLongSumsThatNoWarpGroupTakesCompiles) {
    expectTactics(R"(graph net {
  input %x: f16[1,100,14,14]
  const %w: f16[64,100,3,3] = random(1)
  %c = Convolution(%x, %w, _) {pre=[1,1], post=[1,1]} "conv"
  output %c
})",
                  {"cuda.contraction.128x64", "cuda.contraction.32x32/2", "cuda.contraction.64x64/4"});
}

TEST(Code, OfLoopsOverManyTilesCompiles) {
    for (const char* type : {"f16", "f32"}) {
        const std::string family = std::string(type) == "f32" ? "cuda.wgmma.tf32." : "cuda.wgmma.";
        expectTactics(cat(R"(graph net {
  input %x: )",
                          type, R"([8192,512]
  input %r: )",
                          type, R"([8192,768]
  const %w: )",
                          type, R"([512,768] = random(1)
  %c = MatrixMultiply(%x, %w) "product"
  %y = ElementWise(%c, %r) {operation=sum} "add"
  output %y
})"),
                      {family + "64x64loop", family + "128x96loop", family + "128x192loop", family + "192x192loop",
                       family + "128x128turns"},
                      true);
    }
}

TEST(Code, OfShallowProductsCompilesForManyBlocks) {
    for (const char* type : {"f16", "i8"}) {
        const bool narrow = std::string(type) == "i8";
        expectTactics(cat("graph net {\n  input %x: ", type, R"([65536,)", narrow ? 64 : 32, R"(]
  input %r: f16[65536,256]
  const %w: )",
                          type, "[", narrow ? 64 : 32, R"(,256] = random(1)
  %c = MatrixMultiply(%x, %w))",
                          narrow ? " {quantized=true}" : "", R"( "product"
  %h = Cast(%c) {to=f16} "half"
  %y = ElementWise(%h, %r) {operation=sum} "add"
  output %y
})"),
                      {"cuda.wgmma.64x64loops", "cuda.wgmma.64x128loops", "cuda.staying.64x4", "cuda.staying.128x3"},
                      true);
    }
}

TEST(Code, OfLoopsOverOddColumnsCompiles) {
    expectTactics(R"(graph net {
  input %x: f16[8192,512]
  const %w: f16[512,757] = random(1)
  const %b: f16[1,757] = random(2)
  %c = MatrixMultiply(%x, %w) "product"
  %d = ElementWise(%c, %b) {operation=sum} "add"
  %y = Activation(%d) {function=gelu_erf} "gelu"
  output %y
})",
                  {"cuda.wgmma.128x96loop", "cuda.wgmma.128x192loop", "cuda.wgmma.128x128turns"}, true);
}

TEST(Code, OfEveryKernelHasRoomForAsManyOperandsAsTheHostGives) {
    const std::string room = cat("constexpr int EXTRAS = ", kMostExtras + 1, ";");
    EXPECT_NE(codeText("prelude").find(room), std::string_view::npos);
    for (const char* kernel :
         {"contraction", "depthwise", "few_rows", "resident", "shifted", "sliding", "staying", "stem", "wgmma"})
        EXPECT_NE(codeText(kernel).find("const void* extra[EXTRAS];"), std::string_view::npos) << kernel;
}

TEST(Code, OfProductsThatKeepStatisticsOfRowsCompiles) {
    const std::string graph = R"(graph net {
  stage planned
  input %x: bf16[197,256]
  input %r: bf16[197,768]
  input %s: f32[197,24,2]
  const %w: bf16[256,768] = random(1)
  %y, %t = Region(%x, %r, %s, %w) body {
    input %a: bf16[197,256]
    input %b: bf16[197,768]
    input %c: f32[197,24,2]
    input %d: bf16[256,768]
    %p = MatrixMultiply(%a, %d)
    %m, %f = RowFactors(%c)
    %p1 = Cast(%p) {to=f32}
    %b1 = Cast(%b) {to=f32}
    %b2 = ElementWise(%b1, %m) {operation=sub}
    %b3 = ElementWise(%b2, %f) {operation=prod}
    %p2 = ElementWise(%p1, %b3) {operation=sum}
    %p3 = Cast(%p2) {to=bf16}
    %q = RowStatistics(%p3)
    output %p3
    output %q
  }
  output %y
  output %t
})";
    expectTactics(graph, {"cuda.contraction.32x64", "cuda.resident.32x32x8", "cuda.resident.64x32x8/2",
                          "cuda.wgmma.64x32", "cuda.wgmma.64x64/2"});
}

TEST(Code, OfConvolutionsOfFewChannelsCompiles) {
    for (const char* type : {"f16", "f32"}) {
        for (const char* stride : {"1", "2"}) {
            expectTactics(cat(R"(graph net {
  input %x: )",
                              type, R"([2,3,40,40]
  const %w: )",
                              type, R"([24,3,5,5] = random(1)
  %c = Convolution(%x, %w) {stride=[)",
                              stride, ",", stride, R"(]} "conv"
  output %c
})"),
                          {"cuda.stem.4x64x32", "cuda.stem.4x112x32", "cuda.stem.2x64x32"});
        }
    }
}

constexpr const char* kQuantized = R"(graph net {
  input %x: TYPE[64,128,14,14]
  input %r: TYPE[64,64,14,14]
  const %s: f32[] = [0.25]
  const %w: TYPE[64,128,3,3] = random(1)
  const %t: f32[64] = fill(0.5)
  const %b: f32[64] = random(3)
  %d = Dequantize(%x, %s) "d"
  %v = Dequantize(%w, %t) {axis=0} "v"
  %c = Convolution(%d, %v, %b) {pre=[1,1], post=[1,1]} "conv"
  %a = Dequantize(%r, %s) "residual"
  %j = ElementWise(%c, %a) {operation=sum} "join"
  %y = Activation(%j) {function=relu} "relu"
  %q = Quantize(%y, %s) {to=TYPE} "q"
  output %q
})";

std::string quantizedNetwork(const char* type) {
    return std::regex_replace(kQuantized, std::regex("TYPE"), type);
}

TEST(Code, OfAStemThatPoolsCompilesInHalvesAndNarrow) {
    const auto network = [](const char* operands) {
        return cat("graph net {\n  input %x: f32[2,3,64,64]\n  const %s: f32[] = [0.03]\n", operands, R"(
  %c = Convolution(%h, %v, _) {stride=[2,2], pre=[3,3], post=[3,3]} "conv"
  %r = Activation(%c) {function=relu} "relu"
  %p = Pooling(%r) {window=[3,3], stride=[2,2], pre=[1,1], post=[1,1]} "pool"
  output %p
})");
    };
    const Names names{"cuda.stem.4x64x64", "cuda.stem.2x64x64", "cuda.stem.3x64x64", "cuda.stem.5x64x64"};
    expectTactics(network("  %h = Cast(%x) {to=f16} \"half\"\n  const %v: f16[64,3,7,7] = random(1)"), names);
    expectTactics(network("  const %w: i8[64,3,7,7] = random(1)\n  %q = Quantize(%x, %s) \"q\"\n"
                          "  %h = Dequantize(%q, %s) \"h\"\n  %v = Dequantize(%w, %s) \"v\""),
                  names);
}

TEST(Code, OfGatesCompilesForEveryNumberOfBlocks) {
    expectTactics(R"(graph net {
  input %x: f16[2,672,7,7]
  const %w: f16[168,672,1,1] = random(1)
  const %v: f16[672,168,1,1] = random(2)
  %m = Reduce(%x) {operation=avg, axes=[2,3], keep=true} "mean"
  %s = Convolution(%m, %w, _) "squeeze"
  %r = Activation(%s) {function=relu} "relu"
  %e = Convolution(%r, %v, _) "excite"
  %g = Activation(%e) {function=hard_sigmoid, alpha=0.2, beta=0.5} "gate"
  %y = ElementWise(%x, %g) {operation=prod} "scale"
  output %y
})",
                  {"cuda.gate.8", "cuda.gate.8x2", "cuda.gate.4", "cuda.gate.2"});
}

TEST(Code, OfImagesWithoutPixelsCompiles) {
    expectTactics(R"(graph net {
  input %x: f16[1,32,0,8]
  const %w: f16[32,1,3,3] = random(1)
  %c = Convolution(%x, %w, _) {groups=32, pre=[1,1], post=[1,1]} "conv"
  output %c
})",
                  {"cuda.depthwise.1"});
}

TEST(Code, BehindTheFrontOfANetworkLeavesPointwiseOperatorsAlone) {
    expectTactics(R"(graph net {
  input %x: f16[1,64,8,8]
  %r = Activation(%x) {function=relu} "relu"
  const %w: f16[64,64,1,1] = random(1)
  %c = Convolution(%r, %w, _) "conv"
  output %c
})",
                  {"cuda.contraction.32x64"});
}

TEST(Code, OfProductsOfFewRowsCompiles) {
    expectTactics(R"(graph net {
  input %x: f16[2,1,2048]
  const %w: f16[1,2048,1000] = random(1)
  const %b: f16[1,1,1000] = random(2)
  %p = MatrixMultiply(%x, %w) "product"
  %y = ElementWise(%p, %b) {operation=sum} "bias"
  output %y
})",
                  {"cuda.few_rows.2"});
}

TEST(Code, OfDepthwiseConvolutionsCompilesForWholeWindows) {
    expectTactics(R"(graph net {
  input %x: f16[1,32,14,14]
  const %w: f16[32,1,5,5] = random(1)
  %c = Convolution(%x, %w, _) {groups=32, pre=[2,2], post=[2,2]} "conv"
  output %c
})",
                  {"cuda.depthwise.1", "cuda.depthwise.1ahead", "cuda.depthwise.4"});
}

TEST(Code, OfQuantizedConvolutionsCompilesInEveryFamily) {
    for (const char* type : {"i8", "f8e4m3"}) {
        expectTactics(quantizedNetwork(type),
                      {"cuda.contraction.32x64", "cuda.resident.32x32x8", "cuda.shifted.64x32x2", "cuda.wgmma.64x64",
                       "cuda.wgmma.128x64loop", "cuda.wgmma.128x64turns"});
    }
}

TEST(Code, OfWeightsThatStayCompilesForEveryShare) {
    expectTactics(R"(graph net {
  input %x: i8[64,64,28,28]
  input %r: i8[64,256,28,28]
  const %s: f32[] = [0.3]
  const %w: i8[256,64,1,1] = random(1)
  %d = Dequantize(%x, %s) "d"
  %v = Dequantize(%w, %s) "v"
  %c = Convolution(%d, %v, _) "conv"
  %a = Dequantize(%r, %s) "residual"
  %j = ElementWise(%c, %a) {operation=sum} "join"
  %q = Quantize(%j, %s) "q"
  output %q
})",
                  {"cuda.staying.64x4", "cuda.staying.128x3", "cuda.staying.256x2"});
    expectTactics(R"(graph net {
  input %x: f16[64,64,28,28]
  const %w: f16[128,64,3,3] = random(1)
  %c = Convolution(%x, %w, _) {pre=[1,1], post=[1,1]} "windows"
  output %c
})",
                  {"cuda.sliding.64x4", "cuda.staying.64x4"});
}

TEST(Code, OfQuantizedConvolutionsIsOneKernelOnEveryGeneration) {
    for (const auto& [sm, type] : {std::pair(80, "i8"), {89, "i8"}, {89, "f8e4m3"}, {100, "i8"}, {120, "f8e4m3"}}) {
        const auto backend = makeBackend(target(sm), cpuBackend());
        CompileRequest request;
        request.backend = backend.get();
        request.optimizationLevel = 0;
        const Plan plan = compile(parseGraph(quantizedNetwork(type)), std::move(request));
        const auto kernels = std::count_if(plan.programs[0].steps.begin(), plan.programs[0].steps.end(),
                                           [](const PlanStep& s) { return s.name.find("conv") != std::string::npos; });
        EXPECT_EQ(kernels, 1) << sm << " " << type;
    }
}

TEST(Code, OfEveryTacticOfAttentionCompiles) {
    const Names names = tacticsOf(R"(graph net {
  input %q: bf16[1,4,32,80]
  input %k: bf16[1,2,40,80]
  input %v: bf16[1,2,40,64]
  %c = Attention(%q, %k, %v) {causal=lower_right} "attention"
  output %c
})");
    EXPECT_EQ(names, (Names{"cuda.attention", "cuda.attention_groups.1x128", "cuda.attention_groups.1x128all",
                            "cuda.attention_groups.1x256", "cuda.attention_tiles1", "cuda.attention_tiles2",
                            "cuda.attention_tiles2/2", "cuda.attention_tiles2x128", "cuda.attention_tiles4",
                            "cuda.attention_tiles4x128", "cuda.attention_tiles8"}));
    expectTactics(R"(graph net {
  input %q: f16[1,18,200,64]
  input %k: f16[1,2,197,64]
  %c = Attention(%q, %k, %k) {causal=lower_right} "attention"
  output %c
})",
                  {"cuda.attention_groups.2x128", "cuda.attention_groups.4x128", "cuda.attention_groups.4x208",
                   "cuda.attention_tiles2x128/2", "cuda.attention_tiles2/4"});
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
