// SPDX-License-Identifier: Apache-2.0
// Pointwise operators as straight-line scalar code: the common language between operators (which emit it), the
// reference evaluator (which interprets it in double or int64) and the backends (which vectorise it or print it as
// kernel source). A fused region of pointwise operators is the concatenation of their programs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/types.h"

namespace opentrt {

enum class ScalarOp : uint8_t {
    // clang-format off
    Input, Constant, Cast,
    Add, Sub, Mul, Div, Min, Max, Pow, FloorDiv, Mod, FMod,
    And, Or, Xor, Equal, Greater, Less,
    Neg, Abs, Exp, Log, Sqrt, Recip, Sin, Cos, Tan, Sinh, Cosh, Asin, Acos, Atan, Asinh, Acosh, Atanh,
    Ceil, Floor, RoundEven, Erf, Tanh, Sigmoid, Not, Sign, IsInf, IsNan,
    Select,  // a ? b : c
    // clang-format on
};
inline constexpr int kScalarOpCount = static_cast<int>(ScalarOp::Select) + 1;
const char* name(ScalarOp op);
int arity(ScalarOp op);

//! One instruction; a, b, c are indices of earlier instructions (for Input: a is the input's number).
//! `type` is the type of the result. Floating types compute in at least f32; rounding to f16, bf16 or f8 happens at
//! Cast and at the store of the region's outputs only.
struct ScalarInstr {
    ScalarOp op;
    DType type;
    int32_t a = -1, b = -1, c = -1;
    double constant = 0;
};

struct ScalarProgram {
    std::vector<DType> inputs;
    std::vector<ScalarInstr> code;
    std::vector<int32_t> outputs;  //!< instruction indices
};
std::string str(const ScalarProgram& program);

//! Evaluates one element. Floating values live in `f`, integer and bool values in `i` of a Scalar.
struct Scalar {
    double f = 0;
    int64_t i = 0;
};
void interpret(const ScalarProgram& program, const Scalar* inputs, Scalar* outputs, std::vector<Scalar>& registers);
//! One instruction on known operands; used by interpret and by constant folding inside programs.
Scalar apply(const ScalarInstr& instr, DType operandType, const Scalar& a, const Scalar& b, const Scalar& c);

//! Given to Op::emitScalar: the operator reads input(i), builds instructions, and names its outputs.
class ScalarBuilder {
public:
    //! `inputs[i]` is the instruction that holds input i of the operator now being emitted.
    ScalarBuilder(ScalarProgram& program, std::vector<int32_t> inputs, std::vector<DType> outputTypes);

    int32_t input(int i) const { return inputs_[static_cast<size_t>(i)]; }
    int inputCount() const { return static_cast<int>(inputs_.size()); }
    DType type(int32_t instr) const { return program_.code[static_cast<size_t>(instr)].type; }
    DType outputType(int i) const { return outputTypes_[static_cast<size_t>(i)]; }
    int32_t constant(DType type, double value);
    //! Result type: that of `a`, but Bool for comparisons, logic and tests, and that of `b` for Select.
    int32_t emit(ScalarOp op, int32_t a, int32_t b = -1, int32_t c = -1);
    int32_t cast(int32_t a, DType to);
    void output(int i, int32_t instr);
    const std::vector<int32_t>& outputs() const { return outputs_; }

private:
    ScalarProgram& program_;
    std::vector<int32_t> inputs_;
    std::vector<DType> outputTypes_;
    std::vector<int32_t> outputs_;
};

}  // namespace opentrt
