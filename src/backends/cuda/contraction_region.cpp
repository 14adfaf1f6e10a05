// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "backends/cuda/contraction.h"
#include "backends/cuda/rows.h"
#include "base/error.h"
#include "base/parallel.h"

namespace opentrt::cuda {

const ops::Convolution* convolution(const RegionView& region) {
    return region.anchor ? as<ops::Convolution>(region.op()) : nullptr;
}
const ops::MatrixMultiply* product(const RegionView& region) {
    return region.anchor ? as<ops::MatrixMultiply>(region.op()) : nullptr;
}

int64_t stepOfPixels(const RegionView& region) {
    const auto* conv = convolution(region);
    if (!conv || conv->groups != 1 || conv->paddingMode != ops::PaddingMode::ExplicitRoundDown) return 0;
    const Shape& w = region.anchorInput(1)->shape;
    const int64_t step = w.size() > 2 ? conv->strideAt(0) : 1;
    for (size_t d = 2; d < w.size(); ++d) {
        const size_t s = d - 2;
        if (w[d] != Dim(1) || conv->strideAt(s) != step || conv->preAt(s) != 0 || conv->postAt(s) != 0) return 0;
    }
    return step;
}

size_t columnAxis(const RegionView& region) {
    return convolution(region) ? 1 : region.output(0).shape.size() - 1;
}

namespace {

std::string whyNotConvolution(const RegionView& region, const ops::Convolution& conv) {
    const Fact &x = *region.anchorInput(0), &w = *region.anchorInput(1);
    if (!w.constant) return "the weights are not constant";
    if (x.shape.size() != w.shape.size() || x.shape.size() < 3 || x.shape.size() > 5)
        return cat("rank ", x.shape.size(), " is not 3 to 5");
    const int64_t perGroup = w.shape[1].constant();
    if (w.constant->count() == 0) return "the weights are empty";
    if (conv.groups > 1 && perGroup < 4) return "groups of few channels";
    return {};
}

std::string whyNotProduct(const RegionView& region, const ops::MatrixMultiply& op) {
    if (op.a == ops::MatrixOperation::Vector || op.b == ops::MatrixOperation::Vector) return "a vector operand";
    const size_t rank = region.anchorOutput().shape.size();
    return rank > 6 ? "more than 4 dimensions of batch" : std::string();
}

}  // namespace

std::string whyNotContraction(const RegionView& region) {
    const auto* conv = convolution(region);
    const auto* matrices = product(region);
    const Fact* x = region.anchorInput(0);
    if (!x || !region.anchorInput(1)) return "an operand is left out";
    const bool quantized = conv ? conv->quantized : matrices->quantized;
    const std::string type =
        quantized ? whyNotType(*x, {DType::I8, DType::F8}) : whyNotType(*x, {DType::F32, DType::F16, DType::BF16});
    if (!type.empty()) return type;
    const std::string own = conv ? whyNotConvolution(region, *conv) : whyNotProduct(region, *matrices);
    return own.empty() ? whyNotEpilogue(region, columnAxis(region)) : own;
}

bool packsWeights(const RegionView& region) {
    const Fact& b = *region.anchorInput(1);
    if (!b.constant) return false;
    if (convolution(region)) return true;
    return std::all_of(b.shape.begin(), b.shape.end() - 2, [](const Dim& d) { return d == Dim(1); });
}

namespace {

constexpr int64_t kTogether = 65536;  // numbers that a thread packs at least

//! Rows of k for each output channel, padded with zeros.
template <class E>
void packRows(const E* from, E* to, int64_t rows, int64_t channels, int64_t taps, int64_t padded) {
    parallelFor(rows, kTogether / std::max<int64_t>(padded, 1) + 1, [&](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
            for (int64_t c = 0; c < channels; ++c) {
                for (int64_t t = 0; t < taps; ++t)
                    to[r * padded + t * channels + c] = from[(r * channels + c) * taps + t];
            }
        }
    });
}
//! In blocks, whose lines stay in the cache.
template <class E>
void packColumns(const E* from, E* to, int64_t k, int64_t columns, int64_t padded) {
    constexpr int64_t kBlock = 16;
    const auto packBlock = [&](int64_t firstN) {
        const int64_t endN = std::min(firstN + kBlock, columns);
        for (int64_t first = 0; first < k; first += kBlock) {
            const int64_t end = std::min(first + kBlock, k);
            for (int64_t n = firstN; n < endN; ++n) {
                for (int64_t i = first; i < end; ++i) to[n * padded + i] = from[i * columns + n];
            }
        }
    };
    const int64_t grain = kTogether / std::max<int64_t>(padded * kBlock, 1) + 1;
    parallelFor((columns + kBlock - 1) / kBlock, grain, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) packBlock(b * kBlock);
    });
}

}  // namespace

