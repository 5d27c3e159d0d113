#include "proto/segment.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "proto/bytes.h"

static_assert(SEGMENT_SIGNATURE_SIZE == crypto_sign_BYTES, "libsodium");
static_assert(SEGMENT_NAME_SIZE <= crypto_generichash_BYTES_MAX, "libsodium");

enum {
	AT_VERSION = 0,
	AT_KIND = 1,
	AT_TERRITORY = 2,
	AT_LOG = 18,
	AT_FIRST = 50,
	AT_COUNT = 58,
	AT_PREVIOUS = 62,
	AT_RAW_SIZE = 94,
	AT_BODY_SIZE = 98,
	AT_REPLACES = 102, /* of an erasure */
	AT_HUB = 134,

	COMPANY_SIZE = 32,
	LEVEL = 3,
	/* A third less work for three bytes more in a hundred. */
	BULK_LEVEL = 2,
	BULK_SIZE = SEGMENT_SEAL_SIZE,
	ERASURE_LEVEL = 19,

	FRAME_DESCRIPTOR_MASK = 0x3f,
	FRAME_DESCRIPTOR = 0x20, /* single segment; no checksum, dictionary */
};

/* Compared by us: zstd's library would read the formats before it, too. */
static const uint8_t frame_magic[] = {0x28, 0xb5, 0x2f, 0xfd};

/*
 * Signed ahead of company and name, so that nothing else that is signed with
 * the same key can be passed off as a segment, nor one company's as another's.
 * The zero byte at its end is signed too: no purpose begins another.
 */
static const uint8_t purpose[] = "roadbook/segment/1";
static const uint8_t erasure_purpose[] = "roadbook/erasure/1";
static_assert(sizeof purpose == sizeof erasure_purpose, "one size");

enum { SIGNED_SIZE = sizeof purpose + COMPANY_SIZE + SEGMENT_NAME_SIZE };

static void
compose_signed(uint8_t out[static SIGNED_SIZE], enum segment_kind kind,
	const uint8_t *company, const uint8_t *name)
{
	memcpy(out, kind == SEGMENT_ERASURE ? erasure_purpose : purpose,
		sizeof purpose);
	memcpy(out + sizeof purpose, company, COMPANY_SIZE);
	memcpy(out + sizeof purpose + COMPANY_SIZE, name, SEGMENT_NAME_SIZE);
}

static size_t
header_size(enum segment_kind kind)
{
	return kind == SEGMENT_ERASURE
		? SEGMENT_HEADER_SIZE + SEGMENT_ERASURE_SIZE
		: SEGMENT_HEADER_SIZE;
}

static void
make_name(uint8_t name[static SEGMENT_NAME_SIZE], const uint8_t *bytes,
	enum segment_kind kind, uint32_t body_size)
{
	(void)crypto_generichash(name, SEGMENT_NAME_SIZE, bytes,
		header_size(kind) + body_size, NULL, 0);
}

static size_t
whole_size(enum segment_kind kind, uint32_t body_size)
{
	return header_size(kind) + body_size + SEGMENT_SIGNATURE_SIZE;
}

static bool
is_zero(const uint8_t *bytes, size_t size)
{
	return sodium_is_zero(bytes, size) == 1;
}

/* A log's first segment, and no other, has no segment before it. */
static bool
place_fits(int64_t first, uint32_t count, const uint8_t *previous)
{
	return first >= 1 && count >= 1 && count <= SEGMENT_CHANGES_MAX &&
		first <= CHANGE_SEQ_MAX - (count - 1) &&
		(first == 1) == is_zero(previous, SEGMENT_NAME_SIZE);
}

static bool
sizes_fit(enum segment_kind kind, uint32_t raw_size, uint32_t body_size)
{
	return raw_size >= 1 && raw_size <= SEGMENT_RAW_MAX && body_size >= 1 &&
		body_size <= raw_size &&
		whole_size(kind, body_size) <= SEGMENT_SIZE_MAX;
}

size_t
segment_room(uint32_t raw_size)
{
	return whole_size(SEGMENT_CHANGES, raw_size);
}

