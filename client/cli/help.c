#include "client/cli/help.h"

#include <stdio.h>
#include <string.h>

#include "client/cli/fields.h"
#include "client/cli/output.h"
#include "client/exchange/value_text.h"

enum { LEFT_MAX = 34, LINE_MAX_WIDTH = 78 };

/* ---- which commands ---- */

/* "hub" has the commands of "hub user" and so on, too. */
static bool
belongs(const struct command *command, const char *noun)
{
	size_t size = strlen(noun);

	if (!command->noun)
		return command_is_record_noun(noun);
	return strncmp(command->noun, noun, size) == 0 &&
		(!command->noun[size] || command->noun[size] == ' ');
}

bool
help_has_noun(const char *noun)
{
	for (const struct command_group *g = command_groups; g->title; g++)
		for (const struct command *c = g->commands; c->run; c++)
			if (belongs(c, noun))
				return true;
	return false;
}

/* ---- lines ---- */

/* Two columns; what stands left and is too wide gets a line of its own. */
static void
print_line(FILE *out, const char *left, const char *right)
{
	size_t width = output_width(left);

	(void)fprintf(out, "  %s", left);
	if (width > LEFT_MAX - 2) {
		(void)fputc('\n', out);
		width = 0;
		(void)fputs("  ", out);
	}
	for (; width < LEFT_MAX; width++)
		(void)fputc(' ', out);
	(void)fprintf(out, "%s\n", right);
}

static void
command_usage(
	const struct command *command, const char *noun, char *out, size_t room)
{
	(void)snprintf(out, room, "%s%s%s%s%s",
		command->noun ? command->noun : noun, command->verb ? " " : "",
		command->verb ? command->verb : "",
		command->arguments && *command->arguments ? " " : "",
		command->arguments ? command->arguments : "");
}

static void
print_command(FILE *out, const struct command *command, const char *noun)
{
	char usage[128];

	command_usage(command, noun, usage, sizeof usage);
	print_line(out, usage, text_of(command->help));
}

static void
print_flag(FILE *out, const struct command_flag *flag)
{
	char left[128];

	(void)snprintf(left, sizeof left, "--%s%s%s", flag->name,
		flag->value ? " " : "", flag->value ? flag->value : "");
	print_line(out, left, text_of(flag->help));
}

/* ---- the fields of a type ---- */

/* What a flag takes, in capitals for what is to be filled in. */
static void
form_text(const struct schema_field *field, char *out, size_t room)
{
	const struct schema_type *refers;
	const struct schema_part *parts;
	const char *text = "TEXT";
	size_t count, used;

	switch (field->form) {
	case FORM_BOOL:
		text = "yes|no";
		break;
	case FORM_INT:
	case FORM_AMOUNT:
		text = "NUMBER";
		break;
	case FORM_DATE:
		text = "YYYY-MM-DD";
		break;
	case FORM_CODE:
		text = "CODE";
		break;
	case FORM_OPEN:
		text = "CODE|TEXT";
		break;
	case FORM_BYTES:
		text = "HEX";
		break;
	case FORM_TIME:
		text = "\"YYYY-MM-DD HH:MM\"";
		break;
	case FORM_MONEY:
		text = "\"AMOUNT CNY\"";
		break;
	case FORM_REF:
		refers = schema_type(schema_roadbook(), field->refers);
		(void)snprintf(out, room, "%s", refers ? refers->name : "ID");
		for (; *out; out++)
			if (*out >= 'a' && *out <= 'z')
				*out = (char)(*out - 'a' + 'A');
		return;
	case FORM_TUPLE:
		count = schema_parts(field, &parts);
		used = (size_t)snprintf(out, room, "%s", parts[0].name);
		for (size_t i = 1; i < count && used < room; i++)
			used += (size_t)snprintf(out + used, room - used,
				",%s=…", parts[i].name);
		return;
	case FORM_TEXT:
	case FORM_PROSE:
		break;
	}
	(void)snprintf(out, room, "%s", text);
}

/* The codes of a list with their labels, broken into lines. */
static void
print_codes(FILE *out, const struct schema_codes *codes)
{
	size_t width = LINE_MAX_WIDTH;

	for (size_t i = 0; i < codes->count; i++) {
		const struct schema_code *code = &codes->list[i];
		char one[128];
		size_t size;

		(void)snprintf(one, sizeof one, "%s (%s)%s", code->code,
			text_pick(code->en, code->zh),
			i + 1 < codes->count ? "," : "");
		size = output_width(one);
		if (width + size + 1 > LINE_MAX_WIDTH) {
			(void)fprintf(out, "%s      ", i ? "\n" : "");
			width = 6;
		}
		(void)fprintf(out, "%s%s", width > 6 ? " " : "", one);
		width += size + 1;
	}
	if (codes->count)
		(void)fputc('\n', out);
}

static void
print_field(FILE *out, const struct schema_field *field, bool set)
{
	char flag[FIELDS_FLAG_MAX], form[128], left[256], right[256];
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);

	fields_flag_name(field->name, field->form, flag);
	form_text(field, form, sizeof form);
	(void)snprintf(left, sizeof left, "--%s %s", flag, form);
	(void)snprintf(right, sizeof right, "%s%s%s%s",
		text_pick(field->en, field->zh),
		field->required ? T(" (needed)") : "",
		set ? T("; may be given again, --remove-") : "",
		set ? flag : "");
	print_line(out, left, right);
	print_codes(out, &field->codes);
	for (size_t i = 0; field->form == FORM_TUPLE && i < count; i++) {
		if (!parts[i].codes.count || parts[i].codes.count > 12)
			continue;
		(void)fprintf(out, "      %s:\n", parts[i].name);
		print_codes(out, &parts[i].codes);
	}
}

