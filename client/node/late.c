#include "client/node/late.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/history.h"
#include "client/node/instant.h"
#include "client/node/late_gather.h"
#include "client/node/late_own.h"
#include "client/node/view.h"
#include "proto/bytes.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

void
late_id(const uint8_t *territory, const uint8_t *log, int64_t seq,
	uint32_t piece, uint8_t out[static ID_BYTES])
{
	uint8_t place[ID_BYTES + LOG_BYTES + 8 + 4];

	memcpy(place, territory, ID_BYTES);
	memcpy(place + ID_BYTES, log, LOG_BYTES);
	store64(place + ID_BYTES + LOG_BYTES, (uint64_t)seq);
	store32(place + ID_BYTES + LOG_BYTES + 8, piece);
	id_derive(out, "roadbook/quarantine/1", place, sizeof place);
}

/* ---- reading the records ---- */

struct loading {
	struct late_gather gather;
	const uint8_t *compartment;
	const struct merge_logs *logs;
};

static enum status
take_record(void *self, struct record *record)
{
	struct loading *l = self;
	bool late = record->type == TYPE_QUARANTINE;
	struct reg *reg;

	if (record->id_size != ID_BYTES ||
		(!late && record->type != TYPE_QUARANTINE_DECISION))
		return STATUS_OK;
	reg = record_find(record, late ? QUARANTINE_BODY : DECISION_BODY,
		KIND_ONCE, (struct pack_view){NULL, 0});
	for (uint32_t i = 0; reg && i < reg->version_count; i++) {
		const struct version *v = &reg->versions[i];

		if (late)
			late_gather_piece(&l->gather, record->id,
				l->compartment, v->value);
		else
			late_gather_decision(&l->gather, v->time,
				l->logs->list[v->log].id, v->value);
	}
	return STATUS_OK;
}

/* What its own machine carried over is decided on by that. */
static void
take_own(struct node *node, struct late *late)
{
	struct territory *t = node_territory(node, late->territory, false);
	struct unpack unpack;
	struct change change;
	struct late_own own;

	unpack_init(&unpack, late->bytes, late->size);
	if (late->verdict != LATE_OPEN || !late->bytes || !t ||
		change_decode(&change, &unpack) != STATUS_OK ||
		!late_own_find(node, t, late->log, late->seq, &change, &own))
		return;
	late->verdict = LATE_ACCEPTED;
	late->decided_ms = own.at;
	late->carried_seq = own.seq;
	memcpy(late->decided_log, own.log, LOG_BYTES);
	memcpy(late->carried_log, own.log, LOG_BYTES);
}

bool
late_load(struct node *node, struct late_list *list, struct problem *problem)
{
	struct loading l = {.compartment = NULL};
	struct store *store = node->store;
	enum status status = STATUS_OK;
	uint32_t count;
	struct territory **open = node_business(node, &count);

	*list = (struct late_list){0};
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
		const struct policy_territory *t =
			policy_territory(node->policy, territory_id(open[i]));

		if (!t || t->kind != POLICY_MANAGEMENT)
			continue;
		l.compartment = t->id;
		l.logs = territory_logs(open[i]);
		status = store->records(store->self, territory_number(open[i]),
			take_record, &l);
	}
	free(open);
	if (status == STATUS_OK)
		late_gather_list(&l.gather, list);
	else
		problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	late_gather_clear(&l.gather);
	for (size_t i = 0; i < list->count; i++)
		take_own(node, &list->list[i]);
	return status == STATUS_OK;
}

void
late_clear(struct late_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->list[i].bytes);
		free(list->list[i].reason);
	}
	free(list->list);
	*list = (struct late_list){0};
}

bool
late_find(const struct late_list *list, const char *text, size_t *index,
	struct problem *problem)
{
	size_t found = 0;

