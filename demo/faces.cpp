// SPDX-License-Identifier: Apache-2.0
#include "faces.h"

#include <algorithm>

namespace demo {
namespace {

//! Area of the intersection over the area of the union.
float overlap(const Face& a, const Face& b) {
    const float w = std::min(a.right, b.right) - std::max(a.left, b.left);
    const float h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    if (w <= 0 || h <= 0) return 0;
    auto area = [](const Face& f) { return (f.right - f.left) * (f.bottom - f.top); };
    return w * h / (area(a) + area(b) - w * h);
}

}  // namespace

std::vector<float> faceInput(const Image& image) {
    const Image small = resized(image, kFaceWidth, kFaceHeight);
    const size_t plane = size_t{kFaceWidth} * kFaceHeight;
    std::vector<float> input(3 * plane);
    for (size_t i = 0; i < plane; ++i)
        for (size_t c = 0; c < 3; ++c)
            input[c * plane + i] = (static_cast<float>(small.rgb[3 * i + c]) - 127.f) / 128.f;
    return input;
}

std::vector<Face> decodeFaces(std::span<const float> scores, std::span<const float> boxes, float minScore,
                              float maxOverlap) {
    std::vector<Face> candidates;
    for (size_t i = 0; 2 * i + 1 < scores.size() && 4 * i + 3 < boxes.size(); ++i) {
        const float* b = &boxes[4 * i];
        if (scores[2 * i + 1] >= minScore) candidates.push_back({scores[2 * i + 1], b[0], b[1], b[2], b[3]});
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Face& a, const Face& b) { return a.score > b.score; });
    std::vector<Face> kept;
    for (const Face& face : candidates) {
        auto covers = [&](const Face& k) { return overlap(face, k) > maxOverlap; };
        if (std::none_of(kept.begin(), kept.end(), covers)) kept.push_back(face);
    }
    return kept;
}

}  // namespace demo
