#include "client/handover/inventory.h"

#include <string.h>

#include "client/method/tell.h"

static bool
holds(const struct dossier *facts, const struct dossier_contact *contact,
	const uint8_t *user)
{
	size_t count;
	const struct dossier_hold *list =
		dossier_holds(facts, contact->id, &count);

	for (size_t i = 0; i < count; i++)
		if (dossier_same(list[i].user, user))
			return true;
	return false;
}

static bool
holds_any(const struct dossier *facts, const struct dossier_account *account,
	const uint8_t *user)
{
	size_t count;
	const struct dossier_contact *list =
		dossier_contacts(facts, account->id, &count);

	for (size_t i = 0; i < count; i++)
		if (holds(facts, &list[i], user))
			return true;
	return false;
}

static bool
was_there(const struct dossier *facts, const struct dossier_account *account,
	const uint8_t *user)
{
	size_t count;
	const struct dossier_visit *list =
		dossier_visits(facts, account->id, &count);

	for (size_t i = 0; i < count; i++)
		if (dossier_listed(
			    list[i].attendees, list[i].attendee_count, user))
			return true;
	return false;
}

static bool
owes(const struct dossier *facts, const struct dossier_account *account,
	const uint8_t *user)
{
	size_t count;
	const struct dossier_action *list =
		dossier_actions(facts, account->id, &count);

	for (size_t i = 0; i < count; i++)
		if (list[i].open && dossier_same(list[i].owner, user))
			return true;
	return false;
}

bool
inventory_involved(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *user)
{
	return dossier_same(account->owner, user) ||
		id_is_zero(account->owner) || holds_any(facts, account, user) ||
		was_there(facts, account, user) || owes(facts, account, user);
}

bool
inventory_key_contact(const struct dossier *facts,
	const struct dossier_contact *contact, const uint8_t *user)
{
	return contact->active &&
		(holders_weight(contact->role) > 0 ||
			holds(facts, contact, user));
}

json_t *
inventory_account(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *user,
	int32_t as_of)
{
	struct arena arena = {0};
	struct account_figures f =
		account_figures(facts, account, as_of, &arena);
	json_t *json = tell_account(facts, account), *names = json_array();
	uint64_t held = 0, bit = 0;

	for (size_t u = 0; u < f.user_count; u++)
		if (dossier_same(f.users[u]->id, user))
			bit = (uint64_t)1 << u;
	for (size_t i = 0; i < f.person_count; i++) {
		held |= f.people[i].held_by;
		if (bit && f.people[i].held_by == bit)
			json_array_append_new(
				names, json_string(f.people[i].contact->name));
	}
	tell_coverage(json, &f);
	json_object_set_new(json, "sole", json_boolean(bit && held == bit));
	json_object_set_new(json, "sole_contacts", names);
	arena_clear(&arena);
	return json;
}

static bool
met_on(const struct dossier_visit *visit, const uint8_t *contact,
	const uint8_t *by, const uint8_t *from)
{
	if (!dossier_listed(visit->contacts, visit->contact_count, contact))
		return false;
	if (by)
		return dossier_listed(
			visit->attendees, visit->attendee_count, by);
	for (size_t i = 0; i < visit->attendee_count; i++)
		if (!dossier_same(visit->attendees[i], from))
			return true;
	return false;
}

int32_t
inventory_met(const struct dossier *facts,
	const struct dossier_contact *contact, int32_t since, int32_t as_of,
	const uint8_t *by, const uint8_t *from)
{
	size_t count;
	const struct dossier_visit *list =
		dossier_visits(facts, contact->account, &count);

	for (size_t i = 0; i < count; i++) /* newest first */
		if (list[i].done && list[i].day != DAY_NONE &&
			list[i].day >= since && list[i].day <= as_of &&
			met_on(&list[i], contact->id, by, from))
			return list[i].day;
	return DAY_NONE;
}
