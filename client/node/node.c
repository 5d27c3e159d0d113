#include "client/node/node.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/node/copied.h"
#include "client/node/folder.h"
#include "client/node/give_up.h"
#include "client/node/hub/rotate.h"
#include "client/node/keys.h"
#include "client/node/owed.h"
#include "client/node/standing.h"
#include "client/store/setting.h"
#include "client/store/trouble.h"
#include "sync/alloc.h"

const char node_taken_name[] = "letters_taken";

int64_t
node_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* always there */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int32_t
node_offset(int64_t now_ms)
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return 0;
	return (int32_t)(local.tm_gmtoff / 60);
}

int
node_zone(void *self, int64_t utc_ms)
{
	(void)self;
	return node_offset(utc_ms);
}

void
node_new_id(uint8_t id[static ID_BYTES])
{
	static uint8_t last[ID_BYTES];
	static int64_t last_ms;
	uint8_t random[ID_RANDOM_SIZE];
	int64_t now_ms = node_now_ms();

	randombytes_buf(random, sizeof random);
	if (now_ms == last_ms) {
		id_step(last, random);
	} else {
		id_make(last, (uint64_t)now_ms, random);
		last_ms = now_ms;
	}
	memcpy(id, last, ID_BYTES);
}

/* ---- territories ---- */

static bool
stands_at(const struct node *node, uint32_t place, const uint8_t *id)
{
	return place < node->territory_count &&
		memcmp(territory_id(node->territories[place]), id, ID_BYTES) ==
		0;
}

/*
 * A session asks for each of them, several times: where one stood last is
 * looked at first. A place that is wrong by now, or another's, is looked for
 * anew.
 */
static struct territory *
opened(struct node *node, const uint8_t *id)
{
	uint32_t *place;
	uint16_t at;

	memcpy(&at, id + ID_BYTES - sizeof at, sizeof at); /* random */
	place = &node->territory_places[at % NODE_PLACES];
	if (stands_at(node, *place, id))
		return node->territories[*place];
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (stands_at(node, i, id)) {
			*place = i;
			return node->territories[i];
		}
	return NULL;
}

struct territory *
node_territory(struct node *node, const uint8_t *id, bool make)
{
	struct territory *territory = opened(node, id);
	struct territory_rules rules;

	if (territory)
		return territory;
	rules = policy_rules(node->policy);
	if (!make ||
		territory_open(&territory, node->store, &rules, id) !=
			STATUS_OK)
		return NULL;
	node->territories = alloc_again(node->territories,
		(node->territory_count + 1) * sizeof *node->territories);
	node->territories[node->territory_count++] = territory;
	return territory;
}

const uint8_t *
node_territory_id(struct node *node, uint32_t number)
{
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (territory_number(node->territories[i]) == number)
			return territory_id(node->territories[i]);
	return NULL;
}

static void
open_readable(void *self, const uint8_t *territory)
{
	struct node *node = self;

	/* A failure shows when it is asked for again. */
	(void)node_territory(node, territory, true);
}

/* Whatever the grants open, so that lists and syncs find it there. */
static void
open_territories(struct node *node)
{
	policy_readable(node->policy, node->device, open_readable, node);
}

struct by_path {
	char path[POLICY_PATH_MAX];
	struct territory *territory;
};

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct by_path *)a)->path,
		((const struct by_path *)b)->path);
}

struct territory **
node_business(struct node *node, uint32_t *count)
{
	size_t room = node->territory_count + (size_t)1;
	struct by_path *sorted = alloc(room * sizeof *sorted);
	struct territory **list = alloc(room * sizeof(struct territory *));

	*count = 0;
	for (uint32_t i = 0; i < node->territory_count; i++) {
		struct territory *t = node->territories[i];

		if (t == node->directory ||
			!policy_may_read(
				node->policy, node->device, territory_id(t)))
			continue;
		(void)policy_path(
			node->policy, territory_id(t), sorted[*count].path);
		sorted[(*count)++].territory = t;
	}
	qsort(sorted, *count, sizeof *sorted, compare_paths);
	for (uint32_t i = 0; i < *count; i++)
		list[i] = sorted[i].territory;
	free(sorted);
	return list;
}

void
node_readable(struct node *node, uint32_t **numbers, uint32_t *count)
{
	struct territory **list = node_business(node, count);

	*numbers = alloc((*count + (size_t)1) * sizeof **numbers);
	for (uint32_t i = 0; i < *count; i++)
		(*numbers)[i] = territory_number(list[i]);
	free(list);
}

