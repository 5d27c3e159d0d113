#ifndef CLIENT_PAGE_ACCESS_H
#define CLIENT_PAGE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/store.h"

/*
 * Who may talk to the page. Other programs of this machine, other people's
 * pages in the same browser and names that lead to 127.0.0.1 all reach the
 * port, so each request shows three things: a Host that is ours (no other name
 * was rebound to us), no Origin but ours, and the cookie that a one-time link
 * was traded for.
 *
 * Links are kept in memory and used once. Of sessions the store keeps hashes,
 * so that a browser stays known over a restart, and a stolen file holds
 * nothing that opens the page.
 */
struct access;

enum {
	ACCESS_LINKS_MAX = 8,     /* not used yet; the oldest go */
	ACCESS_SESSIONS_MAX = 16, /* likewise */
	ACCESS_LINK_SIZE = 33,    /* 128 random bits in hex, and NUL */
	ACCESS_COOKIE_SIZE = 192, /* a Set-Cookie line */
};

/* The port tells the cookie of this node from that of another one. */
struct access *access_new(struct store *store, uint16_t port);
void access_free(struct access *access); /* NULL is fine */

/* A fresh link's secret. */
void access_link(struct access *access, char out[static ACCESS_LINK_SIZE]);

/*
 * Trades a link's secret for a session: `cookie` is the Set-Cookie line. False:
 * it is none of ours, was used, or the disk refused.
 */
bool access_redeem(struct access *access, const char *secret, int64_t now_ms,
	char cookie[static ACCESS_COOKIE_SIZE]);

/* Whether a Cookie header (NULL: none) holds a session of ours. */
bool access_known(
	const struct access *access, const char *cookies, int64_t now_ms);

/* Whether a Host header is 127.0.0.1:PORT or localhost:PORT, exactly. */
bool access_host(const char *host, uint16_t port);
/* Whether an Origin header names that page. */
bool access_origin(const char *origin, uint16_t port);

/*
 * The value of a cookie in a Cookie header; false when there is none, or when
 * it is longer than the room.
 */
bool access_cookie(
	const char *cookies, const char *name, char *out, size_t room);

#endif
