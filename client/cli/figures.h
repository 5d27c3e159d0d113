#ifndef CLIENT_CLI_FIGURES_H
#define CLIENT_CLI_FIGURES_H

#include <jansson.h>

#include "client/cli/command.h"
#include "client/method/day.h"

/* What the commands share that tell figures (client/method). */

/* --as-of, or today where the reader is; EXIT_USAGE for what is no day. */
bool cli_as_of(struct cli *cli, int32_t *as_of);

/* The day of --FLAG, `otherwise` without it; EXIT_USAGE for what is no day. */
bool cli_day(
	struct cli *cli, const char *flag, int32_t otherwise, int32_t *day);

/* The account that was typed, found as everywhere. */
bool cli_account(
	struct cli *cli, const char *text, uint8_t id[static ID_BYTES]);

/*
 * As of when, of what and how current, out of tell_frame(), as lines; then, to
 * stderr since it is this node's own affair, when the hub was last met.
 */
void figures_frame(struct cli *cli, const json_t *frame);

#endif
