// SPDX-License-Identifier: Apache-2.0
// Works backwards from the outputs. A scope is a graph under construction and the layers that may be built in it; what
// a scope needs of layers that are not its own is captured from the scope around it. A branch of a conditional owns the
// layers that nothing outside of the branch uses, so it is evaluated only when chosen; a loop's body owns what depends
// on its recurrences and iterators. Tested by control_test.cpp.
#include "network/graph_builder.h"

#include <algorithm>
#include <functional>
#include <set>

#include "ops/if.h"
#include "ops/loop.h"

namespace opentrt::network {

namespace {

using LayerSet = std::set<const LayerBase*>;

struct Scope {
    Graph& graph;
    Scope* parent;
    LayerSet members;  //!< of a body; the outermost scope owns everything
    std::map<const TensorShell*, ValueId> values;
};

class Builder {
public:
    //! Layers that no output depends on do not count as users: they are not built, but for what effects need.
    Builder(const std::vector<TensorShell*>& outputs, const std::vector<LayerBase*>& effects)
        : effects_(effects.begin(), effects.end()), needed_(ancestors({outputs.begin(), outputs.end()})) {
        for (const LayerBase* layer : needed_) {
            for (const TensorShell* in : layer->inputs) {
                if (in) users_[in].insert(layer);
            }
        }
        wanted_ = needed_;
        for (const LayerBase* effect : effects_)
            wanted_.merge(ancestors({effect->inputs.begin(), effect->inputs.end()}));
    }

    //! Layer behind layer without recursion, because networks are deep; only constructs nest.
    ValueId resolve(Scope& scope, const TensorShell* tensor) {
        if (!tensor)
            throw Error(ErrorCode::InvalidArgument, "", "a conditional or a loop lacks a tensor that was removed");
        std::vector<const TensorShell*> pending{tensor};
        LayerSet open;
        while (!pending.empty()) {
            const TensorShell* t = pending.back();
            const LayerBase* producer = t->producer;
            if (scope.values.count(t) || buildResult(scope, *t)) {
                pending.pop_back();
                continue;
            }
            const size_t before = pending.size();
            for (const TensorShell* in : producer->inputs) {
                if (in && !scope.values.count(in)) pending.push_back(in);
            }
            if (pending.size() == before) {
                buildLayer(scope, *producer);
            } else if (!open.insert(producer).second) {
                throw Error(ErrorCode::InvalidArgument, producer->name, "the layer depends on its own output");
            }
        }
        return scope.values.at(tensor);
    }

    //! Builds the effects that belong to a scope and that no construct inside of it has taken.
    void addEffects(Scope& scope) {
        for (const LayerBase* effect : effects_) {
            if (placed_.count(effect) || (scope.parent && !scope.members.count(effect))) continue;
            placed_.insert(effect);
            buildLayer(scope, *effect);
        }
    }

private:
    //! Builds the whole construct when the tensor is a result of one; refuses tensors that cannot be had in the scope.
    bool buildResult(Scope& scope, const TensorShell& tensor) {
        const LayerBase* producer = tensor.producer;
        if (scope.parent && (!producer || !scope.members.count(producer))) {
            throw Error(ErrorCode::Internal, tensor.name, "a body reads a tensor that was not captured");
        }
        if (!producer) throw Error(ErrorCode::InvalidArgument, tensor.name, "the tensor was removed from the network");
        if (dynamic_cast<const RecurrenceShell*>(producer) || dynamic_cast<const IteratorShell*>(producer)) {
            throw Error(ErrorCode::InvalidArgument, producer->name,
                        "a tensor of the inside of a loop is used outside of it; pass it out with addLoopOutput");
        }
        const auto* output = dynamic_cast<const Conditional::OutputShell*>(producer);
        const auto* stacked = dynamic_cast<const LoopOutputShell*>(producer);
        if (!output && !stacked) return false;
        if (!building_.insert(producer->construct).second) {
            throw Error(ErrorCode::InvalidArgument, producer->name,
                        cat("the ", output ? "conditional" : "loop", " depends on its own output"));
        }
        if (output) buildConditional(scope, output->owner);
        if (stacked) buildLoop(scope, stacked->owner);
        building_.erase(producer->construct);
        return true;
    }

