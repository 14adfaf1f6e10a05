// SPDX-License-Identifier: Apache-2.0
// Which tactics families offer for a node, and that the kernels of these compile for a device that is not here.
#include "tactics.h"

#include <regex>

namespace opentrt::cuda {
namespace {

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

std::string windowsOf(const std::string& type, int images, int size, int channels, int columns) {
    return cat("graph net {\n  input %x: ", type, "[", images, ",", channels, ",", size, ",", size,
               "]\n  const %w: ", type, "[", columns, ",", channels, R"(,3,3] = random(1)
  %c = Convolution(%x, %w, _) {pre=[1,1], post=[1,1]} "conv"
  output %c
})");
}

TEST(Code, OfWindowsInTallTilesCompilesWhereTheseFillTheDeviceOnce) {
    expectTactics(windowsOf("f32", 4, 56, 64, 64), {"cuda.shifted.tf32.128x64x1"}, true);
    expectTactics(windowsOf("f16", 8, 28, 128, 128), {"cuda.shifted.128x64x1"});
    expectTactics(windowsOf("f16", 8, 14, 256, 256), {"cuda.shifted.128x32x1"});
    EXPECT_FALSE(tacticsOf(windowsOf("f16", 2, 28, 128, 128), {""}).count("cuda.shifted.128x64x1"));
    EXPECT_FALSE(tacticsOf(windowsOf("f16", 16, 28, 128, 128), {""}).count("cuda.shifted.128x64x1"));
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

//! A product with the weights as they lie in many models: rows of the weight are columns of the result.
std::string packedProduct(int rows, const std::string& type, const std::string& weights) {
    return cat("graph net {\n  input %x: ", type, "[", rows, ",512]\n  const %w: ", weights,
               "[192,512] = random(1)\n  const %s: f16[192,16] = random(2)\n  %d = Dequantize(%w, %s) {to=", type,
               ", blockShape=[1,32]} \"weights\"\n  %t = Transpose(%d) {permutation=[1,0]}\n",
               "  %y = MatrixMultiply(%x, %t) \"product\"\n  output %y\n}");
}

TEST(Code, OfNumbersPackedTwoToAByteMovesThemOnTheDevice) {
    const auto graph = [](const char* layer) {
        return cat("graph net {\n  input %x: i4[4,6,3]\n  %y = ", layer, "\n  output %y\n}");
    };
    for (const char* layer :
         {"Transpose(%x) {permutation=[2,0,1]}", "Slice(%x) {start=[0,1,0], size=[4,3,3], stride=[1,2,1]}",
          "Concatenation(%x, %x) {axis=2}"})
        EXPECT_EQ(tacticsOf(graph(layer), {"cuda.packed_copy"}), Names{"cuda.packed_copy"}) << layer;
}

TEST(Code, OfScalesThatOnlyTheRunKnowsCompiles) {
    expectTactics(R"(graph net {
  input %x: f32[1,3,4,4]
  input %s: f32[4]
  const %d: i32[4] = [1,3,8,6]
  %y = Resize(%x, %d, %s) {mode=linear}
  output %y
})",
                  {"cuda.resize"});
}

TEST(Code, OfWeightsOfFourBitsCompiles) {
    const std::string family = "cuda.packed_product.";
    for (const char* type : {"f16", "bf16"}) {
        for (const char* weights : {"i4", "f4"}) {
            expectTactics(packedProduct(1, type, weights), {family + "16x8x16", family + "32x8x8"});
            expectTactics(packedProduct(64, type, weights), {family + "32x64x4"});
        }
    }
    for (const std::string& name : tacticsOf(packedProduct(513, "f16", "i4"), {""}))
        EXPECT_FALSE(name.starts_with(family));
    for (const std::string& name : tacticsOf(packedProduct(1, "f32", "i4"), {""}))
        EXPECT_FALSE(name.starts_with(family));
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

//! A product with a residual and the normalisation of what it makes; whether the rows themselves are read, too.
std::string normedProduct(int rows, int columns, bool reads) {
    return cat("graph net {\n  input %x: f16[", rows, ",768]\n  input %r: f16[", rows, ",", columns,
               "]\n  const %w: f16[768,", columns, "] = random(1)\n  const %g: f16[1,", columns, R"(] = random(2)
  %c = MatrixMultiply(%x, %w) "product"
  %h = ElementWise(%c, %r) {operation=sum} "add"
  %n = Normalization(%h, %g, _) {axes=[1], epsilon=0.001} "norm"
  output %n
)",
               reads ? "  output %h\n}" : "}");
}

