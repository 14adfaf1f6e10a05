// SPDX-License-Identifier: Apache-2.0
// Resize: the axes that change are interpolated with tables that are made by the operator's own rules when sizes are
// known, or, where scales or the region are numbers of the device, when the host has read them. Up to three
// neighbouring axes have a kernel of their own. Tested by the conformance cases.
#include "ops/resize.h"

#include "backends/cuda/elements.h"
#include "base/error.h"
#include "ops/support/resize_taps.h"

namespace opentrt::cuda {

namespace {

constexpr size_t kAxes = 3;

//! Layout of code/resize.cu.
struct ResizeArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor inner{1}, out[kAxes] = {Divisor(1), Divisor(1), Divisor(1)};
    int32_t in[kAxes] = {1, 1, 1}, taps[kAxes] = {1, 1, 1};
    const int32_t* from[kAxes] = {};
    const float* weight[kAxes] = {};
    float outside = 0;
};

//! Layout of the kernel for any axes.
struct ResizeAnyArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Places places;
    PerDim stride;
    int32_t taps[Places::kMost] = {};
    const int32_t* from[Places::kMost] = {};
    const float* weight[Places::kMost] = {};
    float outside = 0;
};

//! Places and weights of one axis, as the kernel reads them.
struct AxisTable {
    int32_t taps = 1;
    std::vector<int32_t> from;
    std::vector<float> weight;

    explicit AxisTable(const ops::ResizeAxisMap& map) {
        std::vector<ops::ResizeTaps> all;
        for (int64_t place = 0; place < map.out; ++place) {
            all.push_back(map.keeps() ? ops::ResizeTaps{{place}, {1}} : map.taps(place));
            taps = std::max(taps, static_cast<int32_t>(all.back().places.size()));
        }
        for (const ops::ResizeTaps& at : all) {
            for (size_t t = 0; t < static_cast<size_t>(taps); ++t) {
                const bool there = t < at.places.size();
                from.push_back(at.outside ? -1 : there ? static_cast<int32_t>(at.places[t]) : 0);
                weight.push_back(there && !at.outside ? static_cast<float>(at.weights[t]) : 0);
            }
        }
    }
};

//! The tables of some axes on the device.
class AxisTables {
public:
    AxisTables(const Machine& machine, const std::vector<AxisTable>& axes) {
        std::vector<int32_t> words;
        for (const AxisTable& axis : axes) {
            at_.push_back(words.size());
            words.insert(words.end(), axis.from.begin(), axis.from.end());
            at_.push_back(words.size());
            words.resize(words.size() + axis.weight.size());
            std::memcpy(words.data() + at_.back(), axis.weight.data(), axis.weight.size() * sizeof(float));
        }
        table_.emplace(machine, words.data(), static_cast<int64_t>(words.size() * sizeof(int32_t)));
    }
    const int32_t* from(size_t axis) const { return reinterpret_cast<const int32_t*>(table_->data()) + at_[2 * axis]; }
    const float* weight(size_t axis) const {
        return reinterpret_cast<const float*>(table_->data()) + at_[2 * axis + 1];
    }

private:
    std::vector<size_t> at_;
    std::optional<Table> table_;
};

struct ResizeDef {
    using Op = ops::Resize;
    static constexpr const char* kName = "cuda.resize";
    enum Input : size_t { kData, kDims, kScales, kRegion };

    static std::string whyNot(const RegionView& region, const Op& op) {
        if (op.mode != ops::InterpolationMode::Nearest) {
            const std::string type = whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
            if (!type.empty()) return type;
        }
        if (elementType(region.input(0).type).empty()) return cat("type ", name(region.input(0).type));
        return whyNotPlaces(region.output(0).shape);
    }
    static std::vector<Format> formats(const RegionView& region, const Op& op) {
        const Shape& x = region.input(0).shape;
        const bool images = x.size() >= 3 && x.size() <= 5 && keeps(region, op, 0) && keeps(region, op, 1);
        return images ? std::vector{Format::Nhwc, Format::Linear} : std::vector{Format::Linear};
    }
    static std::string source(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        // Whole numbers are put as such.
        const char* convert = isFloat(type) ? "" : "DEV void put(T& to, float x) { put(to, (i64)x); }\n";
        return cat(codeText("elements"), typeLine("T", type), convert, "#define NEAREST ",
                   op.mode == ops::InterpolationMode::Nearest ? 1 : 0, "\n", codeText("resize"));
    }

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code);

    //! Of known scales and a known region.
    static std::unique_ptr<Launch> bind(const OpCall<Op>& call, Code code) {
        const Port &x = call.in[0], &y = call.out[0];
        const std::vector<size_t> order = memoryOrder(x.format, x.dims.size());
        size_t first = order.size(), last = 0;
        for (size_t i = 0; i < order.size(); ++i) {
            const ops::ResizeAxisMap map = mapOf(call, order[i]);
            if (map.keeps()) continue;
            if (map.in == 0 && map.out != 0) {
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("dimensions ", x.dims, " cannot be resized to ", y.dims));
            }
            first = std::min(first, i);
            last = i + 1;
        }
        last = std::max(first, last);
        if (last > first + kAxes) return bindAny(call, std::move(code));
        std::vector<AxisTable> tables;
        ResizeArgs args;
        int64_t inner = 1;
        for (size_t i = last; i < order.size(); ++i) inner *= x.dims[order[i]];
        args.inner = divisor(inner);
        args.outside = static_cast<float>(call.op.extrapolation);
        const size_t empty = kAxes - (last - first);  // axes that belong to no dimension
        while (tables.size() < empty) tables.push_back(AxisTable({call.op, 1, 1, 0}));
        for (size_t i = first; i < last; ++i) {
            const size_t k = tables.size();
            tables.emplace_back(mapOf(call, order[i]));
            args.in[k] = static_cast<int32_t>(x.dims[order[i]]);
            args.out[k] = divisor(y.dims[order[i]]);
        }
        return withTables("resize", args, tables, volumeOf(y.dims), std::move(code));
    }