    //! Makes members of a construct's body the effects that read its values, and what only they need.
    void takeEffects(const Construct& construct, LayerSet& members) const {
        const auto inside = [&](const LayerBase* layer) { return members.count(layer) > 0; };
        LayerSet taken;
        for (const LayerBase* effect : effects_) {
            const LayerSet chain = ancestors({effect->inputs.begin(), effect->inputs.end()}, &construct);
            if (!std::any_of(chain.begin(), chain.end(), inside)) continue;
            taken.insert(effect);
            for (const LayerBase* layer : chain) {
                if (!needed_.count(layer)) taken.insert(layer);
            }
        }
        members.insert(taken.begin(), taken.end());
    }

    void buildLayer(Scope& scope, const LayerBase& layer) {
        std::vector<ValueId> inputs;
        for (const TensorShell* in : layer.inputs) inputs.push_back(in ? resolve(scope, in) : ValueId());
        const std::vector<ValueId> values = layer.network.addLayer(scope.graph, const_cast<LayerBase&>(layer), inputs);
        for (size_t o = 0; o < layer.outputs.size(); ++o) scope.values[layer.outputs[o].get()] = values[o];
    }

    //! Layers on which `tensors` depend, through constructs too; but not from outside into `closed`.
    static LayerSet ancestors(const std::vector<const TensorShell*>& tensors, const Construct* closed = nullptr) {
        LayerSet found;
        std::vector<const LayerBase*> pending;
        const auto isResult = [&](const LayerBase* layer) {
            const std::vector<LayerBase*> results = closed->results();
            return std::find(results.begin(), results.end(), layer) != results.end();
        };
        const auto reach = [&](const LayerBase* layer) {
            if (!layer || (closed && layer->construct == closed && isResult(layer))) return;
            if (found.insert(layer).second) pending.push_back(layer);
        };
        for (const TensorShell* t : tensors) {
            if (t) reach(t->producer);
        }
        while (!pending.empty()) {
            const LayerBase* layer = pending.back();
            pending.pop_back();
            for (const TensorShell* in : layer->inputs) {
                if (in) reach(in->producer);
            }
            if (!layer->construct) continue;
            for (const LayerBase* driver : layer->construct->drivers()) reach(driver);
        }
        return found;
    }

    //! Of `candidates`, those that only candidates and `last` use, and no network output is.
    LayerSet exclusive(LayerSet candidates, const LayerSet& last) const {
        for (bool changed = true; changed;) {
            changed = false;
            for (auto at = candidates.begin(); at != candidates.end();) {
                if (usedOnlyBy(**at, candidates, last)) {
                    ++at;
                } else {
                    at = candidates.erase(at);
                    changed = true;
                }
            }
        }
        return candidates;
    }

    bool usedOnlyBy(const LayerBase& layer, const LayerSet& candidates, const LayerSet& last) const {
        const auto ok = [&](const LayerBase* user) { return candidates.count(user) || last.count(user); };
        for (const auto& tensor : layer.outputs) {
            if (tensor->isOutput) return false;
            const auto at = users_.find(tensor.get());
            if (at != users_.end() && !std::all_of(at->second.begin(), at->second.end(), ok)) return false;
        }
        if (!layer.construct || dynamic_cast<const Conditional::InputShell*>(&layer)) return true;
        const std::vector<LayerBase*> results = layer.construct->results();
        const bool isResult = std::find(results.begin(), results.end(), &layer) != results.end();
        // The parts of a construct go where all of its results go.
        return std::all_of(results.begin(), results.end(),
                           [&](const LayerBase* r) { return candidates.count(r) > 0 || (isResult && r == &layer); });
    }

    //! Tensors from outside that the members read, in a stable order.
    static void addCaptures(const LayerSet& members, const std::vector<const TensorShell*>& ends,
                            const std::set<const TensorShell*>& given, std::vector<const TensorShell*>& captures) {
        std::vector<const TensorShell*> reads = ends;
        for (const LayerBase* layer : members) {
            for (const TensorShell* in : layer->inputs) {
                if (in) reads.push_back(in);
            }
        }
        for (const TensorShell* t : reads) {
            if (!t) continue;  // refused when it is resolved
            const bool outside = (!t->producer || !members.count(t->producer)) && !given.count(t);
            if (outside && std::find(captures.begin(), captures.end(), t) == captures.end()) captures.push_back(t);
        }
    }

