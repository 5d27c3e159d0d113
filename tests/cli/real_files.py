"""
Real companies, imported by two reps, reach the hub, a manager and head
office; who has what, and that nothing is taken in twice.
"""

import csv
import io
import os
import unittest

import fixture
from fixture import Case, Company

CHINESE = fixture.shared("data", "cn-listed-companies.csv")
AMERICAN = fixture.shared("data", "sp500-constituents.csv")


def rows_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@unittest.skipUnless(CHINESE and AMERICAN, "no ../shared/data")
class RealFiles(Case):
    EAST = ("import", "account", CHINESE, "--map", "公司简称=short_name",
            "--map", "行业=industry", "--key", "证券代码")
    WEST = ("import", "account", AMERICAN, "--map", "Security=legal_name",
            "--map", "GICS Sector=industry", "--key", "Symbol")

    @classmethod
    def setUpClass(cls):
        cls.company = Company(("east/linxi", "west/nasdaq"))
        cls.addClassCleanup(cls.company.close)
        company = cls.company
        company.serve()
        cls.hub = company.hub
        cls.east = company.enrol("rep_e", "east/linxi")
        cls.west = company.enrol("rep_w", "west/nasdaq")
        cls.manager = company.enrol("manager", "east", "manager")
        cls.hq = company.enrol("hq", "/", "hq")
        cls.imported = cls.east.run(*cls.EAST), cls.west.run(*cls.WEST)
        for node in (cls.east, cls.west, cls.manager, cls.hq):
            node.sync()

    def test_every_row_is_taken_in(self):
        for report, path, count in ((self.imported[0], CHINESE, 3621),
                                    (self.imported[1], AMERICAN, 503)):
            self.assertEqual(len(rows_of(path)), count)
            self.assertEqual(
                {k: report[k] for k in ("rows", "added", "updated",
                                        "unchanged", "rejected")},
                {"rows": count, "added": count, "updated": 0, "unchanged": 0,
                 "rejected": []})

    def test_each_has_what_its_grants_open(self):
        for node, count in ((self.east, 3621), (self.west, 503),
                            (self.manager, 3621), (self.hq, 4124),
                            (self.hub, 4124)):
            self.assertEqual(len(node.run("account", "list")), count,
                             node.name)
        self.assert_equal_digests(self.hub, self.hq, self.manager, self.east)
        self.assert_equal_digests(self.hub, self.hq, self.west)
        self.assertNotIn("west/nasdaq", self.manager.digest())
        self.assertIn("east/linxi", self.manager.digest())

    def test_every_name_is_there_as_it_stands_in_the_file(self):
        listed = self.hq.run("account", "list")
        for path, column, field, source, key, territory in (
                (CHINESE, "公司简称", "short_name", "cn-listed-companies.csv",
                 "证券代码", "east/linxi"),
                (AMERICAN, "Security", "legal_name",
                 "sp500-constituents.csv", "Symbol", "west/nasdaq")):
            found = {a["external_ids"][0]: a for a in listed
                     if a["territory"] == territory}
            for row in rows_of(path):
                account = found["%s:%s" % (source, row[key])]
                self.assertEqual(account[field], row[column].strip())

    def test_a_second_import_adds_and_changes_nothing(self):
        for node, args, count in ((self.east, self.EAST, 3621),
                                  (self.west, self.WEST, 503)):
            before = node.digest()
            again = node.run(*args)
            self.assertEqual(
                (again["added"], again["updated"], again["unchanged"]),
                (0, 0, count))
            self.assertEqual(node.digest(), before)
            self.assertEqual(
                node.run("status")["territories"][0]["pending"], 0)

    def test_two_reps_who_import_one_file_offline_make_the_same_records(self):
        with Company() as company:
            company.serve()
            a = company.enrol("rep1", "east/linxi")
            b = company.enrol("rep2", "east/linxi")
            for node in (a, b):
                self.assertEqual(node.run(*self.EAST)["added"], 3621)
            a.sync()
            report = b.sync()
            self.assertEqual(report["conflicts"], 0)
            a.sync()
            self.assertEqual(len(a.run("account", "list")), 3621)
            self.assert_equal_digests(a, b, company.hub)
            self.assertEqual(a.run("conflicts"), [])

    def test_what_a_person_edited_stays_when_the_file_comes_again(self):
        with Company() as company:
            company.serve()
            rep = company.enrol("rep1", "east/linxi")
            other = company.enrol("rep2", "east/linxi")
            lines = rows_of(CHINESE)[:200]
            path = os.path.join(company.folder, "list.csv")

            def write(rows):
                with open(path, "w", encoding="utf-8", newline="") as file:
                    out = csv.DictWriter(file, rows[0].keys())
                    out.writeheader()
                    out.writerows(rows)
                return ("import", "account", path, *self.EAST[3:])

            rep.run(*write(lines))
            key = "list.csv:" + lines[7]["证券代码"]
            id = next(a["id"] for a in rep.run("account", "list")
                      if a["external_ids"] == [key])
            rep.run("account", "set", id, "--short-name", "人写的名字")
            self.assertEqual(rep.run(*write(lines))["updated"], 0)
            # The same for who only got it by sync, and with other cells new.
            rep.sync()
            other.sync()
            lines[7]["行业"] = "新行业"
            lines[8]["公司简称"] = "新简称"
            report = other.run(*write(lines))
            self.assertEqual((report["added"], report["updated"]), (0, 2))
            account = other.run("account", "show", id)
            self.assertEqual(account["short_name"], "人写的名字")
            self.assertEqual(account["industry"], "新行业")

    def test_a_file_in_gb18030_gives_the_same_records(self):
        with Company() as company:
            company.serve()
            rep = company.enrol("rep1", "east/linxi")
            path = os.path.join(company.folder, "cn-listed-companies.csv")
            with open(CHINESE, encoding="utf-8-sig", newline="") as file:
                text = file.read()
            with open(path, "w", encoding="gb18030", newline="") as file:
                file.write(text.replace("\n", "\r\n"))
            report = rep.run("import", "account", path, *self.EAST[3:])
            self.assertEqual((report["added"], report["rejected"]), (3621, []))
            again = rep.run(*self.EAST)
            self.assertEqual((again["added"], again["updated"],
                              again["unchanged"]), (0, 0, 3621))
            names = {a["short_name"] for a in rep.run("account", "list")}
            self.assertEqual(
                names, {r["公司简称"].strip() for r in rows_of(CHINESE)})

    def test_export_gives_back_what_was_imported(self):
        out = self.hq.run("export", "account", json=False).out
        lines = list(csv.DictReader(io.StringIO(
            out.decode("utf-8-sig"), newline="")))
        self.assertEqual(len(lines), 4124)

    def test_a_dry_run_writes_nothing(self):
        with Company() as company:
            company.serve()
            rep = company.enrol("rep1", "east/linxi")
            report = rep.run(*self.EAST, "--dry-run")
            self.assertEqual(report["added"], 3621)
            self.assertEqual(rep.run("account", "list"), [])

    def test_rejected_rows_are_told_with_line_and_reason(self):
        with Company() as company:
            company.serve()
            rep = company.enrol("rep1", "east/linxi")
            path = os.path.join(company.folder, "bad.csv")
            with open(path, "wb") as file:
                file.write("code,short_name,employees,next_review_on\r\n"
                           "1,好,12,2026-11-20\r\n"
                           "2,\"两\r\n行\",x,\r\n"
                           "3,坏日,1,2026-13-01\r\n"
                           "4,,1,\r\n"
                           ",无键,1,\r\n"
                           "6,末,2,\r\n".encode())
            report = rep.run("import", "account", path, "--key", "code")
            self.assertEqual(report["rows"], 6)
            self.assertEqual(report["added"], 2)
            self.assertEqual([r["line"] for r in report["rejected"]],
                             [3, 5, 6, 7])
            for rejected in report["rejected"]:
                self.assertTrue(rejected["reason"])
            self.assertEqual(
                {a["short_name"] for a in rep.run("account", "list")},
                {"好", "末"})


if __name__ == "__main__":
    fixture.main()
