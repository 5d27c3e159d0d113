#ifndef TESTS_PROTO_EXAMPLES_H
#define TESTS_PROTO_EXAMPLES_H

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "proto/change.h"
#include "proto/erase.h"
#include "proto/message.h"
#include "proto/pack.h"
#include "proto/segment.h"

/*
 * One good thing of each noun, the same on every run: what tests spoil, what
 * the corpora hold and what proto/README.md shows. Ids are one byte repeated,
 * so that they can be told apart in hex.
 */

enum {
	EXAMPLE_ROOM = 8192,
	EXAMPLE_CHANGES = 3,
	EXAMPLE_KINDS = MESSAGE_FAILED + 1,
};

static const uint8_t example_company[32] = {
	0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca};
static const uint8_t example_seed[crypto_sign_SEEDBYTES] = {7};

static inline const uint8_t *
example_id(uint8_t byte)
{
	static uint8_t ids[256][LOG_BYTES];

	memset(ids[byte], byte, LOG_BYTES);
	return ids[byte];
}

static inline void
example_keys(uint8_t public[static crypto_sign_PUBLICKEYBYTES],
	uint8_t secret[static crypto_sign_SECRETKEYBYTES])
{
	static uint8_t keys[2][crypto_sign_SECRETKEYBYTES];

	/* Once: a fuzzer asks for them often. */
	if (!keys[1][0])
		(void)crypto_sign_seed_keypair(keys[0], keys[1], example_seed);
	memcpy(public, keys[0], crypto_sign_PUBLICKEYBYTES);
	memcpy(secret, keys[1], crypto_sign_SECRETKEYBYTES);
}

/* Canonical bytes out of a literal. */
#define EXAMPLE_VALUE(bytes)                                                   \
	((struct pack_view){(const uint8_t *)(bytes), sizeof(bytes) - 1})

/* A change with something of everything in it. */
static inline void
example_change(struct pack *pack)
{
	const int64_t at = 1795305600000;
	uint8_t alias[RECORD_ID_MAX];
	const struct seen_entry seen[] = {
		{.log = example_id(0x21), .seq = 5},
		{.log = example_id(0x22), .seq = 300},
	};
	const struct unseen_entry unseen[] = {
		{.log = example_id(0x20), .first = 2, .last = 2},
		{.log = example_id(0x21), .first = 1, .last = 3},
		{.log = example_id(0x21), .first = 5, .last = 5},
	};
	const struct operation operations[] = {
		{.type = 1,
			.id = alias,
			.id_size = RECORD_ID_MAX,
			.field = 5,
			.kind = OPERATION_PUT,
			.time = at,
			.value = EXAMPLE_VALUE("\xc3")},
		{.type = 10,
			.id = example_id(0x31),
			.id_size = ID_BYTES,
			.field = 9,
			.kind = OPERATION_PUT,
			.time = at,
			.value = EXAMPLE_VALUE("\xa4"
					       "Acme")},
		{.type = 10,
			.id = example_id(0x31),
			.id_size = ID_BYTES,
			.field = 13,
			.kind = OPERATION_PUT,
			.time = at + 1,
			.value = EXAMPLE_VALUE("\xc0")},
		{.type = 10,
			.id = example_id(0x31),
			.id_size = ID_BYTES,
			.field = 17,
			.kind = OPERATION_ADD,
			.time = at,
			.value = EXAMPLE_VALUE("\xa1"
					       "a")},
		{.type = 10,
			.id = example_id(0x31),
			.id_size = ID_BYTES,
			.field = 17,
			.kind = OPERATION_DEL,
			.time = at,
			.value = EXAMPLE_VALUE("\xa1"
					       "b")},
		{.type = 12,
			.id = example_id(0x30),
			.id_size = ID_BYTES,
			.field = 9,
			.kind = OPERATION_INIT,
			.time = at - 86400000,
			.value = EXAMPLE_VALUE("\x82\x01\xa2"
					       "hi\x02\x92\x01\x02")},
	};
	const struct change_draft draft = {
		.at = at,
		.offset = 480,
		.seen = seen,
		.seen_count = 2,
		.unseen = unseen,
		.unseen_count = 3,
		.origin_log = example_id(0x23),
		.origin_seq = 17,
		.ordered_by = example_id(0x40),
		.told_ms = at - 60000,
		.operations = operations,
		.operation_count = sizeof operations / sizeof *operations,
	};

	memset(alias, 0x31, ID_BYTES);
	memset(alias + ID_BYTES, 0x32, ID_BYTES);
	change_encode(pack, &draft);
}

