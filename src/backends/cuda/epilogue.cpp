// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/epilogue.h"

#include "backends/cuda/arguments.h"
#include "backends/cuda/emit.h"
#include "base/error.h"
#include "ops/row_factors.h"
#include "ops/row_statistics.h"

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

bool Extras::place(const LaunchArgs& launch, int first, size_t count, bool leaves) {
    check(count <= kMostExtras, "too many operands behind a product");
    bool aligned = true;
    for (size_t e = 0; e < count; ++e) {
        address[e] = launch.inputs[static_cast<size_t>(first) + e];
        aligned = aligned && isAligned(address[e]);
    }
    if (leaves) address[kMostExtras] = launch.outputs[1];
    return aligned && isAligned(address[kMostExtras]);
}

void requireAligned(std::initializer_list<const void*> addresses, const char* owner) {
    for (const void* address : addresses) {
        if (isAligned(address)) continue;
        throw Error(ErrorCode::InvalidArgument, "", cat("an operand of ", owner, " is not aligned to 16 bytes"));
    }
}

namespace {

bool isWhole(const Dim& columns, int64_t step) {
    return columns.isConstant() && columns.constant() % step == 0;
}

//! Four neighbouring threads of a row have 32 columns, and each reads two parts of a row's statistics at once.
std::string whyNotStatistics(const RegionView& region) {
    if (!usesStatistics(region)) return {};
    constexpr int64_t kColumns = ops::RowStatistics::kColumns;
    if (!isWhole(region.output(0).shape.back(), kColumns)) return cat("rows that are no multiple of ", kColumns);
    if (region.rowStatistics && region.output(1).shape.size() != region.output(0).shape.size() + 1)
        return "statistics of something else than the result";
    if (!region.rowFactors) return {};
    const Shape& statistics = region.input(region.indexOf(region.rowFactors->inputs[0])).shape;
    const Shape& rows = region.output(0).shape;
    const bool fits =
        statistics.size() == rows.size() + 1 && std::equal(rows.begin(), rows.end() - 1, statistics.begin());
    return fits && isWhole(statistics[rows.size() - 1], 2) ? ""
                                                           : "statistics of other rows, or of an odd number of parts";
}

//! template <int SHARE> struct Factors with load(a, row), by so many threads, and get(); `at`: place of the statistics
//! among the extras.
std::string factorsCode(const RegionView& region, std::optional<size_t> at) {
    const std::string head =
        cat("constexpr bool FACTORS = ", at ? "true" : "false", ";\ntemplate <int SHARE>\nstruct Factors {\n");
    constexpr const char* kLoad = "    __device__ __forceinline__ void load(const Args& a, i64 row) {";
    constexpr const char* kGet = "}\n    __device__ __forceinline__ float2 get() { return ";
    if (!at) return cat(head, kLoad, kGet, "make_float2(0, 1); }\n};\n");
    const auto& op = *as<ops::RowFactors>(*region.rowFactors->op);
    const Shape& shape = region.input(region.indexOf(region.rowFactors->inputs[0])).shape;
    char epsilon[64];
    std::snprintf(epsilon, sizeof epsilon, "%af", static_cast<double>(static_cast<float>(op.epsilon)));
    return cat(head, "    RowParts<SHARE, ", shape[shape.size() - 2].constant(), ", ", op.rms ? "true" : "false",
               "> parts;\n", kLoad, " parts.load((const float*)a.extra[", *at, "], row); ", kGet, "parts.factors(",
               epsilon, "); }\n};\n");
}

//! template <int V> Finished<V> finished(a, b, sum): `sum` and `call` are a sum and arguments of program() as text.
std::string finishedCode(const RegionView& region, const std::optional<QuotientToRound>& rounded,
                         const std::string& sum, const std::string& call) {
    const auto loop = [&](const std::string& numbers, const std::string& last, const std::string& then) {
        return cat("#pragma unroll\n    for (int v = 0; v < V; v++) {\n        const float r = ", sum, ";\n        ",
                   numbers, ";\n        program(", call, ", ", last, ");\n        ", then, ";\n    }\n");
    };
    const std::string head = "DEV Finished<V> finished(const Args& a, const Behind<V>& b, const float* sum) {\n";
    if (rounded) {
        const char* positive = rounded->positive ? "true" : "false";
        return cat("template <int V>\nusing Finished = Kept<R, V>;\ntemplate <int V>\n", head, "    float steps[V];\n",
                   loop("float x, scale", "x, scale", "steps[v] = near_step(x, scale)"), "    return narrowSteps<",
                   positive, ">(steps);\n}\n");
    }
    const std::string number = numberType(region.finished().type);
    return cat("template <int V>\nusing Finished = Kept<R, V>;\ntemplate <int V>\n", head, "    ", number, " y[V];\n",
               loop(cat(number, " q"), "q", "y[v] = q"), "    return keep<R>(y);\n}\n");
}

//! Text of the operands behind a product: template <int V> struct Behind.
class BehindText {
public:
    //! The k-th of the extras.
    void add(const Fact& operand, bool isConstant, int64_t kind, size_t k) {
        const std::string element = elementType(operand.type), name = cat("e", k);
        members_ += cat("    Kept<", element, ", V> ", name, ";\n");
        const bool byRow = differsByRow(kind);
        if (!byRow) {
            const std::string other = cat("o.", name);
            shared_ += cat("        ", name, " = ", other, ";\n");
            put_ += cat("        putPart(", name, ", i, ", other, ");\n");
            taken_ += cat("            putPart(", name, ", i, ",
                          kind == kNumber ? other : cat("fromLane(", other, ", lane + i)"), ");\n");
        }
        if (kind == kLikeResult || kind == kMadeBeside) {
            like_ = cat("        ", name, " = *(const decltype(", name, ")*)from;\n");
            likeBytes_ = bytesOf(operand.type);
        }
        if (kind == kMadeBeside) return;
        std::string& loaded = byRow ? rows_ : kind == kNumber ? numbers_ : columns_;
        loaded += cat("        ", name, " = extra<", element, ", V, ", kind, ", ", isConstant ? "true" : "false",
                      ">(a, ", k, ", yAt, column, row);\n");
    }
    std::string code() const {
        const auto method = [](const char* head, const std::string& body) {
            return cat("    __device__ __forceinline__ void ", head, " {\n", body, "    }\n");
        };
        return cat("constexpr int LIKE_BYTES = ", likeBytes_, ";\ntemplate <int V>\nstruct Behind {\n",
                   "    float2 factors;\n    u32 exponent = EXPONENT;\n", members_,
                   method("loadNumbers(const Args& a)", "        const i64 yAt = 0, row = 0, column = 0;\n" + numbers_),
                   method("loadVectors(const Args& a, i64 column)", "        const i64 yAt = 0, row = 0;\n" + columns_),
                   method("takeLike(const void* from)", like_),
                   method("loadColumns(const Args& a, i64 column)",
                          "        loadNumbers(a);\n        loadVectors(a, column);\n"),
                   method("loadRows(const Args& a, i64 yAt, i64 row)", "        const i64 column = 0;\n" + rows_),
                   method("shareColumns(const Behind& o)", shared_), "    template <int U>\n",
                   method("putColumns(const Behind<U>& o, int i)", put_), "    template <int U>\n",
                   method("takeColumns(const Behind<U>& o, int lane)",
                          cat("#pragma unroll\n        for (int i = 0; i < V / U; i++) {\n", taken_, "        }\n")),
                   method("load(const Args& a, i64 yAt, i64 column, i64 row)",
                          "        loadColumns(a, column);\n        loadRows(a, yAt, row);\n"),
                   "};\n");
    }

private:
    std::string members_, numbers_, columns_, rows_, shared_, put_, taken_, like_;
    int64_t likeBytes_ = 0;
};

}  // namespace

