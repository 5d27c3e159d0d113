"""
A person's data is erased: on every node, to the last byte of every folder,
whoever was away; the certificate, who has confirmed, and what comes later.
"""

import json
import os
import shutil
import unittest

from fixture import (AMBIGUOUS, FAILED, NOT_FOUND, REFUSED, USAGE, Case, Company,
                     Node)
from rest import LIBRARY, faulty, some_of, written

# Of the person alone: none of it may be left anywhere.
NAME = "秘密王建国擦除"
WORDS = [NAME, "13900001111", "wx-secret-erase", "secret motivation",
         "secret evidence", "secret position", "secret old title",
         "secret department", "secret sibling"]
# What stays: somebody's own words, and other people.
KEPT = ["note about 秘密", "李留下来"]


def left_in(folder):
    """Which of the person's words stand in which files of a folder."""
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                content = file.read()
            found += [(name, word) for word in WORDS
                      if word.encode() in content]
    return found


class Erasing(Case):
    """A hub, two reps, a manager; another rep who only meets a colleague."""

    encrypted = False

    def setUp(self):
        self.company = Company(("east/linxi",))
        self.addCleanup(self.company.close)
        self.hub = self.company.hub
        self.company.serve()
        self.rep = self.company.enrol("rep1", "east/linxi")
        self.away = self.company.enrol("rep2", "east/linxi")
        self.boss = self.company.enrol("boss", "east", "manager")
        self.relay = self.company.enrol("rep3", "east/linxi")
        self.all = [self.rep, self.away, self.boss, self.relay]
        for node in self.all:
            node.sync()

    def plant(self):
        """The person, in many changes of several people."""
        rep, away = self.rep, self.away
        rep.run("account", "add", "--short-name", "鑫澜")
        rep.run("contact", "add", "--name", "李留下来", "--account", "鑫澜")
        rep.run("contact", "add", "--name", NAME, "--account", "鑫澜",
                "--mobiles", "13900001111", "--wechat", "wx-secret-erase",
                "--title", "secret old title")
        rep.sync()
        away.sync()
        away.run("contact", "set", NAME, "--title", "secret sibling")
        rep.run("contact", "set", NAME, "--title", "secret position",
                "--motivation", "secret motivation")
        rep.run("contact", "rate", NAME, "--level", "K3", "--evidence",
                "secret evidence")
        away.run("position", "add", "--contact", NAME, "--department",
                 "secret department")
        away.run("contact_link", "add", "--contact", NAME, "--to-contact",
                 "李留下来", "--kind", "reports_to")
        rep.run("visit", "add", "--account", "鑫澜", "--visited-on",
                "2026-11-20", "--contacts", NAME)
        for node in (rep, away, rep, self.boss):
            node.sync()
        self.contact = self.hub.run("contact", "show", NAME)["id"]

    def meet(self, node, peer):
        """Over a peer that listens, and not over the hub."""
        if not peer.process:
            peer.serve()
            self.addCleanup(lambda: peer.process and peer.stop())
        node.run("sync", peer.address)

    def erase(self, *more):
        return self.hub.run("hub", "erase", self.contact, *more)

    def open_devices(self):
        return {d["user"] for o in self.hub.run("hub", "erasures")
                for d in o["devices"] if d["state"] == "open"}

    def assert_gone(self, *nodes):
        for node in nodes:
            # What a hub that runs was brought it cleans when that is over,
            # which nobody is told; or else when it is opened.
            served = node is self.hub and node.process
            if served:
                node.stop()
                node.run("status")
            self.assertEqual(left_in(node.dir), [], node.name)
            self.assertEqual(node.run("verify")["problems"], [], node.name)
            names = [c["name"] for c in node.run("contact", "list")]
            self.assertEqual(names, ["李留下来"], node.name)
            if served:
                self.company.serve()

    def test_no_byte_is_left_on_any_node(self):
        self.plant()
        self.meet(self.relay, self.rep)
        self.rep.stop()
        for node in (self.hub, self.rep, self.away, self.boss, self.relay):
            self.assertNotEqual(left_in(node.dir), [], node.name)
        devices = [d["device"] for d in self.hub.run("hub", "devices")]
        self.erase("--reason", "asked for it")
        self.assert_gone(self.hub)
        self.assertEqual(self.open_devices(), {"rep1", "rep2", "rep3", "boss"})

        # One that was away, and one who meets but a colleague.
        self.rep.sync()
        self.boss.sync()
        self.assert_gone(self.rep, self.boss)
        self.meet(self.relay, self.rep)
        self.rep.stop()
        self.assert_gone(self.relay)
        self.away.sync()
        self.assert_gone(self.away)
        for node in (self.rep, self.boss, self.away):
            node.sync()
        self.assertEqual(self.open_devices(), {"rep3"})
        self.relay.sync()
        self.relay.sync()
        self.assertEqual(self.open_devices(), set())
        digests = [n.digest()["east/linxi"]
                   for n in (self.hub, *self.all)]
        self.assertEqual(digests[1:], digests[:-1])
        self.assert_gone(self.hub, *self.all)
        # Nobody took what came in place of their own words for a copy's.
        self.assertEqual(
            [d["device"] for d in self.hub.run("hub", "devices")], devices)


    def test_late_words_about_the_person_go_too(self):
        self.plant()
        # Written and sealed while head office is away, and not sealed yet.
        self.company.hub.stop()
        self.away.run("contact", "set", self.contact, "--department",
                      "secret department")
        self.away.run("contact", "rate", self.contact, "--level", "K2",
                      "--evidence", "secret evidence")
        self.meet(self.away, self.rep)
        self.rep.stop()
        self.boss.run("contact", "set", self.contact, "--motivation",
                      "secret motivation")
        self.company.serve()
        self.erase()
        self.boss.sync()
        self.assert_gone(self.boss)
        self.away.sync()
        # It came, was erased, and went back as it is now.
        self.assert_gone(self.hub)
        for node in (self.away, self.rep, self.boss, self.relay):
            node.sync()
            node.sync()
        self.assert_gone(self.hub, *self.all)
        self.assertEqual(self.open_devices(), set())
        order = self.hub.run("hub", "erasures")
        self.assertEqual(len(order), 1)
        # contact, two ratings, position, link
        self.assertEqual(order[0]["records"], 5)

    def test_nothing_new_is_written_to_what_is_erased(self):
        self.plant()
        self.rep.serve()
        self.erase()
        self.rep.run("sync")
        self.rep.fails(NOT_FOUND, "contact", "set", self.contact, "--title",
                       "secret old title")
        self.rep.stop()
        self.assert_gone(self.rep)

    def test_what_came_too_late_is_written_down_without_it(self):
        self.plant()
        self.away.run("contact", "set", self.contact, "--department",
                      "secret department")
        self.away.run("account", "set", "鑫澜", "--website", "late.example")
        self.hub.run("hub", "revoke", "rep2", "--reason", "left")
        self.away.fails(REFUSED, "sync")
        self.boss.sync()
        self.assertEqual(len(self.boss.run("quarantine", "list")), 2)
        self.erase()
        self.assert_gone(self.hub)
        self.boss.sync()
        self.boss.sync()
        self.assert_gone(self.boss)
        late = self.boss.run("quarantine", "list")
        self.assertEqual(len(late), 2)
        shown = [self.boss.run("quarantine", "show", q["id"])["operations"]
                 for q in late]
        self.assertEqual(sorted(len(o) for o in shown), [0, 1])
        # And what comes late after it.
        self.hub.run("hub", "revoke", "rep3")
        self.relay.run("account", "set", "鑫澜", "--industry", "media",
                       ok=None)
        self.relay.run("sync", ok=None)
        self.assert_gone(self.hub)

    def test_the_dry_run_tells_what_stays_and_changes_nothing(self):
        self.plant()
        visit = self.rep.run("visit", "list")[0]["id"]
        note = self.rep.run("visit", "note", visit, "--text",
                            "note about " + NAME, "--kind", "fact")["id"]
        self.rep.sync()
        before = self.hub.digest()
        told = self.erase("--dry-run")
        self.assertTrue(told["dry_run"])
        self.assertEqual(sorted({r["type"] for r in told["records"]}),
                         ["contact", "contact_link", "position",
                          "relationship_rating"])
        self.assertEqual([m["id"] for m in told["mentions"]], [note])
        self.assertEqual(self.hub.digest(), before)
        self.assertEqual(self.hub.run("hub", "erasures"), [])
        text = self.hub.run("hub", "erase", self.contact, "--dry-run",
                            json=False).out.decode()
        self.assertIn(note, text)
        # That record goes with the person, when it is asked for.
        self.erase("--also", note)
        self.assertEqual(left_in(self.hub.dir), [])
        self.rep.sync()
        self.assert_gone(self.rep)
        self.rep.fails(NOT_FOUND, "visit_note", "show", note)
        self.assertEqual(len(self.rep.run("visit", "list")), 1)

    def test_the_certificate_is_checked_offline(self):
        self.plant()
        paper = os.path.join(self.company.folder, "paper")
        made = self.erase("--reason", "asked for it", "--certificate", paper)
        key = made["certificate"]["company_key"]
        self.rep.sync()
        self.rep.sync()
        with open(paper, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("asked for it", text)
        self.assertNotIn(NAME, text)
        self.assertEqual(set(made["certificate"]["not_reached"]), {
            "backups", "exports", "silent_devices", "mentions", "memory"})
        stranger = Node(self.company, "nobody")
        good = stranger.run("erasure", "verify", paper, "--company-key", key)
        self.assertTrue(good["genuine"])
        self.assertEqual(good["erasure"]["contact"], self.contact)
        self.rep.run("erasure", "verify", paper, "--own-company")
        # As JSON; altered; another company's; none.
        order = self.hub.run("hub", "erasures")[0]["order"]
        now = self.hub.run("hub", "erasures", order)
        states = {d["user"]: d["state"] for d in now["erasure"]["devices"]}
        self.assertEqual(states["rep1"], "confirmed")
        self.assertEqual(states["rep2"], "open")
        with open(paper + ".json", "w", encoding="utf-8") as file:
            json.dump(now, file, indent=2)
        stranger.run("erasure", "verify", paper + ".json", "--company-key",
                     key)
        now["erasure"]["devices"][0]["state"] = "confirmed"
        now["erasure"]["devices"][1]["state"] = "confirmed"
        with open(paper + ".json", "w", encoding="utf-8") as file:
            json.dump(now, file)
        stranger.fails(REFUSED, "erasure", "verify", paper + ".json",
                       "--company-key", key)
        stranger.fails(REFUSED, "erasure", "verify", paper, "--company-key",
                       "00" * 32)
        stranger.fails(USAGE, "erasure", "verify", paper)
        stranger.fails(USAGE, "erasure", "verify", self.company.founded["key"],
                       "--company-key", key)
        stranger.fails(FAILED, "erasure", "verify",
                       os.path.join(paper, "below"), "--company-key", key)
        stranger.fails(NOT_FOUND, "erasure", "verify", paper + "x",
                       "--company-key", key)
        told = self.hub.run("hub", "audit")
        self.assertEqual([(e["by"], e["records"], e["order"]) for e in told
                          if e["what"] == "erased"], [("admin", 4, order)])

    def test_wrong_input_is_told_and_erases_nothing(self):
        self.plant()
        self.rep.run("contact", "add", "--name", NAME + "二", "--account",
                     "鑫澜")
        self.rep.sync()
        self.hub.fails(NOT_FOUND, "hub", "erase", "nobody of that name")
        self.hub.fails(AMBIGUOUS, "hub", "erase", NAME[:4])
        self.hub.fails(NOT_FOUND, "hub", "erase", self.contact, "--also",
                       "no such record")
        self.hub.fails(REFUSED, "hub", "erase", self.contact, "--also", "鑫澜")
        self.hub.fails(REFUSED, "hub", "erase", self.contact, "--as", "rep1")
        self.rep.fails(REFUSED, "hub", "erase", self.contact)
        self.hub.fails(USAGE, "hub", "erase")
        self.hub.run("hub", "erase", self.contact, "--certificate",
                     self.hub.dir, ok=1)
        self.hub.fails(NOT_FOUND, "hub", "erasures", "0000")
        self.hub.fails(USAGE, "hub", "erasures", "--certificate", "x")
        self.assertEqual(self.hub.run("hub", "erasures"), [])
        self.erase()
        self.assertIn("erased already",
                      self.hub.fails(AMBIGUOUS, "hub", "erase",
                                     self.contact)["message"])

    def test_a_backup_from_before_is_erased_when_it_meets_anybody(self):
        self.plant()
        word = written(self.company.folder, "word", "correct horse battery")
        file = os.path.join(self.company.folder, "backup")
        self.rep.run("backup", file, env={"ROADBOOK_PASSPHRASE_FILE": word})
        self.erase()
        self.boss.sync()
        again = Node(self.company, "again")
        again.run("restore", file, "--no-encrypt",
                  env={"ROADBOOK_PASSPHRASE_FILE": word})
        self.assertNotEqual(left_in(again.dir), [])
        # A colleague's directory is enough.
        self.meet(again, self.boss)
        self.assert_gone(again)

    def test_a_hub_from_a_backup_gets_it_back_from_a_device(self):
        self.plant()
        word = written(self.company.folder, "word", "correct horse battery")
        env = {"ROADBOOK_PASSPHRASE_FILE": word}
        root = self.company.founded["key"]
        file = os.path.join(self.company.folder, "backup")
        self.hub.run("backup", file, "--passphrase-file", word)
        self.erase()
        self.rep.sync()
        self.assert_gone(self.rep)
        self.hub.stop()
        shutil.rmtree(self.hub.dir)
        self.hub.run("hub", "restore", "--root-file", root, "--from", file,
                     "--no-encrypt", env=env)
        self.company.serve()
        self.rep.sync()
        self.hub.stop()
        self.hub.run("hub", "restore", "--done", "--root-file", root)
        self.company.serve()
        self.rep.sync()
        self.assert_gone(self.hub, self.rep)
        self.away.sync()
        self.assert_gone(self.away)
        self.rep.sync()
        self.assertEqual(self.rep.digest(), self.away.digest())

    def test_two_people_in_one_segment_go_one_after_the_other(self):
        self.plant()
        other = self.hub.run("contact", "show", "李留下来")["id"]
        self.erase()
        self.rep.sync()
        self.assert_gone(self.hub, self.rep)
        self.hub.run("hub", "erase", other)
        for node in (self.rep, self.away, self.away, self.rep):
            node.sync()
        for node in (self.hub, self.rep, self.away):
            self.assertEqual(left_in(node.dir), [])
            self.assertEqual(node.run("contact", "list"), [])
            self.assertEqual(node.run("verify")["problems"], [])
        self.assertEqual(self.rep.digest(), self.away.digest())
        self.assertEqual([o["open"] for o in self.hub.run("hub", "erasures")],
                         [2, 2])

    def test_while_all_of_them_run(self):
        self.plant()
        self.rep.serve()
        self.away.serve()
        self.rep.run("sync")
        self.away.run("sync")
        self.erase()
        for node in (self.rep, self.away, self.rep, self.away):
            node.run("sync")
        self.assertEqual(self.open_devices() & {"rep1", "rep2"}, set())
        for node in (self.rep, self.away):
            self.assertEqual(left_in(node.dir), [])
            node.stop()
        self.assert_gone(self.hub, self.rep, self.away)

    @unittest.skipUnless(LIBRARY, "ROADBOOK_FAULTS is not set")
    def test_cut_short_at_any_step_it_is_all_or_nothing(self):
        self.plant()
        self.hub.stop()
        for node, command in ((self.hub, ("hub", "erase", self.contact)),
                              (self.rep, ("sync",))):
            kept = node.dir + ".kept"
            if node is self.rep:
                self.company.serve()  # which erased it by now
            shutil.copytree(node.dir, kept)

            def cut(at):
                shutil.rmtree(node.dir)
                shutil.copytree(kept, node.dir)
                return faulty(node, at, *command, env={})

            calls = cut(0)
            self.assert_gone(node)
            for at in some_of("erase", calls):
                with self.subTest(node=node.name, at=at):
                    cut(at)
                    told = node.run("verify", ok=None)
                    # Heard of, and what replaces it had not come yet.
                    if told.code:
                        self.assertIs(node, self.rep)
                        self.assertIn("roadbook sync", told.error["hint"])
                    erased = "NOT" in str(node.run(
                        "contact", "show", NAME, ok=None).err).upper()
                    if erased:
                        # What the next command had to clean, it has.
                        if node is self.hub:
                            self.assertEqual(left_in(node.dir), [])
                    else:
                        node.run(*command)
                    if node is self.rep:
                        node.run("sync")
                    self.assert_gone(node)


class Encrypted(Case):
    """An encrypted device and hub: nothing in a plain copy of them, either."""

    def test_nothing_is_left_inside(self):
        company = Company(("east/linxi",))
        self.addCleanup(company.close)
        word = written(company.folder, "word", "correct horse battery")
        env = {"ROADBOOK_PASSPHRASE_FILE": word}
        company.serve()
        company.user("rep1")
        rep = Node(company, "rep1")
        rep.run("init", company.token("rep1", "east/linxi"), env=env)
        rep.run("unlock", env=env)
        self.addCleanup(rep.run, "lock")
        rep.run("contact", "add", "--name", NAME, "--mobiles", "13900001111")
        rep.sync()
        contact = company.hub.run("contact", "list")[0]["id"]
        company.hub.run("hub", "erase", contact)
        rep.sync()
        rep.sync()
        out = os.path.join(company.folder, "out")
        os.mkdir(out)
        # Every page of it, as a plain node.
        plain = Node(company, "plain")
        rep.run("backup", os.path.join(out, "b"), env=env)
        plain.run("restore", os.path.join(out, "b"), "--no-encrypt", env=env)
        self.assertEqual(left_in(plain.dir), [])
        self.assertEqual(rep.run("contact", "list"), [])
        self.assertEqual(company.hub.run("hub", "erasures")[0]["open"], 0)


if __name__ == "__main__":
    unittest.main()
