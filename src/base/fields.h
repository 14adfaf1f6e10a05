// SPDX-License-Identifier: Apache-2.0
// Reflection by one list of fields. A struct offers `void fields(FieldVisitor& v)` that names each field once;
// printing, parsing, equality and hashing are visitors. Tested by fields_test.cpp.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace opentrt {

class Scanner;

class FieldVisitor {
public:
    virtual ~FieldVisitor() = default;
    virtual void field(const char* name, bool& value) = 0;
    virtual void field(const char* name, int64_t& value) = 0;
    virtual void field(const char* name, double& value) = 0;
    virtual void field(const char* name, std::string& value) = 0;
    virtual void field(const char* name, DType& value) = 0;
    virtual void field(const char* name, std::vector<int64_t>& value) = 0;
    virtual void field(const char* name, std::vector<double>& value) = 0;
    virtual void field(const char* name, std::vector<std::string>& value) = 0;
    //! An enum is printed by name; `names` are indexed by its value.
    virtual void enumeration(const char* name, int64_t& value, std::span<const char* const> names) = 0;

    template <class E>
    void field(const char* name, E& value, std::span<const char* const> names) {
        auto number = static_cast<int64_t>(value);
        enumeration(name, number, names);
        value = static_cast<E>(number);
    }
};

//! Whatever lists its fields.
class HasFields {
public:
    virtual ~HasFields() = default;
    virtual void fields(FieldVisitor& visitor) = 0;
};

//! "{axis=1, keep=true}": the fields in order, "" when there are none. Doubles round-trip. Given `defaults`, an object
//! of the same class, fields equal to its are left out.
std::string printFields(const HasFields& object, const HasFields* defaults = nullptr);
//! Reads what printFields wrote, in any order, absent fields untouched; throws Error naming the unknown field or bad
//! value.
void parseFields(HasFields& object, std::string_view text);
//! The same from within a larger text, up to the closing brace.
void parseFields(HasFields& object, Scanner& text);

bool sameFields(const HasFields& a, const HasFields& b);
uint64_t hashFields(const HasFields& object);

}  // namespace opentrt
