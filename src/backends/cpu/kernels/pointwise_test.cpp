// SPDX-License-Identifier: Apache-2.0
// The pointwise engine against the reference interpreter of scalar programs: every operation, every type, every kind of
// broadcast, in tiles and as plans, on every instruction set.
#include "backends/cpu/kernels/pointwise.h"

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "backends/cpu/kernels/convert.h"
#include "backends/cpu/kernels/test_targets.h"
#include "base/error.h"

namespace opentrt::cpu::kernels {
namespace {

struct Buffer {
    DType type = DType::F32;
    std::vector<int64_t> dims;  // stored; 1 where the iteration space is larger: broadcast
    std::vector<char> bytes;

    Buffer(DType type, std::vector<int64_t> dims) : type(type), dims(std::move(dims)) {
        bytes.resize(static_cast<size_t>(bytesFor(type, count())));
    }
    int64_t count() const { return std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>()); }
    //! Strides over the iteration space; `reversed` lays the dims out in the opposite order.
    std::vector<int64_t> strides(const std::vector<int64_t>& space, bool reversed = false) const {
        std::vector<int64_t> result(dims.size());
        int64_t step = 1;
        for (size_t k = 0; k < dims.size(); ++k) {
            const size_t i = reversed ? k : dims.size() - 1 - k;
            result[i] = dims[i] == 1 && space[i] != 1 ? 0 : step;
            step *= dims[i];
        }
        return result;
    }
    Scalar get(int64_t i) const {
        Scalar s;
        loadScalars(type, bytes.data() + i * (bitsOf(type) / 8), 1, &s);
        return s;
    }
};

std::vector<double> interestingValues() {
    const double inf = std::numeric_limits<double>::infinity();
    return {0, -0.0, 1, -1, 0.5, -0.5, 2.5, -2.5, 3, 7.25, -9, 100, -130, 260, 1e-3, inf, -inf, NAN};
}

void fill(Buffer& buffer, unsigned seed, bool special = false) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> values(-4, 4);
    const auto table = interestingValues();
    for (int64_t i = 0; i < buffer.count(); ++i) {
        double v = special ? table[(static_cast<size_t>(i) * 7 + seed) % table.size()] : values(random);
        if (!isFloat(buffer.type)) v = std::isfinite(v) ? std::trunc(v * 10) : 5;
        if (buffer.type == DType::Bool) v = std::fmod(std::fabs(v), 2);
        v = roundTo(buffer.type, v);
        const Scalar s{v, static_cast<int64_t>(std::isfinite(v) ? v : 0)};
        storeScalars(buffer.type, &s, 1, buffer.bytes.data() + i * (bitsOf(buffer.type) / 8));
    }
}

bool isClose(DType type, const Scalar& got, const Scalar& want) {
    if (!isFloat(type)) return got.i == want.i;
    const double rounded = roundTo(type, want.f);
    if (std::isnan(rounded)) return std::isnan(got.f);
    if (std::isinf(rounded)) return got.f == rounded;
    const double relative = type == DType::F16 ? 1e-3 : type == DType::BF16 ? 8e-3 : type == DType::F8 ? 0.13 : 2e-6;
    return std::fabs(got.f - rounded) <= relative * std::max(1.0, std::fabs(rounded));
}

