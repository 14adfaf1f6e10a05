// SPDX-License-Identifier: Apache-2.0
#include "reporting.h"

#include <gtest/gtest.h>

namespace trtexec {
namespace {

//! A query with copies of 1 ms and a given compute time, begun at a given time.
Query queryAt(float begin, float compute, int stream = 0) {
    Query q;
    q.stream = stream;
    q.startH2d = begin;
    q.endH2d = q.startCompute = begin + 1;
    q.endCompute = q.startD2h = q.startCompute + compute;
    q.endD2h = q.endCompute + 1;
    q.startEnqueue = begin;
    q.endEnqueue = begin + 0.25F;
    return q;
}

TEST(Reporting, DropsTheWarmUpAndSortsTheStreams) {
    const Trace trace = makeTrace({queryAt(20, 2, 0), queryAt(0, 2, 0), queryAt(10, 5, 1)}, 5);
    EXPECT_EQ(trace.warmUps, 1U);
    ASSERT_EQ(trace.queries.size(), 2U);
    EXPECT_EQ(trace.queries[0].stream, 1);
    EXPECT_EQ(trace.wallMs, 24 - 10);
}

TEST(Reporting, LatencyIsTheSumOfItsParts) {
    const Trace trace = makeTrace({queryAt(0, 2), queryAt(4, 6)}, 0);
    const Summary s = summarize(trace, {99});
    EXPECT_EQ(s.latency.min, 4);
    EXPECT_EQ(s.latency.max, 8);
    EXPECT_EQ(s.compute.mean, 4);
    EXPECT_EQ(s.enqueue.median, 0.25F);
    EXPECT_FLOAT_EQ(s.wallS, 0.012F);
    EXPECT_FLOAT_EQ(s.computeS, 0.008F);
    EXPECT_FLOAT_EQ(s.throughput, 2 / 0.012F);
}

TEST(Reporting, AnEmptyTraceGivesZeros) {
    const Summary s = summarize(makeTrace({queryAt(0, 1)}, 100), {99});
    EXPECT_EQ(s.throughput, 0);
    EXPECT_EQ(s.latency.max, 0);
}

TEST(Reporting, OnlyFullGroupsAreAveraged) {
    std::vector<Query> queries;
    for (int i = 0; i < 5; ++i) queries.push_back(queryAt(static_cast<float>(10 * i), 2));
    const Trace trace = makeTrace(queries, 0);
    EXPECT_EQ(
        traceLines(trace, 2),
        (std::vector<std::string>(2, "Average on 2 runs - GPU latency: 2 ms - Host latency: 4 ms (enqueue 0.25 ms)")));
}

TEST(Reporting, TheMiddleOfALongTraceIsLeftOut) {
    std::vector<Query> queries;
    for (int i = 0; i < 405; ++i) queries.push_back(queryAt(static_cast<float>(10 * i), 2));
    const auto lines = traceLines(makeTrace(queries, 0), 1);
    EXPECT_EQ(lines.size(), 401U);
    EXPECT_EQ(lines[200], "... Omitting 5 lines");
}

TEST(Reporting, MetricsPrintSixDigits) {
    const auto s = opentrt::tools::statisticsOf({1, 2.3456789F}, {90, 99.5F});
    EXPECT_EQ(metricText(s, {90, 99.5F}),
              "min = 1 ms, max = 2.34568 ms, mean = 1.67284 ms, median = 1.67284 ms, percentile(90%) = 2.34568 ms, "
              "percentile(99.5%) = 2.34568 ms");
}

TEST(Reporting, DoubtsNameTheirCause) {
    const InferenceOptions one;
    const Summary steady = summarize(makeTrace({queryAt(0, 10), queryAt(20, 10)}, 0), {});
    EXPECT_TRUE(doubts(steady, one).empty());
    const Summary copies = summarize(makeTrace({queryAt(0, 1), queryAt(20, 1)}, 0), {});
    EXPECT_EQ(doubts(copies, one).size(), 2U);
    const Summary unstable = summarize(makeTrace({queryAt(0, 10), queryAt(20, 20)}, 0), {});
    ASSERT_EQ(doubts(unstable, one).size(), 1U);
    EXPECT_EQ(doubts(unstable, one)[0][0].substr(0, 2), "* ");
    InferenceOptions two;
    two.streams = 2;
    EXPECT_EQ(doubts(steady, two).size(), 1U);
}

}  // namespace
}  // namespace trtexec
