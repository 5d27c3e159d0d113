#ifndef CLIENT_CLI_CMD_QUOTA_H
#define CLIENT_CLI_CMD_QUOTA_H

#include "client/cli/command.h"

/* hub quota list, hub quota set DEVICE --megabytes N. */
bool quota_list_command(struct cli *cli);
bool quota_set_command(struct cli *cli);
extern const struct command_flag quota_set_flags[];

#endif
