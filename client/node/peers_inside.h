#ifndef CLIENT_NODE_PEERS_INSIDE_H
#define CLIENT_NODE_PEERS_INSIDE_H

#include "client/node/peers.h"
#include "client/node/watchers.h"

/*
 * The inside of peers.h, shared by the files that make it up and by nobody
 * else:
 *
 *     peers.c       those that there are; frames and events
 *     peers_host.c  what their sessions ask of the node
 *     peers_live.c  what moved, and who is told of it
 *     peers_sync.c  syncing and waiting for it
 */

enum { TURN_MS = 1000 }; /* a turn is wanted that often at least */

struct peer {
	struct peers *peers;
	struct session_host host; /* that its session talks to */
	uint64_t connection;
	struct peer *next; /* in its bucket */
	struct session *session;
	struct peer_result *result; /* of one that we dialled; or NULL */
	char *url;                  /* that we dialled; or NULL */
	bool trusted;
	bool blocked; /* frames wait for the link to take more */
	bool noted;   /* a peer that watches us, once it does */
	uint32_t rounds;
	struct watcher watcher;
	/* In peers->waiting; those that we dialled in peers->dialled, too. */
	bool waits;
	struct peer *next_waiting, **waiting_link;
	struct peer *next_dialled, **dialled_link;
};

struct peers {
	struct node *node;
	struct link *link;
	struct peer **buckets; /* by connection */
	size_t bucket_count;
	uint32_t count;
	/*
	 * The few of thousands that want something at a time: a turn looks at
	 * these and no others.
	 */
	struct peer *waiting;
	struct peer *dialled;
	struct watchers watchers;
	int64_t seal_at_ms; /* 0: nothing to seal */
};

/* peers_host.c */
void peer_make_host(struct peer *peer);

/* peers_live.c */

/* It is looked at in each turn, until it wants nothing more. */
void peer_attend(struct peer *peer);
void peer_leave_alone(struct peer *peer);
/* One that we dialled. */
void peer_list(struct peer *peer);
void peer_unlist(struct peer *peer);

/* Something of the territory is new; `by` knows, NULL: it was written here. */
void peers_tell(
	struct peers *peers, const struct peer *by, const uint8_t *territory);
/* Seals what is pending, and tells. */
enum status peers_seal(struct peers *peers);
/* That of one territory; `by` is about to push it. */
enum status peers_seal_one(struct peers *peers, const struct peer *by,
	struct territory *territory);
/* How long until there is something to seal; what is due is sealed. */
int peers_seal_due(struct peers *peers);

#endif
