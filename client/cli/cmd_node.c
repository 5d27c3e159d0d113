/* roadbook init, serve, sync, status. */

#include "client/cli/cmd_node.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/unlock.h"
#include "client/node/enrol.h"
#include "client/node/folder.h"
#include "client/node/hub/hub.h"
#include "client/node/inbox.h"
#include "client/node/keys.h"
#include "client/node/leased.h"
#include "client/node/peers.h"
#include "client/node/serve.h"
#include "client/node/status.h"
#include "client/page/page.h"
#include "sync/alloc.h"

/* ---- init ---- */

static json_t *
granted_paths(struct node *node)
{
	const struct policy_grant *g;
	json_t *list = json_array();

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++) {
		char path[POLICY_PATH_MAX];

		if (!memcmp(g->user, node->user, ID_BYTES) && !g->ended &&
			g->role != ROLE_ADMIN)
			json_array_append_new(list,
				json_string(policy_path(
					node->policy, g->territory, path)));
	}
	return list;
}

static void
print_enrolled(struct cli *cli, struct node *node, const char *login)
{
	json_t *territories = granted_paths(node);
	char device[ID_TEXT_SIZE];
	json_t *path;
	size_t i;

	id_format(device, node->device);
	if (cli->json) {
		output_json(cli->out,
			json_pack("{s:s, s:s, s:o, s:b}", "user", login,
				"device", device, "territories", territories,
				"encrypted", node->keys->sealed));
		return;
	}
	output_format(cli->out, T("this is a device of %s now\n"), login);
	json_array_foreach(territories, i, path)
	{
		output_format(cli->out, "  %s\n", json_string_value(path));
	}
	output_format(cli->out, T("Next: roadbook sync\n"));
	json_decref(territories);
}

static const struct command_flag init_flags[] = {
	{"name", "NAME", N_("name of this device (the machine's)")},
	{"no-encrypt", NULL,
		N_("not encrypted: whoever has the disk reads everything")},
	{NULL, NULL, NULL},
};

static bool
run_init(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	const char *name = cli_flag(cli, "name");
	const char *token = cli->args[0];
	char machine[256] = "", login[64] = "";
	struct node *node = NULL;
	struct problem unused;
	struct passphrase *passphrase = NULL;
	bool done;

	/* A machine's own name is taken when it is one for people, too. */
	if (!name && gethostname(machine, sizeof machine - 1) == 0 &&
		hub_name_valid(machine, &unused))
		name = machine;
	if (strcmp(token, "-") == 0)
		token = cli->input ? cli->input : "";
	done = (!name || hub_name_valid(name, &cli->problem)) &&
		enrol_token_valid(token, &cli->problem) &&
		unlock_new(cli, dir, true, &passphrase) &&
		node_enrol(dir, token, name ? name : "", passphrase, &node,
			login, sizeof login, &cli->problem);
	if (done)
		print_enrolled(cli, node, login);
	if (done)
		unlock_tell(cli, passphrase != NULL);
	node_close(node);
	passphrase_free(passphrase);
	free(dir);
	return done;
}

/* ---- serve ---- */

static long long
number_of(json_t *object, const char *name)
{
	return (long long)json_integer_value(json_object_get(object, name));
}

/* How long it still opens without head office. */
static void
print_lease(struct cli *cli, json_t *lease)
{
	if (!json_is_object(lease))
		return;
	output_format(cli->out,
		strcmp(output_member(lease, "then"), "wipe") == 0
			? T("lease: %lld days left; then it locks, and erases "
			    "itself later, unless head office or a colleague "
			    "is met\n")
			: T("lease: %lld days left; then it locks, unless head "
			    "office or a colleague is met\n"),
		number_of(lease, "days_left"));
}

static void
print_listening(void *self, const char *actual)
{
	struct cli *cli = self;
	char link[PAGE_LINK_SIZE];

	if (*actual)
		(void)fprintf(cli->out, "listening %s\n", actual);
	else
		(void)fprintf(cli->out, "%s\n", T("running"));
	if (page_current()) {
		page_link(page_current(), link);
		(void)fprintf(cli->out, "page %s\n", link);
	}
	if (!cli->node->hub) {
		json_t *lease = leased_json(cli->node);

		print_lease(cli, lease);
		json_decref(lease);
	}
	(void)fflush(cli->out); /* whoever started us waits for it */
}

/* Times are typed and shown in the zone of whoever asks; NULL: the system's. */
static void
set_zone(const char *zone)
{
	if (zone)
		(void)setenv("TZ", zone, 1); /* no memory: it stays as it is */
	else
		(void)unsetenv("TZ");
	tzset();
}

enum exit_code
answer_other(
	void *self, const struct local_request *request, FILE *out, FILE *err)
{
	struct cli *serving = self;
	struct cli cli = {.out = out,
		.err = err,
		.cwd = request->cwd,
		.input = request->input,
		.input_size = request->input_size,
		.served = true,
		.node = serving->node};
	enum language own = text_language();
	const char *zone = getenv("TZ");
	char *own_zone = zone ? alloc_copy(zone, strlen(zone) + 1) : NULL;
	enum exit_code code;

	text_set_language(request->language);
	set_zone(request->zone);
	code = cli_run(&cli, request->argc, request->argv);
	set_zone(own_zone);
	free(own_zone);
	text_set_language(own);
	memset(serving->node->ordered_by, 0, ID_BYTES);
	return code;
}

