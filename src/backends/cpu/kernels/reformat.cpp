// SPDX-License-Identifier: Apache-2.0
// A change of layout is, per image and block of channels, either a transposition between channels and pixels or a copy
// of short runs of channels.
#include "backends/cpu/kernels/reformat.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/kernels/transpose.h"

namespace opentrt::cpu::kernels {
namespace {

//! Channel c of pixel p is at c / block * blockStride + p * pixel + c % block * channel.
struct Addressing {
    int64_t block, blockStride, pixel, channel, image;
    Addressing(ImageLayout layout, int64_t channels, int64_t spatial) {
        block = channelBlock(layout, channels);
        const int64_t blocks = ceilDiv(channels, block);
        switch (layout) {
            case ImageLayout::Nchw:
                blockStride = spatial, pixel = 1, channel = spatial;
                break;
            case ImageLayout::Nhwc:
                blockStride = 0, pixel = channels, channel = 1;
                break;
            default:
                blockStride = spatial * block, pixel = block, channel = 1;
        }
        image = blocks * block * spatial;
    }
    int64_t at(int64_t c, int64_t p) const { return c / block * blockStride + p * pixel + c % block * channel; }
};

bool isBlocked(ImageLayout layout) {
    return layout == ImageLayout::Nchw8c || layout == ImageLayout::Nchw16c;
}

//! Planes of fewer channels than a block, of 4 bytes: together with planes of zeros they transpose in whole blocks.
void padPlanes(int64_t channels, int64_t pixels, const char* src, int64_t plane, char* dst, int64_t block) {
    constexpr int64_t kPixels = 128;
    alignas(64) float planes[16][kPixels] = {};
    for (int64_t p = 0; p < pixels; p += kPixels) {
        const int64_t some = std::min(kPixels, pixels - p);
        for (int64_t c = 0; c < channels; ++c)
            std::memcpy(planes[c], src + (c * plane + p) * 4, static_cast<size_t>(some) * 4);
        transpose2d(4, block, some, planes, kPixels, dst + p * block * 4, block);
    }
}

void copyAll(int64_t bytes, const void* src, void* dst) {
    constexpr int64_t kPart = 64 << 10;
    parallelTasks(ceilDiv(bytes, kPart), kPart / 8, [&](int64_t part) {
        std::memcpy(static_cast<char*>(dst) + part * kPart, static_cast<const char*>(src) + part * kPart,
                    static_cast<size_t>(std::min(kPart, bytes - part * kPart)));
    });
}

}  // namespace

int64_t channelBlock(ImageLayout layout, int64_t channels) {
    switch (layout) {
        case ImageLayout::Nchw:
            return 1;
        case ImageLayout::Nhwc:
            return channels;
        case ImageLayout::Nchw8c:
            return 8;
        default:
            return 16;
    }
}

int64_t imageElements(ImageLayout layout, int64_t batch, int64_t channels, int64_t spatial) {
    const int64_t block = channelBlock(layout, channels);
    return batch * ceilDiv(channels, block) * block * spatial;
}

void reformat(int64_t elementSize, int64_t batch, int64_t channels, int64_t spatial, ImageLayout from, const void* src,
              ImageLayout to, void* dst) {
    if (batch * channels * spatial == 0) return;
    if (from == to) return copyAll(imageElements(from, batch, channels, spatial) * elementSize, src, dst);
    const Addressing in(from, channels, spatial), out(to, channels, spatial);
    const bool fromPlanes = in.pixel == 1 && in.channel != 1, toPlanes = out.pixel == 1 && out.channel != 1;
    // Channels handled together: a block of dst, or of src where dst has none.
    const int64_t group = channelBlock(isBlocked(to) ? to : isBlocked(from) ? from : ImageLayout::Nchw16c, channels);
    constexpr int64_t kPixels = 1024;
    const int64_t groups = ceilDiv(channels, group), strips = ceilDiv(spatial, kPixels);
    parallelTasks(batch * groups * strips, std::min(spatial, kPixels) * group / 4, [&](int64_t task) {
        const int64_t n = task / strips / groups, c = task / strips % groups * group, p = task % strips * kPixels;
        const int64_t pixels = std::min(kPixels, spatial - p), some = std::min(group, channels - c);
        const char* a = static_cast<const char*>(src) + (n * in.image + in.at(c, p)) * elementSize;
        char* b = static_cast<char*>(dst) + (n * out.image + out.at(c, p)) * elementSize;
        if (some < group && isBlocked(to)) {
            if (fromPlanes && elementSize == 4) return padPlanes(some, pixels, a, in.channel, b, group);
            std::memset(b, 0, static_cast<size_t>(pixels * out.pixel * elementSize));
        }
        if (fromPlanes && !toPlanes) {
            transpose2d(elementSize, some, pixels, a, in.channel, b, out.pixel);
        } else if (toPlanes && !fromPlanes) {
            transpose2d(elementSize, pixels, some, a, in.pixel, b, out.channel);
        } else {
            // A block of src may be shorter than one of dst.
            const int64_t run = isBlocked(from) ? std::min(some, in.block) : some;
            for (int64_t k = 0; k < some; k += run)
                copyRuns(std::min(run, some - k) * elementSize, pixels,
                         a + (in.at(c + k, p) - in.at(c, p)) * elementSize, in.pixel * elementSize, b + k * elementSize,
                         out.pixel * elementSize);
        }
    });
}

}  // namespace opentrt::cpu::kernels
