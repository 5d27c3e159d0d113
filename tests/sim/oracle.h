#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/pack.h"
#include "proto/schema.h"

/*
 * What merging must come to, told a second time: a slow and plain function of
 * a *set* of changes, written from MERGE 1 and 2 alone. It shares no code with
 * sync/ and keeps no state from one view to the next, so it knows no order of
 * delivery. Whoever doubts a merge gives the oracle the same changes, cuts and
 * grants, and compares.
 *
 *     oracle_grant, oracle_cut, oracle_change    in any order, any number
 *     oracle_view                                all that follows from them
 *
 * What a view is made of, in steps:
 *
 *     1. Which changes are applied: R1 (a log without a grant waits, one whose
 *        grant does not fit never counts), R2 (the least cut), R3 (ready).
 *     2. Their operations, gathered by register (MERGE 1: type, id, field,
 *        kind, and the element of a set).
 *     3. Which of them count: R16 (rank of the writer), R11 (write-once).
 *     4. Which versions are live: R4, R14, with R7 in what `covers` means.
 *     5. Their order, best first: R5, R6.
 *     6. Marks and the inbox: R10, R12, R18, R19.
 *
 * Where the text leaves room, this is how it is read here:
 *
 *     R3   A log whose grant never fits applies nothing, so whoever claims to
 *          have seen a change of it waits until a cut clamps the claim.
 *     R5   Of marks, `false` stands above any other value, which matters only
 *          where somebody wrote one that is no boolean. Unknown fields,
 *          registers of another kind than the schema's and elements of sets
 *          are in the order of `latest`; inits always in their own.
 *     R10  Only registers that the schema declares, as the kind that it
 *          declares, are in the inbox: others wait for an upgrade.
 *     R11  "Earlier firsts" are inits that count.
 *     R12  "A record not itself archived": archived when its own children are
 *          left aside, since parents may form a circle. Where a register shows
 *          the parent, each live version with that value is a reference.
 *     R18  The greater id's row is that of type account, marks left aside.
 *     R19  Unseen edits are those of the record itself, marks left aside. Two
 *          movers have an entry although they wrote one value (R9): it stands
 *          apart, as `two_movers`.
 */
struct oracle;

/* Everything handed in is copied; the schema must outlive the oracle. */
struct oracle *oracle_new(const struct schema *schema);
void oracle_free(struct oracle *oracle);
/* Back to no changes, cuts and grants. */
void oracle_reset(struct oracle *oracle);

/* `id` is a log's. R1: its rank, RANK_*; or that its grant does not fit.
 * Write-once. */
enum { ORACLE_NEVER = -1 };
void oracle_grant(
	struct oracle *oracle, const uint8_t id[static LOG_BYTES], int rank);

/* R2: the last change of a log that counts. The least ever recorded holds. */
void oracle_cut(struct oracle *oracle, const uint8_t id[static LOG_BYTES],
	int64_t last);

/*
 * A change. `seen` is the whole context (not the difference that travels), in
 * any order, without the own log; `at` is missing, since no rule of merging
 * reads it: times stand in the operations.
 */
struct oracle_change {
	const uint8_t *log; /* LOG_BYTES */
	int64_t seq;
	const struct seen_entry *seen;
	size_t seen_count;
	const struct unseen_entry *unseen;
	size_t unseen_count;
	const struct operation *operations; /* one a register at most */
	size_t operation_count;
};

/* The same dot again is ignored: of a fork, whoever calls picks the branch. */
void oracle_change(struct oracle *oracle, const struct oracle_change *change);

/* What became of a change in the last view (R1 to R3). */
enum oracle_state {
	ORACLE_ABSENT,   /* never handed in */
	ORACLE_NO_GRANT, /* waits for directory facts */
	ORACLE_UNFIT,    /* its grant does not fit: never counts */
	ORACLE_BEYOND,   /* beyond the cut: does not count */
	ORACLE_WAITS,    /* for its context or the log's previous change */
	ORACLE_APPLIED,
};

struct oracle_log {
	uint8_t id[LOG_BYTES];
	int rank;        /* RANK_*, ORACLE_NEVER; else ORACLE_UNGRANTED */
	int64_t cut;     /* INT64_MAX without one */
	int64_t applied; /* the log's changes up to here are applied */
};
enum { ORACLE_UNGRANTED = -2 };

struct oracle_version {
	const uint8_t *log;
	int64_t seq;
	int64_t time;
	struct pack_view value; /* of a set: the element */
};

/* Only registers with a live version are in a view. */
struct oracle_register {
	uint32_t field;
	enum schema_kind kind;
	struct pack_view element;              /* KIND_SET */
	const struct oracle_version *versions; /* best first: [0] is shown */
	size_t version_count;
};

/* A live version that a mark has not seen. */
struct oracle_unseen {
	const uint8_t *log;
	int64_t seq;
	uint32_t type;
	const uint8_t *id;
	size_t id_size;
	uint32_t field;
};

/*
 * An entry of the inbox, one a register, with every reason for it: a mark may
 * have siblings and have left something unseen.
 */
struct oracle_entry {
	uint32_t field;
	enum schema_kind kind;
	bool siblings;   /* R10: two different values are live */
	bool undecided;  /* R10: and a person must pick */
	bool mark;       /* R12: open against a live `true`; R18, R19: unseen */
	bool two_movers; /* R19 */
	const struct oracle_unseen *unseen; /* by log, seq, type, id, field */
	size_t unseen_count;
};

/* Only records with a live version are in a view (R13). */
struct oracle_record {
	uint32_t type;
	const uint8_t *id;
	size_t id_size;
	const struct oracle_register *registers; /* by field, kind, element */
	size_t register_count;
	bool archived, moved, joined;     /* as shown */
	const struct oracle_entry *inbox; /* by field, kind */
	size_t inbox_count;
};

struct oracle_view {
	const struct oracle_log *logs; /* ascending */
	size_t log_count;
	const struct oracle_record *records; /* by type, id */
	size_t record_count;
};

/* Good until the next call on the oracle other than those below. */
const struct oracle_view *oracle_view(struct oracle *oracle);

const struct oracle_record *oracle_record(const struct oracle_view *view,
	uint32_t type, const uint8_t *id, size_t id_size);
enum oracle_state oracle_state(const struct oracle *oracle,
	const uint8_t id[static LOG_BYTES], int64_t seq);

/*
 * No silent loss. Of each value that an applied change ever wrote and that
 * counted (R11, R16), `live` is asked whether it is live where it should be.
 * What is not must have been superseded: written over by a counted operation
 * of an applied change whose author knew it. Calls `lost` (may be NULL) for
 * each value that is neither, and says how many there are.
 */
typedef bool oracle_live_cb(void *self, const uint8_t *log, int64_t seq,
	const struct operation *operation);
typedef void oracle_lost_cb(void *self, const uint8_t *log, int64_t seq,
	const struct operation *operation);
size_t oracle_lost(struct oracle *oracle, oracle_live_cb *live,
	oracle_lost_cb *lost, void *self);

#endif
