// SPDX-License-Identifier: Apache-2.0
#include "network/recurrent_stack.h"

#include <cstring>

#include "network/rules.h"
#include "ops/expand.h"
#include "ops/recurrent.h"
#include "ops/reshape.h"

namespace opentrt::network {

using nvinfer1::RNNGateType;
using nvinfer1::RNNInputMode;
using nvinfer1::RNNOperation;

namespace {

constexpr const char* kGateNames[] = {"input", "output", "forget", "update", "reset", "cell", "hidden"};

//! The weights of all gates of all directions of one layer, one behind the other, in the type of the data.
class Packer {
public:
    Packer(const std::string& layer, DType type, std::vector<int64_t> dims)
        : layer_(layer), out_(type, std::move(dims)) {}

    void append(const nvinfer1::Weights& weights, int64_t count, const std::string& what) {
        if (weights.count != count || (count > 0 && !weights.values)) {
            throw Error(ErrorCode::InvalidArgument, layer_,
                        cat(what, " have count ", weights.values ? weights.count : 0, " but ", count, " was expected"));
        }
        append(Tensor::borrow(api::toDType(known(layer_, "weights type", weights.type)), {count}, weights.values));
    }
    void append(const Tensor& tensor) {
        const Tensor part = tensor.type() == out_.type() ? tensor : tensor.cast(out_.type());
        std::memcpy(static_cast<char*>(out_.mutableData()) + at_, part.data(), static_cast<size_t>(part.bytes()));
        at_ += part.bytes();
    }
    void skip(int64_t count) { at_ += bytesFor(out_.type(), count); }
    Tensor take() { return std::move(out_); }

private:
    const std::string& layer_;
    Tensor out_;
    int64_t at_ = 0;
};

Tensor identity(int64_t size) {
    Tensor eye(DType::F32, {size, size});
    for (int64_t i = 0; i < size; ++i) eye.set(i * size + i, 1);
    return eye;
}

//! The three weight inputs of one layer of the stack.
class LayerWeights {
public:
    LayerWeights(Composer& composer, const RecurrentStack& stack, const RecurrentWeights& weights, int32_t layer,
                 DType type)
        : composer_(composer), stack_(stack), weights_(weights), layer_(layer), type_(type) {}

    ValueId matrices(bool isW, int64_t dataLength) const {
        const int64_t d = stack_.directions(), h = stack_.hidden;
        const int64_t columns = stack_.columns(layer_ * stack_.directions(), isW, dataLength);
        const bool skipped = columns == 0;
        const auto gates = stack_.gates();
        Packer packer(composer_.layer(), type_,
                      {d, static_cast<int64_t>(gates.size()) * h, skipped ? dataLength : columns});
        const Tensor eye = skipped ? identity(h) : Tensor();
        forEachGate([&](int32_t pseudo, RNNGateType gate) {
            if (skipped) return packer.append(eye);
            packer.append(weights_(pseudo, gate, isW, false), h * columns, label(pseudo, gate, isW, "weights"));
        });
        return composer_.constant(isW ? "W" : "R", packer.take());
    }

    //! Nothing when no bias was set.
    ValueId biases() const {
        const int64_t d = stack_.directions(), h = stack_.hidden;
        const auto gates = stack_.gates();
        Packer packer(composer_.layer(), type_, {d, 2 * static_cast<int64_t>(gates.size()) * h});
        bool any = false;
        for (int32_t direction = 0; direction < d; ++direction) {
            const int32_t pseudo = layer_ * stack_.directions() + direction;
            for (const bool isW : {true, false}) {
                for (const RNNGateType gate : gates) {
                    const nvinfer1::Weights bias = weights_(pseudo, gate, isW, true);
                    if (bias.count == 0) {
                        packer.skip(h);
                    } else {
                        packer.append(bias, h, label(pseudo, gate, isW, "bias weights"));
                        any = true;
                    }
                }
            }
        }
        return any ? composer_.constant("B", packer.take()) : ValueId();
    }

private:
    template <class F>
    void forEachGate(const F& f) const {
        for (int32_t d = 0; d < stack_.directions(); ++d) {
            for (const RNNGateType gate : stack_.gates()) f(layer_ * stack_.directions() + d, gate);
        }
    }
    static std::string label(int32_t pseudo, RNNGateType gate, bool isW, const char* what) {
        return cat(isW ? "W " : "R ", what, " of layer ", pseudo, " for the ", kGateNames[static_cast<int>(gate)],
                   " gate");
    }

