"""Rows, samples of them, and the table: for people, as JSON, against another.

rows.json lists the rows: name, unit, target (smaller is better; null where the
issue wants nothing), the part of the benchmark that they come from, the scales
they are measured at (all, unless it says) and whether the smoke run holds them.
"""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
SCALES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}
# A row has reached its target within a tenth of it.
WITHIN = 1.1


def fail(text, code=1):
    print(f"bench: {text}", file=sys.stderr)
    sys.exit(code)


def all_rows():
    """The list; without it nothing is measured."""
    path = HERE / "rows.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        names = [row["name"] for row in rows]
        for row in rows:
            row["unit"], row["target"], row["part"]  # noqa: B018 they are there
    except (OSError, ValueError, KeyError, TypeError) as error:
        fail(f"the list of rows, {path}, cannot be used: {error!r}")
    if len(set(names)) != len(names) or not names:
        fail(f"the list of rows, {path}, is empty or names a row twice")
    return rows


def summary(samples):
    return {"median": statistics.median(samples), "min": min(samples),
            "max": max(samples)}


def short(value):
    """Four digits that tell something."""
    return float(f"{value:.4g}")


class Table:
    """Samples of the rows that are wanted; what others there are is refused."""

    def __init__(self, rows, wanted):
        self.rows, self.known = wanted, {row["name"] for row in rows}
        self.samples = {}

    def add(self, name, value, encrypted=False):
        if name not in self.known:
            fail(f"“{name}” is measured and not in the list of rows")
        self.samples.setdefault((name, encrypted), []).append(value)

    def missing(self):
        return [row["name"] for row in self.rows
                if (row["name"], False) not in self.samples]

    def lines(self):
        """Of the rows that were measured, as --json has them."""
        for row in self.rows:
            samples = self.samples.get((row["name"], False))
            if not samples:
                continue
            line = {"name": row["name"], "unit": row["unit"]}
            line |= {k: short(v) for k, v in summary(samples).items()}
            line["target"] = row["target"]
            sealed = self.samples.get((row["name"], True))
            if sealed:
                line["encrypted"] = {
                    k: short(v) for k, v in summary(sealed).items()}
            yield line

    def json(self, conditions):
        return {"machine": machine() | conditions, "versions": versions(),
                "rows": list(self.lines())}


def reached(line):
    return line["target"] is None or line["median"] <= line["target"] * WITHIN


def figure(value):
    """For people: as many digits as tell something."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def print_table(lines, out=sys.stdout):
    head = ("row", "unit", "median", "min", "max", "target", "encrypted")
    print("%-56s %5s %10s %10s %10s %8s %10s" % head, file=out)
    for line in lines:
        print("%-56s %5s %10s %10s %10s %8s %10s%s" % (
            line["name"], line["unit"], *(figure(line[k]) for k in (
                "median", "min", "max", "target")),
            figure(line.get("encrypted", {}).get("median")),
            "" if reached(line) else "  not reached"), file=out)


def hold(lines, path):
    """Whether no median is more than twice that in the file; tells which are."""
    try:
        file = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        before = {row["name"]: row["median"] for row in file["rows"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        fail(f"{path}: {error!r}")
    good = True
    for line in lines:
        was = before.get(line["name"])
        if was is None or line["median"] > 2 * was:
            print(f"{line['name']}: {line['median']}, and {was} in {path}",
                  file=sys.stderr)
            good = False
    return good


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"processor": processor(), "cores": os.cpu_count(),
            "memory_gb": round(memory / 2**30, 1), "system": platform.system(),
            "release": platform.release()}


def package(name):
    """The version that Debian, or pkg-config, knows."""
    try:
        done = subprocess.run(["pkg-config", "--modversion", name],
                              capture_output=True, text=True, check=False)
        return done.stdout.strip() or "unknown"
    except OSError:
        return "unknown"


def versions():
    try:
        done = subprocess.run(["git", "-C", str(TOP), "describe", "--always",
                               "--dirty"], capture_output=True, text=True,
                              check=False)
        commit = done.stdout.strip() or "unknown"
    except OSError:
        commit = "unknown"
    found = {"roadbook": commit}
    for name, label in (("sqlite3", "sqlite3"), ("libsodium", "libsodium"),
                        ("libzstd", "zstd"), ("msgpack", "msgpack-c")):
        found[label] = package(name)
    found["nng"] = debian("libnng1") or "unknown"
    peers = json.loads((HERE / "pouchdb/package.json").read_text())
    found["pouchdb"] = peers["dependencies"]["pouchdb"]
    return found


def debian(name):
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name],
                              capture_output=True, text=True, check=False)
        return done.stdout.strip()
    except OSError:
        return ""
