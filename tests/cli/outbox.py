"""
What waits to be sent, where it is, and what may still be taken back.
"""

import os

import fixture
from fixture import AMBIGUOUS, NOT_FOUND, REFUSED, USAGE, Case


class Outbox(Case):
    def setUp(self):
        self.office, self.a, self.b = self.two_reps()
        self.made = self.a.run("account", "add", "--short-name", "衡朔",
                               "--industry", "media")["id"]
        self.a.sync()
        self.b.sync()

    def changes(self, node=None):
        outbox = (node or self.a).run("outbox", "list")
        self.assertEqual(outbox["count"], len(outbox["changes"]))
        self.assertEqual(outbox["bytes"],
                         sum(c["bytes"] for c in outbox["changes"]))
        return outbox["changes"]

    def set(self, *words, node=None):
        (node or self.a).run("account", "set", self.made, *words)

    def show(self, node=None):
        return (node or self.a).run("account", "show", self.made)

    def test_of_an_import_it_counts_what_it_does_not_tell(self):
        path = os.path.join(self.office.folder, "many.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("short_name,position\n")
            file.writelines("客户%d,leading\n" % i for i in range(200))
        self.a.run("import", "account", path)
        (change,) = self.changes()
        self.assertEqual(len(change["operations"]), 100)
        self.assertEqual(change["operation_count"], 400)
        self.assertIs(change["withdrawable"], True)
        self.set("--short-name", "一")
        self.assertEqual(self.changes()[0]["operation_count"], 1)

    def test_it_holds_what_head_office_does_not_have(self):
        a = self.a
        self.assertEqual(self.changes(), [])
        self.set("--short-name", "一")
        self.set("--short-name", "二")
        changes = self.changes()
        self.assertEqual([c["operations"][0]["wrote"] for c in changes],
                         ["二", "一"])
        self.assertEqual([(c["sealed"], c["withdrawable"], c["with"])
                          for c in changes],
                         [(False, True, []), (False, False, [])])
        self.assertEqual(changes[0]["operations"][0]["title"], "二")
        self.assertEqual(a.run("outbox", "list", "--limit", "1")["count"], 2)
        a.run("outbox", "list", json=False, ok=0)
        a.sync()
        self.assertEqual(self.changes(), [])
        # Others' work is no matter of mine.
        self.set("--short-name", "三", node=self.b)
        self.b.sync()
        a.sync()
        self.assertEqual(self.changes(), [])

    def test_what_a_colleague_holds_is_told_and_stays(self):
        a, b = self.a, self.b
        self.set("--short-name", "路上")
        self.office.hub.stop()
        b.serve()
        a.sync(b.address)
        change, = self.changes()
        self.assertEqual((change["sealed"], change["withdrawable"],
                          change["with"]), (True, False, ["rep2"]))
        a.fails(REFUSED, "outbox", "withdraw", change["id"])
        self.assertEqual(self.show()["short_name"], "路上")
        # The colleague brings it; the next meeting with head office tells.
        self.office.serve()
        b.sync()
        self.assertEqual(len(self.changes()), 1)
        a.sync()
        self.assertEqual(self.changes(), [])
        b.stop()

    def test_a_field_says_again_what_it_said(self):
        before = self.show()
        self.set("--short-name", "写错了", "--website", "x.example",
                 "--industry", "feed")
        change, = self.changes()
        self.assertEqual(self.a.run("outbox", "withdraw", change["id"][-6:]),
                         {"withdrawn": 1})
        self.assertEqual(self.show(), before)
        again = self.changes()
        self.assertEqual([c["withdrawable"] for c in again], [True, False])
        self.a.fails(AMBIGUOUS, "outbox", "withdraw", change["id"])
        self.a.sync()
        self.b.sync()
        self.assertEqual(self.show(self.b), before)
        fields = [(h["field"], h["value"])
                  for h in self.b.run("account", "history", self.made)]
        self.assertIn(("short_name", "写错了"), fields)

    def test_a_set_and_an_archive_are_taken_back(self):
        self.set("--phones", "10000000001", "--phones", "10000000002")
        self.set("--remove-phones", "10000000001")
        self.a.run("outbox", "withdraw", self.changes()[0]["id"])
        self.assertEqual(sorted(self.show()["phones"]),
                         ["10000000001", "10000000002"])
        self.a.run("account", "archive", self.made)
        self.a.run("outbox", "withdraw", self.changes()[0]["id"])
        self.assertNotIn("archived", self.show())

    def test_a_new_record_is_archived(self):
        visit = self.a.run("visit", "add", "--account", self.made,
                           "--visited-on", "2026-11-20", "--goal", "x")["id"]
        self.a.run("visit", "note", visit, "--kind", "fact", "--text", "话")
        note, made = self.changes()
        for change in (note, made):
            self.a.run("outbox", "withdraw", change["id"])
        self.assertTrue(self.a.run("visit", "show", visit)["archived"])
        self.assertEqual(self.a.run("visit", "list"), [])
        self.assertEqual(self.a.run("visit_note", "list"), [])

    def test_what_others_wrote_over_it_stays(self):
        self.set("--industry", "feed")
        self.set("--short-name", "新")
        self.set("--short-name", "更新")
        late, early, industry = self.changes()
        self.a.fails(AMBIGUOUS, "outbox", "withdraw", early["id"])
        self.a.run("outbox", "withdraw", industry["id"])
        shown = self.show()
        self.assertEqual((shown["industry"], shown["short_name"]),
                         ("media", "更新"))

    def test_wrong_input_is_told(self):
        self.a.fails(NOT_FOUND, "outbox", "withdraw", "abcdef")
        self.a.fails(USAGE, "outbox", "withdraw")
        self.a.fails(USAGE, "outbox", "list", "--limit", "x")
        self.assertEqual(self.office.hub.run("outbox", "list")["count"], 0)


if __name__ == "__main__":
    fixture.main()
