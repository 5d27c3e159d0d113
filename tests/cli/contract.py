"""
What scripts rely on: every command's JSON, exit codes, where errors go, and
both languages.
"""

import csv
import os
import re

import fixture
from fixture import (AMBIGUOUS, FAILED, LOCKED, NOT_FOUND, REFUSED,
                     UNREACHABLE, USAGE, Node, Shared)

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
    "honesty": ["honesty"],
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
    "device withdraw": None,  # device
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
    "backup": None,  # takes a passphrase: backup.py
    "restore": None,
    "unlock": None,  # rest
    "lock": None,
    "encrypt": None,
    "rekey": None,
    "passphrase change": None,
    "recover": None,
    "hub recover": None,
    "letters list": ["letters", "list"],
    "letters drop": None,  # lease
    "hub policy lease": ["hub", "policy", "lease", "--days", "14"],
    "hub erase": ["hub", "erase", "CONTACT", "--dry-run"],
    "hub erasures": ["hub", "erasures"],
    "erasure verify": None,  # erase
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
        rep.sync()
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

    def test_without_a_command_only_common_options_are_taken(self):
        help_ = self.rep.run(json=False).out.decode()
        self.assertEqual(
            self.rep.run("--lang", "en", json=False).out.decode(), help_)
        for bad in ("--nonsense", "--nonsense=1", "--dirs"):
            error = self.rep.fails(USAGE, bad)
            self.assertIn(bad, error["message"])
            self.assertIn("--help", error["hint"])
        self.assertRegex(self.rep.run("--version", json=False).out.decode(),
                         r"^roadbook \d+\.\d+\.\d+\n$")

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
