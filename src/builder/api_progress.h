// SPDX-License-Identifier: Apache-2.0
// A phase of a build as the application's progress monitor sees it; ended when it goes out of scope. Without a monitor
// it does nothing.
#pragma once
#include "NvInfer.h"
#include "base/error.h"

namespace opentrt::builder {

class Phase {
public:
    Phase(nvinfer1::IProgressMonitor* monitor, const char* name, const char* parent, int32_t steps)
        : monitor_(monitor), name_(name) {
        if (monitor_) monitor_->phaseStart(name, parent, steps);
    }
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;
    ~Phase() {
        try {
            if (monitor_) monitor_->phaseFinish(name_);
        } catch (...) {  // the build's own outcome counts
        }
    }

    //! False: the application wants the build to stop.
    bool step(int32_t index) { return !monitor_ || monitor_->stepComplete(name_, index); }
    void stepOrThrow(int32_t index) {
        if (!step(index)) {
            throw Error(ErrorCode::InvalidState, "", "the build was cancelled by the progress monitor");
        }
    }

private:
    nvinfer1::IProgressMonitor* monitor_;
    const char* name_;
};

}  // namespace opentrt::builder
