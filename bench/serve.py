#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One other engine as a child process that speaks the line protocol of bench/README.md.

    serve.py onnxruntime|openvino MODEL --threads N [--shapes name:1x3x8x8,...]

Each engine runs through its quickest Python path: inputs and outputs bound once, so a run copies nothing.
"""
import argparse
import sys
import time

import numpy as np


def parse_shapes(text):
    pairs = (item.rsplit(":", 1) for item in text.split(",") if item)
    return {name: [int(d) for d in dims.split("x")] for name, dims in pairs}


class OnnxRuntime:
    def __init__(self, model, threads, shapes):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.module = onnxruntime
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        for info in self.session.get_outputs():
            self.binding.bind_output(info.name, "cpu")
        self.shapes = shapes
        self.held = {}

    def set_input(self, name, raw):
        info = next(i for i in self.session.get_inputs() if i.name == name)
        dtype = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32}[info.type]
        array = np.frombuffer(raw, dtype).reshape(self.shapes.get(name, info.shape))
        self.held[name] = self.module.OrtValue.ortvalue_from_numpy(array)
        self.binding.bind_ortvalue_input(name, self.held[name])

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return self.binding.copy_outputs_to_cpu()


class OpenVino:
    def __init__(self, model, threads, shapes):
        import openvino

        core = openvino.Core()
        graph = core.read_model(model)
        if shapes:
            graph.reshape(shapes)
        config = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": str(threads),
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.module = openvino
        self.compiled = core.compile_model(graph, "CPU", config)
        self.request = self.compiled.create_infer_request()
        self.held = {}

    def set_input(self, name, raw):
        port = self.compiled.input(name)
        array = np.frombuffer(raw, port.get_element_type().to_dtype()).reshape(tuple(port.shape)).copy()
        self.held[name] = array  # the request only borrows the memory
        self.request.set_tensor(port, self.module.Tensor(array, shared_memory=True))

    def run(self):
        self.request.infer()

    def outputs(self):
        return [self.request.get_tensor(port).data for port in self.compiled.outputs]


def answer(engine, line):
    verb, _, rest = line.partition(" ")
    if verb == "input":
        name, _, file = rest.partition(" ")
        with open(file, "rb") as f:
            engine.set_input(name, f.read())
        return "ok"
    if verb == "run":
        times = []
        for _ in range(int(rest)):
            begin = time.perf_counter()
            engine.run()
            times.append((time.perf_counter() - begin) * 1e3)
        return " ".join(f"{t:.6f}" for t in times)
    if verb == "save":
        values = np.concatenate([np.asarray(v, np.float32).ravel() for v in engine.outputs()])
        values.tofile(rest)
        return f"ok {values.size}"
    return f"error unknown request: {verb}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=["onnxruntime", "openvino"])
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shapes", default="")
    args = parser.parse_args()
    begin = time.perf_counter()
    kind = OnnxRuntime if args.engine == "onnxruntime" else OpenVino
    engine = kind(args.model, args.threads, parse_shapes(args.shapes))
    print(f"ready {(time.perf_counter() - begin) * 1e3:.1f}", flush=True)
    for line in sys.stdin:
        line = line.strip()
        if line == "quit":
            break
        try:
            print(answer(engine, line), flush=True)
        except Exception as e:  # the driver decides what a failed request means
            print("error " + " ".join(str(e).split()), flush=True)


if __name__ == "__main__":
    main()
