// SPDX-License-Identifier: Apache-2.0
// Helpers of the delegates in plugin_v2.cpp, plugin_v3.cpp and plugin_creators.cpp.
#pragma once

#include "callbacks.h"
#include "plugin_fields.h"
#include "plugin_python.h"

namespace opentrt::python {

template <typename T>
nb::list copiesOf(T const* items, int32_t count) {
    nb::list list;
    for (int32_t i = 0; i < count; ++i) list.append(nb::cast(items[i], nb::rv_policy::copy));
    return list;
}

template <typename P>
nb::list addressesOf(P const* pointers, int32_t count) {
    nb::list list;
    for (int32_t i = 0; i < count; ++i) list.append(asAddress(pointers[i]));
    return list;
}

// An attribute that has to be there.
template <typename T>
T attributeOf(nb::handle self, char const* name) {
    return nb::cast<T>(self.attr(name));
}

// An attribute that may be missing or None.
template <typename T>
T attributeOr(nb::handle self, char const* name, T missing) {
    nb::object const value = nb::getattr(self, name, nb::none());
    return value.is_none() ? missing : nb::cast<T>(value);
}

// Calls a method that fails by an exception, or by answering a number other than 0.
template <typename... Args>
int32_t statusOf(nb::handle self, char const* method, Args&&... arguments) {
    nb::object const answer = self.attr(method)(std::forward<Args>(arguments)...);
    return nb::isinstance<nb::int_>(answer) && !nb::isinstance<nb::bool_>(answer) ? nb::cast<int32_t>(answer) : 0;
}

// Fills an array of the library from a list, which has to have its length.
template <typename T>
int32_t fillFrom(nb::object const& answer, T* out, int32_t count, char const* method) {
    if (static_cast<int32_t>(nb::len(answer)) != count) {
        throw nb::value_error((std::string(method) + " answered " + std::to_string(nb::len(answer)) +
                               " items when the plugin has " + std::to_string(count) + " outputs")
                                  .c_str());
    }
    int32_t i = 0;
    for (nb::handle item : answer) out[i++] = nb::cast<T>(item);
    return 0;
}

}  // namespace opentrt::python
