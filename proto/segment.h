#ifndef PROTO_SEGMENT_H
#define PROTO_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/status.h"

/*
 * A segment is a run of consecutive changes of one log, compressed, chained
 * and signed by its device. It is what is stored and what is sent, byte for
 * byte, so a signature made in the field still verifies three peers later.
 *
 *     offset  size  field
 *          0     1  version, 1
 *          1     1  kind, enum segment_kind
 *          2    16  territory
 *         18    16  device
 *         34    16  grant; zero in the hub's own logs
 *         50     8  number of the first change, from 1
 *         58     4  how many changes, 1 to SEGMENT_CHANGES_MAX
 *         62    32  name of the log's previous segment; zero before the first
 *         94     4  size of the changes, 1 to SEGMENT_RAW_MAX
 *         98     4  size of the body, at most that
 *        102     n  body: the changes one after the other (proto/change.h), as
 *                   one zstd frame that states its size and is a "single
 *                   segment" without checksum and dictionary; as they are
 *                   when both sizes are equal
 *      102+n    64  Ed25519 signature by the device
 *
 * Integers are big-endian. Its name is BLAKE2b-256 of everything before the
 * signature; what is signed is "roadbook/segment/1", a zero byte, the company
 * id and the name: bound to its purpose and its company, and cheap, since
 * Ed25519 hashes what it signs twice. Of an erasure it is "roadbook/erasure/1".
 */

enum {
	SEGMENT_VERSION = 1,
	SEGMENT_HEADER_SIZE = 102,
	SEGMENT_ERASURE_SIZE = 48, /* more ahead of an erasure's body */
	SEGMENT_SIGNATURE_SIZE = 64,
	SEGMENT_NAME_SIZE = 32,
	SEGMENT_RAW_MAX = 1 << 20,
	SEGMENT_SIZE_MAX = 800 * 1024, /* whole; fits a message with room */
	SEGMENT_CHANGES_MAX = 1 << 16,
	SEGMENT_SEAL_SIZE = 256 * 1024, /* changes are sealed at this size */
};

enum segment_kind {
	SEGMENT_CHANGES = 1,
	/* Reserved: a receiver of this version refuses them. */
	SEGMENT_SNAPSHOT = 2,
	SEGMENT_ATTACHMENT = 3,

	SEGMENT_ERASURE = 4,
};

/* A view: the pointers lead into bytes that somebody else keeps alive. */
struct segment {
	enum segment_kind kind;
	const uint8_t *territory; /* ID_BYTES */
	const uint8_t *log;       /* LOG_BYTES: device, grant */
	int64_t first;
	uint32_t count;
	const uint8_t *previous; /* SEGMENT_NAME_SIZE */
	uint32_t raw_size;
	const uint8_t *body;
	uint32_t body_size;
	const uint8_t *signer; /* ID_BYTES: its device; an erasure's, the hub */
	/* Of its place in the log: of an erasure, that of what it replaces. */
	uint8_t name[SEGMENT_NAME_SIZE];
	uint8_t own_name[SEGMENT_NAME_SIZE]; /* of these very bytes */
	size_t size; /* of the whole, signature and all */
};

struct segment_draft {
	const uint8_t *company; /* 32 bytes: company_id() */
	const uint8_t *secret;  /* the device's Ed25519 secret key, 64 bytes */
	const uint8_t *territory; /* ID_BYTES */
	const uint8_t *log;       /* LOG_BYTES */
	int64_t first;
	uint32_t count;
	const uint8_t *previous; /* SEGMENT_NAME_SIZE, zero before the first */
	const uint8_t *raw;      /* the changes */
	uint32_t raw_size;
	/* Of an erasure; NULL, both, of changes. */
	const uint8_t *replaces; /* SEGMENT_NAME_SIZE */
	const uint8_t *hub;      /* ID_BYTES: whose key `secret` is */
};

/*
 * Room that segment_seal() needs at most for so many bytes of changes; of an
 * erasure SEGMENT_ERASURE_SIZE more.
 */
size_t segment_room(uint32_t raw_size);

/*
 * Compresses (zstd level 3; from SEGMENT_SEAL_SIZE on, which nobody typed, 2;
 * an erasure, which has to fit where another did, 19), signs and writes the
 * segment to `out`, which has that room. *size is its size, name[] the name of
 * its bytes. STATUS_OK, or STATUS_FAILED when the whole is over
 * SEGMENT_SIZE_MAX (seal fewer) or there is no memory for zstd.
 */
MUST_USE enum status segment_seal(uint8_t *out, size_t *size,
	uint8_t name[static SEGMENT_NAME_SIZE],
	const struct segment_draft *draft);

/*
 * Finds a device's Ed25519 public key (32 bytes, valid until the next call),
 * or NULL for a device that nobody told of. Of an erasure it is asked for the
 * hub's; whether `signer` is a hub at all is the caller's to see.
 */
typedef const uint8_t *segment_key_cb(void *self, const uint8_t *device);

/*
 * Reads a segment out of exactly `size` bytes that need not be trusted and
 * checks its signature: a struct segment filled in here is genuine.
 *
 * STATUS_OK         *segment views `bytes`.
 * STATUS_MALFORMED  not a segment of this version, or over a limit.
 * STATUS_ABSENT     its device is not known here: perhaps later.
 * STATUS_FORGED     not signed by its device.
 */
MUST_USE enum status segment_decode(struct segment *segment,
	const uint8_t *bytes, size_t size, const uint8_t *company,
	segment_key_cb *key, void *key_self);

/* Reads bytes that were checked when they were kept: no signature check. */
MUST_USE enum status segment_view(
	struct segment *segment, const uint8_t *bytes, size_t size);

/* The same for who asks for no name: none is made, since all is hashed for it.
 */
MUST_USE enum status segment_fields(
	struct segment *segment, const uint8_t *bytes, size_t size);

/*
 * Decompresses the changes into `raw` (segment->raw_size bytes) and checks
 * them: exactly `count`, each well formed and none seeing its own log, nothing
 * after the last. STATUS_MALFORMED otherwise, STATUS_FAILED when there is no
 * memory for zstd. Walk them with change_decode().
 */
MUST_USE enum status segment_unseal(
	const struct segment *segment, uint8_t *raw);

#endif
