#include "proto/message.h"

#include <assert.h>
#include <string.h>

#include "proto/token.h"

enum {
	ENROL_KEY_SIZE = 32,
	ENROL_PROOF_SIZE = 64,
	DIGEST_ITEMS = 2,   /* territory, digest */
	FRONTIER_ITEMS = 3, /* log, last, name */
};

/* Whether the id comes after the last; `last` NULL before the first. */
static bool
id_ascends(const uint8_t *last, const uint8_t *id, size_t size)
{
	return !last || memcmp(last, id, size) < 0;
}

static bool
read_digest(struct unpack *unpack, struct territory_digest *entry)
{
	return unpack_exact(unpack, ID_BYTES, &entry->territory) &&
		unpack_exact(unpack, DIGEST_BYTES, &entry->digest);
}

static bool
read_frontier_entry(struct unpack *unpack, struct frontier_entry *entry)
{
	return unpack_exact(unpack, LOG_BYTES, &entry->log) &&
		unpack_integer(unpack, 1, CHANGE_SEQ_MAX, &entry->last) &&
		unpack_exact(unpack, SEGMENT_NAME_SIZE, &entry->name);
}

static bool
read_segment(struct unpack *unpack, struct pack_view *segment)
{
	return unpack_bytes(unpack, SEGMENT_SIZE_MAX, segment);
}

static bool
read_verdict(struct unpack *unpack, enum message_verdict *verdict)
{
	int64_t value;

	if (!unpack_integer(unpack, VERDICT_KEPT, VERDICT_MALFORMED, &value))
		return false;
	*verdict = (enum message_verdict)value;
	return true;
}

/* Keeps a cursor over a list's items, which have been read by now. */
static void
keep_list(struct unpack *list, const uint8_t *start, const struct unpack *after)
{
	unpack_init(list, start, (size_t)(after->at - start));
}

static bool
read_digests(struct message *m, struct unpack *unpack)
{
	const uint8_t *start, *last = NULL;
	uint32_t items;

	if (!unpack_array(unpack, 0, MESSAGE_TERRITORIES_MAX * DIGEST_ITEMS,
		    &items) ||
		items % DIGEST_ITEMS != 0)
		return false;
	start = unpack->at;
	m->count = items / DIGEST_ITEMS;
	for (uint32_t i = 0; i < m->count; i++) {
		struct territory_digest entry;

		if (!read_digest(unpack, &entry) ||
			!id_ascends(last, entry.territory, ID_BYTES))
			return false;
		last = entry.territory;
	}
	keep_list(&m->list, start, unpack);
	return true;
}

static bool
read_frontier(struct message *m, struct unpack *unpack)
{
	const uint8_t *start, *last = NULL;
	uint32_t items;

	if (!unpack_array(
		    unpack, 0, MESSAGE_LOGS_MAX * FRONTIER_ITEMS, &items) ||
		items % FRONTIER_ITEMS != 0)
		return false;
	start = unpack->at;
	m->frontier_count = items / FRONTIER_ITEMS;
	for (uint32_t i = 0; i < m->frontier_count; i++) {
		struct frontier_entry entry;

		if (!read_frontier_entry(unpack, &entry) ||
			!id_ascends(last, entry.log, LOG_BYTES))
			return false;
		last = entry.log;
	}
	keep_list(&m->frontier, start, unpack);
	return true;
}

static bool
read_segments(struct message *m, struct unpack *unpack)
{
	struct pack_view segment;
	const uint8_t *start;

	if (!unpack_array(unpack, 0, MESSAGE_SEGMENTS_MAX, &m->count))
		return false;
	start = unpack->at;
	for (uint32_t i = 0; i < m->count; i++)
		if (!read_segment(unpack, &segment))
			return false;
	keep_list(&m->list, start, unpack);
	return true;
}

