// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/group_product.h"

#include <algorithm>

#include "backends/cuda/arguments.h"
#include "base/error.h"

namespace opentrt::cuda {

std::string groupProductCode(const char* name, int64_t n, DType type, LeftFactor left) {
    struct Form {
        DType type;
        const char *element, *sum, *behind;  //!< what stands behind the flag `keep`
    };
    static constexpr Form kForms[] = {{DType::F16, "f16", "f32", ", 1, 1"},
                                      {DType::BF16, "bf16", "f32", ", 1, 1"},
                                      {DType::F32, "tf32", "f32", ", 1, 1"},
                                      {DType::F8, "e4m3", "f32", ", 1, 1"},
                                      {DType::I8, "s8", "s32", ""}};
    const Form& form =
        *std::find_if(std::begin(kForms), std::end(kForms), [&](const Form& f) { return f.type == type; });
    const bool isWhole = type == DType::I8, isHalf = bytesOf(type) == 2, inRegisters = left == LeftFactor::Registers;
    const char* layouts = !isHalf ? "" : inRegisters ? ", 1" : ", 0, 0";
    const int64_t sums = n / 2, b = sums + (inRegisters ? 4 : 1);
    std::string registers, outputs;
    for (int64_t i = 0; i < sums; ++i) {
        registers += cat(i ? ", " : "", "%", i);
        outputs += cat(i ? ", " : "", isWhole ? "\"+r\"(d[" : "\"+f\"(d[", i, "])");
    }
    const std::string factor =
        inRegisters ? cat("{%", sums, ", %", sums + 1, ", %", sums + 2, ", %", sums + 3, "}") : cat("%", sums);
    return cat("DEV void ", name, "(", isWhole ? "i32" : "float", " (&d)[", sums, "], ",
               inRegisters ? "const u32 (&a)[4]" : "u64 a",
               ", u64 b, bool keep) {\n    asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %", b + 1,
               ", 0; wgmma.mma_async.sync.aligned.m64n", n, "k", 32 / bytesOf(type), ".", form.sum, ".", form.element,
               ".", form.element, " {", registers, "}, ", factor, ", %", b, ", p", form.behind, layouts,
               "; }\"\n        : ", outputs,
               "\n        : ", inRegisters ? "\"r\"(a[0]), \"r\"(a[1]), \"r\"(a[2]), \"r\"(a[3])" : "\"l\"(a)",
               ", \"l\"(b), \"r\"((int)keep));\n}\n");
}

}  // namespace opentrt::cuda
