// SPDX-License-Identifier: Apache-2.0
#include "backends/cuda/dnn_graph.h"

#include "base/error.h"

namespace opentrt::cuda {

dnn::DataType dnnType(DType type) {
    switch (type) {
        case DType::F32:
            return dnn::kF32;
        case DType::F16:
            return dnn::kF16;
        case DType::BF16:
            return dnn::kBF16;
        default:
            throw Error(ErrorCode::Unsupported, "", cat("cuDNN is not asked for tensors of type ", name(type)));
    }
}

namespace {

dnn::Pointwise modeOf(int64_t activation) {
    switch (activation) {
        case kRelu:
            return dnn::kRelu;
        case kGeluTanh:
            return dnn::kGeluTanh;
        case kGeluErf:
            return dnn::kGelu;
        case kSigmoid:
            return dnn::kSigmoid;
        default:
            return dnn::kTanh;
    }
}

}  // namespace

int DnnGraph::add(DnnTensor tensor) {
    tensors_.push_back(std::move(tensor));
    return static_cast<int>(tensors_.size()) - 1;
}

int DnnGraph::addOperation(DnnOperation operation, DnnTensor result) {
    result.place = DnnPlace::kBetween;
    if (result.strides.empty()) result.strides = stridesOf(result.dims);
    operation.result = add(std::move(result));
    operations_.push_back(std::move(operation));
    return operations_.back().result;
}

int DnnGraph::memory(DType type, const Dims& dims, const Dims& strides) {
    DnnTensor tensor;
    tensor.type = dnnType(type);
    tensor.dims = dims;
    tensor.strides = strides;
    return add(std::move(tensor));
}

int DnnGraph::number(float value, size_t rank) {
    DnnTensor tensor;
    tensor.place = DnnPlace::kNumber;
    tensor.dims = tensor.strides = Dims(rank, 1);
    tensor.number = value;
    return add(std::move(tensor));
}

int DnnGraph::convolution(int x, int w, const Dims& dims, const Dims& strides, DnnWindow window) {
    DnnOperation operation;
    operation.kind = dnn::Kind::kConvolutionOp;
    operation.operands = {x, w};
    operation.window = std::move(window);
    DnnTensor y;
    y.dims = dims;
    y.strides = strides;
    return addOperation(std::move(operation), std::move(y));
}

int DnnGraph::product(int a, int b, const Dims& dims) {
    DnnOperation operation;
    operation.kind = dnn::Kind::kProductOp;
    operation.operands = {a, b};
    DnnTensor y;
    y.dims = dims;
    return addOperation(std::move(operation), std::move(y));
}

int DnnGraph::pointwise(dnn::Pointwise mode, std::vector<int> operands, dnn::DataType type, dnn::DataType precision) {
    DnnOperation operation;
    operation.mode = mode;
    operation.precision = precision;
    const DnnTensor& first = tensors_[static_cast<size_t>(operands[0])];
    DnnTensor y;
    y.type = type;
    y.dims = first.dims;
    y.strides = first.strides;
    operation.operands = std::move(operands);
    return addOperation(std::move(operation), std::move(y));
}

int DnnGraph::index(int like, int64_t axis) {
    const int result = pointwise(dnn::kIndex, {like}, dnn::kI32);
    operations_.back().axis = axis;
    return result;
}

int DnnGraph::reduce(dnn::Reduction mode, int x) {
    DnnOperation operation;
    operation.kind = dnn::Kind::kReductionOp;
    operation.mode = mode;
    operation.operands = {x};
    DnnTensor y;
    y.dims = tensors_[static_cast<size_t>(x)].dims;
    y.dims.back() = 1;
    return addOperation(std::move(operation), std::move(y));
}

void DnnGraph::finish(int value, const LibraryEpilogue& epilogue, int bias, int residual, int result) {
    const size_t rank = tensors_[static_cast<size_t>(value)].dims.size();
    if (epilogue.alpha != 1) value = pointwise(dnn::kMul, {value, number(static_cast<float>(epilogue.alpha), rank)});
    // The library has more engines for this order than for the other.
    if (residual >= 0) value = pointwise(dnn::kAdd, {value, residual});
    if (bias >= 0) value = pointwise(dnn::kAdd, {value, bias});
    if (epilogue.activation != kNoActivation) pointwise(modeOf(epilogue.activation), {value});
    writeTo(result);
}

void DnnGraph::writeTo(int memory) {
    check(!operations_.empty() && operations_.back().result == static_cast<int>(tensors_.size()) - 1,
          "the last tensor is the last result");
    tensors_.pop_back();
    operations_.back().result = memory;
}

std::string DnnGraph::text() const {
    const auto numbers = [](const Dims& dims) {
        std::string text = "[";
        for (const int64_t dim : dims) text += cat(dim, ",");
        return text + "]";
    };
    std::string text;
    for (const DnnTensor& t : tensors_) {
        text += cat(static_cast<int>(t.place), " ", static_cast<int>(t.type), " ", numbers(t.dims), numbers(t.strides),
                    " ", t.number, "\n");
    }
    for (const DnnOperation& o : operations_) {
        text += cat(static_cast<int>(o.kind), " ", o.mode, " ", static_cast<int>(o.precision), " ", o.axis, " ",
                    o.result, " of ", numbers(Dims(o.operands.begin(), o.operands.end())), numbers(o.window.pre),
                    numbers(o.window.post), numbers(o.window.stride), numbers(o.window.dilation), "\n");
    }
    return text;
}

}  // namespace opentrt::cuda
