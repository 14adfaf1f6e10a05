// SPDX-License-Identifier: Apache-2.0
// Tables of layers: a row is a layer with its operands and the numbers that come out, run for each element type that
// the layer takes, in weakly and in strongly typed networks. Operands enter as f32 and are cast to the row's type, and
// the result is cast back, so that a row holds for all types.
#pragma once
#include <cmath>
#include <functional>

#include "layer_support.h"

namespace apitest {

using Types = std::vector<DataType>;
using Doubles = std::vector<double>;
using Sizes = std::vector<int64_t>;

inline const Types kReal{DataType::kFLOAT, DataType::kHALF, DataType::kBF16};

inline Types operator+(Types a, const Types& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline const Types kInts{DataType::kINT32, DataType::kINT64};
inline const Types kEight{DataType::kINT8};
inline const Types kBytes{DataType::kUINT8};
inline const Types kFp8{DataType::kFP8};
inline const Types kBool{DataType::kBOOL};
inline const Types kNarrow{DataType::kFP8, DataType::kINT4, DataType::kFP4};
inline const Types kAny = kReal + kInts + kEight + kBytes + kBool + kNarrow;

inline const char* nameOf(DataType type) {
    constexpr const char* names[] = {"f32", "f16",  "i8",  "i32", "bool", "u8",
                                     "fp8", "bf16", "i64", "i4",  "fp4",  "e8m0"};
    return names[static_cast<size_t>(type)];
}

//! One run of a row: the network, and operands of the type that is on trial.
class Rig {
public:
    explicit Rig(DataType type, bool stronglyTyped = false) : net(stronglyTyped), n(*net.network), type(type) {}

    //! A network input, cast to the type on trial or another one.
    ITensor& data(const Sizes& dims, const Doubles& values) { return as(type, dims, values); }
    ITensor& as(DataType to, const Sizes& dims, const Doubles& values) {
        const std::string name = "x" + std::to_string(count_++);
        ITensor& x = net.input<float>(name.c_str(), dims, std::vector<float>(values.begin(), values.end()));
        return to == DataType::kFLOAT ? x : *n.addCast(x, to)->getOutput(0);
    }
    ITensor& ints(const Sizes& dims, const Doubles& values) { return as(DataType::kINT32, dims, values); }
    ITensor& shape(const std::vector<int64_t>& values) {
        return net.constant<int64_t>({static_cast<int64_t>(values.size())}, values);
    }
    //! A constant, of i32 or of the type on trial.
    ITensor& fixed(const Sizes& dims, const std::vector<int32_t>& values) {
        return net.constant<int32_t>(dims, values);
    }
    ITensor& constant(const Sizes& dims, const Doubles& values) {
        ITensor& x = net.constant<float>(dims, std::vector<float>(values.begin(), values.end()));
        return type == DataType::kFLOAT ? x : *n.addCast(x, type)->getOutput(0);
    }
    Weights weights(const Doubles& values) { return net.weights(std::vector<float>(values.begin(), values.end())); }

    LayerNet net;
    INetworkDefinition& n;
    const DataType type;

private:
    int count_ = 0;
};

struct Row {
    const char* rule;
    Types types;
    std::function<ITensor*(Rig&)> make;
    Sizes dims;
    Doubles expected;
};

inline double toleranceOf(DataType type) {
    switch (type) {
        case DataType::kHALF:
            return 2e-3;
        case DataType::kBF16:
            return 2e-2;
        case DataType::kFP8:
            return 0.13;
        default:
            return 1e-5;
    }
}

inline void runRow(const Row& row, DataType type, bool stronglyTyped) {
    SCOPED_TRACE(std::string(row.rule) + " of " + nameOf(type) + (stronglyTyped ? ", strongly typed" : ""));
    Rig rig(type, stronglyTyped);
    ITensor* y = row.make(rig);
    ASSERT_NE(y, nullptr) << rig.net.logger.all();
    if (y->getType() != DataType::kFLOAT) y = rig.n.addCast(*y, DataType::kFLOAT)->getOutput(0);
    rig.net.output(y, "y");
    ASSERT_TRUE(rig.net.run()) << rig.net.logger.all();
    EXPECT_EQ(rig.net.shape("y"), row.dims);
    const auto got = rig.net.get<float>("y");
    ASSERT_EQ(got.size(), row.expected.size());
    for (size_t i = 0; i < got.size(); ++i) {
        const double wanted = row.expected[i];
        const double tolerance = toleranceOf(type) * std::max(1.0, std::abs(wanted));
        const bool same = std::isnan(wanted)   ? std::isnan(got[i])
                          : std::isinf(wanted) ? got[i] == wanted
                                               : std::abs(got[i] - wanted) <= tolerance;
        EXPECT_TRUE(same) << "element " << i << " is " << got[i] << " when it should be " << wanted;
    }
}

inline void runRows(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        for (const DataType type : row.types) {
            for (const bool stronglyTyped : {false, true}) runRow(row, type, stronglyTyped);
        }
    }
}

}  // namespace apitest
