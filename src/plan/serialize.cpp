// SPDX-License-Identifier: Apache-2.0
#include "plan/serialize.h"

#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "graph/give_back.h"
#include "plan/file_header.h"
#include "plan_generated.h"

namespace opentrt {

namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

uint64_t aligned(uint64_t offset) {
    return (offset + kWeightAlignment - 1) / kWeightAlignment * kWeightAlignment;
}

uint64_t hashOf(const Tensor& weight) {
    const uint64_t hash = hashBytes(weight.data(), static_cast<size_t>(weight.bytes()));
    giveBack(weight);
    return hash;
}

class BodyWriter {
public:
    std::span<const uint8_t> run(const Plan& plan) {
        std::vector<Offset<fb::IoTensor>> tensors;
        for (const PlanTensor& t : plan.tensors) tensors.push_back(tensor(t));
        std::vector<Offset<fb::Profile>> profiles;
        for (const PlanProfile& p : plan.profiles) profiles.push_back(profile(p));
        std::vector<Offset<fb::Point>> points;
        for (const PlanPoint& p : plan.points) points.push_back(point(p));
        std::vector<Offset<fb::Bound>> bounds;
        for (const PlanBound& bound : plan.bounds)
            bounds.push_back(fb::CreateBound(b_, text(bound.symbol), text(bound.most.str())));
        std::vector<Offset<fb::Program>> programs;
        for (const PlanProgram& p : plan.programs) programs.push_back(program(p));
        std::vector<Offset<fb::Blob>> blobs;
        uint64_t offset = 0;
        for (const Tensor& b : plan.blobs) {
            const auto bytes = static_cast<uint64_t>(b.bytes());
            blobs.push_back(fb::CreateBlob(b_, static_cast<uint8_t>(b.type()), b_.CreateVector(b.dims()), offset, bytes,
                                           hashOf(b)));
            offset = aligned(offset + bytes);
        }
        const auto root = fb::CreatePlan(
            b_, text(plan.name), text(plan.device), text(plan.builder), b_.CreateVector(tensors),
            b_.CreateVector(profiles), b_.CreateVector(programs), b_.CreateVector(blobs), plan.verbosity,
            plan.refittable, plan.implicitBatch, plan.maxBatch, plan.tacticSources, plan.capability, text(plan.backend),
            b_.CreateVector(points), b_.CreateVector(bounds), refit(plan), plan.strippedBytes, plan.streamsWeights);
        fb::FinishPlanBuffer(b_, root);
        return {b_.GetBufferPointer(), b_.GetSize()};
    }

private:
    Offset<flatbuffers::String> text(const std::string& s) { return b_.CreateSharedString(s); }

    Offset<flatbuffers::Vector<Offset<flatbuffers::String>>> texts(const std::vector<std::string>& list) {
        std::vector<Offset<flatbuffers::String>> result;
        for (const std::string& s : list) result.push_back(text(s));
        return b_.CreateVector(result);
    }

    template <class List>
    Offset<flatbuffers::Vector<Offset<flatbuffers::String>>> dims(const List& list) {
        std::vector<std::string> result;
        for (const Dim& d : list) result.push_back(d.str());
        return texts(result);
    }

    Offset<fb::IoTensor> tensor(const PlanTensor& t) {
        return fb::CreateIoTensor(b_, text(t.name), static_cast<uint8_t>(t.type), dims(t.shape), texts(t.dimNames),
                                  t.isInput, dims(t.elements), t.onHost, static_cast<uint8_t>(t.format));
    }

    Offset<fb::Profile> profile(const PlanProfile& p) {
        std::vector<Offset<fb::Range>> inputs;
        for (const ProfileRange& r : p.inputs) {
            inputs.push_back(fb::CreateRange(b_, b_.CreateVector(r.dims[0]), b_.CreateVector(r.dims[1]),
                                             b_.CreateVector(r.dims[2]), b_.CreateVector(r.values[0]),
                                             b_.CreateVector(r.values[1]), b_.CreateVector(r.values[2])));
        }
        return fb::CreateProfile(b_, b_.CreateVector(inputs));
    }

    Offset<fb::Refit> refit(const Plan& plan) {
        if (!plan.refit) return 0;
        const PlanRefit& r = *plan.refit;
        std::vector<Offset<fb::RefitWeights>> weights;
        for (const RefitWeights& w : r.weights) {
            weights.push_back(fb::CreateRefitWeights(b_, text(w.name), text(w.layer), text(w.role),
                                                     static_cast<uint8_t>(w.given), b_.CreateVector(w.dims), w.stored));
        }
        return fb::CreateRefit(b_, b_.CreateString(r.graph), b_.CreateVector(r.stored), b_.CreateVector(weights),
                               b_.CreateVector(r.times), r.optimizationLevel, r.timingIterations, r.workspaceBytes,
                               r.tacticSources, r.tf32, r.stronglyTyped, r.probeUnfused, r.narrow, r.maxAuxStreams);
    }

