#ifndef CLIENT_NODE_CARRY_H
#define CLIENT_NODE_CARRY_H

#include "client/node/node.h"

/*
 * Carrying over (MERGE R20): changes of a log that does not count any more, or
 * not that far, are written again under another log of this node. The same
 * operations with their old times, the origin named, and covering no more than
 * their author had seen: what came in meanwhile is named as unseen.
 */
struct carry;

/*
 * Takes the changes of a log beyond number `after`, up to number `last`, kept
 * or pending, out into memory; nothing is written. NULL when there are none, or
 * (*status is STATUS_FAILED) the disk refused. carry_free() takes NULL.
 */
struct carry *carry_take(struct territory *territory, const uint8_t *log,
	int64_t after, int64_t last, enum status *status);
void carry_free(struct carry *carry);

/*
 * They are to be written beyond the end of a log that has ended, for the hub to
 * decide on (struct write: late).
 */
void carry_late(struct carry *carry);

/*
 * Writes them under `log`, an own one of the same territory, in the open
 * transaction. *written counts the changes; operations that may not be written
 * there are left out. STATUS_OK or STATUS_FAILED.
 */
enum status carry_write(struct territory *territory, struct carry *carry,
	const uint8_t *log, uint32_t *written);

/*
 * Takes what waits to be sealed out of a log of this store, by its number,
 * where others go on in its place; in the open transaction.
 */
enum status carry_drop_pending(
	struct territory *territory, struct store *store, uint32_t number);

/*
 * Of changes that were written at `from_ms` or later, by their author's clock,
 * leaves only the operations that are to be kept.
 */
void carry_narrow(struct carry *carry, int64_t from_ms,
	bool (*keep)(void *self, const struct write_operation *operation),
	void *self);

/* Each operation that was taken, of changes written at `from_ms` or later. */
typedef void carry_operation_cb(
	void *self, const struct write_operation *operation);
void carry_operations(const struct carry *carry, int64_t from_ms,
	carry_operation_cb *found, void *self);

/*
 * Whether each operation of the changes beyond number `after` may be written
 * by that rank.
 */
bool carry_fits(const struct carry *carry, int64_t after, int rank);

/* How many changes were taken. */
uint32_t carry_count(const struct carry *carry);

#endif
