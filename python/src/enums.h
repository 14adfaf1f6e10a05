// SPDX-License-Identifier: Apache-2.0
// Enumerations as rows of names and values. A name for a value that an earlier row has is the same Python object.
#pragma once

#include <initializer_list>

#include "bind.h"

namespace opentrt::python {

// Adds a further name of the member with `value`.
void addAlias(nb::handle type, char const* name, int64_t value);

template <typename E>
struct EnumRow {
    char const* name;
    E value;
};

template <typename E>
nb::object bindEnum(nb::handle scope, char const* name, std::initializer_list<EnumRow<E>> rows) {
    nb::enum_<E> type(scope, name, docOf(name));
    for (auto row = rows.begin(); row != rows.end(); ++row) {
        bool alias = false;
        for (auto earlier = rows.begin(); earlier != row; ++earlier) alias = alias || earlier->value == row->value;
        if (alias) {
            addAlias(type, row->name, static_cast<int64_t>(row->value));
        } else {
            type.value(row->name, row->value, docOf(name, row->name));
        }
    }
    return type;
}

}  // namespace opentrt::python
