#include "client/cli/entered_text.h"

#include <string.h>

#include "client/node/entered.h"

/* A bound of the window: when, why, and by whose clock. */
static void
print_bound(struct cli *cli, const char *label, const json_t *bound,
	const char *why)
{
	char time[RECORD_TIME_SIZE];

	record_text_time(output_member(bound, "at"), time);
	output_format(cli->out, T("  %s %s: %s (clock of %s)\n"), label, time,
		why, output_member(bound, "by"));
}

static void
print_here(struct cli *cli, const json_t *here)
{
	char time[RECORD_TIME_SIZE];

	if (!json_is_object(here))
		return;
	record_text_time(output_member(here, "at"), time);
	if (strcmp(output_member(here, "how"), "written") == 0)
		output_format(
			cli->out, T("  signed on this device %s\n"), time);
	else
		output_format(cli->out,
			T("  received on this device %s, by its own clock\n"),
			time);
}

static const char *
why_after(const json_t *bound)
{
	const char *why = output_member(bound, "why");

	if (strcmp(why, "grant") == 0)
		return T("device and grant are from then");
	return strcmp(why, "told") == 0
		? T("head office had told them this time")
		: T("they had seen what was written then");
}

static void
print_window(struct cli *cli, const json_t *entered)
{
	const json_t *after = json_object_get(entered, "not_before");
	const json_t *before = json_object_get(entered, "not_after");
	const json_t *back = json_object_get(entered, "clock_back_minutes");
	char time[RECORD_TIME_SIZE];

	record_text_time(output_member(entered, "claimed"), time);
	output_format(cli->out,
		T("\nEntered\n  %s by %s, by their own clock\n"), time,
		output_member(entered, "user"));
	if (json_is_object(after))
		print_bound(cli, T("not before"), after, why_after(after));
	if (json_is_object(before))
		print_bound(cli, T("not after"), before,
			T("it had been seen by then"));
	print_here(cli, json_object_get(entered, "here"));
	if (back)
		output_format(cli->out,
			T("  their clock had been set back, by %lld minutes or "
			  "more\n"),
			(long long)json_integer_value(back));
	if (json_object_get(entered, "last_edit")) {
		record_text_time(output_member(entered, "last_edit"), time);
		output_format(cli->out,
			T("  changed by them more than 48 hours later, last "
			  "%s\n"),
			time);
	}
}

bool
entered_show(struct cli *cli, const struct found_record *found)
{
	struct node *node = cli->node;
	struct territory *territory =
		node_territory_numbered(node, found->territory);
	struct entered_list list = {0};
	const struct entered *entered = NULL;
	bool loaded =
		territory && entered_load(node, territory, found->id, &list);
	json_t *record = NULL, *window;

	if (loaded)
		entered = entered_find(&list, found->id);
	window = entered ? entered_json(node, entered) : json_null();
	entered_clear(&list);
	if (loaded && cli->json) {
		record = node_record_json(node, found);
		loaded = record != NULL;
	}
	if (!loaded)
		problem_set(&cli->problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	if (record) {
		json_object_set(record, "entered", window);
		output_json(cli->out, record);
	} else if (loaded) {
		loaded = record_text_show(cli, found);
		if (loaded && json_is_object(window))
			print_window(cli, window);
	}
	json_decref(window);
	return loaded;
}
