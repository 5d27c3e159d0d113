#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "sync/territory.h"

/*
 * What must hold. The simulation keeps a ledger of its own: every change that
 * anybody wrote, what its author had applied then, and every fact that the hub
 * put in the directory. From it follows, by MERGE R2 to R4, R11, R14 and R16
 * and without the shipped merge, what a node that has applied so much must
 * hold; and who may hold what.
 *
 *     at any moment  a node's live versions are those that the ledger says for
 *                    its applied frontier (so equal frontiers have equal
 *                    digests; nothing forged, nothing lost, nothing beyond a
 *                    cut-off); nobody receives a territory without a grant;
 *                    what was acknowledged is still there after a power cut;
 *                    sessions stay in their bounds
 *     at the end     all hold the same; every acknowledged change is applied
 *                    where it must be, and its operations are in history or
 *                    live; rebuild changes no digest; verify finds nothing
 */
struct world;
struct sim_node;
struct ledger;

struct ledger_operation {
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	uint32_t id_size;
	uint32_t field;
	enum operation_kind kind;
	int64_t time;
	uint8_t *value;
	uint32_t value_size;
};

struct ledger_seen {
	uint32_t log;  /* of the ledger */
	int64_t first; /* of a range; 1 in a context */
	int64_t last;
};

struct ledger_change {
	bool written; /* there is one */
	bool acknowledged;
	bool seen_known; /* the context is what the simulation says */
	struct ledger_operation *operations;
	uint32_t operation_count;
	struct ledger_seen *context;
	uint32_t context_count;
	struct ledger_seen *unseen;
	uint32_t unseen_count;
};

struct ledger_log {
	uint8_t territory[ID_BYTES];
	uint8_t id[LOG_BYTES];
	int author;      /* node */
	int incarnation; /* the copy of its store that wrote it */
	bool branch;     /* a second one; the first is found by its id */
	int rank;
	int64_t cut;       /* the least that the hub recorded */
	int64_t forked_at; /* the first change of which there are two; 0 */
	int64_t broken_at; /* the first that nobody can read; 0 */
	bool forgotten;    /* its author may have dropped the territory */
	struct ledger_change *changes; /* by number, from 1 */
	int64_t last;
	size_t room;
};

/* A fact of the directory, and the hub's change that says it. */
enum fact_kind {
	FACT_GRANT,
	FACT_CUT,
	FACT_END,
	FACT_REVOKED,
	FACT_STOLEN,
	FACT_DRAINED, /* the hub's alone: a device has handed over */
	FACT_ERASED,  /* a record; kept apart, in `erased` of the ledger */
};

struct fact {
	enum fact_kind kind;
	int term; /* whose change it is: that of which hub */
	int64_t seq;
	uint8_t grant[ID_BYTES];
	uint8_t user[ID_BYTES];
	int place; /* of a grant */
	int rank;
	uint8_t territory[ID_BYTES]; /* of a cut */
	uint8_t log[LOG_BYTES];
	int64_t last;
	bool heard; /* an ending that must hold when all is healed */
	/* Of what is erased in `territory`: */
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	uint32_t id_size;
};

struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

struct ledger_log *ledger_log(struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log, bool make);
uint32_t ledger_log_count(const struct ledger *ledger);
struct ledger_log *ledger_log_at(struct ledger *ledger, uint32_t index);

/*
 * A change that a node is about to write: what it has applied, before. Then
 * ledger_wrote() with its number, after territory_write() and before the
 * commit; then ledger_acknowledge() when the commit succeeded.
 */
struct ledger_seen *ledger_context(struct ledger *ledger,
	struct territory *territory, const uint8_t *own_log, uint32_t *count);
bool ledger_wrote(struct world *world, struct sim_node *node,
	struct territory *territory, const uint8_t *log, int64_t seq,
	struct ledger_seen *context, uint32_t context_count,
	const struct write *write);
void ledger_acknowledge(struct ledger_log *log, int64_t seq);
/* A raw change that a hostile device sealed. */
void ledger_add_raw(struct world *world, struct ledger_log *log, int64_t seq,
	const struct change *change);

void ledger_fact(struct ledger *ledger, const struct fact *fact);
/* Whether the facts up to the hub's change `seq` let the user read there. */
bool ledger_may_read(const struct ledger *ledger, const uint8_t *user,
	int place, int64_t seq);
bool ledger_revoked(
	const struct ledger *ledger, const uint8_t *device, int64_t seq);

bool ledger_stolen(const struct ledger *ledger, const uint8_t *device);
/* The node is about to drop the territory: what it wrote there is the hub's. */
void ledger_forgets(struct world *world, const struct sim_node *node,
	const uint8_t *territory);

/*
 * How much of each hub's own log in the directory a node has applied, the terms
 * of office packed side by side; INT64_MAX stands for all that counts.
 */
int64_t directory_applied(struct sim_node *node);
/* Likewise how much it keeps: more, when that hub's term is over. */
int64_t directory_kept(struct sim_node *node);

/* What each territory holds, to see what a frame brought. */
struct holdings {
	uint8_t device[ID_BYTES]; /* whose they are: what it wrote is its own */
	uint8_t territory[16][ID_BYTES];
	int64_t kept[16];
	int count;
};
void check_holdings(struct sim_node *node, struct holdings *holdings);

/* A frame came from `sender` to `node`; `before` is what it held. */
void check_received(struct world *world, struct sim_node *node,
	const struct sim_node *sender, int64_t sender_directory,
	const struct holdings *before);
/* The node's state of a territory against the ledger. */
void check_state(
	struct world *world, struct sim_node *node, struct territory *t);
void check_node(struct world *world, struct sim_node *node);
/* After a restart: what was acknowledged is there. */
void check_kept(struct world *world, struct sim_node *node);
/* The hub is about to end a grant that was told to end, and has drained. */
void check_drained(struct world *world, const uint8_t *grant);
/* After healing: who may not keep a territory has nothing of it. */
void check_forgotten(struct world *world, struct sim_node *node);
/* Two nodes that have applied the same hold the same. */
void check_pair(struct world *world, struct sim_node *a, struct sim_node *b);
/* At the end, after all is healed. */
void check_end(struct world *world);

#endif
