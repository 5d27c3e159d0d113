#include "client/node/late_gather.h"

#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

/* ---- what a body says ---- */

/* The part's value, whatever it is; no bytes: not there. */
static struct pack_view
part_value(struct pack_view body, int part)
{
	struct pack_view value = {NULL, 0};
	struct unpack unpack;
	uint32_t pairs;

	unpack_init(&unpack, body.bytes, body.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return value;
	for (; pairs > 0; pairs--) {
		struct pack_view found;
		int64_t number;

		if (!unpack_integer(&unpack, 1, 255, &number) ||
			!unpack_value(&unpack, &found))
			return value;
		if (number == part)
			return found;
	}
	return value;
}

static bool
part_bytes(struct pack_view body, int part, void *out, size_t size)
{
	struct pack_view value = part_value(body, part);
	struct unpack unpack;
	const uint8_t *bytes;

	unpack_init(&unpack, value.bytes, value.size);
	if (!value.size || !unpack_exact(&unpack, size, &bytes))
		return false;
	memcpy(out, bytes, size);
	return true;
}

static bool
part_integer(struct pack_view body, int part, int64_t most, int64_t *out)
{
	struct pack_view value = part_value(body, part);
	struct unpack unpack;

	unpack_init(&unpack, value.bytes, value.size);
	return value.size && unpack_integer(&unpack, 0, most, out);
}

static char *
part_text(struct pack_view body, int part)
{
	struct pack_view value = part_value(body, part), text;
	struct unpack unpack;
	char *copy;

	unpack_init(&unpack, value.bytes, value.size);
	if (!value.size || !unpack_text(&unpack, SCHEMA_PROSE_MAX, &text))
		return NULL;
	copy = alloc(text.size + 1);
	memcpy(copy, text.bytes, text.size);
	return copy;
}

void
late_gather_piece(struct late_gather *g, const uint8_t id[static ID_BYTES],
	const uint8_t compartment[static ID_BYTES], struct pack_view body)
{
	struct late_piece piece = {.index = 0};
	struct pack_view value = part_value(body, QUARANTINE_CHANGE), bytes;
	struct unpack unpack;
	int64_t index, count;

	unpack_init(&unpack, value.bytes, value.size);
	if (!part_bytes(body, QUARANTINE_TERRITORY, piece.late.territory,
		    ID_BYTES) ||
		!part_bytes(
			body, QUARANTINE_DEVICE, piece.late.log, ID_BYTES) ||
		!part_bytes(body, QUARANTINE_GRANT, piece.late.log + ID_BYTES,
			ID_BYTES) ||
		!part_integer(body, QUARANTINE_SEQ, CHANGE_SEQ_MAX,
			&piece.late.seq) ||
		!part_integer(body, QUARANTINE_PIECE, UINT16_MAX, &index) ||
		!part_integer(body, QUARANTINE_PIECES, UINT16_MAX, &count) ||
		index >= count || !value.size ||
		!unpack_bytes(&unpack, SCHEMA_VALUE_MAX, &bytes))
		return; /* not one of the hub's */
	memcpy(piece.late.id, id, ID_BYTES);
	memcpy(piece.late.compartment, compartment, ID_BYTES);
	piece.index = (uint32_t)index;
	piece.count = (uint32_t)count;
	piece.bytes = alloc_copy(bytes.bytes, bytes.size);
	piece.size = bytes.size;
	g->pieces = alloc_again(
		g->pieces, (g->piece_count + 1) * sizeof *g->pieces);
	g->pieces[g->piece_count++] = piece;
}

void
late_gather_decision(struct late_gather *g, int64_t time_ms,
	const uint8_t log[static LOG_BYTES], struct pack_view body)
{
	struct late d = {.decided_ms = time_ms};
	char *verdict = part_text(body, DECISION_VERDICT);

	if (verdict && strcmp(verdict, "accepted") == 0)
		d.verdict = LATE_ACCEPTED;
	else if (verdict && strcmp(verdict, "rejected") == 0)
		d.verdict = LATE_REJECTED;
	free(verdict);
	if (d.verdict == LATE_OPEN ||
		!part_bytes(body, DECISION_QUARANTINE, d.id, ID_BYTES))
		return;
	memcpy(d.decided_log, log, LOG_BYTES);
	if (part_bytes(body, DECISION_DEVICE, d.carried_log, ID_BYTES) &&
		part_bytes(body, DECISION_GRANT, d.carried_log + ID_BYTES,
			ID_BYTES))
		(void)part_integer(body, DECISION_SEQ, CHANGE_SEQ_MAX,
			&d.carried_seq); /* else it carried nothing */
	d.reason = part_text(body, DECISION_REASON);
	g->decisions = alloc_again(
		g->decisions, (g->decision_count + 1) * sizeof *g->decisions);
	g->decisions[g->decision_count++] = d;
}

/* ---- putting them together ---- */

static int
compare_places(const struct late *a, const struct late *b)
{
	int order = memcmp(a->territory, b->territory, ID_BYTES);

	if (order == 0)
		order = memcmp(a->log, b->log, LOG_BYTES);
	return order ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static int
compare_pieces(const void *left, const void *right)
{
	const struct late_piece *a = left, *b = right;
	int order = compare_places(&a->late, &b->late);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Those from `at` on that are of one change; returns how many. */
static size_t
join(struct late *late, const struct late_piece *pieces, size_t left)
{
	size_t count = 1, size = pieces[0].size;
	uint32_t wanted = 0;

	while (count < left &&
		compare_places(&pieces[count].late, &pieces[0].late) == 0)
		size += pieces[count++].size;
	*late = pieces[0].late;
	late->bytes = alloc(size);
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].index != wanted)
			continue; /* one twice, or one is missing */
		memcpy(late->bytes + late->size, pieces[i].bytes,
			pieces[i].size);
		late->size += pieces[i].size;
		wanted++;
	}
	if (wanted == pieces[0].count)
		return count;
	free(late->bytes);
	late->bytes = NULL;
	late->size = 0;
	return count;
}

