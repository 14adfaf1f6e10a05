// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/epilogue.h"

#include "backends/cuda/emit.h"
#include "base/error.h"

namespace opentrt::cuda {

std::optional<ExtraKind> extraKind(const Shape& operand, const Shape& result, size_t columnAxis) {
    if (operand == result) return kLikeResult;
    if (operand.size() != result.size()) return std::nullopt;
    const Dim one(1);
    bool number = true, byColumn = true, byRow = true;
    for (size_t d = 0; d < operand.size(); ++d) {
        const bool isOne = operand[d] == one;
        number = number && isOne;
        byColumn = byColumn && (d == columnAxis ? operand[d] == result[d] : isOne);
        byRow = byRow && (d == columnAxis ? isOne : operand[d] == result[d]);
    }
    if (number) return kNumber;
    if (byColumn) return kByColumn;
    return byRow ? std::optional(kByRow) : std::nullopt;
}

bool Extras::place(const LaunchArgs& launch, int first, size_t count) {
    check(count <= kMostExtras, "too many operands behind a product");
    bool aligned = true;
    for (size_t e = 0; e < count; ++e) {
        address[e] = launch.inputs[static_cast<size_t>(first) + e];
        aligned = aligned && isAligned(address[e]);
    }
    return aligned;
}

void requireAligned(std::initializer_list<const void*> addresses, const char* owner) {
    for (const void* address : addresses) {
        if (isAligned(address)) continue;
        throw Error(ErrorCode::InvalidArgument, "", cat("an operand of ", owner, " is not aligned to 16 bytes"));
    }
}

std::string whyNotEpilogue(const RegionView& region, size_t columnAxis) {
    if (region.pointwise.empty()) return {};
    if (region.node->outputs.size() != 1) return "several outputs";
    if (region.further.empty() && region.output(0).shape != region.anchorOutput().shape)
        return "an output of another shape than the product";
    const PointwisePart part = pointwisePart(region);
    for (const int i : part.operands) {
        if (!extraKind(region.input(i).shape, region.output(0).shape, columnAxis))
            return "an operand that broadcasts in another way than by rows or columns";
        if (elementType(region.input(i).type).empty()) return cat("type ", name(region.input(i).type));
    }
    if (part.operands.size() + 1 > kMostExtras) return "too many operands behind the product";
    if (elementType(region.output(0).type).empty()) return cat("type ", name(region.output(0).type));
    return whyNotEmitted(part.program);
}

std::vector<int64_t> addExtras(const RegionView& region, bool hasBias, size_t columnAxis, CompiledStep& step) {
    std::vector<int64_t> kinds;
    if (hasBias) {
        kinds.push_back(kByColumn);
        step.inputs.push_back(region.anchorInputs[2]);
    }
    for (const int i : pointwisePart(region).operands) {
        kinds.push_back(*extraKind(region.input(i).shape, region.output(0).shape, columnAxis));
        step.inputs.push_back(i);
    }
    return kinds;
}

std::string finishCode(const RegionView& region, bool hasBias, const std::vector<int64_t>& kinds) {
    const PointwisePart part = pointwisePart(region);
    std::string members, columns, rows, shared, taken, call = "r", sum = "sum[v]";
    size_t k = 0;
    const auto add = [&](int input, bool asReal) {
        const std::string element = elementType(region.input(input).type);
        members += cat("    Kept<", element, ", V> e", k, ";\n");
        const bool byRow = kinds[k] == kLikeResult || kinds[k] == kByRow;
        if (!byRow) {
            shared += cat("        e", k, " = o.e", k, ";\n");
            taken += cat("            putPart(e", k, ", i, fromLane(o.e", k, ", lane + i));\n");
        }
        (byRow ? rows : columns) +=
            cat("        e", k, " = extra<", element, ", V, ", kinds[k], ", ",
                region.isConstant(input) ? "true" : "false", ">(a, ", k, ", yAt, column, row);\n");
        const size_t at = k++;
        return asReal ? cat("b.e", at, ".real(v)") : cat("num(b.e", at, ".at(v))");
    };
    if (hasBias) sum += " + " + add(region.anchorInputs[2], false);
    // The sum is the program's first input.
    for (size_t i = 0; i < part.operands.size(); ++i)
        call += ", " + add(part.operands[i], isReadAsReal(part.program, i + 1));
    const std::string program = region.pointwise.empty() ? "DEV void program(float x, float& y) { y = x; }\n"
                                                         : emitProgram(part.program, "program", Rounding::Near);
    return cat(
        region.pointwise.empty() ? "" : scalarCode(), program, codeText("finish"),
        "template <int V>\nstruct Behind {\n", members,
        "    __device__ __forceinline__ void loadColumns(const Args& a, i64 column) {\n        const i64 yAt = "
        "0, row = 0;\n",
        columns, "    }\n    __device__ __forceinline__ void loadRows(const Args& a, i64 yAt, i64 row) {\n",
        "        const i64 column = 0;\n", rows,
        "    }\n    __device__ __forceinline__ void shareColumns(const Behind& o) {\n", shared,
        "    }\n    template <int U>\n    __device__ __forceinline__ void takeColumns(const Behind<U>& o, int lane) {\n"
        "#pragma unroll\n        for (int i = 0; i < V / U; i++) {\n",
        taken,
        "        }\n    }\n    __device__ __forceinline__ void load(const Args& a, i64 yAt, i64 column, i64 row) {\n",
        "        loadColumns(a, column);\n        loadRows(a, yAt, row);\n    }\n};\ntemplate <int V>\nDEV Pack<R, V> "
        "finished(const Args& a, const Behind<V>& b, const float* sum) {\n"
        "    Pack<R, V> y;\n#pragma unroll\n    for (int v = 0; v < V; v++) {\n        const float r = ",
        sum, ";\n        ", numberType(region.output(0).type), " q;\n        program(", call,
        ", q);\n        put(y.v[v], q);\n    }\n    return y;\n}\ntemplate <int V>\nDEV void finish(const Args& a, "
        "const Behind<V>& b, const float* sum, i64 yAt) {\n"
        "    *(Pack<R, V>*)((R*)a.y + yAt) = finished<V>(a, b, sum);\n}\n");
}

}  // namespace opentrt::cuda
