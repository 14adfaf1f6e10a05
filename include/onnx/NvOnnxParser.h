// SPDX-License-Identifier: Apache-2.0
//! \file onnx/NvOnnxParser.h
//! The ONNX parser under the path by which 8.2 to 10.0 clients include it.
#pragma once

#include "../NvOnnxParser.h"
