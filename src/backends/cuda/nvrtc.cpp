// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/nvrtc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/cuda/library.h"
#include "base/cat.h"

namespace opentrt::cuda {

namespace {

const LibrarySearch& search() {
    static const LibrarySearch how{"OPENTRT_NVRTC",
                                   {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"},
                                   {"nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cuda_nvrtc/lib/libnvrtc.so.12"},
                                   "nvidia-cuda-nvrtc"};
    return how;
}

void takeAll(Nvrtc& table, const FunctionTaker& take) {
#define OPENTRT_NVRTC_TAKE(member, symbol, parameters) take(table.member, symbol);
    OPENTRT_NVRTC_FUNCTIONS(OPENTRT_NVRTC_TAKE)
#undef OPENTRT_NVRTC_TAKE
}

//! Where the library's file is; empty for one of another name, which may have more in it than functions.
std::string pathOfLibrary() {
    Dl_info info{};
    const auto* inside = reinterpret_cast<const void*>(foundNvrtc().table->compile);
    if (!dladdr(inside, &info) || !info.dli_fname) return {};
    const std::filesystem::path path(info.dli_fname);
    return path.filename().string().rfind("libnvrtc.", 0) == 0 ? path.string() : std::string();
}

//! Into memory that has a file's name.
bool copyFile(const std::string& path, int to) {
    const int from = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (from < 0) return false;
    struct stat status {};
    off_t at = 0;
    bool goesOn = to >= 0 && fstat(from, &status) == 0;
    while (goesOn && at < status.st_size)
        goesOn = sendfile(to, from, &at, static_cast<size_t>(status.st_size - at)) > 0;
    close(from);
    return goesOn;
}

}  // namespace

const FoundNvrtc& foundNvrtc() {
    static const FoundNvrtc once = [] {
        FoundNvrtc now;
        now.table = findLibrary<Nvrtc>(search(), takeAll, &now.whyNot);
        if (now.table) now.table->version(&now.major, &now.minor);
        return now;
    }();
    return once;
}

NvrtcCopy::NvrtcCopy() {
    const std::string path = pathOfLibrary();
    if (path.empty()) return;
    file_ = memfd_create("nvrtc", MFD_CLOEXEC);
    if (!copyFile(path, file_)) return;
    library_ = dlopen(cat("/proc/self/fd/", file_).c_str(), RTLD_NOW | RTLD_LOCAL);
    std::string whyNot;
    if (library_) takeAll(table_, {library_, search(), &whyNot});
}

NvrtcCopy::~NvrtcCopy() {
    if (library_) dlclose(library_);
    if (file_ >= 0) close(file_);
}

}  // namespace opentrt::cuda
