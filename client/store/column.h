#ifndef CLIENT_STORE_COLUMN_H
#define CLIENT_STORE_COLUMN_H

#include <sqlite3.h>
#include <stdbool.h>

#include "client/store/table.h"
#include "proto/pack.h"
#include "proto/status.h"
#include "sync/alloc.h"

/*
 * A value between its canonical bytes and the columns of its field. A value
 * stands in the columns only when it can be made again from them, bit for bit;
 * one that a peer sent in another form does not, nor does nil.
 */

/* Whether the columns of the slot can hold the value. */
bool column_fits(const struct slot *slot, struct pack_view value);

/*
 * Binds the value to parameters `at`, at + 1, … of the statement, NULL to all
 * where it does not fit or is empty. The value must outlive the step. Returns
 * whether it fits.
 */
bool column_bind(sqlite3_stmt *statement, int at, const struct slot *slot,
	struct pack_view value);

/*
 * Makes the value that stands in result columns `at`, … in the arena.
 * STATUS_ABSENT when all are NULL; STATUS_FAILED for what column_bind() never
 * writes.
 */
MUST_USE enum status column_read(sqlite3_stmt *statement, int at,
	const struct slot *slot, struct arena *arena, struct pack_view *value);

/* A scalar's columns in SQL: INTEGER, TEXT or BLOB. */
const char *column_affinity(const struct column *column);

#endif
