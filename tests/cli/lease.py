"""
Leases as people and scripts meet them, with the real program under other clocks
(libfaketime): what locks and what opens again, the sealed outbox, and clocks
that go back, jump ahead or begin at 1970.
"""

import itertools
import os
import shutil
import unittest

import fixture
from fixture import LOCKED, REFUSED, UNREACHABLE, USAGE, Case, Company, Node
from rest import LIBRARY, SECRETS, faulty, found_in, some_of, written

FAKETIME = "/usr/lib/%s-linux-gnu/faketime/libfaketime.so.1" % os.uname().machine


BOOT = os.environ.get("ROADBOOK_BOOT_LIBRARY", "")


def clock(offset):
    """The environment of a program whose clock is so far off: "+15d"."""
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": offset,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}


class Leased(Case):
    """A company with leases of 14 days, and an encrypted rep who has one."""

    numbers = itertools.count(1)
    policy = ("--days", "14", "--grace", "3", "--then", "lock")

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi",))
        cls.addClassCleanup(cls.shared.close)
        cls.word = written(cls.shared.folder, "word", "correct horse battery")
        cls.env = {"ROADBOOK_PASSPHRASE_FILE": cls.word}
        cls.hub = cls.shared.hub
        cls.shared.serve()
        cls.hub.run("hub", "policy", "lease", *cls.policy)

    def setUp(self):
        self.rep = self.leased("rep%d" % next(self.numbers))

    def leased(self, login):
        self.shared.user(login)
        node = Node(self.shared, login)
        node.run("init", self.shared.token(login, "east/linxi"), env=self.env)
        node.run("sync", env=self.env)
        self.account = node.run("account", "add", "--short-name",
                                SECRETS[0] + login, env=self.env)["id"]
        node.run("sync", env=self.env)
        self.addCleanup(shutil.rmtree, node.dir, True)
        return node

    def at(self, offset):
        return dict(self.env, **clock(offset))

    def started(self, offset, start, up_s=60):
        """
        The same on a machine that was started since: its start has a number,
        and was so long ago.
        """
        folder = self.shared.folder
        boot = written(folder, "boot%d" % start, "%08x" % start * 4)
        uptime = written(folder, "uptime", "%d.00 %d.00" % (up_s, up_s))
        env = self.at(offset)
        return dict(env, LD_PRELOAD=BOOT + ":" + env["LD_PRELOAD"],
                    ROADBOOK_BOOT_ID=boot, ROADBOOK_UPTIME=uptime)

    def visit(self, env, *more):
        return self.rep.run("visit", "add", "--account", self.account,
                            "--visited-on", "2026-11-20", *more, env=env)

    def visits(self, env=None):
        """Its own: those of other reps of the territory come, too."""
        return self.rep.run("visit", "list", "--account", self.account,
                            env=env or self.env)

    def locked(self, env):
        error = self.rep.fails(LOCKED, "account", "list", env=env)
        self.assertIn("roadbook sync", error["hint"])
        return error


