/* client/node/letterbox: letters are sealed, in order, and nobody's to alter.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "client/node/folder.h"
#include "client/node/letterbox.h"

static uint8_t user_key[VAULT_USER_KEY_SIZE] = {7};
static uint8_t box_secret[LETTERBOX_KEY_SIZE] = {5};
static char folder[] = "/tmp/rb-letters-XXXXXX";
static struct lease *lease;

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0 || !mkdtemp(folder))
		return 1;
	lease = lease_new();
	(void)crypto_scalarmult_base(lease->letterbox_key, box_secret);
	return 0;
}

static int
clear(void **state)
{
	(void)state;
	(void)letterbox_end(folder, false);
	lease->letters = 0;
	return 0;
}

static int
drop_folder(void **state)
{
	(void)state;
	lease_free(lease);
	(void)lease_remove(folder);
	return rmdir(folder);
}

static void
put(const char *text, uint64_t as)
{
	struct problem problem = {0};
	uint64_t number = 0;

	assert_true(letterbox_put(folder, lease, user_key,
		(const uint8_t *)text, strlen(text), &number, &problem));
	assert_int_equal(number, as);
	assert_int_equal(lease->letters, as);
}

static void
load(uint8_t **bytes, size_t *size)
{
	struct problem problem = {0};

	assert_true(letterbox_load(folder, bytes, size, &problem));
	assert_non_null(*bytes);
}

/* The first byte of each letter, in the order that they came in. */
struct gathered {
	char text[16];
	size_t count;
};

static void
gather(void *self, uint64_t number, const uint8_t *sealed, size_t size)
{
	struct gathered *g = self;
	size_t letter_size;
	uint8_t *letter =
		letterbox_unseal(sealed, size, box_secret, &letter_size);

	assert_non_null(letter);
	assert_int_equal(number, g->count + 1);
	g->text[g->count++] = (char)letter[0];
	free(letter);
}

static void
gives_letters_back_in_their_order(void **state)
{
	struct gathered g = {.count = 0};
	struct letterbox box;
	uint8_t *bytes;
	size_t size;

	(void)state;
	put("a", 1);
	put("b and more", 2);
	put("c", 3);
	load(&bytes, &size);
	assert_true(letterbox_read(&box, bytes, size, user_key, gather, &g));
	assert_string_equal(g.text, "abc");
	assert_int_equal(box.count, 3);
	assert_false(box.rest);
	free(bytes);
}

static void
shows_nobody_what_is_in_it(void **state)
{
	uint8_t other[LETTERBOX_KEY_SIZE] = {0, 6}, *bytes;
	size_t size, letter_size;

	(void)state;
	put("planted secret", 1);
	load(&bytes, &size);
	assert_null(memmem(bytes, size, "planted", 7));
	assert_null(
		letterbox_unseal(bytes + LETTERBOX_HEAD_SIZE + LETTER_HEAD_SIZE,
			size - LETTERBOX_HEAD_SIZE - LETTER_HEAD_SIZE, other,
			&letter_size));
	free(bytes);
}

static void
takes_no_letter_that_was_altered_added_or_moved(void **state)
{
	uint8_t other_key[VAULT_USER_KEY_SIZE] = {8}, *bytes, *more;
	struct letterbox box;
	size_t size, one;

	(void)state;
	put("a", 1);
	put("b", 2);
	load(&bytes, &size);
	one = (size - LETTERBOX_HEAD_SIZE) / 2;
	for (size_t at = 0; at < size; at++) {
		bytes[at] ^= 1;
		if (letterbox_read(&box, bytes, size, user_key, NULL, NULL))
			assert_true(box.count < 2 && box.rest);
		bytes[at] ^= 1;
	}
	/* With another's passphrase none is. */
	assert_true(letterbox_read(&box, bytes, size, other_key, NULL, NULL));
	assert_int_equal(box.count, 0);
	/* The last one twice, and the two in the other order. */
	more = malloc(size + one);
	assert_non_null(more);
	memcpy(more, bytes, size);
	memcpy(more + size, bytes + size - one, one);
	assert_true(
		letterbox_read(&box, more, size + one, user_key, NULL, NULL));
	assert_int_equal(box.count, 2);
	assert_true(box.rest);
	memcpy(more + LETTERBOX_HEAD_SIZE, bytes + LETTERBOX_HEAD_SIZE + one,
		one);
	memcpy(more + LETTERBOX_HEAD_SIZE + one, bytes + LETTERBOX_HEAD_SIZE,
		one);
	assert_true(letterbox_read(&box, more, size, user_key, NULL, NULL));
	assert_int_equal(box.count, 0);
	free(more);
	free(bytes);
}

static void
go_on_behind_one_that_was_cut_short(void **state)
{
	char *path = folder_file(folder, "letters");
	struct gathered g = {.count = 0};
	struct letterbox box;
	uint8_t *bytes;
	size_t size;

	(void)state;
	put("a", 1);
	load(&bytes, &size);
	free(bytes);
	for (size_t cut = 1; cut < 60; cut += 7) {
		int fd = open(path, O_WRONLY | O_APPEND);

		assert_true(fd >= 0);
		assert_int_equal(write(fd,
					 "\0\0\0\x50garbage garbage garbage "
					 "garbage garbage garbage garbag",
					 cut),
			(ssize_t)cut);
		(void)close(fd);
		put("b", 2);
		assert_int_equal(truncate(path, (off_t)size), 0);
		lease->letters = 1;
	}
	put("b", 2);
	load(&bytes, &size);
	assert_true(letterbox_read(&box, bytes, size, user_key, gather, &g));
	assert_string_equal(g.text, "ab");
	free(bytes);
	free(path);
}

/* What was acknowledged and is gone: nothing is put over its place. */
static void
tells_when_an_acknowledged_letter_is_missing(void **state)
{
	char *path = folder_file(folder, "letters");
	struct problem problem = {0};
	uint64_t number;
	uint8_t *bytes;
	size_t size;

	(void)state;
	put("a", 1);
	load(&bytes, &size);
	free(bytes);
	put("b", 2);
	assert_int_equal(truncate(path, (off_t)size), 0);
	assert_false(letterbox_put(folder, lease, user_key,
		(const uint8_t *)"c", 1, &number, &problem));
	assert_int_equal(problem.code, EXIT_FAILED);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			gives_letters_back_in_their_order, clear),
		cmocka_unit_test_teardown(shows_nobody_what_is_in_it, clear),
		cmocka_unit_test_teardown(
			takes_no_letter_that_was_altered_added_or_moved, clear),
		cmocka_unit_test_teardown(
			go_on_behind_one_that_was_cut_short, clear),
		cmocka_unit_test_teardown(
			tells_when_an_acknowledged_letter_is_missing, clear),
	};

	return cmocka_run_group_tests_name(
		"letterbox", tests, setup, drop_folder);
}
