# SPDX-License-Identifier: Apache-2.0
"""A one-stage detector of the YOLO family, small size, 640x640: split-and-concatenate blocks, spatial pyramid pooling,
a two-way feature pyramid, separate box and class branches on three scales; the raw head is the output."""
from .writer import Writer

BOX_CHANNELS, CLASSES = 64, 80
SILU_GAIN = 2.4  # unit variance in, unit second moment of SiLU out


def _conv(w, name, x, c_in, c_out, kernel=1, stride=1, gain=SILU_GAIN):
    return w.silu(w.conv(f"{name}.conv", x, c_in, c_out, kernel, stride, gain=gain))


def _c2f(w, name, x, c_in, c_out, repeats, shortcut):
    """Half of the channels run through a chain of small blocks; every intermediate result is concatenated."""
    half = c_out // 2
    with w.scope(name):
        x = _conv(w, "cv1", x, c_in, c_out)
        parts = w.op("Split", x, w.const([half, half]), outputs=2, axis=1)
        for i in range(repeats):
            y = _conv(w, f"m.{i}.cv1", parts[-1], half, half, 3)
            y = _conv(w, f"m.{i}.cv2", y, half, half, 3)
            parts.append(w.op("Add", parts[-1], y) if shortcut else y)
        return _conv(w, "cv2", w.op("Concat", *parts, axis=1), half * (2 + repeats), c_out)


def _upsample(w, x):
    scales = w.const([1, 1, 2, 2], "float32")
    return w.op(
        "Resize", x, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
    )


def _pyramid_pooling(w, name, x, channels):
    with w.scope(name):
        parts = [_conv(w, "cv1", x, channels, channels // 2)]
        for _ in range(3):
            parts.append(w.op("MaxPool", parts[-1], kernel_shape=[5, 5], pads=[2] * 4, strides=[1, 1]))
        return _conv(w, "cv2", w.op("Concat", *parts, axis=1), channels * 2, channels)


def _head(w, name, x, channels):
    with w.scope(name):
        box = _conv(w, "cv2.0", x, channels, 64, 3)
        box = w.conv("cv2.2", _conv(w, "cv2.1", box, 64, 64, 3), 64, BOX_CHANNELS)
        cls = _conv(w, "cv3.0", x, channels, 128, 3)
        cls = w.conv("cv3.2", _conv(w, "cv3.1", cls, 128, 128, 3), 128, CLASSES)
        return w.op("Concat", box, cls, axis=1)


def yolo_s(batch):
    w = Writer("yolo_s")
    x = w.input("images", [batch, 3, 640, 640])
    x = _conv(w, "model.0", x, 3, 32, 3, 2)
    x = _conv(w, "model.1", x, 32, 64, 3, 2)
    x = _c2f(w, "model.2", x, 64, 64, 1, True)
    x = _conv(w, "model.3", x, 64, 128, 3, 2)
    p3 = _c2f(w, "model.4", x, 128, 128, 2, True)
    x = _conv(w, "model.5", p3, 128, 256, 3, 2)
    p4 = _c2f(w, "model.6", x, 256, 256, 2, True)
    x = _conv(w, "model.7", p4, 256, 512, 3, 2)
    x = _c2f(w, "model.8", x, 512, 512, 1, True)
    p5 = _pyramid_pooling(w, "model.9", x, 512)
    x = w.op("Concat", _upsample(w, p5), p4, axis=1)
    n4 = _c2f(w, "model.12", x, 768, 256, 1, False)
    x = w.op("Concat", _upsample(w, n4), p3, axis=1)
    out3 = _c2f(w, "model.15", x, 384, 128, 1, False)
    x = w.op("Concat", _conv(w, "model.16", out3, 128, 128, 3, 2), n4, axis=1)
    out4 = _c2f(w, "model.18", x, 384, 256, 1, False)
    x = w.op("Concat", _conv(w, "model.19", out4, 256, 256, 3, 2), p5, axis=1)
    out5 = _c2f(w, "model.21", x, 768, 512, 1, False)
    rows = []
    for i, (x, channels) in enumerate([(out3, 128), (out4, 256), (out5, 512)]):
        rows.append(w.reshape(_head(w, f"model.22.{i}", x, channels), batch, BOX_CHANNELS + CLASSES, -1))
    w.output(w.op("Concat", *rows, axis=2), "output0", [batch, BOX_CHANNELS + CLASSES, 8400])
    return w.model()
