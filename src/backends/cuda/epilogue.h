// SPDX-License-Identifier: Apache-2.0
// The pointwise operators behind a product: kernels hand rows of sums to a function that is made here (code/finish.cu).
#pragma once
#include <optional>

#include "backends/cuda/family.h"

namespace opentrt::cuda {

inline constexpr size_t kMostExtras = 7;
inline constexpr int64_t kPieceBytes = 16;

//! How an operand lies beside the result, which has rows and columns. Statistics of rows give a mean and a factor for
//! each row (code/row_statistics.cu). What the kernel makes itself lies like the result, and is no input
//! (RegionView::beside).
enum ExtraKind { kNumber = 0, kByColumn = 1, kLikeResult = 2, kByRow = 3, kRowStatistics = 4, kMadeBeside = 5 };

//! Whether an operand of this kind has other numbers for another row.
inline bool differsByRow(int64_t kind) {
    return kind == kLikeResult || kind == kByRow || kind == kMadeBeside;
}

//! Nothing when kernels cannot read the operand.
std::optional<ExtraKind> extraKind(const Shape& operand, const Shape& result, size_t columnAxis);

//! Addresses of the operands, in the layout of the kernels.
struct Extras {
    const void* address[kMostExtras + 1] = {};  //!< the last one is where statistics of the result go
    //! Takes the addresses of `count` inputs, and of output 1 when it `leaves` statistics; returns whether all are
    //! aligned to 16 bytes.
    bool place(const LaunchArgs& launch, int first, size_t count, bool leaves = false);
};

inline bool isAligned(const void* address) {
    return reinterpret_cast<uintptr_t>(address) % kPieceBytes == 0;
}

//! Throws Error(InvalidArgument) that names the operator.
void requireAligned(std::initializer_list<const void*> addresses, const char* owner);

//! Whether the region reads or leaves statistics of rows, for which tiles have whole parts of them.
inline bool usesStatistics(const RegionView& region) {
    return region.rowFactors || region.rowStatistics;
}

//! Why kernels cannot compute what stands behind the anchor; empty when they can, or when there is nothing.
std::string whyNotEpilogue(const RegionView& region, size_t columnAxis);
//! Adds the inputs of the step, the bias first; returns their kinds.
std::vector<int64_t> addExtras(const RegionView& region, bool hasBias, size_t columnAxis, CompiledStep& step);
//! The operands of V neighbours, template <int V> struct Behind with load(a, yAt, column, row), which is loadColumns(a,
//! column) and loadRows(a, yAt, row) (shareColumns(other) takes the former from another row, takeColumns(other, lane)
//! from other threads of a warp: code/wgmma_columns.cu); the member factors, where there are such (FACTORS), from
//! template <int SHARE> struct Factors, which neighbouring threads of a row share: load(a, row) early, get() late; and
//! template <int V> DEV void finish(const Args& a, const Behind<V>& b, const float* sum, i64 yAt): computes and stores,
//! with statistics where the region leaves such; finished() of the same without yAt gives Finished<V> instead. R is the
//! type of the result, `kinds` what addExtras gave.
std::string finishCode(const RegionView& region, bool hasBias, const std::vector<int64_t>& kinds);

//! While it lives, this weight lies where somebody else puts it (Backend::loadOver), for kernels that this thread
//! loads.
class PlacedWeights {
public:
    PlacedWeights(const Tensor& weight, void* at) : weight_(weight.data()), at_(at) { current_ = this; }
    PlacedWeights(const PlacedWeights&) = delete;
    PlacedWeights& operator=(const PlacedWeights&) = delete;
    ~PlacedWeights() { current_ = nullptr; }
    bool isTaken() const { return isTaken_; }
    //! Where the weight lies; null: nobody puts it anywhere.
    static void* take(const Tensor& weight) {
        if (!current_ || current_->weight_ != weight.data()) return nullptr;
        current_->isTaken_ = true;
        return current_->at_;
    }

private:
    static inline thread_local PlacedWeights* current_ = nullptr;
    const void* weight_;
    void* at_;
    bool isTaken_ = false;
};

//! Weights of a step in the device's memory (Family::placed).
class DeviceWeights {
public:
    DeviceWeights(const Machine& machine, const Tensor& tensor) : data_(PlacedWeights::take(tensor)) {
        if (data_) return;
        data_ = own_.emplace(machine, tensor.bytes()).data();
        machine.upload(data_, tensor.data(), tensor.bytes(), nullptr);
    }
    const void* data() const { return data_; }

private:
    std::optional<KeptMemory> own_;
    void* data_;
};

}  // namespace opentrt::cuda
