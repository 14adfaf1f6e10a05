// SPDX-License-Identifier: Apache-2.0
#include "backends/cpu/cpu_device.h"

#include <fstream>
#include <oneapi/dnnl/dnnl.hpp>

#include "base/error.h"
#include "base/parallel.h"

namespace opentrt::cpu {

namespace {

std::string modelName() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("model name", 0) != 0) continue;
        const size_t colon = line.find(": ");
        if (colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown CPU";
}

//! oneDNN's answer, because it honours ONEDNN_MAX_CPU_ISA, with which other machines are imitated.
std::string isaName() {
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::isa_default:
            return "generic";
        case dnnl::cpu_isa::sse41:
            return "sse41";
        case dnnl::cpu_isa::avx:
            return "avx";
        case dnnl::cpu_isa::avx2:
        case dnnl::cpu_isa::avx2_vnni:
            return "avx2";
        case dnnl::cpu_isa::avx512_core_amx:
            return "avx512_amx";
        default:
            return "avx512";
    }
}

}  // namespace

const CpuDevice& cpuDevice() {
    static const CpuDevice device = [] {
        const dnnl_version_t* v = dnnl_version();
        return CpuDevice{modelName(), isaName(), threadCount(), cat(v->major, ".", v->minor, ".", v->patch)};
    }();
    return device;
}

std::string deviceText() {
    const CpuDevice& d = cpuDevice();
    return cat("cpu ", d.model, " ", d.isa, " ", d.threads, " threads onednn ", d.oneDnn);
}

}  // namespace opentrt::cpu
