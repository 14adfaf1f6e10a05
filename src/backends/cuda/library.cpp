// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/library.h"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>

#include "base/error.h"

namespace opentrt::cuda {

namespace {

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
    if (dladdr(reinterpret_cast<const void*>(&openLibrary), &self) && self.dli_fname) {
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

std::vector<std::string> placesOf(const LibrarySearch& search) {
    std::vector<std::string> places = search.names;
    for (const fs::path& folder : packageFolders()) {
        for (const std::string& inside : search.packages) {
            std::error_code failed;
            if (fs::exists(folder / inside, failed)) places.push_back(folder / inside);
        }
    }
    for (const std::string& name : search.names) places.push_back("/usr/local/cuda/lib64/" + name);
    return places;
}

}  // namespace

void* openLibrary(const LibrarySearch& search, std::string* whyNot) {
    if (const char* asked = std::getenv(search.variable)) {
        void* library = dlopen(asked, RTLD_NOW | RTLD_LOCAL);
        if (!library) *whyNot = cat(search.variable, " names a file that cannot be loaded: ", dlerror());
        return library;
    }
    for (const std::string& name : search.names) {
        if (void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) return library;
    }
    for (const std::string& place : placesOf(search)) {
        if (void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
    }
    *whyNot = cat(search.names.back(), " is not found; install the package ", search.package,
                  " or the CUDA toolkit, or name the file in ", search.variable);
    return nullptr;
}

void* functionOf(void* library, const char* symbol, const LibrarySearch& search, std::string* whyNot) {
    void* function = dlsym(library, symbol);
    if (!function) *whyNot = cat(search.names.back(), " has no ", symbol);
    return function;
}

std::string versionText(int64_t number) {
    return cat(number / 10000, ".", number / 100 % 100, ".", number % 100);
}

}  // namespace opentrt::cuda
