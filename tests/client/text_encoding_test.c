/* client/exchange/text_encoding: a file becomes UTF-8, or we are told where it
 * does not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <iconv.h>

#include "client/exchange/text_encoding.h"

#define DETECT TEXT_ENCODING_DETECT
#define UTF8 TEXT_ENCODING_UTF8
#define GB18030 TEXT_ENCODING_GB18030

/* A string literal as bytes and size, NUL bytes inside of it included. */
#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static const char cn_path[] = "../shared/data/cn-listed-companies.csv";

static void
assert_decodes(const uint8_t *bytes, size_t size, enum text_encoding asked,
	enum text_encoding found, const char *expected)
{
	struct text_encoding_fault fault;
	struct text text;

	assert_int_equal(
		text_encoding_decode(&text, &fault, bytes, size, asked),
		STATUS_OK);
	assert_int_equal(fault.reason, TEXT_ENCODING_REASON_NONE);
	assert_int_equal(text.encoding, found);
	assert_int_equal(text.size, strlen(expected));
	assert_string_equal(text.bytes, expected);
	free(text.bytes);
}

/* Also that *text stays as it was. */
static struct text_encoding_fault
refusal(const uint8_t *bytes, size_t size, enum text_encoding asked,
	enum status expected)
{
	struct text_encoding_fault fault;
	struct text text = {NULL, 42, DETECT};

	assert_int_equal(
		text_encoding_decode(&text, &fault, bytes, size, asked),
		expected);
	assert_null(text.bytes);
	assert_int_equal(text.size, 42);
	return fault;
}

static void
assert_invalid(const uint8_t *bytes, size_t size, enum text_encoding asked,
	enum text_encoding blamed, size_t line)
{
	struct text_encoding_fault fault =
		refusal(bytes, size, asked, STATUS_MALFORMED);

	assert_int_equal(fault.reason, TEXT_ENCODING_REASON_INVALID);
	assert_int_equal(fault.encoding, blamed);
	assert_int_equal(fault.line, line);
}

static bool
is_utf8(const uint8_t *bytes, size_t size)
{
	struct text_encoding_fault fault;
	struct text text;

	if (text_encoding_decode(&text, &fault, bytes, size, UTF8) != STATUS_OK)
		return false;
	assert_int_equal(text.size, size);
	assert_memory_equal(text.bytes, bytes, size);
	free(text.bytes);
	return true;
}

static void
takes_what_is_valid_utf8_for_utf8(void **state)
{
	(void)state;
	assert_decodes(BYTES(""), DETECT, UTF8, "");
	assert_decodes(BYTES("plain\r\n"), DETECT, UTF8, "plain\r\n");
	assert_decodes(BYTES("中文 é 😀"), DETECT, UTF8, "中文 é 😀");
}

static void
takes_all_else_for_gb18030(void **state)
{
	(void)state;
	assert_decodes(
		BYTES("\xd6\xd0\xce\xc4,1\n"), DETECT, GB18030, "中文,1\n");
	/* Four bytes a character: what GBK has not, and what is beyond 16 bit.
	 */
	assert_decodes(BYTES("\x81\x30\x86\x30\x94\x39\xfc\x36"), DETECT,
		GB18030, "\xc2\xb8😀");
}

static void
takes_the_encoding_it_is_told(void **state)
{
	(void)state;
	/* These two bytes are a letter in either. */
	assert_decodes(BYTES("\xc3\xa9"), DETECT, UTF8, "é");
	assert_decodes(BYTES("\xc3\xa9"), GB18030, GB18030, "茅");
	assert_decodes(BYTES(""), GB18030, GB18030, "");
	assert_invalid(BYTES("\xd6\xd0\xce\xc4"), UTF8, UTF8, 1);
}

static void
drops_the_byte_order_mark(void **state)
{
	(void)state;
	assert_decodes(BYTES("\xef\xbb\xbf"), DETECT, UTF8, "");
	assert_decodes(BYTES("\xef\xbb\xbf"
			     "中"),
		DETECT, UTF8, "中");
	assert_decodes(BYTES("\xef\xbb\xbf"
			     "中"),
		UTF8, UTF8, "中");
	assert_decodes(
		BYTES("\x84\x31\x95\x33\xd6\xd0"), DETECT, GB18030, "中");
	/* One of them, and only in front. */
	assert_decodes(BYTES("\xef\xbb\xbf\xef\xbb\xbf"), DETECT, UTF8,
		"\xef\xbb\xbf");
	assert_decodes(BYTES("a\xef\xbb\xbf"), DETECT, UTF8, "a\xef\xbb\xbf");
}

static void
believes_a_byte_order_mark_of_a_damaged_file(void **state)
{
	(void)state;
	assert_invalid(BYTES("\xef\xbb\xbf"
			     "a\n\xd6\xd0"),
		DETECT, UTF8, 2);
}