private:
    //! Axes that change with others between them; row-major.
    static std::unique_ptr<Launch> bindAny(const OpCall<Op>& call, Code code) {
        check(call.in[0].format == Format::Linear, "a resize of axes that are far from each other");
        std::vector<AxisTable> tables;
        ResizeAnyArgs args;
        args.places = Places(call.out[0].dims);
        args.stride = PerDim(stridesOf(call.in[0].dims));
        args.outside = static_cast<float>(call.op.extrapolation);
        for (size_t d = 0; d < call.in[0].dims.size(); ++d) tables.emplace_back(mapOf(call, d));
        return withTables("resize_any", args, tables, volumeOf(call.out[0].dims), std::move(code));
    }

    template <class Args>
    static std::unique_ptr<Launch> withTables(const char* kernel, Args args, const std::vector<AxisTable>& axes,
                                              int64_t count, Code code) {
        const auto tables = std::make_shared<AxisTables>(code->machine(), axes);
        for (size_t k = 0; k < axes.size(); ++k) {
            args.taps[k] = axes[k].taps;
            args.from[k] = tables->from(k);
            args.weight[k] = tables->weight(k);
        }
        return elementLaunch(std::move(code), kernel, args, count, [tables](Args& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.y = launch.outputs[0];
        });
    }

    static ops::ResizeAxisMap mapOf(const OpCall<Op>& call, size_t d) {
        const size_t rank = call.in[0].dims.size();
        ops::ResizeAxisMap map{call.op, call.in[0].dims[d], call.out[0].dims[d], 0};
        const bool sized = call.has(kDims) || !call.op.dims.empty();
        if (call.has(kScales))
            map.scale = call.constant(kScales)->get(static_cast<int64_t>(d));
        else if (!sized)
            map.scale = call.op.scales.at(d);
        if (call.has(kRegion)) {
            map.start = call.constant(kRegion)->get(static_cast<int64_t>(d));
            map.end = call.constant(kRegion)->get(static_cast<int64_t>(rank + d));
        }
        return map;
    }

    //! Whatever the sizes will be.
    static bool keeps(const RegionView& region, const Op& op, size_t d) {
        if (region.input(0).shape[d] != region.output(0).shape[d]) return false;
        const auto at = static_cast<int64_t>(d);
        for (const size_t i : {kScales, kRegion}) {
            if (const Fact* fact = region.anchorInput(i); fact && !fact->constant) return false;
        }
        if (const Fact* bounds = region.anchorInput(kRegion)) {
            const auto rank = static_cast<int64_t>(region.input(0).shape.size());
            if (bounds->constant->get(at) != 0 || bounds->constant->get(rank + at) != 1) return false;
        }
        if (const Fact* scales = region.anchorInput(kScales)) return scales->constant->get(at) == 1;
        return region.anchorInput(kDims) || !op.dims.empty() || op.scales.at(d) == 1;
    }
};

//! Scales or a region of the device: the host reads them, and makes tables when they are others than before.
class ToldResize final : public Launch {
public:
    ToldResize(const OpCall<ops::Resize>& call, Code code)
        : op_(call.op),
          step_(call.step),
          in_(call.in.begin(), call.in.end()),
          out_(call.out.begin(), call.out.end()),
          code_(std::move(code)) {
        step_.constants.resize(std::max(step_.constants.size(), in_.size()));
        for (const size_t i : toldInputs(call)) {
            told_.push_back(i);
            step_.constants[i] = Tensor(in_[i].type, in_[i].dims);
        }
    }
    //! Inputs that have these numbers.
    static std::vector<size_t> toldInputs(const OpCall<ops::Resize>& call) {
        std::vector<size_t> inputs;
        for (const size_t i : {ResizeDef::kScales, ResizeDef::kRegion}) {
            if (call.has(i) && !call.constant(i)) inputs.push_back(i);
        }
        return inputs;
    }
    bool isReplayable() const override { return false; }
    void run(const LaunchArgs& launch) override {
        bool isOther = !launch_;
        for (const size_t i : told_) {
            Tensor numbers(in_[i].type, in_[i].dims);
            code_->machine().download(numbers.mutableData(), launch.inputs[i], numbers.bytes(), launch.stream);
            const Tensor& before = step_.constants[i];
            isOther = isOther || std::memcmp(numbers.data(), before.data(), static_cast<size_t>(numbers.bytes())) != 0;
            step_.constants[i] = std::move(numbers);
        }
        if (isOther) {
            const auto scope = code_->machine().useMemory(memory_);
            launch_ = ResizeDef::bind({op_, step_, in_, out_}, code_);
        }
        launch_->run(launch);
    }

private:
    const ops::Resize op_;
    OpStep step_;
    std::vector<Port> in_, out_;
    Code code_;
    std::vector<size_t> told_;
    std::shared_ptr<MemorySource> memory_ = memoryInUse();
    std::unique_ptr<Launch> launch_;
};

std::unique_ptr<Launch> ResizeDef::prepare(const OpCall<Op>& call, Code code) {
    if (ToldResize::toldInputs(call).empty()) return bind(call, std::move(code));
    return std::make_unique<ToldResize>(call, std::move(code));
}

}  // namespace

const Family kResizeFamily = opFamily<ResizeDef>();

}  // namespace opentrt::cuda
