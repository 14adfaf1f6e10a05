// SPDX-License-Identifier: Apache-2.0
// Sliding windows: the attributes that convolution, deconvolution and pooling share, and the arithmetic of their sizes.
// Vectors hold one number per spatial axis, first axis first; an empty vector means the default for all axes.
// Tested by the cases of the three operators.
#pragma once
#include <cstdint>
#include <vector>

#include "base/fields.h"
#include "graph/dim.h"

namespace opentrt {
class InferContext;
}

namespace opentrt::ops {

//! Same numbers as nvinfer1::PaddingMode. The Caffe modes are the explicit ones, but caffe_round_up drops a last window
//! that would start behind the data.
enum class PaddingMode { ExplicitRoundDown, ExplicitRoundUp, SameUpper, SameLower, CaffeRoundDown, CaffeRoundUp };
inline constexpr const char* kPaddingModeNames[] = {"explicit_round_down", "explicit_round_up", "same_upper",
                                                    "same_lower",          "caffe_round_down",  "caffe_round_up"};

//! One axis after the padding mode is resolved: `size` output elements, `pre`/`post` elements of padding.
struct WindowExtent {
    int64_t size, pre, post;
};

struct WindowParams {
    std::vector<int64_t> stride;    //!< default 1
    std::vector<int64_t> pre;       //!< padding before the data, default 0; ignored by the same_* modes
    std::vector<int64_t> post;      //!< padding after the data, default 0
    std::vector<int64_t> dilation;  //!< default 1
    PaddingMode paddingMode = PaddingMode::ExplicitRoundDown;

    int64_t strideAt(size_t axis) const { return axis < stride.size() ? stride[axis] : 1; }
    int64_t preAt(size_t axis) const { return axis < pre.size() ? pre[axis] : 0; }
    int64_t postAt(size_t axis) const { return axis < post.size() ? post[axis] : 0; }
    int64_t dilationAt(size_t axis) const { return axis < dilation.size() ? dilation[axis] : 1; }

    //! Output size and actual padding of a convolution or pooling along one spatial axis.
    WindowExtent extent(size_t axis, int64_t input, int64_t kernel) const;
    //! The same for a deconvolution.
    WindowExtent extentTransposed(size_t axis, int64_t input, int64_t kernel) const;
    Dim outputDim(size_t axis, const Dim& input, int64_t kernel) const;
    Dim outputDimTransposed(size_t axis, const Dim& input, int64_t kernel) const;
    //! Refuses wrong counts, strides and dilations below 1, and padding below 0 unless `negativePadding`.
    void checkWindow(const InferContext& context, size_t spatialRank, bool negativePadding) const;
    void windowFields(FieldVisitor& v);
};

}  // namespace opentrt::ops
