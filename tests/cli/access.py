"""
A node without a grant on a territory neither gets nor may write it, from the
hub, from peers, or by asking.
"""

import os

import fixture
from fixture import REFUSED, USAGE, NOT_FOUND, Case, Company


def raw(node):
    """Everything that lies in the node's folder."""
    data = b""
    for name in sorted(os.listdir(node.dir)):
        with open(os.path.join(node.dir, name), "rb") as file:
            data += file.read()
    return data


class Access(Case):
    """
    /            hq        east          manager
    east/linxi   rep_e     east/hedong   rep_h (no one else)
    west/hexi    rep_w     east/margins  management: not for reps
    """

    PLACES = ("east/linxi", "east/hedong", "west/hexi")
    WRITERS = {"east/linxi": "rep_e", "east/hedong": "rep_h",
               "west/hexi": "rep_w"}
    MAY_READ = {
        "rep_e": {"east/linxi"}, "rep_h": {"east/hedong"},
        "rep_w": {"west/hexi"},
        "manager": {"east", "east/linxi", "east/hedong", "east/margins"},
        "hq": {"/", "east", "west", "east/linxi", "east/hedong", "west/hexi",
               "east/margins"},
    }

    @classmethod
    def setUpClass(cls):
        cls.company = Company(cls.PLACES)
        cls.addClassCleanup(cls.company.close)
        company = cls.company
        company.hub.run("hub", "territory", "add", "east/margins",
                        "--management")
        company.serve()
        cls.nodes = {
            "rep_e": company.enrol("rep_e", "east/linxi"),
            "rep_h": company.enrol("rep_h", "east/hedong"),
            "rep_w": company.enrol("rep_w", "west/hexi"),
            "manager": company.enrol("manager", "east", "manager"),
            "hq": company.enrol("hq", "/", "hq"),
        }
        cls.ids = {}
        for place, login in cls.WRITERS.items():
            node = cls.nodes[login]
            cls.ids[place] = node.run(
                "account", "add", "--legal-name", cls.secret(place))["id"]
            node.sync()
        manager = cls.nodes["manager"]
        manager.sync()
        cls.ids["east/margins"] = manager.run(
            "account", "add", "--legal-name", cls.secret("east/margins"),
            "--territory", "east/margins")["id"]
        manager.sync()
        for node in cls.nodes.values():
            node.sync()

    @staticmethod
    def secret(place):
        return "只在%s的客户" % place.replace("/", "之")

    def test_each_has_the_territories_of_its_grants_and_no_other(self):
        for login, places in self.MAY_READ.items():
            with self.subTest(login):
                node = self.nodes[login]
                self.assertLessEqual(set(node.digest()), places)
                self.assertLessEqual(
                    {t["territory"] for t in
                     node.run("status")["territories"]}, places)
                wanted = {self.ids[p] for p in places if p in self.ids}
                self.assertEqual(
                    {r["id"] for r in node.run("account", "list")}, wanted)

    def test_nothing_of_the_others_lies_in_its_folder(self):
        for login, places in self.MAY_READ.items():
            data = raw(self.nodes[login])
            for place, id in self.ids.items():
                with self.subTest(login, place=place):
                    held = place in places
                    self.assertEqual(
                        self.secret(place).encode() in data, held)
                    self.assertEqual(
                        bytes.fromhex(id.replace("-", "")) in data, held)

    def test_asking_for_it_finds_nothing(self):
        for login, places in self.MAY_READ.items():
            node = self.nodes[login]
            for place, id in self.ids.items():
                if place in places:
                    continue
                with self.subTest(login, place=place):
                    node.fails(NOT_FOUND, "account", "show", id)
                    node.fails(NOT_FOUND, "account", "history", id)
                    node.fails(NOT_FOUND, "account", "set", id, "--industry",
                               "media")
                    node.fails(NOT_FOUND, "why", id, "legal_name")
                    self.assertEqual(node.run("search", self.secret(place)),
                                     [])
                    code = node.run("account", "list", "--territory", place,
                                    ok=None)
                    self.assertTrue(code.code in (NOT_FOUND, REFUSED) or
                                    code.json == [], str(code))

    def test_it_may_not_be_written(self):
        for login, places in self.MAY_READ.items():
            node = self.nodes[login]
            for place in self.ids:
                if place in places:
                    continue
                with self.subTest(login, place=place):
                    node.fails(REFUSED, "account", "add", "--short-name",
                               "混进来的", "--territory", place)
                    # To refer to it by its id makes no way in, either.
                    result = node.run(
                        "visit", "add", "--account", self.ids[place],
                        "--goal", "混进来的", ok=None)
                    self.assertIn(result.code, (NOT_FOUND, USAGE, REFUSED),
                                  str(result))
        for node in (self.company.hub, *self.nodes.values()):
            self.assertEqual(node.run("search", "混进来的"), [])

    def test_the_hub_reads_everything_and_writes_nothing(self):
        hub = self.company.hub
        self.assertEqual({r["id"] for r in hub.run("account", "list")},
                         set(self.ids.values()))
        for place, id in self.ids.items():
            with self.subTest(place):
                hub.fails(REFUSED, "account", "add", "--short-name", "总部",
                          "--territory", place)
                hub.fails(REFUSED, "account", "set", id, "--industry",
                          "media")
                hub.fails(REFUSED, "account", "archive", id)
                hub.fails(REFUSED, "contact", "add", "--name", "某", "--account",
                          id)
        self.assertEqual(
            {t["pending"] for t in hub.run("status")["territories"]}, {0})
        path = os.path.join(self.company.folder, "hub.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("short_name\n总部写的\n")
        hub.fails(REFUSED, "import", "account", path, "--territory",
                  "east/linxi")

    def test_peers_get_from_each_other_what_both_may_have_and_no_more(self):
        nodes = self.nodes
        for node in nodes.values():
            node.sync()
        before = {login: node.digest() for login, node in nodes.items()}
        for server, caller in (("rep_w", "rep_e"), ("rep_e", "rep_w"),
                               ("rep_h", "rep_e"), ("manager", "rep_w"),
                               ("rep_w", "manager")):
            with self.subTest(server=server, caller=caller):
                nodes[server].serve()
                report = nodes[caller].sync(nodes[server].address)
                self.assertEqual(report["sent"]["changes"], 0)
                self.assertEqual(report["received"]["changes"], 0)
                nodes[server].stop()
                for login in (server, caller):
                    self.assertEqual(nodes[login].digest(), before[login])
        self.test_nothing_of_the_others_lies_in_its_folder()

    def test_peers_carry_the_directory_to_each_other(self):
        company, nodes = self.company, self.nodes
        company.user("newcomer", "新来的人")
        company.token("newcomer", "west/hexi")
        nodes["rep_w"].sync()
        nodes["rep_w"].serve()
        report = nodes["rep_e"].sync(nodes["rep_w"].address)
        nodes["rep_w"].stop()
        self.assertGreater(report["received"]["segments"], 0)
        self.assertIn("新来的人".encode(), raw(nodes["rep_e"]))

    def test_of_another_company_nobody_gets_even_the_directory(self):
        other = Company(("east/linxi",))
        self.addCleanup(other.close)
        other.serve()
        stranger = other.enrol("rep_e", "east/linxi", folder="stranger")
        before = self.company.hub.digest(), stranger.digest()
        error = stranger.run("sync", self.company.hub.address, ok=None)
        self.assertNotEqual(error.code, 0)
        self.assertEqual(error.out, b"")
        self.assertNotIn("只在".encode(), raw(stranger))
        self.assertEqual(
            before, (self.company.hub.digest(), stranger.digest()))
        stranger.sync()


class LaterGrants(Case):
    def test_a_manager_takes_what_a_rep_wrote_from_the_rep(self):
        company = self.company(("east/linxi", "west/hexi"))
        company.serve()
        rep = company.enrol("rep_e", "east/linxi")
        manager = company.enrol("manager", "east", "manager")
        west = company.enrol("rep_w", "west/hexi")
        made = rep.run("account", "add", "--short-name", "先给经理看")["id"]
        # Who rep_e is, and what the manager may, each has heard of the hub.
        rep.sync()
        made = rep.run("account", "add", "--short-name", "再给经理看")["id"]
        manager.sync()
        west.sync()
        rep.serve()
        self.assertEqual(west.sync(rep.address)["received"]["changes"], 0)
        report = manager.sync(rep.address)
        rep.stop()
        self.assertEqual(report["received"]["changes"], 1)
        self.assertEqual(manager.run("account", "show", made)["short_name"],
                         "再给经理看")
        # And carries it to the hub, under the name of who wrote it.
        manager.sync()
        history = company.hub.run("account", "history", made)
        self.assertEqual([h["user"] for h in history], ["rep_e"])
        self.assert_equal_digests(company.hub, manager, rep)

    def test_a_grant_opens_a_territory_at_the_next_sync(self):
        company = self.company(("east/linxi", "west/hexi"))
        company.serve()
        east = company.enrol("rep_e", "east/linxi")
        west = company.enrol("rep_w", "west/hexi")
        made = west.run("account", "add", "--short-name", "西边的")["id"]
        west.sync()
        east.sync()
        east.fails(NOT_FOUND, "account", "show", made)
        company.token("rep_e", "west/hexi")
        east.sync()
        self.assertEqual(east.run("account", "show", made)["short_name"],
                         "西边的")
        east.run("account", "set", made, "--industry", "media")
        east.sync()
        west.sync()
        self.assertEqual(west.run("account", "show", made)["industry"],
                         "media")
        self.assert_equal_digests(company.hub, east)

    def test_a_second_device_of_a_user_gets_what_the_first_wrote(self):
        company = self.company()
        company.serve()
        first = company.enrol("rep1", "east/linxi")
        made = first.run("account", "add", "--short-name", "头一台")["id"]
        first.sync()
        second = company.enrol("rep1", "east/linxi", new=False,
                               folder="second")
        second.sync()
        self.assertEqual(second.run("account", "show", made)["short_name"],
                         "头一台")
        self.assert_equal_digests(company.hub, first, second)


if __name__ == "__main__":
    fixture.main()
