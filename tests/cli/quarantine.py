"""
What comes beyond a cut-off: it counts nowhere, its territory's manager reads it
on their own node and decides, and what was accepted is on every node.
"""

import os

import fixture
from fixture import AMBIGUOUS, NOT_FOUND, REFUSED, USAGE, Case


class Quarantine(Case):
    def setUp(self):
        self.places = ("east/linxi", "west/hexi")
        company = self.office = self.company(self.places)
        company.serve()
        self.rep = company.enrol("rep1", "east/linxi")
        self.colleague = company.enrol("rep2", "east/linxi")
        self.manager = company.enrol("boss", "east", "manager")
        self.other = company.enrol("boss2", "west/hexi", "manager")
        self.made = self.rep.run(
            "account", "add", "--short-name", "老客户")["id"]
        for node in self.all():
            node.sync()

    def all(self):
        return (self.rep, self.colleague, self.manager, self.other)

    def revoke(self, *more):
        self.office.hub.run("hub", "revoke", "rep1", *more)

    def late(self, node=None, *more):
        return (node or self.manager).run("quarantine", "list", *more)

    def name(self, node):
        return node.run("account", "show", self.made)["short_name"]

    def test_what_is_accepted_is_on_every_node_with_its_origin(self):
        rep, manager, colleague = self.rep, self.manager, self.colleague
        rep.run("account", "set", self.made, "--short-name", "离职前改的")
        added = rep.run("account", "add", "--short-name", "离职前新增的")["id"]
        self.revoke("--reason", "left")
        rep.fails(REFUSED, "sync")
        manager.sync()
        late = self.late()
        self.assertEqual([l["user"] for l in late], ["rep1", "rep1"])
        self.assertEqual([l["territory"] for l in late], ["east/linxi"] * 2)
        self.assertEqual([l["decision"] for l in late], ["open", "open"])
        shown = manager.run("quarantine", "show", late[0]["id"])
        self.assertEqual([(o["field"], o["value"], o["counts"])
                          for o in shown["operations"]],
                         [("short_name", "离职前改的", True)])
        # It counts nowhere, and reps do not see it.
        colleague.sync()
        for node in (manager, colleague, self.office.hub):
            self.assertEqual(self.name(node), "老客户")
        self.assertEqual(self.late(colleague), [])
        self.assertEqual(self.late(self.other), [])
        colleague.fails(NOT_FOUND, "quarantine", "accept", late[0]["id"])

        report = manager.run("quarantine", "accept", "--all")
        self.assertEqual(report, {"accepted": 2, "left_out": 0})
        self.assertEqual(self.late(), [])
        manager.sync()
        colleague.sync()
        for node in (manager, colleague, self.office.hub):
            self.assertEqual(self.name(node), "离职前改的")
            self.assertEqual(node.run("account", "show", added)["short_name"],
                             "离职前新增的")
            self.assertEqual(node.run("conflicts"), [])
        self.assert_equal_digests(self.office.hub, manager, colleague)
        history = colleague.run("account", "history", added)
        self.assertEqual(history[0]["user"], "rep1")
        self.assertEqual(history[0]["carried_over"]["user"], "boss")
        decided = self.late(manager, "--all")
        self.assertEqual({(l["decision"], l["by"]) for l in decided},
                         {("accepted", "boss")})
        manager.fails(AMBIGUOUS, "quarantine", "reject", late[0]["id"])
        # A second time nothing more is carried over.
        self.assertEqual(manager.run("quarantine", "accept", late[0]["id"]),
                         {"accepted": 0, "left_out": 0})
        self.assert_verified(self.office.hub, manager, colleague)

    def test_what_is_rejected_stays_out_and_is_kept(self):
        rep, manager = self.rep, self.manager
        rep.run("account", "set", self.made, "--short-name", "一")
        rep.run("account", "set", self.made, "--industry", "media")
        self.revoke()
        rep.fails(REFUSED, "sync")
        manager.sync()
        first, second = self.late()
        manager.run("quarantine", "reject", first["id"], "--reason", "不实")
        manager.run("quarantine", "accept", second["id"])
        manager.sync()
        self.colleague.sync()
        for node in (manager, self.colleague, self.office.hub):
            shown = node.run("account", "show", self.made)
            self.assertEqual(shown["short_name"], "老客户")
            self.assertEqual(shown["industry"], "media")
        decided = self.late(manager, "--all")
        self.assertEqual([l["decision"] for l in decided],
                         ["rejected", "accepted"])
        self.assertEqual(decided[0]["reason"], "不实")
        # Whoever thinks better of it takes it over after all.
        manager.run("quarantine", "accept", first["id"])
        manager.sync()
        self.colleague.sync()
        self.assertEqual(self.name(self.colleague), "一")
        self.assert_equal_digests(self.office.hub, manager, self.colleague)

    def test_a_colleague_who_had_merged_it_goes_on_and_brings_it(self):
        rep, colleague, manager = self.rep, self.colleague, self.manager
        hub = self.office.hub
        late = rep.run("account", "add", "--short-name", "只在路上见过的")["id"]
        rep.run("account", "set", self.made, "--short-name", "路上改的")
        hub.stop()  # or it would have it first
        rep.serve()
        colleague.sync(rep.address)
        rep.stop()
        self.assertEqual(self.name(colleague), "路上改的")
        # Written on top of what will be cut off.
        colleague.run("account", "set", self.made, "--industry", "media")
        colleague.run("account", "set", late, "--industry", "feed")
        self.revoke("--stolen")
        self.office.serve()
        report = colleague.sync()
        self.assertEqual(report.get("refused", 0), 0)
        self.assertEqual(self.name(colleague), "老客户")
        self.assertEqual(colleague.run("account", "show", self.made)
                         ["industry"], "media")
        status = colleague.run("status")
        self.assertEqual([t["waiting"] for t in status["territories"]], [[]])
        self.assert_equal_digests(hub, colleague)
        # The colleague goes on.
        colleague.run("account", "set", self.made, "--website", "x.example")
        colleague.sync()
        manager.sync()
        self.assertEqual(len(self.late()), 2)
        manager.run("quarantine", "accept", "--user", "rep1")
        manager.sync()
        colleague.sync()
        self.assertEqual(self.name(colleague), "路上改的")
        shown = colleague.run("account", "show", late)
        self.assertEqual((shown["short_name"], shown["industry"]),
                         ("只在路上见过的", "feed"))
        self.assert_equal_digests(hub, colleague, manager)
        # Offered once: nothing goes out again.
        self.assertEqual(colleague.sync()["round_trips"], 1)
        self.assert_verified(hub, colleague, manager)

    def test_two_managers_who_both_accept_agree(self):
        rep, manager = self.rep, self.manager
        second = self.office.enrol("boss3", "east/linxi", "manager")
        rep.run("account", "set", self.made, "--short-name", "两人都认的")
        self.revoke()
        rep.fails(REFUSED, "sync")
        for node in (manager, second):
            node.sync()
            node.run("quarantine", "accept", "--all")
        for node in (manager, second, manager):
            node.sync()
        for node in (manager, second, self.office.hub):
            self.assertEqual(self.name(node), "两人都认的")
            self.assertEqual(node.run("conflicts"), [])
        self.assert_equal_digests(self.office.hub, manager, second)

    def test_accepted_beside_newer_words_both_stay(self):
        rep, manager, colleague = self.rep, self.manager, self.colleague
        rep.run("account", "set", self.made, "--legal-name", "甲有限公司")
        self.revoke()
        rep.fails(REFUSED, "sync")
        colleague.run("account", "set", self.made, "--legal-name",
                      "乙有限公司")
        colleague.sync()
        manager.sync()
        manager.run("quarantine", "accept", "--all")
        manager.sync()
        colleague.sync()
        for node in (manager, colleague):
            conflicts = node.run("conflicts")
            self.assertEqual(len(conflicts), 1)
            self.assertEqual(
                {v["value"] for v in conflicts[0]["siblings"]},
                {"甲有限公司", "乙有限公司"})
        self.assert_equal_digests(self.office.hub, manager, colleague)

    def test_wrong_input_is_told(self):
        manager = self.manager
        manager.fails(USAGE, "quarantine", "accept")
        manager.fails(USAGE, "quarantine", "accept", "abcdef", "--all")
        manager.fails(NOT_FOUND, "quarantine", "show", "abcdef")
        manager.fails(NOT_FOUND, "quarantine", "reject", "abcdef")
        self.assertEqual(manager.run("quarantine", "accept", "--all"),
                         {"accepted": 0, "left_out": 0})
        manager.fails(USAGE, "quarantine", "add")
        # The hub reads and decides nothing.
        self.rep.run("account", "set", self.made, "--short-name", "晚")
        self.revoke()
        self.rep.fails(REFUSED, "sync")
        late = self.late(self.office.hub)
        self.assertEqual(len(late), 1)
        self.office.hub.fails(REFUSED, "quarantine", "accept", late[0]["id"])

    def test_a_hub_that_was_killed_writes_it_down_when_it_starts(self):
        rep, manager, hub = self.rep, self.manager, self.office.hub
        rep.run("account", "set", self.made, "--short-name", "晚")
        self.revoke()
        rep.fails(REFUSED, "sync")
        hub.kill()
        self.office.serve()
        manager.sync()
        self.assertEqual(len(self.late()), 1)

    def test_a_long_change_comes_in_pieces(self):
        rep, manager = self.rep, self.manager
        path = os.path.join(self.office.folder, "many.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("short_name,legal_name\n")
            for i in range(600):
                file.write("第%d家,%s%d有限公司\n" % (i, "很长的名字" * 10, i))
        rep.run("import", "account", path)
        self.revoke()
        rep.fails(REFUSED, "sync")
        manager.sync()
        self.assertTrue(self.late())
        manager.run("quarantine", "accept", "--all")
        manager.sync()
        self.colleague.sync()
        self.assertEqual(len(self.colleague.run("account", "list")), 601)
        self.assert_equal_digests(
            self.office.hub, manager, self.colleague)


if __name__ == "__main__":
    fixture.main()
