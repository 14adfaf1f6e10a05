// SPDX-License-Identifier: Apache-2.0
// What code generation needs to know of a device, as one line of text: read from the driver, or given for a device that
// is not here. "cuda sm_90 multiprocessors=132 shared=232448 sharedAll=233472 l2=62914560 NVIDIA H200".
#pragma once
#include <cstdint>
#include <string>

namespace opentrt::cuda {

struct Target {
    int sm = 0;  //!< compute capability, 90 for 9.0
    int64_t multiprocessors = 0;
    int64_t sharedPerBlock = 0;  //!< bytes of shared memory that one block may ask for
    int64_t sharedPerMultiprocessor = 0;
    int64_t l2Bytes = 0;
    std::string model;

    //! Tensor copies, wgmma, clusters and programmatic launches, in the form that only this generation has.
    bool isHopper() const { return sm == 90; }
    bool launchesEarly() const { return sm >= 90; }
    //! Of NVRTC: "sm_90a" where the generation has instructions of its own.
    std::string arch() const;
};

std::string str(const Target& target);
//! Throws Error that quotes the text.
Target parseTarget(const std::string& text);

}  // namespace opentrt::cuda
