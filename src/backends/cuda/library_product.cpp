// SPDX-License-Identifier: Apache-2.0
// Order of what a library does behind a product: activation(alpha * product + bias + residual). Regions whose operators
// come in an order that is the same are taken. Numbers are rounded once, at the end, as our own kernels do.
#include "backends/cuda/library_product.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/element_wise.h"

namespace opentrt::cuda {

namespace {

std::string whyNotConvolution(const RegionView& region) {
    const Shape &x = region.anchorInput(0)->shape, &w = region.anchorInput(1)->shape;
    if (!region.anchorInput(1)->constant) return "the weights are not constant";
    if (x.size() != w.size() || x.size() < 3 || x.size() > 5) return cat("rank ", x.size(), " is not 3 to 5");
    return readsSinglePixels(region) ? "" : "a window larger than one pixel, steps, padding or groups";
}

std::string whyNotMatrices(const RegionView& region, const ops::MatrixMultiply& op) {
    if (op.a == ops::MatrixOperation::Vector || op.b == ops::MatrixOperation::Vector) return "a vector operand";
    const Shape& y = region.anchorOutput().shape;
    for (const size_t operand : {0, 1}) {
        const Shape& shape = region.anchorInput(operand)->shape;
        const auto end = shape.end() - 2;
        const bool isShared = std::all_of(shape.begin(), end, [](const Dim& d) { return d == Dim(1); });
        if (!isShared && !std::equal(shape.begin(), end, y.begin())) return "a batch of which operands share a part";
    }
    return {};
}

//! A number that is known, or nothing.
std::optional<double> numberIn(const RegionView& region, int input) {
    const Fact& fact = region.input(input);
    if (!fact.constant || fact.constant->count() != 1) return std::nullopt;
    return fact.constant->get(0);
}

//! Follows the operators behind the product one by one.
class EpilogueReader {
public:
    EpilogueReader(const RegionView& region, std::span<const LibraryActivation> known, LibraryEpilogue& epilogue)
        : region_(region), known_(known), epilogue_(epilogue), at_(region.anchor->outputs[0]) {
        if (convolution(region) && region.anchorInput(2)) {
            bias_ = region.anchorInputs[2];
            epilogue.bias = true;
        }
    }

    std::string read() {
        for (const Node* node : region_.pointwise) {
            if (epilogue_.activation != kNoActivation) return "operators behind the activation";
            const std::string reason = take(*node);
            if (!reason.empty()) return reason;
            at_ = node->outputs[0];
        }
        return {};
    }

    void addInputs(std::vector<int>& inputs) const {
        if (epilogue_.bias) inputs.push_back(bias_);
        if (epilogue_.residual) inputs.push_back(residual_);
    }

private:
    std::string take(const Node& node) {
        if (const auto* activation = as<ops::Activation>(*node.op)) return takeActivation(*activation);
        const auto* binary = as<ops::ElementWise>(*node.op);
        if (!binary) return cat(node.op->kind(), " behind the product");
        const bool first = node.inputs[0] == at_;
        const int other = region_.indexOf(node.inputs[first ? 1 : 0]);
        if (other < 0 || (!first && node.inputs[1] != at_)) return "operators that are no chain";
        switch (binary->operation) {
            case ops::ElementWiseOperation::Sum:
                return takeSum(other);
            case ops::ElementWiseOperation::Prod:
                return takeFactor(other, false);
            case ops::ElementWiseOperation::Div:
                return first ? takeFactor(other, true) : "a quotient of the product";
            default:
                return cat(str(*binary), " behind the product");
        }
    }

    std::string takeActivation(const ops::Activation& activation) {
        constexpr std::pair<ops::ActivationFunction, LibraryActivation> kFunctions[] = {
            {ops::ActivationFunction::Relu, kRelu},
            {ops::ActivationFunction::GeluTanh, kGeluTanh},
            {ops::ActivationFunction::GeluErf, kGeluErf},
            {ops::ActivationFunction::Sigmoid, kSigmoid},
            {ops::ActivationFunction::Tanh, kTanh}};
        for (const auto& [function, same] : kFunctions) {
            if (function != activation.function) continue;
            if (std::find(known_.begin(), known_.end(), same) == known_.end()) break;
            epilogue_.activation = same;
            return {};
        }
        if (activation.function == ops::ActivationFunction::GeluErf)
            return "the library's gelu is that of tanh, not of erf";
        return cat(str(activation), " behind the product");
    }

    std::string takeSum(int input) {
        const Fact& fact = region_.input(input);
        if (fact.type != region_.anchorInput(0)->type) return cat("an operand of type ", name(fact.type));
        const auto kind = extraKind(fact.shape, region_.output(0).shape, columnAxis(region_));
        if (kind == kLikeResult && !epilogue_.residual) {
            epilogue_.residual = true;
            residual_ = input;
            return {};
        }
        if (kind == kByColumn && !epilogue_.bias) {
            epilogue_.bias = true;
            bias_ = input;
            return {};
        }
        return "a sum with more than a bias and a tensor like the result";
    }

