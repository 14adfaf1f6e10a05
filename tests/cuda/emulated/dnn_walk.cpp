// SPDX-License-Identifier: Apache-2.0
#include "dnn_walk.h"

#include <cmath>

#include "base/half.h"

using namespace opentrt::cuda::dnn;  // NOLINT: the numbers of the interface

namespace emulated {

namespace {

constexpr Attribute kPointwiseOperands[] = {Attribute::kPointwiseOpX, Attribute::kPointwiseOpB,
                                            Attribute::kPointwiseOpT};

bool isOf(const Node& tensor, Attribute place) {
    return tensor.number(place) != 0;
}
Dims dimsOf(const Node& tensor) {
    return tensor.numbers(Attribute::kTensorDims);
}
int64_t idOf(const Node& tensor) {
    return tensor.number(Attribute::kTensorId);
}
int64_t volume(const Dims& dims) {
    int64_t count = 1;
    for (const int64_t d : dims) count *= d;
    return count;
}
Dims placeOf(int64_t index, const Dims& dims) {
    Dims place(dims.size());
    for (size_t d = dims.size(); d-- > 0;) {
        place[d] = index % dims[d];
        index /= dims[d];
    }
    return place;
}

float load(const void* data, int64_t type, int64_t at) {
    if (type == kF32) return static_cast<const float*>(data)[at];
    const uint16_t bits = static_cast<const uint16_t*>(data)[at];
    return type == kF16 ? opentrt::f16ToFloat(bits) : opentrt::bf16ToFloat(bits);
}
float rounded(int64_t type, float value) {
    if (type == kF16) return opentrt::f16ToFloat(opentrt::floatToF16(value));
    return type == kBF16 ? opentrt::bf16ToFloat(opentrt::floatToBf16(value)) : value;
}

std::vector<const Node*> operandsOf(const Node& operation) {
    std::vector<const Node*> operands;
    const auto add = [&](Attribute attribute) {
        if (operation.has(attribute)) operands.push_back(&operation.ref(attribute));
    };
    for (const Attribute attribute :
         {Attribute::kConvolutionOpX, Attribute::kConvolutionOpW, Attribute::kProductOpA, Attribute::kProductOpB,
          Attribute::kReductionOpX, Attribute::kPointwiseOpX, Attribute::kPointwiseOpB, Attribute::kPointwiseOpT})
        add(attribute);
    return operands;
}

float applied(int64_t mode, float x, float b, float t) {
    switch (mode) {
        case kAdd:
            return x + b;
        case kMul:
            return x * b;
        case kDiv:
            return x / b;
        case kSub:
            return x - b;
        case kExp:
            return std::exp(x);
        case kLog:
            return std::log(x);
        case kRelu:
            return std::max(x, 0.0F);
        case kTanh:
            return std::tanh(x);
        case kSigmoid:
            return 1 / (1 + std::exp(-x));
        case kGelu:
            return x * 0.5F * (1 + std::erf(x * 0.70710678F));
        case kGeluTanh:
            return x * 0.5F * (1 + std::tanh(0.7978845608F * (x + 0.044715F * x * x * x)));
        case kGreaterEqual:
            return x >= b ? 1.0F : 0.0F;
        case kSelect:
            return t != 0 ? x : b;
        default:
            return NAN;
    }
}

void append(std::string& text, const void* bytes, size_t count) {
    text.append(static_cast<const char*>(bytes), count);
}
void appendNumber(std::string& text, int64_t number) {
    append(text, &number, sizeof number);
}
int64_t takeNumber(const char*& at) {
    int64_t number = 0;
    std::memcpy(&number, at, sizeof number);
    at += sizeof number;
    return number;
}

}  // namespace

Dims Node::numbers(Attribute a) const {
    const std::string& raw = bytes(a);
    if (raw.empty()) return {};
    const Value type = types_.at(a);
    const size_t each = type == Value::kBool || type == Value::kChar ? 1 : type == Value::kInt64 ? 8 : 4;
    Dims all;
    for (size_t i = 0; i + each <= raw.size(); i += each) {
        int32_t four = static_cast<unsigned char>(raw[i]);
        int64_t eight = 0;
        if (each == 4) std::memcpy(&four, raw.data() + i, 4);
        if (each == 8) std::memcpy(&eight, raw.data() + i, 8);
        all.push_back(each == 8 ? eight : four);
    }
    return all;
}

std::string writeNode(const Node& node) {
    std::string text;
    appendNumber(text, static_cast<int64_t>(node.kind));
    appendNumber(text, static_cast<int64_t>(node.bytes_.size()));
    for (const auto& [attribute, bytes] : node.bytes_) {
        appendNumber(text, static_cast<int64_t>(attribute));
        appendNumber(text, static_cast<int64_t>(node.types_.at(attribute)));
        appendNumber(text, static_cast<int64_t>(bytes.size()));
        text += bytes;
    }
    appendNumber(text, static_cast<int64_t>(node.refs_.size()));
    for (const auto& [attribute, refs] : node.refs_) {
        appendNumber(text, static_cast<int64_t>(attribute));
        appendNumber(text, static_cast<int64_t>(refs.size()));
        for (const auto& ref : refs) text += writeNode(*ref);
    }
    return text;
}

std::shared_ptr<Node> readNode(const char*& at) {
    auto node = std::make_shared<Node>(static_cast<Kind>(takeNumber(at)));
    node->isFinal = true;
    for (int64_t left = takeNumber(at); left > 0; --left) {
        const auto attribute = static_cast<Attribute>(takeNumber(at));
        const auto type = static_cast<Value>(takeNumber(at));
        const auto bytes = static_cast<size_t>(takeNumber(at));
        node->set(attribute, type, at, bytes);
        at += bytes;
    }
    for (int64_t left = takeNumber(at); left > 0; --left) {
        const auto attribute = static_cast<Attribute>(takeNumber(at));
        std::vector<std::shared_ptr<Node>> refs(static_cast<size_t>(takeNumber(at)));
        for (auto& ref : refs) ref = readNode(at);
        node->setRefs(attribute, std::move(refs));
    }
    return node;
}

std::shared_ptr<Node> readNode(const std::string& text) {
    const char* at = text.data();
    return readNode(at);
}

const Node& resultOf(const Node& operation) {
    switch (operation.kind) {
        case Kind::kConvolutionOp:
            return operation.ref(Attribute::kConvolutionOpY);
        case Kind::kProductOp:
            return operation.ref(Attribute::kProductOpC);
        case Kind::kReductionOp:
            return operation.ref(Attribute::kReductionOpY);
        default:
            return operation.ref(Attribute::kPointwiseOpY);
    }
}

int64_t elementsOf(const Node& tensor) {
    return volume(dimsOf(tensor));
}

const char* whyNot(const Node& operation) {
    const Dims y = dimsOf(resultOf(operation));
    for (const Node* operand : operandsOf(operation)) {
        const Dims dims = dimsOf(*operand);
        if (dims.size() != y.size() || operand->numbers(Attribute::kTensorStrides).size() != dims.size())
            return "tensors of several ranks";
        if (volume(dims) == 0) return "an empty tensor";
    }
    if (operation.kind == Kind::kProductOp) {
        const Dims a = dimsOf(operation.ref(Attribute::kProductOpA)), b = dimsOf(operation.ref(Attribute::kProductOpB));
        const size_t r = y.size();
        if (a[r - 1] != b[r - 2] || a[r - 2] != y[r - 2] || b[r - 1] != y[r - 1]) return "matrices that do not fit";
        for (size_t d = 0; d + 2 < r; ++d) {
            if (y[d] % a[d] != 0 || y[d] % b[d] != 0) return "a batch that does not fit";
        }
    }
    if (operation.kind == Kind::kPointwiseOp) {
        for (const Node* operand : operandsOf(operation)) {
            const Dims dims = dimsOf(*operand);
            for (size_t d = 0; d < dims.size(); ++d) {
                if (dims[d] != y[d] && dims[d] != 1) return "an operand that does not broadcast";
            }
        }
    }
    return nullptr;
}

bool hasOddRows(const Node& operation) {
    if (operation.kind != Kind::kProductOp && operation.kind != Kind::kConvolutionOp) return false;
    for (const Node* operand : operandsOf(operation)) {
        const Dims dims = dimsOf(*operand), strides = operand->numbers(Attribute::kTensorStrides);
        if (isOf(*operand, Attribute::kTensorIsVirtual)) continue;
        for (size_t d = 0; d < dims.size(); ++d) {
            if (strides[d] == 1 && dims[d] > 1) return dims[d] % 2 != 0;
        }
    }
    return false;
}

Walk::Values& Walk::valuesOf(const Node& tensor) {
    const auto [at, isNew] = values_.try_emplace(idOf(tensor));
    Values& values = at->second;
    if (!isNew) return values;
    values.dims = dimsOf(tensor);
    const Dims strides = tensor.numbers(Attribute::kTensorStrides);
    const int64_t type = tensor.number(Attribute::kTensorType);
    const void* data = addresses.at(idOf(tensor));
    for (int64_t i = 0; i < volume(values.dims); ++i) {
        const Dims place = placeOf(i, values.dims);
        int64_t offset = 0;
        for (size_t d = 0; d < place.size(); ++d) offset += place[d] * strides[d];
        values.data.push_back(load(data, type, offset));
    }
    return values;
}

const char* Walk::takeNumbers() {
    for (const auto& operation : operations) {
        std::vector<const Node*> tensors = operandsOf(*operation);
        tensors.push_back(&resultOf(*operation));
        for (const Node* tensor : tensors) {
            if (isOf(*tensor, Attribute::kTensorIsVirtual)) continue;
            if (!addresses.count(idOf(*tensor)) || !addresses[idOf(*tensor)]) return "a tensor without an address";
            if (isOf(*tensor, Attribute::kTensorIsByValue)) valuesOf(*tensor);
        }
    }
    return nullptr;
}

void Walk::store(const Node& tensor, const Values& values) {
    const Dims strides = tensor.numbers(Attribute::kTensorStrides);
    const int64_t type = tensor.number(Attribute::kTensorType);
    void* data = addresses.at(idOf(tensor));
    for (int64_t i = 0; i < volume(values.dims); ++i) {
        const Dims place = placeOf(i, values.dims);
        int64_t offset = 0;
        for (size_t d = 0; d < place.size(); ++d) offset += place[d] * strides[d];
        const float value = values.data[static_cast<size_t>(i)];
        if (type == kF32) {
            static_cast<float*>(data)[offset] = value;
        } else {
            static_cast<uint16_t*>(data)[offset] =
                type == kF16 ? opentrt::floatToF16(value) : opentrt::floatToBf16(value);
        }
    }
}

//! Dimensions of one element are read again and again; groups of heads share one.
float Walk::at(const Values& values, const Dims& place) const {
    int64_t index = 0;
    for (size_t d = 0; d < place.size(); ++d) index = index * values.dims[d] + place[d];
    return values.data[static_cast<size_t>(index)];
}

void Walk::convolve(const Node& operation, Values& y) {
    const Values &x = valuesOf(operation.ref(Attribute::kConvolutionOpX)),
                 &w = valuesOf(operation.ref(Attribute::kConvolutionOpW));
    const Node& how = operation.ref(Attribute::kConvolutionOpDesc);
    const Dims pre = how.numbers(Attribute::kConvolutionPre), stride = how.numbers(Attribute::kConvolutionStrides),
               dilation = how.numbers(Attribute::kConvolutionDilations);
    const Dims window(w.dims.begin() + 1, w.dims.end());  // channels, then places
    for (int64_t i = 0; i < volume(y.dims); ++i) {
        const Dims out = placeOf(i, y.dims);
        float sum = 0;
        for (int64_t tap = 0; tap < volume(window); ++tap) {
            const Dims in = placeOf(tap, window);
            Dims place{out[0], in[0]}, weight{out[1], in[0]};
            bool inside = true;
            for (size_t s = 0; s < pre.size(); ++s) {
                place.push_back(out[s + 2] * stride[s] + in[s + 1] * dilation[s] - pre[s]);
                weight.push_back(in[s + 1]);
                inside = inside && place.back() >= 0 && place.back() < x.dims[s + 2];
            }
            if (inside) sum += at(x, place) * at(w, weight);
        }
        y.data[static_cast<size_t>(i)] = sum;
    }
}

void Walk::multiply(const Node& operation, Values& y) {
    const Values &a = valuesOf(operation.ref(Attribute::kProductOpA)),
                 &b = valuesOf(operation.ref(Attribute::kProductOpB));
    const size_t row = y.dims.size() - 2, column = row + 1;
    for (int64_t i = 0; i < volume(y.dims); ++i) {
        const Dims out = placeOf(i, y.dims);
        Dims left = out, right = out;
        for (size_t d = 0; d < row; ++d) {
            left[d] = out[d] / (y.dims[d] / a.dims[d]);
            right[d] = out[d] / (y.dims[d] / b.dims[d]);
        }
        float sum = 0;
        for (int64_t k = 0; k < a.dims[column]; ++k) {
            left[column] = right[row] = k;
            sum += at(a, left) * at(b, right);
        }
        y.data[static_cast<size_t>(i)] = sum;
    }
}

void Walk::reduce(const Node& operation, Values& y) {
    const Values& x = valuesOf(operation.ref(Attribute::kReductionOpX));
    const bool sums = operation.ref(Attribute::kReductionOpDesc).number(Attribute::kReductionMode) == kSum;
    std::fill(y.data.begin(), y.data.end(), sums ? 0.0F : -INFINITY);
    for (int64_t i = 0; i < volume(x.dims); ++i) {
        const Dims place = placeOf(i, x.dims);
        int64_t index = 0;
        for (size_t d = 0; d < place.size(); ++d) index = index * y.dims[d] + (y.dims[d] == 1 ? 0 : place[d]);
        float& result = y.data[static_cast<size_t>(index)];
        const float value = x.data[static_cast<size_t>(i)];
        result = sums ? result + value : std::max(result, value);
    }
}

void Walk::pointwise(const Node& operation, Values& y) {
    const Node& how = operation.ref(Attribute::kPointwiseOpDesc);
    const int64_t mode = how.number(Attribute::kPointwiseMode), axis = how.number(Attribute::kPointwiseAxis);
    for (int64_t i = 0; i < volume(y.dims); ++i) {
        const Dims out = placeOf(i, y.dims);
        float operands[3] = {};
        for (size_t o = 0; o < 3 && mode != kIndex; ++o) {
            if (!operation.has(kPointwiseOperands[o])) continue;
            const Values& from = valuesOf(operation.ref(kPointwiseOperands[o]));
            Dims place = out;
            for (size_t d = 0; d < place.size(); ++d) place[d] = from.dims[d] == 1 ? 0 : place[d];
            operands[o] = at(from, place);
        }
        y.data[static_cast<size_t>(i)] = mode == kIndex ? static_cast<float>(out[static_cast<size_t>(axis)])
                                                        : applied(mode, operands[0], operands[1], operands[2]);
    }
}

void Walk::run() {
    for (const auto& operation : operations) {
        const Node& result = resultOf(*operation);
        Values y{dimsOf(result), {}};
        y.data.resize(static_cast<size_t>(volume(y.dims)));
        switch (operation->kind) {
            case Kind::kConvolutionOp:
                convolve(*operation, y);
                break;
            case Kind::kProductOp:
                multiply(*operation, y);
                break;
            case Kind::kReductionOp:
                reduce(*operation, y);
                break;
            default:
                pointwise(*operation, y);
        }
        const int64_t type = result.number(Attribute::kTensorType);
        for (float& value : y.data) value = rounded(type, value);
        if (!isOf(result, Attribute::kTensorIsVirtual)) store(result, y);
        values_[idOf(result)] = std::move(y);
    }
}

}  // namespace emulated
