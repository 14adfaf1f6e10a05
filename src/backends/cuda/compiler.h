// SPDX-License-Identifier: Apache-2.0
// Kernel text to machine code, through NVRTC, which is looked for when the first kernel is compiled: only builds need
// it, loading a plan does not. Texts stand in code/ and are part of this library.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/code_store.h"
#include "backends/cuda/target.h"
#include "graph/tensor.h"

namespace opentrt::cuda {

//! A file of code/ by its name without ending: "prelude".
std::string_view codeText(std::string_view name);

//! Machine code of a source, as bytes; compiled once per process. The prelude stands in front of the source. Throws
//! Error(Unsupported) when NVRTC is missing, Error(Internal) with its messages when the source is wrong.
Tensor compileCode(const Target& target, const std::string& source);

//! A source for a target, with the prelude in front of it; or what a library makes code of in its own way.
struct CodeText {
    std::string arch, text;
    std::function<Tensor()> make = nullptr;  //!< empty: NVRTC does
};
//! What `make` gives, for which all the same is true: it is made once per process, ahead where compileTexts() is asked
//! to, and kept in stores.
Tensor makeCode(CodeText code);
//! Machine code that compileCode() will be asked for: made now, by as many threads as the machine has, equal texts
//! once. What does not compile is left to compileCode(), which says why. `goOn`, which may be empty, is told in the
//! calling thread how many are done; when it says no, the threads end with the kernels that they are at. False: it said
//! no.
bool compileTexts(const std::vector<CodeText>& texts, const std::function<bool(int done, int total)>& goOn);

//! While one lives, compileCode() and makeCode() of this thread compile nothing: they throw Noted with the text. So
//! what a tactic will need is found by the very code that compiles it, which therefore packs weights behind that.
class NotingTexts {
public:
    struct Noted {
        CodeText text;
    };
    NotingTexts();
    NotingTexts(const NotingTexts&) = delete;
    NotingTexts& operator=(const NotingTexts&) = delete;
    ~NotingTexts();
};

//! While one lives, compileCode() and compileTexts() of this thread look into the store before they compile; what
//! compileCode() gives goes into it if it is to keep that.
class UsingStore {
public:
    UsingStore(CodeStore& store, bool keeps);
    UsingStore(const UsingStore&) = delete;
    UsingStore& operator=(const UsingStore&) = delete;
    ~UsingStore();

private:
    CodeStore* outerStore_;
    bool outerKeeps_;
};

//! Version of NVRTC, or why there is none.
std::string compilerText();

}  // namespace opentrt::cuda
