// SPDX-License-Identifier: Apache-2.0
// Loops that compute LSTM, GRU or RNN cells step by step: the cells leave the loop and become one Recurrent operator
// over the whole sequence, and what is left of the loop iterates over its result. A cell leaves when it reads nothing
// but its state and sequences that the loop iterates over, when the number of trips is the length of these, and when
// nothing else reads the state. Cells that stand on one another leave one after the other.
#include <algorithm>
#include <set>

#include "base/error.h"
#include "ops/concatenation.h"
#include "ops/loop.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/squeeze.h"
#include "ops/transpose.h"
#include "passes/control/cells.h"
#include "passes/control/node_copier.h"
#include "passes/passes.h"

namespace opentrt::passes {

namespace {

//! Where the batch of a value [.., batch, .., width] is among its dimensions; nothing when all of them are 1.
struct Rows {
    std::optional<size_t> batchAxis;
    Dim batch = 1;
    int64_t width = 0;
};
std::optional<Rows> rowsOf(const Shape& shape) {
    if (shape.empty() || !shape.back().isConstant()) return {};
    Rows rows;
    rows.width = shape.back().constant();
    for (size_t i = 0; i + 1 < shape.size(); ++i) {
        if (shape[i] == Dim(1)) continue;
        if (rows.batchAxis) return {};
        rows.batchAxis = i;
        rows.batch = shape[i];
    }
    return rows;
}

bool isZero(const Graph& graph, ValueId value) {
    const auto& constant = graph.fact(value).constant;
    if (!constant) return false;
    for (int64_t i = 0; i < constant->count(); ++i) {
        if (constant->get(i) != 0) return false;
    }
    return true;
}

//! Weights of a Recurrent, one direction.
struct Weights {
    int64_t gates, hidden, inputs;
    std::vector<float> w, r, bias;

    Weights(int64_t gates, int64_t hidden, int64_t inputs)
        : gates(gates),
          hidden(hidden),
          inputs(inputs),
          w(static_cast<size_t>(gates * hidden * inputs), 0.0f),
          r(static_cast<size_t>(gates * hidden * hidden), 0.0f),
          bias(static_cast<size_t>(2 * gates * hidden), 0.0f) {}

    //! Adds a term to columns from `column` on of a gate's rows.
    static void add(const AffineForm::Term& term, std::vector<float>& to, int64_t width, int64_t row, int64_t column) {
        for (int64_t r = 0; r < term.rowCount; ++r) {
            float* out = to.data() + (row + term.firstRow + r) * width + column;
            if (term.weights.empty()) {
                out[r] += 1;
                continue;
            }
            for (int64_t c = 0; c < term.width; ++c) out[c] += term.weights[static_cast<size_t>(r * term.width + c)];
        }
    }
};

class Extraction {
public:
    Extraction(Graph& graph, NodeId loop, LoopParts& parts, const Cell& cell)
        : graph_(graph), loop_(loop), parts_(parts), cell_(cell), body_(*parts.body) {}

    //! Whether the cell can leave; collects what build() needs.
    bool isPossible() {
        const Fact& fact = graph_.fact(parts_.carried[cell_.state].initial);
        const auto rows = rowsOf(fact.shape);
        const bool known = fact.type == DType::F32 || fact.type == DType::F16 || fact.type == DType::BF16;
        if (!rows || !known) return false;
        rows_ = *rows;
        if (!likeState(body_.fact(cell_.next)) || !likeState(body_.fact(parts_.carried[cell_.state].inside)))
            return false;
        if (cell_.memory && !likeState(body_.fact(parts_.carried[*cell_.memory].inside))) return false;
        return readsItsState() && collectSequences() && isAlone();
    }

    void build();

private:
    struct Sequence {
        size_t iterator;
        ValueId whole;          //!< outside, the iterated tensor or what it is projected from
        AffineForm projection;  //!< of the iterated tensor's slices
        int64_t column;         //!< of the first input
    };

    bool likeState(const Fact& fact) const {
        const auto rows = rowsOf(fact.shape);
        return rows && rows->width == rows_.width && rows->batch == rows_.batch &&
               fact.type == graph_.fact(parts_.carried[cell_.state].initial).type;
    }

    //! What may stand for the state in a gate: of a GRU's candidate, what the reset gate has gone through.
    bool isState(ValueId value, size_t gate) const {
        const bool isCandidate = cell_.kind == ops::RecurrentCell::Gru && gate == 2;
        return value == (isCandidate ? cell_.resetState : parts_.carried[cell_.state].inside);
    }

