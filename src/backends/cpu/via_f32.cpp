// SPDX-License-Identifier: Apache-2.0
// Half-precision operators that no family runs as they are: computed in f32 by whichever family takes the same operator
// in f32, between conversions of its inputs and outputs. The result is rounded once, at the end. Tactics are those of
// the other families: "cpu.via_f32." and their name.
#include "backends/cpu/family.h"
#include "backends/cpu/kernels/copy.h"
#include "backends/fit.h"
#include "base/error.h"
#include "graph/limits.h"

namespace opentrt::cpu {

namespace {

constexpr std::string_view kPrefix = "cpu.via_f32.";
//! Above this size, constants are converted only when a tactic is compiled.
constexpr int64_t kSmall = 4096;

bool isHalf(DType type) {
    return type == DType::F16 || type == DType::BF16;
}

//! The same node in f32, alone in a graph.
struct Twin {
    Graph graph;
    NodeId node;
};

Tensor toF32(const Tensor& tensor, bool contents) {
    Tensor result(DType::F32, tensor.dims());
    if ((contents || tensor.count() <= kSmall) && tensor.count() > 0) {
        kernels::CastKernel(tensor.type(), DType::F32).run(tensor.data(), result.mutableData(), tensor.count());
    }
    return result;
}

Twin twinOf(const RegionView& region, bool contents) {
    Twin twin;
    twin.graph.stage = region.graph->stage;
    twin.graph.ranges = region.graph->ranges;
    std::vector<ValueId> inputs;
    std::map<ValueId, ValueId> made;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const ValueId in = region.node->inputs[i];
        if (!in.valid()) {
            inputs.push_back(in);
            continue;
        }
        const auto [at, isNew] = made.try_emplace(in);
        if (isNew) {
            const Fact& fact = region.graph->fact(in);
            if (fact.constant) {
                at->second = twin.graph.addConstant(
                    cat("i", i), isHalf(fact.type) ? toF32(*fact.constant, contents) : *fact.constant);
            } else {
                at->second = twin.graph.addInput(cat("i", i), isHalf(fact.type) ? DType::F32 : fact.type, fact.shape);
                twin.graph[at->second].fact.elements = fact.elements;
            }
        }
        inputs.push_back(at->second);
    }
    std::vector<std::unique_ptr<Graph>> bodies;
    for (const auto& body : region.node->bodies) bodies.push_back(std::make_unique<Graph>(body->clone()));
    twin.node = twin.graph.addNode(region.node->op->clone(), std::move(inputs), region.node->name, std::move(bodies),
                                   static_cast<int>(region.node->outputs.size()));
    return twin;
}

//! Nothing when the operator does not exist in f32, or means something else there.
std::optional<Twin> tryTwin(const RegionView& region, bool contents) {
    try {
        Twin twin = twinOf(region, contents);
        for (size_t o = 0; o < region.node->outputs.size(); ++o) {
            const DType mine = region.output(static_cast<int>(o)).type;
            const DType its = twin.graph.fact(twin.graph[twin.node].outputs[o]).type;
            if (its != mine && !(its == DType::F32 && isHalf(mine))) return std::nullopt;
        }
        return twin;
    } catch (const Error&) {
        return std::nullopt;  // a conversion inside of the region, for instance
    }
}

bool hasHalf(const RegionView& region) {
    for (const auto* list : {&region.node->inputs, &region.node->outputs}) {
        for (const ValueId v : *list) {
            if (v.valid() && isHalf(region.graph->fact(v).type)) return true;
        }
    }
    return false;
}

bool isOurs(const RegionView& region) {
    return region.anchor && region.op().opClass() != OpClass::Movement && hasHalf(region);
}

//! A half-precision output must have a known size, so that its f32 version has a place.
bool hasOpenOutput(const RegionView& region) {
    for (const DataSize& size : region.graph->dataSizes()) {
        for (size_t o = 0; o < region.node->outputs.size(); ++o) {
            if (size.value == region.node->outputs[o] && isHalf(region.output(static_cast<int>(o)).type)) return true;
        }
    }
    return false;
}

//! All families but this one.
template <class Visit>
void forEachOther(const Visit& visit) {
    for (const KernelFamily& family : families()) {
        if (kPrefix.find(family.name) != 0) visit(family);
    }
}

void innerTactics(const Twin& twin, const TacticRequest& request, TacticList& list) {
    const RegionView region = viewRegion(twin.graph, twin.node);
    forEachOther([&](const KernelFamily& family) { family.tactics(region, request, list); });
}

void tactics(const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!isOurs(region) || !list.tactics.empty()) return;
    if (hasOpenOutput(region)) return list.refuse("cpu.via_f32", "the size of an output depends on the data");
    const auto twin = tryTwin(region, false);
    if (!twin) return list.refuse("cpu.via_f32", "the region does not exist in f32");
    TacticList inner;
    innerTactics(*twin, request, inner);
    for (Tactic& tactic : inner.tactics) {
        tactic.name = cat(kPrefix, tactic.name);
        tactic.inPlaceInput = -1;
        list.tactics.push_back(std::move(tactic));
    }
    for (const Refusal& r : inner.refusals) list.refuse(cat(kPrefix, r.tactic), r.reason);
}

