/*
 * Erasing: what is marked counts nowhere; what is replaced is handed to nobody,
 * its replacement to whoever lacks it, and nobody takes one that the hub did
 * not sign and the directory does not tell of, or that says anything new.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "proto/erase.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/erasures.h"
#include "tests/sync/nodes.h"

enum { GONE = 1, STAYS = 2, MARK = 0x71, REPLACED = 0x72 };

/* The hub, two of the same territory, and what the first of them wrote. */
struct world {
	struct node *hub, *rep, *boss;
	uint8_t gone[ID_BYTES];
	uint8_t *erasure; /* of the rep's first segment */
	size_t size;
	struct segment segment; /* the view of it */
};

static void
account_id(uint8_t id[static ID_BYTES], uint8_t number)
{
	memset(id, 0, ID_BYTES);
	id[0] = 0xac;
	id[15] = number;
}

static bool
goes(void *self, uint32_t type, const uint8_t *id, size_t id_size)
{
	return type == TYPE_ACCOUNT && memcmp(id, self, id_size) == 0;
}

static enum status
take_first(void *self, const struct segment *segment)
{
	struct pack_view *copy = self;

	if (!copy->bytes)
		*copy = (struct pack_view){
			alloc_copy(segment->territory - 2, segment->size),
			segment->size};
	return STATUS_OK;
}

/* What stands in the place of the first segment of the territory's log. */
static uint8_t *
seal(struct node *from, struct node *signer, erase_record_cb *records,
	void *self, size_t *size)
{
	struct pack_view first = {NULL, 0};
	uint8_t name[SEGMENT_NAME_SIZE], *raw, *left, *out;
	struct segment s;
	struct unpack unpack;
	struct change change;
	struct pack pack;

	assert_int_equal(territory_segments(node_territory(from, id_of(LINXI)),
				 NULL, take_first, &first),
		STATUS_OK);
	assert_int_equal(segment_view(&s, first.bytes, first.size), STATUS_OK);
	raw = alloc(s.raw_size);
	left = alloc(s.raw_size);
	assert_int_equal(segment_unseal(&s, raw), STATUS_OK);
	unpack_init(&unpack, raw, s.raw_size);
	pack_init(&pack, left, s.raw_size);
	for (uint32_t i = 0; i < s.count; i++) {
		assert_int_equal(change_decode(&change, &unpack), STATUS_OK);
		(void)erase_records(&pack, &change, records, self);
	}
	out = alloc(segment_room((uint32_t)pack.size) + SEGMENT_ERASURE_SIZE);
	assert_int_equal(
		segment_seal(out, size, name,
			&(struct segment_draft){.company = signer->company,
				.secret = signer->sign_secret,
				.territory = s.territory,
				.log = s.log,
				.first = s.first,
				.count = s.count,
				.previous = s.previous,
				.raw = left,
				.raw_size = (uint32_t)pack.size,
				.replaces = s.name,
				.hub = signer->device}),
		STATUS_OK);
	free(raw);
	free(left);
	free((void *)(uintptr_t)first.bytes);
	return out;
}

static int
setup(void **state)
{
	struct world *w = alloc(sizeof *w);

	w->hub = node_new(1, 0);
	hub_found(w->hub);
	w->rep = node_new(2, REP);
	w->boss = node_new(3, MANAGER);
	node_introduce(w->rep, w->hub);
	node_introduce(w->boss, w->hub);
	hub_add_device(w->hub, w->rep);
	hub_add_device(w->hub, w->boss);
	(void)sync_nodes(w->rep, w->hub);
	node_write(w->rep, LINXI, GRANT_LINXI, GONE, "their name");
	node_write(w->rep, LINXI, GRANT_LINXI, STAYS, "another name");
	(void)sync_nodes(w->rep, w->hub);
	account_id(w->gone, GONE);
	w->erasure = seal(w->hub, w->hub, goes, w->gone, &w->size);
	assert_int_equal(
		segment_view(&w->segment, w->erasure, w->size), STATUS_OK);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	node_free(w->hub);
	node_free(w->rep);
	node_free(w->boss);
	free(w->erasure);
	free(w);
	return 0;
}

static enum message_verdict
keep_at(struct node *node, const uint8_t *bytes, size_t size, bool at_hub)
{
	enum message_verdict verdict = VERDICT_MALFORMED;
	struct territory *t = node_territory(node, id_of(LINXI));
	struct segment s;

	assert_int_equal(segment_view(&s, bytes, size), STATUS_OK);
	assert_int_equal(
		territory_keep(t, &s, bytes, at_hub, &verdict), STATUS_OK);
	assert_int_equal(territory_settle(t, NULL), STATUS_OK);
	return verdict;
}

