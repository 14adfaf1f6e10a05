// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/elements.h"

#include <algorithm>

#include "model/onnx/number_formats.h"

namespace opentrt::model {

using nvinfer1::DataType;

bool Elements::complete() const {
    return std::all_of(values.begin(), values.end(), [](const Element& e) { return e.known; });
}

std::optional<size_t> smallVolume(const std::vector<int64_t>& dims) {
    if (dims.size() > nvinfer1::Dims::MAX_DIMS) return {};
    if (std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < 0; })) return {};
    if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return 0;
    int64_t volume = 1;
    for (const int64_t dim : dims) {
        if (dim > kMostElements || volume * dim > kMostElements) return {};
        volume *= dim;
    }
    return static_cast<size_t>(volume);
}

ElementsPtr elementsOf(const Constant& constant) {
    if (constant.count > kMostElements) return {};
    // Nothing computes in these while parsing, and the numbers could not be written back.
    if (constant.type == DataType::kFP4 || constant.type == DataType::kE8M0) return {};
    auto elements = std::make_shared<Elements>();
    elements->type = constant.type;
    elements->dims = constant.dims;
    elements->values.resize(static_cast<size_t>(constant.count));
    for (int64_t i = 0; i < constant.count; ++i) {
        Element& e = elements->values[static_cast<size_t>(i)];
        e.known = true;
        if (elements->floating()) {
            e.real = realAt(constant, i);
        } else {
            e.integer = integerAt(constant, i);
        }
    }
    return elements;
}

std::shared_ptr<const Constant> constantOf(const Elements& elements) {
    if (elements.floating()) {
        std::vector<double> values;
        for (const Element& e : elements.values) values.push_back(e.real);
        return makeConstant(elements.type, elements.dims, values);
    }
    std::vector<int64_t> values;
    for (const Element& e : elements.values) values.push_back(e.integer);
    return makeConstant(elements.type, elements.dims, values);
}

Element integerElement(DataType type, int64_t value) {
    switch (type) {
        case DataType::kINT32:
            value = static_cast<int32_t>(value);
            break;
        case DataType::kINT8:
            value = static_cast<int8_t>(value);
            break;
        case DataType::kUINT8:
            value = static_cast<uint8_t>(value);
            break;
        case DataType::kBOOL:
            value = value != 0;
            break;
        default:
            break;
    }
    return {true, value, 0};
}

Element realElement(DataType type, double value) {
    const auto single = static_cast<float>(value);
    switch (type) {
        case DataType::kHALF:
            return {true, 0, halfToFloat(floatToHalf(single))};
        case DataType::kBF16:
            return {true, 0, bfloatToFloat(floatToBfloat(single))};
        case DataType::kFP8:
            return {true, 0, fp8ToFloat(floatToFp8(single))};
        default:
            return {true, 0, single};
    }
}

std::optional<std::vector<int64_t>> knownIntegers(const Elements& elements) {
    if (elements.floating() || !elements.complete()) return {};
    std::vector<int64_t> values;
    for (const Element& e : elements.values) values.push_back(e.integer);
    return values;
}

}  // namespace opentrt::model
