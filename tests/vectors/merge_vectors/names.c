#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_TYPE = 100 };

static void
complain(struct names *names, const char *problem)
{
	if (!names->problem)
		names->problem = problem;
}

static char *
keep_text(struct names *names, const char *text)
{
	return arena_copy(&names->arena, text, strlen(text) + 1);
}

/* Types get numbers in the order of their names; alias has its own. */
static void
number_types(struct names *names)
{
	char *sorted = json_dumps(names->types, JSON_SORT_KEYS);
	json_t *again = json_loads(sorted, 0, NULL);
	const char *name;
	json_int_t next = FIRST_TYPE;
	json_t *value;

	json_object_foreach(again, name, value)
		json_object_set_new(names->types, name,
			json_integer(strcmp(name, "alias") == 0 ? SCHEMA_ALIAS
								: next++));
	json_decref(again);
	free(sorted);
}

static void
mention_operations(struct names *names, const json_t *operations)
{
	json_t *operation;
	size_t i;

	json_array_foreach(operations, i, operation)
	{
		const char *type =
			json_string_value(json_object_get(operation, "type"));

		if (type)
			json_object_set_new(names->types, type, json_null());
	}
}

static void
mention_types(struct names *names, json_t *schema, json_t *test)
{
	json_t *fields, *field, *item;
	const char *name, *inner;
	size_t i;

	json_object_set_new(names->types, "alias", json_null());
	json_object_set_new(names->types, "account", json_null());
	json_object_foreach(schema, name, fields)
	{
		json_object_set_new(names->types, name, json_null());
		json_object_foreach(fields, inner,
			field) if (json_is_string(json_object_get(field,
					   "parent")))
			json_object_set_new(names->types,
				json_string_value(
					json_object_get(field, "parent")),
				json_null());
	}
	json_array_foreach(json_object_get(test, "changes"), i, item)
		mention_operations(names, json_object_get(item, "ops"));
	json_array_foreach(json_object_get(test, "author"), i, item)
		mention_operations(names, json_object_get(item, "ops"));
}

uint32_t
names_type_number(const struct names *names, const char *name)
{
	return (uint32_t)json_integer_value(
		json_object_get(names->types, name));
}

const char *
names_type(const struct names *names, uint32_t number)
{
	const char *name;
	json_t *value;

	json_object_foreach(
		names->types, name, value) if (json_integer_value(value) ==
		(json_int_t)number) return name;
	return "?";
}

static struct schema_codes
make_codes(struct names *names, const json_t *ranks)
{
	size_t count = json_array_size(ranks);
	struct schema_code *list =
		arena_take(&names->arena, count * sizeof *list);

	for (size_t i = 0; i < count; i++) {
		const char *code = json_string_value(json_array_get(ranks, i));

		if (!code) {
			complain(names, "a rank that is no string");
			code = "?";
		}
		list[i].code = keep_text(names, code);
		list[i].en = list[i].zh = list[i].code;
	}
	return (struct schema_codes){list, count};
}

static enum schema_kind
kind_of(struct names *names, const char *kind)
{
	if (kind && strcmp(kind, "init") == 0)
		return KIND_ONCE;
	if (kind && strcmp(kind, "set") == 0)
		return KIND_SET;
	if (!kind || strcmp(kind, "put") != 0)
		complain(names, "a kind that is none of put, init, set");
	return KIND_PUT;
}

static enum schema_order
order_of(struct names *names, const char *order)
{
	static const char *const orders[] = {
		[ORDER_LATEST] = "latest",
		[ORDER_HIGHEST] = "highest",
		[ORDER_SENIOR] = "senior",
		[ORDER_ASK] = "ask",
	};

	for (size_t i = 0; order && i < sizeof orders / sizeof *orders; i++)
		if (strcmp(orders[i], order) == 0)
			return (enum schema_order)i;
	if (order)
		complain(names, "an order that is not known");
	return ORDER_LATEST;
}

static struct schema_field
make_field(struct names *names, const char *name, const json_t *object)
{
	struct schema_field field = {.form = FORM_PROSE};
	const json_t *ranks = json_object_get(object, "ranks");
	const char *parent =
		json_string_value(json_object_get(object, "parent"));

	field.number =
		(uint32_t)json_integer_value(json_object_get(object, "number"));
	field.name = field.en = field.zh = keep_text(names, name);
	field.kind = kind_of(
		names, json_string_value(json_object_get(object, "kind")));
	field.order = order_of(
		names, json_string_value(json_object_get(object, "order")));
	if (field.kind != KIND_PUT)
		field.order = ORDER_LATEST;
	if (ranks) {
		field.form = FORM_CODE;
		field.codes = make_codes(names, ranks);
	}
	if (parent) {
		field.form = FORM_REF;
		field.refers = names_type_number(names, parent);
		field.parent = true;
	}
	return field;
}

