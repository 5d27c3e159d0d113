#ifndef CLIENT_NODE_PEERS_H
#define CLIENT_NODE_PEERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/node/node.h"
#include "proto/credentials.h"
#include "proto/token.h"
#include "sync/link.h"
#include "sync/session.h"

/*
 * A node's conversations: sessions (sync/session.h) over a link (sync/link.h),
 * and what is remembered of each peer. Everything happens in peers_turn(), on
 * the node's one thread.
 */
struct peers;

/* Makes the link; NULL with *problem when the system refuses. */
struct peers *peers_new(struct node *node, struct problem *problem);
void peers_free(struct peers *peers);

/* Listens; `actual` (LINK_URL_MAX) is the address with the port in use. */
bool peers_listen(struct peers *peers, const char *url, char *actual,
	struct problem *problem);

/* A descriptor that is readable when peers_turn() has something to do. */
int peers_descriptor(struct peers *peers);

/*
 * Waits up to `timeout_ms`, deals with what happened, and answers. Returns how
 * long until it wants to be called again at the latest.
 */
int peers_turn(struct peers *peers, int timeout_ms);

/* Writes what is remembered of those who dialled us: for who reads it now. */
void peers_remember(struct peers *peers);

struct quota;
/* What devices pushed to this hub today; NULL elsewhere. */
struct quota *peers_quota(struct peers *peers);

/* Sessions that are going on, and those of them that watch this node. */
uint32_t peers_count(const struct peers *peers);
uint32_t peers_watching(const struct peers *peers);

/*
 * Something was written here: while anybody watches, it is sealed and told two
 * seconds later, with what is written until then.
 */
void peers_wrote(struct peers *peers);

/* The directory was written and sealed here: whoever watches is told at once.
 */
void peers_told(struct peers *peers);

/*
 * What a conversation that we began came to. Of one that watches it also tells,
 * before it is over, how it stood when it was last in step: report.state is
 * SESSION_WATCHING then.
 */
struct peer_result {
	bool over;
	bool unreachable;   /* the link never came to be */
	const char *reason; /* one of link_reason_*, when unreachable */
	struct session_report report; /* pointers in it are cleared */
	char detail[256];
	char peer[64]; /* login, "hub", or a device's id */
	/* Of an enrolment. */
	uint8_t credentials[CREDENTIALS_SIZE_MAX];
	size_t credentials_size;
	char login[64];
};

/* Begins to sync with whoever answers at the address. */
bool peers_dial(struct peers *peers, const char *url,
	struct peer_result *result, struct problem *problem);
/* The same, and goes on: each tells the other what moves. */
bool peers_watch(struct peers *peers, const char *url,
	struct peer_result *result, struct problem *problem);
/* Begins to enrol this node with an invitation, and to pull the directory. */
bool peers_enrol(struct peers *peers, const char *url,
	const struct token *token, const char *device_name,
	struct peer_result *result, struct problem *problem);
/*
 * Begins to ask the hub for an invitation for another device of this user:
 * report.invited_until_ms tells, 0 when it was not the hub.
 */
bool peers_invite(struct peers *peers, const char *url, const uint8_t *id,
	const uint8_t *secret, struct peer_result *result,
	struct problem *problem);
/* The result is not wanted any more (it goes out of scope). */
void peers_forget(struct peers *peers, const struct peer_result *result);
/* The same, and the conversation is over at once, without a trace. */
void peers_hang_up(struct peers *peers, const struct peer_result *result);
/* Says the end to those that we watch, in step as they are. */
void peers_end(struct peers *peers);

/*
 * Syncs with one peer and waits for the end, other conversations going on
 * meanwhile. `url` NULL: the hub, at the address that answered last, its
 * recorded ones, those of the invitation, then those that were added here
 * (client/node/addresses.h), behind which a colleague may be, one after the
 * other until one answers. False: *problem says why and with which exit code.
 */
bool peers_sync(struct peers *peers, const char *url,
	struct peer_result *result, struct problem *problem);

/* Waits for the end of what peers_dial() or peers_enrol() began. */
bool peers_finish(struct peers *peers, const char *url,
	struct peer_result *result, struct problem *problem);

/* What is remembered: [{"peer","url","last_sync","to_send","error"}…]. */
json_t *peers_json(struct node *node);

/* The addresses to reach the hub at, in order; NULL-terminated, all freed by
 * peers_free_urls(). */
char **peers_hub_urls(struct node *node);
/* The same; NULL with *problem when there is none. */
char **peers_hub_urls_known(struct node *node, struct problem *problem);
void peers_free_urls(char **urls);

/* Writes why a conversation with that address failed; false. */
bool peers_problem(const struct peer_result *result, const char *url,
	struct problem *problem);

/* English of why a session broke (T() is taken of it), and its exit code. */
const char *peers_problem_text(enum session_problem problem);
enum exit_code peers_problem_code(enum session_problem problem);

#endif
