#include "client/method/dossier.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t nobody[ID_BYTES];

static int
by_id(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ID_BYTES);
}

/* Later days first; of one day by id. */
static int
newest_first(int32_t a, int32_t b)
{
	return a == b ? 0 : a > b ? -1 : 1;
}

static int
compare_users(const void *a, const void *b)
{
	return by_id(((const struct dossier_user *)a)->id,
		((const struct dossier_user *)b)->id);
}

static int
compare_accounts(const void *one, const void *other)
{
	const struct dossier_account *a = one, *b = other;
	int order = strcmp(a->name, b->name);

	return order ? order : by_id(a->id, b->id);
}

static int
compare_account_ids(const void *one, const void *other)
{
	const struct dossier_account *const *a = one, *const *b = other;

	return by_id((*a)->id, (*b)->id);
}

static int
compare_contacts(const void *one, const void *other)
{
	const struct dossier_contact *a = one, *b = other;
	int order = by_id(a->account, b->account);

	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : by_id(a->id, b->id);
}

static int32_t
day_of_visit(const struct dossier_visit *visit)
{
	return visit->day != DAY_NONE ? visit->day : visit->planned;
}

static int
compare_visits(const void *one, const void *other)
{
	const struct dossier_visit *a = one, *b = other;
	int order = by_id(a->account, b->account);

	if (!order)
		order = newest_first(day_of_visit(a), day_of_visit(b));
	return order ? order : by_id(b->id, a->id);
}

static int
compare_ratings(const void *one, const void *other)
{
	const struct dossier_rating *a = one, *b = other;
	int order = by_id(a->contact, b->contact);

	if (!order)
		order = by_id(a->account, b->account);
	return order ? order : by_id(a->rating.id, b->rating.id);
}

static int
compare_holds(const void *one, const void *other)
{
	const struct dossier_hold *a = one, *b = other;
	int order = by_id(a->contact, b->contact);

	if (!order)
		order = by_id(a->user, b->user);
	return order ? order : newest_first(a->since, b->since);
}

static int
compare_links(const void *one, const void *other)
{
	const struct dossier_link *a = one, *b = other;
	int order = by_id(a->contact, b->contact);

	if (!order)
		order = by_id(a->to, b->to);
	return order ? order : by_id(a->id, b->id);
}

static int
compare_members(const void *one, const void *other)
{
	const struct dossier_member *a = one, *b = other;
	int order = by_id(a->account, b->account);

	if (!order)
		order = by_id(a->user, b->user);
	return order ? order : by_id(a->id, b->id);
}

static int
compare_assignments(const void *one, const void *other)
{
	const struct dossier_assignment *a = one, *b = other;
	int order = by_id(a->account, b->account);

	if (!order)
		order = newest_first(b->effective, a->effective);
	return order ? order : by_id(a->id, b->id);
}

static int
compare_actions(const void *one, const void *other)
{
	const struct dossier_action *a = one, *b = other;
	int order = by_id(a->account, b->account);

	return order ? order : by_id(a->id, b->id);
}

static int
compare_intel(const void *one, const void *other)
{
	const struct dossier_intel *a = one, *b = other;
	int order = by_id(a->account, b->account);

	if (!order)
		order = strcmp(a->category, b->category);
	if (!order)
		order = newest_first(a->observed, b->observed);
	return order ? order : by_id(b->id, a->id);
}

static int
compare_logs(const void *one, const void *other)
{
	const struct dossier_log *a = one, *b = other;

	if (a->territory != b->territory)
		return a->territory < b->territory ? -1 : 1;
	if (a->at_ms != b->at_ms)
		return a->at_ms > b->at_ms ? -1 : 1;
	return by_id(a->device, b->device);
}

/*
 * Each list has its marks set by one pass over those that correct something;
 * corrections are few, lists may be long.
 */
static void
mark_corrected(struct dossier *f)
{
	for (size_t i = 0; i < f->rating_count; i++) {
		const uint8_t *of = f->ratings[i].corrects;

		for (size_t k = 0; by_id(of, nobody) && k < f->rating_count;
			k++)
			if (!by_id(f->ratings[k].rating.id, of))
				f->ratings[k].rating.corrected = true;
	}
	for (size_t i = 0; i < f->member_count; i++) {
		const uint8_t *of = f->members[i].corrects;

		for (size_t k = 0; by_id(of, nobody) && k < f->member_count;
			k++)
			if (!by_id(f->members[k].id, of))
				f->members[k].corrected = true;
	}
	for (size_t i = 0; i < f->assignment_count; i++) {
		const uint8_t *of = f->assignments[i].corrects;

		for (size_t k = 0; by_id(of, nobody) && k < f->assignment_count;
			k++)
			if (!by_id(f->assignments[k].id, of))
				f->assignments[k].corrected = true;
	}
	for (size_t i = 0; i < f->intel_count; i++) {
		const uint8_t *of = f->intel[i].corrects;

		for (size_t k = 0; by_id(of, nobody) && k < f->intel_count; k++)
			if (!by_id(f->intel[k].id, of))
				f->intel[k].corrected = true;
	}
}

static void
sort(void *list, size_t count, size_t size,
	int (*compare)(const void *, const void *))
{
	if (count)
		qsort(list, count, size, compare);
}

