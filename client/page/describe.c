#include "client/page/describe.h"

#include <stdio.h>

#include "client/exchange/value_text.h"
#include "client/page/route.h"
#include "proto/schema_roadbook.h"

static const char *
form_name(enum schema_form form)
{
	switch (form) {
	case FORM_BOOL:
		return "bool";
	case FORM_INT:
		return "int";
	case FORM_TEXT:
		return "text";
	case FORM_PROSE:
		return "prose";
	case FORM_DATE:
		return "date";
	case FORM_CODE:
		return "code";
	case FORM_OPEN:
		return "open";
	case FORM_REF:
		return "ref";
	case FORM_BYTES:
		return "bytes";
	case FORM_TIME:
		return "time";
	case FORM_MONEY:
		return "money";
	case FORM_AMOUNT:
		return "amount";
	case FORM_TUPLE:
		break;
	}
	return "tuple";
}

static const char *
kind_name(enum schema_kind kind)
{
	switch (kind) {
	case KIND_ONCE:
		return "once";
	case KIND_SET:
		return "set";
	case KIND_PUT:
		break;
	}
	return "put";
}

static json_t *
codes_json(const struct schema_codes *codes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < codes->count; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s}", "code",
				codes->list[i].code, "en", codes->list[i].en,
				"zh", codes->list[i].zh));
	return list;
}

static json_t *
field_json(const struct schema *schema, const struct schema_field *field)
{
	const struct schema_type *refers =
		field->refers ? schema_type(schema, field->refers) : NULL;
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "name",
		field->name, "en", field->en, "zh", field->zh, "kind",
		kind_name(field->kind), "form", form_name(field->form),
		"required", (int)field->required);

	if (refers)
		json_object_set_new(json, "refers", json_string(refers->name));
	if (field->codes.count)
		json_object_set_new(json, "codes", codes_json(&field->codes));
	if (field->form == FORM_TUPLE && count) {
		json_t *list = json_array();

		for (size_t i = 0; i < count; i++) {
			struct schema_field part = value_part_field(&parts[i]);

			part.required = parts[i].required;
			json_array_append_new(list, field_json(schema, &part));
		}
		json_object_set_new(json, "parts", list);
	}
	return json;
}

static bool
is_business(const struct schema_type *type)
{
	return !type->directory && type->number != SCHEMA_ALIAS;
}

/* The fields that a form has; of an immutable record its parts. */
static json_t *
fields_json(const struct schema *schema, const struct schema_type *type)
{
	json_t *list = json_array();

	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];
		json_t *json;

		if (schema_is_mark(type->number, f->number))
			continue;
		json = field_json(schema, f);
		if (type->immutable) {
			json_array_extend(list, json_object_get(json, "parts"));
			json_decref(json);
			continue;
		}
		json_object_set_new(
			json, "rank", json_integer(schema_rank(f->number)));
		json_array_append_new(list, json);
	}
	return list;
}

json_t *
describe_schema(const struct schema *schema)
{
	json_t *list = json_array();

	for (size_t i = 0; i < schema->type_count; i++) {
		const struct schema_type *type = &schema->types[i];

		if (is_business(type))
			json_array_append_new(list,
				json_pack("{s:s, s:s, s:s, s:b, s:s*, s:s*, "
					  "s:o}",
					"type", type->name, "en", type->en,
					"zh", type->zh, "immutable",
					(int)type->immutable, "title",
					type->title, "title_else",
					type->title_else, "fields",
					fields_json(schema, type)));
	}
	return list;
}

/* ---- OpenAPI ---- */

static json_t *
text_shape(const char *format)
{
	return json_pack("{s:s, s:s*}", "type", "string", "format", format);
}

static json_t *
codes_shape(const struct schema_codes *codes, bool closed)
{
	json_t *shape = text_shape(NULL);
	json_t *list = json_array();

	for (size_t i = 0; i < codes->count; i++)
		json_array_append_new(list, json_string(codes->list[i].code));
	json_object_set_new(shape, closed ? "enum" : "examples", list);
	return shape;
}

static json_t *value_shape(const struct schema_field *field);

/* NOLINTBEGIN(misc-no-recursion): parts have no parts. */

static json_t *
parts_shape(const struct schema_field *field)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	json_t *properties = json_object();

	for (size_t i = 0; i < count; i++) {
		struct schema_field part = value_part_field(&parts[i]);

		json_object_set_new(properties, part.name, value_shape(&part));
	}
	return json_pack(
		"{s:s, s:o}", "type", "object", "properties", properties);
}

