"""
A second process on the folder of a node that runs: it is answered by the one
that runs, or takes the store itself when that one is gone. Nothing hangs.
"""

import csv
import fcntl
import json
import os
import signal
import subprocess
import unittest

import fixture
from fixture import (FAILED, LOCKED, NOT_FOUND, UNREACHABLE, USAGE, Case,
                     Node)

ENDING = os.environ.get("ROADBOOK_ENDING_LIBRARY", "")


class Served(Case):
    def start(self):
        company, a, b = self.two_reps()
        a.serve()
        return company, a, b

    def many_rows(self, company, count, name="many.csv"):
        path = os.path.join(company.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["code", "short_name"])
            out.writerows([[name + str(i), "第%d家长长长长长的名字" % i]
                           for i in range(count)])
        return path

    def test_commands_are_answered_by_the_node_that_runs(self):
        company, a, b = self.start()
        made = a.run("account", "add", "--short-name", "通过它写的")
        self.assertEqual(a.run("account", "show", made["id"]), made)
        a.run("account", "set", made["id"], "--industry", "media")
        self.assertEqual(len(a.run("account", "list")), 1)
        self.assertIsInstance(a.run("conflicts"), list)
        self.assertIn("east/linxi", a.digest())
        self.assertIs(a.run("verify")["ok"], True)
        a.run("rebuild")
        self.assertEqual(a.run("sync")["peer"], "hub")
        self.assertEqual(company.hub.run("account", "list")[0]["id"],
                         made["id"])
        # Codes, errors and languages come through as well.
        a.fails(NOT_FOUND, "account", "show", "ffffffff")
        a.fails(USAGE, "account", "add")
        a.fails(UNREACHABLE, "sync", "tcp://127.0.0.1:1")
        chinese = a.run("account", "show", "ffffffff", ok=NOT_FOUND,
                        env={"LANG": "zh_CN.UTF-8"}).error["message"]
        english = a.fails(NOT_FOUND, "account", "show", "ffffffff")
        self.assertNotEqual(chinese, english["message"])
        self.assertRegex(chinese, "[\u4e00-\u9fff]")
        self.assertEqual(a.stop(), 0)
        self.assertEqual(a.run("account", "show", made["id"])["industry"],
                         "media")

    def test_the_zone_and_folder_of_the_caller_are_meant(self):
        company, a, _ = self.start()
        account = a.run("account", "add", "--short-name", "时区")["id"]
        visit = a.run("visit", "add", "--account", account, "--started-at",
                      "2026-11-20 10:00", "--goal", "x",
                      env={"TZ": "Asia/Shanghai"})
        self.assertEqual(visit["started_at"], "2026-11-20T10:00:00+08:00")
        self.many_rows(company, 3, "here.csv")
        done = subprocess.run(
            a.argv("import", "account", "here.csv", "--json"),
            cwd=company.folder, capture_output=True,
            timeout=fixture.DEADLINE,
            env=fixture.environment(company.folder))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["added"], 3)
        # And the relative folder of the node itself.
        done = subprocess.run(
            [fixture.PROGRAM, "--dir", "rep1", "status", "--json"],
            cwd=company.folder, capture_output=True,
            timeout=fixture.DEADLINE,
            env=fixture.environment(company.folder))
        self.assertEqual(json.loads(done.stdout)["user"], "rep1")

    def test_standard_input_reaches_the_node_that_runs(self):
        company, a, _ = self.start()
        report = a.run("import", "account", "-", "--key", "code", "--source",
                       "stdin",
                       stdin="code,short_name\n1,来自管道\n".encode())
        self.assertEqual(report["added"], 1)
        self.assertEqual(a.run("account", "list")[0]["short_name"],
                         "来自管道")

    def test_many_at_once_are_all_answered(self):
        company, a, _ = self.start()
        count = 40
        processes = [a.start("account", "add", "--short-name", "第%d个" % i,
                             "--json") for i in range(count)]
        for process in processes:
            self.assertEqual(process.wait(), 0, process.stderr())
        self.assertEqual(
            {r["short_name"] for r in a.run("account", "list")},
            {"第%d个" % i for i in range(count)})

    def test_many_at_once_without_a_server_take_turns(self):
        company, a, _ = self.two_reps()
        count = 20
        processes = [a.start("account", "add", "--short-name", "第%d个" % i,
                             "--json") for i in range(count)]
        for process in processes:
            self.assertEqual(process.wait(), 0, process.stderr())
        self.assertEqual(len(a.run("account", "list")), count)

    def test_a_pipe_that_is_closed_early_harms_nobody(self):
        company, a, _ = self.start()
        a.run("import", "account", self.many_rows(company, 20000), "--key",
              "code")
        for args in (["account", "list"], ["account", "list", "--json"],
                     ["export", "account"]):
            process = a.start(*args)
            process.popen.stdout.read(10)
            process.popen.stdout.close()
            process.wait()
            # The node goes on.
            self.assertEqual(a.run("status")["user"], "rep1")
        self.assertEqual(len(a.run("account", "list")), 20000)

    def test_a_caller_that_does_not_read_stops_nobody_else(self):
        company, a, _ = self.start()
        a.run("import", "account", self.many_rows(company, 20000), "--key",
              "code")
        stuck = a.start("account", "list", "--json")
        stuck.popen.stdout.read(1)  # it prints, and nobody reads on
        self.assertEqual(a.run("status")["user"], "rep1")
        rest = stuck.popen.stdout.read()
        self.assertEqual(stuck.wait(), 0)
        self.assertEqual(len(json.loads(b"[" + rest)), 20000)

    def test_an_import_through_the_served_node_is_whole(self):
        company, a, b = self.start()
        path = self.many_rows(company, 5000)
        self.assertEqual(
            a.run("import", "account", path, "--key", "code")["added"], 5000)
        a.run("sync")
        b.sync()
        self.assertEqual(len(b.run("account", "list")), 5000)
        self.assert_equal_digests(a, b, company.hub)

    def test_two_serving_nodes_that_sync_each_other_do_not_wait_for_ever(self):
        company, a, b = self.start()
        b.serve()
        for round_ in range(10):
            a.run("account", "add", "--short-name", "甲%d" % round_)
            b.run("account", "add", "--short-name", "乙%d" % round_)
            both = [a.start("sync", b.address, "--json"),
                    b.start("sync", a.address, "--json")]
            for process in both:
                self.assertEqual(process.wait(), 0, process.stderr())
            self.assertEqual(len(a.run("account", "list")), 2 * round_ + 2)
            self.assert_equal_digests(a, b)

    def test_a_node_may_be_asked_while_it_syncs(self):
        company, a, b = self.start()
        a.run("import", "account", self.many_rows(company, 20000), "--key",
              "code")
        syncs = [a.start("sync", "--json") for _ in range(3)]
        asked = 0
        while any(process.running() for process in syncs):
            self.assertEqual(a.run("status")["user"], "rep1")
            asked += 1
        for process in syncs:
            self.assertEqual(process.wait(), 0, process.stderr())
        self.assertGreater(asked, 0)
        self.assert_equal_digests(a, company.hub)

    def test_a_serving_node_dialling_itself_ends(self):
        company, a, _ = self.start()
        result = a.run("sync", a.address, ok=None)
        self.assertIn(result.code, range(8))
        self.assertEqual(a.run("status")["user"], "rep1")

    def test_the_hub_is_ordered_while_it_serves(self):
        company, a, _ = self.two_reps()
        hub = company.hub
        hub.run("hub", "territory", "add", "west/hexi")
        hub.run("hub", "user", "add", "rep3")
        token = company.token("rep3", "west/hexi")
        node = Node(company, "rep3")
        self.assertEqual(node.run("init", token)["territories"],
                         ["west/hexi"])
        status = hub.run("hub", "status")
        self.assertEqual(status["listening"], hub.address)
        self.assertEqual(status["devices"], 4)


