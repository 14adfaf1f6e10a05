// SPDX-License-Identifier: Apache-2.0
// Element types, operations and parameters of the layers that compute.
#include <limits>

#include "layer_rows.h"

namespace apitest {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

//! x under an activation with alpha and beta.
std::function<ITensor*(Rig&)> activation(ActivationType kind, float alpha, float beta, const Doubles& x) {
    return [=](Rig& r) {
        IActivationLayer* layer = r.n.addActivation(r.data({static_cast<int64_t>(x.size())}, x), kind);
        layer->setAlpha(alpha);
        layer->setBeta(beta);
        return layer->getOutput(0);
    };
}

Doubles map(const Doubles& values, double (*f)(double)) {
    Doubles out;
    for (const double v : values) out.push_back(f(v));
    return out;
}

TEST(LayerTypes, Activation) {
    using A = ActivationType;
    const Doubles x{-2, -0.5, 0, 0.5, 2};
    const auto row = [&](const char* rule, A kind, float alpha, float beta, double (*f)(double)) {
        return Row{rule, kReal + kFp8, activation(kind, alpha, beta, x), {5}, map(x, f)};
    };
    runRows({
        {"relu", kReal + kFp8 + kEight + kInts, activation(A::kRELU, 0, 0, {-3, 0, 2}), {3}, {0, 0, 2}},
        row("sigmoid", A::kSIGMOID, 0, 0, [](double v) { return 1 / (1 + std::exp(-v)); }),
        row("tanh", A::kTANH, 0, 0, [](double v) { return std::tanh(v); }),
        row("leaky relu", A::kLEAKY_RELU, 0.25F, 0, [](double v) { return v < 0 ? 0.25 * v : v; }),
        row("elu", A::kELU, 2, 0, [](double v) { return v < 0 ? 2 * (std::exp(v) - 1) : v; }),
        row("selu", A::kSELU, 2, 0.5F, [](double v) { return 0.5 * (v > 0 ? v : 2 * std::exp(v) - 2); }),
        row("softsign", A::kSOFTSIGN, 0, 0, [](double v) { return v / (1 + std::abs(v)); }),
        row("softplus", A::kSOFTPLUS, 2, 0.5F, [](double v) { return 2 * std::log(std::exp(0.5 * v) + 1); }),
        row("clip", A::kCLIP, -1, 1, [](double v) { return std::max(-1.0, std::min(v, 1.0)); }),
        row("hard sigmoid", A::kHARD_SIGMOID, 0.25F, 0.5F,
            [](double v) { return std::max(0.0, std::min(1.0, 0.25 * v + 0.5)); }),
        row("scaled tanh", A::kSCALED_TANH, 2, 0.5F, [](double v) { return 2 * std::tanh(0.5 * v); }),
        row("thresholded relu", A::kTHRESHOLDED_RELU, 0.5F, 0, [](double v) { return v > 0.5 ? v : 0; }),
        row("gelu erf", A::kGELU_ERF, 0, 0, [](double v) { return 0.5 * v * (1 + std::erf(v / std::sqrt(2))); }),
        row("gelu tanh", A::kGELU_TANH, 0, 0,
            [](double v) { return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (0.044715 * v * v * v + v))); }),
    });
}

