#include "client/node/hub/revoke.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/hub/cutoffs.h"
#include "client/node/hub/invitation.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"

bool
hub_find_device(struct node *node, const char *text,
	uint8_t id[static ID_BYTES], struct problem *problem)
{
	const struct policy_device *d, *found = NULL;

	for (uint32_t i = 0; (d = policy_device_at(node->policy, i)); i++) {
		if (!view_id_means(d->id, text) && strcmp(d->name, text) != 0)
			continue;
		if (found) {
			problem_set(problem, EXIT_AMBIGUOUS,
				T("%s is more than one device"), text);
			return problem_hint(problem, "roadbook hub devices");
		}
		found = d;
	}
	if (!found) {
		problem_set(problem, EXIT_NOT_FOUND,
			T("there is no user and no device %s"), text);
		return problem_hint(problem, "roadbook hub devices");
	}
	memcpy(id, found->id, ID_BYTES);
	return true;
}

/* Ids, since the device of a policy does not outlive a change of it. */
struct targets {
	uint8_t (*ids)[ID_BYTES];
	uint32_t count;
};

static void
add_target(struct targets *targets, const uint8_t *id)
{
	targets->ids = alloc_again(
		targets->ids, (targets->count + 1) * sizeof *targets->ids);
	memcpy(targets->ids[targets->count++], id, ID_BYTES);
}

static bool
find_targets(struct node *node, const char *who, struct targets *targets,
	struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, who);
	const struct policy_device *d;
	uint8_t id[ID_BYTES];

	if (user) {
		for (uint32_t i = 0; (d = policy_device_at(node->policy, i));
			i++)
			if (!memcmp(d->user, user->id, ID_BYTES))
				add_target(targets, d->id);
		if (targets->count)
			return true;
		problem_set(
			problem, EXIT_NOT_FOUND, T("%s has no device"), who);
		return problem_hint(problem, "roadbook hub devices");
	}
	if (!hub_find_device(node, who, id, problem))
		return false;
	if (policy_is_hub(node->policy, id)) {
		problem_set(problem, EXIT_REFUSED,
			T("the hub cannot shut itself out"));
		return problem_hint(problem,
			T("a hub is replaced with the company's root key"));
	}
	add_target(targets, id);
	return true;
}

/* One that is shut out stays so; stolen may yet be said of it. */
static bool
draft_all(struct node *node, const struct targets *targets,
	const struct hub_revocation *revocation, const char *reason,
	struct directory_draft *draft, uint32_t *count, struct problem *problem)
{
	*count = 0;
	for (uint32_t i = 0; i < targets->count; i++) {
		const struct policy_device *d =
			policy_device(node->policy, targets->ids[i]);

		if (d->revoked && (d->stolen || !revocation->stolen))
			continue;
		if (cutoffs_draft_device(node, draft, d->id, revocation->stolen,
			    reason) != STATUS_OK)
			return problem_set(problem, EXIT_FAILED,
				T("%s/node.db: %s"), node->dir,
				store_sqlite_problem(node->store));
		(*count)++;
	}
	return true;
}

static bool
find_reason(const char *text, const char **code, struct problem *problem)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_CUTOFF);
	const struct schema_part *part =
		schema_part_named(schema_field(type, CUTOFF_BODY), "reason");
	const struct schema_code *found =
		text ? schema_code_find(&part->codes, text) : NULL;

	*code = found ? found->code : NULL;
	if (!text || found)
		return true;
	problem_set(problem, EXIT_USAGE, T("there is no reason %s"), text);
	return problem_hint(
		problem, "--reason left|lost|stolen|replaced|copied|other");
}

struct withdrawing {
	struct node *node;
	const char *login;
};

/* Invitations that are still open; of a device there are none. */
static bool
withdraw(void *self, struct problem *problem)
{
	const struct withdrawing *w = self;
	const struct policy_user *user =
		policy_user_login(w->node->policy, w->login);

	if (!user || invitation_withdraw(w->node, user->id) == STATUS_OK)
		return true;
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
		w->node->dir, store_sqlite_problem(w->node->store));
}

bool
hub_revoke(struct node *node, const struct hub_revocation *revocation,
	uint32_t *count, struct problem *problem)
{
	struct directory_draft draft = {0};
	struct targets targets = {0};
	struct withdrawing w = {node, revocation->who};
	const char *reason;
	bool drafted;

	drafted = find_reason(revocation->reason, &reason, problem) &&
		find_targets(node, revocation->who, &targets, problem) &&
		draft_all(node, &targets, revocation, reason, &draft, count,
			problem);
	free(targets.ids);
	if (!drafted) {
		directory_clear(&draft);
		return false;
	}
	return directory_write_also(
		node, &draft, withdraw, node_seal_inside, &w, problem);
}
