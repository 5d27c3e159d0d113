#include "sync/compare.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"

struct frontier_place {
	uint8_t log[LOG_BYTES];
	uint8_t name[SEGMENT_NAME_SIZE];
	int64_t last;
};

void
frontier_clear(struct frontier *frontier)
{
	free(frontier->places);
	free(frontier->views);
	memset(frontier, 0, sizeof *frontier);
}

/* Where the log stands in the list, or would. */
static uint32_t
find_place(const struct frontier *frontier, const uint8_t *log)
{
	uint32_t low = 0, high = frontier->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(frontier->places[middle].log, log, LOG_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct frontier_place *
insert_place(struct frontier *frontier, uint32_t at)
{
	if (frontier->count == frontier->room) {
		frontier->room = frontier->room ? frontier->room * 2 : 8;
		frontier->places = alloc_again(frontier->places,
			frontier->room * sizeof *frontier->places);
	}
	memmove(&frontier->places[at + 1], &frontier->places[at],
		(frontier->count - at) * sizeof *frontier->places);
	frontier->count++;
	return &frontier->places[at];
}

bool
frontier_advance(struct frontier *frontier, const uint8_t *log, int64_t last,
	const uint8_t *name)
{
	uint32_t at = find_place(frontier, log);
	struct frontier_place *place;

	if (at < frontier->count &&
		memcmp(frontier->places[at].log, log, LOG_BYTES) == 0) {
		place = &frontier->places[at];
		if (place->last >= last)
			return false;
	} else {
		place = insert_place(frontier, at);
		memcpy(place->log, log, LOG_BYTES);
	}
	place->last = last;
	memcpy(place->name, name, SEGMENT_NAME_SIZE);
	return true;
}

void
frontier_drop(struct frontier *frontier, const uint8_t *log)
{
	uint32_t at = find_place(frontier, log);

	if (at == frontier->count ||
		memcmp(frontier->places[at].log, log, LOG_BYTES) != 0)
		return;
	frontier->count--;
	memmove(&frontier->places[at], &frontier->places[at + 1],
		(frontier->count - at) * sizeof *frontier->places);
}

bool
frontier_of(struct frontier *frontier, struct territory *territory)
{
	const struct frontier_entry *list = NULL;
	uint32_t count = 0;

	frontier->count = 0;
	if (territory)
		territory_frontier(territory, &list, &count);
	for (uint32_t i = 0; i < count; i++)
		if (list[i].last > 0)
			(void)frontier_advance(frontier, list[i].log,
				list[i].last, list[i].name);
	return frontier->count <= MESSAGE_LOGS_MAX;
}

bool
frontier_of_kept(struct frontier *frontier, struct territory *territory)
{
	const struct frontier_entry *list = NULL;
	uint32_t count = 0;

	frontier->count = 0;
	if (territory)
		territory_kept(territory, &list, &count);
	for (uint32_t i = 0; i < count; i++)
		(void)frontier_advance(
			frontier, list[i].log, list[i].last, list[i].name);
	return frontier->count <= MESSAGE_LOGS_MAX;
}

void
frontier_echo(struct frontier *frontier, struct territory *territory,
	struct frontier *theirs)
{
	const struct frontier_entry *list = NULL;
	uint32_t count = 0;

	frontier->count = 0;
	if (territory && theirs->count)
		territory_kept(territory, &list, &count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = find_place(theirs, list[i].log);
		const struct frontier_place *their = &theirs->places[at];

		if (at == theirs->count ||
			memcmp(their->log, list[i].log, LOG_BYTES) != 0)
			continue;
		if (list[i].last < their->last)
			(void)frontier_advance(frontier, list[i].log,
				list[i].last, list[i].name);
		else if (territory_passes(territory,
				 &(struct frontier_entry){
					 their->log, their->last, their->name}))
			(void)frontier_advance(
				frontier, their->log, their->last, their->name);
	}
}

void
frontier_read(struct frontier *frontier, struct message *message)
{
	struct frontier_entry entry;

	frontier->count = 0;
	while (message_next_frontier(message, &entry))
		(void)frontier_advance(
			frontier, entry.log, entry.last, entry.name);
}

const struct frontier_entry *
frontier_views(struct frontier *frontier)
{
	frontier->views = alloc_again(
		frontier->views, frontier->count * sizeof *frontier->views);
	for (uint32_t i = 0; i < frontier->count; i++) {
		const struct frontier_place *place = &frontier->places[i];

		frontier->views[i] = (struct frontier_entry){
			place->log, place->last, place->name};
	}
	return frontier->views;
}

struct finding {
	struct shares *shares;
	const struct policy *policy;
	const uint8_t *own_device;
};

static void
add_share(struct shares *shares, const uint8_t *territory)
{
	struct share *share;

	if (shares->count == shares->room) {
		shares->room = shares->room ? shares->room * 2 : 16;
		shares->list = alloc_again(
			shares->list, shares->room * sizeof *shares->list);
	}
	share = &shares->list[shares->count++];
	memset(share, 0, sizeof *share);
	memcpy(share->territory, territory, ID_BYTES);
}

static void
found_readable(void *self, const uint8_t *territory)
{
	struct finding *finding = self;
	const struct policy *policy = finding->policy;

	/* It is added in any case: a new device is not in it yet. */
	if (memcmp(territory, policy_directory(policy), ID_BYTES) == 0)
		return;
	if (policy_may_read(policy, finding->own_device, territory))
		add_share(finding->shares, territory);
}

static int
compare_shares(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return memcmp(x->territory, y->territory, ID_BYTES);
}

static void
find_digest(struct share *share, struct territory *territory)
{
	const struct frontier_entry *list;
	uint32_t count = 0;
	bool holds = false;

	if (territory)
		territory_frontier(territory, &list, &count);
	for (uint32_t i = 0; i < count && !holds; i++)
		holds = list[i].last > 0;
	/* One that was opened and never filled is like one never opened. */
	if (holds)
		territory_compare_digest(territory, share->digest);
}

static void
digest_all(struct shares *shares)
{
	static const char purpose[] = "roadbook/compare/1";
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
	crypto_generichash_update(
		&state, (const uint8_t *)purpose, sizeof purpose);
	for (uint32_t i = 0; i < shares->count; i++) {
		crypto_generichash_update(
			&state, shares->list[i].territory, ID_BYTES);
		crypto_generichash_update(
			&state, shares->list[i].digest, DIGEST_BYTES);
	}
	crypto_generichash_final(&state, shares->digest, DIGEST_BYTES);
}

void
shares_find(struct shares *shares, const struct policy *policy,
	const uint8_t *own_device, const uint8_t *peer_device,
	share_territory_cb *territory, void *self)
{
	struct finding finding = {shares, policy, own_device};

	shares->count = 0;
	policy_readable(policy, peer_device, found_readable, &finding);
	add_share(shares, policy_directory(policy));
	qsort(shares->list, shares->count, sizeof *shares->list,
		compare_shares);
	if (shares->count > MESSAGE_TERRITORIES_MAX)
		shares->count = MESSAGE_TERRITORIES_MAX;
	for (uint32_t i = 0; i < shares->count; i++)
		find_digest(&shares->list[i],
			territory(self, shares->list[i].territory));
	digest_all(shares);
}

void
shares_clear(struct shares *shares)
{
	free(shares->list);
	memset(shares, 0, sizeof *shares);
}

const struct share *
shares_of(const struct shares *shares, const uint8_t *territory)
{
	struct share wanted;

	memcpy(wanted.territory, territory, ID_BYTES);
	if (shares->count == 0)
		return NULL;
	return bsearch(&wanted, shares->list, shares->count,
		sizeof *shares->list, compare_shares);
}
