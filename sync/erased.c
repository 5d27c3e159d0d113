/* What is erased, as one territory carries it out: erasures.h. */

#include "sync/erasures.h"

#include <stdlib.h>
#include <string.h>

#include "proto/erase.h"
#include "sync/territory_internal.h"
#include "sync/unsealed.h"

const struct erasures *
erased_told(const struct territory *t)
{
	return t->rules.erasures ? t->rules.erasures(t->rules.self) : NULL;
}

bool
erased_record(const struct territory *t, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	return t->erased &&
		erasures_mark(erased_told(t), t->id, type, id, id_size) != NULL;
}

/* ---- what is still to be replaced ---- */

/* Our segment that holds the change, copied: the caller frees *copy. */
static enum status
read_kept(struct territory *t, uint32_t number, int64_t seq, uint8_t **copy,
	struct segment *segment)
{
	struct store *store = t->store;
	struct pack_view bytes;
	enum status status;

	*copy = NULL;
	status = store->segment_read(
		store->self, t->number, number, seq, &bytes);
	if (status != STATUS_OK)
		return status;
	*copy = alloc_copy(bytes.bytes, bytes.size);
	return segment_view(segment, *copy, bytes.size) == STATUS_OK
		? STATUS_OK
		: STATUS_FAILED;
}

/* What cannot be read is not handed out, either. */
static bool
is_stale(struct territory *t, uint32_t number, const struct replacement *r,
	uint8_t *previous)
{
	struct segment segment;
	uint8_t *copy;
	enum status status = read_kept(t, number, r->first, &copy, &segment);
	bool stale = status != STATUS_OK;

	if (status == STATUS_OK) {
		memcpy(previous, segment.previous, SEGMENT_NAME_SIZE);
		/* Of another branch nothing was said. */
		stale = segment.first == r->first &&
			!memcmp(segment.name, r->replaces, SEGMENT_NAME_SIZE) &&
			memcmp(segment.own_name, r->name, SEGMENT_NAME_SIZE);
	}
	free(copy);
	return stale;
}

void
erased_refresh(struct territory *t, uint32_t number)
{
	const struct erasures *told = erased_told(t);
	struct log_state *log = &t->states[number];
	const struct replacement *r;

	if (!told || log->stale_known == told->generation)
		return;
	log->stale_known = told->generation;
	log->stale = INT64_MAX;
	r = erasures_next(told, t->id, log->saved.id, 1);
	for (; r && r < told->list + told->count &&
		!memcmp(r->territory, t->id, ID_BYTES) &&
		!memcmp(r->log, log->saved.id, LOG_BYTES) &&
		r->first <= log->saved.kept;
		r++)
		if (is_stale(t, number, r, log->stale_previous)) {
			log->stale = r->first;
			return;
		}
}

bool
territory_owes_erasure(struct territory *t, const uint8_t *log)
{
	uint32_t only = log ? log_find(t, log) : 0;

	for (uint32_t i = only; i < t->logs.count && (!log || i == only); i++) {
		erased_refresh(t, i);
		if (t->states[i].stale != INT64_MAX)
			return true;
	}
	return false;
}

bool
territory_keeps(struct territory *t, const uint8_t *log, int64_t seq)
{
	uint32_t number = log_find(t, log);

	return number != LOG_NONE && t->states[number].saved.kept >= seq;
}

enum status
territory_drop_late(struct territory *t, bool *dropped)
{
	struct store *store = t->store;
	enum status status = STATUS_OK;

	*dropped = false;
	logs_refresh(t);
	for (uint32_t i = 0; status == STATUS_OK && i < t->logs.count; i++) {
		struct log_state *log = &t->states[i];

		/* What is not sealed goes on from what is sealed. */
		if (log->stale == INT64_MAX || log->stale <= log->cut ||
			log->last > log->saved.kept)
			continue;
		*dropped = true;
		status = store->segment_cut(
			store->self, t->number, i, log->stale);
		log->saved.kept = log->last = log->stale - 1;
		memcpy(log->saved.kept_name, log->stale_previous,
			SEGMENT_NAME_SIZE);
		log->stale = INT64_MAX;
		if (status == STATUS_OK)
			status = log_save(t, i);
	}
	return status == STATUS_OK && *dropped ? store->scrub(store->self)
					       : status;
}

