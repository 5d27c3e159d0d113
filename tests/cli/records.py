"""
What is typed of a record and what is read back: names, fields of every form,
where it goes.
"""

import fixture
from fixture import (NOT_FOUND, REFUSED, USAGE, Case, Shared)


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

    def test_of_a_long_value_that_is_refused_the_reason_is_seen(self):
        account = self.add("account", "--short-name", "长")["id"]
        for character in "x", "长", "🚚":
            for size in 119, 120, 121, 20000:
                told = self.rep.fails(
                    USAGE, "visit", "add", "--account", account,
                    "--visited-on", character * size)["message"]
                self.assertLess(len(told.encode()), 300)
                self.assertIn('--visited-on "' + character * 30, told)
                self.assertNotIn("\ufffd", told)
                self.assertRegex(told, '": .+')

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


if __name__ == "__main__":
    fixture.main()
