// SPDX-License-Identifier: Apache-2.0
// Operators whose result is as large as numbers of the device say: an expansion to dimensions that were computed from
// data, the k best where k is no constant. These few numbers are brought to the host, which then knows the sizes and
// binds the kernel that another family has for the operator. Tested by the conformance cases.
#include <algorithm>

#include "backends/cuda/family.h"
#include "base/error.h"
#include "graph/text.h"
#include "ops/fill.h"
#include "ops/reshape.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.sized";
constexpr int64_t kMostNumbers = 64;  //!< of an input that tells sizes

//! Families of operators that may be told sizes so.
const Family* const kKernels[] = {&kCopyFamily,   &kSliceFamily, &kResizeFamily,  &kFillFamily,
                                  &kOneHotFamily, &kTopKFamily,  &kReformatFamily};

struct SizedParams : HasFields {
    std::string op, step, kernel, params;
    std::vector<int64_t> inputs;  //!< of the node, that the kernel reads
    void fields(FieldVisitor& v) override {
        v.field("op", op);
        v.field("step", step);
        v.field("kernel", kernel);
        v.field("params", params);
        v.field("inputs", inputs);
    }
};

//! Another family's tactic for the operator with sizes that are not known yet.
struct Inner {
    const Family* family = nullptr;
    Tactic tactic;
    std::string reason;  //!< why there is none; empty: the operator is of another kind
};
Inner innerOf(const Site& site, const RegionView& region, const TacticRequest& request) {
    Inner inner;
    for (const Family* family : kKernels) {
        TacticList list;
        family->tactics(site, region, request, list);
        const auto at = std::find_if(list.tactics.begin(), list.tactics.end(),
                                     [](const Tactic& tactic) { return tactic.outputs[0] == Format::Linear; });
        if (at != list.tactics.end()) return {family, *at, {}};
        for (const Refusal& refusal : list.refusals) inner.reason = refusal.reason;
    }
    return inner;
}

//! Reshapes move bytes as they are.
bool isReshape(const RegionView& region) {
    return as<ops::Reshape>(region.op()) && bitsOf(region.input(0).type) >= 8;
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!list.tactics.empty() || !makesSizes(region) || !region.anchor || !region.pointwise.empty()) return;
    Tactic tactic;
    if (!isReshape(region)) {
        const Inner inner = innerOf(site, region, request);
        if (!inner.family) return inner.reason.empty() ? void() : list.refuse(kName, inner.reason);
        tactic = inner.tactic;
    }
    tactic.name = kName;
    tactic.inputs.assign(region.node->inputs.size(), Format::Linear);
    tactic.outputs.assign(region.node->outputs.size(), Format::Linear);
    tactic.inPlaceInput = -1;
    list.tactics.push_back(std::move(tactic));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest& request) {
    const CompiledStep inner = [&] {
        if (isReshape(region)) return compileReformat(site, region.input(0).type, Format::Linear, Format::Linear);
        const Inner found = innerOf(site, region, request);
        check(found.family, "a tactic without a kernel");
        return found.family->compile(site, region, found.tactic, request);
    }();
    CompiledStep step = compileOpStep(kName, region);
    SizedParams p;
    p.op = str(region.op());
    p.step = step.params;
    p.kernel = inner.kernel;
    p.params = inner.params;
    p.inputs.assign(inner.inputs.begin(), inner.inputs.end());
    step.params = printFields(p);
    step.weights.insert(step.weights.end(), inner.weights.begin(), inner.weights.end());
    return step;
}

struct SizedStep {
    std::unique_ptr<Op> op;
    OpStep step;
    std::vector<int64_t> inputs;
    std::shared_ptr<const Kernel> kernel;
};

