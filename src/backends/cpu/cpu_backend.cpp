// SPDX-License-Identifier: Apache-2.0
// The CPU backend is its list of kernel families (families.cpp); this file only asks each of them.
#include <thread>

#include "backends/cpu/cpu_device.h"
#include "backends/cpu/family.h"
#include "backends/cpu/reformat.h"
#include "base/error.h"

namespace opentrt {

namespace {

using cpu::KernelFamily;

class CpuBackend final : public Backend {
public:
    std::string_view name() const override { return "cpu"; }
    std::string device() const override { return cpu::deviceText(); }

    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override {
        TacticList list;
        const RegionView region = viewRegion(graph, node);
        if (!region.isPlain()) return list;
        for (const KernelFamily& family : cpu::families()) family.tactics(region, request, list);
        return list;
    }

    bool canRun(const Graph& graph, NodeId node) const override {
        const RegionView region = viewRegion(graph, node);
        for (const KernelFamily& family : cpu::families()) {
            if (region.isPlain() && family.fuses && family.fuses(region)) return true;
        }
        return false;
    }

    CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                         const TacticRequest& request) const override {
        const KernelFamily* family = familyOf(cpu::families(), tactic.name);
        check(family, "a tactic of no known family");
        return family->compile(viewRegion(graph, node), tactic, request);
    }

    //! Packing large weights only to see that they are the same would take longer than all measurements.
    bool sameStep(const Graph& graph, NodeId node, const Tactic& tactic, const TacticRequest& a,
                  const TacticRequest& b) const override {
        const KernelFamily* family = familyOf(cpu::families(), tactic.name);
        check(family, "a tactic of no known family");
        if (!family->codeAt) return true;
        const RegionView region = viewRegion(graph, node);
        return family->codeAt(region, tactic, a) == family->codeAt(region, tactic, b);
    }

    std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                       const std::vector<Tensor>& weights) const override {
        if (kernel == cpu::kReformatKernel) return cpu::loadReformat(params);
        const KernelFamily* family = familyOf(cpu::families(), kernel);
        if (!family) {
            throw Error(
                ErrorCode::Unsupported, "",
                cat("the plan uses the kernel \"", kernel, "\", which this version does not have; build it again"));
        }
        return family->load(params, weights);
    }

    CompiledStep compileReformat(DType type, Format from, Format to) const override {
        return cpu::compileReformat(type, from, to);
    }
};

}  // namespace

const Backend& cpuBackend() {
    static const CpuBackend backend;
    return backend;
}

}  // namespace opentrt
