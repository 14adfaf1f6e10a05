// SPDX-License-Identifier: Apache-2.0
// The headers against the table of 10.16 facts (abi_10_16.txt): programs built with other 10.x headers run with this
// library because every virtual function stands in the same slot. What can be checked while compiling is a static
// assertion of the generated file.
#include "abi_test.h"

#include <array>
#include <gtest/gtest.h>
#include <utility>

int gCalledSlot;
std::jmp_buf gReturn;

namespace {

template <std::size_t Index>
void stub() {
    gCalledSlot = static_cast<int>(Index);
    std::longjmp(gReturn, 1);
}

template <std::size_t... Indices>
std::array<void (*)(), sizeof...(Indices)> makeStubs(std::index_sequence<Indices...>) {
    return {&stub<Indices>...};
}

}  // namespace

void* decoy() {
    static auto const stubs = makeStubs(std::make_index_sequence<200>());
    static void const* table = stubs.data();
    static void const* object[8];
    for (void const*& word : object) {
        word = &table;
    }
    void* result = object;
    asm volatile("" : "+r"(result) : : "memory");  // The compiler must not know what it points to.
    return result;
}

TEST(Headers, VirtualFunctionsStandInTheirSlots) {
    ASSERT_GT(kSLOTS.size(), 900u);
    for (Slot const& slot : kSLOTS) {
        EXPECT_EQ(slot.found, slot.expected) << slot.name;
    }
}

TEST(Headers, InlineMembersCallTheirSlots) {
    ASSERT_GT(kCALLS.size(), 700u);
    for (Call const& call : kCALLS) {
        EXPECT_EQ(call.find(), call.expected) << call.name;
    }
}
