// SPDX-License-Identifier: Apache-2.0
// Pieces of the text form that addOperator reads.
#pragma once
#include <charconv>
#include <string>
#include <vector>

namespace opentrt::model {

//! The shortest text that reads back as the same number.
inline std::string realText(double value) {
    char buffer[40];
    const std::to_chars_result end = std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, end.ptr};
}

inline std::string realsText(const std::vector<double>& values) {
    std::string text = "[";
    for (size_t i = 0; i < values.size(); ++i) text += (i ? "," : "") + realText(values[i]);
    return text + "]";
}

inline const char* flagText(bool value) {
    return value ? "true" : "false";
}

}  // namespace opentrt::model
