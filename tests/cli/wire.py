"""
What passes between two nodes: nothing of it can be read, and whatever is
spoiled on the way ends the session with an error and nothing applied.
"""

import os
import random
import socket
import threading

import fixture
from fixture import (FAILED, REFUSED, UNREACHABLE, Case, Company, Node, Proxy,
                     frames)

DELAY = 0.3  # seconds that a frame is held back
WINDOW = 6  # bytes: two Chinese characters, which no chance puts together
ENDS = (FAILED, REFUSED, UNREACHABLE)


def parts(text):
    """All that would give a text away: every piece of WINDOW bytes."""
    data = text.encode()
    return {data[i:i + WINDOW] for i in range(len(data) - WINDOW + 1)}


class Plaintext(Case):
    SECRETS = ("临溪鑫澜汽车零部件有限公司", "他说明年要换掉现在的供应商",
               "secret-note-of-the-rep", "王采购经理", "13900000000",
               "一号代表姓名", "云泽泓策", "east/linxi", "login-of-rep-one",
               "login-of-rep-two", "了解他们的采购计划", "笔记本电脑甲")

    def secrets_in(self, data):
        return sorted({s for s in self.SECRETS
                       if any(part in data for part in parts(s))})

    def stored(self, node):
        data = b""
        for name in os.listdir(node.dir):
            with open(os.path.join(node.dir, name), "rb") as file:
                data += file.read()
        return data

    def test_no_name_and_no_note_can_be_read_on_the_way(self):
        company = self.company()
        company.serve()
        ids = [company.founded["device"]]
        with Proxy(company.hub.address) as proxy:
            nodes = []
            for login in ("login-of-rep-one", "login-of-rep-two"):
                ids.append(company.user(login, "一号代表姓名")["id"])
                node = Node(company, login)
                token = company.token(login, "east/linxi", url=proxy.url)
                made = node.run("init", token, "--name", "笔记本电脑甲")
                ids.append(made["device"])
                nodes.append(node)
            a, b = nodes
            account = a.run("account", "add", "--legal-name",
                            "临溪鑫澜汽车零部件有限公司")["id"]
            a.run("contact", "add", "--name", "王采购经理", "--account",
                  account, "--mobiles", "13900000000,label=work")
            visit = a.run("visit", "add", "--account", account, "--goal",
                          "了解他们的采购计划")["id"]
            for text in ("他说明年要换掉现在的供应商", "secret-note-of-the-rep"):
                a.run("visit", "note", visit, "--text", text, "--kind",
                      "fact")
            ids += [account, visit]
            a.sync(proxy.url)  # pushes
            b.sync(proxy.url)  # pulls
            b.run("account", "set", account, "--industry", "auto_parts")
            # And between peers, the hub away.
            company.hub.stop()
            a.serve()
            with Proxy(a.address) as peer:
                self.assertEqual(b.sync(peer.url)["sent"]["changes"], 1)
                between = peer.captured()
            a.stop()
            captured = proxy.captured()
        self.assertEqual(len(proxy.connections), 4)
        self.assertGreater(len(captured), 8000)
        self.assertGreater(len(between), 1000)
        # What is searched for is what the nodes hold, in these very bytes.
        self.assertEqual(
            self.secrets_in(self.stored(b)),
            sorted(set(self.SECRETS) - {"east/linxi"}))
        for data in (captured, between):
            self.assertEqual(self.secrets_in(data), [])
            for id in ids:
                self.assertNotIn(id.encode(), data)
                self.assertNotIn(bytes.fromhex(id.replace("-", "")), data)
            self.assertNotIn(token.encode(), data)
        # Two like sessions have nothing in common but the sizes of frames.
        first, second = (c[">"] for c in proxy.connections[:2])
        at = 4 + 16
        self.assertNotEqual(first[:at], second[:at])


