#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/session_parts.h"

/*
 * A session that goes on after it has settled. What moved is only remembered
 * when it is heard of, from the node or from the peer; what comes of it waits
 * for session_tick(): so a burst costs one telling and one round, and nothing
 * happens in the middle of something else.
 */

enum {
	MOVED_HEAD_MAX = 64,
	MOVED_ITEM_SIZE = 2 + ID_BYTES + 2 + DIGEST_BYTES,
};

/* ---- what moved ---- */

/* Where the territory stands, or would. */
static uint32_t
place_of(const struct news *news, const uint8_t *territory)
{
	uint32_t low = 0, high = news->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memcmp(news->list[middle], territory, ID_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
news_has(const struct news *news, const uint8_t *territory)
{
	uint32_t at = place_of(news, territory);

	return at < news->count &&
		memcmp(news->list[at], territory, ID_BYTES) == 0;
}

void
news_add(struct news *news, const uint8_t *territory)
{
	uint32_t at = place_of(news, territory);

	if (news_has(news, territory) || news->count == MESSAGE_TERRITORIES_MAX)
		return;
	if (news->count == news->room) {
		news->room = news->room ? news->room * 2 : 4;
		news->list = alloc_again(
			news->list, news->room * sizeof *news->list);
	}
	memmove(news->list[at + 1], news->list[at],
		(news->count - at) * sizeof *news->list);
	memcpy(news->list[at], territory, ID_BYTES);
	news->count++;
}

void
news_clear(struct news *news)
{
	free(news->list);
	memset(news, 0, sizeof *news);
}

void
watch_clear(struct session *s)
{
	news_clear(&s->watching.news);
	s->watching.anything = false;
}

void
session_moved(struct session *session, const uint8_t *territory)
{
	struct session *s = session;

	if (s->report.state >= SESSION_SETTLED ||
		!(s->initiator ? s->wants_watch : s->report.watching))
		return;
	if (territory) {
		news_add(&s->watching.news, territory);
	} else if (s->initiator) {
		s->watching.anything = true;
	} else {
		for (uint32_t i = 0; i < s->shares.count; i++)
			news_add(
				&s->watching.news, s->shares.list[i].territory);
	}
}

/* ---- time ---- */

/* How long until `wait_ms` after `since_ms`; 0 when the clock was set back. */
static int64_t
rest_of(int64_t since_ms, int64_t wait_ms, int64_t now_ms)
{
	int64_t gone = now_ms - since_ms;

	return gone < 0 || gone >= wait_ms ? 0 : wait_ms - gone;
}

static bool
has_passed(const struct session *s, int64_t since_ms, int64_t wait_ms)
{
	return rest_of(since_ms, wait_ms, s->now_ms) == 0;
}

static bool
has_news(const struct session *s)
{
	return s->watching.anything || s->watching.news.count > 0;
}

int64_t
session_wait_ms(const struct session *session, int64_t now_ms)
{
	const struct session *s = session;
	const struct watching *w = &s->watching;
	int64_t ping = -1, news = -1;

	if (s->initiator &&
		(s->report.state != SESSION_WATCHING || !initiator_rests(s)))
		return -1;
	if (s->initiator && s->awaited_count == 0)
		ping = rest_of(w->asked_ms, SESSION_PING_MS, now_ms);
	if (has_news(s))
		news = rest_of(w->told_ms, SESSION_TELL_MS, now_ms);
	if (ping < 0 || (news >= 0 && news < ping))
		return news;
	return ping;
}

/* ---- an initiator ---- */

static void
ask(struct session *s)
{
	s->watching.asked_ms = s->now_ms;
	initiator_send_watch(s);
}

static void
compare_all(struct session *s)
{
	s->watching.compared_ms = s->now_ms;
	initiator_begin(s);
	watch_clear(s); /* it covers all that is known by now */
}

void
watch_rest(struct session *s)
{
	struct watching *w = &s->watching;

	w->told_ms = s->now_ms;
	s->report.state = SESSION_WATCHING;
	if (w->began)
		return;
	w->began = true;
	/* What moves from here on is told; the compare finds what did before.
	 */
	ask(s);
	compare_all(s);
}

static bool
holds_the_same(const struct session *s, const struct territory_digest *theirs)
{
	const struct session_host *host = s->host;
	struct territory *territory =
		host->territory(host->self, theirs->territory, false);
	uint8_t digest[DIGEST_BYTES];

	if (!territory)
		return false;
	territory_compare_digest(territory, digest);
	return memcmp(digest, theirs->digest, DIGEST_BYTES) == 0;
}

void
watch_heard(struct session *s, struct message *message)
{
	struct territory_digest entry;

	s->report.watching = true;
	while (message_next_digest(message, &entry))
		if (session_may_read(s, s->self, entry.territory) &&
			!holds_the_same(s, &entry))
			news_add(&s->watching.news, entry.territory);
}

bool
watch_unknown(const struct session *s, const struct message *message)
{
	return s->report.state == SESSION_WATCHING && !s->report.watching &&
		message->failure == FAILURE_MALFORMED;
}

static void
begin_round(struct session *s)
{
	struct news news = s->watching.news;

	if (s->watching.anything ||
		news_has(&news, policy_directory(s->policy))) {
		compare_all(s);
		return;
	}
	memset(&s->watching.news, 0, sizeof s->watching.news);
	initiator_go_through(s, &news);
	news_clear(&news);
}

static void
tick_initiator(struct session *s)
{
	struct watching *w = &s->watching;

	if (s->report.state != SESSION_WATCHING || !initiator_rests(s))
		return;
	if (s->awaited_count == 0 &&
		has_passed(s, w->asked_ms, SESSION_PING_MS)) {
		ask(s);
		if (has_passed(s, w->compared_ms, SESSION_COMPARE_MS))
			w->anything = true;
	}
	if (has_news(s) && has_passed(s, w->told_ms, SESSION_TELL_MS))
		begin_round(s);
}

void
session_end(struct session *session)
{
	if (session->report.state != SESSION_WATCHING)
		return;
	initiator_clear(session);
	watch_clear(session);
	session_settle(session);
}

/* ---- a responder ---- */

static void
send_moved(struct session *s, uint32_t request,
	const struct territory_digest *list, uint32_t count)
{
	size_t room = MOVED_HEAD_MAX + count * (size_t)MOVED_ITEM_SIZE;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	message_moved(&pack, request, list, count);
	session_send(s, bytes, &pack);
}

void
watch_shares(struct session *s)
{
	if (s->host->watches)
		s->host->watches(s->host->self, s, &s->shares);
}

void
watch_asked(struct session *s, const struct message *message)
{
	if (message->request == 0) {
		session_refuse(s, SESSION_MALFORMED, "a watch without a number",
			0, FAILURE_MALFORMED);
		return;
	}
	if (!s->report.watching) {
		s->report.watching = true;
		if (s->shares.count == 0)
			session_find_shares(s);
		watch_shares(s);
	}
	send_moved(s, message->request, NULL, 0);
}

/* The entry to tell; false when it is not to be told, now that we look. */
static bool
fill_entry(struct session *s, const uint8_t *id,
	uint8_t digest[static DIGEST_BYTES], struct territory_digest *entry)
{
	const struct session_host *host = s->host;
	struct territory *territory = host->territory(host->self, id, false);

	if (!territory || !session_may_read(s, s->report.peer, id) ||
		!session_may_read(s, s->self, id))
		return false;
	territory_compare_digest(territory, digest);
	*entry = (struct territory_digest){id, digest};
	return true;
}

static void
tell(struct session *s)
{
	struct news *news = &s->watching.news;
	struct territory_digest *list = alloc(news->count * sizeof *list);
	uint8_t *digests = alloc(news->count * (size_t)DIGEST_BYTES);
	uint32_t count = 0;

	for (uint32_t i = 0; i < news->count; i++)
		if (fill_entry(s, news->list[i],
			    digests + count * (size_t)DIGEST_BYTES,
			    &list[count]))
			count++;
	if (count)
		send_moved(s, 0, list, count);
	news_clear(news);
	free(list);
	free(digests);
}

static void
tick_responder(struct session *s)
{
	struct watching *w = &s->watching;

	if (w->news.count == 0 || !has_passed(s, w->told_ms, SESSION_TELL_MS))
		return;
	w->told_ms = s->now_ms;
	/* One that does not read is told later, of all of it at once. */
	if (channel_queued(s->channel) == 0 && session_peer_is_good(s, 0))
		tell(s);
}

void
session_tick(struct session *session, int64_t now_ms)
{
	session_set_now(session, now_ms);
	if (session_is_broken(session))
		return;
	if (session->initiator)
		tick_initiator(session);
	else
		tick_responder(session);
}
