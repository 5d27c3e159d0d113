#ifndef CLIENT_NODE_NODE_H
#define CLIENT_NODE_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/store_sqlite.h"
#include "client/text/text.h"
#include "proto/certificate.h"
#include "proto/id.h"
#include "proto/schema.h"
#include "sync/policy.h"
#include "sync/territory.h"

/* The last letter of a sealed outbox that was taken (letterbox.h). */
struct node_taken {
	uint8_t box[ID_BYTES];
	uint64_t number;
};
extern const char node_taken_name[]; /* the setting that says so */

/* Many times the territories of a large company. */
enum { NODE_PLACES = 8192 };

/*
 * A node: one installation of one user, or the hub. Its folder holds the
 * database `node.db`, the device's keys in `keys` (0600) and `lock`, which the
 * process that has the node open holds locked. One thread uses a node.
 */
struct node {
	char *dir;
	struct store *store;
	const struct schema *schema;
	struct policy *policy;
	bool hub;
	bool copied;         /* its keys are another machine's, too: copied.h */
	bool restoring;      /* hub: see client/node/hub/restore.h */
	uint8_t company[32]; /* company_id() */
	uint8_t company_key[32]; /* Ed25519 public */
	uint8_t device[ID_BYTES];
	uint8_t user[ID_BYTES];      /* zero at the hub */
	struct node_keys *keys;      /* client/node/keys.h; locked memory */
	struct node_keys *next_keys; /* that a copied node asks for; or NULL */
	uint8_t credentials[3 * CERTIFICATE_SIZE];
	size_t credentials_size;
	/* A hub's: the first two, as they were verified last; or zero. */
	uint8_t credentials_seen[2 * CERTIFICATE_SIZE];
	int64_t hub_time_ms;            /* the latest time that a hub told */
	struct territory **territories; /* opened ones, in no order */
	uint32_t territory_count;
	/* By an id's last bytes, where it stood in the list: a hint. */
	uint32_t territory_places[NODE_PLACES];
	struct territory *directory;
	uint8_t ordered_by[ID_BYTES]; /* hub: the admin who orders */
	int lock;                     /* descriptor */
	bool unclean; /* dropped data may still lie in the file (owed.h) */
	/* While a letter is written (client/cli/letters.h): which one. */
	struct node_taken taking;
	bool is_taking;
	bool taking_done; /* it was, and what it says is committed */
};

/*
 * Opens the node in `dir`, taking its lock; waits up to `wait_ms` for another
 * command that holds it. EXIT_NOT_FOUND: no node there (hint: init);
 * EXIT_LOCKED: held for longer.
 */
bool node_open(struct node **out, const char *dir, int wait_ms,
	struct problem *problem);
/* The same of an encrypted one (vault.h); `data_key` is copied. */
bool node_open_sealed(struct node **out, const char *dir,
	const uint8_t *data_key, int wait_ms, struct problem *problem);
/*
 * The same with keys that are given, which the node frees, and with a schema
 * of one's own, which outlives it and has the types of the directory.
 */
bool node_open_with(struct node **out, const char *dir, struct node_keys *keys,
	const struct schema *schema, int wait_ms, struct problem *problem);
/* NULL is fine. */
void node_close(struct node *node);
/* Takes the lock alone, for a folder in which a node is being made. */
bool node_lock(
	const char *dir, int wait_ms, int *lock, struct problem *problem);
/* Throws every projected table away and projects again. */
bool node_rebuild(struct node *node, struct problem *problem);

/* Milliseconds since 1970 UTC, and the local zone's offset then, minutes. */
int64_t node_now_ms(void);
int32_t node_offset(int64_t now_ms);
/* A value_zone (client/exchange/value_text.h) for the local zone. */
int node_zone(void *self, int64_t utc_ms);
/* A fresh UUIDv7. What one process makes sorts as it was made. */
void node_new_id(uint8_t id[static ID_BYTES]);

/* The opened territory, opened (and with `make`, made) if need be. */
struct territory *node_territory(
	struct node *node, const uint8_t *id, bool make);
/* The id of a territory by its number in the store; NULL if not opened. */
const uint8_t *node_territory_id(struct node *node, uint32_t number);

/*
 * Every business territory that this node reads and holds, by path; the
 * numbers are what client/store/query.h takes. *numbers is the caller's.
 */
