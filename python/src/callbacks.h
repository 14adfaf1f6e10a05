// SPDX-License-Identifier: Apache-2.0
// How the library calls objects that Python implements: with the lock of the interpreter, and with exceptions printed
// and answered by a value that means failure, for the library's frames must not be unwound by Python's errors.
#pragma once

#include <nanobind/trampoline.h>

#include "bind.h"

namespace opentrt::python {

// Prints the exception that is being handled, as one that nobody can catch, with `self` as its place.
void printException(nb::handle self) noexcept;

// What `ask()` answers with the lock of the interpreter held, or `failing`; errors are those of `self`.
template <typename R, typename Ask>
R answered(nb::handle self, R failing, Ask const& ask) noexcept {
    if (!Py_IsInitialized()) return failing;
    nb::gil_scoped_acquire lock;
    try {
        return ask();
    } catch (...) {
        printException(self);
    }
    return failing;
}

// The answer of `self.method(arguments)`, or `failing`.
template <typename R, typename... Args>
R callPython(nb::handle self, char const* method, R failing, Args&&... arguments) noexcept {
    return answered(self, failing, [&] { return nb::cast<R>(self.attr(method)(std::forward<Args>(arguments)...)); });
}

// The same for methods whose answer does not matter.
template <typename... Args>
void notifyPython(nb::handle self, char const* method, Args&&... arguments) noexcept {
    answered(self, false, [&] {
        self.attr(method)(std::forward<Args>(arguments)...);
        return true;
    });
}

// A method that a Python class has to implement.
[[noreturn]] void notImplemented(char const* method);

}  // namespace opentrt::python