class Spoiler:
    """
    Spoils one frame of the first connection: flips, drops or repeats a byte,
    truncates there, sends the whole frame again, sends the one before it in its
    place, lets the next one go first, or, which spoils nothing, holds it back
    for a while.

    A frame that claims more than there is would only make the other side wait
    for its patience to end; the line is cut behind such a one, and
    Patience below waits for real.
    """

    def __init__(self, way, frame, at, action, rng, cut=True):
        self.way, self.frame, self.at, self.action = way, frame, at, action
        self.bit = 1 << rng.randrange(8)
        self.may_cut = cut
        self.buffer = b""
        self.before = b""
        self.held = None
        self.index = 0
        self.done = False

    def __str__(self):
        return "%s frame %d byte %d %s" % (self.way, self.frame, self.at,
                                           self.action)

    def spoil(self, frame):
        at = self.at if self.at >= 0 else len(frame) + self.at
        self.done = True
        if self.action == "again":
            return frame + frame, False
        if self.action == "earlier":
            return self.before, False
        if self.action == "delay":
            threading.Event().wait(DELAY)
            return frame, False
        if self.action == "truncate":
            return frame[:at], True
        if self.action == "flip":
            spoiled = bytearray(frame)
            spoiled[at] ^= self.bit
            spoiled = bytes(spoiled)
        elif self.action == "drop":
            spoiled = frame[:at] + frame[at + 1:]
        else:
            spoiled = frame[:at + 1] + frame[at:]
        claimed = int.from_bytes(spoiled[:4], "big")
        return spoiled, self.may_cut and claimed > len(spoiled) - 4

    def __call__(self, connection, way, piece):
        if connection != 0 or way != self.way or self.done:
            return piece, False
        self.buffer += piece
        out = b""
        while len(self.buffer) >= 4:
            size = 4 + int.from_bytes(self.buffer[:4], "big")
            if len(self.buffer) < size:
                break
            frame, self.buffer = self.buffer[:size], self.buffer[size:]
            if self.held is not None:
                self.done = True
                rest, self.buffer = self.buffer, b""
                return out + frame + self.held + rest, False
            if self.index == self.frame and self.action == "swap":
                self.held = frame
                continue
            if self.index == self.frame:
                frame, cut = self.spoil(frame)
                rest, self.buffer = (b"" if cut else self.buffer), b""
                return out + frame + rest, cut
            self.index += 1
            self.before = frame
            out += frame
        return out, False


class Layout(dict):
    """The frames of a session by direction: {">": sizes, "<": sizes}."""

    def __init__(self):
        super().__init__({">": [], "<": []})
        self.order = []  # the direction of each frame
        self.parts = {">": b"", "<": b""}
        self.lock = threading.Lock()

    def __call__(self, connection, way, piece):
        with self.lock:
            self.parts[way] += piece
            for _, size in frames(self.parts[way]):
                if len(self.parts[way]) < size:
                    break
                self[way].append(size)
                self.order.append(way)
                self.parts[way] = self.parts[way][size:]
        return piece, False

    def followed(self):
        """(way, frame) of those that the next follows without an answer."""
        seen = {">": 0, "<": 0}
        for at, way in enumerate(self.order):
            if self.order[at + 1:at + 2] == [way]:
                yield way, seen[way]
            seen[way] += 1