TEST(Code, OfProductsThatNormaliseTheirRowsCompiles) {
    const std::string family = "cuda.normed_rows.";
    expectTactics(normedProduct(6304, 768, true), {family + "192x192"});
    expectTactics(normedProduct(4096, 768, false), {family + "128x192", family + "192x192", family + "128x256"});
    expectTactics(normedProduct(4096, 512, true), {family + "128x128", family + "64x256"});
    // Rows that do not fill the device are normalised by a kernel of their own, or by the products that read them.
    EXPECT_FALSE(tacticsOf(normedProduct(1024, 768, true), {""}).count(family + "64x192"));
}

//! Two products of rows, hidden ones between them, and the normalisation of what they make.
std::string mlp(const char* type, int rows, int inner, int columns, bool reads) {
    const auto tensor = [&](int of, int by) { return cat(type, "[", of, ",", by, "]"); };
    return cat("graph net {\n  input %x: ", tensor(rows, inner), "\n  input %r: ", tensor(rows, columns),
               "\n  const %v: ", tensor(inner, 4 * columns), " = random(1)\n  const %b: ", tensor(1, 4 * columns),
               " = random(2)\n  const %w: ", tensor(4 * columns, columns),
               " = random(3)\n  const %g: ", tensor(1, columns), R"( = random(4)
  %p = MatrixMultiply(%x, %v) "up"
  %q = ElementWise(%p, %b) {operation=sum} "bias"
  %a = Activation(%q) {function=gelu_tanh} "gelu"
  %c = MatrixMultiply(%a, %w) "down"
  %h = ElementWise(%c, %r) {operation=sum} "add"
  %n = Normalization(%h, %g, _) {axes=[1], epsilon=0.001} "norm"
  output %n
)",
               reads ? "  output %h\n}" : "}");
}

TEST(Code, OfTwoProductsOfRowsCompiles) {
    const std::string name = "cuda.mlp.128x192";
    expectTactics(mlp("f16", 4096, 768, 768, true), {name});
    expectTactics(mlp("bf16", 5300, 64, 384, false), {name});
    expectTactics(mlp("f16", 2900, 320, 576, false), {name});
    // Rows that do not fill the device, more than fill it once, and columns that tiles do not fit.
    EXPECT_FALSE(tacticsOf(mlp("f16", 1024, 768, 768, true), {""}).count(name));
    EXPECT_FALSE(tacticsOf(mlp("f16", 6304, 768, 768, true), {""}).count(name));
    EXPECT_FALSE(tacticsOf(mlp("f16", 4096, 1024, 1024, true), {""}).count(name));
}

