#include "client/node/owed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/handed_over.h"
#include "client/store/setting.h"
#include "sync/alloc.h"
#include "sync/erasures.h"

/* ---- what is offered ---- */

/* All that lies beyond cut-offs of a territory, as a digest; none of it: zero.
 */
struct late {
	crypto_generichash_state state;
	bool any;
};

static void
add_late(void *self, const uint8_t *log, int64_t first, int64_t last)
{
	struct late *late = self;

	late->any = true;
	(void)crypto_generichash_update(&late->state, log, LOG_BYTES);
	(void)crypto_generichash_update(
		&late->state, (const uint8_t *)&first, sizeof first);
	(void)crypto_generichash_update(
		&late->state, (const uint8_t *)&last, sizeof last);
}

enum { LATE_SIZE = 16 };

static bool
late_digest(struct territory *t, uint8_t out[static LATE_SIZE])
{
	struct late late = {.any = false};

	memset(out, 0, LATE_SIZE);
	(void)crypto_generichash_init(&late.state, NULL, 0, LATE_SIZE);
	if (territory_late(t, add_late, &late) != STATUS_OK || !late.any)
		return false;
	(void)crypto_generichash_final(&late.state, out, LATE_SIZE);
	return true;
}

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _offered(territory INTEGER PRIMARY KEY, "
	"late BLOB NOT NULL)";

static bool
was_offered(struct node *node, struct territory *t, const uint8_t *late)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT 1 FROM _offered WHERE territory = ?1 AND late = ?2");
	bool was = s &&
		sqlite3_bind_int64(s, 1, territory_number(t)) == SQLITE_OK &&
		sqlite3_bind_blob(s, 2, late, LATE_SIZE, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW;

	(void)sqlite3_finalize(s); /* only read */
	return was;
}

/* A copied store goes on under other keys: nothing of it is to go. */
static bool
may_keep(struct node *node, struct territory *t)
{
	return t == node->directory ||
		policy_is_replaced(node->policy, node->device) ||
		policy_may_read(node->policy, node->device, territory_id(t));
}

static bool
is_stolen(struct node *node)
{
	return policy_is_stolen(node->policy, node->device);
}

void
node_owed(struct node *node, owed_cb *found, void *self)
{
	if (node->hub || is_stolen(node))
		return;
	for (uint32_t i = 0; i < node->territory_count; i++) {
		struct territory *t = node->territories[i];
		uint8_t late[LATE_SIZE];

		if (t == node->directory)
			continue;
		/* In step, and no erasure came: the hub that made it is lost.
		 */
		if (!may_keep(node, t) || territory_owes_erasure(t, NULL) ||
			(late_digest(t, late) && !was_offered(node, t, late)))
			found(self, territory_id(t));
	}
}

/* ---- forgetting ---- */

static bool
disk_failed(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static void
close_territory(struct node *node, struct territory *t)
{
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (node->territories[i] == t) {
			node->territories[i] =
				node->territories[--node->territory_count];
			node->territories[node->territory_count] = NULL;
			break;
		}
	territory_free(t);
}

static bool
drop(struct node *node, struct territory *t, bool lost, struct problem *problem)
{
	uint32_t number = territory_number(t);

	if (!node_begin(node, problem))
		return false;
	if (handed_over_count(node, t, lost) != STATUS_OK ||
		node->store->territory_drop(
			node->store->self, number, node->device) != STATUS_OK) {
		disk_failed(node, problem);
		node_rollback(node);
		return false;
	}
	if (!node_commit(node, problem))
		return false;
	close_territory(node, t);
	node->unclean = true;
	return true;
}

static bool
remember_offered(
	struct node *node, struct territory *t, struct problem *problem)
{
	uint8_t late[LATE_SIZE];
	sqlite3_stmt *s;
	bool done;

	if (!late_digest(t, late))
		return true;
	s = setting_prepare(node->store, create,
		"INSERT INTO _offered VALUES(?1, ?2) ON CONFLICT(territory) "
		"DO UPDATE SET late = excluded.late");
	done = s &&
		sqlite3_bind_int64(s, 1, territory_number(t)) == SQLITE_OK &&
		sqlite3_bind_blob(s, 2, late, LATE_SIZE, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_step(s) == SQLITE_DONE;
	(void)sqlite3_finalize(s); /* repeats the error */
	return done || disk_failed(node, problem);
}

enum status
node_offer_again(struct node *node)
{
	sqlite3_stmt *s =
		setting_prepare(node->store, create, "DELETE FROM _offered");
	enum status status =
		s && sqlite3_step(s) == SQLITE_DONE ? STATUS_OK : STATUS_FAILED;

	(void)sqlite3_finalize(s); /* repeats the error */
	return status;
}

bool
node_handed_over(
	struct node *node, const uint8_t *territory, struct problem *problem)
{
	struct territory *t = node_territory(node, territory, false);

	if (!t)
		return true;
	/* What was typed since is still to go. */
	if (territory_pending(t))
		return true;
	return may_keep(node, t) ? remember_offered(node, t, problem)
				 : drop(node, t, false, problem);
}

static bool
is_empty(struct territory *t)
{
	const struct frontier_entry *list;
	uint32_t count;

	territory_kept(t, &list, &count);
	return count == 0 && territory_pending(t) == 0;
}

/*
 * What is to be erased beyond a cut-off nobody hands back, since it counts
 * nowhere: it goes with what follows it, once the hub was offered all of it.
 */
static bool
drop_late(struct node *node, struct territory *t, struct problem *problem)
{
	uint8_t late[LATE_SIZE];
	bool dropped;

	if (node->hub || !territory_owes_erasure(t, NULL) ||
		!late_digest(t, late) || !was_offered(node, t, late))
		return true;
	if (!node_begin(node, problem))
		return false;
	if (territory_drop_late(t, &dropped) == STATUS_OK)
		return node_commit(node, problem);
	disk_failed(node, problem);
	node_rollback(node);
	return false;
}

bool
node_erased(struct node *node, uint8_t *digest)
{
	const struct erasures *told = policy_erasures(node->policy);

	if (!told->mark_count || node->unclean ||
		store_sqlite_unclean(node->store))
		return false;
	for (uint32_t i = 0; i < node->territory_count; i++)
		if (territory_owes_erasure(node->territories[i], NULL))
			return false;
	erasures_digest(told, digest);
	return true;
}

bool
node_tidy(struct node *node, struct problem *problem)
{
	bool stolen = is_stolen(node);

	for (uint32_t i = 0; i < node->territory_count; i++)
		if (!drop_late(node, node->territories[i], problem))
			return false;

	for (uint32_t i = 0; !node->hub && i < node->territory_count;) {
		struct territory *t = node->territories[i];

		if (may_keep(node, t) || (!stolen && !is_empty(t))) {
			i++;
			continue;
		}
		if (!drop(node, t, stolen, problem))
			return false;
	}
	if (!node->unclean && !store_sqlite_unclean(node->store))
		return true;
	if (store_sqlite_clean(node->store) != STATUS_OK)
		return disk_failed(node, problem);
	node->unclean = false;
	return true;
}

/* ---- being revoked ---- */

static const char revocation_name[] = "revocation";

bool
node_note_revoked(struct node *node, const uint8_t *bytes, size_t size,
	struct problem *problem)
{
	if (setting_set(node->store, revocation_name, bytes, size) == STATUS_OK)
		return true;
	return disk_failed(node, problem);
}

/* What the disk has was genuine when it was kept. */
void
node_recall_revoked(struct node *node)
{
	uint8_t *bytes = alloc(SEGMENT_SIZE_MAX);
	size_t size = setting_get(
		node->store, revocation_name, bytes, SEGMENT_SIZE_MAX);
	struct segment segment;

	/* Without memory it ends here, and not: nobody is shut out. */
	if (size && segment_view(&segment, bytes, size) == STATUS_OK)
		(void)policy_hear_revocation(
			node->policy, node->schema, &segment, node->device);
	free(bytes);
}
