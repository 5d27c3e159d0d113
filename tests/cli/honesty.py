"""How soon visits were written down, and what proves it: for the rep first,
for a manager by person."""

import datetime

from fixture import Case, Company, NOT_FOUND, REFUSED, USAGE, main

OLD = "2026-01-05"
UNTIL = "2099-12-31"


def shared(told):
    """Without what is the node's own."""
    for person in told["people"]:
        del person["here"]
    return told


class Honesty(Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi", "west/hexi"))
        cls.addClassCleanup(cls.shared.close)
        cls.shared.serve()
        cls.rep = cls.shared.enrol("rep1", "east/linxi")
        cls.other = cls.shared.enrol("rep2", "east/linxi")
        cls.boss = cls.shared.enrol("boss", "east", role="manager")
        cls.rep.sync()
        cls.today = datetime.date.today().isoformat()
        cls.made = {}
        run = cls.rep.run
        run("account", "add", "--short-name", "鑫澜")

        def visit(name, on, *more):
            cls.made[name] = run("visit", "add", "--account", "鑫澜",
                                 "--visited-on", on, "--status", "done",
                                 *more)["id"]

        visit("good", cls.today, "--place",
              "lat_e6=1,lon_e6=2,source=gps", "--next-contact-by", UNTIL)
        visit("late", OLD, "--type", "call")
        visit("bare", cls.today)
        visit("planned only", cls.today)
        run("visit", "set", cls.made["planned only"], "--status", "cancelled")
        for name in ("good", "late"):
            run("visit", "note", cls.made[name], "--kind", "fact", "--text",
                "照常拜访，一切正常。")
        run("action", "add", "--account", "鑫澜", "--visit",
            cls.made["late"], "--title", "报价")
        cls.rep.sync()
        cls.other.sync()
        cls.other.run("visit", "add", "--account", "鑫澜", "--visited-on",
                      cls.today, "--status", "done")
        cls.other.sync()
        for node in (cls.boss, cls.rep):
            node.sync()

    def told(self, node, *args):
        return node.run("honesty", "--until", UNTIL, *args)

    def person(self, node, login, *args):
        for person in self.told(node, *args)["people"]:
            if person["user"] == login:
                return person
        self.fail(login)

    def test_a_rep_sees_their_own_and_a_manager_everybodys(self):
        def users(node):
            return [p["user"] for p in self.told(node)["people"]]

        self.assertEqual(users(self.rep), ["rep1"])
        self.assertEqual(users(self.other), ["rep2"])
        self.assertEqual(users(self.boss), ["rep1", "rep2"])
        self.assertEqual(users(self.shared.hub), ["rep1", "rep2"])
        self.assertEqual(self.told(self.rep, "--user", "rep2")["people"], [])

    def test_counts_what_is_late_and_what_is_missing(self):
        rep = self.person(self.rep, "rep1")
        self.assertEqual(rep["visits"], 3)
        self.assertEqual(rep["entry_lag"]["late_bp"], 3333)
        # 1 where midnight came in between.
        self.assertIn(rep["entry_lag"]["median_days"], (0, 1))
        self.assertGreater(rep["entry_lag"]["p90_days"], 100)
        # No grant was there on the day: no clock of theirs is asked.
        self.assertEqual(rep["proven_late"], 1)
        # A phone call has no place.
        self.assertEqual(rep["without_place"], 1)
        self.assertEqual(rep["without_note"], 1)
        self.assertEqual(rep["without_next_step"], 1)
        self.assertEqual(rep["same_text"], 2)
        self.assertEqual(rep["edited_after_48h"], 0)
        self.assertEqual(rep["clock_set_back"], 0)
        # Of what they wrote themselves they have no receipt.
        self.assertIsNone(rep["here"])
        self.assertEqual(
            self.person(self.boss, "rep1")["here"]["visits"], 3)

    def test_says_which_visits_when_asked(self):
        rep = self.person(self.rep, "rep1", "--visits")
        flags = {v["id"]: v["flags"] for v in rep["flagged"]}
        self.assertEqual(flags[self.made["good"]], ["same_text"])
        self.assertEqual(flags[self.made["late"]],
                         ["late", "proven_late", "same_text"])
        self.assertEqual(
            flags[self.made["bare"]],
            ["without_place", "without_note", "without_next_step"])
        text = self.rep.run("honesty", "--visits", json=False, ok=0,
                            env={"LANG": "zh_CN.UTF-8"}).out.decode()
        self.assertIn("文字雷同", text)

    def test_nodes_with_equal_frontiers_tell_it_equal_but_for_receipts(self):
        self.assert_equal_digests(self.rep, self.boss)
        scope = ("--territory", "east/linxi", "--user", "rep1", "--visits")
        told = [shared(self.told(node, *scope))
                for node in (self.rep, self.boss)]
        self.assertEqual(told[0], told[1])
        printed = {node.run("honesty", "--until", UNTIL, *scope, json=False,
                            ok=0).out for node in (self.rep, self.boss)}
        self.assertEqual(len(printed), 1, printed)

    def test_days_narrow_it_down(self):
        self.assertEqual(
            self.person(self.rep, "rep1", "--since", self.today)["visits"], 2)
        self.assertEqual(
            self.rep.run("honesty", "--until", OLD)["people"][0]["visits"], 1)
        self.rep.fails(USAGE, "honesty", "--since", "yesterday")
        self.rep.fails(USAGE, "honesty", "--until", "2026-02-30")
        self.rep.fails(NOT_FOUND, "honesty", "--user", "nobody")
        self.rep.fails(REFUSED, "honesty", "--territory", "west/hexi")

    def test_a_visit_shows_its_window_and_whose_clocks_it_is_by(self):
        told = {}
        for node in (self.rep, self.boss, self.shared.hub):
            told[node.name] = node.run("visit", "show", self.made["late"])
        for name, how, where in (("rep1", "written", "rep1"),
                                 ("boss", "received", "boss"),
                                 ("hub", "received", "hub")):
            here = told[name]["entered"].pop("here")
            self.assertEqual((here["how"], here["node"]), (how, where))
        self.assertEqual(told["rep1"], told["boss"])
        self.assertEqual(told["rep1"], told["hub"])
        window = told["rep1"]["entered"]
        self.assertEqual(window["user"], "rep1")
        self.assertEqual(window["not_before"]["by"], "hub")
        self.assertEqual(window["not_before"]["why"], "told")
        # rep2 had it when they wrote theirs.
        self.assertEqual(window["not_after"]["by"], "rep2")
        text = self.boss.run("visit", "show", self.made["late"], json=False,
                             ok=0).out.decode()
        for words in ("by rep1, by their own clock", "not before",
                      "(clock of hub)", "(clock of rep2)",
                      "received on this device"):
            self.assertIn(words, text)

    def test_it_blocks_nothing(self):
        listed = self.boss.run("visit", "list")
        self.assertIn(self.made["late"], [v["id"] for v in listed])


if __name__ == "__main__":
    main()