/* ---- taking a replacement ---- */

bool
erased_in_place(const struct territory *t, const struct segment *segment)
{
	const struct replacement *told = erasures_of(erased_told(t), t->id,
		segment->log, segment->first, segment->name);

	if (segment->kind != SEGMENT_ERASURE)
		return told == NULL;
	return told &&
		!memcmp(told->name, segment->own_name, SEGMENT_NAME_SIZE);
}

bool
erased_may_come(const struct territory *t, const struct segment *segment,
	enum message_verdict *verdict)
{
	*verdict = segment->kind == SEGMENT_ERASURE ? VERDICT_UNKNOWN
						    : VERDICT_NO_GRANT;
	return erased_in_place(t, segment);
}

/* A record that is left out without a mark changes what is projected. */
static bool
note_gone(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	struct territory *t = self;

	if (!erased_record(t, type, id, id_size))
		t->reproject = true;
	return true;
}

/* Whether it says nothing but what the kept one says, in the same place. */
static bool
follows(struct territory *t, const struct segment *segment,
	const struct segment *kept)
{
	uint8_t *left = unsealed(segment), *whole = unsealed(kept);
	bool good = left && whole && segment->first == kept->first &&
		segment->count == kept->count &&
		!memcmp(segment->previous, kept->previous, SEGMENT_NAME_SIZE);
	struct unpack from, of;
	struct change a, b;

	unpack_init(&from, left, left ? segment->raw_size : 0);
	unpack_init(&of, whole, whole ? kept->raw_size : 0);
	for (uint32_t i = 0; good && i < kept->count; i++)
		good = change_decode(&a, &from) == STATUS_OK &&
			change_decode(&b, &of) == STATUS_OK &&
			erase_follows(&a, &b, note_gone, t);
	free(left);
	free(whole);
	return good;
}

enum status
erased_keep(struct territory *t, uint32_t number, const struct segment *segment,
	const uint8_t *bytes, enum message_verdict *verdict)
{
	struct store *store = t->store;
	bool reproject = t->reproject;
	struct segment kept;
	uint8_t *copy;
	enum status status = read_kept(t, number, segment->first, &copy, &kept);

	if (status != STATUS_OK) {
		free(copy);
		return STATUS_FAILED; /* it was there */
	}
	if (memcmp(kept.name, segment->name, SEGMENT_NAME_SIZE) != 0) {
		*verdict = VERDICT_FORK;
	} else if (!memcmp(kept.own_name, segment->own_name,
			   SEGMENT_NAME_SIZE)) {
		*verdict = VERDICT_HAD;
	} else if (!erased_may_come(t, segment, verdict)) {
		/* An earlier one, of what was replaced again since. */
		if (kept.kind == SEGMENT_ERASURE && erased_in_place(t, &kept))
			*verdict = VERDICT_HAD;
	} else if (!follows(t, segment, &kept)) {
		*verdict = VERDICT_FORGED;
		t->reproject = reproject;
	} else {
		*verdict = VERDICT_KEPT;
		status = store->segment_replace(
			store->self, t->number, number, segment, bytes);
		if (status == STATUS_OK)
			status = store->scrub(store->self);
		t->states[number].stale_known = 0;
		erased_refresh(t, number);
	}
	free(copy);
	return status;
}

enum status
territory_keep_earlier(struct territory *t, struct territory *directory,
	const struct segment *segment, const uint8_t *bytes,
	enum message_verdict *verdict)
{
	uint32_t number = log_find(t, segment->log);
	int64_t kept = number == LOG_NONE ? 0 : t->states[number].saved.kept;
	enum status status;
	bool told;