enum status
node_directory_changed(struct node *node)
{
	enum status status = policy_load(
		node->policy, node->store, territory_number(node->directory));

	if (status != STATUS_OK)
		return status;
	open_territories(node);
	for (uint32_t i = 0; i < node->territory_count; i++) {
		if (node->territories[i] == node->directory)
			continue;
		status = territory_settle(node->territories[i], NULL);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* ---- transactions ---- */

static bool
disk_problem(struct node *node, struct problem *problem)
{
	problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
	return problem_hint(problem,
		T("nothing was changed; see that the disk has room and the "
		  "folder can be written"));
}

bool
node_begin(struct node *node, struct problem *problem)
{
	if (node->store->begin(node->store->self) == STATUS_OK)
		return true;
	return disk_problem(node, problem);
}

/* That it was taken goes into the transaction of what it says. */
static bool
commit(struct node *node)
{
	if (node->is_taking &&
		setting_set(node->store, node_taken_name, &node->taking,
			sizeof node->taking) != STATUS_OK)
		return false;
	if (node->store->commit(node->store->self) != STATUS_OK)
		return false;
	node->taking_done = node->is_taking;
	return true;
}

bool
node_commit(struct node *node, struct problem *problem)
{
	if (commit(node))
		return true;
	disk_problem(node, problem);
	node_rollback(node);
	return false;
}

/* What lies on the disk cannot be read back; it is safe as it is. */
static _Noreturn void
lose_disk(struct node *node)
{
	struct problem problem;

	disk_problem(node, &problem);
	give_up(&problem);
}

/* Loads again what a transaction that was undone had changed in memory. */
void
node_reload(struct node *node)
{
	/* What is projected goes by what order and directory say. */
	if (standing_rolled_back(node) != STATUS_OK ||
		policy_load(node->policy, node->store,
			territory_number(node->directory)) != STATUS_OK)
		lose_disk(node);
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (territory_reload(node->territories[i]) != STATUS_OK)
			lose_disk(node);
}

void
node_rollback(struct node *node)
{
	node->store->rollback(node->store->self);
	node_reload(node);
}

static enum status
seal_logs(struct node *node, struct territory *t)
{
	const struct merge_logs *logs = territory_logs(t);
	enum status status = STATUS_OK;

	for (uint32_t l = 0; status == STATUS_OK && l < logs->count; l++) {
		uint32_t segments;

		if (memcmp(logs->list[l].id, node->device, ID_BYTES) != 0)
			continue;
		status = territory_seal(t, logs->list[l].id, node->company,
			node->keys->sign_secret, &segments);
		logs = territory_logs(t);
	}
	return status;
}

/* Of all territories, or of this one. */
static enum status
seal(struct node *node, struct territory *only)
{
	enum status status;
	uint64_t pending = 0;

	/* The one takes back first what others hold, the other must not. */
	if (node->restoring || node->copied)
		return STATUS_OK;
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (!only || only == node->territories[i])
			pending += territory_pending(node->territories[i]);
	if (!pending)
		return STATUS_OK;
	status = node->store->begin(node->store->self);
	if (status != STATUS_OK)
		return status;
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		if (!only || only == node->territories[i])
			status = seal_logs(node, node->territories[i]);
	if (status == STATUS_OK)
		status = node->store->commit(node->store->self);
	if (status != STATUS_OK)
		node_rollback(node);
	return status;
}

enum status
node_seal_inside(struct node *node)
{
	enum status status = STATUS_OK;

	if (node->restoring || node->copied)
		return STATUS_OK;
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		status = seal_logs(node, node->territories[i]);
	return status;
}

enum status
node_seal(struct node *node)
{
	return seal(node, NULL);
}

enum status
node_seal_one(struct node *node, struct territory *territory)
{
	return seal(node, territory);
}

/* ---- opening ---- */

enum { LOCK_POLL_MS = 20 };

bool
node_lock(const char *dir, int wait_ms, int *lock, struct problem *problem)
{
	char *path = folder_file(dir, "lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
		free(path);
		return problem_hint(problem,
			T("see that the disk has room and the folder can be "
			  "written"));
	}
	free(path);
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0;) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK) {
			problem_set(problem, EXIT_FAILED, "%s/lock: %s", dir,
				text_errno(errno));
			(void)close(fd); /* it was never ours */
			return problem_hint(problem,
				T("see that the disk has room and the folder "
				  "can be written"));
		}
		if (waited >= wait_ms) {
			(void)close(fd); /* only a lock */
			problem_set(problem, EXIT_LOCKED,
				T("another command has %s open"), dir);
			return problem_hint(
				problem, T("wait for it to end, then again"));
		}
		(void)usleep(LOCK_POLL_MS * 1000); /* too early is fine */
		waited += LOCK_POLL_MS;
	}
	*lock = fd;
	return true;
}

static bool
read_setting(struct node *node, const char *name, void *out, size_t size,
	struct problem *problem)
{
	if (setting_get(node->store, name, out, size) == size)
		return true;
	if (trouble_count())
		return disk_problem(node, problem);
	problem_set(problem, EXIT_FAILED,
		T("%s/node.db does not belong to a node that was set up"),
		node->dir);
	return problem_hint(
		problem, T("set one up in an empty folder: roadbook init"));
}

static bool
load_settings(struct node *node, struct problem *problem)
{
	uint8_t hub = 0;

	node->credentials_size = setting_get(node->store, "credentials",
		node->credentials, sizeof node->credentials);
	(void)setting_get(node->store, "hub_time", &node->hub_time_ms,
		sizeof node->hub_time_ms); /* zero before the first word */
	if (!read_setting(node, "company_key", node->company_key,
		    sizeof node->company_key, problem) ||
		!read_setting(
			node, "user", node->user, sizeof node->user, problem) ||
		!read_setting(node, "hub", &hub, sizeof hub, problem))
		return false;
	node->hub = hub != 0;
	company_id(node->company, node->company_key);
	device_id(node->device, node_keys_sign_public(node->keys));
	return true;
}

