"""
Every command, with its first, second, third … request for memory failing, and
its first, second, third … call on a file of the node, until it ends without
the failure having come.

Whatever fails: the command ends with a documented exit code, what it prints on
stderr is one error, the store is as it was before or after the command, and
the next run goes on.

    run.py [--full] [--encrypted] [--only REGEX] [--kind memory|disk]
           [--figures FILE]

ROADBOOK is the program, ROADBOOK_FAULTS the library that makes calls fail.
Without --full a sample, drawn from ROADBOOK_TEST_SEED. With --encrypted the
nodes are, unlocked, and nothing that was planted may be in any write to any of
their files, or stand there afterwards: commands of one process on a node that
is there already, but for the one that writes in clear.
"""

import argparse
import contextlib
import json
import mmap
import glob
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

import world
from world import fixture, plain
from table import LINES

LIBRARY = os.environ.get("ROADBOOK_FAULTS", "")
SAMPLE = {"memory": 20, "disk": 8}    # of a line, without --full
NETWORK_MOST = 1500                   # of a line that needs two nodes
WORKERS = 2
PATIENCE = 60
NNG_PATIENCE = 5                      # enough where nng's request failed
REPORT_SIZE = 8192
# Without --full an encrypted node's: a passphrase takes its time.
KINDS_ENCRYPTED = (("memory", None, False), ("disk", "EIO", True))
KINDS = (("memory", None, False), ("memory", None, True),
         ("disk", "EIO", False), ("disk", "EIO", True),
         ("disk", "ENOSPC", False), ("disk", "ENOSPC", True))


class Found(Exception):
    """Something is not as it must be."""


class NngHangs(Exception):
    """nng's own request failed, and it waits for itself."""