static bool
read_verdicts(struct message *m, struct unpack *unpack)
{
	enum message_verdict verdict;
	const uint8_t *start;

	if (!unpack_array(unpack, 0, MESSAGE_SEGMENTS_MAX, &m->count))
		return false;
	start = unpack->at;
	for (uint32_t i = 0; i < m->count; i++)
		if (!read_verdict(unpack, &verdict))
			return false;
	keep_list(&m->list, start, unpack);
	return true;
}

static bool
read_enrol(struct message *m, struct unpack *unpack)
{
	return unpack_exact(unpack, ENROL_KEY_SIZE, &m->sign_key) &&
		unpack_exact(unpack, ENROL_PROOF_SIZE, &m->proof) &&
		unpack_text(unpack, MESSAGE_TEXT_MAX, &m->text);
}

static bool
read_enrolled(struct message *m, struct unpack *unpack)
{
	return unpack_bytes(unpack, MESSAGE_CREDENTIALS_MAX, &m->credentials) &&
		unpack_exact(unpack, ID_BYTES, &m->user) &&
		unpack_text(unpack, MESSAGE_TEXT_MAX, &m->text);
}

static bool
read_compare(struct message *m, struct unpack *unpack)
{
	return unpack_exact(unpack, DIGEST_BYTES, &m->digest);
}

static bool
read_compared(struct message *m, struct unpack *unpack)
{
	return unpack_integer(unpack, 0, CHANGE_TIME_MAX, &m->now) &&
		unpack_bool(unpack, &m->same) && read_digests(m, unpack) &&
		!(m->same && m->count != 0);
}

static bool
read_pull(struct message *m, struct unpack *unpack)
{
	int64_t budget;

	if (!unpack_exact(unpack, ID_BYTES, &m->territory) ||
		!unpack_integer(unpack, 0, MESSAGE_BUDGET_MAX, &budget))
		return false;
	m->budget = (uint32_t)budget;
	return read_frontier(m, unpack);
}

static bool
read_pulled(struct message *m, struct unpack *unpack)
{
	return unpack_exact(unpack, ID_BYTES, &m->territory) &&
		unpack_bool(unpack, &m->more) && read_frontier(m, unpack) &&
		read_segments(m, unpack);
}

static bool
read_nothing(struct message *m, struct unpack *unpack)
{
	(void)m; /* it has no items */
	(void)unpack;
	return true;
}

static bool
read_failed(struct message *m, struct unpack *unpack)
{
	int64_t code;

	if (!unpack_integer(unpack, FAILURE_REFUSED, FAILURE_COPIED, &code))
		return false;
	m->failure = (enum message_failure)code;
	return unpack_text(unpack, MESSAGE_TEXT_MAX, &m->text);
}

static bool
read_order(struct message *m, struct unpack *unpack)
{
	return unpack_bytes(unpack, ORDER_SIZE_MAX, &m->order);
}

static bool
read_renewed(struct message *m, struct unpack *unpack)
{
	return unpack_bytes(unpack, MESSAGE_CREDENTIALS_MAX, &m->credentials);
}

static bool
read_replace(struct message *m, struct unpack *unpack)
{
	return unpack_exact(unpack, ENROL_KEY_SIZE, &m->sign_key) &&
		unpack_exact(unpack, ENROL_KEY_SIZE, &m->link_key) &&
		unpack_exact(unpack, ENROL_PROOF_SIZE, &m->proof);
}

static bool
read_invite(struct message *m, struct unpack *unpack)
{
	return unpack_exact(unpack, ID_BYTES, &m->invitation) &&
		unpack_exact(unpack, TOKEN_SECRET_SIZE, &m->secret);
}

static bool
read_invited(struct message *m, struct unpack *unpack)
{
	return unpack_integer(unpack, 0, CHANGE_TIME_MAX, &m->expires);
}

static bool
read_lease(struct message *m, struct unpack *unpack)
{
	return unpack_integer(unpack, 0, CHANGE_TIME_MAX, &m->since);
}

