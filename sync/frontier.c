/* The kept frontier, its digest, and what somebody else lacks: MERGE R21. */

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/bytes.h"
#include "sync/territory_internal.h"

static const uint8_t no_name[SEGMENT_NAME_SIZE];

/*
 * Whether our own segment at the cut is not the one that the cut names: then
 * we are on another branch of the log, and somebody is to tell the hub where
 * they part. What is kept of a log never changes, so one look is enough.
 */
static bool
is_astray(const struct territory *t, struct log_state *log, int64_t cut)
{
	struct store *store = t->store;
	const uint8_t *name = NULL;
	struct pack_view bytes;
	struct segment segment;

	if (t->rules.cut_segment)
		name = t->rules.cut_segment(
			t->rules.self, t->id, log->saved.id);
	if (!name || cut == 0)
		return false;
	if (log->checked != cut && log->saved.kept == cut) {
		log->checked = cut;
		memcpy(log->there, log->saved.kept_name, SEGMENT_NAME_SIZE);
	} else if (log->checked != cut) {
		/* A disk that refuses is asked again the next time. */
		if (store->segment_read(store->self, t->number,
			    (uint32_t)(log - t->states), cut,
			    &bytes) != STATUS_OK ||
			segment_view(&segment, bytes.bytes, bytes.size) !=
				STATUS_OK)
			return false;
		log->checked = cut;
		memcpy(log->there, segment.name, SEGMENT_NAME_SIZE);
	}
	return memcmp(log->there, name, SEGMENT_NAME_SIZE) != 0;
}

/*
 * Where we stand in a log. Past its cut nothing is told apart: nodes may hold
 * different amounts there. False when there is nothing to tell.
 */
static bool
stand(const struct territory *t, uint32_t number, struct frontier_entry *entry)
{
	struct log_state *log = &t->states[number];
	int64_t cut = log_cut(t, log->saved.id);

	if (t->rules.rank(t->rules.self, t->id, log->saved.id) == RULES_NEVER)
		return false;
	entry->log = log->saved.id;
	entry->last = log->saved.kept;
	entry->name = log->saved.kept_name;
	if (entry->last >= cut) {
		entry->last = cut;
		entry->name = is_astray(t, log, cut) ? log->there : no_name;
	}
	return entry->last > 0;
}

void
territory_frontier(struct territory *t, const struct frontier_entry **list,
	uint32_t *count)
{
	t->frontier =
		alloc_again(t->frontier, t->logs.count * sizeof *t->frontier);
	*count = 0;
	for (uint32_t i = 0; i < t->logs.count; i++)
		if (stand(t, t->order[i], &t->frontier[*count]))
			(*count)++;
	*list = t->frontier;
}

void
territory_kept(struct territory *t, const struct frontier_entry **list,
	uint32_t *count)
{
	t->frontier =
		alloc_again(t->frontier, t->logs.count * sizeof *t->frontier);
	*count = 0;
	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *log = &t->states[t->order[i]];

		if (log->saved.kept > 0)
			t->frontier[(*count)++] =
				(struct frontier_entry){log->saved.id,
					log->saved.kept, log->saved.kept_name};
	}
	*list = t->frontier;
}

void
territory_compare_digest(struct territory *t, uint8_t *out)
{
	static const char purpose[] = "roadbook/frontier/1";
	const struct frontier_entry *list;
	crypto_generichash_state state;
	uint8_t last[8];
	uint32_t count;

	territory_frontier(t, &list, &count);
	(void)crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
	(void)crypto_generichash_update(
		&state, (const uint8_t *)purpose, sizeof purpose);
	(void)crypto_generichash_update(&state, t->id, ID_BYTES);
	for (uint32_t i = 0; i < count; i++) {
		store64(last, (uint64_t)list[i].last);
		(void)crypto_generichash_update(&state, list[i].log, LOG_BYTES);
		(void)crypto_generichash_update(&state, last, sizeof last);
		(void)crypto_generichash_update(
			&state, list[i].name, SEGMENT_NAME_SIZE);
	}
	(void)crypto_generichash_final(&state, out, DIGEST_BYTES);
}

/* Their entry for a log, or NULL. */
static const struct frontier_entry *
theirs_find(
	const struct frontier_entry *theirs, uint32_t count, const uint8_t *log)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(theirs[middle].log, log, LOG_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || memcmp(theirs[low].log, log, LOG_BYTES) != 0)
		return NULL;
	return &theirs[low];
}

/*
 * How the log stands between them and us. A zero name says that they are at a
 * cut of it: they want no more.
 */
enum standing { NOTHING_LACKS, LACKS, FORKED };

static enum standing
compare(const struct territory *t, const struct log_state *log, bool beyond,
	const struct frontier_entry *their, int64_t *last)
{
	struct frontier_entry ours = {.name = no_name};

	if (!stand(t, (uint32_t)(log - t->states), &ours) && !beyond)
		return NOTHING_LACKS;
	*last = beyond ? log->saved.kept : ours.last;
	if (!their)
		return *last > 0 ? LACKS : NOTHING_LACKS;
	if (their->last < *last) {
		bool closed =
			memcmp(their->name, no_name, SEGMENT_NAME_SIZE) == 0;

		return their->last > 0 && closed && !beyond ? NOTHING_LACKS
							    : LACKS;
	}
	if (their->last == log->saved.kept && ours.name != no_name &&
		memcmp(their->name, no_name, SEGMENT_NAME_SIZE) != 0 &&
		memcmp(their->name, ours.name, SEGMENT_NAME_SIZE) != 0)
		return FORKED;
	return NOTHING_LACKS;
}

