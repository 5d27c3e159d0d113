#include "client/cli/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"
#include "client/node/typed.h"
#include "client/node/view.h"

static const char remove_prefix[] = "remove-";
static const uint8_t packed_nil[] = {0xc0};

void
fields_flag_name(const char *field, enum schema_form form,
	char out[static FIELDS_FLAG_MAX])
{
	size_t size = strlen(field);

	if (form == FORM_REF && size > 3 &&
		strcmp(field + size - 3, "_id") == 0)
		size -= 3;
	if (size > FIELDS_FLAG_MAX - 1)
		size = FIELDS_FLAG_MAX - 1;
	memcpy(out, field, size);
	out[size] = '\0';
	for (char *at = out; *at; at++)
		if (*at == '_')
			*at = '-';
}

const struct schema_type *
fields_type(const struct cli *cli)
{
	const struct command *command = cli->command;
	const char *name = command && command->type ? command->type : cli->noun;

	if (!command || !command->field_flags || !name)
		return NULL;
	return schema_type_named(schema_roadbook(), name);
}

static bool
is_flag(const char *name, const char *field, enum schema_form form)
{
	char flag[FIELDS_FLAG_MAX];

	fields_flag_name(field, form, flag);
	return strcmp(name, flag) == 0;
}

/*
 * Every field flag of a type in turn, --remove-… too; start with a zeroed
 * cursor. Marks are no flags: commands write them.
 */
struct flag_cursor {
	size_t field;
	size_t part;
	bool removing;
};

static bool
next_flag(const struct schema_type *type, struct flag_cursor *at,
	struct field_flag *flag)
{
	for (; at->field < type->field_count; at->field++, at->part = 0) {
		const struct schema_field *field = &type->fields[at->field];

		*flag = (struct field_flag){.field = field};
		if (schema_is_mark(type->number, field->number))
			continue;
		if (type->immutable && field->kind == KIND_ONCE) {
			if (at->part == field->part_count)
				continue;
			flag->part = &field->parts[at->part++];
			return true;
		}
		flag->remove = at->removing;
		at->removing = field->kind == KIND_SET && !at->removing;
		if (!at->removing)
			at->field++;
		return true;
	}
	return false;
}

bool
fields_flag(const struct schema_type *type, const char *name,
	struct field_flag *flag)
{
	struct flag_cursor cursor = {0};
	size_t prefix = sizeof remove_prefix - 1;

	while (next_flag(type, &cursor, flag)) {
		const char *base = name;

		if (flag->remove) {
			if (strncmp(name, remove_prefix, prefix) != 0)
				continue;
			base += prefix;
		}
		if (flag->part ? is_flag(base, flag->part->name,
					 flag->part->form)
			       : is_flag(base, flag->field->name,
					 flag->field->form))
			return true;
	}
	return false;
}

struct schema_field
fields_flag_field(const struct field_flag *flag)
{
	return flag->part ? value_part_field(flag->part) : *flag->field;
}

const struct schema_field *
fields_named(const struct schema_type *type, const char *text)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];

		if (strcmp(f->name, text) == 0 ||
			is_flag(text, f->name, f->form) ||
			strcmp(f->en, text) == 0 || strcmp(f->zh, text) == 0)
			return f;
		/* What names a part means the body that it stands in. */
		for (size_t p = 0; type->immutable && p < f->part_count; p++)
			if (strcmp(f->parts[p].name, text) == 0 ||
				is_flag(text, f->parts[p].name,
					f->parts[p].form) ||
				strcmp(f->parts[p].en, text) == 0 ||
				strcmp(f->parts[p].zh, text) == 0)
				return f;
	}
	return NULL;
}

/* ---- a flag that was nearly right ---- */

enum { NEAR_DISTANCE_MAX = 3, NEAR_SIZE_MAX = 64 };

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;

	return low < c ? low : c;
}

/* How many letters to change, add or leave out (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAR_SIZE_MAX + 1];
	size_t size = strlen(b);

	if (strlen(a) > NEAR_SIZE_MAX || size > NEAR_SIZE_MAX)
		return NEAR_SIZE_MAX;
	for (size_t k = 0; k <= size; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t k = 1; k <= size; k++) {
			/* A dash for an underscore is no mistake. */
			bool same = a[i - 1] == b[k - 1] ||
				(a[i - 1] == '_' && b[k - 1] == '-');
			size_t cost = corner + !same;

			corner = row[k];
			row[k] = least(row[k] + 1, row[k - 1] + 1, cost);
		}
	}
	return row[size];
}

