# SPDX-License-Identifier: Apache-2.0
"""What pip asks of setup.py before anything is built."""
import os
import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("setuptools", reason="pip brings setuptools for the wheel; this environment has none")
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def test_metadata_needs_no_build_folder(tmp_path):
    build = tmp_path / "none"
    subprocess.run([sys.executable, "setup.py", "-q", "egg_info"], cwd=ROOT, check=True,
                   env=os.environ | {"OPENTRT_BUILD_DIR": str(build)})
    assert "Name: opentrt" in (build / "opentrt.egg-info" / "PKG-INFO").read_text()