static int
field_compare(const void *left, const void *right)
{
	const struct schema_field *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

static struct schema_field
make_mark(uint32_t number, const char *name)
{
	return (struct schema_field){.number = number,
		.name = name,
		.en = name,
		.zh = name,
		.form = FORM_BOOL};
}

static struct schema_type
make_type(struct names *names, const char *name, json_t *object)
{
	struct schema_type type = {.number = names_type_number(names, name)};
	struct schema_field *fields = arena_take(
		&names->arena, (json_object_size(object) + 3) * sizeof *fields);
	const char *inner;
	json_t *field;

	type.name = type.en = type.zh = keep_text(names, name);
	type.fields = fields;
	if (type.number == SCHEMA_ALIAS) {
		fields[type.field_count++] = make_mark(SCHEMA_JOINED, "joined");
	} else {
		fields[type.field_count++] =
			make_mark(SCHEMA_ARCHIVED, "archived");
		fields[type.field_count++] = make_mark(SCHEMA_MOVED, "moved");
	}
	json_object_foreach(object, inner,
		field) if (!schema_is_mark(type.number,
				   (uint32_t)json_integer_value(
					   json_object_get(field, "number"))))
		fields[type.field_count++] = make_field(names, inner, field);
	qsort(fields, type.field_count, sizeof *fields, field_compare);
	return type;
}

static int
type_compare(const void *left, const void *right)
{
	const struct schema_type *a = left, *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/*
 * The case's schema, and besides alias and account, which the program means
 * by name (R18), and parents: empty types are no different from unknown ones.
 */
static void
make_schema(struct names *names, json_t *schema)
{
	json_t *all = json_deep_copy(schema), *fields, *field;
	struct schema_type *types;
	const char *name, *inner;
	size_t count = 0;

	json_object_foreach(schema, name, fields)
		json_object_foreach(fields, inner, field)
	{
		const json_t *parent = json_object_get(field, "parent");

		if (json_is_string(parent) &&
			!json_object_get(all, json_string_value(parent)))
			json_object_set_new(
				all, json_string_value(parent), json_object());
	}
	if (!json_object_get(all, "alias"))
		json_object_set_new(all, "alias", json_object());
	if (!json_object_get(all, "account"))
		json_object_set_new(all, "account", json_object());
	types = arena_take(
		&names->arena, json_object_size(all) * sizeof *types);
	json_object_foreach(all, name, fields) types[count++] =
		make_type(names, name, fields);
	qsort(types, count, sizeof *types, type_compare);
	names->schema = (struct schema){types, count};
	json_decref(all);
}

void
names_init(struct names *names, json_t *schema, json_t *test)
{
	memset(names, 0, sizeof *names);
	names->types = json_object();
	mention_types(names, schema, test);
	number_types(names);
	make_schema(names, schema);
}

void
names_clear(struct names *names)
{
	json_decref(names->types);
	arena_clear(&names->arena);
}

static const char *const marks[] = {
	[SCHEMA_ARCHIVED] = "archived",
	[SCHEMA_MOVED] = "moved",
	[SCHEMA_JOINED] = "joined",
};

const char *
names_field(struct names *names, uint32_t type_number, uint32_t number)
{
	const struct schema_type *type =
		schema_type(&names->schema, type_number);
	const struct schema_field *field =
		type ? schema_field(type, number) : NULL;
	char text[16];

	if (schema_is_mark(type_number, number))
		return marks[number];
	if (field)
		return field->name;
	(void)snprintf(text, sizeof text, "#%u", (unsigned)number);
	return keep_text(names, text);
}

static uint32_t
field_number(struct names *names, uint32_t type_number, const char *name)
{
	const struct schema_type *type =
		schema_type(&names->schema, type_number);
	const struct schema_field *field =
		type ? schema_field_named(type, name) : NULL;

	if (field)
		return field->number;
	for (uint32_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i] && strcmp(marks[i], name) == 0)
			return i;
	if (name[0] == '#')
		return (uint32_t)strtoul(name + 1, NULL, 10);
	complain(names, "a field that has no number");
	return 1;
}

/* The name, padded with zeros to `size` bytes. */
static void
pad(struct names *names, const char *name, size_t length, uint8_t *out,
	size_t size)
{
	memset(out, 0, size);
	if (length == 0 || length > size)
		complain(names, "a name that does not fit into an id");
	else
		memcpy(out, name, length);
}

void
names_log(struct names *names, const char *name, uint8_t *log)
{
	pad(names, name, strlen(name), log, LOG_BYTES);
}

/* A padded id as text. */
static char *
unpadded(struct names *names, const uint8_t *id, size_t size)
{
	char *text = arena_take(&names->arena, size + 1);

	memcpy(text, id, size);
	return text;
}

const char *
names_log_name(struct names *names, const uint8_t *log)
{
	return unpadded(names, log, LOG_BYTES);
}

const char *
names_dot(struct names *names, const uint8_t *log, int64_t seq)
{
	char text[LOG_BYTES + 32];

	(void)snprintf(text, sizeof text, "%s%lld", names_log_name(names, log),
		(long long)seq);
	return keep_text(names, text);
}

const char *
names_record(struct names *names, uint32_t type, const uint8_t *id)
{
	const char *first = unpadded(names, id, ID_BYTES);
	char text[256];

	if (type == SCHEMA_ALIAS)
		(void)snprintf(text, sizeof text, "alias/%s|%s", first,
			unpadded(names, id + ID_BYTES, ID_BYTES));
	else
		(void)snprintf(text, sizeof text, "%s/%s",
			names_type(names, type), first);
	return keep_text(names, text);
}

static uint8_t *
make_id(struct names *names, uint32_t type, const char *name, size_t *size)
{
	const char *bar = strchr(name, '|');
	uint8_t *id = arena_take(&names->arena, RECORD_ID_MAX);

	*size = type == SCHEMA_ALIAS ? RECORD_ID_MAX : ID_BYTES;
	if (type != SCHEMA_ALIAS) {
		pad(names, name, strlen(name), id, ID_BYTES);
		return id;
	}
	if (!bar) {
		complain(names, "an alias that does not join two ids");
		return id;
	}
	pad(names, name, (size_t)(bar - name), id, ID_BYTES);
	pad(names, bar + 1, strlen(bar + 1), id + ID_BYTES, ID_BYTES);
	if (memcmp(id, id + ID_BYTES, ID_BYTES) >= 0)
		complain(names, "an alias whose smaller id is not first");
	return id;
}

static void write_json(
	struct names *names, struct pack *pack, const json_t *value);

/* A key with its encoding, by which the keys of a map are ordered. */
struct key {
	const char *name;
	uint8_t *bytes;
	size_t size;
};

static int
key_compare(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	int order = memcmp(
		a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

static void
write_object(struct names *names, struct pack *pack, const json_t *object)
{
	/* jansson's iterator wants it so; nothing is changed. */
	json_t *value = (json_t *)(uintptr_t)object;
	size_t count = json_object_size(value), i = 0;
	struct key *keys = arena_take(&names->arena, count * sizeof *keys);
	const char *name;
	json_t *inner;

	json_object_foreach(value, name, inner)
	{
		size_t room = strlen(name) + 5;
		struct pack key;

		keys[i].bytes = arena_take(&names->arena, room);
		pack_init(&key, keys[i].bytes, room);
		pack_text(&key, name);
		keys[i].name = name;
		keys[i++].size = key.size;
	}
	qsort(keys, count, sizeof *keys, key_compare);
	pack_map(pack, (uint32_t)count);
	for (i = 0; i < count; i++) {
		pack_raw(pack, keys[i].bytes, keys[i].size);
		write_json(names, pack, json_object_get(value, keys[i].name));
	}
}

static void
write_json(struct names *names, struct pack *pack, const json_t *value)
{
	json_t *inner;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_NULL:
		pack_nil(pack);
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		pack_bool(pack, json_is_true(value));
		return;
	case JSON_INTEGER:
		pack_integer(pack, json_integer_value(value));
		return;
	case JSON_STRING:
		pack_text_view(pack, json_string_value(value),
			json_string_length(value));
		return;
	case JSON_ARRAY:
		pack_array(pack, (uint32_t)json_array_size(value));
		json_array_foreach(value, i, inner)
			write_json(names, pack, inner);
		return;
	case JSON_OBJECT:
		write_object(names, pack, value);
		return;
	case JSON_REAL:
		break;
	}
	complain(names, "a number with a fraction: Roadbook has none");
	pack_nil(pack);
}

/* References are ids; whatever else a case puts there stays what it is. */
static bool
is_reference(const struct names *names, uint32_t type_number,
	uint32_t field_number_, const json_t *value)
{
	const struct schema_type *type =
		schema_type(&names->schema, type_number);
	const struct schema_field *field =
		type ? schema_field(type, field_number_) : NULL;

	return field && field->parent && json_is_string(value) &&
		json_string_length(value) >= 1 &&
		json_string_length(value) <= ID_BYTES;
}

static void
write_value(struct names *names, struct pack *pack, bool reference,
	const json_t *value)
{
	uint8_t id[ID_BYTES];

	if (!value) {
		pack_nil(pack);
	} else if (reference) {
		pad(names, json_string_value(value), json_string_length(value),
			id, sizeof id);
		pack_bytes(pack, id, sizeof id);
	} else {
		write_json(names, pack, value);
	}
}

static struct pack_view
make_value(
	struct names *names, uint32_t type, uint32_t field, const json_t *value)
{
	bool reference = is_reference(names, type, field, value);
	uint8_t *bytes;
	struct pack pack;
	size_t size;

	pack_init(&pack, NULL, 0);
	write_value(names, &pack, reference, value);
	size = pack.size;
	bytes = arena_take(&names->arena, size);
	pack_init(&pack, bytes, size);
	write_value(names, &pack, reference, value);
	if (size > SCHEMA_VALUE_MAX || !pack_valid(bytes, size)) {
		complain(names, "a value that Roadbook's form does not have");
		bytes[0] = 0xc0;
		size = 1;
	}
	return (struct pack_view){bytes, size};
}

static enum operation_kind
operation_kind(struct names *names, const char *op)
{
	static const char *const kinds[] = {
		[OPERATION_PUT] = "put",
		[OPERATION_INIT] = "init",
		[OPERATION_ADD] = "add",
		[OPERATION_DEL] = "del",
	};

	for (size_t i = 0; op && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i], op) == 0)
			return (enum operation_kind)i;
	complain(names, "an operation that is not known");
	return OPERATION_PUT;
}

