// SPDX-License-Identifier: Apache-2.0
// How shapes are written on a command line: `name:1x3x224x224,name:8`. The value stands behind the last colon, so names
// may hold colons; a name in single quotes may hold anything but a comma; a name may hold one `*`. Tested by
// shapes_test.cpp.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "NvInferRuntime.h"

namespace opentrt::tools {

using Sizes = std::vector<int64_t>;
using ShapeMap = std::map<std::string, Sizes>;

//! Pieces between separators. Throws std::invalid_argument when one is empty; the empty text has no pieces.
std::vector<std::string> splitList(std::string_view text, char separator = ',');

struct NamedText {
    std::string name, value;
};
//! "name:value" or "'name':value"; a text without a colon is a name without value. Throws std::invalid_argument.
NamedText splitPair(std::string_view text);

//! "1x3x224x224"; "scalar" and "" have rank 0. Throws std::invalid_argument.
Sizes parseSizes(std::string_view text);
//! Throws std::invalid_argument, also when a name comes twice.
ShapeMap parseShapes(std::string_view text);

//! Whether `name` is `pattern`, in which one `*` stands for any text.
bool matches(std::string_view pattern, std::string_view name);
//! The entry of exactly this name, else of a pattern that matches, else null.
template <class T>
const T* findEntry(const std::map<std::string, T>& entries, const std::string& name) {
    if (auto exact = entries.find(name); exact != entries.end()) return &exact->second;
    for (const auto& [pattern, value] : entries) {
        if (matches(pattern, name)) return &value;
    }
    return nullptr;
}

std::string str(const Sizes& sizes);  //!< "1x3x224x224"; "scalar" for rank 0
std::string str(const nvinfer1::Dims& dims);
nvinfer1::Dims toDims(const Sizes& sizes);  //!< throws std::invalid_argument beyond 8 dimensions
Sizes toSizes(const nvinfer1::Dims& dims);
//! Number of elements; -1 when a size is not known. Throws std::invalid_argument when the number does not fit.
int64_t volume(const Sizes& sizes);

}  // namespace opentrt::tools