static enum message_verdict
keep_bytes(struct node *node, const uint8_t *bytes, size_t size)
{
	return keep_at(node, bytes, size, false);
}

/* The order, as client/node/hub/erase.c gives it. */
static void
erase(struct world *w)
{
	hub_add_erasure(w->hub, MARK, id_of(LINXI), TYPE_ACCOUNT, w->gone);
	hub_add_replacement(w->hub, REPLACED, &w->segment);
	assert_int_equal(keep_bytes(w->hub, w->erasure, w->size), VERDICT_KEPT);
}

static bool
has(struct node *node, uint8_t account)
{
	struct record record = {0};
	struct shown shown;
	uint8_t id[ID_BYTES];
	bool there;

	account_id(id, account);
	there = territory_record(node_territory(node, id_of(LINXI)),
			TYPE_ACCOUNT, id, ID_BYTES, &record,
			&shown) == STATUS_OK &&
		record.reg_count > 0;
	record_clear(&record);
	return there;
}

struct looking {
	const char *text;
	bool found;
};

static enum status
look(void *self, const struct segment *segment)
{
	struct looking *l = self;
	uint8_t *raw = alloc(segment->raw_size);

	assert_int_equal(segment_unseal(segment, raw), STATUS_OK);
	for (size_t i = 0; i + strlen(l->text) <= segment->raw_size; i++)
		l->found =
			l->found || !memcmp(raw + i, l->text, strlen(l->text));
	free(raw);
	return STATUS_OK;
}

/* Whether any kept segment holds the text. */
static bool
holds(struct node *node, const char *text)
{
	struct looking l = {text, false};

	assert_int_equal(territory_segments(node_territory(node, id_of(LINXI)),
				 NULL, look, &l),
		STATUS_OK);
	return l.found;
}

static bool
owes(struct node *node)
{
	return territory_owes_erasure(node_territory(node, id_of(LINXI)), NULL);
}

static void
assert_erased(struct node *node)
{
	assert_false(owes(node));
	assert_false(holds(node, "their name"));
	assert_true(holds(node, "another name"));
	assert_false(has(node, GONE));
	assert_true(has(node, STAYS));
}

static void
nothing_of_it_is_left_where_the_order_was_given(void **state)
{
	struct world *w = *state;

	assert_true(holds(w->hub, "their name"));
	erase(w);
	assert_erased(w->hub);
}

static void
the_author_takes_it_and_is_no_copy_of_itself(void **state)
{
	struct world *w = *state;
	struct session_report report;

	erase(w);
	report = sync_nodes(w->rep, w->hub);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_false(report.own_ahead);
	assert_erased(w->rep);
	assert_true(nodes_agree(w->rep, w->hub, LINXI));
	/* Nothing is left to be said. */
	report = sync_nodes(w->rep, w->hub);
	assert_int_equal(report.received.segments, 0);
	assert_int_equal(report.sent.segments, 0);
	/* Its log goes on. */
	node_write(w->rep, LINXI, GRANT_LINXI, STAYS, "a newer name");
	(void)sync_nodes(w->rep, w->hub);
	assert_true(nodes_agree(w->rep, w->hub, LINXI));
	assert_true(holds(w->hub, "a newer name"));
}

static void
who_never_had_it_gets_the_erasure_and_what_follows(void **state)
{
	struct world *w = *state;

	erase(w);
	(void)sync_nodes(w->boss, w->hub);
	assert_erased(w->boss);
	assert_true(nodes_agree(w->boss, w->hub, LINXI));
}

static void
it_goes_over_colleagues_whoever_dials(void **state)
{
	struct world *w = *state;

	for (int dials = 0; dials < 2; dials++) {
		(void)sync_nodes(w->boss, w->hub);
		if (!dials)
			erase(w);
		(void)sync_nodes(w->boss, w->hub);
		assert_erased(w->boss);
		(void)(dials ? sync_nodes(w->boss, w->rep)
			     : sync_nodes(w->rep, w->boss));
		assert_erased(w->rep);
	}
}

