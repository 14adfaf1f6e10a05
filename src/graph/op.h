// SPDX-License-Identifier: Apache-2.0
// What an operator is: one class per operator under ops/, holding its attributes, its shape and type inference, its
// reference evaluation and its traits. Everything else (passes, backends, the public API, the text form) learns about
// an operator only through this interface, so an operator is added in one place.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "graph/dim.h"
#include "graph/tensor.h"

namespace opentrt {

class Graph;
class InferContext;
class EvalContext;
class ScalarBuilder;

//! The classes that drive fusion and the choice of kernels.
enum class OpClass {
    Pointwise,    //!< every output element depends on the broadcast input elements at the same place; offers emitScalar
    Reduction,    //!< folds whole axes
    Movement,     //!< moves or repeats elements without computing (transpose, slice, gather, pad, concat, ...)
    Contraction,  //!< convolution, matrix product
    Normalize,    //!< softmax and the normalisations: reduction and pointwise over the same axes
    Window,       //!< pooling, resize, local response: neighbourhoods
    Control,      //!< has bodies: If, Loop, Region
    Opaque,       //!< anything else
};

struct OpInfo {
    const char* kind;  //!< name in the text form, CamelCase, e.g. "Convolution"
    OpClass opClass;
    int minInputs;
    int maxInputs;        //!< -1: any number
    int outputs;          //!< -1: decided by the node
    const char* purpose;  //!< one line
};

//! What is known about a value before it is computed.
struct Fact {
    DType type = DType::F32;
    Shape shape;
    //! Element values, known at build time.
    std::optional<Tensor> constant;
    //! Element values of a small integer tensor as expressions (row-major): the contents of shape tensors.
    std::optional<std::vector<Dim>> elements;
};

class Op : public HasFields {
public:
    virtual const OpInfo& info() const = 0;
    virtual std::unique_ptr<Op> clone() const = 0;
    //! The same operator with default attributes: what the text form leaves out.
    virtual std::unique_ptr<Op> blank() const = 0;

    //! Checks the inputs and attributes against the operator's rules and sets the outputs' types and shapes.
    virtual void infer(InferContext& context) const = 0;
    //! The definition of the operator: exact, slow, readable. Computes in double (or int64) and rounds once at the end.
    virtual void eval(EvalContext& context) const = 0;
    //! For OpClass::Pointwise: the operator as a scalar expression (graph/scalar.h). The default refuses.
    virtual void emitScalar(ScalarBuilder& builder) const;

    //! Ways in which an operator may be more than a function of its inputs.
    virtual bool hasSideEffects() const { return false; }  //!< never removed as dead (assertions, debug outputs)
    virtual bool isRandom() const { return false; }        //!< never folded nor merged
    virtual bool isView() const { return false; }          //!< output 0 is the bytes of input 0 under another shape
    //! Multiply-adds plus other arithmetic, for reports and the cost model, from the facts of inputs and outputs.
    virtual double flops(const std::vector<const Fact*>& inputs, const std::vector<const Fact*>& outputs) const;

    void fields(FieldVisitor&) override {}
    std::string_view kind() const { return info().kind; }
    OpClass opClass() const { return info().opClass; }
};

//! Base of concrete operators: `class Softmax : public OpBase<Softmax> { static constexpr OpInfo kInfo{...}; ... }`.
template <class Self>
class OpBase : public Op {
public:
    const OpInfo& info() const final { return Self::kInfo; }
    std::unique_ptr<Op> clone() const final { return std::make_unique<Self>(static_cast<const Self&>(*this)); }
    std::unique_ptr<Op> blank() const final { return std::make_unique<Self>(); }
};

//! By address, or by kind where the operator was made in another library, which has a table of its own.
template <class T>
const T* as(const Op& op) {
    constexpr std::string_view kind = T::kInfo.kind;
    return &op.info() == &T::kInfo || op.kind() == kind ? static_cast<const T*>(&op) : nullptr;
}

//! Kind and the fields that differ from their defaults: "Softmax{axis=1}", "Softmax". Equality of operators is equality
//! of this text.
std::string str(const Op& op);
bool operator==(const Op& a, const Op& b);

//! The eval of every pointwise operator: interprets its scalar program over the inputs, which have equal rank and
//! broadcast where a dimension is 1.
void evalPointwise(const Op& op, EvalContext& context);

//! An operator with default attributes by its kind, null when there is none. The ops room defines it, because only it
//! knows the list.
std::unique_ptr<Op> makeOp(std::string_view kind);

}  // namespace opentrt

#include "graph/context.h"
