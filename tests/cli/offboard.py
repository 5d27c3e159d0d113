"""
Somebody leaves: what is shown before, the one step itself, what becomes of
their devices, and what those read who follow.
"""

import os

import fixture
from fixture import NOT_FOUND, REFUSED, USAGE, Case
from method import fill


class Offboard(Case):
    def setUp(self):
        self.office = company = self.company(("east/linxi", "east/hexi"))
        company.serve()
        self.hub = company.hub
        self.rep = company.enrol("rep1", "east/linxi")
        self.rep2 = company.enrol("rep2", "east/hexi")
        self.boss = company.enrol("boss", "east", "manager")
        self.rep.sync()
        self.made = fill(self.rep, "rep2")
        for node in (self.rep, self.rep2, self.boss):
            node.sync()

    def offboard(self, *args, **options):
        return self.hub.run("hub", "offboard", "rep1", *args, **options)

    def grants(self, login):
        for user in self.hub.run("hub", "users"):
            if user["user"] == login:
                return {(g["territory"], g["role"]) for g in user["grants"]}
        return None

    def test_the_dry_run_shows_what_they_hold_and_writes_nothing(self):
        before = self.hub.digest()
        plan = self.offboard("--dry-run")
        self.assertEqual(plan["without_successor"], ["east/linxi"])
        self.assertEqual(plan["to"], [])
        accounts = {a["name"]: a for a in plan["accounts"]}
        self.assertEqual(set(accounts), {"鑫澜", "砂屏"})
        self.assertEqual(accounts["鑫澜"]["sole_contacts"],
                         ["刘禾川", "李澜屿"])
        self.assertEqual(accounts["鑫澜"]["sole_holder"], "rep1")
        self.assertIs(accounts["鑫澜"]["sole"], True)
        self.assertEqual([p["title"] for p in plan["promises"]],
                         ["三年框架的报价", "提供图纸", "准备样品"])
        self.assertEqual(len(plan["devices"]), 1)
        self.assertEqual(plan["devices"][0]["unsynced_since"],
                         plan["devices"][0]["last_sync"])
        plan = self.offboard("--to", "rep2", "--dry-run")
        self.assertEqual(plan["without_successor"], [])
        self.assertEqual(plan["to"], [
            {"user": "rep2", "territory": "east/linxi", "role": "rep",
             "devices": 1}])
        self.assertEqual(self.hub.digest(), before)
        text = self.offboard("--dry-run", json=False, ok=0).out.decode()
        self.assertIn("NOBODY", text)

    def test_what_cannot_be_done_is_told_and_nothing_is_done(self):
        before = self.hub.digest()
        hub = self.hub
        for code, args in (
                (USAGE, ()), (USAGE, ("--to", "rep1")),
                (NOT_FOUND, ("--to", "nobody")),
                (NOT_FOUND, ("--to", "rep2=moon")),
                (USAGE, ("--to", "rep2=east/hexi")),
                (USAGE, ("--to", "rep2", "--to", "boss")),
                (USAGE, ("--to", "rep2", "--reason", "bored")),
                (REFUSED, ("--to", "rep2", "--as", "boss"))):
            hub.fails(code, "hub", "offboard", "rep1", *args)
        hub.fails(NOT_FOUND, "hub", "offboard", "nobody", "--to", "rep2")
        hub.fails(REFUSED, "hub", "offboard", "admin", "--to", "rep2")
        hub.fails(NOT_FOUND, "hub", "offboard", "nobody", "--status")
        self.assertEqual(hub.digest(), before)
        self.assertEqual(self.grants("rep1"), {("east/linxi", "rep")})

    def test_one_step_ends_shuts_out_hands_over_and_is_followed(self):
        self.rep.run("visit", "add", "--account", "鑫澜", "--visited-on",
                     "2026-11-20", "--goal", "没来得及同步的")
        done = self.offboard("--to", "rep2", "--reason", "resigned")
        self.assertEqual(done, {
            "user": "rep1", "grants_ended": 1, "devices_shut_out": 1,
            "granted": 1, "handovers": 2})
        self.assertEqual(self.grants("rep1"), set())
        self.assertIn(("east/linxi", "rep"), self.grants("rep2"))
        device = self.offboard("--status")["devices"][0]
        self.assertEqual((device["state"], device["late"]), ("silent", 0))
        self.rep.fails(REFUSED, "sync")
        device = self.offboard("--status")["devices"][0]
        self.assertEqual((device["state"], device["late"]), ("told", 1))
        self.assertEqual(self.rep.run("account", "list"), [])
        # A second run finds nothing to do.
        done = self.offboard("--to", "rep2")
        self.assertEqual(set(done.values()), {"rep1", 0})
        self.rep2.sync()
        self.boss.sync()
        names = {a["short_name"] for a in self.rep2.run("account", "list")}
        self.assertEqual(names, {"鑫澜", "砂屏"})
        self.assert_equal_digests(self.hub, self.boss, self.rep2)
        self.assert_verified(self.hub, self.boss, self.rep2)

    def test_each_territory_may_go_to_another(self):
        self.office.user("rep3")
        self.hub.run("hub", "grant", "rep1", "--territory", "east/hexi",
                     "--role", "rep")
        self.offboard("--to", "rep3=east/hexi", "--to", "rep2=east/linxi")
        self.assertEqual(self.grants("rep3"), {("east/hexi", "rep")})
        self.assertIn(("east/linxi", "rep"), self.grants("rep2"))


if __name__ == "__main__":
    fixture.main()
