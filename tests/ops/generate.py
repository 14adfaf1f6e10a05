# SPDX-License-Identifier: Apache-2.0
"""Remakes tests/ops/golden/*.case. Needs numpy, ml_dtypes, onnx and onnxruntime; the tests themselves need none."""
import os

import goldens
import problems_contraction
import problems_movement
import problems_other
import problems_pointwise
import problems_recurrent
import problems_window

for module in (problems_pointwise, problems_contraction, problems_window, problems_movement, problems_other,
               problems_recurrent):
    module.make()
goldens.write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden"))
