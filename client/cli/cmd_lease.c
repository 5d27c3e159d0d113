/* roadbook hub policy lease. */

#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/node/hub/hub.h"
#include "client/node/hub/leases.h"
#include "client/node/serve.h"

static const struct command_flag lease_flags[] = {
	{"days", "N", N_("a device opens so long without a word of the hub")},
	{"grace", "N", N_("days from locking to erasing (3)")},
	{"then", "lock|wipe|off",
		N_("what it does then; off: there are no leases")},
	{NULL, NULL, NULL},
};

enum { GRACE_DEFAULT = 3 };

static void
print_policy(struct cli *cli)
{
	struct policy_lease p = policy_lease(cli->node->policy);

	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I, s:I, s:s}", "days", (json_int_t)p.days,
				"grace", (json_int_t)p.grace, "then",
				!p.days          ? "off"
					: p.wipe ? "wipe"
						 : "lock"));
	else if (!p.days)
		output_format(cli->out, "%s\n", T("there are no leases"));
	else if (p.wipe)
		output_format(cli->out,
			T("encrypted devices lock %lld days after the hub's "
			  "last word, and erase themselves %lld days later\n"),
			(long long)p.days, (long long)p.grace);
	else
		output_format(cli->out,
			T("encrypted devices lock %lld days after the hub's "
			  "last word\n"),
			(long long)p.days);
}

/* False with cli->problem; *set: there is something to be set. */
static bool
read_policy(struct cli *cli, struct policy_lease *policy, bool *set)
{
	const char *then = cli_flag(cli, "then");
	bool off = then && strcmp(then, "off") == 0;
	int64_t none = -1;

	*set = then || cli_has_flag(cli, "days") || cli_has_flag(cli, "grace");
	*policy = policy_lease(cli->node->policy);
	if (!cli_number(cli, "days", policy->days ? policy->days : none,
		    &policy->days) ||
		!cli_number(cli, "grace",
			policy->grace ? policy->grace : GRACE_DEFAULT,
			&policy->grace))
		return false;
	if (then && !off && strcmp(then, "lock") != 0 &&
		strcmp(then, "wipe") != 0) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("--then takes lock, wipe or off, not \"%s\""), then);
		return false;
	}
	if (then)
		policy->wipe = strcmp(then, "wipe") == 0;
	if (off)
		*policy = (struct policy_lease){.days = 0};
	else if (*set && policy->days < 1) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("how many days is a lease?"));
		return problem_hint(&cli->problem,
			"roadbook hub policy lease --days 14 --grace 3 --then "
			"lock");
	}
	return true;
}

static bool
run_lease(struct cli *cli)
{
	struct policy_lease policy;
	bool set;

	if (!read_policy(cli, &policy, &set))
		return false;
	if (set &&
		(!hub_order_as(cli->node, cli->as, &cli->problem) ||
			!leases_set(cli->node, &policy, &cli->problem)))
		return false;
	print_policy(cli);
	return true;
}

const struct command lease_commands[] = {
	{.noun = "hub policy",
		.verb = "lease",
		.arguments = "",
		.needs = NEEDS_HUB,
		.run = run_lease,
		.help = N_("for how long devices open what they keep without "
			   "head office; without options: what holds"),
		.flags = lease_flags},
	{0},
};
