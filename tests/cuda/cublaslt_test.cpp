// SPDX-License-Identifier: Apache-2.0
// Products by cuBLASLt on a library that computes on the CPU by the same rules (emulated/cublaslt.cpp): which regions
// it takes, what comes out, and what is said when it is not there.
#include "backends/cuda/cublaslt.h"

#include <cstdlib>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/text.h"
#include "library_case.h"

namespace opentrt::cuda {
namespace {

//! A real library would take the driver of these tests for a real one.
const int kNoRealLibrary = setenv("OPENTRT_CUBLASLT", "/nonexistent", 1);

constexpr const char* kPrefix = "cuda.cublaslt.";

constexpr LibraryUnderTest kLibrary{"OPENTRT_CUBLASLT", OPENTRT_EMULATED_CUBLASLT, "cuda.cublaslt", 3};

struct Product : LibraryCase {
    explicit Product(const std::string& text) : LibraryCase(kLibrary, text) {}
};

TEST(CublasLt, MultipliesWithABiasAndAResidual) {
    Product(R"(graph net {
  input %x: f16[2,6,24]
  const %w: f16[1,24,16] = random(1)
  const %b: f16[1,1,16] = random(2)
  input %r: f16[2,6,16]
  %y = MatrixMultiply(%x, %w) "product"
  %s = ElementWise(%y, %b) {operation=sum} "bias"
  %t = ElementWise(%r, %s) {operation=sum} "residual"
  %u = Activation(%t) {function=relu} "relu"
  output %u
})")
        .check();
}

TEST(CublasLt, MultipliesTransposedOperandsOfABatch) {
    for (const char* operations : {"a=none, b=transpose", "a=transpose, b=none", "a=transpose, b=transpose"}) {
        const bool a = std::string(operations).find("a=t") == 0,
                   b = std::string(operations).find("b=t") != std::string::npos;
        Product(cat("graph net {\n  input %x: bf16[3,2,", a ? "8,4" : "4,8", "]\n  input %w: bf16[3,2,",
                    b ? "6,8" : "8,6", "]\n  %y = MatrixMultiply(%x, %w) {", operations,
                    "} \"product\"\n  output %y\n}"))
            .check();
    }
}

TEST(CublasLt, SharesAMatrixAmongABatch) {
    for (const char* dims : {"f16[1,4,8], f16[3,8,6]", "f16[3,8,4], f16[1,8,6]"}) {
        const std::string text = dims, a = text.substr(0, text.find(", ")), b = text.substr(text.find(", ") + 2);
        const char* operation = a == "f16[3,8,4]" ? "transpose" : "none";
        Product(cat("graph net {\n  input %x: ", a, "\n  input %w: ", b,
                    "\n  %y = MatrixMultiply(%x, %w) {a=", operation, "} \"product\"\n  output %y\n}"))
            .check();
    }
}

TEST(CublasLt, ScalesAndAppliesGeluOfTanh) {
    Product(R"(graph net {
  input %x: f32[5,12]
  const %w: f32[12,7] = random(1)
  const %c: f32[1,1] = [0.125]
  const %b: f32[1,7] = random(2)
  %y = MatrixMultiply(%x, %w) "product"
  %s = ElementWise(%y, %c) {operation=prod} "scale"
  %t = ElementWise(%s, %b) {operation=sum} "bias"
  %u = Activation(%t) {function=gelu_tanh} "gelu"
  output %u
})")
        .check();
}

TEST(CublasLt, RunsConvolutionsOfSinglePixels) {
    Product(R"(graph net {
  input %x: f16[2,16,3,5]
  const %w: f16[8,16,1,1] = random(1)
  const %b: f16[8] = random(2)
  input %r: f16[2,8,3,5]
  %y = Convolution(%x, %w, %b) "conv"
  %s = ElementWise(%y, %r) {operation=sum} "residual"
  %u = Activation(%s) {function=relu} "relu"
  output %u
})")
        .check();
}

TEST(CublasLt, RunsOtherSizesThanThoseItWasTunedFor) {
    Product product(R"(graph net {
  input %x: f16[N,24]
  const %w: f16[24,16] = random(1)
  %y = MatrixMultiply(%x, %w) "product"
  output %y
})");
    product.check({{"N", 4}});
    product.compare(product.step(1), {randomTensor(DType::F16, {32, 24}, 1)});
}

constexpr const char* kPlain = R"(graph net {
  input %x: f16[8,24]
  const %w: f16[24,16] = random(1)
  %y = MatrixMultiply(%x, %w) "product"
  output %y
})";

TEST(CublasLt, NamesTacticsByVersionAndAlgorithm) {
    EXPECT_EQ(Product(kPlain).names(),
              (std::vector<std::string>{"cuda.cublaslt.130100.66.t1.k1", "cuda.cublaslt.130100.66.t2.k2",
                                        "cuda.cublaslt.130100.66.t3.k1"}));
}

TEST(CublasLt, SaysWhenFloatsMayBeRounded) {
    std::string text = kPlain;
    for (size_t at; (at = text.find("f16")) != std::string::npos;) text.replace(at, 3, "f32");
    Product product(text);
    product.request.tf32 = true;
    EXPECT_EQ(product.names().at(0), "cuda.cublaslt.tf32.130100.66.t1.k1");
    EXPECT_NE(product.step().params.find("tf32=true"), std::string::npos) << product.step().params;
}

