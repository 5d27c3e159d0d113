#ifndef CLIENT_CLI_LOCKED_H
#define CLIENT_CLI_LOCKED_H

#include "client/cli/command.h"
#include "client/cli/unlock.h"

/*
 * What a node does that its lease keeps locked: `sync` and `serve` ask for a
 * renewal, at head office or at the address that is named; commands that add a
 * record put it into the sealed outbox (client/node/letterbox.h); one whose
 * grace is over erases itself; all others say that it is locked. *again: it was
 * renewed, and is to be opened; else the exit code.
 */
enum exit_code locked_answer(struct cli *cli, const char *dir,
	struct locked *locked, int argc, char **argv, bool *again);

#endif
