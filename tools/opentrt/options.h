// SPDX-License-Identifier: Apache-2.0
// Options that several verbs share, and from them a session: an ONNX file is parsed and built, a plan is loaded.
#pragma once
#include <functional>

#include "common/onnx_model.h"
#include "common/session.h"

namespace CLI {
class App;
}

namespace opentrt::tools {

struct CommonOptions {
    int threads = 0;  //!< 0: what OMP_NUM_THREADS or the machine says
    bool verbose = false;

    void add(CLI::App& verb);
    nvinfer1::ILogger::Severity severity() const;
    //! Makes the threads hold for the calling thread.
    void apply() const;
    //! The words that give another process of this program the same options.
    std::vector<std::string> words() const;
};

struct BuildOptions {
    std::string shapes, minShapes, optShapes, maxShapes, timingCache;
    int level = -1;
    bool fp16 = false, bf16 = false, noTf32 = false;

    void add(CLI::App& verb);
    //! Level, timing cache, and verbose layer information.
    void configure(OnnxModel& model) const;
    //! From the four shape options.
    Profile profile(OnnxModel& model, Logger& logger) const;
    //! build(), with the timing cache's file read before and brought up to date after it.
    std::unique_ptr<nvinfer1::IHostMemory> build(OnnxModel& model) const;
};

//! Gives the profile of a model that has to be built.
using ProfileMaker = std::function<Profile(OnnxModel&)>;
std::unique_ptr<Session> openSession(Logger& logger, const std::string& model, const BuildOptions& options,
                                     const ProfileMaker& profile);

}  // namespace opentrt::tools
