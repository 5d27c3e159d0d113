#include "client/handover/audit.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/hub/receipts.h"
#include "client/node/instant.h"
#include "client/node/late.h"
#include "client/node/status.h"
#include "client/node/view.h"
#include "proto/pack.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/carry.h"
#include "sync/erasures.h"

struct event {
	int64_t at;
	const char *what; /* of one moment, in their order */
	size_t order;     /* of one kind, as they were found */
	json_t *json;
};

struct auditing {
	struct node *node;
	int64_t since_ms;
	struct event *events;
	size_t count;
	const struct change *change;
	int64_t erased_ms; /* of the last erasure that was told */
};

static void
add_event(struct auditing *a, int64_t at, const char *what, const char *by,
	json_t *more)
{
	char time[INSTANT_TEXT_SIZE];
	json_t *json;

	if (at < a->since_ms) {
		json_decref(more);
		return;
	}
	instant_text(at, node_offset(at), time);
	json = json_pack("{s:s, s:s, s:s}", "at", time, "by", by, "what", what);
	json_object_update(json, more);
	json_decref(more);
	a->events = alloc_again(a->events, (a->count + 1) * sizeof *a->events);
	a->events[a->count] = (struct event){at, what, a->count, json};
	a->count++;
}

static const char *
login_of(const struct node *node, const uint8_t *user)
{
	const struct policy_user *u =
		user ? policy_user(node->policy, user) : NULL;

	if (u)
		return u->login;
	return !user || id_is_zero(user) ? "hub" : "?";
}

/* In a change of the directory. */
static void
add(struct auditing *a, const char *what, json_t *more)
{
	add_event(a, a->change->at, what,
		login_of(a->node, a->change->ordered_by), more);
}

/* ---- the directory ---- */

static json_t *
grant_json(const struct auditing *a, const uint8_t *id)
{
	const struct policy_grant *g = policy_grant(a->node->policy, id);
	char path[POLICY_PATH_MAX];

	if (!g)
		return json_object();
	return json_pack("{s:s, s:s, s:s}", "user", login_of(a->node, g->user),
		"territory", policy_path(a->node->policy, g->territory, path),
		"role", status_role_code(g->role));
}

static json_t *
text_json(struct pack_view value)
{
	struct unpack unpack;
	struct pack_view text;

	unpack_init(&unpack, value.bytes, value.size);
	return unpack_text(&unpack, SCHEMA_TEXT_MAX, &text)
		? json_stringn((const char *)text.bytes, text.size)
		: json_string("");
}

static void
audit_grant(struct auditing *a, const struct operation *o)
{
	json_t *json;

	if (o->field != GRANT_USER && o->field != GRANT_UNTIL)
		return;
	json = grant_json(a, o->id);
	if (o->field == GRANT_UNTIL)
		json_object_set_new(json, "until", text_json(o->value));
	add(a, o->field == GRANT_USER ? "granted" : "until", json);
}

/* A receipt as it was written, or NULL. */
static const uint8_t *
bytes_of(struct pack_view value)
{
	struct unpack unpack;
	const uint8_t *bytes;

	unpack_init(&unpack, value.bytes, value.size);
	return unpack_exact(&unpack, RECEIPT_SIZE, &bytes) ? bytes : NULL;
}

static void
audit_device(struct auditing *a, const struct operation *o)
{
	const struct policy_device *d = policy_device(a->node->policy, o->id);
	char id[ID_TEXT_SIZE];

	if ((o->field != DEVICE_USER && o->field != DEVICE_RECOVERED &&
		    o->field != DEVICE_BACKUP_OPENED &&
		    o->field != DEVICE_WIPED) ||
		!d)
		return;
	id_format(id, o->id);
	if (o->field == DEVICE_WIPED || o->field == DEVICE_BACKUP_OPENED) {
		bool wiped = o->field == DEVICE_WIPED;

		add(a, wiped ? "wiped" : "backup_opened",
			json_pack("{s:s, s:s, s:s, s:o}", "user",
				login_of(a->node, d->user), "device", id,
				"name", d->name, "receipt",
				receipt_json(
					a->node, d->id, bytes_of(o->value))));
		return;
	}
	if (o->field == DEVICE_RECOVERED) {
		add(a, "recovered",
			json_pack("{s:s, s:s, s:s, s:o}", "user",
				login_of(a->node, d->user), "device", id,
				"name", d->name, "reason",
				text_json(o->value)));
		return;
	}
	add(a, "enrolled",
		json_pack("{s:s, s:s, s:s}", "user", login_of(a->node, d->user),
			"device", id, "name", d->name));
}

/* What a cut-off says that is more than where one log ends. */
struct ending {
	const uint8_t *territory, *device, *grant;
	struct pack_view reason;
	bool stolen;
};

