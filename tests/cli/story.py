"""
The story that Roadbook exists for, on real processes: a rep leaves, offline and
with visits that nobody has; two colleagues have not heard of it; who follows
had no grant there before. The customer stays.
"""

import fixture
from fixture import REFUSED, Case
from method import fill

AS_OF = "2026-11-22"  # what is rated counts by that day


class Story(Case):
    def setUp(self):
        self.office = company = self.company(("east/linxi", "west/hexi"))
        company.serve()
        self.hub = company.hub
        self.leaver = company.enrol("rep1", "east/linxi")
        self.colleague = company.enrol("rep2", "east/linxi")
        self.follower = company.enrol("rep3", "west/hexi")
        self.boss = company.enrol("boss", "east", "manager")
        for node in self.all():
            node.sync()

    def all(self):
        return self.leaver, self.colleague, self.follower, self.boss

    def visit(self, node, goal, day="2026-11-20"):
        return node.run("visit", "add", "--account", "鑫澜", "--visited-on",
                        day, "--status", "done", "--goal", goal,
                        "--contacts", "刘禾川")["id"]

    def goals(self, node):
        return {v["goal"] for v in node.run("visit", "list")}

    def meet(self, served, *others):
        """Directly, while head office is out of reach."""
        served.serve()
        for node in others:
            node.sync(served.address)
        served.stop()

    def nothing_waits(self, *nodes):
        for node in nodes:
            for territory in node.run("status")["territories"]:
                self.assertEqual(territory["waiting"], [], node.name)

    def test_a_rep_leaves_and_the_customer_stays(self):
        hub, leaver, colleague = self.hub, self.leaver, self.colleague
        follower, boss = self.follower, self.boss
        fill(leaver, "rep2")
        self.visit(leaver, "总部已有的")
        leaver.sync()  # all of this head office has; the others have nothing
        self.visit(leaver, "离线写的")
        self.assertEqual(follower.run("account", "list"), [])

        hub.stop()
        plan = hub.run("hub", "offboard", "rep1", "--to", "rep3", "--dry-run")
        self.assertEqual({a["name"] for a in plan["accounts"]},
                         {"鑫澜", "砂屏"})
        done = hub.run("hub", "offboard", "rep1", "--to", "rep3", "--reason",
                       "resigned")
        self.assertEqual(done["handovers"], 2)

        # Two have not heard: the one meets the leaver, the other that one.
        self.meet(leaver, colleague)
        self.assertEqual(self.goals(colleague) - {"确认年度框架价格"},
                         {"总部已有的", "离线写的"})
        shared = [v["id"] for v in colleague.run("visit", "list")
                  if v["goal"] == "离线写的"][0]
        colleague.run("visit", "note", shared, "--kind", "fact", "--text",
                      "我也在场")
        colleague.run("account", "set", "鑫澜", "--industry", "media")
        self.meet(colleague, boss)
        self.assertIn("离线写的", self.goals(boss))

        # Who follows has every account, brief and promise.
        self.office.serve()
        follower.sync()
        self.assertEqual({a["short_name"]
                          for a in follower.run("account", "list")},
                         {"鑫澜", "砂屏"})
        self.assertEqual(self.goals(follower),
                         {"确认年度框架价格", "总部已有的"})
        handed = follower.run("handover", "list")
        self.assertEqual({(h["account"], h["from"], h["to"])
                          for h in handed},
                         {("鑫澜", "rep1", "rep3"), ("砂屏", "rep1", "rep3")})
        brief = follower.run("handover", "show", "鑫澜", "--as-of",
                             AS_OF)["brief"]
        self.assertEqual([p["title"] for p in brief["promises"]],
                         ["三年框架的报价", "提供图纸", "准备样品"])
        self.assertEqual([p["title"] for p in
                          follower.run("promises", "--account", "鑫澜")
                          ["promises"]][:1], ["三年框架的报价"])
        self.assertEqual(len(brief["visits"]), 2)
        self.assertTrue(brief["people"])
        self.assertEqual(brief["chain"][0]["to"], "刘禾川")
        self.assertIn(("刘禾川", "K4", "K3"),
                      [(u["contact"], u["level"], u["counts_as"])
                       for u in brief["unconfirmed"]])

        # The leaver's device gets nothing from anyone who knows.
        self.visit(follower, "接手后的", handed[0]["effective_on"])
        follower.sync()
        before = leaver.digest(), self.goals(leaver)
        follower.serve()
        leaver.fails(REFUSED, "sync", follower.address)
        follower.stop()
        self.assertEqual((leaver.digest(), self.goals(leaver)), before)

        # They hear, and go on working; what was late counts nowhere.
        for node in (colleague, boss, colleague):
            node.sync()
        wanted = {"确认年度框架价格", "总部已有的", "接手后的"}
        for node in (colleague, boss, follower, hub):
            follower.sync()
            self.assertEqual(self.goals(node), wanted, node.name)
            self.assertEqual(node.run("account", "show", "鑫澜")["industry"],
                             "media")
        self.nothing_waits(colleague, boss, follower)
        self.assertEqual(colleague.run("quarantine", "list"), [])
        late = boss.run("quarantine", "list")
        self.assertEqual([(l["user"], l["territory"]) for l in late],
                         [("rep1", "east/linxi")])

        # What only the laptop has comes in when it calls, and is late, too.
        self.visit(leaver, "离开后写的")
        leaver.fails(REFUSED, "sync")
        self.assertEqual(leaver.run("account", "list"), [])
        self.assertEqual(leaver.digest(), {})
        device = hub.run("hub", "offboard", "rep1", "--status")["devices"][0]
        self.assertEqual((device["state"], device["late"]), ("told", 2))

        boss.sync()
        self.assertEqual(len(boss.run("quarantine", "list")), 2)
        boss.run("quarantine", "accept", "--all")
        for node in (boss, colleague, follower):
            node.sync()
        wanted |= {"离线写的", "离开后写的"}
        nodes = (colleague, follower, boss, hub)
        for node in nodes:
            self.assertEqual(self.goals(node), wanted, node.name)
            self.assertEqual(node.run("conflicts"), [])
            self.assertEqual(
                [n["text"] for n in node.run("visit_note", "list")
                 if n["visit_id"] == shared], ["我也在场"])
        # What was carried over is still theirs, as of when they wrote it.
        told = []
        for node in nodes:
            late = [v["id"] for v in node.run("visit", "list")
                    if v["goal"] == "离线写的"][0]
            window = node.run("visit", "show", late)["entered"]
            del window["here"]
            told.append(window)
            self.assertEqual((window["user"], window["carried_over"]),
                             ("rep1", True))
            self.assertEqual(window, told[0], node.name)
        self.nothing_waits(*nodes)
        self.assert_equal_digests(*nodes)
        self.assert_verified(*nodes)
        # The records are the managers'; the visits tell who was met.
        kept = {h["account"]: h for h in boss.run("handover", "list")}
        self.assertEqual((kept["鑫澜"]["reached"], kept["鑫澜"]["of"]),
                         (1, 2))
        self.assertEqual([e["by"] for e in hub.run("hub", "audit")
                          if e["what"] == "accepted"], ["boss", "boss"])


if __name__ == "__main__":
    fixture.main()