    //! By a matrix: what is computed element by element does not gain from the operator.
    bool readsItsState() const {
        const auto dense = [&](const AffineForm& form) {
            return std::any_of(form.terms.begin(), form.terms.end(), [&](const AffineForm::Term& term) {
                const bool state = term.source == parts_.carried[cell_.state].inside || term.source == cell_.resetState;
                return state && !term.weights.empty();
            });
        };
        return std::any_of(cell_.gates.begin(), cell_.gates.end(), dense) || (cell_.reset && dense(*cell_.reset));
    }

    bool collectSequences() {
        const auto trips = tripsOf(graph_, parts_);
        if (!trips) return false;
        for (size_t g = 0; g < cell_.gates.size(); ++g) {
            const AffineForm& form = cell_.gates[g];
            if (form.rows != rows_.width && !(cell_.inputForget && form.rows == 0)) return false;
            for (const AffineForm::Term& term : form.terms) {
                if (!isState(term.source, g) && !addSequence(term, *trips)) return false;
            }
        }
        if (cell_.reset) {
            if (cell_.reset->rows != rows_.width) return false;
            for (const AffineForm::Term& term : cell_.reset->terms) {
                if (term.source != parts_.carried[cell_.state].inside) return false;
            }
        }
        return !sequences_.empty();
    }

    bool addSequence(const AffineForm::Term& term, const Dim& trips) {
        const auto at = std::find_if(parts_.iterators.begin(), parts_.iterators.end(),
                                     [&](const auto& iterator) { return iterator.inside == term.source; });
        if (at == parts_.iterators.end()) return false;
        const auto index = static_cast<size_t>(at - parts_.iterators.begin());
        for (const Sequence& known : sequences_) {
            if (known.iterator == index) return true;
            if (parts_.iterators[known.iterator].reverse != at->reverse) return false;
        }
        const Fact& whole = graph_.fact(at->whole);
        const Dim& length = whole.shape[static_cast<size_t>(at->axis)];
        const bool shorter = length.isConstant() && trips.isConstant() && trips.constant() <= length.constant();
        if (length != trips && !shorter) return false;
        const auto rows = rowsOf(body_.fact(at->inside).shape);
        const bool fits = rows && rows->batch == rows_.batch && rows->width == term.width && rows->width > 0;
        if (!fits || whole.type != graph_.fact(parts_.carried[cell_.state].initial).type) return false;
        Sequence made{index, at->whole, {rows->width, {{at->whole, rows->width, 0, rows->width, {}}}, {}}, inputs_};
        made.projection.bias.assign(static_cast<size_t>(rows->width), 0.0f);
        if (at->axis + 1 < static_cast<int64_t>(whole.shape.size())) projectFromBefore(made);
        inputs_ += made.projection.terms[0].width;
        sequences_.push_back(std::move(made));
        return true;
    }

    //! Programs multiply the whole sequence with the input weights before the loop; the operator does that itself.
    void projectFromBefore(Sequence& sequence) const {
        AffineForms forms(graph_);
        const AffineForm& form = forms.of(sequence.whole);
        if (form.terms.size() != 1 || form.terms[0].source == sequence.whole || form.terms[0].width > form.rows) return;
        Shape before = graph_.fact(form.terms[0].source).shape, behind = graph_.fact(sequence.whole).shape;
        before.pop_back();
        behind.pop_back();
        if (before != behind || form.terms[0].rowCount != form.rows || form.terms[0].weights.empty()) return;
        sequence.whole = form.terms[0].source;
        sequence.projection = form;
    }

    //! Nothing but the cell reads its state; the next state is available to all.
    bool isAlone() const {
        std::vector<ValueId> pending{parts_.condition};
        for (const auto& scan : parts_.scans) pending.push_back(scan.slice);
        for (size_t c = 0; c < parts_.carried.size(); ++c) {
            if (c != cell_.state && c != cell_.memory) pending.push_back(parts_.carried[c].next);
        }
        for (const NodeId node : body_.order()) {
            if (actsOnTheWorld(body_[node]))
                pending.insert(pending.end(), body_[node].inputs.begin(), body_[node].inputs.end());
        }
        std::set<ValueId> seen{cell_.next};
        while (!pending.empty()) {
            const ValueId value = pending.back();
            pending.pop_back();
            if (!value.valid() || !seen.insert(value).second) continue;
            if (value == parts_.carried[cell_.state].inside) return false;
            if (cell_.memory && value == parts_.carried[*cell_.memory].inside) return false;
            const NodeId producer = body_[value].producer;
            if (!producer.valid()) continue;
            pending.insert(pending.end(), body_[producer].inputs.begin(), body_[producer].inputs.end());
        }
        return true;
    }

    std::string name(const char* part) const { return cat(graph_[loop_].name, " (", part, ")"); }