static void
it_is_pushed_to_a_colleague_who_lacks_it(void **state)
{
	struct world *w = *state;

	(void)sync_nodes(w->boss, w->hub);
	erase(w);
	(void)sync_nodes(w->boss, w->hub);
	(void)sync_nodes(w->boss, w->rep);
	assert_erased(w->rep);
}

static void
two_that_both_lack_it_are_equal_and_hand_nothing_on(void **state)
{
	struct world *w = *state;
	struct session_report report;
	struct node *other = node_new(4, REP);

	(void)sync_nodes(w->boss, w->hub);
	hub_add_device(w->hub, other);
	erase(w);
	/* They know of it, and were not near the hub since. */
	node_give(w->rep, w->hub, policy_directory(w->hub->policy));
	node_give(w->boss, w->hub, policy_directory(w->hub->policy));
	assert_true(owes(w->rep));
	assert_true(owes(w->boss));
	assert_false(has(w->rep, GONE));
	assert_false(has(w->boss, GONE));
	assert_true(nodes_agree(w->rep, w->boss, LINXI));
	report = sync_nodes(w->rep, w->boss);
	assert_int_equal(report.state, SESSION_SETTLED);
	assert_int_equal(report.sent.segments, 0);
	assert_int_equal(report.received.segments, 0);
	/* Whoever has nothing yet gets neither it nor what follows. */
	node_introduce(other, w->hub);
	node_give(other, w->hub, policy_directory(w->hub->policy));
	(void)sync_nodes(other, w->boss);
	assert_int_equal(node_kept(other, LINXI), 0);
	(void)sync_nodes(other, w->hub);
	assert_erased(other);
	node_free(other);
}

static void
the_original_is_not_taken_any_more(void **state)
{
	struct world *w = *state;
	struct pack_view original = {NULL, 0};

	assert_int_equal(
		territory_segments(node_territory(w->rep, id_of(LINXI)), NULL,
			take_first, &original),
		STATUS_OK);
	erase(w);
	assert_int_equal(
		keep_bytes(w->hub, original.bytes, original.size), VERDICT_HAD);
	assert_erased(w->hub);
	node_give(w->boss, w->hub, policy_directory(w->hub->policy));
	assert_int_equal(keep_bytes(w->boss, original.bytes, original.size),
		VERDICT_NO_GRANT);
	assert_int_equal(node_kept(w->boss, LINXI), 0);
	/* A hub that has neither takes it, and has to make another one. */
	assert_int_equal(keep_at(w->boss, original.bytes, original.size, true),
		VERDICT_KEPT);
	assert_true(owes(w->boss));
	assert_false(has(w->boss, GONE));
	free((void *)(uintptr_t)original.bytes);
}

static void
an_erasure_that_the_directory_does_not_tell_of_is_not_taken(void **state)
{
	struct world *w = *state;

	(void)sync_nodes(w->boss, w->hub);
	assert_int_equal(
		keep_bytes(w->rep, w->erasure, w->size), VERDICT_UNKNOWN);
	assert_true(holds(w->rep, "their name"));
	/* Nor another one of the hub's than that which it tells of. */
	hub_add_erasure(w->hub, MARK, id_of(LINXI), TYPE_ACCOUNT, w->gone);
	w->segment.own_name[0] ^= 1;
	hub_add_replacement(w->hub, REPLACED, &w->segment);
	assert_int_equal(
		keep_bytes(w->hub, w->erasure, w->size), VERDICT_UNKNOWN);
}

/*
 * Who was shut out with it hands it over for ever, unless the hub says that it
 * has that place (simulator, seed 335).
 */
static void
an_erasure_that_was_itself_replaced_is_had(void **state)
{
	struct world *w = *state;
	uint8_t nobody[ID_BYTES] = {0}, *bytes;
	struct segment former;
	size_t size;

	bytes = seal(w->hub, w->hub, goes, nobody, &size);
	assert_int_equal(segment_view(&former, bytes, size), STATUS_OK);
	hub_add_replacement(w->hub, REPLACED, &former);
	assert_int_equal(keep_bytes(w->hub, bytes, size), VERDICT_KEPT);
	erase(w);
	assert_int_equal(keep_at(w->hub, bytes, size, true), VERDICT_HAD);
	assert_erased(w->hub);
	free(bytes);
}

static void
host_owed(void *self, void (*found)(void *found_self, const uint8_t *territory),
	void *found_self)
{
	(void)self;
	found(found_self, id_of(LINXI));
}

static void
host_handed_over(void *self, const uint8_t *territory)
{
	(void)self; /* it goes on offering */
	(void)territory;
}

