// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/compiler.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include "backends/cuda/nvrtc.h"
#include "base/error.h"
#include "base/hash.h"

namespace opentrt::cuda {

namespace {

std::string logOf(const Nvrtc& library, Program program) {
    size_t bytes = 0;
    library.logSize(program, &bytes);
    std::string text(bytes, '\0');
    if (bytes > 0) library.log(program, text.data());
    return text;
}

//! Beside the architecture.
std::vector<const char*> options() {
    std::vector<const char*> all{"--std=c++17", "--device-as-default-execution-space", "--disable-warnings"};
    // Without what kernels of ours never use, as textures, its front end takes half as long. NVRTC knows how
    // since 12.4.
    const FoundNvrtc& found = foundNvrtc();
    if (found.major > 12 || (found.major == 12 && found.minor >= 4)) all.push_back("--minimal");
    return all;
}

Tensor compileBy(const Nvrtc& library, const CodeText& code) {
    Program program = nullptr;
    check(library.create(&program, code.text.c_str(), "kernel.cu", 0, nullptr, nullptr) == 0, "NVRTC makes no program");
    const auto destroy = [&](Program* made) { library.destroy(made); };
    const std::unique_ptr<Program, decltype(destroy)> guard(&program, destroy);
    const std::string arch = cat("--gpu-architecture=", code.arch);
    std::vector<const char*> all = options();
    all.push_back(arch.c_str());
    const int status = library.compile(program, static_cast<int>(all.size()), all.data());
    if (status != 0) {
        throw Error(ErrorCode::Internal, "",
                    cat("a kernel does not compile for ", code.arch, ":\n", logOf(library, program)));
    }
    size_t bytes = 0;
    check(library.codeSize(program, &bytes) == 0 && bytes > 0, "NVRTC gives no machine code");
    Tensor result(DType::U8, {static_cast<int64_t>(bytes)});
    library.code(program, static_cast<char*>(result.mutableData()));
    return result;
}

//! By this copy of NVRTC, or, where it cannot, by the library itself.
Tensor compiledNow(const CodeText& code, const NvrtcCopy* copy = nullptr) {
    if (code.make) return code.make();
    if (!foundNvrtc().table) {
        throw Error(ErrorCode::Unsupported, "", cat("kernels for CUDA cannot be compiled: ", foundNvrtc().whyNot));
    }
    if (copy && copy->isThere()) {
        try {
            return compileBy(copy->table(), code);
        } catch (const Error&) {  // it may not find what the library has beside its file
        }
    }
    return compileBy(*foundNvrtc().table, code);
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
    for (const char* option : options()) all += option;
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

//! Copies of NVRTC among which threads are divided; each is made by the first of its threads.
class Copies {
public:
    //! As many as are worth the time that they take to make.
    Copies(size_t threads, size_t texts) : copies_(std::clamp<size_t>(std::min(threads / 6, texts / 16), 0, kMost)) {}
    //! Null: the library itself.
    const NvrtcCopy* of(size_t thread) {
        const size_t which = thread % (copies_.size() + 1);
        if (which == 0 || !foundNvrtc().table) return nullptr;
        One& one = copies_[which - 1];
        std::call_once(one.once, [&] { one.copy.emplace(); });
        return &*one.copy;
    }

private:
    static constexpr size_t kMost = 3;
    struct One {
        std::once_flag once;
        std::optional<NvrtcCopy> copy;
    };
    std::vector<One> copies_;
};

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
    Copies copies(running, missing.size());
    const auto work = [&](size_t thread) {
        const NvrtcCopy* copy = copies.of(thread);
        for (size_t i = next++; i < missing.size(); i = next++) {
            try {
                made().add(*missing[i], compiledNow(*missing[i], copy));
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
    for (size_t i = running; i > 0; --i) threads.list.emplace_back(work, i);
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
    const FoundNvrtc& found = foundNvrtc();
    return found.table ? cat("NVRTC ", found.major, ".", found.minor) : found.whyNot;
}

}  // namespace opentrt::cuda
