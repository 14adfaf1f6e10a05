// SPDX-License-Identifier: Apache-2.0
// Nms. Inputs: 0 boxes [B, N, 4] or [B, N, C, 4], 1 scores [B, N, C], 2 most boxes per class and batch item (0-D i32,
// i64), 3 IoU threshold (0-D f32, optional: 0), 4 score threshold (0-D f32, optional: 0). Outputs: 0 rows (batch,
// class, box) [n, 3], n known after the run; 1 number of rows (0-D i32). A box is taken when its score exceeds the
// threshold and its IoU with every box taken before it in the same class and batch item is at most the threshold;
// candidates in falling score, equal scores by rising index. topK > 0 admits only the best topK (box, class) pairs of
// each batch item. Rows are sorted by batch item, then falling score; with byClass by batch item, class, falling score,
// as ONNX wants. Types: f32 f16 bf16. Tested by tests/ops/nms.case.
#pragma once
#include "graph/op.h"

namespace opentrt::ops {

//! Same numbers as nvinfer1::BoundingBoxFormat: two opposite corners, or centre and sizes.
enum class BoxFormat { CornerPairs, CenterSizes };
inline constexpr const char* kBoxFormatNames[] = {"corner_pairs", "center_sizes"};

class Nms : public OpBase<Nms> {
public:
    static constexpr OpInfo kInfo{"Nms", OpClass::Opaque, 3, 5, 2, "non-maximum suppression of boxes"};

    BoxFormat format = BoxFormat::CornerPairs;
    int64_t topK = 0;
    DType indicesType = DType::I32;  //!< i32 or i64
    bool byClass = false;            //!< ours, for ONNX

    void infer(InferContext& context) const override;
    void eval(EvalContext& context) const override;
    void fields(FieldVisitor& v) override {
        v.field("format", format, kBoxFormatNames);
        v.field("topK", topK);
        v.field("indicesType", indicesType);
        v.field("byClass", byClass);
    }
};

}  // namespace opentrt::ops