TEST(CublasLt, RespectsTheWorkspaceLimit) {
    Product product(kPlain);
    product.request.workspaceBytes = 2 * 8 * 16 * 4;
    EXPECT_EQ(product.names().size(), 3u);
    product.request.workspaceBytes -= 1;
    EXPECT_EQ(product.names().size(), 2u);
}

TEST(CublasLt, RespectsTheTacticSources) {
    Product product(kPlain);
    product.request.sources = ~2U;
    EXPECT_EQ(product.refusal(), "it is not among the tactic sources");
    product.request.sources = 2U;
    EXPECT_EQ(product.names().size(), 3u);
}

TEST(CublasLt, RefusesWhatItsEpilogueDoesNotCompute) {
    const auto reasonFor = [](const std::string& behind) {
        return Product(
                   "graph net {\n  input %x: f16[8,24]\n  const %w: f16[24,16] = random(1)\n"
                   "  const %b: f16[1,16] = random(2)\n  const %r: f16[8,1] = random(3)\n"
                   "  %y = MatrixMultiply(%x, %w) \"product\"\n" +
                   behind + "  output %z\n}")
            .refusal();
    };
    EXPECT_EQ(reasonFor("  %z = Activation(%y) {function=gelu_erf} \"gelu\"\n"),
              "the library's gelu is that of tanh, not of erf");
    EXPECT_EQ(reasonFor("  %z = ElementWise(%y, %r) {operation=sum} \"rows\"\n"),
              "a sum with more than a bias and a tensor like the result");
    EXPECT_EQ(reasonFor("  %s = Activation(%y) {function=relu} \"relu\"\n"
                        "  %z = ElementWise(%s, %b) {operation=sum} \"bias\"\n"),
              "operators behind the activation");
    EXPECT_EQ(reasonFor("  %z = ElementWise(%y, %b) {operation=prod} \"scale\"\n"), "a factor that is no known number");
}

TEST(CublasLt, RefusesWhatTheLibraryHasNoAlgorithmFor) {
    std::string odd = kPlain;
    odd.replace(odd.find("f16[24,16]"), 10, "f16[24,15]");
    EXPECT_EQ(Product(odd).refusal(), "the library has no algorithm for these types and sizes");
    EXPECT_EQ(Product(R"(graph net {
  input %x: f16[1,16,8,8]
  const %w: f16[8,16,3,3] = random(1)
  %y = Convolution(%x, %w, _) {pre=[1,1], post=[1,1]} "conv"
  output %y
})")
                  .refusal(),
              "a window larger than one pixel, steps, padding or groups");
}

TEST(CublasLt, TakesItsFirstAlgorithmWhenTheVersionIsAnother) {
    Product product(kPlain);
    const CompiledStep step = product.step(1);
    const Port x{DType::F16, Format::Linear, {8, 24}}, w{DType::F16, Format::Linear, {24, 16}},
        y{DType::F16, Format::Linear, {8, 16}};
    const auto workspace = [&] {
        return product.backend->load(step.kernel, step.params, {})
            ->prepare(std::vector{x, w}, std::vector{y})
            ->workspaceBytes();
    };
    EXPECT_EQ(workspace(), 2 * 8 * 16 * 4);
    const Setting other("OPENTRT_EMULATED_CUBLASLT_VERSION", "130200");
    EXPECT_EQ(workspace(), 0);
}

TEST(CublasLt, RefusesOperandsOfAnotherProduct) {
    Product product(kPlain);
    const CompiledStep step = product.step();
    const auto kernel = product.backend->load(step.kernel, step.params, {});
    const auto port = [](std::vector<int64_t> dims, DType type = DType::F16) {
        return Port{type, Format::Linear, std::move(dims)};
    };
    const auto prepare = [&](Port x, Port w, Port y) {
        return errorOf([&] { kernel->prepare(std::vector{x, w}, std::vector{y}); });
    };
    EXPECT_EQ(prepare(port({8, 24}), port({24, 16}), port({8, 16})), "no error");
    EXPECT_NE(prepare(port({8, 20}), port({24, 16}), port({8, 16})), "no error");
    EXPECT_NE(prepare(port({8, 24}), port({24, 16}), port({8, 17})), "no error");
    EXPECT_NE(prepare(port({8, 24}, DType::F32), port({24, 16}), port({8, 16})), "no error");
    EXPECT_NE(errorOf([&] { kernel->prepare(std::vector{port({8, 24})}, std::vector{port({8, 16})}); }), "no error");
}

TEST(CublasLt, IsNamedWhenAPlanNeedsItAndItIsNotThere) {
    CompiledStep step = Product(kPlain).step();
    Setting missing("OPENTRT_CUBLASLT", "/nonexistent/libcublasLt.so.13");
    const Machine machine(fakeDriver(), 0);
    const auto backend = makeBackend(machine, cpuBackend());
    const std::string error = errorOf([&] { backend->load(step.kernel, step.params, {}); });
    EXPECT_NE(error.find("the plan has steps of cuBLASLt 13.1.0: OPENTRT_CUBLASLT names a file that cannot be loaded"),
              std::string::npos)
        << error;
    const Graph graph = parseGraph(kPlain);
    const TacticList list = backend->tactics(graph, graph[graph.outputs()[0]].producer, {});
    EXPECT_FALSE(list.tactics.empty()) << "our own kernels need no library";
    for (const Tactic& tactic : list.tactics) EXPECT_FALSE(tactic.name.starts_with(kPrefix));
}

}  // namespace
}  // namespace opentrt::cuda
