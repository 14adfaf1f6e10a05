// SPDX-License-Identifier: Apache-2.0
// The fields of plugins as Python has them. A field owns its name and its bytes, so that lists of them may be kept.
#pragma once

#include <nanobind/stl/bind_vector.h>
#include <optional>

#include "bind.h"

namespace opentrt::python {

struct Field {
    std::string name;
    std::optional<std::string> bytes;  // no Python object, for lists of fields go without the interpreter's lock
    PluginFieldType type = PluginFieldType::kUNKNOWN;
    int32_t length = 0;

    PluginField view() const;
};
using FieldList = std::vector<Field>;

// The library's view of a list of fields, valid as long as this object and the list.
class FieldViews {
public:
    explicit FieldViews(FieldList const& fields);
    PluginFieldCollection const* get() const { return &collection_; }

private:
    std::vector<PluginField> items_;
    PluginFieldCollection collection_;
};

FieldList fieldsOf(PluginFieldCollection const* collection);
void bindPluginFields(nb::module_& m);

}  // namespace opentrt::python

NB_MAKE_OPAQUE(opentrt::python::FieldList)
