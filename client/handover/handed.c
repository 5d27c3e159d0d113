#include "client/handover/handed.h"

#include <stdlib.h>
#include <string.h>

#include "client/handover/inventory.h"
#include "client/handover/record.h"
#include "client/method/read.h"
#include "client/method/tell.h"
#include "client/node/list.h"
#include "proto/schema_roadbook.h"

struct reading {
	struct node *node;
	const struct dossier *facts;
	int32_t as_of;
	json_t *list;
};

static void
put(json_t *json, const char *name, json_t *value)
{
	json_object_set_new(json, name, value);
}

static bool
id_in(const json_t *json, const char *name, uint8_t id[static ID_BYTES])
{
	const char *text = json_string_value(json_object_get(json, name));

	return text && id_parse(id, text) == STATUS_OK;
}

/* ---- who was met ---- */

static const struct dossier_contact *
find_contact(const struct dossier *facts, const uint8_t *id)
{
	for (size_t i = 0; i < facts->contact_count; i++)
		if (!memcmp(facts->contacts[i].id, id, ID_BYTES))
			return &facts->contacts[i];
	return NULL;
}

static json_t *
contact_json(const struct reading *r, const uint8_t *id, int32_t since,
	const uint8_t *to, const uint8_t *from)
{
	const struct dossier_contact *c = find_contact(r->facts, id);

	return json_pack("{s:o, s:s?, s:o}", "id", tell_id(id), "name",
		c ? c->name : NULL, "met_on",
		tell_day(c ? inventory_met(
				     r->facts, c, since, r->as_of, to, from)
			   : DAY_NONE));
}

static json_t *
next_check(const json_t *json, int32_t as_of)
{
	static const char *const names[HANDOVER_CHECKS] = {
		"check_30_on", "check_60_on", "check_90_on"};

	for (int i = 0; i < HANDOVER_CHECKS; i++) {
		const char *text =
			json_string_value(json_object_get(json, names[i]));

		if (text && day_of_text(text, strlen(text)) >= as_of)
			return json_string(text);
	}
	return json_null();
}

/* Names beside the ids, and what is counted; takes the contacts. */
static void
finish(struct reading *r, json_t *json, json_t *contacts)
{
	uint8_t id[ID_BYTES];
	char path[POLICY_PATH_MAX];
	size_t i, met = 0;
	json_t *contact;

	if (id_in(json, "account_id", id)) {
		const struct dossier_account *a = dossier_account(r->facts, id);

		put(json, "account", a ? json_string(a->name) : json_null());
	}
	if (id_in(json, "from_user_id", id))
		put(json, "from", json_string(tell_login(r->facts, id)));
	if (id_in(json, "to_user_id", id))
		put(json, "to", json_string(tell_login(r->facts, id)));
	if (id_in(json, "handed_territory_id", id))
		put(json, "handed_territory",
			json_string(policy_path(r->node->policy, id, path)));
	json_array_foreach(contacts, i, contact) met +=
		json_is_string(json_object_get(contact, "met_on"));
	put(json, "reached", json_integer((json_int_t)met));
	put(json, "of", json_integer((json_int_t)json_array_size(contacts)));
	put(json, "contacts", contacts);
	put(json, "next_check", next_check(json, r->as_of));
	json_array_append_new(r->list, json);
}

/* ---- records ---- */

static bool
take_record(void *self, const struct query_row *row)
{
	struct reading *r = self;
	json_t *json = node_row_json(r->node, row), *contacts = json_array();
	json_t *key = json ? json_object_get(json, "key_contacts") : NULL, *c;
	uint8_t from[ID_BYTES] = {0}, to[ID_BYTES], id[ID_BYTES];
	bool known = json && id_in(json, "to_user_id", to);
	const char *since =
		json_string_value(json_object_get(json, "effective_on"));
	int32_t day = since ? day_of_text(since, strlen(since)) : DAY_NONE;
	size_t i;

	if (!json) {
		json_decref(contacts);
		return true;
	}
	(void)id_in(json, "from_user_id", from); /* zero is nobody */
	json_array_foreach(key, i, c)
	{
		const char *text = json_string_value(c);

		if (text && id_parse(id, text) == STATUS_OK)
			json_array_append_new(contacts,
				contact_json(
					r, id, day, known ? to : NULL, from));
	}
	finish(r, json, contacts);
	return true;
}

