// SPDX-License-Identifier: Apache-2.0
// Pages of mapped files. Weights of a model that is mapped count as memory of the process once they are read, though
// the file could give them again. Whoever maps such a file says so, and whoever has read a weight gives its pages back,
// so that a build does not hold the model's file beside what it makes of it. Tested by pages_test.cpp.
#pragma once
#include <cstddef>

namespace opentrt {

//! The bytes are mapped for reading only and hold what is in the file. Until forgetMappedFile, and only as long as the
//! mapping exists.
void noteMappedFile(const void* begin, size_t bytes);
void forgetMappedFile(const void* begin);

//! The bytes will not be read again soon. No effect on memory that is not known to be of a mapped file, nor on short
//! pieces.
void giveBackPages(const void* data, size_t bytes);

}  // namespace opentrt
