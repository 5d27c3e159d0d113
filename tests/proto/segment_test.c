/* proto/segment: only its device can have written it; it opens in bounds. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "proto/bytes.h"
#include "tests/proto/examples.h"

enum {
	AT_DEVICE = 18,
	AT_FIRST = 50,
	AT_COUNT = 58,
	AT_PREVIOUS = 62,
	AT_RAW_SIZE = 94,
	AT_BODY_SIZE = 98,
	AT_HUB = 134, /* of an erasure */
};

static uint8_t bytes[EXAMPLE_ROOM];
static size_t size;

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

static int
make_good(void **state)
{
	(void)state;
	size = example_segment(bytes);
	return 0;
}

/* Decodes an exact-size copy, so that a sanitizer sees a read past the end. */
static enum status
decode_for(const uint8_t *company, const uint8_t *from, size_t count)
{
	uint8_t *copy = test_malloc(count ? count : 1);
	struct segment s;
	enum status status;

	if (count)
		memcpy(copy, from, count);
	status = segment_decode(&s, copy, count, company, example_key, NULL);
	test_free(copy);
	return status;
}

static enum status
decode(void)
{
	return decode_for(example_company, bytes, size);
}

/* What its own device's signature over what stands there makes of it. */
static enum status
decode_signed(void)
{
	example_sign(bytes, size);
	return decode();
}

static enum status
unseal(void)
{
	struct segment s;
	enum status status;
	uint8_t *raw;

	if (segment_view(&s, bytes, size) != STATUS_OK)
		return STATUS_MALFORMED;
	raw = test_malloc(s.raw_size);
	status = segment_unseal(&s, raw);
	test_free(raw);
	return status;
}

/* Puts another body in, with the header's sizes to match. */
static void
replace_body(const void *body, size_t body_size, uint32_t raw_size)
{
	assert_true(segment_room((uint32_t)body_size) <= sizeof bytes);
	memcpy(bytes + SEGMENT_HEADER_SIZE, body, body_size);
	store32(bytes + AT_RAW_SIZE, raw_size);
	store32(bytes + AT_BODY_SIZE, (uint32_t)body_size);
	size = segment_room((uint32_t)body_size);
	example_sign(bytes, size);
}

static struct pack
changes(uint8_t raw[static EXAMPLE_ROOM])
{
	struct pack pack;

	pack_init(&pack, raw, EXAMPLE_ROOM);
	example_changes(&pack);
	return pack;
}

static void
reads_back_what_was_sealed(void **state)
{
	uint8_t raw[EXAMPLE_ROOM], opened[EXAMPLE_ROOM];
	uint8_t name[SEGMENT_NAME_SIZE];
	struct pack pack = changes(raw);
	struct segment s;

	(void)state;
	assert_int_equal(segment_decode(&s, bytes, size, example_company,
				 example_key, NULL),
		STATUS_OK);
	assert_int_equal(s.kind, SEGMENT_CHANGES);
	assert_memory_equal(s.territory, example_id(0x10), ID_BYTES);
	assert_memory_equal(s.log, example_id(0x20), LOG_BYTES);
	assert_true(s.first == 4 && s.count == EXAMPLE_CHANGES);
	assert_memory_equal(s.previous, example_id(0x50), SEGMENT_NAME_SIZE);
	assert_int_equal(s.size, size);
	assert_int_equal(s.raw_size, pack.size);
	assert_true(s.body_size < s.raw_size);
	(void)crypto_generichash(name, sizeof name, bytes,
		size - SEGMENT_SIGNATURE_SIZE, NULL, 0);
	assert_memory_equal(s.name, name, sizeof name);
	assert_int_equal(segment_unseal(&s, opened), STATUS_OK);
	assert_memory_equal(opened, raw, pack.size);
}

