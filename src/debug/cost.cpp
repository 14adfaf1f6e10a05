// SPDX-License-Identifier: Apache-2.0
#include "debug/cost.h"

#include <algorithm>
#include <list>
#include <set>

namespace opentrt::debug {
namespace {

//! The fact with numbers in place of symbols; nothing when a symbol has no value.
std::optional<Fact> fixed(const Fact& fact, const SymbolValues& sizes) {
    Fact result = fact;
    for (Dim& dim : result.shape) {
        std::set<std::string> symbols;
        dim.collectSymbols(symbols);
        for (const std::string& symbol : symbols) {
            if (!sizes.count(symbol)) return std::nullopt;
        }
        dim = Dim(dim.eval(sizes));
    }
    return result;
}

//! Facts of some of a graph's values, in lasting places.
struct Facts {
    std::list<Fact> store;
    std::vector<const Fact*> list;

    bool add(const Graph& graph, const std::vector<ValueId>& values, const SymbolValues& sizes) {
        for (const ValueId v : values) {
            if (!v.valid()) {
                list.push_back(nullptr);
                continue;
            }
            auto fact = fixed(graph.fact(v), sizes);
            if (!fact) return false;
            list.push_back(&store.emplace_back(std::move(*fact)));
        }
        return true;
    }
    int64_t bytes() const {
        int64_t sum = 0;
        for (const Fact* fact : list) sum += fact ? bytesFor(fact->type, volumeOf(staticDims(fact->shape))) : 0;
        return sum;
    }
};

double flopsOf(const Graph& graph, NodeId id, const SymbolValues& sizes) {
    const Node& node = graph[id];
    if (node.op->kind() == "Region") {
        double sum = 0;
        for (const NodeId part : node.bodies[0]->order()) sum += flopsOf(*node.bodies[0], part, sizes);
        return sum;
    }
    Facts in, out;
    if (!in.add(graph, node.inputs, sizes) || !out.add(graph, node.outputs, sizes)) return 0;
    return node.op->flops(in.list, out.list);
}

}  // namespace

Cost costOf(const Graph& graph, NodeId node, const SymbolValues& sizes) {
    Facts all;
    if (!all.add(graph, graph[node].inputs, sizes) || !all.add(graph, graph[node].outputs, sizes)) return {};
    return {flopsOf(graph, node, sizes), all.bytes()};
}

}  // namespace opentrt::debug
