#include "proto/schema.h"

#include <string.h>

/*
 * The rules of a schema. Each check returns the rule that is broken, in
 * words, or NULL.
 */

/* The first number that is free for fields; below are marks, kept for more. */
enum { FIRST_FIELD = 5 };

enum { COLUMN_MAX = 128 };

/* Lower case, digits, single underscores between; begins with a letter. */
static bool
is_name(const char *name)
{
	size_t size;

	if (!name || name[0] < 'a' || name[0] > 'z')
		return false;
	size = strlen(name);
	if (size >= COLUMN_MAX / 2 || name[size - 1] == '_')
		return false;
	for (const char *c = name; *c; c++) {
		bool letter = *c >= 'a' && *c <= 'z';
		bool digit = *c >= '0' && *c <= '9';

		if (!letter && !digit && (*c != '_' || c[1] == '_'))
			return false;
	}
	return true;
}

static bool
is_code(const char *code)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_";

	return code && *code && code[strspn(code, allowed)] == '\0';
}

static bool
has_labels(const char *en, const char *zh)
{
	return en && *en && zh && *zh;
}

/* Equal but for the case of ASCII letters, as input is compared with codes. */
static bool
same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a, y = *b;

		if (x >= 'A' && x <= 'Z')
			x = (char)(x - 'A' + 'a');
		if (y >= 'A' && y <= 'Z')
			y = (char)(y - 'A' + 'a');
		if (x != y)
			return false;
	}
	return *a == *b;
}

/* Whether some word could mean either of two codes. */
static bool
codes_confusable(const struct schema_code *a, const struct schema_code *b)
{
	const char *words_a[] = {a->code, a->en, a->zh};
	const char *words_b[] = {b->code, b->en, b->zh};

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++)
			if (same_word(words_a[i], words_b[k]))
				return true;
	return false;
}

/* A bit for the first letter of each word of a code, as same_word() sees it. */
static uint64_t
initials(const struct schema_code *code)
{
	const char *words[] = {code->code, code->en, code->zh};
	uint64_t set = 0;

	for (size_t i = 0; i < 3; i++) {
		unsigned char first = (unsigned char)words[i][0];

		if (first >= 'A' && first <= 'Z')
			first = (unsigned char)(first - 'A' + 'a');
		set |= (uint64_t)1 << first % 64;
	}
	return set;
}

/* Every list is checked whenever a store is opened: most pairs share nothing.
 */
static const char *
check_words(const struct schema_codes *codes)
{
	for (size_t i = 0; i < codes->count; i++) {
		uint64_t own = initials(&codes->list[i]);

		for (size_t k = 0; k < i; k++)
			if ((own & initials(&codes->list[k])) &&
				codes_confusable(
					&codes->list[i], &codes->list[k]))
				return "no word of a list means two codes";
	}
	return NULL;
}

static const char *
check_codes(enum schema_form form, const struct schema_codes *codes)
{
	if (form == FORM_CODE && codes->count == 0)
		return "a closed list has codes";
	if (form != FORM_CODE && form != FORM_OPEN && codes->count)
		return "only a code or an open list has codes";
	for (size_t i = 0; i < codes->count; i++) {
		if (!is_code(codes->list[i].code))
			return "a code is ASCII letters, digits and _";
		if (!has_labels(codes->list[i].en, codes->list[i].zh))
			return "a code has a label in both languages";
	}
	return check_words(codes);
}

static const char *
check_refers(const struct schema *schema, const struct schema_type *type,
	enum schema_form form, uint32_t refers)
{
	const struct schema_type *to = schema_type(schema, refers);

	if (form != FORM_REF)
		return refers ? "only a reference refers" : NULL;
	if (!to || to->number == SCHEMA_ALIAS)
		return "a reference refers to a type, which alias is not";
	if (type->directory && !to->directory)
		return "the directory refers to itself only";
	return NULL;
}

static const char *
check_part(const struct schema *schema, const struct schema_type *type,
	const struct schema_part *part)
{
	const char *rule;

	if (part->number < 1 || part->number > SCHEMA_NUMBER_MAX)
		return "a part's number is in bounds";
	if (!is_name(part->name))
		return "a part's name is lower-case ASCII";
	if (!has_labels(part->en, part->zh))
		return "a part has a label in both languages";
	if (part->form > FORM_TUPLE || part->form == FORM_TIME ||
		part->form == FORM_MONEY || part->form == FORM_TUPLE)
		return "a part is a scalar";
	rule = check_codes(part->form, &part->codes);
	return rule ? rule
		    : check_refers(schema, type, part->form, part->refers);
}

