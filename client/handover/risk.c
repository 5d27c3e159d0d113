#include "client/handover/risk.h"

#include <string.h>

#include "client/handover/stake.h"
#include "client/method/read.h"
#include "client/method/tell.h"
#include "client/node/hub/people.h"

struct risk {
	struct node *node;
	const struct dossier *facts;
	int32_t as_of;
	json_t *one, *no_owner, *no_backup, *single;
	struct stake all, of_one, of_no_owner, of_no_backup;
};

/* ---- whoever had to do with a contact ---- */

struct known_by {
	uint8_t users[2][ID_BYTES];
	int count; /* 2: that many or more */
};

static void
add_user(struct known_by *k, const uint8_t *user)
{
	if (k->count == 2 || id_is_zero(user) ||
		(k->count && !memcmp(k->users[0], user, ID_BYTES)))
		return;
	memcpy(k->users[k->count++], user, ID_BYTES);
}

static bool
was_there(const struct dossier_visit *v, const uint8_t *contact)
{
	for (size_t i = 0; i < v->contact_count; i++)
		if (!memcmp(v->contacts[i], contact, ID_BYTES))
			return true;
	return false;
}

static struct known_by
known_by(const struct dossier *facts, const struct dossier_contact *c)
{
	struct known_by k = {0};
	size_t count;
	const struct dossier_visit *visits =
		dossier_visits(facts, c->account, &count);
	const struct dossier_rating *ratings;
	const struct dossier_hold *holds;

	for (size_t i = 0; i < count; i++)
		for (size_t u = 0; was_there(&visits[i], c->id) &&
			u < visits[i].attendee_count;
			u++)
			add_user(&k, visits[i].attendees[u]);
	ratings = dossier_ratings(facts, c->id, c->account, &count);
	for (size_t i = 0; i < count; i++)
		add_user(&k, ratings[i].rating.rater);
	holds = dossier_holds(facts, c->id, &count);
	for (size_t i = 0; i < count; i++)
		add_user(&k, holds[i].user);
	return k;
}

/* ---- accounts ---- */

static void
risk_account(struct risk *r, const struct dossier_account *a)
{
	struct arena arena = {0};
	struct account_figures f =
		account_figures(r->facts, a, r->as_of, &arena);
	uint64_t held = 0;

	stake_add(&r->all, a);
	for (size_t i = 0; i < f.person_count; i++)
		held |= f.people[i].held_by;
	/* One bit and no other. */
	if (held && !(held & (held - 1))) {
		json_t *json = tell_account(r->facts, a);

		tell_coverage(json, &f);
		for (size_t u = 0; u < f.user_count; u++)
			if (held >> u & 1)
				json_object_set_new(json, "holder",
					json_string(f.users[u]->login));
		json_array_append_new(r->one, json);
		stake_add(&r->of_one, a);
	}
	if (id_is_zero(a->owner) || !dossier_on(r->facts, a, a->owner)) {
		json_array_append_new(r->no_owner, tell_account(r->facts, a));
		stake_add(&r->of_no_owner, a);
	}
	if (!f.backup) {
		json_array_append_new(r->no_backup, tell_account(r->facts, a));
		stake_add(&r->of_no_backup, a);
	}
	for (size_t i = 0; i < f.person_count; i++) {
		const struct dossier_contact *c = f.people[i].contact;
		struct known_by k = known_by(r->facts, c);

		if (holders_weight(c->role) > 0 && k.count < 2)
			json_array_append_new(r->single,
				json_pack("{s:o, s:s, s:s, s:o}", "contact",
					tell_id(c->id), "name", c->name,
					"account", a->name, "by",
					k.count ? json_string(tell_login(
							  r->facts, k.users[0]))
						: json_null()));
	}
	arena_clear(&arena);
}

/* ---- territories and devices ---- */

static bool
has_rep(const struct node *node, const uint8_t *territory)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (g->role == ROLE_REP && !g->ended && !g->ending_ms &&
			policy_lies_in(node->policy, territory, g->territory))
			return true;
	return false;
}

static json_t *
nobodys_territories(const struct risk *r)
{
	json_t *list = json_array();

	for (size_t t = 0; t < r->facts->territory_count; t++)
		for (size_t i = 0; i < r->facts->account_count; i++)
			if (r->facts->accounts[i].territory == t) {
				const struct dossier_territory *there =
					&r->facts->territories[t];

				if (!has_rep(r->node, there->id))
					json_array_append_new(
						list, json_string(there->path));
				break;
			}
	return list;
}

static json_t *
silent_devices(struct node *node, int64_t days)
{
	json_t *all = people_devices_json(node), *list = json_array(), *d;
	size_t i;

	json_array_foreach(all, i, d)
	{
		const char *user =
			json_string_value(json_object_get(d, "user"));
		const json_t *silent = json_object_get(d, "silent_days");

		if (!json_is_true(json_object_get(d, "revoked")) &&
			strcmp(user, "hub") != 0 &&
			(!json_is_integer(silent) ||
				json_integer_value(silent) >= days))
			json_array_append(list, d);
	}
	json_decref(all);
	return list;
}

json_t *
risk_json(
	struct node *node, int32_t as_of, int64_t days, struct problem *problem)
{
	struct dossier facts = {0};
	struct read_scope all = {0};
	struct risk r = {.node = node, .facts = &facts, .as_of = as_of};
	json_t *json = NULL;

	if (read_dossier(node, &all, &facts, problem)) {
		r.one = json_array();
		r.no_owner = json_array();
		r.no_backup = json_array();
		r.single = json_array();
		for (size_t i = 0; i < facts.account_count; i++)
			if (!facts.accounts[i].gone)
				risk_account(&r, &facts.accounts[i]);
		json = tell_frame(&facts, as_of);
		json_object_set_new(json, "held_by_one", r.one);
		json_object_set_new(json, "without_owner", r.no_owner);
		json_object_set_new(json, "without_backup", r.no_backup);
		json_object_set_new(json, "spend",
			json_pack("{s:o, s:o, s:o, s:o}", "all",
				stake_json(&r.all, &r.all), "held_by_one",
				stake_json(&r.of_one, &r.all), "without_owner",
				stake_json(&r.of_no_owner, &r.all),
				"without_backup",
				stake_json(&r.of_no_backup, &r.all)));
		json_object_set_new(json, "territories_without_rep",
			nobodys_territories(&r));
		json_object_set_new(json, "single_source", r.single);
		json_object_set_new(
			json, "silent_devices", silent_devices(node, days));
	}
	dossier_clear(&facts);
	return json;
}
