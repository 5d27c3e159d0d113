#include "client/cli/unlock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/output.h"
#include "client/node/folder.h"
#include "client/node/holder.h"
#include "client/node/recast.h"
#include "client/node/wipe.h"
#include "sync/alloc.h"

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

void
locked_free(struct locked *locked)
{
	if (!locked)
		return;
	lease_free(locked->lease);
	sodium_free(locked->user_key);
	free(locked);
}

/* ---- under a lease ---- */

static bool
opens_nothing(const char *dir, struct problem *problem)
{
	problem_set(problem, EXIT_LOCKED,
		T("%s/lease is missing, or does not fit the key file: one of "
		  "the two is older than the other"),
		dir);
	return problem_hint(problem,
		T("put both back as they were, or have head office open it: "
		  "roadbook recover"));
}

/*
 * Looks at the clock, and writes down what follows from it: before the secret
 * is thrown away, the vault has to need it.
 */
static enum lease_standing
judge(const char *dir, struct lease *lease, struct vault *vault,
	const uint8_t *user_key)
{
	uint8_t *key = vault_data_key_room();
	enum lease_standing standing;
	struct problem problem;
	struct lease_now now;
	bool changed, whole = true;

	lease_now(&now);
	if (lease->secret_count && !vault_is_leased(vault))
		whole = vault_open_data(vault, user_key, NULL, key) &&
			vault_lease(vault, key, lease->secrets[0]) &&
			vault_save(vault, dir, &problem);
	standing = lease_judge(lease, &now, &changed);
	if (changed && whole)
		(void)lease_save(lease, dir, user_key, &problem);
	sodium_free(key);
	return standing;
}

/* The same, while nobody else writes it; else for this command alone. */
static enum lease_standing
judge_alone(const char *dir, struct lease *lease, struct vault *vault,
	const uint8_t *user_key)
{
	enum lease_standing standing;
	struct problem problem;
	struct lease_now now;
	bool changed;
	int lock = -1;

	if (node_lock(dir, 0, &lock, &problem) &&
		lease_load(lease, dir, user_key, &problem) &&
		vault_load(vault, dir, &problem)) {
		standing = judge(dir, lease, vault, user_key);
	} else {
		lease_now(&now);
		standing = lease_judge(lease, &now, &changed);
	}
	if (lock >= 0)
		(void)close(lock); /* which lets go of it */
	return standing;
}

/* The data key; *locked when a lease is in the way. */
static bool
open_leased(const char *dir, struct vault *vault, uint8_t *user_key,
	uint8_t *key, struct locked **locked, struct problem *problem)
{
	struct lease *lease = lease_new();
	enum lease_standing standing;
	bool opened = lease_load(lease, dir, user_key, problem);

	if (!opened && !vault_is_leased(vault)) {
		/* One that a rekey left behind says nothing any more. */
		opened = vault_open_data(vault, user_key, NULL, key);
	} else if (opened) {
		standing = judge_alone(dir, lease, vault, user_key);
		opened = standing == LEASE_HOLDS;
		if (opened) {
			opened = lease_open(lease, vault, user_key, key) ||
				opens_nothing(dir, problem);
		} else {
			(void)lease_problem(lease, standing, problem);
			(void)holder_end(dir); /* most often none */
			*locked = alloc(sizeof **locked);
			**locked = (struct locked){
				lease, vault_data_key_room(), standing};
			memcpy((*locked)->user_key, user_key,
				VAULT_USER_KEY_SIZE);
			return false;
		}
	}
	lease_free(lease);
	return opened;
}

static bool
open_data(const char *dir, struct vault *vault, uint8_t *user_key, uint8_t *key,
	struct locked **locked, struct problem *problem)
{
	*locked = NULL;
	if (lease_is_in(dir))
		return open_leased(dir, vault, user_key, key, locked, problem);
	return vault_open_data(vault, user_key, NULL, key) ||
		opens_nothing(dir, problem);
}

/* By whoever holds the data key, or by the passphrase. */
static bool
find_user_key(const char *dir, const struct vault *vault,
	const struct passphrase_source *source, uint8_t *user_key,
	struct problem *problem)
{
	uint8_t *key = vault_data_key_room();
	struct passphrase *passphrase;
	bool found = holder_ask(dir, key) && vault_is_key(vault, key) &&
		vault_user_key(vault, key, user_key);

	sodium_free(key);
	if (found)
		return true;
	passphrase = passphrase_read(source, T("passphrase"), false, problem);
	found = passphrase &&
		vault_open_user(vault, passphrase, user_key, problem);
	passphrase_free(passphrase);
	return found;
}

bool
unlock_node(const char *dir, const struct passphrase_source *source,
	uint8_t **key, struct locked **locked, struct problem *problem)
{
	struct vault vault;
	uint8_t *user_key;
	bool opened;

	*key = NULL;
	*locked = NULL;
	if (!vault_is_in(dir))
		return true;
	vault_guard_process();
	*key = vault_data_key_room();
	user_key = vault_data_key_room();
	opened = vault_load(&vault, dir, problem) &&
		find_user_key(dir, &vault, source, user_key, problem) &&
		open_data(dir, &vault, user_key, *key, locked, problem);
	sodium_free(user_key);
	if (opened && recast_settle(dir, *key, SETTLE_WAIT_MS, problem))
		return true;
	sodium_free(*key);
	*key = NULL;
	return false;
}

bool
unlock_renewed(const char *dir, struct locked *locked, uint8_t **key,
	struct problem *problem)
{
	struct locked *still = NULL;
	struct vault vault;

	*key = vault_data_key_room();
	if (vault_load(&vault, dir, problem) &&
		open_data(
			dir, &vault, locked->user_key, *key, &still, problem) &&
		recast_settle(dir, *key, SETTLE_WAIT_MS, problem))
		return true;
	locked_free(still);
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
	uint8_t *user_key = vault_data_key_room();
	struct passphrase_source source;
	struct locked *locked = NULL;
	bool opened;

	*passphrase = NULL;
	*key = vault_data_key_room();
	opened = unlock_source(cli, &source) && unlock_is_encrypted(cli, dir) &&
		vault_load(vault, dir, &cli->problem);
	vault_guard_process();
	if (opened)
		*passphrase = passphrase_read(
			&source, T("passphrase"), false, &cli->problem);
	opened = *passphrase &&
		vault_open_user(vault, *passphrase, user_key, &cli->problem) &&
		open_data(dir, vault, user_key, *key, &locked, &cli->problem);
	locked_free(locked);
	sodium_free(user_key);
	if (opened)
		return true;
	passphrase_free(*passphrase);
	sodium_free(*key);
	*passphrase = NULL;
	*key = NULL;
	return false;
}
