// SPDX-License-Identifier: Apache-2.0
// Plugins, creators and resources written in Python, as the library sees them. The library deletes what clone() and
// create_plugin() answer, and memory inside a Python object cannot be deleted; so each object that the library gets is
// a delegate of C++ that holds a reference to the Python object and forwards to it.
#pragma once

#include <memory>

#include "bind.h"

namespace opentrt::python {

// The reference of a delegate, by which the Python object of an interface is found again.
class PythonReference {
public:
    PythonReference(nb::object object, void const* interface);
    ~PythonReference();
    PythonReference(PythonReference const&) = delete;
    PythonReference& operator=(PythonReference const&) = delete;
    nb::handle get() const { return object_; }

private:
    nb::object object_;
    void const* interface_;
};

// The Python object behind `interface`; none when it is not a delegate's.
nb::object pythonOf(void const* interface);

// A delegate, or the object itself when it is one of C++; it goes with the pointer. Throws if `plugin` is no plugin.
std::shared_ptr<IPluginV2> borrowV2(nb::handle plugin);
std::shared_ptr<IPluginV3> borrowV3(nb::handle plugin);
// Objects for the library to own.
IPluginV2* ownedV2(nb::object plugin);
IPluginV3* ownedV3(nb::object plugin);
std::unique_ptr<IPluginResource> delegateResource(nb::object resource);
std::unique_ptr<IPluginCreatorInterface> delegateCreator(nb::object creator);

// A plugin of the library as Python sees it: the Python object, or a view of one of C++ that keeps `owner`.
nb::object castPlugin(IPluginV2& plugin, nb::handle owner);
nb::object castPlugin(IPluginV3& plugin, nb::handle owner);

}  // namespace opentrt::python
