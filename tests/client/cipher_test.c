/* client/store/database, cipher_vfs: an encrypted database on real files. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/store/database.h"

static const uint8_t key[DATABASE_KEY_SIZE] = {1};
static const uint8_t other[DATABASE_KEY_SIZE] = {2};
static char folder[] = "/tmp/roadbook_test_XXXXXX";
static char path[64], copy[64];

static const char *const endings[] = {"", "-wal", "-journal", "-shm"};
enum { ENDINGS = 4 };

static int
make_folder(void **state)
{
	(void)state;
	if (sodium_init() < 0 || !mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof path, "%s/a.db", folder);
	(void)snprintf(copy, sizeof copy, "%s/b.db", folder);
	return 0;
}

static int
drop_files(void **state)
{
	char name[80];

	(void)state;
	for (int i = 0; i < ENDINGS; i++) {
		(void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
		(void)unlink(name); /* most are not there */
		(void)snprintf(name, sizeof name, "%s%s", copy, endings[i]);
		(void)unlink(name);
	}
	return 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static sqlite3 *
opened(const char *name, const uint8_t *with)
{
	sqlite3 *db = NULL;

	assert_int_equal(database_open(&db, name, with), SQLITE_OK);
	return db;
}

static int
run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void
assert_run(sqlite3 *db, const char *sql)
{
	assert_int_equal(run(db, sql), SQLITE_OK);
}

static void
assert_says(sqlite3 *db, const char *sql, const char *expected)
{
	sqlite3_stmt *ask = NULL;

	assert_int_equal(
		sqlite3_prepare_v2(db, sql, -1, &ask, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(ask), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(ask, 0), expected);
	assert_int_equal(sqlite3_finalize(ask), SQLITE_OK);
}

/* A database in WAL mode, with a row. */
static sqlite3 *
made(void)
{
	sqlite3 *db = opened(path, key);

	assert_run(db,
		"PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
		"CREATE TABLE t (x); INSERT INTO t VALUES ('planted secret')");
	return db;
}

static void
copy_file(const char *from, const char *to)
{
	uint8_t bytes[8192];
	FILE *in = fopen(from, "rb"), *out;
	size_t n;

	if (!in)
		return;
	out = fopen(to, "wb");
	assert_non_null(out);
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(fclose(out), 0);
}

/* As a program that was killed leaves it: with its WAL. */
static void
copy_files(void)
{
	char from[80], to[80];

	for (int i = 0; i < ENDINGS; i++) {
		(void)snprintf(from, sizeof from, "%s%s", path, endings[i]);
		(void)snprintf(to, sizeof to, "%s%s", copy, endings[i]);
		copy_file(from, to);
	}
}

static bool
holds(const char *name, const char *text)
{
	static uint8_t bytes[1 << 22];
	FILE *file = fopen(name, "rb");
	size_t size;

	if (!file)
		return false;
	size = fread(bytes, 1, sizeof bytes, file);
	assert_int_equal(fclose(file), 0);
	return memmem(bytes, size, text, strlen(text)) != NULL;
}

static void
is_read_again_with_its_key(void **state)
{
	sqlite3 *db = made();

	(void)state;
	database_close(db);
	db = opened(path, key);
	assert_says(db, "SELECT x FROM t", "planted secret");
	assert_says(db, "PRAGMA integrity_check", "ok");
	assert_says(db, "PRAGMA journal_mode", "wal");
	database_close(db);
}

static void
shows_nothing_in_any_of_its_files_and_makes_no_shm(void **state)
{
	sqlite3 *db = made();
	char name[80];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < ENDINGS; i++) {
			(void)snprintf(
				name, sizeof name, "%s%s", path, endings[i]);
			assert_false(holds(name, "planted secret"));
			assert_false(holds(name, "SQLite format"));
			assert_false(holds(name, "CREATE TABLE"));
		}
		assert_int_not_equal(access(name, F_OK), 0); /* -shm */
		assert_int_equal(
			database_checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE),
			SQLITE_OK);
	}
	database_close(db);
}

static void
is_refused_with_another_key_and_loses_nothing_by_it(void **state)
{
	sqlite3 *db = made(), *wrong = NULL;

	(void)state;
	copy_files(); /* its one row is in the WAL alone */
	database_close(db);
	assert_int_equal(database_open(&wrong, copy, other), SQLITE_NOTADB);
	database_close(wrong);
	db = opened(copy, key);
	assert_says(db, "SELECT x FROM t", "planted secret");
	database_close(db);
}

static void
is_refused_when_it_is_plain_although_there_is_a_key(void **state)
{
	sqlite3 *db = opened(path, NULL), *wrong = NULL;

	(void)state;
	assert_run(db, "CREATE TABLE t (x)");
	database_close(db);
	assert_int_equal(database_open(&wrong, path, key), SQLITE_NOTADB);
	database_close(wrong);
	db = opened(path, NULL);
	assert_says(db, "SELECT name FROM sqlite_schema", "t");
	database_close(db);
}

