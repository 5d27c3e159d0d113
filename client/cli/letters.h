#ifndef CLIENT_CLI_LETTERS_H
#define CLIENT_CLI_LETTERS_H

#include "client/cli/command.h"

/*
 * What was put into the sealed outbox while the node was locked
 * (client/node/letterbox.h) is written now that it is open: each letter is the
 * command line that it was, in order, each once. That a letter was taken is
 * written in the transaction that writes what it says, so a process that is
 * ended anywhere goes on with the next one. One that is refused (the account
 * that it names is not there, the grant ended) is kept as it was typed, with
 * the reason: `letters list` shows it, `letters drop` forgets it.
 */
void letters_write(struct cli *cli, const char *dir);

#endif
