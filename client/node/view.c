#include "client/node/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static const struct pack_view nothing = {NULL, 0};

struct territory *
node_territory_numbered(struct node *node, uint32_t number)
{
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (territory_number(node->territories[i]) == number)
			return node->territories[i];
	return NULL;
}

bool
node_load(struct node *node, const struct found_record *found,
	struct record *record, struct shown *shown)
{
	struct territory *territory =
		node_territory_numbered(node, found->territory);

	return territory &&
		territory_record(territory, found->type->number, found->id,
			found->id_size, record, shown) == STATUS_OK &&
		record_exists(record);
}

bool
view_is_empty(struct pack_view value)
{
	enum { NIL = 0xc0 };

	return !value.size || (value.size == 1 && value.bytes[0] == NIL);
}

struct pack_view
view_value(const struct record *record, const struct schema_field *field)
{
	const struct reg *reg =
		record_find(record, field->number, field->kind, nothing);

	if (!reg || !reg->version_count ||
		view_is_empty(reg->versions[0].value))
		return nothing;
	return reg->versions[0].value;
}

struct pack_view
view_part(const struct record *record, const struct schema_field *body,
	const struct schema_part *part)
{
	struct pack_view value = view_value(record, body);
	struct unpack unpack;
	uint32_t pairs;

	unpack_init(&unpack, value.bytes, value.size);
	if (!value.size || !unpack_map(&unpack, UINT32_MAX, &pairs))
		return nothing;
	for (uint32_t i = 0; i < pairs; i++) {
		struct pack_view key, item;
		struct unpack number;
		int64_t n;

		if (!unpack_value(&unpack, &key) ||
			!unpack_value(&unpack, &item))
			return nothing;
		unpack_init(&number, key.bytes, key.size);
		if (unpack_integer(&number, 1, UINT32_MAX, &n) &&
			n == part->number)
			return item;
	}
	return nothing;
}

/* ---- names of things ---- */

void
view_local_time(int64_t utc_ms, char out[static VIEW_LOCAL_TIME_SIZE])
{
	enum { DAY = 10, MINUTE = 16 };

	instant_text(utc_ms, node_offset(utc_ms), out);
	if (strlen(out) > MINUTE && out[DAY] == 'T') {
		out[DAY] = ' ';
		out[MINUTE] = '\0';
	}
}

void
view_id(const uint8_t *id, size_t id_size, char out[static VIEW_ID_SIZE])
{
	id_format(out, id);
	if (id_size == RECORD_ID_MAX) {
		out[ID_TEXT_SIZE - 1] = '|';
		id_format(out + ID_TEXT_SIZE, id + ID_BYTES);
	}
}

bool
view_id_means(const uint8_t *id, const char *text)
{
	enum { DIGITS_MIN = 4, DIGITS = 2 * ID_BYTES };
	char whole[ID_TEXT_SIZE], digits[DIGITS + 1], typed[DIGITS + 1];
	size_t count = 0, size = 0;

	id_format(whole, id);
	for (const char *c = whole; *c; c++)
		if (*c != '-')
			digits[count++] = *c;
	for (const char *c = text; *c; c++) {
		if (*c == '-')
			continue;
		if (size == DIGITS)
			return false;
		typed[size++] = *c >= 'A' && *c <= 'F' ? (char)(*c + 32) : *c;
	}
	return size >= DIGITS_MIN &&
		(!memcmp(typed, digits, size) ||
			!memcmp(typed, digits + count - size, size));
}

void
view_short_id(
	const uint8_t *id, size_t id_size, char out[static VIEW_SHORT_SIZE])
{
	const uint8_t *end = id + id_size;

	(void)snprintf(out, VIEW_SHORT_SIZE, "%02x%02x%02x", end[-3], end[-2],
		end[-1]); /* six digits */
}

void
view_field_name(const struct schema_type *type, uint32_t number,
	char out[static VIEW_FIELD_SIZE])
{
	const struct schema_field *field =
		type ? schema_field(type, number) : NULL;

	if (field)
		(void)snprintf(out, VIEW_FIELD_SIZE, "%s", field->name);
	else
		(void)snprintf(out, VIEW_FIELD_SIZE, "#%u", (unsigned)number);
}

const char *
node_log_user(struct node *node, const uint8_t *log)
{
	const uint8_t *id = policy_device_user(node->policy, log);
	const struct policy_user *user =
		id ? policy_user(node->policy, id) : NULL;

	if (policy_is_hub(node->policy, log))
		return "hub";
	return user ? user->login : "?";
}

