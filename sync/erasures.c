#include "sync/erasures.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"
#include "proto/schema.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory.h"

void
erasures_clear(struct erasures *e)
{
	free(e->marks);
	free(e->list);
	memset(e, 0, sizeof *e);
}

void
erasure_mark_make(uint8_t out[static ERASURE_MARK_SIZE],
	const uint8_t *territory, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	static const char purpose[] = "roadbook/erased/1";
	crypto_generichash_state state;
	uint8_t number[4];

	store32(number, type);
	(void)crypto_generichash_init(&state, NULL, 0, ERASURE_MARK_SIZE);
	(void)crypto_generichash_update(
		&state, (const uint8_t *)purpose, sizeof purpose);
	(void)crypto_generichash_update(&state, territory, ID_BYTES);
	(void)crypto_generichash_update(&state, number, sizeof number);
	(void)crypto_generichash_update(&state, id, id_size);
	(void)crypto_generichash_final(&state, out, ERASURE_MARK_SIZE);
}

void
replacement_id(uint8_t out[static ID_BYTES], const uint8_t *territory,
	const uint8_t *log, int64_t first, const uint8_t *replaces)
{
	uint8_t of[ID_BYTES + LOG_BYTES + 8 + SEGMENT_NAME_SIZE];

	memcpy(of, territory, ID_BYTES);
	memcpy(of + ID_BYTES, log, LOG_BYTES);
	store64(of + ID_BYTES + LOG_BYTES, (uint64_t)first);
	memcpy(of + ID_BYTES + LOG_BYTES + 8, replaces, SEGMENT_NAME_SIZE);
	id_derive(out, "roadbook/replacement/1", of, sizeof of);
}

/* ---- reading the directory ---- */

struct loading {
	struct erasures erasures;
	uint32_t mark_room, room;
};

/* A part that is bytes of that size. */
static bool
read_bytes(struct unpack *value, uint8_t *to, size_t size, int *parts)
{
	const uint8_t *bytes;

	if (!unpack_exact(value, size, &bytes))
		return false;
	memcpy(to, bytes, size);
	(*parts)++;
	return true;
}

static bool
read_mark_part(struct unpack *value, struct erasure_mark *mark, int *parts)
{
	struct pack_view skipped;
	int64_t number;

	if (!unpack_integer(value, 0, INT64_MAX, &number))
		return false;
	switch (number) {
	case ERASURE_TERRITORY:
		return read_bytes(value, mark->territory, ID_BYTES, parts);
	case ERASURE_MARK:
		return read_bytes(value, mark->mark, ERASURE_MARK_SIZE, parts);
	case ERASURE_ORDER:
		return read_bytes(value, mark->order, ID_BYTES, parts);
	default: /* a newer program's */
		return unpack_value(value, &skipped);
	}
}

static bool
read_mark(struct pack_view body, struct erasure_mark *mark)
{
	struct unpack value;
	uint32_t pairs;
	int parts = 0;

	memset(mark, 0, sizeof *mark);
	unpack_init(&value, body.bytes, body.size);
	if (!unpack_map(&value, SCHEMA_VALUE_MAX, &pairs))
		return false;
	for (; pairs > 0; pairs--)
		if (!read_mark_part(&value, mark, &parts))
			return false;
	return parts == 3;
}

static bool
read_part(struct unpack *value, struct replacement *r, int *parts)
{
	struct pack_view skipped;
	int64_t number;

	if (!unpack_integer(value, 0, INT64_MAX, &number))
		return false;
	switch (number) {
	case REPLACEMENT_TERRITORY:
		return read_bytes(value, r->territory, ID_BYTES, parts);
	case REPLACEMENT_DEVICE:
		return read_bytes(value, r->log, ID_BYTES, parts);
	case REPLACEMENT_GRANT:
		return read_bytes(value, r->log + ID_BYTES, ID_BYTES, parts);
	case REPLACEMENT_FIRST:
		(*parts)++;
		return unpack_integer(value, 1, CHANGE_SEQ_MAX, &r->first);
	case REPLACEMENT_REPLACES:
		return read_bytes(value, r->replaces, SEGMENT_NAME_SIZE, parts);
	case REPLACEMENT_NAME:
		return read_bytes(value, r->name, SEGMENT_NAME_SIZE, parts);
	case REPLACEMENT_ORDER:
		return read_bytes(value, r->order, ID_BYTES, parts);
	default: /* a newer program's */
		return unpack_value(value, &skipped);
	}
}

static bool
read_replacement(struct pack_view body, struct replacement *r)
{
	struct unpack value;
	uint32_t pairs;
	int parts = 0;

	memset(r, 0, sizeof *r);
	unpack_init(&value, body.bytes, body.size);
	if (!unpack_map(&value, SCHEMA_VALUE_MAX, &pairs))
		return false;
	for (; pairs > 0; pairs--)
		if (!read_part(&value, r, &parts))
			return false;
	return parts == 7;
}

