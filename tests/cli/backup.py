"""
Backups: one encrypted file of all that a node keeps, made while it runs, and
what becomes of it: a rep's laptop again, or the company's hub.
"""

import itertools
import os
import shutil
import unittest

import fixture
from fixture import (AMBIGUOUS, FAILED, LOCKED, NOT_FOUND, REFUSED, USAGE, Case,
                     Company, Node)
from rest import LIBRARY, SECRETS, faulty, found_in, some_of, written


class Backups(Case):
    """A company, and a rep with a laptop in each test."""

    numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi",))
        cls.addClassCleanup(cls.shared.close)
        folder = cls.shared.folder
        cls.root = cls.shared.founded["key"]
        cls.word = written(folder, "word", "correct horse battery")
        cls.other = written(folder, "other", "another one entirely")
        cls.env = {"ROADBOOK_PASSPHRASE_FILE": cls.word}
        cls.shared.serve()

    def setUp(self):
        # A territory of its own, so that no test sees what another one wrote.
        self.login = "rep%d" % next(self.numbers)
        self.territory = "east/" + self.login
        self.shared.hub.run("hub", "territory", "add", self.territory)
        self.shared.user(self.login)
        self.made = os.path.join(self.shared.folder, "made")
        os.mkdir(self.made)
        self.addCleanup(shutil.rmtree, self.made)

    def path(self, name="backup"):
        return os.path.join(self.made, name)

    def node(self, name):
        node = Node(self.shared, os.path.join("made", name))
        self.addCleanup(node.run, "lock")
        return node

    def laptop(self, encrypted=True):
        node = self.node("laptop")
        node.run("init", self.shared.token(self.login, self.territory),
                 env=self.env if encrypted else {})
        if encrypted:
            node.run("unlock", env=self.env)
        node.sync()
        return node

    def add(self, node, name):
        node.run("account", "add", "--short-name", name)

    def names(self, node, **options):
        return sorted(a["short_name"] for a in node.run(
            "account", "list", **options))

    def backup(self, node, *how, name="backup"):
        made = node.run("backup", self.path(name), *how)
        self.assertEqual(made["file"], self.path(name))
        self.assertEqual(made["bytes"], os.path.getsize(self.path(name)))
        return self.path(name)

    def restored(self, path, *how, name="again"):
        node = self.node(name)
        node.run("restore", path, *how, env=self.env)
        if "--no-encrypt" not in how:
            node.run("unlock", env=self.env)
        return node


class OfARep(Backups):
    def test_made_while_it_runs_it_is_a_node_again_with_keys_of_its_own(self):
        laptop = self.laptop()
        laptop.serve(None)
        self.add(laptop, "一")
        path = self.backup(laptop)
        self.add(laptop, "二")
        laptop.sync()
        laptop.stop()

        again = self.restored(path)
        self.assertEqual(self.names(again), ["一"])
        again.run("verify")
        # It has the old keys to ask for new ones, and for nothing else.
        again.fails(REFUSED, "account", "add", "--short-name", "三")
        old = again.run("status")["device"]
        again.sync()
        self.assertNotEqual(again.run("status")["device"], old)
        self.assertEqual(self.names(again), ["一", "二"])
        self.add(again, "三")
        again.sync()
        # The laptop that it was made on turns up, with what it wrote since.
        self.add(laptop, "四")
        for node in (laptop, laptop, again):
            node.sync()
        self.assertEqual(self.names(laptop), ["一", "三", "二", "四"])
        self.assert_equal_digests(laptop, again)
        for node in (laptop, again, self.shared.hub):
            node.run("verify")

    def test_shows_nothing_of_what_was_written(self):
        laptop = self.laptop()
        self.add(laptop, SECRETS[0])
        path = self.backup(laptop)
        self.assertEqual(found_in(self.made), [])
        again = self.restored(path)
        self.assertEqual(self.names(again), [SECRETS[0]])
        self.assertEqual(found_in(self.made), [])

    def test_opens_with_the_passphrase_of_its_day_or_the_root_key(self):
        laptop = self.laptop()
        self.add(laptop, "一")
        path = self.backup(laptop)
        laptop.run("passphrase", "change", "--new-passphrase-file",
                   self.other, env=self.env)
        again = self.node("again")
        again.encrypted = True
        again.fails(LOCKED, "restore", path)
        again.fails(LOCKED, "restore", path, "--passphrase-file", self.other)
        with Company() as company:
            again.fails(REFUSED, "restore", path, "--root-file",
                        company.founded["key"])
        self.assertFalse(os.path.exists(again.dir))
        again.run("restore", path, "--root-file", self.root,
                  "--new-passphrase-file", self.other)
        again.fails(LOCKED, "status", env=self.env)
        again.run("verify", "--passphrase-file", self.other)
        # Head office is told by the first who comes with it.
        audit = self.shared.hub.run("hub", "audit")
        again.run("sync", "--passphrase-file", self.other)
        told = self.shared.hub.run("hub", "audit")[len(audit):]
        self.assertIn("backup_opened", [e["what"] for e in told])
        self.assertNotIn("receipt", os.listdir(again.dir))

    def test_of_a_plain_node_it_is_encrypted_all_the_same(self):
        laptop = self.laptop(encrypted=False)
        self.add(laptop, SECRETS[0])
        laptop.fails(LOCKED, "backup", self.path())
        laptop.serve(None)
        # It has no terminal, and none of our variables.
        laptop.fails(LOCKED, "backup", self.path(), env=self.env)
        path = self.backup(laptop, "--passphrase-file", self.word)
        laptop.stop()
        self.backup(laptop, "--passphrase-file", self.word, name="at-rest")
        laptop.run("verify")
        shutil.rmtree(laptop.dir)
        self.assertEqual(found_in(self.made), [])
        again = self.restored(path)
        again.run("lock")
        self.assertEqual(found_in(self.made), [])
        plain = self.restored(self.path("at-rest"), "--no-encrypt",
                              name="plain")
        for node in (again, plain):
            node.run("verify", env=self.env)
            self.assertEqual(self.names(node, env=self.env), [SECRETS[0]])
            node.sync(env=self.env)
            self.assertEqual(self.names(node, env=self.env), [SECRETS[0]])

    def test_overwrites_nothing_and_is_taken_for_nothing_else(self):
        laptop = self.laptop()
        path = self.backup(laptop)
        laptop.fails(AMBIGUOUS, "backup", path)
        laptop.fails(FAILED, "backup", self.path("no/such/folder"))
        laptop.fails(AMBIGUOUS, "restore", path, env=self.env)
        laptop.run("verify")
        again = self.node("again")
        again.fails(NOT_FOUND, "restore", self.path("nowhere"), env=self.env)
        again.fails(USAGE, "restore", self.word, env=self.env)
        again.fails(USAGE, "restore", self.made, env=self.env)
        again.fails(USAGE, "hub", "restore", "--root-file", self.root,
                    "--from", path)
        with open(path, "rb") as file:
            whole = file.read()
        for spoiled, code in ((whole[4096:], FAILED), (whole[:-1], USAGE),
                              (whole[:9] + bytes([whole[9] ^ 1]) + whole[10:],
                               FAILED)):
            with open(path, "wb") as file:
                file.write(spoiled)
            again.fails(code, "restore", path, env=self.env)
        self.assertEqual(os.listdir(again.dir), [])

    @unittest.skipUnless(LIBRARY, "ROADBOOK_FAULTS is not set")
    def test_cut_short_at_any_step_it_is_whole_or_not_there(self):
        laptop = self.laptop()
        self.add(laptop, "一")
        # The folder that fails has to be the node's.
        inside = os.path.join(laptop.dir, "backup")

        def made(at):
            if os.path.exists(inside):
                os.remove(inside)
            return faulty(laptop, at, "backup", inside, env=self.env)

        for at in some_of("backup", made(0)):
            with self.subTest("backup", at=at):
                made(at)
                laptop.run("verify")
                if os.path.exists(inside):
                    shutil.rmtree(self.restored(inside).dir)
        made(0)
        # What had been cut short is gone with it.
        self.assertEqual([name for name in os.listdir(laptop.dir)
                          if name.startswith("backup.")], [])
        path = shutil.move(inside, self.path())
        again = self.node("again")

        def restore(at):
            shutil.rmtree(again.dir, ignore_errors=True)
            return faulty(again, at, "restore", path, env=self.env)

        for at in some_of("restore", restore(0)):
            with self.subTest("restore", at=at):
                restore(at)
                if not os.path.exists(os.path.join(again.dir, "keys")):
                    again.run("restore", path, env=self.env)
                self.assertEqual(self.names(again, env=self.env), ["一"])


