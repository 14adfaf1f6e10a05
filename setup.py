# SPDX-License-Identifier: Apache-2.0
"""Packs build/python and the libraries it needs into a wheel. CMake builds them, in the folder that ./dev uses."""
import os
import pathlib
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parent
BUILD = ROOT / os.environ.get("OPENTRT_BUILD_DIR", "build")
LIBRARIES = ["libnvinfer.so.10", "libnvinfer_plugin.so.10", "libnvonnxparser.so.10", "libdnnl.so.3"]
FOREIGN = ("libhwy.", "libgomp.")  # of the system; a machine without a compiler lacks them


class Pack(build_py):
    """Copies the packages and, beside the extension module, its libraries; the module looks for them there."""

    def run(self):
        if not (BUILD / "build.ninja").exists():
            subprocess.run([ROOT / "dev", "configure"], check=True)
        subprocess.run(["ninja", "-C", BUILD, "python_packages"], check=True)
        target = pathlib.Path(self.build_lib)
        for package in ("tensorrt", "opentrt"):
            shutil.rmtree(target / package, ignore_errors=True)
            shutil.copytree(BUILD / "python" / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
        folder = target / "tensorrt" / "lib"
        folder.mkdir()
        for name in LIBRARIES:
            shutil.copy2(BUILD / "lib" / name, folder / name)
        for line in subprocess.check_output(["ldd", BUILD / "lib" / LIBRARIES[0]], text=True).splitlines():
            name, _, rest = line.strip().partition(" => ")
            if name.startswith(FOREIGN):
                shutil.copy2(rest.split()[0], folder / name)


class Binary(Distribution):
    """A wheel for one interpreter and machine, though setuptools sees no extension to compile."""

    def has_ext_modules(self):
        return True


BUILD.mkdir(parents=True, exist_ok=True)  # setuptools asks for the folder before anything is built
setup(cmdclass={"build_py": Pack}, distclass=Binary, packages=["tensorrt", "opentrt"],
      package_dir={"tensorrt": "python/tensorrt", "opentrt": "python/opentrt"},
      options={"build": {"build_base": str(BUILD / "wheel")}, "egg_info": {"egg_base": str(BUILD)}})
