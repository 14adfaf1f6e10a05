// SPDX-License-Identifier: Apache-2.0
// What is known of a chain of convolutions in one kernel (code/chain.cu): its tiles, what of it is in the plan, and
// where things lie in the shared memory of a block.
#pragma once
#include <algorithm>

#include "backends/cuda/copied.h"
#include "base/error.h"

namespace opentrt::cuda::chains {

inline constexpr size_t kMostLinks = 3;
inline constexpr int64_t kFront = 1024;     // bytes of shared memory for barriers
inline constexpr int64_t kChannels = 64;    // of a group of warps at once
inline constexpr int64_t kMostStages = 16;  // of the ring of weights

struct Tile {
    int wide, down, across;
    //! Of a product, of which those of whole numbers have fewer sizes.
    int64_t columns(DType type) const { return roundUp(wide, type == DType::I8 && wide > 32 ? 16 : 8); }
    //! Places of a line of a result, whose matrices are stored four at once.
    int64_t places(DType type) const { return roundUp(columns(type), 32 / bytesOf(type)); }
    int threads() const { return down * across * 128 + 64; }
    int64_t stageBytes() const { return across * kChannels * kStepBytes; }
    std::string name() const { return cat(wide, "x", down, "x", across); }
    //! Blocks for images of these sizes.
    int64_t blocks(int64_t images, int64_t h, int64_t w) const {
        return images * ((h + down - 1) / down) * ((w + wide - 1) / wide);
    }
};
inline constexpr Tile kTiles[] = {{56, 1, 1}, {56, 2, 1}, {28, 1, 2}, {14, 1, 2}};

struct ChainParams final : HasFields {
    DType type = DType::F16;
    int64_t tile = 0, stages = 0, cluster = 1;
    int64_t window = 1, stride = 1;       //!< of the first link, along a side
    std::vector<int64_t> channels;        //!< of the image, then of what each link makes
    std::vector<int64_t> counts, extras;  //!< of each link: operands behind the product; kinds of all of them
    std::vector<int64_t> stores;          //!< links whose results are outputs
    //! Of a convolution of single pixels beside the links: channels of its image, or 0 where there is none; step; the
    //! link that reads its result. Its operands come last.
    int64_t besideChannels = 0, besideStride = 1, besideOf = 0;
    size_t links() const { return channels.size() - 1; }
    bool hasBeside() const { return besideChannels > 0; }
    void fields(FieldVisitor& v) override {
        v.field("type", type);
        v.field("tile", tile);
        v.field("stages", stages);
        v.field("cluster", cluster);
        v.field("window", window);
        v.field("stride", stride);
        v.field("channels", channels);
        v.field("counts", counts);
        v.field("extras", extras);
        v.field("stores", stores);
        v.field("besideChannels", besideChannels);
        v.field("besideStride", besideStride);
        v.field("besideOf", besideOf);
    }
    int64_t pad() const { return window / 2; }
    //! More lines, and places of a line, than the result has, where the window's pixels are brought.
    int64_t halo() const { return (window - 1) / stride; }
    int64_t taps(size_t link) const { return link == 0 ? window * window : 1; }
    //! Bytes that a pixel of so many channels has, and those of it that lie side by side.
    int64_t bytesOfPixel(int64_t count) const { return count * bytesOf(type); }
    int64_t bytesOfRow(int64_t count) const {
        return bytesOfPixel(count) % kStepBytes == 0 ? kStepBytes : kStepBytes / 2;
    }
    //! Those of the link's operand, or of what the link in front makes.
    int64_t pixelBytes(size_t link) const { return bytesOfPixel(channels[link]); }
    int64_t rowBytes(size_t link) const { return bytesOfRow(channels[link]); }
    //! Channels that a link makes, or, behind the last one, the convolution beside them; and numbers of which it sums
    //! each.
    int64_t made(size_t link) const { return channels[link == links() ? besideOf + 1 : link + 1]; }
    int64_t summed(size_t link) const { return link == links() ? besideChannels : taps(link) * channels[link]; }
    int64_t weightBytes(size_t link) const { return made(link) * paddedK(summed(link), type) * bytesOf(type); }
    int64_t weightBytes() const {
        int64_t all = 0;
        for (size_t l = 0; l < links() + (hasBeside() ? 1 : 0); ++l) all += weightBytes(l);
        return all;
    }
    bool isStored(size_t link) const {
        return std::count(stores.begin(), stores.end(), static_cast<int64_t>(link)) > 0;
    }
};

//! Where things are in the shared memory of a block: behind the ring of weights pixels of the window, then those of the
//! convolution beside the links, of which `besideBytes` have some channels, then results.
struct Room {
    int64_t lines = 0, planeBytes = 0, beside = 0, besideBytes = 0, total = 0;
    std::vector<int64_t> results;
};
//! With so many stages as `p` says.
inline Room roomFor(const Tile& tile, const ChainParams& p) {
    Room room;
    const int64_t rows = (tile.wide + p.halo()) * (tile.down + p.halo()) + tile.columns(p.type) - tile.wide;
    room.planeBytes = roundUp(rows * p.rowBytes(0), kFront);
    room.lines = kFront + p.stages * tile.stageBytes();
    room.beside = room.lines + p.pixelBytes(0) / p.rowBytes(0) * p.stride * p.stride * room.planeBytes;
    const int64_t row = p.bytesOfRow(p.besideChannels);
    room.besideBytes = roundUp((tile.wide * (tile.down - 1) + tile.columns(p.type)) * row, kFront);
    room.total = room.beside + p.bytesOfPixel(p.besideChannels) / row * room.besideBytes;
    for (size_t l = 0; l < p.links(); ++l) {
        room.results.push_back(room.total);
        room.total += tile.down * tile.places(p.type) * p.pixelBytes(l + 1);
    }
    return room;
}

//! Where a link's pixels are: how many bytes of one lie side by side, and how far the next ones and the next line are.
struct Source {
    int64_t row, chunks, at, chunk, line;
};
inline Source sourceOf(const ChainParams& p, const Tile& tile, const Room& room, size_t l) {
    const int64_t places = tile.places(p.type);
    if (l == p.links()) {
        const int64_t row = p.bytesOfRow(p.besideChannels);
        return {row, p.bytesOfPixel(p.besideChannels) / row, room.beside, room.besideBytes, tile.wide * row};
    }
    const int64_t row = p.rowBytes(l), chunks = p.pixelBytes(l) / row;
    if (l > 0) return {row, chunks, room.results[l - 1], tile.down * places * row, places * row};
    return {row, chunks, room.lines, p.stride * p.stride * room.planeBytes, (tile.wide + p.halo()) * row};
}

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights);

}  // namespace opentrt::cuda::chains
