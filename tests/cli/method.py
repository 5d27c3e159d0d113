"""The key-account method as a rep and a manager use it: promises, coverage,
what is due, how much is known, and the brief of an account."""

import os

from fixture import Case, Company, NOT_FOUND, REFUSED, USAGE, main

AS_OF = "2026-11-22"
VIEWS = (("due",), ("promises", "--all"), ("coverage",), ("completeness",),
         ("account", "brief", "鑫澜"))


def fill(rep, other):
    """Two accounts of a rep, with the worked example of DOMAIN 3.13."""
    made = {}

    def add(*args):
        return rep.run(*args)["id"]

    made["account"] = add("account", "add", "--short-name", "鑫澜",
                          "--owner", "rep1", "--purchase-policy", "tender")
    made["quiet"] = add("account", "add", "--short-name", "砂屏")
    for name, role, level in (("刘禾川", "KDM", "exec"),
                              ("李澜屿", "KI", "mgmt"),
                              ("黄牧昀", "KU", "working")):
        made[name] = add("contact", "add", "--account", "鑫澜", "--name", name,
                         "--key-role", role, "--level", level,
                         "--department", "采购部")
    made["visit"] = add(
        "visit", "add", "--account", "鑫澜", "--visited-on", "2026-11-01",
        "--status", "done", "--goal", "确认年度框架价格", "--result",
        "advanced", "--contacts", "刘禾川", "--contacts", "李澜屿",
        "--our-attendees", "rep1", "--next-contact-by", "2026-11-25")
    rep.run("visit", "note", made["visit"], "--kind", "promise", "--text",
            "周五之前给出三年框架的报价。")
    made["ours"] = add(
        "action", "add", "--account", "鑫澜", "--visit", made["visit"],
        "--title", "三年框架的报价", "--owed-by", "us", "--owner", "rep1",
        "--due-on", "2026-11-06", "--promised-on", "2026-11-01")
    made["theirs"] = add(
        "action", "add", "--account", "鑫澜", "--title", "提供图纸",
        "--owed-by", "customer", "--due-on", "2026-11-03")
    made["step"] = add(
        "action", "add", "--account", "鑫澜", "--title", "准备样品",
        "--due-on", "2026-11-30")
    add("action", "add", "--account", "鑫澜", "--title", "已办",
        "--owed-by", "us", "--status", "done")
    add("contact_link", "add", "--contact", "李澜屿", "--to-contact", "刘禾川",
        "--kind", "influences", "--formal", "no", "--confidence", "2")
    add("contact_owner", "add", "--contact", "李澜屿", "--user", other,
        "--kind", "second")
    for name, level in (("刘禾川", "K4"), ("李澜屿", "K2"), ("黄牧昀", "K1")):
        made["rated " + name] = add(
            "contact", "rate", name, "--level", level, "--rated-on",
            "2026-11-02", "--evidence", "亲口承诺优先考虑我方。")
    add("intel", "add", "--account", "鑫澜", "--category", "mission",
        "--text", "做区域第一的转向系统。", "--observed-on", "2026-10-01")
    add("intel", "add", "--account", "鑫澜", "--category", "exit_traps",
        "--text", "不要越过采购部直接找总经理。")
    return made


