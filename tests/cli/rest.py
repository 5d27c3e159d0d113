"""
Encryption at rest as people and scripts meet it: passphrases, locked and
unlocked nodes, a plain node that becomes an encrypted one, cut short at each of
its steps; and every command of the contract on an encrypted node.
"""

import fcntl
import os
import pty
import random
import shutil
import signal
import struct
import subprocess
import termios
import unittest

import contract
import fixture
from fixture import (AMBIGUOUS, LOCKED, NOT_FOUND, REFUSED, USAGE, Case,
                     Company, Node)

LIBRARY = os.environ.get("ROADBOOK_FAULTS", "")
# Planted in records; none of it may be in any file.
SECRETS = ["秘密甲方采购计划", "planted secret", "SQLite format 3",
           "CREATE TABLE"]


def written(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return path


def found_in(folder):
    """Which secrets stand in which files of a folder."""
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                content = file.read()
            found += [(name, secret) for secret in SECRETS
                      if secret.encode() in content]
    return found


def content(node, name):
    with open(os.path.join(node.dir, name), "rb") as file:
        return file.read()


def faulty(node, at, *command, env):
    """
    A command for which from its n-th call on files in the node's folder on
    nothing works (0: all do): how many calls there were.
    """
    report = os.path.join(node.company.folder, "report")
    with open(report, "wb") as file:
        file.write(b"\0" * 8192)
    beside = ":" + env["LD_PRELOAD"] if "LD_PRELOAD" in env else ""
    node.run(*command, ok=None, env=dict(
        env, LD_PRELOAD=LIBRARY + beside, ROADBOOK_FAULT="disk",
        ROADBOOK_FAULT_AT=str(at), ROADBOOK_FAULT_STAY="1",
        ROADBOOK_FAULT_FOLDER=node.dir, ROADBOOK_FAULT_ERROR="EIO",
        ROADBOOK_FAULT_REPORT=report))
    with open(report, "rb") as file:
        return struct.unpack("<QQ", file.read(16))[0]


def some_of(what, calls):
    """Each of so many steps, or some: a passphrase takes its time."""
    steps = range(1, calls + 1)
    if not fixture.FULL:
        steps = random.Random(fixture.SEED).sample(steps[:-12], 3) + \
            list(steps[-12::3])
    print("%s: cut short at %d of %d calls" % (what, len(steps), calls))
    return steps


class Sealed(Case):
    """A company whose rep is encrypted from the first byte on."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi",))
        cls.addClassCleanup(cls.shared.close)
        folder = cls.shared.folder
        cls.word = written(folder, "word", "correct horse battery")
        cls.other = written(folder, "other", "another one entirely")
        cls.env = {"ROADBOOK_PASSPHRASE_FILE": cls.word}
        cls.shared.serve()
        cls.shared.user("rep1")
        cls.rep = Node(cls.shared, "rep1")
        cls.token = cls.shared.token("rep1", "east/linxi")
        cls.rep.run("init", cls.token, "--passphrase-file", cls.word)
        cls.rep.run("sync", env=cls.env)
        cls.rep.run("account", "add", "--short-name", SECRETS[0],
                    "--legal-name", SECRETS[1], env=cls.env)

    def copy(self):
        """The rep's folder once more, for what spoils it."""
        node = Node(self.shared, "copy")
        shutil.rmtree(node.dir, ignore_errors=True)
        shutil.copytree(self.rep.dir, node.dir)
        self.addCleanup(shutil.rmtree, node.dir, True)
        return node


class Passphrase(Sealed):
    def test_without_one_and_with_no_terminal_it_is_locked(self):
        error = self.rep.fails(LOCKED, "account", "list")
        self.assertIn("--passphrase-file", error["hint"])
        self.rep.fails(LOCKED, "serve")

    def test_comes_from_a_file_a_variable_or_a_descriptor(self):
        self.rep.run("status", "--passphrase-file", self.word)
        self.rep.run("--passphrase-file=" + self.word, "status")
        self.rep.run("status", env=self.env)
        self.rep.run("status", "--passphrase-fd", "0",
                     stdin=b"correct horse battery\r\n")

    def test_is_asked_for_by_whatever_makes_a_node_unless_it_is_told_not_to(
            self):
        node = Node(self.shared, "fresh")
        node.encrypted = True
        token = self.shared.token("rep1", "east/linxi")
        root = self.shared.founded["key"]
        for command in (["hub", "init", "--company", "x"], ["init", token],
                        ["hub", "restore", "--root-file", root,
                         "--from-peers"]):
            error = node.fails(LOCKED, *command)
            self.assertIn("--passphrase-file", error["hint"])
            self.assertIn("--no-encrypt", error["hint"])
            self.assertFalse(os.path.exists(os.path.join(node.dir, "keys")))
        self.assertFalse(node.run("init", token, "--no-encrypt")["encrypted"])
        self.assertFalse(os.path.exists(os.path.join(node.dir, "vault")))
        again = Node(self.shared, "fresh2")
        token = self.shared.token("rep1", "east/linxi")
        told = again.run("init", token, "--no-encrypt", json=False).out
        self.assertIn(b"Not encrypted", told)

    def test_is_none_of_the_arguments(self):
        self.rep.fails(USAGE, "status", "--passphrase", "x")

    def test_a_wrong_or_empty_one_opens_and_changes_nothing(self):
        empty = written(self.shared.folder, "empty", "")
        for path in (self.other, empty, "/nowhere/at/all"):
            self.rep.fails(LOCKED, "status", "--passphrase-file", path)
        self.rep.run("verify", env=self.env)

    def test_a_short_one_is_not_taken(self):
        node = Node(self.shared, "short")
        short = written(self.shared.folder, "short.txt", "1234567")
        node.fails(USAGE, "hub", "init", "--company", "x",
                   "--passphrase-file", short)
        self.assertFalse(os.path.exists(os.path.join(node.dir, "keys")))

    def test_is_changed_and_the_old_one_opens_no_more(self):
        node = self.copy()
        node.run("passphrase", "change", "--passphrase-file", self.word,
                 "--new-passphrase-file", self.other)
        node.fails(LOCKED, "status", "--passphrase-file", self.word)
        node.run("verify", "--passphrase-file", self.other)

    def test_a_new_key_changes_every_file(self):
        node = self.copy()
        names = ("node.db", "keys", "vault")
        before = [content(node, name) for name in names]
        node.run("rekey", env=self.env)
        for name, old in zip(names, before):
            new = content(node, name)
            self.assertNotEqual(old[:16] + old[100:4096],
                                new[:16] + new[100:4096], name)
        self.assertEqual(node.run("account", "list", env=self.env),
                         self.rep.run("account", "list", env=self.env))
        self.assertEqual(found_in(node.dir), [])

    def test_a_damaged_or_lost_key_file_is_told(self):
        node = self.copy()
        path = os.path.join(node.dir, "vault")
        with open(path, "rb") as file:
            whole = file.read()
        for spoiled in (b"", whole[:100], whole + b"x",
                        whole[:60] + bytes([whole[60] ^ 1]) + whole[61:]):
            with open(path, "wb") as file:
                file.write(spoiled)
            error = node.fails(fixture.FAILED, "status", env=self.env)
            self.assertIn("vault", error["message"])
        os.remove(path)
        node.fails(fixture.FAILED, "status", env=self.env)
        with open(path, "wb") as file:
            file.write(whole)
        node.run("verify", env=self.env)


class Typed(Sealed):
    """A person at a terminal, as most people meet it."""

    def typed(self, node, *args, words):
        """
        The command on a terminal, each question answered by the next word:
        exit code, and what the terminal showed.
        """
        terminal, theirs = pty.openpty()
        # Closed by us, so that the end of the program is the end of it.
        process = subprocess.Popen(
            node.argv(*args, passphrase=True), stdin=theirs, stderr=theirs,
            stdout=subprocess.PIPE,
            env=fixture.environment(self.shared.folder))
        os.close(theirs)
        shown, words = b"", list(words)
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # nobody has the other end any more
                break
            if not piece:
                break
            shown += piece
            if shown.endswith(b": ") and words:
                os.write(terminal, words.pop(0).encode() + b"\n")
                shown += b"|"
        os.close(terminal)
        process.stdout.read()
        process.stdout.close()
        return process.wait(fixture.DEADLINE), shown.decode()

    def test_types_a_new_passphrase_twice_and_it_is_not_shown(self):
        node = Node(self.shared, "typed")
        self.addCleanup(shutil.rmtree, node.dir, True)
        token = self.shared.token("rep1", "east/linxi")
        code, shown = self.typed(node, "init", token,
                                 words=["correct horse", "correct horsE"])
        self.assertEqual(code, USAGE, shown)
        code, shown = self.typed(node, "init", token,
                                 words=["1234567", "1234567"])
        self.assertEqual(code, USAGE, shown)
        code, shown = self.typed(node, "init", token,
                                 words=["correct horse", "correct horse"])
        self.assertEqual(code, 0, shown)
        self.assertNotIn("horse", shown)
        node.fails(LOCKED, "status")
        code, shown = self.typed(node, "unlock", "--for", "1h",
                                 words=["correct hors"])
        self.assertEqual(code, LOCKED, shown)
        code, shown = self.typed(node, "unlock", "--for", "1h",
                                 words=["correct horse"])
        self.assertEqual(code, 0, shown)
        self.addCleanup(node.run, "lock")
        node.run("status")

    def test_gives_the_terminal_back_whoever_ends_it(self):
        """Ctrl-C at the question: what is typed next is seen again."""
        for key, number in ((b"\x03", signal.SIGINT),
                            (b"\x1c", signal.SIGQUIT)):
            terminal, theirs = pty.openpty()
            process = subprocess.Popen(
                self.rep.argv("status", passphrase=True), stdin=theirs,
                stderr=theirs, stdout=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=lambda: fcntl.ioctl(
                    0, termios.TIOCSCTTY, 0),
                env=fixture.environment(self.shared.folder))
            shown = b""
            while not shown.endswith(b": "):
                shown += os.read(terminal, 4096)
            self.assertFalse(termios.tcgetattr(theirs)[3] & termios.ECHO)
            os.write(terminal, b"correct" + key)
            self.assertEqual(process.wait(fixture.DEADLINE), -number)
            self.assertTrue(termios.tcgetattr(theirs)[3] & termios.ECHO)
            os.close(theirs)
            os.close(terminal)

    def test_a_bad_invitation_is_told_before_anything_is_asked(self):
        code, shown = self.typed(Node(self.shared, "asked"), "init", "rb1-x",
                                 words=[])
        self.assertEqual(code, USAGE, shown)
        self.assertIn("invitation", shown)
        code, shown = self.typed(self.rep, "hub", "init", "--company", "x",
                                 words=[])
        self.assertEqual(code, AMBIGUOUS, shown)


class Recovered(Sealed):
    """A passphrase is forgotten: head office opens the laptop."""

    def setUp(self):
        self.node = self.copy()
        self.hub = self.shared.hub
        self.root = self.shared.founded["key"]
        self.device = self.rep.run("status", env=self.env)["device"]

    def request(self, node=None):
        made = (node or self.node).run(
            "recover", "--new-passphrase-file", self.other)["request"]
        self.assertTrue(made.startswith("rbq1-"))
        return made

    def answer(self, request, *how):
        return self.hub.run(
            "hub", "recover", self.device, "--request", request,
            "--root-file", self.root, *how)["answer"]

    def take(self, answer, word=None):
        return self.node.run("recover", "--answer", answer,
                             "--new-passphrase-file", word or self.other)

    def test_is_asked_for_there_answered_here_and_written_down(self):
        before = self.hub.run("hub", "audit")
        request = self.request()
        # As long as nobody answers, nothing has changed.
        self.node.run("status", env=self.env)
        answer = self.answer(request, "--reason", "口令忘了")
        told = self.hub.run("hub", "audit")[len(before):]
        self.assertEqual(
            [(e["what"], e["by"], e["user"], e["device"], e["reason"])
             for e in told],
            [("recovered", "admin", "rep1", self.device, "口令忘了")])
        self.take(answer)
        self.node.fails(LOCKED, "status", env=self.env)
        self.node.run("verify", "--passphrase-file", self.other)
        self.assertEqual(found_in(self.node.dir), [])
        self.assertEqual(set(os.listdir(self.node.dir)),
                         {"keys", "lock", "node.db", "vault"})

    def test_an_answer_opens_nothing_but_what_asked_for_it(self):
        request = self.request()
        answer = self.answer(request)
        self.node.fails(LOCKED, "recover", "--answer", answer,
                        "--new-passphrase-file", self.word)
        # Asked again, it is another request, though by the same passphrase.
        self.request()
        self.node.fails(REFUSED, "recover", "--answer", answer,
                        "--new-passphrase-file", self.other)
        node = Node(self.shared, "laptop2")
        node.run("init", self.shared.token("rep1"), "--passphrase-file",
                 self.word)
        self.addCleanup(shutil.rmtree, node.dir, True)
        node.fails(NOT_FOUND, "recover", "--answer", answer,
                   "--new-passphrase-file", self.other)
        self.node.run("verify", env=self.env)

    def test_the_hub_answers_for_the_device_alone_that_asks(self):
        before = self.hub.run("hub", "audit")
        request = self.request()
        hub = self.hub.run("status")["device"]
        args = ["--request", request, "--root-file", self.root]
        self.hub.fails(REFUSED, "hub", "recover", hub, *args)
        self.hub.fails(NOT_FOUND, "hub", "recover", "ffffffff", *args)
        self.hub.fails(REFUSED, "hub", "recover", self.device, *args, "--as",
                       "rep1")
        self.hub.fails(USAGE, "hub", "recover", self.device)
        slip = "y" if request[40] == "x" else "x"
        for spoiled in (request[:-3], request[:40] + slip + request[41:],
                        "rba1-" + request[5:], ""):
            self.hub.fails(USAGE, "hub", "recover", self.device, "--request",
                           spoiled, "--root-file", self.root)
            self.node.fails(USAGE, "recover", "--answer", spoiled,
                            "--new-passphrase-file", self.other)
        with Company() as other:
            self.hub.fails(REFUSED, "hub", "recover", self.device,
                           "--request", request, "--root-file",
                           other.founded["key"])
        self.assertEqual(self.hub.run("hub", "audit"), before)

    def test_of_a_hub_the_root_key_alone_replaces_it(self):
        self.node.fails(REFUSED, "recover", "--root-file", self.root,
                        "--new-passphrase-file", self.other)
        self.node.run("status", env=self.env)
        hub = Node(self.shared, "hub3")
        self.addCleanup(shutil.rmtree, hub.dir, True)
        key = hub.run("hub", "init", "--company", "x",
                      "--passphrase-file", self.word)["key"]
        hub.fails(REFUSED, "recover", "--root-file", self.root,
                  "--new-passphrase-file", self.other)
        hub.run("recover", "--root-file", key, "--new-passphrase-file",
                self.other)
        hub.fails(LOCKED, "status", env=self.env)
        hub.run("verify", "--passphrase-file", self.other)


class Unlocked(Sealed):
    def test_every_command_goes_until_it_is_locked_again(self):
        self.rep.fails(LOCKED, "status")
        self.rep.run("unlock", "--for", "30m", env=self.env)
        self.addCleanup(self.rep.run, "lock")
        self.rep.run("status")
        self.rep.run("account", "list")
        self.rep.run("lock")
        self.rep.fails(LOCKED, "status")
        self.rep.run("lock")

    def test_a_node_that_runs_answers_for_itself(self):
        process = self.rep.start("serve", "--passphrase-file", self.word)
        process.line()
        self.rep.run("account", "list")
        self.assertEqual(process.stop(), 0)
        self.rep.fails(LOCKED, "account", "list")

    def test_is_for_a_span_of_time_and_an_encrypted_node(self):
        for span in ("0h", "8", "h", "-1h", "40d", "1w", "8hh", ""):
            self.rep.fails(USAGE, "unlock", "--for", span, env=self.env)
        self.shared.hub.fails(NOT_FOUND, "unlock", env=self.env)

    def test_what_is_held_after_a_new_key_opens_nothing(self):
        node = self.copy()
        node.run("unlock", env=self.env)
        self.addCleanup(node.run, "lock")
        node.run("rekey", env=self.env)
        node.fails(LOCKED, "status")
        node.run("verify", env=self.env)


class Files(Sealed):
    def test_nothing_that_was_written_stands_in_any_file(self):
        self.assertEqual(found_in(self.rep.dir), [])
        process = self.rep.start("serve", "--passphrase-file", self.word)
        process.line()
        self.rep.run("account", "add", "--short-name", SECRETS[0])
        self.assertEqual(found_in(self.rep.dir), [])
        process.kill()  # with its WAL
        self.assertEqual(found_in(self.rep.dir), [])
        self.assertEqual(len(self.rep.run("account", "list", env=self.env)),
                         2)
        self.assertNotIn("node.db-shm", os.listdir(self.rep.dir))

    def test_a_hub_is_encrypted_and_starts_unattended(self):
        hub = Node(self.shared, "hub2")
        hub.run("hub", "init", "--company", "云泽泓策", env=self.env)
        hub.run("hub", "territory", "add", "east/linxi", env=self.env)
        process = self.shared.started(fixture.Process(
            hub.argv("hub", "serve", "--listen", "tcp://127.0.0.1:0"),
            fixture.environment(self.shared.folder, **self.env)))
        self.assertTrue(process.line().startswith("listening "))
        self.assertEqual(process.stop(), 0)
        self.assertEqual(found_in(hub.dir), [])


class Converting(Case):
    """A plain node, in place."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Company(("east/linxi",))
        cls.addClassCleanup(cls.shared.close)
        cls.word = written(cls.shared.folder, "word", "correct horse battery")
        cls.env = {"ROADBOOK_PASSPHRASE_FILE": cls.word}
        cls.shared.serve()
        cls.plain = cls.shared.enrol("rep1", "east/linxi")
        cls.plain.sync()
        cls.plain.run("account", "add", "--short-name", SECRETS[0])
        cls.held = cls.plain.digest()

    def copy(self):
        node = Node(self.shared, "copy")
        shutil.rmtree(node.dir, ignore_errors=True)
        shutil.copytree(self.plain.dir, node.dir)
        self.addCleanup(shutil.rmtree, node.dir, True)
        return node

    def assert_whole(self, node):
        self.assertEqual(
            node.run("digest", env=self.env)["territories"], self.held)
        node.run("verify", env=self.env)

    def test_has_afterwards_what_it_had_and_shows_none_of_it(self):
        node = self.copy()
        self.assertNotEqual(found_in(node.dir), [])
        node.run("encrypt", env=self.env)
        self.assertEqual(found_in(node.dir), [])
        self.assertEqual(set(os.listdir(node.dir)),
                         {"keys", "lock", "node.db", "vault"})
        node.fails(LOCKED, "status")
        self.assert_whole(node)
        node.fails(AMBIGUOUS, "encrypt", env=self.env)
        node.run("account", "add", "--short-name", "后来", env=self.env)

    def test_waits_for_nobody_who_has_it_open(self):
        node = self.copy()
        process = node.start("serve")
        process.line()
        node.fails(LOCKED, "encrypt", env=self.env)
        process.stop()
        node.run("encrypt", env=self.env)

    def faulty(self, node, command, at):
        return faulty(node, at, command, env=self.env)

    def cut_short(self, make, command):
        """Each step, or some of them: a passphrase takes its time."""
        calls = self.faulty(make(), command, 0)
        self.assertGreater(calls, 50)
        for at in some_of(command, calls):
            with self.subTest(command, at=at):
                node = make()
                self.faulty(node, command, at)
                self.assertEqual(node.run(
                    "digest", env=self.env)["territories"], self.held)

    @unittest.skipUnless(LIBRARY, "ROADBOOK_FAULTS is not set")
    def test_cut_short_at_any_step_it_is_the_one_or_the_other(self):
        self.cut_short(self.copy, "encrypt")

    @unittest.skipUnless(LIBRARY, "ROADBOOK_FAULTS is not set")
    def test_a_new_key_cut_short_at_any_step_loses_nothing(self):
        sealed = self.copy()
        sealed.run("encrypt", env=self.env)
        kept = sealed.dir + ".kept"
        shutil.copytree(sealed.dir, kept)
        self.addCleanup(shutil.rmtree, kept, True)

        def make():
            node = Node(self.shared, "copy")
            shutil.rmtree(node.dir, ignore_errors=True)
            shutil.copytree(kept, node.dir)
            return node

        self.cut_short(make, "rekey")


class Contract(contract.Table):
    """What scripts rely on, on a rep and a hub that are encrypted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = {"ROADBOOK_PASSPHRASE_FILE": written(
            cls.shared.folder, "word", "correct horse battery")}
        cls.hub.stop()
        for node in (cls.rep, cls.hub):
            node.run("encrypt", env=env)
            node.run("unlock", env=env)
            cls.addClassCleanup(node.run, "lock")
        cls.shared.serve()


# One of the table's tests is enough: each command, in both languages.
for name in dir(contract.Table):
    if name.startswith("test_") and \
            name != "test_each_prints_one_json_document_and_nothing_on_stderr":
        setattr(Contract, name, None)


if __name__ == "__main__":
    fixture.main()
