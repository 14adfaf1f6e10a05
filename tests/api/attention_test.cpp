// SPDX-License-Identifier: Apache-2.0
// The layers of transformers against a plain computation.
#include <cmath>
#include <functional>

#include "layer_support.h"

namespace apitest {
namespace {

using Floats = std::vector<float>;

Floats wave(size_t count, double step) {
    Floats values;
    for (size_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(std::sin(step * static_cast<double>(i + 1))));
    return values;
}

//! One head: rows of q see the keys that `sees` allows.
Floats attend(const Floats& q, const Floats& k, const Floats& v, size_t size,
              const std::function<bool(size_t, size_t)>& sees) {
    const size_t rows = q.size() / size, columns = k.size() / size;
    Floats out;
    for (size_t i = 0; i < rows; ++i) {
        std::vector<double> weights(columns, 0);
        double sum = 0;
        for (size_t j = 0; j < columns; ++j) {
            double score = 0;
            for (size_t d = 0; d < size; ++d) score += static_cast<double>(q[i * size + d]) * k[j * size + d];
            if (sees(i, j)) sum += weights[j] = std::exp(score);
        }
        for (size_t d = 0; d < size; ++d) {
            double value = 0;
            for (size_t j = 0; j < columns; ++j) value += weights[j] / sum * v[j * size + d];
            out.push_back(static_cast<float>(value));
        }
    }
    return out;
}

Floats part(const Floats& all, size_t begin, size_t end) {
    return {all.begin() + static_cast<long>(begin), all.begin() + static_cast<long>(end)};
}

bool everything(size_t, size_t) {
    return true;
}

//! One item, one head, 3 queries, 4 keys, head size 2.
struct Small {
    Floats q = wave(6, 0.7), k = wave(8, 1.1), v = wave(8, 0.3);
    LayerNet net;
    IAttention* attention(CausalMaskKind kind = CausalMaskKind::kNONE) {
        ITensor& query = net.input<float>("q", {1, 1, 3, 2}, q);
        ITensor& key = net.input<float>("k", {1, 1, 4, 2}, k);
        ITensor& value = net.input<float>("v", {1, 1, 4, 2}, v);
        return net.network->addAttentionV2(query, key, value, AttentionNormalizationOp::kSOFTMAX, kind);
    }
    void expect(IAttention* made, const std::function<bool(size_t, size_t)>& sees) {
        net.output(made->getOutput(0), "y");
        ASSERT_TRUE(net.run()) << net.logger.all();
        net.expect("y", attend(q, k, v, 2, sees));
    }
};

TEST(AttentionLayer, WeighsTheValues) {
    Small s;
    s.expect(s.attention(), everything);
}

TEST(AttentionLayer, SeesWhatTheCausalKindAllows) {
    Small upper;
    upper.expect(upper.attention(CausalMaskKind::kUPPER_LEFT), [](size_t i, size_t j) { return j <= i; });
    Small lower;
    lower.expect(lower.attention(CausalMaskKind::kLOWER_RIGHT), [](size_t i, size_t j) { return j <= i + 1; });
    Small old;
    IAttention* attention = old.attention();
    EXPECT_TRUE(attention->setCausal(true));
    EXPECT_EQ(attention->getCausalKind(), CausalMaskKind::kUPPER_LEFT);
    old.expect(attention, [](size_t i, size_t j) { return j <= i; });
}

TEST(AttentionLayer, TakesAMask) {
    Small s;
    IAttention* attention = s.attention();
    EXPECT_TRUE(attention->setMask(s.net.constant<char>({1, 1, 3, 4}, {1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0})));
    const std::vector<bool> mask{true, false, false, true, false, true, false, false, true, true, true, false};
    s.expect(attention, [&](size_t i, size_t j) { return bool(mask[i * 4 + j]); });
}

TEST(AttentionLayer, RefusesAMaskThatIsAlsoCausal) {
    Small s;
    IAttention* attention = s.attention(CausalMaskKind::kUPPER_LEFT);
    EXPECT_TRUE(attention->setMask(s.net.constant<char>({1, 1, 1, 4}, {1, 1, 1, 1})));
    s.net.output(attention->getOutput(0), "y");
    EXPECT_FALSE(s.net.run());
    EXPECT_TRUE(s.net.logger.error("has a mask and is causal")) << s.net.logger.all();
}

TEST(AttentionLayer, StopsAtTheLengthsOfKeys) {
    const Floats q = wave(8, 0.7), k = wave(12, 1.1), v = wave(12, 0.3);
    for (const bool lowerRight : {false, true}) {
        LayerNet net;
        IAttention* attention =
            net.network->addAttentionV2(net.input<float>("q", {2, 1, 2, 2}, q), net.input<float>("k", {2, 1, 3, 2}, k),
                                        net.input<float>("v", {2, 1, 3, 2}, v), AttentionNormalizationOp::kSOFTMAX,
                                        lowerRight ? CausalMaskKind::kLOWER_RIGHT : CausalMaskKind::kNONE);
        EXPECT_TRUE(attention->setKeyValueLengths(&net.input<int32_t>("lengths", {2}, {2, 3})));
        net.output(attention->getOutput(0), "y");
        ASSERT_TRUE(net.run()) << net.logger.all();
        Floats expected;
        for (const size_t item : {0, 1}) {
            const size_t length = item == 0 ? 2 : 3;
            const auto sees = [&](size_t i, size_t j) { return !lowerRight || j <= i + length - 2; };
            const auto one = attend(part(q, item * 4, item * 4 + 4), part(k, item * 6, item * 6 + length * 2),
                                    part(v, item * 6, item * 6 + length * 2), 2, sees);
            expected.insert(expected.end(), one.begin(), one.end());
        }
        net.expect("y", expected);
    }
}

//! Items of 1 and 3 queries, and of 2 and 3 keys, one head of size 2, packed or padded to the larger.
void runForms(bool packedQuery, bool packedKeys, CausalMaskKind kind, bool dynamic) {
    const size_t queries[] = {1, 3}, keys[] = {2, 3};
    const Floats q = wave(8, 0.7), k = wave(10, 1.1), v = wave(10, 0.3);
    LayerNet net;
    const auto input = [&](const char* name, const Floats& x, const size_t* lengths, bool packed) -> ITensor& {
        const auto total = static_cast<int64_t>(lengths[0] + lengths[1]);
        if (packed && dynamic) return net.input<float>(name, {-1, 1, 2}, x, {total, 1, 2});
        if (packed) return net.input<float>(name, {total, 1, 2}, x);
        Floats padded(12, 99);  // what stands behind an item is not read
        std::copy_n(x.begin(), lengths[0] * 2, padded.begin());
        std::copy_n(x.begin() + static_cast<long>(lengths[0] * 2), lengths[1] * 2, padded.begin() + 6);
        if (dynamic) return net.input<float>(name, {-1, 1, -1, 2}, padded, {2, 1, 3, 2});
        return net.input<float>(name, {2, 1, 3, 2}, padded);
    };
    const auto softmax = AttentionNormalizationOp::kSOFTMAX;
    IAttention* attention =
        net.network->addAttentionV2(input("q", q, queries, packedQuery), input("k", k, keys, packedKeys),
                                    input("v", v, keys, packedKeys), softmax, kind);
    if (packedQuery) {
        EXPECT_TRUE(attention->setQueryForm(AttentionIOForm::kPACKED_NHD));
        EXPECT_TRUE(attention->setQueryLengths(&net.input<int32_t>("ql", {3}, {0, 1, 4})));
    }
    EXPECT_TRUE(attention->setKeyValueForm(packedKeys ? AttentionIOForm::kPACKED_NHD : AttentionIOForm::kPADDED_BHND));
    std::vector<int32_t> lengths = packedKeys ? std::vector<int32_t>{0, 2, 5} : std::vector<int32_t>{2, 3};
    EXPECT_TRUE(
        attention->setKeyValueLengths(&net.input<int32_t>("kl", {static_cast<int64_t>(lengths.size())}, lengths)));
    net.output(attention->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    const Floats y = net.get<float>("y");
    size_t fromQ = 0, fromK = 0;
    for (const size_t item : {0, 1}) {
        const size_t rows = queries[item], columns = keys[item];
        const auto sees = [&](size_t i, size_t j) {
            if (kind == CausalMaskKind::kUPPER_LEFT) return j <= i;
            return kind == CausalMaskKind::kNONE || j + rows <= i + columns;
        };
        const auto expected = attend(part(q, fromQ, fromQ + rows * 2), part(k, fromK, fromK + columns * 2),
                                     part(v, fromK, fromK + columns * 2), 2, sees);
        const size_t at = packedQuery ? fromQ : item * 6;
        ASSERT_LE(at + expected.size(), y.size());
        for (size_t i = 0; i < expected.size(); ++i)
            EXPECT_NEAR(y[at + i], expected[i], 1e-5) << packedQuery << packedKeys << " " << item << "[" << i << "]";
        fromQ += rows * 2;
        fromK += columns * 2;
    }
}

TEST(AttentionLayer, ReadsPackedSequences) {
    for (const bool packedKeys : {true, false}) {
        for (const auto kind : {CausalMaskKind::kNONE, CausalMaskKind::kUPPER_LEFT, CausalMaskKind::kLOWER_RIGHT})
            runForms(true, packedKeys, kind, false);
    }
    runForms(false, true, CausalMaskKind::kNONE, false);
    runForms(false, true, CausalMaskKind::kUPPER_LEFT, false);
}

TEST(AttentionLayer, ReadsPackedSequencesOfAnyLength) {
    runForms(true, true, CausalMaskKind::kUPPER_LEFT, true);
    runForms(false, true, CausalMaskKind::kNONE, true);
    runForms(true, false, CausalMaskKind::kNONE, true);
}

TEST(RotaryEmbeddingLayer, TurnsPairs) {
    for (const bool interleaved : {false, true}) {
        LayerNet net;
        ITensor& x = net.input<float>("x", {1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
        ITensor& cos = net.constant<float>({2, 2}, {0, 1, 1, 0});
        ITensor& sin = net.constant<float>({2, 2}, {1, 0, 0, 1});
        IRotaryEmbeddingLayer* layer = net.network->addRotaryEmbedding(x, cos, sin, interleaved, 0);
        layer->setInput(3, net.input<int32_t>("at", {1, 2}, {1, 0}));
        net.output(layer->getOutput(0), "y");
        ASSERT_TRUE(net.run()) << net.logger.all();
        net.expect("y", interleaved ? Floats{1, 2, -4, 3, -6, 5, 7, 8} : Floats{1, -4, 3, 2, -7, 6, 5, 8});
    }
}

TEST(KvCacheLayer, WritesAtEachItemsPlace) {
    LayerNet net;
    ITensor& cache = net.input<float>("cache", {2, 1, 3, 1}, {0, 0, 0, 0, 0, 0});
    ITensor& update = net.input<float>("update", {2, 1, 2, 1}, {1, 2, 3, 4});
    ITensor& at = net.input<int32_t>("at", {2}, {1, 0});
    net.output(net.network->addKVCacheUpdate(cache, update, at, KVCacheMode::kLINEAR)->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {0, 1, 2, 3, 4, 0});
}

TEST(KvCacheLayer, TakesPackedUpdatesAndLeavesOutWhatDoesNotFit) {
    LayerNet net;
    ITensor& cache = net.input<float>("cache", {3, 1, 3, 1}, Floats(9, 0));
    ITensor& update = net.input<float>("update", {5, 1, 1}, {1, 2, 3, 4, 5});
    ITensor& at = net.input<int32_t>("at", {3}, {1, 0, 2});
    IKVCacheUpdateLayer* layer = net.network->addKVCacheUpdate(cache, update, at, KVCacheMode::kLINEAR);
    EXPECT_TRUE(layer->setUpdateForm(AttentionIOForm::kPACKED_NHD));
    EXPECT_TRUE(layer->setUpdateLengths(&net.input<int32_t>("offsets", {4}, {0, 2, 3, 5})));
    net.output(layer->getOutput(0), "y");
    ASSERT_TRUE(net.run()) << net.logger.all();
    net.expect("y", {0, 1, 2, 3, 0, 0, 0, 0, 0});
}

double silu(double x) {
    return x / (1 + std::exp(-x));
}

//! Two experts on two tokens of size 2, hidden experts' size 1.
struct Experts {
    LayerNet net;
    ITensor& tokens = net.input<float>("tokens", {1, 2, 2}, {1, 2, 3, -1});
    ITensor& chosen = net.input<int32_t>("chosen", {1, 2, 1}, {1, 0});
    ITensor& scores = net.input<float>("scores", {1, 2, 1}, {0.5F, 2});
    IMoELayer* layer = net.network->addMoE(tokens, chosen, scores);
    Experts() {
        layer->setGatedWeights(net.constant<float>({2, 2, 1}, {1, 0, 0, 1}),
                               net.constant<float>({2, 2, 1}, {1, 1, 2, 1}),
                               net.constant<float>({2, 1, 2}, {1, 2, 3, 4}), MoEActType::kSILU);
    }
    //! Token 0 goes to expert 1 (gate 2, up 4), token 1 to expert 0 (gate 3, up 2).
    void expect(double first, double second) {
        net.output(layer->getOutput(0), "y");
        ASSERT_TRUE(net.run()) << net.logger.all();
        net.expect("y", {static_cast<float>(0.5 * first * 3), static_cast<float>(0.5 * first * 4),
                         static_cast<float>(2 * second), static_cast<float>(2 * second * 2)});
    }
};

TEST(MoELayer, SumsTheChosenExperts) {
    Experts e;
    e.expect(silu(2) * 4, silu(3) * 2);
}

TEST(MoELayer, ClampsAndShifts) {
    Experts e;
    e.layer->setSwigluParams(2.5F, 1.5F, 1);
    e.expect(2 / (1 + std::exp(-3.0)) * 3.5, 2.5 / (1 + std::exp(-3.75)) * 3);
}

TEST(MoELayer, AddsBiases) {
    Experts e;
    e.layer->setGatedBiases(e.net.constant<float>({2, 1}, {1, 0}), e.net.constant<float>({2, 1}, {0, 1}),
                            e.net.constant<float>({2, 2}, {0, 0, 0, 0}));
    e.expect(silu(2) * 5, silu(4) * 2);
}

TEST(MoELayer, QuantizesWhatGoesDown) {
    Experts e;
    e.layer->setActivationType(MoEActType::kNONE);
    e.layer->setQuantizationStatic(e.net.constant<float>({}, {1}), DataType::kFP8);
    e.expect(8, 6);  // both are numbers of the narrow type
    Experts dynamic;
    dynamic.layer->setActivationType(MoEActType::kNONE);
    dynamic.layer->setQuantizationDynamicDblQ(dynamic.net.constant<float>({}, {1}), DataType::kFP8,
                                              dimsOf({1, 1, 1, -1}), DataType::kFLOAT);
    dynamic.expect(8, 6);
}

}  // namespace
}  // namespace apitest
