# SPDX-License-Identifier: Apache-2.0
"""One line on the terminal that tells how far a build is, once it has taken a while."""
import sys
import threading
import time

import tensorrt as trt

PATIENCE = 1.0  # seconds of silence


class Progress(trt.IProgressMonitor):
    """Shows the phases that are under way, outermost first; `show` is True, False, or None to decide by the terminal."""

    def __init__(self, show=None, stream=None):
        super().__init__()
        self.stream = stream or sys.stderr
        self.show = self.stream.isatty() if show is None else show
        self.start = time.monotonic()
        self.phases = {}
        self.width = 0
        self.lock = threading.Lock()

    def phase_start(self, phase_name, parent_phase, num_steps):
        with self.lock:
            self.phases[phase_name] = [0, num_steps]
        self._draw()

    def step_complete(self, phase_name, step):
        with self.lock:
            if phase_name in self.phases:
                self.phases[phase_name][0] = step + 1
        self._draw()
        return True

    def phase_finish(self, phase_name):
        with self.lock:
            self.phases.pop(phase_name, None)
        self._draw()

    def _draw(self):
        seconds = time.monotonic() - self.start
        if not self.show or seconds < PATIENCE:
            return
        with self.lock:
            parts = [f"{name} {done}/{steps}" for name, (done, steps) in self.phases.items()]
            text = f"building, {seconds:.0f} s: " + " > ".join(parts)
            self.stream.write("\r" + text.ljust(self.width))
            self.stream.flush()
            self.width = len(text)

    def close(self):
        """Ends the line, if one was begun."""
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
            self.width = 0
