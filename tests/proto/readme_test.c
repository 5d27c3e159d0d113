/*
 * The hex in proto/README.md is what the code writes and reads. Run from the
 * root of the tree. With --renew, its blocks and the fuzzers' corpora are
 * written anew instead: after a change of the format, look at the diff.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/proto/examples.h"

#define README "proto/README.md"
#define FENCE "```hex name="

enum { PAGE_MAX = 1 << 18, LINE_BYTES = 32, NAME_MAX_SIZE = 64 };

enum noun { PACK, CHANGE, SEGMENT, MESSAGE };

static const char *const nouns[] = {"pack", "change", "segment", "message"};

static void
write_bool(struct pack *pack)
{
	pack_bool(pack, true);
}

static void
write_int(struct pack *pack)
{
	pack_integer(pack, -250);
}

static void
write_text(struct pack *pack)
{
	pack_text(pack, "上海 Müller GmbH");
}

static void
write_prose(struct pack *pack)
{
	pack_text(pack, "Call back.\nAsk for Li about the tender.");
}

static void
write_date(struct pack *pack)
{
	pack_text(pack, "2026-11-22");
}

static void
write_code(struct pack *pack)
{
	pack_text(pack, "done");
}

static void
write_ref(struct pack *pack)
{
	pack_bytes(pack, example_id(0x31), ID_BYTES);
}

static void
write_key(struct pack *pack)
{
	pack_bytes(pack, example_id(0x71), 32);
}

static void
write_time(struct pack *pack)
{
	pack_map(pack, 2);
	pack_integer(pack, 1);
	pack_integer(pack, 1795305600000);
	pack_integer(pack, 2);
	pack_integer(pack, 480);
}

static void
write_money(struct pack *pack)
{
	pack_map(pack, 2);
	pack_integer(pack, 1);
	pack_integer(pack, 1250000);
	pack_integer(pack, 2);
	pack_text(pack, "CNY");
}

static void
write_tuple(struct pack *pack)
{
	pack_map(pack, 2);
	pack_integer(pack, 1);
	pack_text(pack, "visit");
	pack_integer(pack, 3);
	pack_bool(pack, false);
}

static void
write_plain_change(struct pack *pack)
{
	example_plain_change(pack,
		EXAMPLE_VALUE("\xa4"
			      "Acme"));
}

static void
write_small_segment(struct pack *pack)
{
	uint8_t bytes[EXAMPLE_ROOM];

	pack_raw(pack, bytes, example_small_segment(bytes));
}

static void
write_segment(struct pack *pack)
{
	uint8_t bytes[EXAMPLE_ROOM];

	pack_raw(pack, bytes, example_segment(bytes));
}

static void
write_erasure(struct pack *pack)
{
	uint8_t bytes[EXAMPLE_ROOM];

	pack_raw(pack, bytes, example_erasure(bytes));
}

static const struct example {
	const char *name;
	void (*write)(struct pack *pack); /* or, where NULL, a message */
	enum noun noun;
	enum message_kind kind;
} examples[] = {
	{"nil", pack_nil, PACK, 0},
	{"bool", write_bool, PACK, 0},
	{"int", write_int, PACK, 0},
	{"text", write_text, PACK, 0},
	{"prose", write_prose, PACK, 0},
	{"date", write_date, PACK, 0},
	{"code", write_code, PACK, 0},
	{"ref", write_ref, PACK, 0},
	{"bytes", write_key, PACK, 0},
	{"time", write_time, PACK, 0},
	{"money", write_money, PACK, 0},
	{"tuple", write_tuple, PACK, 0},
	{"plain-change", write_plain_change, CHANGE, 0},
	{"full-change", example_change, CHANGE, 0},
	{"plain-segment", write_small_segment, SEGMENT, 0},
	{"packed-segment", write_segment, SEGMENT, 0},
	{"erasure-segment", write_erasure, SEGMENT, 0},
	{"enrol", NULL, MESSAGE, MESSAGE_ENROL},
	{"enrolled", NULL, MESSAGE, MESSAGE_ENROLLED},
	{"compare", NULL, MESSAGE, MESSAGE_COMPARE},
	{"compared", NULL, MESSAGE, MESSAGE_COMPARED},
	{"pull", NULL, MESSAGE, MESSAGE_PULL},
	{"pulled", NULL, MESSAGE, MESSAGE_PULLED},
	{"push", NULL, MESSAGE, MESSAGE_PUSH},
	{"pushed", NULL, MESSAGE, MESSAGE_PUSHED},
	{"watch", NULL, MESSAGE, MESSAGE_WATCH},
	{"moved", NULL, MESSAGE, MESSAGE_MOVED},
	{"failed", NULL, MESSAGE, MESSAGE_FAILED},
	{"order", NULL, MESSAGE, MESSAGE_ORDER},
	{"renewed", NULL, MESSAGE, MESSAGE_RENEWED},
	{"replace", NULL, MESSAGE, MESSAGE_REPLACE},
	{"invite", NULL, MESSAGE, MESSAGE_INVITE},
	{"invited", NULL, MESSAGE, MESSAGE_INVITED},
	{"erased", NULL, MESSAGE, MESSAGE_ERASED},
	{"lease", NULL, MESSAGE, MESSAGE_LEASE},
	{"leased", NULL, MESSAGE, MESSAGE_LEASED},
	{"receipt", NULL, MESSAGE, MESSAGE_RECEIPT},
	{"received", NULL, MESSAGE, MESSAGE_RECEIVED},
};

