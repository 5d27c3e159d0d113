#include "client/cli/locked.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/fields.h"
#include "client/cli/output.h"
#include "client/node/call.h"
#include "client/node/last_word.h"
#include "client/node/letterbox.h"
#include "client/node/local.h"
#include "client/node/typed.h"
#include "client/node/wipe.h"
#include "proto/bytes.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

/* ---- a renewal ---- */

struct asking {
	struct lease *lease;
	enum status status; /* of the last renewal that was for this device */
};

static bool
take_answer(void *self, struct message *answer, const struct credentials *peer)
{
	bool hub = peer->device.kind == CERTIFICATE_HUB;
	struct asking *a = self;
	const uint8_t *bytes;
	struct lease_now now;

	lease_now(&now);
	while (message_next_renewal(answer, &bytes)) {
		enum status status = lease_take(a->lease, bytes, LEASE_SIZE,
			&peer->issuer, &now, hub ? answer->now : 0);

		if (status != STATUS_REFUSED) /* another's */
			a->status = status;
	}
	return a->status == STATUS_OK && a->lease->secret_count;
}

static bool
ask_peer(struct lease *lease, const char *url, bool *revoked,
	struct problem *problem)
{
	struct asking asking = {.lease = lease, .status = STATUS_ABSENT};
	uint8_t request[32];
	struct pack pack;
	struct call call = {.url = url,
		.company_key = lease->company_key,
		.link_secret = lease->link_secret,
		.credentials = lease->credentials,
		.credentials_size = lease->credentials_size,
		.request = request,
		.answer = MESSAGE_LEASED};

	pack_init(&pack, request, sizeof request);
	message_lease(&pack, 1, (int64_t)lease->issued_ms);
	call.request_size = pack.size;
	return call_peer(&call, take_answer, &asking, revoked, problem);
}

/* At each address that is known until one has it, or at the one that is named.
 */
static bool
renew(struct cli *cli, const char *dir, struct locked *locked, const char *url)
{
	struct lease *lease = locked->lease;
	const char *at = lease->addresses;
	bool done = false, revoked = false;
	int lock = -1;

	if (!node_lock(dir, 0, &lock, &cli->problem))
		return false;
	if (url) {
		done = ask_peer(lease, url, &revoked, &cli->problem);
	} else if (!lease->addresses_size) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("no address of the hub is known"));
		problem_hint(&cli->problem, "roadbook sync tcp://HOST:PORT");
	}
	for (; !url && !done && !revoked &&
		at < lease->addresses + lease->addresses_size;
		at += strlen(at) + 1)
		done = ask_peer(lease, at, &revoked, &cli->problem);
	done = done && lease_save(lease, dir, locked->user_key, &cli->problem);
	(void)close(lock); /* which lets go of it */
	return done;
}

/* ---- a letter ---- */

/* A field that has to be there, by the flag of its name. */
static bool
is_typed(struct cli *cli, const struct schema_type *type, const char *field,
	enum schema_form form, const char *label)
{
	char name[FIELDS_FLAG_MAX];

	fields_flag_name(field, form, name);
	/* `visit note ID` names the visit without a flag. */
	if (cli_has_flag(cli, name) ||
		(cli->arg_count && strcmp(name, "visit") == 0))
		return true;
	problem_set(&cli->problem, EXIT_USAGE, T("%s needs %s"),
		text_pick(type->en, type->zh), label);
	return problem_hint(&cli->problem, "--%s", name);
}

static bool
has_required(struct cli *cli, const struct schema_type *type)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];

		if (f->required && !type->immutable &&
			!is_typed(cli, type, f->name, f->form,
				text_pick(f->en, f->zh)))
			return false;
		for (size_t i_part = 0;
			type->immutable && i_part < f->part_count; i_part++) {
			const struct schema_part *part = &f->parts[i_part];

			if (part->required &&
				!is_typed(cli, type, part->name, part->form,
					text_pick(part->en, part->zh)))
				return false;
		}
	}
	return true;
}

