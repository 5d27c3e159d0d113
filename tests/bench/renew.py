"""What the README shows of speed, made of figures that were kept.

    tools/bench-table.json      of --scale 10k, 100k or 1m: the tables
    tools/bench-plot.json       of --scale 5m: growth, and the plot
    tools/bench-baseline.json   of --only smoke: what a ratio may not double of

Each is what `tools/bench --json` printed, a row a line.
"""
import json
import re
import sys

import plot
from table import HERE, SCALES, TOP, all_rows, figure, reached

KEPT = {name: TOP / f"tools/bench-{name}.json"
        for name in ("table", "plot", "baseline")}
PLOT = HERE / "cost.svg"
README = TOP / "README.md"
FROM, TO = "<!-- tools/bench --renew writes what follows -->", \
    "<!-- tools/bench --renew wrote what precedes -->"
COST = re.compile(r"cost of a record: (\w+), (.+), ([\d,]+) records")
PEERS = ("SQLite session", "SQLite session + changelog row", "PouchDB")
COLUMNS = (("insert, 1,000 a tx", "insert, 1,000 a tx, durable"),
           ("insert, 1 a tx",) * 2,
           ("extract + apply of W", "extract + apply of W, sealed"),
           ("B/record",) * 2, ("U both ways",) * 2,
           ("U both ways, on the wire",) * 2, ("file size",) * 2,
           ("one change in 100,000", "one change in 100,000: an update"))


def read(name):
    try:
        return json.loads(KEPT[name].read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"machine": {}, "versions": {}, "rows": []}


def keep(found):
    """Puts what --json printed where it belongs."""
    machine = found["machine"]
    name = ("baseline" if machine["clock"] == "CPU" else
            "plot" if machine["scale"] == "5m" else "table")
    rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False)
                      for row in found["rows"])
    KEPT[name].write_text(
        "{\n" f'  "machine": {json.dumps(machine, ensure_ascii=False)},\n'
        f'  "versions": {json.dumps(found["versions"])},\n'
        f'  "rows": [\n{rows}\n  ]\n' "}\n", encoding="utf-8")


def conditions(found):
    machine, versions = found["machine"], found["versions"]
    return (f"{machine['processor']}, {machine['cores']} cores, "
            f"{machine['memory_gb']:g} GB, {machine['system']} "
            f"{machine['release']}; W of {SCALES[machine['scale']]:,} records, "
            f"{machine['runs']} run{'s' * (machine['runs'] > 1)}; " +
            ", ".join(f"{name} {version}" for name, version in
                      versions.items()))


def with_unit(row, value):
    unit = {"ratio": "×", "": ""}.get(row["unit"], " " + row["unit"])
    return figure(value) + unit if value is not None else ""


def main_table(rows):
    yield "| | Roadbook | from … to | encrypted | wanted |"
    yield "|---|---|---|---|---|"
    for row in rows:
        sealed = row.get("encrypted", {}).get("median")
        wanted = with_unit(row, row["target"])
        yield (f"| {row['name']} | {with_unit(row, row['median'])} | "
               f"{figure(row['min'])} … {figure(row['max'])} | "
               f"{with_unit(row, sealed)} | {wanted}"
               f"{'' if reached(row) else ', not reached'} |")


def peer_table(rows):
    """Roadbook beside the peers, a column a row of theirs."""
    by = {row["name"]: row for row in rows}
    yield "| | " + " | ".join(column for column, _ in COLUMNS) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for who in ("Roadbook",) + PEERS:
        cells = []
        for column, ours in COLUMNS:
            row = by.get(ours if who == "Roadbook" else f"{who}: {column}")
            cells.append(with_unit(row, row["median"]) if row else "–")
        yield f"| {who} | " + " | ".join(cells) + " |"


def costs():
    """{(what, who): {records: µs}}, the large run's where there is one."""
    found = {}
    for name in ("table", "plot"):
        for row in read(name)["rows"]:
            parts = COST.fullmatch(row["name"])
            if parts:
                found.setdefault((parts[1], parts[2]), {})[
                    int(parts[3].replace(",", ""))] = row["median"]
    return found


def section():
    found = read("table")
    rows = [row for row in found["rows"] if not COST.fullmatch(row["name"]) and
            not row["name"].startswith(PEERS)]
    rows += [row for row in read("plot")["rows"]
             if row["name"].startswith("growth of ")]
    lines = [f"On {conditions(found)}:", "", *main_table(rows), ""]
    if any(row["name"].startswith(PEERS) for row in found["rows"]):
        lines += ["Beside what else there is (the peers keep no signed "
                  "history and are not encrypted; SQLite's session decides no "
                  "conflict, and PouchDB does not wait for the disk):", "",
                  *peer_table(found["rows"]), ""]
    lines += [f"![What a record costs, by how many there are]"
              f"({PLOT.relative_to(TOP)})"]
    return "\n".join(lines)


def readme_with(text):
    before = README.read_text(encoding="utf-8")
    start, end = before.index(FROM) + len(FROM), before.index(TO)
    return before[:start] + "\n\n" + text + "\n\n" + before[end:]


def write():
    README.write_text(readme_with(section()), encoding="utf-8")
    PLOT.write_text(plot.draw(costs()), encoding="utf-8")


def unmeasured():
    """Rows of the list that the kept table lacks."""
    found = read("table")
    scale = found["machine"].get("scale")
    names = {row["name"] for row in found["rows"]}
    return [row["name"] for row in all_rows()
            if scale in row.get("scales", SCALES) and row["name"] not in names]


def fits():
    """Whether README and plot are what the kept figures give; tells if not."""
    good = True
    for path, text in ((README, readme_with(section())),
                       (PLOT, plot.draw(costs()))):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(TOP)} is not what the kept figures give: "
                  "tools/bench --renew tools/bench-table.json", file=sys.stderr)
            good = False
    for name in unmeasured():
        print(f"{KEPT['table'].relative_to(TOP)} lacks “{name}”: "
              "tools/bench --renew", file=sys.stderr)
        good = False
    return good
