// SPDX-License-Identifier: Apache-2.0
// The operator of a plugin layer. Inputs: the plugin's tensors, then tensors of which only the contents as sizes are
// read ("shape inputs"). Shapes and types are the plugin's. It is nothing to other rooms but an opaque operator: it is
// neither folded nor merged, because only its object knows what it computes. It is not in the table of operators, and
// its text does not parse back. Tested by tests/api/plugin_test.cpp.
#pragma once
#include <memory>

#include "graph/op.h"
#include "plugin/instance.h"

namespace opentrt::plugin {

class PluginOp : public OpBase<PluginOp> {
public:
    static constexpr OpInfo kInfo{"Plugin", OpClass::Opaque, 0, -1, -1, "computes what an application's object says"};

    std::string name, version, space;
    int64_t number = 0;  //!< of the object, in its network: two objects are never the same operator
    int64_t shapeInputs = 0;
    bool implicitBatch = false;
    std::shared_ptr<Instance> object;

    PluginOp() = default;
    PluginOp(std::shared_ptr<Instance> object, int64_t number, int64_t shapeInputs, bool implicitBatch);

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    bool isRandom() const override { return true; }
    void fields(FieldVisitor& v) override {
        v.field("name", name);
        v.field("version", version);
        v.field("namespace", space);
        v.field("number", number);
        v.field("shapeInputs", shapeInputs);
        v.field("implicitBatch", implicitBatch);
    }

private:
    OutputShapes shapes(const InferContext& context, int tensors) const;
};

}  // namespace opentrt::plugin
