// SPDX-License-Identifier: Apache-2.0
// Reads a Dim from within a larger text.
#pragma once
#include "graph/dim.h"

namespace opentrt {

class Scanner;
Dim parseDim(Scanner& in);

}  // namespace opentrt
