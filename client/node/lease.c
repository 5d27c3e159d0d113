#include "client/node/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/recast.h"
#include "proto/bytes.h"
#include "proto/change.h"
#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'L', '1'};
static const char derive_context[crypto_kdf_CONTEXTBYTES] = "rbklease";
static const char name[] = "lease", early_name[] = "lease.new";

enum {
	KEY_SIZE = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	AT_NONCE = sizeof magic,
	AT_BOX = AT_NONCE + NONCE_SIZE,
};

_Static_assert(
	AT_BOX + LEASE_FILE_PLAIN + TAG_SIZE == LEASE_FILE_SIZE, "the layout");

/* The latest time is written down when it has gone on by so much. */
enum { SAVE_MS = 10 * 60 * 1000 };

struct lease *
lease_new(void)
{
	struct lease *lease = sodium_malloc(sizeof *lease);

	if (!lease)
		alloc_failed();
	memset(lease, 0, sizeof *lease);
	return lease;
}

void
lease_free(struct lease *lease)
{
	sodium_free(lease);
}

/* ---- the file ---- */

/* Goes through what stands in the box, writing or reading. */
struct cursor {
	uint8_t *at;
	bool writes;
};

static void
pass_bytes(struct cursor *c, void *bytes, size_t size)
{
	if (c->writes)
		memcpy(c->at, bytes, size);
	else
		memcpy(bytes, c->at, size);
	c->at += size;
}

static void
pass64(struct cursor *c, uint64_t *value)
{
	if (c->writes)
		store64(c->at, *value);
	else
		*value = load64(c->at);
	c->at += 8;
}

static void
pass_time(struct cursor *c, int64_t *ms)
{
	uint64_t value = (uint64_t)*ms;

	pass64(c, &value);
	*ms = (int64_t)value;
}

static void
pass_size(struct cursor *c, size_t *size)
{
	if (c->writes) {
		c->at[0] = (uint8_t)(*size >> 8);
		c->at[1] = (uint8_t)*size;
	} else {
		*size = (size_t)c->at[0] << 8 | c->at[1];
	}
	c->at += 2;
}

static void
pass_lease(struct cursor *c, struct lease *l)
{
	uint8_t anchored = l->clock.anchored;

	pass64(c, &l->issued_ms);
	pass64(c, &l->locks_ms);
	pass64(c, &l->wipes_ms);
	pass_time(c, &l->clock.seen_ms);
	pass_time(c, &l->clock.wall_ms);
	pass_time(c, &l->clock.up_ms);
	pass_bytes(c, l->clock.boot, sizeof l->clock.boot);
	pass_bytes(c, &anchored, 1);
	l->clock.anchored = anchored != 0;
	pass_time(c, &l->clock.off_ms);
	pass_time(c, &l->grace_ms);
	pass_bytes(c, &l->secret_count, 1);
	pass_bytes(c, l->secrets, sizeof l->secrets);
	pass_bytes(c, l->company_key, sizeof l->company_key);
	pass_size(c, &l->credentials_size);
	pass_bytes(c, l->credentials, sizeof l->credentials);
	pass_bytes(c, l->sign_secret, sizeof l->sign_secret);
	pass_bytes(c, l->link_secret, sizeof l->link_secret);
	pass_bytes(c, l->letterbox_id, sizeof l->letterbox_id);
	pass_bytes(c, l->letterbox_key, sizeof l->letterbox_key);
	pass64(c, &l->letters);
	pass_size(c, &l->addresses_size);
	pass_bytes(c, l->addresses, sizeof l->addresses);
}

static void
file_key(const uint8_t *user_key, uint8_t key[static KEY_SIZE])
{
	(void)crypto_kdf_derive_from_key(key, KEY_SIZE, 1, derive_context,
		user_key); /* sizes are in bounds */
}

void
lease_file_encode(uint8_t bytes[static LEASE_FILE_SIZE],
	const struct lease *lease,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE])
{
	uint8_t *plain = sodium_malloc(LEASE_FILE_PLAIN);
	uint8_t *key = vault_data_key_room();
	struct lease *copy = lease_new();
	struct cursor cursor = {plain, true};

	if (!plain)
		alloc_failed();
	*copy = *lease;
	pass_lease(&cursor, copy);
	memcpy(bytes, magic, sizeof magic);
	randombytes_buf(bytes + AT_NONCE, NONCE_SIZE);
	file_key(user_key, key);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + AT_BOX, NULL,
		plain, LEASE_FILE_PLAIN, bytes, sizeof magic, NULL,
		bytes + AT_NONCE, key); /* is 0 */
	lease_free(copy);
	sodium_free(key);
	sodium_free(plain);
}

static bool
is_time(int64_t ms)
{
	return ms >= -CHANGE_TIME_MAX && ms <= CHANGE_TIME_MAX;
}