	*verdict = VERDICT_UNKNOWN;
	/* Of what is not replaced again nothing is made anew. */
	if (segment->kind != SEGMENT_ERASURE || segment->first != kept + 1 ||
		!erasures_of(erased_told(t), t->id, segment->log,
			segment->first, segment->name))
		return STATUS_OK;
	status = erasures_once_told(directory, segment, &told);
	if (status != STATUS_OK)
		return STATUS_FAILED;
	return told ? keep_new(t, segment, bytes, true, verdict) : STATUS_OK;
}

/* ---- what is not sealed yet ---- */

static bool
goes(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	return erased_record(self, type, id, id_size);
}

/* Own changes that are pending, as they are kept on without those records. */
struct stripped {
	uint8_t **changes;
	size_t *sizes;
	uint32_t count;
	bool any; /* lost a record */
};

static enum status
strip_log(struct territory *t, uint32_t number, struct stripped *out)
{
	const struct log_state *log = &t->states[number];
	struct store *store = t->store;
	enum status status = STATUS_OK;

	for (int64_t seq = log->saved.kept + 1;
		status == STATUS_OK && seq <= log->last; seq++) {
		struct pack_view bytes;
		struct unpack unpack;
		struct change change;
		struct pack pack;
		uint8_t *left;

		status = store->pending_read(
			store->self, t->number, number, seq, &bytes);
		if (status != STATUS_OK)
			return STATUS_FAILED; /* it is there */
		unpack_init(&unpack, bytes.bytes, bytes.size);
		if (change_decode(&change, &unpack) != STATUS_OK)
			return STATUS_FAILED;
		left = alloc(bytes.size);
		pack_init(&pack, left, bytes.size);
		if (erase_records(&pack, &change, goes, t))
			out->any = true;
		out->changes[out->count] = left;
		out->sizes[out->count++] = pack.size;
	}
	return status;
}

static enum status
put_back(struct territory *t, uint32_t number, const struct stripped *stripped)
{
	const struct log_state *log = &t->states[number];
	struct store *store = t->store;
	enum status status =
		store->pending_drop(store->self, t->number, number, log->last);

	for (uint32_t i = 0; status == STATUS_OK && i < stripped->count; i++)
		status = store->pending_append(store->self, t->number, number,
			log->saved.kept + 1 + i,
			(struct pack_view){
				stripped->changes[i], stripped->sizes[i]});
	return status;
}

enum status
erased_strip(struct territory *t)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; status == STATUS_OK && i < t->logs.count; i++) {
		const struct log_state *log = &t->states[i];
		struct stripped stripped = {.count = 0};
		size_t pending;

		if (log->last <= log->saved.kept)
			continue;
		pending = (size_t)(log->last - log->saved.kept);
		stripped.changes = alloc(pending * sizeof(uint8_t *));
		stripped.sizes = alloc(pending * sizeof *stripped.sizes);
		status = strip_log(t, i, &stripped);
		if (status == STATUS_OK && stripped.any)
			status = put_back(t, i, &stripped);
		for (uint32_t k = 0; k < stripped.count; k++)
			free(stripped.changes[k]);
		free(stripped.changes);
		free(stripped.sizes);
	}
	return status;
}

/* ---- reading all of it ---- */

enum status
territory_segments(struct territory *t, territory_from_cb *from,
	territory_segment_cb *found, void *self)
{
	for (uint32_t i = 0; i < t->logs.count; i++) {
		uint32_t number = t->order[i];
		int64_t seq = from ? from(self, t->states[number].saved.id) : 1;

		while (seq <= t->states[number].saved.kept) {
			struct segment segment;
			uint8_t *copy;
			enum status status =
				read_kept(t, number, seq, &copy, &segment);

			if (status == STATUS_OK)
				status = found(self, &segment);
			seq = status == STATUS_OK
				? segment.first + segment.count
				: seq;
			free(copy);
			if (status != STATUS_OK)
				return status;
		}
	}
	return STATUS_OK;
}
