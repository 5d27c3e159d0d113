"""
Another device of one's own: the hub lets it in when a device of the same user
asks, and tells the audit so.
"""

import fixture
from fixture import Case, Node, REFUSED, UNREACHABLE, USAGE


class Device(Case):
    def setUp(self):
        self.office, self.a, self.b = self.two_reps()
        self.a.run("account", "add", "--short-name", "衡朔")
        self.a.sync()

    def second(self, token, name="phone"):
        node = Node(self.office, name)
        node.run("init", token, "--name", name)
        return node

    def enrolled(self):
        return [(e["user"], e["by"]) for e in self.office.hub.run(
            "hub", "audit") if e["what"] == "enrolled"]

    def test_a_second_device_is_let_in_on_its_users_order(self):
        invited = self.a.run("device", "invite")
        width = len(invited["qr"])
        self.assertEqual({len(row) for row in invited["qr"]}, {width})
        self.assertEqual({c for row in invited["qr"] for c in row},
                         {"0", "1"})
        self.assertEqual(invited["qr"][0][:8], "11111110")  # its finder
        phone = self.second(invited["token"])
        phone.sync()
        self.assertEqual(phone.run("status")["user"], "rep1")
        self.assertEqual([a["short_name"] for a in phone.run(
            "account", "list")], ["衡朔"])
        phone.run("account", "add", "--short-name", "手机上写的")
        phone.sync()
        self.a.sync()
        self.assertEqual(len(self.a.run("account", "list")), 2)
        self.assertEqual(sorted(self.enrolled()), [
            ("rep1", "hub"), ("rep1", "rep1"), ("rep2", "hub")])
        # Once, as any invitation: another's keys are refused.
        Node(self.office, "thief").fails(REFUSED, "init", invited["token"])
        self.assert_equal_digests(self.office.hub, self.a, phone)
        self.assert_verified(self.office.hub, self.a, phone)

    def test_it_is_printed_for_people_too(self):
        done = self.a.run("device", "invite", "--qr", json=False, ok=0)
        lines = done.out.decode().splitlines()
        self.assertTrue(lines[-1].startswith("rb1-"))
        self.assertEqual({len(line) for line in lines[:-1]},
                         {len(lines[0])})
        self.assertIn("roadbook init", done.err.decode())

    def test_a_node_that_serves_asks_for_it_beside_its_conversation(self):
        self.a.serve()
        while not self.a.run("status")["peers"][0]["last_sync"]:
            pass
        token = self.invite_when_live(self.a)
        self.second(token).sync()
        # It goes on to hear what moves.
        self.b.run("account", "add", "--short-name", "同事写的")
        self.b.sync()
        while len(self.a.run("account", "list")) < 2:
            pass
        self.a.stop()

    def test_one_asked_for_right_after_another_finds_head_office(self):
        # The hub drops what was live for the first; it was there all along.
        self.a.serve()
        self.invite_when_live(self.a)
        for _ in range(2):
            self.a.run("device", "invite")
        self.a.stop()

    def invite_when_live(self, node):
        while True:
            done = node.run("device", "invite", ok=None)
            if done.code == 0:
                return done.json["token"]
            self.assertEqual(done.code, UNREACHABLE)

    def test_without_head_office_there_is_none(self):
        self.office.hub.stop()
        self.a.fails(UNREACHABLE, "device", "invite")
        self.office.serve()
        self.a.run("device", "invite")

    def test_a_colleague_is_told_no_secret(self):
        self.b.serve()
        self.a.fails(UNREACHABLE, "device", "invite", self.b.address)
        self.b.stop()

    def test_what_is_withdrawn_lets_nobody_in(self):
        token = self.a.run("device", "invite")["token"]
        self.b.fails(REFUSED, "device", "withdraw", token)
        self.assertEqual(self.a.run("device", "withdraw", token),
                         {"withdrawn": True})
        Node(self.office, "late").fails(REFUSED, "init", token)
        self.a.run("device", "withdraw", token)  # it is over already
        self.a.fails(USAGE, "device", "withdraw", "rb1-nothing")
        # What somebody used, another device of the user's cannot undo.
        token = self.a.run("device", "invite")["token"]
        phone = self.second(token)
        phone.sync()
        self.a.fails(REFUSED, "device", "withdraw", token)
        self.office.hub.stop()
        self.a.fails(UNREACHABLE, "device", "withdraw", token)

    def test_who_may_not_is_refused(self):
        hub = self.office.hub
        hub.fails(USAGE, "device", "invite")
        for _ in range(3):
            self.a.run("device", "invite")
        self.a.fails(REFUSED, "device", "invite")  # three wait
        token = self.b.run("device", "invite")["token"]
        hub.run("hub", "revoke", "rep2")
        self.b.fails(REFUSED, "device", "invite")
        Node(self.office, "late").fails(REFUSED, "init", token)
        # Without a grant there is nothing to let in to.
        hub.run("hub", "user", "add", "rep3")
        c = self.office.enrol("rep3", "east/linxi", new=False)
        c.sync()
        hub.run("hub", "end-grant", "rep3", "--territory", "east/linxi",
                "--now")
        c.fails(REFUSED, "device", "invite")


if __name__ == "__main__":
    fixture.main()