/* What is under our own seal was written by this program, or a later one. */
static bool
well_formed(const struct lease *l)
{
	return l->secret_count <= 2 && is_time(l->clock.seen_ms) &&
		is_time(l->clock.wall_ms) && is_time(l->clock.up_ms) &&
		is_time(l->clock.off_ms) && l->locks_ms <= CHANGE_TIME_MAX &&
		l->wipes_ms <= CHANGE_TIME_MAX && is_time(l->grace_ms) &&
		l->credentials_size <= sizeof l->credentials &&
		l->addresses_size <= sizeof l->addresses &&
		(l->addresses_size == 0 ||
			l->addresses[l->addresses_size - 1] == '\0');
}

bool
lease_file_decode(struct lease *lease, const uint8_t *bytes, size_t size,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE])
{
	uint8_t *plain, *key;
	struct cursor cursor = {NULL, false};
	bool opened;

	if (size != LEASE_FILE_SIZE || memcmp(bytes, magic, sizeof magic) != 0)
		return false;
	plain = sodium_malloc(LEASE_FILE_PLAIN);
	if (!plain)
		alloc_failed();
	key = vault_data_key_room();
	file_key(user_key, key);
	opened = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
			 bytes + AT_BOX, LEASE_FILE_PLAIN + TAG_SIZE, bytes,
			 sizeof magic, bytes + AT_NONCE, key) == 0;
	if (opened) {
		cursor.at = plain;
		pass_lease(&cursor, lease);
	}
	sodium_free(key);
	sodium_free(plain);
	return opened && well_formed(lease);
}

bool
lease_is_in(const char *dir)
{
	return folder_has(dir, name);
}

