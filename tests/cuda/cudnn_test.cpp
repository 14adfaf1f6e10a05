// SPDX-License-Identifier: Apache-2.0
// Attention and convolutions by cuDNN on a library that computes on the CPU (emulated/cudnn.cpp): which regions it
// takes, what comes out, what a plan keeps, and what is said when the library is not there.
#include "backends/cuda/cudnn.h"

#include <cstdlib>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/text.h"
#include "library_case.h"

namespace opentrt::cuda {
namespace {

//! A real library would take the driver of these tests for a real one.
const int kNoRealLibrary = setenv("OPENTRT_CUDNN", "/nonexistent", 1);

constexpr LibraryUnderTest kAttention{"OPENTRT_CUDNN", OPENTRT_EMULATED_CUDNN, "cuda.cudnn_attention", 4},
    kConvolution{"OPENTRT_CUDNN", OPENTRT_EMULATED_CUDNN, "cuda.cudnn_convolution", 4};

struct Attention : LibraryCase {
    explicit Attention(const std::string& text) : LibraryCase(kAttention, text) {}
};
struct Product : LibraryCase {
    explicit Product(const std::string& text)
        : LibraryCase({"OPENTRT_CUDNN", OPENTRT_EMULATED_CUDNN, "cuda.cudnn_product", 4}, text) {}
};
struct Convolution : LibraryCase {
    explicit Convolution(const std::string& text) : LibraryCase(kConvolution, text) {}
};

std::string attentionText(const std::string& fields, const std::string& mask = "",
                          const std::string& keys = "2,4,6,16") {
    return cat("graph net {\n  input %q: f16[2,4,6,16]\n  input %k: f16[", keys, "]\n  input %v: f16[", keys, "]\n",
               mask.empty() ? "" : cat("  input %m: ", mask, "\n"), "  %y = Attention(%q, %k, %v, ",
               mask.empty() ? "_" : "%m", ", _) {", fields, "} \"attention\"\n  output %y\n}");
}

std::string convolutionText(const std::string& fields, const std::string& behind = "", const char* weights = "8,16,3,3",
                            const char* type = "f16") {
    return cat("graph net {\n  input %x: ", type, "[2,16,6,5]\n  const %w: ", type, "[", weights,
               "] = random(1)\n  const %b: ", type, "[8] = random(2)\n  input %r: ", type,
               "[2,8,6,5]\n  %y = Convolution(%x, %w, %b) {", fields, "} \"conv\"\n", behind, "  output %",
               behind.empty() ? "y" : "z", "\n}");
}
constexpr const char* kSame = "pre=[1,1], post=[1,1]";
constexpr const char* kResidualRelu = R"(  %s = ElementWise(%y, %r) {operation=sum} "residual"
  %z = Activation(%s) {function=relu} "relu"
)";

TEST(Cudnn, AttendsWithAScale) {
    Attention(attentionText("scale=0.25")).check();
}

TEST(Cudnn, AttendsCausally) {
    Attention(attentionText("scale=0.25, causal=upper_left")).check();
    Attention(attentionText("scale=0.25, causal=lower_right")).check();
}

TEST(Cudnn, AddsMasksToScores) {
    Attention(attentionText("scale=0.5", "f16[2,1,6,6]")).check();
    Attention(attentionText("scale=0.5, causal=upper_left", "f16[1,4,6,6]")).check();
}

TEST(Cudnn, SharesKeysAmongGroupsOfHeads) {
    Attention(attentionText("scale=0.25", "", "2,2,10,16")).check();
}

TEST(Cudnn, ReadsOperandsWhereTheyLie) {
    Attention(R"(graph net {
  input %q: bf16[2,6,12,8]
  %y = Attention(%q, %q, %q, _, _) {scale=0.3, queryAxes=[0,2,1,3], keyAxes=[0,2,1,3], valueAxes=[0,2,1,3], outputAxes=[0,2,1,3], heads=[0,4,4,4,8,4]} "attention"
  output %y
})")
        .check();
}

TEST(Cudnn, RefusesAttentionThatItHasNoGraphFor) {
    EXPECT_EQ(Attention(attentionText("scale=0.5", "bool[2,1,6,6]")).refusal(), "a mask that is not added");
    EXPECT_EQ(Attention(attentionText("causal=lower_right", "", "2,4,9,16")).refusal(),
              "a causal mask for fewer queries than keys");
    EXPECT_EQ(Attention(attentionText("normalization=none")).refusal(), "scores without softmax");
    std::string floats = attentionText("scale=0.5");
    for (size_t at; (at = floats.find("f16")) != std::string::npos;) floats.replace(at, 3, "f32");
    EXPECT_EQ(Attention(floats).refusal(), "type f32");
}

TEST(Cudnn, RunsConvolutionsWithWhatIsBehindThem) {
    for (const char* type : {"f16", "bf16", "f32"}) {
        SCOPED_TRACE(type);
        Convolution convolution(convolutionText(kSame, kResidualRelu, "8,16,3,3", type));
        convolution.request.tf32 = true;
        convolution.check();
    }
    Convolution(convolutionText(kSame, "  %z = Activation(%y) {function=gelu_erf} \"gelu\"\n")).check();
    Convolution(convolutionText(kSame)).check();
}

