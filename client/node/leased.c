#include "client/node/leased.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/instant.h"
#include "client/node/keys.h"
#include "client/node/peers.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

/* How soon after a renewal the next one is asked for. */
enum { ASK_AGAIN_MS = 10 * 60 * 1000, SEEN_AGAIN_MS = 10 * 60 * 1000 };

static const char letterbox_name[] = "letterbox", seen_name[] = "lease_seen";

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _renewal(device BLOB PRIMARY KEY, "
	"issued INTEGER NOT NULL, bytes BLOB NOT NULL)";

/* A lease with the vault that it belongs to, and the key of both. */
struct opened {
	struct vault vault;
	uint8_t *user_key;
	struct lease *lease;
};

static void
close_lease(struct opened *o)
{
	lease_free(o->lease);
	sodium_free(o->user_key);
}

/* With `make` an empty one where there is none; false: none, or it fails. */
static bool
open_lease(struct node *node, struct opened *o, bool make)
{
	struct problem problem;
	bool there = lease_is_in(node->dir);

	*o = (struct opened){.lease = NULL};
	if (node->hub || !node->keys->sealed || (!there && !make))
		return false;
	o->user_key = vault_data_key_room();
	o->lease = lease_new();
	if (vault_load(&o->vault, node->dir, &problem) &&
		vault_user_key(&o->vault, node->keys->data_key, o->user_key)) {
		if (there &&
			lease_load(o->lease, node->dir, o->user_key, &problem))
			return true;
		/* One that a rekey left behind says nothing any more. */
		memset(o->lease, 0, sizeof *o->lease);
		if (make && (!there || !vault_is_leased(&o->vault)))
			return true;
	}
	close_lease(o);
	return false;
}

struct lease *
leased_load(struct node *node)
{
	struct opened o;

	if (!open_lease(node, &o, false))
		return NULL;
	sodium_free(o.user_key);
	return o.lease;
}

static bool
save(struct node *node, const struct opened *o)
{
	struct problem problem;

	return lease_save(o->lease, node->dir, o->user_key, &problem);
}

/* ---- what a session asks ---- */

bool
leased_wanted(struct node *node, int64_t *since)
{
	struct policy_lease policy = policy_lease(node->policy);
	struct lease_now now;
	struct opened o;
	int64_t length;
	bool changed;

	if (node->hub || !node->keys->sealed || node->copied || !policy.days)
		return false;
	*since = 0;
	if (!open_lease(node, &o, true))
		return false;
	lease_now(&now);
	(void)lease_judge(o.lease, &now, &changed); /* for the time alone */
	*since = (int64_t)o.lease->issued_ms;
	length = (int64_t)(o.lease->locks_ms - o.lease->issued_ms);
	changed = !*since || length != policy.days * LEASE_DAY_MS ||
		o.lease->clock.seen_ms - *since >= ASK_AGAIN_MS ||
		!o.lease->clock.anchored ||
		/* Given new keys since; locked, it would ask under the old. */
		sodium_memcmp(o.lease->link_secret, node->keys->link_secret,
			LINK_SECRET_SIZE) != 0;
	close_lease(&o);
	return changed;
}

/* Made once; where its secret half is written, what was sealed can be read. */
static bool
find_letterbox(struct node *node, uint8_t key[static LETTERBOX_KEY_SIZE])
{
	uint8_t *secret = vault_data_key_room();
	bool done = setting_by_chance(node->store, letterbox_name, secret,
			    LETTERBOX_KEY_SIZE) == STATUS_OK;

	if (done)
		(void)crypto_scalarmult_base(key, secret); /* is 0 */
	sodium_free(secret);
	return done;
}

bool
leased_letter_secret(
	struct node *node, uint8_t secret[static LETTERBOX_KEY_SIZE])
{
	return setting_get(node->store, letterbox_name, secret,
		       LETTERBOX_KEY_SIZE) == LETTERBOX_KEY_SIZE;
}

/* What a locked device needs, as it is now. */
static bool
take_identity(struct node *node, struct lease *lease)
{
	char **urls = peers_hub_urls(node);

	lease->addresses_size = 0;
	for (size_t i = 0; urls[i]; i++) {
		size_t size = strlen(urls[i]) + 1;

		if (lease->addresses_size + size > sizeof lease->addresses)
			break;
		memcpy(lease->addresses + lease->addresses_size, urls[i], size);
		lease->addresses_size += size;
	}
	peers_free_urls(urls);
	memcpy(lease->company_key, node->company_key, SIGNING_KEY_SIZE);
	lease->credentials_size = node->credentials_size;
	memcpy(lease->credentials, node->credentials, node->credentials_size);
	memcpy(lease->sign_secret, node->keys->sign_secret,
		SIGNING_SECRET_SIZE);
	memcpy(lease->link_secret, node->keys->link_secret, LINK_SECRET_SIZE);
	return find_letterbox(node, lease->letterbox_key);
}

/* The vault takes the first of the secrets, and the others are forgotten. */
static bool
settle_vault(struct node *node, struct opened *o)
{
	uint8_t *key = vault_data_key_room();
	struct problem problem;
	bool done = vault_is_leased(&o->vault) &&
		vault_open_data(
			&o->vault, o->user_key, o->lease->secrets[0], key);

	sodium_free(key);
	done = done ||
		(vault_lease(&o->vault, node->keys->data_key,
			 o->lease->secrets[0]) &&
			vault_save(&o->vault, node->dir, &problem));
	if (!done || o->lease->secret_count == 1)
		return done;
	o->lease->secret_count = 1;
	sodium_memzero(o->lease->secrets[1], LEASE_SECRET_SIZE);
	return save(node, o);
}

/* As far as it goes, so that an older file is known for what it is. */
struct seen {
	uint64_t issued_ms;
	int64_t seen_ms;
};

static void
write_seen(struct node *node, const struct lease *lease)
{
	struct seen seen = {lease->issued_ms, lease->clock.seen_ms};
	/* What is not written is written the next time. */
	enum status status =
		setting_set(node->store, seen_name, &seen, sizeof seen);

	(void)status;
}

/* Wraps the data key anew without a lease, and forgets that there was one. */
static void
lift(struct node *node, struct opened *o)
{
	static const struct seen nothing;
	struct problem problem;
	bool done = !vault_is_leased(&o->vault) ||
		(vault_lease(&o->vault, node->keys->data_key, NULL) &&
			vault_save(&o->vault, node->dir, &problem));

	if (done &&
		setting_set(node->store, seen_name, &nothing, sizeof nothing) ==
			STATUS_OK)
		(void)lease_remove(node->dir); /* or the next time */
}

static void
take_own(struct node *node, const uint8_t *bytes,
	const struct certificate *issuer, int64_t told_ms)
{
	struct lease_now now;
	struct opened o;

	if (!open_lease(node, &o, true))
		return;
	lease_now(&now);
	if (o.lease->secret_count == 2)
		(void)settle_vault(node, &o);
	if (take_identity(node, o.lease) &&
		lease_take(o.lease, bytes, LEASE_SIZE, issuer, &now, told_ms) ==
			STATUS_OK &&
		o.lease->secret_count && save(node, &o)) {
		if (settle_vault(node, &o))
			write_seen(node, o.lease);
		if (lease_is_lifted(o.lease))
			lift(node, &o);
	}
	close_lease(&o);
}

/* A colleague's: kept if it is newer, and of somebody who is one. */
static void
carry(struct node *node, const uint8_t *bytes, const struct certificate *issuer)
{
	const struct policy_device *device;
	struct certificate own;
	struct lease_renewal renewal;
	sqlite3_stmt *s;

	if (lease_decode(&renewal, bytes, LEASE_SIZE, node->company) !=
			STATUS_OK ||
		certificate_decode(&own, node->credentials, CERTIFICATE_SIZE) !=
			STATUS_OK ||
		(memcmp(renewal.issuer, issuer->signing_key,
			 SIGNING_KEY_SIZE) != 0 &&
			memcmp(renewal.issuer, own.signing_key,
				SIGNING_KEY_SIZE) != 0))
		return;
	device = policy_device(node->policy, renewal.device);
	if (!device || device->revoked)
		return;
	s = setting_prepare(node->store, create,
		"INSERT INTO _renewal VALUES(?1, ?2, ?3) ON CONFLICT(device) "
		"DO UPDATE SET issued = excluded.issued, bytes = "
		"excluded.bytes WHERE excluded.issued > issued");
	if (s &&
		sqlite3_bind_blob(s, 1, renewal.device, ID_BYTES,
			SQLITE_TRANSIENT) == SQLITE_OK &&
		sqlite3_bind_int64(s, 2, (int64_t)renewal.issued_ms) ==
			SQLITE_OK &&
		sqlite3_bind_blob(s, 3, bytes, LEASE_SIZE, SQLITE_TRANSIENT) ==
			SQLITE_OK)
		(void)sqlite3_step(s); /* not kept, another carries it */
	(void)sqlite3_finalize(s);     /* likewise */
}

/* The device's id stands behind version and company. */
static bool
is_own(const struct node *node, const uint8_t *bytes)
{
	return memcmp(bytes + 1 + COMPANY_ID_SIZE, node->device, ID_BYTES) == 0;
}

void
leased_take(struct node *node, struct message *renewals,
	const struct certificate *issuer, int64_t told_ms)
{
	struct message others = *renewals;
	const uint8_t *bytes;

	while (message_next_renewal(renewals, &bytes))
		if (is_own(node, bytes))
			take_own(node, bytes, issuer, told_ms);
	if (node->store->begin(node->store->self) != STATUS_OK)
		return;
	while (message_next_renewal(&others, &bytes))
		if (!is_own(node, bytes))
			carry(node, bytes, issuer);
	if (node->store->commit(node->store->self) != STATUS_OK)
		node_rollback(node);
}

void
leased_give(struct node *node, const uint8_t *device, int64_t since,
	void (*found)(void *self, const uint8_t *renewal), void *self)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT bytes FROM _renewal WHERE device = ?1 AND issued > ?2");

	if (s &&
		sqlite3_bind_blob(s, 1, device, ID_BYTES, SQLITE_TRANSIENT) ==
			SQLITE_OK &&
		sqlite3_bind_int64(s, 2, since) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW &&
		sqlite3_column_bytes(s, 0) == LEASE_SIZE)
		found(self, sqlite3_column_blob(s, 0));
	(void)sqlite3_finalize(s); /* only read */
}

