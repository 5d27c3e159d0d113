#include "proto/id.h"

#include <assert.h>
#include <string.h>

#include "proto/purpose.h"

enum { AT_VERSION = 6, AT_VARIANT = 8, TIME_SIZE = 6 };

/* What is counted in: the bytes after the one that states the variant. */
enum { COUNTED_SIZE = ID_SIZE - AT_VARIANT - 1 };

static_assert(TIME_SIZE + ID_RANDOM_SIZE == ID_SIZE, "time, then random");
static_assert(TIME_SIZE * 8 == ID_MS_BITS, "as the header says");

static void
set_version(uint8_t id[static ID_SIZE], unsigned version)
{
	id[AT_VERSION] = (uint8_t)((id[AT_VERSION] & 0x0f) | version << 4);
	id[AT_VARIANT] = (uint8_t)((id[AT_VARIANT] & 0x3f) | 0x80);
}

/* The usual text has a dash ahead of these bytes. */
static bool
dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/* 0 to 15, or -1: not a hexadecimal digit. No locale has a say in it. */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void
id_make(uint8_t out[static ID_SIZE], uint64_t ms,
	const uint8_t random[static ID_RANDOM_SIZE])
{
	for (int i = 0; i < TIME_SIZE; i++)
		out[i] = (uint8_t)(ms >> (8 * (TIME_SIZE - 1 - i)));
	memcpy(out + TIME_SIZE, random, ID_RANDOM_SIZE);
	set_version(out, 7);
}

void
id_step(uint8_t id[static ID_SIZE], const uint8_t random[static ID_STEP_SIZE])
{
	uint8_t *counted = id + AT_VARIANT + 1;
	unsigned carry = 1;

	for (int i = COUNTED_SIZE - 1, k = ID_STEP_SIZE - 1; i >= 0; i--, k--) {
		carry += counted[i] + (k >= 0 ? random[k] : 0u);
		counted[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

void
id_derive(uint8_t out[static ID_SIZE], const char *purpose,
	const uint8_t *bytes, size_t size)
{
	uint8_t hash[PURPOSE_HASH_SIZE];

	purpose_hash(hash, purpose, bytes, size);
	memcpy(out, hash, ID_SIZE);
	set_version(out, 8);
}

void
id_format(char out[static ID_TEXT_SIZE], const uint8_t id[static ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	char *at = out;

	for (size_t i = 0; i < ID_SIZE; i++) {
		if (dash_before(i))
			*at++ = '-';
		*at++ = digits[id[i] >> 4];
		*at++ = digits[id[i] & 0x0f];
	}
	*at = '\0';
}

enum status
id_parse(uint8_t out[static ID_SIZE], const char *text)
{
	uint8_t id[ID_SIZE];
	bool dashes = strlen(text) == ID_TEXT_SIZE - 1;

	for (size_t i = 0; i < ID_SIZE; i++) {
		int high, low;

		if (dashes && dash_before(i) && *text++ != '-')
			return STATUS_MALFORMED;
		high = digit_value(text[0]);
		if (high < 0)
			return STATUS_MALFORMED; /* it may be the end */
		low = digit_value(text[1]);
		if (low < 0)
			return STATUS_MALFORMED;
		id[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text != '\0')
		return STATUS_MALFORMED;

	memcpy(out, id, ID_SIZE);
	return STATUS_OK;
}

bool
id_is_zero(const uint8_t id[static ID_SIZE])
{
	uint8_t any = 0;

	for (size_t i = 0; i < ID_SIZE; i++)
		any |= id[i];
	return any == 0;
}
