"""
Commands that need a second process: one that asks a node that is served, one
that exchanges with a hub, and the nodes that serve.
"""

import json
import os
import select
import subprocess

import world
from run import Fault, Found, Trial
from world import fixture

LISTEN = ["--listen", "tcp://127.0.0.1:0"]


class Served:
    """A node that is served, without any fault, until it is stopped."""

    def __init__(self, trial, node, noun, fault=None):
        self.trial, self.node, self.fault = trial, node, fault
        self.address = None
        env = trial.environment(fault.environment(node, trial.report)
                                if fault else None)
        self.process = fixture.Process(
            trial.argv(node, noun + LISTEN), env)

    def piece(self, seconds):
        """What comes next on stdout, b"" at its end."""
        out = self.process.popen.stdout
        if not select.select([out], [], [], seconds)[0]:
            raise subprocess.TimeoutExpired(self.process.argv, seconds)
        return os.read(out.fileno(), 4096)

    def wait(self):
        """Whether it listens; False when it ended instead."""
        line = b""
        while b"\n" not in line:
            piece = self.trial.patiently(self.piece, self.process.popen,
                                         self.fault)
            if not piece:
                return False
            line += piece
        text = line.decode().split("\n")[0]
        if not text.startswith("listening "):
            raise Found("it says %r" % text)
        self.address = text.split(" ", 1)[1]
        return True

    def stop(self):
        """(exit code, what is left of stdout, stderr)"""
        if self.process.running():
            self.process.popen.terminate()
        code = self.trial.patiently(self.process.wait, self.process.popen,
                                    self.fault)
        out = self.process.popen.stdout.read()
        err = self.process.stderr()
        self.process.close()
        self.process.errors.close()
        return code, out, err


class NetworkTrial(Trial):
    """The command is spoiled, what it talks to is not."""

    def start(self):
        """What the command talks to, and everything as at first."""
        self.end()
        self.names = dict(self.company.names)
        if self.line.before == "served":
            self.server = Served(self, self.node, ["serve"])
            if not self.server.wait():
                raise Found("it does not serve: %s" % self.server.stop()[2])
            return
        hub = os.path.join(self.folder, "hub")
        world.lay(os.path.join(self.company.template, "hub"), hub)
        # At the port where it was served before it has one address less.
        while not self.server or self.server.address == self.company.url:
            self.end()
            self.server = Served(self, hub, ["hub", "serve"])
            if not self.server.wait():
                raise Found("it does not serve: %s" % self.server.stop()[2])
        # It listens elsewhere than when the company was made.
        self.names["url"] = self.server.address
        self.names["token"] = self.good(
            ["hub", "invite", "rep8", "--url", self.server.address],
            node=hub).decode().strip()

    def end(self):
        if self.server:
            self.server.stop()
            self.server = None

    def args(self, json_too):
        return [arg.format(**self.names) for arg in self.line.args] + (
            ["--json"] if json_too else [])

    def lay(self):
        """Everything anew, since the other side knows what was done."""
        if self.line.before == "served":
            if not self.server:
                super().lay()
                self.start()
            return
        super().lay()
        self.start()

    def check_store(self, code):
        """
        A sync keeps what it has on its way, so it may have come anywhere
        between before and after; the next one comes all the way.
        """
        if self.line.on == "new":
            super().check_store(code)
            return
        self.good(["verify"])
        if code == 0 and world.tables(self.node) != self.state_after:
            raise Found("exit 0, and the tables are not as after it")
        self.good(self.args(False))
        if world.tables(self.node) != self.state_after:
            raise Found("after the next run the tables are not as they "
                        "should be")
        check_in_step(self, self.node, self.server.node)

    def check_end(self, code, out, err, json_too, clean):
        try:
            super().check_end(code, out, err, json_too, clean)
        except Found as found:
            if code != 0 or self.line.before == "served":
                raise
            # Whether the next one brings what this one lacked.
            code, out, err = self.run(self.args(json_too))
            raise Found("%s\nand the next one: exit %d, %s%s" % (
                found, code, out.decode(), err.decode())) from found

    def try_one(self, at):
        if self.line.before != "served":
            return super().try_one(at)
        fault = Fault(self.kind, self.error, self.stays, at)
        code, out, err = self.run(self.args(False), fault)
        self.runs += 1
        came = self.report.fired > 0
        self.fired += came
        try:
            self.check_end(code, out, err, False, self.clean[False])
            if at % 29 == 0 and not self.server.process.running():
                raise Found("the served node ended")
        except (Found, ValueError) as found:
            raise Found("%s, %s\n%s\n%s\n" % (
                " ".join(self.args(False)), fault, self.report.where(),
                found)) from found
        return came


