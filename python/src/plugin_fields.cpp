// SPDX-License-Identifier: Apache-2.0
#include "plugin_fields.h"

#include <algorithm>

namespace opentrt::python {
namespace {

// Elements of a field have one size; types below a byte count bytes.
int32_t sizeOf(PluginFieldType type) {
    switch (type) {
        case PluginFieldType::kFLOAT64:
        case PluginFieldType::kINT64:
            return 8;
        case PluginFieldType::kFLOAT32:
        case PluginFieldType::kINT32:
            return 4;
        case PluginFieldType::kFLOAT16:
        case PluginFieldType::kBF16:
        case PluginFieldType::kINT16:
            return 2;
        case PluginFieldType::kDIMS:
            return static_cast<int32_t>(sizeof(Dims));
        default:
            return 1;
    }
}

char const* numpyNameOf(PluginFieldType type) {
    switch (type) {
        case PluginFieldType::kFLOAT16:
            return "float16";
        case PluginFieldType::kFLOAT32:
            return "float32";
        case PluginFieldType::kFLOAT64:
            return "float64";
        case PluginFieldType::kINT16:
            return "int16";
        case PluginFieldType::kINT32:
            return "int32";
        case PluginFieldType::kINT64:
            return "int64";
        case PluginFieldType::kINT8:
        case PluginFieldType::kCHAR:
        case PluginFieldType::kUNKNOWN:
            return "int8";
        default:
            return nullptr;
    }
}

void setData(Field& field, nb::object data) {
    field.bytes.reset();
    field.length = 0;
    if (data.is_none()) return;
    // Arrays need not be contiguous; other buffers are.
    nb::object const bytes =
        nb::hasattr(data, "tobytes") ? nb::object(data.attr("tobytes")()) : nb::steal(PyBytes_FromObject(data.ptr()));
    if (!bytes.is_valid()) throw nb::python_error();
    nb::bytes const held(bytes);
    field.length = static_cast<int32_t>(held.size()) / sizeOf(field.type);
    field.bytes.emplace(static_cast<char const*>(held.data()), held.size());
}

nb::object getData(Field const& self) {
    char const* const type = numpyNameOf(self.type);
    if (type == nullptr) throw nb::attribute_error("NumPy has no such element type");
    if (!self.bytes) return nb::none();
    nb::bytes const bytes(self.bytes->data(), self.bytes->size());
    return nb::module_::import_("numpy").attr("frombuffer")(bytes, type);
}

Field copyOf(PluginField const& field) {
    Field copy{field.name != nullptr ? field.name : "", {}, field.type, field.length};
    if (field.data != nullptr) {
        copy.bytes.emplace(static_cast<char const*>(field.data),
                           static_cast<size_t>(field.length) * static_cast<size_t>(sizeOf(field.type)));
    }
    return copy;
}

}  // namespace

PluginField Field::view() const {
    if (!bytes) return {name.c_str(), nullptr, type, length};
    // Scripts may set type and size to what the bytes do not hold.
    auto const held = static_cast<int32_t>(bytes->size()) / sizeOf(type);
    return {name.c_str(), bytes->data(), type, std::min(length, held)};
}

FieldViews::FieldViews(FieldList const& fields) {
    for (Field const& field : fields) items_.push_back(field.view());
    collection_ = {static_cast<int32_t>(items_.size()), items_.data()};
}

FieldList fieldsOf(PluginFieldCollection const* collection) {
    FieldList fields;
    for (int32_t i = 0; collection != nullptr && i < collection->nbFields; ++i) {
        fields.push_back(copyOf(collection->fields[i]));
    }
    return fields;
}

void bindPluginFields(nb::module_& m) {
    Bound<Field>(m, "PluginField", "A named parameter of a plugin.")
        .def(
            "__init__",
            [](Field* self, std::string name, nb::object data, PluginFieldType type) {
                new (self) Field{std::move(name), {}, type, 0};
                setData(*self, data);
            },
            "name"_a = "", "data"_a.none() = nb::none(), "type"_a = PluginFieldType::kUNKNOWN,
            "`data` is an array or a buffer; its bytes are copied.")
        .def_rw("name", &Field::name, "Its name.")
        .def_rw("type", &Field::type, "Type of its elements.")
        .def_rw("size", &Field::length, "Number of elements.")
        .def_prop_rw("data", &getData, &setData, nb::for_setter("data"_a.none()),
                     "The elements as a NumPy array; None if there are none.");
    nb::bind_vector<FieldList>(m, "PluginFieldCollection").doc() = "The parameters of a plugin, a list.";
}

}  // namespace opentrt::python