static const char *
text_of(struct names *names, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		complain(names, "an operation without type, id or field");
	return text ? text : "?";
}

struct operation
names_operation(struct names *names, const json_t *object, int64_t at)
{
	const json_t *time = json_object_get(object, "time");
	struct operation o = {.time = at};

	o.kind = operation_kind(
		names, json_string_value(json_object_get(object, "op")));
	o.type = names_type_number(names, text_of(names, object, "type"));
	o.id = make_id(names, o.type, text_of(names, object, "id"), &o.id_size);
	o.field = field_number(names, o.type, text_of(names, object, "field"));
	o.value = make_value(
		names, o.type, o.field, json_object_get(object, "value"));
	if (time)
		o.time = json_integer_value(time);
	if (o.type == 0 || o.field == 0)
		complain(names, "a type or field that has no number");
	if (o.time < 0 || o.time > CHANGE_TIME_MAX)
		complain(
			names, "a time out of bounds makes a change malformed");
	return o;
}

static json_t *
read_json(struct unpack *unpack)
{
	struct pack_item item;
	json_t *value = NULL;

	if (!unpack_item(unpack, &item))
		return json_null();
	switch (item.kind) {
	case PACK_NIL:
		return json_null();
	case PACK_BOOL:
		return json_boolean(item.boolean);
	case PACK_INTEGER:
		return json_integer(item.integer);
	case PACK_TEXT:
		return json_stringn((const char *)item.bytes, item.size);
	case PACK_BYTES:
		while (item.size && item.bytes[item.size - 1] == 0)
			item.size--;
		return json_stringn((const char *)item.bytes, item.size);
	case PACK_ARRAY:
		value = json_array();
		for (uint32_t i = 0; i < item.count; i++)
			json_array_append_new(value, read_json(unpack));
		return value;
	case PACK_MAP:
		break;
	}
	value = json_object();
	for (uint32_t i = 0; i < item.count; i++) {
		struct pack_item key;

		if (unpack_item(unpack, &key))
			json_object_setn_new(value, (const char *)key.bytes,
				key.size, read_json(unpack));
	}
	return value;
}

json_t *
names_value(struct pack_view value)
{
	struct unpack unpack;

	unpack_init(&unpack, value.bytes, value.size);
	return read_json(&unpack);
}

char *
names_canonical(const json_t *value)
{
	return json_dumps(
		value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
}