TEST(LayerTypes, Unary) {
    using U = UnaryOperation;
    const auto unary = [](U operation, const Doubles& x) {
        return
            [=](Rig& r) { return r.n.addUnary(r.data({static_cast<int64_t>(x.size())}, x), operation)->getOutput(0); };
    };
    const Doubles x{0.25, 0.5, 1};
    const auto row = [&](const char* rule, U operation, double (*f)(double)) {
        return Row{rule, kReal + kFp8, unary(operation, x), {3}, map(x, f)};
    };
    const Types sign = kReal + kFp8 + kEight + kInts;
    runRows({
        row("exp", U::kEXP, [](double v) { return std::exp(v); }),
        row("log", U::kLOG, [](double v) { return std::log(v); }),
        row("sqrt", U::kSQRT, [](double v) { return std::sqrt(v); }),
        row("recip", U::kRECIP, [](double v) { return 1 / v; }),
        row("sin", U::kSIN, [](double v) { return std::sin(v); }),
        row("cos", U::kCOS, [](double v) { return std::cos(v); }),
        row("tan", U::kTAN, [](double v) { return std::tan(v); }),
        row("sinh", U::kSINH, [](double v) { return std::sinh(v); }),
        row("cosh", U::kCOSH, [](double v) { return std::cosh(v); }),
        row("asin", U::kASIN, [](double v) { return std::asin(v); }),
        row("acos", U::kACOS, [](double v) { return std::acos(v); }),
        row("atan", U::kATAN, [](double v) { return std::atan(v); }),
        row("asinh", U::kASINH, [](double v) { return std::asinh(v); }),
        row("erf", U::kERF, [](double v) { return std::erf(v); }),
        {"acosh", kReal, unary(U::kACOSH, {1, 2}), {2}, {0, std::acosh(2)}},
        {"atanh", kReal, unary(U::kATANH, {0, 0.5}), {2}, {0, std::atanh(0.5)}},
        {"ceil", kReal, unary(U::kCEIL, {-1.5, 0.5}), {2}, {-1, 1}},
        {"floor", kReal, unary(U::kFLOOR, {-1.5, 0.5}), {2}, {-2, 0}},
        {"round to even", kReal, unary(U::kROUND, {-1.5, 0.5, 2.5, 0.75}), {4}, {-2, 0, 2, 1}},
        {"abs", sign, unary(U::kABS, {-3, 0, 2}), {3}, {3, 0, 2}},
        {"neg", sign, unary(U::kNEG, {-3, 0, 2}), {3}, {3, 0, -2}},
        {"sign", sign, unary(U::kSIGN, {-3, 0, 2}), {3}, {-1, 0, 1}},
        {"not", kBool, unary(U::kNOT, {0, 1}), {2}, {1, 0}},
        {"isinf", kReal, unary(U::kISINF, {kInf, -kInf, 1, NAN}), {4}, {1, 1, 0, 0}},
        {"isnan", kReal, unary(U::kISNAN, {kInf, -kInf, 1, NAN}), {4}, {0, 0, 0, 1}},
    });
}

TEST(LayerTypes, ElementWise) {
    using E = ElementWiseOperation;
    const auto binary = [](E operation, const Doubles& a, const Doubles& b) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, static_cast<int64_t>(a.size())}, a);
            return r.n.addElementWise(x, r.data({2, 1}, b), operation)->getOutput(0);
        };
    };
    const Types numbers = kReal + kFp8 + kEight + kBytes + kInts;
    const auto row = [&](const char* rule, Types types, E operation, const Doubles& expected) {
        return Row{rule, std::move(types), binary(operation, {6, 3}, {3, 2}), {2, 2}, expected};
    };
    runRows({
        row("sum", numbers, E::kSUM, {9, 6, 8, 5}),
        row("prod", numbers, E::kPROD, {18, 9, 12, 6}),
        row("max", numbers, E::kMAX, {6, 3, 6, 3}),
        row("min", numbers, E::kMIN, {3, 3, 2, 2}),
        row("sub", kReal + kFp8 + kEight + kInts, E::kSUB, {3, 0, 4, 1}),
        row("div of reals", kReal, E::kDIV, {2, 1, 3, 1.5}),
        row("div of integers", kEight + kBytes + kInts, E::kDIV, {2, 1, 3, 1}),
        row("pow", kReal + kInts, E::kPOW, {216, 27, 36, 9}),
        row("floor div", kReal + kInts, E::kFLOOR_DIV, {2, 1, 3, 1}),
        row("equal", numbers, E::kEQUAL, {0, 1, 0, 0}),
        row("greater", numbers, E::kGREATER, {1, 0, 1, 1}),
        row("less", numbers, E::kLESS, {0, 0, 0, 0}),
        {"floor div of negatives",
         kReal + kEight + kInts,
         binary(E::kFLOOR_DIV, {-7, 7}, {2, -2}),
         {2, 2},
         {-4, 3, 3, -4}},
        {"and", kBool, binary(E::kAND, {0, 1}, {0, 1}), {2, 2}, {0, 0, 0, 1}},
        {"or", kBool, binary(E::kOR, {0, 1}, {0, 1}), {2, 2}, {0, 1, 1, 1}},
        {"xor", kBool, binary(E::kXOR, {0, 1}, {0, 1}), {2, 2}, {0, 1, 1, 0}},
        {"equal of booleans", kBool, binary(E::kEQUAL, {0, 1}, {0, 1}), {2, 2}, {1, 0, 0, 1}},
    });
}

