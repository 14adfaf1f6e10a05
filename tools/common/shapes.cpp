// SPDX-License-Identifier: Apache-2.0
#include "shapes.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace opentrt::tools {

std::vector<std::string> splitList(std::string_view text, char separator) {
    std::vector<std::string> pieces;
    if (text.empty()) return pieces;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(separator, begin), text.size());
        if (end == begin) throw std::invalid_argument("empty element in the list '" + std::string(text) + "'");
        pieces.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return pieces;
}

NamedText splitPair(std::string_view text) {
    if (text.find('\'') == std::string_view::npos) {
        const size_t colon = text.rfind(':');
        if (colon == std::string_view::npos) return {std::string(text), ""};
        return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
    }
    const size_t end = text.find('\'', 1);
    const bool quotedName = text.front() == '\'' && end != std::string_view::npos;
    const std::string_view rest = quotedName ? text.substr(end + 1) : "";
    if (!quotedName || rest.find('\'') != std::string_view::npos || (!rest.empty() && rest.front() != ':'))
        throw std::invalid_argument("quotes must enclose the name and nothing else in " + std::string(text));
    return {std::string(text.substr(1, end - 1)), std::string(rest.empty() ? rest : rest.substr(1))};
}

Sizes parseSizes(std::string_view text) {
    Sizes sizes;
    if (text.empty() || text == "scalar") return sizes;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find('x', begin), text.size());
        int64_t value = 0;
        const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, value);
        if (error != std::errc() || stop != text.data() + end)
            throw std::invalid_argument("'" + std::string(text) + "' is not a shape such as 1x3x224x224");
        sizes.push_back(value);
        begin = end + 1;
    }
    return sizes;
}

ShapeMap parseShapes(std::string_view text) {
    ShapeMap shapes;
    for (const std::string& item : splitList(text)) {
        const NamedText pair = splitPair(item);
        if (!shapes.emplace(pair.name, parseSizes(pair.value)).second)
            throw std::invalid_argument("two shapes for the tensor " + pair.name);
    }
    return shapes;
}

bool matches(std::string_view pattern, std::string_view name) {
    const size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == name;
    const std::string_view suffix = pattern.substr(star + 1);
    return name.size() + 1 >= pattern.size() && name.substr(0, star) == pattern.substr(0, star) &&
           name.substr(name.size() - suffix.size()) == suffix;
}

std::string str(const Sizes& sizes) {
    std::string text;
    for (const int64_t size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
    return sizes.empty() ? "scalar" : text;
}

std::string str(const nvinfer1::Dims& dims) {
    return str(toSizes(dims));
}

nvinfer1::Dims toDims(const Sizes& sizes) {
    if (sizes.size() > static_cast<size_t>(nvinfer1::Dims::MAX_DIMS))
        throw std::invalid_argument("the shape " + str(sizes) + " has more than 8 dimensions");
    nvinfer1::Dims dims{};
    dims.nbDims = static_cast<int32_t>(sizes.size());
    std::copy(sizes.begin(), sizes.end(), dims.d);
    return dims;
}

Sizes toSizes(const nvinfer1::Dims& dims) {
    return {dims.d, dims.d + std::max(dims.nbDims, 0)};
}

int64_t volume(const Sizes& sizes) {
    int64_t count = 1;
    for (const int64_t size : sizes) {
        if (size < 0) return -1;
        if (__builtin_mul_overflow(count, size, &count))
            throw std::invalid_argument("the shape " + str(sizes) + " has too many elements");
    }
    return count;
}

}  // namespace opentrt::tools
