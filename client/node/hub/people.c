#include "client/node/hub/people.h"

#include <string.h>

#include "client/node/hub/grants.h"
#include "client/node/hub/receipts.h"
#include "client/node/instant.h"
#include "client/node/remembered.h"
#include "client/node/serve.h"
#include "client/node/status.h"

static json_t *
time_json(int64_t when)
{
	char text[INSTANT_TEXT_SIZE];

	if (!when)
		return json_null();
	instant_text(when, node_offset(when), text);
	return json_string(text);
}

static json_t *
grant_json(struct node *node, const struct policy_grant *g)
{
	char path[POLICY_PATH_MAX];
	json_t *json = json_pack("{s:s, s:s}", "territory",
		policy_path(node->policy, g->territory, path), "role",
		status_role_code(g->role));

	if (*g->until)
		json_object_set_new(json, "until", json_string(g->until));
	if (g->ending_ms)
		json_object_set_new(json, "ending", time_json(g->ending_ms));
	return json;
}

json_t *
people_grants_json(struct node *node, const uint8_t *user)
{
	const struct policy_grant *g;
	json_t *list = json_array();

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (!memcmp(g->user, user, ID_BYTES) && !g->ended)
			json_array_append_new(list, grant_json(node, g));
	return list;
}

static json_t *
user_json(struct node *node, const struct policy_user *u)
{
	const struct policy_device *d;
	const struct policy_grant *g;
	int devices = 0, revoked = 0, ended = 0;
	int64_t seen = 0;
	char id[ID_TEXT_SIZE];

	for (uint32_t i = 0; (d = policy_device_at(node->policy, i)); i++) {
		int64_t when;

		if (memcmp(d->user, u->id, ID_BYTES))
			continue;
		devices++;
		revoked += d->revoked;
		when = remembered_seen(node, d->id);
		seen = when > seen ? when : seen;
	}
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		ended += g->ended && !memcmp(g->user, u->id, ID_BYTES);
	id_format(id, u->id);
	return json_pack("{s:s, s:s, s:s, s:o, s:i, s:i, s:i, s:o}", "user",
		u->login, "id", id, "name", u->name, "grants",
		people_grants_json(node, u->id), "ended", ended, "devices",
		devices, "revoked", revoked, "last_seen", time_json(seen));
}

/* What is remembered is written now and then: now. */
static void
write_memory(void)
{
	if (serve_peers())
		peers_remember(serve_peers());
}

json_t *
people_users_json(struct node *node)
{
	const struct policy_user *u;
	json_t *list = json_array();

	write_memory();
	for (uint32_t i = 0; (u = policy_user_at(node->policy, i)); i++)
		json_array_append_new(list, user_json(node, u));
	return list;
}

struct holding {
	struct node *node;
	const uint8_t *directory;
	json_t *list;
};

static void
add_territory(void *self, const uint8_t *territory)
{
	struct holding *h = self;
	char path[POLICY_PATH_MAX];

	if (memcmp(territory, h->directory, ID_BYTES))
		json_array_append_new(h->list,
			json_string(
				policy_path(h->node->policy, territory, path)));
}

static json_t *
held_json(struct node *node, const struct policy_device *d)
{
	struct holding h = {node, policy_directory(node->policy), json_array()};

	policy_readable(node->policy, d->id, add_territory, &h);
	return h.list;
}

static json_t *
drained_json(struct node *node, const struct policy_device *d)
{
	enum drained drained = hub_drained(node, d);

	return drained == DRAINED_NOTHING_OWED
		? json_null()
		: json_boolean(drained == DRAINED_ALL);
}

static json_t *
device_json(struct node *node, const struct policy_device *d, int64_t now_ms)
{
	enum { DAY_MS = 24 * 3600 * 1000 };
	const struct policy_user *user = policy_user(node->policy, d->user);
	int64_t seen = remembered_seen(node, d->id);
	char id[ID_TEXT_SIZE];

	id_format(id, d->id);
	return json_pack(
		"{s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
		"device", id, "user", user ? user->login : "hub", "name",
		d->name, "revoked", d->revoked, "stolen", d->stolen, "erased",
		receipt_json(node, d->id, d->receipt), "last_seen",
		time_json(seen), "last_sync",
		time_json(remembered_in_step(node, d->id)), "silent_days",
		seen ? json_integer(
			       now_ms > seen ? (now_ms - seen) / DAY_MS : 0)
		     : json_null(),
		"drained", drained_json(node, d), "territories",
		held_json(node, d));
}

json_t *
people_devices_json(struct node *node)
{
	const struct policy_device *d;
	json_t *list = json_array();
	int64_t now_ms = node_now_ms();

	write_memory();
	for (uint32_t i = 0; (d = policy_device_at(node->policy, i)); i++)
		json_array_append_new(list, device_json(node, d, now_ms));
	return list;
}
