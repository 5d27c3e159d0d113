#include "tests/rest/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/database.h"

enum { BLOB_MAX = 12000, TEXT_SIZE = 40 };

static const char *const modes[TRIAL_MODES] = {
	"wal", "delete", "truncate", "persist"};
static const char *const results[TRIAL_RESULTS] = {
	"good", "unopenable", "damaged", "lost"};

const char *
trial_mode_name(enum trial_mode mode)
{
	return modes[mode];
}

const char *
trial_result_name(enum trial_result result)
{
	return results[result];
}

void
trial_init(struct trial *trial, enum trial_mode mode, uint64_t seed)
{
	memset(trial, 0, sizeof *trial);
	trial->mode = mode;
	trial->disk = disk_new();
	random_init(&trial->random, seed, 1);
	random_bytes(&trial->random, trial->key, sizeof trial->key);
}

void
trial_clear(struct trial *trial)
{
	trial_close(trial);
	disk_free(trial->disk);
	trial->disk = NULL;
}

static bool
run(struct trial *trial, const char *sql)
{
	return sqlite3_exec(trial->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool
set_mode(struct trial *trial)
{
	char sql[200];

	/* Exclusive, DELETE and TRUNCATE would be PERSIST. */
	(void)snprintf(sql, sizeof sql,
		"PRAGMA locking_mode = %s; PRAGMA journal_mode = %s;"
		"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
		"PRAGMA cache_size = 12; PRAGMA wal_autocheckpoint = 0;",
		trial->mode == TRIAL_DELETE || trial->mode == TRIAL_TRUNCATE
			? "NORMAL"
			: "EXCLUSIVE",
		modes[trial->mode]);
	return run(trial, sql);
}

bool
trial_open(struct trial *trial)
{
	char path[32];

	(void)snprintf(path, sizeof path, "%sstore.db", disk_path(trial->disk));
	if (database_open(&trial->db, path, trial->plain ? NULL : trial->key) ==
			SQLITE_OK &&
		set_mode(trial))
		return true;
	return false;
}

void
trial_close(struct trial *trial)
{
	database_close(trial->db);
	trial->db = NULL;
}

/* ---- rows ---- */

/* What a row holds, from its number. */
static void
grow(uint32_t seed, char text[static TEXT_SIZE], uint8_t *blob, int *size)
{
	struct random random;

	random_init(&random, seed, 2);
	(void)snprintf(text, TEXT_SIZE, "text %08x of row %u", seed,
		random_below(&random, 1000));
	*size = (int)random_below(
		&random, random_once_in(&random, 10) ? BLOB_MAX : 500);
	random_bytes(&random, blob, (size_t)*size);
}

static bool
put_row(struct trial *trial, struct trial_rows *rows, uint32_t id)
{
	static uint8_t blob[BLOB_MAX];
	char text[TEXT_SIZE];
	sqlite3_stmt *put = NULL;
	uint32_t seed = 1 + random_below(&trial->random, UINT32_MAX - 1);
	int size, code;

	grow(seed, text, blob, &size);
	if (sqlite3_prepare_v2(trial->db,
		    "INSERT OR REPLACE INTO t VALUES (?1, ?2, ?3, ?4)", -1,
		    &put, NULL) != SQLITE_OK)
		return false;
	(void)sqlite3_bind_int64(put, 1, id); /* a wrong bind shows later */
	(void)sqlite3_bind_int64(put, 2, seed);
	(void)sqlite3_bind_text(put, 3, text, -1, SQLITE_STATIC);
	(void)sqlite3_bind_blob(put, 4, blob, size, SQLITE_STATIC);
	code = sqlite3_step(put);
	(void)sqlite3_finalize(put); /* repeats an error */
	rows->seeds[id] = seed;
	return code == SQLITE_DONE;
}

static bool
drop_row(struct trial *trial, struct trial_rows *rows, uint32_t id)
{
	char sql[60];

	(void)snprintf(sql, sizeof sql, "DELETE FROM t WHERE id = %u", id);
	rows->seeds[id] = 0;
	return run(trial, sql);
}

static bool
change_rows(struct trial *trial, struct trial_rows *rows, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = random_below(&trial->random, TRIAL_ROWS);

		if (random_once_in(&trial->random, 4)
				? !drop_row(trial, rows, id)
				: !put_row(trial, rows, id))
			return false;
	}
	return true;
}

/*
 * A part of a transaction that is undone, for statement journals. Not in a WAL:
 * SQLite 3.40.1, Debian's, loses what is committed after that when the
 * transaction was too large for its cache (frames written before the undoing
 * make it leave the checksum of one written after it for later, and later
 * never comes). The program has no savepoint, and tools/check-layers sees to
 * it.
 */
static bool
change_and_undo(struct trial *trial, const struct trial_rows *rows)
{
	struct trial_rows undone = *rows;

	return run(trial, "SAVEPOINT s") && change_rows(trial, &undone, 5) &&
		run(trial, "ROLLBACK TO s; RELEASE s");
}

/* ---- steps ---- */

static bool
commit(struct trial *trial, const struct trial_rows *rows)
{
	trial->asked = *rows;
	trial->in_flight = true;
	if (!run(trial, "COMMIT"))
		return false;
	trial->kept = *rows;
	trial->in_flight = false;
	return true;
}

static bool
make_tables(struct trial *trial)
{
	struct trial_rows rows = trial->kept;

	rows.made = 1;
	return run(trial,
		       "BEGIN; CREATE TABLE t (id INTEGER PRIMARY KEY,"
		       " seed INTEGER, a TEXT, b BLOB);"
		       "CREATE INDEX ta ON t (a);") &&
		commit(trial, &rows);
}

static bool
transact(struct trial *trial)
{
	struct trial_rows rows = trial->kept;
	uint32_t count = 1 + random_below(&trial->random, 25);

	if (!run(trial, "BEGIN") || !change_rows(trial, &rows, count))
		return false;
	if (trial->mode != TRIAL_WAL && random_once_in(&trial->random, 5) &&
		!change_and_undo(trial, &rows))
		return false;
	if (random_once_in(&trial->random, 10))
		return run(trial, "ROLLBACK");
	return commit(trial, &rows);
}

static bool
checkpoint(struct trial *trial)
{
	int mode = random_once_in(&trial->random, 4)
		? SQLITE_CHECKPOINT_TRUNCATE
		: SQLITE_CHECKPOINT_PASSIVE;

	return database_checkpoint(trial->db, mode) == SQLITE_OK;
}

bool
trial_step(struct trial *trial)
{
	if (!trial->kept.made)
		return make_tables(trial);
	if (random_once_in(&trial->random, 40))
		return run(trial, "VACUUM");
	if (trial->mode == TRIAL_WAL && random_once_in(&trial->random, 6))
		return checkpoint(trial);
	return transact(trial);
}

/* ---- what is there ---- */

static bool
integrity(struct trial *trial)
{
	sqlite3_stmt *ask = NULL;
	bool good = sqlite3_prepare_v2(trial->db, "PRAGMA integrity_check", -1,
			    &ask, NULL) == SQLITE_OK &&
		sqlite3_step(ask) == SQLITE_ROW &&
		strcmp((const char *)sqlite3_column_text(ask, 0), "ok") == 0;

	(void)sqlite3_finalize(ask); /* repeats an error */
	return good;
}

static bool
is_as_grown(sqlite3_stmt *ask, uint32_t seed)
{
	static uint8_t blob[BLOB_MAX];
	char text[TEXT_SIZE];
	int size;

	grow(seed, text, blob, &size);
	return strcmp((const char *)sqlite3_column_text(ask, 2), text) == 0 &&
		sqlite3_column_bytes(ask, 3) == size &&
		(size == 0 ||
			memcmp(sqlite3_column_blob(ask, 3), blob,
				(size_t)size) == 0);
}

/* False when it cannot be read, or a row is not what it was written as. */
static bool
read_rows(struct trial *trial, struct trial_rows *rows)
{
	sqlite3_stmt *ask = NULL;
	int code;

	memset(rows, 0, sizeof *rows);
	code = sqlite3_prepare_v2(
		trial->db, "SELECT id, seed, a, b FROM t", -1, &ask, NULL);
	if (code == SQLITE_ERROR)
		return true; /* no such table */
	rows->made = 1;
	while (code == SQLITE_OK && (code = sqlite3_step(ask)) == SQLITE_ROW) {
		sqlite3_int64 id = sqlite3_column_int64(ask, 0);
		uint32_t seed = (uint32_t)sqlite3_column_int64(ask, 1);

		code = id >= 0 && id < TRIAL_ROWS && is_as_grown(ask, seed)
			? SQLITE_OK
			: SQLITE_CORRUPT;
		if (code == SQLITE_OK)
			rows->seeds[id] = seed;
	}
	(void)sqlite3_finalize(ask); /* repeats an error */
	return code == SQLITE_DONE;
}

static bool
same(const struct trial_rows *a, const struct trial_rows *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

enum trial_result
trial_check(struct trial *trial)
{
	struct trial_rows rows;
	enum trial_result result = TRIAL_GOOD;

	if (!run(trial, "SELECT count(*) FROM sqlite_schema"))
		return TRIAL_UNOPENABLE;
	if (!integrity(trial) || !read_rows(trial, &rows))
		return TRIAL_DAMAGED;
	if (!same(&rows, &trial->kept) &&
		(!trial->in_flight || !same(&rows, &trial->asked)))
		result = TRIAL_LOST;
	trial->kept = rows;
	trial->in_flight = false;
	return result;
}
