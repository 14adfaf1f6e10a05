// SPDX-License-Identifier: Apache-2.0
// How kernels of chains are launched (chain.h).
#include <algorithm>

#include "backends/cuda/chain.h"
#include "base/error.h"

namespace opentrt::cuda::chains {

namespace {

constexpr int64_t kMostChannels = 1 << 16;  // that plans may ask for

//! Layouts of code/chain.cu.
struct LinkArgs {
    void* y = nullptr;
    const void* extra[kMostExtras + 1] = {};
};
constexpr size_t kWeights = 1, kLikes = kWeights + kMostLinks, kResults = kLikes + kMostLinks;
struct alignas(64) ChainArgs {
    TensorMap maps[kResults + kMostLinks];  // of the image; of weights, operands like results and results, of each link
    LinkArgs links[kMostLinks];
    Divisor along{1}, tiles{1};
    TensorMap besideImage, besideWeights;  // of the convolution beside the links
    LinkArgs beside;
};

//! Parts of lines of an image, so many bytes of each pixel; with steps, every other pixel of every other line.
BoxMap mapOfPixels(DType type, const Dims& image, int64_t rowBytes, int64_t wide, int64_t lines, int64_t stride = 1) {
    BoxMap map;
    const auto bytes = static_cast<uint64_t>(bytesOf(type)), c = static_cast<uint64_t>(image[1]),
               h = static_cast<uint64_t>(image[2]), w = static_cast<uint64_t>(image[3]);
    map.type = type;
    map.rank = 4;
    map.dims = {c, w, h, static_cast<uint64_t>(image[0])};
    map.strides = {c * bytes, c * bytes * w, c * bytes * w * h};
    const auto step = static_cast<uint32_t>(stride);
    map.box = {static_cast<uint32_t>(rowBytes / bytesOf(type)), static_cast<uint32_t>(wide) * step,
               static_cast<uint32_t>(lines) * step, 1};
    map.steps = {1, step, step, 1};
    return map;
}

//! What a launch puts into its arguments when addresses change.
struct Mapped {
    size_t at;  //!< among the maps; 0: that of an image
    bool isOutput;
    size_t port;
    MappedOperand operand;
};

//! Which operand behind a product an input is.
struct Operand {
    size_t link, at;
    int64_t kind;
};
//! Of all inputs behind the images, in order.
std::vector<Operand> operandsOf(const ChainParams& p) {
    std::vector<Operand> operands;
    size_t extra = 0;
    for (size_t l = 0; l < p.counts.size(); ++l) {
        for (int64_t e = 0; e < p.counts[l]; ++e) {
            const int64_t kind = p.extras[extra++];
            if (kind != kMadeBeside) operands.push_back({l, static_cast<size_t>(e), kind});
        }
    }
    return operands;
}

//! Checks a link's operand, and adds the map of one that lies like its result `y`.
void addOperand(const ChainParams& p, const Tile& tile, const Operand& operand, size_t input, const Port& in,
                const Dims& y, std::vector<Mapped>& mapped) {
    const int64_t count = volumeOf(in.dims);
    const bool isLike = operand.kind == kLikeResult && operand.link < p.links();
    fit(operand.kind == kNumber     ? count == 1
        : operand.kind == kByColumn ? count == y[1]
                                    : isLike && in.dims == y,
        "an operand of a chain");
    if (!isLike) return;
    fit(bytesOf(in.type) == bytesOf(p.type) && in.format == Format::Nhwc, "an operand of a chain");
    mapped.push_back({kLikes + operand.link, false, input,
                      MappedOperand(mapOfPixels(p.type, y, p.rowBytes(operand.link + 1), tile.wide, 1))});
}

void checkParams(const ChainParams& p) {
    const auto isWhole = [](int64_t channels) {
        return channels > 0 && channels <= kMostChannels && channels % kChannels == 0;
    };
    const auto isPixel = [&](int64_t channels) {
        return channels > 0 && channels <= kMostChannels && p.bytesOfPixel(channels) % (kStepBytes / 2) == 0;
    };
    int64_t operands = 0;
    for (const int64_t count : p.counts) {
        check(count >= 0 && count <= static_cast<int64_t>(kMostExtras), "the operands of a chain");
        operands += count;
    }
    check(!p.channels.empty() && p.counts.size() == p.links() + (p.hasBeside() ? 1 : 0), "the links of a chain");
    check(p.besideChannels == 0 || (isPixel(p.besideChannels) && p.besideStride >= 1 && p.besideStride <= 2 &&
                                    p.besideOf >= 0 && p.besideOf < static_cast<int64_t>(p.links())),
          "what is beside a chain");
    check(p.cluster >= 1 && p.cluster <= 2 && p.stages > 0 && p.stages <= kMostStages && p.tile >= 0 &&
              p.tile < static_cast<int64_t>(std::size(kTiles)) && (p.window == 1 || p.window == 3) && p.stride >= 1 &&
              p.stride <= (p.window == 3 ? 2 : 1) && p.links() >= 2 && p.links() <= kMostLinks &&
              std::all_of(p.channels.begin() + 1, p.channels.end(), isWhole) && isPixel(p.channels[0]) &&
              operands == static_cast<int64_t>(p.extras.size()) &&
              (p.type == DType::I8 || p.type == DType::F16 || p.type == DType::BF16),
          "the parameters of a chain");
}

}  // namespace

std::shared_ptr<const Kernel> load(const Site& site, const std::string& params, const std::vector<Tensor>& weights) {
    auto p = std::make_shared<ChainParams>();
    parseFields(*p, params);
    checkParams(*p);
    fitBytes(weights.at(1), p->weightBytes());
    auto module = loadModule(*site.machine, weights[0]);
    auto packed = std::make_shared<const DeviceWeights>(*site.machine, weights[1]);
    return makeKernel([p, module, packed, target = site.target](std::span<const Port> in,
                                                                std::span<const Port> out) -> std::unique_ptr<Launch> {
        const Machine& machine = module->machine();
        const Tile& tile = kTiles[p->tile];
        const Room room = roomFor(tile, *p);
        const std::vector<Operand> operands = operandsOf(*p);
        const size_t images = p->hasBeside() ? 2 : 1;
        fit(in.size() == images + operands.size() && out.size() == p->stores.size() && in[0].dims.size() == 4 &&
                in[0].dims[1] == p->channels[0] && in[0].type == p->type && in[0].format == Format::Nhwc,
            "a chain of other operands");
        const Dims x = in[0].dims;
        const auto along = [&](int64_t size) { return (size + 2 * p->pad() - p->window) / p->stride + 1; };
        const int64_t h = along(x[2]), w = along(x[3]);
        fit(h > 0 && w > 0 && room.total <= target.sharedPerBlock, "a chain of other images");
        if (volumeOf(x) == 0) return makeLaunch([](const LaunchArgs&) {});
        ChainArgs args;
        std::vector<Mapped> mapped{{0, false, 0,
                                    MappedOperand(mapOfPixels(p->type, x, p->rowBytes(0), tile.wide + p->halo(),
                                                              tile.down + p->halo(), p->stride))}};
        if (p->hasBeside()) {
            const Dims& own = in[1].dims;
            const auto places = [&](int64_t size) { return (size - 1) / p->besideStride + 1; };
            fit(own.size() == 4 && own[0] == x[0] && own[1] == p->besideChannels && places(own[2]) == h &&
                    places(own[3]) == w && in[1].type == p->type && in[1].format == Format::Nhwc,
                "a chain beside another image");
            mapped.push_back({0, false, 1,
                              MappedOperand(mapOfPixels(p->type, own, p->bytesOfRow(p->besideChannels), tile.wide,
                                                        tile.down, p->besideStride))});
        }
        const auto made = [&](size_t l) { return Dims{x[0], p->made(l), h, w}; };
        for (size_t o = 0; o < operands.size(); ++o) {
            const size_t input = images + o;
            addOperand(*p, tile, operands[o], input, in[input], made(operands[o].link), mapped);
        }
        size_t output = 0;
        int64_t offset = 0;
        for (size_t l = 0; l < p->counts.size(); ++l) {
            const Dims y = made(l);
            const int64_t row = sourceOf(*p, tile, room, l).row;
            (l == p->links() ? args.besideWeights : args.maps[kWeights + l]) = makeTensorMap(
                machine, mapOfWeights(p->type, p->summed(l), y[1], tile.across * kChannels / p->cluster, row),
                static_cast<const char*>(packed->data()) + offset);
            offset += p->weightBytes(l);
            if (l == p->links() || !p->isStored(l)) continue;
            fit(output < out.size() && out[output].dims == y && out[output].type == p->type &&
                    out[output].format == Format::Nhwc,
                "a chain of other results");
            mapped.push_back({kResults + l, true, output++,
                              MappedOperand(mapOfPixels(p->type, y, p->rowBytes(l + 1), tile.wide, 1))});
        }
        const int64_t parts = (w + tile.wide - 1) / tile.wide;
        args.along = Divisor(parts);
        args.tiles = Divisor(parts * ((h + tile.down - 1) / tile.down));
        Grid grid;
        const int64_t blocks = tile.blocks(x[0], h, w);
        fit(blocks % p->cluster == 0, "a chain of other images");
        grid.x = blocks / p->cluster;
        grid.z = p->cluster;
        grid.cluster = static_cast<int>(p->cluster);
        grid.threads = tile.threads();
        grid.shared = room.total;
        return makeKernelLaunch(
            module, "chain", grid, args,
            [p, packed, &machine, images, operands, mapped = std::move(mapped)](ChainArgs& a,
                                                                                const LaunchArgs& launch) mutable {
                for (Mapped& m : mapped) {
                    const void* address = m.isOutput ? launch.outputs[m.port] : launch.inputs[m.port];
                    requireAligned({address}, "a chain");
                    m.operand.place(machine, address, m.at == 0 && m.port == 1 ? a.besideImage : a.maps[m.at]);
                }
                for (size_t o = 0; o < operands.size(); ++o) {
                    const auto [link, at, kind] = operands[o];
                    const void* address = launch.inputs[images + o];
                    requireAligned({address}, "a chain");
                    (link == p->links() ? a.beside : a.links[link]).extra[at] = address;
                }
            });
    });
}

}  // namespace opentrt::cuda::chains