static const char *
check_parts(const struct schema *schema, const struct schema_type *type,
	const struct schema_field *field)
{
	const struct schema_part *currency;

	if (field->form != FORM_TUPLE)
		return field->part_count ? "only a tuple has parts" : NULL;
	if (field->part_count < 1 || field->part_count > SCHEMA_PART_MAX)
		return "a tuple has 1 to SCHEMA_PART_MAX parts";
	for (size_t i = 0; i < field->part_count; i++) {
		const struct schema_part *part = &field->parts[i];
		const char *rule = check_part(schema, type, part);

		if (rule)
			return rule;
		if (i && part->number <= part[-1].number)
			return "parts ascend by number";
		if (schema_part_named(field, part->name) != part)
			return "the parts of a tuple have different names";
	}
	currency = schema_part_named(field, "currency");
	for (size_t i = 0; i < field->part_count; i++)
		if (field->parts[i].form == FORM_AMOUNT &&
			(!currency || currency->form != FORM_OPEN))
			return "an amount has a part `currency`, an open list";
	return NULL;
}

static const char *
check_mark(const struct schema_type *type, const struct schema_field *field)
{
	static const char *const names[] = {
		[SCHEMA_ARCHIVED] = "archived",
		[SCHEMA_MOVED] = "moved",
		[SCHEMA_JOINED] = "joined",
	};

	if (!schema_is_mark(type->number, field->number))
		return field->number < FIRST_FIELD
			? "numbers below 5 are kept for marks"
			: NULL;
	if (strcmp(field->name, names[field->number]) != 0)
		return "a mark has its own name";
	if (field->kind != KIND_PUT || field->order != ORDER_LATEST ||
		field->form != FORM_BOOL)
		return "a mark is a put field, latest, of bool";
	return NULL;
}

static const char *
check_merging(const struct schema_field *field)
{
	if (field->kind > KIND_SET || field->order > ORDER_ASK)
		return "a kind and an order are known ones";
	if (field->kind != KIND_PUT && field->order != ORDER_LATEST)
		return "only a put field has an order";
	if (field->order == ORDER_HIGHEST && field->form != FORM_CODE &&
		field->form != FORM_BOOL)
		return "what has a highest is a code or a bool";
	if (field->parent &&
		(field->kind != KIND_PUT || field->form != FORM_REF))
		return "a parent is a put field that refers";
	return NULL;
}

static const char *
check_field(const struct schema *schema, const struct schema_type *type,
	const struct schema_field *field)
{
	const char *rule;

	if (field->number < 1 || field->number > SCHEMA_NUMBER_MAX)
		return "a field's number is in bounds";
	if (!is_name(field->name))
		return "a field's name is lower-case ASCII";
	if (strcmp(field->name, "id") == 0)
		return "`id` is the record's own";
	if (!has_labels(field->en, field->zh))
		return "a field has a label in both languages";
	if (field->form > FORM_TUPLE || field->form == FORM_AMOUNT)
		return "a field's form is one for fields";
	if ((rule = check_mark(type, field)) != NULL ||
		(rule = check_merging(field)) != NULL ||
		(rule = check_codes(field->form, &field->codes)) != NULL ||
		(rule = check_refers(
			 schema, type, field->form, field->refers)) != NULL)
		return rule;
	return check_parts(schema, type, field);
}

/* Whether `name` is `first`, an underscore and `second`. */
static bool
is_joined_name(const char *name, const char *first, const char *second)
{
	size_t size = strlen(first);

	return strncmp(name, first, size) == 0 && name[size] == '_' &&
		strcmp(name + size + 1, second) == 0;
}

/* Whether some column, flag or key of two fields would have one name. */
static const char *
check_names(const struct schema_field *field, const struct schema_field *other)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);

	if (field == other)
		return NULL;
	if (strcmp(field->name, other->name) == 0)
		return "the fields of a type have different names";
	if (field->form == FORM_REF &&
		is_joined_name(field->name, other->name, "id"))
		return "a reference's flag is no other field's";
	for (size_t i = 0; i < count; i++)
		if (is_joined_name(other->name, field->name, parts[i].name))
			return "a part's column is no other field's";
	return NULL;
}