class ServingTrial(Trial):
    """The node that serves is spoiled, what calls it is not."""

    def learn(self):
        self.other = os.path.join(self.folder, "other")
        self.clean_changes = False
        self.clean = {False: "", True: ""}
        self.lay()
        self.visit(Fault(self.kind, self.error, self.stays, 0))
        self.lay()
        return self.report.calls

    def all(self, rng):
        # There is no end to be typed again: it is served once more.
        good, self.good = self.good, lambda args, node=None: None
        try:
            return super().all(rng)
        finally:
            self.good = good

    def lay(self):
        super().lay()
        caller = "rep1" if self.line.on == "hub" else "rep2"
        world.lay(os.path.join(self.company.template, caller), self.other)

    def visit(self, fault):
        """
        Serves, has a command asked and a sync done, and ends it. What the
        callers were told, and what the server's end was.
        """
        self.report.clear()
        server = Served(self, self.node, list(self.line.args[:-2]), fault)
        told = []
        if server.wait():
            for args, node in ((["account", "list"], self.node),
                               (["sync", server.address], self.other)):
                told.append(self.run(args, node=node))
        return told, server.stop()

    def try_one(self, at):
        fault = Fault(self.kind, self.error, self.stays, at)
        self.runs += 1
        try:
            told, (code, _, err) = self.visit(fault)
            came = self.report.fired > 0
            self.fired += came
            if code != 0 and not came:
                raise Found("exit %d without a fault: %s" % (code, err))
            self.check_end(code, b"", err.encode(), False, "")
            for code, out, err in told:
                if code not in (0, fixture.FAILED, fixture.UNREACHABLE,
                                fixture.LOCKED):
                    raise Found("who called was told %d: %s" % (
                        code, err.decode()))
                if code != 0 and not came:
                    raise Found("who called: exit %d, %s" % (
                        code, err.decode()))
            self.check_both()
        except (Found, ValueError) as found:
            raise Found("%s, %s\n%s\n%s\n" % (
                self.line.args, fault, self.report.where(), found)) from found
        return came

    def check_both(self):
        """Both stores are sound, and the two are in step with one more sync."""
        if world.files(self.node) == self.before:
            return
        for node in (self.node, self.other):
            code, _, err = self.run(["verify"], node=node)
            if code:
                raise Found("verify: exit %d, %s" % (code, err.decode()))
        server = Served(self, self.node, list(self.line.args[:-2]))
        try:
            if not server.wait():
                raise Found("it does not serve again: %s" % server.stop()[2])
            code, _, err = self.run(["sync", server.address],
                                    node=self.other)
            if code:
                raise Found("the next sync: exit %d, %s" % (code,
                                                            err.decode()))
        finally:
            if server.process.popen.returncode is None:
                server.stop()
        check_in_step(self, self.node, self.other)
        self.lay()



def check_in_step(trial, *nodes):
    digests = [json.loads(trial.run(["digest", "--json"],
                                    node=node)[1])["territories"]
               for node in nodes]
    common = set(digests[0]) & set(digests[1])
    if not common or any(digests[0][t] != digests[1][t] for t in common):
        raise Found("the two are not in step: %s" % digests)