static bool
serve_beside(struct cli *cli, const char *listen, bool sync,
	const struct serve_side *side)
{
	struct serve_options options = {.node = cli->node,
		.listen = listen,
		.sync = sync,
		.side = side,
		.run = answer_other,
		.run_self = cli,
		.listening = print_listening,
		.listening_self = cli};

	return serve_run(&options, &cli->problem);
}

bool
serve_command(struct cli *cli, const char *listen, bool sync)
{
	return serve_beside(cli, listen, sync, NULL);
}

static const struct command_flag serve_flags[] = {
	{"listen", "URL", N_("where peers reach this node (nowhere)")},
	{"http", "127.0.0.1:PORT",
		N_("where the page is served (the system picks a port)")},
	{NULL, NULL, NULL},
};

static bool
run_serve(struct cli *cli)
{
	const char *http = cli_flag(cli, "http");
	struct page_options options = {
		.node = cli->node, .run = answer_other, .run_self = cli};
	struct serve_side side = {.turn = page_turn};
	struct page *page;
	bool served;

	if (http && !page_read_address(http, &options.port, &cli->problem))
		return false;
	page = page_new(&options, &cli->problem);
	if (!page)
		return false;
	side.self = page;
	side.descriptor = page_descriptor(page);
	served = serve_beside(cli, cli_flag(cli, "listen"), true, &side);
	page_free(page);
	return served;
}

/* ---- open ---- */

static bool
run_open(struct cli *cli)
{
	char link[PAGE_LINK_SIZE];

	if (!page_current()) {
		problem_set(&cli->problem, EXIT_NOT_FOUND,
			T("this node serves no page now"));
		return problem_hint(&cli->problem, "roadbook serve");
	}
	page_link(page_current(), link);
	if (cli->json)
		output_json(cli->out, json_pack("{s:s}", "link", link));
	else
		(void)fprintf(cli->out, "%s\n", link);
	return true;
}

/* ---- sync ---- */

json_t *
traffic_json(const struct session_traffic *traffic)
{
	return json_pack("{s:I, s:I, s:I}", "changes",
		(json_int_t)traffic->changes, "segments",
		(json_int_t)traffic->segments, "bytes",
		(json_int_t)traffic->bytes);
}

static void
print_synced(struct cli *cli, const struct peer_result *result)
{
	const struct session_report *r = &result->report;
	uint64_t conflicts = node_conflict_count(cli->node);

	if (cli->json) {
		json_t *json = json_pack("{s:s, s:I, s:o, s:o, s:I}", "peer",
			result->peer, "round_trips", (json_int_t)r->round_trips,
			"sent", traffic_json(&r->sent), "received",
			traffic_json(&r->received), "conflicts",
			(json_int_t)conflicts);

		/* Trouble only: who reads this sees at once that there is. */
		if (r->refused)
			json_object_set_new(
				json, "refused", json_integer(r->refused));
		if (r->forks)
			json_object_set_new(
				json, "forks", json_integer(r->forks));
		output_json(cli->out, json);
		return;
	}
	output_format(cli->out,
		T("in step with %s; changes sent: %llu, received: %llu\n"),
		result->peer, (unsigned long long)r->sent.changes,
		(unsigned long long)r->received.changes);
	if (conflicts)
		output_format(cli->out,
			T("conflicts to be settled: %llu (roadbook "
			  "conflicts)\n"),
			(unsigned long long)conflicts);
	if (r->refused)
		output_format(cli->err,
			T("note: %u segments were not taken by the other "
			  "side\n"),
			r->refused);
	if (r->forks)
		output_format(cli->err,
			T("note: %u logs stand differently there: a device "
			  "was copied or restored\n"),
			r->forks);
}

static const struct command_flag sync_flags[] = {
	{"watch", NULL, N_("stay, and exchange at once what moves")},
	{NULL, NULL, NULL},
};

static bool
run_sync(struct cli *cli)
{
	const char *url = cli->arg_count ? cli->args[0] : NULL;
	struct peers *peers = serve_peers();
	struct peers *own = NULL;
	struct peer_result *result;
	bool done = false;

	if (cli_has_flag(cli, "watch"))
		return watch_command(cli, url);
	result = alloc(sizeof *result);
	if (!peers)
		peers = own = peers_new(cli->node, &cli->problem);
	if (peers)
		done = peers_sync(peers, url, result, &cli->problem);
	if (done)
		print_synced(cli, result);
	peers_free(own);
	free(result);
	return done;
}

/* ---- status ---- */

