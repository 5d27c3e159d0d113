/* roadbook sync --watch: stays, and tells what came and went. */

#include <string.h>

#include "client/cli/cmd_node.h"
#include "client/cli/output.h"
#include "client/node/inbox.h"
#include "client/node/serve.h"

enum { MS_PER_S = 1000 };

static void
print_line(struct cli *cli, json_t *json)
{
	/* One document a line, for whoever reads it line by line. */
	(void)json_dumpf(json, cli->out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	(void)fputc('\n', cli->out);
	json_decref(json);
}

static void
print_in_step(struct cli *cli, const struct serve_event *event)
{
	uint64_t conflicts = node_conflict_count(cli->node);
	bool first = event->kind == SERVE_IN_STEP;

	if (cli->json) {
		print_line(cli,
			json_pack("{s:s, s:s, s:b, s:o, s:o, s:I}", "event",
				first ? "in_step" : "moved", "peer",
				event->result->peer, "live", event->live,
				"sent", traffic_json(&event->sent), "received",
				traffic_json(&event->received), "conflicts",
				(json_int_t)conflicts));
		return;
	}
	output_format(cli->out,
		T("in step with %s; changes sent: %llu, received: %llu\n"),
		event->result->peer, (unsigned long long)event->sent.changes,
		(unsigned long long)event->received.changes);
	if (first && !event->live)
		output_format(cli->out,
			T("it cannot tell what moves: it is asked every few "
			  "minutes\n"));
	if (conflicts && (first || event->received.changes))
		output_format(cli->out,
			T("conflicts to be settled: %llu (roadbook "
			  "conflicts)\n"),
			(unsigned long long)conflicts);
}

static void
print_lost(struct cli *cli, const struct serve_event *event)
{
	const struct peer_result *result = event->result;
	const char *why = T("the connection ended");

	if (result->unreachable)
		why = T("it does not answer");
	else if (result->report.problem != SESSION_FINE)
		why = T(peers_problem_text(result->report.problem));
	if (cli->json)
		print_line(cli,
			json_pack("{s:s, s:s, s:s, s:I}", "event", "lost",
				"url", event->url, "error", why, "retry_ms",
				(json_int_t)event->retry_ms));
	else
		output_format(cli->out, T("%s: %s; again in %lld s\n"),
			event->url, why,
			(long long)(event->retry_ms / MS_PER_S + 1));
}

static bool
print_event(void *self, const struct serve_event *event)
{
	struct cli *cli = self;

	if (event->kind == SERVE_LOST)
		print_lost(cli, event);
	else
		print_in_step(cli, event);
	/* Nobody reads it any more: that is the end of it. */
	return fflush(cli->out) == 0;
}

/* The process that serves the node watches the hub; it cannot do two things. */
static bool
watched_already(struct cli *cli, const char *url)
{
	if (url) {
		problem_set(&cli->problem, EXIT_LOCKED,
			T("the node that runs here keeps in step with the hub "
			  "alone"));
		return problem_hint(&cli->problem, "roadbook sync %s", url);
	}
	if (cli->json)
		print_line(cli,
			json_pack("{s:s, s:b}", "event", "served", "live",
				serve_live()));
	else if (serve_live())
		output_format(cli->out,
			T("the node that runs here watches the hub already\n"));
	else
		output_format(cli->out,
			T("the node that runs here will watch the hub as soon "
			  "as it answers\n"));
	return true;
}

bool
watch_command(struct cli *cli, const char *url)
{
	struct serve_options options = {.node = cli->node,
		.sync = true,
		.url = url,
		.heard = print_event,
		.heard_self = cli,
		.run = answer_other,
		.run_self = cli};
	char **urls;

	if (!url) {
		urls = peers_hub_urls_known(cli->node, &cli->problem);
		if (!urls)
			return false;
		peers_free_urls(urls);
	}
	if (cli->served)
		return watched_already(cli, url);
	return serve_run(&options, &cli->problem);
}
