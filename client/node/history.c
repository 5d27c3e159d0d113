#include "client/node/history.h"

#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"
#include "client/node/instant.h"
#include "sync/alloc.h"

struct loading {
	struct history *history;
	struct territory *territory;
};

static const uint8_t *
copy_or_null(struct arena *arena, const uint8_t *bytes, size_t size)
{
	return bytes ? arena_copy(arena, bytes, size) : NULL;
}

static struct knowledge
copy_knowledge(struct arena *arena, const struct knowledge *knew)
{
	struct knowledge copy = *knew;

	if (knew->seen_count)
		copy.seen = arena_copy(arena, knew->seen,
			knew->seen_count * sizeof *knew->seen);
	if (knew->unseen_count)
		copy.unseen = arena_copy(arena, knew->unseen,
			knew->unseen_count * sizeof *knew->unseen);
	return copy;
}

static enum status
add_entry(void *self, const struct history_entry *entry)
{
	struct loading *loading = self;
	struct history *h = loading->history;
	struct arena *arena = &h->arena;
	const struct operation *operation = &entry->operation;
	const struct merge_logs *logs = territory_logs(loading->territory);

	if (h->count == h->room) {
		h->room = h->room ? h->room * 2 : 32;
		h->items = alloc_again(h->items, h->room * sizeof *h->items);
	}
	h->items[h->count++] = (struct history_item){
		.dot = entry->dot,
		.at = entry->at,
		.offset = entry->offset,
		.time = operation->time,
		.field = operation->field,
		.kind = operation->kind,
		.value = {arena_copy(arena, operation->value.bytes,
				  operation->value.size),
			operation->value.size},
		.live = entry->live,
		.counted = entry->counted,
		.knew = entry->knew ? copy_knowledge(arena, entry->knew)
				    : (struct knowledge){0},
		.log = arena_copy(
			arena, logs->list[entry->dot.log].id, LOG_BYTES),
		.origin_log = copy_or_null(arena, entry->origin_log, LOG_BYTES),
		.origin_seq = entry->origin_seq,
		.ordered_by = copy_or_null(arena, entry->ordered_by, ID_BYTES),
	};
	return STATUS_OK;
}

bool
history_load(struct history *history, struct territory *territory,
	uint32_t type, const uint8_t *id, size_t id_size)
{
	struct loading loading = {history, territory};

	return territory_history(territory, type, id, id_size, add_entry,
		       &loading) == STATUS_OK;
}

void
history_clear(struct history *history)
{
	arena_clear(&history->arena);
	free(history->items);
	*history = (struct history){0};
}

static enum schema_kind
kind_of(enum operation_kind kind)
{
	switch (kind) {
	case OPERATION_INIT:
		return KIND_ONCE;
	case OPERATION_ADD:
	case OPERATION_DEL:
		return KIND_SET;
	case OPERATION_PUT:
		break;
	}
	return KIND_PUT;
}

const struct history_item *
history_find(const struct history *history, struct dot dot, uint32_t field,
	enum schema_kind kind)
{
	for (size_t i = 0; i < history->count; i++) {
		const struct history_item *item = &history->items[i];

		if (item->dot.log == dot.log && item->dot.seq == dot.seq &&
			item->field == field && kind_of(item->kind) == kind)
			return item;
	}
	return NULL;
}

/* ---- what its author had before them ---- */

static bool
knew(const struct history_item *writer, const struct history_item *item)
{
	return knowledge_covers(&writer->knew, item->dot.log, item->dot.seq);
}

static bool
same_register(const struct history_item *a, const struct history_item *b)
{
	return a->field == b->field && kind_of(a->kind) == kind_of(b->kind);
}

/* Whether it was live for the writer: known to them, and not written over. */
static bool
was_live(const struct history *history, const struct history_item *writer,
	const struct history_item *item)
{
	if (item == writer || !item->counted || !same_register(writer, item) ||
		!knew(writer, item))
		return false;
	for (size_t i = 0; i < history->count; i++) {
		const struct history_item *later = &history->items[i];

		if (later != item && later != writer && later->counted &&
			same_register(writer, later) && knew(writer, later) &&
			knew(later, item))
			return false;
	}
	return true;
}