static json_t *
value_shape(const struct schema_field *field)
{
	switch (field->form) {
	case FORM_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case FORM_INT:
		return json_pack("{s:s}", "type", "integer");
	case FORM_DATE:
		return text_shape("date");
	case FORM_TIME:
		return text_shape("date-time");
	case FORM_REF:
		return text_shape("uuid");
	case FORM_CODE:
		return codes_shape(&field->codes, true);
	case FORM_OPEN:
		return codes_shape(&field->codes, false);
	case FORM_MONEY:
	case FORM_TUPLE:
		return parts_shape(field);
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_BYTES:
	case FORM_AMOUNT:
		break;
	}
	return text_shape(NULL);
}

/* NOLINTEND(misc-no-recursion) */

static json_t *
record_shape(const struct schema_type *type)
{
	json_t *properties = json_pack("{s:o, s:o, s:{s:s}, s:{s:s}, "
				       "s:{s:s, s:{s:s}}}",
		"id", text_shape("uuid"), "territory", text_shape(NULL),
		"archived", "type", "boolean", "moved", "type", "boolean",
		"conflicts", "type", "array", "items", "type", "string");

	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];
		json_t *shape;

		if (schema_is_mark(type->number, f->number))
			continue;
		shape = value_shape(f);
		if (type->immutable && f->kind == KIND_ONCE) {
			json_object_update(properties,
				json_object_get(shape, "properties"));
			json_decref(shape);
		} else if (f->kind == KIND_SET) {
			json_object_set_new(properties, f->name,
				json_pack("{s:s, s:o}", "type", "array",
					"items", shape));
		} else {
			json_object_set_new(properties, f->name, shape);
		}
	}
	return json_pack(
		"{s:s, s:o}", "type", "object", "properties", properties);
}

static json_t *
parameter(const char *name, const char *where, bool required)
{
	return json_pack("{s:s, s:s, s:b, s:{s:s}}", "name", name, "in", where,
		"required", (int)required, "schema", "type", "string");
}

/* An operation: what it is called and gives; takes `shape`. */
static json_t *
operation(const char *summary, const char *status, json_t *shape,
	json_t *parameters)
{
	json_t *json = json_pack("{s:s, s:{s:{s:s, s:{s:{s:o}}}, s:{s:s}}}",
		"summary", summary, "responses", status, "description", "done",
		"content", "application/json", "schema",
		shape ? shape : json_object(), "default", "description",
		"{\"error\":{\"code\",\"message\",\"hint\"}}");

	if (parameters)
		json_object_set_new(json, "parameters", parameters);
	return json;
}

static json_t *
with_body(json_t *operation_json)
{
	json_object_set_new(operation_json, "requestBody",
		json_pack("{s:b, s:{s:{s:{}}}}", "required", 1, "content",
			"application/json", "schema"));
	return operation_json;
}

static json_t *
reference(const char *name)
{
	return json_pack("{s:s+}", "$ref", "#/components/schemas/", name);
}

static json_t *
list_of(json_t *shape)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", shape);
}

static json_t *
id_parameters(void)
{
	return json_pack("[o]", parameter("id", "path", true));
}

/* The fields that a list is narrowed by, and what every list takes. */
static json_t *
list_parameters(const struct schema_type *type)
{
	json_t *list = json_array();

	for (const char *const *name = route_list_names; *name; name++)
		json_array_append_new(list, parameter(*name, "query", false));
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];

		if (schema_is_mark(type->number, f->number))
			continue;
		if (!type->immutable)
			json_array_append_new(
				list, parameter(f->name, "query", false));
		for (size_t p = 0; type->immutable && p < f->part_count; p++)
			json_array_append_new(list,
				parameter(f->parts[p].name, "query", false));
	}
	return list;
}

static void
add_type(json_t *paths, json_t *shapes, const struct schema_type *type)
{
	char path[128];
	json_t *one = json_pack("{s:o}", "get",
		operation("one record", "200", reference(type->name),
			id_parameters()));

	json_object_set_new(shapes, type->name, record_shape(type));
	(void)snprintf(path, sizeof path, "/api/%s", type->name);
	json_object_set_new(paths, path,
		json_pack("{s:o, s:o}", "get",
			operation("a list", "200",
				list_of(reference(type->name)),
				list_parameters(type)),
			"post",
			with_body(operation("a new record", "201",
				reference(type->name), NULL))));
	(void)snprintf(path, sizeof path, "/api/%s/{id}", type->name);
	json_object_set_new(one, "patch",
		with_body(operation("fields of a record", "200",
			reference(type->name), id_parameters())));
	json_object_set_new(paths, path, one);
	(void)snprintf(path, sizeof path, "/api/%s/{id}/history", type->name);
	json_object_set_new(paths, path,
		json_pack("{s:o}", "get",
			operation("all that was ever written to it", "200",
				list_of(json_object()), id_parameters())));
}