/* An erasure of what another device wrote, as the boss alone still has it. */
static uint8_t *
left_at_the_boss(struct world *w, size_t *size)
{
	struct node *gone = node_new(4, REP);
	uint8_t nobody[ID_BYTES] = {0}, *left, *later;
	struct segment s;
	size_t later_size;

	node_introduce(gone, w->hub);
	hub_add_device(w->hub, gone);
	node_give(gone, w->hub, policy_directory(w->hub->policy));
	node_give(w->boss, w->hub, policy_directory(w->hub->policy));
	node_write(gone, LINXI, GRANT_LINXI, GONE, "their name");
	node_give(w->boss, gone, id_of(LINXI));
	left = seal(gone, w->hub, goes, nobody, size);
	assert_int_equal(segment_view(&s, left, *size), STATUS_OK);
	hub_add_replacement(w->hub, REPLACED, &s);
	node_give(w->boss, w->hub, policy_directory(w->hub->policy));
	assert_int_equal(keep_bytes(w->boss, left, *size), VERDICT_KEPT);
	/* The later one was lost with the hub that made it. */
	later = seal(gone, w->hub, goes, w->gone, &later_size);
	assert_int_equal(segment_view(&s, later, later_size), STATUS_OK);
	hub_add_erasure(w->hub, MARK, id_of(LINXI), TYPE_ACCOUNT, w->gone);
	hub_add_replacement(w->hub, REPLACED, &s);
	free(later);
	node_free(gone);
	return left;
}

/*
 * Nobody would ever get what follows in that log (simulator, seeds 5830 and
 * 5846 with --sealed).
 */
static void
an_earlier_erasure_is_taken_by_a_hub_that_has_nothing(void **state)
{
	struct world *w = *state;
	size_t size;
	uint8_t *left = left_at_the_boss(w, &size);
	int64_t before = node_kept(w->hub, LINXI);

	w->boss->host.owed = host_owed;
	w->boss->host.handed_over = host_handed_over;
	(void)sync_nodes(w->boss, w->hub);
	assert_int_equal(node_kept(w->hub, LINXI), before + 1);
	/* It has to make another one. */
	assert_true(owes(w->hub));
	assert_false(has(w->hub, GONE));
	free(left);
}

static void
an_erasure_that_was_never_told_of_is_taken_by_no_hub(void **state)
{
	struct world *w = *state;
	size_t size;
	uint8_t *left = left_at_the_boss(w, &size);
	struct territory *t = node_territory(w->hub, id_of(LINXI));
	struct territory *directory =
		node_territory(w->hub, policy_directory(w->hub->policy));
	enum message_verdict verdict;
	struct segment s;

	assert_int_equal(segment_view(&s, left, size), STATUS_OK);
	s.own_name[0] ^= 1; /* a thief's, of the same segment */
	assert_int_equal(
		territory_keep_earlier(t, directory, &s, left, &verdict),
		STATUS_OK);
	assert_int_equal(verdict, VERDICT_UNKNOWN);
	s.own_name[0] ^= 1;
	assert_int_equal(
		territory_keep_earlier(t, directory, &s, left, &verdict),
		STATUS_OK);
	assert_int_equal(verdict, VERDICT_KEPT);
	free(left);
}

/* The same place, and other words, by the hub's own key. */
static size_t
seal_lie(struct world *w, uint8_t out[static 1024])
{
	static const uint8_t lie[] = {0xa3, 'l', 'i', 'e'};
	const struct operation put = {.type = TYPE_ACCOUNT,
		.id = w->gone,
		.id_size = ID_BYTES,
		.field = 9,
		.kind = OPERATION_PUT,
		.time = 1,
		.value = {lie, sizeof lie}};
	uint8_t raw[512], name[SEGMENT_NAME_SIZE];
	struct pack pack;
	size_t size;

	pack_init(&pack, raw, sizeof raw);
	change_encode(&pack,
		&(struct change_draft){
			.at = 1, .operations = &put, .operation_count = 1});
	assert_int_equal(
		segment_seal(out, &size, name,
			&(struct segment_draft){.company = w->hub->company,
				.secret = w->hub->sign_secret,
				.territory = w->segment.territory,
				.log = w->segment.log,
				.first = w->segment.first,
				.count = 1,
				.previous = w->segment.previous,
				.raw = raw,
				.raw_size = (uint32_t)pack.size,
				.replaces = w->segment.name,
				.hub = w->hub->device}),
		STATUS_OK);
	return size;
}

