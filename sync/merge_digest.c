/* The state digest, MERGE R21. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"
#include "sync/merge.h"

struct merge_digest {
	crypto_generichash_state state;
};

enum { DIGEST_SIZE = 32 };

static void
add_bytes(struct merge_digest *digest, const void *bytes, size_t size)
{
	if (size)
		(void)crypto_generichash_update(&digest->state, bytes, size);
}

static void
add32(struct merge_digest *digest, uint32_t number)
{
	uint8_t bytes[4];

	store32(bytes, number);
	add_bytes(digest, bytes, sizeof bytes);
}

static void
add64(struct merge_digest *digest, int64_t number)
{
	uint8_t bytes[8];

	store64(bytes, (uint64_t)number);
	add_bytes(digest, bytes, sizeof bytes);
}

static void
add_view(struct merge_digest *digest, struct pack_view view)
{
	add32(digest, (uint32_t)view.size);
	add_bytes(digest, view.bytes, view.size);
}

/* A version with the id of its log: numbers differ from node to node. */
struct keyed {
	const uint8_t *log;
	const struct version *version;
};

static int
keyed_compare(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;
	int order = memcmp(a->log, b->log, LOG_BYTES);

	if (order)
		return order;
	return (a->version->seq > b->version->seq) -
		(a->version->seq < b->version->seq);
}

static void
add_version(struct merge_digest *digest, const struct reg *reg,
	const struct keyed *keyed)
{
	add_bytes(digest, keyed->log, LOG_BYTES);
	add64(digest, keyed->version->seq);
	add64(digest, keyed->version->time);
	if (reg->kind != KIND_SET)
		add_view(digest, keyed->version->value);
}

static void
add_versions(struct merge_digest *digest, const struct merge_logs *logs,
	const struct reg *reg)
{
	struct keyed *keyed = alloc(reg->version_count * sizeof *keyed);

	for (uint32_t i = 0; i < reg->version_count; i++)
		keyed[i] = (struct keyed){
			logs->list[reg->versions[i].log].id, &reg->versions[i]};
	qsort(keyed, reg->version_count, sizeof *keyed, keyed_compare);
	for (uint32_t i = 0; i < reg->version_count; i++)
		add_version(digest, reg, &keyed[i]);
	free(keyed);
}

struct merge_digest *
merge_digest_new(void)
{
	struct merge_digest *digest = alloc(sizeof *digest);

	(void)crypto_generichash_init(&digest->state, NULL, 0, DIGEST_SIZE);
	return digest;
}

void
merge_digest_add(struct merge_digest *digest, const struct merge_logs *logs,
	const struct record *record)
{
	if (!record_exists(record))
		return;
	add32(digest, record->type);
	add32(digest, record->id_size);
	add_bytes(digest, record->id, record->id_size);
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg->version_count == 0)
			continue;
		add32(digest, reg->field);
		add32(digest, (uint32_t)reg->kind);
		add_view(digest, reg->element);
		add32(digest, reg->version_count);
		add_versions(digest, logs, reg);
	}
	add32(digest, 0); /* no field: the record ends */
}

void
merge_digest_end(struct merge_digest *digest, uint8_t *out)
{
	(void)crypto_generichash_final(&digest->state, out, DIGEST_SIZE);
	free(digest);
}
