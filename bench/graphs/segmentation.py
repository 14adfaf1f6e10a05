# SPDX-License-Identifier: Apache-2.0
"""U-Net, 256x256, channels 32 to 512 (half of the original, which would take seconds a run on two cores)."""
import numpy as np

from .writer import Writer


def _double_conv(w, name, x, c_in, c_out):
    with w.scope(name):
        x = w.op("Relu", w.conv("0", x, c_in, c_out, 3))
        return w.op("Relu", w.conv("3", x, c_out, c_out, 3))


def _up(w, name, x, c_in, c_out):
    with w.scope(name):
        weight = w.normal("weight", (c_in, c_out, 2, 2), np.sqrt(2 / c_in))
        bias = w.normal("bias", (c_out,), 0.05)
        return w.op("ConvTranspose", x, weight, bias, kernel_shape=[2, 2], strides=[2, 2], pads=[0] * 4, group=1)


def unet(batch, width=32):
    w = Writer("unet")
    x = w.input("input", [batch, 3, 256, 256])
    skips, c_in = [], 3
    for level in range(4):
        c_out = width << level
        x = _double_conv(w, f"down{level}", x, c_in, c_out)
        skips.append(x)
        x = w.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], pads=[0] * 4)
        c_in = c_out
    x = _double_conv(w, "middle", x, c_in, width << 4)
    for level in reversed(range(4)):
        c = width << level
        x = w.op("Concat", skips[level], _up(w, f"up{level}", x, c * 2, c), axis=1)
        x = _double_conv(w, f"conv{level}", x, c * 2, c)
    w.output(w.conv("outc", x, width, 2), "output", [batch, 2, 256, 256])
    return w.model()
