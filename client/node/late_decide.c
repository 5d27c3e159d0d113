#include <stdlib.h>
#include <string.h>

#include "client/node/late.h"
#include "client/node/view.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/carry.h"

/* Decisions on late changes being written: one transaction. */
struct deciding {
	struct node *node;
	struct late_list
		list; /* a copy: what is accepted on the way is noted */
	bool accept;
	const char *reason;
	uint32_t left_out;
	struct problem *problem;
};

static bool
disk_failed(struct deciding *d)
{
	return problem_set(d->problem, EXIT_FAILED, T("%s/node.db: %s"),
		d->node->dir, store_sqlite_problem(d->node->store));
}

static bool
not_whole(struct deciding *d)
{
	problem_set(d->problem, EXIT_FAILED,
		T("what it stands on is not all on this device yet"));
	return problem_hint(
		d->problem, T("roadbook sync with the hub, then again"));
}

/* Own log in the territory, as a manager of it. */
static bool
own_log(struct deciding *d, const uint8_t *territory,
	uint8_t log[static LOG_BYTES])
{
	struct node *node = d->node;
	char path[POLICY_PATH_MAX];

	memcpy(log, node->device, ID_BYTES);
	if (policy_write_grant(node->policy, node->user, territory,
		    log + ID_BYTES) >= RANK_MANAGER &&
		!policy_is_revoked(node->policy, node->device))
		return true;
	problem_set(d->problem, EXIT_REFUSED,
		T("only a manager of %s decides on that"),
		policy_path(node->policy, territory, path));
	return problem_hint(d->problem, T("ask head office"));
}

/* ---- carrying over ---- */

/* What was carried over before, of all that is known here. */
static struct carried *
known_carried(const struct late_list *list, size_t *count)
{
	struct carried *known = alloc(list->count * sizeof *known);

	*count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct late *late = &list->list[i];
		struct carried *c;

		if (late->verdict != LATE_ACCEPTED || !late->carried_seq)
			continue;
		c = &known[(*count)++];
		memcpy(c->origin_log, late->log, LOG_BYTES);
		c->origin_seq = late->seq;
		memcpy(c->log, late->carried_log, LOG_BYTES);
		c->seq = late->carried_seq;
	}
	return known;
}

/*
 * The late changes of its log up to this one; NULL when one is missing. They
 * stand before it in the list.
 */
static struct pack_view *
changes_before(const struct late_list *list, size_t index, size_t *count)
{
	const struct late *late = &list->list[index];
	size_t first = index;
	struct pack_view *changes;

	while (first > 0 &&
		!memcmp(list->list[first - 1].territory, late->territory,
			ID_BYTES) &&
		!memcmp(list->list[first - 1].log, late->log, LOG_BYTES))
		first--;
	*count = index - first + 1;
	changes = alloc(*count * sizeof *changes);
	for (size_t i = 0; i < *count; i++) {
		const struct late *l = &list->list[first + i];

		if (!l->bytes ||
			l->seq != late->seq - (int64_t)(*count - 1 - i)) {
			free(changes);
			return NULL;
		}
		changes[i] = (struct pack_view){l->bytes, l->size};
	}
	return changes;
}

static bool
carry(struct deciding *d, size_t index)
{
	struct late *late = &d->list.list[index];
	struct territory *t = node_territory(d->node, late->territory, true);
	int64_t now = node_now_ms();
	struct carry carry = {.log = late->carried_log,
		.at = now,
		.offset = node_offset(now),
		.origin_log = late->log,
		.origin_seq = late->seq};
	struct carried *known;
	struct pack_view *changes;
	enum status status;
	uint32_t left_out;

	if (!own_log(d, late->territory, late->carried_log))
		return false;
	if (!t)
		return disk_failed(d);
	changes = changes_before(&d->list, index, &carry.change_count);
	if (!changes)
		return not_whole(d);
	known = known_carried(&d->list, &carry.carried_count);
	carry.changes = changes;
	carry.carried = known;
	status = territory_carry(t, &carry, &late->carried_seq, &left_out);
	free(known);
	free(changes);
	d->left_out += left_out;
	if (status == STATUS_OK)
		return true;
	return status == STATUS_FAILED ? disk_failed(d) : not_whole(d);
}

