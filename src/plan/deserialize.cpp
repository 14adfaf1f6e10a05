// SPDX-License-Identifier: Apache-2.0
// Reading trusts nothing: sizes before bytes, hashes before structure, structure before content, and every index
// against the table it points into. Tested by serialize_test.cpp, which truncates and flips every byte of small plans,
// and fuzzed.
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "plan/check.h"
#include "plan/file_header.h"
#include "plan/serialize.h"
#include "plan_generated.h"

namespace opentrt {

namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::InvalidArgument, "", cat("this plan cannot be loaded: ", why));
}
void need(bool ok, const char* what) {
    if (!ok) refuse(cat("it is damaged (", what, ")"));
}

std::string text(const flatbuffers::String* s) {
    return s ? s->str() : std::string();
}

template <class T>
std::vector<T> numbers(const flatbuffers::Vector<T>* list) {
    return list ? std::vector<T>(list->begin(), list->end()) : std::vector<T>();
}

std::vector<std::string> texts(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* list) {
    std::vector<std::string> result;
    if (list) {
        for (const auto* s : *list) result.push_back(text(s));
    }
    return result;
}

std::vector<Dim> dims(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>* list) {
    std::vector<Dim> result;
    for (const std::string& s : texts(list)) result.push_back(Dim::parse(s));
    return result;
}

DType dtype(uint8_t number) {
    need(number < kDTypeCount, "an element type");
    return static_cast<DType>(number);
}

PlanValue readValue(const fb::Value& v) {
    PlanValue r;
    r.name = text(v.name());
    r.type = dtype(v.type());
    need(v.format() < kFormatCount, "a memory format");
    r.format = static_cast<Format>(v.format());
    r.dims = numbers(v.dims());
    need(v.storage() <= static_cast<uint8_t>(Storage::Alias), "a storage class");
    r.storage = static_cast<Storage>(v.storage());
    r.index = v.index();
    r.offsets = numbers(v.offsets());
    r.aliasOffset = v.alias_offset();
    return r;
}

PlanStep readStep(const fb::Step& s) {
    PlanStep r;
    r.name = text(s.name());
    r.op = text(s.op());
    r.tactic = text(s.tactic());
    r.backend = text(s.backend());
    r.kernel = text(s.kernel());
    r.params = text(s.params());
    r.metadata = text(s.metadata());
    r.weights = numbers(s.weights());
    r.inputs = numbers(s.inputs());
    r.outputs = numbers(s.outputs());
    r.bodies = numbers(s.bodies());
    r.buildTimeMs = s.build_time_ms();
    if (s.variants()) {
        for (const auto* v : *s.variants()) {
            r.variants.push_back({text(v->tactic()), text(v->kernel()), text(v->params()), numbers(v->weights())});
        }
    }
    r.variantAt = numbers(s.variant_at());
    r.lane = s.lane();
    r.waits = numbers(s.waits());
    return r;
}

PlanProgram readProgram(const fb::Program& p) {
    PlanProgram r;
    r.name = text(p.name());
    r.dims = dims(p.dims());
    if (p.values()) {
        for (const auto* v : *p.values()) r.values.push_back(readValue(*v));
    }
    if (p.steps()) {
        for (const auto* s : *p.steps()) r.steps.push_back(readStep(*s));
    }
    r.inputs = numbers(p.inputs());
    r.outputs = numbers(p.outputs());
    r.arenaBytes = numbers(p.arena_bytes());
    return r;
}

Format ioFormat(const fb::IoTensor& tensor) {
    const auto rank = tensor.shape() ? tensor.shape()->size() : 0;
    const auto format = static_cast<Format>(tensor.format());
    need(format == Format::Linear || (format == Format::Nhwc && (rank == 4 || rank == 5)), "the format of a tensor");
    return format;
}

void readIo(const fb::Plan& from, Plan& to) {
    if (from.tensors()) {
        for (const auto* t : *from.tensors()) {
            to.tensors.push_back({text(t->name()), dtype(t->type()), dims(t->shape()), texts(t->dim_names()),
                                  t->is_input(), dims(t->elements()), t->on_host(), ioFormat(*t)});
            need(to.tensors.back().dimNames.size() == to.tensors.back().shape.size(), "dimension names");
        }
    }
    if (!from.profiles()) return;
    for (const auto* p : *from.profiles()) {
        PlanProfile& profile = to.profiles.emplace_back();
        if (!p->inputs()) continue;
        for (const auto* r : *p->inputs()) {
            profile.inputs.push_back({{numbers(r->min()), numbers(r->opt()), numbers(r->max())},
                                      {numbers(r->min_values()), numbers(r->opt_values()), numbers(r->max_values())}});
        }
    }
}

void readSizes(const fb::Plan& from, Plan& to) {
    if (from.bounds()) {
        for (const auto* b : *from.bounds()) to.bounds.push_back({text(b->symbol()), Dim::parse(text(b->most()))});
    }
    if (!from.points()) return;
    for (const auto* p : *from.points()) {
        const std::vector<std::string> symbols = texts(p->symbols());
        const std::vector<int64_t> sizes = numbers(p->sizes());
        need(symbols.size() == sizes.size(), "the sizes of a point");
        PlanPoint& point = to.points.emplace_back();
        point.profile = p->profile();
        for (size_t i = 0; i < sizes.size(); ++i) point.sizes[symbols[i]] = sizes[i];
    }
}

