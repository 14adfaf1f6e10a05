// SPDX-License-Identifier: Apache-2.0
// Tensors without elements: a rule that holds for a dimension of any length holds for length 0, and the layers whose
// result of nothing is something say what.
#include <limits>

#include "layer_rows.h"

namespace apitest {
namespace {

const Types kF32{DataType::kFLOAT};
constexpr double kInf = std::numeric_limits<double>::infinity();

using Make = std::function<ITensor*(Rig&)>;

//! Runs layers of one operand [2, 0, 3] whose result has these dimensions.
Row empty(const char* rule, const Make& make, const Sizes& dims) {
    return {rule, kF32, make, dims, {}};
}

TEST(EmptyTensors, PassThroughPointwiseLayers) {
    const auto x = [](Rig& r) -> ITensor& { return r.data({2, 0, 3}, {}); };
    const Sizes same{2, 0, 3};
    runRows({
        empty(
            "activation", [=](Rig& r) { return r.n.addActivation(x(r), ActivationType::kTANH)->getOutput(0); }, same),
        empty(
            "unary", [=](Rig& r) { return r.n.addUnary(x(r), UnaryOperation::kEXP)->getOutput(0); }, same),
        empty(
            "identity", [=](Rig& r) { return r.n.addIdentity(x(r))->getOutput(0); }, same),
        empty(
            "cast", [=](Rig& r) { return r.n.addCast(x(r), DataType::kINT32)->getOutput(0); }, same),
        empty(
            "elementwise",
            [=](Rig& r) {
                return r.n.addElementWise(x(r), r.data({1, 1, 3}, {1, 2, 3}), ElementWiseOperation::kSUM)->getOutput(0);
            },
            same),
        empty(
            "elementwise broadcast of both",
            [=](Rig& r) {
                return r.n
                    .addElementWise(r.data({1, 0, 1}, {}), r.data({2, 1, 3}, {1, 2, 3, 4, 5, 6}),
                                    ElementWiseOperation::kPROD)
                    ->getOutput(0);
            },
            same),
        empty("select",
              [=](Rig& r) {
                  ITensor& c = r.as(DataType::kBOOL, {1, 1, 0, 9}, {});
                  return r.n.addSelect(c, r.data({1, 1, 0, 9}, {}), r.data({1, 3, 1, 9}, Doubles(27, 1)))->getOutput(0);
              },
              {1, 3, 0, 9}),
        empty(
            "parametric relu",
            [=](Rig& r) {
                return r.n.addParametricReLU(x(r), r.data({1, 1, 3}, {1, 2, 3}))->getOutput(0);
            },
            same),
        empty("scale",
              [=](Rig& r) {
                  return r.n
                      .addScaleNd(r.data({0, 2, 1, 1}, {}), ScaleMode::kCHANNEL, r.weights({1, 2}), Weights{},
                                  Weights{}, 1)
                      ->getOutput(0);
              },
              {0, 2, 1, 1}),
        empty("lrn",
              [=](Rig& r) {
                  return r.n.addLRN(r.data({0, 2, 1, 1}, {}), 3, 1, 1, 1)->getOutput(0);
              },
              {0, 2, 1, 1}),
        empty(
            "softmax", [=](Rig& r) { return r.n.addSoftMax(x(r))->getOutput(0); }, same),
        empty(
            "softmax of nothing",
            [=](Rig& r) {
                ISoftMaxLayer* layer = r.n.addSoftMax(x(r));
                layer->setAxes(2);
                return layer->getOutput(0);
            },
            same),
        empty(
            "quantize and back",
            [=](Rig& r) {
                ITensor& one = r.net.constant<float>({}, {1});
                return r.n.addDequantize(*r.n.addQuantize(x(r), one)->getOutput(0), one)->getOutput(0);
            },
            same),
        empty(
            "cumulative",
            [=](Rig& r) {
                ITensor& axis = r.net.constant<int32_t>({}, {1});
                return r.n.addCumulative(x(r), axis, CumulativeOperation::kSUM, false, false)->getOutput(0);
            },
            same),
        empty(
            "normalization",
            [=](Rig& r) {
                ITensor& one = r.data({1, 1, 3}, {1, 1, 1});
                return r.n.addNormalizationV2(x(r), one, one, 4)->getOutput(0);
            },
            same),
        empty("reverse sequence",
              [=](Rig& r) {
                  return r.n.addReverseSequence(r.data({0, 2}, {}), r.ints({2}, {0, 0}))->getOutput(0);
              },
              {0, 2}),
        empty("ragged softmax",
              [=](Rig& r) {
                  return r.n.addRaggedSoftMax(r.data({1, 0, 3}, {}), r.ints({1, 0, 1}, {}))->getOutput(0);
              },
              {1, 0, 3}),
    });
}

TEST(EmptyTensors, MoveAsOthers) {
    runRows({
        {"concatenation of nothing and something",
         kF32,
         [](Rig& r) {
             ITensor* inputs[] = {&r.data({2, 0}, {}), &r.data({2, 1}, {1, 2})};
             IConcatenationLayer* layer = r.n.addConcatenation(inputs, 2);
             layer->setAxis(1);
             return layer->getOutput(0);
         },
         {2, 1},
         {1, 2}},
        empty("concatenation of nothings",
              [](Rig& r) {
                  ITensor* inputs[] = {&r.data({2, 0}, {}), &r.data({2, 0}, {})};
                  return r.n.addConcatenation(inputs, 2)->getOutput(0);
              },
              {4, 0}),
        empty("reshape that copies zeros",
              [](Rig& r) {
                  IShuffleLayer* layer = r.n.addShuffle(r.data({2, 0, 3}, {}));
                  layer->setReshapeDimensions(dimsOf({0, 0, 3, 1}));
                  return layer->getOutput(0);
              },
              {2, 0, 3, 1}),
        empty("reshape to dimensions of zero",
              [](Rig& r) {
                  IShuffleLayer* layer = r.n.addShuffle(r.data({2, 0, 3}, {}));
                  layer->setZeroIsPlaceholder(false);
                  layer->setReshapeDimensions(dimsOf({5, 0}));
                  return layer->getOutput(0);
              },
              {5, 0}),
        empty("-1 that is unique",
              [](Rig& r) {
                  IShuffleLayer* layer = r.n.addShuffle(r.data({2, 0, 3}, {}));
                  layer->setReshapeDimensions(dimsOf({-1, 6}));
                  return layer->getOutput(0);
              },
              {0, 6}),
        empty("slice of size zero",
              [](Rig& r) {
                  return r.n.addSlice(r.data({3}, {1, 2, 3}), dimsOf({1}), dimsOf({0}), dimsOf({1}))->getOutput(0);
              },
              {0}),
        {"slice that fills from nothing",
         kF32,
         [](Rig& r) {
             ISliceLayer* layer = r.n.addSlice(r.data({0}, {}), dimsOf({0}), dimsOf({2}), dimsOf({1}));
             layer->setMode(SampleMode::kFILL);
             return layer->getOutput(0);
         },
         {2},
         {0, 0}},
        empty("gather of nothing",
              [](Rig& r) {
                  return r.n.addGather(r.data({2, 3}, Doubles(6, 1)), r.ints({0}, {}), 0)->getOutput(0);
              },
              {0, 3}),
        {"gather from nothing",
         kF32,
         [](Rig& r) {
             return r.n.addGather(r.data({0, 2}, {}), r.ints({1}, {0}), 0)->getOutput(0);
         },
         {1, 2},
         {0, 0}},
        empty("gather elements of nothing",
              [](Rig& r) {
                  return r.n.addGatherV2(r.data({2, 3}, Doubles(6, 1)), r.ints({0, 3}, {}), GatherMode::kELEMENT)
                      ->getOutput(0);
              },
              {0, 3}),
        empty("tuples of nothing",
              [](Rig& r) {
                  return r.n.addGatherV2(r.data({2, 3}, Doubles(6, 1)), r.ints({0, 2}, {}), GatherMode::kND)
                      ->getOutput(0);
              },
              {0}),
        {"scatter of nothing",
         kF32,
         [](Rig& r) {
             return r.n.addScatter(r.data({2}, {1, 2}), r.ints({0, 1}, {}), r.data({0}, {}), ScatterMode::kND)
                 ->getOutput(0);
         },
         {2},
         {1, 2}},
        {"padding around nothing",
         kF32,
         [](Rig& r) {
             return r.n.addPaddingNd(r.data({1, 1, 0, 1}, {}), Dims2(1, 0), Dims2(1, 0))->getOutput(0);
         },
         {1, 1, 2, 1},
         {0, 0}},
        {"shape",
         kF32,
         [](Rig& r) {
             return r.n.addShape(r.data({2, 0, 3}, {}))->getOutput(0);
         },
         {3},
         {2, 0, 3}},
        empty("squeeze",
              [](Rig& r) {
                  return r.n.addSqueeze(r.data({1, 0}, {}), r.shape({0}))->getOutput(0);
              },
              {0}),
        empty("unsqueeze", [](Rig& r) { return r.n.addUnsqueeze(r.data({0}, {}), r.shape({0}))->getOutput(0); },
              {1, 0}),
        empty("one-hot",
              [](Rig& r) {
                  return r.n.addOneHot(r.ints({0}, {}), r.data({2}, {0, 1}), r.net.constant<int32_t>({}, {3}), -1)
                      ->getOutput(0);
              },
              {0, 3}),
        empty("non-zero",
              [](Rig& r) {
                  return r.n.addNonZero(r.data({2, 0}, {}))->getOutput(0);
              },
              {2, 0}),
        empty("constant",
              [](Rig& r) {
                  return r.n.addConstant(dimsOf({0, 2}), Weights{})->getOutput(0);
              },
              {0, 2}),
        empty("fill",
              [](Rig& r) { return r.n.addFill(dimsOf({0}), FillOperation::kLINSPACE, DataType::kFLOAT)->getOutput(0); },
              {0}),
        empty("top-k of no rows",
              [](Rig& r) {
                  return r.n.addTopK(r.data({0, 3}, {}), TopKOperation::kMAX, 2, 2)->getOutput(0);
              },
              {0, 2}),
        empty("resize of no images",
              [](Rig& r) {
                  IResizeLayer* layer = r.n.addResize(r.data({0, 1, 2, 2}, {}));
                  layer->setOutputDimensions(dimsOf({0, 1, 4, 4}));
                  return layer->getOutput(0);
              },
              {0, 1, 4, 4}),
        empty("grid without points",
              [](Rig& r) {
                  return r.n.addGridSample(r.data({1, 1, 2, 2}, {1, 2, 3, 4}), r.data({1, 0, 3, 2}, {}))->getOutput(0);
              },
              {1, 1, 0, 3}),
        empty("suppression without boxes",
              [](Rig& r) {
                  return r.n.addNMS(r.data({1, 0, 4}, {}), r.data({1, 0, 2}, {}), r.net.constant<int32_t>({}, {3}))
                      ->getOutput(0);
              },
              {0, 3}),
    });
}

TEST(EmptyTensors, SumsOfNothing) {
    const auto reduce = [](DataType type, ReduceOperation operation) {
        return [=](Rig& r) { return r.n.addReduce(r.as(type, {2, 0}, {}), operation, 2, false)->getOutput(0); };
    };
    const auto conv = [](bool bias) {
        return [=](Rig& r) {
            return r.n
                .addConvolutionNd(r.data({1, 0, 2, 2}, {}), 2, Dims2(2, 1), Weights{},
                                  bias ? r.weights({3, 4}) : Weights{})
                ->getOutput(0);
        };
    };
    using O = ReduceOperation;
    const auto i32 = DataType::kINT32, f32 = DataType::kFLOAT, i8 = DataType::kINT8;
    runRows({
        {"sum", kF32, reduce(f32, O::kSUM), {2}, {0, 0}},
        {"product", kF32, reduce(f32, O::kPROD), {2}, {1, 1}},
        {"maximum", kF32, reduce(f32, O::kMAX), {2}, {-kInf, -kInf}},
        {"minimum", kF32, reduce(f32, O::kMIN), {2}, {kInf, kInf}},
        {"average", kF32, reduce(f32, O::kAVG), {2}, {NAN, NAN}},
        {"sum of i32", kF32, reduce(i32, O::kSUM), {2}, {0, 0}},
        {"product of i32", kF32, reduce(i32, O::kPROD), {2}, {1, 1}},
        {"maximum of i32", kF32, reduce(i32, O::kMAX), {2}, {-2147483648.0, -2147483648.0}},
        {"minimum of i32", kF32, reduce(i32, O::kMIN), {2}, {2147483647, 2147483647}},
        {"average of i32", kF32, reduce(i32, O::kAVG), {2}, {0, 0}},
        {"maximum of i8", kF32, reduce(i8, O::kMAX), {2}, {-128, -128}},
        {"minimum of i8", kF32, reduce(i8, O::kMIN), {2}, {127, 127}},
        {"convolution of no channels", kF32, conv(false), {1, 2, 1, 2}, {0, 0, 0, 0}},
        {"convolution of no channels with bias", kF32, conv(true), {1, 2, 1, 2}, {3, 3, 4, 4}},
        {"matrix product over nothing",
         kF32,
         [](Rig& r) {
             return r.n
                 .addMatrixMultiply(r.data({2, 0}, {}), MatrixOperation::kNONE, r.data({0, 1}, {}),
                                    MatrixOperation::kNONE)
                 ->getOutput(0);
         },
         {2, 1},
         {0, 0}},
        {"einsum over nothing",
         kF32,
         [](Rig& r) {
             ITensor* inputs[] = {&r.data({2, 0}, {}), &r.data({0}, {})};
             return r.n.addEinsum(inputs, 2, "ij,j->i")->getOutput(0);
         },
         {2},
         {0, 0}},
    });
}

TEST(EmptyTensors, WindowsOverNoImages) {
    runRows({
        empty("convolution",
              [](Rig& r) {
                  return r.n
                      .addConvolutionNd(r.data({0, 1, 2, 2}, {}), 3, Dims2(1, 1), r.weights({1, 2, 3}), Weights{})
                      ->getOutput(0);
              },
              {0, 3, 2, 2}),
        empty("deconvolution",
              [](Rig& r) {
                  return r.n
                      .addDeconvolutionNd(r.data({0, 1, 2, 2}, {}), 3, Dims2(1, 1), r.weights({1, 2, 3}), Weights{})
                      ->getOutput(0);
              },
              {0, 3, 2, 2}),
        empty("pooling",
              [](Rig& r) {
                  return r.n.addPoolingNd(r.data({0, 1, 2, 2}, {}), PoolingType::kMAX, Dims2(2, 2))->getOutput(0);
              },
              {0, 1, 1, 1}),
        empty("matrix product",
              [](Rig& r) {
                  return r.n
                      .addMatrixMultiply(r.data({0, 2, 3}, {}), MatrixOperation::kNONE,
                                         r.data({1, 3, 2}, Doubles(6, 1)), MatrixOperation::kNONE)
                      ->getOutput(0);
              },
              {0, 2, 2}),
        empty("attention",
              [](Rig& r) {
                  ITensor &q = r.data({0, 2, 3, 4}, {}), &k = r.data({0, 2, 5, 4}, {});
                  IAttention* layer = r.n.addAttention(q, k, k, AttentionNormalizationOp::kSOFTMAX, false);
                  return layer->getOutput(0);
              },
              {0, 2, 3, 4}),
        empty("rotary embedding",
              [](Rig& r) {
                  ITensor& table = r.data({0, 3, 2}, {});
                  return r.n.addRotaryEmbedding(r.data({0, 2, 3, 4}, {}), table, table, false, 0)->getOutput(0);
              },
              {0, 2, 3, 4}),
    });
}

}  // namespace
}  // namespace apitest
