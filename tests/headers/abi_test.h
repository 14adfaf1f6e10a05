// SPDX-License-Identifier: Apache-2.0
// Reads the binary interface back from the compiler: in which slot of the virtual table a function stands, and which
// slot an inline member calls. Used by the file that abi_check.py makes and by abi_test.cpp.
#pragma once
#include <NvInfer.h>
#include <NvInferPlugin.h>
#include <NvInferSafeRuntime.h>
#include <NvOnnxParser.h>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <impl/NvInferPythonPlugin.h>
#include <type_traits>
#include <vector>

struct Slot {
    char const* name;
    int expected;
    int found;
};

struct Call {
    char const* name;
    int expected;
    int (*find)();
};

extern std::vector<Slot> const kSLOTS;
extern std::vector<Call> const kCALLS;

// A pointer to a virtual member function holds its offset in the virtual table (Itanium C++ ABI): marked by an odd
// address, or on ARM by an odd adjustment.
template <typename Member>
int slotOf(Member member) {
    std::ptrdiff_t words[2];
    static_assert(sizeof(member) == sizeof(words), "this test knows the Itanium C++ ABI only");
    std::memcpy(words, &member, sizeof(words));
#if defined(__arm__) || defined(__aarch64__)
    bool const isVirtual = words[1] & 1;
    std::ptrdiff_t const offset = words[0];
#else
    bool const isVirtual = words[0] & 1;
    std::ptrdiff_t const offset = words[0] - 1;
#endif
    return isVirtual ? static_cast<int>(offset / static_cast<std::ptrdiff_t>(sizeof(void*))) : -1;
}

// Makes an object whose members all point to one with a virtual table of stubs. Calling a stub notes its slot and jumps
// back to calledSlot(), so neither arguments nor results matter.
void* decoy();
extern int gCalledSlot;
extern std::jmp_buf gReturn;

template <typename T>
struct Argument {
    static T make() { return T{}; }
};
template <typename T>
struct Argument<T&> {
    static T& make() {
        alignas(16) static unsigned char zeros[1024];
        return *reinterpret_cast<typename std::remove_const<T>::type*>(zeros);
    }
};

template <typename Class, typename Action>
int calledSlot(Action action) {
    gCalledSlot = -1;
    if (setjmp(gReturn) == 0) {
        action(*static_cast<Class*>(decoy()));
    }
    return gCalledSlot;
}

template <typename Class, typename Result, typename... Args>
int calledSlot(Result (Class::*member)(Args...)) {
    return calledSlot<Class>([member](Class& object) { (object.*member)(Argument<Args>::make()...); });
}
template <typename Class, typename Result, typename... Args>
int calledSlot(Result (Class::*member)(Args...) const) {
    return calledSlot<Class>([member](Class const& object) { (object.*member)(Argument<Args>::make()...); });
}