/* Our segment that holds `seq`, which is kept. */
static enum status
read_lacking(struct territory *t, uint32_t number, int64_t seq,
	struct pack_view *bytes, struct segment *segment)
{
	struct store *store = t->store;
	enum status status;

	status =
		store->segment_read(store->self, t->number, number, seq, bytes);
	if (status == STATUS_ABSENT)
		return STATUS_FAILED; /* it is kept */
	if (status != STATUS_OK)
		return status;
	return segment_view(segment, bytes->bytes, bytes->size) == STATUS_OK
		? STATUS_OK
		: STATUS_FAILED;
}

/* Whether our segment goes on from where they stand. */
static bool
continues(const struct segment *segment, const struct frontier_entry *their)
{
	if (!their || their->last == 0)
		return segment->first == 1;
	if (memcmp(their->name, no_name, SEGMENT_NAME_SIZE) == 0)
		return true; /* at a cut: what lies beyond it is being asked */
	return segment->first == their->last + 1 &&
		memcmp(segment->previous, their->name, SEGMENT_NAME_SIZE) == 0;
}

/*
 * The next segment of one log; STATUS_ABSENT when they have all of it, or
 * stand on another branch.
 */
static enum status
lacking_of_log(struct territory *t, uint32_t number,
	const struct frontier_entry *their, struct territory_walk *walk,
	struct pack_view *bytes)
{
	const struct log_state *log = &t->states[number];
	struct segment segment;
	enum standing standing;
	int64_t from, last = 0;
	enum status status;

	standing = compare(t, log, walk->beyond, their, &last);
	if (standing == FORKED)
		walk->forks++;
	from = walk->seq ? walk->seq : their ? their->last : 0;
	if (standing != LACKS || from >= last)
		return STATUS_ABSENT;
	status = read_lacking(t, number, from + 1, bytes, &segment);
	if (status != STATUS_OK)
		return status;
	if (walk->seq == 0 && !continues(&segment, their)) {
		walk->forks++;
		return STATUS_ABSENT;
	}
	walk->seq = segment.first + segment.count - 1;
	return STATUS_OK;
}

enum status
territory_lacking(struct territory *t, const struct frontier_entry *theirs,
	uint32_t theirs_count, struct territory_walk *walk,
	struct pack_view *segment)
{
	for (; walk->log < t->logs.count; walk->log++, walk->seq = 0) {
		uint32_t number = t->order[walk->log];
		const struct frontier_entry *their = theirs_find(
			theirs, theirs_count, t->states[number].saved.id);
		enum status status =
			lacking_of_log(t, number, their, walk, segment);

		if (status != STATUS_ABSENT)
			return status;
	}
	return STATUS_ABSENT;
}

bool
territory_goes_on(
	struct territory *t, const struct frontier_entry *theirs, bool beyond)
{
	uint32_t number = log_find(t, theirs->log);
	struct territory_walk walk = {.beyond = beyond};
	struct pack_view segment;

	return number == LOG_NONE ||
		lacking_of_log(t, number, theirs, &walk, &segment) ==
		STATUS_OK ||
		walk.forks == 0;
}

bool
territory_segment_name(struct territory *t, const uint8_t *log, int64_t seq,
	uint8_t name[static SEGMENT_NAME_SIZE])
{
	uint32_t number = log_find(t, log);
	struct pack_view bytes;
	struct segment segment;

	if (number == LOG_NONE || seq == 0 ||
		t->states[number].saved.kept < seq ||
		read_lacking(t, number, seq, &bytes, &segment) != STATUS_OK ||
		segment.first + segment.count - 1 != seq)
		return false;
	memcpy(name, segment.name, SEGMENT_NAME_SIZE);
	return true;
}

bool
territory_passes(struct territory *t, const struct frontier_entry *theirs)
{
	uint32_t number = log_find(t, theirs->log);
	uint8_t name[SEGMENT_NAME_SIZE];

	if (number == LOG_NONE || t->states[number].saved.kept < theirs->last)
		return false;
	/* What is told of a cut names nothing: there is no more to tell. */
	if (theirs->last == 0 ||
		memcmp(theirs->name, no_name, SEGMENT_NAME_SIZE) == 0)
		return true;
	return territory_segment_name(t, theirs->log, theirs->last, name) &&
		memcmp(name, theirs->name, SEGMENT_NAME_SIZE) == 0;
}

uint64_t
territory_lacking_changes(struct territory *t,
	const struct frontier_entry *theirs, uint32_t theirs_count)
{
	uint64_t changes = 0;

	for (uint32_t i = 0; i < t->logs.count; i++) {
		const struct log_state *log = &t->states[i];
		const struct frontier_entry *their =
			theirs_find(theirs, theirs_count, log->saved.id);
		int64_t last = 0;

		if (compare(t, log, false, their, &last) == LACKS)
			changes += (uint64_t)(last - (their ? their->last : 0));
	}
	return changes;
}
