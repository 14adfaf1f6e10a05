// SPDX-License-Identifier: Apache-2.0
// Einsums that no pass has turned into products of matrices, and products that no other family takes: of vectors, of
// integers. Tested by the conformance cases.
#include "ops/einsum.h"

#include "backends/cuda/elements.h"
#include "ops/matrix_multiply.h"
#include "ops/support/einsum_plan.h"

namespace opentrt::cuda {

namespace {

constexpr size_t kMostInputs = 4;

//! Layout of code/einsum.cu for so many inputs.
template <size_t kInputs>
struct EinsumArgs {
    const void* in[kInputs] = {};
    void* y = nullptr;
    uint32_t count = 0, terms = 0;
    Places places, summed;
    PerDim stride[kInputs], step[kInputs];
};

std::string equationOf(const ops::Einsum& op, const std::vector<int64_t>&) {
    return op.equation;
}
//! "abik,abkj->abij", without i or j where an operand has vectors.
std::string equationOf(const ops::MatrixMultiply& op, const std::vector<int64_t>& ranks) {
    using ops::MatrixOperation;
    const auto side = [](MatrixOperation operation, const char* plain, const char* turned) {
        return operation == MatrixOperation::Vector ? "k" : operation == MatrixOperation::Transpose ? turned : plain;
    };
    const bool rows = op.a != MatrixOperation::Vector, columns = op.b != MatrixOperation::Vector;
    const std::string batch = std::string("abcdefgh").substr(0, static_cast<size_t>(ranks[0] - (rows ? 2 : 1)));
    return cat(batch, side(op.a, "ik", "ki"), ",", batch, side(op.b, "kj", "jk"), "->", batch, rows ? "i" : "",
               columns ? "j" : "");
}

template <class O>
struct EinsumDef {
    using Op = O;
    static constexpr const char* kName = std::is_same_v<O, ops::Einsum> ? "cuda.einsum" : "cuda.product";

    static std::string whyNot(const RegionView& region, const Op& op) {
        const DType type = region.input(0).type;
        if (elementType(type).empty() || region.output(0).type != type) return cat("type ", name(type));
        if (region.anchorInputs.size() > kMostInputs) return cat("more than ", kMostInputs, " inputs");
        std::vector<int64_t> ranks;
        for (size_t i = 0; i < region.anchorInputs.size(); ++i)
            ranks.push_back(static_cast<int64_t>(region.anchorInput(i)->shape.size()));
        const ops::EinsumPlan plan = ops::parseEinsum(equationOf(op, ranks), ranks);
        if (plan.output.size() > Places::kMost || summedOf(plan).size() > Places::kMost)
            return cat("more than ", Places::kMost, " dimensions");
        return {};
    }
    static std::string source(const RegionView& region, const Op&) {
        const DType type = region.input(0).type;
        return cat(codeText("elements"), typeLine("T", type), "typedef ", numberType(type), " N;\n#define INPUTS ",
                   region.anchorInputs.size(), "\n", codeText("einsum"));
    }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call, Code code) {
        switch (call.in.size()) {
            case 1:
                return launchOf<1>(call, std::move(code));
            case 2:
                return launchOf<2>(call, std::move(code));
            case 3:
                return launchOf<3>(call, std::move(code));
            default:
                return launchOf<4>(call, std::move(code));
        }
    }

private:
    //! Labels that are in no place of the result.
    static ops::EinsumLabels summedOf(const ops::EinsumPlan& plan) {
        ops::EinsumLabels labels;
        const auto has = [](const ops::EinsumLabels& list, int label) {
            return std::find(list.begin(), list.end(), label) != list.end();
        };
        for (const ops::EinsumLabels& input : plan.inputs) {
            for (const int label : input) {
                if (!has(plan.output, label) && !has(labels, label)) labels.push_back(label);
            }
        }
        return labels;
    }

    template <size_t kInputs>
    static std::unique_ptr<Launch> launchOf(const OpCall<Op>& call, Code code) {
        std::vector<int64_t> ranks;
        for (const Port& port : call.in) ranks.push_back(static_cast<int64_t>(port.dims.size()));
        const ops::EinsumPlan plan = ops::parseEinsum(equationOf(call.op, ranks), ranks);
        const ops::EinsumLabels summed = summedOf(plan);
        EinsumArgs<kInputs> args;
        Dims sizes(summed.size(), 1);
        for (size_t i = 0; i < kInputs; ++i) {
            const Dims& dims = call.in[i].dims;
            const Dims strides = stridesOf(dims);
            for (size_t d = 0; d < dims.size(); ++d) {
                if (dims[d] == 1) continue;
                const auto add = [&](const ops::EinsumLabels& labels, PerDim& to, Dims* extent) {
                    const auto at = std::find(labels.begin(), labels.end(), plan.inputs[i][d]);
                    if (at == labels.end()) return;
                    const auto place = static_cast<size_t>(at - labels.begin());
                    to.v[place] += strides[d];
                    if (extent) (*extent)[place] = dims[d];
                };
                add(plan.output, args.stride[i], nullptr);
                add(summed, args.step[i], &sizes);
            }
        }
        args.places = Places(call.out[0].dims);
        args.summed = Places(sizes);
        args.terms = requireCount(volumeOf(sizes));
        return elementLaunch(std::move(code), "einsum", args, volumeOf(call.out[0].dims),
                             [](EinsumArgs<kInputs>& a, const LaunchArgs& launch) {
                                 std::copy_n(launch.inputs, kInputs, a.in);
                                 a.y = launch.outputs[0];
                             });
    }
};

}  // namespace

const Family kEinsumFamily = opFamily<EinsumDef<ops::Einsum>>();
const Family kProductFamily = lastFamily<EinsumDef<ops::MatrixMultiply>>();

}  // namespace opentrt::cuda
