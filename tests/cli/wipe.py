"""
A device that was shut out erases itself: when head office has what it owed, at
once when it was stolen, and whoever ends it in the middle.
"""

import itertools
import os
import random
import shutil
import unittest

import fixture
from fixture import NOT_FOUND, REFUSED, SEED, Case, Company, Node
from rest import LIBRARY, SECRETS, faulty, found_in, some_of, written


class Wipe(Case):
    numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi",))
        cls.addClassCleanup(cls.shared.close)
        cls.word = written(cls.shared.folder, "word", "correct horse battery")
        cls.env = {"ROADBOOK_PASSPHRASE_FILE": cls.word}
        cls.hub = cls.shared.hub
        cls.shared.serve()
        cls.boss = cls.shared.enrol("boss", "east", "manager")

    def setUp(self):
        self.login = "rep%d" % next(self.numbers)
        self.shared.user(self.login)
        self.rep = Node(self.shared, self.login)
        self.rep.run("init", self.shared.token(self.login, "east/linxi"),
                     env=self.env)
        self.rep.run("unlock", env=self.env)
        self.addCleanup(self.rep.run, "lock")
        self.rep.sync()
        self.device = self.rep.run("status")["device"]
        self.rep.run("account", "add", "--short-name", SECRETS[0])

    def revoke(self, *how):
        self.hub.run("hub", "revoke", self.login, *how)

    def assert_erased(self, node):
        self.assertEqual(set(os.listdir(node.dir)), {"lock", "wiped"})
        with open(os.path.join(node.dir, "wiped"), encoding="utf-8") as file:
            self.assertTrue(file.read().startswith(self.device + " "))
        for command in (["status"], ["sync"], ["account", "list"],
                        ["unlock"], ["passphrase", "change"], ["recover"]):
            error = node.fails(REFUSED, *command, env=self.env)
            self.assertIn("erased", error["message"])
        self.assertEqual(found_in(node.dir), [])

    def late(self):
        self.boss.sync()
        return [q["user"] for q in self.boss.run("quarantine", "list")]

    def test_once_head_office_has_what_it_owed(self):
        self.revoke()
        # Nobody has told it: it goes on.
        self.rep.run("account", "list")
        self.rep.fails(REFUSED, "sync")
        self.assert_erased(self.rep)
        self.assertIn(self.login, self.late())

    def receipt(self):
        return [d["erased"] for d in self.hub.run("hub", "devices")
                if d["device"] == self.device][0]

    def test_leaves_a_receipt_at_head_office(self):
        self.revoke()
        self.assertIsNone(self.receipt())
        self.rep.fails(REFUSED, "sync")
        receipt = self.receipt()
        self.assertEqual((receipt["order"], receipt["lost"]), ("revoked", 0))
        self.assertGreater(receipt["handed_over"], 0)
        event = [e for e in self.hub.run("hub", "audit")
                 if e["what"] == "wiped" and e["device"] == self.device]
        self.assertEqual([e["receipt"] for e in event], [receipt])
        # Once; and it is everybody's to see, in the directory.
        self.rep.fails(REFUSED, "sync")
        self.boss.sync()

    def test_a_receipt_waits_until_the_hub_is_met(self):
        """The line is lost when everything is erased, and comes back."""
        last = []

        def change(connection, _, piece):
            return piece, bool(last) and connection > last[0]

        company = self.company()
        company.serve()
        company.user("far")
        node = Node(company, "far")

        def receipt():
            return company.hub.run("hub", "devices")[-1]["erased"] or \
                company.hub.run("hub", "devices")[0]["erased"]

        # At no other address does it know the hub.
        with fixture.Proxy(company.hub.address, change) as proxy:
            node.run("init", company.token("far", "east/linxi",
                                           url=proxy.url), env=self.env)
            node.run("sync", env=self.env)
            node.run("account", "add", "--short-name", SECRETS[0],
                     env=self.env)
            company.hub.run("hub", "revoke", "far", "--stolen")
            last.append(len(proxy.connections))
            node.fails(REFUSED, "sync", env=self.env)
            self.assertEqual(set(os.listdir(node.dir)),
                             {"lock", "wiped", "receipt"})
            self.assertEqual(found_in(node.dir), [])
            self.assertIsNone(receipt())
            node.fails(REFUSED, "sync", env=self.env)
            self.assertIsNone(receipt())
            last.clear()
            node.fails(REFUSED, "sync", env=self.env)
            self.assertEqual(receipt()["order"], "stolen")
            self.assertGreater(receipt()["lost"], 0)
            self.assertEqual(set(os.listdir(node.dir)), {"lock", "wiped"})

    def test_not_as_long_as_something_waits_for_head_office(self):
        self.shared.hub.stop()
        self.shared.serve()
        self.revoke()
        self.boss.sync()
        self.boss.serve()
        # A colleague tells; what was written is head office's to have first.
        self.rep.run("sync", self.boss.address, ok=None)
        self.boss.stop()
        self.assertTrue(os.path.exists(os.path.join(self.rep.dir, "vault")))
        self.rep.fails(REFUSED, "sync")
        self.assert_erased(self.rep)
        self.assertIn(self.login, self.late())

    def test_not_before_head_office_can_take_what_it_owes(self):
        self.hub.run("hub", "quota", "set", self.device, "--megabytes", 1)
        chance = random.Random(SEED)
        account = self.rep.run("account", "add", "--short-name", "一家")["id"]
        for _ in range(24):
            self.rep.run("visit", "add", "--account", account, "--goal",
                         "".join(chr(chance.randrange(0x4e00, 0x9fff))
                                 for _ in range(20000)))
        self.revoke()
        # It knows that it is shut out, and its day's share is used up.
        self.rep.fails(REFUSED, "sync")
        self.assertTrue(os.path.exists(os.path.join(self.rep.dir, "vault")))
        self.hub.run("hub", "quota", "set", self.device, "--megabytes", 50)
        self.rep.fails(REFUSED, "sync")
        self.assert_erased(self.rep)
        self.assertIn(self.login, self.late())

    def test_at_once_when_it_was_stolen(self):
        self.revoke("--stolen")
        self.rep.fails(REFUSED, "sync")
        self.assert_erased(self.rep)
        self.assertNotIn(self.login, self.late())

    def test_while_it_serves(self):
        process = self.rep.start("serve")
        process.line()
        self.revoke()
        self.rep.run("sync", ok=None)
        self.assertEqual(process.wait(), REFUSED)
        self.assert_erased(self.rep)

    def test_a_new_device_is_made_in_its_place(self):
        self.revoke()
        self.rep.fails(REFUSED, "sync")
        token = self.shared.token(self.login, "east/linxi")
        self.rep.run("init", token, env=self.env)
        self.rep.run("sync", env=self.env)
        self.assertEqual(set(os.listdir(self.rep.dir)),
                         {"lock", "keys", "node.db", "vault"})

    def test_a_plain_one_and_one_that_is_let_in_keep_what_they_are(self):
        plain = Node(self.shared, self.login + "-plain")
        plain.run("init", self.shared.token(self.login))
        plain.sync()
        self.rep.sync()
        self.hub.run("hub", "revoke", plain.run("status")["device"])
        plain.fails(REFUSED, "sync")
        plain.run("status")
        self.rep.sync()
        self.rep.run("account", "list")

    @unittest.skipUnless(LIBRARY, "ROADBOOK_FAULTS is not set")
    def test_cut_short_at_any_step_it_is_finished_by_the_next_command(self):
        kept = self.rep.dir + ".kept"
        shutil.copytree(self.rep.dir, kept)
        self.addCleanup(shutil.rmtree, kept, True)
        self.revoke()

        def cut(at):
            shutil.rmtree(self.rep.dir)
            shutil.copytree(kept, self.rep.dir)
            self.rep.run("unlock", env=self.env)
            return faulty(self.rep, at, "sync", env={})

        calls = cut(0)
        self.assert_erased(self.rep)
        # It is the end of the session that erases, and the receipt goes last.
        for at in sorted({*some_of("wipe", calls), calls - 1, calls,
                          *range(calls - 60, calls, 12)}):
            with self.subTest(at=at):
                cut(at)
                self.rep.run("sync", ok=None, env=self.env)
                self.assert_erased(self.rep)

    def test_somebody_elses_folder_is_none_of_its(self):
        node = Node(self.shared, "nothing")
        os.mkdir(node.dir)
        self.addCleanup(shutil.rmtree, node.dir)
        with open(os.path.join(node.dir, "mine"), "w", encoding="utf-8") as f:
            f.write("x")
        node.fails(NOT_FOUND, "status")
        self.assertEqual(os.listdir(node.dir), ["mine"])


if __name__ == "__main__":
    fixture.main()
