#ifndef CLIENT_CLI_COMMANDS_H
#define CLIENT_CLI_COMMANDS_H

#include "client/cli/command.h"

/* The lists of commands, each in the file cmd_ and its name; see commands.c. */
extern const struct command hub_commands[];
extern const struct command access_commands[];
extern const struct command handover_commands[];
extern const struct command offboard_commands[];
extern const struct command audit_commands[];
extern const struct command erase_commands[];
extern const struct command key_commands[];
extern const struct command quarantine_commands[];
extern const struct command node_commands[];
extern const struct command outbox_commands[];
extern const struct command address_commands[];
extern const struct command device_commands[];
extern const struct command keep_commands[];
extern const struct command backup_commands[];
extern const struct command rest_commands[];
extern const struct command letters_commands[];
extern const struct command lease_commands[];
extern const struct command recover_commands[];
extern const struct command record_commands[];
extern const struct command brief_commands[];
extern const struct command method_commands[];
extern const struct command honesty_commands[];
extern const struct command inbox_commands[];
extern const struct command exchange_commands[];

#endif
