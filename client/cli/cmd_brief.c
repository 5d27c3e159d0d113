/* roadbook account brief. */

#include <stdlib.h>

#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/output.h"
#include "client/method/brief.h"
#include "proto/schema_roadbook.h"

static const char *
figure_in(const json_t *json, const char *name, char text[FIGURE_TEXT_SIZE])
{
	const json_t *bp = json_object_get(json, name);
	struct figure figure = {
		.known = json_is_integer(bp), .bp = json_integer_value(bp)};

	figure_text(figure, text);
	return text;
}

static const char *
or_dash(const char *text)
{
	return *text ? text : "–";
}

static void
print_heading(struct cli *cli, const json_t *brief)
{
	const json_t *a = json_object_get(brief, "account");
	const json_t *bus = json_object_get(a, "bus_factor");
	char one[FIGURE_TEXT_SIZE], two[FIGURE_TEXT_SIZE];
	char factor[FIGURE_TEXT_SIZE];

	if (json_is_integer(bus))
		(void)snprintf(factor, sizeof factor, "%lld",
			(long long)json_integer_value(bus));
	else
		(void)snprintf(factor, sizeof factor, "–");
	output_format(cli->out, "%s\n  %s  %s\n", output_member(a, "name"),
		output_member(a, "id"), output_member(a, "territory"));
	output_format(cli->out, T("  tier: %s; owner: %s\n"),
		tell_label(TYPE_ACCOUNT, "tier", output_member(a, "tier")),
		or_dash(output_member(a, "owner")));
	output_format(cli->out,
		T("  last visit: %s, due %s (%s of the interval)\n"),
		or_dash(output_member(a, "last_visit")),
		or_dash(output_member(a, "due_on")),
		figure_in(a, "overdue_bp", one));
	output_format(cli->out,
		T("  coverage: %s; bus factor: %s; known: %s\n"),
		figure_in(a, "coverage_bp", one), factor,
		figure_in(a, "score_bp", two));
}

static bool
run_brief(struct cli *cli)
{
	uint8_t id[ID_BYTES];
	char *text;
	int32_t as_of;
	json_t *brief;

	if (!cli_as_of(cli, &as_of) || !cli_account(cli, cli->args[0], id))
		return false;
	brief = brief_json(cli->node, id, as_of, &cli->problem);
	if (!brief)
		return false;
	if (cli->json) {
		output_json(cli->out, brief);
		return true;
	}
	print_heading(cli, brief);
	for (int s = 0; s < BRIEF_SECTIONS; s++) {
		text = brief_text(brief, (enum brief_section)s);
		if (*text) {
			output_format(cli->out, "\n%s\n",
				brief_title((enum brief_section)s));
			output_text(cli->out, text, true);
		}
		free(text);
	}
	(void)fputc('\n', cli->out);
	figures_frame(cli, brief);
	json_decref(brief);
	return true;
}

static const struct command_flag brief_flags[] = {
	{"as-of", "YYYY-MM-DD", N_("as it stands on that day (today)")},
	{NULL, NULL, NULL},
};

const struct command brief_commands[] = {
	{.noun = "account",
		.verb = "brief",
		.arguments = "ACCOUNT",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_brief,
		.help = N_(
			"what to know before going there, or taking it over"),
		.flags = brief_flags},
	{0},
};
