"""
A hub that is lost, stolen, restored, or comes back: nobody enrols again, the
directory does not branch, and what the company shut out stays shut out.
"""

import base64
import os
import shutil

import fixture
from fixture import (AMBIGUOUS, FAILED, NOT_FOUND, REFUSED, USAGE, Case,
                     Company, Node)


class Keys(Case):
    def setUp(self):
        self.company = Company(("east/linxi", "west/hexi"))
        self.addCleanup(self.company.close)
        self.hub = self.company.hub
        self.company.serve()
        self.root = self.company.founded["key"]

    def backup(self, name="backup"):
        """A plain copy of the hub's folder, which is at rest."""
        copy = os.path.join(self.company.folder, name)
        shutil.copytree(self.hub.dir, copy,
                        ignore=shutil.ignore_patterns("lock", "*.sock"))
        return copy

    def restored(self, *how, root=None):
        node = Node(self.company, "new")
        node.run("hub", "restore", "--root-file", root or self.root, *how)
        return node

    def serve(self, hub, port=None):
        """A hub in another folder, at the port that devices know."""
        port = self.company.port if port is None else port
        hub.process = hub.start(
            "hub", "serve", "--listen", "tcp://127.0.0.1:%d" % port)
        hub.address = hub.process.line().split(" ", 1)[1]
        return hub.address

    def logins(self, node):
        return sorted(u["user"] for u in node.run("hub", "user", "list"))

    def account(self, node, name):
        return node.run("account", "add", "--legal-name", name)["id"]

    def accounts(self, node):
        return sorted(a["legal_name"] for a in node.run("account", "list"))


class Rotating(Keys):
    def test_devices_go_on_and_get_new_certificates(self):
        rep = self.company.enrol("rep1", "east/linxi")
        rep.sync()
        self.hub.run("hub", "key", "rotate", "--root-file", self.root)
        self.account(rep, "一")
        rep.sync()
        rep.sync()
        # Who has one by the new key meets one who has the old one still.
        other = self.company.enrol("rep2", "east/linxi")
        other.sync()
        self.hub.run("hub", "key", "rotate", "--root-file", self.root)
        rep.sync()
        self.account(rep, "二")
        other.serve()
        rep.sync(other.address)
        self.assertEqual(self.accounts(other), ["一", "二"])
        other.stop()
        self.hub.stop()
        self.company.serve()
        other.sync()
        self.assertEqual(rep.digest(), other.digest())

    def test_what_a_stolen_key_signed_opens_nothing_but_the_hub(self):
        rep = self.company.enrol("rep1", "east/linxi")
        other = self.company.enrol("rep2", "east/linxi")
        rep.sync()
        other.sync()
        self.hub.run("hub", "key", "rotate", "--stolen", "--root-file",
                     self.root)
        rep.sync()
        # The other has not dialled the hub: its certificate is by that key.
        rep.serve()
        other.fails(REFUSED, "sync", rep.address)
        other.sync()
        other.sync(rep.address)
        rep.stop()

    def test_the_root_key_has_to_be_the_companys(self):
        with Company() as other:
            self.hub.fails(REFUSED, "hub", "key", "rotate", "--root-file",
                           other.founded["key"])
        self.hub.fails(NOT_FOUND, "hub", "key", "rotate", "--root-file",
                       "nowhere")
        self.hub.fails(USAGE, "hub", "key", "rotate")
        self.hub.fails(USAGE, "hub", "key", "rotate", "--root-file",
                       os.path.join(self.hub.dir, "node.db"))

    def test_only_the_hub_has_an_issuing_key(self):
        rep = self.company.enrol("rep1", "east/linxi")
        rep.fails(REFUSED, "hub", "key", "rotate", "--root-file", self.root)


class Apart(Keys):
    def test_nothing_of_the_root_key_is_in_the_hubs_folder(self):
        with open(self.root, encoding="utf-8") as file:
            secret = file.read().splitlines()[-1]
        self.company.enrol("rep1", "east/linxi")
        self.hub.run("hub", "key", "rotate", "--root-file", self.root)
        self.hub.stop()
        raw = base64.b64decode(secret)
        for name in os.listdir(self.hub.dir):
            with open(os.path.join(self.hub.dir, name), "rb") as file:
                data = file.read()
            self.assertNotIn(raw[:32], data, name)
            self.assertNotIn(secret.encode(), data, name)

    def test_it_is_not_written_there_nor_over_anything(self):
        node = Node(self.company, "other")
        node.fails(USAGE, "hub", "init", "--company", "又一家", "--root-file",
                   os.path.join(node.dir, "root"))
        node.fails(AMBIGUOUS, "hub", "init", "--company", "又一家",
                   "--root-file", self.root)
        where = os.path.join(self.company.folder, "root")
        made = node.run("hub", "init", "--company", "又一家", "--root-file",
                        where)
        self.assertEqual(made["key"], where)


