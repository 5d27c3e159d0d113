/* roadbook hub erase, hub erasures, erasure verify. */

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/node/hub/erase.h"
#include "client/node/hub/erasure_certificate.h"
#include "client/node/hub/erasure_orders.h"
#include "client/node/hub/hub.h"
#include "client/node/view.h"
#include "proto/key.h"
#include "sync/alloc.h"

enum { CERTIFICATE_MAX = 16 << 20 };

/* ---- what would go ---- */

static json_t *
place_json(struct cli *cli, const struct erase_place *place)
{
	const struct schema_type *type =
		schema_type(cli->node->schema, place->record.type);
	char id[VIEW_ID_SIZE], path[POLICY_PATH_MAX];

	view_id(place->record.id, place->record.id_size, id);
	return json_pack("{s:s, s:s, s:s}", "type", type ? type->name : "?",
		"id", id, "territory",
		policy_path(cli->node->policy, place->territory, path));
}

static json_t *
places_json(struct cli *cli, const struct erase_place *list, size_t count)
{
	json_t *json = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(json, place_json(cli, &list[i]));
	return json;
}

static void
print_places(struct cli *cli, const struct erase_place *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct schema_type *type =
			schema_type(cli->node->schema, list[i].record.type);
		char id[VIEW_ID_SIZE], path[POLICY_PATH_MAX];

		view_id(list[i].record.id, list[i].record.id_size, id);
		output_format(cli->out, "  %s  %s  %s\n",
			type ? text_pick(type->en, type->zh) : "?", id,
			policy_path(
				cli->node->policy, list[i].territory, path));
	}
}

static void
print_found(struct cli *cli, const struct erase_found *found)
{
	output_format(
		cli->out, T("records that go: %zu\n"), found->place_count);
	print_places(cli, found->places, found->place_count);
	if (found->copy_count)
		output_format(cli->out,
			T("late changes that are written down anew without "
			  "them: %zu\n"),
			found->copy_count);
	output_format(cli->out, T("segments that are replaced: %zu\n"),
		found->segment_count);
	output_format(cli->out,
		T("records that hold the person's name, a number or an "
		  "address in somebody's words, and stay: %zu\n"),
		found->mention_count);
	print_places(cli, found->mentions, found->mention_count);
	if (found->mention_count)
		output_format(cli->out, "%s\n",
			T("look at them; --also ID erases one of them whole"));
}

static json_t *
found_json(struct cli *cli, const struct erase_found *found)
{
	return json_pack("{s:o, s:I, s:I, s:o}", "records",
		places_json(cli, found->places, found->place_count),
		"late_changes", (json_int_t)found->copy_count, "segments",
		(json_int_t)found->segment_count, "mentions",
		places_json(cli, found->mentions, found->mention_count));
}

/* ---- certificates ---- */

