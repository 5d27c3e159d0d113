"""
Granting, ending, shutting out: what an admin orders at the hub, and what comes
of it on the devices.
"""

import datetime
import os

import fixture
from fixture import AMBIGUOUS, NOT_FOUND, REFUSED, USAGE, Case


def raw(node):
    data = b""
    for name in sorted(os.listdir(node.dir)):
        with open(os.path.join(node.dir, name), "rb") as file:
            data += file.read()
    return data


class Grants(Case):
    def grants(self, company, login):
        for user in company.hub.run("hub", "users"):
            if user["user"] == login:
                return {(g["territory"], g["role"]) for g in user["grants"]}
        return None

    def test_a_grant_is_given_and_named_again_changes_nothing(self):
        company = self.company(("east/linxi", "west/hexi"))
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        company.hub.run("hub", "grant", "rep1", "--territory", "west/hexi",
                        "--role", "rep")
        wanted = {("east/linxi", "rep"), ("west/hexi", "rep")}
        self.assertEqual(self.grants(company, "rep1"), wanted)
        company.hub.run("hub", "grant", "rep1", "--territory", "west/hexi")
        self.assertEqual(self.grants(company, "rep1"), wanted)
        rep.sync()
        rep.run("account", "add", "--short-name", "西边的", "--territory",
                "west/hexi")
        rep.sync()
        self.assert_equal_digests(company.hub, rep)

    def test_what_cannot_be_granted_is_told(self):
        company = self.company()
        hub = company.hub
        company.user("rep1")
        hub.fails(NOT_FOUND, "hub", "grant", "nobody", "--territory",
                  "east/linxi")
        hub.fails(NOT_FOUND, "hub", "grant", "rep1", "--territory", "moon")
        hub.fails(USAGE, "hub", "grant", "rep1", "--territory", "east/linxi",
                  "--role", "king")
        hub.fails(USAGE, "hub", "grant", "rep1")
        hub.fails(USAGE, "hub", "grant", "rep1", "--territory", "east/linxi",
                  "--until", "2027-02-30")
        hub.fails(NOT_FOUND, "hub", "end-grant", "rep1", "--territory",
                  "east/linxi")
        hub.fails(USAGE, "hub", "end-grant", "rep1")
        hub.fails(REFUSED, "hub", "end-grant", "admin", "--role", "admin")
        hub.fails(NOT_FOUND, "hub", "revoke", "nobody")
        hub.fails(NOT_FOUND, "hub", "revoke", "rep1")
        hub.fails(REFUSED, "hub", "grant", "rep1", "--territory",
                  "east/linxi", "--as", "rep1")
        self.assertEqual(self.grants(company, "rep1"), set())

    def test_a_second_admin_and_then_the_first_may_go(self):
        company = self.company()
        company.user("boss")
        company.hub.run("hub", "grant", "boss", "--role", "admin")
        company.hub.run("hub", "end-grant", "admin", "--role", "admin",
                        "--as", "boss")
        company.hub.fails(REFUSED, "hub", "user", "add", "late", "--as",
                          "admin")
        company.hub.run("hub", "user", "add", "late")

    def test_a_friendly_ending_waits_for_what_the_device_still_has(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        colleague = company.enrol("rep2", "east/linxi")
        rep.sync()
        made = rep.run("account", "add", "--short-name", "没来得及同步的")["id"]
        company.hub.run("hub", "end-grant", "rep1", "--territory",
                        "east/linxi")
        user = [u for u in company.hub.run("hub", "users")
                if u["user"] == "rep1"][0]
        self.assertIn("ending", user["grants"][0])
        report = rep.sync()
        self.assertEqual(report["sent"]["changes"], 1)
        # It has drained: the hub ends the grant, the next sync takes it away.
        self.assertEqual(self.grants(company, "rep1"), set())
        self.assertIn("没来得及同步的".encode(), raw(rep))
        rep.sync()
        self.assertEqual(rep.run("account", "list"), [])
        self.assertEqual(rep.digest(), {})
        self.assertNotIn("没来得及同步的".encode(), raw(rep))
        self.assertNotIn(bytes.fromhex(made.replace("-", "")), raw(rep))
        # Nothing of it was late: everybody has it.
        colleague.sync()
        self.assertEqual(colleague.run("account", "show", made)["short_name"],
                         "没来得及同步的")
        self.assert_equal_digests(company.hub, colleague)
        self.assert_verified(company.hub, rep, colleague)

    def test_nothing_is_written_any_more_while_a_grant_ends(self):
        company = self.company(("east/linxi", "west/hexi"))
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        second = company.enrol("rep1", None, folder="second", new=False)
        rep.sync()
        second.sync()

        def drained():
            return sorted(
                str(d["drained"]) for d in company.hub.run("hub", "devices")
                if d["user"] == "rep1")

        self.assertEqual(drained(), ["None", "None"])
        company.hub.run("hub", "end-grant", "rep1", "--territory",
                        "east/linxi")
        self.assertEqual(drained(), ["False", "False"])
        rep.sync()
        self.assertEqual(drained(), ["False", "True"])
        text = company.hub.run("hub", "devices", json=False, ok=0).out
        self.assertIn(b"not yet", text)
        rep.fails(REFUSED, "account", "add", "--short-name", "晚了",
                  "--territory", "east/linxi")
        # The other device is still to come.
        self.assertEqual(self.grants(company, "rep1"),
                         {("east/linxi", "rep")})
        second.sync()
        self.assertEqual(self.grants(company, "rep1"), set())
        self.assertEqual(drained(), ["None", "None"])

    def test_coming_back_is_a_new_grant_and_a_new_log(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        first = rep.run("account", "add", "--short-name", "以前的")["id"]
        rep.sync()
        company.hub.run("hub", "end-grant", "rep1", "--territory",
                        "east/linxi", "--now")
        rep.sync()
        self.assertEqual(rep.run("account", "list"), [])
        company.hub.run("hub", "grant", "rep1", "--territory", "east/linxi")
        rep.sync()
        self.assertEqual([r["id"] for r in rep.run("account", "list")],
                         [first])
        second = rep.run("account", "add", "--short-name", "回来后的")["id"]
        rep.sync()
        self.assert_equal_digests(company.hub, rep)
        self.assertEqual({r["id"] for r in company.hub.run("account", "list")},
                         {first, second})
        self.assert_verified(company.hub, rep)

    def test_a_promotion_ends_nothing(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        made = rep.run("account", "add", "--short-name", "升职前")["id"]
        rep.sync()
        company.hub.run("hub", "grant", "rep1", "--territory", "east",
                        "--role", "manager")
        rep.sync()
        rep.run("account", "set", made, "--tier", "key")
        company.hub.run("hub", "end-grant", "rep1", "--territory",
                        "east/linxi")
        rep.sync()
        rep.sync()
        self.assertEqual(rep.run("account", "show", made)["tier"], "key")
        self.assert_equal_digests(company.hub, rep)
        # What was written under both grants counts.
        self.assertEqual(company.hub.run("account", "show", made)["tier"],
                         "key")

    def test_until_is_carried_out_by_the_hub(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        rep.sync()
        company.hub.stop()
        today = datetime.datetime.now(datetime.timezone.utc).date()
        later = today + datetime.timedelta(days=400)
        company.hub.run("hub", "grant", "rep1", "--territory", "east/linxi",
                        "--until", str(later))
        company.serve()
        rep.sync()
        rep.run("account", "add", "--short-name", "还在")
        rep.sync()
        company.hub.stop()
        company.hub.run("hub", "grant", "rep1", "--territory", "east/linxi",
                        "--until", str(today))
        company.serve()  # which looks at once
        rep.sync()
        rep.fails(REFUSED, "account", "add", "--short-name", "不在了",
                  "--territory", "east/linxi")
        rep.sync()
        rep.sync()
        self.assertEqual(self.grants(company, "rep1"), set())
        self.assertNotIn("还在".encode(), raw(rep))

    def test_what_an_ended_device_still_had_goes_to_the_hub_first(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        colleague = company.enrol("rep2", "east/linxi")
        rep.sync()
        rep.run("account", "add", "--short-name", "离线写的")
        company.hub.run("hub", "end-grant", "rep1", "--territory",
                        "east/linxi", "--now")
        report = rep.sync()
        self.assertEqual(report["sent"]["changes"], 1)
        self.assertEqual(rep.digest(), {})
        self.assertNotIn("离线写的".encode(), raw(rep))
        # Late it was: it counts nowhere, and lies at the hub.
        colleague.sync()
        self.assertEqual(colleague.run("account", "list"), [])
        self.assertEqual(company.hub.run("account", "list"), [])
        self.assertIn("离线写的".encode(), raw(company.hub))


class Revoked(Case):
    def test_a_revoked_device_hands_over_and_keeps_nothing(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        colleague = company.enrol("rep2", "east/linxi")
        kept = rep.run("account", "add", "--short-name", "同步过的")["id"]
        rep.sync()
        rep.run("account", "add", "--short-name", "没同步的")
        company.user("newcomer", "撤销之后来的人")
        self.assertEqual(
            company.hub.run("hub", "revoke", "rep1", "--reason", "left"),
            {"revoked": 1})
        company.user("later", "更晚来的人")
        rep.fails(REFUSED, "sync")
        for text in ("同步过的", "没同步的", "撤销之后来的人", "更晚来的人"):
            self.assertNotIn(text.encode(), raw(rep), text)
        rep.fails(REFUSED, "account", "add", "--short-name", "再写",
                  "--territory", "east/linxi")
        rep.fails(REFUSED, "sync")
        colleague.sync()
        self.assertEqual([r["id"] for r in colleague.run("account", "list")],
                         [kept])
        self.assertIn("没同步的".encode(), raw(company.hub))
        device = [d for d in company.hub.run("hub", "devices")
                  if d["user"] == "rep1"][0]
        self.assertTrue(device["revoked"])
        self.assertFalse(device["stolen"])
        self.assertEqual(device["territories"], [])
        self.assertIsNotNone(device["last_seen"])
        self.assertEqual(device["silent_days"], 0)
        self.assert_verified(company.hub, colleague, rep)

    def test_a_stolen_one_hands_over_nothing(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        rep.run("account", "add", "--short-name", "同步过的")
        rep.sync()
        rep.run("account", "add", "--short-name", "没同步的")
        company.hub.run("hub", "revoke", rep.enrolled["device"], "--stolen")
        rep.fails(REFUSED, "sync")
        for text in ("同步过的", "没同步的"):
            self.assertNotIn(text.encode(), raw(rep), text)
        self.assertNotIn("没同步的".encode(), raw(company.hub))

    def test_a_device_is_named_by_its_end_or_its_name(self):
        company = self.company()
        company.serve()
        company.user("rep1")
        nodes = []
        for name in ("one", "two"):
            node = fixture.Node(company, name)
            node.enrolled = node.run(
                "init", company.token("rep1", "east/linxi"), "--name",
                "laptop")
            nodes.append(node)
        company.hub.fails(AMBIGUOUS, "hub", "revoke", "laptop")
        company.hub.run("hub", "revoke", nodes[0].enrolled["device"][-8:])
        nodes[0].fails(REFUSED, "sync")
        nodes[1].sync()

    def test_its_open_invitations_are_withdrawn(self):
        company = self.company()
        company.serve()
        company.enrol("rep1", "east/linxi")
        token = company.token("rep1")
        company.hub.run("hub", "revoke", "rep1")
        again = fixture.Node(company, "again")
        again.fails(REFUSED, "init", token)
        # A new one lets them in again, on a new device.
        again = fixture.Node(company, "again2")
        again.run("init", company.token("rep1"))
        again.sync()

    def test_peers_hear_of_it_from_each_other(self):
        company = self.company()
        company.serve()
        rep = company.enrol("rep1", "east/linxi")
        heard = company.enrol("rep2", "east/linxi")
        deaf = company.enrol("rep3", "east/linxi")
        for node in (rep, heard, deaf):
            node.sync()
        heard.run("account", "add", "--short-name", "不给他的")
        company.hub.run("hub", "revoke", "rep1")
        heard.sync()
        company.hub.stop()
        heard.serve()
        rep.fails(REFUSED, "sync", heard.address)
        deaf.sync(heard.address)
        heard.stop()
        deaf.serve()
        rep.fails(REFUSED, "sync", deaf.address)
        self.assertNotIn("不给他的".encode(), raw(rep))
        rep.serve()
        deaf.fails(REFUSED, "sync", rep.address)
        self.assertNotIn("不给他的".encode(), raw(rep))


if __name__ == "__main__":
    fixture.main()
