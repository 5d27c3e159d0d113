"""
What a hub takes of those who dial it: limits in `hub status`, a quota a device
a day that an admin may raise, two sessions of a device.
"""

import socket

import fixture
from fixture import AMBIGUOUS, NOT_FOUND, REFUSED, USAGE, Case


class Limits(Case):

    def test_hub_status_tells_every_limit_in_both_languages(self):
        company = self.company()
        hub = company.hub
        before = hub.run("hub", "status")
        self.assertEqual(before["connections"]["arrived"], 0)
        company.serve()
        status = hub.run("hub", "status")
        limits = {limit["limit"]: limit for limit in status["limits"]}
        self.assertEqual(limits["handshakes"]["most"], 64)
        self.assertEqual(limits["handshakes"]["now"], 0)
        self.assertEqual(limits["idle_ms"]["most"], 90000)
        self.assertIsNone(limits["idle_ms"]["now"])
        self.assertGreater(limits["sessions"]["most"], 100)
        text = hub.run("hub", "status", json=False).out.decode()
        self.assertIn("handshakes at a time", text)
        text = hub.run("--lang", "zh", "hub", "status",
                       json=False).out.decode()
        self.assertIn("同时进行的握手", text)
        for limit in status["limits"]:
            self.assertNotIn(limit["label"], text)

    def test_strangers_are_counted_and_cost_the_honest_nothing(self):
        company, a, _ = self.two_reps()
        hub = company.hub
        before = hub.run("hub", "status")["connections"]
        port = int(hub.address.rsplit(":", 1)[1])
        strangers = []
        for i in range(100):
            stranger = socket.create_connection(("127.0.0.1", port))
            stranger.sendall(b"\0\0\0\x40" + bytes(64) if i % 2 else b"")
            strangers.append(stranger)
        # The gate is wrong: they are hung up on, and the silent ones wait.
        for stranger in strangers[1::2]:
            stranger.settimeout(fixture.DEADLINE)
            self.assertEqual(stranger.recv(1), b"")
        a.sync()
        after = hub.run("hub", "status")["connections"]
        self.assertGreaterEqual(after["not_ours"], before["not_ours"] + 50)
        self.assertEqual(after["failed"], before["failed"])
        self.assertGreater(after["proved"], before["proved"])
        for stranger in strangers:
            stranger.close()

    def test_a_device_pushes_what_its_quota_allows(self):
        company, a, b = self.two_reps()
        hub = company.hub
        device = a.run("status")["device"]
        self.assertEqual(hub.run("hub", "quota", "list"), [])
        # A megabyte is the least; this is more, and does not compress.
        hub.run("hub", "quota", "set", device[-6:], "--megabytes", 1)
        a.run("account", "add", "--legal-name", "临溪鑫澜")
        a.sync()
        listed = hub.run("hub", "quota", "list")
        self.assertEqual([(q["device"], q["user"]) for q in listed],
                         [(device, "rep1")])
        self.assertEqual(listed[0]["allowed_bytes"], 1000000)
        self.assertGreater(listed[0]["pushed_bytes"], 0)
        import random
        chance = random.Random(fixture.SEED)
        for i in range(24):
            goal = "".join(chr(chance.randrange(0x4e00, 0x9fff))
                           for _ in range(20000))
            a.run("visit", "add", "--account", "临溪鑫澜", "--goal", goal)
        error = a.fails(REFUSED, "sync")
        self.assertIn("for now", error["message"])
        self.assertIn("used up", error["hint"])
        # Nothing is lost, others are not concerned; a raised quota lets it in.
        b.sync()
        hub.run("hub", "quota", "set", device, "--megabytes", 50)
        a.sync()
        b.sync()
        self.assert_equal_digests(a, b)
        # It survives the hub.
        hub.stop()
        listed = hub.run("hub", "quota", "list")
        self.assertEqual(listed[0]["allowed_bytes"], 50000000)
        self.assertGreater(listed[0]["pushed_bytes"], 1000000)

    def test_a_quota_is_set_by_an_admin_for_a_device_that_there_is(self):
        company, a, _ = self.two_reps()
        hub = company.hub
        device = a.run("status")["device"]
        hub.fails(NOT_FOUND, "hub", "quota", "set", "0123456789",
                  "--megabytes", 5)
        hub.fails(USAGE, "hub", "quota", "set", device)
        hub.fails(USAGE, "hub", "quota", "set", device, "--megabytes", "many")
        hub.fails(REFUSED, "--as", "rep1", "hub", "quota", "set", device,
                  "--megabytes", 5)
        a.fails(REFUSED, "hub", "quota", "list")
        text = hub.run("hub", "quota", "set", device, "--megabytes", 0,
                       json=False).out.decode()
        self.assertIn(device, text)

    def test_of_one_device_the_newest_two_sessions_stay(self):
        company, a, _ = self.two_reps()
        hub = company.hub
        # One lock a folder: copies are how one device comes to many sessions.
        import shutil
        copies = []
        for i in range(3):
            copy = fixture.Node(company, "copy%d" % i)
            shutil.copytree(a.dir, copy.dir)
            copies.append(copy)
        first = copies[0].start("sync", "--watch", "--json")
        first.line()
        second = copies[1].start("sync", "--watch", "--json")
        second.line()
        self.assertEqual(hub.run("hub", "status")["connections"]["replaced"],
                         0)
        third = copies[2].start("sync", "--watch", "--json")
        third.line()
        self.assertGreaterEqual(
            hub.run("hub", "status")["connections"]["replaced"], 1)
        for process in (third, second, first):
            process.stop()


if __name__ == "__main__":
    fixture.main()
