# SPDX-License-Identifier: Apache-2.0
"""The models of the speed comparison. Each entry: name -> function(batch) -> onnx.ModelProto."""
from . import classifiers, detector, recurrent, segmentation, transformers

MODELS = {
    "resnet50": classifiers.resnet50,
    "mobilenet_v3_large": classifiers.mobilenet_v3_large,
    "efficientnet_b0": classifiers.efficientnet_b0,
    "yolo_s": detector.yolo_s,
    "unet": segmentation.unet,
    "bert_base": transformers.bert_base,
    "gpt2_small": transformers.gpt2_small,
    "vit_b16": transformers.vit_b16,
    "lstm": recurrent.lstm,
}
# For GPUs: too slow to be compared on two cores.
LARGE = {"gpt2_prefill": transformers.gpt2_prefill, "resnet50_int8": classifiers.resnet50_int8}
