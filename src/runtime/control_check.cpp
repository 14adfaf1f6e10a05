// SPDX-License-Identifier: Apache-2.0
// The executor runs If and Loop itself and relies on how operands and bodies correspond (ops/if.h, ops/loop.h). Plans
// come from files, so this is checked when an engine is made. Tested by tests/fuzz.
#include "runtime/control_check.h"

#include "base/error.h"
#include "ops/loop.h"
#include "ops/probe.h"

namespace opentrt {

namespace {

class ControlCheck {
public:
    ControlCheck(const Plan& plan, const PlanProgram& program, const PlanStep& step)
        : plan_(plan), program_(program), step_(step) {}

    void checkIf() const {
        need(step_.bodies.size() == 2 && !step_.inputs.empty(), "the number of its operands");
        scalar(0, {DType::Bool});
        for (size_t b = 0; b < 2; ++b) {
            const PlanProgram& body = this->body(b);
            need(body.inputs.size() + 1 == step_.inputs.size() && body.outputs.size() == step_.outputs.size(),
                 "the number of a branch's operands");
        }
    }

    void checkBranch(size_t b) const {
        const PlanProgram& body = this->body(b);
        for (size_t i = 0; i < body.inputs.size(); ++i) same(operand(i + 1), at(body, body.inputs[i]));
        for (size_t o = 0; o < body.outputs.size(); ++o) same(result(o), at(body, body.outputs[o]));
    }

    void checkLoop() const {
        ops::Loop op;
        parseFields(op, step_.params);
        need(step_.bodies.size() == 1 && op.carried >= 0 && op.carried < 1 << 20, "its parameters");
        const auto carried = static_cast<size_t>(op.carried), first = size_t{op.conditional ? 1U : 0U};
        const size_t iterators = op.iteratorAxes.size(), scans = op.scanAxes.size();
        const size_t captured = 2 + carried + iterators + scans;
        const PlanProgram& body = this->body(0);
        need(step_.inputs.size() >= captured && step_.outputs.size() == carried + scans, "the number of its operands");
        need(body.inputs.size() == 1 + carried + iterators + step_.inputs.size() - captured &&
                 body.outputs.size() == first + carried + scans,
             "the number of its body's operands");
        need(step_.inputs[0] >= 0 || op.conditional || iterators > 0, "it never ends");
        if (step_.inputs[0] >= 0) scalar(0, {DType::I32, DType::I64});
        if (step_.inputs[1] >= 0) scalar(1, {DType::Bool});
        need(at(body, body.inputs[0]).type == DType::I64, "the type of the iteration number");
        if (op.conditional) need(at(body, body.outputs[0]).type == DType::Bool, "the type of its condition");
        for (size_t c = 0; c < carried; ++c) {
            same(operand(2 + c), at(body, body.inputs[1 + c]));
            same(result(c), at(body, body.outputs[first + c]));
            need(result(c).type == operand(2 + c).type, "the type of a carried value");
        }
        for (size_t k = 0; k < iterators; ++k) checkIterator(op, k, operand(2 + carried + k), body);
        for (size_t k = 0; k < scans; ++k) checkScan(op, k, body);
        for (size_t i = captured; i < step_.inputs.size(); ++i) {
            same(operand(i), at(body, body.inputs[i - scans - 1]));
        }
    }

    void checkProbe() const {
        need(step_.inputs.size() == 1 && step_.outputs.empty() && step_.bodies.empty(), "the number of its operands");
        need(operand(0).format == Format::Linear, "the format of its operand");
        ops::Probe op;
        parseFields(op, step_.params);
    }

private:
    void need(bool ok, const char* what) const {
        if (!ok) throw Error(ErrorCode::InvalidArgument, step_.name, cat("the plan's step is damaged (", what, ")"));
    }
    static const PlanValue& at(const PlanProgram& program, int32_t v) { return program.values[static_cast<size_t>(v)]; }
    const PlanProgram& body(size_t b) const { return plan_.programs[static_cast<size_t>(step_.bodies[b])]; }
    const PlanValue& operand(size_t i) const {
        need(step_.inputs[i] >= 0, "an operand is left out");
        return at(program_, step_.inputs[i]);
    }
    const PlanValue& result(size_t o) const { return at(program_, step_.outputs[o]); }

    void same(const PlanValue& outside, const PlanValue& inside) const {
        need(outside.type == inside.type && outside.dims.size() == inside.dims.size(), "types of its body");
        need(outside.format == Format::Linear && inside.format == Format::Linear, "formats of its body");
    }
    void scalar(size_t input, std::initializer_list<DType> types) const {
        const PlanValue& value = operand(input);
        bool ok = false;
        for (DType type : types) ok = ok || value.type == type;
        need(ok && value.format == Format::Linear, "the type of a control operand");
    }
    void checkIterator(const ops::Loop& op, size_t k, const PlanValue& whole, const PlanProgram& body) const {
        const PlanValue& slice = at(body, body.inputs[1 + static_cast<size_t>(op.carried) + k]);
        need(op.iteratorAxes[k] >= 0 && op.iteratorAxes[k] < static_cast<int64_t>(whole.dims.size()), "an axis");
        need(slice.type == whole.type && slice.dims.size() + 1 == whole.dims.size(), "the type of a slice");
        need(slice.format == Format::Linear && whole.format == Format::Linear, "formats of its body");
    }
    void checkScan(const ops::Loop& op, size_t k, const PlanProgram& body) const {
        const auto carried = static_cast<size_t>(op.carried);
        const PlanValue& whole = result(carried + k);
        const PlanValue& slice = at(body, body.outputs[(op.conditional ? 1 : 0) + carried + k]);
        const auto rank = static_cast<int64_t>(whole.dims.size());
        need(op.scanAxes[k] >= -rank && op.scanAxes[k] < rank, "an axis");
        need(slice.type == whole.type && slice.dims.size() + 1 == whole.dims.size(), "the type of a slice");
        need(slice.format == Format::Linear && whole.format == Format::Linear, "formats of its body");
        const auto length = static_cast<size_t>(op.firstScanLength()) + k;
        if (step_.inputs[length] >= 0) scalar(length, {DType::I32, DType::I64});
    }

    const Plan& plan_;
    const PlanProgram& program_;
    const PlanStep& step_;
};

}  // namespace

void checkControl(const Plan& plan, const PlanProgram& program, const PlanStep& step) {
    const ControlCheck check(plan, program, step);
    if (step.kernel == "If") return check.checkIf();
    if (step.kernel == "Loop") return check.checkLoop();
    if (step.kernel == "Probe") return check.checkProbe();
    throw Error(ErrorCode::Unsupported, step.name,
                cat("the plan needs the control step \"", step.kernel, "\", which this library does not have"));
}

void checkBranch(const Plan& plan, const PlanProgram& program, const PlanStep& step, size_t branch) {
    ControlCheck(plan, program, step).checkBranch(branch);
}

}  // namespace opentrt
