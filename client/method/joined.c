#include "client/method/joined.h"

#include <stdlib.h>
#include <string.h>

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ID_BYTES);
}

/* Where the id stands among the ids; SIZE_MAX when it is none of them. */
static size_t
place_of(const struct joined *joined, const uint8_t *id)
{
	const uint8_t(*found)[ID_BYTES] = joined->count
		? bsearch(id, joined->ids, joined->count, ID_BYTES, compare_ids)
		: NULL;

	return found ? (size_t)(found - (const uint8_t(*)[ID_BYTES])joined->ids)
		     : SIZE_MAX;
}

const uint8_t *
joined_root(const struct joined *joined, const uint8_t *id)
{
	size_t at = place_of(joined, id);

	return at == SIZE_MAX ? id : joined->root[at];
}

/* Gives both the smaller of their roots; whether that changed one. */
static bool
connect(struct joined *joined, const uint8_t *one, const uint8_t *other)
{
	uint8_t *a = joined->root[place_of(joined, one)];
	uint8_t *b = joined->root[place_of(joined, other)];
	int order = memcmp(a, b, ID_BYTES);

	if (order < 0)
		memcpy(b, a, ID_BYTES);
	else if (order > 0)
		memcpy(a, b, ID_BYTES);
	return order != 0;
}

struct joined
joined_of(
	const uint8_t (*pairs)[2][ID_BYTES], size_t count, struct arena *arena)
{
	struct joined joined = {0};
	bool changed = true;

	if (!count)
		return joined;
	joined.ids = arena_take(arena, 2 * count * sizeof *joined.ids);
	joined.root = arena_take(arena, 2 * count * sizeof *joined.root);
	memcpy(joined.ids, pairs, 2 * count * ID_BYTES);
	qsort(joined.ids, 2 * count, ID_BYTES, compare_ids);
	for (size_t i = 0; i < 2 * count; i++)
		if (!joined.count ||
			memcmp(joined.ids[joined.count - 1], joined.ids[i],
				ID_BYTES) != 0)
			memmove(joined.ids[joined.count++], joined.ids[i],
				ID_BYTES);
	memcpy(joined.root, joined.ids, joined.count * ID_BYTES);
	/* Joins are few, and chains of them short. */
	while (changed) {
		changed = false;
		for (size_t i = 0; i < count; i++)
			changed |= connect(&joined, pairs[i][0], pairs[i][1]);
	}
	return joined;
}

static void
resolve(const struct joined *joined, uint8_t *id)
{
	memcpy(id, joined_root(joined, id), ID_BYTES);
}

static int
compare_accounts(const void *one, const void *other)
{
	const struct dossier_account *a = one, *b = other;

	return memcmp(a->id, b->id, ID_BYTES);
}

/* What the survivor does not say itself. */
static void
take_over(struct dossier_account *to, const struct dossier_account *from)
{
	static const uint8_t nobody[ID_BYTES];

	if (!*to->name)
		to->name = from->name;
	if (to->tier == TIER_NONE)
		to->tier = from->tier;
	if (memcmp(to->owner, nobody, ID_BYTES) == 0)
		memcpy(to->owner, from->owner, ID_BYTES);
	for (int i = 0; i < COMPLETENESS_ITEMS; i++)
		if (!to->known[i].known)
			to->known[i] = from->known[i];
}

static void
resolve_accounts(const struct joined *joined, struct dossier *facts)
{
	size_t kept = 0;

	/* By id, so that a survivor that is here comes first of its own. */
	qsort(facts->accounts, facts->account_count, sizeof *facts->accounts,
		compare_accounts);
	for (size_t i = 0; i < facts->account_count; i++) {
		struct dossier_account account = facts->accounts[i];
		/* Who was joined with nobody has nobody to look for. */
		size_t at = place_of(joined, account.id) == SIZE_MAX ? kept : 0;

		resolve(joined, account.id);
		while (at < kept &&
			memcmp(facts->accounts[at].id, account.id, ID_BYTES) !=
				0)
			at++;
		if (at < kept)
			take_over(&facts->accounts[at], &account);
		else
			facts->accounts[kept++] = account;
	}
	facts->account_count = kept;
}

void
joined_resolve(const struct joined *joined, struct dossier *facts)
{
	if (!joined->count)
		return;
	if (facts->account_count)
		resolve_accounts(joined, facts);
	for (size_t i = 0; i < facts->contact_count; i++)
		resolve(joined, facts->contacts[i].account);
	for (size_t i = 0; i < facts->visit_count; i++)
		resolve(joined, facts->visits[i].account);
	for (size_t i = 0; i < facts->rating_count; i++)
		resolve(joined, facts->ratings[i].account);
	for (size_t i = 0; i < facts->member_count; i++)
		resolve(joined, facts->members[i].account);
	for (size_t i = 0; i < facts->assignment_count; i++)
		resolve(joined, facts->assignments[i].account);
	for (size_t i = 0; i < facts->action_count; i++)
		resolve(joined, facts->actions[i].account);
	for (size_t i = 0; i < facts->intel_count; i++)
		resolve(joined, facts->intel[i].account);
}
