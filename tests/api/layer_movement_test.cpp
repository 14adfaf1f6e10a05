// SPDX-License-Identifier: Apache-2.0
// Element types and parameters of the layers that move, select, make and convert elements.
#include "layer_rows.h"

namespace apitest {
namespace {

ITensor* axis(Rig& r, int32_t value) {
    return &r.fixed({}, {value});
}

TEST(LayerMovement, ConcatenationShuffleAndIdentity) {
    runRows({
        {"concatenation",
         kAny,
         [](Rig& r) {
             ITensor* inputs[] = {&r.data({1, 2}, {1, 0}), &r.data({1, 1}, {1})};
             IConcatenationLayer* layer = r.n.addConcatenation(inputs, 2);
             layer->setAxis(1);
             return layer->getOutput(0);
         },
         {1, 3},
         {1, 0, 1}},
        {"transpose, reshape, transpose",
         kAny,
         [](Rig& r) {
             IShuffleLayer* layer = r.n.addShuffle(r.data({2, 2}, {0, 1, 1, 1}));
             layer->setFirstTranspose({{1, 0}});
             layer->setReshapeDimensions(dimsOf({1, -1, 1}));
             layer->setSecondTranspose({{1, 0, 2}});
             return layer->getOutput(0);
         },
         {4, 1, 1},
         {0, 1, 1, 1}},
        {"0 copies a dimension",
         kReal,
         [](Rig& r) {
             IShuffleLayer* layer = r.n.addShuffle(r.data({2, 1, 2}, {1, 2, 3, 4}));
             layer->setReshapeDimensions(dimsOf({0, 2}));
             return layer->getOutput(0);
         },
         {2, 2},
         {1, 2, 3, 4}},
        {"reshape by a tensor",
         kAny,
         [](Rig& r) {
             IShuffleLayer* layer = r.n.addShuffle(r.data({2, 2}, {0, 1, 1, 1}));
             layer->setInput(1, r.shape({4, 1}));
             return layer->getOutput(0);
         },
         {4, 1},
         {0, 1, 1, 1}},
        {"identity",
         kAny,
         [](Rig& r) {
             return r.n.addIdentity(r.data({2}, {0, 1}))->getOutput(0);
         },
         {2},
         {0, 1}},
        {"squeeze",
         kAny,
         [](Rig& r) {
             return r.n.addSqueeze(r.data({1, 2, 1}, {0, 1}), r.shape({-1, 0}))->getOutput(0);
         },
         {2},
         {0, 1}},
        {"unsqueeze",
         kAny,
         [](Rig& r) {
             return r.n.addUnsqueeze(r.data({2}, {0, 1}), r.shape({0, -1}))->getOutput(0);
         },
         {1, 2, 1},
         {0, 1}},
        {"shape",
         kAny,
         [](Rig& r) {
             ILayer* layer = r.n.addShape(r.data({1, 2}, {0, 1}));
             EXPECT_EQ(layer->getOutput(0)->getType(), DataType::kINT64);
             return layer->getOutput(0);
         },
         {2},
         {1, 2}},
    });
}

TEST(LayerMovement, SliceAndPadding) {
    const auto slice = [](const Sizes& start, const Sizes& size, const Sizes& stride,
                          std::function<void(Rig&, ISliceLayer&)> set) {
        return [=](Rig& r) {
            ITensor& x = r.data({1, 3}, {1, 0, 2});
            ISliceLayer* layer = r.n.addSlice(x, dimsOf(start), dimsOf(size), dimsOf(stride));
            set(r, *layer);
            return layer->getOutput(0);
        };
    };
    const auto mode = [](SampleMode m) { return [m](Rig&, ISliceLayer& l) { l.setMode(m); }; };
    const Types all = kReal + kInts + kEight + kBytes + kNarrow;
    runRows({
        {"slice", all, slice({0, 1}, {1, 2}, {1, 1}, [](auto&, auto&) {}), {1, 2}, {0, 2}},
        {"negative stride", all, slice({0, 2}, {1, 3}, {1, -1}, [](auto&, auto&) {}), {1, 3}, {2, 0, 1}},
        {"stride zero", kReal, slice({0, 2}, {2, 2}, {0, 0}, [](auto&, auto&) {}), {2, 2}, {2, 2, 2, 2}},
        {"wrap", all, slice({0, 1}, {1, 4}, {1, 1}, mode(SampleMode::kWRAP)), {1, 4}, {0, 2, 1, 0}},
        {"clamp", all, slice({0, -1}, {1, 5}, {1, 1}, mode(SampleMode::kCLAMP)), {1, 5}, {1, 1, 0, 2, 2}},
        {"reflect", all, slice({0, -2}, {1, 7}, {1, 1}, mode(SampleMode::kREFLECT)), {1, 7}, {2, 0, 1, 0, 2, 0, 1}},
        {"fill with zero", all, slice({0, -1}, {1, 5}, {1, 1}, mode(SampleMode::kFILL)), {1, 5}, {0, 1, 0, 2, 0}},
        {"fill with a value",
         all,
         slice({0, -1}, {1, 5}, {1, 1},
               [](Rig& r, ISliceLayer& l) {
                   l.setMode(SampleMode::kFILL);
                   l.setInput(4, r.data({}, {2}));
               }),
         {1, 5},
         {2, 1, 0, 2, 2}},
        {"axes", all, slice({1}, {2}, {1}, [](auto&, ISliceLayer& l) { l.setAxes(dimsOf({-1})); }), {1, 2}, {0, 2}},
        {"start, size, stride and axes as tensors",
         kReal,
         slice({0, 0}, {1, 1}, {1, 1},
               [](Rig& r, ISliceLayer& l) {
                   l.setInput(1, r.shape({2}));
                   l.setInput(2, r.shape({2}));
                   l.setInput(3, r.shape({-2}));
                   l.setInput(5, r.shape({1}));
               }),
         {1, 2},
         {2, 1}},
        {"padding",
         all,
         [](Rig& r) {
             return r.n.addPaddingNd(r.data({1, 1, 1, 2}, {1, 2}), Dims2(0, 1), Dims2(1, 0))->getOutput(0);
         },
         {1, 1, 2, 3},
         {0, 1, 2, 0, 0, 0}},
        {"negative padding crops",
         all,
         [](Rig& r) {
             return r.n.addPaddingNd(r.data({1, 1, 1, 3}, {1, 0, 2}), Dims2(0, -1), Dims2(0, 0))->getOutput(0);
         },
         {1, 1, 1, 2},
         {0, 2}},
        {"slice of booleans", kBool, slice({0, 1}, {1, 2}, {1, 1}, [](auto&, auto&) {}), {1, 2}, {0, 1}},
    });
}

TEST(LayerMovement, Gather) {
    const auto gather = [](GatherMode mode, const Sizes& dims, const Doubles& indices, int32_t axis,
                           int32_t elementwise, DataType indexType) {
        return [=](Rig& r) {
            ITensor& x = r.data({2, 3}, {0, 1, 2, 3, 4, 6});
            IGatherLayer* layer = r.n.addGatherV2(x, r.as(indexType, dims, indices), mode);
            layer->setGatherAxis(axis);
            layer->setNbElementWiseDims(elementwise);
            return layer->getOutput(0);
        };
    };
    const Types all = kReal + kInts + kEight + kBytes + kNarrow;
    const auto i32 = DataType::kINT32, i64 = DataType::kINT64;
    using G = GatherMode;
    runRows({
        {"gather by a vector", all, gather(G::kDEFAULT, {2}, {2, 0}, 1, 0, i32), {2, 2}, {2, 0, 6, 3}},
        {"gather by a scalar", all, gather(G::kDEFAULT, {}, {1}, 0, 0, i64), {3}, {3, 4, 6}},
        {"gather by a matrix", kReal, gather(G::kDEFAULT, {1, 2}, {0, 1}, 1, 0, i32), {2, 1, 2}, {0, 1, 3, 4}},
        {"negative index", kReal, gather(G::kDEFAULT, {1}, {-1}, 1, 0, i32), {2, 1}, {2, 6}},
        {"zero for an index outside", kReal, gather(G::kDEFAULT, {2}, {3, -4}, 1, 0, i32), {2, 2}, {0, 0, 0, 0}},
        {"one elementwise dimension", kReal, gather(G::kDEFAULT, {2, 1}, {2, 0}, 1, 1, i32), {2, 1}, {2, 3}},
        {"broadcast elementwise dimension",
         kReal,
         gather(G::kDEFAULT, {1, 2}, {2, 0}, 1, 1, i64),
         {2, 2},
         {2, 0, 6, 3}},
        {"elements", all, gather(G::kELEMENT, {2, 1}, {2, 0}, 1, 0, i32), {2, 1}, {2, 3}},
        {"elements outside", kReal, gather(G::kELEMENT, {1, 2}, {5, 1}, 0, 0, i64), {1, 2}, {0, 4}},
        {"slices by tuples", all, gather(G::kND, {1, 1}, {1}, 0, 0, i32), {1, 3}, {3, 4, 6}},
        {"elements by tuples", kReal, gather(G::kND, {2, 2}, {0, 1, 1, 2}, 0, 0, i64), {2}, {1, 6}},
        {"tuples behind elementwise dimensions", kReal, gather(G::kND, {2, 1}, {1, 2}, 0, 1, i32), {2}, {1, 6}},
        {"tuples outside", kReal, gather(G::kND, {1, 2}, {0, 3}, 0, 0, i32), {1}, {0}},
        {"gather of booleans",
         kBool,
         [](Rig& r) {
             return r.n.addGather(r.data({2}, {0, 1}), r.ints({3}, {1, 1, 0}), 0)->getOutput(0);
         },
         {3},
         {1, 1, 0}},
    });
}

TEST(LayerMovement, ScatterOneHotAndReverseSequence) {
    const Types all = kReal + kInts + kEight + kBytes + kNarrow;
    runRows({
        {"scatter elements",
         all,
         [](Rig& r) {
             IScatterLayer* layer = r.n.addScatter(r.data({1, 3}, {0, 1, 2}), r.ints({1, 2}, {2, -3}),
                                                   r.data({1, 2}, {3, 4}), ScatterMode::kELEMENT);
             layer->setAxis(1);
             return layer->getOutput(0);
         },
         {1, 3},
         {4, 1, 3}},
        {"scatter slices",
         all,
         [](Rig& r) {
             return r.n
                 .addScatter(r.data({2, 2}, {0, 1, 2, 3}), r.ints({1, 1}, {1}), r.data({1, 2}, {4, 6}),
                             ScatterMode::kND)
                 ->getOutput(0);
         },
         {2, 2},
         {0, 1, 4, 6}},
        {"scatter of booleans",
         kBool,
         [](Rig& r) {
             return r.n.addScatter(r.data({2}, {0, 0}), r.ints({1, 1}, {1}), r.data({1}, {1}), ScatterMode::kND)
                 ->getOutput(0);
         },
         {2},
         {0, 1}},
        {"one-hot",
         kReal + kInts + kEight + kBytes,
         [](Rig& r) {
             return r.n.addOneHot(r.ints({2}, {1, 0}), r.data({2}, {2, 3}), *axis(r, 2), 0)->getOutput(0);
         },
         {2, 2},
         {2, 3, 3, 2}},
        {"one-hot of booleans",
         kBool,
         [](Rig& r) {
             return r.n.addOneHot(r.ints({1}, {1}), r.data({2}, {0, 1}), *axis(r, 3), -1)->getOutput(0);
         },
         {1, 3},
         {0, 1, 0}},
        {"reversed sequences",
         all,
         [](Rig& r) {
             return r.n.addReverseSequence(r.data({3, 2}, {1, 2, 3, 4, 0, 6}), r.ints({2}, {3, 2}))->getOutput(0);
         },
         {3, 2},
         {0, 4, 3, 2, 1, 6}},
    });
}

TEST(LayerMovement, SelectTopKAndNonZero) {
    const auto topK = [](TopKOperation operation, int output, bool byTensor) {
        return [=](Rig& r) {
            ITopKLayer* layer = r.n.addTopK(r.data({1, 4}, {3, 1, 4, 3}), operation, 3, 2);
            if (byTensor) layer->setInput(1, r.fixed({}, {3}));
            EXPECT_EQ(layer->getK(), byTensor ? -1 : 3);
            return layer->getOutput(output);
        };
    };
    const Types numbers = kReal + kInts + kEight + kBytes;
    runRows({
        {"select",
         kReal + kInts + kEight + kBytes + kNarrow,
         [](Rig& r) {
             ITensor& condition = r.as(DataType::kBOOL, {1, 2}, {1, 0});
             return r.n.addSelect(condition, r.data({2, 1}, {1, 2}), r.data({1, 1}, {0}))->getOutput(0);
         },
         {2, 2},
         {1, 0, 2, 0}},
        {"select of booleans",
         kBool,
         [](Rig& r) {
             return r.n.addSelect(r.data({2}, {1, 0}), r.data({2}, {1, 1}), r.data({2}, {0, 0}))->getOutput(0);
         },
         {2},
         {1, 0}},
        {"largest values", numbers, topK(TopKOperation::kMAX, 0, false), {1, 3}, {4, 3, 3}},
        {"their places", numbers, topK(TopKOperation::kMAX, 1, false), {1, 3}, {2, 0, 3}},
        {"smallest values, k from a tensor", numbers, topK(TopKOperation::kMIN, 0, true), {1, 3}, {1, 3, 3}},
        {"non-zero places",
         kReal + kInts + kEight + kBool,
         [](Rig& r) {
             return r.n.addNonZero(r.data({2, 2}, {0, 1, 1, 0}), DataType::kINT64)->getOutput(0);
         },
         {2, 2},
         {0, 1, 1, 0}},
    });
}

TEST(LayerMovement, ConstantsOfEveryType) {
    const std::vector<float> f{1, 2};
    const std::vector<int32_t> i{1, 2};
    const std::vector<int64_t> l{1, 2};
    const std::vector<int8_t> b{1, 2};
    const std::vector<uint16_t> half{0x3c00, 0x4000}, brain{0x3f80, 0x4000};
    const std::vector<uint8_t> fp8{0x38, 0x40}, flags{0, 1}, int4{0x21}, fp4{0x42};
    const auto constant = [](DataType type, const void* values) {
        return [=](Rig& r) { return r.n.addConstant(dimsOf({2}), {type, values, 2})->getOutput(0); };
    };
    const auto row = [&](DataType type, const void* values) {
        return Row{nameOf(type), {type}, constant(type, values), {2}, {1, 2}};
    };
    runRows({
        row(DataType::kFLOAT, f.data()),
        row(DataType::kHALF, half.data()),
        row(DataType::kBF16, brain.data()),
        row(DataType::kINT8, b.data()),
        row(DataType::kUINT8, b.data()),
        row(DataType::kINT32, i.data()),
        row(DataType::kINT64, l.data()),
        row(DataType::kFP8, fp8.data()),
        row(DataType::kINT4, int4.data()),
        row(DataType::kFP4, fp4.data()),
        {"bool", kBool, constant(DataType::kBOOL, flags.data()), {2}, {0, 1}},
    });
}

TEST(LayerMovement, FillOfEveryType) {
    const auto linspace = [](Rig& r) {
        IFillLayer* layer = r.n.addFill(dimsOf({3}), FillOperation::kLINSPACE, r.type);
        layer->setAlpha(2);
        layer->setBeta(3);
        return layer->getOutput(0);
    };
    const auto byTensors = [](Rig& r) {
        IFillLayer* layer = r.n.addFill(dimsOf({1}), FillOperation::kLINSPACE, r.type);
        layer->setInput(0, r.shape({2, 2}));
        layer->setInput(1, r.data({}, {1}));
        layer->setInput(2, r.data({2}, {100, 10}));
        return layer->getOutput(0);
    };
    const auto random = [](FillOperation operation) {
        return [operation](Rig& r) {
            IFillLayer* layer = r.n.addFill(dimsOf({2}), operation, r.type);
            layer->setAlpha(3);
            layer->setBeta(operation == FillOperation::kRANDOM_NORMAL ? 0 : 3);
            return layer->getOutput(0);
        };
    };
    const Types real{DataType::kFLOAT, DataType::kHALF};
    runRows({
        {"linspace", real + kInts, linspace, {3}, {2, 5, 8}},
        {"linspace by tensors", real + kInts, byTensors, {2, 2}, {1, 11, 101, 111}},
        {"uniform in an empty range", real, random(FillOperation::kRANDOM_UNIFORM), {2}, {3, 3}},
        {"normal without deviation", real, random(FillOperation::kRANDOM_NORMAL), {2}, {3, 3}},
    });
}

TEST(LayerMovement, FillKeepsLargeIntegers) {
    LayerNet net;
    IFillLayer* layer = net.network->addFill(dimsOf({2}), FillOperation::kLINSPACE, DataType::kINT64);
    layer->setAlphaInt64((int64_t{1} << 60) + 1);
    layer->setBetaInt64(2);
    EXPECT_TRUE(layer->isAlphaBetaInt64());
    EXPECT_EQ(layer->getAlphaInt64(), (int64_t{1} << 60) + 1);
    net.output(layer->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    EXPECT_EQ(net.get<int64_t>("y"), (std::vector<int64_t>{(int64_t{1} << 60) + 1, (int64_t{1} << 60) + 3}));
}

TEST(LayerMovement, QuantizeAndDequantize) {
    // Quantized by 0.5 to each type and back; per tensor, per channel, by blocks.
    const auto there = [](DataType to, const Sizes& scaleDims, const std::vector<float>& scales, int32_t axis) {
        return [=](Rig& r) {
            ITensor& x = r.data({2, 2}, {1, -1.5, 0.25, 2});
            ITensor* scale = &r.net.constant<float>(scaleDims, scales);
            if (r.type != DataType::kFLOAT) scale = r.n.addCast(*scale, r.type)->getOutput(0);
            IQuantizeLayer* q = r.n.addQuantize(x, *scale, to);
            EXPECT_EQ(q->getAxis(), -1);
            q->setAxis(axis);
            IDequantizeLayer* d = r.n.addDequantize(*q->getOutput(0), *scale, r.type);
            d->setAxis(axis);
            return d->getOutput(0);
        };
    };
    std::vector<Row> rows;
    for (const DataType to : {DataType::kINT8, DataType::kFP8, DataType::kINT4}) {
        const bool real = to == DataType::kFP8;
        const double tie = real ? 0.25 : 0;  // half a step rounds to even
        rows.push_back({"per tensor", kReal, there(to, {}, {0.5F}, -1), {2, 2}, {1, -1.5, tie, 2}});
        rows.push_back({"per channel", kReal, there(to, {2}, {0.5F, 1}, 0), {2, 2}, {1, -1.5, real ? 0.25 : 0, 2}});
        if (to == DataType::kINT8) continue;
        rows.push_back({"by blocks", kReal, there(to, {1, 2}, {0.5F, 0.5F}, -1), {2, 2}, {1, -1.5, tie, 2}});
    }
    rows.push_back(
        {"fp4 by blocks", kReal, there(DataType::kFP4, {2, 1}, {0.5F, 0.5F}, -1), {2, 2}, {1, -1.5, 0.25, 2}});
    runRows(rows);
}

TEST(LayerMovement, QuantizedValuesAreClamped) {
    const auto clamped = [](DataType to) {
        return [=](Rig& r) {
            ITensor& one = r.net.constant<float>({}, {1});
            ITensor& q = *r.n.addQuantize(r.data({3}, {-1000, 1000, 2.5}), one, to)->getOutput(0);
            return r.n.addDequantize(q, one, DataType::kFLOAT)->getOutput(0);
        };
    };
    const Types f32{DataType::kFLOAT};
    runRows({
        {"i8", f32, clamped(DataType::kINT8), {3}, {-128, 127, 2}},
        {"fp8", f32, clamped(DataType::kFP8), {3}, {-448, 448, 2.5}},
        {"i4", f32, clamped(DataType::kINT4), {3}, {-8, 7, 2}},
        {"fp4", f32, clamped(DataType::kFP4), {3}, {-6, 6, 2}},
    });
}

TEST(LayerMovement, CastBetweenAllTypes) {
    const Types types = kReal + kInts + kEight + kBytes + kBool + kFp8;
    for (const DataType from : types) {
        for (const DataType to : types) {
            const auto cast = [=](Rig& r) { return r.n.addCast(r.data({3}, {0, 1, 2}), to)->getOutput(0); };
            const bool flag = from == DataType::kBOOL || to == DataType::kBOOL;
            runRow({"cast", {}, cast, {3}, {0, 1, flag ? 1.0 : 2.0}}, from, true);
        }
    }
}

}  // namespace
}  // namespace apitest
