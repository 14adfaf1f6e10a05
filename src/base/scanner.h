// SPDX-License-Identifier: Apache-2.0
// Reads small text formats: numbers, names, quoted text, punctuation, with errors that give line and column. '#' starts
// a comment that ends with the line. Texts may be hostile: nothing here recurses or trusts a length.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace opentrt {

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool atEnd();
    //! Next character after spaces and comments; '\0' at the end.
    char peek();
    //! Consumes `token` if it comes next; a token of letters must end there.
    bool accept(std::string_view token);
    void expect(std::string_view token);
    //! Letters, digits, '_', '.', '#', '$'; not starting with a digit or '.'. "" if there is none.
    std::string_view acceptName();
    std::string_view expectName(const char* what);
    //! Like a name, but may start with a digit or '.'.
    std::string_view expectWord(const char* what);
    int64_t expectInteger();
    double expectNumber();  //!< also inf, -inf, nan
    bool atQuote() { return peek() == '"'; }
    std::string expectQuoted();
    //! The raw text from an opening bracket to its partner, both included; quoted parts are skipped over.
    std::string_view expectBracketed(char open, char close);
    //! The raw text up to one of `stops` outside of quotes and brackets, which stays unread. Spaces at its end are cut.
    std::string_view until(std::string_view stops);

    //! A scanner of the characters [begin, end) whose errors count lines from the start of the whole text.
    Scanner slice(size_t begin, size_t end) const {
        Scanner part(text_.substr(0, end));
        part.position_ = begin;
        return part;
    }

    size_t position() const { return position_; }
    void seek(size_t position) { position_ = position; }
    [[noreturn]] void fail(const std::string& message);
    [[noreturn]] void failAt(size_t position, const std::string& message) const;

private:
    void skipSpace();
    void skipQuoted();

    std::string_view text_;
    size_t position_ = 0;
};

bool isNameStart(char c);
bool isNameChar(char c);
bool isName(std::string_view text);
//! In quotes, with backslash, quote and control characters escaped.
std::string quoteText(std::string_view text);
//! Shortest text that reads back as the same number.
std::string numberText(double value);

}  // namespace opentrt
