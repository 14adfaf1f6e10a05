// SPDX-License-Identifier: Apache-2.0
// What an operator sees of its node while it is inferred or evaluated. Part of op.h, which includes it.
#pragma once
#include "graph/op.h"

namespace opentrt {

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
    //! For operators with bodies: gives the facts to the inputs of body `index`, one to one, infers the whole body and
    //! returns its outputs' facts. A fact may carry `constant` or `elements` only where the body sees these contents in
    //! every run (not for what a loop carries). Fails when the counts differ. May be called repeatedly (fixpoints of
    //! loops).
    virtual std::vector<Fact> inferBody(int index, const std::vector<Fact>& inputs) = 0;
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
    //! True when a size of a body's output depends on what was computed inside the body, so that it means nothing
    //! outside.
    bool isLocal(int body, const Dim& size) const;
    //! `size` itself, or for a local one a data-dependent size of this node's output with the same upper bound.
    Dim outerSize(int output, int axis, int body, const Dim& size);
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
