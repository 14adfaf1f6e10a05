// SPDX-License-Identifier: Apache-2.0
// Moving elements of any type without looking at them.
#pragma once
#include <cstdint>
#include <cstring>

#include "ops/support/index.h"

namespace opentrt::ops {

//! out[i] = in[source(i)] for every i in order, bit by bit; where source is negative, the element is `fill`'s first, or
//! zero without one. All three have one type.
template <class Source>
void moveElements(Tensor& out, const Tensor& in, Source source, const Tensor* fill = nullptr);

namespace detail {

template <class Word, class Source>
void moveWords(Tensor& out, const Tensor& in, Source& source, const Tensor* fill) {
    const Word* from = in.as<Word>();
    Word* to = out.mutableAs<Word>();
    const Word outside = fill ? *fill->as<Word>() : Word{};
    const int64_t count = out.count();
    for (int64_t i = 0; i < count; ++i) {
        const int64_t s = source(i);
        to[i] = s < 0 ? outside : from[s];
    }
}

template <class Source>
void moveNibbles(Tensor& out, const Tensor& in, Source& source, const Tensor* fill) {
    const auto nibble = [](const Tensor& t, int64_t i) {
        return static_cast<uint8_t>(t.as<uint8_t>()[i / 2] >> (i % 2 * 4) & 15);
    };
    auto* to = out.mutableAs<uint8_t>();
    const uint8_t outside = fill ? nibble(*fill, 0) : uint8_t{0};
    const int64_t count = out.count();
    for (int64_t i = 0; i < count; ++i) {
        const int64_t s = source(i);
        const uint8_t value = s < 0 ? outside : nibble(in, s);
        to[i / 2] = static_cast<uint8_t>((to[i / 2] & (i % 2 ? 0x0f : 0xf0)) | value << (i % 2 * 4));
    }
}

}  // namespace detail

template <class Source>
void moveElements(Tensor& out, const Tensor& in, Source source, const Tensor* fill) {
    if (out.count() == 0) return;
    switch (bitsOf(out.type())) {
        case 4:
            return detail::moveNibbles(out, in, source, fill);
        case 8:
            return detail::moveWords<uint8_t>(out, in, source, fill);
        case 16:
            return detail::moveWords<uint16_t>(out, in, source, fill);
        case 32:
            return detail::moveWords<uint32_t>(out, in, source, fill);
        default:
            return detail::moveWords<uint64_t>(out, in, source, fill);
    }
}

//! Writes single elements, bit by bit, whatever their type.
class ElementWriter {
public:
    explicit ElementWriter(Tensor& out)
        : to_(out.count() ? out.mutableAs<uint8_t>() : nullptr), bits_(bitsOf(out.type())) {}
    void copy(int64_t to, const Tensor& in, int64_t from) {
        const auto* source = in.as<uint8_t>();
        if (bits_ == 4) {
            const uint8_t value = source[from / 2] >> (from % 2 * 4) & 15;
            to_[to / 2] = static_cast<uint8_t>((to_[to / 2] & (to % 2 ? 0x0f : 0xf0)) | value << (to % 2 * 4));
        } else {
            const auto size = static_cast<size_t>(bits_ / 8);
            std::memcpy(to_ + static_cast<size_t>(to) * size, source + static_cast<size_t>(from) * size, size);
        }
    }
    void copyAll(const Tensor& in) {
        if (in.count()) std::memcpy(to_, in.data(), static_cast<size_t>(in.bytes()));
    }

private:
    uint8_t* to_;
    int32_t bits_;
};

//! Moves with a source that is affine in the output index: in[start + index . strides].
inline void moveStrided(Tensor& out, const Tensor& in, std::vector<int64_t> strides, int64_t start = 0) {
    Odometer at(out.dims());
    at.track(std::move(strides), start);
    moveElements(out, in, [&](int64_t) {
        const int64_t offset = at.offset(0);
        at.next();
        return offset;
    });
}

}  // namespace opentrt::ops
