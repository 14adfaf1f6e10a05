# SPDX-License-Identifier: Apache-2.0
"""Calibrators written in Python."""
import sys

import numpy
import pytest
import tensorrt as trt

KINDS = {"EntropyCalibrator": "EntropyCalibration", "EntropyCalibrator2": "EntropyCalibration2",
         "MinMaxCalibrator": "MinMaxCalibration", "LegacyCalibrator": "LegacyCalibration"}


def calibrator_of(kind, batches, cache=None):
    class Calibrator(getattr(trt, f"IInt8{kind}")):
        def __init__(self):
            super().__init__()
            self.batches, self.cache, self.names = list(batches), cache, None

        def get_batch_size(self):
            return 1

        def get_batch(self, names):
            self.names = names
            if not self.batches:
                return None
            self.current = self.batches.pop()
            return [self.current.ctypes.data]

        def read_calibration_cache(self):
            return self.cache

        def write_calibration_cache(self, cache):
            self.cache = bytes(cache)

        def get_quantile(self):
            return 0.5

        def get_regression_cutoff(self):
            return 1.0

    return Calibrator()


def build(small, calibrator):
    builder, network, _ = small
    config = builder.create_builder_config()
    config.set_flag(trt.BuilderFlag.INT8)
    config.int8_calibrator = calibrator
    return builder.build_serialized_network(network, config)


def scales(cache):
    lines = cache.decode().splitlines()
    return {name: numpy.uint32(int(digits, 16)).view(numpy.float32) for name, digits in
            (line.rsplit(": ", 1) for line in lines[1:])}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_measures_and_writes_its_cache(small, kind):
    batches = [numpy.random.default_rng(i).standard_normal((1, 3, 8, 8), numpy.float32) for i in range(3)]
    top = max(abs(batch).max() for batch in batches)
    calibrator = calibrator_of(kind, batches)
    assert build(small, calibrator) is not None
    assert calibrator.names == ["x"] and calibrator.batches == []
    assert calibrator.cache.startswith(b"TRT-101600-" + KINDS[kind].encode() + b"\n")
    measured = scales(calibrator.cache)
    assert {"x", "y"} <= set(measured)
    if kind == "MinMaxCalibrator":
        assert measured["x"] * 127 == pytest.approx(top)
    elif kind == "LegacyCalibrator":
        assert measured["x"] * 127 == pytest.approx(numpy.median(numpy.abs(batches)), abs=0.05)
    else:
        assert 0 < measured["x"] * 127 <= top * 1.001
    assert small[1].get_input(0).dynamic_range[1] == pytest.approx(measured["x"] * 127)


def test_a_cache_takes_the_place_of_batches(small):
    cache = b"TRT-8601-EntropyCalibration2\nx: 3c010a14\ny: 3f800000\n"
    calibrator = calibrator_of("EntropyCalibrator2", [], cache)
    assert build(small, calibrator) is not None and calibrator.names is None
    assert small[1].get_output(0).dynamic_range == (-127, 127)


def test_a_calibrator_that_fails_fails_the_build(small, logger):
    class Failing(trt.IInt8EntropyCalibrator2):
        def __init__(self):
            super().__init__()

        def get_batch_size(self):
            return 1

        def get_batch(self, names):
            raise RuntimeError("on purpose")

    seen, hook = [], sys.unraisablehook
    sys.unraisablehook = lambda event: seen.append(str(event.exc_value))
    try:
        assert build(small, Failing()) is None
    finally:
        sys.unraisablehook = hook
    assert seen == ["on purpose"] and "gave no batch" in logger.errors()[0]
