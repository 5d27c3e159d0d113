"""
Somebody leaves: what is shown before, the one step itself, what becomes of
their devices, and what those read who follow.
"""

import contextlib
import os
import sqlite3

import fixture
from fixture import AMBIGUOUS, FAILED, NOT_FOUND, REFUSED, USAGE, Case
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

    def test_a_brief_and_its_key_contacts_go_to_who_follows(self):
        self.offboard("--to", "rep2", "--reason", "resigned")
        for node in (self.rep2, self.boss):
            node.sync()
        followed = {h["account"]: h
                    for h in self.rep2.run("handover", "list")}
        kept = {h["account"]: h for h in self.boss.run("handover", "list")}
        for told in (followed, kept):
            self.assertEqual(set(told), {"鑫澜", "砂屏"})
            h = told["鑫澜"]
            self.assertEqual((h["from"], h["to"], h["handed_territory"]),
                             ("rep1", "rep2", "east/linxi"))
            self.assertEqual((h["reached"], h["of"]), (0, 2))
            self.assertEqual(h["next_check"], h["check_30_on"])
        self.assertIsNone(followed["鑫澜"]["id"])
        self.assertEqual(kept["鑫澜"]["reason"], "resigned")
        # The reason is for managers alone.
        self.assertNotIn("reason", followed["鑫澜"])

        brief = self.rep2.run("handover", "show", "鑫澜", "--as-of",
                              "2026-11-22")["brief"]
        self.assertEqual([p["title"] for p in brief["promises"]],
                         ["三年框架的报价", "提供图纸", "准备样品"])
        self.assertIn("刘禾川", [u["contact"] for u in brief["unconfirmed"]])
        self.assertEqual(len(brief["visits"]), 1)
        kept_id = kept["鑫澜"]["id"]
        for node, what in ((self.rep2, "鑫澜"), (self.boss, kept_id),
                           (self.boss, "鑫澜")):
            text = node.run("handover", "show", what, json=False,
                            ok=0).out.decode()
            for words in ("刘禾川", "三年框架的报价", "not yet", "K4"):
                self.assertIn(words, text)

        # Whom they met since is told by their visits, on both nodes.
        day = kept["鑫澜"]["effective_on"]
        self.rep2.run("visit", "add", "--account", "鑫澜", "--visited-on",
                      day, "--status", "done", "--contacts", "刘禾川",
                      "--goal", "接手拜访")
        self.rep2.sync()
        self.boss.sync()
        for node in (self.rep2, self.boss):
            h = node.run("handover", "show", "鑫澜")
            self.assertEqual((h["reached"], h["of"]), (1, 2))
            self.assertEqual(
                [c["met_on"] for c in h["contacts"]
                 if c["name"] == "刘禾川"], [day])
        self.boss.run("handover", "set", kept_id, "--checks",
                      "30,reached=1,of=2,level_kept=yes")
        # Records as any, when they are narrowed.
        self.assertEqual(len(self.boss.run(
            "handover", "list", "--to-user", "rep2")), 2)
        self.rep2.fails(NOT_FOUND, "handover", "show", "没有的")
        self.rep2.fails(USAGE, "handover", "list", "--as-of", "morgen")

    def test_the_audit_tells_who_ordered_what(self):
        self.hub.run("hub", "user", "add", "second")
        self.hub.run("hub", "grant", "second", "--role", "admin")
        self.rep.run("account", "set", "鑫澜", "--industry", "media")
        self.offboard("--to", "rep2", "--as", "second")
        self.rep.fails(REFUSED, "sync")
        self.boss.sync()
        self.boss.run("quarantine", "accept", "--all", "--reason", "属实")
        self.boss.sync()
        audit = self.hub.run("hub", "audit")

        def of(user):
            return [(e["what"], e["by"], e.get("territory"))
                    for e in audit if e.get("user") == user]

        self.assertEqual(of("rep1"), [
            ("user", "admin", None),
            ("granted", "admin", "east/linxi"),
            ("enrolled", "hub", None),
            ("ended", "second", "east/linxi"),
            ("ending", "second", "east/linxi"),
            ("revoked", "second", None),
            ("accepted", "boss", "east/linxi")])
        self.assertEqual(of("rep2")[-1], ("granted", "second", "east/linxi"))
        self.assertEqual([e["at"] for e in audit],
                         sorted(e["at"] for e in audit))
        revoked = [e for e in audit if e["what"] == "revoked"][0]
        self.assertEqual((revoked["reason"], revoked["stolen"]),
                         ("left", False))
        self.assertEqual(self.hub.run("hub", "audit", "--since",
                                      "2199-01-01"), [])
        self.hub.fails(USAGE, "hub", "audit", "--since", "gestern")
        self.hub.run("hub", "audit", json=False, ok=0)

    def test_an_export_is_counted_and_head_office_hears_of_it(self):
        before = self.hub.run("hub", "audit")
        self.rep.run("export", "account", json=False, ok=0)
        self.rep.run("export", "contact", "--format", "json", json=False,
                     ok=0)
        self.rep.run("export", "position", json=False, ok=0)  # there are none
        self.hub.run("export", "account", json=False, ok=0)
        self.rep.sync()
        told = self.hub.run("hub", "audit")[len(before):]
        self.assertEqual(
            [(e["what"], e["by"], e["territory"], e["type"], e["records"],
              e["format"]) for e in told if e["what"] == "exported"],
            [("exported", "rep1", "east/linxi", "account", 2, "csv"),
             ("exported", "rep1", "east/linxi", "contact", 3, "json"),
             ("exported", "admin", "east/linxi", "account", 2, "csv")])
        # What head office took out its managers hold on their own nodes.
        self.boss.sync()
        with contextlib.closing(sqlite3.connect(
                os.path.join(self.boss.dir, "node.db"))) as db:
            self.assertEqual(db.execute(
                "SELECT type, records FROM exported WHERE of_territory_id "
                "IS NOT NULL").fetchall(), [("account", 2)])
        # It is an administrator's right there.
        self.hub.fails(REFUSED, "export", "account", "--as", "rep1")
        # Who may not write there any more may not take out either.
        second = self.office.enrol("rep1", None, folder="second", new=False)
        second.sync()
        self.hub.run("hub", "end-grant", "rep1", "--territory", "east/linxi")
        self.rep.sync()
        self.rep.fails(REFUSED, "export", "account")

    def test_a_plain_copy_for_analysts_is_counted_like_any_export(self):
        before = self.hub.run("hub", "audit")
        path = os.path.join(self.office.folder, "all.sqlite")
        made = self.rep.run("export", "--sqlite", path)
        self.rep.fails(AMBIGUOUS, "export", "--sqlite", path)
        self.rep.sync()
        told = [(e["by"], e["territory"], e["type"], e["records"],
                 e["format"])
                for e in self.hub.run("hub", "audit")[len(before):]
                if e["what"] == "exported"]
        self.assertIn(("rep1", "east/linxi", "account", 2, "sqlite"), told)
        self.assertIn(("rep1", "east/linxi", "contact", 3, "sqlite"), told)
        self.assertEqual(sum(e[3] for e in told), made["records"])
        with contextlib.closing(sqlite3.connect(path)) as db:
            self.assertEqual(db.execute(
                "SELECT path, count(*) FROM account JOIN _territory "
                "ON number = _territory").fetchall(), [("east/linxi", 2)])
            names = {name for name, in db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'")}
            columns = {row[1] for row in db.execute(
                "PRAGMA table_info(account)")}
        # What is shown, and nothing of logs, keys, colleagues.
        self.assertIn("account_phones", names)
        self.assertIn("short_name", columns)
        self.assertNotIn("_ver", columns)
        self.assertEqual(
            names & {"_segment", "_setting", "_log", "user", "exported"},
            set())
        hub = os.path.join(self.office.folder, "hub.sqlite")
        self.hub.fails(REFUSED, "export", "--sqlite", hub, "--as", "rep1")
        self.hub.fails(USAGE, "export", "account", "--sqlite", hub)
        self.hub.fails(USAGE, "export")
        self.hub.fails(FAILED, "export", "--sqlite", "/nowhere/at/all")
        self.assertFalse(os.path.exists(hub))
        self.hub.run("export", "--sqlite", hub)

    def test_risk_is_weighted_by_what_accounts_spend_where_it_is_known(self):
        self.rep.run("account", "set", "鑫澜", "--category-spend",
                     "300000,currency=CNY", "--annual-revenue",
                     "9000000,currency=CNY")
        self.rep.run("account", "add", "--short-name", "青堰",
                     "--category-spend", "100000,currency=CNY")
        self.rep.sync()
        spend = self.hub.run("hub", "risk")["spend"]
        self.assertEqual(spend["all"], {"known": 2, "unknown": 1, "of": [
            {"currency": "CNY", "amount": "400000.00", "share_bp": 10000}]})
        self.assertEqual(spend["held_by_one"], {"known": 1, "unknown": 0,
                         "of": [{"currency": "CNY", "amount": "300000.00",
                                 "share_bp": 7500}]})
        self.assertEqual(spend["without_owner"]["of"][0]["share_bp"], 2500)
        self.assertEqual(spend["without_owner"]["unknown"], 1)
        text = self.hub.run("hub", "risk", json=False, ok=0).out.decode()
        self.assertIn("they spend 300000.00 CNY a year, 75.00 %", text)

    def test_risk_names_what_hangs_on_one_person(self):
        risk = self.hub.run("hub", "risk")
        self.assertEqual([(a["name"], a["holder"])
                          for a in risk["held_by_one"]], [("鑫澜", "rep1")])
        self.assertEqual([a["name"] for a in risk["without_owner"]],
                         ["砂屏"])
        self.assertEqual({a["name"] for a in risk["without_backup"]},
                         {"鑫澜", "砂屏"})
        self.assertEqual(risk["territories_without_rep"], [])
        self.assertEqual([(c["name"], c["by"])
                          for c in risk["single_source"]],
                         [("刘禾川", "rep1")])
        self.assertEqual(risk["silent_devices"], [])
        self.assertEqual(
            {d["user"] for d in self.hub.run(
                "hub", "risk", "--silent", "0")["silent_devices"]},
            {"rep1", "rep2", "boss"})
        self.hub.run("hub", "revoke", "rep1")
        self.hub.run("hub", "end-grant", "rep1", "--territory", "east/linxi",
                     "--now")
        risk = self.hub.run("hub", "risk")
        self.assertEqual(risk["territories_without_rep"], ["east/linxi"])
        self.assertEqual({a["name"] for a in risk["without_owner"]},
                         {"鑫澜", "砂屏"})
        self.hub.run("hub", "risk", json=False, ok=0)
        self.hub.fails(USAGE, "hub", "risk", "--silent", "x")


if __name__ == "__main__":
    fixture.main()
