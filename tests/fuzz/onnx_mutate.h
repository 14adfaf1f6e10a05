// SPDX-License-Identifier: Apache-2.0
// Mutations that know what an ONNX model is made of.
#pragma once
#include "random.h"

namespace opentrt::fuzz {

//! The model with a few of its parts changed: attribute values, dimensions, types, names, operators. Returns the bytes
//! unchanged when they are not a model.
std::string mutateModel(const std::string& bytes, Random& random);

//! Small models of tests/models that between them have every kind of part: If, LSTM, quantization, dynamic shapes,
//! shape arithmetic.
inline constexpr const char* kModels[] = {"mnist8_cntk", "super_resolution_espcn",       "yunet_n_320_qdq_int8",
                                          "basic_pitch", "silero_vad_micro_transformer", "byte_bidi_lstm"};
std::string modelBytes(const std::string& name);
std::vector<std::string> seedModels();

}  // namespace opentrt::fuzz
