// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <algorithm>

namespace trtexec {
namespace {

Arguments::Word split(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) return {text, "", false};
    return {text.substr(0, equals), text.substr(equals + 1), false};
}

//! Calls `read` on the value; names flag and value when that fails.
template <class Read>
auto converted(const std::string& flag, const std::string& value, const Read& read) {
    try {
        return read(value);
    } catch (const std::out_of_range&) {
        throw ArgumentError(flag + "=" + value + ": the number is out of range");
    } catch (const std::invalid_argument& e) {
        const std::string why = e.what();
        // The messages of std::stoi and its relatives are nothing but their names.
        throw ArgumentError(flag + "=" + value + ": " + (why.rfind("sto", 0) == 0 ? "not a number" : why));
    }
}

}  // namespace

Arguments::Arguments(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) words_.push_back(split(argv[i]));
}

Arguments::Arguments(const std::vector<std::string>& words) {
    for (const std::string& word : words) words_.push_back(split(word));
}

bool Arguments::has(const std::string& flag) const {
    return std::any_of(words_.begin(), words_.end(), [&](const Word& word) { return word.flag == flag; });
}

Arguments::Word* Arguments::find(const std::string& flag) {
    for (Word& word : words_) {
        if (!word.taken && word.flag == flag) return &word;
    }
    return nullptr;
}

bool Arguments::takeFlag(const std::string& flag) {
    return take(flag).has_value();
}

std::optional<std::string> Arguments::take(const std::string& flag) {
    Word* word = find(flag);
    if (!word) return std::nullopt;
    word->taken = true;
    return word->value;
}

std::vector<std::string> Arguments::takeAll(const std::string& flag) {
    std::vector<std::string> values;
    while (auto value = take(flag)) values.push_back(*value);
    return values;
}

void Arguments::take(const std::string& flag, std::string& value) {
    if (auto text = take(flag)) value = *text;
}

void Arguments::take(const std::string& flag, int& value) {
    if (auto text = take(flag)) value = converted(flag, *text, [](const std::string& t) { return std::stoi(t); });
}

void Arguments::take(const std::string& flag, int64_t& value) {
    if (auto text = take(flag)) value = converted(flag, *text, [](const std::string& t) { return std::stoll(t); });
}

void Arguments::take(const std::string& flag, float& value) {
    if (auto text = take(flag)) value = converted(flag, *text, [](const std::string& t) { return std::stof(t); });
}

void Arguments::take(const std::string& flag, double& value) {
    if (auto text = take(flag)) value = converted(flag, *text, [](const std::string& t) { return std::stod(t); });
}

void Arguments::takeShapes(const std::string& flag, opentrt::tools::ShapeMap& value) {
    if (auto text = take(flag))
        value = converted(flag, *text, [](const auto& t) { return opentrt::tools::parseShapes(t); });
}

std::vector<std::string> Arguments::takeList(const std::string& flag) {
    const auto text = take(flag);
    if (!text) return {};
    return converted(flag, *text, [](const std::string& t) { return opentrt::tools::splitList(t); });
}

std::vector<Arguments::Word> Arguments::takeGroup(const std::string& group, const std::vector<std::string>& members,
                                                  size_t limit) {
    std::vector<Word> taken;
    for (size_t i = 0; i < words_.size(); ++i) {
        if (words_[i].taken || words_[i].flag != group) continue;
        words_[i].taken = true;
        taken.push_back(words_[i]);
        for (size_t m = i + 1; m < words_.size() && m <= i + limit; ++m) {
            Word& word = words_[m];
            if (word.taken || std::find(members.begin(), members.end(), word.flag) == members.end()) break;
            word.taken = true;
            taken.push_back(word);
        }
        break;
    }
    return taken;
}

std::vector<Arguments::Word> Arguments::rest() const {
    std::vector<Word> rest;
    std::copy_if(words_.begin(), words_.end(), std::back_inserter(rest), [](const Word& word) { return !word.taken; });
    return rest;
}

}  // namespace trtexec
