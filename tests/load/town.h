#ifndef TESTS_LOAD_TOWN_H
#define TESTS_LOAD_TOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/node/node.h"
#include "proto/key.h"
#include "sync/session.h"

/*
 * A company with thousands of reps, made in one go: the directory is written
 * through the hub's own library, a few thousand operations a change, and
 * certificates are signed with its issuing key as `enrol` does it. What the
 * reps hold on their devices is one folder of this process, shared by all of
 * them: it has the directory once, and each rep's log under the keys of that
 * rep's device. So a session of a rep is a real one in all that its hub sees.
 */
struct town_rep {
	uint8_t sign_key[SIGNING_KEY_SIZE];
	uint8_t sign_secret[SIGNING_SECRET_SIZE];
	uint8_t link_key[LINK_KEY_SIZE];
	uint8_t link_secret[LINK_SECRET_SIZE];
	uint8_t credentials[3 * CERTIFICATE_SIZE];
	uint8_t device[ID_BYTES];
	uint8_t user[ID_BYTES];
	uint8_t place[ID_BYTES]; /* the territory */
	uint8_t account[ID_BYTES];
	uint8_t log[LOG_BYTES]; /* device and grant */
};

struct town {
	char *dir;
	char *hub_dir;
	struct node *field; /* the reps' own folder */
	struct town_rep *reps;
	uint32_t rep_count;
	uint32_t place_count;
	struct session_host host;  /* of a rep's session */
	struct session_host blank; /* of one who holds nothing */
};

/*
 * Makes it in a new folder below `parent`. Rep i works in place i % places;
 * the first of each place writes. Ends the program when it fails.
 */
struct town *town_new(const char *parent, uint32_t reps, uint32_t places);
/* Removes the folder, too. */
void town_free(struct town *town);

/* What these reps did since: so many visits and edits each, sealed. */
void town_write(struct town *town, uint32_t first, uint32_t count,
	uint32_t visits, uint32_t edits);

/* Options of a session of the rep. */
struct session_options town_session(struct town *town, uint32_t rep);

#endif
