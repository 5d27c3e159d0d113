"""
kill -9 of either side at random moments: nothing that was acknowledged is
lost, the next sync completes, and everybody has the same.

The moments are drawn from one seed, as parts of how long the command took
when nobody killed it. ROADBOOK_TEST_KILLS is how often in all;
ROADBOOK_TEST_FIGURES names a file that is given, as JSON, how many it were.
"""

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import fixture
from fixture import Case

KILLS = int(os.environ.get("ROADBOOK_TEST_KILLS",
                           "20" if fixture.LIGHT else "50"))
FIGURES = os.environ.get("ROADBOOK_TEST_FIGURES")
ROWS = 400
figures = {}


def setUpModule():
    figures["began"] = time.monotonic()


def tearDownModule():
    if FIGURES:
        seconds = time.monotonic() - figures.pop("began")
        with open(FIGURES, "w", encoding="utf-8") as file:
            json.dump({"kills": sum(figures.values()), "of": figures,
                       "seconds": round(seconds, 1)}, file)


class Kill(Case):
    def setUp(self):
        self.rng = random.Random("%d %s" % (fixture.SEED, self.id()))
        self.files = 0
        self.kills = 0

    def csv(self, company, rows):
        """A file of companies that no other file has."""
        self.files += 1
        path = os.path.join(company.folder, "f%d.csv" % self.files)
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["code", "short_name", "industry"])
            for i in range(rows):
                out.writerow(["F%dR%d" % (self.files, i),
                              "文件%d第%d行" % (self.files, i), "media"])
        return path

    def kill_at_random(self, victim, span):
        """SIGKILL to the process somewhere in the span, if it still runs."""
        try:
            victim.popen.wait(self.rng.uniform(0, span))
        except subprocess.TimeoutExpired:
            victim.popen.kill()
            # One that ended by itself just now was not killed.
            self.kills += victim.popen.wait() == -signal.SIGKILL

    def until(self, kills):
        """Counts the tries until so many were killed while they ran."""
        number = 0
        while self.kills < max(1, kills) and number < 10 * max(1, kills):
            yield number
            number += 1
        self.assertGreaterEqual(self.kills, max(1, kills))

    @staticmethod
    def timed(function, *args):
        begin = time.monotonic()
        function(*args)
        return time.monotonic() - begin

    @staticmethod
    def ids(node):
        return {r["id"] for r in node.run("account", "list")}

    def check_sound(self, *nodes):
        self.assert_equal_digests(*nodes)
        self.assert_verified(*nodes)

    def told(self, what):
        figures[what] = self.kills
        print("%d %s killed while they ran" % (self.kills, what), flush=True)

    def test_an_import_that_is_killed_is_taken_up_again(self):
        company, a, b = self.two_reps()
        span = self.timed(a.run, "import", "account",
                          self.csv(company, ROWS), "--key", "code")
        acknowledged = self.ids(a)
        for number in self.until(KILLS * 2 // 10):
            # What one command said is saved before the other is killed.
            acknowledged.add(a.run("account", "add", "--short-name",
                                   "先记一笔%d" % number)["id"])
            path = self.csv(company, ROWS)
            process = a.start("import", "account", path, "--key", "code")
            self.kill_at_random(process, span)
            process.close()
            have = self.ids(a)
            self.assertLessEqual(acknowledged, have)
            came = len(have) - len(acknowledged)
            self.assertIn(came, range(ROWS + 1))
            again = a.run("import", "account", path, "--key", "code")
            self.assertEqual(
                (again["rows"], again["added"], again["unchanged"],
                 again["rejected"]), (ROWS, ROWS - came, came, []))
            acknowledged = self.ids(a)
            if number % 5 == 4:
                a.sync()
                self.check_sound(a, company.hub)
        a.sync()
        b.sync()
        self.assertEqual(self.ids(b), acknowledged)
        self.check_sound(a, b, company.hub)
        self.told("imports")

    def test_an_import_through_a_served_node_survives_the_server(self):
        company, a, b = self.two_reps()
        company.hub.stop()  # so that nothing else goes on in the served node
        a.serve(None)
        span = self.timed(a.run, "import", "account",
                          self.csv(company, ROWS), "--key", "code")
        acknowledged = self.ids(a)
        for number in self.until(KILLS // 10):
            acknowledged.add(a.run("account", "add", "--short-name",
                                   "先记一笔%d" % number)["id"])
            path = self.csv(company, ROWS)
            process = a.start("import", "account", path, "--key", "code",
                              "--json")
            self.kill_at_random(a.process, span)
            # Whoever waited for it is told, and does not hang.
            code = process.wait()
            self.assertIn(code, (0, fixture.FAILED))
            process.close()
            self.assertLessEqual(acknowledged, self.ids(a))
            if code == 0:
                self.assertGreaterEqual(len(self.ids(a)),
                                        len(acknowledged) + ROWS)
            a.run("import", "account", path, "--key", "code")
            acknowledged = self.ids(a)
            if not a.process.running():
                a.process.close()
                a.serve(None)
        a.stop()
        company.serve()
        a.sync()
        self.check_sound(a, company.hub)
        self.told("servers of an import")

    def sync_and_kill(self, company, a, b, side, number, acknowledged):
        """One sync with much to say in both directions; one side dies."""
        path = self.csv(company, ROWS)
        a.run("import", "account", path, "--key", "code")
        acknowledged.add(a.run("account", "add", "--short-name",
                               "一笔%d" % number)["id"])
        acknowledged |= self.ids(a)
        process = a.start("sync", "--json")
        if side == "client":
            self.kill_at_random(process, self.span)
            process.close()
        else:
            self.kill_at_random(company.hub.process, self.span)
            code = process.wait()
            self.assertIn(code, (0, fixture.FAILED, fixture.UNREACHABLE),
                          process.stderr())
            acknowledged_by_hub = code == 0
            process.close()
            company.hub.process.close()
            company.serve()
            if acknowledged_by_hub:
                # It said that the hub has it, so a restarted hub has it.
                self.assertLessEqual(acknowledged, self.ids(company.hub))
        self.assertLessEqual(acknowledged, self.ids(a))
        # From the other side, so that there is something to fetch.
        made = b.run("account", "add", "--short-name", "乙的%d" % number)["id"]
        b.sync()
        report = a.sync()
        self.assertEqual(report["conflicts"], 0)
        acknowledged.add(made)
        self.assertLessEqual(acknowledged, self.ids(company.hub))
        self.assertLessEqual(acknowledged, self.ids(a))
        self.assert_equal_digests(a, company.hub)

    def check_syncs(self, side, times):
        company, a, b = self.two_reps()
        a.run("import", "account", self.csv(company, ROWS), "--key", "code")
        self.span = self.timed(a.sync) * 1.2
        b.sync()
        acknowledged = self.ids(a)
        for number in self.until(times):
            with self.subTest(side=side, number=number):
                self.sync_and_kill(company, a, b, side, number, acknowledged)
            if number % 10 == 9:
                self.assert_verified(a, company.hub)
        b.sync()
        self.check_sound(a, b, company.hub)
        self.assertEqual(self.ids(a), acknowledged)
        self.told("%ss of a sync" % side)

    def check_projections(self, times, prepare, *command):
        """
        A command that makes all tables anew is killed: whoever comes next has
        them whole, by doing it again or by what was there.
        """
        company, a, _ = self.two_reps()
        a.run("import", "account", self.csv(company, ROWS), "--key", "code")
        a.sync()
        a.run("account", "add", "--short-name", "还没有封存")
        acknowledged, digest = self.ids(a), a.digest()
        prepare(a)
        span = self.timed(a.run, *command)
        for _ in self.until(times):
            prepare(a)
            process = a.start(*command)
            self.kill_at_random(process, span)
            process.close()
            self.assertEqual(self.ids(a), acknowledged)
            self.assertEqual(a.digest(), digest)
        a.run(*command)
        self.assert_verified(a)
        a.sync()
        self.check_sound(a, company.hub)

    def test_a_rebuild_that_is_killed_leaves_the_tables_as_they_were(self):
        self.check_projections(KILLS // 10, lambda node: None, "rebuild")
        self.told("rebuilds")

    @staticmethod
    def make_older(node):
        """As if the tables were those of a program with another schema."""
        with sqlite3.connect(os.path.join(node.dir, "node.db")) as db:
            changed = db.execute(
                "UPDATE _setting SET value = zeroblob(length(value)) "
                "WHERE name = 'schema'")
            assert changed.rowcount == 1
        db.close()

    def test_an_upgrade_that_is_killed_is_done_by_whoever_comes_next(self):
        self.check_projections(KILLS // 10, self.make_older, "status")
        self.told("upgrades")

    def test_a_sync_whose_caller_is_killed_completes_the_next_time(self):
        self.check_syncs("client", KILLS * 2 // 10)

    def test_a_sync_whose_hub_is_killed_completes_the_next_time(self):
        self.check_syncs("hub", KILLS * 2 // 10)

    def test_a_device_that_is_killed_while_it_enrols_can_enrol(self):
        company = self.company()
        company.serve()
        company.user("rep1")
        token = company.token("rep1", "east/linxi")
        span = self.timed(fixture.Node(company, "first").run, "init", token)
        for number in self.until(KILLS // 10):
            node = fixture.Node(company, "device%d" % number)
            token = company.token("rep1")
            process = node.start("init", token)
            self.kill_at_random(process, span)
            done = process.popen.returncode == 0
            process.close()
            if done:
                node.fails(fixture.AMBIGUOUS, "init", token)
            else:
                result = node.run("init", token, ok=None)
                # It may have been done, and killed while it said so.
                self.assertIn(result.code, (0, fixture.AMBIGUOUS),
                              str(result))
            node.sync()
            node.run("account", "add", "--short-name", "设备%d" % number)
            node.sync()
            self.assert_equal_digests(node, company.hub)
        self.told("enrolments")


if __name__ == "__main__":
    fixture.main()