bool
lease_load(struct lease *lease, const char *dir,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	struct problem *problem)
{
	char *path = folder_file(dir, name);
	uint8_t bytes[LEASE_FILE_SIZE + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
	bool loaded = size >= 0 &&
		lease_file_decode(lease, bytes, (size_t)size, user_key);

	if (size < 0) {
		problem_set(problem, EXIT_LOCKED, "%s: %s", path,
			text_errno(errno));
	} else if (!loaded) {
		problem_set(problem, EXIT_LOCKED,
			T("%s is not this node's, or was altered or damaged"),
			path);
	}
	if (!loaded)
		problem_hint(problem,
			T("head office opens what lies here: roadbook "
			  "recover"));
	if (fd >= 0)
		(void)close(fd); /* only read */
	free(path);
	return loaded;
}

/* What an old file still has on the disk, after a new one took its name. */
static void
scrub(int fd)
{
	static const uint8_t zeros[LEASE_FILE_SIZE];

	if (fd < 0)
		return;
	if (pwrite(fd, zeros, sizeof zeros, 0) == (ssize_t)sizeof zeros)
		(void)fdatasync(fd); /* more cannot be done */
	(void)close(fd);
}

bool
lease_save(const struct lease *lease, const char *dir,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	struct problem *problem)
{
	char *early = folder_file(dir, early_name);
	char *path = folder_file(dir, name);
	int old = open(path, O_WRONLY | O_CLOEXEC);
	uint8_t bytes[LEASE_FILE_SIZE];
	bool saved;

	lease_file_encode(bytes, lease, user_key);
	(void)unlink(early); /* what one that was cut short has left */
	saved = node_write_secret(early, bytes, sizeof bytes, problem) &&
		node_settle_secret(early, path, problem);
	if (saved)
		scrub(old);
	else if (old >= 0)
		(void)close(old); /* as it was */
	free(early);
	free(path);
	return saved;
}

bool
lease_remove(const char *dir)
{
	char *path = folder_file(dir, name);
	bool gone = access(path, F_OK) != 0;

	if (!gone) {
		recast_scrub(path);
		gone = unlink(path) == 0;
	}
	free(path);
	return gone;
}

/* ---- how it stands ---- */

int64_t
lease_left_ms(const struct lease *lease)
{
	return (int64_t)lease->locks_ms - lease->clock.seen_ms;
}

bool
lease_is_lifted(const struct lease *lease)
{
	return lease->locks_ms == 0;
}

/* From here on only a renewal opens. */
static void
lock(struct lease *lease)
{
	sodium_memzero(lease->secrets, sizeof lease->secrets);
	lease->secret_count = 0;
	lease->grace_ms = 0;
}

static bool
grace_is_over(const struct lease *lease)
{
	return lease->wipes_ms &&
		lease->clock.seen_ms >= (int64_t)lease->wipes_ms &&
		lease->grace_ms >= (int64_t)(lease->wipes_ms - lease->locks_ms);
}

enum lease_standing
lease_judge(struct lease *lease, const struct lease_now *now, bool *changed)
{
	struct lease_clock before = lease->clock;
	int64_t passed = lease_clock_look(&lease->clock, now);

	*changed = lease->clock.seen_ms - before.seen_ms >= SAVE_MS ||
		memcmp(before.boot, now->boot, BOOT_ID_SIZE) != 0 ||
		before.wall_ms - now->wall_ms >= SAVE_MS;
	if (lease_is_lifted(lease))
		return LEASE_HOLDS;
	if (lease_left_ms(lease) <= 0) {
		/* Grace begins where somebody was told that it is over. */
		if (lease->secret_count) {
			*changed = true;
			lock(lease);
		} else if (*changed) {
			lease->grace_ms += passed;
		}
		return grace_is_over(lease) ? LEASE_TO_WIPE : LEASE_OVER;
	}
	if (!lease->secret_count)
		return LEASE_OVER;
	return lease_clock_is_behind(&lease->clock) ? LEASE_CLOCK_BEHIND
						    : LEASE_HOLDS;
}

bool
lease_open(const struct lease *lease, const struct vault *vault,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	uint8_t data_key[static NODE_DATA_KEY_SIZE])
{
	if (!vault_is_leased(vault))
		return vault_open_data(vault, user_key, NULL, data_key);
	for (size_t i = 0; i < lease->secret_count; i++)
		if (vault_open_data(
			    vault, user_key, lease->secrets[i], data_key))
			return true;
	return false;
}

void
lease_device(const struct lease *lease, uint8_t device[static ID_BYTES])
{
	device_id(device,
		lease->sign_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE);
}

/* ---- renewals ---- */

static bool
is_issuer(const struct lease_renewal *renewal, const struct certificate *issuer)
{
	return issuer && issuer->kind == CERTIFICATE_ISSUER &&
		memcmp(issuer->signing_key, renewal->issuer,
			SIGNING_KEY_SIZE) == 0;
}

/* By whose word this device itself is one. */
static bool
is_own_issuer(const struct lease *lease, const struct lease_renewal *renewal)
{
	struct certificate own;

	return lease->credentials_size >= CERTIFICATE_SIZE &&
		certificate_decode(&own, lease->credentials,
			CERTIFICATE_SIZE) == STATUS_OK &&
		memcmp(own.issuer, lease->company_key, SIGNING_KEY_SIZE) == 0 &&
		is_issuer(renewal, &own);
}

static void
keep_secret(struct lease *lease, const uint8_t *secret)
{
	if (lease->secret_count &&
		memcmp(lease->secrets[0], secret, LEASE_SECRET_SIZE) == 0)
		return;
	/* Until the vault takes the new one, the one that it has is needed. */
	memcpy(lease->secrets[1], lease->secrets[0], LEASE_SECRET_SIZE);
	memcpy(lease->secrets[0], secret, LEASE_SECRET_SIZE);
	lease->secret_count = lease->secret_count ? 2 : 1;
}

enum status
lease_take(struct lease *lease, const uint8_t *bytes, size_t size,
	const struct certificate *issuer, const struct lease_now *now,
	int64_t told_ms)
{
	uint8_t company[COMPANY_ID_SIZE], device[ID_BYTES], *secret;
	struct lease_renewal renewal;
	enum status status;

	company_id(company, lease->company_key);
	lease_device(lease, device);
	status = lease_decode(&renewal, bytes, size, company);
	if (status != STATUS_OK)
		return status;
	if (memcmp(renewal.device, device, ID_BYTES) != 0 ||
		(!is_issuer(&renewal, issuer) &&
			!is_own_issuer(lease, &renewal)))
		return STATUS_REFUSED;
	if (renewal.issued_ms <= lease->issued_ms)
		return STATUS_ABSENT;
	secret = vault_data_key_room();
	status = lease_unseal(secret, renewal.sealed, lease->link_secret);
	if (status == STATUS_OK) {
		keep_secret(lease, secret);
		lease->issued_ms = renewal.issued_ms;
		lease->locks_ms = renewal.locks_ms;
		lease->wipes_ms = renewal.wipes_ms;
		lease->grace_ms = 0;
		if (told_ms)
			lease_clock_told(&lease->clock, now, told_ms);
		else
			lease_clock_reached(
				&lease->clock, (int64_t)renewal.issued_ms);
		/* One that comes too late opens nothing. */
		if (!lease_is_lifted(lease) && lease_left_ms(lease) <= 0)
			lock(lease);
	}
	sodium_free(secret);
	return status;
}

bool
lease_problem(const struct lease *lease, enum lease_standing standing,
	struct problem *problem)
{
	(void)lease; /* what it says is the same for all */
	if (standing == LEASE_CLOCK_BEHIND) {
		problem_set(problem, EXIT_LOCKED,
			T("this machine's clock is behind: whether its lease "
			  "still holds cannot be told"));
		return problem_hint(problem,
			T("set the clock right, or connect to head office: "
			  "roadbook sync; nothing was erased"));
	}
	problem_set(problem, EXIT_LOCKED,
		T("the lease of this device is over: nothing is read here "
		  "until head office renews it"));
	return problem_hint(problem,
		T("connect to head office or a colleague: roadbook sync "
		  "[URL]; new records are taken meanwhile (visit add …)"));
}
