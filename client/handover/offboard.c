#include "client/handover/offboard.h"

#include <string.h>

#include "client/handover/inventory.h"
#include "client/handover/record.h"
#include "client/method/read.h"
#include "client/node/hub/cutoffs.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/invitation.h"
#include "client/node/hub/quarantine.h"
#include "client/node/status.h"
#include "proto/schema_roadbook.h"

/* ---- the one change ---- */

struct drafting {
	struct node *node;
	const struct succession *succession;
	const struct offboard_order *order;
	struct directory_draft draft;
	struct handover_order handover;
	int grants, devices, granted;
	uint32_t handovers;
	struct problem *problem;
};

static bool
disk_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static bool
draft_ends(struct drafting *d)
{
	const struct succession *s = d->succession;

	for (size_t i = 0; i < s->grant_count; i++) {
		const uint8_t *grant = s->grants[i].id;
		uint8_t id[ID_BYTES];

		if (s->grants[i].ended)
			continue;
		/* When it was handed over: who follows reads that in it. */
		if (!policy_grant(d->node->policy, grant)->ending_ms) {
			id_derive(id, "roadbook/ending/1", grant, ID_BYTES);
			directory_bytes(&d->draft, TYPE_ENDING, id,
				ENDING_GRANT, grant, ID_BYTES);
		}
		if (cutoffs_draft_grant(d->node, &d->draft, grant) != STATUS_OK)
			return disk_failed(d->node, d->problem);
		d->grants++;
	}
	return true;
}

static bool
draft_devices(struct drafting *d)
{
	const struct policy_device *device;

	for (uint32_t i = 0; (device = policy_device_at(d->node->policy, i));
		i++) {
		if (memcmp(device->user, d->succession->user, ID_BYTES) ||
			(device->revoked &&
				(device->stolen || !d->order->stolen)))
			continue;
		if (cutoffs_draft_device(d->node, &d->draft, device->id,
			    d->order->stolen,
			    d->order->stolen ? "stolen" : "left") != STATUS_OK)
			return disk_failed(d->node, d->problem);
		d->devices++;
	}
	return true;
}

/* Who follows in the territory, and as what, unless it was drafted before. */
static bool
draft_grant(struct drafting *d, const uint8_t *territory, size_t before)
{
	const struct succession *s = d->succession;
	const struct succession_heir *heir =
		succession_heir(d->node, s, territory);
	const struct succession_grant *g =
		succession_grant(d->node, s, territory);
	size_t drafted = d->draft.count;
	char path[POLICY_PATH_MAX];
	struct hub_grant grant = {.territory = path};

	if (!heir || !g || g->ended)
		return true;
	for (size_t i = 0; i < before; i++)
		if (!memcmp(s->grants[i].territory, territory, ID_BYTES))
			return true;
	(void)policy_path(d->node->policy, territory, path);
	grant.login = heir->login;
	grant.role = status_role_code(g->role);
	if (!grant_draft(d->node, &d->draft,
		    policy_user(d->node->policy, heir->user), &grant,
		    d->problem))
		return false;
	d->granted += d->draft.count > drafted;
	return true;
}

static bool
draft_heirs(struct drafting *d)
{
	const struct succession *s = d->succession;

	for (size_t i = 0; i < s->grant_count; i++)
		if (s->grants[i].role != ROLE_ADMIN &&
			!draft_grant(d, s->grants[i].territory, i))
			return false;
	for (size_t i = 0; i < s->heir_count; i++)
		if (!id_is_zero(s->heirs[i].territory) &&
			!draft_grant(d, s->heirs[i].territory, s->grant_count))
			return false;
	return true;
}

/* Where handovers are to stand; there is nothing of it in empty territories. */
static void
draft_compartments(struct drafting *d, const struct dossier *facts)
{
	uint8_t id[ID_BYTES];

	for (size_t t = 0; t < facts->territory_count; t++)
		for (size_t i = 0; i < facts->account_count; i++)
			if (facts->accounts[i].territory == t &&
				succession_grant(d->node, d->succession,
					facts->territories[t].id)) {
				hub_compartment_draft(d->node, &d->draft,
					facts->territories[t].id, id);
				break;
			}
}

static bool
admin_left(const struct node *node, const uint8_t *user)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (g->role == ROLE_ADMIN && !g->ended && !g->ending_ms &&
			memcmp(g->user, user, ID_BYTES))
			return true;
	return false;
}

static int32_t
today(void)
{
	int64_t now = node_now_ms();

	return day_of_moment(now, node_offset(now));
}

static bool
may_go(struct drafting *d)
{
	json_t *open = succession_open(d->node, d->succession);
	const char *first = json_string_value(json_array_get(open, 0));
	bool may = true;

	if (first) {
		may = problem_set(d->problem, EXIT_USAGE,
			T("nobody follows %s in %s"), d->succession->login,
			first);
		(void)problem_hint(
			d->problem, "--to LOGIN, --to LOGIN=%s", first);
	} else if (!admin_left(d->node, d->succession->user)) {
		may = problem_set(d->problem, EXIT_REFUSED,
			T("%s is the last administrator"),
			d->succession->login);
		(void)problem_hint(
			d->problem, "roadbook hub grant LOGIN --role admin");
	}
	json_decref(open);
	return may;
}

static bool
write_handovers(void *self, struct problem *problem)
{
	struct drafting *d = self;

	if (invitation_withdraw(d->node, d->succession->user) != STATUS_OK)
		return disk_failed(d->node, problem);
	return handover_write_all(
		d->node, &d->handover, &d->handovers, problem);
}

/* In a segment of its own: the device can be given it and nothing else. */
static bool
write_it(struct drafting *d, const struct dossier *facts)
{
	if (!draft_ends(d) || !draft_devices(d) || !draft_heirs(d)) {
		directory_clear(&d->draft);
		return false;
	}
	draft_compartments(d, facts);
	return directory_write_also(d->node, &d->draft, write_handovers,
		node_seal_inside, d, d->problem);
}

json_t *
offboard_run(struct node *node, const struct offboard_order *order,
	struct problem *problem)
{
	struct succession s = {0};
	struct drafting d = {.node = node,
		.succession = &s,
		.order = order,
		.handover = {&s, today(), order->reason},
		.problem = problem};
	struct read_scope all = {0};
	struct dossier facts = {0};
	json_t *json = NULL;

	if (handover_reason_valid(order->reason, problem) &&
		succession_read(node, order->login, order->to, order->to_count,
			&s, problem) &&
		may_go(&d) && read_dossier(node, &all, &facts, problem) &&
		write_it(&d, &facts))
		json = json_pack("{s:s, s:i, s:i, s:i, s:I}", "user",
			order->login, "grants_ended", d.grants,
			"devices_shut_out", d.devices, "granted", d.granted,
			"handovers", (json_int_t)d.handovers);
	dossier_clear(&facts);
	succession_clear(&s);
	return json;
}