static void
leaves_what_does_not_shrink_as_it_is(void **state)
{
	uint8_t raw[EXAMPLE_ROOM];
	struct segment s;
	struct pack pack;

	(void)state;
	pack_init(&pack, raw, sizeof raw);
	example_plain_change(&pack,
		EXAMPLE_VALUE("\xa4"
			      "Acme"));
	size = example_small_segment(bytes);
	assert_int_equal(decode(), STATUS_OK);
	assert_int_equal(segment_view(&s, bytes, size), STATUS_OK);
	assert_int_equal(s.body_size, s.raw_size);
	assert_memory_equal(s.body, raw, pack.size);
	assert_int_equal(unseal(), STATUS_OK);
}

static void
flip_every_bit(size_t device_at)
{
	for (size_t bit = 0; bit < size * 8; bit++) {
		enum status status;

		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		status = decode();
		assert_true(status == STATUS_MALFORMED ||
			status == STATUS_FORGED || status == STATUS_ABSENT);
		/* Only another device's name makes it a stranger's. */
		assert_int_equal(status == STATUS_ABSENT,
			bit / 8 >= device_at && bit / 8 < device_at + ID_BYTES);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(decode(), STATUS_OK);
}

static void
refuses_every_flipped_bit(void **state)
{
	(void)state;
	flip_every_bit(AT_DEVICE);
}

static void
refuses_every_cut_and_what_comes_after(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(decode_for(example_company, bytes, cut),
			STATUS_MALFORMED);
	assert_int_equal(
		decode_for(example_company, bytes, size + 1), STATUS_MALFORMED);
}

static void
refuses_another_companys(void **state)
{
	uint8_t company[32];

	(void)state;
	memcpy(company, example_company, sizeof company);
	company[31] ^= 1;
	assert_int_equal(decode_for(company, bytes, size), STATUS_FORGED);
}

static void
asks_for_later_when_the_device_is_not_known(void **state)
{
	(void)state;
	memset(bytes + AT_DEVICE, 0x99, ID_BYTES);
	assert_int_equal(decode_signed(), STATUS_ABSENT);
}

/* Another known device's key does not do. */
static const uint8_t *
other_key(void *self, const uint8_t *device)
{
	(void)device;
	return self;
}

static void
refuses_another_devices_signature(void **state)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = {8};
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct segment s;

	(void)state;
	(void)crypto_sign_seed_keypair(public, secret, seed);
	assert_int_equal(segment_decode(&s, bytes, size, example_company,
				 other_key, public),
		STATUS_FORGED);
}

static void
refuses_what_was_signed_for_another_purpose(void **state)
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t name[SEGMENT_NAME_SIZE];
	size_t signed_size = size - SEGMENT_SIGNATURE_SIZE;

	(void)state;
	example_keys(public, secret);
	(void)crypto_generichash(
		name, sizeof name, bytes, signed_size, NULL, 0);
	(void)crypto_sign_detached(
		bytes + signed_size, NULL, name, sizeof name, secret);
	assert_int_equal(decode(), STATUS_FORGED);
	(void)crypto_sign_detached(
		bytes + signed_size, NULL, bytes, signed_size, secret);
	assert_int_equal(decode(), STATUS_FORGED);
}

static void
refuses_other_versions_and_reserved_kinds(void **state)
{
	(void)state;
	for (int version = 0; version < 256; version++) {
		bytes[0] = (uint8_t)version;
		assert_int_equal(decode_signed(),
			version == SEGMENT_VERSION ? STATUS_OK
						   : STATUS_MALFORMED);
	}
	bytes[0] = SEGMENT_VERSION;
	/* As an erasure, its sizes do not add up. */
	for (int kind = 0; kind < 256; kind++) {
		bytes[1] = (uint8_t)kind;
		assert_int_equal(decode_signed(),
			kind == SEGMENT_CHANGES ? STATUS_OK : STATUS_MALFORMED);
	}
}

/* ---- erasures ---- */

static int
make_erasure(void **state)
{
	(void)state;
	size = example_erasure(bytes);
	return 0;
}

