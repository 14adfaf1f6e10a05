// SPDX-License-Identifier: Apache-2.0
// The CUDA backend is its list of kernel families (families.cpp); this file only asks each of them.
#include "backends/cuda/cuda_backend.h"

#include "backends/cuda/contraction.h"
#include "backends/cuda/entry.h"
#include "backends/cuda/epilogue.h"
#include "backends/cuda/stem.h"
#include "base/error.h"
#include "ops/row_statistics.h"

namespace opentrt::cuda {

namespace {

class CudaBackend final : public Backend {
public:
    explicit CudaBackend(Site site) : site_(std::move(site)) {}

    std::string_view name() const override { return kName; }
    std::string device() const override {
        return cat(str(site_.target), site_.machine ? " " + site_.machine->driverText() : "", " ", compilerText());
    }
    bool isHere() const override { return site_.machine != nullptr; }
    const Device& place() const override { return machine(); }
    bool computesInHalf() const override { return true; }
    bool multipliesInTf32() const override { return site_.target.sm >= 80; }
    bool keepsRowStatistics() const override { return true; }
    bool multipliesQuantized(DType type) const override {
        return (type == DType::I8 && site_.target.sm >= 80) || (type == DType::F8 && site_.target.sm >= 89);
    }
    bool multipliesFewChannels(const Graph& graph, NodeId node, DType type) const override {
        return multipliesQuantized(type) && stemMultiplies(graph, node, type);
    }

    TacticList tactics(const Graph& graph, NodeId node, const TacticRequest& request) const override {
        TacticList list;
        const RegionView region = viewRegion(graph, node);
        for (const Family& family : families()) {
            if (usesStatistics(region) && !family.statistics) continue;
            // Where no family finds sizes that only the data tell, the host does.
            const bool takes = region.isPlain() || family.takesComposites;
            if (&family == &families().back() || (takes && (family.makesSizes || !makesSizes(region))))
                family.tactics(site_, region, request, list);
        }
        return list;
    }

    std::vector<double> estimates(const Graph& graph, NodeId node, const std::vector<Tactic>& tactics,
                                  const TacticRequest& request) const override {
        if (!site_.target.isHopper()) return {};  // whose rates the cost model has
        std::vector<double> result(tactics.size(), 0);
        const RegionView region = viewRegion(graph, node);
        std::optional<ProductSize> size;
        for (size_t t = 0; t < tactics.size(); ++t) {
            const Family* family = familyOf(families(), tactics[t].name);
            if (!family || !family->tiled) continue;
            const auto work = family->tiled(site_, region, tactics[t], request);
            if (!work) continue;
            if (!size) size = productSize(region, request);
            result[t] = estimatedMs(site_.target, *work, *size);
        }
        return result;
    }

    bool canRun(const Graph& graph, NodeId node) const override {
        const RegionView region = viewRegion(graph, node);
        if (usesStatistics(region) && multipliesInLoops(region)) return false;
        for (const Family& family : families()) {
            if (usesStatistics(region) && !family.statistics) continue;
            if ((region.isPlain() || family.takesComposites) && family.fuses && family.fuses(site_, region))
                return true;
        }
        return false;
    }

    CompiledStep compile(const Graph& graph, NodeId node, const Tactic& tactic,
                         const TacticRequest& request) const override {
        const Family* family = familyOf(families(), tactic.name);
        check(family, "a tactic of no known family");
        return family->compile(site_, viewRegion(graph, node), tactic, request);
    }

    bool compileAhead(const std::vector<CompileJob>& jobs, const TacticRequest& request,
                      const std::function<bool(int done, int total)>& goOn) const override {
        std::vector<CodeText> texts;
        const NotingTexts noting;
        for (const CompileJob& job : jobs) {
            if (job.tactic.usesReference) continue;
            try {
                compile(job.graph, job.node, job.tactic, request);
            } catch (const NotingTexts::Noted& noted) {
                texts.push_back(noted.text);
            } catch (const Error&) {  // the call itself will say why
            }
        }
        return compileTexts(texts, goOn);
    }

    std::shared_ptr<void> useCode(CodeStore& store, bool keeps) const override {
        return std::make_shared<UsingStore>(store, keeps);
    }

    std::shared_ptr<const Kernel> load(const std::string& kernel, const std::string& params,
                                       const std::vector<Tensor>& weights) const override {
        const Family* family = familyOf(families(), kernel);
        if (!family) throw Error(ErrorCode::Unsupported, "", cat("this library has no CUDA kernel \"", kernel, "\""));
        machine();
        return family->load(site_, params, weights);
    }

    int placedWeight(const std::string& kernel, const std::vector<Tensor>& weights) const override {
        const Family* family = familyOf(families(), kernel);
        return family && family->placed < static_cast<int>(weights.size()) ? family->placed : -1;
    }
    std::shared_ptr<const Kernel> loadOver(const std::string& kernel, const std::string& params,
                                           const std::vector<Tensor>& weights, void* at) const override {
        const int placed = placedWeight(kernel, weights);
        check(placed >= 0, "a kernel without weights of its own");
        const PlacedWeights place(weights[static_cast<size_t>(placed)], at);
        auto loaded = load(kernel, params, weights);
        check(place.isTaken(), "a kernel has its weights elsewhere");
        return loaded;
    }

    CompiledStep compileReformat(DType type, Format from, Format to) const override {
        return cuda::compileReformat(site_, type, from, to);
    }

private:
    //! Whether a region keeps statistics of so many rows that their products are much faster in blocks that loop over
    //! tiles, which keep none: joining normalisations would not pay, and a build need not try.
    bool multipliesInLoops(const RegionView& region) const {
        constexpr int64_t kTile = 128 * 64;
        const Shape& statistics = region.rowStatistics
                                      ? region.output(1).shape
                                      : region.input(region.indexOf(region.rowFactors->inputs[0])).shape;
        if (!site_.target.isHopper() || !isStatic(statistics)) return false;
        const int64_t numbers = volumeOf(staticDims(statistics)) / 2 * ops::RowStatistics::kColumns;
        return numbers / kTile >= site_.target.multiprocessors / 2;
    }

    const Machine& machine() const {
        if (site_.machine) return *site_.machine;
        throw Error(ErrorCode::Unsupported, "",
                    cat("the device is not here, only its description in OPENTRT_CUDA_TARGET, for which plans are "
                        "built and not run: ",
                        str(site_.target)));
    }

    Site site_;
};

}  // namespace

std::unique_ptr<Backend> makeBackend(const Machine& machine, const Backend& host) {
    return std::make_unique<CudaBackend>(Site{machine.target(), &machine, &host});
}

std::unique_ptr<Backend> makeBackend(const Target& target, const Backend& host) {
    return std::make_unique<CudaBackend>(Site{target, nullptr, &host});
}

}  // namespace opentrt::cuda
