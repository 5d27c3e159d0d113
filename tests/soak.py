"""A hub and many clients, for a long time: no report, no growth.

    ROADBOOK=build/asan/roadbook python3 -B tests/soak.py [--seconds 1200]
        [--clients 20] [--seed N]

Real processes: each client keeps itself in step with the hub while people
edit, log visits, look at lists, settle conflicts; now and then one is stopped,
syncs by hand and is started again. At the end all have the same, every process
ends with 0, and no sanitizer has left a report. Memory is read every ten
seconds; it is flat when the last quarter's mean is not above that of the
second by more than a tenth and 4 MB (the hub's, and the clients' mean).

What is done is drawn from the seed, but not when: this is a soak, not a test.
"""

import argparse
import glob
import os
import random
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "cli"))
import fixture  # noqa: E402

TERRITORIES = ["east/linxi", "east/wangchuan", "west/hexi", "west/beiyu"]
ACCOUNTS = 6  # of each territory
SAMPLE_S = 10
WORKERS = 2
SETTLE_S = 300
SLACK_KB = 4096


def resident_kb(node):
    """What a node's process has in memory; 0 while it is stopped."""
    process = node.process
    try:
        with open(f"/proc/{process.popen.pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    except (AttributeError, OSError):
        pass
    return 0


class Client:
    def __init__(self, node, territory):
        self.node, self.territory = node, territory
        self.lock = threading.Lock()  # one person a laptop
        self.visits = 0


class Soak:
    def __init__(self, options):
        self.options = options
        self.company = fixture.Company(TERRITORIES)
        self.clients = []
        self.samples = []  # (seconds, hub's KB, the clients' mean KB)
        self.commands = self.restarts = 0
        self.problems = []
        self.over = threading.Event()

    def build_up(self):
        hub = self.company.serve()
        for i in range(self.options.clients):
            territory = TERRITORIES[i % len(TERRITORIES)]
            node = self.company.enrol(
                f"rep{i}", territory, "manager" if i % 7 == 6 else "rep")
            node.sync()
            self.clients.append(Client(node, territory))
        self.accounts = {t: [] for t in TERRITORIES}
        for client in self.clients[:len(TERRITORIES)]:
            for i in range(ACCOUNTS):
                made = client.node.run(
                    "account", "add", "--legal-name",
                    f"{client.territory} 第{i}客户有限公司")
                self.accounts[client.territory].append(made["id"])
            client.node.sync()
        for client in self.clients:
            client.node.sync()
            client.node.serve(listen=None)
        return hub

    def act(self, rng, client):
        """One thing that a person does."""
        node = client.node
        account = rng.choice(self.accounts[client.territory])
        what = rng.randrange(20)
        if what < 9:
            node.run("account", "set", account, "--short-name",
                     f"简称{rng.randrange(50)}")
        elif what < 11:
            node.run("account", "set", account, "--legal-name",
                     f"全称{rng.randrange(20)}有限公司")
        elif what < 13 and client.visits < 30:
            node.run("visit", "add", "--account", account, "--visited-on",
                     "2026-11-20", "--goal", f"目标{rng.randrange(9)}")
            client.visits += 1
        elif what < 15:
            for conflict in node.run("conflicts")[:1]:
                node.run("resolve", conflict["id"], "--pick", "1", ok=None)
        elif what < 17:
            node.run("account", "list")
        elif what < 18:
            node.run("account", "history", account)
        elif what < 19:
            node.run("status")
        else:
            code = node.stop()
            if code != 0:
                self.problems.append(f"{node.name} ended with {code}")
            node.run("sync")
            node.serve(listen=None)
            self.restarts += 1
        self.commands += 1

    def work(self, number):
        rng = random.Random(f"{self.options.seed} {number}")
        while not self.over.is_set():
            client = rng.choice(self.clients)
            with client.lock:
                try:
                    self.act(rng, client)
                except Exception as problem:  # told, and the soak goes on
                    self.problems.append(f"{client.node.name}: {problem}")
                    if len(self.problems) > 20:
                        self.over.set()

    def sample(self, seconds):
        clients = [kb for kb in (resident_kb(c.node) for c in self.clients)
                   if kb]
        self.samples.append((seconds, resident_kb(self.company.hub),
                             sum(clients) // max(1, len(clients))))

    def settle(self):
        """All in step, or a problem."""
        hub = self.company.hub
        end = time.monotonic() + SETTLE_S
        left = list(self.clients)
        while left and time.monotonic() < end:
            for client in left:
                client.node.run("sync", ok=None)
            ours = hub.digest()
            left = [c for c in left if any(
                ours.get(t) != d for t, d in c.node.digest().items())]
        for client in left:
            self.problems.append(f"{client.node.name} is not in step")

    def end_all(self):
        for node in [c.node for c in self.clients] + [self.company.hub]:
            process = node.process
            code = node.stop()
            if code != 0:
                self.problems.append(f"{node.name} ended with {code}: "
                                     f"{process.argv}")

    def growth(self, which):
        """(mean of the second quarter, of the last, KB a minute)."""
        count = len(self.samples)
        series = [s[which] for s in self.samples]
        early = series[count // 4:count // 2] or series
        late = series[3 * count // 4:] or series
        early_mean, late_mean = (sum(x) / len(x) for x in (early, late))
        half = self.samples[count // 2:]
        mean_x = sum(s[0] for s in half) / len(half)
        mean_y = sum(s[which] for s in half) / len(half)
        spread = sum((s[0] - mean_x) ** 2 for s in half)
        slope = sum((s[0] - mean_x) * (s[which] - mean_y)
                    for s in half) / spread if spread else 0.0
        return early_mean, late_mean, slope * 60

    def run(self):
        self.build_up()
        began = time.monotonic()
        workers = [threading.Thread(target=self.work, args=(i,), daemon=True)
                   for i in range(WORKERS)]
        for worker in workers:
            worker.start()
        while not self.over.wait(SAMPLE_S):
            seconds = time.monotonic() - began
            self.sample(seconds)
            if seconds >= self.options.seconds:
                self.over.set()
        for worker in workers:
            worker.join()
        self.settle()
        self.end_all()
        for which, who in ((1, "hub"), (2, "client")):
            early, late, slope = self.growth(which)
            print(f"{who}: {early / 1024:.1f} MB, then {late / 1024:.1f} MB; "
                  f"slope {slope:.0f} KB a minute")
            if late > early * 1.1 + SLACK_KB:
                self.problems.append(f"the {who} grows")
        print(f"{self.options.clients} clients, {self.options.seconds} s, "
              f"{self.commands} commands, {self.restarts} restarts")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seconds", type=int, default=1200)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.seconds = int(os.environ.get("ROADBOOK_CAMPAIGN_SECONDS",
                                         options.seconds))
    if not os.access(fixture.PROGRAM, os.X_OK):
        sys.exit("ROADBOOK must name the built program")
    fixture.PROGRAM = os.path.abspath(fixture.PROGRAM)
    reports = os.path.join(os.path.dirname(fixture.PROGRAM), "reports")
    os.makedirs(reports, exist_ok=True)
    for path in glob.glob(reports + "/*"):
        os.remove(path)
    # A small quarantine is soon full, so that growth is not its filling.
    os.environ["ASAN_OPTIONS"] = \
        f"log_path={reports}/asan:exitcode=99:quarantine_size_mb=8"
    os.environ["UBSAN_OPTIONS"] = f"log_path={reports}/ubsan:print_stacktrace=1"
    os.environ["TSAN_OPTIONS"] = \
        f"log_path={reports}/tsan:exitcode=99:suppressions={HERE}/tsan.supp"

    soak = Soak(options)
    try:
        soak.run()
    finally:
        soak.company.close()
    found = sorted(glob.glob(reports + "/*"))
    print(f"{len(found)} reports, {len(soak.problems)} problems")
    for problem in soak.problems[:20]:
        print(f"problem: {problem[:2000]}")
    for path in found[:5]:
        with open(path, encoding="utf-8", errors="replace") as file:
            print(f"--- {path}\n{file.read()[:6000]}")
    return 1 if found or soak.problems else 0


sys.exit(main())
