#include "client/node/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/exchange/value_text.h"
#include "client/node/history.h"
#include "client/node/inbox_inside.h"
#include "client/node/instant.h"
#include "client/node/list.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum { PREFIX_MIN = 4, PREFIX_MAX = 2 * CONFLICT_ID_BYTES };

/* Four digits or more of an id, and nothing else. */
static bool
is_prefix(const char *id)
{
	size_t size = strspn(id, "0123456789abcdefABCDEF");

	return !id[size] && size >= PREFIX_MIN && size <= PREFIX_MAX;
}

/* ---- walking ---- */

/* An entry, kept: it is loaded after the walk. */
struct inbox_row {
	uint32_t territory;
	uint32_t type;
	uint8_t record[RECORD_ID_MAX];
	size_t record_size;
	uint8_t id[CONFLICT_ID_BYTES];
};

struct inbox_rows {
	const char *prefix; /* lower case digits, or NULL */
	struct inbox_row *list;
	size_t count;
	size_t room;
};

static void
hex(const uint8_t *bytes, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static bool
take_row(void *self, const struct query_conflict *conflict)
{
	struct inbox_rows *rows = self;
	char id[PREFIX_MAX + 1];
	struct inbox_row *row;

	hex(conflict->id, CONFLICT_ID_BYTES, id);
	if (rows->prefix &&
		strncasecmp(id, rows->prefix, strlen(rows->prefix)) != 0)
		return true;
	if (rows->count == rows->room) {
		rows->room = rows->room ? rows->room * 2 : 16;
		rows->list = alloc_again(
			rows->list, rows->room * sizeof *rows->list);
	}
	row = &rows->list[rows->count++];
	row->territory = conflict->territory;
	row->type = conflict->type;
	row->record_size = conflict->record_size;
	memcpy(row->record, conflict->record, conflict->record_size);
	memcpy(row->id, conflict->id, CONFLICT_ID_BYTES);
	return true;
}

static bool
read_rows(struct node *node, struct inbox_rows *rows)
{
	uint32_t *numbers;
	struct query_territories territories = node_territories(node, &numbers);
	bool read = !territories.count ||
		query_conflicts(node->store, territories, NULL, take_row,
			rows) == STATUS_OK;

	free(numbers);
	return read;
}

static bool
count_row(void *self, const struct query_conflict *conflict)
{
	(void)conflict;
	++*(uint64_t *)self;
	return true;
}

uint64_t
node_conflict_count(struct node *node)
{
	uint32_t *numbers;
	struct query_territories territories = node_territories(node, &numbers);
	uint64_t count = 0;

	if (territories.count &&
		query_conflicts(node->store, territories, NULL, count_row,
			&count) != STATUS_OK)
		count = 0; /* the next command says what the disk said */
	free(numbers);
	return count;
}

/* Oldest records first, the same way on every node. */
static int
row_compare(const void *a, const void *b)
{
	const struct inbox_row *x = a, *y = b;
	int order = (x->type > y->type) - (x->type < y->type);

	if (!order)
		order = memcmp(x->record, y->record, ID_BYTES);
	return order ? order : memcmp(x->id, y->id, CONFLICT_ID_BYTES);
}

static const struct conflict *
conflict_with(const struct shown *shown, const uint8_t *id)
{
	for (uint32_t i = 0; i < shown->conflict_count; i++)
		if (memcmp(shown->conflicts[i].id, id, CONFLICT_ID_BYTES) == 0)
			return &shown->conflicts[i];
	return NULL;
}

bool
inbox_each(struct node *node, const char *id, inbox_cb *found, void *self)
{
	struct inbox_rows rows = {.prefix = id};
	struct record record = {0};
	bool more = true, read;

	if (id && !is_prefix(id))
		return true;
	read = read_rows(node, &rows);
	if (rows.count)
		qsort(rows.list, rows.count, sizeof *rows.list, row_compare);
	for (size_t i = 0; read && more && i < rows.count; i++) {
		const struct inbox_row *row = &rows.list[i];
		struct shown shown;
		struct inbox_entry entry = {
			.territory =
				node_territory_numbered(node, row->territory),
			.record = &record,
			.shown = &shown};

		read = entry.territory &&
			territory_record(entry.territory, row->type,
				row->record, row->record_size, &record,
				&shown) == STATUS_OK;
		entry.conflict = read ? conflict_with(&shown, row->id) : NULL;
		if (entry.conflict)
			more = found(self, &entry);
	}
	record_clear(&record);
	free(rows.list);
	return read;
}

const struct reg *
inbox_register(const struct inbox_entry *entry)
{
	static const struct pack_view none = {NULL, 0};
	const struct reg *put = record_find(
		entry->record, entry->conflict->field, KIND_PUT, none);
	const struct reg *once = record_find(
		entry->record, entry->conflict->field, KIND_ONCE, none);

	/* Marks are put fields with any number of versions. */
	if (put && put->version_count &&
		(put->version_count > 1 ||
			entry->conflict->why == CONFLICT_MARK))
		return put;
	return once && once->version_count > 1 ? once : put;
}

/* ---- JSON ---- */

struct listing {
	struct node *node;
	json_t *array;
	/* Of the record that was last asked for. */
	struct history history;
	uint8_t id[RECORD_ID_MAX];
	uint32_t type;
	struct territory *territory;
};

/* The history of a record, kept for the entries of the same one. */
static const struct history *
history_of(struct listing *listing, struct territory *territory, uint32_t type,
	const uint8_t *id, size_t id_size)
{
	if (listing->territory == territory && listing->type == type &&
		memcmp(listing->id, id, id_size) == 0)
		return &listing->history;
	history_clear(&listing->history);
	listing->territory = territory;
	listing->type = type;
	memcpy(listing->id, id, id_size);
	if (!history_load(&listing->history, territory, type, id, id_size))
		history_clear(&listing->history);
	return &listing->history;
}

/* Who wrote a version, when its change cannot be read: its log says. */
static void
add_author_of_log(
	struct node *node, json_t *json, const uint8_t *log, int64_t time)
{
	char device[ID_TEXT_SIZE], text[INSTANT_TEXT_SIZE];

	node_log_device(log, device);
	instant_text(time, 0, text);
	json_object_set_new(
		json, "user", json_string(node_log_user(node, log)));
	json_object_set_new(json, "device", json_string(device));
	json_object_set_new(json, "time", json_string(text));
}

static const struct schema_field *
field_of(const struct listing *listing, uint32_t type, uint32_t number)
{
	const struct schema_type *t = schema_type(listing->node->schema, type);

	return t ? schema_field(t, number) : NULL;
}

static json_t *
sibling_json(struct listing *listing, const struct inbox_entry *entry,
	const struct reg *reg, const struct version *version)
{
	const struct record *record = entry->record;
	const struct merge_logs *logs = territory_logs(entry->territory);
	const struct schema_field *field =
		field_of(listing, record->type, reg->field);
	const struct history *history = history_of(listing, entry->territory,
		record->type, record->id, record->id_size);
	struct dot dot = {version->log, version->seq};
	const struct history_item *item =
		history_find(history, dot, reg->field, reg->kind);
	struct pack_view base;
	json_t *json = json_object();

	json_object_set_new(
		json, "value", value_to_json(field, version->value));
	if (!item) {
		json_object_set_new(json, "base", json_null());
		add_author_of_log(listing->node, json, logs->list[dot.log].id,
			version->time);
		json_object_set_new(json, "suspect", json_false());
		return json;
	}
	json_object_set_new(json, "base",
		history_base(history, item, listing->node->schema, record->type,
			logs, &base)
			? value_to_json(field, base)
			: json_null());
	history_add_author(listing->node, json, item);
	json_object_set_new(json, "suspect",
		json_boolean(item->at > node_now_ms() + INBOX_SUSPECT_MS));
	return json;
}

static json_t *
siblings_json(struct listing *listing, const struct inbox_entry *entry)
{
	const struct reg *reg = inbox_register(entry);
	json_t *array = json_array();

	for (uint32_t i = 0; reg && i < reg->version_count; i++)
		json_array_append_new(array,
			sibling_json(listing, entry, reg, &reg->versions[i]));
	return array;
}

/* One version that a mark had not seen, of this record or of another. */
static void
add_unseen(struct listing *listing, json_t *array, struct territory *territory,
	const struct unseen_version *unseen, const struct version *version,
	enum schema_kind kind)
{
	const struct history *history = history_of(
		listing, territory, unseen->type, unseen->id, unseen->id_size);
	const struct history_item *item =
		history_find(history, unseen->dot, unseen->field, kind);
	json_t *json = json_object();
	char id[VIEW_ID_SIZE], name[VIEW_FIELD_SIZE];

	if (item)
		history_add_author(listing->node, json, item);
	else
		add_author_of_log(listing->node, json,
			territory_logs(territory)->list[unseen->dot.log].id,
			version->time);
	view_id(unseen->id, unseen->id_size, id);
	view_field_name(schema_type(listing->node->schema, unseen->type),
		unseen->field, name);
	json_object_set_new(json, "record", json_string(id));
	json_object_set_new(json, "field", json_string(name));
	json_object_set_new(json, "value",
		value_to_json(field_of(listing, unseen->type, unseen->field),
			version->value));
	json_array_append_new(array, json);
}

/* Elements of one set that one change wrote share an entry: all are shown. */
static void
add_unseen_versions(struct listing *listing, json_t *array,
	struct territory *territory, const struct record *record,
	const struct unseen_version *unseen)
{
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		for (uint32_t v = 0; v < reg->version_count; v++)
			if (reg->field == unseen->field &&
				reg->versions[v].log == unseen->dot.log &&
				reg->versions[v].seq == unseen->dot.seq)
				add_unseen(listing, array, territory, unseen,
					&reg->versions[v], reg->kind);
	}
}