static int
level_of(const struct segment_draft *draft)
{
	if (draft->replaces)
		return ERASURE_LEVEL;
	return draft->raw_size >= BULK_SIZE ? BULK_LEVEL : LEVEL;
}

/*
 * Writes the body and says how large it is: smaller than the changes, or the
 * changes as they are. STATUS_FAILED without memory.
 */
static enum status
write_body(uint8_t *body, uint32_t *size, const struct segment_draft *draft)
{
	size_t n = ZSTD_compress(body, draft->raw_size - 1, draft->raw,
		draft->raw_size, level_of(draft));

	if (!ZSTD_isError(n)) {
		*size = (uint32_t)n;
		return STATUS_OK;
	}
	if (ZSTD_getErrorCode(n) != ZSTD_error_dstSize_tooSmall)
		return STATUS_FAILED;
	memcpy(body, draft->raw, draft->raw_size);
	*size = draft->raw_size;
	return STATUS_OK;
}

static void
write_header(
	uint8_t *out, const struct segment_draft *draft, uint32_t body_size)
{
	out[AT_VERSION] = SEGMENT_VERSION;
	out[AT_KIND] = draft->replaces ? SEGMENT_ERASURE : SEGMENT_CHANGES;
	memcpy(out + AT_TERRITORY, draft->territory, ID_BYTES);
	memcpy(out + AT_LOG, draft->log, LOG_BYTES);
	store64(out + AT_FIRST, (uint64_t)draft->first);
	store32(out + AT_COUNT, draft->count);
	memcpy(out + AT_PREVIOUS, draft->previous, SEGMENT_NAME_SIZE);
	store32(out + AT_RAW_SIZE, draft->raw_size);
	store32(out + AT_BODY_SIZE, body_size);
	if (!draft->replaces)
		return;
	memcpy(out + AT_REPLACES, draft->replaces, SEGMENT_NAME_SIZE);
	memcpy(out + AT_HUB, draft->hub, ID_BYTES);
}

enum status
segment_seal(uint8_t *out, size_t *size, uint8_t name[static SEGMENT_NAME_SIZE],
	const struct segment_draft *draft)
{
	enum segment_kind kind =
		draft->replaces ? SEGMENT_ERASURE : SEGMENT_CHANGES;
	uint8_t *body = out + header_size(kind);
	uint8_t message[SIGNED_SIZE];
	uint32_t body_size;

	assert(place_fits(draft->first, draft->count, draft->previous));
	assert(draft->raw_size >= 1 && draft->raw_size <= SEGMENT_RAW_MAX);

	if (write_body(body, &body_size, draft) != STATUS_OK ||
		whole_size(kind, body_size) > SEGMENT_SIZE_MAX)
		return STATUS_FAILED;
	write_header(out, draft, body_size);
	make_name(name, out, kind, body_size);
	compose_signed(message, kind, draft->company, name);
	(void)crypto_sign_detached(
		body + body_size, NULL, message, sizeof message, draft->secret);
	*size = whole_size(kind, body_size);
	return STATUS_OK;
}

enum status
segment_fields(struct segment *segment, const uint8_t *bytes, size_t size)
{
	struct segment s = {0};
	uint64_t first;

	if (size < SEGMENT_HEADER_SIZE ||
		bytes[AT_VERSION] != SEGMENT_VERSION ||
		(bytes[AT_KIND] != SEGMENT_CHANGES &&
			bytes[AT_KIND] != SEGMENT_ERASURE))
		return STATUS_MALFORMED;

	first = load64(bytes + AT_FIRST);
	s.kind = bytes[AT_KIND];
	s.territory = bytes + AT_TERRITORY;
	s.log = bytes + AT_LOG;
	s.first = first <= INT64_MAX ? (int64_t)first : 0;
	s.count = load32(bytes + AT_COUNT);
	s.previous = bytes + AT_PREVIOUS;
	s.raw_size = load32(bytes + AT_RAW_SIZE);
	s.body = bytes + header_size(s.kind);
	s.body_size = load32(bytes + AT_BODY_SIZE);
	s.size = size;
	if (!place_fits(s.first, s.count, s.previous) ||
		!sizes_fit(s.kind, s.raw_size, s.body_size) ||
		size != whole_size(s.kind, s.body_size))
		return STATUS_MALFORMED;

	s.signer = s.kind == SEGMENT_ERASURE ? bytes + AT_HUB : s.log;
	*segment = s;
	return STATUS_OK;
}

