#ifndef CLIENT_NODE_HUB_HUB_H
#define CLIENT_NODE_HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/node.h"
#include "proto/token.h"

/*
 * The duties of head office's node: it makes the company, is the one writer
 * of the directory, on the order of an admin who is named in the change, and
 * lets devices in. All of this needs a node with node->hub.
 */

struct passphrase;

struct hub_init_options {
	const char *dir;
	const char *company;   /* its name */
	const char *admin;     /* login of the first admin */
	const char *root_file; /* where the root key goes; NULL: beside dir */
	/* Encrypted under this (vault.h); NULL: plain. */
	const struct passphrase *passphrase;
};

/*
 * Makes the company and its hub in the folder: the company's root key (a file
 * of its own, 0600, outside of the folder, to be put away: root.h), an issuing
 * key, the hub's device, the directory with the root territory `/` and the
 * first admin. `key_path` (malloc'ed) is where the root key lies; device is the
 * hub's id.
 */
bool hub_init(const struct hub_init_options *options, char **key_path,
	uint8_t device[static ID_BYTES], struct problem *problem);

/*
 * Whose orders follow: `login`, or with NULL the first admin. EXIT_REFUSED:
 * that user is no admin.
 */
bool hub_order_as(
	struct node *node, const char *login, struct problem *problem);

/* Adds the territory with its missing parents. One that exists is fine. */
bool hub_territory_add(struct node *node, const char *path, bool management,
	uint8_t id[static ID_BYTES], struct problem *problem);

/* A name for people: text of 1 to 256 bytes in one line. */
bool hub_name_valid(const char *name, struct problem *problem);
bool hub_login_valid(const char *login, struct problem *problem);

/* A login: 1 to 32 of a-z 0-9 . _ -, beginning with a letter. */
bool hub_user_add(struct node *node, const char *login, const char *name,
	uint8_t id[static ID_BYTES], struct problem *problem);

struct hub_invitation {
	const char *login;
	const char *territory; /* path; NULL: only another device */
	const char *role; /* rep|manager|hq (codes or labels); NULL: none */
	const char *const *urls;
	size_t url_count;
};

enum { HUB_INVITATION_DAYS = 7 };

/*
 * Records the grant (once per user, territory and role) and the addresses,
 * and makes an invitation that is good for HUB_INVITATION_DAYS.
 */
bool hub_invite(struct node *node, const struct hub_invitation *invitation,
	char token[static TOKEN_TEXT_SIZE], struct problem *problem);

/*
 * Records an address of the hub, once; one with port 0 or 0.0.0.0 is refused
 * with EXIT_USAGE.
 */
bool hub_address_add(
	struct node *node, const char *url, struct problem *problem);
/* Whether others can dial it: a port other than 0, a host that is one. */
bool hub_address_usable(const char *url);

/* What sessions ask of the hub (sync/session.h); self is the node. */
bool hub_session_invitation(void *self, const uint8_t *id, uint8_t *psk);
enum status hub_session_enrol(void *self, const uint8_t *invitation,
	const uint8_t *sign_key, const uint8_t *link_key, const char *name,
	uint8_t *credentials, size_t *size, uint8_t *user, char *login,
	size_t login_room);

#endif