    static void sortByName(std::vector<const TensorShell*>& tensors) {
        std::sort(tensors.begin(), tensors.end(), [](const TensorShell* a, const TensorShell* b) {
            return std::tie(a->name, a->output) < std::tie(b->name, b->output);
        });
    }

    void buildConditional(Scope& scope, const Conditional& conditional) {
        if (!conditional.condition) {
            throw Error(ErrorCode::InvalidArgument, conditional.name,
                        "the conditional has no condition; call setCondition");
        }
        LayerSet last(conditional.outputs.begin(), conditional.outputs.end());
        std::vector<const TensorShell*> ends[2];
        for (const auto* output : conditional.outputs) {
            for (size_t branch = 0; branch < 2; ++branch) ends[branch].push_back(output->inputs[branch]);
        }
        // Around a loop every branch would depend on every other one.
        LayerSet members[2] = {ancestors(ends[0], &conditional), ancestors(ends[1], &conditional)};
        LayerSet common;
        for (const LayerBase* layer : members[0]) {
            if (members[1].count(layer)) common.insert(layer);
        }
        std::vector<const TensorShell*> captures;
        for (size_t branch = 0; branch < 2; ++branch) {
            for (const LayerBase* layer : common) members[branch].erase(layer);
            members[branch] = exclusive(std::move(members[branch]), last);
            if (scope.parent) std::erase_if(members[branch], [&](auto* l) { return scope.members.count(l) == 0; });
            takeEffects(conditional, members[branch]);
            addCaptures(members[branch], ends[branch], {}, captures);
        }
        sortByName(captures);
        std::vector<ValueId> inputs{resolve(scope, conditional.condition->inputs[0])};
        for (const TensorShell* t : captures) inputs.push_back(resolve(scope, t));
        std::vector<std::unique_ptr<Graph>> bodies;
        for (size_t branch = 0; branch < 2; ++branch) {
            auto body = std::make_unique<Graph>(branch == 0 ? "then" : "else");
            Scope inner{*body, &scope, members[branch], {}};
            for (size_t c = 0; c < captures.size(); ++c) {
                inner.values[captures[c]] = body->addInput(captures[c]->name, scope.graph.fact(inputs[c + 1]));
            }
            for (const TensorShell* end : ends[branch]) body->markOutput(resolve(inner, end));
            addEffects(inner);
            bodies.push_back(std::move(body));
        }
        const std::string name = conditional.name.empty() ? conditional.outputs[0]->name : conditional.name;
        const NodeId node = scope.graph.addNode(std::make_unique<ops::If>(), inputs, name, std::move(bodies),
                                                static_cast<int>(conditional.outputs.size()));
        nameOutputs(scope, node, conditional.outputs);
    }

    template <class Layers>
    static void nameOutputs(Scope& scope, NodeId node, const Layers& outputs, size_t first = 0) {
        for (size_t o = 0; o < outputs.size(); ++o) {
            const ValueId value = scope.graph[node].outputs[first + o];
            const TensorShell* tensor = outputs[o]->outputs[0].get();
            scope.graph[value].name = tensor->name;
            scope.values[tensor] = value;
        }
    }

    //! Layers that depend on the loop's recurrences and iterators.
    LayerSet bodyOf(const LoopShell& loop) const {
        LayerSet found;
        std::vector<const LayerBase*> pending;
        for (const LayerBase* layer : loop.recurrences) pending.push_back(layer);
        for (const LayerBase* layer : loop.iterators) pending.push_back(layer);
        for (const LayerBase* layer : pending) found.insert(layer);
        while (!pending.empty()) {
            const LayerBase* layer = pending.back();
            pending.pop_back();
            std::vector<const LayerBase*> next;
            for (const auto& tensor : layer->outputs) {
                if (const auto at = users_.find(tensor.get()); at != users_.end()) {
                    next.insert(next.end(), at->second.begin(), at->second.end());
                }
            }
            if (layer->construct && layer->construct != &loop) {
                for (const LayerBase* r : layer->construct->results()) {
                    if (needed_.count(r)) next.push_back(r);
                }
                for (const LayerBase* d : layer->construct->drivers()) next.push_back(d);
                // What its branches compute stays in them, though it may be the same in each iteration.
                if (const auto* conditional = dynamic_cast<const Conditional*>(layer->construct)) {
                    for (const LayerBase* in : conditional->inputs) {
                        if (needed_.count(in)) next.push_back(in);
                    }
                }
            }
            for (const LayerBase* user : next) {
                if (user->construct != &loop && found.insert(user).second) pending.push_back(user);
            }
        }
        return found;
    }

