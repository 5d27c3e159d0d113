#include "client/node/operation.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/exchange/value_text.h"
#include "client/node/history.h"
#include "client/node/view.h"
#include "sync/alloc.h"

json_t *
operation_json(struct node *node, const struct operation *o)
{
	enum { VALUE_ROOM = 4096 };
	const struct schema_type *type = schema_type(node->schema, o->type);
	const struct schema_field *field =
		type ? schema_field(type, o->field) : NULL;
	char id[VIEW_ID_SIZE], title[VIEW_TITLE_SIZE] = "";
	char name[VIEW_FIELD_SIZE];
	char *value = alloc(VALUE_ROOM);
	json_t *json;

	view_id(o->id, o->id_size, id);
	if (type) {
		node_title(node, type, o->id, o->id_size, title);
		view_field_name(type, o->field, name);
	} else {
		(void)snprintf(name, sizeof name, "#%u", o->field);
	}
	if (field)
		node_value_text(node, field, o->value, value, VALUE_ROOM);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "type",
		type ? type->name : "?", "record", id, "title", title, "field",
		name, "kind", history_kind(o->kind), "value", value, "wrote",
		value_to_json(field, o->value));
	free(value);
	return json;
}
