// SPDX-License-Identifier: Apache-2.0
// From the times of queries to the trace and the summary. Tested by reporting_test.cpp.
#pragma once
#include <vector>

#include "common/statistics.h"
#include "options.h"

namespace trtexec {

//! One query, in milliseconds since the start of the streams.
struct Query {
    int stream = 0;
    float startEnqueue = 0, endEnqueue = 0;
    float startH2d = 0, endH2d = 0, startCompute = 0, endCompute = 0, startD2h = 0, endD2h = 0;

    float enqueue() const { return endEnqueue - startEnqueue; }
    float h2d() const { return endH2d - startH2d; }
    float compute() const { return endCompute - startCompute; }
    float d2h() const { return endD2h - startD2h; }
    //! Without the time spent in queues.
    float latency() const { return h2d() + compute() + d2h(); }
};

//! In the order of their beginning, without those of the warm-up.
struct Trace {
    std::vector<Query> queries;
    size_t warmUps = 0;
    float wallMs = 0;  //!< from the first kept query's input to the last output
};
Trace makeTrace(std::vector<Query> queries, float warmUpMs);

struct Summary {
    float throughput = 0;  //!< queries a second
    opentrt::tools::Statistics latency, enqueue, h2d, compute, d2h;
    float wallS = 0, computeS = 0;
};
Summary summarize(const Trace& trace, const std::vector<float>& percentiles);

//! Lines of trace averages; the middle of a long trace is left out.
std::vector<std::string> traceLines(const Trace& trace, int averageRuns);
//! "min = 1 ms, max = 2 ms, ..."
std::string metricText(const opentrt::tools::Statistics& metric, const std::vector<float>& percentiles);
//! What may spoil the measurement, each a paragraph of lines.
std::vector<std::vector<std::string>> doubts(const Summary& summary, const InferenceOptions& inference);

void printPerformance(const Trace& trace, const InferenceOptions& inference, const ReportingOptions& reporting);

}  // namespace trtexec
