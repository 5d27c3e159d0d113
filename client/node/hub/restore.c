#include "client/node/hub/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/carry.h"
#include "client/node/copied.h"
#include "client/node/folder.h"
#include "client/node/hub/certify.h"
#include "client/node/hub/directory.h"
#include "client/node/hub/root.h"
#include "client/node/keys.h"
#include "client/node/setup.h"
#include "client/node/standing.h"
#include "client/store/setting.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static bool
disk_refused(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static uint8_t *
load_root(const char *path, const uint8_t *company_key, struct problem *problem)
{
	uint8_t *secret = sodium_malloc(SIGNING_SECRET_SIZE);

	if (!secret)
		alloc_failed();
	if (root_load(path, company_key, secret, problem))
		return secret;
	sodium_free(secret);
	return NULL;
}

/* ---- the copy of the database ---- */

static bool
copy_bytes(int from, int to)
{
	uint8_t buffer[1 << 16];
	ssize_t n;

	while ((n = read(from, buffer, sizeof buffer)) != 0) {
		uint8_t *at = buffer;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		while (n > 0) {
			ssize_t written = write(to, at, (size_t)n);

			if (written < 0 && errno == EINTR)
				continue;
			if (written <= 0)
				return false;
			at += written;
			n -= written;
		}
	}
	return fsync(to) == 0;
}

/* A file that need not be there (`must` false) is fine without. */
static bool
copy_file(const char *from, const char *to, bool must, struct problem *problem)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	bool copied;

	if (in < 0 && errno == ENOENT && !must)
		return true;
	if (in < 0) {
		if (errno == ENOENT)
			problem_set(problem, EXIT_NOT_FOUND,
				T("there is no file %s"), from);
		else
			problem_set(problem, EXIT_FAILED, "%s: %s", from,
				strerror(errno));
		return problem_hint(problem,
			T("--from names a copy of the old hub's folder, or of "
			  "the node.db in it"));
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	copied = out >= 0 && copy_bytes(in, out);
	if (!copied)
		problem_set(
			problem, EXIT_FAILED, "%s: %s", to, strerror(errno));
	if (out >= 0 && close(out) != 0 && copied)
		copied = problem_set(
			problem, EXIT_FAILED, "%s: %s", to, strerror(errno));
	(void)close(in); /* only read */
	return copied;
}

/* node.db, and what a running or interrupted node had beside it. */
static bool
copy_database(const char *from, const char *dir, struct problem *problem)
{
	static const char *const endings[] = {"", "-wal"};
	struct stat s;
	bool folder = stat(from, &s) == 0 && S_ISDIR(s.st_mode);
	char *base = folder ? folder_file(from, "node.db")
			    : alloc_copy(from, strlen(from) + 1);
	bool copied = true;

	for (size_t i = 0; copied && i < sizeof endings / sizeof *endings;
		i++) {
		size_t size = strlen(base) + 8;
		char *file = alloc(size), name[16];
		char *to;

		(void)snprintf(file, size, "%s%s", base, endings[i]);
		(void)snprintf(name, sizeof name, "node.db%s", endings[i]);
		to = folder_file(dir, name);
		copied = copy_file(file, to, i == 0, problem);
		free(file);
		free(to);
	}
	free(base);
	return copied;
}

/* A node that runs writes on while it is copied: no copy. */
static bool
is_at_rest(const char *from, struct problem *problem)
{
	char *path = folder_file(from, "lock");
	bool there = access(path, W_OK) == 0;
	int lock = -1;

	free(path);
	if (!there)
		return true;
	if (!node_lock(from, 0, &lock, problem))
		return problem_hint(problem,
			T("stop the hub that runs there, or name a copy"));
	(void)close(lock); /* which lets go of it */
	return true;
}

/* ---- making it ---- */

/* The hubs that vouched for what the copy holds, as the new one knows them. */
static enum status
remember_hubs(struct store *store, const uint8_t *company_key)
{
	uint8_t credentials[3 * CERTIFICATE_SIZE],
		issuers[ORDER_KEYS_MAX * SIGNING_KEY_SIZE];
	uint8_t hubs[POLICY_HUBS_MAX * SIGNING_KEY_SIZE];
	size_t size = setting_get(
		store, "credentials", credentials, sizeof credentials);
	size_t known = setting_get(store, "hubs", hubs, sizeof hubs);
	size_t ended = setting_get(store, "issuers", issuers, sizeof issuers);
	struct certificate issuer, hub;

	if (size < CREDENTIALS_SIZE ||
		certificate_decode(&issuer, credentials, CERTIFICATE_SIZE) !=
			STATUS_OK ||
		certificate_decode(&hub, credentials + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE) != STATUS_OK ||
		hub.kind != CERTIFICATE_HUB ||
		certificate_chain_origin(company_key, &issuer, &hub) !=
			STATUS_OK)
		return STATUS_MALFORMED;
	if (known + SIGNING_KEY_SIZE > sizeof hubs ||
		ended + SIGNING_KEY_SIZE > sizeof issuers)
		return STATUS_FAILED;
	memcpy(hubs + known, hub.signing_key, SIGNING_KEY_SIZE);
	memcpy(issuers + ended, issuer.signing_key, SIGNING_KEY_SIZE);
	if (setting_set(store, "hubs", hubs, known + SIGNING_KEY_SIZE) !=
		STATUS_OK)
		return STATUS_FAILED;
	return setting_set(store, "issuers", issuers, ended + SIGNING_KEY_SIZE);
}

static enum status
write_settings(struct store *store, const struct setup *setup)
{
	static const uint8_t yes = 1, no = 0;
	enum status status = setting_set(store, "company_key",
		setup->company_key, sizeof setup->company_key);

	if (status == STATUS_OK)
		status = setting_set(store, "credentials", setup->credentials,
			setup->credentials_size);
	if (status == STATUS_OK)
		status = setting_set(
			store, "user", setup->user, sizeof setup->user);
	if (status == STATUS_OK)
		status = setting_set(store, "hub", &yes, sizeof yes);
	if (status == STATUS_OK) /* what the copy was is over */
		status = setting_set(store, "copied", &no, sizeof no);
	return status == STATUS_OK
		? setting_set(store, "restoring", &yes, sizeof yes)
		: status;
}

/* Whether the copy is that of a hub of this very company. */
static bool
is_hub_of(struct store *store, const uint8_t *company_key, const char *from,
	struct problem *problem)
{
	uint8_t key[SIGNING_KEY_SIZE], hub = 0;

	if (setting_get(store, "company_key", key, sizeof key) != sizeof key ||
		setting_get(store, "hub", &hub, sizeof hub) != sizeof hub ||
		!hub)
		return problem_set(problem, EXIT_USAGE,
			T("%s is not the database of a hub"), from);
	if (memcmp(key, company_key, sizeof key) == 0)
		return true;
	problem_set(problem, EXIT_REFUSED, T("%s is of another company"), from);
	return problem_hint(problem,
		T("--root-file and --from have to be of the same one"));
}

/* Turns the database in the folder into the new hub's. */
static bool
take_database(const struct hub_restore_options *options,
	const struct setup *setup, struct problem *problem)
{
	char *path = folder_file(options->dir, "node.db");
	char reason[256] = "";
	struct store *store = NULL;
	enum status status;
	bool rebuild, taken;

	taken = store_sqlite_open(&store, path, schema_roadbook(), &rebuild,
			reason, sizeof reason) == STATUS_OK;
	if (!taken)
		problem_set(problem, EXIT_FAILED, "%s: %s",
			options->from ? options->from : path, reason);
	if (taken && options->from)
		taken = is_hub_of(
			store, setup->company_key, options->from, problem);
	if (taken) {
		status = options->from
			? remember_hubs(store, setup->company_key)
			: STATUS_OK;
		if (status == STATUS_OK)
			status = write_settings(store, setup);
		if (status != STATUS_OK)
			taken = problem_set(problem, EXIT_FAILED, "%s: %s",
				path, store_sqlite_problem(store));
	}
	store_sqlite_close(store);
	free(path);
	return taken;
}

/*
 * What the old hub had written and not sealed is in its copy alone. It leaves
 * the old log, which would be taken for a branch, and waits under the new one.
 */
static enum status
carry_pending_of(struct node *node, struct territory *t, uint32_t number,
	const struct store_log *old)
{
	struct store *store = node->store;
	uint8_t own[LOG_BYTES] = {0};
	struct carry *carry;
	enum status status;
	uint32_t written;

	memcpy(own, node->device, ID_BYTES);
	carry = carry_take(t, old->id, old->kept, &status);
	if (!carry)
		return status;
	status = store->pending_drop(
		store->self, territory_number(t), number, INT64_MAX);
	if (status == STATUS_OK)
		status = territory_reload(t);
	if (status == STATUS_OK)
		status = territory_rebuild(t);
	if (status == STATUS_OK)
		status = node_directory_changed(node);
	if (status == STATUS_OK)
		status = carry_write(t, carry, own, &written);
	if (status == STATUS_OK)
		status = node_directory_changed(node);
	carry_free(carry);
	return status;
}

/* Of the hubs before this one; nobody else writes in a hub's folder. */
static enum status
carry_pending_in(struct node *node, struct territory *t)
{
	struct store *store = node->store;
	struct store_log *logs = NULL;
	uint32_t count = 0;
	enum status status =
		store->logs(store->self, territory_number(t), &logs, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (status == STATUS_OK &&
			policy_is_hub(node->policy, logs[i].id) &&
			memcmp(logs[i].id, node->device, ID_BYTES) != 0)
			status = carry_pending_of(node, t, i, &logs[i]);
		free(logs[i].context);
	}
	free(logs);
	return status;
}

static bool
carry_pending(struct node *node, struct problem *problem)
{
	enum status status = STATUS_OK;

	if (!node_begin(node, problem))
		return false;
	for (uint32_t i = 0; status == STATUS_OK && i < node->territory_count;
		i++)
		status = carry_pending_in(node, node->territories[i]);
	if (status == STATUS_OK)
		return node_commit(node, problem);
	disk_refused(node, problem);
	node_rollback(node);
	return false;
}

static bool
make(const struct hub_restore_options *options, const uint8_t *secret,
	struct node_keys *keys, uint8_t *device, struct problem *problem)
{
	struct setup setup = {.dir = options->dir, .keys = keys, .hub = true};
	struct node *node = NULL;
	bool made;

	memcpy(setup.company_key, root_public(secret), SIGNING_KEY_SIZE);
	certify_hub(setup.company_key, secret, keys, (uint64_t)node_now_ms(),
		setup.credentials);
	setup.credentials_size = CREDENTIALS_SIZE;
	setup_clear(options->dir);
	made = (!options->from ||
		       copy_database(options->from, options->dir, problem)) &&
		take_database(options, &setup, problem) &&
		setup_open(&setup, &node, problem) &&
		/* Another schema's tables were made anew in passing. */
		node_rebuild(node, problem) && carry_pending(node, problem) &&
		setup_done(&setup, problem);
	if (made)
		memcpy(device, node->device, ID_BYTES);
	node_close(node);
	if (!made)
		setup_clear(options->dir);
	return made;
}

bool
hub_restore(const struct hub_restore_options *options,
	uint8_t device[static ID_BYTES], struct problem *problem)
{
	uint8_t *secret = load_root(options->root_file, NULL, problem);
	struct node_keys *keys;
	bool made;

	if (!secret)
		return false;
	keys = node_keys_new(true);
	made = folder_make(options->dir, problem) &&
		(!options->from || is_at_rest(options->from, problem)) &&
		make(options, secret, keys, device, problem);
	node_keys_free(keys);
	sodium_free(secret);
	return made;
}

/* ---- the end of it ---- */

/* Where the directory log of a hub ends here. */
static void
find_end(struct node *node, const uint8_t *device, struct order_hub *hub)
{
	const struct frontier_entry *kept;
	uint32_t count;

	territory_frontier(node->directory, &kept, &count);
	for (uint32_t i = 0; i < count; i++)
		if (memcmp(kept[i].log, device, ID_BYTES) == 0) {
			hub->last = (uint64_t)kept[i].last;
			memcpy(hub->name, kept[i].name, SEGMENT_NAME_SIZE);
		}
}

/* Every hub that was known, but for this one, and every issuing key. */
static bool
gather(struct node *node, bool stolen, struct order *order)
{
	uint8_t issuers[ORDER_KEYS_MAX * SIGNING_KEY_SIZE];
	uint64_t now = (uint64_t)node_now_ms();
	size_t size =
		setting_get(node->store, "issuers", issuers, sizeof issuers);
	const uint8_t *key;

	*order = *policy_order(node->policy);
	order->number++;
	order->signed_ms = now;
	for (uint32_t i = 0; (key = policy_hub_key_at(node->policy, i)); i++) {
		struct order_hub hub = {.last = 0};
		uint8_t device[ID_BYTES];

		device_id(device, key);
		if (memcmp(device, node->device, ID_BYTES) == 0 ||
			order_hub(order, key))
			continue;
		memcpy(hub.sign_key, key, SIGNING_KEY_SIZE);
		find_end(node, device, &hub);
		if (!order_add_hub(order, &hub))
			return false;
	}
	for (size_t at = 0; at + SIGNING_KEY_SIZE <= size;
		at += SIGNING_KEY_SIZE) {
		struct order_key ended = {
			.ends_ms = stolen ? now : now + HUB_CERTIFICATE_MS};

		memcpy(ended.key, issuers + at, SIGNING_KEY_SIZE);
		if (memcmp(ended.key, node_keys_issuing_public(node->keys),
			    SIGNING_KEY_SIZE) != 0 &&
			!order_add_key(order, &ended))
			return false;
	}
	return true;
}

static enum status
write_done(struct node *node, const uint8_t *bytes, size_t size, bool stolen)
{
	static const uint8_t no = 0;
	uint8_t was_stolen = stolen;
	enum status status =
		policy_take_order(node->policy, node->company_key, bytes, size);

	if (status == STATUS_OK)
		status = standing_write_order(node);
	if (status == STATUS_OK)
		status = setting_set(node->store, "restoring", &no, sizeof no);
	if (status == STATUS_OK)
		status = setting_set(
			node->store, "stolen", &was_stolen, sizeof was_stolen);
	return status;
}

static bool
finish(struct node *node, const uint8_t *secret, bool stolen,
	struct problem *problem)
{
	uint8_t bytes[ORDER_SIZE_MAX];
	struct order order;
	size_t size;

	if (!gather(node, stolen, &order))
		return problem_set(problem, EXIT_FAILED,
			T("this company's hub was replaced as often as can be "
			  "told"));
	size = order_encode(bytes, &order, secret);
	if (!node_begin(node, problem))
		return false;
	if (write_done(node, bytes, size, stolen) != STATUS_OK) {
		disk_refused(node, problem);
		node_rollback(node);
		return false;
	}
	if (!node_commit(node, problem))
		return false;
	standing_set_restoring(node, false);
	return true;
}

/* The new hub is a device of the directory, as the old one was. */
static bool
write_device(struct node *node, struct problem *problem)
{
	struct directory_draft draft = {0};
	uint8_t link_key[LINK_KEY_SIZE];

	node_keys_link_public(node->keys, link_key);
	directory_bytes(&draft, TYPE_DEVICE, node->device, DEVICE_SIGN_KEY,
		node_keys_sign_public(node->keys), SIGNING_KEY_SIZE);
	directory_bytes(&draft, TYPE_DEVICE, node->device, DEVICE_LINK_KEY,
		link_key, LINK_KEY_SIZE);
	directory_once_text(
		&draft, TYPE_DEVICE, node->device, DEVICE_KIND, "hub");
	return directory_write(node, &draft, problem);
}

bool
hub_restore_done(struct node *node, const char *root_file, bool stolen,
	struct problem *problem)
{
	uint8_t *secret;
	bool done;

	if (!node->hub || !node->restoring) {
		problem_set(problem, EXIT_USAGE,
			T("this hub is not being restored"));
		return problem_hint(problem,
			"roadbook hub restore --root-file FILE "
			"--from FOLDER|--from-peers");
	}
	if (!policy_user_at(node->policy, 0)) {
		problem_set(problem, EXIT_FAILED,
			T("nothing of the directory has come back yet"));
		return problem_hint(problem,
			T("roadbook hub serve, until a device has synced"));
	}
	secret = load_root(root_file, node->company_key, problem);
	if (!secret)
		return false;
	done = finish(node, secret, stolen, problem) &&
		write_device(node, problem);
	sodium_free(secret);
	return done;
}

/* The former hubs' logs, with where each ends. */
struct endings {
	struct node *node;
	enum status status;
	int64_t from_ms; /* what was written from then on is narrowed to them */
};

static void
take_endings_of(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct endings *e = self;
	struct node *node = e->node;
	uint8_t own[LOG_BYTES] = {0};
	struct carry *carry;
	uint32_t written;

	(void)last; /* all of it */
	if (e->status != STATUS_OK)
		return;
	memcpy(own, node->device, ID_BYTES);
	carry = carry_take(node->directory, log, first - 1, &e->status);
	if (!carry)
		return;
	carry_narrow(carry, e->from_ms, TYPE_CUTOFF);
	e->status = carry_write(node->directory, carry, own, &written);
	carry_free(carry);
}

/* territory_late() with the list copied: what it finds is written meanwhile. */
struct late_log {
	uint8_t log[LOG_BYTES];
	int64_t first, last;
};

struct late_logs {
	struct late_log *list;
	uint32_t count;
};

static void
add_late_log(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct late_logs *logs = self;

	logs->list =
		alloc_again(logs->list, (logs->count + 1) * sizeof *logs->list);
	memcpy(logs->list[logs->count].log, log, LOG_BYTES);
	logs->list[logs->count].first = first;
	logs->list[logs->count++].last = last;
}

bool
hub_take_endings(struct node *node, struct problem *problem)
{
	struct endings endings = {.node = node};
	struct late_logs late = {.count = 0};
	uint8_t stolen = 0;

	(void)setting_get(node->store, "stolen", &stolen, sizeof stolen);
	if (!stolen)
		endings.from_ms =
			(int64_t)policy_order(node->policy)->signed_ms;

	if (!hub_in_office(node, problem) || !node_begin(node, problem))
		return false;
	endings.status = territory_late(node->directory, add_late_log, &late);
	for (uint32_t i = 0; i < late.count; i++)
		take_endings_of(&endings, late.list[i].log, late.list[i].first,
			late.list[i].last);
	free(late.list);
	if (endings.status == STATUS_OK)
		endings.status = node_directory_changed(node);
	if (endings.status == STATUS_OK)
		return node_commit(node, problem);
	disk_refused(node, problem);
	node_rollback(node);
	return false;
}

bool
hub_in_office(struct node *node, struct problem *problem)
{
	if (node->restoring) {
		problem_set(problem, EXIT_REFUSED,
			T("this hub is being restored: it takes back the "
			  "directory and writes nothing"));
		return problem_hint(problem,
			"roadbook hub restore --done --root-file FILE");
	}
	if (!copied_may_write(node, problem))
		return false;
	if (policy_is_former_hub(node->policy, node->device)) {
		problem_set(problem, EXIT_REFUSED,
			T("this hub was replaced by another machine"));
		return problem_hint(problem,
			T("what it holds is safe with the one that replaced "
			  "it; put this one away"));
	}
	return true;
}
