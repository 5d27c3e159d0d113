#ifndef TESTS_SIM_LEDGER_H
#define TESTS_SIM_LEDGER_H

#include "sync/carry.h"
#include "sync/store.h"
#include "tests/sim/check.h"

/*
 * Hubs follow each other: a hub's facts are the changes of its own log in the
 * directory, which counts up to `end` once the company has said so.
 */
enum { TERMS_MAX = 3, TERM_BITS = 21 };

struct term {
	uint8_t device[ID_BYTES];
	int64_t end; /* INT64_MAX: in office */
};

/* What ledger.c and check.c share. */
struct ledger {
	struct term terms[TERMS_MAX];
	int term_count;
	struct ledger_log **logs;
	uint32_t log_count;
	struct fact *facts;
	uint32_t fact_count;
	struct fact *erased;
	uint32_t erased_count;
};

/* The log's place in the ledger; UINT32_MAX when nobody wrote it. */
uint32_t ledger_index(const struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log);
/*
 * The log into which this copy of a store writes change `seq`: where two copies
 * write the same number, the second one's branch is a log of its own here, and
 * the first one forks there. ledger_written() is the one that it wrote.
 */
struct ledger_log *ledger_branch(struct ledger *ledger,
	const uint8_t *territory, const uint8_t *log,
	const struct sim_node *node, int64_t seq);
struct ledger_log *ledger_written(struct ledger *ledger,
	const uint8_t *territory, const uint8_t *log,
	const struct sim_node *node);
/* Forgets what is behind `last`: it was not acknowledged and is lost. */
void ledger_truncate(struct ledger_log *log, int64_t last);
void ledger_begin_term(struct ledger *ledger, const uint8_t *device);
int ledger_term(const struct ledger *ledger, const uint8_t *device);
/* Whether a fact counts for whoever knows so much of the directory. */
bool ledger_knows(
	const struct ledger *ledger, const struct fact *fact, int64_t known);
/* Facts of that hub's change `seq` and later ones, which never came to be. */
void ledger_forget_facts(struct ledger *ledger, int term, int64_t seq);
/* The last change of the log that counts by the facts up to `seq`. */
int64_t ledger_cut(const struct ledger *ledger, const uint8_t *territory,
	const uint8_t *log, int64_t seq);
/*
 * A late change of `origin` was carried over as change `seq`: it covers what
 * the original covered, and earlier ones of those, carried over likewise, and
 * nothing else of `context` (MERGE R20).
 */
void ledger_carried(struct world *world, const struct sim_node *node,
	struct territory *territory, const struct carry *carry, int64_t seq,
	struct ledger_seen *context, uint32_t context_count,
	const struct ledger_log *origin);
/*
 * Whether the record is erased for whoever knows so much of the directory; with
 * LEDGER_EVER, whether any hub ever had it erased.
 */
enum { LEDGER_EVER = -1 };
void ledger_erase(struct ledger *ledger, const struct fact *fact);
bool ledger_erased(const struct ledger *ledger, const uint8_t *territory,
	uint32_t type, const uint8_t *id, uint32_t id_size, int64_t known);
bool ledger_grant_ended(
	const struct ledger *ledger, const uint8_t *grant, int64_t seq);
/* Catches the bytes of each change that the store is told to keep. */
void ledger_watch(struct store *store);
void ledger_forget_caught(void);

#endif