static void
read_ending(struct pack_view body, struct ending *e)
{
	struct unpack unpack, in;
	uint32_t pairs;

	unpack_init(&unpack, body.bytes, body.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return;
	for (; pairs > 0; pairs--) {
		const uint8_t *id = NULL;
		struct pack_view value;
		int64_t part;

		if (!unpack_integer(&unpack, 1, 255, &part) ||
			!unpack_value(&unpack, &value))
			return;
		unpack_init(&in, value.bytes, value.size);
		if (part == CUTOFF_REASON)
			e->reason = value;
		else if (part == CUTOFF_STOLEN)
			e->stolen = unpack_bool(&in, &e->stolen) && e->stolen;
		else if (unpack_exact(&in, ID_BYTES, &id) && !id_is_zero(id)) {
			if (part == CUTOFF_TERRITORY)
				e->territory = id;
			else if (part == CUTOFF_DEVICE)
				e->device = id;
			else if (part == CUTOFF_GRANT)
				e->grant = id;
		}
	}
}

static void
audit_cutoff(struct auditing *a, const struct operation *o)
{
	struct ending e = {0};
	const struct policy_device *d;
	char id[ID_TEXT_SIZE];
	json_t *json;

	read_ending(o->value, &e);
	if (e.territory)
		return; /* of one log, beside the ending itself */
	if (e.grant) {
		add(a, "ended", grant_json(a, e.grant));
		return;
	}
	d = e.device ? policy_device(a->node->policy, e.device) : NULL;
	if (!d)
		return;
	id_format(id, e.device);
	json = json_pack("{s:s, s:s, s:b}", "user", login_of(a->node, d->user),
		"device", id, "stolen", e.stolen);
	if (e.reason.size)
		json_object_set_new(json, "reason", text_json(e.reason));
	add(a, "revoked", json);
}

/* Of one change, which says all three together: by the first of them. */
static void
audit_company(struct auditing *a, const struct operation *o)
{
	struct unpack unpack;
	int64_t days;

	unpack_init(&unpack, o->value.bytes, o->value.size);
	if (o->field == COMPANY_LEASE_DAYS &&
		unpack_integer(&unpack, 0, POLICY_LEASE_DAYS_MAX, &days))
		add(a, "leases", json_pack("{s:I}", "days", (json_int_t)days));
}

/* Marks of one order in one change are one event: told with the first. */
static void
audit_erasure(struct auditing *a, const struct operation *o)
{
	const struct erasures *told = policy_erasures(a->node->policy);
	const struct erasure_mark *first = NULL, *m;
	json_int_t records = 0;
	char id[ID_TEXT_SIZE];

	for (uint32_t i = 0; i < told->mark_count; i++) {
		m = &told->marks[i];
		if (m->time != o->time ||
			(first && memcmp(m->order, first->order, ID_BYTES)))
			continue;
		first = first ? first : m;
		records++;
	}
	if (!first || a->erased_ms == o->time)
		return;
	a->erased_ms = o->time;
	id_format(id, first->order);
	add(a, "erased",
		json_pack("{s:s, s:I}", "order", id, "records", records));
}

static void
audit_operation(struct auditing *a, const struct operation *o)
{
	const struct policy_user *u;
	struct unpack unpack;
	const uint8_t *grant;
	char path[POLICY_PATH_MAX];

	if (o->type == TYPE_GRANT) {
		audit_grant(a, o);
	} else if (o->type == TYPE_DEVICE) {
		audit_device(a, o);
	} else if (o->type == TYPE_CUTOFF) {
		audit_cutoff(a, o);
	} else if (o->type == TYPE_ERASURE) {
		audit_erasure(a, o);
	} else if (o->type == TYPE_ENDING && o->field == ENDING_GRANT) {
		unpack_init(&unpack, o->value.bytes, o->value.size);
		if (unpack_exact(&unpack, ID_BYTES, &grant))
			add(a, "ending", grant_json(a, grant));
	} else if (o->type == TYPE_COMPANY) {
		audit_company(a, o);
	} else if (o->type == TYPE_USER && o->field == USER_LOGIN) {
		u = policy_user(a->node->policy, o->id);
		add(a, "user", json_pack("{s:s}", "user", u ? u->login : "?"));
	} else if (o->type == TYPE_TERRITORY && o->field == TERRITORY_NAME) {
		add(a, "territory",
			json_pack("{s:s}", "territory",
				policy_path(a->node->policy, o->id, path)));
	}
}

static enum status
take_change(void *self, int64_t seq, const struct change *change)
{
	struct auditing *a = self;
	struct change_walk walk = {0};
	struct operation operation;

	(void)seq;
	a->change = change;
	while (change_next_operation(change, &walk, &operation))
		audit_operation(a, &operation);
	return STATUS_OK;
}

static enum status
audit_directory(struct auditing *a)
{
	struct territory *t = a->node->directory;
	struct store *store = a->node->store;
	struct store_log *logs = NULL;
	uint32_t count = 0;
	enum status status =
		store->logs(store->self, territory_number(t), &logs, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (status == STATUS_OK)
			status = carry_read(t, logs[i].id, 1,
				policy_cut(a->node->policy, territory_id(t),
					logs[i].id),
				take_change, a);
		free(logs[i].context);
	}
	free(logs);
	return status;
}

/* ---- what else there is ---- */

static void
audit_keys(struct auditing *a)
{
	const struct order *order = policy_order(a->node->policy);

	if (order->number)
		add_event(a, (int64_t)order->signed_ms, "keys", "hub",
			json_pack(
				"{s:I}", "number", (json_int_t)order->number));
}

static bool
audit_late(struct auditing *a, struct problem *problem)
{
	struct late_list list;
	char path[POLICY_PATH_MAX];

	if (!late_load(a->node, &list, problem))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		const struct late *l = &list.list[i];
		const uint8_t *by =
			policy_device_user(a->node->policy, l->decided_log);
		const uint8_t *user =
			policy_device_user(a->node->policy, l->log);

		if (l->verdict != LATE_OPEN)
			add_event(a, l->decided_ms,
				l->verdict == LATE_ACCEPTED ? "accepted"
							    : "rejected",
				login_of(a->node, by),
				json_pack("{s:s, s:s, s:s}", "user",
					login_of(a->node, user), "territory",
					policy_path(a->node->policy,
						l->territory, path),
					"reason", l->reason ? l->reason : ""));
	}
	late_clear(&list);
	return true;
}

