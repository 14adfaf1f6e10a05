// SPDX-License-Identifier: Apache-2.0
// Operators whose result is as large as the data say. Kernels count what there is, the number is brought to the host,
// which asks for memory, and another kernel writes. Tested by the conformance cases.
#include <bit>

#include "backends/cuda/elements.h"
#include "ops/nms.h"
#include "ops/non_zero.h"
#include "ops/unique.h"

namespace opentrt::cuda {

namespace {

//! Parts of a workspace, one behind the other.
class Parts {
public:
    int64_t add(int64_t bytes) {
        constexpr int64_t kAlignment = 64;
        const int64_t at = bytes_;
        bytes_ += (bytes + kAlignment - 1) / kAlignment * kAlignment;
        return at;
    }
    int64_t bytes() const { return bytes_; }

private:
    int64_t bytes_ = 0;
};

void* placeAt(const LaunchArgs& launch, int64_t offset) {
    return static_cast<char*>(launch.workspace) + offset;
}

//! Kernels by their names, and what runs them.
class SizedLaunch : public Launch {
public:
    SizedLaunch(Code code, std::span<const Port> results)
        : code_(std::move(code)), results_(results.begin(), results.end()) {}
    int64_t workspaceBytes() const final { return parts_.bytes(); }
    bool isReplayable() const final { return false; }

protected:
    static constexpr int kAllThreads = 1024;

    const Machine& machine() const { return code_->machine(); }
    template <class Args>
    void start(const char* kernel, int64_t blocks, int threads, Args* args, const LaunchArgs& launch) const {
        Grid grid;
        grid.x = blocks;
        grid.threads = threads;
        launchKernel(machine(), code_->function(kernel), grid, args, launch.stream);
    }
    int64_t numberAt(const void* place, const LaunchArgs& launch) const {
        uint32_t number = 0;
        machine().download(&number, place, sizeof number, launch.stream);
        return number;
    }
    //! Memory for a result of these dimensions.
    void* found(const Dims& dims, const LaunchArgs& launch, size_t result = 0) const {
        fitFound(dims, results_.at(result));
        return launch.outputs[result] ? launch.outputs[result]
                                      : launch.dynamic->allocate(static_cast<int>(result), dims);
    }

    Parts parts_;

private:
    Code code_;
    std::vector<Port> results_;
};

//! Layout of code/non_zero.cu.
struct NonZeroArgs {
    const void* x = nullptr;
    void *y = nullptr, *counts = nullptr, *starts = nullptr;
    uint32_t count = 0, blocks = 0, found = 0;
    Places places;
};

class NonZeroLaunch final : public SizedLaunch {
public:
    NonZeroLaunch(Code code, const Dims& x, std::span<const Port> results)
        : SizedLaunch(std::move(code), results), rank_(static_cast<int64_t>(x.size())) {
        constexpr int64_t kElements = 1024;  // of a block
        args_.places = Places(x);
        args_.count = requireCount(volumeOf(x));
        args_.blocks = static_cast<uint32_t>((args_.count + kElements - 1) / kElements);
        counts_ = parts_.add(args_.blocks * int64_t{4});
        starts_ = parts_.add((args_.blocks + int64_t{1}) * 4);
    }
    void run(const LaunchArgs& launch) override {
        int64_t number = 0;
        if (args_.count > 0) {
            args_.x = launch.inputs[0];
            args_.counts = placeAt(launch, counts_);
            args_.starts = placeAt(launch, starts_);
            start("count", args_.blocks, kThreads, &args_, launch);
            start("places", 1, kAllThreads, &args_, launch);
            number = numberAt(static_cast<uint32_t*>(args_.starts) + args_.blocks, launch);
        }
        args_.y = found({rank_, number}, launch);
        args_.found = static_cast<uint32_t>(number);
        if (number > 0) start("write", args_.blocks, kThreads, &args_, launch);
    }

private:
    static constexpr int kThreads = 256;
    NonZeroArgs args_;
    int64_t rank_, counts_ = 0, starts_ = 0;
};

struct NonZeroDef {
    using Op = ops::NonZero;
    static constexpr const char* kName = "cuda.non_zero";
    static constexpr bool kMakesSizes = true;

