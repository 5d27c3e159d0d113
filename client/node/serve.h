#ifndef CLIENT_NODE_SERVE_H
#define CLIENT_NODE_SERVE_H

#include <stdbool.h>
#include <stdio.h>

#include "client/node/local.h"
#include "client/node/node.h"
#include "client/node/peers.h"

/*
 * A node that runs: it listens to peers, answers commands that other processes
 * hand it, and (unless it is the hub) keeps in step with the hub: by one
 * session that watches, dialled again when it is lost, after a random part of a
 * growing wait (sync/agent.h). A hub that cannot watch is asked every few
 * minutes, and soon after something was written.
 */

/* How it goes with the one that the node keeps in step with. */
struct serve_event {
	enum {
		SERVE_IN_STEP, /* for the first time since it was lost */
		SERVE_MOVED,   /* something came or went, and is in step */
		SERVE_LOST,
	} kind;
	const struct peer_result *result;
	const char *url;
	bool live; /* each tells the other; else it is asked now and then */
	/* Since the event before. */
	struct session_traffic sent, received;
	int64_t retry_ms; /* SERVE_LOST: in how long */
};

/*
 * Something else that this loop runs: the page (client/page/page.h). `turn` is
 * called whenever the descriptor is readable and after everything else that
 * happened; it returns how long until it wants to be called at the latest.
 */
struct serve_side {
	void *self;
	int descriptor;
	int (*turn)(void *self);
};

struct serve_options {
	struct node *node;
	const char *listen; /* an address, or NULL */
	bool sync;          /* keep in step with the hub */
	const char *url;    /* with this one instead; or NULL */
	/*
	 * Told how it goes; false ends it. Or NULL. With it a refusal, and an
	 * address that is none, end it as well: *problem says so.
	 */
	bool (*heard)(void *self, const struct serve_event *event);
	void *heard_self;
	/* Answers a command of another process. */
	local_run *run;
	void *run_self;
	const struct serve_side *side; /* or NULL */
	/* Called once with the address, when it accepts ("" without); or NULL.
	 */
	void (*listening)(void *self, const char *actual);
	void *listening_self;
};

/*
 * Runs until SIGTERM or SIGINT. While it runs, serve_peers() are its
 * conversations. False: it could not start or go on, *problem says why.
 */
bool serve_run(const struct serve_options *options, struct problem *problem);

/* The conversations of the node that this process serves; NULL: none. */
struct peers *serve_peers(void);
/* Whether it and the hub tell each other what moves, now. */
bool serve_live(void);
/* As above, or it is dialled again for a reason of ours: it was there. */
bool serve_reaches(void);
/* The node that serves tries head office now, and does not wait its turn. */
void serve_sync_now(void);
/*
 * The hub talks to one session of a device, and this process began another:
 * when the one that is live ends for that, it is dialled again at once.
 */
void serve_call_again(void);
/* Where it listens, or "". */
const char *serve_address(void);

#endif
