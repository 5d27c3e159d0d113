"""
A company begins: its hub, territories, people, invitations, and the devices
that come in by them.
"""

import os
import stat

import fixture
from contract import RFC3339, UUID, shape
from fixture import (AMBIGUOUS, NOT_FOUND, REFUSED, UNREACHABLE, USAGE, Case,
                     Node)


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


if __name__ == "__main__":
    fixture.main()