static bool
read_records(struct reading *r, struct problem *problem)
{
	uint32_t *numbers;
	struct query_options options = {.type = TYPE_HANDOVER,
		.territories = node_territories(r->node, &numbers),
		.order = QUERY_NEWEST};
	enum status status = STATUS_OK;

	if (options.territories.count)
		status = query_rows(r->node->store, &options, take_record, r);
	free(numbers);
	return status == STATUS_OK ||
		problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			r->node->dir, store_sqlite_problem(r->node->store));
}

/* ---- what follows from the directory ---- */

/* By an earlier ended grant of the same user, or as a record. */
static bool
is_told(const struct reading *r, const uint8_t *account, const uint8_t *from)
{
	uint8_t a[ID_BYTES], f[ID_BYTES];
	json_t *entry;
	size_t i;

	json_array_foreach(
		r->list, i, entry) if (id_in(entry, "account_id", a) &&
		id_in(entry, "from_user_id", f) &&
		!memcmp(a, account, ID_BYTES) &&
		!memcmp(f, from, ID_BYTES)) return true;
	return false;
}

static void
take_account(struct reading *r, const struct policy_grant *g,
	const struct dossier_account *a, int32_t day)
{
	const uint8_t *me = r->node->user;
	json_t *contacts = json_array(), *json;
	size_t count;
	const struct dossier_contact *list =
		dossier_contacts(r->facts, a->id, &count);

	for (size_t i = 0; i < count; i++)
		if (inventory_key_contact(r->facts, &list[i], g->user))
			json_array_append_new(contacts,
				contact_json(r, list[i].id, day, me, g->user));
	json = json_pack("{s:n, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		"account_id", tell_id(a->id), "from_user_id", tell_id(g->user),
		"to_user_id", tell_id(me), "handed_territory_id",
		tell_id(r->facts->territories[a->territory].id), "effective_on",
		tell_day(day), "check_30_on",
		tell_day(day + HANDOVER_CHECK_DAYS), "check_60_on",
		tell_day(day + 2 * HANDOVER_CHECK_DAYS), "check_90_on",
		tell_day(day + 3 * HANDOVER_CHECK_DAYS));
	finish(r, json, contacts);
}

/* Whether this node's user is a rep there: others read the records. */
static bool
is_rep(const struct node *node, const uint8_t *territory)
{
	uint8_t grant[ID_BYTES];

	return policy_write_grant(node->policy, node->user, territory, grant) ==
		RANK_REP;
}

/* Of somebody else, and not so long ago that nobody asks any more. */
static bool
has_ended(const struct node *node, const struct policy_grant *g, int32_t as_of)
{
	return g->ended && g->ending_ms &&
		day_of_moment(g->ending_ms, node_offset(g->ending_ms)) +
			HANDED_DAYS >=
		as_of &&
		memcmp(g->user, node->user, ID_BYTES) != 0;
}

static void
take_ended(struct reading *r)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(r->node->policy, i)); i++) {
		int32_t day =
			day_of_moment(g->ending_ms, node_offset(g->ending_ms));

		if (!has_ended(r->node, g, r->as_of))
			continue;
		for (size_t k = 0; k < r->facts->account_count; k++) {
			const struct dossier_account *a =
				&r->facts->accounts[k];
			const uint8_t *territory =
				r->facts->territories[a->territory].id;

			if (policy_lies_in(
				    r->node->policy, territory, g->territory) &&
				is_rep(r->node, territory) &&
				!dossier_on(r->facts, a, g->user) &&
				inventory_involved(r->facts, a, g->user) &&
				!is_told(r, a->id, g->user))
				take_account(r, g, a, day);
		}
	}
}

/* Nobody left lately, and no record says so: most often, and soon known. */
static bool
is_nothing(struct node *node, int32_t as_of)
{
	struct query_options options = {
		.type = TYPE_HANDOVER, .archived = true, .moved = true};
	const struct policy_grant *g;
	uint64_t count;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (has_ended(node, g, as_of))
			return false;
	return query_count(node->store, &options, &count) == STATUS_OK &&
		count == 0;
}

json_t *
handed_json(struct node *node, int32_t as_of, struct problem *problem)
{
	struct dossier facts = {0};
	struct read_scope all = {0};
	struct reading r = {.node = node,
		.facts = &facts,
		.as_of = as_of,
		.list = json_array()};

	if (is_nothing(node, as_of))
		return r.list;
	if (!read_dossier(node, &all, &facts, problem) ||
		!read_records(&r, problem)) {
		json_decref(r.list);
		r.list = NULL;
	} else {
		take_ended(&r);
	}
	dossier_clear(&facts);
	return r.list;
}
