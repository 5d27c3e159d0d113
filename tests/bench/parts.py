"""The parts of the benchmark: each run of one adds samples to a table.

What happens inside a process is measured by build/release/bench (bench.c),
which prints its samples; what people do with the program is measured here, as
they do it: whole processes of `roadbook`, beside sqlite3's own program.
"""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from table import SCALES, TOP, fail

# Of bench.c, in the order in which they run; after raw SQLite, in one process.
IN_PROCESS = ("pending", "sealed", "ones", "memory", "quiet", "slow", "session")
# What is between them only: seconds and bytes of raw SQLite in this run.
BETWEEN = "raw: "
COST = "cost of a record: "
CALLS = 9  # of a command, in turn with sqlite3's
REPS, VISITS, EDITS = 500, 20, 5
FIELD_MAX = 1_000_000  # visits of the company that commands are given in
ENCRYPTED_MAX = 100_000  # beyond, it would take hours


class Run:
    """One run: where its files are, and what it has of raw SQLite."""

    def __init__(self, table, options):
        self.table, self.programs = table, pathlib.Path(options.programs)
        self.scale, self.records = options.scale, SCALES[options.scale]
        self.cpu = options.only == "smoke"
        self.raw = {}
        under = os.environ.get("TMPDIR", "/tmp")
        self.dir = pathlib.Path(tempfile.mkdtemp(
            prefix="roadbook-bench.", dir=under))

    def end(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def bench(self, *words):
        """Samples that bench.c prints."""
        command = [str(self.programs / "bench"), *map(str, words)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                              check=False,
                              env=os.environ | {"TMPDIR": str(self.dir)})
        if done.returncode:
            fail(f"it failed: {' '.join(command)}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def roadbook(self, who, *words):
        command = [str(self.programs / "roadbook"), "--dir",
                   str(self.dir / "field" / who), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            fail(f"it failed: {' '.join(command)}\n{done.stderr}")
        return done.stdout.strip()


def in_process(run, parts):
    """pending … session."""
    words = ["--records", run.records]
    if run.cpu:
        words.append("--cpu")
    elif run.records <= ENCRYPTED_MAX:
        words.append("--encrypted")
    costs(run, run.bench(*words, *parts), run.records)


def costs(run, samples, records):
    for sample in samples:
        name, value = sample["name"], sample["value"]
        if name.startswith(BETWEEN):
            run.raw[name.removeprefix(BETWEEN)] = value
        elif name.startswith(COST):
            if not sample["encrypted"]:
                run.table.add(f"{name}, {records:,} records", value)
        else:
            run.table.add(name, value, sample["encrypted"])


def cost(run):
    """What a record costs at the smaller scales, for the plot and growth."""
    for name, records in SCALES.items():
        if name == run.scale:
            return
        for sample in run.bench("--records", records, "pending", "sealed"):
            if sample["name"].startswith(COST):
                run.table.add(f"{sample['name']}, {records:,} records",
                              sample["value"])


def growth(run):
    """Of the costs at 5,000,000 records and at 100,000, ours beside raw's."""
    def of(what, who):
        def median(records):
            return statistics.median(run.table.samples[
                (f"{COST}{what}, {who}, {records:,} records", False)])
        return median(SCALES["5m"]) / median(SCALES["100k"])

    for what in ("insert", "apply"):
        run.table.add(f"growth of {what}",
                      of(what, "Roadbook") / of(what, "raw SQLite"))


# ---- commands, as people give them ----

def wall(command):
    """Seconds of a whole process, of its start and its end."""
    path = shutil.which(command[0]) or command[0]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    began = time.monotonic()
    pid = os.posix_spawn(path, command, os.environ, file_actions=quiet)
    _, status = os.waitpid(pid, 0)
    took = time.monotonic() - began
    if status:
        fail(f"it failed: {' '.join(command)}")
    return took


def beside_sqlite(run, row, command, query, encrypted):
    """A command beside sqlite3 answering one indexed row, in turn."""
    one_row = ["sqlite3", str(run.dir / "rows.db"), query]
    ours, theirs = [], []
    wall(command)  # files are read once
    wall(one_row)
    for _ in range(CALLS):
        ours.append(wall(command))
        theirs.append(wall(one_row))
    run.table.add(row, statistics.median(ours) / statistics.median(theirs),
                  encrypted)


class Hub:
    def __init__(self, run, company):
        self.process = subprocess.Popen(
            [str(run.programs / "roadbook"), "--dir", str(company / "hub"),
             "hub", "serve", "--listen", "tcp://127.0.0.1:0"],
            stdout=subprocess.PIPE, text=True, env=os.environ | {
                "ROADBOOK_PASSPHRASE_FILE": str(company / "passphrase")})
        for line in self.process.stdout:
            if line.startswith("listening"):
                self.url = line.split()[1]
                return
        fail("the hub does not start")

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def let_index(rep):
    """The search index is made by who serves, when idle; until it is done."""
    serving = subprocess.Popen(rep + ["serve"], stdout=subprocess.DEVNULL)
    stat = pathlib.Path(f"/proc/{serving.pid}/stat")
    used, before = 0, -1
    while used != before:
        time.sleep(2)
        if serving.poll() is not None:
            fail("the rep does not serve")
        before, used = used, sum(map(int, stat.read_text().split()[13:15]))
    serving.terminate()
    serving.wait()


def new_manager(run, hub, name):
    run.roadbook("hub", "hub", "user", "add", name, "--name", name)
    token = run.roadbook("hub", "hub", "invite", name, "--territory",
                         "east/linxi", "--role", "manager", "--url", hub.url)
    run.roadbook(name, "init", token.splitlines()[0], "--no-encrypt")
    return [str(run.programs / "roadbook"), "--dir",
            str(run.dir / "field" / name)]


def first_sync(run, hub, raw_s, word):
    """Of managers: one undisturbed, one who looks at it, one who is cut off."""
    row = "first sync of a new manager"
    whole = wall(new_manager(run, hub, "boss1") + ["sync", hub.url])
    run.table.add(row, whole / raw_s)

    boss = new_manager(run, hub, "boss2")
    waits = {"list": 0.0, "search": 0.0}
    sync = subprocess.Popen(boss + ["sync", hub.url],
                            stdout=subprocess.DEVNULL)
    while sync.poll() is None:
        waits["list"] = max(waits["list"], wall(
            boss + ["account", "list", "--limit", "20"]))
        waits["search"] = max(waits["search"], wall(
            boss + ["search", word]))
    if sync.returncode:
        fail("the sync of a manager who looks at it meanwhile failed")
    for what, seconds in waits.items():
        run.table.add(f"{row}: {what} meanwhile, at most", seconds * 1000)

    boss = new_manager(run, hub, "boss3")
    began = time.monotonic()
    sync = subprocess.Popen(boss + ["sync", hub.url],
                            stdout=subprocess.DEVNULL)
    time.sleep(whole / 2)
    sync.kill()
    sync.wait()
    wall(boss + ["sync", hub.url])
    run.table.add(f"{row}: killed in the middle and begun again",
                  (time.monotonic() - began) / whole)


def field(run):
    """A company made through the real import; commands, and a new manager."""
    commands(run, run.dir / "field", False)
    if run.records <= ENCRYPTED_MAX:
        commands(run, run.dir / "encrypted", True)


def commands(run, company, encrypted):
    rows, rows_db = run.dir / "rows", run.dir / "rows.db"
    records = min(run.records, FIELD_MAX)
    done = subprocess.run(
        [str(TOP / "tools/large"), str(company), "--accounts",
         str(records // 20), "--visits", str(records), "--rows",
         str(rows), *(["--encrypted"] if encrypted else [])],
        capture_output=True, text=True, check=False,
        env=os.environ | {"ROADBOOK": str(run.programs / "roadbook")})
    if done.returncode:
        fail(f"tools/large failed\n{done.stderr}")
    took = dict(re.findall(r"^(\w+): \d+ in ([\d.]+) s", done.stdout, re.M))
    files = [rows / f"{name}.csv" for name in ("account", "contact", "visit")]
    rows_db.unlink(missing_ok=True)
    raw = {sample["name"]: sample["value"] for sample in run.bench(
        "csv", records * 2, rows_db, *files)}
    run.table.add("import of a 100,000-row CSV",
                  float(took["visit"]) / raw["raw insert of visit"], encrypted)

    # 临溪… and the like: a twelfth of the accounts; place and brand together,
    # 溪鑫, one in 168. `tools/large` makes both.
    name = files[0].read_text(encoding="utf-8").splitlines()[
        1 + records // 40 // 12 * 12].split(",")[1]
    word = name[1:3]
    rep = [str(run.programs / "roadbook"), "--dir", str(company / "rep1")]
    query = "SELECT * FROM account WHERE id = x'%s'" % one_id(rows_db)
    hub = Hub(run, company)
    try:
        wall(rep + ["sync", hub.url])
        let_index(rep)
        beside_sqlite(run, "account show", rep + ["account", "show", name],
                      query, encrypted)
        beside_sqlite(run, "search of a two-character Chinese word",
                      rep + ["search", word], query, encrypted)
        if not encrypted:
            first_sync(run, hub, sum(raw.values()), word)
    finally:
        hub.end()
        if encrypted:
            wall(rep + ["lock"])


def one_id(database):
    done = subprocess.run(["sqlite3", str(database),
                           "SELECT hex(id) FROM account LIMIT 1 OFFSET 100"],
                          capture_output=True, text=True, check=True)
    return done.stdout.strip()


def reps(run):
    """500 devices' sessions in one process, against a real hub in another."""
    at = run.dir / "reps"
    at.mkdir()
    done = subprocess.run(
        [str(run.programs / "load"), "--scenario", "day", "--json", "--dir",
         str(at)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        check=False,
        env=os.environ | {"ROADBOOK": str(run.programs / "roadbook")})
    if done.returncode:
        fail("the load test failed: tools/loadtest --scenario day")
    day = json.loads(done.stdout)["day"]
    files = [at / "visit.csv", at / "account.csv"]
    files[0].write_text("account_id,goal,result\n" + "".join(
        f"{i % REPS},拜访 {i // REPS}：了解设备更新计划,advanced\n"
        for i in range(REPS * VISITS)), encoding="utf-8")
    files[1].write_text("code,short_name\n" + "".join(
        f"{i},客户 {i:012x}\n" for i in range(REPS * EDITS)),
        encoding="utf-8")
    raw = sum(sample["value"] for sample in run.bench(
        "csv", 1000, at / "rows.db", *files))
    row = "500 reps pushing a day's work"
    run.table.add(row, day["seconds"] / raw)
    run.table.add(f"{row}: p99 ÷ median of a sync",
                  day["p99_ms"] / day["p50_ms"])


# ---- PouchDB ----

def pouchdb_installed():
    """Installs it beside the build, in the versions of pouchdb/package.json."""
    source = pathlib.Path(__file__).resolve().parent / "pouchdb"
    place = TOP / "build/bench-pouchdb"
    if not shutil.which("npm") or not shutil.which("node"):
        return None
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "measure.mjs"):
        shutil.copy(source / name, place / name)
    if not (place / "node_modules/.package-lock.json").exists():
        print("installing PouchDB into build/bench-pouchdb", file=sys.stderr)
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=place,
            capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return None
    return place


def pouchdb(run):
    place = pouchdb_installed()
    if not place:
        fail("PouchDB is a peer, and npm does not bring it: "
             "tools/bench --without pouchdb leaves it out")
    rows = run.dir / "work.json"
    run.bench("work", run.records, rows)
    done = subprocess.run(
        ["node", "--max-old-space-size=4096", "measure.mjs", str(rows),
         str(run.dir / "pouchdb")], cwd=place, stdout=subprocess.PIPE,
        text=True, check=False)
    if done.returncode:
        fail("PouchDB's part failed")
    told = json.loads(done.stdout.splitlines()[-1])
    for name, by in (("insert, 1,000 a tx", "insert"),
                     ("insert, 1 a tx", "ones"),
                     ("extract + apply of W", "once"),
                     ("U both ways", "updates"), ("file size", "file")):
        run.table.add(f"PouchDB: {name}", told[name] / run.raw[by])
    run.table.add("PouchDB: B/record", told["bytes"] / run.records)
    run.table.add("PouchDB: U both ways, on the wire",
                  told["update bytes"] / 1e6)
    run.table.add("PouchDB: one change in 100,000", told["one change"])


OTHERS = {"field": field, "reps": reps, "pouchdb": pouchdb, "cost": cost,
          "growth": growth}


def measure(table, options, parts):
    """One run of the parts."""
    run = Run(table, options)
    try:
        inside = [part for part in IN_PROCESS if part in parts]
        # Costs at this scale, and what others are held against, come of it.
        if "cost" in parts:
            inside = [p for p in IN_PROCESS
                      if p in inside or p in ("pending", "sealed")]
        if not inside and "pouchdb" in parts:
            inside = ["session"]
        if inside:
            in_process(run, inside)
        for part, perform in OTHERS.items():
            if part in parts:
                print(f"  {part}", file=sys.stderr)
                perform(run)
    finally:
        run.end()