static void
an_erasure_that_says_anything_new_is_not_taken(void **state)
{
	struct world *w = *state;
	struct segment s;
	uint8_t out[1024];
	size_t size = seal_lie(w, out);

	assert_int_equal(segment_view(&s, out, size), STATUS_OK);
	hub_add_replacement(w->hub, REPLACED, &s);
	assert_int_equal(keep_bytes(w->hub, out, size), VERDICT_FORGED);
	assert_true(holds(w->hub, "their name"));
	assert_false(holds(w->hub, "lie"));
}

static enum status
take_last(void *self, const struct segment *segment)
{
	struct pack_view *copy = self;

	free((void *)(uintptr_t)copy->bytes);
	*copy = (struct pack_view){
		alloc_copy(segment->territory - 2, segment->size),
		segment->size};
	return STATUS_OK;
}

/* Nothing of it goes, and yet it is to stand behind something else. */
static void
an_erasure_is_not_taken_in_another_place(void **state)
{
	struct world *w = *state;
	struct pack_view last = {NULL, 0};
	uint8_t name[SEGMENT_NAME_SIZE], other[SEGMENT_NAME_SIZE] = {9};
	struct segment s, t;
	uint8_t *raw, *out;
	size_t size;

	assert_int_equal(
		territory_segments(node_territory(w->hub, id_of(LINXI)), NULL,
			take_last, &last),
		STATUS_OK);
	assert_int_equal(segment_view(&s, last.bytes, last.size), STATUS_OK);
	assert_int_equal(s.first, 2);
	raw = alloc(s.raw_size);
	assert_int_equal(segment_unseal(&s, raw), STATUS_OK);
	out = alloc(segment_room(s.raw_size) + SEGMENT_ERASURE_SIZE);
	assert_int_equal(
		segment_seal(out, &size, name,
			&(struct segment_draft){.company = w->hub->company,
				.secret = w->hub->sign_secret,
				.territory = s.territory,
				.log = s.log,
				.first = s.first,
				.count = s.count,
				.previous = other,
				.raw = raw,
				.raw_size = s.raw_size,
				.replaces = s.name,
				.hub = w->hub->device}),
		STATUS_OK);
	assert_int_equal(segment_view(&t, out, size), STATUS_OK);
	hub_add_replacement(w->hub, REPLACED, &t);
	assert_int_equal(keep_bytes(w->hub, out, size), VERDICT_FORGED);
	free(raw);
	free(out);
	free((void *)(uintptr_t)last.bytes);
}

static void
only_a_hub_replaces(void **state)
{
	struct world *w = *state;
	struct session_report report;
	uint8_t *forged;
	size_t size;
	struct segment s;

	(void)sync_nodes(w->boss, w->hub);
	/* A rep signs one, and has brought the directory to tell of it. */
	forged = seal(w->rep, w->rep, goes, w->gone, &size);
	assert_int_equal(segment_view(&s, forged, size), STATUS_OK);
	hub_add_erasure(w->hub, MARK, id_of(LINXI), TYPE_ACCOUNT, w->gone);
	hub_add_replacement(w->hub, REPLACED, &s);
	node_give(w->rep, w->hub, policy_directory(w->hub->policy));
	node_give(w->boss, w->hub, policy_directory(w->hub->policy));
	assert_int_equal(keep_bytes(w->rep, forged, size), VERDICT_KEPT);
	assert_false(holds(w->rep, "their name"));
	report = sync_nodes(w->boss, w->rep);
	assert_int_equal(report.state, SESSION_BROKEN);
	assert_true(holds(w->boss, "their name"));
	free(forged);
}

