"""What the tests of the program stand on: a company in a temporary folder.

A Company has a hub and nodes, each in a folder of its own; a Node runs the
built program (its path is in ROADBOOK) and reads what it prints. Everything
that was started is ended by its own process id, and the folder is removed.

Nothing sleeps to synchronise: tests wait for a line of output, or for the end
of a process. DEADLINE is only there so that a hang is a failure.
"""

import json
import os
import random
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

DEADLINE = 120
PROGRAM = os.environ.get("ROADBOOK", "")
HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get(
    "ROADBOOK_SHARED",
    os.path.normpath(os.path.join(HERE, "..", "..", "..", "shared")))
# More of everything that is sampled; less of it, for slow builds.
FULL = os.environ.get("ROADBOOK_TEST_FULL") == "1"
LIGHT = os.environ.get("ROADBOOK_TEST_LIGHT") == "1"
SEED = int(os.environ.get("ROADBOOK_TEST_SEED", "20261120"))

DONE, FAILED, USAGE, NOT_FOUND, AMBIGUOUS, REFUSED, UNREACHABLE, LOCKED = \
    range(8)
CODE_NAMES = ["done", "failed", "usage", "not_found", "ambiguous", "refused",
              "unreachable", "locked"]


def shared(*parts):
    """A file beside the sources, or beside the worktrees; None when absent."""
    for base in (SHARED, "/work/shared"):
        path = os.path.join(base, *parts)
        if os.path.exists(path):
            return path
    return None


def environment(home, **more):
    """No trace of who runs the tests: language, zone and folders are ours."""
    env = {name: os.environ[name] for name in
           ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
            "TSAN_OPTIONS",
            "LD_LIBRARY_PATH") if name in os.environ}
    env.update(HOME=home, XDG_RUNTIME_DIR=home, TMPDIR=home, LANG="C.UTF-8",
               TZ="UTC")
    env.update(more)
    return env


class Result:
    """What a command came to."""

    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return json.loads(self.err)["error"]

    def __str__(self):
        return "roadbook %s\nexit %s\n--- stdout\n%s\n--- stderr\n%s" % (
            " ".join(map(str, self.args)), self.code,
            self.out.decode("utf-8", "replace")[:4000],
            self.err.decode("utf-8", "replace")[:4000])


class Process:
    """A program in the background, whose lines can be waited for."""

    def __init__(self, argv, env, **options):
        self.argv = argv
        # stderr goes to a file: nobody has to read it for the program to go on.
        self.errors = tempfile.TemporaryFile()
        self.popen = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=self.errors,
            stdin=subprocess.DEVNULL, env=env, **options)

    def line(self, deadline=DEADLINE):
        """The next line of stdout; an end without one is an error."""
        selector = selectors.DefaultSelector()
        selector.register(self.popen.stdout, selectors.EVENT_READ)
        text = b""
        while not text.endswith(b"\n"):
            if not selector.select(deadline):
                raise AssertionError("no line from %s" % self.argv)
            piece = os.read(self.popen.stdout.fileno(), 1)
            if not piece:
                raise AssertionError("%s ended: %s\n%s" % (
                    self.argv, self.popen.wait(), self.stderr()))
            text += piece
        selector.close()
        return text.decode().rstrip("\n")

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def running(self):
        return self.popen.poll() is None

    def wait(self, deadline=DEADLINE):
        return self.popen.wait(deadline)

    def stop(self):
        """SIGTERM, and the exit code."""
        if self.running():
            self.popen.terminate()
        code = self.wait()
        self.close()
        return code

    def kill(self):
        """SIGKILL, and its end awaited."""
        if self.running():
            self.popen.kill()
        code = self.wait()
        self.close()
        return code

    def close(self):
        self.popen.stdout.close()


# Commands that make a node, encrypted unless they are told otherwise.
MAKING = (("hub", "init"), ("hub", "restore"), ("init",), ("restore",))


def plain(args):
    """
    With --no-encrypt where a node is made: a passphrase takes its time. What
    stands in front, and what is missing at the end, stays there.
    """
    first = next((i for i, a in enumerate(args) if a != "--json"), 0)
    for words in MAKING:
        end = first + len(words)
        if tuple(args[first:end]) == words:
            return (*args[:end], "--no-encrypt", *args[end:])
    return tuple(args)


