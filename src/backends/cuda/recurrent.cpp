// SPDX-License-Identifier: Apache-2.0
// RNN, GRU and LSTM in two kernels: what the inputs contribute, for all steps at once, then the steps, a block for each
// sequence and direction. Tested by the conformance cases.
#include "ops/recurrent.h"

#include <cmath>

#include "backends/cuda/elements.h"
#include "ops/support/recurrent_activation.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/recurrent.cu.
struct RecurrentArgs {
    const void *x = nullptr, *w = nullptr, *r = nullptr, *bias = nullptr, *state = nullptr, *cell = nullptr,
               *peepholes = nullptr, *lengths = nullptr;
    void *y = nullptr, *lastState = nullptr, *lastCell = nullptr, *projected = nullptr;
    uint32_t count = 0;
    Divisor rows{1}, batches{1}, steps{1};
    int32_t inputs = 0, hidden = 0, length = 0;
    int64_t xStep = 0, xBatch = 0, yStep = 0, yBatch = 0, yDirection = 0, stateBatch = 0, stateDirection = 0;
};

enum Input { kX, kW, kR, kBias, kLengths, kState, kCell, kPeepholes };

//! Blocks of every device have shared memory for the state of so many units.
constexpr int64_t kMostHidden = 3500;

//! The activations as one function of direction, number and argument.
std::string activationText(const ops::Recurrent& op) {
    std::string problem;
    const auto all = ops::cellActivations(op, problem);
    check(all.has_value(), "activations that nobody knows");
    const size_t each = all->size() / static_cast<size_t>(op.directions());
    std::string text =
        cat("DEV float activate(i32 direction, int which, float x) {\n    switch (direction * ", each, " + which) {\n");
    for (size_t i = 0; i < all->size(); ++i) {
        const ops::CellActivation& f = (*all)[i];
        const std::string_view name = f.name;
        char a[32], b[32];
        std::snprintf(a, sizeof a, "%af", static_cast<double>(static_cast<float>(f.alpha)));
        std::snprintf(b, sizeof b, "%af", static_cast<double>(static_cast<float>(f.beta)));
        const std::string value = name == "relu"              ? "x < 0 ? 0.f : x"
                                  : name == "tanh"            ? "tanhf(x)"
                                  : name == "sigmoid"         ? "1.f / (1.f + expf(-x))"
                                  : name == "affine"          ? cat(a, " * x + ", b)
                                  : name == "leakyrelu"       ? cat("x < 0 ? ", a, " * x : x")
                                  : name == "thresholdedrelu" ? cat("x < ", a, " ? 0.f : x")
                                  : name == "scaledtanh"      ? cat(a, " * tanhf(", b, " * x)")
                                  : name == "hardsigmoid"     ? cat("fminf(fmaxf(", a, " * x + ", b, ", 0.f), 1.f)")
                                  : name == "elu"             ? cat("x < 0 ? ", a, " * expm1f(x) : x")
                                  : name == "softsign"        ? "x / (1.f + fabsf(x))"
                                                              : "fmaxf(x, 0.f) + log1pf(expf(-fabsf(x)))";
        text += cat("        case ", i, ": return ", value, ";\n");
    }
    return text + "    }\n    return x;\n}\n";
}

