// SPDX-License-Identifier: Apache-2.0
// Lowering walks the planned graph once per program. A graph value may become several plan values, one per memory
// format that some step wants; reformat steps are inserted at the first use of a format. Views and in-place tactics
// become aliases, and only the roots of aliases get memory. Tested by compile_test.cpp and by every model test.
#include "plan/lower.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "backends/region.h"
#include "base/error.h"
#include "graph/give_back.h"
#include "plan/arena.h"
#include "plan/order.h"

namespace opentrt {

namespace {

//! State shared by the programs of one plan.
struct Context {
    Plan& plan;
    const LowerRequest& request;
    std::map<const void*, int32_t> blobOf;

    int32_t blob(const Tensor& tensor) {
        const auto [at, isNew] = blobOf.try_emplace(tensor.data(), static_cast<int32_t>(plan.blobs.size()));
        if (!isNew && plan.blobs[static_cast<size_t>(at->second)].bytes() == tensor.bytes()) return at->second;
        at->second = static_cast<int32_t>(plan.blobs.size());
        plan.blobs.push_back(tensor);
        return at->second;
    }
};

class ProgramLowerer {
public:
    ProgramLowerer(Context& context, const Graph& graph, const Tuned& tuned)
        : context_(context), graph_(graph), tuned_(tuned) {}

    //! `tensors`: what the application sees; null for bodies.
    PlanProgram run(const std::vector<PlanTensor>* tensors) {
        program_.name = graph_.name;
        const auto formatOf = [&](size_t tensor) { return tensors ? (*tensors)[tensor].format : Format::Linear; };
        for (size_t i = 0; i < graph_.inputs().size(); ++i) {
            const int32_t v = newValue(graph_.inputs()[i], formatOf(i));
            value(v).storage = Storage::Input;
            value(v).index = static_cast<int32_t>(i);
            program_.inputs.push_back(v);
        }
        for (NodeId node : graph_.order()) addNode(node);
        for (size_t k = 0; k < graph_.outputs().size(); ++k) addOutput(k, formatOf(graph_.inputs().size() + k));
        dropUnread();
        if (tensors && context_.request.mayLeave) *context_.request.mayLeave = mayLeave();
        layOutArena(program_, context_.request.ranges);
        return std::move(program_);
    }

private:
    PlanValue& value(int32_t v) { return program_.values[static_cast<size_t>(v)]; }

    int32_t dim(const Dim& d) {
        const auto [at, isNew] = dimIndex_.try_emplace(d, static_cast<int32_t>(program_.dims.size()));
        if (isNew) program_.dims.push_back(d);
        return at->second;
    }

    int32_t rawValue(const std::string& name, const Fact& fact, Format format) {
        PlanValue v;
        v.name = name;
        v.type = fact.type;
        v.format = format;
        for (const Dim& d : fact.shape) v.dims.push_back(dim(d));
        program_.values.push_back(std::move(v));
        return static_cast<int32_t>(program_.values.size()) - 1;
    }

    int32_t newValue(ValueId id, Format format) {
        const int32_t v = rawValue(graph_[id].name, graph_.fact(id), format);
        valueOf_[{id, format}] = v;
        return v;
    }

    //! The plan value of `id` in `format`, made by a reformat step or as a constant when it is not there yet.
    int32_t valueIn(ValueId id, Format format) {
        if (!id.valid()) return -1;
        if (const auto at = valueOf_.find({id, format}); at != valueOf_.end()) return at->second;
        const Fact& fact = graph_.fact(id);
        if (fact.constant && format == Format::Linear) {
            const int32_t v = newValue(id, format);
            value(v).storage = Storage::Constant;
            value(v).index = context_.blob(*fact.constant);
            return v;
        }
        const auto [from, source] = anyFormat(id);
        const int32_t v = newValue(id, format);
        if (liesAlike(from, format, fact.shape)) {
            alias(v, source);
        } else {
            addCopy(source, from, v, format, cat("reformat ", graph_[id].name));
        }
        return v;
    }