enum { EXAMPLES = sizeof examples / sizeof *examples };

static size_t
write_example(const struct example *example, uint8_t out[static EXAMPLE_ROOM])
{
	struct pack pack;

	pack_init(&pack, out, EXAMPLE_ROOM);
	if (example->write)
		example->write(&pack);
	else
		example_message(&pack, example->kind);
	assert(!pack.overflow);
	return pack.size;
}

static const struct example *
find_example(const char *name, size_t size)
{
	for (size_t i = 0; i < EXAMPLES; i++)
		if (strlen(examples[i].name) == size &&
			memcmp(examples[i].name, name, size) == 0)
			return &examples[i];
	return NULL;
}

static bool
decodes(const struct example *example, const uint8_t *bytes, size_t size)
{
	struct segment segment;
	struct message message;
	struct unpack unpack;
	struct change change;
	uint8_t raw[EXAMPLE_ROOM];

	switch (example->noun) {
	case PACK:
		return pack_valid(bytes, size);
	case CHANGE:
		unpack_init(&unpack, bytes, size);
		return change_decode(&change, &unpack) == STATUS_OK &&
			unpack_done(&unpack);
	case SEGMENT:
		return segment_decode(&segment, bytes, size, example_company,
			       example_key, NULL) == STATUS_OK &&
			segment.raw_size <= sizeof raw &&
			segment_unseal(&segment, raw) == STATUS_OK;
	case MESSAGE:
		return message_decode(&message, bytes, size) == STATUS_OK &&
			message.kind == example->kind;
	default:
		return false;
	}
}

static char *
read_page(void)
{
	static char page[PAGE_MAX];
	FILE *file = fopen(README, "rb");
	size_t size;

	if (!file)
		return NULL;
	size = fread(page, 1, sizeof page - 1, file);
	page[size] = '\0';
	(void)fclose(file); /* only read */
	return page;
}

/* The hex of a block that ends in a fence: spaces and line ends may part it. */
static size_t
read_hex(const char *text, uint8_t out[static EXAMPLE_ROOM])
{
	const char *end = strstr(text, "\n```");
	size_t size = 0;

	assert_non_null(end);
	assert_int_equal(sodium_hex2bin(out, EXAMPLE_ROOM, text,
				 (size_t)(end - text), " \n", &size, NULL),
		0);
	return size;
}

/* The header and what it opens to: zstd's next version may compress otherwise.
 */
