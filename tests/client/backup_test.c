/* client/node/backup: whole, or refused; nothing of it can be altered. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/backup.h"
#include "client/store/database.h"
#include "tests/client/office.h"

static const char phrase[] = "correct horse";

/* A device's backup; Argon2id takes its time, so it is made once. */
static struct office office;
static char path[96], taken[96];
static uint8_t *whole, data_key[NODE_DATA_KEY_SIZE];
static size_t size;
static struct backup_end end;

static void
read_whole(void)
{
	FILE *file = fopen(path, "rb");
	struct stat st;

	assert_non_null(file);
	assert_int_equal(stat(path, &st), 0);
	size = (size_t)st.st_size;
	whole = malloc(size);
	assert_non_null(whole);
	assert_int_equal(fread(whole, 1, size, file), size);
	(void)fclose(file);
}

static int
make_backup(void **state)
{
	struct passphrase p = {.size = sizeof phrase - 1};
	struct problem problem = {0};
	struct node *node;

	(void)state;
	office_open(&office);
	node = office_device(&office, "rep");
	memcpy(p.text, phrase, p.size);
	(void)snprintf(path, sizeof path, "%s/backup", office.dir);
	(void)snprintf(taken, sizeof taken, "%s/taken", office.dir);
	office_good(backup_write(node, path, &p, &problem), &problem);
	office_good(backup_read(&end, path, &problem), &problem);
	office_good(vault_open(&end.vault, &p, data_key, &problem), &problem);
	read_whole();
	return 0;
}

static int
drop_backup(void **state)
{
	(void)state;
	free(whole);
	office_close(&office);
	return 0;
}

static bool
take(const struct backup_end *from, struct problem *problem)
{
	uint8_t *key = NULL;
	struct node_keys *keys = NULL;
	bool done =
		backup_take(from, path, data_key, taken, &key, &keys, problem);

	assert_int_equal(done, access(taken, F_OK) == 0);
	assert_int_equal(done, key != NULL);
	node_keys_free(keys);
	sodium_free(key);
	return done;
}

static void
holds_the_database_and_the_devices_keys(void **state)
{
	struct node *node = office.devices[0];
	struct problem problem = {0};
	struct node_keys *keys = NULL;
	uint8_t *key = NULL;
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(end.kind, BACKUP_OF_DEVICE);
	office_good(
		backup_take(&end, path, data_key, taken, &key, &keys, &problem),
		&problem);
	assert_memory_equal(keys->sign_secret, node->keys->sign_secret,
		sizeof keys->sign_secret);
	assert_int_equal(database_open(&db, taken, key), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "PRAGMA integrity_check", NULL, NULL, NULL),
		SQLITE_OK);
	database_close(db);
	node_keys_free(keys);
	sodium_free(key);
	database_remove(taken);
}

/* Flips a bit of the file, on the disk too. */
static void
flip(int fd, size_t at, int bit)
{
	whole[at] ^= (uint8_t)(1 << bit);
	assert_int_equal(pwrite(fd, whole + at, 1, (off_t)at), 1);
}

/* Neither its end nor any page can be altered by a bit. */
static void
a_flipped_bit_is_found(void **state)
{
	size_t from = size - BACKUP_END_SIZE;
	struct problem problem = {0};
	struct backup_end spoiled;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	for (size_t at = from; at < size; at++) {
		flip(fd, at, (int)(at % 8));
		if (backup_decode(&spoiled, whole + from, size))
			assert_false(take(&spoiled, &problem));
		flip(fd, at, (int)(at % 8));
	}
	for (size_t at = 7; at < from; at += 5 * PAGE_SEAL_SIZE - 3) {
		flip(fd, at, (int)(at % 8));
		assert_false(take(&end, &problem));
		flip(fd, at, (int)(at % 8));
	}
	assert_int_equal(close(fd), 0);
	assert_true(take(&end, &problem));
	database_remove(taken);
}

static void
pages_that_are_missing_or_of_another_order_are_found(void **state)
{
	uint8_t *from = whole + size - BACKUP_END_SIZE;
	struct problem problem = {0};
	struct backup_end other;
	uint8_t page[PAGE_SEAL_SIZE];
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)state;
	assert_false(backup_decode(&other, from, size - PAGE_SEAL_SIZE));
	assert_false(backup_decode(&other, from, size + PAGE_SEAL_SIZE));
	assert_false(backup_decode(&other, from, BACKUP_END_SIZE));
	assert_true(fd >= 0);
	memcpy(page, whole + PAGE_SEAL_SIZE, sizeof page);
	assert_int_equal(
		pwrite(fd, page, sizeof page, 2 * PAGE_SEAL_SIZE), sizeof page);
	assert_false(take(&end, &problem));
	assert_int_equal(pwrite(fd, whole + 2 * PAGE_SEAL_SIZE, sizeof page,
				 2 * PAGE_SEAL_SIZE),
		sizeof page);
	assert_int_equal(close(fd), 0);
	assert_true(take(&end, &problem));
	database_remove(taken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_the_database_and_the_devices_keys),
		cmocka_unit_test(a_flipped_bit_is_found),
		cmocka_unit_test(
			pages_that_are_missing_or_of_another_order_are_found),
	};

	return cmocka_run_group_tests(tests, make_backup, drop_backup);
}
