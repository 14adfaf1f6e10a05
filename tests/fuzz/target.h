// SPDX-License-Identifier: Apache-2.0
// What reads bytes of strangers, each as one target. `./dev fuzz NAME` runs a target under libFuzzer (fuzz_entry.cpp);
// the tests run each on a fixed set of damaged inputs. A finding is a crash, a hang, a report of a sanitizer, or an
// exception other than opentrt::Error.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "random.h"

namespace opentrt::fuzz {

struct Target {
    //! Reads the bytes; returns whether they were accepted. Aborts when a promise is broken.
    bool (*run)(std::string_view bytes);
    //! Changes that know what the bytes mean, so that most survive the first checks (checksums, structure).
    std::string (*mutate)(const std::string& bytes, Random& random);
    //! Good inputs, made by the library itself.
    std::vector<std::string> (*seeds)();
    //! Further ones, for mutate() and libFuzzer; null: none.
    std::vector<std::string> (*moreSeeds)() = nullptr;

    std::vector<std::string> allSeeds() const {
        std::vector<std::string> all = seeds();
        if (!moreSeeds) return all;
        for (std::string& seed : moreSeeds()) all.push_back(std::move(seed));
        return all;
    }
};

const Target& planFuzz();         //!< plan files: load, make a context, set shapes, run
const Target& timingCacheFuzz();  //!< timing caches
const Target& graphTextFuzz();    //!< the text form of graphs
const Target& onnxWireFuzz();     //!< ONNX files as protobuf messages
const Target& onnxFuzz();         //!< ONNX models into networks

//! Ends the program when a promise is broken.
void require(bool ok, const char* what);

}  // namespace opentrt::fuzz