//! Runs the plan and compares every element of every output.
void check(const ScalarProgram& program, const std::vector<int64_t>& space, std::vector<Buffer>& inputs,
           bool reversedOutput = false) {
    auto compiled = std::make_shared<const PointwiseProgram>(program);
    std::vector<Buffer> outputs;
    std::vector<std::vector<int64_t>> inStrides, outStrides;
    std::vector<const void*> in;
    std::vector<void*> out;
    for (auto& b : inputs) inStrides.push_back(b.strides(space)), in.push_back(b.bytes.data());
    for (DType type : compiled->outputTypes()) outputs.emplace_back(type, space);
    for (auto& b : outputs) outStrides.push_back(b.strides(space, reversedOutput)), out.push_back(b.bytes.data());
    PointwisePlan(compiled, space, inStrides, outStrides).run(in, out);

    std::vector<Scalar> registers, x(inputs.size()), y(outputs.size());
    std::vector<int64_t> index(space.size(), 0);
    const int64_t total = Buffer(DType::I8, space).count();
    for (int64_t n = 0; n < total; ++n) {
        int64_t rest = n;
        for (size_t i = space.size(); i-- > 0; rest /= space[i]) index[i] = rest % space[i];
        const auto at = [&](const std::vector<int64_t>& strides) {
            return std::inner_product(index.begin(), index.end(), strides.begin(), int64_t{0});
        };
        for (size_t i = 0; i < inputs.size(); ++i) x[i] = inputs[i].get(at(inStrides[i]));
        interpret(program, x.data(), y.data(), registers);
        for (size_t o = 0; o < outputs.size(); ++o) {
            const Scalar got = outputs[o].get(at(outStrides[o]));
            ASSERT_TRUE(isClose(outputs[o].type, got, y[o]))
                << "output " << o << " element " << n << " is " << got.f << "/" << got.i << " when it should be "
                << y[o].f << "/" << y[o].i << "\n"
                << str(program);
        }
    }
}

//! Builder of programs for the tests.
struct Program {
    ScalarProgram p;
    int32_t input(DType type) {
        p.inputs.push_back(type);
        return add({ScalarOp::Input, type, static_cast<int32_t>(p.inputs.size()) - 1});
    }
    int32_t add(ScalarInstr instr) {
        p.code.push_back(instr);
        return static_cast<int32_t>(p.code.size()) - 1;
    }
    int32_t emit(ScalarOp op, int32_t a, int32_t b = -1, int32_t c = -1) {
        return ScalarBuilder(p, {}, {}).emit(op, a, b, c);
    }
    int32_t cast(int32_t a, DType to) { return add({ScalarOp::Cast, to, a}); }
    int32_t constant(double v, DType type = DType::F32) { return ScalarBuilder(p, {}, {}).constant(type, v); }
    Program& output(int32_t i) {
        p.outputs.push_back(i);
        return *this;
    }
};

constexpr DType kTypes[] = {DType::F32, DType::F16, DType::BF16, DType::I32, DType::I64,
                            DType::I8,  DType::U8,  DType::Bool, DType::F8};

TEST_F(OnEachTarget, PointwiseUnaryOperationsEqualTheInterpreter) {
    forEachTarget([] {
        for (auto op = static_cast<int>(ScalarOp::Neg); op <= static_cast<int>(ScalarOp::IsNan); ++op) {
            for (bool special : {false, true}) {
                const bool logic = static_cast<ScalarOp>(op) == ScalarOp::Not;
                Program p;
                const DType type = logic ? DType::Bool : DType::F32;
                p.output(p.emit(static_cast<ScalarOp>(op), p.input(type)));
                std::vector<Buffer> inputs{Buffer(type, {301})};
                fill(inputs[0], 3, special);
                check(p.p, {301}, inputs);
            }
        }
    });
}

TEST_F(OnEachTarget, PointwiseBinaryOperationsEqualTheInterpreter) {
    forEachTarget([] {
        for (auto op = static_cast<int>(ScalarOp::Add); op <= static_cast<int>(ScalarOp::Less); ++op) {
            const auto code = static_cast<ScalarOp>(op);
            const bool logic = code == ScalarOp::And || code == ScalarOp::Or || code == ScalarOp::Xor;
            for (DType type : {DType::F32, DType::I32, DType::I64, DType::I8, DType::Bool}) {
                if (logic != (type == DType::Bool)) continue;
                for (bool special : {false, true}) {
                    // The result of a remainder of a large quotient by a special value is checked without constants
                    // only.
                    for (int constant = 0; constant < 3; ++constant) {
                        Program p;
                        const int32_t a =
                            constant == 1 ? p.constant(type == DType::Bool ? 1 : 2.5, type) : p.input(type);
                        const int32_t b = constant == 2 ? p.constant(type == DType::Bool ? 1 : 3, type) : p.input(type);
                        p.output(p.emit(code, a, b));
                        std::vector<Buffer> inputs;
                        for (DType t : p.p.inputs) inputs.emplace_back(t, std::vector<int64_t>{150});
                        for (size_t i = 0; i < inputs.size(); ++i)
                            fill(inputs[i], static_cast<unsigned>(5 + i), special);
                        check(p.p, {150}, inputs);
                    }
                }
            }
        }
    });
}

