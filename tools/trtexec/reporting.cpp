// SPDX-License-Identifier: Apache-2.0
#include "reporting.h"

#include <algorithm>
#include <numeric>

#include "log.h"

namespace trtexec {
namespace {

using opentrt::tools::Statistics;
using opentrt::tools::statisticsOf;

constexpr size_t kMostTraceLines = 400;
constexpr float kMostVariation = 2.5F;

template <class... Parts>
std::string text(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

template <class Get>
Statistics metricOf(const Trace& trace, const std::vector<float>& percentiles, const Get& get) {
    std::vector<float> values;
    values.reserve(trace.queries.size());
    for (const Query& query : trace.queries) values.push_back(get(query));
    return statisticsOf(std::move(values), percentiles);
}

void printExplanations() {
    verbose("");
    verbose("=== Explanations of the performance metrics ===");
    verbose(
        "Total Host Walltime: the host time from the first kept query's input copy to the last query's output copy.");
    verbose("GPU Compute Time: from the start to the end of one inference on the device.");
    verbose(
        "Total GPU Compute Time: the sum of the above over all queries. Far below the walltime, the device waits for "
        "the host or for copies.");
    verbose(
        "Enqueue Time: the host time that starting one query takes. Above the compute time, it limits the throughput.");
    verbose("H2D Latency: the time of copying one query's inputs to the device.");
    verbose("D2H Latency: the time of copying one query's outputs back.");
    verbose("Latency: the sum of H2D latency, GPU compute time and D2H latency of one query.");
    verbose("Throughput: queries divided by the total host walltime.");
}

}  // namespace

Trace makeTrace(std::vector<Query> queries, float warmUpMs) {
    Trace trace;
    std::stable_sort(queries.begin(), queries.end(),
                     [](const Query& a, const Query& b) { return a.startH2d < b.startH2d; });
    for (const Query& query : queries) {
        if (query.startCompute < warmUpMs) {
            ++trace.warmUps;
        } else {
            trace.queries.push_back(query);
        }
    }
    if (trace.queries.empty()) return trace;
    float end = 0;
    for (const Query& query : trace.queries) end = std::max(end, query.endD2h);
    trace.wallMs = end - trace.queries.front().startH2d;
    return trace;
}

Summary summarize(const Trace& trace, const std::vector<float>& percentiles) {
    Summary s;
    s.latency = metricOf(trace, percentiles, [](const Query& q) { return q.latency(); });
    s.enqueue = metricOf(trace, percentiles, [](const Query& q) { return q.enqueue(); });
    s.h2d = metricOf(trace, percentiles, [](const Query& q) { return q.h2d(); });
    s.compute = metricOf(trace, percentiles, [](const Query& q) { return q.compute(); });
    s.d2h = metricOf(trace, percentiles, [](const Query& q) { return q.d2h(); });
    s.wallS = trace.wallMs / 1000;
    for (const Query& query : trace.queries) s.computeS += query.compute() / 1000;
    if (s.wallS > 0) s.throughput = static_cast<float>(trace.queries.size()) / s.wallS;
    return s;
}

std::vector<std::string> traceLines(const Trace& trace, int averageRuns) {
    std::vector<std::string> lines;
    const auto runs = static_cast<size_t>(averageRuns);
    const size_t groups = trace.queries.size() / runs;
    for (size_t g = 0; g < groups; ++g) {
        if (groups > kMostTraceLines && g == kMostTraceLines / 2) {
            const size_t omitted = groups - kMostTraceLines;
            lines.push_back(text("... Omitting ", omitted, " lines"));
            g += omitted;
        }
        float latency = 0, compute = 0, enqueue = 0;
        for (size_t q = g * runs; q < (g + 1) * runs; ++q) {
            latency += trace.queries[q].latency();
            compute += trace.queries[q].compute();
            enqueue += trace.queries[q].enqueue();
        }
        const auto n = static_cast<float>(averageRuns);
        lines.push_back(text("Average on ", averageRuns, " runs - GPU latency: ", compute / n,
                             " ms - Host latency: ", latency / n, " ms (enqueue ", enqueue / n, " ms)"));
    }
    return lines;
}

std::string metricText(const Statistics& metric, const std::vector<float>& percentiles) {
    std::string all = text("min = ", metric.min, " ms, max = ", metric.max, " ms, mean = ", metric.mean,
                           " ms, median = ", metric.median, " ms");
    for (size_t p = 0; p < percentiles.size(); ++p)
        all += text(", percentile(", percentiles[p], "%) = ", metric.percentiles[p], " ms");
    return all;
}

std::vector<std::vector<std::string>> doubts(const Summary& summary, const InferenceOptions& inference) {
    std::vector<std::vector<std::string>> found;
    if (summary.enqueue.median > 0.8F * summary.compute.median)
        found.push_back({"* Starting a query takes nearly as long as running it, so the host may limit the throughput.",
                         "  If it does, --useCudaGraph may help."});
    if (summary.h2d.median >= summary.compute.median)
        found.push_back({"* Copying inputs takes as long as computing, so copies may limit the throughput.",
                         "  --noDataTransfers measures without them."});
    if (summary.d2h.median >= summary.compute.median)
        found.push_back({"* Copying outputs takes as long as computing, so copies may limit the throughput.",
                         "  --noDataTransfers measures without them."});
    if (summary.compute.variation > kMostVariation)
        found.push_back({text("* GPU compute time is unstable, with a coefficient of variation of ",
                              summary.compute.variation, "%."),
                         "  Other programs, or changing clock rates, may disturb the measurement."});
    if (inference.streams > 1)
        found.push_back(
            {text("* ", inference.streams, " inference streams share the device, so the latency of each is"),
             "  longer than alone."});
    return found;
}

void printPerformance(const Trace& trace, const InferenceOptions& inference, const ReportingOptions& reporting) {
    const Summary summary = summarize(trace, reporting.percentiles);
    info("Warmup completed ", trace.warmUps, " queries over ", inference.warmUpMs, " ms");
    info("Timing trace has ", trace.queries.size(), " queries over ", summary.wallS, " s");
    info("");
    info("=== Trace details ===");
    info("Trace averages of ", reporting.averageRuns, " runs:");
    for (const std::string& line : traceLines(trace, reporting.averageRuns)) info(line);
    info("");
    info("=== Performance summary ===");
    info("Throughput: ", summary.throughput, " qps");
    info("Latency: ", metricText(summary.latency, reporting.percentiles));
    info("Enqueue Time: ", metricText(summary.enqueue, reporting.percentiles));
    info("H2D Latency: ", metricText(summary.h2d, reporting.percentiles));
    info("GPU Compute Time: ", metricText(summary.compute, reporting.percentiles));
    info("D2H Latency: ", metricText(summary.d2h, reporting.percentiles));
    info("Total Host Walltime: ", summary.wallS, " s");
    info("Total GPU Compute Time: ", summary.computeS, " s");
    for (const auto& paragraph : doubts(summary, inference)) {
        for (const std::string& line : paragraph) warning(line);
    }
    info("The metrics are explained in the verbose log.");
    info("");
    printExplanations();
}

}  // namespace trtexec
