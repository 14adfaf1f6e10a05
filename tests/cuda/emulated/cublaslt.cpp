// SPDX-License-Identifier: Apache-2.0
// cuBLASLt's entry points for the emulated device, as far as the backend uses them: products of f16, bf16 and f32 on
// the CPU, with the library's column-major rules, checks of alignment and workspace, and three algorithms. The second
// shares the sum over k and keeps its parts in the workspace. Without the emulated driver products run at once; a
// library of its own, because real libraries in the process must not meet that driver.
#include "backends/cuda/cublaslt.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <vector>

#include "base/half.h"

using namespace opentrt::cuda;      // NOLINT: the types of the interface
using namespace opentrt::cuda::lt;  // NOLINT

namespace opentrt::cuda::lt {

struct HandleTag {};
struct DescTag {
    Compute compute = kInF32;
    int32_t transA = 0, transB = 0;
    uint32_t epilogue = kNothing;
    const void* bias = nullptr;
    int32_t biasType = -1;
};
struct LayoutTag {
    DataType type = kF32;
    uint64_t rows = 0, columns = 0;
    int64_t stride = 0;
    int32_t batch = 1;
    int64_t batchStride = 0;
};
struct PreferenceTag {
    uint64_t workspace = 0;
    uint32_t reductions = 7, alignment[4] = {256, 256, 256, 256};
};

}  // namespace opentrt::cuda::lt

namespace {

constexpr int kOk = 0, kInvalid = 7, kFailed = 13, kUnsupported = 15;
constexpr uint64_t kMagic = 0x656d756c61746564;
constexpr uint32_t kKnownEpilogues[] = {kNothing, kRelu, kBias, kReluBias, kGelu, kGeluBias};

int sizeOf(DataType type) {
    return type == kF32 ? 4 : 2;
}
float load(const void* data, DataType type, int64_t at) {
    if (type == kF32) return static_cast<const float*>(data)[at];
    const uint16_t bits = static_cast<const uint16_t*>(data)[at];
    return type == kF16 ? opentrt::f16ToFloat(bits) : opentrt::bf16ToFloat(bits);
}
void store(void* data, DataType type, int64_t at, float value) {
    if (type == kF32) {
        static_cast<float*>(data)[at] = value;
        return;
    }
    static_cast<uint16_t*>(data)[at] = type == kF16 ? opentrt::floatToF16(value) : opentrt::floatToBf16(value);
}

struct Call {
    DescTag desc;
    LayoutTag a, b, c, d;
    float alpha = 1, beta = 0;
    const void *aData = nullptr, *bData = nullptr, *cData = nullptr;
    void* dData = nullptr;