void
dossier_settle(struct dossier *f)
{
	mark_corrected(f);
	sort(f->users, f->user_count, sizeof *f->users, compare_users);
	sort(f->accounts, f->account_count, sizeof *f->accounts,
		compare_accounts);
	f->by_id = arena_take(
		&f->arena, (f->account_count + 1) * sizeof *f->by_id);
	for (size_t i = 0; i < f->account_count; i++)
		f->by_id[i] = &f->accounts[i];
	sort(f->by_id, f->account_count, sizeof *f->by_id, compare_account_ids);
	sort(f->contacts, f->contact_count, sizeof *f->contacts,
		compare_contacts);
	sort(f->visits, f->visit_count, sizeof *f->visits, compare_visits);
	sort(f->ratings, f->rating_count, sizeof *f->ratings, compare_ratings);
	sort(f->holds, f->hold_count, sizeof *f->holds, compare_holds);
	sort(f->links, f->link_count, sizeof *f->links, compare_links);
	sort(f->members, f->member_count, sizeof *f->members, compare_members);
	sort(f->assignments, f->assignment_count, sizeof *f->assignments,
		compare_assignments);
	sort(f->actions, f->action_count, sizeof *f->actions, compare_actions);
	sort(f->intel, f->intel_count, sizeof *f->intel, compare_intel);
	sort(f->logs, f->log_count, sizeof *f->logs, compare_logs);
}

void
dossier_clear(struct dossier *f)
{
	free(f->territories);
	free(f->users);
	free(f->accounts);
	free(f->contacts);
	free(f->visits);
	free(f->ratings);
	free(f->holds);
	free(f->links);
	free(f->members);
	free(f->assignments);
	free(f->actions);
	free(f->intel);
	free(f->logs);
	arena_clear(&f->arena);
	*f = (struct dossier){0};
}

/*
 * The run of entries whose id at `offset` is this one, in a list that begins
 * its order with it.
 */
static const void *
run_of(const void *list, size_t count, size_t size, size_t offset,
	const uint8_t *id, size_t *run)
{
	const uint8_t *at = list;
	size_t low = 0, high = count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_id(at + middle * size + offset, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < count && !by_id(at + end * size + offset, id);)
		end++;
	*run = end - low;
	return *run ? at + low * size : NULL;
}

#define RUN_OF(list, count_, type, member, id, run)                            \
	run_of((list), (count_), sizeof(type), offsetof(type, member), (id),   \
		(run))

const struct dossier_contact *
dossier_contacts(const struct dossier *f, const uint8_t *account, size_t *count)
{
	return RUN_OF(f->contacts, f->contact_count, struct dossier_contact,
		account, account, count);
}

const struct dossier_visit *
dossier_visits(const struct dossier *f, const uint8_t *account, size_t *count)
{
	return RUN_OF(f->visits, f->visit_count, struct dossier_visit, account,
		account, count);
}

const struct dossier_rating *
dossier_ratings(const struct dossier *f, const uint8_t *contact,
	const uint8_t *account, size_t *count)
{
	const struct dossier_rating *ratings =
		RUN_OF(f->ratings, f->rating_count, struct dossier_rating,
			contact, contact, count);

	/* Those of no contact are of accounts. */
	if (!ratings || by_id(contact, nobody) != 0)
		return ratings;
	return RUN_OF(ratings, *count, struct dossier_rating, account, account,
		count);
}

const struct dossier_hold *
dossier_holds(const struct dossier *f, const uint8_t *contact, size_t *count)
{
	return RUN_OF(f->holds, f->hold_count, struct dossier_hold, contact,
		contact, count);
}

const struct dossier_link *
dossier_links(const struct dossier *f, const uint8_t *contact, size_t *count)
{
	return RUN_OF(f->links, f->link_count, struct dossier_link, contact,
		contact, count);
}

const struct dossier_member *
dossier_members(const struct dossier *f, const uint8_t *account, size_t *count)
{
	return RUN_OF(f->members, f->member_count, struct dossier_member,
		account, account, count);
}

const struct dossier_assignment *
dossier_assignments(
	const struct dossier *f, const uint8_t *account, size_t *count)
{
	return RUN_OF(f->assignments, f->assignment_count,
		struct dossier_assignment, account, account, count);
}

const struct dossier_action *
dossier_actions(const struct dossier *f, const uint8_t *account, size_t *count)
{
	return RUN_OF(f->actions, f->action_count, struct dossier_action,
		account, account, count);
}

const struct dossier_intel *
dossier_intel(const struct dossier *f, const uint8_t *account, size_t *count)
{
	return RUN_OF(f->intel, f->intel_count, struct dossier_intel, account,
		account, count);
}

const struct dossier_user *
dossier_user(const struct dossier *f, const uint8_t *id)
{
	size_t count;

	return RUN_OF(
		f->users, f->user_count, struct dossier_user, id, id, &count);
}

const struct dossier_account *
dossier_account(const struct dossier *f, const uint8_t *id)
{
	size_t low = 0, high = f->account_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_id(f->by_id[middle]->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == f->account_count || by_id(f->by_id[low]->id, id) != 0)
		return NULL;
	return f->by_id[low];
}

bool
dossier_on(const struct dossier *f, const struct dossier_account *account,
	const uint8_t *user)
{
	const struct dossier_user *known = dossier_user(f, user);

	return known && known->on[account->territory];
}

bool
dossier_same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, ID_BYTES) == 0;
}

bool
dossier_listed(const uint8_t (*ids)[ID_BYTES], size_t count, const uint8_t *id)
{
	for (size_t i = 0; i < count; i++)
		if (dossier_same(ids[i], id))
			return true;
	return false;
}