bool
history_base(const struct history *history, const struct history_item *item,
	const struct schema *schema, uint32_t type,
	const struct merge_logs *logs, struct pack_view *base)
{
	struct reg reg = {.field = item->field, .kind = kind_of(item->kind)};
	bool any;

	reg.versions = alloc((history->count + 1) * sizeof *reg.versions);
	for (size_t i = 0; i < history->count; i++) {
		const struct history_item *v = &history->items[i];

		if (was_live(history, item, v))
			reg.versions[reg.version_count++] =
				(struct version){.log = v->dot.log,
					.seq = v->dot.seq,
					.time = v->time,
					.value = v->value};
	}
	any = reg.version_count != 0;
	if (any) {
		merge_sort(schema_type(schema, type), type, logs, &reg);
		*base = reg.versions[0].value;
	}
	free(reg.versions);
	return any;
}

/* ---- JSON ---- */

const uint8_t *
history_author(const struct history_item *item)
{
	return item->origin_log ? item->origin_log : item->log;
}

void
history_add_author(
	struct node *node, json_t *json, const struct history_item *item)
{
	const uint8_t *log = history_author(item);
	char device[ID_TEXT_SIZE], time[INSTANT_TEXT_SIZE];

	node_log_device(log, device);
	/* Carried-over work keeps the time of its writing. */
	instant_text(
		item->origin_log ? item->time : item->at, item->offset, time);
	json_object_set_new(
		json, "user", json_string(node_log_user(node, log)));
	json_object_set_new(json, "device", json_string(device));
	json_object_set_new(json, "time", json_string(time));
}

const char *
history_kind(enum operation_kind kind)
{
	switch (kind) {
	case OPERATION_INIT:
		return "once";
	case OPERATION_ADD:
		return "add";
	case OPERATION_DEL:
		return "remove";
	case OPERATION_PUT:
		break;
	}
	return "set";
}

/* Carried over (MERGE R20): who signed it, and the change that it was. */
static void
add_origin(struct node *node, json_t *json, const struct history_item *item)
{
	char device[ID_TEXT_SIZE], time[INSTANT_TEXT_SIZE];

	node_log_device(item->log, device);
	instant_text(item->at, item->offset, time);
	json_object_set_new(json, "carried_over",
		json_pack("{s:s, s:s, s:s, s:I}", "user",
			node_log_user(node, item->log), "device", device,
			"time", time, "origin_seq",
			(json_int_t)item->origin_seq));
}

static json_t *
item_json(struct node *node, const struct schema_type *type,
	const struct history_item *item)
{
	json_t *json = json_object();
	char name[VIEW_FIELD_SIZE];
	const struct policy_user *by = item->ordered_by
		? policy_user(node->policy, item->ordered_by)
		: NULL;

	view_field_name(type, item->field, name);
	history_add_author(node, json, item);
	json_object_set_new(json, "seq", json_integer(item->dot.seq));
	json_object_set_new(json, "field", json_string(name));
	json_object_set_new(
		json, "kind", json_string(history_kind(item->kind)));
	json_object_set_new(json, "value",
		value_to_json(type ? schema_field(type, item->field) : NULL,
			item->value));
	json_object_set_new(json, "live", json_boolean(item->live));
	if (!item->counted)
		json_object_set_new(json, "counted", json_false());
	if (item->origin_log)
		add_origin(node, json, item);
	if (by)
		json_object_set_new(json, "ordered_by", json_string(by->login));
	return json;
}

json_t *
node_history_json(struct node *node, const struct found_record *found)
{
	struct history history = {0};
	struct territory *territory =
		node_territory_numbered(node, found->territory);
	json_t *array = NULL;

	if (territory &&
		history_load(&history, territory, found->type->number,
			found->id, found->id_size)) {
		array = json_array();
		for (size_t i = 0; i < history.count; i++)
			json_array_append_new(array,
				item_json(
					node, found->type, &history.items[i]));
	}
	history_clear(&history);
	return array;
}