    std::pair<Format, int32_t> anyFormat(ValueId id) {
        for (int f = 0; f < kFormatCount; ++f) {
            const auto format = static_cast<Format>(f);
            if (const auto at = valueOf_.find({id, format}); at != valueOf_.end()) return {format, at->second};
        }
        if (graph_.isConstant(id)) return {Format::Linear, valueIn(id, Format::Linear)};
        internalError(cat("value ", graph_[id].name, " is read before it is made"));
    }

    void addCopy(int32_t source, Format from, int32_t destination, Format to, std::string name) {
        const Backend& backend = *context_.request.backend;
        const CompiledStep compiled = backend.compileReformat(value(source).type, from, to);
        PlanStep step;
        step.name = std::move(name);
        step.op = from == to ? "Copy" : "Reformat";
        step.tactic = cat(backend.name(), ".reformat.", opentrt::name(from), ".", opentrt::name(to));
        step.backend = backend.name();
        step.kernel = compiled.kernel;
        step.params = compiled.params;
        for (const Tensor& w : compiled.weights) step.weights.push_back(context_.blob(w));
        step.inputs = {source};
        step.outputs = {destination};
        droppable_.insert(destination);
        program_.steps.push_back(std::move(step));
    }

    void addNode(NodeId id) {
        const Node& node = graph_[id];
        const auto at = tuned_.nodes.find(id);
        check(at != tuned_.nodes.end(), "a planned node has no choice");
        const Choice& choice = at->second;
        if (node.op->isView() && choice.tactic.name == "view") return addView(node);
        PlanStep step;
        step.name = node.name;
        step.op = describe(id);
        step.tactic = choice.tactic.name;
        step.metadata = node.options.metadata;
        step.buildTimeMs = choice.timeMs;
        if (!choice.backend) {
            addControl(id, choice, step);
        } else {
            addKernel(id, choice, step);
        }
        program_.steps.push_back(std::move(step));
    }

    //! The operator; for a region its parts: "Convolution{...} + Activation{...}" or "PointWise(...)".
    std::string describe(NodeId id) const {
        if (graph_[id].op->kind() != "Region") return str(*graph_[id].op);
        const RegionView region = viewRegion(graph_, id);
        std::string text;
        const auto add = [&](const Op& op) { text += cat(text.empty() ? "" : " + ", str(op)); };
        if (!region.isPlain()) {
            for (const NodeId part : region.holder().order()) add(*region.holder()[part].op);
            return text;
        }
        if (region.anchor) add(region.op());
        for (const Node* part : region.pointwise) add(*part->op);
        return region.anchor ? text : cat("PointWise(", text, ")");
    }

    void addView(const Node& node) {
        const int32_t source = valueIn(node.inputs[0], Format::Linear);
        alias(newValue(node.outputs[0], Format::Linear), source);
    }

    void alias(int32_t v, int32_t of) {
        value(v).storage = Storage::Alias;
        value(v).index = of;
    }

    void addControl(NodeId id, const Choice& choice, PlanStep& step) {
        const Node& node = graph_[id];
        step.backend = "control";
        step.kernel = std::string(node.op->kind());
        step.params = printFields(*node.op);
        for (size_t b = 0; b < node.bodies.size(); ++b) {
            PlanProgram body = ProgramLowerer(context_, *node.bodies[b], choice.bodies[b]).run(nullptr);
            step.bodies.push_back(static_cast<int32_t>(context_.plan.programs.size()));
            context_.plan.programs.push_back(std::move(body));
        }
        for (ValueId in : node.inputs) step.inputs.push_back(valueIn(in, Format::Linear));
        for (ValueId out : node.outputs) step.outputs.push_back(newValue(out, Format::Linear));
    }

