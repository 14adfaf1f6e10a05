# SPDX-License-Identifier: Apache-2.0
"""Recurrent against ONNX RNN, GRU and LSTM."""
import numpy as np

from goldens import case, ort, rand, vals

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
STEPS, BATCH, INPUT, HIDDEN = 4, 2, 3, 2


def cell(title, kind, op="", bias=False, lengths=False, state=False, peepholes=False, directions=1, **attributes):
    rows = GATES[kind] * HIDDEN
    x = rand("f32", [STEPS, BATCH, INPUT], 1)
    w, r = rand("f32", [directions, rows, INPUT], 2), rand("f32", [directions, rows, HIDDEN], 3)
    inputs = [x, w, r, rand("f32", [directions, 2 * rows], 4) if bias else None,
              vals("i32", [4, 2]) if lengths else None,
              rand("f32", [directions, BATCH, HIDDEN], 5) if state else None]
    if kind == "lstm":
        inputs.append(rand("f32", [directions, BATCH, HIDDEN], 6) if state else None)
        inputs.append(rand("f32", [directions, 3 * HIDDEN], 7) if peepholes else None)
    while inputs[-1] is None:
        inputs.pop()
    count = 3 if kind == "lstm" else 2
    reference = ort(kind.upper(), {"hidden_size": HIDDEN, **attributes}, outputs=count)
    fields = f"cell={kind},hidden={HIDDEN}" + ("," + op if op else "")
    case("recurrent", title, f"Recurrent{{{fields}}}", inputs, reference, tolerance=1e-5,
         fixed="weights are checked against the sizes")


def make():
    for kind in GATES:
        cell(f"{kind} forward", kind)
        cell(f"{kind} reverse with bias and lengths", kind, "direction=reverse", bias=True, lengths=True,
             direction="reverse")
        cell(f"{kind} bidirectional with states", kind, "direction=bidirectional", bias=True, lengths=True, state=True,
             directions=2, direction="bidirectional")
    cell("lstm with peepholes", "lstm", bias=True, state=True, peepholes=True)
    cell("lstm with coupled gates", "lstm", "inputForget=true", bias=True, input_forget=1)
    cell("lstm clipped", "lstm", "clip=0.4", bias=True, state=True, clip=0.4)
    cell("gru linear before reset", "gru", "linearBeforeReset=true", bias=True, state=True, linear_before_reset=1)
    cell("gru clipped", "gru", "clip=0.3", bias=True, clip=0.3)
    cell("rnn with relu", "rnn", 'activations=["Relu"]', bias=True, activations=["Relu"])
    names = '"HardSigmoid","Softsign","ScaledTanh"'
    cell("lstm with parameters of activations", "lstm", f"activations=[{names}],alphas=[0.3,1.2],betas=[0.4,0.8]",
         bias=True, activations=["HardSigmoid", "Softsign", "ScaledTanh"], activation_alpha=[0.3, 1.2],
         activation_beta=[0.4, 0.8])
    names = '"Sigmoid","Elu"'
    cell("gru with elu and leaky relu", "gru",
         f'direction=bidirectional,activations=[{names},"Sigmoid","LeakyRelu"],alphas=[0.7,0.2]', bias=True, directions=2,
         direction="bidirectional", activations=["Sigmoid", "Elu", "Sigmoid", "LeakyRelu"], activation_alpha=[0.7, 0.2])

    inputs = [rand("f32", [BATCH, STEPS, INPUT], 1), rand("f32", [1, 8, INPUT], 2), rand("f32", [1, 8, HIDDEN], 3)]

    def batch_first(x, w, r):
        y, h, c = ort("LSTM", {"hidden_size": HIDDEN}, outputs=3)(x.swapaxes(0, 1).copy(), w, r)
        return y.transpose(2, 0, 1, 3), h.swapaxes(0, 1), c.swapaxes(0, 1)

    case("recurrent", "lstm with the batch first", f"Recurrent{{hidden={HIDDEN},layout=1}}", inputs, batch_first,
         tolerance=1e-5)
    np.seterr(all="ignore")