//! The end of a block of a residual network and the beginning of the next one.
std::string chain(const std::string& image, int channels, bool narrow) {
    const auto convolution = [&](int i, const std::string& of, int from, int to, const char* window, const char* also) {
        const std::string weights = cat("[", to, ",", from, ",", window, "] = random(", i, ")\n");
        const std::string made =
            cat("  %c", i, " = Convolution(", of, ", ", narrow ? "%v" : "%w", i, ") ", also, " \"conv ", i, "\"\n");
        if (!narrow) return cat("  const %w", i, ": f16", weights, made);
        return cat("  const %w", i, ": i8", weights, "  %v", i, " = Dequantize(%w", i, ", %s) \"weights ", i, "\"\n",
                   made);
    };
    const auto relu = [&](int i, const std::string& of) {
        const std::string made = cat("  %t", i, " = Activation(", of, ") {function=relu} \"relu ", i, "\"\n");
        if (!narrow) return made;
        return cat(made, "  %q", i, " = Quantize(%t", i, ", %s) \"narrow ", i, "\"\n  %d", i, " = Dequantize(%q", i,
                   ", %s) \"real ", i, "\"\n");
    };
    const std::string type = narrow ? "i8" : "f16", n = narrow ? "%d" : "%t", result = narrow ? "%q" : "%t";
    return cat("graph net {\n  input %x: ", type, image, "\n  input %r: ", type, "[4,", channels * 4,
               image.substr(image.find(',', 3)),
               narrow ? "\n  const %s: f32[] = [0.5]\n  %d0 = Dequantize(%x, %s) \"real\"\n  %d4 = Dequantize(%r, %s) "
                        "\"residual\"\n"
                      : "\n",
               convolution(1, narrow ? "%d0" : "%x", channels, channels, "3,3", "{pre=[1,1], post=[1,1]}"),
               relu(1, "%c1"), convolution(2, n + "1", channels, channels * 4, "1,1", ""), "  %j = ElementWise(%c2, ",
               narrow ? "%d4" : "%r", ") {operation=sum} \"join\"\n", relu(2, "%j"),
               convolution(3, n + "2", channels * 4, channels, "1,1", ""), relu(3, "%c3"), "  output ", result,
               "3\n  output ", result, "2\n}");
}

TEST(Code, OfChainsOfConvolutionsCompiles) {
    const std::string family = "cuda.chain.";
    for (const bool narrow : {false, true}) {
        expectTactics(chain("[4,64,56,56]", 64, narrow), {family + "56x2x1"});
        expectTactics(chain("[4,64,14,14]", 64, narrow), {family + "14x1x2"});
    }
    expectTactics(chain("[4,64,28,56]", 64, false), {family + "56x1x1"});
    expectTactics(chain("[4,128,28,28]", 128, true), {family + "28x1x2"});
    // Each block brings all weights.
    expectTactics(chain("[4,128,28,28]", 128, false), {family + "28x1x2/2"});
    for (const std::string& name : tacticsOf(chain("[4,256,14,14]", 256, true), {""}))
        EXPECT_FALSE(name.starts_with(family));
}

//! Of rows of 64 bytes, with a residual.
std::string shallowProduct(int rows, const std::string& type) {
    const bool narrow = type == "i8";
    const int k = narrow ? 64 : 32;
    return cat("graph net {\n  input %x: ", type, "[", rows, ",", k, "]\n  input %r: f16[", rows,
               ",256]\n  const %w: ", type, "[", k, ",256] = random(1)\n  %c = MatrixMultiply(%x, %w)",
               narrow ? " {quantized=true}" : "", R"( "product"
  %h = Cast(%c) {to=f16} "half"
  %y = ElementWise(%h, %r) {operation=sum} "add"
  output %y
})");
}

TEST(Code, OfShallowProductsCompilesForManyBlocks) {
    for (const char* type : {"f16", "i8"}) {
        expectTactics(shallowProduct(65536, type),
                      {"cuda.wgmma.64x64loops", "cuda.wgmma.64x128loops", "cuda.staying.64x4", "cuda.staying.128x3"},
                      true);
    }
}

TEST(Code, OfRowsThatGoStraightIntoRegistersCompiles) {
    for (const char* type : {"f16", "i8"}) {
        expectTactics(shallowProduct(12544, type),
                      {"cuda.direct.192x128x8", "cuda.direct.96x256x12", "cuda.direct.48x256x12"});
    }
    expectTactics(R"(graph net {
  input %x: f16[4,256,28,28]
  const %w: f16[512,256,1,1] = random(1)
  %c = Convolution(%x, %w) {stride=[2,2]} "pixels left out"
  output %c
})",
                  {"cuda.direct.48x64x3", "cuda.direct.48x64x6half"});
}

