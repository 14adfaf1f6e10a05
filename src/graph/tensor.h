// SPDX-License-Identifier: Apache-2.0
// A tensor on the host: type, dimensions and dense row-major bytes. Copies share the bytes. The bytes may be borrowed
// from the user (weights given to the network stay where they are until the plan is written).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/types.h"

namespace opentrt {

class Tensor {
public:
    Tensor() = default;
    //! Owned, zeroed, aligned to 64 bytes. Throws Error for negative or enormous dimensions.
    Tensor(DType type, std::vector<int64_t> dims);
    //! Borrowed: `data` must stay valid as long as any copy lives; `keep` may hold its owner.
    static Tensor borrow(DType type, std::vector<int64_t> dims, const void* data,
                         std::shared_ptr<const void> keep = {});
    template <class T>
    static Tensor of(DType type, std::vector<int64_t> dims, const std::vector<T>& values);
    static Tensor scalar(DType type, double value);

    DType type() const { return type_; }
    const std::vector<int64_t>& dims() const { return dims_; }
    int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
    int64_t count() const;
    int64_t bytes() const { return bytesFor(type_, count()); }
    bool empty() const { return data_ == nullptr; }  //!< no tensor at all; a tensor of zero elements is not empty

    const void* data() const { return data_; }
    template <class T>
    const T* as() const {
        return static_cast<const T*>(data_);
    }
    //! Only for owned tensors that are not shared yet.
    void* mutableData();
    template <class T>
    T* mutableAs() {
        return static_cast<T*>(mutableData());
    }

    //! Element `i` in row-major order as a number, whatever the type. Slow and exact: for eval and shape tensors.
    double get(int64_t i) const;
    int64_t getInt(int64_t i) const;
    void set(int64_t i, double value);      //!< rounds to the type as roundTo does
    void setInt(int64_t i, int64_t value);  //!< integers saturate
    std::vector<int64_t> toInts() const;
    std::vector<double> toDoubles() const;

    //! The same bytes under other dimensions; the volume must agree.
    Tensor reshaped(std::vector<int64_t> dims) const;
    //! As the Cast operator: floating to integer cuts towards zero and saturates, integer to integer wraps, anything to
    //! bool asks whether it is not zero.
    Tensor cast(DType to) const;
    bool sameBits(const Tensor& other) const;  //!< type, dimensions and bytes

private:
    DType type_ = DType::F32;
    std::vector<int64_t> dims_;
    void* data_ = nullptr;
    std::shared_ptr<const void> owner_;
    bool owned_ = false;
};

template <class T>
Tensor Tensor::of(DType type, std::vector<int64_t> dims, const std::vector<T>& values) {
    Tensor t(type, std::move(dims));
    for (size_t i = 0; i < values.size(); ++i) {
        if constexpr (std::is_integral_v<T>) {
            t.setInt(static_cast<int64_t>(i), static_cast<int64_t>(values[i]));
        } else {
            t.set(static_cast<int64_t>(i), static_cast<double>(values[i]));
        }
    }
    return t;
}

//! Row-major strides in elements.
std::vector<int64_t> stridesOf(const std::vector<int64_t>& dims);
//! Throws Error when a dimension is negative or the product does not fit.
int64_t volumeOf(const std::vector<int64_t>& dims);
//! Hash of type, dimensions and every byte.
uint64_t contentHash(const Tensor& tensor);

}  // namespace opentrt
