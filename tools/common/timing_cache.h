// SPDX-License-Identifier: Apache-2.0
// Timing caches in files. A lock guards each file, and results are added to what is there, so several builds may share
// one.
#pragma once
#include <string>
#include <vector>

#include "NvInfer.h"

namespace opentrt::tools {

//! Empty when there is no such file.
std::vector<char> readTimingCache(const std::string& file);
//! The entries of the config's timing cache.
std::vector<char> timingCacheOf(const nvinfer1::IBuilderConfig& config);
//! Adds the entries of the config's timing cache to the file; what does not fit in the file goes.
void mergeTimingCache(const std::string& file, nvinfer1::IBuilderConfig& config);

}  // namespace opentrt::tools