std::string whyNotEpilogue(const RegionView& region, size_t columnAxis) {
    if (const std::string reason = whyNotStatistics(region); !reason.empty()) return reason;
    if (region.pointwise.empty()) return {};
    const bool further = !region.further.empty() || region.leaves.valid();  // of which its family judges
    if (!further && region.node->outputs.size() != (region.rowStatistics ? 2 : 1)) return "several outputs";
    if (!further && region.output(0).shape != region.anchorOutput().shape)
        return "an output of another shape than the product";
    const PointwisePart part = pointwisePart(region);
    for (const int i : part.operands) {
        if (i < 0) continue;
        if (!extraKind(region.input(i).shape, region.anchorOutput().shape, columnAxis))
            return "an operand that broadcasts in another way than by rows or columns";
        if (elementType(region.input(i).type).empty()) return cat("type ", name(region.input(i).type));
    }
    if (part.operands.size() + 1 > kMostExtras) return "too many operands behind the product";
    if (elementType(region.finished().type).empty()) return cat("type ", name(region.finished().type));
    return whyNotEmitted(part.program);
}

std::vector<int64_t> addExtras(const RegionView& region, bool hasBias, size_t columnAxis, CompiledStep& step) {
    std::vector<int64_t> kinds;
    if (hasBias) {
        kinds.push_back(kByColumn);
        step.inputs.push_back(region.anchorInputs[2]);
    }
    bool hasFactors = false;
    for (const int i : pointwisePart(region).operands) {
        if (i == kBeside) {
            kinds.push_back(kMadeBeside);
            continue;
        }
        if (i < 0) {
            if (!hasFactors) kinds.push_back(kRowStatistics);
            if (!hasFactors) step.inputs.push_back(region.indexOf(region.rowFactors->inputs[0]));
            hasFactors = true;
            continue;
        }
        kinds.push_back(*extraKind(region.input(i).shape, region.anchorOutput().shape, columnAxis));
        step.inputs.push_back(i);
    }
    return kinds;
}