    void addKernel(NodeId id, const Choice& choice, PlanStep& step) {
        const Node& node = graph_[id];
        CompiledStep compiled = choice.backend->compile(graph_, id, choice.tactic, context_.request.tactics);
        giveBackConstants(graph_, id);
        step.backend = choice.backend->name();
        step.kernel = compiled.kernel;
        step.params = compiled.params;
        for (const Tensor& w : compiled.weights) step.weights.push_back(context_.blob(w));
        addVariants(id, choice, compiled, step);
        for (int i : compiled.inputs) {
            const auto n = static_cast<size_t>(i);
            step.inputs.push_back(valueIn(node.inputs[n], choice.tactic.inputs[n]));
        }
        for (size_t o = 0; o < node.outputs.size(); ++o) {
            step.outputs.push_back(newValue(node.outputs[o], choice.tactic.outputs[o]));
        }
        if (choice.tactic.inPlaceInput >= 0) inPlace(node, choice.tactic, step);
        if (step.outputs.empty() || choice.tactic.usesReference || node.op->hasSideEffects()) stays_.insert(step.name);
        if (!step.outputs.empty() && !node.op->hasSideEffects() && !makesSizes(viewRegion(graph_, id))) {
            droppable_.insert(step.outputs[0]);
        }
    }

    //! The kernels for other sizes that differ from those that the step has already.
    void addVariants(NodeId id, const Choice& choice, const CompiledStep& own, PlanStep& step) {
        std::vector<int32_t> places{0};  // of choice.variants, in step.variants
        for (const Choice::Variant& variant : choice.variants) {
            const SymbolValues& sizes = context_.request.points[variant.point].sizes;
            const CompiledStep compiled =
                choice.backend->compile(graph_, id, variant.tactic, requestAt(context_.request.tactics, sizes));
            places.push_back(compiled.inputs == own.inputs ? placeOf(compiled, variant.tactic.name, step) : 0);
        }
        if (step.variants.empty()) return;
        for (const int32_t v : choice.atPoint) step.variantAt.push_back(places[static_cast<size_t>(v)]);
    }

    //! Weights that another kernel of the step has as well are not stored again.
    int32_t blobOf(const Tensor& weight, const PlanStep& step) {
        std::vector<int32_t> stored = step.weights;
        for (const PlanVariant& v : step.variants) stored.insert(stored.end(), v.weights.begin(), v.weights.end());
        for (const int32_t b : stored) {
            const Tensor& there = context_.plan.blobs[static_cast<size_t>(b)];
            const bool same = there.type() == weight.type() && there.dims() == weight.dims() &&
                              std::memcmp(there.data(), weight.data(), static_cast<size_t>(weight.bytes())) == 0;
            if (same) return b;
        }
        return context_.blob(weight);
    }

    int32_t placeOf(const CompiledStep& compiled, const std::string& tactic, PlanStep& step) {
        PlanVariant made{tactic, compiled.kernel, compiled.params, {}};
        for (const Tensor& w : compiled.weights) made.weights.push_back(blobOf(w, step));
        if (step.kernel == made.kernel && step.params == made.params && step.weights == made.weights) return 0;
        for (size_t v = 0; v < step.variants.size(); ++v) {
            const PlanVariant& there = step.variants[v];
            if (there.kernel == made.kernel && there.params == made.params && there.weights == made.weights)
                return static_cast<int32_t>(v + 1);
        }
        step.variants.push_back(std::move(made));
        return static_cast<int32_t>(step.variants.size());
    }

    //! Steps whose results no step reads at run time: what they compute is known as sizes already.
    void dropUnread() {
        std::set<int32_t> read;
        for (const int32_t v : program_.outputs) read.insert(root(v));
        std::vector<PlanStep> kept;
        for (size_t s = program_.steps.size(); s-- > 0;) {
            PlanStep& step = program_.steps[s];
            const bool isRead = std::any_of(step.outputs.begin(), step.outputs.end(),
                                            [&](int32_t v) { return read.count(root(v)) > 0; });
            if (!isRead && !step.outputs.empty() && droppable_.count(step.outputs[0])) continue;
            for (const int32_t v : step.inputs) {
                if (v >= 0) read.insert(root(v));
            }
            kept.push_back(std::move(step));
        }
        std::reverse(kept.begin(), kept.end());
        program_.steps = std::move(kept);
    }

