#ifndef CLIENT_PAGE_ROUTE_H
#define CLIENT_PAGE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/schema.h"

/*
 * What a request asks for. Reading is a command line with --json, run by the
 * code that answers the command: GET /api/account?tier=key is
 * `roadbook account list --tier key --json`. Writing is JSON with the schema's
 * names, and goes to client/page/write.h.
 *
 *     GET    /api/TYPE              TYPE list; query: fields, limit, offset,
 *                                   archived, territory, count
 *     GET    /api/TYPE/ID           TYPE show ID
 *     GET    /api/TYPE/ID/history   TYPE history ID
 *     POST   /api/TYPE              a new record
 *     PATCH  /api/TYPE/ID           fields of a record
 *     POST   /api/batch             several new records at once, or none
 *     GET    /api/account/ID/brief  account brief ID
 *     GET    /api/due, /api/promises         the commands, with their options
 *     GET    /api/why/ID/FIELD      why ID FIELD
 *     GET    /api/search?q=…        search; limit
 *     GET    /api/conflicts         conflicts
 *     POST   /api/conflicts/ID      settles one
 *     GET    /api/quarantine, /api/quarantine/ID     quarantine list, show
 *     POST   /api/quarantine        accepts or rejects some
 *     GET    /api/outbox            outbox list; limit
 *     POST   /api/outbox/ID         outbox withdraw ID
 *     POST   /api/invitation        device invite
 *     GET    /api/address           address list
 *     POST   /api/address           adds or removes one
 *     GET    /api/status            status
 *     POST   /api/sync              the node tries head office now
 *     POST   /api/read              several GETs in one
 *     GET    /api/user, device, territory    of the directory
 *     GET    /api/schema            record types, fields, codes, labels
 *     GET    /api/openapi.json      this list, with the schema's shapes
 *     GET    /api/events            server-sent: something changed
 *     GET, PUT, DELETE /api/draft/NAME       words not saved as a record yet
 */
enum route_kind {
	ROUTE_NONE,    /* there is no such address */
	ROUTE_METHOD,  /* there is, and it does not take that method */
	ROUTE_FILE,    /* not below /api/ */
	ROUTE_COMMAND, /* words[] is a command line */
	ROUTE_ADD,     /* type */
	ROUTE_SET,     /* type, id */
	ROUTE_BATCH,
	ROUTE_RESOLVE, /* id: of a conflict */
	ROUTE_DECIDE,  /* late changes */
	ROUTE_ADDRESS,
	ROUTE_SYNC,
	ROUTE_READ,
	ROUTE_USERS,
	ROUTE_DEVICES,
	ROUTE_TERRITORIES,
	ROUTE_SCHEMA,
	ROUTE_OPENAPI,
	ROUTE_EVENTS,
	ROUTE_DRAFT_GET, /* id: its name */
	ROUTE_DRAFT_PUT,
	ROUTE_DRAFT_DELETE,
};

enum {
	ROUTE_WORDS_MAX = 40,
	ROUTE_TEXT_MAX = 4096, /* of all words of a command line */
	ROUTE_ID_MAX = 80,
	ROUTE_GIVEN_MAX = 2,
};

struct route {
	enum route_kind kind;
	const struct schema_type *type;
	char id[ROUTE_ID_MAX];
	/* ROUTE_COMMAND: words[0] is the program; they lead into text. */
	char *words[ROUTE_WORDS_MAX + 1];
	int word_count;
	char *given[ROUTE_GIVEN_MAX]; /* arguments, behind the options */
	size_t given_count;
	/* What shows a person a record: the answer says at which frontier. */
	bool shows;
	char text[ROUTE_TEXT_MAX];
	size_t text_size;
};

/*
 * Reads method and path (decoded, without the query); neither need be trusted.
 * The parts of a path are taken as they are: no dots are resolved.
 */
void route_read(struct route *route, const char *method, const char *path);

/*
 * Adds a parameter of the query to a command line. False: it has no place
 * there, or is too long.
 */
bool route_query(struct route *route, const char *name, const char *value);

/*
 * Ends the command line, a NULL behind it. What a person gave stands behind
 * "--", so that none of it is taken for an option.
 */
void route_done(struct route *route);

/* The names that any list takes beside the fields; NULL ends them. */
extern const char *const route_list_names[];

#endif
