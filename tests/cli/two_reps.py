"""
Two reps of one territory and the hub: they write offline, meet each other
with the hub down, then the hub, in any order. Nothing that was typed is lost,
everybody ends with the same, and what one settles is settled for all.
"""

import itertools

import fixture
from fixture import Case


class Work:
    """What two reps typed offline, on top of what both had."""

    def __init__(self, company, a, b):
        self.company, self.a, self.b = company, a, b
        self.typed = []  # (noun, id, field, value, user)
        self.shared_beginning()
        self.offline()

    def add(self, node, noun, **fields):
        args = []
        for name, value in fields.items():
            flag = name[:-3] if name.endswith("_id") else name
            args += ["--" + flag.replace("_", "-"), value]
        record = node.run(noun, "add", *args)
        for name, value in fields.items():
            self.typed.append((noun, record["id"], name, value, node.name))
        return record["id"]

    def set(self, node, noun, id, **fields):
        args = []
        for name, value in fields.items():
            args += ["--" + name.replace("_", "-"), value]
            self.typed.append((noun, id, name, value, node.name))
        return node.run(noun, "set", id, *args)

    def note(self, node, visit, text):
        id = node.run("visit", "note", visit, "--text", text, "--kind",
                      "fact")["id"]
        self.typed.append(("visit_note", id, "text", text, node.name))
        return id

    def shared_beginning(self):
        a, b = self.a, self.b
        self.account = self.add(a, "account", legal_name="临溪鑫澜有限公司",
                                short_name="鑫澜")
        self.other = self.add(a, "account", legal_name="甲子机械")
        self.third = self.add(a, "account", legal_name="乙丑模具")
        self.visit = self.add(a, "visit", account_id=self.account,
                              visited_on="2026-11-18", goal="第一次拜访",
                              status="planned")
        a.sync()
        b.sync()

    def offline(self):
        a, b = self.a, self.b
        # The same field, of each order: ask, latest, highest.
        self.set(a, "account", self.account, legal_name="临溪鑫澜汽车零部件公司")
        self.set(b, "account", self.account, legal_name="临溪鑫澜汽配有限公司")
        self.set(a, "account", self.account, short_name="鑫澜汽配")
        self.set(b, "account", self.account, short_name="鑫澜零部件")
        self.set(a, "visit", self.visit, status="done")
        self.set(b, "visit", self.visit, status="cancelled")
        # The same record, different fields; the same set.
        self.set(a, "account", self.account, industry="auto_parts")
        self.set(b, "account", self.account, region_code="330000")
        self.set(a, "account", self.account, phones="021-5550-0100")
        self.set(b, "account", self.account, phones="0571-5550-0200")
        # Each logs their own.
        for node, who in ((a, "甲"), (b, "乙")):
            mine = self.add(node, "account", short_name=who + "的客户")
            self.add(node, "contact", name=who + "经理", account_id=mine)
            visit = self.add(node, "visit", account_id=mine,
                             visited_on="2026-11-20", goal=who + "的目的")
            self.note(node, visit, who + "记下的话，第一行\n第二行")
            self.note(node, self.visit, who + "对同一次拜访的记录")
        # An archive against a contact, and against an edit, that it had not
        # seen.
        a.run("account", "archive", self.other)
        self.contact = self.add(b, "contact", name="王工",
                                account_id=self.other)
        b.run("account", "archive", self.third)
        self.set(a, "account", self.third, website="https://yichou.example")


def inbox(node):
    return {c["id"]: c for c in node.run("conflicts")}


