// SPDX-License-Identifier: Apache-2.0
#include "ops/nms.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "ops/support/check.h"
#include "ops/support/elements.h"

namespace opentrt::ops {
namespace {

enum Input { kBoxes, kScores, kMost, kIou, kThreshold };

struct Box {
    double x1, y1, x2, y2;
    double area() const { return (x2 - x1) * (y2 - y1); }
};

Box boxAt(const std::vector<double>& boxes, int64_t place, BoxFormat format) {
    const double* b = boxes.data() + place * 4;
    if (format == BoxFormat::CenterSizes) return {b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2};
    return {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
}

double iou(const Box& a, const Box& b) {
    const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1),
                 height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    if (width <= 0 || height <= 0) return 0;
    const double common = width * height;
    return common / (a.area() + b.area() - common);
}

struct Row {
    int64_t batch, label, box;
    double score;
};

//! Everything but the loop over batch items.
struct Suppression {
    const Nms& op;
    int64_t count, classes, most;
    bool perClass;  //!< boxes differ from class to class
    double iouThreshold, scoreThreshold;
    std::vector<double> boxes, scores;

    void select(int64_t batch, std::vector<Row>& out) const {
        std::vector<Row> candidates;
        for (int64_t box = 0; box < count; ++box) {
            for (int64_t label = 0; label < classes; ++label) {
                const double score = scores[static_cast<size_t>((batch * count + box) * classes + label)];
                if (score > scoreThreshold) candidates.push_back({batch, label, box, score});
            }
        }
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const Row& a, const Row& b) { return a.score > b.score; });
        if (op.topK > 0 && static_cast<int64_t>(candidates.size()) > op.topK)
            candidates.resize(static_cast<size_t>(op.topK));
        std::vector<std::vector<Box>> taken(static_cast<size_t>(classes));
        std::vector<Row> rows;
        for (const Row& row : candidates) {
            auto& earlier = taken[static_cast<size_t>(row.label)];
            const int64_t place = batch * count + row.box;
            const Box box = boxAt(boxes, perClass ? place * classes + row.label : place, op.format);
            const auto overlaps = [&](const Box& other) { return iou(box, other) > iouThreshold; };
            if (static_cast<int64_t>(earlier.size()) >= most || std::any_of(earlier.begin(), earlier.end(), overlaps))
                continue;
            earlier.push_back(box);
            rows.push_back(row);
        }
        if (op.byClass)
            std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.label < b.label; });
        out.insert(out.end(), rows.begin(), rows.end());
    }
};

}  // namespace

void Nms::infer(InferContext& c) const {
    requireType(c, kBoxes, kReals);
    requireSameType(c, kBoxes, kScores);
    requireRank(c, kScores, 3);
    requireTypeIn(c, "indices type", indicesType, kIndexTypes);
    const Shape &boxes = c.shape(kBoxes), &scores = c.shape(kScores);
    if (boxes.size() != 3 && boxes.size() != 4)
        c.fail(cat("boxes have rank ", boxes.size(), " when it should be 3 or 4"));
    requireSame(c, "batch size of the scores", scores[0], boxes[0]);
    requireSame(c, "number of scores", scores[1], boxes[1]);
    if (boxes.size() == 4) requireSame(c, "number of classes of the boxes", boxes[2], scores[2]);
    requireSame(c, "last dimension of the boxes", boxes.back(), 4);
    requireType(c, kMost, kIndexTypes);
    for (int input : {kMost, kIou, kThreshold}) {
        if (!c.has(input)) continue;
        requireSingle(c, input);
        if (input != kMost) requireType(c, input, std::array{DType::F32});
    }
    Dim perClass = scores[1];
    if (const auto most = c.elements(kMost)) perClass = Dim::min(perClass, Dim::max((*most)[0], 0));
    const Dim rows = c.dataDependentSize(0, 0, scores[0] * scores[2] * perClass);
    c.output(0, indicesType, {rows, 3});
    c.output(1, DType::I32, {});
}

void Nms::eval(EvalContext& c) const {
    const auto& dims = c.input(kScores).dims();
    const Suppression s{*this,
                        dims[1],
                        dims[2],
                        c.input(kMost).getInt(0),
                        c.input(kBoxes).rank() == 4,
                        c.has(kIou) ? c.input(kIou).get(0) : 0,
                        c.has(kThreshold) ? c.input(kThreshold).get(0) : 0,
                        c.input(kBoxes).toDoubles(),
                        c.input(kScores).toDoubles()};
    std::vector<Row> rows;
    for (int64_t batch = 0; batch < dims[0]; ++batch) s.select(batch, rows);
    const auto count = static_cast<int64_t>(rows.size());
    Tensor& out = c.output(0, {count, 3});
    for (int64_t i = 0; i < count; ++i) {
        const Row& row = rows[static_cast<size_t>(i)];
        out.setInt(3 * i, row.batch);
        out.setInt(3 * i + 1, row.label);
        out.setInt(3 * i + 2, row.box);
    }
    c.output(1, {}).setInt(0, count);
}

}  // namespace opentrt::ops