class Node:
    """
    A node's folder, and the commands that are run on it. Nodes are made plain,
    unless `encrypted` is set or the command comes with a passphrase.
    """

    encrypted = False

    def __init__(self, company, name):
        self.company = company
        self.name = name
        self.dir = os.path.join(company.folder, name)
        self.process = None
        self.address = None

    def argv(self, *args, passphrase=False):
        if not (self.encrypted or passphrase or "--passphrase-file" in args):
            args = plain(args)
        return [PROGRAM, "--dir", self.dir] + [str(a) if not
                isinstance(a, bytes) else a for a in args]

    def run(self, *args, json=True, ok=True, stdin=None, env=None,
            deadline=DEADLINE):
        """
        Runs a command. ok=True: it must succeed, and with json=True what it
        printed is returned decoded. Else a Result; ok may be an exit code.
        """
        if json and "--json" not in args:
            args += ("--json",)
        done = subprocess.run(
            self.argv(*args, passphrase="ROADBOOK_PASSPHRASE_FILE" in
                      (env or {})), input=stdin if stdin is not None else b"",
            capture_output=True, timeout=deadline,
            env=environment(self.company.folder, **(env or {})))
        result = Result(args, done.returncode, done.stdout, done.stderr)
        if ok is True and result.code != 0:
            raise AssertionError(str(result))
        if ok is not True and ok is not None and result.code != int(ok):
            raise AssertionError("expected exit %d\n%s" % (int(ok), result))
        if ok is True and json:
            return result.json
        return result

    def fails(self, code, *args, **options):
        """A command that fails with this code: the error object."""
        result = self.run(*args, ok=int(code), **options)
        if result.out:
            raise AssertionError("stdout is not empty\n%s" % result)
        error = result.error
        assert set(error) == {"code", "message", "hint"}, error
        assert error["code"] == CODE_NAMES[code], error
        assert error["message"], error
        return error

    def start(self, *args, **options):
        """A command in the background."""
        return self.company.started(
            Process(self.argv(*args), environment(self.company.folder),
                    **options))

    def serve(self, listen="tcp://127.0.0.1:0"):
        """Starts serving, and waits until it accepts; returns the address."""
        noun = ["hub", "serve"] if self.name == "hub" else ["serve"]
        args = noun + (["--listen", listen] if listen else [])
        self.process = self.start(*args)
        line = self.process.line()
        if listen:
            assert line.startswith("listening "), line
            self.address = line.split(" ", 1)[1]
        return self.address

    def stop(self):
        code = self.process.stop()
        self.process = None
        return code

    def kill(self):
        self.process.kill()
        self.process = None

    def digest(self):
        return self.run("digest")["territories"]

    def sync(self, *url, **options):
        return self.run("sync", *url, **options)


class Company:
    """A hub, territories, users and their nodes."""

    def __init__(self, territories=("east/linxi",)):
        self.folder = tempfile.mkdtemp(prefix="rb-")
        self.processes = []
        self.hub = Node(self, "hub")
        self.nodes = {}
        self.port = None
        try:
            self.founded = self.hub.run(
                "hub", "init", "--company", "云泽泓策")
            self.territories = [
                self.hub.run("hub", "territory", "add", t)
                for t in territories]
        except BaseException:
            self.close()
            raise

    def started(self, process):
        self.processes.append(process)
        return process

    def serve(self):
        """The hub, at the port that it had before, if it had one."""
        listen = "tcp://127.0.0.1:%d" % (self.port or 0)
        self.hub.serve(listen)
        self.port = int(self.hub.address.rsplit(":", 1)[1])
        return self.hub.address

    def user(self, login, name=None):
        return self.hub.run("hub", "user", "add", login,
                            *(["--name", name] if name else []))

    def token(self, login, territory=None, role="rep", url=None):
        args = ["hub", "invite", login]
        if territory:
            args += ["--territory", territory, "--role", role]
        url = url or self.hub.address
        if url:
            args += ["--url", url]
        out = self.hub.run(*args, json=False).out.decode()
        assert out.endswith("\n") and out.count("\n") == 1, repr(out)
        return out.strip()

    def enrol(self, login, territory, role="rep", folder=None, new=True):
        """A user with a grant and a device; the hub must be serving."""
        if new:
            self.user(login)
        node = Node(self, folder or login)
        node.enrolled = node.run("init", self.token(login, territory, role))
        self.nodes[node.name] = node
        return node

    def close(self):
        for process in self.processes:
            if process.running():
                process.popen.kill()
            process.popen.wait()
            process.popen.stdout.close()
            process.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def two_reps(territory="east/linxi"):
    """A served hub and two reps of one territory, in step."""
    company = Company((territory,))
    try:
        company.serve()
        a = company.enrol("rep1", territory)
        b = company.enrol("rep2", territory)
        a.sync()
        b.sync()
    except BaseException:
        company.close()
        raise
    return company, a, b


