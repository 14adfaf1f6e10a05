// SPDX-License-Identifier: Apache-2.0
// Non-maximum suppression. Batch items are independent and run in parallel; coordinates are compared in double, as the
// definition does, so that ties fall the same way.
#include "ops/nms.h"

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels/parallel.h"
#include "backends/cpu/op_family.h"

namespace opentrt::cpu {

namespace {

enum NmsInput { kBoxes, kScores, kMost, kIou, kThreshold };

struct Box {
    double x1, y1, x2, y2, area;
};

Box boxAt(const float* b, ops::BoxFormat format) {
    Box box{};
    if (format == ops::BoxFormat::CenterSizes) {
        const double w = b[2] / 2.0, h = b[3] / 2.0;
        box = {b[0] - w, b[1] - h, b[0] + w, b[1] + h, 0};
    } else {
        box = {std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3]), 0};
    }
    box.area = (box.x2 - box.x1) * (box.y2 - box.y1);
    return box;
}

bool overlaps(const Box& a, const Box& b, double threshold) {
    const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
    const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
    if (width <= 0 || height <= 0) return 0 > threshold;
    const double common = width * height;
    return common / (a.area + b.area - common) > threshold;
}

struct Row {
    int64_t label, box;
    float score;
};

class NmsLaunch final : public Launch {
public:
    explicit NmsLaunch(const OpCall<ops::Nms>& call)
        : op_(call.op),
          scores_(call.in[kScores].dims),
          perClass_(call.in[kBoxes].dims.size() == 4),
          mostType_(call.in[kMost].type),
          hasIou_(call.has(kIou)),
          hasThreshold_(call.has(kThreshold)),
          rows_(static_cast<size_t>(scores_[0])) {}

    void run(const LaunchArgs& args) override {
        most_ = indexAt(args.inputs[kMost], mostType_, 0);
        iou_ = hasIou_ ? *static_cast<const float*>(args.inputs[kIou]) : 0;
        threshold_ = hasThreshold_ ? *static_cast<const float*>(args.inputs[kThreshold]) : 0;
        kernels::parallelTasks(scores_[0], scores_[1] * scores_[2] * 100, [&](int64_t item) {
            select(static_cast<const float*>(args.inputs[kBoxes]), static_cast<const float*>(args.inputs[kScores]),
                   item, rows_[static_cast<size_t>(item)]);
        });
        size_t count = 0;
        for (const auto& list : rows_) count += list.size();
        void* to = args.dynamic->allocate(0, {static_cast<int64_t>(count), 3});
        if (op_.indicesType == DType::I64) {
            write(static_cast<int64_t*>(to));
        } else {
            write(static_cast<int32_t*>(to));
        }
        *static_cast<int32_t*>(args.outputs[1]) = static_cast<int32_t>(count);
    }

private:
    void select(const float* boxes, const float* scores, int64_t item, std::vector<Row>& rows) const {
        const int64_t count = scores_[1], classes = scores_[2];
        std::vector<Row> candidates;
        for (int64_t box = 0; box < count; ++box) {
            for (int64_t label = 0; label < classes; ++label) {
                const float score = scores[(item * count + box) * classes + label];
                if (score > threshold_) candidates.push_back({label, box, score});
            }
        }
        std::stable_sort(candidates.begin(), candidates.end(),
                         [](const Row& a, const Row& b) { return a.score > b.score; });
        if (op_.topK > 0 && static_cast<int64_t>(candidates.size()) > op_.topK) {
            candidates.resize(static_cast<size_t>(op_.topK));
        }
        std::vector<std::vector<Box>> taken(static_cast<size_t>(classes));
        rows.clear();
        for (const Row& row : candidates) {
            auto& earlier = taken[static_cast<size_t>(row.label)];
            if (static_cast<int64_t>(earlier.size()) >= most_) continue;
            const int64_t place = item * count + row.box;
            const Box box = boxAt(boxes + (perClass_ ? place * classes + row.label : place) * 4, op_.format);
            const auto hits = [&](const Box& other) { return overlaps(box, other, iou_); };
            if (std::any_of(earlier.begin(), earlier.end(), hits)) continue;
            earlier.push_back(box);
            rows.push_back(row);
        }
        if (op_.byClass) {
            std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.label < b.label; });
        }
    }

    template <class Index>
    void write(Index* to) const {
        for (size_t item = 0; item < rows_.size(); ++item) {
            for (const Row& row : rows_[item]) {
                *to++ = static_cast<Index>(item);
                *to++ = static_cast<Index>(row.label);
                *to++ = static_cast<Index>(row.box);
            }
        }
    }

    const ops::Nms& op_;
    std::vector<int64_t> scores_;
    bool perClass_;
    DType mostType_;
    bool hasIou_, hasThreshold_;
    int64_t most_ = 0;
    double iou_ = 0, threshold_ = 0;
    std::vector<std::vector<Row>> rows_;
};

struct NmsDef {
    using Op = ops::Nms;
    static constexpr const char* kName = "cpu.nms";
    static constexpr bool kMakesSizes = true;
    static std::string whyNot(const RegionView& region, const Op&) { return whyNotType(region.input(0), {DType::F32}); }
    static std::unique_ptr<Launch> prepare(const OpCall<Op>& call) { return std::make_unique<NmsLaunch>(call); }
};

}  // namespace

const KernelFamily kNmsFamily = opFamily<NmsDef>();

}  // namespace opentrt::cpu
