// SPDX-License-Identifier: Apache-2.0
// Variants without a clock: a backend with made-up tactics, whose times depend on the sizes by a formula.
#include "tune/variants.h"

#include <gtest/gtest.h>

#include "graph/text.h"

namespace opentrt {
namespace {

//! "slope" is good for few rows, "flat" for many; "packed" compiles to something else for each number of rows.
class MadeUpBackend final : public Backend {
public:
    explicit MadeUpBackend(std::vector<std::string> names) : names_(std::move(names)) {}
    std::string_view name() const override { return "made up"; }
    std::string device() const override { return "none"; }
    TacticList tactics(const Graph&, NodeId, const TacticRequest&) const override {
        TacticList list;
        for (const std::string& n : names_) {
            list.tactics.push_back({n, {n == "other format" ? Format::Nhwc : Format::Linear}, {Format::Linear}});
        }
        return list;
    }
    CompiledStep compile(const Graph&, NodeId, const Tactic& tactic, const TacticRequest& request) const override {
        CompiledStep step;
        step.kernel = tactic.name;
        if (tactic.name == "packed") step.params = std::to_string(request.opt.at("N"));
        step.inputs = {0};
        return step;
    }
    bool canRun(const Graph&, NodeId) const override { return true; }
    std::shared_ptr<const Kernel> load(const std::string&, const std::string&,
                                       const std::vector<Tensor>&) const override {
        return nullptr;
    }
    CompiledStep compileReformat(DType, Format, Format) const override { return {}; }

private:
    std::vector<std::string> names_;
};

class FormulaTimer final : public Timer {
public:
    double time(const TimingProblem& problem, const Tactic& tactic, double) override {
        ++asked;
        const auto rows = static_cast<double>(problem.sizes.at("N"));
        const auto tunedFor = static_cast<double>(problem.request.opt.at("N"));
        if (tactic.name == "slope") return rows;
        if (tactic.name == "flat") return 10;
        if (tactic.name == "packed") return 5 + std::abs(rows - tunedFor);
        return 1e-3 * rows;
    }
    double timeReformat(const Backend&, DType, Format, Format, const std::vector<int64_t>&) override { return 1e6; }
    int asked = 0;
};

struct Result {
    Choice choice;
    int asked;
};

Result tuned(std::vector<std::string> tactics, std::vector<int64_t> points, TimingCache* cache = nullptr) {
    const Graph graph = parseGraph(R"(graph net {
        stage planned
        range N [1,100]
        input %x: f32[N,16,4,4]
        %y = Unary(%x) {operation=exp} "step"
        output %y
    })");
    const MadeUpBackend backend(std::move(tactics));
    FormulaTimer timer;
    TimingCache local("none");
    TuneRequest request;
    request.backend = &backend;
    request.timer = &timer;
    request.cache = cache ? cache : &local;
    request.tactics.opt = {{"N", 8}};
    for (const int64_t n : points) request.points.push_back({{"N", n}});
    const Tuned result = tune(graph, request);
    return {result.nodes.at(graph.order().front()), timer.asked};
}

TEST(Variants, TakeOverWhereTheyAreFaster) {
    const Choice choice = tuned({"slope", "flat"}, {8, 1, 20}).choice;
    EXPECT_EQ(choice.tactic.name, "slope");
    ASSERT_EQ(choice.variants.size(), 1u);
    EXPECT_EQ(choice.variants[0].tactic.name, "flat");
    EXPECT_EQ(choice.variants[0].point, 2u);
    EXPECT_EQ(choice.atPoint, (std::vector<int32_t>{0, 0, 1}));
}

TEST(Variants, AreNotMadeForLittle) {
    EXPECT_TRUE(tuned({"slope", "flat"}, {8, 10}).choice.variants.empty());
    const Choice alone = tuned({"slope"}, {8, 1, 100}).choice;
    EXPECT_TRUE(alone.variants.empty());
    EXPECT_TRUE(alone.atPoint.empty());
}

TEST(Variants, MayBeTheSameTacticForOtherSizes) {
    const Choice choice = tuned({"packed"}, {8, 1}).choice;
    ASSERT_EQ(choice.variants.size(), 1u);
    EXPECT_EQ(choice.variants[0].tactic.name, "packed");
    EXPECT_EQ(choice.atPoint, (std::vector<int32_t>{0, 1}));
}

TEST(Variants, ServeSeveralPointsWhereTheyAreNearlyAsGood) {
    const Choice choice = tuned({"slope", "flat"}, {8, 20, 40}).choice;
    EXPECT_EQ(choice.variants.size(), 1u);
    EXPECT_EQ(choice.atPoint, (std::vector<int32_t>{0, 1, 1}));
}

TEST(Variants, KeepTheFormatsOfTheStep) {
    const Choice choice = tuned({"slope", "other format"}, {8, 100}).choice;
    EXPECT_EQ(choice.tactic.name, "slope");
    EXPECT_TRUE(choice.variants.empty());
}

TEST(Variants, AskTheClockOnlyForWhatTheCacheDoesNotKnow) {
    EXPECT_EQ(tuned({"slope"}, {8, 1, 100}).asked, 0);  // nothing to choose from
    TimingCache cache("none");
    const Result first = tuned({"slope", "flat", "packed"}, {8, 1, 20}, &cache);
    EXPECT_GT(first.asked, 3);
    const Result second = tuned({"slope", "flat", "packed"}, {8, 1, 20}, &cache);
    EXPECT_EQ(second.asked, 0);
    EXPECT_EQ(second.choice.atPoint, first.choice.atPoint);
}

}  // namespace
}  // namespace opentrt