static void
an_erasure_stands_in_the_place_of_what_it_names(void **state)
{
	uint8_t replaced[EXAMPLE_ROOM];
	struct segment s, erasure;

	(void)state;
	assert_int_equal(segment_view(&s, replaced, example_segment(replaced)),
		STATUS_OK);
	assert_int_equal(segment_decode(&erasure, bytes, size, example_company,
				 example_key, NULL),
		STATUS_OK);
	assert_int_equal(erasure.kind, SEGMENT_ERASURE);
	assert_memory_equal(erasure.name, s.name, SEGMENT_NAME_SIZE);
	assert_memory_not_equal(erasure.own_name, s.name, SEGMENT_NAME_SIZE);
	assert_memory_equal(erasure.previous, s.previous, SEGMENT_NAME_SIZE);
	assert_memory_equal(erasure.log, s.log, LOG_BYTES);
	assert_int_equal(erasure.first, s.first);
	assert_int_equal(erasure.count, s.count);
}

static void
refuses_every_flipped_bit_of_an_erasure(void **state)
{
	(void)state;
	/* Its kind makes it something else, which does not add up. */
	flip_every_bit(AT_HUB);
}

static void
an_erasure_is_signed_by_the_hub_that_it_names(void **state)
{
	(void)state;
	memset(bytes + AT_HUB, 0x2d, ID_BYTES);
	example_sign(bytes, size);
	assert_int_equal(decode(), STATUS_ABSENT);
	memset(bytes + AT_HUB, 0x2e, ID_BYTES);
	assert_int_equal(decode(), STATUS_FORGED);
	example_sign(bytes, size);
	assert_int_equal(decode(), STATUS_OK);
}

static void
what_a_device_signed_is_no_erasure(void **state)
{
	uint8_t other[EXAMPLE_ROOM];
	size_t other_size = example_segment(other);

	(void)state;
	/* The signature over its own bytes, as a segment of changes. */
	bytes[1] = SEGMENT_CHANGES;
	example_sign(bytes, size);
	bytes[1] = SEGMENT_ERASURE;
	assert_int_equal(decode(), STATUS_FORGED);
	memcpy(bytes + size - SEGMENT_SIGNATURE_SIZE,
		other + other_size - SEGMENT_SIGNATURE_SIZE,
		SEGMENT_SIGNATURE_SIZE);
	assert_int_equal(decode(), STATUS_FORGED);
}

static void
keeps_the_numbers_of_changes_in_bounds(void **state)
{
	static const struct {
		uint64_t first;
		uint32_t count;
		enum status status;
	} cases[] = {
		{2, 1, STATUS_OK},
		{2, SEGMENT_CHANGES_MAX, STATUS_OK},
		{2, SEGMENT_CHANGES_MAX + 1, STATUS_MALFORMED},
		{2, 0, STATUS_MALFORMED},
		{0, 1, STATUS_MALFORMED},
		{CHANGE_SEQ_MAX, 1, STATUS_OK},
		{CHANGE_SEQ_MAX, 2, STATUS_MALFORMED},
		{CHANGE_SEQ_MAX - 1, 2, STATUS_OK},
		{CHANGE_SEQ_MAX + (uint64_t)1, 1, STATUS_MALFORMED},
		{(uint64_t)INT64_MAX + 1, 1, STATUS_MALFORMED},
		{UINT64_MAX, 1, STATUS_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		store64(bytes + AT_FIRST, cases[i].first);
		store32(bytes + AT_COUNT, cases[i].count);
		assert_int_equal(decode_signed(), cases[i].status);
	}
}

static void
refuses_a_gap_before_its_first_change(void **state)
{
	static const uint8_t none[SEGMENT_NAME_SIZE];

	(void)state;
	/* The first of a log names no other; any other names one. */
	store64(bytes + AT_FIRST, 1);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);
	memcpy(bytes + AT_PREVIOUS, none, sizeof none);
	assert_int_equal(decode_signed(), STATUS_OK);
	store64(bytes + AT_FIRST, 2);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);
}