    std::string takeFactor(int input, bool divides) {
        const auto number = numberIn(region_, input);
        if (!number) return "a factor that is no known number";
        if (epilogue_.bias || epilogue_.residual) return "a factor behind a sum";
        epilogue_.alpha = divides ? epilogue_.alpha / *number : epilogue_.alpha * *number;
        return {};
    }

    const RegionView& region_;
    std::span<const LibraryActivation> known_;
    LibraryEpilogue& epilogue_;
    ValueId at_;
    int bias_ = -1, residual_ = -1;
};

int64_t batchOf(const Dims& dims) {
    return std::accumulate(dims.begin(), dims.end() - 2, int64_t{1}, std::multiplies<>());
}

}  // namespace

std::string readEpilogue(const RegionView& region, std::span<const LibraryActivation> known, LibraryEpilogue& epilogue,
                         std::vector<int>& inputs) {
    EpilogueReader reader(region, known, epilogue);
    std::string reason = reader.read();
    if (reason.empty()) reader.addInputs(inputs);
    return reason;
}

std::string readProduct(const RegionView& region, std::span<const LibraryActivation> known, LibraryMatrices& product,
                        std::vector<int>& inputs) {
    const Fact *x = region.anchorInput(0), *w = region.anchorInput(1);
    if (!x || !w) return "an operand is left out";
    if (std::string reason = whyNotType(*x, {DType::F32, DType::F16, DType::BF16}); !reason.empty()) return reason;
    if (region.node->outputs.size() != 1) return "several outputs";
    const Fact &y = region.output(0), &sum = region.anchorOutput();
    if (y.type != x->type || sum.type != x->type || w->type != x->type) return "operands of several types";
    if (y.shape != sum.shape) return "an output of another shape than the product";
    product.type = x->type;
    product.image = convolution(region) != nullptr;
    if (!product.image) {
        product.a = static_cast<int64_t>(cuda::product(region)->a);
        product.b = static_cast<int64_t>(cuda::product(region)->b);
    }
    std::string reason = product.image ? whyNotConvolution(region) : whyNotMatrices(region, *cuda::product(region));
    if (!reason.empty()) return reason;
    inputs = {region.anchorInputs[0], region.anchorInputs[1]};
    return readEpilogue(region, known, product, inputs);
}

ProductSizes fittedSizes(const LibraryMatrices& product, std::span<const Port> in, const Port& out) {
    fitPorts(in, product.inputs());
    for (const Port& port : in) fit(port.type == product.type, "the types of a product");
    for (size_t i = 2; i < in.size(); ++i) {
        const bool isBias = product.bias && i == 2;
        const int64_t columns = out.dims[product.image ? 1 : out.dims.size() - 1];
        fit(volumeOf(in[i].dims) == (isBias ? columns : volumeOf(out.dims)), "an operand behind a product");
    }
    return sizesOf(product, in[0].dims, in[1].dims, out.dims);
}

ProductSizes sizesOf(const LibraryMatrices& product, const Dims& a, const Dims& b, const Dims& y) {
    fit(a.size() >= 2 && b.size() >= 2 && y.size() >= 2, "an operand of a product");
    ProductSizes s;
    if (product.image) {
        s.columns = y[1];
        s.k = a[1];
        s.rows = s.columns > 0 ? volumeOf(y) / s.columns : 0;
        fit(s.k >= 0 && volumeOf(b) == s.columns * s.k && volumeOf(a) == s.rows * s.k, "the weights of a convolution");
        return s;
    }
    const size_t rank = y.size();
    fit(a.size() == rank && b.size() == rank, "the ranks of a product");
    s.rows = y[rank - 2];
    s.columns = y[rank - 1];
    s.k = a[rank - (product.aIsTransposed() ? 2 : 1)];
    s.batch = batchOf(y);
    const int64_t ofA = batchOf(a), ofB = batchOf(b);
    fit(volumeOf(a) == ofA * s.rows * s.k && volumeOf(b) == ofB * s.columns * s.k, "the sizes of a product");
    fit((ofA == s.batch || ofA == 1) && (ofB == s.batch || ofB == 1), "the batch of a product");
    if (ofB == 1 && ofA == s.batch && !product.aIsTransposed()) {  // all matrices of a are rows of one
        s.rows *= s.batch;
        s.batch = 1;
    }
    if (s.batch > 1) {
        s.aStride = ofA > 1 ? s.rows * s.k : 0;
        s.bStride = ofB > 1 ? s.columns * s.k : 0;
    }
    return s;
}

}  // namespace opentrt::cuda
