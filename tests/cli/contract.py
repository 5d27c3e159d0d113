"""
What scripts rely on: every command's JSON, exit codes, where errors go, both
languages, and that what was typed comes back byte for byte.
"""

import csv
import io
import json
import os
import random
import re
import socket
import stat
import subprocess
import unicodedata

import fixture
from fixture import (AMBIGUOUS, FAILED, LOCKED, NOT_FOUND, REFUSED,
                     UNREACHABLE, USAGE, Case, Company, Node)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"
                     r"(Z|[+-]\d\d:\d\d)$")
HEX = re.compile(r"[0-9a-f]{64}$")
CHINESE = re.compile("[\u4e00-\u9fff]")
# Words that no code, flag or placeholder is: where they stand, English does.
ENGLISH = re.compile(
    r"(?<![-\w|])(the|is|are|was|of|to|and|no|not|with|this|that|for|it|"
    r"there|be|does|cannot|here|what|who|when|where|has|have|from|already|"
    r"only|must|needs|one|may|as|or|by|at)(?![-\w=])")


def shape(test, value, spec, where="$"):
    """The value has these keys and types; more keys are fine."""
    if isinstance(spec, dict):
        test.assertIsInstance(value, dict, where)
        for key, inner in spec.items():
            test.assertIn(key, value, where)
            shape(test, value[key], inner, where + "." + key)
    elif isinstance(spec, list):
        test.assertIsInstance(value, list, where)
        for i, item in enumerate(value):
            shape(test, item, spec[0], "%s[%d]" % (where, i))
    elif isinstance(spec, re.Pattern):
        test.assertIsInstance(value, str, where)
        test.assertRegex(value, spec, where)
    elif isinstance(spec, tuple):
        test.assertIn(type(value), spec, "%s: %r" % (where, value))
    else:
        # bool is an int in Python; JSON tells them apart.
        test.assertIs(type(value), spec, "%s: %r" % (where, value))


def english_in(text):
    """An English word in what is said; commands to be typed are none."""
    return ENGLISH.search(re.sub(r"\broadbook [-\w /…|=]+", "", text))


NULL = type(None)
TRAFFIC = {"changes": int, "segments": int, "bytes": int}
SYNCED = {"peer": str, "round_trips": int, "sent": TRAFFIC,
          "received": TRAFFIC, "conflicts": int}
STATUS = {"user": str, "device": UUID, "conflicts": int,
          "territories": [{"territory": str, "role": str, "pending": int,
                           "waiting": list}],
          "peers": [{"peer": str, "url": str, "last_sync": (str, NULL),
                     "to_send": (int, NULL), "error": (str, NULL)}]}
CONFLICT = {"id": str, "why": str, "type": str, "record": UUID, "field": str,
            "state": str,
            "siblings": [{"base": (str, NULL, dict, list, int, bool),
                          "user": str, "device": UUID, "time": RFC3339,
                          "suspect": bool}],
            "unseen": [{"user": str, "device": UUID, "time": RFC3339,
                        "record": UUID, "field": str}]}
RECORD = {"id": UUID, "territory": str}


