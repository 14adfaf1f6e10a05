// SPDX-License-Identifier: Apache-2.0
// What an operator is: one class per operator under ops/, holding its attributes, its shape and type inference, its
// reference evaluation and its traits. Everything else (passes, backends, the public API, the text form) learns about an
// operator only through this interface, so an operator is added in one place.
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

    //! Checks the inputs and attributes against the operator's rules and sets the outputs' types and shapes.
    virtual void infer(InferContext& context) const = 0;
    //! The definition of the operator: exact, slow, readable. Computes in double (or int64) and rounds once at the end.
    virtual void eval(EvalContext& context) const = 0;
    //! For OpClass::Pointwise: the operator as a scalar expression (graph/scalar.h). The default refuses.
    virtual void emitScalar(ScalarBuilder& builder) const;

    //! Ways in which an operator may be more than a function of its inputs.
    virtual bool hasSideEffects() const { return false; }  //!< never removed as dead (assertions, debug outputs)
    virtual bool isRandom() const { return false; }        //!< never folded nor merged
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
};

template <class T>
const T* as(const Op& op) {
    return &op.info() == &T::kInfo ? static_cast<const T*>(&op) : nullptr;
}

//! Kind and fields: "Softmax{axis=1}". Equality of operators is equality of this text.
std::string str(const Op& op);
bool operator==(const Op& a, const Op& b);

//! Made by the graph for one node while inference runs.
class InferContext {
 public:
    virtual ~InferContext() = default;
    virtual int inputCount() const = 0;
    virtual bool has(int input) const = 0;  //!< false for an optional input that was left out
    virtual const Fact& input(int input) const = 0;
    virtual int outputCount() const = 0;
    virtual void output(int output, DType type, Shape shape) = 0;
    virtual void outputElements(int output, std::vector<Dim> elements) = 0;
    //! A size that is known only after the node has run; at most `upperBound`.
    virtual Dim dataDependentSize(int output, int axis, const Dim& upperBound) = 0;
    virtual const Graph& body(int index) const = 0;
    virtual int bodyCount() const = 0;
    //! Refuses the network; the error names the layer.
    [[noreturn]] virtual void fail(const std::string& message) const = 0;

    void require(bool ok, const std::string& message) const {
        if (!ok) fail(message);
    }
    DType type(int i) const { return input(i).type; }
    const Shape& shape(int i) const { return input(i).shape; }
    int64_t rank(int i) const { return static_cast<int64_t>(input(i).shape.size()); }
    //! Contents as expressions, from a constant integer tensor or from tracked elements.
    std::optional<std::vector<Dim>> elements(int i) const;
    //! Contents as numbers when all are known now.
    std::optional<std::vector<int64_t>> integers(int i) const;
    //! Axis in [0, rank) from one that may be negative; fails with the layer's name otherwise.
    int64_t axis(int64_t axis, int64_t rank) const;
};

//! Made by the evaluator for one node.
class EvalContext {
 public:
    virtual ~EvalContext() = default;
    virtual int inputCount() const = 0;
    virtual bool has(int input) const = 0;
    virtual const Tensor& input(int input) const = 0;
    virtual int outputCount() const = 0;
    //! Type that inference gave to the output.
    virtual DType outputType(int output) const = 0;
    virtual void setOutput(int output, Tensor value) = 0;
    virtual std::vector<Tensor> runBody(int index, std::vector<Tensor> inputs) = 0;
    [[noreturn]] virtual void fail(const std::string& message) const = 0;

    //! Allocates output `i` with the inferred type and hands it out for writing.
    Tensor& output(int i, std::vector<int64_t> dims);

 protected:
    std::vector<Tensor> pending_;
};

}  // namespace opentrt
