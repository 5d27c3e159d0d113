/* A device tells the hub that what was erased is gone. */

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/erasures.h"
#include "sync/session_parts.h"

static_assert((int)DIGEST_BYTES == (int)ERASURES_DIGEST_SIZE, "one size");

enum { ERASED_ROOM = 64 };

/*
 * At each conversation anew, since the hub may be another one by then; in one
 * that goes on, when it became true of more. What the hub does not keep it is
 * told the next time.
 */
void
erased_tell(struct session *s)
{
	uint8_t digest[DIGEST_BYTES], *bytes;
	struct pack pack;

	if (!s->report.peer_is_hub || !s->host->erased ||
		!s->host->erased(s->host->self, digest) ||
		memcmp(digest, s->erased_told, DIGEST_BYTES) == 0)
		return;
	memcpy(s->erased_told, digest, DIGEST_BYTES);
	bytes = alloc(ERASED_ROOM);
	pack_init(&pack, bytes, ERASED_ROOM);
	message_erased(&pack, digest);
	session_send(s, bytes, &pack);
}

void
erased_heard(struct session *s, const struct message *message)
{
	if (message->request != 0 || !s->hub) {
		session_refuse(s, SESSION_MALFORMED, "asked for out of turn",
			message->request, FAILURE_MALFORMED);
		return;
	}
	if (s->host->heard_erased)
		s->host->heard_erased(
			s->host->self, s->report.peer, message->digest);
}