static bool
read_leased(struct message *m, struct unpack *unpack)
{
	const uint8_t *start, *renewal;

	if (!unpack_integer(unpack, 0, CHANGE_TIME_MAX, &m->now) ||
		!unpack_array(unpack, 0, MESSAGE_RENEWALS_MAX, &m->count))
		return false;
	start = unpack->at;
	for (uint32_t i = 0; i < m->count; i++)
		if (!unpack_exact(unpack, LEASE_SIZE, &renewal))
			return false;
	keep_list(&m->list, start, unpack);
	return true;
}

static bool
read_receipt(struct message *m, struct unpack *unpack)
{
	return unpack_exact(unpack, RECEIPT_SIZE, &m->receipt);
}

/* Each kind: its items with kind and request, and what reads the others. */
static const struct form {
	uint32_t items;
	bool (*read)(struct message *message, struct unpack *unpack);
} forms[] = {
	[MESSAGE_ENROL] = {5, read_enrol},
	[MESSAGE_ENROLLED] = {5, read_enrolled},
	[MESSAGE_COMPARE] = {3, read_compare},
	[MESSAGE_COMPARED] = {5, read_compared},
	[MESSAGE_PULL] = {5, read_pull},
	[MESSAGE_PULLED] = {6, read_pulled},
	[MESSAGE_PUSH] = {3, read_segments},
	[MESSAGE_PUSHED] = {3, read_verdicts},
	[MESSAGE_WATCH] = {2, read_nothing},
	[MESSAGE_MOVED] = {3, read_digests},
	[MESSAGE_FAILED] = {4, read_failed},
	[MESSAGE_ORDER] = {3, read_order},
	[MESSAGE_RENEWED] = {3, read_renewed},
	[MESSAGE_REPLACE] = {5, read_replace},
	[MESSAGE_INVITE] = {4, read_invite},
	[MESSAGE_INVITED] = {3, read_invited},
	[MESSAGE_ERASED] = {3, read_compare},
	[MESSAGE_LEASE] = {3, read_lease},
	[MESSAGE_LEASED] = {4, read_leased},
	[MESSAGE_RECEIPT] = {3, read_receipt},
	[MESSAGE_RECEIVED] = {2, read_nothing},
};

static bool
read_message(struct message *m, struct unpack *unpack)
{
	uint32_t items;
	int64_t kind, request;

	if (!unpack_array(unpack, 2, UINT32_MAX, &items) ||
		!unpack_integer(
			unpack, MESSAGE_ENROL, MESSAGE_RECEIVED, &kind) ||
		!unpack_integer(unpack, 0, UINT32_MAX, &request))
		return false;
	m->kind = (enum message_kind)kind;
	m->request = (uint32_t)request;
	return forms[kind].read && forms[kind].items == items &&
		forms[kind].read(m, unpack) && unpack_done(unpack);
}

enum status
message_decode(struct message *message, const uint8_t *bytes, size_t size)
{
	struct message m = {0};
	struct unpack unpack;

	if (size > MESSAGE_SIZE_MAX)
		return STATUS_MALFORMED;
	unpack_init(&unpack, bytes, size);
	if (!read_message(&m, &unpack))
		return STATUS_MALFORMED;
	*message = m;
	return STATUS_OK;
}

bool
message_next_digest(struct message *message, struct territory_digest *entry)
{
	return read_digest(&message->list, entry);
}

bool
message_next_segment(struct message *message, struct pack_view *segment)
{
	return read_segment(&message->list, segment);
}

bool
message_next_verdict(struct message *message, enum message_verdict *verdict)
{
	return read_verdict(&message->list, verdict);
}

bool
message_next_frontier(struct message *message, struct frontier_entry *entry)
{
	return read_frontier_entry(&message->frontier, entry);
}

bool
message_next_renewal(struct message *message, const uint8_t **renewal)
{
	return unpack_exact(&message->list, LEASE_SIZE, renewal);
}

static void
write_head(struct pack *pack, enum message_kind kind, uint32_t request)
{
	pack_array(pack, forms[kind].items);
	pack_integer(pack, kind);
	pack_integer(pack, request);
}

