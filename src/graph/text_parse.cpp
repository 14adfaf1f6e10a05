// SPDX-License-Identifier: Apache-2.0
// Reads the text form. Texts may be hostile: nesting and sizes are limited, and every refusal is an Error with a place.
// Bodies are read without inference, because what flows into them is known only when the node around them is inferred;
// the types written in them are checked after that.
#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/dim_parse.h"
#include "graph/graph_access.h"
#include "graph/limits.h"
#include "graph/text.h"
#include "graph/text_names.h"
#include "graph/text_tensor.h"

namespace opentrt {
namespace {

constexpr int kMaxBodies = 16;
constexpr size_t kMaxElements = 1024;
constexpr int64_t kMaxConstantBytes = int64_t{1} << 28;  // beyond what the text itself spells out

struct Typed {
    DType type;
    Shape shape;
};

struct Output {
    std::string name;
    std::optional<Typed> typed;
    size_t position;
};

//! A type in the text, to be compared with inference.
struct Claim {
    const Graph* graph;
    ValueId value;
    Typed typed;
    size_t position;
};

struct Shared {
    Scanner in;
    std::vector<Claim> claims;
    int64_t budget;
    const std::vector<Tensor>& stored;
};

std::string typedText(DType type, const Shape& shape) {
    return cat(name(type), str(shape));
}

//! Reads the statements of one graph; its bodies are read by further parsers.
class Parser {
public:
    Parser(Shared& shared, Graph& graph, int depth) : shared_(shared), in_(shared.in), graph_(graph), depth_(depth) {}

    void statements() {
        in_.expect("{");
        while (!in_.accept("}")) {
            if (in_.atEnd()) in_.fail("expected '}'");
            statement();
        }
    }

private:
    void statement() {
        if (in_.peek() == '%') return outputsAndNode();
        in_.peek();
        const size_t start = in_.position();
        const auto word = in_.expectName("a statement");
        if (in_.peek() == '(') return node(word, start, {});
        if (word == "input") return input();
        if (word == "const") return constant();
        if (word == "output") return graph_.markOutput(use());
        if (word == "stage" && depth_ == 0) return stage();
        if (word == "range" && depth_ == 0) return range();
        in_.failAt(start,
                   cat("unknown statement ", word, "; known are: stage, range, input, const, output, %value = ..."));
    }

    void stage() {
        in_.peek();
        const size_t start = in_.position();
        const auto word = in_.expectName("a stage");
        for (Stage stage : {Stage::Imported, Stage::Canonical, Stage::Planned})
            if (word == stageName(stage)) {
                graph_.stage = stage;
                return;
            }
        in_.failAt(start, cat("unknown stage ", word, "; known are: imported, canonical, planned"));
    }

    void range() {
        const std::string symbol(in_.expectName("the name of a dimension"));
        in_.expect("[");
        const int64_t min = in_.expectInteger();
        in_.expect(",");
        const int64_t max = in_.expectInteger();
        if (min > max) in_.fail(cat("the range of ", symbol, " is empty"));
        in_.expect("]");
        graph_.ranges[symbol] = {min, max};
    }

    void input() {
        const Output value = output();
        const Typed typed = value.typed ? *value.typed : Typed{DType::F32, {}};
        if (!value.typed && depth_ == 0) in_.failAt(value.position, "an input needs a type: ': f32[...]'");
        ValueId id;
        try {
            id = in_.accept("shape") ? graph_.addShapeInput(value.name, typed.type, typed.shape)
                                     : graph_.addInput(value.name, typed.type, typed.shape);
        } catch (const Error& error) {
            in_.failAt(value.position, error.what());
        }
        if (in_.accept("holds")) {
            if (isFloat(typed.type)) in_.failAt(value.position, "only integers hold sizes");
            graph_[id].fact.elements = elements(typed.shape);
        }
        define(value, id);
    }

    std::vector<Dim> elements(const Shape& shape) {
        in_.peek();
        const size_t start = in_.position();
        const auto list = dimensions(kMaxElements);
        if (!(volume(shape) == Dim(static_cast<int64_t>(list.size()))))
            in_.failAt(start, cat(list.size(), " elements do not fill the shape ", str(shape)));
        return list;
    }

    void constant() {
        const Output value = output();
        if (!value.typed || !isStatic(value.typed->shape))
            in_.failAt(value.position, "a constant needs a type with fixed dimensions: ': f32[2,3]'");
        in_.expect("=");
        Tensor tensor;
        try {
            tensor = in_.accept("stored")
                         ? stored(*value.typed)
                         : parseTensor(in_, value.typed->type, staticDims(value.typed->shape), shared_.budget);
        } catch (const Error& error) {
            if (std::string_view(error.what()).substr(0, 5) == "line ") throw;
            in_.failAt(value.position, error.what());
        }
        define(value, graph_.addConstant(value.name, std::move(tensor)));
    }

