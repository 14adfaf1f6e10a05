// SPDX-License-Identifier: Apache-2.0
// The messages of ONNX (onnx-ml.proto), as far as the parser reads them. Each lists its fields once, with number and
// name; the readers of the binary and of the text form are visitors of that list, and skip whatever is not on it.
//
// protobuf's own library is not used: two versions of it in one process do not get on, and the archive that systems
// ship cannot be hidden inside a shared library. Large byte fields are also read in place this way.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opentrt::onnx {

struct GraphProto;

// Lists of fields read better in lines.
// clang-format off

//! Numbers of TensorProto.DataType.
enum ElementType : int32_t {
    UNDEFINED, FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, STRING, BOOL, FLOAT16, DOUBLE, UINT32, UINT64,
    COMPLEX64, COMPLEX128, BFLOAT16, FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, UINT4, INT4,
    FLOAT4E2M1, FLOAT8E8M0, UINT2, INT2, FLOAT6E2M3, FLOAT6E3M2
};
inline constexpr const char* kElementTypeNames[] = {
    "UNDEFINED",  "FLOAT",        "UINT8",          "INT8",       "UINT16",         "INT16",  "INT32",     "INT64",
    "STRING",     "BOOL",         "FLOAT16",        "DOUBLE",     "UINT32",         "UINT64", "COMPLEX64", "COMPLEX128",
    "BFLOAT16",   "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "UINT4",  "INT4",      "FLOAT4E2M1",
    "FLOAT8E8M0", "UINT2",        "INT2",           "FLOAT6E2M3", "FLOAT6E3M2"};

//! Numbers of AttributeProto.AttributeType, with their names by number.
enum class AttributeType : int32_t {
    Undefined, Float, Int, String, Tensor, Graph, Floats, Ints, Strings, Tensors, Graphs, SparseTensor,
    SparseTensors, TypeProto, TypeProtos
};
inline constexpr const char* kAttributeTypeNames[] = {
    "UNDEFINED", "FLOAT",   "INT",    "STRING",        "TENSOR",         "GRAPH",      "FLOATS",     "INTS",
    "STRINGS",   "TENSORS", "GRAPHS", "SPARSE_TENSOR", "SPARSE_TENSORS", "TYPE_PROTO", "TYPE_PROTOS"};
inline constexpr const char* kDataLocationNames[] = {"DEFAULT", "EXTERNAL"};

struct EntryProto {
    std::string key, value;
    template <class V>
    void fields(V& v) { v(1, "key", key); v(2, "value", value); }
};

struct SegmentProto {
    int64_t begin = 0;
    template <class V>
    void fields(V& v) { v(1, "begin", begin); }
};

struct TensorProto {
    std::vector<int64_t> dims;
    int32_t dataType = 0;
    std::unique_ptr<SegmentProto> segment;
    std::vector<float> floatData;
    std::vector<int32_t> int32Data;
    std::vector<int64_t> int64Data;
    std::string name;
    std::optional<std::string_view> rawData;  //!< bytes of the file, or of the document that holds the message
    std::vector<double> doubleData;
    std::vector<uint64_t> uint64Data;
    std::vector<EntryProto> externalData;
    int32_t dataLocation = 0;
    template <class V>
    void fields(V& v) {
        v(1, "dims", dims); v(2, "data_type", dataType); v(3, "segment", segment); v(4, "float_data", floatData);
        v(5, "int32_data", int32Data); v(7, "int64_data", int64Data); v(8, "name", name); v(9, "raw_data", rawData);
        v(10, "double_data", doubleData); v(11, "uint64_data", uint64Data); v(13, "external_data", externalData);
        v(14, "data_location", dataLocation, kDataLocationNames);
    }
    bool external() const { return dataLocation == 1; }
};

struct SparseTensorProto {
    TensorProto values, indices;
    std::vector<int64_t> dims;
    template <class V>
    void fields(V& v) {
        v(1, "values", values); v(2, "indices", indices); v(3, "dims", dims);
    }
};

struct DimensionProto {
    std::optional<int64_t> value;
    std::string symbol;
    template <class V>
    void fields(V& v) { v(1, "dim_value", value); v(2, "dim_param", symbol); }
};

struct ShapeProto {
    std::vector<DimensionProto> dim;
    template <class V>
    void fields(V& v) { v(1, "dim", dim); }
};

