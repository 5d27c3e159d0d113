#ifndef CLIENT_NODE_SERVE_H
#define CLIENT_NODE_SERVE_H

#include <stdbool.h>
#include <stdio.h>

#include "client/node/local.h"
#include "client/node/node.h"
#include "client/node/peers.h"

/*
 * A node that runs: it listens to peers, answers commands that other processes
 * hand it, and (unless it is the hub) keeps in step with the hub, every few
 * minutes and soon after something was written.
 */
struct serve_options {
	struct node *node;
	const char *listen; /* an address, or NULL */
	bool sync;          /* keep in step with the hub */
	/* Answers a command of another process. */
	local_run *run;
	void *run_self;
	/* Called once with the address, when it accepts ("" without one). */
	void (*listening)(void *self, const char *actual);
	void *listening_self;
};

/*
 * Runs until SIGTERM or SIGINT. While it runs, serve_peers() are its
 * conversations. False: it could not start, *problem says why.
 */
bool serve_run(const struct serve_options *options, struct problem *problem);

/* The conversations of the node that this process serves; NULL: none. */
struct peers *serve_peers(void);
/* Where it listens, or "". */
const char *serve_address(void);

#endif
