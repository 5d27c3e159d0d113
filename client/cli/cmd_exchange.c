#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/exchange/export.h"
#include "client/exchange/import.h"
#include "client/node/exported.h"
#include "proto/pack.h"
#include "sync/alloc.h"

/* How many rejected rows, or skipped cells, are printed as text. */
enum { PRINTED_MAX = 10 };

static const struct schema_type *
named_type(struct cli *cli)
{
	const char *name = cli->args[0];
	const struct schema_type *type =
		schema_type_named(cli->node->schema, name);
	char names[256] = "";
	size_t used = 0;

	if (type && command_is_record_noun(name))
		return type;
	problem_set(&cli->problem, EXIT_USAGE, T("there is no record type %s"),
		name);
	for (size_t i = 0; i < cli->node->schema->type_count; i++) {
		const char *one = cli->node->schema->types[i].name;

		if (command_is_record_noun(one) &&
			used + strlen(one) + 3 < sizeof names)
			used += (size_t)snprintf(names + used,
				sizeof names - used, used ? ", %s" : "%s", one);
	}
	(void)problem_hint(&cli->problem, "%s", names);
	return NULL;
}

/* ---- import: what was asked for ---- */

/* Everything that the options point to. */
struct asked {
	struct import_options options;
	struct import_map *maps;
	char **columns; /* of the maps */
	char *path;
	uint8_t *bytes;
};

static void
asked_clear(struct asked *asked)
{
	for (size_t i = 0; i < asked->options.map_count; i++)
		free(asked->columns[i]);
	free(asked->columns);
	free(asked->maps);
	free(asked->path);
	free(asked->bytes);
}

/* COLUMN=field: headers may have an equals sign in them, fields have none. */
static bool
take_maps(struct cli *cli, struct asked *asked)
{
	asked->maps = alloc(cli->flag_count * sizeof *asked->maps);
	asked->columns = alloc(cli->flag_count * sizeof *asked->columns);
	asked->options.maps = asked->maps;
	for (size_t i = 0; i < cli->flag_count; i++) {
		const struct cli_flag_value *flag = &cli->flags[i];
		const char *equals;
		size_t at = asked->options.map_count;

		if (strcmp(flag->name, "map") != 0)
			continue;
		equals = strrchr(flag->value, '=');
		if (!equals || equals == flag->value || !equals[1]) {
			problem_set(&cli->problem, EXIT_USAGE,
				T("--map %s does not say which field"),
				flag->value);
			return problem_hint(
				&cli->problem, "--map COLUMN=field");
		}
		asked->columns[at] =
			alloc_copy(flag->value, strlen(flag->value) + 1);
		asked->columns[at][equals - flag->value] = '\0';
		asked->maps[at].column = asked->columns[at];
		asked->maps[at].field = equals + 1;
		asked->options.map_count++;
	}
	return true;
}

static bool
read_problem(struct cli *cli, const char *path)
{
	bool absent = errno == ENOENT;

	(void)cli_read_problem(cli, path);
	return absent ? problem_hint(&cli->problem,
				T("see that the name is right; - reads "
				  "standard input"))
		      : false;
}

static bool
read_all(struct cli *cli, struct asked *asked, FILE *file)
{
	size_t room = (size_t)1 << 16, size = 0;

	asked->bytes = alloc(room);
	for (;;) {
		size_t got = fread(asked->bytes + size, 1, room - size, file);

		size += got;
		if (size < room)
			break;
		/* One byte more is enough to be refused. */
		if (size > TEXT_ENCODING_FILE_MAX)
			break;
		room *= 2;
		asked->bytes = alloc_again(asked->bytes, room);
	}
	asked->options.bytes = asked->bytes;
	asked->options.size = size;
	return !ferror(file) || read_problem(cli, asked->path);
}

static bool
take_file(struct cli *cli, struct asked *asked)
{
	const char *slash;
	FILE *file;
	bool read;

	if (strcmp(cli->args[1], "-") == 0) {
		asked->options.bytes = (const uint8_t *)cli->input;
		asked->options.size = cli->input_size;
		return true;
	}
	asked->path = cli_path(cli, cli->args[1]);
	slash = strrchr(asked->path, '/');
	asked->options.source = slash ? slash + 1 : asked->path;
	file = fopen(asked->path, "rb");
	if (!file)
		return read_problem(cli, asked->path);
	read = read_all(cli, asked, file);
	(void)fclose(file); /* was only read */
	return read;
}

enum { SOURCE_SIZE = 256 };

static bool
take_source(struct cli *cli, struct asked *asked)
{
	const char *source = cli_flag(cli, "source");

	asked->options.key = cli_flag(cli, "key");
	if (source)
		asked->options.source = source;
	if (!asked->options.key)
		return true;
	if (asked->options.source && *asked->options.source &&
		strlen(asked->options.source) < SOURCE_SIZE &&
		pack_utf8_valid((const uint8_t *)asked->options.source,
			strlen(asked->options.source)) &&
		!strpbrk(asked->options.source, "\r\n"))
		return true;
	problem_set(&cli->problem, EXIT_USAGE,
		T("--key needs a name for where the keys come from: one line "
		  "of text, shorter than 256 bytes"));
	return problem_hint(&cli->problem, "--source NAME");
}