    Offset<fb::Point> point(const PlanPoint& p) {
        std::vector<std::string> symbols;
        std::vector<int64_t> sizes;
        for (const auto& [symbol, size] : p.sizes) {
            symbols.push_back(symbol);
            sizes.push_back(size);
        }
        return fb::CreatePoint(b_, p.profile, texts(symbols), b_.CreateVector(sizes));
    }

    Offset<flatbuffers::Vector<Offset<fb::Variant>>> variants(const PlanStep& s) {
        std::vector<Offset<fb::Variant>> list;
        for (const PlanVariant& v : s.variants) {
            list.push_back(
                fb::CreateVariant(b_, text(v.tactic), text(v.kernel), text(v.params), b_.CreateVector(v.weights)));
        }
        return b_.CreateVector(list);
    }

    Offset<fb::Program> program(const PlanProgram& p) {
        std::vector<Offset<fb::Value>> values;
        for (const PlanValue& v : p.values) {
            values.push_back(fb::CreateValue(
                b_, text(v.name), static_cast<uint8_t>(v.type), static_cast<uint8_t>(v.format), b_.CreateVector(v.dims),
                static_cast<uint8_t>(v.storage), v.index, b_.CreateVector(v.offsets), v.aliasOffset));
        }
        std::vector<Offset<fb::Step>> steps;
        for (const PlanStep& s : p.steps) {
            steps.push_back(fb::CreateStep(b_, text(s.name), text(s.op), text(s.tactic), text(s.backend),
                                           text(s.kernel), text(s.params), text(s.metadata), b_.CreateVector(s.weights),
                                           b_.CreateVector(s.inputs), b_.CreateVector(s.outputs),
                                           b_.CreateVector(s.bodies), s.buildTimeMs, variants(s),
                                           b_.CreateVector(s.variantAt), s.lane, b_.CreateVector(s.waits)));
        }
        return fb::CreateProgram(b_, text(p.name), dims(p.dims), b_.CreateVector(values), b_.CreateVector(steps),
                                 b_.CreateVector(p.inputs), b_.CreateVector(p.outputs), b_.CreateVector(p.arenaBytes));
    }

    FlatBufferBuilder b_;
};

//! A plan's file in pieces: everything before the weights, then one weight after the other.
class FileWriter {
public:
    using Write = std::function<bool(const void*, size_t)>;

    FileWriter(const Plan& plan, Write write) : write_(std::move(write)), body_(bodyWriter_.run(plan)) {
        header_.bodyBytes = body_.size();
        header_.weightsOffset = aligned(sizeof header_ + body_.size());
        uint64_t offset = 0;
        for (const auto* b : *fb::GetPlan(body_.data())->blobs()) {
            header_.weightsHash = hashCombine(header_.weightsHash, b->hash());
            offset = aligned(offset + b->bytes());
        }
        header_.fileBytes = header_.weightsOffset + offset;
        header_.bodyHash = hashBytes(body_.data(), body_.size());
    }

    uint64_t fileBytes() const { return header_.fileBytes; }

    void begin() {
        put(&header_, sizeof header_);
        put(body_.data(), body_.size());
        pad(sizeof header_ + body_.size());
    }

    void add(const Tensor& weight) {
        const auto bytes = static_cast<uint64_t>(weight.bytes());
        put(weight.data(), bytes);
        giveBack(weight);
        pad(bytes);
    }

private:
    void put(const void* bytes, size_t size) {
        if (size > 0 && !write_(bytes, size)) {
            throw Error(ErrorCode::FailedExecution, "", "the plan could not be written: the writer took fewer bytes");
        }
    }

    void pad(uint64_t size) {
        static constexpr uint8_t kZeros[kWeightAlignment] = {};
        put(kZeros, aligned(size) - size);
    }

    Write write_;
    BodyWriter bodyWriter_;
    std::span<const uint8_t> body_;
    FileHeader header_;
};

}  // namespace

void serialize(const Plan& plan, const std::function<bool(const void* bytes, size_t size)>& write) {
    FileWriter file(plan, write);
    file.begin();
    for (const Tensor& b : plan.blobs) file.add(b);
}

void serializeInto(Plan plan, const std::function<void*(size_t bytes)>& allocate) {
    uint8_t* at = nullptr;
    FileWriter file(plan, [&](const void* bytes, size_t size) {
        std::memcpy(at, bytes, size);
        at += size;
        return true;
    });
    at = static_cast<uint8_t*>(allocate(file.fileBytes()));
    file.begin();
    for (Tensor& b : plan.blobs) {
        file.add(b);
        b = Tensor();
    }
}

std::vector<uint8_t> serialize(const Plan& plan) {
    std::vector<uint8_t> result;
    serializeInto(plan, [&](size_t bytes) {
        result.resize(bytes);
        return result.data();
    });
    return result;
}

}  // namespace opentrt
