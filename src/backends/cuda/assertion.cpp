// SPDX-License-Identifier: Apache-2.0
// Assertions: the condition is copied to the host behind the kernels that compute it, while the device goes on with
// what follows; the call that started the inference waits for the copy and fails when an element is false. Tested by
// the conformance cases and tests/cuda/lanes_test.cpp.
#include "ops/assertion.h"

#include <algorithm>

#include "backends/cuda/arguments.h"
#include "backends/cuda/family.h"
#include "base/error.h"

namespace opentrt::cuda {

namespace {

constexpr const char* kName = "cuda.assertion";

class AssertionLaunch final : public Launch {
public:
    AssertionLaunch(const Machine& machine, std::string message, int64_t elements)
        : machine_(machine), message_(std::move(message)), elements_(elements), condition_(machine, elements) {
        constexpr unsigned kNoTimes = 2;
        machine.driver().check(machine.driver().eventCreate(&copied_, kNoTimes), "cuEventCreate");
    }
    AssertionLaunch(const AssertionLaunch&) = delete;
    ~AssertionLaunch() override {
        machine_.makeCurrent();
        machine_.driver().eventDestroy(copied_);
    }
    bool isReplayable() const override { return false; }
    void run(const LaunchArgs& launch) override {
        machine_.refuseCapture(launch.stream);
        machine_.makeCurrent();
        const Driver& driver = machine_.driver();
        const auto stream = static_cast<StreamHandle>(launch.stream);
        if (elements_ > 0) {
            driver.check(driver.copyOut(condition_.data(), reinterpret_cast<DevicePointer>(launch.inputs[0]),
                                        static_cast<size_t>(elements_), stream),
                         "copying a condition from the device");
        }
        driver.check(driver.eventRecord(copied_, stream), "cuEventRecord");
        isRunning_ = true;
    }
    void finish() override {
        if (!std::exchange(isRunning_, false)) return;
        machine_.driver().check(machine_.driver().eventSynchronize(copied_), "waiting for a condition");
        const auto* elements = static_cast<const uint8_t*>(condition_.data());
        if (std::count(elements, elements + elements_, 0) == 0) return;
        throw Error(ErrorCode::FailedExecution, "", cat("assertion failed: ", message_));
    }

private:
    const Machine& machine_;
    std::string message_;
    int64_t elements_;
    PinnedMemory condition_;
    EventHandle copied_ = nullptr;
    bool isRunning_ = false;
};

void tactics(const Site&, const RegionView& region, const TacticRequest&, TacticList& list) {
    if (!region.anchor || !as<ops::Assertion>(region.op())) return;
    addOpTactics(kName, region, {Format::Linear}, list);
}

CompiledStep compile(const Site&, const RegionView& region, const Tactic&, const TacticRequest&) {
    return compileOpStep(kName, region);
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    const OpStep step = loadOpStep(params, weights);
    ops::Assertion op;
    parseFields(op, step.op);
    return makeKernel([&machine = *site.machine, message = op.message](auto in, auto out) {
        fitPorts(in, 1);
        fitPorts(out, 0);
        fit(in[0].type == DType::Bool, "a condition of another type");
        return std::unique_ptr<Launch>(
            std::make_unique<AssertionLaunch>(machine, message, requireCount(volumeOf(in[0].dims))));
    });
}

}  // namespace

const Family kAssertionFamily{kName, tactics, compile, load};

}  // namespace opentrt::cuda