/* ---- the decision ---- */

static void
pack_id(struct pack *pack, int part, const uint8_t *id)
{
	pack_integer(pack, part);
	pack_bytes(pack, id, ID_BYTES);
}

static void
pack_decision(
	struct pack *pack, const struct deciding *d, const struct late *late)
{
	bool carried = d->accept && late->carried_seq;

	pack_map(pack, 2u + (d->reason ? 1u : 0u) + (carried ? 3u : 0u));
	pack_id(pack, DECISION_QUARANTINE, late->id);
	pack_integer(pack, DECISION_VERDICT);
	pack_text(pack, d->accept ? "accepted" : "rejected");
	if (d->reason) {
		pack_integer(pack, DECISION_REASON);
		pack_text(pack, d->reason);
	}
	if (!carried)
		return;
	pack_id(pack, DECISION_DEVICE, late->carried_log);
	pack_id(pack, DECISION_GRANT, late->carried_log + ID_BYTES);
	pack_integer(pack, DECISION_SEQ);
	pack_integer(pack, late->carried_seq);
}

static bool
write_decision(struct deciding *d, const struct late *late)
{
	struct territory *t = node_territory(d->node, late->compartment, true);
	uint8_t id[ID_BYTES], log[LOG_BYTES];
	size_t room = 256 + (d->reason ? strlen(d->reason) : 0), refused;
	uint8_t *value = alloc(room);
	int64_t now = node_now_ms(), seq;
	struct pack pack;
	struct write_operation operation = {.type = TYPE_QUARANTINE_DECISION,
		.id = id,
		.id_size = ID_BYTES,
		.field = DECISION_BODY,
		.kind = OPERATION_INIT,
		.time = -1};
	struct write write = {.log = log,
		.at = now,
		.offset = node_offset(now),
		.operations = &operation,
		.operation_count = 1};
	bool written = own_log(d, late->compartment, log);

	node_new_id(id);
	pack_init(&pack, value, room);
	pack_decision(&pack, d, late);
	operation.value = (struct pack_view){value, pack.size};
	if (written &&
		(!t || territory_write(t, &write, &seq, &refused) != STATUS_OK))
		written = disk_failed(d);
	free(value);
	return written;
}

static bool
decide(struct deciding *d, size_t index)
{
	struct late *late = &d->list.list[index];

	if (late->verdict == LATE_ACCEPTED) {
		problem_set(d->problem, EXIT_AMBIGUOUS,
			T("it has been carried over already"));
		return problem_hint(d->problem,
			T("what it wrote can be edited like anything else"));
	}
	if (d->accept && !carry(d, index))
		return false;
	if (!write_decision(d, late))
		return false;
	late->verdict = d->accept ? LATE_ACCEPTED : LATE_REJECTED;
	return true;
}

static bool
decide_all(struct deciding *d, const bool *chosen, uint32_t *count)
{
	enum late_verdict wanted = d->accept ? LATE_ACCEPTED : LATE_REJECTED;

	for (size_t i = 0; i < d->list.count; i++) {
		if (!chosen[i] || d->list.list[i].verdict == wanted)
			continue;
		if (!decide(d, i))
			return false;
		(*count)++;
	}
	return true;
}

bool
late_decide(struct node *node, const struct late_list *list, const bool *chosen,
	bool accept, const char *reason, uint32_t *count, uint32_t *left_out,
	struct problem *problem)
{
	struct deciding d = {.node = node,
		.list = {alloc_copy(
				 list->list, list->count * sizeof *list->list),
			list->count},
		.accept = accept,
		.reason = reason,
		.problem = problem};
	bool done = node_begin(node, problem);

	*count = 0;
	if (done && !decide_all(&d, chosen, count)) {
		node_rollback(node);
		done = false;
	}
	done = done && node_commit(node, problem);
	*left_out = d.left_out;
	free(d.list.list);
	return done;
}
