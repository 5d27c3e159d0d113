/* roadbook letters list, drop. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/record_text.h"
#include "client/node/unplaced.h"
#include "sync/alloc.h"

/* As it would be typed again. */
static char *
line_of(json_t *words)
{
	char *line = alloc_copy("roadbook", sizeof "roadbook");
	json_t *word;
	size_t i;

	json_array_foreach(words, i, word)
	{
		const char *text = json_string_value(word);
		bool plain = text && *text &&
			!strpbrk(text, " \t\n\"'\\$`*?&;|<>()");
		char *longer = NULL;

		if (asprintf(&longer, plain ? "%s %s" : "%s '%s'", line,
			    text ? text : "") < 0)
			alloc_failed();
		free(line);
		line = longer;
	}
	return line;
}

static bool
run_list(struct cli *cli)
{
	json_t *list = unplaced_json(cli->node), *item;
	struct table *table = table_new(4);
	size_t i;

	table_cell(table, T("Number"));
	table_cell(table, T("Time"));
	table_cell(table, T("What"));
	table_cell(table, T("Why"));
	json_array_foreach(list, i, item)
	{
		char number[24], time[RECORD_TIME_SIZE];
		char *line = line_of(json_object_get(item, "command"));

		(void)snprintf(number, sizeof number, "%lld",
			(long long)json_integer_value(
				json_object_get(item, "number")));
		record_text_time(output_member(item, "at"), time);
		table_cell(table, number);
		table_cell(table, time);
		table_cell(table, line);
		table_cell(table, output_member(item, "why"));
		free(line);
	}
	output_list(cli, list, table);
	return true;
}

static bool
run_drop(struct cli *cli)
{
	const char *text = cli->args[0];
	long long number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end || errno || number < 1)
		return problem_set(&cli->problem, EXIT_USAGE,
			T("%s is no number of a letter"), text);
	if (!unplaced_drop(cli->node, number, &cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I}", "dropped", (json_int_t)number));
	else
		output_format(
			cli->out, T("letter %lld is forgotten\n"), number);
	return true;
}

const struct command letters_commands[] = {
	{.noun = "letters",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_list,
		.help = N_("what was written while this device was locked, and "
			   "could not be taken over")},
	{.noun = "letters",
		.verb = "drop",
		.arguments = "NUMBER",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_drop,
		.help = N_("forget one of these, when it was written anew")},
	{0},
};
