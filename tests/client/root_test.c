/* client/node/hub/root: the file of the company's root key. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "client/node/hub/root.h"

static char dir[] = "/tmp/roadbook_test_XXXXXX";
static char path[64];
static uint8_t secret[SIGNING_SECRET_SIZE];
static uint8_t public_key[SIGNING_KEY_SIZE];

static int
setup(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_int_not_equal(sodium_init(), -1);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/root", dir);
	(void)crypto_sign_keypair(public_key, secret);
	assert_true(root_save(path, secret, &problem));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static size_t
read_text(char text[static 4096])
{
	FILE *file = fopen(path, "rb");
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, 4095, file);
	text[size] = '\0';
	(void)fclose(file); /* only read */
	return size;
}

static void
is_read_back(void **state)
{
	uint8_t read[SIGNING_SECRET_SIZE];
	struct problem problem = {0};

	(void)state;
	assert_true(root_load(path, public_key, read, &problem));
	assert_memory_equal(read, secret, sizeof read);
	assert_memory_equal(root_public(read), public_key, SIGNING_KEY_SIZE);
	assert_true(root_load(path, NULL, read, &problem));
}

static void
is_never_written_over(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_false(root_save(path, secret, &problem));
	assert_int_equal(problem.code, EXIT_AMBIGUOUS);
}

static void
says_what_is_wrong_with_another(void **state)
{
	uint8_t read[SIGNING_SECRET_SIZE], other[SIGNING_KEY_SIZE] = {1};
	struct problem problem = {0};

	(void)state;
	assert_false(root_load("/nowhere/root", public_key, read, &problem));
	assert_int_equal(problem.code, EXIT_NOT_FOUND);
	assert_false(root_load("/etc/passwd", public_key, read, &problem));
	assert_int_equal(problem.code, EXIT_USAGE);
	assert_false(root_load(path, other, read, &problem));
	assert_int_equal(problem.code, EXIT_REFUSED);
}

/* As it comes back from paper: without the notes, with a broken line end. */
static void
is_read_as_people_type_it(void **state)
{
	char text[4096], typed[256];
	size_t size = read_text(text);
	char *line = strrchr(text, '#');
	uint8_t read[SIGNING_SECRET_SIZE];

	(void)state;
	line = strchr(line, '\n') + 1;
	assert_true(root_decode(text, size, read));
	(void)snprintf(typed, sizeof typed, "\n# mine\r\n  %.88s \t\r\n", line);
	assert_true(root_decode(typed, strlen(typed), read));
	assert_memory_equal(read, secret, sizeof read);
	(void)snprintf(typed, sizeof typed, "%.88s", line);
	assert_true(root_decode(typed, strlen(typed), read));
}

static void
no_letter_may_be_wrong_or_missing(void **state)
{
	char text[4096], typed[256];
	uint8_t read[SIGNING_SECRET_SIZE];
	char *line;

	(void)state;
	(void)read_text(text);
	line = strchr(strrchr(text, '#'), '\n') + 1;
	/* The last two letters are padding. */
	for (int i = 0; i < 86; i++) {
		(void)snprintf(typed, sizeof typed, "%.88s\n", line);
		typed[i] = typed[i] == 'A' ? 'B' : 'A';
		assert_false(root_decode(typed, 89, read));
	}
	for (int size = 0; size < 88; size++)
		assert_false(root_decode(line, (size_t)size, read));
	(void)snprintf(typed, sizeof typed, "%.88s\n%.88s\n", line, line);
	assert_false(root_decode(typed, strlen(typed), read));
	assert_false(root_decode("", 0, read));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_back),
		cmocka_unit_test(is_never_written_over),
		cmocka_unit_test(says_what_is_wrong_with_another),
		cmocka_unit_test(is_read_as_people_type_it),
		cmocka_unit_test(no_letter_may_be_wrong_or_missing),
	};

	return cmocka_run_group_tests_name("root", tests, setup, teardown);
}
