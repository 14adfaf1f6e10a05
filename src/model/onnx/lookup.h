// SPDX-License-Identifier: Apache-2.0
// Small tables from ONNX names to enums.
#pragma once
#include <string_view>

#include "model/onnx/errors.h"

namespace opentrt::model {

template <class T>
struct NamedRow {
    std::string_view name;
    T value;
};

//! Null when the table lacks the name.
template <class T, size_t count>
const T* findRow(const NamedRow<T> (&rows)[count], std::string_view name) {
    for (const NamedRow<T>& row : rows) {
        if (row.name == name) return &row.value;
    }
    return nullptr;
}

//! For attribute values: fails naming the attribute when the table lacks the value.
template <class T, size_t count>
T rowFor(const NamedRow<T> (&rows)[count], std::string_view name, const char* attribute) {
    if (const T* found = findRow(rows, name)) return *found;
    fail(Code::kUNSUPPORTED_NODE_ATTR, cat("attribute ", attribute, " = \"", name, "\" is not supported"));
}

}  // namespace opentrt::model