static void
refuses_sizes_over_the_limits(void **state)
{
	static uint8_t large[SEGMENT_SIZE_MAX + 1];
	uint32_t body_size = load32(bytes + AT_BODY_SIZE);
	uint32_t raw_size = load32(bytes + AT_RAW_SIZE);
	const uint32_t most =
		SEGMENT_SIZE_MAX - SEGMENT_HEADER_SIZE - SEGMENT_SIGNATURE_SIZE;

	(void)state;
	store32(bytes + AT_RAW_SIZE, SEGMENT_RAW_MAX);
	assert_int_equal(decode_signed(), STATUS_OK);
	store32(bytes + AT_RAW_SIZE, SEGMENT_RAW_MAX + 1);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);
	store32(bytes + AT_RAW_SIZE, UINT32_MAX);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);
	store32(bytes + AT_RAW_SIZE, body_size - 1);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);
	store32(bytes + AT_RAW_SIZE, raw_size);
	store32(bytes + AT_BODY_SIZE, UINT32_MAX);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);
	store32(bytes + AT_BODY_SIZE, 0);
	assert_int_equal(decode_signed(), STATUS_MALFORMED);

	for (uint32_t extra = 0; extra <= 1; extra++) {
		memcpy(large, bytes, SEGMENT_HEADER_SIZE);
		store32(large + AT_RAW_SIZE, SEGMENT_RAW_MAX);
		store32(large + AT_BODY_SIZE, most + extra);
		example_sign(large, SEGMENT_SIZE_MAX + extra);
		assert_int_equal(decode_for(example_company, large,
					 SEGMENT_SIZE_MAX + extra),
			extra ? STATUS_MALFORMED : STATUS_OK);
	}
}

static void
refuses_a_count_that_is_not_the_number_of_changes(void **state)
{
	(void)state;
	for (uint32_t count = 1; count <= EXAMPLE_CHANGES + 1; count++) {
		store32(bytes + AT_COUNT, count);
		assert_int_equal(unseal(),
			count == EXAMPLE_CHANGES ? STATUS_OK
						 : STATUS_MALFORMED);
	}
}

static void
refuses_bytes_after_the_last_change(void **state)
{
	uint8_t raw[EXAMPLE_ROOM];
	struct pack pack = changes(raw);

	(void)state;
	pack_nil(&pack);
	replace_body(raw, pack.size, (uint32_t)pack.size);
	assert_int_equal(decode(), STATUS_OK);
	assert_int_equal(unseal(), STATUS_MALFORMED);
}

static void
refuses_a_change_that_sees_its_own_log(void **state)
{
	const struct seen_entry own = {.log = example_id(0x20), .seq = 1};
	uint8_t raw[EXAMPLE_ROOM];
	struct pack pack;

	(void)state;
	pack_init(&pack, raw, sizeof raw);
	change_encode(
		&pack, &(struct change_draft){.seen = &own, .seen_count = 1});
	store32(bytes + AT_COUNT, 1);
	replace_body(raw, pack.size, (uint32_t)pack.size);
	assert_int_equal(unseal(), STATUS_MALFORMED);
}

