#include "client/store/column.h"

#include <assert.h>
#include <string.h>

#include "proto/change.h"

/* What the columns of a slot are to hold; kind PACK_NIL for NULL. */
struct cells {
	struct pack_item items[SCHEMA_PART_MAX];
};

static bool
text_fits(const struct pack_item *item, size_t max)
{
	/* SQL functions stop at a zero byte. */
	return item->kind == PACK_TEXT && item->size <= max &&
		(!item->size || !memchr(item->bytes, 0, item->size));
}

static bool
scalar_fits(const struct column *column, const struct pack_item *item)
{
	switch (column->form) {
	case FORM_BOOL:
		return item->kind == PACK_BOOL;
	case FORM_INT:
	case FORM_AMOUNT:
		return item->kind == PACK_INTEGER;
	case FORM_TEXT:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
		return text_fits(item, SCHEMA_TEXT_MAX);
	case FORM_PROSE:
		return text_fits(item, SCHEMA_PROSE_MAX);
	case FORM_REF:
		return item->kind == PACK_BYTES &&
			item->size ==
			(column->refers == SCHEMA_ALIAS ? (size_t)RECORD_ID_MAX
							: (size_t)ID_BYTES);
	case FORM_BYTES:
		return item->kind == PACK_BYTES &&
			item->size <= SCHEMA_TEXT_MAX;
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		break;
	}
	assert(0 && "a tuple in one column");
	return false;
}

/* The map of a tuple, spread over the columns of its parts. */
static bool
spread(struct cells *cells, const struct slot *slot, struct unpack *unpack,
	uint32_t pairs)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < pairs; i++) {
		int64_t key;

		/* Keys ascend, as parts do. */
		if (!unpack_integer(unpack, 1, UINT32_MAX, &key))
			return false;
		while (at < slot->count && slot->columns[at].part < key)
			at++;
		if (at == slot->count || slot->columns[at].part != key ||
			!unpack_item(unpack, &cells->items[at]) ||
			!scalar_fits(&slot->columns[at], &cells->items[at]))
			return false;
		at++;
	}
	return pairs > 0;
}

static bool
take_apart(struct cells *cells, const struct slot *slot, struct pack_view value)
{
	struct pack_item item;
	struct unpack unpack;

	for (uint32_t i = 0; i < slot->count; i++)
		cells->items[i].kind = PACK_NIL;
	if (value.size == 0)
		return false;
	/* Of a change that was decoded, or a row that was read. */
	unpack_init_again(&unpack, value.bytes, value.size);
	if (!unpack_item(&unpack, &item))
		return false;
	if (slot->columns[0].part == 0) {
		if (!scalar_fits(&slot->columns[0], &item))
			return false;
		cells->items[0] = item;
	} else if (item.kind != PACK_MAP ||
		!spread(cells, slot, &unpack, item.count)) {
		return false;
	}
	return unpack_done(&unpack);
}

bool
column_fits(const struct slot *slot, struct pack_view value)
{
	struct cells cells;

	return take_apart(&cells, slot, value);
}

/* Binding cannot fail but for a wrong index: the texts are not copied. */
static void
bind_item(sqlite3_stmt *statement, int at, const struct pack_item *item)
{
	int code = SQLITE_OK;

	switch (item->kind) {
	case PACK_BOOL:
		code = sqlite3_bind_int(statement, at, item->boolean);
		break;
	case PACK_INTEGER:
		code = sqlite3_bind_int64(statement, at, item->integer);
		break;
	case PACK_TEXT:
		code = sqlite3_bind_text(statement, at,
			item->size ? (const char *)item->bytes : "",
			(int)item->size, SQLITE_STATIC);
		break;
	case PACK_BYTES:
		code = item->size
			? sqlite3_bind_blob(statement, at, item->bytes,
				  (int)item->size, SQLITE_STATIC)
			: sqlite3_bind_zeroblob(statement, at, 0);
		break;
	case PACK_NIL:
	case PACK_ARRAY:
	case PACK_MAP:
		code = sqlite3_bind_null(statement, at);
		break;
	}
	assert(code == SQLITE_OK);
}

bool
column_bind(sqlite3_stmt *statement, int at, const struct slot *slot,
	struct pack_view value)
{
	static const struct pack_item nothing = {.kind = PACK_NIL};
	struct cells cells;
	bool fits = take_apart(&cells, slot, value);

	for (uint32_t i = 0; i < slot->count; i++)
		bind_item(statement, at + (int)i,
			fits ? &cells.items[i] : &nothing);
	return fits;
}