	for (size_t i = 0; i < list->count; i++)
		if (view_id_means(list->list[i].id, text)) {
			*index = i;
			found++;
		}
	if (found == 1)
		return true;
	problem_set(problem, found ? EXIT_AMBIGUOUS : EXIT_NOT_FOUND,
		found ? T("%s is more than one late change")
		      : T("there is no late change %s"),
		text);
	return problem_hint(problem, "roadbook quarantine list");
}

/* ---- showing ---- */

static json_t *
operation_json(struct node *node, const struct operation *o, int rank)
{
	const struct schema_type *type = schema_type(node->schema, o->type);
	const struct schema_field *field =
		type ? schema_field(type, o->field) : NULL;
	char id[VIEW_ID_SIZE], title[VIEW_TITLE_SIZE] = "";
	char name[VIEW_FIELD_SIZE];
	enum { VALUE_ROOM = 4096 };
	char *value = alloc(VALUE_ROOM);
	json_t *json;

	view_id(o->id, o->id_size, id);
	if (type)
		node_title(node, type, o->id, o->id_size, title);
	if (type)
		view_field_name(type, o->field, name);
	else
		(void)snprintf(name, sizeof name, "#%u", o->field);
	if (field)
		node_value_text(node, field, o->value, value, VALUE_ROOM);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "type",
		type ? type->name : "?", "record", id, "title", title, "field",
		name, "kind", history_kind(o->kind), "value", value, "counts",
		rank >= schema_rank(o->field));
	free(value);
	return json;
}

static json_t *
operations_json(
	struct node *node, const struct late *late, const struct change *change)
{
	int rank = policy_rank(node->policy, late->territory, late->log);
	struct change_walk walk = {0};
	struct operation operation;
	json_t *list = json_array();

	while (change_next_operation(change, &walk, &operation))
		json_array_append_new(
			list, operation_json(node, &operation, rank));
	return list;
}

/* The titles of what it writes, each record once. */
static json_t *
subjects_json(json_t *operations)
{
	json_t *list = json_array(), *o, *seen = json_object();
	size_t i;

	json_array_foreach(operations, i, o)
	{
		const char *id =
			json_string_value(json_object_get(o, "record"));

		if (json_object_get(seen, id))
			continue;
		json_object_set_new(seen, id, json_true());
		json_array_append_new(list,
			json_pack("{s:O, s:O, s:O}", "type",
				json_object_get(o, "type"), "record",
				json_object_get(o, "record"), "title",
				json_object_get(o, "title")));
	}
	json_decref(seen);
	return list;
}

json_t *
late_json(struct node *node, const struct late *late, bool whole)
{
	static const char *const verdicts[] = {"open", "rejected", "accepted"};
	char id[ID_TEXT_SIZE], device[ID_TEXT_SIZE], path[POLICY_PATH_MAX],
		when[INSTANT_TEXT_SIZE];
	struct change change;
	struct unpack unpack;
	json_t *json;

	id_format(id, late->id);
	node_log_device(late->log, device);
	json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "id", id,
		"territory", policy_path(node->policy, late->territory, path),
		"user", node_log_user(node, late->log), "device", device,
		"change", (json_int_t)late->seq, "decision",
		verdicts[late->verdict]);
	if (late->verdict != LATE_OPEN) {
		instant_text(
			late->decided_ms, node_offset(late->decided_ms), when);
		json_object_set_new(json, "by",
			json_string(node_log_user(node, late->decided_log)));
		json_object_set_new(json, "decided", json_string(when));
	}
	if (late->reason)
		json_object_set_new(json, "reason", json_string(late->reason));
	unpack_init(&unpack, late->bytes, late->size);
	if (late->bytes && change_decode(&change, &unpack) == STATUS_OK) {
		json_t *operations = operations_json(node, late, &change);

		instant_text(change.at, change.offset, when);
		json_object_set_new(json, "time", json_string(when));
		json_object_set_new(json, "about", subjects_json(operations));
		if (whole)
			json_object_set(json, "operations", operations);
		json_decref(operations);
	}
	return json;
}
