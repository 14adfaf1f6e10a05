// SPDX-License-Identifier: Apache-2.0
// Resize: the axes that change, up to three neighbours, are interpolated with tables that are made by the operator's
// own rules when sizes are known. Tested by the conformance cases.
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

struct ResizeDef {
    using Op = ops::Resize;
    static constexpr const char* kName = "cuda.resize";
    enum Input { kData, kDims, kScales, kRegion };

    static std::string whyNot(const RegionView& region, const Op& op) {
        for (const size_t i : {kScales, kRegion}) {
            const Fact* fact = region.anchorInput(i);
            if (fact && !fact->constant) return "scales or a region that only the run knows";
        }
        const Shape& x = region.input(0).shape;
        size_t first = x.size(), last = 0;
        for (size_t d = 0; d < x.size(); ++d) {
            if (keeps(region, op, d)) continue;
            first = std::min(first, d);
            last = d;
        }
        if (last >= first + kAxes) return "axes that are far from each other";
        if (op.mode != ops::InterpolationMode::Nearest)
            return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
        return elementType(region.input(0).type).empty() ? cat("type ", name(region.input(0).type)) : std::string();
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

    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Port &x = call.in[0], &y = call.out[0];
        const std::vector<size_t> order = memoryOrder(x.format, x.dims.size());
        std::vector<AxisTable> tables;
        ResizeArgs args;
        size_t first = order.size(), last = 0;
        for (size_t i = 0; i < order.size(); ++i) {
            if (mapOf(call, order[i]).keeps()) continue;
            first = std::min(first, i);
            last = i + 1;
        }
        check(last <= first + kAxes || first == order.size(), "a resize of axes that are far from each other");
        last = std::max(first, last);
        int64_t inner = 1;
        for (size_t i = last; i < order.size(); ++i) inner *= x.dims[order[i]];
        args.inner = divisor(inner);
        args.outside = static_cast<float>(call.op.extrapolation);
        for (size_t i = first; i < last; ++i) {
            const ops::ResizeAxisMap map = mapOf(call, order[i]);
            if (map.in == 0 && map.out != 0) {
                throw Error(ErrorCode::InvalidArgument, "",
                            cat("dimensions ", x.dims, " cannot be resized to ", y.dims));
            }
            tables.emplace_back(map);
        }
        while (tables.size() < kAxes) tables.insert(tables.begin(), AxisTable({call.op, 1, 1, 0}));
        return withTables(call, args, tables, kAxes - (last - first), order, first, std::move(code));
    }

private:
    //! `args` with what the tables hold; the first `empty` of them belong to no dimension.
    static std::unique_ptr<Launch> withTables(const OpCall<Op>& call, ResizeArgs args,
                                              const std::vector<AxisTable>& tables, size_t empty,
                                              const std::vector<size_t>& order, size_t first, Code code) {
        std::vector<int32_t> words;
        size_t at[kAxes][2];
        for (size_t k = 0; k < kAxes; ++k) {
            args.taps[k] = tables[k].taps;
            at[k][0] = words.size();
            words.insert(words.end(), tables[k].from.begin(), tables[k].from.end());
            at[k][1] = words.size();
            words.resize(words.size() + tables[k].weight.size());
            std::memcpy(words.data() + at[k][1], tables[k].weight.data(), tables[k].weight.size() * sizeof(float));
            if (k < empty) continue;
            const size_t d = order[first + k - empty];
            args.in[k] = static_cast<int32_t>(call.in[0].dims[d]);
            args.out[k] = divisor(call.out[0].dims[d]);
        }
        auto table = std::make_shared<Table>(code->machine(), words.data(), static_cast<int64_t>(words.size() * 4));
        for (size_t k = 0; k < kAxes; ++k) {
            args.from[k] = reinterpret_cast<const int32_t*>(table->data()) + at[k][0];
            args.weight[k] = reinterpret_cast<const float*>(table->data()) + at[k][1];
        }
        return elementLaunch(std::move(code), "resize", args, volumeOf(call.out[0].dims),
                             [table](ResizeArgs& a, const LaunchArgs& launch) {
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
        if (const Fact* bounds = region.anchorInput(kRegion)) {
            const auto rank = static_cast<int64_t>(region.input(0).shape.size());
            if (bounds->constant->get(at) != 0 || bounds->constant->get(rank + at) != 1) return false;
        }
        if (const Fact* scales = region.anchorInput(kScales)) return scales->constant->get(at) == 1;
        return region.anchorInput(kDims) || !op.dims.empty() || op.scales.at(d) == 1;
    }
};

}  // namespace

const Family kResizeFamily = opFamily<ResizeDef>();

}  // namespace opentrt::cuda
