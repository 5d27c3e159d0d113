#ifndef CLIENT_CLI_CMD_RECORD_H
#define CLIENT_CLI_CMD_RECORD_H

#include "client/cli/command.h"

/* The verbs of record types, and `visit note`. */
extern const struct command record_commands[];

#endif
