// SPDX-License-Identifier: Apache-2.0
// Hostile ONNX models: the entry point of the fuzzer, and mutations that know what a model is made of.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

//! Parses the bytes into a fresh network. Crashes, sanitizer reports and failures without an error are the findings.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace opentrt::fuzz {

//! Numbers that look random and are the same on every machine.
class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 2862933555777941757U + 3037000493U) {}
    uint64_t next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return (state_ >> 33) ^ (state_ >> 11);
    }
    size_t below(size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(next() % bound); }

private:
    uint64_t state_;
};

//! The model with a few of its parts changed: attribute values, dimensions, types, names, operators. Returns the bytes
//! unchanged when they are not a model.
std::string mutateModel(const std::string& bytes, Random& random);
//! A few bits flipped, bytes dropped or repeated, anywhere.
std::string mutateBytes(std::string bytes, Random& random);

}  // namespace opentrt::fuzz
