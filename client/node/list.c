#include "client/node/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum { DIGITS_MIN = 4, CANDIDATES_MAX = 64 };

struct query_territories
node_territories(struct node *node, uint32_t **numbers)
{
	uint32_t count;

	node_readable(node, numbers, &count);
	return (struct query_territories){*numbers, count};
}

struct found_record
found_row(const struct query_row *row)
{
	struct found_record found = {.type = row->type,
		.id_size = row->id_size,
		.territory = row->territory};

	memcpy(found.id, row->id, row->id_size);
	return found;
}

/* ---- finding one ---- */

struct candidates {
	const char *text;
	struct found_record list[CANDIDATES_MAX];
	size_t count;
	size_t open; /* of them, those that are not archived come first */
};

static void
add_candidate(struct candidates *c, const struct query_row *row)
{
	size_t at = c->count;

	if (c->count == CANDIDATES_MAX)
		return;
	c->count++;
	if (!row->archived) {
		/* The first archived one makes room. */
		at = c->open++;
		c->list[c->count - 1] = c->list[at];
	}
	c->list[at] = found_row(row);
}

static bool
take_row(void *self, const struct query_row *row)
{
	add_candidate(self, row);
	return true;
}

static bool
is_business(const struct schema_type *type)
{
	return !type->directory && !type->made && type->number != SCHEMA_ALIAS;
}

/* By id or whole name; with `part`, by a part of the name. */
static enum status
gather(struct node *node, const struct schema_type *only, bool part,
	struct candidates *c)
{
	uint32_t *numbers;
	struct query_territories territories = node_territories(node, &numbers);
	enum status status = STATUS_OK;

	for (size_t i = 0; i < node->schema->type_count; i++) {
		const struct schema_type *type = &node->schema->types[i];
		if (status != STATUS_OK || !*c->text || !territories.count ||
			(only ? type != only : !is_business(type)))
			continue;
		status = (part ? query_find_part : query_find)(node->store,
			type->number, territories, c->text, take_row, c);
	}
	free(numbers);
	return status;
}

static bool
several(struct node *node, const struct candidates *c, size_t count,
	struct problem *problem)
{
	char hint[sizeof problem->hint] = "";
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const struct found_record *f = &c->list[i];
		char title[VIEW_TITLE_SIZE], id[VIEW_SHORT_SIZE];
		char line[VIEW_TITLE_SIZE + 64];
		size_t size;

		node_title(node, f->type, f->id, f->id_size, title);
		view_short_id(f->id, f->id_size, id);
		(void)snprintf(line, sizeof line, "%s%s %s (%s)",
			used ? "; " : "", id, title,
			text_pick(f->type->en, f->type->zh));
		size = strlen(line);
		if (used + size + sizeof " …" >= sizeof hint) {
			memcpy(hint + used, " …", sizeof " …");
			break;
		}
		memcpy(hint + used, line, size + 1);
		used += size;
	}
	problem_set(problem, EXIT_AMBIGUOUS, T("%s may be any of %zu records"),
		c->text, count);
	return problem_hint(problem, "%s", hint);
}

static bool
none(const struct schema_type *type, const char *text, struct problem *problem)
{
	problem_set(problem, EXIT_NOT_FOUND, T("there is no %s %s here"),
		type ? text_pick(type->en, type->zh) : T("record"), text);
	if (type && is_business(type))
		return problem_hint(problem,
			T("roadbook %s list shows them; the last six digits "
			  "of an id are enough"),
			type->name);
	return problem_hint(problem, T("roadbook search TEXT looks for it"));
}

bool
node_find(struct node *node, const struct schema_type *type, const char *text,
	struct found_record *found, struct problem *problem)
{
	struct candidates *c = alloc(sizeof *c);
	enum status status;
	size_t count;
	bool one = false;

	c->text = text;
	status = gather(node, type, false, c);
	if (status == STATUS_OK && !c->count)
		status = gather(node, type, true, c);
	/* An archived record of the same name is not what is meant. */
	count = c->open ? c->open : c->count;
	if (status != STATUS_OK) {
		(void)problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	} else if (count == 1) {
		*found = c->list[0];
		one = true;
	} else {
		(void)(count ? several(node, c, count, problem)
			     : none(type, text, problem));
	}
	free(c);
	return one;
}

/* ---- users ---- */

/* Whether the text is the user's name, id, or the end of that. */
static bool
means_user(const struct policy_user *user, const char *text)
{
	char id[ID_TEXT_SIZE];
	size_t size = strlen(text);

	id_format(id, user->id);
	return strcmp(user->name, text) == 0 ||
		(size >= DIGITS_MIN && size < sizeof id &&
			strcmp(id + sizeof id - 1 - size, text) == 0);
}

/* Users go by login before all else. */
static bool
find_user(struct node *node, const struct schema_type *type, const char *text,
	uint8_t id[static ID_BYTES], struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, text);
	const struct policy_user *one;
	size_t count = user ? 1 : 0;

	if (user)
		memcpy(id, user->id, ID_BYTES);
	for (uint32_t i = 0; !user && (one = policy_user_at(node->policy, i));
		i++) {
		if (!*text || !means_user(one, text))
			continue;
		memcpy(id, one->id, ID_BYTES);
		count++;
	}
	if (count == 1)
		return true;
	if (!count)
		return none(type, text, problem);
	problem_set(problem, EXIT_AMBIGUOUS, T("%zu users are called %s"),
		count, text);
	return problem_hint(problem, T("name the login"));
}

/* Territories go by path, as everywhere. */
static bool
find_territory(struct node *node, const struct schema_type *type,
	const char *text, uint8_t id[static ID_BYTES], struct problem *problem)
{
	const struct policy_territory *territory =
		policy_territory_path(node->policy, text);

	if (!territory)
		return none(type, text, problem);
	memcpy(id, territory->id, ID_BYTES);
	return true;
}

bool
node_find_id(struct node *node, const struct schema_type *type,
	const char *text, uint8_t id[static ID_BYTES], struct problem *problem)
{
	struct found_record found;

	if (type->number == TYPE_USER)
		return find_user(node, type, text, id, problem);
	if (type->number == TYPE_TERRITORY)
		return find_territory(node, type, text, id, problem);
	if (!node_find(node, type, text, &found, problem))
		return false;
	memcpy(id, found.id, ID_BYTES);
	return true;
}
