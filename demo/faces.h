// SPDX-License-Identifier: Apache-2.0
// The face detector around its network (tests/models/ultraface_rfb320): pixels to input, outputs to boxes.
#pragma once
#include <span>
#include <vector>

#include "image.h"

namespace demo {

struct Face {
    float score = 0;
    float left = 0, top = 0, right = 0, bottom = 0;  //!< fractions of the picture's width and height
};

constexpr int kFaceWidth = 320, kFaceHeight = 240;

//! float32 [1, 3, 240, 320], planes R, G, B, each value (x - 127) / 128.
std::vector<float> faceInput(const Image& image);

//! scores is [n, 2] (background, face), boxes is [n, 4] (left, top, right, bottom). Best first, overlaps removed.
std::vector<Face> decodeFaces(std::span<const float> scores, std::span<const float> boxes, float minScore = 0.7f,
                              float maxOverlap = 0.3f);

}  // namespace demo
