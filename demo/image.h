// SPDX-License-Identifier: Apache-2.0
// 8-bit RGB pictures: read, resize, draw a frame, write as PNG.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace demo {

struct Image {
    int width = 0, height = 0;
    std::vector<uint8_t> rgb;  //!< row by row, three bytes a pixel
};

//! Any format that stb_image reads (PNG, JPEG, BMP, ...). Throws std::runtime_error.
Image readImage(const std::string& file);
Image resized(const Image& image, int width, int height);
void writePng(const Image& image, const std::string& file);

//! A frame two pixels wide, cut off at the picture's edge. Corners in pixels.
void drawFrame(Image& image, int left, int top, int right, int bottom, const uint8_t (&colour)[3]);

}  // namespace demo