int64_t paddedK(int64_t k, DType type) {
    const int64_t step = kStepBytes / bytesOf(type);
    return (k + step - 1) / step * step;
}

Tensor packChannelsLast(const Tensor& w) {
    const int64_t rows = w.dims()[0], channels = w.dims()[1], k = rows == 0 ? 0 : w.count() / rows;
    Tensor packed(w.type(), w.dims());
    const auto copy = [&](auto element) {
        using E = decltype(element);
        packRows(w.as<E>(), static_cast<E*>(packed.mutableData()), rows, channels, k / std::max<int64_t>(channels, 1),
                 k);
    };
    bytesOf(w.type()) == 2 ? copy(uint16_t()) : copy(uint32_t());
    return packed;
}

Tensor packWeights(const RegionView& region, const ContractionParams& p) {
    const Tensor& w = *region.anchorInput(1)->constant;
    const auto put = [&](int64_t rows, int64_t k, const auto& function) {
        const int64_t padded = paddedK(k, w.type());
        Tensor packed(w.type(), {rows, padded});
        const auto copy = [&](auto element) {
            using E = decltype(element);
            function(w.as<E>(), static_cast<E*>(packed.mutableData()), padded);
        };
        const int64_t bytes = bytesOf(w.type());
        bytes == 1 ? copy(uint8_t()) : bytes == 2 ? copy(uint16_t()) : copy(uint32_t());
        return packed;
    };
    if (p.image) {
        int64_t taps = 1;
        for (size_t d = 2; d < p.kernel.size(); ++d) taps *= p.kernel[d];
        const int64_t rows = p.kernel[0], channels = p.kernel[1];
        if (p.aMode == kPlanes) {  // as they lie
            return put(rows, channels * taps, [&](auto* from, auto* to, int64_t padded) {
                packRows(from, to, rows, channels * taps, 1, padded);
            });
        }
        return put(rows, channels * taps,
                   [&](auto* from, auto* to, int64_t padded) { packRows(from, to, rows, channels, taps, padded); });
    }
    const bool transposed = product(region)->b == ops::MatrixOperation::Transpose;
    const auto& dims = w.dims();
    const int64_t k = dims[dims.size() - (transposed ? 1 : 2)], n = dims[dims.size() - (transposed ? 2 : 1)];
    return put(n, k, [&](auto* from, auto* to, int64_t padded) {
        transposed ? packRows(from, to, n, k, 1, padded) : packColumns(from, to, k, n, padded);
    });
}

ContractionSizes sizesOf(const RegionView& region, const TacticRequest& request) {
    const Dims y = evalShape(region.anchorOutput().shape, request.opt),
               x = evalShape(region.anchorInput(0)->shape, request.opt);
    const int64_t columns = std::max<int64_t>(y[columnAxis(region)], 1);
    const Fact& b = *region.anchorInput(1);
    int64_t k = 0;
    if (b.constant) k = b.constant->count() / columns;
    if (!b.constant) k = x[x.size() - (product(region)->a == ops::MatrixOperation::Transpose ? 2 : 1)];
    return {volumeOf(y) / columns, columns, k};
}

bool hasConstantColumns(const RegionView& region, const std::vector<int64_t>& extras, const std::vector<int>& inputs) {
    size_t input = 1;
    for (const int64_t kind : extras) {
        if (kind == kMadeBeside) continue;
        if (!differsByRow(kind) && !region.isConstant(inputs[input])) return false;
        input++;
    }
    return true;
}