TEST(LayerTypes, Reduce) {
    using O = ReduceOperation;
    const auto reduce = [](O operation, uint32_t axes, bool keep) {
        return [=](Rig& r) {
            return r.n.addReduce(r.data({2, 3}, {1, 3, 2, 4, 6, 2}), operation, axes, keep)->getOutput(0);
        };
    };
    const Types sums = kReal + kInts, most = kReal + kInts + kEight;
    runRows({
        {"sum", sums, reduce(O::kSUM, 2, false), {2}, {6, 12}},
        {"prod", sums, reduce(O::kPROD, 2, true), {2, 1}, {6, 48}},
        {"max", most, reduce(O::kMAX, 1, false), {3}, {4, 6, 2}},
        {"min", most, reduce(O::kMIN, 1, true), {1, 3}, {1, 3, 2}},
        {"avg", sums, reduce(O::kAVG, 2, false), {2}, {2, 4}},
        {"all axes", sums, reduce(O::kSUM, 3, false), {}, {18}},
    });
}

TEST(LayerTypes, SoftmaxAndRagged) {
    const double e = std::exp(1);
    runRows({
        {"softmax along the last axis",
         kReal,
         [](Rig& r) {
             ISoftMaxLayer* layer = r.n.addSoftMax(r.data({2, 2}, {0, 1, 3, 3}));
             layer->setAxes(2);
             return layer->getOutput(0);
         },
         {2, 2},
         {1 / (1 + e), e / (1 + e), 0.5, 0.5}},
        {"softmax along the third axis from the end",
         kReal,
         [](Rig& r) {
             return r.n.addSoftMax(r.data({1, 2, 1, 2}, {0, 1, 0, 1}))->getOutput(0);
         },
         {1, 2, 1, 2},
         {0.5, 0.5, 0.5, 0.5}},
        {"ragged softmax",
         kReal,
         [](Rig& r) {
             return r.n.addRaggedSoftMax(r.data({1, 2, 2}, {5, 1, 0, 1}), r.ints({1, 2, 1}, {1, 2}))->getOutput(0);
         },
         {1, 2, 2},
         {1, 0, 1 / (1 + e), e / (1 + e)}},
    });
}

TEST(LayerTypes, ScaleLrnAndPRelu) {
    const auto scale = [](ScaleMode mode, const Doubles& shift, const Doubles& factor, const Doubles& power,
                          int32_t axis) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 2, 1, 2}, {1, 2, 3, 4});
            return r.n.addScaleNd(x, mode, r.weights(shift), r.weights(factor), r.weights(power), axis)->getOutput(0);
        };
    };
    using M = ScaleMode;
    runRows({
        {"uniform scale", kReal, scale(M::kUNIFORM, {1}, {2}, {2}, 1), {1, 2, 1, 2}, {9, 25, 49, 81}},
        {"channel scale", kReal, scale(M::kCHANNEL, {0, 10}, {1, 2}, {}, 1), {1, 2, 1, 2}, {1, 2, 16, 18}},
        {"channel scale of another axis", kReal, scale(M::kCHANNEL, {0, 10}, {}, {}, 3), {1, 2, 1, 2}, {1, 12, 3, 14}},
        {"elementwise scale", kReal, scale(M::kELEMENTWISE, {}, {1, 2, 3, 4}, {}, 1), {1, 2, 1, 2}, {1, 4, 9, 16}},
        {"scale without weights", kReal, scale(M::kUNIFORM, {}, {}, {}, 1), {1, 2, 1, 2}, {1, 2, 3, 4}},
        {"local response normalisation",
         kReal,
         [](Rig& r) {
             return r.n.addLRN(r.data({1, 2, 1, 1}, {2, 4}), 3, 3, 1, 1)->getOutput(0);
         },
         {1, 2, 1, 1},
         {2.0 / 21, 4.0 / 21}},
        {"slopes broadcast to the input",
         kReal,
         [](Rig& r) {
             return r.n.addParametricReLU(r.data({2, 2}, {-2, 2, -4, 4}), r.data({2, 1}, {0.5, 2}))->getOutput(0);
         },
         {2, 2},
         {-1, 2, -8, 4}},
    });
}

