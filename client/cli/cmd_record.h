#ifndef CLIENT_CLI_CMD_RECORD_H
#define CLIENT_CLI_CMD_RECORD_H

#include "client/cli/command.h"

/* TYPE list, for types whose list tells more unless it is narrowed. */
bool record_list(struct cli *cli);

#endif