/* ---- how it stands ---- */

/*
 * Put back from a copy, it would begin anew: the store remembers better. True:
 * it did, and the file is to be saved.
 */
static bool
recall_seen(struct node *node, struct opened *o)
{
	struct lease *lease = o->lease;
	struct seen seen = {0};

	if (setting_get(node->store, seen_name, &seen, sizeof seen) ==
			sizeof seen &&
		seen.issued_ms >= lease->issued_ms &&
		seen.seen_ms > lease->clock.seen_ms) {
		lease_clock_reached(&lease->clock, seen.seen_ms);
		return true;
	}
	if (seen.issued_ms != lease->issued_ms ||
		lease->clock.seen_ms - seen.seen_ms >= SEEN_AGAIN_MS)
		write_seen(node, lease);
	return false;
}

void
leased_follow(struct node *node)
{
	struct opened o;

	if (!open_lease(node, &o, false))
		return;
	if (lease_is_lifted(o.lease) ||
		(o.lease->issued_ms && !policy_lease(node->policy).days))
		lift(node, &o);
	else if (o.lease->secret_count &&
		(o.lease->secret_count == 2 || !vault_is_leased(&o.vault)))
		(void)settle_vault(node, &o); /* or the next time */
	close_lease(&o);
}

bool
leased_holds(struct node *node, struct problem *problem)
{
	enum lease_standing standing;
	struct lease_now now;
	struct opened o;
	bool changed, recalled;

	if (!open_lease(node, &o, false))
		return true;
	lease_now(&now);
	recalled = recall_seen(node, &o);
	/* What is thrown away below is all that opens it. */
	if (o.lease->secret_count && !vault_is_leased(&o.vault))
		(void)settle_vault(node, &o); /* or it stays as it was */
	standing = lease_judge(o.lease, &now, &changed);
	if (changed || recalled) {
		(void)save(node, &o); /* or the next time */
		write_seen(node, o.lease);
	}
	if (standing != LEASE_HOLDS)
		(void)lease_problem(o.lease, standing, problem);
	close_lease(&o);
	return standing == LEASE_HOLDS;
}

json_t *
leased_json(struct node *node)
{
	struct lease *lease = leased_load(node);
	char until[INSTANT_TEXT_SIZE];
	struct lease_now now;
	bool changed;
	json_t *json;
	int64_t left;

	if (!lease || lease_is_lifted(lease)) {
		lease_free(lease);
		return json_null();
	}
	lease_now(&now);
	(void)lease_judge(lease, &now, &changed); /* for the time alone */
	left = lease_left_ms(lease);
	instant_text((int64_t)lease->locks_ms,
		node_offset((int64_t)lease->locks_ms), until);
	json = json_pack("{s:s, s:I, s:s}", "until", until, "days_left",
		(json_int_t)(left <= 0
				? 0
				: (left + LEASE_DAY_MS - 1) / LEASE_DAY_MS),
		"then", lease->wipes_ms ? "wipe" : "lock");
	lease_free(lease);
	return json;
}
