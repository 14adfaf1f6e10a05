// SPDX-License-Identifier: Apache-2.0
// Optional values. Whether one is there is known while parsing: a missing input is not, everything else is, so the
// operators fold away.
#include "model/onnx/build.h"
#include "model/onnx/operators.h"

namespace opentrt::model {

void importOptional(Context& c) {
    if (!c.has(0)) fail(Code::kUNSUPPORTED_NODE, "an optional value without content cannot be a tensor");
    c.forward(0, c.anyValue(0));
}

void importOptionalGetElement(Context& c) {
    c.forward(0, c.anyValue(0));
}

void importOptionalHasElement(Context& c) {
    c.output(0, makeConstant(DataType::kBOOL, {}, std::vector<int64_t>{c.has(0) ? 1 : 0}));
}

}  // namespace opentrt::model
