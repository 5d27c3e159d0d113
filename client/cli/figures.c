#include "client/cli/figures.h"

#include <string.h>

#include "client/cli/output.h"
#include "client/node/list.h"
#include "client/node/peers.h"
#include "proto/schema_roadbook.h"

bool
cli_day(struct cli *cli, const char *flag, int32_t otherwise, int32_t *day)
{
	const char *text = cli_flag(cli, flag);
	char hint[64];

	*day = text ? day_of_text(text, strlen(text)) : otherwise;
	if (!text || *day != DAY_NONE)
		return true;
	problem_set(&cli->problem, EXIT_USAGE,
		T("--%s takes a day, not \"%s\""), flag, text);
	(void)snprintf(hint, sizeof hint, "--%s YYYY-MM-DD", flag);
	return problem_hint(&cli->problem, "%s", hint);
}

bool
cli_as_of(struct cli *cli, int32_t *as_of)
{
	int64_t now = node_now_ms();

	return cli_day(
		cli, "as-of", day_of_moment(now, node_offset(now)), as_of);
}

bool
cli_account(struct cli *cli, const char *text, uint8_t id[static ID_BYTES])
{
	struct found_record found;

	if (!node_find(cli->node, schema_type(cli->node->schema, TYPE_ACCOUNT),
		    text, &found, &cli->problem))
		return false;
	memcpy(id, found.id, ID_BYTES);
	return true;
}

/*
 * The day of the newest word of the user of an entry of `freshness`; NULL
 * where an earlier entry told it.
 */
static const char *
newest_of_user(const json_t *logs, size_t at)
{
	enum { DAY = 10 };
	const json_t *entry = json_array_get(logs, at);
	const char *user = output_member(entry, "user");
	const char *newest = output_member(entry, "last_change");
	size_t i;

	json_array_foreach(logs, i, entry)
	{
		const char *when = output_member(entry, "last_change");

		if (strcmp(output_member(entry, "user"), user) != 0)
			continue;
		if (i < at)
			return NULL;
		if (strncmp(when, newest, DAY) > 0)
			newest = when;
	}
	return newest;
}

/* This node's own affair, so not part of what is printed. */
static void
tell_hub_sync(struct cli *cli)
{
	json_t *peers = peers_json(cli->node), *peer;
	size_t i;

	json_array_foreach(peers, i, peer)
	{
		if (strcmp(output_member(peer, "peer"), "hub") == 0 &&
			*output_member(peer, "last_sync"))
			output_format(cli->err,
				T("last in step with head office: %.16s\n"),
				output_member(peer, "last_sync"));
	}
	json_decref(peers);
}

void
figures_frame(struct cli *cli, const json_t *frame)
{
	const json_t *scope = json_object_get(frame, "scope");
	const json_t *logs = json_object_get(frame, "freshness"), *entry;
	size_t i, told = 0;

	output_format(cli->out, T("as of %s; accounts: %lld, in"),
		output_member(frame, "as_of"),
		(long long)json_integer_value(
			json_object_get(scope, "accounts")));
	json_array_foreach(json_object_get(scope, "territories"), i, entry)
	{
		output_format(cli->out, "%s %s", i ? "," : "",
			json_string_value(entry));
	}
	output_format(cli->out, "%s", T("\nlast change of"));
	json_array_foreach(logs, i, entry)
	{
		const char *newest = newest_of_user(logs, i);

		if (newest)
			output_format(cli->out, "%s %s: %.10s",
				told++ ? "," : "", output_member(entry, "user"),
				newest);
	}
	output_format(cli->out, "%s\n", told ? "" : T(" nobody yet"));
	tell_hub_sync(cli);
}