struct TensorTypeProto {
    int32_t elementType = 0;
    std::unique_ptr<ShapeProto> shape;
    template <class V>
    void fields(V& v) { v(1, "elem_type", elementType); v(2, "shape", shape); }
};

struct OptionalTypeProto;

struct TypeProto {
    std::unique_ptr<TensorTypeProto> tensor;      //!< null for sequences, maps and the like
    std::unique_ptr<OptionalTypeProto> optional;  //!< one of them, or nothing
    template <class V>
    void fields(V& v) { v(1, "tensor_type", tensor); v(9, "optional_type", optional); }
};

struct OptionalTypeProto {
    TypeProto element;
    template <class V>
    void fields(V& v) { v(1, "elem_type", element); }
};

struct ValueInfoProto {
    std::string name;
    TypeProto type;
    template <class V>
    void fields(V& v) { v(1, "name", name); v(2, "type", type); }
};

struct AttributeProto {
    std::string name, reference;
    AttributeType type = AttributeType::Undefined;
    std::optional<float> f;
    std::optional<int64_t> i;
    std::optional<std::string> s;
    std::unique_ptr<TensorProto> t;
    std::unique_ptr<GraphProto> g;
    std::unique_ptr<SparseTensorProto> sparse;
    std::vector<float> floats;
    std::vector<int64_t> ints;
    std::vector<std::string> strings;
    std::vector<GraphProto> graphs;
    template <class V>
    void fields(V& v) {
        v(1, "name", name); v(2, "f", f); v(3, "i", i); v(4, "s", s); v(5, "t", t); v(6, "g", g);
        v(7, "floats", floats); v(8, "ints", ints); v(9, "strings", strings); v(11, "graphs", graphs);
        v(20, "type", type, kAttributeTypeNames); v(21, "ref_attr_name", reference); v(22, "sparse_tensor", sparse);
    }
};

struct NodeProto {
    std::vector<std::string> input, output;
    std::string name, opType, domain, overload;
    std::vector<AttributeProto> attribute;
    template <class V>
    void fields(V& v) {
        v(1, "input", input); v(2, "output", output); v(3, "name", name); v(4, "op_type", opType);
        v(5, "attribute", attribute); v(7, "domain", domain); v(8, "overload", overload);
    }
};

struct GraphProto {
    std::vector<NodeProto> node;
    std::string name;
    std::vector<TensorProto> initializer;
    std::vector<SparseTensorProto> sparseInitializer;
    std::vector<ValueInfoProto> input, output;
    template <class V>
    void fields(V& v) {
        v(1, "node", node); v(2, "name", name); v(5, "initializer", initializer); v(11, "input", input);
        v(12, "output", output); v(15, "sparse_initializer", sparseInitializer);
    }
};

struct OpsetProto {
    std::string domain;
    int64_t version = 0;
    template <class V>
    void fields(V& v) { v(1, "domain", domain); v(2, "version", version); }
};

struct FunctionProto {
    std::string name, domain, overload;
    std::vector<std::string> input, output;
    std::vector<AttributeProto> attribute;  //!< those with a default
    std::vector<NodeProto> node;
    std::vector<OpsetProto> opset;
    template <class V>
    void fields(V& v) {
        v(1, "name", name); v(4, "input", input); v(5, "output", output); v(7, "node", node);
        v(9, "opset_import", opset); v(10, "domain", domain); v(11, "attribute_proto", attribute);
        v(13, "overload", overload);
    }
};

struct ModelProto {
    int64_t irVersion = 0;
    std::string producerName, producerVersion, domain;
    int64_t modelVersion = 0;
    std::unique_ptr<GraphProto> graph;
    std::vector<OpsetProto> opset;
    std::vector<FunctionProto> function;
    template <class V>
    void fields(V& v) {
        v(1, "ir_version", irVersion); v(2, "producer_name", producerName);
        v(3, "producer_version", producerVersion); v(4, "domain", domain); v(5, "model_version", modelVersion);
        v(7, "graph", graph); v(8, "opset_import", opset); v(25, "functions", function);
    }
};

// clang-format on

//! Calls `visit(graph)` for each graph attribute of a node.
template <class Visit>
void forEachGraph(const NodeProto& node, const Visit& visit) {
    for (const AttributeProto& attribute : node.attribute) {
        if (attribute.g) visit(*attribute.g);
        for (const GraphProto& graph : attribute.graphs) visit(graph);
    }
}

}  // namespace opentrt::onnx
