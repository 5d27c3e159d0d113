#include "client/store/setting.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/store_sqlite.h"

enum status
setting_read(struct store *store, const char *name, void *out, size_t room,
	size_t *size)
{
	uint8_t *value = NULL;
	enum status status =
		store_sqlite_setting_get(store, name, &value, size);

	if (status == STATUS_OK && *size > room)
		status = STATUS_ABSENT;
	if (status != STATUS_OK)
		*size = 0;
	if (*size)
		memcpy(out, value, *size);
	free(value);
	return status;
}

size_t
setting_get(struct store *store, const char *name, void *out, size_t room)
{
	size_t size = 0;
	/* Whoever has to know why there is none asks for it. */
	enum status status = setting_read(store, name, out, room, &size);

	(void)status;
	return size;
}

enum status
setting_set(
	struct store *store, const char *name, const void *value, size_t size)
{
	return store_sqlite_setting_set(store, name, value, size);
}

enum status
setting_by_chance(
	struct store *store, const char *name, uint8_t *out, size_t size)
{
	size_t had;
	enum status status = setting_read(store, name, out, size, &had);

	if (status == STATUS_FAILED || had == size)
		return status;
	randombytes_buf(out, size);
	return setting_set(store, name, out, size);
}

sqlite3_stmt *
setting_prepare(struct store *store, const char *create, const char *sql)
{
	sqlite3 *db = store_sqlite_handle(store);
	sqlite3_stmt *statement = NULL;

	if (sqlite3_exec(db, create, NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return NULL;
	return statement;
}

void
setting_bind(sqlite3_stmt *s, int at, const void *bytes, size_t size)
{
	(void)sqlite3_bind_blob(s, at, bytes, (int)size, SQLITE_TRANSIENT);
}

enum status
setting_run(sqlite3_stmt *s)
{
	enum status status =
		s && sqlite3_step(s) == SQLITE_DONE ? STATUS_OK : STATUS_FAILED;

	(void)sqlite3_finalize(s); /* the step said it already */
	return status;
}

void
setting_territories(struct store *store,
	void (*found)(void *self, const uint8_t *id), void *self)
{
	uint8_t *ids = NULL;
	size_t count = 0, room = 0;
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(store_sqlite_handle(store),
		    "SELECT id FROM _territory ORDER BY number", -1, &s,
		    NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (sqlite3_column_bytes(s, 0) != ID_BYTES)
			continue;
		if (count == room) {
			room = room ? room * 2 : 64;
			ids = alloc_again(ids, room * ID_BYTES);
		}
		memcpy(ids + count++ * ID_BYTES, sqlite3_column_blob(s, 0),
			ID_BYTES);
	}
	(void)sqlite3_finalize(s); /* only read */
	/* After the statement, since `found` may well write. */
	for (size_t i = 0; i < count; i++)
		found(self, ids + i * ID_BYTES);
	free(ids);
}
