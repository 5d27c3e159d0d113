"""
One line for every command of the program: how it is called while something
fails under it. A command that has none makes the test fail, so that what is
new is tried, too.

    LINES["noun verb"] = Line(arguments, …), or several of them in a list

A command that every record type has is "TYPE verb". In the arguments stand
names of what the company of world.py has: {account}, {visit}, {token} …, and
{node}, its folder.
"""


class Line:
    """
    args    what is typed, without --dir
    on      the node: "rep1", "hub", "new" (a folder that is not there yet)
    hub     whether the hub is served meanwhile
    again   the exit code when it is typed again after it was done
    serves  the command runs until SIGTERM: the company's `visit` is paid to it
    before  what is done to the folder first: "older" makes it look as if an
            older program had left it, "served" has a running node answer
    reads   what it writes, the search index, is nothing that it promised
    """

    def __init__(self, *args, on="rep1", hub=False, again=0, serves=False,
                 before=None, reads=False):
        self.args, self.on, self.hub, self.again = args, on, hub, again
        self.serves, self.before, self.reads = serves, before, reads


# Tried under failures in tests/cli/rest.py, lease.py and backup.py: a passphrase takes
# its time.
ELSEWHERE = []

LINES = {
    "backup": ELSEWHERE,
    "restore": ELSEWHERE,
    "lock": ELSEWHERE,
    "unlock": ELSEWHERE,
    "encrypt": ELSEWHERE,
    "rekey": ELSEWHERE,
    "passphrase change": ELSEWHERE,
    "recover": ELSEWHERE,
    "hub recover": ELSEWHERE,
    "TYPE add": [
        Line("account", "add", "--legal-name", "云泽恒业有限公司", "--phones",
             "10000000001", "--industry", "auto_parts"),
        Line("visit", "add", "--account", "{account}", "--visited-on",
             "2026-11-20", "--goal", "了解采购计划"),
    ],
    "TYPE set": Line("account", "set", "{account}", "--short-name", "新简称"),
    "TYPE show": Line("account", "show", "{account}"),
    "TYPE list": [
        Line("account", "list"),
        Line("contact", "list", "--account", "{account}"),
        Line("account", "list", before="served"),
        Line("account", "list", before="older"),
    ],
    "TYPE archive": Line("account", "archive", "{account}"),
    "TYPE unarchive": Line("account", "unarchive", "{archived}"),
    "TYPE history": Line("account", "history", "{account}"),
    "visit note": Line("visit", "note", "{visit}", "--text", "要换供应商",
                       "--kind", "fact"),
    "conflicts": Line("conflicts"),
    "resolve": Line("resolve", "{conflict}", "--pick", "1", again=4),
    "why": Line("why", "{account}", "legal_name"),
    "search": Line("search", "鑫澜", reads=True),
    "import": [
        Line("import", "account", "{csv}", "--key", "code"),
        Line("import", "account", "{gb18030}", "--key", "code", "--dry-run"),
    ],
    "export": [
        Line("export", "account"),
        Line("export", "contact", "--format", "json"),
        Line("export", "--sqlite", "{node}/all.sqlite", again=4),
    ],
    "init": Line("init", "{token}", on="new", hub=True, again=4),
    "sync": Line("sync", "{url}", hub=True),
    "status": Line("status"),
    "serve": Line("serve", "--listen", "tcp://127.0.0.1:0", serves=True),
    "digest": Line("digest"),
    "verify": Line("verify"),
    "rebuild": Line("rebuild"),
    "hub init": Line("hub", "init", "--company", "云泽泓策", on="new",
                     again=4),
    "hub serve": Line("hub", "serve", "--listen", "tcp://127.0.0.1:0",
                      on="hub", serves=True),
    "hub territory add": Line("hub", "territory", "add", "west/wangchuan",
                              on="hub", again=4),
    "hub territory list": Line("hub", "territory", "list", on="hub"),
    "hub user add": Line("hub", "user", "add", "rep9", "--name", "九号",
                         on="hub", again=4),
    "hub user list": Line("hub", "user", "list", on="hub"),
    "hub invite": Line("hub", "invite", "rep1", "--territory", "east/linxi",
                       "--role", "rep", "--url", "tcp://127.0.0.1:7447",
                       on="hub"),
    "hub address add": Line("hub", "address", "add", "tcp://127.0.0.1:7449",
                            on="hub"),
    "hub address list": Line("hub", "address", "list", on="hub"),
    "hub devices": Line("hub", "devices", on="hub"),
    "hub status": Line("hub", "status", on="hub"),
    "handover list": Line("handover", "list", on="boss"),
    "handover show": Line("handover", "show", "{account}", on="boss"),
    "hub audit": Line("hub", "audit", on="hub"),
    "hub risk": Line("hub", "risk", on="hub"),
    "hub erase": [
        Line("hub", "erase", "{contact}", on="hub", again=4),
        Line("hub", "erase", "{contact}", "--dry-run", on="hub"),
    ],
    "hub erasures": Line("hub", "erasures", on="hub"),
    "erasure verify": Line("erasure", "verify", "{certificate}",
                           "--own-company", on="hub"),
    "hub offboard": Line("hub", "offboard", "rep1", "--to", "rep2", on="hub"),
    "account brief": Line("account", "brief", "{account}"),
    "contact rate": Line("contact", "rate", "{contact}", "--level", "K2"),
    "completeness": Line("completeness"),
    "coverage": Line("coverage"),
    "due": Line("due"),
    "promises": Line("promises"),
    "honesty": Line("honesty"),
    "open": Line("open", before="served"),
    "hub users": Line("hub", "users", on="hub"),
    "hub grant": Line("hub", "grant", "rep1", "--territory", "north",
                      on="hub"),
    "hub end-grant": Line("hub", "end-grant", "rep2", "--territory",
                          "east/linxi", on="hub"),
    "hub revoke": Line("hub", "revoke", "rep2", "--reason", "left", on="hub"),
    "hub policy lease": [
        Line("hub", "policy", "lease", on="hub"),
        Line("hub", "policy", "lease", "--days", "14", "--then", "wipe",
             on="hub"),
    ],
    "letters list": Line("letters", "list"),
    "letters drop": ELSEWHERE,  # tests/cli/lease.py
    "hub quota list": Line("hub", "quota", "list", on="hub"),
    "hub quota set": Line("hub", "quota", "set", "{device}", "--megabytes",
                          "50", on="hub"),
    "hub key rotate": Line("hub", "key", "rotate", "--root-file", "{root}",
                           on="hub"),
    "hub restore": Line("hub", "restore", "--root-file", "{root}", "--from",
                        "{copy}", on="new", again=4),
    "address list": Line("address", "list"),
    "address add": Line("address", "add", "tcp://colleague.example:7447"),
    "address remove": Line("address", "remove", "{address}", again=3),
    "device invite": Line("device", "invite", "{url}", hub=True),
    "device withdraw": Line("device", "withdraw", "{invited}", "{url}",
                            hub=True),
    "outbox list": Line("outbox", "list"),
    "outbox withdraw": Line("outbox", "withdraw", "{waiting}", again=4),
    "quarantine list": Line("quarantine", "list", on="boss"),
    "quarantine show": Line("quarantine", "show", "{late}", on="boss"),
    "quarantine accept": Line("quarantine", "accept", "{late}", on="boss",
                              again=4),
    "quarantine reject": Line("quarantine", "reject", "{late}", on="boss",
                              again=4),
}
