// SPDX-License-Identifier: Apache-2.0
// Refitting: what can be replaced, new weights from an ONNX file, and how long it takes.
#pragma once
#include "build.h"

namespace trtexec {

//! Does what --dumpRefit, --refitFromOnnx and --timeRefit ask for. Throws Failure.
void refit(const Options& options, LoadedEngine& engine);

}  // namespace trtexec