enum status
segment_view(struct segment *segment, const uint8_t *bytes, size_t size)
{
	struct segment s;

	if (segment_fields(&s, bytes, size) != STATUS_OK)
		return STATUS_MALFORMED;
	make_name(s.own_name, bytes, s.kind, s.body_size);
	memcpy(s.name,
		s.kind == SEGMENT_ERASURE ? bytes + AT_REPLACES : s.own_name,
		SEGMENT_NAME_SIZE);
	*segment = s;
	return STATUS_OK;
}

enum status
segment_decode(struct segment *segment, const uint8_t *bytes, size_t size,
	const uint8_t *company, segment_key_cb *key, void *key_self)
{
	uint8_t message[SIGNED_SIZE];
	const uint8_t *public;
	struct segment s;

	if (segment_view(&s, bytes, size) != STATUS_OK)
		return STATUS_MALFORMED;
	public = key(key_self, s.signer);
	if (!public)
		return STATUS_ABSENT;
	compose_signed(message, s.kind, company, s.own_name);
	if (crypto_sign_verify_detached(
		    s.body + s.body_size, message, sizeof message, public) != 0)
		return STATUS_FORGED;
	*segment = s;
	return STATUS_OK;
}

/*
 * Whether the body is one frame of the form that we write: it states its size,
 * which is what the header says, and decodes within that much memory (a
 * "single segment": no window beside it), needs no dictionary and ends where
 * the body ends. Asked before a byte is decompressed.
 */
static bool
frame_fits(const struct segment *s)
{
	if (s->body_size <= sizeof frame_magic ||
		memcmp(s->body, frame_magic, sizeof frame_magic) != 0)
		return false;
	if ((s->body[sizeof frame_magic] & FRAME_DESCRIPTOR_MASK) !=
		FRAME_DESCRIPTOR)
		return false;
	if (ZSTD_getFrameContentSize(s->body, s->body_size) != s->raw_size)
		return false;
	return ZSTD_findFrameCompressedSize(s->body, s->body_size) ==
		s->body_size;
}

static enum status
read_body(const struct segment *segment, uint8_t *raw)
{
	size_t n;

	if (segment->body_size == segment->raw_size) {
		memcpy(raw, segment->body, segment->raw_size);
		return STATUS_OK;
	}
	if (!frame_fits(segment))
		return STATUS_MALFORMED;
	n = ZSTD_decompress(
		raw, segment->raw_size, segment->body, segment->body_size);
	if (n == segment->raw_size)
		return STATUS_OK;
	return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation
		? STATUS_FAILED
		: STATUS_MALFORMED;
}

/* A change knows all of its own log's that came before: it does not say so. */
static bool
names_own_log(const struct change *change, const uint8_t *own)
{
	struct change_cursor cursor = {0};
	const uint8_t *log;
	int64_t seq;

	while (change_next_seen(change, &cursor, &log, &seq))
		if (memcmp(log, own, LOG_BYTES) == 0)
			return true;
	return false;
}

enum status
segment_unseal(const struct segment *segment, uint8_t *raw)
{
	enum status status = read_body(segment, raw);
	struct unpack unpack;
	struct change change;

	if (status != STATUS_OK)
		return status;
	unpack_init(&unpack, raw, segment->raw_size);
	for (uint32_t i = 0; i < segment->count; i++)
		if (change_decode(&change, &unpack) != STATUS_OK ||
			names_own_log(&change, segment->log))
			return STATUS_MALFORMED;
	return unpack_done(&unpack) ? STATUS_OK : STATUS_MALFORMED;
}
