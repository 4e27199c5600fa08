# SPDX-License-Identifier: Apache-2.0
"""Plants what must not be into a tree of our rooms, and sees the checkers find it, and only it."""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/checks"))

import house  # noqa: E402
import layers  # noqa: E402
from tree import code_only  # noqa: E402

HEAD = "// SPDX-License-Identifier: Apache-2.0\n"


class Rooms(unittest.TestCase):
    """Our rooms in a temporary folder, with nothing in them but a README.md."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        text = (ROOT / layers.PAGE).read_text(encoding="utf-8")
        page = self.root / layers.PAGE
        page.parent.mkdir(parents=True)
        page.write_text(text, encoding="utf-8")
        for room in layers.Layers(text).rooms:
            (self.root / room).mkdir(parents=True, exist_ok=True)
            (self.root / room / "README.md").touch()

    def plant(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + text, encoding="utf-8")

    def assert_found(self, checker, path, text, message):
        """The text in a new file gives exactly one finding more, on its line 2."""
        before = set(checker.check(self.root))
        self.plant(path, text)
        found = [each for each in checker.check(self.root) if each not in before]
        self.assertEqual([(each.path, each.line) for each in found], [(path, 2)])
        self.assertIn(message, found[0].message)

    def assert_silent(self, checker, path, text):
        before = set(checker.check(self.root))
        self.plant(path, text)
        self.assertEqual(set(checker.check(self.root)) - before, set())


class Layers(Rooms):
    def test_caf_in_actors_is_found(self):
        self.assert_found(
            layers, "actors/stock/planted.cpp", "#include <caf/all.hpp>\n", "only in runtime/node")

    def test_caf_in_node_is_allowed(self):
        self.assert_silent(layers, "runtime/node/planted.cpp", "#include <caf/all.hpp>\n")

    def test_the_word_sku_in_runtime_is_found(self):
        self.assert_found(layers, "runtime/flow/planted.cpp", "int sku = 0;\n", "'sku'")

    def test_a_word_hidden_in_an_identifier_is_found(self):
        for name in ("find_sku", "SkuId", "all_skus", "unitPrice", "STORE_ID", "storeId"):
            with self.subTest(name):
                self.assert_found(layers, f"runtime/flow/{name}.cpp", f"int {name};\n", name)

    def test_a_word_in_a_comment_is_found(self):
        self.assert_found(layers, "runtime/flow/planted.cpp", "// each basket\n", "'basket'")

    def test_words_that_only_contain_one_are_not(self):
        text = "// until, still, distill; store; priced\nint restore_id;\n"
        self.assert_silent(layers, "runtime/flow/planted.cpp", text)

    def test_the_word_sku_in_actors_is_allowed(self):
        self.assert_silent(layers, "actors/stock/planted.cpp", "int sku = 0;\n")

    def test_looking_up_a_layer_is_found(self):
        self.plant("runtime/flow/planted.hpp", "")
        self.assert_found(
            layers,
            "runtime/base/planted.cpp",
            '#include "runtime/flow/planted.hpp"\n',
            "runtime/base may not include runtime/flow",
        )

    def test_looking_down_through_another_room_is_allowed(self):
        self.plant("runtime/base/planted.hpp", "")
        text = '#include "runtime/base/planted.hpp"\n#include <vector>\n'
        self.assert_silent(layers, "runtime/window/planted.cpp", text)

    def test_an_include_that_is_not_from_the_root_is_found(self):
        self.plant("runtime/base/planted.hpp", "")
        self.assert_found(
            layers, "runtime/base/planted.cpp", '#include "planted.hpp"\n', "from the root")

    def test_a_library_nobody_chose_is_found(self):
        self.assert_found(
            layers, "runtime/io/planted.cpp", "#include <gtk/gtk.h>\n", "of no library")

    def test_a_library_of_one_file_is_found_beside_it(self):
        self.plant("runtime/base/yaml_more.cpp", "")
        self.assert_found(
            layers,
            "runtime/base/yamlish.cpp",
            "#include <yaml-cpp/yaml.h>\n",
            "only in runtime/base/yaml",
        )

    def test_the_page_names_only_rooms_above(self):
        page = layers.Layers("[rooms]\na: b\nb:\n")
        self.assertEqual([(each.line, each.path) for each in page.findings], [(2, layers.PAGE)])


class House(Rooms):
    def test_the_wall_clock_in_the_engine_is_found(self):
        text = "auto now = std::chrono::system_clock::now();\n"
        self.assert_found(house, "runtime/flow/planted.cpp", text, "base::clock")

    def test_the_wall_clock_in_a_comment_or_literal_is_not(self):
        text = '// system_clock::now\nauto text = "system_clock::now"; int many = 1\'000;\n'
        self.assert_silent(house, "runtime/flow/planted.cpp", text)

    def test_chance_out_of_nowhere_is_found(self):
        for number, text in enumerate(("rand()", "std::random_device{}()")):
            with self.subTest(text):
                path = f"actors/sku/planted{number}.cpp"
                self.assert_found(house, path, f"auto dice = {text};\n", "chance")

    def test_a_name_that_ends_like_rand_is_not(self):
        self.assert_silent(house, "actors/sku/planted.cpp", "auto brand = operand(1);\n")

    def test_sleeping_in_the_engine_is_found(self):
        text = "std::this_thread::sleep_for(time);\n"
        self.assert_found(house, "runtime/node/planted.cpp", text, "wait for")

    def test_a_wide_line_is_found(self):
        self.assert_found(house, "actors/sku/planted.cpp", "// " + "ä" * 98 + "\n", "101 columns")

    def test_a_promise_is_found(self):
        text = "// TO" + "DO: later\n"
        self.assert_found(house, "runtime/flow/planted.cpp", text, "do it now")

    def test_using_namespace_in_a_header_is_found(self):
        self.plant("runtime/flow/user.cpp", '#include "runtime/flow/planted.hpp"\n')
        text = "using namespace std;\n#pragma once\n"
        self.assert_found(house, "runtime/flow/planted.hpp", text, "in a header")

    def test_a_file_without_license_line_is_found(self):
        file = self.root / "tools/world/planted.cpp"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("int x;\n", encoding="utf-8")
        found = [each for each in house.check(self.root) if each.path == "tools/world/planted.cpp"]
        self.assertEqual([each.line for each in found], [1])

    def test_a_header_nobody_includes_is_found(self):
        self.plant("runtime/flow/planted.hpp", "#pragma once\n")
        self.plant("runtime/flow/planted.cpp", '#include "runtime/flow/planted.hpp"\n')
        found = [each for each in house.check(self.root) if "planted" in each.path]
        self.assertEqual([each.message for each in found], ["no other file includes it"])

    def test_a_room_without_readme_is_found(self):
        self.plant("runtime/view/planted.cpp", "")
        (self.root / "runtime/view/README.md").unlink()
        self.assertIn("runtime/view/README.md", [each.path for each in house.check(self.root)])

    def test_a_stranger_at_the_top_is_found(self):
        (self.root / "notes.txt").touch()
        self.assertIn("notes.txt", [each.path for each in house.check(self.root)])


class CodeOnly(unittest.TestCase):
    def test_literals_and_comments_are_blanked_and_lines_kept(self):
        text = 'a /* b\nc */ d "e//f" R"(g\n")" \'h\' 1\'000\'000 // i\nj'
        self.assertEqual(code_only(text).split(), ["a", "d", "1'000'000", "j"])
        self.assertEqual(code_only(text).count("\n"), text.count("\n"))


if __name__ == "__main__":
    unittest.main()
