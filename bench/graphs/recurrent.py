# SPDX-License-Identifier: Apache-2.0
"""Two bidirectional LSTM layers over 100 steps, batch first, with a linear layer on every step."""
import numpy as np

from .writer import Writer

STEPS, FEATURES, HIDDEN, CLASSES = 100, 256, 512, 64


def _layer(w, name, x, batch, n_in):
    with w.scope(name):
        k = 1 / np.sqrt(HIDDEN)
        weights = [
            w.weight(label, w.rng.uniform(-k, k, shape).astype(np.float32))
            for label, shape in [("W", (2, 4 * HIDDEN, n_in)), ("R", (2, 4 * HIDDEN, HIDDEN)), ("B", (2, 8 * HIDDEN))]
        ]
        if isinstance(batch, str):
            zero = w.op("Expand", w.const(np.zeros((1, 1, 1)), np.float32), w.shape(2, batch, HIDDEN))
        else:
            zero = w.const(np.zeros((2, batch, HIDDEN)), np.float32)
        y = w.op("LSTM", x, *weights, "", zero, zero, outputs=3, direction="bidirectional", hidden_size=HIDDEN)[0]
        return w.reshape(w.op("Transpose", y, perm=[0, 2, 1, 3]), 0, 0, -1)


def lstm(batch):
    w = Writer("lstm")
    x = w.op("Transpose", w.input("input", [batch, STEPS, FEATURES]), perm=[1, 0, 2])
    x = _layer(w, "lstm.0", x, batch, FEATURES)
    x = _layer(w, "lstm.1", x, batch, 2 * HIDDEN)
    x = w.op("Transpose", x, perm=[1, 0, 2])
    w.output(w.linear("fc", x, 2 * HIDDEN, CLASSES, gain=8), "output", [batch, STEPS, CLASSES])
    return w.model()
