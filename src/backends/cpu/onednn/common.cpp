// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/onednn/common.h"

#include "base/error.h"

namespace opentrt::cpu::onednn {

using dnnl::memory;

const dnnl::engine& engine() {
    // Outlives static destructors. oneDNN's primitive cache makes the list of a problem's implementations depend on
    // what ran before: once one is cached, it can be listed a second time in place of the next one.
    static const dnnl::engine* instance = [] {
        dnnl::set_primitive_cache_capacity(0);
        return new dnnl::engine(dnnl::engine::kind::cpu, 0);
    }();
    return *instance;
}

std::optional<memory::data_type> typeOf(DType type) {
    switch (type) {
        case DType::F32:
            return memory::data_type::f32;
        case DType::F16:
            return memory::data_type::f16;
        case DType::BF16:
            return memory::data_type::bf16;
        case DType::I8:
            return memory::data_type::s8;
        case DType::U8:
            return memory::data_type::u8;
        case DType::I32:
            return memory::data_type::s32;
        default:
            return std::nullopt;
    }
}

memory::desc descOf(const Port& port) {
    using Tag = memory::format_tag;
    static constexpr Tag kLinear[] = {Tag::undef, Tag::a, Tag::ab, Tag::abc, Tag::abcd, Tag::abcde, Tag::abcdef};
    static constexpr Tag kLast[] = {Tag::acb, Tag::acdb, Tag::acdeb};
    static constexpr Tag kChw8[] = {Tag::aBc8b, Tag::aBcd8b, Tag::aBcde8b};
    static constexpr Tag kChw16[] = {Tag::aBc16b, Tag::aBcd16b, Tag::aBcde16b};
    const auto type = typeOf(port.type);
    check(type.has_value(), "a tensor of this type was given to oneDNN");
    const size_t rank = port.dims.size();
    Tag tag = Tag::undef;
    if (port.format == Format::Linear) {
        check(rank >= 1 && rank <= 6, "a tensor of this rank was given to oneDNN");
        tag = kLinear[rank];
    } else {
        check(rank >= 3 && rank <= 5, "a format that needs rank 3 to 5 was chosen");
        const auto& tags = port.format == Format::Nhwc ? kLast : port.format == Format::Chw8 ? kChw8 : kChw16;
        tag = tags[rank - 3];
    }
    return memory::desc(port.dims, *type, tag);
}

Port portOf(const Fact& fact, Format format, const SymbolValues& sizes) {
    return Port{fact.type, format, evalShape(fact.shape, sizes)};
}

//! By the C interface: with an object of the C++ one for each tag, builds without timing take a tenth longer.
std::vector<int64_t> tagsOf(const memory::desc& desc) {
    std::vector<int64_t> tags;
    const memory::dims dims = desc.get_dims();
    const auto type = memory::convert_to_c(desc.get_data_type());
    for (int tag = 1; tag < static_cast<int>(dnnl_format_tag_last); ++tag) {
        dnnl_memory_desc_t named = nullptr;
        const auto status = dnnl_memory_desc_create_with_tag(&named, static_cast<int>(dims.size()), dims.data(), type,
                                                             static_cast<dnnl_format_tag_t>(tag));
        if (status != dnnl_success) continue;
        const bool isSame = dnnl_memory_desc_equal(named, desc.get()) != 0;
        dnnl_memory_desc_destroy(named);
        if (isSame) tags.push_back(tag);
    }
    return tags;
}

memory::desc descOfTag(const std::vector<int64_t>& dims, DType type, int64_t tag) {
    const auto dnnlType = typeOf(type);
    check(dnnlType.has_value(), "packed weights have a type that oneDNN does not know");
    return memory::desc(dims, *dnnlType, static_cast<memory::format_tag>(tag));
}

PrimitiveLaunch::PrimitiveLaunch(dnnl::primitive primitive, std::vector<Argument> arguments,
                                 const memory::desc& scratchpad)
    : primitive_(std::move(primitive)),
      arguments_(std::move(arguments)),
      scratchpadBytes_(static_cast<int64_t>(scratchpad.get_size())) {
    if (scratchpadBytes_ > 0) {
        arguments_.push_back({DNNL_ARG_SCRATCHPAD, memory(scratchpad, engine(), nullptr), -1, -1});
    }
    for (Argument& a : arguments_) given_.push_back({a.id, a.memory.get()});
}

void PrimitiveLaunch::run(const LaunchArgs& args) {
    for (Argument& a : arguments_) {
        if (a.id == DNNL_ARG_SCRATCHPAD) a.memory.set_data_handle(args.workspace);
        if (a.input >= 0) a.memory.set_data_handle(const_cast<void*>(args.inputs[a.input]));
        if (a.output >= 0) a.memory.set_data_handle(args.outputs[a.output]);
    }
    static thread_local dnnl::stream stream(engine());
    const auto status =
        dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(given_.size()), given_.data());
    dnnl::error::wrap_c_api(status, "a oneDNN primitive failed");
}

}  // namespace opentrt::cpu::onednn
