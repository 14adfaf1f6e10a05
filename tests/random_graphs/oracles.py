# SPDX-License-Identifier: Apache-2.0
"""Who tells what a graph should give: our worker (reference evaluator and engines), and ONNX Runtime when it is there."""
import importlib.util
import json
import pickle
import struct
import subprocess
import sys
import tempfile

import numpy as np

from values import NUMPY


class WorkerDied(Exception):
    """The worker ended in the middle of a request."""


class Worker:
    """One process that answers request after request."""

    def __init__(self, program):
        self.program = program
        self.errors = tempfile.TemporaryFile()
        self.process = None

    def start(self):
        self.errors.seek(0)
        self.errors.truncate()
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process = None

    def ask(self, case, variants):
        """The answer as JSON, its tensors in place of their descriptions."""
        if not self.process:
            self.start()
        model = case.model.SerializeToString()
        runs, blobs = [], [model]
        for run in case.runs:
            arrays = {name: np.ascontiguousarray(a) for name, a in run.items()}
            runs.append([{"name": n, "dims": list(np.shape(run[n])), "bytes": a.nbytes} for n, a in arrays.items()])
            blobs += [a.tobytes() for a in arrays.values()]
        header = json.dumps({"model": len(model), "strong": case.strong, "shapes": case.shape_inputs,
                             "variants": variants, "runs": runs}).encode()
        try:
            self.process.stdin.write(struct.pack("<I", len(header)) + header + b"".join(blobs))
            self.process.stdin.flush()
            return self._answer()
        except (BrokenPipeError, struct.error, json.JSONDecodeError) as error:
            status = self.process.wait()
            self.process = None
            self.errors.seek(0)
            text = self.errors.read().decode(errors="replace")
            raise WorkerDied(f"the worker ended with status {status} {text[-2000:]}") from error

    def _answer(self):
        read = self.process.stdout.read
        (length,) = struct.unpack("<I", read(4))
        answer = json.loads(read(length))
        for result in answer["results"]:
            result["runs"] = [[self._tensor(t) for t in run] for run in result["runs"]]
        return answer

    def _tensor(self, description):
        data = self.process.stdout.read(description["bytes"])
        kind = NUMPY.get(description["type"])
        if kind is None:
            return np.zeros(0)
        return np.frombuffer(data, kind).reshape(description["dims"])


def run_onnxruntime(model, runs):
    """Without its own rewrites of graphs, so that its bugs are those of kernels."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return [session.run(None, run) for run in runs], ""
    except Exception as error:  # the package raises a class of its own for each status
        return None, str(error)


class OnnxRuntime:
    """In a process of its own, because some models end it."""

    def __init__(self):
        self.process = None

    def run(self, case):
        """([outputs of each run], "") or (None, why not)."""
        if not self.process:
            self.process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL)
        try:
            pickle.dump((case.model.SerializeToString(), case.runs), self.process.stdin)
            self.process.stdin.flush()
            return pickle.load(self.process.stdout)
        except (BrokenPipeError, EOFError):
            status = self.process.wait()
            self.process = None
            return None, f"ONNX Runtime ended the process with status {status}"

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


def serve():
    while True:
        try:
            request = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(run_onnxruntime(*request), sys.stdout.buffer)
        sys.stdout.buffer.flush()


def second_oracle():
    """None where onnxruntime is not installed."""
    return OnnxRuntime() if importlib.util.find_spec("onnxruntime") else None


if __name__ == "__main__":
    serve()