class RecurrentLaunch final : public Launch {
public:
    RecurrentLaunch(Code code, const OpCall<ops::Recurrent>& call, const RecurrentArgs& args)
        : code_(std::move(code)), args_(args), present_(call.step.present), outputs_(call.out.size()) {
        const int64_t hidden = call.op.hidden;
        steps_.x = args.batches.d;
        steps_.y = call.op.directions();
        steps_.threads = static_cast<int>(std::clamp<int64_t>((hidden + 31) / 32 * 32, 128, 1024));
        steps_.shared = (3 + call.op.gates()) * hidden * 4;
        project_.x = blocksFor(int64_t{args.count} * 32, project_.threads);
        projectFunction_ = code_->function("project");
        stepsFunction_ = code_->function("steps", steps_.shared);
    }
    int64_t workspaceBytes() const override { return int64_t{args_.count} * 4; }
    void run(const LaunchArgs& launch) override {
        const auto input = [&](size_t i) { return present_ >> i & 1 ? launch.inputs[i] : nullptr; };
        args_.x = input(kX);
        args_.w = input(kW);
        args_.r = input(kR);
        args_.bias = input(kBias);
        args_.lengths = input(kLengths);
        args_.state = input(kState);
        args_.cell = input(kCell);
        args_.peepholes = input(kPeepholes);
        args_.y = launch.outputs[0];
        args_.lastState = launch.outputs[1];
        if (outputs_ > 2) args_.lastCell = launch.outputs[2];
        args_.projected = launch.workspace;
        const Machine& machine = code_->machine();
        if (args_.count > 0) launchKernel(machine, projectFunction_, project_, &args_, launch.stream);
        launchKernel(machine, stepsFunction_, steps_, &args_, launch.stream);
    }

private:
    Code code_;
    RecurrentArgs args_;
    int64_t present_;
    size_t outputs_;
    Grid project_, steps_;
    FunctionHandle projectFunction_ = nullptr, stepsFunction_ = nullptr;
};

struct RecurrentDef {
    using Op = ops::Recurrent;
    static constexpr const char* kName = "cuda.recurrent";

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.hidden > kMostHidden) return cat(op.hidden, " hidden units when at most ", kMostHidden, " fit");
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::string source(const RegionView& region, const Op& op) {
        const Fact* lengths = region.anchorInputs.size() > kLengths ? region.anchorInput(kLengths) : nullptr;
        const bool bias = region.anchorInputs.size() > kBias && region.anchorInput(kBias);
        const bool reverse = op.direction == ops::RecurrentDirection::Reverse;
        char clip[32];
        std::snprintf(clip, sizeof clip, "%af", static_cast<double>(static_cast<float>(op.clip)));
        return cat(typeLine("T", region.input(0).type), typeLine("I", lengths ? lengths->type : DType::I32),
                   "#define GATES ", op.gates(), "\n#define HAS_BIAS ", bias ? 1 : 0, "\n#define CLIP ", clip,
                   "\n#define REVERSE ", reverse ? 1 : 0, "\n#define INPUT_FORGET ", op.inputForget ? 1 : 0,
                   "\n#define LINEAR_BEFORE_RESET ", op.linearBeforeReset ? 1 : 0, "\n", activationText(op),
                   codeText("recurrent"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[kX].dims;
        const Op& op = call.op;
        const bool batchFirst = op.layout != 0;
        const int64_t steps = x[batchFirst ? 1 : 0], batch = x[batchFirst ? 0 : 1], d = op.directions(), h = op.hidden;
        if (batch == 0) return makeLaunch([](const LaunchArgs&) {});
        RecurrentArgs args;
        args.count = requireCount(d * steps * batch * op.gates() * h);
        args.rows = Divisor(op.gates() * h);
        args.batches = Divisor(batch);
        args.steps = divisor(steps);
        args.length = static_cast<int32_t>(steps);
        args.inputs = static_cast<int32_t>(x[2]);
        args.hidden = static_cast<int32_t>(h);
        args.xStep = batchFirst ? x[2] : batch * x[2];
        args.xBatch = batchFirst ? steps * x[2] : x[2];
        args.yStep = batchFirst ? d * h : d * batch * h;
        args.yBatch = batchFirst ? steps * d * h : h;
        args.yDirection = batchFirst ? h : batch * h;
        args.stateBatch = batchFirst ? d * h : h;
        args.stateDirection = batchFirst ? h : batch * h;
        return std::make_unique<RecurrentLaunch>(std::move(code), call, args);
    }
};

}  // namespace

const Family kRecurrentFamily = opFamily<RecurrentDef>();

}  // namespace opentrt::cuda
