// SPDX-License-Identifier: Apache-2.0
// What reads images at places that the data tell, and normalisation over neighbouring channels. Coordinates are
// computed in double, rounded as on the host. Tested by the conformance cases.
#include "backends/cuda/elements.h"
#include "ops/grid_sample.h"
#include "ops/lrn.h"
#include "ops/roi_align.h"
#include "ops/roi_pool.h"

namespace opentrt::cuda {

namespace {

std::string whyNotReal(const RegionView& region) {
    return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
}

//! Layout of code/grid_sample.cu; SPATIAL sizes.
template <size_t kSpatial>
struct GridArgs {
    const void *x = nullptr, *grid = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor points{1}, channels{1};
    int32_t size[kSpatial] = {};
    int64_t plane = 0;
};

struct GridSampleDef {
    using Op = ops::GridSample;
    static constexpr const char* kName = "cuda.grid_sample";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotReal(region); }
    static std::string source(const RegionView& region, const Op& op) {
        const int mode = op.mode == ops::InterpolationMode::Nearest  ? 0
                         : op.mode == ops::InterpolationMode::Linear ? 1
                                                                     : 2;
        const int outside = op.sampleMode == ops::SampleMode::Clamp     ? 1
                            : op.sampleMode == ops::SampleMode::Reflect ? 2
                                                                        : 0;
        return cat(codeText("elements"), typeLine("T", region.input(0).type), "#define SPATIAL ",
                   region.input(0).shape.size() - 2, "\n#define MODE ", mode, "\n#define ALIGN ",
                   op.alignCorners ? 1 : 0, "\n#define OUTSIDE ", outside, "\n", codeText("grid_sample"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return call.in[0].dims.size() == 5 ? launchOf<3>(call, std::move(code)) : launchOf<2>(call, std::move(code));
    }

private:
    template <size_t kSpatial>
    static std::unique_ptr<Launch> launchOf(const OpCall<Op>& call, Code code) {
        const Dims &x = call.in[0].dims, &y = call.out[0].dims;
        GridArgs<kSpatial> args;
        args.points = divisor(product(y, 2));
        args.channels = divisor(y[1]);
        args.plane = product(x, 2);
        for (size_t k = 0; k < kSpatial; ++k) args.size[k] = static_cast<int32_t>(x[k + 2]);
        return elementLaunch(std::move(code), "grid_sample", args, volumeOf(y),
                             [](GridArgs<kSpatial>& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[0];
                                 a.grid = launch.inputs[1];
                                 a.y = launch.outputs[0];
                             });
    }
};

//! Layout of code/roi.cu.
struct RoiArgs {
    const void *x = nullptr, *boxes = nullptr, *batches = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor width{1}, height{1}, channels{1};
    int32_t images = 0, inHeight = 0, inWidth = 0, samples = 0;
    double scale = 1;
};

template <class Op>
std::unique_ptr<Launch> roiLaunch(const OpCall<Op>& call, const char* kernel, int64_t samples, Code code) {
    const Dims &x = call.in[0].dims, &y = call.out[0].dims;
    RoiArgs args;
    args.width = divisor(y[3]);
    args.height = divisor(y[2]);
    args.channels = divisor(y[1]);
    args.images = static_cast<int32_t>(x[0]);
    args.inHeight = static_cast<int32_t>(x[2]);
    args.inWidth = static_cast<int32_t>(x[3]);
    args.samples = static_cast<int32_t>(samples);
    args.scale = call.op.scale;
    return elementLaunch(std::move(code), kernel, args, volumeOf(y),
                         [batches = call.in.size() > 2](RoiArgs& a, const LaunchArgs& launch) {
                             a.x = launch.inputs[0];
                             a.boxes = launch.inputs[1];
                             if (batches) a.batches = launch.inputs[2];
                             a.y = launch.outputs[0];
                         });
}

struct RoiAlignDef {
    using Op = ops::RoiAlign;
    static constexpr const char* kName = "cuda.roi_align";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotReal(region); }
    static std::string source(const RegionView& region, const Op& op) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type),
                   typeLine("I", region.anchorInput(2)->type), "#define HALF ", op.halfPixel ? 1 : 0, "\n#define MAX ",
                   op.max ? 1 : 0, "\n", codeText("roi"), codeText("roi_align"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return roiLaunch(call, "roi_align", call.op.samples, std::move(code));
    }
};

struct RoiPoolDef {
    using Op = ops::RoiPool;
    static constexpr const char* kName = "cuda.roi_pool";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotReal(region); }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), codeText("roi"), codeText("roi_pool"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        return roiLaunch(call, "roi_pool", 0, std::move(code));
    }
};

//! Layout of code/lrn.cu.
struct LrnArgs {
    const void* x = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor channels{1}, inner{1};
    int64_t step = 0;
    int32_t before = 0, behind = 0;
    float k = 0, alpha = 0, beta = 0;
};

struct LrnDef {
    using Op = ops::Lrn;
    static constexpr const char* kName = "cuda.lrn";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotReal(region); }
    static std::vector<Format> formats(const RegionView& region, const Op&) {
        return region.input(0).shape.size() > 5 ? std::vector{Format::Linear}
                                                : std::vector{Format::Nhwc, Format::Linear};
    }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), typeLine("T", region.input(0).type), codeText("lrn"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[0].dims;
        LrnArgs args;
        args.step = stridesIn(call.in[0].format, x)[1];
        args.channels = divisor(x[1]);
        args.inner = divisor(args.step);
        args.before = static_cast<int32_t>((call.op.window - 1) / 2);
        args.behind = static_cast<int32_t>(call.op.window / 2);
        args.k = static_cast<float>(call.op.k);
        args.alpha = static_cast<float>(call.op.alpha / static_cast<double>(call.op.window));
        args.beta = static_cast<float>(call.op.beta);
        return elementLaunch(std::move(code), "lrn", args, volumeOf(x), [](LrnArgs& a, const LaunchArgs& launch) {
            a.x = launch.inputs[0];
            a.y = launch.outputs[0];
        });
    }
};

}  // namespace

const Family kGridSampleFamily = opFamily<GridSampleDef>();
const Family kRoiAlignFamily = opFamily<RoiAlignDef>();
const Family kRoiPoolFamily = opFamily<RoiPoolDef>();
const Family kLrnFamily = opFamily<LrnDef>();

}  // namespace opentrt::cuda
