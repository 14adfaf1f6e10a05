// SPDX-License-Identifier: Apache-2.0
// What has no kernel on the device runs on the host: operands are brought there, and results back. Slow, and it keeps a
// network whole; a warning names the layer. It waits for the device, so it cannot be captured into a graph.
#include <algorithm>

#include "backends/cuda/family.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.host";

struct HostParams : HasFields {
    std::string backend, kernel, params;
    void fields(FieldVisitor& v) override {
        v.field("backend", backend);
        v.field("kernel", kernel);
        v.field("params", params);
    }
};

bool isLinear(const Tactic& tactic) {
    const auto linear = [](const std::vector<Format>& formats) {
        return std::all_of(formats.begin(), formats.end(), [](Format f) { return f == Format::Linear; });
    };
    return linear(tactic.inputs) && linear(tactic.outputs);
}

//! How the host runs it: by its first tactic that takes row-major tensors, or by the reference.
std::pair<const Backend*, Tactic> hostTactic(const Site& site, const RegionView& region, const TacticRequest& request) {
    for (const Backend* backend : {site.host, &refBackend()}) {
        for (const Tactic& tactic : backend->tactics(*region.graph, region.id, request).tactics) {
            if (isLinear(tactic)) return {backend, tactic};
        }
    }
    internalError("the reference refuses an operator");
}

void tactics(const Site& site, const RegionView& region, const TacticRequest& request, TacticList& list) {
    if (!list.tactics.empty()) return;
    Tactic tactic = hostTactic(site, region, request).second;
    tactic.name = kName;
    tactic.inPlaceInput = -1;
    tactic.usesReference = true;
    list.tactics.push_back(std::move(tactic));
}

CompiledStep compile(const Site& site, const RegionView& region, const Tactic&, const TacticRequest& request) {
    const auto [backend, tactic] = hostTactic(site, region, request);
    CompiledStep step = backend->compile(*region.graph, region.id, tactic, request);
    HostParams p;
    p.backend = backend->name();
    p.kernel = step.kernel;
    p.params = step.params;
    step.kernel = kName;
    step.params = printFields(p);
    return step;
}

//! Host copies of the tensors of one launch.
class HostLaunch final : public Launch {
public:
    HostLaunch(const Machine& machine, std::unique_ptr<Launch> inner, std::span<const Port> in,
               std::span<const Port> out)
        : machine_(machine), inner_(std::move(inner)), workspace_(static_cast<size_t>(inner_->workspaceBytes()) + 64) {
        for (const Port& port : in) inputs_.emplace_back(machine, bytes(port));
        for (const Port& port : out) {
            outputs_.emplace_back(machine, bytes(port));
            outTypes_.push_back(port.type);
        }
    }

    bool isReplayable() const override { return false; }
    void run(const LaunchArgs& args) override {
        std::vector<const void*> in;
        std::vector<void*> out;
        for (size_t i = 0; i < inputs_.size(); ++i) {
            if (args.inputs[i]) machine_.download(inputs_[i].data(), args.inputs[i], inputs_[i].size, args.stream);
            in.push_back(args.inputs[i] ? inputs_[i].data() : nullptr);
        }
        for (size_t o = 0; o < outputs_.size(); ++o) out.push_back(args.outputs[o] ? outputs_[o].data() : nullptr);
        Dynamic dynamic(*this);
        LaunchArgs inner{in.data(), out.data(), aligned(workspace_.data()), &dynamic, nullptr};
        inner_->run(inner);
        for (size_t o = 0; o < outputs_.size(); ++o) {
            if (args.outputs[o]) machine_.upload(args.outputs[o], outputs_[o].data(), outputs_[o].size, args.stream);
        }
        for (auto& [output, made] : dynamic.made) {
            void* to = args.dynamic->allocate(output, made.first);
            machine_.upload(to, made.second.data(), made.second.size, args.stream);
        }
        // Copies from memory of this process may still be under way.
        machine_.synchronize(args.stream);
    }

private:
    struct Buffer {
        Buffer(const Machine& machine, int64_t bytes) : size(bytes), memory(machine, bytes) {}
        void* data() const { return memory.data(); }
        int64_t size;
        PinnedMemory memory;
    };
    struct Dynamic : DynamicOutputs {
        explicit Dynamic(HostLaunch& launch) : launch(launch) {}
        void* allocate(int output, const std::vector<int64_t>& dims) override {
            const DType type = launch.outTypes_.at(static_cast<size_t>(output));
            made.erase(output);
            const auto at =
                made.emplace(output, std::pair(dims, Buffer(launch.machine_, bytesIn(Format::Linear, type, dims))));
            return at.first->second.second.data();
        }
        HostLaunch& launch;
        std::map<int, std::pair<std::vector<int64_t>, Buffer>> made;
    };

    static int64_t bytes(const Port& port) {
        const bool known = std::all_of(port.dims.begin(), port.dims.end(), [](int64_t d) { return d >= 0; });
        return known ? bytesIn(Format::Linear, port.type, port.dims) : 0;
    }
    static void* aligned(void* memory) {
        return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(memory) + 63) / 64 * 64);
    }

    const Machine& machine_;
    std::unique_ptr<Launch> inner_;
    std::vector<uint8_t> workspace_;
    std::vector<DType> outTypes_;
    std::vector<Buffer> inputs_, outputs_;
};

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    HostParams p;
    parseFields(p, params);
    const Backend* backend = p.backend == site.host->name()     ? site.host
                             : p.backend == refBackend().name() ? &refBackend()
                                                                : nullptr;
    if (!backend) throw Error(ErrorCode::Unsupported, "", cat("there is no backend \"", p.backend, "\" on the host"));
    return makeKernel(
        [&machine = *site.machine, kernel = backend->load(p.kernel, p.params, weights)](auto in, auto out) {
            return std::unique_ptr<Launch>(std::make_unique<HostLaunch>(machine, kernel->prepare(in, out), in, out));
        });
}

}  // namespace

const Family kHostFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
