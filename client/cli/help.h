#ifndef CLIENT_CLI_HELP_H
#define CLIENT_CLI_HELP_H

#include "client/cli/command.h"

/* Whether any command begins with this word. */
bool help_has_noun(const char *noun);

/*
 * Help out of the command table and the schema: of one command, of a noun, or
 * (both NULL) of all.
 */
void help_print(
	struct cli *cli, const struct command *command, const char *noun);

#endif
