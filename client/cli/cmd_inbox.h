#ifndef CLIENT_CLI_CMD_INBOX_H
#define CLIENT_CLI_CMD_INBOX_H

#include "client/cli/command.h"

/* conflicts, resolve, why, search. */
extern const struct command inbox_commands[];

#endif