    Composer& composer_;
    const RecurrentStack& stack_;
    const RecurrentWeights& weights_;
    int32_t layer_;
    DType type_;
};

ops::Recurrent operatorOf(const RecurrentStack& stack) {
    ops::Recurrent op;
    op.cell = stack.isLstm()                          ? ops::RecurrentCell::Lstm
              : stack.operation == RNNOperation::kGRU ? ops::RecurrentCell::Gru
                                                      : ops::RecurrentCell::Rnn;
    if (stack.directions() == 2) op.direction = ops::RecurrentDirection::Bidirectional;
    if (stack.operation == RNNOperation::kRELU) op.activations.assign(static_cast<size_t>(stack.directions()), "Relu");
    op.hidden = stack.hidden;
    op.linearBeforeReset = op.cell == ops::RecurrentCell::Gru;
    op.layout = 1;
    return op;
}

//! The leading dimensions as one, and back.
class Leading {
public:
    Leading(Composer& composer, ValueId x) : composer_(composer), x_(x), rank_(composer.rank(x) - 2) {}

    //! [leading..., rest...] to [batch, rest...]; the rest has `rest` known dimensions.
    ValueId join(ValueId value, size_t rest) const {
        if (!value.valid() || rank_ == 1) return value;
        std::vector<int64_t> dims{-1};
        const Shape& shape = composer_.shape(value);
        for (size_t i = shape.size() - rest; i < shape.size(); ++i) dims.push_back(shape[i].constant());
        if (rank_ == 0) dims[0] = 1;
        return composer_.reshape(value, std::move(dims));
    }
    ValueId split(ValueId value) const {
        if (rank_ == 1) return value;
        const Shape& shape = composer_.shape(value);
        std::vector<ValueId> parts;
        std::vector<int64_t> places, rest;
        for (size_t i = 0; i < rank_; ++i) places.push_back(static_cast<int64_t>(i));
        for (size_t i = 1; i < shape.size(); ++i) rest.push_back(shape[i].constant());
        if (rank_ > 0) parts.push_back(composer_.dims(x_, places));
        parts.push_back(composer_.integers("rest", rest));
        return composer_.make<ops::Reshape>("split", {value, composer_.concatenate("dims", parts, 0)});
    }
    //! A constant of an implicit-batch network has batch 1: repeats it for each item.
    ValueId repeat(ValueId value) const {
        if (!value.valid() || rank_ == 0 || !composer_.shape(value)[0].isConstant() ||
            composer_.shape(x_)[0].isConstant())
            return value;
        std::vector<ValueId> parts{composer_.dims(x_, {0})};
        std::vector<int64_t> rest;
        for (size_t i = 1; i < composer_.rank(value); ++i) rest.push_back(static_cast<int64_t>(i));
        if (!rest.empty()) parts.push_back(composer_.dims(value, rest));
        return composer_.make<ops::Expand>("repeat", {value, composer_.concatenate("dims", parts, 0)});
    }

private:
    Composer& composer_;
    ValueId x_;
    size_t rank_;
};

void requireInput(Composer& composer, const RecurrentStack& stack, ValueId x) {
    const Shape& shape = composer.shape(x);
    const auto fail = [&](const std::string& text) { throw Error(ErrorCode::InvalidArgument, composer.layer(), text); };
    if (shape.size() < 2) fail(cat("the input has dimensions ", str(shape), " when it should end with steps and data"));
    const Dim &steps = shape[shape.size() - 2], &data = shape.back();
    if (!steps.isConstant() || steps.constant() != stack.steps)
        fail(cat("the input has ", steps, " steps when the layer was made for ", stack.steps));
    if (!data.isConstant()) fail(cat("the data length is ", data, " when it should be known at build time"));
    if (stack.mode == RNNInputMode::kSKIP && data.constant() != stack.hidden)
        fail(cat("the data length is ", data, " when it should be the hidden size ", stack.hidden,
                 ", because the first layer takes its input as it is"));
}

void requireState(Composer& composer, const RecurrentStack& stack, ValueId x, ValueId state, const char* what) {
    if (!state.valid()) return;
    Shape expected(composer.shape(x).begin(), composer.shape(x).end() - 2);
    expected.insert(expected.end(), {stack.pseudoLayers(), stack.hidden});
    const Shape& given = composer.shape(state);
    bool fits = given.size() == expected.size();
    for (size_t i = expected.size() - 2; fits && i < expected.size(); ++i) fits = given[i] == expected[i];
    if (fits) return;
    throw Error(ErrorCode::InvalidArgument, composer.layer(),
                cat("the ", what, " has dimensions ", str(given), " when they should be ", str(expected)));
}

}  // namespace

std::vector<RNNGateType> RecurrentStack::gates() const {
    switch (operation) {
        case RNNOperation::kLSTM:
            return {RNNGateType::kINPUT, RNNGateType::kOUTPUT, RNNGateType::kFORGET, RNNGateType::kCELL};
        case RNNOperation::kGRU:
            return {RNNGateType::kUPDATE, RNNGateType::kRESET, RNNGateType::kHIDDEN};
        default:
            return {RNNGateType::kINPUT};
    }
}

int64_t RecurrentStack::columns(int32_t pseudoLayer, bool isW, int64_t dataLength) const {
    if (!isW) return hidden;
    if (pseudoLayer >= directions()) return directions() * hidden;
    return mode == RNNInputMode::kSKIP ? 0 : dataLength;
}

std::vector<ValueId> addRecurrentStack(Graph& graph, Composer& composer, const RecurrentStack& stack,
                                       const RecurrentWeights& weights, ValueId x, ValueId lengths, ValueId state,
                                       ValueId cell) {
    requireInput(composer, stack, x);
    requireState(composer, stack, x, state, "initial hidden state");
    requireState(composer, stack, x, cell, "initial cell state");
    const Leading leading(composer, x);
    const int64_t d = stack.directions();
    lengths = leading.join(leading.repeat(lengths), 0);
    state = leading.join(leading.repeat(state), 2);
    cell = leading.join(leading.repeat(cell), 2);
    ValueId data = leading.join(x, 2);
    const DType type = composer.type(x);
    std::vector<ValueId> states, cells;
    for (int32_t layer = 0; layer < stack.layers; ++layer) {
        const LayerWeights own(composer, stack, weights, layer, type);
        const ops::Recurrent op = operatorOf(stack);
        const auto part = [&](ValueId all) {
            return !all.valid() || stack.layers == 1 ? all : composer.slice("initial", all, 1, layer * d, d);
        };
        const int64_t dataLength = composer.shape(data).back().constant();
        std::vector<ValueId> inputs{
            data, own.matrices(true, dataLength), own.matrices(false, dataLength), own.biases(), lengths, part(state)};
        if (stack.isLstm()) inputs.push_back(part(cell));
        while (!inputs.back().valid()) inputs.pop_back();
        const std::string name = stack.layers == 1 ? composer.layer() : cat(composer.layer(), ".", layer);
        const NodeId node = graph.addNode(op.clone(), std::move(inputs), name, {}, op.outputCount());
        const std::vector<ValueId> made = graph[node].outputs;
        data = composer.reshape(made[0], {0, 0, d * stack.hidden});  // both directions side by side
        states.push_back(made[1]);
        if (stack.isLstm()) cells.push_back(made[2]);
    }
    std::vector<ValueId> outputs{leading.split(data), leading.split(composer.concatenate("states", states, 1))};
    if (stack.isLstm()) outputs.push_back(leading.split(composer.concatenate("cells", cells, 1)));
    return outputs;
}

}  // namespace opentrt::network
