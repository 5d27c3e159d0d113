/*
 * A fuzzer never gets past a signature, so the bytes are taken three ways: as
 * a segment that a stranger sent, as a segment that its device signed, and as
 * the body of a good one.
 */

#include <stdlib.h>

#include "proto/bytes.h"
#include "tests/proto/examples.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { RAW_SIZE_AT = 94, BODY_SIZE_AT = 98 };

static void
check(bool claim)
{
	if (!claim)
		abort();
}

static void
unseal(const struct segment *s)
{
	uint8_t *raw = malloc(s->raw_size);
	uint32_t count = 0;
	struct change change;
	struct unpack unpack;

	check(raw != NULL);
	if (segment_unseal(s, raw) == STATUS_OK) {
		unpack_init(&unpack, raw, s->raw_size);
		while (!unpack_done(&unpack)) {
			check(change_decode(&change, &unpack) == STATUS_OK);
			count++;
		}
		check(count == s->count);
	}
	free(raw);
}

/* Its own name and limits say the same of it, signed or not. */
static void
decode(const uint8_t *bytes, size_t size, enum status expected)
{
	struct segment seen, signed_one;
	enum status status = segment_decode(
		&signed_one, bytes, size, example_company, example_key, NULL);

	if (segment_view(&seen, bytes, size) != STATUS_OK) {
		check(status == STATUS_MALFORMED);
		return;
	}
	check(status == STATUS_ABSENT || status == expected ||
		expected == STATUS_FORGED);
	check(seen.size == size && seen.body_size <= seen.raw_size &&
		seen.raw_size <= SEGMENT_RAW_MAX);
	unseal(&seen);
}

/* The bytes as the body of the example; the first four say the raw size. */
static void
decode_body(const uint8_t *bytes, size_t size)
{
	uint8_t *segment;
	size_t room;

	if (size < 5 || size > EXAMPLE_ROOM)
		return;
	room = segment_room((uint32_t)size - 4);
	segment = malloc(room > EXAMPLE_ROOM ? room : EXAMPLE_ROOM);
	check(segment != NULL);
	(void)example_segment(segment);
	store32(segment + RAW_SIZE_AT, load32(bytes));
	store32(segment + BODY_SIZE_AT, (uint32_t)size - 4);
	memcpy(segment + SEGMENT_HEADER_SIZE, bytes + 4, size - 4);
	example_sign(segment, room);
	decode(segment, room, STATUS_OK);
	free(segment);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t *copy;

	check(sodium_init() >= 0);
	decode(bytes, size, STATUS_FORGED);
	decode_body(bytes, size);
	if (size < SEGMENT_SIGNATURE_SIZE)
		return 0;
	copy = malloc(size);
	check(copy != NULL);
	memcpy(copy, bytes, size);
	example_sign(copy, size);
	decode(copy, size, STATUS_OK);
	free(copy);
	return 0;
}
