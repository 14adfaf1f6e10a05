// SPDX-License-Identifier: Apache-2.0
// What cuDNN is asked to compute: operations on tensors, as plain data. dnn_plan.h has the library make plans of it.
#pragma once
#include <string>
#include <vector>

#include "backends/cuda/arguments.h"
#include "backends/cuda/cudnn.h"
#include "backends/cuda/library_product.h"

namespace opentrt::cuda {

//! Where a tensor of a graph lies: in memory, between two operations, or it is a number that is known.
enum class DnnPlace { kMemory, kBetween, kNumber };

struct DnnTensor {
    DnnPlace place = DnnPlace::kMemory;
    dnn::DataType type = dnn::kF32;
    Dims dims, strides;
    float number = 0;
};

struct DnnWindow {
    Dims pre, post, stride, dilation;
};

struct DnnOperation {
    dnn::Kind kind = dnn::Kind::kPointwiseOp;
    int mode = 0;  //!< dnn::Pointwise or dnn::Reduction
    dnn::DataType precision = dnn::kF32;
    std::vector<int> operands;
    int result = -1;
    int64_t axis = -1;  //!< of dnn::kIndex
    DnnWindow window;
};

dnn::DataType dnnType(DType type);

//! Tensors are named by the numbers that these functions give.
class DnnGraph {
public:
    //! Strides in elements. Addresses are given in the order of these calls.
    int memory(DType type, const Dims& dims, const Dims& strides);
    int number(float value, size_t rank);
    //! y = x * w, both as the library has convolutions: channels are dimension 1.
    int convolution(int x, int w, const Dims& dims, const Dims& strides, DnnWindow window);
    //! The last two dimensions are matrices; a tensor between, of type f32.
    int product(int a, int b, const Dims& dims);
    int pointwise(dnn::Pointwise mode, std::vector<int> operands, dnn::DataType type = dnn::kF32,
                  dnn::DataType precision = dnn::kF32);
    //! The place of each element along an axis.
    int index(int like, int64_t axis);
    //! Along the last axis.
    int reduce(dnn::Reduction mode, int x);
    //! activation(alpha * value + residual + bias) into `result`; -1 for what is not there.
    void finish(int value, const LibraryEpilogue& epilogue, int bias, int residual, int result);
    //! The last operation writes into this tensor in place of one between.
    void writeTo(int memory);
    void setType(int tensor, dnn::DataType type) { tensors_[static_cast<size_t>(tensor)].type = type; }

    const std::vector<DnnTensor>& tensors() const { return tensors_; }
    const std::vector<DnnOperation>& operations() const { return operations_; }
    //! All of it; equal texts are equal graphs.
    std::string text() const;

private:
    int add(DnnTensor tensor);
    int addOperation(DnnOperation operation, DnnTensor result);

    std::vector<DnnTensor> tensors_;
    std::vector<DnnOperation> operations_;
};

}  // namespace opentrt::cuda