class Killed(Case):
    def test_after_kill_9_the_next_command_takes_the_store_itself(self):
        company, a, _ = self.two_reps()
        for number in range(5):
            a.serve()
            made = a.run("account", "add", "--short-name",
                         "第%d次" % number)["id"]
            a.kill()
            self.assertEqual(a.run("account", "show", made)["id"], made)
        self.assertEqual(len(a.run("account", "list")), 5)
        a.serve()
        self.assertEqual(len(a.run("account", "list")), 5)
        self.assertEqual(a.stop(), 0)
        self.assert_verified(a)

    def test_nobody_is_left_waiting_when_the_server_is_killed(self):
        company, a, _ = self.two_reps()
        for number in range(5):
            a.serve()
            before = {r["id"] for r in a.run("account", "list")}
            waiting = [a.start("account", "add", "--short-name",
                               "%d之%d" % (number, i), "--json")
                       for i in range(12)]
            # Some are answered, some are asking, some are not there yet.
            waiting[number].wait()
            a.kill()
            saved = set()
            for process in waiting:
                code = process.wait()
                # Those it had taken are told that it ended; others did it
                # themselves.
                self.assertIn(code, (0, FAILED), process.stderr())
                if code == 0:
                    saved.add(json.loads(process.popen.stdout.read())["id"])
            have = {r["id"] for r in a.run("account", "list")}
            self.assertLessEqual(before | saved, have)
            self.assertLessEqual(len(have - before), len(waiting))

    def test_a_stopped_server_makes_the_caller_wait_and_not_fail(self):
        """Whoever asks a node that is suspended is answered when it goes on."""
        company, a, _ = self.two_reps()
        a.serve()
        a.process.popen.send_signal(signal.SIGSTOP)
        asking = a.start("status", "--json")
        a.process.popen.send_signal(signal.SIGCONT)
        self.assertEqual(asking.wait(), 0, asking.stderr())
        self.assertEqual(a.stop(), 0)

    def test_a_socket_that_a_killed_server_left_is_no_hindrance(self):
        company, a, _ = self.two_reps()
        a.serve()
        a.kill()
        a.serve()
        self.assertEqual(a.run("status")["user"], "rep1")
        self.assertEqual(a.stop(), 0)

    def test_a_second_server_is_refused_and_the_first_goes_on(self):
        company, a, _ = self.two_reps()
        a.serve()
        a.fails(LOCKED, "serve", "--listen", "tcp://127.0.0.1:0")
        self.assertEqual(a.run("status")["user"], "rep1")

    def test_whoever_holds_the_lock_and_answers_nobody_is_7(self):
        company, a, _ = self.two_reps()
        with open(os.path.join(a.dir, "lock"), "rb+") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX)
            a.fails(LOCKED, "account", "list")
        self.assertEqual(a.run("account", "list"), [])

    def test_a_command_that_holds_the_store_is_waited_for(self):
        company, a, _ = self.two_reps()
        path = os.path.join(company.folder, "many.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("code,short_name\n")
            file.writelines("K%d,第%d家\n" % (i, i) for i in range(20000))
        importing = a.start("import", "account", path, "--key", "code",
                            "--json")
        counted = []
        while importing.running():
            counted.append(len(a.run("account", "list", deadline=60)))
        self.assertEqual(importing.wait(), 0, importing.stderr())
        self.assertEqual(len(a.run("account", "list")), 20000)
        self.assertEqual(counted, sorted(counted))

    @unittest.skipUnless(ENDING, "ROADBOOK_ENDING_LIBRARY is not set")
    def test_sigterm_is_heard_just_before_it_waits(self):
        company, a, _ = self.two_reps()
        company.hub.stop()
        # The library sends it; nothing else would ever end that wait.
        serving = company.started(fixture.Process(
            a.argv("serve"), dict(fixture.environment(company.folder),
                                  LD_PRELOAD=ENDING)))
        self.assertEqual(serving.wait(), 0)
        a.run("status")

    def test_sigterm_in_the_middle_of_a_sync_is_a_clean_end(self):
        company, a, b = self.two_reps()
        path = os.path.join(company.folder, "many.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("code,short_name\n")
            file.writelines("K%d,第%d家\n" % (i, i) for i in range(20000))
        a.run("import", "account", path, "--key", "code")
        syncing = a.start("sync", "--json")
        self.assertEqual(company.hub.stop(), 0)
        self.assertIn(syncing.wait(), (0, FAILED, UNREACHABLE))
        company.serve()
        a.sync()
        b.sync()
        self.assert_equal_digests(a, b, company.hub)
        self.assert_verified(a, b, company.hub)


if __name__ == "__main__":
    fixture.main()
