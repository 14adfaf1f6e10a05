// SPDX-License-Identifier: Apache-2.0
#include "runner.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "graph/evaluate.h"
#include "guarded_memory.h"
#include "plan/serialize.h"
#include "runtime/context.h"

namespace opentrt::conformance {

namespace {

//! Which tactic each node takes of those that it has, in the order of asking; the first where nothing is said.
using Forced = std::vector<size_t>;

//! What a build asked: names of the tactics of each node.
struct Asked {
    std::vector<std::vector<std::string>> tactics;
    std::set<std::string> referenceOnly;
};

std::string describe(const Graph& graph, NodeId id, const Choice& choice) {
    const Node& node = graph[id];
    const Op* op = node.op.get();
    std::string kind(op->kind());
    if (kind == "Region") {
        kind.clear();
        const Graph& body = *node.bodies[0];
        for (NodeId n : body.order()) kind += cat(kind.empty() ? "" : "+", body[n].op->kind());
    }
    std::string types;
    for (ValueId in : node.inputs) types += cat(types.empty() ? "" : ",", in.valid() ? name(graph.fact(in).type) : "_");
    std::string reasons;
    for (const Refusal& r : choice.refusals) reasons += cat(reasons.empty() ? " " : "; ", r.tactic, ": ", r.reason);
    return cat(kind, "(", types, "):", reasons.empty() ? " no family" : reasons);
}

void collectReferenceOnly(const Graph& graph, const Tuned& tuned, Asked& asked, std::vector<std::string>& failures) {
    for (const auto& [id, choice] : tuned.nodes) {
        if (choice.tactic.usesReference) asked.referenceOnly.insert(describe(graph, id, choice));
        for (const Refusal& r : choice.refusals) {
            if (r.reason.empty()) failures.push_back(cat("tactic ", r.tactic, " is refused without a reason"));
        }
        for (size_t b = 0; b < choice.bodies.size(); ++b) {
            collectReferenceOnly(*graph[id].bodies[b], choice.bodies[b], asked, failures);
        }
    }
}

//! Winograd's transforms lose a digit.
bool isLessExact(std::string_view tactics) {
    return tactics.find("winograd") != std::string_view::npos;
}

//! Every further tactic of every node once, those of different nodes together; but less exact ones, which would hide
//! what is wrong with others, alone.
std::vector<Forced> rounds(const std::vector<std::vector<std::string>>& tactics) {
    std::vector<Forced> together, alone;
    for (size_t node = 0; node < tactics.size(); ++node) {
        size_t round = 0;
        for (size_t tactic = 1; tactic < tactics[node].size(); ++tactic) {
            const bool isAlone = isLessExact(tactics[node][tactic]);
            if (isAlone || round == together.size()) (isAlone ? alone : together).emplace_back(tactics.size(), 0);
            (isAlone ? alone.back() : together[round++])[node] = tactic;
        }
    }
    together.insert(together.end(), alone.begin(), alone.end());
    return together;
}

double toleranceOf(const Problem& problem, DType type, std::string_view tactics) {
    if (!isFloat(type)) return 0;
    const double own = std::max(problem.tolerance, 0.0);
    const double f32 = isLessExact(tactics) ? 2e-4 : 2e-5;
    return std::max(own, type == DType::F32 ? f32 : type == DType::F16 ? 2e-3 : type == DType::BF16 ? 1.6e-2 : 0);
}

//! Empty when the tensors agree.
std::string difference(const Tensor& got, const Tensor& want, double tolerance) {
    if (got.dims() != want.dims()) return cat("has dimensions ", got.dims(), " instead of ", want.dims());
    const int64_t count = want.count();
    if (bitsOf(want.type()) < 8 || !isFloat(want.type())) {
        for (int64_t i = 0; i < count; ++i) {
            if (got.getInt(i) != want.getInt(i)) {
                return cat("element ", i, " of ", count, " is ", got.getInt(i), " instead of ", want.getInt(i));
            }
        }
        return {};
    }
    for (int64_t i = 0; i < count; ++i) {
        const double a = got.get(i), b = want.get(i);
        if ((std::isnan(a) && std::isnan(b)) || a == b) continue;
        if (!std::isinf(b) && std::fabs(a - b) <= tolerance * (1 + std::fabs(b))) continue;
        return cat("element ", i, " of ", count, " is ", a, " instead of ", b);
    }
    return {};
}

//! OPENTRT_TEST_TACTICS names the only tactics that count, by how they begin, where a node has some of them.
void leaveWanted(std::vector<Tactic>& tactics) {
    const char* wanted = std::getenv("OPENTRT_TEST_TACTICS");
    const auto isOther = [&](const Tactic& tactic) { return !tactic.name.starts_with(wanted); };
    if (wanted && !std::all_of(tactics.begin(), tactics.end(), isOther)) std::erase_if(tactics, isOther);
}

class Run {
public:
    Run(const Problem& problem, const Backend& backend, const std::vector<Tensor>& expected, Report& report)
        : problem_(problem), backend_(backend), expected_(expected), report_(report) {}

    //! Returns what was asked.
    Asked once(const Forced& forced) {
        Asked asked;
        std::string chosen;
        try {
            const Plan plan = build(forced, asked, chosen);
            execute(plan, chosen);
        } catch (const std::exception& error) {
            fail(chosen, error.what());
        }
        return asked;
    }

private:
    void fail(const std::string& tactics, const std::string& what) {
        report_.failures.push_back(cat(problem_.title, " [", tactics, "]: ", what));
    }