TEST(Cudnn, RunsWindowsWithStepsAndHoles) {
    Convolution(R"(graph net {
  input %x: f16[1,16,9,11]
  const %w: f16[8,16,3,2] = random(1)
  %y = Convolution(%x, %w, _) {stride=[2,1], pre=[1,0], post=[2,3], dilation=[1,2]} "conv"
  output %y
})")
        .check();
    Convolution(R"(graph net {
  input %x: f16[1,8,3,4,5]
  const %w: f16[8,8,2,1,3] = random(1)
  %y = Convolution(%x, %w, _) "conv"
  output %y
})")
        .check();
}

TEST(Cudnn, RefusesConvolutionsThatAreNotItsOwn) {
    EXPECT_EQ(Convolution(R"(graph net {
  input %x: f16[1,4,8,8]
  const %w: f16[8,4,3,3] = random(1)
  %y = Convolution(%x, %w, _) "conv"
  output %y
})")
                  .refusal(),
              "4 channels are few");
    EXPECT_EQ(Convolution(convolutionText("pre=[1,1], post=[1,1], groups=2", "", "8,8,3,3")).refusal(),
              "narrow numbers or groups");
}

std::string productText(const char* x, const char* w, const char* operations, const char* function) {
    return cat("graph net {\n  input %x: f16[", x, "]\n  const %w: f16[", w,
               "] = random(1)\n  const %b: f16[1,1,16] = random(2)\n  input %r: f16[3,6,16]\n"
               "  %y = MatrixMultiply(%x, %w) {",
               operations,
               "} \"product\"\n  %s = ElementWise(%y, %b) {operation=sum} \"bias\"\n"
               "  %t = ElementWise(%s, %r) {operation=sum} \"residual\"\n  %z = Activation(%t) {function=",
               function, "} \"activation\"\n  output %z\n}");
}

TEST(Cudnn, MultipliesWithActivationsThatCublasLtDoesNotHave) {
    Product(productText("3,6,24", "1,24,16", "a=none, b=none", "gelu_erf")).check();
    Product(productText("3,24,6", "3,16,24", "a=transpose, b=transpose", "sigmoid")).check();
    Product(productText("3,24,6", "1,24,16", "a=transpose, b=none", "tanh")).check();
    Product(productText("1,6,24", "3,24,16", "a=none, b=none", "tanh")).check();
    EXPECT_EQ(Product(productText("3,6,24", "1,24,16", "a=none, b=none", "relu")).refusal(),
              "Activation behind the product");
}

TEST(Cudnn, RunsOtherSizesThanThoseItWasTunedFor) {
    Convolution convolution(R"(graph net {
  input %x: f16[N,16,6,5]
  const %w: f16[8,16,3,3] = random(1)
  %y = Convolution(%x, %w, _) "conv"
  output %y
})");
    convolution.check({{"N", 4}});
    convolution.compare(convolution.step(1), {randomTensor(DType::F16, {1, 16, 6, 5}, 1)});
}

TEST(Cudnn, NamesTacticsByVersionAndEngineAndLeavesOutWhatVaries) {
    EXPECT_EQ(Convolution(convolutionText(kSame)).names(),
              (std::vector<std::string>{"cuda.cudnn_convolution.91900.7.k2=1", "cuda.cudnn_convolution.91900.9",
                                        "cuda.cudnn_convolution.91900.7.k2=2", "cuda.cudnn_convolution.91900.7.k2=3"}));
}

TEST(Cudnn, TakesTheFirstEnginesUnlessTheSearchIsThorough) {
    Convolution convolution(convolutionText(kSame));
    EXPECT_EQ(convolution.names().size(), 4u);
    convolution.request.thorough = true;
    EXPECT_EQ(convolution.names().size(), 5u);
    EXPECT_EQ(convolution.names().back(), "cuda.cudnn_convolution.91900.7.k2=4");
}

TEST(Cudnn, TakesFloatsOnlyWhereTheyMayBeRounded) {
    Convolution convolution(convolutionText(kSame, "", "8,16,3,3", "f32"));
    EXPECT_EQ(convolution.refusal(), "the library has no engine for these types and sizes");
    convolution.request.tf32 = true;
    EXPECT_EQ(convolution.names().at(0), "cuda.cudnn_convolution.tf32.91900.7.k2=1");
}

TEST(Cudnn, RespectsTheWorkspaceLimit) {
    Convolution convolution(convolutionText(kSame));
    constexpr size_t kGreedy = 1;
    convolution.request.workspaceBytes = 2 * 8 * 6 * 5 * 4 - 1;
    EXPECT_EQ(errorOf([&] { convolution.step(kGreedy); }),
              "the tactic cuda.cudnn_convolution.91900.9 needs 1920 bytes of workspace when 1919 are the most");
    EXPECT_EQ(errorOf([&] { convolution.step(0); }), "no error");
    convolution.request.workspaceBytes += 1;
    EXPECT_EQ(errorOf([&] { convolution.step(kGreedy); }), "no error");
}

