/*
 * A device asks the hub for an invitation for another device of its user. The
 * asker makes up id and secret, so that asking again asks for the same.
 */

#include <sodium.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

enum { INVITE_ROOM = 128 };

bool
invite_begin(struct session *s)
{
	uint8_t *bytes;
	struct pack pack;

	if (!s->initiator || !s->inviting || !s->report.peer_is_hub)
		return false;
	s->inviting = false; /* once */
	bytes = alloc(INVITE_ROOM);
	pack_init(&pack, bytes, INVITE_ROOM);
	message_invite(&pack, session_await(s, MESSAGE_INVITED, NULL, 0),
		s->invite_id, s->invite_secret);
	sodium_memzero(s->invite_secret, sizeof s->invite_secret);
	session_send(s, bytes, &pack);
	return true;
}

void
invite_answered(struct session *s, const struct message *message)
{
	s->report.invited_until_ms = message->expires;
	session_settle(s);
}

void
invite_asked(struct session *s, const struct message *message)
{
	enum status status = STATUS_REFUSED;
	int64_t expires = 0;
	struct pack pack;
	uint8_t *bytes;

	/* For its own user: whom else it is for, nobody can ask here. */
	if (s->host->invite)
		status = s->host->invite(s->host->self, s->report.peer,
			message->invitation, message->secret, &expires);
	if (status == STATUS_REFUSED) {
		session_refuse(s, SESSION_REFUSED,
			"no invitation for another device of this user",
			message->request, FAILURE_REFUSED);
		return;
	}
	if (status != STATUS_OK) {
		session_refuse(s, SESSION_FAILED, "the store failed",
			message->request, FAILURE_INTERNAL);
		return;
	}
	bytes = alloc(INVITE_ROOM);
	pack_init(&pack, bytes, INVITE_ROOM);
	message_invited(&pack, message->request, expires);
	session_send(s, bytes, &pack);
}
