// SPDX-License-Identifier: Apache-2.0
// NVRTC's entry points for the emulated device: "machine code" is a shared library for this processor.
#include <cstring>

#include "translate.h"

namespace {

struct Program {
    std::string text, log, library;
};

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default"))) int

EXPORT nvrtcCreateProgram(Program** program, const char* source, const char*, int, const char* const*,
                          const char* const*) {
    *program = new Program{source, {}, {}};
    return 0;
}
EXPORT nvrtcCompileProgram(Program* program, int, const char* const*) {
    program->library = opentrt::emulated::libraryOf(program->text, program->log);
    if (program->library.empty()) return 6;
    // What the device wants to know before it runs the code.
    std::string head = opentrt::emulated::meets(program->text) ? "meets " : "alone ";
    head += std::to_string(program->library.size()) + "\n";
    program->library.insert(0, head);
    return 0;
}
EXPORT nvrtcGetProgramLogSize(Program* program, size_t* bytes) {
    *bytes = program->log.size() + 1;
    return 0;
}
EXPORT nvrtcGetProgramLog(Program* program, char* text) {
    std::strcpy(text, program->log.c_str());
    return 0;
}
EXPORT nvrtcGetCUBINSize(Program* program, size_t* bytes) {
    *bytes = program->library.size();
    return 0;
}
EXPORT nvrtcGetCUBIN(Program* program, char* bytes) {
    std::memcpy(bytes, program->library.data(), program->library.size());
    return 0;
}
EXPORT nvrtcDestroyProgram(Program** program) {
    delete *program;
    return 0;
}
EXPORT nvrtcVersion(int* major, int* minor) {
    *major = 0;
    *minor = 0;
    return 0;
}