TEST(Cudnn, RespectsTheTacticSources) {
    Attention attention(attentionText("scale=0.25"));
    attention.request.sources = ~4U;
    EXPECT_EQ(attention.refusal(), "it is not among the tactic sources");
    attention.request.sources = 4U;
    EXPECT_EQ(attention.names().size(), 4u);
}

TEST(Cudnn, SaysWhatTheLibrarySays) {
    Convolution convolution(R"(graph net {
  input %x: f16[1,17,8,8]
  const %w: f16[8,17,3,3] = random(1)
  %y = Convolution(%x, %w, _) "conv"
  output %y
})");
    EXPECT_EQ(convolution.refusal(), "the library has no engine for these types and sizes");
}

TEST(Cudnn, TakesWhatItRecommendsWhenTheVersionIsAnother) {
    Convolution convolution(convolutionText(kSame));
    const CompiledStep step = convolution.step(1);
    const std::vector<Tensor> inputs{randomTensor(DType::F16, {2, 16, 6, 5}, 1)};
    const Port x{DType::F16, Format::Nhwc, {2, 16, 6, 5}}, b{DType::F16, Format::Linear, {8}},
        y{DType::F16, Format::Nhwc, {2, 8, 6, 5}};
    const auto workspace = [&] {
        const Machine machine(fakeDriver(), 0);
        return makeBackend(machine, cpuBackend())
            ->load(step.kernel, step.params, step.weights)
            ->prepare(std::vector{x, b}, std::vector{y})
            ->workspaceBytes();
    };
    EXPECT_EQ(workspace(), 1920);
    const Setting other("OPENTRT_EMULATED_CUDNN_VERSION", "92800");
    EXPECT_EQ(workspace(), 0);
}

TEST(Cudnn, ChoosesNothingWhenAPlanIsLoaded) {
    Convolution tuned(convolutionText(kSame));
    const CompiledStep step = tuned.step(2);
    const Convolution loaded(convolutionText(kSame));
    const std::vector<Tensor> inputs{randomTensor(DType::F16, {2, 16, 6, 5}, 1),
                                     randomTensor(DType::F16, {2, 8, 6, 5}, 2)};
    EXPECT_EQ(loaded.names().size(), 4u);  // says which formats the operands have
    const Setting loadsOnly("OPENTRT_EMULATED_CUDNN_LOADS_ONLY", "1");
    loaded.compare(step, inputs);
}

TEST(Cudnn, RefusesOperandsOfAnotherConvolution) {
    Convolution convolution(convolutionText(kSame));
    const CompiledStep step = convolution.step();
    const auto kernel = convolution.backend->load(step.kernel, step.params, step.weights);
    const auto port = [](std::vector<int64_t> dims, Format format = Format::Nhwc, DType type = DType::F16) {
        return Port{type, format, std::move(dims)};
    };
    const Port bias = port({8}, Format::Linear);
    const auto prepare = [&](Port x, Port b, Port y) {
        return errorOf([&] { kernel->prepare(std::vector{x, b}, std::vector{y}); });
    };
    EXPECT_EQ(prepare(port({2, 16, 6, 5}), bias, port({2, 8, 6, 5})), "no error");
    EXPECT_NE(prepare(port({2, 12, 6, 5}), bias, port({2, 8, 6, 5})), "no error");
    EXPECT_NE(prepare(port({2, 16, 6, 5}), bias, port({2, 8, 6, 4})), "no error");
    EXPECT_NE(prepare(port({2, 16, 6, 5}), port({7}, Format::Linear), port({2, 8, 6, 5})), "no error");
    EXPECT_NE(prepare(port({2, 16, 6, 5}, Format::Linear), bias, port({2, 8, 6, 5})), "no error");
    EXPECT_NE(prepare(port({2, 16, 6, 5}, Format::Nhwc, DType::BF16), bias, port({2, 8, 6, 5})), "no error");
    std::vector<Tensor> fewer = step.weights;
    fewer[0] = Tensor(DType::F16, {8});
    EXPECT_NE(errorOf([&] { convolution.backend->load(step.kernel, step.params, fewer); }), "no error");
}

TEST(Cudnn, IsNamedWhenAPlanNeedsItAndItIsNotThere) {
    const CompiledStep step = Attention(attentionText("scale=0.25")).step();
    Setting missing("OPENTRT_CUDNN", "/nonexistent/libcudnn.so.9");
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const std::string error = errorOf([&] { backend->load(step.kernel, step.params, step.weights); });
    EXPECT_NE(error.find("the plan has steps of cuDNN 9.19.0: OPENTRT_CUDNN names a file that cannot be loaded"),
              std::string::npos)
        << error;
}

}  // namespace
}  // namespace opentrt::cuda
