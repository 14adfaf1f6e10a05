// SPDX-License-Identifier: Apache-2.0
// Libraries of NVIDIA's that are found at run time, when something asks for them: where they are looked for, and what
// is said when they are not there. Nothing links them.
#pragma once
#include <string>
#include <vector>

namespace opentrt::cuda {

struct LibrarySearch {
    const char* variable;               //!< of the environment; names the only file that is tried
    std::vector<std::string> names;     //!< best first: "libnvrtc.so.13"
    std::vector<std::string> packages;  //!< in folders of Python packages: "nvidia/cu13/lib/libnvrtc.so.13"
    const char* package;                //!< that a user may install
};

//! One that the process has already, then those of the system linker, of Python packages above this library or in
//! VIRTUAL_ENV, and of /usr/local/cuda. Null when there is none; `whyNot` says what helps.
void* openLibrary(const LibrarySearch& search, std::string* whyNot);

//! Takes a function out of a library; `whyNot` names the one that is missing.
void* functionOf(void* library, const char* symbol, const LibrarySearch& search, std::string* whyNot);

//! Bits of TacticRequest::sources, those of nvinfer1::TacticSource.
inline constexpr uint32_t kFromCublasLt = 1U << 1, kFromCudnn = 1U << 2;

}  // namespace opentrt::cuda
