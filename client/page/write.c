#include "client/page/write.h"

#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"
#include "client/node/inbox.h"
#include "client/node/list.h"
#include "client/node/shown.h"
#include "client/node/view.h"
#include "sync/alloc.h"

static const uint8_t packed_nil[] = {0xc0};

/* Edits that are being read; everything lies in the arena. */
struct writing {
	struct node *node;
	struct arena arena;
	struct edit *edits;
	size_t count;
	struct problem *problem;
	/* Of the edit that is being read. */
	struct edit_operation *operations;
	size_t operation_count;
};

static bool
usage(struct writing *w, const char *what)
{
	return problem_set(w->problem, EXIT_USAGE,
		T("\"%s\" does not belong there"), what);
}

/* ---- values ---- */

/* Whether a new record of this very write has the id. */
static bool
among_edits(const struct writing *w, uint32_t type, const uint8_t *id)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->edits[i].type->number == type &&
			memcmp(w->edits[i].id, id, ID_BYTES) == 0)
			return true;
	return false;
}

/* A reference by id or name, as the text of its id. */
static bool
find_reference(struct writing *w, uint32_t refers, const json_t *json,
	json_t **id_text)
{
	const struct schema_type *type = schema_type(w->node->schema, refers);
	const char *text = json_string_value(json);
	uint8_t id[ID_BYTES];
	char out[ID_TEXT_SIZE];

	if (!text || !type)
		return usage(w, type ? type->name : "");
	if ((id_parse(id, text) != STATUS_OK || !among_edits(w, refers, id)) &&
		!node_find_id(w->node, type, text, id, w->problem))
		return false;
	id_format(out, id);
	*id_text = json_string(out);
	return true;
}

/* The value with every reference in it found: a new one. */
static bool
find_references(struct writing *w, const struct schema_field *field,
	const json_t *json, json_t **found)
{
	*found = NULL;
	if (field->form == FORM_REF)
		return find_reference(w, field->refers, json, found);
	*found = json_deep_copy(json);
	for (size_t i = 0; json_is_object(*found) && i < field->part_count;
		i++) {
		const struct schema_part *part = &field->parts[i];
		const json_t *member = json_object_get(*found, part->name);
		json_t *id;

		if (part->form != FORM_REF || !member || json_is_null(member))
			continue;
		if (!find_reference(w, part->refers, member, &id)) {
			json_decref(*found);
			return false;
		}
		json_object_set_new(*found, part->name, id);
	}
	return true;
}

static bool
not_a_value(struct writing *w, const struct schema_field *field,
	const struct value_problem *wrong)
{
	if (wrong->part)
		return problem_set(w->problem, EXIT_USAGE, "%s, %s: %s",
			text_pick(field->en, field->zh),
			text_pick(wrong->part->en, wrong->part->zh),
			text_pick(wrong->what_en, wrong->what_zh));
	return problem_set(w->problem, EXIT_USAGE, "%s: %s",
		text_pick(field->en, field->zh),
		text_pick(wrong->what_en, wrong->what_zh));
}

static bool
take_value(struct writing *w, const struct schema_field *field,
	const json_t *json, enum operation_kind kind)
{
	struct value_problem wrong = {0};
	struct pack pack;
	json_t *found;
	char *text;
	bool read;

	if (!find_references(w, field, json, &found))
		return false;
	/* msgpack is never longer than the JSON of the same. */
	text = json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY);
	pack_init(&pack, arena_take(&w->arena, (text ? strlen(text) : 0) + 64),
		(text ? strlen(text) : 0) + 64);
	free(text);
	read = value_from_json(field, found, node_zone, NULL, &pack, &wrong);
	json_decref(found);
	if (!read)
		return not_a_value(w, field, &wrong);
	w->operations[w->operation_count++] = (struct edit_operation){
		.field = field, .kind = kind, .value = {pack.out, pack.size}};
	return true;
}

/* ---- fields ---- */

static bool
take_elements(struct writing *w, const struct schema_field *field,
	const json_t *list, enum operation_kind kind)
{
	size_t i;
	const json_t *element;

	if (list && !json_is_array(list))
		return usage(w, field->name);
	json_array_foreach(list, i, element)
	{
		if (!take_value(w, field, element, kind))
			return false;
	}
	return true;
}

