#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each rule of check.py fires on a small tree that breaks it, and is quiet on one that does not."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check

TABLE = "| folder | may include |\n|---|---|\n| base | |\n| graph | base |\n| model | include/ |\n"
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class CheckTest(unittest.TestCase):
    def tree(self, **files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        names = {"src/README.md": TABLE}
        names.update({name.replace("__", "/").replace("_DOT_", "."): text for name, text in files.items()})
        for name, text in names.items():
            path = pathlib.Path(folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return check.Tree(folder.name, names)

    def test_layering_allows_what_the_table_says(self):
        tree = self.tree(src__graph__a_DOT_h='#include "base/b.h"\n#include <vector>\n#include "graph/c.h"\n')
        self.assertEqual(check.check_layering(tree), [])

    def test_layering_refuses_the_other_direction(self):
        tree = self.tree(src__base__a_DOT_h='#pragma once\n#include "graph/c.h"\n')
        self.assertIn("src/base/a.h:2: base may not include", check.check_layering(tree)[0])

    def test_layering_keeps_public_headers_out_of_the_core(self):
        tree = self.tree(src__graph__a_DOT_h='#include "NvInfer.h"\n', src__model__m_DOT_h='#include "NvInfer.h"\n')
        found = check.check_layering(tree)
        self.assertEqual(len(found), 1)
        self.assertIn("src/graph/a.h", found[0])

    def test_layering_keeps_programs_out_of_the_source(self):
        tree = self.tree(tools__t_DOT_cpp='#include "base/b.h"\n')
        self.assertEqual(len(check.check_layering(tree)), 1)

    def test_layering_wants_every_folder_in_the_table(self):
        tree = self.tree(src__other__a_DOT_h="")
        self.assertIn("not in the table", check.check_layering(tree)[0])

    def test_table_must_follow_the_flow(self):
        rows = check.allowed_includes("| folder | may include |\n|---|---|\n| a | b |\n| b | |\n")
        self.assertEqual(len(list(check.check_table(rows))), 1)

    def test_sizes_stop_at_the_limit_and_note_below_it(self):
        notes = []
        tree = self.tree(src__base__a_DOT_cpp="\n" * 601, src__base__b_DOT_cpp="\n" * 401, include__c_DOT_h="\n" * 900)
        self.assertEqual(len(check.check_sizes(tree, notes)), 1)
        self.assertEqual(len(notes), 1)

    def test_licence_line_comes_first_or_after_the_interpreter(self):
        good = "#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n"
        tree = self.tree(a_DOT_py=good, b_DOT_cpp=SPDX, c_DOT_cpp="int a;\n")
        self.assertEqual(check.check_licence(tree)[0][:9], "c.cpp:1: ")
        self.assertEqual(len(check.check_licence(tree)), 1)

    def test_words_find_foreign_paths_and_unfinished_work(self):
        tree = self.tree(a_DOT_md="see /home" + "/me/x\n", b_DOT_cpp="// TO" + "DO later\n", c_DOT_md="build/root/x ok\n")
        self.assertEqual(len(check.check_words(tree)), 2)

    def test_sources_must_be_listed(self):
        tree = self.tree(src__base__CMakeLists_DOT_txt="room(base SOURCES a.cpp)", src__base__a_DOT_cpp="", src__base__aa_DOT_cpp="")
        found = check.check_listed(tree)
        self.assertEqual(found, ["src/base/aa.cpp:1: named in no CMakeLists.txt"])

    def test_example_is_the_compiled_program(self):
        readme = "text\n```cpp\nint main() {}\n```\n"
        good = self.tree(README_DOT_md=readme, demo__first_DOT_cpp=SPDX + "int main() {}\n")
        bad = self.tree(README_DOT_md=readme, demo__first_DOT_cpp=SPDX + "int main() { return 1; }\n")
        self.assertEqual(check.check_example(good), [])
        self.assertEqual(len(check.check_example(bad)), 1)

    def test_syntax_errors_are_found(self):
        tree = self.tree(a_DOT_py="def f(:\n", b_DOT_sh="if true\n", c_DOT_py="x = 1\n")
        self.assertEqual(len(check.check_syntax(tree)), 2)


if __name__ == "__main__":
    unittest.main()