TEST(LayerTypes, MatrixMultiply) {
    using O = MatrixOperation;
    const auto product = [](const Sizes& a, O opA, const Sizes& b, O opB) {
        return [=](Rig& r) {
            ITensor& x = r.data(a, {1, 2, 3, 4});
            return r.n.addMatrixMultiply(x, opA, r.data(b, {1, 0, 2, 1}), opB)->getOutput(0);
        };
    };
    runRows({
        {"matrices", kReal, product({2, 2}, O::kNONE, {2, 2}, O::kNONE), {2, 2}, {5, 2, 11, 4}},
        {"transposed first", kReal, product({2, 2}, O::kTRANSPOSE, {2, 2}, O::kNONE), {2, 2}, {7, 3, 10, 4}},
        {"transposed second", kReal, product({2, 2}, O::kNONE, {2, 2}, O::kTRANSPOSE), {2, 2}, {1, 4, 3, 10}},
        {"vectors", kReal, product({4}, O::kVECTOR, {4}, O::kVECTOR), {}, {11}},
        {"rows of vectors", kReal, product({2, 2}, O::kVECTOR, {2, 2}, O::kVECTOR), {2}, {1, 10}},
        {"matrix by vectors", kReal, product({2, 1, 2}, O::kNONE, {2, 2}, O::kVECTOR), {2, 1}, {1, 10}},
        {"broadcast batches", kReal, product({2, 1, 2}, O::kNONE, {1, 2, 2}, O::kNONE), {2, 1, 2}, {5, 2, 11, 4}},
    });
}

TEST(LayerTypes, Einsum) {
    const auto sum = [](const char* equation) {
        return [=](Rig& r) {
            ITensor* inputs[] = {&r.data({2, 2}, {1, 2, 3, 4}), &r.data({2, 2}, {1, 0, 2, 1})};
            return r.n.addEinsum(inputs, 2, equation)->getOutput(0);
        };
    };
    runRows({
        {"explicit", kReal, sum("ij,jk->ik"), {2, 2}, {5, 2, 11, 4}},
        {"implicit", kReal, sum("ij,jk"), {2, 2}, {5, 2, 11, 4}},
        {"spaces", kReal, sum(" i j , j k -> i k "), {2, 2}, {5, 2, 11, 4}},
        {"scalar", kReal, sum("ij,ij->"), {}, {11}},
        {"ellipsis", kReal, sum("...j,...j->..."), {2}, {1, 10}},
        {"diagonal", kReal, sum("ii,ij->j"), {2}, {9, 4}},
        {"one input",
         kReal,
         [](Rig& r) {
             ITensor* inputs[] = {&r.data({1, 3}, {1, 2, 3})};
             return r.n.addEinsum(inputs, 1, "ij->ji")->getOutput(0);
         },
         {3, 1},
         {1, 2, 3}},
    });
}

TEST(LayerTypes, Normalization) {
    const auto norm = [](uint32_t axes, int64_t groups, const Sizes& factors, const Doubles& scale, bool v2) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 2, 1, 2}, {1, 3, 2, 6});
            ITensor &s = r.data(factors, scale), &b = r.data(factors, Doubles(scale.size(), 1));
            INormalizationLayer* layer =
                v2 ? r.n.addNormalizationV2(x, s, b, axes) : r.n.addNormalization(x, s, b, axes);
            EXPECT_EQ(layer->isV2(), v2);
            layer->setNbGroups(groups);
            layer->setEpsilon(0);
            return layer->getOutput(0);
        };
    };
    runRows({
        {"instance", kReal, norm(12, 1, {1, 2, 1, 1}, {1, 2}, false), {1, 2, 1, 2}, {0, 2, -1, 3}},
        {"layer", kReal, norm(8, 1, {1, 1, 1, 2}, {1, 2}, false), {1, 2, 1, 2}, {0, 3, 0, 3}},
        {"group, factors for groups", kReal, norm(12, 2, {1, 2, 1, 1}, {1, 2}, false), {1, 2, 1, 2}, {0, 2, -1, 3}},
        {"group, factors for channels", kReal, norm(12, 2, {1, 2, 1, 1}, {1, 2}, true), {1, 2, 1, 2}, {0, 2, -1, 3}},
    });
}

TEST(LayerTypes, Cumulative) {
    runRows({{"running sum",
              kReal + kInts,
              [](Rig& r) {
                  ITensor& axis = r.net.constant<int32_t>({}, {-1});
                  return r.n.addCumulative(r.data({2, 2}, {1, 2, 3, 4}), axis, CumulativeOperation::kSUM, false, false)
                      ->getOutput(0);
              },
              {2, 2},
              {1, 3, 3, 7}}});
}

