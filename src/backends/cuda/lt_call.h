// SPDX-License-Identifier: Apache-2.0
// A product bound to sizes and to cuBLASLt on a device. Our matrices are row-major, the library's column-major, so it
// computes the transposed result: its first operand is our b, its second our a.
#pragma once
#include "backends/cuda/cublaslt.h"
#include "backends/cuda/library_product.h"

namespace opentrt::cuda {

class LtCall {
public:
    //! Throws Error(FailedExecution) when the library refuses the description.
    LtCall(const LtDevice& device, const LibraryProduct& product, const ProductSizes& sizes);
    LtCall(LtCall&&) = default;

    //! What the library recommends, best first, within the workspace; may be empty.
    std::vector<lt::Found> recommended(int64_t workspaceBytes) const;
    //! Bytes of workspace; nothing when the algorithm is not for these sizes.
    std::optional<int64_t> workspaceOf(const lt::Algo& algo) const;

    struct Addresses {
        const void *a, *b, *bias, *residual;
        void* y;
    };
    //! Belongs to one thread at a time.
    void run(const lt::Algo& algo, const Addresses& at, void* workspace, int64_t workspaceBytes, void* stream);

private:
    template <class T>
    using Owned = std::unique_ptr<T, int (*)(T*)>;
    Owned<lt::LayoutTag> layoutOf(lt::DataType type, int64_t rows, int64_t columns, const ProductSizes& sizes,
                                  int64_t batchStride) const;
    void describe(const LibraryProduct& product);

    const LtDevice* device_;
    Owned<lt::DescTag> desc_;
    Owned<lt::LayoutTag> a_, b_, y_;
    float alpha_, beta_;
    const void* bias_ = nullptr;  //!< in the description
};

//! "66.t20.s36.c3": what the library tells of an algorithm.
std::string nameOf(const CublasLt& library, const lt::Algo& algo);

//! The bytes of an algorithm as text, and back; throws Error for other text.
std::string textOf(const lt::Algo& algo);
lt::Algo algoOf(const std::string& text);

}  // namespace opentrt::cuda
