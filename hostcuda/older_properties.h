// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace opentrt::hostcuda {

// Writes the properties as a program built with runtime 11 or 12 reads them.
void writeProperties(void* properties, int runtime);

}  // namespace opentrt::hostcuda
