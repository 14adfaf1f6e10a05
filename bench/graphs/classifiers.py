# SPDX-License-Identifier: Apache-2.0
"""Image classifiers as torchvision defines them, 224x224, 1000 classes."""
from .writer import Writer


def _head(w, x, batch, channels):
    x = w.op("Flatten", w.op("GlobalAveragePool", x), axis=1)
    w.output(w.gemm("fc", x, channels, 1000), "output", [batch, 1000])


def _resnet50(w, batch, weights, input_value, value):
    """The functions `input_value` and `value` stand on the input and on what convolutions and sums read; `weights` are
    further arguments of what has weights."""
    x = input_value(w.input("input", [batch, 3, 224, 224]))
    x = w.op("Relu", w.conv("conv1", x, 3, 64, 7, 2, **weights))
    x = w.op("MaxPool", x, ceil_mode=0, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    c_in = 64
    for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], 1):
        for block in range(blocks):
            stride = 2 if stage > 1 and block == 0 else 1
            with w.scope(f"layer{stage}.{block}"):
                x = value(x)
                y = value(w.op("Relu", w.conv("conv1", x, c_in, width, **weights)))
                y = value(w.op("Relu", w.conv("conv2", y, width, width, 3, stride, **weights)))
                y = w.conv("conv3", y, width, width * 4, gain=0.3, **weights)
                if block == 0:
                    x = value(w.conv("downsample.0", x, c_in, width * 4, 1, stride, gain=1, **weights))
                x = w.op("Relu", w.op("Add", y, x))
            c_in = width * 4
    x = value(w.op("Flatten", w.op("GlobalAveragePool", x), axis=1))
    w.output(w.gemm("fc", x, 2048, 1000, **weights), "output", [batch, 1000])
    return w.model()


def resnet50(batch):
    """Version 1.5: the stride of a stage sits in the 3x3 convolution of its first block."""
    return _resnet50(Writer("resnet50"), batch, {}, lambda x: x, lambda x: x)


def resnet50_int8(batch):
    """The same with quantize and dequantize in front of every convolution and residual sum, as tools for training with
    quantization export it. One scale fits all activations, which stay near unit variance."""
    w = Writer("resnet50_int8")
    return _resnet50(w, batch, {"quantized": True}, lambda x: w.quantized(x, 4 / 127), lambda x: w.quantized(x, 8 / 127))


def mobilenet_v3_large(batch):
    w = Writer("mobilenet_v3_large")
    rows = [  # kernel, expanded channels, channels out, squeeze-excite channels, activation, stride
        (3, 16, 16, 0, "Relu", 1),
        (3, 64, 24, 0, "Relu", 2),
        (3, 72, 24, 0, "Relu", 1),
        (5, 72, 40, 24, "Relu", 2),
        (5, 120, 40, 32, "Relu", 1),
        (5, 120, 40, 32, "Relu", 1),
        (3, 240, 80, 0, "HardSwish", 2),
        (3, 200, 80, 0, "HardSwish", 1),
        (3, 184, 80, 0, "HardSwish", 1),
        (3, 184, 80, 0, "HardSwish", 1),
        (3, 480, 112, 120, "HardSwish", 1),
        (3, 672, 112, 168, "HardSwish", 1),
        (5, 672, 160, 168, "HardSwish", 2),
        (5, 960, 160, 240, "HardSwish", 1),
        (5, 960, 160, 240, "HardSwish", 1),
    ]
    x = w.input("input", [batch, 3, 224, 224])
    x = w.op("HardSwish", w.conv("features.0.0", x, 3, 16, 3, 2))
    c_in = 16
    for i, (kernel, wide, c_out, squeeze, activation, stride) in enumerate(rows, 1):
        with w.scope(f"features.{i}"):
            y = x
            if wide != c_in:
                y = w.op(activation, w.conv("block.0.0", y, c_in, wide, gain=1))
            y = w.op(activation, w.conv("block.1.0", y, wide, wide, kernel, stride, groups=wide))
            if squeeze:
                s = w.op("Relu", w.conv("block.2.fc1", w.op("GlobalAveragePool", y), wide, squeeze))
                s = w.op("HardSigmoid", w.conv("block.2.fc2", s, squeeze, wide), alpha=1 / 6, beta=0.5)
                y = w.op("Mul", s, y)
            skip = stride == 1 and c_in == c_out
            y = w.conv("block.3.0", y, wide, c_out, gain=(4 if squeeze else 2) * (0.3 if skip else 1))
            x = w.op("Add", y, x) if skip else y
        c_in = c_out
    x = w.op("HardSwish", w.conv("features.16.0", x, 160, 960))
    x = w.op("Flatten", w.op("GlobalAveragePool", x), axis=1)
    x = w.op("HardSwish", w.gemm("classifier.0", x, 960, 1280, gain=2))
    w.output(w.gemm("classifier.3", x, 1280, 1000), "output", [batch, 1000])
    return w.model()


def efficientnet_b0(batch):
    w = Writer("efficientnet_b0")
    rows = [  # expansion, kernel, stride, channels in, channels out, repeats
        (1, 3, 1, 32, 16, 1),
        (6, 3, 2, 16, 24, 2),
        (6, 5, 2, 24, 40, 2),
        (6, 3, 2, 40, 80, 3),
        (6, 5, 1, 80, 112, 3),
        (6, 5, 2, 112, 192, 4),
        (6, 3, 1, 192, 320, 1),
    ]
    x = w.input("input", [batch, 3, 224, 224])
    x = w.silu(w.conv("features.0.0", x, 3, 32, 3, 2))
    for stage, (expansion, kernel, first_stride, c_in, c_out, repeats) in enumerate(rows, 1):
        for block in range(repeats):
            stride = first_stride if block == 0 else 1
            wide = c_in * expansion
            with w.scope(f"features.{stage}.{block}"):
                y = x
                if expansion != 1:
                    y = w.silu(w.conv("block.0.0", y, c_in, wide, gain=1))
                y = w.silu(w.conv("block.1.0", y, wide, wide, kernel, stride, groups=wide, gain=2.8))
                squeeze = c_in // 4
                s = w.silu(w.conv("block.2.fc1", w.op("GlobalAveragePool", y), wide, squeeze))
                s = w.op("Sigmoid", w.conv("block.2.fc2", s, squeeze, wide))
                y = w.conv("block.3.0", w.op("Mul", s, y), wide, c_out, gain=2 if block else 8)
                x = w.op("Add", y, x) if block else y
            c_in = c_out
    x = w.silu(w.conv("features.8.0", x, 320, 1280))
    _head(w, x, batch, 1280)
    return w.model()
