#include "client/cli/unlock.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/cli/output.h"
#include "client/node/folder.h"
#include "client/node/holder.h"
#include "client/node/recast.h"
#include "client/node/wipe.h"

enum { DESCRIPTOR_MAX = 1023, SETTLE_WAIT_MS = 5000 };

bool
unlock_source(struct cli *cli, struct passphrase_source *source)
{
	int64_t descriptor;

	if (!cli_number(cli, "passphrase-fd", -1, &descriptor))
		return false;
	*source = (struct passphrase_source){
		.file = cli_flag(cli, "passphrase-file"),
		.descriptor = descriptor > DESCRIPTOR_MAX ? DESCRIPTOR_MAX
							  : (int)descriptor,
		.variable = "ROADBOOK_PASSPHRASE_FILE"};
	return true;
}

bool
unlock_node(const char *dir, const struct passphrase_source *source,
	uint8_t **key, struct problem *problem)
{
	struct passphrase *passphrase;
	struct vault vault;
	bool opened;

	*key = NULL;
	if (!vault_is_in(dir))
		return true;
	vault_guard_process();
	*key = vault_data_key_room();
	opened = vault_load(&vault, dir, problem);
	if (opened && !(holder_ask(dir, *key) && vault_is_key(&vault, *key))) {
		passphrase = passphrase_read(
			source, T("passphrase"), false, problem);
		opened = passphrase &&
			vault_open(&vault, passphrase, *key, problem);
		passphrase_free(passphrase);
	}
	if (opened && recast_settle(dir, *key, SETTLE_WAIT_MS, problem))
		return true;
	sodium_free(*key);
	*key = NULL;
	return false;
}

static bool
holds_node(const char *dir)
{
	char *keys = folder_file(dir, "keys");
	bool there = access(keys, F_OK) == 0;

	free(keys);
	return there;
}

/* Whoever wants a node in clear has to say so. */
static bool
no_passphrase(struct cli *cli)
{
	if (cli->problem.code != EXIT_LOCKED)
		return false;
	return problem_hint(&cli->problem,
		T("--passphrase-file FILE, ROADBOOK_PASSPHRASE_FILE or "
		  "--passphrase-fd N; with --no-encrypt whoever has the disk "
		  "reads everything"));
}

bool
unlock_new(struct cli *cli, const char *dir, bool resumes,
	struct passphrase **passphrase)
{
	bool begun = resumes && vault_is_in(dir);
	struct passphrase_source source;

	*passphrase = NULL;
	if ((!begun && cli_has_flag(cli, "no-encrypt")) || holds_node(dir))
		return true;
	vault_guard_process();
	if (!unlock_source(cli, &source))
		return false;
	*passphrase = passphrase_read(
		&source, T("passphrase of this node"), !begun, &cli->problem);
	if (!*passphrase)
		return no_passphrase(cli);
	if (passphrase_good(*passphrase, &cli->problem))
		return true;
	passphrase_free(*passphrase);
	*passphrase = NULL;
	return false;
}

void
unlock_tell(struct cli *cli, bool encrypted)
{
	if (cli->json)
		return;
	output_format(cli->out, "%s\n",
		encrypted ? T("Encrypted under this passphrase. If it is "
			      "forgotten or withheld, head office can open it "
			      "with the company's root key (roadbook recover), "
			      "and that is written down.")
			  : T("Not encrypted: whoever has the disk reads "
			      "everything. roadbook encrypt changes that."));
}

struct passphrase *
unlock_ask_new(struct cli *cli, const struct passphrase_source *source)
{
	struct passphrase_source own = {
		.file = cli_flag(cli, "new-passphrase-file"), .descriptor = -1};
	struct passphrase *p = passphrase_read(source ? source : &own,
		T("new passphrase"), true, &cli->problem);

	if (p && passphrase_good(p, &cli->problem))
		return p;
	passphrase_free(p);
	return NULL;
}

bool
unlock_set_passphrase(struct cli *cli, const char *dir, struct vault *vault,
	const uint8_t *key)
{
	struct passphrase *p = unlock_ask_new(cli, NULL);
	int lock = -1;
	bool done = p && node_lock(dir, 0, &lock, &cli->problem) &&
		vault_wrap(vault, key, p, &cli->problem) &&
		vault_save(vault, dir, &cli->problem);

	if (lock >= 0)
		(void)close(lock); /* which lets go of it */
	passphrase_free(p);
	return done;
}

bool
unlock_is_encrypted(struct cli *cli, const char *dir)
{
	if (!wipe_settle(dir, &cli->problem))
		return false;
	if (vault_is_in(dir))
		return true;
	problem_set(&cli->problem, EXIT_NOT_FOUND,
		T("there is no encrypted node in %s"), dir);
	return problem_hint(&cli->problem, "roadbook encrypt");
}

bool
unlock_vault(struct cli *cli, const char *dir, struct vault *vault,
	struct passphrase **passphrase, uint8_t **key)
{
	struct passphrase_source source;
	bool opened;

	*passphrase = NULL;
	*key = vault_data_key_room();
	opened = unlock_source(cli, &source) && unlock_is_encrypted(cli, dir) &&
		vault_load(vault, dir, &cli->problem);
	vault_guard_process();
	if (opened)
		*passphrase = passphrase_read(
			&source, T("passphrase"), false, &cli->problem);
	if (*passphrase && vault_open(vault, *passphrase, *key, &cli->problem))
		return true;
	passphrase_free(*passphrase);
	sodium_free(*key);
	*passphrase = NULL;
	*key = NULL;
	return false;
}
