// SPDX-License-Identifier: Apache-2.0
//! \file NvInferConsistencyImpl.h
//! Virtual table behind nvinfer1::consistency::IConsistencyChecker.
#ifndef NV_INFER_CONSISTENCY_IMPL_H
#define NV_INFER_CONSISTENCY_IMPL_H

namespace nvinfer1 {
namespace apiv {

//! Behind IConsistencyChecker.
class VConsistencyChecker {
public:
    virtual ~VConsistencyChecker() noexcept = default;
    virtual bool validate() const noexcept = 0;
};

}  // namespace apiv
}  // namespace nvinfer1

#endif  // NV_INFER_CONSISTENCY_IMPL_H
