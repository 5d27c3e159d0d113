#include "client/exchange/import_memory.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

enum { CELL_SIZE = 4 + IMPORT_HASH_SIZE };

void
import_memory_clear(struct import_memory *memory)
{
	free(memory->list);
	*memory = (struct import_memory){0};
}

void
import_hash(uint8_t out[static IMPORT_HASH_SIZE], struct pack_view value)
{
	(void)crypto_generichash(out, IMPORT_HASH_SIZE, value.bytes, value.size,
		NULL, 0); /* fails for sizes that it does not have only */
}

static int
remembered_compare(const struct import_remembered *r, uint32_t field,
	const uint8_t hash[static IMPORT_HASH_SIZE])
{
	if (r->field != field)
		return r->field < field ? -1 : 1;
	return memcmp(r->hash, hash, IMPORT_HASH_SIZE);
}

/* Where it is, or would stand. A record has few of them. */
static size_t
place_of(const struct import_memory *memory, uint32_t field,
	const uint8_t hash[static IMPORT_HASH_SIZE])
{
	size_t at = 0;

	while (at < memory->count &&
		remembered_compare(&memory->list[at], field, hash) < 0)
		at++;
	return at;
}

const uint8_t *
import_memory_of(const struct import_memory *memory, uint32_t field)
{
	static const uint8_t least[IMPORT_HASH_SIZE] = {0};
	size_t at = place_of(memory, field, least);

	return at < memory->count && memory->list[at].field == field
		? memory->list[at].hash
		: NULL;
}

bool
import_memory_has(const struct import_memory *memory, uint32_t field,
	const uint8_t hash[static IMPORT_HASH_SIZE])
{
	size_t at = place_of(memory, field, hash);

	return at < memory->count &&
		remembered_compare(&memory->list[at], field, hash) == 0;
}

static void
forget(struct import_memory *memory, uint32_t field)
{
	size_t kept = 0;

	for (size_t i = 0; i < memory->count; i++)
		if (memory->list[i].field != field)
			memory->list[kept++] = memory->list[i];
	memory->count = kept;
}

static void
make_room(struct import_memory *memory, size_t count)
{
	if (count <= memory->room)
		return;
	memory->room = count * 2;
	memory->list =
		alloc_again(memory->list, memory->room * sizeof *memory->list);
}

void
import_memory_put(struct import_memory *memory, uint32_t field,
	const uint8_t hash[static IMPORT_HASH_SIZE], bool only)
{
	struct import_remembered new = {.field = field};
	size_t at;

	memcpy(new.hash, hash, IMPORT_HASH_SIZE);
	if (only)
		forget(memory, field);
	if (import_memory_has(memory, field, new.hash))
		return;
	make_room(memory, memory->count + 1);
	at = place_of(memory, field, new.hash);
	memmove(memory->list + at + 1, memory->list + at,
		(memory->count - at) * sizeof *memory->list);
	memory->list[at] = new;
	memory->count++;
}

/* ---- the table ---- */

static const char create[] = "CREATE TABLE IF NOT EXISTS _import("
			     "territory INTEGER NOT NULL, id BLOB NOT NULL, "
			     "cells BLOB NOT NULL, "
			     "PRIMARY KEY(territory, id)) WITHOUT ROWID";

bool
import_table_open(struct import_table *table, struct node *node)
{
	static const char load[] =
		"SELECT cells FROM _import WHERE territory = ?1 AND id = ?2";
	static const char save[] =
		"INSERT INTO _import(territory, id, cells) VALUES(?1, ?2, ?3) "
		"ON CONFLICT(territory, id) DO UPDATE SET "
		"cells = excluded.cells";
	sqlite3 *db = store_sqlite_handle(node->store);

	return sqlite3_exec(db, create, NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(db, load, -1, &table->load, NULL) ==
		SQLITE_OK &&
		sqlite3_prepare_v2(db, save, -1, &table->save, NULL) ==
		SQLITE_OK;
}

void
import_table_close(struct import_table *table)
{
	(void)sqlite3_finalize(table->load); /* repeats an earlier error */
	(void)sqlite3_finalize(table->save);
	*table = (struct import_table){0};
}

static bool
bind_record(sqlite3_stmt *statement, uint32_t territory, const uint8_t *id)
{
	return sqlite3_bind_int64(statement, 1, territory) == SQLITE_OK &&
		sqlite3_bind_blob(statement, 2, id, ID_BYTES, SQLITE_STATIC) ==
		SQLITE_OK;
}

/* A row that is not whole is as good as none. */
static void
read_cells(struct import_memory *memory, const uint8_t *bytes, size_t size)
{
	if (!bytes || size % CELL_SIZE)
		return;
	make_room(memory, size / CELL_SIZE);
	for (size_t at = 0; at < size; at += CELL_SIZE) {
		const uint8_t *b = bytes + at;
		struct import_remembered *r = &memory->list[memory->count++];

		r->field = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
			(uint32_t)b[2] << 8 | b[3];
		memcpy(r->hash, b + 4, IMPORT_HASH_SIZE);
	}
}

bool
import_table_load(struct import_table *table, uint32_t territory,
	const uint8_t *id, struct import_memory *memory)
{
	bool bound = bind_record(table->load, territory, id);
	int code = bound ? sqlite3_step(table->load) : SQLITE_ERROR;

	memory->count = 0;
	if (code == SQLITE_ROW)
		read_cells(memory, sqlite3_column_blob(table->load, 0),
			(size_t)sqlite3_column_bytes(table->load, 0));
	(void)sqlite3_reset(table->load); /* repeats the error */
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool
import_table_save(struct import_table *table, uint32_t territory,
	const uint8_t *id, const struct import_memory *memory)
{
	size_t size = memory->count * CELL_SIZE;
	uint8_t *bytes = alloc(size);
	bool saved;

	for (size_t i = 0; i < memory->count; i++) {
		const struct import_remembered *r = &memory->list[i];
		uint8_t *b = bytes + i * CELL_SIZE;

		for (int shift = 24; shift >= 0; shift -= 8)
			*b++ = (uint8_t)(r->field >> shift);
		memcpy(b, r->hash, IMPORT_HASH_SIZE);
	}
	assert(size <= INT32_MAX); /* a file is smaller */
	saved = bind_record(table->save, territory, id) &&
		sqlite3_bind_blob(table->save, 3, bytes, (int)size,
			SQLITE_STATIC) == SQLITE_OK &&
		sqlite3_step(table->save) == SQLITE_DONE;
	(void)sqlite3_reset(table->save);          /* repeats the error */
	(void)sqlite3_clear_bindings(table->save); /* they go now */
	free(bytes);
	return saved;
}
