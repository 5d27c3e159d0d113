#ifndef SYNC_MERGE_H
#define SYNC_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/schema.h"
#include "sync/record.h"

/*
 * The merge, MERGE R4 to R20, on one record and without a store: which
 * versions are live follows from the operations alone, which is shown and
 * what is in the inbox follows from those and the schema.
 */

/* A log as merging knows it: an index into a territory's list of them. */
struct merge_log {
	uint8_t id[LOG_BYTES];
	int rank; /* RANK_* of its grant */
};

struct merge_logs {
	const struct merge_log *list;
	uint32_t count;
};

/* The change that an operation belongs to. */
struct merge_change {
	uint32_t log;
	int64_t seq;
	int rank;
	struct knowledge knowledge; /* own log: seq - 1 */
};

/*
 * Applies one operation (R4, R11, R14, R16). False: it does not count, since
 * its writer's rank is too low (R16) or the write-once register was set (R11).
 */
bool merge_operation(struct record *record, const struct merge_change *change,
	const struct operation *operation);

/*
 * Puts a register's versions in the order of R5, best first, so that
 * versions[0] is what is shown. `type` is NULL for an unknown type; unknown
 * fields and those whose declared kind is another order as `latest`.
 */
void merge_sort(const struct schema_type *type, uint32_t type_number,
	const struct merge_logs *logs, struct reg *reg);
/* The same for all registers of a record. */
void merge_sort_record(const struct schema *schema,
	const struct merge_logs *logs, struct record *record);

/* A dot. */
struct dot {
	uint32_t log;
	int64_t seq;
};

enum conflict_why { CONFLICT_SIBLINGS, CONFLICT_MARK };

enum { CONFLICT_ID_BYTES = 16 };

/* An entry of the inbox (R10, R12, R18, R19). */
struct conflict {
	uint8_t id[CONFLICT_ID_BYTES]; /* of record, field, sorted live dots */
	enum conflict_why why;
	bool undecided; /* an `ask` field waits for a person */
	uint32_t field;
	/* Marks: versions that no live `true` covers, by (log bytes, seq). */
	struct unseen_version *unseen;
	uint32_t unseen_count;
};

struct unseen_version {
	struct dot dot;
	uint32_t type; /* of the record that it belongs to: this or a child */
	uint8_t id[RECORD_ID_MAX];
	uint32_t id_size;
	uint32_t field;
};

/*
 * A live version of another record that bears on this one's marks: a child's
 * reference to it that is shown, the child not closed alone (R12); for an
 * alias, every live version of the row of the greater id (R18).
 */
struct outside_version {
	struct dot dot;
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	uint32_t id_size;
	uint32_t field;
};

struct shown {
	bool archived; /* R12 */
	bool moved;
	bool joined;
	struct conflict *conflicts; /* ascending by field; in `arena` */
	uint32_t conflict_count;
	struct arena *arena;
};

/*
 * Fills in *shown for a record whose registers are sorted (merge_sort). The
 * caller gathers `outside`; it is needed only when a mark is live and true:
 * ask merge_wants_outside().
 */
void merge_show(struct shown *shown, const struct schema *schema,
	const struct merge_logs *logs, const struct record *record,
	const struct outside_version *outside, uint32_t outside_count);

bool merge_wants_outside(const struct record *record);

/*
 * Whether the record, its registers sorted, is archived when its children are
 * left aside: then its references weigh nothing with its parents.
 */
bool merge_closed_alone(const struct record *record);

/*
 * For a sorted record that is not closed alone: each live version, in a field
 * that declares `parent` and shows `parent_id`, whose value is parent_id. Calls
 * `found` for each.
 */
typedef void merge_found_cb(void *self, const struct outside_version *version);
void merge_parent_versions(const struct schema *schema,
	const struct record *record, uint32_t parent_type,
	const uint8_t *parent_id, merge_found_cb *found, void *self);

/*
 * Each live version of the record but those of its marks: what an alias must
 * have seen of the greater id's row (R18).
 */
void merge_row_versions(
	const struct record *record, merge_found_cb *found, void *self);

/* Calls `found` for each parent that the sorted record shows. */
typedef void merge_parent_cb(
	void *self, uint32_t parent_type, const uint8_t *parent_id);
void merge_parents(const struct schema *schema, const struct record *record,
	merge_parent_cb *found, void *self);

/*
 * Adds the record's part of a state digest (R21): its live versions sorted by
 * register, each as dot, time and value; log ids, not numbers.
 */
struct merge_digest;
struct merge_digest *merge_digest_new(void);
void merge_digest_add(struct merge_digest *digest,
	const struct merge_logs *logs, const struct record *record);
/* 32 bytes; frees it. */
void merge_digest_end(struct merge_digest *digest, uint8_t *out);

#endif
