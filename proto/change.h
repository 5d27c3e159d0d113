#ifndef PROTO_CHANGE_H
#define PROTO_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/id.h"
#include "proto/pack.h"
#include "proto/status.h"

/*
 * A change is what one device committed at once: operations on records of one
 * territory, and what its author knew when writing (MERGE 1). Its log and
 * number come from the segment (or the pending row) that holds it, so the
 * same bytes serve both.
 *
 *     [at, offset, seen, unseen, about, record…]          one msgpack array
 *
 *     at      the author's clock, ms since 1970 UTC, to CHANGE_TIME_MAX
 *     offset  of the author's zone, minutes east of UTC
 *     seen    [log, seq, …] the context, as the difference to that of the
 *             log's previous change (nothing before the first): only logs of
 *             which more is known now, ascending; never the own log
 *     unseen  [log, first, last, …] MERGE R7; ascending, not overlapping
 *     about   a map: 1 [log, seq] the change that this one carries over (R20),
 *             2 the id of the user on whose order the hub wrote it, 3 the
 *             latest time, ms to CHANGE_TIME_MAX, that the hub had told its
 *             author. Other keys are a newer program's and left alone
 *     record  [type, id, (key, [time,] value)…]
 *
 * A log is 32 bytes: its device's id, then its grant's. A record's id is 16
 * bytes, of type alias 32: two ids, the smaller first. A key is number * 4 +
 * kind (enum operation_kind) of a field; when the operation's time is not
 * `at`, the key is written as -key - 1 and the time, less `at`, stands between
 * key and value. Times are 0 to CHANGE_TIME_MAX, too. Types and fields are
 * numbered 1 to SCHEMA_NUMBER_MAX, changes 1 to CHANGE_SEQ_MAX; a value has at
 * most SCHEMA_VALUE_MAX bytes.
 *
 * Records ascend by (type, id) and have one operation at least; operations in
 * a record ascend by (field, register kind, and the element for sets), so that
 * no register comes twice: a second operation on one register makes a change
 * malformed (MERGE 1). There may be no records: what a change knew counts even
 * then.
 */

enum {
	ID_BYTES = ID_SIZE,
	LOG_BYTES = 32,     /* device id, grant id */
	RECORD_ID_MAX = 32, /* of type alias; others have ID_BYTES */
	CHANGE_SIZE_MAX = 1 << 19,
	CHANGE_SEEN_MAX = 4096, /* logs in one context difference */
	CHANGE_UNSEEN_MAX = 4096,
	CHANGE_OFFSET_MAX = 1080, /* minutes */
};

#define CHANGE_TIME_MAX (((int64_t)1 << 53) - 1)
#define CHANGE_SEQ_MAX CHANGE_TIME_MAX

enum operation_kind {
	OPERATION_PUT = 0,
	OPERATION_INIT = 1,
	OPERATION_ADD = 2,
	OPERATION_DEL = 3,
};

struct operation {
	uint32_t type;
	const uint8_t *id;
	size_t id_size; /* ID_BYTES or RECORD_ID_MAX */
	uint32_t field;
	enum operation_kind kind;
	int64_t time;           /* ms; equal to the change's `at` by default */
	struct pack_view value; /* canonical; nil clears a put field */
};

/* A view into bytes that somebody else keeps alive. */
struct change {
	int64_t at;
	int32_t offset;
	struct pack_view seen;
	struct pack_view unseen;
	const uint8_t *origin_log; /* LOG_BYTES, or NULL */
	int64_t origin_seq;
	const uint8_t *ordered_by; /* ID_BYTES, or NULL */
	int64_t told_ms;           /* by the hub; 0: it does not say */
	struct pack_view records;  /* what change_operations() walks */
	uint32_t record_count;
	struct pack_view whole;
};

/*
 * Reads the change at the start of `unpack` and goes past it, and checks all
 * of it: form, limits, order. What is written in *change by STATUS_OK can be
 * walked without further errors. STATUS_MALFORMED otherwise, and the cursor is
 * spent.
 */
MUST_USE enum status change_decode(
	struct change *change, struct unpack *unpack);

/*
 * The same of `size` bytes that change_encode() has just written, without what
 * it checked when it wrote them: no record is looked at, and a walk finds none.
 */
void change_head(struct change *change, const uint8_t *bytes, size_t size);

/* Walks `seen`: false at the end. Start with a zeroed cursor. */
struct change_cursor {
	struct unpack unpack;
	uint32_t left;
	bool started;
};

bool change_next_seen(const struct change *change, struct change_cursor *cursor,
	const uint8_t **log, int64_t *seq);
bool change_next_unseen(const struct change *change,
	struct change_cursor *cursor, const uint8_t **log, int64_t *first,
	int64_t *last);

/* Walks all operations, record by record. Start with a zeroed walk. */
struct change_walk {
	struct unpack records;
	uint32_t records_left;
	uint32_t items_left; /* msgpack items left in this record */
	bool started;
	struct operation now;
};

bool change_next_operation(const struct change *change,
	struct change_walk *walk, struct operation *operation);

struct seen_entry {
	const uint8_t *log; /* LOG_BYTES */
	int64_t seq;
};

struct unseen_entry {
	const uint8_t *log; /* LOG_BYTES */
	int64_t first;
	int64_t last;
};

/* What change_encode() writes. Everything belongs to the caller. */
struct change_draft {
	int64_t at;
	int32_t offset;
	const struct seen_entry *seen; /* ascending by log */
	size_t seen_count;
	const struct unseen_entry *unseen; /* ascending by (log, first) */
	size_t unseen_count;
	const uint8_t *origin_log;
	int64_t origin_seq;
	const uint8_t *ordered_by;
	int64_t told_ms;
	const struct operation *operations; /* in order: operation_compare() */
	size_t operation_count;
};

/* The order of operations in a change: -1, 0 (one register), 1. */
int operation_compare(const struct operation *a, const struct operation *b);

/*
 * Writes the draft to `pack`. Disorder is a bug in the caller (asserted).
 * pack->overflow tells that it did not fit: into the room, or into
 * CHANGE_SIZE_MAX, CHANGE_SEEN_MAX or CHANGE_UNSEEN_MAX.
 */
void change_encode(struct pack *pack, const struct change_draft *draft);

#endif