    Tensor stored(const Typed& typed) {
        in_.expect("(");
        const int64_t index = in_.expectInteger();
        in_.expect(")");
        if (index < 0 || index >= static_cast<int64_t>(shared_.stored.size()))
            in_.fail(cat("constant ", index, " is not among the ", shared_.stored.size(), " that are stored"));
        const Tensor& tensor = shared_.stored[static_cast<size_t>(index)];
        if (tensor.type() != typed.type || tensor.dims() != staticDims(typed.shape))
            in_.fail(cat("the stored constant ", index, " is ", typedText(tensor.type(), shapeOf(tensor.dims()))));
        return tensor;
    }

    void outputsAndNode() {
        std::vector<Output> outputs{output()};
        while (in_.accept(",")) outputs.push_back(output());
        in_.expect("=");
        in_.peek();
        const size_t start = in_.position();
        node(in_.expectName("an operator"), start, outputs);
    }

    void node(std::string_view kind, size_t start, const std::vector<Output>& outputs) {
        auto op = makeOp(kind);
        if (!op) in_.failAt(start, cat("unknown operator ", kind));
        std::vector<ValueId> inputs;
        in_.expect("(");
        while (!in_.accept(")")) {
            inputs.push_back(in_.accept("_") ? ValueId{} : use());
            if (!in_.accept(",") && in_.peek() != ')') in_.fail("expected ',' or ')'");
        }
        parseFields(*op, in_);
        std::vector<std::string> names;
        for (const auto& each : outputs) names.push_back(each.name);
        std::string nodeName = in_.atQuote() ? in_.expectQuoted() : impliedNodeName(names);
        NodeOptions options = nodeOptions();
        auto bodies = readBodies();

        NodeId id;
        try {
            id = GraphAccess::addBare(graph_, std::move(op), std::move(inputs), std::move(nodeName), std::move(bodies),
                                      static_cast<int>(outputs.size()));
        } catch (const Error& error) {
            in_.failAt(start, error.what());
        }
        graph_[id].options = std::move(options);
        for (size_t i = 0; i < outputs.size(); ++i) {
            const ValueId value = graph_[id].outputs[i];
            graph_[value].name = outputs[i].name;
            define(outputs[i], value);
            nameDataSizes(outputs[i], value);
            // Holds in bodies that inference may never enter, as the branch not taken of an If.
            if (outputs[i].typed) graph_[value].fact = Fact{outputs[i].typed->type, outputs[i].typed->shape, {}, {}};
        }
        if (depth_ == 0) infer(id, start);
    }

    void infer(NodeId id, size_t start) {
        try {
            graph_.infer(id);
        } catch (const Error& error) {
            in_.failAt(start, error.what());
        }
        forgetUnusedNames(graph_);
        forgetUnusedNames(graph_[id]);
        for (const Claim& claim : shared_.claims) {
            const Fact& fact = claim.graph->fact(claim.value);
            if (fact.type == claim.typed.type && fact.shape == claim.typed.shape) continue;
            in_.failAt(claim.position, cat(valueNameText((*claim.graph)[claim.value].name), " is said to be ",
                                           typedText(claim.typed.type, claim.typed.shape), " but is ",
                                           typedText(fact.type, fact.shape)));
        }
        shared_.claims.clear();
    }

    std::vector<std::unique_ptr<Graph>> readBodies() {
        std::vector<std::unique_ptr<Graph>> bodies;
        while (in_.accept("body")) {
            if (depth_ + 1 >= kMaxBodies) in_.fail("bodies are nested too deeply");
            auto body = std::make_unique<Graph>(in_.peek() == '{' ? std::string() : graphName());
            Parser(shared_, *body, depth_ + 1).statements();
            bodies.push_back(std::move(body));
        }
        return bodies;
    }

    std::string graphName() {
        return in_.atQuote() ? in_.expectQuoted() : std::string(in_.expectName("the name of a graph"));
    }

    NodeOptions nodeOptions() {
        NodeOptions options;
        if (in_.accept("precision")) options.precision = elementType();
        if (in_.accept("types")) {
            in_.expect("[");
            while (!in_.accept("]")) {
                options.outputTypes.push_back(in_.accept("_") ? std::nullopt : std::optional(elementType()));
                if (!in_.accept(",") && in_.peek() != ']') in_.fail("expected ',' or ']'");
            }
        }
        options.onDla = in_.accept("dla");
        if (in_.accept("metadata")) options.metadata = in_.expectQuoted();
        return options;
    }

