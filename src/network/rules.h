// SPDX-License-Identifier: Apache-2.0
// What setters and factories check at once, before any shape is known, in equal words for equal mistakes. Everything
// that depends on types and shapes is the operator's to check.
#pragma once
#include <cmath>

#include "network/network.h"

namespace opentrt::network {

//! Runs a setter; an Error is reported, and the setter has changed nothing. False after an error.
template <class Body>
bool checked(const LayerBase& layer, const Body& body) noexcept {
    return api::guarded(layer.network.reporter(), body);
}

//! "window size is 17 when it should be between 1 and 15".
template <class T>
T between(const std::string& layer, const char* what, T value, T min, T max) {
    if (!(value >= min && value <= max)) {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat(what, " is ", value, " when it should be between ", min, " and ", max));
    }
    return value;
}

inline float finite(const std::string& layer, const char* what, float value) {
    if (std::isfinite(value)) return value;
    throw Error(ErrorCode::InvalidArgument, layer, cat(what, " is ", value, " when it should be finite"));
}

//! "stride is [0,1] when each entry should be at least 1".
inline std::vector<int64_t> eachAtLeast(const std::string& layer, const char* what, const nvinfer1::Dims64& dims,
                                        int64_t least) {
    std::vector<int64_t> list = api::toVector(dims);
    for (const int64_t entry : list) {
        if (entry < least) {
            throw Error(ErrorCode::InvalidArgument, layer,
                        cat(what, " is ", list, " when each entry should be at least ", least));
        }
    }
    return list;
}

//! Blocks of quantization: sizes, or -1 for a whole dimension, whatever its size.
inline constexpr int64_t kWholeDimension = -1;
inline std::vector<int64_t> wholeBlocks(std::vector<int64_t> blocks, const Shape& shape) {
    for (size_t i = 0; i < blocks.size() && i < shape.size(); ++i) {
        if (blocks[i] != kWholeDimension) continue;
        blocks[i] = shape[i].isConstant() ? std::max<int64_t>(shape[i].constant(), 1) : INT32_MAX;
    }
    return blocks;
}
inline std::vector<int64_t> blocksOf(const std::string& layer, const nvinfer1::Dims64& dims) {
    std::vector<int64_t> list = api::toVector(dims);
    for (const int64_t entry : list) {
        if (entry < 1 && entry != kWholeDimension) {
            throw Error(ErrorCode::InvalidArgument, layer,
                        cat("block shape is ", list, " when each entry should be at least 1, or -1"));
        }
    }
    return list;
}

//! A name or another text that a setter copies; null is no text.
inline std::string textOf(const std::string& owner, char const* text) {
    constexpr size_t kMostBytes = 4096;
    std::string copy = text ? text : "";
    if (copy.size() < kMostBytes) return copy;
    throw Error(ErrorCode::InvalidArgument, owner,
                cat("a text has ", copy.size(), " bytes when it may have ", kMostBytes - 1));
}

//! Strongly typed networks infer all types.
inline void requireWeaklyTyped(const Network& network, const std::string& owner, const char* method) {
    if (!network.stronglyTyped()) return;
    throw Error(ErrorCode::InvalidArgument, owner,
                cat(method, " does not work in a strongly typed network; insert a cast"));
}

//! An enumerator that exists.
template <class E>
E known(const std::string& layer, const char* what, E value) {
    const auto number = static_cast<int32_t>(value);
    if (number < 0 || number >= nvinfer1::EnumMax<E>()) {
        throw Error(ErrorCode::InvalidArgument, layer,
                    cat(what, " is ", number, " when it should be between 0 and ", nvinfer1::EnumMax<E>() - 1));
    }
    return value;
}

//! One of the allowed types: "indices type is f32 when it should be i32 or i64".
inline DType oneOf(const std::string& layer, const char* what, nvinfer1::DataType type,
                   std::initializer_list<DType> allowed) {
    std::string names;
    size_t left = allowed.size();
    for (const DType a : allowed) {
        if (a == api::toDType(type)) return a;
        names += cat(names.empty() ? "" : left == 1 ? " or " : ", ", name(a));
        --left;
    }
    throw Error(ErrorCode::InvalidArgument, layer,
                cat(what, " is ", name(api::toDType(known(layer, what, type))), " when it should be ", names));
}
inline DType indexType(const std::string& layer, nvinfer1::DataType type) {
    return oneOf(layer, "indices type", type, {DType::I32, DType::I64});
}

//! Refuses layers that TensorRT does not have in networks with an implicit batch dimension.
inline void requireExplicitBatch(const Network& network, const char* layer) {
    if (!network.implicitBatch()) return;
    throw Error(ErrorCode::InvalidArgument, layer,
                "the layer does not work with an implicit batch dimension; create the network with kEXPLICIT_BATCH");
}

//! The shell of a tensor; refuses tensors of other networks. Null stays null.
inline TensorShell* own(const Network& network, nvinfer1::ITensor* tensor) {
    if (tensor && &shell(*tensor).network != &network) {
        throw Error(ErrorCode::InvalidArgument, tensor->getName(), "the tensor belongs to another network");
    }
    return tensor ? &shell(*tensor) : nullptr;
}

//! A factory's array of at least one tensor, none of them null.
inline std::vector<nvinfer1::ITensor*> listOf(const char* layer, nvinfer1::ITensor* const* tensors, int32_t count) {
    if (!tensors || count < 1) throw Error(ErrorCode::InvalidArgument, layer, "the layer needs an input");
    for (int32_t i = 0; i < count; ++i) {
        if (!tensors[i]) throw Error(ErrorCode::InvalidArgument, layer, cat("input ", i, " is null"));
    }
    return {tensors, tensors + count};
}

//! The axis of concatenation and softmax when none is set, as the graph counts: the third one from the end, or the
//! first behind the batch.
inline int64_t defaultAxis(const Network& network, size_t rank) {
    return std::max<int64_t>(static_cast<int64_t>(rank) - 3, network.implicitBatch() ? 1 : 0);
}
//! The same as users of the layer count.
inline int32_t defaultAxis(const LayerBase& layer) noexcept {
    return api::guarded(layer.network.reporter(), 0, [&] {
        const size_t rank = layer.connected(0) ? layer.network.factOf(*layer.inputs[0]).shape.size() : 0;
        return static_cast<int32_t>(defaultAxis(layer.network, rank) - (layer.network.implicitBatch() ? 1 : 0));
    });
}

//! Makes a layer. `layer` names the factory in messages; `body` returns the public layer.
template <class Public, class Body>
Public* making(Network& network, const Body& body) noexcept {
    return api::guarded(network.reporter(), static_cast<Public*>(nullptr), [&]() -> Public* { return body(); });
}

}  // namespace opentrt::network
