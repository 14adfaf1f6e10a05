// SPDX-License-Identifier: Apache-2.0
// Matrix products, and convolutions that are products, as a library takes them: one product with strides, a factor, a
// bias for each column, a tensor like the result that is added, and an activation.
#pragma once
#include "backends/cuda/contraction.h"

namespace opentrt::cuda {

enum LibraryActivation { kNoActivation = 0, kRelu = 1, kGeluTanh = 2, kGeluErf = 3, kSigmoid = 4, kTanh = 5 };

//! What a library does with sums: activation(alpha * sum + bias + residual).
struct LibraryEpilogue {
    double alpha = 1;
    bool bias = false, residual = false;
    int64_t activation = kNoActivation;
    void epilogueFields(FieldVisitor& v) {
        v.field("alpha", alpha);
        v.field("bias", bias);
        v.field("residual", residual);
        v.field("activation", activation);
    }
};

//! Reads what stands behind the region's convolution or product, and the bias of a convolution: fills `epilogue` and
//! adds the node inputs of bias and residual, or says why it is more than that. `known`: activations that the library
//! has.
std::string readEpilogue(const RegionView& region, std::span<const LibraryActivation> known, LibraryEpilogue& epilogue,
                         std::vector<int>& inputs);

//! A product and what is behind it; the operands are inputs of the step: a, b, bias, residual.
struct LibraryMatrices : LibraryEpilogue {
    bool image = false;  //!< a 1x1 convolution in channels-last order; b is [columns, k]
    DType type = DType::F32;
    bool tf32 = false;
    int64_t a = 0, b = 0;  //!< ops::MatrixOperation
    void matrixFields(FieldVisitor& v) {
        v.field("image", image);
        v.field("type", type);
        v.field("tf32", tf32);
        v.field("a", a);
        v.field("b", b);
        epilogueFields(v);
    }
    bool aIsTransposed() const { return a == static_cast<int64_t>(ops::MatrixOperation::Transpose); }
    bool bIsTransposed() const { return image || b == static_cast<int64_t>(ops::MatrixOperation::Transpose); }
    size_t inputs() const { return 2 + (bias ? 1 : 0) + (residual ? 1 : 0); }
};

//! What stays of a product by cuBLASLt in the plan.
struct LibraryProduct : HasFields, LibraryMatrices {
    int64_t version = 0;         //!< of the library
    int64_t workspaceBytes = 0;  //!< at most so many
    std::string algorithm;       //!< opaque bytes, in hexadecimal
    void fields(FieldVisitor& v) override {
        matrixFields(v);
        v.field("version", version);
        v.field("workspaceBytes", workspaceBytes);
        v.field("algorithm", algorithm);
    }
};

//! Reads the region, which has a convolution or product as anchor: fills `product` and the node inputs of the step, or
//! says why the region is more than such a product.
std::string readProduct(const RegionView& region, std::span<const LibraryActivation> known, LibraryMatrices& product,
                        std::vector<int>& inputs);

//! Sizes of one call. Strides are from one matrix of the batch to the next, in elements, 0 for a matrix that all share.
struct ProductSizes {
    int64_t rows = 0, columns = 0, k = 0, batch = 1;
    int64_t aStride = 0, bStride = 0;
    int64_t volume() const { return rows * columns * batch; }
};
//! Throws Error for operands that do not make such a product, or do not stand behind it.
ProductSizes fittedSizes(const LibraryMatrices& product, std::span<const Port> in, const Port& out);
ProductSizes sizesOf(const LibraryMatrices& product, const Dims& a, const Dims& b, const Dims& y);

}  // namespace opentrt::cuda