class SizedLaunch final : public Launch {
public:
    SizedLaunch(const Machine& machine, std::shared_ptr<const SizedStep> step, std::span<const Port> in,
                std::span<const Port> out)
        : machine_(machine), step_(std::move(step)), in_(in.begin(), in.end()), out_(out.begin(), out.end()) {
        for (const int64_t i : step_->inputs) {
            fit(i >= 0 && i < static_cast<int64_t>(in.size()), "an input that is not there");
            kernelIn_.push_back(in[static_cast<size_t>(i)]);
        }
    }
    bool isReplayable() const override { return false; }
    void run(const LaunchArgs& args) override {
        std::vector<Port> ports = out_;
        const FittedNode node(*step_->op, facts(args), out_, true);
        for (size_t o = 0; o < ports.size(); ++o) {
            const Shape& shape = node.region().output(static_cast<int>(o)).shape;
            fit(isStatic(shape), "sizes that stay unknown");
            ports[o].dims = staticDims(shape);
            fitFound(ports[o].dims, out_[o]);
        }
        std::vector<void*> outputs;
        for (size_t o = 0; o < ports.size(); ++o) {
            outputs.push_back(args.outputs[o] ? args.outputs[o]
                                              : args.dynamic->allocate(static_cast<int>(o), ports[o].dims));
        }
        bind(ports);
        std::vector<const void*> inputs;
        for (const int64_t i : step_->inputs) inputs.push_back(args.inputs[i]);
        launch_->run({inputs.data(), outputs.data(), workspace_ ? workspace_->data() : nullptr, nullptr, args.stream});
    }

private:
    //! What is known of the inputs, with the numbers that tell sizes.
    std::vector<std::optional<Fact>> facts(const LaunchArgs& args) const {
        std::vector<std::optional<Fact>> facts = factsOf(step_->step, in_);
        const size_t first = as<ops::Fill>(*step_->op) ? 0 : 1;
        for (size_t i = first; i < facts.size(); ++i) {
            const Port& port = in_[i];
            const bool tells = facts[i] && !facts[i]->constant && port.dims.size() <= 1 && isInteger(port.type) &&
                               volumeOf(port.dims) <= kMostNumbers;
            if (!tells) continue;
            Tensor numbers(port.type, port.dims);
            machine_.download(numbers.mutableData(), args.inputs[i], numbers.bytes(), args.stream);
            facts[i]->constant = std::move(numbers);
        }
        return facts;
    }
    void bind(const std::vector<Port>& out) {
        const bool same = launch_ && std::equal(out.begin(), out.end(), bound_.begin(), bound_.end(),
                                                [](const Port& a, const Port& b) { return a.dims == b.dims; });
        if (same) return;
        const auto scope = machine_.useMemory(memory_);
        launch_ = step_->kernel->prepare(kernelIn_, out);
        bound_ = out;
        workspace_.reset();
        if (const int64_t bytes = launch_->workspaceBytes()) workspace_.emplace(machine_, bytes);
    }

    const Machine& machine_;
    std::shared_ptr<const SizedStep> step_;
    std::shared_ptr<MemorySource> memory_ = memoryInUse();
    std::vector<Port> in_, out_, kernelIn_, bound_;
    std::unique_ptr<Launch> launch_;
    std::optional<KeptMemory> workspace_;
};

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    SizedParams p;
    parseFields(p, params);
    auto step = std::make_shared<SizedStep>();
    step->op = parseOp(p.op);
    step->step = loadOpStep(p.step, weights);
    step->inputs = p.inputs;
    const auto& constants = step->step.constants;
    const auto own = std::count_if(constants.begin(), constants.end(), [](const Tensor& t) { return !t.empty(); });
    const auto family =
        std::find_if(std::begin(kKernels), std::end(kKernels), [&](const Family* f) { return p.kernel == f->name; });
    fit(family != std::end(kKernels), "a kernel of another family");
    step->kernel = (*family)->load(site, p.params, weightsBehind(weights, static_cast<size_t>(own)));
    return makeKernel([&machine = *site.machine, step](auto in, auto out) {
        return std::unique_ptr<Launch>(std::make_unique<SizedLaunch>(machine, step, in, out));
    });
}

}  // namespace

const Family kSizedFamily{.name = kName, .tactics = tactics, .compile = compile, .load = load, .makesSizes = true};

}  // namespace opentrt::cuda
