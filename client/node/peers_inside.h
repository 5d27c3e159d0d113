#ifndef CLIENT_NODE_PEERS_INSIDE_H
#define CLIENT_NODE_PEERS_INSIDE_H

#include "client/node/hub/quota.h"
#include "client/node/peers.h"
#include "client/node/remembered.h"
#include "client/node/watchers.h"
#include "sync/limits.h"

/*
 * The inside of peers.h, shared by the files that make it up and by nobody
 * else:
 *
 *     peers.c            those that there are; frames and events
 *     peers_strangers.c  those who dialled us, until they are somebody
 *     peers_host.c       what their sessions ask of the node
 *     peers_live.c       what moved, and who is told of it
 *     peers_sync.c       syncing and waiting for it
 */

enum {
	TURN_MS = 1000, /* a turn is wanted that often at least */
	PEERS_DEVICE_BUCKETS = 4096,
};

struct peer {
	struct peers *peers;
	struct session_host host; /* that its session talks to */
	uint64_t connection;
	struct peer *next;          /* in its bucket */
	struct session *session;    /* NULL: a stranger waits for its turn */
	struct peer_result *result; /* of one that we dialled; or NULL */
	char *url;                  /* that we dialled; or NULL */
	bool trusted;
	bool blocked; /* frames wait for the link to take more */
	bool noted;   /* a peer that watches us, once it does */
	uint32_t rounds;
	struct watcher watcher;
	/* Of one that dialled us. */
	struct stranger stranger;
	uint8_t *hello; /* its first frame, until its turn; or NULL */
	size_t hello_size;
	bool proved;                         /* it is one of peers->sessions */
	struct peer *next_same, **same_link; /* in peers->devices */
	/* In peers->waiting; those that we dialled in peers->dialled, too. */
	bool waits;
	struct peer *next_waiting, **waiting_link;
	struct peer *next_dialled, **dialled_link;
};

struct peers {
	struct node *node;
	struct own own;
	int64_t certified_ms; /* when a hub last looked at its certificate */
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
	struct remembered remembered;
	struct quota *quota; /* of the hub, else NULL */
	/* Of a node that listens. */
	struct limits *limits;
	struct peer *devices[PEERS_DEVICE_BUCKETS]; /* sessions by device */
	uint32_t descriptors;
	uint32_t strangers_max;
	uint32_t sessions_max;
	uint32_t sessions; /* of those who proved who they are */
	uint64_t full;     /* that were turned away for there were more */
	uint64_t replaced; /* that gave way to a newer one of their device */
};

/* peers.c */
struct peer *peer_add(struct peers *peers, uint64_t connection);
/* Without a word to anybody. */
void peer_remove(struct peer *peer);
/* What it came to is told and remembered, and it is gone. */
void peer_over(struct peer *peer, const char *reason);
/* Its session begins, with this frame. The peer may be gone then. */
void peer_begin(struct peer *peer, const struct link_event *event);

/* peers_strangers.c */

/* Before it listens: so many may come. */
void strangers_begin(struct peers *peers);
/* Somebody dialled us; said a first word; is going, whatever it is. */
void stranger_came(struct peers *peers, const struct link_event *event);
void stranger_said(struct peer *peer, const struct link_event *event);
void stranger_gone(struct peer *peer);
/* It showed who it is. False: there are too many, and it is gone. */
bool stranger_proved(struct peer *peer);
/* Those whose turn it is begin their sessions. */
void strangers_admit(struct peers *peers);
/* How long until it may be somebody's turn; negative: not by itself. */
int64_t strangers_wait_ms(const struct peers *peers);
/* Out of peers->devices. */
void peer_unname(struct peer *peer);

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
