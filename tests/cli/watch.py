"""Live: what one rep writes the other sees, without any sync command."""

import json
import signal
import time

import fixture
from fixture import Case

# Two seconds until it is sealed, and what a slow machine adds.
SOON = 30


class Watch(Case):

    def until(self, what, claim):
        """A claim that becomes true by itself: asked again until it is."""
        end = time.monotonic() + SOON
        while not claim():
            if time.monotonic() > end:
                self.fail(what)
            time.sleep(0.05)

    def live(self, node):
        """Whether the node that runs watches the hub."""
        return node.run("sync", "--watch")["live"]

    def visits(self, node):
        return [visit["goal"] for visit in node.run("visit", "list")]

    def served(self):
        company, a, b = self.two_reps()
        for node in (a, b):
            node.serve(listen=None)
            self.until("%s does not watch" % node.name,
                       lambda: self.live(node))
        return company, a, b

    def log_visit(self, node, goal):
        account = node.run("account", "add", "--legal-name",
                           "临溪鑫澜汽车零部件有限公司")
        return node.run("visit", "add", "--account", account["id"],
                        "--visited-on", "2026-11-20", "--goal", goal)

    def test_a_visit_is_seen_by_the_other_rep_in_seconds(self):
        company, a, b = self.served()
        self.log_visit(a, "看样品")
        began = time.monotonic()
        self.until("the visit does not come",
                   lambda: self.visits(b) == ["看样品"])
        self.assertLess(time.monotonic() - began, SOON)
        self.assert_equal_digests(a, b, company.hub)
        status = company.hub.run("hub", "status")
        self.assertEqual(status["watching"], 2)
        # What was sent and told waits for nobody.
        self.assertEqual(a.run("status")["peers"][0]["to_send"], 0)
        self.assertIsNone(a.run("status")["peers"][0]["error"])
        self.assertEqual([a.stop(), b.stop()], [0, 0])

    def test_a_hub_that_was_away_is_found_again(self):
        company, a, b = self.served()
        company.hub.stop()
        self.until("it is not noticed", lambda: not self.live(a))
        self.log_visit(a, "对账")
        company.serve()
        self.until("the visit does not come",
                   lambda: self.visits(b) == ["对账"])

    def test_a_grant_of_the_hub_arrives_by_itself(self):
        company, a, b = self.served()
        company.hub.run("hub", "territory", "add", "west")
        company.token("rep2", "west")
        self.until("the grant does not come", lambda: "west" in
                   [t["territory"] for t in b.run("status")["territories"]])

    def test_sync_watch_prints_a_line_for_what_came_or_went(self):
        company, a, b = self.two_reps()
        watching = a.start("sync", "--watch", "--json")
        first = json.loads(watching.line())
        self.assertEqual(
            (first["event"], first["peer"], first["live"]),
            ("in_step", "hub", True))
        # It serves the commands of others on its folder meanwhile.
        self.log_visit(a, "看样品")
        sent = json.loads(watching.line())
        self.assertEqual(sent["event"], "moved")
        self.assertEqual(sent["sent"]["changes"], 2)
        self.assertEqual(sent["received"]["changes"], 0)
        b.sync()
        self.log_visit(b, "签约")
        b.sync()
        came = json.loads(watching.line())
        self.assertEqual(came["received"]["changes"], 2)
        self.assertEqual(came["sent"]["changes"], 0)
        company.hub.stop()
        lost = json.loads(watching.line())
        self.assertEqual(lost["event"], "lost")
        self.assertTrue(lost["error"])
        self.assertEqual(watching.stop(), 0)

    def test_sync_watch_ends_with_an_interrupt(self):
        _, a, _ = self.two_reps()
        watching = a.start("sync", "--watch")
        self.assertIn("hub", watching.line())
        watching.popen.send_signal(signal.SIGINT)
        self.assertEqual(watching.wait(), 0)

    def test_sync_watch_of_a_peer(self):
        _, a, b = self.two_reps()
        address = b.serve()
        watching = a.start("sync", address, "--watch", "--json")
        self.assertEqual(json.loads(watching.line())["peer"], "rep2")
        self.log_visit(b, "面谈")
        self.assertEqual(
            json.loads(watching.line())["received"]["changes"], 2)

    def test_a_served_node_says_that_it_watches(self):
        _, a, _ = self.served()
        self.assertEqual(a.run("sync", "--watch"),
                         {"event": "served", "live": True})
        a.fails(fixture.LOCKED, "sync", "tcp://127.0.0.1:1", "--watch")

    def test_no_address_and_no_hub_are_said_at_once(self):
        company, a, _ = self.two_reps()
        a.fails(fixture.USAGE, "sync", "nowhere", "--watch")
        company.hub.fails(fixture.USAGE, "sync", "--watch")

    def test_a_shut_reader_ends_it(self):
        _, a, _ = self.two_reps()
        watching = a.start("sync", "--watch", "--json")
        watching.line()
        watching.close()
        self.log_visit(a, "看样品")
        self.assertEqual(watching.wait(), 0)


if __name__ == "__main__":
    fixture.main()