static json_t *
unseen_json(struct listing *listing, const struct inbox_entry *entry)
{
	json_t *array = json_array();
	struct record other = {0};

	for (uint32_t i = 0; i < entry->conflict->unseen_count; i++) {
		const struct unseen_version *unseen =
			&entry->conflict->unseen[i];
		const struct record *record = entry->record;
		struct shown shown;

		if (unseen->type == record->type &&
			unseen->id_size == record->id_size &&
			memcmp(unseen->id, record->id, record->id_size) == 0) {
			add_unseen_versions(listing, array, entry->territory,
				record, unseen);
		} else if (territory_record(entry->territory, unseen->type,
				   unseen->id, unseen->id_size, &other,
				   &shown) == STATUS_OK) {
			add_unseen_versions(listing, array, entry->territory,
				&other, unseen);
		}
	}
	record_clear(&other);
	return array;
}

static json_t *
shown_json(struct listing *listing, const struct inbox_entry *entry)
{
	const struct reg *reg = inbox_register(entry);
	const struct record *record = entry->record;

	if (entry->conflict->why == CONFLICT_MARK)
		switch (entry->conflict->field) {
		case SCHEMA_ARCHIVED:
			return json_boolean(entry->shown->archived);
		case SCHEMA_MOVED:
			return json_boolean(entry->shown->moved);
		case SCHEMA_JOINED:
			return json_boolean(entry->shown->joined);
		default:
			break;
		}
	if (!reg || !reg->version_count)
		return json_null();
	return value_to_json(field_of(listing, record->type, reg->field),
		reg->versions[0].value);
}

