/* roadbook hub …: the duties of head office. */

#include <stdlib.h>
#include <string.h>

#include "client/cli/cmd_node.h"
#include "client/cli/cmd_quota.h"
#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/cli/unlock.h"
#include "client/node/folder.h"
#include "client/node/hub/hub.h"
#include "client/node/instant.h"
#include "client/node/serve.h"
#include "client/node/status.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static const struct command_flag init_flags[] = {
	{"company", "NAME", N_("name of the company")},
	{"admin", "LOGIN", N_("login of the first administrator (admin)")},
	{"root-file", "FILE",
		N_("where the company's root key goes (beside the folder)")},
	{"no-encrypt", NULL,
		N_("not encrypted: whoever has the disk reads everything")},
	{NULL, NULL, NULL},
};

static bool
run_init(struct cli *cli)
{
	char *dir = folder_of_node(cli->dir);
	struct hub_init_options options = {.dir = dir,
		.company = cli_flag(cli, "company"),
		.admin = cli_flag(cli, "admin"),
		.root_file = cli_flag(cli, "root-file")};
	uint8_t device[ID_BYTES];
	char text[ID_TEXT_SIZE];
	struct passphrase *passphrase = NULL;
	char *key = NULL;
	bool made = false, encrypted;

	if (!options.admin)
		options.admin = "admin";
	if (!options.company || !*options.company) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("the company needs a name"));
		problem_hint(&cli->problem, "--company NAME");
	} else if (unlock_new(cli, dir, false, &passphrase)) {
		options.passphrase = passphrase;
		made = hub_init(&options, &key, device, &cli->problem);
	}
	encrypted = passphrase != NULL;
	passphrase_free(passphrase);
	if (made)
		unlock_tell(cli, encrypted);
	if (made) {
		char *whole = realpath(key, NULL);

		id_format(text, device);
		if (cli->json)
			output_json(cli->out,
				json_pack("{s:s, s:s, s:s, s:b}", "company",
					options.company, "device", text, "key",
					whole ? whole : key, "encrypted",
					encrypted));
		else
			output_format(cli->out,
				T("%s has its hub in %s.\n"
				  "The company's root key is %s. It replaces "
				  "a lost or stolen hub, and nothing else "
				  "does: keep two copies, on paper or sticks "
				  "in a safe, and delete it here.\n"
				  "Next: roadbook hub territory add, hub user "
				  "add, hub invite, hub serve.\n"),
				options.company, dir, whole ? whole : key);
		free(whole);
	}
	free(key);
	free(dir);
	return made;
}

/* ---- territories ---- */

static const struct command_flag territory_flags[] = {
	{"management", NULL, N_("reps must not see it")},
	{NULL, NULL, NULL},
};

static bool
run_territory_add(struct cli *cli)
{
	uint8_t id[ID_BYTES];
	char text[ID_TEXT_SIZE], path[POLICY_PATH_MAX];

	if (!hub_order_as(cli->node, cli->as, &cli->problem) ||
		!hub_territory_add(cli->node, cli->args[0],
			cli_has_flag(cli, "management"), id, &cli->problem))
		return false;
	id_format(text, id);
	(void)policy_path(cli->node->policy, id, path);
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:s}", "territory", path, "id", text));
	else
		output_format(cli->out, T("territory %s\n"), path);
	return true;
}

static const char *
kind_name(int kind)
{
	return kind == POLICY_MANAGEMENT ? "management" : "field";
}

static bool
run_territory_list(struct cli *cli)
{
	const struct policy *policy = cli->node->policy;
	const struct policy_territory *t;
	json_t *list = json_array();
	struct table *table = table_new(2);

	table_cell(table, T("Territory"));
	table_cell(table, T("Kind"));
	for (uint32_t i = 0; (t = policy_territory_at(policy, i)); i++) {
		char path[POLICY_PATH_MAX], id[ID_TEXT_SIZE];

		if (t->kind == POLICY_DIRECTORY)
			continue;
		id_format(id, t->id);
		(void)policy_path(policy, t->id, path);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s}", "territory", path, "id",
				id, "kind", kind_name(t->kind)));
		table_cell(table, path);
		table_cell(table,
			t->kind == POLICY_MANAGEMENT ? T("management")
						     : T("field staff"));
	}
	output_list(cli, list, table);
	return true;
}