ProductSize productSize(const RegionView& region, const TacticRequest& request) {
    const ContractionSizes sizes = sizesOf(region, request);
    CompiledStep unused;
    const ContractionParams p = beginContraction(region, unused);
    ProductSize size{sizes.rows, sizes.columns, sizes.k, bytesOf(p.type), 1, p.likeResult() >= 0};
    for (size_t d = 2; d < p.kernel.size(); ++d) size.taps *= p.kernel[d];
    return size;
}

int64_t blocksHeld(const Target& target, int64_t shared) {
    constexpr int64_t kReserved = 1024;  // for each block
    return std::max<int64_t>(target.sharedPerMultiprocessor / (shared + kReserved), 1);
}

Tactic contractionTactic(const RegionView& region) {
    const Format format = convolution(region) ? Format::Nhwc : Format::Linear;
    const Shape& out = region.anchorOutput().shape;
    Tactic tactic;
    for (size_t i = 0; i < region.node->inputs.size(); ++i) {
        const auto index = static_cast<int>(i);
        const bool image =
            region.node->inputs[i].valid() && (index == region.anchorInputs[0] || region.input(index).shape == out);
        tactic.inputs.push_back(image ? format : Format::Linear);
    }
    tactic.outputs = {format};
    if (region.rowStatistics) tactic.outputs.push_back(Format::Linear);
    return tactic;
}

std::string tacticName(const char* family, const RegionView& region, const TacticRequest& request,
                       const std::string& tile, int64_t split) {
    const bool rounds = region.anchorInput(0)->type == DType::F32 && request.tf32;
    return cat(family, rounds ? ".tf32." : ".", tile, split > 1 ? cat("/", split) : "");
}

std::pair<size_t, int64_t> readTactic(const Tactic& tactic, const std::vector<std::string>& tiles) {
    const size_t dot = tactic.name.rfind('.'), slash = tactic.name.find('/', dot);
    const auto at = std::find(tiles.begin(), tiles.end(), tactic.name.substr(dot + 1, slash - dot - 1));
    check(at != tiles.end(), "a tactic of no known tile");
    const int64_t split = slash == std::string::npos ? 1 : std::stoll(tactic.name.substr(slash + 1));
    return {static_cast<size_t>(at - tiles.begin()), split};
}

ContractionParams beginContraction(const RegionView& region, CompiledStep& step) {
    ContractionParams p;
    p.type = region.anchorInput(0)->type;
    p.packed = packsWeights(region);
    step.inputs = {region.anchorInputs[0]};
    const auto* conv = convolution(region);
    if (conv) {
        static_cast<ops::WindowParams&>(p) = *conv;
        p.image = true;
        p.groups = conv->groups;
        p.kernel = staticDims(region.anchorInput(1)->shape);
        p.columns = p.kernel[0];
    } else {
        p.a = static_cast<int64_t>(product(region)->a);
        p.b = static_cast<int64_t>(product(region)->b);
        const Dim& columns = region.anchorOutput().shape.back();
        p.columns = columns.isConstant() ? columns.constant() : 0;
    }
    if (!p.packed) step.inputs.push_back(region.anchorInputs[1]);
    p.leaves = region.rowStatistics != nullptr;
    p.extras = addExtras(region, conv && region.anchorInput(2), columnAxis(region), step);
    return p;
}

std::string contractionTypes(const RegionView& region, const Tactic& tactic) {
    const DType type = region.anchorInput(0)->type;
    const bool rounds = tactic.name.find(".tf32.") != std::string::npos;
    return cat(typeLine("T", type), typeLine("R", region.finished().type),
               typeLine("Sum", type == DType::I8 ? DType::I32 : DType::F32),
               type == DType::F32 ? cat("#define EXACT ", rounds ? 0 : 1, "\n") : std::string());
}

std::string contractionFinish(const RegionView& region, const ContractionParams& p) {
    return finishCode(region, convolution(region) && region.anchorInput(2), p.extras);
}

}  // namespace opentrt::cuda