/* Of several decisions one that accepts holds, else the last. */
static void
take_decision(struct late *late, struct late *d)
{
	if (d->verdict < late->verdict ||
		(d->verdict == late->verdict &&
			d->decided_ms < late->decided_ms))
		return;
	free(late->reason);
	late->verdict = d->verdict;
	late->decided_ms = d->decided_ms;
	late->reason = d->reason;
	d->reason = NULL;
	memcpy(late->decided_log, d->decided_log, LOG_BYTES);
	memcpy(late->carried_log, d->carried_log, LOG_BYTES);
	late->carried_seq = d->carried_seq;
}

void
late_gather_list(struct late_gather *g, struct late_list *list)
{
	*list = (struct late_list){0};
	if (g->piece_count > 1)
		qsort(g->pieces, g->piece_count, sizeof *g->pieces,
			compare_pieces);
	list->list = alloc(g->piece_count * sizeof *list->list);
	for (size_t at = 0; at < g->piece_count;)
		at += join(&list->list[list->count++], g->pieces + at,
			g->piece_count - at);
	for (size_t i = 0; i < g->decision_count; i++)
		for (size_t k = 0; k < list->count; k++)
			if (!memcmp(list->list[k].id, g->decisions[i].id,
				    ID_BYTES))
				take_decision(&list->list[k], &g->decisions[i]);
}

void
late_gather_clear(struct late_gather *g)
{
	for (size_t i = 0; i < g->piece_count; i++)
		free(g->pieces[i].bytes);
	for (size_t i = 0; i < g->decision_count; i++)
		free(g->decisions[i].reason);
	free(g->pieces);
	free(g->decisions);
	*g = (struct late_gather){0};
}