/* An immutable record's parts stand where others have fields. */
static const char *
check_body(const struct schema_type *type, const struct schema_field *body)
{
	if (strcmp(body->name, "body") != 0 || body->kind != KIND_ONCE ||
		body->form != FORM_TUPLE)
		return "an immutable type has marks and one `body`, a once "
		       "tuple";
	for (size_t i = 0; i < body->part_count; i++)
		if (strcmp(body->parts[i].name, "id") == 0 ||
			schema_field_named(type, body->parts[i].name))
			return "a part of a body has a name of its own";
	return NULL;
}

static const char *
check_immutable(
	const struct schema_type *type, const struct schema_field **where)
{
	size_t bodies = 0;

	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *field = &type->fields[i];
		const char *rule;

		if (schema_is_mark(type->number, field->number))
			continue;
		*where = field;
		if ((rule = check_body(type, field)) != NULL)
			return rule;
		bodies++;
	}
	*where = NULL;
	return bodies == 1
		? NULL
		: "an immutable type has marks and one `body`, a once tuple";
}

static bool
can_be_title(const struct schema_type *type, const char *name)
{
	const struct schema_field *field = schema_field_named(type, name);

	return field && field->kind != KIND_SET &&
		(field->form == FORM_TEXT || field->form == FORM_PROSE ||
			field->form == FORM_OPEN || field->form == FORM_CODE ||
			field->form == FORM_DATE);
}

static const char *
check_type_itself(const struct schema_type *type)
{
	if (type->number < 1 || type->number > SCHEMA_NUMBER_MAX)
		return "a type's number is in bounds";
	if (!is_name(type->name))
		return "a type's name is lower-case ASCII";
	if (!has_labels(type->en, type->zh))
		return "a type has a label in both languages";
	if (type->field_count == 0)
		return "a type has fields";
	return NULL;
}

/* Of what a type's fields are to each other; each is good by itself. */
static const char *
check_type_whole(
	const struct schema_type *type, const struct schema_field **where)
{
	for (size_t i = 0; i < type->field_count; i++) {
		*where = &type->fields[i];
		for (size_t k = 0; k < type->field_count; k++) {
			const char *rule =
				check_names(*where, &type->fields[k]);

			if (rule)
				return rule;
		}
	}
	*where = NULL;
	if (type->number == SCHEMA_ALIAS &&
		(type->field_count != 1 ||
			type->fields[0].number != SCHEMA_JOINED))
		return "type 1 has the mark `joined` and nothing else";
	if ((type->title && !can_be_title(type, type->title)) ||
		(type->title_else && !can_be_title(type, type->title_else)))
		return "a title is a field of text";
	if (type->title_else && !type->title)
		return "a second title comes after a first";
	return type->immutable ? check_immutable(type, where) : NULL;
}

static const char *
check_type(const struct schema *schema, const struct schema_type *type,
	const struct schema_field **where)
{
	const char *rule = check_type_itself(type);

	if (rule)
		return rule;
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *field = &type->fields[i];

		*where = field;
		if (i && field->number <= field[-1].number)
			return "fields ascend by number";
		rule = check_field(schema, type, field);
		if (rule)
			return rule;
	}
	*where = NULL;
	return check_type_whole(type, where);
}

/* Sets have tables of their own, named after type and field. */
static const char *
check_tables(const struct schema *schema, const struct schema_type *type,
	const struct schema_field **where)
{
	for (size_t i = 0; i < type->field_count; i++) {
		*where = &type->fields[i];
		for (size_t k = 0; k < schema->type_count; k++)
			if ((*where)->kind == KIND_SET &&
				is_joined_name(schema->types[k].name,
					type->name, (*where)->name))
				return "a set's table is no type's";
	}
	*where = NULL;
	return NULL;
}

bool
schema_check(const struct schema *schema, struct schema_fault *fault)
{
	const struct schema_field *where = NULL;
	const struct schema_type *type = NULL;
	const char *rule = NULL;

	for (size_t i = 0; i < schema->type_count && !rule; i++) {
		type = &schema->types[i];
		rule = i && type->number <= type[-1].number
			? "types ascend by number"
			: check_type(schema, type, &where);
		if (!rule && schema_type_named(schema, type->name) != type)
			rule = "types have different names";
	}
	/* Only now has every type a name. */
	for (size_t i = 0; i < schema->type_count && !rule; i++) {
		type = &schema->types[i];
		rule = check_tables(schema, type, &where);
	}
	if (!rule)
		return true;
	fault->rule = rule;
	fault->type = type->name;
	fault->field = where ? where->name : NULL;
	return false;
}
