"""
Folders that earlier versions left are opened by this one: it shows the same
records, the same history and the same digests as was written down then, also
when it has made its tables anew, and finds nothing wrong.
"""

import glob
import json
import os
import subprocess
import unittest

from asked import HERE, Copy, fixture


def kept():
    """(version, node) of every golden folder."""
    for manifest in sorted(glob.glob(os.path.join(HERE, "*",
                                                  "manifest.json"))):
        with open(manifest, encoding="utf-8") as file:
            for node in json.load(file)["nodes"]:
                yield os.path.dirname(manifest), node


def lacks(recorded, now):
    """What was recorded and is not there now; more may be there."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        return next((found for found in (
            lacks(value, now.get(name)) for name, value in recorded.items())
            if found), None)
    if isinstance(recorded, list) and isinstance(now, list) and \
            len(recorded) == len(now):
        return next((found for found in map(lacks, recorded, now) if found),
                    None)
    return None if recorded == now else (recorded, now)


class Golden(unittest.TestCase):
    maxDiff = None

    def copies(self):
        for version, node in kept():
            with self.subTest(version=os.path.basename(version), node=node), \
                    Copy(os.path.join(version, node)) as copy:
                with open(os.path.join(version, node + ".answers.json"),
                          encoding="utf-8") as file:
                    copy.told = json.load(file)
                yield copy

    def answers_as_then(self, copy):
        # An export leaves a record, so the digest is asked for before.
        for one in sorted(copy.told, key=lambda o: o["asked"][0] == "export"):
            self.assertIsNone(lacks(one["answer"], copy.run(one["asked"])),
                              " ".join(one["asked"]))

    def test_there_is_one(self):
        self.assertTrue(list(kept()))

    def test_it_is_shown_as_it_was(self):
        for copy in self.copies():
            self.answers_as_then(copy)

    def test_it_is_shown_as_it_was_after_the_tables_were_made_again(self):
        for copy in self.copies():
            copy.run(["rebuild"])
            self.answers_as_then(copy)

    def test_nothing_is_wrong_with_it(self):
        for copy in self.copies():
            verified = copy.run(["verify"])
            self.assertEqual((verified["ok"], verified["problems"]),
                             (True, []))

    def test_it_goes_on_being_written(self):
        for copy in self.copies():
            if os.path.basename(copy.folder) == "hub":
                copy.run(["hub", "user", "add", "new"])
            else:
                made = copy.run(["account", "add", "--short-name", "新"])
                copy.run(["account", "show", made["id"]])
            self.assertTrue(copy.run(["verify"])["ok"])

    def test_two_of_one_version_still_exchange(self):
        for version in sorted({version for version, _ in kept()}):
            with Copy(os.path.join(version, "hub")) as hub, \
                    Copy(os.path.join(version, "rep1")) as rep:
                served = fixture.Process(
                    [fixture.PROGRAM, "--dir", hub.folder, "hub", "serve",
                     "--listen", "tcp://127.0.0.1:0"],
                    fixture.environment(hub.home))
                try:
                    address = served.line().split(" ", 1)[1]
                    self.assertEqual(
                        rep.run(["sync", address])["sent"]["changes"], 1)
                    ours, theirs = (one.run(["digest"])["territories"]
                                    for one in (rep, hub))
                    self.assertEqual(ours, {path: theirs[path]
                                            for path in ours})
                finally:
                    served.stop()
                    served.errors.close()

    def test_none_is_overwritten(self):
        version = os.path.basename(next(kept())[0])
        done = subprocess.run([os.path.join(HERE, "make"), version],
                              capture_output=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"FileExistsError", done.stderr)


if __name__ == "__main__":
    fixture.main()
