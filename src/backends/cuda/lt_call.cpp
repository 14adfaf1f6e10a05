// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/lt_call.h"

#include "base/error.h"

namespace opentrt::cuda {

namespace {

//! Operands are only as aligned as our own kernels want them.
constexpr uint32_t kAlignment = kPieceBytes;
constexpr int kWanted = 16;

lt::DataType dataType(DType type) {
    return type == DType::F16 ? lt::kF16 : type == DType::BF16 ? lt::kBF16 : lt::kF32;
}

lt::Epilogue epilogueOf(const LibraryProduct& p) {
    const uint32_t activation = p.activation == kRelu       ? uint32_t{lt::kRelu}
                                : p.activation == kGeluTanh ? uint32_t{lt::kGelu}
                                                            : 0;
    const uint32_t bits = activation | (p.bias ? uint32_t{lt::kBias} : 0);
    return static_cast<lt::Epilogue>(bits ? bits : uint32_t{lt::kNothing});
}

}  // namespace

LtCall::LtCall(const LtDevice& device, const LibraryProduct& p, const ProductSizes& s)
    : device_(&device),
      desc_(nullptr, device.library->descDestroy),
      a_(nullptr, device.library->layoutDestroy),
      b_(nullptr, device.library->layoutDestroy),
      y_(nullptr, device.library->layoutDestroy),
      alpha_(static_cast<float>(p.alpha)),
      beta_(p.residual ? 1.0F : 0.0F) {
    const CublasLt& library = *device.library;
    lt::Desc desc = nullptr;
    library.check(library.descCreate(&desc, p.tf32 ? lt::kInTf32 : lt::kInF32, lt::kF32), "describing a product");
    desc_.reset(desc);
    describe(p);
    const lt::DataType type = dataType(p.type);
    a_ = p.aIsTransposed() ? layoutOf(type, s.rows, s.k, s, s.aStride) : layoutOf(type, s.k, s.rows, s, s.aStride);
    b_ =
        p.bIsTransposed() ? layoutOf(type, s.k, s.columns, s, s.bStride) : layoutOf(type, s.columns, s.k, s, s.bStride);
    y_ = layoutOf(type, s.columns, s.rows, s, s.batch > 1 ? s.rows * s.columns : 0);
}

void LtCall::describe(const LibraryProduct& p) {
    const CublasLt& library = *device_->library;
    const auto set = [&](lt::DescAttribute attribute, const auto& value) {
        library.check(library.descSet(desc_.get(), attribute, &value, sizeof value), "describing a product");
    };
    set(lt::DescAttribute::kTransA, p.bIsTransposed() ? lt::kTransposed : lt::kAsItIs);
    set(lt::DescAttribute::kTransB, p.aIsTransposed() ? lt::kTransposed : lt::kAsItIs);
    set(lt::DescAttribute::kEpilogue, epilogueOf(p));
    if (!p.bias) return;
    set(lt::DescAttribute::kBiasType, dataType(p.type));
    // Only its alignment is looked at before the product runs.
    bias_ = reinterpret_cast<const void*>(uintptr_t{kAlignment});
    set(lt::DescAttribute::kBiasPointer, bias_);
}

LtCall::Owned<lt::LayoutTag> LtCall::layoutOf(lt::DataType type, int64_t rows, int64_t columns,
                                              const ProductSizes& sizes, int64_t batchStride) const {
    const CublasLt& library = *device_->library;
    lt::Layout layout = nullptr;
    library.check(
        library.layoutCreate(&layout, type, static_cast<uint64_t>(rows), static_cast<uint64_t>(columns), rows),
        "describing a matrix");
    Owned<lt::LayoutTag> owned(layout, library.layoutDestroy);
    if (sizes.batch > 1) {
        const auto count = static_cast<int32_t>(requireCount(sizes.batch));
        library.check(library.layoutSet(layout, lt::LayoutAttribute::kBatchCount, &count, sizeof count),
                      "describing a batch");
        library.check(library.layoutSet(layout, lt::LayoutAttribute::kBatchStride, &batchStride, sizeof batchStride),
                      "describing a batch");
    }
    return owned;
}

std::vector<lt::Found> LtCall::recommended(int64_t workspaceBytes) const {
    const CublasLt& library = *device_->library;
    lt::Preference made = nullptr;
    library.check(library.preferenceCreate(&made), "asking for algorithms");
    const Owned<lt::PreferenceTag> preference(made, library.preferenceDestroy);
    const auto set = [&](lt::PreferenceAttribute attribute, const auto& value) {
        library.check(library.preferenceSet(made, attribute, &value, sizeof value), "asking for algorithms");
    };
    set(lt::PreferenceAttribute::kWorkspaceBytes, static_cast<uint64_t>(workspaceBytes));
    // Parts of a sum stay floats until they have met.
    set(lt::PreferenceAttribute::kReductionMask, lt::kReduceInComputeType);
    for (const auto operand : {lt::PreferenceAttribute::kAlignmentA, lt::PreferenceAttribute::kAlignmentB,
                               lt::PreferenceAttribute::kAlignmentC, lt::PreferenceAttribute::kAlignmentD}) {
        set(operand, kAlignment);
    }
    std::vector<lt::Found> found(kWanted);
    int count = 0;
    device_->machine.makeCurrent();
    const int status = library.find(device_->handle, desc_.get(), b_.get(), a_.get(), y_.get(), y_.get(), made, kWanted,
                                    found.data(), &count);
    found.resize(status == 0 ? static_cast<size_t>(std::clamp(count, 0, kWanted)) : 0);
    std::erase_if(found, [&](const lt::Found& f) {
        return f.status != 0 || f.workspaceBytes > static_cast<uint64_t>(workspaceBytes);
    });
    return found;
}

std::optional<int64_t> LtCall::workspaceOf(const lt::Algo& algo) const {
    lt::Found found;
    device_->machine.makeCurrent();
    const int status = device_->library->checkAlgo(device_->handle, desc_.get(), b_.get(), a_.get(), y_.get(), y_.get(),
                                                   &algo, &found);
    if (status != 0 || found.status != 0) return std::nullopt;
    return static_cast<int64_t>(found.workspaceBytes);
}

void LtCall::run(const lt::Algo& algo, const Addresses& at, void* workspace, int64_t workspaceBytes, void* stream) {
    const CublasLt& library = *device_->library;
    if (at.bias != bias_) {
        bias_ = at.bias;
        library.check(library.descSet(desc_.get(), lt::DescAttribute::kBiasPointer, &bias_, sizeof bias_),
                      "placing a bias");
    }
    device_->machine.makeCurrent();
    const void* added = at.residual ? at.residual : at.y;
    library.check(library.multiply(device_->handle, desc_.get(), &alpha_, at.b, b_.get(), at.a, a_.get(), &beta_, added,
                                   y_.get(), at.y, y_.get(), &algo, workspace, static_cast<size_t>(workspaceBytes),
                                   static_cast<StreamHandle>(stream)),
                  "a product");
}

std::string nameOf(const CublasLt& library, const lt::Algo& algo) {
    const auto number = [&](lt::AlgoAttribute attribute) {
        const bool isShort = attribute == lt::AlgoAttribute::kInner || attribute == lt::AlgoAttribute::kCluster;
        uint32_t wide = 0;
        uint16_t narrow = 0;
        size_t written = 0;
        const int status = isShort ? library.algoGet(&algo, attribute, &narrow, sizeof narrow, &written)
                                   : library.algoGet(&algo, attribute, &wide, sizeof wide, &written);
        return status != 0 ? 0 : isShort ? narrow : wide;
    };
    std::string name = cat(number(lt::AlgoAttribute::kId));
    const std::pair<const char*, lt::AlgoAttribute> parts[] = {
        {"t", lt::AlgoAttribute::kTile},      {"s", lt::AlgoAttribute::kStages},  {"k", lt::AlgoAttribute::kSplit},
        {"r", lt::AlgoAttribute::kReduction}, {"w", lt::AlgoAttribute::kSwizzle}, {"o", lt::AlgoAttribute::kCustom},
        {"i", lt::AlgoAttribute::kInner},     {"c", lt::AlgoAttribute::kCluster}};
    for (const auto& [letter, attribute] : parts) {
        if (const uint32_t value = number(attribute)) name += cat(".", letter, value);
    }
    return name;
}

std::string textOf(const lt::Algo& algo) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const uint64_t word : algo.data) {
        for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[word >> shift & 15];
    }
    return text;
}

lt::Algo algoOf(const std::string& text) {
    lt::Algo algo;
    constexpr size_t kDigitsOfWord = 16;
    fit(text.size() == kDigitsOfWord * std::size(algo.data), "the algorithm of a product");
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        fit((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'), "the algorithm of a product");
        uint64_t& word = algo.data[i / kDigitsOfWord];
        word = word << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return algo;
}

}  // namespace opentrt::cuda
