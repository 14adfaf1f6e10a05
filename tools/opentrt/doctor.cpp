// SPDX-License-Identifier: Apache-2.0
// opentrt doctor: what hardware and libraries were found, and what is missing.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <link.h>
#include <nlohmann/json.hpp>
#include <thread>
#include <unistd.h>

#include "NvOnnxParser.h"
#include "inspection.h"
#include "opentrt/inspect.h"
#include "verbs.h"

namespace opentrt::tools {
namespace {

constexpr double kGiB = 1 << 30;

void line(const char* label, const std::string& text) {
    std::printf("%-18s %s\n", label, text.c_str());
}

//! File of the library that holds a function.
std::string libraryOf(const void* function) {
    Dl_info found{};
    if (!dladdr(function, &found) || !found.dli_fname) return "not found";
    std::error_code failed;
    const auto path = std::filesystem::canonical(found.dli_fname, failed);
    return failed ? found.dli_fname : path.string();
}

//! Value of a key of /proc/meminfo, in bytes.
double memoryOf(const std::string& key) {
    std::ifstream file("/proc/meminfo");
    double kiB = 0;
    for (std::string word; file >> word;) {
        if (word != key + ":") continue;
        file >> kiB;
        break;
    }
    return kiB * 1024;
}

std::string gib(double bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f GiB", bytes / kGiB);
    return text;
}

//! Driver version of CUDA, 0 when there is no driver.
int cudaDriver() {
    void* library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!library) return 0;
    int version = 0;
    const auto ask = reinterpret_cast<int (*)(int*)>(dlsym(library, "cuDriverGetVersion"));
    if (!ask || ask(&version) != 0) version = 0;
    return version;
}

std::string loadable(const char* name) {
    void* library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (!library) return "not found";
    std::string text = "found";
    link_map* map = nullptr;
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map) text = map->l_name;
    dlclose(library);
    return text;
}

//! That a library is missing (docs/performance.md).
std::string costOf(const std::string& library) {
    const std::string what = library == "cuBLASLt" ? "products" : "convolutions and attention";
    return "; without it builds have our own kernels for " + what +
           ", which are the faster ones in nearly all layers of the networks measured on an H200";
}

//! What a GPU needs, and what it costs that something is not there.
void cudaLines(const nlohmann::json& machine) {
    const int driver = cudaDriver();
    const auto why = machine.at("noCuda").get<std::string>(), compiler = machine.at("cudaCompiler").get<std::string>();
    const bool compiles = compiler.rfind("NVRTC ", 0) == 0;
    line("CUDA driver", driver ? std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10)
                               : "not found: engines run on the CPU, and programs that call the CUDA runtime need the "
                                 "host one of this project");
    const char* described = std::getenv("OPENTRT_CUDA_TARGET") ? "; OPENTRT_CUDA_TARGET says so, to build for it" : "";
    line("CUDA device", why.empty() ? machine.at("cuda").get<std::string>() + described : "none: " + why);
    line("CUDA compiler",
         compiles ? compiler : compiler + "; without it plans for CUDA devices load and run, but are not built");
    for (const auto& library : machine.at("cudaLibraries")) {
        const auto version = library.at("version").get<std::string>();
        const auto name = library.at("name").get<std::string>();
        line(name.c_str(), version.empty() ? library.at("whyNot").get<std::string>() + costOf(name) : version);
    }
    if (!driver && compiles)
        line("", "plans for a device that is described in OPENTRT_CUDA_TARGET can be built here (docs/cuda.md)");
    line("engines run on", machine.at("used").get<std::string>());
}

void doctor() {
    Logger logger;
    const auto machine = nlohmann::json::parse(textOf(opentrt::describeMachine(), logger, "describing the machine"));
    const int32_t version = getInferLibVersion();
    line("version", std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
                        std::to_string(version % 100));
    line("cpu", machine.at("cpu").get<std::string>());
    line("vector set", machine.at("isa").get<std::string>());
    line("threads", std::to_string(machine.at("threads").get<int>()) + " of " +
                        std::to_string(std::thread::hardware_concurrency()) + " hardware threads");
    const char* asked = std::getenv("OMP_NUM_THREADS");
    line("OMP_NUM_THREADS", asked ? asked : "not set: all threads are used");
    line("memory", gib(memoryOf("MemTotal")) + ", of which " + gib(memoryOf("MemAvailable")) + " are free");
    line("oneDNN", machine.at("onednn").get<std::string>());
    line("libnvinfer", libraryOf(reinterpret_cast<const void*>(&getInferLibVersion)));
    line("libnvonnxparser", libraryOf(reinterpret_cast<const void*>(&getNvOnnxParserVersion)));
    line("libcudart", loadable("libcudart.so"));
    cudaLines(machine);
    const auto isa = machine.at("isa").get<std::string>();
    if (isa == "generic" || isa == "sse41" || isa == "avx")
        line("advice", "this CPU lacks AVX2, so most kernels run their slow generic form");
}

}  // namespace

void addDoctor(CLI::App& app) {
    CLI::App& verb = *app.add_subcommand("doctor", "say what hardware and libraries were found");
    verb.callback([] { doctor(); });
}

}  // namespace opentrt::tools
