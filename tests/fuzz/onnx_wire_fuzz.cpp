// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/wire_reader.h"
#include "model/onnx/wire_writer.h"
#include "onnx_mutate.h"
#include "target.h"

namespace opentrt::fuzz {
namespace {

std::string rewritten(std::string_view bytes) {
    const onnx::WireReader::KeepBytes inPlace = [](std::string_view view) { return view; };
    onnx::ModelProto model;
    onnx::WireReader(bytes, inPlace).read(model);
    return onnx::WireWriter::write(model);
}

bool run(std::string_view bytes) {
    std::string once;
    try {
        once = rewritten(bytes);
    } catch (const std::exception&) {
        return false;
    }
    require(rewritten(once) == once, "a message changes when it is written and read");
    return true;
}

//! Lengths and tags are what a wire reader trusts most: bytes where they often stand become strange.
std::string mutate(const std::string& bytes, Random& random) {
    if (random.below(2)) return mutateModel(bytes, random);
    static constexpr unsigned char kHostile[][6] = {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F},
                                                    {0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
                                                    {0x0A, 0x0A, 0x0A, 0x0A, 0x0A, 0x0A},
                                                    {0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}};
    std::string changed = bytes;
    const auto& hostile = *random.pick(kHostile);
    const size_t at = random.below(changed.size() + 1);
    return changed.replace(at, random.below(2) ? 6 : 0, reinterpret_cast<const char*>(hostile), 6);
}

}  // namespace

const Target& onnxWireFuzz() {
    static const Target target{run, mutate, seedModels};
    return target;
}

}  // namespace opentrt::fuzz
