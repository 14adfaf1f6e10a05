// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdio>

#include "base/error.h"
#include "graph/text.h"
#include "small_graphs.h"
#include "target.h"

namespace opentrt::fuzz {
namespace {

//! What was printed must be readable.
Graph parsePrinted(const std::string& text) {
    try {
        return parseGraph(text);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", text.c_str());
        require(false, error.what());
        throw;
    }
}

void requireSame(const std::string& before, const std::string& after) {
    if (before != after) std::fprintf(stderr, "%s\nbecomes\n%s\n", before.c_str(), after.c_str());
    require(before == after, "a graph changes when it is printed and read");
}

bool run(std::string_view bytes) {
    try {
        const std::string printed = print(parseGraph(bytes));
        requireSame(printed, print(parsePrinted(printed)));
        return true;
    } catch (const Error& error) {
        require(error.code() != ErrorCode::Internal, error.what());
        return false;
    }
}

bool isWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '%' || c == '-';
}

//! Words and signs of the text, spaces left out.
std::vector<std::string> tokensOf(const std::string& text) {
    std::vector<std::string> tokens;
    for (size_t at = 0; at < text.size();) {
        size_t end = at + 1;
        if (isWord(text[at])) {
            while (end < text.size() && isWord(text[end])) ++end;
        }
        tokens.push_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

//! Exchanges, drops and repeats words; puts strange numbers and operators in place of some.
std::string mutate(const std::string& bytes, Random& random) {
    static constexpr const char* kWords[] = {"f32",
                                             "i64",
                                             "bool",
                                             "f16",
                                             "i4",
                                             "Convolution",
                                             "Loop",
                                             "If",
                                             "Reshape",
                                             "Gather",
                                             "floordiv(N,0)",
                                             "max(N,1)",
                                             "N",
                                             "N*N",
                                             "_",
                                             "body",
                                             "{",
                                             "}",
                                             "[",
                                             "]",
                                             "[]",
                                             "input",
                                             "output",
                                             "const",
                                             "shape",
                                             "holds",
                                             "random(1)",
                                             "fill(0)",
                                             "nan",
                                             "-1",
                                             "range",
                                             "stage planned",
                                             "\"",
                                             "axis=9",
                                             "axis=-9",
                                             "hex\"00\""};
    std::vector<std::string> tokens = tokensOf(bytes);
    const size_t changes = 1 + random.below(3);
    for (size_t i = 0; i < changes && !tokens.empty(); ++i) {
        const size_t at = random.below(tokens.size()), other = random.below(tokens.size());
        switch (random.below(6)) {
            case 0:
                tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            case 1:
                tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(at), std::string(tokens[other]));
                break;
            case 2:
                std::swap(tokens[at], tokens[other]);
                break;
            case 3:
                tokens[at] = *random.pick(kWords);
                break;
            case 4:
                tokens[at] = std::to_string(strangeInteger(random));
                break;
            default:  // the next number becomes a strange one
                for (size_t k = at; k < tokens.size(); ++k) {
                    if (!std::isdigit(static_cast<unsigned char>(tokens[k].back()))) continue;
                    tokens[k] = std::to_string(strangeInteger(random));
                    break;
                }
        }
    }
    std::string text;
    for (const std::string& token : tokens) text += token;
    return text;
}

std::vector<std::string> seeds() {
    std::vector<std::string> texts;
    for (const SmallGraph& graph : smallGraphs()) texts.push_back(graph.text);
    return texts;
}

}  // namespace

const Target& graphTextFuzz() {
    static const Target target{run, mutate, seeds};
    return target;
}

}  // namespace opentrt::fuzz