class Shared(Case):
    """One company for the tests of a class that only add to it."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi", "west/hexi"))
        cls.addClassCleanup(cls.shared.close)
        cls.shared.serve()
        cls.hub = cls.shared.hub
        cls.rep = cls.shared.enrol("rep1", "east/linxi")


class Founding(Case):
    def test_hub_init_makes_a_company_and_a_secret_root_key(self):
        company = self.company()
        made = company.founded
        shape(self, made, {"company": str, "device": UUID, "key": str})
        self.assertEqual(made["company"], "云泽泓策")
        self.assertEqual(stat.S_IMODE(os.stat(made["key"]).st_mode), 0o600)
        with open(made["key"], encoding="utf-8") as key:
            self.assertIn("away", key.read())
        self.assertEqual(
            stat.S_IMODE(os.stat(company.hub.dir).st_mode), 0o700)

    def test_every_file_of_a_node_is_its_users_alone(self):
        before = os.umask(0)
        try:
            hub = self.company().hub
        finally:
            os.umask(before)
        files = os.listdir(hub.dir)
        self.assertIn("node.db", files)
        for name in files:
            mode = os.stat(os.path.join(hub.dir, name)).st_mode
            self.assertEqual(stat.S_IMODE(mode) & 0o077, 0, name)

    def test_a_folder_that_has_a_node_is_not_overwritten(self):
        company = self.company()
        company.hub.fails(AMBIGUOUS, "hub", "init", "--company", "另一家")
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        before = rep.digest()
        rep.fails(AMBIGUOUS, "init", company.token("rep1"))
        rep.fails(AMBIGUOUS, "hub", "init", "--company", "另一家")
        company.hub.fails(AMBIGUOUS, "init", company.token("rep1"))
        self.assertEqual(rep.digest(), before)

    def test_parents_of_a_territory_are_made_and_adding_again_is_the_same(self):
        company = self.company(())
        first = company.hub.run("hub", "territory", "add", "north/a/b")
        shape(self, first, {"territory": str, "id": UUID})
        self.assertEqual(first["territory"], "north/a/b")
        again = company.hub.run("hub", "territory", "add", "north/a/b")
        self.assertEqual(first, again)
        paths = [t["territory"]
                 for t in company.hub.run("hub", "territory", "list")]
        self.assertEqual(sorted(paths), ["/", "north", "north/a", "north/a/b"])
        for bad in ("a//b", "..", "a b", ""):
            code = company.hub.run("hub", "territory", "add", bad,
                                   ok=None).code
            self.assertIn(code, (USAGE, 0) if bad == "" else (USAGE,), bad)

    def test_users_are_unique_and_logins_are_plain(self):
        company = self.company()
        made = company.user("rep1", "一号代表")
        shape(self, made, {"user": str, "id": UUID, "name": str})
        company.hub.fails(AMBIGUOUS, "hub", "user", "add", "rep1")
        for bad in ("Rep", "一号", "", "a b", "x" * 33):
            company.hub.fails(USAGE, "hub", "user", "add", bad)
        users = company.hub.run("hub", "user", "list")
        self.assertEqual({u["user"] for u in users}, {"admin", "rep1"})

    def test_orders_are_those_of_an_admin(self):
        company = self.company(())
        company.hub.run("hub", "user", "add", "rep1")
        company.hub.run("--as", "admin", "hub", "territory", "add", "x")
        company.hub.fails(REFUSED, "hub", "territory", "add", "y", "--as",
                          "rep1")
        company.hub.fails(REFUSED, "hub", "territory", "add", "y", "--as",
                          "nobody")
        other = Node(company, "other")
        other.run("hub", "init", "--company", "别家", "--admin", "boss")
        users = other.run("hub", "user", "list")
        self.assertEqual([u["user"] for u in users], ["boss"])

    def test_serve_prints_where_it_listens_and_sigterm_ends_it_cleanly(self):
        company = self.company()
        address = company.serve()
        self.assertRegex(address, r"^tcp://127\.0\.0\.1:[1-9]\d*$")
        self.assertEqual(company.hub.stop(), 0)
        address = company.hub.serve("tcp://127.0.0.1:0")
        self.assertEqual(company.hub.stop(), 0)

    def test_the_token_stands_alone_on_stdout(self):
        company = self.company()
        company.serve()
        company.user("rep1")
        token = company.token("rep1", "east/linxi")
        self.assertRegex(token, r"^\S+$")
        shape(self, company.hub.run("hub", "invite", "rep1"), {
            "token": str, "user": str, "expires": RFC3339})
        company.hub.fails(NOT_FOUND, "hub", "invite", "nobody")
        company.hub.fails(NOT_FOUND, "hub", "invite", "rep1", "--territory",
                          "no/where", "--role", "rep")
        company.hub.fails(USAGE, "hub", "invite", "rep1", "--territory",
                          "east/linxi", "--role", "king")
        # Never recorded: nobody can dial them.
        for url in ("tcp://127.0.0.1:0", "tcp://0.0.0.0:7447"):
            company.hub.run("hub", "invite", "rep1", "--url", url, ok=None)
            company.hub.run("hub", "address", "add", url, ok=None)
        urls = [a["url"] for a in company.hub.run("hub", "address", "list")]
        self.assertEqual(urls, [company.hub.address])

    def test_a_grant_is_recorded_once_for_user_territory_and_role(self):
        company = self.company()
        company.serve()
        company.user("rep1")
        for _ in range(3):
            company.token("rep1", "east/linxi")
        company.token("rep1", "east/linxi", "manager")
        user = next(u for u in company.hub.run("hub", "user", "list")
                    if u["user"] == "rep1")
        self.assertEqual(
            sorted((g["territory"], g["role"]) for g in user["grants"]),
            [("east/linxi", "manager"), ("east/linxi", "rep")])


class Enrolment(Case):
    def start(self):
        company = self.company()
        company.serve()
        company.user("rep1")
        return company, company.token("rep1", "east/linxi")

    def test_init_enrols_this_device(self):
        company, token = self.start()
        rep = Node(company, "rep1")
        made = rep.run("init", token)
        shape(self, made, {"user": str, "device": UUID, "territories": [str]})
        self.assertEqual(made["user"], "rep1")
        self.assertEqual(made["territories"], ["east/linxi"])
        self.assertEqual(rep.run("account", "list"), [])

    def test_a_dash_reads_the_token_from_stdin(self):
        company, token = self.start()
        rep = Node(company, "rep1")
        made = rep.run("init", "-", stdin=(token + "\n").encode())
        self.assertEqual(made["user"], "rep1")

    def test_a_token_belongs_to_the_first_device_that_redeems_it(self):
        company, token = self.start()
        Node(company, "first").run("init", token)
        second = Node(company, "second")
        second.fails(REFUSED, "init", token)
        # The refused folder is free for another invitation.
        made = second.run("init", company.token("rep1"))
        self.assertEqual(made["territories"], ["east/linxi"])
        devices = company.hub.run("hub", "devices")
        self.assertEqual(len([d for d in devices if d["user"] == "rep1"]), 2)

    def test_a_garbled_token_is_a_usage_error(self):
        company, token = self.start()
        rep = Node(company, "rep1")
        middle = len(token) // 2
        flipped = "A" if token[middle] != "A" else "B"
        for bad in ("garbage", "", "rb1-", token[:-1], token + "A",
                    token[:middle] + flipped + token[middle + 1:],
                    token.upper(), "rb1-" + "A" * 4000):
            rep.fails(USAGE, "init", bad)
        rep.fails(USAGE, "init", "-", stdin=b"\xff\xfe garbage")
        rep.fails(USAGE, "init", "-", stdin=b"")
        self.assertEqual(rep.run("init", token)["user"], "rep1")

    def test_the_hub_being_away_is_unreachable_and_init_can_be_repeated(self):
        company, token = self.start()
        company.hub.stop()
        rep = Node(company, "rep1")
        rep.fails(UNREACHABLE, "init", token)
        rep.fails(NOT_FOUND, "status")
        company.serve()
        self.assertEqual(rep.run("init", token)["user"], "rep1")


class Json(Shared):
    def test_every_command_prints_the_json_of_the_contract(self):
        hub, rep = self.hub, self.rep
        account = rep.run("account", "add", "--legal-name",
                          "临溪鑫澜汽车零部件有限公司", "--industry",
                          "auto_parts", "--territory", "east/linxi")
        shape(self, account, RECORD)
        self.assertEqual(account, {
            "id": account["id"], "legal_name": "临溪鑫澜汽车零部件有限公司",
            "industry": "auto_parts", "territory": "east/linxi"})
        visit = rep.run("visit", "add", "--account", account["id"],
                        "--visited-on", "2026-11-20", "--goal", "了解需求")
        self.assertEqual(visit, {
            "id": visit["id"], "account_id": account["id"],
            "visited_on": "2026-11-20", "goal": "了解需求",
            "territory": "east/linxi"})
        note = rep.run("visit", "note", visit["id"], "--text", "要换供应商",
                       "--kind", "fact")
        self.assertEqual(note, {
            "id": note["id"], "visit_id": visit["id"], "text": "要换供应商",
            "kind": "fact", "territory": "east/linxi"})
        other = rep.run("visit_note", "add", "--visit", visit["id"],
                        "--text", "同一件事", "--kind", "quote")
        self.assertEqual(set(other), set(note))
        changed = rep.run("account", "set", account["id"], "--position",
                          "leading", "--phones", "021-5550-0100")
        self.assertEqual(changed["position"], "leading")
        self.assertEqual(changed["phones"], ["021-5550-0100"])
        self.assertEqual(rep.run("account", "show", account["id"]), changed)
        self.assertIn(changed, rep.run("account", "list"))
        history = rep.run("account", "history", account["id"])
        shape(self, history, [{"time": RFC3339, "user": str, "device": UUID,
                               "field": str, "kind": str}])
        self.assertEqual(
            [(h["field"], h["value"], h["user"]) for h in history],
            [("legal_name", "临溪鑫澜汽车零部件有限公司", "rep1"),
             ("industry", "auto_parts", "rep1"),
             ("phones", "021-5550-0100", "rep1"),
             ("position", "leading", "rep1")])
        archived = rep.run("account", "archive", account["id"])
        self.assertIs(archived["archived"], True)
        self.assertNotIn(account["id"],
                         [a["id"] for a in rep.run("account", "list")])
        back = rep.run("account", "unarchive", account["id"])
        self.assertNotIn("archived", back)
        shape(self, rep.run("status"), STATUS)
        self.assertGreater(
            rep.run("status")["territories"][0]["pending"], 0)
        synced = rep.run("sync")
        shape(self, synced, SYNCED)
        self.assertEqual(synced["peer"], "hub")
        self.assertGreater(synced["sent"]["changes"], 0)
        self.assertGreater(synced["sent"]["bytes"], 0)
        status = rep.run("status")
        self.assertEqual(status["user"], "rep1")
        self.assertEqual(status["territories"][0], {
            "territory": "east/linxi", "role": "rep", "pending": 0,
            "waiting": []})
        self.assertEqual(status["peers"][0]["peer"], "hub")
        shape(self, status["peers"][0]["last_sync"], RFC3339)
        self.assertEqual(status["peers"][0]["to_send"], 0)
        shape(self, rep.run("digest"), {"territories": {"east/linxi": HEX}})
        shape(self, rep.run("conflicts"), [CONFLICT])
        shape(self, hub.run("hub", "status"), dict(
            STATUS, listening=str, sessions=int, devices=int))
        shape(self, hub.run("hub", "devices"), [{"device": UUID, "user": str}])
        self.assertEqual(hub.run("status")["user"], "hub")
        self.assertIsInstance(rep.run("search", "鑫澜"), list)
        self.assertIn(account["id"],
                      [r["id"] for r in rep.run("search", "鑫澜")])
        self.assertEqual(rep.run("search", "没有的词"), [])
        why = rep.run("why", account["id"], "legal_name")
        self.assertEqual(why["shown"], "临溪鑫澜汽车零部件有限公司")
        shape(self, rep.run("verify"), {"ok": bool})
        self.assertIsInstance(rep.run("rebuild"), dict)

    def test_a_conflict_has_the_stated_form(self):
        company, a, b = self.two_reps()
        account = a.run("account", "add", "--legal-name", "原名")["id"]
        a.sync()
        b.sync()
        a.run("account", "set", account, "--legal-name", "甲名")
        b.run("account", "set", account, "--legal-name", "乙名")
        a.run("account", "archive", account)
        a.sync()
        report = b.sync()
        self.assertEqual(report["conflicts"], 2)
        found = b.run("conflicts")
        shape(self, found, [CONFLICT])
        self.assertEqual({(c["why"], c["field"]) for c in found},
                         {("siblings", "legal_name"), ("mark", "archived")})
        self.assertEqual(b.run("status")["conflicts"], 2)
        name = next(c for c in found if c["field"] == "legal_name")
        self.assertEqual(name["state"], "undecided")
        b.fails(AMBIGUOUS, "resolve", "0" * 32, "--pick", "1")
        b.fails(USAGE, "resolve", name["id"])
        b.fails(USAGE, "resolve", name["id"], "--pick", "0")
        b.fails(USAGE, "resolve", name["id"], "--pick", "3")
        b.fails(USAGE, "resolve", name["id"], "--pick", "x")
        b.fails(USAGE, "resolve", name["id"], "--pick", "1", "--value", "x")
        b.run("resolve", name["id"], "--pick", "2")
        self.assertEqual(b.run("account", "show", account)["legal_name"],
                         name["siblings"][1]["value"])
        b.fails(AMBIGUOUS, "resolve", name["id"], "--pick", "1")
        mark = next(c for c in found if c["why"] == "mark")
        self.assertEqual(mark["unseen"][0]["field"], "legal_name")
        b.run("account", "archive", account)
        self.assertEqual(b.run("conflicts"), [])

    def test_lists_have_no_limit_of_their_own(self):
        rep = self.shared.enrol("many", "west/hexi")
        for i in range(120):
            rep.run("account", "add", "--short-name", "第%d家" % i)
        self.assertEqual(len(rep.run("account", "list")), 120)
        self.assertEqual(len(rep.run("account", "list", "--limit", "7")), 7)


class ExitCodes(Shared):
    def test_each_failure_has_its_code_and_leaves_stdout_empty(self):
        rep, hub = self.rep, self.hub
        company = self.shared
        first = rep.run("account", "add", "--short-name", "甲厂东")["id"]
        rep.run("account", "add", "--short-name", "甲厂西")
        rep.fails(USAGE, "account", "add")
        rep.fails(USAGE, "account", "frob")
        rep.fails(USAGE, "frob")
        rep.fails(USAGE, "account", "set", first, "--no-such-field", "x")
        rep.fails(USAGE, "account", "set", first)
        rep.fails(USAGE, "account", "set", first, "--tier", "golden")
        rep.fails(USAGE, "visit", "add", "--goal", "没有客户")
        rep.fails(USAGE, "visit", "add", "--account", first, "--visited-on",
                  "2026-02-30")
        rep.fails(NOT_FOUND, "account", "show", "ffffffff")
        rep.fails(NOT_FOUND, "account", "show", "没有这家")
        rep.fails(NOT_FOUND, "account", "add", "--short-name", "x",
                  "--territory", "no/where")
        rep.fails(AMBIGUOUS, "account", "show", "甲厂")
        rep.fails(REFUSED, "account", "add", "--short-name", "x",
                  "--territory", "west/hexi")
        rep.fails(REFUSED, "account", "set", first, "--status", "active")
        rep.fails(REFUSED, "account", "set", first, "--credit-limit",
                  "5000.00 CNY")
        rep.fails(REFUSED, "hub", "territory", "add", "mine")
        rep.fails(REFUSED, "hub", "status")
        hub.fails(REFUSED, "account", "add", "--short-name", "x",
                  "--territory", "east/linxi")
        rep.fails(UNREACHABLE, "sync", "tcp://127.0.0.1:1")
        Node(company, "nothing").fails(NOT_FOUND, "status")
        rep.fails(USAGE, "sync", "not an address")
        rep.fails(USAGE, "--lang", "xx", "status")

    def test_without_json_an_error_is_text_on_stderr_and_stdout_is_empty(self):
        result = self.rep.run("account", "show", "ffffffff", json=False,
                              ok=NOT_FOUND)
        self.assertEqual(result.out, b"")
        self.assertIn(b"ffffffff", result.err)

    def test_a_held_lock_is_7(self):
        """The lock is held by a process that answers nobody."""
        import fcntl
        company = self.company()
        with open(os.path.join(company.hub.dir, "lock"), "rb+") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX)
                fcntl.flock(lock, fcntl.LOCK_EX)
            except OSError as error:
                self.skipTest(str(error))
            company.hub.fails(LOCKED, "status")

    def test_serving_twice_is_7(self):
        company = self.company()
        company.serve()
        company.hub.fails(LOCKED, "hub", "serve", "--listen",
                          "tcp://127.0.0.1:0")
        self.assertEqual(company.hub.run("status")["user"], "hub")

    def test_an_address_in_use_is_an_error_that_says_so(self):
        company = self.company()
        address = company.serve()
        rep = company.enrol("rep1", "east/linxi")
        error = rep.fails(FAILED, "serve", "--listen", address)
        self.assertIn(address, error["message"])


class Records(Shared):
    def add(self, noun, *args):
        return self.rep.run(noun, "add", *args)

    def test_ids_go_by_any_beginning_or_end_of_four_digits_and_by_name(self):
        rep = self.rep
        record = self.add("account", "--legal-name", "独一无二的公司")
        id = record["id"]
        for part in (id, id[-4:], id[-6:], id[-12:], id[:30], id.upper(),
                     "独一无二的公司", "独一无二"):
            self.assertEqual(rep.run("account", "show", part)["id"], id, part)
        rep.fails(NOT_FOUND, "account", "show", id[-3:])
        visit = self.add("visit", "--account", "独一无二", "--visited-on",
                         "2026-11-20")
        self.assertEqual(visit["account_id"], id)

    def test_an_account_needs_a_name_and_either_is_enough(self):
        self.rep.fails(USAGE, "account", "add", "--industry", "media")
        self.assertEqual(self.add("account", "--short-name", "简")[
            "short_name"], "简")
        self.assertEqual(self.add("account", "--legal-name", "全")[
            "legal_name"], "全")

    def test_clear_takes_a_value_away_and_empty_fields_are_left_out(self):
        id = self.add("account", "--short-name", "清", "--industry", "media",
                      "--phones", "1", "--phones", "2")["id"]
        record = self.rep.run("account", "set", id, "--clear", "industry")
        self.assertNotIn("industry", record)
        record = self.rep.run("account", "set", id, "--clear", "phones")
        self.assertNotIn("phones", record)
        self.assertNotIn("tier", record)
        self.rep.fails(USAGE, "account", "set", id, "--clear", "nothing")
        self.rep.fails(USAGE, "account", "set", id, "--industry", "")

    def test_sets_are_added_to_and_removed_from(self):
        id = self.add("account", "--short-name", "集", "--phones", "1")["id"]
        record = self.rep.run("account", "set", id, "--phones", "2",
                              "--phones", "3", "--phones", "1")
        self.assertEqual(sorted(record["phones"]), ["1", "2", "3"])
        record = self.rep.run("account", "set", id, "--remove-phones", "1",
                              "--phones", "4")
        self.assertEqual(sorted(record["phones"]), ["2", "3", "4"])
        record = self.rep.run("account", "set", id, "--remove-phones", "9")
        self.assertEqual(sorted(record["phones"]), ["2", "3", "4"])
        record = self.rep.run("account", "set", id, "--ownership", "soe",
                              "--ownership", "上市")
        self.assertEqual(sorted(record["ownership"]), ["listed", "soe"])

    def test_money_is_an_amount_and_a_currency_in_one(self):
        account = self.add("account", "--short-name", "钱")["id"]
        for typed, wanted in (
                ("5000.00 CNY", {"amount": "5000.00", "currency": "CNY"}),
                ("5000 CNY", {"amount": "5000.00", "currency": "CNY"}),
                ("0.10 USD", {"amount": "0.10", "currency": "USD"}),
                ("1,234,567.89 CNY",
                 {"amount": "1234567.89", "currency": "CNY"})):
            visit = self.rep.run("visit", "add", "--account", account,
                                 "--visited-on", "2026-11-20", "--cost",
                                 typed, ok=None)
            if typed.startswith("1,") and visit.code == USAGE:
                continue  # thousands separators may be refused
            self.assertEqual(visit.code, 0, str(visit))
            self.assertEqual(visit.json["cost"], wanted)
        for bad in ("5000.001 CNY", "CNY", "five CNY", "1e9 CNY", "NaN CNY",
                    "99999999999999999999999 CNY"):
            self.rep.fails(USAGE, "visit", "add", "--account", account,
                           "--visited-on", "2026-11-20", "--cost", bad)

    def test_hq_writes_what_only_hq_may(self):
        boss = self.shared.enrol("boss", "/", "hq")
        id = self.add("account", "--short-name", "授信")["id"]
        self.rep.sync()
        boss.sync()
        record = boss.run("account", "set", id, "--credit-limit",
                          "5000.00 CNY", "--credit-days", "30")
        self.assertEqual(record["credit_limit"],
                         {"amount": "5000.00", "currency": "CNY"})
        self.assertEqual(record["credit_days"], 30)
        boss.sync()
        self.rep.sync()
        self.assertEqual(self.rep.run("account", "show", id), record)

    def test_tuples_are_objects_in_json(self):
        account = self.add("account", "--short-name", "元组", "--aliases",
                           "老名,kind=former")
        self.assertEqual(account["aliases"],
                         [{"text": "老名", "kind": "former"}])
        contact = self.add("contact", "--name", "王工", "--account",
                           account["id"], "--mobiles",
                           "13900000000,label=work", "--mobiles", "138")
        self.assertEqual(
            sorted(contact["mobiles"], key=lambda m: m["value"]),
            [{"value": "138"}, {"value": "13900000000", "label": "work"}])
        contact = self.rep.run("contact", "set", contact["id"],
                               "--remove-mobiles", "13900000000,label=work")
        self.assertEqual(contact["mobiles"], [{"value": "138"}])
        self.rep.fails(USAGE, "contact", "set", contact["id"], "--mobiles",
                       "1,nonsense=work")

    def test_lists_of_codes_take_codes_and_labels_in_either_language(self):
        for typed in ("leading", "Leading", "领先"):
            record = self.add("account", "--short-name", "码", "--position",
                              typed)
            self.assertEqual(record["position"], "leading")
        # An open list keeps any text.
        record = self.add("account", "--short-name", "码", "--industry",
                          "航天零件")
        self.assertEqual(record["industry"], "航天零件")
        record = self.add("account", "--short-name", "码", "--industry",
                          "汽配")
        self.assertEqual(record["industry"], "auto_parts")

    def test_dates_and_times_are_iso(self):
        account = self.add("account", "--short-name", "时")["id"]
        visit = self.add("visit", "--account", account, "--visited-on",
                         "2024-02-29", "--started-at",
                         "2026-11-20T09:30:00+08:00")
        self.assertEqual(visit["visited_on"], "2024-02-29")
        self.assertEqual(visit["started_at"], "2026-11-20T09:30:00+08:00")
        typed = self.rep.run("visit", "set", visit["id"], "--started-at",
                             "2026-11-20 10:00", env={"TZ": "Asia/Shanghai"})
        self.assertEqual(typed["started_at"], "2026-11-20T10:00:00+08:00")
        for bad in ("2026-02-29", "20.11.2026", "2026-1-1", "yesterday-ish"):
            self.rep.fails(USAGE, "visit", "set", visit["id"],
                           "--visited-on", bad)

    def test_writing_to_what_is_archived_opens_it_again_and_says_so(self):
        id = self.add("account", "--short-name", "归档")["id"]
        self.rep.run("account", "archive", id)
        result = self.rep.run("account", "set", id, "--industry", "media",
                              json=False)
        self.assertIn("archived", (result.out + result.err).decode())
        self.assertNotIn("archived", self.rep.run("account", "show", id))
        self.rep.run("account", "archive", id)
        result = self.rep.run("contact", "add", "--name", "来人", "--account",
                              id, json=False)
        self.assertIn("archived", (result.out + result.err).decode())
        self.assertNotIn("archived", self.rep.run("account", "show", id))
        self.assertEqual(self.rep.run("conflicts"), [])

    def test_a_planned_visit_needs_no_more_than_its_account(self):
        account = self.add("account", "--short-name", "约")["id"]
        visit = self.add("visit", "--account", account, "--planned-start",
                         "2026-11-25T10:00:00+08:00", "--status", "planned")
        self.assertEqual(visit["planned_start"], "2026-11-25T10:00:00+08:00")
        self.assertEqual(visit["status"], "planned")
        self.rep.fails(USAGE, "visit", "add", "--planned-start",
                       "2026-11-25T10:00:00+08:00")

    def test_a_note_stays_as_it_was_written(self):
        account = self.add("account", "--short-name", "记")["id"]
        visit = self.add("visit", "--account", account, "--goal", "目")["id"]
        note = self.rep.run("visit", "note", visit, "--text", "错",
                            "--kind", "fact")["id"]
        self.rep.fails(USAGE, "visit_note", "set", note, "--text", "对")
        right = self.rep.run("visit", "note", visit, "--text", "对", "--kind",
                             "fact", "--corrects", note)
        self.assertEqual(right["corrects"], note)
        self.rep.fails(USAGE, "visit", "note", visit, "--text", "无类别")


class Territories(Case):
    def test_a_record_goes_where_what_it_refers_to_is(self):
        company = self.company(("east/linxi", "east/hedong"))
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        company.token("rep1", "east/hedong")
        rep.sync()
        error = rep.fails(USAGE, "account", "add", "--short-name", "哪里")
        said = error["message"] + error["hint"]
        self.assertIn("east/linxi", said)
        self.assertIn("east/hedong", said)
        account = rep.run("account", "add", "--short-name", "在河东",
                          "--territory", "east/hedong")
        self.assertEqual(account["territory"], "east/hedong")
        visit = rep.run("visit", "add", "--account", account["id"],
                        "--goal", "看看")
        self.assertEqual(visit["territory"], "east/hedong")
        note = rep.run("visit", "note", visit["id"], "--text", "x", "--kind",
                       "fact")
        self.assertEqual(note["territory"], "east/hedong")
        rep.fails(USAGE, "visit", "add", "--account", account["id"],
                  "--goal", "看看", "--territory", "east/linxi")
        rep.run("visit", "add", "--account", account["id"], "--goal", "再看",
                "--territory", "east/hedong")

    def test_a_grant_above_others_asks_which(self):
        company = self.company(("east/linxi", "east/hedong"))
        company.serve()
        boss = company.enrol("boss", "east", "manager")
        boss.sync()
        error = boss.fails(USAGE, "account", "add", "--short-name", "哪里")
        for path in ("east", "east/linxi", "east/hedong"):
            self.assertIn(path, error["message"] + error["hint"])
        self.assertEqual(
            boss.run("account", "add", "--short-name", "这里", "--territory",
                     "east/linxi")["territory"], "east/linxi")

    def test_it_is_written_under_the_highest_grant(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        id = rep.run("account", "add", "--short-name", "甲")["id"]
        rep.fails(REFUSED, "account", "set", id, "--tier", "key")
        company.token("rep1", "east/linxi", "manager")
        rep.sync()
        self.assertEqual(
            rep.run("account", "set", id, "--tier", "key")["tier"], "key")
        rep.sync()
        self.assertEqual(
            company.hub.run("account", "show", id)["tier"], "key")
        self.assert_equal_digests(company.hub, rep)


CONTROLS = "".join(chr(c) for c in range(1, 32)) + "\x7f\x80\x9b" \
    "\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029\ufeff\u061c"


class Text(Shared):
    def kept(self, text):
        """Stored, shown, listed and synced as it was typed."""
        id = self.visit_note(text)
        shown = self.rep.run("visit_note", "show", id)["text"]
        self.assertEqual(shown, text)
        return id

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        account = cls.rep.run("account", "add", "--short-name", "文字")["id"]
        cls.visit = cls.rep.run("visit", "add", "--account", account,
                                "--goal", "记")["id"]

    def visit_note(self, text):
        return self.rep.run("visit", "note", self.visit, "--text=" + text,
                            "--kind", "fact")["id"]

    def test_line_breaks_are_kept(self):
        for text in ("一\n二\n三", "\n", "一\r\n二", "尾\n", "\t一\t"):
            self.kept(text)

    def test_control_and_direction_characters_are_shown_as_numbers(self):
        text = "前" + CONTROLS + "后"
        id = self.kept(text)
        account = self.rep.run("account", "add", "--legal-name",
                               "公司\u202e\u2066红\u200f")["id"]
        for args in (("visit_note", "show", id), ("visit_note", "list"),
                     ("account", "show", account), ("account", "list"),
                     ("account", "history", account),
                     ("visit", "show", self.visit), ("search", "公司"),
                     ("why", account, "legal_name")):
            out = self.rep.run(*args, json=False).out
            shown = out.decode("utf-8")
            for c in CONTROLS.replace("\n", "").replace("\t", ""):
                self.assertNotIn(c, shown, (args, hex(ord(c))))
        shown = self.rep.run("account", "show", account, json=False).out
        self.assertIn("公司\\u{202e}\\u{2066}红\\u{200f}", shown.decode())
        # In an error, too: what was typed may have been pasted.
        result = self.rep.run("account", "show", "x\x1b[31m\u202e", json=False,
                              ok=NOT_FOUND)
        self.assertNotIn(b"\x1b", result.err)
        self.assertNotIn("\u202e".encode(), result.err)
        # And on the manager's and the hub's screen.
        self.rep.sync()
        out = self.hub.run("account", "list", json=False).out.decode()
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u202e", out)

    def test_text_that_is_not_utf8_is_refused(self):
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe4\xb8",
                    b"ok\x80"):
            self.rep.fails(USAGE, "account", "add", b"--short-name=" + bad)

    def test_naughty_strings_come_back_byte_for_byte(self):
        path = fixture.shared("vectors", "blns.json")
        if not path:
            self.skipTest("no ../shared/vectors/blns.json")
        with open(path, encoding="utf-8") as file:
            strings = [s for s in json.load(file) if s and "\0" not in s]
        self.assertGreater(len(strings), 400)
        # One-line fields take no controls and line ends; notes take all.
        lines = [s for s in strings
                 if not any(unicodedata.category(c) in ("Cc", "Zl", "Zp")
                            for c in s)]
        self.assertGreater(len(lines), 400)
        account = self.rep.run("account", "add", "--short-name", "怪")["id"]
        for at in range(0, len(lines), 40):
            self.rep.run("account", "set", account,
                         *["--phones=" + s for s in lines[at:at + 40]])
        self.assertEqual(set(self.rep.run("account", "show", account)
                             ["phones"]), set(lines))
        ids = {}
        for text in strings:
            ids[self.visit_note(text)] = text
        self.rep.sync()
        for node in (self.rep, self.hub):
            notes = {n["id"]: n["text"] for n in node.run("visit_note", "list")}
            for id, text in ids.items():
                self.assertEqual(notes[id], text, node.name)
            phones = node.run("account", "show", account)["phones"]
            self.assertEqual(set(phones), set(lines))
        self.assert_equal_digests(self.rep, self.hub)
        # Whatever they are, text output neither fails nor lets them through.
        out = self.hub.run("visit_note", "list", json=False).out.decode()
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u202e", out)

    def test_a_very_long_text_is_kept_or_refused_but_never_cut(self):
        self.kept("长" * 20000)
        result = self.rep.run("visit", "note", self.visit, "--kind", "fact",
                              "--text=" + "长" * 40000, ok=None)
        self.assertIn(result.code, (0, USAGE))
        if result.code == 0:
            self.assertEqual(result.json["text"], "长" * 40000)
        else:
            self.assertTrue(result.error["message"])


class Limits(Shared):
    """What is too long or no text is refused, by a node that goes on."""

    BAD = b"\xff\xfe"

    def refused(self, node, *args, **options):
        result = node.run(*args, ok=None, **options)
        alive = self.hub.process.running()
        if not alive:
            self.shared.serve()
        self.assertTrue(alive, "the hub ended: %s" % result.err)
        self.assertIn(result.code, range(1, 8), result.err)
        self.assertEqual(result.out, b"")
        self.assertNotEqual(result.err.strip(), b"", "nothing is said")
        self.assertTrue(result.error["message"])

    def test_a_name_that_is_not_utf8_is_refused(self):
        token = self.shared.token("rep1")
        fresh = Node(self.shared, "fresh")
        for node, args in (
                (self.hub, ["hub", "user", "add", "u1", "--name", self.BAD]),
                (self.hub, ["hub", "user", "add", self.BAD]),
                (self.hub, ["hub", "territory", "add", b"east/" + self.BAD]),
                (self.hub, ["hub", "address", "add",
                            b"tcp://" + self.BAD + b":1"]),
                (self.hub, ["hub", "invite", self.BAD]),
                (fresh, ["hub", "init", "--company", self.BAD]),
                (fresh, ["hub", "init", "--company", "x", "--admin",
                         self.BAD]),
                (fresh, ["init", token, "--name", self.BAD]),
                (self.rep, ["account", "show", self.BAD]),
                (self.rep, ["account", "add", "--short-name", self.BAD]),
                (self.rep, ["account", "list", b"--territory=" + self.BAD]),
                (self.rep, ["sync", b"tcp://" + self.BAD + b":1"]),
                (self.rep, ["resolve", "ffffffff", "--value", self.BAD]),
                (self.rep, ["--lang", self.BAD, "status"]),
                (self.rep, [self.BAD]),
                (self.rep, ["account", "list", b"--" + self.BAD]),
                (self.rep, ["import", "account", "-", "--key", "code",
                            b"--source=" + self.BAD])):
            with self.subTest(repr([a for a in args if a != token])):
                self.refused(node, *args, stdin=b"code,short_name\n1,x\n")

    def test_a_name_that_is_too_long_is_refused_and_not_left_out(self):
        token = self.shared.token("rep1")
        fresh = Node(self.shared, "fresh")
        long = "长" * 30000
        for node, args in (
                (self.hub, ["hub", "user", "add", "u2", "--name", long]),
                (self.hub, ["hub", "territory", "add", "east/" + long]),
                (fresh, ["hub", "init", "--company", long]),
                (fresh, ["init", token, "--name", long]),
                (self.rep, ["account", "add", "--short-name", long]),
                (self.rep, ["account", "show", long])):
            with self.subTest([a[:20] for a in args]):
                self.refused(node, *args)

    def test_an_error_about_a_long_text_is_json_all_the_same(self):
        silent = []
        for count in range(300, 420):
            result = self.rep.run("account", "show", "长" * count,
                                  ok=NOT_FOUND)
            if not result.err.strip():
                silent.append(count)
        self.assertEqual(silent, [])
        self.rep.fails(USAGE, "account", "add", "--short-name", "x", "--tier",
                       "长" * 1000)

    def test_a_file_whose_name_is_not_utf8_can_be_imported(self):
        """As it comes out of an archive that was made on a Chinese Windows."""
        path = os.path.join(self.shared.folder.encode(),
                            "客户.csv".encode("gb18030"))
        with open(path, "wb") as file:
            file.write("code,short_name\n1,来自压缩包\n".encode())
        result = self.rep.run("import", "account", path, "--key", "code",
                              ok=None)
        self.assertIn(result.code, (0, USAGE), str(result))
        report = self.rep.run("import", "account", path, "--key", "code",
                              "--source", "客户")
        self.assertEqual(report["rejected"], [])

    def test_nothing_is_printed_that_is_no_text(self):
        for command in self.rep.run("--help"):
            words = [w for w in (command["noun"] or "account",
                                 command["verb"]) if w]
            node = self.hub if words[0].startswith("hub") else self.rep
            words = " ".join(words).split()
            if words[-1] == "serve":
                continue
            result = node.run(*words, *["x"] * 70, json=False, ok=None)
            self.assertNotIn(b"(null)", result.out + result.err,
                             " ".join(words))

    def test_much_text_at_once_arrives_whole(self):
        rng = random.Random(fixture.SEED)
        account = self.rep.run("account", "add", "--short-name", "多")["id"]
        visit = self.rep.run("visit", "add", "--account", account, "--goal",
                             "多")["id"]
        texts = ["".join(chr(rng.randrange(0x4e00, 0x9fff))
                         for _ in range(20000)) for _ in range(60)]
        path = os.path.join(self.shared.folder, "notes.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["visit_id", "text", "kind"]] +
                [[visit, text, "fact"] for text in texts])
        report = self.rep.run("import", "visit_note", path)
        self.assertEqual((report["added"], report["rejected"]), (60, []))
        phones = ["021-%04d" % i for i in range(3000)]
        self.rep.run("account", "set", account,
                     *["--phones=" + p for p in phones])
        self.rep.sync()
        notes = {n["text"] for n in self.hub.run("visit_note", "list")}
        self.assertLessEqual(set(texts), notes)
        self.assertEqual(set(self.hub.run("account", "show", account)
                             ["phones"]), set(phones))
        self.assert_equal_digests(self.rep, self.hub)


class Files(Shared):
    def csv(self, name, text):
        path = os.path.join(self.shared.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def test_import_tells_what_it_did(self):
        path = self.csv("a.csv", "code,short_name,phones,aliases,颜色,行业\n"
                        '1,一,"021-1|021-2","老名",红,media\n'
                        '2,"二\n",x,,绿,media\n')
        report = self.rep.run("import", "account", path, "--key", "code",
                              "--map", "行业=industry")
        shape(self, report, {
            "rows": int, "added": int, "updated": int, "unchanged": int,
            "rejected": [{"line": int, "reason": str}]})
        self.assertEqual(report["rows"], 2)
        self.assertIn("颜色", json.dumps(report, ensure_ascii=False))
        one = next(a for a in self.rep.run("account", "list")
                   if a.get("external_ids") == ["a.csv:1"])
        self.assertEqual(sorted(one["phones"]), ["021-1", "021-2"])
        self.assertEqual(one["industry"], "media")

    def test_without_a_key_every_row_is_a_new_record(self):
        path = self.csv("b.csv", "short_name\n无键甲\n无键甲\n")
        for _ in range(2):
            self.assertEqual(self.rep.run("import", "account", path)["added"],
                             2)
        self.assertEqual(len([a for a in self.rep.run("account", "list")
                              if a["short_name"] == "无键甲"]), 4)

    def test_another_source_is_another_record(self):
        path = self.csv("c.csv", "code,short_name\n1,来源\n")
        first = self.rep.run("import", "account", path, "--key", "code",
                             "--source", "甲系统")
        again = self.rep.run("import", "account", path, "--key", "code",
                             "--source", "甲系统")
        other = self.rep.run("import", "account", path, "--key", "code",
                             "--source", "乙系统")
        self.assertEqual((first["added"], again["added"], other["added"]),
                         (1, 0, 1))
        self.assertEqual(
            sorted(a["external_ids"][0] for a in
                   self.rep.run("account", "list")
                   if a["short_name"] == "来源"),
            ["乙系统:1", "甲系统:1"])

    def test_wrong_imports_are_usage_errors_and_write_nothing(self):
        path = self.csv("d.csv", "code,short_name\n1,不该有\n")
        before = self.rep.digest()
        for args in (["--map", "没有=short_name"], ["--map", "code=nothing"],
                     ["--map", "code"], ["--key", "没有"],
                     ["--encoding", "latin1"]):
            with self.subTest(args):
                self.rep.fails(USAGE, "import", "account", path, *args)
        self.rep.fails(USAGE, "import", "frob", path)
        self.rep.fails(NOT_FOUND, "import", "account", path + ".no")
        self.assertEqual(self.rep.digest(), before)

    def test_undecided_fields_are_left_alone_and_reported(self):
        company, a, b = self.two_reps()
        path = os.path.join(company.folder, "w7.csv")

        def write(name, industry):
            with open(path, "w", encoding="utf-8") as file:
                file.write("code,legal_name,industry\n1,%s,%s\n" % (
                    name, industry))
            return ("import", "account", path, "--key", "code")

        a.run(*write("原名", "media"))
        id = a.run("account", "list")[0]["id"]
        a.sync()
        b.sync()
        a.run("account", "set", id, "--legal-name", "甲名")
        b.run("account", "set", id, "--legal-name", "乙名")
        a.sync()
        b.sync()
        conflicts = b.run("conflicts")
        report = b.run(*write("表名", "feed"))
        self.assertIn("legal_name", json.dumps(report))
        self.assertEqual(b.run("account", "show", id)["industry"], "feed")
        self.assertEqual(b.run("conflicts"), conflicts)

    def test_export_reads_back(self):
        rep = self.rep
        rep.run("account", "add", "--short-name", '带,"引号"', "--phones", "1",
                "--phones", "2", "--industry", "media")
        out = rep.run("export", "account", json=False).out.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        self.assertEqual(len(rows), len(rep.run("account", "list")))
        row = next(r for r in rows if r["short_name"] == '带,"引号"')
        self.assertEqual(sorted(row["phones"].split("|")), ["1", "2"])
        listed = rep.run("export", "account", "--format", "json")
        key = lambda record: record["id"]
        self.assertEqual(sorted(listed, key=key),
                         sorted(rep.run("account", "list"), key=key))


class Folders(Case):
    def test_the_folder_is_named_by_option_environment_or_xdg(self):
        company = self.company()
        home = os.path.join(company.folder, "home")
        os.mkdir(home)
        data = os.path.join(company.folder, "data")

        def run(*args, **env):
            done = subprocess.run(
                [fixture.PROGRAM, *args], capture_output=True,
                env=fixture.environment(company.folder, **env),
                timeout=fixture.DEADLINE)
            return done.returncode

        self.assertEqual(run("status", ROADBOOK_DIR=company.hub.dir), 0)
        self.assertEqual(run("status", HOME=home), NOT_FOUND)
        self.assertEqual(run("hub", "init", "--company", "x", HOME=home), 0)
        self.assertTrue(os.path.isdir(
            os.path.join(home, ".local/share/roadbook")))
        self.assertEqual(run("hub", "init", "--company", "x", HOME=home,
                             XDG_DATA_HOME=data), 0)
        self.assertTrue(os.path.isdir(os.path.join(data, "roadbook")))
        self.assertEqual(run("status", HOME=home), 0)

    def test_a_hub_that_moved_is_found_by_what_a_peer_tells(self):
        company, a, b = self.two_reps()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        company.hub.run("hub", "address", "add", "tcp://127.0.0.1:%d" % port)
        a.sync()
        company.hub.stop()
        company.port = port
        company.serve()
        self.assertEqual(a.sync()["peer"], "hub")
        b.fails(UNREACHABLE, "sync")
        a.serve()
        b.sync(a.address)
        self.assertEqual(b.sync()["peer"], "hub")


# ---- the table of commands ----

# How to run each command so that it works; ACCOUNT, VISIT … are filled in.
WORKING = {
    "TYPE add": ["account", "add", "--short-name", "表"],
    "TYPE set": ["account", "set", "ACCOUNT", "--industry", "media"],
    "TYPE show": ["account", "show", "ACCOUNT"],
    "TYPE list": ["account", "list"],
    "TYPE archive": ["account", "archive", "OLD"],
    "TYPE unarchive": ["account", "unarchive", "OLD"],
    "TYPE history": ["account", "history", "ACCOUNT"],
    "visit note": ["visit", "note", "VISIT", "--text", "话", "--kind",
                   "fact"],
    "contact rate": ["contact", "rate", "CONTACT", "--level", "K2"],
    "account brief": ["account", "brief", "ACCOUNT"],
    "due": ["due"],
    "promises": ["promises"],
    "coverage": ["coverage"],
    "completeness": ["completeness"],
    "conflicts": ["conflicts"],
    "resolve": None,  # needs a conflict each time: TwoReps, Json
    "why": ["why", "ACCOUNT", "short_name"],
    "search": ["search", "表"],
    "init": None,     # Enrolment
    "sync": ["sync"],
    "status": ["status"],
    "serve": None,    # second_process
    "open": None,     # page
    "device invite": None,  # device
    "outbox list": ["outbox", "list"],
    "address list": ["address", "list"],
    "address add": ["address", "add", "tcp://127.0.0.1:9"],
    "address remove": None,  # address
    "outbox withdraw": None,  # outbox
    "digest": ["digest"],
    "verify": ["verify"],
    "rebuild": ["rebuild"],
    "import": ["import", "account", "CSV", "--map", "公司简称=short_name",
               "--key", "证券代码"],
    "export": ["export", "account"],
    "hub init": None,  # Founding
    "hub serve": None,
    "hub territory add": ["hub", "territory", "add", "east/biao"],
    "hub territory list": ["hub", "territory", "list"],
    "hub user add": None,  # a second one of the name is refused
    "hub user list": ["hub", "user", "list"],
    "hub invite": ["hub", "invite", "rep1"],
    "hub address add": ["hub", "address", "add", "tcp://127.0.0.1:9"],
    "hub address list": ["hub", "address", "list"],
    "hub devices": ["hub", "devices"],
    "hub users": ["hub", "users"],
    "hub grant": ["hub", "grant", "rep1", "--territory", "east/biao"],
    "hub end-grant": None,  # grants
    "hub revoke": None,
    "hub offboard": ["hub", "offboard", "rep1", "--dry-run"],
    "handover list": ["handover", "list"],
    "handover show": None,  # offboard
    "hub audit": ["hub", "audit"],
    "hub risk": ["hub", "risk"],
    "quarantine list": ["quarantine", "list"],
    "quarantine show": None,  # quarantine
    "quarantine accept": None,
    "quarantine reject": None,
    "hub key rotate": None,  # takes the root key: hub_keys.py
    "hub restore": None,
    "hub quota list": ["hub", "quota", "list"],
    "hub quota set": None,  # limits
    "hub status": ["hub", "status"],
    "hub quota list": ["hub", "quota", "list"],
    "hub quota set": None,  # limits
}


class Table(Shared):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rep = cls.rep
        account = rep.run("account", "add", "--short-name", "表")["id"]
        old = rep.run("account", "add", "--short-name", "旧")["id"]
        visit = rep.run("visit", "add", "--account", account, "--goal",
                        "目的", "--visited-on", "2026-11-20")["id"]
        contact = rep.run("contact", "add", "--account", account, "--name",
                          "刘禾川")["id"]
        path = os.path.join(cls.shared.folder, "表.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["证券代码", "公司简称"], ["000001", "平安"]])
        cls.filled = {"ACCOUNT": account, "OLD": old, "VISIT": visit,
                      "CONTACT": contact, "CSV": path}
        cls.table = rep.run("--help")

    @staticmethod
    def name(command):
        words = [command["noun"] or "TYPE", command["verb"]]
        return " ".join(w for w in words if w)

    def node_of(self, name):
        return self.hub if name.startswith("hub") else self.rep

    def words(self, name):
        return name.replace("TYPE", "account").split()

    def argv(self, name):
        return [self.filled.get(w, w) for w in WORKING[name]]

    def test_every_command_of_the_table_is_tested_here(self):
        self.assertEqual({self.name(c) for c in self.table} - set(WORKING),
                         set())
        for wanted in ("hub init", "hub serve", "hub territory add",
                       "hub user add", "hub invite", "hub devices",
                       "hub status", "init", "serve", "sync", "import",
                       "export", "status", "conflicts", "resolve", "search",
                       "why", "digest", "rebuild", "verify", "visit note"):
            with self.subTest(wanted):
                self.assertIn(wanted, {self.name(c) for c in self.table})
        for type_ in ("account", "contact", "visit", "position",
                      "visit_note"):
            self.assertIn(type_, self.rep.run("--help", json=False)
                          .out.decode())

    def test_each_prints_one_json_document_and_nothing_on_stderr(self):
        for command in self.table:
            name = self.name(command)
            if not WORKING.get(name):
                continue
            for lang in ("en", "zh"):
                with self.subTest(name, lang=lang):
                    result = self.node_of(name).run(
                        *self.argv(name), "--lang", lang, ok=None)
                    self.assertEqual(result.code, 0, str(result))
                    self.assertIsNotNone(result.json)

    def test_each_speaks_chinese_when_asked(self):
        for command in self.table:
            name = self.name(command)
            if not WORKING.get(name):
                continue
            with self.subTest(name):
                result = self.node_of(name).run(
                    *self.argv(name), json=False, ok=None,
                    env={"LANG": "zh_CN.UTF-8"})
                self.assertEqual(result.code, 0, str(result))
                self.assert_chinese(result)

    def assert_chinese(self, result, needed=False):
        text = (result.out + result.err).decode("utf-8")
        self.assertEqual([line for line in text.splitlines()
                          if english_in(line)], [])
        if needed:
            self.assertRegex(text, CHINESE)

    def test_each_has_help_in_both_languages(self):
        for command in self.table:
            name = self.name(command)
            with self.subTest(name):
                node = self.node_of(name)
                english = node.run(*self.words(name), "--help", json=False)
                self.assertIn("--json", english.out.decode())
                self.assertIn(command["help"], english.out.decode())
                for options in ({"env": {"LANG": "zh_CN.UTF-8"}}, {}):
                    lang = [] if options else ["--lang", "zh"]
                    chinese = node.run(*self.words(name), "--help", *lang,
                                       json=False, **options)
                    self.assert_chinese(chinese, needed=True)
                    self.assertNotIn(command["help"], chinese.out.decode())
                translated = node.run(*self.words(name), "--help", "--lang",
                                      "zh")
                self.assertRegex(translated[0]["help"], CHINESE)
                for flag in translated[0]["flags"]:
                    self.assertRegex(flag["help"], CHINESE, flag["name"])

    def test_the_whole_help_is_chinese_too(self):
        for args in (["--help"], ["account", "--help"],
                     ["hub", "--help"]):
            with self.subTest(args):
                self.assert_chinese(self.rep.run(
                    *args, "--lang", "zh", json=False), needed=True)

    def wrong(self, command):
        name = self.name(command)
        words = self.words(name)
        yield words + ["--no-such-option", "x"]
        yield words + ["x"] * 70
        yield words + ["--json=yes"]
        yield words + ["--dir"]
        if "TYPE" in name or name in ("visit note", "why"):
            yield words + ["ffffffffffff"] * command["arguments"].count(" ") \
                + ["ffffffffffff"]
        if command["arguments"] and not command["arguments"].startswith("["):
            yield words
            yield words + [""]
            yield words + ["\x1b[31m\u202e", "--lang=zh"]
        for flag in command["flags"]:
            if flag["value"]:
                yield words + ["--" + flag["name"]]
                yield words + ["--" + flag["name"], ""]
                yield words + ["--" + flag["name"] + "=\u202e坏"]

    def each_wrong_input(self):
        for command in self.table:
            if self.name(command) in ("serve", "hub serve"):
                continue  # some of these would serve
            for args in self.wrong(command):
                # First, so that a last option is without its value.
                yield self.node_of(self.name(command)), ["--json"] + args

    def test_wrong_input_is_an_error_with_its_code_and_never_a_crash(self):
        for node, args in self.each_wrong_input():
            with self.subTest(" ".join(args)[:200]):
                result = node.run(*args, ok=None)
                self.assertIn(result.code, range(8), str(result))
                if result.code == 0:
                    self.assertIsNotNone(result.json)
                    continue
                self.assertEqual(result.out, b"", str(result))
                self.assertEqual(set(result.error),
                                 {"code", "message", "hint"})
                self.assertEqual(result.error["code"],
                                 fixture.CODE_NAMES[result.code])
                self.assertTrue(result.error["message"])
                text = node.run(*args[1:], json=False, ok=result.code)
                self.assertEqual(text.out, b"")
                for bad in ("\x1b", "\u202e"):
                    self.assertNotIn(bad.encode(), text.err)

    def test_errors_are_said_in_chinese_too(self):
        not_chinese = set()
        for node, args in self.each_wrong_input():
            if any(a.startswith("--lang") for a in args):
                continue
            result = node.run(*args, ok=None, env={"LC_ALL": "zh_CN.UTF-8"})
            self.assertIn(result.code, range(8), str(result))
            if result.code == 0:
                continue
            error = result.error
            if not CHINESE.search(error["message"]) or \
                    english_in(error["message"]):
                not_chinese.add(error["message"])
            if english_in(error["hint"]):
                not_chinese.add(error["hint"])
        self.assertEqual(sorted(not_chinese), [])

    def test_a_folder_without_a_node_is_said_by_every_command(self):
        nothing = Node(self.shared, "nothing-here")
        for command in self.table:
            name = self.name(command)
            if not WORKING.get(name):
                continue
            with self.subTest(name):
                nothing.fails(NOT_FOUND, *self.argv(name))
        self.assertFalse(os.path.exists(nothing.dir))


if __name__ == "__main__":
    fixture.main()
