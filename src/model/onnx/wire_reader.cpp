// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/wire_reader.h"

namespace opentrt::onnx {

uint64_t WireReader::varint() {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 70; shift += 7) {
        if (next_ == end_) damaged("the file ends inside a number");
        const auto byte = static_cast<uint8_t>(*next_++);
        if (shift < 64) value |= static_cast<uint64_t>(byte & 127U) << shift;
        if (byte < 128) return value;
    }
    damaged("a number is longer than ten bytes");
}

std::string_view WireReader::bytes() {
    const uint64_t size = varint();
    if (size > static_cast<uint64_t>(end_ - next_)) damaged("a field reaches beyond its message");
    const std::string_view view(next_, static_cast<size_t>(size));
    next_ += size;
    return view;
}

void WireReader::skip(uint32_t type) {
    switch (type) {
        case Varint:
            varint();
            return;
        case Fixed64:
            fixed<uint64_t>();
            return;
        case Length:
            bytes();
            return;
        case Fixed32:
            fixed<uint32_t>();
            return;
        default:
            damaged("a field has an unknown wire type");
    }
}

void WireReader::damaged(const char* what) const {
    model::fail(model::Code::kMODEL_DESERIALIZE_FAILED,
                model::cat("not an ONNX model, or a damaged one: ", what, " (byte ", next_ - begin_, ")"));
}

}  // namespace opentrt::onnx
