// SPDX-License-Identifier: Apache-2.0
// Descriptors of the emulated cuDNN, and the walk over a graph of them that computes it.
#pragma once
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/cuda/cudnn.h"

namespace emulated {

using Dims = std::vector<int64_t>;

//! A descriptor: attributes by number, bytes or other nodes.
struct Node {
    using Attribute = opentrt::cuda::dnn::Attribute;
    using Value = opentrt::cuda::dnn::Value;

    explicit Node(opentrt::cuda::dnn::Kind kind) : kind(kind) {}
    opentrt::cuda::dnn::Kind kind;
    bool isFinal = false;

    bool has(Attribute a) const { return bytes_.count(a) > 0 || refs_.count(a) > 0; }
    void set(Attribute a, Value type, const void* values, size_t bytes) {
        types_[a] = type;
        bytes_[a].assign(static_cast<const char*>(values), bytes);
    }
    void setNumber(Attribute a, int64_t number) { set(a, Value::kInt64, &number, sizeof number); }
    void setRefs(Attribute a, std::vector<std::shared_ptr<Node>> refs) { refs_[a] = std::move(refs); }
    const std::string& bytes(Attribute a) const {
        static const std::string none;
        const auto at = bytes_.find(a);
        return at == bytes_.end() ? none : at->second;
    }
    const std::vector<std::shared_ptr<Node>>& refs(Attribute a) const {
        static const std::vector<std::shared_ptr<Node>> none;
        const auto at = refs_.find(a);
        return at == refs_.end() ? none : at->second;
    }
    const Node& ref(Attribute a) const { return *refs(a).at(0); }
    //! Of 1, 4 or 8 bytes each.
    Dims numbers(Attribute a) const;
    int64_t number(Attribute a) const {
        const Dims all = numbers(a);
        return all.empty() ? 0 : all[0];
    }

private:
    friend std::string writeNode(const Node& node);
    friend std::shared_ptr<Node> readNode(const char*& at);
    std::map<Attribute, Value> types_;
    std::map<Attribute, std::string> bytes_;
    std::map<Attribute, std::vector<std::shared_ptr<Node>>> refs_;
};

//! All that a node is, as bytes, and back.
std::string writeNode(const Node& node);
std::shared_ptr<Node> readNode(const std::string& text);

//! Tensors of an operation.
const Node& resultOf(const Node& operation);
int64_t elementsOf(const Node& tensor);
//! Null when the sizes of the operation fit together.
const char* whyNot(const Node& operation);
//! Whether an operand of a product or convolution has an odd number of neighbours in memory.
bool hasOddRows(const Node& operation);

//! One run of a graph.
struct Walk {
    std::map<int64_t, void*> addresses;  //!< by tensor
    std::vector<std::shared_ptr<Node>> operations;

    //! Reads the numbers that are given by value, as a launch does; says what was not given.
    const char* takeNumbers();
    void run();

private:
    struct Values {
        Dims dims;
        std::vector<float> data;  //!< row-major
    };
    Values& valuesOf(const Node& tensor);
    void store(const Node& tensor, const Values& values);
    float at(const Values& values, const Dims& place) const;
    void convolve(const Node& operation, Values& y);
    void multiply(const Node& operation, Values& y);
    void reduce(const Node& operation, Values& y);
    void pointwise(const Node& operation, Values& y);

    std::map<int64_t, Values> values_;
};

}  // namespace emulated