struct nearest {
	const char *name; /* as typed */
	char best[FIELDS_FLAG_MAX];
	size_t distance;
};

static void
consider(struct nearest *nearest, const char *flag)
{
	size_t d = distance(nearest->name, flag);

	if (d < nearest->distance && d <= strlen(flag) / 2) {
		nearest->distance = d;
		(void)snprintf(nearest->best, sizeof nearest->best, "%s", flag);
	}
}

static void
consider_all(struct nearest *nearest, const struct command_flag *flags)
{
	for (; flags && flags->name; flags++)
		consider(nearest, flags->name);
}

const char *
fields_flag_near(const struct cli *cli, const char *name)
{
	static _Thread_local struct nearest nearest;
	const struct schema_type *type = fields_type(cli);
	struct flag_cursor cursor = {0};
	struct field_flag flag;

	nearest = (struct nearest){
		.name = name, .distance = NEAR_DISTANCE_MAX + 1};
	consider_all(&nearest, command_common_flags);
	if (cli->command)
		consider_all(&nearest, cli->command->flags);
	while (type && next_flag(type, &cursor, &flag)) {
		const char *whole =
			flag.part ? flag.part->name : flag.field->name;
		char base[FIELDS_FLAG_MAX];
		char full[FIELDS_FLAG_MAX + sizeof remove_prefix];

		fields_flag_name(whole,
			flag.part ? flag.part->form : flag.field->form, base);
		(void)snprintf(full, sizeof full, "%s%s",
			flag.remove ? remove_prefix : "", base);
		consider(&nearest, full);
		if (!flag.remove && strcmp(name, whole) == 0) {
			/* --account_id for --account. */
			nearest.distance = 0;
			(void)snprintf(
				nearest.best, sizeof nearest.best, "%s", base);
		}
	}
	return nearest.best[0] ? nearest.best : NULL;
}

/* ---- operations ---- */

struct gathering {
	struct cli *cli;
	const struct schema_type *type;
	const struct record *present;
	struct arena *arena;
	struct edit_operation *operations;
	size_t count;
	struct pack_view parts[SCHEMA_PART_MAX]; /* of an immutable body */
	const struct schema_field *body;
};

static bool
same_value(struct pack_view a, struct pack_view b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* The operation that writes the same register, or NULL. */
static struct edit_operation *
written_already(struct gathering *g, const struct schema_field *field,
	struct pack_view value)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->operations[i].field == field &&
			(field->kind != KIND_SET ||
				same_value(g->operations[i].value, value)))
			return &g->operations[i];
	return NULL;
}

static void
add_operation(struct gathering *g, const struct schema_field *field,
	enum operation_kind kind, struct pack_view value)
{
	g->operations[g->count++] = (struct edit_operation){
		.field = field, .kind = kind, .value = value};
}

static enum operation_kind
operation_kind_of(const struct field_flag *flag)
{
	switch (flag->field->kind) {
	case KIND_ONCE:
		return OPERATION_INIT;
	case KIND_SET:
		return flag->remove ? OPERATION_DEL : OPERATION_ADD;
	case KIND_PUT:
		break;
	}
	return OPERATION_PUT;
}

static bool
take_part(struct gathering *g, const struct field_flag *flag, const char *name,
	struct pack_view value)
{
	size_t at = (size_t)(flag->part - flag->field->parts);

	if (g->parts[at].size)
		return problem_set(&g->cli->problem, EXIT_USAGE,
			T("--%s is given twice"), name);
	g->parts[at] = value;
	g->body = flag->field;
	return true;
}

static bool
take_flag(struct gathering *g, const struct field_flag *flag, const char *name,
	const char *text)
{
	struct schema_field field = fields_flag_field(flag);
	enum operation_kind kind = operation_kind_of(flag);
	const struct edit_operation *earlier;
	struct pack_view value;
	char what[FIELDS_FLAG_MAX + 2 + sizeof remove_prefix];

	(void)snprintf(what, sizeof what, "--%s", name);
	if (!*text) {
		(void)problem_set(
			&g->cli->problem, EXIT_USAGE, T("--%s is empty"), name);
		return problem_hint(&g->cli->problem,
			g->present ? T("--clear %s takes away what is there")
				   : T("leave --%s out"),
			name);
	}
	if (!node_typed_value(g->cli->node, &field, what, text, g->arena,
		    &value, &g->cli->problem))
		return false;
	if (flag->part)
		return take_part(g, flag, name, value);
	earlier = written_already(g, flag->field, value);
	if (earlier && flag->field->kind != KIND_SET)
		return problem_set(&g->cli->problem, EXIT_USAGE,
			T("--%s is given twice"), name);
	if (earlier && earlier->kind != kind)
		return problem_set(&g->cli->problem, EXIT_USAGE,
			T("%s is to be both added and removed"), text);
	if (!earlier)
		add_operation(g, flag->field, kind, value);
	return true;
}

