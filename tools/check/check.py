#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""House rules that a machine can check, on the files that git tracks: format, layering, sizes, licence lines, words,
syntax. Prints one line a finding and returns 1 when there is any; notes do not count. Tested by check_test.py.

    tools/check/check.py [--only format,layering,...]
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

CPP = (".cpp", ".h")
CODE = (*CPP, ".py", ".sh", ".cmake", ".fbs", ".def")
SCRIPT_NAMES = {"dev", "run", "CMakeLists.txt"}
DATA = re.compile(r"^tests/models/|\.(onnx|pb|bin|png|golden|graph|case)$|^LICENSE$|^tests/fuzz/corpus/|/generated/")
HARD_STOP, LONG_SOURCE, LONG_HEADER = 600, 400, 150
NO_SIZE_LIMIT = re.compile(r"^(include|hostcuda/include)/|\.def$|^tests/.*\.(txt|json)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
PUBLIC_HEADER = re.compile(r"^(Nv\w+\.h|impl/Nv\w+\.h|opentrt/)")
CLIENTS = ("tools", "demo", "bench")
WORDS = [
    (re.compile(r"(?<![\w.}$~/-])/(home|root|work|Users|mnt)/\w"), "absolute path of somebody's machine"),
    (re.compile(r"(?<![\w.\"'*\\])\.(library|mirror|brought)\b"), "folder that the repository does not have"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "unfinished work belongs in an issue"),
]


class Tree:
    def __init__(self, root, files):
        self.root, self.files = pathlib.Path(root), sorted(files)

    @classmethod
    def of_git(cls, root):
        out = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
        files = [f for f in out.decode().split("\0") if f]
        return cls(root, [f for f in files if (pathlib.Path(root) / f).is_file()])

    def lines(self, file):
        return (self.root / file).read_text(encoding="utf-8", errors="replace").splitlines()

    def code(self, endings=CODE):
        names = SCRIPT_NAMES if endings is CODE else ()
        wanted = [f for f in self.files if f.endswith(endings) or os.path.basename(f) in names]
        return [f for f in wanted if not DATA.search(f)]


def allowed_includes(text):
    """Rows `| folder | may include |` of src/README.md: folder -> set of folders."""
    rows = {}
    inside = False
    for line in text.splitlines():
        cells = [c.strip(" `") for c in line.strip().strip("|").split("|")]
        if cells[:2] == ["folder", "may include"]:
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and len(cells) == 2 and not set(cells[0]) <= set("-: "):
            rows[cells[0]] = {c.strip(" `") for c in cells[1].split(",") if c.strip()}
    return rows


def check_table(rows):
    """A folder includes only folders listed above it, so the order of the table is the order of the data flow."""
    seen = {"include/"}
    for folder, allowed in rows.items():
        for other in sorted(allowed - seen):
            yield f"src/README.md: {folder} may include {other}, which is not listed above it"
        seen.add(folder)


def check_layering(tree):
    if "src/README.md" not in tree.files:
        return ["src/README.md is missing; it holds the table of allowed includes"]
    rows = allowed_includes((tree.root / "src/README.md").read_text())
    found = list(check_table(rows)) if rows else ["src/README.md: no table '| folder | may include |'"]
    for file in tree.code(CPP):
        parts = file.split("/")
        if parts[0] == "src" and len(parts) > 2:
            folder = parts[1]
            if folder not in rows:
                found.append(f"{file}:1: folder src/{folder} is not in the table of src/README.md")
                continue
            allowed = rows[folder] | {folder}
        elif parts[0] in CLIENTS:
            folder, allowed = parts[0], {"include/"}
        elif parts[0] == "hostcuda":
            folder, allowed = "hostcuda", set()
        else:
            continue
        # A unit test stands beside what it tests and may use anything to set the scene.
        if file.endswith("_test.cpp"):
            continue
        for number, line in enumerate(tree.lines(file), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            name = match.group(1)
            target = "include/" if PUBLIC_HEADER.match(name) else name.split("/")[0] if "/" in name else None
            if target in rows or target == "include/":
                if target not in allowed:
                    found.append(f'{file}:{number}: {folder} may not include "{name}"; src/README.md has the table')
    return found


def check_sizes(tree, notes):
    found = []
    for file in tree.code():
        if NO_SIZE_LIMIT.search(file):
            continue
        count = len(tree.lines(file))
        limit = LONG_HEADER if file.endswith(".h") else LONG_SOURCE
        if count > HARD_STOP:
            found.append(f"{file}:{HARD_STOP}: {count} lines, the limit is {HARD_STOP}; split it")
        elif count > limit:
            notes.append(f"{file}: {count} lines, better under {limit}")
    return found


def check_licence(tree):
    found = []
    for file in tree.code():
        head = tree.lines(file)[:2]
        at = 1 if head and head[0].startswith("#!") else 0
        if len(head) <= at or not head[at].endswith("SPDX-License-Identifier: Apache-2.0"):
            found.append(f"{file}:{at + 1}: the line 'SPDX-License-Identifier: Apache-2.0' is missing")
    return found


def check_words(tree):
    found = []
    for file in tree.files:
        if DATA.search(file) or file.startswith("tools/check/check"):
            continue
        for number, line in enumerate(tree.lines(file), 1):
            for pattern, why in WORDS:
                match = pattern.search(line)
                if match:
                    found.append(f"{file}:{number}: '{match.group(0).strip()}': {why}")
    return found


def check_listed(tree):
    """Every source is named in a CMakeLists.txt of its folder or of one above: a forgotten file would not be built."""
    found, texts = [], {}
    for file in tree.files:
        if os.path.basename(file) == "CMakeLists.txt":
            texts[os.path.dirname(file)] = (tree.root / file).read_text()
    for file in tree.code((".cpp",)):
        if file.split("/")[0] not in ("src", "hostcuda", *CLIENTS):
            continue
        folder, listed = os.path.dirname(file), False
        while not listed:
            relative = os.path.relpath(file, folder or ".")
            stem = relative[: -len(".cpp")]
            text = texts.get(folder, "")
            listed = bool(re.search(rf"(?<![\w/]){re.escape(stem)}(\.cpp)?(?![\w/])", text))
            if not folder:
                break
            folder = os.path.dirname(folder)
        if not listed:
            found.append(f"{file}:1: named in no CMakeLists.txt")
    return found


def check_example(tree):
    """The program in README.md is the compiled one, word for word."""
    if "README.md" not in tree.files or "demo/first.cpp" not in tree.files:
        return []
    program = "\n".join(tree.lines("demo/first.cpp")[1:])
    if f"```cpp\n{program}\n```" in "\n".join(tree.lines("README.md")):
        return []
    return ["README.md:1: its C++ program is not the text of demo/first.cpp"]


def check_syntax(tree):
    found = []
    for file in tree.files:
        if DATA.search(file):
            continue
        first = tree.lines(file)[:1]
        shell = bool(first and re.match(r"#!.*\bbash\b", first[0]))
        if file.endswith(".py"):
            try:
                compile("\n".join(tree.lines(file)) + "\n", file, "exec")
            except SyntaxError as e:
                found.append(f"{file}:{e.lineno}: {e.msg}")
        elif shell or file.endswith(".sh"):
            done = subprocess.run(["bash", "-n", file], cwd=tree.root, capture_output=True, text=True)
            if done.returncode:
                found.append(f"{file}:1: {done.stderr.strip()}")
    return found


def check_written_pages(tree):
    """docs/operators.md and docs/layers.md are written by programs; they must say what the code says."""
    found = []
    for page in ("operators", "layers"):
        command = [sys.executable, f"docs/{page}.py", "--check"]
        done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
        found += (done.stdout + done.stderr).strip().splitlines()[:1]
    return found


def check_format(tree):
    files = tree.code(CPP)
    chunks = [files[i : i + 20] for i in range(0, len(files), 20)]

    def run(chunk):
        done = subprocess.run(
            ["clang-format", "--dry-run", "-Werror", *chunk], cwd=tree.root, capture_output=True, text=True
        )
        return done.stderr if done.returncode else ""

    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            output = "\n".join(pool.map(run, chunks))
    except FileNotFoundError:
        return ["clang-format is not installed"]
    places = {}
    for match in re.finditer(r"^(\S+?):(\d+):\d+: error: code should be clang-formatted", output, re.M):
        places.setdefault(match.group(1), []).append(match.group(2))
    found = [f"{f}:{n[0]}: not formatted in {len(n)} places; clang-format -i {f}" for f, n in sorted(places.items())]
    return found if found or not output.strip() else [output.strip()]


def main():
    notes = []
    checks = {
        "layering": check_layering,
        "sizes": lambda tree: check_sizes(tree, notes),
        "licence": check_licence,
        "words": check_words,
        "listed": check_listed,
        "example": check_example,
        "pages": check_written_pages,
        "syntax": check_syntax,
        "format": check_format,
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(checks), help="names joined by commas: " + ", ".join(checks))
    args = parser.parse_args()
    chosen = args.only.split(",")
    if unknown := set(chosen) - set(checks):
        parser.error(f"unknown check {', '.join(sorted(unknown))}; there are {', '.join(checks)}")
    tree = Tree.of_git(pathlib.Path(__file__).resolve().parents[2])
    count = 0
    for name in chosen:
        for line in checks[name](tree):
            print(f"{line} [{name}]")
            count += 1
    for note in notes:
        print(f"note: {note}")
    print(f"check: {len(tree.files)} files, {count} problems, {len(notes)} notes")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
