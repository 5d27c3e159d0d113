"""
The company that commands are tried on, as folders that are laid down again
for every try, and what is left of one when a command failed in it.
"""

import os
import re
import shutil
import sqlite3
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))

import fixture  # noqa: E402

CSV = """code,legal_name,industry
K1,云泽恒业有限公司,auto_parts
K2,望川机械有限公司,machinery
K3,北屿电子有限公司,electronics
"""

# What differs between two runs that did the same.
CHANGING = [
    (r"rb1-[0-9A-Za-z_-]+", "TOKEN"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?",
     "TIME"),
    (r"\b[0-9a-f]{32,}\b", "DIGEST"),
    (r"…[0-9a-f]{6}", "ID"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"/[^ \"]*/w\d+/", "FOLDER/"),
    (r'"(bytes|kept|applied|retry_ms|round_trips)": \d+', r'"\1": N'),
]


def plain(text):
    """Text without what differs between two runs that did the same."""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text)
    return text


def temporary():
    """Memory, where there is some: nothing here needs a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class World(fixture.Company):
    """The folders of a hub and two reps, and what lies in them by name."""

    def __init__(self, encrypted=False):
        tempfile.tempdir = temporary()
        super().__init__(("east/linxi", "north"))
        self.url = self.serve()
        a = self.enrol("rep1", "east/linxi")
        b = self.enrol("rep2", "east/linxi")
        run = a.run
        account = run("account", "add", "--legal-name",
                      "临溪鑫澜汽车零部件有限公司", "--short-name", "鑫澜",
                      "--phones", "10000000002")["id"]
        contact = run("contact", "add", "--name", "王采购", "--account",
                      account)["id"]
        visit = run("visit", "add", "--account", account, "--visited-on",
                    "2026-11-19")["id"]
        run("visit", "note", visit, "--text", "价格偏高", "--kind", "fact")
        archived = run("account", "add", "--short-name", "旧客户")["id"]
        run("account", "archive", archived)
        a.sync()
        b.sync()
        for node, name in ((a, "鑫澜股份"), (b, "鑫澜集团")):
            node.run("account", "set", account, "--legal-name", name)
        b.sync()
        a.sync()
        conflict = run("conflicts")[0]["id"]
        invited = run("device", "invite")["token"]
        # Something of each side that the other has not got yet.
        run("account", "set", account, "--industry", "media")
        b.run("account", "add", "--short-name", "乙的客户")
        b.sync()
        address = "tcp://127.0.0.1:9"
        run("address", "add", address)
        self.names = {"address": address, "account": account, "contact": contact, "visit": visit,
                      "archived": archived, "conflict": conflict,
                      "root": self.founded["key"], "invited": invited,
                      "waiting":
                      run("outbox", "list")["changes"][0]["id"]}
        # What came too late, as the manager reads it.
        late = self.enrol("rep3", "east/linxi")
        boss = self.enrol("boss", "east", "manager")
        late.sync()
        late.run("account", "add", "--short-name", "晚到的")
        self.hub.run("hub", "offboard", "rep3", "--to", "rep2")
        late.fails(fixture.REFUSED, "sync")
        boss.sync()
        self.names["late"] = boss.run("quarantine", "list")[0]["id"]
        self.names["device"] = next(
            d["device"] for d in self.hub.run("hub", "devices")
            if d["user"] == "rep2")
        self.user("rep8")
        self.names["token"] = self.token("rep8", "east/linxi")
        for name, encoding in (("csv", "utf-8"), ("gb18030", "gb18030")):
            path = os.path.join(self.folder, name + ".csv")
            with open(path, "wb") as file:
                file.write(CSV.encode(encoding))
            self.names[name] = path
        gone = b.run("contact", "add", "--name", "周已离开")["id"]
        b.sync()
        self.names["certificate"] = os.path.join(self.folder, "certificate")
        self.hub.run("hub", "erase", gone, "--certificate",
                     self.names["certificate"])
        b.sync()
        self.hub.stop()
        self.template = os.path.join(self.folder, "template")
        os.mkdir(self.template)
        self.names["copy"] = os.path.join(self.template, "hub")
        for name in ("hub", "rep1", "rep2", "boss"):
            os.rename(os.path.join(self.folder, name),
                      os.path.join(self.template, name))
        self.encrypted = encrypted
        self.word = os.path.join(self.folder, "word")
        with open(self.word, "w", encoding="utf-8") as file:
            file.write("correct horse battery")
        for name in ("hub", "rep1", "rep2", "boss") if encrypted else ():
            fixture.Node(self, "template/" + name).run(
                "encrypt", "--passphrase-file", self.word)

    def typed(self, line, node, own):
        names = {**self.names, **own}
        return [arg.format(node=node, **names) for arg in line.args]


def files(folder):
    """What lies in a folder, but for what SQLite makes anew."""
    found = {}
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return None
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if name.endswith("-shm") or (name.endswith("-wal") and not data):
            continue
        found[name] = data
    return found


# Some of it stands in every folder: in none of its files, if it is encrypted.
PLANTED = ["鑫澜", "王采购", "价格偏高", "新简称", "云泽", "SQLite format 3",
           "CREATE TABLE"]


def leaked(found):
    """What of it stands in these files."""
    return ["%s in %s" % (text, name) for name, data in (found or {}).items()
            for text in PLANTED if text.encode() in data]


def look_older(folder):
    """As if a program with another schema had made the tables."""
    with sqlite3.connect(os.path.join(folder, "node.db")) as db:
        done = db.execute("UPDATE _setting SET value = zeroblob(length(value))"
                          " WHERE name = 'schema'")
        assert done.rowcount == 1
    db.close()


def lay(source, target):
    """A folder as it was; links would be changed through."""
    shutil.rmtree(target, ignore_errors=True)
    if source:
        shutil.copytree(source, target)


def tables(folder):
    """What people would read in the tables: no ids, no times."""
    db = sqlite3.connect(os.path.join(folder, "node.db"))
    found = {}
    names = [row[0] for row in db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for name in names:
        if name in ("_pending", "_conflict") or not name.startswith("_"):
            rows = db.execute('SELECT * FROM "%s"' % name).fetchall()
            if name.startswith("_"):
                found[name] = len(rows)
                continue
            found[name] = sorted(
                str([None if isinstance(v, bytes) or
                     (isinstance(v, int) and v > 1 << 40) else plain(str(v))
                     for v in row]) for row in rows)
    db.close()
    return found