/* Takes away every element that the same command does not add. */
static void
clear_set(struct gathering *g, const struct schema_field *field)
{
	const struct record *record = g->present;

	for (uint32_t i = 0; record && i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg->field == field->number && reg->kind == KIND_SET &&
			reg->version_count &&
			!written_already(g, field, reg->element))
			add_operation(g, field, OPERATION_DEL,
				(struct pack_view){
					arena_copy(g->arena, reg->element.bytes,
						reg->element.size),
					reg->element.size});
	}
}

static bool
clear_field(struct gathering *g, const char *name)
{
	static const struct pack_view nil = {packed_nil, sizeof packed_nil};
	const struct schema_field *field = fields_named(g->type, name);

	if (!field || schema_is_mark(g->type->number, field->number)) {
		(void)problem_set(&g->cli->problem, EXIT_USAGE,
			T("there is no field %s to clear"), name);
		return problem_hint(&g->cli->problem,
			T("roadbook %s set --help lists the fields"),
			g->type->name);
	}
	if (field->kind == KIND_SET) {
		clear_set(g, field);
		return true;
	}
	if (field->kind == KIND_ONCE)
		return problem_set(&g->cli->problem, EXIT_USAGE,
			T("%s cannot be cleared: its first value stands"),
			text_pick(field->en, field->zh));
	if (written_already(g, field, nil))
		return problem_set(&g->cli->problem, EXIT_USAGE,
			T("%s is to be both set and cleared"), name);
	add_operation(g, field, OPERATION_PUT, nil);
	return true;
}

/* The parts of an immutable record as its one value. */
static void
add_body(struct gathering *g)
{
	struct pack pack;
	size_t room = 16;
	uint32_t count = 0;

	for (size_t i = 0; i < g->body->part_count; i++) {
		room += g->parts[i].size + 16;
		count += g->parts[i].size != 0;
	}
	pack_init(&pack, arena_take(g->arena, room), room);
	pack_map(&pack, count);
	for (size_t i = 0; i < g->body->part_count; i++) {
		if (!g->parts[i].size)
			continue;
		pack_integer(&pack, g->body->parts[i].number);
		pack_raw(&pack, g->parts[i].bytes, g->parts[i].size);
	}
	add_operation(g, g->body, OPERATION_INIT,
		(struct pack_view){pack.out, pack.size});
}

/* Each flag is an operation at most, and a cleared set one an element. */
static size_t
operations_max(const struct gathering *g)
{
	size_t clears = 0;

	for (size_t i = 0; i < g->cli->flag_count; i++)
		clears += strcmp(g->cli->flags[i].name, "clear") == 0;
	return g->cli->flag_count + 1 +
		clears * (g->present ? g->present->reg_count + 1u : 1u);
}

bool
fields_operations(struct cli *cli, const struct schema_type *type,
	const struct record *present, struct arena *arena,
	struct edit_operation **operations, size_t *count)
{
	struct gathering g = {
		.cli = cli, .type = type, .present = present, .arena = arena};

	g.operations =
		arena_take(arena, operations_max(&g) * sizeof *g.operations);
	for (size_t i = 0; i < cli->flag_count; i++) {
		const struct cli_flag_value *f = &cli->flags[i];
		struct field_flag flag;

		if (fields_flag(type, f->name, &flag) &&
			!take_flag(&g, &flag, f->name, f->value))
			return false;
	}
	/* After everything that is added, wherever it was typed. */
	for (size_t i = 0; i < cli->flag_count; i++)
		if (strcmp(cli->flags[i].name, "clear") == 0 &&
			!clear_field(&g, cli->flags[i].value))
			return false;
	if (g.body)
		add_body(&g);
	*operations = g.operations;
	*count = g.count;
	return true;
}