static bool
take_set(struct writing *w, const struct schema_field *field,
	const json_t *json, bool is_new)
{
	if (is_new)
		return take_elements(w, field, json, OPERATION_ADD);
	if (!json_is_object(json))
		return problem_set(w->problem, EXIT_USAGE,
			T("%s takes {\"add\":[…], \"remove\":[…]}"),
			text_pick(field->en, field->zh));
	return take_elements(w, field, json_object_get(json, "remove"),
		       OPERATION_DEL) &&
		take_elements(
			w, field, json_object_get(json, "add"), OPERATION_ADD);
}

static bool
take_nothing(struct writing *w, const struct schema_field *field, bool is_new)
{
	if (is_new)
		return true;
	if (field->kind != KIND_PUT)
		return problem_set(w->problem, EXIT_USAGE,
			T("%s cannot be cleared: its first value stands"),
			text_pick(field->en, field->zh));
	w->operations[w->operation_count++] =
		(struct edit_operation){.field = field,
			.kind = OPERATION_PUT,
			.value = {packed_nil, sizeof packed_nil}};
	return true;
}

static bool
take_field(struct writing *w, const struct schema_type *type, const char *name,
	const json_t *json, bool is_new)
{
	const struct schema_field *field = schema_field_named(type, name);
	bool mark = field && schema_is_mark(type->number, field->number);

	/* Of the marks a person writes one, on what is there. */
	if (!field || (mark && (is_new || field->number != SCHEMA_ARCHIVED)))
		return usage(w, name);
	if (json_is_null(json))
		return take_nothing(w, field, is_new);
	if (field->kind == KIND_SET)
		return take_set(w, field, json, is_new);
	return take_value(w, field, json,
		field->kind == KIND_ONCE ? OPERATION_INIT : OPERATION_PUT);
}

/* The parts of an immutable record as its one value. */
static bool
take_body(
	struct writing *w, const struct schema_type *type, const json_t *fields)
{
	for (size_t i = 0; i < type->field_count; i++)
		if (type->fields[i].kind == KIND_ONCE)
			return take_value(
				w, &type->fields[i], fields, OPERATION_INIT);
	return usage(w, type->name);
}

/* As many operations as the JSON has values at most. */
static size_t
operations_max(const json_t *fields)
{
	const char *name;
	json_t *value;
	size_t count = 1;

	json_object_foreach((json_t *)(uintptr_t)fields, name, value)
	{
		count += 1 + json_array_size(value) +
			json_array_size(json_object_get(value, "add")) +
			json_array_size(json_object_get(value, "remove"));
	}
	return count;
}

static bool
take_fields(struct writing *w, struct edit *edit, const json_t *fields)
{
	const char *name;
	json_t *value;

	w->operations = arena_take(
		&w->arena, operations_max(fields) * sizeof *w->operations);
	w->operation_count = 0;
	edit->operations = w->operations;
	if (edit->type->immutable && edit->is_new) {
		if (!take_body(w, edit->type, fields))
			return false;
	} else {
		json_object_foreach((json_t *)(uintptr_t)fields, name, value)
		{
			if (!take_field(
				    w, edit->type, name, value, edit->is_new))
				return false;
		}
	}
	edit->operation_count = w->operation_count;
	return true;
}

/* ---- new records ---- */

/* Takes a text out of the object, "" when it is not there. */
static bool
pop_text(struct writing *w, json_t *object, const char *name, char *out,
	size_t room)
{
	const json_t *value = json_object_get(object, name);
	const char *text = value ? json_string_value(value) : "";

	if (!text || strlen(text) >= room)
		return usage(w, name);
	memcpy(out, text, strlen(text) + 1);
	json_object_del(object, name);
	return true;
}

static bool
find_territory(struct writing *w, const char *path, struct edit *edit)
{
	const struct policy_territory *territory =
		policy_territory_path(w->node->policy, path);

	if (!territory)
		return problem_set(w->problem, EXIT_NOT_FOUND,
			T("there is no territory %s"), path);
	edit->territory = arena_copy(&w->arena, territory->id, ID_BYTES);
	return true;
}

