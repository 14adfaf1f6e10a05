// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/text_reader.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>

namespace opentrt::onnx {
namespace {

bool isNameChar(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}
bool isNumberChar(char c) {
    return isNameChar(c) || c == '+' || c == '-';
}

int digitOf(char c, int base) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 99;
    return digit < base ? digit : -1;
}

//! Up to `most` digits at `i`, as one byte.
char numberEscape(std::string_view raw, size_t& i, int base, int most) {
    int value = 0;
    for (int k = 0; k < most && i < raw.size() && digitOf(raw[i], base) >= 0; ++k)
        value = value * base + digitOf(raw[i++], base);
    return static_cast<char>(value);
}

void appendEscaped(std::string_view raw, size_t& i, std::string& out) {
    static constexpr std::string_view kLetters = "abfnrtv\\'\"?";
    static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"?";
    const char c = raw[i];
    if (c == 'x' || c == 'X') {
        out += numberEscape(raw, ++i, 16, 2);
    } else if (c >= '0' && c <= '7') {
        out += numberEscape(raw, i, 8, 3);
    } else {
        const size_t known = kLetters.find(c);
        out += known == std::string_view::npos ? c : kMeanings[known];
        ++i;
    }
}

}  // namespace

void TextReader::advance() {
    for (;;) {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
        if (at_ >= text_.size() || text_[at_] != '#') break;
        at_ = std::min(text_.find('\n', at_), text_.size());
    }
    start_ = at_;
    if (at_ >= text_.size()) {
        kind_ = Kind::End;
        token_ = "";
        return;
    }
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
        kind_ = Kind::String;
        size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != c && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
        if (end >= text_.size() || text_[end] != c) fail("a string does not end");
        token_ = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
    } else if (std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '+' || c == '.') {
        kind_ = Kind::Number;
        while (at_ < text_.size() && isNumberChar(text_[at_])) ++at_;
        token_ = text_.substr(start_, at_ - start_);
    } else if (isNameChar(c)) {
        kind_ = Kind::Name;
        while (at_ < text_.size() && isNameChar(text_[at_])) ++at_;
        token_ = text_.substr(start_, at_ - start_);
    } else {
        kind_ = Kind::Mark;
        token_ = text_.substr(at_++, 1);
    }
}

void TextReader::expect(std::string_view mark) {
    if (token_ != mark) fail("a colon is expected");
    advance();
}

int64_t TextReader::integer() {
    if (kind_ == Kind::Name && (token_ == "true" || token_ == "false")) {
        const bool value = token_ == "true";
        advance();
        return value;
    }
    if (kind_ != Kind::Number) fail("an integer is expected");
    const std::string digits(token_);
    char* end = nullptr;
    errno = 0;
    const bool negative = digits.front() == '-';
    const int64_t value =
        negative ? std::strtoll(digits.c_str(), &end, 0) : static_cast<int64_t>(std::strtoull(digits.c_str(), &end, 0));
    if (*end != '\0' || errno != 0) fail("an integer is out of range or malformed");
    advance();
    return value;
}

double TextReader::real() {
    if (kind_ != Kind::Number && kind_ != Kind::Name) fail("a number is expected");
    const std::string digits(token_);
    char* end = nullptr;
    const double value = std::strtod(digits.c_str(), &end);
    if (end == digits.c_str() || (*end != '\0' && *end != 'f')) fail("a number is malformed");
    advance();
    return value;
}

//! Strings that follow each other are one.
std::string TextReader::text() {
    if (kind_ != Kind::String) fail("a string is expected");
    std::string out;
    while (kind_ == Kind::String) {
        for (size_t i = 0; i < token_.size();) {
            if (token_[i] == '\\' && i + 1 < token_.size()) {
                appendEscaped(token_, ++i, out);
            } else {
                out += token_[i++];
            }
        }
        advance();
    }
    return out;
}

int64_t TextReader::named(const char* const* names, size_t count) {
    if (kind_ == Kind::Number) return integer();
    for (size_t i = 0; i < count; ++i) {
        if (token_ != names[i]) continue;
        advance();
        return static_cast<int64_t>(i);
    }
    fail("an enumeration has no such value");
}

void TextReader::skipField() {
    if (token_ == ":" && kind_ == Kind::Mark) advance();
    int open = 0;
    do {
        if (kind_ == Kind::End) fail("the file ends inside a field");
        const bool mark = kind_ == Kind::Mark;
        const bool string = kind_ == Kind::String;
        if (mark && (token_ == "{" || token_ == "<" || token_ == "[")) ++open;
        if (mark && (token_ == "}" || token_ == ">" || token_ == "]")) --open;
        advance();
        while (open == 0 && string && kind_ == Kind::String) advance();
    } while (open > 0);
}

void TextReader::fail(const char* what) const {
    const auto line =
        std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(start_, text_.size())), '\n');
    model::fail(model::Code::kMODEL_DESERIALIZE_FAILED,
                model::cat("not an ONNX model in text form: ", what, " (line ", line + 1, ")"));
}

}  // namespace opentrt::onnx
