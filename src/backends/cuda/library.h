// SPDX-License-Identifier: Apache-2.0
// Libraries of NVIDIA's that are found at run time, when something asks for them: where they are looked for, and what
// is said when they are not there. Nothing links them.
#pragma once
#include <cstdlib>
#include <map>
#include <mutex>
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

//! Takes functions out of a library into members of a table.
struct FunctionTaker {
    void* library;
    const LibrarySearch& search;
    std::string* whyNot;
    template <class Function>
    void operator()(Function& member, const char* symbol) const {
        member = reinterpret_cast<Function>(functionOf(library, symbol, search, whyNot));
    }
};
//! The table of a library's functions, which `takeAll` fills; null when it is not to be had, and `whyNot` says why.
//! Each file that the variable names has a table of its own.
template <class Table>
const Table* findLibrary(const LibrarySearch& search, void (*takeAll)(Table& table, const FunctionTaker& take),
                         std::string* whyNot) {
    struct Loaded {
        Table table;
        std::string whyNot;
    };
    static std::mutex mutex;
    static std::map<std::string, Loaded> known;
    const char* asked = std::getenv(search.variable);
    const std::lock_guard lock(mutex);
    const auto [at, isNew] = known.try_emplace(asked ? asked : "");
    Loaded& loaded = at->second;
    if (isNew) {
        if (void* library = openLibrary(search, &loaded.whyNot))
            takeAll(loaded.table, {library, search, &loaded.whyNot});
    }
    *whyNot = loaded.whyNot;
    return whyNot->empty() ? &loaded.table : nullptr;
}

//! "13.1.0" of the number that a library says of itself.
std::string versionText(int64_t number);

//! Bits of TacticRequest::sources, those of nvinfer1::TacticSource.
inline constexpr uint32_t kFromCublasLt = 1U << 1, kFromCudnn = 1U << 2;

}  // namespace opentrt::cuda
