// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/operators.h"

#include <string_view>
#include <unordered_map>

namespace opentrt::model {
namespace {

using Table = std::unordered_map<std::string_view, ImportFunction>;

struct Tables {
    Table standard;
    Table microsoft;
    Table preview;
};

const Tables& tables() {
    static const Tables all = [] {
        Tables t;
#define OPENTRT_ONNX(domain, op, function) t.domain.emplace(#op, function);
#include "model/onnx/operators.def"
#undef OPENTRT_ONNX
        return t;
    }();
    return all;
}

}  // namespace

ImportFunction findImporter(const std::string& domain, const std::string& op) {
    const Table* table = domain.empty()                ? &tables().standard
                         : domain == "com.microsoft"   ? &tables().microsoft
                         : domain == "ai.onnx.preview" ? &tables().preview
                                                       : nullptr;
    if (!table) return nullptr;
    const auto found = table->find(op);
    return found == table->end() ? nullptr : found->second;
}

}  // namespace opentrt::model
