// SPDX-License-Identifier: Apache-2.0
#include "graph/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <sys/mman.h>

#include "base/error.h"
#include "base/half.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "graph/scalar.h"

namespace opentrt {
namespace {

constexpr size_t kAlignment = 64;
constexpr int64_t kLargest = int64_t{1} << 40;  // a slip of the pen rather than a tensor

//! Large blocks are pages of their own, so that they go back to the system at once when a build is done with a weight.
constexpr int64_t kOwnPages = int64_t{1} << 20;

std::shared_ptr<void> allocatePages(size_t bytes) {
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    return {pages, [bytes](void* p) { munmap(p, bytes); }};
}

//! Zeroed by the system or by calloc, so that the pages of a large tensor cost nothing before they are written.
std::shared_ptr<void> allocate(int64_t bytes) {
    std::shared_ptr<void> block;
    if (bytes <= kLargest) {
        const size_t size = static_cast<size_t>(bytes) + kAlignment;
        block = bytes < kOwnPages ? std::shared_ptr<void>(std::calloc(size, 1), std::free) : allocatePages(size);
    }
    if (!block) throw Error(ErrorCode::FailedAllocation, "", cat("no memory for a tensor of ", bytes, " bytes"));
    const auto address = reinterpret_cast<uintptr_t>(block.get());
    const uintptr_t aligned = (address + kAlignment - 1) / kAlignment * kAlignment;
    return std::shared_ptr<void>(block, reinterpret_cast<void*>(aligned));
}

uint8_t nibble(const void* data, int64_t i) {
    const uint8_t both = static_cast<const uint8_t*>(data)[i / 2];
    return i % 2 ? both >> 4 : both & 15;
}

void setNibble(void* data, int64_t i, int64_t value) {
    uint8_t& both = static_cast<uint8_t*>(data)[i / 2];
    const auto low = static_cast<uint8_t>(value & 15);
    both = static_cast<uint8_t>(i % 2 ? (both & 15) | (low << 4) : (both & 0xf0) | low);
}

constexpr double kF4Values[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};

double f4ToDouble(uint8_t code) {
    return code & 8 ? -kF4Values[code & 7] : kF4Values[code & 7];
}

uint8_t doubleToF4(double rounded) {
    uint8_t code = 0;
    while (kF4Values[code] < std::fabs(rounded)) ++code;
    return static_cast<uint8_t>(code | (std::signbit(rounded) ? 8 : 0));
}

double e8m0ToDouble(uint8_t code) {
    return code == 255 ? std::nan("") : std::ldexp(1.0, code - 127);
}
uint8_t doubleToE8m0(double rounded) {
    return std::isnan(rounded) ? 255 : static_cast<uint8_t>(std::ilogb(rounded) + 127);
}

template <class T>
T saturate(int64_t value) {
    const int64_t low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    return static_cast<T>(std::min(std::max(value, low), high));
}

}  // namespace

int64_t volumeOf(const std::vector<int64_t>& dims) {
    int64_t volume = 1;
    bool tooLarge = false;
    for (int64_t dim : dims) {
        if (dim < 0) throw Error(ErrorCode::InvalidArgument, "", cat("a dimension of ", dims, " is negative"));
        tooLarge |= __builtin_mul_overflow(volume, dim, &volume);
    }
    if (tooLarge) {
        if (std::find(dims.begin(), dims.end(), 0) != dims.end()) return 0;
        throw Error(ErrorCode::InvalidArgument, "", cat("a tensor of dimensions ", dims, " is too large"));
    }
    return volume;
}

std::vector<int64_t> stridesOf(const std::vector<int64_t>& dims) {
    std::vector<int64_t> strides(dims.size(), 1);
    for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
    return strides;
}

Tensor::Tensor(DType type, std::vector<int64_t> dims) : type_(type), dims_(std::move(dims)), owned_(true) {
    auto memory = allocate(bytes());
    data_ = memory.get();
    owner_ = std::move(memory);
}

Tensor Tensor::borrow(DType type, std::vector<int64_t> dims, const void* data, std::shared_ptr<const void> keep) {
    static const char nothing[kAlignment] = {};
    Tensor tensor;
    tensor.type_ = type;
    tensor.dims_ = std::move(dims);
    check(data != nullptr || tensor.count() == 0, "borrowed tensor without data");
    tensor.data_ = const_cast<void*>(data ? data : nothing);
    tensor.owner_ = std::move(keep);
    return tensor;
}

Tensor Tensor::scalar(DType type, double value) {
    Tensor tensor(type, {});
    tensor.set(0, value);
    return tensor;
}

int64_t Tensor::count() const {
    return volumeOf(dims_);
}

void* Tensor::mutableData() {
    check(owned_ && owner_.use_count() == 1, "a tensor that is borrowed or shared was to be changed");
    return data_;
}

double Tensor::get(int64_t i) const {
    switch (type_) {
        case DType::F32:
            return static_cast<double>(as<float>()[i]);
        case DType::F16:
            return static_cast<double>(f16ToFloat(as<uint16_t>()[i]));
        case DType::BF16:
            return static_cast<double>(bf16ToFloat(as<uint16_t>()[i]));
        case DType::F8:
            return static_cast<double>(f8ToFloat(as<uint8_t>()[i]));
        case DType::F4:
            return f4ToDouble(nibble(data_, i));
        case DType::E8M0:
            return e8m0ToDouble(as<uint8_t>()[i]);
        default:
            return static_cast<double>(getInt(i));
    }
}

int64_t Tensor::getInt(int64_t i) const {
    switch (type_) {
        case DType::I8:
            return as<int8_t>()[i];
        case DType::U8:
            return as<uint8_t>()[i];
        case DType::Bool:
            return as<uint8_t>()[i] != 0;
        case DType::I32:
            return as<int32_t>()[i];
        case DType::I64:
            return as<int64_t>()[i];
        case DType::I4:
            return static_cast<int64_t>(nibble(data_, i) ^ 8) - 8;
        default:
            return static_cast<int64_t>(roundTo(DType::I64, std::trunc(get(i))));
    }
}

// The bytes are written through data_: the check of mutableData() on every element would cost more than the store.
void Tensor::set(int64_t i, double value) {
    const double rounded = roundTo(type_, value);
    switch (type_) {
        case DType::F32:
            static_cast<float*>(data_)[i] = static_cast<float>(value);
            return;
        case DType::F16:
            static_cast<uint16_t*>(data_)[i] = floatToF16(static_cast<float>(rounded));
            return;
        case DType::BF16:
            static_cast<uint16_t*>(data_)[i] = floatToBf16(static_cast<float>(rounded));
            return;
        case DType::F8:
            static_cast<uint8_t*>(data_)[i] = floatToF8(static_cast<float>(rounded));
            return;
        case DType::F4:
            setNibble(data_, i, doubleToF4(rounded));
            return;
        case DType::E8M0:
            static_cast<uint8_t*>(data_)[i] = doubleToE8m0(rounded);
            return;
        default:
            setInt(i, static_cast<int64_t>(rounded));
            return;
    }
}

void Tensor::setInt(int64_t i, int64_t value) {
    switch (type_) {
        case DType::I8:
            static_cast<int8_t*>(data_)[i] = saturate<int8_t>(value);
            return;
        case DType::U8:
            static_cast<uint8_t*>(data_)[i] = saturate<uint8_t>(value);
            return;
        case DType::Bool:
            static_cast<uint8_t*>(data_)[i] = value != 0;
            return;
        case DType::I32:
            static_cast<int32_t*>(data_)[i] = saturate<int32_t>(value);
            return;
        case DType::I64:
            static_cast<int64_t*>(data_)[i] = value;
            return;
        case DType::I4:
            setNibble(data_, i, std::min<int64_t>(std::max<int64_t>(value, -8), 7));
            return;
        default:
            set(i, static_cast<double>(value));
            return;
    }
}

std::vector<int64_t> Tensor::toInts() const {
    std::vector<int64_t> values(static_cast<size_t>(count()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = getInt(static_cast<int64_t>(i));
    return values;
}

std::vector<double> Tensor::toDoubles() const {
    std::vector<double> values(static_cast<size_t>(count()));
    for (size_t i = 0; i < values.size(); ++i) values[i] = get(static_cast<int64_t>(i));
    return values;
}

Tensor Tensor::reshaped(std::vector<int64_t> dims) const {
    if (volumeOf(dims) != count())
        throw Error(ErrorCode::InvalidArgument, "", cat("cannot reshape ", dims_, " to ", dims, ": volumes differ"));
    Tensor result = *this;
    result.dims_ = std::move(dims);
    return result;
}

namespace {

//! As number by number, for the millions of a network's weights.
void roundFloats(const Tensor& from, DType to, Tensor& result) {
    const auto* bytes = static_cast<const char*>(from.data());
    auto* rounded = result.mutableAs<uint16_t>();
    const auto round = [&](auto function) {
        parallelFor(from.count(), 16384, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
                float value;  // borrowed ones may lie anywhere
                std::memcpy(&value, bytes + i * static_cast<int64_t>(sizeof value), sizeof value);
                rounded[i] = function(value);
            }
        });
    };
    to == DType::F16 ? round(floatToF16) : round(floatToBf16);
}

}  // namespace

Tensor Tensor::cast(DType to) const {
    if (to == type_) return *this;
    Tensor result(to, dims_);
    if (type_ == DType::F32 && (to == DType::F16 || to == DType::BF16)) {
        roundFloats(*this, to, result);
        return result;
    }
    const ScalarInstr instr{ScalarOp::Cast, to};
    const bool fromReal = isFloat(type_), toReal = isFloat(to);
    // Nibbles that share a byte must be written by one thread.
    const int64_t grain = bitsOf(to) < 8 ? count() : 16384;
    parallelFor(count(), grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            const Scalar from = fromReal ? Scalar{get(i), 0} : Scalar{0, getInt(i)};
            const Scalar value = apply(instr, type_, from, {}, {});
            toReal ? result.set(i, value.f) : result.setInt(i, value.i);
        }
    });
    return result;
}

uint64_t contentHash(const Tensor& tensor) {
    const auto& dims = tensor.dims();
    const uint64_t seed = hashBytes(dims.data(), dims.size() * sizeof(int64_t), static_cast<uint64_t>(tensor.type()));
    return hashBytes(tensor.data(), static_cast<size_t>(tensor.bytes()), seed);
}

bool Tensor::sameBits(const Tensor& other) const {
    if (type_ != other.type_ || dims_ != other.dims_ || empty() != other.empty()) return false;
    return data_ == other.data_ || std::memcmp(data_, other.data_, static_cast<size_t>(bytes())) == 0;
}

}  // namespace opentrt