    //! The output takes over the input's memory; when the input is still needed later, or is not ours, a copy does.
    void inPlace(const Node& node, const Tactic& tactic, PlanStep& step) {
        const auto n = static_cast<size_t>(tactic.inPlaceInput);
        const ValueId in = node.inputs[n];
        int32_t source = valueIn(in, tactic.inputs[n]);
        const bool lastUse = graph_[in].uses.size() == 1 || isLastUse(in, node);
        if (!lastUse || graph_.isOutput(in) || value(source).storage != Storage::Arena) {
            const int32_t copy = rawValue(cat(graph_[in].name, " (copy)"), graph_.fact(in), tactic.inputs[n]);
            addCopy(source, tactic.inputs[n], copy, tactic.inputs[n], cat("copy ", graph_[in].name));
            std::replace(step.inputs.begin(), step.inputs.end(), source, copy);
            source = copy;
        }
        alias(step.outputs[0], source);
    }

    bool isLastUse(ValueId v, const Node& by) {
        if (position_.empty()) {
            int32_t at = 0;
            for (NodeId n : graph_.order()) position_[n] = at++;
        }
        const NodeId me = graph_[by.outputs[0]].producer;
        for (const Use& use : graph_[v].uses) {
            if (use.node != me && position_[use.node] > position_[me]) return false;
            if (graph_[use.node].op->isView()) return false;
        }
        return true;
    }

    int32_t root(int32_t v) const { return rootOf(program_, v); }

    void addOutput(size_t k, Format format) {
        const ValueId id = graph_.outputs()[k];
        int32_t v = valueIn(id, format);
        const int32_t r = root(v);
        if (value(r).storage != Storage::Arena || value(r).format != format) {
            const int32_t copy = rawValue(graph_[id].name, graph_.fact(id), format);
            addCopy(v, format, copy, format, cat("copy ", graph_[id].name));
            v = copy;
        }
        PlanValue& out = value(root(v));
        out.storage = Storage::Output;
        out.index = static_cast<int32_t>(k);
        program_.outputs.push_back(v);
    }

    //! Steps of our own device whose operands lie where the plan says.
    std::vector<bool> mayLeave() const {
        const auto& ranges = context_.request.ranges;
        const auto isPlaced = [&](int32_t v) {
            return v < 0 || std::all_of(ranges.begin(), ranges.end(), [&](const SymbolRanges& r) {
                       return isBounded(shapeOf(program_, root(v)), r);
                   });
        };
        std::vector<bool> may;
        for (const PlanStep& step : program_.steps) {
            may.push_back(step.backend == context_.plan.backend && !stays_.count(step.name) &&
                          std::all_of(step.inputs.begin(), step.inputs.end(), isPlaced) &&
                          std::all_of(step.outputs.begin(), step.outputs.end(), isPlaced));
        }
        return may;
    }

    Context& context_;
    const Graph& graph_;
    const Tuned& tuned_;
    PlanProgram program_;
    std::map<std::pair<ValueId, Format>, int32_t> valueOf_;
    std::map<Dim, int32_t> dimIndex_;
    std::map<NodeId, int32_t> position_;
    std::set<int32_t> droppable_;  // first outputs of steps that do nothing but compute
    std::set<std::string> stays_;  // names of steps that do more, or run on the host whatever the device
};

}  // namespace

Plan lower(const Graph& graph, const Tuned& tuned, LowerRequest request) {
    Plan plan;
    plan.name = graph.name;
    plan.device = request.backend->device();
    plan.backend = request.backend->name();
    plan.builder = "OpenTRT 10.16.0";
    Context context{plan, request, {}};
    plan.programs.emplace_back();  // the network is program 0; bodies follow while it is lowered
    PlanProgram main = ProgramLowerer(context, graph, tuned).run(&request.tensors);
    plan.programs[0] = std::move(main);
    plan.tensors = std::move(request.tensors);
    plan.profiles = std::move(request.profiles);
    for (const DataSize& size : graph.dataSizes()) plan.bounds.push_back({size.symbol, size.upperBound});
    const auto hasVariants = [](const PlanProgram& program) {
        return std::any_of(program.steps.begin(), program.steps.end(),
                           [](const PlanStep& step) { return !step.variants.empty(); });
    };
    if (std::any_of(plan.programs.begin(), plan.programs.end(), hasVariants)) plan.points = std::move(request.points);
    return plan;
}

}  // namespace opentrt