    void buildLoop(Scope& scope, const LoopShell& loop);

    std::vector<const LayerBase*> effects_;
    LayerSet needed_;  //!< by the outputs
    LayerSet wanted_;  //!< by the outputs and the effects
    LayerSet placed_;  //!< effects that are built
    std::set<const Construct*> building_;
    std::map<const TensorShell*, LayerSet> users_;
};

//! What a loop is made of, sorted for the operator.
struct LoopParts {
    const TripLimitShell* count = nullptr;
    const TripLimitShell* condition = nullptr;
    std::vector<const LoopOutputShell*> stacks;
};

//! Stacks that nobody wants are left out: the layers that make their slices are not built either.
LoopParts partsOf(const LoopShell& loop, const LayerSet& wanted) {
    LoopParts parts;
    for (const TripLimitShell* limit : loop.limits) {
        (limit->limit == TripLimit::kCOUNT ? parts.count : parts.condition) = limit;
    }
    if (!parts.count && !parts.condition) {
        throw Error(ErrorCode::InvalidArgument, loop.name, "the loop has no trip limit; call addTripLimit");
    }
    for (const RecurrenceShell* recurrence : loop.recurrences) {
        if (recurrence->inputs.size() < 2 || !recurrence->inputs[1]) {
            throw Error(ErrorCode::InvalidArgument, recurrence->name,
                        "the recurrence has no next value; set it as input 1");
        }
    }
    for (const LoopOutputShell* output : loop.outputs) {
        if (output->kind != LoopOutput::kLAST_VALUE && wanted.count(output)) parts.stacks.push_back(output);
    }
    return parts;
}

void Builder::buildLoop(Scope& scope, const LoopShell& loop) {
    const LoopParts parts = partsOf(loop, wanted_);
    LayerSet members = bodyOf(loop);
    takeEffects(loop, members);
    std::vector<const TensorShell*> ends;
    std::set<const TensorShell*> given;
    ops::Loop op;
    op.conditional = parts.condition != nullptr;
    op.carried = static_cast<int64_t>(loop.recurrences.size());
    std::vector<ValueId> inputs{parts.count ? resolve(scope, parts.count->inputs[0]) : ValueId(), ValueId()};
    for (const RecurrenceShell* r : loop.recurrences) {
        inputs.push_back(resolve(scope, r->inputs[0]));
        ends.push_back(r->inputs[1]);
        given.insert(r->outputs[0].get());
    }
    for (const IteratorShell* it : loop.iterators) {
        inputs.push_back(resolve(scope, it->inputs[0]));
        op.iteratorAxes.push_back(it->axis);
        op.iteratorReverse.push_back(it->reverse ? 1 : 0);
        given.insert(it->outputs[0].get());
    }
    for (const LoopOutputShell* stack : parts.stacks) {
        inputs.push_back(stack->inputs.size() > 1 && stack->inputs[1] ? resolve(scope, stack->inputs[1]) : ValueId());
        op.scanAxes.push_back(stack->axis);
        op.scanReverse.push_back(stack->kind == LoopOutput::kREVERSE ? 1 : 0);
        ends.push_back(stack->inputs[0]);
    }
    if (parts.condition) ends.push_back(parts.condition->inputs[0]);
    LayerSet inside = members;
    for (const LayerBase* r : loop.recurrences) inside.erase(r);
    for (const LayerBase* i : loop.iterators) inside.erase(i);
    std::vector<const TensorShell*> captures;
    addCaptures(inside, ends, given, captures);
    sortByName(captures);
    for (const TensorShell* t : captures) inputs.push_back(resolve(scope, t));

    // The condition before the first trip: its subgraph on the initial values.
    if (parts.condition) {
        Scope first{scope.graph, scope.parent, inside, scope.values};
        first.members.insert(scope.members.begin(), scope.members.end());
        for (size_t r = 0; r < loop.recurrences.size(); ++r) {
            first.values[loop.recurrences[r]->outputs[0].get()] = inputs[2 + r];
        }
        inputs[1] = resolve(first, parts.condition->inputs[0]);
    }

    auto body = std::make_unique<Graph>("body");
    Scope inner{*body, &scope, inside, {}};
    body->addInput("iteration", DType::I64, {});
    const auto addBodyInput = [&](const TensorShell* tensor, ValueId outer) {
        inner.values[tensor] = body->addInput(tensor->name, scope.graph.fact(outer));
    };
    for (size_t r = 0; r < loop.recurrences.size(); ++r) {
        addBodyInput(loop.recurrences[r]->outputs[0].get(), inputs[2 + r]);
    }
    const auto firstIterator = static_cast<size_t>(op.firstIterator()),
               firstCaptured = static_cast<size_t>(op.firstCaptured());
    for (size_t i = 0; i < loop.iterators.size(); ++i) {
        Fact slice = scope.graph.fact(inputs[firstIterator + i]);
        const auto axis = static_cast<size_t>(loop.iterators[i]->axis);
        if (axis >= slice.shape.size()) {
            throw Error(ErrorCode::InvalidArgument, loop.iterators[i]->name,
                        cat("axis ", axis, " does not exist in ", str(slice.shape)));
        }
        slice.shape.erase(slice.shape.begin() + static_cast<long>(axis));
        slice.constant.reset();
        slice.elements.reset();
        inner.values[loop.iterators[i]->outputs[0].get()] = body->addInput(loop.iterators[i]->name, slice);
    }
    for (size_t c = 0; c < captures.size(); ++c) addBodyInput(captures[c], inputs[firstCaptured + c]);

    std::vector<ValueId> next, slices;
    for (const RecurrenceShell* r : loop.recurrences) next.push_back(resolve(inner, r->inputs[1]));
    for (const LoopOutputShell* stack : parts.stacks) slices.push_back(resolve(inner, stack->inputs[0]));
    addEffects(inner);
    if (parts.condition) {
        Scope after{*body, &scope, inside, {}};
        for (size_t r = 0; r < loop.recurrences.size(); ++r)
            after.values[loop.recurrences[r]->outputs[0].get()] = next[r];
        for (const TensorShell* t : captures) after.values[t] = inner.values.at(t);
        body->markOutput(resolve(after, parts.condition->inputs[0]));
    }
    for (const ValueId v : next) body->markOutput(v);
    for (const ValueId v : slices) body->markOutput(v);

    std::vector<std::unique_ptr<Graph>> bodies;
    bodies.push_back(std::move(body));
    const std::string name = loop.name.empty() && !loop.outputs.empty() ? loop.outputs[0]->name : loop.name;
    const int outputs = op.outputCount();
    const NodeId node = scope.graph.addNode(op.clone(), inputs, name, std::move(bodies), outputs);
    nameOutputs(scope, node, parts.stacks, loop.recurrences.size());
    for (const LoopOutputShell* output : loop.outputs) {
        if (output->kind != LoopOutput::kLAST_VALUE) continue;
        const auto at = std::find_if(loop.recurrences.begin(), loop.recurrences.end(), [&](const RecurrenceShell* r) {
            return r->outputs[0].get() == output->inputs[0];
        });
        if (at == loop.recurrences.end()) {
            throw Error(ErrorCode::InvalidArgument, output->name,
                        "a last-value output takes the output of one of the loop's recurrences");
        }
        const ValueId value = scope.graph[node].outputs[static_cast<size_t>(at - loop.recurrences.begin())];
        scope.graph[value].name = output->outputs[0]->name;
        scope.values[output->outputs[0].get()] = value;
    }
}

}  // namespace

std::vector<ValueId> buildStructured(Graph& graph, const std::vector<TensorShell*>& inputs,
                                     const std::vector<TensorShell*>& outputs, const std::vector<LayerBase*>& effects) {
    Scope scope{graph, nullptr, {}, {}};
    for (size_t i = 0; i < inputs.size(); ++i) scope.values[inputs[i]] = graph.inputs()[i];
    Builder builder(outputs, effects);
    std::vector<ValueId> values;
    for (const TensorShell* output : outputs) values.push_back(builder.resolve(scope, output));
    builder.addEffects(scope);
    return values;
}

}  // namespace opentrt::network