    //! One entry of a reshape's dimensions: the number, or where the value has it now.
    static int64_t entry(const Dim& dim, size_t axis) {
        return dim.isConstant() ? dim.constant() : ops::Reshape::copy(static_cast<int64_t>(axis));
    }
    ValueId reshaped(ValueId value, std::vector<int64_t> dims, const char* part) {
        return graph_.add(std::make_unique<ops::Reshape>(std::move(dims), false), {value}, name(part));
    }

    //! [steps, batch, width] of an iterated tensor.
    ValueId steps(const Sequence& sequence) {
        const LoopParts::Iterator& iterator = parts_.iterators[sequence.iterator];
        ValueId x = sequence.whole;
        const Dim trips = *tripsOf(graph_, parts_);
        const auto axis = static_cast<size_t>(iterator.axis);
        if (graph_.fact(x).shape[axis] != trips) {
            const std::vector<int64_t> first{0}, size{trips.constant()}, stride{1}, axes{iterator.axis};
            x = graph_.add(std::make_unique<ops::Slice>(first, size, stride, axes), {x}, name("steps"));
        }
        std::vector<int64_t> order{iterator.axis};
        for (size_t i = 0; i < graph_.fact(x).shape.size(); ++i) {
            if (i != axis) order.push_back(static_cast<int64_t>(i));
        }
        if (axis != 0) x = graph_.add(std::make_unique<ops::Transpose>(order), {x}, name("steps first"));
        const Shape moved = graph_.fact(x).shape;
        const auto rows = rowsOf(body_.fact(iterator.inside).shape);
        const size_t batchAxis = rows->batchAxis ? *rows->batchAxis + 1 : 0;
        return reshaped(x, {entry(moved[0], 0), entry(rows->batch, batchAxis), moved.back().constant()}, "sequence");
    }

    //! [1, batch, width] of an initial value; nothing when it is zero, which is the default.
    ValueId initial(ValueId value) {
        if (isZero(graph_, value)) return {};
        const auto rows = rowsOf(graph_.fact(value).shape);
        return reshaped(value, {1, entry(rows->batch, rows->batchAxis.value_or(0)), rows->width}, "initial");
    }

    //! From [lead, batch, width] to the lead, if wanted, and the shape of a state.
    ValueId stateShaped(ValueId value, bool keepLead, const Shape& to, const char* part) {
        std::vector<int64_t> dims;
        if (keepLead) dims.push_back(entry(graph_.fact(value).shape[0], 0));
        for (const Dim& d : to) dims.push_back(entry(d, 1));
        return reshaped(value, std::move(dims), part);
    }

    Weights weights() const;
    std::unique_ptr<ops::Recurrent> op() const;

