// SPDX-License-Identifier: Apache-2.0
// Tensors as plugins are told of them. The layout of Dims, and with it of every descriptor, is that of the version that
// the plugin was compiled for, which the plugin tells; arrays are written in that layout. Tested by plugin_layer_test.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "NvInfer.h"
#include "base/types.h"

namespace opentrt::plugin {

//! What Dims looks like: 32-bit extents with kinds up to 7.x, without them in 8.x and 9.x, 64-bit extents since 10.0.
enum class DimsLayout { Kinds, Narrow, Wide };
DimsLayout layoutOfEra(int32_t major);
//! From getTensorRTVersion() of a generation 2 plugin, whose low 24 bits are NV_TENSORRT_VERSION.
DimsLayout layoutOf(int32_t pluginVersion);

struct PluginTensor {
    DType type = DType::F32;
    std::vector<int64_t> dims;           //!< -1 where it varies
    std::vector<int64_t> min, opt, max;  //!< equal to dims when these are known
};

//! All tensors of a plugin, inputs first.
struct Signature {
    std::vector<PluginTensor> tensors;
    size_t inputs = 0;
    bool implicitBatch = false;  //!< dims have a leading batch that plugins of static shapes do not see
    int32_t maxBatch = 1;
    size_t outputs() const { return tensors.size() - inputs; }
};

//! Dims, PluginTensorDesc or DynamicPluginTensorDesc in a row.
class DimsArray {
public:
    DimsArray(DimsLayout layout, const Signature& signature, size_t first, size_t count);
    explicit DimsArray(DimsLayout layout, const std::vector<std::vector<int64_t>>& dims);
    const nvinfer1::Dims* data() const { return reinterpret_cast<const nvinfer1::Dims*>(bytes_.data()); }

private:
    std::vector<std::byte> bytes_;
};
class DescArray {
public:
    //! Without the batch for an implicit batch.
    DescArray(DimsLayout layout, const Signature& signature, size_t first, size_t count);
    const nvinfer1::PluginTensorDesc* data() const {
        return reinterpret_cast<const nvinfer1::PluginTensorDesc*>(bytes_.data());
    }

private:
    std::vector<std::byte> bytes_;
};
class RangeArray {
public:
    RangeArray(DimsLayout layout, const Signature& signature, size_t first, size_t count);
    const nvinfer1::DynamicPluginTensorDesc* data() const {
        return reinterpret_cast<const nvinfer1::DynamicPluginTensorDesc*>(bytes_.data());
    }

private:
    std::vector<std::byte> bytes_;
};

//! Reads what a plugin returned: the bytes of its Dims lie at the start of ours.
std::vector<int64_t> readDims(DimsLayout layout, const nvinfer1::Dims& returned);

}  // namespace opentrt::plugin
