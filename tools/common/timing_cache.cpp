// SPDX-License-Identifier: Apache-2.0
#include "timing_cache.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "files.h"

namespace opentrt::tools {
namespace {

std::vector<char> bytesOf(const nvinfer1::ITimingCache* cache) {
    const std::unique_ptr<nvinfer1::IHostMemory> bytes(cache ? cache->serialize() : nullptr);
    if (!bytes) throw std::runtime_error("the timing cache cannot be serialised");
    const auto* data = static_cast<const char*>(bytes->data());
    return {data, data + bytes->size()};
}

}  // namespace

std::vector<char> readTimingCache(const std::string& file) {
    if (!std::filesystem::exists(file)) return {};
    const FileLock lock(file);
    return readFile(file);
}

std::vector<char> timingCacheOf(const nvinfer1::IBuilderConfig& config) {
    return bytesOf(config.getTimingCache());
}

void mergeTimingCache(const std::string& file, nvinfer1::IBuilderConfig& config) {
    const FileLock lock(file);
    std::vector<char> bytes = timingCacheOf(config);
    if (std::filesystem::exists(file)) {
        const std::vector<char> there = readFile(file);
        const std::unique_ptr<nvinfer1::ITimingCache> all(config.createTimingCache(there.data(), there.size()));
        if (all && all->combine(*config.getTimingCache(), false)) bytes = bytesOf(all.get());
    }
    writeFile(file, bytes.data(), bytes.size());
}

}  // namespace opentrt::tools