/* ---- users ---- */

static const struct command_flag user_flags[] = {
	{"name", "NAME", N_("the person's name")},
	{NULL, NULL, NULL},
};

static bool
run_user_add(struct cli *cli)
{
	const char *name = cli_flag(cli, "name");
	uint8_t id[ID_BYTES];
	char text[ID_TEXT_SIZE];
	json_t *json;

	if (!hub_order_as(cli->node, cli->as, &cli->problem) ||
		!hub_user_add(cli->node, cli->args[0], name, id, &cli->problem))
		return false;
	id_format(text, id);
	if (!cli->json) {
		output_format(cli->out, T("user %s\n"), cli->args[0]);
		return true;
	}
	json = json_pack("{s:s, s:s}", "user", cli->args[0], "id", text);
	if (name)
		json_object_set_new(json, "name", json_string(name));
	output_json(cli->out, json);
	return true;
}

static json_t *
grants_json(struct node *node, const uint8_t *user, char *text, size_t room)
{
	const struct policy_grant *g;
	json_t *list = json_array();
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++) {
		char path[POLICY_PATH_MAX];
		int n;

		if (memcmp(g->user, user, ID_BYTES) || g->ended)
			continue;
		(void)policy_path(node->policy, g->territory, path);
		json_array_append_new(list,
			json_pack("{s:s, s:s}", "territory", path, "role",
				status_role_code(g->role)));
		n = snprintf(text + used, room - used, "%s%s %s",
			used ? ", " : "", path, status_role_label(g->role));
		if (n > 0 && (size_t)n < room - used)
			used += (size_t)n;
	}
	return list;
}

static bool
run_user_list(struct cli *cli)
{
	const struct policy_user *u;
	json_t *list = json_array();
	struct table *table = table_new(3);

	table_cell(table, T("Login"));
	table_cell(table, T("Name"));
	table_cell(table, T("Grants"));
	for (uint32_t i = 0; (u = policy_user_at(cli->node->policy, i)); i++) {
		char id[ID_TEXT_SIZE], grants[512];
		json_t *user = json_object();

		id_format(id, u->id);
		json_object_set_new(user, "user", json_string(u->login));
		json_object_set_new(user, "id", json_string(id));
		if (*u->name)
			json_object_set_new(user, "name", json_string(u->name));
		json_object_set_new(user, "grants",
			grants_json(cli->node, u->id, grants, sizeof grants));
		json_array_append_new(list, user);
		table_cell(table, u->login);
		table_cell(table, u->name);
		table_cell(table, grants);
	}
	output_list(cli, list, table);
	return true;
}

/* ---- invitations, addresses ---- */

static const struct command_flag invite_flags[] = {
	{"territory", "PATH", N_("what they are granted")},
	{"role", "rep|manager|hq", N_("and as what (rep)")},
	{"url", "URL", N_("where their device reaches this hub")},
	{NULL, NULL, NULL},
};

static bool
run_invite(struct cli *cli)
{
	const char *urls[TOKEN_ADDRESSES_MAX];
	struct hub_invitation invitation = {.login = cli->args[0],
		.territory = cli_flag(cli, "territory"),
		.role = cli_flag(cli, "role"),
		.urls = urls};
	char token[TOKEN_TEXT_SIZE], expires[INSTANT_TEXT_SIZE];
	int64_t until =
		node_now_ms() + (int64_t)HUB_INVITATION_DAYS * 24 * 3600 * 1000;

	for (size_t i = 0; i < cli->flag_count; i++)
		if (!strcmp(cli->flags[i].name, "url") &&
			invitation.url_count < TOKEN_ADDRESSES_MAX)
			urls[invitation.url_count++] = cli->flags[i].value;
	if (!hub_order_as(cli->node, cli->as, &cli->problem) ||
		!hub_invite(cli->node, &invitation, token, &cli->problem))
		return false;
	instant_text(until, node_offset(until), expires);
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:s, s:s, s:s}", "token", token, "user",
				cli->args[0], "expires", expires));
	else
		(void)fprintf(cli->out, "%s\n", token);
	return true;
}