/* An erasure is never taken back: each version that is live counts. */
static void
add_marks(struct loading *l, const struct reg *reg)
{
	struct erasures *e = &l->erasures;
	struct erasure_mark mark;

	for (uint32_t i = 0; i < reg->version_count; i++) {
		if (!read_mark(reg->versions[i].value, &mark))
			continue;
		mark.log = reg->versions[i].log;
		mark.seq = reg->versions[i].seq;
		mark.time = reg->versions[i].time;
		if (e->mark_count == l->mark_room) {
			l->mark_room = l->mark_room ? l->mark_room * 2 : 16;
			e->marks = alloc_again(
				e->marks, l->mark_room * sizeof *e->marks);
		}
		e->marks[e->mark_count++] = mark;
	}
}

/* Of two hubs that did not know of each other the later one's holds. */
static void
add_replacement(struct loading *l, const struct reg *reg)
{
	struct erasures *e = &l->erasures;
	struct replacement best = {.time = -1}, r;

	for (uint32_t i = 0; i < reg->version_count; i++) {
		if (!read_replacement(reg->versions[i].value, &r))
			continue;
		r.time = reg->versions[i].time;
		if (r.time > best.time ||
			(r.time == best.time &&
				memcmp(r.name, best.name, SEGMENT_NAME_SIZE) >
					0))
			best = r;
	}
	if (best.time < 0)
		return;
	if (e->count == l->room) {
		l->room = l->room ? l->room * 2 : 16;
		e->list = alloc_again(e->list, l->room * sizeof *e->list);
	}
	e->list[e->count++] = best;
}

static enum status
add_record(void *self, struct record *record)
{
	struct loading *l = self;

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (record->type == TYPE_ERASURE &&
			reg->field == ERASURE_BODY && reg->kind == KIND_ONCE)
			add_marks(l, reg);
		else if (record->type == TYPE_REPLACEMENT &&
			reg->field == REPLACEMENT_BODY && reg->kind == KIND_PUT)
			add_replacement(l, reg);
	}
	return STATUS_OK;
}

static int
compare_marks(const void *a, const void *b)
{
	const struct erasure_mark *x = a, *y = b;
	int order = memcmp(x->territory, y->territory, ID_BYTES);

	if (order == 0)
		order = memcmp(x->mark, y->mark, ERASURE_MARK_SIZE);
	return order != 0 ? order : (x->time > y->time) - (x->time < y->time);
}

static int
compare_replacements(const void *a, const void *b)
{
	const struct replacement *x = a, *y = b;
	int order = memcmp(x->territory, y->territory, ID_BYTES);

	if (order == 0)
		order = memcmp(x->log, y->log, LOG_BYTES);
	if (order == 0)
		order = (x->first > y->first) - (x->first < y->first);
	return order != 0 ? order
			  : memcmp(x->replaces, y->replaces, SEGMENT_NAME_SIZE);
}

enum status
erasures_load(struct erasures *e, struct store *store, uint32_t directory)
{
	static const uint32_t types[] = {TYPE_ERASURE, TYPE_REPLACEMENT};
	struct loading l = {.mark_room = 0};
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < 2; i++)
		if (schema_type(store->schema, types[i]))
			status = store->records_of(store->self, directory,
				types[i], add_record, &l);
	if (status != STATUS_OK) {
		erasures_clear(&l.erasures);
		return status;
	}
	if (l.erasures.mark_count > 1)
		qsort(l.erasures.marks, l.erasures.mark_count,
			sizeof *l.erasures.marks, compare_marks);
	if (l.erasures.count > 1)
		qsort(l.erasures.list, l.erasures.count,
			sizeof *l.erasures.list, compare_replacements);
	l.erasures.generation = e->generation + 1;
	erasures_clear(e);
	*e = l.erasures;
	return STATUS_OK;
}

/* ---- asking ---- */

