#ifndef CLIENT_CLI_CMD_NODE_H
#define CLIENT_CLI_CMD_NODE_H

#include <jansson.h>

#include "client/cli/command.h"
#include "client/node/local.h"
#include "sync/session.h"

/* Runs the node until SIGTERM; `listen` NULL: listens to nobody. */
bool serve_command(struct cli *cli, const char *listen, bool sync);

/*
 * Keeps in step with the address, or (NULL) the hub, until SIGTERM or SIGINT,
 * and prints what came and went.
 */
bool watch_command(struct cli *cli, const char *url);

/* Answers a command that another process hands over; `self` is the cli. */
enum exit_code answer_other(
	void *self, const struct local_request *request, FILE *out, FILE *err);

json_t *traffic_json(const struct session_traffic *traffic);

/* Prints what status_json() made, as text or JSON; takes the reference. */
void status_print(struct cli *cli, json_t *status);

#endif
