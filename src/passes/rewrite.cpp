// SPDX-License-Identifier: Apache-2.0
// The driver of rewrite rules. Nodes wait in a queue, producers first; a rewrite queues the new nodes and the readers
// of what they make. When the queue is empty after a change, everything is looked at once more, because a pattern may
// reach further than its neighbours. What a rewrite makes inherits the metadata of everything that it made superfluous.
#include <algorithm>
#include <deque>
#include <map>

#include "base/error.h"
#include "passes/pipeline.h"
#include "passes/rule.h"

namespace opentrt::passes {

namespace {

//! Metadata of several layers in one text are divided by this, as TensorRT does.
constexpr char kBetweenLayers = '\x1e';

class Metadata {
public:
    void add(const std::string& text) {
        size_t begin = 0;
        while (begin < text.size()) {
            const size_t end = std::min(text.find(kBetweenLayers, begin), text.size());
            std::string layer = text.substr(begin, end - begin);
            if (!layer.empty() && std::find(layers_.begin(), layers_.end(), layer) == layers_.end()) {
                layers_.push_back(std::move(layer));
            }
            begin = end + 1;
        }
    }
    std::string text() const {
        std::string joined;
        for (const std::string& layer : layers_)
            joined += (joined.empty() ? "" : std::string(1, kBetweenLayers)) + layer;
        return joined;
    }

private:
    std::vector<std::string> layers_;
};

class Driver {
public:
    Driver(Graph& graph, PassContext& context, std::span<const Rule> rules) : graph_(graph), context_(context) {
        for (const Rule& rule : rules) rulesAt_[rule.root].push_back(&rule);
    }

    bool run() {
        // A rule that undoes another one would never end; no honest pass rewrites a graph this often.
        const int64_t limit = 1000 + 16 * int64_t{graph_.nodeCount()};
        int64_t before = -1;
        while (before != count_ && !exhausted_) {
            before = count_;
            for (NodeId id : graph_.order()) enqueue(id);
            while (!queue_.empty() && !exhausted_) {
                const NodeId id = queue_.front();
                queue_.pop_front();
                queued_[static_cast<size_t>(id.index)] = false;
                visit(id);
                if (count_ > limit) internalError(cat("rule ", last_, " was applied without end"));
            }
        }
        return count_ > 0;
    }

private:
    void enqueue(NodeId id) {
        queued_.resize(static_cast<size_t>(graph_.nodeCount()), false);
        if (!id.valid() || graph_[id].dead || queued_[static_cast<size_t>(id.index)]) return;
        queued_[static_cast<size_t>(id.index)] = true;
        queue_.push_back(id);
    }

    void visit(NodeId id) {
        if (graph_[id].dead) return;
        const auto at = rulesAt_.find(&graph_[id].op->info());
        if (at == rulesAt_.end()) return;
        for (const Rule* rule : at->second) {
            const std::optional<Rewrite> rewrite = rule->match(graph_, graph_[id], context_);
            if (!rewrite) continue;
            if (!rule->required && !context_.spend()) {
                exhausted_ = true;
                return;
            }
            apply(*rule, *rewrite);
            return;
        }
    }

    void apply(const Rule& rule, const Rewrite& rewrite) {
        const int32_t firstNew = graph_.nodeCount();
        const ValueId by = rewrite.build(graph_);
        Metadata metadata;
        const NodeId root = graph_[rewrite.old].producer;
        const std::string rootMetadata = graph_[root].options.metadata;
        graph_.replaceUses(rewrite.old, by);
        eraseUnused(root, metadata);
        metadata.add(rootMetadata);
        for (int32_t n = firstNew; n < graph_.nodeCount(); ++n) {
            if (graph_[NodeId{n}].options.metadata.empty()) graph_[NodeId{n}].options.metadata = metadata.text();
            enqueue(NodeId{n});
        }
        for (const Use& use : graph_[by].uses) enqueue(use.node);
        if (!rule.required) context_.log.verbose(rule.name, ": ", rewrite.text);
        last_ = rule.name;
        ++count_;
    }

    //! Removes a node that nobody reads, and what was there for it alone. Metadata come producers first.
    void eraseUnused(NodeId id, Metadata& metadata) {
        if (!id.valid() || graph_[id].dead || graph_[id].op->hasSideEffects() || !graph_[id].bodies.empty()) return;
        for (ValueId out : graph_[id].outputs) {
            if (!graph_[out].uses.empty() || graph_.isOutput(out)) return;
        }
        const std::vector<ValueId> inputs = graph_[id].inputs;
        const std::string text = graph_[id].options.metadata;
        graph_.erase(id);
        for (ValueId in : inputs) {
            if (in.valid()) eraseUnused(graph_[in].producer, metadata);
        }
        metadata.add(text);
    }

    Graph& graph_;
    PassContext& context_;
    std::map<const OpInfo*, std::vector<const Rule*>> rulesAt_;
    std::deque<NodeId> queue_;
    std::vector<bool> queued_;
    int64_t count_ = 0;
    bool exhausted_ = false;
    const char* last_ = "";
};

}  // namespace

bool applyRules(Graph& graph, PassContext& context, std::span<const Rule> rules) {
    return Driver(graph, context, rules).run();
}

}  // namespace opentrt::passes
