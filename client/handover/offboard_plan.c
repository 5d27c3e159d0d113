/* What offboarding would do, and how it stands with the leaver's devices. */

#include <stdlib.h>
#include <string.h>

#include "client/handover/inventory.h"
#include "client/handover/offboard.h"
#include "client/method/read.h"
#include "client/method/tell.h"
#include "client/node/hub/people.h"
#include "client/node/late.h"
#include "client/node/remembered.h"
#include "client/node/status.h"
#include "client/node/view.h"

static json_t *
devices_of(struct node *node, const char *login)
{
	json_t *all = people_devices_json(node), *list = json_array(), *device;
	size_t i;

	json_array_foreach(all, i, device)
	{
		const char *user =
			json_string_value(json_object_get(device, "user"));

		if (user && strcmp(user, login) == 0)
			json_array_append(list, device);
	}
	json_decref(all);
	return list;
}

static json_t *
plan_devices(struct node *node, const char *login)
{
	json_t *list = devices_of(node, login), *device;
	size_t i;

	json_array_foreach(list, i, device) json_object_set(
		device, "unsynced_since", json_object_get(device, "last_sync"));
	return list;
}

static int
device_count(const struct node *node, const uint8_t *user)
{
	const struct policy_device *d;
	int count = 0;

	for (uint32_t i = 0; (d = policy_device_at(node->policy, i)); i++)
		count += !d->revoked && !memcmp(d->user, user, ID_BYTES);
	return count;
}

static void
add_heir(struct node *node, const struct succession *s,
	const uint8_t *territory, json_t *list)
{
	const struct succession_heir *heir =
		succession_heir(node, s, territory);
	const struct succession_grant *g = succession_grant(node, s, territory);
	char path[POLICY_PATH_MAX];

	if (heir && g)
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:i}", "user", heir->login,
				"territory",
				policy_path(node->policy, territory, path),
				"role", status_role_code(g->role), "devices",
				device_count(node, heir->user)));
}

static json_t *
plan_heirs(struct node *node, const struct succession *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->grant_count; i++)
		if (s->grants[i].role != ROLE_ADMIN)
			add_heir(node, s, s->grants[i].territory, list);
	for (size_t i = 0; i < s->heir_count; i++) {
		const uint8_t *at = s->heirs[i].territory;
		bool told = id_is_zero(at);

		for (size_t g = 0; g < s->grant_count; g++)
			told |= !memcmp(s->grants[g].territory, at, ID_BYTES);
		if (!told)
			add_heir(node, s, at, list);
	}
	return list;
}

/* ---- what they hold ---- */

struct planning {
	struct node *node;
	const struct succession *succession;
	const struct dossier *facts;
	int32_t as_of;
	json_t *accounts, *promises, *conflicts;
	enum status status;
};

static bool
is_theirs(const struct planning *p, const struct dossier_account *a)
{
	return succession_grant(p->node, p->succession,
		       p->facts->territories[a->territory].id) &&
		inventory_involved(p->facts, a, p->succession->user);
}

static void
plan_accounts(struct planning *p)
{
	for (size_t i = 0; i < p->facts->account_count; i++)
		if (is_theirs(p, &p->facts->accounts[i]))
			json_array_append_new(p->accounts,
				inventory_account(p->facts,
					&p->facts->accounts[i],
					p->succession->user, p->as_of));
}

static void
plan_promises(struct planning *p)
{
	struct arena arena = {0};
	size_t count;
	const struct due *due =
		due_promises(p->facts, NULL, true, &arena, &count);

	for (size_t i = 0; i < count; i++)
		if (!memcmp(due[i].action->owner, p->succession->user,
			    ID_BYTES) ||
			(due[i].account && is_theirs(p, due[i].account)))
			json_array_append_new(p->promises,
				tell_due(p->facts, &due[i], p->as_of));
	arena_clear(&arena);
}

static bool
take_conflict(void *self, const struct query_conflict *conflict)
{
	struct planning *p = self;
	const struct schema_type *type =
		schema_type(p->node->schema, conflict->type);
	const uint8_t *territory =
		node_territory_id(p->node, conflict->territory);
	char field[VIEW_FIELD_SIZE], id[VIEW_ID_SIZE], title[VIEW_TITLE_SIZE];

	if (!type || !territory ||
		!succession_grant(p->node, p->succession, territory))
		return true;
	view_field_name(type, conflict->field, field);
	view_id(conflict->record, conflict->record_size, id);
	node_title(
		p->node, type, conflict->record, conflict->record_size, title);
	json_array_append_new(p->conflicts,
		json_pack("{s:s, s:s, s:s, s:s}", "type", type->name, "record",
			id, "title", title, "field", field));
	return true;
}

