// SPDX-License-Identifier: Apache-2.0
// How far outputs are from references, as one number. Tested by accuracy_test.cpp.
#pragma once
#include "inference.h"

namespace trtexec {

//! `algorithm`: l0 (share of elements outside atol + rtol * |expected|), l1 (mean absolute difference), l2 (mean
//! square), lInf (largest difference), cos (1 - cosine). 0 for no elements; infinite when a difference is not finite.
double lossOf(const std::string& algorithm, const std::vector<float>& got, const std::vector<float>& expected,
              double atol, double rtol);

//! Runs every pair once and prints the losses. False when one reaches the threshold. Throws Failure.
bool checkReferences(Inference& inference, const InferenceOptions& options);

}  // namespace trtexec
