#include "client/node/why.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/exchange/value_text.h"
#include "client/node/history.h"

static const char *
order_name(const struct schema_field *field)
{
	static const char *const names[] = {
		"latest", "highest", "senior", "ask"};

	switch (field->kind) {
	case KIND_ONCE:
		return "once";
	case KIND_SET:
		return "set";
	case KIND_PUT:
		break;
	}
	return names[field->order];
}

static const char *
rank_name(int rank)
{
	static const char *const names[] = {"none", "rep", "manager", "hq"};

	return rank >= RANK_REP && rank <= RANK_HQ ? names[rank] : names[0];
}

/* Of several that stand side by side, why this one is shown. */
static const char *
rule(const struct schema_field *field)
{
	if (field->kind == KIND_ONCE)
		return T("Several values were written first by people who did "
			 "not know of each other. The earliest is shown until "
			 "someone picks one.");
	switch (field->order) {
	case ORDER_HIGHEST:
		return T("Several values stand side by side. The one that is "
			 "furthest along is shown until someone picks one.");
	case ORDER_SENIOR:
		return T("Several values stand side by side. The one whose "
			 "writer "
			 "ranks highest is shown, of equals the latest, until "
			 "someone picks one.");
	case ORDER_ASK:
		return T(
			"Several values stand side by side and a person has to "
			"decide. Until then the latest is shown.");
	case ORDER_LATEST:
		break;
	}
	return T("Several values stand side by side. The latest is shown until "
		 "someone picks one.");
}

static void
explain(char *out, size_t room, struct node *node,
	const struct schema_field *field, const struct reg *reg,
	const struct merge_logs *logs)
{
	if (field->kind == KIND_SET)
		(void)snprintf(out, room, "%s",
			T("A set: whatever someone added and nobody who knew "
			  "of it removed is in it."));
	else if (!reg || !reg->version_count)
		(void)snprintf(
			out, room, "%s", T("Nobody has written here yet."));
	else if (reg->version_count == 1 &&
		view_is_empty(reg->versions[0].value))
		(void)snprintf(out, room, T("It was cleared by %s."),
			node_log_user(
				node, logs->list[reg->versions[0].log].id));
	else if (reg->version_count == 1)
		(void)snprintf(out, room,
			T("One value stands, written by %s: nobody wrote here "
			  "without knowing of it."),
			node_log_user(
				node, logs->list[reg->versions[0].log].id));
	else
		(void)snprintf(out, room, "%s", rule(field));
}

static void
add_version(struct node *node, json_t *array, const struct schema_field *field,
	const struct merge_logs *logs, const struct history_item *item)
{
	json_t *json = json_object();

	json_object_set_new(json, "value", value_to_json(field, item->value));
	history_add_author(node, json, item);
	json_object_set_new(json, "rank",
		json_string(rank_name(logs->list[item->dot.log].rank)));
	json_object_set_new(json, "live", json_boolean(item->live));
	if (!item->counted)
		json_object_set_new(json, "counted", json_false());
	if (item->kind == OPERATION_DEL)
		json_object_set_new(json, "removed", json_true());
	json_array_append_new(array, json);
}

static json_t *
versions_json(struct node *node, const struct schema_field *field,
	const struct reg *reg, const struct merge_logs *logs,
	const struct history *history)
{
	json_t *array = json_array();

	for (uint32_t i = 0; reg && i < reg->version_count; i++) {
		struct dot dot = {reg->versions[i].log, reg->versions[i].seq};
		const struct history_item *item =
			history_find(history, dot, field->number, field->kind);

		if (item)
			add_version(node, array, field, logs, item);
	}
	for (size_t i = history->count; i-- > 0;) {
		const struct history_item *item = &history->items[i];

		/* Elements of a set have registers of their own. */
		if (item->field == field->number && (!reg || !item->live))
			add_version(node, array, field, logs, item);
	}
	return array;
}

static json_t *
shown_json(const struct record *record, const struct shown *shown,
	const struct schema_field *field, const struct reg *reg, bool mark)
{
	json_t *set;

	if (mark)
		return json_boolean(field->number == SCHEMA_ARCHIVED
				? shown->archived
				: field->number == SCHEMA_MOVED
				? shown->moved
				: shown->joined);
	if (field->kind != KIND_SET)
		return reg && reg->version_count
			? value_to_json(field, reg->versions[0].value)
			: json_null();
	set = json_array();
	for (uint32_t i = 0; i < record->reg_count; i++)
		if (record->regs[i].field == field->number &&
			record->regs[i].kind == KIND_SET &&
			record->regs[i].version_count)
			json_array_append_new(set,
				value_to_json(field, record->regs[i].element));
	return set;
}

json_t *
node_why_json(struct node *node, const struct found_record *found,
	const struct schema_field *field)
{
	static const struct pack_view none = {NULL, 0};
	struct record record = {0};
	struct shown shown;
	struct history history = {0};
	struct territory *territory =
		node_territory_numbered(node, found->territory);
	json_t *json = NULL;
	char id[VIEW_ID_SIZE], explanation[512];

	if (node_load(node, found, &record, &shown) &&
		history_load(&history, territory, found->type->number,
			found->id, found->id_size)) {
		const struct merge_logs *logs = territory_logs(territory);
		const struct reg *reg = field->kind == KIND_SET
			? NULL
			: record_find(
				  &record, field->number, field->kind, none);

		view_id(found->id, found->id_size, id);
		explain(explanation, sizeof explanation, node, field, reg,
			logs);
		json = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o}", "type",
			found->type->name, "record", id, "field", field->name,
			"shown",
			shown_json(&record, &shown, field, reg,
				schema_is_mark(
					found->type->number, field->number)),
			"order", order_name(field), "explanation", explanation,
			"versions",
			versions_json(node, field, reg, logs, &history));
	}
	history_clear(&history);
	record_clear(&record);
	return json;
}