class TwoReps(Case):
    def start(self):
        company, a, b = self.two_reps()
        work = Work(company, a, b)
        company.hub.stop()
        return company, a, b, work

    def meet_peer(self, server, caller):
        """The hub is down; one listens, the other calls."""
        url = server.serve()
        report = caller.sync(url)
        self.assertEqual(report["peer"], server.name)
        self.assertEqual(server.stop(), 0)

    def check_everything(self, work, nodes):
        self.assert_equal_digests(*nodes)
        self.assert_equal_inboxes(work, nodes)
        self.assert_nothing_is_missing(work, nodes)
        self.assert_merged(work, nodes)
        self.assert_verified(*nodes)

    def assert_equal_inboxes(self, work, nodes):
        first = inbox(nodes[0])
        for node in nodes[1:]:
            self.assertEqual(first, inbox(node), node.name)
        by_field = {(c["record"], c["field"]): c for c in first.values()}
        for field, state, values in (
                ("legal_name", "undecided",
                 {"临溪鑫澜汽车零部件公司": "rep1", "临溪鑫澜汽配有限公司": "rep2"}),
                ("short_name", "settled",
                 {"鑫澜汽配": "rep1", "鑫澜零部件": "rep2"})):
            conflict = by_field[work.account, field]
            self.assertEqual(conflict["why"], "siblings")
            self.assertEqual(conflict["type"], "account")
            self.assertEqual(conflict["state"], state)
            found = {s["value"]: s["user"] for s in conflict["siblings"]}
            self.assertEqual(found, values)
            self.assertEqual(conflict["shown"],
                             conflict["siblings"][0]["value"])
            for sibling in conflict["siblings"]:
                self.assertEqual(set(sibling), {
                    "value", "base", "user", "device", "time", "suspect"})
                self.assertIs(sibling["suspect"], False)
            base = "临溪鑫澜有限公司" if field == "legal_name" else "鑫澜"
            self.assertEqual([s["base"] for s in conflict["siblings"]],
                             [base, base])
        visit = by_field[work.visit, "status"]
        self.assertEqual(visit["shown"], "done")
        self.assertEqual([s["value"] for s in visit["siblings"]],
                         ["done", "cancelled"])
        # Of the contact, what it says of the account is what was not seen.
        for record, of, value, user in (
                (work.other, work.contact, work.other, "rep2"),
                (work.third, work.third, "https://yichou.example", "rep1")):
            mark = by_field[record, "archived"]
            self.assertEqual(mark["why"], "mark")
            self.assertIn((of, value, user), {
                (u["record"], u["value"], u["user"]) for u in mark["unseen"]})

    def assert_nothing_is_missing(self, work, nodes):
        for node in nodes:
            histories = {id: node.run(noun, "history", id)
                         for noun, id in {t[:2] for t in work.typed}}
            for noun, id, field, value, user in work.typed:
                history = histories[id]
                self.assertTrue(any(
                    self.holds(entry, field, value) and entry["user"] == user
                    for entry in history),
                    "%s lost %s of %s: %s" % (node.name, value, noun, history))

    @staticmethod
    def holds(entry, field, value):
        if entry["field"] == "body":
            return entry["value"].get(field) == value
        return entry["field"] == field and entry["value"] == value

    def assert_merged(self, work, nodes):
        for node in nodes:
            account = node.run("account", "show", work.account)
            self.assertEqual(account["industry"], "auto_parts")
            self.assertEqual(account["region_code"], "330000")
            self.assertEqual(set(account["phones"]),
                             {"021-5550-0100", "0571-5550-0200"})
            for record in (work.other, work.third):
                shown = node.run("account", "show", record)
                self.assertNotIn("archived", shown)
            notes = [n["text"] for n in node.run("visit_note", "list")
                     if n["visit_id"] == work.visit]
            self.assertEqual(sorted(notes), sorted(
                ["甲对同一次拜访的记录", "乙对同一次拜访的记录"]))
            self.assertEqual(len(node.run("account", "list")), 5)
            self.assertEqual(len(node.run("contact", "list")), 3)
            self.assertEqual(len(node.run("visit", "list")), 3)
            self.assertEqual(len(node.run("visit_note", "list")), 4)

    def settle(self, work, resolver, nodes):
        """One resolves by pick and by value; everybody's inbox follows."""
        by_field = {(c["record"], c["field"]): c
                    for c in resolver.run("conflicts")}
        name = by_field[work.account, "legal_name"]
        wanted = name["siblings"][1]["value"]
        resolver.run("resolve", name["id"], "--pick", 2)
        short = by_field[work.account, "short_name"]
        resolver.run("resolve", short["id"], "--value", "两家的鑫澜")
        status = by_field[work.visit, "status"]
        resolver.run("resolve", status["id"], "--pick", 1)
        # What is settled is no longer there to be picked from.
        resolver.fails(fixture.AMBIGUOUS, "resolve", name["id"], "--pick", 1)
        for node in (resolver, *[n for n in nodes if n is not resolver]):
            if node.name != "hub":
                node.sync()
        self.assert_equal_digests(*nodes)
        for node in nodes:
            left = {(c["record"], c["field"]) for c in node.run("conflicts")}
            self.assertFalse(left & {
                (work.account, "legal_name"), (work.account, "short_name"),
                (work.visit, "status")}, node.name)
            account = node.run("account", "show", work.account)
            self.assertEqual(account["legal_name"], wanted)
            self.assertEqual(account["short_name"], "两家的鑫澜")
            self.assertEqual(node.run("visit", "show", work.visit)["status"],
                             "done")
        self.assert_nothing_is_missing(work, nodes)

    def test_they_meet_each_other_first_then_the_hub_in_any_order(self):
        for caller_first, hub_first in itertools.product((0, 1), (0, 1)):
            with self.subTest(caller=caller_first, hub=hub_first):
                company, a, b, work = self.start()
                reps = [a, b]
                caller = reps[caller_first]
                server = reps[1 - caller_first]
                self.meet_peer(server, caller)
                self.check_everything(work, reps)
                company.serve()
                order = [reps[hub_first], reps[1 - hub_first]]
                order[0].sync()
                # The first brought the second's words along.
                self.check_everything(work, [company.hub, *reps])
                report = order[1].sync()
                self.assertEqual(report["sent"]["changes"], 0)
                self.assertEqual(report["received"]["changes"], 0)
                self.settle(work, order[1], [company.hub, *reps])
                company.close()

    def test_they_meet_only_at_the_hub_in_any_order(self):
        for order in ("aba", "bab", "abba"):
            with self.subTest(order=order):
                company, a, b, work = self.start()
                company.serve()
                for letter in order:
                    {"a": a, "b": b}[letter].sync()
                self.check_everything(work, [company.hub, a, b])
                self.settle(work, a if order[0] == "a" else b,
                            [company.hub, a, b])
                company.close()

    def test_one_meets_the_hub_before_the_peers_meet(self):
        for first in (0, 1):
            with self.subTest(first=first):
                company, a, b, work = self.start()
                reps = [a, b]
                company.serve()
                reps[first].sync()
                company.hub.stop()
                self.meet_peer(reps[first], reps[1 - first])
                self.check_everything(work, reps)
                company.serve()
                reps[1 - first].sync()
                self.check_everything(work, [company.hub, *reps])
                self.settle(work, reps[1 - first], [company.hub, *reps])
                company.close()

    def test_two_resolves_of_one_value_close_it_and_of_two_do_not(self):
        company, a, b, work = self.start()
        self.meet_peer(a, b)
        name = next(c for c in a.run("conflicts")
                    if c["field"] == "legal_name")
        short = next(c for c in a.run("conflicts")
                     if c["field"] == "short_name")
        a.run("resolve", name["id"], "--pick", 1)
        b.run("resolve", name["id"], "--pick", 1)
        a.run("resolve", short["id"], "--pick", 1)
        b.run("resolve", short["id"], "--pick", 2)
        self.meet_peer(b, a)
        self.assert_equal_digests(a, b)
        self.assertEqual(inbox(a), inbox(b))
        left = [c["field"] for c in a.run("conflicts")
                if c["record"] == work.account]
        self.assertEqual(left, ["short_name"])

    def test_a_later_write_that_covers_a_conflict_takes_it_off_the_list(self):
        company, a, b, work = self.start()
        self.meet_peer(a, b)
        a.run("account", "set", work.account, "--legal-name", "定下来的名称")
        self.assertNotIn("legal_name", [
            c["field"] for c in a.run("conflicts")
            if c["record"] == work.account])
        self.meet_peer(a, b)
        self.assertEqual(inbox(a), inbox(b))
        self.assertEqual(
            b.run("account", "show", work.account)["legal_name"],
            "定下来的名称")

    def test_rebuilding_a_node_changes_nothing(self):
        company, a, b, work = self.start()
        self.meet_peer(a, b)
        before = (a.digest(), inbox(a), a.run("account", "list"),
                  a.run("visit", "list"), a.run("visit_note", "list"))
        a.run("rebuild")
        self.assertEqual(before, (
            a.digest(), inbox(a), a.run("account", "list"),
            a.run("visit", "list"), a.run("visit_note", "list")))
        self.check_everything(work, [a, b])


if __name__ == "__main__":
    fixture.main()
