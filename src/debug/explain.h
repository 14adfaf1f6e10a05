// SPDX-License-Identifier: Apache-2.0
// A watched build as JSON; include/opentrt/inspect.h lists the keys.
#pragma once
#include <nlohmann/json.hpp>

#include "debug/record.h"

namespace opentrt::debug {

using Json = nlohmann::ordered_json;

RecordRequest recordRequest(const Json& request);
Json explain(const Record& record);

//! Text of JSON that stays valid whatever the names hold.
std::string dump(const Json& json);

}  // namespace opentrt::debug