static bool
run_address_add(struct cli *cli)
{
	if (!hub_order_as(cli->node, cli->as, &cli->problem) ||
		!hub_address_add(cli->node, cli->args[0], &cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out, json_pack("{s:s}", "url", cli->args[0]));
	else
		output_format(cli->out, T("address %s\n"), cli->args[0]);
	return true;
}

static bool
run_address_list(struct cli *cli)
{
	const char *url;
	json_t *list = json_array();
	struct table *table = table_new(1);

	table_cell(table, T("Address"));
	for (uint32_t i = 0;
		(url = policy_hub_address_at(cli->node->policy, i)); i++) {
		json_array_append_new(list, json_pack("{s:s}", "url", url));
		table_cell(table, url);
	}
	output_list(cli, list, table);
	return true;
}

static bool
run_status(struct cli *cli)
{
	status_print(cli, status_json(cli->node, true));
	return true;
}

static const struct command_flag serve_flags[] = {
	{"listen", "URL", N_("where devices reach it (tcp://0.0.0.0:7447)")},
	{NULL, NULL, NULL},
};

static bool
run_serve(struct cli *cli)
{
	const char *listen = cli_flag(cli, "listen");

	if (!cli->node->hub) {
		problem_set(&cli->problem, EXIT_REFUSED,
			T("only head office's node does that"));
		return problem_hint(&cli->problem, "roadbook serve");
	}
	return serve_command(
		cli, listen ? listen : "tcp://0.0.0.0:7447", false);
}

#define HUB_ONLY(name)                                                         \
	static bool name##_at_hub(struct cli *cli)                             \
	{                                                                      \
		if (cli->node->hub)                                            \
			return name(cli);                                      \
		return problem_set(&cli->problem, EXIT_REFUSED,                \
			T("only head office's node does that"));               \
	}

HUB_ONLY(run_status)

const struct command hub_commands[] = {
	{.noun = "hub",
		.verb = "init",
		.arguments = "",
		.needs = NEEDS_NOTHING,
		.run = run_init,
		.help = N_("make the company and its hub in a new folder"),
		.flags = init_flags},
	{.noun = "hub",
		.verb = "serve",
		.arguments = "",
		.needs = NEEDS_OWN,
		.run = run_serve,
		.help = N_("run the hub until SIGTERM"),
		.flags = serve_flags},
	{.noun = "hub territory",
		.verb = "add",
		.arguments = "PATH",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_territory_add,
		.help = N_("add a territory, its parents too"),
		.flags = territory_flags},
	{.noun = "hub territory",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_territory_list,
		.help = N_("all territories")},
	{.noun = "hub user",
		.verb = "add",
		.arguments = "LOGIN",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_user_add,
		.help = N_("add a person"),
		.flags = user_flags},
	{.noun = "hub user",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_user_list,
		.help = N_("all people and what they are granted")},
	{.noun = "hub",
		.verb = "invite",
		.arguments = "LOGIN",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_invite,
		.help = N_("grant a territory and print an invitation for a "
			   "device"),
		.flags = invite_flags},
	{.noun = "hub address",
		.verb = "add",
		.arguments = "URL",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_address_add,
		.help = N_("record where devices reach this hub")},
	{.noun = "hub address",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_address_list,
		.help = N_("where devices reach the hub")},
	{.noun = "hub",
		.verb = "status",
		.arguments = "",
		.needs = NEEDS_HUB,
		.run = run_status_at_hub,
		.help = N_("how the hub stands")},
	{.noun = "hub quota",
		.verb = "list",
		.arguments = "",
		.needs = NEEDS_HUB,
		.run = quota_list_command,
		.help = N_("what devices pushed today, and may")},
	{.noun = "hub quota",
		.verb = "set",
		.arguments = "DEVICE",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = quota_set_command,
		.help = N_("let a device push more in a day, or less"),
		.flags = quota_set_flags},
	{0},
};