struct ViaParams : HasFields {
    std::string kernel, params;  //!< of the f32 step
    int64_t inPlace = -1;        //!< step input whose f32 version becomes the output
    std::vector<int64_t> keep;   //!< outputs that the f32 step makes in half precision itself
    void fields(FieldVisitor& v) override {
        v.field("kernel", kernel);
        v.field("params", params);
        v.field("inPlace", inPlace);
        v.field("keep", keep);
    }
};

Tactic innerTactic(const Twin& twin, const Tactic& tactic, const TacticRequest& request) {
    TacticList inner;
    innerTactics(twin, request, inner);
    const auto at = std::find_if(inner.tactics.begin(), inner.tactics.end(),
                                 [&](const Tactic& t) { return tactic.name == cat(kPrefix, t.name); });
    check(at != inner.tactics.end(), "a tactic is gone");
    return *at;
}

std::string codeAt(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const auto twin = tryTwin(region, false);
    check(twin.has_value(), "a tactic was chosen for a region that does not exist in f32");
    const Tactic inner = innerTactic(*twin, tactic, request);
    const KernelFamily* family = familyOf(families(), inner.name);
    return family->codeAt ? family->codeAt(viewRegion(twin->graph, twin->node), inner, request) : "";
}

CompiledStep compile(const RegionView& region, const Tactic& tactic, const TacticRequest& request) {
    const auto twin = tryTwin(region, true);
    check(twin.has_value(), "a tactic was compiled for a region that does not exist in f32");
    const Tactic inner = innerTactic(*twin, tactic, request);
    CompiledStep step = cpuBackend().compile(twin->graph, twin->node, inner, request);
    ViaParams p;
    p.kernel = step.kernel;
    p.params = step.params;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
        if (inner.inPlaceInput >= 0 && step.inputs[i] == inner.inPlaceInput) p.inPlace = static_cast<int64_t>(i);
    }
    for (size_t o = 0; o < region.node->outputs.size(); ++o) {
        if (isHalf(twin->graph.fact(twin->graph[twin->node].outputs[o]).type))
            p.keep.push_back(static_cast<int64_t>(o));
    }
    step.kernel = "cpu.via_f32";
    step.params = printFields(p);
    return step;
}

//! A tensor that is converted, and where its f32 version lies in the workspace.
struct Converted {
    size_t index;
    int64_t count, offset;
    std::shared_ptr<const kernels::CastKernel> cast;
};

class ViaLaunch final : public Launch {
public:
    ViaLaunch(std::unique_ptr<Launch> inner, std::vector<Converted> inputs, std::vector<Converted> outputs,
              int64_t bytes, size_t inputCount, size_t outputCount)
        : inner_(std::move(inner)),
          in_(std::move(inputs)),
          out_(std::move(outputs)),
          bytes_(bytes),
          inputs_(inputCount),
          outputs_(outputCount) {}

