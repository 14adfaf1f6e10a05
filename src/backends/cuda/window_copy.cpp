// SPDX-License-Identifier: Apache-2.0
// Slices with rules for places outside of the data or with a start that only the run knows, and all modes of padding.
// Tested by the conformance cases.
#include "backends/cuda/elements.h"
#include "base/error.h"
#include "ops/padding.h"
#include "ops/slice.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/window_copy.cu.
template <class W>
struct WindowArgs {
    const void *x = nullptr, *fill = nullptr;
    void* y = nullptr;
    const void *startFrom = nullptr, *strideFrom = nullptr;
    uint32_t count = 0;
    Places places;
    PerDim size, step, start, stride;
    W value{};
};

struct Window {
    Dims start, stride;
    uint64_t value = 0;                              //!< the bits of an element
    int fill = -1, startFrom = -1, strideFrom = -1;  //!< inputs
};

template <class W>
std::unique_ptr<Launch> launchOf(const Port& x, const Port& y, const Window& window, Code code) {
    WindowArgs<W> args;
    args.places = Places(y.dims);
    args.size = PerDim(x.dims);
    args.step = PerDim(stridesOf(x.dims));
    args.start = PerDim(window.start);
    args.stride = PerDim(window.stride);
    args.value = static_cast<W>(window.value);
    return elementLaunch(std::move(code), "window_copy", args, volumeOf(y.dims),
                         [window](WindowArgs<W>& a, const LaunchArgs& launch) {
                             const auto input = [&](int i) { return i < 0 ? nullptr : launch.inputs[i]; };
                             a.x = launch.inputs[0];
                             a.y = launch.outputs[0];
                             a.fill = input(window.fill);
                             a.startFrom = input(window.startFrom);
                             a.strideFrom = input(window.strideFrom);
                         });
}

std::unique_ptr<Launch> windowLaunch(const Port& x, const Port& y, const Window& window, Code code) {
    switch (bitsOf(x.type)) {
        case 8:
            return launchOf<uint8_t>(x, y, window, std::move(code));
        case 16:
            return launchOf<uint16_t>(x, y, window, std::move(code));
        case 32:
            return launchOf<uint32_t>(x, y, window, std::move(code));
        default:
            return launchOf<uint64_t>(x, y, window, std::move(code));
    }
}

std::string windowSource(DType type, DType places, int mode) {
    return cat(codeText("elements"), wordLine(type), typeLine("M", places), "#define MODE ", mode, "\n",
               codeText("window_copy"));
}

std::string whyNotWindow(const RegionView& region) {
    const std::string bytes = whyNotBytes(region.input(0));
    return bytes.empty() ? whyNotPlaces(region.output(0).shape) : bytes;
}

struct SliceDef {
    using Op = ops::Slice;
    static constexpr const char* kName = "cuda.slice";
    enum Input { kData, kStart, kSize, kStride, kFill, kAxes };

    static std::string whyNot(const RegionView& region, const Op& op) {
        const bool known = isKnown(region, kStart) && isKnown(region, kStride);
        if (op.mode == ops::SampleMode::StrictBounds && known) return std::string(kPlainCopy);
        if (!known && (!op.axes.empty() || region.anchorInput(kAxes)))
            return "a start or stride along some axes that only the run knows";
        if (region.anchorInput(kStart) && region.anchorInput(kStride) &&
            region.anchorInput(kStart)->type != region.anchorInput(kStride)->type)
            return "a start and a stride of different types";
        return whyNotWindow(region);
    }
    static std::string source(const RegionView& region, const Op& op) {
        const Fact *start = region.anchorInput(kStart), *stride = region.anchorInput(kStride);
        const DType places = start ? start->type : stride ? stride->type : DType::I64;
        const int mode = op.mode == ops::SampleMode::Clamp     ? 1
                         : op.mode == ops::SampleMode::Wrap    ? 2
                         : op.mode == ops::SampleMode::Reflect ? 3
                                                               : 0;
        return windowSource(region.input(0).type, places, mode);
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const size_t rank = call.in[0].dims.size();
        Window window{Dims(rank, 0), Dims(rank, 1)};
        const Tensor* axes = call.constant(kAxes);
        const Dims along = axes ? axes->toInts() : call.op.axes;
        const auto set = [&](Dims& to, const Dims& attribute, size_t input, int& from) {
            if (call.has(input) && !call.constant(input)) {
                from = static_cast<int>(input);
                return;
            }
            const Dims numbers = call.has(input) ? call.constant(input)->toInts() : attribute;
            for (size_t i = 0; i < numbers.size(); ++i) to[along.empty() ? i : axisOf(along[i], rank)] = numbers[i];
        };
        set(window.start, call.op.start, kStart, window.startFrom);
        set(window.stride, call.op.stride, kStride, window.strideFrom);
        if (call.has(kFill)) window.fill = kFill;
        return windowLaunch(call.in[0], call.out[0], window, std::move(code));
    }

private:
    static bool isKnown(const RegionView& region, size_t input) {
        const Fact* fact = region.anchorInput(input);
        return !fact || fact->constant;
    }
};

struct PaddingDef {
    using Op = ops::Padding;
    static constexpr const char* kName = "cuda.padding";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotWindow(region); }
    static std::string source(const RegionView& region, const Op& op) {
        const int mode = op.mode == ops::PadMode::Edge      ? 1
                         : op.mode == ops::PadMode::Wrap    ? 2
                         : op.mode == ops::PadMode::Reflect ? 3
                                                            : 0;
        return windowSource(region.input(0).type, DType::I64, mode);
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const size_t rank = call.in[0].dims.size();
        Window window{Dims(rank, 0), Dims(rank, 1)};
        for (size_t i = 0; i < call.op.pre.size(); ++i) window.start[rank - call.op.pre.size() + i] = -call.op.pre[i];
        const Tensor value = Tensor::scalar(call.in[0].type, call.op.value);
        std::memcpy(&window.value, value.data(), static_cast<size_t>(bytesOf(call.in[0].type)));
        return windowLaunch(call.in[0], call.out[0], window, std::move(code));
    }
};

}  // namespace

const Family kSliceFamily = opFamily<SliceDef>();
const Family kPaddingFamily = opFamily<PaddingDef>();

}  // namespace opentrt::cuda
