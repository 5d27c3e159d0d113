#include "client/node/status.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/hub/certify.h"
#include "client/node/inbox.h"
#include "client/node/instant.h"
#include "client/node/leased.h"
#include "client/node/peers.h"
#include "client/node/peers_limits.h"
#include "client/node/serve.h"
#include "client/node/unplaced.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"

static const char *const roles[] = {"", "rep", "manager", "hq", "admin"};

const char *
status_role_code(int role)
{
	return role >= ROLE_REP && role <= ROLE_ADMIN ? roles[role] : "";
}

const char *
status_role_label(int role)
{
	const struct schema_field *field = schema_field(
		schema_type(schema_roadbook(), TYPE_GRANT), GRANT_ROLE);
	const struct schema_code *code =
		schema_code_find(&field->codes, status_role_code(role));

	return code ? text_pick(code->en, code->zh) : "";
}

/* ---- what waits, and for what ---- */

struct waiting {
	struct node *node;
	json_t *list;
};

static void
why_it_waits(struct node *node, const struct territory_wait *wait, char *out,
	size_t room)
{
	const char *user;

	if (wait->no_grant) {
		(void)snprintf(out, room, "%s",
			T("its device or grant is not known here yet: sync "
			  "with the hub"));
		return;
	}
	user = node_log_user(node, wait->needs_log);
	(void)snprintf(out, room, T("it needs change %lld of %s first"),
		(long long)wait->needs_seq, user);
}

static void
note_waiting(void *self, const struct territory_wait *wait)
{
	struct waiting *w = self;
	char device[ID_TEXT_SIZE], why[256];

	node_log_device(wait->log, device);
	why_it_waits(w->node, wait, why, sizeof why);
	json_array_append_new(w->list,
		json_pack("{s:s, s:s, s:I, s:s}", "user",
			node_log_user(w->node, wait->log), "device", device,
			"changes", (json_int_t)(wait->kept - wait->applied),
			"why", why));
}

static json_t *
territory_json(struct node *node, struct territory *t)
{
	struct waiting waiting = {.node = node, .list = json_array()};
	char path[POLICY_PATH_MAX];
	uint8_t grant[ID_BYTES];
	int rank = policy_write_grant(
		node->policy, node->user, territory_id(t), grant);

	/* A failing disk shows in the commands that need it. */
	if (territory_waiting(t, note_waiting, &waiting) != STATUS_OK)
		json_array_clear(waiting.list);
	return json_pack("{s:s, s:s, s:I, s:o}", "territory",
		policy_path(node->policy, territory_id(t), path), "role",
		node->hub ? "hub" : status_role_code(rank), "pending",
		(json_int_t)territory_pending(t), "waiting", waiting.list);
}

/* How it stands to its company. */
static void
hub_standing_json(struct node *node, json_t *json)
{
	int64_t ends = (int64_t)certify_issuer_expires(node);
	char text[INSTANT_TEXT_SIZE];

	instant_text(ends, node_offset(ends), text);
	json_object_set_new(json, "restoring", json_boolean(node->restoring));
	json_object_set_new(json, "replaced",
		json_boolean(policy_is_former_hub(node->policy, node->device)));
	json_object_set_new(json, "issuing_key_until", json_string(text));
}

json_t *
status_json(struct node *node, bool hub)
{
	const struct policy_user *user = policy_user(node->policy, node->user);
	struct peers *peers = serve_peers();
	json_t *territories = json_array();
	char device[ID_TEXT_SIZE];
	uint32_t count;
	struct territory **list = node_business(node, &count);
	json_t *json;

	if (peers)
		peers_remember(peers);
	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(
			territories, territory_json(node, list[i]));
	free(list);
	id_format(device, node->device);
	json = json_pack("{s:s, s:s, s:o, s:o, s:I}", "user",
		user ? user->login : "hub", "device", device, "territories",
		territories, "peers", peers_json(node), "conflicts",
		(json_int_t)node_conflict_count(node));
	if (!hub) {
		json_object_set_new(json, "lease", leased_json(node));
		json_object_set_new(json, "unplaced",
			json_integer((json_int_t)unplaced_count(node)));
	}
	if (hub) {
		uint32_t devices = 0;

		while (policy_device_at(node->policy, devices))
			devices++;
		json_object_set_new(json, "listening",
			*serve_address() ? json_string(serve_address())
					 : json_null());
		json_object_set_new(json, "sessions",
			json_integer(peers ? peers_count(peers) : 0));
		json_object_set_new(json, "watching",
			json_integer(peers ? peers_watching(peers) : 0));
		json_object_set_new(json, "devices", json_integer(devices));
		hub_standing_json(node, json);
		json_object_set_new(json, "limits", peers_limits_json(peers));
		json_object_set_new(
			json, "connections", peers_counts_json(peers));
	}
	return json;
}
