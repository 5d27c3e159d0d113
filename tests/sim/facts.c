#include "tests/sim/facts.h"

#include <sodium.h>
#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/erasures.h"
#include "tests/sim/world.h"

static void
note_cutoff(struct ledger *ledger, struct fact fact,
	const struct write_operation *o)
{
	struct pack_view skipped;
	bool stolen = false;
	struct unpack unpack;
	const uint8_t *id;
	uint32_t pairs;
	int64_t part;

	unpack_init(&unpack, o->value.bytes, o->value.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return;
	for (; pairs > 0 && unpack_integer(&unpack, 1, 255, &part); pairs--) {
		bool is_id = part == CUTOFF_TERRITORY ||
			part == CUTOFF_DEVICE || part == CUTOFF_GRANT;

		if (part == CUTOFF_LAST ? !unpack_integer(&unpack, 0,
						  CHANGE_SEQ_MAX, &fact.last)
				: part == CUTOFF_STOLEN
				? !unpack_bool(&unpack, &stolen)
				: is_id ? !unpack_exact(&unpack, ID_BYTES, &id)
					: !unpack_value(&unpack, &skipped))
			return;
		if (is_id)
			memcpy(part == CUTOFF_TERRITORY ? fact.territory
					: part == CUTOFF_DEVICE
					? fact.log
					: fact.log + ID_BYTES,
				id, ID_BYTES);
	}
	fact.kind = !sodium_is_zero(fact.territory, ID_BYTES) ? FACT_CUT
		: sodium_is_zero(fact.log, ID_BYTES)          ? FACT_END
							      : FACT_REVOKED;
	ledger_fact(ledger, &fact);
	if (!stolen)
		return;
	fact.kind = FACT_STOLEN;
	ledger_fact(ledger, &fact);
}

/* What a change says of a grant; its fields stand in one change. */
static void
note_grant(struct ledger *ledger, struct fact fact, const struct write *write,
	const uint8_t *grant)
{
	fact.kind = FACT_GRANT;
	fact.place = -1;
	memcpy(fact.grant, grant, ID_BYTES);
	for (size_t i = 0; i < write->operation_count; i++) {
		const struct write_operation *o = &write->operations[i];
		struct pack_view text;
		struct unpack unpack;
		const uint8_t *id;

		if (o->type != TYPE_GRANT || memcmp(o->id, grant, ID_BYTES))
			continue;
		unpack_init(&unpack, o->value.bytes, o->value.size);
		if (o->field == GRANT_USER &&
			unpack_exact(&unpack, ID_BYTES, &id))
			memcpy(fact.user, id, ID_BYTES);
		else if (o->field == GRANT_TERRITORY &&
			unpack_exact(&unpack, ID_BYTES, &id))
			fact.place = place_of(id);
		else if (o->field == GRANT_ROLE &&
			unpack_text(&unpack, SCHEMA_TEXT_MAX, &text))
			fact.rank = text.bytes[0] == 'r' ? RANK_REP
				: text.bytes[0] == 'm'   ? RANK_MANAGER
							 : RANK_HQ;
	}
	if (fact.place >= 0)
		ledger_fact(ledger, &fact);
}

/* ---- what is erased ---- */

/* Any record of the territory that this is the mark of, by who wrote it. */
static const struct ledger_operation *
marked(const struct ledger *ledger, const uint8_t *territory,
	const uint8_t *mark)
{
	uint8_t made[ERASURE_MARK_SIZE];

	for (uint32_t i = 0; i < ledger->log_count; i++) {
		const struct ledger_log *log = ledger->logs[i];

		if (memcmp(log->territory, territory, ID_BYTES) != 0)
			continue;
		for (int64_t seq = 1; seq <= log->last; seq++)
			for (uint32_t k = 0;
				k < log->changes[seq].operation_count; k++) {
				const struct ledger_operation *o =
					&log->changes[seq].operations[k];

				erasure_mark_make(made, territory, o->type,
					o->id, o->id_size);
				if (memcmp(made, mark, sizeof made) == 0)
					return o;
			}
	}
	return NULL;
}

static void
note_erasure(struct ledger *ledger, struct fact fact,
	const struct write_operation *written)
{
	const struct ledger_operation *o;
	const uint8_t *mark = NULL, *bytes;
	struct unpack unpack;
	uint32_t pairs;
	int64_t part;

	unpack_init(&unpack, written->value.bytes, written->value.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return;
	for (; pairs > 0 && unpack_integer(&unpack, 1, 255, &part) &&
		unpack_exact(&unpack, ID_BYTES, &bytes);
		pairs--) {
		if (part == ERASURE_TERRITORY)
			memcpy(fact.territory, bytes, ID_BYTES);
		else if (part == ERASURE_MARK)
			mark = bytes;
	}
	o = mark ? marked(ledger, fact.territory, mark) : NULL;
	if (!o)
		return;
	fact.kind = FACT_ERASED;
	fact.type = o->type;
	fact.id_size = o->id_size;
	memcpy(fact.id, o->id, o->id_size);
	ledger_erase(ledger, &fact);
}

void
facts_note(
	struct ledger *ledger, int term, int64_t seq, const struct write *write)
{
	struct fact fact = {.term = term, .seq = seq};

	ledger_forget_facts(ledger, term, seq);
	for (size_t i = 0; i < write->operation_count; i++) {
		const struct write_operation *o = &write->operations[i];

		if (o->type == TYPE_CUTOFF)
			note_cutoff(ledger, fact, o);
		else if (o->type == TYPE_ERASURE && o->field == ERASURE_BODY)
			note_erasure(ledger, fact, o);
		else if (o->type == TYPE_GRANT && o->field == GRANT_TERRITORY)
			note_grant(ledger, fact, write, o->id);
	}
}