static void
view_type_name(const struct schema *schema, uint32_t number,
	char out[static VIEW_FIELD_SIZE])
{
	const struct schema_type *type = schema_type(schema, number);

	if (type)
		(void)snprintf(out, VIEW_FIELD_SIZE, "%s", type->name);
	else
		(void)snprintf(out, VIEW_FIELD_SIZE, "#%u", (unsigned)number);
}

static bool
list_entry(void *self, const struct inbox_entry *entry)
{
	struct listing *listing = self;
	const struct conflict *conflict = entry->conflict;
	const struct schema *schema = listing->node->schema;
	json_t *json = json_object();
	char id[PREFIX_MAX + 1], record[VIEW_ID_SIZE];
	char type[VIEW_FIELD_SIZE], field[VIEW_FIELD_SIZE];

	hex(conflict->id, CONFLICT_ID_BYTES, id);
	view_type_name(schema, entry->record->type, type);
	view_id(entry->record->id, entry->record->id_size, record);
	view_field_name(schema_type(schema, entry->record->type),
		conflict->field, field);
	json_object_set_new(json, "id", json_string(id));
	json_object_set_new(json, "why",
		json_string(
			conflict->why == CONFLICT_MARK ? "mark" : "siblings"));
	json_object_set_new(json, "type", json_string(type));
	json_object_set_new(json, "record", json_string(record));
	json_object_set_new(json, "field", json_string(field));
	json_object_set_new(json, "state",
		json_string(conflict->undecided ? "undecided" : "settled"));
	json_object_set_new(json, "shown", shown_json(listing, entry));
	json_object_set_new(json, "siblings", siblings_json(listing, entry));
	json_object_set_new(json, "unseen", unseen_json(listing, entry));
	json_array_append_new(listing->array, json);
	return true;
}

json_t *
node_conflicts_json(struct node *node, const char *id)
{
	struct listing listing = {.node = node, .array = json_array()};
	bool read = inbox_each(node, id, list_entry, &listing);

	history_clear(&listing.history);
	if (read)
		return listing.array;
	json_decref(listing.array);
	return NULL;
}