/* Addresses that are no record type's. */
static void
add_others(json_t *paths)
{
	static const struct {
		const char *path, *method, *summary, *status;
	} others[] = {
		{"/api/status", "get", "how the node stands", "200"},
		{"/api/due", "get", "whom to see, what to do by when", "200"},
		{"/api/promises", "get", "open promises", "200"},
		{"/api/coverage", "get", "who decides and is not covered",
			"200"},
		{"/api/honesty", "get", "how visits were written down", "200"},
		{"/api/user", "get", "everybody in the directory", "200"},
		{"/api/device", "get", "every device", "200"},
		{"/api/territory", "get", "what this user may read", "200"},
		{"/api/schema", "get", "record types and fields", "200"},
		{"/api/openapi.json", "get", "this document", "200"},
		{"/api/events", "get", "server-sent: what changed", "200"},
		{"/api/conflicts", "get", "the conflict inbox", "200"},
		{"/api/address", "get", "where this device dials", "200"},
		{"/api/batch", "post", "new records, all or none", "201"},
		{"/api/quarantine", "get", "what came too late", "200"},
		{"/api/invitation", "post", "lets another device in", "200"},
		{"/api/read", "post", "several GETs in one", "200"},
		{"/api/sync", "post", "try head office now", "202"},
	};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		json_t *op = operation(
			others[i].summary, others[i].status, NULL, NULL);

		if (others[i].method[0] == 'p' && others[i].status[2] != '2')
			op = with_body(op);
		json_object_set_new(paths, others[i].path,
			json_pack("{s:o}", others[i].method, op));
	}
	json_object_set_new(paths, "/api/account/{id}/brief",
		json_pack("{s:o}", "get",
			operation("what to know before going there", "200",
				NULL, id_parameters())));
	json_object_set_new(json_object_get(paths, "/api/quarantine"), "post",
		with_body(operation(
			"accepts or rejects some", "200", NULL, NULL)));
	json_object_set_new(json_object_get(paths, "/api/address"), "post",
		with_body(operation("adds or removes one", "200", NULL, NULL)));
	json_object_set_new(paths, "/api/quarantine/{id}",
		json_pack("{s:o}", "get",
			operation("one late change, field by field", "200",
				NULL, id_parameters())));
	json_object_set_new(paths, "/api/conflicts/{id}",
		json_pack("{s:o}", "post",
			with_body(operation("settles a conflict", "200", NULL,
				id_parameters()))));
	json_object_set_new(paths, "/api/outbox",
		json_pack("{s:o}", "get",
			operation("what head office does not have yet", "200",
				NULL,
				json_pack("[o]",
					parameter("limit", "query", false)))));
	json_object_set_new(paths, "/api/outbox/{id}",
		json_pack("{s:o}", "post",
			operation("takes a change back that has not left",
				"200", NULL, id_parameters())));
	json_object_set_new(paths, "/api/invitation/{id}",
		json_pack("{s:o}", "post",
			operation("takes an invitation back, by its token",
				"200", NULL, id_parameters())));
	json_object_set_new(paths, "/api/search",
		json_pack("{s:o}", "get",
			operation("records that have all the words", "200",
				NULL,
				json_pack("[o, o]",
					parameter("q", "query", true),
					parameter("limit", "query", false)))));
	json_object_set_new(paths, "/api/why/{id}/{field}",
		json_pack("{s:o}", "get",
			operation("why a field shows what it shows", "200",
				NULL,
				json_pack("[o, o]",
					parameter("id", "path", true),
					parameter("field", "path", true)))));
	json_object_set_new(paths, "/api/draft/{id}",
		json_pack("{s:o, s:o, s:o}", "get",
			operation("a draft, or null", "200", NULL,
				id_parameters()),
			"put",
			with_body(operation(
				"keeps a draft", "200", NULL, id_parameters())),
			"delete",
			operation("drops a draft", "200", NULL,
				id_parameters())));
}

json_t *
describe_openapi(const struct schema *schema)
{
	json_t *paths = json_object(), *shapes = json_object();

	for (size_t i = 0; i < schema->type_count; i++)
		if (is_business(&schema->types[i]) &&
			schema->types[i].number != TYPE_QUARANTINE)
			add_type(paths, shapes, &schema->types[i]);
	add_others(paths);
	return json_pack("{s:s, s:{s:s, s:s}, s:o, s:{s:o}}", "openapi",
		"3.1.0", "info", "title", "Roadbook", "version", "1", "paths",
		paths, "components", "schemas", shapes);
}
