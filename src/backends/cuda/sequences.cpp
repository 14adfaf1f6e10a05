// SPDX-License-Identifier: Apache-2.0
// Sequences and what surrounds attention: reversal, the cache of keys and values, rotary embedding. Tested by the
// conformance cases.
#include "backends/cuda/elements.h"
#include "ops/kv_cache_update.h"
#include "ops/reverse_sequence.h"
#include "ops/rotary_embedding.h"

namespace opentrt::cuda {

namespace {

//! Layout of code/reverse.cu.
struct ReverseArgs {
    const void *x = nullptr, *lengths = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor batchInner{1}, batch{1}, sequenceInner{1}, sequence{1};
};

struct ReverseDef {
    using Op = ops::ReverseSequence;
    static constexpr const char* kName = "cuda.reverse_sequence";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.input(0)); }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), wordLine(region.input(0).type), typeLine("I", region.anchorInput(1)->type),
                   codeText("reverse"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[0].dims;
        const size_t batch = axisOf(call.op.batchAxis, x.size()), sequence = axisOf(call.op.sequenceAxis, x.size());
        ReverseArgs args;
        args.batchInner = divisor(product(x, batch + 1));
        args.batch = divisor(x[batch]);
        args.sequenceInner = divisor(product(x, sequence + 1));
        args.sequence = divisor(x[sequence]);
        return elementLaunch(std::move(code), "reverse", args, volumeOf(x),
                             [](ReverseArgs& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[0];
                                 a.lengths = launch.inputs[1];
                                 a.y = launch.outputs[0];
                             });
    }
};

//! Layout of code/cache_update.cu.
struct CacheArgs {
    const void *cache = nullptr, *update = nullptr, *first = nullptr;
    void* y = nullptr;
    uint32_t count = 0, added = 0;
    Divisor inner{1}, rows{1}, heads{1}, newRows{1};
};

//! Applications give the cache's own address for the result; then only the new rows are written.
class CacheLaunch final : public Launch {
public:
    CacheLaunch(Code code, const CacheArgs& args) : code_(std::move(code)), args_(args) {
        whole_ = code_->function("cache_update");
        rows_ = code_->function("cache_rows");
    }
    void run(const LaunchArgs& launch) override {
        args_.cache = launch.inputs[0];
        args_.update = launch.inputs[1];
        args_.first = launch.inputs[2];
        args_.y = launch.outputs[0];
        const bool inPlace = args_.cache == args_.y;
        const int64_t count = inPlace ? args_.added : args_.count;
        if (count == 0) return;
        Grid grid;
        grid.x = blocksFor(count, grid.threads);
        launchKernel(code_->machine(), inPlace ? rows_ : whole_, grid, &args_, launch.stream);
    }

private:
    Code code_;
    CacheArgs args_;
    FunctionHandle whole_ = nullptr, rows_ = nullptr;
};

struct CacheDef {
    using Op = ops::KvCacheUpdate;
    static constexpr const char* kName = "cuda.cache_update";

    static std::string whyNot(const RegionView& region, const Op&) { return whyNotBytes(region.input(0)); }
    static std::string source(const RegionView& region, const Op&) {
        return cat(codeText("elements"), wordLine(region.input(0).type), typeLine("I", region.anchorInput(2)->type),
                   codeText("cache_update"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims &cache = call.in[0].dims, &update = call.in[1].dims;
        CacheArgs args;
        args.count = requireCount(volumeOf(cache));
        args.added = requireCount(volumeOf(update));
        args.inner = divisor(cache[3]);
        args.rows = divisor(cache[2]);
        args.heads = divisor(cache[1]);
        args.newRows = divisor(update[2]);
        return std::make_unique<CacheLaunch>(std::move(code), args);
    }
};

//! Layout of code/rotary.cu.
struct RotaryArgs {
    const void *x = nullptr, *cos = nullptr, *sin = nullptr, *positions = nullptr;
    void* y = nullptr;
    uint32_t count = 0;
    Divisor pairs{1}, steps{1}, heads{1};
    int32_t size = 0, half = 0;
    int64_t rows = 0;
};

struct RotaryDef {
    using Op = ops::RotaryEmbedding;
    static constexpr const char* kName = "cuda.rotary_embedding";
    enum Input { kX, kCos, kSin, kPositions };

    static std::string whyNot(const RegionView& region, const Op&) {
        return whyNotType(region.input(0), {DType::F32, DType::F16, DType::BF16});
    }
    static std::string source(const RegionView& region, const Op& op) {
        const Fact* positions = region.anchorInput(kPositions);
        return cat(codeText("elements"), typeLine("T", region.input(0).type),
                   typeLine("I", positions ? positions->type : DType::I64), "#define POSITIONS ", positions ? 1 : 0,
                   "\n#define INTERLEAVED ", op.interleaved ? 1 : 0, "\n", codeText("rotary"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        const Dims& x = call.in[kX].dims;
        const int64_t half = (call.op.dim > 0 ? call.op.dim : x[3]) / 2, pairs = x[3] - half;
        RotaryArgs args;
        args.pairs = divisor(pairs);
        args.steps = divisor(x[2]);
        args.heads = divisor(x[1]);
        args.size = static_cast<int32_t>(x[3]);
        args.half = static_cast<int32_t>(half);
        args.rows = half > 0 ? volumeOf(call.in[kCos].dims) / half : 0;
        return elementLaunch(std::move(code), "rotary", args, x[0] * x[1] * x[2] * pairs,
                             [positions = call.has(kPositions)](RotaryArgs& a, const LaunchArgs& launch) {
                                 a.x = launch.inputs[kX];
                                 a.cos = launch.inputs[kCos];
                                 a.sin = launch.inputs[kSin];
                                 if (positions) a.positions = launch.inputs[kPositions];
                                 a.y = launch.outputs[0];
                             });
    }
};

}  // namespace

const Family kReverseFamily = opFamily<ReverseDef>();
const Family kCacheFamily = opFamily<CacheDef>();
const Family kRotaryFamily = opFamily<RotaryDef>();

}  // namespace opentrt::cuda
