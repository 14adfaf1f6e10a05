// SPDX-License-Identifier: Apache-2.0
#include "image.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

// The implementations are static: the system's stb library need not be linked, and its header style need not be ours.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace demo {

Image readImage(const std::string& file) {
    Image image;
    int channels = 0;
    const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
        stbi_load(file.c_str(), &image.width, &image.height, &channels, 3), &stbi_image_free);
    if (!pixels) throw std::runtime_error("cannot read picture " + file + ": " + stbi_failure_reason());
    image.rgb.assign(pixels.get(), pixels.get() + size_t{3} * image.width * image.height);
    return image;
}

Image resized(const Image& image, int width, int height) {
    if (image.width == width && image.height == height) return image;
    Image out{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
    if (!stbir_resize_uint8(image.rgb.data(), image.width, image.height, 0, out.rgb.data(), width, height, 0, 3))
        throw std::runtime_error("cannot resize the picture");
    return out;
}

void writePng(const Image& image, const std::string& file) {
    if (!stbi_write_png(file.c_str(), image.width, image.height, 3, image.rgb.data(), image.width * 3))
        throw std::runtime_error("cannot write " + file);
}

void drawFrame(Image& image, int left, int top, int right, int bottom, const uint8_t (&colour)[3]) {
    auto dot = [&](int x, int y) {
        if (x < 0 || y < 0 || x >= image.width || y >= image.height) return;
        std::copy_n(colour, 3, image.rgb.begin() + 3 * (static_cast<ptrdiff_t>(y) * image.width + x));
    };
    for (int inset = 0; inset < 2; ++inset) {
        for (int x = left; x <= right; ++x) dot(x, top + inset), dot(x, bottom - inset);
        for (int y = top; y <= bottom; ++y) dot(left + inset, y), dot(right - inset, y);
    }
}

}  // namespace demo
