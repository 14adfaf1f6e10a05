// SPDX-License-Identifier: Apache-2.0
#include "debug/blame.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "debug/capture.h"
#include "graph/evaluate.h"

namespace opentrt::debug {
namespace {

Json departureJson(const Departure& d) {
    const auto number = [](double v) { return std::isfinite(v) ? Json(v) : Json(cat(v)); };
    Json json{{"maxAbs", number(d.maxAbs)}, {"part", number(d.part)}, {"departs", d.departs}};
    if (d.at >= 0) json.update({{"element", d.at}, {"got", number(d.got)}, {"expected", number(d.expected)}});
    return json;
}

//! Values of the imported graph by name, as far as the planned graph has values of these names.
std::map<std::string, Tensor> referenceByName(const Record& record, const std::vector<Tensor>& inputs) {
    std::set<std::string> wanted;
    for (const NodeId id : record.planned.order()) {
        for (const ValueId out : record.planned[id].outputs) wanted.insert(record.planned[out].name);
    }
    std::map<std::string, Tensor> values;
    evaluate(record.imported, inputs, [&](NodeId id, const std::vector<Tensor>& outputs) {
        const Node& node = record.imported[id];
        for (size_t o = 0; o < outputs.size(); ++o) {
            const std::string& name = record.imported[node.outputs[o]].name;
            if (wanted.count(name)) values[name] = outputs[o];
        }
    });
    return values;
}

//! Compares the layers of one run.
class Comparison {
public:
    Comparison(const Record& record, const std::vector<Tensor>& inputs, double tolerance)
        : record_(record),
          tolerance_(tolerance),
          steps_(stepsOf(record, record.plan)),
          engine_(captureRun(record, inputs)),
          reference_(referenceByName(record, inputs)) {}

    Json layers() const {
        Json list = Json::array();
        for (const NodeId id : record_.planned.order()) {
            if (steps_.count(id)) list.push_back(layer(id));
        }
        return list;
    }

    Json outputs() const {
        Json list = Json::array();
        for (const ValueId out : record_.planned.outputs()) {
            const std::string& name = record_.planned[out].name;
            const auto got = engine_.find(out);
            const auto expected = reference_.find(name);
            if (got == engine_.end() || expected == reference_.end()) continue;
            Json json = departureJson(departure(got->second, expected->second, tolerance_));
            json["name"] = name;
            list.push_back(std::move(json));
        }
        return list;
    }

private:
    Json layer(NodeId id) const {
        const Node& node = record_.planned[id];
        const PlanStep& step = *steps_.at(id);
        Json json{
            {"name", node.name}, {"operator", step.op}, {"metadata", node.options.metadata}, {"tactic", step.tactic}};
        const std::vector<Tensor> expected = localReference(id);
        Json outputs = Json::array();
        bool kernelWrong = false, valueWrong = false;
        for (size_t o = 0; o < node.outputs.size(); ++o) {
            const auto got = engine_.find(node.outputs[o]);
            if (got == engine_.end()) continue;
            const std::string& name = record_.planned[node.outputs[o]].name;
            Json output{{"name", name}};
            if (o < expected.size()) {
                const Departure local = departure(got->second, expected[o], tolerance_);
                output["kernel"] = departureJson(local);
                kernelWrong = kernelWrong || local.departs;
            }
            if (const auto whole = reference_.find(name); whole != reference_.end()) {
                const Departure total = departure(got->second, whole->second, tolerance_);
                output["network"] = departureJson(total);
                valueWrong = valueWrong || total.departs;
            }
            outputs.push_back(std::move(output));
        }
        json["outputs"] = std::move(outputs);
        json["kernelDeparts"] = kernelWrong;
        json["valueDeparts"] = valueWrong;
        return json;
    }

    //! What the layer should have made of the inputs that it got; nothing for random ones.
    std::vector<Tensor> localReference(NodeId id) const {
        const Node& node = record_.planned[id];
        if (node.op->isRandom()) return {};
        std::vector<Tensor> arguments;
        for (const ValueId in : node.inputs) {
            if (!in.valid()) {
                arguments.emplace_back();
            } else if (const auto at = engine_.find(in); at != engine_.end()) {
                arguments.push_back(at->second);
            } else if (record_.planned.isConstant(in)) {
                arguments.push_back(*record_.planned.fact(in).constant);
            } else {
                return {};
            }
        }
        return evaluateNode(record_.planned, id, arguments);
    }

    const Record& record_;
    double tolerance_;
    std::map<NodeId, const PlanStep*> steps_;
    std::map<ValueId, Tensor> engine_;
    std::map<std::string, Tensor> reference_;
};

//! Index of the first layer that departs on its own; failing that, of the first whose value departs.
Json firstOf(const Json& layers) {
    for (const char* key : {"kernelDeparts", "valueDeparts"}) {
        for (size_t i = 0; i < layers.size(); ++i) {
            if (layers[i][key].get<bool>()) return i;
        }
    }
    return nullptr;
}

bool anyDeparts(const std::vector<Tensor>& got, const std::vector<Tensor>& expected, double tolerance) {
    for (size_t o = 0; o < expected.size(); ++o) {
        if (departure(got[o], expected[o], tolerance).departs) return true;
    }
    return false;
}

}  // namespace

Json blame(const Record& record, const std::vector<Tensor>& inputs, const BlameRequest& request) {
    const Comparison comparison(record, inputs, request.tolerance);
    Json json{{"tolerance", request.tolerance}, {"layers", comparison.layers()}};
    json["first"] = firstOf(json["layers"]);
    json["outputs"] = comparison.outputs();
    if (request.bisect) json["bisect"] = bisect(record, inputs, request.tolerance);
    return json;
}

Json bisect(const Record& record, const std::vector<Tensor>& inputs, double tolerance) {
    const std::vector<Tensor> expected = evaluate(record.imported, inputs);
    std::string guilty;
    PipelineRequest request = record.pipeline;
    request.dump = [&](const std::string& pass, const Graph& graph) {
        if (guilty.empty() && anyDeparts(evaluate(graph, inputs), expected, tolerance)) guilty = pass;
    };
    Graph whole = record.imported.clone();
    runPipeline(whole, request);
    if (guilty.empty()) return nullptr;

    // The fewest rewrites that spoil the outputs; the last of them did it.
    const auto spoils = [&](int64_t rewrites, std::vector<std::string>* log) {
        KeepingLog lines(nullptr);
        PipelineRequest limited = record.pipeline;
        limited.maxRewrites = rewrites;
        limited.log = &lines;
        Graph graph = record.imported.clone();
        runPipeline(graph, limited);
        if (log) *log = lines.take();
        return anyDeparts(evaluate(graph, inputs), expected, tolerance);
    };
    Json json{{"pass", guilty}};
    int64_t good = 0, bad = 1;
    if (spoils(0, nullptr)) return json;  // the pass does not count its rewrites
    while (!spoils(bad, nullptr)) {
        good = bad;
        bad *= 2;
        if (bad > int64_t{1} << 24) return json;
    }
    while (bad - good > 1) (spoils((good + bad) / 2, nullptr) ? bad : good) = (good + bad) / 2;
    std::vector<std::string> log;
    spoils(bad, &log);
    std::erase_if(log, [](const std::string& line) { return line.rfind("pass ", 0) == 0; });
    json["rewrite"] = bad;
    json["text"] = log.empty() ? "" : log.back();
    return json;
}

}  // namespace opentrt::debug
