// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/keeps_order.h"

#include <functional>
#include <gtest/gtest.h>

namespace opentrt::cuda {
namespace {

//! x and s are the program's inputs; only what is said of s is known.
bool keeps(bool notNegative, const std::function<int32_t(ScalarBuilder& b, int32_t x, int32_t s)>& emit) {
    ScalarProgram program;
    program.inputs = {DType::F32, DType::F32};
    program.code = {{ScalarOp::Input, DType::F32, 0}, {ScalarOp::Input, DType::F32, 1}};
    ScalarBuilder builder(program, {0, 1}, {DType::F32});
    program.outputs = {emit(builder, 0, 1)};
    return keepsOrder(program, {false, notNegative});
}

TEST(KeepsOrder, OfReluAndRounding) {
    EXPECT_TRUE(keeps(false, [](ScalarBuilder& b, int32_t x, int32_t) {
        const int32_t relu = b.emit(ScalarOp::Max, x, b.constant(DType::F32, 0));
        const int32_t whole = b.emit(ScalarOp::RoundEven, b.emit(ScalarOp::Div, relu, b.constant(DType::F32, 0.5)));
        return b.cast(whole, DType::I8);
    }));
}

TEST(KeepsOrder, OfFactorsThatAreNotNegative) {
    const auto product = [](ScalarBuilder& b, int32_t x, int32_t s) { return b.emit(ScalarOp::Mul, s, x); };
    EXPECT_TRUE(keeps(true, product));
    EXPECT_FALSE(keeps(false, product));
    EXPECT_FALSE(keeps(true, [](ScalarBuilder& b, int32_t x, int32_t s) {
        return b.emit(ScalarOp::Mul, x, b.emit(ScalarOp::Sub, s, b.constant(DType::F32, 1)));
    }));
}

TEST(KeepsOrder, OfSumsAndDifferences) {
    EXPECT_TRUE(keeps(false, [](ScalarBuilder& b, int32_t x, int32_t s) { return b.emit(ScalarOp::Sub, x, s); }));
    EXPECT_TRUE(keeps(false, [](ScalarBuilder& b, int32_t x, int32_t s) {
        return b.emit(ScalarOp::Add, b.emit(ScalarOp::Sigmoid, x), b.emit(ScalarOp::Min, s, x));
    }));
    EXPECT_FALSE(keeps(false, [](ScalarBuilder& b, int32_t x, int32_t s) { return b.emit(ScalarOp::Sub, s, x); }));
}

TEST(KeepsOrder, NotOfWhatFalls) {
    EXPECT_FALSE(keeps(true, [](ScalarBuilder& b, int32_t x, int32_t) { return b.emit(ScalarOp::Neg, x); }));
    EXPECT_FALSE(keeps(true, [](ScalarBuilder& b, int32_t x, int32_t s) { return b.emit(ScalarOp::Div, s, x); }));
    EXPECT_FALSE(keeps(true, [](ScalarBuilder& b, int32_t x, int32_t) { return b.emit(ScalarOp::Mul, x, x); }));
}

}  // namespace
}  // namespace opentrt::cuda
