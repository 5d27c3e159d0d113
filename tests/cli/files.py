"""
Files that are taken in and given out, and the folder of a node.
"""

import csv
import io
import json
import os
import socket
import subprocess

import fixture
from contract import shape
from fixture import (FAILED, NOT_FOUND, UNREACHABLE, USAGE, Case, Shared)


class Files(Shared):
    def csv(self, name, text):
        path = os.path.join(self.shared.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def test_import_tells_what_it_did(self):
        path = self.csv("a.csv", "code,short_name,phones,aliases,颜色,行业\n"
                        '1,一,"021-1|021-2","老名",红,media\n'
                        '2,"二\n",x,,绿,media\n')
        report = self.rep.run("import", "account", path, "--key", "code",
                              "--map", "行业=industry")
        shape(self, report, {
            "rows": int, "added": int, "updated": int, "unchanged": int,
            "rejected": [{"line": int, "reason": str}]})
        self.assertEqual(report["rows"], 2)
        self.assertIn("颜色", json.dumps(report, ensure_ascii=False))
        one = next(a for a in self.rep.run("account", "list")
                   if a.get("external_ids") == ["a.csv:1"])
        self.assertEqual(sorted(one["phones"]), ["021-1", "021-2"])
        self.assertEqual(one["industry"], "media")

    def test_without_a_key_every_row_is_a_new_record(self):
        path = self.csv("b.csv", "short_name\n无键甲\n无键甲\n")
        for _ in range(2):
            self.assertEqual(self.rep.run("import", "account", path)["added"],
                             2)
        self.assertEqual(len([a for a in self.rep.run("account", "list")
                              if a["short_name"] == "无键甲"]), 4)

    def test_another_source_is_another_record(self):
        path = self.csv("c.csv", "code,short_name\n1,来源\n")
        first = self.rep.run("import", "account", path, "--key", "code",
                             "--source", "甲系统")
        again = self.rep.run("import", "account", path, "--key", "code",
                             "--source", "甲系统")
        other = self.rep.run("import", "account", path, "--key", "code",
                             "--source", "乙系统")
        self.assertEqual((first["added"], again["added"], other["added"]),
                         (1, 0, 1))
        self.assertEqual(
            sorted(a["external_ids"][0] for a in
                   self.rep.run("account", "list")
                   if a["short_name"] == "来源"),
            ["乙系统:1", "甲系统:1"])

    def test_wrong_imports_are_usage_errors_and_write_nothing(self):
        path = self.csv("d.csv", "code,short_name\n1,不该有\n")
        before = self.rep.digest()
        for args in (["--map", "没有=short_name"], ["--map", "code=nothing"],
                     ["--map", "code"], ["--key", "没有"],
                     ["--encoding", "latin1"]):
            with self.subTest(args):
                self.rep.fails(USAGE, "import", "account", path, *args)
        self.rep.fails(USAGE, "import", "frob", path)
        self.rep.fails(NOT_FOUND, "import", "account", path + ".no")
        self.assertEqual(self.rep.digest(), before)

    def test_gb18030_that_the_system_cannot_read_is_told_as_that(self):
        path = os.path.join(self.shared.folder, "gb.csv")
        with open(path, "wb") as file:
            file.write("short_name\n云泽\n".encode("gb18030"))
        # glibc finds a module for it, which is not there.
        modules = os.path.join(self.shared.folder, "gconv")
        os.mkdir(modules)
        with open(os.path.join(modules, "gconv-modules"), "w",
                  encoding="ascii") as file:
            file.write("module GB18030// INTERNAL absent 1\n")
        before = self.rep.digest()
        error = self.rep.fails(FAILED, "import", "account", path,
                               env={"GCONV_PATH": modules})
        self.assertIn("cannot read GB18030, or has no memory",
                      error["message"])
        self.assertEqual(error["hint"], "")
        self.assertEqual(self.rep.digest(), before)
        self.assertEqual(self.rep.run("import", "account", path,
                                      "--dry-run")["added"], 1)

    def test_undecided_fields_are_left_alone_and_reported(self):
        company, a, b = self.two_reps()
        path = os.path.join(company.folder, "w7.csv")

        def write(name, industry):
            with open(path, "w", encoding="utf-8") as file:
                file.write("code,legal_name,industry\n1,%s,%s\n" % (
                    name, industry))
            return ("import", "account", path, "--key", "code")

        a.run(*write("原名", "media"))
        id = a.run("account", "list")[0]["id"]
        a.sync()
        b.sync()
        a.run("account", "set", id, "--legal-name", "甲名")
        b.run("account", "set", id, "--legal-name", "乙名")
        a.sync()
        b.sync()
        conflicts = b.run("conflicts")
        report = b.run(*write("表名", "feed"))
        self.assertIn("legal_name", json.dumps(report))
        self.assertEqual(b.run("account", "show", id)["industry"], "feed")
        self.assertEqual(b.run("conflicts"), conflicts)

    def test_export_reads_back(self):
        rep = self.rep
        rep.run("account", "add", "--short-name", '带,"引号"', "--phones", "1",
                "--phones", "2", "--industry", "media")
        out = rep.run("export", "account", json=False).out.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        self.assertEqual(len(rows), len(rep.run("account", "list")))
        row = next(r for r in rows if r["short_name"] == '带,"引号"')
        self.assertEqual(sorted(row["phones"].split("|")), ["1", "2"])
        listed = rep.run("export", "account", "--format", "json")
        key = lambda record: record["id"]
        self.assertEqual(sorted(listed, key=key),
                         sorted(rep.run("account", "list"), key=key))


class Folders(Case):
    def test_the_folder_is_named_by_option_environment_or_xdg(self):
        company = self.company()
        home = os.path.join(company.folder, "home")
        os.mkdir(home)
        data = os.path.join(company.folder, "data")

        def run(*args, **env):
            done = subprocess.run(
                [fixture.PROGRAM, *fixture.plain(args)], capture_output=True,
                env=fixture.environment(company.folder, **env),
                timeout=fixture.DEADLINE)
            return done.returncode

        self.assertEqual(run("status", ROADBOOK_DIR=company.hub.dir), 0)
        self.assertEqual(run("status", HOME=home), NOT_FOUND)
        self.assertEqual(run("hub", "init", "--company", "x", HOME=home), 0)
        self.assertTrue(os.path.isdir(
            os.path.join(home, ".local/share/roadbook")))
        self.assertEqual(run("hub", "init", "--company", "x", HOME=home,
                             XDG_DATA_HOME=data), 0)
        self.assertTrue(os.path.isdir(os.path.join(data, "roadbook")))
        self.assertEqual(run("status", HOME=home), 0)

    def test_a_hub_that_moved_is_found_by_what_a_peer_tells(self):
        company, a, b = self.two_reps()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        company.hub.run("hub", "address", "add", "tcp://127.0.0.1:%d" % port)
        a.sync()
        company.hub.stop()
        company.port = port
        company.serve()
        self.assertEqual(a.sync()["peer"], "hub")
        b.fails(UNREACHABLE, "sync")
        a.serve()
        b.sync(a.address)
        self.assertEqual(b.sync()["peer"], "hub")


# ---- the table of commands ----


if __name__ == "__main__":
    fixture.main()
