#ifndef SYNC_RECORD_H
#define SYNC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/pack.h"
#include "proto/schema.h"
#include "sync/alloc.h"

/*
 * A record in memory, as merging sees it: its registers and their live
 * versions (MERGE 1). One is loaded from the store, operations are applied to
 * it (sync/merge.h), and it is saved: one row read and one row written.
 *
 * Everything that a record points to lies in its arena.
 */

/* What the author of a change knew, in a territory's own log numbers. */
struct knowledge {
	const int64_t *seen; /* log number -> seq, own log included */
	uint32_t seen_count; /* logs beyond that: 0 */
	/* Ascending by (log, first), not overlapping. */
	const struct unseen_range *unseen;
	uint32_t unseen_count;
};

struct unseen_range {
	uint32_t log;
	int64_t first;
	int64_t last;
};

/* MERGE R4: whether the author knew (log, seq). */
bool knowledge_covers(
	const struct knowledge *knowledge, uint32_t log, int64_t seq);

struct version {
	uint32_t log; /* number of its log in the territory */
	int64_t seq;
	int64_t time;
	struct pack_view value; /* KIND_SET: the register's element */
	/*
	 * Of marks that are true, what their author knew (R12, R18, R19), kept
	 * with the row; NULL elsewhere.
	 */
	const struct knowledge *knowledge;
};

/*
 * A write that counted on a KIND_ONCE register, superseded or not (R11). What
 * is applied later is never covered by what was applied before, so it is
 * enough to know which earlier entries this one covers.
 */
struct past_write {
	uint32_t log;
	int64_t seq;
	struct pack_view value;
	const uint32_t *covered; /* indexes of earlier entries, ascending */
	uint32_t covered_count;
};

struct reg {
	uint32_t field;
	enum schema_kind kind; /* of the operations: part of its name (R17) */
	struct pack_view element; /* KIND_SET: the element; else empty */
	struct version *versions; /* live ones, in no special order */
	uint32_t version_count;
	uint32_t version_room;
	/* KIND_ONCE, kept only once the register has had two writes. */
	struct past_write *past;
	uint32_t past_count;
	uint32_t past_room;
};

struct record {
	uint32_t type;
	uint8_t id[RECORD_ID_MAX];
	uint32_t id_size; /* ID_BYTES or RECORD_ID_MAX */
	/* Ascending by (field, kind, element); one may have no live version. */
	struct reg *regs;
	uint32_t reg_count;
	uint32_t reg_room;
	bool stored; /* the store has a row of it: set by the store's load */
	struct arena arena;
};

/* An empty record; keeps the arena's memory of an earlier one. */
void record_reset(struct record *record, uint32_t type, const uint8_t *id,
	size_t id_size);
void record_clear(struct record *record);

/* The register, or NULL; `element` only for KIND_SET. */
struct reg *record_find(const struct record *record, uint32_t field,
	enum schema_kind kind, struct pack_view element);
/* The register, made empty and in its place if need be. */
struct reg *record_reg(struct record *record, uint32_t field,
	enum schema_kind kind, struct pack_view element);

/*
 * Copies the value (and knowledge) into the record's arena; of a set, the
 * value becomes the register's element whatever it was.
 */
struct version *reg_add(
	struct record *record, struct reg *reg, const struct version *version);

/* Whether any register has a live version: a record exists by that (R13). */
bool record_exists(const struct record *record);

#endif
