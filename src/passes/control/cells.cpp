// SPDX-License-Identifier: Apache-2.0
// With s = sigmoid or another function, h and c the state and the cell, A affine in x and h:
//   LSTM  c' = s(A) * c + s(A) * g(A)     h' = s(A) * f(c')              (1 - i) may stand for the forget gate
//   GRU   h' = (1 - z) * n + z * h        z = s(A)    n = g(A of x and r * h, or A of x + r * (A of h))    r = s(A)
//         also n + z * (h - n), h + z * (n - h), and with z and 1 - z exchanged
//   RNN   h' = f(A)
#include "passes/control/cells.h"

#include <algorithm>

#include "passes/match.h"

namespace opentrt::passes {

namespace {

using Operation = ops::ElementWiseOperation;
using ops::ActivationFunction;

struct Gate {
    CellFunction function;
    AffineForm form;
};

std::optional<CellFunction> functionOf(const ops::Activation& op) {
    switch (op.function) {
        case ActivationFunction::Sigmoid:
            return CellFunction{"Sigmoid"};
        case ActivationFunction::Tanh:
            return CellFunction{"Tanh"};
        case ActivationFunction::Relu:
            return CellFunction{"Relu"};
        case ActivationFunction::Softsign:
            return CellFunction{"Softsign"};
        case ActivationFunction::LeakyRelu:
            return CellFunction{"LeakyRelu", op.alpha, 0};
        case ActivationFunction::Elu:
            return CellFunction{"Elu", op.alpha, 0};
        case ActivationFunction::HardSigmoid:
            return CellFunction{"HardSigmoid", op.alpha, op.beta};
        case ActivationFunction::ScaledTanh:
            return CellFunction{"ScaledTanh", op.alpha, op.beta};
        default:
            return std::nullopt;
    }
}

class Finder {
public:
    Finder(const LoopParts& parts, AffineForms& forms) : parts_(parts), body_(*parts.body), forms_(forms) {}

    std::optional<Cell> find(size_t state) {
        if (auto cell = lstm(state)) return cell;
        if (auto cell = gru(state)) return cell;
        return rnn(state);
    }

private:
    ValueId through(ValueId value) const { return throughUnitDims(body_, value); }
    ValueId next(size_t carried) const { return through(parts_.carried[carried].next); }
    bool isState(ValueId value, size_t carried) const { return through(value) == parts_.carried[carried].inside; }

    std::optional<Pair> operands(ValueId value, Operation operation) const {
        return operandsOf(body_, through(value), operation);
    }
    //! Both orders of the operands of a product.
    std::vector<Pair> factors(ValueId value) const {
        const auto pair = operands(value, Operation::Prod);
        return pair ? std::vector<Pair>{*pair, {pair->b, pair->a}} : std::vector<Pair>();
    }

    //! A function of an affine form; the slice may come before or behind the function.
    std::optional<Gate> gate(ValueId value) {
        value = through(value);
        const Node* node = nullptr;
        if (const auto* op = producerAs<ops::Activation>(body_, value, &node)) {
            const auto function = functionOf(*op);
            if (!function) return {};
            return Gate{*function, forms_.of(node->inputs[0])};
        }
        const auto range = slicedRows(body_, value);
        if (!range) return {};
        auto whole = gate(range->of);
        if (!whole) return {};
        return Gate{whole->function, rowsOf(whole->form, range->first, range->count)};
    }

    //! 1 - x: the x.
    std::optional<ValueId> complementOf(ValueId value) const {
        const auto pair = operands(value, Operation::Sub);
        if (!pair || !isAbout(numberIn(body_, pair->a), 1)) return {};
        return through(pair->b);
    }

    std::optional<Cell> lstm(size_t state) {
        for (const Pair& product : factors(next(state))) {
            const auto out = gate(product.a);
            const Node* node = nullptr;
            const auto* squash = producerAs<ops::Activation>(body_, through(product.b), &node);
            if (!out || !squash || !functionOf(*squash)) continue;
            for (size_t memory = 0; memory < parts_.carried.size(); ++memory) {
                if (memory == state || through(node->inputs[0]) != next(memory)) continue;
                auto cell = lstmWith(*out, memory);
                if (!cell) continue;
                cell->state = state;
                cell->next = next(state);
                cell->functions.push_back(*functionOf(*squash));
                return cell;
            }
        }
        return {};
    }