def positions(size, first, each):
    """
    Where a frame is spoiled: its size, its beginning, inside, its end; at
    each of its bytes, when that is asked.
    """
    if each:
        return range(size)
    found = [0, 1, 2, 3, 4, (4 + size) // 2, -17, -1]
    if first:
        found += [11, 19, 20]  # the gate, its last byte, the first of Noise
    return sorted({at for at in found if -size <= at < size},
                  key=lambda at: at % size)


def cases(layout, rng, each_byte):
    """
    One of every kind for every frame: (way, frame, at, action). With each_byte
    every byte of the handshake's three frames is flipped.
    """
    made = [(way, index, 0, "swap") for way, index in layout.followed()]
    for way in "><":
        for index, size in enumerate(layout[way]):
            first = way == ">" and index == 0
            shakes = (way, index) in ((">", 0), ("<", 0), (">", 1))
            for at in positions(size, first, each_byte and shakes):
                made.append((way, index, at, "flip"))
            made.append((way, index, 0, "delay"))
            if index:
                made.append((way, index, 0, "earlier"))
            for action in ("drop", "repeat", "truncate"):
                for at in (rng.randrange(4), rng.randrange(4, size)):
                    made.append((way, index, at, action))
            made.append((way, index, 0, "again"))
    return made


class Spoiled(Case):
    def layout(self, url, session):
        """The frames of a session that nobody spoils."""
        layout = Layout()
        with Proxy(url, layout) as proxy:
            session(proxy.url)
        return layout

    def sample(self, layout, count, seed, each_byte=False):
        rng = random.Random("%d %s" % (fixture.SEED, seed))
        made = cases(layout, rng, fixture.FULL and each_byte)
        if fixture.FULL or len(made) <= count:
            return made, rng
        # Every frame keeps some of its cases: strided, from a random start.
        rng.shuffle(made)
        made.sort(key=lambda case: case[:2])
        return [made[i * len(made) // count] for i in range(count)], rng

    @staticmethod
    def may_be_done(case, last):
        """
        What is spoiled is the farewell, or only held back; or a frame that came
        once as it was and then again, which may be after everything was said.
        """
        return case[:2] == last or case[3] in ("again", "delay")

    def spoiled_sync(self, node, server_url, case, rng, last):
        """The spoiled session; True when all was done before it noticed."""
        spoiler = Spoiler(*case, rng)
        with Proxy(server_url, spoiler, record=False) as proxy:
            result = node.run("sync", proxy.url, ok=None)
        self.assertTrue(spoiler.done, "%s was never reached" % spoiler)
        if self.may_be_done(case, last) and result.code == 0:
            return True
        self.assertNotEqual(case[3], "delay", str(result))
        self.assertIn(result.code, ENDS, "%s\n%s" % (spoiler, result))
        self.assertEqual(result.out, b"")
        error = result.error
        self.assertTrue(error["message"], error)
        return False

    def run_cases(self, layout, made, rng, prepare, server, value_of, caller):
        """
        prepare(value) makes something to exchange; value_of() is what the side
        that is to get it has. The frame of the first data that goes there is
        the longest after the handshake in its direction.
        """
        last = (">", len(layout[">"]) - 1)
        for number, case in enumerate(made):
            with self.subTest("%s %d %d %s" % case):
                value = "值%d" % number
                before = value_of()
                data_frame = prepare(value)
                finished = self.spoiled_sync(caller, server.address, case,
                                             rng, last)
                after = value_of()
                self.assertIn(after, (before, value))
                if finished:
                    self.assertEqual(after, value)
                elif case[0] == data_frame[0] and \
                        case[1] + (case[3] == "again") <= data_frame[1]:
                    self.assertEqual(after, before, "applied all the same")
                caller.sync(server.address)
                self.assertEqual(value_of(), value)
                self.assert_equal_digests(caller, server)
        self.assert_verified(caller, server)

    def test_what_is_sent_to_the_hub(self):
        company, a, _ = self.two_reps()
        account = a.run("account", "add", "--short-name", "零")["id"]
        a.sync()

        def prepare(value):
            a.run("account", "set", account, "--short-name", value)
            return ">", 4  # the push

        prepare("先")
        layout = self.layout(company.hub.address, a.sync)
        self.assertEqual((len(layout[">"]), len(layout["<"])), (7, 5))
        made, rng = self.sample(layout, 40 if fixture.LIGHT else 170, "push",
                                each_byte=True)
        self.run_cases(
            layout, made, rng, prepare, company.hub,
            lambda: company.hub.run("account", "show", account)["short_name"],
            a)

    def test_what_is_fetched_from_the_hub(self):
        company, a, b = self.two_reps()
        account = b.run("account", "add", "--short-name", "零")["id"]
        b.sync()
        a.sync()

        def prepare(value):
            b.run("account", "set", account, "--short-name", value)
            b.sync()
            return "<", 2  # the answer to the pull

        prepare("先")
        layout = self.layout(company.hub.address, a.sync)
        self.assertEqual((len(layout[">"]), len(layout["<"])), (6, 4))
        made, rng = self.sample(layout, 20 if fixture.LIGHT else 80, "pull")
        self.run_cases(
            layout, made, rng, prepare, company.hub,
            lambda: a.run("account", "show", account)["short_name"], a)

    def test_what_passes_between_peers(self):
        company, a, b = self.two_reps()
        account = a.run("account", "add", "--short-name", "零")["id"]
        a.sync()
        b.sync()
        company.hub.stop()
        b.serve()

        def prepare(value):
            a.run("account", "set", account, "--short-name", value)
            return ">", 4

        prepare("先")
        layout = self.layout(b.address, a.sync)
        made, rng = self.sample(layout, 10 if fixture.LIGHT else 40, "peer")
        self.run_cases(
            layout, made, rng, prepare, b,
            lambda: b.run("account", "show", account)["short_name"], a)

    def test_what_passes_when_a_device_is_enrolled(self):
        company = self.company()
        company.serve()
        company.user("rep1")
        company.token("rep1", "east/linxi")

        def enrol(url):
            token = company.token("rep1", url=url)
            Node(company, "plain").run("init", token)

        layout = self.layout(company.hub.address, enrol)
        made, rng = self.sample(layout, 10 if fixture.LIGHT else 40, "enrol")
        last = (">", len(layout[">"]) - 1)
        for number, case in enumerate(made):
            with self.subTest("%s %d %d %s" % case):
                spoiler = Spoiler(*case, rng)
                node = Node(company, "device%d" % number)
                with Proxy(company.hub.address, spoiler) as proxy:
                    # The first connection is spoiled, the second is not, and
                    # the same device may redeem its invitation again.
                    token = company.token("rep1", url=proxy.url)
                    result = node.run("init", token, ok=None)
                    self.assertTrue(spoiler.done)
                    if case[3] == "delay":
                        self.assertEqual(result.code, 0, str(result))
                    if not self.may_be_done(case, last) or result.code:
                        self.assertIn(result.code, ENDS,
                                      "%s\n%s" % (spoiler, result))
                        self.assertTrue(result.error["message"])
                        # It is no node yet.
                        node.fails(fixture.NOT_FOUND, "status")
                        node.run("init", token)
                node.run("sync", company.hub.address)
                self.assert_equal_digests(node, company.hub)

    def test_a_session_that_is_played_again_is_refused(self):
        company, a, _ = self.two_reps()
        a.run("account", "add", "--short-name", "只此一次")
        with Proxy(company.hub.address) as proxy:
            a.sync(proxy.url)
            said = bytes(proxy.connections[0][">"])
        before = company.hub.digest()
        host, port = company.hub.address[6:].rsplit(":", 1)
        with socket.create_connection((host, int(port))) as line:
            line.settimeout(fixture.DEADLINE)
            line.sendall(said)
            answer = b""
            while True:
                try:
                    piece = line.recv(65536)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                answer += piece
        # It answers the greeting, with a fresh key, and no more.
        self.assertLessEqual(len(frames(answer)), 1)
        self.assertEqual(company.hub.digest(), before)
        self.assertEqual(a.sync()["sent"]["changes"], 0)

    def test_garbage_is_hung_up_on_and_the_hub_goes_on(self):
        company, a, _ = self.two_reps()
        rng = random.Random(fixture.SEED)
        host, port = company.hub.address[6:].rsplit(":", 1)
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64,
                        b"\xff" * 64, b"\0\0\0\x31" + rng.randbytes(49),
                        b"\0\0\x10\x01" + rng.randbytes(4097),
                        b"\0\0\0\0"):
            with socket.create_connection((host, int(port))) as line:
                line.settimeout(fixture.DEADLINE)
                line.sendall(garbage)
                try:
                    self.assertEqual(line.recv(65536), b"")
                except ConnectionResetError:
                    pass
        self.assertEqual(a.sync()["peer"], "hub")


class Silence:
    """
    Sessions in which a byte is swallowed and nothing more comes, of a company
    of their own: they are left alone while the other tests run.
    """

    CASES = ((">", 0), ("<", 0), (">", 1), (">", 4), ("<", 2))

    def __init__(self):
        self.company = company = Company()
        company.serve()
        self.nodes = [company.enrol("rep1", "east/linxi")]
        for number in range(1, len(self.CASES)):
            self.nodes.append(company.enrol("rep1", "east/linxi", new=False,
                                            folder="more%d" % number))
        self.results = [None] * len(self.CASES)
        for number, node in enumerate(self.nodes):
            node.sync()
            node.run("account", "add", "--short-name", "第%d" % number)
        self.threads = [threading.Thread(target=self.one, args=(number,))
                        for number in range(len(self.CASES))]
        for thread in self.threads:
            thread.start()

    def one(self, number):
        way, frame = self.CASES[number]
        spoiler = Spoiler(way, frame, -1, "drop", random.Random(number),
                          cut=False)
        with Proxy(self.company.hub.address, spoiler) as proxy:
            self.results[number] = (spoiler, self.nodes[number].run(
                "sync", proxy.url, ok=None, deadline=240))


silence = None


def setUpModule():
    global silence
    if not fixture.LIGHT:
        silence = Silence()


def tearDownModule():
    if silence:
        for thread in silence.threads:
            thread.join()
        silence.company.close()


class Waiting(Case):
    """Last of the classes, since it waits as long as a line may be silent."""

    def test_a_line_that_swallows_a_byte_is_given_up_in_time(self):
        if not silence:
            self.skipTest("takes the 90 seconds that a line may be silent")
        for thread in silence.threads:
            thread.join()
        for spoiler, result in silence.results:
            with self.subTest(str(spoiler)):
                self.assertTrue(spoiler.done)
                self.assertIn(result.code, ENDS, str(result))
                self.assertTrue(result.error["message"])
        for node in silence.nodes + silence.nodes:
            node.sync()
        self.assert_equal_digests(silence.company.hub, *silence.nodes)
        self.assertEqual(len(silence.nodes[0].run("account", "list")),
                         len(Silence.CASES))


if __name__ == "__main__":
    fixture.main()