    uint64_t rows() const { return desc.transA ? a.columns : a.rows; }
    uint64_t columns() const { return desc.transB ? b.rows : b.columns; }
    uint64_t inner() const { return desc.transA ? a.rows : a.columns; }
};

int whyNot(const Call& call) {
    const bool known = std::count(std::begin(kKnownEpilogues), std::end(kKnownEpilogues), call.desc.epilogue) > 0;
    const LayoutTag* const layouts[] = {&call.a, &call.b, &call.c, &call.d};
    if (!known || call.inner() != (call.desc.transB ? call.b.columns : call.b.rows)) return kInvalid;
    if (call.d.rows != call.rows() || call.d.columns != call.columns() || call.c.rows != call.d.rows) return kInvalid;
    for (const LayoutTag* layout : layouts) {
        if (layout->rows == 0 || layout->columns == 0 || layout->stride < static_cast<int64_t>(layout->rows))
            return kInvalid;
        if (layout->type != call.a.type || layout->batch != call.d.batch) return kInvalid;
        if (layout->stride * sizeOf(layout->type) % 4 != 0) return kUnsupported;  // as kernels that read pairs do
    }
    if (call.desc.compute == kInTf32 && call.a.type != kF32) return kUnsupported;
    const bool hasBias = (call.desc.epilogue & kBias) != 0;
    if (hasBias && (!call.desc.bias || call.desc.biasType != call.d.type)) return kInvalid;
    return kOk;
}

//! Parts of the sum over k.
int partsOf(const Algo& algo) {
    return static_cast<int>(algo.data[1] >> 32);
}
size_t workspaceOf(const Call& call, const Algo& algo) {
    const int parts = partsOf(algo);
    return parts > 1 ? static_cast<size_t>(parts) * call.d.rows * call.d.columns * call.d.batch * 4 : 0;
}

float tf32(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    bits = (bits + 0x1000) & 0xffffe000U;
    std::memcpy(&value, &bits, 4);
    return value;
}

float sumOf(const Call& call, int64_t batch, uint64_t row, uint64_t column, uint64_t from, uint64_t to) {
    float sum = 0;
    for (uint64_t k = from; k < to; ++k) {
        const uint64_t aAt = call.desc.transA ? k + row * call.a.stride : row + k * call.a.stride;
        const uint64_t bAt = call.desc.transB ? column + k * call.b.stride : k + column * call.b.stride;
        float x = load(call.aData, call.a.type, batch * call.a.batchStride + static_cast<int64_t>(aAt));
        float y = load(call.bData, call.b.type, batch * call.b.batchStride + static_cast<int64_t>(bAt));
        if (call.desc.compute == kInTf32) x = tf32(x), y = tf32(y);
        sum += x * y;
    }
    return sum;
}

float finish(const Call& call, float x, uint64_t row) {
    if (call.desc.epilogue & kBias) x += load(call.desc.bias, call.d.type, static_cast<int64_t>(row));
    if (call.desc.epilogue & kRelu) x = std::max(x, 0.0F);
    if (call.desc.epilogue & kGelu) x *= 0.5F * (1 + std::tanh(0.7978845608F * (x + 0.044715F * x * x * x)));
    return x;
}

int multiply(const Call& call, int parts, float* partial) {
    const uint64_t rows = call.d.rows, columns = call.d.columns, k = call.inner();
    for (int64_t batch = 0; batch < call.d.batch; ++batch) {
        for (uint64_t at = 0; at < rows * columns; ++at) {
            const uint64_t row = at % rows, column = at / rows;
            float sum = 0;
            for (uint64_t part = 0; part < static_cast<uint64_t>(parts); ++part) {
                const float one = sumOf(call, batch, row, column, k * part / parts, k * (part + 1) / parts);
                if (parts > 1) partial[(batch * parts + part) * rows * columns + at] = one;
                sum += one;
            }
            const int64_t dAt = batch * call.d.batchStride + static_cast<int64_t>(row + column * call.d.stride);
            float x = call.alpha * sum;
            if (call.beta != 0) x += call.beta * load(call.cData, call.c.type, dAt);
            store(call.dData, call.d.type, dAt, finish(call, x, row));
        }
    }
    return 0;
}

//! What the emulated driver does with work for a stream.
int putIntoStream(StreamHandle stream, const std::function<Status()>& work) {
    using Put = Status(StreamHandle stream, const std::function<Status()>& work);
    static void* const driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    static const auto put = driver ? reinterpret_cast<Put*>(dlsym(driver, "emulatedPut")) : nullptr;
    return put ? put(stream, work) : work();
}

Call callOf(Desc desc, Layout a, Layout b, Layout c, Layout d) {
    Call call;
    call.desc = *desc;
    call.a = *a;
    call.b = *b;
    call.c = *c;
    call.d = *d;
    return call;
}

template <class T>
int put(T& member, const void* value, size_t bytes) {
    if (bytes != sizeof member) return kInvalid;
    std::memcpy(&member, value, bytes);
    return kOk;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT size_t cublasLtGetVersion() {
    const char* asked = std::getenv("OPENTRT_EMULATED_CUBLASLT_VERSION");
    return asked ? std::strtoul(asked, nullptr, 10) : 130100;
}
EXPORT const char* cublasLtGetStatusString(int status) {
    return status == kUnsupported ? "not supported" : status == kFailed ? "execution failed" : "invalid value";
}
EXPORT int cublasLtCreate(Handle* handle) {
    static HandleTag only;
    return *handle = &only, kOk;
}
EXPORT int cublasLtMatmulDescCreate(Desc* desc, Compute compute, DataType scale) {
    if (scale != kF32) return kUnsupported;
    *desc = new DescTag;
    (*desc)->compute = compute;
    return kOk;
}
EXPORT int cublasLtMatmulDescDestroy(Desc desc) {
    return delete desc, kOk;
}
EXPORT int cublasLtMatmulDescSetAttribute(Desc desc, DescAttribute attribute, const void* value, size_t bytes) {
    switch (attribute) {
        case DescAttribute::kTransA:
            return put(desc->transA, value, bytes);
        case DescAttribute::kTransB:
            return put(desc->transB, value, bytes);
        case DescAttribute::kEpilogue:
            return put(desc->epilogue, value, bytes);
        case DescAttribute::kBiasPointer:
            return put(desc->bias, value, bytes);
        case DescAttribute::kBiasType:
            return put(desc->biasType, value, bytes);
    }
    return kInvalid;
}
EXPORT int cublasLtMatrixLayoutCreate(Layout* layout, DataType type, uint64_t rows, uint64_t columns, int64_t stride) {
    return *layout = new LayoutTag{type, rows, columns, stride}, kOk;
}
EXPORT int cublasLtMatrixLayoutDestroy(Layout layout) {
    return delete layout, kOk;
}
EXPORT int cublasLtMatrixLayoutSetAttribute(Layout layout, LayoutAttribute attribute, const void* value, size_t bytes) {
    return attribute == LayoutAttribute::kBatchCount ? put(layout->batch, value, bytes)
                                                     : put(layout->batchStride, value, bytes);
}
EXPORT int cublasLtMatmulPreferenceCreate(Preference* preference) {
    return *preference = new PreferenceTag, kOk;
}
EXPORT int cublasLtMatmulPreferenceDestroy(Preference preference) {
    return delete preference, kOk;
}
EXPORT int cublasLtMatmulPreferenceSetAttribute(Preference preference, PreferenceAttribute attribute, const void* value,
                                                size_t bytes) {
    if (attribute == PreferenceAttribute::kWorkspaceBytes) return put(preference->workspace, value, bytes);
    if (attribute == PreferenceAttribute::kReductionMask) return put(preference->reductions, value, bytes);
    const int operand = static_cast<int>(attribute) - static_cast<int>(PreferenceAttribute::kAlignmentA);
    return operand < 0 || operand > 3 ? kInvalid : put(preference->alignment[operand], value, bytes);
}
EXPORT int cublasLtMatmulAlgoGetHeuristic(Handle, Desc desc, Layout a, Layout b, Layout c, Layout d,
                                          Preference preference, int wanted, Found* found, int* count) {
    const Call call = callOf(desc, a, b, c, d);
    *count = 0;
    if (const int status = whyNot(call)) return status;
    for (const uint64_t parts : {1, 2, 1}) {
        Found one;
        one.algo.data[0] = kMagic;
        one.algo.data[1] = parts << 32 | static_cast<uint64_t>(*count + 1);
        one.workspaceBytes = workspaceOf(call, one.algo);
        const bool fits = one.workspaceBytes <= preference->workspace && (parts == 1 || preference->reductions & 2);
        if (fits && *count < wanted) found[(*count)++] = one;
    }
    return *count > 0 ? kOk : kUnsupported;
}
EXPORT int cublasLtMatmulAlgoCheck(Handle, Desc desc, Layout a, Layout b, Layout c, Layout d, const Algo* algo,
                                   Found* found) {
    const Call call = callOf(desc, a, b, c, d);
    if (algo->data[0] != kMagic) return kInvalid;
    found->algo = *algo;
    found->workspaceBytes = workspaceOf(call, *algo);
    return found->status = whyNot(call);
}
EXPORT int cublasLtMatmulAlgoConfigGetAttribute(const Algo* algo, AlgoAttribute attribute, void* value, size_t bytes,
                                                size_t* written) {
    const bool isShort = attribute == AlgoAttribute::kInner || attribute == AlgoAttribute::kCluster;
    const uint32_t number = attribute == AlgoAttribute::kId      ? 66
                            : attribute == AlgoAttribute::kTile  ? static_cast<uint32_t>(algo->data[1])
                            : attribute == AlgoAttribute::kSplit ? static_cast<uint32_t>(partsOf(*algo))
                                                                 : 0;
    if (bytes != (isShort ? 2 : 4)) return kInvalid;
    std::memcpy(value, &number, bytes);
    *written = bytes;
    return kOk;
}
EXPORT int cublasLtMatmul(Handle, Desc desc, const void* alpha, const void* aData, Layout a, const void* bData,
                          Layout b, const void* beta, const void* cData, Layout c, void* dData, Layout d,
                          const Algo* algo, void* workspace, size_t workspaceBytes, StreamHandle stream) {
    Call call = callOf(desc, a, b, c, d);
    if (const int status = whyNot(call)) return status;
    if (algo->data[0] != kMagic || workspaceOf(call, *algo) > workspaceBytes) return kInvalid;
    std::memcpy(&call.alpha, alpha, sizeof call.alpha);
    std::memcpy(&call.beta, beta, sizeof call.beta);
    call.aData = aData;
    call.bData = bData;
    call.cData = cData;
    call.dData = dData;
    const int parts = partsOf(*algo);
    const Status status = putIntoStream(stream, [=] { return multiply(call, parts, static_cast<float*>(workspace)); });
    return status == 0 ? kOk : kFailed;
}
