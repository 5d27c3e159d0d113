/* roadbook hub grant, end-grant, revoke, users, devices. */

#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/people.h"
#include "client/node/hub/revoke.h"
#include "client/node/status.h"

static struct hub_grant
grant_of(const struct cli *cli)
{
	return (struct hub_grant){.login = cli->args[0],
		.territory = cli_flag(cli, "territory"),
		.role = cli_flag(cli, "role"),
		.until = cli_flag(cli, "until")};
}

static void
print_grants(FILE *out, json_t *grants)
{
	json_t *g;
	size_t i;

	json_array_foreach(grants, i, g)
	{
		output_format(out, "  %s %s", output_member(g, "territory"),
			output_member(g, "role"));
		if (*output_member(g, "until"))
			output_format(out, T(", until %s"),
				output_member(g, "until"));
		if (*output_member(g, "ending"))
			output_format(out, T(", ending"));
		(void)fputc('\n', out);
	}
}

/* What the user has now. */
static bool
print_user(struct cli *cli)
{
	const char *login = cli->args[0];
	const struct policy_user *user =
		policy_user_login(cli->node->policy, login);
	json_t *grants = people_grants_json(cli->node, user->id);

	if (cli->json) {
		output_json(cli->out,
			json_pack(
				"{s:s, s:o}", "user", login, "grants", grants));
		return true;
	}
	output_format(cli->out, T("grants of %s:\n"), login);
	print_grants(cli->out, grants);
	json_decref(grants);
	return true;
}

static const struct command_flag grant_flags[] = {
	{"territory", "PATH", N_("what they are granted")},
	{"role", "rep|manager|hq|admin", N_("and as what (rep)")},
	{"until", "DATE", N_("the day on which it ends")},
	{NULL, NULL, NULL},
};

static bool
run_grant(struct cli *cli)
{
	struct hub_grant grant = grant_of(cli);

	return hub_order_as(cli->node, cli->as, &cli->problem) &&
		hub_grant(cli->node, &grant, &cli->problem) && print_user(cli);
}

static const struct command_flag end_flags[] = {
	{"territory", "PATH", N_("the territory of the grant (any)")},
	{"role", "rep|manager|hq|admin", N_("the role of the grant (any)")},
	{"now", NULL, N_("do not wait for what their devices still have")},
	{NULL, NULL, NULL},
};

static bool
run_end_grant(struct cli *cli)
{
	struct hub_grant grant = grant_of(cli);
	uint32_t count;

	if (!grant.territory && !grant.role) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("which of their grants is to end?"));
		return problem_hint(
			&cli->problem, "--territory PATH, --role ROLE");
	}
	return hub_order_as(cli->node, cli->as, &cli->problem) &&
		hub_end_grant(cli->node, &grant, cli_has_flag(cli, "now"),
			&count, &cli->problem) &&
		print_user(cli);
}

static const struct command_flag revoke_flags[] = {
	{"stolen", NULL, N_("do not wait for what it still has")},
	{"reason", "left|lost|stolen|replaced|copied|other",
		N_("why; every colleague's device can read it")},
	{NULL, NULL, NULL},
};

