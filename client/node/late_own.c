#include "client/node/late_own.h"

#include <string.h>

#include "sync/carry.h"

static const uint8_t no_id[ID_BYTES];

bool
late_same_machine(const struct policy *policy, const uint8_t *device,
	const uint8_t *former)
{
	const struct policy_device *d = policy_device(policy, device);

	/* As often as there are devices: it cannot go round for ever. */
	for (uint32_t i = 0; d && policy_device_at(policy, i); i++) {
		if (memcmp(d->replaces, no_id, ID_BYTES) == 0)
			return false;
		if (memcmp(d->replaces, former, ID_BYTES) == 0)
			return true;
		d = policy_device(policy, d->replaces);
	}
	return false;
}

struct finding {
	const struct change *late;
	const uint8_t *log; /* that it stands in */
	int64_t seq;
	const uint8_t *in; /* the log that is read */
	struct late_own *own;
	bool found;
};

static bool
says(const struct change *change, const struct operation *wanted)
{
	struct change_walk walk = {.started = false};
	struct operation o;

	while (change_next_operation(change, &walk, &o))
		if (o.type == wanted->type && o.field == wanted->field &&
			o.kind == wanted->kind && o.time == wanted->time &&
			o.id_size == wanted->id_size &&
			memcmp(o.id, wanted->id, o.id_size) == 0 &&
			o.value.size == wanted->value.size &&
			memcmp(o.value.bytes, wanted->value.bytes,
				o.value.size) == 0)
			return true;
	return false;
}

static enum status
look_at(void *self, int64_t seq, const struct change *change)
{
	struct finding *f = self;
	struct change_walk walk = {.started = false};
	struct operation o;
	bool same = !f->found && change->origin_log &&
		change->origin_seq == f->seq &&
		memcmp(change->origin_log, f->log, LOG_BYTES) == 0;

	while (same && change_next_operation(change, &walk, &o))
		same = says(f->late, &o);
	if (!same)
		return STATUS_OK;
	f->found = true;
	f->own->seq = seq;
	f->own->at = change->at;
	memcpy(f->own->log, f->in, LOG_BYTES);
	return STATUS_OK;
}

bool
late_own_find(struct node *node, struct territory *territory,
	const uint8_t *log, int64_t seq, const struct change *late,
	struct late_own *own)
{
	struct finding f = {.late = late, .log = log, .seq = seq, .own = own};
	const struct merge_logs *logs = territory_logs(territory);

	if (!policy_is_replaced(node->policy, log))
		return false;
	for (uint32_t i = 0; !f.found && i < logs->count; i++) {
		f.in = logs->list[i].id;
		/* What cannot be read was carried over by nobody. */
		if (late_same_machine(node->policy, f.in, log) &&
			carry_read(territory, f.in, 1, CHANGE_SEQ_MAX, look_at,
				&f) != STATUS_OK)
			return false;
	}
	return f.found;
}