/* What stands beside the fields of a new record: its id and territory. */
static bool
take_place(struct writing *w, json_t *fields, struct edit *edit, bool *there)
{
	char id[ID_TEXT_SIZE] = "", path[POLICY_PATH_MAX] = "";
	uint8_t territory[ID_BYTES];

	if (!pop_text(w, fields, "id", id, sizeof id) ||
		!pop_text(w, fields, "territory", path, sizeof path))
		return false;
	if (!*id)
		node_new_id(edit->id);
	else if (id_parse(edit->id, id) != STATUS_OK)
		return usage(w, "id");
	*there = *id &&
		node_record_territory(w->node, edit->type->number, edit->id,
			ID_BYTES, territory);
	return !*path || find_territory(w, path, edit);
}

/* One of a batch, {"visit":{…}}: *there says that it was written before. */
static bool
take_new(struct writing *w, const json_t *given, struct edit *edit, bool *there)
{
	void *member = json_object_iter((json_t *)(uintptr_t)given);
	const char *name = member ? json_object_iter_key(member) : "";
	const struct schema_type *type =
		schema_type_named(w->node->schema, name);
	json_t *fields;
	bool taken;

	if (json_object_size(given) != 1 ||
		!json_is_object(json_object_iter_value(member)))
		return usage(w, "batch");
	if (!type || type->directory || type->number == SCHEMA_ALIAS)
		return problem_set(w->problem, EXIT_USAGE,
			T("there is no record type \"%s\""), name);
	*edit = (struct edit){
		.type = type, .id_size = ID_BYTES, .is_new = true};
	fields = json_deep_copy(json_object_iter_value(member));
	taken = take_place(w, fields, edit, there) &&
		(*there || take_fields(w, edit, fields));
	json_decref(fields);
	return taken;
}

static json_t *
record_json(struct node *node, const struct schema_type *type,
	const uint8_t *id, size_t id_size)
{
	struct found_record found = {.type = type, .id_size = id_size};
	uint8_t territory[ID_BYTES];
	struct territory *t;
	json_t *json = NULL;

	memcpy(found.id, id, id_size);
	if (node_record_territory(node, type->number, id, id_size, territory) &&
		(t = node_territory(node, territory, false))) {
		found.territory = territory_number(t);
		json = node_record_json(node, &found);
	}
	return json ? json : json_null();
}

/* In a transaction of its own. */
static bool
write_edits(struct writing *w)
{
	struct edit_result *results =
		arena_take(&w->arena, (w->count + 1) * sizeof *results);

	if (!w->count)
		return true;
	if (!node_begin(w->node, w->problem))
		return false;
	if (!node_write(w->node, w->edits, w->count, results, w->problem)) {
		node_rollback(w->node);
		return false;
	}
	return node_commit(w->node, w->problem);
}

bool
write_batch(struct node *node, const json_t *batch, json_t **records,
	struct problem *problem)
{
	struct writing w = {.node = node, .problem = problem};
	size_t size = json_array_size(batch);
	struct edit *all;
	bool written = true;

	if (!size || size > WRITE_BATCH_MAX)
		return problem_set(problem, EXIT_USAGE,
			T("a batch is a list of 1 to %d records"),
			WRITE_BATCH_MAX);
	all = arena_take(&w.arena, size * sizeof *all);
	w.edits = arena_take(&w.arena, size * sizeof *w.edits);
	for (size_t i = 0; written && i < size; i++) {
		bool there = false;

		written =
			take_new(&w, json_array_get(batch, i), &all[i], &there);
		if (written && !there)
			w.edits[w.count++] = all[i];
	}
	written = written && write_edits(&w);
	if (written) {
		*records = json_array();
		for (size_t i = 0; i < size; i++)
			json_array_append_new(*records,
				record_json(node, all[i].type, all[i].id,
					all[i].id_size));
	}
	arena_clear(&w.arena);
	return written;
}

/* ---- a record that is there ---- */

static bool
refuse_immutable(struct writing *w, const struct schema_type *type)
{
	return problem_set(w->problem, EXIT_USAGE,
		T("%s: what was written stays as it is"),
		text_pick(type->en, type->zh));
}

/* Whether it writes nothing but the mark. */
static bool
only_archives(const json_t *fields)
{
	return json_object_size(fields) == 1 &&
		json_object_get(fields, "archived");
}