class Method(Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi", "west/hexi"))
        cls.addClassCleanup(cls.shared.close)
        cls.shared.serve()
        cls.rep = cls.shared.enrol("rep1", "east/linxi")
        cls.other = cls.shared.enrol("rep2", "east/linxi")
        cls.boss = cls.shared.enrol("boss", "east", role="manager")
        cls.rep.sync()
        cls.ids = fill(cls.rep, "rep2")
        cls.rep.sync()
        cls.boss.sync()
        cls.boss.run("account", "set", "鑫澜", "--tier", "strategic")
        cls.boss.sync()
        for node in (cls.other, cls.rep):
            node.sync()

    def view(self, node, *args, **options):
        return node.run(*args, "--as-of", AS_OF, **options)

    def account(self, *args):
        for account in self.view(self.rep, *args)["accounts"]:
            if account["name"] == "鑫澜":
                return account
        self.fail(args)

    def test_every_figure_says_as_of_when_of_what_and_how_current(self):
        for args in VIEWS:
            told = self.view(self.rep, *args)
            self.assertEqual(told["as_of"], AS_OF)
            self.assertEqual(told["scope"]["territories"], ["east/linxi"])
            users = [f["user"] for f in told["freshness"]]
            self.assertEqual(sorted(users), ["boss", "rep1"])
            for entry in told["freshness"]:
                self.assertRegex(entry["last_change"], r"^\d{4}-\d\d-\d\dT")

    def test_two_nodes_with_equal_frontiers_print_equal(self):
        self.assert_equal_digests(self.rep, self.other, self.boss)
        for args in VIEWS:
            # The manager reads the territory above, too.
            if args[0] != "account":
                args += ("--territory", "east/linxi")
            for language in ("en", "zh"):
                for json in (True, False):
                    printed = {
                        self.view(node, *args, "--lang", language, json=json,
                                  ok=0).out
                        for node in (self.rep, self.other, self.boss)}
                    self.assertEqual(len(printed), 1, (args, printed))
        # Nor does it depend on where the reader is.
        far = self.view(self.rep, "coverage", ok=0,
                        env={"TZ": "Asia/Shanghai"}).out
        self.assertEqual(far, self.view(self.rep, "coverage", ok=0).out)

    def test_coverage_and_bus_factor_are_those_of_the_domain(self):
        told = self.account("coverage")
        # KDM at K4 3*4, KI at K2 2*2, KU at K1 1*1, of 12 + 8 + 3.
        self.assertEqual(told["coverage_bp"], 7391)
        self.assertEqual(told["missing_roles"], [])
        # The decision maker held by rep1 alone (3), the influencer by both
        # (2): without rep1 40 % are held.
        self.assertEqual(told["bus_factor"], 1)
        self.assertEqual(told["sole_holder"], "rep1")
        self.assertEqual(told["sole_share_bp"], 6000)
        self.assertIs(told["backup"], False)
        self.assertEqual(told["levels_bp"], 6667)
        quiet = self.view(self.rep, "coverage", "--account", "砂屏")
        self.assertEqual(len(quiet["accounts"]), 1)
        self.assertEqual(quiet["accounts"][0]["coverage_bp"], 0)
        self.assertIsNone(quiet["accounts"][0]["bus_factor"])
        self.assertEqual(quiet["accounts"][0]["missing_roles"],
                         ["KDM", "KI", "KU"])

    def test_completeness_says_what_is_missing_and_what_is_not_kept(self):
        told = self.account("completeness")
        # Chain 6 + 4 + 4, departments 4, ratings 12, mission 3, policy 2.
        self.assertEqual(told["score_bp"], 3500)
        self.assertEqual(told["attainable"], 63)
        self.assertEqual(told["by_owner_bp"], 10000)
        self.assertIn("uscc", told["missing"])
        self.assertIn("plan", told["not_kept"])
        self.assertNotIn("mission", told["missing"])

    def test_promises_come_with_what_we_owe_first(self):
        told = self.view(self.rep, "promises")["promises"]
        self.assertEqual([p["title"] for p in told],
                         ["三年框架的报价", "提供图纸"])
        self.assertEqual(told[0]["late_days"], 16)
        self.assertEqual(told[0]["owner"], "rep1")
        every = self.view(self.rep, "promises", "--all")["promises"]
        self.assertEqual(every[-1]["title"], "准备样品")

    def test_due_has_visits_by_tier_and_open_actions(self):
        told = self.view(self.rep, "due", "--within", "0")["due"]
        kinds = [(d["kind"], d["on"]) for d in told]
        # Strategic: 14 days; 21 days ago is 1.5 times that.
        self.assertEqual(kinds, [("action", "2026-11-03"),
                                 ("action", "2026-11-06"),
                                 ("account", "2026-11-15"),
                                 ("account", "2026-11-22")])
        self.assertEqual(told[2]["overdue_bp"], 15000)
        self.assertEqual(told[2]["light"], "red")
        self.assertEqual(told[3]["light"], "never")
        later = self.view(self.rep, "due", "--within", "2w")["due"]
        self.assertEqual(
            [d["kind"] for d in later[4:]], ["next_contact", "action"])
        # Counted as a whole, told as far as was asked.
        view = self.view(self.rep, "due", "--within", "0", "--visits",
                         "--limit", "1")
        self.assertEqual(view["due"], [told[2]])
        self.assertEqual((view["count"], view["accounts"]), (2, 2))
        view = self.view(self.rep, "promises", "--limit", "1")
        self.assertEqual((len(view["promises"]), view["count"]), (1, 2))
        before = self.rep.run("due", "--as-of", "2026-11-02", "--within",
                              "20d")["due"]
        self.assertIn(("account", "2026-11-15"),
                      [(d["kind"], d["on"]) for d in before])

    def test_the_brief_has_all_that_a_successor_needs(self):
        brief = self.view(self.other, "account", "brief", "鑫澜")
        self.assertEqual(brief["account"]["tier"], "strategic")
        people = brief["people"]
        self.assertEqual([p["key_role"] for p in people], ["KDM", "KI", "KU"])
        self.assertEqual(people[0]["key"]["level"], "K4")
        self.assertEqual(people[0]["key"]["rated_by"], "rep1")
        self.assertEqual(people[0]["met"], "2026-11-01")
        self.assertEqual(people[1]["held_by"], ["rep1", "rep2"])
        self.assertEqual([p["level"] for p in people],
                         ["exec", "mgmt", "working"])
        self.assertEqual([p["target"] for p in people], ["K4", "K4", "K3"])
        self.assertEqual([p["rival"] for p in people], [None] * 3)
        self.assertEqual(brief["chain"][0]["to"], "刘禾川")
        self.assertEqual(brief["chain"][0]["to_id"], self.ids["刘禾川"])
        self.assertEqual(brief["chain"][0]["from_id"], self.ids["李澜屿"])
        self.assertIs(brief["chain"][0]["formal"], False)
        self.assertEqual(len(brief["visits"]), 1)
        self.assertEqual(brief["visits"][0]["notes"][0]["kind"], "promise")
        self.assertEqual([p["owed_by"] for p in brief["promises"]],
                         ["us", "customer", None])
        self.assertEqual(brief["exit_note"][0]["category"], "exit_traps")
        self.assertEqual([i["category"] for i in brief["intel"]], ["mission"])
        self.assertEqual(brief["unconfirmed"], [])
        text = self.view(self.other, "account", "brief", "鑫澜", "--lang",
                         "zh", json=False, ok=0).out.decode()
        for words in ("决策链", "承诺与下一步", "三年框架的报价", "逾期 16 天",
                      "K4 支持不排他", "非正式", "不要越过采购部"):
            self.assertIn(words, text)

    def test_wrong_input_says_what_was_wrong_and_changes_nothing(self):
        rep, ids = self.rep, self.ids
        before = rep.digest()
        for args in (("due", "--limit", "few"),
                     ("promises", "--limit", "-1"),
                     ("due", "--within", "soon"), ("due", "--within", "-1"),
                     ("due", "--within", "14x"), ("due", "--within", ""),
                     ("due", "--within", "99999999999999999999"),
                     ("coverage", "--as-of", "yesterday"),
                     ("completeness", "--as-of", "2026-02-30"),
                     ("account", "brief"), ("promises", "鑫澜"),
                     ("contact", "rate", "刘禾川"),
                     ("contact", "rate", "刘禾川", "--level", "K6"),
                     # The two highest levels ask for evidence.
                     ("contact", "rate", "刘禾川", "--level", "K5"),
                     # A level of another scale.
                     ("contact", "rate", "刘禾川", "--level", "K2", "--scale",
                      "CR"),
                     # Of nobody.
                     ("relationship_rating", "add", "--scale", "CR",
                      "--level", "CR3", "--rated-on", AS_OF),
                     ("relationship_rating", "set", ids["rated 刘禾川"],
                      "--level", "K5"),
                     ("action", "add", "--account", "鑫澜"),
                     ("intel", "add", "--account", "鑫澜", "--category",
                      "gossip", "--text", "x")):
            rep.fails(USAGE, *args)
            zh = rep.fails(USAGE, *args, "--lang", "zh")
            self.assertRegex(zh["message"], "[\u4e00-\u9fff]")
        rep.fails(NOT_FOUND, "account", "brief", "没有这家")
        rep.fails(NOT_FOUND, "coverage", "--account", "没有这家")
        rep.fails(NOT_FOUND, "coverage", "--territory", "nowhere")
        rep.fails(REFUSED, "coverage", "--territory", "west/hexi")
        # Who gets an account is a manager's to say.
        rep.fails(REFUSED, "account_assignment", "add", "--account", "鑫澜",
                  "--to-user", "rep2", "--effective-on", AS_OF)
        self.assertEqual(rep.digest(), before)

    def test_help_and_headings_are_in_both_languages(self):
        for args in VIEWS:
            noun = [a for a in args[:2] if not a.startswith("-")]
            for lang, word in (("en", "--as-of"), ("zh", "以该日为准")):
                out = self.rep.run(*noun, "--help", "--lang", lang,
                                   json=False, ok=0).out.decode()
                self.assertIn(word, out)
        text = self.view(self.rep, "coverage", "--lang", "zh", json=False,
                         ok=0).out.decode()
        self.assertIn("关键关系覆盖率", text)
        self.assertIn("73.91 %", text)


class Files(Case):
    def test_imported_ratings_keep_the_same_rules(self):
        company, rep, _ = self.two_reps()
        fill(rep, "rep2")
        path = os.path.join(company.folder, "ratings.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("contact_id,scale,level,rated_on,evidence\n"
                      "刘禾川,CR,CR2,2026-11-20,主动介绍了同事\n"
                      "李澜屿,CR,CR1,2026-11-20,\n"
                      "黄牧昀,KEY5,CR3,2026-11-20,\n"
                      "黄牧昀,CR,CR3,2026-11-20,\n")
        report = rep.run("import", "relationship_rating", path)
        self.assertEqual(report["added"], 2)
        self.assertEqual([r["line"] for r in report["rejected"]], [3, 4])
        listed = rep.run("relationship_rating", "list", "--scale", "CR")
        self.assertEqual(sorted(r["level"] for r in listed), ["CR2", "CR3"])
        told = rep.run("coverage", "--as-of", AS_OF, "--account", "鑫澜")
        # Support 3 (the decision maker), neutral 1.
        self.assertEqual(told["accounts"][0]["balance_bp"], 7500)

    def test_a_running_node_answers_the_same(self):
        company, rep, _ = self.two_reps()
        fill(rep, "rep2")
        before = [rep.run(*args, "--as-of", AS_OF, ok=0).out
                  for args in VIEWS]
        rep.serve()
        self.assertEqual(before, [rep.run(*args, "--as-of", AS_OF, ok=0).out
                                  for args in VIEWS])
        rep.stop()

    def test_a_contact_is_shown_with_its_ratings_and_links(self):
        company, rep, _ = self.two_reps()
        fill(rep, "rep2")
        text = rep.run("contact", "show", "李澜屿", json=False,
                       ok=0).out.decode()
        for words in ("K2 accepts us", "Influences", "Second"):
            self.assertIn(words, text)


class Handover(Case):
    def test_a_predecessors_rating_is_unconfirmed_until_rated_anew(self):
        company, rep, other = self.two_reps()
        boss = company.enrol("boss", "east", role="manager")
        fill(rep, "rep2")
        rep.sync()
        boss.sync()
        boss.run("account_assignment", "add", "--account", "鑫澜",
                 "--from-user", "rep1", "--to-user", "rep2",
                 "--effective-on", "2026-11-20", "--reason", "调动",
                 "--by", "boss")
        boss.sync()
        other.sync()

        def key():
            brief = other.run("account", "brief", "鑫澜", "--as-of", AS_OF)
            return brief["people"][0]["key"], brief["unconfirmed"]

        told, unconfirmed = key()
        self.assertEqual(told["level"], "K4")
        self.assertEqual(told["counts_as"], "K3")
        self.assertIs(told["unconfirmed"], True)
        self.assertEqual(unconfirmed[0]["contact"], "刘禾川")
        # The day before it was not so.
        before = other.run("account", "brief", "鑫澜", "--as-of", "2026-11-19")
        self.assertEqual(before["unconfirmed"], [])
        other.run("contact", "rate", "刘禾川", "--level", "K2", "--rated-on",
                  "2026-11-21")
        told, unconfirmed = key()
        self.assertEqual((told["level"], told["counts_as"]), ("K2", "K2"))
        self.assertNotIn("刘禾川", [u["contact"] for u in unconfirmed])

    def test_a_handover_is_written_in_the_management_compartment(self):
        company = self.company(("east/linxi",))
        company.hub.run("hub", "territory", "add", "east/linxi/leitung",
                        "--management")
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        company.user("rep2")
        boss = company.enrol("boss", "east", role="manager")
        rep.sync()
        made = fill(rep, "rep2")
        rep.sync()
        boss.sync()
        written = boss.run(
            "handover", "add", "--territory", "east/linxi/leitung",
            "--from-user", "rep1", "--to-user", "rep2",
            "--handed-territory", "east/linxi", "--account", "鑫澜",
            "--reason", "resigned", "--status", "preparing",
            "--promises", made["ours"], "--key-contacts", "刘禾川",
            "--check-30-on", "2026-12-22",
            "--met", made["刘禾川"] + ",met_on=2026-11-23",
            "--checks", "30,reached=1,of=2,level_kept=yes")
        self.assertEqual(written["territory"], "east/linxi/leitung")
        self.assertEqual(written["met"][0]["met_on"], "2026-11-23")
        boss.sync()
        rep.sync()
        self.assertEqual(rep.run("handover", "list"), [])
        self.assertEqual(len(boss.run("handover", "list")), 1)


if __name__ == "__main__":
    main()