static void
stays_within_its_room_for_every_flipped_bit_of_a_frame(void **state)
{
	size_t body_bits =
		(size - SEGMENT_HEADER_SIZE - SEGMENT_SIGNATURE_SIZE) * 8;

	(void)state;
	for (size_t bit = 0; bit < body_bits; bit++) {
		uint8_t *at = bytes + SEGMENT_HEADER_SIZE + bit / 8;

		*at ^= (uint8_t)(1u << bit % 8);
		(void)unseal(); /* whatever it says, within its room */
		*at ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(unseal(), STATUS_OK);
}

/* A frame that holds so many zeros. */
static size_t
compress_zeros(uint8_t *out, size_t room, size_t held)
{
	uint8_t *zeros = calloc(held, 1);
	size_t n;

	assert_non_null(zeros);
	n = ZSTD_compress(out, room, zeros, held, 3);
	free(zeros);
	assert_false(ZSTD_isError(n));
	return n;
}

static void
refuses_a_frame_that_holds_more_than_it_may(void **state)
{
	uint8_t frame[EXAMPLE_ROOM];
	size_t n = compress_zeros(frame, sizeof frame, (size_t)1 << 25);

	(void)state;
	replace_body(frame, n, SEGMENT_RAW_MAX);
	assert_int_equal(decode(), STATUS_OK);
	assert_int_equal(unseal(), STATUS_MALFORMED);
	/* Nor when the frame itself is made to say what the header says. */
	n = compress_zeros(frame, sizeof frame, (size_t)1 << 21);
	assert_int_equal(frame[4] & 0xe0, 0xa0); /* size in four bytes */
	for (int i = 0; i < 4; i++)
		frame[5 + i] = (uint8_t)(SEGMENT_RAW_MAX >> (8 * i));
	replace_body(frame, n, SEGMENT_RAW_MAX);
	assert_int_equal(unseal(), STATUS_MALFORMED);
}

static void
refuses_a_frame_of_another_size_than_stated(void **state)
{
	uint8_t raw[EXAMPLE_ROOM], frame[EXAMPLE_ROOM];
	struct pack pack = changes(raw);
	size_t n = ZSTD_compress(frame, sizeof frame, raw, pack.size, 3);

	(void)state;
	replace_body(frame, n, (uint32_t)pack.size);
	assert_int_equal(unseal(), STATUS_OK);
	replace_body(frame, n, (uint32_t)pack.size + 1);
	assert_int_equal(unseal(), STATUS_MALFORMED);
	replace_body(frame, n, (uint32_t)pack.size - 1);
	assert_int_equal(unseal(), STATUS_MALFORMED);
}

static void
refuses_two_frames_and_what_a_frame_leaves_over(void **state)
{
	static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
	uint8_t raw[EXAMPLE_ROOM], frame[EXAMPLE_ROOM];
	struct pack pack = changes(raw);
	size_t half = pack.size / 2, n, m;

	(void)state;
	n = ZSTD_compress(frame, sizeof frame, raw, half, 3);
	m = ZSTD_compress(
		frame + n, sizeof frame - n, raw + half, pack.size - half, 3);
	if (n + m < pack.size) {
		replace_body(frame, n + m, (uint32_t)pack.size);
		assert_int_equal(unseal(), STATUS_MALFORMED);
	}
	n = ZSTD_compress(frame, sizeof frame, raw, pack.size, 3);
	frame[n] = 0;
	replace_body(frame, n + 1, (uint32_t)pack.size);
	assert_int_equal(unseal(), STATUS_MALFORMED);
	memcpy(frame + n, skippable, sizeof skippable);
	replace_body(frame, n + sizeof skippable, (uint32_t)pack.size);
	assert_int_equal(unseal(), STATUS_MALFORMED);
	memmove(frame + sizeof skippable, frame, n);
	memcpy(frame, skippable, sizeof skippable);
	replace_body(frame, n + sizeof skippable, (uint32_t)pack.size);
	assert_int_equal(unseal(), STATUS_MALFORMED);
}

/* With one parameter of zstd's set, the frame is no longer of our form. */
static enum status
unseal_with(ZSTD_cParameter parameter, int value)
{
	uint8_t raw[EXAMPLE_ROOM], frame[EXAMPLE_ROOM];
	struct pack pack = changes(raw);
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t n;

	assert_non_null(context);
	(void)ZSTD_CCtx_setParameter(context, parameter, value);
	n = ZSTD_compress2(context, frame, sizeof frame, raw, pack.size);
	(void)ZSTD_freeCCtx(context);
	assert_true(!ZSTD_isError(n) && n < pack.size);
	replace_body(frame, n, (uint32_t)pack.size);
	return unseal();
}

static void
refuses_frames_of_another_form(void **state)
{
	(void)state;
	assert_int_equal(unseal_with(ZSTD_c_compressionLevel, 19), STATUS_OK);
	assert_int_equal(unseal_with(ZSTD_c_checksumFlag, 1), STATUS_MALFORMED);
	assert_int_equal(
		unseal_with(ZSTD_c_contentSizeFlag, 0), STATUS_MALFORMED);
}

static void
refuses_zstds_older_formats(void **state)
{
	(void)state;
	for (unsigned version = 0; version < 256; version++) {
		bytes[SEGMENT_HEADER_SIZE] = (uint8_t)version;
		assert_int_equal(unseal(),
			version == 0x28 ? STATUS_OK : STATUS_MALFORMED);
	}
}

static void
cannot_seal_what_is_too_large_for_a_message(void **state)
{
	static const uint8_t seed[randombytes_SEEDBYTES] = {9};
	static const uint8_t none[SEGMENT_NAME_SIZE];
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t name[SEGMENT_NAME_SIZE];
	uint8_t *noise = malloc(SEGMENT_RAW_MAX);
	uint8_t *out = malloc(segment_room(SEGMENT_RAW_MAX));
	struct segment_draft draft = {
		.company = example_company,
		.secret = secret,
		.territory = example_id(0x10),
		.log = example_id(0x20),
		.first = 1,
		.count = 1,
		.previous = none,
		.raw = noise,
		.raw_size = SEGMENT_RAW_MAX,
	};
	size_t n;

	(void)state;
	assert_true(noise && out);
	example_keys(public, secret);
	randombytes_buf_deterministic(noise, SEGMENT_RAW_MAX, seed);
	assert_int_equal(segment_seal(out, &n, name, &draft), STATUS_FAILED);
	/* What is sealed by rule fits, however little it shrinks. */
	draft.raw_size = SEGMENT_SEAL_SIZE + CHANGE_SIZE_MAX;
	assert_int_equal(segment_seal(out, &n, name, &draft), STATUS_OK);
	assert_int_equal(n, segment_room(draft.raw_size));
	free(noise);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_back_what_was_sealed, make_good),
		cmocka_unit_test_setup(
			leaves_what_does_not_shrink_as_it_is, make_good),
		cmocka_unit_test_setup(refuses_every_flipped_bit, make_good),
		cmocka_unit_test_setup(
			refuses_every_cut_and_what_comes_after, make_good),
		cmocka_unit_test_setup(refuses_another_companys, make_good),
		cmocka_unit_test_setup(
			asks_for_later_when_the_device_is_not_known, make_good),
		cmocka_unit_test_setup(
			refuses_another_devices_signature, make_good),
		cmocka_unit_test_setup(
			refuses_what_was_signed_for_another_purpose, make_good),
		cmocka_unit_test_setup(
			refuses_other_versions_and_reserved_kinds, make_good),
		cmocka_unit_test_setup(
			an_erasure_stands_in_the_place_of_what_it_names,
			make_erasure),
		cmocka_unit_test_setup(
			an_erasure_is_signed_by_the_hub_that_it_names,
			make_erasure),
		cmocka_unit_test_setup(
			what_a_device_signed_is_no_erasure, make_erasure),
		cmocka_unit_test_setup(
			refuses_every_flipped_bit_of_an_erasure, make_erasure),
		cmocka_unit_test_setup(
			refuses_every_cut_and_what_comes_after, make_erasure),
		cmocka_unit_test_setup(refuses_another_companys, make_erasure),
		cmocka_unit_test_setup(
			keeps_the_numbers_of_changes_in_bounds, make_good),
		cmocka_unit_test_setup(
			refuses_a_gap_before_its_first_change, make_good),
		cmocka_unit_test_setup(
			refuses_sizes_over_the_limits, make_good),
		cmocka_unit_test_setup(
			refuses_a_count_that_is_not_the_number_of_changes,
			make_good),
		cmocka_unit_test_setup(
			refuses_bytes_after_the_last_change, make_good),
		cmocka_unit_test_setup(
			refuses_a_change_that_sees_its_own_log, make_good),
		cmocka_unit_test_setup(
			stays_within_its_room_for_every_flipped_bit_of_a_frame,
			make_good),
		cmocka_unit_test_setup(
			refuses_a_frame_that_holds_more_than_it_may, make_good),
		cmocka_unit_test_setup(
			refuses_a_frame_of_another_size_than_stated, make_good),
		cmocka_unit_test_setup(
			refuses_two_frames_and_what_a_frame_leaves_over,
			make_good),
		cmocka_unit_test_setup(
			refuses_frames_of_another_form, make_good),
		cmocka_unit_test_setup(refuses_zstds_older_formats, make_good),
		cmocka_unit_test_setup(
			cannot_seal_what_is_too_large_for_a_message, make_good),
	};

	return cmocka_run_group_tests_name("segment", tests, setup, NULL);
}
