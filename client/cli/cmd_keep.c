/* roadbook digest, rebuild, verify. */

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/output.h"
#include "client/node/view.h"
#include "sync/alloc.h"

enum { STATE_DIGEST_SIZE = 32 };

static bool
digest_hex(struct cli *cli, struct territory *t,
	char out[static STATE_DIGEST_SIZE * 2 + 1])
{
	uint8_t digest[STATE_DIGEST_SIZE];

	if (territory_digest(t, digest) != STATUS_OK)
		return problem_set(&cli->problem, EXIT_FAILED,
			T("%s/node.db: %s"), cli->node->dir,
			store_sqlite_problem(cli->node->store));
	(void)sodium_bin2hex(
		out, STATE_DIGEST_SIZE * 2 + 1, digest, sizeof digest);
	return true;
}

static bool
run_digest(struct cli *cli)
{
	struct node *node = cli->node;
	uint32_t count;
	struct territory **list = node_business(node, &count);
	json_t *territories = json_object();
	struct table *table = table_new(2);
	bool done = true;

	table_cell(table, T("Territory"));
	table_cell(table, T("Digest"));
	for (uint32_t i = 0; done && i < count; i++) {
		char path[POLICY_PATH_MAX], hex[STATE_DIGEST_SIZE * 2 + 1];

		done = digest_hex(cli, list[i], hex);
		if (!done)
			break;
		(void)policy_path(node->policy, territory_id(list[i]), path);
		json_object_set_new(territories, path, json_string(hex));
		table_cell(table, path);
		hex[STATE_DIGEST_SIZE] = '\0'; /* half is enough by eye */
		table_cell(table, hex);
	}
	free(list);
	if (done) {
		output_list(cli, json_pack("{s:o}", "territories", territories),
			table);
	} else {
		json_decref(territories);
		table_free(table);
	}
	return done;
}

static uint64_t
kept_changes(struct node *node)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < node->territory_count; i++)
		count += territory_lacking_changes(
				 node->territories[i], NULL, 0) +
			territory_pending(node->territories[i]);
	return count;
}

static bool
run_rebuild(struct cli *cli)
{
	uint64_t changes = kept_changes(cli->node);

	if (!node_rebuild(cli->node, &cli->problem))
		return false;
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I, s:i}", "changes", (json_int_t)changes,
				"territories",
				(int)cli->node->territory_count));
	else
		output_format(cli->out,
			T("projected %llu changes again, in %u territories\n"),
			(unsigned long long)changes,
			cli->node->territory_count);
	return true;
}

/* ---- verify ---- */

struct verifying {
	struct node *node;
	struct territory *territory;
	json_t *problems;
	json_t *left_out;
};

static const uint8_t *
device_key(void *self, const uint8_t *device)
{
	return policy_device_key(((struct node *)self)->policy, device);
}

static void
note_problem(void *self, const char *en, const char *zh, const uint8_t *log,
	int64_t seq, const struct operation *operation)
{
	struct verifying *v = self;
	char path[POLICY_PATH_MAX], device[ID_TEXT_SIZE];
	json_t *entry;

	node_log_device(log, device);
	entry = json_pack("{s:s, s:s, s:s, s:I, s:s}", "territory",
		policy_path(v->node->policy, territory_id(v->territory), path),
		"user", node_log_user(v->node, log), "device", device, "change",
		(json_int_t)seq, "what", text_pick(en, zh));
	if (operation) {
		char id[ID_TEXT_SIZE];

		id_format(id, operation->id);
		json_object_set_new(entry, "record", json_string(id));
		json_object_set_new(
			entry, "field", json_integer(operation->field));
	}
	/* What the rules leave out is no damage, and is told apart from it. */
	json_array_append_new(operation ? v->left_out : v->problems, entry);
}

static void
add_problem(struct verifying *v, const char *where, const char *what)
{
	json_array_append_new(v->problems,
		json_pack("{s:s, s:s}", "territory", where, "what", what));
}

