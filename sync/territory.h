#ifndef SYNC_TERRITORY_H
#define SYNC_TERRITORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/message.h"
#include "proto/segment.h"
#include "proto/status.h"
#include "sync/merge.h"
#include "sync/store.h"

/*
 * One territory on this node: its logs, what is kept of them, what of that is
 * applied, and the way from the one to the other (MERGE R1 to R3, R21). Local
 * writes take the same way as those of peers.
 *
 * Calls that write need an open transaction of the store (store->begin). After
 * STATUS_FAILED or a rollback call territory_reload().
 */
struct territory;
struct erasures;

/* What the directory says of logs. Write-once facts, but for cuts. */
enum { RULES_UNKNOWN = -1, RULES_NEVER = -2 };

struct territory_rules {
	void *self;
	/*
	 * RANK_* of the log's grant; RULES_UNKNOWN while its device or grant
	 * is not heard of (it waits, R1), RULES_NEVER for a grant that does
	 * not fit.
	 */
	int (*rank)(void *self, const uint8_t *territory, const uint8_t *log);
	/* The last change that counts (R2); INT64_MAX without a cut. */
	int64_t (*cut)(
		void *self, const uint8_t *territory, const uint8_t *log);
	/*
	 * The name of the segment that ends at the cut; NULL when it is not
	 * told. The function may be NULL: it never is.
	 */
	const uint8_t *(*cut_segment)(
		void *self, const uint8_t *territory, const uint8_t *log);
	/* What is erased; NULL, as its answer: nothing. */
	const struct erasures *(*erasures)(void *self);
};

/* Loads the territory's logs; it is made in the store when it is new. */
MUST_USE enum status territory_open(struct territory **out, struct store *store,
	const struct territory_rules *rules, const uint8_t *id);
void territory_free(struct territory *territory);
/* Forgets memory and loads again, after a rollback. */
MUST_USE enum status territory_reload(struct territory *territory);

/*
 * Own logs that were dropped with the territory, and are here again since the
 * grant was never ended after all: they are not written on before they are as
 * long as they were, or the hub, which is in step, has no more of them. Else
 * their numbers would be given out twice. came_back() says the latter, in the
 * open transaction.
 */
MUST_USE enum status territory_came_back(struct territory *territory);

const uint8_t *territory_id(const struct territory *territory);
uint32_t territory_number(const struct territory *territory);
/* The logs as merging and the views know them, by number. */
const struct merge_logs *territory_logs(struct territory *territory);

/*
 * Keeps a genuine segment of this territory (segment_decode). The verdict:
 * VERDICT_KEPT, _HAD, _GAP, _FORK (another segment stands in its place; it is
 * not kept), _NO_GRANT (rank RULES_NEVER), _QUARANTINED (beyond the cut; kept
 * only when `quarantine`, as at the hub, and never applied). Nothing is
 * applied yet: territory_settle().
 *
 * An erasure that the directory tells of takes the place of the segment that
 * it replaces, or is kept where that would go: VERDICT_KEPT. One that it does
 * not tell of, or not yet, is VERDICT_UNKNOWN; one that says anything that the
 * segment here does not say, VERDICT_FORGED. A segment that is to be replaced
 * and is not here is not taken: VERDICT_NO_GRANT.
 */
MUST_USE enum status territory_keep(struct territory *territory,
	const struct segment *segment, const uint8_t *bytes, bool quarantine,
	enum message_verdict *verdict);

/*
 * The hub may be told of an erasure that nobody has any more, while somebody
 * has one that the directory told of before, of the same segment, and nobody
 * the segment. The hub takes that where it has nothing, hands it to nobody, and
 * replaces it anew (hub_erase_late). Verdicts as above; VERDICT_UNKNOWN when
 * the directory never told of it, as of what a thief made with a hub's key.
 */
MUST_USE enum status territory_keep_earlier(struct territory *territory,
	struct territory *directory, const struct segment *segment,
	const uint8_t *bytes, enum message_verdict *verdict);

/*
 * Applies every kept and pending change that is ready (R3), and projects the
 * territory again when a cut fell below what was applied (R2). Called after
 * segments were kept and after the directory changed. *applied counts changes;
 * may be NULL.
 */
MUST_USE enum status territory_settle(
	struct territory *territory, uint64_t *applied);

/*
 * Whether something here is still to be replaced by an erasure (erasures.h):
 * of this log, or with NULL of any. It is told as if it and what follows it
 * were not here, so that whoever has the erasure hands it over.
 */
bool territory_owes_erasure(struct territory *territory, const uint8_t *log);
/* Whether the log is kept here as far as that change. */
bool territory_keeps(
	struct territory *territory, const uint8_t *log, int64_t seq);
/*
 * Whoever has handed all that lies beyond cut-offs to the hub forgets there
 * what is to be replaced, and what follows: nobody hands it back. Inside of a
 * transaction; *dropped tells whether there was any.
 */
MUST_USE enum status territory_drop_late(
	struct territory *territory, bool *dropped);
/*
 * Every kept segment, log by log, in order; with `from` those of a log that
 * reach the change which it says, or go beyond. What `found` is given is good
 * during the call; another status than STATUS_OK stops it.
 */