    Plan build(const Forced& forced, Asked& asked, std::string& chosen) {
        CompileRequest request;
        request.profiles = problem_.profiles;
        request.backend = &backend_;
        request.optimizationLevel = 0;
        request.pipeline.verify = true;
        request.select = [&](const Graph&, NodeId, std::vector<Tactic>& tactics, std::vector<double>& times) {
            leaveWanted(tactics);
            const size_t node = asked.tactics.size();
            auto& names = asked.tactics.emplace_back();
            for (const Tactic& tactic : tactics) names.push_back(tactic.name);
            const size_t pick = node < forced.size() ? forced[node] : 0;
            tactics = {tactics.at(pick)};
            times = {0};
            chosen += cat(chosen.empty() ? "" : ", ", tactics[0].name);
            ++report_.runs[tactics[0].name.substr(0, tactics[0].name.find('.', 5))];
        };
        request.inspect = [&](const Graph& graph, const Tuned& tuned) {
            collectReferenceOnly(graph, tuned, asked, report_.failures);
        };
        return compile(problem_.graph.clone(), std::move(request));
    }

    void execute(const Plan& plan, const std::string& chosen) {
        const Engine engine(deserialize(serialize(plan)));
        const Device& place = engine.place();
        PoisonedMemory memory(place);
        Context context(engine, memory);
        std::vector<GuardedTensor> inputs, outputs;
        for (size_t o = 0; o < expected_.size(); ++o) outputs.emplace_back(memory, place);
        for (size_t i = 0; i < problem_.inputs.size(); ++i) {
            const auto index = static_cast<int32_t>(i);
            const Tensor& input = problem_.inputs[i];
            context.setInputDims(index, input.dims());
            const bool onHost = engine.plan().tensors[i].isShapeTensor();  // the caller's side, whatever the place
            inputs.emplace_back(memory, place);
            context.setAddress(index, onHost ? const_cast<void*>(input.data()) : inputs.back().holding(input));
        }
        for (size_t o = 0; o < outputs.size(); ++o) {
            context.setAllocator(
                static_cast<int32_t>(problem_.inputs.size() + o),
                [&outputs, o](const auto& dims, int64_t bytes) { return outputs[o].allocate(dims, bytes); });
        }
        std::vector<Tensor> first(outputs.size());
        for (int run = 0; run < 2; ++run) {
            context.run();
            for (size_t o = 0; o < outputs.size(); ++o) {
                const std::string problem = verdict(outputs[o], expected_[o], first[o], chosen);
                if (!problem.empty()) return fail(chosen, cat("output ", o, " ", problem));
            }
        }
    }

    //! Compares the first run with what is expected, and the second one with the first.
    std::string verdict(const GuardedTensor& output, const Tensor& expected, Tensor& first,
                        const std::string& chosen) const {
        if (!output.asked()) return "was never asked for";
        if (!output.guardsHold()) return "was written beyond its ends";
        Tensor now = output.tensor(expected.type());
        const double tolerance = toleranceOf(problem_, expected.type(), chosen);
        if (first.empty()) return difference(first = std::move(now), expected, tolerance);
        if (now.sameBits(first)) return {};
        return cat("is not the same twice, bit for bit; the second time it ", difference(now, first, 0));
    }

    const Problem& problem_;
    const Backend& backend_;
    const std::vector<Tensor>& expected_;
    Report& report_;
};

}  // namespace

PlanProfile profileOf(const Graph& graph, const std::vector<Tensor>& inputs, int64_t slack) {
    PlanProfile profile;
    for (size_t i = 0; i < inputs.size(); ++i) {
        const Fact& fact = graph.fact(graph.inputs()[i]);
        ProfileRange& range = profile.inputs.emplace_back();
        const auto& dims = inputs[i].dims();
        for (auto& list : range.dims) list = dims;
        for (size_t d = 0; d < dims.size(); ++d) {
            if (fact.shape[d].isConstant()) continue;
            range.dims[0][d] = slack ? std::min<int64_t>(dims[d], 1) : dims[d];
            range.dims[2][d] = dims[d] + slack;
        }
        if (!fact.elements) continue;
        for (auto& list : range.values) list = inputs[i].toInts();
        for (size_t e = 0; e < fact.elements->size(); ++e) {
            if (!(*fact.elements)[e].isConstant()) range.values[2][e] += slack;
        }
    }
    return profile;
}

void Report::add(const Report& other) {
    failures.insert(failures.end(), other.failures.begin(), other.failures.end());
    referenceOnly.insert(other.referenceOnly.begin(), other.referenceOnly.end());
    for (const auto& [family, count] : other.runs) runs[family] += count;
}

Report runAllTactics(const Problem& problem, const Backend& backend) {
    Report report;
    const std::vector<Tensor> expected = evaluate(problem.graph, problem.inputs);
    Run run(problem, backend, expected, report);
    const Asked asked = run.once({});
    report.referenceOnly = asked.referenceOnly;
    for (const Forced& together : rounds(asked.tactics)) {
        const size_t failures = report.failures.size();
        run.once(together);
        if (report.failures.size() == failures) continue;
        for (size_t node = 0; node < together.size(); ++node) {  // to tell which it is
            Forced alone(node + 1, 0);
            alone[node] = together[node];
            if (together[node] > 0) run.once(alone);
        }
    }
    return report;
}

}  // namespace opentrt::conformance
