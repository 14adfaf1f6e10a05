// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/compiler.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include "backends/cuda/library.h"
#include "base/error.h"
#include "base/hash.h"

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
};

//! Null: `whyNot`. Looked for once.
struct Found {
    std::string whyNot;
    const Nvrtc* table = nullptr;
};

const Found& found() {
    static const LibrarySearch search{"OPENTRT_NVRTC",
                                      {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"},
                                      {"nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cuda_nvrtc/lib/libnvrtc.so.12"},
                                      "nvidia-cuda-nvrtc"};
    static const Found once = [] {
        Found now;
        now.table = findLibrary<Nvrtc>(
            search,
            [](auto& table, const FunctionTaker& take) {
#define OPENTRT_NVRTC_TAKE(member, symbol, parameters) take(table.member, symbol);
                OPENTRT_NVRTC_FUNCTIONS(OPENTRT_NVRTC_TAKE)
#undef OPENTRT_NVRTC_TAKE
            },
            &now.whyNot);
        return now;
    }();
    return once;
}

//! When it was found.
const Nvrtc& nvrtc() {
    return *found().table;
}

std::string logOf(Program program) {
    size_t bytes = 0;
    nvrtc().logSize(program, &bytes);
    std::string text(bytes, '\0');
    if (bytes > 0) nvrtc().log(program, text.data());
    return text;
}

constexpr const char* kOptions[] = {"--std=c++17", "--device-as-default-execution-space", "--disable-warnings"};

Tensor compileNow(const CodeText& code) {
    if (!found().table) {
        throw Error(ErrorCode::Unsupported, "", cat("kernels for CUDA cannot be compiled: ", found().whyNot));
    }
    const Nvrtc& library = nvrtc();
    Program program = nullptr;
    check(library.create(&program, code.text.c_str(), "kernel.cu", 0, nullptr, nullptr) == 0, "NVRTC makes no program");
    const std::unique_ptr<Program, void (*)(Program*)> guard(&program, [](Program* p) { nvrtc().destroy(p); });
    const std::string arch = cat("--gpu-architecture=", code.arch);
    std::vector<const char*> options{arch.c_str()};
    options.insert(options.end(), std::begin(kOptions), std::end(kOptions));
    const int status = library.compile(program, static_cast<int>(options.size()), options.data());
    if (status != 0) {
        throw Error(ErrorCode::Internal, "", cat("a kernel does not compile for ", code.arch, ":\n", logOf(program)));
    }
    size_t bytes = 0;
    check(library.codeSize(program, &bytes) == 0 && bytes > 0, "NVRTC gives no machine code");
    Tensor result(DType::U8, {static_cast<int64_t>(bytes)});
    library.code(program, static_cast<char*>(result.mutableData()));
    return result;
}

Tensor compiledNow(const CodeText& code) {
    return code.make ? code.make() : compileNow(code);
}

//! Machine code of this process.
class Made {
public:
    std::optional<Tensor> find(const CodeText& code) {
        const std::lock_guard lock(mutex_);
        const auto at = code_.find(keyOf(code));
        return at == code_.end() ? std::nullopt : std::optional(at->second);
    }
    Tensor add(const CodeText& code, Tensor made) {
        const std::lock_guard lock(mutex_);
        return code_.emplace(keyOf(code), std::move(made)).first->second;
    }

private:
    static std::string keyOf(const CodeText& code) { return code.arch + "\n" + code.text; }
    std::mutex mutex_;
    std::unordered_map<std::string, Tensor> code_;
};

Made& made() {
    static Made code;
    return code;
}

thread_local bool notesTexts = false;
thread_local CodeStore* store = nullptr;
thread_local bool storeKeeps = false;

//! Two hashes of all that decides about the code.
std::string storeKeyOf(const CodeText& code) {
    std::string all = cat(compilerText(), "\n", code.arch, "\n");
    for (const char* option : kOptions) all += option;
    all += code.text;
    const uint64_t hashes[] = {hashText(all), hashText(all, all.size())};
    return {reinterpret_cast<const char*>(hashes), sizeof hashes};
}

//! From this process or the store.
std::optional<Tensor> findCode(const CodeText& code) {
    if (auto known = made().find(code)) return known;
    if (!store) return std::nullopt;
    if (auto kept = store->findCode(storeKeyOf(code))) return made().add(code, std::move(*kept));
    return std::nullopt;
}

//! Texts that are not made yet, each once.
std::vector<const CodeText*> missingOf(const std::vector<CodeText>& texts) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    std::vector<const CodeText*> missing;
    for (const CodeText& code : texts) {
        if (seen.emplace(code.arch, code.text).second && !findCode(code)) missing.push_back(&code);
    }
    return missing;
}

//! Ends them, with no further work, however the scope is left.
struct Threads {
    std::atomic<size_t>& next;
    size_t last;
    std::vector<std::thread> list;
    ~Threads() {
        next = last;
        for (std::thread& thread : list) thread.join();
    }
};

}  // namespace

NotingTexts::NotingTexts() {
    notesTexts = true;
}
NotingTexts::~NotingTexts() {
    notesTexts = false;
}

UsingStore::UsingStore(CodeStore& wanted, bool keeps) : outerStore_(store), outerKeeps_(storeKeeps) {
    store = &wanted;
    storeKeeps = keeps;
}
UsingStore::~UsingStore() {
    store = outerStore_;
    storeKeeps = outerKeeps_;
}

Tensor compileCode(const Target& target, const std::string& source) {
    return makeCode({target.arch(), cat(codeText("prelude"), source)});
}

Tensor makeCode(CodeText code) {
    if (notesTexts) throw NotingTexts::Noted{std::move(code)};
    auto result = findCode(code);
    if (!result) result = made().add(code, compiledNow(code));
    if (store && storeKeeps) store->putCode(storeKeyOf(code), *result);
    return *result;
}

bool compileTexts(const std::vector<CodeText>& texts, const std::function<bool(int done, int total)>& goOn) {
    const std::vector<const CodeText*> missing = missingOf(texts);
    if (missing.empty()) return true;
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    std::condition_variable changed;
    size_t done = 0, running = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, missing.size());
    const auto work = [&] {
        for (size_t i = next++; i < missing.size(); i = next++) {
            try {
                made().add(*missing[i], compiledNow(*missing[i]));
            } catch (const std::exception&) {  // compileCode() will meet it again, where the layer is known
            }
            const std::lock_guard lock(mutex);
            ++done;
            changed.notify_one();
        }
        const std::lock_guard lock(mutex);
        --running;
        changed.notify_one();
    };
    Threads threads{next, missing.size(), {}};
    for (size_t i = running; i > 0; --i) threads.list.emplace_back(work);
    bool wanted = true;
    size_t told = 0;
    std::unique_lock lock(mutex);
    while (running > 0 && wanted) {
        changed.wait(lock, [&] { return running == 0 || done != told; });
        if (done == told) break;
        told = done;
        lock.unlock();
        wanted = !goOn || goOn(static_cast<int>(told), static_cast<int>(missing.size()));
        lock.lock();
    }
    return wanted;
}

std::string compilerText() {
    if (!found().table) return found().whyNot;
    int major = 0, minor = 0;
    nvrtc().version(&major, &minor);
    return cat("NVRTC ", major, ".", minor);
}

}  // namespace opentrt::cuda