/* Who wrote a record that is written once, and when. */
static const uint8_t *
writer_of(const struct auditing *a, const struct query_row *row, int64_t *at)
{
	struct territory *t = node_territory_numbered(a->node, row->territory);
	const struct merge_logs *logs = t ? territory_logs(t) : NULL;

	for (uint32_t i = 0; logs && i < row->record->reg_count; i++) {
		const struct reg *reg = &row->record->regs[i];

		if (reg->field != EXPORTED_BODY || !reg->version_count ||
			reg->versions[0].log >= logs->count)
			continue;
		*at = reg->versions[0].time;
		return policy_device_user(
			a->node->policy, logs->list[reg->versions[0].log].id);
	}
	return NULL;
}

/* Who ordered what the hub wrote. */
static enum status
take_order(void *self, const struct history_entry *entry)
{
	if (entry->ordered_by)
		memcpy(self, entry->ordered_by, ID_BYTES);
	return STATUS_OK;
}

/*
 * The hub's stands in the compartment, under the log of no user, and names the
 * territory; what comes with it is its id, so that is told as a path.
 */
static bool
hub_export(struct auditing *a, const struct query_row *row, json_t *json,
	uint8_t user[static ID_BYTES])
{
	const char *text =
		json_string_value(json_object_get(json, "of_territory_id"));
	struct territory *t = node_territory_numbered(a->node, row->territory);
	char path[POLICY_PATH_MAX];
	uint8_t id[ID_BYTES];

	if (!text || !t || id_parse(id, text) != STATUS_OK ||
		territory_history(t, TYPE_EXPORTED, row->id, row->id_size,
			take_order, user) != STATUS_OK)
		return false;
	json_object_set_new(json, "territory",
		json_string(policy_path(a->node->policy, id, path)));
	json_object_del(json, "of_territory_id");
	return true;
}

static bool
take_export(void *self, const struct query_row *row)
{
	struct auditing *a = self;
	json_t *json = node_row_json(a->node, row);
	int64_t at = 0;
	uint8_t ordered_by[ID_BYTES] = {0};
	const uint8_t *user = writer_of(a, row, &at);

	if (!user && json && hub_export(a, row, json, ordered_by))
		user = ordered_by;
	if (user && json) {
		json_object_set_new(
			json, "user", json_string(login_of(a->node, user)));
		json_object_del(json, "id");
		add_event(a, at, "exported", login_of(a->node, user), json);
	} else {
		json_decref(json);
	}
	return true;
}

static enum status
audit_exports(struct auditing *a)
{
	struct query_options options = {
		.type = TYPE_EXPORTED, .order = QUERY_OLDEST};

	return query_rows(a->node->store, &options, take_export, a);
}

static int
compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (strcmp(x->what, y->what) != 0)
		return strcmp(x->what, y->what);
	return x->order < y->order ? -1 : x->order > y->order;
}

json_t *
audit_json(struct node *node, int64_t since_ms, struct problem *problem)
{
	struct auditing a = {.node = node, .since_ms = since_ms};
	json_t *list = json_array();
	bool done;

	done = (audit_directory(&a) == STATUS_OK &&
		       audit_exports(&a) == STATUS_OK) ||
		problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	done = done && audit_late(&a, problem);
	if (done)
		audit_keys(&a);
	if (a.count)
		qsort(a.events, a.count, sizeof *a.events, compare);
	for (size_t i = 0; i < a.count; i++)
		json_array_append_new(list, a.events[i].json);
	free(a.events);
	if (done)
		return list;
	json_decref(list);
	return NULL;
}
