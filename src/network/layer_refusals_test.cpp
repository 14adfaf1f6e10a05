// SPDX-License-Identifier: Apache-2.0
// What layers that move, select, reduce and convert elements refuse, and the limits of tensors.
#include <cmath>

#include "network/rule_table.h"

namespace opentrt::network {
namespace {

using Make = std::function<ILayer*(TestNet&)>;
constexpr auto kI32 = DataType::kINT32;

ITensor& x23(TestNet& net, DataType type = DataType::kFLOAT) {
    return net.input("x", {2, 3}, type);
}
ITensor& scalar(TestNet& net, double value, DType type = DType::I32) {
    return net.constant({}, {value}, type);
}

TEST(LayerRefusals, Reductions) {
    const char* real = "input 0 is i32 when it should be f32, f16 or bf16";
    expectOnDemand({
        {"softmax of i32", [](TestNet& n) { return n->addSoftMax(x23(n, kI32)); }, real},
        {"softmax along two axes",
         [](TestNet& n) { return with<ISoftMaxLayer>(n->addSoftMax(x23(n)), [](auto& s) { s.setAxes(3); }); },
         "the axes mask 3 names 2 axes when the layer works on one"},
        {"softmax along an axis that does not exist",
         [](TestNet& n) { return with<ISoftMaxLayer>(n->addSoftMax(x23(n)), [](auto& s) { s.setAxes(8); }); },
         "axis 3 is out of range for rank 2; it must lie in [-2,1]"},
        {"ragged softmax of another count",
         [](TestNet& n) {
             return n->addRaggedSoftMax(n.input("x", {1, 2, 3}), n.input("b", {1, 3, 1}, kI32));
         },
         "dimension 1 of the bounds is 3 when it should be 2"},
        {"sum of bool",
         [](TestNet& n) { return n->addReduce(x23(n, DataType::kBOOL), ReduceOperation::kSUM, 1, false); },
         "input 0 is bool when it should be f32, f16, bf16, i32 or i64"},
        {"sum along no axis", [](TestNet& n) { return n->addReduce(x23(n), ReduceOperation::kSUM, 0, false); },
         "no axes to reduce are given"},
        {"sum along an axis that does not exist",
         [](TestNet& n) { return n->addReduce(x23(n), ReduceOperation::kSUM, 4, false); },
         "axis 2 is out of range for rank 2; it must lie in [-2,1]"},
        {"products of i32 and f32",
         [](TestNet& n) {
             return n->addMatrixMultiply(x23(n), MatrixOperation::kNONE, n.input("y", {3, 2}, kI32),
                                         MatrixOperation::kNONE);
         },
         "inputs 0 and 1 are f32 and i32 when they should be alike; insert a cast"},
        {"matrices that do not fit",
         [](TestNet& n) {
             ITensor& x = x23(n);
             return n->addMatrixMultiply(x, MatrixOperation::kNONE, x, MatrixOperation::kNONE);
         },
         "first matrix has 3 columns when the second has 2 rows, from dimensions [2,3] and [2,3]"},
        {"a matrix of one dimension",
         [](TestNet& n) {
             ITensor& x = n.input("x", {3});
             return n->addMatrixMultiply(x, MatrixOperation::kNONE, x, MatrixOperation::kVECTOR);
         },
         "input 0 has rank 1 when it should be at least 2"},
        {"labels of two lengths",
         [](TestNet& n) {
             ITensor* inputs[] = {&x23(n), &n.input("y", {2, 2})};
             return n->addEinsum(inputs, 2, "ij,jk");
         },
         "dimension 0 of input 1 is 2 when its label stands for 3 in 'ij,jk'"},
        {"normalisation of i32",
         [](TestNet& n) {
             ITensor& x = x23(n, kI32);
             return n->addNormalizationV2(x, x, x, 2);
         },
         real},
        {"factors that do not broadcast",
         [](TestNet& n) {
             ITensor& s = n.input("s", {2, 2});
             return n->addNormalizationV2(x23(n), s, s, 2);
         },
         "input 1 has dimensions [2,2] when they should broadcast to [2,3]"},
        {"groups that do not divide the channels",
         [](TestNet& n) {
             ITensor& s = n.input("s", {1, 3, 1});
             return with<INormalizationLayer>(n->addNormalizationV2(n.input("x", {1, 3, 4}), s, s, 4),
                                              [](auto& l) { l.setNbGroups(2); });
         },
         "number of channels is 3 when it should be a multiple of the 2 groups"},
        {"groups of other axes",
         [](TestNet& n) {
             ITensor& s = n.input("s", {1, 4, 1, 1});
             return with<INormalizationLayer>(n->addNormalizationV2(n.input("x", {1, 4, 4, 4}), s, s, 4),
                                              [](auto& l) { l.setNbGroups(2); });
         },
         "axes are [2] when groups need all those behind the channels"},
        {"axis of a running sum that is not known",
         [](TestNet& n) {
             return n->addCumulative(x23(n), n.input("axis", {1, 1}, kI32), CumulativeOperation::kSUM, false, false);
         },
         "axis should be known at build time"},
        {"axis of a running sum outside",
         [](TestNet& n) { return n->addCumulative(x23(n), scalar(n, 2), CumulativeOperation::kSUM, false, false); },
         "axis 2 is out of range for rank 2; it must lie in [-2,1]"},
    });
}

TEST(LayerRefusals, Movement) {
    const auto shuffle = [](std::function<void(TestNet&, IShuffleLayer&)> set) {
        return [set](TestNet& n) -> ILayer* {
            IShuffleLayer* layer = n->addShuffle(x23(n));
            set(n, *layer);
            return layer;
        };
    };
    const auto slice = [](const std::vector<int64_t>& start, const std::vector<int64_t>& size,
                          std::function<void(TestNet&, ISliceLayer&)> set) {
        return [=](TestNet& n) -> ILayer* {
            ISliceLayer* layer = n->addSlice(x23(n), dims(start), dims(size), dims({1, 1}));
            set(n, *layer);
            return layer;
        };
    };
    const auto resize = [](std::function<void(IResizeLayer&)> set) {
        return [set](TestNet& n) { return with<IResizeLayer>(n->addResize(x23(n)), set); };
    };
    expectOnDemand({
        {"concatenation of two types",
         [](TestNet& n) {
             ITensor* inputs[] = {&x23(n), &n.input("y", {2, 3}, kI32)};
             return n->addConcatenation(inputs, 2);
         },
         "inputs 0 and 1 are f32 and i32 when they should be alike; insert a cast"},
        {"concatenation of other dimensions",
         [](TestNet& n) {
             ITensor* inputs[] = {&x23(n), &n.input("y", {2, 4})};
             return n->addConcatenation(inputs, 2);
         },
         "dimension 1 of input 1 is 4 when it should be 3"},
        {"two wildcards", shuffle([](auto&, auto& l) {
             l.setReshapeDimensions(dims({-1, -1}));
         }),
         "reshape dimensions [-1,-1] hold -1 more than once"},
        {"another volume", shuffle([](auto&, auto& l) { l.setReshapeDimensions(dims({5})); }),
         "dimensions [2,3] of volume 6 cannot be reshaped to [5] of volume 5"},
        {"0 behind the input's dimensions", shuffle([](auto&, auto& l) {
             l.setReshapeDimensions(dims({1, 6, 0}));
         }),
         "reshape dimension 2 copies dimension 2 of a tensor of rank 2"},
        {"a transpose that is none", shuffle([](auto&, auto& l) {
             l.setFirstTranspose({{1, 1}});
         }),
         "first transpose is [1,1] when it should hold each of the 2 dimensions once"},
        {"wildcard of an empty tensor",
         [](TestNet& n) {
             IShuffleLayer* layer = n->addShuffle(n.input("e", {0, 3}));
             layer->setReshapeDimensions(dims({0, -1}));
             return layer;
         },
         "a -1 in the reshape dimensions cannot be computed beside a dimension of 0"},
        {"slice that leaves its input", slice({0, 2}, {2, 2}, [](auto&, auto&) {}),
         "slice of 2 from 2 by 1 leaves axis 1 of size 3"},
        {"slice of other ranks", slice({0}, {2}, [](auto&, auto&) {}),
         "start has 1 entries when it should have 2, one for each axis or dimension"},
        {"fill value of another mode",
         slice({0, 0}, {2, 3}, [](TestNet& n, auto& l) { l.setInput(4, n.constant({}, {1})); }),
         "a fill value is given in mode strict"},
        {"axis twice",
         slice({0, 0}, {2, 3},
               [](auto&, auto& l) {
                   l.setAxes(dims({1, -1}));
               }),
         "axes [1,-1] name an axis twice"},
        {"clamped slice of nothing",
         [](TestNet& n) {
             ISliceLayer* layer = n->addSlice(n.input("e", {0}), dims({0}), dims({1}), dims({1}));
             layer->setMode(SampleMode::kCLAMP);
             return layer;
         },
         "slice of 1 from 0 by 1 leaves axis 0 of size 0"},
        {"padding of two lengths",
         [](TestNet& n) {
             return n->addPaddingNd(x23(n), dims({1, 1}), dims({1}));
         },
         "pre-padding has 2 entries when post-padding has 1"},
        {"crop of more than there is",
         [](TestNet& n) {
             return n->addPaddingNd(x23(n), dims({-3, 0}), dims({0, 0}));
         },
         "padding -3 and 0 leaves size -1 of dimension 2"},
        {"squeeze of another size", [](TestNet& n) { return n->addSqueeze(x23(n), n.constant({1}, {0}, DType::I32)); },
         "dimension 0 to remove is 2 when it should be 1"},
        {"axes that are not known", [](TestNet& n) { return n->addUnsqueeze(x23(n), n.input("axes", {1}, kI32)); },
         "axes to insert should be known at build time"},
        {"unsqueeze at one place twice",
         [](TestNet& n) {
             return n->addUnsqueeze(x23(n), n.constant({2}, {0, 0}, DType::I32));
         },
         "axes [0,0] name an axis twice"},
        {"linear resize of i32",
         [](TestNet& n) {
             return with<IResizeLayer>(n->addResize(x23(n, kI32)), [](auto& l) {
                 l.setResizeMode(InterpolationMode::kLINEAR);
                 l.setOutputDimensions(dims({4, 6}));
             });
         },
         "input 0 is i32 when it should be f32, f16 or bf16"},
        {"dimensions of another rank", resize([](auto& l) { l.setOutputDimensions(dims({4})); }),
         "output dimensions have 1 entries when the input has rank 2"},
        {"scales of another rank", resize([](auto& l) {
             const float one = 1;
             l.setScales(&one, 1);
         }),
         "scales have 1 entries when the input has rank 2"},
        {"neither dimensions nor scales", resize([](auto&) {}), "scales have 0 entries when the input has rank 2"},
        {"grid of another rank",
         [](TestNet& n) {
             return n->addGridSample(n.input("x", {1, 1, 2, 2}), n.input("g", {1, 2, 2}));
         },
         "input 1 has rank 3 when it should be 4"},
        {"grid of three coordinates",
         [](TestNet& n) {
             return n->addGridSample(n.input("x", {1, 1, 2, 2}), n.input("g", {1, 2, 2, 3}));
         },
         "last dimension of the grid is 3 when it should be 2"},
    });
}

TEST(LayerRefusals, Selection) {
    const auto gather = [](GatherMode mode, const std::vector<int64_t>& indices,
                           std::function<void(IGatherLayer&)> set) {
        return [=](TestNet& n) {
            return with<IGatherLayer>(n->addGatherV2(x23(n), n.input("at", indices, kI32), mode), set);
        };
    };
    using G = GatherMode;
    expectOnDemand({
        {"indices of f32", [](TestNet& n) { return n->addGather(x23(n), n.input("at", {1}), 0); },
         "input 1 is f32 when it should be i32 or i64"},
        {"data that is a scalar",
         [](TestNet& n) { return n->addGather(n.input("x", {}), n.input("at", {1}, kI32), 0); },
         "input 0 has rank 0 when it should be at least 1"},
        {"axis outside", gather(G::kDEFAULT, {1}, [](auto& l) { l.setGatherAxis(2); }),
         "axis 2 is out of range for rank 2; it must lie in [-2,1]"},
        {"two elementwise dimensions", gather(G::kDEFAULT, {2, 3}, [](auto& l) { l.setNbElementWiseDims(2); }),
         "number of elementwise dimensions is 2 when it should be 0 or 1"},
        {"an axis that is elementwise", gather(G::kDEFAULT, {2}, [](auto& l) { l.setNbElementWiseDims(1); }),
         "axis is 0 when it should be at least 1, the elementwise dimensions"},
        {"elementwise dimensions of elements", gather(G::kELEMENT, {2, 3}, [](auto& l) { l.setNbElementWiseDims(1); }),
         "number of elementwise dimensions is 1 when mode element needs 0"},
        {"elements of another rank", gather(G::kELEMENT, {2}, [](auto&) {}), "input 1 has rank 1 when it should be 2"},
        {"tuples of three", gather(G::kND, {1, 3}, [](auto&) {}),
         "last dimension of the indices is 3 when it should be between 1 and 2"},
        {"tuples of unknown length", gather(G::kND, {1, -1}, [](auto&) {}),
         "last dimension of the indices is at.1 when it should be known at build time"},
        {"elementwise dimensions of tuples", gather(G::kND, {3, 1}, [](auto& l) { l.setNbElementWiseDims(1); }),
         "elementwise dimension 0 of the indices is 3 when it should be 2"},
        {"updates of another type",
         [](TestNet& n) {
             return n->addScatter(x23(n), n.input("at", {1, 1}, kI32), n.input("u", {1, 3}, kI32), ScatterMode::kND);
         },
         "inputs 0 and 2 are f32 and i32 when they should be alike; insert a cast"},
        {"updates of another shape",
         [](TestNet& n) {
             return n->addScatter(x23(n), n.input("at", {1, 1}, kI32), n.input("u", {1, 2}), ScatterMode::kND);
         },
         "updates have dimensions [1,2] when they should be [1,3]"},
        {"scatter elements of another rank",
         [](TestNet& n) {
             return n->addScatter(x23(n), n.input("at", {1}, kI32), n.input("u", {1}), ScatterMode::kELEMENT);
         },
         "input 1 has rank 1 when it should be 2"},
        {"one value only",
         [](TestNet& n) { return n->addOneHot(n.input("at", {2}, kI32), n.input("v", {1}), scalar(n, 3), 0); },
         "number of values is 1 when it should be 2"},
        {"depth of nothing",
         [](TestNet& n) { return n->addOneHot(n.input("at", {2}, kI32), n.input("v", {2}), scalar(n, 0), 0); },
         "depth is 0 when it should be at least 1"},
        {"one-hot axis outside",
         [](TestNet& n) { return n->addOneHot(n.input("at", {2}, kI32), n.input("v", {2}), scalar(n, 3), 2); },
         "axis 2 is out of range for rank 2; it must lie in [-2,1]"},
        {"k larger than the axis", [](TestNet& n) { return n->addTopK(x23(n), TopKOperation::kMAX, 4, 2); },
         "k is 4 when axis 1 has 3 elements"},
        {"top-k of bool", [](TestNet& n) { return n->addTopK(x23(n, DataType::kBOOL), TopKOperation::kMAX, 1, 2); },
         "input 0 is bool when it should be f32, f16, bf16, i8, u8, i32 or i64"},
        {"sequence axis that is the batch axis",
         [](TestNet& n) {
             return with<IReverseSequenceLayer>(n->addReverseSequence(x23(n), n.input("l", {3}, kI32)),
                                                [](auto& l) { l.setSequenceAxis(1); });
         },
         "batch axis and sequence axis are both 1"},
        {"lengths of another count", [](TestNet& n) { return n->addReverseSequence(x23(n), n.input("l", {2}, kI32)); },
         "number of sequence lengths is 2 when it should be 3"},
        {"boxes of three numbers",
         [](TestNet& n) {
             return n->addNMS(n.input("b", {1, 5, 3}), n.input("s", {1, 5, 1}), scalar(n, 1));
         },
         "last dimension of the boxes is 3 when it should be 4"},
        {"scores of another count",
         [](TestNet& n) {
             return n->addNMS(n.input("b", {1, 5, 4}), n.input("s", {1, 4, 1}), scalar(n, 1));
         },
         "number of scores is 4 when it should be 5"},
    });
}

TEST(LayerRefusals, TypesAtOnce) {
    const auto quantize = [](std::function<void(IQuantizeLayer&)> set) {
        return [set](TestNet& n) { return with<IQuantizeLayer>(n->addQuantize(x23(n), n.constant({}, {1})), set); };
    };
    const auto fill = [](std::function<void(IFillLayer&)> set) {
        return [set](TestNet& n) {
            return with<IFillLayer>(n->addFill(dims({2}), FillOperation::kLINSPACE, DataType::kFLOAT), set);
        };
    };
    expectAtOnce({
        {"quantized to f16", quantize([](auto& q) { q.setToType(DataType::kHALF); }),
         "layer: output type is f16 when it should be i8, f8e4m3, i4, f4 or u8"},
        {"quantized to i32", [](TestNet& n) { return n->addQuantize(x23(n), n.constant({}, {1}), kI32); },
         "addQuantize: output type is i32 when it should be i8, f8e4m3, i4, f4 or u8"},
        {"dequantized to i8",
         [](TestNet& n) {
             return n->addDequantize(n.input("q", {2}, DataType::kINT8), n.constant({}, {1}), DataType::kINT8);
         },
         "addDequantize: output type is i8 when it should be f32, f16 or bf16"},
        {"blocks of nothing", quantize([](auto& q) {
             EXPECT_FALSE(q.setBlockShape(dims({0, 1})));
         }),
         "layer: block shape is [0,1] when each entry should be at least 1, or -1"},
        {"fill of i8", fill([](auto& f) { f.setToType(DataType::kINT8); }),
         "layer: output type is i8 when it should be f32, f16, bf16, i32, i64 or bool"},
        {"fill of fp8", [](TestNet& n) { return n->addFill(dims({1}), FillOperation::kLINSPACE, DataType::kFP8); },
         "addFill: output type is f8e4m3 when it should be f32, f16, bf16, i32, i64 or bool"},
        {"compute precision",
         [](TestNet& n) {
             ITensor& one = n.input("one", {1, 1});
             return with<INormalizationLayer>(n->addNormalizationV2(x23(n), one, one, 2),
                                              [](auto& l) { l.setComputePrecision(DataType::kINT8); });
         },
         "layer: compute precision is i8 when it should be f32 or f16"},
    });
}

TEST(LayerRefusals, Quantization) {
    const auto scaled = [](const std::vector<int64_t>& size, int32_t axis) {
        return [=](TestNet& n) {
            return with<IQuantizeLayer>(n->addQuantize(x23(n), n.input("s", size)), [=](auto& q) { q.setAxis(axis); });
        };
    };
    expectOnDemand({
        {"scales without an axis", scaled({3}, -1),
         "scale has dimensions [3] when axis -1 and input dimensions [2,3] need one element, one for each place along "
         "an axis, or the input's rank"},
        {"scales of another count", scaled({2}, 1), "number of scales is 2 when it should be 3"},
        {"an axis that does not exist", scaled({2}, 5), "axis 5 is out of range for rank 2; it must lie in [-2,1]"},
        {"blocks that do not divide", scaled({2, 2}, -1),
         "dimension 1 of the scale is 2 when it should divide that of the input, 3"},
        {"quantized bool", [](TestNet& n) { return n->addQuantize(x23(n, DataType::kBOOL), n.constant({}, {1})); },
         "input 0 is bool when it should be f32, f16, bf16 or i32"},
        {"dequantized f32", [](TestNet& n) { return n->addDequantize(x23(n), n.constant({}, {1})); },
         "input 0 is f32 when it should be i8, u8, i4, f8e4m3, f4 or i32"},
        {"zero point of another type",
         [](TestNet& n) -> ILayer* {
             ILayer* layer = n->addQuantize(x23(n), n.constant({}, {1}));
             layer->setInput(2, scalar(n, 0));
             return layer;
         },
         "zero point is i32 when it should be i8"},
        {"dynamic blocks of another rank",
         [](TestNet& n) { return n->addDynamicQuantizeV2(x23(n), dims({16}), DataType::kFP8, DataType::kFLOAT); },
         "block shape has 1 entries when the input has rank 2"},
        {"ramp of a matrix",
         [](TestNet& n) {
             return n->addFill(dims({2, 2}), FillOperation::kLINSPACE, DataType::kFLOAT);
         },
         "beta is the number 1 when the output has rank 2; give beta as an input"},
        {"random integers", [](TestNet& n) { return n->addFill(dims({2}), FillOperation::kRANDOM_UNIFORM, kI32); },
         "output type is i32 when it should be f32, f16 or bf16"},
        {"alpha as a tensor alone",
         [](TestNet& n) -> ILayer* {
             ILayer* layer = n->addFill(dims({2}), FillOperation::kLINSPACE, DataType::kFLOAT);
             layer->setInput(1, n.constant({}, {1}));
             return layer;
         },
         "alpha and beta should both be inputs or both be attributes"},
    });
}

TEST(LayerRefusals, AttentionAndCaches) {
    const auto attention = [](const std::vector<int64_t>& q, const std::vector<int64_t>& k,
                              const std::vector<int64_t>& v) {
        return [=](TestNet& n) -> ILayer* {
            n->addAttention(n.input("q", q), n.input("k", k), n.input("v", v), AttentionNormalizationOp::kSOFTMAX,
                            false);
            return n->getLayer(1);
        };
    };
    expectOnDemand({
        {"query of rank 3", attention({1, 2, 4}, {1, 1, 2, 4}, {1, 1, 2, 4}), "input 0 has rank 3 when it should be 4"},
        {"heads that do not divide", attention({1, 3, 2, 4}, {1, 2, 2, 4}, {1, 2, 2, 4}),
         "query has 3 heads when they should be a multiple of the 2 key heads"},
        {"head sizes that differ", attention({1, 1, 2, 4}, {1, 1, 2, 5}, {1, 1, 2, 5}),
         "head size of the key is 5 when it should be 4"},
        {"lengths that differ", attention({1, 1, 2, 4}, {1, 1, 2, 4}, {1, 1, 3, 4}),
         "sequence length of the value is 3 when it should be 2"},
        {"rotary tables of another size",
         [](TestNet& n) {
             ITensor& table = n.input("t", {1, 3, 3});
             return n->addRotaryEmbedding(n.input("x", {1, 2, 3, 8}), table, table, false, 0);
         },
         "last dimension of input 1 is 3 when it should be 4"},
        {"cache of i32",
         [](TestNet& n) {
             ITensor& x = n.input("x", {1, 1, 4, 2}, kI32);
             return n->addKVCacheUpdate(x, x, n.input("at", {1}, kI32), KVCacheMode::kLINEAR);
         },
         "input 0 is i32 when it should be f32, f16 or bf16"},
        {"update of other heads",
         [](TestNet& n) {
             return n->addKVCacheUpdate(n.input("x", {1, 2, 4, 2}), n.input("u", {1, 1, 1, 2}),
                                        n.input("at", {1}, kI32), KVCacheMode::kLINEAR);
         },
         "number of heads of the update is 1 when it should be 2"},
    });
}

TEST(LayerRefusals, Limits) {
    TestNet net;
    const auto refused = [&](const char* words) { EXPECT_NE(net.error().find(words), std::string::npos) << words; };
    EXPECT_EQ(net->addInput("many", DataType::kINT8, dims({1 << 16, 1 << 16})), nullptr);
    refused("many: ");
    EXPECT_NE(net->addInput("most", DataType::kINT8, dims({0x7fffffff})), nullptr);
    EXPECT_EQ(net.error(), "");
    EXPECT_EQ(net->addInput("negative", DataType::kINT8, dims({-2})), nullptr);
    refused("negative: dimension -2 is neither -1 nor a size");
    Dims64 nine{};
    nine.nbDims = 9;
    EXPECT_EQ(net->addInput("nine", DataType::kFLOAT, nine), nullptr);
    refused("a Dims has 9 dimensions when it may have 0 to 8");
    ITensor& eight = net.input("eight", {1, 1, 1, 1, 1, 1, 1, 1});
    EXPECT_EQ(net->addIdentity(eight)->getOutput(0)->getDimensions().nbDims, 8);
    ITensor& wide = net.input("wide", {1 << 16, 1});
    ILayer* outer = net->addElementWise(wide, net.input("high", {1, 1 << 16}), ElementWiseOperation::kSUM);
    outer->setName("outer");
    EXPECT_EQ(outer->getOutput(0)->getDimensions().nbDims, -1);
    refused("outer: ");
    EXPECT_EQ(net->addInput("x", DataType::kFLOAT, dims({1})) != nullptr, true);
    EXPECT_EQ(net->addInput("x", DataType::kFLOAT, dims({1})), nullptr);
    refused("x: the network already has an input of this name");
    EXPECT_EQ(net->addInput("", DataType::kFLOAT, dims({1})), nullptr);
    refused("a network input needs a name");
    EXPECT_FALSE(eight.setDynamicRange(0, HUGE_VALF));
    EXPECT_FALSE(eight.setDynamicRange(1, 0));
    EXPECT_TRUE(eight.setDynamicRange(-1, 1));
}

}  // namespace
}  // namespace opentrt::network