static void
print_fields(FILE *out, const struct schema_type *type)
{
	(void)fprintf(out, "\n%s\n", T("Fields:"));
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *field = &type->fields[i];

		if (schema_is_mark(type->number, field->number))
			continue;
		if (!type->immutable || field->kind != KIND_ONCE) {
			print_field(out, field, field->kind == KIND_SET);
			continue;
		}
		for (size_t p = 0; p < field->part_count; p++) {
			struct schema_field part =
				value_part_field(&field->parts[p]);

			part.required = field->parts[p].required;
			print_field(out, &part, false);
		}
	}
}

/* ---- the three pages ---- */

static void
print_all(FILE *out)
{
	(void)fprintf(out, "%s\n\n%s\n",
		T("roadbook: accounts, contacts and visits of a sales "
		  "territory, written offline, kept by the company."),
		T("Examples:"));
	print_line(out,
		"roadbook account add --legal-name 临溪鑫澜汽车零部件有限公司",
		T("a new account"));
	print_line(out,
		"roadbook visit add --account 鑫澜 --visited-on 2026-11-20",
		T("a visit to it; part of a name is enough"));
	print_line(out, "roadbook sync", T("exchange with head office"));
	for (const struct command_group *g = command_groups; g->title; g++) {
		(void)fprintf(out, "\n%s\n", text_of(g->title));
		for (const struct command *c = g->commands; c->run; c++)
			print_command(out, c, "TYPE");
	}
	(void)fprintf(out, "\n%s", T("TYPE is one of:"));
	for (size_t i = 0; i < schema_roadbook()->type_count; i++) {
		const struct schema_type *type = &schema_roadbook()->types[i];

		if (command_is_record_noun(type->name))
			(void)fprintf(out, " %s (%s)", type->name,
				text_pick(type->en, type->zh));
	}
	(void)fprintf(out, "\n\n%s\n", T("Options of every command:"));
	for (const struct command_flag *f = command_common_flags; f->name; f++)
		print_flag(out, f);
	(void)fprintf(out, "\n%s\n",
		T("roadbook NOUN VERB --help tells more of one command, "
		  "roadbook --version which roadbook this is."));
}

static void
print_noun(FILE *out, const char *noun)
{
	const struct schema_type *type = command_is_record_noun(noun)
		? schema_type_named(schema_roadbook(), noun)
		: NULL;

	if (type)
		(void)fprintf(
			out, "%s: %s\n\n", noun, text_pick(type->en, type->zh));
	for (const struct command_group *g = command_groups; g->title; g++)
		for (const struct command *c = g->commands; c->run; c++)
			if (belongs(c, noun))
				print_command(out, c, noun);
	(void)fprintf(out, "\n%s\n",
		T("roadbook NOUN VERB --help tells more of one command."));
}

static void
print_one(struct cli *cli, const struct command *command, const char *noun)
{
	FILE *out = cli->out;
	const struct schema_type *type;
	char usage[128];

	command_usage(command, noun, usage, sizeof usage);
	(void)fprintf(
		out, "roadbook %s\n  %s\n", usage, text_of(command->help));
	(void)fprintf(out, "\n%s\n", T("Options:"));
	for (const struct command_flag *f = command->flags; f && f->name; f++)
		print_flag(out, f);
	if (command->needs == NEEDS_HUB)
		print_line(out, "--as LOGIN", T("the admin who orders it"));
	for (const struct command_flag *f = command_common_flags; f->name; f++)
		print_flag(out, f);
	cli->command = command;
	cli->noun = noun;
	type = fields_type(cli);
	if (type)
		print_fields(out, type);
}

/* ---- JSON ---- */

static json_t *
command_json(const struct command *command)
{
	json_t *flags = json_array();

	for (const struct command_flag *f = command->flags; f && f->name; f++)
		json_array_append_new(flags,
			json_pack("{s:s, s:s?, s:s}", "name", f->name, "value",
				f->value, "help", text_of(f->help)));
	return json_pack("{s:s?, s:s?, s:s, s:s, s:o, s:b}", "noun",
		command->noun, "verb", command->verb, "arguments",
		command->arguments ? command->arguments : "", "help",
		text_of(command->help), "flags", flags, "fields",
		command->field_flags);
}

static json_t *
help_json(const struct command *command, const char *noun)
{
	json_t *array = json_array();

	for (const struct command_group *g = command_groups; g->title; g++)
		for (const struct command *c = g->commands; c->run; c++)
			if (command ? c == command : !noun || belongs(c, noun))
				json_array_append_new(array, command_json(c));
	return array;
}

void
help_print(struct cli *cli, const struct command *command, const char *noun)
{
	if (cli->json)
		output_json(cli->out, help_json(command, noun));
	else if (command)
		print_one(cli, command, noun);
	else if (noun)
		print_noun(cli->out, noun);
	else
		print_all(cli->out);
}
