/* client/node/last_word: the file of a receipt, and when it is over. */

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
#include "client/node/keys.h"
#include "client/node/last_word.h"

static char folder[] = "/tmp/rb-last-word-XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return sodium_init() < 0 || !mkdtemp(folder);
}

static int
drop_folder(void **state)
{
	(void)state;
	last_word_forget(folder);
	return rmdir(folder);
}

static void
write_file(const uint8_t *bytes, size_t size)
{
	char *path = folder_file(folder, "receipt");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(close(fd), 0);
	free(path);
}

static void
nothing_is_left_to_give_where_there_is_none(void **state)
{
	(void)state;
	assert_true(last_word_deliver(folder));
}

/* Nobody can be dialled, so the hub cannot have had it. */
static void
a_whole_one_waits_for_the_hub(void **state)
{
	struct last_word word = {.credentials_size = 0};
	uint8_t bytes[LAST_WORD_SIZE];

	(void)state;
	last_word_encode(bytes, &word);
	write_file(bytes, sizeof bytes);
	assert_false(last_word_deliver(folder));
	assert_true(folder_has(folder, "receipt"));
}

/* Overwritten, after it was given, and then the power went: at any byte. */
static void
one_that_was_cut_short_as_it_went_goes_the_next_time(void **state)
{
	struct last_word word = {.credentials_size = 0};
	uint8_t bytes[LAST_WORD_SIZE];

	(void)state;
	for (size_t size = 1; size <= sizeof bytes; size += 4) {
		last_word_encode(bytes, &word);
		memset(bytes, 0, size);
		write_file(bytes, sizeof bytes);
		assert_true(last_word_deliver(folder));
		assert_false(folder_has(folder, "receipt"));
	}
	write_file(bytes, 0);
	assert_true(last_word_deliver(folder));
	assert_false(folder_has(folder, "receipt"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_to_give_where_there_is_none),
		cmocka_unit_test(a_whole_one_waits_for_the_hub),
		cmocka_unit_test(
			one_that_was_cut_short_as_it_went_goes_the_next_time),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