void
node_log_device(const uint8_t *log, char out[static ID_TEXT_SIZE])
{
	id_format(out, log);
}

/* Copies text, cut at a whole character. */
static void
copy_text(char *out, size_t room, const char *text, size_t size)
{
	if (size >= room) {
		size = room - 1;
		while (size && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
	}
	memcpy(out, text, size);
	out[size] = '\0';
}

static void
directory_title(struct node *node, uint32_t type, const uint8_t *id, char *out,
	size_t room)
{
	const struct policy_user *user;
	char path[POLICY_PATH_MAX];

	if (type == TYPE_USER && (user = policy_user(node->policy, id)))
		copy_text(out, room, *user->name ? user->name : user->login,
			strlen(*user->name ? user->name : user->login));
	else if (type == TYPE_TERRITORY && policy_territory(node->policy, id))
		copy_text(out, room, policy_path(node->policy, id, path),
			strlen(path));
	else
		view_short_id(id, ID_BYTES, out);
}

/* The beginning of what an immutable record says. */
static bool
title_of_body(struct node *node, const struct schema_type *type,
	const struct record *record, char *out)
{
	enum { BEGINNING = 64 };

	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *body = &type->fields[i];

		for (size_t p = 0; p < body->part_count; p++) {
			struct schema_field field =
				value_part_field(&body->parts[p]);
			struct pack_view value =
				view_part(record, body, &body->parts[p]);

			if (field.form != FORM_PROSE || !value.size)
				continue;
			node_value_text(node, &field, value, out, BEGINNING);
			out[strcspn(out, "\r\n")] = '\0';
			return true;
		}
	}
	return false;
}

/* The title field's text, else that of the other; false without either. */
static bool
title_of(struct node *node, const struct schema_type *type,
	const struct record *record, char *out, size_t room)
{
	const char *names[] = {type->title, type->title_else};

	for (size_t i = 0; i < 2 && names[i]; i++) {
		const struct schema_field *field =
			schema_field_named(type, names[i]);
		struct pack_view value = view_value(record, field);

		if (value.size) {
			node_value_text(node, field, value, out, room);
			return true;
		}
	}
	return type->immutable && title_of_body(node, type, record, out);
}

void
node_title(struct node *node, const struct schema_type *type, const uint8_t *id,
	size_t id_size, char out[static VIEW_TITLE_SIZE])
{
	struct record record = {0};
	struct shown shown;
	bool named = false;

	view_short_id(id, id_size, out);
	if (!type)
		return;
	if (type->directory) {
		directory_title(node, type->number, id, out, VIEW_TITLE_SIZE);
		return;
	}
	for (uint32_t i = 0; i < node->territory_count && !named; i++) {
		if (node->territories[i] == node->directory)
			continue;
		named = territory_record(node->territories[i], type->number, id,
				id_size, &record, &shown) == STATUS_OK &&
			title_of(node, type, &record, out, VIEW_TITLE_SIZE);
	}
	record_clear(&record);
}

static bool
reference_text(struct node *node, const struct schema_field *field,
	struct pack_view value, char *out, size_t room)
{
	struct unpack unpack;
	const uint8_t *id;
	char title[VIEW_TITLE_SIZE];

	unpack_init(&unpack, value.bytes, value.size);
	if (field->form != FORM_REF || !unpack_exact(&unpack, ID_BYTES, &id))
		return false;
	node_title(node, schema_type(node->schema, field->refers), id, ID_BYTES,
		title);
	copy_text(out, room, title, strlen(title));
	return true;
}

static bool
time_text(const struct schema_field *field, struct pack_view value, char *out,
	size_t room)
{
	char text[VIEW_LOCAL_TIME_SIZE];
	struct unpack unpack;
	uint32_t pairs;
	int64_t key, utc_ms;

	unpack_init(&unpack, value.bytes, value.size);
	if (field->form != FORM_TIME || !value_fits(field, value) ||
		!unpack_map(&unpack, UINT32_MAX, &pairs) ||
		!unpack_integer(&unpack, 1, 1, &key) ||
		!unpack_integer(&unpack, INT64_MIN, INT64_MAX, &utc_ms))
		return false;
	view_local_time(utc_ms, text);
	copy_text(out, room, text, strlen(text));
	return true;
}

