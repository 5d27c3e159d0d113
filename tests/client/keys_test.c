/* client/node/keys: a file of secrets is its user's alone, whole, and new. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/keys.h"

static char folder[] = "/tmp/roadbook_test_XXXXXX";
static char path[64];

static int
make_folder(void **state)
{
	(void)state;
	if (sodium_init() < 0 || !mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof path, "%s/keys", folder);
	return 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
save(struct node_keys *keys)
{
	struct problem problem = {0};

	assert_true(node_keys_save(keys, path, &problem));
}

static void
is_read_by_its_user_alone_whatever_the_umask(void **state)
{
	struct node_keys *keys = node_keys_new(true);
	mode_t before = umask(0);
	struct stat st;

	(void)state;
	save(keys);
	(void)umask(before);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, NODE_KEYS_FILE_SIZE);
	assert_int_equal(unlink(path), 0);
	node_keys_free(keys);
}

static void
is_read_as_it_was_written(void **state)
{
	struct node_keys *keys = node_keys_new(true), *again = NULL;
	struct problem problem = {0};

	(void)state;
	save(keys);
	assert_true(node_keys_load(&again, path, &problem));
	assert_memory_equal(again, keys, sizeof *keys);
	assert_int_equal(unlink(path), 0);
	node_keys_free(again);
	node_keys_free(keys);
}

static void
is_never_overwritten(void **state)
{
	struct node_keys *keys = node_keys_new(false);
	struct node_keys *others = node_keys_new(false), *again = NULL;
	struct problem problem = {0};

	(void)state;
	save(keys);
	assert_false(node_keys_save(others, path, &problem));
	assert_int_equal(problem.code, EXIT_AMBIGUOUS);
	assert_true(node_keys_load(&again, path, &problem));
	assert_memory_equal(again, keys, sizeof *keys);
	assert_int_equal(unlink(path), 0);
	node_keys_free(again);
	node_keys_free(others);
	node_keys_free(keys);
}

static void
is_refused_with_any_byte_changed(void **state)
{
	uint8_t bytes[NODE_KEYS_FILE_SIZE + 1];
	struct node_keys *keys = node_keys_new(true);
	FILE *file;

	(void)state;
	save(keys);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(
		fread(bytes, 1, sizeof bytes, file), NODE_KEYS_FILE_SIZE);
	(void)fclose(file); /* only read */
	assert_true(node_keys_decode(keys, bytes, NODE_KEYS_FILE_SIZE));
	for (size_t i = 0; i < NODE_KEYS_FILE_SIZE; i++) {
		bytes[i] ^= 1;
		assert_false(
			node_keys_decode(keys, bytes, NODE_KEYS_FILE_SIZE));
		bytes[i] ^= 1;
	}
	assert_false(node_keys_decode(keys, bytes, NODE_KEYS_FILE_SIZE - 1));
	assert_false(node_keys_decode(keys, bytes, NODE_KEYS_FILE_SIZE + 1));
	assert_int_equal(unlink(path), 0);
	node_keys_free(keys);
}

static void
is_refused_sealed_with_any_bit_flipped(void **state)
{
	uint8_t bytes[NODE_KEYS_SEALED_SIZE + 1] = {0};
	uint8_t data_key[NODE_DATA_KEY_SIZE];
	struct node_keys *keys = node_keys_new(true), *again = NULL;

	(void)state;
	randombytes_buf(data_key, sizeof data_key);
	node_keys_seal(keys, data_key);
	node_keys_encode_sealed(keys, bytes);
	for (size_t i = 0; i < NODE_KEYS_SEALED_SIZE * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(node_keys_open_sealed(
			&again, bytes, NODE_KEYS_SEALED_SIZE, data_key));
		assert_null(again);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_false(node_keys_open_sealed(
		&again, bytes, NODE_KEYS_SEALED_SIZE - 1, data_key));
	assert_false(node_keys_open_sealed(
		&again, bytes, NODE_KEYS_SEALED_SIZE + 1, data_key));
	assert_true(node_keys_open_sealed(
		&again, bytes, NODE_KEYS_SEALED_SIZE, data_key));
	assert_memory_equal(again, keys, sizeof *keys);
	node_keys_free(again);
	node_keys_free(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_by_its_user_alone_whatever_the_umask),
		cmocka_unit_test(is_read_as_it_was_written),
		cmocka_unit_test(is_never_overwritten),
		cmocka_unit_test(is_refused_with_any_byte_changed),
		cmocka_unit_test(is_refused_sealed_with_any_bit_flipped),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