class Restoring(Keys):
    def test_a_hub_restored_from_yesterday_takes_back_what_devices_hold(self):
        rep = self.company.enrol("rep1", "east/linxi")
        rep.sync()
        self.hub.stop()
        copy = self.backup()
        self.company.serve()
        # Today: another rep, an account of each, and they all sync.
        other = self.company.enrol("rep2", "east/linxi")
        self.account(rep, "一")
        self.account(other, "二")
        rep.sync()
        other.sync()
        rep.sync()
        self.hub.stop()

        new = self.restored("--from", copy)
        self.serve(new)
        self.assertNotIn("rep2", self.logins(new))
        # It writes nothing, lets nobody in, and business data waits.
        new.fails(REFUSED, "hub", "user", "add", "rep3")
        rep.sync()
        self.assertIn("rep2", self.logins(new))
        new.run("hub", "restore", "--done", "--root-file", self.root)
        for node in (rep, other, rep):
            node.sync()
        self.assertEqual(self.accounts(rep), ["一", "二"])
        self.assertEqual(rep.digest(), other.digest())
        self.assertEqual(new.digest()["east/linxi"],
                         rep.digest()["east/linxi"])
        # And it is a hub like any other.
        new.run("hub", "user", "add", "rep3")
        rep.sync()
        other.sync()
        self.assertIn("rep3", self.logins(rep))
        self.assertIn("rep3", self.logins(other))

        # The old machine comes back, and is told by whoever dials it.
        self.serve(self.hub, 0)
        rep.fails(REFUSED, "sync", self.hub.address)
        # Who told it does not wait until it has taken that in.
        while not self.hub.run("hub", "status").get("replaced"):
            pass
        self.hub.fails(REFUSED, "hub", "user", "add", "rep4")

    def test_a_hub_without_any_backup_comes_back_from_its_devices(self):
        rep = self.company.enrol("rep1", "east/linxi")
        other = self.company.enrol("rep2", "west/hexi")
        self.account(rep, "一")
        self.account(other, "二")
        rep.sync()
        other.sync()
        self.hub.kill()
        shutil.rmtree(self.hub.dir)

        new = self.restored("--from-peers")
        self.serve(new)
        new.fails(FAILED, "hub", "restore", "--done", "--root-file", self.root)
        rep.sync()
        new.stop()
        self.serve(new)
        other.sync()
        new.run("hub", "restore", "--done", "--root-file", self.root)
        rep.sync()
        other.sync()
        self.assertEqual(sorted(
            a["legal_name"] for n in (rep, other)
            for a in n.run("account", "list")), ["一", "二"])
        self.assertEqual(self.accounts(new), ["一", "二"])
        # One more joins, and is told all, the first hub's words too.
        new.run("hub", "user", "add", "rep3")
        token = new.run("hub", "invite", "rep3", "--territory", "east/linxi",
                        "--url", new.address, json=False).out.decode().strip()
        third = Node(self.company, "rep3")
        third.run("init", token)
        third.sync()
        self.assertEqual(self.accounts(third), ["一"])
        self.assertEqual(self.logins(third), self.logins(new))
        third.run("verify")
        new.run("verify")
        # Projected anew from the log alone, it is the same.
        before = third.digest()
        third.run("rebuild")
        self.assertEqual(third.digest(), before)

    def test_what_the_old_hub_had_not_sealed_is_carried_over(self):
        self.hub.run("hub", "user", "add", "late")
        self.hub.stop()
        copy = self.backup()
        new = self.restored("--from", copy)
        self.assertIn("late", self.logins(new))
        new.run("hub", "restore", "--done", "--root-file", self.root)
        self.assertIn("late", self.logins(new))

    def test_it_is_made_in_an_empty_folder_out_of_a_hub_of_this_company(self):
        self.hub.stop()
        copy = self.backup()
        new = Node(self.company, "new")
        with Company() as other:
            new.fails(REFUSED, "hub", "restore", "--from", copy, "--root-file",
                      other.founded["key"])
        new.fails(USAGE, "hub", "restore", "--root-file", self.root)
        new.fails(USAGE, "hub", "restore", "--from", copy)
        new.fails(NOT_FOUND, "hub", "restore", "--from", "nowhere",
                  "--root-file", self.root)
        self.hub.fails(AMBIGUOUS, "hub", "restore", "--from", copy,
                       "--root-file", self.root)
        # After all of that it still is.
        self.restored("--from", os.path.join(copy, "node.db"))

    def test_done_is_said_once(self):
        self.hub.stop()
        new = self.restored("--from", self.backup())
        new.run("hub", "restore", "--done", "--root-file", self.root)
        new.fails(USAGE, "hub", "restore", "--done", "--root-file", self.root)
        self.hub.fails(USAGE, "hub", "restore", "--done", "--root-file",
                       self.root)

    def test_what_was_shut_out_since_stays_shut_out_whoever_brings_it(self):
        rep = self.company.enrol("rep1", "east/linxi")
        other = self.company.enrol("rep2", "east/linxi")
        rep.sync()
        other.sync()
        self.hub.stop()
        copy = self.backup()
        self.company.serve()
        # Two laptops under one key: the hub shuts that out, and all hear it.
        clone = Node(self.company, "clone")
        shutil.copytree(rep.dir, clone.dir,
                        ignore=shutil.ignore_patterns("lock", "*.sock"))
        device = rep.run("status")["device"]
        self.account(rep, "一")
        rep.sync()
        self.account(clone, "二")
        clone.sync()
        other.sync()
        self.hub.stop()

        # Nobody dials in before it is done: the end is yesterday's.
        new = self.restored("--from", copy)
        new.run("hub", "restore", "--done", "--root-file", self.root)
        self.serve(new)
        revoked = {d["device"]: d["revoked"]
                   for d in new.run("hub", "devices")}
        self.assertFalse(revoked[device])
        other.sync()
        revoked = {d["device"]: d["revoked"]
                   for d in new.run("hub", "devices")}
        self.assertTrue(revoked[device])
        other.sync()
        self.assertEqual(other.digest()["east/linxi"],
                         new.digest()["east/linxi"])
        other.run("verify")

    def test_a_running_hub_is_not_copied(self):
        new = Node(self.company, "new")
        new.fails(fixture.LOCKED, "hub", "restore", "--from", self.hub.dir,
                  "--root-file", self.root)


if __name__ == "__main__":
    fixture.main()