void
node_value_text(struct node *node, const struct schema_field *field,
	struct pack_view value, char *out, size_t room)
{
	*out = '\0';
	if (view_is_empty(value) ||
		reference_text(node, field, value, out, room) ||
		time_text(field, value, out, room))
		return;
	(void)value_to_text(field, value,
		text_language() == LANGUAGE_ZH ? 'z' : 'e', out, room);
}

void
node_field_text(struct node *node, const struct record *record,
	const struct schema_field *field, char *out, size_t room)
{
	size_t used = 0;

	*out = '\0';
	if (field->kind != KIND_SET) {
		node_value_text(
			node, field, view_value(record, field), out, room);
		return;
	}
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg->field != field->number || reg->kind != KIND_SET ||
			!reg->version_count || room - used < 4)
			continue;
		if (used) {
			memcpy(out + used, ", ", 3);
			used += 2;
		}
		node_value_text(
			node, field, reg->element, out + used, room - used);
		used += strlen(out + used);
	}
}

/* ---- JSON ---- */

static json_t *
set_json(const struct record *record, const struct schema_field *field)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg->field == field->number && reg->kind == KIND_SET &&
			reg->version_count)
			json_array_append_new(
				array, value_to_json(field, reg->element));
	}
	if (json_array_size(array))
		return array;
	json_decref(array);
	return NULL;
}

/* The parts of an immutable record's body stand as fields do. */
static void
add_body(json_t *json, const struct schema_field *field, struct pack_view value)
{
	json_t *body = value_to_json(field, value);

	if (json_is_object(body))
		json_object_update(json, body);
	else
		json_object_set(json, field->name, body);
	json_decref(body);
}

static void
add_field(json_t *json, const struct schema_type *type,
	const struct record *record, const struct schema_field *field)
{
	struct pack_view value;

	if (schema_is_mark(type->number, field->number))
		return;
	if (field->kind == KIND_SET) {
		json_t *set = set_json(record, field);

		if (set)
			json_object_set_new(json, field->name, set);
		return;
	}
	value = view_value(record, field);
	if (!value.size)
		return;
	if (type->immutable)
		add_body(json, field, value);
	else
		json_object_set_new(
			json, field->name, value_to_json(field, value));
}

static void
add_conflicts(
	json_t *json, const struct schema_type *type, const struct shown *shown)
{
	json_t *names = json_array();

	for (uint32_t i = 0; i < shown->conflict_count; i++) {
		char name[VIEW_FIELD_SIZE];

		view_field_name(type, shown->conflicts[i].field, name);
		json_array_append_new(names, json_string(name));
	}
	json_object_set_new(json, "conflicts", names);
}

/* All of a record but what its marks and conflicts say. */
static json_t *
fields_json(struct node *node, const struct schema_type *type,
	const struct record *record, uint32_t territory)
{
	json_t *json = json_object();
	char id[VIEW_ID_SIZE], path[POLICY_PATH_MAX];

	view_id(record->id, record->id_size, id);
	json_object_set_new(json, "id", json_string(id));
	for (size_t i = 0; i < type->field_count; i++)
		add_field(json, type, record, &type->fields[i]);
	json_object_set_new(json, "territory",
		json_string(policy_path(node->policy,
			node_territory_id(node, territory), path)));
	return json;
}

static void
add_marks(json_t *json, bool archived, bool moved)
{
	if (archived)
		json_object_set_new(json, "archived", json_true());
	if (moved)
		json_object_set_new(json, "moved", json_true());
}

json_t *
node_record_json(struct node *node, const struct found_record *found)
{
	struct record record = {0};
	struct shown shown;
	json_t *json = NULL;

	if (node_load(node, found, &record, &shown)) {
		json = fields_json(
			node, found->type, &record, found->territory);
		add_marks(json, shown.archived, shown.moved);
		if (shown.conflict_count)
			add_conflicts(json, found->type, &shown);
	}
	record_clear(&record);
	return json;
}

json_t *
node_row_json(struct node *node, const struct query_row *row)
{
	struct found_record found = {.type = row->type,
		.id_size = row->id_size,
		.territory = row->territory};
	json_t *json;

	if (row->conflicts) {
		/* The row does not say which fields. */
		memcpy(found.id, row->id, row->id_size);
		return node_record_json(node, &found);
	}
	json = fields_json(node, row->type, row->record, row->territory);
	add_marks(json, row->archived, row->moved);
	return json;
}
