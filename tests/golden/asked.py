"""What a golden folder is asked, and what is left out of the answers."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))

import fixture  # noqa: E402

TYPES = ("account", "contact", "position", "visit", "visit_note")


def questions(node, run):
    """Command lines, with the ids that the node itself tells."""
    if node == "hub":
        yield ["hub", "territory", "list"]
        yield ["hub", "user", "list"]
        yield ["hub", "address", "list"]
        yield ["hub", "devices"]
    for type in TYPES:
        yield [type, "list", "--archived"]
        for record in run([type, "list", "--archived"]):
            yield [type, "show", record["id"]]
            yield [type, "history", record["id"]]
    yield ["conflicts"]
    for conflict in run(["conflicts"]):
        yield ["why", conflict["record"], conflict["field"]]
    yield ["export", "account", "--format", "json", "--archived"]
    yield ["digest"]


def runner(folder):
    """Runs the program on a folder; what it printed as JSON."""
    home = os.path.dirname(folder)

    def run(args, json_too=True):
        done = subprocess.run(
            [fixture.PROGRAM, "--dir", folder] + args +
            (["--json"] if json_too else []), capture_output=True,
            stdin=subprocess.DEVNULL, env=fixture.environment(home))
        if done.returncode:
            raise AssertionError("%s: exit %d, %s" % (
                " ".join(args), done.returncode, done.stderr.decode()))
        return json.loads(done.stdout) if json_too else done.stdout.decode()

    return run


class Copy:
    """A golden folder, copied to where it may be written."""

    def __init__(self, folder):
        self.home = tempfile.mkdtemp(prefix="rb-")
        self.folder = os.path.join(self.home, os.path.basename(folder))
        shutil.copytree(folder, self.folder)
        os.chmod(self.folder, 0o700)
        self.run = runner(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.home, ignore_errors=True)
