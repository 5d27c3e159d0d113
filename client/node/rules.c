#include "client/node/rules.h"

#include <stdio.h>
#include <string.h>

#include "client/method/scale.h"
#include "client/text/text.h"
#include "proto/schema_roadbook.h"

/* A part of the body that the edit writes; false when it has none such. */
static bool
body_part(const struct edit *edit, const char *name, struct pack_view *value)
{
	for (size_t i = 0; i < edit->operation_count; i++) {
		const struct schema_field *body = edit->operations[i].field;
		const struct schema_part *part = schema_part_named(body, name);
		struct pack_view whole = edit->operations[i].value;
		struct unpack unpack;
		uint32_t pairs;
		int64_t key;

		unpack_init(&unpack, whole.bytes, whole.size);
		if (!part || !unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
			continue;
		for (; pairs; pairs--) {
			if (!unpack_integer(&unpack, 1, INT32_MAX, &key) ||
				!unpack_value(&unpack, value))
				return false;
			if (key == part->number)
				return true;
		}
	}
	return false;
}

/* A code of the body; "" when it has none. */
static void
body_code(const struct edit *edit, const char *name, char *out, size_t room)
{
	struct pack_view value, text;
	struct unpack unpack;

	*out = '\0';
	if (!body_part(edit, name, &value))
		return;
	unpack_init(&unpack, value.bytes, value.size);
	if (unpack_text(&unpack, SCHEMA_TEXT_MAX, &text))
		(void)snprintf(out, room, "%.*s", (int)text.size,
			(const char *)text.bytes);
}

static bool
levels_of_scale(const char *scale, struct problem *problem)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), TYPE_RELATIONSHIP_RATING);
	const struct schema_part *part =
		schema_part_named(schema_field_named(type, "body"), "level");
	char hint[sizeof problem->hint] = "--level";

	for (size_t i = 0; i < part->codes.count; i++) {
		const char *code = part->codes.list[i].code;
		const struct scale_level *level =
			scale_level(code, strlen(code));
		size_t used = strlen(hint);

		if (level && strcmp(scale_code(level->scale), scale) == 0)
			(void)snprintf(
				hint + used, sizeof hint - used, " %s", code);
	}
	return problem_hint(problem, "%s", hint);
}

static bool
rating_holds(const struct edit *edit, struct problem *problem)
{
	enum { CODE_SIZE = 64 };
	char scale[CODE_SIZE], code[CODE_SIZE];
	const struct scale_level *level;
	struct pack_view value;

	if (!body_part(edit, "contact_id", &value) &&
		!body_part(edit, "account_id", &value)) {
		problem_set(problem, EXIT_USAGE,
			T("a rating is of a contact or of an account"));
		return problem_hint(
			problem, T("--%s or --%s"), "contact", "account");
	}
	body_code(edit, "scale", scale, sizeof scale);
	body_code(edit, "level", code, sizeof code);
	level = scale_level(code, strlen(code));
	if (!level || strcmp(scale_code(level->scale), scale) != 0) {
		problem_set(problem, EXIT_USAGE,
			T("%s is no level of the scale %s"), code, scale);
		return levels_of_scale(scale, problem);
	}
	if (level->top && !body_part(edit, "evidence", &value)) {
		problem_set(problem, EXIT_USAGE,
			T("%s is one of the two highest levels: it needs "
			  "evidence"),
			code);
		return problem_hint(problem, T("--evidence TEXT"));
	}
	return true;
}

bool
rules_hold(const struct edit *edit, struct problem *problem)
{
	if (!edit->is_new || edit->type->number != TYPE_RELATIONSHIP_RATING)
		return true;
	return rating_holds(edit, problem);
}
