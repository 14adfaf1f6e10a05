// SPDX-License-Identifier: Apache-2.0
// On the CPU, with times that the test makes up.
#include <cstdlib>
#include <gtest/gtest.h>

#include "backends/forwarding_backend.h"
#include "builder/compile.h"
#include "graph/evaluate.h"
#include "graph/text.h"
#include "runtime/context.h"

namespace opentrt {
namespace {

//! By themselves tactics differ by a little; in the network the one that has been wanted is faster.
class NetworkTimes final : public Timer {
public:
    double time(const TimingProblem&, const Tactic&, double) override { return 1 + 0.001 * trials_++; }
    double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 100; }
    bool comparesNetworks(const Device&) const override { return true; }
    std::vector<double> compare(const Device&, const std::vector<Rendition>& renditions, double, double) override {
        std::vector<double> times;
        const std::string layer = renditions[0].name.substr(0, renditions[0].name.rfind(": "));
        const std::string best = best_.emplace(layer, renditions[renditions.size() - 1].name).first->second;
        for (const Rendition& r : renditions) {
            r.prepare();
            r.play(nullptr);
            names.push_back(r.name);
            times.push_back(r.name == best ? ofBest : 8);
        }
        return times;
    }

    double ofBest = 7;  //!< milliseconds of the network with what came last when the layer was first compared
    std::vector<std::string> names;

private:
    int trials_ = 0;
    std::map<std::string, std::string> best_;  // by layer
};

constexpr const char* kThreeLayers = R"(graph net {
    input %x: f32[1,16,12,12]
    const %v: f32[16,16,3,3] = random(7)
    const %w: f32[16,16,3,3] = random(8)
    %a = Convolution(%x, %v, _) {pre=[1,1], post=[1,1]} "first"
    %b = Convolution(%a, %w, _) {pre=[1,1], post=[1,1]} "second"
    %y = Softmax(%b) {axis=1} "softmax"
    output %y
})";

struct Built {
    std::map<std::string, std::string> tactics;  //!< by layer
    Tensor y;
};

Built build(NetworkTimes& times, TimingCache& cache) {
    const Graph graph = parseGraph(kThreeLayers);
    const TwinBackend backend(cpuBackend());
    CompileRequest request;
    request.backend = &backend;
    request.timer = &times;
    request.cache = &cache;
    const Engine engine(compile(graph.clone(), request));
    Built built;
    for (const PlanStep& step : engine.plan().programs[0].steps) built.tactics[step.name] = step.tactic;
    Tensor x(DType::F32, {1, 16, 12, 12});
    for (int64_t i = 0; i < x.count(); ++i) x.set(i, static_cast<double>(i % 13) / 13);
    built.y = Tensor(DType::F32, x.dims());
    PlainMemory memory(hostDevice());
    Context context(engine, memory);
    context.setInputDims(0, x.dims());
    context.setAddress(0, x.mutableData());
    context.setAddress(1, built.y.mutableData());
    context.run();
    const Tensor expected = evaluate(graph, {x})[0];
    for (int64_t i = 0; i < x.count(); ++i) EXPECT_NEAR(built.y.get(i), expected.get(i), 1e-4) << "element " << i;
    return built;
}

std::string tacticIn(const std::string& name) {
    return name.substr(name.rfind(": ") + 2);
}

TEST(Rehearsal, TakesWhatIsFasterInTheNetworkForAllEqualLayers) {
    NetworkTimes times;
    TimingCache cache(cpuBackend().device());
    const Built built = build(times, cache);
    const auto isOfProducts = [](const std::string& name) { return name.rfind("2 x first: ", 0) == 0; };
    const auto first = std::find_if(times.names.begin(), times.names.end(), isOfProducts);
    ASSERT_NE(first, times.names.end());
    std::string wanted = tacticIn(*first);
    for (auto n = first; n != times.names.end() && isOfProducts(*n); ++n) wanted = tacticIn(*n);
    EXPECT_NE(wanted, tacticIn(*first));
    EXPECT_EQ(built.tactics.at("first"), wanted);
    EXPECT_EQ(built.tactics.at("second"), wanted);
}

TEST(Rehearsal, KeepsWhatIsAsFast) {
    NetworkTimes times;
    times.ofBest = 7.99;
    TimingCache cache(cpuBackend().device());
    const Built built = build(times, cache);
    EXPECT_EQ(built.tactics.at("first"), tacticIn(times.names.at(0)));
}

TEST(Rehearsal, IsRememberedInTheTimingCache) {
    NetworkTimes times, again;
    TimingCache cache(cpuBackend().device());
    const Built built = build(times, cache);
    EXPECT_EQ(build(again, cache).tactics, built.tactics);
    EXPECT_TRUE(again.names.empty()) << again.names[0];
}

}  // namespace
}  // namespace opentrt