/* The plainest: one value of one record, nothing known before. */
static inline void
example_plain_change(struct pack *pack, struct pack_view value)
{
	const struct operation operation = {
		.type = 10,
		.id = example_id(0x31),
		.id_size = ID_BYTES,
		.field = 9,
		.kind = OPERATION_PUT,
		.time = 1795305600000,
		.value = value,
	};
	const struct change_draft draft = {
		.at = 1795305600000,
		.offset = 480,
		.operations = &operation,
		.operation_count = 1,
	};

	change_encode(pack, &draft);
}

static inline void
example_changes(struct pack *pack)
{
	example_plain_change(pack,
		EXAMPLE_VALUE("\xa4"
			      "Acme"));
	example_change(pack);
	example_plain_change(pack,
		EXAMPLE_VALUE("\xa4"
			      "Ajax"));
}

/* Signs whatever stands in a segment's header and body, fit or not. */
static inline void
example_sign(uint8_t *bytes, size_t size)
{
	static const uint8_t purposes[][19] = {
		"roadbook/segment/1", "roadbook/erasure/1"};
	const uint8_t *purpose = purposes[bytes[1] == SEGMENT_ERASURE];
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t message[sizeof *purposes + sizeof example_company +
		SEGMENT_NAME_SIZE];

	memcpy(message, purpose, sizeof *purposes);
	memcpy(message + sizeof *purposes, example_company,
		sizeof example_company);
	(void)crypto_generichash(
		message + sizeof *purposes + sizeof example_company,
		SEGMENT_NAME_SIZE, bytes, size - SEGMENT_SIGNATURE_SIZE, NULL,
		0);
	example_keys(public, secret);
	(void)crypto_sign_detached(bytes + size - SEGMENT_SIGNATURE_SIZE, NULL,
		message, sizeof message, secret);
}

/* Seals the changes as numbers `first` and on of log 0x20's. */
static inline size_t
example_seal(
	uint8_t *out, const struct pack *changes, int64_t first, uint32_t count)
{
	static const uint8_t none[SEGMENT_NAME_SIZE];
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t name[SEGMENT_NAME_SIZE];
	enum status status;
	size_t size;

	example_keys(public, secret);
	status = segment_seal(out, &size, name,
		&(struct segment_draft){
			.company = example_company,
			.secret = secret,
			.territory = example_id(0x10),
			.log = example_id(0x20),
			.first = first,
			.count = count,
			.previous = first == 1 ? none : example_id(0x50),
			.raw = changes->out,
			.raw_size = (uint32_t)changes->size,
		});
	assert(status == STATUS_OK);
	return size;
}

/* A segment of EXAMPLE_CHANGES changes, compressed. */
static inline size_t
example_segment(uint8_t out[static EXAMPLE_ROOM])
{
	uint8_t raw[EXAMPLE_ROOM];
	struct pack changes;

	pack_init(&changes, raw, sizeof raw);
	example_changes(&changes);
	assert(!changes.overflow &&
		segment_room((uint32_t)changes.size) <= EXAMPLE_ROOM);
	return example_seal(out, &changes, 4, EXAMPLE_CHANGES);
}

/* Too little to compress: the body is the changes as they are. */
static inline size_t
example_small_segment(uint8_t out[static EXAMPLE_ROOM])
{
	uint8_t raw[EXAMPLE_ROOM];
	struct pack changes;

	pack_init(&changes, raw, sizeof raw);
	example_plain_change(&changes,
		EXAMPLE_VALUE("\xa4"
			      "Acme"));
	return example_seal(out, &changes, 1, 1);
}

/* Record 31 of type 10 is to go. */
static inline bool
example_goes(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	(void)self;
	return type == 10 && memcmp(id, example_id(0x31), id_size) == 0;
}

/* What the hub puts in the place of example_segment(). */
static inline size_t
example_erasure(uint8_t out[static EXAMPLE_ROOM])
{
	uint8_t whole[EXAMPLE_ROOM], raw[EXAMPLE_ROOM], left[EXAMPLE_ROOM];
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	uint8_t name[SEGMENT_NAME_SIZE];
	struct segment s;
	struct unpack unpack;
	struct change change;
	struct pack pack;
	enum status status;
	size_t size;

	status = segment_view(&s, whole, example_segment(whole));
	assert(status == STATUS_OK && s.raw_size <= sizeof raw);
	status = segment_unseal(&s, raw);
	assert(status == STATUS_OK);
	unpack_init(&unpack, raw, s.raw_size);
	pack_init(&pack, left, sizeof left);
	for (uint32_t i = 0; i < s.count; i++) {
		status = change_decode(&change, &unpack);
		assert(status == STATUS_OK);
		(void)erase_records(&pack, &change, example_goes, NULL);
	}
	example_keys(public, secret);
	status = segment_seal(out, &size, name,
		&(struct segment_draft){.company = example_company,
			.secret = secret,
			.territory = s.territory,
			.log = s.log,
			.first = s.first,
			.count = s.count,
			.previous = s.previous,
			.raw = left,
			.raw_size = (uint32_t)pack.size,
			.replaces = s.name,
			.hub = example_id(0x2e)});
	assert(status == STATUS_OK);
	return size;
}