static void
knows_the_names_of_encodings_in_any_case(void **state)
{
	static const struct {
		const char *name;
		enum text_encoding encoding;
	} known[] = {{"utf-8", UTF8}, {"utf8", UTF8}, {"UTF-8", UTF8},
		{"gb18030", GB18030}, {"GB18030", GB18030}, {"gbk", GB18030},
		{"GB2312", GB18030}};
	static const char *const unknown[] = {
		"", "utf", "utf-16", "gb", "big5"};
	enum text_encoding encoding;

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		encoding = DETECT;
		assert_int_equal(text_encoding_find(&encoding, known[i].name),
			STATUS_OK);
		assert_int_equal(encoding, known[i].encoding);
	}
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
		encoding = DETECT;
		assert_int_equal(text_encoding_find(&encoding, unknown[i]),
			STATUS_ABSENT);
		assert_int_equal(encoding, DETECT);
	}
}

static void
tells_the_line_of_the_first_bad_byte(void **state)
{
	(void)state;
	assert_invalid(BYTES("\xff"), UTF8, UTF8, 1);
	assert_invalid(BYTES("a\nb\xff\n\xff"), UTF8, UTF8, 2);
	assert_invalid(BYTES("a\r\nb\r\n\r\n\xff"), UTF8, UTF8, 4);
	assert_invalid(BYTES("a\rb\r\r\n\xff"), UTF8, UTF8, 4);
	assert_invalid(BYTES("\n\xd6\xd0\r\n\x80"), GB18030, GB18030, 3);
	assert_invalid(BYTES("\n\xe4\xb8\nx"), UTF8, UTF8, 2);
	assert_invalid(BYTES("\x84\x31\x95\x33\n\xff"), GB18030, GB18030, 2);
}

static void
refuses_a_character_cut_off_by_the_end(void **state)
{
	(void)state;
	assert_invalid(BYTES("a\n\xe4\xb8"), UTF8, UTF8, 2);
	assert_invalid(BYTES("a\n\xd6"), GB18030, GB18030, 2);
	assert_invalid(BYTES("a\n\x81\x30\x86"), GB18030, GB18030, 2);
}

static void
blames_the_encoding_that_came_further_when_neither_fits(void **state)
{
	(void)state;
	assert_invalid(BYTES("\n\xff"), DETECT, GB18030, 2);
	assert_invalid(BYTES("\xd6\xd0\n\n\xff"), DETECT, GB18030, 3);
	/* As GB18030 this breaks off at the odd byte before the first LF. */
	assert_invalid(BYTES("中\n中\n\xff"), DETECT, UTF8, 3);
}

static void
refuses_a_nul_byte_and_tells_its_line(void **state)
{
	static const enum text_encoding all[] = {DETECT, UTF8, GB18030};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct text_encoding_fault fault =
			refusal(BYTES("a\r\nb\0c"), all[i], STATUS_MALFORMED);

		assert_int_equal(fault.reason, TEXT_ENCODING_REASON_NUL);
		assert_int_equal(fault.line, 2);
	}
}

static void
refuses_utf16_and_says_what_to_do(void **state)
{
	struct text_encoding_fault fault;

	(void)state;
	fault = refusal(BYTES("\xff\xfe"
			      "a\0"),
		DETECT, STATUS_REFUSED);
	assert_int_equal(fault.reason, TEXT_ENCODING_REASON_UTF16);
	assert_int_equal(fault.line, 0);
	fault = refusal(BYTES("\xfe\xff\0a"), UTF8, STATUS_REFUSED);
	assert_int_equal(fault.reason, TEXT_ENCODING_REASON_UTF16);
	assert_string_equal(text_encoding_reason_text(fault.reason),
		"it is UTF-16: save it as UTF-8");
}

static void
refuses_a_file_over_the_limit_without_looking_at_it(void **state)
{
	struct text_encoding_fault fault;

	(void)state;
	fault = refusal((const uint8_t *)"", TEXT_ENCODING_FILE_MAX + 1, DETECT,
		STATUS_REFUSED);
	assert_int_equal(fault.reason, TEXT_ENCODING_REASON_SIZE);
}

/* Writes the UTF-8 of any number below 2^21, allowed or not. */
static size_t
encode(uint8_t out[static 4], uint32_t code, size_t size)
{
	static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = size; i > 1; i--) {
		out[i - 1] = (uint8_t)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (uint8_t)(leads[size] | code);
	return size;
}

static void
takes_every_unicode_character_in_its_shortest_form_only(void **state)
{
	static const uint32_t ends[] = {0, 0x80, 0x800, 0x10000, 0x200000};
	uint8_t bytes[4];

	(void)state;
	for (size_t size = 1; size <= 4; size++) {
		/* Below the end of the size before, it is not the shortest. */
		for (uint32_t code = 1; code < ends[size]; code++) {
			bool fine = (size == 1 || code >= ends[size - 1]) &&
				(code < 0xd800 || code > 0xdfff) &&
				code <= 0x10ffff;

			/* A sample of the many, but all near the borders. */
			if (code % 13 != 0 && (code & 0x7ff) > 1 &&
				(code & 0x7ff) < 0x7fe)
				continue;
			if (code == 0xfeff && size == 3)
				continue; /* a byte order mark, when alone */
			assert_int_equal(
				is_utf8(bytes, encode(bytes, code, size)),
				fine);
		}
	}
}

