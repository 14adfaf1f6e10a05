// SPDX-License-Identifier: Apache-2.0
// Graphs as Graphviz files. Tested by graph_test.cpp.
#include <cstdio>
#include <string>

#include "event.h"
#include "graph.h"
#include "graph_memory.h"

using namespace opentrt::hostcuda;

namespace {

std::string hex(const void* address) {
    char text[32];
    std::snprintf(text, sizeof text, "%p", address);
    return text;
}

struct Detail {
    std::string operator()(const HostCall& w) const {
        return "host\\nfn " + hex(reinterpret_cast<const void*>(w.function)) + "\\ndata " + hex(w.argument);
    }
    std::string operator()(const Copy& w) const {
        return "memcpy " + box(w.width, w.height, w.depth) + "\\nfrom " + hex(w.src) + "\\nto " + hex(w.dst);
    }
    std::string operator()(const Fill& w) const {
        return "memset " + box(w.width, w.height, w.depth) + " x " + std::to_string(w.elementSize) + " bytes\\nvalue " +
               std::to_string(w.value) + "\\nto " + hex(w.dst);
    }
    std::string operator()(const RecordEvent& w) const { return "event record\\n" + hex(w.event.get()); }
    std::string operator()(const AwaitEvent& w) const { return "event wait\\n" + hex(w.event.get()); }
    std::string operator()(const AllocateMemory& w) const { return "allocate\\n" + span(*w.memory); }
    std::string operator()(const FreeMemory& w) const { return "free\\n" + span(*w.memory); }
    std::string operator()(const ChildGraph& w) const {
        return "graph of " + std::to_string(w.graph->nodes.size()) + " nodes";
    }
    template <class T>
    std::string operator()(const T&) const {
        return "empty";
    }

private:
    static std::string box(size_t width, size_t height, size_t depth) {
        std::string text = std::to_string(width);
        if (height * depth > 1) text += " x " + std::to_string(height);
        if (depth > 1) text += " x " + std::to_string(depth);
        return text;
    }
    static std::string span(const GraphMemory& memory) {
        return std::to_string(memory.block->size) + " bytes at " + hex(memory.block->base);
    }
};

void print(std::FILE* file, const Graph& graph, const char* indent) {
    for (const auto& node : graph.nodes) {
        std::fprintf(file, "%sn%llu [label=\"%s\"];\n", indent, node->id, std::visit(Detail{}, node->work).c_str());
        for (const GraphNode* other : node->before)
            std::fprintf(file, "%sn%llu -> n%llu;\n", indent, other->id, node->id);
        const auto* child = std::get_if<ChildGraph>(&node->work);
        if (!child) continue;
        std::fprintf(file, "%ssubgraph cluster_%llu {\n", indent, node->id);
        print(file, *child->graph, (std::string(indent) + "  ").c_str());
        std::fprintf(file, "%s}\n", indent);
    }
}

}  // namespace

// The flags choose how much to print; everything there is to say about a node fits into its label, so all of it is
// said.
HOSTCUDA_API(cudaGraphDebugDotPrint)(cudaGraph_t graph, const char* path, unsigned int) {
    return enter([&] {
        std::lock_guard lock(graphLock());
        const auto found = findGraph(graph);
        if (!found || !path) return cudaErrorInvalidValue;
        std::FILE* file = std::fopen(path, "w");
        if (!file) return cudaErrorOperatingSystem;
        std::fputs("digraph graph_of_work {\n  node [shape=box];\n", file);
        print(file, *found, "  ");
        std::fputs("}\n", file);
        const bool written = !std::ferror(file);
        return std::fclose(file) == 0 && written ? cudaSuccess : cudaErrorOperatingSystem;
    });
}