/* Finds the one device that there is, and the hub's, with the same key. */
static inline const uint8_t *
example_key(void *self, const uint8_t *device)
{
	static uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	(void)self;
	example_keys(public, secret);
	return memcmp(device, example_id(0x20), ID_BYTES) == 0 ||
			memcmp(device, example_id(0x2e), ID_BYTES) == 0
		? public
		: NULL;
}

static inline void
example_lists(struct pack *pack, enum message_kind kind)
{
	static const enum message_verdict verdicts[] = {
		VERDICT_KEPT, VERDICT_GAP, VERDICT_MALFORMED};
	const struct frontier_entry frontier[] = {
		{example_id(0x20), 3, example_id(0x50)},
		{example_id(0x21), 70000, example_id(0x51)},
	};
	uint8_t segment[EXAMPLE_ROOM];
	size_t size;

	if (kind == MESSAGE_PULL)
		message_pull(pack, 3, example_id(0x10), 65536, frontier, 2);
	if (kind == MESSAGE_PULLED)
		message_pulled(pack, 3, example_id(0x10), true, frontier, 2, 1);
	if (kind == MESSAGE_PUSH)
		message_push(pack, 4, 1);
	if (kind == MESSAGE_PULLED || kind == MESSAGE_PUSH) {
		size = example_small_segment(segment);
		message_segment(pack, segment, size);
	}
	if (kind == MESSAGE_PUSHED)
		message_pushed(pack, 4, verdicts, 3);
}

/* A message of the kind. */
static inline void
example_message(struct pack *pack, enum message_kind kind)
{
	const struct territory_digest digests[] = {
		{example_id(0x10), example_id(0x60)},
		{example_id(0x11), example_id(0x61)},
	};
	uint8_t proof[64];
	uint8_t renewals[2 * LEASE_SIZE];

	memset(proof, 0x70, sizeof proof);
	if (kind == MESSAGE_ENROL)
		message_enrol(pack, 1, example_id(0x71), proof, "Wei’s laptop");
	if (kind == MESSAGE_ENROLLED)
		message_enrolled(pack, 1,
			(struct pack_view){example_id(0x72), 24},
			example_id(0x40), "wei");
	if (kind == MESSAGE_COMPARE)
		message_compare(pack, 2, example_id(0x60));
	if (kind == MESSAGE_COMPARED)
		message_compared(pack, 2, 1795305600000, false, digests, 2);
	if (kind == MESSAGE_WATCH)
		message_watch(pack, 6);
	if (kind == MESSAGE_MOVED)
		message_moved(pack, 0, digests, 2);
	if (kind == MESSAGE_FAILED)
		message_failed(pack, 5, FAILURE_BUSY, "try again later");
	if (kind == MESSAGE_ORDER)
		message_order(pack, (struct pack_view){example_id(0x73), 24});
	if (kind == MESSAGE_REPLACE)
		message_replace(
			pack, 7, example_id(0x71), example_id(0x74), proof);
	if (kind == MESSAGE_INVITE)
		message_invite(pack, 8, example_id(0x75), example_id(0x76));
	if (kind == MESSAGE_INVITED)
		message_invited(pack, 8, 1795306500000);
	if (kind == MESSAGE_ERASED)
		message_erased(pack, example_id(0x60));
	if (kind == MESSAGE_LEASE)
		message_lease(pack, 9, 1795305600000);
	if (kind == MESSAGE_LEASED) {
		memset(renewals, 0x77, sizeof renewals);
		message_leased(pack, 9, 1795305600000, renewals, 2);
	}
	if (kind == MESSAGE_RECEIPT) {
		memset(renewals, 0x78, sizeof renewals);
		message_receipt(pack, 10, renewals);
	}
	if (kind == MESSAGE_RECEIVED)
		message_received(pack, 10);
	if (kind == MESSAGE_RENEWED)
		message_renewed(pack, (struct pack_view){example_id(0x72), 24});
	example_lists(pack, kind);
}

#endif
