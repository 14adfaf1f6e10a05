// SPDX-License-Identifier: Apache-2.0
#include "accuracy.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "common/files.h"
#include "common/tensor.h"
#include "log.h"
#include "network_setup.h"

namespace trtexec {
namespace {

std::vector<float> readReference(const Binding& output, const std::string& file) {
    using nvinfer1::DataType;
    const std::vector<DataType> known{DataType::kFLOAT, DataType::kHALF, DataType::kINT32, DataType::kINT8};
    if (std::find(known.begin(), known.end(), output.type()) == known.end())
        throw Failure("output " + output.name() + " has type " + typeName(output.type()) +
                      "; references are compared for fp32, fp16, int32 and int8 only");
    const std::vector<char> bytes = opentrt::tools::readFile(file);
    if (bytes.size() != output.bytes())
        throw Failure(file + " has " + std::to_string(bytes.size()) + " bytes when output " + output.name() + " has " +
                      std::to_string(output.bytes()));
    return opentrt::tools::toFloats(output.type(), bytes.data(), output.count());
}

double cosineLoss(const std::vector<float>& a, const std::vector<float>& b) {
    double product = 0, lengthA = 0, lengthB = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        product += double{a[i]} * b[i];
        lengthA += double{a[i]} * a[i];
        lengthB += double{b[i]} * b[i];
    }
    if (lengthA == 0 || lengthB == 0) return lengthA == lengthB ? 0 : 1;
    return 1 - product / std::sqrt(lengthA * lengthB);
}

}  // namespace

double lossOf(const std::string& algorithm, const std::vector<float>& got, const std::vector<float>& expected,
              double atol, double rtol) {
    if (got.empty()) return 0;
    double outside = 0, sum = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < got.size(); ++i) {
        const double difference = got[i] == expected[i] ? 0 : std::fabs(double{got[i]} - expected[i]);
        const double finite = std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
        outside += !(finite <= atol + rtol * std::fabs(double{expected[i]}));
        sum += finite;
        squares += finite * finite;
        largest = std::max(largest, finite);
    }
    const auto n = static_cast<double>(got.size());
    if (algorithm == "l0") return outside / n;
    if (algorithm == "l1") return sum / n;
    if (algorithm == "l2") return squares / n;
    if (algorithm == "lInf") return largest;
    const double loss = cosineLoss(got, expected);
    return std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity();
}

bool checkReferences(Inference& inference, const InferenceOptions& options) {
    bool passed = true;
    for (const ReferencePair& pair : options.references) {
        Bindings& bindings = inference.bindings();
        bindings.loadInputs(pair.inputs);
        inference.runOnce();
        for (const auto& [name, file] : pair.outputs) {
            const auto outputs = bindings.outputs();
            const auto at = std::find_if(outputs.begin(), outputs.end(),
                                         [&wanted = name](const Binding* o) { return o->name() == wanted; });
            if (at == outputs.end()) throw Failure("a reference is given for " + name + ", which no output is named");
            const std::vector<float> expected = readReference(**at, file);
            const std::vector<float> got = opentrt::tools::toFloats((*at)->type(), (*at)->host(), (*at)->count());
            const double loss = lossOf(options.accuracyAlgorithm, got, expected, options.atol, options.rtol);
            const bool ok = loss < *options.accuracyThreshold;
            passed = passed && ok;
            info("Accuracy loss for tensor ", name, " (", options.accuracyAlgorithm, "): ", std::to_string(loss),
                 ok ? "" : " FAIL");
        }
    }
    return passed;
}

}  // namespace trtexec
