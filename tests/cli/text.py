"""
What was typed comes back byte for byte, what is shown moves no cursor, and
what is too much is refused.
"""

import csv
import json
import os
import random
import unicodedata

import fixture
from fixture import (NOT_FOUND, USAGE, Node, Shared)


CONTROLS = "".join(chr(c) for c in range(1, 32)) + "\x7f\x80\x9b" \
    "\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ufeff\u061c"


class Text(Shared):
    def kept(self, text):
        """Stored, shown, listed and synced as it was typed."""
        id = self.visit_note(text)
        shown = self.rep.run("visit_note", "show", id)["text"]
        self.assertEqual(shown, text)
        return id

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        account = cls.rep.run("account", "add", "--short-name", "文字")["id"]
        cls.visit = cls.rep.run("visit", "add", "--account", account,
                                "--goal", "记")["id"]

    def visit_note(self, text):
        return self.rep.run("visit", "note", self.visit, "--text=" + text,
                            "--kind", "fact")["id"]

    def test_line_breaks_are_kept(self):
        for text in ("一\n二\n三", "\n", "一\r\n二", "尾\n", "\t一\t"):
            self.kept(text)

    def test_control_and_direction_characters_are_shown_as_numbers(self):
        text = "前" + CONTROLS + "后"
        id = self.kept(text)
        account = self.rep.run("account", "add", "--legal-name",
                               "公司\u202e\u2066红\u200f")["id"]
        for args in (("visit_note", "show", id), ("visit_note", "list"),
                     ("account", "show", account), ("account", "list"),
                     ("account", "history", account),
                     ("visit", "show", self.visit), ("search", "公司"),
                     ("why", account, "legal_name")):
            out = self.rep.run(*args, json=False).out
            shown = out.decode("utf-8")
            for c in CONTROLS.replace("\n", "").replace("\t", ""):
                self.assertNotIn(c, shown, (args, hex(ord(c))))
        shown = self.rep.run("account", "show", account, json=False).out
        self.assertIn("公司\\u{202e}\\u{2066}红\\u{200f}", shown.decode())
        # In an error, too: what was typed may have been pasted.
        result = self.rep.run("account", "show", "x\x1b[31m\u202e", json=False,
                              ok=NOT_FOUND)
        self.assertNotIn(b"\x1b", result.err)
        self.assertNotIn("\u202e".encode(), result.err)
        # And on the manager's and the hub's screen.
        self.rep.sync()
        out = self.hub.run("account", "list", json=False).out.decode()
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u202e", out)

    def test_text_that_is_not_utf8_is_refused(self):
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe4\xb8",
                    b"ok\x80"):
            self.rep.fails(USAGE, "account", "add", b"--short-name=" + bad)

    def test_naughty_strings_come_back_byte_for_byte(self):
        path = fixture.shared("vectors", "blns.json")
        if not path:
            self.skipTest("no ../shared/vectors/blns.json")
        with open(path, encoding="utf-8") as file:
            strings = [s for s in json.load(file) if s and "\0" not in s]
        self.assertGreater(len(strings), 400)
        # One-line fields take no controls and line ends; notes take all.
        lines = [s for s in strings
                 if not any(unicodedata.category(c) in ("Cc", "Zl", "Zp")
                            for c in s)]
        self.assertGreater(len(lines), 400)
        account = self.rep.run("account", "add", "--short-name", "怪")["id"]
        for at in range(0, len(lines), 40):
            self.rep.run("account", "set", account,
                         *["--phones=" + s for s in lines[at:at + 40]])
        self.assertEqual(set(self.rep.run("account", "show", account)
                             ["phones"]), set(lines))
        ids = {}
        for text in strings:
            ids[self.visit_note(text)] = text
        self.rep.sync()
        for node in (self.rep, self.hub):
            notes = {n["id"]: n["text"] for n in node.run("visit_note", "list")}
            for id, text in ids.items():
                self.assertEqual(notes[id], text, node.name)
            phones = node.run("account", "show", account)["phones"]
            self.assertEqual(set(phones), set(lines))
        self.assert_equal_digests(self.rep, self.hub)
        # Whatever they are, text output neither fails nor lets them through.
        out = self.hub.run("visit_note", "list", json=False).out.decode()
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u202e", out)

    def test_a_very_long_text_is_kept_or_refused_but_never_cut(self):
        self.kept("长" * 20000)
        result = self.rep.run("visit", "note", self.visit, "--kind", "fact",
                              "--text=" + "长" * 40000, ok=None)
        self.assertIn(result.code, (0, USAGE))
        if result.code == 0:
            self.assertEqual(result.json["text"], "长" * 40000)
        else:
            self.assertTrue(result.error["message"])