static bool
take_shown(struct writing *w, const char *shown, struct edit *edit,
	struct unseen_range **unseen)
{
	if (!shown)
		return true;
	if (!shown_unseen(w->node, shown, edit->territory, unseen,
		    &edit->unseen_count))
		return problem_set(w->problem, EXIT_USAGE,
			T("it is not clear which state this form was shown "
			  "at"));
	edit->unseen = *unseen;
	return true;
}

bool
write_set(struct node *node, const struct schema_type *type, const char *id,
	const json_t *fields, const char *shown, json_t **record,
	struct problem *problem)
{
	struct writing w = {.node = node, .problem = problem};
	struct edit edit = {.type = type};
	struct unseen_range *unseen = NULL;
	struct found_record found;
	bool written = true;

	if (!json_is_object(fields) || !json_object_size(fields))
		return problem_set(
			problem, EXIT_USAGE, T("nothing is to be set"));
	if (type->immutable && !only_archives(fields))
		return refuse_immutable(&w, type);
	if (!node_find(node, type, id, &found, problem))
		return false;
	edit.id_size = found.id_size;
	memcpy(edit.id, found.id, found.id_size);
	edit.territory = node_territory_id(node, found.territory);
	written = take_fields(&w, &edit, fields) &&
		take_shown(&w, shown, &edit, &unseen);
	w.edits = &edit;
	w.count = edit.operation_count ? 1 : 0;
	written = written && write_edits(&w);
	if (written)
		*record = record_json(node, type, edit.id, edit.id_size);
	free(unseen);
	arena_clear(&w.arena);
	return written;
}

/* ---- conflicts ---- */

/* Which sibling has the value, from 1; 0: none of them. */
static int
pick_of(const json_t *entry, const json_t *value)
{
	const json_t *siblings = json_object_get(entry, "siblings");

	for (size_t i = 0; i < json_array_size(siblings); i++)
		if (json_equal(json_object_get(
				       json_array_get(siblings, i), "value"),
			    value))
			return (int)i + 1;
	return 0;
}

/* Another value as it would be typed; in the arena. */
static bool
typed_of(struct writing *w, const json_t *entry, const json_t *value,
	const char **typed)
{
	const char *name = json_string_value(json_object_get(entry, "type"));
	const struct schema_type *type =
		name ? schema_type_named(w->node->schema, name) : NULL;
	const struct schema_field *field;
	struct edit_operation operation;
	size_t room;
	char *text;

	name = json_string_value(json_object_get(entry, "field"));
	field = type && name ? schema_field_named(type, name) : NULL;
	*typed = "";
	if (json_is_null(value))
		return true;
	if (!field)
		return usage(w, "value");
	w->operations = &operation;
	w->operation_count = 0;
	if (!take_value(w, field, value, OPERATION_PUT))
		return false;
	room = value_to_text(field, operation.value, 0, NULL, 0) + 1;
	text = arena_take(&w->arena, room);
	(void)value_to_text(field, operation.value, 0, text, room);
	*typed = text;
	return true;
}

bool
write_resolve(struct node *node, const char *id, const json_t *body,
	const char *shown, json_t **resolved, struct problem *problem)
{
	struct writing w = {.node = node, .problem = problem};
	const json_t *value = json_object_get(body, "value");
	json_t *entries = node_conflicts_json(node, id);
	const json_t *entry = json_array_get(entries, 0);
	int pick = entry && value ? pick_of(entry, value) : 0;
	const char *typed = "";
	bool done;

	if (!value) /* nothing was said */
		done = problem_set(problem, EXIT_USAGE,
			T("{\"value\":…} says which value is to stand"));
	else
		done = (pick || !entry || typed_of(&w, entry, value, &typed)) &&
			node_resolve(node, id, pick, typed, shown, problem);
	if (done)
		*resolved = json_pack("{s:O, s:O, s:O, s:O}", "resolved",
			json_object_get(entry, "id"), "type",
			json_object_get(entry, "type"), "record",
			json_object_get(entry, "record"), "field",
			json_object_get(entry, "field"));
	arena_clear(&w.arena);
	json_decref(entries);
	return done;
}
