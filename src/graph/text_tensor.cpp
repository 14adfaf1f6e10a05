// SPDX-License-Identifier: Apache-2.0
#include "graph/text_tensor.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "base/scanner.h"

namespace opentrt {
namespace {

constexpr int64_t kListLimit = 16;
constexpr int64_t kFillFrom = 5;  // shorter tensors are listed even when all elements are equal

std::string elementText(const Tensor& tensor, int64_t i) {
    return isFloat(tensor.type()) ? numberText(tensor.get(i)) : std::to_string(tensor.getInt(i));
}

void setFromText(Tensor& tensor, int64_t i, Scanner& in) {
    isFloat(tensor.type()) ? tensor.set(i, in.expectNumber()) : tensor.setInt(i, in.expectInteger());
}

Tensor filledLike(const Tensor& tensor) {
    Tensor filled(tensor.type(), tensor.dims());
    for (int64_t i = 0; i < tensor.count(); ++i)
        isFloat(tensor.type()) ? filled.set(i, tensor.get(0)) : filled.setInt(i, tensor.getInt(0));
    return filled;
}

//! A NaN with a payload, or a bool that is neither 0 nor 1, would not come back from its number.
bool listReadsBack(const Tensor& tensor) {
    Tensor again(tensor.type(), tensor.dims());
    for (int64_t i = 0; i < tensor.count(); ++i) {
        const std::string text = elementText(tensor, i);
        Scanner in(text);
        setFromText(again, i, in);
    }
    return again.sameBits(tensor);
}

bool allEqual(const Tensor& tensor) {
    const auto bytes = static_cast<size_t>(tensor.bytes());
    const auto size = static_cast<size_t>(std::max(bitsOf(tensor.type()) / 8, 1));
    // Comparing the bytes with themselves one element further settles nearly every tensor at its first elements.
    if (bytes > size && std::memcmp(tensor.data(), tensor.as<char>() + size, bytes - size) != 0) return false;
    return filledLike(tensor).sameBits(tensor);
}

std::string hexText(const Tensor& tensor) {
    constexpr char digits[] = "0123456789abcdef";
    const auto* bytes = tensor.as<uint8_t>();
    std::string out = "hex\"";
    out.reserve(static_cast<size_t>(tensor.bytes()) * 2 + 8);
    for (int64_t i = 0; i < tensor.bytes(); ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out + '"';
}

uint64_t sampledHash(const Tensor& tensor) {
    constexpr int64_t whole = 16384, samples = 128, sample = 64;
    if (tensor.bytes() <= whole) return contentHash(tensor);
    const auto& dims = tensor.dims();
    uint64_t hash = hashBytes(dims.data(), dims.size() * sizeof(int64_t), static_cast<uint64_t>(tensor.type()));
    const int64_t last = tensor.bytes() - sample;
    for (int64_t i = 0; i < samples; ++i) {
        const int64_t at = static_cast<int64_t>(static_cast<double>(last) * static_cast<double>(i) / (samples - 1));
        hash = hashBytes(tensor.as<char>() + at, sample, hash);
    }
    return hash;
}

void parseList(Scanner& in, Tensor& tensor) {
    in.expect("[");
    for (int64_t i = 0; i < tensor.count(); ++i) {
        if (i > 0) in.expect(",");
        setFromText(tensor, i, in);
    }
    if (!in.accept("]")) in.fail(cat("expected ']' after ", tensor.count(), " elements"));
}

void parseHex(Scanner& in, Tensor& tensor) {
    const size_t start = in.position();
    const std::string digits = in.expectQuoted();
    if (digits.size() != static_cast<size_t>(tensor.bytes()) * 2)
        in.failAt(start, cat("expected ", tensor.bytes() * 2, " hexadecimal digits, not ", digits.size()));
    auto* bytes = tensor.mutableAs<uint8_t>();
    for (size_t i = 0; i < digits.size(); ++i) {
        const char c = digits[i];
        const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (value < 0) in.failAt(start, cat("'", c, "' is no hexadecimal digit; they are 0-9 and a-f"));
        bytes[i / 2] = static_cast<uint8_t>(bytes[i / 2] | (i % 2 ? value : value << 4));
    }
}

//! Floating numbers in [-1, 1), small integers, any bool; the same on every machine.
void fillRandom(Tensor& tensor, uint64_t seed) {
    for (int64_t i = 0; i < tensor.count(); ++i) {
        const uint64_t bits = hashCombine(seed, static_cast<uint64_t>(i));
        if (isFloat(tensor.type())) {
            tensor.set(i, static_cast<double>(bits >> 11) * 0x1p-52 - 1);
        } else {
            const auto number = static_cast<int64_t>(bits >> 60);
            tensor.setInt(i, tensor.type() == DType::Bool ? number % 2
                             : tensor.type() == DType::U8 ? number
                                                          : number - 8);
        }
    }
}

}  // namespace

std::string tensorText(const Tensor& tensor, const PrintOptions& options) {
    const bool small = tensor.count() <= kListLimit;
    if (!options.weights && !(small && !isFloat(tensor.type()))) {
        char text[32];
        std::snprintf(text, sizeof text, "hash(%016llx)", static_cast<unsigned long long>(sampledHash(tensor)));
        return options.hashes ? text : "hash(_)";
    }
    if (tensor.count() >= kFillFrom && allEqual(tensor)) return cat("fill(", elementText(tensor, 0), ")");
    if (!small || !listReadsBack(tensor)) return hexText(tensor);
    std::string out = "[";
    for (int64_t i = 0; i < tensor.count(); ++i) out += (i > 0 ? "," : "") + elementText(tensor, i);
    return out + ']';
}

Tensor parseTensor(Scanner& in, DType type, const std::vector<int64_t>& dims, int64_t& budget) {
    in.peek();
    const size_t start = in.position();
    const bool fill = in.accept("fill"), random = !fill && in.accept("random");
    const bool hex = !fill && !random && in.accept("hex");
    if (!fill && !random && !hex && in.peek() != '[')
        in.fail("expected [...], fill(...), random(...) or hex\"...\"; a hash cannot be read back");
    const int64_t bytes = bytesFor(type, volumeOf(dims));
    // A list or hex text is as long as its tensor, at least half a byte each; others could ask for any amount.
    if (bytes > budget) in.failAt(start, cat("constants of ", bytes, " more bytes are too large for a text"));
    budget -= bytes;
    Tensor tensor(type, dims);
    if (hex) {
        in.peek();
        parseHex(in, tensor);
    } else if (fill || random) {
        in.expect("(");
        Tensor value(random ? DType::I64 : type, {});
        setFromText(value, 0, in);
        in.expect(")");
        if (random) {
            fillRandom(tensor, static_cast<uint64_t>(value.getInt(0)));
        } else {
            for (int64_t i = 0; i < tensor.count(); ++i)
                isFloat(type) ? tensor.set(i, value.get(0)) : tensor.setInt(i, value.getInt(0));
        }
    } else {
        parseList(in, tensor);
    }
    return tensor;
}

}  // namespace opentrt
