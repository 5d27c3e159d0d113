"""
The page as other programs meet it: who may talk to it, and that its API is the
command line by other means.
"""

import http.client
import json
import re
import urllib.parse

import fixture
from fixture import (NOT_FOUND, REFUSED, UNREACHABLE, USAGE, Case)

JSON = {"Content-Type": "application/json"}


class Browser:
    """Speaks HTTP to a page, with the cookie that it was given."""

    def __init__(self, link):
        url = urllib.parse.urlsplit(link)
        self.port, self.first = url.port, url.path + "?" + url.query
        self.origin = "http://127.0.0.1:%d" % url.port
        self.cookie = None

    def ask(self, method, path, body=None, headers=None, plain=False):
        """(status, headers, body); plain: with no header of ours."""
        sent = {} if plain else {"Origin": self.origin}
        if self.cookie and not plain:
            sent["Cookie"] = self.cookie
        if body is not None and not plain:
            sent.update(JSON)
        sent.update(headers or {})
        sent = {k: v for k, v in sent.items() if v is not None}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=fixture.DEADLINE)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        connection.request(method, urllib.parse.quote(path, safe="/?&=%"),
                           body=body.encode() if isinstance(body, str)
                           else body, headers=sent)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.headers, text

    def enter(self):
        status, headers, _ = self.ask("GET", self.first, plain=True)
        assert status == 303, status
        assert headers["Location"] == "/", headers["Location"]
        self.set_cookie = headers["Set-Cookie"]
        self.cookie = self.set_cookie.split(";")[0]
        return self

    def json(self, method, path, body=None, status=None, **options):
        got, headers, text = self.ask(method, path, body, **options)
        wanted = status or (201 if method == "POST" and not re.search(
            "address|conflicts|invitation|outbox|quarantine|read|sync", path) else 200)
        assert got == wanted, (method, path, got, text.decode())
        self.shown = headers.get("Roadbook-Shown")
        return json.loads(text)

    def get(self, path, **options):
        return self.json("GET", path, **options)


def link_of(node):
    return node.run("open")["link"]


class Served(Case):
    def served(self):
        company, a, b = self.two_reps()
        a.serve()
        return company, a, b, Browser(link_of(a)).enter()


