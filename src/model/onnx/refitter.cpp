// SPDX-License-Identifier: Apache-2.0
#include "model/onnx/refitter.h"

#include <new>

#include "model/onnx/batch_norm.h"
#include "model/onnx/bounds.h"
#include "model/onnx/node.h"
#include "model/onnx/schema.h"

namespace opentrt::model {
namespace {

//! The same numbers in the type that the engine keeps.
std::shared_ptr<const Constant> inType(const std::shared_ptr<const Constant>& constant, nvinfer1::DataType type) {
    if (constant->type == type) return constant;
    std::vector<double> values;
    values.reserve(static_cast<size_t>(constant->count));
    for (int64_t i = 0; i < constant->count; ++i) values.push_back(realAt(*constant, i));
    return makeConstant(type, constant->dims, values);
}

}  // namespace

template <class Body>
bool ParserRefitter::guarded(const Body& body) noexcept {
    const int before = errors_.size();
    try {
        body();
    } catch (const ImportError& error) {
        errors_.add(error, {});
    } catch (const std::bad_alloc&) {
        errors_.add(Code::kMEM_ALLOC_FAILED, "out of memory", {});
    } catch (const std::exception& error) {
        errors_.add(Code::kINTERNAL_ERROR, error.what(), {});
    }
    return errors_.size() == before;
}

bool ParserRefitter::refitFromBytes(const void* model, size_t size, const char* path) noexcept {
    return guarded([&] {
        model_ = ModelFile::fromBytes(model, size, path ? path : "");
        refit();
    });
}

bool ParserRefitter::refitFromFile(const char* file) noexcept {
    return guarded([&] {
        if (!file) fail(Code::kINVALID_VALUE, "the file name is null");
        model_ = ModelFile::fromFile(file);
        refit();
    });
}

bool ParserRefitter::loadModelProto(const void* model, size_t size, const char* path) noexcept {
    return guarded([&] {
        if (model_) fail(Code::kINVALID_VALUE, "a model is loaded already; make another refitter");
        model_ = ModelFile::fromBytes(model, size, path ? path : "");
    });
}

bool ParserRefitter::loadInitializer(const char* name, const void* data, size_t size) noexcept {
    return guarded([&] {
        if (!model_) fail(Code::kINVALID_VALUE, "no model is loaded; call loadModelProto first");
        if (!name) fail(Code::kINVALID_VALUE, "the name of the initializer is null");
        model_->replaceInitializer(name, data, size);
    });
}

bool ParserRefitter::refitModelProto() noexcept {
    return guarded([&] {
        if (!model_) fail(Code::kINVALID_VALUE, "no model is loaded; call loadModelProto first");
        refit();
    });
}

void ParserRefitter::collect(const onnx::GraphProto& graph, int depth) {
    if (depth > kGraphDepth) fail(Code::kUNSUPPORTED_GRAPH, cat("graphs are nested more than ", kGraphDepth, " deep"));
    for (const auto& tensor : graph.initializer) {
        sources_.emplace(tensor.name, [this, &tensor] { return model_->read(tensor); });
    }
    for (const auto& node : graph.node) {
        if (node.opType == "Constant" && node.output.size() == 1) {
            for (const auto& attribute : node.attribute) {
                if (!attribute.t) continue;
                sources_.emplace(node.output[0], [this, &attribute] { return model_->read(*attribute.t); });
            }
        }
        if (node.opType == "BatchNormalization" && node.input.size() >= 5) collectBatchNorm(node);
        forEachGraph(node, [&](const onnx::GraphProto& inner) { collect(inner, depth + 1); });
    }
}

void ParserRefitter::collectBatchNorm(const onnx::NodeProto& node) {
    const auto folded = [this, &node](bool scale) -> ConstantPtr {
        std::vector<ConstantPtr> in;
        for (size_t i = 1; i < 5; ++i) {
            const auto found = sources_.find(node.input[i]);
            in.push_back(found == sources_.end() ? nullptr : found->second());
            if (!in.back() || in.back()->count != in[0]->count) {
                fail(Code::kREFIT_FAILED, cat("input \"", node.input[i], "\" of node \"", node.name,
                                              "\" is not a constant list of the channels"));
            }
        }
        const double epsilon = Node(node, 0, 0).real("epsilon", 1e-5F);
        const ChannelScale result = foldBatchNorm(*in[0], *in[1], *in[2], *in[3], epsilon);
        return makeConstant(nvinfer1::DataType::kFLOAT, {in[0]->count}, scale ? result.scale : result.shift);
    };
    const std::string title = Node(node, 0, 0).title();
    sources_.emplace(batchNormScaleName(title), [folded] { return folded(true); });
    sources_.emplace(batchNormShiftName(title), [folded] { return folded(false); });
}

void ParserRefitter::set(const char* name) {
    const auto found = sources_.find(name);
    if (found == sources_.end()) return;
    const nvinfer1::Weights wanted = refitter_.getWeightsPrototype(name);
    ConstantPtr constant = found->second();
    if (wanted.count >= 0 && wanted.count != constant->count) {
        fail(Code::kREFIT_FAILED, cat("weights \"", name, "\" have ", constant->count, " elements in the model but ",
                                      wanted.count, " in the engine"));
    }
    constant = inType(constant, wanted.type);
    if (!refitter_.setNamedWeights(name, constant->weights())) {
        fail(Code::kREFIT_FAILED, cat("the refitter refuses weights \"", name, "\""));
    }
    kept_.push_back(std::move(constant));
}

void ParserRefitter::refit() {
    sources_.clear();
    collect(*model_->proto().graph, 0);
    const int32_t count = refitter_.getAllWeights(0, nullptr);
    std::vector<const char*> names(static_cast<size_t>(std::max(count, 0)));
    refitter_.getAllWeights(count, names.data());
    for (const char* name : names) set(name);
    if (refitter_.refitCudaEngine()) {
        // The engine has them now; the refitter must not come back to memory that ends with this object.
        for (const char* name : names) {
            if (sources_.count(name)) refitter_.unsetNamedWeights(name);
        }
        kept_.clear();
        return;
    }
    std::string missing;
    const int32_t open = refitter_.getMissingWeights(0, nullptr);
    names.assign(static_cast<size_t>(std::max(open, 0)), "");
    refitter_.getMissingWeights(open, names.data());
    for (const char* name : names) missing += cat(" \"", name, "\"");
    fail(Code::kREFIT_FAILED, missing.empty() ? "the engine refuses the weights of the model"
                                              : "the model lacks weights that the engine needs:" + missing);
}

}  // namespace opentrt::model