static void
check_database(struct verifying *v)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(store_sqlite_handle(v->node->store),
		    "PRAGMA integrity_check(20)", -1, &s, NULL) != SQLITE_OK) {
		add_problem(v, "node.db", store_sqlite_problem(v->node->store));
		return;
	}
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *line = (const char *)sqlite3_column_text(s, 0);

		if (line && strcmp(line, "ok") != 0)
			add_problem(v, "node.db", line);
	}
	(void)sqlite3_finalize(s); /* only read */
}

/* The tables are what the log says: projected again, they digest equal. */
static bool
check_projection(struct cli *cli, struct verifying *v)
{
	struct node *node = cli->node;
	char before[STATE_DIGEST_SIZE * 2 + 1];
	char after[STATE_DIGEST_SIZE * 2 + 1];
	char path[POLICY_PATH_MAX];
	bool done;

	(void)policy_path(node->policy, territory_id(v->territory), path);
	if (!node_begin(node, &cli->problem))
		return false;
	done = digest_hex(cli, v->territory, before);
	if (done && territory_rebuild(v->territory) != STATUS_OK)
		add_problem(v, path, T("it cannot be projected again"));
	else if (done)
		done = digest_hex(cli, v->territory, after);
	if (done && strcmp(before, after) != 0)
		add_problem(v, path,
			T("the tables differ from the log: roadbook rebuild"));
	node_rollback(node);
	return done;
}

static void
print_verified(struct cli *cli, struct verifying *v, uint64_t changes)
{
	json_t *entry;
	size_t i;

	if (cli->json) {
		output_json(cli->out,
			json_pack("{s:b, s:I, s:O, s:O}", "ok",
				json_array_size(v->problems) == 0, "changes",
				(json_int_t)changes, "problems", v->problems,
				"left_out", v->left_out));
		return;
	}
	json_array_foreach(v->problems, i, entry)
	{
		output_format(cli->out, "%s: %s %s\n",
			output_member(entry, "territory"),
			output_member(entry, "user"),
			output_member(entry, "what"));
	}
	json_array_foreach(v->left_out, i, entry)
	{
		output_format(cli->out, T("left out: %s, %s: %s\n"),
			output_member(entry, "territory"),
			output_member(entry, "user"),
			output_member(entry, "what"));
	}
	output_format(cli->out,
		json_array_size(v->problems)
			? T("%llu changes read; it is damaged\n")
			: T("%llu changes read; everything is as its author "
			    "signed it\n"),
		(unsigned long long)changes);
}

static bool
run_verify(struct cli *cli)
{
	struct node *node = cli->node;
	struct verifying v = {.node = node,
		.problems = json_array(),
		.left_out = json_array()};
	bool done = true, waits = false;
	size_t problems;

	check_database(&v);
	for (uint32_t i = 0; done && i < node->territory_count; i++) {
		v.territory = node->territories[i];
		if (territory_verify(v.territory, node->company, device_key,
			    node, note_problem, &v) != STATUS_OK)
			add_problem(&v, "node.db",
				store_sqlite_problem(node->store));
		waits = waits || territory_owes_erasure(v.territory, NULL);
		done = check_projection(cli, &v);
	}
	problems = json_array_size(v.problems);
	if (done && (!problems || !cli->json))
		print_verified(cli, &v, kept_changes(node));
	if (done && problems) {
		done = false;
		problem_set(&cli->problem, EXIT_FAILED,
			T("%zu problems were found: %s"), problems,
			output_member(json_array_get(v.problems, 0), "what"));
		/* A sync that ended between hearing of it and getting it. */
		problem_hint(&cli->problem,
			waits ? T("head office erased something that still "
				  "lies here: roadbook sync replaces it")
			      : T("roadbook rebuild mends tables; a damaged "
				  "segment comes back from the hub"));
	}
	json_decref(v.problems);
	json_decref(v.left_out);
	return done;
}

const struct command keep_commands[] = {
	{.noun = "digest",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_digest,
		.help = N_(
			"a digest of what is shared, to compare two nodes by")},
	{.noun = "verify",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_verify,
		.help = N_("read everything again and check it against the "
			   "signatures")},
	{.noun = "rebuild",
		.arguments = "",
		.needs = NEEDS_NODE,
		.run = run_rebuild,
		.help = N_("throw the tables away and project the log again")},
	{0},
};