static bool
take_encoding(struct cli *cli, struct asked *asked)
{
	const char *name = cli_flag(cli, "encoding");

	if (!name ||
		text_encoding_find(&asked->options.encoding, name) == STATUS_OK)
		return true;
	problem_set(
		&cli->problem, EXIT_USAGE, T("there is no encoding %s"), name);
	return problem_hint(
		&cli->problem, "--encoding utf-8, --encoding gb18030");
}

/* ---- import: what came of it ---- */

static json_t *
report_json(const struct import_report *r, bool dry_run)
{
	json_t *rejected = json_array(), *skipped = json_array(),
	       *left_out = json_array(), *json;

	for (size_t i = 0; i < r->rejected_count; i++)
		json_array_append_new(rejected,
			json_pack("{s:I, s:s}", "line",
				(json_int_t)r->rejected[i].line, "reason",
				r->rejected[i].reason));
	for (size_t i = 0; i < r->skipped_count; i++)
		json_array_append_new(skipped,
			json_pack("{s:I, s:s}", "line",
				(json_int_t)r->skipped[i].line, "field",
				r->skipped[i].field->name));
	for (size_t i = 0; i < r->left_out_count; i++)
		json_array_append_new(left_out, json_string(r->left_out[i]));
	json = json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:s}", "rows",
		(json_int_t)r->rows, "added", (json_int_t)r->added, "updated",
		(json_int_t)r->updated, "unchanged", (json_int_t)r->unchanged,
		"rejected", rejected, "columns_left_out", left_out, "skipped",
		skipped, "encoding", text_encoding_name(r->encoding));
	if (dry_run)
		json_object_set_new(json, "dry_run", json_true());
	return json;
}

static void
print_more(struct cli *cli, size_t count)
{
	if (count > PRINTED_MAX)
		output_format(cli->out,
			T("  and %zu more (--json shows all)\n"),
			count - PRINTED_MAX);
}

static void
print_rejected(struct cli *cli, const struct import_report *r)
{
	for (size_t i = 0; i < r->rejected_count && i < PRINTED_MAX; i++)
		output_format(cli->out, T("  line %zu: %s\n"),
			r->rejected[i].line, r->rejected[i].reason);
	print_more(cli, r->rejected_count);
}

static void
print_skipped(struct cli *cli, const struct import_report *r)
{
	if (!r->skipped_count)
		return;
	output_format(cli->out,
		T("Left as they are: %zu cells of fields that wait for a "
		  "person's choice (roadbook conflicts) or are written once\n"),
		r->skipped_count);
	for (size_t i = 0; i < r->skipped_count && i < PRINTED_MAX; i++)
		output_format(cli->out, T("  line %zu: %s\n"),
			r->skipped[i].line,
			text_pick(r->skipped[i].field->en,
				r->skipped[i].field->zh));
	print_more(cli, r->skipped_count);
}

static void
print_left_out(struct cli *cli, const struct import_report *r)
{
	if (!r->left_out_count)
		return;
	output_format(cli->out, "%s", T("Columns left out: "));
	for (size_t i = 0; i < r->left_out_count; i++)
		output_format(cli->out, i ? ", %s" : "%s", r->left_out[i]);
	output_format(
		cli->out, "%s", T(" (--map COLUMN=field takes one in)\n"));
}

static void
print_report(struct cli *cli, const struct import_report *r, bool dry_run)
{
	if (dry_run)
		output_format(cli->out, "%s",
			T("A trial only, nothing was written.\n"));
	output_format(cli->out,
		T("%zu rows: %zu added, %zu updated, %zu unchanged, %zu "
		  "rejected (%s)\n"),
		r->rows, r->added, r->updated, r->unchanged, r->rejected_count,
		text_encoding_name(r->encoding));
	print_rejected(cli, r);
	print_skipped(cli, r);
	print_left_out(cli, r);
}

static void
step(void *self, size_t done, size_t total)
{
	progress_step(self, done, total);
}

static bool
run_import(struct cli *cli)
{
	struct asked asked = {0};
	struct import_options *o = &asked.options;
	struct import_report report = {0};
	struct progress progress;
	bool imported;

	o->type = named_type(cli);
	o->dry_run = cli_has_flag(cli, "dry-run");
	o->progress = step;
	o->progress_self = &progress;
	imported = o->type && cli_territory(cli, &o->territory) &&
		take_maps(cli, &asked) && take_encoding(cli, &asked) &&
		take_file(cli, &asked) && take_source(cli, &asked);
	if (imported) {
		progress_start(
			&progress, cli->err, cli->terminal, T("importing"));
		imported = import_csv(cli->node, o, &report, &cli->problem);
		progress_end(&progress);
	}
	if (imported && cli->json)
		output_json(cli->out, report_json(&report, o->dry_run));
	else if (imported)
		print_report(cli, &report, o->dry_run);
	import_report_clear(&report);
	asked_clear(&asked);
	return imported;
}