    int64_t workspaceBytes() const override { return bytes_ + inner_->workspaceBytes(); }

    void run(const LaunchArgs& args) override {
        auto* work = static_cast<char*>(args.workspace);
        std::copy_n(args.inputs, inputs_.size(), inputs_.begin());
        std::copy_n(args.outputs, outputs_.size(), outputs_.begin());
        for (const Converted& c : in_) {
            c.cast->run(args.inputs[c.index], work + c.offset, c.count);
            inputs_[c.index] = work + c.offset;
        }
        for (const Converted& c : out_) outputs_[c.index] = work + c.offset;
        inner_->run(LaunchArgs{inputs_.data(), outputs_.data(), work + bytes_, args.dynamic});
        for (const Converted& c : out_) c.cast->run(work + c.offset, args.outputs[c.index], c.count);
    }

private:
    std::unique_ptr<Launch> inner_;
    std::vector<Converted> in_, out_;
    int64_t bytes_;
    std::vector<const void*> inputs_;
    std::vector<void*> outputs_;
};

class ViaKernel final : public Kernel {
public:
    ViaKernel(ViaParams p, const std::vector<Tensor>& weights)
        : p_(std::move(p)), inner_(cpuBackend().load(p_.kernel, p_.params, weights)) {}

    std::unique_ptr<Launch> prepare(std::span<const Port> in, std::span<const Port> out) const override {
        std::vector<Port> innerIn(in.begin(), in.end()), innerOut(out.begin(), out.end());
        std::vector<Converted> inputs, outputs;
        int64_t bytes = 0;
        const auto convert = [&](Port& port, size_t index, std::vector<Converted>& list, bool isInput) {
            requireBounded(shapeOf(port.dims), "");
            const int64_t count = bytesIn(port.format, port.type, port.dims) / (bitsOf(port.type) / 8);
            auto cast = isInput ? std::make_shared<kernels::CastKernel>(port.type, DType::F32)
                                : std::make_shared<kernels::CastKernel>(DType::F32, port.type);
            list.push_back({index, count, bytes, std::move(cast)});
            bytes += (count * 4 + 63) / 64 * 64;
            port.type = DType::F32;
        };
        for (size_t i = 0; i < in.size(); ++i) {
            if (isHalf(in[i].type)) convert(innerIn[i], i, inputs, true);
        }
        for (size_t o = 0; o < out.size(); ++o) {
            const bool kept = std::find(p_.keep.begin(), p_.keep.end(), static_cast<int64_t>(o)) != p_.keep.end();
            if (!isHalf(out[o].type) || kept) continue;
            convert(innerOut[o], o, outputs, false);
            if (o == 0 && p_.inPlace >= 0) {
                for (const Converted& c : inputs) {
                    if (c.index != static_cast<size_t>(p_.inPlace)) continue;
                    fit(c.count == outputs.back().count, "the input that becomes the output");
                    outputs.back().offset = c.offset;
                }
            }
        }
        return std::make_unique<ViaLaunch>(inner_->prepare(innerIn, innerOut), std::move(inputs), std::move(outputs),
                                           bytes, in.size(), out.size());
    }

private:
    ViaParams p_;
    std::shared_ptr<const Kernel> inner_;
};

std::shared_ptr<const Kernel> load(const std::string& params, const std::vector<Tensor>& weights) {
    ViaParams p;
    parseFields(p, params);
    return std::make_shared<ViaKernel>(std::move(p), weights);
}

bool fuses(const RegionView& region) {
    if (!isOurs(region)) return false;
    const auto twin = tryTwin(region, false);
    if (!twin) return false;
    const RegionView inner = viewRegion(twin->graph, twin->node);
    bool result = false;
    forEachOther([&](const KernelFamily& family) { result = result || (family.fuses && family.fuses(inner)); });
    return result;
}

}  // namespace

const KernelFamily kViaF32Family{"cpu.via_f32", tactics, compile, load, fuses, codeAt};

}  // namespace opentrt::cpu
