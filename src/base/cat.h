// SPDX-License-Identifier: Apache-2.0
// Joins printable pieces into a string; vectors print as [a,b,c]. Part of error.h.
#pragma once
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace opentrt {
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

template <class... Parts>
std::string cat(const Parts&... parts) {
    std::ostringstream out;
    (detail::put(out, parts), ...);
    return out.str();
}

}  // namespace opentrt
