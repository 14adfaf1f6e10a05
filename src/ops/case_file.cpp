// SPDX-License-Identifier: Apache-2.0
#include "ops/case_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/scanner.h"
#include "graph/text.h"
#include "graph/text_tensor.h"

namespace opentrt {
namespace {

DType readType(Scanner& in) {
    const auto text = in.expectName("an element type");
    const auto type = dtypeFromName(text);
    if (!type) in.fail(cat("unknown element type ", text));
    return *type;
}

Shape readShape(Scanner& in) {
    Scanner list(in.expectBracketed('[', ']'));
    list.expect("[");
    Shape out;
    while (!list.accept("]")) {
        out.push_back(Dim::parse(list.until(",]")));
        list.accept(",");
    }
    return out;
}

Tensor readTensor(Scanner& in, DType type, const Shape& shape) {
    int64_t budget = 1 << 26;
    return parseTensor(in, type, staticDims(shape), budget);
}

CaseInput readInput(Scanner& in, bool constant) {
    CaseInput input;
    input.type = readType(in);
    input.shape = readShape(in);
    input.kind = constant ? CaseInput::Constant : CaseInput::Given;
    Shape actual = input.shape;
    if (in.accept("shape")) input.kind = CaseInput::Contents;
    if (in.accept("as")) actual = readShape(in);
    if (in.accept("=")) input.value = readTensor(in, input.type, actual);
    return input;
}

Case readCase(Scanner& in) {
    Case c;
    in.expect("case");
    c.title = in.expectQuoted();
    in.expect("{");
    while (!in.accept("}")) {
        const auto word = in.expectName("a statement");
        if (word == "op") {
            c.op = in.expectName("an operator");
            if (in.peek() == '{') c.op += in.expectBracketed('{', '}');
        } else if (word == "graph") {
            c.graph = cat("graph g ", in.expectBracketed('{', '}'));
        } else if (word == "in" || word == "const") {
            c.inputs.push_back(readInput(in, word == "const"));
        } else if (word == "none") {
            c.inputs.emplace_back().kind = CaseInput::None;
        } else if (word == "out") {
            const DType type = readType(in);
            const Shape shape = readShape(in);
            in.expect("=");
            c.outputs.push_back(readTensor(in, type, shape));
        } else if (word == "type") {
            const auto type = std::string(in.expectName("an element type"));
            c.shapes.push_back(type + withoutSpaces(in.expectBracketed('[', ']')));
        } else if (word == "elements") {
            const auto text = in.accept("unknown") ? "unknown" : withoutSpaces(in.expectBracketed('[', ']'));
            c.elements.emplace_back(c.shapes.empty() ? 0 : c.shapes.size() - 1, text);
        } else if (word == "tolerance") {
            c.tolerance = in.expectNumber();
        } else if (word == "error") {
            c.error = in.expectQuoted();
        } else if (word == "static") {
            c.fixedReason = in.expectQuoted();
        } else {
            in.fail(cat("unknown statement ", word));
        }
    }
    return c;
}

CaseFile loadFile(const std::filesystem::path& path) {
    const bool golden = path.parent_path().filename() == "golden";
    CaseFile file{path.stem().string() + (golden ? "_golden" : ""), {}, {}};
    std::ifstream stream(path);
    std::stringstream text;
    text << stream.rdbuf();
    const std::string contents = text.str();
    Scanner in(contents);
    try {
        while (!in.atEnd()) file.cases.push_back(readCase(in));
    } catch (const std::exception& error) {
        file.problem = cat(path.string(), ": ", error.what());
    }
    return file;
}

}  // namespace

std::string withoutSpaces(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char ch) { return ch != ' '; });
    return out;
}

std::vector<CaseFile> loadCaseFiles(const std::string& folder) {
    std::vector<std::filesystem::path> paths;
    for (const char* part : {"", "/golden"}) {
        for (const auto& entry : std::filesystem::directory_iterator(folder + part)) {
            if (entry.path().extension() == ".case") paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<CaseFile> files;
    for (const auto& path : paths) files.push_back(loadFile(path));
    return files;
}

Graph caseGraph(const Case& c, size_t unknown) {
    if (!c.graph.empty()) return parseGraph(c.graph);
    Graph graph("g");
    std::vector<ValueId> ids;
    for (size_t i = 0; i < c.inputs.size(); ++i) {
        const CaseInput& input = c.inputs[i];
        Shape shape = input.shape;
        if (i < unknown) {
            for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = Dim::symbol(cat("s", i, "_", axis));
        }
        const auto name = cat("in", i);
        switch (input.kind) {
            case CaseInput::None:
                ids.emplace_back();
                break;
            case CaseInput::Constant:
                ids.push_back(graph.addConstant(name, input.value));
                break;
            case CaseInput::Contents:
                ids.push_back(graph.addShapeInput(name, input.type, input.shape));
                break;
            case CaseInput::Given:
                ids.push_back(graph.addInput(name, input.type, shape));
                break;
        }
    }
    auto op = parseOp(c.op);
    const int count = static_cast<int>(std::max(c.outputs.size(), c.shapes.size()));
    const int outputs = op->info().outputs >= 0 ? -1 : count;
    const NodeId node = graph.addNode(std::move(op), ids, "layer", {}, outputs);
    for (ValueId value : graph[node].outputs) graph.markOutput(value);
    return graph;
}

bool Case::runs() const {
    return std::all_of(inputs.begin(), inputs.end(),
                       [](const CaseInput& input) { return input.kind == CaseInput::None || !input.value.empty(); });
}

std::vector<Tensor> Case::graphInputs() const {
    std::vector<Tensor> values;
    for (const CaseInput& input : inputs) {
        if (input.kind == CaseInput::Given || input.kind == CaseInput::Contents) values.push_back(input.value);
    }
    return values;
}

}  // namespace opentrt
