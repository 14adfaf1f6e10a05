// SPDX-License-Identifier: Apache-2.0
// What this CPU is: the text that keys timing caches and plans, and what `opentrt doctor` prints.
#pragma once
#include <string>

namespace opentrt::cpu {

struct CpuDevice {
    std::string model;  //!< "AMD EPYC 9B45"
    std::string isa;    //!< the widest vector set in use: generic, sse41, avx2, avx512, avx512_amx
    int threads = 1;
    std::string oneDnn;  //!< version
};
const CpuDevice& cpuDevice();
//! "cpu <model> <isa> <threads> threads onednn <version>"
std::string deviceText();

}  // namespace opentrt::cpu
