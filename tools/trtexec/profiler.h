// SPDX-License-Identifier: Apache-2.0
// Times of layers. The library tells them layer by layer; a run is counted when the first layer's name comes again.
// Tested by export_test.cpp.
#pragma once
#include <string>
#include <vector>

#include "NvInferRuntime.h"

namespace trtexec {

class Profiler : public nvinfer1::IProfiler {
public:
    struct Layer {
        std::string name;
        std::vector<float> ms;
        float total() const;
        float median() const;
    };
    void reportLayerTime(const char* name, float ms) noexcept override;

    const std::vector<Layer>& layers() const { return layers_; }
    int runs() const { return runs_; }
    //! The table, line by line, as trtexec prints it.
    std::vector<std::string> table() const;
    void exportJson(const std::string& file) const;

private:
    std::vector<Layer> layers_;
    size_t next_ = 0;
    int runs_ = 0;
};

}  // namespace trtexec
