// SPDX-License-Identifier: Apache-2.0
// The ONNX parser. Models are bytes, or files; names of files with external weights come as `path`.
#include <NvOnnxParser.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/unique_ptr.h>

#include "enums.h"

namespace opentrt::python {
namespace {

using namespace nvonnxparser;
using P = IParser;
using R = IParserRefitter;

// Calls `f(data, size)` on the bytes of `model`, without the lock of the interpreter.
template <typename F>
auto withBytes(nb::object const& model, F&& f) {
    Py_buffer view;
    if (PyObject_GetBuffer(model.ptr(), &view, PyBUF_SIMPLE) != 0) throw nb::python_error();
    struct Release {
        Py_buffer* view;
        ~Release() { PyBuffer_Release(view); }
    } const release{&view};
    nb::gil_scoped_release unlocked;
    return f(view.buf, static_cast<size_t>(view.len));
}

using Path = std::optional<std::string>;

char const* textOf(Path const& path) {
    return path ? path->c_str() : nullptr;
}

std::string pathOf(nb::object const& path) {
    return nb::cast<std::string>(nb::str(nb::module_::import_("os").attr("fspath")(path)));
}

// An error as it was, for the parser's own go with its next model.
class KeptError final : public IParserError {
public:
    explicit KeptError(IParserError const& e)
        : code_(e.code()),
          line_(e.line()),
          node_(e.node()),
          desc_(e.desc()),
          file_(e.file()),
          func_(e.func()),
          name_(e.nodeName()),
          op_(e.nodeOperator()),
          functions_(e.localFunctionStack(), e.localFunctionStack() + e.localFunctionStackSize()) {
        for (std::string const& function : functions_) stack_.push_back(function.c_str());
    }
    nvonnxparser::ErrorCode code() const override { return code_; }
    char const* desc() const override { return desc_.c_str(); }
    char const* file() const override { return file_.c_str(); }
    int line() const override { return line_; }
    char const* func() const override { return func_.c_str(); }
    int node() const override { return node_; }
    char const* nodeName() const override { return name_.c_str(); }
    char const* nodeOperator() const override { return op_.c_str(); }
    char const* const* localFunctionStack() const override { return stack_.data(); }
    int32_t localFunctionStackSize() const override { return static_cast<int32_t>(stack_.size()); }

private:
    nvonnxparser::ErrorCode code_;
    int line_, node_;
    std::string desc_, file_, func_, name_, op_;
    std::vector<std::string> functions_;
    std::vector<char const*> stack_;
};

void bindParserError(nb::module_& m) {
    using E = KeptError;
    bindEnum<nvonnxparser::ErrorCode>(
        m, "ErrorCode",
        {{"SUCCESS", nvonnxparser::ErrorCode::kSUCCESS},
         {"INTERNAL_ERROR", nvonnxparser::ErrorCode::kINTERNAL_ERROR},
         {"MEM_ALLOC_FAILED", nvonnxparser::ErrorCode::kMEM_ALLOC_FAILED},
         {"MODEL_DESERIALIZE_FAILED", nvonnxparser::ErrorCode::kMODEL_DESERIALIZE_FAILED},
         {"INVALID_VALUE", nvonnxparser::ErrorCode::kINVALID_VALUE},
         {"INVALID_GRAPH", nvonnxparser::ErrorCode::kINVALID_GRAPH},
         {"INVALID_NODE", nvonnxparser::ErrorCode::kINVALID_NODE},
         {"UNSUPPORTED_GRAPH", nvonnxparser::ErrorCode::kUNSUPPORTED_GRAPH},
         {"UNSUPPORTED_NODE", nvonnxparser::ErrorCode::kUNSUPPORTED_NODE},
         {"UNSUPPORTED_NODE_ATTR", nvonnxparser::ErrorCode::kUNSUPPORTED_NODE_ATTR},
         {"UNSUPPORTED_NODE_INPUT", nvonnxparser::ErrorCode::kUNSUPPORTED_NODE_INPUT},
         {"UNSUPPORTED_NODE_DATATYPE", nvonnxparser::ErrorCode::kUNSUPPORTED_NODE_DATATYPE},
         {"UNSUPPORTED_NODE_DYNAMIC", nvonnxparser::ErrorCode::kUNSUPPORTED_NODE_DYNAMIC},
         {"UNSUPPORTED_NODE_SHAPE", nvonnxparser::ErrorCode::kUNSUPPORTED_NODE_SHAPE},
         {"REFIT_FAILED", nvonnxparser::ErrorCode::kREFIT_FAILED}});
    Bound<E>(m, "ParserError", "Why a model could not be parsed.")
        .def("code", &E::code)
        .def("desc", &E::desc)
        .def("file", &E::file)
        .def("line", &E::line)
        .def("func", &E::func)
        .def("node", &E::node)
        .def("node_name", &E::nodeName)
        .def("node_operator", &E::nodeOperator)
        .def("local_function_stack",
             [](E const& self) {
                 auto const* names = self.localFunctionStack();
                 return std::vector<std::string>(names, names + self.localFunctionStackSize());
             })
        .def("local_function_stack_size", &E::localFunctionStackSize)
        .def("__str__",
             [](E const& self) {
                 return "In node " + std::to_string(self.node()) + " with name: " + self.nodeName() +
                        " and operator: " + self.nodeOperator() + " (" + self.func() + "): " + self.desc();
             })
        .def("__repr__", [](E const& self) { return std::string(self.desc()); });
}

void bindFlags(nb::module_& m) {
    using F = OnnxParserFlag;
    bindEnum<F>(m, "OnnxParserFlag",
                {{"NATIVE_INSTANCENORM", F::kNATIVE_INSTANCENORM},
                 {"ENABLE_UINT8_AND_ASYMMETRIC_QUANTIZATION_DLA", F::kENABLE_UINT8_AND_ASYMMETRIC_QUANTIZATION_DLA},
                 {"REPORT_CAPABILITY_DLA", F::kREPORT_CAPABILITY_DLA},
                 {"ENABLE_PLUGIN_OVERRIDE", F::kENABLE_PLUGIN_OVERRIDE},
                 {"ADJUST_FOR_DLA", F::kADJUST_FOR_DLA}});
}

// The network refers to weights of the parser, and the parser to the network. Each may be dropped first: the object of
// Python keeps the network, and the network shares what is behind the object, not the object itself.
std::shared_ptr<P> makeParser(nb::pointer_and_handle<INetworkDefinition> network, ILogger& logger) {
    std::shared_ptr<P> parser(createParser(*network.p, logger));
    if (!parser) return nullptr;
    nb::capsule const share(new std::shared_ptr<P>(parser),
                            [](void* kept) noexcept { delete static_cast<std::shared_ptr<P>*>(kept); });
    nb::cpp_function([](nb::handle, nb::handle) {}, nb::keep_alive<1, 2>())(network.h, share);
    return parser;
}

R* makeRefitter(IRefitter& refitter, ILogger& logger) {
    return createParserRefitter(refitter, logger);
}

void defParse(Bound<P>& c) {
    c.def(
         "parse",
         [](P& self, nb::object model, Path const& path) {
             return withBytes(model,
                              [&](void const* data, size_t size) { return self.parse(data, size, textOf(path)); });
         },
         "model"_a, "path"_a = nb::none())
        .def(
            "parse_with_weight_descriptors",
            [](P& self, nb::object model) {
                return withBytes(
                    model, [&](void const* data, size_t size) { return self.parseWithWeightDescriptors(data, size); });
            },
            "model"_a)
        .def(
            "parse_from_file",
            [](P& self, nb::object model) {
                std::string const path = pathOf(model);
                nb::gil_scoped_release unlocked;
                return self.parseFromFile(path.c_str(), static_cast<int>(ILogger::Severity::kWARNING));
            },
            "model"_a)
        .def("parse_model_proto", &P::parseModelProto, ReleaseGil())
        .def("set_builder_config", &P::setBuilderConfig, "builder_config"_a, nb::keep_alive<1, 2>());
}

void defSupport(Bound<P>& c) {
    c.def("supports_operator", &P::supportsOperator, "op_name"_a)
        .def(
            "supports_model",
            [](P& self, nb::object model, Path const& path) {
                SubGraphCollection_t parts;
                bool const all = withBytes(model, [&](void const* data, size_t size) {
                    return self.supportsModel(data, size, parts, textOf(path));
                });
                return std::make_pair(all, parts);
            },
            "model"_a, "path"_a = nb::none())
        .def(
            "supports_model_v2",
            [](P& self, nb::object model, Path const& path) {
                return withBytes(model, [&](void const* data, size_t size) {
                    return self.supportsModelV2(data, size, textOf(path));
                });
            },
            "model"_a, "path"_a = nb::none())
        .def_prop_ro("num_subgraphs", &P::getNbSubgraphs)
        .def("is_subgraph_supported", &P::isSubgraphSupported, "index"_a)
        .def(
            "get_subgraph_nodes",
            [](P& self, int64_t index) {
                int64_t length = 0;
                int64_t const* nodes = self.getSubgraphNodes(index, length);
                return nodes != nullptr ? std::vector<int64_t>(nodes, nodes + length) : std::vector<int64_t>();
            },
            "index"_a);
}

// The graph first, then weights that the caller holds.
template <typename Class, typename C>
void defSteps(Class& c) {
    c.def(
         "load_model_proto",
         [](C& self, nb::object model, Path const& path) {
             return withBytes(
                 model, [&](void const* data, size_t size) { return self.loadModelProto(data, size, textOf(path)); });
         },
         "model"_a, "path"_a = nb::none())
        .def(
            "load_initializer",
            [](C& self, char const* name, std::uintptr_t data, size_t size) {
                return self.loadInitializer(name, asPointer<void>(data), size);
            },
            "name"_a, "data"_a, "size"_a);
}

template <typename Class, typename C>
void defErrors(Class& c) {
    c.def_prop_ro("num_errors", &C::getNbErrors)
        .def(
            "get_error",
            [](C& self, int32_t index) -> std::unique_ptr<KeptError> {
                IParserError const* error = self.getError(index);
                return error != nullptr ? std::make_unique<KeptError>(*error) : nullptr;
            },
            "index"_a)
        .def("clear_errors", &C::clearErrors);
}

void bindParserRefitter(nb::module_& m) {
    Bound<R> c(m, "OnnxParserRefitter", "Takes the weights of a refitter from a model.");
    c.def(nb::new_(&makeRefitter), "refitter"_a, "logger"_a, nb::keep_alive<0, 2>(), nb::keep_alive<0, 3>())
        .def(
            "refit_from_bytes",
            [](R& self, nb::object model, Path const& path) {
                return withBytes(model, [&](void const* data, size_t size) {
                    return self.refitFromBytes(data, size, textOf(path));
                });
            },
            "model"_a, "path"_a = nb::none())
        .def(
            "refit_from_file",
            [](R& self, nb::object model) {
                std::string const path = pathOf(model);
                nb::gil_scoped_release unlocked;
                return self.refitFromFile(path.c_str());
            },
            "model"_a);
    c.def("refit_model_proto", &R::refitModelProto, ReleaseGil());
    defSteps<Bound<R>, R>(c);
    defErrors<Bound<R>, R>(c);
}

}  // namespace

void bindOnnx(nb::module_& m) {
    bindParserError(m);
    bindFlags(m);
    Bound<P> c(m, "OnnxParser", "Fills a network from an ONNX model.");
    c.def(nb::new_(&makeParser), "network"_a, "logger"_a, nb::keep_alive<0, 2>(), nb::keep_alive<0, 3>());
    defParse(c);
    defSupport(c);
    defSteps<Bound<P>, P>(c);
    defErrors<Bound<P>, P>(c);
    c.def_prop_rw("flags", &P::getFlags, &P::setFlags)
        .def("set_flag", &P::setFlag, "flag"_a)
        .def("clear_flag", &P::clearFlag, "flag"_a)
        .def("get_flag", &P::getFlag, "flag"_a)
        .def("get_layer_output_tensor", &P::getLayerOutputTensor, "name"_a, "i"_a, kOwned)
        .def("get_used_vc_plugin_libraries", [](P const& self) {
            int64_t count = 0;
            auto const* names = self.getUsedVCPluginLibraries(count);
            return std::vector<std::string>(names, names + count);
        });
    defWith(c);
    bindParserRefitter(m);
    m.def("get_nv_onnx_parser_version", &getNvOnnxParserVersion, "Version of the parser, as the library counts.");
}

}  // namespace opentrt::python