typedef int64_t territory_from_cb(void *self, const uint8_t *log);
typedef enum status territory_segment_cb(
	void *self, const struct segment *segment);
MUST_USE enum status territory_segments(struct territory *territory,
	territory_from_cb *from, territory_segment_cb *found, void *self);

/* Throws the projected tables away and projects again. */
MUST_USE enum status territory_rebuild(struct territory *territory);
/*
 * The store threw away what was projected of every territory at once, in this
 * transaction: territory_settle() projects this one again.
 */
void territory_emptied(struct territory *territory);

/* An operation that a person or a program wants written. */
struct write_operation {
	uint32_t type;
	const uint8_t *id;
	size_t id_size;
	uint32_t field;
	enum operation_kind kind;
	struct pack_view value;
	int64_t time; /* carried-over work keeps its time (R20); else -1 */
};

struct write {
	const uint8_t *log; /* own log: LOG_BYTES */
	int64_t at;
	int32_t offset;
	struct write_operation *operations; /* sorted here, so not const */
	size_t operation_count;
	/*
	 * What the person had not seen (R7), in log numbers of this territory;
	 * usually none. territory_unseen_since() makes it.
	 */
	const struct unseen_range *unseen;
	uint32_t unseen_count;
	const uint8_t *origin_log; /* R20, or NULL */
	int64_t origin_seq;
	const uint8_t *ordered_by; /* a user's id, or NULL */
	/* The latest time that the hub told this node, ms; 0: it is not said.
	 */
	int64_t told_ms;
	/*
	 * The log has ended, and this is for the hub to decide on: it is
	 * written beyond the cut, whatever its rank, and nothing of it is
	 * applied here.
	 */
	bool late;
};

/*
 * Writes as an honest author does (MERGE W1, W3 to W5, R8): context is what is
 * applied, times exceed what is overwritten, what says nothing new is left
 * out. The change is applied and pending. *seq is its number, 0 when nothing
 * was left to write. What is carried over (origin_log) is also taken by a log
 * of which not all is applied here, and is applied behind that.
 *
 * STATUS_REFUSED: an operation below its writer rank (R16), or an init on a
 * write-once register that is set (W5): *refused is its index in the sorted
 * list and nothing is written. The same with *refused = operation_count when
 * the log itself may not be written: no grant, a cut, or changes of its own
 * that are not applied here.
 * STATUS_MALFORMED: it makes a change over CHANGE_SIZE_MAX; write less at once.
 * Two operations on one register are a bug in the caller.
 */
MUST_USE enum status territory_write(struct territory *territory,
	struct write *write, int64_t *seq, size_t *refused);

/*
 * Whether territory_write() takes anything for this log now, as an honest
 * author's or as late. False, too, when the disk refuses to say.
 */
bool territory_may_write(
	struct territory *territory, const uint8_t *log, bool late);

/*
 * What was applied since a frontier (log number -> seq) that a person was
 * shown: ranges for write.unseen (W2). *ranges is the caller's: free().
 */
void territory_unseen_since(struct territory *territory,
	const int64_t *frontier, uint32_t frontier_count,
	struct unseen_range **ranges, uint32_t *count);

/* The applied frontier by log number; *frontier is the caller's: free(). */
void territory_applied(
	struct territory *territory, int64_t **frontier, uint32_t *count);

/*
 * What the next change of an own log has in its context (W1), by log number:
 * the applied frontier, and what changes of the log had seen that are not
 * applied here. *context is the caller's: free(), also of STATUS_FAILED.
 */
MUST_USE enum status territory_context(struct territory *territory,
	const uint8_t *log, int64_t **context, uint32_t *count);

/* Seals what is pending of an own log into segments; *segments counts them. */
MUST_USE enum status territory_seal(struct territory *territory,
	const uint8_t *log, const uint8_t *company, const uint8_t *secret,
	uint32_t *segments);
/* How many own changes wait to be sealed, over all logs. */
uint64_t territory_pending(struct territory *territory);

/*
 * The kept frontier, ascending by log, for compare and pull (R21). A log that
 * is kept up to its cut or beyond stands as (log, cut, zero name), so that
 * nodes which hold different amounts beyond it are equal; but one whose
 * segment there is not the one that the cut names, and so is on another
 * branch, as (log, cut, the name of its own). *list points into
 * *territory and is good until the next call that writes.
 */
void territory_frontier(struct territory *territory,
	const struct frontier_entry **list, uint32_t *count);
/* DIGEST_BYTES over that frontier and the territory's id. */
void territory_compare_digest(struct territory *territory, uint8_t *out);

/*
 * The same without regard to cuts: how far each log is kept here. For those
 * who hand over what lies beyond, and the hub that takes it.
 */
void territory_kept(struct territory *territory,
	const struct frontier_entry **list, uint32_t *count);

/*
 * The next kept segment that somebody with the frontier `theirs` (ascending
 * by log) lacks, in an order in which it can be kept; up to the cut. Start
 * with a zeroed walk. STATUS_ABSENT when there is none. The bytes are good
 * until the next call. A log where they stand at another name than we is left
 * out and counted in walk->forks.
 */