static bool
plan_records(struct planning *p, struct problem *problem)
{
	struct query_territories all = {NULL, 0};

	plan_accounts(p);
	plan_promises(p);
	if (query_conflicts(p->node->store, all, NULL, take_conflict, p) ==
		STATUS_OK)
		return true;
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
		p->node->dir, store_sqlite_problem(p->node->store));
}

static json_t *
plan_json(struct planning *p, const struct offboard_order *order)
{
	struct node *node = p->node;
	const struct policy_user *user =
		policy_user(node->policy, p->succession->user);

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"user", order->login, "name", user->name, "grants",
		people_grants_json(node, user->id), "without_successor",
		succession_open(node, p->succession), "to",
		plan_heirs(node, p->succession), "devices",
		plan_devices(node, order->login), "accounts", p->accounts,
		"promises", p->promises, "conflicts", p->conflicts);
}

json_t *
offboard_plan(struct node *node, const struct offboard_order *order,
	struct problem *problem)
{
	int64_t now = node_now_ms();
	struct succession s = {0};
	struct dossier facts = {0};
	struct read_scope all = {0};
	struct planning p = {.node = node,
		.succession = &s,
		.facts = &facts,
		.as_of = day_of_moment(now, node_offset(now)),
		.accounts = json_array(),
		.promises = json_array(),
		.conflicts = json_array()};
	json_t *json = NULL;

	if (succession_read(node, order->login, order->to, order->to_count, &s,
		    problem) &&
		read_dossier(node, &all, &facts, problem) &&
		plan_records(&p, problem)) {
		json = plan_json(&p, order);
	} else {
		json_decref(p.accounts);
		json_decref(p.promises);
		json_decref(p.conflicts);
	}
	dossier_clear(&facts);
	succession_clear(&s);
	return json;
}

/* ---- their devices ---- */

static enum status
take_time(void *self, const struct change *change, const struct knowledge *knew)
{
	(void)knew;
	*(int64_t *)self = change->at;
	return STATUS_OK;
}

/* When the hub shut it out; 0: it did not. */
static int64_t
revoked_at(struct node *node, const uint8_t *device)
{
	int64_t at = 0, seq;
	uint32_t log;

	if (policy_revocation(node->policy, device, &log, &seq))
		(void)!territory_change(
			node->directory, log, seq, take_time, &at);
	return at;
}

static json_t *
time_json(int64_t when)
{
	char text[INSTANT_TEXT_SIZE];

	if (!when)
		return json_null();
	instant_text(when, node_offset(when), text);
	return json_string(text);
}

static int
late_count(const struct late_list *late, const uint8_t *device)
{
	int count = 0;

	for (size_t i = 0; i < late->count; i++)
		count += !memcmp(late->list[i].log, device, ID_BYTES);
	return count;
}

static json_t *
device_json(struct node *node, const struct policy_device *d,
	const struct late_list *late)
{
	int64_t at = revoked_at(node, d->id);
	int64_t seen = remembered_seen(node, d->id);
	char id[ID_TEXT_SIZE];

	id_format(id, d->id);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i}", "device", id, "name",
		d->name, "state",
		!d->revoked         ? "active"
			: seen > at ? "told"
				    : "silent",
		"revoked_on", time_json(at), "last_seen", time_json(seen),
		"late", late_count(late, d->id));
}

json_t *
offboard_status(struct node *node, const char *login, struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, login);
	const struct policy_device *d;
	struct late_list late = {0};
	json_t *list;

	if (!user) {
		problem_set(problem, EXIT_NOT_FOUND, T("there is no user %s"),
			login);
		(void)problem_hint(problem, "roadbook hub users");
		return NULL;
	}
	json_decref(
		people_users_json(node)); /* what is remembered is written */
	if (!late_load(node, &late, problem))
		return NULL;
	list = json_array();
	for (uint32_t i = 0; (d = policy_device_at(node->policy, i)); i++)
		if (!memcmp(d->user, user->id, ID_BYTES))
			json_array_append_new(
				list, device_json(node, d, &late));
	late_clear(&late);
	return json_pack("{s:s, s:o}", "user", login, "devices", list);
}