class Access(Served):
    def test_serve_prints_a_link_that_opens_the_page_once(self):
        _, a, _ = self.two_reps()
        a.process = a.start("serve", "--http", "127.0.0.1:0")
        self.assertEqual(a.process.line(), "running")
        line = a.process.line()
        self.assertRegex(line, r"^page http://127\.0\.0\.1:\d+/\?t=[0-9a-f]{32}$")
        browser = Browser(line.split(" ")[1])
        self.assertEqual(browser.ask("GET", "/", plain=True)[0], 401)
        browser.enter()
        self.assertIn("HttpOnly", browser.set_cookie)
        self.assertIn("SameSite=Strict", browser.set_cookie)
        self.assertRegex(browser.set_cookie, r"Max-Age=\d{6,}$")
        self.assertEqual(browser.ask("GET", "/")[0], 200)
        other = Browser(line.split(" ")[1])
        status, headers, text = other.ask("GET", other.first, plain=True)
        self.assertEqual(status, 403)
        self.assertIsNone(headers["Set-Cookie"])
        self.assertIn("roadbook open", text.decode())
        # Who has been let in may press the link again.
        self.assertEqual(browser.ask("GET", browser.first)[0], 303)

    def test_a_node_that_does_not_run_has_no_link(self):
        _, a, _ = self.two_reps()
        a.fails(NOT_FOUND, "open")
        for address in ("0.0.0.0:80", "192.168.1.5:8420", "127.0.0.1:99999",
                        "127.0.0.1", "::1:80", "127.0.0.1:80x", "example"):
            a.fails(USAGE, "serve", "--http", address)

    def test_a_session_outlives_the_process_and_a_taken_port_is_said(self):
        _, a, b, browser = self.served()
        a.stop()
        a.process = a.start("serve", "--http", "localhost:%d" % browser.port)
        a.process.line()
        a.process.line()
        self.assertEqual(browser.get("/api/status")["user"], "rep1")
        error = b.fails(1, "serve", "--http", str(browser.port))
        self.assertIn(str(browser.port), error["message"])

    def test_only_our_own_host_is_answered(self):
        _, _, _, browser = self.served()
        port = browser.port
        for host in ("evil.example", "evil.example:%d" % port, "127.0.0.1",
                     "127.0.0.1:%d0" % port, "127.0.0.1.evil.example:%d" % port,
                     "localhost:%d@evil.example" % port, "[::1]:%d" % port, ""):
            for path in ("/", "/api/status", browser.first):
                status, _, text = browser.ask(
                    "GET", path, headers={"Host": host})
                self.assertIn(status, (400, 403), (host, path))
                self.assertNotIn(b"rep1", text)
        ok = browser.ask("GET", "/api/status",
                         headers={"Host": "localhost:%d" % port})
        self.assertEqual(ok[0], 200)

    def test_pages_of_other_origins_are_refused(self):
        _, _, _, browser = self.served()
        for headers in ({"Origin": "http://evil.example"},
                        {"Origin": "null"}, {"Origin": ""},
                        {"Origin": "https://127.0.0.1:%d" % browser.port},
                        {"Origin": "http://127.0.0.1:%d.evil" % browser.port},
                        {"Origin": None},
                        {"Sec-Fetch-Site": "cross-site"},
                        {"Sec-Fetch-Site": "same-site"}):
            self.assertEqual(browser.ask(
                "POST", "/api/account", {"short_name": "x"},
                headers=headers)[0], 403, headers)
            if headers.get("Origin") or "Sec-Fetch-Site" in headers:
                self.assertEqual(browser.ask(
                    "GET", "/api/account", headers=headers)[0], 403, headers)
        # What a form of another page could send.
        for kind in ("text/plain", "application/x-www-form-urlencoded",
                     "multipart/form-data", None):
            self.assertEqual(browser.ask(
                "POST", "/api/account", '{"short_name":"x"}',
                headers={"Content-Type": kind})[0], 415)
        self.assertEqual(browser.get("/api/account"), [])

    def test_without_the_cookie_there_is_nothing(self):
        _, _, _, browser = self.served()
        name, value = browser.cookie.split("=")
        for cookie in (None, "", name, name + "=", name + "=0" * 64,
                       value, "x%s=%s" % (name, value),
                       "%s=%s0" % (name, value), "%s=%s" % (name, value[:-1])):
            for path in ("/api/account", "/api/events", "/api/schema",
                         "/api/draft/visit", "/api/openapi.json"):
                status, _, text = browser.ask(
                    "GET", path, headers={"Cookie": cookie})
                self.assertEqual(status, 401, (cookie, path))
                self.assertEqual(json.loads(text)["error"]["code"], "refused")
        ok = browser.ask("GET", "/api/status", headers={
            "Cookie": "a=b; %s; c=d" % browser.cookie})
        self.assertEqual(ok[0], 200)

    def test_every_answer_forbids_scripts_of_others_and_frames(self):
        _, _, _, browser = self.served()
        for path in ("/", "/api/status", "/none", "/api/none", "/?t=1"):
            headers = browser.ask("GET", path)[1]
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertNotIn("http", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertIsNone(headers["Access-Control-Allow-Origin"])

    def test_odd_requests_are_refused_and_the_node_goes_on(self):
        _, _, _, browser = self.served()
        for method, path, status in (
                ("GET", "/api/", 404), ("GET", "/api/user/1", 404),
                ("GET", "/api/alias", 404), ("GET", "/../keys", 404),
                # Taking records out is a command, where it is recorded.
                ("GET", "/api/export", 404),
                ("GET", "/%2e%2e/keys", 404), ("GET", "/api/account/", 404),
                ("GET", "/api/account?bad=1", 400),
                ("GET", "/api/account?limit=-1", 400),
                ("GET", "/api/account?--dir=/", 404),
                ("GET", "/api/account?json=no", 400),
                ("GET", "/api/account/--help", 404),
                ("GET", "/api/search", 400),
                ("GET", "/api/" + "a/" * 3000, 404),
                ("PUT", "/api/account", 405), ("DELETE", "/api/account", 405),
                ("OPTIONS", "/api/account", 405), ("HEAD", "/", 405),
                ("GET", "/api/draft/..", 400), ("TRACE", "/api/status", 405)):
            got = browser.ask(method, path)[0]
            self.assertEqual(got, status, (method, path))
        for body in ("", "{", "[]", "null", '"x"', "[" * 5000, '{"a":1,"a":2}',
                     '{"short_name":"\\u0000"}', b'{"short_name":"\xff"}',
                     '{"short_name":["x"]}', '{"short_name":{}}',
                     '{"phones":"1"}', '{"id":"x","short_name":"y"}',
                     '{"territory":"no/where","short_name":"y"}',
                     '{"no_field":1}', '{"archived":true,"short_name":"y"}'):
            got, _, text = browser.ask("POST", "/api/account", body)
            self.assertIn(got, (400, 404), (body[:40], text))
        self.assertEqual(browser.ask(
            "POST", "/api/account", "x" * (2 << 20))[0], 413)
        self.assertEqual(browser.get("/api/account"), [])


class Api(Served):
    def test_reading_is_the_command_line(self):
        _, a, _, browser = self.served()
        made = browser.json("POST", "/api/account", {
            "legal_name": "临溪鑫澜汽车零部件有限公司", "short_name": "鑫澜",
            "phones": ["10000000001", "10000000002"],
            "aliases": [{"text": "鑫澜汽配, 老厂", "kind": "short"}]})
        for path, words in (
                ("/api/account", ["account", "list"]),
                ("/api/account?industry=media", ["account", "list",
                                                 "--industry", "media"]),
                ("/api/account?limit=1&offset=1",
                 ["account", "list", "--limit", "1", "--offset", "1"]),
                ("/api/account?count=1", ["account", "list", "--count"]),
                ("/api/account/" + made["id"], ["account", "show",
                                                made["id"]]),
                ("/api/account/%s/history" % made["id"],
                 ["account", "history", made["id"]]),
                ("/api/why/%s/legal_name" % made["id"],
                 ["why", made["id"], "legal_name"]),
                ("/api/search?q=鑫澜&limit=3",
                 ["search", "鑫澜", "--limit", "3"]),
                ("/api/conflicts", ["conflicts"]),
                ("/api/due?within=14d&as_of=2026-11-20",
                 ["due", "--within", "14d", "--as-of", "2026-11-20"]),
                ("/api/due?within=7d&visits=1&limit=2",
                 ["due", "--within", "7d", "--visits", "--limit", "2"]),
                ("/api/promises", ["promises"]),
                ("/api/coverage?as_of=2026-11-20",
                 ["coverage", "--as-of", "2026-11-20"]),
                ("/api/account/%s/brief" % made["id"],
                 ["account", "brief", made["id"]]),
                ("/api/status", ["status"])):
            self.assertEqual(browser.get(path), a.run(*words), path)
        self.assertEqual(made, a.run("account", "show", "鑫澜"))

    def test_the_decision_chain_comes_with_the_brief(self):
        _, _, _, browser = self.served()
        account = browser.json("POST", "/api/account", {"short_name": "昇梯"})
        ids = [browser.json("POST", "/api/contact", {
            "name": name, "account_id": account["id"], "level": level,
            "key_role": role})["id"] for name, level, role in (
                ("卢未", "exec", "KDM"), ("沙白", "mgmt", "KI"))]
        link = browser.json("POST", "/api/contact_link", {
            "contact_id": ids[1], "to_contact_id": ids[0],
            "kind": "reports_to", "formal": True})
        browser.json("POST", "/api/relationship_rating", {
            "contact_id": ids[0], "scale": "CR", "level": "CR4",
            "competitor": "澄锋", "rated_on": "2026-11-01"})
        path = "/api/account/%s/brief" % account["id"]
        brief = browser.get(path)
        self.assertEqual([(p["level"], p["target"], p["rival"])
                          for p in brief["people"]],
                         [("exec", "K4", "澄锋"), ("mgmt", "K4", None)])
        edge, = brief["chain"]
        self.assertEqual([edge["id"], edge["from_id"], edge["to_id"]],
                         [link["id"], ids[1], ids[0]])
        self.assertIs(edge["formal"], True)
        self.assertEqual(brief["account"]["missing_roles"], ["KU"])
        browser.json("PATCH", "/api/contact_link/" + link["id"],
                     {"archived": True})
        self.assertEqual(browser.get(path)["chain"], [])

    def test_what_is_due_is_asked_anew_when_something_was_written(self):
        _, a, _, browser = self.served()
        a.run("account", "add", "--short-name", "鑫澜")
        for number in (1, 2):
            self.assertEqual(browser.get("/api/promises"), a.run("promises"))
            self.assertEqual(browser.get("/api/promises"), a.run("promises"))
            self.assertEqual(browser.get("/api/due?within=9d"),
                             a.run("due", "--within", "9d"))
            self.assertEqual(browser.get("/api/due?within=30d"),
                             a.run("due", "--within", "30d"))
            a.run("action", "add", "--account", "鑫澜", "--title",
                  "报价 %d" % number, "--owed-by", "us")
            self.assertEqual(
                len(browser.get("/api/promises")["promises"]), number)

    def test_errors_are_those_of_the_command_line_in_both_languages(self):
        _, a, _, browser = self.served()
        got = browser.get("/api/account/ffffffff", status=404)["error"]
        self.assertEqual(got, a.fails(NOT_FOUND, "account", "show",
                                      "ffffffff"))
        chinese = browser.get("/api/account/ffffffff", status=404, headers={
            "Roadbook-Language": "zh"})["error"]
        self.assertRegex(chinese["message"], "[\u4e00-\u9fff]")
        for body, status, text in (
                ({}, 400, "name"),
                ({"short_name": "x", "tier": "key"}, 403, "manager"),
                ({"short_name": "x", "first_contact_on": "tomorrow"}, 400,
                 "First contact on"),
                ({"short_name": "x", "parent_id": "nobody"}, 404, "nobody")):
            error = browser.json("POST", "/api/account", body, status=status)
            self.assertIn(text, error["error"]["message"])

    def test_a_batch_is_written_whole_or_not_at_all(self):
        _, a, _, browser = self.served()
        account = browser.json("POST", "/api/account", {"short_name": "锐砚"})
        visit = "0197a000-0000-7000-8000-000000000001"
        note = {"visit_note": {"visit_id": visit, "kind": "promise",
                               "text": "周五前报价"}}
        batch = [{"visit": {"id": visit, "account_id": "锐砚",
                            "visited_on": "2026-11-20"}}, note]
        bad = batch + [{"visit_note": {"visit_id": visit, "kind": "gossip",
                                       "text": "x"}}]
        browser.json("POST", "/api/batch", bad, status=400)
        self.assertEqual(a.run("visit", "list"), [])
        done = browser.json("POST", "/api/batch", batch)
        self.assertEqual([done[0]["account_id"], done[1]["visit_id"]],
                         [account["id"], visit])
        # The answer was lost, and it is sent once more.
        browser.json("POST", "/api/batch", batch[:1])
        self.assertEqual(len(a.run("visit", "list")), 1)
        self.assertEqual(len(a.run("visit_note", "list")), 1)
        browser.json("PATCH", "/api/visit_note/" + done[1]["id"],
                     {"text": "x"}, status=400)

    def test_fields_are_set_cleared_and_added_to(self):
        _, a, _, browser = self.served()
        made = browser.json("POST", "/api/account", {
            "short_name": "拓昱", "phones": ["1", "2"], "employees": 7})
        path = "/api/account/" + made["id"]
        record = browser.json("PATCH", path, {
            "phones": {"add": ["3"], "remove": ["1"]}, "employees": None,
            "industry": "media"})
        self.assertEqual(sorted(record["phones"]), ["2", "3"])
        self.assertNotIn("employees", record)
        self.assertEqual(record["industry"], "media")
        browser.json("PATCH", path, {"phones": ["9"]}, status=400)
        browser.json("PATCH", path, {"id": made["id"]}, status=400)
        self.assertIs(browser.json("PATCH", path, {"archived": True})
                      ["archived"], True)
        self.assertNotIn("archived", browser.json(
            "PATCH", path, {"archived": False}))
        self.assertEqual(a.run("account", "show", "拓昱")["industry"], "media")

    def test_a_form_opened_before_a_sync_overwrites_nothing_unseen(self):
        company, a, b, browser = self.served()
        made = browser.json("POST", "/api/account", {"short_name": "衡朔"})
        a.sync()
        b.sync()
        browser.get("/api/account/" + made["id"])
        shown = browser.shown
        b.run("account", "set", made["id"], "--industry", "media")
        b.sync()
        a.sync()
        browser.json("PATCH", "/api/account/" + made["id"],
                     {"industry": "feed"}, headers={"Roadbook-Shown": shown})
        conflict, = browser.get("/api/conflicts")
        self.assertEqual(sorted(s["value"] for s in conflict["siblings"]),
                         ["feed", "media"])
        # Decided on what is shown, for everybody, by the value itself.
        path = "/api/conflicts/" + conflict["id"]
        at = browser.shown
        browser.json("POST", path, {"value": "no such"}, status=200,
                     headers={"Roadbook-Shown": at})
        self.assertEqual(browser.get("/api/conflicts"), [])
        browser.json("POST", path, {"value": "feed"}, status=409)
        for text in ("", "x", "====", "a" * 70000, shown[:-4]):
            got = browser.ask("PATCH", "/api/account/" + made["id"],
                              {"industry": "media"},
                              headers={"Roadbook-Shown": text})[0]
            self.assertIn(got, (400, 413, 431), text[:9])

    def test_a_form_that_saw_everything_replaces_it(self):
        _, a, b, browser = self.served()
        made = browser.json("POST", "/api/account", {"short_name": "衡朔"})
        a.sync()
        b.sync()
        b.run("account", "set", made["id"], "--industry", "media")
        b.sync()
        a.sync()
        browser.get("/api/account/" + made["id"])
        browser.json("PATCH", "/api/account/" + made["id"],
                     {"industry": "feed"},
                     headers={"Roadbook-Shown": browser.shown})
        self.assertEqual(browser.get("/api/conflicts"), [])

    def test_several_reads_are_one_request(self):
        _, _, _, browser = self.served()
        made = browser.json("POST", "/api/account", {"short_name": "a&b=c"})
        got = browser.json("POST", "/api/read", [
            "/api/account/" + made["id"], "/api/account?short_name=a%26b%3dc",
            "/api/account/none", "/api/sync", "/api/account?x=%zz", ""])
        self.assertEqual([g["status"] for g in got],
                         [200, 200, 404, 404, 404, 404])
        self.assertEqual(got[1]["body"], [made])
        browser.json("POST", "/api/read", ["/api/status"] * 65, status=400)

    def test_a_draft_outlives_the_process(self):
        _, a, _, browser = self.served()
        self.assertIsNone(browser.get("/api/draft/visit"))
        words = {"said": "写到一半的话", "people": ["1"]}
        browser.json("PUT", "/api/draft/visit", words)
        a.kill()
        a.process = a.start("serve", "--http", str(browser.port))
        a.process.line()
        a.process.line()
        self.assertEqual(browser.get("/api/draft/visit"), words)
        browser.json("DELETE", "/api/draft/visit")
        self.assertIsNone(browser.get("/api/draft/visit"))
        browser.json("PUT", "/api/draft/visit", {"said": "x" * 70000},
                     status=400)

    def test_the_directory_is_told_to_forms(self):
        _, _, _, browser = self.served()
        self.assertEqual([(u["login"], u["self"]) for u in
                          browser.get("/api/user")],
                         [("admin", False), ("rep1", True), ("rep2", False)])
        self.assertEqual(browser.get("/api/territory")[0]["territory"],
                         "east/linxi")
        self.assertEqual({d["user"] for d in browser.get("/api/device")},
                         {"hub", "rep1", "rep2"})

    def test_open_pages_are_told_what_a_sync_brings(self):
        company, a, b, browser = self.served()
        connection = http.client.HTTPConnection(
            "127.0.0.1", browser.port, timeout=fixture.DEADLINE)
        connection.request("GET", "/api/events",
                           headers={"Cookie": browser.cookie})
        events = connection.getresponse()
        self.assertEqual(events.getheader("Content-Type"),
                         "text/event-stream")

        def told():
            lines = []
            while not lines or lines[-1] != b"\n":
                lines.append(events.readline())
            return lines

        self.assertEqual(told()[0], b"event: changed\n")
        b.run("account", "add", "--short-name", "别人写的")
        b.sync()
        while not browser.get("/api/account"):
            self.assertTrue(told())
        connection.close()

    def test_trying_head_office_does_not_wait_for_it(self):
        company, a, _, browser = self.served()
        company.hub.stop()
        browser.json("POST", "/api/account", {"short_name": "x"})
        self.assertEqual(browser.json("POST", "/api/sync", {}, status=202),
                         {"asked": True})
        self.assertEqual(a.fails(UNREACHABLE, "sync")["code"], "unreachable")


class Addresses(Served):
    def test_an_address_is_added_and_removed_as_by_the_command(self):
        _, a, _, browser = self.served()
        before = browser.get("/api/address")
        self.assertEqual([one["own"] for one in before], [False])
        url = "tcp://colleague.example:7447"
        self.assertEqual(browser.json("POST", "/api/address", {"add": url}),
                         before + [{"url": url, "own": True}])
        self.assertEqual(a.run("address", "list"),
                         browser.get("/api/address"))
        for wrong in ({}, {"add": 7}, {"add": url, "remove": url}, [],
                      {"add": "tcp://0.0.0.0:1"}, {"add": "x"}):
            browser.json("POST", "/api/address", wrong, status=400)
        browser.json("POST", "/api/address", {"remove": url})
        browser.json("POST", "/api/address", {"remove": url}, status=404)
        self.assertEqual(browser.get("/api/address"), before)


class Outbox(Served):
    def test_what_waits_is_listed_and_taken_back(self):
        company, a, _, browser = self.served()
        company.hub.stop()
        made = browser.json("POST", "/api/account", {"short_name": "x"})
        outbox = browser.get("/api/outbox")
        self.assertEqual(outbox, a.run("outbox", "list"))
        self.assertEqual(outbox["count"], 1)
        self.assertEqual(browser.get("/api/outbox?limit=0")["changes"], [])
        path = "/api/outbox/" + outbox["changes"][0]["id"]
        # A write as any: from our own page.
        self.assertEqual(browser.ask(
            "POST", path, {}, headers={"Origin": "http://evil.example"})[0],
            403)
        self.assertEqual(browser.json("POST", path, {}), {"withdrawn": 1})
        self.assertTrue(browser.get("/api/account/" + made["id"])["archived"])
        browser.json("POST", path, {}, status=409)
        browser.json("POST", "/api/outbox/" + "0" * 8, {}, status=404)


class Late(Served):
    def test_a_manager_decides_on_late_changes_and_a_rep_sees_none(self):
        company, a, b = self.two_reps()
        boss = company.enrol("boss", "east/linxi", "manager")
        made = a.run("account", "add", "--short-name", "衡朔")["id"]
        for node in (a, b, boss):
            node.sync()
        a.run("account", "set", made, "--short-name", "晚到的")
        a.run("account", "set", made, "--industry", "media")
        company.hub.run("hub", "revoke", "rep1")
        a.fails(REFUSED, "sync")
        boss.sync()
        boss.serve()
        b.serve()
        browser = Browser(link_of(boss)).enter()
        late = browser.get("/api/quarantine")
        self.assertEqual(late, boss.run("quarantine", "list"))
        ids = [l["id"] for l in late]
        shown = browser.get("/api/quarantine/" + ids[0])
        self.assertEqual([(o["wrote"], o["stands"])
                          for o in shown["operations"]], [("晚到的", "衡朔")])
        for wrong in ({}, [], {"decision": "accept"},
                      {"decision": "burn", "ids": ids},
                      {"decision": "accept", "ids": []},
                      {"decision": "reject", "ids": ids, "reason": 7},
                      {"decision": "reject", "ids": ids,
                       "reason": "x" * 70000}):
            browser.json("POST", "/api/quarantine", wrong, status=400)
        browser.json("POST", "/api/quarantine", status=404, body={
            "decision": "accept", "ids": [ids[0], "0" * 8, 7]})
        self.assertEqual(browser.get("/api/quarantine"), late)
        self.assertEqual(
            browser.json("POST", "/api/quarantine", {
                "decision": "accept", "ids": ids[:1]}),
            {"accepted": 1, "left_out": 0})
        self.assertEqual(
            browser.json("POST", "/api/quarantine", {
                "decision": "reject", "ids": ids[1:], "reason": "不实"}),
            {"rejected": 1, "left_out": 0})
        self.assertEqual(browser.get("/api/quarantine"), [])
        decided = browser.get("/api/quarantine?all=1")
        self.assertEqual([l["decision"] for l in decided],
                         ["accepted", "rejected"])
        rep = Browser(link_of(b)).enter()
        self.assertEqual(rep.get("/api/quarantine?all=1"), [])
        rep.json("POST", "/api/quarantine",
                 {"decision": "accept", "ids": ids}, status=404)


class Document(Served):
    def test_the_openapi_document_describes_what_runs(self):
        _, _, _, browser = self.served()
        document = browser.get("/api/openapi.json")
        self.assertEqual(document["openapi"], "3.1.0")
        account = browser.json("POST", "/api/account", {"short_name": "x"})
        visit = browser.json("POST", "/api/visit", {
            "account_id": account["id"], "visited_on": "2026-11-20"})
        bodies = {"/api/batch": [{"account": {"short_name": "y"}}],
                  "/api/read": ["/api/status"], "/api/draft/{id}": {}}
        ids = {"account": account["id"], "visit": visit["id"], "draft": "x"}
        for path, methods in sorted(document["paths"].items()):
            noun = path.split("/")[2]
            for method, operation in methods.items():
                if path == "/api/events":
                    continue
                target = path.replace("{field}", "legal_name").replace(
                    "{id}", ids.get(noun, account["id"]
                                    if noun == "why" else "0" * 8))
                if noun == "search":
                    target += "?q=x"
                status, _, text = browser.ask(
                    method.upper(), target,
                    bodies.get(path, {}) if method != "get" else None)
                # There is such an address, and it takes the method.
                self.assertNotEqual(status, 405, (method, path))
                described = [int(s) for s in operation["responses"]
                             if s != "default"]
                if status not in described:
                    error = json.loads(text)["error"]
                    self.assertNotIn("nothing at this address", error["message"],
                                     (method, path))
        # Every field of a record is in its shape, and every parameter works.
        shapes = document["components"]["schemas"]
        self.assertLessEqual(set(visit), set(shapes["visit"]["properties"]))
        for parameter in document["paths"]["/api/visit"]["get"]["parameters"]:
            name = parameter["name"]
            status, _, text = browser.ask("GET", "/api/visit?%s=1" % name)
            if status != 200:
                message = json.loads(text)["error"]["message"]
                self.assertNotIn("no option", message)

    def test_the_schema_tells_forms_every_field(self):
        _, _, _, browser = self.served()
        types = {t["type"]: t for t in browser.get("/api/schema")}
        fields = {f["name"]: f for f in types["visit"]["fields"]}
        self.assertEqual(fields["contacts"]["refers"], "contact")
        self.assertEqual(fields["result"]["codes"][0],
                         {"code": "advanced", "en": "Advanced", "zh": "推进"})
        self.assertIs(types["visit_note"]["immutable"], True)
        self.assertNotIn("archived", fields)
        self.assertNotIn("user", types)


if __name__ == "__main__":
    fixture.main()
