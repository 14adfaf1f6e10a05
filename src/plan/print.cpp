// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"
#include "plan/plan.h"

namespace opentrt {

namespace {

constexpr const char* kStorageNames[] = {"input", "output", "constant", "arena", "dynamic", "alias"};

std::string operands(const std::vector<int32_t>& list) {
    std::string result;
    for (size_t i = 0; i < list.size(); ++i) {
        result += i ? ", " : "";
        result += list[i] < 0 ? std::string("_") : cat("v", list[i]);
    }
    return result;
}

void printValue(std::ostream& out, const PlanProgram& p, size_t v) {
    const PlanValue& value = p.values[v];
    Shape shape;
    for (int32_t d : value.dims) shape.push_back(p.dims[static_cast<size_t>(d)]);
    out << "  v" << v << ": " << name(value.type) << str(shape) << ' ' << name(value.format) << ' '
        << kStorageNames[static_cast<size_t>(value.storage)];
    if (value.storage == Storage::Arena) {
        out << cat(" at ", value.offsets);
    } else if (value.storage != Storage::Dynamic) {
        out << ' ' << value.index;
    }
    out << "  \"" << value.name << "\"\n";
}

void printStep(std::ostream& out, const PlanStep& s) {
    out << "  " << operands(s.outputs) << " = " << s.tactic << '(' << operands(s.inputs) << ")  \"" << s.name << '"';
    if (!s.weights.empty()) out << cat(" weights ", s.weights);
    if (!s.bodies.empty()) out << cat(" bodies ", s.bodies);
    if (!s.variants.empty()) out << cat(" kernels ", s.variantAt);
    if (s.lane != 0) out << " lane " << s.lane;
    for (const int32_t wait : s.waits)
        out << (wait == kStart ? std::string(" from the start") : cat(" after step ", wait));
    out << '\n';
    for (const PlanVariant& v : s.variants) out << cat("    or ", v.tactic, " weights ", v.weights, "\n");
}

}  // namespace

std::string str(const Plan& plan) {
    std::ostringstream out;
    int64_t weights = 0;
    for (const Tensor& b : plan.blobs) weights += b.bytes();
    out << "plan \"" << plan.name << "\" for " << plan.device << ", " << plan.blobs.size() << " weights of " << weights
        << " bytes\n";
    for (const PlanPoint& point : plan.points) {
        out << "point of profile " << point.profile;
        for (const auto& [symbol, size] : point.sizes) out << ' ' << symbol << '=' << size;
        out << '\n';
    }
    for (size_t k = 0; k < plan.programs.size(); ++k) {
        const PlanProgram& p = plan.programs[k];
        out << "program " << k << " \"" << p.name << "\" arena " << cat(p.arenaBytes) << " inputs "
            << operands(p.inputs) << " outputs " << operands(p.outputs) << '\n';
        for (size_t v = 0; v < p.values.size(); ++v) printValue(out, p, v);
        for (const PlanStep& s : p.steps) printStep(out, s);
    }
    return out.str();
}

}  // namespace opentrt
