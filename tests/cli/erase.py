"""
A person's data is erased: on every node, to the last byte of every folder,
whoever was away; the certificate, who has confirmed, and what comes later.
"""

import json
import os
import shutil
import unittest

from fixture import (AMBIGUOUS, NOT_FOUND, REFUSED, USAGE, Case, Company, Node)
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
            self.assertEqual(left_in(node.dir), [], node.name)
            self.assertEqual(node.run("verify")["problems"], [], node.name)
            names = [c["name"] for c in node.run("contact", "list")]
            self.assertEqual(names, ["李留下来"], node.name)

    def test_no_byte_is_left_on_any_node(self):
        self.plant()
        self.meet(self.relay, self.rep)
        self.rep.stop()
        for node in (self.hub, self.rep, self.away, self.boss, self.relay):
            self.assertNotEqual(left_in(node.dir), [], node.name)
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


if __name__ == "__main__":
    unittest.main()