/* What can be seen to be wrong without the store is told now. */
static bool
check_values(struct cli *cli, const struct schema_type *type)
{
	struct arena arena = {0};
	bool good = true;

	for (size_t i = 0; good && i < cli->flag_count; i++) {
		const struct cli_flag_value *f = &cli->flags[i];
		char what[FIELDS_FLAG_MAX + 16];
		struct schema_field field;
		struct field_flag flag;
		struct pack_view value;

		if (!fields_flag(type, f->name, &flag))
			continue;
		field = fields_flag_field(&flag);
		if (field.form == FORM_REF || flag.remove)
			continue;
		(void)snprintf(what, sizeof what, "--%s", f->name);
		good = node_typed_value(NULL, &field, what, f->value, &arena,
			&value, &cli->problem);
	}
	arena_clear(&arena);
	return good;
}

/* When it was written, and the command line as another process would have it.
 */
static uint8_t *
write_letter(struct cli *cli, int argc, char **argv, size_t *size)
{
	struct local_request request = {.argc = argc,
		.argv = argv,
		.cwd = cli->cwd,
		.language = text_language(),
		.zone = getenv("TZ"),
		.input = cli->input,
		.input_size = cli->input_size};
	uint8_t *bytes = local_request_encode(&request, size);
	uint8_t *letter = alloc(*size + 8);

	store64(letter, (uint64_t)node_now_ms());
	memcpy(letter + 8, bytes, *size);
	sodium_memzero(bytes, *size);
	free(bytes);
	*size += 8;
	return letter;
}

static bool
post(struct cli *cli, const char *dir, struct locked *locked, int argc,
	char **argv)
{
	const struct schema_type *type = fields_type(cli);
	uint64_t number = 0;
	uint8_t *letter;
	size_t size;
	int lock = -1;
	bool done;

	if (!type || !has_required(cli, type) || !check_values(cli, type) ||
		!node_lock(dir, 0, &lock, &cli->problem))
		return false;
	letter = write_letter(cli, argc, argv, &size);
	/* As it is now: somebody else may have put one in meanwhile. */
	done = lease_load(
		       locked->lease, dir, locked->user_key, &cli->problem) &&
		letterbox_put(dir, locked->lease, locked->user_key, letter,
			size, &number, &cli->problem);
	sodium_memzero(letter, size);
	free(letter);
	(void)close(lock); /* which lets go of it */
	if (!done)
		return false;
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:I}", "sealed", (json_int_t)number));
	else
		output_format(cli->out,
			T("taken into the sealed outbox as number %llu; it is "
			  "written when this device opens again\n"),
			(unsigned long long)number);
	return true;
}

/* ---- which of them ---- */

static bool
erase(struct cli *cli, const char *dir, const struct locked *locked)
{
	uint8_t device[ID_BYTES];

	lease_device(locked->lease, device);
	(void)last_word_write_locked(dir, locked->lease); /* it goes on */
	if (wipe_node(dir, device, &cli->problem)) {
		(void)last_word_deliver(dir); /* or a later sync does */
		problem_set(&cli->problem, EXIT_REFUSED,
			T("the lease of this device and its grace are over, "
			  "and what it held was erased"));
		problem_hint(&cli->problem,
			T("a new invitation makes a new device"));
	}
	return false;
}

static bool
answer(struct cli *cli, const char *dir, struct locked *locked, int argc,
	char **argv, bool *again)
{
	const struct command *command = cli_parse(cli, argc, argv);
	bool dials;

	if (!command)
		return false;
	if (locked->standing == LEASE_TO_WIPE)
		return erase(cli, dir, locked);
	dials = strcmp(command->noun ? command->noun : "", "sync") == 0 ||
		command->needs == NEEDS_OWN;
	if (dials) {
		*again = renew(cli, dir, locked,
			command->needs != NEEDS_OWN && cli->arg_count
				? cli->args[0]
				: NULL);
		return *again;
	}
	if (command->letter)
		return post(cli, dir, locked, argc, argv);
	return lease_problem(locked->lease, locked->standing, &cli->problem);
}

enum exit_code
locked_answer(struct cli *cli, const char *dir, struct locked *locked, int argc,
	char **argv, bool *again)
{
	bool done;

	*again = false;
	done = answer(cli, dir, locked, argc, argv, again);
	cli_clear(cli);
	/* One that was renewed has had no problem. */
	if (done)
		cli->problem = (struct problem){.code = EXIT_DONE};
	return done ? EXIT_DONE : cli_print_problem(cli);
}
