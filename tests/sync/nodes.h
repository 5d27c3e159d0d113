#ifndef TESTS_SYNC_NODES_H
#define TESTS_SYNC_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/key.h"
#include "sync/session.h"

/*
 * A small company for tests of sync: a hub that writes the directory, nodes of
 * people, each on a store in memory, and the frames of a session carried from
 * hand to hand. Keys come from seeds: the same in every run.
 *
 *     /                     east/linxi: the rep
 *     ├── east              east: the manager
 *     │   ├── linxi         west: somebody else
 *     │   └── margins       (management)
 *     └── west
 */
enum { NODES_NOW = 1000000 };

enum {
	NODE_TERRITORIES_MAX = 64,
	INVITATION_GOOD = 7, /* the byte that its id and secret are made of */
};

struct node {
	uint8_t company_key[SIGNING_KEY_SIZE];
	uint8_t company[COMPANY_ID_SIZE];
	uint8_t sign_key[SIGNING_KEY_SIZE];
	uint8_t sign_secret[SIGNING_SECRET_SIZE];
	uint8_t link_key[LINK_KEY_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	uint8_t device[ID_BYTES];
	uint8_t user[ID_BYTES];
	uint8_t credentials[MESSAGE_CREDENTIALS_MAX];
	size_t credentials_size;
	bool is_hub;
	struct store *store;
	struct policy *policy;
	struct territory *territories[NODE_TERRITORIES_MAX];
	struct session_host host;
	int64_t clock;
	/* What the session told it. */
	int64_t hub_time;
	uint32_t seals;
	uint32_t directory_changes;
	uint32_t rollbacks;
	/* What is written waits until the session seals it; the last log. */
	bool seals_late;
	uint8_t late_log[LOG_BYTES];
	/* A hub: the key that redeemed the invitation, and the user it is for.
	 */
	bool redeemed;
	uint8_t redeemed_key[SIGNING_KEY_SIZE];
	uint8_t invited[ID_BYTES];
};

/* Ids that tests name; each a byte repeated. */
enum {
	ROOT = 0x10,
	EAST = 0x11,
	LINXI = 0x12,
	WEST = 0x13,
	MARGINS = 0x14,
	REP = 0x21,
	MANAGER = 0x22,
	OTHER = 0x23,
	GRANT_LINXI = 0x31,
	GRANT_EAST = 0x32,
	GRANT_WEST = 0x33,
};

const uint8_t *id_of(uint8_t byte);

/* A node with keys from the seed and an empty store. `user` 0 for the hub. */
struct node *node_new(uint8_t seed, uint8_t user);
/* One of another company, which the seed of its root key tells. */
struct node *node_new_of(uint8_t company_seed, uint8_t seed, uint8_t user);
void node_free(struct node *node);

/* The node's credentials, and it, name the hub from now on. */
void node_introduce(struct node *node, const struct node *hub);

struct territory *node_territory(struct node *node, const uint8_t *id);
/* Loads the policy and settles everything. */
void node_refresh(struct node *node);

/* The hub's directory: the territories, users and grants drawn above. */
void hub_found(struct node *hub);
void hub_add_device(struct node *hub, const struct node *device);
void hub_add_territory(struct node *hub, uint8_t id, uint8_t parent,
	const char *name, const char *kind);
void hub_add_user(struct node *hub, uint8_t id, const char *login);
void hub_add_grant(struct node *hub, uint8_t id, uint8_t user,
	uint8_t territory, const char *role);
/* NULL stands for a zero id. */
void hub_add_cutoff(struct node *hub, uint8_t id, const uint8_t *device,
	const uint8_t *grant, const uint8_t *territory, int64_t last);

/*
 * The device is revoked as stolen; as one whose store was copied and that was
 * given new keys; the grant is told to end.
 */
void hub_add_stolen(struct node *hub, uint8_t id, const uint8_t *device);
void hub_add_replaced(struct node *hub, uint8_t id, const uint8_t *device);
void hub_add_ending(struct node *hub, uint8_t id, const uint8_t *grant);

/* A record of the territory is erased; a segment is replaced by this one. */
void hub_add_erasure(struct node *hub, uint8_t id, const uint8_t *territory,
	uint32_t type, const uint8_t *record);
void hub_add_replacement(
	struct node *hub, uint8_t id, const struct segment *erasure);

/* From here on what it writes waits for a session that seals it. */
void node_seals_late(struct node *node);
/* Writes an account's name under a grant, and seals it unless that is late. */
void node_write(struct node *node, uint8_t territory, uint8_t grant,
	uint32_t account, const char *name);
/* The same with so many bytes of noise, which do not compress. */
void node_write_much(struct node *node, uint8_t territory, uint8_t grant,
	uint32_t account, size_t size);
/* A change of another device, kept here as if it had been synced. */
void node_give(struct node *to, struct node *from, const uint8_t *territory);

/* How many changes of the territory are kept, and applied, over all logs. */
int64_t node_kept(struct node *node, uint8_t territory);
int64_t node_applied(struct node *node, uint8_t territory);
bool nodes_agree(struct node *a, struct node *b, uint8_t territory);

struct session_options node_options(struct node *node, bool initiator);

/*
 * Carries frames until both are quiet; `tamper` sees each one, may change it,
 * and says how often it arrives. Returns how many frames were carried.
 */
struct passing {
	uint32_t number; /* of the frame, from 0 */
	bool from_initiator;
	uint8_t *bytes; /* with room for one more */
	size_t size;
	struct session *to;
};
typedef int tamper_cb(void *self, struct passing *passing);

uint32_t carry(struct session *initiator, struct session *responder,
	tamper_cb *tamper, void *self);

/* A whole session; the initiator's report is copied out before it is freed. */
struct session_report sync_nodes(
	struct node *initiator, struct node *responder);

#endif
