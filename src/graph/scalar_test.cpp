// SPDX-License-Identifier: Apache-2.0
#include "graph/scalar.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "base/error.h"

namespace opentrt {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

double real(ScalarOp op, double a, double b = 0, double c = 0) {
    return apply({op, DType::F32}, DType::F32, {a, 0}, {b, 0}, {c, 0}).f;
}
int64_t whole(ScalarOp op, DType type, int64_t a, int64_t b = 0) {
    return apply({op, type}, type, {0, a}, {0, b}, {}).i;
}
bool test(ScalarOp op, double a, double b = 0) {
    return apply({op, DType::Bool}, DType::F32, {a, 0}, {b, 0}, {}).i != 0;
}

TEST(Scalar, EveryInstructionHasANameAndAnArity) {
    for (int i = 0; i < kScalarOpCount; ++i) EXPECT_GT(std::string(name(static_cast<ScalarOp>(i))).size(), 1u);
    EXPECT_STREQ(name(ScalarOp::Select), "select");
    EXPECT_STREQ(name(ScalarOp::FloorDiv), "floordiv");
    EXPECT_STREQ(name(ScalarOp::Sigmoid), "sigmoid");
    EXPECT_EQ(arity(ScalarOp::Select), 3);
    EXPECT_EQ(arity(ScalarOp::Less), 2);
    EXPECT_EQ(arity(ScalarOp::Neg), 1);
    EXPECT_EQ(arity(ScalarOp::Constant), 0);
}

TEST(Scalar, DivisionsDifferInTheirRounding) {
    for (const auto& [a, b] : {std::pair{7, 2}, {-7, 2}, {7, -2}, {-7, -2}, {6, 3}, {-6, 3}}) {
        EXPECT_EQ(whole(ScalarOp::Div, DType::I32, a, b), a / b);
        EXPECT_EQ(whole(ScalarOp::FMod, DType::I32, a, b), a % b);
        const auto floor = static_cast<int64_t>(std::floor(static_cast<double>(a) / b));
        EXPECT_EQ(whole(ScalarOp::FloorDiv, DType::I32, a, b), floor) << a << "/" << b;
        EXPECT_EQ(whole(ScalarOp::Mod, DType::I32, a, b), a - b * floor) << a << "%" << b;
        EXPECT_EQ(real(ScalarOp::FloorDiv, a, b), static_cast<double>(floor));
        EXPECT_EQ(real(ScalarOp::Mod, a, b), static_cast<double>(a - b * floor));
        EXPECT_EQ(real(ScalarOp::FMod, a, b), std::fmod(a, b));
    }
}

TEST(Scalar, IntegerDivisionNeverTraps) {
    for (DType type : {DType::I8, DType::I32, DType::I64}) {
        const int64_t lowest = type == DType::I8 ? -128 : type == DType::I32 ? INT32_MIN : INT64_MIN;
        for (ScalarOp op : {ScalarOp::Div, ScalarOp::FloorDiv, ScalarOp::Mod, ScalarOp::FMod})
            EXPECT_EQ(whole(op, type, 5, 0), 0) << name(op);
        EXPECT_EQ(whole(ScalarOp::Div, type, lowest, -1), lowest) << "wraps";
        EXPECT_EQ(whole(ScalarOp::FloorDiv, type, lowest, -1), lowest);
        EXPECT_EQ(whole(ScalarOp::Mod, type, lowest, -1), 0);
        EXPECT_EQ(whole(ScalarOp::Neg, type, lowest), lowest);
        EXPECT_EQ(whole(ScalarOp::Abs, type, lowest), lowest);
    }
}

TEST(Scalar, IntegersWrapToTheirWidth) {
    EXPECT_EQ(whole(ScalarOp::Add, DType::I8, 127, 1), -128);
    EXPECT_EQ(whole(ScalarOp::Sub, DType::U8, 0, 1), 255);
    EXPECT_EQ(whole(ScalarOp::Mul, DType::I32, int64_t{1} << 20, int64_t{1} << 11), INT32_MIN);
    EXPECT_EQ(whole(ScalarOp::Add, DType::I4, 7, 1), -8);
    EXPECT_EQ(whole(ScalarOp::Add, DType::I64, INT64_MAX, 1), INT64_MIN);
    EXPECT_EQ(whole(ScalarOp::Pow, DType::I32, 3, 4), 81);
    EXPECT_EQ(whole(ScalarOp::Pow, DType::I32, 2, 32), 0);
    EXPECT_EQ(whole(ScalarOp::Pow, DType::I32, -1, -3), -1);
    EXPECT_EQ(whole(ScalarOp::Pow, DType::I32, 5, -1), 0);
    EXPECT_EQ(whole(ScalarOp::Sqrt, DType::I32, 17), 4);
}

TEST(Scalar, NanWinsAndIsSeen) {
    EXPECT_TRUE(std::isnan(real(ScalarOp::Max, kNan, 1)));
    EXPECT_TRUE(std::isnan(real(ScalarOp::Max, 1, kNan)));
    EXPECT_TRUE(std::isnan(real(ScalarOp::Min, kNan, 1)));
    EXPECT_TRUE(std::isnan(real(ScalarOp::Min, 1, kNan)));
    EXPECT_TRUE(std::isnan(real(ScalarOp::Sign, kNan)));
    EXPECT_TRUE(test(ScalarOp::IsNan, kNan));
    EXPECT_FALSE(test(ScalarOp::IsNan, kInf));
    EXPECT_TRUE(test(ScalarOp::IsInf, -kInf));
    EXPECT_FALSE(test(ScalarOp::Equal, kNan, kNan));
    EXPECT_FALSE(test(ScalarOp::Greater, kNan, 0));
    EXPECT_EQ(apply({ScalarOp::IsNan, DType::Bool}, DType::I32, {0, 3}, {}, {}).i, 0);
}

TEST(Scalar, FloatingFunctionsAreTheMathematicalOnes) {
    EXPECT_DOUBLE_EQ(real(ScalarOp::Exp, 1), M_E);
    EXPECT_DOUBLE_EQ(real(ScalarOp::Sigmoid, 0), 0.5);
    EXPECT_EQ(real(ScalarOp::Sigmoid, -1000), 0);
    EXPECT_DOUBLE_EQ(real(ScalarOp::Erf, 0.5), std::erf(0.5));
    EXPECT_EQ(real(ScalarOp::RoundEven, 2.5), 2);
    EXPECT_EQ(real(ScalarOp::RoundEven, -1.5), -2);
    EXPECT_EQ(real(ScalarOp::Sign, -3), -1);
    EXPECT_EQ(real(ScalarOp::Recip, 4), 0.25);
    EXPECT_EQ(real(ScalarOp::Pow, 2, 0.5), std::sqrt(2.0));
    EXPECT_DOUBLE_EQ(real(ScalarOp::Atanh, 0.5), std::atanh(0.5));
}

TEST(Scalar, LogicIsOnTruth) {
    for (int a : {0, 1})
        for (int b : {0, 1}) {
            EXPECT_EQ(whole(ScalarOp::And, DType::Bool, a, b), a && b);
            EXPECT_EQ(whole(ScalarOp::Or, DType::Bool, a, b), a || b);
            EXPECT_EQ(whole(ScalarOp::Xor, DType::Bool, a, b), a != b);
        }
    EXPECT_EQ(whole(ScalarOp::Not, DType::Bool, 0), 1);
}

TEST(Scalar, CastsTruncateSaturateAndWrap) {
    const auto cast = [](DType from, DType to, Scalar value) {
        return apply({ScalarOp::Cast, to}, from, value, {}, {});
    };
    EXPECT_EQ(cast(DType::F32, DType::I32, {-2.9, 0}).i, -2);
    EXPECT_EQ(cast(DType::F32, DType::I32, {1e20, 0}).i, INT32_MAX);
    EXPECT_EQ(cast(DType::F32, DType::I64, {1e30, 0}).i, static_cast<int64_t>(0x1.fffffffffffffp62));
    EXPECT_EQ(cast(DType::F32, DType::I32, {kNan, 0}).i, 0);
    EXPECT_EQ(cast(DType::F32, DType::U8, {-5.5, 0}).i, 0);
    EXPECT_EQ(cast(DType::I32, DType::I8, {0, 200}).i, -56);
    EXPECT_EQ(cast(DType::F32, DType::Bool, {0.25, 0}).i, 1);
    EXPECT_EQ(cast(DType::I32, DType::Bool, {0, 256}).i, 1);
    EXPECT_EQ(cast(DType::F32, DType::F16, {1.0 / 3, 0}).f, roundTo(DType::F16, 1.0 / 3));
    EXPECT_EQ(cast(DType::I64, DType::F32, {0, (int64_t{1} << 24) + 1}).f, 0x1p24);
    EXPECT_EQ(cast(DType::Bool, DType::F32, {0, 1}).f, 1);
}

TEST(Scalar, BuilderTypesResultsAndProgramsRun) {
    ScalarProgram program;
    program.inputs = {DType::F32, DType::I32};
    program.code = {{ScalarOp::Input, DType::F32, 0}, {ScalarOp::Input, DType::I32, 1}};
    ScalarBuilder builder(program, {0, 1}, {DType::F32, DType::Bool});
    const int32_t other = builder.cast(builder.input(1), DType::F32);
    const int32_t less = builder.emit(ScalarOp::Less, builder.input(0), other);
    const int32_t chosen = builder.emit(ScalarOp::Select, less, builder.constant(DType::F32, 0.5), other);
    builder.output(0, chosen);
    builder.output(1, less);
    EXPECT_EQ(builder.type(less), DType::Bool);
    EXPECT_EQ(builder.type(chosen), DType::F32);
    EXPECT_EQ(builder.cast(chosen, DType::F32), chosen) << "no instruction for nothing";
    program.outputs = builder.outputs();

    std::vector<Scalar> registers;
    Scalar outputs[2];
    const Scalar small[] = {{2, 0}, {0, 3}}, large[] = {{4, 0}, {0, 3}};
    interpret(program, small, outputs, registers);
    EXPECT_EQ(outputs[0].f, 0.5);
    EXPECT_EQ(outputs[1].i, 1);
    interpret(program, large, outputs, registers);
    EXPECT_EQ(outputs[0].f, 3);
    EXPECT_EQ(outputs[1].i, 0);
    EXPECT_EQ(str(program),
              "t0: f32 = input 0\nt1: i32 = input 1\nt2: f32 = cast t1\nt3: bool = lt t0, t2\nt4: f32 = const 0.5\n"
              "t5: f32 = select t3, t4, t2\nreturn t5, t3\n");
}

TEST(Scalar, BuilderRefusesWrongOperands) {
    ScalarProgram program;
    ScalarBuilder builder(program, {}, {DType::F32});
    const int32_t one = builder.constant(DType::F32, 1);
    EXPECT_THROW(builder.emit(ScalarOp::Add, one), Error);
    EXPECT_THROW(builder.emit(ScalarOp::Neg, one, one), Error);
    EXPECT_THROW(builder.emit(ScalarOp::Neg, 7), Error);
}

}  // namespace
}  // namespace opentrt
