// SPDX-License-Identifier: Apache-2.0
// KvCacheUpdate. Inputs: 0 cache [B, H, M, D], 1 update [B, H, S, D], 2 write positions [B] (i32, i64). Output: the
// cache with output[b, :, positions[b]+s, :] = update[b, :, s, :]; a batch item whose update does not fit is left as it
// is. Backends may write in place: output and cache share memory in the API. Types: f32 f16 bf16. Tested by
// tests/ops/kv_cache_update.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

class KvCacheUpdate : public OpBase<KvCacheUpdate> {
public:
    static constexpr OpInfo kInfo{
        "KvCacheUpdate", OpClass::Movement, 3, 3, 1, "writes new rows into a key or value cache"};

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
};

}  // namespace opentrt::ops