    static std::string whyNot(const RegionView& region, const Op&) {
        const DType type = region.input(0).type;
        return elementType(type).empty() ? cat("type ", name(type)) : whyNotPlaces(region.input(0).shape);
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), typeLine("O", op.indicesType),
                   codeText("running_sums"), codeText("non_zero"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims x = call.in[0].dims.empty() ? Dims{1} : call.in[0].dims;
        return std::make_unique<NonZeroLaunch>(std::move(code), x, call.out);
    }
};

//! Layout of code/nms.cu.
struct NmsArgs {
    const void *boxes = nullptr, *scores = nullptr, *most = nullptr, *overlap = nullptr, *threshold = nullptr;
    void *y = nullptr, *total = nullptr;
    void *keys = nullptr, *rows = nullptr, *limits = nullptr, *counts = nullptr, *starts = nullptr;
    uint32_t batches = 0, boxCount = 0, classes = 0, room = 0, count = 0;
};

class NmsLaunch final : public SizedLaunch {
public:
    NmsLaunch(Code code, const OpCall<ops::Nms>& call)
        : SizedLaunch(std::move(code), call.out),
          limitsPairs_(call.op.topK > 0),
          hasOverlap_(call.has(kOverlap)),
          hasThreshold_(call.has(kThreshold)) {
        const Dims& scores = call.in[kScores].dims;
        int64_t room = scores[1];
        if (const Tensor* most = call.constant(kMost)) room = std::clamp<int64_t>(most->getInt(0), 0, room);
        requireCount(volumeOf(scores));
        args_.batches = static_cast<uint32_t>(scores[0]);
        args_.boxCount = static_cast<uint32_t>(scores[1]);
        args_.classes = static_cast<uint32_t>(scores[2]);
        args_.room = static_cast<uint32_t>(room);
        blocks_ = scores[0] * scores[2];
        args_.count = requireCount(blocks_ * room);
        keys_ = parts_.add(blocks_ * scores[1] * 8);
        rows_ = parts_.add(blocks_ * room * 8);
        limits_ = parts_.add(scores[0] * 8);
        counts_ = parts_.add(blocks_ * 4);
        starts_ = parts_.add((blocks_ + 1) * 4);
    }
    void run(const LaunchArgs& launch) override {
        if (args_.count == 0) {
            if (launch.outputs[1]) machine().fill(launch.outputs[1], 0, sizeof(int32_t), launch.stream);
            found({0, 3}, launch);
            return;
        }
        args_.boxes = launch.inputs[kBoxes];
        args_.scores = launch.inputs[kScores];
        args_.most = launch.inputs[kMost];
        args_.overlap = hasOverlap_ ? launch.inputs[kOverlap] : nullptr;
        args_.threshold = hasThreshold_ ? launch.inputs[kThreshold] : nullptr;
        args_.total = launch.outputs[1];
        args_.keys = placeAt(launch, keys_);
        args_.rows = placeAt(launch, rows_);
        args_.limits = placeAt(launch, limits_);
        args_.counts = placeAt(launch, counts_);
        args_.starts = placeAt(launch, starts_);
        if (limitsPairs_) start("limit", args_.batches, kThreads, &args_, launch);
        start("select", blocks_, kThreads, &args_, launch);
        start("places", 1, kAllThreads, &args_, launch);
        const int64_t rows = numberAt(static_cast<uint32_t*>(args_.starts) + blocks_, launch);
        args_.y = found({rows, 3}, launch);
        constexpr int kWriters = 256;
        if (rows > 0) start("write", blocksFor(args_.count, kWriters), kWriters, &args_, launch);
    }

    enum Input { kBoxes, kScores, kMost, kOverlap, kThreshold };

private:
    static constexpr int kThreads = 512;
    NmsArgs args_;
    bool limitsPairs_, hasOverlap_, hasThreshold_;
    int64_t blocks_ = 0, keys_ = 0, rows_ = 0, limits_ = 0, counts_ = 0, starts_ = 0;
};

struct NmsDef {
    using Op = ops::Nms;
    static constexpr const char* kName = "cuda.nms";
    static constexpr bool kMakesSizes = true;

