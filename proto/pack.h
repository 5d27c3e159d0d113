#ifndef PROTO_PACK_H
#define PROTO_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"

/*
 * msgpack, the part of it that we use, in one canonical form: equal values
 * have equal bytes, so bytes can be compared, hashed and signed.
 *
 * Kinds: nil, bool, integers of -2^63 to 2^63-1, text (valid UTF-8), bytes,
 * arrays, maps. Always the shortest encoding, of an integer from 0 up the
 * unsigned one. Map keys are scalars and ascend by their encoded bytes (as
 * memcmp, then length: 1 < "a" < "b" < "aa" < 200 < -1), so none comes twice.
 * Floats, extensions, time stamps and larger integers are refused.
 *
 * Reading is done by our own cursor: it allocates nothing, trusts no claimed
 * size (a count is at most the bytes that are left) and a value nests at most
 * PACK_DEPTH_MAX arrays and maps. msgpack-c's packer does the writing, into a
 * buffer of the caller's.
 */

enum { PACK_DEPTH_MAX = 8 };

enum pack_kind {
	PACK_NIL,
	PACK_BOOL,
	PACK_INTEGER,
	PACK_TEXT,
	PACK_BYTES,
	PACK_ARRAY,
	PACK_MAP,
};

/* One head: a scalar whole, or the count of what follows. */
struct pack_item {
	enum pack_kind kind;
	bool boolean;
	int64_t integer;
	const uint8_t *bytes; /* PACK_TEXT, PACK_BYTES: into what is read */
	size_t size;          /* their size */
	uint32_t count;       /* PACK_ARRAY: items; PACK_MAP: pairs */
};

/* Bytes that somebody else keeps alive, most often one whole value. */
struct pack_view {
	const uint8_t *bytes;
	size_t size;
};

struct unpack {
	const uint8_t *at;
	const uint8_t *end;
	bool again; /* all of it was read before, and was good */
};

void unpack_init(struct unpack *unpack, const uint8_t *bytes, size_t size);
/*
 * For bytes that were read before, by the same calls, and found good, and that
 * nobody wrote to since: whether text is UTF-8, whether operations ascend
 * (change_decode) is not looked at again. Bounds are.
 */
void unpack_init_again(
	struct unpack *unpack, const uint8_t *bytes, size_t size);

/* Whether everything has been read. */
bool unpack_done(const struct unpack *unpack);

/*
 * Each of these reads one item and goes past it, or returns false for
 * anything else than what it is asked for: wrong kind, outside the bounds
 * given, not the shortest form, cut short. After false the cursor is spent:
 * it stands at its end, so that whatever is asked of it next is refused too.
 * Whoever reads a map head by head checks the order of its keys; what
 * unpack_value() has passed is in order.
 */
MUST_USE bool unpack_item(struct unpack *unpack, struct pack_item *item);
MUST_USE bool unpack_nil(struct unpack *unpack);
MUST_USE bool unpack_bool(struct unpack *unpack, bool *value);
MUST_USE bool unpack_integer(
	struct unpack *unpack, int64_t min, int64_t max, int64_t *value);
MUST_USE bool unpack_text(
	struct unpack *unpack, size_t max, struct pack_view *text);
MUST_USE bool unpack_bytes(
	struct unpack *unpack, size_t max, struct pack_view *bytes);
/* Bytes of exactly `size`. */
MUST_USE bool unpack_exact(
	struct unpack *unpack, size_t size, const uint8_t **bytes);
MUST_USE bool unpack_array(
	struct unpack *unpack, uint32_t min, uint32_t max, uint32_t *count);
MUST_USE bool unpack_map(struct unpack *unpack, uint32_t max, uint32_t *count);
/* One whole value of any kind, its canonical form checked all the way down. */
MUST_USE bool unpack_value(struct unpack *unpack, struct pack_view *value);
/* The kind of what comes next, without reading it. False at the end. */
MUST_USE bool unpack_peek(const struct unpack *unpack, enum pack_kind *kind);

/* Whether the bytes are exactly one canonical value. */
MUST_USE bool pack_valid(const uint8_t *bytes, size_t size);

/* Whether the bytes are valid UTF-8 (RFC 3629: no surrogates, shortest). */
bool pack_utf8_valid(const uint8_t *bytes, size_t size);

/*
 * A writer into `room` bytes at `out`. Writing past the room sets `overflow`
 * and writes nothing more; `size` then goes on counting, so that a caller can
 * ask how much would have been needed (out may be NULL with room 0).
 * The caller writes map keys in ascending order of their bytes, and text that
 * is valid UTF-8.
 */
struct pack {
	uint8_t *out;
	size_t room;
	size_t size;
	bool overflow;
};

void pack_init(struct pack *pack, uint8_t *out, size_t room);
void pack_nil(struct pack *pack);
void pack_bool(struct pack *pack, bool value);
void pack_integer(struct pack *pack, int64_t value);
void pack_text(struct pack *pack, const char *text); /* NUL-terminated */
void pack_text_view(struct pack *pack, const void *text, size_t size);
void pack_bytes(struct pack *pack, const void *bytes, size_t size);
void pack_array(struct pack *pack, uint32_t count);
void pack_map(struct pack *pack, uint32_t count);
/* Bytes that are encoded values already. */
void pack_raw(struct pack *pack, const void *bytes, size_t size);

#endif