struct territory_walk {
	uint32_t log; /* position among the logs, ascending */
	int64_t seq;  /* last change handed out of it */
	uint32_t forks;
	/*
	 * Set by who shuts a log out and still hands its end to the hub: also
	 * what lies beyond a cut (DESIGN 6).
	 */
	bool beyond;
};

MUST_USE enum status territory_lacking(struct territory *territory,
	const struct frontier_entry *theirs, uint32_t theirs_count,
	struct territory_walk *walk, struct pack_view *segment);
/*
 * False when they stand in the log of `theirs` where our own branch of it has
 * something else; `beyond` looks past its cut as well. Reads one segment at
 * most.
 */
bool territory_goes_on(struct territory *territory,
	const struct frontier_entry *theirs, bool beyond);
/*
 * Whether what is kept of the log, beyond its cut as well, goes through their
 * change of that name, and not past it on another branch. Reads one segment.
 */
bool territory_passes(
	struct territory *territory, const struct frontier_entry *theirs);
/*
 * The name of the kept segment that ends with `seq`; false when none does.
 */
bool territory_segment_name(struct territory *territory, const uint8_t *log,
	int64_t seq, uint8_t name[static SEGMENT_NAME_SIZE]);
/* How many changes somebody with that frontier lacks. */
uint64_t territory_lacking_changes(struct territory *territory,
	const struct frontier_entry *theirs, uint32_t theirs_count);

/* 32 bytes over the live versions (R21): equal for equal applied frontiers. */
MUST_USE enum status territory_digest(
	struct territory *territory, uint8_t *out);

/* A log whose kept changes are not all applied, and why. */
struct territory_wait {
	const uint8_t *log; /* LOG_BYTES */
	int64_t applied;
	int64_t kept;  /* within its cut */
	bool no_grant; /* its device or grant is not heard of */
	/*
	 * Else: the change that is missing. The log's own next one when that
	 * cannot be read: territory_verify() tells more.
	 */
	const uint8_t *needs_log;
	int64_t needs_seq;
};

typedef void territory_wait_cb(void *self, const struct territory_wait *wait);
MUST_USE enum status territory_waiting(
	struct territory *territory, territory_wait_cb *found, void *self);
/* Changes kept beyond a cut. */
typedef void territory_late_cb(
	void *self, const uint8_t *log, int64_t first, int64_t last);
MUST_USE enum status territory_late(
	struct territory *territory, territory_late_cb *found, void *self);

/*
 * Loads a record, sorts its registers and works out what is shown of it, its
 * conflicts included. shown->arena is the record's.
 */
MUST_USE enum status territory_record(struct territory *territory,
	uint32_t type, const uint8_t *id, size_t id_size, struct record *record,
	struct shown *shown);

/*
 * Calls `found` with change `seq` of log `number`, from its segment or from
 * pending. STATUS_ABSENT: not here. The views are good during the call. Reads
 * the log from its start, since contexts are sent as differences.
 */
typedef enum status territory_change_cb(
	void *self, const struct change *change, const struct knowledge *knew);
MUST_USE enum status territory_change(struct territory *territory,
	uint32_t number, int64_t seq, territory_change_cb *found, void *self);

/*
 * Calls `found` with every change of log `number` that is applied, in order,
 * each with what its author knew. The views are good during the call; another
 * status than STATUS_OK stops it.
 */
typedef enum status territory_changes_cb(void *self, int64_t seq,
	const struct change *change, const struct knowledge *knew);
MUST_USE enum status territory_changes(struct territory *territory,
	uint32_t number, territory_changes_cb *found, void *self);

/*
 * The history of a record: every operation on it that was ever applied, oldest
 * first (by time, log, seq), superseded or not, and whether it counted (a rank
 * too low, or a write-once field that was set, does not). `found` may stop it
 * with another status than STATUS_OK.
 */
struct history_entry {
	struct dot dot;
	int64_t at;
	int32_t offset;
	struct operation operation;
	bool live;
	bool counted;
	const struct knowledge *knew; /* what its author knew */
	const uint8_t *origin_log;    /* carried over from there, or NULL */
	int64_t origin_seq;
	const uint8_t *ordered_by;
};

typedef enum status territory_history_cb(
	void *self, const struct history_entry *entry);
MUST_USE enum status territory_history(struct territory *territory,
	uint32_t type, const uint8_t *id, size_t id_size,
	territory_history_cb *found, void *self);

/*
 * Operations that do not count because their writer's rank is too low (R16),
 * over everything kept and applied: for `verify`.
 */
typedef void territory_verify_cb(void *self, const char *problem_en,
	const char *problem_zh, const uint8_t *log, int64_t seq,
	const struct operation *operation);

/*
 * Reads every kept segment again: signature, chain, gaps, decoding, ranks.
 * Calls `found` for each problem; `key` finds device keys.
 */
MUST_USE enum status territory_verify(struct territory *territory,
	const uint8_t *company, segment_key_cb *key, void *key_self,
	territory_verify_cb *found, void *self);

#endif
