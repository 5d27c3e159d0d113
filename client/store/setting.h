#ifndef CLIENT_STORE_SETTING_H
#define CLIENT_STORE_SETTING_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"
#include "sync/store.h"

/* Small things of the node's own in `_setting`, outside of every log. */

/* The value into `out`; returns its size, 0 when absent or over `room`. */
size_t setting_get(
	struct store *store, const char *name, void *out, size_t room);
/* In the open transaction, or one of its own. */
MUST_USE enum status setting_set(
	struct store *store, const char *name, const void *value, size_t size);

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