const char *
column_affinity(const struct column *column)
{
	switch (column->form) {
	case FORM_BOOL:
	case FORM_INT:
	case FORM_AMOUNT:
		return "INTEGER";
	case FORM_TEXT:
	case FORM_PROSE:
	case FORM_DATE:
	case FORM_CODE:
	case FORM_OPEN:
		return "TEXT";
	case FORM_REF:
	case FORM_BYTES:
		return "BLOB";
	case FORM_TIME:
	case FORM_MONEY:
	case FORM_TUPLE:
		break;
	}
	assert(0 && "a tuple in one column");
	return "";
}

/* Most texts are: a word at a time is much cheaper than UTF-8's rules. */
static bool
is_ascii(const uint8_t *bytes, size_t size)
{
	uint64_t word = 0;

	for (; size >= sizeof word; size -= sizeof word) {
		memcpy(&word, bytes, sizeof word);
		if (word & UINT64_C(0x8080808080808080))
			return false;
		bytes += sizeof word;
	}
	for (; size; size--)
		if (*bytes++ & 0x80)
			return false;
	return true;
}

/* One cell as an item, PACK_NIL for NULL; false for another type's. */
static bool
read_cell(struct pack_item *item, sqlite3_stmt *statement, int at,
	const struct column *column)
{
	*item = (struct pack_item){.kind = PACK_NIL};
	switch (sqlite3_column_type(statement, at)) {
	case SQLITE_NULL:
		return true;
	case SQLITE_INTEGER:
		item->integer = sqlite3_column_int64(statement, at);
		item->boolean = item->integer == 1;
		item->kind =
			column->form == FORM_BOOL ? PACK_BOOL : PACK_INTEGER;
		if (column->form == FORM_BOOL &&
			(item->integer & ~INT64_C(1)) != 0)
			return false;
		break;
	case SQLITE_TEXT:
		item->kind = PACK_TEXT;
		item->bytes = sqlite3_column_text(statement, at);
		break;
	case SQLITE_BLOB:
		item->kind = PACK_BYTES;
		item->bytes = sqlite3_column_blob(statement, at);
		break;
	default:
		return false;
	}
	if (item->kind == PACK_TEXT || item->kind == PACK_BYTES) {
		item->size = (size_t)sqlite3_column_bytes(statement, at);
		if (!item->size)
			item->bytes = (const uint8_t *)"";
	}
	if (item->size && !item->bytes)
		return false; /* no memory */
	if (item->kind == PACK_TEXT && !is_ascii(item->bytes, item->size) &&
		!pack_utf8_valid(item->bytes, item->size))
		return false;
	return scalar_fits(column, item);
}

static void
pack_item(struct pack *pack, const struct pack_item *item)
{
	switch (item->kind) {
	case PACK_BOOL:
		pack_bool(pack, item->boolean);
		break;
	case PACK_INTEGER:
		pack_integer(pack, item->integer);
		break;
	case PACK_TEXT:
		pack_text_view(pack, item->bytes, item->size);
		break;
	case PACK_BYTES:
		pack_bytes(pack, item->bytes, item->size);
		break;
	case PACK_NIL:
	case PACK_ARRAY:
	case PACK_MAP:
		assert(0 && "a cell holds a scalar");
	}
}

enum status
column_read(sqlite3_stmt *statement, int at, const struct slot *slot,
	struct arena *arena, struct pack_view *value)
{
	enum { HEAD_MAX = 9 }; /* of any item: a byte and eight */
	struct cells cells;
	struct pack pack;
	size_t room = HEAD_MAX;
	uint32_t count = 0;
	uint8_t *out;

	for (uint32_t i = 0; i < slot->count; i++) {
		struct pack_item *item = &cells.items[i];

		if (!read_cell(item, statement, at + (int)i, &slot->columns[i]))
			return STATUS_FAILED;
		if (item->kind == PACK_NIL)
			continue;
		count++;
		room += 2 * (size_t)HEAD_MAX + item->size;
	}
	if (!count)
		return STATUS_ABSENT;
	out = arena_take(arena, room);
	pack_init(&pack, out, room);
	if (slot->columns[0].part)
		pack_map(&pack, count);
	for (uint32_t i = 0; i < slot->count; i++) {
		if (cells.items[i].kind == PACK_NIL)
			continue;
		if (slot->columns[0].part)
			pack_integer(&pack, slot->columns[i].part);
		pack_item(&pack, &cells.items[i]);
	}
	assert(!pack.overflow);
	*value = (struct pack_view){out, pack.size};
	return STATUS_OK;
}
