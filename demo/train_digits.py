#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the demo's digit classifier and writes demo/digits.onnx and demo/digits_test.bin.

A small convolutional network, forward and backward written out in numpy, on the 1,797 handwritten digits that ship
with scikit-learn (8x8 pixels, values 0 to 16). One fifth of each class is held out, never trained on, and written to
digits_test.bin for the demo. Training takes some ten seconds and always gives the same weights on the same machine.

digits_test.bin, little endian: uint32 count, then count images of 64 bytes (row by row, values 0 to 16), then count
bytes with the right answers. The network takes float32 [batch, 1, 8, 8] with the pixels divided by 16 and returns
float32 [batch, 10] probabilities.

    python3 -m venv /tmp/train && /tmp/train/bin/pip install -r demo/requirements.txt
    /tmp/train/bin/python demo/train_digits.py
"""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a sum split over threads would round differently from run to run

import argparse
import pathlib
import struct

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = pathlib.Path(__file__).resolve().parent
CHANNELS = (16, 32)
HIDDEN = 64
HELD_OUT = 360


class Conv3x3:
    """3x3 convolution with one pixel of zero padding, on [n, c, h, w]."""

    def __init__(self, rng, c_in, c_out):
        self.w = rng.normal(0, np.sqrt(2 / (9 * c_in)), (c_out, c_in, 3, 3)).astype(np.float32)
        self.b = np.zeros(c_out, np.float32)

    def forward(self, x):
        self.shape = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * 9)
        y = self.columns @ self.w.reshape(len(self.w), -1).T + self.b
        return y.reshape(x.shape[0], *x.shape[2:], -1).transpose(0, 3, 1, 2)

    def backward(self, dy):
        n, c, h, w = self.shape
        flat = dy.transpose(0, 2, 3, 1).reshape(-1, len(self.w))
        self.gradients = [(flat.T @ self.columns).reshape(self.w.shape), flat.sum(0)]
        patches = (flat @ self.w.reshape(len(self.w), -1)).reshape(n, h, w, c, 3, 3)
        dx = np.zeros((n, c, h + 2, w + 2), np.float32)
        for i in range(3):
            for j in range(3):
                dx[:, :, i : i + h, j : j + w] += patches[..., i, j].transpose(0, 3, 1, 2)
        return dx[:, :, 1:-1, 1:-1]


class Dense:
    def __init__(self, rng, n_in, n_out):
        self.w = rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)).astype(np.float32)
        self.b = np.zeros(n_out, np.float32)

    def forward(self, x):
        self.x = x
        return x @ self.w.T + self.b

    def backward(self, dy):
        self.gradients = [dy.T @ self.x, dy.sum(0)]
        return dy @ self.w


class Relu:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dy):
        return dy * self.mask


class MaxPool2x2:
    def forward(self, x):
        n, c, h, w = x.shape
        tiles = x.reshape(n, c, h // 2, 2, w // 2, 2)
        y = tiles.max(axis=(3, 5))
        hits = tiles == y[:, :, :, None, :, None]
        self.share = hits / hits.sum(axis=(3, 5), keepdims=True)
        return y

    def backward(self, dy):
        n, c, h, w = dy.shape
        return (self.share * dy[:, :, :, None, :, None]).reshape(n, c, h * 2, w * 2).astype(np.float32)


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy):
        return dy.reshape(self.shape)


def forward(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return x


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Adam:
    def __init__(self, layers):
        self.layers = [layer for layer in layers if hasattr(layer, "w")]
        self.state = [[(np.zeros_like(p), np.zeros_like(p)) for p in (layer.w, layer.b)] for layer in self.layers]
        self.t = 0

    def step(self, rate):
        self.t += 1
        scale = rate * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        for layer, states in zip(self.layers, self.state):
            for p, g, (m, v) in zip((layer.w, layer.b), layer.gradients, states):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= scale * m / (np.sqrt(v) + 1e-8)


def shifted(rng, x):
    """Each image moved by at most one pixel, so that the network does not learn the digits' exact places."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    out = np.empty_like(x)
    for i, (dy, dx) in enumerate(rng.integers(0, 3, (len(x), 2))):
        out[i] = padded[i, :, dy : dy + 8, dx : dx + 8]
    return out


def train(layers, x, y, epochs, rng):
    optimizer = Adam(layers)
    steps_per_epoch = -(-len(x) // 32)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        loss = 0.0
        for k in range(steps_per_epoch):
            batch = order[k * 32 : (k + 1) * 32]
            p = softmax(forward(layers, shifted(rng, x[batch])))
            loss -= np.log(p[np.arange(len(batch)), y[batch]] + 1e-12).sum()
            p[np.arange(len(batch)), y[batch]] -= 1
            gradient = p / len(batch)
            for layer in reversed(layers):
                gradient = layer.backward(gradient)
            done = (epoch * steps_per_epoch + k) / (epochs * steps_per_epoch)
            optimizer.step(0.002 * 0.5 * (1 + np.cos(np.pi * done)))
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1:3d}  loss {loss / len(x):.4f}")


def export(layers, path):
    conv1, _, conv2, _, _, _, fc1, _, fc2 = layers
    weights = {"conv1": conv1, "conv2": conv2, "fc1": fc1, "fc2": fc2}
    initializers = []
    for name, layer in weights.items():
        initializers += [
            numpy_helper.from_array(layer.w, f"{name}.weight"),
            numpy_helper.from_array(layer.b, f"{name}.bias"),
        ]

    def conv(name, x, y):
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        return helper.make_node("Conv", inputs, [y], name, kernel_shape=[3, 3], pads=[1, 1, 1, 1])

    def gemm(name, x, y):
        return helper.make_node("Gemm", [x, f"{name}.weight", f"{name}.bias"], [y], name, transB=1)

    nodes = [
        conv("conv1", "images", "c1"),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        conv("conv2", "r1", "c2"),
        helper.make_node("Relu", ["c2"], ["r2"], "relu2"),
        helper.make_node("MaxPool", ["r2"], ["p2"], "pool2", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p2"], ["f2"], "flatten", axis=1),
        gemm("fc1", "f2", "h1"),
        helper.make_node("Relu", ["h1"], ["r3"], "relu3"),
        gemm("fc2", "r3", "logits"),
        helper.make_node("Softmax", ["logits"], ["probabilities"], "softmax", axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.producer_name = "demo/train_digits.py"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    args = parser.parse_args()

    digits = load_digits()
    pixels = digits.images.astype(np.uint8).reshape(-1, 1, 8, 8)
    x_train, x_test, y_train, y_test = train_test_split(
        pixels, digits.target, test_size=HELD_OUT, random_state=1, stratify=digits.target
    )
    rng = np.random.default_rng(7)
    layers = [
        Conv3x3(rng, 1, CHANNELS[0]),
        Relu(),
        Conv3x3(rng, *CHANNELS),
        Relu(),
        MaxPool2x2(),
        Flatten(),
        Dense(rng, CHANNELS[1] * 16, HIDDEN),
        Relu(),
        Dense(rng, HIDDEN, 10),
    ]
    train(layers, x_train.astype(np.float32) / 16, y_train, args.epochs, rng)
    answers = forward(layers, x_test.astype(np.float32) / 16).argmax(axis=1)
    print(f"held out: {(answers == y_test).sum()} of {HELD_OUT} right ({(answers == y_test).mean():.4f})")

    export(layers, args.out / "digits.onnx")
    with open(args.out / "digits_test.bin", "wb") as f:
        f.write(struct.pack("<I", HELD_OUT) + x_test.tobytes() + y_test.astype(np.uint8).tobytes())


if __name__ == "__main__":
    main()