std::string finishCode(const RegionView& region, bool hasBias, const std::vector<int64_t>& kinds) {
    const PointwisePart part = pointwisePart(region);
    const std::optional<QuotientToRound> rounded = quotientToRound(part.program);
    const ScalarProgram& computed = rounded ? rounded->operands : part.program;
    std::string call = "r", sum = "sum[v]";
    BehindText behind;
    size_t k = 0;
    const auto add = [&](int input, bool asReal) {
        const size_t at = k++;
        const bool isMade = input == kBeside;
        const Fact& fact = isMade ? region.holder().fact(region.beside) : region.input(input);
        behind.add(fact, !isMade && region.isConstant(input), kinds[at], at);
        return asReal ? cat("b.e", at, ".real(v, b.exponent)") : cat("num(b.e", at, ".at(v))");
    };
    if (hasBias) sum += " + " + add(region.anchorInputs[2], false);
    std::optional<size_t> statistics;
    // The sum is the program's first input.
    for (size_t i = 0; i < part.operands.size(); ++i) {
        const int operand = part.operands[i];
        if ((operand == kRowMean || operand == kRowFactor) && !statistics) statistics = k++;
        call += ", " + (operand == kRowMean     ? "b.factors.x"
                        : operand == kRowFactor ? "b.factors.y"
                                                : add(operand, isReadAsReal(computed, i + 1)));
    }
    const std::string program = region.pointwise.empty() ? "DEV void program(float x, float& y) { y = x; }\n"
                                                         : emitProgram(computed, "program", Rounding::Near);
    const std::string leaving =
        region.rowStatistics ? cat("    leaveStatistics((float2*)a.extra[", kMostExtras, "], y, yAt);\n") : "";
    return cat(region.pointwise.empty() ? "" : scalarCode(), program, codeText("finish"),
               rounded ? codeText("steps") : std::string_view(),
               usesStatistics(region) ? codeText("row_statistics") : std::string_view(),
               factorsCode(region, statistics), behind.code(), finishedCode(region, rounded, sum, call),
               "template <int V>\nDEV void finish(const Args& a, const Behind<V>& b, const float* sum, i64 yAt) {\n"
               "    const Finished<V> y = finished<V>(a, b, sum);\n    *(Finished<V>*)((R*)a.y + yAt) = y;\n",
               leaving, "}\n");
}

}  // namespace opentrt::cuda
