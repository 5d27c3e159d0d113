#include "client/method/due.h"

#include <stdlib.h>
#include <string.h>

const char *
due_kind_code(enum due_kind kind)
{
	static const char *const codes[DUE_KINDS] = {
		"account", "contact", "in_person", "next_contact", "action"};

	return codes[kind];
}

struct listing {
	struct due *list;
	size_t count, room;
	int32_t as_of, until;
	struct arena *arena;
};

static void
add(struct listing *l, const struct due *due)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		struct due *list = arena_take(l->arena, room * sizeof *list);

		if (l->count)
			memcpy(list, l->list, l->count * sizeof *list);
		l->list = list;
		l->room = room;
	}
	l->list[l->count++] = *due;
}

static void
add_cadence(struct listing *l, enum due_kind kind,
	const struct dossier_account *account,
	const struct dossier_contact *contact, const struct cadence *cadence)
{
	struct due due = {.kind = kind,
		.account = account,
		.contact = contact,
		.cadence = *cadence,
		.on = cadence->due == DAY_NONE ? l->as_of : cadence->due};

	if (due.on <= l->until)
		add(l, &due);
}

static void
add_account(struct listing *l, const struct dossier *facts,
	const struct dossier_account *account)
{
	struct account_figures f =
		account_cadences(facts, account, l->as_of, l->arena);

	add_cadence(l, DUE_ACCOUNT, account, NULL, &f.cadence);
	for (size_t i = 0; i < f.person_count; i++) {
		const struct account_person *p = &f.people[i];

		if (p->cadence.target_days)
			add_cadence(l,
				p->contact->interval_days > 0 ? DUE_CONTACT
							      : DUE_FACE,
				account, p->contact, &p->cadence);
	}
	if (f.next_by != DAY_NONE && f.next_by <= l->until)
		add(l,
			&(struct due){.kind = DUE_NEXT,
				.account = account,
				.on = f.next_by});
}

static const struct dossier_account *
account_of(const struct dossier *facts, const struct dossier_action *action)
{
	return dossier_account(facts, action->account);
}

/* By account's name and id, which is the order of the list of accounts. */
static int
compare_accounts(const struct due *a, const struct due *b)
{
	const struct dossier_account *x = a->account, *y = b->account;

	if (x == y)
		return 0;
	if (!x || !y)
		return x ? 1 : -1;
	return x < y ? -1 : 1;
}

static int
compare_rest(const struct due *a, const struct due *b)
{
	int order = compare_accounts(a, b);

	if (!order && a->contact && b->contact)
		order = memcmp(a->contact->id, b->contact->id, ID_BYTES);
	if (!order && a->action && b->action)
		order = memcmp(a->action->id, b->action->id, ID_BYTES);
	return order;
}

static int
compare_due(const void *one, const void *other)
{
	const struct due *a = one, *b = other;

	if (a->on != b->on)
		return a->on < b->on ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return compare_rest(a, b);
}

const struct due *
due_list(const struct dossier *facts, int32_t as_of, int32_t until,
	bool actions, struct arena *arena, size_t *count)
{
	struct listing l = {.as_of = as_of, .until = until, .arena = arena};

	for (size_t i = 0; i < facts->account_count; i++)
		if (!facts->accounts[i].gone)
			add_account(&l, facts, &facts->accounts[i]);
	for (size_t i = 0; actions && i < facts->action_count; i++) {
		const struct dossier_action *a = &facts->actions[i];

		if (a->open && a->due != DAY_NONE && a->due <= until)
			add(&l,
				&(struct due){.kind = DUE_ACTION,
					.account = account_of(facts, a),
					.action = a,
					.on = a->due});
	}
	if (l.count)
		qsort(l.list, l.count, sizeof *l.list, compare_due);
	*count = l.count;
	return l.list;
}

size_t
due_accounts(const struct dossier *facts, const struct due *list, size_t count)
{
	bool *seen = alloc(facts->account_count + 1);
	size_t accounts = 0;

	for (size_t i = 0; i < count; i++) {
		const struct due *due = &list[i];

		if (due->kind == DUE_ACTION || !due->account ||
			seen[due->account - facts->accounts])
			continue;
		seen[due->account - facts->accounts] = true;
		accounts++;
	}
	free(seen);
	return accounts;
}

static int
owed_rank(const struct dossier_action *action)
{
	if (strcmp(action->owed_by, "us") == 0)
		return 0;
	return *action->owed_by ? 1 : 2;
}

static int
compare_promises(const void *one, const void *other)
{
	const struct due *a = one, *b = other;
	int rank_a = owed_rank(a->action), rank_b = owed_rank(b->action);

	if (rank_a != rank_b)
		return rank_a - rank_b;
	if (a->on != b->on) {
		if (a->on == DAY_NONE || b->on == DAY_NONE)
			return a->on == DAY_NONE ? 1 : -1;
		return a->on < b->on ? -1 : 1;
	}
	return compare_rest(a, b);
}

const struct due *
due_promises(const struct dossier *facts, const uint8_t *account, bool steps,
	struct arena *arena, size_t *count)
{
	struct listing l = {.arena = arena};

	for (size_t i = 0; i < facts->action_count; i++) {
		const struct dossier_action *a = &facts->actions[i];

		if (!a->open || (!steps && !*a->owed_by) ||
			(account && memcmp(account, a->account, ID_BYTES) != 0))
			continue;
		add(&l,
			&(struct due){.kind = DUE_ACTION,
				.account = account_of(facts, a),
				.action = a,
				.on = a->due});
	}
	if (l.count)
		qsort(l.list, l.count, sizeof *l.list, compare_promises);
	*count = l.count;
	return l.list;
}