static bool
run_revoke(struct cli *cli)
{
	struct hub_revocation revocation = {.who = cli->args[0],
		.stolen = cli_has_flag(cli, "stolen"),
		.reason = cli_flag(cli, "reason")};
	uint32_t count;

	if (!hub_order_as(cli->node, cli->as, &cli->problem) ||
		!hub_revoke(cli->node, &revocation, &count, &cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I}", "revoked", (json_int_t)count));
	else
		output_format(cli->out, T("devices shut out: %u\n"), count);
	return true;
}

/* ---- who there is ---- */

static void
join_grants(json_t *grants, char *out, size_t room)
{
	size_t used = 0, i;
	json_t *g;

	out[0] = '\0';
	json_array_foreach(grants, i, g)
	{
		const char *until = output_member(g, "until");
		int n = snprintf(out + used, room - used, "%s%s %s%s%s%s",
			used ? ", " : "", output_member(g, "territory"),
			output_member(g, "role"), *until ? " → " : "", until,
			*output_member(g, "ending") ? T(" (ending)") : "");

		if (n < 0 || (size_t)n >= room - used)
			return; /* the table cuts it anyway */
		used += (size_t)n;
	}
}

static bool
run_users(struct cli *cli)
{
	static const char *const titles[] = {N_("Login"), N_("Name"),
		N_("Grants"), N_("Devices"), N_("Last seen")};
	json_t *list = people_users_json(cli->node), *user;
	struct table *table =
		table_titled(titles, sizeof titles / sizeof *titles);
	size_t i;

	json_array_foreach(list, i, user)
	{
		char grants[512], devices[64];
		int revoked = (int)json_integer_value(
			json_object_get(user, "revoked"));

		join_grants(
			json_object_get(user, "grants"), grants, sizeof grants);
		(void)snprintf(devices, sizeof devices, "%d",
			(int)json_integer_value(
				json_object_get(user, "devices")) -
				revoked);
		table_cell(table, output_member(user, "user"));
		table_cell(table, output_member(user, "name"));
		table_cell(table, grants);
		table_cell(table, devices);
		table_cell(table, output_member(user, "last_seen"));
	}
	output_list(cli, list, table);
	return true;
}

static const char *
device_state(const json_t *device)
{
	if (json_is_object(json_object_get(device, "erased")))
		return T("erased");
	if (json_is_true(json_object_get(device, "stolen")))
		return T("stolen");
	return json_is_true(json_object_get(device, "revoked")) ? T("shut out")
								: "";
}

/* Nothing where nothing is owed. */
static const char *
drained_text(const json_t *device)
{
	const json_t *drained = json_object_get(device, "drained");

	if (!json_is_boolean(drained))
		return "";
	return json_is_true(drained) ? T("yes") : T("not yet");
}

static bool
run_devices(struct cli *cli)
{
	static const char *const titles[] = {N_("Device"), N_("User"),
		N_("Name"), N_("State"), N_("Last seen"), N_("Last sync"),
		N_("Silent, days"), N_("Drained")};
	json_t *list = people_devices_json(cli->node), *device;
	struct table *table =
		table_titled(titles, sizeof titles / sizeof *titles);
	size_t i;

	json_array_foreach(list, i, device)
	{
		const char *id = output_member(device, "device");
		const json_t *silent = json_object_get(device, "silent_days");
		char days[32] = "";

		if (json_is_integer(silent))
			(void)snprintf(days, sizeof days, "%lld",
				(long long)json_integer_value(silent));
		table_cell(table, strlen(id) > 6 ? id + strlen(id) - 6 : id);
		table_cell(table, output_member(device, "user"));
		table_cell(table, output_member(device, "name"));
		table_cell(table, device_state(device));
		table_cell(table, output_member(device, "last_seen"));
		table_cell(table, output_member(device, "last_sync"));
		table_cell(table, days);
		table_cell(table, drained_text(device));
	}
	output_list(cli, list, table);
	return true;
}

const struct command access_commands[] = {
	{.noun = "hub",
		.verb = "grant",
		.arguments = "LOGIN",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_grant,
		.help = N_("grant a territory"),
		.flags = grant_flags},
	{.noun = "hub",
		.verb = "end-grant",
		.arguments = "LOGIN",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_end_grant,
		.help = N_("end a grant once their devices have handed over "
			   "what they have, after 14 days at the latest"),
		.flags = end_flags},
	{.noun = "hub",
		.verb = "revoke",
		.arguments = "LOGIN|DEVICE",
		.argument_min = 1,
		.argument_max = 1,
		.needs = NEEDS_HUB,
		.run = run_revoke,
		.help = N_("shut a device, or all of a person's, out at once"),
		.flags = revoke_flags},
	{.noun = "hub",
		.verb = "users",
		.arguments = "",
		.needs = NEEDS_HUB,
		.run = run_users,
		.help = N_("all people: grants, devices, when they were last "
			   "heard of")},
	{.noun = "hub",
		.verb = "devices",
		.arguments = "",
		.needs = NEEDS_HUB,
		.run = run_devices,
		.help = N_("all devices and when they were last heard of")},
	{0},
};