static void
write_text(struct pack *pack, const char *text)
{
	size_t size = strlen(text);

	assert(size <= MESSAGE_TEXT_MAX);
	assert(pack_utf8_valid((const uint8_t *)text, size));
	pack_text_view(pack, text, size);
}

static void
write_frontier(struct pack *pack, const struct frontier_entry *frontier,
	uint32_t count)
{
	const uint8_t *last = NULL;

	assert(count <= MESSAGE_LOGS_MAX);
	pack_array(pack, count * FRONTIER_ITEMS);
	for (uint32_t i = 0; i < count; i++) {
		const struct frontier_entry *entry = &frontier[i];

		assert(id_ascends(last, entry->log, LOG_BYTES));
		assert(entry->last >= 1 && entry->last <= CHANGE_SEQ_MAX);
		last = entry->log;
		pack_bytes(pack, entry->log, LOG_BYTES);
		pack_integer(pack, entry->last);
		pack_bytes(pack, entry->name, SEGMENT_NAME_SIZE);
	}
}

void
message_enrol(struct pack *pack, uint32_t request, const uint8_t *sign_key,
	const uint8_t *proof, const char *name)
{
	write_head(pack, MESSAGE_ENROL, request);
	pack_bytes(pack, sign_key, ENROL_KEY_SIZE);
	pack_bytes(pack, proof, ENROL_PROOF_SIZE);
	write_text(pack, name);
}

void
message_enrolled(struct pack *pack, uint32_t request,
	struct pack_view credentials, const uint8_t *user, const char *login)
{
	assert(credentials.size <= MESSAGE_CREDENTIALS_MAX);
	write_head(pack, MESSAGE_ENROLLED, request);
	pack_bytes(pack, credentials.bytes, credentials.size);
	pack_bytes(pack, user, ID_BYTES);
	write_text(pack, login);
}

void
message_compare(struct pack *pack, uint32_t request, const uint8_t *digest)
{
	write_head(pack, MESSAGE_COMPARE, request);
	pack_bytes(pack, digest, DIGEST_BYTES);
}

static void
write_digests(
	struct pack *pack, const struct territory_digest *list, uint32_t count)
{
	const uint8_t *last = NULL;

	assert(count <= MESSAGE_TERRITORIES_MAX);
	pack_array(pack, count * DIGEST_ITEMS);
	for (uint32_t i = 0; i < count; i++) {
		assert(id_ascends(last, list[i].territory, ID_BYTES));
		last = list[i].territory;
		pack_bytes(pack, list[i].territory, ID_BYTES);
		pack_bytes(pack, list[i].digest, DIGEST_BYTES);
	}
}

void
message_compared(struct pack *pack, uint32_t request, int64_t now, bool same,
	const struct territory_digest *list, uint32_t count)
{
	assert(now >= 0 && now <= CHANGE_TIME_MAX);
	assert(!(same && count != 0));
	write_head(pack, MESSAGE_COMPARED, request);
	pack_integer(pack, now);
	pack_bool(pack, same);
	write_digests(pack, list, count);
}

void
message_pull(struct pack *pack, uint32_t request, const uint8_t *territory,
	uint32_t budget, const struct frontier_entry *frontier, uint32_t count)
{
	assert(budget <= MESSAGE_BUDGET_MAX);
	write_head(pack, MESSAGE_PULL, request);
	pack_bytes(pack, territory, ID_BYTES);
	pack_integer(pack, budget);
	write_frontier(pack, frontier, count);
}

void
message_pulled(struct pack *pack, uint32_t request, const uint8_t *territory,
	bool more, const struct frontier_entry *frontier, uint32_t count,
	uint32_t segments)
{
	assert(segments <= MESSAGE_SEGMENTS_MAX);
	write_head(pack, MESSAGE_PULLED, request);
	pack_bytes(pack, territory, ID_BYTES);
	pack_bool(pack, more);
	write_frontier(pack, frontier, count);
	pack_array(pack, segments);
}

void
message_push(struct pack *pack, uint32_t request, uint32_t segments)
{
	assert(segments <= MESSAGE_SEGMENTS_MAX);
	write_head(pack, MESSAGE_PUSH, request);
	pack_array(pack, segments);
}

