#include <stdlib.h>
#include <string.h>

#include "client/method/brief.h"
#include "client/text/text_stream.h"
#include "proto/schema_roadbook.h"

/* Sections of a brief as lines, out of its JSON. */

const char *
brief_title(enum brief_section section)
{
	static const char *const titles[BRIEF_SECTIONS] = {
		[BRIEF_PEOPLE] = N_("People"),
		[BRIEF_CHAIN] = N_("Decision chain"),
		[BRIEF_LAST_VISITS] = N_("Last visits"),
		[BRIEF_PROMISES] = N_("Promises and next steps"),
		[BRIEF_CONFLICTS] = N_("Conflicts"),
		[BRIEF_UNCONFIRMED] = N_("Unconfirmed"),
		[BRIEF_EXIT_NOTE] = N_("Exit note"),
		[BRIEF_INTEL] = N_("What is known"),
	};

	return text_of(titles[section]);
}

static const char *
text_in(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

static bool
true_in(const json_t *json, const char *name)
{
	return json_is_true(json_object_get(json, name));
}

/* ", a, b" of a list of texts; begins with `start` instead of the comma. */
static void
print_list(FILE *out, const char *start, const json_t *list)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		(void)fprintf(out, "%s%s", i ? ", " : start,
			json_string_value(entry));
	}
}

/* What comes after a comma, when there is anything. */
static void
print_more(FILE *out, const char *text)
{
	if (*text)
		(void)fprintf(out, ", %s", text);
}

static void
print_relation(FILE *out, const json_t *relation)
{
	if (json_is_null(relation))
		return;
	print_more(out,
		tell_label(TYPE_RELATIONSHIP_RATING, "level",
			text_in(relation, "level")));
	(void)fprintf(out, " (%s %s%s%s)", text_in(relation, "rated_by"),
		text_in(relation, "rated_on"),
		true_in(relation, "unconfirmed") ? T(", unconfirmed") : "",
		true_in(relation, "stale") ? T(", over a year old") : "");
}

static void
person(FILE *out, const json_t *json)
{
	const char *role = text_in(json, "key_role");

	(void)fprintf(out, "%s", text_in(json, "name"));
	print_more(out, text_in(json, "department"));
	print_more(out, text_in(json, "title"));
	if (*role)
		print_more(out, tell_label(TYPE_CONTACT, "key_role", role));
	print_relation(out, json_object_get(json, "key"));
	print_relation(out, json_object_get(json, "attitude"));
	if (true_in(json, "contradiction"))
		print_more(out, T("the two ratings contradict each other"));
	if (*text_in(json, "met"))
		(void)fprintf(out, T("; last met %s"), text_in(json, "met"));
	else
		(void)fprintf(out, "%s", T("; never met"));
	if (json_array_size(json_object_get(json, "held_by")))
		print_list(
			out, T("; held by "), json_object_get(json, "held_by"));
	(void)fputc('\n', out);
}

static void
chain_link(FILE *out, const json_t *json)
{
	(void)fprintf(out, "%s – %s – %s%s\n", text_in(json, "from"),
		tell_label(TYPE_CONTACT_LINK, "kind", text_in(json, "kind")),
		text_in(json, "to"),
		true_in(json, "formal") ? "" : T(" (informal)"));
}

static void
visit(FILE *out, const json_t *json)
{
	const json_t *note;
	size_t i;

	(void)fprintf(out, "%s", text_in(json, "on"));
	print_more(out, tell_label(TYPE_VISIT, "type", text_in(json, "type")));
	print_more(out, text_in(json, "goal"));
	print_more(
		out, tell_label(TYPE_VISIT, "result", text_in(json, "result")));
	print_list(out, "; ", json_object_get(json, "contacts"));
	print_list(out, " / ", json_object_get(json, "us"));
	(void)fputc('\n', out);
	json_array_foreach(json_object_get(json, "notes"), i, note)
	{
		(void)fprintf(out, "  %s: %s\n",
			tell_label(
				TYPE_VISIT_NOTE, "kind", text_in(note, "kind")),
			text_in(note, "text"));
	}
}

static void
promise(FILE *out, const json_t *json)
{
	const char *owed_by = text_in(json, "owed_by");
	json_int_t late =
		json_integer_value(json_object_get(json, "late_days"));

	(void)fprintf(out, "%s: %s",
		*owed_by ? tell_label(TYPE_ACTION, "owed_by", owed_by)
			 : T("Next step"),
		text_in(json, "title"));
	print_more(out, text_in(json, "on"));
	if (late)
		(void)fprintf(out, T(" (%lld days late)"), (long long)late);
	print_more(out, text_in(json, "owner"));
	(void)fputc('\n', out);
}

static void
conflict(FILE *out, const json_t *json)
{
	const struct schema_type *type =
		schema_type_named(schema_roadbook(), text_in(json, "type"));
	const struct schema_field *field =
		type ? schema_field_named(type, text_in(json, "field")) : NULL;
	enum { SHORT = 8 };

	(void)fprintf(out, "%.*s  %s: %s%s\n", SHORT, text_in(json, "id"),
		type ? text_pick(type->en, type->zh) : "",
		field ? text_pick(field->en, field->zh)
		      : text_in(json, "field"),
		true_in(json, "undecided") ? T(", undecided") : "");
}

static void
unconfirmed(FILE *out, const json_t *json)
{
	const char *contact = text_in(json, "contact");
	const char *counts = text_in(json, "counts_as");

	(void)fprintf(out, T("%s: %s by %s, %s; counts as %s\n"),
		*contact ? contact : T("the account"),
		tell_label(TYPE_RELATIONSHIP_RATING, "level",
			text_in(json, "level")),
		text_in(json, "rated_by"), text_in(json, "rated_on"),
		*counts ? tell_label(TYPE_RELATIONSHIP_RATING, "level", counts)
			: T("not rated"));
}

static void
known(FILE *out, const json_t *json)
{
	(void)fprintf(out, "%s: %s",
		tell_label(TYPE_INTEL, "category", text_in(json, "category")),
		text_in(json, "text"));
	if (*text_in(json, "observed_on"))
		(void)fprintf(out, " (%s)", text_in(json, "observed_on"));
	(void)fputc('\n', out);
}

char *
brief_text(const json_t *brief, enum brief_section section)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out, const json_t *json);
	} sections[BRIEF_SECTIONS] = {
		[BRIEF_PEOPLE] = {"people", person},
		[BRIEF_CHAIN] = {"chain", chain_link},
		[BRIEF_LAST_VISITS] = {"visits", visit},
		[BRIEF_PROMISES] = {"promises", promise},
		[BRIEF_CONFLICTS] = {"conflicts", conflict},
		[BRIEF_UNCONFIRMED] = {"unconfirmed", unconfirmed},
		[BRIEF_EXIT_NOTE] = {"exit_note", known},
		[BRIEF_INTEL] = {"intel", known},
	};
	struct text_stream text;
	FILE *out = text_stream_open(&text);
	const json_t *entry;
	size_t i;

	json_array_foreach(
		json_object_get(brief, sections[section].name), i, entry)
	{
		sections[section].print(out, entry);
	}
	(void)fclose(out); /* memory alone can fail, and ends the process */
	return text.bytes;
}
