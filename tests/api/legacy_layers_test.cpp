// SPDX-License-Identifier: Apache-2.0
// Layers of older releases: fully connected, RNNv2 with weights per gate, RNN with packed weights. Networks with an
// implicit batch are built and run as their programs did.
#include <cmath>

#include "layer_support.h"

namespace apitest {
namespace {

using Floats = std::vector<float>;

//! Weights of a cell by gate, W then R, bias of W then of R, computed from a seed.
struct Gates {
    RNNOperation operation;
    size_t data, hidden;
    int seed = 0;

    std::vector<RNNGateType> gates() const {
        using G = RNNGateType;
        if (operation == RNNOperation::kLSTM) return {G::kFORGET, G::kINPUT, G::kCELL, G::kOUTPUT};
        if (operation == RNNOperation::kGRU) return {G::kUPDATE, G::kRESET, G::kHIDDEN};
        return {G::kINPUT};
    }
    float number(RNNGateType gate, bool isW, bool isBias, size_t i) const {
        const auto place = static_cast<double>(i + 1) * 0.77 + static_cast<double>(gate) * 1.3 + seed * 2.1;
        return static_cast<float>(0.8 * std::sin(place + (isW ? 0.4 : 0) + (isBias ? 3.1 : 0)));
    }
    Floats values(RNNGateType gate, bool isW, bool isBias) const {
        Floats out(isBias ? hidden : hidden * (isW ? data : hidden));
        for (size_t i = 0; i < out.size(); ++i) out[i] = number(gate, isW, isBias, i);
        return out;
    }
    double argument(RNNGateType gate, bool isW, size_t unit, const Floats& x) const {
        double sum = number(gate, isW, true, unit);
        for (size_t i = 0; i < x.size(); ++i)
            sum += static_cast<double>(number(gate, isW, false, unit * x.size() + i)) * x[i];
        return sum;
    }
};

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

//! One step of a cell: the new hidden state; the cell state is updated.
Floats step(const Gates& g, const Floats& x, const Floats& h, Floats& c) {
    using G = RNNGateType;
    Floats next(g.hidden);
    for (size_t u = 0; u < g.hidden; ++u) {
        const auto both = [&](G gate) { return g.argument(gate, true, u, x) + g.argument(gate, false, u, h); };
        double value = 0;
        if (g.operation == RNNOperation::kRELU) value = std::max(0.0, both(G::kINPUT));
        if (g.operation == RNNOperation::kTANH) value = std::tanh(both(G::kINPUT));
        if (g.operation == RNNOperation::kLSTM) {
            const double cell = sigmoid(both(G::kFORGET)) * c[u] + sigmoid(both(G::kINPUT)) * std::tanh(both(G::kCELL));
            c[u] = static_cast<float>(cell);
            value = sigmoid(both(G::kOUTPUT)) * std::tanh(cell);
        }
        if (g.operation == RNNOperation::kGRU) {
            const double z = sigmoid(both(G::kUPDATE)), r = sigmoid(both(G::kRESET));
            const double hidden =
                std::tanh(g.argument(G::kHIDDEN, true, u, x) + r * g.argument(G::kHIDDEN, false, u, h));
            value = (1 - z) * hidden + z * h[u];
        }
        next[u] = static_cast<float>(value);
    }
    return next;
}

using Sequence = std::vector<Floats>;

//! All hidden states, the last one and the last cell state, of one direction.
struct Recurrence {
    Recurrence(const Gates& gates, const Sequence& x, bool backwards) : states(x.size()), h(gates.hidden, 0), c(h) {
        for (size_t s = 0; s < x.size(); ++s) {
            const size_t t = backwards ? x.size() - 1 - s : s;
            h = step(gates, x[t], h, c);
            states[t] = h;
        }
    }
    Sequence states;
    Floats h, c;
};

Sequence sequence(size_t steps, size_t size, double seed) {
    Sequence out(steps, Floats(size));
    for (size_t t = 0; t < steps; ++t) {
        for (size_t i = 0; i < size; ++i)
            out[t][i] = static_cast<float>(std::cos(seed + 0.9 * static_cast<double>(t * size + i)));
    }
    return out;
}

void append(Floats& to, const Floats& from) {
    to.insert(to.end(), from.begin(), from.end());
}
Floats flat(const Sequence& sequence) {
    Floats out;
    for (const Floats& x : sequence) append(out, x);
    return out;
}

void setGates(LayerNet& net, IRNNv2Layer* layer, int32_t pseudoLayer, const Gates& gates, bool withW = true) {
    for (const RNNGateType gate : gates.gates()) {
        for (const bool isW : {true, false}) {
            if (isW && !withW) continue;
            layer->setWeightsForGate(pseudoLayer, gate, isW, net.weights(gates.values(gate, isW, false)));
            layer->setBiasForGate(pseudoLayer, gate, isW, net.weights(gates.values(gate, isW, true)));
        }
    }
}

constexpr RNNOperation kCells[] = {RNNOperation::kRELU, RNNOperation::kTANH, RNNOperation::kLSTM, RNNOperation::kGRU};

TEST(RNNv2Layer, RunsEveryCell) {
    for (const RNNOperation cell : kCells) {
        const Gates gates{cell, 3, 2};
        const Sequence x = sequence(4, 3, 0.2);
        LayerNet net;
        IRNNv2Layer* layer = net.network->addRNNv2(net.input<float>("x", {1, 4, 3}, flat(x)), 1, 2, 4, cell);
        EXPECT_EQ(layer->getDataLength(), 3);
        setGates(net, layer, 0, gates);
        net.output(layer->getOutput(0), "y");
        net.output(layer->getOutput(1), "h");
        if (cell == RNNOperation::kLSTM) net.output(layer->getOutput(2), "c");
        ASSERT_TRUE(net.run()) << net.logger.all();
        const Recurrence run(gates, x, false);
        net.expect("y", flat(run.states));
        net.expect("h", run.h);
        if (cell == RNNOperation::kLSTM) net.expect("c", run.c);
    }
}

TEST(RNNv2Layer, StacksTwoDirections) {
    const Gates f0{RNNOperation::kGRU, 3, 2, 0}, b0{RNNOperation::kGRU, 3, 2, 1}, f1{RNNOperation::kGRU, 4, 2, 2},
        b1{RNNOperation::kGRU, 4, 2, 3};
    const Sequence x = sequence(3, 3, 0.5);
    LayerNet net;
    IRNNv2Layer* layer = net.network->addRNNv2(net.input<float>("x", {3, 3}, flat(x)), 2, 2, 3, RNNOperation::kGRU);
    layer->setDirection(RNNDirection::kBIDIRECTION);
    const Gates* all[] = {&f0, &b0, &f1, &b1};
    for (int32_t l = 0; l < 4; ++l) setGates(net, layer, l, *all[l]);
    net.output(layer->getOutput(0), "y");
    net.output(layer->getOutput(1), "h");
    ASSERT_TRUE(net.run()) << net.logger.all();
    const auto join = [](const Recurrence& forward, const Recurrence& backward) {
        Sequence out = forward.states;
        for (size_t t = 0; t < out.size(); ++t) append(out[t], backward.states[t]);
        return out;
    };
    const Recurrence a(f0, x, false), b(b0, x, true);
    const Sequence middle = join(a, b);
    const Recurrence c(f1, middle, false), d(b1, middle, true);
    net.expect("y", flat(join(c, d)));
    net.expect("h", flat({a.h, b.h, c.h, d.h}));
}

TEST(RNNv2Layer, SkipsTheFirstMatrixAndStopsAtLengths) {
    Gates gates{RNNOperation::kTANH, 2, 2};
    const Sequence first = sequence(3, 2, 0.1), second = sequence(3, 2, 1.7);
    LayerNet net;
    Floats both = flat(first);
    append(both, flat(second));
    IRNNv2Layer* layer =
        net.network->addRNNv2(net.input<float>("x", {-1, 3, 2}, both, {2, 3, 2}), 1, 2, 3, RNNOperation::kTANH);
    layer->setInputMode(RNNInputMode::kSKIP);
    layer->setSequenceLengths(net.input<int32_t>("lengths", {-1}, {3, 2}, {2}));
    layer->setHiddenState(net.input<float>("h0", {-1, 1, 2}, {0.5F, -0.5F, 0, 0}, {2, 1, 2}));
    setGates(net, layer, 0, gates, false);
    net.output(layer->getOutput(0), "y");
    net.output(layer->getOutput(1), "h");
    ASSERT_TRUE(net.run()) << net.logger.all();
    Floats expected, last;
    for (const bool isSecond : {false, true}) {
        Floats h = isSecond ? Floats{0, 0} : Floats{0.5F, -0.5F};
        for (size_t t = 0; t < 3; ++t) {
            const Floats& x = (isSecond ? second : first)[t];
            Floats next(2, 0);
            for (size_t u = 0; u < 2 && !(isSecond && t == 2); ++u) {
                next[u] = static_cast<float>(std::tanh(x[u] + gates.argument(RNNGateType::kINPUT, false, u, h)));
            }
            if (!(isSecond && t == 2)) h = next;
            append(expected, next);
        }
        append(last, h);
    }
    net.expect("y", expected);
    net.expect("h", last);
}

TEST(RNNv2Layer, NamesTheWeightsThatAreMissing) {
    LayerNet net;
    IRNNv2Layer* layer =
        net.network->addRNNv2(net.input<float>("x", {1, 2, 3}, Floats(6, 0)), 1, 2, 2, RNNOperation::kLSTM);
    layer->setName("memory");
    net.output(layer->getOutput(0), "y");
    EXPECT_FALSE(net.run());
    EXPECT_TRUE(net.logger.error("memory: W weights of layer 0 for the input gate have count 0 but 6 was expected"))
        << net.logger.all();
}

//! A network with an implicit batch, run by the calls of its time.
struct Implicit {
    Implicit() : builder(createInferBuilder(logger)), network(builder->createNetwork()) { builder->setMaxBatchSize(4); }
    //! Buffers in the order of the bindings: inputs, then outputs.
    bool run(int32_t batch, const std::vector<void*>& buffers) {
        const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
        const std::unique_ptr<ICudaEngine> engine(builder->buildEngineWithConfig(*network, *config));
        if (!engine) return false;
        const std::unique_ptr<IExecutionContext> context(engine->createExecutionContext());
        std::vector<void*> bindings = buffers;
        return context->execute(batch, bindings.data());
    }
    Logger logger;
    std::unique_ptr<IBuilder> builder;
    std::unique_ptr<INetworkDefinition> network;
};

TEST(ImplicitBatch, FullyConnectedFlattensItsInput) {
    Implicit net;
    const Floats kernel{1, 2, 3, 4, 0, 1, 0, -1}, bias{10, 20};
    ITensor* x = net.network->addInput("x", DataType::kFLOAT, Dims3(1, 2, 2));
    IFullyConnectedLayer* layer =
        net.network->addFullyConnected(*x, 2, {DataType::kFLOAT, kernel.data(), 8}, {DataType::kFLOAT, bias.data(), 2});
    ILRNLayer* lrn = net.network->addLRN(*layer->getOutput(0), 1, 0, 1, 2);  // halves
    EXPECT_EQ(lrn->getOutput(0)->getDimensions().nbDims, 3);
    net.network->markOutput(*lrn->getOutput(0));
    Floats in{1, 1, 1, 1, 1, 2, 3, 4}, out(4, 0);
    ASSERT_TRUE(net.run(2, {in.data(), out.data()})) << net.logger.all();
    EXPECT_EQ(out, (Floats{10, 10, 20, 9}));
}

TEST(ImplicitBatch, RNNTakesPackedWeights) {
    for (const RNNOperation cell : kCells) {
        const Gates forward{cell, 3, 2, 0}, backward{cell, 3, 2, 1};
        Floats weights, bias;
        for (const Gates* g : {&forward, &backward}) {
            for (const bool isW : {true, false}) {
                for (const RNNGateType gate : g->gates()) {
                    append(weights, g->values(gate, isW, false));
                    append(bias, g->values(gate, isW, true));
                }
            }
        }
        Implicit net;
        ITensor* x = net.network->addInput("x", DataType::kFLOAT, Dims3(2, 1, 3));
        IRNNLayer* layer = net.network->addRNN(*x, 1, 2, 2, cell, RNNInputMode::kLINEAR, RNNDirection::kBIDIRECTION,
                                               {DataType::kFLOAT, weights.data(), static_cast<int64_t>(weights.size())},
                                               {DataType::kFLOAT, bias.data(), static_cast<int64_t>(bias.size())});
        ASSERT_NE(layer, nullptr) << net.logger.all();
        const Dims dims = layer->getOutput(0)->getDimensions(), last = layer->getOutput(1)->getDimensions();
        EXPECT_EQ(std::vector<int64_t>(dims.d, dims.d + dims.nbDims), (std::vector<int64_t>{2, 1, 4}));
        EXPECT_EQ(std::vector<int64_t>(last.d, last.d + last.nbDims), (std::vector<int64_t>{2, 1, 2}));
        net.network->markOutput(*layer->getOutput(0));
        const Sequence data = sequence(2, 3, 0.4);
        Floats in = flat(data), out(8, 0);
        ASSERT_TRUE(net.run(1, {in.data(), out.data()})) << net.logger.all();
        const Recurrence f(forward, data, false), b(backward, data, true);
        for (size_t t = 0; t < 2; ++t) {
            for (size_t u = 0; u < 2; ++u) {
                EXPECT_NEAR(out[t * 4 + u], f.states[t][u], 1e-5);
                EXPECT_NEAR(out[t * 4 + 2 + u], b.states[t][u], 1e-5);
            }
        }
    }
}

TEST(ImplicitBatch, RNNv2RepeatsAConstantStateForEachItem) {
    const Gates gates{RNNOperation::kTANH, 3, 2};
    const Sequence x = sequence(2, 3, 0.9);
    Implicit net;
    LayerNet store;  // keeps the weights
    const Floats initial{0, 0};
    ITensor* in = net.network->addInput("x", DataType::kFLOAT, Dims2(2, 3));
    IRNNv2Layer* layer = net.network->addRNNv2(*in, 1, 2, 2, RNNOperation::kTANH);
    layer->setHiddenState(*net.network->addConstant(Dims2(1, 2), {DataType::kFLOAT, initial.data(), 2})->getOutput(0));
    setGates(store, layer, 0, gates);
    net.network->markOutput(*layer->getOutput(0));
    Floats data = flat(x), out(12, 0);
    append(data, flat(x));
    append(data, flat(x));
    ASSERT_TRUE(net.run(3, {data.data(), out.data()})) << net.logger.all();
    const Floats expected = flat(Recurrence(gates, x, false).states);
    for (size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i % 4], 1e-5);
}

TEST(ImplicitBatch, RefusesLayersWithoutIt) {
    Implicit net;
    ITensor* x = net.network->addInput("x", DataType::kFLOAT, Dims3(1, 2, 2));
    EXPECT_EQ(net.network->addNonZero(*x), nullptr);
    EXPECT_TRUE(net.logger.error("addNonZero: the layer does not work with an implicit batch dimension"))
        << net.logger.all();
    EXPECT_EQ(net.network->addGridSample(*x, *x), nullptr);
    EXPECT_EQ(net.network->addScatter(*x, *x, *x, ScatterMode::kND), nullptr);
}

}  // namespace
}  // namespace apitest