    Graph& graph_;
    NodeId loop_;
    LoopParts& parts_;
    const Cell& cell_;
    Graph& body_;
    Rows rows_;
    std::vector<Sequence> sequences_;
    int64_t inputs_ = 0;
};

Weights Extraction::weights() const {
    const int64_t hidden = rows_.width;
    Weights made(static_cast<int64_t>(cell_.gates.size()), hidden, inputs_);
    const auto addTerm = [&](const AffineForm::Term& term, int64_t row) {
        const auto at = std::find_if(sequences_.begin(), sequences_.end(), [&](const Sequence& s) {
            return parts_.iterators[s.iterator].inside == term.source;
        });
        std::vector<float> direct(static_cast<size_t>(hidden * term.width), 0.0f);
        Weights::add(term, direct, term.width, 0, 0);
        const AffineForm projected = times(direct, hidden, at->projection);
        Weights::add(projected.terms[0], made.w, inputs_, row, at->column);
        for (size_t i = 0; i < projected.bias.size(); ++i) made.bias[static_cast<size_t>(row) + i] += projected.bias[i];
    };
    for (size_t g = 0; g < cell_.gates.size(); ++g) {
        const AffineForm& form = cell_.gates[g];
        const int64_t row = static_cast<int64_t>(g) * hidden;
        for (const AffineForm::Term& term : form.terms) {
            if (!isState(term.source, g)) {
                addTerm(term, row);
            } else if (g != 2 || !cell_.reset) {
                Weights::add(term, made.r, hidden, row, 0);
            }
        }
        for (size_t i = 0; i < form.bias.size(); ++i) made.bias[static_cast<size_t>(row) + i] += form.bias[i];
    }
    if (!cell_.reset) return made;
    for (const AffineForm::Term& term : cell_.reset->terms) Weights::add(term, made.r, hidden, 2 * hidden, 0);
    std::copy(cell_.reset->bias.begin(), cell_.reset->bias.end(), made.bias.end() - hidden);
    return made;
}

std::unique_ptr<ops::Recurrent> Extraction::op() const {
    auto op = std::make_unique<ops::Recurrent>();
    op->cell = cell_.kind;
    op->hidden = rows_.width;
    op->inputForget = cell_.inputForget;
    op->linearBeforeReset = cell_.reset.has_value();
    const bool backwards = parts_.iterators[sequences_[0].iterator].reverse;
    op->direction = backwards ? ops::RecurrentDirection::Reverse : ops::RecurrentDirection::Forward;
    for (const CellFunction& function : cell_.functions) {
        const std::string_view name = function.name;
        op->activations.emplace_back(name);
        const bool two = name == "HardSigmoid" || name == "ScaledTanh";
        if (two || name == "LeakyRelu" || name == "Elu") op->alphas.push_back(function.alpha);
        if (two) op->betas.push_back(function.beta);
    }
    return op;
}

void Extraction::build() {
    const LoopParts::Carried state = parts_.carried[cell_.state];
    const DType type = graph_.fact(state.initial).type;
    const Weights made = weights();
    const int64_t rows = made.gates * made.hidden;
    const auto constant = [&](const char* part, std::vector<int64_t> dims, const std::vector<float>& values) {
        Tensor tensor(DType::F32, std::move(dims));
        std::copy(values.begin(), values.end(), tensor.mutableAs<float>());
        return graph_.addConstant(graph_.uniqueName(name(part)), type == DType::F32 ? tensor : tensor.cast(type));
    };
    std::vector<ValueId> pieces;
    for (const Sequence& s : sequences_) pieces.push_back(steps(s));
    ValueId x = pieces[0];
    if (pieces.size() > 1) x = graph_.add(std::make_unique<ops::Concatenation>(2), pieces, name("inputs"));
    std::vector<ValueId> inputs{x,
                                constant("weights", {1, rows, made.inputs}, made.w),
                                constant("recurrent weights", {1, rows, made.hidden}, made.r),
                                constant("bias", {1, 2 * rows}, made.bias),
                                ValueId(),
                                initial(state.initial)};
    if (cell_.memory) inputs.push_back(initial(parts_.carried[*cell_.memory].initial));
    const std::unique_ptr<ops::Recurrent> cell = op();
    const NodeId node = graph_.addNode(cell->clone(), inputs, graph_[loop_].name, {}, cell->outputCount());
    const std::vector<ValueId> results = graph_[node].outputs;

    ValueId all = graph_.add(std::make_unique<ops::Squeeze>(std::vector<int64_t>{1}), {results[0]}, name("states"));
    const Fact next = body_.fact(cell_.next);
    all = stateShaped(all, true, next.shape, "states");
    const bool backwards = parts_.iterators[sequences_[0].iterator].reverse;
    const ValueId inside = body_.addInput(body_.uniqueName(name("state")), Fact{next.type, next.shape, {}, {}});
    parts_.iterators.push_back({all, 0, backwards, inside});
    parts_.replaceInside(cell_.next, inside);
    const auto leave = [&](const LoopParts::Carried& carried, ValueId result, const char* part) {
        const ValueId last = stateShaped(result, false, graph_.fact(carried.initial).shape, part);
        parts_.replaced.emplace_back(carried.last, last);
    };
    leave(state, results[1], "last state");
    if (cell_.memory) leave(parts_.carried[*cell_.memory], results[2], "last cell");
    std::vector<size_t> gone{cell_.state};
    if (cell_.memory) gone.push_back(*cell_.memory);
    std::sort(gone.rbegin(), gone.rend());
    for (const size_t c : gone) parts_.dropCarried(c);
}

//! Takes one cell out of the loop.
bool extractCell(Graph& graph, PassContext& context, NodeId loop) {
    LoopParts parts = takeApart(graph, loop);
    if (parts.condition.valid()) return false;
    AffineForms forms(*parts.body);
    for (size_t c = 0; c < parts.carried.size(); ++c) {
        const auto cell = findCell(parts, c, forms);
        if (!cell) continue;
        Extraction extraction(graph, loop, parts, *cell);
        if (!extraction.isPossible() || !context.spend()) continue;
        context.log.verbose("recurrences: recognised ", ops::kRecurrentCellNames[static_cast<int>(cell->kind)], " in ",
                            graph[loop].name);
        extraction.build();
        rebuild(graph, loop, std::move(parts));
        return true;
    }
    return false;
}

}  // namespace

bool recognizeRecurrences(Graph& graph, PassContext& context) {
    bool changed = false;
    for (bool again = true; again;) {
        again = false;
        for (const NodeId id : graph.order()) {
            if (!as<ops::Loop>(*graph[id].op) || !extractCell(graph, context, id)) continue;
            graph.inferAll();
            simplifyLoops(graph, context);  // what is left may stack what it iterates over
            changed = again = true;
            break;
        }
    }
    return changed;
}

}  // namespace opentrt::passes
