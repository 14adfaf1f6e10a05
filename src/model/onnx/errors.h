// SPDX-License-Identifier: Apache-2.0
// The exception of the parser. It ends the import of one node (or of the whole file); the importer catches it, adds the
// place in the model and keeps it for IParser::getError.
#pragma once
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "NvOnnxParser.h"

namespace opentrt::model {

using Code = nvonnxparser::ErrorCode;

namespace detail {

template <class T>
void put(std::ostream& out, const T& value) {
    out << value;
}
template <class T>
void put(std::ostream& out, const std::vector<T>& list) {
    out << '[';
    for (size_t i = 0; i < list.size(); ++i) out << (i ? "," : "") << list[i];
    out << ']';
}

}  // namespace detail

//! Pieces joined into one text; lists print as [1,2,3].
template <class... Parts>
std::string cat(const Parts&... parts) {
    std::ostringstream out;
    (detail::put(out, parts), ...);
    return out.str();
}

//! Where in the parser an error was raised. std::source_location is missing from clang 14.
struct Place {
    const char* file;
    int line;
    const char* function;
    static constexpr Place current(const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                                   const char* function = __builtin_FUNCTION()) {
        return {file, line, function};
    }
};

class ImportError : public std::runtime_error {
public:
    ImportError(Code code, const std::string& reason, Place place)
        : std::runtime_error(reason), code_(code), place_(place) {}
    Code code() const noexcept { return code_; }
    const Place& place() const noexcept { return place_; }

private:
    Code code_;
    Place place_;
};

[[noreturn]] inline void fail(Code code, const std::string& reason, Place place = Place::current()) {
    throw ImportError(code, reason, place);
}

}  // namespace opentrt::model
