#include "client/node/hub/quota.h"

#include <stdlib.h>
#include <string.h>

#include "client/store/setting.h"
#include "proto/bytes.h"
#include "sync/alloc.h"
#include "sync/limits.h"

enum { BUCKETS = 1024, MEGABYTE = 1000 * 1000 };

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const char create[] = "CREATE TABLE IF NOT EXISTS _quota("
			     "device BLOB PRIMARY KEY, day INTEGER NOT NULL, "
			     "pushed INTEGER NOT NULL, allowed INTEGER)";

struct device_quota {
	struct device_quota *next;
	uint8_t device[ID_BYTES];
	int64_t day;
	uint64_t pushed;
	uint64_t allowed; /* 0: what every device may */
	bool changed;
};

struct quota {
	struct device_quota *buckets[BUCKETS];
	bool changed;
};

struct quota *
quota_new(void)
{
	return alloc(sizeof(struct quota));
}

void
quota_free(struct quota *quota)
{
	for (size_t i = 0; quota && i < BUCKETS; i++)
		while (quota->buckets[i]) {
			struct device_quota *d = quota->buckets[i];

			quota->buckets[i] = d->next;
			free(d);
		}
	free(quota);
}

static uint64_t
allowed_of(uint64_t own)
{
	return own ? own : (uint64_t)LIMITS_DEVICE_DAY_MB * MEGABYTE;
}

static struct device_quota **
bucket_of(struct quota *quota, const uint8_t *device)
{
	/* The end of an id is random, or a hash. */
	return &quota->buckets[load64(device + ID_BYTES - 8) & (BUCKETS - 1)];
}

/* What was written of it. */
static void
read_device(struct node *node, struct device_quota *d)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT day, pushed, allowed FROM _quota WHERE device = ?1");

	if (!s)
		return; /* the push itself will say that the disk refuses */
	(void)sqlite3_bind_blob(s, 1, d->device, ID_BYTES, SQLITE_TRANSIENT);
	if (sqlite3_step(s) == SQLITE_ROW) {
		d->day = sqlite3_column_int64(s, 0);
		d->pushed = (uint64_t)sqlite3_column_int64(s, 1);
		d->allowed = (uint64_t)sqlite3_column_int64(s, 2);
	}
	(void)sqlite3_finalize(s); /* only read */
}

static struct device_quota *
find(struct quota *quota, struct node *node, const uint8_t *device)
{
	struct device_quota **bucket = bucket_of(quota, device);
	struct device_quota *d = *bucket;

	while (d && memcmp(d->device, device, ID_BYTES) != 0)
		d = d->next;
	if (d)
		return d;
	d = alloc(sizeof *d);
	memcpy(d->device, device, ID_BYTES);
	read_device(node, d);
	d->next = *bucket;
	*bucket = d;
	return d;
}

bool
quota_take(struct quota *quota, struct node *node, const uint8_t *device,
	uint64_t size, int64_t now_ms)
{
	struct device_quota *d = find(quota, node, device);

	if (d->day != now_ms / DAY_MS) {
		d->day = now_ms / DAY_MS;
		d->pushed = 0;
	}
	if (d->pushed + size > allowed_of(d->allowed))
		return false;
	d->pushed += size;
	d->changed = quota->changed = true;
	return true;
}

bool
quota_changed(const struct quota *quota)
{
	return quota->changed;
}

static bool
write_device(struct node *node, const struct device_quota *d)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT INTO _quota VALUES(?1, ?2, ?3, nullif(?4, 0)) "
		"ON CONFLICT(device) DO UPDATE SET day = excluded.day, "
		"pushed = excluded.pushed, allowed = excluded.allowed");
	bool written;

	if (!s)
		return false;
	(void)sqlite3_bind_blob(s, 1, d->device, ID_BYTES, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(s, 2, d->day);
	(void)sqlite3_bind_int64(s, 3, (int64_t)d->pushed);
	(void)sqlite3_bind_int64(s, 4, (int64_t)d->allowed);
	written = sqlite3_step(s) == SQLITE_DONE;
	(void)sqlite3_finalize(s); /* the step said it already */
	return written;
}

enum status
quota_write(struct quota *quota, struct node *node)
{
	for (size_t i = 0; quota->changed && i < BUCKETS; i++)
		for (struct device_quota *d = quota->buckets[i]; d;
			d = d->next) {
			if (d->changed && !write_device(node, d))
				return STATUS_FAILED;
			d->changed = false;
		}
	quota->changed = false;
	return STATUS_OK;
}

bool
quota_set(struct quota *quota, struct node *node, const uint8_t *device,
	uint64_t megabytes, struct problem *problem)
{
	struct quota *own = quota ? NULL : quota_new();
	struct device_quota *d = find(quota ? quota : own, node, device);
	bool written;

	d->allowed = megabytes * MEGABYTE;
	written = write_device(node, d);
	quota_free(own);
	return written ||
		problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
}

json_t *
quota_json(struct node *node, int64_t now_ms)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT device, iif(day = ?1, pushed, 0) AS pushed, allowed "
		"FROM _quota WHERE day = ?1 OR allowed IS NOT NULL "
		"ORDER BY pushed DESC, device");
	json_t *list = json_array();

	if (s)
		(void)sqlite3_bind_int64(s, 1, now_ms / DAY_MS);
	while (s && sqlite3_step(s) == SQLITE_ROW) {
		const uint8_t *device = sqlite3_column_blob(s, 0);
		const struct policy_device *known;
		const struct policy_user *user = NULL;
		char id[ID_TEXT_SIZE];

		if (sqlite3_column_bytes(s, 0) != ID_BYTES)
			continue;
		known = policy_device(node->policy, device);
		if (known)
			user = policy_user(node->policy, known->user);
		id_format(id, device);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:I, s:I}", "device", id, "user",
				user ? user->login : "", "pushed_bytes",
				(json_int_t)sqlite3_column_int64(s, 1),
				"allowed_bytes",
				(json_int_t)allowed_of(
					(uint64_t)sqlite3_column_int64(s, 2))));
	}
	(void)sqlite3_finalize(s); /* only read; NULL is fine */
	return list;
}