static void
refuses_every_other_pair_of_bytes(void **state)
{
	(void)state;
	for (unsigned first = 1; first < 256; first++) {
		for (unsigned second = 1; second < 256; second++) {
			uint8_t pair[] = {(uint8_t)first, (uint8_t)second};
			bool ascii = first < 0x80 && second < 0x80;
			bool letter = first >= 0xc2 && first <= 0xdf &&
				second >= 0x80 && second <= 0xbf;

			if (first >= 0xfe)
				continue; /* may be the mark of UTF-16 */
			assert_int_equal(is_utf8(pair, 2), ascii || letter);
		}
	}
}

static void
makes_valid_utf8_of_every_pair_in_gb18030(void **state)
{
	size_t taken = 0;

	(void)state;
	for (unsigned first = 0x81; first <= 0xfe; first++) {
		for (unsigned second = 0x40; second <= 0xfe; second++) {
			uint8_t pair[] = {(uint8_t)first, (uint8_t)second};
			struct text_encoding_fault fault;
			struct text text;

			if (text_encoding_decode(&text, &fault, pair, 2,
				    GB18030) != STATUS_OK)
				continue;
			assert_true(is_utf8(
				(const uint8_t *)text.bytes, text.size));
			free(text.bytes);
			taken++;
		}
	}
	assert_int_equal(taken, 126 * 190); /* all but 0x7f */
}

static void
decode_every_way(const uint8_t *bytes, size_t size)
{
	static const enum text_encoding all[] = {DETECT, UTF8, GB18030};
	uint8_t *copy = malloc(size + !size); /* exact, for ASan */

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct text_encoding_fault fault;
		struct text text;

		if (text_encoding_decode(&text, &fault, copy, size, all[i]) ==
			STATUS_OK)
			free(text.bytes);
	}
	free(copy);
}

static void
survives_every_cut_and_every_flipped_bit(void **state)
{
	static const uint8_t good[] = "\xef\xbb\xbf"
				      "a,中\r\n😀\xd6\xd0\n\x81\x30\x86\x30";
	uint8_t bytes[sizeof good];

	(void)state;
	memcpy(bytes, good, sizeof good);
	for (size_t from = 0; from < sizeof good; from++)
		for (size_t size = 0; size < sizeof good - from; size++)
			decode_every_way(good + from, size);
	for (size_t bit = 0; bit < 8 * (sizeof good - 1); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		decode_every_way(bytes, sizeof good - 1);
		bytes[bit / 8] = good[bit / 8];
	}
}

static void
reads_the_register_of_chinese_companies_the_same_in_gb18030(void **state)
{
	static char utf8[1 << 18], gb18030[1 << 18];
	FILE *file = fopen(cn_path, "rb");
	iconv_t converter;
	char *in = utf8, *out = gb18030;
	size_t size, left, room = sizeof gb18030;

	(void)state;
	if (!file)
		skip();
	size = fread(utf8, 1, sizeof utf8 - 1, file);
	assert_true(feof(file));
	(void)fclose(file); /* only read */

	left = size;
	converter = iconv_open("GB18030", "UTF-8");
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as POSIX wants it */
	assert_true(converter != (iconv_t)-1);
	assert_int_equal(iconv(converter, &in, &left, &out, &room), 0);
	assert_int_equal(iconv_close(converter), 0);
	assert_true(room > sizeof gb18030 - size); /* it got shorter */

	assert_decodes((const uint8_t *)utf8, size, DETECT, UTF8, utf8);
	assert_decodes((const uint8_t *)gb18030, sizeof gb18030 - room, DETECT,
		GB18030, utf8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_valid_utf8_for_utf8),
		cmocka_unit_test(takes_all_else_for_gb18030),
		cmocka_unit_test(takes_the_encoding_it_is_told),
		cmocka_unit_test(drops_the_byte_order_mark),
		cmocka_unit_test(believes_a_byte_order_mark_of_a_damaged_file),
		cmocka_unit_test(knows_the_names_of_encodings_in_any_case),
		cmocka_unit_test(tells_the_line_of_the_first_bad_byte),
		cmocka_unit_test(refuses_a_character_cut_off_by_the_end),
		cmocka_unit_test(
			blames_the_encoding_that_came_further_when_neither_fits),
		cmocka_unit_test(refuses_a_nul_byte_and_tells_its_line),
		cmocka_unit_test(refuses_utf16_and_says_what_to_do),
		cmocka_unit_test(
			refuses_a_file_over_the_limit_without_looking_at_it),
		cmocka_unit_test(
			takes_every_unicode_character_in_its_shortest_form_only),
		cmocka_unit_test(refuses_every_other_pair_of_bytes),
		cmocka_unit_test(makes_valid_utf8_of_every_pair_in_gb18030),
		cmocka_unit_test(survives_every_cut_and_every_flipped_bit),
		cmocka_unit_test(
			reads_the_register_of_chinese_companies_the_same_in_gb18030),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
