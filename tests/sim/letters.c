/*
 * What is typed while a laptop is locked, as client/cli/letters.c has it: by
 * the shipped letterbox.c, and written when it opens again.
 */

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/leased.h"
#include "client/node/letterbox.h"
#include "client/node/unplaced.h"
#include "client/store/setting.h"
#include "proto/bytes.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/draft.h"
#include "tests/sim/folder.h"
#include "tests/sim/laptop.h"
#include "tests/sim/ledger.h"
#include "tests/sim/plant.h"

enum {
	LETTER_SIZE = 12,
	LETTER_CALLS_MAX = 60, /* what writing a few takes */
};

const char node_taken_name[] = "letters_taken";

static char dir[] = "/nowhere/sim";

void
letters_type(struct sim_node *node, struct laptop *l)
{
	struct lease *lease = lease_new();
	uint8_t letter[LETTER_SIZE];
	struct problem problem = {0};
	uint64_t number;

	if (l->letter_count == l->letter_room) {
		l->letter_room = 2 * l->letter_room + 16;
		l->letters = alloc_again(
			l->letters, l->letter_room * sizeof *l->letters);
	}
	l->letters[l->letter_count] = (struct letter){.seq = 0};
	store64(letter, (uint64_t)node_now(node));
	store32(letter + 8, l->letter_count);
	if (lease_load(lease, dir, laptop_user_key(node), &problem) &&
		letterbox_put(dir, lease, laptop_user_key(node), letter,
			sizeof letter, &number, &problem)) {
		l->letters[l->letter_count].acknowledged = true;
		node->world->counts.letters++;
		node->world->counts.operations++;
	}
	l->letter_count++; /* it may be there all the same */
	lease_free(lease);
}

/* ---- writing them ---- */

/* What the disk has refused so far. */
static uint64_t
troubles(const struct sim_node *node)
{
	const struct disk_counts *c = disk_counts(node->disk);

	return c->errors + c->full + disk_dead(node->disk);
}

struct writing {
	struct sim_node *node;
	struct laptop *laptop;
	struct node_taken before;
	uint8_t secret[LETTERBOX_KEY_SIZE];
	bool stopped;
};

/* Text of a person's own on a visit that nobody else writes. */
static void
fill(struct draft *d, uint32_t number)
{
	const struct schema_type *type =
		schema_type(d->node->schema, TYPE_VISIT);
	uint8_t id[ID_BYTES];
	char text[48];

	actors_id(id, 0xa0 + TYPE_VISIT,
		0xff000000u | (uint32_t)d->node->number << 16 | number);
	(void)snprintf(text, sizeof text, "letter %u of node %d", number,
		d->node->number);
	for (size_t i = 0; type && i < type->field_count; i++) {
		const struct schema_field *f = &type->fields[i];

		if (f->kind != KIND_PUT || f->codes.count ||
			(f->form != FORM_TEXT && f->form != FORM_PROSE) ||
			schema_rank(f->number) > d->rank ||
			schema_is_mark(type->number, f->number))
			continue;
		{
			const uint8_t *kept = draft_keep(d, id, sizeof id);

			pack_text(draft_value(d), text);
			draft_add(d, type->number, kept, ID_BYTES, f->number,
				OPERATION_PUT);
		}
		return;
	}
}

static struct territory *
somewhere(struct sim_node *node, uint32_t number)
{
	for (uint32_t i = 0; i < WORLD_TERRITORIES; i++) {
		const struct place *place =
			&places[(number + i) % WORLD_TERRITORIES];
		uint8_t grant[ID_BYTES];

		if (policy_write_grant(node->policy, node->user, place->id,
			    grant) != RANK_NONE)
			return sim_territory(node, place->id, true);
	}
	return NULL;
}

static bool
is_written(struct sim_node *node, const struct letter *letter)
{
	struct territory *t = letter->seq
		? sim_territory(node, letter->territory, false)
		: NULL;
	uint32_t number = t ? log_find(t, letter->log) : LOG_NONE;

	return number != LOG_NONE && t->states[number].last >= letter->seq;
}

/* Whether one that was cut short is in the store: looked at before others are.
 */
static void
settle_doubts(struct sim_node *node, struct laptop *l)
{
	for (uint32_t i = 0;
		i < l->letter_count && !node->crashed && !disk_dead(node->disk);
		i++)
		if (!l->letters[i].done && !is_written(node, &l->letters[i]))
			l->letters[i].seq = 0;
}

/* Kept as it was typed, with the reason. */
static void
keep(struct writing *w, struct letter *letter)
{
	static char program[] = "roadbook", word[] = "visit";
	char *argv[] = {program, word, NULL};
	struct local_request request = {.argc = 2, .argv = argv};
	struct problem problem = {0};

	w->stopped = !unplaced_add(&w->node->shipped, node_now(w->node),
		&request, "no grant", &problem);
	if (w->stopped)
		return;
	letter->done = true;
	w->node->world->counts.unplaced++;
}

static bool
take_mark(struct sim_node *node)
{
	if (plant == PLANT_LETTERS_TWICE)
		return true;
	return setting_set(node->store, node_taken_name, &node->shipped.taking,
		       sizeof node->shipped.taking) == STATUS_OK;
}

