"""
A disk that is full, a folder that can only be read, an output that cannot be
written: a clear message in both languages, nothing half done, and what goes on
once there is room again.

Full and read-only disks are small ones in memory, which only root may mount;
without that the tests of them are skipped, and run.py fails the same calls.
"""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))

import fixture  # noqa: E402
from fixture import Case  # noqa: E402

SAID = {"full": ("there is no room left on the disk", "磁盘空间已满"),
        "read-only": ("the disk can only be read", "磁盘只读"),
        "forbidden": ("you may not do that there", "没有权限"),
        "output": ("what the command printed could not be written",
                   "命令的输出未能写出")}
NOBODY = 65534


class Disk:
    """A disk of its own, of so many KiB."""

    def __init__(self, case, folder, size):
        self.folder = os.path.join(folder, "disk")
        self.filler = os.path.join(self.folder, "filler")
        os.mkdir(self.folder)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o",
                               "size=%dk,mode=755" % size, "tmpfs",
                               self.folder], capture_output=True)
        if done.returncode:
            case.skipTest("a disk cannot be mounted here: %s" %
                          done.stderr.decode().strip())
        case.addCleanup(subprocess.run, ["umount", "-l", self.folder])

    def fill(self, leave=0):
        """But for so many KiB."""
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
            file.truncate(file.tell() - leave * 1024)

    def empty(self):
        os.unlink(self.filler)

    def remount(self, how):
        subprocess.run(["mount", "-o", "remount," + how, self.folder],
                       check=True)


class Refused(Case):
    """Helpers: what a command says that the disk refuses."""

    def said(self, what, argv, env, code=fixture.FAILED, **options):
        """The command says so, in both languages, as text and as JSON."""
        for number, language in enumerate(("en", "zh")):
            done = subprocess.run(
                argv + ["--lang", language], env=env, stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE,
                                           **options})
            text = done.stderr.decode()
            self.assertEqual(done.returncode, code, text)
            lines = text.splitlines()
            self.assertEqual(len(lines), 2, text)
            self.assertIn(SAID[what][number], lines[0])
            self.assertTrue(lines[1].startswith(("  try: ", "  可以：")), text)

    def refuses(self, what, node, *args, **options):
        self.said(what, node.argv(*args),
                  fixture.environment(node.company.folder), **options)

    def on_disk(self, size=2048):
        """A company, and a rep whose folder is on a disk of its own."""
        company = self.company()
        company.serve()
        disk = Disk(self, company.folder, size)
        node = company.enrol("rep1", "east/linxi", folder="disk/rep1")
        node.sync()
        return company, disk, node


