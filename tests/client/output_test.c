/* client/cli/output: what other people wrote does nothing to a terminal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/output.h"

/* The text as it is printed; good until the next call. */
static const char *
printed(const char *text, bool lines)
{
	static char out[4096];
	char *written = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&written, &size);

	assert_non_null(memory);
	output_text(memory, text, lines);
	assert_int_equal(fclose(memory), 0);
	assert_true(size < sizeof out);
	memcpy(out, written, size + 1);
	free(written);
	return out;
}

static void
shows_text_as_it_is(void **state)
{
	static const char text[] = "云泽泓策 Ünïcode 😀 a\\b";

	(void)state;
	assert_string_equal(printed(text, false), text);
}

static void
shows_every_control_character_by_its_number(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 0xa0; c++) {
		char text[8], expected[16];

		if (c >= 0x20 && c < 0x7f)
			continue;
		if (c < 0x80)
			(void)snprintf(text, sizeof text, "%c", (char)c);
		else
			(void)snprintf(text, sizeof text, "\xc2%c", (char)c);
		(void)snprintf(expected, sizeof expected, "\\u{%x}", c);
		assert_string_equal(printed(text, false), expected);
	}
	assert_string_equal(printed("\x1b[31mred\x1b]0;x\a", false),
		"\\u{1b}[31mred\\u{1b}]0;x\\u{7}");
}

static void
leaves_lines_and_tabs_where_there_may_be_some(void **state)
{
	(void)state;
	assert_string_equal(printed("a\n\tb\r", true), "a\n\tb\\u{d}");
}

/* They would let one name look like another. */
static void
shows_what_turns_the_direction_of_writing(void **state)
{
	static const char *const turning[] = {"\u061c", "\u200e", "\u200f",
		"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
		"\u2067", "\u2068", "\u2069", "\u2028", "\u2029", "\ufeff"};

	(void)state;
	for (size_t i = 0; i < sizeof turning / sizeof *turning; i++)
		assert_memory_equal(printed(turning[i], true), "\\u{", 3);
}

static void
shows_bytes_that_are_no_text_by_their_numbers(void **state)
{
	(void)state;
	assert_string_equal(
		printed("a\xff\xc0\xaf", false), "a\\u{ff}\\u{c0}\\u{af}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_text_as_it_is),
		cmocka_unit_test(shows_every_control_character_by_its_number),
		cmocka_unit_test(leaves_lines_and_tabs_where_there_may_be_some),
		cmocka_unit_test(shows_what_turns_the_direction_of_writing),
		cmocka_unit_test(shows_bytes_that_are_no_text_by_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
