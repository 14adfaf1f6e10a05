// SPDX-License-Identifier: Apache-2.0
// Small layers that most importers need. Axes and permutations are checked by the caller.
#pragma once
#include <vector>

#include "model/onnx/context.h"

namespace opentrt::model {

ITensor& cast(Context& c, ITensor& x, DataType to);  //!< x itself when it has the type
ITensor& unary(Context& c, ITensor& x, nvinfer1::UnaryOperation operation);
ITensor& activation(Context& c, ITensor& x, nvinfer1::ActivationType type, float alpha = 0, float beta = 0);
//! Ranks are made equal first.
ITensor& binary(Context& c, ITensor& a, ITensor& b, nvinfer1::ElementWiseOperation operation);
ITensor& select(Context& c, ITensor& condition, ITensor& yes, ITensor& no);
//! x and a number of x's type.
ITensor& withNumber(Context& c, ITensor& x, nvinfer1::ElementWiseOperation operation, double number);
ITensor& reduce(Context& c, ITensor& x, nvinfer1::ReduceOperation operation, const std::vector<int>& axes, bool keep);

ITensor& raised(Context& c, ITensor& x, int rank);                            //!< ones before the dimensions
ITensor& unsqueezed(Context& c, ITensor& x, const std::vector<int>& axes);    //!< sorted, counted in the result
ITensor& squeezed(Context& c, ITensor& x, const std::vector<int>& axes);      //!< sorted
ITensor& reshaped(Context& c, ITensor& x, const std::vector<int64_t>& dims);  //!< one -1; 0 means 0
ITensor& reshapedLike(Context& c, ITensor& x, ITensor& shape, bool zeroCopies = false);
ITensor& transposed(Context& c, ITensor& x, const std::vector<int>& order);
//! From channels at the end to channels behind the batch, and back.
ITensor& channelsFirst(Context& c, ITensor& x);
ITensor& channelsLast(Context& c, ITensor& x);
//! A tensor with one element as 0-D.
ITensor& asScalar(Context& c, ITensor& x);
ITensor& identity(Context& c, ITensor& x);
ITensor& gathered(Context& c, ITensor& data, ITensor& indices, int axis);
ITensor& concatenated(Context& c, const std::vector<ITensor*>& parts, int axis);
//! The logarithm of a rounded softmax would lose small probabilities; this does not.
ITensor& logSoftmax(Context& c, ITensor& x, int axis);
//! 0, 1, 2, ... below `axis`'s size, laid along that axis of a tensor of `rank` dimensions.
ITensor& positions(Context& c, ITensor& x, int axis, DataType type);

//! Fails unless the type is one of the network's floating types that arithmetic takes.
void requireFloating(Context& c, int input);
std::vector<int> allAxes(int rank);

}  // namespace opentrt::model
