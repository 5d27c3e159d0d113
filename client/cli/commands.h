#ifndef CLIENT_CLI_COMMANDS_H
#define CLIENT_CLI_COMMANDS_H

#include "client/cli/command.h"

/* The lists of commands, each in the file of its noun; see commands.c. */
extern const struct command hub_commands[];      /* cmd_hub.c */
extern const struct command key_commands[];      /* cmd_hub_key.c */
extern const struct command node_commands[];     /* cmd_node.c */
extern const struct command keep_commands[];     /* cmd_keep.c */
extern const struct command record_commands[];   /* cmd_record.c */
extern const struct command inbox_commands[];    /* cmd_inbox.c */
extern const struct command exchange_commands[]; /* cmd_exchange.c */

#endif
