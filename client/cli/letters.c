#include "client/cli/letters.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cmd_node.h"
#include "client/cli/output.h"
#include "client/node/keys.h"
#include "client/node/leased.h"
#include "client/node/letterbox.h"
#include "client/node/local.h"
#include "client/node/unplaced.h"
#include "client/store/setting.h"
#include "proto/bytes.h"
#include "sync/alloc.h"

enum { TIME_SIZE = 8 };

struct writing {
	struct cli *cli;
	uint8_t *secret;
	struct node_taken before; /* what was taken earlier */
	uint64_t written, kept;
	bool stopped; /* the disk refuses: it goes on at the next opening */
};

/* Why a command failed, out of what it said: {"error": {"message": …}}. */
static char *
reason_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	const char *message = json_string_value(
		json_object_get(json_object_get(json, "error"), "message"));
	char *copy = message ? alloc_copy(message, strlen(message) + 1)
			     : alloc_copy(text, strlen(text) + 1);

	json_decref(json);
	return copy;
}

/* As JSON, so that what it says of itself can be read. */
static struct local_request
asking_json(const struct local_request *request, struct arena *arena)
{
	static char json[] = "--json";
	struct local_request asking = *request;
	size_t count = (size_t)request->argc;

	asking.argv = arena_take(arena, (count + 2) * sizeof *asking.argv);
	memcpy(asking.argv, request->argv, count * sizeof *asking.argv);
	/* Ahead of what may follow a `--`. */
	memmove(asking.argv + 2, asking.argv + 1,
		(count - 1) * sizeof *asking.argv);
	asking.argv[1] = json;
	asking.argc++;
	return asking;
}

/* The command itself; its exit code, and what it said, which is the caller's.
 */
static enum exit_code
run_again(struct writing *w, const struct local_request *request, char **said)
{
	char *out_text = NULL;
	size_t out_size = 0, err_size = 0;
	FILE *out = open_memstream(&out_text, &out_size);
	FILE *err = open_memstream(said, &err_size);
	struct arena arena = {0};
	struct local_request asking = asking_json(request, &arena);
	enum exit_code code;

	if (!out || !err)
		alloc_failed();
	code = answer_other(w->cli, &asking, out, err);
	(void)fclose(out); /* to memory */
	(void)fclose(err);
	free(out_text);
	arena_clear(&arena);
	return code;
}

static void
write_letter(struct writing *w, int64_t at, const struct local_request *request)
{
	struct node *node = w->cli->node;
	char *said = NULL, *why;
	enum exit_code code;

	node->taking_done = false;
	code = run_again(w, request, &said);
	if (node->taking_done) {
		w->written++;
	} else if (code == EXIT_FAILED || code == EXIT_DONE) {
		w->stopped =
			true; /* of this machine, and not of what it says */
	} else {
		why = reason_of(said);
		w->kept++;
		w->stopped =
			!unplaced_add(node, at, request, why, &w->cli->problem);
		free(why);
	}
	free(said);
}

static void
take_letter(void *self, uint64_t number, const uint8_t *sealed, size_t size)
{
	struct writing *w = self;
	struct node_taken *taking = &w->cli->node->taking;
	struct local_request request = {0};
	struct arena arena = {0};
	uint8_t *letter;
	size_t letter_size;

	if (w->stopped ||
		(memcmp(w->before.box, taking->box, sizeof taking->box) == 0 &&
			number <= w->before.number))
		return;
	taking->number = number;
	letter = letterbox_unseal(sealed, size, w->secret, &letter_size);
	if (letter && letter_size > TIME_SIZE &&
		local_request_decode(&arena, letter + TIME_SIZE,
			letter_size - TIME_SIZE, &request))
		write_letter(w, (int64_t)load64(letter), &request);
	else
		w->stopped = true; /* it is kept, and told */
	if (letter)
		sodium_memzero(letter, letter_size);
	free(letter);
	arena_clear(&arena);
}

static void
tell(struct cli *cli, const struct writing *w, uint64_t missing)
{
	if (cli->json)
		return;
	if (w->written)
		output_format(cli->err,
			T("note: written from the sealed outbox: %llu\n"),
			(unsigned long long)w->written);
	if (w->kept)
		output_format(cli->err,
			T("note: %llu from the sealed outbox could not be "
			  "written (roadbook letters list)\n"),
			(unsigned long long)w->kept);
	if (w->stopped)
		output_format(cli->err, "%s\n",
			T("note: the sealed outbox was not written to its end; "
			  "it stays, and the next command tries again"));
	if (missing)
		output_format(cli->err,
			T("note: %llu of the sealed outbox are missing: its "
			  "file was altered or put back from a copy\n"),
			(unsigned long long)missing);
}

/* All that there was is in the store now: the file is not needed. */
static void
close_box(const char *dir, struct lease *lease, const uint8_t *user_key,
	const struct letterbox *box, uint64_t missing)
{
	struct problem problem;

	if (!letterbox_end(dir, missing > 0 && box->rest) || !lease->letters)
		return;
	lease->letters = 0;
	(void)lease_save(lease, dir, user_key, &problem); /* or the next time */
}

static void
write_all(struct cli *cli, const char *dir, const uint8_t *bytes, size_t size,
	const uint8_t *user_key)
{
	struct writing w = {.cli = cli, .secret = vault_data_key_room()};
	struct lease *lease = lease_new();
	struct node *node = cli->node;
	struct letterbox box;
	struct problem problem;
	uint64_t missing = 0;
	size_t taken = 0;
	bool leased =
		lease_is_in(dir) && lease_load(lease, dir, user_key, &problem);

	/* Not knowing which of them are written, it would write them again. */
	if (leased_letter_secret(node, w.secret) &&
		letterbox_read(&box, bytes, size, user_key, NULL, NULL) &&
		setting_read(node->store, node_taken_name, &w.before,
			sizeof w.before, &taken) != STATUS_FAILED) {
		if (taken != sizeof w.before)
			w.before.number = 0;
		memcpy(node->taking.box, box.id, sizeof box.id);
		node->is_taking = true;
		(void)letterbox_read(
			&box, bytes, size, user_key, take_letter, &w);
		node->is_taking = false;
		if (leased &&
			memcmp(lease->letterbox_id, box.id, sizeof box.id) ==
				0 &&
			lease->letters > box.count)
			missing = lease->letters - box.count;
		if (!w.stopped)
			close_box(dir, lease, user_key, &box, missing);
		tell(cli, &w, missing);
	}
	lease_free(lease);
	sodium_free(w.secret);
}

void
letters_write(struct cli *cli, const char *dir)
{
	struct problem problem;
	uint8_t *bytes, *user_key;
	struct vault vault;
	size_t size;

	if (!letterbox_is_in(dir) || !cli->node->keys->sealed ||
		!letterbox_load(dir, &bytes, &size, &problem) || !bytes)
		return;
	user_key = vault_data_key_room();
	if (vault_load(&vault, dir, &problem) &&
		vault_user_key(&vault, cli->node->keys->data_key, user_key))
		write_all(cli, dir, bytes, size, user_key);
	sodium_free(user_key);
	free(bytes);
}
