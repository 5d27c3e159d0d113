"""
Addresses that a person gave a device: of the hub, or of a colleague who carries
what waits while head office is away.
"""

import fixture
from fixture import NOT_FOUND, UNREACHABLE, USAGE, Case


class Address(Case):
    def setUp(self):
        self.office, self.a, self.b = self.two_reps()
        self.a.sync()
        self.b.sync()

    def urls(self):
        return [(one["url"], one["own"])
                for one in self.a.run("address", "list")]

    def test_they_are_kept_in_order_and_once(self):
        first, second = "tcp://10.0.0.1:7447", "tcp://10.0.0.2:7447"
        hub = self.urls()
        for url in (first, second, first):
            self.a.run("address", "add", url)
        self.assertEqual(self.urls(), hub + [(first, True), (second, True)])
        self.a.run("address", "remove", first)
        self.assertEqual(self.urls(), hub + [(second, True)])
        self.a.run("address", "list", json=False, ok=0)
        for wrong in ("", "x", "tcp://", "tcp://h:0", "http://h:1",
                      "tcp://*:1", "tcp://h:1 ", "tcp://" + "h" * 300 + ":1"):
            self.a.fails(USAGE, "address", "add", wrong)
        self.a.fails(NOT_FOUND, "address", "remove", first)
        for i in range(15):
            self.a.run("address", "add", "tcp://10.0.1.%d:7447" % (i + 1))
        self.a.fails(USAGE, "address", "add", first)

    def test_a_colleague_is_met_when_head_office_is_away(self):
        a, b = self.a, self.b
        self.office.hub.stop()
        a.fails(UNREACHABLE, "sync")
        b.serve()
        a.run("address", "add", b.address)
        made = a.run("account", "add", "--short-name", "衡朔")["id"]
        self.assertEqual(a.run("sync")["peer"], "rep2")
        self.assertEqual(b.run("account", "show", made)["short_name"], "衡朔")
        b.stop()

    def test_a_running_node_meets_them_and_then_head_office(self):
        a, b = self.a, self.b
        self.office.hub.stop()
        b.serve()
        a.run("address", "add", b.address)
        a.serve()
        made = a.run("account", "add", "--short-name", "路上")["id"]
        while not b.run("account", "list"):
            pass
        self.assertEqual(b.run("account", "list")[0]["id"], made)
        self.office.serve()
        a.run("address", "add", b.address)  # it tries again at once
        while not self.office.hub.run("account", "list"):
            pass
        while a.run("outbox", "list")["count"]:
            pass
        a.stop()
        b.stop()

    def test_another_address_of_the_hub_is_as_good(self):
        a = self.a
        self.office.hub.stop()
        a.run("address", "add", "tcp://127.0.0.1:9")
        # It moves: nobody told the devices.
        self.office.port = None
        self.office.serve()
        a.fails(UNREACHABLE, "sync")
        a.run("address", "add", self.office.hub.address)
        self.assertEqual(a.run("sync")["peer"], "hub")
        # Who answered last is tried first, and is not taken for a colleague.
        self.assertEqual(self.urls()[0], (self.office.hub.address, True))


if __name__ == "__main__":
    fixture.main()
