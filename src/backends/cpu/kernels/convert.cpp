// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/convert.h"

#include <cmath>

#include "base/half.h"

namespace opentrt::cpu::kernels {
namespace {

template <class T, class F>
void load(const void* from, int64_t count, Scalar* to, F f) {
    for (int64_t i = 0; i < count; ++i) f(to[i], static_cast<const T*>(from)[i]);
}

template <class T, class F>
void store(const Scalar* from, int64_t count, void* to, F f) {
    for (int64_t i = 0; i < count; ++i) static_cast<T*>(to)[i] = static_cast<T>(f(from[i]));
}

const auto kToInt = [](Scalar& s, auto v) { s.i = static_cast<int64_t>(v); };
const auto kFromInt = [](const Scalar& s) { return s.i; };

//! 2^(bits - 127); 255 is NaN.
double decodeE8M0(uint8_t bits) {
    return bits == 255 ? NAN : std::ldexp(1.0, bits - 127);
}
uint8_t encodeE8M0(double value) {
    const double rounded = roundTo(DType::E8M0, value);
    return std::isnan(rounded) ? 255 : static_cast<uint8_t>(std::ilogb(rounded) + 127);
}

constexpr double kF4Values[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};

uint8_t encodeF4(double value) {
    const double rounded = roundTo(DType::F4, value);
    uint8_t code = 0;
    while (code < 7 && kF4Values[code] < std::fabs(rounded)) ++code;
    return static_cast<uint8_t>(code | (std::signbit(rounded) ? 8 : 0));
}

template <class F>
void loadNibbles(const void* from, int64_t count, Scalar* to, F f) {
    for (int64_t i = 0; i < count; ++i) {
        const int byte = static_cast<const uint8_t*>(from)[i / 2];
        f(to[i], i % 2 ? byte >> 4 : byte & 15);
    }
}

//! The last byte of an odd count gets a zero half.
template <class F>
void storeNibbles(const Scalar* from, int64_t count, void* to, F f) {
    for (int64_t i = 0; i < count; i += 2) {
        const int low = f(from[i]) & 15, high = i + 1 < count ? f(from[i + 1]) & 15 : 0;
        static_cast<uint8_t*>(to)[i / 2] = static_cast<uint8_t>(low | high << 4);
    }
}

}  // namespace

void loadScalars(DType type, const void* from, int64_t count, Scalar* to) {
    switch (type) {
        case DType::F32:
            return load<float>(from, count, to, [](Scalar& s, float v) { s.f = static_cast<double>(v); });
        case DType::F16:
            return load<uint16_t>(from, count, to, [](Scalar& s, uint16_t v) { s.f = f16ToFloat(v); });
        case DType::BF16:
            return load<uint16_t>(from, count, to, [](Scalar& s, uint16_t v) { s.f = bf16ToFloat(v); });
        case DType::F8:
            return load<uint8_t>(from, count, to, [](Scalar& s, uint8_t v) { s.f = f8ToFloat(v); });
        case DType::E8M0:
            return load<uint8_t>(from, count, to, [](Scalar& s, uint8_t v) { s.f = decodeE8M0(v); });
        case DType::I8:
            return load<int8_t>(from, count, to, kToInt);
        case DType::U8:
            return load<uint8_t>(from, count, to, kToInt);
        case DType::Bool:
            return load<uint8_t>(from, count, to, [](Scalar& s, uint8_t v) { s.i = v != 0; });
        case DType::I32:
            return load<int32_t>(from, count, to, kToInt);
        case DType::I64:
            return load<int64_t>(from, count, to, kToInt);
        case DType::I4:
            return loadNibbles(from, count, to, [](Scalar& s, int v) { s.i = v < 8 ? v : v - 16; });
        case DType::F4:
            return loadNibbles(from, count, to,
                               [](Scalar& s, int v) { s.f = v & 8 ? -kF4Values[v & 7] : kF4Values[v & 7]; });
    }
}

void storeScalars(DType type, const Scalar* from, int64_t count, void* to) {
    switch (type) {
        case DType::F32:
            return store<float>(from, count, to, [](const Scalar& s) { return s.f; });
        case DType::F16:
            return store<uint16_t>(from, count, to,
                                   [](const Scalar& s) { return floatToF16(static_cast<float>(s.f)); });
        case DType::BF16:
            return store<uint16_t>(from, count, to,
                                   [](const Scalar& s) { return floatToBf16(static_cast<float>(s.f)); });
        case DType::F8:
            return store<uint8_t>(from, count, to, [](const Scalar& s) { return floatToF8(static_cast<float>(s.f)); });
        case DType::E8M0:
            return store<uint8_t>(from, count, to, [](const Scalar& s) { return encodeE8M0(s.f); });
        case DType::I8:
            return store<int8_t>(from, count, to, kFromInt);
        case DType::U8:
            return store<uint8_t>(from, count, to, kFromInt);
        case DType::Bool:
            return store<uint8_t>(from, count, to, [](const Scalar& s) { return s.i != 0; });
        case DType::I32:
            return store<int32_t>(from, count, to, kFromInt);
        case DType::I64:
            return store<int64_t>(from, count, to, kFromInt);
        case DType::I4:
            return storeNibbles(from, count, to, [](const Scalar& s) { return static_cast<int>(s.i); });
        case DType::F4:
            return storeNibbles(from, count, to, [](const Scalar& s) { return static_cast<int>(encodeF4(s.f)); });
    }
}

}  // namespace opentrt::cpu::kernels
