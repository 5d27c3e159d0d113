#ifndef CLIENT_STORE_SETTING_H
#define CLIENT_STORE_SETTING_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"
#include "sync/store.h"

/* Small things of the node's own in `_setting`, outside of every log. */

/*
 * The value into `out`. STATUS_ABSENT, and no size: it was never set, or is
 * over `room`; STATUS_FAILED, likewise: the disk did not give it, so nothing
 * that stands on its absence may be written.
 */
MUST_USE enum status setting_read(struct store *store, const char *name,
	void *out, size_t room, size_t *size);
/* Its size, 0 for either of those: for what only looks. */
size_t setting_get(
	struct store *store, const char *name, void *out, size_t room);
/* In the open transaction, or one of its own. */
MUST_USE enum status setting_set(
	struct store *store, const char *name, const void *value, size_t size);

/*
 * A value that chance makes when it is asked for first, and that stays. Only
 * with STATUS_OK `out` is it.
 */
MUST_USE enum status setting_by_chance(
	struct store *store, const char *name, uint8_t *out, size_t size);

/*
 * A statement on a table of the node's own, which `create` (CREATE TABLE IF
 * NOT EXISTS …) makes when it is missing. The caller finalizes it; NULL: the
 * disk refused.
 */
sqlite3_stmt *setting_prepare(
	struct store *store, const char *create, const char *sql);

/* Copies the bytes in; out of memory shows when it is run. */
void setting_bind(sqlite3_stmt *s, int at, const void *bytes, size_t size);
/* Runs a statement that gives no rows and finalizes it; NULL has failed. */
MUST_USE enum status setting_run(sqlite3_stmt *s);

/* The id of every territory that the store has a number for. */
void setting_territories(struct store *store,
	void (*found)(void *self, const uint8_t *id), void *self);

#endif
