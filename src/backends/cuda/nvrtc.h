// SPDX-License-Identifier: Apache-2.0
// NVRTC's functions, and copies of the library in this process.
#pragma once
#include <string>

#include "graph/tensor.h"

namespace opentrt::cuda {

//! Opaque handle of a program.
struct ProgramTag;
using Program = ProgramTag*;

#define OPENTRT_NVRTC_FUNCTIONS(X)                                                                     \
    X(create, "nvrtcCreateProgram",                                                                    \
      (Program * program, const char* source, const char* name, int headers, const char* const* texts, \
       const char* const* names))                                                                      \
    X(compile, "nvrtcCompileProgram", (Program program, int count, const char* const* options))        \
    X(logSize, "nvrtcGetProgramLogSize", (Program program, size_t * bytes))                            \
    X(log, "nvrtcGetProgramLog", (Program program, char* text))                                        \
    X(codeSize, "nvrtcGetCUBINSize", (Program program, size_t * bytes))                                \
    X(code, "nvrtcGetCUBIN", (Program program, char* bytes))                                           \
    X(destroy, "nvrtcDestroyProgram", (Program * program))                                             \
    X(version, "nvrtcVersion", (int* major, int* minor))

struct Nvrtc {
#define OPENTRT_NVRTC_MEMBER(member, symbol, parameters) int(*member) parameters = nullptr;
    OPENTRT_NVRTC_FUNCTIONS(OPENTRT_NVRTC_MEMBER)
#undef OPENTRT_NVRTC_MEMBER
};

//! Looked for once; null: `whyNot`.
struct FoundNvrtc {
    std::string whyNot;
    const Nvrtc* table = nullptr;
    int major = 0, minor = 0;
};
const FoundNvrtc& foundNvrtc();

//! The library once more, from a copy of its file, which the linker takes for another library. NVRTC's front end works
//! for one thread at a time; each copy has a front end of its own. Where no copy can be made there is none.
class NvrtcCopy {
public:
    NvrtcCopy();
    NvrtcCopy(const NvrtcCopy&) = delete;
    NvrtcCopy& operator=(const NvrtcCopy&) = delete;
    ~NvrtcCopy();
    bool isThere() const { return library_ != nullptr; }
    const Nvrtc& table() const { return table_; }

private:
    int file_ = -1;  //!< in memory; open as long as the library, for the linker takes equal names for one library
    void* library_ = nullptr;
    Nvrtc table_;
};

}  // namespace opentrt::cuda