static void
print_territory(struct cli *cli, json_t *t)
{
	json_t *waiting = json_object_get(t, "waiting"), *w;
	json_int_t pending = json_integer_value(json_object_get(t, "pending"));
	size_t i;

	output_format(cli->out, "%s  %s", output_member(t, "territory"),
		output_member(t, "role"));
	if (pending)
		output_format(cli->out, T("  %lld changes only here"),
			(long long)pending);
	(void)fputc('\n', cli->out);
	json_array_foreach(waiting, i, w)
	{
		output_format(cli->out,
			T("  waiting: %lld changes of %s: %s\n"),
			(long long)json_integer_value(
				json_object_get(w, "changes")),
			output_member(w, "user"), output_member(w, "why"));
	}
}

static void
print_peer(struct cli *cli, json_t *peer)
{
	const char *when = output_member(peer, "last_sync");
	const char *error = output_member(peer, "error");

	output_format(cli->out, T("%s %s: last in step %s, %lld to send"),
		output_member(peer, "peer"), output_member(peer, "url"),
		*when ? when : T("never"),
		(long long)json_integer_value(
			json_object_get(peer, "to_send")));
	if (*error)
		output_format(cli->out, " (%s)", error);
	(void)fputc('\n', cli->out);
}

/* Of the hub: who knocked, and what is allowed. */
static void
print_limits(struct cli *cli, json_t *status)
{
	json_t *counts = json_object_get(status, "connections"), *limit;
	struct table *table = table_new(3);
	size_t i;

	if (counts)
		output_format(cli->out,
			T("connections: %lld, of them proven: %lld, failed "
			  "handshakes: %lld, not of this company: %lld, turned "
			  "away: %lld\n"),
			number_of(counts, "arrived"),
			number_of(counts, "proved"),
			number_of(counts, "failed"),
			number_of(counts, "not_ours"),
			number_of(counts, "turned_away"));
	table_cell(table, T("Limit"));
	table_cell(table, T("Now"));
	table_cell(table, T("Most"));
	json_array_foreach(json_object_get(status, "limits"), i, limit)
	{
		char most[24], now[24] = "";

		(void)snprintf(
			most, sizeof most, "%lld", number_of(limit, "most"));
		if (!json_is_null(json_object_get(limit, "now")))
			(void)snprintf(now, sizeof now, "%lld",
				number_of(limit, "now"));
		table_cell(table, output_member(limit, "label"));
		table_cell(table, now);
		table_cell(table, most);
	}
	table_print(table, cli->out);
}

void
status_print(struct cli *cli, json_t *status)
{
	json_t *item;
	size_t i;

	if (cli->json) {
		output_json(cli->out, status);
		return;
	}
	output_format(cli->out, T("user %s, device %s\n"),
		output_member(status, "user"), output_member(status, "device"));
	if (json_is_true(json_object_get(status, "restoring")))
		output_format(cli->out, "%s\n",
			T("being restored: it takes back the directory and "
			  "writes nothing, until hub restore --done"));
	if (json_is_true(json_object_get(status, "replaced")))
		output_format(cli->out, "%s\n",
			T("replaced by another machine: nobody takes its word "
			  "any more"));
	if (*output_member(status, "issuing_key_until"))
		output_format(cli->out, T("the issuing key holds until %s\n"),
			output_member(status, "issuing_key_until"));
	if (*output_member(status, "listening"))
		output_format(cli->out, T("listening at %s\n"),
			output_member(status, "listening"));
	print_lease(cli, json_object_get(status, "lease"));
	if (number_of(status, "unplaced"))
		output_format(cli->out,
			T("written while it was locked, and not taken over: "
			  "%lld (roadbook letters list)\n"),
			number_of(status, "unplaced"));
	json_array_foreach(json_object_get(status, "territories"), i, item)
	{
		print_territory(cli, item);
	}
	json_array_foreach(json_object_get(status, "peers"), i, item)
	{
		print_peer(cli, item);
	}
	output_format(cli->out, T("%lld conflicts\n"),
		(long long)json_integer_value(
			json_object_get(status, "conflicts")));
	if (json_object_get(status, "limits"))
		print_limits(cli, status);
	json_decref(status);
}

static bool
run_status(struct cli *cli)
{
	status_print(cli, status_json(cli->node, cli->node->hub));
	return true;
}

const struct command node_commands[] = {
	{.noun = "init",
		.arguments = "TOKEN",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_NOTHING,
		.run = run_init,
		.help = N_(
			"enrol this device with an invitation (-: from stdin)"),
		.flags = init_flags,
		.reads_input = true},
	{.noun = "sync",
		.arguments = "[URL]",
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_sync,
		.help = N_("exchange what is new with the hub, or with a peer"),
		.flags = sync_flags},
	{.noun = "status",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_status,
		.help = N_("how this node stands: what waits, and why")},
	{.noun = "serve",
		.arguments = "",
		.needs = NEEDS_OWN,
		.run = run_serve,
		.help = N_(
			"run in the background: listen to peers, keep in step "
			"with the hub"),
		.flags = serve_flags},
	{.noun = "open",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_open,
		.help = N_("a link that opens this node's page, once")},
	{0},
};