/* A hub's, when changing them was cut short. */
static bool
settle_keys(struct node *node)
{
	if (node->hub)
		rotate_settle(node);
	copied_load(node);
	return true;
}

static bool
open_store(struct node *node, bool *rebuild, struct problem *problem)
{
	unsigned troubles = trouble_count();
	char reason[1024] = "";
	char *path = folder_file(node->dir, "node.db");
	enum status status = store_sqlite_open_sealed(&node->store, path,
		node_keys_data_key(node->keys), node->schema, rebuild, reason,
		sizeof reason);

	free(path);
	if (status == STATUS_OK) {
		store_sqlite_note_receipts(node->store, node_now_ms);
		return true;
	}
	problem_set(problem, EXIT_FAILED, "%s", reason);
	if (trouble_count() != troubles)
		problem_hint(problem,
			T("see that the disk has room and the "
			  "folder can be written"));
	return false;
}

bool
node_rebuild(struct node *node, struct problem *problem)
{
	enum status status;

	if (!node_begin(node, problem))
		return false;
	/* All at once is much less work than one after the other. */
	status = store_sqlite_empty(node->store);
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		territory_emptied(node->territories[i]);
	if (status == STATUS_OK)
		status = territory_settle(node->directory, NULL);
	if (status == STATUS_OK)
		status = policy_load(node->policy, node->store,
			territory_number(node->directory));
	if (status == STATUS_OK)
		open_territories(node);
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		if (node->territories[i] != node->directory)
			status = territory_settle(node->territories[i], NULL);
	if (status == STATUS_OK)
		status = store_sqlite_rebuilt(node->store);
	if (status == STATUS_OK)
		return node_commit(node, problem);
	disk_problem(node, problem);
	node_rollback(node);
	return false;
}

/* Territories that are kept though no grant opens them any more, too. */
static void
open_kept(void *self, const uint8_t *id)
{
	(void)node_territory(self, id, true);
}

static bool
open_views(struct node *node, bool rebuild, unsigned troubles,
	struct problem *problem)
{
	node->policy = policy_new(node->company);
	standing_load(node);
	node->directory =
		node_territory(node, policy_directory(node->policy), true);
	if (!node->directory ||
		policy_load(node->policy, node->store,
			territory_number(node->directory)) != STATUS_OK)
		return disk_problem(node, problem);
	node_recall_revoked(node);
	setting_territories(node->store, open_kept, node);
	if (!rebuild)
		open_territories(node);
	/* Nothing may stand on what could not be read. */
	if (trouble_count() != troubles)
		return disk_problem(node, problem);
	return !rebuild || node_rebuild(node, problem);
}

bool
node_open_with(struct node **out, const char *dir, struct node_keys *keys,
	const struct schema *schema, int wait_ms, struct problem *problem)
{
	struct node *node = alloc(sizeof *node);
	unsigned troubles = trouble_count();
	bool rebuild = false;

	node->dir = alloc_copy(dir, strlen(dir) + 1);
	node->schema = schema;
	node->keys = keys;
	node->lock = -1;
	if (node_lock(dir, wait_ms, &node->lock, problem) &&
		open_store(node, &rebuild, problem) &&
		load_settings(node, problem) && settle_keys(node) &&
		open_views(node, rebuild, troubles, problem)) {
		node->unclean = true; /* it may have been interrupted */
		if (!node_tidy(node, problem)) {
			node_close(node);
			return false;
		}
		*out = node;
		return true;
	}
	node_close(node);
	return false;
}

bool
node_open(struct node **out, const char *dir, int wait_ms,
	struct problem *problem)
{
	return node_open_sealed(out, dir, NULL, wait_ms, problem);
}

bool
node_open_sealed(struct node **out, const char *dir, const uint8_t *data_key,
	int wait_ms, struct problem *problem)
{
	char *path = folder_file(dir, "keys");
	struct node_keys *keys = NULL;
	bool loaded;

	if (access(path, F_OK) != 0) {
		free(path);
		problem_set(problem, EXIT_NOT_FOUND,
			T("there is no node in %s"), dir);
		return problem_hint(problem,
			T("roadbook init TOKEN makes one; --dir or "
			  "ROADBOOK_DIR names another folder"));
	}
	loaded = node_keys_load_sealed(&keys, path, data_key, problem);
	free(path);
	return loaded &&
		node_open_with(
			out, dir, keys, schema_roadbook(), wait_ms, problem);
}

void
node_close(struct node *node)
{
	if (!node)
		return;
	for (uint32_t i = 0; i < node->territory_count; i++)
		territory_free(node->territories[i]);
	free(node->territories);
	policy_free(node->policy);
	store_sqlite_close(node->store);
	node_keys_free(node->keys);
	node_keys_free(node->next_keys);
	if (node->lock >= 0)
		(void)close(node->lock); /* which lets go of it */
	free(node->dir);
	free(node);
}