    static std::string whyNot(const RegionView&, const Op& op) {
        return op.topK > INT32_MAX ? cat("the best ", op.topK, " pairs") : std::string();
    }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(codeText("elements"), typeLine("T", region.anchorInput(NmsLaunch::kBoxes)->type),
                   typeLine("M", region.anchorInput(NmsLaunch::kMost)->type), typeLine("O", op.indicesType),
                   "#define CENTERS ", op.format == ops::BoxFormat::CenterSizes ? 1 : 0, "\n#define OWN_BOXES ",
                   region.anchorInput(NmsLaunch::kBoxes)->shape.size() == 4 ? 1 : 0, "\n#define TOP ",
                   std::max<int64_t>(op.topK, 0), "\n#define BY_CLASS ", op.byClass ? 1 : 0, "\n",
                   codeText("running_sums"), codeText("nms"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return std::make_unique<NmsLaunch>(std::move(code), call);
    }
};

//! Layout of code/unique.cu.
struct UniqueArgs {
    const void* x = nullptr;
    void *y = nullptr, *first = nullptr, *inverse = nullptr, *counts = nullptr;
    void *order = nullptr, *flags = nullptr, *groups = nullptr, *starts = nullptr, *marks = nullptr, *before = nullptr;
    uint32_t count = 0, slices = 0, step = 0, part = 0, found = 0, outer = 0;
    Divisor inner;
    uint32_t sorted = 0;
};

class UniqueLaunch final : public SizedLaunch {
public:
    UniqueLaunch(Code code, const OpCall<ops::Unique>& call)
        : SizedLaunch(std::move(code), call.out), dims_(call.in[0].dims), axis_(axisOf(call.op.axis, dims_.size())) {
        const bool isEmpty = requireCount(volumeOf(dims_)) == 0;
        args_.slices = requireCount(dims_[axis_]);
        args_.outer = isEmpty ? 0 : static_cast<uint32_t>(product(dims_, 0, axis_));
        args_.inner = divisor(product(dims_, axis_ + 1));
        args_.sorted = call.op.sorted;
        sorted_ = std::bit_ceil(std::max<uint32_t>(args_.slices, 1));
        const int64_t all = args_.slices * int64_t{4};
        order_ = parts_.add(sorted_ * int64_t{4});
        flags_ = parts_.add(all);
        groups_ = parts_.add(all + 4);
        starts_ = parts_.add(all);
        marks_ = parts_.add(all);
        before_ = parts_.add(all + 4);
    }
    void run(const LaunchArgs& launch) override {
        args_.x = launch.inputs[0];
        args_.order = placeAt(launch, order_);
        args_.flags = placeAt(launch, flags_);
        args_.groups = placeAt(launch, groups_);
        args_.starts = placeAt(launch, starts_);
        args_.marks = placeAt(launch, marks_);
        args_.before = placeAt(launch, before_);
        const int64_t slices = args_.slices;
        int64_t number = 0;
        if (slices > 0) {
            sort(launch);
            each("heads", slices, launch);
            start("places", 1, kAllThreads, &args_, launch);
            each("firsts", slices, launch);
            UniqueArgs marked = args_;
            marked.flags = args_.marks;
            marked.groups = args_.before;
            start("places", 1, kAllThreads, &marked, launch);
            number = numberAt(static_cast<uint32_t*>(args_.groups) + slices, launch);
        }
        Dims y = dims_;
        y[axis_] = number;
        args_.y = found(y, launch);
        args_.first = found({number}, launch, 1);
        args_.inverse = found({slices}, launch, 2);
        args_.counts = found({number}, launch, 3);
        args_.found = static_cast<uint32_t>(number);
        each("write", slices, launch);
        each("copy", volumeOf(y), launch);
    }

private:
    static constexpr int kThreads = 256;

    void each(const char* kernel, int64_t count, const LaunchArgs& launch) {
        args_.count = static_cast<uint32_t>(count);
        if (count > 0) start(kernel, blocksFor(count, kThreads), kThreads, &args_, launch);
    }
    //! Pairs of places change what they hold, at distances that grow and shrink.
    void sort(const LaunchArgs& launch) {
        each("number", sorted_, launch);
        for (uint64_t step = 2; step <= sorted_; step *= 2) {
            args_.step = static_cast<uint32_t>(step);
            for (args_.part = args_.step / 2; args_.part > 0; args_.part /= 2) each("exchange", sorted_, launch);
        }
    }

    UniqueArgs args_;
    Dims dims_;
    size_t axis_;
    uint32_t sorted_ = 1;
    int64_t order_ = 0, flags_ = 0, groups_ = 0, starts_ = 0, marks_ = 0, before_ = 0;
};

struct UniqueDef {
    using Op = ops::Unique;
    static constexpr const char* kName = "cuda.unique";
    static constexpr bool kMakesSizes = true;

    static std::string whyNot(const RegionView& region, const Op&) {
        const DType type = region.input(0).type;
        return elementType(type).empty() ? cat("type ", name(type)) : std::string();
    }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), codeText("running_sums"),
                   codeText("unique"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return std::make_unique<UniqueLaunch>(std::move(code), call);
    }
};

}  // namespace

const Family kUniqueFamily = opFamily<UniqueDef>();
const Family kNonZeroFamily = opFamily<NonZeroDef>();
const Family kNmsFamily = opFamily<NmsDef>();

}  // namespace opentrt::cuda