    std::optional<Cell> lstmWith(const Gate& out, size_t memory) {
        const auto sum = operands(next(memory), Operation::Sum);
        if (!sum) return {};
        for (const auto& [kept, added] : {Pair{sum->a, sum->b}, Pair{sum->b, sum->a}}) {
            for (const Pair& forgetting : factors(kept)) {
                if (!isState(forgetting.b, memory)) continue;
                for (const Pair& adding : factors(added)) {
                    const auto in = gate(adding.a), candidate = gate(adding.b);
                    if (!in || !candidate || !(in->function == out.function)) continue;
                    Cell cell;
                    cell.kind = ops::RecurrentCell::Lstm;
                    cell.memory = memory;
                    cell.functions = {out.function, candidate->function};
                    const auto coupled = complementOf(forgetting.a);
                    cell.inputForget = coupled && *coupled == through(adding.a);
                    const auto forget = cell.inputForget ? std::optional(Gate{}) : gate(forgetting.a);
                    if (!forget || (!cell.inputForget && !(forget->function == out.function))) continue;
                    cell.gates = {in->form, out.form, forget->form, candidate->form};
                    return cell;
                }
            }
        }
        return {};
    }

    //! h' = (1 - update) * candidate + update * h
    struct Blend {
        ValueId update, candidate;
        bool exchanged;  //!< it is update * candidate + (1 - update) * h
    };

    std::optional<Blend> blend(size_t state) const {
        const auto sum = operands(next(state), Operation::Sum);
        if (!sum) return {};
        for (const auto& [a, b] : {Pair{sum->a, sum->b}, Pair{sum->b, sum->a}}) {
            for (const Pair& second : factors(b)) {
                const auto difference = operands(second.b, Operation::Sub);
                if (difference && isState(difference->a, state) && through(a) == through(difference->b))
                    return Blend{second.a, a, false};
                if (difference && isState(a, state) && isState(difference->b, state))
                    return Blend{second.a, difference->a, true};
                if (!isState(second.b, state)) continue;
                for (const Pair& first : factors(a)) {
                    if (complementOf(first.a) == through(second.a)) return Blend{second.a, first.b, false};
                    if (complementOf(second.a) == through(first.a)) return Blend{first.a, first.b, true};
                }
            }
        }
        return {};
    }

    std::optional<Cell> gru(size_t state) {
        const auto mix = blend(state);
        if (!mix) return {};
        auto update = gate(mix->update), candidate = gate(mix->candidate);
        if (!update || !candidate) return {};
        const bool isOdd = update->function == CellFunction{"Sigmoid"} ||
                           (std::string_view(update->function.name) == "HardSigmoid" && update->function.beta == 0.5);
        if (mix->exchanged) {  // 1 - s(a) = s(-a)
            if (!isOdd) return {};
            std::vector<float> minus(static_cast<size_t>(update->form.rows * update->form.rows), 0.0f);
            for (int64_t r = 0; r < update->form.rows; ++r) minus[static_cast<size_t>(r * update->form.rows + r)] = -1;
            update->form = times(minus, update->form.rows, update->form);
        }
        for (const AffineForm::Term& term : candidate->form.terms) {
            for (const Pair& product : factors(term.source)) {
                const auto reset = gate(product.a);
                if (!reset || !(reset->function == update->function)) continue;
                const bool whole = term.weights.empty() && term.rowCount == candidate->form.rows;
                if (!isState(product.b, state) && !whole) continue;
                Cell cell;
                cell.kind = ops::RecurrentCell::Gru;
                cell.state = state;
                cell.next = next(state);
                cell.gates = {update->form, reset->form, candidate->form};
                cell.functions = {update->function, candidate->function};
                cell.resetState = term.source;
                if (!isState(product.b, state)) cell.reset = forms_.of(product.b);
                return cell;
            }
        }
        return {};
    }

    std::optional<Cell> rnn(size_t state) {
        const auto whole = gate(next(state));
        if (!whole) return {};
        Cell cell;
        cell.state = state;
        cell.next = next(state);
        cell.gates = {whole->form};
        cell.functions = {whole->function};
        return cell;
    }

    const LoopParts& parts_;
    const Graph& body_;
    AffineForms& forms_;
};

}  // namespace

std::optional<Cell> findCell(const LoopParts& parts, size_t state, AffineForms& forms) {
    return Finder(parts, forms).find(state);
}

}  // namespace opentrt::passes
