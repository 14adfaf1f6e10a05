// SPDX-License-Identifier: Apache-2.0
// The performance summary of a measurement, in the terms that trtexec uses.
#pragma once
#include <iosfwd>
#include <vector>

namespace demo {

//! Times of one inference in milliseconds; the first from the host's clock, the others between events of the stream.
struct Times {
    double enqueue = 0, upload = 0, compute = 0, download = 0;
    double latency() const { return upload + compute + download; }
};

//! wallMs is the whole measurement from the first to the last inference; batch counts the items of one inference.
void printSummary(std::ostream& out, const std::vector<Times>& runs, double wallMs, int batch);

}  // namespace demo