static void
print_members(struct cli *cli, const json_t *erasure)
{
	static const struct {
		const char *name, *text;
	} lines[] = {
		{"order", N_("Order")},
		{"at", N_("Erased")},
		{"by", N_("Ordered by")},
		{"contact", N_("Record")},
		{"reason", N_("Reason")},
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (*output_member(erasure, lines[i].name))
			output_format(cli->out, "%s: %s\n", T(lines[i].text),
				output_member(erasure, lines[i].name));
}

static const char *
state_text(const char *state)
{
	if (strcmp(state, "confirmed") == 0)
		return T("confirmed");
	return strcmp(state, "open") == 0 ? T("not confirmed yet")
					  : T("shut out");
}

/* Of the hub, or of a file that was found genuine. */
static void
print_certificate(struct cli *cli, const json_t *certificate)
{
	const json_t *erasure = json_object_get(certificate, "erasure");
	const json_t *list;
	const char *code, *text;
	json_t *e;
	size_t i;

	output_format(cli->out, "%s\n%s: %s\n", T("Certificate of erasure"),
		T("Company"), output_member(certificate, "company"));
	print_members(cli, erasure);
	output_format(cli->out, T("as of %s: records %lld, segments %zu\n"),
		output_member(certificate, "made"),
		(long long)json_integer_value(
			json_object_get(erasure, "records")),
		json_array_size(json_object_get(erasure, "segments")));
	list = json_object_get(erasure, "segments");
	json_array_foreach(list, i, e) output_format(cli->out,
		"  %s  %s %lld\n    %s → %s\n", output_member(e, "territory"),
		output_member(e, "device"),
		(long long)json_integer_value(json_object_get(e, "first")),
		output_member(e, "replaces"), output_member(e, "name"));
	output_format(cli->out, "%s\n", T("Devices:"));
	list = json_object_get(erasure, "devices");
	json_array_foreach(list, i, e) output_format(cli->out,
		"  %s  %s  %s %s\n", output_member(e, "device"),
		output_member(e, "user"), state_text(output_member(e, "state")),
		output_member(e, "at"));
	output_format(cli->out, "%s\n", T("What no erasure reaches:"));
	for (i = 0; (code = erasure_unreached(i, &text)); i++) {
		bool named = false;
		size_t k;

		list = json_object_get(certificate, "not_reached");
		json_array_foreach(list, k, e) named = named ||
			(json_is_string(e) &&
				!strcmp(json_string_value(e), code));
		if (named)
			output_format(cli->out, "  %s\n", T(text));
	}
}

/*
 * The file that --certificate names, made before anything is erased; *file
 * NULL without the flag. False: it cannot be made.
 */
struct certificate_file {
	char *path;
	FILE *file;
};

static bool
open_certificate(struct cli *cli, struct certificate_file *to)
{
	const char *name = cli_flag(cli, "certificate");

	*to = (struct certificate_file){NULL, NULL};
	if (!name)
		return true;
	to->path = cli_path(cli, name);
	to->file = fopen(to->path, "wxe");
	if (to->file)
		return true;
	problem_set(&cli->problem, EXIT_FAILED, "%s: %s", to->path,
		text_errno(errno));
	problem_hint(&cli->problem, T("name a file that is not there yet"));
	free(to->path);
	return false;
}

/* Nothing is left of a file that there is no certificate for. */
static void
drop_certificate(struct certificate_file *to)
{
	if (to->file) {
		(void)fclose(to->file);
		(void)unlink(to->path);
	}
	free(to->path);
}

/* The words, and below them what is signed, in one line. */
static bool
write_certificate(
	struct cli *cli, const json_t *certificate, struct certificate_file *to)
{
	char *text = json_dumps(certificate, JSON_COMPACT | JSON_SORT_KEYS);
	FILE *out = cli->out;
	bool written;

	if (!text)
		alloc_failed();
	cli->out = to->file;
	print_certificate(cli, certificate);
	cli->out = out;
	written = fprintf(to->file, "\n%s\n", text) > 0;
	written = fclose(to->file) == 0 && written;
	free(text);
	if (!written)
		problem_set(&cli->problem, EXIT_FAILED, "%s: %s", to->path,
			text_errno(errno));
	free(to->path);
	return written;
}

static bool
make_certificate(struct cli *cli, const uint8_t *order,
	struct certificate_file *to, json_t **certificate)
{
	*certificate =
		erasure_certificate_make(cli->node, order, &cli->problem);
	if (!*certificate) {
		drop_certificate(to);
		return false;
	}
	if (!to->file || write_certificate(cli, *certificate, to))
		return true;
	json_decref(*certificate);
	return false;
}

/* ---- hub erase ---- */

static const struct command_flag erase_flags[] = {
	{"dry-run", NULL, N_("tell what would go, and change nothing")},
	{"also", "ID", N_("this record goes too; as often as need be")},
	{"reason", "TEXT", N_("why; it stays at the hub")},
	{"certificate", "FILE", N_("write the signed certificate there")},
	{NULL, NULL, NULL},
};

static void
take_also(
	const struct cli *cli, struct hub_erasure *erasure, const char ***also)
{
	*also = alloc((cli->flag_count + 1) * sizeof(char *));
	for (size_t i = 0; i < cli->flag_count; i++)
		if (strcmp(cli->flags[i].name, "also") == 0)
			(*also)[erasure->also_count++] = cli->flags[i].value;
	erasure->also = *also;
}

static bool
plan(struct cli *cli, const struct hub_erasure *erasure)
{
	struct erase_found found = {.record_count = 0};
	bool planned =
		hub_erase_plan(cli->node, erasure, &found, &cli->problem);

	if (planned && cli->json) {
		json_t *json = found_json(cli, &found);

		json_object_set_new(json, "dry_run", json_true());
		output_json(cli->out, json);
	} else if (planned) {
		print_found(cli, &found);
		output_format(cli->out, "%s\n", T("nothing was changed"));
	}
	erase_found_clear(&found);
	return planned;
}

static bool
erase(struct cli *cli, const struct hub_erasure *erasure)
{
	struct erase_found found = {.record_count = 0};
	struct certificate_file to;
	uint8_t order[ID_BYTES];
	json_t *certificate = NULL;
	bool done;

	if (!open_certificate(cli, &to))
		return false;
	done = hub_erase(cli->node, erasure, &found, order, &cli->problem);
	if (!done)
		drop_certificate(&to);
	else
		done = make_certificate(cli, order, &to, &certificate);
	if (done && cli->json) {
		json_t *json = found_json(cli, &found);

		json_object_set(json, "certificate", certificate);
		output_json(cli->out, json);
	} else if (done) {
		const json_t *told = json_object_get(certificate, "erasure");

		print_found(cli, &found);
		output_format(cli->out,
			T("erased at head office, order %s; devices that have "
			  "not confirmed yet: %lld\n"),
			output_member(told, "order"),
			(long long)json_integer_value(
				json_object_get(told, "open")));
		output_format(cli->out, "%s\n",
			T("roadbook hub erasures tells who has"));
	}
	json_decref(certificate);
	erase_found_clear(&found);
	return done;
}

static bool
run_erase(struct cli *cli)
{
	struct hub_erasure erasure = {
		.contact = cli->args[0], .reason = cli_flag(cli, "reason")};
	const char **also;
	bool done;

	if (!hub_order_as(cli->node, cli->as, &cli->problem))
		return false;
	take_also(cli, &erasure, &also);
	done = cli_has_flag(cli, "dry-run") ? plan(cli, &erasure)
					    : erase(cli, &erasure);
	free(also);
	return done;
}

/* ---- hub erasures ---- */

static const struct command_flag erasures_flags[] = {
	{"certificate", "FILE",
		N_("write the signed certificate of that order there")},
	{NULL, NULL, NULL},
};

static bool
run_list(struct cli *cli)
{
	json_t *list = erasure_orders_json(cli->node, NULL), *e;
	struct table *table = table_new(5);
	char number[32];
	size_t i;

	table_cell(table, T("Order"));
	table_cell(table, T("Time"));
	table_cell(table, T("By"));
	table_cell(table, T("Records"));
	table_cell(table, T("Not confirmed"));
	json_array_foreach(list, i, e)
	{
		table_cell(table, output_member(e, "order"));
		table_cell(table, output_member(e, "at"));
		table_cell(table, output_member(e, "by"));
		(void)snprintf(number, sizeof number, "%lld",
			(long long)json_integer_value(
				json_object_get(e, "records")));
		table_cell(table, number);
		(void)snprintf(number, sizeof number, "%lld",
			(long long)json_integer_value(
				json_object_get(e, "open")));
		table_cell(table, number);
	}
	output_list(cli, list, table);
	return true;
}

static bool
run_erasures(struct cli *cli)
{
	struct certificate_file to;
	uint8_t order[ID_BYTES];
	json_t *certificate;

	if (cli->arg_count == 0) {
		if (!cli_flag(cli, "certificate"))
			return run_list(cli);
		problem_set(&cli->problem, EXIT_USAGE,
			T("a certificate is of one order"));
		return problem_hint(&cli->problem,
			"roadbook hub erasures ORDER --certificate FILE");
	}
	if (!erasure_orders_find(
		    cli->node, cli->args[0], order, &cli->problem) ||
		!open_certificate(cli, &to) ||
		!make_certificate(cli, order, &to, &certificate))
		return false;
	if (cli->json) {
		output_json(cli->out, certificate);
		return true;
	}
	print_certificate(cli, certificate);
	output_format(cli->out, "%s: %s\n", T("The company's public key"),
		output_member(certificate, "company_key"));
	json_decref(certificate);
	return true;
}

/* ---- erasure verify ---- */

static const struct command_flag verify_flags[] = {
	{"company-key", "HEX",
		N_("the company's public key; hub erasures ORDER tells it")},
	{"own-company", NULL, N_("the key is that of this node's company")},
	{NULL, NULL, NULL},
};

static bool
read_key(struct cli *cli, uint8_t key[static SIGNING_KEY_SIZE])
{
	const char *text = cli_flag(cli, "company-key");
	size_t size = 0;

	if (cli_has_flag(cli, "own-company") && !text) {
		memcpy(key, cli->node->company_key, SIGNING_KEY_SIZE);
		return true;
	}
	if (text && strlen(text) == 2 * SIGNING_KEY_SIZE &&
		sodium_hex2bin(key, SIGNING_KEY_SIZE, text, strlen(text), NULL,
			&size, NULL) == 0 &&
		size == SIGNING_KEY_SIZE)
		return true;
	problem_set(&cli->problem, EXIT_USAGE,
		T("by which company's key? It has 64 digits"));
	return problem_hint(&cli->problem, "--company-key HEX | --own-company");
}

/* What is signed begins with the first line that begins with a brace. */
static json_t *
read_certificate(struct cli *cli)
{
	char *path = cli_path(cli, cli->args[0]);
	FILE *in = fopen(path, "r");
	json_t *json = NULL;
	size_t size = 0;
	char *text;
	const char *at;

	if (!in) {
		(void)cli_read_problem(cli, path);
		free(path);
		return NULL;
	}
	free(path);
	text = alloc(CERTIFICATE_MAX + 1);
	size = fread(text, 1, CERTIFICATE_MAX, in);
	(void)fclose(in); /* only read */
	text[size] = '\0';
	at = text[0] == '{' ? text : strstr(text, "\n{");
	if (at)
		json = json_loads(at, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (!json)
		problem_set(&cli->problem, EXIT_USAGE,
			T("that is no certificate of an erasure"));
	return json;
}

static bool
run_verify(struct cli *cli)
{
	uint8_t key[SIGNING_KEY_SIZE];
	json_t *certificate;

	if (!read_key(cli, key))
		return false;
	certificate = read_certificate(cli);
	if (!certificate)
		return false;
	if (!erasure_certificate_check(certificate, key, &cli->problem)) {
		json_decref(certificate);
		return false;
	}
	if (cli->json) {
		json_object_set_new(certificate, "genuine", json_true());
		output_json(cli->out, certificate);
		return true;
	}
	output_format(cli->out, "%s\n\n",
		T("genuine: signed by the hub of this company"));
	print_certificate(cli, certificate);
	json_decref(certificate);
	return true;
}

const struct command erase_commands[] = {
	{.noun = "hub",
		.verb = "erase",
		.arguments = "CONTACT",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_erase,
		.help = N_("erases a person's data, here and on every device: "
			   "the contact, its positions, ratings, links and "
			   "holders; what others wrote stays"),
		.flags = erase_flags},
	{.noun = "hub",
		.verb = "erasures",
		.arguments = "[ORDER]",
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_erasures,
		.help = N_("what was erased, and which devices have not "
			   "confirmed; of one order, its certificate"),
		.flags = erasures_flags},
	{.noun = "erasure",
		.verb = "verify",
		.arguments = "FILE",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NOTHING,
		.node_flag = "own-company",
		.run = run_verify,
		.takes_file = true,
		.help = N_("checks a certificate of erasure"),
		.flags = verify_flags},
	{0},
};
