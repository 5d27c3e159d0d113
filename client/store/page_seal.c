#include "client/store/page_seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "sync/alloc.h"

/* Numbers of the keys that are derived; never given anew. */
enum {
	DERIVE_STORED = 1,
	DERIVE_JOURNAL = 2,
	DERIVE_MASK = 3,
	DERIVE_MARK = 4,
};

static const char derive_context[crypto_kdf_CONTEXTBYTES] = "rbkpages";
static const char format[16] = "SQLite format 3";

enum {
	BODY = PAGE_SEAL_SIZE - PAGE_SEAL_ROOM,
	AT_NONCE = BODY,
	AT_TAG = BODY + PAGE_SEAL_NONCE,
	BOUND_SIZE = 6, /* what the tag covers beside the bytes */
	/* In page 1. */
	AT_PAGE_SIZE = 16,
	AT_ROOM = 20,
};

struct page_keys {
	uint8_t stored[PAGE_SEAL_KEY_SIZE];
	uint8_t journal[PAGE_SEAL_KEY_SIZE];
	uint8_t mask[crypto_shorthash_KEYBYTES];
	uint8_t mark[PAGE_SEAL_MARK_SIZE];
};

static void
derive(uint8_t *out, size_t size, uint64_t number, const uint8_t *key)
{
	int code = crypto_kdf_derive_from_key(
		out, size, number, derive_context, key);

	assert(code == 0); /* sizes are in bounds */
	(void)code;
}

struct page_keys *
page_keys_new(const uint8_t key[static PAGE_SEAL_KEY_SIZE])
{
	struct page_keys *keys = sodium_malloc(sizeof *keys);

	if (!keys)
		alloc_failed();
	derive(keys->stored, sizeof keys->stored, DERIVE_STORED, key);
	derive(keys->journal, sizeof keys->journal, DERIVE_JOURNAL, key);
	derive(keys->mask, sizeof keys->mask, DERIVE_MASK, key);
	derive(keys->mark, sizeof keys->mark, DERIVE_MARK, key);
	return keys;
}

void
page_keys_free(struct page_keys *keys)
{
	sodium_free(keys);
}

const uint8_t *
page_mark(const struct page_keys *keys)
{
	return keys->mark;
}

bool
page_room_is_clear(const uint8_t page[static PAGE_SEAL_SIZE])
{
	return sodium_is_zero(page + BODY, PAGE_SEAL_ROOM);
}

bool
page_header_fits(uint32_t number, const uint8_t page[static PAGE_SEAL_SIZE])
{
	return number != 1 ||
		(memcmp(page, format, sizeof format) == 0 &&
			page[AT_PAGE_SIZE] == PAGE_SEAL_SIZE >> 8 &&
			page[AT_PAGE_SIZE + 1] == 0 &&
			page[AT_ROOM] == PAGE_SEAL_ROOM);
}

static const uint8_t *
key_of(const struct page_keys *keys, enum page_kind kind)
{
	return kind == PAGE_STORED ? keys->stored : keys->journal;
}

static void
bind(uint8_t bound[static BOUND_SIZE], enum page_kind kind, uint32_t number)
{
	bound[0] = (uint8_t)kind;
	bound[1] = 1; /* of this format */
	for (int i = 0; i < 4; i++)
		bound[2 + i] = (uint8_t)(number >> (24 - 8 * i));
}

void
page_seal(const struct page_keys *keys, enum page_kind kind, uint32_t number,
	const uint8_t page[static PAGE_SEAL_SIZE],
	uint8_t sealed[static PAGE_SEAL_SIZE])
{
	uint8_t bound[BOUND_SIZE];
	size_t clear = number == 1 ? PAGE_SEAL_MARK_SIZE : 0;

	bind(bound, kind, number);
	memcpy(sealed, keys->mark, clear);
	randombytes_buf(sealed + AT_NONCE, PAGE_SEAL_NONCE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
		sealed + clear, sealed + AT_TAG, NULL, page + clear,
		BODY - clear, bound, sizeof bound, NULL, sealed + AT_NONCE,
		key_of(keys, kind)); /* is 0 */
}

bool
page_open(const struct page_keys *keys, enum page_kind kind, uint32_t number,
	const uint8_t sealed[static PAGE_SEAL_SIZE],
	uint8_t page[static PAGE_SEAL_SIZE])
{
	uint8_t bound[BOUND_SIZE];
	size_t clear = number == 1 ? PAGE_SEAL_MARK_SIZE : 0;

	bind(bound, kind, number);
	if (memcmp(sealed, keys->mark, clear) != 0 ||
		crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
			page + clear, NULL, sealed + clear, BODY - clear,
			sealed + AT_TAG, bound, sizeof bound, sealed + AT_NONCE,
			key_of(keys, kind)) != 0)
		return false;
	memcpy(page, format, clear);
	/* For who does not clear it. */
	if (page != sealed)
		memcpy(page + BODY, sealed + BODY, PAGE_SEAL_ROOM);
	return true;
}

void
page_room_clear(uint8_t page[static PAGE_SEAL_SIZE])
{
	memset(page + BODY, 0, PAGE_SEAL_ROOM);
}

void
page_header_stand_in(uint8_t header[static PAGE_HEADER_SIZE])
{
	memset(header, 0, PAGE_HEADER_SIZE);
	memcpy(header, format, sizeof format);
	header[AT_PAGE_SIZE] = PAGE_SEAL_SIZE >> 8;
	header[18] = header[19] = 1; /* a rollback journal, until it is read */
	header[AT_ROOM] = PAGE_SEAL_ROOM;
	/* The three fractions, which the format fixes. */
	header[21] = 64;
	header[22] = header[23] = 32;
}

void
page_mask_frame(const struct page_keys *keys, uint64_t offset,
	const uint8_t salts[static 8], uint8_t sums[static 8])
{
	uint8_t where[16], mask[crypto_shorthash_BYTES];

	for (int i = 0; i < 8; i++)
		where[i] = (uint8_t)(offset >> (8 * i));
	memcpy(where + 8, salts, 8);
	(void)crypto_shorthash(
		mask, where, sizeof where, keys->mask); /* is 0 */
	for (int i = 0; i < 8; i++)
		sums[i] ^= mask[i];
}

void
page_mask_record(const struct page_keys *keys,
	const uint8_t nonce[static PAGE_SEAL_NONCE], uint8_t sum[static 4])
{
	uint8_t mask[crypto_shorthash_BYTES];

	(void)crypto_shorthash(
		mask, nonce, PAGE_SEAL_NONCE, keys->mask); /* is 0 */
	for (int i = 0; i < 4; i++)
		sum[i] ^= mask[i];
}
