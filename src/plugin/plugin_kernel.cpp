// SPDX-License-Identifier: Apache-2.0
// Runs a plugin layer. Each context has an object of its own. Tensors whose type the plugin does not take are converted
// before and after; outputs whose size the plugin tells are written to scratch memory of their largest size first.
#include <cstring>

#include "base/error.h"
#include "base/half.h"
#include "plugin/expressions.h"
#include "plugin/plugin_step.h"

namespace opentrt::plugin {

namespace {

constexpr int64_t kAlignment = 256;  // what TensorRT promises for memory given to plugins

int64_t aligned(int64_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void convert(const void* from, DType fromType, void* to, DType toType, int64_t count) {
    if (fromType == DType::F32 && toType == DType::F16) {
        for (int64_t i = 0; i < count; ++i) {
            static_cast<uint16_t*>(to)[i] = floatToF16(static_cast<const float*>(from)[i]);
        }
    } else {
        for (int64_t i = 0; i < count; ++i) {
            static_cast<float*>(to)[i] = f16ToFloat(static_cast<const uint16_t*>(from)[i]);
        }
    }
}

//! One output whose dimensions follow from size tensors.
struct SizedOutput {
    size_t output;
    Shape shape;  //!< over size tensors; the rest is known
    std::vector<int64_t> most;
};

//! An object and the launch whose shapes it was told last.
struct Bound {
    std::shared_ptr<Instance> object;
    const void* launch = nullptr;
};

class PluginLaunch final : public Launch {
public:
    PluginLaunch(std::shared_ptr<const PluginStep> step, std::shared_ptr<Bound> bound,
                 std::shared_ptr<const Resources> resources, std::span<const Port> inputs,
                 std::span<const Port> outputs)
        : step_(std::move(step)), bound_(std::move(bound)), resources_(std::move(resources)) {
        for (const Port& p : inputs) network_.push_back(p);
        for (const Port& p : outputs) network_.push_back(p);
        check(step_->types.size() == network_.size(), "a plan gives a plugin another number of tensors");
        describe(inputs.size());
        findSizes();
        tellShapes();
        pluginBytes_ = aligned(std::max(step_->workspace, bound_->object->workspace(signature_)));
        total_ = pluginBytes_ + kAlignment;
        for (size_t t = 0; t < network_.size(); ++t) {
            scratch_.push_back(needsScratch(t) ? total_ : -1);
            if (!needsScratch(t)) continue;
            const PluginTensor& seen = signature_.tensors[t];
            total_ += aligned(bytesFor(seen.type, volumeOf(largest(t))));
        }
        addresses_.resize(network_.size());
    }

    int64_t workspaceBytes() const override { return total_; }

    ~PluginLaunch() override {
        if (bound_->launch == this) bound_->launch = nullptr;
    }

    void run(const LaunchArgs& args) override {
        if (bound_->launch != this) tellShapes();
        auto* workspace = reinterpret_cast<char*>(aligned(reinterpret_cast<intptr_t>(args.workspace)));
        const size_t inputs = signature_.inputs;
        for (size_t t = 0; t < network_.size(); ++t) {
            const void* given = t < inputs ? args.inputs[t] : args.outputs[t - inputs];
            addresses_[t] = scratch_[t] < 0 ? const_cast<void*>(given) : workspace + scratch_[t];
            if (t < inputs && scratch_[t] >= 0) {
                convert(given, network_[t].type, addresses_[t], signature_.tensors[t].type, count(network_[t].dims));
            }
        }
        const auto stream = static_cast<cudaStream_t>(args.stream);
        const int32_t status = bound_->object->enqueue(signature_, addresses_.data(), addresses_.data() + inputs,
                                                       pluginBytes_ > 0 ? workspace : nullptr, stream);
        if (status != 0) {
            throw Error(ErrorCode::FailedExecution, step_->layer,
                        cat("enqueue of the plugin ", step_->id.name, " answered ", status, " instead of 0"));
        }
        if (resources_->finish) resources_->finish(stream);
        deliver(args);
    }

private:
    void tellShapes() {
        bound_->launch = nullptr;
        bound_->object->setShapes(signature_);
        bound_->launch = this;
    }

    static int64_t count(const std::vector<int64_t>& dims) { return volumeOf(dims); }

    void describe(size_t inputs) {
        signature_.inputs = inputs;
        signature_.implicitBatch = step_->implicitBatch;
        signature_.maxBatch = static_cast<int32_t>(step_->maxBatch);
        for (size_t t = 0; t < network_.size(); ++t) {
            const auto type = dtypeFromName(step_->types[t]);
            const bool sameSize = type && bitsOf(*type) == bitsOf(network_[t].type);
            const bool halves = type && (*type == DType::F16 || *type == DType::F32) &&
                                (network_[t].type == DType::F16 || network_[t].type == DType::F32);
            check(sameSize || halves, "a plan gives a plugin's tensor a type that does not fit");
            const auto& dims = network_[t].dims;
            signature_.tensors.push_back({*type, dims, dims, dims, dims});
        }
    }

    void findSizes() {
        SymbolValues symbols;
        for (size_t i = 0; i < signature_.inputs; ++i) {
            const auto& dims = network_[i].dims;
            for (size_t axis = 0; axis < dims.size(); ++axis) symbols[inputSymbol(i, axis)] = dims[axis];
        }
        std::map<std::string, Dim, std::less<>> known;
        for (const auto& [symbol, value] : symbols) known.emplace(symbol, Dim(value));
        for (size_t k = 0; k < step_->sizeTensors.size(); ++k) {
            symbols[sizeSymbol(static_cast<int>(step_->sizeTensors[k]))] =
                Dim::parse(step_->sizeBounds[k]).eval(symbols);
        }
        for (size_t k = 0; k < step_->sizedOutputs.size(); ++k) {
            SizedOutput sized{static_cast<size_t>(step_->sizedOutputs[k]), {}, {}};
            std::istringstream text(step_->sizedShapes[k]);
            for (std::string dim; std::getline(text, dim, ';');) {
                sized.shape.push_back(Dim::parse(dim).substitute(known));
                sized.most.push_back(sized.shape.back().eval(symbols));
            }
            PluginTensor& seen = signature_.tensors.at(signature_.inputs + sized.output);
            check(seen.dims.size() == sized.shape.size(), "a plan gives a plugin's output another rank");
            for (size_t axis = 0; axis < sized.shape.size(); ++axis) {
                if (!sized.shape[axis].isConstant()) seen.dims[axis] = -1;
            }
            seen.max = seen.opt = sized.most;
            sized_.push_back(std::move(sized));
        }
    }

    const SizedOutput* sizedOf(size_t tensor) const {
        for (const SizedOutput& s : sized_) {
            if (signature_.inputs + s.output == tensor) return &s;
        }
        return nullptr;
    }
    const std::vector<int64_t>& largest(size_t tensor) const {
        const SizedOutput* sized = sizedOf(tensor);
        return sized ? sized->most : network_[tensor].dims;
    }
    bool needsScratch(size_t tensor) const {
        return sizedOf(tensor) || signature_.tensors[tensor].type != network_[tensor].type;
    }

    //! What the plugin wrote into its size tensors.
    SymbolValues sizes() const {
        SymbolValues values;
        for (const int64_t k : step_->sizeTensors) {
            const size_t tensor = signature_.inputs + static_cast<size_t>(k);
            const bool wide = signature_.tensors[tensor].type == DType::I64;
            values[sizeSymbol(static_cast<int>(k))] = wide ? *static_cast<const int64_t*>(addresses_[tensor])
                                                           : *static_cast<const int32_t*>(addresses_[tensor]);
        }
        return values;
    }

    void deliver(const LaunchArgs& args) {
        const SymbolValues values = sizes();
        for (size_t o = 0; o < signature_.outputs(); ++o) {
            const size_t t = signature_.inputs + o;
            if (scratch_[t] < 0) continue;
            const SizedOutput* sized = sizedOf(t);
            std::vector<int64_t> dims = network_[t].dims;
            void* to = args.outputs[o];
            if (sized) {
                dims = evalShape(sized->shape, values);
                checkSizes(*sized, dims);
                to = args.dynamic->allocate(static_cast<int>(o), dims);
            }
            const DType seen = signature_.tensors[t].type, wanted = network_[t].type;
            if (seen == wanted) {
                std::memcpy(to, addresses_[t], static_cast<size_t>(bytesFor(wanted, count(dims))));
            } else {
                convert(addresses_[t], seen, to, wanted, count(dims));
            }
        }
    }

    void checkSizes(const SizedOutput& sized, const std::vector<int64_t>& dims) const {
        for (size_t axis = 0; axis < dims.size(); ++axis) {
            if (dims[axis] >= 0 && dims[axis] <= sized.most[axis]) continue;
            throw Error(ErrorCode::FailedExecution, step_->layer,
                        cat("the plugin ", step_->id.name, " made output ", sized.output, " of size ", dims[axis],
                            " along axis ", axis, " when it declared at most ", sized.most[axis]));
        }
    }

    std::shared_ptr<const PluginStep> step_;
    std::shared_ptr<Bound> bound_;
    std::shared_ptr<const Resources> resources_;
    std::vector<Port> network_;  // inputs, then outputs, as the network has them
    Signature signature_;        // as the plugin has them
    std::vector<SizedOutput> sized_;
    std::vector<int64_t> scratch_;  // offset in the workspace, -1: none
    std::vector<void*> addresses_;
    int64_t pluginBytes_ = 0, total_ = 0;
};

class PluginKernel final : public Kernel {
public:
    PluginKernel(std::shared_ptr<const PluginStep> step, std::shared_ptr<Instance> object,
                 std::shared_ptr<const Resources> resources)
        : step_(std::move(step)),
          bound_(std::make_shared<Bound>(Bound{std::move(object)})),
          resources_(std::move(resources)) {}

    std::unique_ptr<Launch> prepare(std::span<const Port> inputs, std::span<const Port> outputs) const override {
        return std::make_unique<PluginLaunch>(step_, bound_, resources_, inputs, outputs);
    }
    std::shared_ptr<const Kernel> forContext() const override {
        auto own = bound_->object->forContext(resources_);
        own->setTactic(step_->tactic);
        return std::make_shared<PluginKernel>(step_, std::move(own), resources_);
    }

private:
    std::shared_ptr<const PluginStep> step_;
    std::shared_ptr<Bound> bound_;
    std::shared_ptr<const Resources> resources_;
};

}  // namespace

std::shared_ptr<const Kernel> makeKernel(std::shared_ptr<const PluginStep> step, std::shared_ptr<Instance> object,
                                         std::shared_ptr<const Resources> resources) {
    return std::make_shared<PluginKernel>(std::move(step), std::move(object), std::move(resources));
}

}  // namespace opentrt::plugin
