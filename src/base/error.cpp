// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace opentrt {

Error::Error(ErrorCode code, std::string layer, std::string message, SourceLocation where)
    : std::runtime_error(layer.empty() ? message : layer + ": " + message),
      code_(code),
      layer_(std::move(layer)),
      where_(where) {}

void internalError(const std::string& message, SourceLocation where) {
    throw Error(ErrorCode::Internal, "",
                cat("internal error: ", message, " (", where.file, ":", where.line,
                    "); please report it with the network that caused it"),
                where);
}

}  // namespace opentrt
