// SPDX-License-Identifier: Apache-2.0
#include "plugin/tensor_descs.h"

#include <cstring>

#include "base/error.h"

namespace opentrt::plugin {

namespace {

struct DimsWithKinds {
    int32_t nbDims;
    int32_t d[8];
    int32_t kinds[8];
};
using nvinfer1::Dims32;
using nvinfer1::Dims64;

template <class D>
struct Desc {
    D dims;
    nvinfer1::DataType type;
    nvinfer1::TensorFormat format;
    float scale;
};
template <class D>
struct Range {
    Desc<D> desc;
    D min, max;
};
//! Since 10.0 the shape that tactics are chosen for is told, too.
template <>
struct Range<Dims64> {
    Desc<Dims64> desc;
    Dims64 min, max, opt;
};
static_assert(sizeof(Range<Dims64>) == sizeof(nvinfer1::DynamicPluginTensorDesc));
static_assert(sizeof(Desc<Dims64>) == sizeof(nvinfer1::PluginTensorDesc));

template <class D>
D dimsAs(const std::vector<int64_t>& dims, bool withoutFirst) {
    D result{};
    const size_t first = withoutFirst && !dims.empty() ? 1 : 0;
    check(dims.size() - first <= 8, "a plugin's tensor has too many dimensions");
    result.nbDims = static_cast<int32_t>(dims.size() - first);
    for (size_t i = first; i < dims.size(); ++i) {
        result.d[i - first] = static_cast<std::remove_reference_t<decltype(result.d[0])>>(dims[i]);
    }
    return result;
}

template <class D>
Desc<D> descAs(const PluginTensor& tensor, bool withoutFirst) {
    return {dimsAs<D>(tensor.dims, withoutFirst), static_cast<nvinfer1::DataType>(tensor.type),
            nvinfer1::TensorFormat::kLINEAR, 0.0F};
}

template <class D>
Range<D> rangeAs(const PluginTensor& tensor) {
    Range<D> range{};
    range.desc = descAs<D>(tensor, false);
    range.min = dimsAs<D>(tensor.min, false);
    range.max = dimsAs<D>(tensor.max, false);
    if constexpr (std::is_same_v<D, Dims64>) range.opt = dimsAs<D>(tensor.opt, false);
    return range;
}

//! `make(type)` gives an element for tensor `i` with the Dims of that type.
template <class Make>
std::vector<std::byte> rowOf(DimsLayout layout, size_t count, const Make& make) {
    std::vector<std::byte> bytes;
    const auto fill = [&](auto dims) {
        for (size_t i = 0; i < count; ++i) {
            const auto element = make(dims, i);
            const auto* begin = reinterpret_cast<const std::byte*>(&element);
            bytes.insert(bytes.end(), begin, begin + sizeof element);
        }
    };
    switch (layout) {
        case DimsLayout::Kinds:
            fill(DimsWithKinds{});
            break;
        case DimsLayout::Narrow:
            fill(Dims32{});
            break;
        case DimsLayout::Wide:
            fill(Dims64{});
            break;
    }
    return bytes;
}

template <class D>
std::vector<int64_t> readAs(const nvinfer1::Dims& returned) {
    D dims;
    static_assert(sizeof dims <= sizeof returned);
    std::memcpy(&dims, &returned, sizeof dims);
    if (dims.nbDims < 0 || dims.nbDims > 8) {
        throw Error(ErrorCode::InvalidArgument, "",
                    cat("the plugin answered dimensions of rank ", dims.nbDims, " when 0 to 8 are allowed"));
    }
    return {dims.d, dims.d + dims.nbDims};
}

}  // namespace

DimsLayout layoutOfEra(int32_t major) {
    return major >= 10 ? DimsLayout::Wide : major >= 8 ? DimsLayout::Narrow : DimsLayout::Kinds;
}

DimsLayout layoutOf(int32_t pluginVersion) {
    const int32_t version = pluginVersion & 0xFFFFFF;
    return layoutOfEra(version >= 100000 ? version / 10000 : version / 1000);
}

DimsArray::DimsArray(DimsLayout layout, const Signature& s, size_t first, size_t count)
    : bytes_(rowOf(layout, count, [&](auto dims, size_t i) {
          return dimsAs<decltype(dims)>(s.tensors[first + i].dims, s.implicitBatch);
      })) {}

DimsArray::DimsArray(DimsLayout layout, const std::vector<std::vector<int64_t>>& all)
    : bytes_(rowOf(layout, all.size(), [&](auto dims, size_t i) { return dimsAs<decltype(dims)>(all[i], false); })) {}

DescArray::DescArray(DimsLayout layout, const Signature& s, size_t first, size_t count)
    : bytes_(rowOf(layout, count, [&](auto dims, size_t i) {
          return descAs<decltype(dims)>(s.tensors[first + i], s.implicitBatch);
      })) {}

RangeArray::RangeArray(DimsLayout layout, const Signature& s, size_t first, size_t count)
    : bytes_(rowOf(layout, count, [&](auto dims, size_t i) { return rangeAs<decltype(dims)>(s.tensors[first + i]); })) {
}

std::vector<int64_t> readDims(DimsLayout layout, const nvinfer1::Dims& returned) {
    switch (layout) {
        case DimsLayout::Kinds:
            return readAs<DimsWithKinds>(returned);
        case DimsLayout::Narrow:
            return readAs<Dims32>(returned);
        case DimsLayout::Wide:
            break;
    }
    return readAs<Dims64>(returned);
}

}  // namespace opentrt::plugin