void
message_segment(struct pack *pack, const uint8_t *bytes, size_t size)
{
	assert(size <= SEGMENT_SIZE_MAX);
	pack_bytes(pack, bytes, size);
}

void
message_pushed(struct pack *pack, uint32_t request,
	const enum message_verdict *verdicts, uint32_t count)
{
	assert(count <= MESSAGE_SEGMENTS_MAX);
	write_head(pack, MESSAGE_PUSHED, request);
	pack_array(pack, count);
	for (uint32_t i = 0; i < count; i++)
		pack_integer(pack, verdicts[i]);
}

void
message_watch(struct pack *pack, uint32_t request)
{
	write_head(pack, MESSAGE_WATCH, request);
}

void
message_moved(struct pack *pack, uint32_t request,
	const struct territory_digest *list, uint32_t count)
{
	write_head(pack, MESSAGE_MOVED, request);
	write_digests(pack, list, count);
}

void
message_failed(struct pack *pack, uint32_t request,
	enum message_failure failure, const char *text)
{
	write_head(pack, MESSAGE_FAILED, request);
	pack_integer(pack, failure);
	write_text(pack, text);
}

void
message_erased(struct pack *pack, const uint8_t *digest)
{
	write_head(pack, MESSAGE_ERASED, 0);
	pack_bytes(pack, digest, DIGEST_BYTES);
}

void
message_order(struct pack *pack, struct pack_view order)
{
	assert(order.size <= ORDER_SIZE_MAX);
	write_head(pack, MESSAGE_ORDER, 0);
	pack_bytes(pack, order.bytes, order.size);
}

void
message_renewed(struct pack *pack, struct pack_view credentials)
{
	assert(credentials.size <= MESSAGE_CREDENTIALS_MAX);
	write_head(pack, MESSAGE_RENEWED, 0);
	pack_bytes(pack, credentials.bytes, credentials.size);
}

void
message_replace(struct pack *pack, uint32_t request, const uint8_t *sign_key,
	const uint8_t *link_key, const uint8_t *proof)
{
	write_head(pack, MESSAGE_REPLACE, request);
	pack_bytes(pack, sign_key, ENROL_KEY_SIZE);
	pack_bytes(pack, link_key, ENROL_KEY_SIZE);
	pack_bytes(pack, proof, ENROL_PROOF_SIZE);
}

void
message_invite(struct pack *pack, uint32_t request, const uint8_t *invitation,
	const uint8_t *secret)
{
	write_head(pack, MESSAGE_INVITE, request);
	pack_bytes(pack, invitation, ID_BYTES);
	pack_bytes(pack, secret, TOKEN_SECRET_SIZE);
}

void
message_invited(struct pack *pack, uint32_t request, int64_t expires)
{
	write_head(pack, MESSAGE_INVITED, request);
	pack_integer(pack, expires);
}

void
message_lease(struct pack *pack, uint32_t request, int64_t since)
{
	write_head(pack, MESSAGE_LEASE, request);
	pack_integer(pack, since);
}

void
message_leased(struct pack *pack, uint32_t request, int64_t now,
	const uint8_t *renewals, uint32_t count)
{
	assert(count <= MESSAGE_RENEWALS_MAX);
	write_head(pack, MESSAGE_LEASED, request);
	pack_integer(pack, now);
	pack_array(pack, count);
	for (uint32_t i = 0; i < count; i++)
		pack_bytes(pack, renewals + i * (size_t)LEASE_SIZE, LEASE_SIZE);
}

void
message_receipt(struct pack *pack, uint32_t request,
	const uint8_t receipt[static RECEIPT_SIZE])
{
	write_head(pack, MESSAGE_RECEIPT, request);
	pack_bytes(pack, receipt, RECEIPT_SIZE);
}

void
message_received(struct pack *pack, uint32_t request)
{
	write_head(pack, MESSAGE_RECEIVED, request);
}