static void
write_one(struct writing *w, uint32_t number)
{
	struct sim_node *node = w->node;
	struct world *world = node->world;
	struct letter *letter = &w->laptop->letters[number];
	struct territory *t = somewhere(node, number);
	struct store *store = node->store;
	uint64_t before = troubles(node);
	struct draft d;
	int64_t seq = 0;

	if (letter->done || is_written(node, letter))
		world_fail(world, "node %d: letter %u is written twice",
			node->number, number);
	if (!t || !draft_begin(&d, world, node, t)) {
		keep(w, letter);
		return;
	}
	fill(&d, number);
	w->stopped = true;
	if (store->begin(store->self) != STATUS_OK)
		return;
	if (!draft_write(&d, &seq) || seq == 0) {
		sim_rollback(node);
		/* Its log was cut off, say: that is no matter of the disk. */
		if (!node->crashed && troubles(node) == before)
			keep(w, letter);
		return;
	}
	memcpy(letter->territory, territory_id(t), ID_BYTES);
	memcpy(letter->log, d.log, LOG_BYTES);
	letter->seq = seq;
	if (!take_mark(node) || store->commit(store->self) != STATUS_OK) {
		sim_rollback(node);
		settle_doubts(node, w->laptop);
		return;
	}
	w->stopped = false;
	letter->done = true;
	world->counts.letters_written++;
	ledger_acknowledge(ledger_written(world->ledger, letter->territory,
				   letter->log, node),
		seq);
}

/* In the order in which they were typed, none passed over. */
static void
check_order(struct writing *w, uint32_t number)
{
	for (uint32_t i = w->laptop->next; i < number; i++)
		if (w->laptop->letters[i].acknowledged)
			world_fail(w->node->world,
				"node %d: letter %u is passed over",
				w->node->number, i);
	if (number < w->laptop->next)
		world_fail(w->node->world,
			"node %d: letter %u comes after a later one",
			w->node->number, number);
	w->laptop->next = number + 1;
}

static void
take(void *self, uint64_t number, const uint8_t *sealed, size_t size)
{
	struct writing *w = self;
	struct node_taken *taking = &w->node->shipped.taking;
	size_t letter_size = 0;
	uint8_t *letter;
	uint32_t which;

	if (w->stopped || w->node->world->failed)
		return;
	letter = letterbox_unseal(sealed, size, w->secret, &letter_size);
	which = letter && letter_size == LETTER_SIZE ? load32(letter + 8)
						     : UINT32_MAX;
	free(letter);
	if (which >= w->laptop->letter_count) {
		world_fail(w->node->world, "node %d: a letter is damaged",
			w->node->number);
		return;
	}
	if (memcmp(w->before.box, taking->box, sizeof taking->box) == 0 &&
		number <= w->before.number) {
		w->laptop->letters[which].done = true;
		if (which >= w->laptop->next)
			check_order(w, which);
		return;
	}
	taking->number = number;
	write_one(w, which);
	if (!w->stopped)
		check_order(w, which);
}

static void
close_box(struct sim_node *node, const struct letterbox *box)
{
	struct lease *lease = lease_new();
	struct problem problem = {0};
	bool leased = folder_holds(node, FOLDER_LEASE) &&
		lease_load(lease, dir, laptop_user_key(node), &problem);

	if (leased && !memcmp(lease->letterbox_id, box->id, sizeof box->id) &&
		lease->letters > box->count)
		world_fail(node->world, "node %d: letters are missing",
			node->number);
	if (letterbox_end(dir, false) && leased && lease->letters) {
		lease->letters = 0;
		(void)lease_save(lease, dir, laptop_user_key(node), &problem);
	}
	lease_free(lease);
}

/* At times the power goes while they are written. */
static void
strike(struct sim_node *node)
{
	struct random chance =
		world_chance(node->world, CHANCE_START, 32 + node->number);

	if (!world_has(node->world, FAULT_POWER) || !random_once_in(&chance, 3))
		return;
	node->by_power = true;
	disk_die(node->disk, 1 + random_below(&chance, LETTER_CALLS_MAX));
}

void
letters_take(struct sim_node *node, struct laptop *l)
{
	struct writing w = {.node = node, .laptop = l};
	struct node *n = &node->shipped;
	struct problem problem = {0};
	struct letterbox box;
	uint8_t *bytes;
	size_t size, taken;
	uint64_t before = troubles(node);

	settle_doubts(node, l);
	/* The power may have gone while the lease was looked at. */
	if (disk_dead(node->disk) || !folder_holds(node, FOLDER_LETTERS) ||
		n->copied || !letterbox_load(dir, &bytes, &size, &problem) ||
		!bytes)
		return;
	if (!leased_letter_secret(n, w.secret) ||
		!letterbox_read(
			&box, bytes, size, laptop_user_key(node), NULL, NULL) ||
		setting_read(node->store, node_taken_name, &w.before,
			sizeof w.before, &taken) == STATUS_FAILED) {
		if (troubles(node) == before)
			world_fail(node->world,
				"node %d cannot read its letters",
				node->number);
		free(bytes);
		return;
	}
	if (taken != sizeof w.before)
		w.before.number = 0;
	strike(node);
	memcpy(n->taking.box, box.id, sizeof box.id);
	n->is_taking = true;
	(void)letterbox_read(
		&box, bytes, size, laptop_user_key(node), take, &w);
	n->is_taking = false;
	if (!w.stopped && !node->world->failed)
		close_box(node, &box);
	free(bytes);
}

void
letters_check(const struct sim_node *node, const struct laptop *l)
{
	for (uint32_t i = 0; i < l->letter_count; i++)
		if (l->letters[i].acknowledged && !l->letters[i].done)
			world_fail(node->world,
				"after healing letter %u of node %d is "
				"nowhere",
				i, node->number);
}
