// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/compiler.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "base/error.h"

namespace opentrt::cuda {

namespace {

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
    std::string whyNot;
};

namespace fs = std::filesystem;

//! Folders that may hold Python packages: above this library, and of the active environment.
std::vector<fs::path> packageFolders() {
    std::vector<fs::path> folders;
    const auto addEnvironment = [&](const fs::path& environment) {
        std::error_code failed;
        for (const auto& entry : fs::directory_iterator(environment / "lib", failed)) {
            if (entry.path().filename().string().rfind("python3", 0) == 0)
                folders.push_back(entry.path() / "site-packages");
        }
    };
    Dl_info self{};
    if (dladdr(reinterpret_cast<const void*>(&packageFolders), &self) && self.dli_fname) {
        std::error_code failed;
        for (fs::path at = fs::absolute(self.dli_fname, failed).parent_path(); at.has_relative_path();
             at = at.parent_path()) {
            folders.push_back(at);
            addEnvironment(at / ".venv");
        }
    }
    if (const char* environment = std::getenv("VIRTUAL_ENV")) addEnvironment(environment);
    return folders;
}

//! Places of the library, in the order in which they are tried.
std::vector<std::string> candidates() {
    std::vector<std::string> names;
    if (const char* asked = std::getenv("OPENTRT_NVRTC")) return {asked};
    for (const char* name : {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}) names.emplace_back(name);
    for (const fs::path& folder : packageFolders()) {
        for (const char* inside : {"nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cuda_nvrtc/lib/libnvrtc.so.12"}) {
            std::error_code failed;
            if (fs::exists(folder / inside, failed)) names.push_back(folder / inside);
        }
    }
    for (const char* name : {"/usr/local/cuda/lib64/libnvrtc.so.13", "/usr/local/cuda/lib64/libnvrtc.so.12"})
        names.emplace_back(name);
    return names;
}

Nvrtc load() {
    Nvrtc nvrtc;
    void* library = nullptr;
    for (const std::string& name : candidates()) {
        if ((library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL))) break;
    }
    if (!library) {
        nvrtc.whyNot =
            "libnvrtc.so is not found; install the package nvidia-cuda-nvrtc or the CUDA toolkit, or name "
            "the file in OPENTRT_NVRTC";
        return nvrtc;
    }
    const auto take = [&](auto& member, const char* symbol) {
        member = reinterpret_cast<std::remove_reference_t<decltype(member)>>(dlsym(library, symbol));
        if (!member) nvrtc.whyNot = cat("libnvrtc.so has no ", symbol);
    };
#define OPENTRT_NVRTC_TAKE(member, symbol, parameters) take(nvrtc.member, symbol);
    OPENTRT_NVRTC_FUNCTIONS(OPENTRT_NVRTC_TAKE)
#undef OPENTRT_NVRTC_TAKE
    return nvrtc;
}

const Nvrtc& nvrtc() {
    static const Nvrtc library = load();
    return library;
}

std::string logOf(Program program) {
    size_t bytes = 0;
    nvrtc().logSize(program, &bytes);
    std::string text(bytes, '\0');
    if (bytes > 0) nvrtc().log(program, text.data());
    return text;
}

Tensor compileNow(const Target& target, const std::string& source) {
    const Nvrtc& library = nvrtc();
    if (!library.whyNot.empty()) {
        throw Error(ErrorCode::Unsupported, "", cat("kernels for CUDA cannot be compiled: ", library.whyNot));
    }
    Program program = nullptr;
    check(library.create(&program, source.c_str(), "kernel.cu", 0, nullptr, nullptr) == 0, "NVRTC makes no program");
    const std::unique_ptr<Program, void (*)(Program*)> guard(&program, [](Program* p) { nvrtc().destroy(p); });
    const std::string arch = cat("--gpu-architecture=", target.arch());
    const char* options[] = {arch.c_str(), "--std=c++17", "--device-as-default-execution-space", "--disable-warnings"};
    const int status = library.compile(program, 4, options);
    if (status != 0) {
        throw Error(ErrorCode::Internal, "",
                    cat("a kernel does not compile for ", target.arch(), ":\n", logOf(program)));
    }
    size_t bytes = 0;
    check(library.codeSize(program, &bytes) == 0 && bytes > 0, "NVRTC gives no machine code");
    Tensor code(DType::U8, {static_cast<int64_t>(bytes)});
    library.code(program, static_cast<char*>(code.mutableData()));
    return code;
}

}  // namespace

Tensor compileCode(const Target& target, const std::string& source) {
    static std::mutex mutex;
    static std::unordered_map<std::string, Tensor> made;
    const std::string whole = cat(codeText("prelude"), source);
    const std::string key = target.arch() + "\n" + whole;
    {
        const std::lock_guard lock(mutex);
        if (const auto at = made.find(key); at != made.end()) return at->second;
    }
    Tensor code = compileNow(target, whole);
    const std::lock_guard lock(mutex);
    return made.emplace(key, std::move(code)).first->second;
}

std::string compilerText() {
    if (!nvrtc().whyNot.empty()) return nvrtc().whyNot;
    int major = 0, minor = 0;
    nvrtc().version(&major, &minor);
    return cat("NVRTC ", major, ".", minor);
}

}  // namespace opentrt::cuda