TEST_F(OnEachTarget, PointwiseCastsBetweenAllTypes) {
    forEachTarget([] {
        for (DType from : kTypes) {
            for (DType to : kTypes) {
                for (bool special : {false, true}) {
                    Program p;
                    p.output(p.cast(p.input(from), to));
                    std::vector<Buffer> inputs{Buffer(from, {9, 37})};
                    fill(inputs[0], 11, special);
                    check(p.p, {9, 37}, inputs);
                }
            }
        }
    });
}

TEST_F(OnEachTarget, PointwiseBroadcastsEveryWay) {
    const std::vector<std::vector<int64_t>> spaces = {{1},      {7},        {1000},        {3, 5},
                                                      {4, 200}, {2, 3, 49}, {2, 16, 3, 5}, {5, 1, 64, 2}};
    forEachTarget([&] {
        for (const auto& space : spaces) {
            const auto variants = 1u << space.size();
            for (unsigned mask = 0; mask < variants; ++mask) {
                Program p;
                const int32_t a = p.input(DType::F32), b = p.input(mask % 3 ? DType::F32 : DType::BF16),
                              c = p.input(DType::F32);
                p.output(p.emit(ScalarOp::Add, p.emit(ScalarOp::Mul, a, b), c));
                p.output(p.emit(ScalarOp::Max, b, c));
                std::vector<int64_t> dims = space, other = space;
                for (size_t i = 0; i < space.size(); ++i) {
                    if (mask >> i & 1) dims[i] = 1;
                    if ((mask * 5 + 3) >> i & 1) other[i] = 1;
                }
                std::vector<Buffer> inputs{Buffer(DType::F32, space), Buffer(p.p.inputs[1], dims),
                                           Buffer(DType::F32, other)};
                for (size_t i = 0; i < 3; ++i) fill(inputs[i], mask + static_cast<unsigned>(i));
                check(p.p, space, inputs);
                check(p.p, space, inputs, true);
            }
        }
    });
}

//! Straight-line programs of random float operations whose values stay moderate.
ScalarProgram randomProgram(unsigned seed) {
    std::mt19937 random(seed);
    Program p;
    std::vector<int32_t> values;
    for (int i = 0; i < 3; ++i) values.push_back(p.input(i == 2 ? DType::F16 : DType::F32));
    values.push_back(p.constant(0.75));
    values.push_back(p.constant(-1.5));
    const ScalarOp ops[] = {ScalarOp::Add, ScalarOp::Sub,     ScalarOp::Mul,  ScalarOp::Min,     ScalarOp::Max,
                            ScalarOp::Add, ScalarOp::Mul,     ScalarOp::Tanh, ScalarOp::Sigmoid, ScalarOp::Abs,
                            ScalarOp::Neg, ScalarOp::Greater, ScalarOp::Sin};
    for (int i = 0; i < 14; ++i) {
        const ScalarOp op = ops[random() % std::size(ops)];
        const auto pick = [&] { return values[random() % values.size()]; };
        int32_t result = p.emit(op, pick(), arity(op) == 2 ? pick() : -1);
        if (op == ScalarOp::Mul) result = p.emit(ScalarOp::Tanh, result);
        if (op == ScalarOp::Greater) result = p.emit(ScalarOp::Select, result, pick(), pick());
        values.push_back(result);
    }
    p.output(values.back()).output(values[values.size() - 2]).output(values[6]);
    return p.p;
}

TEST_F(OnEachTarget, PointwiseRandomProgramsEqualTheInterpreter) {
    forEachTarget([] {
        for (unsigned seed = 0; seed < 300; ++seed) {
            const ScalarProgram p = randomProgram(seed);
            std::vector<Buffer> inputs{Buffer(DType::F32, {2, 70}), Buffer(DType::F32, {2, 1}),
                                       Buffer(DType::F16, {1, 70})};
            for (size_t i = 0; i < 3; ++i) fill(inputs[i], seed + static_cast<unsigned>(i));
            check(p, {2, 70}, inputs);
        }
    });
}