static void
assert_same_segment(
	const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	uint8_t opened[EXAMPLE_ROOM], other[EXAMPLE_ROOM];
	struct segment s, t;

	assert_int_equal(segment_view(&s, a, a_size), STATUS_OK);
	assert_int_equal(segment_view(&t, b, b_size), STATUS_OK);
	assert_memory_equal(a, b, SEGMENT_HEADER_SIZE - 4);
	assert_int_equal(segment_unseal(&s, opened), STATUS_OK);
	assert_int_equal(segment_unseal(&t, other), STATUS_OK);
	assert_memory_equal(opened, other, s.raw_size);
	if (s.body_size == s.raw_size)
		assert_memory_equal(a, b, a_size);
}

static void
shows_what_the_code_writes_and_reads(void **state)
{
	const char *at = read_page();
	int shown = 0;

	(void)state;
	assert_non_null(at);
	while ((at = strstr(at, FENCE)) != NULL) {
		const char *name = at + strlen(FENCE);
		size_t name_size = strcspn(name, "\n");
		const struct example *example = find_example(name, name_size);
		uint8_t bytes[EXAMPLE_ROOM], written[EXAMPLE_ROOM];
		size_t size;

		if (!example) {
			fail_msg("no example: %.*s", (int)name_size, name);
			return;
		}
		size = read_hex(name + name_size, bytes);
		if (example->noun == SEGMENT) {
			assert_same_segment(bytes, size, written,
				write_example(example, written));
		} else {
			assert_int_equal(write_example(example, written), size);
			assert_memory_equal(written, bytes, size);
		}
		assert_true(decodes(example, bytes, size));
		at = name + name_size;
		shown++;
	}
	assert_int_equal(shown, EXAMPLES);
}

static void
shows_every_example(void **state)
{
	const char *page = read_page();

	(void)state;
	assert_non_null(page);
	for (size_t i = 0; i < EXAMPLES; i++) {
		char fence[NAME_MAX_SIZE];

		(void)snprintf(
			fence, sizeof fence, FENCE "%s\n", examples[i].name);
		if (!strstr(page, fence))
			fail_msg("not shown: %s", examples[i].name);
	}
}

static void
print_hex(FILE *file, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)fprintf(file, "%02x%s", bytes[i],
			i + 1 == size || i % LINE_BYTES == LINE_BYTES - 1
				? "\n"
				: " ");
}

static int
renew_page(void)
{
	const char *at = read_page(), *next;
	FILE *file = at ? fopen(README, "wb") : NULL;

	if (!file) {
		perror(README);
		return 1;
	}
	while ((next = strstr(at, FENCE)) != NULL) {
		const char *name = next + strlen(FENCE);
		size_t size = strcspn(name, "\n");
		const struct example *example = find_example(name, size);
		uint8_t bytes[EXAMPLE_ROOM];

		(void)fwrite(at, 1, (size_t)(name + size - at), file);
		(void)fputc('\n', file);
		if (example)
			print_hex(file, bytes, write_example(example, bytes));
		at = strstr(name, "```"); /* what closes it */
		if (!at)
			break;
		next = strchr(at, '\n');
		(void)fwrite(at, 1, (size_t)(next - at), file);
		at = next;
	}
	if (at)
		(void)fputs(at, file);
	return fclose(file) == 0 ? 0 : 1;
}

static int
renew_corpora(void)
{
	char path[256];

	for (size_t i = 0; i < EXAMPLES; i++) {
		const char *noun = nouns[examples[i].noun];
		uint8_t bytes[EXAMPLE_ROOM];
		size_t size = write_example(&examples[i], bytes);
		FILE *file;

		(void)snprintf(
			path, sizeof path, "tests/proto/corpus/%s", noun);
		(void)mkdir(path, 0777); /* it may be there */
		(void)snprintf(path, sizeof path, "tests/proto/corpus/%s/%s",
			noun, examples[i].name);
		file = fopen(path, "wb");
		if (!file || fwrite(bytes, 1, size, file) != size ||
			fclose(file) != 0) {
			perror(path);
			return 1;
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_the_code_writes_and_reads),
		cmocka_unit_test(shows_every_example),
	};

	if (sodium_init() < 0)
		return 1;
	if (argc == 2 && strcmp(argv[1], "--renew") == 0)
		return renew_page() || renew_corpora();
	return cmocka_run_group_tests_name("readme", tests, NULL, NULL);
}