TEST(LayerTypes, AttentionRotaryEmbeddingAndCache) {
    const auto attention = [](bool causal, const std::function<void(Rig&, IAttention&)>& set) {
        return [=](Rig& r) {
            ITensor &q = r.data({1, 1, 1, 2}, {1, 0}), &k = r.data({1, 1, 2, 2}, {0, 0, 0, 0}),
                    &v = r.data({1, 1, 2, 2}, {2, 4, 6, 8});
            IAttention* a = r.n.addAttention(q, k, v, AttentionNormalizationOp::kSOFTMAX, causal);
            set(r, *a);
            return a->getOutput(0);
        };
    };
    const auto rotary = [](bool positions) {
        return [=](Rig& r) {
            const Sizes table = positions ? Sizes{2, 1} : Sizes{1, 1, 1};
            ITensor &c = r.data(table, Doubles(positions ? 2 : 1, 0)),
                    &s = r.data(table, positions ? Doubles{7, 1} : Doubles{1});
            IRotaryEmbeddingLayer* layer = r.n.addRotaryEmbedding(r.data({1, 1, 1, 2}, {1, 2}), c, s, false, 0);
            if (positions) layer->setInput(3, r.ints({1, 1}, {1}));
            return layer->getOutput(0);
        };
    };
    runRows({
        {"attention", kReal, attention(false, [](auto&, auto&) {}), {1, 1, 1, 2}, {4, 6}},
        {"causal attention", kReal, attention(true, [](auto&, auto&) {}), {1, 1, 1, 2}, {2, 4}},
        {"boolean mask",
         kReal,
         attention(false,
                   [](Rig& r, auto& a) {
                       EXPECT_TRUE(a.setMask(r.as(DataType::kBOOL, {1, 1, 1, 2}, {0, 1})));
                   }),
         {1, 1, 1, 2},
         {6, 8}},
        {"mask that is added",
         kReal,
         attention(false,
                   [](Rig& r, auto& a) {
                       EXPECT_TRUE(a.setMask(r.data({1, 1, 1, 2}, {0, -1000})));
                   }),
         {1, 1, 1, 2},
         {2, 4}},
        {"no normalisation",
         kReal,
         attention(false,
                   [](auto&, auto& a) { EXPECT_TRUE(a.setNormalizationOperation(AttentionNormalizationOp::kNONE)); }),
         {1, 1, 1, 2},
         {0, 0}},
        {"rotary embedding", kReal, rotary(false), {1, 1, 1, 2}, {-2, 1}},
        {"rotary embedding by positions", kReal, rotary(true), {1, 1, 1, 2}, {-2, 1}},
        {"cache",
         kReal,
         [](Rig& r) {
             return r.n
                 .addKVCacheUpdate(r.data({1, 1, 3, 1}, {1, 2, 3}), r.data({1, 1, 1, 1}, {9}), r.ints({1}, {1}),
                                   KVCacheMode::kLINEAR)
                 ->getOutput(0);
         },
         {1, 1, 3, 1},
         {1, 9, 3}},
    });
}

TEST(LayerTypes, BoxesAndDynamicQuantization) {
    const auto blocks = [](DataType to, DataType scale) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 2, 16}, Doubles(32, 3));
            IDynamicQuantizeLayer* q = r.n.addDynamicQuantizeV2(x, dimsOf({1, 1, -1}), to, scale);
            ITensor* factors = q->getOutput(1);
            if (scale != DataType::kFLOAT) factors = r.n.addCast(*factors, DataType::kFLOAT)->getOutput(0);
            IDequantizeLayer* d = r.n.addDequantize(*q->getOutput(0), *factors, DataType::kFLOAT);
            EXPECT_TRUE(d->setBlockShape(dimsOf({1, 1, 16})));
            return r.n.addReduce(*d->getOutput(0), ReduceOperation::kAVG, 4, false)->getOutput(0);
        };
    };
    runRows({
        {"boxes that do not overlap",
         kReal,
         [](Rig& r) {
             ITensor& boxes = r.data({1, 2, 4}, {0, 0, 1, 1, 2, 2, 3, 3});
             return r.n.addNMS(boxes, r.data({1, 2, 1}, {0.5, 0.75}), r.fixed({}, {2}))->getOutput(0);
         },
         {2, 3},
         {0, 0, 1, 0, 0, 0}},
        {"fp4 with fp8 scales", kReal, blocks(DataType::kFP4, DataType::kFP8), {1, 2}, {3, 3}},
        {"fp8 with f32 scales", kReal, blocks(DataType::kFP8, DataType::kFLOAT), {1, 2}, {3, 3}},
        {"i8 with f32 scales", kReal, blocks(DataType::kINT8, DataType::kFLOAT), {1, 2}, {3, 3}},
    });
}

}  // namespace
}  // namespace apitest