/* ---- export ---- */

static bool
take_format(struct cli *cli, struct export_options *options)
{
	const char *format = cli_flag(cli, "format");

	options->spreadsheet = cli_has_flag(cli, "spreadsheet");
	options->json = cli->json || (format && strcmp(format, "json") == 0);
	if (format && strcmp(format, "json") != 0 &&
		(strcmp(format, "csv") != 0 || cli->json)) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("--format %s is not possible here"), format);
		return problem_hint(
			&cli->problem, "--format csv, --format json");
	}
	if (!options->json || !options->spreadsheet)
		return true;
	problem_set(&cli->problem, EXIT_USAGE,
		T("--spreadsheet goes with CSV only"));
	return problem_hint(&cli->problem, "--format csv");
}

/* Told before a byte comes out. */
static bool
note_export(struct cli *cli, const struct export_options *options)
{
	struct exported exported = {.type = options->type,
		.format = options->json ? "json" : "csv",
		.archived = options->archived,
		.territory = options->territory,
		.as = cli->as};

	return exported_note(cli->node, &exported, &cli->problem);
}

static bool
export_type(struct cli *cli, struct export_options *options)
{
	options->type = named_type(cli);
	return options->type && take_format(cli, options) &&
		note_export(cli, options) &&
		export_records(cli->node, options, cli->out, &cli->problem);
}

/* That there is a file already is said before anybody is told of a copy. */
static bool
export_all(struct cli *cli, struct export_options *options)
{
	struct exported exported = {.format = "sqlite",
		.archived = options->archived,
		.territory = options->territory,
		.as = cli->as};
	char *path = cli_path(cli, cli_flag(cli, "sqlite"));
	uint64_t records = 0;
	bool done = access(path, F_OK) != 0 ||
		problem_set(&cli->problem, EXIT_AMBIGUOUS,
			T("%s is there already; it is not overwritten"), path);

	done = done && exported_note(cli->node, &exported, &cli->problem) &&
		export_sqlite(
			cli->node, options, path, &records, &cli->problem);
	if (done && cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:I}", "file", path, "records",
				(json_int_t)records));
	else if (done)
		output_format(cli->out,
			T("%llu records are in %s. It is not encrypted: "
			  "whoever has it reads it.\n"),
			(unsigned long long)records, path);
	free(path);
	return done;
}

static bool
run_export(struct cli *cli)
{
	bool all = cli_has_flag(cli, "sqlite");
	struct export_options options = {
		.archived = cli_has_flag(cli, "archived"),
	};

	if (all != (cli->arg_count == 0) ||
		(all &&
			(cli_has_flag(cli, "format") ||
				cli_has_flag(cli, "spreadsheet")))) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("either a type, or all of them with --sqlite"));
		return problem_hint(&cli->problem,
			"roadbook export TYPE [--format csv|json]; "
			"roadbook export --sqlite FILE");
	}
	return cli_readable_territory(cli, &options.territory) &&
		(all ? export_all : export_type)(cli, &options);
}

/* ---- the commands ---- */

static const struct command_flag import_flags[] = {
	{"map", "COLUMN=field",
		N_("which field a column goes into; repeatable")},
	{"key", "COLUMN", N_("the column that tells the file's rows apart")},
	{"source", "NAME",
		N_("where the keys come from; else the file's name")},
	{"territory", "PATH", N_("the territory it goes into")},
	{"encoding", "NAME", N_("utf-8 or gb18030, if it is not found out")},
	{"dry-run", NULL, N_("say what would happen and write nothing")},
	{NULL, NULL, NULL},
};

static const struct command_flag export_flags[] = {
	{"format", "csv|json", N_("CSV unless told otherwise")},
	{"territory", "PATH", N_("of this territory only")},
	{"archived", NULL, N_("archived ones, too")},
	{"spreadsheet", NULL, N_("CSV for Excel or WPS: to look at")},
	{"sqlite", "FILE",
		N_("all types as tables of a new SQLite file, not encrypted")},
	{"as", "LOGIN", N_("on the hub: the admin who orders it")},
	{NULL, NULL, NULL},
};

const struct command exchange_commands[] = {
	{.noun = "import",
		.arguments = "TYPE FILE|-",
		.argument_min = 2,
		.argument_max = 2,
		.needs = NEEDS_NODE,
		.run = run_import,
		.help = N_("take records in from a CSV file"),
		.flags = import_flags,
		.takes_file = true,
		.reads_input = true},
	{.noun = "export",
		.arguments = "[TYPE]",
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_export,
		.help = N_("print the records of a type as CSV or JSON, or "
			   "write all for SQL"),
		.flags = export_flags},
	{0},
};
