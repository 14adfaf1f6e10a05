// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/kernels/reformat.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/cpu/kernels/copy.h"

namespace opentrt::cpu::kernels {

namespace {

//! Strides of (batch, channel block, channel in block, pixel) in elements.
struct Strides {
    int64_t batch, block, channel, pixel;
};

Strides stridesIn(ImageLayout layout, int64_t channels, int64_t spatial, int64_t block) {
    switch (layout) {
        case ImageLayout::Nchw:
            return {channels * spatial, block * spatial, spatial, 1};
        case ImageLayout::Nhwc:
            return {channels * spatial, block, 1, channels};
        default:
            break;
    }
    const int64_t own = layout == ImageLayout::Nchw8c ? 8 : 16;
    const int64_t padded = (channels + own - 1) / own * own;
    // A block of the common size lies inside one of this layout's blocks.
    return {padded * spatial, own == block ? own * spatial : 0, 1, own};
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
        case ImageLayout::Nchw16c:
            return 16;
    }
    return 1;
}

int64_t imageElements(ImageLayout layout, int64_t batch, int64_t channels, int64_t spatial) {
    const int64_t block = layout == ImageLayout::Nchw8c ? 8 : layout == ImageLayout::Nchw16c ? 16 : 1;
    return batch * ((channels + block - 1) / block * block) * spatial;
}

void reformat(int64_t elementSize, int64_t batch, int64_t channels, int64_t spatial, ImageLayout from, const void* src,
              ImageLayout to, void* dst) {
    const auto blockOf = [](ImageLayout l) {
        return l == ImageLayout::Nchw8c ? 8 : l == ImageLayout::Nchw16c ? 16 : 0;
    };
    const int64_t a = blockOf(from), b = blockOf(to);
    if (a && b && a != b) {  // between block sizes by way of NCHW; rare
        std::vector<char> plain(static_cast<size_t>(batch * channels * spatial * elementSize));
        reformat(elementSize, batch, channels, spatial, from, src, ImageLayout::Nchw, plain.data());
        return reformat(elementSize, batch, channels, spatial, ImageLayout::Nchw, plain.data(), to, dst);
    }
    const int64_t block = std::max<int64_t>({a, b, 1}) == 1 ? channels : std::max(a, b);
    if (channels == 0 || batch == 0 || spatial == 0) return;
    const Strides s = stridesIn(from, channels, spatial, block), d = stridesIn(to, channels, spatial, block);
    const int64_t whole = channels / block, rest = channels % block;
    if (b && rest) std::memset(dst, 0, static_cast<size_t>(imageElements(to, batch, channels, spatial) * elementSize));
    const auto copy = [&](int64_t blocks, int64_t count, int64_t first) {
        if (blocks == 0 || count == 0) return;
        const int64_t dims[] = {batch, blocks, count, spatial};
        const int64_t srcStrides[] = {s.batch, s.block, s.channel, s.pixel};
        const int64_t dstStrides[] = {d.batch, d.block, d.channel, d.pixel};
        CopyPlan(elementSize, dims, srcStrides, dstStrides)
            .run(static_cast<const char*>(src) + first * s.block * elementSize,
                 static_cast<char*>(dst) + first * d.block * elementSize);
    };
    copy(whole, block, 0);
    copy(1, rest, whole);
}

}  // namespace opentrt::cpu::kernels
