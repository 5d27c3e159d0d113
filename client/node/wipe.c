#include "client/node/wipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/holder.h"
#include "client/node/instant.h"
#include "client/node/keys.h"
#include "client/node/last_word.h"
#include "client/node/recast.h"
#include "sync/alloc.h"

/* The key file first: what is left of the rest is nothing without it. */
static const char *const names[] = {"vault", "vault.new", "lease", "lease.new",
	"letters", "letters.new", "letters.damaged", "recovery", "recovery.new",
	"receipt.new", "keys", "keys.new", "keys.next", "keys.sealed",
	"node.db", "node.db-wal", "node.db-shm", "node.db-journal",
	"node.db.new", "node.db.new-journal", "node.db.taken"};

bool
wipe_due(const struct node *node)
{
	const struct policy *policy = node->policy;

	if (node->hub || !node->keys->sealed || !node->directory ||
		!policy_is_revoked(policy, node->device) ||
		policy_is_replaced(policy, node->device))
		return false;
	/* What had been owed was dropped when the hub had it: owed.c. */
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (node->territories[i] != node->directory)
			return false;
	return true;
}

/* Overwritten and removed; false when something is still there. */
static bool
erase(const char *dir)
{
	bool gone = true;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = folder_file(dir, names[i]);

		if (access(path, F_OK) == 0) {
			recast_scrub(path);
			gone &= unlink(path) == 0;
		}
		free(path);
	}
	return gone;
}

static bool
not_gone(const char *dir, struct problem *problem)
{
	problem_set(problem, EXIT_FAILED,
		T("%s is to be erased, and the disk refuses"), dir);
	return problem_hint(problem,
		T("any command goes on with it; see that the folder can be "
		  "written"));
}

/* Under the folder's lock, so that nobody opens half of it. */
static bool
erase_locked(const char *dir, struct problem *problem)
{
	int lock = -1;
	bool gone;

	if (!node_lock(dir, 0, &lock, problem))
		return false;
	gone = erase(dir);
	(void)close(lock); /* which lets go of it */
	return gone || not_gone(dir, problem);
}

/* From here on it is going to be erased, whoever ends this process. */
static bool
begin(const char *dir, const uint8_t *device, struct problem *problem)
{
	char id[ID_TEXT_SIZE], when[INSTANT_TEXT_SIZE];
	char *early = folder_file(dir, "wiped.new");
	char *path = folder_file(dir, "wiped");
	char *text = NULL;
	bool done = true;

	if (access(path, F_OK) != 0) {
		id_format(id, device);
		instant_text(node_now_ms(), 0, when);
		if (asprintf(&text, "%s %s\n", id, when) < 0)
			alloc_failed();
		(void)unlink(early); /* what one that was cut short has left */
		done = node_write_secret(early, text, strlen(text), problem) &&
			node_settle_secret(early, path, problem);
		free(text);
	}
	free(early);
	free(path);
	return done;
}

bool
wipe_node(const char *dir, const uint8_t device[static ID_BYTES],
	struct problem *problem)
{
	if (!begin(dir, device, problem))
		return false;
	(void)holder_end(dir); /* most often none */
	return erase_locked(dir, problem);
}

bool
wipe_settle(const char *dir, struct problem *problem)
{
	bool left = false;

	if (!folder_has(dir, "wiped"))
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		left |= folder_has(dir, names[i]);
	if (left && !erase_locked(dir, problem))
		return false;
	problem_set(problem, EXIT_REFUSED,
		T("this device was shut out by head office, and what it held "
		  "was erased"));
	return problem_hint(problem,
		T("what had been written here is with head office; a new "
		  "invitation makes a new device"));
}

bool
wipe_forget(const char *dir, struct problem *problem)
{
	char *path = folder_file(dir, "wiped");
	bool done = access(path, F_OK) != 0 ||
		(erase_locked(dir, problem) &&
			(unlink(path) == 0 || not_gone(dir, problem)));

	if (done)
		last_word_forget(dir); /* it is about another device */
	free(path);
	return done;
}