void node_readable(struct node *node, uint32_t **numbers, uint32_t *count);

/* The same as opened territories; the array is the caller's. */
struct territory **node_business(struct node *node, uint32_t *count);

/*
 * After the directory changed: loads the policy and settles all territories.
 * Inside a transaction.
 */
enum status node_directory_changed(struct node *node);

/*
 * Transactions of a command: node_begin, then node_commit, which says in
 * *problem when the disk refuses, or node_rollback, which also reloads what
 * is in memory.
 */
bool node_begin(struct node *node, struct problem *problem);
bool node_commit(struct node *node, struct problem *problem);
void node_rollback(struct node *node);
/* After the store alone was rolled back: the reloading part of that. */
void node_reload(struct node *node);

/* Seals everything that is pending; opens its own transaction. */
enum status node_seal(struct node *node);
/* The same inside of an open one. */
enum status node_seal_inside(struct node *node);
/* That of one territory. */
enum status node_seal_one(struct node *node, struct territory *territory);

/* ---- writing (edit.c) ---- */

struct edit_operation {
	const struct schema_field *field;
	enum operation_kind kind;
	struct pack_view value; /* nil with OPERATION_PUT clears */
};

struct edit {
	const struct schema_type *type;
	/* The record; for a new one fresh (node_new_id) or derived. */
	uint8_t id[RECORD_ID_MAX];
	size_t id_size;
	bool is_new; /* required fields are asked for; territory is chosen */
	/*
	 * Of a new record: the territory's id, or NULL to choose: that of the
	 * record it refers to, else the device's only grant's, if nothing lies
	 * below it; else EXIT_USAGE lists the choices. A different one than
	 * the referred record's is EXIT_USAGE, but for a `management` one,
	 * which may speak of records anywhere.
	 */
	const uint8_t *territory;
	const struct edit_operation *operations;
	size_t operation_count;
	/* Carried over, or seen before others wrote: usually none (W2). */
	const struct unseen_range *unseen;
	uint32_t unseen_count;
};

struct edit_result {
	uint8_t territory[ID_BYTES];
	bool written;  /* false: it said nothing new */
	bool reopened; /* it was archived; editing opened it again (W6) */
	bool reopened_parent; /* adding a child opened an archived parent */
};

/*
 * Writes edits as one change per territory, inside an open transaction: all or
 * none. EXIT_REFUSED: no grant there, or the rank is too low for a field (the
 * message names it); EXIT_USAGE: a required field is missing, an unknown
 * reference; EXIT_AMBIGUOUS: a write-once field that is set.
 * results[] has one for each edit.
 */
bool node_write(struct node *node, const struct edit *edits, size_t count,
	struct edit_result *results, struct problem *problem);

/*
 * The same for who writes much at once: *placed remembers from one write to the
 * next where the records are that edits refer to. It holds as long as nobody
 * else writes, and what is written archives none of them.
 */
struct placed;
bool node_write_placed(struct node *node, const struct edit *edits,
	size_t count, struct edit_result *results, struct placed *placed,
	struct problem *problem);
/* node_record_territory(), looked up once. */
bool node_place(struct node *node, struct placed *placed, uint32_t type,
	const uint8_t id[static ID_BYTES], uint8_t out[static ID_BYTES]);

/*
 * Whether node_write would take the edit there, before anything is written:
 * what the type requires is there, the grant and its rank suffice. A new
 * record's references, and write-once fields that are set, are not looked at.
 */
bool node_edit_allowed(struct node *node, const struct edit *edit,
	const uint8_t *territory, struct problem *problem);

/*
 * Where a new record goes that refers to none: the territory of the device's
 * only grant, if nothing lies below it; else EXIT_USAGE lists the choices.
 */
bool node_choose_territory(struct node *node, uint8_t out[static ID_BYTES],
	struct problem *problem);

/*
 * The territory that a record stands in on this device; of one that moved,
 * where it moved to. False when it is not here.
 */
bool node_record_territory(struct node *node, uint32_t type, const uint8_t *id,
	size_t id_size, uint8_t out[static ID_BYTES]);

/*
 * Finding and showing: view.h, list.h, history.h, why.h; the inbox: inbox.h.
 */

#endif
