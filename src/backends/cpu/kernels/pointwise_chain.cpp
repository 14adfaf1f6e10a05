// SPDX-License-Identifier: Apache-2.0
// The functions behind the links of pointwise chains, compiled once per instruction set; see pointwise_code.h. Tested
// by pointwise_test.cpp on every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/kernels/pointwise_chain.cpp"
// clang-format off
#include "backends/cpu/kernels/targets.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

#include "backends/cpu/kernels/pointwise_code.h"
#include "backends/cpu/kernels/pointwise_ops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace opentrt::cpu::kernels {
namespace HWY_NAMESPACE {

constexpr int kVectors = 8;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(PD()));

#define CHAIN_STATE                                                                                     \
    [[maybe_unused]] const Link *link, [[maybe_unused]] void *const *slots, [[maybe_unused]] PV a0,     \
        [[maybe_unused]] PV a1, [[maybe_unused]] PV a2, [[maybe_unused]] PV a3, [[maybe_unused]] PV a4, \
        [[maybe_unused]] PV a5, [[maybe_unused]] PV a6, [[maybe_unused]] PV a7
using ChainFunction = void (*)(CHAIN_STATE);

HWY_INLINE void next(CHAIN_STATE) {
    const Link* following = link + 1;
    reinterpret_cast<ChainFunction>(const_cast<void*>(following->function))(following, slots, a0, a1, a2, a3, a4, a5,
                                                                            a6, a7);
}
// Passes f(i, acc_i) of every vector on. A macro, since a lambda's vectors would not stay in registers without
// inlining.
#define CHAIN_NEXT(expression)                                                                                       \
    next(link, slots, expression(0, a0), expression(1, a1), expression(2, a2), expression(3, a3), expression(4, a4), \
         expression(5, a5), expression(6, a6), expression(7, a7))

template <class T>
HWY_INLINE const T* memory(void* const* slots, uint16_t slot) {
    return static_cast<const T*>(slots[slot]);
}

void loadRaw(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
#define X(i, a) hn::LoadU(PD(), m + i * kLanes)
    CHAIN_NEXT(X);
#undef X
}

template <class Codec>
void loadHalf(CHAIN_STATE) {
    const uint16_t* m = memory<uint16_t>(slots, link->slot);
#define X(i, a) Codec::load(PD(), m + i * kLanes)
    CHAIN_NEXT(X);
#undef X
}

void loadI8(CHAIN_STATE) {
    const int8_t* m = memory<int8_t>(slots, link->slot);
#define X(i, a) asFloat(hn::PromoteTo(PDI(), hn::LoadU(PD8(), m + i * kLanes)))
    CHAIN_NEXT(X);
#undef X
}

void loadU8(CHAIN_STATE) {
    const uint8_t* m = memory<uint8_t>(slots, link->slot);
#define X(i, a) asFloat(hn::PromoteTo(PDI(), hn::LoadU(PDU8(), m + i * kLanes)))
    CHAIN_NEXT(X);
#undef X
}

void loadBool(CHAIN_STATE) {
    const uint8_t* m = memory<uint8_t>(slots, link->slot);
#define X(i, a) OpIntToBool::run(asFloat(hn::PromoteTo(PDI(), hn::LoadU(PDU8(), m + i * kLanes))))
    CHAIN_NEXT(X);
#undef X
}

void setImm(CHAIN_STATE) {
    const PV value = hn::Set(PD(), link->imm);
    next(link, slots, value, value, value, value, value, value, value, value);
}

#define CHAIN_EACH(statement) \
    statement(0, a0);         \
    statement(1, a1);         \
    statement(2, a2);         \
    statement(3, a3);         \
    statement(4, a4);         \
    statement(5, a5);         \
    statement(6, a6);         \
    statement(7, a7)

void storeRaw(CHAIN_STATE) {
    float* m = static_cast<float*>(slots[link->slot]);
#define X(i, a) hn::StoreU(a, PD(), m + i * kLanes)
    CHAIN_EACH(X);
#undef X
    next(link, slots, a0, a1, a2, a3, a4, a5, a6, a7);
}

template <class Codec>
void storeHalf(CHAIN_STATE) {
    uint16_t* m = static_cast<uint16_t*>(slots[link->slot]);
#define X(i, a) Codec::store(PD(), a, m + i * kLanes)
    CHAIN_EACH(X);
#undef X
    next(link, slots, a0, a1, a2, a3, a4, a5, a6, a7);
}

template <class T>
void storeByte(CHAIN_STATE) {
    T* m = static_cast<T*>(slots[link->slot]);
    const hn::Rebind<T, PD> db;
#define X(i, a) hn::StoreU(hn::DemoteTo(db, asInt(a)), db, m + i * kLanes)
    CHAIN_EACH(X);
#undef X
    next(link, slots, a0, a1, a2, a3, a4, a5, a6, a7);
}