TEST(Code, OfFewRowsInTheColumnsOfAProductCompiles) {
    expectTactics(R"(graph net {
  input %x: i8[784,1024]
  const %w: i8[1024,256] = random(1)
  %c = MatrixMultiply(%x, %w) {quantized=true} "product"
  output %c
})",
                  {"cuda.wgmma.24x64", "cuda.wgmma.48x64/2"});
}

TEST(Code, OfMeansOfSmallImagesCompiles) {
    const Names names{"cuda.wgmma.64x32", "cuda.wgmma.64x64", "cuda.wgmma.64x128"};
    EXPECT_EQ(tacticsOf(R"(graph net {
  input %x: f16[4,512,7,7]
  input %r: f16[4,256,7,7]
  const %w: f16[256,512,1,1] = random(1)
  %c = Convolution(%x, %w) "product"
  %a = ElementWise(%c, %r) {operation=sum} "sum"
  %m = Reduce(%a) {operation=avg, axes=[2,3], keep=true} "mean"
  output %m
})"),
              names);
    EXPECT_EQ(tacticsOf(R"(graph net {
  input %x: i8[4,512,7,7]
  const %s: f32[] = [0.25]
  const %w: i8[256,512,1,1] = random(1)
  %d = Dequantize(%x, %s) "d"
  %v = Dequantize(%w, %s) "v"
  %c = Convolution(%d, %v) "product"
  %m = Reduce(%c) {operation=avg, axes=[2,3], keep=true} "mean"
  %q = Quantize(%m, %s) "q"
  output %q
})"),
              names);
}

TEST(Code, OfLoopsOverOddColumnsCompiles) {
    const auto product = [](const char* type, const char* behind) {
        return std::regex_replace(cat(R"(graph net {
  input %x: TYPE[8192,512]
  const %w: TYPE[512,757] = random(1)
  const %b: TYPE[1,757] = random(2)
  %c = MatrixMultiply(%x, %w) "product"
)",
                                      behind, "}"),
                                  std::regex("TYPE"), type);
    };
    const char* gelu = R"(  %d = ElementWise(%c, %b) {operation=sum} "add"
  %y = Activation(%d) {function=gelu_erf} "gelu"
  output %y
)";
    expectTactics(product("f16", gelu), {"cuda.wgmma.128x96loop", "cuda.wgmma.128x192loop", "cuda.wgmma.128x128turns"});
    expectTactics(product("f32", gelu),
                  {"cuda.wgmma.tf32.128x96loop", "cuda.wgmma.tf32.192x192loop", "cuda.wgmma.tf32.128x128turns"}, true);
    expectTactics(product("bf16", "  output %c\n"), {"cuda.wgmma.128x192turns", "cuda.wgmma.192x128turns"});
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
                          "cuda.wgmma.64x32", "cuda.wgmma.64x64/2", "cuda.wgmma.128x96", "cuda.wgmma.128x96/2"});
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
    const Names names{"cuda.stem.4x64x64", "cuda.stem.2x64x64", "cuda.stem.3x32x64", "cuda.stem.5x64x64",
                      "cuda.stem.5x128x64"};
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
    expectTactics(
        R"(graph net {
  input %x: f16[1,32,14,14]
  const %w: f16[32,1,5,5] = random(1)
  %c = Convolution(%x, %w, _) {groups=32, pre=[2,2], post=[2,2]} "conv"
  output %c
})",
        {"cuda.depthwise.1", "cuda.depthwise.1ahead", "cuda.depthwise.2x2", "cuda.depthwise.4", "cuda.depthwise.4x4"});
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

}  // namespace
}  // namespace opentrt::cuda
