// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/graph_access.h"
#include "graph/text.h"
#include "graph/text_names.h"
#include "graph/text_tensor.h"

namespace opentrt {
namespace {

//! Prints one graph; bodies get a printer of their own, because names are looked up in one graph only.
class Printer {
public:
    Printer(const Graph& graph, const PrintOptions& options, int depth, std::string& out)
        : graph_(graph), options_(options), indent_(static_cast<size_t>(depth + 1) * 2, ' '), depth_(depth), out_(out) {
        nameValues();
    }

    void statements() {
        if (depth_ == 0) {
            line() += cat("stage ", stageName(graph_.stage), "\n");
            for (const auto& [symbol, range] : graph_.ranges)
                line() += cat("range ", symbol, " [", range.min, ",", range.max, "]\n");
        }
        for (ValueId id : graph_.inputs())
            line() += cat("input ", typed(id), depth_ == 0 ? contents(graph_[id]) : "", "\n");
        for (int32_t i = 0; i < graph_.valueCount(); ++i) constant(ValueId{i});
        for (NodeId id : graph_.order()) node(graph_[id]);
        for (ValueId id : graph_.outputs()) line() += cat("output ", valueText(id), "\n");
    }

private:
    std::string& line() { return out_ += indent_; }

    void nameValues() {
        names_.resize(static_cast<size_t>(graph_.valueCount()));
        if (!options_.names) return numberValues();
        // The names of inputs and outputs are the interface; where others clash with them or each other, they give way.
        for (ValueId id : graph_.inputs()) claim(id);
        for (ValueId id : graph_.outputs()) claim(id);
        for (int32_t i = 0; i < graph_.valueCount(); ++i)
            if (graph_.isLive(ValueId{i})) claim(ValueId{i});
    }

    void claim(ValueId id) {
        auto& text = names_[static_cast<size_t>(id.index)];
        if (!text.empty()) return;
        const std::string stem = graph_[id].name.empty() ? "v" : graph_[id].name;
        text = stem;
        for (int i = 1; !taken_.insert(text).second; ++i) text = cat(stem, "_", i);
    }

    void numberValues() {
        int next = 0;
        const auto number = [&](ValueId id) { names_[static_cast<size_t>(id.index)] = std::to_string(next++); };
        for (ValueId id : graph_.inputs()) number(id);
        for (int32_t i = 0; i < graph_.valueCount(); ++i)
            if (isPlainConstant(ValueId{i})) number(ValueId{i});
        for (NodeId id : graph_.order())
            for (ValueId output : graph_[id].outputs) number(output);
    }

    bool isPlainConstant(ValueId id) const {
        const Value& value = graph_[id];
        return value.fact.constant && !value.producer.valid() && !graph_.isInput(id);
    }

    const std::string& nameOf(ValueId id) const { return names_[static_cast<size_t>(id.index)]; }
    std::string valueText(ValueId id) const { return id.valid() ? valueNameText(nameOf(id)) : "_"; }
    std::string typed(ValueId id) const {
        const Fact& fact = graph_.fact(id);
        return cat(valueText(id), ": ", name(fact.type), str(fact.shape));
    }

    //! What is known of an input's elements; in bodies this comes from outside.
    static std::string contents(const Value& input) {
        if (!input.fact.elements) return "";
        const auto& elements = *input.fact.elements;
        return elements == shapeInputElements(input.name, elements.size()) ? " shape" : " holds " + str(elements);
    }

    void constant(ValueId id) {
        if (!isPlainConstant(id)) return;
        const auto stored = options_.store ? options_.store(graph_[id]) : std::nullopt;
        const std::string text =
            stored ? cat("stored(", *stored, ")") : tensorText(*graph_.fact(id).constant, options_);
        line() += cat("const ", typed(id), " = ", text, "\n");
    }

    void node(const Node& node) {
        auto& out = line();
        for (size_t i = 0; i < node.outputs.size(); ++i) out += (i > 0 ? ", " : "") + typed(node.outputs[i]);
        out += cat(node.outputs.empty() ? "" : " = ", node.op->kind(), "(");
        for (size_t i = 0; i < node.inputs.size(); ++i) out += (i > 0 ? ", " : "") + valueText(node.inputs[i]);
        out += ')';
        const auto defaults = node.op->blank();
        const auto fields = printFields(*node.op, defaults.get());
        if (!fields.empty()) out += " " + fields;
        options(node);
        for (const auto& body : node.bodies) {
            out += " body ";
            if (options_.names && !body->name.empty()) out += graphNameText(body->name) + " ";
            out += "{\n";
            Printer(*body, options_, depth_ + 1, out_).statements();
            line() += "}";
        }
        out += '\n';
    }

    void options(const Node& node) {
        std::vector<std::string> outputs;
        for (ValueId output : node.outputs) outputs.push_back(nameOf(output));
        if (options_.names && node.name != impliedNodeName(outputs)) out_ += " " + quoteText(node.name);
        if (node.options.precision) out_ += cat(" precision ", name(*node.options.precision));
        if (!node.options.outputTypes.empty()) {
            out_ += " types [";
            for (size_t i = 0; i < node.options.outputTypes.size(); ++i) {
                const auto& type = node.options.outputTypes[i];
                out_ += cat(i > 0 ? "," : "", type ? name(*type) : "_");
            }
            out_ += ']';
        }
        if (node.options.onDla) out_ += " dla";
        if (options_.names && !node.options.metadata.empty()) out_ += " metadata " + quoteText(node.options.metadata);
    }

    const Graph& graph_;
    const PrintOptions& options_;
    const std::string indent_;
    const int depth_;
    std::string& out_;
    std::vector<std::string> names_;
    std::unordered_set<std::string> taken_;
};

}  // namespace

const char* stageName(Stage stage) {
    return stage == Stage::Imported ? "imported" : stage == Stage::Canonical ? "canonical" : "planned";
}

std::string graphNameText(const std::string& graphName) {
    return isName(graphName) ? graphName : quoteText(graphName);
}

std::string valueNameText(const std::string& valueName) {
    const bool plain = std::all_of(valueName.begin(), valueName.end(), isNameChar);
    const bool bare = plain && !valueName.empty() && valueName[0] != '#';
    return "%" + (bare ? valueName : quoteText(valueName));
}

std::string impliedNodeName(const std::vector<std::string>& outputs) {
    if (outputs.empty()) return "";
    const auto& first = outputs[0];
    const bool numbered = outputs.size() > 1 && first.size() > 2 && first.compare(first.size() - 2, 2, ":0") == 0;
    return numbered ? first.substr(0, first.size() - 2) : first;
}

std::string print(const Graph& graph, const PrintOptions& options) {
    std::string out = "graph ";
    if (options.names && !graph.name.empty()) out += graphNameText(graph.name) + " ";
    out += "{\n";
    Printer(graph, options, 0, out).statements();
    return out + "}\n";
}

}  // namespace opentrt