void storeBool(CHAIN_STATE) {
    uint8_t* m = static_cast<uint8_t*>(slots[link->slot]);
#define X(i, a) hn::StoreU(hn::DemoteTo(PDU8(), hn::And(asInt(a), hn::Set(PDI(), 1))), PDU8(), m + i * kLanes)
    CHAIN_EACH(X);
#undef X
    next(link, slots, a0, a1, a2, a3, a4, a5, a6, a7);
}

void endChain(CHAIN_STATE) {}

template <class Op>
void unary(CHAIN_STATE) {
#define X(i, a) Op::run(a)
    CHAIN_NEXT(X);
#undef X
}

//! For functions so long that eight copies of them would not pay.
template <class Op>
void unaryLoop(CHAIN_STATE) {
    PV v[kVectors] = {a0, a1, a2, a3, a4, a5, a6, a7};
#pragma GCC unroll 1
    for (int i = 0; i < kVectors; ++i) v[i] = Op::run(v[i]);
    next(link, slots, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
}

template <class Op>
void binaryM(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
#define X(i, a) Op::run(a, hn::LoadU(PD(), m + i * kLanes))
    CHAIN_NEXT(X);
#undef X
}

template <class Op>
void binaryI(CHAIN_STATE) {
    const PV imm = hn::Set(PD(), link->imm);
#define X(i, a) Op::run(a, imm)
    CHAIN_NEXT(X);
#undef X
}

template <class Op>
void binaryLoop(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    PV v[kVectors] = {a0, a1, a2, a3, a4, a5, a6, a7};
#pragma GCC unroll 1
    for (int i = 0; i < kVectors; ++i) v[i] = Op::run(v[i], hn::LoadU(PD(), m + i * kLanes));
    next(link, slots, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
}

void mulMAddM(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    const float* m2 = memory<float>(slots, link->slot2);
#define X(i, a) hn::MulAdd(a, hn::LoadU(PD(), m + i * kLanes), hn::LoadU(PD(), m2 + i * kLanes))
    CHAIN_NEXT(X);
#undef X
}

void mulIAddM(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    const PV imm = hn::Set(PD(), link->imm);
#define X(i, a) hn::MulAdd(a, imm, hn::LoadU(PD(), m + i * kLanes))
    CHAIN_NEXT(X);
#undef X
}

void mulMAddI(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    const PV imm = hn::Set(PD(), link->imm);
#define X(i, a) hn::MulAdd(a, hn::LoadU(PD(), m + i * kLanes), imm)
    CHAIN_NEXT(X);
#undef X
}

void mulIAddI(CHAIN_STATE) {
    const PV imm = hn::Set(PD(), link->imm);
    const PV imm2 = hn::Set(PD(), link->imm2);
#define X(i, a) hn::MulAdd(a, imm, imm2)
    CHAIN_NEXT(X);
#undef X
}

void addMulMM(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    const float* m2 = memory<float>(slots, link->slot2);
#define X(i, a) hn::MulAdd(hn::LoadU(PD(), m + i * kLanes), hn::LoadU(PD(), m2 + i * kLanes), a)
    CHAIN_NEXT(X);
#undef X
}

void addMulMI(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    const PV imm = hn::Set(PD(), link->imm);
#define X(i, a) hn::MulAdd(hn::LoadU(PD(), m + i * kLanes), imm, a)
    CHAIN_NEXT(X);
#undef X
}

void clip(CHAIN_STATE) {
    const PV low = hn::Set(PD(), link->imm);
    const PV high = hn::Set(PD(), link->imm2);
#define X(i, a) OpMinI::run(OpMaxI::run(a, low), high)
    CHAIN_NEXT(X);
#undef X
}

void selectMM(CHAIN_STATE) {
    const float* m = memory<float>(slots, link->slot);
    const float* m2 = memory<float>(slots, link->slot2);
#define X(i, a) hn::IfThenElse(hn::MaskFromVec(a), hn::LoadU(PD(), m + i * kLanes), hn::LoadU(PD(), m2 + i * kLanes))
    CHAIN_NEXT(X);
#undef X
}

void enterChain(const Link* first, void** slots, const int64_t* steps, size_t operands, int64_t tiles) {
    const PV zero = hn::Zero(PD());
    const auto function = reinterpret_cast<ChainFunction>(const_cast<void*>(first->function));
    for (int64_t t = 0; t < tiles; ++t) {
        function(first, slots, zero, zero, zero, zero, zero, zero, zero, zero);
        for (size_t i = 0; i < operands; ++i) slots[i] = static_cast<char*>(slots[i]) + steps[i];
    }
}

const ChainTarget& chainTargetHere() {
    static const void* const functions[] = {
#define LINK(name, implementation) reinterpret_cast<const void*>(implementation),
#include "backends/cpu/kernels/pointwise_links.def"
#undef LINK
    };
    static const ChainTarget target{functions, kVectors * kLanes, enterChain};
    return target;
}

}  // namespace HWY_NAMESPACE
}  // namespace opentrt::cpu::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace opentrt::cpu::kernels {

HWY_EXPORT(chainTargetHere);
const ChainTarget& chainTarget() {
    return HWY_DYNAMIC_DISPATCH(chainTargetHere)();
}

}  // namespace opentrt::cpu::kernels
#endif