static void
is_no_database_without_its_key(void **state)
{
	sqlite3 *db = made();

	(void)state;
	database_close(db);
	db = opened(path, NULL);
	assert_int_equal(run(db, "SELECT * FROM t"), SQLITE_NOTADB);
	database_close(db);
}

static void
belongs_to_one_process_at_a_time(void **state)
{
	sqlite3 *db = made(), *second = NULL;

	(void)state;
	if (database_open(&second, path, key) == SQLITE_OK)
		assert_int_equal(
			run(second, "SELECT * FROM t") & 0xff, SQLITE_BUSY);
	database_close(second);
	database_close(db);
}

static void
goes_from_wal_to_database_as_it_is(void **state)
{
	sqlite3 *db = made();
	char wal[80];
	static uint8_t bytes[1 << 20], page[4096];
	FILE *file;
	size_t size;

	(void)state;
	copy_files();
	assert_int_equal(
		database_checkpoint(db, SQLITE_CHECKPOINT_PASSIVE), SQLITE_OK);
	(void)snprintf(wal, sizeof wal, "%s-wal", copy);
	file = fopen(wal, "rb");
	assert_non_null(file);
	size = fread(bytes, 1, sizeof bytes, file);
	assert_int_equal(fclose(file), 0);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
	assert_int_equal(fread(page, 1, sizeof page, file), sizeof page);
	assert_int_equal(fclose(file), 0);
	/* Page 2 is in the WAL, byte for byte. */
	assert_non_null(memmem(bytes, size, page, sizeof page));
	assert_says(db, "PRAGMA integrity_check", "ok");
	database_close(db);
	db = opened(path, key);
	assert_says(db, "SELECT x FROM t", "planted secret");
	database_close(db);
}

static void
makes_no_temporary_file(void **state)
{
	sqlite3 *db = made();

	(void)state;
	assert_run(db,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
		"n WHERE i < 20000) INSERT INTO t SELECT hex(randomblob(100)) "
		"FROM n");
	assert_run(db, "CREATE TEMP TABLE u AS SELECT x FROM t ORDER BY x");
	assert_run(db,
		"DROP TABLE u; PRAGMA temp_store = FILE;"
		"PRAGMA cache_size = 10; PRAGMA cache_spill = ON");
	assert_int_equal(run(db,
				 "CREATE TEMP TABLE u AS SELECT x FROM t "
				 "ORDER BY x") &
			0xff,
		SQLITE_CANTOPEN);
	database_close(db);
}

static void
keeps_its_page_size(void **state)
{
	sqlite3 *db = opened(path, key);

	(void)state;
	assert_int_equal(run(db, "PRAGMA page_size = 8192"), SQLITE_ERROR);
	assert_run(db, "PRAGMA page_size = 4096");
	assert_run(db, "PRAGMA mmap_size = 1000000; CREATE TABLE t (x)");
	assert_says(db, "PRAGMA page_size", "4096");
	database_close(db);
}

static void
is_vacuumed_and_written_into_another_file_under_its_key(void **state)
{
	sqlite3 *db = made();
	char sql[120];

	(void)state;
	assert_run(db, "VACUUM");
	(void)snprintf(sql, sizeof sql, "VACUUM INTO '%s'", copy);
	assert_run(db, sql);
	database_close(db);
	assert_false(holds(copy, "planted secret"));
	db = opened(copy, key);
	assert_says(db, "SELECT x FROM t", "planted secret");
	database_close(db);
}

static void
does_not_take_a_plain_database_beside_it(void **state)
{
	sqlite3 *db = opened(copy, NULL);
	char sql[120];

	(void)state;
	assert_run(db, "CREATE TABLE t (x)");
	database_close(db);
	db = made();
	(void)snprintf(sql, sizeof sql, "ATTACH '%s' AS b", copy);
	assert_int_not_equal(run(db, sql), SQLITE_OK);
	database_close(db);
}

static void
is_copied_under_another_key_by_backup(void **state)
{
	sqlite3 *from = made(), *to = opened(copy, other);
	sqlite3_backup *backup;

	(void)state;
	backup = sqlite3_backup_init(to, "main", from, "main");
	assert_non_null(backup);
	assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
	assert_int_equal(sqlite3_backup_finish(backup), SQLITE_OK);
	database_close(from);
	database_close(to);
	to = opened(copy, other);
	assert_says(to, "SELECT x FROM t", "planted secret");
	assert_says(to, "PRAGMA integrity_check", "ok");
	database_close(to);
}

#define TEST(name) cmocka_unit_test_teardown(name, drop_files)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_read_again_with_its_key),
		TEST(shows_nothing_in_any_of_its_files_and_makes_no_shm),
		TEST(is_refused_with_another_key_and_loses_nothing_by_it),
		TEST(is_refused_when_it_is_plain_although_there_is_a_key),
		TEST(is_no_database_without_its_key),
		TEST(belongs_to_one_process_at_a_time),
		TEST(goes_from_wal_to_database_as_it_is),
		TEST(makes_no_temporary_file),
		TEST(keeps_its_page_size),
		TEST(is_vacuumed_and_written_into_another_file_under_its_key),
		TEST(does_not_take_a_plain_database_beside_it),
		TEST(is_copied_under_another_key_by_backup),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
