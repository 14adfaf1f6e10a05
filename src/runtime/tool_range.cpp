// SPDX-License-Identifier: Apache-2.0
// A tool exports one function. It gets another, which hands out tables: the one of callbacks tells where the pointers
// to NVTX's functions are kept, and the tool puts its own there.
#include "runtime/tool_range.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>

namespace opentrt {

namespace {

using Function = void (*)();
// Numbers of the protocol.
constexpr uint32_t kCallbacks = 1, kVersion = 3;  // tables
constexpr uint32_t kCoreModule = 1;               // of callbacks
constexpr unsigned kRangePush = 9, kRangePop = 11, kFunctions = 16;
constexpr uint32_t kNvtx3 = 3;

Function functions[kFunctions];
Function* places[kFunctions + 1];  // the last one is null

struct Callbacks {
    size_t bytes = sizeof(Callbacks);
    int (*moduleTable)(uint32_t module, Function*** table, unsigned* size) = [](uint32_t module, Function*** table,
                                                                                unsigned* size) {
        if (module != kCoreModule) return 0;
        for (unsigned f = 0; f < kFunctions; ++f) places[f] = &functions[f];
        if (table) *table = places;
        if (size) *size = kFunctions;
        return 1;
    };
} callbacks;

struct Version {
    size_t bytes = sizeof(Version);
    uint32_t version = kNvtx3, reserved = 0;
    void (*tellVersion)(uint32_t) = [](uint32_t) {};
} version;

const void* exportTable(uint32_t id) {
    if (id == kCallbacks) return &callbacks;
    return id == kVersion ? static_cast<const void*>(&version) : nullptr;
}

bool attach() {
    const char* path = std::getenv("NVTX_INJECTION64_PATH");
    void* tool = path && *path ? dlopen(path, RTLD_LAZY) : nullptr;
    if (!tool) return false;
    using Initialize = int (*)(const void* (*)(uint32_t));
    const auto initialize = reinterpret_cast<Initialize>(dlsym(tool, "InitializeInjectionNvtx2"));
    return initialize && initialize(exportTable) != 0 && functions[kRangePush] && functions[kRangePop];
}

}  // namespace

bool ToolRange::isWanted() {
    static const bool attached = attach();
    return attached;
}

void ToolRange::begin(const char* name) {
    reinterpret_cast<int (*)(const char*)>(functions[kRangePush])(name);
    isOpen_ = true;
}

void ToolRange::end() {
    reinterpret_cast<int (*)()>(functions[kRangePop])();
}

}  // namespace opentrt