/* Where the first mark that is not less than `wanted` stands. */
static uint32_t
mark_index(const struct erasures *e, const struct erasure_mark *wanted)
{
	uint32_t low = 0, high = e->mark_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_marks(&e->marks[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t
erasures_marked(const struct erasures *e, const uint8_t *territory)
{
	struct erasure_mark wanted = {.time = INT64_MIN};
	uint32_t from, to;

	if (!e || !e->mark_count)
		return 0;
	memcpy(wanted.territory, territory, ID_BYTES);
	from = mark_index(e, &wanted);
	for (to = from; to < e->mark_count &&
		memcmp(e->marks[to].territory, territory, ID_BYTES) == 0;
		to++)
		;
	return to - from;
}

const struct erasure_mark *
erasures_mark(const struct erasures *e, const uint8_t *territory, uint32_t type,
	const uint8_t *id, size_t id_size)
{
	struct erasure_mark wanted = {.time = INT64_MIN};
	const struct erasure_mark *found;
	uint32_t at;

	if (!e || !e->mark_count)
		return NULL;
	memcpy(wanted.territory, territory, ID_BYTES);
	erasure_mark_make(wanted.mark, territory, type, id, id_size);
	at = mark_index(e, &wanted);
	found = at < e->mark_count ? &e->marks[at] : NULL;
	return found && !memcmp(found->territory, territory, ID_BYTES) &&
			!memcmp(found->mark, wanted.mark, ERASURE_MARK_SIZE)
		? found
		: NULL;
}

const struct replacement *
erasures_next(const struct erasures *e, const uint8_t *territory,
	const uint8_t *log, int64_t from)
{
	struct replacement wanted = {.first = from};
	uint32_t low = 0, high = e ? e->count : 0;
	const struct replacement *found;

	memcpy(wanted.territory, territory, ID_BYTES);
	memcpy(wanted.log, log, LOG_BYTES);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_replacements(&e->list[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	found = e && low < e->count ? &e->list[low] : NULL;
	return found && !memcmp(found->territory, territory, ID_BYTES) &&
			!memcmp(found->log, log, LOG_BYTES)
		? found
		: NULL;
}

const struct replacement *
erasures_of(const struct erasures *e, const uint8_t *territory,
	const uint8_t *log, int64_t first, const uint8_t *replaces)
{
	const struct replacement *r = erasures_next(e, territory, log, first);

	for (; r && r < e->list + e->count && r->first == first &&
		!memcmp(r->log, log, LOG_BYTES) &&
		!memcmp(r->territory, territory, ID_BYTES);
		r++)
		if (!memcmp(r->replaces, replaces, SEGMENT_NAME_SIZE))
			return r;
	return NULL;
}

/* ---- what was said before ---- */

struct asking {
	const struct segment *erasure;
	int rank; /* of the log's author */
	bool told;
};

static bool
tells_of(const struct operation *operation, const struct segment *erasure)
{
	struct replacement r;

	return operation->type == TYPE_REPLACEMENT &&
		operation->field == REPLACEMENT_BODY &&
		read_replacement(operation->value, &r) &&
		r.first == erasure->first &&
		!memcmp(r.territory, erasure->territory, ID_BYTES) &&
		!memcmp(r.log, erasure->log, LOG_BYTES) &&
		!memcmp(r.replaces, erasure->name, SEGMENT_NAME_SIZE) &&
		!memcmp(r.name, erasure->own_name, SEGMENT_NAME_SIZE);
}

static enum status
look_for(void *self, int64_t seq, const struct change *change,
	const struct knowledge *knew)
{
	struct asking *asking = self;
	struct change_walk walk = {0};
	struct operation o;

	(void)seq; /* whenever it was */
	(void)knew;
	while (!asking->told && change_next_operation(change, &walk, &o))
		asking->told = asking->rank >= schema_rank(o.field) &&
			tells_of(&o, asking->erasure);
	return STATUS_OK;
}

enum status
erasures_once_told(
	struct territory *directory, const struct segment *erasure, bool *told)
{
	const struct merge_logs *logs = territory_logs(directory);
	struct asking asking = {.erasure = erasure};
	enum status status = STATUS_OK;

	for (uint32_t i = 0;
		status == STATUS_OK && !asking.told && i < logs->count; i++) {
		asking.rank = logs->list[i].rank;
		status = territory_changes(directory, i, look_for, &asking);
	}
	*told = asking.told;
	return status;
}

void
erasures_digest(
	const struct erasures *e, uint8_t out[static ERASURES_DIGEST_SIZE])
{
	static const char purpose[] = "roadbook/erasures/1";
	crypto_generichash_state state;

	memset(out, 0, ERASURES_DIGEST_SIZE);
	if (!e || (!e->mark_count && !e->count))
		return;
	(void)crypto_generichash_init(&state, NULL, 0, ERASURES_DIGEST_SIZE);
	(void)crypto_generichash_update(
		&state, (const uint8_t *)purpose, sizeof purpose);
	for (uint32_t i = 0; i < e->mark_count; i++) {
		(void)crypto_generichash_update(
			&state, e->marks[i].territory, ID_BYTES);
		(void)crypto_generichash_update(
			&state, e->marks[i].mark, ERASURE_MARK_SIZE);
	}
	for (uint32_t i = 0; i < e->count; i++)
		(void)crypto_generichash_update(
			&state, e->list[i].name, SEGMENT_NAME_SIZE);
	(void)crypto_generichash_final(&state, out, ERASURES_DIGEST_SIZE);
}