void readRefit(const fb::Plan& from, Plan& to) {
    to.strippedBytes = from.stripped_bytes();
    if (!from.refit()) return;
    const fb::Refit& r = *from.refit();
    auto refit = std::make_shared<PlanRefit>();
    refit->graph = text(r.graph());
    refit->stored = numbers(r.stored());
    if (r.weights()) {
        for (const auto* w : *r.weights()) {
            refit->weights.push_back({text(w->name()), text(w->layer()), text(w->role()), dtype(w->given()),
                                      numbers(w->dims()), w->stored()});
        }
    }
    refit->times = numbers(r.times());
    refit->optimizationLevel = r.optimization_level();
    refit->timingIterations = r.timing_iterations();
    refit->workspaceBytes = r.workspace_bytes();
    refit->tacticSources = r.tactic_sources();
    refit->tf32 = r.tf32();
    refit->stronglyTyped = r.strongly_typed();
    refit->probeUnfused = r.probe_unfused();
    refit->narrow = r.narrow();
    refit->maxAuxStreams = r.max_aux_streams();
    to.refit = std::move(refit);
}

bool mustCheck(const fb::Blob& blob, DType type, WeightCheck check) {
    constexpr uint64_t kSmall = 64 << 10;
    const bool addresses = type == DType::I32 || type == DType::I64;
    return check == WeightCheck::All || addresses || blob.bytes() <= kSmall;
}

//! \return the joined checksums; those that are not computed are taken from the body, whose own is known to be right
uint64_t readBlobs(const fb::Plan& from, std::span<const uint8_t> weights, const std::shared_ptr<const void>& keep,
                   WeightCheck check, Plan& to) {
    uint64_t joined = 0;
    if (!from.blobs()) return joined;
    for (const auto* b : *from.blobs()) {
        const DType type = dtype(b->type());
        const std::vector<int64_t> shape = numbers(b->dims());
        int64_t count = 1;
        for (int64_t d : shape) need(d >= 0 && !__builtin_mul_overflow(count, d, &count), "the dims of a weight");
        need(count < (int64_t{1} << 56) && static_cast<uint64_t>(bytesFor(type, count)) == b->bytes(),
             "a weight's size");
        need(b->offset() % kWeightAlignment == 0 && b->offset() <= weights.size() &&
                 b->bytes() <= weights.size() - b->offset(),
             "a weight's place");
        const uint8_t* data = weights.data() + b->offset();
        const uint64_t hash = mustCheck(*b, type, check) ? hashBytes(data, b->bytes()) : b->hash();
        need(hash == b->hash(), "the checksum of a weight");
        joined = hashCombine(joined, hash);
        const bool inPlace = keep && reinterpret_cast<uintptr_t>(data) % kWeightAlignment == 0;
        if (inPlace) {
            to.blobs.push_back(Tensor::borrow(type, shape, data, keep));
        } else {
            Tensor copy(type, shape);
            if (b->bytes() > 0) std::memcpy(copy.mutableData(), data, b->bytes());
            to.blobs.push_back(std::move(copy));
        }
    }
    return joined;
}

FileHeader readHeader(std::span<const uint8_t> bytes) {
    FileHeader h;
    if (bytes.size() < sizeof h) refuse(cat("it has ", bytes.size(), " bytes when the header alone takes ", sizeof h));
    std::memcpy(&h, bytes.data(), sizeof h);
    const FileHeader expected;
    if (h.tag != expected.tag) refuse("it does not start with a plan's tag; is it an ONNX file?");
    if (h.vendor != expected.vendor) {
        refuse("it was made by another library (NVIDIA's TensorRT plans hold GPU code); build it again with OpenTRT");
    }
    if (h.format != expected.format) {
        refuse(cat("its format is ", h.format, " when this library reads ", expected.format, "; build it again"));
    }
    if (h.fileBytes != bytes.size()) {
        refuse(cat("it is ", bytes.size(), " bytes long when it should be ", h.fileBytes,
                   h.fileBytes > bytes.size() ? ": it is truncated" : ""));
    }
    need(h.bodyBytes <= bytes.size() - sizeof h && h.weightsOffset >= sizeof h + h.bodyBytes &&
             h.weightsOffset <= bytes.size() && h.weightsOffset % kWeightAlignment == 0,
         "its header");
    return h;
}

}  // namespace

Plan deserialize(std::span<const uint8_t> bytes, std::shared_ptr<const void> keep, WeightCheck check) {
    const FileHeader h = readHeader(bytes);
    const std::span<const uint8_t> body = bytes.subspan(sizeof h, h.bodyBytes);
    need(hashBytes(body.data(), body.size()) == h.bodyHash, "the checksum of its body");
    std::vector<uint8_t> alignedBody(body.begin(), body.end());  // FlatBuffers wants aligned bytes
    flatbuffers::Verifier verifier(alignedBody.data(), alignedBody.size(), 64, 10'000'000);
    need(fb::VerifyPlanBuffer(verifier), "its structure");
    const fb::Plan& from = *fb::GetPlan(alignedBody.data());
    Plan plan;
    plan.name = text(from.name());
    plan.device = text(from.device());
    plan.builder = text(from.builder());
    plan.verbosity = from.verbosity();
    plan.refittable = from.refittable();
    plan.implicitBatch = from.implicit_batch();
    plan.maxBatch = from.max_batch();
    plan.tacticSources = from.tactic_sources();
    plan.capability = from.capability();
    plan.streamsWeights = from.streams_weights();
    if (from.backend()) plan.backend = text(from.backend());
    readIo(from, plan);
    readSizes(from, plan);
    readRefit(from, plan);
    const uint64_t weightsHash = readBlobs(from, bytes.subspan(h.weightsOffset), keep, check, plan);
    need(weightsHash == h.weightsHash, "the checksum of its weights");
    need(from.programs() && from.programs()->size() > 0, "no program");
    for (const auto* p : *from.programs()) plan.programs.push_back(readProgram(*p));
    checkPlan(plan);
    plan.storage = std::move(keep);
    return plan;
}

}  // namespace opentrt
