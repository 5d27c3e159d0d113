#include "client/store/texts.h"

#include <string.h>

struct looking {
	text_cb *found;
	void *self;
	struct text_shown shown;
};

bool
texts_searched(const struct schema_type *type)
{
	return !type->directory && !type->made && type->number != SCHEMA_ALIAS;
}

static bool
is_text(enum schema_form form)
{
	return form == FORM_TEXT || form == FORM_PROSE || form == FORM_DATE ||
		form == FORM_OPEN;
}

static bool
look_at(struct looking *l, enum schema_form form, struct pack_view value)
{
	struct unpack unpack;

	if (!is_text(form))
		return true;
	unpack_init(&unpack, value.bytes, value.size);
	return !unpack_text(&unpack, value.size, &l->shown.text) ||
		l->found(l->self, &l->shown);
}

static bool
look_into(struct looking *l, struct pack_view value)
{
	const struct schema_field *field = l->shown.field;
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct unpack unpack;
	uint32_t pairs;

	l->shown.part = NULL;
	if (!count)
		return look_at(l, field->form, value);
	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return true;
	for (; pairs; pairs--) {
		struct pack_view of;
		int64_t key;

		if (!unpack_integer(&unpack, 1, UINT32_MAX, &key) ||
			!unpack_value(&unpack, &of))
			return true;
		for (size_t i = 0; i < count; i++) {
			l->shown.part = &parts[i];
			if (parts[i].number == key &&
				!look_at(l, parts[i].form, of))
				return false;
		}
	}
	return true;
}

static bool
is_title(const struct schema_type *type, const struct schema_field *field)
{
	return (type->title && strcmp(field->name, type->title) == 0) ||
		(type->title_else &&
			strcmp(field->name, type->title_else) == 0);
}

void
texts_each(const struct schema_type *type, const struct record *record,
	text_cb *found, void *self)
{
	struct looking l = {.found = found, .self = self};

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		l.shown.field = schema_field(type, reg->field);
		if (!l.shown.field || l.shown.field->kind != reg->kind ||
			!reg->version_count)
			continue;
		l.shown.title = is_title(type, l.shown.field);
		if (!look_into(&l,
			    reg->kind == KIND_SET ? reg->element
						  : reg->versions[0].value))
			return;
	}
}
