/* Finds who answers the command: this process, or the node that runs. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/command.h"
#include "client/cli/letters.h"
#include "client/cli/locked.h"
#include "client/cli/unlock.h"
#include "client/node/folder.h"
#include "client/node/give_up.h"
#include "client/node/last_word.h"
#include "client/node/leased.h"
#include "client/node/local.h"
#include "client/node/wipe.h"
#include "client/store/trouble.h"
#include "sync/alloc.h"

enum { LOCK_WAIT_MS = 50, LOCK_TRIES = 300 };

/* All of standard input; NULL and a message when it cannot be read. */
static char *
read_input(size_t *size)
{
	size_t room = 1 << 16;
	char *text = alloc(room + 1);

	*size = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, text + *size, room - *size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		if (n == 0)
			break;
		*size += (size_t)n;
		if (*size == room) {
			if (room >= LOCAL_REQUEST_MAX / 2)
				break;
			room *= 2;
			text = alloc_again(text, room + 1);
		}
	}
	text[*size] = '\0';
	return text;
}

static bool
wants_input(const struct cli *cli)
{
	for (size_t i = 0; i < cli->arg_count; i++)
		if (strcmp(cli->args[i], "-") == 0)
			return cli->command->reads_input;
	return false;
}

/* One that was shut out goes now; if the disk refuses, at the next start. */
static void
close_node(struct cli *cli, const char *dir)
{
	bool due = wipe_due(cli->node);
	uint8_t device[ID_BYTES];
	struct problem problem;

	memcpy(device, cli->node->device, ID_BYTES);
	if (due)
		(void)last_word_write(cli->node,
			policy_is_stolen(cli->node->policy, device)
				? RECEIPT_STOLEN
				: RECEIPT_REVOKED); /* it goes on without */
	node_close(cli->node);
	if (due && wipe_node(dir, device, &problem))
		(void)last_word_deliver(dir); /* or a later sync does */
}

/* Who dials anyway takes a receipt along that the hub does not have yet. */
static void
deliver_receipt(const struct cli *cli, const char *dir)
{
	if (cli->command->needs == NEEDS_OWN ||
		(cli->command->noun && strcmp(cli->command->noun, "sync") == 0))
		(void)last_word_deliver(dir); /* or the next one does */
}

/* Opened: what its lease, and what was written while it was locked, ask for. */
static bool
settle_lease(struct cli *cli, const char *dir)
{
	leased_follow(cli->node);
	if (!leased_holds(cli->node, &cli->problem))
		return false;
	letters_write(cli, dir);
	return true;
}

/*
 * The node is either open in another process, which then answers, or opens
 * here. In between lies a moment in which the one starts or ends.
 */
static enum exit_code
run_opened(struct cli *cli, const char *dir, int argc, char **argv)
{
	enum exit_code code;

	if (settle_lease(cli, dir))
		code = cli_run(cli, argc, argv);
	else
		code = cli_print_problem(cli);
	close_node(cli, dir);
	return code;
}

static enum exit_code
run_on_node(struct cli *cli, const char *dir, int argc, char **argv,
	const struct passphrase_source *source)
{
	struct local_request request = {.argc = argc,
		.argv = argv,
		.cwd = cli->cwd,
		.language = text_language(),
		.terminal = cli->terminal,
		.zone = getenv("TZ"),
		.input = cli->input,
		.input_size = cli->input_size};
	enum exit_code code = EXIT_FAILED;
	struct locked *locked = NULL;
	uint8_t *key = NULL;
	bool asked = false, again = false;

	if (!wipe_settle(dir, &cli->problem)) {
		deliver_receipt(cli, dir);
		return cli_print_problem(cli);
	}
	deliver_receipt(cli, dir);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (cli->command->needs != NEEDS_OWN &&
			local_ask(dir, &request, cli->out, cli->err, &code)) {
			sodium_free(key);
			return code;
		}
		if (!asked &&
			!unlock_node(
				dir, source, &key, &locked, &cli->problem)) {
			if (!locked)
				break;
			code = locked_answer(
				cli, dir, locked, argc, argv, &again);
			again = again &&
				unlock_renewed(
					dir, locked, &key, &cli->problem);
			locked_free(locked);
			if (!again)
				return code != EXIT_DONE || !cli->problem.code
					? code
					: cli_print_problem(cli);
		}
		asked = true;
		if (node_open_sealed(&cli->node, dir, key, LOCK_WAIT_MS,
			    &cli->problem)) {
			sodium_free(key);
			return run_opened(cli, dir, argc, argv);
		}
		if (cli->problem.code != EXIT_LOCKED ||
			cli->command->needs == NEEDS_OWN)
			break;
	}
	sodium_free(key);
	return cli_print_problem(cli);
}

/* Where relative paths begin; "/" when it was removed under us. */
static char *
working_folder(void)
{
	char *cwd = getcwd(NULL, 0);

	if (!cwd && errno == ENOMEM)
		alloc_failed();
	return cwd ? cwd : alloc_copy("/", 2);
}

static enum exit_code
run(struct cli *cli, int argc, char **argv)
{
	const struct command *command = cli_parse(cli, argc, argv);
	bool help = cli_has_flag(cli, "help");
	bool on_node = command && command->node_flag &&
		cli_has_flag(cli, command->node_flag);
	char *cwd = working_folder();
	char *dir, *input = NULL;
	struct passphrase_source source;
	bool sourced = !command || unlock_source(cli, &source);
	enum exit_code code;

	cli->cwd = cwd;
	if (command && !help && wants_input(cli)) {
		input = read_input(&cli->input_size);
		cli->input = input;
	}
	dir = folder_of_node(cli->dir);
	cli_clear(cli);
	if (!sourced)
		code = cli_print_problem(cli);
	else if (!command || help ||
		(command->needs == NEEDS_NOTHING && !on_node))
		code = cli_run(cli, argc, argv);
	else
		code = run_on_node(cli, dir, argc, argv, &source);
	free(dir);
	free(input);
	free(cwd);
	cli->cwd = NULL;
	return code;
}

/* Whoever read us may stop, as `head` does: that is no failure. */
static bool
reader_is_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP));
}

/* Done is only what could be said; a write that failed earlier counts. */
static enum exit_code
finish_output(struct cli *cli, enum exit_code code)
{
	bool flushed = fflush(stdout) == 0;

	if ((flushed && !ferror(stdout)) || code != EXIT_DONE ||
		reader_is_gone())
		return code;
	problem_set(&cli->problem, EXIT_FAILED,
		T("what the command printed could not be written"));
	problem_hint(&cli->problem,
		T("the command itself was done; see that there is room where "
		  "its output goes"));
	return cli_print_problem(cli);
}

int
main(int argc, char **argv)
{
	struct cli cli = {.out = stdout,
		.err = stderr,
		.terminal = isatty(STDERR_FILENO) == 1};
	enum exit_code code;

	give_up_start();
	trouble_watch();
	if (sodium_init() < 0) {
		(void)fputs("roadbook: libsodium does not start\n", stderr);
		return EXIT_FAILED;
	}
	(void)umask(077); /* a node's files are its user's alone */
	(void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write */
	code = run(&cli, argc, argv);
	code = finish_output(&cli, code);
	return (int)code;
}
