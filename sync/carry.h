#ifndef SYNC_CARRY_H
#define SYNC_CARRY_H

#include "sync/territory.h"

/*
 * Changes beyond a log's cut-off: reading them where they are kept, and
 * carrying them over into a log that counts (MERGE R20).
 */

/*
 * Calls `found` with changes `first` to `last` of a log, in order, cut or not.
 * Ends early, with STATUS_OK, where one is missing or cannot be read, and with
 * the status of `found` when that is another.
 */
typedef enum status carry_read_cb(
	void *self, int64_t seq, const struct change *change);
MUST_USE enum status carry_read(struct territory *territory, const uint8_t *log,
	int64_t first, int64_t last, carry_read_cb *found, void *self);

/* A change that was carried over before: which, and as what. */
struct carried {
	uint8_t origin_log[LOG_BYTES];
	int64_t origin_seq;
	uint8_t log[LOG_BYTES];
	int64_t seq;
};

struct carry {
	const uint8_t *log; /* own log that it goes into: LOG_BYTES */
	int64_t at;
	int32_t offset;
	const uint8_t *origin_log;
	int64_t origin_seq;
	/*
	 * The changes of the origin from behind its cut up to this one, in
	 * order, which is the last: contexts are sent as differences.
	 */
	const struct pack_view *changes;
	size_t change_count;
	/* Those whose origin the author had seen count as seen. */
	const struct carried *carried;
	size_t carried_count;
};

/*
 * Writes the operations of a late change again, with their times and naming
 * their origin. It covers what the original covers and no more: whatever else
 * is applied here goes to its unseen. Operations that the original's own rank
 * does not allow are left out, and counted in *left_out: whoever carries over
 * lends them no rank. Inside an open transaction.
 *
 * *seq is the number of the change, 0 when no operation was left. STATUS_AGAIN:
 * the origin is not applied here up to its cut-off, or not cut at all: sync
 * first. STATUS_MALFORMED: `changes` are not what they are said to be, or it
 * makes a change that is too large. STATUS_REFUSED: as territory_write().
 */
MUST_USE enum status territory_carry(struct territory *territory,
	const struct carry *carry, int64_t *seq, uint32_t *left_out);

#endif
