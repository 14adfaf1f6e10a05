// SPDX-License-Identifier: Apache-2.0
// A profiling tool for tool_range_test.cpp: it writes down what it is told, and takes the pointers as NVTX's tools do.
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

std::string told;

struct Callbacks {
    size_t bytes;
    int (*moduleTable)(uint32_t module, void (****table)(), unsigned* size);
};

int push(const char* name) {
    told += "<" + std::string(name);
    return 0;
}
int pop() {
    told += ">";
    return 0;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int InitializeInjectionNvtx2(const void* (*tables)(uint32_t)) {
    const auto* callbacks = static_cast<const Callbacks*>(tables(1));
    void (***functions)() = nullptr;
    unsigned size = 0;
    if (!callbacks || !callbacks->moduleTable(1, &functions, &size) || size < 12) return 0;
    *functions[9] = reinterpret_cast<void (*)()>(push);
    *functions[11] = reinterpret_cast<void (*)()>(pop);
    return 1;
}

extern "C" __attribute__((visibility("default"))) const char* whatItWasTold() {
    return told.c_str();
}
