#include "client/page/access.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/setting.h"
#include "proto/bytes.h"
#include "sync/alloc.h"

enum {
	LINK_BYTES = 16,
	SECRET_BYTES = 32,
	HASH_BYTES = 32,
	ENTRY_BYTES = HASH_BYTES + 8, /* hash, and when it ends: ms */
	NAME_SIZE = 32,
	SESSION_DAYS = 30,
};

static const int64_t day_ms = 24 * 60 * 60 * INT64_C(1000);
static const char setting[] = "page sessions";

struct session {
	uint8_t hash[HASH_BYTES]; /* of the cookie's value */
	int64_t ends_ms;
};

struct access {
	struct store *store;
	char cookie[NAME_SIZE];
	uint8_t links[ACCESS_LINKS_MAX][LINK_BYTES]; /* newest last */
	size_t link_count;
	struct session sessions[ACCESS_SESSIONS_MAX]; /* newest last */
	size_t session_count;
};

static void
hash_of(const char *secret, uint8_t out[static HASH_BYTES])
{
	(void)crypto_generichash(out, HASH_BYTES, (const uint8_t *)secret,
		strlen(secret), NULL, 0); /* cannot fail at this size */
}

static void
load_sessions(struct access *access)
{
	uint8_t bytes[ACCESS_SESSIONS_MAX * ENTRY_BYTES];
	size_t size = setting_get(access->store, setting, bytes, sizeof bytes);

	access->session_count = size / ENTRY_BYTES;
	for (size_t i = 0; i < access->session_count; i++) {
		const uint8_t *at = bytes + i * ENTRY_BYTES;

		memcpy(access->sessions[i].hash, at, HASH_BYTES);
		access->sessions[i].ends_ms = (int64_t)load64(at + HASH_BYTES);
	}
}

static bool
save_sessions(const struct access *access)
{
	uint8_t bytes[ACCESS_SESSIONS_MAX * ENTRY_BYTES];

	for (size_t i = 0; i < access->session_count; i++) {
		uint8_t *at = bytes + i * ENTRY_BYTES;

		memcpy(at, access->sessions[i].hash, HASH_BYTES);
		store64(at + HASH_BYTES, (uint64_t)access->sessions[i].ends_ms);
	}
	return setting_set(access->store, setting, bytes,
		       access->session_count * ENTRY_BYTES) == STATUS_OK;
}

struct access *
access_new(struct store *store, uint16_t port)
{
	struct access *access = alloc(sizeof *access);

	access->store = store;
	(void)snprintf(access->cookie, sizeof access->cookie, "roadbook_%u",
		(unsigned)port);
	load_sessions(access);
	return access;
}

void
access_free(struct access *access)
{
	if (access)
		sodium_memzero(access, sizeof *access);
	free(access);
}

/* ---- links ---- */

static void
forget_link(struct access *access, size_t at)
{
	access->link_count--;
	memmove(access->links[at], access->links[at + 1],
		(access->link_count - at) * sizeof *access->links);
}

void
access_link(struct access *access, char out[static ACCESS_LINK_SIZE])
{
	uint8_t *link;

	if (access->link_count == ACCESS_LINKS_MAX)
		forget_link(access, 0);
	link = access->links[access->link_count++];
	randombytes_buf(link, LINK_BYTES);
	(void)sodium_bin2hex(out, ACCESS_LINK_SIZE, link, LINK_BYTES);
}

static bool
take_link(struct access *access, const char *secret)
{
	uint8_t bytes[LINK_BYTES];
	size_t size;

	if (strlen(secret) != ACCESS_LINK_SIZE - 1 ||
		sodium_hex2bin(bytes, sizeof bytes, secret, strlen(secret),
			NULL, &size, NULL) != 0 ||
		size != sizeof bytes)
		return false;
	for (size_t i = 0; i < access->link_count; i++)
		if (sodium_memcmp(access->links[i], bytes, LINK_BYTES) == 0) {
			forget_link(access, i);
			return true;
		}
	return false;
}

/* ---- sessions ---- */

static void
forget_session(struct access *access, size_t at)
{
	access->session_count--;
	memmove(&access->sessions[at], &access->sessions[at + 1],
		(access->session_count - at) * sizeof *access->sessions);
}

static void
forget_ended(struct access *access, int64_t now_ms)
{
	for (size_t i = access->session_count; i > 0; i--)
		if (access->sessions[i - 1].ends_ms <= now_ms)
			forget_session(access, i - 1);
}

bool
access_redeem(struct access *access, const char *secret, int64_t now_ms,
	char cookie[static ACCESS_COOKIE_SIZE])
{
	uint8_t bytes[SECRET_BYTES];
	char value[2 * SECRET_BYTES + 1];
	struct session *session;

	if (!take_link(access, secret))
		return false;
	randombytes_buf(bytes, sizeof bytes);
	(void)sodium_bin2hex(value, sizeof value, bytes, sizeof bytes);
	forget_ended(access, now_ms);
	if (access->session_count == ACCESS_SESSIONS_MAX)
		forget_session(access, 0);
	session = &access->sessions[access->session_count++];
	hash_of(value, session->hash);
	session->ends_ms = now_ms + SESSION_DAYS * day_ms;
	if (!save_sessions(access)) {
		access->session_count--;
		return false;
	}
	(void)snprintf(cookie, ACCESS_COOKIE_SIZE,
		"%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld",
		access->cookie, value, (long long)SESSION_DAYS * day_ms / 1000);
	sodium_memzero(value, sizeof value);
	return true;
}

bool
access_cookie(const char *cookies, const char *name, char *out, size_t room)
{
	size_t name_size = strlen(name);

	for (const char *at = cookies; at && *at;) {
		size_t size;

		at += strspn(at, " ;");
		size = strcspn(at, ";");
		if (size > name_size && at[name_size] == '=' &&
			memcmp(at, name, name_size) == 0) {
			size -= name_size + 1;
			if (size >= room)
				return false;
			memcpy(out, at + name_size + 1, size);
			out[size] = '\0';
			return true;
		}
		at += size;
	}
	return false;
}

bool
access_known(const struct access *access, const char *cookies, int64_t now_ms)
{
	char value[2 * SECRET_BYTES + 1];
	uint8_t hash[HASH_BYTES];

	if (!access_cookie(cookies, access->cookie, value, sizeof value))
		return false;
	hash_of(value, hash);
	for (size_t i = 0; i < access->session_count; i++)
		if (access->sessions[i].ends_ms > now_ms &&
			sodium_memcmp(access->sessions[i].hash, hash,
				HASH_BYTES) == 0)
			return true;
	return false;
}

/* ---- where it came from ---- */

static bool
is_ours(const char *text, const char *prefix, uint16_t port)
{
	static const char *const names[] = {"127.0.0.1", "localhost"};
	char whole[64];

	for (size_t i = 0; text && i < sizeof names / sizeof *names; i++) {
		(void)snprintf(whole, sizeof whole, "%s%s:%u", prefix, names[i],
			(unsigned)port);
		if (strcmp(text, whole) == 0)
			return true;
	}
	return false;
}

bool
access_host(const char *host, uint16_t port)
{
	return is_ours(host, "", port);
}

bool
access_origin(const char *origin, uint16_t port)
{
	return is_ours(origin, "http://", port);
}
