/* roadbook device invite, withdraw. */

#include <stdlib.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/node/another.h"
#include "client/node/instant.h"
#include "client/text/qr.h"
#include "sync/alloc.h"

/* Its rows as texts of 0 and 1. */
static json_t *
qr_json(const struct qr *qr)
{
	json_t *rows = json_array();
	char *row = alloc((size_t)qr->width + 1);

	for (int y = 0; y < qr->width; y++) {
		for (int x = 0; x < qr->width; x++)
			row[x] = qr_black(qr, x, y) ? '1' : '0';
		json_array_append_new(rows, json_string(row));
	}
	free(row);
	return rows;
}

static bool
run_invite(struct cli *cli)
{
	char token[TOKEN_TEXT_SIZE], until[INSTANT_TEXT_SIZE];
	int64_t expires;
	struct qr qr;

	if (!another_device(cli->node, cli->arg_count ? cli->args[0] : NULL,
		    token, &expires, &cli->problem))
		return false;
	instant_text(expires, node_offset(expires), until);
	if (!qr_make(&qr, token))
		return problem_set(&cli->problem, EXIT_FAILED,
			T("no QR code: libqrencode is missing, or memory is"));
	if (cli->json) {
		output_json(cli->out,
			json_pack("{s:s, s:s, s:o}", "token", token, "expires",
				until, "qr", qr_json(&qr)));
	} else {
		if (cli_has_flag(cli, "qr"))
			qr_print(&qr, cli->out);
		(void)fprintf(cli->out, "%s\n", token);
		output_format(cli->err,
			T("good until %s, once; on the new device: roadbook "
			  "init TOKEN\n"),
			until);
	}
	qr_clear(&qr);
	return true;
}

static bool
run_withdraw(struct cli *cli)
{
	if (!another_withdraw(cli->node,
		    cli->arg_count > 1 ? cli->args[1] : NULL, cli->args[0],
		    &cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out, json_pack("{s:b}", "withdrawn", 1));
	else
		output_format(cli->out, "%s\n",
			T("withdrawn: no device gets in by it any more"));
	return true;
}

static const struct command_flag invite_flags[] = {
	{"qr", NULL, N_("also as a QR code, for a dark terminal")},
	{NULL, NULL, NULL},
};

const struct command device_commands[] = {
	{.noun = "device",
		.verb = "invite",
		.arguments = "[URL]",
		.argument_max = 1,
		.needs = NEEDS_NODE,
		.run = run_invite,
		.help = N_("an invitation for another device of your own, from "
			   "head office"),
		.flags = invite_flags},
	{.noun = "device",
		.verb = "withdraw",
		.arguments = "TOKEN [URL]",
		.argument_min = 1,
		.argument_max = 2,
		.needs = NEEDS_NODE,
		.run = run_withdraw,
		.help = N_("take back an invitation that was not used yet")},
	{0},
};
