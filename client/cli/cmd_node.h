#ifndef CLIENT_CLI_CMD_NODE_H
#define CLIENT_CLI_CMD_NODE_H

#include <jansson.h>

#include "client/cli/command.h"

/* Runs the node until SIGTERM; `listen` NULL: listens to nobody. */
bool serve_command(struct cli *cli, const char *listen, bool sync);

/* Prints what status_json() made, as text or JSON; takes the reference. */
void status_print(struct cli *cli, json_t *status);

#endif