static void
what_waits_to_be_sealed_goes_on_without_it(void **state)
{
	struct world *w = *state;
	struct territory *t = node_territory(w->rep, id_of(LINXI));
	uint8_t log[LOG_BYTES], stays[ID_BYTES];
	const uint8_t text[] = "\xad"
			       "their address";
	struct write_operation both[2] = {
		{TYPE_ACCOUNT, w->gone, ID_BYTES, 9, OPERATION_PUT,
			{text, sizeof text - 1}, -1},
		{TYPE_ACCOUNT, stays, ID_BYTES, 9, OPERATION_PUT,
			{(const uint8_t *)"\xa2"
					  "ok",
				3},
			-1}};
	struct write write = {
		.log = log, .at = 99, .operations = both, .operation_count = 2};
	struct looking l = {"their address", false};
	uint32_t segments;
	size_t refused;
	int64_t seq;

	account_id(stays, STAYS);
	memcpy(log, w->rep->device, ID_BYTES);
	memcpy(log + ID_BYTES, id_of(GRANT_LINXI), ID_BYTES);
	assert_int_equal(territory_write(t, &write, &seq, &refused), STATUS_OK);
	erase(w);
	node_give(w->rep, w->hub, policy_directory(w->hub->policy));
	assert_int_equal(territory_pending(t), 1);
	assert_int_equal(territory_seal(t, log, w->rep->company,
				 w->rep->sign_secret, &segments),
		STATUS_OK);
	assert_int_equal(segments, 1);
	assert_int_equal(territory_segments(t, NULL, look, &l), STATUS_OK);
	assert_false(l.found);
	/* And what is written to it by now is not written at all. */
	write.operation_count = 1;
	both[0].id = w->gone;
	assert_int_equal(territory_write(t, &write, &seq, &refused), STATUS_OK);
	assert_int_equal(seq, 0);
	(void)sync_nodes(w->rep, w->hub);
	assert_true(nodes_agree(w->rep, w->hub, LINXI));
}

static void
beyond_a_cut_it_is_dropped_with_what_follows(void **state)
{
	struct world *w = *state;
	struct territory *t;
	bool dropped;

	(void)sync_nodes(w->boss, w->hub);
	hub_add_cutoff(w->hub, 0x73, w->rep->device, id_of(GRANT_LINXI),
		id_of(LINXI), 0);
	erase(w);
	node_give(w->boss, w->hub, policy_directory(w->hub->policy));
	assert_true(owes(w->boss));
	t = node_territory(w->boss, id_of(LINXI));
	assert_int_equal(territory_drop_late(t, &dropped), STATUS_OK);
	assert_true(dropped);
	assert_false(owes(w->boss));
	assert_int_equal(node_kept(w->boss, LINXI), 0);
	assert_int_equal(territory_reload(t), STATUS_OK);
	assert_int_equal(node_kept(w->boss, LINXI), 0);
}

static void
a_mark_tells_nothing_but_to_who_has_the_id(void **state)
{
	uint8_t a[ERASURE_MARK_SIZE], b[ERASURE_MARK_SIZE], id[ID_BYTES];

	(void)state;
	account_id(id, 1);
	erasure_mark_make(a, id_of(LINXI), TYPE_ACCOUNT, id, ID_BYTES);
	erasure_mark_make(b, id_of(EAST), TYPE_ACCOUNT, id, ID_BYTES);
	assert_memory_not_equal(a, b, sizeof a);
	erasure_mark_make(b, id_of(LINXI), TYPE_CONTACT, id, ID_BYTES);
	assert_memory_not_equal(a, b, sizeof a);
	id[15]++;
	erasure_mark_make(b, id_of(LINXI), TYPE_ACCOUNT, id, ID_BYTES);
	assert_memory_not_equal(a, b, sizeof a);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(nothing_of_it_is_left_where_the_order_was_given),
		IN_WORLD(the_author_takes_it_and_is_no_copy_of_itself),
		IN_WORLD(who_never_had_it_gets_the_erasure_and_what_follows),
		IN_WORLD(it_goes_over_colleagues_whoever_dials),
		IN_WORLD(it_is_pushed_to_a_colleague_who_lacks_it),
		IN_WORLD(two_that_both_lack_it_are_equal_and_hand_nothing_on),
		IN_WORLD(the_original_is_not_taken_any_more),
		IN_WORLD(
			an_erasure_that_the_directory_does_not_tell_of_is_not_taken),
		IN_WORLD(an_erasure_that_was_itself_replaced_is_had),
		IN_WORLD(an_earlier_erasure_is_taken_by_a_hub_that_has_nothing),
		IN_WORLD(an_erasure_that_was_never_told_of_is_taken_by_no_hub),
		IN_WORLD(an_erasure_that_says_anything_new_is_not_taken),
		IN_WORLD(an_erasure_is_not_taken_in_another_place),
		IN_WORLD(only_a_hub_replaces),
		IN_WORLD(what_waits_to_be_sealed_goes_on_without_it),
		IN_WORLD(beyond_a_cut_it_is_dropped_with_what_follows),
		cmocka_unit_test(a_mark_tells_nothing_but_to_who_has_the_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