class Report:
    """What the library tells: a file that both have mapped."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.truncate(REPORT_SIZE)
        with open(path, "r+b") as file:
            self.bytes = mmap.mmap(file.fileno(), REPORT_SIZE)

    def clear(self):
        self.bytes[:] = bytes(REPORT_SIZE)

    @property
    def calls(self):
        return struct.unpack_from("Q", self.bytes, 0)[0]

    @property
    def leaked(self):
        return struct.unpack_from("Q", self.bytes, 48 + 32 * 40)[0]

    @property
    def fired(self):
        return struct.unpack_from("Q", self.bytes, 8)[0]

    def frames(self):
        """(module, offset) of each caller of what failed first."""
        count = struct.unpack_from("Q", self.bytes, 40)[0]
        at = 48 + 32 * 8
        for i in range(count):
            name = self.bytes[at + 24 * i:at + 24 * (i + 1)]
            offset, = struct.unpack_from("Q", self.bytes,
                                         at + 32 * 24 + 8 * i)
            yield name.split(b"\0")[0].decode(), offset

    def inside(self, library):
        """Whether it was this library that asked for what failed."""
        for module, _ in self.frames():
            if not module.startswith(("libc.so", "ld-linux",
                                      os.path.basename(LIBRARY))):
                return module.startswith(library)
        return False

    def where(self):
        """The callers in words."""
        call = self.bytes[16:40].split(b"\0")[0].decode()
        lines = []
        program = os.path.basename(fixture.PROGRAM)
        for module, offset in self.frames():
            if module == program:
                named = subprocess.run(
                    ["addr2line", "-fse", fixture.PROGRAM, hex(offset - 1)],
                    capture_output=True, text=True).stdout.split()
                lines.append(" ".join(named) or hex(offset))
            else:
                lines.append("%s+%x" % (module, offset))
        return "%s from %s" % (call, " < ".join(lines[2:12]))


class Fault:
    """Which call fails, and how."""

    def __init__(self, kind, error, stays, at):
        self.kind, self.error, self.stays, self.at = kind, error, stays, at

    def environment(self, folder, report):
        env = {"LD_PRELOAD": LIBRARY, "ROADBOOK_FAULT": self.kind,
               "ROADBOOK_FAULT_AT": str(self.at),
               "ROADBOOK_FAULT_FOLDER": folder,
               "ROADBOOK_FAULT_PLANTED": "\n".join(world.PLANTED),
               "ROADBOOK_FAULT_REPORT": report.path}
        if self.stays:
            env["ROADBOOK_FAULT_STAY"] = "1"
        if self.error:
            env["ROADBOOK_FAULT_ERROR"] = self.error
        return env

    def __str__(self):
        return "%s %d%s" % (self.error or self.kind, self.at,
                            " and all after it" if self.stays else "")


class Trial:
    """One line of the table under one kind of fault, in a folder of its own."""

    def __init__(self, company, name, line, kind, folder, full):
        self.company, self.name, self.line = company, name, line
        self.kind, self.error, self.stays = kind
        self.folder, self.full = folder, full
        self.node = os.path.join(folder, line.on)
        self.source = None if line.on == "new" else \
            os.path.join(company.template, line.on)
        os.mkdir(folder)
        if line.before == "older":
            self.source = os.path.join(folder, "older")
            shutil.copytree(os.path.join(company.template, line.on),
                            self.source)
            world.look_older(self.source)
        # Its own: a folder that is read is locked meanwhile.
        self.names = {}
        if "{copy}" in line.args:
            self.names["copy"] = os.path.join(folder, "copy")
            world.lay(company.names["copy"], self.names["copy"])
        self.report = Report(os.path.join(folder, "report"))
        self.runs = self.fired = self.nng_ended = 0
        self.clean_errors = {}  # what is told beside the output
        self.hub = None
        self.server = None
        self.unlocked = []

    # ---- running ----

    def argv(self, node, args):
        return [fixture.PROGRAM, "--dir", node, *fixture.plain(args)]

    def environment(self, more=None):
        return fixture.environment(self.folder, **(more or {}))

    def run(self, args, fault=None, node=None):
        """A command to its end: (exit code, stdout, stderr)."""
        node = node or self.node
        env = {}
        if fault:
            self.report.clear()
            env = fault.environment(node, self.report)
        process = subprocess.Popen(
            self.argv(node, args), env=self.environment(env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        out, err = self.patiently(
            lambda seconds: process.communicate(timeout=seconds), process,
            fault)
        return process.returncode, out, err

    def patiently(self, ends, process, fault):
        """What ends(seconds) gives; a process that hangs is killed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return ends(NNG_PATIENCE)
        try:
            if fault and self.report.fired and \
                    self.report.inside("libnng.so"):
                raise NngHangs
            return ends(PATIENCE)
        except (NngHangs, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
            raise

    def unlock(self, node):
        """Once; the folder may be laid anew, its key is the same."""
        if self.company.encrypted and node not in self.unlocked:
            self.good(["unlock", "--for", "1d", "--passphrase-file",
                       self.company.word], node)
            self.unlocked.append(node)

    def end(self):
        for node in self.unlocked:
            self.run(["lock"], node=node)

    def tables(self):
        """As world.tables; of an encrypted node out of a copy of it."""
        if not self.company.encrypted:
            return world.tables(self.node)
        copy, seen = self.node + "-copy", self.node + "-seen"
        world.lay(self.node, copy)
        world.lay(None, seen)
        os.mkdir(seen)
        self.unlock(copy)
        self.good(["export", "--archived", "--sqlite",
                   os.path.join(seen, "node.db")], copy)
        return world.tables(seen)

    def check_planted(self):
        """Nothing of it in what was written, nor in what lies there."""
        if not self.company.encrypted or "--sqlite" in self.line.args:
            return
        if self.report.leaked:
            raise Found("%d writes had planted text in them" %
                        self.report.leaked)
        found = world.leaked(world.files(self.node))
        if found:
            raise Found("planted text: %s" % ", ".join(found))

    def good(self, args, node=None):
        code, out, err = self.run(args, node=node)
        if code != 0:
            raise Found("%s: exit %d, %s" % (" ".join(args), code,
                                             err.decode()))
        return out

    def args(self, json_too):
        typed = self.company.typed(self.line, self.node, self.names)
        return typed + (["--json"] if json_too else [])

    def lay(self):
        world.lay(self.source, self.node)
        # A company's root key lies beside its hub.
        for path in glob.glob(glob.escape(self.node) + ".*"):
            os.unlink(path)
        if self.source:
            self.unlock(self.node)
        self.before = world.files(self.node)

    # ---- judging ----

    def check_end(self, code, out, err, json_too, clean):
        """What a command that met a fault may come to."""
        # Loaded for the page, it says so itself when it cannot begin.
        if self.kind == "memory":
            err = b"".join(line for line in err.splitlines(keepends=True)
                           if not line.startswith(b"Error in GnuTLS "))
        text = err.decode("utf-8", "replace")
        if code in (-signal.SIGSEGV, -signal.SIGABRT) and \
                self.report.inside("libnng.so"):
            self.nng_ended += 1
            return
        if code < 0:
            raise Found("ended by signal %s: %s" % (
                signal.Signals(-code).name, text))
        if code == 0:
            if plain(out) != clean or \
                    plain(err) != self.clean_errors.get(json_too, ""):
                raise Found("exit 0, but it printed\n%s%s\ninstead of\n%s" % (
                    plain(out), text, clean))
            return
        if code != fixture.FAILED:
            raise Found("exit %d: %s" % (code, text))
        # What it tells beside its output anyway, may come first.
        told = self.clean_errors.get(json_too, "").splitlines()
        lines = text.splitlines()
        while lines and plain(lines[0]) in told:
            lines.pop(0)
        if json_too:
            error = json.loads("\n".join(lines))["error"]
            if error["code"] != "failed" or not error["message"]:
                raise Found("the error is no error: %s" % text)
        elif not lines or not lines[0].startswith("error: ") or \
                len(lines) > 2 or \
                (len(lines) == 2 and not lines[1].startswith("  try: ")):
            raise Found("not one error on stderr: %r" % text)
        one_line = not error["hint"] and "\n" not in error["message"] \
            if json_too else len(lines) == 1
        if self.kind == "memory" and not (one_line and "memory" in text):
            raise Found("not one line about memory: %r" % text)
        if "not an error" in text or "no more rows" in text:
            raise Found("the message does not say what was wrong: %r" % text)

    def check_store(self, code):
        """As before, or as after; sound; and the next run goes on."""
        if self.line.on != "new":
            self.good(["verify"])
            state = self.tables()
            if state not in self.states_after and (
                    code == 0 or state != self.state_before):
                raise Found("the tables are neither as before nor as after")
        code, out, err = self.run(self.args(False))
        if code not in (0, self.line.again):
            raise Found("the next run: exit %d, %s" % (code, err.decode()))
        if self.line.on == "new":
            self.good(["verify"])

    # ---- a command of one process ----

    def learn(self):
        """What the command does when nothing fails."""
        self.lay()
        if self.source:
            self.state_before = self.tables()
            self.lay()
        self.clean, self.states_after = {}, []
        for json_too in (False, True):
            self.lay()
            code, out, err = self.run(self.args(json_too))
            if code != 0:
                raise Found("%s: exit %d, %s" % (
                    " ".join(self.args(json_too)), code, err.decode()))
            self.clean[json_too] = plain(out)
            self.clean_errors[json_too] = plain(err)
            self.states_after.append(self.tables())
        self.state_after = self.states_after[-1]
        self.lay()
        fault = Fault(self.kind, self.error, self.stays, 0)
        self.run(self.args(False), fault)
        if self.name == "TYPE set" and not self.company.encrypted and \
                not self.report.leaked:
            raise Found("what is planted in clear is not seen")
        return self.report.calls

    def try_one(self, at):
        """Returns whether the fault came."""
        fault = Fault(self.kind, self.error, self.stays, at)
        json_too = at % 2 == 0
        code, out, err = self.run(self.args(json_too), fault)
        self.runs += 1
        came = self.report.fired > 0
        self.fired += came
        try:
            self.check_end(code, out, err, json_too, self.clean[json_too])
            self.check_planted()
            untouched = world.files(self.node) == self.before
            if not untouched or at % 97 == 0:
                self.check_store(code)
                self.lay()
            elif code == 0 and self.clean_changes:
                raise Found("exit 0, and nothing was written")
        except (Found, ValueError) as found:
            raise Found("%s, %s\n%s\n%s\n" % (
                " ".join(self.args(json_too)), fault, self.report.where(),
                found)) from found
        return came

    def points(self, calls, rng):
        """Which calls fail, in order; all of them in full, to the end."""
        most = None
        if not self.full:
            most = SAMPLE[self.kind] // (2 if self.stays else 1)
        elif self.stays and self.kind == "memory":
            most = 200
        elif self.line.hub or self.line.serves:
            most = NETWORK_MOST
        if most is None or calls <= most:
            return list(range(1, calls + 1))
        return sorted(rng.sample(range(1, calls + 1), most))

    def all(self, rng):
        found = []
        calls = self.learn()
        self.lay()
        self.good(self.args(False))
        self.clean_changes = not self.line.reads and \
            world.files(self.node) != self.before
        self.lay()
        points = self.points(calls, rng)
        # To the end: threads may make it a few calls more.
        points += range(calls + 1, calls + 1000)
        for at in points:
            try:
                if not self.try_one(at) and at > calls:
                    break
            except Found as problem:
                found.append(str(problem))
                self.lay()
                if len(found) >= 5:
                    break
            except NngHangs:
                self.nng_ended += 1
                self.lay()
            except subprocess.TimeoutExpired:
                found.append("%s, %s %d: hangs\n%s\n" % (
                    " ".join(self.args(False)), self.kind, at,
                    self.report.where()))
                self.lay()
        return found


def missing_lines():
    """Commands of the program that have no line, and lines without one."""
    done = subprocess.run(
        [fixture.PROGRAM, "--help", "--json"], capture_output=True,
        env=fixture.environment("/tmp"), check=True)
    names = {" ".join(filter(None, (c["noun"] or "TYPE", c["verb"])))
             for c in json.loads(done.stdout)}
    return sorted(names ^ set(LINES))


def lines(pattern):
    for name, found in LINES.items():
        for line in found if isinstance(found, list) else [found]:
            if re.search(pattern, name):
                yield name, line


def make(options, company):
    from network import NetworkTrial, ServingTrial
    trials = []
    for name, line in lines(options.only):
        for kind in KINDS_ENCRYPTED if options.encrypted and \
                not options.full else KINDS:
            if options.kind and kind[0] != options.kind:
                continue
            if options.encrypted and (
                    line.serves or line.hub or line.before or
                    line.on == "new"):
                continue
            cls = ServingTrial if line.serves else \
                NetworkTrial if line.hub or line.before == "served" else Trial
            folder = os.path.join(company.folder, "w%d" % len(trials))
            trials.append((cls, company, name, line, kind, folder,
                           options.full))
    return trials


def work(trials, results, lock):
    while True:
        with lock:
            if not trials:
                return
            cls, *args = trials.pop(0)
        rng = random.Random("%d %s" % (fixture.SEED, args[4]))
        began = time.monotonic()
        try:
            trial = cls(*args)
        except Exception as problem:
            with lock:
                results.append((args[1], 0, 0, [repr(problem)], 0))
                print(args[1], repr(problem), flush=True)
            continue
        try:
            found = trial.all(rng)
        except Exception as problem:  # whatever it is, it is told
            found = ["%s, %s: %r" % (trial.name, trial.kind, problem)]
        finally:
            trial_end = getattr(trial, "end", None)
            if trial_end:
                trial_end()
            shutil.rmtree(trial.folder, ignore_errors=True)
        with lock:
            results.append((trial.name, trial.runs, trial.fired, found,
                            trial.nng_ended))
            print("%s, %s%s: %d runs, %d failures came, %.1f s%s" % (
                " ".join(trial.line.args), trial.error or trial.kind,
                " that stays" if trial.stays else "", trial.runs, trial.fired,
                time.monotonic() - began,
                ", %d found" % len(found) if found else ""), flush=True)
            for text in found:
                print(text, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--encrypted", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--kind", choices=("memory", "disk"))
    parser.add_argument("--figures")
    options = parser.parse_args()
    if not os.access(fixture.PROGRAM, os.X_OK) or not os.access(LIBRARY,
                                                                os.R_OK):
        sys.exit("ROADBOOK and ROADBOOK_FAULTS must name what was built")
    missing = missing_lines()
    if missing:
        sys.exit("tests/faults/table.py and the commands differ: %s" %
                 ", ".join(missing))
    began = time.monotonic()
    results, lock = [], threading.Lock()
    with world.World(options.encrypted) as company:
        trials = make(options, company)
        threads = [threading.Thread(target=work,
                                    args=(trials, results, lock))
                   for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    figures = {
        "commands": len({r[0] for r in results}),
        "runs": sum(r[1] for r in results),
        "failures_that_came": sum(r[2] for r in results),
        "ended_by_nng": sum(r[4] for r in results),
        "findings": sum(len(r[3]) for r in results),
        "full": options.full,
        "seconds": round(time.monotonic() - began, 1)}
    print(json.dumps(figures))
    if options.figures:
        with open(options.figures, "w", encoding="utf-8") as file:
            json.dump(figures, file)
    sys.exit(1 if figures["findings"] else 0)


if __name__ == "__main__":
    main()
