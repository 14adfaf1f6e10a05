// SPDX-License-Identifier: Apache-2.0
// The parts of the demo that need no engine.
#include <gtest/gtest.h>
#include <sstream>

#include "faces.h"
#include "image.h"
#include "summary.h"

namespace demo {
namespace {

TEST(Faces, DropsLowScoresAndOverlapsAndSortsByScore) {
    const std::vector<float> scores{0.1f, 0.9f, 0.05f, 0.95f, 0.2f, 0.8f, 0.6f, 0.4f};
    const std::vector<float> boxes{0.1f,  0.1f, 0.3f,  0.3f,   // nearly the same as the next, which scores higher
                                   0.11f, 0.1f, 0.31f, 0.3f,   //
                                   0.6f,  0.6f, 0.8f,  0.8f,   // apart from both
                                   0.4f,  0.4f, 0.5f,  0.5f};  // below the threshold
    const std::vector<Face> faces = decodeFaces(scores, boxes);
    ASSERT_EQ(faces.size(), 2u);
    EXPECT_FLOAT_EQ(faces[0].score, 0.95f);
    EXPECT_FLOAT_EQ(faces[1].left, 0.6f);
}

TEST(Faces, NormalisesPixelsIntoPlanes) {
    Image image{kFaceWidth, kFaceHeight, std::vector<uint8_t>(3 * kFaceWidth * kFaceHeight, 127)};
    image.rgb[3 + 2] = 255;
    const std::vector<float> input = faceInput(image);
    EXPECT_FLOAT_EQ(input[0], 0.f);
    EXPECT_FLOAT_EQ(input[2 * kFaceWidth * kFaceHeight + 1], 1.f);
}

TEST(Image, CutsFramesAtTheEdge) {
    Image image{4, 4, std::vector<uint8_t>(48, 0)};
    drawFrame(image, -5, 1, 9, 9, {1, 2, 3});
    EXPECT_EQ(image.rgb[0], 0);
    EXPECT_EQ(image.rgb[3 * 4], 1);
    EXPECT_EQ(image.rgb[3 * 15 + 2], 0);
}

TEST(Summary, PrintsMedianAndPercentilesOfTheRuns) {
    std::vector<Times> runs;
    for (int i = 1; i <= 100; ++i) runs.push_back({.enqueue = 0, .upload = 0, .compute = double(i), .download = 0});
    std::ostringstream out;
    printSummary(out, runs, 500, 8);
    EXPECT_NE(out.str().find("Throughput: 200 qps (1600 images per second)"), std::string::npos) << out.str();
    EXPECT_NE(out.str().find("Latency: min = 1 ms, max = 100 ms, mean = 50.5 ms, median = 50.5 ms, "
                             "percentile(90%) = 90 ms, percentile(95%) = 95 ms, percentile(99%) = 99 ms"),
              std::string::npos)
        << out.str();
}

}  // namespace
}  // namespace demo