class Full(Refused):
    def test_nothing_is_saved_on_a_full_disk_and_all_goes_on_with_room(self):
        company, disk, node = self.on_disk()
        kept = node.run("account", "add", "--short-name", "先有")["id"]
        disk.fill()
        self.refuses("full", node, "account", "add", "--short-name", "没有")
        self.refuses("full", node, "account", "set", kept, "--short-name", "改")
        self.refuses("full", node, "rebuild")
        self.refuses("full", node, "sync", company.hub.address)
        disk.empty()
        self.assertEqual([a["short_name"] for a in node.run("account", "list")],
                         ["先有"])
        node.run("account", "add", "--short-name", "后有")
        node.sync()
        self.assert_verified(node)
        self.assert_equal_digests(node, company.hub)

    def test_an_import_that_fills_the_disk_is_done_with_more_room(self):
        company, disk, node = self.on_disk(2048)
        path = os.path.join(company.folder, "f.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("code,short_name\n" + "".join(
                "R%d,第%d行\n" % (i, i) for i in range(8000)))
        self.refuses("full", node, "import", "account", path, "--key", "code")
        have = len(node.run("account", "list"))
        disk.remount("size=64m")
        done = node.run("import", "account", path, "--key", "code")
        self.assertEqual((done["added"], done["unchanged"]),
                         (8000 - have, have))
        node.sync()
        self.assert_verified(node)
        self.assert_equal_digests(node, company.hub)

    def test_what_comes_is_not_lost_when_there_is_no_room_for_it(self):
        company, disk, node = self.on_disk()
        other = company.enrol("rep2", "east/linxi")
        path = os.path.join(company.folder, "f.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("code,short_name\n" + "".join(
                "R%d,第%d行\n" % (i, i) for i in range(2000)))
        other.run("import", "account", path, "--key", "code")
        other.sync()
        disk.fill(leave=128)
        result = node.run("sync", ok=fixture.FAILED)
        self.assertTrue(result.error["message"])
        disk.empty()
        node.sync()
        self.assertEqual(len(node.run("account", "list")), 2000)
        self.assert_verified(node)
        self.assert_equal_digests(node, company.hub)

    def test_a_hub_whose_disk_is_full_goes_on_when_there_is_room(self):
        company, a, b = self.two_reps()
        company.hub.stop()
        disk = Disk(self, company.folder, 2048)
        home = company.hub.dir
        company.hub.dir = os.path.join(disk.folder, "hub")
        subprocess.run(["cp", "-r", home, company.hub.dir], check=True)
        company.serve()
        kept = a.run("account", "add", "--short-name", "要送到")["id"]
        disk.fill()
        result = a.run("sync", ok=None)
        self.assertIn(result.code, (fixture.FAILED, fixture.UNREACHABLE),
                      str(result))
        self.assertTrue(result.error["message"])
        disk.empty()
        if not company.hub.process.running():
            company.hub.process.close()
            company.serve()
        a.sync()
        self.assertEqual(company.hub.run("account", "show", kept)["id"], kept)
        b.sync()
        self.assert_equal_digests(a, b, company.hub)
        self.assert_verified(company.hub)

    def test_no_company_is_founded_on_a_full_disk(self):
        company = self.company()
        disk = Disk(self, company.folder, 2048)
        hub = fixture.Node(company, "disk/hub")
        disk.fill()
        self.refuses("full", hub, "hub", "init", "--company", "新公司")
        disk.empty()
        hub.run("hub", "init", "--company", "新公司")
        hub.run("verify")


class ReadOnly(Refused):
    def test_a_disk_that_can_only_be_read(self):
        company, disk, node = self.on_disk()
        node.run("account", "add", "--short-name", "先有")
        disk.remount("ro")
        self.refuses("read-only", node, "account", "add", "--short-name", "无")
        self.refuses("read-only", node, "account", "list")
        self.refuses("read-only", fixture.Node(company, "disk/new"), "hub",
                     "init", "--company", "新公司")
        disk.remount("rw")
        self.assertEqual(len(node.run("account", "list")), 1)
        self.assert_verified(node)

    def test_a_folder_of_somebody_else(self):
        company, a, _ = self.two_reps()
        if os.getuid() != 0:
            self.skipTest("only root may become somebody else")
        os.chmod(company.folder, 0o755)
        # The folder may be looked into, and so may the keys; not written.
        for path in [a.dir] + [os.path.join(a.dir, name)
                               for name in os.listdir(a.dir)]:
            os.chmod(path, 0o555 if path == a.dir else 0o444)
        self.refuses("forbidden", a, "account", "list", user=NOBODY, group=NOBODY,
                     extra_groups=[])
        os.chmod(a.dir, 0o700)
        for name in os.listdir(a.dir):
            os.chmod(os.path.join(a.dir, name), 0o600)
        a.run("account", "list")


class Output(Refused):
    def test_an_output_that_cannot_be_written_is_no_success(self):
        company, a, _ = self.two_reps()
        for number in range(3):
            a.run("account", "add", "--short-name", "客户%d" % number)
        with open("/dev/full", "wb") as full:
            for args in (["account", "list"], ["digest"], ["--help"]):
                self.refuses("output", a, *args, stdout=full)

    def test_a_reader_that_leaves_is_no_failure(self):
        company, a, _ = self.two_reps()
        a.run("account", "add", "--short-name", "客户")
        read, write = os.pipe()
        os.close(read)
        try:
            done = subprocess.run(
                a.argv("account", "list"), stdout=write,
                stderr=subprocess.PIPE,
                env=fixture.environment(company.folder))
        finally:
            os.close(write)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    fixture.main()
