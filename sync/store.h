#ifndef SYNC_STORE_H
#define SYNC_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/segment.h"
#include "proto/status.h"
#include "sync/merge.h"
#include "sync/record.h"

/*
 * All that replication asks of storage. client/store answers with SQLite.
 *
 * A territory and its logs go by small numbers that the store gives out once
 * and keeps: territories from 1, a territory's logs from 0 without gaps.
 *
 * Unless it says otherwise a call ends in STATUS_OK or STATUS_FAILED (the disk
 * or the database refused: the transaction must be rolled back).
 */

struct store_log {
	uint8_t id[LOG_BYTES];
	int64_t kept; /* last change in a kept segment; 0 before the first */
	uint8_t kept_name[SEGMENT_NAME_SIZE]; /* of that segment, zero before */
	int64_t applied; /* last change that counts in the tables */
	/* The author's context at its last applied change: numbers -> seq. */
	int64_t *context;
	uint32_t context_count;
};

struct store {
	void *self;
	const struct schema *schema;

	/*
	 * One writer. commit(): STATUS_OK means that everything since begin()
	 * survives a power cut. rollback() undoes it all; the caller then
	 * forgets what it holds in memory and loads again.
	 */
	enum status (*begin)(void *self);
	enum status (*commit)(void *self);
	void (*rollback)(void *self);

	/* The territory's number; made when it is new. */
	enum status (*territory)(
		void *self, const uint8_t *id, uint32_t *number);
	/*
	 * Its logs by number. *logs and each context belong to the caller:
	 * free() them.
	 */
	enum status (*logs)(void *self, uint32_t territory,
		struct store_log **logs, uint32_t *count);
	/* Writes the log with this number, new or not. */
	enum status (*log_save)(void *self, uint32_t territory, uint32_t number,
		const struct store_log *log);

	/* Keeps the bytes of a segment; what is kept stays unchanged. */
	enum status (*segment_append)(void *self, uint32_t territory,
		uint32_t log, const struct segment *segment,
		const uint8_t *bytes);
	/*
	 * The segment of the log that holds change `seq`, or STATUS_ABSENT.
	 * The bytes are the store's, good until the next call on it.
	 */
	enum status (*segment_read)(void *self, uint32_t territory,
		uint32_t log, int64_t seq, struct pack_view *bytes);

	/*
	 * Erasing: other bytes for a kept segment, with the same first and
	 * count; and forgetting those of a log from change `from` on, which is
	 * the first of one.
	 */
	enum status (*segment_replace)(void *self, uint32_t territory,
		uint32_t log, const struct segment *segment,
		const uint8_t *bytes);
	enum status (*segment_cut)(
		void *self, uint32_t territory, uint32_t log, int64_t from);
	/*
	 * What this transaction takes away may not stay anywhere on the disk:
	 * the store is to be cleaned after it (client/store/store_sqlite.h).
	 */
	enum status (*scrub)(void *self);

	/* Own changes that are not sealed yet, one a row (proto/change.h). */
	enum status (*pending_append)(void *self, uint32_t territory,
		uint32_t log, int64_t seq, struct pack_view change);
	/* STATUS_ABSENT when it is not pending. Good until the next call. */
	enum status (*pending_read)(void *self, uint32_t territory,
		uint32_t log, int64_t seq, struct pack_view *change);
	/* Forgets those up to `seq`: a segment holds them now. */
	enum status (*pending_drop)(
		void *self, uint32_t territory, uint32_t log, int64_t seq);

	/*
	 * Loads a record (record_reset first); one that was never saved has
	 * no registers. Unknown types and fields come back as they were saved.
	 */
	enum status (*record_load)(void *self, uint32_t territory,
		uint32_t type, const uint8_t *id, size_t id_size,
		struct record *record);
	/*
	 * Saves it: registers sorted (merge_sort), so that versions[0] is the
	 * shown one. Writes the row, set tables, marks as shown, and replaces
	 * the record's entries in the inbox by those of *shown. A record
	 * without live versions and past loses its row.
	 */
	enum status (*record_save)(void *self, uint32_t territory,
		const struct record *record, const struct shown *shown);
	/*
	 * Remembers that this change wrote an already stored record, for its
	 * history; called before record_save, with the dots of the versions
	 * that were live before.
	 */
	enum status (*history_add)(void *self, uint32_t territory,
		const struct record *record, const struct dot *dots,
		uint32_t count);
	/*
	 * Every dot that history_add() was given for the record, without
	 * doubles, by (log, seq). *dots is the caller's: free().
	 */
	enum status (*history)(void *self, uint32_t territory, uint32_t type,
		const uint8_t *id, size_t id_size, struct dot **dots,
		uint32_t *count);

	/*
	 * Calls `found` with the id of every record that has, in a field
	 * which declares `parent`, this record as its shown value. `found`
	 * must not write.
	 */
	enum status (*children)(void *self, uint32_t territory,
		uint32_t parent_type, const uint8_t *parent_id,
		void (*found)(void *found_self, uint32_t type,
			const uint8_t *id, size_t id_size),
		void *found_self);
	/* The same for the alias records whose greater id is this. */
	enum status (*aliases)(void *self, uint32_t territory,
		const uint8_t *greater_id,
		void (*found)(void *found_self, uint32_t type,
			const uint8_t *id, size_t id_size),
		void *found_self);
	/*
	 * Every record of the territory, ascending by (type, id); the record
	 * is the store's and good during the call. `found` must not ask for
	 * records() itself, nor write.
	 */
	enum status (*records)(void *self, uint32_t territory,
		enum status (*found)(void *found_self, struct record *record),
		void *found_self);
	/* Those of one type: what is not of it costs nothing. */
	enum status (*records_of)(void *self, uint32_t territory, uint32_t type,
		enum status (*found)(void *found_self, struct record *record),
		void *found_self);

	/*
	 * Empties what was projected (rows, sets, inbox, history), sets every
	 * log's `applied` to 0 and its context to nothing, and keeps segments
	 * and pending: the territory is projected again.
	 */
	enum status (*territory_clear)(void *self, uint32_t territory);
	/*
	 * Forgets everything of the territory: what was projected, segments,
	 * pending, logs, and whatever else the store remembers by its number,
	 * which may be given out again. Its bytes may lie on the disk until the
	 * store has been cleaned (client/store/store_sqlite.h). How far the
	 * logs of `device` were is remembered by the territory's id.
	 */
	enum status (*territory_drop)(
		void *self, uint32_t territory, const uint8_t *device);
	/*
	 * How far a log was when its territory was dropped; 0: it was not, or
	 * is back. Of any log, or in any territory, where that is NULL.
	 */
	enum status (*log_left)(void *self, const uint8_t *territory,
		const uint8_t *log, int64_t *last);
	/* The territory's are. */
	enum status (*logs_back)(void *self, const uint8_t *territory);
};

#endif
