"""A sync that has nothing to say costs little, whatever there is."""

import csv
import os

import fixture
from fixture import Case, Proxy

# A tenth of it is enough where the build is slow.
RECORDS = int(os.environ.get(
    "ROADBOOK_TEST_RECORDS", "10000" if fixture.LIGHT else "100000"))
BYTES_MAX = 4096
ROUND_TRIPS_MAX = 2
HANDSHAKE_FRAMES = {">": 2, "<": 1}  # Noise XX: there, back, there


class NoChange(Case):
    def test_a_sync_of_100000_records_without_changes_is_4_kib_at_most(self):
        company, a, b = self.two_reps()
        path = os.path.join(company.folder, "many.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["code", "short_name", "industry", "phones"])
            for i in range(RECORDS):
                out.writerow(["K%06d" % i, "第%d号客户有限公司" % i,
                              ("media", "feed", "equipment")[i % 3],
                              "021-%08d" % i])
        report = a.run("import", "account", path, "--key", "code",
                       deadline=600)
        self.assertEqual(report["added"], RECORDS)
        a.sync(deadline=600)
        b.sync(deadline=600)
        self.assert_equal_digests(company.hub, a, b)
        for node in (a, b):
            self.check_no_change(node, company.hub.address)
        # And between the two of them.
        a.serve()
        self.check_no_change(b, a.address)
        a.stop()
        # One change more does not cost what all cost.
        made = b.run("account", "add", "--short-name", "一个新的")["id"]
        with Proxy(company.hub.address) as proxy:
            b.sync(proxy.url)
            self.assertLess(proxy.counted(), 2 * BYTES_MAX)
        self.assertEqual(
            company.hub.run("account", "show", made)["short_name"],
            "一个新的")

    def check_no_change(self, node, url):
        with Proxy(url) as proxy:
            report = node.sync(proxy.url)
            connection = proxy.connections[0]
            after = 0
            for way, skipped in HANDSHAKE_FRAMES.items():
                after += sum(size for _, size in fixture.frames(
                    connection[way])[skipped:])
            counted = proxy.counted()
        reported = report["sent"]["bytes"] + report["received"]["bytes"]
        print("no change, %d records, with %s: %d bytes after the handshake, "
              "%d with it, %d reported; %d round trips" % (
                  RECORDS, report["peer"], after, counted, reported,
                  report["round_trips"]), flush=True)
        self.assertEqual(report["sent"]["changes"], 0)
        self.assertEqual(report["received"]["changes"], 0)
        self.assertLessEqual(after, BYTES_MAX)
        # With the handshake, too, and as the program itself tells.
        self.assertLessEqual(counted, BYTES_MAX)
        self.assertLessEqual(reported, counted)
        self.assertGreaterEqual(reported, after)
        self.assertLessEqual(report["round_trips"], ROUND_TRIPS_MAX)


if __name__ == "__main__":
    fixture.main()
