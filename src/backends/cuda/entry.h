// SPDX-License-Identifier: Apache-2.0
// The functions of libnvinfer_cuda.
#pragma once
#include <string>
#include <vector>

#include "backends/backend.h"

namespace opentrt::cuda {

inline constexpr const char* kName = "cuda";
inline constexpr const char* kLibrary = "libnvinfer_cuda.so.10";
inline constexpr const char* kEntry = "opentrtCudaBackend";
//! Both libraries come from one build; objects of the graph cross between them.
inline constexpr int kEntryVersion = 2;

//! The backend of the calling thread's current CUDA device, or null and the reason. `host` runs what has no kernel on
//! the device.
using Entry = const Backend*(int version, const Backend* host, std::string* whyNot);

inline constexpr const char* kCompilerEntry = "opentrtCudaCompiler";
//! Version of the compiler for kernels, or why there is none.
using CompilerEntry = void(std::string* text);

inline constexpr const char* kLibrariesEntry = "opentrtCudaLibraries";
//! Gives the libraries that builds may take tactics from. Loads them.
using LibrariesEntry = void(std::vector<FoundLibrary>* libraries);

}  // namespace opentrt::cuda
