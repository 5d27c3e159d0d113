#include "client/node/typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/value_text.h"
#include "client/node/list.h"
#include "sync/alloc.h"

enum { TOLD_MAX = 120 }; /* bytes of a refused value that are told again */

/* The codes of a closed list with their labels, as many as there is room. */
static bool
list_codes(const struct schema_codes *codes, struct problem *problem)
{
	char hint[sizeof problem->hint] = "";
	size_t used = 0;

	for (size_t i = 0; i < codes->count; i++) {
		const struct schema_code *code = &codes->list[i];
		char one[128];
		size_t size;

		(void)snprintf(one, sizeof one, "%s%s (%s)", i ? ", " : "",
			code->code, text_pick(code->en, code->zh));
		size = strlen(one);
		if (used + size + sizeof ", …" > sizeof hint) {
			memcpy(hint + used, ", …", sizeof ", …");
			break;
		}
		memcpy(hint + used, one, size + 1);
		used += size;
	}
	return problem_hint(problem, "%s", hint);
}

static bool
not_a_value(const char *what, const char *text,
	const struct value_problem *wrong, struct problem *problem)
{
	const char *why = text_pick(wrong->what_en, wrong->what_zh);
	size_t size = strnlen(text, TOLD_MAX + 1);
	bool cut = size > TOLD_MAX;

	while (cut && size && ((unsigned char)text[--size] & 0xc0) == 0x80)
		; /* between two characters */
	problem_set(problem, EXIT_USAGE, "%s \"%.*s%s\": %s", what, (int)size,
		text, cut ? "…" : "", why);
	return wrong->codes ? list_codes(wrong->codes, problem) : false;
}

bool
node_typed_value(struct node *node, const struct schema_field *field,
	const char *what, const char *text, struct arena *arena,
	struct pack_view *value, struct problem *problem)
{
	struct value_problem wrong = {0};
	struct pack pack;
	size_t size = strlen(text);
	size_t room = 2 * size + 64; /* nothing grows to more than twice */

	if (!pack_utf8_valid((const uint8_t *)text, size))
		return problem_set(
			problem, EXIT_USAGE, T("%s: this is not UTF-8"), what);
	if (size > VALUE_TEXT_MAX)
		return problem_set(
			problem, EXIT_USAGE, T("%s: this is too long"), what);
	pack_init(&pack, arena_take(arena, room), room);
	if (field->form == FORM_REF) {
		uint8_t id[ID_BYTES];

		if (!node_find_id(node,
			    schema_type(node->schema, field->refers), text, id,
			    problem))
			return false;
		pack_bytes(&pack, id, ID_BYTES);
	} else if (!value_from_text(
			   field, text, size, node_zone, NULL, &pack, &wrong)) {
		return not_a_value(what, text, &wrong, problem);
	}
	*value = (struct pack_view){pack.out, pack.size};
	return true;
}