TEST_F(OnEachTarget, PointwiseRecognisesSwishClipAndMultiplyAdd) {
    forEachTarget([] {
        Program p;
        const int32_t x = p.input(DType::F32), y = p.input(DType::F32), z = p.input(DType::F32);
        const int32_t swish = p.emit(ScalarOp::Mul, p.emit(ScalarOp::Sigmoid, x), x);
        const int32_t clip = p.emit(ScalarOp::Min, p.emit(ScalarOp::Max, y, p.constant(-1)), p.constant(2));
        const int32_t hard = p.emit(ScalarOp::Max, p.constant(0), p.emit(ScalarOp::Min, p.constant(1), y));
        p.output(swish).output(clip).output(hard);
        p.output(p.emit(ScalarOp::Add, p.emit(ScalarOp::Mul, x, p.constant(3)), p.constant(1)));
        p.output(p.emit(ScalarOp::Add, p.emit(ScalarOp::Sin, z), p.emit(ScalarOp::Mul, x, p.constant(3))));
        p.output(p.emit(ScalarOp::Add, p.emit(ScalarOp::Mul, x, y), p.emit(ScalarOp::Abs, z)));
        p.output(p.emit(ScalarOp::Add, p.emit(ScalarOp::Mul, p.emit(ScalarOp::Abs, x), y), z));
        p.output(p.emit(ScalarOp::Add, p.constant(1), p.emit(ScalarOp::Mul, x, y)));
        p.output(p.emit(ScalarOp::Pow, x, p.constant(2)));
        std::vector<Buffer> inputs(3, Buffer(DType::F32, {333}));
        for (size_t i = 0; i < 3; ++i) fill(inputs[i], static_cast<unsigned>(i));
        check(p.p, {333}, inputs);
    });
}

TEST_F(OnEachTarget, PointwiseTileWorksOnStridedRowsInPlace) {
    forEachTarget([] {
        Program p;
        p.output(p.emit(ScalarOp::Max, p.emit(ScalarOp::Add, p.input(DType::F32), p.input(DType::F32)), p.constant(0)));
        const PointwiseProgram program(p.p);
        for (int64_t rows : {1, 3, 14}) {
            for (int64_t cols : {1, 16, 33, 200}) {
                std::vector<float> c(static_cast<size_t>(rows * 256)), bias(256), want;
                for (size_t i = 0; i < c.size(); ++i) c[i] = static_cast<float>(i % 17) - 8;
                for (size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i % 5) - 2;
                want = c;
                for (int64_t r = 0; r < rows; ++r)
                    for (int64_t n = 0; n < cols; ++n) {
                        float& w = want[static_cast<size_t>(r * 256 + n)];
                        w = std::max(w + bias[static_cast<size_t>(n)], 0.0f);
                    }
                const PointwiseTile in[] = {{c.data(), 256, 1}, {bias.data(), 0, 1}}, out[] = {{c.data(), 256, 1}};
                program.runTile(rows, cols, in, out);
                EXPECT_EQ(c, want);
            }
        }
    });
}

TEST(Pointwise, RefusesPackedTypes) {
    Program p;
    p.output(p.cast(p.input(DType::I4), DType::F32));
    EXPECT_THROW(PointwiseProgram{p.p}, Error);
}

TEST(Pointwise, KeepsLargeProgramsOnTheHeap) {
    Program p;
    const int32_t x = p.input(DType::F32);
    std::vector<int32_t> values;
    for (int i = 0; i < 120; ++i)
        values.push_back(p.emit(ScalarOp::Sin, p.emit(ScalarOp::Mul, x, p.constant(0.01 * i))));
    int32_t sum = values[0];
    for (int32_t v : values) sum = p.emit(ScalarOp::Add, p.emit(ScalarOp::Mul, v, v), sum);
    for (int32_t v : values) sum = p.emit(ScalarOp::Max, sum, v);
    p.output(sum);
    std::vector<Buffer> inputs{Buffer(DType::F32, {100})};
    fill(inputs[0], 1);
    check(p.p, {100}, inputs);
}

}  // namespace
}  // namespace opentrt::cpu::kernels