    DType elementType() {
        in_.peek();
        const size_t start = in_.position();
        const auto word = in_.expectName("an element type");
        const auto type = dtypeFromName(word);
        if (!type) in_.failAt(start, cat("unknown element type ", word));
        return *type;
    }

    std::string valueName() {
        in_.expect("%");
        return in_.atQuote() ? in_.expectQuoted() : std::string(in_.expectWord("the name of a value"));
    }

    Output output() {
        in_.peek();
        Output result;
        result.position = in_.position();
        result.name = valueName();
        if (in_.accept(":")) {
            Typed typed{elementType(), {}};
            typed.shape = dimensions(kMaxRank);
            result.typed = std::move(typed);
        }
        return result;
    }

    std::vector<Dim> dimensions(size_t limit) {
        std::vector<Dim> list;
        in_.expect("[");
        while (!in_.accept("]")) {
            list.push_back(dimension());
            if (list.size() > limit) in_.fail(cat("expected at most ", limit, " dimensions here"));
            if (!in_.accept(",") && in_.peek() != ']') in_.fail("expected ',' or ']'");
        }
        return list;
    }

    Dim dimension() {
        in_.peek();
        const size_t start = in_.position();
        try {
            return parseDim(in_);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::InvalidArgument) throw;
            in_.failAt(start, error.what());
        }
    }

    ValueId use() {
        in_.peek();
        const size_t start = in_.position();
        const std::string wanted = valueName();
        const auto found = values_.find(wanted);
        if (found == values_.end()) in_.failAt(start, cat(valueNameText(wanted), " is not defined before"));
        return found->second;
    }

    void define(const Output& output, ValueId id) {
        if (!values_.emplace(output.name, id).second)
            in_.failAt(output.position, cat(valueNameText(output.name), " is defined twice"));
        if (output.typed) shared_.claims.push_back({&graph_, id, *output.typed, output.position});
    }

    //! Sizes known only after the run are called in the text what they were called before, whatever inference would
    //! call them now. Here every '$' dimension is a candidate; inference takes those it needs.
    void nameDataSizes(const Output& output, ValueId value) {
        if (!output.typed) return;
        for (size_t axis = 0; axis < output.typed->shape.size(); ++axis) {
            const Dim& dim = output.typed->shape[axis];
            if (!dim.isSymbol() || dim.symbolName()[0] != '$' || isTaken(dim.symbolName())) continue;
            GraphAccess::nameDataSize(graph_, value, static_cast<int>(axis), dim.symbolName());
        }
    }

    //! Names of sizes made by earlier nodes, and those that came in.
    bool isTaken(const std::string& symbol) const {
        if (graph_.ownsSymbol(symbol)) return true;
        std::set<std::string> used;
        for (ValueId input : graph_.inputs()) {
            for (const Dim& dim : graph_.fact(input).shape) dim.collectSymbols(used);
        }
        return used.count(symbol) > 0;
    }

    static void forgetUnusedNames(Graph& graph) {
        auto& sizes = GraphAccess::dataSizes(graph);
        sizes.erase(std::remove_if(sizes.begin(), sizes.end(), GraphAccess::isUnused), sizes.end());
    }

    static void forgetUnusedNames(const Node& node) {
        for (const auto& body : node.bodies) {
            forgetUnusedNames(*body);
            for (int32_t i = 0; i < body->nodeCount(); ++i) forgetUnusedNames((*body)[NodeId{i}]);
        }
    }

    Shared& shared_;
    Scanner& in_;
    Graph& graph_;
    int depth_;
    std::map<std::string, ValueId, std::less<>> values_;
};

}  // namespace

Graph parseGraph(std::string_view text, const std::vector<Tensor>& stored) {
    Shared shared{Scanner(text), {}, kMaxConstantBytes + static_cast<int64_t>(text.size()), stored};
    Scanner& in = shared.in;
    in.expect("graph");
    Graph graph;
    if (in.peek() != '{') graph.name = in.atQuote() ? in.expectQuoted() : in.expectName("the name of the graph");
    Parser(shared, graph, 0).statements();
    if (!in.atEnd()) in.fail("expected nothing after the graph");
    return graph;
}

std::unique_ptr<Op> parseOp(std::string_view text) {
    Scanner in(text);
    const auto kind = in.expectName("an operator");
    auto op = makeOp(kind);
    if (!op) in.failAt(0, cat("unknown operator ", kind));
    parseFields(*op, in);
    if (!in.atEnd()) in.fail("expected nothing after the operator");
    return op;
}

}  // namespace opentrt