class Proxy:
    """
    A TCP proxy in threads. Counts and records what passes, and lets `change`
    see every piece: change(connection, direction, bytes) returns what is passed
    on, and whether the connection is cut after it. Directions are ">" from who
    dialled, "<" back.
    """

    def __init__(self, target, change=None, record=True):
        self.host, self.target = "127.0.0.1", int(target.rsplit(":", 1)[1])
        self.change = change
        self.record = record
        self.connections = []
        self.listener = socket.create_server((self.host, 0))
        self.port = self.listener.getsockname()[1]
        self.url = "tcp://127.0.0.1:%d" % self.port
        self.threads = []
        self.closing = False
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.closing:
                near.close()
                return
            try:
                far = socket.create_connection((self.host, self.target))
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = {"index": len(self.connections), "ends": (near, far),
                          ">": bytearray(), "<": bytearray(),
                          "size": {">": 0, "<": 0}}
            self.connections.append(connection)
            for way, source, sink in ((">", near, far), ("<", far, near)):
                thread = threading.Thread(
                    target=self.pump, args=(connection, way, source, sink),
                    daemon=True)
                thread.start()
                self.threads.append(thread)

    def pump(self, connection, way, source, sink):
        try:
            while True:
                piece = source.recv(1 << 16)
                if not piece:
                    break
                connection["size"][way] += len(piece)
                if self.record:
                    connection[way] += piece
                cut = False
                if self.change:
                    piece, cut = self.change(connection["index"], way, piece)
                sink.sendall(piece)
                if cut:
                    self.cut(connection)
                    return
        except OSError:
            pass
        # One side hung up: what it sent is through, so the other may know.
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def cut(connection):
        for end in connection["ends"]:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def captured(self):
        return b"".join(bytes(c[">"]) + b"\0" + bytes(c["<"])
                        for c in self.connections)

    def counted(self, at=-1):
        size = self.connections[at]["size"]
        return size[">"] + size["<"]

    def close(self):
        self.closing = True
        # Wakes accept(), which close() alone would not.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.acceptor.join(DEADLINE)
        for connection in self.connections:
            self.cut(connection)
        for thread in self.threads:
            thread.join(DEADLINE)
        for connection in self.connections:
            for end in connection["ends"]:
                end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def frames(stream):
    """(start, size) of every frame of one direction, header included."""
    found, at = [], 0
    while at + 4 <= len(stream):
        size = 4 + int.from_bytes(stream[at:at + 4], "big")
        found.append((at, size))
        at += size
    return found


class Case(unittest.TestCase):
    """A test with companies that end with it."""

    maxDiff = None

    def company(self, territories=("east/linxi",)):
        company = Company(territories)
        self.addCleanup(company.close)
        return company

    def two_reps(self, territory="east/linxi"):
        company, a, b = two_reps(territory)
        self.addCleanup(company.close)
        return company, a, b

    def assert_equal_digests(self, *nodes):
        """In every territory that all of them have; one at the least."""
        digests = [node.digest() for node in nodes]
        common = set(digests[0]).intersection(*digests[1:])
        self.assertTrue(common)
        for node, digest in zip(nodes, digests):
            self.assertEqual({t: digests[0][t] for t in common},
                             {t: digest[t] for t in common}, node.name)

    def assert_verified(self, *nodes):
        for node in nodes:
            verified = node.run("verify")
            self.assertIs(verified["ok"], True, node.name)
            self.assertEqual(verified["problems"], [])


class Shared(Case):
    """One company for the tests of a class that only add to it."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi", "west/hexi"))
        cls.addClassCleanup(cls.shared.close)
        cls.shared.serve()
        cls.hub = cls.shared.hub
        cls.rep = cls.shared.enrol("rep1", "east/linxi")


def main():
    if not PROGRAM or not os.access(PROGRAM, os.X_OK):
        sys.exit("ROADBOOK must name the built program")
    unittest.main(verbosity=2)
