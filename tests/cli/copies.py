"""
A laptop whose folder was restored from a copy, or cloned with its keys: it
gets keys of its own by itself, and what was typed on either is everywhere.
"""

import shutil

import fixture
from fixture import REFUSED, Case, Node


class Copies(Case):
    def setUp(self):
        self.company, self.rep, self.other = fixture.two_reps()
        self.addCleanup(self.company.close)
        self.add(self.rep, "早")
        self.rep.sync()
        self.other.sync()

    def add(self, node, name):
        return node.run("account", "add", "--legal-name", name)["id"]

    def names(self, node):
        return sorted(a["legal_name"] for a in node.run("account", "list"))

    def copy(self, node, name):
        """Another folder with all that is in that one, keys and database."""
        copy = Node(self.company, name)
        shutil.copytree(node.dir, copy.dir,
                        ignore=shutil.ignore_patterns("lock", "*.sock"))
        return copy

    def witness(self):
        third = self.company.enrol("rep3", "east/linxi")
        third.sync()
        return third

    def sealed(self, node, name, peer):
        """Something that a colleague has of it, and the hub has not."""
        self.add(node, name)
        self.company.hub.stop()
        peer.serve()
        node.sync(peer.address)
        peer.stop()
        self.company.serve()

    def device(self, node):
        return node.run("status")["device"]

    def in_step(self, *nodes):
        for _ in range(2):
            for node in nodes:
                node.sync()
        for node in nodes:
            self.assertEqual(node.digest(), nodes[0].digest())
            node.run("verify")
        self.assertEqual(self.company.hub.digest()["east/linxi"],
                         nodes[0].digest()["east/linxi"])

    def test_a_restored_laptop_goes_on_under_keys_of_its_own(self):
        restored = self.copy(self.rep, "restored")
        before = self.device(self.rep)
        # What was written after the copy was made is at the hub; the laptop
        # is gone.
        self.add(self.rep, "丢失前")
        self.rep.sync()
        self.add(restored, "恢复后")
        restored.sync()
        self.assertNotEqual(self.device(restored), before)
        self.add(restored, "再后")
        self.in_step(restored, self.other)
        self.assertEqual(self.names(self.other),
                         sorted(["早", "丢失前", "恢复后", "再后"]))
        devices = self.company.hub.run("hub", "devices")
        self.assertEqual(
            [d["revoked"] for d in devices if d["device"] == before], [True])

    def test_one_that_had_written_nothing_yet(self):
        restored = self.copy(self.rep, "restored")
        self.add(self.rep, "丢失前")
        self.rep.sync()
        restored.sync()
        self.add(restored, "恢复后")
        self.in_step(restored, self.other)
        self.assertEqual(self.names(self.other),
                         sorted(["早", "丢失前", "恢复后"]))

    def test_a_laptop_and_its_clone_both_keep_what_was_typed(self):
        clone = self.copy(self.rep, "clone")
        for i, node in enumerate((self.rep, clone)):
            for k in range(3):
                self.add(node, "%d-%d" % (i, k))
        self.rep.sync()
        clone.sync()
        self.add(self.rep, "原机")
        self.add(clone, "克隆")
        self.rep.sync()
        clone.sync()
        self.in_step(self.rep, clone, self.other)
        self.assertEqual(
            self.names(self.other),
            sorted(["早", "原机", "克隆"] +
                   ["%d-%d" % (i, k) for i in (0, 1) for k in range(3)]))
        self.assertEqual(len({self.device(n) for n in
                              (self.rep, clone, self.other)}), 3)
        self.assertEqual(self.rep.run("conflicts"), [])

    def test_branches_that_went_to_peers_first(self):
        clone = self.copy(self.rep, "clone")
        third = self.company.enrol("rep3", "east/linxi")
        third.sync()
        self.add(self.rep, "甲")
        self.add(clone, "乙")
        # Each to another peer, sealed there; the hub hears of it later.
        self.other.serve()
        third.serve()
        self.rep.sync(self.other.address)
        clone.sync(third.address)
        self.other.stop()
        third.stop()
        self.other.sync()
        third.sync()
        self.rep.sync()
        clone.sync()
        self.in_step(self.rep, clone, self.other, third)
        self.assertEqual(self.names(third), sorted(["早", "甲", "乙"]))

    def test_a_fork_that_only_the_hub_knows_of_is_told_to_its_device(self):
        clone = self.copy(self.rep, "clone")
        before = self.device(self.rep)
        third = self.witness()
        self.add(self.rep, "甲")
        self.rep.sync()
        # The clone never calls the hub: a colleague brings its branch.
        self.sealed(clone, "乙", third)
        third.sync()
        self.rep.sync()
        self.assertNotEqual(self.device(self.rep), before)
        self.in_step(self.rep, self.other)
        self.assertEqual(self.names(self.other), sorted(["早", "甲"]))
        self.assertEqual(self.rep.run("conflicts"), [])

    def test_a_branch_whose_machine_never_comes_is_in_quarantine(self):
        manager = self.company.enrol("boss", "east", "manager")
        manager.sync()
        clone = self.copy(self.rep, "clone")
        third = self.witness()
        self.add(self.rep, "甲")
        self.add(self.rep, "丙")
        self.rep.sync()
        # Its own machine is lost; the clone goes on, under keys of its own.
        self.sealed(clone, "乙", third)
        self.in_step(clone, self.other)
        self.assertEqual(self.names(self.other), sorted(["早", "乙"]))
        manager.sync()
        late = manager.run("quarantine", "list")
        self.assertEqual([l["user"] for l in late], ["rep1", "rep1"])
        manager.run("quarantine", "accept", "--all")
        manager.sync()
        self.in_step(clone, self.other)
        self.assertEqual(self.names(self.other),
                         sorted(["早", "甲", "乙", "丙"]))

    def test_what_was_carried_over_is_not_in_quarantine(self):
        manager = self.company.enrol("boss", "east", "manager")
        clone = self.copy(self.rep, "clone")
        third = self.witness()
        self.add(self.rep, "甲")
        self.rep.sync()
        self.sealed(clone, "乙", third)
        clone.sync()
        self.in_step(self.rep, clone, self.other)
        manager.sync()
        self.assertEqual(self.names(manager), sorted(["早", "甲", "乙"]))
        self.assertEqual(manager.run("quarantine", "list"), [])

    def test_it_writes_no_more_until_the_hub_has_seen_it(self):
        clone = self.copy(self.rep, "clone")
        self.add(self.rep, "甲")
        self.rep.sync()
        self.other.sync()
        # It meets its own words at a colleague's.
        self.other.serve()
        clone.sync(self.other.address)
        error = clone.fails(REFUSED, "account", "add", "--legal-name", "乙")
        self.assertIn("sync", error["hint"])
        self.other.stop()
        clone.sync()
        self.add(clone, "乙")
        self.in_step(clone, self.other)


if __name__ == "__main__":
    fixture.main()
