// SPDX-License-Identifier: Apache-2.0
#include "base/scanner.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace opentrt {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int hexDigit(char c) {
    if (isDigit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

bool isNameStart(char c) {
    return isLetter(c) || c == '$';
}
bool isNameChar(char c) {
    return isNameStart(c) || isDigit(c) || c == '.' || c == '#';
}

bool isName(std::string_view text) {
    if (text.empty() || !isNameStart(text[0])) return false;
    for (char c : text)
        if (!isNameChar(c)) return false;
    return true;
}

std::string quoteText(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string numberText(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    char buffer[32];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
    return std::string(buffer, result.ptr);
}

void Scanner::failAt(size_t position, const std::string& message) const {
    position = std::min(position, text_.size());
    size_t line = 1, column = 1;
    for (size_t i = 0; i < position; ++i) {
        column = text_[i] == '\n' ? 1 : column + 1;
        line += text_[i] == '\n';
    }
    throw Error(ErrorCode::InvalidArgument, "", cat("line ", line, ", column ", column, ": ", message));
}

void Scanner::fail(const std::string& message) {
    skipSpace();
    failAt(position_, message);
}

void Scanner::skipSpace() {
    while (position_ < text_.size()) {
        const char c = text_[position_];
        if (c == '#') {
            position_ = std::min(text_.find('\n', position_), text_.size());
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++position_;
        } else {
            return;
        }
    }
}

bool Scanner::atEnd() {
    skipSpace();
    return position_ == text_.size();
}

char Scanner::peek() {
    skipSpace();
    return position_ < text_.size() ? text_[position_] : '\0';
}

bool Scanner::accept(std::string_view token) {
    skipSpace();
    if (text_.substr(position_, token.size()) != token) return false;
    const size_t after = position_ + token.size();
    if (isNameChar(token.back()) && after < text_.size() && isNameChar(text_[after])) return false;
    position_ = after;
    return true;
}

void Scanner::expect(std::string_view token) {
    if (!accept(token)) fail(cat("expected '", token, "'"));
}

std::string_view Scanner::acceptName() {
    skipSpace();
    if (position_ == text_.size() || !isNameStart(text_[position_])) return {};
    return expectWord("a name");
}

std::string_view Scanner::expectWord(const char* what) {
    skipSpace();
    if (position_ == text_.size() || !isNameChar(text_[position_])) fail(cat("expected ", what));
    size_t end = position_;
    while (end < text_.size() && isNameChar(text_[end])) ++end;
    const auto name = text_.substr(position_, end - position_);
    position_ = end;
    return name;
}

std::string_view Scanner::expectName(const char* what) {
    const auto name = acceptName();
    if (name.empty()) fail(cat("expected ", what));
    return name;
}

int64_t Scanner::expectInteger() {
    skipSpace();
    int64_t value = 0;
    const char* begin = text_.data() + position_;
    const auto result = std::from_chars(begin, text_.data() + text_.size(), value);
    if (result.ec == std::errc::result_out_of_range) fail("this number does not fit into 64 bits");
    if (result.ec != std::errc()) fail("expected a whole number");
    position_ += static_cast<size_t>(result.ptr - begin);
    if (position_ < text_.size() && isNameChar(text_[position_])) fail("expected a whole number");
    return value;
}

double Scanner::expectNumber() {
    if (accept("inf")) return std::numeric_limits<double>::infinity();
    if (accept("-inf")) return -std::numeric_limits<double>::infinity();
    if (accept("nan")) return std::numeric_limits<double>::quiet_NaN();
    skipSpace();
    double value = 0;
    const char* begin = text_.data() + position_;
    const auto result = std::from_chars(begin, text_.data() + text_.size(), value);
    if (result.ec == std::errc::result_out_of_range) fail("this number is out of the range of doubles");
    if (result.ec != std::errc() || result.ptr == begin) fail("expected a number");
    position_ += static_cast<size_t>(result.ptr - begin);
    return value;
}

std::string Scanner::expectQuoted() {
    if (peek() != '"') fail("expected text in quotes");
    std::string out;
    const size_t start = position_++;
    while (position_ < text_.size() && text_[position_] != '"') {
        char c = text_[position_++];
        if (c == '\\') {
            if (position_ == text_.size()) break;
            c = text_[position_++];
            if (c == 'n') {
                c = '\n';
            } else if (c == 'x') {
                const int high = position_ < text_.size() ? hexDigit(text_[position_]) : -1;
                const int low = position_ + 1 < text_.size() ? hexDigit(text_[position_ + 1]) : -1;
                if (high < 0 || low < 0) failAt(position_, "expected two hexadecimal digits after \\x");
                c = static_cast<char>(high * 16 + low);
                position_ += 2;
            } else if (c != '"' && c != '\\') {
                failAt(position_ - 1, "unknown escape; known are \\\\ \\\" \\n and \\xHH");
            }
        }
        out += c;
    }
    if (position_ >= text_.size()) failAt(start, "this quote is never closed");
    ++position_;
    return out;
}

void Scanner::skipQuoted() {
    const size_t start = position_++;
    while (position_ < text_.size() && text_[position_] != '"') position_ += text_[position_] == '\\' ? 2 : 1;
    if (position_ >= text_.size()) failAt(start, "this quote is never closed");
    ++position_;
}

std::string_view Scanner::expectBracketed(char open, char close) {
    if (peek() != open) fail(cat("expected '", open, "'"));
    const size_t start = position_;
    int64_t depth = 0;
    while (position_ < text_.size()) {
        const char c = text_[position_];
        if (c == '"') {
            skipQuoted();
            continue;
        }
        ++position_;
        depth += c == open ? 1 : c == close ? -1 : 0;
        if (depth == 0) return text_.substr(start, position_ - start);
    }
    failAt(start, cat("this '", open, "' is never closed"));
}

std::string_view Scanner::until(std::string_view stops) {
    skipSpace();
    const size_t start = position_;
    int64_t depth = 0;
    while (position_ < text_.size()) {
        const char c = text_[position_];
        if (depth == 0 && stops.find(c) != std::string_view::npos) break;
        if (c == '"') {
            skipQuoted();
            continue;
        }
        depth += c == '[' || c == '(' || c == '{' ? 1 : c == ']' || c == ')' || c == '}' ? -1 : 0;
        ++position_;
    }
    auto raw = text_.substr(start, position_ - start);
    while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\n' || raw.back() == '\t' || raw.back() == '\r'))
        raw.remove_suffix(1);
    return raw;
}

}  // namespace opentrt