class OfTheHub(Case):
    def setUp(self):
        self.company = Company(("east/linxi",))
        self.addCleanup(self.company.close)
        folder = self.company.folder
        self.word = written(folder, "word", "correct horse battery")
        self.env = {"ROADBOOK_PASSPHRASE_FILE": self.word}
        self.root = self.company.founded["key"]
        self.company.serve()
        self.rep = self.company.enrol("rep1", "east/linxi")
        self.rep.sync()
        self.rep.run("account", "add", "--short-name", SECRETS[0])
        self.rep.sync()

    def is_the_hub_again(self, new):
        """In the place of the one that is lost."""
        argv = new.argv("hub", "serve", "--listen",
                        "tcp://127.0.0.1:%d" % self.company.port)
        process = self.company.started(fixture.Process(
            argv, fixture.environment(self.company.folder, **self.env)))
        process.line()
        self.rep.sync()
        new.run("hub", "restore", "--done", "--root-file", self.root)
        self.rep.run("account", "add", "--short-name", "后来")
        self.rep.sync()
        self.assertEqual(new.digest()["east/linxi"],
                         self.rep.digest()["east/linxi"])
        process.stop()

    def test_from_its_backup_another_takes_its_place(self):
        path = os.path.join(self.company.folder, "backup")
        self.company.hub.fails(LOCKED, "backup", path)
        self.company.hub.run("backup", path, "--passphrase-file", self.word)
        self.company.hub.stop()
        shutil.rmtree(self.company.hub.dir)
        new = Node(self.company, "new")
        error = new.fails(USAGE, "restore", path, env=self.env)
        self.assertIn("hub restore", error["hint"])
        with Company() as other:
            new.fails(REFUSED, "hub", "restore", "--root-file",
                      other.founded["key"], "--from", path)
        new.run("hub", "restore", "--root-file", self.root, "--from", path,
                env=self.env)
        new.fails(LOCKED, "hub", "status")
        self.assertEqual(found_in(new.dir), [])
        self.is_the_hub_again(new)
        self.assertEqual(found_in(new.dir), [])

    def test_from_an_encrypted_copy_of_its_folder_too(self):
        hub = self.company.hub
        hub.stop()
        hub.run("encrypt", env=self.env)
        copy = os.path.join(self.company.folder, "copy")
        shutil.copytree(hub.dir, copy, ignore=shutil.ignore_patterns("lock"))
        shutil.rmtree(hub.dir)
        new = Node(self.company, "new")
        new.run("hub", "restore", "--root-file", self.root, "--from",
                os.path.join(copy, "node.db"))
        self.is_the_hub_again(new)


if __name__ == "__main__":
    fixture.main()