class Limits(Shared):
    """What is too long or no text is refused, by a node that goes on."""

    BAD = b"\xff\xfe"

    def refused(self, node, *args, **options):
        result = node.run(*args, ok=None, **options)
        alive = self.hub.process.running()
        if not alive:
            self.shared.serve()
        self.assertTrue(alive, "the hub ended: %s" % result.err)
        self.assertIn(result.code, range(1, 8), result.err)
        self.assertEqual(result.out, b"")
        self.assertNotEqual(result.err.strip(), b"", "nothing is said")
        self.assertTrue(result.error["message"])

    def test_a_name_that_is_not_utf8_is_refused(self):
        token = self.shared.token("rep1")
        fresh = Node(self.shared, "fresh")
        for node, args in (
                (self.hub, ["hub", "user", "add", "u1", "--name", self.BAD]),
                (self.hub, ["hub", "user", "add", self.BAD]),
                (self.hub, ["hub", "territory", "add", b"east/" + self.BAD]),
                (self.hub, ["hub", "address", "add",
                            b"tcp://" + self.BAD + b":1"]),
                (self.hub, ["hub", "invite", self.BAD]),
                (fresh, ["hub", "init", "--company", self.BAD]),
                (fresh, ["hub", "init", "--company", "x", "--admin",
                         self.BAD]),
                (fresh, ["init", token, "--name", self.BAD]),
                (self.rep, ["account", "show", self.BAD]),
                (self.rep, ["account", "add", "--short-name", self.BAD]),
                (self.rep, ["account", "list", b"--territory=" + self.BAD]),
                (self.rep, ["sync", b"tcp://" + self.BAD + b":1"]),
                (self.rep, ["resolve", "ffffffff", "--value", self.BAD]),
                (self.rep, ["--lang", self.BAD, "status"]),
                (self.rep, [self.BAD]),
                (self.rep, ["account", "list", b"--" + self.BAD]),
                (self.rep, ["import", "account", "-", "--key", "code",
                            b"--source=" + self.BAD])):
            with self.subTest(repr([a for a in args if a != token])):
                self.refused(node, *args, stdin=b"code,short_name\n1,x\n")

    def test_a_name_that_is_too_long_is_refused_and_not_left_out(self):
        token = self.shared.token("rep1")
        fresh = Node(self.shared, "fresh")
        long = "长" * 30000
        for node, args in (
                (self.hub, ["hub", "user", "add", "u2", "--name", long]),
                (self.hub, ["hub", "territory", "add", "east/" + long]),
                (fresh, ["hub", "init", "--company", long]),
                (fresh, ["init", token, "--name", long]),
                (self.rep, ["account", "add", "--short-name", long]),
                (self.rep, ["account", "show", long])):
            with self.subTest([a[:20] for a in args]):
                self.refused(node, *args)

    def test_an_error_about_a_long_text_is_json_all_the_same(self):
        silent = []
        for count in range(300, 420):
            result = self.rep.run("account", "show", "长" * count,
                                  ok=NOT_FOUND)
            if not result.err.strip():
                silent.append(count)
        self.assertEqual(silent, [])
        self.rep.fails(USAGE, "account", "add", "--short-name", "x", "--tier",
                       "长" * 1000)

    def test_a_file_whose_name_is_not_utf8_can_be_imported(self):
        """As it comes out of an archive that was made on a Chinese Windows."""
        path = os.path.join(self.shared.folder.encode(),
                            "客户.csv".encode("gb18030"))
        with open(path, "wb") as file:
            file.write("code,short_name\n1,来自压缩包\n".encode())
        result = self.rep.run("import", "account", path, "--key", "code",
                              ok=None)
        self.assertIn(result.code, (0, USAGE), str(result))
        report = self.rep.run("import", "account", path, "--key", "code",
                              "--source", "客户")
        self.assertEqual(report["rejected"], [])

    def test_nothing_is_printed_that_is_no_text(self):
        for command in self.rep.run("--help"):
            words = [w for w in (command["noun"] or "account",
                                 command["verb"]) if w]
            node = self.hub if words[0].startswith("hub") else self.rep
            words = " ".join(words).split()
            if words[-1] == "serve":
                continue
            result = node.run(*words, *["x"] * 70, json=False, ok=None)
            self.assertNotIn(b"(null)", result.out + result.err,
                             " ".join(words))

    def test_much_text_at_once_arrives_whole(self):
        rng = random.Random(fixture.SEED)
        account = self.rep.run("account", "add", "--short-name", "多")["id"]
        visit = self.rep.run("visit", "add", "--account", account, "--goal",
                             "多")["id"]
        texts = ["".join(chr(rng.randrange(0x4e00, 0x9fff))
                         for _ in range(20000)) for _ in range(60)]
        path = os.path.join(self.shared.folder, "notes.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["visit_id", "text", "kind"]] +
                [[visit, text, "fact"] for text in texts])
        report = self.rep.run("import", "visit_note", path)
        self.assertEqual((report["added"], report["rejected"]), (60, []))
        phones = ["021-%04d" % i for i in range(3000)]
        self.rep.run("account", "set", account,
                     *["--phones=" + p for p in phones])
        self.rep.sync()
        notes = {n["text"] for n in self.hub.run("visit_note", "list")}
        self.assertLessEqual(set(texts), notes)
        self.assertEqual(set(self.hub.run("account", "show", account)
                             ["phones"]), set(phones))
        self.assert_equal_digests(self.rep, self.hub)


if __name__ == "__main__":
    fixture.main()
