// SPDX-License-Identifier: Apache-2.0
#include "summary.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <ostream>

namespace demo {
namespace {

//! The smallest measured value that p percent of the sorted values do not exceed.
double percentile(const std::vector<double>& sorted, double p) {
    const auto rank = static_cast<size_t>(std::ceil(p / 100 * static_cast<double>(sorted.size())));
    return sorted[std::max<size_t>(rank, 1) - 1];
}

void printLine(std::ostream& out, const char* label, const std::vector<Times>& runs,
               const std::function<double(const Times&)>& value) {
    std::vector<double> v(runs.size());
    std::transform(runs.begin(), runs.end(), v.begin(), value);
    std::sort(v.begin(), v.end());
    const size_t half = v.size() / 2;
    const double median = v.size() % 2 ? v[half] : (v[half - 1] + v[half]) / 2;
    out << label << ": min = " << v.front() << " ms, max = " << v.back()
        << " ms, mean = " << std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size())
        << " ms, median = " << median << " ms";
    for (int p : {90, 95, 99}) out << ", percentile(" << p << "%) = " << percentile(v, p) << " ms";
    out << '\n';
}

}  // namespace

void printSummary(std::ostream& out, const std::vector<Times>& runs, double wallMs, int batch) {
    if (runs.empty()) return;
    const double queries = 1000.0 * static_cast<double>(runs.size()) / wallMs;
    out << "=== Performance summary ===\n"
        << "Throughput: " << queries << " qps (" << queries * batch << " images per second)\n";
    printLine(out, "Latency", runs, [](const Times& t) { return t.latency(); });
    printLine(out, "Enqueue Time", runs, [](const Times& t) { return t.enqueue; });
    printLine(out, "H2D Latency", runs, [](const Times& t) { return t.upload; });
    printLine(out, "Compute Time", runs, [](const Times& t) { return t.compute; });
    printLine(out, "D2H Latency", runs, [](const Times& t) { return t.download; });
    out << "Total Host Walltime: " << wallMs / 1000 << " s, " << runs.size() << " queries of batch " << batch << '\n';
}

}  // namespace demo