@unittest.skipUnless(os.path.exists(FAKETIME), "there is no libfaketime")
class Lease(Leased):
    def test_is_told_by_status_in_both_languages(self):
        lease = self.rep.run("status", env=self.env)["lease"]
        self.assertEqual((lease["days_left"], lease["then"]), (14, "lock"))
        lease = self.rep.run("status", env=self.at("+10d"))["lease"]
        self.assertEqual(lease["days_left"], 4)
        self.rep.run("sync", env=self.env)
        text = self.rep.run("status", json=False, env=self.env).out.decode()
        self.assertIn("days left", text)
        text = self.rep.run("status", "--lang", "zh", json=False,
                            env=self.env).out.decode()
        self.assertIn("租约", text)

    def test_holds_until_its_last_day_and_locks_after_it(self):
        self.rep.run("account", "list", env=self.at("+13d"))
        self.locked(self.at("+15d"))

    def test_once_it_is_over_no_clock_opens_it_and_the_hub_does(self):
        self.locked(self.at("+15d"))
        for offset in ("-0d", "+13d", "-10d", "-3000d", "+16d"):
            self.locked(self.at(offset))
        # The real clock, too: the secret is gone.
        self.locked(self.env)
        self.rep.run("sync", env=self.env)
        self.assertEqual(
            self.rep.run("status", env=self.env)["lease"]["days_left"], 14)
        self.rep.run("account", "list", env=self.at("+13d"))

    def test_a_clock_that_is_set_to_and_fro_prolongs_nothing(self):
        # It runs on from where it was set to, and so does what is counted.
        opened = 0
        for _ in range(12):
            self.rep.run("account", "list", env=self.at("+9d"), ok=None)
            opened += self.rep.run("account", "list", env=self.at("+10d"),
                                   ok=None).code == 0
        self.assertLess(opened, 5)
        self.locked(self.at("+9d"))

    @unittest.skipUnless(BOOT, "ROADBOOK_BOOT_LIBRARY is not set")
    def test_a_clock_that_was_set_back_meanwhile_opens_nothing(self):
        self.rep.run("account", "list", env=self.at("+10d"))
        names = set(os.listdir(self.rep.dir))
        for start, offset in enumerate(("+1d", "-100d",
                                        "@1970-01-02 00:00:00")):
            error = self.rep.fails(LOCKED, "account", "list",
                                   env=self.started(offset, start + 1))
            self.assertIn("clock", error["message"])
        # Nothing is gone: a clock that is right opens it.
        self.assertEqual(set(os.listdir(self.rep.dir)), names)
        self.rep.run("account", "list", env=self.started("+11d", 9))

    @unittest.skipUnless(BOOT, "ROADBOOK_BOOT_LIBRARY is not set")
    def test_a_clock_that_stands_still_prolongs_nothing(self):
        """The machine counts how long it is up, whatever its clock says."""
        day = 24 * 3600
        stands = "@2026-11-22 12:00:00"
        self.rep.run("sync", env=self.started("+0d", 1))
        self.rep.run("account", "list", env=self.started("+0d", 1, 13 * day))
        for up in (15 * day, 20 * day):
            self.locked(self.started(stands, 1, up))

    @unittest.skipUnless(BOOT, "ROADBOOK_BOOT_LIBRARY is not set")
    def test_a_machine_without_a_clock_opens_when_it_met_the_hub(self):
        old = self.started("@1970-01-02 00:00:00", 1)
        self.rep.fails(LOCKED, "account", "list", env=old)
        self.rep.run("sync", env=old)
        self.rep.run("account", "list", env=old)
        # Until it is started again.
        self.rep.fails(LOCKED, "account", "list",
                       env=self.started("@1970-01-02 00:00:00", 2))

    def test_a_clock_that_jumped_years_ahead_locks_until_the_hub_is_met(self):
        self.locked(self.at("+3650d"))
        self.locked(self.env)
        self.rep.run("sync", env=self.env)
        self.rep.run("account", "list", env=self.env)

    def test_opens_by_a_colleague_who_carries_the_hubs_word(self):
        colleague = self.leased("colleague%d" % next(self.numbers))
        late = self.at("+338h")
        self.locked(late)
        # The hub has signed a later one meanwhile, and the colleague has it.
        self.addCleanup(self.shared.serve)
        self.shared.hub.stop()
        self.shared.hub.process = self.shared.started(fixture.Process(
            self.hub.argv("hub", "serve", "--listen",
                          "tcp://127.0.0.1:%d" % self.shared.port),
            fixture.environment(self.shared.folder, **clock("+2d"))))
        self.shared.hub.process.line()
        colleague.run("sync", env=dict(self.env, **clock("+2d")))
        self.shared.hub.stop()
        error = self.rep.fails(UNREACHABLE, "sync", env=late)
        self.assertTrue(error["hint"])
        process = self.shared.started(fixture.Process(
            colleague.argv("serve", "--listen", "tcp://127.0.0.1:0",
                           passphrase=True),
            fixture.environment(self.shared.folder,
                                **dict(self.env, **clock("+2d")))))
        address = process.line().split(" ", 1)[1]
        self.rep.run("sync", address, env=late)
        process.stop()
        self.rep.run("account", "list", env=self.at("+15d"))

    def test_one_that_was_shut_out_gets_no_renewal(self):
        self.locked(self.at("+15d"))
        self.hub.run("hub", "revoke", self.rep.name)
        error = self.rep.fails(REFUSED, "sync", env=self.env)
        self.assertIn("shut out", error["message"])
        self.locked(self.env)

    def test_head_office_opens_it_and_loses_nothing(self):
        self.visit(self.env)
        self.locked(self.at("+15d"))
        other = written(self.shared.folder, "other", "another one entirely")
        request = self.rep.run(
            "recover", "--new-passphrase-file", other)["request"]
        device = self.hub.run("hub", "devices")
        device = [d for d in device if d["user"] == self.rep.name][0]
        answer = self.hub.run(
            "hub", "recover", device["device"], "--request", request,
            "--root-file", self.shared.founded["key"], "--reason",
            "lost")["answer"]
        self.rep.run("recover", "--answer", answer, "--new-passphrase-file",
                     other)
        env = {"ROADBOOK_PASSPHRASE_FILE": other}
        self.assertEqual(len(self.rep.run("visit", "list", env=env)), 1)
        self.rep.run("sync", env=env)
        self.assertEqual(
            self.rep.run("status", env=env)["lease"]["days_left"], 14)

    def test_is_held_against_an_older_key_file(self):
        """The store knows how late it was: the older file opens no more."""
        path = os.path.join(self.rep.dir, "lease")
        shutil.copy(path, path + ".kept")
        self.rep.run("account", "list", env=self.at("+15d"), ok=LOCKED)
        shutil.copy(path + ".kept", path)
        # Locked from outside, the store was not opened: it knows nothing.
        self.rep.run("account", "list", env=self.at("+13d"))
        os.replace(path + ".kept", path)
        lease = self.rep.run("status", env=self.env)["lease"]
        self.assertEqual(lease["days_left"], 1)

    def test_that_was_altered_or_removed_opens_nothing(self):
        path = os.path.join(self.rep.dir, "lease")
        with open(path, "rb") as file:
            whole = file.read()
        for at in (0, 5, 40, len(whole) // 2, len(whole) - 1):
            spoilt = bytearray(whole)
            spoilt[at] ^= 1
            with open(path, "wb") as file:
                file.write(spoilt)
            error = self.rep.fails(LOCKED, "account", "list", env=self.env)
            self.assertIn("recover", error["hint"])
        os.unlink(path)
        error = self.rep.fails(LOCKED, "account", "list", env=self.env)
        self.assertIn("recover", error["hint"])

    def test_goes_with_another_passphrase_and_another_key(self):
        other = written(self.shared.folder, "other", "another one entirely")
        self.rep.run("passphrase", "change", "--new-passphrase-file", other,
                     env=self.env)
        env = {"ROADBOOK_PASSPHRASE_FILE": other}
        self.rep.run("rekey", env=env)
        self.rep.run("account", "list", env=env)
        self.rep.fails(LOCKED, "account", "list",
                       env=dict(env, **clock("+15d")))
        self.rep.fails(LOCKED, "account", "list", env=env)
        self.rep.run("sync", env=env)
        self.rep.run("account", "list", env=env)

    def test_ends_with_the_policy(self):
        self.hub.run("hub", "policy", "lease", "--then", "off")
        self.addCleanup(self.hub.run, "hub", "policy", "lease", *self.policy)
        self.rep.run("sync", env=self.env)
        self.assertIsNone(self.rep.run("status", env=self.env)["lease"])
        self.assertNotIn("lease", os.listdir(self.rep.dir))
        self.rep.run("account", "list", env=self.at("+100d"))

    def test_a_locked_one_is_let_go_when_the_policy_ended(self):
        self.locked(self.at("+15d"))
        self.hub.run("hub", "policy", "lease", "--then", "off")
        self.addCleanup(self.hub.run, "hub", "policy", "lease", *self.policy)
        self.rep.run("sync", env=self.env)
        self.rep.run("account", "list", env=self.at("+100d"))

    def test_what_is_unlocked_is_locked_by_it_all_the_same(self):
        self.rep.run("unlock", env=self.env)
        self.addCleanup(self.rep.run, "lock")
        self.rep.run("account", "list")
        self.rep.fails(LOCKED, "account", "list", env=clock("+15d"))
        self.rep.fails(LOCKED, "account", "list")

    def test_a_clone_asks_under_the_keys_that_it_was_given(self):
        """Also when it locks a moment after it was given them."""
        clone = Node(self.shared, "clone%d" % next(self.numbers))
        shutil.copytree(self.rep.dir, clone.dir)
        self.addCleanup(shutil.rmtree, clone.dir, True)
        for node in (self.rep, clone):
            node.run("account", "add", "--short-name", "after " + node.name,
                     env=self.env)
        for _ in range(2):
            for node in (self.rep, clone):
                node.run("sync", env=self.env)
        for node in (self.rep, clone):
            error = node.fails(LOCKED, "account", "list", env=self.at("+15d"))
            self.assertIn("roadbook sync", error["hint"])
            node.run("sync", env=self.env)
            self.assertEqual(len(node.run("account", "list", env=self.env)),
                             len(self.rep.run("account", "list",
                                              env=self.env)))

    def test_the_hub_says_what_is_none(self):
        for options in (("--days", "0"), ("--days", "9999"), ("--then", "x"),
                        ("--then", "wipe", "--grace", "0"),
                        ("--days", "many")):
            self.hub.fails(USAGE, "hub", "policy", "lease", *options)
        self.assertEqual(self.hub.run("hub", "policy", "lease"),
                         {"days": 14, "grace": 3, "then": "lock"})
        self.assertIn("leases", [e["what"] for e in
                                 self.hub.run("hub", "audit")])

    def test_of_a_plain_node_there_is_none(self):
        node = self.shared.enrol("plain%d" % next(self.numbers), "east/linxi")
        node.sync()
        self.assertIsNone(node.run("status")["lease"])
        node.run("account", "list", env=clock("+100d"))


@unittest.skipUnless(os.path.exists(FAKETIME), "there is no libfaketime")
class SealedOutbox(Leased):
    def test_takes_new_records_and_writes_them_in_order_once(self):
        late = self.at("+15d")
        self.locked(late)
        goals = ["%s %d" % (SECRETS[1], i) for i in range(5)]
        for number, goal in enumerate(goals, 1):
            self.assertEqual(self.visit(late, "--goal", goal),
                             {"sealed": number})
        self.assertEqual(found_in(self.rep.dir), [])
        self.locked(late)
        self.rep.run("sync", env=self.env)
        self.assertEqual([v["goal"] for v in self.visits()][::-1], goals)
        self.assertNotIn("letters", os.listdir(self.rep.dir))
        # And it begins anew.
        self.locked(self.at("+15d"))
        self.assertEqual(self.visit(late), {"sealed": 1})
        self.rep.run("sync", env=self.env)
        self.assertEqual(len(self.visits()), 6)
        self.rep.run("verify", env=self.env)

    def test_tells_at_once_what_can_be_seen_to_be_wrong(self):
        late = self.at("+15d")
        self.locked(late)
        self.rep.fails(USAGE, "visit", "add", "--visited-on", "2026-11-20",
                       env=late)
        self.rep.fails(USAGE, "visit", "add", "--account", self.account,
                       "--visited-on", "yesterday-ish", env=late)
        self.rep.fails(USAGE, "visit", "add", "--no-such-option", env=late)
        self.rep.fails(LOCKED, "account", "set", self.account, "--website",
                       "x", env=late)
        self.assertNotIn("letters", os.listdir(self.rep.dir))

    def test_keeps_what_cannot_be_written_with_the_reason(self):
        late = self.at("+15d")
        self.locked(late)
        self.rep.run("visit", "add", "--account", "nobody of that name",
                     "--visited-on", "2026-11-20", env=late)
        self.visit(late)
        self.rep.run("sync", env=self.env)
        self.assertEqual(len(self.visits()), 1)
        letters = self.rep.run("letters", "list", env=self.env)
        self.assertEqual(len(letters), 1)
        self.assertIn("nobody of that name", letters[0]["command"])
        self.assertIn("nobody of that name", letters[0]["why"])
        self.assertEqual(
            self.rep.run("status", env=self.env)["unplaced"], 1)
        self.rep.run("letters", "drop", letters[0]["number"], env=self.env)
        self.assertEqual(self.rep.run("letters", "list", env=self.env), [])

    def test_is_added_to_by_nobody_without_the_passphrase(self):
        late = self.at("+15d")
        self.locked(late)
        self.visit(late)
        self.rep.fails(LOCKED, "visit", "add", "--account", self.account,
                       "--visited-on", "2026-11-20", env=clock("+15d"))
        path = os.path.join(self.rep.dir, "letters")
        with open(path, "rb") as file:
            whole = file.read()
        # The one that is there, once more; and one that is altered.
        with open(path, "ab") as file:
            file.write(whole[20:])
        self.rep.run("sync", env=self.env)
        self.assertEqual(len(self.visits()), 1)

    def test_tells_of_letters_that_were_taken_out(self):
        late = self.at("+15d")
        self.locked(late)
        path = os.path.join(self.rep.dir, "letters")
        self.visit(late)
        size = os.path.getsize(path)
        self.visit(late)
        os.truncate(path, size)
        error = self.rep.run("visit", "add", "--account", self.account,
                             "--visited-on", "2026-11-20", env=late, ok=1)
        self.assertIn("letters", error.error["message"])
        result = self.rep.run("sync", json=False, env=self.env, ok=0)
        self.assertIn(b"missing", result.err)
        self.assertEqual(len(self.visits()), 1)

    @unittest.skipUnless(LIBRARY and BOOT, "ROADBOOK_FAULTS is not set")
    def test_loses_nothing_whoever_ends_it(self):
        """
        At each call on the disk, while a letter is put in and taken out. What
        locks is a clock that is behind, so that no hub is needed to open it.
        """
        behind = self.started("@1970-01-02 00:00:00", 1)
        right = self.started("+0d", 2)
        self.locked(behind)
        kept = self.rep.dir + ".kept"
        shutil.copytree(self.rep.dir, kept)
        self.addCleanup(shutil.rmtree, kept, True)

        def again():
            shutil.rmtree(self.rep.dir)
            shutil.copytree(kept, self.rep.dir)

        adding = ("visit", "add", "--account", self.account, "--visited-on",
                  "2026-11-20")
        calls = faulty(self.rep, 0, *adding, env=behind)
        for at in some_of("put in", calls):
            with self.subTest(at=at):
                again()
                faulty(self.rep, at, *adding, env=behind)
                result = self.rep.run(*adding, env=behind)
                self.assertIn(result["sealed"], (1, 2))
                self.assertEqual(len(self.visits(right)), result["sealed"])
        again()
        for _ in range(3):
            self.visit(behind)
        shutil.rmtree(kept)
        shutil.copytree(self.rep.dir, kept)
        calls = faulty(self.rep, 0, "status", env=right)
        for at in some_of("taken out", calls):
            with self.subTest(at=at):
                again()
                faulty(self.rep, at, "status", env=right)
                self.assertEqual(len(self.visits(right)), 3)
                self.assertNotIn("letters", os.listdir(self.rep.dir))


@unittest.skipUnless(os.path.exists(FAKETIME), "there is no libfaketime")
class WipingLease(Leased):
    policy = ("--days", "14", "--grace", "3", "--then", "wipe")

    def erased(self, env):
        error = self.rep.fails(REFUSED, "account", "list", env=env)
        self.assertIn("erased", error["message"])

    def test_erases_after_the_grace_and_leaves_a_receipt(self):
        device = self.rep.run("status", env=self.env)["device"]
        self.locked(self.at("+337h"))
        self.locked(self.at("+15d"))
        self.locked(self.at("+16d"))
        # A day at the most counts each time that somebody looks.
        self.locked(self.at("+410h"))
        self.erased(self.at("+433h"))
        self.assertEqual(set(os.listdir(self.rep.dir)), {"lock", "wiped"})
        self.assertEqual(found_in(self.rep.dir), [])
        entry = [d for d in self.hub.run("hub", "devices")
                 if d["device"] == device][0]
        self.assertEqual(entry["erased"]["order"], "lease")
        self.assertIn("wiped", [e["what"] for e in
                                self.hub.run("hub", "audit")])

    def test_a_clock_that_jumps_erases_nothing(self):
        for offset in ("+3650d", "+7300d", "-3650d", "+3650d", "+0d"):
            self.locked(self.at(offset))
        self.rep.run("sync", env=self.env)
        self.rep.run("account", "list", env=self.env)


if __name__ == "__main__":
    fixture.main()
